"""Explaining a difference: which equation, which line, and what was written instead.

1. Align the terms of the implementation with the chart of the equations by fingerprints.
2. The first named quantity that has no counterpart, though everything that it reads has one, is
   where a fault is; one that is merely inlined is passed over, since all that reads it is there.
3. What the implementation computes in its place is the array that fits its role: put in place of
   the quantity, it makes what the equations compute from it appear in the implementation.
4. Give the equations that value (repair) and go on, until all results agree: each repair is a
   fault. Then the findings are complete, and the report says that they are.
5. A slip of the catalogue that reproduces the value says what was done.

Here is the loop; each step of it is a module: `alignment` (1, 2), `search` and `roles` (3),
`explanation` and `refinement` (5), `findings` (the report).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from symlstm.proof.compare import MAXIMUM_LEVELS
from symlstm.proof.interpret import Matrix, Moment
from symlstm.proof.tower import Tower, exponential_depths
from symlstm.verification.alignment import Alignment, Repairs
from symlstm.verification.blame import Blame
from symlstm.verification.case import Case
from symlstm.verification.cause import Cause
from symlstm.verification.change import NO_VALUE
from symlstm.verification.explanation import Explanations
from symlstm.verification.findings import findings_of, unexplained
from symlstm.verification.fingerprints import Fingerprints, TooManyFingerprints
from symlstm.verification.handing import Handing
from symlstm.verification.hypotheses import Hypotheses
from symlstm.verification.lines import Lines
from symlstm.verification.refinement import Refinement
from symlstm.verification.report import Finding
from symlstm.verification.search import Search

SPARE_LEVELS = 6
MAXIMUM_REPAIRS = 30
MAXIMUM_WORK = 500_000
"""Nodes that are computed again, in floating point, to screen hypotheses: half a minute."""

GIVEN_UP = "the search for the cause was given up: too many maxima and other choices meet in it"

SEARCH_FAULT = "a fault of symlstm itself (please report it)"


def diagnose(case: Case) -> list[Finding]:
    """The findings that explain a difference, causes before consequences; never none.

    That there is one is proved before. A fault of the search takes nothing from that: the finding
    then names the result alone, and says so.
    """
    try:
        return _searched(case)
    except Exception as fault:
        if os.environ.get("SYMLSTM_DEBUG"):
            raise
        lost = f"the search for the cause ended in {SEARCH_FAULT}: {type(fault).__name__}: {fault}"
        found = unexplained(case)
        return [replace(found, notes=(*found.notes, lost))]


def _searched(case: Case) -> list[Finding]:
    depth = max(exponential_depths(case.terms), default=0) + SPARE_LEVELS
    if depth > MAXIMUM_LEVELS:
        return [unexplained(case)]
    prints = Fingerprints(case.traced, Tower(case.terms, depth, case.rng))
    try:
        return _Diagnosis(case, prints).findings() or [unexplained(case)]
    except TooManyFingerprints:
        found = unexplained(case)
        return [replace(found, notes=(*found.notes, GIVEN_UP))]


class _Diagnosis:
    """The loop: find a cause, repair it, go on."""

    def __init__(self, case: Case, prints: Fingerprints) -> None:
        self._case = case
        self._prints = prints
        self._repairs = Repairs()
        self._causes: list[Cause] = []
        self._right = case.found

    def findings(self) -> list[Finding]:
        """The findings for all causes; none if none was found."""
        is_complete = self._repair_all()
        lines = Lines(self._case, self._prints, self._right)
        return findings_of(self._case, self._causes, lines, is_complete)

    def _repair_all(self) -> bool:
        """Find and repair the causes, and return whether all results then agree."""
        work = MAXIMUM_WORK
        for n in range(MAXIMUM_REPAIRS):
            alignment = Alignment(self._case, self._prints, self._repairs)
            if not self._repairs.given:
                self._right = alignment.found
            if alignment.all_results_agree:
                return True
            explanations = Explanations(alignment)
            hypotheses = Hypotheses(alignment, explanations, work)
            explained = hypotheses.explaining_all(is_first=not n)
            work = hypotheses.left
            if explained is not None:
                self._causes.append(Blame(alignment, explained).cause())
                return True
            cause = Search(alignment, explanations).next_cause()
            if cause is None:
                return False
            self._causes.append(cause)
            self._repair(cause, alignment, explanations)
        return False

    def _repair(self, cause: Cause, alignment: Alignment, explanations: Explanations) -> None:
        """Say what was done, and give the equations the value of the implementation."""
        if cause.carry is not None:
            name, t = cause.carry
            self._repairs.reread.update(alignment.rereads((name, t - 1), cause.elements))
            return
        if cause.is_moved:
            cause.slip = explanations.moved(cause.node, cause.elements)
            self._repairs.only_returned.add(cause.node)
            return
        cause.slip = cause.slip or explanations.of(cause.node, cause.elements)
        if cause.slip is None:
            Refinement(alignment, explanations).refine(cause)
        if cause.event is not None:
            cause.event = Handing(self._case).blamed(cause.event, cause.slip)
        given = alignment.moments(cause.node, cause.elements)
        copies = self._copies(cause, alignment)
        if copies and self._disorder(copies=copies) < self._disorder(given=given):
            self._repairs.copies.update(copies)
            return
        self._repairs.given.update(given)

    def _copies(self, cause: Cause, alignment: Alignment) -> dict[Moment, Matrix]:
        """What is computed again for the adjoints under a slip; nothing if it is not at every step.

        A slip that reads x_{t-1} explains a later step, and reads what is not there at the first.
        """
        if cause.inner is None or cause.slip is None or not self._is_copied(cause):
            return {}
        try:
            return alignment.evaluation.copied(cause.inner[0], cause.slip)
        except NO_VALUE:
            return {}

    def _disorder(
        self,
        given: Mapping[Moment, Matrix] = MappingProxyType({}),
        copies: Mapping[Moment, Matrix] = MappingProxyType({}),
    ) -> int:
        """How much would be out of order after a repair.

        A gate that is computed again for the backward pass is read by all adjoints, or by one.
        """
        repairs = replace(
            self._repairs,
            given={**self._repairs.given, **given},
            copies={**self._repairs.copies, **copies},
        )
        return Alignment(self._case, self._prints, repairs).disorder()

    def _is_copied(self, cause: Cause) -> bool:
        """Whether an adjoint is wrong by a forward quantity that was computed again for it."""
        adjoints = self._case.adjoints
        is_forward = cause.inner is not None and cause.inner[0] not in adjoints
        return is_forward and cause.node[0] in adjoints
