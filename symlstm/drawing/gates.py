"""Drawings without parameters, as most figures are: which quantities come into each gate.

A wire into a gate stands for that quantity through parameters of its own. So a gate of a drawing is
held against the node of the same quantity in the diagram of the cell: the same function, and the
same quantities coming in, whether side by side or stacked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from symlstm.cell import Cell, Quantity
from symlstm.drawing import operators
from symlstm.drawing.claims import Change, Expressions, Meanings, NotDrawn
from symlstm.drawing.diagram import Diagram, Node
from symlstm.drawing.drawn import Drawn, Mark, Stroke
from symlstm.drawing.equations import Equations
from symlstm.drawing.operators import without_place
from symlstm.drawing.repairs import ascii_of, shown
from symlstm.drawing.sights import Contested
from symlstm.messages import Span
from symlstm.notation import syntax


class Fault(NamedTuple):
    """Kind, what is said behind the name of the gate, what it concerns, where, the remedy, and the
    value that no wire brings."""

    kind: str
    message: str
    term: str
    span: Span
    help: str
    lacking: syntax.Node | None = None


class Gates:
    """The gates of a cell, and those of a drawing without parameters."""

    def __init__(self, drawn: Drawn, cell: Cell, own: Diagram, meanings: Meanings) -> None:
        self._drawn = drawn
        self._own = own
        self._meanings = meanings
        self._equations = Equations(own)
        self._nodes = {
            node.names[0].ascii: node for node in own.nodes
            if node.names and node.operator is not None and node.is_learned
        }  # fmt: skip
        self.are_left_out = not drawn.has_parameters and bool(self._nodes)
        self.learned = tuple(cell.quantity(name) for name in self._nodes)

    def is_left_out(self, quantity: Quantity) -> bool:
        """Whether a quantity is a gate, and the drawing shows no parameters."""
        return self.are_left_out and quantity.name in self._nodes

    def findings(
        self,
        quantity: Quantity,
        mark: Mark,
        contested: Sequence[Contested],
        chosen: dict[int, syntax.Node],
    ) -> list[Fault]:
        """What is drawn otherwise than the equation has it.

        Args:
            contested: wires that may bring one thing or another.
            chosen: of those, what the equation reads; more is put in.
        """
        node = self._nodes[quantity.name]
        wanted = [
            (part, place) for place, wire in enumerate(node.inputs) if wire.source
            for part in _parts(self._carried(node, place))
        ]  # fmt: skip
        found = list(self._sign(node, mark))
        extra: list[tuple[syntax.Node, Span]] = []
        options = {id(c.stroke): c.options for c in contested}
        for stroke, part in self._brought(mark):
            either = options.get(id(stroke), (part,))
            match = next(((w, p) for p in either for w in wanted if self._are_same(w[0], p)), None)
            if match is None:
                extra.append((part, stroke.span))
                continue
            wanted.remove(match[0])
            if id(stroke) in options:
                chosen[id(stroke)] = match[1]
        for part, span in extra:
            other = next((w for w in wanted if _is_other_time(w[0], part)), None)
            if other is not None and isinstance(part, syntax.Name):
                wanted.remove(other)
                right = other[0]
                assert isinstance(right, syntax.Name)
                found.append(Fault(
                    "wrong-time", f"reads {shown(right)}, and this wire brings {shown(part)}",
                    ascii_of(right), span, f"draw the wire from {shown(right)}",
                ))  # fmt: skip
            else:
                text = shown(part) if isinstance(part, syntax.Name) else "what this wire brings"
                term = ascii_of(part) if isinstance(part, syntax.Name) else ""
                found.append(Fault(
                    "extra-term", f"does not read {text}", term, span, "draw no such wire"
                ))  # fmt: skip
        for part, _ in wanted:
            text = shown(part) if isinstance(part, syntax.Name) else "a value"
            term = ascii_of(part) if isinstance(part, syntax.Name) else ""
            found.append(Fault(
                "missing-input", f"lacks {text}: no wire brings it", term, mark.span,
                f"draw a wire from {text} to it", part,
            ))  # fmt: skip
        return found

    def _sign(self, node: Node, mark: Mark) -> Iterator[Fault]:
        """Whether the gate applies the function of the equation; a sum needs no sign."""
        assert node.operator is not None
        mine = mark.operator
        if mine is None and node.operator.function is not None and mark.sort == "quantity":
            yield Fault(
                "wrong-operator", f"has {node.operator.sign}, and no sign is in this node",
                node.operator.sign, mark.span, f"write {node.operator.sign} in it",
            )  # fmt: skip
        if mine is None or mine.sign == node.operator.sign:
            return
        yield Fault(
            "wrong-operator", f"has {node.operator.sign} where this node is {mine.sign}",
            mine.sign, mark.span, f"write {node.operator.sign} in it",
        )  # fmt: skip

    def _carried(self, node: Node, place: int) -> syntax.Node:
        """What a wire of the cell's diagram brings, without its parameters."""
        source = self._own[node.inputs[place].source]
        return source.names[0] if source.names else self._equations.computed(source)

    def _brought(self, mark: Mark) -> Iterator[tuple[Stroke, syntax.Node]]:
        """What comes into a gate, each part of a stack by itself.

        A sum or stack without a name before a function belongs to the gate.
        """
        expressions = Expressions(self._drawn, Change())
        for stroke in mark.inputs:
            tail = stroke.tail
            joins = tail.operator in (operators.ADD, operators.STACK)
            if stroke.label is None and tail.name is None and joins and not tail.is_source:
                yield from self._brought(tail)
                continue
            try:
                value = expressions.brought(stroke)
            except NotDrawn:
                continue
            for part in _parts(value):
                yield stroke, part

    def _are_same(self, one: syntax.Node, other: syntax.Node) -> bool:
        if isinstance(one, syntax.Name) or isinstance(other, syntax.Name):
            return without_place(one) == without_place(other)
        return without_place(one) == without_place(other) or self._meanings.are_same(one, other)


def _parts(value: syntax.Node) -> Iterator[syntax.Node]:
    if isinstance(value, syntax.Stack):
        for part in value.parts:
            yield from _parts(part)
    else:
        yield value


def _is_other_time(one: syntax.Node, other: syntax.Node) -> bool:
    return (
        isinstance(one, syntax.Name) and isinstance(other, syntax.Name)
        and one.ascii == other.ascii and one.shift != other.shift
    )  # fmt: skip
