"""What can be seen in a drawing before any equation is computed: the seed of most confusion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from symlstm.cell import Cell, Quantity
from symlstm.drawing.claims import passes
from symlstm.drawing.drawn import Drawn, Mark, Stroke
from symlstm.drawing.repairs import ascii_of, shown
from symlstm.messages import NotationError, Span
from symlstm.notation import syntax

_MATHEMATICS = re.compile(r"[_^{}=+*/\\∘⊙·\d\[\]]")
"""What words have not."""


class Sight(NamedTuple):
    """Something that is seen: its kind, what is said, what it concerns, where, and the remedy."""

    kind: str
    message: str
    term: str
    spans: Sequence[Span]
    help: str


@dataclass(frozen=True)
class Contested:
    """A wire that may bring one thing or another.

    Args:
        place: which wire of its head it is.
        options: what it may bring.
    """

    stroke: Stroke
    place: int
    options: tuple[syntax.Node, ...]


@dataclass
class Sights:
    findings: list[Sight] = field(default_factory=list[Sight])
    contested: list[Contested] = field(default_factory=list[Contested])
    words: list[str] = field(default_factory=list[str])
    """Plain words on wires and in nodes, of which nothing is read."""
    unread: list[tuple[Sight, Mark]] = field(default_factory=list[tuple[Sight, Mark]])
    """Nodes that nothing reads; of some a wire is missing."""


def sights(drawn: Drawn, cell: Cell) -> Sights:
    """Look at a drawing.

    Raises:
        NotationError: a circle of wires has no delay.
    """
    found = Sights()
    _check_circles(drawn)
    found.findings += _ambiguous(drawn, cell)
    found.findings += _without_sign(drawn, cell)
    found.findings += _hidden(drawn, cell)
    found.findings += _of_other_times(drawn)
    for text, span in drawn.unread():
        if _MATHEMATICS.search(text):
            found.findings.append(Sight(
                "unlabelled", f"{text!r} is no expression that is read", text, [span],
                "write a name of the cell, or parameters before it, as in W_xi x_t",
            ))  # fmt: skip
        else:
            found.words.append(text)
    _look_at_wires(drawn, cell, found)
    _dangling(drawn, found)
    return found


def _check_circles(drawn: Drawn) -> None:
    """A circle of wires passes a dashed one, or one that is labelled with an earlier time."""
    state: dict[str, int] = {}

    def visit(mark: Mark) -> None:
        state[mark.key] = 1
        for stroke in mark.outputs:
            if stroke.is_delayed or (stroke.said is not None and (stroke.said.shift or 0) < 0):
                continue
            if state.get(stroke.head.key) == 1:
                raise NotationError(
                    "S704", "these wires go round in a circle, without a delay", stroke.span,
                    notes=("a step computes each quantity once, from what was there before",),
                    help='draw what comes from the step before dashed (style=dashed), or with its '
                    "time, as c_{t-1}",
                )  # fmt: skip
            if stroke.head.key not in state:
                visit(stroke.head)
        state[mark.key] = 2

    for mark in drawn.marks.values():
        if mark.key not in state:
            visit(mark)


def _ambiguous(drawn: Drawn, cell: Cell) -> Iterator[Sight]:
    """A letter that is written in nodes as a function, and is the name of a signal as well."""
    heads = {q.glyph.unicode: q for q in cell.quantities if q.is_timed}
    letters: dict[str, list[Mark]] = {}
    for mark in drawn.marks.values():
        if mark.sort == "word" and mark.inputs and mark.text in heads:
            letters.setdefault(mark.text, []).append(mark)
    for letter, marks in letters.items():
        quantity = heads[letter]
        yield Sight(
            "ambiguous-symbol",
            f"{letter} is written for a function, and {quantity.in_unicode()} is a signal of "
            f"{cell.name}", quantity.label, [mark.span for mark in marks],
            "write the function by its name, σ or tanh",
        )  # fmt: skip


def _without_sign(drawn: Drawn, cell: Cell) -> Iterator[Sight]:
    """Nodes into which several wires come, and which do not say what becomes of them."""
    heads = {q.glyph.unicode for q in cell.quantities if q.is_timed}
    bare: list[Mark] = []
    for mark in drawn.marks.values():
        if mark.operator is not None or not mark.inputs or mark.text in heads:
            continue
        if len(mark.inputs) < 2:
            if mark.sort == "word" and mark.name is None:
                yield Sight(
                    "unlabelled", f"{mark.text!r} is no operator and no quantity", mark.text,
                    [mark.span], "write what the node does: ⊙, +, σ, tanh, 1−, [·,·]",
                )  # fmt: skip
            continue
        if mark.text and mark.name is not None:
            quantity = _known(cell, mark.name)
            name = quantity.in_unicode() if quantity else mark.text
            yield Sight(
                "missing-term", f"the + of {name} is not drawn", ascii_of(mark.name),
                [mark.span], f"draw a node + into which the wires come, and {name} leaving it",
            )  # fmt: skip
        else:
            bare.append(mark)
    if bare:
        count = f"{len(bare)} nodes have" if len(bare) > 1 else "this node has"
        yield Sight(
            "unlabelled", f"{count} no sign: wires meet there, and nothing says what is done",
            bare[0].name.ascii + "_t" if bare[0].name else "", [mark.span for mark in bare],
            "write what the node does: ⊙ for an elementwise product, + for a sum",
        )  # fmt: skip


def _hidden(drawn: Drawn, cell: Cell) -> Iterator[Sight]:
    """States that do not come in from the left, or do not go out."""
    for quantity in cell.states:
        marks = [m for m in drawn.marks.values() if m.name and m.name.ascii == quantity.name]
        comes_in = any(
            m.name and (m.name.shift or 0) < 0 and (m.is_source or passes(drawn, m)) for m in marks
        )
        goes_out = any(m.inputs and _is_at_the_edge(m) for m in marks)
        inside = next((m for m in marks if m.inputs and m.outputs), None)
        if (comes_in and goes_out) or inside is None:
            continue
        before, now = quantity.in_unicode(-1), quantity.in_unicode()
        lacking = " and ".join(
            text for text, is_there in (
                (f"no {before} comes in", comes_in), (f"no {now} goes out", goes_out),
            ) if not is_there
        )  # fmt: skip
        yield Sight(
            "hidden-state", f"{quantity.glyph.in_unicode()} is drawn inside the block: {lacking}",
            quantity.label, [inside.span],
            f"draw {before} as an input of the step, and {now} as an output",
        )  # fmt: skip


def _is_at_the_edge(mark: Mark) -> bool:
    """Whether nothing reads a quantity in this step; a dashed wire hands it to the next."""
    return mark.operator is None and all(stroke.is_delayed for stroke in mark.outputs)


def _of_other_times(drawn: Drawn) -> Iterator[Sight]:
    """What is computed in this step is no quantity of another."""
    for mark in drawn.marks.values():
        if mark.name is not None and mark.name.shift and mark.inputs and not passes(drawn, mark):
            yield Sight(
                "wrong-time", f"wires of this step come into {mark.text or 'this node'}, which is "
                "of another", ascii_of(mark.name), [mark.span],
                "draw the wire dashed, or leave it out",
            )  # fmt: skip


def _look_at_wires(drawn: Drawn, cell: Cell, found: Sights) -> None:
    """Labels that contradict where a wire comes from, and wires of a memory without a label."""
    for stroke in drawn.strokes:
        place = stroke.head.inputs.index(stroke)
        tail = stroke.tail
        if tail.name is None:
            continue
        carried = replace(
            tail.name, shift=(tail.name.shift or 0) - stroke.is_delayed, span=stroke.span
        )
        said = stroke.said
        if said is None:
            tells = stroke.head.sort == "quantity" or not stroke.head.outputs
            if stroke.label is None and _remembers(tail) and not tells:
                earlier = replace(carried, shift=(carried.shift or 0) - 1)
                found.contested.append(Contested(stroke, place, (carried, earlier)))
            continue
        if (said.ascii, said.shift) == (carried.ascii, carried.shift):
            continue
        found.contested.append(Contested(stroke, place, (said, carried)))


def _remembers(mark: Mark) -> bool:
    """Whether wires of different times leave a node: its value now, and that of a step ago."""
    return not mark.is_source and any(
        s.is_delayed or (s.said is not None and (s.said.shift or 0) < 0) for s in mark.outputs
    )


def what_is_contested(contested: Contested, right: syntax.Node | None) -> Sight:
    """What is wrong with a wire that may bring one thing or another.

    Args:
        right: the one with which its equation is right, where there is one.
    """
    stroke = contested.stroke
    first, second = (name for name in contested.options if isinstance(name, syntax.Name))
    if stroke.said is None:
        which = f" and the equation reads {shown(right)}" if isinstance(right, syntax.Name) else ""
        label = (
            shown(right) if isinstance(right, syntax.Name) else f"{shown(first)} or {shown(second)}"
        )
        return Sight(
            "unlabelled", f"this wire has no label: it may carry {shown(first)} or {shown(second)}"
            + ("," + which if which else ""),
            ascii_of(first), [stroke.span], f"label it {label}",
        )  # fmt: skip
    said, carried = first, second
    if said.ascii != carried.ascii:
        return Sight(
            "wrong-term", f"this wire leaves {shown(carried)}, and is labelled {shown(said)}",
            ascii_of(said), [stroke.span], f"label it {shown(carried)}, or draw it from "
            f"{shown(said)}",
        )  # fmt: skip
    line = "solid" if stroke.is_delayed else "dashed"
    is_style = (said.shift or 0) < (carried.shift or 0) or stroke.is_delayed
    drawn = "dashed, a step of delay," if stroke.is_delayed else "solid"
    options = [f"label it {shown(carried)}", f"draw it {line}"] if is_style else [
        f"label it {shown(carried)}"
    ]  # fmt: skip
    if right == said and is_style:
        options = options[1:]
    elif right == carried:
        options = options[:1]
    reads = f": the equation reads {shown(right)}" if isinstance(right, syntax.Name) else ""
    return Sight(
        "wrong-time",
        f"this wire is {drawn} and is labelled {shown(said)}{reads}" if is_style
        else f"this wire carries {shown(carried)}, and is labelled {shown(said)}{reads}",
        ascii_of(said), [stroke.span], ", or ".join(options),
    )  # fmt: skip


def _dangling(drawn: Drawn, found: Sights) -> None:
    """What leads nowhere, or comes from nowhere."""
    for mark in drawn.marks.values():
        what = mark.text or "this node"
        if mark.outputs:
            if mark.is_source and mark.sort in ("open", "word", "operator"):
                found.findings.append(Sight(
                    "dangling", f"nothing comes into {what}, and it is no quantity", mark.text,
                    [mark.span], "draw what comes into it, or call it by its quantity",
                ))  # fmt: skip
        elif not mark.inputs:
            sight = Sight(
                "dangling", f"{what} is drawn, and nothing reads it", mark.text, [mark.span],
                "draw a wire to what reads it, or leave it out",
            )  # fmt: skip
            found.unread.append((sight, mark))
        elif mark.name is None:
            sight = Sight(
                "dangling", f"nothing reads what leaves {what}, and it is no quantity that goes "
                "out", mark.text, [mark.span],
                "draw a wire to what reads it, or call it by its quantity",
            )  # fmt: skip
            found.unread.append((sight, mark))


def _known(cell: Cell, name: syntax.Name) -> Quantity | None:
    return cell.quantity(name.ascii) if name.ascii in cell.names else None
