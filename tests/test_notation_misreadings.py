"""What was once read as something that nobody meant: the message, or the reading."""

import pytest

from symlstm.messages import NotationError
from symlstm.notation.reading import read_text

# title: (the equations, the message).
# fmt: off
MISTAKES = {
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
