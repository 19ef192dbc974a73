"""Does a drawing show the equations of a cell? Each quantity is proved, or named with what is drawn
wrong.

First comes what can be seen without any equation: nodes that say nothing, letters that mean two
things, a memory that is drawn inside the block, wires whose dash and label contradict each other.
Then every quantity that leaves a node is held against its equation, with the right values of all
that the wires are said to bring. A wrong one is changed, one wire or sign at a time, until it is
right: that change is the finding.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path
from typing import Any

from symlstm.cell import Cell, Quantity
from symlstm.drawing import operators
from symlstm.drawing.claims import (
    Change,
    Expressions,
    Meanings,
    NotDrawn,
    NoValues,
    Place,
    Step,
    passes,
)
from symlstm.drawing.composing import compose
from symlstm.drawing.dot_reading import read_dot
from symlstm.drawing.drawn import Drawn, Mark, Stroke, drawn_of, is_linear, names_in
from symlstm.drawing.findings import finding_of
from symlstm.drawing.gates import Gates
from symlstm.drawing.labels import Labels
from symlstm.drawing.operators import Operand, Operator, without_place
from symlstm.drawing.own_letters import check_own_letters, has_own_letters
from symlstm.drawing.repairs import Repairs, options_of
from symlstm.drawing.sights import Contested, Sight, sights, what_is_contested
from symlstm.interface import Sizes
from symlstm.messages import NotationError, Span
from symlstm.notation import syntax
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.proof.compare import compare
from symlstm.proof.terms import Terms
from symlstm.verification.conditions import conditions, merged
from symlstm.verification.options import Options
from symlstm.verification.report import Finding, Report

MAXIMUM_READINGS = 256
"""So many ways to take what a drawing leaves open are tried for a quantity."""


def check_diagram(
    path: str,
    cell: Cell,
    sizes: Sequence[Sizes] = (),
    seed: int | None = None,
    strict: bool = False,
) -> Report:
    """Hold a diagram in DOT against the equations of a cell.

    Args:
        path: a DOT file; docs/diagrams.md tells what its nodes and edges mean.
        sizes: sets of sizes; empty: the two usual ones.
        seed: makes a run repeatable.
        strict: a proof that rests on conditions counts as undecided.
    Raises:
        UsageError: the file cannot be opened, or is too large.
        NotationError: it is not DOT, or not a diagram of a cell.
    """
    options = Options(sizes=tuple(sizes), seed=seed, strict=strict)
    dot = read_dot(Path(path))
    drawn = drawn_of(dot, Labels(cell))
    if all(name.shift is None for name in drawn.names()):
        raise _no_quantity(drawn, cell)
    if has_own_letters(drawn, cell):
        return check_own_letters(drawn, cell, path, options)
    try:
        return _Check(drawn, cell, path, options).report()
    except NoValues:
        text = f"no numbers were found at which {cell.name} has a value"
        found = Finding("S410", "undecided", text, "diagram", verdict="undecided")
        return Report(
            cell.name, path, ("diagram",), options.sizes_of(cell), options.drawn_seed(),
            findings=(found,), file=path,
        )  # fmt: skip


def _no_quantity(drawn: Drawn, cell: Cell) -> NotationError:
    signals = ", ".join(q.in_unicode() for q in cell.quantities if q.is_timed)
    return NotationError(
        "S703", f"nothing in this graph is a quantity of {cell.name}", drawn.strokes[0].span,
        notes=(f"its signals: {signals}",), help="label the wires with them",
    )  # fmt: skip


@dataclass
class _Claim:
    """What a node says of a quantity.

    Args:
        right: what it computes, over the quantities of the cell; None: it is wrong.
    """

    quantity: Quantity
    mark: Mark
    right: Any = None


class _Check:
    def __init__(self, drawn: Drawn, cell: Cell, path: str, options: Options) -> None:
        self._drawn = drawn
        self._cell = cell
        self._path = path
        self._options = options
        self._sizes = options.sizes_of(cell)
        self._seed = options.drawn_seed()
        self._own = compose(cell)
        self._meanings = Meanings(cell, self._sizes[0], self._seed)
        self._gates = Gates(drawn, cell, self._own, self._meanings)
        self._assumed: list[str] = []
        self._findings: list[Finding] = []
        self._labels: list[tuple[Stroke, syntax.Node, syntax.Node]] = []
        """Labels that are expressions, and what leaves the tails of their wires."""
        self._defined = [cell.defined(equation) for equation in cell.equations]
        self._lacking: list[syntax.Node] = []
        """What was found to be missing somewhere."""
        self._chosen: dict[int, syntax.Node] = {}
        """Of wires that may bring one thing or another, by their identity, what is right."""

    def report(self) -> Report:
        seen = sights(self._drawn, self._cell)
        for kind, message, term, spans, help in seen.findings:
            self._find(kind, message, term, spans, help)
        before, self._findings = self._findings, []
        self._check_labels()
        labelled, self._findings = self._findings, []
        self._correct_names()
        claims = [self._claim(q, mark, seen.contested) for q, mark in self._marks()]
        after, self._findings = self._findings, before
        for one in seen.contested:
            kind, message, term, spans, help = what_is_contested(
                one, self._chosen.get(id(one.stroke))
            )
            self._find(kind, message, term, spans, help)
        told = {(found.line, found.column) for found in after}
        self._findings += [f for f in labelled if (f.line, f.column) not in told]
        self._findings += after
        for sight, mark in seen.unread:
            if not any(self._is_what_lacks(mark, value) for value in self._lacking):
                self._findings.append(finding_of(sight, self._path))
        self._missing([claim.quantity for claim in claims])
        report = Report(
            self._cell.name, self._path, ("diagram",), self._sizes, self._seed,
            strict=self._options.strict, file=self._path, assumed=tuple(self._taken(seen.words)),
        )  # fmt: skip
        right = [claim for claim in claims if claim.right is not None]
        return self._proved(replace(report, findings=tuple(self._findings)), right)

    def _marks(self) -> Iterator[tuple[Quantity, Mark]]:
        """Every quantity of an equation with each node that computes it, in the cell's order."""
        for equation in self._cell.in_order:
            quantity = self._cell.defined(equation)
            for mark in self._drawn.marks.values():
                name = mark.name
                if name is None or (name.ascii, name.shift) != (quantity.name, 0):
                    continue
                if mark.inputs and not passes(self._drawn, mark):
                    yield quantity, mark

    def _correct_names(self) -> None:
        """A node that computes another quantity than its label says is called by that one."""
        for quantity, mark in list(self._marks()):
            if self._gates.is_left_out(quantity):
                continue
            try:
                value = Expressions(self._drawn, Change()).computed(mark)
            except NotDrawn:
                continue
            if self._meanings.is_value_of(quantity, value):
                continue
            others = (q for q in self._defined if q is not quantity and q.shape == quantity.shape)
            other = next((q for q in others if self._meanings.is_value_of(q, value)), None)
            if other is None:
                continue
            wrong = [s for s in mark.outputs if s.said is not None and s.said == mark.name]
            self._find(
                "wrong-term", f"what leaves this node is {other.in_unicode()}, and it is labelled "
                f"{quantity.in_unicode()}", quantity.label, [s.span for s in wrong] or [mark.span],
                f"label it {other.in_unicode()}", other,
            )  # fmt: skip
            mark.name = syntax.Name(other.name, other.glyph, 0, mark.span)
            for stroke in wrong:
                stroke.label = None

    def _check_labels(self) -> None:
        """What is written on a wire is what leaves its tail."""
        expressions = Expressions(self._drawn, Change())
        for stroke in self._drawn.strokes:
            label = stroke.label
            timed = [
                n for n in syntax.operands(label) if isinstance(n, syntax.Name)
                and n.shift is not None
            ] if label is not None else []  # fmt: skip
            if label is None or not timed or any(n.ascii == self._drawn.arrives for n in timed):
                continue
            try:
                carried = expressions.carried(stroke)
            except NotDrawn:
                self._find(
                    "dangling", f"this wire is labelled {stroke.text}, and nothing tells what "
                    f"leaves {stroke.tail.text or 'its tail'}", stroke.text, [stroke.span],
                    "label its tail, or draw what comes into it",
                )  # fmt: skip
                continue
            if isinstance(carried, syntax.Name) and carried.shift is not None:
                is_through = len(timed) == 1 and is_linear(label) and (
                    (timed[0].ascii, timed[0].shift) == (carried.ascii, carried.shift)
                )  # fmt: skip
                if is_through or stroke.said is not None:
                    continue  # a label that contradicts its tail is contested
            if self._meanings.are_same(label, carried):
                self._labels.append((stroke, label, carried))
            else:
                self._find(
                    "wrong-term", f"this wire is labelled {stroke.text}, and what leaves "
                    f"{stroke.tail.text or 'its tail'} is something else", stroke.text,
                    [stroke.span], "label it by what leaves its tail",
                )  # fmt: skip

    def _claim(self, quantity: Quantity, mark: Mark, contested: Sequence[Contested]) -> _Claim:
        """What is drawn of a quantity, taken in the way in which it is right, if there is one."""
        claim = _Claim(quantity, mark)
        if self._gates.is_left_out(quantity):
            found = self._gates.findings(quantity, mark, contested, self._chosen)
            for kind, message, term, span, help, value in found:
                self._lacking += [value] if value is not None else []
                self._find(kind, f"{quantity.in_unicode()} {message}", term, [span], help, quantity)
            if not found:
                claim.right = self._cell.equation(quantity.name).right
            return claim
        first: Change | None = None
        for change in islice(self._readings(mark, contested), MAXIMUM_READINGS):
            first = first or change
            try:
                value = Expressions(self._drawn, change).computed(mark)
            except NotDrawn:
                continue
            if self._meanings.is_value_of(quantity, value):
                claim.right = self._meanings.built(quantity, value)
                for one in contested:
                    brought = change.brought.get((one.stroke.head.key, one.place))
                    if brought is not None:
                        self._chosen[id(one.stroke)] = brought[1]
                return claim
        self._explain(quantity, mark, first or Change())
        return claim

    def _is_what_lacks(self, mark: Mark, value: syntax.Node) -> bool:
        """Whether what leaves a node is what was found to be missing elsewhere: then a wire is
        missing, and the node is not superfluous."""
        timed = {(n.ascii, n.shift) for n in names_in(value) if n.shift is not None}
        if mark.name is not None:
            return (mark.name.ascii, mark.name.shift) in timed
        if mark.constant is not None:
            return without_place(mark.constant) == without_place(value)
        try:
            return self._meanings.are_same(Expressions(self._drawn, Change()).computed(mark), value)
        except NotDrawn:
            return False

    def _readings(self, mark: Mark, contested: Sequence[Contested]) -> Iterator[Change]:
        """The ways to take what a drawing leaves open."""
        open_marks = [m for m in self._drawn.marks.values() if m.sort in ("open", "word")
                      and m.inputs and m.operator is None]  # fmt: skip
        places = {m.key for m in _behind(mark)}
        open_marks = [m for m in open_marks if m.key in places and len(m.inputs) > 0]
        mine = [c for c in contested if c.stroke.head.key in places]
        kinds: list[list[tuple[str, Any, Any]]] = [
            [("operator", m.key, operator) for operator in _options(m)] for m in open_marks
        ]
        kinds += [
            [("brought", (c.stroke.head.key, c.place), (1, value)) for value in c.options]
            for c in mine
        ]
        for chosen in product(*kinds):
            done: dict[str, Operator] = {k: v for what, k, v in chosen if what == "operator"}
            brought: dict[Place, Operand | None] = {
                k: v for what, k, v in chosen if what == "brought"
            }
            yield Change(operators=done, brought=brought)

    def _explain(self, quantity: Quantity, mark: Mark, change: Change) -> None:
        name = quantity.in_unicode()
        try:
            value = Expressions(self._drawn, change).computed(mark)
            self._meanings.built(quantity, value)
        except NotDrawn as problem:
            at = problem.mark
            self._find(
                "dangling", f"{name} cannot be computed: nothing tells what leaves "
                f"{at.text or 'this node'}", quantity.label, [at.span],
                "label it, and draw what comes into it", quantity,
            )  # fmt: skip
            return
        except NotationError as problem:
            self._find("wrong-shape", f"{name}: {problem.message.text}", quantity.label,
                       [mark.span], "", quantity)  # fmt: skip
            return
        repairs = Repairs(self._drawn, self._cell, self._own, self._meanings)
        repair = repairs.first(mark, quantity, change)
        if repair is None:
            self._find(
                "wrong-term", f"{name} is not what its equation says", quantity.label,
                [mark.span], "draw it as the equation says", quantity,
            )  # fmt: skip
            return
        self._lacking += [value for _, value in repair.change.more.values()]
        self._find(
            repair.kind, f"{name} {repair.message}", repair.term, [repair.span], repair.help,
            quantity, certified=True,
        )  # fmt: skip

    def _missing(self, drawn: Iterable[Quantity]) -> None:
        """Quantities that are read or promised, and leave no node."""
        known = {quantity.name for quantity in drawn}
        hidden = {f.equation for f in self._findings if f.kind == "hidden-state"}
        for equation in self._cell.in_order:
            quantity = self._cell.defined(equation)
            if quantity.name in known:
                continue
            read = [
                mark for mark in self._drawn.marks.values()
                if mark.name is not None and mark.name.ascii == quantity.name
                and mark.name.shift == 0 and mark.outputs
            ]  # fmt: skip
            is_result = quantity in (*self._cell.states, *self._cell.results)
            if quantity.label in hidden or not (read or is_result or self._gates.are_left_out):
                continue
            self._find(
                "dangling" if read else "missing-term",
                f"nothing that is drawn computes {quantity.in_unicode()}", quantity.label,
                [mark.span for mark in read] or [Span(self._path, 1)],
                f"draw it, and label the wire that leaves it {quantity.in_unicode()}", quantity,
            )  # fmt: skip

    def _taken(self, words: Sequence[str]) -> Iterator[str]:
        if words:
            yield f"words that say nothing of a quantity: {', '.join(dict.fromkeys(words))}"
        if self._gates.are_left_out:
            names = ", ".join(q.in_unicode() for q in self._gates.learned)
            yield (
                f"no parameter is drawn: into {names} every wire is taken to come through the "
                "parameters of the equation"
            )

    def _find(
        self, kind: str, message: str, term: str, spans: Sequence[Span], help: str,
        quantity: Quantity | None = None, certified: bool = False,
    ) -> None:  # fmt: skip
        notes = (self._equation(quantity),) if quantity is not None else ()
        if certified:
            notes += ("with that changed, the drawing computes exactly the equation",)
        sight = Sight(kind, message, term, spans, help)
        label = quantity.label if quantity is not None else ""
        self._findings.append(finding_of(sight, self._path, label, notes))

    def _equation(self, quantity: Quantity) -> str:
        equation = self._cell.equation(quantity.name)
        place = [self._cell.defined(e).name for e in self._cell.equations].index(quantity.name)
        text = MathPrinter(self._cell, UNICODE).equation(equation)
        return f"equation ({place + 1}) of {self._cell.name}:  {text}"

    # The proof.

    def _proved(self, report: Report, claims: Sequence[_Claim]) -> Report:
        """What is right on numbers is proved, at all sizes."""
        comparisons, bound = 0, 10**6
        held: list[str] = []
        findings = list(report.findings)
        for sizes in self._sizes:
            terms = Terms()
            step = Step(self._meanings.system, terms, sizes)
            pairs: list[tuple[int, int]] = []
            owners: list[str] = []
            for claim in claims:
                both = zip(step.values(claim.quantity.at(0)), step.values(claim.right), strict=True)
                new = list(both)
                pairs += new
                owners += [claim.quantity.label] * len(new)
            for stroke, label, carried in self._labels:
                one, other = self._meanings.both(label, carried)
                new = list(zip(step.values(one), step.values(other), strict=True))
                pairs += new
                owners += [stroke.text] * len(new)
            rng = random.Random(self._seed)
            found = compare(terms, pairs, rng)
            comparisons += len(pairs)
            bound = min(bound, found.bound_bits)
            named = [(self._meanings.system, step.named)]
            held += conditions(terms, named, found.denominators, found.domains, rng)
            for name, verdict in zip(owners, found.verdicts, strict=True):
                if verdict.status != "proved":
                    why = verdict.reason or "no proof was found"
                    finding = Finding(
                        "S410", "undecided", f"{name}: {why}", "diagram", name,
                        file=self._path, line=1, verdict="undecided",
                    )  # fmt: skip
                    if finding not in findings:
                        findings.append(finding)
        return replace(
            report, findings=tuple(findings), comparisons=comparisons, bound_bits=bound,
            conditions=merged(tuple(held)),
        )  # fmt: skip


def _options(mark: Mark) -> tuple[Operator, ...]:
    """What a node without an operator may do; a place with a name adds, if it says nothing."""
    options = options_of(mark)
    if mark.sort == "word" or mark.text:
        return (operators.ADD, *options) if len(mark.inputs) > 1 else options
    return options


def _behind(mark: Mark) -> Iterator[Mark]:
    """A node and the nodes without names behind it."""
    seen: list[str] = []

    def visit(one: Mark) -> Iterator[Mark]:
        if one.key in seen:
            return
        seen.append(one.key)
        yield one
        for stroke in one.inputs:
            if stroke.tail.name is None and not stroke.tail.is_source:
                yield from visit(stroke.tail)

    yield from visit(mark)
