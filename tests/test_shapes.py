"""Dimensions are solved by unification, and a contradiction names both places."""

from itertools import pairwise

import pytest
from sympy import Symbol

from symlstm.messages import NotationError, Span
from symlstm.notation.reading import read_text
from symlstm.shapes import ONE, Dimension, Unifier, contradiction, describe, named, symbolic

HERE, THERE = Span("cell.tex", 1, 5, 2, "h_t = x_t"), Span("cell.tex", 2, 1, 3, "x_t")
D, H, K = named("D"), named("H"), named("K")


@pytest.fixture
def unifier() -> Unifier:
    return Unifier()


def constant(size: int) -> Dimension:
    return Dimension(constant=size)


# Dimensions.


def test_dimensions_add_by_their_sizes():
    """(H + D + 1) + (H + 2) = 2H + D + 3, in any order"""
    total = H.plus(D).plus(ONE).plus(H.plus(constant(2)))
    assert total == Dimension((("D", 1), ("H", 2)), 3)
    assert str(total) == "2H+D+3"


def test_what_cancels_is_gone():
    """(H + D) − D = H,  D − D = 0"""
    assert H.plus(D).plus(D, -1) == H
    assert str(D.plus(D, -1)) == "0"


def test_a_shape_is_described_as_rows_times_columns():
    assert describe((H.plus(D), ONE)) == "H+D×1"


def test_a_dimension_becomes_an_expression_of_sympy():
    symbols = {name: Symbol(name, integer=True, positive=True) for name in "DH"}
    expected = 2 * symbols["H"] + symbols["D"] + 3
    assert symbolic(H.plus(H).plus(D).plus(constant(3)), symbols) == expected


# Unification.


def test_an_unknown_takes_the_size_that_it_equals(unifier):
    a = unifier.unknown()
    assert unifier.unify(a, H)
    assert unifier.resolve(a) == H


def test_unknowns_are_solved_through_each_other(unifier):
    """?1 = ?2, ?2 = ?3, ?3 = H"""
    a, b, c = (unifier.unknown() for _ in range(3))
    assert unifier.unify(a, b) and unifier.unify(b, c) and unifier.unify(c, H)
    assert [unifier.resolve(x) for x in (a, b, c)] == [H, H, H]


@pytest.mark.parametrize("first", ["sum", "part"])
def test_sums_of_sizes_are_solved_in_either_order(unifier, first):
    """?1 = ?2 + D and ?2 = H  ⇒  ?1 = D + H"""
    a, b = unifier.unknown(), unifier.unknown()
    steps = [(a, b.plus(D)), (b, H)]
    for left, right in steps if first == "sum" else steps[::-1]:
        assert unifier.unify(left, right)
    assert unifier.resolve(a) == H.plus(D)


def test_a_long_chain_is_followed_once(unifier):
    """?n = ?n+1 + 0, told from the far end: no recursion, and no step is taken twice"""
    sizes = [unifier.unknown() for _ in range(20_000)]
    for later, earlier in zip(sizes[:0:-1], sizes[-2::-1], strict=True):
        assert unifier.unify(later, earlier)
    assert unifier.unify(sizes[0], H)
    assert all(unifier.resolve(size) == H for size in reversed(sizes))


def test_sums_of_sums_are_followed_once(unifier):
    """?n+1 = 2 ?n: the size doubles with every step"""
    sizes = [unifier.unknown() for _ in range(60)]
    for size, half in pairwise(reversed(sizes)):
        assert unifier.unify(size, half.plus(half))
    assert unifier.unify(sizes[0], H)
    assert unifier.resolve(sizes[-1]) == Dimension((("H", 2**59),))


def test_a_part_of_a_sum_is_solved(unifier):
    """?1 + D = H + D  ⇒  ?1 = H"""
    a = unifier.unknown()
    assert unifier.unify(a.plus(D), H.plus(D))
    assert unifier.resolve(a) == H


def test_named_sizes_are_kept_and_unknowns_solved(unifier):
    """?1 + ?2 = H + D leaves one unknown; the older keeps its name"""
    a, b = unifier.unknown(), unifier.unknown()
    assert unifier.unify(a.plus(b), H.plus(D)) is False  # ?2 = D + H − ?1 may be below 1
    assert unifier.unify(a, b)
    assert unifier.resolve(b) == a


@pytest.mark.parametrize(
    ("a", "b"),
    [(H, D), (constant(2), constant(3)), (H, H.plus(ONE)), (H.plus(D), H), (H, constant(1))],
    ids=["H=D", "2=3", "H=H+1", "H+D=H", "H=1"],
)
def test_named_sizes_that_differ_contradict_each_other(unifier, a, b):
    assert not unifier.unify(a, b)
    assert not unifier.unify(b, a)


@pytest.mark.parametrize("size", [D.plus(ONE), H, constant(3)], ids=str)
def test_an_equality_that_holds_is_required_again_without_harm(unifier, size):
    a = unifier.unknown()
    assert unifier.unify(a, size)
    assert unifier.unify(a, size)
    assert unifier.unify(size, a)


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, 1), (3, 2)],
    ids=["? + 1 = 1", "? + 3 = 2"],
)
def test_a_size_is_at_least_one(unifier, left, right):
    a = unifier.unknown()
    assert not unifier.unify(a.plus(constant(left)), constant(right))
    assert unifier.resolve(a) == a


def test_a_size_is_no_negative_multiple(unifier):
    """? + D = H has no solution for all D and H"""
    assert not unifier.unify(unifier.unknown().plus(D), H)


def test_a_size_that_contains_itself_is_refused(unifier):
    """? = ? + 1"""
    a = unifier.unknown()
    assert not unifier.unify(a, a.plus(ONE))


# Messages.


def test_both_places_are_named():
    with pytest.raises(NotationError, match="S210") as caught:
        raise contradiction("x_t is D×1, but h_t is H×1", HERE, THERE, ("why",), "help")
    assert caught.value.message.spans == (HERE, THERE)


@pytest.mark.parametrize("there", [None, HERE])
def test_one_place_is_named_once(there):
    assert contradiction("", HERE, there, ()).message.spans == (HERE,)


# On equations.


def shapes(text: str) -> dict[str, tuple[str, str]]:
    return {q.name: tuple(map(str, q.shape)) for q in read_text(text).quantities}


def test_shapes_follow_from_those_of_inputs_and_states():
    found = shapes(
        r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ s_t \in \mathbb{R}^{K} \\"
        r"s_t = \tanh(W [h_{t-1}, x_t] + b) \\ h_t = V [s_t, x_t, s_t] + C^\top h_{t-1}"
    )
    assert found["W"] == ("K", "D + H")
    assert found["V"] == ("H", "D + 2*K")
    assert found["b"] == ("K", "1")
    assert found["C"] == ("H", "H")


def test_shapes_without_declarations_get_letters():
    assert shapes(r"h_t = \tanh(W x_t + U h_{t-1} + b)") == {
        "h": ("H", "1"),
        "W": ("H", "D"),
        "x": ("D", "1"),
        "U": ("H", "H"),
        "b": ("H", "1"),
    }


def test_inputs_get_a_letter_first_then_states():
    found = shapes(r"y_t = V h_t \\ h_t = \tanh(W x_t + U h_{t-1}) \\ z_t = E u_t")
    letters = {name: found[name][0] for name in "xuhyz"}
    assert letters == {"x": "D", "u": "H", "h": "K", "y": "M", "z": "N"}


def test_a_free_letter_is_never_one_that_was_declared():
    found = shapes(r"x_t \in \mathbb{R}^{H} \\ h_t = W x_t + h_{t-1}")
    assert (found["x"], found["W"]) == (("H", "1"), ("D", "H"))


def test_sizes_may_be_numbers():
    found = shapes(
        r"x_t \in \mathbb{R}^{3} \\ h_t \in \mathbb{R}^{1} \\ h_t = w^\top x_t + h_{t-1}"
    )
    assert (found["x"], found["w"], found["h"]) == (("3", "1"), ("3", "1"), ("1", "1"))


def test_a_matrix_may_be_a_state():
    found = shapes(
        r"x_t \in \mathbb{R}^{D} \\ C_t \in \mathbb{R}^{H \times K} \\"
        r"v_t = V x_t \\ k_t = U x_t \\"
        r"C_t = C_{t-1} + v_t k_t^\top \\ h_t = C_t k_t"
    )
    assert (found["C"], found["v"], found["k"], found["h"]) == (
        ("H", "K"),
        ("H", "1"),
        ("K", "1"),
        ("H", "1"),
    )


def test_a_scalar_that_is_told_late_may_stand_before_a_matrix():
    """y reads s of the step before, and only the next equation says that s is a scalar"""
    found = shapes(
        r"x_t \in \mathbb{R}^{D} \\ w \in \mathbb{R}^{D} \\"
        r"y_t = s_{t-1} V x_t \\ s_t = w^\top x_t"
    )
    assert (found["s"], found["V"]) == (("1", "1"), ("H", "D"))


def test_a_column_times_a_transposed_small_letter_is_an_outer_product():
    found = shapes(r"x_t \in \mathbb{R}^{D} \\ C_t = C_{t-1} + x_t k^\top")
    assert (found["C"], found["k"]) == (("D", "H"), ("H", "1"))


DECLARED = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ "
LN = (
    r"h_t = \operatorname{LN}(W x_t + U h_{t-1}) \\"
    r"\operatorname{LN}(z) = z - \mu, \mu = \frac{1}{D} \sum_{i=1}^{D} z_i"
)


def test_what_is_averaged_is_no_scalar():
    """μ = 1/D Σ z_i is spread over z, though nothing else tells that z is a vector"""
    assert shapes(LN)["h"] == ("H", "1")


def test_a_declared_size_above_a_sum_is_that_size():
    with pytest.raises(NotationError, match=r"S214.*goes to D, but what is summed has H entries"):
        shapes(DECLARED + LN)
    assert shapes(DECLARED.replace("D", "K") + LN)["h"] == ("H", "1")


def test_the_size_of_a_sum_tells_the_size_of_what_is_summed():
    found = shapes(r"u_t \in \mathbb{R}^{K} \\ h_t = V u_t + \sum_{i=1}^{K} y_{i,t} \\ y_t = Y u_t")
    assert found["y"] == ("K", "1")


def test_a_size_may_have_a_label():
    assert shapes(r"x_t \in \mathbb{R}^{d_x} \\ h_t = W x_t + U h_{t-1}")["W"] == ("D", "d_x")


def test_sympy_would_accept_what_is_refused_here():
    """H×1 + D×1 raises here, with both places, before any matrix exists"""
    with pytest.raises(NotationError, match=r"x_t is D×1, but h_\{t-1\} is H×1") as caught:
        shapes("x_t \\in \\mathbb{R}^{D} \\\\\nh_t \\in \\mathbb{R}^{H} \\\\\nh_t = x_t + h_{t-1}")
    assert [span.line for span in caught.value.message.spans] == [3, 1]


def contradiction_of(equation: str) -> str:
    with pytest.raises(NotationError, match="S210") as caught:
        read_text(DECLARED + equation)
    return caught.value.message.text


@pytest.mark.parametrize(
    ("equation", "text"),
    [
        (r"h_t = W x_t + h_{t-1} h_{t-1}", "cannot multiply h_{t-1} (H×1) and h_{t-1} (H×1)"),
        (r"h_t = h_{t-1}^\top x_t", r"cannot multiply h_{t-1}^\top (1×H) and x_t (D×1)"),
        (r"h_t = W x_t + x_t + h_{t-1}", "W x_t is D×1, but h_{t-1} is H×1"),
    ],
)
def test_contradictions_say_the_shapes_of_both(equation, text):
    assert contradiction_of(equation) == text


@pytest.mark.parametrize(
    ("equation", "text"),
    [
        (r"h_t = \sigma(x_t) \odot h_{t-1}", r"\sigma(x_t) is D×1, but h_{t-1} is H×1"),
        (r"h_t = [x_t, x_t] + h_{t-1}", "[x_t, x_t] is 2D×1, but h_{t-1} is H×1"),
        (r"h_t = (W + U) x_t + x_t + h_{t-1}", "(W + U) x_t is D×1, but h_{t-1} is H×1"),
    ],
)
def test_contradictions_quote_whole_expressions(equation, text):
    assert contradiction_of(equation) == text


def test_a_unifier_that_agrees_to_everything_is_noticed(monkeypatch):
    text = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ h_t = x_t + h_{t-1}"
    with pytest.raises(NotationError, match="S210"):
        read_text(text)
    monkeypatch.setattr(Unifier, "unify", lambda self, a, b: True)
    assert {str(q.shape) for q in read_text(text).quantities} != {"(D, 1)", "(H, 1)"}


def test_a_sum_of_sizes_keeps_the_order_of_the_stack():
    """W [h, x] has H+D columns, V [x, h] has D+H."""
    cell = read_text(
        r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\"
        r"h_t = \tanh(W [h_{t-1}, x_t] + V [x_t, h_{t-1}])"
    )
    assert [cell.quantity(name).sizes for name in "WV"] == [("H", "H+D"), ("H", "D+H")]
    assert cell.quantity("W").array_sizes == ("H", "H + D")
    assert cell.quantity("W").shape == cell.quantity("V").shape


HEIGHT, WIDTH = (Symbol(letter, integer=True, positive=True) for letter in "HD")

COLUMNS_BESIDE_SCALARS = {
    "the mean of an input": r"h_t = W x_t + U h_{t-1} - \operatorname{mean}(x_t)",
    "a norm": r"h_t = W x_t + \|x_t\|",
    "a norm of two bars each": r"h_t = W x_t / (1 + ||x_t||)",
    "a declared scalar": r"b \in \mathbb{R} \\ h_t = \tanh(W x_t + U h_{t-1} + b)",
}


@pytest.mark.parametrize("what", COLUMNS_BESIDE_SCALARS)
def test_a_scalar_that_is_added_makes_no_scalar_of_a_column(what):
    cell = read_text(r"x_t \in \mathbb{R}^{D} \\ " + COLUMNS_BESIDE_SCALARS[what])
    assert cell.quantity("h").shape == (HEIGHT, 1)
    assert cell.quantity("W").shape == (HEIGHT, WIDTH)


def test_signals_of_an_inner_product_are_vectors():
    """q_tᵀ k_t, where only the sum with W x_t could tell another width of q_t."""
    cell = read_text(r"h_t = W x_t + q_t^\top k_t")
    shapes = {name: cell.quantity(name).shape for name in ("h", "q", "k")}
    assert all(columns == 1 for _, columns in shapes.values())
    assert shapes["q"] == shapes["k"] != shapes["h"]


def test_a_matrix_that_an_outer_product_makes_stays_one_where_it_is_transposed():
    cell = read_text(r"C_t = f \odot C_{t-1} + v_t k_t^\top \\ y_t = C_t^\top q_t")
    assert cell.quantity("C").shape == (cell.quantity("v").shape[0], cell.quantity("k").shape[0])
    assert cell.quantity("q").shape == (cell.quantity("v").shape[0], 1)


def test_what_is_defined_by_scalars_alone_is_one():
    """The stabiliser of an sLSTM: m_t reads itself and scalars."""
    cell = read_text(
        r"x_t, w, v \in \mathbb{R}^{D} \\ i_t = w^\top x_t \\ f_t = v^\top x_t \\ "
        r"m_t = \max(f_t + m_{t-1}, i_t) \\ h_t = \exp(i_t - m_t) h_{t-1} + x_t"
    )
    assert cell.quantity("m").shape == (1, 1)
    assert cell.quantity("h").shape == (WIDTH, 1)


BLOCKS = {
    "nothing declared": (
        r"h_t = \tanh(\begin{bmatrix} W & U \end{bmatrix} \begin{bmatrix} x_t \\ h_{t-1} "
        r"\end{bmatrix} + b)",
        {"W": "H×D", "U": "H×H", "b": "H×1"},
    ),
    "in the other order": (
        r"h_t = \tanh(\begin{bmatrix} U & W \end{bmatrix} [h_{t-1}; x_t])",
        {"W": "H×D", "U": "H×H"},
    ),
    "three blocks": (
        r"y_t \in \mathbb{R}^{K} \\ x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\"
        r"h_t = \tanh(\begin{bmatrix} W & U & V \end{bmatrix} [x_t; h_{t-1}; y_t])",
        {"W": "H×D", "U": "H×H", "V": "H×K"},
    ),
    "told by another equation": (
        r"h_t = \tanh(\begin{bmatrix} U & W \end{bmatrix} [h_{t-1}; x_t]) \\ y_t = W x_t",
        {"W": "H×D", "U": "H×H", "y": "H×1"},
    ),
}


@pytest.mark.parametrize("what", BLOCKS)
def test_blocks_side_by_side_are_as_wide_as_what_they_meet_is_high(what):
    """[W U] [x; h] = W x + U h."""
    text, shapes = BLOCKS[what]
    cell = read_text(text)
    found = {name: "{}×{}".format(*cell.quantity(name).sizes) for name in shapes}
    assert found == shapes
    assert read_text(cell.to_latex()) == cell


def test_blocks_give_what_the_sum_of_their_products_gives():
    blocks = read_text(BLOCKS["nothing declared"][0])
    summed = read_text(r"h_t = \tanh(W x_t + U h_{t-1} + b)")
    assert {q.name: q.shape for q in blocks.quantities} == {
        q.name: q.shape for q in summed.quantities
    }
