"""verify: what is proved, what is refuted and where, what is assumed, and what can never be proved.

Implementations are the hand-written references with one line replaced, and a few lines of NumPy
typed here; the line that a finding has to name is computed from the text.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import run, run_process
from sympy import HadamardProduct, MatAdd, Transpose
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

import symlstm.reference.lstm
from symlstm import Cell, cells, verify
from symlstm.calculus import rules
from symlstm.calculus.gradient import derive
from symlstm.codegen import rows
from symlstm.codegen.numpy_code import generate
from symlstm.messages import SymlstmError
from symlstm.proof import compare, reals
from symlstm.proof.interpret import Evaluator
from symlstm.proof.tower import Tower
from symlstm.verification.main_job import verify_builtin
from symlstm.verification.options import Options, default_sizes
from symlstm.verification.report import Finding, Report, weightiest
from symlstm.verification.verify import verify_file

SEED = 20260204
SMALL = {"B": 2, "T": 3, "D": 3, "H": 2}
TINY = {"B": 2, "T": 2, "D": 3, "H": 2}
OTHER = {"B": 3, "T": 4, "D": 2, "H": 5}
REFERENCES = Path(symlstm.reference.lstm.__file__).parent
STYLES = Path(__file__).parent / "styles"
PARAMETERS = "W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c"


def reference_text(name="lstm"):
    return (REFERENCES / f"{name}.py").read_text(encoding="utf-8")


def replaced(text, function, old, new):
    """The text with one occurrence replaced, and its line: the first one in a function."""
    start = text.index(old, text.index(f"def {function}("))
    return text[:start] + new + text[start + len(old) :], text[:start].count("\n") + 1


@pytest.fixture
def write(tmp_path):
    def write(text, name="mine.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def functions_of(path, *names):
    """The functions of a file, loaded into this process."""
    text = Path(path).read_text(encoding="utf-8")
    namespace = {"__name__": "implementation"}
    exec(compile(text, path, "exec"), namespace)
    return {name: namespace[name] for name in names}


def checked(path, cell="lstm", *names, sizes=SMALL, **options):
    """The report on some functions of a file, in this process: no child is started."""
    return verify(functions_of(path, *names), cell, sizes=sizes, seed=SEED, **options)


STEP = f"""import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def step(x, h_prev, c_prev, {PARAMETERS}):
    i = sigmoid(x @ W_xi.T + h_prev @ W_hi.T + b_i)
    f = sigmoid(x @ W_xf.T + h_prev @ W_hf.T + b_f)
    o = sigmoid(x @ W_xo.T + h_prev @ W_ho.T + b_o)
    g = np.tanh(x @ W_xc.T + h_prev @ W_hc.T + b_c)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c
"""


# The main job.


CONDITIONS = {
    "slstm": ("n_t ≠ 0",),
    "slstm-stabilised": ("n_t ≠ 0",),
    "mlstm": ("n_tᵀ q_t ≠ 0",),
}
"""What the proof of a cell rests on; of lstm-layernorm, that no variance is 0."""


@pytest.mark.parametrize("name", list(cells))
def test_main_job_proves_the_cell(name):
    """generated code = equations = reference, forward and backward, at two sets of sizes"""
    report = verify_builtin(cells[name], Options(seed=SEED))
    assert report.verdict == "proved" and not report.findings
    assert report.functions == ("step", "sequence", "gradients")
    assert report.subject == "generated code = reference"
    if name == "lstm-layernorm":
        assert len(report.conditions) == 3
        assert all(re.fullmatch(r"mean\(.*\) ≠ 0", c) for c in report.conditions)
    else:
        assert report.conditions == CONDITIONS.get(name, ())
    assert report.assumed == ()
    assert report.comparisons > 290 and report.bound_bits > 100


def test_number_of_comparisons_by_hand():
    """h, c of a step: 2·B·H = 8; of a sequence: 2·T·B·H = 24; dx 18, dh_0 and dc_0 8, dW_x 24,
    dW_h 16, db 8"""
    report = verify_builtin(cells["lstm"], Options((SMALL,), seed=SEED))
    assert report.comparisons == 2 * (8 + 24 + 18 + 8 + 24 + 16 + 8)


def test_sizes_are_two_distinct_sets_in_both_orders():
    for name in cells:
        names = [d.name for d in cells[name].dimensions]
        first, second = default_sizes(cells[name])
        assert [first[n] for n in names] == sorted({first[n] for n in names})
        assert [second[n] for n in names] == sorted({second[n] for n in names}, reverse=True)
        for sizes in (first, second):
            assert sizes["T"] >= 3 and min(sizes.values()) >= 2
            assert not {sizes[n] for n in names} & {sizes["B"]}


def test_report_has_the_promised_keys(write):
    text, _ = replaced(reference_text(), "gradients", "di = dc_t * g[t]", "di = dc_t * i[t]")
    report = json.loads(json.dumps(checked(write(text), "lstm", "gradients").to_json()))
    promised = {
        "verdict", "cell", "functions", "sizes", "seed", "conditions", "assumed", "own_forward",
        "findings",
    }  # fmt: skip
    assert set(report) == promised | {"subject", "comparisons", "error_bound", "meaning"}
    assert (report["verdict"], report["cell"], report["functions"], report["seed"]) == (
        "differs", "lstm", ["gradients"], SEED,
    )  # fmt: skip
    assert report["sizes"] == [SMALL]
    (finding,) = report["findings"]
    assert set(finding) == {
        "code", "kind", "function", "equation", "term", "file", "line", "message", "help",
        "notes", "counterexample", "column", "end_column",
    }  # fmt: skip


def test_main_job_as_json():
    ending = run("verify", "--cell", "lstm", "--seed", SEED, "--json", "--sizes", "B=2,D=3,H=2,T=3")
    assert (ending.status, ending.err) == (0, "")
    assert set(ending.value) == {"verdict", "cells"}
    (report,) = ending.value["cells"]
    assert ending.value["verdict"] == report["verdict"] == "proved"
    assert report["cell"] == "lstm" and report["findings"] == []


def test_the_weightiest_verdict_wins():
    """error, differs, undecided, tested, proved"""
    order = ["error", "differs", "undecided", "tested", "proved"]
    for n, verdict in enumerate(order):
        assert weightiest(reversed(order[n:])) == verdict
    assert weightiest(()) == "error"


def test_remarks_of_floating_point_and_nothing_compared():
    """a report without a single comparison proves nothing"""
    nothing = Report("lstm", "mine.py", (), (), SEED)
    assert (nothing.verdict, nothing.exit_status) == ("error", 2)
    assert replace(nothing, comparisons=1).verdict == "proved"


def test_zero_comparisons_is_an_error(write):
    """T = 0 leaves nothing of a sequence to compare; without a function there is nothing"""
    with pytest.raises(SymlstmError, match="not positive"):
        checked(write(STEP), "lstm", "step", sizes=SMALL | {"T": 0})
    with pytest.raises(SymlstmError, match="no function step, sequence or gradients"):
        verify({"other": len}, "lstm", sizes=SMALL, seed=SEED)


def test_same_seed_gives_the_same_report(write):
    text, _ = replaced(STEP, "step", "c = f * c_prev + i * g", "c = f * c_prev")
    first, again = (checked(write(text), "lstm", "step") for _ in range(2))
    assert first.to_json() == again.to_json()
    assert first.findings[0].counterexample is not None


def test_seed_is_drawn_and_said(write):
    step = functions_of(write(STEP), "step")
    reports = [verify(step, "lstm", sizes=SMALL) for _ in range(2)]
    assert reports[0].seed != reports[1].seed
    assert f"seed: {reports[0].seed}" in reports[0].to_text()


# No false alarm.


@pytest.mark.parametrize("style", sorted(path.stem for path in STYLES.glob("*.py")))
def test_other_ways_to_write_the_same_are_proved(style):
    report = verify_file(str(STYLES / f"{style}.py"), cells["lstm"], Options((OTHER,), SEED))
    assert report.verdict == "proved", report.to_text()
    assert "gradients" in report.functions and report.conditions == report.assumed == ()


@pytest.mark.parametrize(
    "sigma",
    [
        "0.5 * (1 + np.tanh(0.5 * z))",
        "np.exp(z) / (1 + np.exp(z))",
        "1 - 1 / (1 + np.exp(z))",
        "np.where(z > 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))",
        "1 / (1 + np.exp(-z / 2) ** 2)",
        "np.reciprocal(np.exp(-z) + 1)",
    ],
)
def test_every_form_of_sigma_is_proved(write, sigma):
    path = write(STEP.replace("1 / (1 + np.exp(-z))", sigma))
    report = checked(path, "lstm", "step")
    assert report.verdict == "proved" and report.conditions == (), report.to_text()


def test_tuple_and_dict_are_the_same_results(write):
    for returned in ("(h, c)", '{"h": h, "c": c}', '{"c": c, "h": h}', "dict(c=c, h=h)"):
        report = checked(write(STEP.replace("return h, c", f"return {returned}")), "lstm", "step")
        assert report.verdict == "proved", returned


def test_a_result_beside_what_is_asked_for_is_said(write):
    path = write(STEP.replace("return h, c", 'return {"h": h, "c": c, "gate": i}'))
    report = checked(path, "lstm", "step")
    assert report.verdict == "proved" and "gate" in " ".join(report.assumed)


def test_one_function_under_any_name_has_its_kind_inferred(write):
    """FILE.py:NAME"""
    text = reference_text()
    for kind, name in (("step", "cell"), ("sequence", "unroll"), ("gradients", "backprop")):
        text = re.sub(rf"\b{kind}\(", f"{name}(", text)
    path = write(text)
    for kind, name in (("step", "cell"), ("sequence", "unroll"), ("gradients", "backprop")):
        report = verify_file(f"{path}:{name}", cells["lstm"], Options((SMALL,), SEED))
        assert (report.verdict, report.functions) == ("proved", (kind,))


def test_whole_file_is_checked_for_whichever_it_defines(write):
    report = verify_file(write(STEP), cells["lstm"], Options((SMALL,), SEED))
    assert (report.verdict, report.functions) == ("proved", ("step",))


# Corruptions: (reference, function, old, new, equation that is wrong).

CARRY = "dc_t = dc[t] + dh_t * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next"
DH_NEXT = "dh_next = di_bar @ W_hi + df_bar @ W_hf + do_bar @ W_ho + dg_bar @ W_hc"
DX = "dx[t] = di_bar @ W_xi + df_bar @ W_xf + do_bar @ W_xo + dg_bar @ W_xc"
GATE_I = "i = sigmoid(x @ W_xi.T + h_prev @ W_hi.T + b_i)"
GATE_F = "f = sigmoid(x @ W_xf.T + h_prev @ W_hf.T + b_f)"
GATE_O = "o = sigmoid(x @ W_xo.T + h_prev @ W_ho.T + b_o)"
GATE_G = "g = np.tanh(x @ W_xc.T + h_prev @ W_hc.T + b_c)"
C = "c = f * c_prev + i * g"
H = "h = o * np.tanh(c)"
UNROLL = "h_t, c_t = step(x[t], h[-1], c[-1], *parameters)"
PEEPHOLE_CARRY = "dc_next = dc_t * f[t] + di_bar * w_ci + df_bar * w_cf"

FORWARD = [
    ("lstm", "step", GATE_I, "i = sigmoid(x @ W_xi.T + h_prev @ W_hi.T)", "i_t"),
    ("lstm", "step", GATE_I, "i = 1 - sigmoid(x @ W_xi.T + h_prev @ W_hi.T + b_i)", "i_t"),
    ("lstm", "step", GATE_F, "f = sigmoid(x @ W_xf.T + b_f)", "f_t"),
    ("lstm", "step", GATE_F, "f = sigmoid(x @ W_xf.T + h_prev @ W_hf.T + b_f + 1)", "f_t"),
    ("lstm", "step", GATE_O, "o = sigmoid(x @ W_xf.T + h_prev @ W_ho.T + b_o)", "o_t"),
    ("lstm", "step", GATE_O, "o = np.tanh(x @ W_xo.T + h_prev @ W_ho.T + b_o)", "o_t"),
    ("lstm", "step", GATE_G, "g = x @ W_xc.T + h_prev @ W_hc.T + b_c", "g_t"),
    ("lstm", "step", GATE_G, "g = np.tanh(x @ W_xc.T - h_prev @ W_hc.T + b_c)", "g_t"),
    ("lstm", "step", GATE_G, "g = np.tanh(x @ W_xc.T + h_prev @ W_hc + b_c)", "g_t"),
    ("lstm", "step", C, "c = f * c_prev - i * g", "c_t"),
    ("lstm", "step", C, "c = f * c_prev", "c_t"),
    ("lstm", "step", C, "c = c_prev + i * g", "c_t"),
    ("lstm", "step", C, "c = f * c_prev + o * g", "c_t"),
    ("lstm", "step", H, "h = o * c", "h_t"),
    ("lstm", "step", H, "h = o * np.tanh(c_prev)", "h_t"),
    ("lstm", "step", H, "h = i * np.tanh(c)", "h_t"),
    ("lstm", "sequence", UNROLL, UNROLL.replace("h[-1]", "h[0]"), "i_t"),
    ("lstm", "sequence", UNROLL, UNROLL.replace("c[-1]", "c[0]"), "c_t"),
    ("lstm_peephole", "step", "w_ci * c_prev + b_i)", "b_i)", "i_t"),
    ("lstm_peephole", "step", "w_cf * c_prev + b_f)", "w_ci * c_prev + b_f)", "f_t"),
    ("lstm_peephole", "step", "w_co * c + b_o)", "w_co * c_prev + b_o)", "o_t"),
    ("lstm_peephole", "step", C, "c = f * c_prev * i * g", "c_t"),
    ("lstm_peephole", "step", H, "h = np.tanh(o * c)", "h_t"),
    ("lstm_concat", "step", "f = sigmoid(hx @ W_f.T + b_f)", "f = sigmoid(hx @ W_f.T)", "f_t"),
    ("lstm_concat", "step", "i = sigmoid(hx @ W_i.T + b_i)", "i = sigmoid(hx @ W_i.T + b_o)",
     "i_t"),
    ("lstm_concat", "step", "g = np.tanh(hx @ W_c.T + b_c)", "g = sigmoid(hx @ W_c.T + b_c)",
     "g_t"),
    ("lstm_concat", "step", C, "c = (1 - i) * c_prev + i * g", "c_t"),
]  # fmt: skip

BACKWARD = [
    ("lstm", "dh_t = dh[t] + dh_next", "dh_t = dh[t]", "dh_t"),
    ("lstm", "dh_t = dh[t] + dh_next", "dh_t = dh_next", "dh_t"),
    ("lstm", "do = dh_t * np.tanh(c[t])", "do = dh_t * c[t]", "do_t"),
    ("lstm", "do = dh_t * np.tanh(c[t])", "do = dh_t * np.tanh(c_prev[t])", "do_t"),
    ("lstm", CARRY, CARRY.replace(" + dc_next", ""), "dc_t"),
    ("lstm", CARRY, CARRY.replace("dc[t] + ", ""), "dc_t"),
    ("lstm", CARRY, CARRY.replace(" * (1 - np.tanh(c[t]) ** 2)", ""), "dc_t"),
    ("lstm", CARRY, CARRY.replace("np.tanh(c[t])", "c[t]"), "dc_t"),
    ("lstm", "di = dc_t * g[t]", "di = dc_t * i[t]", "di_t"),
    ("lstm", "df = dc_t * c_prev[t]", "df = dc_t * c[t]", "df_t"),
    ("lstm", "dg = dc_t * i[t]", "dg = dc_t * g[t]", "dg_t"),
    ("lstm", "di_bar = di * i[t] * (1 - i[t])", "di_bar = di * i[t]", "di_bar_t"),
    ("lstm", "df_bar = df * f[t] * (1 - f[t])", "df_bar = df * f[t] * (1 + f[t])", "df_bar_t"),
    ("lstm", "do_bar = do * o[t] * (1 - o[t])", "do_bar = do * o[t] * (1 - i[t])", "do_bar_t"),
    ("lstm", "dg_bar = dg * (1 - g[t] ** 2)", "dg_bar = dg * (1 - g[t])", "dg_bar_t"),
    ("lstm", "dW_hf += df_bar.T @ h_prev[t]", "dW_hf += df_bar.T @ h[t]", "dW_hf"),
    ("lstm", "dW_xc += dg_bar.T @ x[t]", "dW_xc = dg_bar.T @ x[t]", "dW_xc"),
    ("lstm", "dW_xi += di_bar.T @ x[t]", "dW_xi += df_bar.T @ x[t]", "dW_xi"),
    ("lstm", "db_o += do_bar.sum(axis=0)", "db_o -= do_bar.sum(axis=0)", "db_o"),
    ("lstm", "db_c += dg_bar.sum(axis=0)", "db_c += dg_bar[0]", "db_c"),
    ("lstm", DX, DX.replace(" + do_bar @ W_xo", ""), "dx_t"),
    ("lstm", DH_NEXT, DH_NEXT.replace("do_bar @ W_ho + ", ""), "dh_t"),
    ("lstm", DH_NEXT, DH_NEXT.replace("W_hi", "W_hi.T"), "dh_t"),
    ("lstm", "dc_next = dc_t * f[t]", "dc_next = dc_t * i[t]", "dc_t"),
    ("lstm_peephole", " + do_bar * w_co + dc_next", " + dc_next", "dc_t"),
    ("lstm_peephole", "do = dh_t * np.tanh(c[t])", "do = np.tanh(c[t])", "do_t"),
    ("lstm_peephole", "df = dc_t * c_prev[t]", "df = -dc_t * c_prev[t]", "df_t"),
    ("lstm_peephole", "dw_ci += (di_bar * c_prev[t])", "dw_ci += (di_bar * c[t])", "dw_ci"),
    ("lstm_peephole", "dw_co += (do_bar * c[t])", "dw_co += (do_bar * c_prev[t])", "dw_co"),
    ("lstm_peephole", PEEPHOLE_CARRY, "dc_next = dc_t * f[t] + di_bar * w_ci", "dc_t"),
    ("lstm_peephole", PEEPHOLE_CARRY, "dc_next = dc_t * f[t]", "dc_t"),
    ("lstm_concat", "dW_f += df_bar.T @ hx[t]", "dW_f += df.T @ hx[t]", "dW_f"),
    ("lstm_concat", "db_i += di_bar.sum(axis=0)", "db_i += di_bar.mean(axis=0)", "db_i"),
    ("lstm_concat", "dh_next = dhx[:, :H]", "dh_next = dh_next + dhx[:, :H]", "dh_t"),
    ("lstm_concat", "dx[t] = dhx[:, H:]", "dx[-1 - t] = dhx[:, H:]", "dx_t"),
    ("lstm_concat", "dg_bar = dg * (1 - g[t] ** 2)", "dg_bar = dg * (1 - g[t]) ** 2", "dg_bar_t"),
]

# Slips whose value is also there for another reason: (old, new, equation, what is said).
COINCIDENCES = [
    # df_bar ∘ c_{t-1} is right in dw_cf, where the lacking factor is multiplied again
    ("df = dc_t * c_prev[t]", "df = dc_t", "df_t", "df_t lacks the factor c_{t-1}"),
    # at T the adjoint is what comes from outside
    ("dh_t = dh[t] + dh_next", "dh_t = dh[t - 1] + dh_next", "dh_t",
     "dh_t reads dh^out_{t-1} where dh^out_t stands, and dh^out_T (a negative index) at the first "
     "step"),
    # Python's negative index
    ("dW_ho += do_bar.T @ h_prev[t]", "dW_ho += do_bar.T @ h_prev[t - 1]", "dW_ho",
     "dW_ho reads h_{t-2} where h_{t-1} stands, and h_{T-1} (a negative index) at the first step"),
    ("dh_t * o[t] * (1 - np.tanh(c[t]) ** 2)", "(1 - np.tanh(c[t]) ** 2)", "dc_t",
     "dc_t lacks the factor dh_t ∘ o_t"),
    ("(1 - np.tanh(c[t]) ** 2)", "(1 - np.tanh(c[t]) ** 3)", "dc_t",
     "dc_t has tanh³(c_t) where tanh²(c_t) stands"),
    ("do_bar = do * o[t] * (1 - o[t])", "do_bar = do * o[t] + (1 - o[t])", "do_bar_t",
     "dō_t has + where ∘ stands in do_t ∘ o_t ∘ (1 − o_t)"),
    ("di_bar = di * i[t] * (1 - i[t])", "di_bar = di * i[t] * (2 - i[t])", "di_bar_t",
     "dī_t has 2 − i_t where 1 − i_t stands"),
    ("df_bar = df * f[t] * (1 - f[t])", "df_bar = (1 - f[t])", "df_bar_t",
     "df̄_t lacks the factors df_t ∘ f_t"),
    ("dg_bar @ W_hc + do_bar @ W_ho", "dg_bar @ W_ho + do_bar @ W_hc", "dh_t",
     "dh_t has W_ho and W_hc exchanged"),
    # computed again for the gradients, for all steps at once: right in step, wrong here
    ("g = np.tanh(x @ W_xc.T + h_prev @ W_hc.T + b_c)",
     "g = sigmoid(x @ W_xc.T + h_prev @ W_hc.T + b_c)", "dg_bar_t",
     "dḡ_t is computed from a wrong g_t, which has σ where tanh(ḡ_t) stands"),
]  # fmt: skip


def corruption_id(row):
    return f"{row[0]}: {row[-2]}"


def refuted_at(write, module, function, old, new, **options):
    text, line = replaced(reference_text(module), function, old, new)
    path = write(text)
    report = checked(path, module.replace("_", "-"), function, **options)
    assert report.verdict == "differs", report.to_text()
    assert report.findings[0].file == path
    return report, line


@pytest.mark.parametrize(
    ("module", "function", "old", "new", "equation"), FORWARD, ids=map(corruption_id, FORWARD)
)
def test_corrupted_forward_is_refuted_at_its_equation_and_line(
    write, module, function, old, new, equation
):
    report, line = refuted_at(write, module, function, old, new)
    first = report.findings[0]
    assert (first.function, first.equation, first.line) == (function, equation, line)


@pytest.mark.parametrize(
    ("module", "old", "new", "equation"), BACKWARD, ids=map(corruption_id, BACKWARD)
)
def test_corrupted_adjoint_is_refuted_at_its_equation_and_line(write, module, old, new, equation):
    # What is carried twice shows in dh_t from the third step on, before it in dh_0 alone.
    sizes = SMALL if module == "lstm_concat" else TINY
    report, line = refuted_at(write, module, "gradients", old, new, sizes=sizes)
    first = report.findings[0]
    assert (first.function, first.equation, first.line) == ("gradients", equation, line)


@pytest.mark.parametrize(
    ("old", "new", "equation", "message"), COINCIDENCES, ids=[row[-1] for row in COINCIDENCES]
)
def test_slip_is_one_finding_though_its_values_are_there_elsewhere(
    write, old, new, equation, message
):
    report, line = refuted_at(write, "lstm_peephole", "gradients", old, new, sizes=SMALL)
    (found,) = report.findings
    assert (found.equation, found.line, found.message) == (equation, line, message)
    assert any("your code is exactly these equations" in note for note in found.notes)


# Nine slips in one backward pass, one an equation: (old, new, equation).
NINE = [
    ("db_o += do_bar.sum(axis=0)", "db_o -= do_bar.sum(axis=0)", "db_o"),
    ("df = dc_t * c_prev[t]", "df = dc_t * c[t]", "df_t"),
    ("dW_xc += dg_bar.T @ x[t]", "dW_xc = dg_bar.T @ x[t]", "dW_xc"),
    ("do = dh_t * np.tanh(c[t])", "do = dh_t * c[t]", "do_t"),
    ("dg_bar = dg * (1 - g[t] ** 2)", "dg_bar = dg * (1 - g[t])", "dg_bar_t"),
    ("dc_next = dc_t * f[t]", "dc_next = dc_t * i[t]", "dc_t"),
    ("dW_hf += df_bar.T @ h_prev[t]", "dW_hf += df_bar.T @ h[t]", "dW_hf"),
    (DX, DX.replace(" + do_bar @ W_xo", ""), "dx_t"),
    ("db_i += di_bar.sum(axis=0)", "db_i += df_bar.sum(axis=0)", "db_i"),
]


@pytest.mark.parametrize("chosen", [(0, 1, 2), (3, 5, 8), (1, 4, 7), range(9)], ids=str)
def test_several_faults_at_once_are_all_found_and_none_is_invented(write, chosen):
    text = reference_text()
    for n in chosen:
        text, _ = replaced(text, "gradients", *NINE[n][:2])
    lines = {
        (equation, 1 + text[: text.index(new)].count("\n"))
        for _, new, equation in (NINE[n] for n in chosen)
    }
    report = checked(write(text), "lstm", "gradients")
    assert {(f.equation, f.line) for f in report.findings} == lines, report.to_text()
    assert len(report.findings) == len(lines)
    assert all(f.code != "S100" for f in report.findings)


def test_sum_that_is_never_accumulated_is_told_where_its_zeros_are_made(write):
    old = "dw_co += (do_bar * c[t]).sum(axis=0)"
    report, _ = refuted_at(write, "lstm_peephole", "gradients", old, "pass", sizes=TINY)
    (found,) = report.findings
    assert found.message == "dw_co is never accumulated: it stays 0"
    assert "dw_co, db_o = map(np.zeros_like" in found.source


KEPT = [
    ("c.append(c_t)", "c.append(h_t)", "c_t",
     "c_t is kept as h_t: the next step reads it, and it is returned"),
    ("h.append(h_t)\n        c.append(c_t)", "h.append(c_t)\n        c.append(h_t)", "h_t",
     "h_t is kept as c_t, and the reverse"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "equation", "message"), KEPT)
def test_state_that_is_kept_wrongly_is_told_where_it_is_kept(write, old, new, equation, message):
    report, line = refuted_at(write, "lstm", "sequence", old, new, sizes=SMALL)
    (found,) = report.findings
    assert (found.equation, found.message, found.line) == (equation, message, line)
    assert any("your code is exactly these equations" in note for note in found.notes)


ARRAYS = """
import numpy as np

def sequence(x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    hs = np.zeros((len(x) + 1, *h_0.shape))
    cs = np.zeros((len(x) + 1, *c_0.shape))
    hs[0], cs[0] = h_0, c_0
    for t in range(len(x)):
        s = lambda z: 1 / (1 + np.exp(-z))
        i = s(x[t] @ W_xi.T + hs[t] @ W_hi.T + b_i)
        f = s(x[t] @ W_xf.T + hs[t] @ W_hf.T + b_f)
        o = s(x[t] @ W_xo.T + hs[t] @ W_ho.T + b_o)
        g = np.tanh(x[t] @ W_xc.T + hs[t] @ W_hc.T + b_c)
        c = f * cs[t] + i * g
        h = o * np.tanh(c)
        hs[t + 1] = h
        cs[t + 1] = h
    return hs[1:], cs[1:]
"""


def test_state_that_is_put_in_the_wrong_array_is_told_at_that_line(write):
    (found,) = checked(write(ARRAYS), "lstm", "sequence", sizes=SMALL).findings
    assert found.message == "c_t is kept as h_t: the next step reads it, and it is returned"
    assert found.source.strip() == "cs[t + 1] = h"


def test_corruptions_reach_every_gate_state_and_adjoint():
    """the table leaves out no equation of the LSTM, forward or backward"""
    named = {row[-1] for row in (*FORWARD, *BACKWARD) if row[0] == "lstm"}
    adjoints = {f"d{q}{bar}_t" for q in "ifog" for bar in ("", "_bar")}
    assert named >= {"i_t", "f_t", "o_t", "g_t", "c_t", "h_t", "dc_t", "dh_t", "dx_t"} | adjoints


def test_corruption_in_a_file_stands_first_in_its_report(write):
    """forward before backward: what step breaks is not told again of sequence and gradients"""
    text, line = replaced(reference_text(), "step", C, "c = f * c_prev - i * g")
    path = write(text)
    report = verify_file(path, cells["lstm"], Options((SMALL,), SEED))
    assert report.functions == ("step", "sequence", "gradients")
    (finding,) = report.findings
    assert (finding.equation, finding.file, finding.line) == ("c_t", path, line)
    assert finding.kind == "wrong-sign" and "i_t ∘ g_t" in finding.message


def test_swapped_results_are_told_at_the_return_statement(write):
    text, line = replaced(STEP, "step", "return h, c", "return c, h")
    report = checked(write(text), "lstm", "step")
    assert report.verdict == "differs"
    assert {f.line for f in report.findings} == {line}
    assert {f.equation for f in report.findings} <= {"h_t", "c_t"}


def test_bug_that_equal_sizes_hide_is_found(write):
    """W_hc h for W_hcᵀ h is another value even where the shape is the same"""
    text, line = replaced(STEP, "step", "h_prev @ W_hc.T", "h_prev @ W_hc")
    report = checked(write(text), "lstm", "step", sizes={"B": 2, "T": 3, "D": 2, "H": 2})
    assert (report.verdict, report.findings[0].line) == ("differs", line)


def test_counterexample_is_a_point_of_the_arguments(write):
    text, _ = replaced(STEP, "step", C, "c = f * c_prev")
    (finding,) = checked(write(text), "lstm", "step").findings
    example = finding.counterexample
    assert example["result"] in ("h", "c") and example["found"] != example["expected"]
    assert all(re.fullmatch(r"\w+\[\d+(,\d+)*\]", name) for name in example["at"])


def test_transpose_is_told_as_rows_have_it(write):
    text, line = replaced(STEP, "step", "h_prev @ W_hc.T", "h_prev @ W_hc")
    (finding,) = checked(write(text), "lstm", "step").findings
    assert (finding.equation, finding.line) == ("g_t", line)
    assert finding.help == "use W_hc: in rows, h_prev @ W_hc.T"


GRU = """import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def step(x, h_prev, W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, W_hh, b_h):
    r = sigmoid(x @ W_xr.T + h_prev @ W_hr.T + b_r)
    z = sigmoid(x @ W_xz.T + h_prev @ W_hz.T + b_z)
    h_tilde = np.tanh(x @ W_xh.T + (r * h_prev) @ W_hh.T + b_h)
    h = z * h_prev + (1 - z) * h_tilde
    return (h,)
"""


@pytest.mark.parametrize(
    ("right", "wrong", "message", "help"),
    [
        (
            "(r * h_prev) @ W_hh.T", "r * (h_prev @ W_hh.T)",
            "h̃_t has r_t ∘ W_hh h_{t-1} where W_hh (r_t ∘ h_{t-1}) stands",
            "use W_hh (r_t ∘ h_{t-1})",
        ),
        (
            "z * h_prev + (1 - z) * h_tilde", "(1 - z) * h_prev + z * h_tilde",
            "h_t has z_t and 1 − z_t exchanged", "exchange z_t and 1 − z_t",
        ),
    ],
    ids=["reset after the product", "z for 1 - z"],
)  # fmt: skip
def test_conventions_of_the_gru_are_told_apart(write, right, wrong, message, help):
    assert checked(write(GRU), "gru", "step").verdict == "proved"
    text, line = replaced(GRU, "step", right, wrong)
    (finding,) = checked(write(text), "gru", "step").findings
    assert (finding.message, finding.line, finding.help) == (message, line, help)
    assert "h̃_t" in finding.message or finding.equation == "h_t"
    assert any("exactly these equations" in note for note in finding.notes)


def test_reset_before_the_product_where_it_is_after(write):
    """W (r ∘ h) + b for r ∘ (W h + b)"""
    text = GRU.replace("W_xh, W_hh, b_h)", "W_xh, b_xh, W_hh, b_hh)")
    text = text.replace("@ W_hh.T + b_h)", "@ W_hh.T + b_hh + b_xh)")
    (finding,) = checked(write(text), "gru-reset-after", "step").findings
    assert finding.message == (
        "h̃_t has W_hh (r_t ∘ h_{t-1}) + b_hh where r_t ∘ (W_hh h_{t-1} + b_hh) stands"
    )


def test_only_equation_that_differs_without_a_word_is_no_certificate():
    cell = Cell.from_latex(r"x_t, h_t \in \mathbb{R}^D \\ h_t = \max(x_t + h_{t-1}, 0)", name="r")
    report = verify(lambda x, h_prev: (np.maximum(x + h_prev, 0.125),), cell, seed=SEED)
    (finding,) = report.findings
    assert (finding.code, finding.equation) == ("S100", "h_t")
    assert not any("your code is exactly" in note for note in finding.notes)


def test_missing_last_step_is_told_where_the_value_is_returned():
    """√(a²) is |a|, and a is computed rightly"""
    text = r"x_t, h_t \in \mathbb{R}^D \\ a_t = x_t + h_{t-1} \\ h_t = \sqrt{a_t^2}"

    def step(x, h_prev):
        a = x + h_prev
        return (a,)

    (finding,) = verify(step, Cell.from_latex(text, name="root"), seed=SEED).findings
    assert finding.source.strip() == "return (a,)"


MINGRU = """import numpy as np

def gradients(x, h_0, W_z, b_z, W_h, b_h, dh):
    z = 1 / (1 + np.exp(-(x @ W_z.T + b_z)))
    n = x @ W_h.T + b_h
    h = [h_0]
    for t in range(len(x)):
        h.append((1 - z[t]) * h[t] + z[t] * n[t])
    g = np.zeros_like(h_0)
    dz, dn = np.empty_like(z), np.empty_like(n)
    for t in reversed(range(len(x))):
        g = g + dh[t]
        dz[t] = g * (n[t] - h[t]) * z[t] * (1 - z[t])
        dn[t] = g * z[t]
        g = g * (1 - z[t])
    return {
        "dx": dz @ W_z + dn @ W_h, "dh_0": g,
        "dW_z": np.einsum("tbh,tbd->hd", dz, x), "dW_h": np.einsum("tbh,tbd->hd", dn, x),
        "db_z": dz.sum((0, 1)), "db_h": dn.sum((0, 1)),
    }
"""


@pytest.mark.parametrize(
    ("right", "wrong", "message", "computes"),
    [
        (
            "g = g * (1 - z[t])", "g = g * z[t]",
            "dh_t has z_{t+1} and 1 − z_{t+1} exchanged",
            "dh_t = dh^out_t + dh_{t+1} ∘ z_{t+1}",
        ),
        (
            "z[t] * (1 - z[t])", "z[t]",
            "dz̄_t lacks the factor 1 − z_t", "dz̄_t = dz_t ∘ z_t",
        ),
    ],
    ids=["carry", "derivative"],
)  # fmt: skip
def test_adjoint_is_spelled_as_its_equation_with_all_its_terms(
    write, right, wrong, message, computes
):
    assert checked(write(MINGRU), "mingru", "gradients").verdict == "proved"
    text, line = replaced(MINGRU, "gradients", right, wrong)
    (finding,) = checked(write(text), "mingru", "gradients").findings
    assert (finding.message, finding.line) == (message, line)
    assert f"your code computes:  {computes}" in finding.notes


# The ways to differ other than by value.


def test_wrong_shape_names_both_shapes(write):
    text, _ = replaced(reference_text(), "gradients", '"dW_xi": dW_xi', '"dW_xi": dW_xi.T')
    report = checked(write(text), "lstm", "gradients")
    (finding,) = report.findings
    assert (report.verdict, finding.kind, finding.equation) == ("differs", "wrong-shape", "dW_xi")
    assert "(3, 2)" in finding.message and "(2, 3)" in finding.message


def test_missing_gradient_is_told_at_the_return_statement(write):
    text = reference_text().replace('"dh_0": dh_next, ', "")
    line = text[: text.index('return {\n        "dx"')].count("\n") + 1
    report = checked(write(text), "lstm", "gradients")
    (finding,) = report.findings
    assert report.verdict == "differs"
    assert (finding.kind, finding.equation, finding.line) == ("missing-gradient", "dh_0", line)


def test_wrt_asks_for_what_it_names_only(write):
    text = reference_text().replace('"dh_0": dh_next, ', "")
    path = write(text)
    report = checked(path, "lstm", "gradients", wrt=("W_xi", "b_f"))
    assert (report.verdict, report.comparisons) == ("proved", 3 * 2 + 2)
    assert "dh_0" in " ".join(report.assumed), "what was not asked for is said"
    assert checked(path, "lstm", "gradients", wrt=("dW_xi",)).comparisons == 6
    with pytest.raises(SymlstmError, match="no gradient with respect to W_zz"):
        checked(path, "lstm", "gradients", wrt=("W_zz",))


def test_mutated_argument_differs_though_the_results_are_right(write):
    text, line = replaced(STEP, "step", C, "c_prev *= f; c = c_prev + i * g")
    report = checked(write(text), "lstm", "step")
    (finding,) = report.findings
    assert (report.verdict, finding.kind, finding.term) == ("differs", "mutated-argument", "c_prev")
    assert finding.line == line


def test_argument_changed_through_a_view_is_found(write):
    text, line = replaced(STEP, "step", "return h, c", "x.T[0][:] = 0; return h, c")
    (finding,) = checked(write(text), "lstm", "step").findings
    assert (finding.kind, finding.term, finding.line) == ("mutated-argument", "x", line)


@pytest.mark.parametrize(
    "noise",
    ["import random\n", "CALLS = []\n"],
    ids=["random numbers", "state between two calls"],
)
def test_two_runs_that_disagree_are_not_deterministic(write, noise):
    extra = "random.random()" if "random" in noise else "(CALLS.append(1) or len(CALLS))"
    path = write(noise + STEP.replace("return h, c", f"return h, c * {extra}"))
    report = verify_file(path, cells["lstm"], Options((SMALL,), SEED))
    assert report.verdict == "differs"
    codes = {f.code for f in report.findings}
    assert "S120" in codes and "S412" not in codes, "one finding a cause"


def test_added_constant_differs_with_equal_but_for(write):
    text, line = replaced(STEP, "step", H, "h = o * np.tanh(c) + 1e-7")
    report = checked(write(text), "lstm", "step")
    assert report.verdict == "differs"
    first = report.findings[0]
    assert (first.equation, first.line) == ("h_t", line)
    assert "1e-7" in first.equal_but_for or "1e-07" in first.equal_but_for, first.equal_but_for
    assert report.to_json()["findings"][0]["equal_but_for"] == first.equal_but_for


# What is assumed.


def test_absent_initial_states_are_zero_and_said(write):
    text = f"""import numpy as np
from symlstm.reference import lstm

def sequence(x, {PARAMETERS}):
    zero = np.zeros((x.shape[1], len(b_i)))
    return lstm.sequence(x, zero, zero, {PARAMETERS})
"""
    report = checked(write(text), "lstm", "sequence")
    assert report.verdict == "proved"
    assert {a.split(":")[0] for a in report.assumed} == {"h_0 = 0", "c_0 = 0"}
    wrong = text.replace("zero, zero,", "zero, zero + 1,")
    assert checked(write(wrong), "lstm", "sequence").verdict == "differs"


def test_absent_outside_adjoints_are_zero_and_said(write):
    text = f"""import numpy as np
from symlstm.reference import lstm

def gradients(x, {PARAMETERS}, dh):
    zero = np.zeros((x.shape[1], len(b_i)))
    d = lstm.gradients(x, zero, zero, {PARAMETERS}, dh, np.zeros(dh.shape))
    del d["dh_0"], d["dc_0"]
    return d
"""
    report = checked(write(text), "lstm", "gradients")
    assert report.verdict == "proved", report.to_text()
    assert {a.split(":")[0] for a in report.assumed} == {"h_0 = 0", "c_0 = 0", "dc = 0"}
    assert report.comparisons == 3 * 2 * 3 + 4 * (6 + 4 + 2), "dh_0 and dc_0 are not asked for"


def test_only_dc_from_outside(write):
    text = f"""import numpy as np
from symlstm.reference import lstm

def gradients(x, h_0, c_0, {PARAMETERS}, dc):
    return lstm.gradients(x, h_0, c_0, {PARAMETERS}, np.zeros(dc.shape), dc)
"""
    report = checked(write(text), "lstm", "gradients")
    assert report.verdict == "proved"
    assert [a.split(":")[0] for a in report.assumed] == ["dh = 0"]


def test_reading_of_a_constant_is_said(write):
    """0.1 is 1/10"""
    path = write(STEP.replace("o * np.tanh(c)", "o * np.tanh(c) * 0.1 * 10"))
    report = checked(path, "lstm", "step")
    assert report.verdict == "proved"
    assert any("0.1" in a and "1/10" in a for a in report.assumed)


# Conditions, and what cannot be decided.


def test_division_is_a_condition_and_undecided_when_strict(write):
    """h = o tanh(c) c/c: NaN at c = 0"""
    path = write(STEP.replace(H, "h = o * np.tanh(c) * c / c"))
    report = checked(path, "lstm", "step")
    assert (report.verdict, report.exit_status) == ("proved", 0)
    assert report.conditions and all(c.endswith(" ≠ 0") for c in report.conditions)
    strict = checked(path, "lstm", "step", strict=True)
    assert (strict.verdict, strict.exit_status) == ("undecided", 3)
    assert strict.conditions == report.conditions
    assert f"condition: {report.conditions[0]}" in strict.to_text()
    assert strict.summary() == (
        "step computes lstm (step), proved only under the condition c_t ≠ 0; "
        "--strict takes that for undecided; at B=2 D=3 H=2 T=3"
    )


def test_condition_is_in_the_names_of_the_cell(write):
    """c_t ≠ 0, one condition, however the code writes σ"""
    path = write(STEP.replace(H, "h = o * np.tanh(c) * c / c"))
    assert checked(path, "lstm", "step").conditions == ("c_t ≠ 0",)


def test_strict_on_the_command_line(write):
    path = write(STEP.replace(H, "h = o * np.tanh(c) * c / c"))
    options = ("verify", path, "--cell", "lstm", "--sizes", "B=2,D=3,H=2,T=3", "--seed", SEED)
    ending = run(*options, "--strict", "--json")
    assert ending.status == 3 and ending.value["verdict"] == "undecided"
    assert ending.value["conditions"]
    assert run(*options).status == 0


def test_conditions_stand_below_the_table(tmp_path, monkeypatch):
    """h = log(x + h_{t-1}), from a file"""
    monkeypatch.chdir(tmp_path)
    text = r"x_t, h_t \in \mathbb{R}^D \\ h_t = \log(x_t + h_{t-1})"
    Path("rate.tex").write_text(text, encoding="utf-8")
    options = ("verify", "--cell", "rate.tex", "--sizes", "B=2,D=2,T=2", "--seed", "0")
    ending = run(*options)
    assert ending.status == 0 and "seed 0\n" in ending.out
    assert "condition of rate: x_t + h_{t-1} > 0\n" in ending.out
    strict = run(*options, "--strict")
    assert strict.status == 3
    assert "\nproved only under these conditions; --strict takes that for undecided" in strict.out


def test_positive_denominators_are_no_condition(write):
    assert checked(write(STEP), "lstm", "step", strict=True).verdict == "proved"


def test_branch_on_a_traced_value_is_not_proved_and_its_line_is_told(write):
    text, line = replaced(STEP, "step", "return h, c", "if h.sum() > 0: c = c + 0\n    return h, c")
    report = checked(write(text), "lstm", "step")
    (finding,) = report.findings
    assert (report.verdict, report.exit_status, finding.line) == ("tested", 3, line)


IDENTITY = r"""\begin{align}
  x_t &\in \mathbb{R}^{D} \\
  h_t, q_t &\in \mathbb{R}^{D} \\
  q_t &= x_t + h_{t-1} \\
  h_t &= \operatorname{softplus}(q_t)
\end{align}"""


def test_identity_that_is_not_known_is_told_with_its_line_and_equation():
    """log(1 + 2eᑫ + e²ᑫ)/2 = log(1 + eᑫ)"""

    def step(x, h_prev):
        q = x + h_prev
        h = np.log(1 + 2 * np.exp(q) + np.exp(2 * q)) / 2
        return (h,)

    report = verify(step, Cell.from_latex(IDENTITY, name="soft"), seed=SEED)
    (finding,) = report.findings
    assert (report.verdict, finding.code, finding.equation) == ("undecided", "S411", "h_t")
    assert finding.message == (
        "h_t could be neither proved nor refuted: equal at every real point that was tried, but "
        "not by an identity that the prover knows"
    )
    assert finding.source.strip().startswith("h = np.log(")
    assert finding.notes == ("equation (2) of soft:  h_t = softplus(q_t)",)
    assert finding.help == "write it in the form of its equation"


CASES = r"""\begin{align}
  x_t, h_t &\in \mathbb{R}^{D} \\
  h_t &= x_t \exp(\mathrm{mean}(\lvert x_t + h_{t-1} \rvert))
\end{align}"""


def test_cases_that_are_too_many_are_told_with_what_is_compared(monkeypatch):
    reason = "more than 64 cases meet in one value"

    def give_up(terms, pairs, *_):
        return compare.Comparison([compare.PairVerdict("undecided", reason)] * len(pairs))

    def step(x, h_prev):
        size = np.abs(x + h_prev).mean(axis=1, keepdims=True)
        return (x * np.exp(size),)

    monkeypatch.setattr("symlstm.verification.agreement.compare", give_up)
    cell, sizes = Cell.from_latex(CASES, name="many"), {"B": 1, "T": 2, "D": 8}
    (finding,) = verify(step, cell, sizes=sizes, seed=SEED).findings
    assert (finding.code, finding.equation, finding.verdict) == ("S411", "h_t", "undecided")
    assert finding.message == f"h_t could be neither proved nor refuted: {reason}"
    assert finding.source.strip() == "size = np.abs(x + h_prev).mean(axis=1, keepdims=True)"
    assert finding.notes[1] == (
        f"the cases are x_t + h_{{t-1}} > 0, at line {finding.line}: 8 comparisons in all"
    )
    assert finding.help == "smaller sizes have fewer cases: --sizes B=1,T=2,D=2"


# A check can fail: the rules, the generator, the interpreter and the prover corrupted on purpose.


@pytest.fixture
def no_caches():
    """The derivation is cached for each cell: forget it, before and after."""
    derive.cache_clear()
    yield
    derive.cache_clear()


def unexplained(case):
    """A diagnosis that explains nothing, for what nobody reads."""
    name, file = case.binding.kind, case.trace.places[0].file
    return [Finding("S100", "wrong-term", "it differs", name, file=file)]


@pytest.fixture
def main_job():
    """The main job for the LSTM without explanations."""
    options = Options((SMALL,), SEED, diagnosis=unexplained)
    return lambda: verify_builtin(cells["lstm"], options)


@pytest.fixture
def bad_rule(no_caches):
    """Replace the rule of a node type; the old one comes back."""
    before = {}

    def replace_rule(kind, rule):
        before[kind] = rules.pull.dispatch(kind)
        rules.pull.register(kind, rule)

    yield replace_rule
    for kind, rule in before.items():
        rules.pull.register(kind, rule)


def test_main_job_at_small_sizes_is_proved(main_job):
    """what the next tests corrupt is right"""
    assert main_job().verdict == "proved"


def test_wrong_rule_of_the_hadamard_product_is_not_proved(bad_rule, main_job):
    """dA = dY instead of dY ∘ B: code and equations agree, the reference does not"""
    bad_rule(HadamardProduct, lambda node, adjoint: ((f, adjoint) for f in node.args))
    report = main_job()
    assert report.verdict == "differs"
    assert {f.function for f in report.findings} == {"gradients"}


def test_wrong_slope_is_not_proved(bad_rule, main_job):
    """dA = dY instead of dY ∘ f′(A)"""
    bad_rule(ElementwiseApplyFunction, lambda node, adjoint: iter([(node.expr, adjoint)]))
    assert main_job().verdict == "differs"


def test_forgotten_contribution_is_not_proved(bad_rule, main_job):
    """Y = A + B + C  ⇒  dA = dY,  dB = dY, and dC is left out: no bias has a gradient"""
    bad_rule(MatAdd, lambda node, adjoint: ((a, adjoint) for a in node.args[:2]))
    report = main_job()
    assert report.verdict == "differs"
    assert {f.function for f in report.findings} == {"gradients"}


def test_generator_that_drops_a_term_is_not_proved(monkeypatch, main_job):
    """the last addend of every sum is not printed"""
    whole = rows.RowsPrinter.addends

    def shortened(self, expression):
        pieces = whole(self, expression)
        return pieces[:-1] if len(pieces) > 1 else pieces

    monkeypatch.setattr(rows.RowsPrinter, "addends", shortened)
    report = main_job()
    assert report.verdict == "differs"
    assert all("generated" in f.file for f in report.findings if f.file)


def test_generator_without_transposes_is_not_proved(monkeypatch, main_job):
    monkeypatch.setattr(
        "symlstm.verification.subject.generate",
        lambda cell: generate(cell).replace("W_hi.T", "W_hi"),
    )
    assert main_job().verdict == "differs"


def test_wrong_interpreter_is_not_proved(main_job):
    """what the equations say is read wrongly: a transpose is forgotten"""
    at = vars(Evaluator)["_at"]
    method = at.dispatcher.dispatch(Transpose)

    def untransposed(self, node, t, b):
        rows, columns = node.arg.shape
        return self.evaluate(node.arg, t, b) if rows == columns else method(self, node, t, b)

    at.register(Transpose, untransposed)
    try:
        assert main_job().verdict != "proved"
    finally:
        at.register(Transpose, method)


def test_prover_whose_exponential_is_wrong_is_not_proved(monkeypatch):
    """with exp(u) = u + 2 the forms of σ by exp and by tanh are not the same"""
    call = Tower._call

    def shifted(self, index, name, argument, level):
        return call(self, index, name, argument, level) if name != "exp" else 2

    monkeypatch.setattr(Tower, "_call", shifted)
    report = checked(str(STYLES / "lstm_object.py"), "lstm", "sequence")
    assert report.verdict != "proved"


def test_prover_that_says_yes_to_everything_is_stopped_by_the_real_points(write, monkeypatch):
    """equal in every field, different in ℝ: undecided, never proved"""
    text, _ = replaced(STEP, "step", C, "c = f * c_prev - i * g")
    monkeypatch.setattr(compare, "_equal_in", lambda tower, pair: True)
    assert checked(write(text), "lstm", "step").verdict == "undecided"


def test_real_points_that_say_yes_to_everything_do_not_prove(write, monkeypatch):
    """equal at real points only: undecided, never proved"""
    text, _ = replaced(STEP, "step", C, "c = f * c_prev - i * g")
    monkeypatch.setattr(reals, "agree", lambda a, b: True)
    assert checked(write(text), "lstm", "step").verdict == "undecided"


# Text and files.


def test_text_of_a_difference_has_what_where_why_and_help(write, monkeypatch):
    text, line = replaced(STEP, "step", C, "c = f * c_prev")
    path = Path(write(text))
    monkeypatch.chdir(path.parent)
    lines = checked(str(path), "lstm", "step").to_text().splitlines()
    assert lines[0] == "error[S104]: c_t lacks the term i_t ∘ g_t"
    assert lines[1] == f"  --> mine.py:{line}   c = f * c_prev"
    assert "  equation (5) of lstm:  c_t = f_t ∘ c_{t-1} + i_t ∘ g_t" in lines
    assert any(re.match(r"  your code computes: +c_t = f_t ∘ c_\{t-1\}$", each) for each in lines)
    assert any(each.startswith("  help: ") for each in lines)


def test_finding_without_a_place_is_still_a_message():
    finding = Finding("S100", "wrong-term", "h_t differs", help="mend it")
    assert finding.to_text() == "error[S100]: h_t differs\n  help: mend it"


def test_process_of_a_refutation(write):
    """the report, differences included, on standard output; status 1; standard error empty"""
    text, line = replaced(STEP, "step", C, "c = f * c_prev")
    path = Path(write(text))
    options = ("--cell", "lstm", "--sizes", "B=2,D=3,H=2,T=3", "--seed", SEED)
    ending = run_process("verify", "mine.py", *options, folder=path.parent)
    assert (ending.status, ending.err) == (1, "")
    assert f"  --> mine.py:{line}   c = f * c_prev" in ending.out
    assert "\ndiffers: mine.py is not lstm: 1 finding in step" in ending.out


PEEPHOLE = r"""\begin{align}
  x_t &\in \mathbb{R}^{D} \\
  c_t, h_t &\in \mathbb{R}^{H} \\
  c_t &= \tanh(W x_t + U c_{t-1}) \\
  h_t &= \sigma(V x_t + p \odot c_{t-1}) \odot c_t
\end{align}"""


def test_a_state_that_one_equation_reads_rightly_is_handed_on_rightly():
    """c_t reads c_{t−1}, h_t the new c_t: the slip is in h_t, and nothing is wrong with c_t"""

    def step(x, c_prev, W, U, V, p):
        c = np.tanh(x @ W.T + c_prev @ U.T)
        return c, c / (1 + np.exp(-(x @ V.T + p * c)))

    report = verify(step, Cell.from_latex(PEEPHOLE, name="peephole"), sizes=SMALL, seed=SEED)
    (finding,) = report.findings
    assert (finding.code, finding.equation) == ("S103", "h_t")
    assert finding.message == "h_t reads c_t where c_{t-1} stands"


def test_fault_of_the_search_leaves_the_verdict(write, monkeypatch):
    def broken(_):
        raise KeyError("c_t")

    monkeypatch.delenv("SYMLSTM_DEBUG", raising=False)
    monkeypatch.setattr("symlstm.verification.diagnosis._searched", broken)
    text, _ = replaced(reference_text(), "step", H, "h = o * c")
    report = checked(write(text), "lstm", "step", sizes=TINY)
    (found,) = report.findings
    assert (report.verdict, found.code, found.equation) == ("differs", "S100", "h_t")
    assert found.notes[-1] == (
        "the search for the cause ended in a fault of symlstm itself (please report it): "
        "KeyError: 'c_t'"
    )


def test_fault_of_the_search_is_raised_under_debugging(write, monkeypatch):
    def broken(_):
        raise KeyError("c_t")

    monkeypatch.setenv("SYMLSTM_DEBUG", "1")
    monkeypatch.setattr("symlstm.verification.diagnosis._searched", broken)
    text, _ = replaced(reference_text(), "step", H, "h = o * c")
    with pytest.raises(KeyError, match="c_t"):
        checked(write(text), "lstm", "step", sizes=TINY)


def test_gradient_that_is_returned_backwards_in_time_is_not_called_a_shift(write):
    report, _ = refuted_at(
        write, "lstm", "gradients", '"dx": dx, "dh_0"', '"dx": dx[::-1], "dh_0"', sizes=SMALL
    )
    (found,) = report.findings
    assert found.equation == "dx_t"
    assert found.message == "dx_t is returned in the reverse order of time"


def test_exchanged_gradients_of_initial_states_have_their_names(write):
    old, new = '"dh_0": dh_next, "dc_0": dc_next', '"dh_0": dc_next, "dc_0": dh_next'
    report, _ = refuted_at(write, "lstm", "gradients", old, new, sizes=SMALL)
    assert report.findings[0].message == "dh_0 is returned as dc_0"


# Two slips in one backward pass that computes each pre-activation's adjoint in one line.
MERGED = {
    "di = dc_t * g[t]": "",
    "df = dc_t * c_prev[t]": "",
    "dg = dc_t * i[t]": "",
    "do = dh_t * np.tanh(c[t])": "",
    "di_bar = di * i[t] * (1 - i[t])": "di_bar = dc_t * g[t] * i[t] * (1 - i[t])",
    "df_bar = df * f[t] * (1 - f[t])": "df_bar = dc_t * c_prev[t] * f[t] * (1 - f[t])",
    "do_bar = do * o[t] * (1 - o[t])": "do_bar = dh_t * np.tanh(c[t]) * o[t] * (1 - o[t])",
    "dg_bar = dg * (1 - g[t] ** 2)": "dg_bar = dc_t * i[t] * (1 - g[t] ** 2)",
}
PAIRS = [
    [("df_bar = dc_t * c_prev[t]", "df_bar = dc_t * c[t]", "df_t reads c_t where c_{t-1} stands"),
     ("np.tanh(c[t]) * o[t] * (1", "np.tanh(c[t]) * (1", "dō_t lacks the factor o_t")],
    [("df_bar = dc_t * c_prev[t]", "df_bar = dc_t", "df̄_t has dc_t where df_t stands"),
     ("np.tanh(c[t]) * o[t] * (1", "np.tanh(c[t]) * (1", "dō_t lacks the factor o_t")],
    [("df_bar = dc_t * c_prev[t]", "df_bar = dc_t * c[t]", "df_t reads c_t where c_{t-1} stands"),
     ("di_bar = dc_t * g[t]", "di_bar = dc_t", "di_t lacks the factor g_t")],
]  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0][2]} + {pair[1][2]}")
def test_two_slips_are_told_apart_where_adjoints_are_computed_in_one_line(write, pair):
    text = reference_text()
    for old, new in MERGED.items():
        text, _ = replaced(text, "gradients", old, new or "pass")
    for old, new, _ in pair:
        text, _ = replaced(text, "gradients", old, new)
    report = checked(write(text), "lstm", "gradients", sizes=SMALL)
    assert {f.message for f in report.findings} == {message for *_, message in pair}
