"""Real numbers to 60 digits: arithmetic of `decimal`, functions of mpmath.

Arithmetic of `decimal` is C and ten times as fast as mpmath's; its functions are slower than both
conversions and mpmath's function together. The guard digits cover what an ordinary sum loses to a
sum that is rounded once.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Underflow,
)
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, cast

import mpmath
import sympy

from symlstm import functions

_mpmath = cast(Any, mpmath)
"""mpmath comes without types."""

DIGITS = 60
BITS = 200
"""Somewhat more than 60 digits."""

CONTEXT = Context(
    prec=DIGITS,
    Emax=MAX_EMAX,
    Emin=MIN_EMIN,
    traps=[InvalidOperation, DivisionByZero, Overflow, Underflow],
)
"""What has no value raises an ArithmeticError: 1/0, √(−1)."""

BEYOND = (Overflow, Underflow)
"""What a number beyond 10^(±10^18) raises; mpmath has it."""


def of_fraction(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / number.denominator


def mpf_of_fraction(number: Fraction) -> Any:
    return _mpmath.mpf(number.numerator) / number.denominator


def power(a: Decimal, n: int) -> Decimal:
    return a * a if n == 2 else 1 / a if n == -1 else a**n


@cache
def function(name: str) -> Callable[[Decimal], Decimal]:
    """An elementwise function by its name.

    Raises:
        UnknownNode: nobody knows it.
        ArithmeticError, ValueError: (on a call) it has no real value there.
    """
    if name == "sqrt":
        return Decimal.sqrt
    if name == "exp":
        return _exp
    if name == "sigmoid":
        return lambda a: 1 / (1 + _exp(-a))
    if name == "tanh":
        return _tanh
    of_mpf = function_of_mpf(name)
    return lambda a: _from_binary(of_mpf(to_mpf(a))._mpf_)  # pyright: ignore[reportPrivateUsage]


def _exp(a: Decimal) -> Decimal:
    return _from_binary(_mpmath.libmp.mpf_exp(_binary(a), BITS))


def _tanh(a: Decimal) -> Decimal:
    return _from_binary(_mpmath.libmp.mpf_tanh(_binary(a), BITS))


@cache
def function_of_mpf(name: str) -> Callable[[Any], Any]:
    """The same of a number of mpmath's."""
    if name in ("log", "sqrt", "log1p", "expm1", "tanh", "exp", "sign"):
        of_mpf: Callable[[Any], Any] = getattr(_mpmath, name)
    else:
        law = functions.by_name(name).by_exp
        of_mpf = cast(Any, sympy.lambdify(law.variables, law.expr, "mpmath"))
    return lambda a: _real(of_mpf(a))


def _real(value: Any) -> Any:
    if not isinstance(value, _mpmath.mpf) or not _mpmath.isfinite(value):
        raise ValueError("no real value")
    return value


def to_mpf(a: Decimal) -> Any:
    """A number of mpmath's."""
    return _mpmath.make_mpf(_binary(a))


def _binary(a: Decimal) -> Any:
    """A decimal number as (sign, mantissa, exponent, bits), which mpmath computes with."""
    places = BITS - (10 * a.adjusted()) // 3
    return _mpmath.libmp.from_man_exp(int(CONTEXT.multiply(a, _power_of_two(places))), -places)


def _from_binary(parts: tuple[int, int, int, int]) -> Decimal:
    sign, mantissa, exponent, _ = parts
    return CONTEXT.multiply(Decimal(-mantissa if sign else mantissa), _power_of_two(exponent))


@lru_cache(1 << 12)
def _power_of_two(n: int) -> Decimal:
    return CONTEXT.power(2, n)
