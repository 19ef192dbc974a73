"""Terms at real points have the values that mathematics gives them, to 50 digits, or none."""

import random
from fractions import Fraction

import mpmath
import pytest

from symlstm.proof import reals
from symlstm.proof.terms import Terms

SEED = 20260204


@pytest.fixture
def terms() -> Terms:
    return Terms()


def value(terms: Terms, root: int, **point: int | str | Fraction):
    return reals.evaluate(terms, [root], {k: Fraction(v) for k, v in point.items()})[root]


def is_close(found, expected: str) -> bool:
    with mpmath.workdps(60):
        return abs(reals.to_mpf(found) - mpmath.mpf(expected)) < mpmath.mpf(10) ** -48


def test_arithmetic_by_hand(terms):
    """(2 + 3)² − 2·3 + 3/2 at x = 2, y = 3 is 20.5"""
    x, y = terms.symbol("x"), terms.symbol("y")
    square = terms.power(terms.sum((x, y)), 2)
    root = terms.sum((square, terms.negative(terms.product((x, y))), terms.quotient(y, x)))
    assert value(terms, root, x=2, y=3) == 20.5


def test_an_inner_product_by_hand(terms):
    """2·3 + 5·7 = 41"""
    a, b, c, d = (terms.symbol(s) for s in "abcd")
    assert value(terms, terms.dot([(a, b), (c, d)]), a=2, b=3, c=5, d=7) == 41


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("exp", 1, "2.71828182845904523536028747135266249775724709369995957496697"),
        ("sigmoid", 1, "0.731058578630004879251159241821836274365144640165056519276365"),
        ("sigmoid", 0, "0.5"),
        ("tanh", 1, "0.761594155955764888119458282604793590412768597257936551596810"),
        ("log", 2, "0.693147180559945309417232121458176568075500134360255254120680"),
        ("sqrt", 2, "1.41421356237309504880168872420969807856967187537694807317668"),
        ("log1p", 1, "0.693147180559945309417232121458176568075500134360255254120680"),
        ("expm1", 1, "1.71828182845904523536028747135266249775724709369995957496697"),
    ],
)
def test_functions_have_their_published_values(terms, name, at, expected):
    found = value(terms, terms.call(name, terms.symbol("x")), x=at)
    assert is_close(found, expected)


@pytest.mark.parametrize(("x", "expected"), [(-2, (2, -2, 0)), (0, (0, 0, 1)), (3, (3, 3, 2))])
def test_choices_follow_their_condition(terms, x, expected):
    """|x|, min(x, 5) and 0 where x < 0, 1 where x = 0, 2 elsewhere"""
    a, zero = terms.symbol("x"), terms.zero
    sign = terms.where(
        terms.compare("<", a, zero),
        zero,
        terms.where(terms.compare("==", a, zero), terms.one, terms.number(2)),
    )
    roots = (terms.absolute(a), terms.minimum(a, terms.number(5)), sign)
    assert tuple(value(terms, root, x=x) for root in roots) == expected


def test_logic_of_conditions(terms):
    """1 where 0 < x and not x > 2"""
    x = terms.symbol("x")
    inside = terms.conjunction(
        terms.compare(">", x, terms.zero), terms.negation(terms.compare(">", x, terms.number(2)))
    )
    root = terms.where(inside, terms.one, terms.zero)
    assert [value(terms, root, x=n) for n in (-1, 1, 3)] == [0, 1, 0]


def test_a_choice_needs_only_the_branch_that_is_taken(terms):
    """where(x > 0, x, 1/0) = x at x = 1"""
    x = terms.symbol("x")
    pole = terms.power(terms.difference(x, terms.one), -1)
    root = terms.where(terms.compare(">", x, terms.zero), x, pole)
    assert value(terms, root, x=1) == 1


@pytest.mark.parametrize(
    ("name", "at"), [("sqrt", -1), ("log", -1), ("log1p", -2)], ids=lambda v: str(v)
)
def test_what_has_no_real_value_has_none(terms, name, at):
    root = terms.call(name, terms.symbol("x"))
    assert value(terms, root, x=at) is None
    assert value(terms, terms.sum((root, terms.one)), x=at) is None


def test_one_over_zero_has_no_value(terms):
    assert value(terms, terms.power(terms.symbol("x"), -1), x=0) is None


def test_log_of_zero_has_no_value(terms):
    assert value(terms, terms.call("log", terms.symbol("x")), x=0) is None


def test_values_are_let_go_after_their_last_reader(terms):
    """x (x + 1) + x at 2 is 8; of the terms between, none is left, and x is kept"""
    x = terms.symbol("x")
    between = terms.sum((x, terms.one))
    inner = terms.product((x, between))
    root = terms.sum((inner, x))
    live = terms.below([root, x])
    until = reals.lifetimes(terms, live, [root, x])
    values = reals.evaluate_all(terms, live, {"x": Fraction(2)}, until)
    assert [values[n] for n in (root, x, inner, between)] == [8, 2, None, None]
    assert list(until.readers) == sorted(until.readers)
    assert reals.evaluate_all(terms, live, {"x": Fraction(2)})[between] == 3


def test_points_are_sixteenths_between_minus_two_and_two_and_never_zero():
    print(f"seed {SEED}")
    names = [f"x[{n}]" for n in range(500)]
    point = reals.random_point(names, random.Random(SEED))
    assert set(point) == set(names)
    assert all(v != 0 and abs(v) <= 2 and (16 * v).denominator == 1 for v in point.values())
    assert len(set(point.values())) > 40


def test_no_sums_agree_by_accident_at_a_generic_point():
    """5,000 sums of four products: at sixteenths thousands of them coincide"""
    rng = random.Random(SEED)
    names = [f"x[{n}]" for n in range(50)]
    sums = [[(rng.choice(names), rng.choice(names)) for _ in range(4)] for _ in range(5000)]
    different = {tuple(sorted(tuple(sorted(pair)) for pair in s)): s for s in sums}.values()

    def values(point: reals.Point) -> int:
        return len({abs(sum(point[a] * point[b] for a, b in s)) for s in different})

    assert values(reals.generic_point(names, rng)) == len(different)
    assert values(reals.random_point(names, rng)) < len(different) / 2


def test_a_point_depends_on_the_seed_and_not_on_the_order_of_names():
    names = ["b", "a[0]", "a[1]"]
    first, second = (reals.random_point(n, random.Random(1)) for n in (names, names[::-1]))
    assert first == second
    assert first != reals.random_point(names, random.Random(2))


def test_arguments_can_be_zero_at_a_point():
    """h_0 is zero in all its entries; h_01 is another name"""
    point = reals.random_point(["h_0[0,1]", "h_0", "h_01[0]", "x"], random.Random(1), zero=["h_0"])
    assert {name for name, v in point.items() if v == 0} == {"h_0[0,1]", "h_0"}


def test_symbols_are_told_from_other_terms(terms):
    x = terms.symbol("x")
    root = terms.call("exp", x)
    assert reals.symbols_of(terms, [terms.one, x, root]) == ["x"]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("1", "1", True),
        ("1", "1.0000000000000000000000000000000000001", True),  # 10⁻³⁷
        ("1", "1.000000000000000000000000000000001", False),  # 10⁻³³
        ("1e40", "10000000000000000000000000000000000000001", True),  # relative to the size
        ("0", "1e-36", True),
        ("0", "1e-34", False),
    ],
)
def test_values_agree_within_ten_to_the_minus_35(a, b, expected):
    with mpmath.workdps(50):
        assert reals.agree(mpmath.mpf(a), mpmath.mpf(b)) is expected


def test_nothing_agrees_with_no_value():
    assert reals.agree(None, mpmath.mpf(1)) is None
    assert reals.agree(mpmath.mpf(1), None) is None


def test_values_are_shown_to_15_digits():
    assert reals.shown(mpmath.mpf(1) / 3) == "0.333333333333333"
    assert reals.shown(None) == "undefined"


def test_fifty_digits_are_kept_whatever_the_caller_keeps(terms):
    """1/3 · 3 − 1 + 10⁻⁴⁵ is not 0"""
    small = terms.number(Fraction(1, 10**45))
    x = terms.symbol("x")
    root = terms.difference(terms.sum((terms.power(x, 2), small)), terms.product((x, x)))
    with mpmath.workdps(5):
        assert value(terms, root, x=1) != 0


def test_a_number_beyond_all_decimals_has_a_value(terms):
    """log exp 10³⁰ = 10³⁰ and exp(−10³⁰) > 0"""
    x = terms.symbol("x")
    back = terms.call("log", terms.exp(x))
    assert value(terms, back, x=10**30) == 10**30
    assert value(terms, terms.exp(terms.negative(x)), x=10**30) > 0


def test_small_arguments_keep_their_digits(terms):
    """tanh z / z = 1 − z²/3 at z = 10⁻⁶⁰"""
    x = terms.symbol("x")
    root = terms.quotient(terms.call("tanh", x), x)
    assert is_close(value(terms, root, x=Fraction(1, 10**60)), "1")
