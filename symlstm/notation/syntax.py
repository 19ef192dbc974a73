"""The tree of an equations file: what was written, and where, before it means anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from sympy import Add, Mul, Rational

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

    @property
    def is_small(self) -> bool:
        """Whether it is a small Latin letter, as vectors are written."""
        return self.glyph.latex[-1:].islower() and self.glyph.latex[0] != "\\"


@dataclass(frozen=True)
class Number:
    value: Rational
    span: Span


@dataclass(frozen=True)
class Size:
    """A declared size that stands in an expression, as d in 1/√d: a scalar that is known."""

    ascii: str
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
    """Factors side by side; of columns, the elementwise product where the file says so."""

    factors: tuple[Node, ...]
    span: Span
    is_elementwise_between_vectors: bool = False


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


@dataclass(frozen=True)
class Quotient:
    """top / bottom: by a scalar, or entry by entry."""

    top: Node
    bottom: Node
    span: Span


@dataclass(frozen=True)
class Power:
    """Every entry to a rational power; ½ is the square root."""

    base: Node
    exponent: Rational
    span: Span


@dataclass(frozen=True)
class Total:
    """The sum of all entries, or their mean: a scalar.

    Args:
        last: the size above the sum sign.
        is_of_function: whether that is a letter of a function, which takes vectors of any size.
        whole: what stands in it without the index; each must be a scalar.
        families: what carries the index and is known from nowhere else; each may be a vector,
            whose entries are summed, or as many quantities.
    """

    argument: Node
    is_mean: bool
    span: Span
    last: str = ""
    is_of_function: bool = False
    whole: tuple[Node, ...] = ()
    families: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Diagonal:
    """The matrix with a vector on its diagonal."""

    argument: Node
    span: Span


@dataclass(frozen=True)
class Slice:
    """The rows from `first` to `last`, counted from 1, both included; sizes such as H+1 and 2H."""

    argument: Node
    first: str
    last: str
    span: Span


@dataclass(frozen=True)
class Part:
    """The rows of `names[index]` where the argument is the stack of all of `names`."""

    argument: Node
    names: tuple[Name, ...]
    index: int
    span: Span


Node = (
    Name | Number | Size | Sum | Hadamard | Product | Quotient | Power | Apply | Stack | Transposed
    | Total | Diagonal | Slice | Part
)  # fmt: skip


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node, from left to right."""
    match node:
        case Name() | Number() | Size():
            return ()
        case Sum(terms):
            return tuple(term for _, term in terms)
        case Hadamard(parts) | Product(parts) | Stack(parts):
            return parts
        case Quotient(top, bottom):
            return (top, bottom)
        case Power(inner) | Transposed(inner) | Total(inner) | Diagonal(inner) | Slice(inner):
            return (inner,)
        case Apply(_, inner) | Part(inner):
            return (inner,)


def operands(node: Node) -> Iterator[Name | Number | Size]:
    """The names, numbers and sizes of an expression from left to right."""
    if isinstance(node, Name | Number | Size):
        yield node
    for child in children(node):
        yield from operands(child)


def constant(node: Node) -> Rational | None:
    """The value of an expression of numbers only; None if a name stands in it.

    A function, stack or transpose of numbers has no value: it has no shape to take.
    """
    if isinstance(node, Number):
        return node.value
    if not isinstance(node, Sum | Hadamard | Product):
        return None
    values = [constant(child) for child in children(node)]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if isinstance(node, Sum):
        signs = (sign for sign, _ in node.terms)
        return cast(Rational, Add(*(s * v for s, v in zip(signs, known, strict=True))))
    return cast(Rational, Mul(*known))


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
    adds_to_entries: bool = False
    """Whether a number that is added to a matrix is added to every entry, wherever it stands."""
