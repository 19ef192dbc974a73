"""Floating-point constants read as exact numbers.

A float stands for the simplest rational that rounds to it: 0.1 means 1/10, not
3602879701896397/36028797018963968. One that no simple rational rounds to, but the root of one,
stands for that root: 1.4142135623730951 is √2.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

_SPARE_DIGITS = 3
"""By how many digits a decimal must be shorter than any float needs, not to be so by chance."""


_SIMPLE = 10**4
"""The greatest numerator and denominator of a square. There are 2^52 floats between two powers of
2, and fewer than 10^8 are roots of such fractions, so that hardly one is by chance."""
_LONG = 10**6
"""A numerator or denominator that no simple rational has."""


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the least denominator in the closed interval 0 < low ≤ q ≤ high.

    >>> simplest_between(Fraction(33, 100), Fraction(34, 100))
    Fraction(1, 3)

    Source: Graham, Knuth & Patashnik, Concrete Mathematics, §4.5 (the Stern-Brocot tree).
    """
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    floor = whole - 1
    return floor + 1 / simplest_between(1 / (high - floor), 1 / (low - floor))


def simplest_rational(value: float | np.floating[Any]) -> Fraction:
    """The simplest rational that rounds to a finite `value` in its own floating-point type.

    A decimal fraction of few digits counts as the simplest: 1e-30 is 1/10^30, though a smaller
    denominator rounds to it too.

    >>> simplest_rational(0.1), simplest_rational(1 / 3), simplest_rational(np.float32(0.1))
    (Fraction(1, 10), Fraction(1, 3), Fraction(1, 10))
    """
    exact = Fraction(float(value))
    if exact < 0:
        return -simplest_rational(-value)
    if exact.denominator == 1:
        return exact
    decimal = Decimal(str(value))
    if len(decimal.as_tuple().digits) <= np.finfo(type(value)).precision - _SPARE_DIGITS:
        return Fraction(decimal)
    down, up = (Fraction(float(np.nextafter(value, type(value)(end)))) for end in (0.0, np.inf))
    # Rounding to nearest ties to even, so either end may belong to a neighbour: stay inside.
    margin = (up - exact) / 2**20
    return simplest_between((down + exact) / 2 + margin, (exact + up) / 2 - margin)


def square_of_root(value: float, reading: Fraction) -> Fraction | None:
    """q where ±√q rounds to a float and q is far simpler than the float's reading as a rational.

    >>> square_of_root(2**-0.5, simplest_rational(2**-0.5)), square_of_root(0.1, Fraction(1, 10))
    (Fraction(1, 2), None)
    """
    if max(abs(reading.numerator), reading.denominator) <= _LONG:
        return None
    square = (Fraction(value) ** 2).limit_denominator(_SIMPLE)
    if not 0 < square.numerator <= _SIMPLE:
        return None
    return square if abs(math.sqrt(square) - abs(value)) <= 2 * math.ulp(value) else None
