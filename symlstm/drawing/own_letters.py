"""Drawings in letters of their own: they define a cell, which is proved to be the one named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from symlstm.cell import Cell
from symlstm.drawing.claims import Change, Expressions, NotDrawn, passes
from symlstm.drawing.drawn import Drawn, is_linear, names_in
from symlstm.drawing.findings import finding_of
from symlstm.drawing.operators import without_place
from symlstm.drawing.repairs import shown
from symlstm.drawing.sights import sights, what_is_contested
from symlstm.messages import NotationError, Span
from symlstm.notation import syntax
from symlstm.notation.reading import cell_of
from symlstm.verification.equality.deciding import equal
from symlstm.verification.options import Options
from symlstm.verification.report import Finding, Report


def has_own_letters(drawn: Drawn, cell: Cell) -> bool:
    """Whether a drawing calls a signal or parameter by a name that the cell has not."""
    return any(
        name.ascii not in cell.names or cell.quantity(name.ascii).is_timed != (
            name.shift is not None
        )
        for name in drawn.names()
    )  # fmt: skip


def check_own_letters(drawn: Drawn, cell: Cell, path: str, options: Options) -> Report:
    """Prove that the cell which a drawing defines is the one named, or say where it differs.

    Raises:
        NotationError: the drawing defines no cell.
    """
    if cell.parameters and not drawn.has_parameters:
        raise _without_parameters(drawn, cell)
    seen = sights(drawn, cell)
    contested = [what_is_contested(one, None) for one in seen.contested]
    seen.findings += [sight for sight, _ in seen.unread]
    if seen.findings or contested:
        sizes, seed = options.sizes_of(cell), options.drawn_seed()
        found = tuple(finding_of(sight, path) for sight in (*seen.findings, *contested))
        return Report(
            cell.name, path, ("diagram",), sizes, seed, findings=found, strict=options.strict,
            file=path,
        )  # fmt: skip
    _check_labels(drawn)
    definitions = tuple(_definitions(drawn))
    lines = {d.left.ascii: d.span for d in definitions}
    if not definitions:
        raise NotationError(
            "S703", "nothing in this graph is computed", drawn.strokes[0].span,
            help="label what leaves each node, as in n -> out [label=\"h_t\"]",
        )  # fmt: skip
    own = cell_of(syntax.EquationsFile({}, (), definitions), path, "the drawing")
    report = equal(own, cell, seed=options.seed, strict=options.strict)
    findings = tuple(_placed(found, path, lines) for found in report.findings)
    renamed = [str(c) for c in report.correspondence if not c.is_own_name]
    renamed += [f"{a} = {b}" for a, b in report.signals if a != b]
    taken = (f"its names and those of {cell.name}: {', '.join(renamed)}",) if renamed else ()
    if seen.words:
        words = ", ".join(dict.fromkeys(seen.words))
        taken += (f"words that say nothing of a quantity: {words}",)
    if report.not_compared:
        taken += (f"{', '.join(report.not_compared)} was not compared",)
    if report.verdict != "proved" and not findings:
        text = f"whether it is {cell.name} is not known"
        findings = (Finding("S410", "undecided", text, "diagram", verdict="undecided"),)
    return Report(
        cell.name, path, ("diagram",), report.sizes, report.seed, comparisons=report.comparisons,
        bound_bits=report.bound_bits, conditions=report.conditions,
        assumed=(*report.assumed, *taken), findings=findings, strict=options.strict, file=path,
    )  # fmt: skip


def _without_parameters(drawn: Drawn, cell: Cell) -> NotationError:
    unknown = next(n for n in drawn.names() if n.ascii not in cell.names)
    signals = ", ".join(q.in_unicode() for q in cell.quantities if q.is_timed)
    return NotationError(
        "S705", f"{shown(unknown)} is no quantity of {cell.name}", unknown.span,
        notes=(
            f"its signals: {signals}",
            "no parameter is drawn, so that a gate is known by the name of what leaves it alone",
        ),
        help="use the names of the cell, or draw the parameters",
    )  # fmt: skip


def _check_labels(drawn: Drawn) -> None:
    """A label may name what leaves its tail, or put parameters before it; nothing else is held
    against anything here."""
    for stroke in drawn.strokes:
        label = stroke.label
        if label is None or stroke.said is not None:
            continue
        timed = {(n.ascii, n.shift) for n in names_in(label) if n.shift is not None}
        name = stroke.tail.name
        known = {(drawn.arrives, 0)}
        if name is not None:
            known.add((name.ascii, (name.shift or 0) - stroke.is_delayed))
        if timed - known or not is_linear(label):
            raise NotationError(
                "S705", f"the label {stroke.text} is not read in a drawing with letters of its "
                "own", stroke.span,
                help="give its value a name, or leave the label out",
            )  # fmt: skip


def _definitions(drawn: Drawn) -> Iterator[syntax.Definition]:
    expressions = Expressions(drawn, Change())
    seen: dict[str, syntax.Node] = {}
    for mark in drawn.marks.values():
        name = mark.name
        if name is None or name.shift != 0 or not mark.inputs or passes(drawn, mark):
            continue
        try:
            right = expressions.computed(mark)
        except NotDrawn as problem:
            raise NotationError(
                "S705", f"nothing tells what leaves {problem.mark.text or 'this node'}",
                problem.mark.span, help="label the node and the wires that come into it",
            ) from None  # fmt: skip
        if name.ascii not in seen:
            seen[name.ascii] = right
            yield syntax.Definition(replace(name, span=mark.span), right, mark.span)
        elif without_place(seen[name.ascii]) != without_place(right):
            raise NotationError(
                "S705", f"two nodes give {shown(name)}, each in its own way", mark.span,
                help="give one of them another name",
            )  # fmt: skip


def _placed(found: Finding, path: str, lines: Mapping[str, Span]) -> Finding:
    span = lines.get(found.equation.removesuffix("_t"))
    if span is None:
        return replace(found, function="diagram", file=path, line=1)
    return replace(found, function="diagram", file=path, line=span.line, source=span.text)
