"""Terms at real points, to 50 digits: the confirmation of what the tower says.

A `differs` needs a concrete point at which the two sides differ; a `proved` is checked against
agreement at random points, at zero initial states too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, cast

import mpmath
import sympy

from symlstm import functions
from symlstm.messages import UnknownNode
from symlstm.proof.terms import Terms, reachable

_mpmath = cast(Any, mpmath)
"""mpmath comes without types."""

DIGITS = 50
AGREEMENT = 35
"""Values agree when they differ by less than 10^−35 of the larger of 1 and their magnitude."""

Point = Mapping[str, Fraction]
"""A value for each symbol, by name."""


@dataclass(frozen=True)
class Counterexample:
    """A point at which two terms differ, and their values there."""

    point: dict[str, Fraction]
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


def evaluate(terms: Terms, roots: Iterable[int], point: Point) -> dict[int, Any]:
    """The value of every term that the roots need; None where it has none.

    It has none in 1/0, log(0) = −∞, log(−1), and where nobody knows the function.
    """
    values: dict[int, Any] = {}
    with _mpmath.workdps(DIGITS):
        for index in reachable(terms, roots):
            try:
                value = _value(terms.nodes[index], values, point)
            except (ArithmeticError, ValueError, TypeError, UnknownNode):
                value = None
            values[index] = value if value is None or _mpmath.isfinite(value) else None
    return values


def _value(node: tuple[Any, ...], values: Mapping[int, Any], point: Point) -> Any:
    match node[0]:
        case "symbol":
            return _real(point[node[1]])
        case "number":
            return _real(node[1])
        case "sum":
            return _mpmath.fsum([_known(values[a]) for a in node[1:]])
        case "product":
            return _mpmath.fprod([_known(values[a]) for a in node[1:]])
        case "dot":
            known = [_known(values[a]) for a in node[1:]]
            return _mpmath.fdot(zip(known[::2], known[1::2], strict=True))
        case "power":
            return _known(values[node[1]]) ** node[2]
        case "call":
            result = _function(node[1])(_known(values[node[2]]))
            return result if isinstance(result, _mpmath.mpf) else None
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


def _real(number: Fraction) -> Any:
    return _mpmath.mpf(number.numerator) / number.denominator


@cache
def _function(name: str) -> Callable[[Any], Any]:
    if name in ("log", "sqrt", "log1p", "expm1", "tanh", "exp", "sign"):
        return getattr(_mpmath, name)
    law = functions.by_name(name).by_exp
    return cast(Callable[[Any], Any], sympy.lambdify(law.variables, law.expr, "mpmath"))


def agree(a: Any, b: Any) -> bool | None:
    """Whether two values are equal to the digits that are kept; None if either has no value."""
    if a is None or b is None:
        return None
    with _mpmath.workdps(DIGITS):
        scale = max(_mpmath.mpf(1), abs(a), abs(b))
        return bool(abs(a - b) < scale * _mpmath.mpf(10) ** -AGREEMENT)


def magnitude(value: Any) -> tuple[str | None, bool]:
    """A value without its sign, to the digits that are compared, and whether it is negative.

    None for a value that is unknown or no number.
    """
    if value is None or isinstance(value, bool):
        return None, False
    with _mpmath.workdps(DIGITS):
        return str(_mpmath.nstr(abs(value), AGREEMENT)), bool(value < 0)


def shown(value: Any) -> str:
    """A value to 15 digits."""
    return "undefined" if value is None else str(_mpmath.nstr(value, 15))
