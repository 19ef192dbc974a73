"""The whole message for slips of the pen: a name one letter off, a parameter used in two ways."""

import pytest

from symlstm.messages import NotationError
from symlstm.notation.reading import read_text

# title: (the equations, the message).
# fmt: off
SLIPS = {
    "a vector and a matrix, nothing declared": (
        r"""
h_t = \tanh(W x_t + p \odot h_{t-1} + p h_{t-1})""",
        r"""
error[S330]: p is used as a vector and as a matrix
  --> cell.tex:1:39
    1 | h_t = \tanh(W x_t + p \odot h_{t-1} + p h_{t-1})
      |                                       ^ a matrix
  ::: cell.tex:1:21
    1 | h_t = \tanh(W x_t + p \odot h_{t-1} + p h_{t-1})
      |                     ^ a vector
  what is added to a vector, or multiplied with it entry by entry, is a vector
  what stands before a vector is a matrix
  help: give one of the two another name, or declare a scalar: p \in \mathbb{R}""",
    ),
    "a bias that is a matrix elsewhere": (
        r"""
i_t = \sigma(W x_t + b) \\
h_t = i_t \odot \tanh(b h_{t-1})""",
        r"""
error[S330]: b is used as a vector and as a matrix
  --> cell.tex:2:23
    2 | h_t = i_t \odot \tanh(b h_{t-1})
      |                       ^ a matrix
  ::: cell.tex:1:22
    1 | i_t = \sigma(W x_t + b) \\
      |                      ^ a vector
  what is added to a vector, or multiplied with it entry by entry, is a vector
  what stands before a vector is a matrix
  help: give one of the two another name, or declare a scalar: b \in \mathbb{R}""",
    ),
    "a vector and a matrix beside a declared input": (
        r"""
x_t \in \mathbb{R}^{D} \\
h_t = \tanh(W x_t + p \odot h_{t-1} + p h_{t-1})""",
        r"""
error[S330]: p is used as a vector and as a matrix
  --> cell.tex:2:39
    2 | h_t = \tanh(W x_t + p \odot h_{t-1} + p h_{t-1})
      |                                       ^ a matrix
  ::: cell.tex:2:21
    2 | h_t = \tanh(W x_t + p \odot h_{t-1} + p h_{t-1})
      |                     ^ a vector
  what is added to a vector, or multiplied with it entry by entry, is a vector
  what stands before a vector is a matrix
  help: give one of the two another name, or declare a scalar: p \in \mathbb{R}""",
    ),
    "a weight matrix that is added": (
        r"""
W \in \mathbb{R}^{H \times D} \\
h_t = \tanh(W x_t + U h_{t-1} + W)""",
        r"""
error[S330]: W is used as a vector and as a matrix
  --> cell.tex:2:33
    2 | h_t = \tanh(W x_t + U h_{t-1} + W)
      |                                 ^ a vector
  ::: cell.tex:2:13
    2 | h_t = \tanh(W x_t + U h_{t-1} + W)
      |             ^ a matrix
  what is added to a vector, or multiplied with it entry by entry, is a vector
  what stands before a vector is a matrix
  help: give one of the two another name, or declare a scalar: W \in \mathbb{R}""",
    ),
    "a result one letter off": (
        r"""
i_t = \sigma(W_i x_t + U_i h_{t-1}) \\
h_t = h_{t-1} \odot l_t""",
        r"""
error[S331]: l_t is never defined, and i_t is never read
  --> cell.tex:2:21
    2 | h_t = h_{t-1} \odot l_t
      |                     ^^^
  ::: cell.tex:1:1
    1 | i_t = \sigma(W_i x_t + U_i h_{t-1}) \\
      | ^^^
  help: did you mean i_t? an input is declared: l_t \in \mathbb{R}^{D}""",
    ),
    "another accent": (
        r"""
\hat{c}_t = \tanh(W x_t) \\
h_t = h_{t-1} + \tilde{c}_t""",
        r"""
error[S331]: c_tilde_t is never defined, and c_hat_t is never read
  --> cell.tex:2:17
    2 | h_t = h_{t-1} + \tilde{c}_t
      |                 ^^^^^^^^^^^
  ::: cell.tex:1:1
    1 | \hat{c}_t = \tanh(W x_t) \\
      | ^^^^^^^^^
  help: did you mean \hat{c}_t? an input is declared: \tilde{c}_t \in \mathbb{R}^{D}""",
    ),
    "a capital letter": (
        r"""
C_t = \tanh(W x_t) \\
h_t = h_{t-1} + c_t""",
        r"""
error[S331]: c_t is never defined, and C_t is never read
  --> cell.tex:2:17
    2 | h_t = h_{t-1} + c_t
      |                 ^^^
  ::: cell.tex:1:1
    1 | C_t = \tanh(W x_t) \\
      | ^^^
  help: did you mean C_t? an input is declared: c_t \in \mathbb{R}^{D}""",
    ),
    "a misspelt word": (
        r"""
\mathrm{gate}_t = \sigma(W x_t) \\
h_t = h_{t-1} \odot \mathrm{gaet}_t""",
        r"""
error[S331]: gaet_t is never defined, and gate_t is never read
  --> cell.tex:2:21
    2 | h_t = h_{t-1} \odot \mathrm{gaet}_t
      |                     ^^^^^^^^^^^^^^^
  ::: cell.tex:1:1
    1 | \mathrm{gate}_t = \sigma(W x_t) \\
      | ^^^^^^^^^^^^^^^
  help: did you mean \mathrm{gate}_t? an input is declared: \mathrm{gaet}_t \in \mathbb{R}^{D}""",
    ),
    "a declared label one letter off": (
        r"""
W_{xi} \in \mathbb{R}^{H \times D} \\
h_t = \tanh(W_{xj} x_t + h_{t-1})""",
        r"""
error[S228]: W_xi is declared and never used
  --> cell.tex:1:1
    1 | W_{xi} \in \mathbb{R}^{H \times D} \\
      | ^^^^^^
  ::: cell.tex:2:13
    2 | h_t = \tanh(W_{xj} x_t + h_{t-1})
      |             ^^^^^^
  help: did you mean W_{xi}, where W_{xj} stands? delete the declaration otherwise""",
    ),
    "a declared letter in the other case": (
        r"""
c_t \in \mathbb{R}^{H} \\
h_t = \tanh(W x_t + h_{t-1}) + C_t""",
        r"""
error[S228]: c is declared and never used
  --> cell.tex:1:1
    1 | c_t \in \mathbb{R}^{H} \\
      | ^^^
  ::: cell.tex:2:32
    2 | h_t = \tanh(W x_t + h_{t-1}) + C_t
      |                                ^^^
  help: did you mean c_t, where C_t stands? delete the declaration otherwise""",
    ),
    "a misspelt function": (
        r"""
h_t = \operatorname{sigmiod}(W x_t + U h_{t-1})""",
        r"""
error[S283]: no function is called sigmiod
  --> cell.tex:1:7
    1 | h_t = \operatorname{sigmiod}(W x_t + U h_{t-1})
      |       ^^^^^^^^^^^^^^^^^^^^^^
  a file may define one, as in \operatorname{f}(x) = 2 \tanh(x)
  help: did you mean sigmoid?""",
    ),
    "a misspelt command": (
        r"""
h_t = \tahn(W x_t + U h_{t-1})""",
        r"""
error[S206]: \tahn cannot stand here
  --> cell.tex:1:7
    1 | h_t = \tahn(W x_t + U h_{t-1})
      |       ^^^^^
  help: did you mean tanh?""",
    ),
    "a misspelt word in plain text": (
        r"""
gate_t = σ(W x_t)
h_t = h_{t-1} ⊙ gaet_t""",
        r"""
error[S282]: gaet has two readings
  --> cell.tex:2:17
    2 | h_t = h_{t-1} ⊙ gaet_t
      |                 ^^^^^^
  it may be one name
  it may be the product g a e t
  help: did you mean gate?""",
    ),
    "a matrix multiplied entry by entry": (
        r"""
W \in \mathbb{R}^{H \times D} \\
x_t \in \mathbb{R}^{D} \\
h_t = \tanh(W \odot x_t + U h_{t-1})""",
        r"""
error[S210]: W is H×D, but x_t is D×1
  --> cell.tex:3:21
    3 | h_t = \tanh(W \odot x_t + U h_{t-1})
      |                     ^^^
  ::: cell.tex:1:1
    1 | W \in \mathbb{R}^{H \times D} \\
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ∘ multiplies equal shapes
  help: write W x_t for the product of matrices""",
    ),
    "a transpose too many": (
        r"""
W \in \mathbb{R}^{H \times D} \\
x_t \in \mathbb{R}^{D} \\
h_t = \tanh(W^\top x_t + U h_{t-1})""",
        r"""
error[S210]: cannot multiply W^\top (D×H) and x_t (D×1)
  --> cell.tex:3:20
    3 | h_t = \tanh(W^\top x_t + U h_{t-1})
      |                    ^^^
  ::: cell.tex:2:1
    2 | x_t \in \mathbb{R}^{D} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  a matrix product needs as many columns on the left as rows on the right
  help: W fits: it is H×D""",
    ),
    "an inner product without its transpose": (
        r"""
w \in \mathbb{R}^{D} \\
x_t \in \mathbb{R}^{D} \\
h_t \in \mathbb{R}^{H} \\
h_t = (w x_t) h_{t-1}""",
        r"""
error[S210]: cannot multiply w (D×1) and x_t (D×1)
  --> cell.tex:4:10
    4 | h_t = (w x_t) h_{t-1}
      |          ^^^
  ::: cell.tex:1:1
    1 | w \in \mathbb{R}^{D} \\
      | ^^^^^^^^^^^^^^^^^^^^
  a matrix product needs as many columns on the left as rows on the right
  help: write w^\top x_t for the inner product, or \odot for the elementwise product""",
    ),
    "a time of another letter": (
        r"""
h_k = \tanh(W x_k + U h_{k-1})""",
        r"""
error[S279]: h_k is defined and never read
  --> cell.tex:1:1
    1 | h_k = \tanh(W x_k + U h_{k-1})
      | ^^^
  help: say that k is the time: % notation: time = k""",
    ),
    "a sum to a number": (
        r"""
h_t \in \mathbb{R}^{H} \\
h_t = W x_t + \sum_{i=1}^{3} h_{i,t-1}""",
        r"""
error[S214]: this sum goes to 3, but what is summed has H entries
  --> cell.tex:2:15
    2 | h_t = W x_t + \sum_{i=1}^{3} h_{i,t-1}
      |               ^^^^^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:1:1
    1 | h_t \in \mathbb{R}^{H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  help: sum to H""",
    ),
    "a stack and a part of it before one matrix": (
        r"""
h_t = \tanh(V [x_t, h_{t-1}] + V x_t)""",
        r"""
error[S210]: V [x_t, h_{t-1}] and V x_t need different numbers of columns of V
  --> cell.tex:1:32
    1 | h_t = \tanh(V [x_t, h_{t-1}] + V x_t)
      |                                ^^^^^
  ::: cell.tex:1:13
    1 | h_t = \tanh(V [x_t, h_{t-1}] + V x_t)
      |             ^^^^^^^^^^^^^^^^
  V is one parameter, wherever it stands
  a matrix product needs as many columns on the left as rows on the right
  help: give one of the two another name""",
    ),
    "a matrix of two widths in two equations": (
        r"""
z_t = \sigma(V [x_t, h_{t-1}]) \\
h_t = z_t \odot h_{t-1} + V x_t""",
        r"""
error[S210]: V [x_t, h_{t-1}] and V x_t need different numbers of columns of V
  --> cell.tex:2:27
    2 | h_t = z_t \odot h_{t-1} + V x_t
      |                           ^^^^^
  ::: cell.tex:1:14
    1 | z_t = \sigma(V [x_t, h_{t-1}]) \\
      |              ^^^^^^^^^^^^^^^^
  V is one parameter, wherever it stands
  a matrix product needs as many columns on the left as rows on the right
  help: give one of the two another name""",
    ),
    "a bias of another size than the state": (
        r"""
h_t \in \mathbb{R}^{H} \\
b \in \mathbb{R}^{K} \\
x_t \in \mathbb{R}^{D} \\
h_t = \tanh(W x_t + U h_{t-1} + b)""",
        r"""
error[S210]: h_t is H×1, but \tanh(W x_t + U h_{t-1} + b) is K×1
  --> cell.tex:4:7
    4 | h_t = \tanh(W x_t + U h_{t-1} + b)
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:1:1
    1 | h_t \in \mathbb{R}^{H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:2:1
    2 | b \in \mathbb{R}^{K} \\
      | ^^^^^^^^^^^^^^^^^^^^
  the two sides of an equation have one shape
  help: check the declarations, or multiply by a weight matrix of the right shape""",
    ),
    "a bias of another size than the product": (
        r"""
b \in \mathbb{R}^{K} \\
W \in \mathbb{R}^{H \times D} \\
h_t = \tanh(W x_t + U h_{t-1} + b)""",
        r"""
error[S210]: W x_t is H×?, but b is K×1
  --> cell.tex:3:33
    3 | h_t = \tanh(W x_t + U h_{t-1} + b)
      |                                 ^
  ::: cell.tex:1:1
    1 | b \in \mathbb{R}^{K} \\
      | ^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:2:1
    2 | W \in \mathbb{R}^{H \times D} \\
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  + adds equal shapes
  ? is a size that nothing has told yet
  help: check the declarations, or multiply by a weight matrix of the right shape""",
    ),
    "a gate of another size": (
        r"""
b \in \mathbb{R}^{K} \\
x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\
i_t = W x_t + U h_{t-1} + b \\ h_t = h_{t-1} + i_t""",
        r"""
error[S210]: h_{t-1} is H×1, but i_t is K×1
  --> cell.tex:3:48
    3 | i_t = W x_t + U h_{t-1} + b \\ h_t = h_{t-1} + i_t
      |                                                ^^^
  ::: cell.tex:2:27
    2 | x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\
      |                           ^^^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:3:1
    3 | i_t = W x_t + U h_{t-1} + b \\ h_t = h_{t-1} + i_t
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  + adds equal shapes
  help: check the declarations, or multiply by a weight matrix of the right shape""",
    ),
    "rows side by side, transposed": (
        r"""
h_t = \tanh(W [h_{t-1}^\top, x_t^\top]^\top)""",
        r"""
error[S210]: h_t and \tanh(W [h_{t-1}^\top, x_t^\top]^\top) cannot have one shape
  --> cell.tex:1:7
    1 | h_t = \tanh(W [h_{t-1}^\top, x_t^\top]^\top)
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:1:1
    1 | h_t = \tanh(W [h_{t-1}^\top, x_t^\top]^\top)
      | ^^^
  the two sides of an equation have one shape
  help: write [h_{t-1}; x_t]: vectors are columns, and [a; b] is one below the other""",
    ),
}
# fmt: on


@pytest.mark.parametrize("slip", SLIPS)
def test_the_whole_message(slip):
    text, expected = SLIPS[slip]
    with pytest.raises(NotationError) as caught:
        read_text(text.strip("\n"), "cell.tex")
    assert str(caught.value) == expected.strip("\n")


SOUND = {
    "a scalar cell": r"x_t, h_t \in \mathbb{R} \\ h_t = \tanh(p h_{t-1} + x_t + p)",
    "a matrix-valued state": r"""
H_t \in \mathbb{R}^{H \times H} \\
H_t = \tanh(W x_t + p \odot H_{t-1} + p H_{t-1})""",
    "an output and an input": r"h_t = \tanh(W x_t + U h_{t-1}) \\ y_t = V h_t",
    "a prediction of the input": r"h_t = \tanh(W x_t + U h_{t-1}) \\ \hat{x}_t = V h_t",
    "a declared input": r"""
i_t = \sigma(W x_t + U h_{t-1}) \\
l_t, x_t \in \mathbb{R}^{H} \\
h_t = h_{t-1} \odot l_t""",
    "an outer product": r"C_t = C_{t-1} + v_t k_t^\top + A C_{t-1} + \tanh(A) \odot C_{t-1}",
}


@pytest.mark.parametrize("title", SOUND)
def test_what_is_no_slip_is_read(title):
    assert read_text(SOUND[title]).equations
