"""Core nodes, no more of them than a stated number, and what is said in terms of others.

max(a, b) = b + relu(a − b);  min(a, b) = b − relu(b − a);  ‖v‖ = √Σ v²;
a if u > 0 else b = step(u) ∘ a + (1 − step(u)) ∘ b;  a^u = exp(u ∘ log a)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar, cast

from sympy import Rational

from symlstm import functions
from symlstm.messages import NotationError, Span
from symlstm.notation import syntax

MAXIMUM_NODES = 1000
MAXIMUM_CORE_DEPTH = 210
MAXIMUM_EXPONENT = 64

_N = TypeVar("_N", bound=syntax.Node)


class Maker:
    """Makes core nodes and counts them: a function of the file may name its argument twice, and be
    called in its own argument, so that a short text could stand for a tree of any size."""

    def __init__(self) -> None:
        self._counted: dict[int, tuple[syntax.Node, int, int]] = {}

    def made(self, node: _N) -> _N:
        """The node, unless it is beyond the limits."""
        below = [self._measure(child) for child in syntax.children(node)]
        size = 1 + sum(s for s, _ in below)
        depth = 1 + max((d for _, d in below), default=0)
        if size > MAXIMUM_NODES:
            raise NotationError(
                "S244", f"an expression of more than {MAXIMUM_NODES} names and operations",
                node.span,
                notes=("functions that the file defines are counted with what they stand for",),
                help="give parts of it names of their own",
            )  # fmt: skip
        if depth > MAXIMUM_CORE_DEPTH:
            raise NotationError("S202", "an expression is nested too deep", node.span)
        self._counted[id(node)] = (node, size, depth)
        return node

    def _measure(self, node: syntax.Node) -> tuple[int, int]:
        if id(node) not in self._counted:
            self.made(node)
        return self._counted[id(node)][1:]

    def moved(self, node: _N, span: Span) -> _N:
        """The same node at another place."""
        return self.made(replace(node, span=span))

    # Arithmetic.

    def number(self, value: Rational | int, span: Span) -> syntax.Number:
        return self.made(syntax.Number(cast(Rational, Rational(value)), span))

    def sum(self, terms: tuple[tuple[int, syntax.Node], ...], span: Span) -> syntax.Node:
        return self.made(syntax.Sum(terms, span))

    def difference(self, a: syntax.Node, b: syntax.Node, span: Span) -> syntax.Node:
        """a − b, or what is left of it if one is zero."""
        if _is_number(b, 0):
            return a
        terms = ((-1, b),) if _is_number(a, 0) else ((1, a), (-1, b))
        return self.sum(terms, span)

    def quotient(self, top: syntax.Node, bottom: syntax.Node, span: Span) -> syntax.Node:
        """top / bottom; of two numbers, their value.

        Raises:
            NotationError: the bottom is zero (S245).
        """
        divisor = syntax.constant(bottom)
        if divisor is not None and divisor == 0:
            raise NotationError("S245", "a division by zero", span)
        value = syntax.constant(top)
        if value is not None and divisor is not None:
            return self.number(cast(Rational, value / divisor), span)
        return self.made(syntax.Quotient(top, bottom, span))

    def power(self, base: syntax.Node, exponent: Rational, span: Span) -> syntax.Node:
        """Every entry to a power; of a number, its value if it is rational.

        Raises:
            NotationError: the exponent is too large, or no half of a whole number (S246).
        """
        if abs(exponent) > MAXIMUM_EXPONENT or exponent.q > 2:
            raise NotationError(
                "S246", f"an exponent is a whole number or a half, up to {MAXIMUM_EXPONENT}", span,
                help=r"any other power of a is \exp(u \odot \log(a))",
            )  # fmt: skip
        if exponent == 1:
            return base
        value = syntax.constant(base)
        if value is not None:
            known = _rational_power(value, exponent)
            if known is not None:
                return self.number(known, span)
            if exponent.q == 1 or cast(Any, value) < 0:
                raise NotationError(
                    "S246", "this power of a number is not read", span, help="write its value"
                )
            base = self.number(value, base.span)
        elif exponent.q == 2 and all(isinstance(o, syntax.Number) for o in syntax.operands(base)):
            raise NotationError(
                "S246", "a root of a root or of a function of numbers is not read", span,
                help="name it as a parameter",
            )  # fmt: skip
        if exponent == 0:
            raise NotationError(
                "S246", "every quantity to the power 0 is 1", span, help="write 1, or delete it"
            )
        return self.made(syntax.Power(base, exponent, span))

    # Functions.

    def apply(self, name: str, argument: syntax.Node, span: Span) -> syntax.Node:
        return self.made(syntax.Apply(functions.by_name(name), argument, span))

    def maximum(self, a: syntax.Node, b: syntax.Node, span: Span) -> syntax.Node:
        """max(a, b) = b + relu(a − b); what stands twice is the simpler of the two."""
        a, b = self._simpler_last(a, b)
        rest = self.apply("relu", self.difference(a, b, span), span)
        return rest if _is_number(b, 0) else self.sum(((1, b), (1, rest)), span)

    def _simpler_last(self, a: syntax.Node, b: syntax.Node) -> tuple[syntax.Node, syntax.Node]:
        return (b, a) if _names_and_functions(a) < _names_and_functions(b) else (a, b)

    def minimum(self, a: syntax.Node, b: syntax.Node, span: Span) -> syntax.Node:
        """min(a, b) = b − relu(b − a)"""
        a, b = self._simpler_last(a, b)
        rest = self.apply("relu", self.difference(b, a, span), span)
        return self.difference(b, rest, span)

    def norm(self, vector: syntax.Node, span: Span) -> syntax.Node:
        """‖v‖ = (Σ v²)^½"""
        squares = self.power(vector, cast(Rational, Rational(2)), span)
        total = self.made(syntax.Total(squares, False, span))
        return self.power(total, cast(Rational, Rational(1, 2)), span)

    def exponential(self, base: syntax.Node, exponent: syntax.Node, span: Span) -> syntax.Node:
        """a^u = exp(u ∘ log a)"""
        logarithm = self.apply("log", base, base.span)
        product = self.made(syntax.Hadamard((exponent, logarithm), span))
        return self.apply("exp", product, span)

    def either(
        self,
        step: syntax.Node,
        yes: syntax.Node,
        no: syntax.Node,
        span: Span,
    ) -> syntax.Node:
        """step ∘ yes + (1 − step) ∘ no"""
        terms: list[tuple[int, syntax.Node]] = []
        if not _is_number(yes, 0):
            terms.append((1, self._times(step, yes, span)))
        if not _is_number(no, 0):
            rest = self.sum(((1, self.number(1, span)), (-1, step)), span)
            terms.append((1, self._times(rest, no, span)))
        if not terms:
            return self.number(0, span)
        return terms[0][1] if len(terms) == 1 else self.sum(tuple(terms), span)

    def _times(self, factor: syntax.Node, value: syntax.Node, span: Span) -> syntax.Node:
        if _is_number(value, 1):
            return factor
        return self.made(syntax.Hadamard((factor, value), span))

    # Rebuilding.

    def substituted(self, node: syntax.Node, values: dict[str, syntax.Node]) -> syntax.Node:
        """The node with values in the place of names without time."""
        match node:
            case syntax.Name(ascii, _, None, span) if ascii in values:
                return self.moved(values[ascii], span)
            case syntax.Name() | syntax.Number() | syntax.Size():
                return node
            case syntax.Sum(terms, span):
                return self.sum(tuple((s, self.substituted(t, values)) for s, t in terms), span)
            case syntax.Hadamard(factors, span):
                return self.made(syntax.Hadamard(self._each(factors, values), span))
            case syntax.Product(factors):
                return self.made(replace(node, factors=self._each(factors, values)))
            case syntax.Stack(parts, span):
                return self.made(syntax.Stack(self._each(parts, values), span))
            case syntax.Quotient(top, bottom, span):
                top, bottom = self.substituted(top, values), self.substituted(bottom, values)
                return self.quotient(top, bottom, span)
            case syntax.Power(base, exponent, span):
                return self.power(self.substituted(base, values), exponent, span)
            case syntax.Total(argument):
                inner = self.substituted(argument, values)
                whole = self._each(node.whole, values)
                return self.made(replace(node, argument=inner, whole=whole))
            case syntax.Apply() | syntax.Transposed() | syntax.Diagonal():
                inner = self.substituted(node.argument, values)
                return self.made(replace(node, argument=inner))
            case syntax.Slice() | syntax.Part():
                inner = self.substituted(node.argument, values)
                return self.made(replace(node, argument=inner))

    def _each(
        self, nodes: tuple[syntax.Node, ...], values: dict[str, syntax.Node]
    ) -> tuple[syntax.Node, ...]:
        return tuple(self.substituted(node, values) for node in nodes)


def _names_and_functions(node: syntax.Node) -> int:
    """How many names and functions stand in an expression, however its products are written."""
    own = isinstance(node, syntax.Name | syntax.Apply)
    return own + sum(map(_names_and_functions, syntax.children(node)))


def _is_number(node: syntax.Node, value: int) -> bool:
    return isinstance(node, syntax.Number) and bool(cast(Any, node.value) == value)


def _rational_power(value: Rational, exponent: Rational) -> Rational | None:
    """value^exponent if it is rational and not too long to write."""
    if abs(value.p) + value.q > 10**6:
        return None
    power = cast(Rational, value**exponent)
    return power if power.is_Rational else None
