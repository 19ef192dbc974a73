"""The gradient system against the exact derivative of its own forward, term by term."""

import random

import pytest

from symlstm import cells
from symlstm.calculus.gradient import derive
from symlstm.derivation.proving import gradient_pairs
from symlstm.messages import UnknownNode
from symlstm.proof.compare import compare
from symlstm.proof.differentiation import gradients
from symlstm.proof.terms import Terms

SEED = 20260204


@pytest.fixture
def terms() -> Terms:
    return Terms()


def assert_equal(terms, found, expected):
    print(f"seed {SEED}")
    comparison = compare(terms, [(expected, found)], random.Random(SEED))
    assert comparison.is_proved, comparison.verdicts[0]


# Scalars.


def rules(terms, x, y):
    """For each law: f(x, y) and ∂f/∂x."""
    negative = terms.negative(terms.one)
    inverse = terms.power(y, -1)
    tanh = terms.call("tanh", x)
    return {
        "(x + y)′ = 1": (terms.sum((x, y)), terms.one),
        "(x y)′ = y": (terms.product((x, y)), y),
        "(x·x + y·y)′ = 2 x": (terms.dot([(x, x), (y, y)]), terms.sum((x, x))),
        "(x/y)′ = 1/y": (terms.quotient(x, y), inverse),
        "(y/x)′ = −y/x²": (
            terms.quotient(y, x), terms.product((negative, y, terms.power(x, -2))),
        ),
        "tanh′ = 1 − tanh²": (tanh, terms.difference(terms.one, terms.power(tanh, 2))),
        "exp(x y)′ = y exp(x y)": (
            terms.exp(terms.product((x, y))),
            terms.product((y, terms.exp(terms.product((x, y))))),
        ),
        "|x|′ = sign x": (
            terms.absolute(x),
            terms.where(terms.compare(">=", x, terms.zero), terms.one, negative),
        ),
    }  # fmt: skip


LAWS = list(rules(*(lambda t: (t, t.symbol("x"), t.symbol("y")))(Terms())))


@pytest.mark.parametrize("law", LAWS)
def test_a_law(terms, law):
    x, y = terms.symbol("x"), terms.symbol("y")
    value, expected = rules(terms, x, y)[law]
    (found,) = gradients(terms, {value: terms.one}, [x])
    assert_equal(terms, found, expected)


def test_a_wrong_derivative_is_told_apart(terms):
    """σ′ is not σ (1 + σ)"""
    x = terms.symbol("x")
    value = terms.call("sigmoid", x)
    (found,) = gradients(terms, {value: terms.one}, [x])
    wrong = terms.product((value, terms.sum((terms.one, value))))
    comparison = compare(terms, [(wrong, found)], random.Random(SEED))
    assert comparison.verdicts[0].status == "differs"


def test_what_is_not_read_has_no_gradient(terms):
    x, y = terms.symbol("x"), terms.symbol("y")
    assert gradients(terms, {x: terms.one}, [y]) == [terms.zero]


def test_a_function_without_a_law_is_refused(terms):
    x = terms.symbol("x")
    with pytest.raises(UnknownNode, match="S401"):
        gradients(terms, {terms.call("gamma", x): terms.one}, [x])


# Cells.


@pytest.mark.parametrize("name", list(cells))
def test_the_gradient_system_is_the_exact_derivative_of_the_forward(name):
    cell = cells[name]
    sizes = {"B": 2, "T": 2} | {d.name: n for d, n in zip(cell.dimensions, (3, 2, 2), strict=False)}
    found = gradient_pairs(cell, sizes)
    assert found.compared(SEED).is_proved and len(found.pairs) > 20


def test_a_wrong_gradient_system_is_noticed(monkeypatch):
    """dh passed on to x with its sign changed"""
    from symlstm.calculus import rules as matrix_rules

    right = matrix_rules.transposed
    monkeypatch.setattr(matrix_rules, "transposed", lambda m: matrix_rules.product(-1, right(m)))
    derive.cache_clear()
    try:
        found = gradient_pairs(cells["lstm"], {"B": 2, "T": 2, "D": 3, "H": 2})
    finally:
        derive.cache_clear()
    assert not found.compared(SEED).is_proved
