"""A saved counterexample: a file that runs without symlstm, fails on the wrong file and passes on
the mended one."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from command_line import run

from symlstm.verification import standalone

CELL = r"""\begin{align}
  x_t &\in \mathbb{R}^{D} \\
  h_t &\in \mathbb{R}^{H} \\
  h_t &= \tanh(W x_t + U h_{t-1} + b) \\
  y_t &= V h_t
\end{align}"""

RIGHT = """import numpy as np


def step(x, h_prev, W, U, b, V):
    h = np.tanh(x @ W.T + h_prev @ U.T + b)
    return h, h @ V.T


def sequence(x, h_0, W, U, b, V):
    hs, ys = [], []
    h = h_0
    for t in range(len(x)):
        h, y = step(x[t], h, W, U, b, V)
        hs.append(h)
        ys.append(y)
    return {"h": np.stack(hs), "y": np.stack(ys)}


def gradients(x, W, U, b, V, dh, dy):
    T, B, _ = x.shape
    h = np.zeros((T + 1, B, len(b)))
    for t in range(T):
        h[t + 1] = np.tanh(x[t] @ W.T + h[t] @ U.T + b)
    dW, dU, db, dV = (np.zeros_like(a) for a in (W, U, b, V))
    dx, carried = np.zeros_like(x), np.zeros_like(h[0])
    for t in reversed(range(T)):
        dz = (dh[t] + dy[t] @ V + carried) * (1 - h[t + 1] ** 2)
        dW += dz.T @ x[t]
        dU += dz.T @ h[t]
        db += dz.sum(axis=0)
        dV += dy[t].T @ h[t + 1]
        dx[t] = dz @ W
        carried = dz @ U
    return {"dx": dx, "dW": dW, "dU": dU, "db": db, "dV": dV}
"""

SLIPS = {
    "step": ("h_prev @ U.T", "h_prev @ U", r"result    h\[\d, \d\]"),
    "tuple in another order": ("return h, h @ V.T", "return h, -h @ V.T", r"result    y\[\d, \d\]"),
    "sequence": ("hs.append(h)", "hs.append(h * 2)", r"result    h\[\d, \d, \d\]"),
    "gradients": ("dU += dz.T @ h[t]", "dU += dz.T @ h[t + 1]", r"result    dU\[\d, \d\]"),
    "a small slip": ("db += dz", "db += 1e-9 + dz", r"result    db\[\d\]"),
    "a missing key": (', "dV": dV}', "}", "found     nothing"),
    "a wrong shape": ('"db": db,', '"db": db[None],', r"found     the shape \(1, \d\)"),
    "a changed argument": (
        "    T, B",
        "    dh *= 1\n    dh += 1\n    dh -= 0\n    T, B",
        "changed",
    ),
    "a crash": ("    T, B", "    T, B, _, _ = x.shape\n    T, B", "raised    ValueError"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cell.tex").write_text(CELL, encoding="utf-8")
    return tmp_path


def saved(file, *options, path="point.py", cell="cell.tex"):
    return run("verify", file, "--cell", cell, "--seed", 1, "--save-counterexample", path, *options)


def run_alone(path, *arguments, folder="/"):
    """A saved file in a process that has no symlstm."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    blocked = "import sys; sys.modules['symlstm'] = sys.modules['sympy'] = None; import runpy; "
    words = [str(path), *map(str, arguments)]
    code = f"{blocked}sys.argv[:] = {words!r}; runpy.run_path({str(path)!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=folder,
        env=environment, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_the_file_fails_on_the_slip_and_passes_once_it_is_mended(folder, slip):
    old, new, shown = SLIPS[slip]
    mine = folder / "mine.py"
    mine.write_text(RIGHT.replace(old, new, 1), encoding="utf-8")
    ending = saved("mine.py")
    assert ending.status == (2 if slip == "a crash" else 1), ending.out + ending.err
    done = run_alone(folder / "point.py")
    assert (done.returncode, done.stderr) == (1, "") and re.search(shown, done.stdout), done
    mine.write_text(RIGHT, encoding="utf-8")
    done = run_alone(folder / "point.py")
    assert (done.returncode, done.stderr) == (0, "") and "agrees" in done.stdout, done.stdout


def test_found_and_expected_are_those_of_the_function_and_the_equations(folder):
    """h = tanh(W x) for a cell without more, returned doubled: found is 2 · expected"""
    (folder / "own.tex").write_text(
        r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ h_t = \tanh(W x_t + U h_{t-1})"
    )
    wrong = "import numpy as np\ndef mine(x, h_prev, W, U):\n"
    wrong += "    return 2 * np.tanh(x @ W.T + h_prev @ U.T)"
    (folder / "own.py").write_text(wrong)
    assert saved("own.py:mine", cell="own.tex").status == 1
    printed = run_alone(folder / "point.py").stdout
    expected, found = (float(re.search(rf"{w} +(\S+)", printed)[1]) for w in ("expected", "found"))
    assert found == 2 * expected


def test_a_state_that_is_kept_between_calls_shows_in_the_second(folder):
    kept = "CALLS = []\n\n\ndef step(x, h_prev, W, U, b, V):\n    CALLS.append(1)\n"
    kept += "    h = np.tanh(x @ W.T + h_prev @ U.T + b * len(CALLS))"
    text = RIGHT[: RIGHT.index("\n\ndef sequence")]
    wrong = re.sub(r"def step.*\n.*", lambda _: kept, text)
    (folder / "mine.py").write_text(wrong)
    assert saved("mine.py").status == 1
    done = run_alone(folder / "point.py")
    assert done.returncode == 1 and "two calls return different h, y" in done.stdout


def test_the_file_is_found_from_the_counterexample_or_named(folder):
    (folder / "a b").mkdir()
    wrong = folder / "a b" / 'it\'s "mine" \\.py'
    wrong.write_text(RIGHT.replace("h_prev @ U.T", "h_prev @ U"), encoding="utf-8")
    assert saved(str(wrong), path="a b/point.py").status == 1
    (folder / "a b").rename(folder / "moved")
    assert run_alone(folder / "moved" / "point.py").returncode == 1
    (folder / "right.py").write_text(RIGHT, encoding="utf-8")
    assert run_alone(folder / "moved" / "point.py", folder / "right.py").returncode == 0
    absent = run_alone(folder / "moved" / "point.py", "nowhere.py")
    assert absent.returncode == 2 and "there is no file nowhere.py" in absent.stdout


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_nothing_to_save_is_told_on_standard_error_behind_the_report(folder, form):
    (folder / "mine.py").write_text(RIGHT, encoding="utf-8")
    ending = saved("mine.py:step", "--format", form, "--sizes", "B=2,D=3,H=2,K=2,T=3")
    assert ending.status == 2 and ending.err.startswith("error[S014]: there is no counterexample")
    assert "S014" not in ending.out and "proved" in ending.out
    assert not (folder / "point.py").exists()
    if form in ("json", "sarif"):
        assert ending.value


def test_only_an_older_counterexample_is_overwritten(folder):
    wrong = RIGHT.replace("h_prev @ U.T", "h_prev @ U")
    (folder / "mine.py").write_text(wrong, encoding="utf-8")
    assert saved("mine.py").status == 1
    assert (saved("mine.py").status, saved("mine.py").err) == (1, "")
    run("generate", "lstm", "-o", "generated.py")
    for own in ("mine.py", "generated.py"):
        before = (folder / own).read_text(encoding="utf-8")
        ending = saved("mine.py", path=own)
        assert ending.status == 2 and "error[S009]" in ending.err and "differs:" in ending.out
        assert (folder / own).read_text(encoding="utf-8") == before
    point = folder / "point.py"
    point.write_text(point.read_text(encoding="utf-8").replace("1e-10", "1e-3"), encoding="utf-8")
    assert saved("mine.py").status == 2
    assert sorted(p.name for p in folder.iterdir()) == [
        "cell.tex", "generated.py", "mine.py", "point.py"
    ]  # fmt: skip


def test_only_what_is_asked_for_is_compared(folder):
    wrong = RIGHT.replace("dU += dz.T @ h[t]", "dU += dz.T @ h[t + 1]").replace(
        "db += dz", "db -= dz"
    )
    (folder / "mine.py").write_text(wrong, encoding="utf-8")
    assert saved("mine.py:gradients", "--wrt", "U").status == 1
    mended = RIGHT.replace("db += dz", "db -= dz")
    (folder / "mine.py").write_text(mended, encoding="utf-8")
    assert run_alone(folder / "point.py").returncode == 0


def test_a_number_that_is_none_is_infinitely_far_off():
    assert standalone.distances([np.nan, 1.0], [2.0, 1.0]).tolist() == [np.inf, 0]
    assert standalone.distances([5.0, 1.0], [np.nan, 1.5]).tolist() == [0, 0.5 / 1.5]


def test_rounding_of_single_precision_is_no_difference():
    found = {"h": np.array([1 / 3], dtype=np.float32)}
    assert not standalone.is_different(found, {"h": np.array([1 / 3])}, "h", 1e-10)
    assert standalone.is_different({"h": np.array([0.3333])}, {"h": np.array([1 / 3])}, "h", 1e-10)
