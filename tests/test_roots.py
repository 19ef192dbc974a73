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


def test_too_many_roots_are_refused(symbols, monkeypatch):
    monkeypatch.setattr(roots, "MAXIMUM", 2)
    x, y, z = symbols
    with pytest.raises(TooManyRoots, match="3 square roots occur, more than the 2 that are"):
        found(sqrt(x), sqrt(y), sqrt(z))


def test_elimination_by_hand():
    """(110), (011), (101): the sum of all three is 0"""
    assert roots._relations([(0b110, 1), (0b011, 2), (0b101, 4)]) == [7]
    assert roots._relations([(0b110, 1), (0b011, 2), (0b100, 4)]) == []
