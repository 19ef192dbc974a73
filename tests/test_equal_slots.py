"""equal: parameters that are mixed, multiplied or bounded: what is said is so, or undecided."""

from pathlib import Path

import pytest
from equations_of_cells import cell, correspondence

import symlstm
from symlstm import cells, equal
from symlstm.notation.reading import read_text
from symlstm.verification.equality.factors import factors_of

SQUARE = r"x_t, h_t \in \mathbb{R}^{H} \\ "
VECTOR = SQUARE + r"b \in \mathbb{R}^{H} \\ "
VECTORS = SQUARE + r"a, b \in \mathbb{R}^{H} \\ "
SCALAR = VECTOR + r"\beta \in \mathbb{R} \\ "
SCALARS = SQUARE + r"\alpha, \beta \in \mathbb{R} \\ "
WIDE = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ V \in \mathbb{R}^{H \times 2H} \\ "

FREE = SQUARE + r"h_t = \tanh(W x_t + U h_{t-1})"
BIASED = VECTOR + r"h_t = \tanh(W x_t + U h_{t-1} + b)"


def verdicts(first, second):
    """What is said of two cells, in either order."""
    cells = cell(first, "one", ""), cell(second, "other", "")
    reports = equal(*cells, seed=1), equal(*reversed(cells), seed=1)
    return reports, {report.verdict for report in reports}


EQUAL = {
    "two sums of one pair of matrices": (
        SQUARE + r"h_t = \tanh((A + B) x_t + (A - B) h_{t-1})", FREE),
    "the same, multiplied out": (
        SQUARE + r"h_t = \tanh(A x_t + B x_t + A h_{t-1} - B h_{t-1})", FREE),
    "two mixtures of one space": (
        SQUARE + r"h_t = \tanh((A + B) x_t + (A - B) h_{t-1})",
        SQUARE + r"h_t = \tanh((2 W + U) x_t + (3 W - U) h_{t-1})"),
    "the same line in two spaces": (
        SQUARE + r"h_t = \tanh((A + B) x_t + (2 A + 2 B) h_{t-1})",
        SQUARE + r"h_t = \tanh(W x_t + 2 W h_{t-1})"),
    "a bias in two sums": (
        VECTORS + r"h_t = \tanh(W x_t + a + b) \odot \sigma(U h_{t-1} + b)",
        VECTORS + r"h_t = \tanh(W x_t + a) \odot \sigma(U h_{t-1} + b)"),
    "mixed transposes": (
        SQUARE + r"h_t = \tanh((A + B^\top) x_t + (A^\top - B) h_{t-1})", FREE),
    "units that mix": (
        SQUARE + r"h_t = \tanh((A + B) x_t) + \sigma((A - B) x_t) + U h_{t-1}",
        SQUARE + r"h_t = \tanh(W x_t) + \sigma(V x_t) + U h_{t-1}"),
    "mixed scalars": (
        SCALARS + r"h_t = (\alpha + \beta) x_t + (\alpha - \beta) h_{t-1}",
        SCALARS + r"h_t = \alpha x_t + \beta h_{t-1}"),
    "a scalar beside a vector": (
        SCALAR + r"h_t = \tanh(W x_t + U h_{t-1} + b + \beta)", BIASED),
    "a scalar on the other side": (
        SCALAR + r"h_t = \tanh(W x_t + b + \beta) \odot \sigma(U h_{t-1} + b)",
        SCALAR + r"h_t = \tanh(W x_t + b) \odot \sigma(U h_{t-1} + b - \beta)"),
    "mixtures with constants": (
        VECTORS + r"h_t = (1 - a - b) \odot h_{t-1} + (a - b) \odot \tanh(W x_t)",
        VECTORS + r"h_t = a \odot h_{t-1} + b \odot \tanh(W x_t)"),
    "a negated gate with mixtures": (
        VECTORS + r"z_t = \sigma(W x_t + a + b) \\ "
        r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot (a - b) \odot x_t",
        VECTORS + r"z_t = \sigma(W x_t + a) \\ "
        r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot b \odot x_t"),
    "a packed matrix that mixes": (
        SQUARE + r"a_t = W x_t \in \mathbb{R}^{2H} \\ "
        r"h_t = \tanh([a_t]_{1:H} + [a_t]_{H+1:2H}) \odot \sigma([a_t]_{1:H} + U h_{t-1})",
        SQUARE + r"h_t = \tanh(V x_t) \odot \sigma(W x_t + U h_{t-1})"),
    "a product that is one parameter": (
        VECTORS + r"h_t = \tanh(W x_t + a \odot b \odot h_{t-1})",
        VECTOR + r"h_t = \tanh(W x_t + b \odot h_{t-1})"),
    "a quotient that is one parameter": (
        VECTORS + r"h_t = \tanh(W x_t + \frac{a}{b} \odot h_{t-1})",
        VECTOR + r"h_t = \tanh(W x_t + b \odot h_{t-1})"),
    "a vector before a matrix": (
        VECTOR + r"h_t = \tanh(b \odot (W x_t) + U h_{t-1})", FREE),
    "a vector behind a matrix": (
        VECTOR + r"h_t = \tanh(W (b \odot x_t) + U h_{t-1})", FREE),
    "a cube, which takes all values": (
        VECTOR + r"h_t = \tanh(W x_t + U h_{t-1} + b \odot b \odot b)", BIASED),
    "twice the hyperbolic sine": (
        VECTOR + r"h_t = \tanh(W x_t + U h_{t-1} + \exp(b) - \exp(-b))", BIASED),
    "σ for tanh under a matrix": (
        VECTOR + r"h_t = V \sigma(W x_t) + U h_{t-1} + b",
        VECTOR + r"h_t = V \tanh(W x_t) + U h_{t-1} + b"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), EQUAL.values(), ids=EQUAL)
def test_mixed_parameters_are_equal(first, second):
    """an invertible map of the parameters, or one onto, changes no family"""
    reports, found = verdicts(first, second)
    assert found == {"proved"}, reports[0].to_text()


DIFFERS = {
    "one direction only": (
        SQUARE + r"h_t = \tanh((A + B) x_t + (2 A + 2 B) h_{t-1})", FREE),
    "three sums of two vectors": (
        VECTORS + r"h_t = \sigma(W x_t + a + b) \odot h_{t-1} + \sigma(U x_t + a) "
        r"\odot \tanh(V x_t + b)",
        VECTORS + r"c \in \mathbb{R}^{H} \\ h_t = \sigma(W x_t + c) \odot h_{t-1} "
        r"+ \sigma(U x_t + a) \odot \tanh(V x_t + b)"),
    "a matrix and its transpose": (SQUARE + r"h_t = \tanh(W x_t + W^\top h_{t-1})", FREE),
    "a number for a vector": (
        SQUARE + r"\beta \in \mathbb{R} \\ h_t = \tanh(W x_t + U h_{t-1} + \beta)", BIASED),
    "a square": (VECTOR + r"h_t = \tanh(W x_t + U h_{t-1} + b \odot b)", BIASED),
    "what is positive": (VECTOR + r"h_t = \tanh(W x_t + U h_{t-1} + \exp(b))", BIASED),
    "what is bounded": (
        VECTOR + r"h_t = \tanh(b) \odot h_{t-1} + \tanh(W x_t)",
        VECTOR + r"h_t = b \odot h_{t-1} + \tanh(W x_t)"),
    "a vector and its cube": (
        VECTOR + r"h_t = \tanh(W x_t + b \odot b \odot b) \odot \sigma(U h_{t-1} + b)",
        VECTORS + r"h_t = \tanh(W x_t + a) \odot \sigma(U h_{t-1} + b)"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), DIFFERS.values(), ids=DIFFERS)
def test_what_parameters_cannot_be_is_a_case_and_not_the_reverse(first, second):
    """a line in a plane, or an interval in ℝ, is not all of it"""
    reports, found = verdicts(first, second)
    assert found == {"differs"}, reports[0].to_text()
    assert "one is a case of other, not the reverse" in reports[0].to_text()


NEITHER = {
    "a sign that is tied": (
        VECTOR + r"h_t = \tanh(W x_t + b) \odot \sigma(U h_{t-1} + b)",
        VECTOR + r"h_t = \tanh(W x_t - b) \odot \sigma(U h_{t-1} + b)"),
    "a scale that is tied": (
        VECTOR + r"h_t = \tanh(W x_t + b) \odot \sigma(U h_{t-1} + 2 b)",
        VECTOR + r"h_t = \tanh(W x_t + b) \odot \sigma(U h_{t-1} + b)"),
    "another function beside a mixture": (
        VECTORS + r"h_t = \tanh(W x_t + a + b) + a \odot h_{t-1}",
        VECTORS + r"h_t = \sigma(W x_t + a + b) + a \odot x_t"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), NEITHER.values(), ids=NEITHER)
def test_neither_is_a_case_of_the_other(first, second):
    reports, found = verdicts(first, second)
    assert found == {"differs"}, reports[0].to_text()
    assert reports[0].specialisation is None


UNDECIDED = {
    # b² tanh(W x) is b tanh(W x), since a row of W may change its sign
    "a square that a sign makes good": (
        VECTOR + r"h_t = b \odot b \odot \tanh(W x_t) + U h_{t-1}",
        VECTOR + r"h_t = b \odot \tanh(W x_t) + U h_{t-1}",
        "all values that b ∘ b of one can have"),
    "a product of matrices": (
        SQUARE + r"h_t = \tanh(V W x_t + U h_{t-1})", FREE,
        "all values that V W of one can have"),
    "a factor inside exp": (
        VECTORS + r"h_t = a \odot \exp(W x_t + b) + U h_{t-1}",
        VECTOR + r"h_t = b \odot \exp(W x_t) + U h_{t-1}",
        "factors exp(b) where b stands inside exp"),
    "a factor inside |·|": (
        VECTORS + r"h_t = a \odot |b \odot x_t| + U h_{t-1}",
        VECTOR + r"h_t = b \odot |x_t| + U h_{t-1}",
        "scales of abs that are parameters"),
    "relu(a) − relu(−a) = a": (
        SQUARE + r"h_t = \operatorname{relu}(W x_t) - \operatorname{relu}(-W x_t) + U h_{t-1}",
        SQUARE + r"h_t = V x_t + U h_{t-1}",
        "relu(a) − relu(−a) = a"),
    "a layer of two parts": (
        WIDE + r"h_t = V \sigma(W x_t) + U h_{t-1}",
        r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ V, R \in \mathbb{R}^{H \times H} \\ "
        r"h_t = V \sigma(W x_t) + R \sigma(Q x_t) + U h_{t-1}",
        "functions of parts of a vector"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "gap"), UNDECIDED.values(), ids=UNDECIDED)
def test_what_may_yet_be_equal_is_undecided(first, second, gap):
    """each of these pairs but the second is one family of functions: `differs` would be false"""
    reports, found = verdicts(first, second)
    assert found == {"undecided"}, reports[0].to_text()
    assert all(gap in report.unsearched for report in reports), reports[0].unsearched


def test_the_map_is_printed_and_can_be_told():
    """(A + B) x + (A − B) h: W = A + B, U = A − B, and back A = (W + U)/2, B = (W − U)/2"""
    mixed = cell(r"h_t = \tanh((A + B) x_t + (A - B) h_{t-1})", "one", SQUARE)
    free = cell(r"h_t = \tanh(W x_t + U h_{t-1})", "other", SQUARE)
    report = equal(mixed, free, seed=1)
    assert correspondence(report) == {"W": ["A + B"], "U": ["A - B"]}
    back = equal(free, mixed, seed=1)
    assert correspondence(back) == {"A": ["1/2 W + 1/2 U"], "B": ["1/2 W - 1/2 U"]}
    for each in (report, back):
        told = equal(mixed, free, [c.where for c in each.correspondence], seed=1)
        assert told.verdict == "proved"


def test_a_map_that_is_onto_says_so():
    cubed = cell(r"h_t = \tanh(W x_t + U h_{t-1} + b \odot b \odot b)", "one", VECTOR)
    report = equal(cubed, cell(r"h_t = \tanh(W x_t + U h_{t-1} + c)", "other", SQUARE), seed=1)
    assert "with c = b ∘ b ∘ b" in report.to_text()
    assert "b ∘ b ∘ b takes all values" in report.to_text()


def test_a_matrix_that_is_tied_is_printed_as_in_the_equations():
    tied = cell(r"h_t = \tanh(W x_t + (U - U^\top) h_{t-1})", "one", SQUARE)
    text = equal(tied, cell(r"h_t = \tanh(W x_t + V h_{t-1})", "other", SQUARE), seed=1).to_text()
    assert "other has the parameter V, one has U − Uᵀ in its place" in text


# Factors made of sizes.

LIBRARY = Path(symlstm.__file__).parent / "cells"
KEYS = r"W_k x_t + b_k"


def mlstm(keys, size="H"):
    """The library's mLSTM with other keys, over a size of another name."""
    lines = (LIBRARY / "mlstm.tex").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("%"))
    return read_text(text.replace(KEYS, keys).replace("H", size), name="printed")


@pytest.mark.parametrize(
    ("keys", "size", "there", "back"),
    [
        (r"\frac{1}{\sqrt{H}} W_k x_t + b_k", "H",
         {"W_k": ["√H W_k"]}, {"W_k": ["1/√H W_k"]}),
        (r"\frac{W_k x_t + b_k}{\sqrt{H}}", "H",
         {"W_k": ["√H W_k"], "b_k": ["√H b_k"]}, {"W_k": ["1/√H W_k"], "b_k": ["1/√H b_k"]}),
        (r"\frac{1}{\sqrt{H}} W_k x_t + b_k", "d",
         {"W_k": ["√H W_k"]}, {"W_k": ["1/√d W_k"]}),
    ],
)  # fmt: skip
def test_keys_that_are_scaled_by_the_root_of_their_size(keys, size, there, back):
    """1/√d W x is W' x with W' = 1/√d W"""
    for pair, expected in (
        ((cells["mlstm"], mlstm(keys, size)), there),
        ((mlstm(keys, size), cells["mlstm"]), back),
    ):
        report = equal(*pair, seed=1)
        assert report.verdict == "proved", report.to_text()
        assert {k: v for k, v in correspondence(report).items() if v != [k]} == expected


def test_factor_of_both_cells_is_none():
    keys = r"\frac{1}{\sqrt{H}} W_k x_t + b_k"
    report = equal(mlstm(keys), mlstm(keys, "d"), seed=1)
    assert correspondence(report)["W_k"] == ["W_k"]


@pytest.mark.parametrize(
    "equations",
    [
        r"h_t = \tanh(W x_t + \frac{1}{\sqrt{H}} W h_{t-1})",  # not the same factor everywhere
        r"h_t = \tanh((H - 1) W x_t + U h_{t-1})",  # 0 at H = 1
        r"h_t = \tanh(W x_t + U h_{t-1} + \frac{1}{H} h_{t-1})",  # no parameter takes it up
    ],
)
def test_what_is_no_factor_of_a_parameter(equations):
    assert factors_of(cell(equations, "one", SQUARE)) is None
