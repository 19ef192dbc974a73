"""Blame: where in the implementation a change was made that explains all that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sympy import MatrixSymbol

from symlstm.proof.terms import reachable
from symlstm.proof.tower import Value
from symlstm.tracing.trace import Event, Place
from symlstm.verification.alignment import Alignment
from symlstm.verification.cause import Cause
from symlstm.verification.chart import Node
from symlstm.verification.events import Events
from symlstm.verification.fingerprints import entries
from symlstm.verification.handing import Handing
from symlstm.verification.hypotheses import Explained
from symlstm.verification.keeping import enclosing_loop, handing_over, keeping, taking


class Blame:
    """The place of one change.

    Args:
        alignment: the equations before the change, held against the implementation.
        explained: the change, and the values that it gives.
    """

    def __init__(self, alignment: Alignment, explained: Explained) -> None:
        self._alignment = alignment
        self._case = alignment.case
        self._prints = alignment.prints
        self._change = explained.change
        self._changed = explained.changed
        self._events = Events(alignment)
        self._handing = Handing(alignment.case)

    def cause(self) -> Cause:
        """The change as a cause of the report."""
        change = self._change
        if change.stored:
            return self._of_kept()
        if change.omitted:
            return self._of_omitted()
        if change.taken:
            return self._of_taken()
        node, elements = self._first_wrong()
        if change.reread:
            return Cause(node, elements, self._handed(node), change.slip, is_all=True)
        if change.renamed:
            return Cause(node, elements, self._unpacking(node), change.slip, is_all=True)
        event = self._made(node)
        if not change.is_backward:
            return Cause(node, elements, event, change.slip, is_all=True)
        adjoints = self._case.adjoints
        reader = next(n for n in self._alignment.nodes if n[0] in adjoints and self._differs(n))
        return Cause(reader, elements, event, change.slip, inner=node, is_all=True)

    def _first_wrong(self) -> tuple[Node, tuple[int, ...]]:
        """The node that the change is told of, at the first time at which its value is wrong."""
        name = self._change.node
        nodes = [node for node in self._alignment.nodes if node[0] == name]
        if self._change.reread:  # at the first step a state is what was given
            later = [node for node in nodes if node[1] and node[1] > 1]
            return (later or nodes)[0], tuple(self._alignment.values_of((later or nodes)[0]))
        for node in nodes:
            if self._differs(node):
                return node, self._value(node)
        return nodes[0], tuple(self._value(nodes[0]) or self._alignment.values_of(nodes[0]))

    def _value(self, node: Node) -> tuple[int, ...]:
        """The value of a node under the change; nothing if that is what it was."""
        return tuple(entries(self._changed.get(node, {}).values()))

    def _differs(self, node: Node) -> bool:
        """Whether the change gives a node another value."""
        elements, prints = self._value(node), self._prints.prints_of
        return bool(elements) and prints(elements) != prints(self._alignment.values_of(node))

    # What was computed.

    def _made(self, node: Node) -> Event | None:
        """The event that makes the wrong value, or that took a wrong operand for it."""
        if set(self._value(node)) == {self._case.terms.zero}:
            zeros = self._events.source_of_zeros(node, self._value(node))
            return self._events.giving_another_name(node, zeros) if self._is_carry_alone else zeros
        for wrong in self._affected(node):
            for values in self._together_or_one(wrong):
                event = self._events.with_values(values, wrong)
                if event is not None and not self._is_right_for_another(event, wrong, values):
                    handed = self._handing.blamed(event, self._change.slip)
                    return handed if handed is not event else self._arranged(wrong, event) or event
        return None

    @property
    def _is_carry_alone(self) -> bool:
        """Whether all that an adjoint still has is what comes from t+1, by another name: zeros at
        the last step."""
        slip = self._change.slips.get(self._change.node)
        return slip is not None and not slip.parts and slip.carry == 1 and bool(
            self._case.chart.named[self._change.node].carried
        )  # fmt: skip

    def _together_or_one(self, node: Node) -> Iterator[tuple[int, ...]]:
        """The values of a node for all examples; those of one, where each is computed by itself."""
        by_example = self._changed.get(node, {})
        yield self._value(node)
        if len(by_example) > 1:
            yield tuple(entries([next(iter(by_example.values()))]))

    def _affected(self, node: Node) -> Iterator[Node]:
        """The node, then what is computed from it: where it is inlined, that is what is there."""
        yield node
        seen, level = {node}, [node]
        while level:
            level = [
                reader for each in level for reader in self._alignment.consumers.get(each, ())
                if reader not in seen and self._value(reader)
            ]  # fmt: skip
            level = list(dict.fromkeys(level))
            seen.update(level)
            yield from level

    def _is_right_for_another(self, event: Event, node: Node, values: Sequence[int]) -> bool:
        """Whether an event makes these values for another quantity, whose they are by right.

        They are not if nothing else needs that quantity: a person then writes both on one line.
        """
        if not self._alignment.are_named(values) or self._events.assigns(event, node):
            return False
        adjoints, holding = self._case.adjoints, list(self._alignment.holding(values))
        if node[0] in adjoints and holding and not any(o[0] in adjoints for o in holding):
            return True  # what computes a forward quantity, for whatever reader, does so rightly
        if all(self._is_only_for(node, other) for other in holding):
            return False
        lines = {e.places for e in self._events.computing(values)}
        return len(lines) == 1

    def _is_only_for(self, node: Node, other: Node) -> bool:
        """Whether a quantity is computed for one reader alone, and not returned."""
        is_returned = other in self._alignment.returned
        return self._alignment.consumers.get(other) == [node] and not is_returned

    # What was handed on.

    def _of_kept(self) -> Cause:
        """A state in whose place something else is kept, at the statement that keeps it."""
        state, other = next(iter(self._change.stored.items()))
        reader = next(
            node for node in self._alignment.nodes
            if node[1] == 2 and (state, 1) in self._alignment.reads.get(node, ())
        )  # fmt: skip
        event = self._reading(reader)
        event = keeping(self._case, event, state) if event else None
        elements = tuple(self._alignment.values_of((other, 1)))
        return Cause((state, 1), elements, event, self._change.slip, is_all=True)

    def _of_omitted(self) -> Cause:
        """A step that is left out, at the loop that computes the others."""
        node, elements = self._first_wrong()
        others = [n for n in self._alignment.nodes if n[0] == node[0]]
        values = ((self._value(n) or tuple(self._alignment.values_of(n)), n) for n in others)
        made = (self._events.with_values(v, n) for v, n in values if n[1] != self._change.omitted)
        event = next(filter(None, made), None)
        event = None if event is None else enclosing_loop(self._case, event)
        return Cause(node, elements, event, self._change.slip, is_all=True)

    def _of_taken(self) -> Cause:
        """A signal that the backward pass takes for another, where the forward pass hands it on."""
        change, adjoints = self._change, self._case.adjoints
        node = (change.node, 1)
        for reader in self._alignment.nodes:
            event = self._made_as(reader) if reader[0] in adjoints else None
            if event is not None:
                event = taking(self._case, event, [*change.taken, *change.taken.values()])
                break
        else:
            event = None
        return Cause(node, self._value(node), event, change.slip, is_all=True)

    def _made_as(self, node: Node) -> Event | None:
        """The event that makes what the change gives a node, if that is another value."""
        return self._events.with_values(self._value(node), node) if self._differs(node) else None

    def _handed(self, node: Node) -> Event | None:
        """Where a state is read that is not the last one: where the reader got it from.

        A function that reads a state by the name of a parameter is right; its caller is not.
        """
        event = self._reading(node)
        return None if event is None else self._handing.of_caller(event)

    def _reading(self, node: Node) -> Event | None:
        """The event that computes a node from another state."""
        reread = {
            (name, t, b): matrix
            for (name, t), each in self._changed.items() for b, matrix in each.items()
        }  # fmt: skip
        values = self._alignment.evaluation.rereading(node, reread)
        return self._events.with_values(entries(values.values()), node)

    # What was moved.

    def _arranged(self, node: Node, event: Event) -> Event | None:
        """The move that put a wrong operand where a right one belongs.

        Of the moves from where the wrong operand comes from to where it is used, the first after
        the last array that still held the right one; none if its result has other, right uses.
        """
        slip = self._change.slip
        is_renaming = not any(event is other for other in self._case.events)
        if slip.wrong is None or slip.right is None or is_renaming:
            return None
        wrong, right = (self._prints_of(node, e) for e in (slip.wrong, slip.right))
        chain = self._moves_to(event, wrong) if wrong and right else []
        if slip.kind == "missing-term" and isinstance(slip.wrong, MatrixSymbol):
            # A factor is missing where what it multiplies is put beside something else.
            signal = self._signal(slip.wrong)
            chain = [move for move in chain if not self._outputs(move.outputs) <= signal]
        # The same parts in another order are wrong from where they were put together.
        known = zip([None, *chain], chain, strict=False) if wrong != right else ()
        for later, move in known:
            if any(right <= self._outputs(given) for given in move.inputs):
                return None if self._is_used_elsewhere(move) else move
            if later is None and right <= self._outputs(move.outputs):
                return None
        first = chain[-1] if chain else None
        return None if first is None or self._is_used_elsewhere(first) else first

    def _signal(self, symbol: MatrixSymbol) -> frozenset[Value | None]:
        """The fingerprints of a quantity at all times."""
        quantity, _ = self._case.chart.system.locate(symbol)
        steps = range(self._case.steps + 1) if quantity.is_timed else (None,)
        known = self._alignment.found.values
        return self._outputs([
            e for t in steps for b in self._case.batch
            for row in known.get((quantity.name, t, b), ()) for e in row
        ])  # fmt: skip

    def _prints_of(self, node: Node, expression: Any) -> frozenset[Value | None]:
        """The fingerprints of an expression at the time of a node, for all examples."""
        try:
            values = self._alignment.evaluation.of_expression(
                node, expression, self._change.slip.wraps
            )
        except (KeyError, ValueError, IndexError, ArithmeticError):
            return frozenset()
        return self._outputs(entries(values))

    def _outputs(self, elements: Sequence[int]) -> frozenset[Value | None]:
        return frozenset(self._prints.prints_of(elements))

    def _moves_to(self, event: Event, wrong: frozenset[Value | None]) -> list[Event]:
        """The moves of a wrong operand until it was used, the last first."""
        events = self._case.events
        position = next(n for n, other in enumerate(events) if other is event)
        needed = set(reachable(self._case.terms, event.outputs))
        uses = [
            (n, given) for n in range(position, -1, -1)
            if events[n].kind == "compute" and not needed.isdisjoint(events[n].outputs)
            for given in events[n].inputs if wrong <= self._outputs(given)
        ]  # fmt: skip
        if not uses:
            return []
        here = [use for use in uses if events[use[0]].places[:1] == event.places[:1]]
        found: list[Event] = []
        position, array = (here or uses)[0]
        for n in range(position - 1, -1, -1):
            move = events[n]
            if move.kind == "layout" and move.places and move.outputs == array:
                found.append(move)
                if move.operation == "getitem":
                    break  # what it was taken from is not known
                held = [given for given in move.inputs if wrong <= self._outputs(given)]
                if not held:
                    break
                array = held[0]
        return found

    def _is_used_elsewhere(self, move: Event) -> bool:
        """Whether what a move gives is used on more than one line, rightly on some.

        The same elements may be moved again, for another use: each use belongs to the last move.
        """
        first, *others = self._change.slips.values()
        if any(slip is not first for slip in others):
            return False  # the same slip in several equations: all that read it are wrong
        events = self._case.events
        start = next(n for n, other in enumerate(events) if other is move)
        lines: set[Place] = set()
        for event in events[start + 1 :]:
            if event.kind == "layout" and event.outputs == move.outputs:
                break
            if event.operation != "return" and move.outputs in event.inputs:
                mine = [p for p in event.places if p.function == move.places[0].function]
                lines.update(mine[:1] or event.places[:1])
        return len(lines) > 1

    # What was unpacked.

    def _unpacking(self, node: Node) -> Event | None:
        """The line that takes a wrong part of what is packed: of the sum, or of the parameters."""
        event = self._unpacked(node)
        if event is None:
            return None
        read = {name for name, t in self._alignment.reads.get(node, ()) if t is None}
        for name in sorted(read & set(self._change.renamed)):
            handed = self._handing.blamed_for(event, name)
            if handed is not event:
                return handed
        return event

    def _unpacked(self, node: Node) -> Event | None:
        if self._change.is_handed:
            event = self._events.with_values(self._value(node), node)
            both = dict.fromkeys((*self._change.renamed, *self._change.renamed.values()))
            if event is None or node[0] not in both:
                return event
            return handing_over(self._case, event, list(both))
        computed = self._events.mover_of_values(self._value(node))
        if computed is not None:
            return computed
        read = self._alignment.reads.get(node, ())
        for name, other in self._change.renamed.items():
            if (name, None) in read:
                event = self._events.mover(self._alignment.values_of((other, None)))
                if event is not None:
                    return event
        return self._events.with_values(self._value(node), node)
