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


# A column of functions, a bias as a 1, a diagonal matrix in a sum, primes for the time.


def test_a_column_of_functions_is_an_array_in_brackets_as_well():
    text = (
        r"\left(\begin{array}{c} i_t \\ o_t \end{array}\right) = "
        r"\left(\begin{array}{c} \sigma \\ \tanh \end{array}\right) W [h_{t-1}, x_t] \\ "
        r"h_t = i_t \odot o_t"
    )
    plain = text.replace(r"\left(\begin{array}{c}", r"\begin{pmatrix}")
    assert equations(text) == equations(plain.replace(r"\end{array}\right)", r"\end{pmatrix}"))


@pytest.mark.parametrize("stack", ["[1; x_t; h_{t-1}]", "[1, x_t, h_{t-1}]"])
def test_a_bias_that_is_a_1_in_a_stack_is_told_to_be_added(stack):
    assert message(rf"h_t = \tanh(W {stack})") == (
        f"""error[S212]: a plain number has no shape in a stack
  --> cell.tex:1:16
    1 | h_t = \\tanh(W {stack})
      |                ^
  a 1 under a vector is how a bias is written as a column of the weights
  help: leave it out, and add the bias by its own name: W [h_{{t-1}}, x_t] + b"""
    )


def test_a_diagonal_matrix_in_a_sum_is_multiplied_out():
    """(U + diag(w)) h = U h + w ∘ h"""
    text = r"h_t = \tanh(W x_t + (U + \operatorname{diag}(w)) h_{t-1})"
    opened = r"h_t = \tanh(W x_t + (U h_{t-1} + w \odot h_{t-1}))"
    assert equations(text) == equations(opened)


STATE = (
    r"S_t \in \mathbb{R}^{M \times N} \\ r_t, w_t, k_t \in \mathbb{R}^N \\ v_t \in \mathbb{R}^M \\ "
    r"y_t = S_t r_t \\ "
)


def test_a_diagonal_matrix_behind_a_matrix_scales_its_columns():
    """S (diag(w) − k kᵀ) = (diag(w) Sᵀ)ᵀ − S k kᵀ"""
    text = r"S_t = S_{t-1} (\operatorname{diag}(w_t) - k_t k_t^\top) + v_t k_t^\top"
    scaled = r"(\operatorname{diag}(w_t) S_{t-1}^\top)^\top"
    opened = rf"S_t = ({scaled} - S_{{t-1}} k_t k_t^\top) + v_t k_t^\top"
    assert equations(STATE + text) == equations(STATE + opened)
    assert equations(STATE + r"S_t = S_{t-1} \operatorname{diag}(w_t) + v_t k_t^\top") == equations(
        STATE + rf"S_t = {scaled} + v_t k_t^\top"
    )


def test_a_diagonal_matrix_scales_the_columns_of_a_product():
    """S S diag(w) = (diag(w) (S S)ᵀ)ᵀ"""
    text = STATE + r"S_t = A A S_{t-1} \operatorname{diag}(w_t) + v_t k_t^\top"
    scaled = r"(\operatorname{diag}(w_t) (A A S_{t-1})^\top)^\top"
    assert equations(text) == equations(STATE + rf"S_t = {scaled} + v_t k_t^\top")


def test_a_number_beside_a_diagonal_matrix_is_not_multiplied_out():
    text = r"w \in \mathbb{R}^H \\ x_t, h_t \in \mathbb{R}^{H} \\ "
    text += r"h_t = x_t + (1 - \operatorname{diag}(w)) h_{t-1}"
    assert "S336" in message(text)


def test_nested_sums_with_diagonal_matrices_are_refused_at_the_limit():
    factors = r" (U + \operatorname{diag}(w))" * 60
    assert "S244" in message(rf"h_t = x_t + {factors} h_{{t-1}}")


@pytest.mark.parametrize("right", ["W x + U h", "W [h, x] + b"])
def test_a_prime_for_the_new_state_is_told_to_be_a_time(right):
    text = rf"h' = \tanh({right})"
    told = "% notation: h' = h_t, h = h_{t-1}, x = x_t"
    assert message(text) == (
        f"""error[S279]: h_prime is defined and never read
  --> cell.tex:1:1
    1 | {text}
      | ^^
  help: say which time is meant: {told}"""
    )
    assert equations(f"{told}\n{text}") == equations(
        rf"h_t = \tanh({right})".replace("h ", "h_{t-1} ")
        .replace("h,", "h_{t-1},").replace("h)", "h_{t-1})").replace("x", "x_t")
    )  # fmt: skip


# Decorations and indices.


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        (r"h_t \overset{\text{def}}{=} \tanh(W x_t + U h_{t-1})",
         r"h_t = \tanh(W x_t + U h_{t-1})"),
        (r"h_t \stackrel{def}= \tanh(W x_t + U h_{t-1})", r"h_t = \tanh(W x_t + U h_{t-1})"),
        (r"h_t = \tanh(\textcolor{red}{W} x_t + U h_{t-1})", r"h_t = \tanh(W x_t + U h_{t-1})"),
    ],
)  # fmt: skip
def test_what_is_only_decoration_is_passed_over(printed, plain):
    assert equations(printed) == equations(plain)


def test_an_arrow_above_a_name_is_an_accent():
    text = r"\overrightarrow{h}_t = \tanh(W x_t + U \overrightarrow{h}_{t-1})"
    cell = read_text(text)
    assert [q.name for q in cell.states] == ["h_overrightarrow"]
    assert Cell.from_latex(cell.to_latex()) == cell
    shown = "\n".join(q.in_unicode() for q in cell.states)
    assert shown == "h\u20d7_t"


def test_an_index_above_a_name_is_told_to_stand_below():
    text = r"h_t = \sum_{i} \exp(e_t^{i}) + W x_t + h_{t-1}"
    assert message(text) == (
        r"""error[S266]: the index i of this sum stands above a name
  --> cell.tex:1:24
    1 | h_t = \sum_{i} \exp(e_t^{i}) + W x_t + h_{t-1}
      |                        ^^^^
  ::: cell.tex:1:7
    1 | h_t = \sum_{i} \exp(e_t^{i}) + W x_t + h_{t-1}
      |       ^^^^^^^^
  above a name stands a label, which tells quantities apart
  help: write the index of an entry below, as in a_{t,i}"""
    )


def test_a_sum_over_a_set_is_refused():
    text = r"h_t = \tanh(W x_t + \sum_{k \in C(j)} h_k)"
    assert message(text) == (
        r"""error[S266]: a sum over k \in C(j) is not read
  --> cell.tex:1:21
    1 | h_t = \tanh(W x_t + \sum_{k \in C(j)} h_k)
      |                     ^^^^^^^^^^^^^^^^^
  a sum is over all entries of a vector, from 1 to its size
  help: write the terms out, as in h_{1,t} + h_{2,t}, or make the sum an input"""
    )


def test_pi_is_told_to_be_declared_under_another_name():
    assert message(r"h_t = \tanh(\sqrt{2/\pi} (W x_t + U h_{t-1}))") == (
        r"""error[S206]: \pi cannot stand here
  --> cell.tex:1:21
    1 | h_t = \tanh(\sqrt{2/\pi} (W x_t + U h_{t-1}))
      |                     ^^^
  it is a number without a finite decimal, or a policy or probability
  help: give the number a name of your own and declare it, as in p \in \mathbb{R}"""
    )
