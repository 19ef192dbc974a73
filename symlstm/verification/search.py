"""The search for the next cause: the first suspect for which the implementation has a value.

A suspect without one is merely inlined, and passed over.
"""

from __future__ import annotations

from symlstm.verification.alignment import Alignment
from symlstm.verification.carries import Carries
from symlstm.verification.cause import Cause
from symlstm.verification.chart import Node
from symlstm.verification.events import Events
from symlstm.verification.explanation import Explanations
from symlstm.verification.roles import Candidate, Roles

SURE, LIKELY = 0.9, 0.7
"""Scores of a role: above the first no slip is tried, and a slip must have more than the second."""


class Search:
    """The search under the repairs so far."""

    def __init__(self, alignment: Alignment, explanations: Explanations) -> None:
        self._alignment = alignment
        self._prints = alignment.prints
        self._explanations = explanations
        self._events = Events(alignment)
        self._roles = Roles(alignment, self._events)

    def next_cause(self) -> Cause | None:
        """The first cause in the order of computation; suspects before it are passed over."""
        carries = Carries(self._alignment)
        while suspects := self._alignment.suspects():
            carry = carries.cause(suspects)
            if carry is not None:
                return carry
            for node in suspects:
                cause = self._cause_at(node)
                if cause is not None:
                    return cause
                self._alignment.repairs.passed_over.add(node)
        return None

    def _cause_at(self, node: Node) -> Cause | None:
        returned = self._alignment.returned.get(node)
        if returned is not None:
            return self._cause_at_result(node, returned)
        zero = self._alignment.case.terms.zero
        is_there = self._prints.are_present(self._alignment.values_of(node))
        if is_there and self._alignment.is_alone(node):
            return None  # It is computed rightly; what does not read it is wrong.
        # Where it is another quantity's value too, what stands in its place needs more evidence.
        best = max(
            (c for c in self._roles.candidates(node) if c.score > LIKELY * is_there),
            key=lambda candidate: (candidate.score, candidate.elements[0] != zero),
            default=Candidate(0.0, (), None),
        )
        if best.score <= SURE:
            by_slip = self._by_slip(node, max(best.score, LIKELY))
            if by_slip is not None or best.score == 0:
                return by_slip
        event = best.event
        if set(best.elements) == {zero}:
            event = self._events.user_of_zero(node, event)
        elif event is not None and len(event.outputs) > len(best.elements):
            event = self._events.mover_of_values(best.elements) or event
        elif node[0].endswith("_carried") and event is not None:
            # The same value may be computed for another purpose before it is carried.
            event = self._events.last_like(event)
        return Cause(node, best.elements, event)

    def _cause_at_result(self, node: Node, elements: tuple[int, ...]) -> Cause | None:
        """A result is wrong by what is returned, or by what it was computed as."""
        right = self._alignment.values_of(node)
        is_named = self._alignment.are_named(elements)
        if is_named and self._prints.are_made(right):
            return Cause(node, elements, self._events.taker(elements), is_moved=True)
        if set(elements) == {self._alignment.case.terms.zero}:
            event = self._events.source_of_zeros(node, elements)
        elif is_named:
            event = self._events.taking_another(node, elements)
        else:
            event = self._events.maker(elements)
        return None if self._alignment.repairs.has_given(node) else Cause(node, elements, event)

    def _by_slip(self, node: Node, least: float) -> Cause | None:
        """A slip whose value has the role of a node, when that value is another quantity's too."""
        consumers = self._alignment.timed_consumers(node)
        for slip, elements in self._explanations.likely(node):
            if (
                self._alignment.are_named(elements)
                and self._roles.score(node, elements, consumers) > least
            ):
                event = self._events.with_values(elements, node)
                return Cause(node, elements, event, slip)
        return None
