"""Values by many cases: a polynomial in the conditions, each 1 where it holds and 0 elsewhere.

A condition is its own square, so each function of conditions has one such polynomial. That of a sum
of values that depend on different conditions is short, where a decision diagram of it has as many
leaves as the cases multiply to: the gradient of a parameter sums over all examples and steps.
"""

from __future__ import annotations

from collections.abc import Mapping

from symlstm.proof import fields
from symlstm.proof.fields import Number

MAXIMUM_MONOMIALS = 4096

Monomial = frozenset[int]
"""The conditions that are multiplied."""


class TooManyCases(ArithmeticError):
    """More conditions meet in one value than can be followed."""


class Multilinear:
    """Σ coefficient · Π conditions, over a field."""

    __slots__ = ("monomials",)

    def __init__(self, monomials: Mapping[Monomial, Number]) -> None:
        if len(monomials) > MAXIMUM_MONOMIALS:
            raise TooManyCases(f"more than {MAXIMUM_MONOMIALS} products of cases meet in one value")
        self.monomials = {m: a for m, a in monomials.items() if a != 0}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Multilinear) and self.monomials == other.monomials

    def __hash__(self) -> int:
        return hash(frozenset(self.monomials.items()))


def constant(value: Number) -> Multilinear:
    return Multilinear({frozenset(): value})


def add(a: Multilinear, b: Multilinear, p: int) -> Multilinear:
    """a + b mod p."""
    found = dict(a.monomials)
    for monomial, value in b.monomials.items():
        found[monomial] = fields.add(found.get(monomial, 0), value, p)
    return Multilinear(found)


def multiply(a: Multilinear, b: Multilinear, p: int) -> Multilinear:
    """a b mod p, each condition its own square."""
    if len(a.monomials) * len(b.monomials) > 4 * MAXIMUM_MONOMIALS:
        raise TooManyCases(f"more than {MAXIMUM_MONOMIALS} products of cases meet in one value")
    found: dict[Monomial, Number] = {}
    for one, x in a.monomials.items():
        for other, y in b.monomials.items():
            monomial = one | other
            share = fields.multiply(x, y, p)
            found[monomial] = fields.add(found.get(monomial, 0), share, p)
    return Multilinear(found)


def choice(condition: int, high: Multilinear, low: Multilinear, p: int) -> Multilinear:
    """low + condition (high − low)."""
    difference = add(high, multiply(constant(p - 1), low, p), p)
    return add(low, multiply(Multilinear({frozenset({condition}): 1}), difference, p), p)
