"""Reports in other forms, and where findings point: the caret stands under what is meant."""

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from command_line import run

from symlstm import Cell, SymlstmError, cells
from symlstm.codegen.numpy_code import generate
from symlstm.messages import Message, Span, render
from symlstm.proof.terms import Terms
from symlstm.reports.github import to_github
from symlstm.reports.sarif import to_sarif
from symlstm.testing import assert_implements
from symlstm.tracing.run import trace_call
from symlstm.tracing.serial import from_plain, to_plain
from symlstm.tracing.trace import Place
from symlstm.verification.report import Finding, Report
from symlstm.verification.sources import columns_in

SIGMA = """import numpy as np

def step(x, h_prev, W, U, b):
    σ = np.tanh(x @ W.T + h_prev @ U.T + b); h = σ + h_prev * b
    return (h,)
"""
RNN = r"""\begin{align}
  x_t &\in \mathbb{R}^{D} \\
  h_t &\in \mathbb{R}^{H} \\
  h_t &= \tanh(W x_t + U h_{t-1} + b)
\end{align}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rnn.tex").write_text(RNN, encoding="utf-8")
    (tmp_path / "mine.py").write_text(SIGMA, encoding="utf-8")
    return tmp_path


def test_caret_stands_under_the_smallest_expression_known(folder):
    """the columns of code positions are bytes: σ is one character and two bytes"""
    ending = run("verify", "mine.py", "--cell", "rnn.tex", "--seed", 1)
    lines = ending.out.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("  --> mine.py:4   σ = "))
    start, end = lines[at + 1].index("^"), len(lines[at + 1])
    assert set(lines[at + 1][start:end]) == {"^"}
    assert lines[at][start:end] == "σ + h_prev * b"


def test_json_has_the_columns_of_a_finding(folder):
    finding = run("verify", "mine.py", "--cell", "rnn.tex", "--seed", 1, "--json").value[
        "findings"
    ][0]
    line = SIGMA.splitlines()[3]
    assert line[finding["column"] - 1 : finding["end_column"] - 1] == "σ + h_prev * b"


def test_columns_survive_the_way_from_one_process_to_another():
    """two instructions of one line are at one place, and keep their own columns"""
    namespace = {}
    exec(compile("def f(a, b):\n    return (a * b + a,)", "<two>", "exec"), namespace)
    terms = Terms()
    trace = trace_call(namespace["f"], terms, {"a": ("a", ()), "b": ("b", ())})
    again = from_plain(to_plain(trace), range(len(terms.nodes)))
    made = [e.places[0] for e in again.events if e.kind == "compute"]
    assert made[0] == made[1] == Place("<two>", 2, "f")
    assert [p.columns for p in made] == [(12, 17), (12, 21)]


@pytest.mark.parametrize(
    ("source", "columns", "wanted"),
    [
        ("a = b * c", (4, 9), (5, 10)),
        ("σ = b * c", (5, 10), (5, 10)),
        ("a = f(b,  ", (4, -1), (5, 9)),
        ("a", (4, 9), (None, None)),
        ("a = b", None, (None, None)),
    ],
)  # fmt: skip
def test_bytes_become_characters(source, columns, wanted):
    assert columns_in(source, Place("a.py", 1, columns=columns)) == wanted


def test_inline_excerpt_is_cut_around_its_span():
    """of a long line the part around the caret is shown, and the caret stands under it"""
    line = "    a = " + "b + " * 60 + "WRONG" + " + b" * 60
    span = Span("a.py", 7, line.index("WRONG") + 1, 5, line, is_inline=True)
    _, shown, carets = render(Message("S100", "differs", (span,))).split("\n")
    assert shown.startswith("  --> a.py:7   … ") and len(shown) < 130
    assert shown[carets.index("^") : len(carets)] == "WRONG"


def test_control_characters_of_a_file_do_not_reach_the_terminal():
    finding = Finding(
        "S501", "crashed", "step raised \x1b[31m", file="/a\x1b]0;b.py", line=1,
        source="x = '\x07'", notes=("\x9b",), help="\u202e",
    )  # fmt: skip
    text = finding.to_text()
    assert text.isprintable() or {c for c in text if not c.isprintable()} == {"\n"}
    assert "\\u001b[31m" in text and "\\u0007" in text


# HTML.

HOSTILE = Finding(
    "S101", "wrong-term", "c_t has <b>f</b> & more", "step", "c_t",
    file="/<img src=x onerror=alert(1)>.py", line=3, source="  a = '</pre><script>' + b",
    notes=("</style><script>",), help="</div>", column=7, end_column=22,
)  # fmt: skip


def test_html_shows_what_a_file_says_as_text():
    """of markup there is only ours"""
    report = Report("lstm", "<script>.py", ("step",), ({"B": 2},), 1, findings=(HOSTILE,))
    html = report._repr_html_()
    assert "<script" not in html and "<img" not in html and "<b>f" not in html
    assert html.count("</style>") == html.count("</div>") == 1
    assert "<mark>&#x27;&lt;/pre&gt;&lt;scri" in html and "</mark>" in html


def test_html_holds_all_that_the_text_says():
    report = Report(
        "lstm", "a.py", ("step",), ({"B": 2},), 7, 3, 200, conditions=("n_t ≠ 0",),
        assumed=("h_0 = 0",),
    )  # fmt: skip
    html = report._repr_html_()
    for said in ("proved", report.summary(), "condition: n_t ≠ 0", "assumed: h_0 = 0", "seed: 7"):
        assert said in html


def test_html_is_whole_in_itself():
    html = Report("lstm", "a.py", (), (), 1, findings=(HOSTILE,))._repr_html_()
    assert "http" not in html and "url(" not in html and "@import" not in html


# SARIF and GitHub.

SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json"
SIZES = ("--sizes", "B=2,D=3,H=2,T=3", "--seed", 1)


def assert_is_sarif(log):
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(log)


def test_the_schema_refuses_what_is_no_sarif():
    with pytest.raises(jsonschema.ValidationError, match="'tool' is a required property"):
        assert_is_sarif({"version": "2.1.0", "runs": [{}]})


@pytest.mark.parametrize(
    ("words", "status", "count"),
    [
        (("mine.py", "--cell", "rnn.tex"), 1, 1),
        (("absent.py", "--cell", "rnn.tex"), 2, 1),
        (("mine.py", "--cell", "absent"), 2, 1),
        (("mine.py", "--nonsense"), 2, 1),
        (("--cell", "rnn.tex"), 0, 0),
    ],
)
def test_sarif_is_valid_whatever_happens(folder, words, status, count):
    """standard output holds one log of one run, for errors of usage too"""
    ending = run("verify", *words, *SIZES, "--format", "sarif")
    assert_is_sarif(ending.value)
    (found,) = ending.value["runs"]
    assert (ending.status, len(found["results"])) == (status, count)
    assert found["invocations"][0]["exitCode"] == status


def test_sarif_points_into_the_repository(folder):
    """paths from the folder with .git, wherever the command runs"""
    (folder / ".git").mkdir()
    inner = folder / "a b"
    inner.mkdir()
    (folder / "mine.py").rename(inner / "mine.py")
    log = run("verify", "a b/mine.py", "--cell", "rnn.tex", *SIZES, "--format", "sarif").value
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b/mine.py", "uriBaseId": "SRCROOT"}
    assert place["region"]["startLine"] == 4
    assert place["region"]["snippet"] == {"text": "σ + h_prev * b"}
    assert result["level"] == "error" and result["properties"]["equation"] == "h_t"
    assert log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def prints(*findings):
    log = to_sarif([Report("lstm", "a.py", (), (), 1, findings=findings)], 1)
    assert_is_sarif(log)
    return [r["partialFingerprints"]["finding/v1"] for r in log["runs"][0]["results"]]


def test_fingerprint_is_of_what_is_wrong_and_not_of_where():
    moved = replace(HOSTILE, line=99, source="      a  =  '</pre><script>' +  b", message="other")
    assert prints(HOSTILE) == prints(moved)
    for other in ({"code": "S102"}, {"equation": "h_t"}, {"term": "f"}, {"source": "a = c"}):
        assert prints(HOSTILE) != prints(replace(HOSTILE, **other))
    assert len(set(prints(HOSTILE, HOSTILE))) == 2


def test_braces_of_a_sarif_message_are_doubled():
    finding = Finding("S103", "wrong-time", "reads h_{t-1}")
    log = to_sarif([Report("lstm", "a.py", (), (), 1, findings=(finding,))], 1)
    assert log["runs"][0]["results"][0]["message"]["text"] == "reads h_{{t-1}}"


def test_conditions_are_notes_and_warnings_where_they_count():
    """with --strict a condition makes the status 3, and something has to say so"""
    report = Report("lstm", "a.py", ("step",), (), 1, 3, 9, conditions=("n_t ≠ 0",))
    for strict, level, command in ((False, "note", "notice"), (True, "warning", "warning")):
        log = to_sarif([replace(report, strict=strict)], 0)
        assert_is_sarif(log)
        assert [r["level"] for r in log["runs"][0]["results"]] == [level]
        assert to_github([replace(report, strict=strict)]).startswith(f"::{command} ")


def test_levels_of_findings():
    findings = [
        Finding("S411", "undecided", "open", verdict="undecided"),
        Finding("S499", "numerics", "overflow", verdict="differs"),
        Finding("S501", "crashed", "raised", verdict="error"),
    ]
    log = to_sarif([Report("lstm", "a.py", (), (), 1, findings=tuple(findings))], 2)
    levels = [result["level"] for result in log["runs"][0]["results"]]
    assert levels == ["warning", "warning", "error"]


def test_github_commands_are_escaped():
    """a line a finding, whatever is in its message and its file name"""
    finding = Finding(
        "S101", "wrong-term", "100% wrong\n::stop-commands::x", file="a,b:c%.py", line=3,
        column=2, end_column=5, notes=("a: b, c\r",), help="mend it",
    )  # fmt: skip
    text = to_github([Report("lstm", "a.py", (), (), 1, findings=(finding,))])
    properties = "file=a%2Cb%3Ac%25.py,line=3,col=2,endColumn=5,title=S101 wrong-term"
    said = "100%25 wrong%0A::stop-commands::x%0Aa: b, c\\u000d%0Ahelp: mend it"
    assert text == f"::error {properties}::{said}"


def test_github_form_of_a_run(folder):
    ending = run("verify", "mine.py", "--cell", "rnn.tex", *SIZES, "--format", "github")
    assert ending.status == 1 and len(ending.out.splitlines()) == 1
    assert re.match(r"::error file=mine\.py,line=4,col=\d+,endColumn=\d+,title=S1", ending.out)
    proved = run("verify", "--cell", "rnn.tex", *SIZES, "--format=github")
    assert proved.status == 0 and proved.out.startswith("::notice title=symlstm::proved: ")


def test_json_is_a_format(folder):
    words = ("verify", "mine.py", "--cell", "rnn.tex", *SIZES)
    assert run(*words, "--json").out == run(*words, "--format", "json").out


# assert_implements.

RIGHT = Cell.from_latex(RNN, name="rnn")
FEW = {"B": 2, "D": 3, "H": 2, "T": 3}


def forward(x, h_prev, W, U, b):
    return (np.tanh(x @ W.T + h_prev @ U.T + b),)


def wrong(x, h_prev, W, U, b):
    return (np.tanh(x @ W.T + h_prev @ U.T - b),)


class Layer:
    def forward(self, x, h_prev, W, U, b):
        return forward(x, h_prev, W, U, b)

    def __call__(self, x, h_prev, W, U, b):
        return wrong(x, h_prev, W, U, b)


def scaled(x, h_prev, W, U, b, scale):
    return (scale * np.tanh(x @ W.T + h_prev @ U.T + b),)


def test_right_callables_are_proved():
    closure = lambda x, h_prev, W, U, b: forward(x, h_prev, W, U, b)  # noqa: E731
    for function in (forward, Layer().forward, closure):
        assert assert_implements(RIGHT, step=function, sizes=FEW, seed=1).verdict == "proved"
    namespace = {}
    exec(generate(RIGHT), namespace)
    functions = {kind: namespace[kind] for kind in ("step", "sequence", "gradients")}
    report = assert_implements(RIGHT, **functions, sizes=FEW, seed=1)
    assert report.functions == ("step", "sequence", "gradients")


@pytest.mark.parametrize("function", [wrong, Layer(), partial(wrong)])
def test_wrong_callables_fail_with_the_finding(function):
    """the equation, the sign, the line of this file, and no chain of causes"""
    with pytest.raises(AssertionError, match=r"differs\n\nerror\[S1\d\d\]: h_t ") as caught:
        assert_implements(RIGHT, step=function, sizes=FEW, seed=1)
    assert "test_reports.py:" in str(caught.value) and "U.T - b),)" in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    frames = [entry for entry in caught.traceback if not entry.ishidden(caught)]
    assert {Path(str(entry.path)).name for entry in frames} == {"test_reports.py"}


def crashing(x, h_prev, W, U, b):
    raise ValueError("no")


def untraceable(x, h_prev, W, U, b):
    return (np.array([[float(v) for v in row] for row in forward(x, h_prev, W, U, b)[0]]),)


def rounding(x, h_prev, W, U, b):
    return (np.round(forward(x, h_prev, W, U, b)[0], 5),)


def unbound(x, h_prev, weights):
    return (x,)


@pytest.mark.parametrize(
    ("function", "verdict", "said"),
    [
        (crashing, "error", "ValueError: no"),
        (unbound, "error", "weights"),
        (untraceable, "tested", "cannot be followed"),
        (rounding, "undecided", "cannot be followed"),
    ],
)
def test_whatever_is_not_proved_fails(function, verdict, said):
    with pytest.raises(AssertionError, match=rf"^{verdict}\n\n(?s:.*){said}"):
        assert_implements(RIGHT, step=function, sizes=FEW, seed=1)


def test_nothing_to_check_is_no_failed_assertion():
    """whoever expects an AssertionError of wrong code does not get it for a slip of the test"""
    for words in ({}, {"step": 3}, {"step": forward, "sizes": {"B": 2}}):
        with pytest.raises(SymlstmError, match=r"S023|S005"):
            assert_implements(cells["elman"] if words else RIGHT, **words)
    with pytest.raises(SymlstmError, match="no cell"):
        assert_implements("no-such-cell", step=forward)
