"""Equal nodes have equal indices; only what is true of all real numbers is folded; a plain table
comes back as it went, and one that was tampered with is refused."""

import json
import random
import re
from fractions import Fraction

import pytest

from symlstm.proof.terms import (
    Terms,
    adopt,
    operands,
    reachable,
    substitute,
    to_plain,
    transplant,
)


@pytest.fixture
def terms() -> Terms:
    return Terms()


def test_a_new_table_holds_zero_one_and_minus_one(terms):
    assert [terms.number_at(i) for i in range(len(terms))] == [0, 1, -1]
    assert (terms.zero, terms.one) == (0, 1)


def test_a_symbol_has_the_next_free_index_and_keeps_it(terms):
    assert [terms.symbol("x"), terms.symbol("y"), terms.symbol("x")] == [3, 4, 3]
    assert len(terms) == 5


BUILDERS = {
    "number": lambda t, a, b: t.number(Fraction(3, 7)),
    "sum": lambda t, a, b: t.sum((a, b)),
    "product": lambda t, a, b: t.product((a, b)),
    "dot": lambda t, a, b: t.dot([(a, b), (a, a)]),
    "power": lambda t, a, b: t.power(a, -3),
    "call": lambda t, a, b: t.call("tanh", a),
    "compare": lambda t, a, b: t.compare(">", a, b),
    "where": lambda t, a, b: t.where(t.compare(">", a, b), a, b),
    "not": lambda t, a, b: t.negation(t.compare(">=", a, b)),
    "and": lambda t, a, b: t.conjunction(t.compare(">=", a, b), t.compare("==", a, b)),
}


@pytest.mark.parametrize("operation", BUILDERS)
def test_equal_nodes_are_stored_once(terms, operation):
    a, b = terms.symbol("a"), terms.symbol("b")
    first = BUILDERS[operation](terms, a, b)
    size = len(terms)
    assert BUILDERS[operation](terms, a, b) == first
    assert len(terms) == size
    assert terms.nodes[first][0] == operation


@pytest.mark.parametrize("operation", BUILDERS)
def test_operands_stand_before_their_node(terms, operation):
    index = BUILDERS[operation](terms, terms.symbol("a"), terms.symbol("b"))
    assert all(operand < index for operand in operands(terms.nodes[index]))


def test_a_sum_does_not_depend_on_the_order_of_its_operands(terms):
    """a + b + 2 = 2 + b + a"""
    a, b, two = terms.symbol("a"), terms.symbol("b"), terms.number(2)
    assert terms.sum((a, b, two)) == terms.sum((two, b, a))


def test_a_product_does_not_depend_on_the_order_of_its_operands(terms):
    """a · b · 2 = 2 · b · a"""
    a, b, two = terms.symbol("a"), terms.symbol("b"), terms.number(2)
    assert terms.product((a, b, two)) == terms.product((two, b, a))


def test_an_inner_product_does_not_depend_on_any_order(terms):
    """a·b + c·d = d·c + b·a"""
    a, b, c, d = (terms.symbol(s) for s in "abcd")
    assert terms.dot([(a, b), (c, d)]) == terms.dot([(d, c), (b, a)])


def test_neutral_elements_are_left_out(terms):
    """a + 0 = a,  a · 1 = a,  a¹ = a,  a⁰ = 1,  −(−a) is kept as it was computed"""
    a = terms.symbol("a")
    assert terms.sum((a, terms.zero)) == a
    assert terms.product((terms.one, a)) == a
    assert terms.power(a, 1) == a
    assert terms.power(a, 0) == terms.one


def test_zero_absorbs(terms):
    """a · 0 = 0,  a·0 + b·c = b·c,  a − a = 0"""
    a, b, c = (terms.symbol(s) for s in "abc")
    assert terms.product((a, terms.zero)) == terms.zero
    assert terms.dot([(a, terms.zero), (b, c)]) == terms.product((b, c))
    assert terms.difference(a, a) == terms.zero


def test_empty_sums_and_products_are_their_units(terms):
    assert terms.sum(()) == terms.zero
    assert terms.product(()) == terms.one
    assert terms.dot(()) == terms.zero


def test_numbers_are_computed_exactly(terms):
    """1/10 + 2/10 = 3/10, (2/3)·(3/4) = 1/2, (2/3)⁻² = 9/4, 1·2 + 3·4 = 14"""
    tenth, fifth = terms.number(Fraction(1, 10)), terms.number(Fraction(2, 10))
    assert terms.number_at(terms.sum((tenth, fifth))) == Fraction(3, 10)
    two_thirds = terms.number(Fraction(2, 3))
    assert terms.number_at(terms.product((two_thirds, terms.number(Fraction(3, 4))))) == Fraction(
        1, 2
    )
    assert terms.number_at(terms.power(two_thirds, -2)) == Fraction(9, 4)
    one, two, three, four = (terms.number(n) for n in (1, 2, 3, 4))
    assert terms.number_at(terms.dot([(one, two), (three, four)])) == 14


def test_the_inverse_of_the_constant_zero_is_refused(terms):
    with pytest.raises(ZeroDivisionError, match=r"Fraction\(1, 0\)"):
        terms.power(terms.zero, -1)


def test_what_is_not_true_of_all_reals_is_not_folded(terms):
    """x/x is no 1 at x = 0, and 0 < x is not decided"""
    x = terms.symbol("x")
    assert terms.quotient(x, x) != terms.one
    assert not isinstance(terms.compare(">", x, terms.zero), bool)


def test_sums_of_equal_terms_are_left_to_the_tower(terms):
    """a + a and 2·a are two terms"""
    a = terms.symbol("a")
    assert terms.sum((a, a)) != terms.product((terms.number(2), a))


@pytest.mark.parametrize(
    ("relation", "expected"),
    [(">", False), (">=", False), ("<", True), ("<=", True), ("==", False), ("!=", True)],
)
def test_a_comparison_of_constants_is_decided_at_once(terms, relation, expected):
    """2 ⋚ 3"""
    assert terms.compare(relation, terms.number(2), terms.number(3)) is expected


def test_a_comparison_with_itself_is_decided_at_once(terms):
    """a ≥ a, not a > a"""
    a = terms.symbol("a")
    assert terms.compare(">=", a, a) is True
    assert terms.compare(">", a, a) is False


def test_less_is_greater_with_the_operands_exchanged(terms):
    """a < b ⇔ b > a,  a ≤ b ⇔ b ≥ a"""
    a, b = terms.symbol("a"), terms.symbol("b")
    assert terms.compare("<", a, b) == terms.compare(">", b, a)
    assert terms.compare("<=", a, b) == terms.compare(">=", b, a)


def test_truth_values_fold_like_logic(terms):
    """¬¬p = p,  p ∧ p = p,  p ∧ q = q ∧ p,  p ∧ false = false,  p ∨ true = true"""
    a, b = terms.symbol("a"), terms.symbol("b")
    p, q = terms.compare(">", a, b), terms.compare("==", a, b)
    assert terms.negation(terms.negation(p)) == p
    assert terms.conjunction(p, p) == p
    assert terms.conjunction(p, q) == terms.conjunction(q, p)
    assert terms.conjunction(p, False) is False
    assert terms.conjunction(True, p) == p
    assert terms.disjunction(p, True) is True
    assert terms.disjunction(False, p) == p


def test_a_decided_choice_is_its_branch(terms):
    """where(true, a, b) = a,  where(p, a, a) = a"""
    a, b = terms.symbol("a"), terms.symbol("b")
    assert terms.where(True, a, b) == a
    assert terms.where(False, a, b) == b
    assert terms.where(terms.compare(">", a, b), a, a) == a


def test_absolute_values_and_extremes_of_constants(terms):
    """|−3| = 3, max(2, 5) = 5, min(2, 5) = 2"""
    two, five = terms.number(2), terms.number(5)
    assert terms.number_at(terms.absolute(terms.number(-3))) == 3
    assert terms.maximum(two, five) == five
    assert terms.minimum(two, five) == two


def test_exp_of_zero_is_one(terms):
    assert terms.exp(terms.zero) == terms.one
    assert terms.nodes[terms.exp(terms.one)] == ("call", "exp", terms.one)


def test_reachable_terms_are_in_computing_order_and_no_others(terms):
    a, b = terms.symbol("a"), terms.symbol("b")
    unread = terms.call("exp", b)
    root = terms.call("tanh", terms.sum((a, terms.number(2))))
    found = reachable(terms, [root])
    assert found == sorted(found)
    assert a in found and root in found
    assert b not in found and unread not in found


# A table that goes through JSON.


def random_table(seed: int) -> Terms:
    """A table with every operation, built at random."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    terms = Terms()
    known = [terms.symbol(name) for name in "abc"] + [terms.number(Fraction(-7, 3))]
    for _ in range(60):
        x, y, z = (rng.choice(known) for _ in range(3))
        truth = terms.conjunction(
            terms.compare(rng.choice((">", ">=", "==")), x, y),
            terms.negation(terms.compare(">", y, z)),
        )
        known += [
            terms.sum((x, y, z)),
            terms.product((x, y)),
            terms.dot([(x, y), (y, z)]),
            terms.power(known[rng.randrange(3)], rng.choice((-2, -1, 2, 3))),
            terms.call(rng.choice(("sigmoid", "tanh", "exp")), x),
            terms.where(truth, x, y),
        ]
    return terms


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_table_comes_back_from_json_node_by_node(seed):
    """adopt(to_plain(table)) = table"""
    table = random_table(seed)
    assert {node[0] for node in table.nodes} >= {"where", "and", "not", "compare", "dot", "power"}
    other = Terms()
    indices = adopt(other, json.loads(json.dumps(to_plain(table))))
    assert indices == list(range(len(table)))
    assert other.nodes == table.nodes


def test_an_adopted_table_shares_what_is_known_already():
    table = Terms()
    table.sum((table.symbol("x"), table.symbol("y")))
    other = Terms()
    y, x = other.symbol("y"), other.symbol("x")
    total = other.sum((x, y))
    assert adopt(other, to_plain(table))[3:] == [x, y, total]


def test_plain_nodes_hold_numbers_as_text():
    terms = Terms()
    terms.call("exp", terms.number(Fraction(-1, 3)))
    assert to_plain(terms) == [
        ["number", "0"],
        ["number", "1"],
        ["number", "-1"],
        ["number", "-1/3"],
        ["call", "exp", 3],
    ]


X = ["symbol", "x"]

NO_SUCH_NODE = {
    "an unknown operation": ["system", 0],
    "an operation that is no text": [7, 0],
    "an empty node": [],
    "a symbol without a name": ["symbol"],
    "a symbol with a number as its name": ["symbol", 3],
    "a number that is no text": ["number", 0.5],
    "a power without an exponent": ["power", 0],
    "a power of a fraction": ["power", 0, 0.5],
    "a call of two arguments": ["call", "exp", 0, 0],
    "a call of no name": ["call", 0, 0],
    "an unknown relation": ["compare", "<", 0],
    "an odd inner product": ["dot", 0, 0, 0],
    "a choice of one branch": ["where", 0, 0],
}


@pytest.mark.parametrize("why", NO_SUCH_NODE)
def test_a_malformed_node_is_refused(why):
    node = NO_SUCH_NODE[why]
    with pytest.raises(ValueError, match=re.escape(f"no such node: {node!r}")):
        adopt(Terms(), [X, node])


OPERANDS_THAT_DO_NOT_STAND_BEFORE = {
    "itself": ["sum", 1, 0],
    "a later node": ["product", 0, 2],
    "a negative index": ["call", "exp", -1],
    "a truth value": ["sum", True, 0],
    "a text": ["sum", "0", 0],
    "a fraction": ["where", 0.0, 0, 0],
    "nothing": ["power", None, 2],
    "a list": ["not", [0]],
}


@pytest.mark.parametrize("what", OPERANDS_THAT_DO_NOT_STAND_BEFORE)
def test_an_operand_that_does_not_stand_before_its_node_is_refused(what):
    node = OPERANDS_THAT_DO_NOT_STAND_BEFORE[what]
    with pytest.raises(ValueError, match="does not stand before its node"):
        adopt(Terms(), [X, node])


def test_a_number_that_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match=r"no such node: .*'half'"):
        adopt(Terms(), [["number", "half"]])


def test_an_undecided_comparison_of_constants_is_refused():
    with pytest.raises(ValueError, match="should have been decided when it was traced"):
        adopt(Terms(), [["number", "1"], ["compare", ">", 0]])


FORGED = {
    "a number without a value": [["number", "1/0"]],
    "an inverse of the constant zero": [["number", "0"], ["power", 0, -1]],
    "a number in another notation than that of a fraction": [["number", "1e99999"]],
    "a truth value as exponent": [X, ["power", 0, True]],
    "a number where a truth value belongs": [X, ["where", 0, 0, 0], ["where", 0, 0, 1]],
    "a negated number": [X, ["not", 0]],
    "a conjunction of numbers": [X, ["symbol", "y"], ["and", 0, 1]],
    "a truth value where a number belongs": [X, ["compare", ">", 0], ["sum", 0, 1]],
    "a truth value as a branch": [X, ["compare", ">", 0], ["where", 1, 0, 1]],
    "a call of a truth value": [X, ["compare", ">", 0], ["call", "exp", 1]],
    "a power of a truth value": [X, ["compare", ">", 0], ["power", 1, 2]],
    "an inner product of truth values": [X, ["compare", ">", 0], ["dot", 0, 1, 0, 1]],
    "a comparison of a truth value": [X, ["compare", ">", 0], ["compare", "==", 1]],
    "a symbol of the prover's own": [["symbol", "cut[0]"]],
    "a number longer than Python reads": [["number", "1" * 4301]],
    "a number in other digits": [["number", "٣"]],
    "a power that never ends": [["number", "9"], ["power", 0, 9**99]],
    "a sum of constants": [["number", "2"], ["sum", 0, 0]],
    "a node that is no list": [7],
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_node_is_refused(what):
    with pytest.raises(ValueError, match=r"\S"):
        adopt(Terms(), FORGED[what])


def test_choice_that_is_decided_by_what_is_put_in_is_made(terms):
    """relu(x) where x is put to 0, to −2 and to 3"""
    x = terms.symbol("x")
    relu = terms.maximum(x, terms.zero)
    within = reachable(terms, [relu])
    for value, expected in ((0, 0), (-2, 0), (3, 3)):
        put = substitute(terms, relu, {x: terms.number(value)}, within)
        assert terms.number_at(put) == expected


def test_transplanted_terms_are_the_same_in_another_table(terms):
    x, y = terms.symbol("x"), terms.symbol("y")
    choice = terms.where(terms.conjunction(terms.compare(">", x, y), True), terms.exp(x), y)
    root = terms.sum((terms.dot([(x, y), (y, y)]), terms.power(choice, -2)))
    other = Terms()
    other.symbol("first")
    copied = transplant(terms, [root], other)
    assert transplant(other, [copied[root]], terms)[copied[root]] == root


def test_what_has_no_value_in_another_table_is_left_out(terms):
    x = terms.symbol("x")
    inverse = terms.power(x, -1)
    copied = transplant(terms, [terms.sum((inverse, x))], Zeros(), (ZeroDivisionError,))
    assert set(copied) == {x}


class Zeros(Terms):
    """Every symbol is 0."""

    def symbol(self, name):
        return self.zero


def test_an_answer_about_what_is_below_stays_right_as_the_table_grows(terms):
    """What is below a term never changes; only the last few answers are kept."""
    x, y = terms.symbol("x"), terms.symbol("y")
    roots = [terms.product((x, y))]
    assert terms.below(roots) == [x, y, *roots]
    further = [terms.sum((roots[0], terms.symbol(f"z{n}"))) for n in range(8)]
    for each in further:
        assert terms.below([each]) == reachable(terms, [each])
    assert terms.below(roots) == [x, y, *roots]
    assert terms.below(iter(further)) == reachable(terms, further)


@pytest.mark.parametrize("operation", ["sum", "product", "dot"])
@pytest.mark.parametrize("operand", [True, 1.0, -1, 9, "0", None, 3])
def test_an_operand_that_is_no_earlier_number_is_refused(operation, operand):
    """Operands are looked at together: one bad one among good ones is seen. 3 is a truth value."""
    table = [X, ["symbol", "y"], ["product", 0, 1], ["compare", ">", 0]]
    assert len(adopt(Terms(), [*table, [operation, 0, 1, 2, 1]])) == 5
    with pytest.raises(ValueError, match="operand"):
        adopt(Terms(), [*table, [operation, 0, 1, 2, operand]])
