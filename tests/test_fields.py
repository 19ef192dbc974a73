"""Arithmetic of a + b i mod p, and of sums of logarithms beside it, by hand in small fields."""

import random
from fractions import Fraction

import pytest

from symlstm.proof import fields
from symlstm.proof.fields import Atom, Extended, number

I = number(0, 1)  # noqa: E741
LARGE = (1 << 127) - 1
"""A prime, 3 mod 4."""


def test_i_squared_is_minus_one():
    """i² = −1 = 6 (mod 7), (1 + i)² = 2i, (1 + i)⁻¹ = (1 − i)/2 = 4 + 3i"""
    assert fields.multiply(I, I, 7) == 6
    assert fields.power(number(1, 1), 2, 7) == number(0, 2)
    assert fields.inverse(number(1, 1), 7) == number(4, 3)
    assert fields.multiply(number(1, 1), number(4, 3), 7) == 1


def test_what_has_no_i_is_an_integer():
    assert type(fields.multiply(I, I, 7)) is int
    assert type(fields.add(number(1, 3), number(1, 4), 7)) is int
    assert number(3, 0) == 3


def test_numbers_without_i_equal_integers_and_hash_alike():
    atom = Atom(0, (), 4)
    formal = Extended((4,), {atom: Fraction(1)})
    assert formal == 4 and hash(formal) == hash(4)
    assert {4: "found"}[formal] == "found"
    assert formal != 5 and number(4, 1) != 4 and number(4, 1) != number(4, 2)


@pytest.mark.parametrize("seed", range(5))
def test_the_laws_of_a_field(seed):
    """(a b) c = a (b c), a (b + c) = a b + a c, a a⁻¹ = 1, a⁵ a⁻³ = a²"""
    rng = random.Random(seed)
    p = LARGE
    a, b, c = (number(rng.randrange(p), rng.randrange(p)) for _ in range(3))
    assert fields.multiply(fields.multiply(a, b, p), c, p) == fields.multiply(
        a, fields.multiply(b, c, p), p
    )
    left = fields.multiply(a, fields.add(b, c, p), p)
    assert left == fields.add(fields.multiply(a, b, p), fields.multiply(a, c, p), p)
    assert fields.multiply(a, fields.inverse(a, p), p) == 1
    up, down = fields.power(a, 5, p), fields.power(a, -3, p)
    assert fields.multiply(up, down, p) == fields.power(a, 2, p)
    assert fields.add(a, fields.negative(a, p), p) == 0


def test_zero_has_no_inverse():
    for operation in (lambda: fields.inverse(0, 7), lambda: fields.power(0, -2, 7)):
        with pytest.raises(ZeroDivisionError, match="0 has no inverse"):
            operation()


@pytest.mark.parametrize(("a", "root"), [(2, 4), (4, 2), (3, number(0, 2)), (0, 0)])
def test_roots_mod_seven_by_hand(a, root):
    """4² = 2, 2² = 4, (2i)² = −4 = 3 (mod 7)"""
    assert fields.square_root(a, 7) == root
    assert fields.multiply(root, root, 7) == a


@pytest.mark.parametrize("q", [Fraction(0), Fraction(3), Fraction(-2, 5), Fraction(12345, 6789)])
def test_a_fraction_is_recognised_by_its_residue(q):
    assert fields.constant(fields.residue(q, LARGE), LARGE) == q


@pytest.mark.parametrize("seed", range(20))
def test_a_random_residue_is_no_constant(seed):
    residue = random.Random(seed).randrange(LARGE)
    assert fields.constant(residue, LARGE) is None
    assert fields.constant(number(3, residue), LARGE) is None


def test_logarithms_are_kept_by_sums_and_constant_factors():
    """2 (log u + log v) − 2 log v = 2 log u; its residue is the sum of the residues"""
    u, v = Atom(1, (), 10), Atom(2, (), 20)
    log_u, log_v = (Extended((a.residue,), {a: Fraction(1)}) for a in (u, v))
    total = fields.add(log_u, log_v, LARGE)
    assert total == 30 and total.logs == {u: 1, v: 1}
    doubled = fields.multiply(2, total, LARGE)
    half = fields.multiply(fields.residue(Fraction(1, 2), LARGE), doubled, LARGE)
    assert doubled == 60 and doubled.logs == {u: 2, v: 2}
    assert half == 30 and half.logs == total.logs
    rest = fields.add(doubled, fields.multiply(LARGE - 2, log_v, LARGE), LARGE)
    assert rest == 20 and rest.logs == {u: 2}


def test_logarithms_are_lost_in_products():
    """log u · log v and log u · x are residues only"""
    log = Extended((10,), {Atom(1, (), 10): Fraction(1)})
    assert type(fields.multiply(log, log, LARGE)) is int
    assert type(fields.multiply(log, random.Random(1).randrange(LARGE), LARGE)) is int
    assert type(fields.inverse(log, LARGE)) is int
