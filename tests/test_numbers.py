r"""Sizes that stand in equations as numbers: \frac{1}{\sqrt{d}} W x_t, where x_t has d entries."""

import textwrap

import pytest

from symlstm import Cell, verify
from symlstm.messages import NotationError

SIZES = {"B": 2, "D": 3, "d": 5, "T": 3}
HEAD = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{d} \\ "
NUMBERS = {
    "a root below a line": r"h_t = \frac{1}{\sqrt{d}} W x_t + h_{t-1}",
    "a root without braces": r"h_t = \frac{1}{\sqrt d} W x_t + h_{t-1}",
    "a divisor": r"h_t = W x_t / d + h_{t-1} / \sqrt{2d + 1}",
    "a quotient of sizes": r"h_t = \frac{d}{D} W x_t - d / 2 + \tanh(h_{t-1} + 1/d)",
    "in brackets": r"h_t = (d) W x_t + 2 (d) h_{t-1} + (d - D)",
    "a scalar": r"s_t = v^\top x_t / D \\ v \in \mathbb{R}^{D} \\ h_t = (d) s_t h_{t-1} + W x_t",
    "a constant": r"a = \frac{1}{\sqrt{d}} \\ h_t = a W x_t + h_{t-1}",
}


@pytest.mark.parametrize("what", NUMBERS)
def test_a_size_as_a_number_goes_through_the_whole_chain(what):
    """Read, derived, generated, proved, printed, and read again"""
    cell = Cell.from_latex(HEAD + NUMBERS[what])
    assert "d" not in {q.name for q in cell.quantities}
    assert Cell.from_latex(cell.to_latex()) == cell
    pairs = [(e.left, e.right) for e in cell.equations]
    assert Cell.from_equations(pairs).equations == cell.equations
    report = verify(cell=cell, sizes=SIZES, seed=1)
    assert report.verdict == "proved", report.to_text()
    assert report.comparisons > 0


AMBIGUOUS = {
    "a factor": r"h_t = d W x_t + h_{t-1}",
    "a factor behind": r"h_t = \frac{d x_t}{3} + h_{t-1}",
    "a term": r"h_t = W x_t + h_{t-1} + d",
    "an elementwise factor": r"h_t = d \odot h_{t-1} + W x_t",
    "an argument": r"h_t = \tanh(d) + W x_t + h_{t-1}",
    "a factor below a line": r"h_t = h_{t-1} / (d x_t)",
    "transposed": r"h_t = d^\top x_t + h_{t-1}",
}


@pytest.mark.parametrize("what", AMBIGUOUS)
def test_a_size_that_may_be_a_parameter_has_two_readings(what):
    with pytest.raises(NotationError, match=r"^error\[S253\]: d has two readings"):
        Cell.from_latex(HEAD + AMBIGUOUS[what])


def test_a_declared_quantity_of_that_name_is_meant():
    cell = Cell.from_latex(HEAD + r"d \in \mathbb{R} \\ h_t = \frac{1}{\sqrt{d}} W x_t + h_{t-1}")
    assert [q.name for q in cell.parameters] == ["d", "W"]


@pytest.mark.parametrize(
    ("scale", "verdict"),
    [
        ("x @ W.T / np.sqrt(h_prev.shape[-1])", "proved"),
        ("(x @ W.T) * h_prev.shape[-1] ** -0.5", "proved"),
        ("x @ W.T / math.sqrt(x.shape[-1])", "differs"),
        ("x @ W.T / 2.236", "differs"),
    ],
)
def test_code_that_divides_by_the_root_of_a_size(tmp_path, scale, verdict):
    """√d of the equations and of the code are one number; √D and 2.236 are others"""
    path = tmp_path / "mine.py"
    path.write_text(
        textwrap.dedent(f"""
        import math
        import numpy as np

        def step(x, h_prev, W):
            return (np.tanh({scale} + h_prev),)
        """)
    )
    cell = Cell.from_latex(HEAD + r"h_t = \tanh(\frac{1}{\sqrt{d}} W x_t + h_{t-1})")
    report = verify(str(path), cell=cell, sizes=SIZES, seed=1)
    assert report.verdict == verdict, report.to_text()
