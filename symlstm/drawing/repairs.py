"""What a drawing should show instead: the one change after which a node computes its quantity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symlstm import functions
from symlstm.cell import Cell, Quantity, Role, time_index, time_suffix
from symlstm.drawing import operators
from symlstm.drawing.claims import Change, Expressions, Meanings, NotDrawn
from symlstm.drawing.diagram import Diagram, Node
from symlstm.drawing.drawn import Drawn, Mark, Stroke
from symlstm.drawing.equations import Equations
from symlstm.drawing.operators import Operand, Operator, applying
from symlstm.messages import Span
from symlstm.notation import syntax
from symlstm.notation.plainly import plainly

ACTING = (operators.MULTIPLY, operators.ADD)
UNARY = (operators.FROM_ONE, *(applying(function) for function in functions.FUNCTIONS))


@dataclass(frozen=True)
class Repair:
    """One change, and what it means.

    Args:
        kind: as a finding has it.
        message: what is drawn wrong, behind the name of the quantity.
        term: what it concerns, in ASCII.
        span: where.
        change: the drawing as it should be.
    """

    kind: str
    message: str
    term: str
    span: Span
    change: Change
    help: str


class Repairs:
    """Tries changes on the part of a drawing that computes one quantity.

    Args:
        own: the diagram of the cell, which has all that should be there.
    """

    def __init__(self, drawn: Drawn, cell: Cell, own: Diagram, meanings: Meanings) -> None:
        self._drawn = drawn
        self._cell = cell
        self._own = own
        self._meanings = meanings

    def first(self, mark: Mark, quantity: Quantity, change: Change) -> Repair | None:
        """The first change after which a node computes a quantity."""
        for repair in self._all(mark, quantity, change):
            try:
                value = Expressions(self._drawn, repair.change).computed(mark)
            except NotDrawn:
                continue
            if self._meanings.is_value_of(quantity, value):
                return repair
        return None

    def _all(self, mark: Mark, quantity: Quantity, change: Change) -> Iterator[Repair]:
        cone = list(self._cone(mark, []))
        read = [(q, s) for q, s in self._cell.reads(self._cell.equation(quantity.name))]
        for one in cone:
            for place, stroke in enumerate(one.inputs):
                yield from self._of_wire(one, place, stroke, read, change)
        for one in cone:
            yield from _of_node(one, change)
        for one in cone:
            yield from self._missing(one, quantity, change)
        for one in cone:
            for function in UNARY:
                yield Repair(
                    "wrong-operator", f"lacks the {function.sign} of what leaves this node",
                    function.sign, one.span,
                    replace(change, around={**change.around, one.key: function}),
                    f"draw a node {function.sign} behind it",
                )  # fmt: skip

    def _cone(self, mark: Mark, seen: list[str]) -> Iterator[Mark]:
        """A node, and the nodes without names behind its wires."""
        if mark.key in seen:
            return
        seen.append(mark.key)
        yield mark
        for stroke in mark.inputs:
            tail = stroke.tail
            if stroke.said is None and tail.name is None and not tail.is_source:
                yield from self._cone(tail, seen)

    def _of_wire(
        self, mark: Mark, place: int, stroke: Stroke, read: Iterable[tuple[Quantity, int]],
        change: Change,
    ) -> Iterator[Repair]:  # fmt: skip
        try:
            value = Expressions(self._drawn, change).brought(stroke)
        except NotDrawn:
            return
        tail = stroke.tail
        is_told_behind = stroke.label is None and tail.name is None and not tail.is_source
        names = [
            n for n in syntax.operands(value)
            if isinstance(n, syntax.Name) and not is_told_behind
        ]  # fmt: skip
        options = [
            (name, quantity, shift) for name in names for quantity, shift in read
            if (quantity.is_timed) == (name.shift is not None)
        ]  # fmt: skip
        same = [(n, q, s) for n, q, s in options if n.ascii == q.name and n.shift != s]
        for name, quantity, shift in [*same, *(o for o in options if o[0].ascii != o[1].name)]:
            new = replace(
                name, ascii=quantity.name, glyph=quantity.glyph,
                shift=shift if quantity.is_timed else None,
            )  # fmt: skip
            kind = "wrong-time" if name.ascii == quantity.name else "wrong-term"
            brought = (1, _renamed(value, name, new))
            yield Repair(
                kind, f"reads {shown(new)}, and this wire brings {shown(name)}", ascii_of(new),
                stroke.span, _brought(change, mark, place, brought),
                f"draw the wire from {shown(new)}" if quantity.is_timed
                else f"write {shown(new)} on it",
            )  # fmt: skip
        written = stroke.text or (shown(stroke.tail.name) if stroke.tail.name else "what it brings")
        yield Repair(
            "wrong-sign", f"has {written} with the other sign", stroke.text, stroke.span,
            _brought(change, mark, place, (-1, value)), f"write − before {written}",
        )  # fmt: skip
        for operator in UNARY:
            lacking = f"{operator.sign}({written})" if operator.function else f"1 − {written}"
            yield Repair(
                "wrong-operator", f"reads {lacking}, and this wire brings {written}",
                operator.sign, stroke.span,
                _brought(change, mark, place, (1, operator([(1, value)], stroke.span))),
                f"draw a node {operator.sign} on it",
            )  # fmt: skip
        if len(mark.inputs) > 1:
            yield Repair(
                "extra-term", f"does not read {written} here", stroke.text, stroke.span,
                _brought(change, mark, place, None), "draw no such wire",
            )  # fmt: skip

    def _missing(self, mark: Mark, quantity: Quantity, change: Change) -> Iterator[Repair]:
        """A wire that the cell's own diagram has, and this one has not."""
        equations = Equations(self._own)
        for node in own_cone(self._own, quantity.name):
            for place in range(len(node.inputs)):
                sign, value = equations.operand(node, place)
                is_input = is_of_port(self._cell, value)
                text = written(node, place, self._own)
                yield Repair(
                    "missing-input" if is_input else "missing-term",
                    f"lacks {text}: no wire brings it to this node", text, mark.span,
                    replace(change, more={**change.more, mark.key: (sign, value)}),
                    f"draw a wire with {text}",
                )  # fmt: skip


def _of_node(mark: Mark, change: Change) -> Iterator[Repair]:
    """The same node with another operator."""
    now = change.operators.get(mark.key, mark.operator)
    if now is None or mark.key in change.operators:
        return
    for operator in (*ACTING, *UNARY, operators.PASS):
        if operator.sign == now.sign or len(mark.inputs) < operator.least:
            continue
        what = operator.sign or "nothing"
        yield Repair(
            "wrong-operator", f"has {what} where this node is {now.sign}", now.sign, mark.span,
            replace(change, operators={**change.operators, mark.key: operator}),
            f"write {what} in it" if operator.sign else "leave the node out",
        )  # fmt: skip


def own_cone(own: Diagram, name: str) -> Iterator[Node]:
    """The node of a quantity in the cell's own diagram, and the nodes without names behind it."""
    start = next(n for n in own.nodes if n.operator is not None and _is_called(n, name))
    waiting = [start]
    while waiting:
        node = waiting.pop(0)
        yield node
        for wire in node.inputs:
            if wire.source:
                source = own[wire.source]
                if not source.names and not source.is_source:
                    waiting.append(source)


def _is_called(node: Node, name: str) -> bool:
    return any(n.ascii == name for n in node.names)


def is_of_port(cell: Cell, value: syntax.Node) -> bool:
    """Whether a value is that of one input or state, through parameters or not."""
    timed = [
        n for n in syntax.operands(value) if isinstance(n, syntax.Name) and n.shift is not None
    ]
    return len(timed) == 1 and (
        cell.quantity(timed[0].ascii).role is Role.INPUT or (timed[0].shift or 0) < 0
    )


def written(node: Node, place: int, own: Diagram) -> str:
    """What a wire of the cell's own diagram brings, as plain text."""
    wire = node.inputs[place]
    carried = wire.constant.latex if wire.constant else own[wire.source].latex
    text = plainly(" ".join(part for part in (wire.latex, carried) if part))
    return re.sub(r"_\{(\w+)\}", r"_\1", text)


def _brought(change: Change, mark: Mark, place: int, operand: Operand | None) -> Change:
    return replace(change, brought={**change.brought, (mark.key, place): operand})


def _renamed(node: syntax.Node, old: syntax.Name, new: syntax.Name) -> syntax.Node:
    """An expression with one of its names replaced, where it stands."""
    return _replaced(node, {id(old): new})


def _replaced(value: Any, by: Mapping[int, syntax.Name]) -> Any:
    if id(value) in by:
        return by[id(value)]
    if isinstance(value, tuple):
        return tuple(_replaced(each, by) for each in value)  # pyright: ignore
    if isinstance(value, syntax.Node):
        inner = {f: _replaced(getattr(value, f), by) for f in value.__dataclass_fields__
                 if f != "span"}  # fmt: skip
        return replace(value, **inner)
    return value


def shown(name: syntax.Name) -> str:
    """A name with its time, as plain text."""
    return name.glyph.in_unicode("" if name.shift is None else time_index(name.shift))


def ascii_of(name: syntax.Name) -> str:
    return name.ascii + ("" if name.shift is None else time_suffix(name.shift))


def options_of(mark: Mark) -> tuple[Operator, ...]:
    """What a node without an operator may do."""
    many = ACTING if len(mark.inputs) > 1 else ()
    return (*many, *UNARY[1:])
