"""Where the case of 0 is left out is a condition, and nothing else is; many cases are followed."""

import random

from identities import Number, exp, log, relu, sqrt, step, where

from symlstm.proof.compare import compare
from symlstm.proof.rewriting import Rewriting
from symlstm.proof.terms import Terms
from symlstm.proof.tower import Tower

SEED = 20261122


def boundaries_of(build) -> list[int]:
    terms = Terms()
    a, b = build(*(Number(terms, terms.symbol(name)) for name in "xyz"))
    found = compare(terms, [(a.index, b.index)], random.Random(SEED))
    assert found.is_proved
    return found.boundaries


def test_what_is_positive_by_construction_needs_no_condition():
    """log |1 + x²| = log(1 + x²), √|1 + exp x| = √(1 + exp x)"""
    assert not boundaries_of(lambda x, y, z: (log(abs(1 + x**2)), log(1 + x**2)))
    assert not boundaries_of(lambda x, y, z: (sqrt(abs(1 + exp(x))), sqrt(1 + exp(x))))


def test_a_mask_by_the_value_of_relu_is_the_mask_by_its_argument():
    """y (relu x > 0) = y (x > 0) needs no condition, y (relu x > 0) = y (x ≥ 0) does: x ≠ 0"""
    assert not boundaries_of(lambda x, y, z: (y * step(relu(x)), y * step(x)))
    assert len(boundaries_of(lambda x, y, z: (y * step(relu(x)), y - y * step(-x)))) == 1


def test_a_step_of_what_is_never_negative_is_one_under_a_condition():
    """y (x² > 0) = y where x² ≠ 0; on both sides alike it needs none"""
    assert len(boundaries_of(lambda x, y, z: (y * step(x**2), y))) == 1
    assert not boundaries_of(lambda x, y, z: (y * step(x**2) + z, z + step(x**2) * y))


def test_signs_that_are_wrong_are_noticed_at_real_points(monkeypatch):
    """With a prover that takes x for never negative, step(x) = 1 holds in every field"""
    monkeypatch.setattr(Rewriting, "sign_of", lambda self, a: 1)
    terms = Terms()
    x = Number(terms, terms.symbol("x"))
    tower = Tower(terms, 0, random.Random(SEED), is_open=True)
    assert tower.value(step(x).index) == 1
    found = compare(terms, [(step(x).index, terms.one)], random.Random(SEED))
    assert [v.status for v in found.verdicts] == ["differs"]


def test_a_choice_between_many_cases_is_followed():
    """where(z > 0, Σ relu xₙ, y) of seven conditions is a polynomial in them"""
    terms = Terms()
    z = Number(terms, terms.symbol("z"))
    parts = [relu(Number(terms, terms.symbol(f"x[{n}]"))) for n in range(9)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    masked = [where(z, part, z) for part in parts]
    again = masked[0]
    for part in masked[1:]:
        again = again + part
    left, right = where(z, total, 9 * z), again
    wrong = where(z, total, 8 * z)
    found = compare(
        terms, [(left.index, right.index), (wrong.index, right.index)], random.Random(SEED)
    )
    assert [v.status for v in found.verdicts] == ["proved", "differs"]
