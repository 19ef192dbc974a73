"""Normal forms: what two cells compute, written so that equal things look equal."""

from fractions import Fraction

import pytest
from equations_of_cells import H_ONLY, cell

from symlstm.verification.equality.cell_form import CellForm
from symlstm.verification.equality.forms import ONE, ZERO, Forms, value_at_zero


def same(first, second, declared=H_ONLY):
    """Whether h_t has one form in both, read as the equations of one cell."""
    forms = Forms()
    results = [
        CellForm(forms, cell("h_t = " + right, "one", declared), 0).result("h")
        for right in (first, second)
    ]
    return results[0] == results[1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"W x_t + U h_{t-1} + b", r"b + U h_{t-1} + W x_t"),
        (r"W (x_t + x_t) + b \odot h_{t-1}", r"2 W x_t + h_{t-1} \odot b"),
        (r"h_{t-1} - h_{t-1} + W x_t", r"W x_t"),
        (r"\sigma(-(W x_t + b)) + h_{t-1}", r"1 - \sigma(W x_t + b) + h_{t-1}"),
        (r"\tanh(-(W x_t + b)) + h_{t-1}", r"h_{t-1} - \tanh(W x_t + b)"),
        (r"\frac{1}{1 + \exp(W x_t)} + h_{t-1}", r"\sigma(-(W x_t)) + h_{t-1}"),
        (r"\exp(W x_t) \odot \exp(h_{t-1})", r"\exp(W x_t + h_{t-1})"),
        (r"\exp(h_{t-1}) \odot \exp(-h_{t-1}) + W x_t", r"1 + W x_t"),
        (r"(h_{t-1} + W x_t) \odot (h_{t-1} - W x_t)",
         r"h_{t-1} \odot h_{t-1} - (W x_t) \odot (W x_t)"),
        (r"(x_t^\top W^\top)^\top + h_{t-1}", r"W x_t + h_{t-1}"),
        (r"U (V h_{t-1}) + W x_t", r"U V h_{t-1} + W x_t"),
    ],
)  # fmt: skip
def test_law(first, second):
    """Each line is an identity."""
    assert same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"W x_t + h_{t-1}", r"W x_t - h_{t-1}"),
        (r"U (b \odot h_{t-1}) + W x_t", r"b \odot (U h_{t-1}) + W x_t"),
        (r"\sigma(W x_t) + h_{t-1}", r"\tanh(W x_t) + h_{t-1}"),
        (r"\sigma(-W x_t) + h_{t-1}", r"-\sigma(W x_t) + h_{t-1}"),
        (r"\exp(W x_t) + h_{t-1}", r"\exp(W x_t + h_{t-1})"),
    ],
)
def test_what_is_no_law(first, second):
    assert not same(first, second)


def test_values_at_zero():
    """σ(0) = 1/2, tanh 0 = 0, exp 0 = 1"""
    values = [value_at_zero(name) for name in ("sigmoid", "tanh", "exp", "relu")]
    assert [str(v) for v in values] == ["1/2", "0", "1", "0"]


def test_arithmetic_by_hand():
    forms = Forms()
    two = forms.constant(2)
    assert forms.add(two, two) == forms.constant(4) and forms.subtract(two, two) == ZERO
    assert forms.times(two, two) == forms.constant(4) and forms.call("tanh", ZERO) == ZERO
    assert forms.call("sigmoid", ZERO) == forms.scale(Fraction(1, 2), ONE)


def test_long_products_are_not_multiplied_out():
    """(a + b + …)³ with 30 terms has 4,960 monomials, and stays a product."""
    parts = " + ".join(f"a_{{{n}}}" for n in range(30))
    text = rf"({parts}) \odot ({parts}) \odot ({parts}) \odot h_{{t-1}} + W x_t"
    form = CellForm(Forms(), cell("h_t = " + text), 0).result("h")
    assert len(form) <= 401


def test_stack_is_cut_into_the_blocks_of_a_parameter():
    """W [h; x] = W_(:H) h + W_(H:) x"""
    form = CellForm(Forms(), cell(r"h_t = \tanh(W [h_{t-1}, x_t] + b)"), 0)
    found = {(a.name, str(a.columns)) for a in form.atoms}
    assert found == {("W", "(0, H)"), ("W", "(H, D + H)"), ("b", "(0, 1)")}
