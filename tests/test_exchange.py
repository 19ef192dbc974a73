"""Cells from LaTeX, from SymPy in Python, and back."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from random_cells import random_cells
from sympy import (
    BlockMatrix,
    Determinant,
    Eq,
    Float,
    HadamardPower,
    HadamardProduct,
    Integer,
    Inverse,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Symbol,
    sin,
    tanh,
)

from symlstm import Cell, cells
from symlstm.functions import sigmoid
from symlstm.messages import NotationError, SymlstmError, UsageError

D, H = (Symbol(name, integer=True, positive=True) for name in "DH")
x, h, h_prev = (
    MatrixSymbol("x_t", D, 1), MatrixSymbol("h_t", H, 1), MatrixSymbol("h_prev", H, 1),
)  # fmt: skip
W, U, b = MatrixSymbol("W", H, D), MatrixSymbol("U", H, H), MatrixSymbol("b", H, 1)


def of_equations(cell: Cell) -> Cell:
    again = Cell.from_equations(((e.left, e.right) for e in cell.equations), cell.name)
    return replace(again, title=cell.title, source=cell.source)


@pytest.mark.parametrize("name", list(cells))
def test_a_cell_of_the_library_comes_back_from_its_latex(name):
    assert Cell.from_latex(cells[name].to_latex(), name) == cells[name]


@pytest.mark.parametrize("name", list(cells))
def test_a_cell_of_the_library_comes_back_from_its_equations(name):
    cell, again = cells[name], of_equations(cells[name])
    assert again.equations == cell.equations
    assert {q.name: q.shape for q in again.quantities} == {q.name: q.shape for q in cell.quantities}


ONLY_H = "h_t = {} + h_{{t-1}}"
WITH_D = r"x_t \in \mathbb{{R}}^{{D}} \\ h_t = {} + U h_{{t-1}}"
DECLARED = r"a, b, d, x_t \in \mathbb{{R}}^{{H}} \\ h_t = {} + h_{{t-1}}"
PRINTED = [
    # k Σ b, with k in front; the mean of a multiple is the multiple of a mean
    (ONLY_H, r"\operatorname{sum}(3 x_t)", r"3 \operatorname{sum}(x_{t})"),
    (ONLY_H, r"\operatorname{mean}(3 x_t)", r"3 \operatorname{mean}(x_{t})"),
    (ONLY_H, r"\sum_i x_{t,i} (3 b_i)", r"3 \operatorname{sum}(x_{t} \odot b)"),
    # (a/b)/c = a/(b c) and (a/b) ∘ (c/d) = (a c)/(b d)
    (DECLARED.replace("a, b, d", "b"), r"\frac{\frac{7}{3 x_t}}{b}",
     r"\frac{7}{3 (x_{t} \odot b)}"),
    (DECLARED, r"\frac{a}{b} \odot \frac{x_t}{d}", r"\frac{a \odot x_{t}}{b \odot d}"),
    (WITH_D, r"\frac{\frac{V x_t}{\|a\|}}{\|b\|}",
     r"\frac{V x_{t}}{\sqrt{\operatorname{sum}(a^{2})} \sqrt{\operatorname{sum}(b^{2})}}"),
    (WITH_D, r"\frac{2}{\operatorname{sum}(a)} V x_t", r"\frac{2}{\operatorname{sum}(a)} V x_{t}"),
    (ONLY_H, r"\frac{1}{3} (x_t) / \frac13", "x_{t}"),
    # a diagonal matrix scales rows, wherever it stands
    (ONLY_H, r"\operatorname{diag}(b) (k_t x_t^\top)",
     r"\operatorname{diag}(b) k_{t} x_{t}^{\top}"),
    (ONLY_H, r"N \odot (\operatorname{diag}(b) (k_t x_t^\top \odot M))",
     r"N \odot (\operatorname{diag}(b) (k_{t} x_{t}^{\top} \odot M))"),
    (ONLY_H, r"(\operatorname{diag}(b) W) x_t", r"(\operatorname{diag}(b) W) x_{t}"),
    (ONLY_H, r"\operatorname{diag}(b) W x_t", r"b \odot W x_{t}"),
    # a power of a transpose, and a power that would be another name
    (ONLY_H, r"\|W^\top\| x_t", r"\sqrt{\operatorname{sum}((W^{\top})^{2})} x_{t}"),
    (ONLY_H, r"(\sqrt{x_t})^\top b", r"(\sqrt{x_{t}})^{\top} b"),
    (ONLY_H, r"(b)^3 \odot b_3 \odot x_t", r"(b)^{3} \odot b_{3} \odot x_{t}"),
    # in max(a, b), what stands twice is the same before and after
    (WITH_D, r"\max(\operatorname{diag}(b)(V x_t), 3 (W h_{t-1}))",
     r"\max(b \odot V x_{t}, 3 W h_{t-1})"),
    (WITH_D, r"\max(V h_{t-1}, \operatorname{mean}(x_t))",
     r"\max(V h_{t-1}, \operatorname{mean}(x_{t}))"),
    (WITH_D, r"\max(V x_t, \min(b, 0))", r"\max(V x_{t}, -\operatorname{ReLU}(-b))"),
    # sizes that are sums
    (WITH_D, r"[a, b] + V x_t", "[a, b] + V x_{t}"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "text", "expected"), PRINTED)
def test_a_cell_comes_back_from_a_print_that_a_person_would_write(frame, text, expected):
    cell = Cell.from_latex(frame.format(text))
    printed = cell.to_latex()
    plain = re.sub(r"\\left|\\right|\\,", "", printed).replace("  ", " ")
    assert f"h_{{t}} &= {expected} + " in plain
    assert Cell.from_latex(printed) == cell


def test_a_stack_that_is_transposed_is_printed_side_by_side():
    """[a, b]ᵀ has two readings, one of them this"""
    text = r"s_t \in \mathbb{R}^N \\ x_t \in \mathbb{R}^D \\ "
    text += r"s_t = V [x_t, s_{t-1}] \begin{bmatrix} x_t^\top & s_{t-1}^\top \end{bmatrix} v"
    cell = Cell.from_latex(text)
    printed = cell.to_latex()
    assert r"\begin{bmatrix} x_{t}^{\top} & s_{t-1}^{\top} \end{bmatrix}" in printed
    assert Cell.from_latex(printed) == cell


def test_an_accent_in_a_label_comes_back():
    cell = Cell.from_latex("h_t = b_netİ + U h_{t-1} + W x_t")
    assert cell.quantity("b_netI_dot").in_latex() == r"{b_{net\dot{I}}}"
    assert Cell.from_latex(cell.to_latex()) == cell


NINES = "9" * 60
LONG_NUMBERS = [
    rf"{NINES} \cdot {NINES} x_t", f"{NINES} ({NINES} x_t)", f"x_t / {NINES} / {NINES}",
    "99^{64} x_t", f"x_t + {NINES} ({NINES} + 1)",
    "x_t + " + r" \cdot ".join(["9" * 100] * 60),
]  # fmt: skip


@pytest.mark.parametrize("text", LONG_NUMBERS, ids=range(len(LONG_NUMBERS)))
def test_numbers_that_make_a_longer_one_than_is_read_are_refused(text):
    with pytest.raises(NotationError, match=r"S213.*these numbers make one of more than 100"):
        Cell.from_latex(f"h_t = {text} + h_{{t-1}}")


def test_a_cell_whose_print_is_longer_than_a_file_gets_a_message():
    equations = (rf"h_{{{n},t}} = W_{{{n}}} h_{{{n},t-1}} + V_{{{n}}} x_t" for n in range(100, 490))
    cell = Cell.from_latex(r" \\ ".join(equations), "many")
    with pytest.raises(UsageError, match=r"S019.*the equations of many.*\n.*at most 64 KiB"):
        cell.to_latex()


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(random_cells(depth=2))
def test_a_random_cell_comes_back(text):
    cell = Cell.from_latex(text)
    assert Cell.from_latex(cell.to_latex()) == cell


def test_equations_in_python_are_the_cell_of_the_same_text():
    """h_t = tanh(W x_t + U h_{t−1} + b), as SymPy orders it"""
    found = Cell.from_equations([Eq(h, (W * x + U * h_prev + b).applyfunc(tanh))])
    typed = Cell.from_latex(
        r"x_t \in \mathbb{R}^D \\ h_t \in \mathbb{R}^H \\ h_t = \tanh(U h_{t-1} + W x_t + b)"
    )
    assert found.equations == typed.equations
    assert [q.name for q in found.states] == ["h"] and [q.name for q in found.inputs] == ["x"]


def test_products_stacks_and_ones_in_python():
    z, V = MatrixSymbol("z_t", H, 1), MatrixSymbol("V_z", H, H + D)
    gate = (V * BlockMatrix([[h_prev], [x]])).applyfunc(sigmoid)
    cell = Cell.from_equations(
        [(z, gate), (h, HadamardProduct(OneMatrix(H, 1) - z, h_prev) + HadamardProduct(z, U * x2))]
    )
    assert cell.quantity("V_z").shape == (H, H + D)


x2 = MatrixSymbol("u_t", H, 1)


@pytest.mark.parametrize(
    ("equations", "text"),
    [
        ([(W * x, h)], "the left side W*x_t is no MatrixSymbol"),
        ([(h_prev, h)], "the left side h_prev is a quantity of the step before"),
        ([(h, x)], "h_t has the shape (H, 1), its right side (D, 1)"),
        ([(h, 3)], "h_t has the shape (H, 1), its right side no shape"),
        ([(h, MatrixSymbol("2nd_t", H, 1) + h_prev)], "2nd_t has no form in equations"),
        (
            [(h, MatrixSymbol("W", H, H) * h_prev + W * x)],
            "W stands with the shapes (H, D) and (H, H)",
        ),
        ([(h, Determinant(U) * h_prev)], "no way to print a Determinant"),
        ([(h, Symbol("a") * h_prev + W * x)], "a is a Symbol without a shape"),
        ([(h, (Symbol("a") * h_prev + W * x).applyfunc(tanh))], "a is a Symbol without a shape"),
        ([(h, h_prev + h)], "h_t is defined by itself at time t"),
    ],
)
def test_what_is_no_cell_gets_a_message(equations, text):
    with pytest.raises(SymlstmError) as caught:
        Cell.from_equations(equations)
    assert text in str(caught.value)


def test_a_size_may_be_a_factor_of_a_mean():
    mean = (MatrixSymbol("s_t", 1, 1), OneMatrix(1, H) * h_prev / H)
    cell = Cell.from_equations([mean, (h, W * x + h_prev)])
    assert cell.quantity("s").shape == (1, 1)


def test_a_message_names_no_place_in_a_text_that_nobody_wrote():
    """The equation is quoted; there is no line or column of it"""
    with pytest.raises(SymlstmError) as caught:
        Cell.from_equations([(h, (W * x + U * h).applyfunc(tanh))])
    assert (
        str(caught.value)
        == r"""
error[S221]: h_t is defined by itself at time t
  in h_{t} = \tanh\left(U\, h_{t} + W\, x_{t}\right)
  help: what is read of the step before is written with t-1: h_{t-1}
""".strip("\n")
    )


NODES = """
  an equation is made of sums, products, transposes, stacks, slices, and \
functions applied entry by entry
  help: use these functions: sigmoid (σ), softplus, silu, relu, absolute, signum, step of \
symlstm.functions, tanh, exp, log of SymPy"""


@pytest.mark.parametrize(
    ("right", "first"),
    [
        (Inverse(U) * h_prev + W * x, "error[S401]: no way to print a Inverse is known"),
        (
            (W * x + h_prev).applyfunc(sin),
            "error[S401]: no law is known for the elementwise function sin",
        ),
    ],
    ids=str,
)
def test_an_unknown_node_names_what_is_known(right, first):
    with pytest.raises(SymlstmError) as caught:
        Cell.from_equations([(h, right)])
    assert str(caught.value) == first + NODES


def test_two_shapes_of_one_name_are_mended_by_a_second_name():
    with pytest.raises(SymlstmError, match="give one of the two another name"):
        Cell.from_equations([(h, MatrixSymbol("W", H, H) * h_prev + W * x)])


H_T, H_PREV, X_T = (MatrixSymbol(name, Symbol("H"), 1) for name in ("h_t", "h_prev", "x_t"))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "the NoneType None is given"),
        (5, "the int 5 is given"),
        ("h_t = x_t", "the str 'h_t = x_t' is given"),
        (["h_t = x_t"], "the str 'h_t = x_t' is no equation"),
        ([Eq(1, 1)], "the BooleanTrue True is no equation"),
        ([H_T], "the MatrixSymbol h_t is no equation"),
        ([(H_T, X_T, 1)], "is no equation"),
        ([(H_T, "x_t +")], "has a side that is not SymPy's"),
        ([(H_T, None)], "has a side that is not SymPy's"),
    ],
)
def test_what_are_no_equations_is_a_message(given, words):
    with pytest.raises(UsageError, match=words) as caught:
        Cell.from_equations(given)
    assert "give Eq(h_t, right) or pairs (h_t, right)" in str(caught.value)


@pytest.mark.parametrize("given", [5, b"h_t = x_t", None, ["h_t = x_t"]])
def test_what_is_no_text_is_a_message(given):
    with pytest.raises(UsageError, match=rf"S022\]: .*and a {type(given).__name__} is given"):
        Cell.from_latex(given)


def test_an_iterator_of_equations_is_read():
    assert Cell.from_equations(iter([Eq(H_T, X_T + H_PREV)])).states[0].name == "h"


@pytest.mark.parametrize("number", [Integer(10) ** 5000, Rational(1, 10**5000), Integer(10) ** 100])
def test_a_number_of_thousands_of_digits_is_a_message(number):
    with pytest.raises(NotationError, match="at most 100 digits"):
        Cell.from_equations([(H_T, number * H_PREV + X_T)])
    with pytest.raises(UsageError, match="is no equation"):
        Cell.from_equations([number])


def test_a_product_of_numbers_of_100_digits_is_a_message():
    many = r" \cdot ".join(["9" * 100] * 44)
    with pytest.raises(NotationError, match="more than 100 digits"):
        Cell.from_latex(f"h_t = {many} h_{{t-1}} + x_t")


@pytest.mark.parametrize(
    ("right", "text"),
    [
        (0.1 * W * x + U * h_prev, r"h_t = U h_{t-1} + \frac{1}{10} W x_t"),
        (U * h_prev + 0.25 * OneMatrix(H, 1) + W * x, r"h_t = \frac{1}{4} + U h_{t-1} + W x_t"),
        (W * x + HadamardPower(U * h_prev, 2.0), r"h_t = W x_t + (U h_{t-1})^2"),
        (W * x + U * U * h_prev, r"h_t = U U h_{t-1} + W x_t"),
        (W * x + (2 * U) ** 3 * h_prev, r"h_t = 8 U U U h_{t-1} + W x_t"),
        ((W * x + U**2 * h_prev).applyfunc(tanh), r"h_t = \tanh(U U h_{t-1} + W x_t)"),
        (W * x + 3.141592653589793 * U * h_prev, r"h_t = 3.141592653589793 U h_{t-1} + W x_t"),
        (W * x + Float("0.1", 30) * U * h_prev, r"h_t = \frac{1}{10} U h_{t-1} + W x_t"),
        (W * x + (U.T * U) ** 2 * h_prev, r"h_t = U^\top U U^\top U h_{t-1} + W x_t"),
    ],
    ids=str,
)
def test_floats_are_their_simplest_decimals_and_powers_of_matrices_products(right, text):
    """0.1 is 1/10, as where it is typed, and U U is U U, which SymPy turns into a power."""
    declared = r"h_t \in \mathbb{R}^H \\ x_t \in \mathbb{R}^D \\ U \in \mathbb{R}^{H \times H} \\ "
    cell = Cell.from_equations([(h, right)])
    expected = Cell.from_latex(declared + text)
    assert set(cell.equations[0].right.args) == set(expected.equations[0].right.args)


def test_a_float_beyond_doubles_is_not_0():
    with pytest.raises(NotationError, match="S213"):
        Cell.from_equations([(h, W * x + Float(10) ** -400 * h_prev)])


def test_a_power_of_a_matrix_that_is_no_product():
    with pytest.raises(UsageError) as raised:
        Cell.from_equations([(h, W * x + U ** Rational(1, 2) * h_prev)])
    assert str(raised.value) == (
        "error[S022]: U**(1/2) is no product of matrices\n"
        "  help: the exponent of a matrix is a whole number from 1 to 64; HadamardPower takes "
        "powers entry by entry"
    )
