"""Remarks on floating point: each is seen, and is gone from the version that is mended."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from symlstm import Cell, verify
from symlstm.cli import main
from symlstm.verification.report import Report

SHAPES = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ a_t = W x_t + U h_{t-1} \\ "
SIGMOID = r"h_t = \sigma(a_t)"
SOFTPLUS = r"h_t = \operatorname{softplus}(a_t)"
TANH = r"h_t = \tanh(a_t)"
SOFTMAX = r"h_t = \frac{\exp(a_t)}{\operatorname{sum}(\exp(a_t))}"
LOG_SIGMOID = r"h_t = \log(\sigma(a_t))"
NORM = (
    r"m_t = \operatorname{mean}(a_t) \\ v_t = \operatorname{mean}((a_t - m_t)^2) \\ "
    r"h_t = \frac{a_t - m_t}{\sqrt{v_t + 1}}"
)
BRANCHES = "e = np.exp(-np.abs(a))\n    "

NAIVE = {
    "sigmoid": (SIGMOID, "h = 1 / (1 + np.exp(-a))", "np.exp(-a)", "S601", "expit"),
    "softplus": (SOFTPLUS, "h = np.log(1 + np.exp(a))", "np.exp(a)", "S601", "logaddexp(0, z)"),
    "tanh": (
        TANH, "h = (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))", "np.exp(a)", "S601",
        "np.tanh",
    ),
    "softmax": (
        SOFTMAX, "e = np.exp(a)\n    h = e / e.sum(axis=1, keepdims=True)", "np.exp(a)", "S601",
        "subtract the maximum",
    ),
    "log σ": (
        LOG_SIGMOID, BRANCHES + "h = np.log(np.where(a >= 0, 1, e) / (1 + e))",
        "np.exp(-np.abs(a))", "S602", "np.logaddexp(0, -z)",
    ),
    "variance": (
        NORM,
        "m = a.mean(axis=1, keepdims=True)\n    "
        "v = (a**2).mean(axis=1, keepdims=True) - m**2\n    h = (a - m) / np.sqrt(v + 1)",
        "(a**2).mean(axis=1, keepdims=True) - m**2", "S603", "np.var",
    ),
}  # fmt: skip
MENDED = {
    "sigmoid": (SIGMOID, BRANCHES + "h = np.where(a >= 0, 1, e) / (1 + e)"),
    "σ by tanh": (SIGMOID, "h = np.tanh(a / 2) / 2 + 0.5"),
    "softplus": (SOFTPLUS, "h = np.logaddexp(0, a)"),
    "tanh": (TANH, "h = np.tanh(a)"),
    "softmax": (
        SOFTMAX,
        "e = np.exp(a - a.max(axis=1, keepdims=True))\n    h = e / e.sum(axis=1, keepdims=True)",
    ),
    "log σ": (LOG_SIGMOID, "h = -np.logaddexp(0, -a)"),
    "variance": (
        NORM,
        "m = a.mean(axis=1, keepdims=True)\n    "
        "v = ((a - m) ** 2).mean(axis=1, keepdims=True)\n    h = (a - m) / np.sqrt(v + 1)",
    ),
}
SOURCE = "import numpy as np\n\n\ndef step(x, h_prev, W, U):\n    a = x @ W.T + h_prev @ U.T\n    "


def report_of(folder: Path, equations: str, body: str) -> Report:
    path = folder / "mine.py"
    path.write_text(SOURCE + body + "\n    return (h,)\n")
    return verify(str(path), Cell.from_latex(SHAPES + equations, name="c"), seed=1, numerics=True)


@pytest.mark.parametrize("name", NAIVE)
def test_what_goes_wrong_is_remarked_on_at_its_line_and_changes_no_verdict(
    name: str, tmp_path: Path
) -> None:
    equations, body, marked, code, remedy = NAIVE[name]
    report = report_of(tmp_path, equations, body)
    assert (report.verdict, report.exit_status) == ("proved", 0)
    (found,) = report.findings
    assert (found.kind, found.code) == ("numerics", code)
    assert found.line == 6 + body[: body.index(marked)].count("\n")
    assert found.column and found.end_column
    assert marked.startswith(found.source[found.column - 1 : found.end_column - 1][:6])
    assert remedy in found.help
    assert "warning[" in report.to_text() and "error[" not in report.to_text()


@pytest.mark.parametrize("name", MENDED)
def test_the_stable_form_gives_no_remark(name: str, tmp_path: Path) -> None:
    report = report_of(tmp_path, *MENDED[name])
    assert report.findings == ()
    assert report.numerics is not None
    assert not any(a.nan or a.infinite or a.raised for a in report.numerics.accuracies)
    assert {(a.precision, a.magnitude) for a in report.numerics.accuracies} >= {
        ("float32", 1), ("float32", 10_000), ("float64", 1), ("float64", 10_000),
    }  # fmt: skip


def test_exp_overflows_where_it_does(tmp_path: Path) -> None:
    """exp(88.8) is the first beyond float32, exp(709.8) the first beyond float64."""
    report = report_of(tmp_path, SOFTPLUS, "h = np.log(1 + np.exp(a))")
    (found,) = report.findings
    assert "in float32 from inputs of 100 on" in found.message
    assert "h is inf where" in found.notes[-1]
    assert report.numerics is not None
    at_ten = [a for a in report.numerics.accuracies if a.magnitude == 10]
    assert at_ten and all(a.infinite == 0 and a.ulps < 20 for a in at_ten)


def test_an_overflow_that_harms_no_result_is_said_to_be_one(tmp_path: Path) -> None:
    body = "h = np.where(a >= 0, 1 / (1 + np.exp(-a)), np.exp(a) / (1 + np.exp(a)))"
    (found,) = report_of(tmp_path, SIGMOID, body).findings
    assert found.notes[-1].endswith("the results stay right")


def test_what_is_silenced_and_harmless_is_no_remark(tmp_path: Path) -> None:
    body = 'with np.errstate(over="ignore"):\n        h = 1 / (1 + np.exp(-a))'
    assert report_of(tmp_path, SIGMOID, body).findings == ()


def test_a_function_is_judged_in_the_precision_in_which_it_really_computes(tmp_path: Path) -> None:
    report = report_of(tmp_path, TANH, "h = np.tanh(a.astype(np.float64))")
    assert report.numerics is not None
    assert report.numerics.notes == ("step returns float64 for float32",)
    errors = [a.error for a in report.numerics.accuracies if a.magnitude == 1]
    assert errors and all(error < 1e-6 for error in errors)


def test_an_exception_on_large_numbers_is_told(tmp_path: Path) -> None:
    body = (
        "import math\n    h = np.zeros_like(a)\n    for k in np.ndindex(*a.shape):\n"
        "        h[k] = 1 / (1 + math.exp(-a[k]))"
    )
    report = report_of(tmp_path, SIGMOID, body)
    (found,) = report.findings
    assert found.line == 9
    assert "OverflowError" in found.notes[-1]
    assert report.verdict == "proved"


def test_a_wrong_function_still_differs(tmp_path: Path) -> None:
    report = report_of(tmp_path, TANH, "h = 1 / (1 + np.exp(-a))")
    assert report.verdict == "differs"
    assert [f.kind for f in report.findings][-1] == "numerics"
    assert "1 finding " in report.summary()


def test_json_has_the_remarks_and_the_errors_under_numerics(tmp_path: Path) -> None:
    (tmp_path / "c.tex").write_text(SHAPES + SOFTPLUS)
    (tmp_path / "mine.py").write_text(SOURCE + "return (np.log(1 + np.exp(a)),)\n")
    arguments = ["verify", str(tmp_path / "mine.py"), "--cell", str(tmp_path / "c.tex")]
    run = CliRunner().invoke(main, [*arguments, "--numerics", "--seed", "1", "--json"])
    assert run.exit_code == 0
    value = json.loads(run.stdout)
    assert value["verdict"] == "proved"
    assert [f["kind"] for f in value["findings"]] == ["numerics"]
    assert value["numerics"]["remarks"] == value["findings"]
    assert value["numerics"]["seed"] == 1
    plain = CliRunner().invoke(main, [*arguments, "--seed", "1", "--json"])
    assert "numerics" not in json.loads(plain.stdout)


@pytest.mark.parametrize("cell", ["gru", "lstm", "slstm-stabilised"])
def test_a_stable_reference_gives_no_remark(cell: str) -> None:
    path = Path(__file__).parents[1] / "symlstm/reference" / f"{cell.replace('-', '_')}.py"
    report = verify(f"{path}:step", cell, seed=1, numerics=True)
    assert report.findings == ()


def test_the_unstabilised_cell_overflows() -> None:
    path = Path(__file__).parents[1] / "symlstm/reference/slstm.py"
    report = verify(f"{path}:step", "slstm", seed=1, numerics=True)
    assert ("S601", "numerics") in {(f.code, f.kind) for f in report.findings}
    assert report.verdict == "proved"


def test_without_a_file_there_is_nothing_to_run() -> None:
    run = CliRunner().invoke(main, ["verify", "--cell", "lstm", "--numerics"])
    assert run.exit_code == 2
    assert "give FILE.py" in run.stderr


def test_a_file_that_ends_its_process_on_numbers_keeps_its_verdict(tmp_path: Path) -> None:
    body = "h = np.tanh(a)\n    import os\n    if h.dtype == np.float32:\n        os._exit(3)"
    report = report_of(tmp_path, TANH, body)
    assert report.verdict == "proved"
    assert report.numerics is not None
    assert report.numerics.notes == ("step did not answer on numbers: they were not compared",)


def test_a_function_that_cannot_be_traced_is_not_compared_and_that_is_said(tmp_path: Path) -> None:
    report = report_of(tmp_path, TANH, "h = np.sinh(np.floor(a))")
    assert report.verdict != "proved"
    assert report.numerics is not None
    assert report.numerics.notes == ("step could not be traced: its numbers were not compared",)
