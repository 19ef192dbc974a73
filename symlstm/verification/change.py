"""Changes: what may have been done to the equations as a whole, and what then comes out.

A slip changes one equation. A change is a fault of the program: one slip, the same slip in several
equations, a state that is read elsewhere, parameters that are taken for each other. It holds at
every time step, and explains an implementation only if all results are then those of the
implementation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from symlstm.calculus.gradient import adjoint_name, initial_name
from symlstm.proof.interpret import carried_name
from symlstm.verification.case import Case
from symlstm.verification.chart import Chart, Node
from symlstm.verification.slip import Slip


@dataclass(frozen=True)
class Source:
    """What a step t reads in the place of a state at t−1.

    Args:
        name: the state that is read.
        shift: at which step, relative to t, and not before 0; None: always the initial one.
        initial: the state whose initial value is read at the first step; empty: that of `name`.
    """

    name: str
    shift: int | None
    initial: str = ""

    def at(self, t: int) -> Node:
        time = 0 if self.shift is None else max(t + self.shift, 0)
        return (self.name, time) if time else (self.initial or self.name, 0)


@dataclass(frozen=True)
class Change:
    """One fault of a program.

    Args:
        node: the node that it is told of, by its name.
        slip: how it is told, and the kind of finding that it is.
        slips: what is done to the equation of a node, by its name.
        is_backward: whether only the adjoints read the changed values of forward equations, which
            were computed again for them.
        is_read_on: whether what a forward pass computes from them in the same step, other than
            states, was computed again as well.
        reread: for states, what is read in the place of each at t−1.
        stored: for states that are kept for the next step and returned, what is kept in the place
            of each.
        omitted: the step at which no adjoint is computed, 1 or T; 0: none. What was carried to the
            first step is then taken for the adjoints of the initial states.
        renamed: for parameters, the one whose value is read in the place of each. The gradient of
            a parameter is then that of the one in whose place it is read.
        is_named_rightly: whether the gradients have their right names nevertheless.
        is_handed: whether only a forward pass was handed the renamed arguments: the backward pass
            computes the rest again from its states, with the right ones.
        taken: for signals, which one's value a backward pass takes from its forward pass in the
            place of each.
        is_taken_at_first: whether it takes the initial values so, too.
        is_computed_again: whether it computes the other signals again from what it took.
    """

    node: str
    slip: Slip
    slips: Mapping[str, Slip] = field(default_factory=dict[str, Slip])
    is_backward: bool = False
    is_read_on: bool = False
    reread: Mapping[str, Source] = field(default_factory=dict[str, Source])
    stored: Mapping[str, str] = field(default_factory=dict[str, str])
    omitted: int = 0
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    is_named_rightly: bool = False
    is_handed: bool = False
    taken: Mapping[str, str] = field(default_factory=dict[str, str])
    is_taken_at_first: bool = False
    is_computed_again: bool = False

    @property
    def sources(self) -> frozenset[str]:
        """The names at which the values of the equations first change."""
        return frozenset((*self.slips, *self.renamed, *self.reread, *self.taken))


_NOTHING = Slip("missing-term", "is left out", "", (), carry=0)

V = TypeVar("V")
"""The value of a node for all examples, in whatever numbers an engine computes."""

NO_VALUE = (KeyError, ValueError, IndexError, ArithmeticError)
"""What an engine raises where an equation reads what does not exist at that time."""


class Engine(Protocol[V]):
    """The equations under the repairs so far, in some kind of numbers."""

    def value(self, node: Node) -> V:
        """The value of a node."""
        ...

    def recomputed(
        self, node: Node, changed: Mapping[Node, V], reread: Mapping[Node, V], slip: Slip | None
    ) -> V:
        """The value of a node whose equation has a slip, where what it reads is changed."""
        ...

    def is_returned(self, node: Node, value: V) -> bool:
        """Whether the implementation returned this value for a result."""
        ...


class Rerun(Generic[V]):
    """The equations computed again under a change, as far as it reaches.

    Args:
        order: the nodes in the order of computation.
        returned: those of them that are results.
    """

    def __init__(
        self, case: Case, order: Iterable[Node], returned: Iterable[Node], engine: Engine[V]
    ) -> None:
        self._case = case
        self._engine = engine
        self._order = list(order)
        self._returned = frozenset(returned)
        self._reach = _Reach(case.chart)
        self._states = {state.name for state in case.cell.states}
        self.computed = 0
        """How many nodes have been computed again."""
        self._wrong = [n for n in self._returned if not engine.is_returned(n, engine.value(n))]

    def reaches_all_that_is_wrong(self, names: Iterable[str]) -> bool:
        """Whether a change of these nodes can make all results right."""
        reach = self._reach.of(frozenset(names))
        return all(node[0] in reach for node in self._wrong)

    def explains(self, change: Change) -> dict[Node, V] | None:
        """The changed values, if all results are then right; otherwise None.

        Of states that are read elsewhere, what is read, by the state and the step that reads it.
        """
        sources = self._case.adjoints if change.omitted else change.sources
        if not change.renamed and not self.reaches_all_that_is_wrong(sources):
            return None
        reach = self._reach.of(sources)
        try:
            changed = {**self._renamed(change), **self._taken(change)}
        except NO_VALUE:
            return None
        reread: dict[Node, V] = {}
        forward: dict[Node, V] = {}
        mended: set[Node] = set()
        is_named_rightly = change.is_named_rightly or change.is_handed
        returned_as = (
            {} if is_named_rightly else {f"d{p}": f"d{q}" for p, q in change.renamed.items()}
        )
        for node in self._order:
            if node[0] not in reach or self._is_untouched(node, change):
                continue
            if change.taken and node[0] not in self._case.adjoints:
                continue
            try:
                if change.is_handed and not forward and node[0] in self._case.adjoints:
                    forward, changed = changed, self._from_states(changed)
                self._read_elsewhere(node, change, changed, reread)
                self.computed += 1
                taken = self._carried_instead(node, change)
                if taken is not None:
                    is_known = taken in changed
                    changed[node] = changed[taken] if is_known else self._engine.value(taken)
                else:
                    slip = self._omission(node, change) or change.slips.get(node[0])
                    changed[node] = self._engine.recomputed(node, changed, reread, slip)
            except NO_VALUE:
                return None
            if self._is_forward_copy(node, change):
                continue
            for name in _results_of(node[0], change, returned_as):
                result = (name, node[1])
                if result in self._returned:
                    if not self._engine.is_returned(result, changed[node]):
                        return None
                    mended.add(result)
        if not mended.issuperset(self._wrong):
            return None
        return reread if change.reread else {**changed, **forward}

    def _omission(self, node: Node, change: Change) -> Slip | None:
        """The slip by which an adjoint is 0 at the step that is left out."""
        name, t = node
        is_left_out = bool(t) and t == change.omitted and name in self._case.adjoints
        return _NOTHING if is_left_out and not name.endswith("_carried") else None

    def _carried_instead(self, node: Node, change: Change) -> Node | None:
        """What is taken for the adjoint of an initial state where the first step is left out."""
        states = {initial_name(adjoint_name(state)): state for state in self._states}
        if change.omitted != 1 or node[0] not in states:
            return None
        return (carried_name(adjoint_name(states[node[0]])), 1)

    def _renamed(self, change: Change) -> dict[Node, V]:
        """The arguments that are read in the place of others."""
        found: dict[Node, V] = {}
        for name, other in change.renamed.items():
            time = 0 if name in self._states else None
            found[name, time] = self._engine.value((other, time))
        return found

    def _taken(self, change: Change) -> dict[Node, V]:
        """What a backward pass takes for signals from its forward pass, and computes from it."""
        found: dict[Node, V] = {}
        for name, other in change.taken.items():
            nodes = [node for node in self._order if node[0] == name]
            if change.is_taken_at_first and other in self._states:
                nodes.append((name, 0))
            found.update((node, self._engine.value((other, node[1]))) for node in nodes)
        if change.is_computed_again:
            signals = [n for n in self._order if n[0] not in (*self._states, *self._case.adjoints)]
            for node in signals:
                if node not in found:
                    found[node] = self._engine.recomputed(node, found, {}, None)
        return found

    def _from_states(self, forward: Mapping[Node, V]) -> dict[Node, V]:
        """What a backward pass computes again, from the states of a forward pass."""
        changed = {
            node: value for node, value in forward.items() if node[0] in self._states and node[1]
        }
        for node in self._order:
            if node in forward and node[0] not in self._states:
                changed[node] = self._engine.recomputed(node, changed, {}, None)
        return changed

    def _is_forward_copy(self, node: Node, change: Change) -> bool:
        """Whether a node is computed again for the backward pass only."""
        return change.is_backward and node[0] not in self._case.adjoints

    def _is_untouched(self, node: Node, change: Change) -> bool:
        """Whether a forward node keeps its value: what is computed again is one equation, or those
        that read it.

        A state is not, if only a part of its equation is computed again.
        """
        if not self._is_forward_copy(node, change):
            return False
        if node[0] in self._states and node[0] not in change.slips:
            return True
        if change.is_read_on:
            return False
        owners = {self._case.chart.named[name].owner for name in change.slips}
        return self._case.chart.named[node[0]].owner not in owners

    def _read_elsewhere(
        self, node: Node, change: Change, changed: Mapping[Node, V], reread: dict[Node, V]
    ) -> None:
        for state, source in change.reread.items():
            t = node[1]
            if t and (state, t) not in reread:
                other = source.at(t)
                reread[state, t] = changed[other] if other in changed else self._engine.value(other)


def _results_of(name: str, change: Change, returned_as: Mapping[str, str]) -> Iterator[str]:
    """The results as which the value of a node is returned."""
    if name not in change.stored:
        yield returned_as.get(name, name)
    yield from (state for state, kept in change.stored.items() if kept == name)


class _Reach:
    """Which names a name has an influence on, over any number of steps."""

    def __init__(self, chart: Chart) -> None:
        self._readers: dict[str, set[str]] = {}
        for name, named in chart.named.items():
            for read in chart.names_read(named):
                self._readers.setdefault(read, set()).add(name)
        self._known: dict[frozenset[str], frozenset[str]] = {}

    def of(self, names: frozenset[str]) -> frozenset[str]:
        if names not in self._known:
            found, stack = set(names), list(names)
            while stack:
                new = self._readers.get(stack.pop(), set()) - found
                found |= new
                stack += new
            self._known[names] = frozenset(found)
        return self._known[names]
