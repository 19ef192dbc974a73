"""Reports as SARIF 2.1.0, the format in which analyses of code are exchanged.

One run, a result a finding. Paths are relative to the root of the repository, and the fingerprint
of a result is that of what is wrong, not of where it stands, so that it is known again when lines
move. Source: OASIS (2020), Static Analysis Results Interchange Format Version 2.1.0.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from symlstm.reports.levels import Remark, level_of, remarks
from symlstm.reports.locations import is_on_disk, repository_root, within
from symlstm.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from symlstm.verification.report import Finding, Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "SRCROOT"

_REMARKS = {
    "condition": "the proof rests on a condition",
    "verdict": "neither proved nor refuted",
}


def to_sarif(reports: Sequence[Report], exit_status: int) -> dict[str, Any]:
    """All reports as one log with one run."""
    root = repository_root(name for r in reports for name in (r.file, r.subject))
    results = [result for report in reports for result in _results(report, root)]
    _count_equal_fingerprints(results)
    rules = _rules(reports)
    for result in results:
        result["ruleIndex"] = [rule["id"] for rule in rules].index(result["ruleId"])
    driver = {"name": "symlstm", "version": VERSION, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": _message("the root of the repository")}},
        "invocations": [{"executionSuccessful": exit_status != 2, "exitCode": exit_status}],
        "results": results,
        "properties": {"reports": [_basis(report) for report in reports]},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _basis(report: Report) -> dict[str, Any]:
    """What a report says beside its findings."""
    return {key: value for key, value in report.to_json().items() if key != "findings"}


def _rules(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """A rule for each code that is used, described by the kind of its findings."""
    kinds: dict[str, str] = {}
    for report in reports:
        for finding in report.findings:
            kinds.setdefault(finding.code, finding.kind.replace("-", " "))
        for remark in remarks(report):
            kinds.setdefault(remark.rule, _REMARKS[remark.rule])
    return [{"id": code, "shortDescription": _message(kinds[code])} for code in sorted(kinds)]


def _results(report: Report, root: Path) -> list[dict[str, Any]]:
    found = [_of_finding(finding, report, root) for finding in report.findings]
    return found + [_of_remark(remark, report, root) for remark in remarks(report)]


def _of_finding(finding: Finding, report: Report, root: Path) -> dict[str, Any]:
    said = [finding.message, *finding.notes]
    said += [f"help: {finding.help}"] if finding.help else []
    return {
        "ruleId": finding.code,
        "level": level_of(finding),
        "message": _message("\n".join(said)),
        "locations": _locations(finding, root),
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "properties": {
            "cell": report.cell,
            "verdict": finding.verdict,
            "kind": finding.kind,
            "function": finding.function,
            "equation": finding.equation,
            "term": finding.term,
            "help": finding.help,
        },
    }


def _of_remark(remark: Remark, report: Report, root: Path) -> dict[str, Any]:
    where = {"physicalLocation": {"artifactLocation": _artifact(report.file, root)}}
    key = _digest([remark.rule, report.cell, remark.text])
    return {
        "ruleId": remark.rule,
        "level": remark.level,
        "message": _message(f"{remark.text} ({report.cell})"),
        "locations": [where] if is_on_disk(report.file) else [],
        "partialFingerprints": {"finding/v1": key},
        "properties": {"cell": report.cell, "verdict": report.verdict},
    }


def _message(text: str) -> dict[str, str]:
    """A text; braces would be the places of arguments (§3.11.5), and are doubled."""
    return {"text": text.replace("{", "{{").replace("}", "}}")}


def _locations(finding: Finding, root: Path) -> list[dict[str, Any]]:
    """Where a finding is; code that is in no file has only its name."""
    if not finding.file:
        return []
    if not is_on_disk(finding.file):
        return [{"logicalLocations": [{"fullyQualifiedName": finding.file}]}]
    physical: dict[str, Any] = {"artifactLocation": _artifact(finding.file, root)}
    if finding.line:
        physical |= _regions(finding, finding.line)
    return [{"physicalLocation": physical}]


def _artifact(file: str, root: Path) -> dict[str, str]:
    path = within(root, file)
    if path is None:
        return {"uri": f"file://{quote(str(file), errors='surrogateescape')}"}
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": ROOT}


def _regions(finding: Finding, line: int) -> dict[str, Any]:
    """The stretch that is meant, with its line around it; or the line, where that is all."""
    whole = {"startLine": line, "snippet": {"text": finding.source}}
    if finding.column is None or finding.end_column is None:
        return {"region": whole if finding.source else {"startLine": line}}
    marked = finding.source[finding.column - 1 : finding.end_column - 1]
    region = {
        "startLine": line,
        "startColumn": finding.column,
        "endColumn": finding.end_column,
        "snippet": {"text": marked},
    }
    return {"region": region} | ({"contextRegion": whole} if marked != finding.source else {})


def _fingerprint(finding: Finding) -> str:
    source = " ".join(finding.source.split())
    return _digest([finding.code, finding.equation, finding.term, finding.function, source])


def _digest(parts: Sequence[str]) -> str:
    text = json.dumps(parts)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def _count_equal_fingerprints(results: Sequence[dict[str, Any]]) -> None:
    """Results that are alike, as on two lines with one text, are told apart by their order."""
    seen: Counter[str] = Counter()
    for result in results:
        prints = result["partialFingerprints"]
        key = prints["finding/v1"]
        seen[key] += 1
        prints["finding/v1"] = f"{key}:{seen[key]}"
