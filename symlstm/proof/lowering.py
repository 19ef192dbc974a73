"""Functions as terms: every elementwise function by the few that the exact evaluation knows.

`exp`, `sigmoid`, `tanh`, `log` and `sqrt` are terms of their own. Everything else is written by
them, by arithmetic and by choices, in the form of its definition: softplus z = log(1 + exp z),
relu z = max(z, 0). The interpreter of equations and the tracer of code both come through here.

Like `terms`, this module imports neither SymPy nor NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isqrt

from symlstm.proof.terms import Terms

PRIMITIVES = ("exp", "sigmoid", "tanh", "log", "sqrt")
"""The names of functions that stand in terms."""


def apply(terms: Terms, name: str, a: int) -> int:
    """f(a), for a function of `symlstm.functions`, or expm1 or log1p, by its name."""
    rule = _RULES.get(name)
    return rule(terms, a) if rule is not None else terms.call(name, a)


def is_lowered(name: str) -> bool:
    """Whether a function of this name is written by others."""
    return name in _RULES and name not in PRIMITIVES


def log(terms: Terms, a: int) -> int:
    """log a; log 1 = 0."""
    return terms.zero if a == terms.one else terms.call("log", a)


def root(terms: Terms, a: int) -> int:
    """√a; of a rational square, the rational root."""
    value = terms.number_at(a)
    if value is not None and value >= 0:
        found = Fraction(isqrt(value.numerator), isqrt(value.denominator))
        if found * found == value:
            return terms.number(found)
    return terms.call("sqrt", a)


def power(terms: Terms, a: int, exponent: Fraction) -> int:
    """a^q: a product for an integer q, a root for a half-integer, otherwise exp(q log a).

    Raises:
        ZeroDivisionError: a is the constant 0 and q is negative.
    """
    if exponent.denominator == 1:
        return terms.power(a, exponent.numerator)
    if exponent.denominator == 2:
        return terms.power(root(terms, a), exponent.numerator)
    return terms.exp(terms.product((terms.number(exponent), log(terms, a))))


def expm1(terms: Terms, a: int) -> int:
    """exp a − 1."""
    return terms.difference(terms.exp(a), terms.one)


def log1p(terms: Terms, a: int) -> int:
    """log(1 + a)."""
    return log(terms, terms.sum((terms.one, a)))


def softplus(terms: Terms, a: int) -> int:
    """log(1 + exp a)."""
    return log1p(terms, terms.exp(a))


def silu(terms: Terms, a: int) -> int:
    """a σ(a)."""
    return terms.product((a, terms.call("sigmoid", a)))


def relu(terms: Terms, a: int) -> int:
    """max(a, 0)."""
    return terms.maximum(a, terms.zero)


def sign(terms: Terms, a: int) -> int:
    """1 where a > 0, −1 where a < 0, otherwise 0."""
    below = terms.where(terms.compare("<", a, terms.zero), terms.number(-1), terms.zero)
    return terms.where(terms.compare(">", a, terms.zero), terms.one, below)


def step(terms: Terms, a: int) -> int:
    """1 where a > 0, otherwise 0."""
    return terms.where(terms.compare(">", a, terms.zero), terms.one, terms.zero)


_RULES: Mapping[str, Callable[[Terms, int], int]] = {
    "exp": Terms.exp,
    "log": log,
    "sqrt": root,
    "expm1": expm1,
    "log1p": log1p,
    "softplus": softplus,
    "silu": silu,
    "relu": relu,
    "abs": Terms.absolute,
    "sign": sign,
    "step": step,
}
