"""Diagnosis at small sizes: a fault that shows there as well is explained there.

The time of a diagnosis grows faster than the sizes. Most faults show at any sizes, and what they
are does not depend on them; a fault that does is explained where it was found.
"""

from __future__ import annotations

from symlstm.messages import SymlstmError
from symlstm.verification import conduct
from symlstm.verification.agreement import agreement
from symlstm.verification.binding import match_results
from symlstm.verification.case import BoundRun, Case
from symlstm.verification.options import Diagnosis, default_sizes
from symlstm.verification.report import Finding
from symlstm.verification.subject import Subject
from symlstm.verification.workload import numbers

LARGER = 3
"""How much larger than the default sizes others are at which nothing is explained at first."""


def shortened(subject: Subject, diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis of what a subject computes, made at small sizes if the fault shows there."""

    def diagnose(case: Case) -> list[Finding]:
        for sizes in default_sizes(case.cell):
            if numbers(case.cell, case.sizes) > LARGER * numbers(case.cell, sizes):
                found = _at(sizes, case, subject, diagnosis)
                if found:
                    return found
        return diagnosis(case)

    return diagnose


def _at(sizes: dict[str, int], case: Case, subject: Subject, diagnosis: Diagnosis) -> list[Finding]:
    """The findings at other sizes; none unless the same results differ there."""
    binding = case.binding
    request = {binding.kind: (binding.name, [binding.symbols(sizes)])}
    try:
        (traced,) = subject.trace(request)[binding.kind]
    except SymlstmError:
        return []
    run = BoundRun(case.cell, case.system, binding, sizes, traced, case.texts, case.rng)
    if conduct.outcome(run):
        return []
    results = match_results(binding, run.trace, sizes, run.texts).results
    agreed = agreement(run, results, lambda c: diagnosis(c) if c.wrong == case.wrong else [])
    found = agreed.findings if agreed else ()
    return [*found] if all(finding.verdict == "differs" for finding in found) else []
