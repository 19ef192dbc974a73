"""Slips that reproduce an implementation exactly, each told in the cell's words at its line."""

from pathlib import Path

import pytest

import symlstm.reference
from symlstm import cells, verify

REFERENCES = Path(symlstm.reference.__path__[0])

TABLE = [
    ("lstm", "(1 - np.tanh(c[t]) ** 2) + dc_next", "(1 - np.tanh(c[t]) ** 2) - dc_next",
     "dc_t has the term dc_{t+1} ∘ f_{t+1}, carried from t+1, with the wrong sign"),
    ("lstm", "(1 - np.tanh(c[t]) ** 2) + dc_next", "(1 - np.tanh(c[t]) ** 2) + 2 * dc_next",
     "dc_t has the term dc_{t+1} ∘ f_{t+1}, carried from t+1, twice"),
    ("lstm_coupled", "dc_next = dc_t * (1 - i[t])", "dc_next = dc_t",
     "dc_t lacks the factor 1 − i_{t+1}"),
    ("lstm_1997", "dg_bar = dg * (1 - g[t] ** 2 / 4)", "dg_bar = dg",
     "dḡ_t lacks the factor 4 (σ(ḡ_t) ∘ (1 − σ(ḡ_t)))"),
    ("mingru", "dz = dh_t * (h_tilde[t] - h_prev[t])", "dz = dh_t + (h_tilde[t] - h_prev[t])",
     "dz_t has + where ∘ stands in dh_t ∘ (−h_{t-1} + h̃_t)"),
    ("fastgrnn", "dz = dh_t * (h_prev[t] - zeta * h_tilde[t])",
     "dz = (h_prev[t] - zeta * h_tilde[t])", "dz_t lacks the factor dh_t"),
    ("lstm_peephole", "o = sigmoid(x @ W_xo.T + h_prev @ W_ho.T + w_co * c + b_o)",
     "o = sigmoid(x @ W_xo.T + h @ W_ho.T + w_co * c + b_o)",
     "dc_t is computed from a wrong ō_t, which reads h_t where h_{t-1} stands"),
    ("lstm_concat", "np.concatenate([h_prev, x], axis=-1)", "np.concatenate([x, h_prev], axis=-1)",
     "dc_t is computed from a wrong ī_t, which has [x_t, h_{t-1}] where [h_{t-1}, x_t] stands; "
     "the same in f_t, o_t, g_t"),
    ("lem", "z_tilde = np.tanh(", "z_tilde = sigmoid(",
     "dz̄_t is computed from a wrong tanh(z̄_t), which has σ where tanh(z̄_t) stands"),
    ("minlstm", "df_bar = df * f[t] * (1 - f[t])", "df_bar = df * f[t] * (2 - f[t])",
     "df̄_t has 2 − f_t where 1 − f_t stands"),
    ("mut3", "(1 - np.tanh(h_prev[t]) ** 2)", "(1 - np.tanh(h[t]) ** 2)",
     "dh_t reads h_{t+1} where h_t stands"),
    ("rglru", "np.sqrt(1 - a**2) * (i * x)", "np.sqrt(2 - a**2) * (i * x)",
     "h_t has 2 − a_t² where 1 − a_t² stands"),
    ("lstm", "np.tanh(x @ W_xc.T + h_prev @ W_hc.T", "np.tanh(x @ W_xc.T * h_prev @ W_hc.T",
     "dḡ_t is computed from a wrong ḡ_t, which has ∘ where + stands in W_xc x_t + W_hc h_{t-1}"),
    ("mgu", "step(x[t], h[-1]", "step(x[t - 1], h[-1]",
     "f_t reads x_{t-1} where x_t stands, and x_T (a negative index) at the first step; "
     "the same in h̃_t"),
    ("lstm_1997", "di = dc_t * g[t]", "di = g[t]", "di_t lacks the factor dc_t"),
    ("slstm", "dc_next = dc_t * f[t]", "dc_next = f[t]", "dc_t lacks the factor dc_{t+1}"),
    ("indrnn", "u * h_prev + b", "h_prev + b",
     "dh̄_t is computed from a wrong h̄_t, which lacks the factor u"),
    ("lstm", "h_t, c_t = step(x[t], h[-1]", "c_t, h_t = step(x[t], h[-1]",
     "h_t is kept as c_t, and the reverse"),
    ("lstm_layernorm", "from_x * alpha_2 + beta_2 + b", "from_x * alpha_1 + beta_2 + b",
     "dh̄_4_t is computed from a wrong fioḡ_t, which has α_1 where α_2 stands"),
    ("lstm_layernorm", "step(x[t], h[-1]", "step(x[t - 1], h[-1]",
     "fioḡ_t reads x_{t-1} where x_t stands, and x_T (a negative index) at the first step"),
]  # fmt: skip


def refuted(tmp_path, module, right, wrong):
    """The findings on a reference with the last of these texts changed, and the line of it."""
    text = (REFERENCES / f"{module}.py").read_text(encoding="utf-8")
    start = text.rindex(right)
    path = tmp_path / "mine.py"
    path.write_text(text[:start] + wrong + text[start + len(right) :], encoding="utf-8")
    name = module.replace("_", "-")
    sizes = {"B": 2, "T": 3} | {d.name: 3 + n for n, d in enumerate(cells[name].dimensions)}
    report = verify(str(path), name, sizes=sizes, seed=1)
    return report.findings, text[:start].count("\n") + 1


@pytest.mark.parametrize(("module", "right", "wrong", "message"), TABLE)
def test_a_slip_is_the_only_finding_at_its_line(module, right, wrong, message, tmp_path):
    (found,), line = refuted(tmp_path, module, right, wrong)
    assert (found.message, found.line) == (message, line)
    assert any("exactly these equations" in note for note in found.notes)


def test_a_stack_in_another_order_is_one_finding_for_all_gates(tmp_path):
    text = (REFERENCES / "lstm_concat.py").read_text(encoding="utf-8")
    right, wrong = "np.concatenate([h_prev, x], axis=-1)", "np.concatenate([x, h_prev], axis=-1)"
    path = tmp_path / "mine.py"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    sizes = {"B": 2, "D": 3, "H": 2, "T": 3}
    (found,) = verify(str(path), "lstm-concat", sizes=sizes, seed=1).findings
    assert (found.kind, found.function) == ("wrong-order", "step")
    assert found.message == (
        "i_t has [x_t, h_{t-1}] where [h_{t-1}, x_t] stands; the same in f_t, o_t, g_t"
    )
    assert found.source.strip() == f"hx = {wrong}"


def test_a_gradient_that_is_never_assigned_is_blamed_where_its_zeros_are(tmp_path):
    path = REFERENCES / "sru.py"
    text = path.read_text(encoding="utf-8")
    right = next(line for line in text.splitlines() if line.strip().startswith("dx[t] ="))
    mine = tmp_path / "mine.py"
    mine.write_text(text.replace(right, right[: len(right) - len(right.lstrip())] + "pass"))
    (found,) = verify(str(mine), "sru", sizes={"B": 2, "H": 2, "T": 3}, seed=1).findings
    assert found.message == "dx_t is not computed: it stays 0"
    assert found.source.strip() == "dx = np.zeros_like(x)"


def test_a_slip_that_reads_what_the_first_step_lacks_is_found_at_the_others(tmp_path):
    """x_{t-1} where x_t stands, and x_1 at the first step: there is no x_0 to compare with"""
    shifted = "i = sigmoid(np.concatenate([x[:1], x[:-1]]) @ W_xi.T"
    (found,), line = refuted(tmp_path, "lstm", "i = sigmoid(x @ W_xi.T", shifted)
    assert (found.message, found.line) == (
        "dg_t is computed from a wrong ī_t, which reads x_{t-1} where x_t stands", line,
    )  # fmt: skip


def test_a_carry_that_is_not_updated_is_a_missing_term(tmp_path):
    (found,), _ = refuted(tmp_path, "slstm_stabilised", "dc_next = dc_t * f[t]", "pass")
    assert found.message == "dc_t lacks the term dc_{t+1} ∘ f′_{t+1}, carried from t+1"


def test_rounding_of_ill_conditioned_code_is_not_taken_for_other_code():
    """the gates exp(i) of an sLSTM make numbers of 10¹⁴, of which float64 keeps few digits"""
    path = REFERENCES / "slstm.py"
    report = verify(str(path), "slstm", sizes={"B": 2, "D": 4, "H": 5, "T": 3}, seed=1)
    assert (report.verdict, report.findings) == ("proved", ())
