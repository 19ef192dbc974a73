"""Findings as GitHub's workflow commands, which it shows beside the lines of a pull request.

A command is one line, `::error file=…,line=…,title=…::message`; what would end it, or a property
of it, is written as %XX.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from symlstm.messages import visible
from symlstm.reports.levels import Remark, level_of, remarks
from symlstm.reports.locations import is_on_disk, repository_root, within

if TYPE_CHECKING:
    from pathlib import Path

    from symlstm.verification.report import Finding, Report

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def to_github(reports: Sequence[Report]) -> str:
    """A command a finding; where nothing is to be said, one that says what was proved."""
    root = repository_root(name for r in reports for name in (r.file, r.subject))
    lines = [line for report in reports for line in _commands(report, root)]
    if not lines:
        proved = [report.summary() for report in reports]
        said = proved[0] if len(proved) == 1 else f"{len(proved)} cells"
        lines = [_command("notice", {"title": "symlstm"}, f"proved: {said}")]
    return "\n".join(lines)


def _commands(report: Report, root: Path) -> Iterator[str]:
    for finding in report.findings:
        yield _of_finding(finding, root)
    for remark in remarks(report):
        yield _of_remark(remark, report, root)


def _of_finding(finding: Finding, root: Path) -> str:
    properties = _file(finding.file, root)
    if properties and finding.line:
        properties["line"] = str(finding.line)
        if finding.column and finding.end_column:
            properties |= {"col": str(finding.column), "endColumn": str(finding.end_column)}
    properties["title"] = f"{finding.code} {finding.kind}"
    said = [finding.message, *finding.notes]
    said += [f"help: {finding.help}"] if finding.help else []
    return _command(_COMMANDS[level_of(finding)], properties, "\n".join(said))


def _of_remark(remark: Remark, report: Report, root: Path) -> str:
    properties = _file(report.file, root) | {"title": f"symlstm {remark.rule}"}
    return _command(_COMMANDS[remark.level], properties, remark.text)


def _file(file: str, root: Path) -> dict[str, str]:
    return {"file": within(root, file) or file} if is_on_disk(file) else {}


def _command(name: str, properties: dict[str, str], message: str) -> str:
    shown = ",".join(f"{key}={_in_property(value)}" for key, value in properties.items())
    return f"::{name} {shown}::{_in_message(visible(message))}"


def _in_message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_message(text).replace(":", "%3A").replace(",", "%2C")
