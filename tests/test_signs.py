"""A term is called positive only if it is, and only what may be 0 is reported as a denominator."""

import random
from fractions import Fraction

import mpmath
import pytest

from symlstm.proof import intervals, lowering, reals
from symlstm.proof.intervals import ANY, Interval
from symlstm.proof.signs import Signs, unsure_denominators, unsure_domains
from symlstm.proof.terms import Terms, reachable

ROUNDING = Fraction(1, 10**40)


@pytest.fixture
def terms() -> Terms:
    return Terms()


def square(t, x):
    return t.power(x, 2)


INTERVALS = {
    "x": ("(-∞, ∞)", lambda t, x, e: x),
    "exp x": ("(0, ∞)", lambda t, x, e: e),
    "exp(−x²)": ("(0, 1]", lambda t, x, e: t.exp(t.negative(square(t, x)))),
    "exp(−3 exp x)": ("(0, 1)", lambda t, x, e: t.exp(t.product((t.number(-3), e)))),
    "exp |x|": ("[1, ∞)", lambda t, x, e: t.exp(t.absolute(x))),
    "σ(x)": ("(0, 1)", lambda t, x, e: t.call("sigmoid", x)),
    "tanh x": ("(-1, 1)", lambda t, x, e: t.call("tanh", x)),
    "3": ("[3, 3]", lambda t, x, e: t.number(3)),
    "0": ("[0, 0]", lambda t, x, e: t.zero),
    "−1": ("[-1, -1]", lambda t, x, e: t.number(-1)),
    "1 + exp x": ("(1, ∞)", lambda t, x, e: t.sum((t.one, e))),
    "|1 + x²|": ("[1, ∞)", lambda t, x, e: t.absolute(t.sum((t.one, square(t, x))))),
    "min(x, 0)": ("(-∞, 0]", lambda t, x, e: t.minimum(x, t.zero)),
    "−x where x > 0, else 0": (
        "(-∞, 0]",
        lambda t, x, e: t.where(t.compare(">", x, t.zero), t.negative(x), t.zero),
    ),
    "x where exp x > 0, else −1": (
        "(-∞, ∞)",
        lambda t, x, e: t.where(t.compare(">", e, t.zero), x, t.number(-1)),
    ),
    "2 where x² ≥ 0, else −1": (
        "[2, 2]",
        lambda t, x, e: t.where(t.compare(">=", square(t, x), t.zero), t.number(2), t.number(-1)),
    ),
    "2 where x² > 0, else −1": (
        "[-1, 2]",
        lambda t, x, e: t.where(t.compare(">", square(t, x), t.zero), t.number(2), t.number(-1)),
    ),
    "x + exp x": ("(-∞, ∞)", lambda t, x, e: t.sum((x, e))),
    "exp x − 1": ("(-1, ∞)", lambda t, x, e: t.difference(e, t.one)),
    "x²": ("[0, ∞)", lambda t, x, e: square(t, x)),
    "x⁻²": ("(0, ∞)", lambda t, x, e: t.power(x, -2)),
    "x³": ("(-∞, ∞)", lambda t, x, e: t.power(x, 3)),
    "x⁹⁹ is not unrolled": ("(-∞, ∞)", lambda t, x, e: t.power(x, 99)),
    "x⁹⁸": ("[0, ∞)", lambda t, x, e: t.power(x, 98)),
    "(exp x)³": ("(0, ∞)", lambda t, x, e: t.power(e, 3)),
    "(exp x)⁻¹": ("(0, ∞)", lambda t, x, e: t.power(e, -1)),
    "1/(1 + exp x)": ("(0, 1)", lambda t, x, e: t.power(t.sum((t.one, e)), -1)),
    "x · x": ("[0, ∞)", lambda t, x, e: t.product((x, x))),
    "x · exp x": ("(-∞, ∞)", lambda t, x, e: t.product((x, e))),
    "x² · exp x": ("[0, ∞)", lambda t, x, e: t.product((square(t, x), e))),
    "−2 σ(x)": ("(-2, 0)", lambda t, x, e: t.product((t.number(-2), t.call("sigmoid", x)))),
    "x² + 1": ("[1, ∞)", lambda t, x, e: t.sum((square(t, x), t.one))),
    "x·x + y·y": ("[0, ∞)", lambda t, x, e: t.dot([(x, x), (t.symbol("y"), t.symbol("y"))])),
    "x·y + y·y": ("(-∞, ∞)", lambda t, x, e: t.dot([(x, t.symbol("y")), (t.symbol("y"),) * 2])),
    "1 − tanh² x": ("(0, 1]", lambda t, x, e: t.difference(t.one, square(t, t.call("tanh", x)))),
    "1 − σ²(x)": ("(0, 1)", lambda t, x, e: t.difference(t.one, square(t, t.call("sigmoid", x)))),
    "1 − σ(x)": ("(0, 1)", lambda t, x, e: t.difference(t.one, t.call("sigmoid", x))),
    "softplus x": ("(0, ∞)", lambda t, x, e: lowering.softplus(t, x)),
    "log σ(x)": ("(-∞, 0)", lambda t, x, e: t.call("log", t.call("sigmoid", x))),
    "log x": ("(-∞, ∞)", lambda t, x, e: t.call("log", x)),
    "√x": ("[0, ∞)", lambda t, x, e: t.call("sqrt", x)),
    "√(x² + 1)": ("[1, ∞)", lambda t, x, e: t.call("sqrt", t.sum((square(t, x), t.one)))),
    "|x|": ("[0, ∞)", lambda t, x, e: t.absolute(x)),
    "max(x, 0)": ("[0, ∞)", lambda t, x, e: t.maximum(x, t.zero)),
    "max(|x|, 1)": ("[1, ∞)", lambda t, x, e: t.maximum(t.absolute(x), t.one)),
    "max(x, exp x)": ("(0, ∞)", lambda t, x, e: t.maximum(x, e)),
    "clip(x, 1/9, 1)": (
        "[1/9, ∞)",
        lambda t, x, e: t.minimum(t.maximum(x, t.number(Fraction(1, 9))), t.one),
    ),
    "1 or exp x": ("(0, ∞)", lambda t, x, e: t.where(t.compare(">", x, t.zero), t.one, e)),
    "1 or x": ("(-∞, 1]", lambda t, x, e: t.where(t.compare(">", x, t.zero), t.one, x)),
    "x or 1": ("(0, ∞)", lambda t, x, e: t.where(t.compare(">", x, t.zero), x, t.one)),
    "f(x)": ("(-∞, ∞)", lambda t, x, e: t.call("no_such_function", x)),
}


def shown(interval: Interval) -> str:
    def end(at) -> str:
        return str(at).replace("inf", "∞")

    (low, closed), (high, also) = interval.low, interval.high
    return f"{'[' if closed else '('}{end(low)}, {end(high)}{']' if also else ')'}"


@pytest.mark.parametrize("term", INTERVALS)
def test_the_interval_of_each_form(terms, term):
    expected, build = INTERVALS[term]
    x = terms.symbol("x")
    assert shown(Signs(terms).of(build(terms, x, terms.exp(x)))) == expected


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (((1, True), (2, True)), (True, False, True, False)),
        (((0, False), (2, True)), (True, False, True, False)),
        (((0, True), (2, True)), (False, False, True, False)),
        (((-1, True), (0, False)), (False, True, False, True)),
        (((-1, True), (0, True)), (False, False, False, True)),
        (((-1, True), (1, True)), (False, False, False, False)),
    ],
)
def test_the_sign_of_an_interval_by_hand(interval, expected):
    """(0, 2] is positive, [0, 2] is only not negative"""
    at = Interval(*interval)
    assert (at.is_positive, at.is_negative, at.is_non_negative, at.is_non_positive) == expected


def test_ends_that_have_become_long_are_widened():
    """(1/3)¹⁰⁰ is only known to be positive, 3¹⁰⁰ to be greater than 0"""
    small, great = (intervals.point(Fraction(3) ** n) for n in (-100, 100))
    assert shown(small) == "(0, ∞)"
    assert shown(great) == "(0, ∞)"
    assert shown(intervals.negative(great)) == "(-∞, 0)"


NAMES = ("tanh", "sigmoid", "log", "sqrt", "exp", "softplus", "relu", "abs", "sign")


def random_root(terms: Terms, rng: random.Random) -> int:
    known = [terms.symbol("x"), terms.symbol("y"), terms.number(-2), terms.one]
    known += [terms.number(Fraction(1, 3)), terms.call("sigmoid", terms.symbol("x"))]
    for _ in range(30):
        a, b = rng.choice(known), rng.choice(known)
        known.append(
            rng.choice(
                [
                    lambda a=a, b=b: terms.sum((a, b)),
                    lambda a=a, b=b: terms.product((a, b)),
                    lambda a=a, b=b: terms.dot([(a, b), (b, b)]),
                    lambda a=a, b=b: bounded(terms, rng.choice(NAMES), a),
                    lambda a=a, b=b: terms.power(terms.symbol("x"), rng.choice((-2, -1, 2, 3))),
                    lambda a=a, b=b: terms.where(terms.compare(">", a, b), a, b),
                    lambda a=a, b=b: terms.where(terms.compare(">=", a, terms.zero), b, a),
                    lambda a=a, b=b: terms.maximum(a, b),
                    lambda a=a, b=b: terms.minimum(a, b),
                    lambda a=a, b=b: terms.absolute(a),
                ]
            )()
        )
    return terms.sum(known)


def bounded(terms: Terms, name: str, a: int) -> int:
    """f(tanh a): exp of exp of exp has no value that can be computed."""
    return lowering.apply(terms, name, terms.call("tanh", a) if name == "exp" else a)


@pytest.mark.parametrize("seed", range(60))
def test_a_term_lies_in_its_interval_at_every_real_point(terms, seed):
    print(f"seed {seed}")
    rng = random.Random(seed)
    root = random_root(terms, rng)
    signs = Signs(terms)
    checked = 0
    for _ in range(4):
        values = reals.evaluate(terms, [root], reals.generic_point(["x", "y"], rng))
        for index in reachable(terms, [root]):
            value = values[index]
            if value is None or isinstance(value, bool) or signs.of(index) is ANY:
                continue
            checked += 1
            exact = Fraction(*mpmath.libmp.to_rational(reals.to_mpf(value)._mpf_))
            (low, closed), (high, also) = signs.of(index).low, signs.of(index).high
            assert low - ROUNDING <= exact <= high + ROUNDING
            assert closed or exact > low - (ROUNDING if low else 0)
            assert also or exact < high + (ROUNDING if high else 0)
    assert checked, "nothing to check"


def test_only_unsure_denominators_are_reported(terms):
    """1/x and 1/(y − 1)² rest on a condition; 1/(1 + exp x), 1/3 and −1/exp x do not"""
    x, y = terms.symbol("x"), terms.symbol("y")
    inner = terms.difference(y, terms.one)
    root = terms.sum(
        (
            terms.power(x, -1),
            terms.power(inner, -2),
            terms.power(terms.sum((terms.one, terms.exp(x))), -1),
            terms.power(terms.negative(terms.exp(x)), -1),
            terms.quotient(y, terms.number(3)),
        )
    )
    assert unsure_denominators(terms, [root]) == sorted([x, inner])


def test_a_denominator_that_nobody_reads_is_not_reported(terms):
    x, y = terms.symbol("x"), terms.symbol("y")
    terms.power(y, -1)
    assert unsure_denominators(terms, [terms.power(x, -1)]) == [x]


def test_only_unsure_domains_are_reported(terms):
    """log x needs x > 0, √y needs y ≥ 0; log(1 + x²), √(x²) and log σ(x) need nothing"""
    x, y = terms.symbol("x"), terms.symbol("y")
    roots = [
        lowering.log(terms, x),
        lowering.root(terms, x),
        lowering.root(terms, y),
        lowering.log(terms, terms.sum((terms.one, square(terms, x)))),
        terms.call("sqrt", square(terms, x)),
        lowering.log(terms, terms.call("sigmoid", x)),
    ]
    assert unsure_domains(terms, roots) == [(x, ">"), (y, "≥")]


def test_a_long_chain_is_followed_without_recursion(terms):
    a = terms.symbol("x")
    for number in range(5_000):
        a = terms.power(terms.sum((a, terms.number(number + 1))), 2)
    assert Signs(terms).of(a).is_non_negative
