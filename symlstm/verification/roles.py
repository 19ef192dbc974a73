"""Roles: which array of the implementation stands in the place of a node.

A node is known by what is computed from it. An array has its role if the consumers of the node,
computed from that array instead, are what the implementation computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from symlstm.proof.interpret import Matrix, Moment
from symlstm.tracing.trace import Event
from symlstm.verification.alignment import Alignment
from symlstm.verification.chart import Node
from symlstm.verification.events import Events, fitted
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

    def candidates(self, node: Node) -> Iterator[Candidate]:
        """The arrays that explain at least a part of what is computed from a node."""
        shape = self._alignment.array_shape(node)
        consumers = self._alignment.consumers.get(node, [])
        tried: set[tuple[int, ...]] = set()
        for event in self._alignment.case.events:
            if event.kind == "input" or not event.outputs:
                continue
            elements = fitted(event, shape)
            if elements is None or elements in tried:
                continue
            tried.add(elements)
            meant = self._meant_as(node, elements, event)
            if meant is None:
                continue
            score = self.score(node, elements, consumers)
            if score > 0:
                yield Candidate(score, elements, meant)

    def _meant_as(self, node: Node, elements: tuple[int, ...], event: Event) -> Event | None:
        """The event that may be meant as `node`; what is carried may have any value."""
        if node[0].endswith("_carried"):
            return event
        if self._prints.are_constant(elements):
            return None
        return self._events.meant_as(node, event) if self._alignment.are_named(elements) else event

    def score(self, node: Node, elements: tuple[int, ...], consumers: list[Node]) -> float:
        """The share of a node's consumers that the implementation computes from `elements`."""
        if not consumers:
            return 0.0
        changed = self._alignment.moments(node, elements)
        explained = sum(
            self._explains(c, changed, LOOK_AHEAD) or PARTLY * self._has_share(c, node, changed)
            for c in consumers
        )
        return explained / len(consumers)

    def _has_share(self, consumer: Node, node: Node, changed: Mapping[Moment, Matrix]) -> bool:
        """Whether the terms that `node` has in its consumer's sum are in the implementation.

        A consumer may have other faults, at other times too, and then is not there as a whole.
        """
        if node[1] is None:
            return False
        has_any = False
        for share in self._alignment.evaluation.shares(node, consumer, changed):
            has_any = True
            if not self._prints.are_live(entries(share)):
                return False
        return has_any

    def _explains(self, node: Node, changed: Mapping[Moment, Matrix], depth: int) -> float:
        """How far a node, and what reads it, is in the implementation once `changed` is put in.

        A node that is there counts for a half, for it may be a partial sum that is there by
        accident; the rest is for what reads it. One that is not there may be inlined: then all that
        reads it must be there.
        """
        values = self._alignment.evaluation.recomputed(node, changed)
        elements = entries(values.values())
        returned = self._alignment.returned.get(node)
        if returned is not None:
            return float(self._prints.prints_of(returned) == self._prints.prints_of(elements))
        consumers = self._alignment.timed_consumers(node)
        is_there = self._prints.are_live(elements)
        if depth == 0 or not consumers:
            return float(is_there)
        further = {**changed, **{(node[0], node[1], b): m for b, m in values.items()}}
        readers = [self._explains(c, further, depth - 1 if is_there else 0) for c in consumers]
        if is_there:
            return (1 + sum(readers) / len(readers)) / 2
        return float(min(readers) == 1)
