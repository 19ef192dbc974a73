"""Fingerprints: the exact value of a term in the tower, by which equal terms are recognised.

Two terms with one fingerprint are one function of the arguments, however each was written. So the
questions of a diagnosis, whether the implementation has this value and whether a result depends on
it, are look-ups in a set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from symlstm.proof.interpret import Matrix
from symlstm.proof.multilinear import Multilinear
from symlstm.proof.terms import reachable
from symlstm.proof.tower import Tower, Value
from symlstm.tracing.parent import TracedRun

MAXIMUM_CASES = 5_000_000
"""Products of cases in the fingerprints of one search: some 20 seconds. Only maxima and other
choices have any."""


class TooManyFingerprints(Exception):
    """The search for a cause takes more than it is given."""


class Fingerprints:
    """The fingerprints of the terms of one run."""

    def __init__(self, run: TracedRun, tower: Tower) -> None:
        self.terms = run.terms
        self._trace = run.first
        self._tower = tower
        self._cases = 0

    def print_of(self, index: int) -> Value | None:
        """The fingerprint of a term; None when it has no exact value.

        Raises:
            TooManyFingerprints: too many cases have met in those that were asked for.
        """
        try:
            value = self._tower.value(index)
        except ArithmeticError:
            return None
        if isinstance(value, Multilinear):
            self._cases += len(value.monomials)
            if self._cases > MAXIMUM_CASES:
                raise TooManyFingerprints
        return value

    def prints_of(self, elements: Iterable[int]) -> list[Value | None]:
        return [self.print_of(element) for element in elements]

    @cached_property
    def live(self) -> frozenset[Value]:
        """The fingerprints of the terms that the results depend on."""
        roots = [e for result in self._trace.results.values() for e in result.elements]
        prints = self.prints_of(reachable(self.terms, roots))
        return frozenset(p for p in prints if p is not None)

    @cached_property
    def made(self) -> frozenset[Value | None]:
        """The fingerprints of all that the implementation computes, whether it is used or not."""
        return (
            frozenset(self.print_of(e) for event in self._trace.events for e in event.outputs)
            | self.live
        )

    def are_constant(self, elements: Sequence[int]) -> bool:
        return all(self.terms.number_at(e) is not None for e in elements)

    def are_live(self, elements: Sequence[int]) -> bool:
        """Whether the results depend on these values, which are not mere numbers."""
        return not self.are_constant(elements) and all(
            self.print_of(e) in self.live for e in elements
        )

    def are_made(self, elements: Sequence[int]) -> bool:
        """Whether the implementation computes these values somewhere, and none is a number."""
        return all(
            self.terms.number_at(e) is None and self.print_of(e) in self.made for e in elements
        )

    def are_present(self, elements: Sequence[int]) -> bool:
        """Whether the implementation computes these values, but for the numbers among them."""
        return all(
            self.terms.number_at(e) is not None or self.print_of(e) in self.made for e in elements
        )


def entries(matrices: Iterable[Matrix]) -> list[int]:
    """The elements of several matrices, each in row-major order."""
    return [element for matrix in matrices for row in matrix for element in row]
