"""Findings, verdicts, reports: what is said of an implementation, as text and as JSON.

Other forms, for other programs and for notebooks, are in `symlstm.reports`.

A report prints differences and stays silent on what it did not do: `sizes`, `assumed` and
`conditions` say exactly what the verdict rests on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from symlstm.interface import Sizes, sizes_text
from symlstm.messages import Message, Span, SymlstmError
from symlstm.reports.html import report_to_html
from symlstm.verification.numerics.summary import Numerics

Verdict = Literal["proved", "differs", "error", "undecided", "tested"]

WEIGHT: tuple[Verdict, ...] = ("error", "differs", "undecided", "tested", "proved")
"""The weightiest of several verdicts wins, in this order."""

EXIT_STATUS: dict[Verdict, int] = {
    "proved": 0,
    "differs": 1,
    "error": 2,
    "undecided": 3,
    "tested": 3,
}

MEANING = (
    "proved by exact evaluation at random points of prime fields, for all real values, at the "
    "sizes named; the bound is that of Schwartz and Zippel for the rational part, exponentials are "
    "compared under the assumption of Li and Wu (ITCS 2026)"
)


@dataclass(frozen=True)
class Finding:
    """One way in which an implementation differs, or why nothing can be said of it.

    Args:
        code: stable; `symlstm explain CODE` says more.
        kind: what sort of mistake it is, `wrong-term`, `wrong-shape`, …
        message: what is wrong, lowercase, no final stop.
        function: `step`, `sequence` or `gradients`; empty when it concerns none.
        equation: the left-hand side in ASCII: `c_t`, `dc_t`, `dW_xi`.
        term: the term of the equation that is concerned, in the same names.
        file, line: where, 1-based; None when no line is to blame.
        source: that line.
        column, end_column: the stretch of the line that is meant, in characters from 1, the end not
            included; None when it is not known.
        notes: why, a line each.
        help: what to write instead.
        verdict: what this finding makes of the whole.
        equal_but_for: what was added to an otherwise equal value.
        measured: of a black box, the largest error, in which result, at how many points.
    """

    code: str
    kind: str
    message: str
    function: str = ""
    equation: str = ""
    term: str = ""
    file: str = ""
    line: int | None = None
    source: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    verdict: Verdict = "differs"
    equal_but_for: str = ""
    counterexample: dict[str, Any] | None = field(default=None, compare=False)
    measured: dict[str, Any] | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)
    end_column: int | None = field(default=None, compare=False)

    @property
    def is_remark(self) -> bool:
        """Whether it is a remark on floating point, which changes no verdict."""
        return self.kind == "numerics"

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "code": self.code,
            "kind": self.kind,
            "function": self.function,
            "equation": self.equation,
            "term": self.term,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "end_column": self.end_column,
            "message": self.message,
            "help": self.help,
            "notes": list(self.notes),
        }
        if self.equal_but_for:
            plain["equal_but_for"] = self.equal_but_for
        if self.counterexample is not None:
            plain["counterexample"] = self.counterexample
        if self.measured is not None:
            plain["measured"] = self.measured
        return plain

    def to_text(self) -> str:
        return str(self.to_message())

    def to_message(self) -> Message:
        spans = (self.span(shown_path(self.file)),) if self.file else ()
        level = "warning" if self.is_remark else "error"
        return Message(self.code, self.message, spans, self.notes, self.help, level)

    def span(self, file: str) -> Span:
        """Where it is, in a file that is shown under this name."""
        if self.column is None or self.end_column is None:
            return Span(file, self.line or 0, text=self.source)
        length = self.end_column - self.column
        return Span(file, self.line or 0, self.column, length, self.source, is_inline=True)


def shown_path(path: str) -> str:
    """A path as a person would type it from here."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return path if relative.startswith("..") else relative


@dataclass(frozen=True)
class Report:
    """What is said of one implementation of one cell.

    Args:
        cell: the name of the cell.
        subject: what was checked: a path, or `generated code` and `reference`.
        functions: the functions that were checked.
        sizes: every set of sizes at which it was checked.
        seed: makes the run repeatable.
        comparisons: how many pairs of terms were compared.
        bound_bits: the error bound of the rational part is 2^−bound_bits.
        conditions: what a `proved` rests on.
        assumed: what was taken to be so: absent arguments, readings of constants.
        findings: forward before backward, cause before consequence.
        strict: whether a proof that rests on conditions is undecided.
        file: the file of what was checked, where there is one.
        own_forward: `agrees` or `differs`: the gradients against the exact derivative of the
            file's own forward pass, where that is wrong.
        numerics: how it does in floating point, where that was asked for.
    """

    cell: str
    subject: str
    functions: tuple[str, ...]
    sizes: tuple[Sizes, ...]
    seed: int
    comparisons: int = 0
    bound_bits: int = 0
    conditions: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    strict: bool = False
    file: str = ""
    own_forward: str = ""
    numerics: Numerics | None = None

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that make the verdict: all but remarks on floating point."""
        return tuple(finding for finding in self.findings if not finding.is_remark)

    @property
    def verdict(self) -> Verdict:
        if self.faults:
            return weightiest(finding.verdict for finding in self.faults)
        if not self.comparisons:
            return "error"
        return "undecided" if self.strict and self.conditions else "proved"

    @property
    def exit_status(self) -> int:
        return EXIT_STATUS[self.verdict]

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "verdict": self.verdict,
            "cell": self.cell,
            "subject": self.subject,
            "functions": list(self.functions),
            "sizes": [dict(sizes) for sizes in self.sizes],
            "seed": self.seed,
            "comparisons": self.comparisons,
            "error_bound": f"2^-{self.bound_bits}",
            "meaning": MEANING if self.verdict == "proved" else "",
            "conditions": list(self.conditions),
            "assumed": list(self.assumed),
            "own_forward": self.own_forward,
            "findings": [finding.to_json() for finding in self.findings],
        }
        if self.numerics is not None:
            remarks = [finding.to_json() for finding in self.findings if finding.is_remark]
            plain["numerics"] = {**self.numerics.to_json(), "remarks": remarks}
        return plain

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self) -> str:
        lines = [finding.to_text() + "\n" for finding in self.findings]
        lines.append(f"{self.verdict}: {self.summary()}")
        lines += [f"  {line}" for line in self.basis()]
        if self.numerics is not None:
            lines += ["", *self.numerics.to_lines()]
        return "\n".join(lines)

    def basis(self) -> list[str]:
        """What the verdict rests on, and what repeats it."""
        lines: list[str] = []
        if self.verdict in ("proved", "tested") and self.comparisons:
            lines.append(
                f"randomised, {self.comparisons} comparisons; "
                f"rational bound 2^-{self.bound_bits}; exponentials under the assumption of Li & Wu"
            )
        lines += [f"condition: {condition}" for condition in self.conditions]
        lines += [f"assumed: {assumption}" for assumption in self.assumed]
        if self.verdict != "error":
            lines.append(f"seed: {self.seed}")
        return lines

    def _repr_html_(self) -> str:
        """The report as a notebook shows it."""
        return report_to_html(self)

    def summary(self) -> str:
        names = ", ".join(self.functions) or "nothing"
        at = "; ".join(sizes_text(sizes) for sizes in self.sizes)
        match self.verdict:
            case "proved":
                where = " where the conditions hold" if self.conditions else ""
                return (
                    f"{self.subject} computes {self.cell} ({names}) for all real values{where}, "
                    f"at {at}"
                )
            case "differs":
                count = len(self.faults)
                return (
                    f"{self.subject} is not {self.cell}: {count} "
                    f"finding{'s' if count != 1 else ''} in {names}, at {at}"
                )
            case "error":
                return f"{self.subject} could not be checked against {self.cell}"
            case "tested":
                tested = list(dict.fromkeys(finding.function for finding in self.faults))
                proved = [name for name in self.functions if name not in tested]
                also = f", and {', '.join(proved)} proved" if proved else ""
                return (
                    f"{self.subject} agrees with {self.cell} as a black box: {', '.join(tested)} "
                    f"on numbers, without a proof{also}; at {at}"
                )
            case _ if not self.faults:
                return (
                    f"{self.subject} computes {self.cell} ({names}), proved only under the "
                    f"condition{'s' if len(self.conditions) > 1 else ''} "
                    f"{', '.join(self.conditions)}; --strict takes that for undecided; at {at}"
                )
            case _:
                where = f", at {at}" if at else ""
                return f"no proof and no counterexample for {self.subject} as {self.cell}{where}"


def weightiest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that wins; of none at all, `error`."""
    found = set(verdicts)
    for verdict in WEIGHT:
        if verdict in found:
            return verdict
    return "error"


def error_report(error: SymlstmError, cell: str, subject: str) -> Report:
    """An error as a report, so that `--json` prints one object whatever happens."""
    message = error.message
    span = message.spans[0] if message.spans else Span("", 0)
    kind = "crashed" if message.code.startswith("S50") else "error"
    finding = Finding(
        code=message.code, kind=kind, message=message.text, file=span.file,
        line=span.line or None, source=span.text, notes=message.notes, help=message.help,
        verdict="error", column=span.column or None,
        end_column=span.column + span.length if span.column else None,
    )  # fmt: skip
    return Report(cell, subject, (), (), 0, findings=(finding,), file=span.file)
