"""Diagram → equations: what a diagram says, as the reader of equations files takes it.

Every node becomes the expression that it computes. A quantity that leaves a node, or goes out, is
defined by it; what has no name stands where it is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from symlstm.drawing.diagram import Diagram, Node
from symlstm.drawing.operators import Operand
from symlstm.notation import syntax


class Equations:
    """What the nodes of a diagram compute, in terms of the quantities that its wires are said to
    carry."""

    def __init__(self, diagram: Diagram) -> None:
        self._diagram = diagram
        self._found: dict[str, syntax.Node] = {}

    def definitions(self) -> Iterator[syntax.Definition]:
        """An equation for every quantity that leaves a node or goes out, in the diagram's order.

        A quantity that goes out where it has left a node already says nothing new.
        """
        for node in self._diagram.nodes:
            if node.is_source:
                continue
            for name in node.names:
                right = self.computed(node)
                is_itself = isinstance(right, syntax.Name) and (
                    (right.ascii, right.shift) == (name.ascii, name.shift)
                )
                if not is_itself:
                    yield syntax.Definition(name, right, node.span)

    def computed(self, node: Node) -> syntax.Node:
        """What a node does, to what comes in."""
        if node.key not in self._found:
            operands = [self.operand(node, place) for place in range(len(node.inputs))]
            self._found[node.key] = (
                operands[0][1] if node.operator is None else node.operator(operands, node.span)
            )
        return self._found[node.key]

    def operand(self, node: Node, place: int) -> Operand:
        """What a wire brings, with its sign."""
        wire = node.inputs[place]
        sign = -1 if wire.is_negative else 1
        if wire.constant is not None:
            return sign, wire.value(wire.constant.value)
        return sign, wire.value(self._carried(self._diagram[wire.source]))

    def _carried(self, node: Node) -> syntax.Node:
        """What leaves a node, by its name if it has one."""
        return node.names[0] if node.names else self.computed(node)
