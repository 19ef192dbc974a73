"""Carries: a state that is handed wrongly from step to step.

All that a step reads of the state at t−1 is then wrong at once, and one array explains all of it:
the one that the step reads in the place of the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symlstm.tracing.trace import Event
from symlstm.verification.alignment import Alignment
from symlstm.verification.cause import Cause
from symlstm.verification.chart import Node
from symlstm.verification.evaluation import Values
from symlstm.verification.events import fittings
from symlstm.verification.fingerprints import entries
from symlstm.verification.slip import Slip


@dataclass(frozen=True)
class _Read:
    """What may be read in the place of a state.

    Args:
        event: what made it, if it has no name in the equations.
        text: its name, if it has one.
    """

    elements: tuple[int, ...]
    event: Event | None
    text: str


class Carries:
    """The search for a state that is carried wrongly, under the repairs so far."""

    def __init__(self, alignment: Alignment) -> None:
        self._alignment = alignment
        self._case = alignment.case
        self._prints = alignment.prints

    def cause(self, suspects: Sequence[Node]) -> Cause | None:
        """One array that all forward suspects of a step read in the place of a state at t−1."""
        if not suspects or suspects[0][1] in (None, 0):
            return None
        t = suspects[0][1]
        wrong = [
            n for n in suspects
            if n[1] == t and n[0] not in self._case.adjoints
            and not self._prints.are_present(self._alignment.values_of(n))
        ]  # fmt: skip
        for quantity in self._case.cell.states:
            before = (quantity.name, t - 1)
            readers = [n for n in wrong if before in self._alignment.reads.get(n, ())]
            if (
                readers
                and not self._is_read_rightly(before, t)
                and (quantity.name, t, 0) not in self._alignment.repairs.reread
            ):
                cause = self._cause_of(before, readers)
                if cause is not None:
                    return cause
        return None

    def _is_read_rightly(self, before: Node, t: int) -> bool:
        """Whether something is computed from the right state: it was then handed on rightly."""
        return any(
            node[1] == t
            and before in read
            and node[0] not in self._case.adjoints
            and self._prints.are_present(self._alignment.values_of(node))
            for node, read in self._alignment.reads.items()
        )

    def _cause_of(self, before: Node, readers: Sequence[Node]) -> Cause | None:
        name, t = before[0], (before[1] or 0) + 1
        for read in self._candidates(before):
            if all(self._fits(reader, before, read.elements) for reader in readers):
                shown = read.event or self._common_use(readers, before, read.elements)
                slip = self._slip(name, read.text)
                return Cause(readers[0], read.elements, shown, slip, carry=(name, t))
        return None

    def _candidates(self, before: Node) -> Iterator[_Read]:
        """Named quantities, then what the implementation makes, in the shape of a state."""
        right = tuple(self._alignment.values_of(before))
        shape = self._alignment.array_shape(before)
        seen = {right}
        system = self._case.chart.system
        for name, t in self._alignment.quantities():
            elements = tuple(self._alignment.values_of((name, t)))
            if len(elements) == len(right) and elements not in seen and name in system.names:
                seen.add(elements)
                text = system.quantity(name).glyph.in_unicode("" if t is None else str(t))
                yield _Read(elements, None, text)
        for event in self._case.events:
            if event.kind != "compute":
                continue
            for elements in fittings(event, shape, self._case.steps):
                if elements not in seen:
                    seen.add(elements)
                    yield _Read(elements, event, "")

    def _fits(self, node: Node, before: Node, elements: tuple[int, ...]) -> bool:
        """Whether a node is in the implementation once it reads `elements` for the state."""
        values = entries(self._rereading(node, before, elements).values())
        returned = self._alignment.returned.get(node)
        if returned is not None:
            return self._prints.prints_of(returned) == self._prints.prints_of(values)
        return self._prints.are_live(values)

    def _rereading(self, node: Node, before: Node, elements: tuple[int, ...]) -> Values:
        """The value of a node that reads `elements` for a state at the step before."""
        return self._alignment.evaluation.rereading(node, self._alignment.rereads(before, elements))

    def _common_use(
        self, readers: Sequence[Node], before: Node, elements: tuple[int, ...]
    ) -> Event | None:
        """An event whose only line is the innermost that all uses of the wrong state share."""
        uses = [self._use(reader, before, elements) for reader in readers]
        operations = [event for event in uses if event is not None]
        if not operations:
            return None
        for place in operations[0].places:
            if all(place in event.places for event in operations):
                return replace(operations[-1], places=(place,))
        return operations[-1]

    def _use(self, node: Node, before: Node, elements: tuple[int, ...]) -> Event | None:
        """The event that computes a node from the wrong state."""
        values = self._rereading(node, before, elements)
        wanted = set(self._prints.prints_of(entries(values.values())))
        for event in self._case.events:
            prints = set(self._prints.prints_of(event.outputs))
            if event.kind == "compute" and event.places and prints == wanted:
                return event
        return None

    def _slip(self, name: str, text: str) -> Slip:
        right = self._case.chart.system.quantity(name).in_unicode(-1)
        what = (
            f"{text} is read where {right} stands" if text else f"a wrong value is read for {right}"
        )
        return Slip("wrong-time", what, f"{name}_prev", (), help=f"carry {right} from step to step")
