"""Foreign signatures: the packing is found, the adapter proved as a file, departures named."""

from pathlib import Path

import pytest
from command_line import run

from symlstm import cells
from symlstm.verification.inference.identify import identify_file
from symlstm.verification.options import Options

SIGMOID = """import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


"""

STYLES = {
    "rows, i f o g, weights (D, 4H)": (
        "lstm",
        """def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i, f, o = (sigmoid(a[:, k * H:(k + 1) * H]) for k in range(3))
    next_c = f * prev_c + i * np.tanh(a[:, 3 * H:])
    return o * np.tanh(next_c), next_c, (i, f, o, x)
""",
        ("Wx = np.concatenate([W_xi, W_xf, W_xo, W_xc]).T", "results[0], results[1]"),
    ),
    "i f g o, weights (4H, D), two biases, a pair of states": (
        "lstm",
        """def lstm_cell(input, hx, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = hx
    gates = input @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh
    i, f, g, o = np.split(gates, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c
""",
        ("weight_ih = np.concatenate([W_xi, W_xf, W_xc, W_xo])", "3 * b_i", "-2 * b_i"),
    ),
    "reset after the product, two biases": (
        "gru-reset-after",
        """def gru_cell(input, hx, weight_ih, weight_hh, bias_ih, bias_hh):
    i_r, i_z, i_n = np.split(input @ weight_ih.T + bias_ih, 3, 1)
    h_r, h_z, h_n = np.split(hx @ weight_hh.T + bias_hh, 3, 1)
    r, z = sigmoid(i_r + h_r), sigmoid(i_z + h_z)
    return (1 - z) * np.tanh(i_n + r * h_n) + z * hx
""",
        ("np.concatenate([W_xr, W_xz, W_xh])",),
    ),
    "i j f o, one kernel [x, h], 1 added in the forget gate": (
        "lstm",
        """def basic_lstm(inputs, c, h, kernel, bias, forget_bias=1.0):
    gates = np.concatenate([inputs, h], axis=1) @ kernel + bias
    i, j, f, o = np.split(gates, 4, axis=1)
    new_c = c * sigmoid(f + forget_bias) + sigmoid(i) * np.tanh(j)
    return {"h": np.tanh(new_c) * sigmoid(o), "c": new_c}
""",
        ("b_f - 1", 'results["h"]'),
    ),
    "columns, a dict, [h, x]": (
        "lstm",
        """def cell_forward(xt, a_prev, c_prev, parameters):
    concat = np.concatenate([a_prev, xt], axis=0)
    f = sigmoid(parameters["Wf"] @ concat + parameters["bf"])
    i = sigmoid(parameters["Wi"] @ concat + parameters["bi"])
    g = np.tanh(parameters["Wc"] @ concat + parameters["bc"])
    c = f * c_prev + i * g
    o = sigmoid(parameters["Wo"] @ concat + parameters["bo"])
    return o * np.tanh(c), c
""",
        ("np.hstack([W_hf, W_xf])", "b_f[:, None]", "x.T"),
    ),
    "a gate that is 1 - z": (
        "gru",
        """def gru_step(x, h, W, U, b):
    H = h.shape[1]
    z = sigmoid(x @ W[:, :H] + h @ U[:, :H] + b[:H])
    r = sigmoid(x @ W[:, H:2 * H] + h @ U[:, H:2 * H] + b[H:2 * H])
    n = np.tanh(x @ W[:, 2 * H:] + (r * h) @ U[:, 2 * H:] + b[2 * H:])
    return (1 - z) * h + z * n
""",
        ("-W_xz", "-b_z"),
    ),
    "a bias in the first row, one example": (
        "lstm",
        """def lstm_forward(x, prev_h, prev_c, WLSTM):
    H = len(prev_h)
    a = np.concatenate([[1.0], x, prev_h]) @ WLSTM
    i, f, o = (sigmoid(a[k * H:(k + 1) * H]) for k in range(3))
    c = f * prev_c + i * np.tanh(a[3 * H:])
    return o * np.tanh(c), c
""",
        ("b_i[None]", "for b in range(x.shape[0])"),
    ),
    "a method of what was computed, two gates in one array": (
        "gru",
        """def gru_step_forward(x, prev_h, Wx, Wh, bh, Wxt, Wht, bht):
    N, H = prev_h.shape
    gates = sigmoid(x.dot(Wx) + prev_h.dot(Wh) + bh)
    reset, update = gates[:, 0:H], gates[:, H:2 * H]
    candidate = np.tanh((reset * prev_h).dot(Wht) + x.dot(Wxt) + bht)
    return (1 - update) * prev_h + update * candidate, (gates, candidate)
""",
        ("Wx = np.concatenate([W_xr, -W_xz]).T", "W_hh.T"),
    ),
    "eleven arguments, columns": (
        "gru",
        """def gru_step_forward(x_t, h_prev, Wzx, Wzh, bz, Wrx, Wrh, br, Whx, Whh, bh):
    z = sigmoid(Wzx @ x_t + Wzh @ h_prev + bz)
    r = sigmoid(Wrx @ x_t + Wrh @ h_prev + br)
    h_hat = np.tanh(Whx @ x_t + Whh @ (r * h_prev) + bh)
    return (1 - z) * h_prev + z * h_hat, {"z": z}
""",
        ("Wzx = -W_xz", "h_prev.T"),
    ),
    "a dict of nine entries, arrays made anew": (
        "gru-chung",
        """def gru_cell_forward(x, h_prev, params):
    x, h_prev = np.asarray(x, dtype=float), np.asarray(h_prev, dtype=float)
    Wz, Uz, bz = params["Wz"], params["Uz"], params["bz"]
    Wr, Ur, br = params["Wr"], params["Ur"], params["br"]
    Wh, Uh, bh = params["Wh"], params["Uh"], params["bh"]
    z = sigmoid(x @ Wz + h_prev @ Uz + bz)
    r = sigmoid(x @ Wr + h_prev @ Ur + br)
    candidate = np.tanh(x @ Wh + (r * h_prev) @ Uh + bh)
    return (1 - z) * h_prev + z * candidate
""",
        ('"Wz": ',),
    ),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_the_packing_is_found_and_the_adapter_is_proved(
    style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cell, code, lines = STYLES[style]
    monkeypatch.chdir(tmp_path)
    Path("theirs.py").write_text(SIGMOID + code)
    ending = run("verify", "theirs.py", "--cell", cell, "--infer", "--seed", "1", "--json")
    assert ending.status == 0, ending.out
    value = ending.value
    assert (value["verdict"], value["binding"]) == ("proved", "found")
    for line in lines:
        assert line in value["adapter"].replace("'", '"'), value["adapter"]
    Path("adapter.py").write_text(value["adapter"])
    again = run("verify", "adapter.py", "--cell", cell, "--seed", "2")
    assert again.status == 0, again.out


DEPARTURE = """def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x.dot(Wx) + prev_h.dot(Wh) + b
    i, f, o = (sigmoid(a[:, k * H:(k + 1) * H]) for k in range(3))
    next_c = f * prev_c + i * np.tanh(a[:, 3 * H:])
    next_h = o * next_c
    return next_h, next_c
"""


def test_a_departure_is_named_and_the_adapter_said_to_be_a_guess(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("theirs.py").write_text(SIGMOID + DEPARTURE)
    ending = run("verify", "theirs.py", "--cell", "lstm", "--infer", "--seed", "1")
    assert ending.status == 1, ending.out
    assert "# the adapter, a guess" in ending.out
    assert "theirs.py:13" in ending.out and "h_t" in ending.out


def test_what_is_no_cell_is_undecided(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("theirs.py").write_text("def add(x, h):\n    return x.sum() + h\n")
    ending = run("verify", "theirs.py", "--cell", "lstm", "--infer", "--seed", "1")
    assert ending.status == 3 and "error[S430]: no binding of add to lstm" in ending.out
    assert "no counterexample for theirs.py as lstm\n" in ending.out


def test_a_file_without_a_function_to_bind_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("theirs.py").write_text("def one(x):\n    return x\n")
    ending = run("verify", "theirs.py", "--cell", "lstm", "--infer")
    assert ending.status == 2 and "error[S305]" in ending.err


def test_a_cell_is_identified_and_its_equals_are_named(tmp_path: Path):
    file = tmp_path / "theirs.py"
    file.write_text(SIGMOID + STYLES["rows, i f o g, weights (D, 4H)"][1])
    library = [cells[name] for name in ("gru", "lstm-concat", "janet", "lstm")]
    found = identify_file(str(file), Options(seed=1), library)
    assert found.verdict == "proved"
    assert [each.report.cell for each in found.found] == ["lstm", "lstm-concat"]
    assert "also proved" in found.to_text() and "lstm-concat" in found.to_text()


SEQUENCE = """def lstm(inputs, h0, c0, W, b):
    h, c, hs, cs = h0, c0, [], []
    H = h0.shape[1]
    for x in np.swapaxes(inputs, 0, 1):
        a = np.concatenate([h, x], axis=1) @ W + b
        i, f, o = (sigmoid(a[:, k * H:(k + 1) * H]) for k in range(3))
        c = f * c + i * np.tanh(a[:, 3 * H:])
        h = o * np.tanh(c)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)
"""


def test_a_sequence_with_the_examples_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("theirs.py").write_text(SIGMOID + SEQUENCE)
    ending = run("verify", "theirs.py", "--cell", "lstm", "--infer", "--seed", "1", "--json")
    assert ending.status == 0, ending.out
    assert "x.swapaxes(0, 1)" in ending.value["adapter"]


def test_a_file_of_classes_is_told_how_to_bind_one(tmp_path):
    path = tmp_path / "cls.py"
    path.write_text("class Cell:\n    def __call__(self, x, h):\n        return x\n")
    for options in (["--infer"], []):
        ending = run("verify", str(path), "--cell", "elman", *options)
        assert ending.status == 2 and "makes a Cell from the parameters" in ending.err


def test_a_name_that_is_taken_is_not_proposed(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def step(x, h_prev, W_h, W_g, b_h, W_y, b_y):\n    return x\n")
    ending = run("verify", str(path), "--cell", "elman")
    assert "rename it; --infer binds" in ending.err


def test_the_departure_of_one_gate_is_found_among_all_cells(tmp_path):
    """more cells are as near: those without the departure, and without what the others have"""
    path = tmp_path / "mine.py"
    path.write_text(
        SIGMOID
        + """def cell(x, h, c, kernel, rec, bias):
    i, f, g, o = np.split(x @ kernel + h @ rec + bias, 4, 1)
    c = sigmoid(i) * c + sigmoid(f) * g
    return sigmoid(o) * np.tanh(c), c
"""
    )
    near = [cells[name] for name in ("gru", "lstm", "lstm-niaf", "lstm-np", "lstm-vanilla")]
    found = identify_file(str(path), Options(seed=1), near)
    assert (found.verdict, found.found[0].report.cell) == ("differs", "lstm")
    (finding,) = found.found[0].report.findings
    assert (finding.kind, finding.equation) == ("wrong-function", "g_t")
