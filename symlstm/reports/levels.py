"""How grave a finding is to other programs, and what a report says beside its findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from symlstm.verification.report import Finding, Report, Verdict

Level = Literal["error", "warning", "note"]

_LEVELS: dict[Verdict, Level] = {
    "error": "error",
    "differs": "error",
    "undecided": "warning",
    "tested": "warning",
    "proved": "note",
}


@dataclass(frozen=True)
class Remark:
    """Something that a report says without a finding."""

    rule: Literal["condition", "verdict"]
    level: Level
    text: str


def level_of(finding: Finding) -> Level:
    """Remarks on floating point never change a verdict, and so are no errors."""
    return "warning" if finding.kind == "numerics" else _LEVELS[finding.verdict]


def remarks(report: Report) -> list[Remark]:
    """The conditions of a proof; and the verdict, where nothing else would tell that it is bad."""
    level: Level = "warning" if report.strict and not report.faults else "note"
    found = [Remark("condition", level, f"proved where {text}") for text in report.conditions]
    if report.verdict != "proved" and not report.faults and not found:
        found = [Remark("verdict", _LEVELS[report.verdict], report.summary())]
    return found
