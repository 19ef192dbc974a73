"""Whether a correspondence is right: both cells run over T steps on the same symbols.

The special cell's arguments are symbols. The general one gets the same inputs and initial states,
and parameters made of the special one's as the correspondence says. The results of both are then
compared exactly, and at real points.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symlstm.calculus.gradient import derive, initial_name
from symlstm.cell import Cell
from symlstm.interface import Argument, Sizes, evaluate_dimension, signature
from symlstm.proof import reals
from symlstm.proof.compare import Comparison, PairVerdict, compare
from symlstm.proof.interpret import Interpretation, Run, symbol_names
from symlstm.proof.terms import Terms
from symlstm.verification.conditions import conditions
from symlstm.verification.equality.evaluating import Elements, Evaluation, evaluated
from symlstm.verification.equality.forms import Forms, Leaf, Polynomial
from symlstm.verification.equality.signals import Signals
from symlstm.verification.equality.sizes import in_sizes
from symlstm.verification.options import default_sizes
from symlstm.verification.workload import check_workload


@dataclass(frozen=True)
class Correspondence:
    """A general cell set against a special one.

    Args:
        special, general: the two cells.
        signals: how inputs and results are paired.
        sizes: the named sizes of the general cell, by those of the special one.
        values: the parameters of the general cell, by those of the special one.
        results: the results that are compared, (general, special).
        zero: initial states that are zero, (whether it is the general cell's, its name).
    """

    special: Cell
    general: Cell
    signals: Signals
    sizes: Mapping[Any, Any]
    values: Mapping[Leaf, Polynomial]
    results: tuple[tuple[str, str], ...]
    zero: frozenset[tuple[bool, str]] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What came of one comparison, and at which sizes (special, general)."""

    comparison: Comparison
    conditions: tuple[str, ...]


@dataclass
class Trial:
    """Both cells of a correspondence, run on symbols at given sizes of the special cell.

    Args:
        sizes: those of the special cell.
        spare: sizes of the general cell that the correspondence leaves open.
    """

    forms: Forms
    of: Correspondence
    sizes: Sizes
    spare: Sizes
    terms: Terms = field(default_factory=Terms)

    def __post_init__(self) -> None:
        self.general_sizes = general_sizes(self.of, self.sizes, self.spare)
        check_workload(self.of.special, self.sizes)
        check_workload(self.of.general, self.general_sizes)
        self._special = self._run(self.of.special, self.sizes, self._special_arguments())
        self._general = self._run(self.of.general, self.general_sizes, self._general_arguments())

    def pairs(self, result: tuple[str, str]) -> list[tuple[int, int]]:
        """The elements of one result of both, special before general."""
        mine, other = result
        return list(
            zip(_result(self._special, self.of.special, other),
                _result(self._general, self.of.general, mine), strict=True)
        )  # fmt: skip

    def agrees(self, rng: random.Random) -> dict[tuple[str, str], bool]:
        """For each result, whether both agree at a generic real point."""
        found = {result: self.pairs(result) for result in self.of.results}
        roots = [a for pairs in found.values() for pair in pairs for a in pair]
        names = [str(n[1]) for n in self.terms.nodes if n[0] == "symbol"]
        values = reals.evaluate(self.terms, roots, reals.generic_point(names, rng))
        return {
            result: all(reals.agree(values[a], values[b]) is True for a, b in pairs)
            for result, pairs in found.items()
        }

    def compare(self, rng: random.Random) -> Outcome:
        """The proof or refutation of the results that are compared."""
        pairs = [pair for result in self.of.results for pair in self.pairs(result)]
        comparison = compare(self.terms, pairs, rng, self._carried())
        return Outcome(comparison, tuple(self._conditions(comparison, rng)))

    def _run(self, cell: Cell, sizes: Sizes, given: Mapping[str, list[int]]) -> Run:
        run = Run(derive(cell), Interpretation(self.terms, sizes), sizes["T"])
        run.read_arguments(signature(cell, "sequence"), given=given)
        run.forward()
        return run

    def _special_arguments(self) -> dict[str, list[int]]:
        zero = {initial_name(name) for is_general, name in self.of.zero if not is_general}
        return {
            a.name: [self.terms.zero] * len(self._symbols(a, self.sizes))
            for a in signature(self.of.special, "sequence").arguments
            if a.name in zero
        }

    def _general_arguments(self) -> dict[str, list[int]]:
        of, sizes = self.of, self.general_sizes
        inputs = {q.name for q in of.general.inputs}
        found: dict[str, list[int]] = {}
        for argument in signature(of.general, "sequence").arguments:
            name = argument.quantity.name
            if not argument.axes:
                found[argument.name] = self._parameter(argument)
            elif name in inputs:
                found[argument.name] = self._like(argument, of.signals.pairs[name])
            elif (True, name) in of.zero:
                found[argument.name] = [self.terms.zero] * len(self._symbols(argument, sizes))
            elif of.signals.pairs.get(name) in {q.name for q in of.special.states}:
                found[argument.name] = self._like(argument, initial_name(of.signals.pairs[name]))
            else:
                found[argument.name] = self._symbols(argument, sizes, of.general.name + ".")
        return found

    def _like(self, argument: Argument, name: str) -> list[int]:
        """The symbols of an argument of the special cell, for one of the general cell."""
        other = signature(self.of.special, "sequence").argument(name)
        assert other is not None
        zero = (False, other.quantity.name) in self.of.zero and other.name != other.quantity.name
        symbols = self._symbols(other, self.sizes)
        assert len(symbols) == len(self._symbols(argument, self.general_sizes))
        return [self.terms.zero] * len(symbols) if zero else symbols

    def _symbols(self, argument: Argument, sizes: Sizes, prefix: str = "") -> list[int]:
        return [self.terms.symbol(prefix + n) for n in symbol_names(argument, sizes)]

    # Parameters.

    def _parameter(self, argument: Argument) -> list[int]:
        """A parameter of the general cell, its blocks made as the correspondence says."""
        sizes, columns = self.general_sizes, argument.quantity.shape[1]
        width = evaluate_dimension(columns, sizes)
        own = self._symbols(argument, sizes, self.of.general.name + ".")
        rows = [own[n : n + width] for n in range(0, len(own), width)]
        made_of = Evaluation(self.forms, self.terms, self.sizes, self._matrix)
        for leaf, value in self.of.values.items():
            if leaf.name == argument.quantity.name:
                top, bottom = evaluated(leaf.rows, sizes)
                left, right = evaluated(leaf.columns, sizes)
                block = made_of.value(value, bottom - top, right - left)
                for n, line in enumerate(block):
                    rows[top + n][left:right] = line
        return [e for row in rows for e in row]

    def _matrix(self, name: str) -> Elements:
        """A parameter of the special cell, as rows of symbols."""
        argument = signature(self.of.special, "sequence").argument(name)
        assert argument is not None
        elements = self._symbols(argument, self.sizes)
        width = evaluate_dimension(argument.quantity.shape[1], self.sizes)
        return [elements[n : n + width] for n in range(0, len(elements), width)]

    # What the proof rests on.

    def _carried(self) -> list[list[int]]:
        """The compared states of the special cell, a list a step."""
        states = {q.name for q in self.of.special.states}
        names = [other for _, other in self.of.results if other in states]
        found = self._special.found
        return [
            [
                element
                for name in names
                for b in range(self.sizes["B"])
                for row in found.values[name, t, b]
                for element in row
            ]
            for t in range(1, self.sizes["T"] + 1)
        ]

    def _conditions(self, comparison: Comparison, rng: random.Random) -> list[str]:
        """What the proof rests on, in the names of the cells."""
        return conditions(
            self.terms,
            [(run.system, run.found) for run in (self._special, self._general)],
            [*comparison.denominators, *comparison.boundaries],
            comparison.domains,
            rng,
        )


def _result(run: Run, cell: Cell, name: str) -> list[int]:
    return run.result(next(r for r in signature(cell, "sequence").results if r.name == name))


def general_sizes(of: Correspondence, sizes: Sizes, spare: Sizes) -> dict[str, int]:
    """The sizes of the general cell that go with those of the special one."""
    found = {"B": sizes["B"], "T": sizes["T"]}
    for size in of.general.dimensions:
        known = in_sizes(of.sizes, size) if size in of.sizes else None
        found[size.name] = spare[size.name] if known is None else evaluate_dimension(known, sizes)
    return found


def special_sizes(of: Correspondence, general: Sizes, spare: Sizes) -> dict[str, int]:
    """The sizes of the special cell that go with those of the general one, where they are told."""
    found = {"B": general["B"], "T": general["T"]}
    told = {str(s): general[size.name] for size, s in of.sizes.items() if s.is_Symbol}
    for size in of.special.dimensions:
        found[size.name] = told.get(size.name, spare[size.name])
    return found


def seeded(seed: int, what: str) -> random.Random:
    return random.Random(f"{seed} {what}")


@dataclass(frozen=True)
class Proof:
    """A correspondence, and what came of comparing it."""

    of: Correspondence
    side: int
    outcomes: tuple[Outcome, ...]
    sizes: tuple[Sizes, ...]

    @property
    def verdicts(self) -> list[PairVerdict]:
        return [v for o in self.outcomes for v in o.comparison.verdicts]

    @property
    def status(self) -> str:
        if any(v.status == "differs" for v in self.verdicts):
            return "differs"
        return "proved" if all(o.comparison.is_proved for o in self.outcomes) else "undecided"

    @property
    def reason(self) -> str:
        return next((v.reason for v in self.verdicts if v.status == "undecided"), "")


def prove(forms: Forms, of: Correspondence, side: int, sizes: Sequence[Sizes], seed: int) -> Proof:
    """Both runs compared at each set of sizes, until one of them is not proved.

    Args:
        side: which of two cells is the special one.
        sizes: those of the first cell; none for the usual two sets.
    """
    outcomes: list[Outcome] = []
    at: list[Sizes] = []
    defaults, spare = default_sizes(of.special), default_sizes(of.general)[0]
    chosen: Sequence[Sizes] = sizes or defaults
    if sizes and side:
        chosen = [special_sizes(of, each, defaults[0]) for each in sizes]
    for number, each in enumerate(chosen):
        trial = Trial(forms, of, each, spare)
        outcomes.append(trial.compare(seeded(seed, f"equal {number}")))
        at.append(trial.general_sizes if side else each)
        if not outcomes[-1].comparison.is_proved:
            break
    return Proof(of, side, tuple(outcomes), tuple(at))
