"""The laws of functions that are rational in one exponential, from their records.

σ(z) = 1/(1 + w) for w = exp(−z), tanh z = 1 − 2/(1 + w) for w = exp(2z), and exp z = w itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, cast

from sympy import Add, Dummy, Mul, Number, Pow, Rational, exp

from symlstm import functions
from symlstm.proof import fields

RationalFunction = Callable[[fields.Number, int], fields.Number]
"""(w, p) ↦ a rational function of w mod p."""


@dataclass(frozen=True)
class Law:
    """f(z) = r(exp(m z)).

    Args:
        multiple: m.
        of_exponential: r.
    """

    multiple: Fraction
    of_exponential: RationalFunction


@cache
def law(name: str) -> Law | None:
    """The law of a function; None if it has none of this kind."""
    try:
        by_exp: Any = functions.by_name(name).by_exp
    except functions.UnknownNode:
        return None
    variable, expression = by_exp.variables[0], by_exp.expr
    exponentials = list(expression.atoms(exp))
    if len(exponentials) != 1:
        return None
    multiple = exponentials[0].args[0] / variable
    w = Dummy("w")
    rational = expression.xreplace({exponentials[0]: w})
    if not multiple.is_Rational or not _is_rational(rational, w):
        return None
    return Law(Fraction(int(multiple.p), int(multiple.q)), _compiled(rational, w))


def _is_rational(node: Any, w: Any) -> bool:
    """Whether an expression is made of w and numbers by arithmetic."""
    if isinstance(node, Pow):
        return bool(node.exp.is_Integer) and _is_rational(node.base, w)
    if isinstance(node, Add | Mul):
        return all(_is_rational(a, w) for a in node.args)
    return node == w or bool(node.is_Rational)


def _compiled(node: Any, w: Any) -> RationalFunction:
    if node == w:
        return lambda value, p: value
    if isinstance(node, Number):
        number = cast(Rational, node)
        fraction = Fraction(int(number.p), int(number.q))
        if fraction.denominator == 1:
            return lambda value, p: fraction.numerator % p
        return lambda value, p: fields.residue(fraction, p)
    if isinstance(node, Pow):
        base, exponent = _compiled(node.base, w), int(node.exp)
        return lambda value, p: fields.power(base(value, p), exponent, p)
    parts = [_compiled(a, w) for a in node.args]
    join = fields.add if isinstance(node, Add) else fields.multiply
    if len(parts) == 2:
        first, second = parts
        return lambda value, p: join(first(value, p), second(value, p), p)

    def joined(value: fields.Number, p: int) -> fields.Number:
        result = parts[0](value, p)
        for part in parts[1:]:
            result = join(result, part(value, p), p)
        return result

    return joined
