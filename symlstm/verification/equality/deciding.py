"""`symlstm equal`: whether two cells are one, under which correspondence, and why not.

1. A correspondence is looked for (`candidates`): every parameter by its name, then by the structure
   of the equations, each cell in turn as a case of the other, then by guesses on numbers.
2. What is found is proved at two sets of sizes (`proving`); nothing else counts.
3. If each cell is a case of the other they are equal. If only one is, or none, the nearest
   correspondence gives the terms that differ, and a point at which the results do (`differing`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product

from symlstm.cell import Cell
from symlstm.interface import Sizes
from symlstm.notation.reading import as_cell
from symlstm.verification.equality.candidates import Candidates, Found, correspondence
from symlstm.verification.equality.composing import Composer, lacking_own
from symlstm.verification.equality.differing import Differences, with_example
from symlstm.verification.equality.direction import Direction, Plan
from symlstm.verification.equality.embedding import Mode, OutOfSteps
from symlstm.verification.equality.explaining import Explainer
from symlstm.verification.equality.factors import factors_of, with_factors
from symlstm.verification.equality.forms import ZERO, Leaf, Polynomial
from symlstm.verification.equality.inclusion import Inclusion
from symlstm.verification.equality.proving import Correspondence, Proof, prove
from symlstm.verification.equality.reach import beyond
from symlstm.verification.equality.report import EqualityReport, Specialisation
from symlstm.verification.equality.settling import restriction
from symlstm.verification.equality.summary import Summary
from symlstm.verification.options import check_sizes, default_sizes


def equal(
    first: Cell | str,
    second: Cell | str,
    where: Sequence[str] = (),
    sizes: Sequence[Sizes] = (),
    seed: int | None = None,
    strict: bool = False,
) -> EqualityReport:
    """Prove that two cells compute the same, or say in which terms they differ.

    Args:
        first, second: cells, names of built-in ones, or paths of equations files.
        where: what is known of the correspondence, such as "W_i = [W_hi, W_xi]", "W_z = -W_z" or,
            for signals, "h = y"; what it leaves open is searched for.
        sizes: sets of sizes of the first cell.
        strict: a proof that rests on conditions counts as undecided.
    Raises:
        SymlstmError: a cell cannot be read.
        UsageError: a correspondence names what does not exist, or shapes that do not fit; or the
                cells are too many numbers at these sizes.
    """
    seed = secrets.randbelow(2**32) if seed is None else seed
    one, other = as_cell(first), as_cell(second)
    for each in sizes or default_sizes(one):
        check_sizes(one, each)
    for each in default_sizes(other):
        check_sizes(other, each)
    report = _at_all_sizes(one, other, tuple(where), tuple(sizes), seed)
    return replace(report, strict=strict)


def _at_all_sizes(
    first: Cell, second: Cell, where: tuple[str, ...], sizes: tuple[Sizes, ...], seed: int
) -> EqualityReport:
    """The report; where one cell has only some of the other's sizes, at those sizes."""
    fewer = restriction(first, second)
    if fewer is None:
        return _decided((first, second), where, sizes, seed)
    cells = (fewer.settled(first), fewer.settled(second))
    kept = tuple(fewer.kept(first, each) for each in sizes)
    return fewer.told(_decided(cells, where, kept, seed), is_difference=not where)


def _decided(
    cells: tuple[Cell, Cell], where: tuple[str, ...], sizes: tuple[Sizes, ...], seed: int
) -> EqualityReport:
    """The report of two cells; if what was told is refuted, with what is so instead."""
    report = Decision(Plan(*cells, where), sizes, seed).report()
    if not where and report.verdict != "proved":
        factors = [factors_of(cell) for cell in cells]
        if any(factors):
            bare = [c if f is None else f.without for c, f in zip(cells, factors, strict=True)]
            other = Decision(Plan(bare[0], bare[1], ()), sizes, seed).report()
            return with_factors(other, cells, factors) if other.verdict == "proved" else report
    if not where or report.verdict != "differs":
        return report
    free = Decision(Plan(*cells, ()), sizes, seed).report()
    return _corrected(report, free, cells) if free.verdict == "proved" else report


def _corrected(
    report: EqualityReport, free: EqualityReport, cells: tuple[Cell, Cell]
) -> EqualityReport:
    """What was told is refuted, and the cells are equal: the equations and the right words.

    Args:
        free: the proof that was found without being told.
    """
    told = {(c.side, c.name): c.where for c in report.correspondence}
    wrong = [c for c in free.correspondence if told.get((c.side, c.name), c.where) != c.where]
    if not wrong:
        return report
    cell, name = cells[wrong[0].side], wrong[0].name
    defined = next(
        cell.defined(e) for e in cell.equations if any(q.name == name for q, _ in cell.reads(e))
    )
    first = report.findings[0]
    mend = ", ".join(c.where for c in wrong)
    finding = replace(
        first,
        message=first.message if first.equation else f"{defined.in_unicode()}: {first.message}",
        equation=first.equation or defined.label,
        help=f"{cells[0].name} and {cells[1].name} are equal with {mend}",
    )  # fmt: skip
    return replace(report, findings=(finding, *report.findings[1:]))


@dataclass
class Decision:
    """Two cells, and what is found of them.

    Args:
        sizes: sets of sizes of the first cell that were asked for.
        undecided: correspondences that were neither proved nor refuted.
    """

    plan: Plan
    sizes: tuple[Sizes, ...]
    seed: int
    undecided: list[Proof] = field(default_factory=list[Proof])

    def __post_init__(self) -> None:
        self.candidates = Candidates(self.plan, self.seed)
        self.summary = Summary(self.plan, self.sizes, self.seed)
        self.inclusion = Inclusion(self.plan, self.sizes, self.seed)

    def report(self) -> EqualityReport:
        report = self._by_names() or self._by_structure()
        if report is None or report.verdict != "proved":
            report = self.inclusion.report(report) or report
        if report is not None:
            return report
        reduced = self._reduced()
        report = reduced._by_structure(("renaming",)) or self._by_guess()
        if report is not None:
            return report
        stopped = self.candidates.stopped | reduced.candidates.stopped
        unsearched = self.inclusion.unsearched(beyond(reduced.plan, self.plan.shortcuts, stopped))
        return Differences(self.plan, self.candidates, self.summary, unsearched).report(
            self.undecided
        )

    def _reduced(self) -> Decision:
        """The same question, the forms written by one function a family."""
        plan = Plan(self.plan.first, self.plan.second, self.plan.where, is_reduced=True)
        return Decision(plan, self.sizes, self.seed, self.undecided)

    # Where a correspondence comes from.

    def _by_names(self) -> EqualityReport | None:
        """Every parameter as the one of its name, if all results then agree."""
        direction = self._guessable()
        if direction is not None:
            for of in self.candidates.guessed(direction, by_names=True):
                if not of.zero and of.results == direction.signals.results:
                    return self._proved_by(of, direction)
        return None

    def _by_guess(self) -> EqualityReport | None:
        """A correspondence that agrees on numbers, and is then proved."""
        direction = self._guessable()
        if self.undecided or direction is None:
            return None
        for by_names in (True, False):
            with suppress(OutOfSteps):
                for of in self.candidates.guessed(direction, by_names):
                    report = self._proved_by(of, direction)
                    if report is not None:
                        return report
        return None

    def _guessable(self) -> Direction | None:
        """The likeliest way to pair the signals, unless what was told forbids to guess."""
        direction = self.plan.likeliest()
        if direction is None or direction.overridden or self.plan.tells_units:
            return None
        return direction

    def _by_structure(
        self, modes: tuple[Mode, ...] = ("renaming", "case")
    ) -> EqualityReport | None:
        """The same units one for one; else each cell as a case of the other, equal if both are."""
        cases: list[Found] = []
        for mode, side in product(modes, (0, 1)):
            found = self.candidates.embedded(side, mode)
            if found is None:
                continue
            if not self.candidates.lacking(*found):
                report = self._proved_by(correspondence(*found), found[0])
                if report is not None:
                    return report
            elif mode == "case":
                cases.append(found)
        return self._one_way(cases)

    # The proof.

    def _prove(self, of: Correspondence, side: int) -> Proof:
        """The comparison of both cells; one without a verdict is remembered."""
        proof = prove(self.plan.forms, of, side, self.sizes, self.seed)
        if proof.status == "undecided":
            self.undecided.append(proof)
        return proof

    def _proved_by(self, of: Correspondence, direction: Direction) -> EqualityReport | None:
        """The report of an equality; None if it is not proved."""
        proof = self._prove(of, direction.side)
        if proof.status != "proved":
            return None
        tied = lacking_own(self.plan.forms, of.values, set())
        specialisation = self._specialisation(direction, of.values, tied) if tied else None
        return self.summary.of(direction, proof, of.values, specialisation=specialisation)

    # One cell as a case of the other.

    def _one_way(self, found: Sequence[Found]) -> EqualityReport | None:
        """The report of one cell that is a case of the other, or of each being one of the other."""
        proofs = [(each, self._prove(correspondence(*each), each[0].side)) for each in found]
        proved = [(each, proof) for each, proof in proofs if proof.status == "proved"]
        if not proved:
            return None
        each, proof = proved[0]
        if len(proved) == 2:
            note = "each of the two is a case of the other"
            return self.summary.of(each[0], proof, proof.of.values, notes=(note,))
        return self._special_case(each, proof)

    def _special_case(self, found: Found, proof: Proof) -> EqualityReport:
        direction, embedding = found
        values = proof.of.values
        lacking = lacking_own(self.plan.forms, values, direction.all_told)
        specialisation = self._specialisation(direction, values, lacking)
        freed = correspondence(direction, embedding, lacking)
        refuted = prove(self.plan.forms, freed, direction.side, self.sizes, self.seed)
        explainer = Explainer(self.plan.forms, self.plan.cells, "differs")
        findings = explainer.findings(embedding)
        tied = [leaf for leaf in lacking if values[leaf] != ZERO]
        findings += explainer.ties(embedding, tied)
        unsearched = self.inclusion.unsearched_reverse(proof.of)
        return self.summary.of_case(
            direction, proof, values, with_example(findings, refuted, direction),
            specialisation, unsearched,
        )  # fmt: skip

    def _specialisation(
        self, direction: Direction, values: Mapping[Leaf, Polynomial], tied: Sequence[Leaf]
    ) -> Specialisation:
        special, general = direction.matcher.special, direction.matcher.general
        names = {leaf.name for leaf in tied}
        where = Composer(self.plan.forms, special, general).compositions(
            {k: v for k, v in values.items() if k.name in names}, is_packed=False
        )
        return Specialisation(special.cell.name, general.cell.name, where)
