"""What is written: the tree that the grammar makes of a text, before any name means anything.

A product is a flat list of factors, since whether `σ (a)` is a function's value and `a^2` a power
is told only by the rest of the file; `resolving` decides that.
"""

from __future__ import annotations

from dataclasses import dataclass

from symlstm.messages import Span
from symlstm.notation.alphabet import Letter


@dataclass(frozen=True)
class Symbol:
    """A letter or upright word, accents, fonts and primes included."""

    letter: Letter
    span: Span


@dataclass(frozen=True)
class Function:
    r"""A word that names a function by itself: \\tanh, \\operatorname{ReLU}."""

    word: str
    span: Span


@dataclass(frozen=True)
class SumSign:
    r"""\\sum, which takes all factors behind it."""

    span: Span


@dataclass(frozen=True)
class Number:
    text: str
    span: Span


@dataclass(frozen=True)
class Script:
    """Something below or above; `body` is its expression, if it was read as one."""

    is_above: bool
    text: str
    body: Node | None
    span: Span


@dataclass(frozen=True)
class Scripted:
    base: Node
    scripts: tuple[Script, ...]
    span: Span


@dataclass(frozen=True)
class Bracket:
    """What stands between an opening ( [ { \\{ | ‖ and its closing sign, and what separates it."""

    opening: str
    parts: tuple[Node, ...]
    signs: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Fraction:
    top: Node
    bottom: Node
    span: Span


@dataclass(frozen=True)
class Sum:
    terms: tuple[tuple[int, Node], ...]
    span: Span


@dataclass(frozen=True)
class Hadamard:
    factors: tuple[Node, ...]
    span: Span


@dataclass(frozen=True)
class Product:
    """Factors and the sign before each: "" for juxtaposition and for the first, "·" or "/"."""

    factors: tuple[Node, ...]
    signs: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Stack:
    """a ⊕ b, where ⊕ is declared as concatenation."""

    parts: tuple[Node, ...]
    span: Span


@dataclass(frozen=True)
class Matrix:
    environment: str
    rows: tuple[tuple[Node, ...], ...]
    span: Span


@dataclass(frozen=True)
class Condition:
    left: Node
    relation: str
    right: Node
    span: Span


@dataclass(frozen=True)
class Cases:
    """Values and the conditions under which they hold; None: otherwise."""

    rows: tuple[tuple[Node, Condition | None], ...]
    span: Span


Node = (
    Symbol | Function | SumSign | Number | Scripted | Bracket | Fraction | Sum | Hadamard | Product
    | Stack | Matrix | Cases
)  # fmt: skip


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, scripts included."""
    match node:
        case Symbol() | Function() | SumSign() | Number():
            return ()
        case Scripted(base, scripts):
            return (base, *(s.body for s in scripts if s.body is not None))
        case Bracket(_, parts) | Hadamard(parts) | Product(parts) | Stack(parts):
            return parts
        case Fraction(top, bottom):
            return (top, bottom)
        case Sum(terms):
            return tuple(term for _, term in terms)
        case Matrix(_, rows):
            return tuple(cell for row in rows for cell in row)
        case Cases(rows):
            conditions = [c for _, c in rows if c is not None]
            return (*(v for v, _ in rows), *(n for c in conditions for n in (c.left, c.right)))


@dataclass(frozen=True)
class Space:
    """ℝ^{sizes}: the sizes as text."""

    sizes: str
    span: Span


@dataclass(frozen=True)
class Declaration:
    names: tuple[Node, ...]
    space: Space
    span: Span


@dataclass(frozen=True)
class Definition:
    """left = right, perhaps = more, perhaps ∈ ℝ^{…}"""

    left: Node
    rights: tuple[Node, ...]
    space: Space | None
    span: Span


Statement = Declaration | Definition
