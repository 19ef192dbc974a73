"""Defects of public implementations, each rebuilt in words of our own (`tests/defects`).

Every file has one defect, and a comment on the line that a person would point at. Its docstring
names where the defect was found.
"""

from pathlib import Path

import pytest

from symlstm import verify

DEFECTS = Path(__file__).parent / "defects"
SEED = 20261122

# What a verifier should say: (file, cell, function, kind, equation, term).
TABLE = [
    ("backward_bias", "lstm-concat", "gradients", "wrong-term", "dg_t", "b_i"),
    ("no_output_tanh", "lstm", "sequence", "wrong-function", "h_t", "c_t"),
    ("bias_gradients", "lstm", "gradients", "wrong-term", "db_i", "di_bar_t"),
    ("carry_overwritten", "lstm", "gradients", "missing-term", "dc_t", "dc_next f_next"),
    ("peephole_after_gate", "lstm-peephole", "step", "wrong-term", "o_t", "w_co c_t"),
    ("peephole_order", "lstm-peephole", "step", "wrong-order", "f_t", "w_cf"),
    ("bias_twice", "lstm", "step", "extra-term", "i_t", "b_i"),
    ("old_memory_at_output", "lstm", "step", "wrong-time", "h_t", "c_t"),
    ("forget_from_input", "lstm", "step", "wrong-term", "f_t", "f_bar_t"),
    ("sum_for_product", "lstm", "step", "wrong-term", "c_t", "i_t g_t"),
    ("old_memory_peephole", "lstm-peephole", "step", "wrong-time", "h_t", "c_t"),
    ("reset_not_applied", "gru", "step", "missing-term", "h_tilde_t", "r_t"),
    ("bias_lost_without_state", "gru-reset-after", "sequence", "missing-term", "h_tilde_t",
     "r_t W_hh h_prev b_hh"),
    ("bias_absent", "gru-reset-after", "step", "missing-term", "h_tilde_t", "b_hh"),
    ("forget_bias_after_gate", "lstm-forget-bias", "step", "wrong-term", "f_t", "1"),
    ("reset_misplaced", "gru", "step", "wrong-term", "h_tilde_t", None),
    ("gate_order", "lstm", "sequence", "wrong-order", "f_t", "W_xf W_hf b_f"),
    ("normaliser_missing", "slstm", "step", "missing-term", "h_t", "n_t"),
    ("stabiliser_missing", "slstm-stabilised", "step", "missing-term", "i_prime_t", "m_t"),
]  # fmt: skip

CAUSES = {"backward_bias": 2, "bias_gradients": 2}
"""How many defects a file has, where it is not one."""


def marked(name):
    text = (DEFECTS / f"{name}.py").read_text(encoding="utf-8")
    return [n for n, line in enumerate(text.splitlines(), 1) if "# wrong" in line]


@pytest.mark.parametrize(
    ("name", "cell", "function", "kind", "equation", "term"), TABLE, ids=[row[0] for row in TABLE]
)
def test_defect_is_named_with_its_place(name, cell, function, kind, equation, term):
    report = verify(str(DEFECTS / f"{name}.py"), cell, seed=SEED)
    assert report.verdict == "differs"
    first = report.findings[0]
    found = (first.function, first.kind, first.equation)
    assert found == (function, kind, equation), report.to_text()
    assert term is None or first.term == term
    assert first.line in marked(name), report.to_text()
    assert len(report.findings) == CAUSES.get(name, 1), report.to_text()
    assert any("your code is exactly these equations" in note for note in first.notes)


def test_every_rebuilt_defect_is_in_the_table():
    files = {path.stem for path in DEFECTS.glob("*.py")}
    assert files == {row[0] for row in TABLE} | {"clip_not_at_output"}


def test_clip_that_is_not_applied_at_the_output_is_not_proved():
    """onnxruntime #27224: nobody says yet which term it is, for cases meet in one value"""
    cell = str(DEFECTS / "lstm-clipped.tex")
    report = verify(str(DEFECTS / "clip_not_at_output.py"), cell, seed=SEED)
    assert report.verdict == "undecided"


def edited(name, *changes):
    text = (DEFECTS / f"{name}.py").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


STEP = """
def step(
    x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c
):
    return Node({k: v for k, v in locals().items() if k[0] in "Wb"}).forward(x, h_prev, c_prev)
"""


def test_backward_pass_that_is_right_for_its_own_wrong_forward_is_told_so():
    report = verify(str(DEFECTS / "no_output_tanh.py"), "lstm", seed=SEED)
    assert report.own_forward == report.to_json()["own_forward"] == "agrees"
    assert {f.function for f in report.findings} == {"sequence"}
    assert "gradients is the exact derivative of what sequence of this file" in report.to_text()


def test_own_forward_is_unrolled_where_there_is_but_a_step(tmp_path):
    text = edited("no_output_tanh", ("def sequence(", "def _sequence(")) + STEP
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    report = verify(str(path), "lstm", seed=SEED)
    assert report.functions == ("step", "gradients")
    assert report.own_forward == "agrees", report.to_text()


def test_backward_pass_that_is_wrong_for_its_own_forward_too_is_told_so(tmp_path):
    text = edited("no_output_tanh", ('"f": self.s_prev * ds', '"f": self.s * ds'))
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    report = verify(str(path), "lstm", seed=SEED)
    assert report.verdict == "differs" and report.own_forward == "differs"
    assert "is not the derivative of what sequence of this file computes either" in report.to_text()


def test_nothing_is_said_of_an_own_forward_that_is_right():
    report = verify(str(DEFECTS / "carry_overwritten.py"), "lstm", seed=SEED)
    assert report.own_forward == ""
