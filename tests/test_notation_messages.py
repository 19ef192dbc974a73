"""The whole text of each message about an equations file: what, where, and how to mend it.

Each file is one that a person might write by mistake; none of it is ever evaluated.
"""

import re

import pytest

from symlstm.messages import NotationError
from symlstm.notation.reading import read_file, read_text

# title: (the equations, the message).
# fmt: off
MISTAKES = {
    "control character": (
        'h_t = x_t\n + h_{t-1}\x07',
        r"""
error[S203]: the control character U+0007 is not allowed
  --> cell.tex:2:11
    2 |  + h_{t-1}\u0007
      |           ^^^^^^
  help: delete it; it is invisible in most editors
""",
    ),
    "bidirectional character": (
        'h_t = W x_t \u202e+ h_{t-1}',
        r"""
error[S203]: the control character U+202E is not allowed
  --> cell.tex:1:13
    1 | h_t = W x_t \u202e+ h_{t-1}
      |             ^^^^^^
  help: delete it; it is invisible in most editors
""",
    ),
    "unclosed display": (
        r"""\begin{align}
h_t = x_t + h_{t-1}""",
        r"""
error[S204]: \begin{align} is never closed
  --> cell.tex:1:1
    1 | \begin{align}
      | ^^^^^^^^^^^^^
  help: end the display with \end{align}
""",
    ),
    "unopened display": (
        r"""h_t = x_t + h_{t-1}
\end{align}""",
        r"""
error[S204]: \end{align} has no \begin{align}
  --> cell.tex:2:1
    2 | \end{align}
      | ^^^^^^^^^^^
  help: delete it, or write \begin{align} before it
""",
    ),
    "crossed displays": (
        r"""\begin{align}
h_t = x_t + h_{t-1}
\end{gather}""",
        r"""
error[S204]: \end{gather} has no \begin{gather}
  --> cell.tex:3:1
    3 | \end{gather}
      | ^^^^^^^^^^^^
  ::: cell.tex:1:1
    1 | \begin{align}
      | ^^^^^^^^^^^^^
  help: end the display with \end{align}
""",
    ),
    "unfinished equation": (
        r"""h_t = W x_t +

""",
        r"""
error[S205]: the file ends in the middle of an equation
  --> cell.tex:1:13
    1 | h_t = W x_t +
      |             ^
  help: finish the equation
""",
    ),
    "unclosed bracket": (
        r"""h_t = \tanh(W x_t \\
c_t = h_t + c_{t-1}""",
        r"""
error[S205]: ( is never closed
  --> cell.tex:1:12
    1 | h_t = \tanh(W x_t \\
      |            ^
  help: close it with ) where its content ends
""",
    ),
    "unclosed bracket at the end": (
        r"""h_t = \frac{x_t}{2 + h_{t-1}""",
        r"""
error[S205]: { is never closed
  --> cell.tex:1:17
    1 | h_t = \frac{x_t}{2 + h_{t-1}
      |                 ^
  help: close it with } where its content ends
""",
    ),
    "unclosed subscript": (
        r"""h_t = x_t + h_{t-1""",
        r"""
error[S205]: { is never closed
  --> cell.tex:1:15
    1 | h_t = x_t + h_{t-1
      |               ^
  help: close it with } where its content ends
""",
    ),
    "bracket of another kind": (
        r"""h_t = \tanh(W x_t] + h_{t-1}""",
        r"""
error[S206]: ] cannot stand here
  --> cell.tex:1:18
    1 | h_t = \tanh(W x_t] + h_{t-1}
      |                  ^
  ::: cell.tex:1:12
    1 | h_t = \tanh(W x_t] + h_{t-1}
      |            ^
  help: ( is open, and ) closes it; or something is missing before
""",
    ),
    "decimal comma": (
        r"""h_t = 0,5 W x_t + h_{t-1}""",
        r"""
error[S205]: 0,5 is no number
  --> cell.tex:1:7
    1 | h_t = 0,5 W x_t + h_{t-1}
      |       ^^^
  a comma separates two equations
  help: write 0.5
""",
    ),
    "second subscript": (
        r"""h_t = x_t + h_{t-1}_2""",
        r"""
error[S209]: two subscripts on one name
  --> cell.tex:1:20
    1 | h_t = x_t + h_{t-1}_2
      |                    ^^
  help: write one with a comma, as in _{2,t-1}
""",
    ),
    "second label": (
        r"""h_t = W_x_h \tanh(x_t) + h_{t-1}""",
        r"""
error[S209]: two subscripts on one name
  --> cell.tex:1:10
    1 | h_t = W_x_h \tanh(x_t) + h_{t-1}
      |          ^^
  help: write one with a comma, as in _{x,h}
""",
    ),
    "maximum over an index": (
        r"""h_t = \max_i(x_{t,i}) + h_{t-1}""",
        r"""
error[S268]: what stands below or above max is not read
  --> cell.tex:1:11
    1 | h_t = \max_i(x_{t,i}) + h_{t-1}
      |           ^^
  help: write the arguments in brackets behind it; max over an index is not read
""",
    ),
    "zeroth power": (
        r"""h_t = (W x_t)^0 \odot h_{t-1}""",
        r"""
error[S246]: every quantity to the power 0 is 1
  --> cell.tex:1:7
    1 | h_t = (W x_t)^0 \odot h_{t-1}
      |       ^^^^^^^^^
  help: write 1, or delete it
""",
    ),
    "functions in a row": (
        "h_t = " + "tanh " * 102 + "x_t",
        f"""
error[S233]: at most 100 functions are applied to each other
  --> cell.tex:1:7
    1 | h_t = {'tanh ' * 18}tanh …
      |       {'^' * 94}
  help: give parts of it names of their own
""",
    ),
    "unknown display": (
        r"""\begin{tabular}
h_t = x_t
\end{tabular}""",
        r"""
error[S206]: \begin{tabular} cannot stand here
  --> cell.tex:1:1
    1 | \begin{tabular}
      | ^^^^^^^^^^^^^^^
  help: use align, aligned, gather or equation
""",
    ),
    "unknown function": (
        r"""h_t = \sin(x_t)""",
        r"""
error[S206]: \sin cannot stand here
  --> cell.tex:1:7
    1 | h_t = \sin(x_t)
      |       ^^^^
  help: known are sigmoid, tanh, exp, log, softplus, silu, relu, abs, sign, step, sqrt, max, min
""",
    ),
    "no separator": (
        r"""h_t = \tanh(x_t)
c_t = h_t""",
        r"""
error[S276]: two equality signs in one equation
  --> cell.tex:2:7
    2 | c_t = h_t
      |       ^^^
  which of the sides defines the name is not told
  help: write one equation for each, and \\ between two equations
""",
    ),
    "unopened bracket": (
        r"""h_t = x_t) + h_{t-1}""",
        r"""
error[S206]: ) cannot stand here
  --> cell.tex:1:10
    1 | h_t = x_t) + h_{t-1}
      |          ^
  help: there is no bracket that ) closes, or something is missing before it
""",
    ),
    "empty right side": (
        r"""h_t = \\ c_t = h_t""",
        r"""
error[S206]: \\ cannot stand here
  --> cell.tex:1:7
    1 | h_t = \\ c_t = h_t
      |       ^^
  help: an equation has a name on its left and an expression on its right
""",
    ),
    "two signs": (
        r"""h_t = x_t + + h_{t-1}""",
        r"""
error[S206]: + cannot stand here
  --> cell.tex:1:13
    1 | h_t = x_t + + h_{t-1}
      |             ^
  help: an equation reads like c_t = f_t ∘ c_{t-1} + i_t ∘ g_t
""",
    ),
    "Python code": (
        r"""h_t = __import__("os").system("touch x")""",
        r"""
error[S206]: _ cannot stand here
  --> cell.tex:1:7
    1 | h_t = __import__("os").system("touch x")
      |       ^
  help: an equation has a name on its left and an expression on its right
""",
    ),
    "odd size": (
        r"""x_t \in \mathbb{R}^{2^H} \\ h_t = x_t + h_{t-1}""",
        r"""
error[S207]: 2^H is no size
  --> cell.tex:1:9
    1 | x_t \in \mathbb{R}^{2^H} \\ h_t = x_t + h_{t-1}
      |         ^^^^^^^^^^^^^^^^
  help: a size is a letter or a number, as in \mathbb{R}^{H \times D}
""",
    ),
    "missing size": (
        r"""x_t \in \mathbb{R}^{H \times } \\ h_t = x_t + h_{t-1}""",
        r"""
error[S207]: nothing is no size
  --> cell.tex:1:9
    1 | x_t \in \mathbb{R}^{H \times } \\ h_t = x_t + h_{t-1}
      |         ^^^^^^^^^^^^^^^^^^^^^^
  help: a size is a letter or a number, as in \mathbb{R}^{H \times D}
""",
    ),
    "three sizes": (
        r"""x_t \in \mathbb{R}^{H \times D \times K} \\ h_t = x_t + h_{t-1}""",
        r"""
error[S207]: a shape has one or two sizes
  --> cell.tex:1:9
    1 | x_t \in \mathbb{R}^{H \times D \times K} \\ h_t = x_t + h_{t-1}
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  a quantity is a scalar, a vector or a matrix
  help: give each matrix of it a name of its own
""",
    ),
    "the batch as a size": (
        r"""x_t \in \mathbb{R}^{B \times D} \\ h_t = x_t + h_{t-1}""",
        r"""
error[S207]: B is the number of examples, no size of a quantity
  --> cell.tex:1:9
    1 | x_t \in \mathbb{R}^{B \times D} \\ h_t = x_t + h_{t-1}
      |         ^^^^^^^^^^^^^^^^^^^^^^^
  the equations speak of one example at one time
  help: leave it out, or give the size another letter
""",
    ),
    "the time as a size": (
        r"""x_t \in \mathbb{R}^{T} \\ h_t = x_t + h_{t-1}""",
        r"""
error[S207]: T is the number of time steps, no size of a quantity
  --> cell.tex:1:9
    1 | x_t \in \mathbb{R}^{T} \\ h_t = x_t + h_{t-1}
      |         ^^^^^^^^^^^^^^
  the equations speak of one example at one time
  help: leave it out, or give the size another letter
""",
    ),
    "odd label": (
        r"""h_t = W_{x/2} x_t + h_{t-1}""",
        r"""
error[S208]: x/2 is no label of a name
  --> cell.tex:1:8
    1 | h_t = W_{x/2} x_t + h_{t-1}
      |        ^^^^^^
  help: a label is letters and digits; the time index is t or t-1
""",
    ),
    "empty label": (
        r"""h_t = W_{} x_t + h_{t-1}""",
        r"""
error[S208]: nothing is no label of a name
  --> cell.tex:1:8
    1 | h_t = W_{} x_t + h_{t-1}
      |        ^^^
  help: a label is letters and digits; the time index is t or t-1
""",
    ),
    "a small letter as a matrix": (
        r"""h_t = h_{t-1} + \epsilon \tanh(W x_t + U h_{t-1})""",
        r"""
error[S307]: \epsilon may be a scalar, a vector or a matrix
  --> cell.tex:1:17
    1 | h_t = h_{t-1} + \epsilon \tanh(W x_t + U h_{t-1})
      |                 ^^^^^^^^
  it multiplies what stands behind it, and nothing tells its shape
  help: declare \epsilon \in \mathbb{R} or \mathbb{R}^{H \times H}, or write \odot behind a vector
""",
    ),
    "the letter of the identity matrix": (
        r"""h_t = (U - \mathbf{I}) h_{t-1} + W x_t""",
        r"""
error[S308]: \mathbf{I} may be the identity matrix or a parameter
  --> cell.tex:1:12
    1 | h_t = (U - \mathbf{I}) h_{t-1} + W x_t
      |            ^^^^^^^^^^
  a parameter is declared, as in \mathbf{I} \in \mathbb{R}^{H \times H}
  help: leave it out of I h_t, and write h_t - A h_t for (I - A) h_t
""",
    ),
    "the exponential of a matrix": (
        r"""h_t = \exp(A) h_{t-1} + B x_t""",
        r"""
error[S312]: exp of a matrix has two readings
  --> cell.tex:1:7
    1 | h_t = \exp(A) h_{t-1} + B x_t
      |       ^^^^^^^
  it may be the exponential series of the matrix, which is not read
  it may be taken entry by entry
  help: declare a vector in it, or a diagonal matrix: \operatorname{diag}(\exp(a))
""",
    ),
    "a power": (
        r"""h_t = x_t^2 + h_{t-1}""",
        r"""
error[S209]: the superscript ^2 has more than one reading
  --> cell.tex:1:10
    1 | h_t = x_t^2 + h_{t-1}
      |          ^^
  it may be a power, a label or a time
  help: declare x_t^2 ∈ ℝ^… for a label; put what is raised in brackets for a power
""",
    ),
    "a star above": (
        r"""h_t^{*} = x_t + h_{t-1}""",
        r"""
error[S209]: the superscript ^{*} has more than one reading
  --> cell.tex:1:4
    1 | h_t^{*} = x_t + h_{t-1}
      |    ^^^^
  it may be a power, a label or a time
  help: write the time as a subscript, h_{t-1}; a transpose is ᵀ
""",
    ),
    "a letter above a group": (
        r"""h_t = (x_t + h_{t-1})^a""",
        r"""
error[S209]: the superscript ^a has more than one reading
  --> cell.tex:1:22
    1 | h_t = (x_t + h_{t-1})^a
      |                      ^^
  it may be a power, a label or a time
  help: write the time as a subscript, h_{t-1}; a transpose is ᵀ
""",
    ),
    "unequal addends": (
        r"""x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = x_t + h_{t-1}""",
        r"""
error[S210]: x_t is D×1, but h_{t-1} is H×1
  --> cell.tex:3:13
    3 | h_t = x_t + h_{t-1}
      |             ^^^^^^^
  ::: cell.tex:1:1
    1 | x_t \in \mathbb{R}^{D} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  + adds equal shapes
  help: check the declarations, or multiply by a weight matrix of the right shape
""",
    ),
    "two declarations": (
        r"""x_t \in \mathbb{R}^{D} \\
x_t \in \mathbb{R}^{H} \\
h_t = x_t + h_{t-1}""",
        r"""
error[S210]: x is declared with two shapes, D×1 and H×1
  --> cell.tex:2:1
    2 | x_t \in \mathbb{R}^{H} \\
      | ^^^
  ::: cell.tex:1:1
    1 | x_t \in \mathbb{R}^{D} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  help: delete one declaration
""",
    ),
    "impossible product": (
        r"""x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = \tanh(W x_t + h_{t-1} x_t)""",
        r"""
error[S210]: cannot multiply h_{t-1} (H×1) and x_t (D×1)
  --> cell.tex:3:29
    3 | h_t = \tanh(W x_t + h_{t-1} x_t)
      |                             ^^^
  ::: cell.tex:2:1
    2 | h_t \in \mathbb{R}^{H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  a matrix product needs as many columns on the left as rows on the right
  help: check the shapes of both, or transpose one with ^\top
""",
    ),
    "missing transpose": (
        r"""h_t \in \mathbb{R}^{H} \\
x_t \in \mathbb{R}^{D} \\
W \in \mathbb{R}^{H \times D} \\
V \in \mathbb{R}^{D \times H} \\
h_t = (W + V) x_t + h_{t-1}""",
        r"""
error[S210]: W is H×D, but V is D×H
  --> cell.tex:5:12
    5 | h_t = (W + V) x_t + h_{t-1}
      |            ^
  ::: cell.tex:3:1
    3 | W \in \mathbb{R}^{H \times D} \\
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  + adds equal shapes
  help: one of them needs a transpose, ^\top
""",
    ),
    "product the wrong way round": (
        r"""h_t \in \mathbb{R}^{H} \\
x_t \in \mathbb{R}^{D} \\
W \in \mathbb{R}^{D \times H} \\
h_t = W x_t + h_{t-1}""",
        r"""
error[S210]: cannot multiply W (D×H) and x_t (D×1)
  --> cell.tex:4:9
    4 | h_t = W x_t + h_{t-1}
      |         ^^^
  ::: cell.tex:3:1
    3 | W \in \mathbb{R}^{D \times H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  a matrix product needs as many columns on the left as rows on the right
  help: W^\top fits: it is H×D
""",
    ),
    "impossible stack": (
        r"""h_t \in \mathbb{R}^{H} \\ C \in \mathbb{R}^{H \times K} \\ h_t = W [C, h_{t-1}]""",
        r"""
error[S210]: cannot stack C (H×K) and h_{t-1} (H×1)
  --> cell.tex:1:72
    1 | h_t \in \mathbb{R}^{H} \\ C \in \mathbb{R}^{H \times K} \\ h_t = W [C, h_{t-1}]
      |                                                                        ^^^^^^^
  ::: cell.tex:1:69
    1 | h_t \in \mathbb{R}^{H} \\ C \in \mathbb{R}^{H \times K} \\ h_t = W [C, h_{t-1}]
      |                                                                     ^
  what is stacked has one number of columns
""",
    ),
    "rows of blocks of other widths": (
        r"""W, U \in \mathbb{R}^{H \times D} \\ V \in \mathbb{R}^{H \times K}
\\ h_t = \begin{bmatrix} W & U \\ V \end{bmatrix} x_t + h_{t-1}""",
        r"""
error[S210]: cannot stack W U (H×2D) and V (H×K)
  --> cell.tex:2:35
    2 | \\ h_t = \begin{bmatrix} W & U \\ V \end{bmatrix} x_t + h_{t-1}
      |                                   ^
  ::: cell.tex:2:26
    2 | \\ h_t = \begin{bmatrix} W & U \\ V \end{bmatrix} x_t + h_{t-1}
      |                          ^^^^^
  what is stacked has one number of columns
""",
    ),
    "function of a number": (
        r"""h_t = \log(1 - 2) W x_t + h_{t-1}""",
        r"""
error[S211]: \log(1 - 2) is no real number
  --> cell.tex:1:7
    1 | h_t = \log(1 - 2) W x_t + h_{t-1}
      |       ^^^^^^^^^^^
  help: is an operand missing?
""",
    ),
    "root of a root": (
        r"""h_t = \sqrt{2 + \sqrt{3}} W x_t + h_{t-1}""",
        r"""
error[S246]: a root of a root or of a function of numbers is not read
  --> cell.tex:1:7
    1 | h_t = \sqrt{2 + \sqrt{3}} W x_t + h_{t-1}
      |       ^^^^^^^^^^^^^^^^^^^
  help: name it as a parameter
""",
    ),
    "stacked number": (
        r"""h_t = W [h_{t-1}, 1]""",
        r"""
error[S212]: a plain number has no shape in a stack
  --> cell.tex:1:19
    1 | h_t = W [h_{t-1}, 1]
      |                   ^
  a 1 under a vector is how a bias is written as a column of the weights
  help: leave it out, and add the bias by its own name: W [h_{t-1}, x_t] + b
""",
    ),
    "transposed number": (
        r"""h_t = h_{t-1} + (2)^\top""",
        r"""
error[S212]: a plain number has no shape here
  --> cell.tex:1:18
    1 | h_t = h_{t-1} + (2)^\top
      |                  ^
  help: name it as a parameter
""",
    ),
    "long number": (
        "h_t = x_t + h_{t-1} + " + "1" * 101,
        f"""
error[S213]: a number has at most 100 digits
  --> cell.tex:1:23
    1 | … t = x_t + h_{{t-1}} + {'1' * 80} …
      |   {' ' * 20}{'^' * 80}
""",
    ),
    "no equation": (
        r"""% title: nothing
x_t \in \mathbb{R}^D""",
        r"""
error[S220]: there is no equation in this file
  --> cell.tex
  help: an equation reads like h_t = \tanh(W x_t + U h_{t-1} + b)
""",
    ),
    "defined by itself": (
        r"""h_t = x_t + h_t""",
        r"""
error[S221]: h_t is defined by itself at time t
  --> cell.tex:1:13
    1 | h_t = x_t + h_t
      |             ^^^
  help: what is read of the step before is written with t-1: h_{t-1}
""",
    ),
    "defined by each other": (
        r"""c_t = x_t + h_t \\
h_t = c_t + h_{t-1}""",
        r"""
error[S221]: at time t each of c_t, h_t needs the other: c_t → h_t → c_t
  --> cell.tex:1:13
    1 | c_t = x_t + h_t \\
      |             ^^^
  ::: cell.tex:2:7
    2 | h_t = c_t + h_{t-1}
      |       ^^^
  help: write h_{t-1} for h_t: what is read at t-1 elsewhere is a state
""",
    ),
    "a gate that reads the state at t": (
        r"""h_t = z_t \odot h_{t-1} \\
z_t = \sigma(W x_t + U h_t)""",
        r"""
error[S221]: at time t each of z_t, h_t needs the other: z_t → h_t → z_t
  --> cell.tex:2:24
    2 | z_t = \sigma(W x_t + U h_t)
      |                        ^^^
  ::: cell.tex:1:7
    1 | h_t = z_t \odot h_{t-1} \\
      |       ^^^
  help: write h_{t-1} for h_t: what is read at t-1 elsewhere is a state
""",
    ),
    "a cycle through two states": (
        r"""f_t = \sigma(W_f x_t + U_f h_t) \\
c_t = f_t \odot c_{t-1} + U_c h_{t-1} \\
h_t = \tanh(c_t)""",
        r"""
error[S221]: at time t each of f_t, h_t, c_t needs the other: f_t → h_t → c_t → f_t
  --> cell.tex:1:28
    1 | f_t = \sigma(W_f x_t + U_f h_t) \\
      |                            ^^^
  ::: cell.tex:3:13
    3 | h_t = \tanh(c_t)
      |             ^^^
  ::: cell.tex:2:7
    2 | c_t = f_t \odot c_{t-1} + U_c h_{t-1} \\
      |       ^^^
  help: write h_{t-1} for h_t, or c_{t-1} for c_t: what is read at t-1 elsewhere is a state
""",
    ),
    "a cycle through no state": (
        r"""z_t = \sigma(W x_t + U h_t) \\
h_t = z_t \odot x_t""",
        r"""
error[S221]: at time t each of z_t, h_t needs the other: z_t → h_t → z_t
  --> cell.tex:1:24
    1 | z_t = \sigma(W x_t + U h_t) \\
      |                        ^^^
  ::: cell.tex:2:7
    2 | h_t = z_t \odot x_t
      |       ^^^
  help: what is read of the step before is written with t-1: z_{t-1} or h_{t-1}
""",
    ),
    "two spellings": (
        r"""h_t = \tilde{h}_t + h_{t-1} \\
\tilde h_t = h_{tilde, t}""",
        r"""
error[S222]: two spellings share the ASCII name h_tilde
  --> cell.tex:2:14
    2 | \tilde h_t = h_{tilde, t}
      |              ^^^^^^^^^^^^
  ::: cell.tex:1:7
    1 | h_t = \tilde{h}_t + h_{t-1} \\
      |       ^^^^^^^^^^^
  help: rename one of them
""",
    ),
    "time missing": (
        r"""h_t = x_t + h_{t-1} + x""",
        r"""
error[S223]: x stands with a time index and without one
  --> cell.tex:1:23
    1 | h_t = x_t + h_{t-1} + x
      |                       ^
  ::: cell.tex:1:7
    1 | h_t = x_t + h_{t-1} + x
      |       ^^^
  without a time index it is a parameter, with one a signal
  help: write x_t, or rename one of them
""",
    ),
    "the future": (
        r"""h_t = x_{t+1} + h_{t-1}""",
        r"""
error[S224]: a step cannot read the future
  --> cell.tex:1:7
    1 | h_t = x_{t+1} + h_{t-1}
      |       ^^^^^^^
  help: move every time index back, so that the latest is t, as in h_t = W x_t + U h_{t-1}
""",
    ),
    "two steps back": (
        r"""h_t = x_t + h_{t-2}""",
        r"""
error[S224]: a step cannot read more than one step back
  --> cell.tex:1:13
    1 | h_t = x_t + h_{t-2}
      |             ^^^^^^^
  help: carry it in a state: write p_t = h_{t-1}, and say % notation: h_{t-2} = p_{t-1}
""",
    ),
    "untimed definition": (
        r"""s = x_t \\ h_t = s + h_{t-1}""",
        r"""
error[S225]: s is defined, but has no time index
  --> cell.tex:1:1
    1 | s = x_t \\ h_t = s + h_{t-1}
      | ^
  what reads a signal changes from step to step
  help: write s_t, or say it for the whole file: % notation: s = s_t
""",
    ),
    "definition at t-1": (
        r"""h_{t-1} = x_t + h_{t-1}""",
        r"""
error[S226]: an equation defines a quantity at time t
  --> cell.tex:1:1
    1 | h_{t-1} = x_t + h_{t-1}
      | ^^^^^^^
  help: write h_t on the left
""",
    ),
    "two definitions": (
        r"""h_t = x_t \\
h_t = x_t + h_{t-1}""",
        r"""
error[S227]: h_t is defined twice
  --> cell.tex:2:1
    2 | h_t = x_t + h_{t-1}
      | ^^^
  ::: cell.tex:1:1
    1 | h_t = x_t \\
      | ^^^
  help: each name is assigned once; give the second value a name of its own
""",
    ),
    "unused, with a suggestion": (
        r"""x_t, h_t, h_{z,t} \in \mathbb{R}^D \\ h_t = x_t + h_{t-1}""",
        r"""
error[S228]: h_z is declared and never used
  --> cell.tex:1:11
    1 | x_t, h_t, h_{z,t} \in \mathbb{R}^D \\ h_t = x_t + h_{t-1}
      |           ^^^^^^^
  help: did you mean h_t?
""",
    ),
    "unused": (
        r"""x_t, y_t \in \mathbb{R}^D \\ h_t = x_t + h_{t-1}""",
        r"""
error[S228]: y is declared and never used
  --> cell.tex:1:6
    1 | x_t, y_t \in \mathbb{R}^D \\ h_t = x_t + h_{t-1}
      |      ^^^
  help: delete the declaration
""",
    ),
    "undefined state": (
        r"""x_t \in \mathbb{R}^D \\ \tilde{h}_t = x_t + h_{t-1}""",
        r"""
error[S229]: h is read at t-1, but no equation defines h_t
  --> cell.tex:1:45
    1 | x_t \in \mathbb{R}^D \\ \tilde{h}_t = x_t + h_{t-1}
      |                                             ^^^^^^^
  help: add an equation h_t = …
""",
    ),
    "undefined name": (
        r"""x_t \in \mathbb{R}^D \\ h_t = \sigma(x_t + h_{t-1} + y_t)""",
        r"""
error[S230]: y_t is never defined
  --> cell.tex:1:54
    1 | x_t \in \mathbb{R}^D \\ h_t = \sigma(x_t + h_{t-1} + y_t)
      |                                                      ^^^
  help: if it is an input, declare it: y_t \in \mathbb{R}^{D}
""",
    ),
    "undefined name, with a suggestion": (
        r"""x_t \in \mathbb{R}^D \\ g_{i,t} = x_t \\ h_t = g_{x,t} + h_{t-1}+g_{i,t}""",
        r"""
error[S230]: g_x_t is never defined
  --> cell.tex:1:48
    1 | x_t \in \mathbb{R}^D \\ g_{i,t} = x_t \\ h_t = g_{x,t} + h_{t-1}+g_{i,t}
      |                                                ^^^^^^^
  help: did you mean g_i_t?
""",
    ),
    "name of the step before": (
        r"""h_t = h_{prev} + h_{t-1} + x_t""",
        r"""
error[S231]: h_prev and h both need the name h_prev
  --> cell.tex:1:7
    1 | h_t = h_{prev} + h_{t-1} + x_t
      |       ^^^^^^^^
  ::: cell.tex:1:1
    1 | h_t = h_{prev} + h_{t-1} + x_t
      | ^^^
  help: rename one of them
""",
    ),
    "name of the initial state": (
        r"""h_t = W_{0} h_{t-1} + h_{0} + x_t""",
        r"""
error[S231]: h_0 and h both need the name h_0
  --> cell.tex:1:23
    1 | h_t = W_{0} h_{t-1} + h_{0} + x_t
      |                       ^^^^^
  ::: cell.tex:1:1
    1 | h_t = W_{0} h_{t-1} + h_{0} + x_t
      | ^^^
  help: rename one of them
""",
    ),
    "no input": (
        r"""h_t = \tanh(U h_{t-1} + b)""",
        r"""
error[S232]: the cell has no input, so that a sequence of it has no length
  --> cell.tex:1:1
    1 | h_t = \tanh(U h_{t-1} + b)
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^
  an input is read at time t, and no equation defines it
  help: read one, as in h_t = W x_t + U h_{t-1}
""",
    ),
    "long sum": (
        "h_t = x_t + h_{t-1}" + " + b" * 99,
        f"""
error[S233]: an equation has at most 100 names and numbers on its right
  --> cell.tex:1:1
    1 | h_t = x_t + h_{{t-1}}{' + b' * 20}  …
      | {'^' * 100}
  help: give parts of it names of their own
""",
    ),
    "a name read too often": (
        " \\\\\n".join(f"y_{{{n},t}} = x_t + x_t + x_t" for n in range(334)),
        r"""
error[S233]: x is read more than 1000 times
  --> cell.tex:334:19
  334 | y_{333,t} = x_t + x_t + x_t
      |                   ^^^
  help: a cell is a handful of equations over vectors and matrices
""",
    ),
    "size of no argument": (
        r"""y_t \in \mathbb{R}^{K} \\ x_t \in \mathbb{R}^{D} \\ y_t = 1 \\ h_t = x_t + h_{t-1}""",
        r"""
error[S234]: y_t has the size K, which no argument has
  --> cell.tex:1:53
    1 | y_t \in \mathbb{R}^{K} \\ x_t \in \mathbb{R}^{D} \\ y_t = 1 \\ h_t = x_t + h_{t-1}
      |                                                     ^^^^^^^
  help: declare it with the size of an input, state or parameter, or a number
""",
    ),
}
# fmt: on


def message_of(text: str) -> str:
    with pytest.raises(NotationError, match=r"^error\[S(2|30|31)") as caught:
        read_text(text, "cell.tex")
    return str(caught.value)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_whole_message(mistake):
    text, expected = MISTAKES[mistake]
    assert message_of(text) == expected.strip("\n")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_place_in_a_message_is_a_place_in_the_file(mistake):
    """The line is quoted as it stands, and the underline covers it from the column on."""
    text, _ = MISTAKES[mistake]
    with pytest.raises(NotationError, match=r"^error\[S(2|30|31)") as caught:
        read_text(text, "cell.tex")
    lines = text.split("\n")
    for span in caught.value.message.spans:
        assert span.file == "cell.tex"
        if span.column:
            assert span.text == lines[span.line - 1]
            assert 1 <= span.column <= len(span.text)
            assert span.column + span.length <= len(span.text) + 1


def test_every_code_of_the_notation_is_tested():
    """S200, S201, S202 and S225 stand in tests of their own."""
    codes = set(re.findall(r"error\[(S\d{3})\]", "".join(m for _, m in MISTAKES.values())))
    expected = {f"S2{n:02}" for n in [*range(3, 14), *range(20, 35), 76]}
    assert codes == expected | {"S246", "S268", "S307", "S308", "S312"}


def test_the_whole_message_of_a_file_that_is_too_long():
    assert message_of("h_t = x_t + h_{t-1}\n%" + "x" * 65536) == (
        "error[S201]: an equations file is at most 64 KiB long\n"
        "  --> cell.tex\n"
        "  this one has 65557 bytes, and 65536 are the limit\n"
        "  help: a cell is a handful of equations; keep other text out of the file"
    )


def test_the_whole_message_of_brackets_that_are_too_deep():
    assert message_of("\n h_t = " + "(" * 101 + "x_t" + ")" * 101) == (
        "error[S202]: brackets are nested more than 100 deep\n"
        "  --> cell.tex:2:108\n"
        f"    2 | … {'(' * 50}x_t{')' * 47} …\n"
        f"      |   {' ' * 49}^\n"
        "  help: give inner parts names of their own, and close each bracket"
    )


def test_the_whole_message_of_a_file_that_is_not_utf8(tmp_path):
    path = tmp_path / "cell.tex"
    path.write_bytes(b"% caf\xc3\xa9\nh_t = x_t + \xe9\n")
    with pytest.raises(NotationError, match="S200") as caught:
        read_file(path)
    assert str(caught.value) == (
        f"error[S200]: the file is not UTF-8 text\n"
        f"  --> {path}:2:13\n"
        "    2 | h_t = x_t + \N{REPLACEMENT CHARACTER}\n"
        "      |             ^\n"
        "  the byte 0xe9 is part of no UTF-8 character\n"
        "  help: save it as UTF-8"
    )


def test_a_file_that_is_too_long_ends_in_the_middle_of_a_character(tmp_path):
    path = tmp_path / "cell.tex"
    path.write_bytes(b"%" + "é".encode() * 40_000)
    with pytest.raises(NotationError, match=r"S201.*64 KiB") as caught:
        read_file(path)
    assert "this one has 80001 bytes" in str(caught.value)


LONG = "h_t = x_t + h_{t-1} " + "+ x_t " * 10_000


@pytest.mark.parametrize("text", [
    LONG + "+",
    r"h_t = \sin(x_t) " + "+ x_t " * 9_000,
    "h_t = x_t \u202e" + " + b" * 10_000,
    "h_t = h_{t-1} + " + "(" * 60_000,
    "h_t = \\" + "a" * 60_000,
    r"h_t = x_t + h_{t-1} + \text{" + "a b" * 20_000 + "}",
    r"\begin{align} h_t = x_t + h_{t-1} \end{" + "a" * 60_000 + "}",
    r"x_t \in \mathbb{R}^{" + "?" * 60_000 + r"} \\ h_t = x_t + h_{t-1}",
    "h_t = x_t + h_{t-1} + W_{" + "?" * 60_000 + "}",
    "h_t = x_t + h_{t-1} + W^{" + "?" * 60_000 + "}",
    "h_t = x_t + h_{t-1} + " + "a" * 60_000,
    "h_t = x_t + h_{t-1} + \\odot" + "a" * 60_000,
    "h_t = x_t + h_{t-1} + " + "1" * 60_000,
    "% notation: " + "a" * 60_000 + " = b\nh_t = x_t + h_{t-1}",
    r"h_t = x_t + h_{t-1} + (W x_t)^{" + "W " * 3_000 + "}",
])  # fmt: skip
def test_a_long_line_is_shown_around_the_caret(text):
    """A message stays a message, however long the line is."""
    message = message_of(text)
    assert len(message) < 1200
    assert max(map(len, message.split("\n"))) <= 240
    excerpt, carets = message.split("\n")[2:4]
    assert "^" in carets
    assert "…" in excerpt


def test_the_caret_stands_below_what_is_meant():
    """An accent over a letter takes no column; a tab takes one, a wide character two."""
    accent = message_of("h\u0303_t = x_t + \\sin(h\u0303_{t-1})").split("\n")
    assert accent[3] == " " * 6 + "| " + " " * 12 + "^^^^"
    tab = message_of("h_t =\tx_t + \\sin(h_{t-1})").split("\n")
    assert tab[2:4] == [r"    1 | h_t = x_t + \sin(h_{t-1})", " " * 6 + "| " + " " * 12 + "^^^^"]


@pytest.mark.parametrize("text", [
    r"h[t] = \tanh(W x[t] + U h[t-1])",
    "h[t] = tanh(W x[t] + U h[t - 1])",
    "h(t) = tanh(W x(t) + U h(t-1))",
])  # fmt: skip
def test_a_time_in_brackets_is_the_time(text):
    """As papers and programs write it; an index t of a step can be nothing else."""
    assert read_text(text) == read_text(r"h_t = \tanh(W x_t + U h_{t-1})")


def test_a_comma_between_numbers_is_a_decimal_comma_only_where_an_equation_cannot_end():
    assert "0,5 is no number" in message_of("h_t = W x_t + 0,5 h_{t-1} \\\\ c_t = h_t")
    assert "is no number" not in message_of("h_t = W x_t + 1, 5 h_{t-1}")


def test_reading_the_future_is_not_mended_by_a_state():
    assert "carry it in a state" not in message_of("h_t = x_{t+1} + h_{t-1}")


def test_two_mistakes_give_the_message_of_the_first():
    """One report a cause."""
    assert message_of("h_t = x_t * h_{t-1} \\\\\nc_t = \\sin(h_t)").count("error[") == 1


CODE = [
    '__import__("os").system("touch PWNED")',
    "h_t = __import__('os').system('touch PWNED') + x_t",
    "h_t = x_t + eval(compile('open(\\'PWNED\\',\\'w\\')','','exec'))",
    "% title: {{7*7}} ${PATH}\nh_t = x_t.__class__ + h_{t-1}",
    "h_t = \\input{/etc/passwd} + h_{t-1}",
    "h_t = \\write18{touch PWNED} + h_{t-1}",
    "h_t = W_{__class__} x_t + h_{t-1}",
    "x_t \\in \\mathbb{R}^{open('PWNED','w')} \\\\ h_t = x_t + h_{t-1}",
    "lambda: exit(3)",
]


@pytest.mark.parametrize("text", CODE)
def test_nothing_is_evaluated(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message_of(text)
    assert list(tmp_path.iterdir()) == []


def test_code_in_metadata_stays_text():
    cell = read_text("% title: __import__('os')\nh_t = x_t + h_{t-1}")
    assert cell.title == "__import__('os')"
