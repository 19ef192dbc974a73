"""Each record is complete, and its textbook derivative is the one that SymPy finds: proved."""

import random
from dataclasses import fields, replace
from fractions import Fraction

import mpmath
import pytest
from sympy import (
    Dummy,
    Function,
    Lambda,
    Piecewise,
    Rational,
    Symbol,
    cos,
    diff,
    exp,
    log,
    oo,
    simplify,
    tanh,
)

from symlstm import functions
from symlstm.functions import (
    ABS,
    EXP,
    FUNCTIONS,
    LOG,
    RELU,
    SIGMOID,
    SIGN,
    SILU,
    SOFTPLUS,
    STEP,
    TANH,
    sigmoid,
)
from symlstm.messages import UnknownNode
from symlstm.proof import lowering, reals
from symlstm.proof.compare import compare
from symlstm.proof.terms import Terms

every_function = pytest.mark.parametrize("record", FUNCTIONS, ids=lambda record: record.name)

Z = Symbol("z", real=True)
SEED = 20260204


def term_of(terms: Terms, expression, values: dict) -> int:
    """A scalar SymPy expression of +, ·, powers, elementwise functions and pieces as a term."""
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
    if expression.is_Function:
        return lowering.apply(terms, functions.of(expression.func).name, arguments[0])
    assert expression.is_Pow, expression
    return terms.power(arguments[0], int(expression.exp))


def textbook_slope(terms: Terms, record, z: int) -> int:
    """f′(z) by the textbook form of the record, of y = f(z) or of z itself."""
    law = record.slope_by_value or record.slope_by_argument
    value = z if record.slope_by_value is None else lowering.apply(terms, record.name, z)
    return term_of(terms, law.expr, {law.variables[0]: value})


def slopes(terms: Terms, record, piece=None) -> tuple[int, int]:
    """f′(z) in the textbook form, and by SymPy's diff of the law; on a piece of the law if given.

    A piece is told by a number in it; its z is exp u for positive ones, −exp u for negative ones.
    """
    law = record.by_exp(Z)
    if piece is None:
        z = terms.symbol("z")
    else:
        law = next(value for value, holds in law.args if holds.subs(Z, piece))
        size = terms.exp(terms.symbol("u"))
        z = size if piece > 0 else terms.negative(size)
    by_diff = term_of(terms, diff(law, Z), {Z: z})
    return textbook_slope(terms, record, z), by_diff


def pieces(record) -> list:
    """A number in each open piece of the law; [None] where it has one."""
    return [-1, 1] if isinstance(record.by_exp(Z), Piecewise) else [None]


every_piece = pytest.mark.parametrize(
    ("record", "piece"),
    [(record, piece) for record in FUNCTIONS for piece in pieces(record)],
    ids=lambda v: getattr(v, "name", str(v)),
)


def test_the_functions_are_those_that_equations_need():
    names = "sigmoid tanh exp log softplus silu relu abs sign step"
    assert [record.name for record in FUNCTIONS] == names.split()


@every_function
def test_a_record_is_complete(record):
    slopes = ("slope_by_value", "slope_by_argument")
    for field in fields(record):
        if field.name not in slopes:
            assert getattr(record, field.name) not in ("", (), None), field.name
    assert sum(getattr(record, name) is not None for name in slopes) == 1
    assert isinstance(record.by_exp, Lambda)
    assert len(record.by_exp.variables) == 1
    assert all(command.startswith("\\") for command in record.commands)


def test_names_commands_and_functions_are_unique():
    commands = [command for record in FUNCTIONS for command in record.commands]
    assert len(set(commands)) == len(commands)
    assert len({record.name for record in FUNCTIONS}) == len(FUNCTIONS)
    assert len({record.function for record in FUNCTIONS}) == len(FUNCTIONS)


@every_piece
def test_the_textbook_slope_is_proved_against_diff(record, piece):
    """σ′ = σ (1 − σ),  tanh′ = 1 − tanh²,  softplus′ = σ,  relu′ = step,  |z|′ = sign z, …"""
    print(f"seed {SEED}")
    terms = Terms()
    textbook, by_diff = slopes(terms, record, piece)
    verdicts = compare(terms, [(textbook, by_diff)], random.Random(SEED)).verdicts
    assert [v.status for v in verdicts] == ["proved"]


OWN = {
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "relu": lambda z: max(z, mpmath.mpf(0)),
    "abs": abs,
    "sign": mpmath.sign,
    "step": lambda z: mpmath.mpf(z > 0),
}
POINTS = ("-3", "-0.5", "0.25", "2")


@every_function
def test_the_textbook_slope_agrees_with_a_numerical_derivative(record):
    """f′(z) by mpmath's own differences of mpmath's own function"""
    points = [z for z in POINTS if record.name != "log" or not z.startswith("-")]
    with mpmath.workdps(40):
        for z in points:
            expected = mpmath.diff(OWN[record.name], mpmath.mpf(z))
            terms = Terms()
            slope = textbook_slope(terms, record, terms.symbol("z"))
            found = reals.to_mpf(reals.evaluate(terms, [slope], {"z": Fraction(z)})[slope])
            assert abs(found - expected) < mpmath.mpf(10) ** -15


@every_function
def test_the_lowered_function_has_the_values_of_the_law(record):
    """f(z) as terms, by the law and by mpmath's own function"""
    points = [z for z in (*POINTS, "0") if record.name != "log" or z in ("0.25", "2")]
    terms = Terms()
    term = lowering.apply(terms, record.name, terms.symbol("z"))
    with mpmath.workdps(40):
        for z in points:
            found = reals.to_mpf(reals.evaluate(terms, [term], {"z": Fraction(z)})[term])
            by_law = mpmath.mpf(str(record.by_exp(Rational(z)).evalf(40)))
            assert abs(found - OWN[record.name](mpmath.mpf(z))) < mpmath.mpf(10) ** -30
            assert abs(found - by_law) < mpmath.mpf(10) ** -30


@every_piece
def test_a_wrong_textbook_slope_is_refuted(record, piece):
    """f′ = z² + 7 is the slope of none of them"""
    terms = Terms()
    wrong = replace(record, slope_by_value=None, slope_by_argument=Lambda(Z, Z**2 + 7))
    (verdict,) = compare(terms, [slopes(terms, wrong, piece)], random.Random(SEED)).verdicts
    assert verdict.status == "differs"


@pytest.mark.parametrize(
    ("record", "z", "value", "slope"),
    [
        (SIGMOID, 0, Rational(1, 2), Rational(1, 4)),
        (TANH, 0, 0, 1),
        (EXP, 0, 1, 1),
        (LOG, 1, 0, 1),
        (SOFTPLUS, 0, log(2), Rational(1, 2)),
        (SILU, 0, 0, Rational(1, 2)),
        (RELU, 3, 3, 1),
        (RELU, -3, 0, 0),
        (ABS, -3, 3, -1),
        (SIGN, -3, -1, 0),
        (STEP, 3, 1, 0),
        (STEP, 0, 0, 0),
    ],
    ids=lambda v: getattr(v, "name", str(v)),
)
def test_values_and_slopes_by_hand(record, z, value, slope):
    """σ(0) = 1/2, σ′(0) = 1/4, log 1 = 0, log′ 1 = 1, softplus 0 = log 2, relu(−3) = 0, …"""
    assert record.by_exp(z) == value
    terms = Terms()
    textbook = textbook_slope(terms, record, terms.number(z))
    at = reals.evaluate(terms, [textbook], {})[textbook]
    assert at == mpmath.mpf(slope.p) / slope.q if isinstance(slope, Rational) else at == slope
    if z or not isinstance(record.by_exp(Z), Piecewise):
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
        "  help: the functions are sigmoid, tanh, exp, log, softplus, silu, relu, abs, sign, step"
    )


@pytest.mark.parametrize("function", [cos, Function("f"), Lambda(Z, Z + 1), Lambda(Z, tanh(2 * Z))])
def test_an_unknown_function_is_refused(function):
    with pytest.raises(UnknownNode, match=r"S401\]: no law is known for the elementwise function"):
        functions.of(function)
