"""`symlstm equal`: whether two cells are one, under which correspondence, and why not.

1. A correspondence is looked for: every parameter by its name, then by the structure of the
   equations (`embedding`), each cell in turn as a case of the other, then by guesses on numbers.
2. What is found is proved at two sets of sizes (`proving`); nothing else counts.
3. If each cell is a case of the other they are equal. If only one is, or none, the nearest
   correspondence gives the terms that differ, and a point at which the results do.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from symlstm.cell import Cell, Quantity
from symlstm.interface import Sizes
from symlstm.verification.equality.composing import Composer, lacking_own
from symlstm.verification.equality.direction import Direction, Plan
from symlstm.verification.equality.embedding import (
    STEPS,
    Budget,
    Embedding,
    Mode,
    OutOfSteps,
    Search,
)
from symlstm.verification.equality.explaining import Explainer
from symlstm.verification.equality.forms import ZERO, Leaf, Polynomial
from symlstm.verification.equality.guessing import Guesser
from symlstm.verification.equality.proving import (
    Correspondence,
    Proof,
    prove,
    seeded,
    values_are_known,
)
from symlstm.verification.equality.report import Composition, EqualityReport, Specialisation
from symlstm.verification.equality.stacks import size_notes
from symlstm.verification.equality.told import times_text
from symlstm.verification.options import check_sizes, default_sizes
from symlstm.verification.report import Finding


def equal(
    first: Cell,
    second: Cell,
    where: Sequence[str] = (),
    sizes: Sequence[Sizes] = (),
    seed: int | None = None,
) -> EqualityReport:
    """Prove that two cells compute the same, or say in which terms they differ.

    Args:
        where: what is known of the correspondence, such as "W_i = [W_hi, W_xi]", "W_z = -W_z" or,
            for signals, "h = y"; what it leaves open is searched for.
        sizes: sets of sizes of the first cell.
    Raises:
        UsageError: a correspondence names what does not exist, or shapes that do not fit.
    """
    seed = secrets.randbelow(2**32) if seed is None else seed
    for each in sizes:
        check_sizes(first, each)
    return Decision(first, second, tuple(where), tuple(sizes), seed).report()


@dataclass
class Decision:
    """Two cells, and what is found of them."""

    first: Cell
    second: Cell
    where: tuple[str, ...]
    sizes: tuple[Sizes, ...]
    seed: int
    undecided: list[Proof] = field(default_factory=list[Proof])
    stopped: set[Mode] = field(default_factory=set[Mode])

    def __post_init__(self) -> None:
        self.plan = Plan(self.first, self.second, self.where)
        self.forms, self.cells = self.plan.forms, self.plan.cells

    def report(self) -> EqualityReport:
        return self._by_names() or self._by_structure() or self._by_guess() or self._differing()

    # The correspondence.

    def _by_names(self) -> EqualityReport | None:
        """Every parameter as the one of its name, if all results then agree."""
        direction = self.plan.likeliest()
        if direction is None or direction.overridden or self.plan.tells_units:
            return None
        for of in self._guessed(direction, by_names=True):
            if not of.zero and of.results == direction.signals.results:
                return self._proved_by(of, direction, direction.all_told)
        return None

    def _guessed(self, direction: Direction, by_names: bool) -> Iterator[Correspondence]:
        guesser = Guesser(
            direction.matcher, direction.signals, direction.told,
            seeded(self.seed, "guess"), Budget(STEPS["nearest"]),
        )  # fmt: skip
        if by_names:
            state = guesser.by_names()
            if state is not None:
                yield from guesser.agreeing(state)
            return
        for state in guesser.by_sums():
            yield from guesser.agreeing(state)

    def _by_guess(self) -> EqualityReport | None:
        """A correspondence that agrees on numbers, and is then proved."""
        if self.undecided or self.plan.tells_units:
            return None
        for by_names in (True, False):
            direction = self.plan.likeliest()
            if direction is None or direction.overridden:
                return None
            with suppress(OutOfSteps):
                for of in self._guessed(direction, by_names):
                    report = self._proved_by(of, direction, direction.all_told)
                    if report is not None:
                        return report
        return None

    def _by_structure(self) -> EqualityReport | None:
        """The same units one for one; else each cell as a case of the other, equal if both are."""
        found: list[tuple[Direction, Embedding]] = []
        modes: tuple[Mode, ...] = ("renaming", "case")
        for mode, side in product(modes, (0, 1)):
            embedded = self._embedded(side, mode)
            if embedded is None:
                continue
            direction, embedding = embedded
            if not self._lacking(direction, embedding):
                report = self._proved_by(
                    self._correspondence(direction, embedding), direction, direction.all_told
                )
                if report is not None:
                    return report
            elif mode == "case":
                found.append((direction, embedding))
        return self._one_way(found)

    def _embedded(self, side: int, mode: Mode) -> tuple[Direction, Embedding] | None:
        """The special cell inside the general one: one that can be any of those, or the first."""
        nearest: tuple[Direction, Embedding] | None = None
        special, general = self.cells[side], self.cells[1 - side]
        try:
            for direction, embedding in self._embeddings(side, mode):
                if not values_are_known(self.forms, embedding.state.values):
                    continue
                if not self._lacking(direction, embedding):
                    return direction, embedding
                nearest = nearest or (direction, embedding)
                if len(general.atoms) > len(special.atoms) + len(direction.all_told):
                    break
        except OutOfSteps:
            self.stopped.add(mode)
        return nearest

    def _embeddings(self, side: int, mode: Mode) -> Iterator[tuple[Direction, Embedding]]:
        budget, best = Budget(STEPS[mode]), float("inf")
        for direction in self.plan.directions(side, keeps_states=mode == "nearest"):
            owners = self.plan.owners(side)
            search = Search(direction.matcher, direction.signals, budget, mode, owners, best)
            for embedding in search.embeddings(direction.signals.state(direction.told)):
                yield direction, embedding
                best = embedding.cost if mode == "nearest" else best

    def _lacking(self, direction: Direction, embedding: Embedding) -> bool:
        """Whether the special cell cannot be any of the general ones."""
        values = embedding.state.values
        return bool(direction.overridden or lacking_own(self.forms, values, direction.all_told))

    def _correspondence(
        self, direction: Direction, embedding: Embedding, free: Sequence[Leaf] = ()
    ) -> Correspondence:
        values = direction.values(embedding.state.values)
        return Correspondence(
            direction.matcher.special.cell, direction.matcher.general.cell, direction.signals,
            embedding.state.sizes, {k: v for k, v in values.items() if k not in free},
            direction.signals.results,
        )  # fmt: skip

    # The proof.

    def _prove(self, of: Correspondence, side: int) -> Proof:
        return prove(self.forms, of, side, self.sizes, self.seed)

    def _proved_by(
        self, of: Correspondence, direction: Direction, told: set[Leaf]
    ) -> EqualityReport | None:
        """The report of an equality; None if it is not proved."""
        proof = self._prove(of, direction.side)
        if proof.status == "undecided":
            self.undecided.append(proof)
        if proof.status != "proved":
            return None
        tied = lacking_own(self.forms, of.values, set())
        specialisation = self._specialisation(direction, of.values, tied) if tied else None
        return self._report(direction, proof, of.values, specialisation=specialisation)

    def _specialisation(
        self, direction: Direction, values: Mapping[Leaf, Polynomial], tied: Sequence[Leaf]
    ) -> Specialisation:
        special, general = direction.matcher.special, direction.matcher.general
        names = {leaf.name for leaf in tied}
        where = Composer(self.forms, special, general).compositions(
            {k: v for k, v in values.items() if k.name in names}, is_packed=False
        )
        return Specialisation(special.cell.name, general.cell.name, where)

    def _one_way(self, found: Sequence[tuple[Direction, Embedding]]) -> EqualityReport | None:
        """The report of one cell that is a case of the other, or of each being one of the other."""
        proofs: list[tuple[Direction, Embedding, Proof]] = []
        for direction, embedding in found:
            proof = self._prove(self._correspondence(direction, embedding), direction.side)
            if proof.status == "proved":
                proofs.append((direction, embedding, proof))
            elif proof.status == "undecided":
                self.undecided.append(proof)
        if not proofs:
            return None
        direction, embedding, proof = proofs[0]
        if len(proofs) == 2:
            note = "each of the two is a case of the other"
            return self._report(direction, proof, proof.of.values, notes=(note,))
        return self._special_case(direction, embedding, proof)

    def _special_case(
        self, direction: Direction, embedding: Embedding, proof: Proof
    ) -> EqualityReport:
        values = proof.of.values
        lacking = lacking_own(self.forms, values, direction.all_told)
        specialisation = self._specialisation(direction, values, lacking)
        refuted = self._prove(self._correspondence(direction, embedding, lacking), direction.side)
        explainer = Explainer(self.forms, self.cells, "differs")
        findings = explainer.findings(embedding)
        zeroed = [leaf for leaf in lacking if values[leaf] == ZERO]
        findings += explainer.ties(embedding, [leaf for leaf in lacking if leaf not in zeroed])
        special, general = specialisation.special, specialisation.general
        where = ", ".join(str(c) for c in specialisation.where)
        notes = (
            f"{special} is a case of {general}, not the reverse: "
            f"{special} = {general} with {where} (proved)",
        )
        return self._report(
            direction, proof, values, findings=self._shown(findings, refuted, direction),
            notes=notes, specialisation=specialisation,
        )  # fmt: skip

    # The difference.

    def _differing(self) -> EqualityReport:
        """The nearest correspondence, and what still differs under it."""
        if self.undecided:
            return self._unproved(self.undecided[0])
        direction = self.plan.likeliest()
        if direction is None or len(self.first.results) != len(self.second.results):
            return self._unpaired()
        if "renaming" in self.stopped:
            return self._undetermined()
        nearest = self._nearest(direction.side)
        if nearest is None:
            return self._undetermined()
        direction, embedding = nearest
        zero = [
            k for k, v in embedding.state.values.items() if v == ZERO and k not in direction.told
        ]
        if not values_are_known(self.forms, embedding.state.values):
            return self._undetermined()
        proof = self._prove(self._correspondence(direction, embedding, zero), direction.side)
        verdict = "differs" if proof.status == "differs" else "undecided"
        findings = Explainer(self.forms, self.plan.with_states, verdict).findings(embedding)
        if not findings or direction.overridden:
            findings = [self._unexplained(proof)]
        values = {k: v for k, v in proof.of.values.items() if k not in zero}
        notes = ["these are the differences under the nearest correspondence that was found"]
        if "case" in self.stopped:
            notes.append("whether one is a case of the other was not searched to the end")
        return self._report(
            direction, proof, values, findings=self._shown(findings, proof, direction),
            notes=() if self.where else tuple(notes),
        )  # fmt: skip

    def _nearest(self, side: int) -> tuple[Direction, Embedding] | None:
        nearest: tuple[Direction, Embedding] | None = None
        with suppress(OutOfSteps):
            for nearest in self._embeddings(side, "nearest"):  # noqa: B007
                pass
        return nearest

    def _unexplained(self, proof: Proof) -> Finding:
        names = " or ".join(q.name for q in self.first.results)
        if proof.status == "differs":
            text = f"{names} differs under this correspondence of parameters"
            return Finding("S100", "wrong-term", text)
        return Finding(
            "S411", "undecided", "neither proved nor refuted under this correspondence",
            notes=tuple(filter(None, [proof.reason])), verdict="undecided",
        )  # fmt: skip

    def _shown(self, findings: list[Finding], proof: Proof, direction: Direction) -> list[Finding]:
        """The findings, the first with the numbers that show the difference."""
        example = self._example(proof, direction)
        if example is None or not findings:
            return findings
        result, numbers = example
        note = f"for example {result}: {numbers['first']} and {numbers['second']}"
        first = replace(findings[0], counterexample=numbers, notes=(*findings[0].notes, note))
        return [first, *findings[1:]]

    def _example(self, proof: Proof, direction: Direction) -> tuple[str, dict[str, Any]] | None:
        for outcome, sizes in zip(proof.outcomes, proof.sizes, strict=True):
            verdicts = outcome.comparison.verdicts
            for position, verdict in enumerate(verdicts):
                if verdict.status == "differs" and verdict.counterexample is not None:
                    result = proof.of.results[position * len(proof.of.results) // len(verdicts)]
                    name = result[1] if direction.side == 0 else result[0]
                    example = verdict.counterexample
                    values = [example.expected, example.found]
                    first, second = values if direction.side == 0 else reversed(values)
                    return name, {
                        "result": name, "first": first, "second": second, "sizes": dict(sizes),
                        "at": {symbol: str(value) for symbol, value in example.point.items()},
                    }  # fmt: skip
        return None

    # The report.

    def _report(
        self,
        direction: Direction,
        proof: Proof,
        values: Mapping[Leaf, Polynomial],
        findings: Sequence[Finding] = (),
        notes: tuple[str, ...] = (),
        specialisation: Specialisation | None = None,
    ) -> EqualityReport:
        composer = Composer(self.forms, direction.matcher.special, direction.matcher.general)
        compositions = composer.compositions(values)
        if specialisation is not None and not findings:
            special, general = specialisation.special, specialisation.general
            notes = (*notes, f"{special} is a case of {general}, not the reverse")
        if not findings:
            notes = (*notes, *dict.fromkeys([*size_notes(self.first), *size_notes(self.second)]))
        comparisons = [o.comparison for o in proof.outcomes]
        return EqualityReport(
            cells=(self.first.name, self.second.name),
            sizes=proof.sizes,
            seed=self.seed,
            correspondence=compositions,
            notes=notes,
            findings=tuple(findings),
            comparisons=sum(len(c.verdicts) for c in comparisons),
            bound_bits=min((c.bound_bits for c in comparisons), default=0),
            signals=self._signals(direction),
            compared=tuple(self._name(direction, r) for r in proof.of.results),
            not_compared=tuple(self._not_compared(direction, proof)),
            assumed=tuple(self._assumed(proof)),
            conditions=tuple(dict.fromkeys(c for o in proof.outcomes for c in o.conditions)),
            specialisation=specialisation,
            shares_names=self._shares_names(compositions),
        )

    def _signals(self, direction: Direction) -> tuple[tuple[str, str], ...]:
        """The signals of the second cell as those of the first."""
        pairs = direction.signals.pairs.items()
        return tuple(pairs) if direction.side == 0 else tuple((b, a) for a, b in pairs)

    def _name(self, direction: Direction, result: tuple[str, str]) -> str:
        return result[1] if direction.side == 0 else result[0]

    def _not_compared(self, direction: Direction, proof: Proof) -> Iterator[str]:
        compared = {(direction.side, s) for _, s in proof.of.results}
        compared |= {(1 - direction.side, g) for g, _ in proof.of.results}
        for side, cell in enumerate((self.first, self.second)):
            for q in cell.results:
                if (side, q.name) not in compared:
                    yield f"{q.name} of {cell.name}"

    def _assumed(self, proof: Proof) -> Iterator[str]:
        of = proof.of
        for is_general, name in sorted(of.zero):
            cell = of.general if is_general else of.special
            yield f"{name}_0 = 0 in {cell.name}"

    def _shares_names(self, compositions: Sequence[Composition]) -> bool:
        names = [{q.name for q in cell.parameters} for cell in (self.first, self.second)]
        return any(
            c.name in names[1 - c.side]
            or any(word.lstrip("-") in names[c.side] for p in c.parts for word in p.split())
            for c in compositions
            if not c.is_own_name
        )

    def _empty(self, findings: Sequence[Finding]) -> EqualityReport:
        return EqualityReport(
            (self.first.name, self.second.name), self.sizes or default_sizes(self.first),
            self.seed, findings=tuple(findings),
        )  # fmt: skip

    def _unproved(self, proof: Proof) -> EqualityReport:
        finding = Finding(
            "S411", "undecided", "a correspondence was found, but neither proved nor refuted",
            notes=tuple(filter(None, [proof.reason])), verdict="undecided",
        )  # fmt: skip
        side = proof.side
        for direction in self.plan.directions(side):
            if direction.signals == proof.of.signals:
                return self._report(direction, proof, proof.of.values, findings=[finding])
        return self._empty([finding])

    def _undetermined(self) -> EqualityReport:
        reason = "the search was stopped" if self.stopped else "none was found"
        return self._empty(
            [
                Finding(
                    "S421", "undecided", f"no correspondence of the parameters: {reason}",
                    help="give it with --where 'NAME = [A, B]'", verdict="undecided",
                )
            ]
        )  # fmt: skip

    def _unpaired(self) -> EqualityReport:
        """Inputs or results that cannot all be paired, and a correspondence was not found."""
        findings: list[Finding] = []
        for what, mine, other in (
            ("inputs", self.first.inputs, self.second.inputs),
            ("results", self.first.results, self.second.results),
        ):
            if sorted(str(q.shape) for q in mine) != sorted(str(q.shape) for q in other):
                texts = _in_words(mine, other)
                findings.append(
                    Finding("S422", "wrong-term",
                            f"the {what} of {self.first.name} are {texts[0]}, "
                            f"those of {self.second.name} are {texts[1]}")
                )  # fmt: skip
        if not findings:
            text = "the inputs and results cannot be paired: their shapes do not fit"
            findings.append(Finding("S422", "wrong-shape", text))
        direction = self.plan.likeliest()
        if direction is None:
            return self._empty(findings)
        special, general = direction.matcher.special.cell, direction.matcher.general.cell
        of = Correspondence(
            special, general, direction.signals, direction.signals.sizes, direction.told,
            direction.signals.results,
        )  # fmt: skip
        proof = self._prove(of, direction.side)
        return self._report(direction, proof, {}, findings=self._shown(findings, proof, direction))


def _in_words(first: Sequence[Quantity], second: Sequence[Quantity]) -> list[str]:
    """The names of quantities; with their shapes, if the names do not tell the two apart."""
    plain = [", ".join(q.in_unicode() for q in side) or "none" for side in (first, second)]
    if plain[0] != plain[1]:
        return plain
    return [
        ", ".join(f"{q.in_unicode()} ({times_text(q.shape)})" for q in side)
        for side in (first, second)
    ]
