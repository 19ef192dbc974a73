"""The Jacobians of one step in closed form: proved for every cell, and the argument drawn from them
said only where it holds."""

from dataclasses import replace

import pytest
from command_line import run

from symlstm import cells
from symlstm.calculus import jacobian as calculus
from symlstm.calculus.jacobian import jacobians
from symlstm.cell import Cell
from symlstm.derivation import proving
from symlstm.derivation.composing import compose_jacobians
from symlstm.derivation.formats import printed
from symlstm.derivation.proving import jacobians_proved
from symlstm.notation.printing import UNICODE, MathPrinter


def texts(cell):
    system = jacobians(cell)
    printer = MathPrinter(system, UNICODE)
    return {
        printer.text(each.symbol.at(0)): printer.text(each.expression)
        for each in system.all if each.paths
    }  # fmt: skip


def direct(cell):
    """The factor by which each state is passed on directly."""
    system = jacobians(cell)
    printer = MathPrinter(system, UNICODE)
    found = {}
    for each in system.all:
        path = system.direct(each)
        if path is not None:
            found[each.of.name] = [printer.text(factor.matrix) for factor in path.factors]
    return found


def test_the_jacobians_of_the_lstm():
    assert texts(cells["lstm"]) == {
        "∂c_t/∂c_{t-1}": "diag(f_t)",
        "∂h_t/∂c_{t-1}": "diag(o_t ∘ (1 − tanh²(c_t))) ∂c_t/∂c_{t-1}",
        "∂c_t/∂h_{t-1}": "diag(c_{t-1} ∘ f_t ∘ (1 − f_t)) W_hf + diag(g_t ∘ i_t ∘ (1 − i_t)) W_hi "
        "+ diag(i_t ∘ (1 − g_t²)) W_hc",
        "∂h_t/∂h_{t-1}": "diag(tanh(c_t) ∘ o_t ∘ (1 − o_t)) W_ho "
        "+ diag(o_t ∘ (1 − tanh²(c_t))) ∂c_t/∂h_{t-1}",
    }


@pytest.mark.parametrize("name", sorted(cells))
def test_every_jacobian_is_proved(name):
    found = jacobians_proved(cells[name])
    assert found.is_proved
    assert found.comparisons >= 4


def test_states_of_matrices_have_none():
    system = jacobians(cells["mlstm"])
    assert {(each.of.name, each.by.name) for each in system.all} == {("n", "n")}


def test_a_wrong_jacobian_is_not_proved(monkeypatch):
    """1 − f_t is taken for f_t, once."""
    right = calculus.jacobians(cells["lstm"])

    def wrong(cell):
        first, *rest = right.all
        (path,) = first.paths
        changed = replace(first, paths=(path.scaled(cell.quantity("i").at(0)),))
        return replace(right, all=(changed, *rest))

    monkeypatch.setattr(proving, "jacobians", wrong)
    proving.jacobians_proved.cache_clear()
    try:
        assert not jacobians_proved(cells["lstm"]).is_proved
    finally:
        proving.jacobians_proved.cache_clear()


@pytest.mark.parametrize(("name", "factors"), [
    ("lstm", {"c": ["f_t"]}),
    ("lstm-peephole", {"c": ["f_t"]}),
    ("lstm-1997", {"c": []}),
    ("lstm-coupled", {"c": ["1 − i_t"]}),
    ("gru", {"h": ["z_t"]}),
    ("gru-chung", {"h": ["1 − z_t"]}),
    ("rhn", {"s_2": ["c_2_t ∘ c_1_t"]}),
    ("slstm", {"c": ["f_t"], "n": ["f_t"]}),
    ("elman", {}),
    ("jordan", {}),
])  # fmt: skip
def test_what_is_passed_on_directly(name, factors):
    assert direct(cells[name]) == factors


def words(name):
    document = printed(compose_jacobians(cells[name]), "markdown")
    return " ".join(document.split())


def test_the_argument_is_that_of_the_cell():
    lstm = words("lstm")
    assert r"\operatorname{diag}\left(f_{t+1} \odot \dots \odot f_{T}\right)" in lstm
    assert "which lies between 0 and 1" in lstm and "does not vanish on this path" in lstm
    assert "constant error carousel" in words("lstm-1997")
    assert "Every other path" in words("gru") and "Every other path" not in lstm
    elman = words("elman")
    assert "does not vanish" not in elman and r"\sigma' \le \tfrac14" in elman


def test_nothing_is_said_that_does_not_hold():
    """h_t = W h_{t-1} + x_t has no nonlinearity, and no path without a matrix either."""
    text = r"x_t \in \mathbb{R}^{H} \\ h_t \in \mathbb{R}^{H} \\ h_t = W h_{t-1} + x_t"
    cell = Cell.from_latex(text, name="linear")
    assert jacobians_proved(cell).is_proved
    document = printed(compose_jacobians(cell), "markdown")
    assert "nonlinearity as a factor" not in document and "does not vanish" not in document


def test_concatenated_operands_and_matrices_in_a_row():
    text = r"""x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\
        h_t = \tanh(V \sigma(W [h_{t-1}, x_t])) + \frac{1}{2} h_{t-1}"""
    cell = Cell.from_latex(text, name="deep")
    assert jacobians_proved(cell).is_proved
    assert direct(cell) == {"h": []}
    document = printed(compose_jacobians(cell), "latex")
    assert r"\tfrac{1}{2}\, I" in document and r"\left(\tfrac{1}{2}\right)^{T-t} I" in document
    assert "carousel" not in document


@pytest.mark.parametrize("form", ["latex", "html", "markdown"])
def test_the_command_prints_them(form, tmp_path):
    path = tmp_path / "document"
    ending = run("derive", "lstm", "--jacobians", "--format", form, "-o", str(path))
    assert ending.status == 0
    text = path.read_text(encoding="utf-8")
    assert f"symlstm derive lstm --jacobians --format {form}" in text
    assert "How far a gradient reaches" in text


def test_jacobians_are_no_gradients():
    ending = run("derive", "lstm", "--jacobians", "--wrt", "b_i")
    assert ending.status == 2 and "--jacobians" in ending.err
