"""Events: which operation of the implementation made a value, moved it, or was meant to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symlstm.tracing.trace import Event
from symlstm.verification.alignment import Alignment
from symlstm.verification.chart import Node
from symlstm.verification.fingerprints import entries


class Events:
    """The events of a run, found by what they have to do with the nodes of the chart."""

    def __init__(self, alignment: Alignment) -> None:
        self._alignment = alignment
        self._case = alignment.case
        self._prints = alignment.prints
        self._events = alignment.case.events

    def maker(self, elements: tuple[int, ...]) -> Event | None:
        """The event that made these elements; of a value that was only moved, the last move."""
        wanted = set(elements)
        if not self._alignment.are_named(elements):
            computed = [e for e in self._events if e.kind == "compute"]
            whole = [e for e in computed if wanted <= set(e.outputs)]
            partly = [e for e in computed if wanted & set(e.outputs)]
            if whole or partly:
                return (whole or partly)[0]
        makers = [e for e in self._events if e.places and wanted <= set(e.outputs)]
        moves = [e for e in makers if e.operation != "return" and e.kind != "input"]
        return (moves or makers or [None])[-1]

    def mover(self, elements: Sequence[int]) -> Event | None:
        """The event that put these elements where they were not to be."""
        wanted = set(elements)
        moves = [e for e in self._events if e.kind == "layout" and e.places]
        exact = [e for e in moves if e.outputs == tuple(elements)]
        return next(iter(exact[-1:] or [e for e in moves if wanted <= set(e.outputs)]), None)

    def last_like(self, event: Event) -> Event:
        """The last event with the same elements."""
        return [e for e in self._events if e.outputs == event.outputs][-1]

    def with_values(self, elements: Sequence[int]) -> Event | None:
        """The event whose outputs have these values; a computation rather than a move."""
        wanted = self._prints.prints_of(elements)
        events = [e for e in self._events if e.places]
        same = [e for e in events if self._prints.prints_of(e.outputs) == wanted]
        made = [e for e in same if e.kind == "compute"]
        return next(iter(made[-1:] or same[-1:]), None)

    def meant_as(self, node: Node, event: Event) -> Event | None:
        """Of several events with one value, the one that is meant to be `node`.

        The value is that of another quantity. If it is computed once, it is that quantity, and what
        reads it is wrong; if twice, the name that a line assigns to tells which is which.
        """
        same = [e for e in self._events if e.kind == "compute" and e.outputs == event.outputs]
        by_line = {e.places[:1]: e for e in same}
        if len(by_line) < 2:
            return None
        named = self._case.chart.named[node[0]]
        owner = named.owner
        names = {named.quantity.name, named.quantity.label, owner, owner.removesuffix("_t")}
        texts = self._case.texts
        lines = {line: texts.line(line[0].file, line[0].line) for line in by_line if line}
        mine = [line for line, text in lines.items() if names & _assigned(text)]
        return by_line[mine[0]] if mine else same[0]

    def user_of_zero(self, node: Node, zero: Event | None) -> Event | None:
        """Where a carry of zeros comes from: what made the zeros, if they are added at all."""
        alignment, print_of = self._alignment, self._prints.print_of
        reader = alignment.consumers[node][0]
        nothing = alignment.moments(node, zero.outputs) if zero else {}
        values = alignment.evaluation.recomputed(reader, nothing)
        wanted = set(self._prints.prints_of(entries(values.values())))
        for event in self._events:
            outputs = event.outputs
            if event.places and outputs and {print_of(e) for e in outputs} == wanted:
                adds_zero = any(set(given) == {self._case.terms.zero} for given in event.inputs)
                return zero if adds_zero else event
        return zero


def fitted(event: Event, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The elements of an array in the layout of `shape`, if it has that shape or its turn."""
    squeezed = tuple(n for n in event.shape if n != 1)
    wanted = tuple(n for n in shape if n != 1)
    if squeezed == wanted:
        return event.outputs
    if len(wanted) == 2 and squeezed == wanted[::-1]:
        rows, columns = squeezed
        return tuple(event.outputs[r * columns + c] for c in range(columns) for r in range(rows))
    return None


def _assigned(text: str) -> set[str]:
    """The names that a line of Python assigns to."""
    target, equals, _ = text.partition("=")
    return set(re.findall(r"[A-Za-z_]\w*", target)) if equals else set()
