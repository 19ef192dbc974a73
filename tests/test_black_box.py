"""The black box: what cannot be followed on symbols is called on numbers, and never proved.

h_t = tanh(W x_t + U h_{t-1} + b), y_t = V h_t; the operation that stops the tracer is an SVD.
"""

import re

import numpy as np
import pytest
from command_line import run, run_python

from symlstm import Cell, verify
from symlstm.messages import SymlstmError
from symlstm.verification import black_box

CELL = r"""\begin{align}
  x_t &\in \mathbb{R}^{D} \\
  h_t &\in \mathbb{R}^{H} \\
  h_t &= \tanh(W x_t + U h_{t-1} + b) \\
  y_t &= V h_t
\end{align}"""

RIGHT = """import numpy as np


def again(a):
    u, s, v = np.linalg.svd(a, full_matrices=False)
    return (u * s) @ v


def step(x, h_prev, W, U, b, V):
    h = np.tanh(x @ again(W).T + h_prev @ U.T + b)
    return h, h @ V.T


def sequence(x, W, U, b, V):
    h = np.zeros((len(x) + 1, x.shape[1], len(b)))
    for t in range(len(x)):
        h[t + 1] = np.tanh(x[t] @ W.T + h[t] @ U.T + b)
    return {"h": h[1:], "y": h[1:] @ V.T}


def gradients(x, W, U, b, V, dh, dy):
    h = np.concatenate([np.zeros((1, x.shape[1], len(b))), sequence(x, W, U, b, V)["h"]])
    dW, dU, db, dV = (np.zeros_like(a) for a in (W, U, b, V))
    dx, carried = np.zeros_like(x), np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        dz = (dh[t] + dy[t] @ V + carried) * (1 - h[t + 1] ** 2)
        dW += dz.T @ x[t]
        dU += dz.T @ h[t]
        db += dz.sum(axis=0)
        dV += dy[t].T @ h[t + 1]
        dx[t] = dz @ W
        carried = dz @ U
    return {"dx": dx, "dW": again(dW), "dU": dU, "db": db, "dV": dV}
"""
LINE = 5
SIZES = {"B": 2, "T": 3, "D": 3, "H": 2, "K": 4}


@pytest.fixture
def checked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = Cell.from_latex(CELL, name="cell")

    def check(text=RIGHT, **options):
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        return verify("mine.py", cell, **{"seed": 1, "sizes": SIZES, **options})

    return check


def replaced(old, new):
    assert old in RIGHT
    return RIGHT.replace(old, new, 1)


def test_what_agrees_is_tested_and_the_rest_is_proved(checked):
    report = checked(sizes=())
    assert (report.verdict, report.exit_status) == ("tested", 3)
    assert [(f.function, f.line, f.code) for f in report.findings] == [
        ("step", LINE, "S413"),
        ("gradients", LINE, "S413"),
    ]
    assert "step, gradients on numbers, without a proof, and sequence proved" in report.summary()
    for finding in report.findings:
        assert finding.measured["absolute"] < 1e-12 and finding.measured["relative"] < 1e-12
        assert (finding.measured["points"], finding.measured["seed"]) == (8, 1)
        assert any(re.match(r"largest error \S+, relative \S+, in \w+", n) for n in finding.notes)


def test_the_same_seed_measures_the_same(checked):
    first, again, other = checked(), checked(), checked(seed=2)
    assert first.to_json() == again.to_json() != other.to_json()


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        ("return h, h @ V.T", "h[1, 0] += 0.01\n    return h, h @ V.T", "h_t"),
        ("return h, h @ V.T", "y = h @ V.T\n    y[0, 3] *= 2\n    return h, y", "y_t"),
        ('"dU": dU,', '"dU": dU * [[1, 1], [1, 1.1]],', "dU"),
        ("h_prev @ U.T", "h_prev @ U", "h_t"),
        ("return h, h @ V.T", "return h * (1 if h_prev.any() else 2), h @ V.T", "h_t"),
        ("return h, h @ V.T", "return h * np.nan, h @ V.T", "h_t"),
    ],
)
def test_what_is_far_off_differs_with_a_point(checked, old, new, result):
    report = checked(replaced(old, new))
    finding = next(f for f in report.findings if f.verdict == "differs")
    assert (report.verdict, finding.code, finding.equation) == ("differs", "S112", result)
    example = finding.counterexample
    assert example["sizes"] == SIZES and example["expected"] != example["found"]
    assert f"(line {LINE})" in finding.to_text() and "as a black box" in finding.to_text()


def test_the_point_that_is_saved_shows_it(tmp_path, checked):
    wrong = replaced("return h, h @ V.T", "y = h @ V.T\n    y[0, 1] *= 2\n    return h, y")
    checked(wrong)
    (tmp_path / "cell.tex").write_text(CELL, encoding="utf-8")
    words = ("mine.py", "--cell", "cell.tex", "--seed", 1, "--save-counterexample", "point.py")
    assert run("verify", *words).status == 1
    done = run_python("point.py", folder=tmp_path)
    assert done.returncode == 1 and "result    y[0, 1]" in done.stdout
    (tmp_path / "mine.py").write_text(RIGHT, encoding="utf-8")
    assert run_python("point.py", folder=tmp_path).returncode == 0


@pytest.mark.parametrize("slip", ["h = h + 1e-7", "h = np.round(h, 5)", "h = h.astype('f4')"])
def test_what_is_neither_rounding_nor_surely_wrong_is_undecided(checked, slip):
    report = checked(replaced("    return h, h @", f"    {slip}\n    return h, h @"))
    finding = report.findings[0]
    assert (report.verdict, report.exit_status, finding.code) == ("undecided", 3, "S410")
    assert finding.line == LINE and 1e-9 < finding.measured["relative"] < 1e-3


@pytest.mark.parametrize(
    ("old", "new", "code", "verdict"),
    [
        (', "dV": dV}', "}", "S110", "differs"),
        ('"db": db,', '"db": db[:, None],', "S111", "differs"),
        ("    u, s, v", "    a *= 2\n    u, s, v", "S121", "differs"),
        ("    return (u", "    s = s + np.random.rand()\n    return (u", "S120", "differs"),
        ("    return (u", "    if s.sum() > 0: 1 / 0\n    return (u", "S501", "error"),
        ("return h, h @ V.T", "return None", "S304", "error"),
        ("return h, h @ V.T", "return h, [h @ V.T]", "S304", "error"),
        ("return h, h @ V.T", "return h, 'y'", "S304", "error"),
        ("return h, h @ V.T", "return h, (h @ V.T).astype(object)", "S304", "error"),
        ("return h, h @ V.T", "return h, h @ V.T + 0j", "S304", "error"),
    ],
)  # fmt: skip
def test_its_conduct_is_checked_as_well(checked, old, new, code, verdict):
    report = checked(replaced(old, new))
    assert report.verdict == verdict
    assert code in [finding.code for finding in report.findings], report.to_text()


def test_a_state_that_is_kept_between_calls_is_found(checked):
    kept = "CALLS = []\n\n\ndef step(x, h_prev, W, U, b, V):\n    CALLS.append(1)\n"
    kept += "    b = b * (1 + len(CALLS) % 2)\n"
    report = checked(RIGHT.replace("def step(x, h_prev, W, U, b, V):\n", kept))
    assert "S120" in [finding.code for finding in report.findings]


@pytest.mark.parametrize("operation", ["float(x[0, 0])", "int(x[0, 0])", "np.sort(x, 0).sum()"])
def test_operations_without_a_meaning_on_symbols(checked, operation):
    report = checked(RIGHT.replace("again(W)", f"(W + 0 * {operation})"), wrt=["U"])
    assert report.verdict == "tested" and report.findings[0].function == "step"


def test_a_file_that_writes_what_it_computes(checked, tmp_path):
    report = checked(RIGHT.replace("again(W)", "(np.save('w.npy', W), W)[1]"))
    assert report.verdict == "tested" and (tmp_path / "w.npy").exists()


def test_code_that_raises_on_symbols_only_is_no_crash(checked):
    report = checked(RIGHT.replace("again(W)", "np.frombuffer(W.tobytes()).reshape(W.shape)"))
    assert report.verdict == "tested"
    only = RIGHT.replace("again(W)", "(W if type(W) is np.ndarray else W.nothing)")
    report = checked(only)
    assert report.verdict == "tested" and "where it raises AttributeError" in report.to_text()


def test_functions_at_hand_are_black_boxes_too():
    def step(x, h_prev, W, U, b, V):
        h = np.tanh(x @ np.array(W.tolist()).T + h_prev @ U.T + b * float(b[0]) / float(b[0]))
        return h, h @ V.T

    report = verify(step, Cell.from_latex(CELL, name="cell"), seed=1, sizes=SIZES)
    assert report.verdict == "tested"


def test_tested_as_json_and_for_other_programs(checked, tmp_path):
    checked()
    (tmp_path / "cell.tex").write_text(CELL, encoding="utf-8")
    words = ("verify", "mine.py", "--cell", "cell.tex", "--seed", 1)
    value = run(*words, "--json").value
    assert value["verdict"] == "tested" and value["findings"][0]["kind"] == "tested"
    assert value["findings"][0]["measured"]["result"] in ("h", "y")
    assert "::warning file=mine.py,line=5," in run(*words, "--format", "github").out
    assert run(*words, "--format", "sarif").value["runs"][0]["results"][0]["level"] == "warning"


def test_a_check_that_compares_nothing_tests_nothing(checked, monkeypatch):
    monkeypatch.setattr(
        black_box.reals, "evaluate", lambda terms, roots, point: dict.fromkeys(roots)
    )
    assert checked().verdict == "undecided"


def test_a_small_number_is_not_hidden_by_large_ones():
    """each is measured by itself, and by 1 at least"""
    assert black_box._off(1.0, 2.0) == 1 and black_box._off(1e12, 1e12 + 1) == 1e-12
    assert black_box._off(1.0, np.nan) == np.inf and black_box._off(np.nan, 2.0) == 0


FORGERIES = {
    "an array that lies about equality": """
class Liar(np.ndarray):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return np.zeros(self.shape)
    def __float__(self): return 0.0
    def tolist(self): return [[0.0] * self.shape[1]] * self.shape[0]

def forged(h): return (2 * h).view(Liar)
""",
    "a float that lies about equality": """
class Liar(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __hash__ = float.__hash__

def forged(h): return np.array([[Liar(2 * v) for v in row] for row in h], dtype=float)
""",
    "a dict that gives other items": """
def forged(h): return h
class Liar(dict):
    def items(self): return []
    def __contains__(self, key): return True
""",
    "NumPy changed while it runs": """
def forged(h):
    np.array_equal = np.allclose = np.isclose = lambda *a, **k: True
    np.abs = np.max = lambda *a, **k: 0.0
    np.asarray = lambda *a, **k: np.zeros(h.shape)
    np.float64 = np.float32
    return 2 * h
""",
    "NumPy taken away": """
def forged(h):
    np.ndarray = np.generic = int
    return 2 * h
""",
    "arguments that are changed and no comparison that tells": """
def forged(h):
    np.array_equal = lambda *a, **k: True
    return 2 * h
""",
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
def test_agreement_cannot_be_forged(checked, forgery):
    text = RIGHT.replace("import numpy as np\n", "import numpy as np\n" + FORGERIES[forgery], 1)
    wrapped = "{'h': forged(h), 'y': h @ V.T}"
    if "dict" in forgery:
        wrapped = "Liar(h=h, y=0 * (h @ V.T))"
    text = text.replace("return h, h @ V.T", f"return {wrapped}")
    if "away" in forgery:
        with pytest.raises(SymlstmError, match="S502"):
            checked(text)
        return
    report = checked(text)
    assert report.verdict == "differs", report.to_text()
    assert not any(f.verdict == "tested" and f.function == "step" for f in report.findings)


def test_an_answer_that_the_file_writes_itself_is_no_agreement(checked):
    """the numbers that would agree are not in the process that runs it"""
    forged = """
import sys
def forged(function, points):
    call = {'outcome': 'returned', 'message': '', 'places': [], 'is_dict': False,
        'results': {'0': [[2, 2], [0.0] * 4], '1': [[2, 4], [0.0] * 8]}}
    return [[{**call, 'arguments': point}] * 2 for point in points]
main = sys.modules['__main__']
assert main.on_points
main.on_points = forged
"""
    text = RIGHT[: RIGHT.index("\n\ndef sequence")] + "\n"
    assert checked(text).verdict == "tested"
    report = checked(text + forged)
    assert report.verdict == "differs"
    assert any("0.0" in note or ": 0" in note for note in report.findings[0].notes), (
        report.to_text()
    )
