"""exp(u + v) = exp(u) · exp(v) at any depth, and whatever follows from it and arithmetic, holds in
every draw of the tower; nothing else does."""

import random
from itertools import pairwise

import pytest
from sympy import isprime

from symlstm.proof import fields
from symlstm.proof import tower as tower_module
from symlstm.proof.elementary import PowersOf
from symlstm.proof.multilinear import Multilinear
from symlstm.proof.terms import Terms
from symlstm.proof.tower import (
    Case,
    NoLaw,
    TooManyCases,
    TooShallow,
    Tower,
    Undefined,
    draw_primes,
    exponential_depths,
)

SEED = 20260204


@pytest.fixture
def terms() -> Terms:
    return Terms()


def are_equal(terms: Terms, a: int, b: int, levels: int = 4, seed: int = SEED) -> bool:
    """Whether two different terms have one value in three independent towers."""
    assert a != b, "one term, nothing to compare"
    print(f"seed {seed}")
    answers = set()
    for number in range(3):
        tower = Tower(terms, levels, random.Random(seed + number))
        answers.add(tower.value(a) == tower.value(b))
    assert len(answers) == 1, "the draws disagree"
    return answers.pop()


def nested(terms: Terms, a: int, depth: int) -> int:
    """exp(exp(… a …)), `depth` times."""
    for _ in range(depth):
        a = terms.exp(a)
    return a


# Small builders, as mathematics writes them.


def half(terms: Terms, a: int) -> int:
    return terms.quotient(a, terms.number(2))


def twice(terms: Terms, a: int) -> int:
    return terms.product((terms.number(2), a))


def plus_one(terms: Terms, a: int) -> int:
    return terms.sum((a, terms.one))


# Primes and generators.


def test_each_prime_is_one_modulo_the_prime_below():
    """p_k ≡ 1 (mod p_{k−1})"""
    primes, _ = draw_primes(6, random.Random(SEED))
    assert len(primes) == 7
    assert all(isprime(p) for p in primes)
    assert primes[0].bit_length() == 128
    pairs = list(pairwise(primes))
    assert pairs and all(above % below == 1 for below, above in pairs)


def test_each_generator_has_the_order_of_the_prime_below():
    """g_k ≠ 1 and g_k^{p_{k−1}} = 1 (mod p_k)"""
    primes, generators = draw_primes(5, random.Random(SEED))
    for k in range(1, 6):
        assert generators[k] != 1
        assert pow(generators[k], primes[k - 1], primes[k]) == 1


def test_each_prime_is_three_modulo_four():
    """−1 has no root mod p, so F_p[i] is a field: the pᵢ are 3 mod 4"""
    primes, _ = draw_primes(8, random.Random(SEED))
    assert [p % 4 for p in primes] == [3] * 9


def test_minus_one_is_no_exponential():
    """(−1)^p = −1 for odd p, so 1 + exp(u) ≠ 0"""
    primes, _ = draw_primes(3, random.Random(SEED))
    for below, above in pairwise(primes):
        assert pow(above - 1, below, above) == above - 1


def test_primes_generators_and_residues_are_fresh_in_each_tower(terms):
    x = terms.symbol("x")
    first, second = (Tower(terms, 2, random.Random(seed)) for seed in (1, 2))
    assert not set(first.primes) & set(second.primes)
    assert first.value(x) != second.value(x)


def test_one_seed_gives_one_tower(terms):
    x = terms.exp(terms.symbol("x"))
    first, second = (Tower(terms, 2, random.Random(5)) for _ in range(2))
    assert first.primes == second.primes
    assert first.value(x) == second.value(x)


def test_a_symbol_has_independent_residues_in_each_field(terms):
    x, y = terms.symbol("x"), terms.symbol("y")
    tower = Tower(terms, 3, random.Random(SEED))
    residues = [tower.value(s, level) % tower.primes[0] for s in (x, y) for level in range(4)]
    assert len(set(residues)) == 8


def test_arithmetic_by_hand(terms):
    """2/3 in the field of p is 2 · 3⁻¹ (mod p), and 3 · (2/3) = 2"""
    two_thirds = terms.quotient(terms.number(2), terms.number(3))
    tower = Tower(terms, 0, random.Random(SEED))
    assert 3 * tower.value(two_thirds) % tower.primes[0] == 2


def test_an_exponential_by_hand(terms, monkeypatch):
    """With p₀ = 5, p₁ = 11, g₁ = 4 of order 5: exp(3) = 4³ = 64 = 9 (mod 11)"""
    monkeypatch.setattr(tower_module, "draw_primes", lambda levels, rng: ([5, 11], [0, 4]))
    tower = Tower(terms, 1, random.Random(SEED))
    assert tower.value(terms.exp(terms.number(3))) == 9
    assert tower.value(terms.call("sigmoid", terms.zero)) == 6  # 1/2 = 6 (mod 11)


# Identities that hold.


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 6])
def test_the_law_of_exp_holds_at_any_depth(terms, depth):
    """exp(a + b) = exp(a) · exp(b), where a and b nest exponentials themselves"""
    a = nested(terms, terms.symbol("x"), depth - 1)
    b = nested(terms, terms.symbol("y"), depth - 1)
    left = terms.exp(terms.sum((a, b)))
    right = terms.product((terms.exp(a), terms.exp(b)))
    assert are_equal(terms, left, right, levels=depth)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 6])
def test_the_law_of_exp_holds_below_further_exponentials(terms, depth):
    """exp(… exp(a + b)) = exp(… exp(a) exp(b))"""
    x, y = terms.symbol("x"), terms.symbol("y")
    left = nested(terms, terms.exp(terms.sum((x, y))), depth - 1)
    right = nested(terms, terms.product((terms.exp(x), terms.exp(y))), depth - 1)
    assert are_equal(terms, left, right, levels=depth)


def sigma_by_tanh(t, z):
    """(1 + tanh(z/2)) / 2"""
    return half(t, plus_one(t, t.call("tanh", half(t, z))))


def tanh_by_sigma(t, z):
    """2σ(2z) − 1"""
    return t.difference(twice(t, t.call("sigmoid", twice(t, z))), t.one)


def sigma_by_exp(t, z):
    """1 / (1 + exp(−z))"""
    return t.power(plus_one(t, t.exp(t.negative(z))), -1)


def sigma_by_quotient(t, z):
    """e / (e + 1), e = exp(z)"""
    return t.quotient(t.exp(z), plus_one(t, t.exp(z)))


def sigma_by_cases(t, z):
    """1/(1 + e) where z ≥ 0, e/(1 + e) elsewhere, e = exp(−|z|)"""
    e = t.exp(t.negative(t.absolute(z)))
    top = t.where(t.compare(">=", z, t.zero), t.one, e)
    return t.quotient(top, plus_one(t, e))


def sigma_by_two_branches(t, z):
    """1/(1 + exp(−z)) where z > 0, exp(z)/(1 + exp(z)) elsewhere"""
    return t.where(t.compare(">", z, t.zero), sigma_by_exp(t, z), sigma_by_quotient(t, z))


def sigma_by_symmetry(t, z):
    """1 − σ(−z)"""
    return t.difference(t.one, t.call("sigmoid", t.negative(z)))


def tanh_by_exp(t, z):
    """(exp(z) − exp(−z)) / (exp(z) + exp(−z))"""
    up, down = t.exp(z), t.exp(t.negative(z))
    return t.quotient(t.difference(up, down), t.sum((up, down)))


def tanh_by_expm1(t, z):
    """expm1(2z) / (expm1(2z) + 2)"""
    e = t.call("expm1", twice(t, z))
    return t.quotient(e, t.sum((e, t.number(2))))


def tanh_by_cases(t, z):
    """sign(z) (1 − e) / (1 + e), e = exp(−2|z|)"""
    e = t.exp(t.product((t.number(-2), t.absolute(z))))
    size = t.quotient(t.difference(t.one, e), plus_one(t, e))
    return t.where(t.compare(">=", z, t.zero), size, t.negative(size))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("sigmoid", sigma_by_tanh),
        ("sigmoid", sigma_by_exp),
        ("sigmoid", sigma_by_quotient),
        ("sigmoid", sigma_by_cases),
        ("sigmoid", sigma_by_two_branches),
        ("sigmoid", sigma_by_symmetry),
        ("tanh", tanh_by_sigma),
        ("tanh", tanh_by_exp),
        ("tanh", tanh_by_expm1),
        ("tanh", tanh_by_cases),
    ],
    ids=lambda v: v if isinstance(v, str) else v.__name__,
)
@pytest.mark.parametrize("depth", [0, 2])
def test_each_form_of_a_function_is_that_function(terms, name, form, depth):
    z = nested(terms, terms.symbol("z"), depth)
    assert are_equal(terms, terms.call(name, z), form(terms, z), levels=depth + 1)


def test_cosh_squared_minus_sinh_squared_is_one(terms):
    """cosh² z − sinh² z = 1,  1 − tanh² z = 1/cosh² z"""
    z = terms.symbol("z")
    up, down = terms.exp(z), terms.exp(terms.negative(z))
    cosh = half(terms, terms.sum((up, down)))
    sinh = half(terms, terms.difference(up, down))
    squares = terms.difference(terms.power(cosh, 2), terms.power(sinh, 2))
    assert are_equal(terms, squares, terms.one)
    slope = terms.difference(terms.one, terms.power(terms.call("tanh", z), 2))
    assert are_equal(terms, slope, terms.power(cosh, -2))


def test_a_polynomial_identity_is_proved(terms):
    """(a + b)² = a·a + 2·a·b + b·b"""
    a, b = terms.symbol("a"), terms.symbol("b")
    square = terms.power(terms.sum((a, b)), 2)
    opened = terms.dot([(a, a), (twice(terms, a), b), (b, b)])
    assert are_equal(terms, square, opened, levels=0)


# What is no identity.


def sigma(t, z):
    return t.call("sigmoid", z)


NOT_IDENTITIES = {
    "σ(2z) = σ(z)": lambda t, z: (sigma(t, twice(t, z)), sigma(t, z)),
    "tanh z = σ(z)": lambda t, z: (t.call("tanh", z), sigma(t, z)),
    "σ(z) = 1 − σ(z)": lambda t, z: (sigma(t, z), t.difference(t.one, sigma(t, z))),
    "z = z + 1e-9": lambda t, z: (z, t.sum((z, t.power(t.number(10), -9)))),
    "exp(z + 1e-9) = exp(z)": lambda t, z: (t.exp(t.sum((z, t.power(t.number(10), -9)))), t.exp(z)),
    "exp(2z) = 2 exp(z)": lambda t, z: (t.exp(twice(t, z)), twice(t, t.exp(z))),
    "exp(z²) = exp(z)²": lambda t, z: (t.exp(t.power(z, 2)), t.power(t.exp(z), 2)),
    "exp(exp(z)) = exp(z)": lambda t, z: (t.exp(t.exp(z)), t.exp(z)),
    "|z| = z": lambda t, z: (t.absolute(z), z),
    "z = w": lambda t, z: (z, t.symbol("w")),
}


@pytest.mark.parametrize("claim", NOT_IDENTITIES)
def test_what_is_no_identity_does_not_hold(terms, claim):
    assert not are_equal(terms, *NOT_IDENTITIES[claim](terms, terms.symbol("z")))


def test_a_multiple_of_one_draw_does_not_pass_with_fresh_primes(terms):
    """exp(p₀ x) = 1 holds under the draw that p₀ comes from, and under no other"""
    x = terms.symbol("x")
    first = Tower(terms, 1, random.Random(SEED))
    claim = terms.exp(terms.product((terms.number(first.primes[0]), x)))
    assert first.value(claim) == 1
    for number in range(1, 4):
        assert Tower(terms, 1, random.Random(SEED + number)).value(claim) != 1


# No value.


def test_a_function_without_a_law_has_no_value(terms):
    root = terms.call("no_such_function", terms.symbol("x"))
    with pytest.raises(NoLaw, match="no exact law is known for no_such_function"):
        Tower(terms, 1, random.Random(SEED)).value(root)


def test_a_root_within_a_root_lies_in_as_wide_a_field_as_it_needs(terms):
    """√(1 + √x)² = 1 + √x, with 1, 2 or 4 coordinates"""
    inner = plus_one(terms, terms.call("sqrt", terms.symbol("x")))
    outer = terms.call("sqrt", inner)
    widths = set()
    for seed in range(20):
        tower = Tower(terms, 0, random.Random(seed))
        assert tower.value(terms.power(outer, 2)) == tower.value(inner)
        widths.add(fields.degree(tower.value(outer)))
    assert widths == {1, 2, 4}


def test_roots_are_nested_as_deep_as_the_fields_go(terms):
    """√(1 + √(1 + … √x)), eight times"""
    inner = terms.symbol("x")
    for _ in range(8):
        inner = plus_one(terms, terms.call("sqrt", inner))
    messages = set()
    for seed in range(20):
        try:
            Tower(terms, 0, random.Random(seed)).value(inner)
        except NoLaw as problem:
            messages.add(str(problem))
    assert messages == {"no exact law is known for roots that are nested so deep"}


def test_the_logarithm_of_what_is_zero_everywhere_has_no_value(terms):
    x = terms.symbol("x")
    zero = terms.sum((x, terms.negative(x)))
    with pytest.raises(Undefined, match="divides by zero"):
        Tower(terms, 0, random.Random(SEED)).value(terms.call("log", zero))


def test_division_by_what_is_zero_everywhere_has_no_value(terms):
    """1 / ((a + b)² − a² − 2ab − b²)"""
    a, b = terms.symbol("a"), terms.symbol("b")
    zero = terms.sum(
        (
            terms.power(terms.sum((a, b)), 2),
            *(terms.negative(t) for t in (terms.power(a, 2), terms.power(b, 2))),
            terms.product((terms.number(-2), a, b)),
        )
    )
    tower = Tower(terms, 0, random.Random(SEED))
    assert tower.value(zero) == 0
    with pytest.raises(Undefined, match="divides by zero"):
        tower.value(terms.power(zero, -1))


@pytest.mark.parametrize("depth", [1, 3])
def test_more_exponentials_than_levels_have_no_value(terms, depth):
    root = nested(terms, terms.symbol("x"), depth)
    Tower(terms, depth, random.Random(SEED)).value(root)
    with pytest.raises(TooShallow, match="nests too many exponentials"):
        Tower(terms, depth - 1, random.Random(SEED)).value(root)


def test_a_long_chain_is_evaluated_without_recursion(terms):
    x = terms.symbol("x")
    for number in range(20_000):
        x = terms.power(terms.sum((x, terms.number(number + 1))), 2)
    assert isinstance(Tower(terms, 0, random.Random(SEED)).value(x), int)


def test_depth_counts_exponentials_only(terms):
    """x has depth 0, σ(x) + 1 has 1, exp(tanh(x)) has 2"""
    x = terms.symbol("x")
    sum_, deep = (
        terms.sum((terms.call("sigmoid", x), terms.one)),
        terms.exp(terms.call("tanh", x)),
    )
    depths = exponential_depths(terms)
    assert (depths[x], depths[sum_], depths[deep]) == (0, 1, 2)
    inner = terms.nodes[deep][2]
    assert exponential_depths(terms, cut={inner: 0})[deep] == 1


# Cases.


def test_branches_that_agree_leave_no_case(terms):
    """where(c > 0, a + b − b, a) = a"""
    a, b, c = (terms.symbol(s) for s in "abc")
    other = terms.sum((a, b, terms.negative(b)))
    choice = terms.where(terms.compare(">", c, terms.zero), other, a)
    assert are_equal(terms, choice, a, levels=0)


def test_branches_that_differ_are_a_case(terms):
    """where(c > 0, a, b) has the value of a in one case and that of b in the other"""
    a, b, c = (terms.symbol(s) for s in "abc")
    tower = Tower(terms, 0, random.Random(SEED))
    value = tower.value(terms.where(terms.compare(">", c, terms.zero), a, b))
    assert isinstance(value, Case)
    assert {value.high, value.low} == {tower.value(a), tower.value(b)}


def test_a_condition_and_its_negation_are_one_case(terms):
    """where(c > 0, a, b) = where(c ≤ 0, b, a) = where(−c < 0, a, b)"""
    a, b, c = (terms.symbol(s) for s in "abc")
    positive = terms.where(terms.compare(">", c, terms.zero), a, b)
    assert are_equal(terms, positive, terms.where(terms.compare("<=", c, terms.zero), b, a))
    minus = terms.negative(c)
    assert are_equal(terms, positive, terms.where(terms.compare("<", minus, terms.zero), a, b))


def test_exchanged_branches_differ(terms):
    """where(c > 0, a, b) ≠ where(c > 0, b, a)"""
    a, b, c = (terms.symbol(s) for s in "abc")
    p = terms.compare(">", c, terms.zero)
    assert not are_equal(terms, terms.where(p, a, b), terms.where(p, b, a))


def test_nested_conditions_may_be_exchanged(terms):
    """where(p, where(q, 1, 2), where(q, 3, 4)) = where(q, where(p, 1, 3), where(p, 2, 4))"""
    p, q = (terms.compare(">", terms.symbol(s), terms.zero) for s in "pq")
    one, two, three, four = (terms.symbol(s) for s in ("v1", "v2", "v3", "v4"))
    left = terms.where(p, terms.where(q, one, two), terms.where(q, three, four))
    right = terms.where(q, terms.where(p, one, three), terms.where(p, two, four))
    assert are_equal(terms, left, right)


def test_a_condition_under_itself_is_decided(terms):
    """where(p, where(p, a, b), c) = where(p, a, c)"""
    a, b, c = (terms.symbol(s) for s in "abc")
    p = terms.compare(">", terms.symbol("x"), terms.zero)
    assert are_equal(terms, terms.where(p, terms.where(p, a, b), c), terms.where(p, a, c), levels=0)


def test_functions_act_on_the_branches(terms):
    """tanh(where(p, a, b)) = where(p, tanh a, tanh b)"""
    a, b = terms.symbol("a"), terms.symbol("b")
    p = terms.compare(">", terms.symbol("x"), terms.zero)
    outside = terms.call("tanh", terms.where(p, a, b))
    inside = terms.where(p, terms.call("tanh", a), terms.call("tanh", b))
    assert are_equal(terms, outside, inside)


def test_logic_of_conditions(terms):
    """where(p ∧ q, a, b) = where(p, where(q, a, b), b),  where(¬p, a, b) = where(p, b, a)"""
    a, b = terms.symbol("a"), terms.symbol("b")
    p, q = (terms.compare(">", terms.symbol(s), terms.zero) for s in "pq")
    both = terms.where(terms.conjunction(p, q), a, b)
    assert are_equal(terms, both, terms.where(p, terms.where(q, a, b), b))
    assert are_equal(terms, terms.where(terms.negation(p), a, b), terms.where(p, b, a))


def test_the_relations_of_a_condition_are_remembered(terms):
    """where(x > 0, …) and where(x ≥ 0, …) part at 0 only"""
    a, b, x = (terms.symbol(s) for s in "abx")
    strict = terms.where(terms.compare(">", x, terms.zero), a, b)
    weak = terms.where(terms.compare(">=", x, terms.zero), a, b)
    tower = Tower(terms, 0, random.Random(SEED))
    assert tower.value(strict) == tower.value(weak)
    assert list(tower.boundaries.values()) in ([{">", ">="}], [{"<", "<="}])


def choices(terms: Terms, count: int) -> int:
    """A sum of `count` choices by independent conditions: 2^count cases."""
    return terms.sum(
        terms.where(
            terms.compare(">", terms.symbol(f"c{n}"), terms.zero),
            terms.symbol(f"a{n}"),
            terms.symbol(f"b{n}"),
        )
        for n in range(count)
    )


def test_too_many_cases_are_refused(terms):
    six, seven = choices(terms, 6), choices(terms, 7)
    tower = Tower(terms, 0, random.Random(SEED))
    assert isinstance(tower.value(six), Case)
    assert isinstance(tower.value(seven), Multilinear)
    tower = Tower(terms, 1, random.Random(SEED))
    with pytest.raises(TooManyCases, match="more than 64 cases meet in one value"):
        tower.value(terms.exp(seven))


def test_a_tower_without_cases_takes_a_condition_for_a_variable(terms):
    """relu(x) − relu(−x) = x, |x| = 2 relu(x) − x, but not |x|² = x², which needs θ² = θ"""
    x = terms.symbol("x")
    relu = [terms.maximum(a, terms.zero) for a in (x, terms.negative(x))]
    tower = Tower(terms, 1, random.Random(SEED), has_cases=False)
    assert tower.value(terms.difference(*relu)) == tower.value(x)
    size = terms.absolute(x)
    doubled = terms.difference(twice(terms, relu[0]), x)
    assert tower.value(size) == tower.value(doubled)
    assert tower.value(terms.exp(size)) == tower.value(terms.exp(doubled))
    assert tower.value(terms.power(size, 2)) != tower.value(terms.power(x, 2))


def test_seven_choices_need_no_cases(terms):
    """Σ|xᵢ| = Σ|−xᵢ| has 2⁷ cases, or none"""
    xs = [terms.symbol(f"x{n}") for n in range(7)]
    sides = [
        terms.sum(terms.absolute(terms.product((terms.number(factor), x))) for x in xs)
        for factor in (3, -3)
    ]
    tower = Tower(terms, 0, random.Random(SEED), has_cases=False)
    assert tower.value(sides[0]) == tower.value(sides[1])


def test_a_condition_is_one_up_to_a_positive_factor_if_asked_for(terms):
    """where(eʸ x > 0, a, b) = where(3 x > 0, a, b) = where(x > 0, a, b), and not for y x > 0"""
    a, b, x, y = (terms.symbol(s) for s in "abxy")
    scale = terms.exp(y)
    grown = terms.product((scale, x))
    forms = {
        "x": x,
        "3 x": terms.sum((x, x, x)),
        "eʸ x": terms.sum((grown, y, terms.negative(y))),
        "y x": terms.sum((terms.product((x, y)), y, terms.negative(y))),
    }
    chosen = {
        form: terms.where(terms.compare(">", u, terms.zero), a, b) for form, u in forms.items()
    }
    scaled, unscaled = (Tower(terms, 1, random.Random(SEED), is_scaled=s) for s in (True, False))
    equal = {}
    for tower in (scaled, unscaled):
        tower.value(scale)
        expected = tower.value(chosen["x"])
        equal[tower.is_scaled] = {f for f in forms if tower.value(chosen[f]) == expected}
    assert equal == {True: {"x", "3 x", "eʸ x"}, False: {"x"}}


# Logarithms and roots.


def test_an_exponential_of_a_logarithm_by_hand(terms, monkeypatch):
    """With p₀ = 5, p₁ = 11: exp(2 log 3 + 1) = 3² · 4 = 36 = 3 (mod 11)"""
    monkeypatch.setattr(tower_module, "draw_primes", lambda levels, rng: ([5, 11], [0, 4]))
    monkeypatch.setattr(tower_module.fields, "_SMALL", 3)
    tower = Tower(terms, 1, random.Random(SEED))
    log = terms.call("log", terms.number(3))
    assert (
        tower.value(terms.exp(terms.sum((terms.product((terms.number(2), log)), terms.one)))) == 3
    )


def test_a_root_by_hand(terms):
    """√u² = u, and √u is either of two roots, for different draws"""
    x = terms.symbol("x")
    root = terms.call("sqrt", x)
    values = set()
    for seed in range(12):
        tower = Tower(terms, 0, random.Random(seed))
        (drawn,) = [r for _ in [tower.value(root)] for r in tower.roots]
        values.add(fields.degree(drawn.value))
        assert tower.value(terms.power(root, 2)) == tower.value(x)
    assert values == {1, 2}


def test_a_redrawn_field_keeps_the_laws(terms):
    """After `redraw`, exp(x + y) = exp(x) exp(y) still holds, with other values"""
    x, y = terms.symbol("x"), terms.symbol("y")
    left = terms.exp(terms.sum((x, y)))
    right = terms.product((terms.exp(x), terms.exp(y)))
    tower = Tower(terms, 2, random.Random(SEED))
    seen = set()
    for _ in range(3):
        assert tower.value(left) == tower.value(right)
        seen.add((tower.value(left), tower.value(x)))
        below = tower.value(x, 1)
        tower.redraw()
        assert tower.value(x, 1) == below
    assert len(seen) == 3


def test_a_logarithm_is_read_back_through_a_multiplication(terms):
    """exp((log x / log 2) · log 2) = x"""
    x = terms.symbol("x")
    log, two = terms.call("log", x), terms.call("log", terms.number(2))
    assert are_equal(terms, terms.exp(terms.product((terms.quotient(log, two), two))), x)


# Cuts.


def test_a_merged_term_has_the_values_of_its_symbol_for_its_readers(terms):
    """After a cut at u, exp(u) is exp(fresh)"""
    u = terms.call("tanh", terms.symbol("x"))
    fresh = terms.symbol("cut")
    tower = Tower(terms, 1, random.Random(SEED))
    tower.merge(u, fresh)
    assert tower.value(u) == tower.value(fresh)
    assert tower.value(terms.exp(u)) == tower.value(terms.exp(fresh))


def test_terms_in_order_have_the_values_that_each_has_alone(terms):
    """exp, σ, log, √, a choice, sums, products of two and of three factors, an inner product"""
    x, y, z = map(terms.symbol, "xyz")
    positive = terms.call("exp", x)
    root = terms.sum(
        (
            terms.product((x, y)),
            terms.product((x, y, z)),
            terms.dot([(x, y), (y, z)]),
            terms.exp(terms.sum((terms.call("log", y), z))),
            terms.call("sqrt", terms.sum((x, y))),
            terms.call("sigmoid", z),
            terms.power(positive, -2),
            terms.maximum(x, z),
        )
    )
    order = terms.below([root])
    numbers = [i for i in order if terms.nodes[i][0] != "compare"]
    together, alone = (Tower(terms, 1, random.Random(SEED)) for _ in range(2))
    found = dict(together.each(numbers))
    assert found == {index: alone.value(index) for index in numbers}


def test_what_is_merged_meanwhile_counts_for_those_that_follow(terms):
    x = terms.symbol("x")
    square = terms.power(x, 2)
    root = terms.sum((square, x))
    fresh = terms.symbol("cut")
    tower = Tower(terms, 1, random.Random(SEED))
    found: dict[int, object] = {}
    for term, value in tower.each([square, root]):
        found[term] = value
        if term == square:
            tower.merge(square, fresh)
    assert found[root] == tower.value(terms.sum((fresh, x)))


def test_a_cut_needs_fewer_levels(terms):
    deep = nested(terms, terms.symbol("x"), 3)
    tower = Tower(terms, 1, random.Random(SEED))
    tower.merge(deep, terms.symbol("cut"))
    assert isinstance(tower.value(terms.exp(deep)), int)


def test_a_cut_forgets_what_relates_two_terms(terms):
    """tanh² x + 1/cosh² x = 1 is no longer seen after tanh x is cut: a cut can only prove"""
    x = terms.symbol("x")
    tanh = terms.call("tanh", x)
    cosh = half(terms, terms.sum((terms.exp(x), terms.exp(terms.negative(x)))))
    total = terms.sum((terms.power(tanh, 2), terms.power(cosh, -2)))
    assert Tower(terms, 1, random.Random(SEED)).value(total) == 1
    tower = Tower(terms, 1, random.Random(SEED))
    tower.merge(tanh, terms.symbol("cut"))
    assert tower.value(total) != 1


# The checks above can fail.


def broken_generators(levels, rng):
    """Generators of the order of the wrong prime: any unit."""
    primes, _ = draw_primes(levels, rng)
    return primes, [0] + [rng.randrange(2, p) for p in primes[1:]]


def test_generators_of_another_order_break_the_law_of_exp(terms, monkeypatch):
    """exp(x) · exp(−x) = 1"""
    x = terms.symbol("x")
    product = terms.product((terms.exp(x), terms.exp(terms.negative(x))))
    assert are_equal(terms, product, terms.one, levels=1)
    monkeypatch.setattr(tower_module, "draw_primes", broken_generators)
    assert not are_equal(terms, product, terms.one, levels=1)


def test_residues_that_are_shared_prove_too_much(terms, monkeypatch):
    evaluate = Tower._evaluate

    def shared(self, index, level):
        is_symbol = self.terms.nodes[index][0] == "symbol"
        return 12345 if is_symbol else evaluate(self, index, level)

    monkeypatch.setattr(Tower, "_evaluate", shared)
    assert are_equal(terms, terms.symbol("z"), terms.symbol("w"))


def test_a_wrong_law_is_seen(terms, monkeypatch):
    law = tower_module.laws.law
    monkeypatch.setattr(
        tower_module.laws, "law", lambda name: law({"tanh": "sigmoid"}.get(name, name))
    )
    z = terms.symbol("z")
    assert not are_equal(terms, terms.call("tanh", z), tanh_by_exp(terms, z))


def test_powers_of_a_generator_are_those_of_python():
    """gⁿ = Π g^(d 64ʲ) over the digits d of n."""
    assert [PowersOf(3, 1009)(n) for n in (0, 1, 2, 64, 1008)] == [1, 3, 9, pow(3, 64, 1009), 1]
    rng = random.Random(SEED)
    (_, p), (_, g) = draw_primes(1, rng)
    power = PowersOf(g, p)
    for n in [p - 1, *(rng.randrange(p) for _ in range(100))]:
        assert power(n) == pow(g, n, p)


def test_integers_and_values_by_cases_meet_in_one_sum(terms):
    """a + where(x > 0, x, 0) · b has the value of its branches, in whatever order it is asked."""
    x, a, b = map(terms.symbol, "xab")
    chosen = terms.maximum(x, terms.zero)
    both = terms.sum((a, terms.product((chosen, b)), terms.dot([(chosen, a), (a, b)])))
    apart = terms.sum(
        (a, terms.maximum(terms.zero, terms.zero), terms.product((chosen, terms.sum((a, b)))),
         terms.product((a, b)))
    )  # fmt: skip
    assert isinstance(Tower(terms, 1, random.Random(SEED)).value(both), Case)
    assert are_equal(terms, both, apart)
    assert not are_equal(terms, both, terms.sum((both, chosen)))
