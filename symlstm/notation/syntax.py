"""The tree of an equations file: what was written, and where, before it means anything."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Rational

from symlstm.cell import Glyph
from symlstm.functions import ElementwiseFunction
from symlstm.messages import Span


@dataclass(frozen=True)
class Name:
    """A name as written: its ASCII name, its time relative to t (None: no time index)."""

    ascii: str
    glyph: Glyph
    shift: int | None
    span: Span


@dataclass(frozen=True)
class Number:
    value: Rational
    span: Span


@dataclass(frozen=True)
class Sum:
    terms: tuple[tuple[int, Node], ...]
    """(+1 or −1, term), as written."""
    span: Span


@dataclass(frozen=True)
class Hadamard:
    factors: tuple[Node, ...]
    span: Span


@dataclass(frozen=True)
class Product:
    factors: tuple[Node, ...]
    span: Span


@dataclass(frozen=True)
class Apply:
    function: ElementwiseFunction
    argument: Node
    span: Span


@dataclass(frozen=True)
class Stack:
    """[a, b]: one column on top of the other."""

    parts: tuple[Node, ...]
    span: Span


@dataclass(frozen=True)
class Transposed:
    argument: Node
    span: Span


Node = Name | Number | Sum | Hadamard | Product | Apply | Stack | Transposed


@dataclass(frozen=True)
class Declaration:
    """names ∈ ℝ^{sizes}"""

    names: tuple[Name, ...]
    sizes: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Definition:
    """left = right"""

    left: Name
    right: Node
    span: Span


@dataclass(frozen=True)
class EquationsFile:
    """A whole file: its metadata comments (`% title: …`), declarations and definitions."""

    metadata: dict[str, str]
    declarations: tuple[Declaration, ...]
    definitions: tuple[Definition, ...]
