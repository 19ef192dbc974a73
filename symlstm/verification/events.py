"""Events: which operation of the implementation made a value, moved it, or was meant to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

from symlstm.proof.tower import Value
from symlstm.tracing.trace import Event, Place
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

    def source_of_zeros(self, node: Node, zeros: tuple[int, ...]) -> Event | None:
        """Where an array that stays zero was made: the line that assigns to a name of the node."""
        zero = set(zeros)
        made = [e for e in self._events if e.places and zero == set(e.outputs)]
        mine = [e for e in made if self.assigns(e, node)]
        return next(iter(mine or [e for e in made if e.outputs == zeros]), None)

    def assigns(self, event: Event, node: Node) -> bool:
        """Whether the line of an event assigns to a name that a variable for a node may have."""
        return self._assigns_one(event, self._names_of(node))

    def _assigns_one(self, event: Event, names: set[str]) -> bool:
        texts = self._case.texts
        inner, *callers = [_assigned(texts.line(p.file, p.line)) for p in event.places]
        # A caller that takes one value from a helper gives it its name.
        return bool(names & inner) or any(names >= outer for outer in callers if outer)

    def _names_of(self, node: Node) -> set[str]:
        """The names that a variable for a node may have."""
        named = self._case.chart.named[node[0]]
        owner = named.owner
        names = {named.quantity.name, named.quantity.label, owner, owner.removesuffix("_t")}
        names |= _carried_names(node)
        if node[1] is None:  # a tape by gate: grads["do"] += …
            read = set(self._case.chart.names_read(named)) & self._case.adjoints
            names |= read | {name.removesuffix("_bar") for name in read}
        return names

    def giving_another_name(self, node: Node, event: Event | None) -> Event | None:
        """An event, moved to the line that gives its value the name of a node.

        `df = dc` computes nothing and moves nothing, so that no event stands there. It is known by
        its text, if it is the only line of the function that assigns to such a name; of a name that
        is given a value before a loop as well, the only one behind the event.
        """
        names = _carried_names(node) or self._names_of(node)
        if event is None or not event.places or self._assigns_one(event, names):
            return event
        for depth, place in enumerate(event.places):
            line = self._line_assigning(names, place)
            if line is not None:
                named = replace(place, line=line, columns=None)
                return replace(event, places=(named, *event.places[depth + 1 :]))
        return event

    def _line_assigning(self, names: set[str], place: Place) -> int | None:
        """The only line that assigns to one of these names in a function, or behind a place."""
        first, last = self._extent_of(place)
        text = self._case.texts.line
        lines = [n for n in range(first, last + 1) if names & _assigned(text(place.file, n))]
        lines = lines if len(lines) == 1 else [n for n in lines if n > place.line]
        lines = lines if len(lines) == 1 else [n for n in lines if _only_names(text(place.file, n))]
        return lines[0] if len(lines) == 1 else None

    def _extent_of(self, place: Place) -> tuple[int, int]:
        """The first and the last line of a function on which something was done."""
        lines = [
            p.line for event in self._events for p in event.places
            if (p.file, p.function) == (place.file, place.function)
        ]  # fmt: skip
        return min(lines), max(lines)

    def taking_another(self, node: Node, elements: tuple[int, ...]) -> Event | None:
        """The event that takes the value of another quantity for a node.

        What is computed on two lines is computed for both of them. What is computed once is right
        where it is computed, and wrong where it gets another name, or is moved.
        """
        wanted = set(elements)
        made = [e for e in self._events if e.kind == "compute" and wanted <= set(e.outputs)]
        if len({e.places[:1] for e in made}) > 1:
            mine = [e for e in made if self.assigns(e, node)]
            return (mine or made)[-1]
        event = next(iter(made), None)
        renamed = self.giving_another_name(node, event)
        return self.taker(elements) if renamed == event else renamed

    def taker(self, elements: tuple[int, ...]) -> Event | None:
        """The last move of these elements; of what was never moved, what made it."""
        return self.mover(elements) or self.maker(elements)

    def mover(self, elements: Sequence[int]) -> Event | None:
        """The event that put these elements where they were not to be."""
        wanted = set(elements)
        moves = [e for e in self._events if e.kind == "layout" and e.places]
        exact = [e for e in moves if e.outputs == tuple(elements)]
        return next(iter(exact[-1:] or [e for e in moves if wanted <= set(e.outputs)]), None)

    def last_like(self, event: Event) -> Event:
        """The last event with the same elements."""
        return [e for e in self._events if e.outputs == event.outputs][-1]

    def with_values(self, elements: Sequence[int], node: Node) -> Event | None:
        """The event that gives a node these values; a computation rather than a move.

        Of several lines, the one that assigns to a name of the node; else the last that makes just
        these, or the first that makes them among others.
        """
        made = self.computing(elements)
        if not made:
            return self.mover_of_values(elements)
        mine = [e for e in made if self.assigns(e, node)]
        exact = [e for e in made if len(e.outputs) == len(elements)]
        event = (mine or exact or made[:1])[-1]
        if mine and not _carried_names(node):
            return event
        renamed = self.giving_another_name(node, event)
        if not self._alignment.are_named(elements):
            return renamed if self._names_what(renamed, event) else event
        # Of two lines that compute this value, one may do so for the node.
        is_another = len({e.places for e in made}) == 1 or self._is_naming(renamed)
        return renamed if is_another else event

    def _names_what(self, naming: Event | None, event: Event) -> bool:
        """Whether one line names what another has assigned: `dr = drh`."""
        if naming is None or not naming.places or not event.places:
            return False
        first, second = (self._case.texts.line(e.places[0].file, e.places[0].line)
                         for e in (event, naming))  # fmt: skip
        root = second.partition("=")[2].strip().partition("[")[0]
        return _only_names(second) and root in _assigned(first)

    def _is_naming(self, event: Event | None) -> bool:
        if event is None or not event.places:
            return False
        return _only_names(self._case.texts.line(event.places[0].file, event.places[0].line))

    def computing(self, elements: Sequence[int]) -> list[Event]:
        """The events that compute these values, alone or among others; not those that add zero."""
        wanted = set(self._prints.prints_of(elements))
        made = [e for e in self._events if e.kind == "compute" and self._has(e, wanted)]
        return [e for e in made if e.outputs not in e.inputs] or made

    def mover_of_values(self, elements: Sequence[int]) -> Event | None:
        """The last move of an array of these values, from where it stood among others."""
        wanted = set(self._prints.prints_of(elements))
        moves = [e for e in self._events if e.kind == "layout" and e.operation != "return"]
        parts = [e for e in moves if len(e.outputs) == len(elements) and self._has(e, wanted)]
        return parts[-1] if parts else None

    def _has(self, event: Event, wanted: set[Value | None]) -> bool:
        """Whether an event stands in the user's code and its outputs have these values."""
        if not event.places or len(event.outputs) < len(wanted):
            return False
        return wanted <= {self._prints.print_of(e) for e in event.outputs}

    def meant_as(self, node: Node, event: Event) -> Event | None:
        """Of several events with one value, the one that is meant to be `node`.

        The value is that of another quantity. If it is computed once, it is that quantity, and what
        reads it is wrong; if twice, the name that a line assigns to tells which is which.
        """
        same = [e for e in self._events if e.kind == "compute" and e.outputs == event.outputs]
        by_line = {e.places[:1]: e for e in same}
        if len(by_line) < 2:
            return None
        names, texts = self._names_of(node), self._case.texts
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


def _carried_names(node: Node) -> set[str]:
    """What people call the adjoint of a state that they hand on to the step before; else none."""
    if not node[0].endswith("_carried"):
        return set()
    state = node[0].removesuffix("_carried").removeprefix("d")
    words = ("next", "prev", "carry", "carried")
    return {
        name for word in words
        for name in (f"d{state}_{word}", f"d{state}{word}", f"d{word}_{state}", f"d_{state}_{word}")
    }  # fmt: skip


def fittings(event: Event, shape: tuple[int, ...], steps: int) -> Iterator[tuple[int, ...]]:
    """The elements of an array in the layout of `shape`: as it is, turned, or one step of all.

    Args:
        steps: T; an array that holds a quantity at every step has an axis of this length.
    """
    squeezed = tuple(n for n in event.shape if n != 1)
    wanted = tuple(n for n in shape if n != 1)
    if squeezed == wanted:
        yield event.outputs
    elif len(wanted) == 2 and squeezed == wanted[::-1]:
        yield tuple(e for n in range(squeezed[1]) for e in _step(event.outputs, squeezed, 1, n))
    for axis in range(min(2, len(squeezed))):
        if squeezed[axis] == steps and squeezed[:axis] + squeezed[axis + 1 :] == wanted:
            for t in range(steps):
                yield _step(event.outputs, squeezed, axis, t)


def _step(
    elements: Sequence[int], shape: tuple[int, ...], axis: int, position: int
) -> tuple[int, ...]:
    """The elements of an array at one position along an axis, in row-major order."""
    inner = prod(shape[axis + 1 :])
    block = inner * shape[axis]
    return tuple(
        element
        for start in range(position * inner, len(elements), block)
        for element in elements[start : start + inner]
    )


def _only_names(text: str) -> bool:
    """Whether a line of Python computes nothing.

    >>> _only_names("    di = g[t]"), _only_names("    di = dc * g[t]")
    (True, False)
    """
    try:
        statement = ast.parse(text.strip()).body[0]
    except (SyntaxError, ValueError, IndexError):
        return False
    named = (ast.Name, ast.Attribute, ast.Subscript)
    return isinstance(statement, ast.Assign) and isinstance(statement.value, named)


def _assigned(text: str) -> set[str]:
    """The names that a line of Python assigns to."""
    target, equals, _ = text.partition("=")
    return set(re.findall(r"[A-Za-z_]\w*", target)) if equals else set()
