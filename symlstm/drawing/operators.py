"""The operators that diagrams draw: one record each, and nothing about them anywhere else.

An operator's record holds how it is drawn, how other drawings write it, and what it does to what
comes in, as a tree of the notation, so that a diagram is read back by the reader of equations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from sympy import Rational

from symlstm import functions
from symlstm.functions import ElementwiseFunction
from symlstm.messages import Span
from symlstm.notation import syntax
from symlstm.notation.making import Maker

Operand = tuple[int, syntax.Node]
"""+1 or −1, and what comes in."""

Build = Callable[[Sequence[syntax.Node], Span], syntax.Node]

MANY = 1000


@dataclass(frozen=True)
class Operator:
    """What a node does.

    Args:
        sign: what is written in it, as Unicode text.
        latex: the same as mathematics.
        build: its value, of what comes in.
        least, most: how many wires may come in.
        adds: whether what comes in is added before anything else is done.
        function: the elementwise function that it applies.
        is_ordered: whether the order of what comes in matters.
        spellings: what other drawings write.
    """

    sign: str
    latex: str
    build: Build
    least: int = 1
    most: int = 1
    adds: bool = False
    function: ElementwiseFunction | None = None
    is_ordered: bool = False
    spellings: tuple[str, ...] = ()

    def __call__(self, operands: Sequence[Operand], span: Span) -> syntax.Node:
        """The value of a node of this operator, of what comes in."""
        if self.adds:
            return self.build([added(operands, span)], span)
        return self.build([_signed(sign, node, span) for sign, node in operands], span)


def added(operands: Sequence[Operand], span: Span) -> syntax.Node:
    """The sum of what comes in."""
    if len(operands) == 1 and operands[0][0] == 1:
        return operands[0][1]
    return syntax.Sum(tuple(operands), span)


def _signed(sign: int, node: syntax.Node, span: Span) -> syntax.Node:
    return node if sign == 1 else syntax.Sum(((-1, node),), span)


def _difference(parts: Sequence[syntax.Node], span: Span) -> syntax.Node:
    return syntax.Sum(((1, parts[0]), *((-1, part) for part in parts[1:])), span)


def _from_one(parts: Sequence[syntax.Node], span: Span) -> syntax.Node:
    return _difference((syntax.Number(cast(Rational, Rational(1)), span), *parts), span)


def _larger(parts: Sequence[syntax.Node], span: Span) -> syntax.Node:
    found, *rest = parts
    for part in rest:
        found = Maker().maximum(found, part, span)
    return found


ADD = Operator("+", "+", lambda p, s: p[0], 2, MANY, adds=True, spellings=("∑", "Σ", "sum", "plus"))
MULTIPLY = Operator(
    "⊙", r"\odot", lambda p, s: syntax.Hadamard(tuple(p), s), 2, MANY,
    spellings=("∘", "×", "*", "x", "⊗", "⨀", "mul", "multiply"),
)  # fmt: skip
PRODUCT = Operator(
    "·", r"\cdot", lambda p, s: syntax.Product(tuple(p), s), 2, MANY, is_ordered=True,
    spellings=("@", "matmul"),
)  # fmt: skip
SCALE = replace(PRODUCT, is_ordered=False, spellings=())
"""The product with a scalar."""
FROM_ONE = Operator("1−", "1-", _from_one, spellings=("1-", "1 −", "1 -"))
SUBTRACT = Operator("−", "-", _difference, 2, 2, is_ordered=True, spellings=("-", "minus"))
DIVIDE = Operator(
    "÷", r"\div", lambda p, s: syntax.Quotient(p[0], p[1], s), 2, 2, is_ordered=True,
    spellings=("/", "divide"),
)  # fmt: skip
LARGER = Operator("max", r"\max", _larger, 2, MANY)
STACK = Operator(
    "[·,·]", r"[\,\cdot\,,\,\cdot\,]", lambda p, s: syntax.Stack(tuple(p), s), 2, MANY,
    is_ordered=True, spellings=("[,]", "[·, ·]", "[ , ]", "concat", "concatenate", "[;]"),
)  # fmt: skip
TRANSPOSE = Operator("ᵀ", r"\top", lambda p, s: syntax.Transposed(p[0], s), spellings=("T", "⊤"))
MEAN = Operator("mean", r"\mathrm{mean}", lambda p, s: syntax.Total(p[0], True, s))
TOTAL = Operator("Σ entries", r"\mathbf{1}^\top", lambda p, s: syntax.Total(p[0], False, s))
DIAGONAL = Operator("diag", r"\mathrm{diag}", lambda p, s: syntax.Diagonal(p[0], s))
PASS = Operator("", "", lambda p, s: p[0])
"""What a fork or a named place does: nothing."""

OPERATORS = (
    ADD, MULTIPLY, PRODUCT, FROM_ONE, SUBTRACT, DIVIDE, LARGER, STACK, TRANSPOSE, MEAN, TOTAL,
    DIAGONAL,
)  # fmt: skip

_SLICE = re.compile(r"\[([^:\[\],]+):([^:\[\],]+)\]")
_POWER = re.compile(r"\(·\)\^(-?\d+(?:/\d+)?)")


def applying(function: ElementwiseFunction) -> Operator:
    """f of the sum of what comes in."""
    return Operator(
        function.unicode, function.latex, lambda p, s: syntax.Apply(function, p[0], s), 1, MANY,
        adds=True, function=function,
    )  # fmt: skip


def power(exponent: Rational) -> Operator:
    sign, latex = f"(·)^{exponent}", rf"(\cdot)^{{{exponent}}}"
    if exponent == Rational(1, 2):
        sign, latex = "√", r"\sqrt{\cdot}"
    return Operator(sign, latex, lambda p, s: syntax.Power(p[0], exponent, s))


def rows(first: str, last: str) -> Operator:
    """The rows from one to another."""
    sign = f"[{first}:{last}]"
    return Operator(sign, sign, lambda p, s: syntax.Slice(p[0], first, last, s))


_SPELLED = {sign: o for o in OPERATORS for sign in (o.sign, *o.spellings)} | {
    word: applying(f) for f in functions.FUNCTIONS for word in (f.unicode, f.name)
}


def operator_of(text: str) -> Operator | None:
    """The operator that a text in a node means; None: it is none.

    >>> operator_of("∘").sign, operator_of("sigmoid").sign, operator_of("(·)^2").sign
    ('⊙', 'σ', '(·)^2')
    """
    text = text.strip()
    known = _SPELLED.get(text) or _SPELLED.get(text.lower())
    if known is not None:
        return known
    if text == "√":
        return power(cast(Rational, Rational(1, 2)))
    exponent = _POWER.fullmatch(text)
    if exponent:
        return power(cast(Rational, Rational(exponent[1])))
    found = _SLICE.fullmatch(text)
    return rows(found[1].strip(), found[2].strip()) if found else None


def without_place(node: syntax.Node) -> syntax.Node:
    """The node without the places where its parts stand: equal for what is written twice."""
    return cast(syntax.Node, moved(node, Span("", 0)))


def moved(value: object, span: Span) -> object:
    """A node, all of whose parts stand at one place."""
    if isinstance(value, tuple):
        return tuple(moved(each, span) for each in cast(tuple[object, ...], value))
    if isinstance(value, syntax.Node):
        inner = {
            name: moved(getattr(value, name), span)
            for name in value.__dataclass_fields__ if name != "span"
        }  # fmt: skip
        return replace(value, span=span, **inner)
    return value
