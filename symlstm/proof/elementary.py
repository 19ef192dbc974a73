"""exp, log and √ in a tower of fields.

Each has a class that evaluates it for one tower; the values that it turns out to need it asks of
the tower.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from symlstm.proof import fields, laws, lowering
from symlstm.proof.cases import (
    TooManyCases,
    Value,
    along,
    is_number,
    on_leaves,
    on_paths,
    product,
    total,
)
from symlstm.proof.conditions import Conditions
from symlstm.proof.fields import Number, Path
from symlstm.proof.logarithms import Expansion, Exponential, Logarithms
from symlstm.proof.terms import Terms
from symlstm.proof.valueless import NoLaw, Undefined


class Fields(Protocol):
    """What a tower offers to its functions."""

    terms: Terms
    rng: random.Random
    primes: list[int]
    generators: list[int]
    imaginary: list[int]
    """In each field, what exp makes of i: exp(a + b i + …) = g^(a + b s + …), with the powers of s
    for further coordinates."""
    logarithms: list[Logarithms]
    conditions: Conditions
    halved: set[int]
    """Terms exp(v) that turned out to contain a root, since v holds half a logarithm."""

    def at(self, term: int, level: int) -> Value:
        """The value of a term in the field of a level."""
        ...

    def parts(self, term: int, level: int, path: Path) -> list[Number]:
        """The addends of a sum or the factors of a product, as far as they have one value."""
        ...


def power(index: int, value: Number, exponent: int, p: int) -> Number:
    """uⁿ mod p.

    Args:
        index: the term that is evaluated.
    Raises:
        Undefined: u = 0 and n is negative.
    """
    try:
        return fields.power(value, exponent, p)
    except ZeroDivisionError:
        raise Undefined(index) from None


class PowersOf:
    """gⁿ mod p for one g and many n: Π g^(d 64ʲ) over the digits d of n to the base 64.

    A table of these factors makes a power a product of n's digits, without a single square: a fifth
    of the time of `pow`, and the table costs as much as a dozen powers.
    """

    _BITS = 6

    def __init__(self, g: int, p: int) -> None:
        self._p = p
        self._factors: list[list[int]] = []
        base = g
        for _ in range(-(-p.bit_length() // self._BITS)):
            row = [1]
            for _ in range((1 << self._BITS) - 1):
                row.append(row[-1] * base % p)
            self._factors.append(row)
            base = row[-1] * base % p

    def __call__(self, n: int) -> int:
        """gⁿ for 0 ≤ n < p."""
        p, bits = self._p, self._BITS
        mask = (1 << bits) - 1
        result = 1
        for row in self._factors:
            result = result * row[n & mask] % p
            n >>= bits
        return result


class Exponentials:
    """r(exp(m u)) for u in the field below: exp, σ and tanh."""

    def __init__(self, tower: Fields) -> None:
        self._tower = tower
        self._powers: dict[tuple[int, int], int] = {}
        self._of_generators: dict[int, PowersOf] = {}
        self._rationals: dict[tuple[laws.RationalFunction, int, int], Number] = {}
        self._scales: dict[tuple[int, int, int], int] = {}

    def value(self, index: int, law: laws.Law, argument: int, level: int) -> Value:
        exponent = self._tower.at(argument, level - 1)
        if type(exponent) is int and not self._tower.logarithms[level - 1].formal:
            # Nearly all are integers of one case, in which no logarithm is to be recalled.
            return self._of_integer(index, law, argument, exponent, level)
        below = self._tower.logarithms[level - 1]
        order, scale = below.p, self._scale(law, below.p)

        def of_exponent(u: Number, path: Path) -> Value:
            scaled = fields.multiply(below.recalled(u), scale, order)
            found = self._exp(index, scaled, level)
            if type(scaled) is int and type(found) is int:
                self._note(found, law, argument, path, scaled, level)
            if level == len(self._tower.primes) - 1 and is_number(found):
                self._tower.conditions.note_positive(found)
            return on_leaves(lambda w: self._of_power(index, law, w, level), found)

        return on_paths(of_exponent, exponent)

    def _of_integer(self, index: int, law: laws.Law, argument: int, u: int, level: int) -> Number:
        """The same where there is one case, and no logarithm."""
        order = self._tower.primes[level - 1]
        scaled = u * self._scale(law, order) % order
        found = self._power(scaled, level)
        self._note(found, law, argument, (), scaled, level)
        if level == len(self._tower.primes) - 1:
            self._tower.conditions.note_positive(found)
        return self._of_power(index, law, found, level)

    def _scale(self, law: laws.Law, order: int) -> int:
        """The multiple m of a law as a residue."""
        # The hash of a fraction is slow.
        key = law.multiple.numerator, law.multiple.denominator, order
        found = self._scales.get(key)
        if found is None:
            found = self._scales[key] = fields.residue(law.multiple, order)
        return found

    def _note(
        self, value: int, law: laws.Law, argument: int, path: Path, scaled: int, level: int
    ) -> None:
        """Note of what a value is the exponential."""
        logarithms = self._tower.logarithms[level]
        if logarithms.is_earlier(value, argument):
            logarithms.exponentials[value] = Exponential(argument, law.multiple, path, scaled)

    def _of_power(self, index: int, law: laws.Law, w: Number, level: int) -> Number:
        """r(w), once for both sides: a quotient costs as much as thirty products."""
        prime = self._tower.primes[level]
        try:
            if type(w) is not int:
                return law.of_exponential(w, prime)
            key = law.of_exponential, w, prime
            found = self._rationals.get(key)
            if found is None:
                found = self._rationals[key] = law.of_exponential(w, prime)
            return found
        except ZeroDivisionError:
            raise Undefined(index) from None

    def _exp(self, index: int, exponent: Number, level: int) -> Value:
        """g^(v + s b + …) · Π uⁿ for an exponent v + b i + … + Σ n log u."""
        tower = self._tower
        prime, order = tower.primes[level], tower.primes[level - 1]
        if type(exponent) is int:
            return self._power(exponent, level)
        coordinates, logs = fields.parts(exponent)
        rest = 0
        for coordinate in reversed(coordinates):
            rest = rest * tower.imaginary[level] + coordinate
        powers: list[Value] = []
        for atom, q in logs.items():
            n = q if q.denominator == 2 else Fraction(q.numerator // q.denominator)
            rest -= fields.residue(n, order) * atom.residue
            powers.append(self._power_of_atom(index, atom, n, level))
        rest %= order
        return product([pow(tower.generators[level], rest, prime), *powers], prime)

    def _power(self, exponent: int, level: int) -> int:
        """g^v, once for both sides: a power costs as much as ten sums."""
        generator = self._tower.generators[level]
        key = generator, exponent
        found = self._powers.get(key)
        if found is None:
            of_generator = self._of_generator(generator, self._tower.primes[level])
            found = self._powers[key] = of_generator(exponent)
        return found

    def _of_generator(self, generator: int, prime: int) -> PowersOf:
        known = self._of_generators.get(generator)
        if known is None:
            known = self._of_generators[generator] = PowersOf(generator, prime)
        return known

    def _power_of_atom(self, index: int, atom: fields.Atom, n: Fraction, level: int) -> Value:
        """uⁿ for an atom log u and a whole or half n."""
        terms, prime = self._tower.terms, self._tower.primes[level]
        if n.denominator == 1:
            term = atom.term
        else:
            term = lowering.root(terms, atom.term)
            self._tower.halved.add(index)
        found = along(self._tower.at(term, level), atom.path)
        return on_leaves(lambda u: power(index, u, n.numerator, prime), found)


class NaturalLogarithms:
    """log u for the value u of an exponential, else what it equals by form, else an atom."""

    def __init__(self, tower: Fields) -> None:
        self._tower = tower

    def value(self, index: int, argument: int, level: int, other: int | None) -> Value:
        """log u.

        Args:
            other: the term that log u equals by form, if any.
        """
        tower = self._tower
        known = tower.logarithms[level]

        def of_value(u: Number, path: Path) -> Value:
            if u == 0:
                raise Undefined(index)
            if other is not None and known.exponent_of(u, argument) is None:
                return along(tower.at(other, level), path)
            parts = tower.parts(argument, level, path)
            expansion = known.known(u, argument, path, parts)
            if expansion is None:
                residue = tower.rng.randrange(1, tower.primes[level])
                expansion = known.create(u, argument, path, parts, residue)
            return self._expanded(expansion, level)

        return on_paths(of_value, tower.at(argument, level))

    def _expanded(self, expansion: Expansion, level: int) -> Value:
        """Σ n·(an atom) + Σ n·(an exponent)."""
        prime = self._tower.primes[level]
        parts: list[Value] = [0]
        for atom, n in expansion.atoms:
            parts.append(fields.number(n * atom.residue % prime, logs={atom: Fraction(n)}))
        for exponential, n in expansion.exponents:
            exponent = along(self._tower.at(exponential.term, level), exponential.path)
            scale = fields.residue(n * exponential.multiple, prime)
            parts.append(product([scale, exponent], prime))
        return total(parts, prime)


@dataclass(frozen=True)
class Root:
    """√u for one value u of one field.

    Args:
        term: the term √u.
        level: the field.
        value: the root, of random sign.
        within: how many coordinates u has.
        is_constant: whether u is a prime number.
        uses: the terms that this root, or a number times it, is the value of.
    """

    term: int
    level: int
    value: Number
    within: int
    is_constant: bool
    uses: set[int] = field(default_factory=set[int])


_WIDEST = 32
"""Of a root with more coordinates nothing is said: roots are nested more than five deep."""


@dataclass
class SquareRoots:
    """√exp v = exp(v/2), √(q u) = √q √u; any other root is drawn, one for each value."""

    tower: Fields
    drawn: dict[tuple[int, Number], Root] = field(default_factory=dict[tuple[int, Number], Root])
    """By level and radicand."""
    _multiples: dict[int, tuple[int, Fraction] | None] = field(
        default_factory=dict[int, tuple[int, Fraction] | None]
    )

    def forget(self, level: int) -> None:
        """Let the roots of a field be drawn again."""
        self.drawn = {place: root for place, root in self.drawn.items() if place[0] != level}

    def value(self, index: int, u: Number, level: int, is_whole: bool) -> Number:
        """√u.

        Args:
            is_whole: whether u is the value in every case.
        Raises:
            NoLaw: u contains too many roots within each other.
        """
        u = fields.number(*fields.parts(u)[0])
        if u == 0:
            return 0
        if (level, u) in self.drawn:
            self.drawn[level, u].uses.add(index)
            return self.drawn[level, u].value
        q = fields.constant(u, self.tower.primes[level])
        if q is not None:
            return self._of_constant(index, u, q, level)
        known = self.tower.logarithms[level].exponent_of(u, index)
        if known is not None:
            return self._of_exponential(*known, level)
        multiple = self._multiple(index, u, level, is_whole)
        if multiple is None:
            return self._draw(index, u, level)
        other, q = multiple
        root = _single(self.tower.at(other, level))
        self._note_use(other, level, index)
        return fields.multiply(self._of_number(q, level), root, self.tower.primes[level])

    def _note_use(self, term: int, level: int, index: int) -> None:
        for root in self.drawn.values():
            if root.term == term and root.level == level:
                root.uses.add(index)

    def _of_exponential(self, exponential: Exponential, n: int, level: int) -> Number:
        order, prime = self.tower.primes[level - 1], self.tower.primes[level]
        half = n * exponential.exponent * pow(2, -1, order) % order
        return pow(self.tower.generators[level], half, prime)

    def _of_constant(self, index: int, u: Number, q: Fraction, level: int) -> Number:
        """A number that arrives here as one is prime; others are taken apart by form."""
        is_prime = self.tower.terms.number_at(self.tower.terms.nodes[index][2]) is not None
        return self._draw(index, u, level, True) if is_prime else self._of_number(q, level)

    def _of_number(self, q: Fraction, level: int) -> Number:
        terms = self.tower.terms
        return _single(self.tower.at(lowering.root(terms, terms.number(q)), level))

    def _multiple(
        self, index: int, u: Number, level: int, is_whole: bool
    ) -> tuple[int, Fraction] | None:
        """(the term √v, q) for u = q v, a number q > 0 and a root √v that is drawn already.

        A multiple in one field is so in every other.
        """
        if not is_whole:
            return self._sought_multiple(u, level)
        if index not in self._multiples:
            self._multiples[index] = self._sought_multiple(u, level)
        return self._multiples[index]

    def _sought_multiple(self, u: Number, level: int) -> tuple[int, Fraction] | None:
        prime = self.tower.primes[level]
        for (at, v), root in self.drawn.items():
            if at == level and fields.degree(u) == fields.degree(v):
                ratio = fields.multiply(u, fields.inverse(v, prime), prime)
                q = fields.constant(ratio, prime)
                if q is not None and q > 0:
                    return root.term, q
        return None

    def _draw(self, index: int, u: Number, level: int, is_constant: bool = False) -> Number:
        prime = self.tower.primes[level]
        value = fields.square_root(u, prime)
        if fields.degree(value) > _WIDEST:
            raise NoLaw(index, "roots that are nested so deep")
        if self.tower.rng.getrandbits(1):
            value = fields.negative(value, prime)
        within = fields.degree(u)
        self.drawn[level, u] = Root(index, level, value, within, is_constant, {index})
        return value


def _single(value: Value) -> Number:
    if not is_number(value):
        raise TooManyCases("a root that is a multiple of another depends on a case")
    return value
