"""A term is called positive only if it is, and only what may be 0 is reported as a denominator."""

import random

import pytest

from symlstm.proof import reals
from symlstm.proof.signs import ANY, NON_NEGATIVE, POSITIVE, signs, unsure_denominators
from symlstm.proof.terms import Terms, reachable


@pytest.fixture
def terms() -> Terms:
    return Terms()


SIGNS = {
    "x": (ANY, lambda t, x, e: x),
    "exp x": (POSITIVE, lambda t, x, e: e),
    "σ(x)": (POSITIVE, lambda t, x, e: t.call("sigmoid", x)),
    "tanh x": (ANY, lambda t, x, e: t.call("tanh", x)),
    "3": (POSITIVE, lambda t, x, e: t.number(3)),
    "0": (NON_NEGATIVE, lambda t, x, e: t.zero),
    "−1": (ANY, lambda t, x, e: t.number(-1)),
    "1 + exp x": (POSITIVE, lambda t, x, e: t.sum((t.one, e))),
    "x + exp x": (ANY, lambda t, x, e: t.sum((x, e))),
    "exp x − 1": (ANY, lambda t, x, e: t.difference(e, t.one)),
    "x²": (NON_NEGATIVE, lambda t, x, e: t.power(x, 2)),
    "x⁻²": (NON_NEGATIVE, lambda t, x, e: t.power(x, -2)),
    "x³": (ANY, lambda t, x, e: t.power(x, 3)),
    "(exp x)³": (POSITIVE, lambda t, x, e: t.power(e, 3)),
    "(exp x)⁻¹": (POSITIVE, lambda t, x, e: t.power(e, -1)),
    "x · x": (NON_NEGATIVE, lambda t, x, e: t.product((x, x))),
    "x · exp x": (ANY, lambda t, x, e: t.product((x, e))),
    "x² · exp x": (NON_NEGATIVE, lambda t, x, e: t.product((t.power(x, 2), e))),
    "x² + 1": (POSITIVE, lambda t, x, e: t.sum((t.power(x, 2), t.one))),
    "x·x + y·y": (NON_NEGATIVE, lambda t, x, e: t.dot([(x, x), (t.symbol("y"), t.symbol("y"))])),
    "x·y + y·y": (ANY, lambda t, x, e: t.dot([(x, t.symbol("y")), (t.symbol("y"),) * 2])),
    "1 or exp x": (
        POSITIVE,
        lambda t, x, e: t.where(t.compare(">", x, t.zero), t.one, e),
    ),
    "1 or x": (ANY, lambda t, x, e: t.where(t.compare(">", x, t.zero), t.one, x)),
}


@pytest.mark.parametrize("term", SIGNS)
def test_the_sign_of_each_form(terms, term):
    expected, build = SIGNS[term]
    x = terms.symbol("x")
    root = build(terms, x, terms.exp(x))
    assert signs(terms, [root])[root] == expected


def random_root(terms: Terms, rng: random.Random) -> int:
    known = [terms.symbol("x"), terms.symbol("y"), terms.number(-2), terms.one]
    for _ in range(25):
        a, b = rng.choice(known), rng.choice(known)
        known.append(
            rng.choice(
                [
                    lambda a=a, b=b: terms.sum((a, b)),
                    lambda a=a, b=b: terms.product((a, b)),
                    lambda a=a, b=b: terms.dot([(a, b), (b, b)]),
                    lambda a=a, b=b: terms.call(rng.choice(("tanh", "sigmoid")), a),
                    lambda a=a, b=b: terms.power(terms.symbol("x"), rng.choice((-2, -1, 2, 3))),
                    lambda a=a, b=b: terms.where(terms.compare(">", a, b), a, b),
                ]
            )()
        )
    return terms.sum(known)


@pytest.mark.parametrize("seed", range(20))
def test_a_sign_is_never_wrong_at_a_real_point(terms, seed):
    """POSITIVE ⇒ value > 0, NON_NEGATIVE ⇒ value ≥ 0"""
    print(f"seed {seed}")
    rng = random.Random(seed)
    root = random_root(terms, rng)
    found = signs(terms, [root])
    point = reals.random_point(["x", "y"], rng)
    values = reals.evaluate(terms, [root], point)
    claims = [i for i in reachable(terms, [root]) if found[i] != ANY and values[i] is not None]
    assert claims, "nothing to check"
    for index in claims:
        assert values[index] > 0 or (found[index] == NON_NEGATIVE and values[index] == 0)


def test_only_unsure_denominators_are_reported(terms):
    """1/x and 1/(y − 1)² rest on a condition; 1/(1 + exp x) and 1/3 do not"""
    x, y = terms.symbol("x"), terms.symbol("y")
    inner = terms.difference(y, terms.one)
    root = terms.sum(
        (
            terms.power(x, -1),
            terms.power(inner, -2),
            terms.power(terms.sum((terms.one, terms.exp(x))), -1),
            terms.quotient(y, terms.number(3)),
        )
    )
    assert unsure_denominators(terms, [root]) == sorted([x, inner])


def test_a_denominator_that_nobody_reads_is_not_reported(terms):
    x, y = terms.symbol("x"), terms.symbol("y")
    terms.power(y, -1)
    assert unsure_denominators(terms, [terms.power(x, -1)]) == [x]
