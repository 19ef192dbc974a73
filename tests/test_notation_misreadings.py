"""What was once read as something that nobody meant: the message, or the reading."""

import pytest

from symlstm.messages import NotationError
from symlstm.notation.reading import read_text

# title: (the equations, the message).
# fmt: off
MISTAKES = {
    "a transposed stack": (
        r"""h_t = \tanh(W [h_{t-1}, x_t]^\top + b)""",
        r"""
error[S333]: [h_{t-1}, x_t]^\top has two readings
  --> cell.tex:1:15
    1 | h_t = \tanh(W [h_{t-1}, x_t]^\top + b)
      |               ^^^^^^^^^^^^^^^^^^^
  vectors are columns, and [a, b] is one below the other already
  the transpose would be a row, as wide as all of them together
  help: write [h_{t-1}, x_t] for the column; name the matrices if these are none
""",
    ),
    "a transposed row of columns": (
        r"""h_t = \tanh(W \begin{bmatrix} h_{t-1} & x_t \end{bmatrix}^\top)""",
        r"""
error[S333]: \begin{bmatrix} h_{t-1} & x_t \end{bmatrix}^\top has two readings
  --> cell.tex:1:15
    1 | h_t = \tanh(W \begin{bmatrix} h_{t-1} & x_t \end{bmatrix}^\top)
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  vectors are columns, and [a, b] is one below the other already
  the transpose would be a row, as wide as all of them together
  help: write [h_{t-1}, x_t] for the column; name the matrices if these are none
""",
    ),
    "a space between blocks": (
        r"""h_t = [U \; W] \begin{pmatrix} h_{t-1} \\ x_t \end{pmatrix}""",
        r"""
error[S334]: [U \; W] has two readings
  --> cell.tex:1:7
    1 | h_t = [U \; W] \begin{pmatrix} h_{t-1} \\ x_t \end{pmatrix}
      |       ^^^^^^^^
  what stands side by side may be blocks, or a stack
  it may be a product
  help: write blocks as \begin{bmatrix} U & W \end{bmatrix}, a stack as [a, b]
""",
    ),
    "a space between rows": (
        r"""h_t = W [h_{t-1}^T \; x_t^T]^T""",
        r"""
error[S334]: [h_{t-1}^T \; x_t^T] has two readings
  --> cell.tex:1:9
    1 | h_t = W [h_{t-1}^T \; x_t^T]^T
      |         ^^^^^^^^^^^^^^^^^^^^
  what stands side by side may be blocks, or a stack
  it may be a product
  help: write blocks as \begin{bmatrix} U & W \end{bmatrix}, a stack as [a, b]
""",
    ),
    "blocks with a comma": (
        r"""h_t = [U, W] [h_{t-1}; x_t]""",
        r"""
error[S335]: [U, W] has two readings
  --> cell.tex:1:7
    1 | h_t = [U, W] [h_{t-1}; x_t]
      |       ^^^^^^
  [a, b] is one below the other
  before a stack of columns, blocks side by side are meant
  help: write \begin{bmatrix} U & W \end{bmatrix}, or \begin{bmatrix} U \\ W \end{bmatrix}
""",
    ),
    "one minus a matrix": (
        r"""k_t \in \mathbb{R}^{D} \\
S_t = S_{t-1} (1 - k_t k_t^\top) + k_t k_t^\top""",
        r"""
error[S336]: 1 is added to a matrix, in a product of matrices
  --> cell.tex:2:16
    2 | S_t = S_{t-1} (1 - k_t k_t^\top) + k_t k_t^\top
      |                ^
  it may stand for 1 on the diagonal, as in I - A
  it may be added to every entry
  help: write h - A h for (I - A) h; % notation: + = elementwise is for every entry
""",
    ),
    "a scalar minus a matrix": (
        r"""\gamma \in \mathbb{R} \\
h_t = \tanh((W - W^\top - \gamma) h_{t-1} + V x_t)""",
        r"""
error[S336]: \gamma is added to a matrix, in a product of matrices
  --> cell.tex:2:27
    2 | h_t = \tanh((W - W^\top - \gamma) h_{t-1} + V x_t)
      |                           ^^^^^^
  it may stand for \gamma on the diagonal, as in I - A
  it may be added to every entry
  help: write h - A h for (I - A) h; % notation: + = elementwise is for every entry
""",
    ),
    "an entry of a signal": (
        r"""o_t = V h_{t-1} \\
h_t = \tanh(W x_t + U o_t) \\
y_t = \exp(o_{t,i})""",
        r"""
error[S337]: o_{t,i} has two readings, beside o_t
  --> cell.tex:3:12
    3 | y_t = \exp(o_{t,i})
      |            ^^^^^^^
  ::: cell.tex:1:1
    1 | o_t = V h_{t-1} \\
      | ^^^
  i may be an index: the one is then an entry of the other
  o_{t,i} may be an input
  help: write whole vectors, without an index; declare an input: o_{t,i} \in \mathbb{R}^{D}
""",
    ),
    "a signal of one entry": (
        r"""i^k_t = \sigma(W x_t) \\
h_t = i_t \odot h_{t-1}""",
        r"""
error[S337]: i_t has two readings, beside i^k_t
  --> cell.tex:2:7
    2 | h_t = i_t \odot h_{t-1}
      |       ^^^
  ::: cell.tex:1:1
    1 | i^k_t = \sigma(W x_t) \\
      | ^^^^^
  k may be an index: the one is then an entry of the other
  i_t may be an input
  help: write whole vectors, without an index; declare an input: i_t \in \mathbb{R}^{D}
""",
    ),
    "a Greek function": (
        r"""h_t = \Phi(W x_t + U h_{t-1})""",
        r"""
error[S270]: \Phi(…) has two readings
  --> cell.tex:1:7
    1 | h_t = \Phi(W x_t + U h_{t-1})
      |       ^^^^
  it may be a value of the function \Phi
  it may be the product of \Phi with what is in brackets
  help: define \Phi(x) = …, or write % notation: \Phi = \tanh, or declare the matrix \Phi
""",
    ),
    "a capital function of one name": (
        r"""h_t = F(x_t) \odot T(x_t) + h_{t-1}""",
        r"""
error[S270]: F(…) has two readings
  --> cell.tex:1:7
    1 | h_t = F(x_t) \odot T(x_t) + h_{t-1}
      |       ^
  it may be a value of the function F
  it may be the product of F with what is in brackets
  help: define F(x) = …, or write % notation: F = \tanh, or declare the matrix F
""",
    ),
    "two superscripts on e": (
        r"""h_t = e^{(6)}^{V} h_{t-1} + x_t""",
        r"""
error[S209]: two superscripts on one name
  --> cell.tex:1:14
    1 | h_t = e^{(6)}^{V} h_{t-1} + x_t
      |              ^^^^
""",
    ),
    "a label behind a power": (
        r"""h_t = a_t^{b_t}^{V} \odot h_{t-1} + x_t""",
        r"""
error[S209]: two superscripts on one name
  --> cell.tex:1:16
    1 | h_t = a_t^{b_t}^{V} \odot h_{t-1} + x_t
      |                ^^^^
""",
    ),
    "a sum from the second entry": (
        r"""x_t \in \mathbb{R}^{D} \\
h_t = h_{t-1} + \frac{1}{D} \sum_{i=2}^{D} x_{t,i}""",
        r"""
error[S314]: a sum from 2 is not read
  --> cell.tex:2:33
    2 | h_t = h_{t-1} + \frac{1}{D} \sum_{i=2}^{D} x_{t,i}
      |                                 ^^^^^^
  a sum is over all entries of a vector, from 1 to its size
  help: sum rows: \operatorname{sum}([a]_{2:H}) begins with the second entry of a
""",
    ),
    "a sum that counts from 0": (
        r"""x_t \in \mathbb{R}^{D} \\
h_t = h_{t-1} + \sum_{i=0}^{D-1} x_{t,i}""",
        r"""
error[S314]: a sum from 0 is not read
  --> cell.tex:2:21
    2 | h_t = h_{t-1} + \sum_{i=0}^{D-1} x_{t,i}
      |                     ^^^^^^
  a sum is over all entries of a vector, from 1 to its size
  help: sum rows: \operatorname{sum}([a]_{2:H}) begins with the second entry of a
""",
    ),
    "a sum to the last but one": (
        r"""x_t \in \mathbb{R}^{D} \\
h_t = h_{t-1} + \sum_{i=1}^{D-1} x_{t,i}""",
        r"""
error[S314]: a sum to D-1 is not read
  --> cell.tex:2:27
    2 | h_t = h_{t-1} + \sum_{i=1}^{D-1} x_{t,i}
      |                           ^^^^^^
  a sum is over all entries of a vector, from 1 to its size
  help: sum rows: \operatorname{sum}([a]_{2:H}) begins with the second entry of a
""",
    ),
    "a sum of some entries of five": (
        r"""x_t \in \mathbb{R}^{5} \\
h_t = h_{t-1} + \sum_{i=3}^{5} x_{t,i}""",
        r"""
error[S314]: a sum from 3 is not read
  --> cell.tex:2:21
    2 | h_t = h_{t-1} + \sum_{i=3}^{5} x_{t,i}
      |                     ^^^^^^
  a sum is over all entries of a vector, from 1 to its size
  help: sum rows: \operatorname{sum}([a]_{2:H}) begins with the second entry of a
""",
    ),
    "a sum to a letter that is not declared": (
        r"""x_t \in \mathbb{R}^{D} \\
h_t = h_{t-1} + \sum_{i=1}^{K} x_{t,i}""",
        r"""
error[S214]: this sum goes to K, but what is summed has D entries
  --> cell.tex:2:17
    2 | h_t = h_{t-1} + \sum_{i=1}^{K} x_{t,i}
      |                 ^^^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:1:1
    1 | x_t \in \mathbb{R}^{D} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  K is no size that the file declares
  help: sum to D, or give one of the two sizes another letter
""",
    ),
    "a factor without the index": (
        r"""h_t = h_{t-1} + \sum_{i=1}^{D} v_i x_t""",
        r"""
error[S315]: x_t does not carry the index of this sum, and is no scalar
  --> cell.tex:1:36
    1 | h_t = h_{t-1} + \sum_{i=1}^{D} v_i x_t
      |                                    ^^^
  ::: cell.tex:1:17
    1 | h_t = h_{t-1} + \sum_{i=1}^{D} v_i x_t
      |                 ^^^^^^^^^^^^^^^^^^^^^^
  its entries may be meant, or all of it for every index
  help: give it the index, or put it outside of the sum; declare a scalar: x_t \in \mathbb{R}
""",
    ),
    "a term without the index": (
        r"""h_t = h_{t-1} + \sum_i (v_i + x_t)""",
        r"""
error[S315]: x_t does not carry the index of this sum, and is no scalar
  --> cell.tex:1:31
    1 | h_t = h_{t-1} + \sum_i (v_i + x_t)
      |                               ^^^
  ::: cell.tex:1:17
    1 | h_t = h_{t-1} + \sum_i (v_i + x_t)
      |                 ^^^^^^^^^^^^^^^^^^
  its entries may be meant, or all of it for every index
  help: give it the index, or put it outside of the sum; declare a scalar: x_t \in \mathbb{R}
""",
    ),
    "a matrix before a whole vector": (
        r"""h_t = h_{t-1} + \sum_j W_j x_t""",
        r"""
error[S332]: W_j has two readings
  --> cell.tex:1:24
    1 | h_t = h_{t-1} + \sum_j W_j x_t
      |                        ^^^
  ::: cell.tex:1:17
    1 | h_t = h_{t-1} + \sum_j W_j x_t
      |                 ^^^^^^^^^^^^^^
  it may be an entry of a vector W
  it may be one of several parameters, W_{1}, W_{2} and so on
  help: declare the vector, W \in \mathbb{R}^{H}, or write the terms out, as in W_{1} + W_{2}
""",
    ),
    "a small letter before a stack": (
        r"""h_t = \tanh(w_h [x_t, h_{t-1}] + b)""",
        r"""
error[S270]: w_h[…] has two readings
  --> cell.tex:1:13
    1 | h_t = \tanh(w_h [x_t, h_{t-1}] + b)
      |             ^^^
  it may be a value of the function w_h
  it may be the product of w_h with what is in brackets
  help: define w_h(x) = …, or write % notation: w_h = \tanh, or declare the matrix w_h
""",
    ),
    "a small letter before a column": (
        r"""h_t = f \begin{pmatrix} x_t \\ h_{t-1} \end{pmatrix}""",
        r"""
error[S270]: f(…) has two readings
  --> cell.tex:1:7
    1 | h_t = f \begin{pmatrix} x_t \\ h_{t-1} \end{pmatrix}
      |       ^
  it may be a value of the function f
  it may be the product of f with what is in brackets
  help: define f(x) = …, or write % notation: f = \tanh, or declare the matrix f
""",
    ),
    "several matrices of a scalar": (
        r"""s_t \in \mathbb{R} \\ h_t = \tanh(\sum_{k=1}^{3} W_{z,k} s_t)""",
        r"""
error[S332]: W_{z,k} has two readings
  --> cell.tex:1:50
    1 | s_t \in \mathbb{R} \\ h_t = \tanh(\sum_{k=1}^{3} W_{z,k} s_t)
      |                                                  ^^^^^^^
  ::: cell.tex:1:35
    1 | s_t \in \mathbb{R} \\ h_t = \tanh(\sum_{k=1}^{3} W_{z,k} s_t)
      |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^
  it may be an entry of a vector W_{z}
  it may be one of several parameters, W_{z1}, W_{z2} and so on
  help: declare the vector, W_{z} \in \mathbb{R}^{3}, or write the terms out, as in W_{z1} + W_{z2}
""",
    ),
    "several vectors": (
        r"""h_t = x_t + \sum_{k=1}^{3} a_k""",
        r"""
error[S332]: a_k has two readings
  --> cell.tex:1:28
    1 | h_t = x_t + \sum_{k=1}^{3} a_k
      |                            ^^^
  ::: cell.tex:1:13
    1 | h_t = x_t + \sum_{k=1}^{3} a_k
      |             ^^^^^^^^^^^^^^^^^^
  it may be an entry of a vector a
  it may be one of several parameters, a_{1}, a_{2} and so on
  help: declare the vector, a \in \mathbb{R}^{3}, or write the terms out, as in a_{1} + a_{2}
""",
    ),
    "an argument without the index": (
        r"""h_t = g(x_t, h_{t-1}) \\
g(z, a) = \sum_i z_i a""",
        r"""
error[S298]: \sum_i z_i a is a scalar: there is nothing to sum
  --> cell.tex:2:11
    2 | g(z, a) = \sum_i z_i a
      |           ^^^^^^^^^^^^
  help: declare what is summed with its size, as in x_t \in \mathbb{R}^{D}
""",
    ),
    "a letter before square brackets": (
        r"""h_t = f[W x_t + U h_{t-1}]""",
        r"""
error[S270]: f[…] has two readings
  --> cell.tex:1:7
    1 | h_t = f[W x_t + U h_{t-1}]
      |       ^
  it may be a value of the function f
  it may be the product of f with what is in brackets
  help: define f(x) = …, or write % notation: f = tanh, or declare f ∈ ℝ^H
""",
    ),
    "a letter before square brackets that grow": (
        r"""h_t = f\left[W x_t + U h_{t-1}\right]""",
        r"""
error[S270]: f[…] has two readings
  --> cell.tex:1:7
    1 | h_t = f\left[W x_t + U h_{t-1}\right]
      |       ^
  it may be a value of the function f
  it may be the product of f with what is in brackets
  help: define f(x) = …, or write % notation: f = \tanh, or declare f \in \mathbb{R}^H
""",
    ),
    "a letter before braces": (
        r"""h_t = f\{W x_t + U h_{t-1}\}""",
        r"""
error[S270]: f\{…\} has two readings
  --> cell.tex:1:7
    1 | h_t = f\{W x_t + U h_{t-1}\}
      |       ^
  it may be a value of the function f
  it may be the product of f with what is in brackets
  help: define f(x) = …, or write % notation: f = \tanh, or declare f \in \mathbb{R}^H
""",
    ),
    "a word before square brackets": (
        r"""h_t = \mathrm{act}[W x_t + U h_{t-1}]""",
        r"""
error[S283]: no function is called act
  --> cell.tex:1:7
    1 | h_t = \mathrm{act}[W x_t + U h_{t-1}]
      |       ^^^^^^^^^^^^
  a file may define one, as in \operatorname{f}(x) = 2 \tanh(x)
  help: known are sigmoid, tanh, exp, log, softplus, silu, relu, abs, sign, step, sqrt, max, min
""",
    ),
    "an identity matrix minus a gate": (
        r"""z_t = \sigma(W x_t) \\
h_t = (\mathbf{I} - z_t) \odot h_{t-1} + x_t""",
        r"""
error[S308]: \mathbf{I} may be the identity matrix or a parameter
  --> cell.tex:2:8
    2 | h_t = (\mathbf{I} - z_t) \odot h_{t-1} + x_t
      |        ^^^^^^^^^^
  a parameter is declared, as in \mathbf{I} \in \mathbb{R}^{H}
  help: write 1 - z_t for one minus a gate
""",
    ),
    "a matrix between bars": (
        r"""W \in \mathbb{R}^{H \times H} \\
h_t = |W| x_t + h_{t-1}""",
        r"""
error[S316]: |W| of a matrix has more than one reading
  --> cell.tex:2:7
    2 | h_t = |W| x_t + h_{t-1}
      |       ^^^
  it may be a determinant, or a norm
  it may be taken entry by entry
  help: write \operatorname{abs}(W) for the absolute value of every entry
""",
    ),
    "a matrix between bars that grow": (
        r"""h_t = \left(\left| W \right|\right) x_t + h_{t-1}""",
        r"""
error[S316]: |W| of a matrix has more than one reading
  --> cell.tex:1:12
    1 | h_t = \left(\left| W \right|\right) x_t + h_{t-1}
      |            ^^^^^^^^^^^^^^^^^^^^^^^^
  it may be a determinant, or a norm
  it may be taken entry by entry
  help: write \operatorname{abs}(W) for the absolute value of every entry
""",
    ),
    "a time of another letter": (
        r"""h_t = W x_t + U h_{n-1}""",
        r"""
error[S317]: h_{n-1} has two readings
  --> cell.tex:1:17
    1 | h_t = W x_t + U h_{n-1}
      |                 ^^^^^^^
  it may be h at another time, though the time of this file is t
  it may be a parameter with a label
  help: write t, or % notation: time = n; declare a parameter: h_{n-1} ∈ ℝ^H
""",
    ),
    "a time of a capital letter": (
        r"""h_t = W x_t + U h_{T-1} + V h_{t-1}""",
        r"""
error[S317]: h_{T-1} has two readings
  --> cell.tex:1:17
    1 | h_t = W x_t + U h_{T-1} + V h_{t-1}
      |                 ^^^^^^^
  it may be h at another time, though the time of this file is t
  it may be a parameter with a label
  help: write t, or % notation: time = T; declare a parameter: h_{T-1} ∈ ℝ^H
""",
    ),
    "a time of another letter above": (
        r"""h_t = W x_t + U h^{(l-1)}""",
        r"""
error[S317]: h^{(l-1)} has two readings
  --> cell.tex:1:17
    1 | h_t = W x_t + U h^{(l-1)}
      |                 ^^^^^^^^^
  it may be h at another time, though the time of this file is t
  it may be a parameter with a label
  help: write t, or % notation: time = l; declare a parameter: h^{(l-1)} ∈ ℝ^H
""",
    ),
    "a time of another letter in a font": (
        r"""h_t = W x_t + U h_{\mathrm{n-1}}""",
        r"""
error[S317]: h_{\mathrm{n-1}} has two readings
  --> cell.tex:1:17
    1 | h_t = W x_t + U h_{\mathrm{n-1}}
      |                 ^^^^^^^^^^^^^^^^
  it may be h at another time, though the time of this file is t
  it may be a parameter with a label
  help: write t, or % notation: time = n; declare a parameter: h_{\mathrm{n-1}} \in \mathbb{R}^{H}
""",
    ),
    "a time of another letter in brackets below": (
        r"""h_t = W x_t + U h_{(n-1)}""",
        r"""
error[S317]: h_{(n-1)} has two readings
  --> cell.tex:1:17
    1 | h_t = W x_t + U h_{(n-1)}
      |                 ^^^^^^^^^
  it may be h at another time, though the time of this file is t
  it may be a parameter with a label
  help: write t, or % notation: time = n; declare a parameter: h_{(n-1)} ∈ ℝ^H
""",
    ),
    "an input at another time": (
        r"""h_t = W x_t + U x_{\ell - 1} + h_{t-1}""",
        r"""
error[S317]: x_{\ell - 1} has two readings
  --> cell.tex:1:17
    1 | h_t = W x_t + U x_{\ell - 1} + h_{t-1}
      |                 ^^^^^^^^^^^^
  it may be x at another time, though the time of this file is t
  it may be a parameter with a label
  help: write t, or % notation: time = \ell; declare a parameter: x_{\ell - 1} \in \mathbb{R}^{H}
""",
    ),
}
# fmt: on


def message_of(text: str) -> NotationError:
    with pytest.raises(NotationError) as caught:
        read_text(text, "cell.tex")
    return caught.value


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_whole_message(mistake):
    text, expected = MISTAKES[mistake]
    assert str(message_of(text)) == expected.strip("\n")


def equations(text: str):
    return read_text(text, "cell.tex").equations


# Exponents below zero.

EXPONENTIALS = [
    (r"e^{-\gamma} h_{t-1}", r"\exp(-\gamma) h_{t-1}"),
    (r"e^{-\gamma} \tanh(x_t)", r"\exp(-\gamma) \tanh(x_t)"),
    (r"e^{-\gamma \tau_t} \odot h_{t-1}", r"\exp(-\gamma \tau_t) \odot h_{t-1}"),
    (r"e^{-\tau_t} h_{t-1} - \gamma x_t", r"\exp(-\tau_t) h_{t-1} - \gamma x_t"),
]


@pytest.mark.parametrize(("power", "function"), EXPONENTIALS)
def test_e_to_a_negative_power_is_the_exponential(power, function):
    """e is no function, so that e^{-a} is no inverse of one."""
    text = (
        r"\gamma, \tau_t \in \mathbb{{R}} \\ x_t \in \mathbb{{R}}^{{H}} \\"
        r"h_t = {} + \gamma \tau_t x_t"
    )
    assert equations(text.format(power)) == equations(text.format(function))


NUMBERS = [("10^{-5}", r"\frac{1}{100000}"), ("4^{-1/2}", r"\frac{1}{2}"), ("2^{-3}", "0.125")]


@pytest.mark.parametrize(("power", "value"), NUMBERS)
def test_a_number_to_a_negative_power_is_a_number(power, value):
    text = "h_t = {} h_{{t-1}} + x_t"
    assert equations(text.format(power)) == equations(text.format(value))
    text = r"h_t = \frac{{x_t}}{{\sqrt{{h_{{t-1}}^2 + {}}}}}"
    assert equations(text.format(power)) == equations(text.format(value))


# Sums.

SUMS = [
    (r"\mathbb{R}^{D}", r"\sum_{i=1}^{D}"),
    (r"\mathbb{R}^{D}", r"\sum\limits^{D}_{i = 1}"),
    (r"\mathbb{R}^{D}", r"\sum_i"),
    (r"\mathbb{R}^{5}", r"\sum_{i=1}^{5}"),
    (r"\mathbb{R}^{2K + D}", r"\sum_{i=1}^{2K + D}"),
    (r"\mathbb{R}^{d_{\text{model}}}", r"\sum_{i=1}^{d_{\text{model}}}"),
]


@pytest.mark.parametrize(("space", "sign"), SUMS)
def test_a_sum_from_1_to_the_size_is_over_all_entries(space, sign):
    text = rf"x_t \in {space} \\ h_t = h_{{t-1}} + "
    total = equations(text + r"\operatorname{sum}(x_t)")
    assert equations(rf"{text} {sign} x_{{t,i}}") == total


def test_a_letter_is_the_size_where_no_declaration_tells_it():
    total = equations(r"h_t = h_{t-1} + \operatorname{sum}(x_t)")
    assert equations(r"h_t = h_{t-1} + \sum_{i=1}^{K} x_{t,i}") == total


def test_a_sum_to_a_labelled_size_that_is_another_is_refused():
    text = r"x_t \in \mathbb{R}^{d_{\text{in}}} \\ y_t \in \mathbb{R}^{d_{\text{out}}} \\ "
    text += r"h_t = h_{t-1} + V y_t + \sum_{i=1}^{d_{\text{out}}} x_{t,i}"
    assert "S214" in str(message_of(text))


SCALARS = [
    (r"\lambda", r"\sum_i \lambda v_i x_{t,i}", r"\operatorname{sum}(\lambda v \odot x_t)"),
    (r"\lambda", r"\sum_i (x_{t,i} - \lambda)", r"\operatorname{sum}(x_t - \lambda)"),
    (r"\mu_t", r"\sum_i (x_{t,i} - \mu_t)", r"\operatorname{sum}(x_t - \mu_t)"),
]


@pytest.mark.parametrize(("scalar", "sign", "function"), SCALARS)
def test_a_scalar_carries_no_index(scalar, sign, function):
    text = rf"{scalar} \in \mathbb{{R}} \\ x_t, h_t \in \mathbb{{R}}^{{H}} \\ h_t = h_{{t-1}} + "
    assert equations(text + sign) == equations(text + function)


def test_a_sum_in_a_sum_of_entries_is_a_scalar():
    text = r"v \in \mathbb{{R}}^{{K}} \\ h_t = h_{{t-1}} + {}"
    assert equations(text.format(r"\sum_i v_i \operatorname{sum}(x_t)")) == equations(
        text.format(r"\operatorname{sum}(v \odot \operatorname{sum}(x_t))")
    )


def test_the_absolute_value_of_a_vector_is_taken_entry_by_entry():
    text = "h_t = {} x_t {} + h_{{t-1}}"
    bars, named = text.format("|W", "|"), text.format(r"\operatorname{abs}(W", ")")
    assert equations(bars) == equations(named)
    assert equations(r"h_t = \operatorname{abs}(W) x_t + h_{t-1}")


# Displays and brackets.

UNCLOSED = [
    (r"\[ h_t = x_t + h_{t-1}", r"\[ is never closed", r"close it with \]"),
    (r"\( h_t = x_t + h_{t-1}", r"\( is never closed", r"close it with \)"),
    ("$$ h_t = x_t + h_{t-1}", "$$ is never closed", "close it with $$"),
    (r"h_t = \left( x_t + h_{t-1} )", r"\left is never closed", r"close it with \right"),
    (
        r"h_t = ( x_t + h_{t-1} \right)",
        r"\right has no \left",
        r"delete it, or write \left before it",
    ),
    (r"h_t = x_t + h_{t-1} \]", r"\] has no \[", r"delete it, or write \[ before it"),
    (
        r"\[ \begin{split} h_t = x_t + h_{t-1} \] \end{split}",
        r"\] has no \[",
        r"end the display with \end{split}",
    ),
]


@pytest.mark.parametrize(("text", "what", "mend"), UNCLOSED)
def test_what_is_opened_is_closed(text, what, mend):
    lines = str(message_of(text)).splitlines()
    assert lines[0] == f"error[S204]: {what}"
    caret = text.index(what.split()[0])
    assert lines[1:4] == [
        f"  --> cell.tex:1:{caret + 1}", f"    1 | {text}",
        "      | " + " " * caret + "^" * len(what.split()[0]),
    ]  # fmt: skip
    assert lines[-1] == f"  help: {mend}"


CLOSED = [
    r"\[ {} \]", r"\( {} \)", "$${}$$", "${}$", r"{} # 5 $", r"{} % \[ \left(",
    r"\[ \begin{{aligned}} {} \\[2pt] y_t &= h_t \end{{aligned}} \]",
]  # fmt: skip


@pytest.mark.parametrize("display", CLOSED)
def test_what_is_closed_is_read(display):
    assert equations(display.format("h_t = x_t + h_{t-1}"))


@pytest.mark.parametrize(("depth", "is_read"), [(100, True), (101, False), (2000, False)])
def test_displays_are_nested_as_deep_as_brackets(depth, is_read):
    text = r"\begin{aligned}" * depth + "h_t = x_t + h_{t-1}" + r"\end{aligned}" * depth
    if is_read:
        assert equations(text) == equations("h_t = x_t + h_{t-1}")
    else:
        assert "S202" in str(message_of(text))


# Times of another letter.


def test_a_label_is_a_label_on_a_parameter_and_beside_a_time():
    text = r"h^{l}_t = W^{l-1} h^{l-1}_t + U_{l-1} h^{l}_{t-1}"
    (equation,) = equations(text)
    assert str(equation.right) == "U_lm1*h_l_prev + W_lm1*h_lm1_t"


def test_a_declared_name_with_such_a_label_is_a_parameter():
    text = r"h_{n-1}, x_t \in \mathbb{R}^{H} \\ h_t = W x_t + U h_{n-1} + h_{t-1}"
    (equation,) = equations(text)
    assert str(equation.right) == "U*h_nm1 + W*x_t + h_prev"


@pytest.mark.parametrize("known", [r"W \in \mathbb{R}^{3}", r"v_t = \tanh(W) \odot v_{t-1}"])
def test_a_vector_that_the_file_has_is_summed(known):
    """Σ_k W_k s = Σ (s W), where W is known as a whole."""
    text = known + r" \\ s_t \in \mathbb{R} \\ h_t = s_t h_{t-1} + \sum_{k=1}^{3} W_k s_t"
    total = text.replace(r"\sum_{k=1}^{3} W_k s_t", r"\operatorname{sum}(W s_t)")
    assert str(equations(text)[-1]) == str(equations(total)[-1])


@pytest.mark.parametrize(
    "stack", ["[x_t, h_{t-1}]", r"\begin{bmatrix} x_t \\ h_{t-1} \end{bmatrix}"]
)
def test_a_declared_small_letter_before_a_stack_is_a_factor(stack):
    text = r"x_t \in \mathbb{R}^{2} \\ h_t \in \mathbb{R}^{3} \\ w \in \mathbb{R}^{3 \times 5} \\ "
    assert equations(text + f"h_t = w {stack}") == equations(text + f"h_t = (w) {stack}")


def test_a_power_of_an_entry_is_no_second_index():
    """Σ_j v_j² x_j² = Σ (v² ∘ x²)"""
    text = r"v \in \mathbb{{R}}^{{D}} \\ h_t = h_{{t-1}} + x_t {}"
    total = text.format(r"\operatorname{sum}((v)^2 \odot (x_t)^2)")
    assert equations(text.format(r"\sum_j v_j^2 x_{t,j}^2")) == equations(total)
    assert equations(text.format(r"\sum_j v_j^{2} x_{j,t}^{2}")) == equations(total)


@pytest.mark.parametrize("letter", [r"\mathcal{H}", r"\mathcal H", r"\mathscr{N}", r"\Phi"])
def test_a_letter_of_a_function_is_no_matrix_before_a_bracket(letter):
    """Graves prints h_t = ℋ(W x_t + U h_{t-1} + b), with ℋ a function."""
    text = rf"h_t = {letter}(W x_t + U h_{{t-1}} + b)"
    with pytest.raises(NotationError, match=r"S270.*has two readings"):
        read_text(text)
    told = read_text(rf"% notation: {letter} = \tanh" + "\n" + text)
    assert told.equations == equations(text.replace(letter, r"\tanh"))


def test_a_number_is_added_to_every_entry_where_the_file_says_so():
    text = r"A \in \mathbb{R}^{H \times H} \\ h_t = (1 - A) h_{t-1} + x_t"
    with pytest.raises(NotationError, match="S336"):
        read_text(text)
    cell = read_text("% notation: + = elementwise\n" + text)
    assert read_text(cell.to_latex(), name=cell.name) == cell


def test_a_rectangular_matrix_is_no_multiple_of_the_identity():
    """1 − A for A of H×K has one reading."""
    sizes = r"A \in \mathbb{R}^{H \times K} \\ x_t \in \mathbb{R}^{K} \\ "
    (equation,) = equations(sizes + r"h_t = (1 - A) x_t + h_{t-1}")
    assert "A" in str(equation.right)
