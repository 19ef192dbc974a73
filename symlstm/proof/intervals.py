"""Intervals that a term lies in by construction, whatever its symbols are.

An end may belong to the interval or not: exp x lies in (0, ∞), x² in [0, ∞), σ(x) in (0, 1), and so
1 − σ(x)² in (0, 1). Ends are exact; one that has become long is widened to 0 or to infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf

End = tuple[Fraction | float, bool]
"""(where, whether that is a value itself); the only floats are ±∞."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What lies between two ends."""

    low: End
    high: End

    @property
    def is_positive(self) -> bool:
        return self.low[0] > 0 or (self.low[0] == 0 and not self.low[1])

    @property
    def is_negative(self) -> bool:
        return self.high[0] < 0 or (self.high[0] == 0 and not self.high[1])

    @property
    def is_non_negative(self) -> bool:
        return self.low[0] >= 0

    @property
    def is_non_positive(self) -> bool:
        return self.high[0] <= 0


ZERO, ONE = Fraction(0), Fraction(1)
ANY = Interval((-inf, False), (inf, False))
POSITIVE = Interval((ZERO, False), (inf, False))
NON_NEGATIVE = Interval((ZERO, True), (inf, False))
BELOW_ONE = Interval((ZERO, False), (ONE, False))
AROUND_ZERO = Interval((-ONE, False), (ONE, False))
_LONG = 1 << 64
_MANY = 16


def point(value: Fraction) -> Interval:
    return _widened((value, True), (value, True))


def total(a: Interval, b: Interval) -> Interval:
    """a + b."""
    if a is ANY or b is ANY:
        return ANY
    low = (a.low[0] + b.low[0], a.low[1] and b.low[1])
    return _widened(low, (a.high[0] + b.high[0], a.high[1] and b.high[1]))


def product(a: Interval, b: Interval) -> Interval:
    """a · b of two independent factors: the least and the greatest product of two ends."""
    if a is ANY or b is ANY:
        return ANY
    corners = [_corner(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    return _widened(_least(corners), _greatest(corners))


def _corner(x: End, y: End) -> End:
    """The product of two ends; 0 · ∞ = 0, and with a 0 that is reached so is the product."""
    if not x[0] or not y[0]:
        return ZERO, (not x[0] and x[1]) or (not y[0] and y[1])
    return x[0] * y[0], x[1] and y[1]


def _least(ends: list[End]) -> End:
    return min(ends, key=lambda end: (end[0], not end[1]))


def _greatest(ends: list[End]) -> End:
    return max(ends)


def above(a: Interval, least: End) -> Interval:
    """What of an interval is not below an end; all of it where that is nothing."""
    low = max(a.low, least, key=lambda end: (end[0], not end[1]))
    return Interval(low, a.high) if low[0] <= a.high[0] else a


def below(a: Interval, greatest: End) -> Interval:
    """What of an interval is not above an end; all of it where that is nothing."""
    return negative(above(negative(a), (-greatest[0], greatest[1])))


def hull(a: Interval, b: Interval) -> Interval:
    """What contains both."""
    return Interval(_least([a.low, b.low]), _greatest([a.high, b.high]))


def square(a: Interval) -> Interval:
    """a · a of one factor with itself."""
    if a.is_non_negative or a.is_non_positive:
        return product(a, a)
    low, high = a.low, a.high
    return _widened((ZERO, True), _greatest([_corner(low, low), _corner(high, high)]))


def inverse(a: Interval) -> Interval:
    """1/a where a ≠ 0."""
    if a.low[0] >= 0:
        return _widened(_inverse_end(a.high), _inverse_end(a.low))
    if a.is_non_positive:
        return negative(inverse(negative(a)))
    return ANY


def _inverse_end(end: End) -> End:
    if not end[0]:
        return inf, False
    return (ZERO, False) if isinstance(end[0], float) else (1 / end[0], end[1])


def negative(a: Interval) -> Interval:
    return Interval((-a.high[0], a.high[1]), (-a.low[0], a.low[1]))


def power(a: Interval, n: int) -> Interval:
    """aⁿ for an integer n ≠ 0, with a ≠ 0 where n is negative."""
    if n < 0:
        return inverse(power(a, -n))
    if n > _MANY:
        return (
            POSITIVE if a.is_positive else NON_NEGATIVE if a.is_non_negative or not n % 2 else ANY
        )
    result, squared = a if n % 2 else None, square(a) if n > 1 else a
    for _ in range(n // 2):
        result = squared if result is None else product(result, squared)
    return ANY if result is None else result


def exp(a: Interval) -> Interval:
    """exp a > 0, below 1 where a is negative and above 1 where it is positive."""
    low: End = (ONE, not a.is_positive) if a.is_non_negative else (ZERO, False)
    high: End = (ONE, not a.is_negative) if a.is_non_positive else (inf, False)
    return Interval(low, high)


def log(a: Interval) -> Interval:
    """log a > 0 where a > 1, and below 0 where a < 1."""
    above, below = a.low, a.high
    low: End = (ZERO, above == (1, True)) if above[0] >= 1 else (-inf, False)
    high: End = (ZERO, below == (1, True)) if below[0] <= 1 else (inf, False)
    return Interval(low, high)


def sqrt(a: Interval) -> Interval:
    """√a ≥ 0, below 1 where a is, and above 1 where a is."""
    low: End = (ONE, a.low == (1, True)) if a.low[0] >= 1 else (ZERO, not a.is_positive)
    high: End = (ONE, a.high == (1, True)) if a.high[0] <= 1 else (inf, False)
    return Interval(low, high)


def _widened(low: End, high: End) -> Interval:
    """An interval with short ends."""
    if _is_long(low[0]):
        low = (ZERO, False) if low[0] > 0 else (-inf, False)
    if _is_long(high[0]):
        high = (ZERO, False) if high[0] < 0 else (inf, False)
    return ANY if low[0] == -inf and high[0] == inf else Interval(low, high)


def _is_long(at: Fraction | float) -> bool:
    return isinstance(at, Fraction) and max(abs(at.numerator), at.denominator) > _LONG
