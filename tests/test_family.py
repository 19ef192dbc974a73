"""docs/family.md: every row of the page is proved, or refuted by the term that it names."""

import re
from pathlib import Path

import pytest

from symlstm import cells, equal

SEED = 20260204
PAGE = (Path(__file__).parent.parent / "docs" / "family.md").read_text(encoding="utf-8")


def rows(heading):
    """The rows of the table below a heading: two cells, and the text of the last column."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    cut = [[part.strip() for part in line.strip("|").split("|")] for line in lines]
    return [(first.strip("`"), second.strip("`"), last) for first, second, last in cut]


def told(text):
    return re.findall(r"`([^`]+)`", text)


SAME, CASES, NEAR = (rows(h) for h in ("The same cell", "A special case",
                                       "Near, and not the same"))  # fmt: skip


def test_the_page_has_rows():
    assert len(SAME) >= 5 and len(CASES) >= 10 and len(NEAR) >= 6


@pytest.mark.parametrize(("first", "second", "where"), SAME)
def test_same_cell(first, second, where):
    report = equal(cells[first], cells[second], told(where), seed=SEED)
    assert report.verdict == "proved", report.to_text()
    assert report.specialisation is None, "the row belongs to the special cases"
    assert {c.name for c in report.correspondence}, "no parameter was set against another"


@pytest.mark.parametrize(("first", "second", "where"), CASES)
def test_special_case(first, second, where):
    report = equal(cells[first], cells[second], told(where), seed=SEED)
    assert report.verdict == "proved", report.to_text()
    assert report.specialisation is not None
    assert (report.specialisation.special, report.specialisation.general) == (first, second)


@pytest.mark.parametrize(("first", "second", "where"), CASES)
def test_special_case_is_found_without_being_told(first, second, where):
    report = equal(cells[first], cells[second], seed=SEED)
    assert report.verdict == "differs" and report.specialisation is not None
    assert report.specialisation.special == first
    settled = {text.split(" = ")[0] for text in told(where)}
    assert {c.name for c in report.specialisation.where} == settled


@pytest.mark.parametrize(("first", "second", "term"), NEAR)
def test_near_and_not_the_same(first, second, term):
    report = equal(cells[first], cells[second], seed=SEED)
    assert (report.verdict, report.specialisation) == ("differs", None)
    assert any(term in finding.message for finding in report.findings), report.to_text()
    assert report.findings[0].counterexample is not None


@pytest.mark.parametrize(("first", "second", "where"), [
    ("lstm-coupled", "lstm", "`W_xf = W_xi` `W_hf = -W_hi` `b_f = -b_i`"),
    ("gru-chung", "gru", "`W_xz = W_xz`"),
    ("lstm-forget-bias", "lstm", "`b_f = b_f - 1`"),
    ("lstm-nog", "lstm-projection", "`b_o = 0` `W_rm = I`"),
    ("mingru", "gru", ""),
])  # fmt: skip
def test_false_row_would_fail(first, second, where):
    assert equal(cells[first], cells[second], told(where), seed=SEED).verdict == "differs"


def test_the_diagram_shows_the_rows():
    arrows = re.findall(r"^  ([\w-]+) (<-->|-->) ([\w-]+)$", PAGE, re.MULTILINE)
    drawn = {(a, b, kind) for a, kind, b in arrows}
    assert drawn == {(a, b, "<-->") for a, b, _ in SAME} | {(a, b, "-->") for a, b, _ in CASES}
