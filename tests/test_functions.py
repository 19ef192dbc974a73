"""Each record is complete, and its textbook derivative is the one that SymPy finds: proved."""

import random
from dataclasses import fields, replace

import mpmath
import pytest
from sympy import Dummy, Function, Lambda, Rational, Symbol, cos, diff, exp, oo, simplify, tanh

from symlstm import functions
from symlstm.functions import EXP, FUNCTIONS, SIGMOID, TANH, TRACED_ONLY, sigmoid
from symlstm.messages import UnknownNode
from symlstm.proof.compare import compare
from symlstm.proof.terms import Terms

every_function = pytest.mark.parametrize("record", FUNCTIONS, ids=lambda record: record.name)

Z = Symbol("z", real=True)
SEED = 20260204


def term_of(terms: Terms, expression, values: dict) -> int:
    """A scalar SymPy expression of +, ·, powers and exp as a term."""
    if expression in values:
        return values[expression]
    if expression.is_Rational:
        numerator, denominator = terms.number(int(expression.p)), terms.number(int(expression.q))
        return terms.quotient(numerator, denominator)
    arguments = [term_of(terms, a, values) for a in expression.args]
    if expression.is_Add:
        return terms.sum(arguments)
    if expression.is_Mul:
        return terms.product(arguments)
    if isinstance(expression, exp):
        return terms.exp(arguments[0])
    assert expression.is_Pow, expression
    return terms.power(arguments[0], int(expression.exp))


def slopes(terms: Terms, record) -> tuple[int, int]:
    """f′(z) in the textbook form of y = f(z), and by SymPy's diff of the law in exp."""
    z = terms.symbol("z")
    value = terms.call(record.name, z)
    textbook = term_of(
        terms, record.slope_by_value.expr, {record.slope_by_value.variables[0]: value}
    )
    by_diff = term_of(terms, diff(record.by_exp(Z), Z), {Z: z})
    return textbook, by_diff


def test_the_functions_are_those_that_equations_need():
    assert [record.name for record in FUNCTIONS] == ["sigmoid", "tanh", "exp"]


@every_function
def test_a_record_is_complete(record):
    for field in fields(record):
        assert getattr(record, field.name) not in ("", (), None), field.name
    assert isinstance(record.by_exp, Lambda)
    assert len(record.by_exp.variables) == 1
    assert all(command.startswith("\\") for command in record.commands)


def test_names_commands_and_functions_are_unique():
    commands = [command for record in FUNCTIONS for command in record.commands]
    assert len(set(commands)) == len(commands)
    assert len({record.name for record in FUNCTIONS}) == len(FUNCTIONS)
    assert len({record.function for record in FUNCTIONS}) == len(FUNCTIONS)


@every_function
def test_the_textbook_slope_is_proved_against_diff(record):
    """σ′ = σ (1 − σ),  tanh′ = 1 − tanh²,  exp′ = exp"""
    print(f"seed {SEED}")
    terms = Terms()
    textbook, by_diff = slopes(terms, record)
    verdicts = compare(terms, [(textbook, by_diff)], random.Random(SEED)).verdicts
    assert [v.status for v in verdicts] == ["proved"]


@every_function
def test_the_textbook_slope_agrees_with_a_numerical_derivative(record):
    """f′(z) by mpmath's own differences of mpmath's own function"""
    own = {
        "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
        "tanh": mpmath.tanh,
        "exp": mpmath.exp,
    }[record.name]
    with mpmath.workdps(40):
        for z in (-3, -0.5, 0, 0.25, 2):
            expected = mpmath.diff(own, z)
            value = Rational(str(own(mpmath.mpf(z))))
            found = record.slope_by_value(value).evalf(40)
            assert abs(mpmath.mpf(str(found)) - expected) < mpmath.mpf(10) ** -15


@every_function
def test_a_wrong_textbook_slope_is_refuted(record):
    """f′ = f² is the slope of none of them"""
    y = Dummy("y")
    terms = Terms()
    pair = slopes(terms, replace(record, slope_by_value=Lambda(y, y**2)))
    (verdict,) = compare(terms, [pair], random.Random(SEED)).verdicts
    assert verdict.status == "differs"


@pytest.mark.parametrize(
    ("record", "z", "value", "slope"),
    [
        (SIGMOID, 0, Rational(1, 2), Rational(1, 4)),
        (TANH, 0, 0, 1),
        (EXP, 0, 1, 1),
    ],
    ids=lambda v: getattr(v, "name", str(v)),
)
def test_values_and_slopes_at_zero_by_hand(record, z, value, slope):
    """σ(0) = 1/2, σ′(0) = 1/4, tanh 0 = 0, tanh′ 0 = 1, exp 0 = exp′ 0 = 1"""
    assert record.by_exp(z) == value
    assert record.slope_by_value(value) == slope
    assert functions.derivative_by_argument(record)(z) == slope


def test_laws_in_exp_are_the_functions_of_sympy():
    """1 − 2/(1 + exp(2z)) = tanh z"""
    assert simplify(TANH.by_exp(Z) - tanh(Z).rewrite(exp)) == 0
    assert SIGMOID.by_exp(oo) == 1
    assert sigmoid(Z).rewrite(exp) == 1 / (1 + exp(-Z))


def test_sympy_differentiates_sigma_by_the_law_in_exp():
    """σ′(z) = exp(−z) / (1 + exp(−z))²"""
    slope = diff(sigmoid(2 * Z), Z)
    assert simplify(slope.rewrite(exp) - 2 * exp(-2 * Z) / (1 + exp(-2 * Z)) ** 2) == 0


@pytest.mark.parametrize(("name", "at", "expected"), [("expm1", 0, 0), ("log1p", 0, 0)])
def test_traced_functions_have_their_laws(name, at, expected):
    """expm1(0) = 0, log1p(0) = 0, expm1(1) = e − 1"""
    assert TRACED_ONLY[name](at) == expected
    assert TRACED_ONLY["expm1"](1) == exp(1) - 1


@every_function
def test_a_record_is_found_by_its_name_and_by_its_function(record):
    d = Dummy("d")
    assert functions.by_name(record.name) is record
    assert functions.of(record.function) is record
    assert functions.of(Lambda(d, record.function(d))) is record


def test_an_unknown_name_gets_the_names_that_are_known():
    with pytest.raises(UnknownNode, match="S401") as caught:
        functions.by_name("softsign")
    assert str(caught.value) == (
        "error[S401]: no elementwise function is called softsign\n"
        "  help: the functions are sigmoid, tanh, exp"
    )


@pytest.mark.parametrize("function", [cos, Function("f"), Lambda(Z, Z + 1), Lambda(Z, tanh(2 * Z))])
def test_an_unknown_function_is_refused(function):
    with pytest.raises(UnknownNode, match=r"S401\]: no law is known for the elementwise function"):
        functions.of(function)
