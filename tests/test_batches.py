"""The same equations with an example in each row: what they read, and that they are the same."""

import pytest
from command_line import run

from symlstm import cells
from symlstm.calculus.batches import Rows
from symlstm.calculus.gradient import derive
from symlstm.cell import Cell, Equation
from symlstm.derivation import proving
from symlstm.derivation.composing import compose
from symlstm.derivation.formats import printed
from symlstm.derivation.proving import rows_proved
from symlstm.messages import UsageError
from symlstm.notation.printing import UNICODE, MathPrinter


def lines(cell):
    system = derive(cell)
    rows, printer = Rows(system), MathPrinter(system, UNICODE)
    equations = (*cell.equations, *system.equations)
    return dict(printer.equation(rows.equation(e)).split(" = ", 1) for e in equations)


def test_products_are_turned_and_sums_over_the_batch_are_products():
    found = lines(cells["lstm"])
    assert found["i_t"] == "σ(x_t W_xiᵀ + h_{t-1} W_hiᵀ + 𝟏 b_iᵀ)"
    assert found["dx_t"] == "dḡ_t W_xc + dō_t W_xo + df̄_t W_xf + dī_t W_xi"
    assert found["dW_xi"] == "Σ_t dī_tᵀ x_t"
    assert found["db_i"] == "Σ_t dī_tᵀ 𝟏"
    assert found["dh_0"] == "dḡ_1 W_hc + dō_1 W_ho + df̄_1 W_hf + dī_1 W_hi"


def test_a_stack_stands_side_by_side_and_its_parts_are_columns():
    found = lines(cells["lstm-concat"])
    assert found["i_t"] == "σ([h_{t-1}, x_t] W_iᵀ + 𝟏 b_iᵀ)"
    assert found["dW_i"] == "Σ_t dī_tᵀ [h_{t-1}, x_t]"
    assert "[dī_t W_i]_{:, H+1:D+H}" in found["dx_t"]


def test_numbers_of_each_example_are_spread():
    text = r"""x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ s_t \in \mathbb{R} \\
        s_t = u^\top x_t \\ h_t = s_t \tanh(W x_t + U h_{t-1}) + v"""
    cell = Cell.from_latex(text.replace(r"u^\top x_t", r"\sum_{i=1}^{D} u_i x_{t,i}"), name="gated")
    assert rows_proved(cell).is_proved


@pytest.mark.parametrize("name", sorted(set(cells) - {"mlstm"}))
def test_every_row_is_proved_to_be_the_column_of_an_example(name):
    found = rows_proved(cells[name])
    assert found.is_proved and found.comparisons > 20


def test_a_wrong_row_is_not_proved(monkeypatch):
    """W is taken for Wᵀ in one equation, where it is square."""

    recurrent = cells["elman"].quantity("U_h").at(0)

    class Wrong(Rows):
        def equation(self, equation):
            right = super().equation(equation)
            return Equation(right.left, right.right.xreplace({recurrent.T: recurrent}), right.span)

    monkeypatch.setattr(proving, "Rows", Wrong)
    rows_proved.cache_clear()
    try:
        assert not rows_proved(cells["elman"]).is_proved
    finally:
        rows_proved.cache_clear()


def test_matrices_of_one_example_are_no_rows():
    with pytest.raises(UsageError) as caught:
        compose(cells["mlstm"], in_rows=True)
    assert caught.value.message.code == "S613"


def test_the_document_says_how_it_is_laid_out():
    rows = printed(compose(cells["gru"], in_rows=True), "markdown")
    assert "each a row of" in rows and "Vectors are columns" not in rows
    assert r"y = x A^{\top}" in rows and r"$`B \times H`$" in rows
    assert "every row of the equations above is the column of one example" in " ".join(rows.split())
    assert "symlstm derive gru --layout rows --format markdown" in rows
    assert "Vectors are columns" in printed(compose(cells["gru"]), "markdown")


def test_the_command_prints_rows(tmp_path):
    path = tmp_path / "lstm.html"
    ending = run("derive", "lstm", "--layout", "rows", "--format", "html", "-o", str(path))
    assert ending.status == 0 and "each a row of" in path.read_text(encoding="utf-8")
    refused = run("derive", "lstm", "--layout", "rows", "--jacobians")
    assert refused.status == 2 and "--layout rows" in refused.err
