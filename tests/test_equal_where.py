"""equal: correspondences that are told with --where."""

import pytest
from command_line import assert_one_message, run
from equations_of_cells import GATED, H_AND_C, PLAIN, SEED, cell, compared, correspondence

from symlstm import cells, equal

PLAIN_CELL = cell(PLAIN, "plain")


@pytest.mark.parametrize(
    ("equations", "told", "part"),
    [
        (r"h_t = \tanh(V^\top x_t + U h_{t-1} + b)", "V = W^T", "W^T"),
        (r"h_t = \tanh(V^\top x_t + U h_{t-1} + b)", r"V = W^\top", "W^T"),
        (r"h_t = \tanh(V^\top x_t + U h_{t-1} + b)", "W = V^T", "W^T"),
        (r"h_t = \tanh(U h_{t-1} + b - V x_t)", "V = -W", "-W"),
        (r"h_t = \tanh(U h_{t-1} + b - V x_t)", "V = −W", "-W"),
        (r"h_t = \tanh(V x_t + U h_{t-1} + b + 1)", "b = b - 1", "W"),
        (r"h_t = \tanh(2 V x_t + U h_{t-1} + b)", "V = 1/2 W", "1/2 W"),
        (r"h_t = \tanh(2 V x_t + U h_{t-1} + b)", "W = 2*V", "1/2 W"),
    ],
)
def test_told_forms_are_proved(equations, told, part):
    report = compared(PLAIN_CELL, cell(equations), told)
    assert report.verdict == "proved", report.to_text()
    if told.startswith(("V", "W")):
        assert correspondence(report)["V"] == [part]


@pytest.mark.parametrize("told", ["V = W", "V = 2 W", "V = W + 1", "V = 0"])
def test_told_forms_that_are_wrong_are_refuted(told):
    report = compared(PLAIN_CELL, cell(r"h_t = \tanh(U h_{t-1} + b - V x_t)"), told)
    assert report.verdict == "differs"


def test_rows_are_stacked():
    packed = cell(
        r"[p_t; q_t] = W x_t + U h_{t-1} + b \\"
        r"h_t = \sigma(p_t) \odot h_{t-1} + (1 - \sigma(p_t)) \odot \tanh(q_t)"
    )
    one = cell(GATED, "one")
    assert compared(one, packed, "W = [W; V]", "U = [U; R]").verdict == "proved"
    assert compared(one, packed, "W = [V; W]").verdict == "differs"


def test_rows_of_blocks_are_stacked():
    """W [h; x] of 4H rows is [U_i, W_i; U_f, W_f; …]: found, printed, and understood when told"""
    packed = cell(
        r"[i_t; f_t; o_t; g_t] = W [h_{t-1}, x_t] + b \\"
        r"c_t = \sigma(f_t) \odot c_{t-1} + \sigma(i_t) \odot \tanh(g_t) \\"
        r"h_t = \sigma(o_t) \odot \tanh(c_t)", "packed", H_AND_C
    )  # fmt: skip
    found = compared(packed, cells["lstm"])
    assert found.verdict == "proved"
    assert "W = [W_hi  W_xi; W_hf  W_xf; W_ho  W_xo; W_hc  W_xc]" in found.to_text()
    told = found.correspondence[0].where
    assert told == "W = [W_hi, W_xi; W_hf, W_xf; W_ho, W_xo; W_hc, W_xc]"
    for first, second in ((packed, cells["lstm"]), (cells["lstm"], packed)):
        assert compared(first, second, told).verdict == "proved"
        wrong = told.replace("W_xi; W_hf, W_xf", "W_xf; W_hf, W_xi")
        assert compared(first, second, wrong).verdict == "differs"


@pytest.mark.parametrize("text", ["[W_hi, W_xi; W_hf]", "[W_hi; W_hf, W_xf]"])
def test_rows_of_other_lengths_are_one_message(text):
    ending = run("equal", "lstm", "lstm-concat", "--where", f"W_i = {text}")
    assert_one_message(ending, 2, "is no correspondence")


def test_signals_are_paired():
    report = equal(cells["lstm-vanilla"], cells["lstm-peephole"], ["h = y"], seed=SEED)
    assert report.verdict == "proved" and dict(report.signals)["h"] == "y"
    wrong = equal(cells["lstm-vanilla"], cells["lstm-peephole"], ["h = c"], seed=SEED)
    assert wrong.verdict == "differs"
    assert equal(cells["lstm"], cells["lstm-np"], ["z = g"], seed=SEED).verdict == "proved"
    assert equal(cells["lstm"], cells["lstm-np"], ["i = f"], seed=SEED).verdict == "differs"


def test_told_convention_of_the_gru():
    assert equal(cells["gru"], cells["gru-chung"], ["W_xz = -W_xz"], seed=SEED).exit_status == 0
    assert equal(cells["gru"], cells["gru-chung"], ["W_xz = W_xz"], seed=SEED).exit_status == 1


@pytest.mark.parametrize(("first", "second"), [("lstm-coupled", "lstm"), ("lstm", "lstm-concat"),
                                               ("gru", "gru-chung")])  # fmt: skip
def test_what_the_json_prints_is_understood(first, second):
    where = run("equal", first, second, "--json", "--seed", SEED).value["where"]
    options = [word for told in where for word in ("--where", told)]
    assert run("equal", first, second, *options, "--seed", SEED).status == 0


@pytest.mark.parametrize(
    "text",
    [
        "U = W V,",
        "U = +",
        "U = W -",
        "U = 2 3",
        "U = [W,,V]",
        "U = W^X",
        "U = (W)",
        "1 = W",
        "U = ",
    ],
)
def test_malformed_forms_are_one_message(text):
    ending = run("equal", "lstm", "lstm-concat", "--where", text)
    assert_one_message(ending, 2, f"error[S006]: {text!r} is no correspondence")


def test_block_of_an_unknown_size_is_one_message():
    ending = run("equal", "lstm-concat", "lstm", "--where", "W_xi = W_i[:, H:H+Q]")
    assert_one_message(ending, 2, "error[S006]: 'H+Q' is no size")


@pytest.mark.parametrize("told", ["W = 1/0 W", "W = 0/0", "W = W + 2/00"])
def test_a_number_divided_by_zero_is_one_message(told, tmp_path):
    path = tmp_path / "ok.tex"
    path.write_text(PLAIN, encoding="utf-8")
    assert_one_message(run("equal", path, path, "--where", told), 2, "S006", "divides by zero")


@pytest.mark.parametrize("told", [f"W = {'9' * 5000} W", f"W = W[0:{'9' * 5000},:]"])
def test_a_number_of_thousands_of_digits_is_one_message(told, tmp_path):
    path = tmp_path / "ok.tex"
    path.write_text(PLAIN, encoding="utf-8")
    assert_one_message(run("equal", path, path, "--where", told), 2, "S006")


@pytest.mark.parametrize("told", ["W = 0 W", "W = -0 W + 1"])
def test_nothing_of_a_parameter_is_refuted(told):
    """p = (q − c)/s says nothing where s = 0"""
    assert compared(PLAIN_CELL, PLAIN_CELL, told).verdict != "proved"
