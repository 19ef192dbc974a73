"""What is seen from the form of a term: laws of log, sqrt and order that need to know a sign.

log(a b) = log a + log b is false where both are negative, and √(x²) is no x. So these laws are not
found by values, but by form, and only where a sign is certain. A rule returns the term that the
given one equals wherever it has a value, or None.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

import sympy

from symlstm.proof import lowering
from symlstm.proof.signs import Signs
from symlstm.proof.terms import Node, Terms

_sympy = cast(Any, sympy)
_HALF = Fraction(1, 2)
_FACTORED = 1 << 64
"""Greater numbers are not factored."""


class Rewriting:
    """The rules over one table of terms, each term rewritten once."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._signs = Signs(terms)
        self._known: dict[int, int | bool | None] = {}

    def of(self, index: int) -> int | bool | None:
        """What a term equals by form, once: a term, a truth value, or None where no rule holds."""
        if index not in self._known:
            self._known[index] = self._rewritten(self._terms.nodes[index])
        return self._known[index]

    def _rewritten(self, node: Node) -> int | bool | None:
        match node:
            case ("call", "log", a):
                return self._log(a)
            case ("call", "sqrt", a):
                return self._sqrt(a)
            case ("call", name, a) if lowering.is_lowered(name):
                return lowering.apply(self._terms, name, a)
            case ("compare", relation, a):
                return self._compare(relation, a)
            case _:
                return None

    def _log(self, a: int) -> int | None:
        """log exp v = v, log √u = ½ log u, log uⁿ = n log u (n odd, or u > 0), log Π = Σ log."""
        terms = self._terms
        match terms.nodes[a]:
            case ("number", q):
                return self._sum_of_logs(_prime_powers(q))
            case ("call", "exp", v):
                return v
            case ("call", "sqrt", u):
                return self._multiple(_HALF, u)
            case ("power", u, n) if n % 2 or self._is_positive(u):
                return self._multiple(Fraction(n), u)
            case ("product", *factors) if self._are_positive(factors):
                return terms.sum([lowering.log(terms, u) for u in factors])
            case ("where", p, u, v):
                return terms.where(p, lowering.log(terms, u), lowering.log(terms, v))
            case _:
                return None

    def _multiple(self, q: Fraction, u: int) -> int:
        """q log u."""
        return self._terms.product((self._terms.number(q), lowering.log(self._terms, u)))

    def _sum_of_logs(self, powers: dict[int, int]) -> int | None:
        """Σ n log p; of a prime itself there is nothing to say."""
        if list(powers.values()) == [1] or not powers:
            return None
        terms = self._terms
        return terms.sum([self._multiple(Fraction(n), terms.number(p)) for p, n in powers.items()])

    def _are_positive(self, factors: Sequence[int]) -> bool:
        """Whether a product that is positive has positive factors: all but one surely are."""
        return sum(not self._is_positive(u) for u in factors) <= 1

    def _sqrt(self, a: int) -> int | None:
        """√exp v = exp(v/2), √(uⁿ) = |u|^(n/2) (n even), √(a b) = √a √b."""
        terms = self._terms
        match terms.nodes[a]:
            case ("number", q):
                return self._product_of_roots(_prime_powers(q))
            case ("call", "exp", v):
                return terms.exp(terms.product((terms.number(_HALF), v)))
            case ("power", u, n) if n % 2:
                return terms.power(lowering.root(terms, u), n)
            case ("power", u, n):
                return terms.power(terms.absolute(u), n // 2)
            case ("product", *factors):
                return self._root_of_product(factors)
            case ("where", p, u, v):
                return terms.where(p, lowering.root(terms, u), lowering.root(terms, v))
            case _:
                return None

    def _product_of_roots(self, powers: dict[int, int]) -> int | None:
        """√(Π pⁿ) = Π p^(n/2)."""
        if list(powers.values()) == [1] or not powers:
            return None
        terms = self._terms
        roots = [lowering.power(terms, terms.number(p), n * _HALF) for p, n in powers.items()]
        return terms.product(roots)

    def _root_of_product(self, factors: Sequence[int]) -> int | None:
        """√(u u v) = |u| √v, and √(u v) = √u √v where at most one is not surely ≥ 0."""
        terms = self._terms
        pairs = [u for u in dict.fromkeys(factors) for _ in range(factors.count(u) // 2)]
        rest = [u for u in dict.fromkeys(factors) if factors.count(u) % 2]
        apart = [u for u in rest if self._signs.of(u).is_non_negative]
        if len(rest) - len(apart) > 1:
            if not pairs:
                return None
            apart, rest = [], [terms.product(rest)]
        unsure = [u for u in rest if u not in apart]
        roots = [lowering.root(terms, u) for u in (*apart, *unsure)]
        return terms.product([*(terms.absolute(u) for u in pairs), *roots])

    def _compare(self, relation: str, a: int) -> int | bool | None:
        """u > 0 and u ≥ 0 where the sign is certain, and of what has the sign of something simpler.

        What is not negative is ≥ 0, and on open pieces nothing is said of > 0.
        """
        interval = self._signs.of(a)
        if interval.is_positive or interval.is_negative:
            return relation != "==" and interval.is_positive
        if interval.is_non_negative and relation == ">=":
            return True
        if interval.is_non_positive and relation == ">":
            return False
        chosen = self._compare_choice(relation, a)
        if chosen is not None:
            return chosen
        simpler = self._of_same_sign(a)
        return None if simpler is None else self._terms.compare(relation, simpler, self._terms.zero)

    def sign_of(self, a: int) -> int:
        """1 for what is never negative by construction, −1 for what is never positive, else 0."""
        interval = self._signs.of(a)
        return 1 if interval.is_non_negative else -1 if interval.is_non_positive else 0

    def comparisons(self, index: int) -> list[int]:
        """The comparisons that a comparison comes down to; none where it is decided."""
        other = self.of(index)
        if other is None:
            return [index]
        if isinstance(other, bool):
            return []
        node = self._terms.nodes[other]
        below = [other] if node[0] == "compare" else node[1:]
        return [found for each in below for found in self.comparisons(each)]

    def _compare_choice(self, relation: str, a: int) -> int | bool | None:
        """where(p, v, w) > 0 is p for v > 0 ≥ w, and u > 0 for a p of u, v of its sign and w ≤ 0.

        So relu u > 0 is u > 0, and step u > 0 is so too; with w of the sign of −u, mirrored.
        """
        terms = self._terms
        node: Node = terms.nodes[a]
        if node[0] != "where":
            return None
        p, v, w = cast(tuple[int, int, int], node[1:])
        first, second = self._always(relation, v), self._always(relation, w)
        if first is not None and second is not None:
            return first if first == second else p if first else terms.negation(p)
        asked: Node = terms.nodes[p]
        if relation != ">" or asked[0] != "compare" or asked[1] == "==":
            return None
        u = self._simplest(asked[2])
        if second is False and self._simplest(v) == u:
            return terms.compare(">", u, terms.zero)
        if first is False and self._simplest(w) == self._simplest(terms.negative(u)):
            return terms.compare(">", terms.negative(u), terms.zero)
        return None

    def _always(self, relation: str, a: int) -> bool | None:
        """Whether a > 0 or a ≥ 0 by construction, or not, or neither."""
        interval = self._signs.of(a)
        if relation == "==":
            return False if interval.is_positive or interval.is_negative else None
        if interval.is_positive or (relation == ">=" and interval.is_non_negative):
            return True
        if interval.is_negative or (relation == ">" and interval.is_non_positive):
            return False
        return None

    def _simplest(self, a: int) -> int:
        """What has the sign of a term and is the simplest that is known."""
        simpler = self._of_same_sign(a)
        return a if simpler is None or simpler == a else self._simplest(simpler)

    def _of_same_sign(self, a: int) -> int | None:
        """v for tanh v and for v³, u for u · exp v, a − b for exp a − exp b."""
        terms = self._terms
        match terms.nodes[a]:
            case ("call", "tanh", v):
                return v
            case ("call", "log", u):
                return terms.difference(u, terms.one)
            case ("power", u, n) if n % 2:
                return u if n > 0 else None
            case ("product", *factors):
                kept = [self._of_size_one(u) for u in factors if not self._is_positive(u)]
                return terms.product(kept) if kept != factors else None
            case ("sum", u, v):
                return self._of_difference(u, v) or self._of_difference(v, u)
            case ("where", _, u, v):
                return self._of_both(u, v)
            case _:
                return None

    def _of_both(self, u: int, v: int) -> int | None:
        """What has the sign of either branch, as x has for where(x > 0, x, exp x − 1)."""
        simpler = self._simplest(u)
        return simpler if simpler == self._simplest(v) else None

    def _is_positive(self, u: int) -> bool:
        return self._signs.of(u).is_positive

    def _of_size_one(self, u: int) -> int:
        """−1 for a negative number, any other term as it is."""
        return u if self._terms.number_at(u) is None else self._terms.number(-1)

    def _of_difference(self, u: int, v: int) -> int | None:
        """a − b for f(a) − f(b), f = exp, σ, tanh or log; exp a − 1 is exp a − exp 0."""
        terms = self._terms
        grown = terms.nodes[u]
        if grown[0] != "call" or grown[1] not in _INCREASING:
            return None
        if terms.number_at(v) == -_INCREASING[grown[1]][1]:
            return terms.difference(grown[2], terms.number(_INCREASING[grown[1]][0]))
        other = terms.nodes[v]
        subtracted: list[int] = [
            b for b in other[1:] if other[0] == "product" and v == terms.negative(b)
        ]
        for b in subtracted:
            if terms.nodes[b][:2] == grown[:2]:
                return terms.difference(grown[2], terms.nodes[b][2])
        return None


_INCREASING = {"exp": (0, 1), "sigmoid": (0, _HALF), "tanh": (0, 0), "log": (1, 0)}
"""Functions that keep the order, and a value that is known: exp 0 = 1."""


def _prime_powers(q: Fraction) -> dict[int, int]:
    """The powers of primes in a positive fraction; of a great one, numerator and denominator."""
    if q <= 0:
        return {}
    powers: dict[int, int] = {}
    for part, sign in ((q.numerator, 1), (q.denominator, -1)):
        known: dict[int, int] = _sympy.factorint(part) if part < _FACTORED else {part: 1}
        for prime, n in known.items():
            powers[prime] = powers.get(prime, 0) + sign * n
    return powers
