"""A fault that shows at small sizes is explained there, any other where it was found."""

import inspect

import pytest

from symlstm.library import cells
from symlstm.reference import activations, lstm
from symlstm.verification.check import check
from symlstm.verification.options import Options
from symlstm.verification.report import Report
from symlstm.verification.subject import file_subject

LONG = {"B": 2, "D": 3, "H": 4, "T": 30}


@pytest.fixture
def report_on(tmp_path):
    def made(right: str, wrong: str) -> Report:
        text = inspect.getsource(activations) + inspect.getsource(lstm).replace('"""', "'''")
        assert text.count(right) == 1
        path = tmp_path / "long.py"
        path.write_text(text.replace(right, wrong), encoding="utf-8")
        return check(file_subject(str(path)), cells["lstm"], Options((LONG,), seed=1), "gradients")

    return made


def test_a_slip_in_a_long_sequence_is_explained_at_a_short_one(report_on):
    """c_t for c_{t−1} in df_t, at T = 30: 60 exponentials are nested, too many to be explained"""
    report = report_on("df = dc_t * c_prev[t]", "df = dc_t * c[t]")
    (finding,) = report.findings
    assert (report.verdict, finding.kind, finding.equation) == ("differs", "wrong-time", "df_t")
    assert any("at B=2 D=3 H=5 T=3" in note for note in finding.notes)
    assert report.sizes == (LONG,)


def test_a_fault_of_late_steps_is_found_where_it_is(report_on):
    """At t = 20 only; at T = 3 there is none"""
    right = "dc_next = dc_t * f[t]"
    report = report_on(right, f"{right} * (2 if t == 20 else 1)")
    assert report.verdict == "differs"
    assert all("T=3" not in note for finding in report.findings for note in finding.notes)
    assert all(finding.verdict == "differs" for finding in report.findings)
