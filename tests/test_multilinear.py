"""Sums and products of more cases than a decision diagram can show."""

import random

import pytest

from symlstm.proof import multilinear
from symlstm.proof.cases import MAXIMUM_CASES, are_equal, case, total
from symlstm.proof.compare import compare
from symlstm.proof.multilinear import Multilinear, TooManyCases
from symlstm.proof.terms import Terms

SEED = 20260204
P = 1_000_003


@pytest.fixture
def terms() -> Terms:
    return Terms()


def bent(terms, name):
    """relu(x) · y, a term with a case of its own"""
    x, y = terms.symbol(f"x{name}"), terms.symbol(f"y{name}")
    return terms.product((terms.maximum(x, terms.zero), y))


def verdict(terms, a, b):
    print(f"seed {SEED}")
    return compare(terms, [(a, b)], random.Random(SEED)).verdicts[0].status


def test_a_sum_of_many_cases_is_proved(terms):
    """Σ relu(xₙ) yₙ = Σ (xₙ + relu(−xₙ)) yₙ, for twelve conditions: 4,096 cases"""
    left = terms.sum([bent(terms, n) for n in range(12)])
    pieces = []
    for n in range(12):
        x, y = terms.symbol(f"x{n}"), terms.symbol(f"y{n}")
        inside = terms.sum((x, terms.maximum(terms.negative(x), terms.zero)))
        pieces.append(terms.product((inside, y)))
    assert verdict(terms, left, terms.sum(pieces)) == "proved"


def test_a_difference_in_one_case_of_many_is_refuted(terms):
    """one relu of twelve with another slope where x > 0"""
    parts = [bent(terms, n) for n in range(12)]
    x, y = terms.symbol("x7"), terms.symbol("y7")
    steeper = terms.where(
        terms.compare(">", x, terms.zero), terms.product((terms.number(2), x)), terms.zero
    )
    other = [*parts[:7], terms.product((steeper, y)), *parts[8:]]
    assert verdict(terms, terms.sum(parts), terms.sum(other)) == "differs"


def test_a_condition_is_its_own_square(terms):
    """step(x)² = step(x), beside ten other cases"""
    x, others = terms.symbol("x"), [bent(terms, n) for n in range(10)]
    step = terms.where(terms.compare(">", x, terms.zero), terms.one, terms.zero)
    rest = terms.sum(others)
    left = terms.product((step, terms.sum((step, rest))))
    right = terms.sum((step, terms.product((step, rest))))
    assert verdict(terms, left, right) == "proved"


def test_both_forms_of_a_value_are_one():
    values = [case(n, 2 * n + 1, 3 * n + 7) for n in range(10)]
    large = total(values, P)
    assert isinstance(large, Multilinear)
    back = total([large, *(case(n, -2 * n - 1, -3 * n - 7) for n in range(1, 10))], P)
    assert are_equal(back, case(0, 1, 7), P) and not are_equal(back, case(0, 1, 8), P)
    small = total(values[:3], P)
    assert not isinstance(small, Multilinear) and MAXIMUM_CASES > 8


def test_there_is_an_end():
    one = Multilinear({frozenset({n}): 1 for n in range(200)})
    with pytest.raises(TooManyCases, match="4096 products of cases"):
        multilinear.multiply(one, Multilinear({frozenset({n}): 1 for n in range(100, 300)}), P)
