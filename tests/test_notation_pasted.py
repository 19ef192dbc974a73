"""Text as it is pasted from papers and notes: read as it stands, or told how to be mended."""

import pytest

from symlstm.messages import NotationError
from symlstm.notation.reading import read_text


def equations(text):
    return read_text(text, "cell.tex").equations


def message(text):
    with pytest.raises(NotationError, match=r"S\d") as caught:
        read_text(text, "cell.tex")
    return str(caught.value)


# Comments that declare: a declaration that is passed over would be a misreading without a word.


@pytest.mark.parametrize(
    "told",
    [
        "# notation: σ = tanh\nh_t = σ(W x_t + U h_{t-1})",
        "h_t = σ(W x_t + U h_{t-1})  # notation: σ = tanh",
        "h_t = \\sigma(W x_t + U h_{t-1}) % notation: \\sigma = \\tanh",
        "%% Notation : \\sigma = \\tanh\nh_t = \\sigma(W x_t + U h_{t-1})",
    ],
)
def test_a_comment_declares_wherever_it_begins(told):
    assert equations(told) == equations(r"h_t = \tanh(W x_t + U h_{t-1})")


def test_signs_of_unicode_are_declared_and_declare():
    told = "# notation: * = ∘\n# notation: juxtaposition = ⊙\nh_t = tanh(W x_t) * h_{t-1}"
    assert equations(told) == equations("h_t = tanh(W x_t) ∘ h_{t-1}")


def test_a_comment_that_is_a_comment_declares_nothing():
    commented = "% % notation: \\sigma = \\tanh\nh_t = \\sigma(W x_t + U h_{t-1})"
    assert equations(commented) == equations(r"h_t = \sigma(W x_t + U h_{t-1})")


def test_metadata_of_plain_text_may_stand_behind_its_own_sign():
    assert read_text("# title: Elman\nh_t = tanh(W x_t + U h_{t-1})").title == "Elman"
