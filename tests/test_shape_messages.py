"""The whole message for mistakes of shape: what, both places, why, and how to mend it."""

import pytest

from symlstm.messages import NotationError
from symlstm.notation.reading import read_text

MISTAKES = {
    "rows times a matrix": (
        r"""
h_t = \tanh(x_t W^\top + h_{t-1} U^\top + b)""",
        r"""
error[S297]: x_t W^\top has more than one reading
  --> cell.tex:1:13
    1 | h_t = \tanh(x_t W^\top + h_{t-1} U^\top + b)
      |             ^^^^^^^^^^
  x_t may be a row, as in code, a scalar, or a matrix
  vectors are columns in equations
  help: write W x_t, or declare x_t with its shape""",
    ),
    "a signal before a matrix": (
        r"""
h_t = \tanh(x_t W + U h_{t-1})""",
        r"""
error[S297]: x_t W has more than one reading
  --> cell.tex:1:13
    1 | h_t = \tanh(x_t W + U h_{t-1})
      |             ^^^^^
  x_t may be a row, as in code, a scalar, or a matrix
  vectors are columns in equations
  help: write W x_t, or declare x_t with its shape""",
    ),
    "rows of which the size is declared": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t = \tanh(x_t W_{ih}^T + b_{ih} + h_{t-1} W_{hh}^T + b_{hh})""",
        r"""
error[S297]: x_t W_{ih}^T has more than one reading
  --> cell.tex:2:13
    2 | h_t = \tanh(x_t W_{ih}^T + b_{ih} + h_{t-1} W_{hh}^T + b_{hh})
      |             ^^^^^^^^^^^^
  x_t may be a row, as in code, or a scalar
  vectors are columns in equations
  help: write W_{ih} x_t""",
    ),
    "a gate before a matrix": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
s_t = \sigma(V h_{t-1} + b) \\
h_t = \tanh(W x_t + s_t U h_{t-1})""",
        r"""
error[S297]: s_t U has more than one reading
  --> cell.tex:4:21
    4 | h_t = \tanh(W x_t + s_t U h_{t-1})
      |                     ^^^^^
  s_t may be a row, as in code, or a scalar
  vectors are columns in equations
  help: write U s_t, or declare s_t \in \mathbb{R} if it is a scalar""",
    ),
    "a gate by an inner product that is not declared": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
s_t = w^\top h_{t-1} + b \\
h_t = \tanh(W x_t + s_t U h_{t-1})""",
        r"""
error[S295]: w^\top: w may be a vector or a matrix
  --> cell.tex:3:7
    3 | s_t = w^\top h_{t-1} + b \\
      |       ^^^^^^
  nothing tells how many columns it has
  help: declare it: w \in \mathbb{R}^{H}, or \mathbb{R}^{H \times K}""",
    ),
    "a divisor of any shape": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = \frac{1}{\sqrt{d}} W x_t + U h_{t-1}""",
        r"""
error[S235]: \frac{1}{\sqrt{d}} has more than one reading
  --> cell.tex:3:7
    3 | h_t = \frac{1}{\sqrt{d}} W x_t + U h_{t-1}
      |       ^^^^^^^^^^^^^^^^^^
  d may be a scalar, or divide entry by entry
  help: declare it: d \in \mathbb{R}, or \mathbb{R}^{H}""",
    ),
    "a mean over another size": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = W x_t + \frac{1}{D} \sum_{i=1}^{D} h_{i,t-1}""",
        r"""
error[S214]: this sum goes to D, but what is summed has H entries
  --> cell.tex:3:15
    3 | h_t = W x_t + \frac{1}{D} \sum_{i=1}^{D} h_{i,t-1}
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:2:1
    2 | h_t \in \mathbb{R}^{H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  D is a size that the file declares
  help: sum to H, or give one of the two sizes another letter""",
    ),
    "a size of two letters": (
        r"""
x_t \in \mathbb{R}^{N M} \\
h_t = W x_t + U h_{t-1}""",
        r"""
error[S215]: N M: a size of several letters has more than one reading
  --> cell.tex:1:9
    1 | x_t \in \mathbb{R}^{N M} \\
      |         ^^^^^^^^^^^^^^^^
  it may be the product of N and M, or one size of that name
  there are no products of two sizes
  help: give it one letter, or a label, as in N_{M}""",
    ),
    "a size of a letter with a command and another": (
        r"""
x_t \in \mathbb{R}^{\ell H} \\
h_t = W x_t + U h_{t-1}""",
        r"""
error[S215]: \ell H: a size of several letters has more than one reading
  --> cell.tex:1:9
    1 | x_t \in \mathbb{R}^{\ell H} \\
      |         ^^^^^^^^^^^^^^^^^^^
  it may be the product of ℓ and H, or one size of that name
  there are no products of two sizes
  help: give it one letter, or a label, as in ℓ_{H}""",
    ),
    "an expression before a parameter": (
        r"""
h_t = \tanh(W x_t + U h_{t-1}) \mathrm{gate}""",
        r"""
error[S297]: \tanh(W x_t + U h_{t-1}) \mathrm{gate} has more than one reading
  --> cell.tex:1:7
    1 | h_t = \tanh(W x_t + U h_{t-1}) \mathrm{gate}
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  \tanh(W x_t + U h_{t-1}) may be a row, as in code, a scalar, or a matrix
  vectors are columns in equations
  help: write \mathrm{gate} \tanh(W x_t + U h_{t-1})""",
    ),
    "the mean of a scalar": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
s_t = \operatorname{mean}(w_t) \\
w_t \in \mathbb{R} \\
h_t = s_t h_{t-1} + W x_t""",
        r"""
error[S298]: w_t is a scalar: there is nothing to sum
  --> cell.tex:3:27
    3 | s_t = \operatorname{mean}(w_t) \\
      |                           ^^^
  help: declare what is summed with its size, as in x_t \in \mathbb{R}^{D}""",
    ),
    "the square of a matrix": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = \tanh(W x_t + (U)^2 h_{t-1})""",
        r"""
error[S294]: (U)^2: the power of a matrix has two readings
  --> cell.tex:3:21
    3 | h_t = \tanh(W x_t + (U)^2 h_{t-1})
      |                     ^^^^^
  U is H×H
  it may be a product of the matrix with itself, or taken entry by entry
  help: write the product out, as in W W or W \odot W""",
    ),
    "a diagonal matrix alone": (
        r"""
x_t, h_t \in \mathbb{R}^{H} \\
A_t = U + \operatorname{diag}(x_t) \\
h_t = A_t h_{t-1}""",
        r"""
error[S293]: a diagonal matrix stands alone here
  --> cell.tex:2:11
    2 | A_t = U + \operatorname{diag}(x_t) \\
      |           ^^^^^^^^^^^^^^^^^^^^^^^^
  help: multiply it by a vector or a matrix, as in \operatorname{diag}(w) h""",
    ),
    "rows of nobody knows how many": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = \tanh([W x_t]_{1:H})""",
        r"""
error[S299]: nothing tells how many rows W x_t has
  --> cell.tex:3:13
    3 | h_t = \tanh([W x_t]_{1:H})
      |             ^^^^^^^^^^^^^
  help: declare its matrix, as in W \in \mathbb{R}^{4H \times D}""",
    ),
    "rows beyond the last": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
V \in \mathbb{R}^{2H \times D} \\
h_t = [V x_t]_{2H+1:3H} + h_{t-1}""",
        r"""
error[S210]: V x_t has 2H rows, no rows 2H+1 to 3H
  --> cell.tex:4:7
    4 | h_t = [V x_t]_{2H+1:3H} + h_{t-1}
      |       ^^^^^^^^^^^^^^^^^
  ::: cell.tex:4:8
    4 | h_t = [V x_t]_{2H+1:3H} + h_{t-1}
      |        ^^^^^
  help: rows are counted from 1, and both ends are included""",
    ),
    "a row zero": (
        r"""
x_t \in \mathbb{R}^{4} \\
h_t \in \mathbb{R}^{3} \\
h_t = [x_t]_{0:2} + h_{t-1}""",
        r"""
error[S210]: [x_t]_{0:2}: there is no row 0
  --> cell.tex:3:7
    3 | h_t = [x_t]_{0:2} + h_{t-1}
      |       ^^^^^^^^^^^
  help: rows are counted from 1, and both ends are included, as in 1:2""",
    ),
    "rows that run backwards": (
        r"""
a_t \in \mathbb{R}^{2H} \\
h_t \in \mathbb{R}^{H} \\
h_t = [a_t]_{2H:H} + h_{t-1}""",
        r"""
error[S210]: [a_t]_{2H:H}: the rows run backwards, from 2H to H
  --> cell.tex:3:7
    3 | h_t = [a_t]_{2H:H} + h_{t-1}
      |       ^^^^^^^^^^^^
  help: rows are counted from 1, and both ends are included""",
    ),
    "rows of which the number is no sum": (
        r"""
a_t \in \mathbb{R}^{2H} \\
h_t = [a_t]_{2:H} + h_{t-1}""",
        r"""
error[S210]: [a_t]_{2:H}: nothing tells how many rows 2 to H are
  --> cell.tex:2:7
    2 | h_t = [a_t]_{2:H} + h_{t-1}
      |       ^^^^^^^^^^^
  their number is no sum of sizes
  help: write the last row as a sum from the first on, as in [a]_{H+1:H+D}""",
    ),
    "a row that is there for some sizes": (
        r"""
a_t \in \mathbb{R}^{2H} \\
h_t = [a_t]_{3:3} + h_{t-1}""",
        r"""
error[S210]: a_t has 2H rows, and may have no row 3
  --> cell.tex:2:7
    2 | h_t = [a_t]_{3:3} + h_{t-1}
      |       ^^^^^^^^^^^
  ::: cell.tex:1:1
    1 | a_t \in \mathbb{R}^{2H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^^
  help: rows are counted from 1, and both ends are included""",
    ),
    "a small letter transposed": (
        r"""
s_t = w^\top h_{t-1} + b \\
h_t = U h_{t-1} + s_t + x_t""",
        r"""
error[S295]: w^\top: w may be a vector or a matrix
  --> cell.tex:1:7
    1 | s_t = w^\top h_{t-1} + b \\
      |       ^^^^^^
  nothing tells how many columns it has
  help: declare it: w \in \mathbb{R}^{H}, or \mathbb{R}^{H \times K}""",
    ),
    "one matrix for two sizes": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = \tanh(W x_t + W h_{t-1})""",
        r"""
error[S210]: W cannot be both a matrix of D columns and a matrix of H columns
  --> cell.tex:3:21
    3 | h_t = \tanh(W x_t + W h_{t-1})
      |                     ^^^^^^^^^
  ::: cell.tex:3:13
    3 | h_t = \tanh(W x_t + W h_{t-1})
      |             ^^^^^
  W is one parameter, wherever it stands
  help: give one of the two another name""",
    ),
    "a vector that is a matrix elsewhere": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = \tanh(W x_t + w \odot h_{t-1} + w x_t)""",
        r"""
error[S210]: w cannot be both a vector and a matrix of D columns
  --> cell.tex:3:39
    3 | h_t = \tanh(W x_t + w \odot h_{t-1} + w x_t)
      |                                       ^^^^^
  ::: cell.tex:3:21
    3 | h_t = \tanh(W x_t + w \odot h_{t-1} + w x_t)
      |                     ^^^^^^^^^^^^^^^
  w is one parameter, wherever it stands
  help: give one of the two another name""",
    ),
    "a scalar gate that is not declared": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
C_t \in \mathbb{R}^{H \times D} \\
f_t = \sigma(A x_t) \\
C_t = f_t C_{t-1} \\
h_t = C_t x_t""",
        r"""
error[S210]: cannot multiply f_t (?×1) and C_{t-1} (H×D)
  --> cell.tex:5:11
    5 | C_t = f_t C_{t-1} \\
      |           ^^^^^^^
  ::: cell.tex:4:1
    4 | f_t = \sigma(A x_t) \\
      | ^^^^^^^^^^^^^^^^^^^
  a matrix product needs as many columns on the left as rows on the right
  ? is a size that nothing has told yet
  help: declare f_t \in \mathbb{R} if it is a scalar""",
    ),
    "two vectors side by side": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
z_t = \sigma(W x_t + U h_{t-1}) \\
h_t = z_t h_{t-1}""",
        r"""
error[S292]: z_t h_{t-1} has two readings
  --> cell.tex:4:7
    4 | h_t = z_t h_{t-1}
      |       ^^^^^^^^^^^
  it may be an elementwise product
  it may be a product with a scalar
  help: write \odot (% notation: juxtaposition = \odot), or z_t \in \mathbb{R} for a scalar""",
    ),
    "a sign left out in an LSTM": (
        r"""
x_t \in \mathbb{R}^{D} \\
c_t = f_t \odot c_{t-1} + i_t \odot g_t \\
f_t = \sigma(W_f x_t + U_f h_{t-1}) \\
i_t = \sigma(W_i x_t + U_i h_{t-1}) \\
g_t = \tanh(W_g x_t + U_g h_{t-1}) \\
o_t = \sigma(W_o x_t + U_o h_{t-1}) \\
h_t = o_t \tanh(c_t)""",
        r"""
error[S292]: o_t \tanh(c_t) has two readings
  --> cell.tex:7:7
    7 | h_t = o_t \tanh(c_t)
      |       ^^^^^^^^^^^^^^
  it may be an elementwise product
  it may be a product with a scalar
  help: write \odot (% notation: juxtaposition = \odot), or o_t \in \mathbb{R} for a scalar""",
    ),
    "a scalar gate beside a bracket": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t = (1 - z_t) h_{t-1} + z_t (W x_t) \\
z_t = \sigma(U h_{t-1} + V x_t)""",
        r"""
error[S292]: (1 - z_t) h_{t-1} has two readings
  --> cell.tex:2:7
    2 | h_t = (1 - z_t) h_{t-1} + z_t (W x_t) \\
      |       ^^^^^^^^^^^^^^^^^
  it may be an elementwise product
  it may be a product with a scalar
  help: write \odot (% notation: juxtaposition = \odot), or declare scalars""",
    ),
    "a small letter that a quotient would make a matrix": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t = x_t / (1 + w^\top x_t)""",
        r"""
error[S295]: w^\top: w may be a vector or a matrix
  --> cell.tex:2:18
    2 | h_t = x_t / (1 + w^\top x_t)
      |                  ^^^^^^
  nothing tells how many columns it has
  help: declare it: w \in \mathbb{R}^{D}, or \mathbb{R}^{D \times K}""",
    ),
    "a leak": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = (1 - a) h_{t-1} + a \tanh(W x_t + U h_{t-1})""",
        r"""
error[S307]: a may be a scalar, a vector or a matrix
  --> cell.tex:3:12
    3 | h_t = (1 - a) h_{t-1} + a \tanh(W x_t + U h_{t-1})
      |            ^
  it multiplies what stands behind it, and nothing tells its shape
  help: declare a \in \mathbb{R} or \mathbb{R}^{H \times H}, or write \odot behind a vector""",
    ),
    "a missing transpose": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
W \in \mathbb{R}^{D \times H} \\
h_t = \tanh(W x_t)""",
        r"""
error[S210]: cannot multiply W (D×H) and x_t (D×1)
  --> cell.tex:4:15
    4 | h_t = \tanh(W x_t)
      |               ^^^
  ::: cell.tex:3:1
    3 | W \in \mathbb{R}^{D \times H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  a matrix product needs as many columns on the left as rows on the right
  help: W^\top fits: it is H×D""",
    ),
    "a quotient of other sizes": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = h_{t-1} / x_t""",
        r"""
error[S210]: h_{t-1} / x_t is H×1, but x_t is D×1
  --> cell.tex:3:17
    3 | h_t = h_{t-1} / x_t
      |                 ^^^
  ::: cell.tex:2:1
    2 | h_t \in \mathbb{R}^{H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  / divides by a scalar, or equal shapes entry by entry
  help: check the declarations, or multiply by a weight matrix of the right shape""",
    ),
    "parts that do not fill the whole": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
i_t, f_t \in \mathbb{R}^{H} \\
W \in \mathbb{R}^{3H \times D} \\
\begin{pmatrix} i_t \\ f_t \end{pmatrix} = W x_t \\
h_t = i_t \odot f_t""",
        r"""
error[S210]: the right side has 3H rows, what stands on the left H + H
  --> cell.tex:5:17
    5 | \begin{pmatrix} i_t \\ f_t \end{pmatrix} = W x_t \\
      |                 ^^^
  ::: cell.tex:5:1
    5 | \begin{pmatrix} i_t \\ f_t \end{pmatrix} = W x_t \\
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  both sides of an equation have one shape""",
    ),
    "a state that is never updated": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = \tanh(W x_t + c_{t-1})""",
        r"""
error[S229]: c is read at t-1, but no equation defines c_t
  --> cell.tex:3:21
    3 | h_t = \tanh(W x_t + c_{t-1})
      |                     ^^^^^^^
  help: add an equation c_t = …""",
    ),
    "a state of the same step": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = \tanh(W x_t + U h_t)""",
        r"""
error[S221]: h_t is defined by itself at time t
  --> cell.tex:3:23
    3 | h_t = \tanh(W x_t + U h_t)
      |                       ^^^
  help: what is read of the step before is written with t-1: h_{t-1}""",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_whole_message(mistake):
    text, expected = MISTAKES[mistake]
    with pytest.raises(NotationError) as caught:
        read_text(text.strip("\n"), "cell.tex")
    assert str(caught.value) == expected.strip("\n")


def test_a_file_has_an_end():
    text = r" \\ ".join([rf"a_{{{n},t}} = x_t" for n in range(401)])
    with pytest.raises(NotationError, match=r"S219.*at most 400 equations"):
        read_text(text)


def test_every_single_row_below_the_least_height_is_there():
    # 2H ≥ H + 1 ≥ 2 > 1, as H ≥ 1.
    text = r"a_t \in \mathbb{R}^{2H} \\ h_t = [a_t]_{1:1} + [a_t]_{2:2} + [a_t]_{H+1:H+1} + h_{t-1}"
    assert read_text(text).quantity("h").shape == (1, 1)


@pytest.mark.parametrize("rows", ["0:1", "0:0", "4:1", "5:5", "2:5", "0H:1"])
def test_rows_that_a_vector_of_four_does_not_have_are_a_message(rows):
    with pytest.raises(NotationError, match=r"no row|run backwards"):
        read_text(rf"x_t \in \mathbb{{R}}^{{4}} \\ h_t = [x_t]_{{{rows}}} + h_{{t-1}}")
