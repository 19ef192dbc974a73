"""Two cells that were not proved to be one: what differs under the nearest correspondence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from symlstm.verification.equality.candidates import Candidates, correspondence
from symlstm.verification.equality.carrying import Excess, excess
from symlstm.verification.equality.direction import Direction, Plan
from symlstm.verification.equality.evaluating import values_are_known
from symlstm.verification.equality.explaining import Explainer
from symlstm.verification.equality.forms import ZERO
from symlstm.verification.equality.proving import (
    Correspondence,
    Proof,
    prove,
    seeded,
)
from symlstm.verification.equality.report import EqualityReport
from symlstm.verification.equality.signals import outputs
from symlstm.verification.equality.summary import Summary, first_name
from symlstm.verification.equality.unpaired import OTHER_STATES, LeftOver
from symlstm.verification.report import Finding, Verdict


@dataclass(frozen=True)
class Differences:
    """What is said of two cells for which no proof was found.

    Args:
        unsearched: what the search left out; if it left out nothing, the cells differ.
    """

    plan: Plan
    candidates: Candidates
    summary: Summary
    unsearched: tuple[str, ...]

    def report(self, undecided: Sequence[Proof]) -> EqualityReport:
        """The nearest correspondence, and what still differs under it.

        Args:
            undecided: correspondences that were neither proved nor refuted.
        """
        if undecided:
            return self._unproved(undecided[0])
        direction = self.plan.likeliest()
        counts = [len(cell.results) for cell in (self.plan.first, self.plan.second)]
        if direction is None or counts[0] != counts[1]:
            return self._unpaired(direction)
        if "renaming" in self.candidates.stopped:
            return self._undetermined()
        return self._nearest(direction.side)

    def _nearest(self, side: int) -> EqualityReport:
        nearest = self.candidates.nearest(side)
        if nearest is None:
            return self._undetermined()
        direction, embedding = nearest
        values = embedding.state.values
        if not values_are_known(self.plan.forms, values):
            return self._undetermined()
        zero = [leaf for leaf, v in values.items() if v == ZERO and leaf not in direction.told]
        proof = self._prove(correspondence(direction, embedding, zero), direction.side)
        verdict = "undecided" if self.unsearched or proof.status != "differs" else "differs"
        explainer = Explainer(self.plan.forms, self.plan.with_states, verdict)
        findings = explainer.findings(embedding)
        if not findings or direction.overridden:
            findings = [self._unexplained(proof, verdict)]
        nearest = "these are the differences under the nearest correspondence"
        if verdict == "differs":
            nearest += "; every other one was tried"
        return self.summary.of(
            direction, proof, {k: v for k, v in proof.of.values.items() if k not in zero},
            findings=with_example(findings, proof, direction),
            notes=() if self.plan.where else (nearest,), unsearched=self.unsearched,
        )  # fmt: skip

    def _prove(self, of: Correspondence, side: int) -> Proof:
        return prove(self.plan.forms, of, side, self.summary.sizes, self.summary.seed)

    def _unexplained(self, proof: Proof, verdict: Verdict) -> Finding:
        names = " or ".join(q.name for q in self.plan.first.results)
        if proof.status == "differs":
            text = f"{names} differs under this correspondence of parameters"
            return Finding("S100", "wrong-term", text, verdict=verdict)
        return _neither("neither proved nor refuted under this correspondence", proof)

    def _unproved(self, proof: Proof) -> EqualityReport:
        finding = _neither("a correspondence was found, but neither proved nor refuted", proof)
        for direction in self.plan.directions(proof.side):
            if direction.signals == proof.of.signals:
                return self.summary.of(direction, proof, proof.of.values, findings=[finding])
        return self.summary.without_correspondence([finding])

    def _undetermined(self) -> EqualityReport:
        reason = "the search was stopped" if self.candidates.stopped else "none was found"
        finding = Finding(
            "S421", "undecided", f"no correspondence of the parameters: {reason}",
            help="give it with --where 'NAME = [A, B]'", verdict="undecided",
        )  # fmt: skip
        return self.summary.without_correspondence([finding])

    def _unpaired(self, direction: Direction | None) -> EqualityReport:
        """Inputs or results that cannot all be paired: different only where that follows."""
        left_over = LeftOver(self.plan.with_states, direction)
        finding = left_over.of_inputs() or (left_over.of_shapes() if direction is None else None)
        if finding is not None:
            return self.summary.without_correspondence([finding])
        found = self._excess()
        findings = left_over.findings(found)
        if found is None and direction is not None and self.plan.tells_all:
            proof = self._prove(_as_told(direction), direction.side)
            if proof.status == "differs":
                findings = [replace(finding, verdict="differs") for finding in findings]
                findings = with_example(findings, proof, direction)
                return self.summary.of(direction, proof, proof.of.values, findings=findings)
        unsearched = () if found is not None else (*self.unsearched, OTHER_STATES)
        return self.summary.without_correspondence(findings, unsearched)

    def _excess(self) -> Excess | None:
        """Why one of the two cannot compute the other."""
        first, second = self.plan.first, self.plan.second
        rng = seeded(self.summary.seed, "excess")
        return excess(first, second, rng) or excess(second, first, rng)


def _as_told(direction: Direction) -> Correspondence:
    """All parameters as they were told; outputs are compared, and states left over are zero."""
    special, general = direction.matcher.special.cell, direction.matcher.general.cell
    pairs = direction.signals.pairs
    compared = [{q.name for q in outputs(cell)} for cell in (general, special)]
    return Correspondence(
        special, general, direction.signals, direction.signals.sizes,
        direction.values(direction.told),
        tuple((g, s) for g, s in direction.signals.results
              if g in compared[0] and s in compared[1]),
        frozenset({(True, q.name) for q in general.states if q.name not in pairs}
                  | {(False, q.name) for q in special.states if q.name not in pairs.values()}),
    )  # fmt: skip


def _neither(text: str, proof: Proof) -> Finding:
    notes = (proof.reason,) if proof.reason else ()
    return Finding("S411", "undecided", text, notes=notes, verdict="undecided")


def with_example(findings: list[Finding], proof: Proof, direction: Direction) -> list[Finding]:
    """The findings, the first with the numbers that show the difference."""
    example = _example(proof, direction)
    if example is None or not findings:
        return findings
    result, numbers = example
    note = f"for example {result}: {numbers['first']} and {numbers['second']}"
    first = replace(findings[0], counterexample=numbers, notes=(*findings[0].notes, note))
    return [first, *findings[1:]]


def _example(proof: Proof, direction: Direction) -> tuple[str, dict[str, Any]] | None:
    for outcome, sizes in zip(proof.outcomes, proof.sizes, strict=True):
        verdicts = outcome.comparison.verdicts
        for position, verdict in enumerate(verdicts):
            if verdict.status == "differs" and verdict.counterexample is not None:
                result = proof.of.results[position * len(proof.of.results) // len(verdicts)]
                name = first_name(direction, result)
                example = verdict.counterexample
                values = [example.expected, example.found]
                first, second = values if direction.side == 0 else reversed(values)
                return name, {
                    "result": name, "first": first, "second": second, "sizes": dict(sizes),
                    "at": {symbol: str(value) for symbol, value in example.point.items()},
                }  # fmt: skip
    return None
