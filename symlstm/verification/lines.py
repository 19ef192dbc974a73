"""Lines: which line of the user's file is to blame for an event.

An operation stands on the stack of lines that led to it. The innermost is to blame, unless it is a
helper that is right where others call it: then the caller is.
"""

from __future__ import annotations

from functools import cached_property

from symlstm.proof.interpret import Interpretation
from symlstm.proof.tower import Value
from symlstm.tracing.trace import Event, Place
from symlstm.verification.case import Case
from symlstm.verification.fingerprints import Fingerprints, entries


class Lines:
    """The lines of a run.

    Args:
        right: the values of the equations, before any is replaced by one of the implementation.
    """

    def __init__(self, case: Case, prints: Fingerprints, right: Interpretation) -> None:
        self._case = case
        self._prints = prints
        self._right = right

    def blamed_for(self, event: Event | None) -> Place | None:
        """The innermost line all of whose uses are wrong; in a shared helper, its caller's."""
        if event is None or not event.places:
            return next(iter(self._case.trace.places), None)
        for depth, place in enumerate(event.places[:-1]):
            if not self._is_right_elsewhere(event, depth):
                return place
        return event.places[-1]

    def _is_right_elsewhere(self, event: Event, depth: int) -> bool:
        """Whether a line, called from another line, does the same and gives a right value."""
        place, caller = event.places[depth], event.places[depth + 1]
        return any(
            other.places[depth] == place
            and other.places[depth + 1] != caller
            and other.operation == event.operation
            and all(self._prints.print_of(e) in self._right_prints for e in other.outputs)
            for other in self._case.events
            if len(other.places) > depth + 1
        )

    @cached_property
    def _right_prints(self) -> frozenset[Value | None]:
        return frozenset(self._prints.prints_of(entries(self._right.values.values())))
