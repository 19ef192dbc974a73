"""What is said of a drawing, as findings."""

from __future__ import annotations

from typing import Any

from symlstm.drawing.sights import Sight
from symlstm.verification.findings import CODES, UNEXPLAINED
from symlstm.verification.report import Finding

DRAWN = {
    "unlabelled": "S720", "ambiguous-symbol": "S721", "hidden-state": "S722",
    "wrong-operator": "S723", "missing-input": "S724", "dangling": "S725",
}  # fmt: skip
"""The codes of what only a drawing can have wrong."""


def code_of(kind: str) -> str:
    return DRAWN.get(kind) or CODES.get(kind, UNEXPLAINED)


def finding_of(sight: Sight, path: str, equation: str = "", notes: tuple[str, ...] = ()) -> Finding:
    """What is seen in a drawing, as a finding.

    Args:
        equation: the left-hand side of the equation that it concerns, in ASCII; "": its term.
    """
    kind, message, term, spans, help = sight
    span = spans[0]
    also = (f"also in line {other.line}: {other.text.strip()}" for other in spans[1:])
    place: dict[str, Any] = {"file": path, "line": span.line, "source": span.text}
    if span.column:
        place |= {"column": span.column, "end_column": span.column + span.length}
    return Finding(
        code_of(kind), kind, message, "diagram", equation or term, term, **place,
        notes=(*also, *notes), help=help,
    )  # fmt: skip
