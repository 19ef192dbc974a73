"""A drawing as somebody made it: nodes and wires with what is written on them, right or wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from symlstm.drawing.dot_reading import Dot, DotEdge, DotNode
from symlstm.drawing.labels import Labels
from symlstm.drawing.operators import Operator, operator_of
from symlstm.messages import Span
from symlstm.notation import syntax

Sort = Literal["operator", "quantity", "constant", "fork", "open", "word"]
"""What a node is. `open`: it does something, and does not say what; `word`: it is called something
that is neither an operator nor an expression."""

_LINES = re.compile(r"\n|: |; ")
_FORKS = ("point", "circle", "doublecircle")


@dataclass
class Mark:
    """A node.

    Args:
        key: its name in the file.
        sort: what it is.
        operator: what it does, where it says so.
        name: the quantity that it is called, or that leaves it by what its wires say.
        constant: the parameter or number that it is.
        text: what is written in it.
        span: where it stands.
        unread: what else is written in it, beside an operator or a name.
        inputs, outputs: its wires, in the order of the file.
    """

    key: str
    sort: Sort
    operator: Operator | None
    name: syntax.Name | None
    constant: syntax.Node | None
    text: str
    span: Span
    unread: list[str] = field(default_factory=list[str])
    inputs: list[Stroke] = field(default_factory=list["Stroke"])
    outputs: list[Stroke] = field(default_factory=list["Stroke"])

    @property
    def is_source(self) -> bool:
        return not self.inputs


@dataclass
class Stroke:
    """A wire.

    Args:
        tail, head: the nodes that it joins.
        label: what arrives, as far as it is written; None: nothing is.
        text: that, as written.
        is_delayed: whether it is dashed, and so brings what left its tail a step ago.
        span: where it stands.
    """

    tail: Mark
    head: Mark
    label: syntax.Node | None
    text: str
    is_delayed: bool
    span: Span

    @property
    def said(self) -> syntax.Name | None:
        """The quantity that it is said to bring, where its label is nothing but that."""
        label = self.label
        return label if isinstance(label, syntax.Name) and label.shift is not None else None


@dataclass
class Drawn:
    """A drawing.

    Args:
        marks: its nodes, by their names in the file.
        strokes: its wires, in the order of the file.
        arrives: the name that stands in labels for what has none.
    """

    marks: dict[str, Mark]
    strokes: list[Stroke]
    arrives: str

    def names(self) -> Iterator[syntax.Name]:
        """Every name that is written in it, in nodes and on wires."""
        for mark in self.marks.values():
            for node in (mark.name, mark.constant):
                yield from names_in(node)
        for stroke in self.strokes:
            for name in names_in(stroke.label):
                if name.ascii != self.arrives:
                    yield name

    def unread(self) -> Iterator[tuple[str, Span]]:
        """What is written on wires and beside operators, neither a name nor an expression."""
        for mark in self.marks.values():
            for text in mark.unread:
                yield text, mark.span
        for stroke in self.strokes:
            if stroke.text and stroke.label is None:
                yield stroke.text, stroke.span

    @property
    def has_parameters(self) -> bool:
        """Whether any parameter is drawn: most figures leave them out."""
        return any(name.shift is None for name in self.names())


def drawn_of(dot: Dot, labels: Labels) -> Drawn:
    """What the nodes and edges of a file mean."""
    marks = {key: _mark(node, labels) for key, node in dot.nodes.items()}
    strokes = [_stroke(edge, marks, labels) for edge in dot.edges]
    for stroke in strokes:
        stroke.tail.outputs.append(stroke)
        stroke.head.inputs.append(stroke)
    for mark in marks.values():
        _settle(mark, labels.arrives)
    for _ in marks:
        if not [m for m in marks.values() if m.sort == "fork" and m.name is None and _passed(m)]:
            break
    for mark in marks.values():
        if mark.sort == "fork" and mark.name is None:
            mark.name = _said_behind(mark, labels.arrives)
    return Drawn(marks, strokes, labels.arrives)


def _mark(node: DotNode, labels: Labels) -> Mark:
    shape = node.attributes.get("shape", "")
    text = node.attributes.get("label", "" if shape == "point" else node.key)
    if text == "\\N":  # Graphviz: the name of the node
        text = node.key
    mark = Mark(node.key, "open", None, None, None, text.strip(), node.span)
    for part in [*_LINES.split(text), node.attributes.get("xlabel", "")]:
        _say(mark, part.strip(), labels)
    return mark


def _say(mark: Mark, text: str, labels: Labels) -> None:
    """One of the things that are written at a node: its operator, or a name."""
    if text in ("", "•", "●", "■"):
        return
    operator = operator_of(text)
    if operator is not None:
        mark.operator, mark.sort = operator, "operator"
        return
    found = labels.read(text, mark.span)
    if isinstance(found, syntax.Name) and found.shift is not None:
        mark.name = found
        mark.sort = "quantity" if mark.sort == "open" else mark.sort
    elif found is not None and _is_constant(found):
        mark.constant = found
        mark.sort = "constant" if mark.sort == "open" else mark.sort
    elif mark.sort == "open":
        mark.sort = "word"
    else:
        mark.unread.append(text)


def _stroke(edge: DotEdge, marks: dict[str, Mark], labels: Labels) -> Stroke:
    text = edge.attributes.get("label", "").replace("\n", " ").strip()
    label = labels.read(text, edge.span) if text else None
    styles = [style.strip() for style in edge.attributes.get("style", "").split(",")]
    return Stroke(
        marks[edge.tail], marks[edge.head], label, text, "dashed" in styles or "dotted" in styles,
        edge.span,
    )  # fmt: skip


def _settle(mark: Mark, arrives: str) -> None:
    """What a node is, seen with its wires: one wire in and no sign is a fork; a letter with wires
    coming in is no constant."""
    if mark.sort == "open" and len(mark.inputs) == 1:
        mark.sort = "fork"
    if mark.sort == "constant" and mark.inputs:
        mark.sort, mark.constant = "word", None
    if mark.name is None and mark.sort not in ("fork", "constant"):
        mark.name = _said_behind(mark, arrives)


def _said_behind(mark: Mark, arrives: str) -> syntax.Name | None:
    """The quantity that leaves a node, by what is written on the wires that leave it, or where they
    end."""
    said = [
        s.said for s in mark.outputs if s.said is not None and not s.is_delayed
        and s.said.shift == 0
    ]  # fmt: skip
    ends = [
        s.head.name for s in mark.outputs
        if s.label is None and not s.is_delayed and s.head.sort == "quantity"
        and len(s.head.inputs) == 1 and s.head.name is not None
    ]  # fmt: skip
    ago = [
        replace(s.said, shift=0) for s in mark.outputs
        if s.said is not None and s.is_delayed and s.said.shift in (0, -1)
    ]  # fmt: skip
    through = [
        name for s in mark.outputs if not s.is_delayed
        for name in [_through_parameters(s.label)]
        if name is not None and name.shift == 0 and name.ascii != arrives
    ]  # fmt: skip
    return next(iter([*said, *ends, *ago, *through]), None)


def _through_parameters(label: syntax.Node | None) -> syntax.Name | None:
    """The quantity of a label that has parameters before it: x_t of W x_t."""
    timed = [name for name in names_in(label) if name.shift is not None]
    if label is None or len(timed) != 1 or isinstance(label, syntax.Name) or not is_linear(label):
        return None
    return timed[0]


def is_linear(label: syntax.Node) -> bool:
    """Whether a label only puts parameters before what it names."""
    if _is_constant(label):
        return True
    match label:
        case syntax.Name():
            return True
        case syntax.Product(parts) | syntax.Hadamard(parts):
            return all(map(is_linear, parts))
        case syntax.Sum(terms):
            return len(terms) == 1 and is_linear(terms[0][1])
        case syntax.Quotient(top, bottom):
            return is_linear(top) and _is_constant(bottom)
        case _:
            return False


def _passed(fork: Mark) -> bool:
    """Give a fork the name of what comes into it; whether there is one."""
    (stroke,) = fork.inputs
    tail = stroke.tail
    if stroke.said is not None:
        fork.name = stroke.said
    elif stroke.label is None and tail.name is not None:
        fork.name = replace(tail.name, shift=(tail.name.shift or 0) - stroke.is_delayed)
    return fork.name is not None


def _is_constant(node: syntax.Node) -> bool:
    return all(
        not isinstance(operand, syntax.Name) or operand.shift is None
        for operand in syntax.operands(node)
    )


def names_in(node: syntax.Node | None) -> Iterator[syntax.Name]:
    """The names of an expression."""
    if node is not None:
        yield from (n for n in syntax.operands(node) if isinstance(n, syntax.Name))
