"""Explaining a difference: which equation, which line, and what was written instead.

1. Align the terms of the implementation with the chart of the equations by fingerprints.
2. The first named quantity that has no counterpart, though everything that it reads has one, is
   where a fault is; one that is merely inlined is passed over, since all that reads it is there.
3. What the implementation computes in its place is the array that fits its role: put in place of
   the quantity, it makes what the equations compute from it appear in the implementation.
4. Give the equations that value (repair) and go on, until all results agree: each repair is a
   fault. Then the findings are complete, and the report says that they are.
5. A slip of the catalogue that reproduces the value says what was done.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any

from symlstm.calculus.gradient import GradientSystem
from symlstm.cell import Cell, Equation, time_index
from symlstm.interface import Argument, Sizes, sizes_text
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.proof.compare import MAXIMUM_LEVELS, PairVerdict
from symlstm.proof.interpret import Evaluator, Interpretation, Matrix, Moment
from symlstm.proof.terms import Terms, operands, reachable, substitute
from symlstm.proof.tower import Tower, Value, exponential_depths
from symlstm.tracing.parent import TracedRun
from symlstm.tracing.trace import Event, Place
from symlstm.verification.binding import Binding, SourceTexts, label
from symlstm.verification.chart import ANY, Chart, Node, chart_of, fill, nodes_in_order
from symlstm.verification.report import Finding
from symlstm.verification.slips import Slip, slips

SPARE_LEVELS = 6
MAXIMUM_REPAIRS = 120
TRIED_SLIPS = 60
SURE, LIKELY = 0.9, 0.7
PARTLY = 0.4
"""What a consumer counts of which only the share of the candidate is there."""

LOOK_AHEAD = 3


@dataclass(frozen=True)
class Case:
    """What there is to explain.

    Args:
        results: the elements that the implementation returned.
        expected: those of the equations.
        wrong: the results that differ.
        verdicts: of each element of each result.
    """

    cell: Cell
    system: GradientSystem
    binding: Binding
    sizes: Sizes
    run: TracedRun
    found: Interpretation
    results: Mapping[str, Sequence[int]]
    expected: Mapping[str, Sequence[int]]
    wrong: frozenset[str]
    verdicts: Mapping[str, Sequence[PairVerdict]]
    texts: SourceTexts
    rng: random.Random


def diagnose(case: Case) -> list[Finding]:
    """The findings that explain a difference, causes before consequences; never none."""
    depth = max(exponential_depths(case.run.terms), default=0) + SPARE_LEVELS
    if depth > MAXIMUM_LEVELS:
        return [_unexplained(case, "")]
    return _Diagnosis(case, Tower(case.run.terms, depth, case.rng)).findings()


def _unexplained(case: Case, why: str) -> Finding:
    """The first result that differs, in the order of the results."""
    asked = next(r for r in case.binding.asked if r.name in case.wrong)
    name = label(asked, case.binding.kind)
    return Finding(
        "S100", "wrong-term", f"{name} differs from its equation{why}",
        case.binding.kind, name,
        **case.texts.place(_first_line(case, asked)),
        notes=_counterexample_note(case, asked.name),
        counterexample=_counterexample(case, asked.name),
    )  # fmt: skip


def _first_line(case: Case, asked: Argument) -> Place | None:
    wanted = {
        element
        for element, verdict in zip(
            case.results[asked.name], case.verdicts[asked.name], strict=True
        )
        if verdict.status == "differs"
    }
    for event in case.run.first.events:
        if event.kind == "compute" and event.places and wanted & set(event.outputs):
            return event.places[0]
    return next(iter(case.run.first.places), None)


def _differing(case: Case, name: str) -> PairVerdict | None:
    return next((v for v in case.verdicts.get(name, ()) if v.status == "differs"), None)


def _counterexample_note(case: Case, name: str) -> tuple[str, ...]:
    verdict = _differing(case, name)
    if verdict is None or verdict.counterexample is None:
        return ()
    example = verdict.counterexample
    return (f"for example {name}: {example.found}, the equations give {example.expected}",)


def _counterexample(case: Case, name: str) -> dict[str, Any] | None:
    verdict = _differing(case, name)
    if verdict is None or verdict.counterexample is None:
        return None
    example = verdict.counterexample
    return {
        "result": name,
        "expected": example.expected,
        "found": example.found,
        "at": {symbol: str(value) for symbol, value in example.point.items()},
    }


@dataclass
class _Cause:
    """One fault: a node, what the implementation has in its place, and where that was made.

    Args:
        slip: what was done to the equation of the node, or of `inner`.
        inner: the quantity inside the equation that is wrong, when that is known.
        is_moved: whether the right value is computed, and another one returned.
        carry: the state, and the step that reads a wrong value for it at t−1.
    """

    node: Node
    elements: tuple[int, ...]
    event: Event | None
    slip: Slip | None = None
    inner: Node | None = None
    is_moved: bool = False
    carry: tuple[str, int] | None = None


@dataclass
class _Diagnosis:
    case: Case
    tower: Tower
    given: dict[Moment, Matrix] = field(default_factory=dict[Moment, Matrix])
    reread: dict[Moment, Matrix] = field(default_factory=dict[Moment, Matrix])
    only_returned: set[Node] = field(default_factory=set[Node])
    passed_over: set[Node] = field(default_factory=set[Node])
    causes: list[_Cause] = field(default_factory=list[_Cause])

    # The sides.

    @cached_property
    def chart(self) -> Chart:
        return chart_of(self.case.cell)

    @property
    def terms(self) -> Terms:
        return self.case.run.terms

    @property
    def steps(self) -> int:
        return 1 if self.case.binding.kind == "step" else self.case.sizes["T"]

    @cached_property
    def live(self) -> dict[Value, int]:
        """The fingerprints of the terms that the results depend on, and a term of each."""
        roots = [e for r in self.case.run.first.results.values() for e in r.elements]
        prints: dict[Value, int] = {}
        for index in reachable(self.terms, roots):
            print_ = self.print_of(index)
            if print_ is not None:
                prints.setdefault(print_, index)
        return prints

    @cached_property
    def made(self) -> set[Value | None]:
        """The fingerprints of all that the implementation computes, whether it is used or not."""
        events = self.case.run.first.events
        dead = {self.print_of(e) for event in events for e in event.outputs}
        return dead | set(self.live)

    def print_of(self, index: int) -> Value | None:
        """The fingerprint of a term; None when it has no exact value."""
        try:
            return self.tower.value(index)
        except ArithmeticError:
            return None

    def prints(self, matrix: Sequence[Sequence[int]]) -> list[Value | None]:
        return [self.print_of(element) for row in matrix for element in row]

    # The loop: find a cause, repair it, go on.

    def findings(self) -> list[Finding]:
        for _ in range(MAXIMUM_REPAIRS):
            found = self._fill()
            state = _State(self, found)
            if state.all_results_agree:
                return self._report(complete=True)
            cause = self._next_cause(state)
            if cause is None:
                break
            self.causes.append(cause)
            self._repair(cause, state)
        findings = self._report(complete=False)
        return findings or [_unexplained(self.case, "")]

    def _fill(self) -> Interpretation:
        binding = self.case.binding
        return fill(
            self.chart, binding.kind, binding.signature, self.terms, self.case.sizes,
            binding.absent, self.given, self.reread,
        )  # fmt: skip

    def _next_cause(self, state: _State) -> _Cause | None:
        suspects = state.suspects()
        carry = self._wrong_carry(suspects, state)
        if carry is not None:
            return carry
        for node in suspects:
            cause = self._cause_at(node, state)
            if cause is not None:
                return cause
            self.passed_over.add(node)
        return None

    def _cause_at(self, node: Node, state: _State) -> _Cause | None:
        if node in state.returned:
            elements = state.returned[node]
            event = self._maker(elements, state)
            is_named = all(self.print_of(e) in state.named_prints for e in elements)
            if is_named and self._is_made(state.values_of(node)):
                return _Cause(node, elements, self._mover(elements) or event, is_moved=True)
            return None if self._is_given(node) else _Cause(node, elements, event)
        best = max(
            self._candidates(node, state),
            key=lambda scored: (scored[0], scored[1][0] != self.terms.zero),
            default=(0.0, (), None),
        )
        score, elements, event = best
        if score <= SURE:
            by_slip = self._by_slip(node, state, max(score, LIKELY))
            if by_slip is not None or score == 0:
                return by_slip
        if set(elements) == {self.terms.zero}:
            event = self._user_of_zero(node, event, state)
        elif node[0].endswith("_carried") and event is not None:
            # The same value may be computed for another purpose before it is carried.
            event = [e for e in self.case.run.first.events if e.outputs == event.outputs][-1]
        return _Cause(node, elements, event)

    def _by_slip(self, node: Node, state: _State, least: float) -> _Cause | None:
        """A slip whose value has the role of a node, when that value is another quantity's too."""
        if node[0] not in self._known_names:
            return None
        named = self.chart.named[node[0]]
        carried = self.chart.named[named.carried].parts if named.carried else ()
        consumers = _timed(state.consumers.get(node, []))
        found = slips(self.chart.system, self._readable_parts(node), carried)
        for slip in islice(found, TRIED_SLIPS):
            try:
                values = self._evaluated(node, slip.parts, slip.keeps_carry, {}, state.found)
            except (KeyError, ValueError, IndexError, ArithmeticError):
                continue  # the slip reads what does not exist at this time
            elements = tuple(e for m in values.values() for row in m for e in row)
            is_named = all(self.print_of(e) in state.named_prints for e in elements)
            if is_named and self._role(node, elements, consumers, state) > least:
                return _Cause(node, elements, self._event_with(elements), slip)
        return None

    def _event_with(self, elements: Sequence[int]) -> Event | None:
        """The event whose outputs have these values; a computation rather than a move."""
        wanted = [self.print_of(e) for e in elements]
        events = [e for e in self.case.run.first.events if e.places]
        same = [e for e in events if [self.print_of(o) for o in e.outputs] == wanted]
        made = [e for e in same if e.kind == "compute"]
        return next(iter(made[-1:] or same[-1:]), None)

    def _user_of_zero(self, node: Node, zero: Event | None, state: _State) -> Event | None:
        """Where a carry of zeros comes from: what made the zeros, if they are added at all."""
        reader = state.consumers[node][0]
        nothing = (
            {(node[0], node[1], b): m for b, m in _by_example(self, node, zero.outputs)}
            if zero
            else {}
        )
        wanted = {
            p for m in self._recomputed(reader, nothing, state).values() for p in self.prints(m)
        }
        for event in self.case.run.first.events:
            if (
                event.places
                and event.outputs
                and {self.print_of(e) for e in event.outputs} == wanted
            ):
                adds_zero = any(set(given) == {self.terms.zero} for given in event.inputs)
                return zero if adds_zero else event
        return zero

    def _is_given(self, node: Node) -> bool:
        return any((node[0], node[1], b) in self.given for b in (0, None))

    def _is_made(self, elements: Sequence[int]) -> bool:
        """Whether the implementation computes these values somewhere."""
        return all(
            self.terms.number_at(e) is None and self.print_of(e) in self.made for e in elements
        )

    # A state that is carried wrongly from step to step.

    def _wrong_carry(self, suspects: Sequence[Node], state: _State) -> _Cause | None:
        """One array that all forward suspects of a step read in the place of a state at t−1."""
        if not suspects or suspects[0][1] in (None, 0):
            return None
        t = suspects[0][1]
        wrong = [n for n in suspects if n[1] == t and n[0] not in self._adjoints]
        for quantity in self.case.cell.states:
            before = (quantity.name, t - 1)
            readers = [n for n in wrong if before in state.reads.get(n, ())]
            if not readers or (quantity.name, t, 0) in self.reread:
                continue
            for elements, event, text in self._carried_candidates(before, state):
                if all(self._fits_as_carry(r, quantity.name, t, elements, state) for r in readers):
                    shown = event or self._common_use(readers, quantity.name, t, elements, state)
                    slip = self._carry_slip(quantity.name, text)
                    return _Cause(readers[0], elements, shown, slip, carry=(quantity.name, t))
        return None

    def _carried_candidates(
        self, before: Node, state: _State
    ) -> Iterator[tuple[tuple[int, ...], Event | None, str]]:
        """Named quantities, then what the implementation makes, in the shape of a state."""
        shape = self._array_shape(before)
        size = len(state.values_of(before))
        seen: set[tuple[int, ...]] = {tuple(state.values_of(before))}
        system = self.chart.system
        for name, t in dict.fromkeys((name, t) for name, t, _ in state.found.values):
            elements = tuple(state.values_of((name, t)))
            if len(elements) == size and elements not in seen and name in system.names:
                seen.add(elements)
                quantity = system.quantity(name)
                yield elements, None, quantity.glyph.in_unicode("" if t is None else str(t))
        for event in self.case.run.first.events:
            elements = _fitted(event, shape)
            if event.kind == "compute" and elements is not None and elements not in seen:
                seen.add(elements)
                yield elements, event, ""

    def _fits_as_carry(
        self, node: Node, name: str, t: int, elements: tuple[int, ...], state: _State
    ) -> bool:
        """Whether a node is in the implementation once it reads `elements` for the state."""
        values = self._reread_value(node, name, t, elements, state)
        if node in state.returned:
            mine = [self.print_of(e) for e in state.returned[node]]
            return mine == [p for matrix in values.values() for p in self.prints(matrix)]
        return self._all_live(values)

    def _reread_value(
        self, node: Node, name: str, t: int, elements: tuple[int, ...], state: _State
    ) -> dict[int | None, Matrix]:
        matrices = _by_example(self, (name, t - 1), elements)
        reread = {**self.reread, **{(name, t, b): m for b, m in matrices if b is not None}}
        return self._evaluated(
            node, self.chart.named[node[0]].parts, False, {}, state.found, reread=reread
        )

    def _common_use(
        self, readers: Sequence[Node], name: str, t: int, elements: tuple[int, ...], state: _State
    ) -> Event | None:
        """An event whose only line is the innermost that all uses of the wrong state share."""
        stacks: list[tuple[Place, ...]] = []
        operation: Event | None = None
        for node in readers:
            values = self._reread_value(node, name, t, elements, state)
            wanted = {p for matrix in values.values() for p in self.prints(matrix)}
            for event in self.case.run.first.events:
                prints = {self.print_of(e) for e in event.outputs}
                if event.kind == "compute" and event.places and prints == wanted:
                    stacks.append(event.places)
                    operation = event
                    break
        for place in stacks[0] if stacks else ():
            if operation and all(place in stack for stack in stacks):
                return replace(operation, places=(place,))
        return operation

    def _carry_slip(self, name: str, text: str) -> Slip:
        right = self.chart.system.quantity(name).in_unicode(-1)
        what = (
            f"{text} is read where {right} stands" if text else f"a wrong value is read for {right}"
        )
        return Slip("wrong-time", what, f"{name}_prev", (), help=f"carry {right} from step to step")

    def _repair(self, cause: _Cause, state: _State) -> None:
        name, t = cause.node
        if cause.carry is not None:
            state_name, time = cause.carry
            for b, matrix in _by_example(self, (state_name, time - 1), cause.elements):
                self.reread[state_name, time, b] = matrix
            return
        if cause.is_moved:
            cause.slip = self._moved_slip(cause, state)
            self.only_returned.add(cause.node)
            return
        cause.slip = cause.slip or self._explanation(cause.node, cause.elements, state)
        if cause.slip is None:
            self._refine(cause, state)
        for b, matrix in _by_example(self, cause.node, cause.elements):
            self.given[name, t, b] = matrix

    def _explanation(self, node: Node, elements: Sequence[int], state: _State) -> Slip | None:
        return self._slip(node, elements) or self._added(node, elements, state)

    def _added(self, node: Node, elements: Sequence[int], state: _State) -> Slip | None:
        """A constant that is added to an otherwise right value."""
        right = state.values_of(node)
        added = {self._constant_part(e) for e in elements}
        constant = next(iter(added))
        if len(added) != 1 or not constant:
            return None
        for wrong, good in zip(elements, right, strict=True):
            rest = self.terms.difference(wrong, self.terms.number(constant))
            if self.print_of(rest) != self.print_of(good):
                return None
        text = f"{float(constant):g}"
        return Slip(
            "extra-term", f"has {text} added to it", text, (), help=f"leave out {text}",
            equal_but_for=f"{text} added",
        )  # fmt: skip

    def _constant_part(self, element: int) -> Fraction:
        node = self.terms.nodes[element]
        numbers = [self.terms.number_at(a) for a in node[1:]] if node[0] == "sum" else []
        return next((n for n in numbers if n is not None), Fraction(0))

    def _moved_slip(self, cause: _Cause, state: _State) -> Slip:
        """What was returned in the place of a value that is computed, but not returned."""
        mine = self.chart.named[cause.node[0]].quantity
        wanted = [self.print_of(e) for e in cause.elements]
        for name, t in dict.fromkeys((name, t) for name, t, _ in state.found.values):
            values = [self.print_of(e) for e in state.values_of((name, t))]
            if values == wanted and name in self.chart.system.names:
                other = self.chart.system.quantity(name)
                time = "" if t is None else "0" if not t else time_index(t - (cause.node[1] or t))
                kind = "wrong-time" if other == mine else "wrong-order"
                return Slip(
                    kind, f"is returned as {other.glyph.in_unicode(time)}", other.name, (),
                    help=f"return {mine.in_unicode()}",
                )  # fmt: skip
        return Slip(
            "wrong-order", "is computed, but something else is returned", "", (),
            help=f"return {mine.in_unicode()}",
        )  # fmt: skip

    # Candidates.

    def _candidates(
        self, node: Node, state: _State
    ) -> Iterator[tuple[float, tuple[int, ...], Event]]:
        """(score, elements, event) of the arrays that could stand in the place of a node."""
        shape = self._array_shape(node)
        consumers = state.consumers.get(node, [])
        tried: set[tuple[int, ...]] = set()
        for event in self.case.run.first.events:
            if event.kind == "input" or not event.outputs:
                continue
            elements = _fitted(event, shape)
            if elements is None or elements in tried:
                continue
            tried.add(elements)
            if self._is_constant(elements) and not node[0].endswith("_carried"):
                continue
            is_carry = node[0].endswith("_carried")
            if not is_carry and all(self.print_of(e) in state.named_prints for e in elements):
                twin = self._own_event(node, event)
                if twin is None:
                    continue
                event = twin
            score = self._role(node, elements, consumers, state)
            if score > 0:
                yield score, elements, event

    def _own_event(self, node: Node, event: Event) -> Event | None:
        """Of several events with one value, the one that is meant to be `node`.

        The value is that of another quantity. If it is computed once, it is that quantity, and what
        reads it is wrong; if twice, the name that a line assigns to tells which is which.
        """
        events = self.case.run.first.events
        same = [e for e in events if e.kind == "compute" and e.outputs == event.outputs]
        by_line = {e.places[:1]: e for e in same}
        if len(by_line) < 2:
            return None
        quantity = self.chart.named[node[0]].quantity
        owner = self.chart.named[node[0]].owner
        names = {quantity.name, quantity.label, owner, owner.removesuffix("_t")}
        lines = {line: self.case.texts.line(line[0].file, line[0].line) for line in by_line if line}
        mine = [line for line, text in lines.items() if names & _assigned(text)]
        return by_line[mine[0]] if mine else same[0]

    def _is_constant(self, elements: Sequence[int]) -> bool:
        return all(self.terms.number_at(e) is not None for e in elements)

    def _array_shape(self, node: Node) -> tuple[int, ...]:
        found = next(
            matrix for (name, t, _), matrix in self._current.values.items() if (name, t) == node
        )
        rows, columns = len(found), len(found[0])
        entry = (rows,) if columns == 1 else (rows, columns)
        named = self.chart.named[node[0]]
        return (self.case.sizes["B"], *entry) if named.quantity.is_batched else entry

    @property
    def _current(self) -> Interpretation:
        return self._state_found

    def _role(
        self, node: Node, elements: tuple[int, ...], consumers: list[Node], state: _State
    ) -> float:
        """The share of a node's consumers that the implementation computes from `elements`."""
        if not consumers:
            return 0.0
        changed = {(node[0], node[1], b): matrix for b, matrix in _by_example(self, node, elements)}
        explained = sum(
            self._explains(c, changed, state, LOOK_AHEAD)
            or PARTLY * self._has_share(c, node, changed, state)
            for c in consumers
        )
        return explained / len(consumers)

    def _has_share(
        self, consumer: Node, node: Node, changed: Mapping[Moment, Matrix], state: _State
    ) -> bool:
        """Whether the terms that `node` has in its consumer's sum are in the implementation.

        A consumer may have other faults, at other times too, and then is not there as a whole.
        """
        named = self.chart.named[consumer[0]]
        system = self.chart.system
        share = [
            part
            for part in named.parts
            if any(q.name == node[0] for q, _ in system.reads(Equation(ANY, part)))
        ]
        if not share or node[1] is None:
            return False
        at = (consumer[0], node[1] if consumer[1] is None else consumer[1])
        layered = Interpretation(self.terms, self.case.sizes, Layered(changed, state.found.values))
        evaluator = Evaluator(system, layered)
        batch = range(self.case.sizes["B"])
        for part in share:
            values = [evaluator.evaluate(part, at[1], b) for b in batch]
            if consumer[1] is None:
                values = [evaluator.add(values)]
            if not self._all_live(dict(enumerate(values))):
                return False
        return True

    def _explains(
        self, node: Node, changed: dict[Moment, Matrix], state: _State, depth: int
    ) -> float:
        """How far a node, and what reads it, is in the implementation once `changed` is put in.

        A node that is there counts for a half, for it may be a partial sum that is there by
        accident; the rest is for what reads it. One that is not there may be inlined: then all that
        reads it must be there.
        """
        values = self._recomputed(node, changed, state)
        if node in state.returned:
            mine = [self.print_of(e) for e in state.returned[node]]
            return float(mine == [p for matrix in values.values() for p in self.prints(matrix)])
        consumers = _timed(state.consumers.get(node, []))
        is_there = self._all_live(values)
        if depth == 0 or not consumers:
            return float(is_there)
        further = {**changed, **{(node[0], node[1], b): m for b, m in values.items()}}
        readers = [
            self._explains(c, further, state, depth - 1 if is_there else 0) for c in consumers
        ]
        if is_there:
            return (1 + sum(readers) / len(readers)) / 2
        return float(min(readers) == 1)

    def _all_live(self, values: Mapping[int | None, Matrix]) -> bool:
        elements = [e for matrix in values.values() for row in matrix for e in row]
        if all(self.terms.number_at(e) is not None for e in elements):
            return False
        return all(self.print_of(e) in self.live for e in elements)

    def _recomputed(
        self, node: Node, changed: Mapping[Moment, Matrix], state: _State
    ) -> dict[int | None, Matrix]:
        named = self.chart.named[node[0]]
        return self._evaluated(node, named.parts, bool(named.carried), changed, state.found)

    def _evaluated(
        self,
        node: Node,
        parts: Sequence[Any],
        with_carry: bool,
        changed: Mapping[Moment, Matrix],
        found: Interpretation,
        examples: Sequence[int] | None = None,
        times: slice = slice(None),
        reread: Mapping[Moment, Matrix] | None = None,
    ) -> dict[int | None, Matrix]:
        """The value of an equation at a node, for each example, with some moments changed."""
        name, t = node
        named = self.chart.named[name]
        layered = Interpretation(
            self.terms, self.case.sizes, Layered(changed, found.values),
            reread=dict(self.reread if reread is None else reread),
        )  # fmt: skip
        evaluator = Evaluator(self.chart.system, layered, rereads=name not in self._adjoints)
        batch = range(self.case.sizes["B"]) if examples is None else examples
        if not named.quantity.axes:
            addends = [
                evaluator.evaluate(part, time, b)
                for time in range(1, self.steps + 1)[times]
                for b in range(self.case.sizes["B"])
                for part in parts
            ]
            return {None: evaluator.add(addends)}
        values: dict[int | None, Matrix] = {}
        for b in batch:
            addends = [evaluator.evaluate(part, t, b) for part in parts]
            if with_carry and (named.carried, t, b) in layered.values:
                addends.append(layered.values[named.carried, t, b])
            zero = evaluator.zeros(named.quantity)
            values[b] = evaluator.add(addends) if addends else zero
        return values

    # What was done.

    def _slip(self, node: Node, elements: Sequence[int]) -> Slip | None:
        """The slip of a node's equation that gives exactly these elements."""
        named = self.chart.named[node[0]]
        parts = self._readable_parts(node)
        carried = self.chart.named[named.carried].parts if named.carried else ()
        if node[1] == self.steps:
            carried = ()
        wanted = {b: self.prints(m) for b, m in _by_example(self, node, elements)}
        if _is_zero(self.terms, elements) and node[0].endswith("_carried"):
            return next(iter(slips(self.chart.system, (), named.parts)))
        for slip in slips(self.chart.system, parts, carried, not named.quantity.axes):
            if self._reproduces(slip, node, wanted, self._state_found):
                return slip
        return None

    def _refine(self, cause: _Cause, state: _State) -> None:
        """Find the one array inside the wrong value that should be a quantity of the chart.

        If the value is right once that array is replaced by the quantity, the fault is where the
        array was made, and a slip of the quantity's equation may say what it is.
        """
        right = state.values_of(cause.node)
        cone = self._wrong_part(cause.elements[0], state)
        inside = set(cone)
        nodes = state.sources_of(cause.node)
        for event in self.case.run.first.events:
            if event.kind != "compute" or inside.isdisjoint(event.outputs):
                continue
            for node in nodes:
                elements = _fitted(event, self._array_shape(node))
                if elements is None or elements == cause.elements:
                    continue
                replaced = dict(zip(elements, state.values_of(node), strict=True))
                if self._is_mended(cause.elements[0], right[0], replaced, cone) and all(
                    self._is_mended(wrong, good, replaced, self._wrong_part(wrong, state))
                    for wrong, good in zip(cause.elements, right, strict=True)
                ):
                    cause.event, cause.inner = event, node
                    cause.slip = self._explanation(node, elements, state)
                    return

    def _wrong_part(self, element: int, state: _State) -> list[int]:
        """The terms that an element is made of, down to those that the equations name."""
        found: set[int] = set()
        stack = [element]
        while stack:
            index = stack.pop()
            if index not in found and (
                index == element or self.print_of(index) not in state.named_prints
            ):
                found.add(index)
                stack.extend(operands(self.terms.nodes[index]))
        return sorted(found)

    def _is_mended(
        self, wrong: int, right: int, replaced: Mapping[int, int], within: Sequence[int]
    ) -> bool:
        """Whether a wrong element is right once some terms in it are replaced."""
        try:
            mended = substitute(self.terms, wrong, replaced, within)
        except ZeroDivisionError:
            return False
        return mended != wrong and self.print_of(mended) == self.print_of(right)

    def _readable_parts(self, node: Node) -> tuple[Any, ...]:
        """The equation with the functions of names that the chart had named put back."""
        system = self.chart.system
        inner = {
            e.left: e.right
            for e in system.cell.equations
            if e.left.name.removesuffix("_t") not in self._known_names
        }
        return tuple(part.xreplace(inner) for part in self.chart.named[node[0]].parts)

    @cached_property
    def _known_names(self) -> set[str]:
        return {q.name for q in self.case.system.quantities}

    def _reproduces(
        self,
        slip: Slip,
        node: Node,
        wanted: Mapping[int | None, list[Value | None]],
        found: Interpretation,
    ) -> bool:
        try:
            first = self._evaluated(
                node, slip.parts, slip.keeps_carry, {}, found, [0], slice(*slip.times)
            )
            for b, matrix in first.items():
                if self.print_of(matrix[0][0]) != wanted[b][0] or self.prints(matrix) != wanted[b]:
                    return False
            if None in first:
                return True
            values = self._evaluated(node, slip.parts, slip.keeps_carry, {}, found)
        except (KeyError, ValueError, IndexError, ArithmeticError):
            return False  # the slip reads what does not exist at this time
        return all(self.prints(matrix) == wanted[b] for b, matrix in values.items())

    # Where it was done.

    def _maker(self, elements: tuple[int, ...], state: _State) -> Event | None:
        """The event that made these elements; of a value that was only moved, the last move."""
        wanted = set(elements)
        moved = all(self.print_of(e) in state.named_prints for e in wanted)
        events = self.case.run.first.events
        if not moved:
            for event in events:
                if event.kind == "compute" and wanted <= set(event.outputs):
                    return event
            for event in events:
                if event.kind == "compute" and wanted & set(event.outputs):
                    return event
        makers = [e for e in events if e.places and wanted <= set(e.outputs)]
        moves = [e for e in makers if e.operation != "return" and e.kind != "input"]
        return (moves or makers or [None])[-1]

    def _mover(self, elements: Sequence[int]) -> Event | None:
        """The event that put these elements where they were not to be."""
        wanted = set(elements)
        moves = [e for e in self.case.run.first.events if e.kind == "layout" and e.places]
        exact = [e for e in moves if e.outputs == tuple(elements)]
        return next(iter(exact[-1:] or [e for e in moves if wanted <= set(e.outputs)]), None)

    def _line(self, event: Event | None) -> Place | None:
        """The innermost line all of whose uses are wrong; in a shared helper, its caller's."""
        if event is None or not event.places:
            return next(iter(self.case.run.first.places), None)
        right = self._right_prints
        for depth, place in enumerate(event.places):
            if depth + 1 == len(event.places):
                return place
            caller = event.places[depth + 1]
            shared = any(
                other.places[depth + 1 :] and other.places[depth] == place
                and other.places[depth + 1] != caller
                and other.operation == event.operation
                and all(self.print_of(e) in right for e in other.outputs)
                for other in self.case.run.first.events
                if len(other.places) > depth + 1
            )  # fmt: skip
            if not shared:
                return place
        return event.places[-1]

    @cached_property
    def _right_prints(self) -> set[Value | None]:
        """The fingerprints of what the equations name, before any repair."""
        return {
            self.print_of(element)
            for matrix in self._first_found.values.values()
            for row in matrix
            for element in row
        }

    # The report.

    def _report(self, complete: bool) -> list[Finding]:
        findings: dict[tuple[Any, ...], Finding] = {}
        for cause in self.causes:
            finding = self._finding(cause, complete)
            # What is wrong in a carry shows at every t, and in the initial state's adjoint.
            is_one_move = finding.kind == "wrong-order" and finding.line
            equation = "" if is_one_move else finding.equation.replace("_0", "_t")
            key = (equation, finding.line, finding.file)
            findings.setdefault(key, finding)
        return list(findings.values())

    def _finding(self, cause: _Cause, complete: bool) -> Finding:
        owner = self._owner(cause)
        slip = cause.slip
        result = next((n for n in self.case.results if n in self.case.wrong), "")
        notes = [self._equation_note(owner)]
        if slip is not None and slip.parts:
            notes.append(f"your code computes:  {self._sum_text(cause.inner or cause.node, slip)}")
        if complete:
            notes.append(
                "with the findings of this report put in, your code is exactly these equations, "
                f"for all real values at {sizes_text(self.case.sizes)}"
            )
        message = slip.message if slip else "differs from its equation"
        if cause.carry is not None:
            return self._carry_finding(cause, notes)
        if cause.inner is not None and owner != self.chart.named[cause.inner[0]].owner:
            inner = self.chart.named[cause.inner[0]].quantity.in_unicode()
            message = f"is computed from a wrong {inner}, which {message}"
        return Finding(
            _CODES.get(slip.kind if slip else "", "S100"),
            slip.kind if slip else "wrong-term",
            f"{owner} {message}",
            self.case.binding.kind,
            owner,
            slip.term if slip else "",
            **self.case.texts.place(self._line(cause.event)),
            notes=(*notes, *_counterexample_note(self.case, result)),
            help=slip.help if slip else f"compute {owner} as its equation says",
            equal_but_for=slip.equal_but_for if slip else "",
            counterexample=_counterexample(self.case, result),
        )

    def _carry_finding(self, cause: _Cause, notes: Sequence[str]) -> Finding:
        assert cause.carry is not None and cause.slip is not None
        owner = self.chart.named[cause.node[0]].owner
        return Finding(
            _CODES["wrong-time"], "wrong-time", f"{owner}: {cause.slip.message}",
            self.case.binding.kind, owner, cause.slip.term,
            **self.case.texts.place(self._line(cause.event)),
            notes=tuple(notes), help=cause.slip.help,
        )  # fmt: skip

    def _owner(self, cause: _Cause) -> str:
        """The equation at fault; what is computed again for an adjoint is the adjoint's."""
        node, inner = self.chart.named[cause.node[0]], cause.inner
        if inner is None:
            return node.owner
        is_adjoint = [cause.node[0] in self._adjoints, inner[0] in self._adjoints]
        return self.chart.named[inner[0]].owner if is_adjoint[0] == is_adjoint[1] else node.owner

    @cached_property
    def _adjoints(self) -> set[str]:
        return set(self.chart.named) - {q.name for q in self.chart.system.cell.quantities}

    def _equation_note(self, owner: str) -> str:
        system = self.case.system
        printer = MathPrinter(system, UNICODE)
        own = list(self.case.cell.equations)
        for number, equation in enumerate([*own, *system.equations], 1):
            if system.defined(equation).label == owner:
                return (
                    f"equation ({number}) of {self.case.cell.name}:  {printer.equation(equation)}"
                )
        return ""

    def _sum_text(self, node: Node, slip: Slip) -> str:
        printer = MathPrinter(self.chart.system, UNICODE)
        named = self.chart.named[node[0]]
        parts = list(slip.parts)
        if slip.keeps_carry and named.carried and node[1] != self.steps:
            parts += self.chart.named[named.carried].parts
        text = " + ".join(printer.text(part) for part in parts).replace("+ −", "− ")
        return f"{named.quantity.in_unicode()} = {text or '0'}"

    # Interpretations that are kept between the steps of the loop.

    _state_found: Interpretation = field(init=False)
    _first_found: Interpretation = field(init=False)


_CODES = {
    "wrong-term": "S101",
    "wrong-sign": "S102",
    "wrong-time": "S103",
    "missing-term": "S104",
    "extra-term": "S105",
    "wrong-function": "S106",
    "wrong-order": "S107",
}


class _State:
    """The chart under the repairs so far: what is right, what is not, who reads what."""

    def __init__(self, diagnosis: _Diagnosis, found: Interpretation) -> None:
        self.found = found
        self._diagnosis = diagnosis
        diagnosis._state_found = found  # pyright: ignore[reportPrivateUsage]
        if not diagnosis.given:
            diagnosis._first_found = found  # pyright: ignore[reportPrivateUsage]
        self.nodes = nodes_in_order(found, diagnosis.chart)
        self.reads = {n: list(diagnosis.chart.reads(n, diagnosis.steps)) for n in self.nodes}
        self.consumers: dict[Node, list[Node]] = {}
        for node, read in self.reads.items():
            for other in dict.fromkeys(read):
                self.consumers.setdefault(other, []).append(node)
        self.returned = dict(self._returned())
        self._is_right = {n: n in diagnosis.only_returned or self._agrees(n) for n in self.returned}

    @property
    def all_results_agree(self) -> bool:
        return all(self._is_right.values())

    def _returned(self) -> Iterator[tuple[Node, tuple[int, ...]]]:
        """The elements that were returned for each node that is a result."""
        case = self._diagnosis.case
        for asked in case.binding.asked:
            elements = case.results.get(asked.name)
            if elements is None:
                continue
            axes = [a.name for a in asked.axes]
            if "t" in axes:
                each = len(elements) // case.sizes["T"]
                for t in range(1, case.sizes["T"] + 1):
                    yield (asked.name, t), tuple(elements[(t - 1) * each : t * each])
            else:
                time = None if not axes else (1 if case.binding.kind == "step" else 0)
                yield (asked.name, time), tuple(elements)

    def examples_of(self, node: Node) -> list[int | None]:
        return [b for name, t, b in self.found.values if (name, t) == node]

    def values_of(self, node: Node) -> list[int]:
        return [
            element
            for b in self.examples_of(node)
            for row in self.found.values[node[0], node[1], b]
            for element in row
        ]

    def sources_of(self, node: Node, depth: int = 4) -> list[Node]:
        """What a node is computed from, at its own time, directly and indirectly; nearest last."""
        found: dict[Node, None] = {}
        level = [node]
        for _ in range(depth):
            read = [r for n in level for r in self.reads.get(n, ()) if r[1] == node[1]]
            level = [r for r in dict.fromkeys(read) if r in self.reads and r not in found]
            found.update(dict.fromkeys(level))
        return list(reversed(found))

    def _agrees(self, node: Node) -> bool:
        print_of: Callable[[int], Value | None] = self._diagnosis.print_of
        mine = self.returned[node]
        return all(
            a == b or print_of(a) == print_of(b)
            for a, b in zip(self.values_of(node), mine, strict=True)
        )

    def _is_present(self, node: Node) -> bool:
        diagnosis = self._diagnosis
        return all(
            diagnosis.terms.number_at(e) is not None or diagnosis.print_of(e) in diagnosis.made
            for e in self.values_of(node)
        )

    @cached_property
    def in_order(self) -> dict[Node, bool]:
        """Whether each node is there, or merely inlined: all that reads it is in order."""
        status: dict[Node, bool] = {}
        for node in reversed(self.nodes):
            if node in self.returned:
                status[node] = self._is_right[node]
            elif self._is_present(node):
                status[node] = True
            else:
                readers = self.consumers.get(node, [])
                status[node] = all(status.get(r, True) for r in readers)
        return status

    def suspects(self) -> list[Node]:
        """Nodes that are not in order though all that they read is, in the order of computation."""
        passed = self._diagnosis.passed_over
        return [
            node
            for node in self.nodes
            if not self.in_order[node]
            and node not in passed
            and all(self.in_order.get(r, True) or r in passed for r in self.reads[node])
        ]

    @cached_property
    def named_prints(self) -> set[Value | None]:
        """The fingerprints of everything that the equations name."""
        return {
            self._diagnosis.print_of(e)
            for matrix in self.found.values.values()
            for row in matrix
            for e in row
        }


class Layered(dict[Moment, Matrix]):
    """Values with some changed, without copying."""

    def __init__(self, changed: Mapping[Moment, Matrix], below: Mapping[Moment, Matrix]) -> None:
        super().__init__(changed)
        self._below = below

    def __missing__(self, key: Moment) -> Matrix:
        return self._below[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._below


def _fitted(event: Event, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The elements of an array in the layout of `shape`, if it has that shape or its turn."""
    squeezed = tuple(n for n in event.shape if n != 1)
    wanted = tuple(n for n in shape if n != 1)
    if squeezed == wanted:
        return event.outputs
    if len(wanted) == 2 and squeezed == wanted[::-1]:
        rows, columns = squeezed
        return tuple(event.outputs[r * columns + c] for c in range(columns) for r in range(rows))
    return None


def _timed(consumers: list[Node]) -> list[Node]:
    """The readers at one time step; a sum over all of them says little about one."""
    return [c for c in consumers if c[1] is not None] or consumers


def _assigned(text: str) -> set[str]:
    """The names that a line of Python assigns to."""
    target, equals, _ = text.partition("=")
    return set(re.findall(r"[A-Za-z_]\w*", target)) if equals else set()


def _is_zero(terms: Terms, elements: Sequence[int]) -> bool:
    return set(elements) == {terms.zero}


def _by_example(
    diagnosis: _Diagnosis, node: Node, elements: Sequence[int]
) -> Iterator[tuple[int | None, Matrix]]:
    """Elements in row-major order as one matrix an example."""
    quantity = diagnosis.chart.named[node[0]].quantity
    examples = range(diagnosis.case.sizes["B"]) if quantity.is_batched else (None,)
    found = diagnosis._state_found  # pyright: ignore[reportPrivateUsage]
    model = found.values[node[0], node[1], next(iter(examples))]
    stream = iter(elements)
    for b in examples:
        yield b, tuple(tuple(next(stream) for _ in row) for row in model)
