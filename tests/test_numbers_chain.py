"""Functions and roots of plain numbers, e^{-2} and 2^{-1/2}, through the whole chain."""

import numpy as np
import pytest

from symlstm.cell import Cell
from symlstm.notation.printing import unicode_equation
from symlstm.notation.reading import read_text
from symlstm.verification import verify as verification
from symlstm.verification.subject import generated_subject

SIZES = {"B": 2, "T": 2, "D": 3, "H": 2}

# what is written: what is read.
NUMBERS = {
    r"e^{-2} h_{t-1} + W x_t": "exp(−2) h_{t-1} + W x_t",
    r"2^{-1/2} W x_t + h_{t-1}": "W x_t / √(2) + h_{t-1}",
    r"\frac{1 - e^{-2}}{\sqrt{3}} h_{t-1} + W x_t": "((1 − exp(−2)) / √(3)) h_{t-1} + W x_t",
    r"\tanh(1/2) + \log(2) W x_t + (1 + 1)^{1/2} h_{t-1}":
        "tanh(1/2) + log(2) W x_t + √(2) h_{t-1}",
}  # fmt: skip


@pytest.mark.parametrize("right", NUMBERS)
def test_a_function_of_numbers_is_a_number(right):
    cell = read_text(rf"x_t \in \mathbb{{R}}^{{D}} \\ h_t \in \mathbb{{R}}^{{H}} \\ h_t = {right}")
    assert unicode_equation(cell, cell.equations[0]) == "h_t = " + NUMBERS[right]
    assert Cell.from_latex(cell.to_latex(), cell.name).equations == cell.equations


@pytest.mark.parametrize("right", NUMBERS)
def test_the_code_with_numbers_is_proved(right):
    cell = read_text(rf"x_t \in \mathbb{{R}}^{{D}} \\ h_t \in \mathbb{{R}}^{{H}} \\ h_t = {right}")
    report = verification.check(generated_subject(cell), cell, verification.Options((SIZES,), 1))
    assert report.verdict == "proved", report.to_text()
    assert report.comparisons > 10


def test_a_number_makes_no_scalar_of_what_it_is_added_to():
    """1 + x and e + x have the shape of x."""
    plain = read_text(r"h_t = 1 + x_t + h_{t-1}")
    exponential = read_text(r"h_t = \exp(1) + x_t + h_{t-1}")
    assert [q.shape for q in exponential.quantities] == [q.shape for q in plain.quantities]
    assert str(exponential.quantity("h").shape) == "(D, 1)"


def test_the_code_with_numbers_computes_their_values():
    """h = e⁻² h + x / √2 at h = 1, x = 1: 0.1353… + 0.7071…"""
    from symlstm.codegen.numpy_code import generate

    names = {}
    exec(generate(read_text(r"h_t = e^{-2} h_{t-1} + 2^{-1/2} x_t")), names)
    (h,) = names["step"](np.ones((1, 2)), np.ones((1, 2)))
    np.testing.assert_allclose(h, 0.1353352832366127 + 0.7071067811865476)
