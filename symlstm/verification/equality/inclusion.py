"""Whether each of two cells computes all that the other does, by what its slots can hold.

With every slot a parameter of its own (`slots`), the units of two cells are exchanged one for one;
what then is to stand in each slot of one cell is told by the other, and `filling` solves for the
parameters that fill it so. If that comes out both ways, the cells are equal. If it comes out in one
way only, one is a case of the other.

Two cells can only be equal if for almost all parameters of either, its units are those of the other
one for one. So they are not equal where no exchange of units comes out, or where none can be
filled, in one of the two directions; provided that the search came to its end and that the
functions have no other identities (`reach`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from symlstm.interface import Sizes
from symlstm.verification.equality.candidates import Candidates
from symlstm.verification.equality.composing import Composer
from symlstm.verification.equality.dimension import exceeds
from symlstm.verification.equality.direction import Direction, Plan
from symlstm.verification.equality.embedding import Embedding, Mode, OutOfSteps
from symlstm.verification.equality.evaluating import values_are_functions, values_are_known
from symlstm.verification.equality.filling import Filler, Filling
from symlstm.verification.equality.forms import REFLECTED, Forms, Leaf, Polynomial
from symlstm.verification.equality.proving import Correspondence, Proof, prove, seeded
from symlstm.verification.equality.reach import beyond
from symlstm.verification.equality.reaching import reaches_all
from symlstm.verification.equality.report import EqualityReport, Specialisation, in_unicode
from symlstm.verification.equality.sizes import in_sizes
from symlstm.verification.equality.slots import Relaxed
from symlstm.verification.equality.summary import Summary
from symlstm.verification.equality.translation import Translation
from symlstm.verification.report import Finding

ENOUGH = 60
"""Exchanges of units that are looked at."""


@dataclass
class Inclusions:
    """Two cells with relaxed parameters.

    Args:
        plan: the cells in relaxed forms.
    """

    plan: Plan
    seed: int

    @cached_property
    def candidates(self) -> Candidates:
        return Candidates(self.plan, self.seed)

    @property
    def cells(self) -> tuple[Relaxed, Relaxed]:
        first, second = self.plan.cells
        assert isinstance(first, Relaxed) and isinstance(second, Relaxed)
        return first, second

    @property
    def is_plain(self) -> bool:
        return all(cell.is_plain for cell in self.cells)

    def found(self, side: int) -> Iterator[tuple[Direction, Correspondence]]:
        """How the cell `side` may be a case of the other: its parameters, by those of the cell."""
        modes: tuple[Mode, ...] = ("renaming", "case")
        for mode in modes:
            for (direction, embedding), filling in self._fillings(side, mode):
                if filling.values is None or not values_are_functions(
                    self.plan.forms, filling.values
                ):
                    continue
                yield direction, _correspondence(direction, embedding, filling.values)

    def _fillings(
        self, side: int, mode: Mode
    ) -> Iterator[tuple[tuple[Direction, Embedding], Filling]]:
        """What comes of the exchanges of units, until there are enough of them."""
        try:
            for number, found in enumerate(self.candidates.all_embedded(side, mode)):
                if number == ENOUGH:
                    self.candidates.stopped.add(mode)
                    return
                yield found, self._filled(side, found[1])
        except OutOfSteps:
            self.candidates.stopped.add(mode)

    def _filled(self, side: int, embedding: Embedding) -> Filling:
        """The general cell's parameters, so that its slots are what the special cell's are."""
        special, general = self.cells[side], self.cells[1 - side]
        wanted = {slot: special.filled(v) for slot, v in embedding.state.values.items()}
        sizes = embedding.state.sizes
        in_special = Translation(
            self.plan.forms, lambda _: None, {}, lambda size: in_sizes(sizes, size)
        )
        slots = {slot: in_special.polynomial(general.slots[slot]) for slot in wanted}
        return Filler(self.plan.forms, 1 - side).fill(slots, wanted)

    # What is not so.
    #
    # What is impossible is so for almost all parameters. What is bounded is missed only by some:
    # with a second exchange of units, such as tanh(−a) = −tanh(a), those may be reached by it.

    def refutes(self) -> bool:
        """Whether one of the cells computes what the other cannot."""
        return any(self._is_impossible(side) for side in (0, 1))

    def _is_impossible(self, side: int) -> bool:
        number, is_bounded = 0, False
        for _, filling in self._fillings(side, "renaming"):
            if not (filling.is_impossible or filling.is_bounded):
                return False
            number, is_bounded = number + 1, is_bounded or filling.is_bounded
        if (is_bounded and number > 1) or (not number and self._may_cancel(side)):
            return False
        return not self.candidates.stopped and not tuple(self.gaps())

    def _may_cancel(self, side: int) -> bool:
        """Whether terms of a cell may cancel which, with every slot a parameter of its own, do not.

        σ(−a) = 1 − σ(a) and relu(−a) = relu(a) − a add terms. If the slots of a cell are tied to
        each other, the added term may be taken up by one of them, as P by −(P + Q) beside Q.
        """
        cell, forms = self.cells[side], self.plan.forms
        names = {forms.nodes[factor][1] for factor in cell.units}
        used = Counter(
            leaf for value in cell.slots.values()
            for leaf in {f.upright for f in forms.leaves(value)}
        )  # fmt: skip
        is_tied = any(n > 1 for n in used.values()) and not reaches_all(forms, cell.slots)
        return is_tied and bool(names & (REFLECTED | {"sigmoid"}))

    def gaps(self) -> Iterator[str]:
        """Where there may be a correspondence that was not looked for, in words."""
        yield from beyond(self.plan, set(), self.candidates.stopped)
        for side, cell in enumerate(self.cells):
            if self._may_cancel(side):
                yield f"terms of {cell.cell.name} that cancel because parameters are used twice"
        for cell in self.cells:
            if cell.has_products:
                yield f"other ways to write products of parameters in {cell.cell.name}"

    def mixtures(self) -> Iterator[str]:
        """The slots that are filled with more than a parameter, in words."""
        for cell in self.cells:
            composer = Composer(self.plan.forms, cell, cell)
            texts = [in_unicode(composer.text(value)) for leaf, value in cell.slots.items()
                     if value != self.plan.forms.leaf(leaf)]  # fmt: skip
            if texts:
                yield f"all values that {', '.join(texts)} of {cell.cell.name} can have"


@dataclass
class Inclusion:
    """What follows for two cells from their slots.

    Args:
        plan: the cells as they were given, and what was told of them.
        sizes: sets of sizes of the first cell that were asked for.
    """

    plan: Plan
    sizes: tuple[Sizes, ...]
    seed: int

    @cached_property
    def plain(self) -> Inclusions:
        plan = Plan(self.plan.first, self.plan.second, (), is_relaxed=True)
        return Inclusions(plan, self.seed)

    @cached_property
    def reduced(self) -> Inclusions:
        plan = Plan(self.plan.first, self.plan.second, (), is_reduced=True, is_relaxed=True)
        return Inclusions(plan, self.seed)

    def unsearched(self, others: Iterable[str]) -> tuple[str, ...]:
        """Why the cells may be equal though nothing was found; nothing if they are not.

        Args:
            others: the same for the search that knows what was told.
        """
        if self.plan.tells_all:
            return ()
        if self.plan.where:
            return tuple(dict.fromkeys((*others, *self.plain.mixtures())))
        if self.reduced.refutes():
            return ()
        known = (*others, *self.reduced.gaps(), *self.plain.mixtures())
        return tuple(dict.fromkeys(known)) or ("other values of the parameters",)

    def unsearched_reverse(self, of: Correspondence) -> tuple[str, ...]:
        """Why the general cell of a case may be one of the special cell; nothing if it is not."""
        if exceeds(of, seeded(self.seed, "dimension")):
            return ()
        return self.unsearched(())

    def report(self, known: EqualityReport | None) -> EqualityReport | None:
        """The report of cells that their slots show to be equal, or one to be a case of the other.

        Args:
            known: a report of one as a case of the other, which then is enough.
        """
        if self.plan.where or (self.plain.is_plain and self.reduced.is_plain):
            return None
        cases = [case for side in (0, 1) if (case := self._case(side)) is not None]
        if len(cases) == 2:
            cases.sort(key=lambda case: not values_are_known(case.forms, case.values))
            return cases[0].equal(())
        for case in cases:
            if reaches_all(case.forms, case.values):
                return case.equal(case.reached())
        if not cases or known is not None:
            return None
        return cases[0].report(self.unsearched_reverse(cases[0].proof.of))

    def _case(self, side: int) -> Case | None:
        """The cell `side` as a case of the other, if that is proved."""
        for inclusions in (self.plain, self.reduced):
            forms = inclusions.plan.forms
            for direction, of in inclusions.found(side):
                proof = prove(forms, of, side, self.sizes, self.seed)
                if proof.status == "proved":
                    return Case(Summary(inclusions.plan, self.sizes, self.seed), direction, proof)
        return None


@dataclass(frozen=True)
class Case:
    """One cell that was proved to be a case of the other."""

    summary: Summary
    direction: Direction
    proof: Proof

    @property
    def forms(self) -> Forms:
        return self.summary.plan.forms

    @property
    def values(self) -> Mapping[Leaf, Polynomial]:
        return self.proof.of.values

    @property
    def _composer(self) -> Composer:
        matcher = self.direction.matcher
        return Composer(self.forms, matcher.special, matcher.general)

    def equal(self, notes: tuple[str, ...]) -> EqualityReport:
        return self.summary.of(self.direction, self.proof, self.values, notes=notes)

    def reached(self) -> tuple[str, ...]:
        """Words for what a parameter is made of, if that is no sum of blocks."""
        texts = [
            in_unicode(self._composer.text(v))
            for leaf, v in self.values.items()
            if not values_are_known(self.forms, {leaf: v})
        ]
        takes = "takes" if len(texts) == 1 else "take"
        return (f"{', '.join(texts)} {takes} all values",) if texts else ()

    def report(self, unsearched: tuple[str, ...]) -> EqualityReport:
        """The report of a case, which says what the special cell has for each parameter."""
        special, general = self.direction.matcher.special, self.direction.matcher.general
        made = {leaf: v for leaf, v in self.values.items() if not _is_a_block(self.forms, v)}
        where = self._composer.compositions(made, is_packed=False)
        specialisation = Specialisation(special.cell.name, general.cell.name, where)
        findings = [
            Finding(
                "S105" if special.side else "S104",
                "extra-term" if special.side else "missing-term",
                f"{general.cell.name} has the parameter {leaf.name}, {special.cell.name} has "
                f"{in_unicode(self._composer.text(v))} in its place",
                term=leaf.name, verdict="differs",
            )
            for leaf, v in made.items()
        ]  # fmt: skip
        if not findings:
            text = f"{general.cell.name} has parameters that {special.cell.name} ties"
            findings = [Finding("S100", "wrong-term", text, verdict="differs")]
        return self.summary.of_case(
            self.direction, self.proof, self.values, findings, specialisation, unsearched
        )


def _is_a_block(forms: Forms, value: Polynomial) -> bool:
    """Whether a value is a parameter of the other cell, or a block of one."""
    return len(value) == 1 and value[0][1] == 1 and values_are_known(
        forms, dict.fromkeys(forms.leaves(value), value)
    )  # fmt: skip


def _correspondence(
    direction: Direction, embedding: Embedding, values: Mapping[Leaf, Polynomial]
) -> Correspondence:
    return Correspondence(
        direction.matcher.special.cell, direction.matcher.general.cell, direction.signals,
        embedding.state.sizes, values, direction.signals.results,
    )  # fmt: skip
