"""A derivation as Markdown, its formulas between dollar signs, as GitHub shows them."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from symlstm.derivation.document import (
    Display,
    Document,
    Formula,
    Heading,
    Line,
    Listing,
    Paragraph,
    Table,
    Text,
)

_ESCAPES = {c: "\\" + c for c in "\\`*_{}[]<>#|$"}


def escaped(text: str) -> str:
    """Text as Markdown shows it, whatever is in it."""
    return "".join(_ESCAPES.get(c, c) for c in text)


def in_markdown(document: Document) -> str:
    title = f"# {escaped(document.title)}"
    note = f"<!-- Regenerate it with: symlstm derive {document.name} --format markdown -->"
    return "\n\n".join([title, note, *map(_block, document.blocks)]) + "\n"


@singledispatch
def _block(block: Any) -> str:
    raise TypeError(f"no way to print a {type(block).__name__} is known")


@_block.register
def _(block: Heading) -> str:
    return f"## {escaped(block.text)}"


@_block.register
def _(block: Paragraph) -> str:
    return _text(block.text)


@_block.register
def _(block: Table) -> str:
    rows = [[escaped(title) for title in block.head], ["---"] * len(block.head)]
    rows += [[_text(cell) for cell in row] for row in block.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@_block.register
def _(block: Listing) -> str:
    return "\n".join(f"{'  ' * depth}- {_text(text)}" for depth, text in block.lines)


@_block.register
def _(block: Display) -> str:
    """A fenced block of mathematics: Markdown changes nothing in it."""
    body = " \\\\\n".join(_line(line) for line in block.lines)
    return f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"


def _line(line: Line) -> str:
    number = "" if line.number is None else rf" & & \text{{({line.number})}}"
    sides = [f"{left} &= {''.join(right)}" for left, right in line.equations]
    return " & ".join(sides) + number


def _text(text: Text) -> str:
    return "".join(f"$`{i.latex}`$" if isinstance(i, Formula) else escaped(i) for i in text)
