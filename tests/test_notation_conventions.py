"""Conventions that papers print without saying so: how each is read, or what is told to write."""

import pytest

from symlstm.cell import Cell
from symlstm.messages import NotationError, UsageError
from symlstm.notation import showing
from symlstm.notation.reading import read_text


def equations(text):
    return read_text(text, "cell.tex").equations


def message(text):
    with pytest.raises(NotationError, match=r"S\d") as caught:
        read_text(text, "cell.tex")
    return str(caught.value)


# The letter e: a label, a name, Euler's number.


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        (r"h_t = \tanh(W_e^{(1)} x_t + U_e^{(1)} h_{t-1}) + \tanh(W_e x_t + U_e h_{t-1})",
         r"h_t = \tanh(W_{e}^{(1)} x_t + {U_e}^{(1)} h_{t-1}) + \tanh(W_{e} x_t + U_{e} h_{t-1})"),
        (r"h_t = \tanh(W_e^\top x_t + U h_{t-1})", r"h_t = \tanh({W_e}^\top x_t + U h_{t-1})"),
        (r"e^{(t)} = \tanh(W x^{(t)} + U e^{(t-1)})", r"e_t = \tanh(W x_t + U e_{t-1})"),
        (r"\mathbf{e}^{t} = \tanh(W x^{t} + U \mathbf{e}^{t-1})",
         r"\mathbf{e}_t = \tanh(W x_t + U \mathbf{e}_{t-1})"),
        (r"h_e^{t} = \tanh(W x^{t} + U h_e^{t-1})", r"h_{e,t} = \tanh(W x_t + U h_{e,t-1})"),
        (r"e^{(2)}_t = \tanh(W x_t + U e^{(2)}_{t-1})",
         r"e_t^{(2)} = \tanh(W x_t + U e_{t-1}^{(2)})"),
        (r"{e^{k}}_{t} = \tanh(W x_t + U e^k_{t-1})", r"e_t^k = \tanh(W x_t + U e_{t-1}^k)"),
        (r"h_t = h_{t-1} + x_t \odot \hat{e}^{k}", r"h_t = h_{t-1} + x_t \odot {\hat{e}^k}"),
    ],
)  # fmt: skip
def test_a_label_e_or_a_name_e_is_no_exponential(printed, plain):
    assert "exp" not in str(equations(printed))
    assert [str(e) for e in equations(printed)] == [str(e) for e in equations(plain)]


def test_labels_above_a_label_e_tell_parameters_apart():
    """W_e and W_e^{(1)} are two matrices; the second was once read as W_e to the power 1."""
    cell = read_text(
        r"h_t = \tanh(W_e^{(1)} x_t + U_e^{(1)} h_{t-1}) + \tanh(W_e x_t + U_e h_{t-1})"
    )
    assert [q.name for q in cell.parameters] == ["W_e_1", "U_e_1", "W_e", "U_e"]


def test_a_number_above_a_label_e_has_two_readings():
    assert "S209" in message(r"h_t = \tanh(W_e^{1} x_t + W_e^{2} h_{t-1})")


@pytest.mark.parametrize("power", ["e^{a}", r"{\rm e}^{a}", r"\mathrm{e}^{a}", r"{e}^{a}"])
def test_e_to_the_power_of_a_letter_is_its_exponential(power):
    text = rf"h_t = W h_{{t-1}} + {power} \odot x_t"
    assert equations(text) == equations(text.replace(power, r"\exp(a)"))


def test_a_name_e_with_a_label_comes_back():
    cell = Cell.from_latex(r"h_t = \tanh(V e_t^k) \\ e_t^k = \tanh(W h_{t-1} + U x_t)")
    assert Cell.from_latex(cell.to_latex()) == cell


def test_a_print_that_is_read_as_another_cell_is_refused(monkeypatch):
    cell = Cell.from_latex(r"h_t = \tanh(W x_t + U h_{t-1})", "mine")
    other = showing.equations_file(read_text(r"h_t = \tanh(W h_{t-1} + U x_t)"), ())
    monkeypatch.setattr(showing, "equations_file", lambda _cell, _declared: other)
    with pytest.raises(UsageError, match="S019") as caught:
        cell.to_latex()
    assert str(caught.value) == (
        "error[S019]: the equations of mine, printed with all shapes, are read as another cell\n"
        "  h_t = tanh(W x_t + U h_{t-1}) is read as h_t = tanh(W h_{t-1} + U x_t)\n"
        "  help: keep the file or the equations that this cell was made of"
    )
