"""equal: the correspondences that are found, each one proved."""

import pytest
from equations_of_cells import (
    GATED,
    H_AND_C,
    LSTM,
    PLAIN,
    SEED,
    SIZES,
    cell,
    compared,
    correspondence,
)

from symlstm import cells, equal

PLAIN_CELL = cell(PLAIN, "plain")


def same_as_plain(equations):
    report = compared(PLAIN_CELL, cell(equations))
    assert report.verdict == "proved", report.to_text()
    return correspondence(report)


# Conventions


def test_z_against_one_minus_z_negates_the_gate():
    """σ(−a) = 1 − σ(a)"""
    other = GATED.replace(r"z_t \odot h_{t-1} + (1 - z_t) \odot g_t",
                          r"(1 - z_t) \odot h_{t-1} + z_t \odot g_t")  # fmt: skip
    report = compared(cell(GATED, "one"), cell(other))
    assert report.verdict == "proved"
    found = correspondence(report)
    assert (found["W"], found["U"], found["b"]) == (["-W"], ["-U"], ["-b"])
    assert (found["V"], found["R"], found["a"]) == (["V"], ["R"], ["a"])


def test_the_two_conventions_of_the_gru():
    """Cho: h = z ∘ h' + (1 − z) ∘ h̃; Chung: h = (1 − z) ∘ h' + z ∘ h̃"""
    report = equal(cells["gru"], cells["gru-chung"], seed=SEED)
    assert report.verdict == "proved" and report.specialisation is None
    renamed = {c.name: list(c.parts) for c in report.correspondence if not c.is_own_name}
    assert renamed == {"W_xz": ["-W_xz"], "W_hz": ["-W_hz"], "b_z": ["-b_z"]}
    assert len(report.sizes) == 2


def test_a_gate_written_as_a_quotient():
    """1/(1 + exp(−a)) = σ(a)"""
    other = GATED.replace(r"z_t = \sigma(W x_t + U h_{t-1} + b)",
                          r"z_t = \frac{1}{1 + \exp(-(W x_t + U h_{t-1} + b))}")  # fmt: skip
    assert compared(cell(GATED, "one"), cell(other)).verdict == "proved"


def test_odd_function_with_the_other_sign():
    """tanh(−a) = −tanh(a)"""
    other = GATED.replace(r"(1 - z_t) \odot g_t", r"(z_t - 1) \odot g_t")
    found = correspondence(compared(cell(GATED, "one"), cell(other)))
    assert (found["V"], found["R"], found["a"]) == (["-V"], ["-R"], ["-a"])


# Parameters


def test_transposed_parameter():
    """Vᵀ x = W x with V = Wᵀ"""
    found = same_as_plain(r"h_t = \tanh(V^\top x_t + U h_{t-1} + b)")
    assert found == {"V": ["W^T"], "U": ["U"], "b": ["b"]}


def test_two_biases_fold_into_one():
    """b + a is one bias: each cell is a case of the other"""
    other = cell(r"h_t = \tanh(W x_t + U h_{t-1} + b + a)")
    for first, second in ((PLAIN_CELL, other), (other, PLAIN_CELL)):
        report = compared(first, second)
        assert report.verdict == "proved" and report.specialisation is None
        assert correspondence(report)["b"] == ["b + a"]


def test_constant_is_absorbed():
    """σ(W x + U h + b + 1) with b + 1 for b"""
    found = same_as_plain(r"h_t = \tanh(W x_t + U h_{t-1} + b + 1)")
    assert found == {"W": ["W"], "U": ["U"], "b": ["b - 1"]}


def test_forget_bias_is_absorbed():
    report = equal(cells["lstm-forget-bias"], cells["lstm"], seed=SEED)
    assert report.verdict == "proved"
    assert correspondence(report)["b_f"] == ["b_f + 1"]


def test_factor_is_absorbed():
    """tanh(2 W x + …) is tanh(W x + …) with W for 2 W"""
    assert same_as_plain(r"h_t = \tanh(2 W x_t + U h_{t-1} + b)")["W"] == ["1/2 W"]


RECTIFIED = r"h_t = \max(W x_t + U h_{t-1}, 0)"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (r"h_t = 2 \max(W x_t + U h_{t-1}, 0)", {"W": ["1/2 W"], "U": ["1/2 U"]}),
        (r"h_t = \max(2 W x_t + U h_{t-1}, 0)", {"W": ["1/2 W"], "U": ["U"]}),
        (r"h_t = \frac{1}{3} \max(W x_t + 2 U h_{t-1}, 0)", {"W": ["3 W"], "U": ["3/2 U"]}),
        (r"h_t = \frac12 (W x_t + U h_{t-1} + |W x_t + U h_{t-1}|)", {"W": ["W"], "U": ["U"]}),
    ],
)
def test_scale_of_a_relu(second, expected):
    """c relu(a) = relu(c a) for c > 0"""
    for first, other in ((RECTIFIED, second), (second, RECTIFIED)):
        report = compared(cell(first, "one"), cell(other, "two"))
        assert report.verdict == "proved", report.to_text()
    assert correspondence(compared(cell(RECTIFIED), cell(second))) == expected


def test_scale_of_an_absolute_value():
    """3 |a| = |3 a|, and |−a| = |a|"""
    report = compared(cell(r"h_t = 3 |W x_t - h_{t-1}|"), cell(r"h_t = |3 h_{t-1} - W x_t|"))
    assert report.verdict == "proved"
    assert correspondence(report)["W"] == ["3 W"]


def test_scale_of_a_relu_that_is_made_good_outside():
    """V relu(2 x + U h) = 2 V relu(x + ½ U h)"""
    square = r"x_t, h_t \in \mathbb{R}^{D} \\ "
    one = cell(r"h_t = \tanh(V \max(x_t + U h_{t-1}, 0) + W x_t)", declared=square)
    two = cell(r"h_t = \tanh(V \max(2 x_t + U h_{t-1}, 0) + W x_t)", declared=square)
    report = equal(one, two, seed=SEED)
    assert report.verdict == "proved", report.to_text()
    assert correspondence(report) == {"V": ["1/2 V"], "U": ["2 U"], "W": ["W"]}


def test_no_scale_turns_the_sign_of_a_relu():
    """−relu(a) is never positive: no correspondence, and with other scales in play no `differs`"""
    report = compared(cell(RECTIFIED), cell(r"h_t = -\max(W x_t + U h_{t-1}, 0)"))
    assert report.verdict == "differs"
    report = compared(cell(RECTIFIED), cell(r"h_t = -2 \max(W x_t + U h_{t-1}, 0)"))
    assert report.verdict == "undecided"
    assert "further scales of relu" in report.unsearched


@pytest.mark.parametrize(
    ("first", "second", "scale"),
    [
        (r"h_t = \sigma({a})", r"h_t = \frac12 (1 + \tanh({a}))", "1/2 "),
        (r"h_t = \tanh({a})", r"h_t = 2 \sigma({a}) - 1", "2 "),
        (r"h_t = \tanh({a})", r"h_t = 2 \sigma(2 ({a})) - 1", ""),
        (r"h_t = \tanh({a})", r"h_t = 1 - 2 \sigma({a})", "-2 "),
        (r"h_t = \sigma({a}) \odot h_{t-1}", r"h_t = \frac{h_{t-1} + \tanh({a}) \odot h_{t-1}}{2}",
         "1/2 "),
    ],
)  # fmt: skip
def test_scale_between_sigma_and_tanh(first, second, scale):
    """σ(a) = ½ (1 + tanh(½ a)), tanh(a) = 2σ(2a) − 1"""
    one = cell(first.replace("{a}", "W x_t + U h_{t-1} + b"), "one")
    other = cell(second.replace("{a}", "V x_t + R h_{t-1} + a"))
    report = compared(one, other)
    assert report.verdict == "proved", report.to_text()
    expected = {"V": [f"{scale}W"], "R": [f"{scale}U"], "a": [f"{scale}b"]}
    assert correspondence(report) == expected


def test_scale_of_one_gate_of_several():
    """only the gate that is written by tanh has another scale"""
    by_tanh = GATED.replace(r"\sigma(W x_t + U h_{t-1} + b)",
                            r"\frac12 + \frac12 \tanh(W x_t + U h_{t-1} + b)")  # fmt: skip
    found = correspondence(compared(cell(GATED, "one"), cell(by_tanh)))
    assert (found["W"], found["V"]) == (["1/2 W"], ["V"])


@pytest.mark.parametrize(
    "equations",
    [
        r"[i_t; f_t; g_t; o_t] = W x_t + U h_{t-1} + b \\",
        r"[f_t; o_t; i_t; g_t] = U h_{t-1} + b + W x_t \\",
    ],
)
def test_packed_gates_in_any_order(equations):
    """W = [W_i; W_f; W_c; W_o], a matrix of 4H rows, cut into gates"""
    packed = cell(
        equations + r"c_t = \sigma(f_t) \odot c_{t-1} + \sigma(i_t) \odot \tanh(g_t) \\"
        r"h_t = \sigma(o_t) \odot \tanh(c_t)", "packed", H_AND_C
    )  # fmt: skip
    report = compared(cells["lstm"], packed)
    assert report.verdict == "proved"
    order = [{"g": "c"}.get(gate, gate) for gate in equations[1:20:5]]
    assert correspondence(report) == {
        "W": [f"W_x{gate}" for gate in order],
        "U": [f"W_h{gate}" for gate in order],
        "b": [f"b_{gate}" for gate in order],
    }
    assert "W = [W_x" in report.to_text() and "; " in report.to_text()


def test_packed_against_packed():
    """Rows of gates on one side, columns of [h, x] on the other: blocks of blocks."""
    packed = cell(
        r"[i_t; f_t; g_t; o_t] = W x_t + U h_{t-1} + b \\"
        r"c_t = \sigma(f_t) \odot c_{t-1} + \sigma(i_t) \odot \tanh(g_t) \\"
        r"h_t = \sigma(o_t) \odot \tanh(c_t)", "packed", H_AND_C
    )  # fmt: skip
    report = compared(cells["lstm-concat"], packed)
    assert report.verdict == "proved"
    assert correspondence(report)["W"][0] == "W_i[:, H:H+D]"
    where = [c.where for c in report.correspondence]
    assert compared(cells["lstm-concat"], packed, *where).verdict == "proved"


# Signals


def test_signals_of_other_names_are_matched_by_structure():
    """Greff's z, y, W_z, R_z, p_i are Graves' g, h, W_xc, W_hc, w_ci"""
    report = equal(cells["lstm-vanilla"], cells["lstm-peephole"], seed=SEED)
    assert report.verdict == "proved"
    assert dict(report.signals) == {"x": "x", "h": "y", "c": "c"}
    found = correspondence(report)
    assert (found["W_xc"], found["W_hc"], found["w_ci"]) == (["W_z"], ["R_z"], ["p_i"])
    assert equal(cells["lstm-np"], cells["lstm"], seed=SEED).verdict == "proved"


def test_exchanged_names_do_not_mislead():
    """h is called c and c is called h, the gates i and f are called f and i"""
    other = LSTM
    for old, new in (("h_", "?_"), ("c_", "h_"), ("?_", "c_"), ("i_t", "?_t"), ("f_t", "i_t"),
                     ("?_t", "f_t")):  # fmt: skip
        other = other.replace(old, new)
    report = compared(cells["lstm"], cell(other, "exchanged", H_AND_C))
    assert report.verdict == "proved"
    assert dict(report.signals) == {"x": "x", "c": "h", "h": "c"}


def test_sizes_of_other_names():
    other = cell(PLAIN.replace("h_", "s_").replace("x_", "u_"), "renamed",
                 r"u_t \in \mathbb{R}^{M} \\ s_t \in \mathbb{R}^{N} \\ ")  # fmt: skip
    report = compared(PLAIN_CELL, other)
    assert report.verdict == "proved" and dict(report.signals) == {"u": "x", "s": "h"}


def test_names_of_intermediates_play_no_part():
    other = cell(r"a_t = W x_t + U h_{t-1} \\ q_t = a_t + b \\ h_t = \tanh(q_t)")
    assert compared(PLAIN_CELL, other).verdict == "proved"


# A stabilised cell

SLSTM = r"""p_t = W_i x_t + R_i h_{t-1} + b_i \\ q_t = W_f x_t + R_f h_{t-1} + b_f \\
    z_t = \tanh(W_z x_t + R_z h_{t-1} + b_z) \\ """
STATES = r"x_t \in \mathbb{R}^{D} \\ h_t, c_t, n_t \in \mathbb{R}^{H} \\ "
PLAIN_SLSTM = (
    SLSTM
    + r"""c_t = \exp(q_t) \odot c_{t-1} + \exp(p_t) \odot z_t \\
    n_t = \exp(q_t) \odot n_{t-1} + \exp(p_t) \\ h_t = \frac{c_t}{n_t}"""
)
STABILISED = (
    SLSTM
    + r"""m_t = p_t + \operatorname{ReLU}(q_t + m_{t-1} - p_t) \\
    f_t = \exp(q_t + m_{t-1} - m_t) \\ i_t = \exp(p_t - m_t) \\
    c_t = f_t \odot c_{t-1} + i_t \odot z_t \\ n_t = f_t \odot n_{t-1} + i_t \\
    h_t = \frac{c_t}{n_t}"""
)


@pytest.mark.parametrize("renamed", [False, True])
def test_stabilised_cell_has_the_same_h_over_time(renamed):
    """exp(q + m' − m) c' + exp(p − m) z over the same of n is c/n, from m_0 = 0"""
    text = STABILISED
    if renamed:
        text = text.replace("W_i", "?").replace("W_f", "W_i").replace("?", "W_f")
        text = text.replace("R_", "V_").replace("b_", "a_")
    first, second = cell(PLAIN_SLSTM, "plain", STATES), cell(text, "stabilised", STATES)
    report = compared(first, second)
    assert report.verdict == "proved", report.to_text()
    assert report.compared == ("h",)
    assert report.assumed == ("m_0 = 0 in stabilised",)
    assert set(report.not_compared) == {"c of plain", "n of plain", "c of stabilised",
                                        "n of stabilised", "m of stabilised"}  # fmt: skip
    assert report.conditions == ("n_t ≠ 0",)
    text = report.to_text()
    assert "compared: h over time" in text and "assumed: m_0 = 0 in stabilised" in text


@pytest.mark.parametrize(
    ("equations", "condition"),
    [
        (r"a_t = \exp({W} x_t) + {U} h_{t-1} \\ h_t = \log(a_t)", "a_t > 0"),
        (r"h_t = \frac{h_{t-1}}{1 + {W} x_t + {U} h_{t-1}}", "1 + W x_t + U h_{t-1} ≠ 0"),
        (r"a_t = {W} x_t + {U} h_{t-1} \\ h_t = \frac{h_{t-1}}{a_t}", "a_t ≠ 0"),
    ],
)
def test_conditions_have_the_names_of_the_first_cell(equations, condition):
    """1/u needs u ≠ 0, log u needs u > 0; one condition, at whatever step and entry"""
    other = equations.replace("{W}", "V").replace("{U}", "R").replace("a_t", "q_t")
    first = equations.replace("{W}", "W").replace("{U}", "U")
    report = compared(cell(first, "one"), cell(other))
    assert (report.verdict, report.conditions) == ("proved", (condition,))


def test_wrong_stabiliser_is_not_equal():
    """i = exp(p − m') in the place of exp(p − m)"""
    wrong = STABILISED.replace(r"\exp(p_t - m_t)", r"\exp(p_t - m_{t-1})")
    first, second = cell(PLAIN_SLSTM, "plain", STATES), cell(wrong, "wrong", STATES)
    report = compared(first, second)
    assert (report.verdict, report.exit_status) == ("undecided", 3), report.to_text()
    assert "m_t: wrong carries the state m_t, plain has no state for it" in report.to_text()


def test_slstm_with_and_without_its_stabiliser():
    report = equal(cells["slstm"], cells["slstm-stabilised"], sizes=SIZES, seed=SEED)
    assert report.verdict == "proved" and report.compared == ("h",)


# One cell as a case of the other

CASES = [
    ("lstm-coupled", "lstm", {"W_xf": ["-W_xi"], "W_hf": ["-W_hi"], "b_f": ["-b_i"]}),
    ("lstm-cifg", "lstm-vanilla",
     {"W_f": ["-W_i"], "R_f": ["-R_i"], "p_f": ["-p_i"], "b_f": ["-b_i"]}),
    ("lstm", "lstm-peephole", {"w_ci": ["0"], "w_cf": ["0"], "w_co": ["0"]}),
    ("lstm-peephole", "lstm-projection", {"W_rm": ["I"]}),
    ("lstm-nog", "lstm-projection",
     {"W_ox": ["0"], "W_or": ["0"], "w_oc": ["0"], "b_o": ["0"], "W_rm": ["2 I"]}),
]  # fmt: skip


@pytest.mark.parametrize(("special", "general", "where"), CASES)
def test_case_of_a_larger_cell(special, general, where):
    """Coupled gates are an LSTM with i = 1 − f; no peepholes are peepholes of 0."""
    for first, second in ((special, general), (general, special)):
        report = equal(cells[first], cells[second], seed=SEED)
        found = report.specialisation
        assert (report.verdict, report.exit_status) == ("differs", 1)
        assert found is not None and (found.special, found.general) == (special, general)
        assert found.to_json()["where"] == where
        assert report.to_json()["specialisation"] == found.to_json()
        assert f"{special} is a case of {general}, not the reverse" in report.to_text()
        assert report.findings[0].counterexample is not None


@pytest.mark.parametrize(("special", "general", "where"), CASES)
def test_case_that_is_put_in_is_equal(special, general, where):
    told = [f"{name} = {parts[0]}" for name, parts in where.items()]
    report = equal(cells[special], cells[general], told, seed=SEED)
    assert (report.verdict, report.exit_status) == ("proved", 0)
    assert report.specialisation is not None and report.specialisation.special == special
    assert f"{special} is a case of {general}, not the reverse" in report.to_text()


def test_tied_parameters_are_a_case():
    """One W for both gates"""
    tied = cell(GATED.replace("V x_t", "W x_t"), "tied")
    report = compared(tied, cell(GATED, "free"))
    assert report.verdict == "differs" and report.specialisation is not None
    assert report.specialisation.to_json()["where"] == {"V": ["W"]}
    assert compared(tied, cell(GATED, "free"), "V = W").verdict == "proved"


def test_gate_that_is_constant_is_a_case():
    """σ(0) = 1/2"""
    half = cell(
        r"g_t = \tanh(V x_t + R h_{t-1} + a) \\ h_t = \frac{1}{2} h_{t-1} + \frac{1}{2} g_t"
    )
    report = compared(half, cell(GATED, "gated"))
    assert report.specialisation is not None
    assert report.specialisation.to_json()["where"] == {"W": ["0"], "U": ["0"], "b": ["0"]}


# Sizes


WIDE = r"x_t \in \mathbb{R}^{M} \\ h_t \in \mathbb{R}^{N} \\ "
SQUARE = r"x_t, h_t \in \mathbb{R}^{K} \\ "
ONE = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R} \\ "
OF_ONE = r"h_t = \tanh(w^\top x_t + u h_{t-1} + b)"


def test_names_of_sizes_are_no_difference():
    report = equal(cell(PLAIN, "one"), cell(PLAIN, "other", WIDE), seed=SEED)
    assert (report.verdict, report.findings) == ("proved", ())


@pytest.mark.parametrize(
    ("second", "declared", "equations"), [(OF_ONE, ONE, "H = 1"), (PLAIN, SQUARE, "D = H")]
)
@pytest.mark.parametrize("is_swapped", [False, True])
def test_cell_of_fewer_sizes_is_said_to_be_one(second, declared, equations, is_swapped):
    """r h is R h at H = 1: a vector of cells is no single one"""
    pair = [cell(PLAIN, "many"), cell(second, "few", declared)]
    report = equal(*(reversed(pair) if is_swapped else pair), seed=SEED)
    assert (report.verdict, report.exit_status, report.unsearched) == ("differs", 1, ())
    (finding,) = report.findings
    assert finding.message == f"the sizes of few are those of many with {equations} only"
    assert finding.notes == (f"at {equations} the two are equal (proved)",)
    assert (finding.kind, finding.verdict) == ("wrong-shape", "differs")


def test_cell_of_one_unit_at_sizes_of_the_other():
    sizes = {"B": 2, "T": 3, "D": 3, "H": 2}
    report = equal(cell(PLAIN, "many"), cell(OF_ONE, "few", ONE), sizes=(sizes,), seed=SEED)
    assert report.findings[0].notes == ("at H = 1 the two are equal (proved)",)


def test_cell_of_fewer_sizes_that_differs_besides():
    other = OF_ONE.replace(r"\tanh", r"\sigma")
    report = equal(cell(PLAIN, "many"), cell(other, "few", ONE), seed=SEED)
    assert report.verdict in ("differs", "undecided")
    assert "proved" not in report.to_text()
    assert "the sizes of few are those of many with H = 1 only" in report.to_text()


def test_what_is_told_makes_fewer_sizes_a_note():
    report = equal(cell(PLAIN, "few", SQUARE), cell(PLAIN, "many"), ["W = W"], seed=SEED)
    assert report.verdict == "proved"
    assert "the sizes of few are those of many with D = H only" in report.notes
