"""Several time steps of a diagram side by side, joined where states are handed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symlstm.cell import time_index
from symlstm.drawing.diagram import Diagram, Node, Wire
from symlstm.notation import syntax


def unrolled(diagram: Diagram, steps: int) -> Diagram:
    """The diagram of so many steps, the first of which is that of t.

    What goes out after the last step goes out; what is read of a step before the first comes in.
    """
    if steps == 1:
        return diagram
    nodes: list[Node] = []
    given: dict[tuple[str, int], Wire] = {}
    """What carries a quantity at a time."""
    for step in range(steps):
        nodes += _one_step(diagram, step, step == steps - 1, given)
    return Diagram(tuple(nodes))


def _one_step(
    diagram: Diagram, step: int, is_last: bool, given: dict[tuple[str, int], Wire]
) -> list[Node]:
    moved: dict[str, Wire] = {}
    found: list[Node] = []
    for node in diagram.nodes:
        if node.is_source:
            name = _later(node.names[0], step)
            at = name.ascii, name.shift or 0
            if at not in given:
                key = node.key if step == 0 else f"{node.key}_{step}"
                found.append(_named(replace(node, key=key), name))
                given[at] = Wire(key)
            moved[node.key] = given[at]
            continue
        inputs = tuple(_moved(wire, moved) for wire in node.inputs)
        if node.is_sink:
            if is_last:
                found.append(_named(replace(node, inputs=inputs), _later(node.names[0], step)))
            continue
        key = f"{node.key}_{step}"
        made = replace(node, key=key, inputs=inputs, latex="")
        if node.names:
            name = _later(node.names[0], step)
            made = _named(made, name)
            given[name.ascii, name.shift or 0] = Wire(key)
        found.append(made)
        moved[node.key] = Wire(key)
    return found


def _moved(wire: Wire, moved: Mapping[str, Wire]) -> Wire:
    return replace(wire, source=moved[wire.source].source) if wire.source else wire


def _later(name: syntax.Name, step: int) -> syntax.Name:
    return replace(name, shift=(name.shift or 0) + step)


def _named(node: Node, name: syntax.Name) -> Node:
    return replace(node, names=(name,), latex=name.glyph.in_latex(time_index(name.shift or 0)))
