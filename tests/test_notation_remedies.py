"""Each message says what to write instead: of a character, a command, a letter that looks alike."""

import pytest

from symlstm.messages import NotationError
from symlstm.notation.reading import read_text

# title: (the equations, the message).
# fmt: off
MISTAKES = {
    "a Cyrillic letter": (
        r"""h_t = \tanh(W x_t + U h_{t-1}) \odot с_t""",
        r"""
error[S206]: с cannot stand here
  --> cell.tex:1:38
    1 | h_t = \tanh(W x_t + U h_{t-1}) \odot с_t
      |                                      ^
  с is CYRILLIC SMALL LETTER ES, U+0441, which looks like c
  help: write the Latin letter c
""",
    ),
    "a Cyrillic letter in plain text": (
        """h_t = tanh(W x_t + U h_{t-1} + ае)""",
        """
error[S206]: а cannot stand here
  --> cell.tex:1:32
    1 | h_t = tanh(W x_t + U h_{t-1} + ае)
      |                                ^
  а is CYRILLIC SMALL LETTER A, U+0430, which looks like a
  help: write the Latin letter a
""",
    ),
    "a Cyrillic letter as a label": (
        r"""h_t = \tanh(W_{х} x_t + U h_{t-1})""",
        r"""
error[S208]: х is no label of a name
  --> cell.tex:1:14
    1 | h_t = \tanh(W_{х} x_t + U h_{t-1})
      |              ^^^^
  х is CYRILLIC SMALL LETTER HA, U+0445, which looks like x
  help: write the Latin letter x
""",
    ),
    "a Cyrillic letter as a label in plain text": (
        """h_t = tanh(W_х x_t + U h_{t-1})""",
        """
error[S206]: х cannot stand here
  --> cell.tex:1:14
    1 | h_t = tanh(W_х x_t + U h_{t-1})
      |              ^
  х is CYRILLIC SMALL LETTER HA, U+0445, which looks like x
  help: write the Latin letter x
""",
    ),
    "a Greek capital": (
        r"""h_t = \tanh(Α x_t + A h_{t-1})""",
        r"""
error[S206]: Α cannot stand here
  --> cell.tex:1:13
    1 | h_t = \tanh(Α x_t + A h_{t-1})
      |             ^
  Α is GREEK CAPITAL LETTER ALPHA, U+0391, which looks like A
  help: write the Latin letter A
""",
    ),
    "a fullwidth sign": (
        """h_t = tanh(W x_t ＋ U h_{t-1})""",
        """
error[S206]: ＋ cannot stand here
  --> cell.tex:1:18
    1 | h_t = tanh(W x_t ＋ U h_{t-1})
      |                  ^^
  ＋ is FULLWIDTH PLUS SIGN, U+FF0B, which looks like +
  help: write +
""",
    ),
    "an en dash": (
        """h_t = (1 – z) h_{t-1} + W x_t""",
        """
error[S206]: – cannot stand here
  --> cell.tex:1:10
    1 | h_t = (1 – z) h_{t-1} + W x_t
      |          ^
  – is EN DASH, U+2013, which looks like a minus
  help: write - or − for a minus
""",
    ),
    "an en dash in a time": (
        r"""h_t = \tanh(W x_t + U h_{t–1})""",
        r"""
error[S208]: t–1 is no label of a name
  --> cell.tex:1:24
    1 | h_t = \tanh(W x_t + U h_{t–1})
      |                        ^^^^^^
  – is EN DASH, U+2013, which looks like a minus
  help: write - or − for a minus
""",
    ),
    "a macro": (
        r"""\newcommand{\rec}{U h_{t-1}}
h_t = \tanh(W x_t + \rec)""",
        r"""
error[S206]: \newcommand cannot stand here
  --> cell.tex:1:1
    1 | \newcommand{\rec}{U h_{t-1}}
      | ^^^^^^^^^^^
  macros are not expanded
  help: write out in the equations what it stands for, and leave its definition out
""",
    ),
    "a document class": (
        r"""\documentclass{article}
h_t = \tanh(W x_t + U h_{t-1})""",
        r"""
error[S206]: \documentclass cannot stand here
  --> cell.tex:1:1
    1 | \documentclass{article}
      | ^^^^^^^^^^^^^^
  help: an equations file is the equations only: leave the rest of the document out
""",
    ),
    "a package": (
        r"""\usepackage{amsmath}
h_t = \tanh(W x_t + U h_{t-1})""",
        r"""
error[S206]: \usepackage cannot stand here
  --> cell.tex:1:1
    1 | \usepackage{amsmath}
      | ^^^^^^^^^^^
  help: an equations file is the equations only: leave the rest of the document out
""",
    ),
    "a document": (
        r"""\begin{document}
h_t = \tanh(W x_t + U h_{t-1})
\end{document}""",
        r"""
error[S206]: \begin{document} cannot stand here
  --> cell.tex:1:1
    1 | \begin{document}
      | ^^^^^^^^^^^^^^^^
  help: an equations file is the equations only: leave the rest of the document out
""",
    ),
    "a file that is put in": (
        r"""\input{macros}
h_t = \tanh(W x_t + U h_{t-1})""",
        r"""
error[S206]: \input cannot stand here
  --> cell.tex:1:1
    1 | \input{macros}
      | ^^^^^^
  no other file is read
  help: put the equations of that file here
""",
    ),
    "a circular convolution": (
        r"""h_t = \tanh(W \circledast x_t + U h_{t-1})""",
        r"""
error[S281]: a convolution is not read
  --> cell.tex:1:15
    1 | h_t = \tanh(W \circledast x_t + U h_{t-1})
      |               ^^^^^^^^^^^
  \circledast is a circular convolution or correlation to most readers
  help: write W x for a product of matrices, and \odot for the elementwise product
""",
    ),
    "a misspelt letter": (
        r"""h_t = \simga(W x_t + U h_{t-1})""",
        r"""
error[S206]: \simga cannot stand here
  --> cell.tex:1:7
    1 | h_t = \simga(W x_t + U h_{t-1})
      |       ^^^^^^
  help: did you mean \sigma?
""",
    ),
    "a misspelt operator": (
        r"""h_t = \tanh(W x_t) \odto h_{t-1}""",
        r"""
error[S206]: \odto cannot stand here
  --> cell.tex:1:20
    1 | h_t = \tanh(W x_t) \odto h_{t-1}
      |                    ^^^^^
  help: did you mean \odot?
""",
    ),
    "a derivative": (
        r"""h_t = \partial x_t + h_{t-1}""",
        r"""
error[S206]: \partial cannot stand here
  --> cell.tex:1:7
    1 | h_t = \partial x_t + h_{t-1}
      |       ^^^^^^^^
  help: write the forward equations only: gradients are derived from them
""",
    ),
    "× between expressions": (
        """h_t = tanh(W × x_t + U h_{t-1})""",
        r"""
error[S280]: × has more than one reading
  --> cell.tex:1:14
    1 | h_t = tanh(W × x_t + U h_{t-1})
      |              ^
  it may be the elementwise product
  it may be a matrix product
  it may be the cross product
  help: write ∘ for the elementwise product, or say it: % notation: × = ∘
""",
    ),
    "½": (
        """h_t = ½ tanh(W x_t + U h_{t-1})""",
        """
error[S206]: ½ cannot stand here
  --> cell.tex:1:7
    1 | h_t = ½ tanh(W x_t + U h_{t-1})
      |       ^
  help: write 1/2
""",
    ),
    "@": (
        """h_t = tanh(W @ x_t + U h_{t-1})""",
        r"""
error[S206]: @ cannot stand here
  --> cell.tex:1:14
    1 | h_t = tanh(W @ x_t + U h_{t-1})
      |              ^
  help: write W x for a product of matrices, and ∘ for the elementwise product
""",
    ),
    "÷": (
        """h_t = tanh(W x_t + U h_{t-1}) ÷ 2""",
        """
error[S206]: ÷ cannot stand here
  --> cell.tex:1:31
    1 | h_t = tanh(W x_t + U h_{t-1}) ÷ 2
      |                               ^
  help: write / for a quotient
""",
    ),
    "two fonts": (
        r"""\mathbf{h}_t = \tanh(W x_t + U h_{t-1})""",
        r"""
error[S222]: two spellings share the ASCII name h
  --> cell.tex:1:32
    1 | \mathbf{h}_t = \tanh(W x_t + U h_{t-1})
      |                                ^^^^^^^
  ::: cell.tex:1:1
    1 | \mathbf{h}_t = \tanh(W x_t + U h_{t-1})
      | ^^^^^^^^^^^^
  a font is no part of a name
  help: write one font if they are one quantity; otherwise rename one, or give it a label
""",
    ),
    "a name that looks like another, which is read too": (
        r"""i_t = \sigma(W x_t + U h_{t-1}) \\
h_t = l_t \odot \tanh(V x_t) + (1 - i_t) \odot h_{t-1}""",
        r"""
error[S331]: l_t is never defined, and looks like i_t
  --> cell.tex:2:7
    2 | h_t = l_t \odot \tanh(V x_t) + (1 - i_t) \odot h_{t-1}
      |       ^^^
  ::: cell.tex:1:1
    1 | i_t = \sigma(W x_t + U h_{t-1}) \\
      | ^^^
  help: did you mean i_t? an input is declared: l_t \in \mathbb{R}^{D}
""",
    ),
    "cases without otherwise": (
        r"""h_t = h_{t-1} + \begin{cases} x_t & x_t > 0 \\ 0 \end{cases}""",
        r"""
error[S338]: this row of cases has no condition
  --> cell.tex:1:48
    1 | h_t = h_{t-1} + \begin{cases} x_t & x_t > 0 \\ 0 \end{cases}
      |                                                ^
  a row is a value and when it holds
  help: write & \text{otherwise} behind the value, or its condition, as in & x_t > 0
""",
    ),
    "cases whose first row has no condition": (
        r"""h_t = h_{t-1} + \begin{cases} x_t & \\ 0 & x_t > 0 \end{cases}""",
        r"""
error[S338]: this row of cases has no condition
  --> cell.tex:1:31
    1 | h_t = h_{t-1} + \begin{cases} x_t & \\ 0 & x_t > 0 \end{cases}
      |                               ^^^^^
  a row is a value and when it holds
  help: write & \text{otherwise} behind the value, or its condition, as in & x_t > 0
""",
    ),
    "a decimal comma and a space in a bracket": (
        r"""h_t = \tanh(0, 5 W x_t + U h_{t-1})""",
        r"""
error[S275]: tanh takes 1 argument, and has 2 here
  --> cell.tex:1:7
    1 | h_t = \tanh(0, 5 W x_t + U h_{t-1})
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: a decimal number is written with a point, 0.5
""",
    ),
    "a function of vectors of two sizes": (
        r"""x_t \in \mathbb{R}^{D} \\ y_t \in \mathbb{R}^{H} \\
f(a) = W a \\
h_t = f(x_t) + f(y_t) + h_{t-1}""",
        r"""
error[S210]: W cannot be both a matrix of D columns and a matrix of H columns
  --> cell.tex:2:8
    2 | f(a) = W a \\
      |        ^^^
  ::: cell.tex:1:1
    1 | x_t \in \mathbb{R}^{D} \\ y_t \in \mathbb{R}^{H} \\
      | ^^^^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:1:27
    1 | x_t \in \mathbb{R}^{D} \\ y_t \in \mathbb{R}^{H} \\
      |                           ^^^^^^^^^^^^^^^^^^^^^^
  W is one parameter, wherever it stands
  help: give one of the two another name
""",
    ),
    "blocks of two numbers": (
        r"""h_t = \tanh(\begin{bmatrix} W & U \end{bmatrix}
[x_t; h_{t-1}; y_t])""",
        r"""
error[S210]: cannot multiply W U and [x_t; h_{t-1}; y_t]
  --> cell.tex:2:1
    2 | [x_t; h_{t-1}; y_t])
      | ^^^^^^^^^^^^^^^^^^^
  ::: cell.tex:1:29
    1 | h_t = \tanh(\begin{bmatrix} W & U \end{bmatrix}
      |                             ^^^^^
  a matrix product needs as many columns on the left as rows on the right
  help: check the shapes of both, or transpose one with ^\top
""",
    ),
}
# fmt: on


def message_of(text: str) -> str:
    with pytest.raises(NotationError) as raised:
        read_text(text, "cell.tex")
    return str(raised.value)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_whole_message(mistake):
    text, expected = MISTAKES[mistake]
    assert message_of(text) == expected.strip("\n")


def test_two_inline_formulas_side_by_side():
    r"""$a$$b$ is two formulas, and $$a$$ one display."""
    two = read_text(r"$h_t = \tanh(W x_t + U h_{t-1})$$y_t = V h_t$")
    assert two == read_text(r"$$h_t = \tanh(W x_t + U h_{t-1}) \\ y_t = V h_t$$")
    assert message_of("$h_t = x_t + h_{t-1}$$").startswith("error[S204]: $ is never closed")
    assert message_of("$$h_t = x_t + h_{t-1}$").startswith("error[S204]: $ is never closed")


def test_an_input_of_its_own_may_look_like_a_name():
    """It is declared, or it is the only input that the file has."""
    declared = (
        r"l_t \in \mathbb{R}^H \\ x_t \in \mathbb{R}^D \\ h_t \in \mathbb{R}^H \\"
        r"i_t = \sigma(W x_t + U h_{t-1}) \\ h_t = l_t \odot x_t[1] + (1 - i_t) \odot h_{t-1}"
    ).replace("x_t[1]", r"\tanh(V x_t)")
    assert [q.name for q in read_text(declared).inputs] == ["l", "x"]
    embedded = r"x_t = E X_t \\ h_t = \tanh(W x_t + U h_{t-1})"
    assert [q.name for q in read_text(embedded).inputs] == ["X"]


def test_signs_of_a_minus_that_are_read():
    """− is a minus as - is."""
    assert read_text("h_t = (1 − z) ∘ h_{t−1} + W x_t") == read_text(
        "h_t = (1 - z) ∘ h_{t-1} + W x_t"
    )
