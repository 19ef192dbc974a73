"""Radicands whose product is a square, or a number times a square, are found; others are not."""

import random

import pytest
from identities import Number, exp, log, maximum, sqrt, where, σ

from symlstm.proof import roots
from symlstm.proof.roots import TooManyRoots, related
from symlstm.proof.terms import Terms
from symlstm.proof.tower import Tower

SEED = 20261122


def found(*values: Number, levels: int = 2) -> set[int]:
    """The positions of the roots among the values that are related."""
    print(f"seed {SEED}")
    terms = values[0].terms

    def prepare(rng: random.Random) -> Tower:
        return Tower(terms, levels, rng)

    rng = random.Random(SEED)
    first = prepare(rng)
    for value in values:
        first.value(value.index)
    assert first.roots, "nothing to relate"
    return related(prepare, first, rng)


@pytest.fixture
def symbols() -> tuple[Number, Number, Number]:
    terms = Terms()
    x, y, z = (Number(terms, terms.symbol(name)) for name in "xyz")
    return x, y, z


INDEPENDENT = {
    "√x, √y, √(x + y)": lambda x, y, z: (sqrt(x), sqrt(y), sqrt(x + y)),
    "√x with √2 and √3": lambda x, y, z: (sqrt(x), sqrt(x - x + 2), sqrt(x - x + 3)),
    "√x in two fields": lambda x, y, z: (sqrt(x), exp(sqrt(x)), exp(exp(sqrt(x)))),
    "√(1 + exp x)": lambda x, y, z: (sqrt(1 + exp(x)), sqrt(1 + exp(y)), sqrt(1 + exp(x + y))),
    "√x and √(4x)": lambda x, y, z: (sqrt(x), sqrt(4 * x), sqrt(x + x + x)),
    "by cases": lambda x, y, z: (sqrt(where(z, x, y)), sqrt(maximum(x, y) + 1)),
    "within roots": lambda x, y, z: (
        sqrt(sqrt(1 + x**2) + y),
        sqrt(sqrt(1 + y**2) + x),
        sqrt(sqrt(1 + x**2) + sqrt(1 + y**2)),
        sqrt(z),
    ),
    "within roots within roots": lambda x, y, z: (
        sqrt(y + sqrt(x + sqrt(z + sqrt(1 + x**2)))),
        sqrt(y - sqrt(x + sqrt(z + sqrt(1 + x**2)))),
    ),
    "a root of what is no root: 1 + x⁴/√(1 + x²)²": lambda x, y, z: (
        sqrt(1 + (x * x / sqrt(1 + x**2)) ** 2),
        sqrt(y),
    ),
    "below an exponential and beside it": lambda x, y, z: (
        sqrt(exp(sqrt(x + y)) + sqrt(1 + y**2)),
        sqrt(z),
    ),
    "½ log": lambda x, y, z: (exp(log(x + y) / 2), sqrt(z)),
}


@pytest.mark.parametrize("which", INDEPENDENT)
def test_independent_radicands_are_told(symbols, which):
    assert found(*INDEPENDENT[which](*symbols)) == set()


RELATED = {
    "a square": lambda x, y, z: ((sqrt(x**2 + 2 * x + 1),), (sqrt(y),)),
    "twice a square": lambda x, y, z: ((sqrt(2 * x**2 + 4 * x + 2),), (sqrt(y),)),
    "minus a square": lambda x, y, z: ((sqrt(-1 - x**2 - 2 * x),), (sqrt(y),)),
    "x, y and x y": lambda x, y, z: ((sqrt(x), sqrt(y), sqrt(x * y)), (sqrt(z),)),
    "x and −x": lambda x, y, z: ((sqrt(x), sqrt(-x)), (sqrt(z),)),
    "u + √v and u − √v beside u² − v": lambda x, y, z: (
        (sqrt(x + sqrt(y)), sqrt(x - sqrt(y))),
        (sqrt(x**2 - y),),
    ),
    "the square of √x + y": lambda x, y, z: ((sqrt(x + 2 * y * sqrt(x) + y**2),), (sqrt(z),)),
    "the square of √x + √y": lambda x, y, z: (
        (sqrt(x + 2 * sqrt(x) * sqrt(y) + y),),
        (sqrt(z),),
    ),
    "the square of √(1 + √x) + y, of the third layer": lambda x, y, z: (
        (sqrt(1 + sqrt(x) + 2 * y * sqrt(1 + sqrt(x)) + y**2),),
        (sqrt(z + sqrt(x)),),
    ),
    "with an exponential": lambda x, y, z: (
        (sqrt(σ(x) ** 2 + 2 * σ(x) * z + z**2),),
        (sqrt(y),),
    ),
}


@pytest.mark.parametrize("which", RELATED)
def test_related_radicands_are_found_and_no_others(symbols, which):
    tied, free = RELATED[which](*symbols)
    assert found(*tied, *free) == {value.index for value in tied}


def test_a_relation_below_an_exponential_is_found(symbols):
    x, y, _ = symbols
    root = sqrt(x**2 + 2 * x + 1)
    assert found(exp(root) * y) == {root.index}


def test_a_relation_in_one_case_is_found(symbols):
    """√(x² + 2x + 1) where z > 0"""
    x, y, z = symbols
    square = x**2 + 2 * x + 1
    assert found(sqrt(where(z, square, y)), sqrt(y)) == {sqrt(square).index}


def test_a_root_within_a_root_beside_half_a_logarithm_is_refused(symbols):
    """√(1 + √x) and exp(½ log y), which is √y by its value alone"""
    x, y, _ = symbols
    with pytest.raises(TooManyRoots, match="a root within a root, and half a logarithm"):
        found(sqrt(1 + sqrt(x)), exp(log(y) / 2))


def test_characters_in_too_small_a_field_overlook_a_square(symbols, monkeypatch):
    """(√x + y)² is a square in the field of √x, which its character in F_p does not tell"""
    x, y, _ = symbols
    square = sqrt(x + 2 * y * sqrt(x) + y**2)
    assert found(square) == {square.index}
    monkeypatch.setattr(roots, "_width", lambda point, layers, layer: 1)
    assert found(square) == set()


def test_the_layer_of_a_root_by_hand(symbols):
    """√x of the first, √(1 + √x) of the second, √(exp √x + √(1 + √x)) of the third layer"""
    x, _, _ = symbols
    first, second = sqrt(x), sqrt(1 + sqrt(x))
    third = sqrt(exp(first) + second)
    tower = Tower(x.terms, 1, random.Random(SEED))
    tower.value(third.index)
    widest = [[roots._place(root)._replace(within=2) for root in tower.roots if root.level == 1]]
    layers = roots._layers(tower, widest)
    assert layers == {first.index: 1, second.index: 2, third.index: 3}


def test_too_many_roots_are_refused(symbols, monkeypatch):
    monkeypatch.setattr(roots, "MAXIMUM", 2)
    x, y, z = symbols
    with pytest.raises(TooManyRoots, match="3 square roots occur, more than the 2 that are"):
        found(sqrt(x), sqrt(y), sqrt(z))


def test_elimination_by_hand():
    """(110), (011), (101): the sum of all three is 0"""
    assert roots._relations([(0b110, 1), (0b011, 2), (0b101, 4)]) == [7]
    assert roots._relations([(0b110, 1), (0b011, 2), (0b100, 4)]) == []
