"""A diagram in the DOT language of Graphviz, as `check-diagram` reads it.

What nodes and edges mean is told in docs/diagrams.md: a node is an operator, a quantity or a
parameter; the label of an edge is what arrives, a point in it standing for what has no name.
"""

from __future__ import annotations

from collections.abc import Iterator

from symlstm.cell import time_index
from symlstm.drawing import operators
from symlstm.drawing.diagram import Constant, Diagram, Factor, Wire
from symlstm.notation import syntax
from symlstm.notation.plainly import plainly

ARRIVES = "·"
"""What a wire without a name brings, in the label of an edge."""


def in_dot(diagram: Diagram, name: str) -> str:
    """The diagram as one DOT file.

    Args:
        name: what it is called.
    """
    lines = [
        f"digraph {quoted(name)} {{",
        "  rankdir=LR;",
        '  node [fontname="Helvetica", fontsize=12]; edge [fontname="Helvetica", fontsize=10];',
        *_nodes(diagram), *_edges(diagram),
        "}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _nodes(diagram: Diagram) -> Iterator[str]:
    for node in diagram.nodes:
        if node.operator is None or node.operator is operators.PASS:
            yield f"  {node.key} [label={quoted(_name(node.names[0]))}, shape=plaintext];"
        else:
            shape = "box" if node.operator.function or node.is_learned else "circle"
            yield f"  {node.key} [label={quoted(node.operator.sign)}, shape={shape}];"


def _edges(diagram: Diagram) -> Iterator[str]:
    constants = 0
    for node, wire in diagram.wires():
        source = wire.source
        if wire.constant is not None:
            constants += 1
            source = f"p{constants}"
            yield f"  {source} [label={quoted(_constant(wire.constant))}, shape=plaintext];"
        label = _label(diagram, wire, False)
        if "\\" in label:  # a part of it has no Unicode: then all of it is LaTeX
            label = _label(diagram, wire, True)
        attributes = f" [label={quoted(label)}]" if label else ""
        yield f"  {source} -> {node.key}{attributes};"


def _label(diagram: Diagram, wire: Wire, in_latex: bool) -> str:
    """What arrives at the end of a wire; nothing, if that is what leaves its source, unnamed."""
    carried = ARRIVES
    if wire.constant is None and diagram[wire.source].names:
        carried = _name(diagram[wire.source].names[0], in_latex)
    elif not wire.factors and not wire.is_negative:
        return ""
    for factor in reversed(wire.factors):
        carried = _through(factor, carried, in_latex)
    if wire.is_negative:
        return f"−({carried})" if wire.factors else f"−{carried}"
    return carried


def _name(name: syntax.Name, in_latex: bool = False) -> str:
    time = "" if name.shift is None else time_index(name.shift)
    return name.glyph.in_latex(time) if in_latex else name.glyph.in_unicode(time)


def _constant(constant: Constant, in_latex: bool = False) -> str:
    value = constant.value
    if isinstance(value, syntax.Name):
        return _name(value, in_latex)
    latex = constant.latex.replace(r"\,", " ").replace(r"\tfrac", r"\frac")
    return latex if in_latex else plainly(latex)


def _through(factor: Factor, carried: str, in_latex: bool) -> str:
    mine = _constant(factor.constant, in_latex)
    if not factor.constant.is_single:
        mine = f"({mine})"
    if any(sign in carried for sign in " /"):
        carried = f"({carried})"
    if factor.kind == "elementwise":
        return rf"{mine} \odot {carried}" if in_latex else f"{mine} ∘ {carried}"
    return f"{carried} / {mine}" if factor.kind == "divisor" else f"{mine} {carried}"


def quoted(text: str) -> str:
    """A string of DOT; nothing in it can end it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
