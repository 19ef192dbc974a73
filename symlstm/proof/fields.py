"""Numbers of a prime field, with the roots that it lacks and formal logarithms.

Almost every value is a plain integer mod p. Two functions need more. A square root needs i, since
of u and −u only one has a root mod p (for p ≡ 3 mod 4), and a root within a root needs wider fields
still (see `quadratic`). A logarithm needs to be remembered as one,
so that exp can undo it: log u is a random residue (an *atom*), and a sum of such atoms with
rational coefficients keeps them beside its residue. Under any other operation only the residue is
left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from symlstm.proof import quadratic
from symlstm.proof.quadratic import Coordinates

Path = tuple[tuple[int, bool], ...]
"""Conditions that hold (true) or do not, by number: one case of a value with several."""


@dataclass(eq=False, slots=True)
class Atom:
    """log u for a value u of one field.

    Args:
        term: a term whose value is u.
        path: the case in which it is.
        residue: what stands for log u in this field.
    """

    term: int
    path: Path
    residue: int


class Extended:
    """A number with i, or one of which Σ q log u is a part that is known as such.

    Two numbers are equal if their coordinates are: the residues of the logarithms are contained in
    them.
    """

    __slots__ = ("coordinates", "logs")

    def __init__(self, coordinates: Coordinates, logs: Mapping[Atom, Fraction]) -> None:
        self.coordinates = coordinates
        self.logs = logs

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Extended):
            return self.coordinates == other.coordinates
        return self.coordinates == (other,)

    def __hash__(self) -> int:
        return hash(self.coordinates if self.coordinates[1:] else self.coordinates[0])

    def __repr__(self) -> str:
        return f"{self.coordinates} ({len(self.logs)} logarithms)"


Number = int | Extended

NO_LOGS: Mapping[Atom, Fraction] = {}


def number(*coordinates: int, logs: Mapping[Atom, Fraction] = NO_LOGS) -> Number:
    """The number of these coordinates; a plain integer where that is all."""
    kept = coordinates if coordinates[-1] else quadratic.reduced(coordinates)
    return Extended(kept, logs) if kept[1:] or logs else kept[0]


def parts(a: Number) -> tuple[Coordinates, Mapping[Atom, Fraction]]:
    return ((a,), NO_LOGS) if isinstance(a, int) else (a.coordinates, a.logs)


def degree(a: Number) -> int:
    """How many coordinates a number has."""
    return 1 if isinstance(a, int) else len(a.coordinates)


def residue(value: Fraction | int, p: int) -> int:
    if value.denominator == 1:
        return value.numerator % p
    return value.numerator * pow(value.denominator, -1, p) % p


def add(a: Number, b: Number, p: int) -> Number:
    if type(a) is int and type(b) is int:
        return (a + b) % p
    (at, al), (bt, bl) = parts(a), parts(b)
    logs = al or bl
    if al and bl:
        both = {
            atom: al.get(atom, Fraction(0)) + bl.get(atom, Fraction(0)) for atom in {**al, **bl}
        }
        logs = {atom: q for atom, q in both.items() if q}
    return number(*quadratic.add(at, bt, p), logs=logs)


def multiply(a: Number, b: Number, p: int) -> Number:
    if type(a) is int and type(b) is int:
        return a * b % p
    (at, al), (bt, bl) = parts(a), parts(b)
    logs = NO_LOGS
    if bool(al) != bool(bl):
        factor = rational(bt if al else at, p)
        if factor:
            logs = {atom: q * factor for atom, q in (al or bl).items()}
    return number(*quadratic.multiply(at, bt, p), logs=logs)


_SMALL = 1 << 24
"""No residue that is no constant is a fraction of so small numbers, but by an accident of 2⁻⁷⁸."""


def rational(a: Coordinates, p: int) -> Fraction | None:
    """The fraction of small numbers that a residue is, if it is one: a lattice reduction."""
    if a[1:]:
        return None
    (above, numerator), (before, denominator) = (p, a[0]), (0, 1)
    while numerator >= _SMALL:
        quotient = above // numerator
        above, numerator = numerator, above - quotient * numerator
        before, denominator = denominator, before - quotient * denominator
    return Fraction(numerator, denominator) if 0 < abs(denominator) < _SMALL else None


def constant(a: Number, p: int) -> Fraction | None:
    """The rational constant that a number is, if it is one."""
    coordinates, logs = parts(a)
    return None if logs else rational(coordinates, p)


def negative(a: Number, p: int) -> Number:
    return -a % p if type(a) is int else multiply(a, p - 1, p)


def inverse(a: Number, p: int) -> Number:
    """1/a.

    Raises:
        ZeroDivisionError: a = 0.
    """
    if type(a) is int and a:
        return pow(a, -1, p)
    return number(*quadratic.inverse(parts(a)[0], p))


def power(a: Number, n: int, p: int) -> Number:
    """aⁿ.

    Raises:
        ZeroDivisionError: a = 0 and n is negative.
    """
    if type(a) is int and (a or n > 0):
        return pow(a, n, p)
    if n < 0:
        a, n = inverse(a, p), -n
    result: Number = 1
    while n:
        if n & 1:
            result = multiply(result, a, p)
        a, n = multiply(a, a, p), n >> 1
    return result


def square_root(a: Number, p: int) -> Number:
    """A root, in the least field that has one."""
    return number(*quadratic.square_root(parts(a)[0], p))
