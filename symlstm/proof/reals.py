"""Terms at real points, to 50 digits: the confirmation of what the tower says.

A `differs` needs a concrete point at which the two sides differ; a `proved` is checked against
agreement at random points, at zero initial states too.
"""

from __future__ import annotations

import operator
import random
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple, TypeAlias, cast

import mpmath

from symlstm.messages import UnknownNode
from symlstm.proof import decimals, float64
from symlstm.proof.terms import Node, Terms, operands

_mpmath = cast(Any, mpmath)
"""mpmath comes without types."""

DIGITS = 50
"""Those that are sure; the arithmetic keeps ten more."""

AGREEMENT = 35
"""Values agree when they differ by less than 10^−35 of the larger of 1 and their magnitude."""

_SCALE = Decimal(10**AGREEMENT)

_KEPT = Context(prec=AGREEMENT, Emax=MAX_EMAX, Emin=MIN_EMIN)

PRECISE_BITS = 800
"""Some 240 digits."""
NEAR = 10**10
"""Values that differ by less than a 10^10th of themselves are computed again, precisely."""

Point = Mapping[str, Fraction]
"""A value for each symbol, by name."""

Values: TypeAlias = Sequence[Any]
"""The value of each term by its index; None where it has none, or was not asked for."""


@dataclass(frozen=True)
class Counterexample:
    """A point, which many of them share, at which two terms differ, and their values there."""

    point: Point
    expected: str
    found: str


def random_point(names: Iterable[str], rng: random.Random, zero: Iterable[str] = ()) -> Point:
    """Sixteenths between −2 and 2, none of them 0, except symbols of the arguments in `zero`."""
    zeroed = set(zero)
    choices = [Fraction(k, 16) for k in range(-32, 33) if k]
    return {
        name: Fraction(0) if name.split("[", 1)[0] in zeroed else rng.choice(choices)
        for name in sorted(names)
    }


def generic_point(names: Iterable[str], rng: random.Random, is_positive: bool = False) -> Point:
    """Numbers between −2 and 2 with 50 binary places, at which no two terms agree by accident.

    The few sums of sixteenths do: among the pre-activations of one step, two are often equal there.

    Args:
        is_positive: whether they lie between 0 and 2.
    """
    unit = 1 << 50
    least = 0 if is_positive else -2 * unit
    return {name: Fraction(rng.randrange(least, 2 * unit) | 1, unit) for name in sorted(names)}


def symbols_of(terms: Terms, indices: Iterable[int]) -> list[str]:
    return [str(terms.nodes[i][1]) for i in indices if terms.nodes[i][0] == "symbol"]


def evaluate(terms: Terms, roots: Iterable[int], point: Point) -> Values:
    """The value of every term that the roots need; None where it has none.

    It has none in 1/0, log(0) = −∞, log(−1), and where nobody knows the function.
    """
    return evaluate_all(terms, terms.below(roots), point)


@dataclass(frozen=True)
class Lifetimes:
    """When the values of terms are no longer needed.

    Args:
        ended: the terms, in the order in which that is so.
        readers: for each, the last term that reads it.
    """

    ended: Sequence[int] = ()
    readers: Sequence[int] = ()


def lifetimes(terms: Terms, live: Sequence[int], kept: Iterable[int]) -> Lifetimes:
    """The lifetimes of terms in topological order, some of which are kept."""
    last = array("q", [-1]) * len(terms)
    nodes = terms.nodes
    for index in live:
        for operand in operands(nodes[index]):
            last[operand] = index
    for index in kept:
        last[index] = -1
    ended = sorted((index for index in live if last[index] >= 0), key=last.__getitem__)
    return Lifetimes(array("q", ended), array("q", map(last.__getitem__, ended)))


def evaluate_all(
    terms: Terms, live: Sequence[int], point: Point, until: Lifetimes | None = None
) -> Values:
    """The same of terms in topological order, all that they depend on among them.

    Args:
        until: when a value is let go; None: all are kept.
    """
    until = until or Lifetimes()
    with localcontext(decimals.CONTEXT), _mpmath.workprec(decimals.BITS):
        try:
            return _evaluated(terms, live, point, _DECIMAL, until)
        except decimals.BEYOND:
            return _evaluated(terms, live, point, _BINARY, until)


def evaluate_precisely(
    terms: Terms, live: Sequence[int], point: Point, until: Lifetimes | None = None
) -> Values:
    """The same to 240 digits, for a point at which much is lost to cancellation."""
    with _mpmath.workprec(PRECISE_BITS):
        return _evaluated(terms, live, point, _BINARY, until or Lifetimes())


def evaluate_in_float64(terms: Terms, roots: Iterable[int], point: Point) -> Values:
    """The same as float64 computes it, each sum and product in its order; some are not finite."""
    return _evaluated(terms, terms.below(roots), point, _FLOAT64, Lifetimes())


def is_near(a: Any, b: Any) -> bool:
    """Whether two values that do not agree may do so but for what cancellation has taken."""
    with localcontext(decimals.CONTEXT), _mpmath.workprec(decimals.BITS):
        return bool(abs(a - b) * NEAR < max(1, abs(a), abs(b)))


class _Arithmetic(NamedTuple):
    """How numbers are made; +, · and < are their own."""

    zero: Any
    of_fraction: Callable[[Fraction], Any]
    power: Callable[[Any, int], Any]
    function: Callable[[str], Callable[[Any], Any]]


_DECIMAL = _Arithmetic(Decimal(0), decimals.of_fraction, decimals.power, decimals.function)
_BINARY = _Arithmetic(0, decimals.mpf_of_fraction, operator.pow, decimals.function_of_mpf)
_FLOAT64 = _Arithmetic(0.0, float, operator.pow, float64.function)


def _evaluated(
    terms: Terms, live: Sequence[int], point: Point, by: _Arithmetic, until: Lifetimes
) -> Values:
    """The value of each term, None where it has none.

    Nearly all terms are sums and products of what has a value: those are computed here, without a
    call a term. With an operand that is None, arithmetic raises a TypeError. Most products have two
    factors, and `prod` would begin with 1.
    """
    nodes, zero = terms.nodes, by.zero
    values: list[Any] = [None] * len(nodes)
    value_of = values.__getitem__
    ended, readers = iter(until.ended), iter(until.readers)
    reader = next(readers, None)
    for index in live:
        node = nodes[index]
        operation = node[0]
        try:
            if operation == "product":
                if len(node) == 3:
                    values[index] = values[node[1]] * values[node[2]]
                else:
                    values[index] = prod(map(value_of, node[1:]))
            elif operation == "dot":
                left, right = map(value_of, node[1::2]), map(value_of, node[2::2])
                values[index] = sum(map(operator.mul, left, right), zero)
            elif operation == "sum":
                values[index] = sum(map(value_of, node[1:]), zero)
            else:
                values[index] = _value(node, values, point, by)
        except decimals.BEYOND:
            raise
        except (ArithmeticError, ValueError, TypeError, UnknownNode):
            values[index] = None
        while reader == index:
            values[next(ended)] = None
            reader = next(readers, None)
    return values


def _value(node: Node, values: Values, point: Point, by: _Arithmetic) -> Any:
    """The value of a node that is neither a sum nor a product."""
    match node[0]:
        case "call":
            return by.function(node[1])(_known(values[node[2]]))
        case "symbol":
            return by.of_fraction(point[node[1]])
        case "number":
            return by.of_fraction(node[1])
        case "power":
            return by.power(_known(values[node[1]]), node[2])
        case "compare":
            value = _known(values[node[2]])
            return {">": value > 0, ">=": value >= 0, "==": value == 0}[node[1]]
        case "not":
            return not _known(values[node[1]])
        case "and":
            return _known(values[node[1]]) and _known(values[node[2]])
        case _:
            return _known(values[node[2] if _known(values[node[1]]) else node[3]])


def _known(value: Any) -> Any:
    if value is None:
        raise ValueError("an operand has no value")
    return value


def agree(a: Any, b: Any) -> bool | None:
    """Whether two values are equal to the digits that are kept; None if either has no value."""
    if a is None or b is None:
        return None
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        difference = decimals.CONTEXT.subtract(a, b).copy_abs()
        return decimals.CONTEXT.multiply(difference, _SCALE) < max(1, a.copy_abs(), b.copy_abs())
    with localcontext(decimals.CONTEXT), _mpmath.workprec(decimals.BITS):
        return bool(abs(a - b) * 10**AGREEMENT < max(1, abs(a), abs(b)))


def magnitude(value: Any) -> tuple[str | None, bool]:
    """A value without its sign, to the digits that are compared, and whether it is negative.

    None for a value that is unknown or no number.
    """
    if value is None or isinstance(value, bool):
        return None, False
    if isinstance(value, Decimal):
        return str(_KEPT.plus(value.copy_abs()).normalize(_KEPT)), value < 0
    with _mpmath.workprec(decimals.BITS):
        return str(_mpmath.nstr(abs(value), AGREEMENT)), bool(value < 0)


def shown(value: Any) -> str:
    """A value to 15 digits."""
    if value is None:
        return "undefined"
    return str(_mpmath.nstr(to_mpf(value), 15))


def to_mpf(value: Any) -> Any:
    """A value as a number of mpmath's."""
    return decimals.to_mpf(value) if isinstance(value, Decimal) else value
