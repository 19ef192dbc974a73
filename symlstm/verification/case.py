"""The case: a function as it was run, and, if it differs, what is known before it is explained."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symlstm.calculus.gradient import GradientSystem
from symlstm.cell import Cell
from symlstm.interface import Sizes
from symlstm.proof.compare import PairVerdict
from symlstm.proof.interpret import Interpretation
from symlstm.proof.terms import Terms
from symlstm.tracing.parent import TracedRun
from symlstm.tracing.trace import Event, Trace
from symlstm.verification.binding import Binding
from symlstm.verification.chart import Chart, chart_of
from symlstm.verification.slip import Slip
from symlstm.verification.sources import SourceTexts


@dataclass(frozen=True)
class BoundRun:
    """A function that is bound to a cell, run at one set of sizes.

    Args:
        rng: the source of primes, residues and points, for whatever is asked of this run.
    """

    cell: Cell
    system: GradientSystem
    binding: Binding
    sizes: Sizes
    traced: TracedRun
    texts: SourceTexts
    rng: random.Random

    @property
    def terms(self) -> Terms:
        return self.traced.terms

    @property
    def trace(self) -> Trace:
        return self.traced.first

    @property
    def events(self) -> Sequence[Event]:
        """What the implementation did, in the order of execution."""
        return self.trace.events

    @property
    def steps(self) -> int:
        return 1 if self.binding.kind == "step" else self.sizes["T"]

    @property
    def batch(self) -> range:
        return range(self.sizes["B"])


@dataclass(frozen=True)
class Case(BoundRun):
    """What there is to explain: a run whose values are not those of the equations.

    Args:
        found: every value of the equations.
        results: the elements that the implementation returned.
        expected: those of the equations.
        verdicts: of each element of each result.
    """

    found: Interpretation
    results: Mapping[str, Sequence[int]]
    expected: Mapping[str, Sequence[int]]
    verdicts: Mapping[str, Sequence[PairVerdict]]

    @cached_property
    def wrong(self) -> frozenset[str]:
        """The results that differ."""
        return frozenset(name for name in self.results if self._differing(name) is not None)

    @cached_property
    def chart(self) -> Chart:
        return chart_of(self.cell)

    @cached_property
    def slips(self) -> dict[str, list[Slip]]:
        """The slips of each equation of the chart that were asked for, by the name on its left."""
        return {}

    @cached_property
    def adjoints(self) -> frozenset[str]:
        """The quantities of the chart that are computed backward."""
        return frozenset(self.chart.named) - {q.name for q in self.chart.system.cell.quantities}

    def counterexample_note(self, name: str) -> tuple[str, ...]:
        """Numbers that show that a result differs, in words; none when none were found."""
        verdict = self._differing(name)
        if verdict is None or verdict.counterexample is None:
            return ()
        example = verdict.counterexample
        return (f"for example {name}: {example.found}, the equations give {example.expected}",)

    def counterexample(self, name: str) -> dict[str, Any] | None:
        """The same as data, with the point at which the numbers were computed."""
        verdict = self._differing(name)
        if verdict is None or verdict.counterexample is None:
            return None
        example = verdict.counterexample
        return {
            "result": name,
            "expected": example.expected,
            "found": example.found,
            "sizes": dict(self.sizes),
            "at": {symbol: str(value) for symbol, value in example.point.items()},
        }

    def _differing(self, name: str) -> PairVerdict | None:
        return next((v for v in self.verdicts.get(name, ()) if v.status == "differs"), None)
