"""Published derivations are proved equation by equation; wrong ones are told with the right one.

The file in tests/published is typed after a paper's appendix; the wrong ones are made of it here,
by the mistakes that papers and tutorials make.
"""

import re
from pathlib import Path

import pytest
from command_line import ROOT, run

from symlstm import cells, verify
from symlstm.messages import NotationError, UsageError

GREFF = (Path(__file__).parent / "published" / "greff-2017.tex").read_text(encoding="utf-8")
SIZES = {"B": 2, "D": 3, "H": 5, "T": 3}


def verdict_on(text, tmp_path, cell="lstm", **options):
    path = tmp_path / "paper.tex"
    path.write_text(text, encoding="utf-8")
    return verify(str(path), cell, seed=1, **options)


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def test_the_appendix_of_greff_is_proved(tmp_path):
    report = verdict_on(GREFF, tmp_path, "lstm-peephole")
    assert report.verdict == "proved", report.to_text()
    assert report.functions == ("forward", "gradients")
    # B T (6 H + D) entries of adjoints and 4 (H D + H² + H) + 3 H of parameters, and y over time.
    entries = sum(
        b * t * (6 * h + d) + 4 * (h * d + h * h + h) + 3 * h
        for b, d, h, t in ((2, 5, 3, 3), (3, 2, 5, 4))
    )
    assert report.comparisons >= entries
    said = "\n".join(report.assumed)
    assert "W_xi = W_i" in said and "h = y" in said
    assert "the loss reads y_t (Δ_t) at every step" in said
    assert "the steps are 0, …, T" in said and "nothing is said" not in said
    # Sums over δ^{t+1} and y^t for t = 0, …, T−1 leave out the first step.
    assert report.conditions == ("y_0 = c_0 = 0",)
    assert verdict_on(GREFF, tmp_path, "lstm-peephole", strict=True).verdict == "undecided"


# what is written, what a wrong paper has, and what is said of it.
WRONG = {
    "a missing carry": (
        r" + \delta c^{t+1} \odot f^{t+1}", "",
        "missing-term", "δc_t lacks the term δc_{t+1} ∘ f_{t+1}",
    ),
    "W for U": (
        r"R_z^T \delta \bar{z}^{t+1}", r"W_z^T \delta \bar{z}^{t+1}",
        "wrong-shape", r"δy_t: \Delta^t is H×1, but W_z^T \delta \bar{z}^{t+1} is D×1",
    ),
    "the derivative of the activated value": (
        r"z^t \odot \sigma'(\bar{i}^t)", r"z^t \odot \sigma'(i^t)",
        "wrong-function",
        "δī_t has σ′(i_t) where σ′(ī_t) stands: the derivative is taken of the activated value",
    ),
    "+ for ∘": (
        r"\delta y^t \odot o^t \odot h'", r"(\delta y^t + o^t) \odot h'",
        "wrong-term", "δc_t has + where ∘ stands in δy_t ∘ o_t",
    ),
    "an index off by one": (
        r"\delta c^t \odot c^{t-1}", r"\delta c^t \odot c^t",
        "wrong-time", "δf̄_t reads c_t where c_{t-1} stands",
    ),
    "the bars lost": (
        r"p_i \odot \delta \bar{i}^{t+1} + p_f \odot \delta\bar{f}^{t+1}",
        r"p_i \odot \delta i^{t+1} + p_f \odot \delta f^{t+1}",
        "wrong-term",
        "δc_t has δf_{t+1}, δi_{t+1} where δf̄_{t+1}, δī_{t+1} stand: the bars are lost",
    ),
    "a sum of the wrong factors": (
        r"\langle \delta \bar{i}^{t+1}, y^t \rangle", r"\langle \delta \bar{f}^{t+1}, y^t \rangle",
        "wrong-term", "δR_i has δf̄_t where δī_t stands",
    ),
}  # fmt: skip
RIGHT = {
    "δc_t": "δy_t ∘ o_t ∘ (1 − tanh²(c_t)) + δō_t ∘ p_o + δc_{t+1} ∘ f_{t+1} + δf̄_{t+1} ∘ p_f "
    "+ δī_{t+1} ∘ p_i",
    "δy_t": "Δ_t + R_oᵀ δō_{t+1} + R_fᵀ δf̄_{t+1} + R_iᵀ δī_{t+1} + R_zᵀ δz̄_{t+1}",
    "δī_t": "δc_t ∘ z_t ∘ i_t ∘ (1 − i_t)",
    "δf̄_t": "δc_t ∘ c_{t-1} ∘ f_t ∘ (1 − f_t)",
    "δR_i": "Σ_t δī_t y_{t-1}ᵀ",
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_derivation_is_refuted_with_the_right_equation(mistake, tmp_path):
    right, wrong, kind, message = WRONG[mistake]
    assert right in GREFF
    report = verdict_on(GREFF.replace(right, wrong, 1), tmp_path, "lstm-peephole")
    assert report.verdict == "differs"
    (found,) = report.findings
    assert (found.kind, found.message) == (kind, message)
    assert found.line == line_of(GREFF, right)
    name = message.split(":")[0].split()[0]
    assert found.help == f"it should read {name} = {RIGHT[name]}"


def test_several_mistakes_are_each_told_and_none_is_invented(tmp_path):
    text = GREFF
    chosen = ["a missing carry", "the derivative of the activated value", "an index off by one"]
    for mistake in chosen:
        text = text.replace(*WRONG[mistake][:2], 1)
    report = verdict_on(text, tmp_path, "lstm-peephole")
    assert {f.message for f in report.findings} == {WRONG[mistake][3] for mistake in chosen}


def test_a_cell_that_is_another_is_told_before_its_gradients(tmp_path):
    text = GREFF.replace(r"p_o \odot c^t + b_o", r"p_o \odot c^{t-1} + b_o", 1)
    report = verdict_on(text, tmp_path, "lstm-peephole")
    assert report.verdict == "differs"
    assert {found.function for found in report.findings} == {"forward"}


def gradients_of(name):
    """The equations for gradients in the printed derivation of a cell."""
    text = (ROOT / "derivations" / name / "derivation.tex").read_text(encoding="utf-8")
    parts = re.split(r"\\section\*\{([^}]*)\}", text)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    chosen = sections["Backward pass"] + sections.get("Parameters", "")
    return "\n".join(re.findall(r"\\begin\{align\*\}.*?\\end\{align\*\}", chosen, re.DOTALL))


# Its printed gradients hold the column of ones, 𝟏, which the language of equations has not.
UNREAD = {"lstm-layernorm"}


@pytest.mark.parametrize("name", sorted(set(cells) - UNREAD))
def test_every_printed_derivation_is_read_back_and_proved(name, tmp_path):
    report = verdict_on(gradients_of(name), tmp_path, name)
    assert report.verdict == "proved", report.to_text()
    assert not any("nothing is said" in text for text in report.assumed)


def test_what_is_not_read_back_cannot_be(tmp_path):
    for name in UNREAD:
        with pytest.raises(NotationError):
            verdict_on(gradients_of(name), tmp_path, name)


BODY = """{h} \\odot o_t \\odot (1 - \\tanh^2(c_t)) + {n} \\odot f_{{t+1}}"""
NOTATIONS = {
    "delta": (r"\delta c_t", r"\delta h_t", r"\delta c_{t+1}"),
    "delta above": (r"\delta c^{(t)}", r"\delta h^{(t)}", r"\delta c^{(t+1)}"),
    "delta with a label": (r"\delta_{c,t}", r"\delta_{h,t}", r"\delta_{c,t+1}"),
    "delta of a name": (r"\delta_c^t", r"\delta_h^t", r"\delta_c^{t+1}"),
    "d": ("dc_t", "dh_t", "dc_{t+1}"),
    "upright d": (r"\mathrm{d}c_t", r"\mathrm{d}h_t", r"\mathrm{d} c_{t+1}"),
    "quotients": (
        r"\frac{\partial L}{\partial c_t}", r"\frac{\partial L}{\partial h_t}",
        r"\frac{\partial L}{\partial c_{t+1}}",
    ),
    "quotients of a loss in script": (
        r"\frac{\partial \mathcal{L}}{\partial c_t}", r"\frac{\partial\mathcal{L}}{\partial h_t}",
        r"\frac{\partial\mathcal L}{\partial c_{t+1}}",
    ),
    "quotients on a line": (
        r"\partial L / \partial c_t", r"\partial L/\partial h_t", r"\partial L/\partial c_{t+1}",
    ),
    "nabla": (r"\nabla_{c_t} L", r"\nabla_{h_t} L", r"\nabla_{c_{t+1}} L"),
    "a bar that is declared": ("% adjoint: \\bar c\n\\bar c_t", r"\bar{h}_t", r"\bar c_{t+1}"),
}  # fmt: skip


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_is_read(notation, tmp_path):
    left, hidden, following = NOTATIONS[notation]
    text = f"{left} = {BODY.format(h=hidden, n=following)}"
    report = verdict_on(text, tmp_path, sizes=SIZES)
    assert report.verdict == "proved", report.to_text()
    wrong = verdict_on(text.replace("f_{t+1}", "f_t"), tmp_path, sizes=SIZES)
    assert [found.kind for found in wrong.findings] == ["wrong-time"]


@pytest.mark.parametrize("sign", ["δ", "d", "∂L/∂"])
def test_plain_text_is_read(sign, tmp_path):
    text = "Dc_t = Dh_t ∘ o_t ∘ (1 − tanh²(c_t)) + Dc_{t+1} ∘ f_{t+1}\nDo_t = Dh_t ∘ tanh(c_t)\n"
    report = verdict_on(text.replace("D", sign), tmp_path, sizes=SIZES)
    assert report.verdict == "proved", report.to_text()
    # B T H entries of dc and do: dh is given at T alone, and is compared nowhere.
    assert report.comparisons == 2 * (2 * 3 * 5)


def test_a_loss_that_has_no_term_is_one_of_the_last_output(tmp_path):
    text = r"\delta h_t = W_{hi}^T \delta \bar i_{t+1} + W_{hf}^T \delta \bar f_{t+1} "
    text += r"+ W_{ho}^T \delta \bar o_{t+1} + W_{hc}^T \delta \bar g_{t+1}"
    report = verdict_on(text, tmp_path, sizes=SIZES)
    assert report.verdict == "proved"
    assert any("the loss reads h_t at t = T alone" in text for text in report.assumed)
    given = verdict_on(text.replace("= ", r"= \frac{\partial L_t}{\partial h_t} + ", 1), tmp_path)
    assert given.verdict == "proved"
    assert any("at every step" in text for text in given.assumed)


def test_steps_are_counted_as_the_file_does(tmp_path):
    text = r"\delta W_{xi} = \sum_{t=%s}^{%s} \delta \bar i_t x_t^\top"
    for first, last, said in (
        ("1", "T", "1, …, T"),
        ("0", "T", "0, …, T"),
        ("0", "T-1", "0, …, T−1"),
    ):
        report = verdict_on(text % (first, last), tmp_path, sizes=SIZES)
        assert report.verdict == "proved"
        assert f"the steps are {said}" in report.assumed
    # All but the first step is right for no way of counting.
    both = text % ("1", "T") + r" \\ " + r"\delta b_i = \sum_{t=2}^{T} \delta \bar i_t"
    (found,) = verdict_on(both, tmp_path, sizes=SIZES).findings
    assert found.equation == "db_i"


def test_a_gradient_without_a_sum_is_what_each_step_adds(tmp_path):
    report = verdict_on(r"dW_{xi} = d\bar i_t x_t^\top", tmp_path, sizes=SIZES)
    assert report.verdict == "proved"
    assert any(text.startswith("dW_xi: what each step adds") for text in report.assumed)


def test_outer_products_have_a_sign(tmp_path):
    report = verdict_on(r"dW_{xi} = \sum_t d\bar i_t \otimes x_t", tmp_path, sizes=SIZES)
    assert report.verdict == "proved"


@pytest.mark.parametrize(("text", "code"), [
    ("h_t = \\tanh(W x_t + U h_{t-1})", "S025"),
    (r"dc_t = dh_t \odot q_t", "S344"),
    (r"\delta q_t = \delta c_t", "S344"),
    (r"dW_{xi} = \sum_{t=1}^{N} d\bar i_t x_t^\top", "S345"),
    (r"dW_{xi} = \sum_{t=5}^{T} d\bar i_t x_t^\top", "S345"),
    (r"dc_t = dc_t", "S346"),
    (r"df_t = dc_t \odot c_{t+3}", "S347"),
    (r"dc_{t-1} = dc_{t+1} \odot f_t", "S347"),
    (r"do_t = d\bar o_t / (o_t \odot (1 - o_t)) \\ d\bar o_t = do_t \odot o_t \odot (1 - o_t)",
     "S346"),
    (r"dc_t = dh_t \odot (o_t", "S205"),
    (r"\frac{\partial L}{\partial c_t = 1", "S025"),
    (r"dc_t = dh_t \odot o_t + \int dc_t", "S2"),
])  # fmt: skip
def test_bad_derivations_are_told(text, code, tmp_path):
    path = tmp_path / "paper.tex"
    path.write_text(text, encoding="utf-8")
    result = run("verify", str(path), "--cell", "lstm")
    assert result.status == 2
    printed = result.out + result.err
    assert f"[{code}" in printed and "Traceback" not in printed


def test_a_derivation_has_no_floating_point(tmp_path):
    path = tmp_path / "paper.tex"
    path.write_text(r"dc_t = dh_t", encoding="utf-8")
    for option in (("--numerics",), ("--wrt", "b_i"), ("--save-counterexample", "point.py")):
        result = run("verify", str(path), "--cell", "lstm", *option)
        assert result.status == 2 and "S024" in result.err
    with pytest.raises(UsageError):
        verify(str(tmp_path / "no.tex"), "lstm")


def test_two_mistakes_of_a_derivation_in_the_wild(tmp_path):
    """A vignette multiplies what comes from t+1 where it is added, and passes the forget gate's
    error through the input gate's weights."""
    folder = Path(__file__).parent / "published"
    text = (folder / "rnn-lstm-units.tex").read_text(encoding="utf-8")
    report = verdict_on(text, tmp_path, str(folder / "lstm-without-biases.tex"))
    assert report.verdict == "differs"
    assert [found.message for found in report.findings] == [
        "δC_t has ∘ where + stands in δh_t ∘ o_t ∘ (1 − tanh²(C_t)) + δC_{t+1} ∘ f_{t+1}",
        "δh_t has δf̄_{t+1} where δī_{t+1} stands",
    ]
    mended = text.replace(r"(C_t))) \odot (\delta", r"(C_t))) + (\delta")
    mended = mended.replace(r"W_i^T \delta \bar f", r"W_i^T \delta \bar i")
    report = verdict_on(mended, tmp_path, str(folder / "lstm-without-biases.tex"))
    assert report.verdict == "proved", report.to_text()


def test_times_that_no_sequence_has_have_no_value(tmp_path):
    for text in (
        r"dW_{xi} = \sum_{t=1}^{T+1} d\bar i_{t+1} x_t^\top", r"df_t = dc_t \odot c_{t-3}",
    ):  # fmt: skip
        assert verdict_on(text, tmp_path).verdict == "differs"


def test_what_is_compared_at_no_step_is_not_proved(tmp_path):
    text = r"\delta h_t = W_{hi}^T \delta \bar i_{t+1} + W_{hf}^T \delta \bar f_{t+1} "
    text += r"+ W_{ho}^T \delta \bar o_{t+1} + W_{hc}^T \delta \bar g_{t+1} \\ "
    text += r"\delta f_t = \delta c_t \odot c_{t-1}"
    one = {"B": 2, "D": 3, "H": 2, "T": 1}
    report = verdict_on(text, tmp_path, sizes=one)
    assert report.verdict == "undecided"
    assert ["at no step of T = 1" in f.message for f in report.findings] == [True]


def test_a_word_that_begins_with_d_is_no_adjoint(tmp_path):
    cell = "decay_t = σ(W x_t)\nh_t = decay_t ∘ h_{t-1} + V x_t\n"
    (tmp_path / "cell.tex").write_text(cell, encoding="utf-8")
    text = cell + "dh_t = Δ_t + dh_{t+1} ∘ decay_{t+1}\n"
    report = verdict_on(text, tmp_path, str(tmp_path / "cell.tex"))
    assert report.verdict == "proved", report.to_text()


ELMAN = r"\delta h_t = \Delta_t + U_h^\top \delta \bar h_{t+1}"


@pytest.mark.parametrize("wrong", [
    r"\delta b_y = \sum_{t=1}^T 3 \delta \bar y_t",
    r"\delta \bar y_t = 3 \delta y_t \odot y_t",
])  # fmt: skip
def test_nothing_is_proved_of_what_the_loss_does_not_depend_on(wrong, tmp_path):
    """The loss is told to read h_t alone: then the adjoints of y_t are zero, and so is 3 times."""
    report = verdict_on(rf"{ELMAN} \\ {wrong}", tmp_path, "elman")
    assert report.verdict == "undecided"
    (found,) = report.findings
    assert "is zero here" in found.message and found.verdict == "undecided"


def test_a_wrong_factor_of_what_is_zero_is_not_passed_over(tmp_path):
    text = ELMAN.replace(r"\Delta_t", r"\Delta_t + 5 W_y^\top \delta \bar y_t")
    assert verdict_on(text, tmp_path, "elman").verdict == "undecided"


def test_a_prime_behind_more_than_one_function_is_not_guessed(tmp_path):
    cell = r"h_t = 2 \sigma(W x_t + U h_{t-1}) - 1"
    (tmp_path / "cell.tex").write_text(cell, encoding="utf-8")
    own = r"g(x) = 2 \sigma(x) - 1 \\ \bar h_t = W x_t + U h_{t-1} \\ h_t = g(\bar h_t) \\ "
    with pytest.raises(NotationError) as caught:
        verdict_on(rf"{own} \delta \bar h_t = \delta h_t \odot g'(\bar h_t)", tmp_path,
                   str(tmp_path / "cell.tex"))  # fmt: skip
    assert caught.value.message.code == "S348"
    written = r"\delta \bar h_t = 2 \delta h_t \odot \sigma'(\bar h_t)"
    report = verdict_on(own + written, tmp_path, str(tmp_path / "cell.tex"))
    assert report.verdict == "proved", report.to_text()


LOGARITHM = r"""
x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ h_t = \log(W x_t + U h_{t-1} + b)
"""


@pytest.mark.parametrize(("factor", "verdict"), [("", "proved"), ("2 ", "differs")])
def test_a_function_that_has_no_value_everywhere(factor, verdict, tmp_path):
    """log a′ = 1/a, where a point has to be found at which a is positive"""
    (tmp_path / "cell.tex").write_text(LOGARITHM, encoding="utf-8")
    quotient = r"\frac{\delta h_t}{W x_t + U h_{t-1} + b}"
    text = rf"\delta W = {factor}\sum_{{t=1}}^T {quotient} x_t^\top"
    report = verdict_on(text, tmp_path, str(tmp_path / "cell.tex"))
    assert report.verdict == verdict, report.to_text()
