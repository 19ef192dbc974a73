"""The report of a correspondence: what was compared, under which names, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symlstm.interface import Sizes
from symlstm.verification.conditions import merged
from symlstm.verification.equality.composing import Composer
from symlstm.verification.equality.direction import Direction, Plan
from symlstm.verification.equality.forms import Leaf, Polynomial
from symlstm.verification.equality.proving import Proof
from symlstm.verification.equality.report import Composition, EqualityReport, Specialisation
from symlstm.verification.equality.stacks import size_notes
from symlstm.verification.options import default_sizes
from symlstm.verification.report import Finding


@dataclass(frozen=True)
class Summary:
    """Writes reports of two cells.

    Args:
        sizes: sets of sizes of the first cell that were asked for.
    """

    plan: Plan
    sizes: tuple[Sizes, ...]
    seed: int

    def of(
        self,
        direction: Direction,
        proof: Proof,
        values: Mapping[Leaf, Polynomial],
        findings: Sequence[Finding] = (),
        notes: tuple[str, ...] = (),
        specialisation: Specialisation | None = None,
        unsearched: tuple[str, ...] = (),
    ) -> EqualityReport:
        """The report of a comparison.

        Args:
            values: the parameters that are told of.
            unsearched: what was left out of the search, if it found nothing.
        """
        cells = self.plan.first, self.plan.second
        matcher = direction.matcher
        compositions = Composer(self.plan.forms, matcher.special, matcher.general).compositions(
            values
        )
        if specialisation is not None and not findings:
            special, general = specialisation.special, specialisation.general
            notes = (*notes, f"{special} is a case of {general}, not the reverse")
        if not findings:
            notes = (*notes, *dict.fromkeys(note for cell in cells for note in size_notes(cell)))
        comparisons = [o.comparison for o in proof.outcomes]
        return EqualityReport(
            cells=self._names,
            sizes=proof.sizes,
            seed=self.seed,
            correspondence=compositions,
            notes=notes,
            findings=tuple(findings),
            comparisons=sum(len(c.verdicts) for c in comparisons),
            bound_bits=min((c.bound_bits for c in comparisons), default=0),
            signals=_signals(direction),
            compared=tuple(first_name(direction, r) for r in proof.of.results),
            not_compared=tuple(self._not_compared(direction, proof)),
            assumed=tuple(_assumed(proof)),
            conditions=merged(c for o in proof.outcomes for c in o.conditions),
            specialisation=specialisation,
            unsearched=unsearched,
            shares_names=self._shares_names(compositions),
        )

    def of_case(
        self,
        direction: Direction,
        proof: Proof,
        values: Mapping[Leaf, Polynomial],
        findings: Sequence[Finding],
        specialisation: Specialisation,
        unsearched: tuple[str, ...],
    ) -> EqualityReport:
        """The report of a cell that is a case of the other.

        Args:
            unsearched: why the reverse may be so too; if there is nothing, it is not.
        """
        special, general = specialisation.special, specialisation.general
        where = ", ".join(str(c) for c in specialisation.where)
        reverse = "whether the reverse holds is undecided" if unsearched else "not the reverse"
        note = (
            f"{special} is a case of {general}, {reverse}: "
            f"{special} = {general} with {where} (proved)"
        )
        if unsearched:
            findings = [replace(finding, verdict="undecided") for finding in findings]
        return self.of(
            direction, proof, values, findings=findings, notes=(note,),
            specialisation=specialisation, unsearched=unsearched,
        )  # fmt: skip

    def without_correspondence(
        self, findings: Sequence[Finding], unsearched: tuple[str, ...] = ()
    ) -> EqualityReport:
        """The report where there is nothing to compare."""
        sizes = self.sizes or default_sizes(self.plan.first)
        return EqualityReport(
            self._names, sizes, self.seed, findings=tuple(findings), unsearched=unsearched
        )

    @property
    def _names(self) -> tuple[str, str]:
        return self.plan.first.name, self.plan.second.name

    def _not_compared(self, direction: Direction, proof: Proof) -> Iterator[str]:
        compared = {(direction.side, s) for _, s in proof.of.results}
        compared |= {(1 - direction.side, g) for g, _ in proof.of.results}
        for side, cell in enumerate((self.plan.first, self.plan.second)):
            for q in cell.results:
                if (side, q.name) not in compared:
                    yield f"{q.name} of {cell.name}"

    def _shares_names(self, compositions: Sequence[Composition]) -> bool:
        names = [{q.name for q in c.parameters} for c in (self.plan.first, self.plan.second)]
        return any(
            c.name in names[1 - c.side]
            or any(word.lstrip("-") in names[c.side] for p in c.parts for word in p.split())
            for c in compositions
            if not c.is_own_name
        )


def _signals(direction: Direction) -> tuple[tuple[str, str], ...]:
    """The signals of the second cell as those of the first."""
    pairs = direction.signals.pairs.items()
    return tuple(pairs) if direction.side == 0 else tuple((b, a) for a, b in pairs)


def first_name(direction: Direction, result: tuple[str, str]) -> str:
    """The first cell's name of a result (general, special)."""
    return result[1 - direction.side]


def _assumed(proof: Proof) -> Iterator[str]:
    of = proof.of
    for is_general, name in sorted(of.zero):
        cell = of.general if is_general else of.special
        yield f"{name}_0 = 0 in {cell.name}"
