"""Every function is written by exp, σ, tanh, log, √ and choices as its definition says."""

from fractions import Fraction

import pytest

from symlstm import functions
from symlstm.proof import lowering
from symlstm.proof.terms import Terms
from symlstm.proof.writing import formula


@pytest.fixture
def terms() -> Terms:
    return Terms()


DEFINITIONS = {
    "exp": "exp(x)",
    "sigmoid": "sigmoid(x)",
    "tanh": "tanh(x)",
    "log": "log(x)",
    "sqrt": "sqrt(x)",
    "expm1": "(-1 + exp(x))",
    "log1p": "log((1 + x))",
    "softplus": "log((1 + exp(x)))",
    "silu": "x · sigmoid(x)",
    "relu": "(x or 0)",
    "abs": "(x or -1 · x)",
    "sign": "(1 or (-1 or 0))",
    "step": "(1 or 0)",
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_each_function_is_its_definition(terms, name):
    assert formula(terms, lowering.apply(terms, name, terms.symbol("x")), {}) == DEFINITIONS[name]


def test_every_record_is_lowered_or_a_primitive():
    names = {record.name for record in functions.FUNCTIONS}
    assert names <= set(DEFINITIONS)
    assert all(lowering.is_lowered(n) != (n in lowering.PRIMITIVES) for n in names)


def test_an_unknown_function_stays_a_call(terms):
    assert terms.nodes[lowering.apply(terms, "erf", terms.symbol("x"))][:2] == ("call", "erf")
    assert not lowering.is_lowered("erf")


def test_constants_are_computed(terms):
    """√(9/4) = 3/2, 4^(−3/2) = 1/8, log 1 = 0, relu(−3) = 0, sign(−3) = −1, step 2 = 1"""
    found = [
        lowering.root(terms, terms.number(Fraction(9, 4))),
        lowering.power(terms, terms.number(4), Fraction(-3, 2)),
        lowering.log(terms, terms.one),
        lowering.relu(terms, terms.number(-3)),
        lowering.sign(terms, terms.number(-3)),
        lowering.step(terms, terms.number(2)),
    ]
    assert [terms.number_at(a) for a in found] == [Fraction(3, 2), Fraction(1, 8), 0, 0, -1, 1]


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        (Fraction(2), "x^2"),
        (Fraction(1, 2), "sqrt(x)"),
        (Fraction(-1, 2), "sqrt(x)^-1"),
        (Fraction(3, 2), "sqrt(x)^3"),
        (Fraction(1, 3), "exp(1/3 · log(x))"),
        (Fraction(0), "1"),
    ],
)
def test_a_power_is_a_product_a_root_or_an_exponential(terms, exponent, expected):
    assert formula(terms, lowering.power(terms, terms.symbol("x"), exponent), {}) == expected


def test_the_root_of_a_negative_number_stays_a_call(terms):
    """√−1 is no real number, and √2 no rational one"""
    for number in (-1, 2):
        assert terms.nodes[lowering.root(terms, terms.number(number))][:2] == ("call", "sqrt")


def test_a_negative_power_of_zero_is_refused(terms):
    with pytest.raises(ZeroDivisionError):
        lowering.power(terms, terms.zero, Fraction(-1, 2))
