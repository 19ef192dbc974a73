"""equal: cells that are not one, and the terms that make the difference."""

import random
import time

import pytest
from command_line import run
from equations_of_cells import GATED, H_AND_C, LSTM, PLAIN, SEED, cell, compared

from symlstm import cells, equal
from symlstm.verification.equality.carrying import excess


def difference(first, second, name="other", declared=H_AND_C):
    report = compared(first, cell(second, name, declared))
    assert (report.verdict, report.exit_status) == ("differs", 1), report.to_text()
    assert report.specialisation is None
    assert report.findings[0].counterexample is not None
    return report


LSTM_CELL = cell(LSTM, "one", H_AND_C)
PEEPHOLE = LSTM.replace("W_{xo} x_t + W_{ho} h_{t-1}", r"W_{xo} x_t + W_{ho} h_{t-1} + p \odot c_t")


def test_reset_before_is_not_reset_after():
    """W_hh (r ∘ h') against r ∘ (W_hh h' + b_hh)"""
    report = equal(cells["gru"], cells["gru-reset-after"], seed=SEED)
    assert report.verdict == "differs"
    (finding,) = report.findings
    assert finding.message == (
        "h̃_t: gru has W_hh (r_t ∘ h_{t-1}) where gru-reset-after has r_t ∘ (W_hh h_{t-1} + b_hh)"
    )
    assert (finding.kind, finding.equation) == ("wrong-term", "h_tilde_t")
    assert finding.counterexample is not None
    assert finding.counterexample["first"] != finding.counterexample["second"]
    back = equal(cells["gru-reset-after"], cells["gru"], seed=SEED).findings[0].message
    assert "where gru has W_hh (r_t ∘ h_{t-1})" in back


def test_peephole_on_the_state_before():
    """o reads c_{t-1} in the place of c_t"""
    wrong = PEEPHOLE.replace(r"p \odot c_t", r"p \odot c_{t-1}")
    (finding,) = difference(cell(PEEPHOLE, "one", H_AND_C), wrong).findings
    assert finding.message == "o_t: one has p ∘ c_t where other has p ∘ c_{t-1}"
    assert (finding.kind, finding.equation) == ("wrong-time", "o_t")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (r"o_t \odot \tanh(c_t)", r"o_t \odot c_t",
         "h_t: one has o_t ∘ tanh(c_t) where other has o_t ∘ c_t"),
        (r"g_t = \tanh", r"g_t = \sigma", "g_t: one has tanh where other has σ"),
        (r"o_t = \sigma", r"o_t = \tanh", "o_t: one has σ where other has tanh"),
        (r"f_t \odot c_{t-1} + ", r"f_t \odot f_t \odot c_{t-1} + ",
         "c_t: one has f_t ∘ c_{t-1} where other has f_t ∘ f_t ∘ c_{t-1}"),
        (r"+ i_t \odot g_t", r"+ i_t \odot g_t \odot g_t",
         "c_t: one has i_t ∘ g_t where other has i_t ∘ g_t ∘ g_t"),
        (r"W_{hi} h_{t-1}", r"W_{hi} c_{t-1}",
         "i_t: one has W_hi h_{t-1} where other has W_hi c_{t-1}"),
    ],
)  # fmt: skip
def test_wrong_term_is_named(right, wrong, message):
    report = difference(LSTM_CELL, LSTM.replace(right, wrong))
    assert message in [f.message for f in report.findings]


def test_output_gate_in_the_role_of_the_forget_gate():
    """c = f c' + i g and h = f tanh(c): a gate is used twice, which no renaming can do"""
    wrong = LSTM.replace(r"h_t = o_t \odot", r"h_t = f_t \odot")
    wrong = wrong.replace(r"o_t = \sigma(W_{xo} x_t + W_{ho} h_{t-1} + b_o) \\", "")
    report = compared(LSTM_CELL, cell(wrong, "twice", H_AND_C))
    assert report.verdict == "differs" and report.specialisation is not None
    assert report.findings[0].message.startswith("o_t: one has o_t with parameters of its own")


def test_missing_term_of_one_side():
    report = compared(cell(PLAIN, "one"), cell(PLAIN.replace(" + b", "")))
    assert [(f.kind, f.equation, f.term) for f in report.findings] == [("extra-term", "h_t", "b")]
    assert report.specialisation is not None and report.specialisation.special == "other"


def test_linear_against_tanh_opens_the_name():
    """(1 − z) ∘ g on both sides, and g is not the same"""
    linear = GATED.replace(r"\tanh(V x_t + R h_{t-1} + a)", "V x_t + R h_{t-1} + a")
    messages = [f.message for f in compared(cell(GATED, "one"), cell(linear)).findings]
    assert messages == [
        "g_t: one has tanh(V x_t + R h_{t-1} + a) where other has V x_t + R h_{t-1} + a"
    ]


# States without a counterpart


@pytest.mark.parametrize("names", [("lstm", "gru"), ("gru", "lstm")])
def test_state_without_a_counterpart_is_named(names):
    """∂(h_4, …)/∂(x_1, …) has rank 2, and a GRU with H = 1 carries one number"""
    started = time.monotonic()
    report = equal(*(cells[name] for name in names), seed=SEED)
    assert (report.verdict, report.exit_status, report.unsearched) == ("differs", 1, ())
    (finding,) = report.findings
    assert finding.message == (
        "c_t: lstm carries the state c_t, gru has no state for it; "
        "it is read by f_t ∘ c_{t-1} in c_t and o_t ∘ tanh(c_t) in h_t"
    )
    assert finding.notes == (
        "at D=1 H=1 gru carries 1 number from step to step (h), "
        "and ∂(h_4, …, h_6)/∂(x_1, …, x_3) of lstm has rank 2 at a point",
        "so no parameters and initial states of gru make it compute h of lstm",
    )
    assert "a cell that carries as much (h, c)" in finding.help
    assert finding.counterexample is not None
    shown = [finding.counterexample[side] for side in ("first", "second")]
    assert (shown if names[0] == "lstm" else shown[::-1]) == ["rank 2", "rank at most 1"]
    assert time.monotonic() - started < 15


def test_normalizer_has_no_counterpart_in_an_lstm():
    report = equal(cells["slstm"], cells["lstm"], seed=SEED)
    assert report.verdict == "differs"
    assert [(f.equation, f.kind) for f in report.findings] == [("n_t", "extra-term")]
    assert "(o_t ∘ c_t) / n_t in h_t" in report.findings[0].message
    assert "lstm carries 2 numbers from step to step (h, c)" in report.findings[0].notes[0]


@pytest.mark.parametrize("names", [("gru", "janet"), ("gru", "lstm-nog"), ("elman", "jordan")])
def test_state_that_makes_no_difference_in_number_is_undecided(names):
    """janet has a state more, but h = c: what it carries is no more than a GRU does"""
    ending = run("equal", *names, "--seed", SEED)
    assert ending.status == 3
    assert ending.out.startswith(f"undecided: no correspondence of {names[0]} and {names[1]} was")
    assert "not searched: states that are functions of the other cell's" in ending.out
    assert "help: " in ending.out


@pytest.mark.parametrize(
    ("rich", "poor"),
    [("lstm", "lstm-concat"), ("slstm-stabilised", "slstm"), ("slstm", "slstm-stabilised"),
     ("lstm-peephole", "lstm-projection"), ("mingru", "gru"), ("janet", "gru")],
)  # fmt: skip
def test_cell_that_can_be_computed_has_no_excess(rich, poor):
    """a rank above what is carried would refute what is proved elsewhere"""
    assert excess(cells[rich], cells[poor], random.Random(SEED)) is None


def test_states_that_are_written_twice_are_no_excess():
    """c_t = 2 h_t + 3 tanh(h_t) carries nothing that h_t does not"""
    double = r"""h_t = \tanh(W x_t + U h_{t-1} + V c_{t-1} + b) \\
        c_t = 2 h_t + 3 \tanh(h_t)"""
    rich = cell(double, "double", H_AND_C)
    assert excess(rich, cell(PLAIN), random.Random(SEED)) is None
    free = cell(double.replace("2 h_t", r"\frac{1}{2} c_{t-1}"), "free", H_AND_C)
    found = excess(free, cell(PLAIN), random.Random(SEED))
    assert found is not None and (found.rank, found.carried) == (2, 1)


def test_sizes_that_stay_open_refute_nothing():
    """y of K entries is paired, how many numbers h carries is not told by that"""
    declared = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{N} \\ y_t \in \mathbb{R}^{K} \\ "
    poor = cell(r"h_t = \tanh(W x_t + U h_{t-1}) \\ y_t = V h_t", "poor", declared)
    assert excess(cells["lstm"], poor, random.Random(SEED)) is None


def test_inputs_of_another_number_differ():
    two = cell(r"h_t = \tanh(W x_t + V u_t + U h_{t-1} + b)", "two",
               r"x_t, u_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ ")  # fmt: skip
    report = compared(cell(PLAIN, "one"), two)
    assert report.findings[0].message == "the inputs of one are x_t, those of two are x_t, u_t"


def test_same_names_of_other_shapes_are_told_by_shape():
    square = cell(r"h_t = \tanh(x_t + U h_{t-1} + b)", "square", r"x_t, h_t \in \mathbb{R}^{H} \\ ")
    wide = cell(r"h_t = \tanh(U [h_{t-1}, x_t] + b) \\ s_t = x_t", "wide")
    report = equal(square, wide, seed=SEED)
    assert report.verdict == "differs"


def test_differing_outputs_do_not_hide_behind_equal_states():
    """c is the same, h is not, and h is not read: the cells are not equal in c"""
    declared = r"x_t \in \mathbb{R}^{D} \\ h_t, c_t \in \mathbb{R}^{H} \\ "
    first = r"c_t = \tanh(W x_t + U c_{t-1} + b) \\ h_t = \tanh(c_t)"
    second = r"c_t = \tanh(W x_t + U c_{t-1} + b) \\ h_t = \sigma(c_t)"
    assert (
        compared(cell(first, "one", declared), cell(second, "two", declared)).verdict == "differs"
    )


def gates(count, wrong=None, reverse=False):
    """Σ σ(W_k x + a_k) ∘ σ(V_k h' + b_k), a factor too many in one term."""
    terms: list[str] = []
    for k in range(count):
        more = r"\odot h_{t-1}" if k == wrong else ""
        left, right = (
            rf"\sigma(W_{{{k}}} x_t + a_{{{k}}})",
            rf"\sigma(V_{{{k}}} h_{{t-1}} + b_{{{k}}})",
        )
        terms.append(rf"{left} {more} \odot {right}")
    return cell("h_t = " + " + ".join(reversed(terms) if reverse else terms), "gates")


def test_many_gates_in_another_order_are_found():
    report = compared(gates(7), gates(7, reverse=True))
    assert report.verdict == "proved"


def test_search_without_end_is_undecided_and_not_differs():
    """14 gates can be exchanged in more ways than anyone can try."""
    report = compared(gates(7), gates(7, wrong=3))
    assert (report.verdict, report.exit_status) == ("undecided", 3)
    assert report.findings[0].code == "S421"
    assert "the search was stopped" in report.findings[0].message
    assert "--where" in report.findings[0].help


def test_text_and_json_of_a_case():
    ending = run("equal", "lstm-coupled", "lstm", "--seed", SEED)
    assert (ending.status, ending.err) == (1, "")
    lines = ending.out.splitlines()
    assert lines[:5] == [
        "differs: lstm-coupled and lstm",
        "  with W_xf = −W_xi",
        "       W_hf = −W_hi",
        "       b_f = −b_i",
        "  on the left of each = a parameter of lstm, on the right those of lstm-coupled",
    ]
    value = run("equal", "lstm-coupled", "lstm", "--json", "--seed", SEED).value
    assert value["equal"] is False and value["compared"] == ["h", "c"]
    assert value["specialisation"]["where"] == {
        "W_xf": ["-W_xi"], "W_hf": ["-W_hi"], "b_f": ["-b_i"],
    }  # fmt: skip
    assert value["where"][0] == "W_xi = W_xi" and value["signals"] == {"x": "x", "h": "h", "c": "c"}


# What was not searched


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [
        (r"h_t = \exp(W x_t + U h_{t-1})", r"h_t = \sigma(W x_t + U h_{t-1})",
         "identities between exp and σ"),
        (r"h_t = \frac{h_{t-1}}{1 + \sigma(W x_t)}", r"h_t = \frac{h_{t-1}}{2 + \sigma(W x_t)}",
         "other forms of a quotient, a root or a long product"),
    ],
)  # fmt: skip
def test_search_with_gaps_is_undecided(first, second, gap):
    """no correspondence was found is not that there is none"""
    report = compared(cell(first, "one"), cell(second))
    assert (report.verdict, report.exit_status) == ("undecided", 3), report.to_text()
    assert report.to_text().startswith("undecided: no correspondence of one and other was found")
    assert any(gap in what for what in report.unsearched)
    assert f"not searched: {report.unsearched[0]}" in report.to_text()
    assert report.findings[0].counterexample is not None


def test_what_is_told_in_full_is_refuted_in_spite_of_gaps():
    first = r"h_t = \frac{h_{t-1}}{1 + \sigma(W x_t)}"
    report = compared(cell(first, "one"), cell(first.replace("W", "V")), "V = -W")
    assert (report.verdict, report.unsearched) == ("differs", ())


def test_result_that_stays_zero_proves_nothing():
    """h = h'/(1 + σ) is h = h'/(2 + σ) from h_0 = 0 on, as any two multiples of h' are"""
    first, second = r"h_t = \sigma(W x_t) \odot h_{t-1}", r"h_t = \exp(V x_t) \odot h_{t-1}"
    report = compared(cell(first, "one"), cell(second))
    assert report.verdict == "undecided" and report.assumed == ()


@pytest.mark.parametrize("value", [r"U - U^\top", r"U + U^\top", r"2 U^\top - 2 U"])
def test_symmetric_or_antisymmetric_matrix_is_a_case_of_any_and_not_the_reverse(value):
    """V = U − Uᵀ reaches the antisymmetric matrices only: AntisymmetricRNN and Elman's step"""
    tied = cell(rf"h_t = \tanh(W x_t + ({value}) h_{{t-1}} + b)", "tied")
    free = cell(r"h_t = \tanh(W x_t + V h_{t-1} + b)", "free")
    for report in (compared(tied, free), compared(free, tied)):
        assert (report.verdict, report.exit_status) == ("differs", 1), report.to_text()
        assert "tied is a case of free, not the reverse" in report.to_text()


def test_matrix_minus_twice_its_transpose_can_be_any_matrix():
    """U − 2 Uᵀ is onto: its symmetric part is −S, its antisymmetric part 3 A"""
    tied = cell(r"h_t = \tanh(W x_t + (U - 2 U^\top) h_{t-1} + b)", "tied")
    free = cell(r"h_t = \tanh(W x_t + V h_{t-1} + b)", "free")
    assert compared(tied, free).verdict == "proved"
