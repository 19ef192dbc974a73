"""Slips of accumulation: over time, over examples, over gates that are looped over.

What a person does wrong in a loop is wrong for all that goes through it, and told once.
"""

from pathlib import Path

import pytest

from symlstm import verify

LOOPED = Path(__file__).parent / "styles" / "lstm_looped.py"
SEED = 20261123
END = "    out = {"
BACK = "reversed(range(T))"

# What is written, and what instead; then (kind, equation, what is said), and the line at fault,
# which is that of the slip unless it is given.
SLIPS = {
    "divided by T": (
        END, f"    dW_x = [w / T for w in dW_x]\n{END}",
        "extra-term", "dW_xi", "is divided by T", "w / T",
    ),
    "all divided by T": (
        END, f"    dW_x, dW_h, db = [[w / T for w in ws] for ws in (dW_x, dW_h, db)]\n{END}",
        "extra-term", "dW_xi", "the same in the gradients of all other parameters", "w / T",
    ),
    "divided by B": (
        "da[k].T @ x[t]", "da[k].T @ x[t] / len(x[t])",
        "extra-term", "dW_xi", "is divided by B", "",
    ),
    "a mean": (
        "da[k].sum(axis=0)", "da[k].mean(axis=0)",
        "extra-term", "db_i", "divided by B, the number of examples, or by 2", "",
    ),
    "the 2 of a square": (
        "dx[t] += da[k]", "dx[t] += 2 * da[k]",
        "extra-term", "dx_t", "is multiplied by 2", "",
    ),
    "a loss that is a mean": (
        "    T = len(x)\n", "    T = len(x)\n    dh, dc = dh / T, dc / T\n",
        "extra-term", "dx_t", "the same in all other gradients", "dx[t] +=",
    ),
    "one part of the loss a mean": (
        "    T = len(x)\n", "    T = len(x)\n    dh = dh / T\n",
        "wrong-term", "dh_t", "has dh^out_t / T where dh^out_t stands", "dh / T",
    ),
    "the last state": (
        "da[k].T @ h_prev", "da[k].T @ hs[-1]",
        "wrong-time", "dW_hi", "reads h_T at every step", "",
    ),
    "the first state": (
        "da[k].T @ h_prev", "da[k].T @ h_0",
        "wrong-time", "dW_hi", "reads h_0 at every step", "",
    ),
    "the last input": (
        "da[k].T @ x[t]", "da[k].T @ x[-1]",
        "wrong-time", "dW_xi", "reads x_T at every step", "",
    ),
    "the last gate": (
        "dx[t] += da", "dx[t] = da",
        "missing-term", "dx_t", "has only the term W_xcᵀ dḡ_t, one of 4", "",
    ),
    "the last gate carried": (
        "dh_next += da", "dh_next = da",
        "missing-term", "dh_t", "has only the term W_hcᵀ dḡ_{t+1}, one of 4", "",
    ),
    "the last example": (
        "da[k].sum(axis=0)", "da[k][-1]",
        "missing-term", "db_i", "has only the term of the last example", "",
    ),
    "all transposed": (
        "da[k] @ W_h[k]", "da[k] @ W_h[k].T",
        "wrong-term", "dh_t", "has W_hc where W_hcᵀ stands; the same in its other terms", "",
    ),
    "not reset": (
        "        dh_next = np.zeros_like(h_0)\n", "",
        "extra-term", "dh_t", "it is not reset at each step", "dh_next +=",
    ),
    "a product with what is carried": (
        "dc[t] + dc_next", "dc[t] * dc_next",
        "wrong-term", "dc_t", "has ∘ where + stands", "",
    ),
    "without the first step": (
        BACK, "reversed(range(1, T))",
        "missing-term", "dx_t", "is left out at t = 1", "",
    ),
    "without the last step": (
        BACK, "reversed(range(T - 1))",
        "missing-term", "dx_t", "is left out at t = T", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_what_is_wrong_in_a_loop_is_told_once(slip, tmp_path):
    right, wrong, kind, equation, said, at = SLIPS[slip]
    text = LOOPED.read_text(encoding="utf-8")
    assert text.count(right) == 1
    path = tmp_path / "looped.py"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    report = verify(str(path), "lstm", seed=SEED)
    assert report.verdict == "differs"
    assert len(report.findings) == 1, report.to_text()
    (finding,) = report.findings
    assert (finding.kind, finding.equation) == (kind, equation), report.to_text()
    assert said in report.to_text()
    line = path.read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert (at or wrong) in line, report.to_text()
    assert "your code is exactly these equations" in report.to_text()


def test_the_right_one_is_proved():
    assert verify(str(LOOPED), "lstm", seed=SEED).verdict == "proved"


def test_what_one_line_makes_wrong_is_told_once_though_unexplained(tmp_path):
    text = LOOPED.read_text(encoding="utf-8")
    path = tmp_path / "looped.py"
    wrong = text.replace("da[k].T @ h_prev", "da[k].T @ (h_prev * h_prev + c_prev)")
    path.write_text(wrong, encoding="utf-8")
    (finding,) = verify(str(path), "lstm", seed=SEED).findings
    assert finding.message == "dW_hi differs from its equation; so do dW_hf, dW_ho, dW_hc"
