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
  help: give one of the two another name""",
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
  help: give one of the two another name""",
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
  help: give one of the two another name""",
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
  help: give one of the two another name""",
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
    "a scalar cell": r"x_t \in \mathbb{R} \\ h_t = \tanh(p h_{t-1} + x_t + p)",
    "a matrix-valued state": r"""
H_t \in \mathbb{R}^{H \times H} \\
H_t = \tanh(W x_t + p \odot H_{t-1} + p H_{t-1})""",
    "an outer product": r"C_t = C_{t-1} + v_t k_t^\top + A C_{t-1} + \tanh(A) \odot C_{t-1}",
}


@pytest.mark.parametrize("title", SOUND)
def test_what_is_no_slip_is_read(title):
    assert read_text(SOUND[title]).equations
