"""A document as data: what a derivation says, before it is LaTeX, HTML or Markdown.

A text is a sequence of words and formulas; a formula is LaTeX, which every format can show. A
printer turns each block into its format and decides nothing about what is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Formula:
    """A formula inside a text, in LaTeX."""

    latex: str


@dataclass(frozen=True)
class Reference:
    """An equation by its number."""

    number: int


Text: TypeAlias = "tuple[str | Formula | Reference, ...]"
"""Words, formulas and references in their order."""


@dataclass(frozen=True)
class Line:
    """One line of a display: equations side by side, under one number.

    Args:
        equations: (left side, right side) of each, in LaTeX; the right side as the terms of its
            sum, each with its sign, before which a long line may be broken.
        number: None: the line is not referred to.
    """

    equations: tuple[tuple[str, tuple[str, ...]], ...]
    number: int | None = None


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: Text


@dataclass(frozen=True)
class Display:
    """Equations below one another, aligned at their signs of equality."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Listing:
    """An algorithm: (depth, text) of each line."""

    lines: tuple[tuple[int, Text], ...]


Block: TypeAlias = Heading | Paragraph | Display | Table | Listing


@dataclass(frozen=True)
class Document:
    """A titled sequence of blocks.

    Args:
        name: of the cell, as commands take it.
        options: what the command that makes it is given beside the cell.
        symbols: of each quantity at each time, as mathematics, its ASCII name: `c_prev`, `dW_xi`.
    """

    title: str
    name: str
    blocks: tuple[Block, ...]
    options: tuple[str, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)

    @property
    def command(self) -> str:
        """The command that makes it, but for the format."""
        return " ".join(("symlstm derive", self.name, *self.options))
