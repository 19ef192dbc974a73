"""What the logarithm of a value is, as far as other values of the same field tell.

    log 1 = 0,  log exp(m v) = m v,  log(1/u) = −log u,  log(u w) = log u + v for w = exp v

are found by values: every exponential is registered, and with a new atom log u also 1/u, and u/w
for each exponential w that u was built from, by a sum (1 + w) or a product. So log(1 + exp z) and
z + log(1 + exp(−z)) are one number, and so are log Σ exp aᵢ and m + log Σ exp(aᵢ − m).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from symlstm.proof import fields
from symlstm.proof.fields import Atom, Number, Path


@dataclass(frozen=True, slots=True)
class Exponential:
    """exp(m v).

    Args:
        term: v.
        multiple: m.
        path: the case of v.
        exponent: m v in the field below.
    """

    term: int
    multiple: Fraction
    path: Path
    exponent: int


@dataclass(frozen=True, slots=True)
class Expansion:
    """log u = Σ q·(an atom) + Σ q·(an exponent)."""

    atoms: tuple[tuple[Atom, int], ...] = ()
    exponents: tuple[tuple[Exponential, int], ...] = ()

    def minus(self) -> Expansion:
        return Expansion(
            tuple((a, -n) for a, n in self.atoms), tuple((e, -n) for e, n in self.exponents)
        )

    def plus(self, other: Exponential, n: int) -> Expansion:
        return Expansion(self.atoms, (*self.exponents, (other, n)))


@dataclass
class Logarithms:
    """The logarithms that are known in one field.

    Args:
        p: its prime.
    """

    p: int
    exponentials: dict[Number, Exponential] = field(default_factory=dict[Number, Exponential])
    expansions: dict[Number, Expansion] = field(default_factory=dict[Number, Expansion])
    formal: dict[Number, Number] = field(default_factory=dict[Number, Number])
    """Numbers that contain atoms, by their residues."""

    def is_earlier(self, value: Number, term: int) -> bool:
        """Whether an exponential with an exponent at `term` is to be noted for a value.

        Of several exponents the first term stays.
        """
        known = self.exponentials.get(value)
        return known is None or term < known.term

    def recalled(self, value: Number) -> Number:
        """The number of this residue that contains atoms, if there is one."""
        return self.formal.get(value, value)

    def exponent_of(self, value: Number, before: int) -> tuple[Exponential, int] | None:
        """(e, 1) for a value exp e, and (e, −1) for exp(−e), of a term that stands before."""
        for each, n in ((value, 1), (fields.inverse(value, self.p), -1)):
            known = self.exponentials.get(each)
            if known is not None and known.term < before:
                return known, n
        return None

    def known(
        self, value: Number, term: int, path: Path, parts: Iterable[Number]
    ) -> Expansion | None:
        """The expansion of log u, if other values tell.

        Args:
            value: u.
            term: the term whose value it is.
            path: the case in which it is.
            parts: the values that u was built from.
        """
        if value == 1:
            return Expansion()
        exponential = self.exponent_of(value, term)
        if exponential is not None:
            return Expansion(exponents=(exponential,))
        for quotient, taken, n in self._quotients(value, term, parts):
            known = self.expansions.get(quotient)
            if known is not None:
                self._name_earlier(known, quotient, value, term, path)
                return known if taken is None else known.plus(taken, n)
        return None

    def _name_earlier(
        self, known: Expansion, quotient: Number, value: Number, term: int, path: Path
    ) -> None:
        """An atom is named by the first term that has its value."""
        if quotient == value and known.exponents == () and len(known.atoms) == 1:
            atom, n = known.atoms[0]
            if n == 1 and term < atom.term:
                atom.term, atom.path = term, path

    def create(
        self, value: Number, term: int, path: Path, parts: Iterable[Number], residue: int
    ) -> Expansion:
        """A new atom for log u, and what it says of other logarithms."""
        atom = Expansion(((Atom(term, path, residue), 1),))
        for quotient, taken, n in self._quotients(value, term, parts):
            expansion = atom if taken is None else atom.plus(taken, -n)
            self.expansions.setdefault(quotient, expansion)
            self.expansions.setdefault(fields.inverse(quotient, self.p), expansion.minus())
        return atom

    def _quotients(
        self, value: Number, term: int, parts: Iterable[Number]
    ) -> Iterator[tuple[Number, Exponential | None, int]]:
        """u itself, and u/w for exponentials w: (u/wⁿ, the exponent of w, n), so that
        log u = log(u/wⁿ) + n · exponent.

        The exponentials are those that u was built from, and w for u = 1 + w and u = 1/(1 + w).
        """
        yield value, None, 0
        seen: set[Number] = set()
        for part in parts:
            if part and part != 1 and part not in seen:
                seen.add(part)
                found = self.exponent_of(part, term)
                if found is not None:
                    exponential, n = found
                    yield self._over(value, part), exponential, n
        reciprocal = fields.inverse(value, self.p)
        for each, sign in ((value, 1), (reciprocal, -1)):
            w = fields.add(each, self.p - 1, self.p)
            found = self.exponent_of(w, term) if w else None
            if found is not None and (sign < 0 or w not in seen):
                exponential, n = found
                divided = self._over(each, w)
                yield (
                    divided if sign > 0 else fields.inverse(divided, self.p),
                    exponential,
                    sign * n,
                )

    def _over(self, a: Number, b: Number) -> Number:
        return fields.multiply(a, fields.inverse(b, self.p), self.p)
