"""The case: an implementation that differs, and what is known before it is explained."""

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
from symlstm.tracing.trace import Event
from symlstm.verification.binding import Binding, SourceTexts
from symlstm.verification.chart import Chart, chart_of


@dataclass(frozen=True)
class Case:
    """What there is to explain.

    Args:
        results: the elements that the implementation returned.
        expected: those of the equations.
        wrong: the results that differ.
        verdicts: of each element of each result.
    """

    cell: Cell
    system: GradientSystem
    binding: Binding
    sizes: Sizes
    run: TracedRun
    found: Interpretation
    results: Mapping[str, Sequence[int]]
    expected: Mapping[str, Sequence[int]]
    wrong: frozenset[str]
    verdicts: Mapping[str, Sequence[PairVerdict]]
    texts: SourceTexts
    rng: random.Random

    @property
    def terms(self) -> Terms:
        return self.run.terms

    @property
    def events(self) -> Sequence[Event]:
        """What the implementation did, in the order of execution."""
        return self.run.first.events

    @property
    def steps(self) -> int:
        return 1 if self.binding.kind == "step" else self.sizes["T"]

    @property
    def batch(self) -> range:
        return range(self.sizes["B"])

    @cached_property
    def chart(self) -> Chart:
        return chart_of(self.cell)

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
            "at": {symbol: str(value) for symbol, value in example.point.items()},
        }

    def _differing(self, name: str) -> PairVerdict | None:
        return next((v for v in self.verdicts.get(name, ()) if v.status == "differs"), None)
