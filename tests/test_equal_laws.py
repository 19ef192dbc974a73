"""Equal cells by a law of a function: a proof or `undecided`, and never `differs`."""

import pytest
from equations_of_cells import cell

from symlstm import cells, equal
from symlstm.messages import UsageError

DECLARED = r"x_t, h_t \in \mathbb{R}^{H} \\ "

PROVED = {
    "relu(-a) = relu(a) - a": (
        r"\mathrm{ReLU}(W x_t) - W x_t + U h_{t-1}",
        r"\mathrm{ReLU}(W x_t) + U h_{t-1}",
    ),
    "softplus(-a) = softplus(a) - a": (
        r"\mathrm{softplus}(W x_t) - W x_t + U h_{t-1}",
        r"\mathrm{softplus}(W x_t) + U h_{t-1}",
    ),
    "with a scale": (
        r"2 \mathrm{ReLU}(W x_t) - 2 W x_t + U h_{t-1}",
        r"\mathrm{ReLU}(W x_t) + U h_{t-1}",
    ),
    "beside a multiple": (
        r"\mathrm{ReLU}(W x_t) + 3 W x_t + U h_{t-1}",
        r"\mathrm{ReLU}(W x_t) - 4 W x_t + U h_{t-1}",
    ),
    "in a gate": (
        r"\sigma(U h_{t-1}) \odot (\mathrm{ReLU}(W x_t) - W x_t)",
        r"\sigma(U h_{t-1}) \odot \mathrm{ReLU}(W x_t)",
    ),
    "of products of units": (
        r"\mathrm{ReLU}(\tanh(W x_t) \odot \tanh(U h_{t-1}))"
        r" - \tanh(W x_t) \odot \tanh(U h_{t-1})",
        r"\mathrm{ReLU}(\tanh(W x_t) \odot \tanh(U h_{t-1}))",
    ),
    "one in each cell": (
        r"\mathrm{ReLU}(W x_t) - W x_t + \mathrm{ReLU}(U h_{t-1})",
        r"\mathrm{ReLU}(W x_t) + \mathrm{ReLU}(U h_{t-1}) - U h_{t-1}",
    ),
    "mixed parameters": (
        r"\mathrm{ReLU}(W x_t) - (W + Q) x_t + \tanh(Q x_t + h_{t-1})",
        r"\mathrm{ReLU}((A + Q) x_t) - (A - Q) x_t + \tanh((A - Q) x_t + h_{t-1})",
    ),
}


@pytest.mark.parametrize(("first", "second"), PROVED.values(), ids=PROVED)
def test_a_reflected_function_is_found(first, second):
    """f(−a) = f(a) − a, so W is −W of the other cell"""
    one = cell("h_t = " + first, "one", DECLARED)
    other = cell("h_t = " + second, "other", DECLARED)
    for pair in ((one, other), (other, one)):
        report = equal(*pair, seed=1)
        assert report.verdict == "proved", report.to_text()


NOT_REFUTED = {
    # W, b of the other: −W, 1 − b; both are clip(a) = min(1, max(0, a)) of 1 − a.
    "clip(1 - a) = 1 - clip(a)": (
        r"\max(0, \min(1, W x_t + b)) + U h_{t-1}",
        r"1 - \max(0, \min(1, W x_t + b)) + U h_{t-1}",
        r"b \in \mathbb{R}^{H} \\ ",
    ),
    "v of the other: e v": (
        r"b \odot \exp(W x_t + 1) + U h_{t-1}",
        r"b \odot \exp(W x_t) + U h_{t-1}",
        r"b \in \mathbb{R}^{H} \\ ",
    ),
    "v of the other: u + v with the sign of the gate": (
        r"v \odot \sigma(W x_t) - (v + u) + \tanh(u \odot x_t + h_{t-1})",
        r"(u + v) \odot \sigma(W x_t) - (u - v) + \tanh((u - v) \odot x_t + h_{t-1})",
        r"u, v \in \mathbb{R}^{H} \\ ",
    ),
}


@pytest.mark.parametrize(("first", "second", "more"), NOT_REFUTED.values(), ids=NOT_REFUTED)
def test_equal_cells_are_never_said_to_differ(first, second, more):
    """`differs` is a proof that no correspondence exists: here there is one"""
    one = cell("h_t = " + first, "one", DECLARED + more)
    other = cell("h_t = " + second, "other", DECLARED + more)
    for pair in ((one, other), (other, one)):
        report = equal(*pair, seed=1)
        assert report.verdict in ("proved", "undecided"), report.to_text()


def test_relu_of_other_sums_still_differs():
    """relu(W x) + U h has no parameter for a second sum: relu(W x) + V x + U h has one"""
    one = cell(r"h_t = \mathrm{ReLU}(W x_t) + V x_t + U h_{t-1}", "one", DECLARED)
    other = cell(r"h_t = \mathrm{ReLU}(W x_t) + U h_{t-1}", "other", DECLARED)
    assert equal(one, other, seed=1).verdict == "differs"


@pytest.mark.parametrize(("name", "told"), [("elman", "U_h = -U_h"),
                                            ("lstm-projection", "W_rm = -W_rm")])  # fmt: skip
def test_what_was_told_need_not_fit_every_way_to_pair_the_signals(name, told):
    """U_h is H×H; if y is taken for h it would have to be another shape, so it is not taken"""
    report = equal(cells[name], cells[name], where=[told], seed=1)
    assert report.verdict == "differs"
    assert "are equal with" in report.findings[0].help


def test_a_result_and_an_intermediate_quantity_are_no_pair():
    """h is a state of one cell, i of the other is read in its own step"""
    with pytest.raises(UsageError, match="h is a result of elman, and i is an intermediate") as e:
        equal(cells["elman"], cells["lstm"], where=["h = i"], seed=1)
    assert "the results of lstm are h, c" in str(e.value)


def test_strict_takes_conditions_for_undecided():
    """slstm divides by n_t, so the proof is one for n_t ≠ 0 only"""
    first, second = cells["slstm"], cells["slstm-stabilised"]
    report = equal(first, second, seed=1)
    assert report.verdict == "proved"
    assert "proved for all real values with n_t ≠ 0, at" in report.to_text()
    strict = equal(first, second, seed=1, strict=True)
    assert (strict.verdict, strict.exit_status) == ("undecided", 3)
    assert strict.to_text().startswith("undecided: slstm and slstm-stabilised")
    assert "--strict takes a proof that rests on conditions for undecided" in strict.to_text()
