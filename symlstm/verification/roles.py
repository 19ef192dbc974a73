"""Roles: which array of the implementation stands in the place of a node.

A node is known by what is computed from it. An array has its role if the consumers of the node,
computed from that array instead, are what the implementation computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from symlstm.cell import Role
from symlstm.proof.interpret import Matrix, Moment, symbol_names
from symlstm.proof.terms import operands
from symlstm.tracing.trace import Event
from symlstm.verification.alignment import Alignment
from symlstm.verification.chart import Node
from symlstm.verification.events import Events, fittings
from symlstm.verification.fingerprints import entries

PARTLY = 0.4
"""What a consumer counts of which only the share of the candidate is there."""

LOOK_AHEAD = 3


@dataclass(frozen=True)
class Candidate:
    """An array that could stand in the place of a node.

    Args:
        score: the share of the node's consumers that are computed from it, 0 to 1.
    """

    score: float
    elements: tuple[int, ...]
    event: Event | None


class Roles:
    """The test of a role, under the repairs so far."""

    def __init__(self, alignment: Alignment, events: Events) -> None:
        self._alignment = alignment
        self._prints = alignment.prints
        self._events = events
        self._reached: dict[Node, frozenset[Node]] = {}

    def candidates(self, node: Node) -> Iterator[Candidate]:
        """The arrays that explain at least a part of what is computed from a node."""
        shape = self._alignment.array_shape(node)
        consumers = self._alignment.consumers.get(node, [])
        for elements, event in self._arrays(shape):
            meant = self._meant_as(node, elements, event)
            is_adjoint = node[0] in self._alignment.case.adjoints
            if meant is None or (is_adjoint and not self._comes_from_the_loss(elements)):
                continue
            score = self.score(node, elements, consumers)
            if score > 0:
                yield Candidate(score, elements, meant)

    def _comes_from_the_loss(self, elements: tuple[int, ...]) -> bool:
        """Whether each element depends on an outside adjoint, or is zero.

        An adjoint is linear in what the loss gives. 1/f does not depend on it, and yet makes
        1 − f, which every backward pass has, of f ∘ (1 − f).
        """
        zero = self._alignment.case.terms.zero
        return all(self._of_loss[e] or e == zero for e in elements)

    @cached_property
    def _of_loss(self) -> bytearray:
        """Of each term, whether it depends on an outside adjoint."""
        case = self._alignment.case
        given = {a.name for a in case.system.with_role(Role.OUTSIDE)}
        outside = {
            name for argument in case.binding.signature.arguments
            if f"{argument.name}_out" in given
            for name in symbol_names(argument, case.sizes)
        }  # fmt: skip
        found = bytearray(len(case.terms.nodes))
        for index, term in enumerate(case.terms.nodes):
            is_outside = term[0] == "symbol" and term[1] in outside
            found[index] = is_outside or any(found[o] for o in operands(term))
        return found

    def _arrays(self, shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Event]]:
        """The arrays of the implementation that have a shape, each once, with its first event."""
        tried: set[tuple[int, ...]] = set()
        for event in self._alignment.case.events:
            if event.kind == "input" or not event.outputs:
                continue
            for elements in fittings(event, shape, self._alignment.case.steps):
                if elements not in tried:
                    tried.add(elements)
                    yield elements, event

    def _meant_as(self, node: Node, elements: tuple[int, ...], event: Event) -> Event | None:
        """The event that may be meant as `node`; what is carried may have any value."""
        if node[0].endswith("_carried"):
            return event
        if self._prints.are_constant(elements):
            return None
        return self._events.meant_as(node, event) if self._alignment.are_named(elements) else event

    def score(self, node: Node, elements: tuple[int, ...], consumers: list[Node]) -> float:
        """The share of a node's consumers that the implementation computes from `elements`.

        A consumer may have other faults, at other times too, and then is not there as a whole; the
        terms that the node has in its sum count a part.
        """
        if not consumers:
            return 0.0
        changed = self._alignment.moments(node, elements)
        trial = _Trial(self._alignment, changed, self._reach(node))
        explained = sum(
            self._explains(c, trial, LOOK_AHEAD)
            or PARTLY * self._alignment.has_shares(node, c, changed)
            for c in consumers
        )
        return explained / len(consumers)

    def _reach(self, node: Node) -> frozenset[Node]:
        """The nodes on which a node has an influence, as far as one looks ahead."""
        if node not in self._reached:
            found: set[Node] = set()
            level = {node}
            for _ in range(LOOK_AHEAD + 1):
                level = {c for n in level for c in self._alignment.consumers.get(n, ())} - found
                found |= level
            self._reached[node] = frozenset(found)
        return self._reached[node]

    def _explains(self, node: Node, trial: _Trial, depth: int) -> float:
        """How far a node, and what reads it, is in the implementation in a trial.

        A node that is there counts for a half, for it may be a partial sum that is there by
        accident; the rest is for what reads it. One that is not there may be inlined: then all that
        reads it must be there.
        """
        elements = trial.elements(node)
        returned = self._alignment.returned.get(node)
        if returned is not None:
            return float(self._prints.prints_of(returned) == self._prints.prints_of(elements))
        consumers = self._alignment.timed_consumers(node)
        is_there = self._prints.are_live(elements)
        if depth == 0 or not consumers:
            return float(is_there)
        readers = [self._explains(c, trial, depth - 1 if is_there else 0) for c in consumers]
        if is_there:
            return (1 + sum(readers) / len(readers)) / 2
        return float(min(readers) == 1)


class _Trial:
    """The equations with one value put in, as far as somebody asks.

    Args:
        changed: what is put in.
        reach: the nodes that it has an influence on.
    """

    def __init__(
        self, alignment: Alignment, changed: Mapping[Moment, Matrix], reach: frozenset[Node]
    ) -> None:
        self._alignment = alignment
        self._changed = dict(changed)
        self._reach = reach
        self._done: dict[Node, list[int]] = {}

    def elements(self, node: Node) -> list[int]:
        """The elements of a node, all that it reads being computed again first."""
        if node not in self._done:
            for read in self._alignment.reads.get(node, ()):
                if read in self._reach:
                    self.elements(read)
            values = self._alignment.evaluation.recomputed(node, self._changed)
            self._changed.update({(node[0], node[1], b): m for b, m in values.items()})
            self._done[node] = entries(values.values())
        return self._done[node]
