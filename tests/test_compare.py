"""Each row of the table of verdicts is reached; long sequences are proved and refuted by induction;
the bound is the one that a person computes; and each part of the prover, broken, is noticed."""

import random
from fractions import Fraction
from itertools import permutations

import pytest

from symlstm.proof import compare as compare_module
from symlstm.proof import lowering, reals
from symlstm.proof import tower as tower_module
from symlstm.proof.compare import Comparison, PairVerdict, compare, error_bound_bits
from symlstm.proof.terms import Terms
from symlstm.proof.tower import Tower

SEED = 20260204
HALF = Fraction(1, 2)


@pytest.fixture
def terms() -> Terms:
    return Terms()


def verdict(terms: Terms, a: int, b: int, **options) -> PairVerdict:
    """What is known of one pair of two terms."""
    assert a != b, "one term, nothing to compare"
    print(f"seed {SEED}")
    (known,) = compare(terms, [(a, b)], random.Random(SEED), **options).verdicts
    return known


# The table in the docstring of compare.py, row by row.


def square_and_product(terms):
    """(x + y)² and x² + 2xy + y²"""
    x, y = terms.symbol("x"), terms.symbol("y")
    opened = terms.dot([(x, x), (terms.number(2), terms.product((x, y))), (y, y)])
    return terms.power(terms.sum((x, y)), 2), opened


def test_equal_and_agreeing_is_proved(terms):
    assert verdict(terms, *square_and_product(terms)) == PairVerdict("proved")


def test_different_and_differing_is_refuted_with_a_point(terms):
    """x + y ≠ x − y, and the point shows it"""
    x, y = terms.symbol("x"), terms.symbol("y")
    known = verdict(terms, terms.sum((x, y)), terms.difference(x, y))
    assert (known.status, known.reason) == ("differs", "")
    point = known.counterexample.point
    assert set(point) == {"x", "y"}
    shown = pytest.approx(0, abs=1e-14)  # to 15 digits
    assert float(Fraction(known.counterexample.expected) - (point["x"] + point["y"])) == shown
    assert float(Fraction(known.counterexample.found) - (point["x"] - point["y"])) == shown


def test_equal_and_differing_is_undecided(terms):
    """where(x > 0, 1, 0) and where(x ≥ 0, 1, 0) are equal on open pieces, and differ at x = 0"""
    x = terms.symbol("x")
    strict = terms.where(terms.compare(">", x, terms.zero), terms.one, terms.zero)
    weak = terms.where(terms.compare(">=", x, terms.zero), terms.one, terms.zero)
    known = verdict(terms, strict, weak, zeroed=[["h_0"], ["x"]])
    assert known.status == "undecided"
    assert known.reason == (
        "equal in every field, yet different at a real point: the two sides have different domains"
    )
    assert known.counterexample.point == {"x": 0}
    assert (known.counterexample.expected, known.counterexample.found) == ("0.0", "1.0")


def test_where_a_quotient_may_have_no_value_each_point_of_zeros_is_tried(terms, monkeypatch):
    """x/x is 1 in every field; analytic terms are looked at where the first arguments are zero"""
    x, points = terms.symbol("x"), []

    def add(sample, point):
        points.append({name for name, value in point.items() if not value})
        added(sample, point)

    added = compare_module._Sample._add
    monkeypatch.setattr(compare_module._Sample, "_add", add)
    zeroed = [["h_0"], ["x"]]
    quotient = terms.product((terms.quotient(x, x), x))
    assert verdict(terms, quotient, x, zeroed=zeroed).status == "proved"
    assert points == [set(), {"x"}, set()]
    points.clear()
    square = terms.power(terms.sum((x, terms.one)), 2)
    sum_of_powers = terms.sum((terms.power(x, 2), terms.product((terms.number(2), x)), terms.one))
    assert verdict(terms, square, sum_of_powers, zeroed=zeroed).status == "proved"
    assert points == [set(), set()]


def lost_to_cancellation(terms):
    """(e^90 + x) − e^90 and x: 39 of 60 digits go"""
    x, large = terms.symbol("x"), terms.exp(terms.number(90))
    inner = terms.product((terms.sum((large, x)), terms.symbol("y")))
    return terms.sum((inner, terms.product((terms.number(-1), large, terms.symbol("y"))))), x


def test_what_is_lost_to_cancellation_is_computed_again(terms):
    """a real point at which digits are lost is no counterexample"""
    left, x = lost_to_cancellation(terms)
    right = terms.product((x, terms.symbol("y")))
    assert verdict(terms, left, right).status == "proved"


def test_without_more_digits_it_would_be_taken_for_a_difference(terms, monkeypatch):
    monkeypatch.setattr(reals, "evaluate_precisely", reals.evaluate_all)
    left, x = lost_to_cancellation(terms)
    right = terms.product((x, terms.symbol("y")))
    assert verdict(terms, left, right).status == "undecided"


def test_tiny_difference_is_one_with_any_number_of_digits(terms):
    left, x = lost_to_cancellation(terms)
    tiny = terms.number(Fraction(1, 10**30))
    right = terms.sum((terms.product((x, terms.symbol("y"))), tiny))
    assert verdict(terms, left, right).status == "differs"


def test_different_and_agreeing_is_undecided(terms):
    """x and x + 10⁻⁴⁰ agree to the digits that are kept"""
    x = terms.symbol("x")
    known = verdict(terms, x, terms.sum((x, terms.number(Fraction(1, 10**40)))))
    assert known == PairVerdict(
        "undecided",
        "equal at every real point that was tried, but not by an identity that the prover knows",
    )


def test_no_value_and_differing_is_refuted(terms):
    """√(x²) + 1 ≠ √(x²)"""
    root = terms.call("sqrt", terms.power(terms.symbol("x"), 2))
    known = verdict(terms, terms.sum((root, terms.one)), root)
    assert known.status == "differs"
    assert float(known.counterexample.expected) == float(known.counterexample.found) + 1


def test_no_value_and_agreeing_is_undecided_with_the_reason(terms):
    """√u² = u for 24 roots within each other"""
    inside = terms.sum((terms.power(terms.symbol("x"), 2), terms.one))
    for _ in range(24):
        inside = terms.sum((terms.call("sqrt", inside), terms.one))
    known = verdict(terms, terms.power(terms.call("sqrt", inside), 2), inside)
    reason = "no exact law is known for roots that are nested so deep"
    assert known == PairVerdict("undecided", reason)


def test_no_value_at_any_point_is_undecided(terms):
    """log(−x² − 1) is no real number anywhere"""
    minus = terms.difference(terms.number(-1), terms.power(terms.symbol("x"), 2))
    log = terms.call("log", minus)
    known = verdict(terms, log, terms.sum((log, terms.one)))
    assert known == PairVerdict("undecided", "it has no value at any real point that was tried")


def test_division_by_zero_everywhere_is_undecided(terms):
    """1/(a + b − b − a)"""
    a, b = terms.symbol("a"), terms.symbol("b")
    zero = terms.sum((terms.sum((a, b)), terms.negative(b), terms.negative(a)))
    inverse = terms.power(zero, -1)
    known = verdict(terms, inverse, terms.sum((inverse, a)))
    assert known.status == "undecided"


def test_too_many_cases_are_undecided(terms):
    """(Σ|xᵢ|)² = Σ xᵢ² + Σ |xᵢ||xⱼ| over seven terms has 2⁷ cases, and needs |x|² = x²"""
    xs = [terms.symbol(f"x{n}") for n in range(7)]
    sizes = [terms.absolute(x) for x in xs]
    mixed = [terms.product(p) for p in permutations(sizes, 2)]
    opened = terms.sum((*(terms.power(x, 2) for x in xs), *mixed))
    assert verdict(terms, terms.power(terms.sum(sizes), 2), opened) == PairVerdict(
        "undecided", "more than 64 cases meet in one value"
    )


def test_the_number_of_choices_does_not_matter_where_they_are_linear(terms):
    """Σ|3xᵢ| = Σ|−3xᵢ| over seven terms"""
    xs = [terms.symbol(f"x{n}") for n in range(7)]
    sides = [
        terms.sum(terms.absolute(terms.product((terms.number(sign * 3), x))) for x in xs)
        for sign in (1, -1)
    ]
    assert verdict(terms, *sides).status == "proved"


def test_too_many_exponentials_are_undecided(terms):
    deep, twin = terms.symbol("x"), terms.symbol("x")
    for _ in range(65):
        deep = terms.call("sigmoid", deep)
        twin = terms.difference(terms.one, terms.call("sigmoid", terms.negative(twin)))
    known = verdict(terms, deep, twin)
    assert known == PairVerdict(
        "undecided", "65 exponentials are nested, more than the 64 that are followed"
    )


def test_a_term_is_equal_to_itself(terms):
    x = terms.call("sqrt", terms.power(terms.symbol("x"), 2))
    comparison = compare(terms, [(x, x)], random.Random(SEED))
    assert comparison.is_proved


def test_a_term_with_a_pole_at_the_initial_state_is_equal_to_itself(terms):
    """log(c_0) = log(c_0), though it has no value at c_0 = 0"""
    log = terms.call("log", terms.symbol("c_0[0]"))
    assert compare(terms, [(log, log)], random.Random(SEED), zeroed=[["c_0"]]).is_proved


def test_a_function_that_nobody_knows_is_undecided(terms):
    x = terms.symbol("x")
    a, b = terms.call("erf", x), terms.call("erf", terms.sum((x, terms.one)))
    assert verdict(terms, a, b).status == "undecided"


# Pairs and their number.


def test_each_pair_has_its_own_verdict(terms):
    x, y = terms.symbol("x"), terms.symbol("y")
    root = terms.call("sqrt", terms.power(x, 2))
    pairs = [
        square_and_product(terms),
        (terms.sum((x, y)), x),
        (terms.power(root, 2), terms.power(x, 2)),
    ]
    comparison = compare(terms, pairs, random.Random(SEED))
    assert [v.status for v in comparison.verdicts] == ["proved", "differs", "proved"]
    assert not comparison.is_proved


def test_a_comparison_of_nothing_proves_nothing(terms):
    assert not compare(terms, [], random.Random(SEED)).is_proved
    assert not Comparison().is_proved


def test_two_rounds_with_fresh_primes_are_made(terms, monkeypatch):
    primes = []
    draw = tower_module.draw_primes

    def spied(levels, rng):
        drawn = draw(levels, rng)
        primes.extend(drawn[0])
        return drawn

    monkeypatch.setattr(tower_module, "draw_primes", spied)
    verdict(terms, *square_and_product(terms))
    assert len(set(primes)) == 2


def test_a_multiple_of_the_primes_of_one_round_is_refuted(terms, monkeypatch):
    """exp(p₀ x) = 1 under the first draw only"""
    x = terms.symbol("x")
    rng = random.Random(random.Random(SEED).getrandbits(128))
    first = tower_module.draw_primes(1, rng)[0][0]
    claim = terms.exp(terms.product((terms.number(first), x)))
    assert verdict(terms, claim, terms.one).status == "differs"


# Conditions.


def test_denominators_that_may_be_zero_are_reported(terms):
    """x/x · (1 + x²) = 1 + x² rests on x ≠ 0; dividing by 1 + exp(x) rests on nothing"""
    x = terms.symbol("x")
    safe = terms.power(terms.sum((terms.one, terms.exp(x))), -1)
    bound = terms.sum((terms.one, terms.power(x, 2)))
    left = terms.product((terms.quotient(x, x), bound, safe))
    comparison = compare(terms, [(left, terms.product((bound, safe)))], random.Random(SEED))
    assert comparison.is_proved
    assert comparison.denominators == [x]


def test_boundaries_are_reported_where_relations_part(terms):
    """> on one side and ≥ on the other part at 0"""
    a, b, x = (terms.symbol(s) for s in "abx")
    strict = terms.where(terms.compare(">", x, terms.zero), a, b)
    weak = terms.where(terms.compare(">=", x, terms.zero), a, b)
    assert compare(terms, [(strict, weak)], random.Random(SEED)).boundaries == [x]


def test_a_relation_and_its_negation_have_no_boundary_in_common(terms):
    """x > 0 and x ≤ 0 part the line in one way"""
    a, b, x = (terms.symbol(s) for s in "abx")
    left = terms.where(terms.compare(">", x, terms.zero), a, b)
    right = terms.where(terms.compare("<=", x, terms.zero), b, a)
    comparison = compare(terms, [(left, right)], random.Random(SEED))
    assert comparison.is_proved
    assert comparison.boundaries == []


def test_domains_that_a_term_may_leave_are_reported(terms):
    """log x, √y and 1/√z rest on conditions; log(1 + exp x) and √(x² + 1) do not"""
    x, y, z = (terms.symbol(s) for s in "xyz")
    inside = terms.sum((terms.power(x, 2), terms.one))
    free = terms.product((lowering.softplus(terms, x), lowering.root(terms, inside)))
    left = terms.sum(
        (free, lowering.log(terms, x), lowering.root(terms, y), lowering.power(terms, z, -HALF))
    )
    comparison = compare(
        terms, [(left, terms.sum((left, left, terms.negative(left))))], random.Random(SEED)
    )
    assert comparison.is_proved
    assert comparison.domains == [(x, ">"), (y, "≥"), (z, "≥")]
    assert comparison.denominators == [lowering.root(terms, z)]


@pytest.mark.parametrize("form", ["max", "abs", "leaky", "clip"])
def test_a_choice_whose_branches_meet_has_no_boundary(terms, form):
    """max(x, 0), |x|, min(x, 1) and where(x > 0, x, x/100) are the same with > and with ≥"""
    x, zero = terms.symbol("x"), terms.zero
    forms = {
        "max": (zero, x, zero),
        "abs": (zero, x, terms.negative(x)),
        "leaky": (zero, x, terms.product((terms.number(Fraction(1, 100)), x))),
        "clip": (terms.one, terms.one, x),
    }
    bound, a, b = forms[form]
    sides = [terms.where(terms.compare(relation, x, bound), a, b) for relation in (">", ">=")]
    comparison = compare(terms, [(sides[0], sides[1])], random.Random(SEED))
    assert comparison.is_proved
    assert comparison.boundaries == []


# Roots.


def test_equal_by_a_choice_of_signs_is_undecided(terms):
    """√(x² + 2x + 1) · (x + 1) = (x + 1)² where x > −1, which the positive points cannot see"""
    x = terms.symbol("x")
    opened = terms.sum((terms.power(x, 2), terms.product((terms.number(2), x)), terms.one))
    root = lowering.root(terms, opened)
    known = verdict(terms, terms.power(root, 2), opened)
    assert known == PairVerdict(
        "undecided",
        "two of its square roots are related, as √(x²) and x are, and their signs decide",
    )


def test_independent_roots_are_proved(terms):
    """(√x + √y)(√x − √y) = x − y"""
    x, y = terms.symbol("x"), terms.symbol("y")
    a, b = lowering.root(terms, x), lowering.root(terms, y)
    product = terms.product((terms.sum((a, b)), terms.difference(a, b)))
    assert verdict(terms, product, terms.difference(x, y)).status == "proved"


def test_related_roots_are_noticed_by_their_characters_alone(terms, monkeypatch):
    """Without that, two roots of 0 factors each pass in three of four rounds"""
    x, y = terms.symbol("x"), terms.symbol("y")
    factors = []
    for u in (x, y):
        opened = terms.sum((terms.power(u, 2), terms.product((terms.number(2), u)), terms.one))
        root = lowering.root(terms, opened)
        factors += [terms.difference(root, terms.sum((u, terms.one)))]
        factors += [terms.sum((root, u, terms.one))]
    vanishing = terms.product(factors)
    assert verdict(terms, vanishing, terms.zero).status == "undecided"
    monkeypatch.setattr(compare_module.roots, "related", lambda *arguments: set())
    assert verdict(terms, vanishing, terms.zero).status == "proved"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_cut_hides_no_choice_of_signs(terms, monkeypatch, step, seed):
    """h_t = h_{t-1} + x_t, and √((h_{t-1} + x_t)²) in the place of one of them, opened"""
    monkeypatch.setattr(compare_module.reals, "agree", lambda a, b: True)
    sides, carried = [], []
    for wrong_at in (0, step):
        h = terms.symbol("h_0")
        states = []
        for t in (1, 2, 3):
            x = terms.symbol(f"x[{t}]")
            total = terms.sum((h, x))
            mixed = terms.product((terms.number(2), h, x))
            square = terms.sum((terms.power(h, 2), mixed, terms.power(x, 2)))
            h = lowering.root(terms, square) if t == wrong_at else total
            states.append(terms.call("tanh", h))
            carried.append([h] if wrong_at == 0 else [])
        sides.append(states)
    pairs = list(zip(*sides, strict=True))
    known = compare(terms, pairs, random.Random(seed), carried=carried)
    statuses = [v.status for v in known.verdicts]
    assert statuses == ["proved"] * (step - 1) + ["undecided"] * (4 - step)


# The bound, by hand.


def test_the_bound_of_two_products_by_hand(terms):
    """degree 2, one pair: 2 rounds of ⌊127 − log₂(2·2·1)⌋ = 125 bits"""
    x = terms.symbol("x")
    pair = (terms.power(x, 2), terms.product((x, x)))
    assert error_bound_bits(terms, [pair]) == 250


def test_the_bound_of_two_exponentials_by_hand(terms):
    """Two calls of degree 4, their product 8; 1 pair + 1 pair of arguments: 127 − log₂(2·8·2)"""
    x, y = terms.symbol("x"), terms.symbol("y")
    product = terms.product((terms.exp(x), terms.exp(y)))
    assert error_bound_bits(terms, [(product, x)]) == 2 * (127 - 5)


def test_the_bound_counts_cuts_by_hand(terms):
    """(x²)² with x² cut is a variable squared: degree 2, 1 pair + 1 cut × 3 terms: 127 − log₂ 16"""
    x = terms.symbol("x")
    square = terms.power(x, 2)
    assert error_bound_bits(terms, [(terms.power(square, 2), x)], {square}) == 2 * (127 - 4)


def test_the_bound_of_logarithms_and_roots_by_hand(terms):
    """log x: 1; √(x y): 2; exp(3 log x): 2·2(1 + 3·1) = 16, with a pair of calls 2·16·2 = 64"""
    x, y = terms.symbol("x"), terms.symbol("y")
    log = lowering.log(terms, x)
    assert error_bound_bits(terms, [(log, x)]) == 2 * (127 - 1)
    assert error_bound_bits(terms, [(lowering.root(terms, terms.product((x, y))), x)]) == 2 * 125
    power = terms.exp(terms.product((terms.number(3), log)))
    assert error_bound_bits(terms, [(power, x)]) == 2 * (127 - 6)


def test_a_bound_shrinks_with_the_degree_and_the_pairs(terms):
    x = terms.symbol("x")
    degrees = [error_bound_bits(terms, [(terms.power(x, n), x)]) for n in (2, 64, 2**20, 2**200)]
    assert degrees == sorted(degrees, reverse=True)
    assert len(set(degrees)) == 4
    assert degrees[-1] == 0
    pair = (terms.power(x, 2), x)
    assert error_bound_bits(terms, [pair] * 1024) == error_bound_bits(terms, [pair]) - 20


# Induction over time.


def gate(terms, z, is_other_form):
    """σ(z), or 1 − σ(−z)"""
    if not is_other_form:
        return terms.call("sigmoid", z)
    return terms.difference(terms.one, terms.call("sigmoid", terms.negative(z)))


def recurrence(terms: Terms, steps: int, is_other_form: bool, wrong_at: int = 0) -> list[int]:
    """h_t = σ(w h_{t-1} + x_t) · u + h_{t-1}, in one of two forms; at `wrong_at` u is missing."""
    w, u, h = terms.symbol("w"), terms.symbol("u"), terms.symbol("h_0")
    states = []
    for t in range(1, steps + 1):
        z = terms.dot([(w, h), (terms.one, terms.symbol(f"x[{t}]"))])
        factors = (gate(terms, z, is_other_form), *(() if t == wrong_at else (u,)))
        h = terms.sum((terms.product(factors), h))
        states.append(h)
    return states


def compare_recurrences(terms: Terms, steps: int = 40, **broken) -> Comparison:
    print(f"seed {SEED}")
    expected = recurrence(terms, steps, is_other_form=False)
    found = recurrence(terms, steps, is_other_form=True, **broken)
    pairs = list(zip(expected, found, strict=True))
    carried = [[term] for term in expected]
    return compare(terms, pairs, random.Random(SEED), carried=carried, zeroed=[["h_0"]])


def test_a_long_sequence_is_proved_by_induction(terms):
    comparison = compare_recurrences(terms)
    assert [v.status for v in comparison.verdicts] == ["proved"] * 40
    assert comparison.cuts == 80
    assert 0 < comparison.bound_bits < 254


def test_without_carried_terms_nothing_is_cut(terms):
    expected, found = (recurrence(terms, 5, is_other_form=form) for form in (False, True))
    pairs = list(zip(expected, found, strict=True))
    comparison = compare(terms, pairs, random.Random(SEED))
    assert comparison.is_proved
    assert comparison.cuts == 0


@pytest.mark.parametrize("wrong_at", [20, 39, 40])
def test_a_long_sequence_with_one_wrong_step_is_refuted_from_there_on(terms, wrong_at):
    comparison = compare_recurrences(terms, wrong_at=wrong_at)
    statuses = [v.status for v in comparison.verdicts]
    assert statuses == ["proved"] * (wrong_at - 1) + ["differs"] * (41 - wrong_at)


def test_a_long_sequence_that_is_wrong_from_the_start_is_refuted(terms):
    comparison = compare_recurrences(terms, steps=28, wrong_at=1)
    assert [v.status for v in comparison.verdicts] == ["differs"] * 28


def test_a_relation_that_a_cut_forgets_is_proved_with_fewer_cuts(terms):
    """n_t = exp(m_t), m_t = m_{t-1} + x_t, is carried as a product: n_t = n_{t-1} exp(x_t)"""
    m, n, pairs, carried = terms.symbol("m_0"), terms.exp(terms.symbol("m_0")), [], []
    tail = terms.symbol("y")
    other = tail
    for t in range(1, 31):
        m = terms.sum((m, terms.symbol(f"x[{t}]")))
        n = terms.product((n, terms.exp(terms.symbol(f"x[{t}]"))))
        tail = terms.call("tanh", terms.sum((tail, terms.exp(m))))
        other = terms.call("tanh", terms.sum((other, n)))
        pairs.append((tail, other))
        carried.append([tail])
    comparison = compare(terms, pairs, random.Random(SEED), carried=carried)
    assert comparison.is_proved
    assert comparison.cuts > 0


def test_a_cut_that_forgets_too_much_is_tried_again_without(terms, monkeypatch):
    """Σ_t tanh²(x_t) + 1/cosh²(x_t): the relation of two carried terms, cut, is lost"""
    x, pairs, carried = terms.symbol("x"), [], []
    for _ in range(26):
        tanh = terms.call("tanh", x)
        slope = terms.difference(terms.one, terms.power(tanh, 2))
        up, down = terms.exp(x), terms.exp(terms.negative(x))
        by_cosh = terms.product((terms.number(4), terms.power(terms.sum((up, down)), -2)))
        pairs.append((slope, by_cosh))
        carried.append([tanh])
        x = tanh
    comparison = compare(terms, pairs, random.Random(SEED), carried=carried)
    assert comparison.is_proved


# Each part of the prover, broken.


def test_generators_of_another_order_are_noticed(terms, monkeypatch):
    draw = tower_module.draw_primes

    def broken(levels, rng):
        primes, _ = draw(levels, rng)
        return primes, [0, *(rng.randrange(2, p) for p in primes[1:])]

    x = terms.symbol("x")
    one = terms.product((terms.exp(x), terms.exp(terms.negative(x))))
    assert verdict(terms, one, terms.one).status == "proved"
    monkeypatch.setattr(tower_module, "draw_primes", broken)
    assert verdict(terms, one, terms.one).status == "undecided"


def test_one_residue_for_all_symbols_is_noticed_by_the_reals(terms, monkeypatch):
    evaluate = Tower._evaluate

    def shared(self, index, level):
        is_symbol = self.terms.nodes[index][0] == "symbol"
        return 12345 if is_symbol else evaluate(self, index, level)

    x, y = terms.symbol("x"), terms.symbol("y")
    assert verdict(terms, x, y).status == "differs"
    monkeypatch.setattr(Tower, "_evaluate", shared)
    assert verdict(terms, x, y).status == "undecided"


def test_a_tower_that_says_yes_to_everything_is_noticed_by_the_reals(terms, monkeypatch):
    monkeypatch.setattr(compare_module, "_equal_in", lambda tower, pair: True)
    x = terms.symbol("x")
    assert verdict(terms, x, terms.call("tanh", x)).status == "undecided"


def test_a_tower_that_says_no_to_everything_proves_nothing(terms, monkeypatch):
    monkeypatch.setattr(compare_module, "_equal_in", lambda tower, pair: False)
    assert verdict(terms, *square_and_product(terms)).status == "undecided"


def test_reals_that_agree_on_everything_cannot_prove(terms, monkeypatch):
    monkeypatch.setattr(compare_module.reals, "agree", lambda a, b: True)
    x = terms.symbol("x")
    assert verdict(terms, x, terms.call("tanh", x)).status == "undecided"


def test_one_round_of_two_that_fails_is_enough(terms, monkeypatch):
    answers = iter([True, False])
    monkeypatch.setattr(compare_module, "_equal_in", lambda tower, pair: next(answers))
    assert verdict(terms, *square_and_product(terms)).status == "undecided"


def test_a_cut_at_unequal_terms_cannot_refute(terms, monkeypatch):
    """A prover that merges whatever it is given is held back by the real points."""
    cut = compare_module._cut

    def everything(tower, pairs, carried):
        fresh = tower.terms.symbol("one for all")
        for pair in pairs:
            for term in pair:
                tower.merge(term, fresh)
        return cut(tower, [], [])

    monkeypatch.setattr(compare_module, "_cut", everything)
    comparison = compare_recurrences(terms, wrong_at=3)
    assert [v.status for v in comparison.verdicts[:2]] == ["proved", "proved"]
    assert not comparison.is_proved
    assert all(v.status != "proved" for v in comparison.verdicts[2:])


def test_a_boundary_under_deep_exponentials_is_reported(terms):
    """u > 0 and −u > 0 leave u = 0 to neither, however deep u is"""
    deep = terms.symbol("x")
    for _ in range(30):
        deep = terms.call("tanh", deep)
    y = terms.symbol("y")
    above = terms.compare(">", deep, y)
    below = terms.compare(">", y, deep)
    five = terms.where(below, y, terms.number(5))
    known = compare(terms, [(y, terms.where(above, y, five))], random.Random(SEED))
    assert len(known.boundaries) == 1
