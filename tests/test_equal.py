"""equal: whether two cells are one, under which correspondence of parameters, and why not."""

import pytest
from command_line import assert_one_message, run

from symlstm import cells, equal, verify
from symlstm.messages import SymlstmError
from symlstm.notation.reading import read_text

SEED = 20260204
SMALL = {"B": 2, "T": 3, "D": 3, "H": 2}
KEEPS_ITS_SIZE = (
    "[h_{t-1}, x_t] has H+D entries and a weight such as W_i, H×(H+D), maps them back to H, "
    "so h keeps its size H"
)
CORRESPONDENCE = {
    **{f"W_{gate}": [f"W_h{gate}", f"W_x{gate}"] for gate in "ifoc"},
    **{f"b_{gate}": [f"b_{gate}"] for gate in "ifoc"},
}

RNN = r"""
\begin{align}
  x_t &\in \mathbb{R}^{D} \\
  h_t &\in \mathbb{R}^{H} \\
  h_t &= \tanh(W x_t + U h_{t-1} + b)
\end{align}
"""


def rnn(text=RNN, name="rnn"):
    return read_text(text, name=name)


def compared(first, second, *where):
    cell = cells[first]
    sizes = {"B": 2, "T": 3} | dict(zip((d.name for d in cell.dimensions), (3, 2, 4), strict=False))
    return equal(cell, cells[second], where, sizes=(sizes,), seed=SEED)


# lstm = lstm-concat


def test_lstm_is_lstm_concat_at_two_sets_of_sizes():
    """W_i [h, x] = W_hi h + W_xi x with W_i = [W_hi  W_xi]"""
    report = equal(cells["lstm"], cells["lstm-concat"], seed=SEED)
    assert (report.verdict, report.exit_status) == ("proved", 0)
    assert {c.name: list(c.parts) for c in report.correspondence} == CORRESPONDENCE
    assert KEEPS_ITS_SIZE in report.notes
    first, second = report.sizes
    assert first["D"] < first["H"] and second["D"] > second["H"]
    assert report.comparisons == 2 * 3 * 2 * 5 + 2 * 4 * 3 * 2, "h and c, each (T, B, H)"


def test_text_of_the_equality():
    ending = run("equal", "lstm", "lstm-concat", "--seed", SEED)
    assert (ending.status, ending.err) == (0, "")
    lines = ending.out.splitlines()
    assert lines[:6] == [
        "equal: lstm and lstm-concat",
        "  with W_i = [W_hi  W_xi]",
        "       W_f = [W_hf  W_xf]",
        "       W_o = [W_ho  W_xo]",
        "       W_c = [W_hc  W_xc]",
        f"  {KEEPS_ITS_SIZE}",
    ]
    assert "Li & Wu" in ending.out and lines[-1] == f"  seed: {SEED}"


def test_order_of_the_two_cells_does_not_matter():
    report = compared("lstm-concat", "lstm")
    assert report.verdict == "proved"
    assert {c.name: list(c.parts) for c in report.correspondence} == CORRESPONDENCE


@pytest.mark.parametrize("name", list(cells))
def test_a_cell_is_itself(name):
    report = compared(name, name)
    assert report.verdict == "proved"
    assert all(c.parts == (c.name,) for c in report.correspondence)


def test_parameters_under_other_names_are_found():
    other = RNN.replace("W x", "V x").replace("U h", "R h").replace("+ b", "+ a")
    report = equal(rnn(), rnn(other, "other"), sizes=(SMALL,), seed=SEED)
    assert report.verdict == "proved"
    assert {c.name: c.parts for c in report.correspondence} == {
        "V": ("W",), "R": ("U",), "a": ("b",),
    }  # fmt: skip


def test_terms_in_another_order_are_the_same():
    other = RNN.replace("W x_t + U h_{t-1} + b", "b + U h_{t-1} + W x_t")
    assert equal(rnn(), rnn(other, "other"), sizes=(SMALL,), seed=SEED).verdict == "proved"


# lstm ≠ lstm-peephole


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [("lstm", "lstm-peephole", "missing-term"), ("lstm-peephole", "lstm", "extra-term")],
)
def test_peepholes_are_the_three_terms_that_differ(first, second, kind):
    report = compared(first, second)
    assert (report.verdict, report.exit_status) == ("differs", 1)
    assert sorted((f.kind, f.equation) for f in report.findings) == [
        (kind, "f_t"), (kind, "i_t"), (kind, "o_t"),
    ]  # fmt: skip
    messages = " ".join(f.message for f in report.findings)
    for term in ("w_ci ∘ c_{t-1}", "w_cf ∘ c_{t-1}", "w_co ∘ c_t"):
        assert term in messages
    assert any("w_ci = 0, w_cf = 0, w_co = 0" in note for note in report.notes)


def test_difference_by_sign_is_refuted():
    """no term is missing, and yet tanh(W x − U h + b) is another cell, under U = U at least"""
    other = rnn(RNN.replace("+ U h_{t-1}", "- U h_{t-1}"), "negative")
    report = equal(rnn(), other, ["U = U"], sizes=(SMALL,), seed=SEED)
    assert report.verdict != "proved" and report.findings


def test_different_function_is_refuted():
    report = equal(rnn(), rnn(RNN.replace(r"\tanh", r"\sigma"), "s"), sizes=(SMALL,), seed=SEED)
    assert report.verdict == "differs" and report.findings[0].equation in ("h_t", "")


def test_cells_of_other_results_differ():
    report = equal(rnn(), cells["lstm"], seed=SEED)
    assert report.verdict == "differs"
    assert "lstm carries the state c_t, rnn has no state for it" in report.findings[0].message


# --where


def test_where_is_proved_when_it_is_right():
    ending = run("equal", "lstm", "lstm-concat", "--where", "W_i = [W_hi, W_xi]", "--seed", SEED)
    assert ending.status == 0 and "W_i = [W_hi  W_xi]" in ending.out


def test_where_under_another_name_of_a_gate_is_refuted():
    """W_i and W_f exchanged, on one side only"""
    report = compared("lstm", "lstm-concat", "W_i = [W_hf, W_xf]", "W_f = [W_hi, W_xi]")
    assert (report.verdict, report.exit_status) == ("differs", 1)


def test_where_in_the_wrong_order_is_refuted():
    """[x, h] for [h, x]: the shapes fit, since W_xi and W_hi have together H+D columns"""
    ending = run("equal", "lstm", "lstm-concat", "--where", "W_i = [W_xi, W_hi]", "--seed", SEED)
    assert ending.status == 1 and ending.out.startswith("differs: lstm and lstm-concat")
    assert (
        "  error[S100]: i_t: h or c differs under this correspondence of parameters" in ending.out
    )
    assert "help: lstm and lstm-concat are equal with W_i = [W_hi, W_xi]" in ending.out


@pytest.mark.parametrize("text", ["nonsense", "W_i == W_hi", "W_i = [W_hi", "= [W_hi, W_xi]", ""])
def test_malformed_where_is_one_message(text):
    ending = run("equal", "lstm", "lstm-concat", "--where", text)
    assert_one_message(ending, 2, f"error[S006]: {text!r} is no correspondence")


@pytest.mark.parametrize("text", ["W_z = [W_hi, W_xi]", "W_i = [W_hz, W_xi]", "W_i = W_i"])
def test_unknown_names_in_where_are_one_message(text):
    ending = run("equal", "lstm", "lstm-concat", "--where", text)
    assert_one_message(ending, 2, text)
    assert "lstm has W_xi" in ending.err and "lstm-concat has W_i" in ending.err


@pytest.mark.parametrize("text", ["W_i = [W_hi, W_xi, W_hf]", "W_i = W_hi", "W_i = [W_hi; W_xi]"])
def test_shapes_that_do_not_fit_are_one_message(text):
    ending = run("equal", "lstm", "lstm-concat", "--where", text)
    assert_one_message(ending, 2, text, "do not fit", "W_hi is H×H")


def test_shape_of_a_packed_parameter_is_bracketed():
    ending = run("equal", "lstm", "lstm-concat", "--where", "W_i = W_hi")
    assert "W_i is H×(H+D)" in ending.err


def test_where_in_python_raises():
    with pytest.raises(SymlstmError, match="is no correspondence"):
        compared("lstm", "lstm-concat", "W_i")


# JSON


def test_json_of_an_equality():
    options = ("--json", "--seed", SEED, "--sizes", "B=2,D=3,H=2,T=3")
    ending = run("equal", "lstm", "lstm-concat", *options)
    assert (ending.status, ending.err) == (0, "")
    value = ending.value
    assert (value["verdict"], value["cells"]) == ("proved", ["lstm", "lstm-concat"])
    assert value["correspondence"] == CORRESPONDENCE
    assert value["findings"] == [] and KEEPS_ITS_SIZE in value["notes"]
    assert value["sizes"] == [SMALL] and value["seed"] == SEED


def test_json_of_a_difference():
    options = ("--json", "--seed", SEED, "--sizes", "B=2,D=3,H=2,T=3")
    ending = run("equal", "lstm", "lstm-peephole", *options)
    assert (ending.status, ending.err) == (1, "")
    findings = {f["equation"]: f for f in ending.value["findings"]}
    assert set(findings) == {"i_t", "f_t", "o_t"}
    assert set(findings["o_t"]) >= {
        "code", "kind", "function", "equation", "term", "file", "line", "message", "help",
    }  # fmt: skip
    assert findings["o_t"]["term"] == "w_co c_t"


def test_same_seed_gives_the_same_json():
    options = ("equal", "lstm", "lstm-peephole", "--json", "--seed", 7)
    assert run(*options).out == run(*options).out


# Stacks


def test_product_of_a_packed_stack_is_cut_into_parts():
    """W [h; x] of 4H rows: h has H entries, not 4H"""
    packed = read_text(
        r"\begin{align} x_t \in \mathbb{R}^{D} \\ h_t, c_t \in \mathbb{R}^{H} \\"
        r"[i_t; f_t; o_t; g_t] = W [h_{t-1}, x_t] + b \\"
        r"c_t = \sigma(f_t) \odot c_{t-1} + \sigma(i_t) \odot \tanh(g_t) \\"
        r"h_t = \sigma(o_t) \odot \tanh(c_t) \end{align}", name="packed",
    )  # fmt: skip
    report = equal(packed, cells["lstm"], sizes=(SMALL,), seed=SEED)
    assert report.verdict == "proved"
    assert report.notes == (
        "[h_{t-1}, x_t] has H+D entries and a weight such as W, 4H×(H+D), maps them to 4H, "
        "cut into 4 parts of H, so h keeps its size H",
    )


def test_stack_without_a_state_says_nothing_of_sizes():
    cell = read_text(
        r"\begin{align} x_t, u_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\"
        r"h_t = \tanh(W [x_t, u_t] + U h_{t-1}) \end{align}", name="inputs",
    )  # fmt: skip
    report = equal(cell, cell, sizes=(SMALL,), seed=SEED)
    assert (report.verdict, report.notes) == ("proved", ())


def test_names_of_cells_are_taken_and_a_report_is_printed_as_its_text():
    report = equal("lstm", "lstm-concat", seed=1)
    assert str(report) == report.to_text() and str(report).startswith("equal: lstm and lstm-concat")
    with pytest.raises(SymlstmError, match="there is no cell"):
        equal("lstm", "nosuch")
    assert str(verify(None, "lstm", seed=1)).startswith("proved")
