"""Reports in other forms, and where findings point: the caret stands under what is meant."""

import pytest
from command_line import run

from symlstm.messages import Message, Span, render
from symlstm.proof.terms import Terms
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
