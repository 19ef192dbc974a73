"""Numbers of a prime field, with i = √−1 and formal logarithms.

Almost every value is a plain integer mod p. Two functions need more. A square root needs i, since
of u and −u only one has a root mod p (for p ≡ 3 mod 4). A logarithm needs to be remembered as one,
so that exp can undo it: log u is a random residue (an *atom*), and a sum of such atoms with
rational coefficients keeps them beside its residue. Under any other operation only the residue is
left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

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
    """a + b i, of which Σ q log u is a part that is known as such.

    Two numbers are equal if a and b are: the residues of the logarithms are contained in them.
    """

    __slots__ = ("imaginary", "logs", "real")

    def __init__(self, real: int, imaginary: int, logs: Mapping[Atom, Fraction]) -> None:
        self.real = real
        self.imaginary = imaginary
        self.logs = logs

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Extended):
            return self.real == other.real and self.imaginary == other.imaginary
        return not self.imaginary and self.real == other

    def __hash__(self) -> int:
        return hash((self.real, self.imaginary)) if self.imaginary else hash(self.real)

    def __repr__(self) -> str:
        return f"{self.real} + {self.imaginary} i ({len(self.logs)} logarithms)"


Number = int | Extended

NO_LOGS: Mapping[Atom, Fraction] = {}


def number(real: int, imaginary: int, logs: Mapping[Atom, Fraction] = NO_LOGS) -> Number:
    """a + b i; a plain integer where that is all."""
    return Extended(real, imaginary, logs) if imaginary or logs else real


def parts(a: Number) -> tuple[int, int, Mapping[Atom, Fraction]]:
    return (a, 0, NO_LOGS) if isinstance(a, int) else (a.real, a.imaginary, a.logs)


def residue(value: Fraction | int, p: int) -> int:
    if value.denominator == 1:
        return value.numerator % p
    return value.numerator * pow(value.denominator, -1, p) % p


def add(a: Number, b: Number, p: int) -> Number:
    if type(a) is int and type(b) is int:
        return (a + b) % p
    (ar, ai, al), (br, bi, bl) = parts(a), parts(b)
    logs = al or bl
    if al and bl:
        both = {
            atom: al.get(atom, Fraction(0)) + bl.get(atom, Fraction(0)) for atom in {**al, **bl}
        }
        logs = {atom: q for atom, q in both.items() if q}
    return number((ar + br) % p, (ai + bi) % p, logs)


def multiply(a: Number, b: Number, p: int) -> Number:
    if type(a) is int and type(b) is int:
        return a * b % p
    (ar, ai, al), (br, bi, bl) = parts(a), parts(b)
    logs = NO_LOGS
    if bool(al) != bool(bl):
        factor = rational((br, bi) if al else (ar, ai), p)
        if factor:
            logs = {atom: q * factor for atom, q in (al or bl).items()}
    return number((ar * br - ai * bi) % p, (ar * bi + ai * br) % p, logs)


_SMALL = 1 << 24
"""No residue that is no constant is a fraction of so small numbers, but by an accident of 2⁻⁷⁸."""


def rational(a: tuple[int, int], p: int) -> Fraction | None:
    """The fraction of small numbers that a real residue is, if it is one: a lattice reduction."""
    real, imaginary = a
    if imaginary:
        return None
    (above, numerator), (before, denominator) = (p, real), (0, 1)
    while numerator >= _SMALL:
        quotient = above // numerator
        above, numerator = numerator, above - quotient * numerator
        before, denominator = denominator, before - quotient * denominator
    return Fraction(numerator, denominator) if 0 < abs(denominator) < _SMALL else None


def constant(a: Number, p: int) -> Fraction | None:
    """The rational constant that a number is, if it is one."""
    real, imaginary, logs = parts(a)
    return None if logs else rational((real, imaginary), p)


def negative(a: Number, p: int) -> Number:
    return -a % p if type(a) is int else multiply(a, p - 1, p)


def inverse(a: Number, p: int) -> Number:
    """1/a; (a + b i)⁻¹ = (a − b i)/(a² + b²), which is 0 for a = b = 0 only.

    Raises:
        ZeroDivisionError: a = 0.
    """
    if type(a) is int and a:
        return pow(a, -1, p)
    real, imaginary, _ = parts(a)
    norm = (real * real + imaginary * imaginary) % p
    if norm == 0:
        raise ZeroDivisionError("0 has no inverse")
    scale = pow(norm, -1, p)
    return number(real * scale % p, -imaginary * scale % p)


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


def square_root(a: int, p: int) -> tuple[Number, bool]:
    """A root of a in F_p[i] for p ≡ 3 (mod 4), and whether it is one in F_p: a^((p+1)/4)."""
    found = pow(a, (p + 1) // 4, p)
    if found * found % p == a:
        return found, True
    return number(0, pow(-a % p, (p + 1) // 4, p)), False
