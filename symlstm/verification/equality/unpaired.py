"""Cells whose inputs or results cannot all be paired: which state is left over, and what reads it.

Such cells differ if that follows: from the number of inputs, or because one of them carries less
than a result of the other hangs on (`carrying`). Otherwise nothing is decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import OneMatrix

from symlstm.cell import Cell, Quantity, matrix_symbols
from symlstm.interface import sizes_text
from symlstm.verification.equality.carrying import Excess
from symlstm.verification.equality.cell_form import Addend, CellForm
from symlstm.verification.equality.direction import Direction
from symlstm.verification.equality.explaining import terms_text
from symlstm.verification.equality.signals import unplaced
from symlstm.verification.equality.told import times_text
from symlstm.verification.report import Finding, Verdict
from symlstm.verification.wording import ascii_names

OTHER_STATES = "states that are functions of the other cell's, not one of them each"


@dataclass(frozen=True)
class LeftOver:
    """Words for what has no counterpart.

    Args:
        cells: the forms of the first and the second cell, which keep their states.
        direction: how the signals are paired best; None if they cannot be.
    """

    cells: tuple[CellForm, CellForm]
    direction: Direction | None

    def of_inputs(self) -> Finding | None:
        """The finding where the two have not as many inputs: they are functions of other things."""
        first, second = (form.cell for form in self.cells)
        if len(first.inputs) == len(second.inputs):
            return None
        return _listed("inputs", first, second, "differs", (first.inputs, second.inputs))

    def of_shapes(self) -> Finding | None:
        """The finding where one has an output that has the shape of no result of the other."""
        first, second = (form.cell for form in self.cells)
        for special, general in ((first, second), (second, first)):
            result = unplaced(special, general)
            if result is not None:
                listed = _listed(
                    "results", first, second, "differs", (first.results, second.results)
                )
                note = (
                    f"with the inputs paired, no result of {general.name} has the shape of "
                    f"{result.in_unicode()}, {times_text(result.shape)} in {special.name}"
                )
                return replace(listed, kind="wrong-shape", notes=(note,))
        return None

    def findings(self, excess: Excess | None) -> list[Finding]:
        """A finding for each state without a counterpart, the first with what proves a difference.

        Args:
            excess: why one cell cannot compute the other, if that is known.
        """
        verdict: Verdict = "undecided" if excess is None else "differs"
        found = list(self._states(verdict))
        if not found:
            first, second = (form.cell for form in self.cells)
            found = [_listed("results", first, second, verdict, (first.results, second.results))]
        if excess is None:
            return [replace(found[0], help=self._help()), *found[1:]]
        notes = (_counted(excess), _concluded(excess))
        first = replace(
            found[0], notes=notes, counterexample=_shown(self.cells, excess), help=self._help()
        )
        return [first, *found[1:]]

    def _help(self) -> str:
        first, second = (form.cell for form in self.cells)
        few, many = (first, second) if len(first.states) < len(second.states) else (second, first)
        names = ", ".join(q.name for q in many.states)
        if len(few.states) == len(many.states):
            return "tell which result is which with --where 'NAME = NAME'"
        return (
            f"compare {many.name} with a cell that carries as much ({names}), or {few.name} with "
            "one that carries as little"
        )

    def _states(self, verdict: Verdict) -> Iterator[Finding]:
        if self.direction is None:
            return
        pairs, side = self.direction.signals.pairs, self.direction.side
        for number, form in enumerate(self.cells):
            paired = set(pairs.values()) if number == side else pairs.keys()
            for state in form.cell.states:
                if state.name not in paired:
                    yield self._state(number, state, verdict)

    def _state(self, side: int, state: Quantity, verdict: Verdict) -> Finding:
        form, other = self.cells[side], self.cells[1 - side].cell.name
        read = list(_readers(form, state))
        places = " and ".join(
            f"{terms_text(form.cell, addends)} in {form.cell.quantity(owner).in_unicode()}"
            for owner, addends in read
        )
        name = state.in_unicode()
        return Finding(
            "S108", "missing-term" if side else "extra-term",
            f"{name}: {form.cell.name} carries the state {name}, {other} has no state for it; "
            f"it is read by {places}",
            equation=state.label, verdict=verdict,
            term=" ".join(ascii_names(a.expression) for _, addends in read for a in addends),
        )  # fmt: skip


def _readers(form: CellForm, state: Quantity) -> Iterator[tuple[str, list[Addend]]]:
    """The equations that read a state, each with its terms that do."""
    cell = form.cell
    for equation in cell.equations:
        owner = cell.defined(equation).name
        addends = [
            a
            for a in form.addends(owner, equation.right)
            if a.owner == owner
            and any(
                cell.locate(symbol)[0] == state
                for symbol in matrix_symbols(a.expression)
                if not isinstance(symbol, OneMatrix)
            )
        ]
        if addends:
            yield owner, addends


def _counted(excess: Excess) -> str:
    """What the poor cell carries, and how much of the past the rich one shows."""
    poor, carried = excess.poor, excess.carried
    names = ", ".join(q.name for q in poor.states)
    carries = f"{carried} {'number' if carried == 1 else 'numbers'}" if carried else "nothing"
    at = sizes_text({k: v for k, v in excess.sizes.items() if k not in ("B", "T")})
    return (
        f"at {at} {poor.name} carries {carries} from step to step{f' ({names})' if names else ''}, "
        f"and {excess.derivative} of {excess.rich.name} has rank {excess.rank} at a point"
    )


def _concluded(excess: Excess) -> str:
    return (
        f"so no parameters and initial states of {excess.poor.name} make it compute "
        f"{excess.result} of {excess.rich.name}"
    )


def _shown(cells: tuple[CellForm, CellForm], excess: Excess) -> dict[str, Any]:
    """The point, and what either cell says there of the rank."""
    texts = [f"rank {excess.rank}", f"rank at most {excess.carried}"]
    first, second = texts if cells[0].cell is excess.rich else reversed(texts)
    return {
        "result": excess.result, "first": first, "second": second,
        "derivative": excess.derivative, "sizes": dict(excess.sizes),
        "at": {name: str(value) for name, value in excess.point.items()},
    }  # fmt: skip


def _listed(
    what: str, first: Cell, second: Cell, verdict: Verdict,
    quantities: tuple[Sequence[Quantity], Sequence[Quantity]],
) -> Finding:  # fmt: skip
    """The names of quantities; with their shapes, if the names do not tell the two apart."""
    texts = [", ".join(q.in_unicode() for q in side) or "none" for side in quantities]
    if texts[0] == texts[1]:
        texts = [
            ", ".join(f"{q.in_unicode()} ({times_text(q.shape)})" for q in side)
            for side in quantities
        ]
    text = f"the {what} of {first.name} are {texts[0]}, those of {second.name} are {texts[1]}"
    return Finding("S108", "wrong-term", text, verdict=verdict)
