"""Arithmetic with roots of roots mod p, by hand in small fields and by its laws in great ones."""

import random

import pytest

from symlstm.proof import quadratic
from symlstm.proof.quadratic import add, inverse, multiply, reduced, scaled, square_root

PRIMES = (7, 11, (1 << 127) - 1)
LENGTHS = (1, 2, 4, 8, 16)


def drawn(rng: random.Random, p: int, length: int) -> tuple[int, ...]:
    return tuple(rng.randrange(p) for _ in range(length))


def test_the_field_of_four_coordinates_mod_seven_by_hand():
    """1 + i has the norm 2 = 3², so it is a square; 2 + i, of the norm 5, is not: g² = 2 + i"""
    assert quadratic._least(7) == 2
    assert multiply((0, 0, 1, 0), (0, 0, 1, 0), 7) == (2, 1, 0, 0)
    assert square_root((2, 1), 7) in ((0, 0, 1, 0), (0, 0, 6, 0))
    assert square_root((0, 2), 7) in ((1, 1), (6, 6))
    assert reduced((3, 0, 0, 0)) == (3,) and reduced((3, 1, 0, 0)) == (3, 1)


def test_each_field_adjoins_the_root_of_the_g_before_it():
    g, h = (0, 0, 1, 0), (0, 0, 0, 0, 1, 0, 0, 0)
    assert reduced(multiply(h, h, 7)) == g


@pytest.mark.parametrize("p", PRIMES)
@pytest.mark.parametrize("length", LENGTHS)
def test_the_laws_of_a_field(p, length):
    """(a b) c = a (b c), a (b + c) = a b + a c, a a⁻¹ = 1"""
    rng = random.Random(f"{p} {length}")
    for shorter in (n for n in LENGTHS if n <= length):
        a, b, c = drawn(rng, p, length), drawn(rng, p, shorter), drawn(rng, p, length)
        assert multiply(multiply(a, b, p), c, p) == multiply(a, multiply(b, c, p), p)
        assert multiply(a, add(b, c, p), p) == add(multiply(a, b, p), multiply(a, c, p), p)
        if any(a):
            assert reduced(multiply(a, inverse(a, p), p)) == (1,)


@pytest.mark.parametrize("p", PRIMES)
@pytest.mark.parametrize("length", LENGTHS)
def test_every_element_has_a_root_and_a_square_one_in_its_own_field(p, length):
    """√a² = a, √(a²) = ±a"""
    rng = random.Random(f"{p} {length}")
    widths = set()
    for _ in range(30):
        a = reduced(drawn(rng, p, length))
        root = square_root(a, p)
        widths.add(len(reduced(root)) > len(a))
        assert reduced(multiply(root, root, p)) == a
        assert reduced(square_root(reduced(multiply(a, a, p)), p)) in (a, scaled(a, -1, p))
    assert widths == {False, True}


def test_zero_has_no_inverse():
    with pytest.raises(ZeroDivisionError, match="0 has no inverse"):
        inverse((0, 0, 0, 0), 7)
