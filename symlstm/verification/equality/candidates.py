"""Correspondences that may be right: by names, by the structure of the equations, by guesses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from symlstm.verification.equality.composing import lacking_own
from symlstm.verification.equality.direction import Direction, Plan
from symlstm.verification.equality.embedding import (
    STEPS,
    Budget,
    Embedding,
    Mode,
    OutOfSteps,
    Search,
)
from symlstm.verification.equality.evaluating import values_are_known
from symlstm.verification.equality.forms import Leaf
from symlstm.verification.equality.guessing import Guesser
from symlstm.verification.equality.proving import Correspondence, seeded

Found = tuple[Direction, Embedding]
"""An embedding, and which cell is set into which."""


@dataclass
class Candidates:
    """What two cells may be to each other; whether it is right, a proof decides.

    Args:
        stopped: the searches that did not come to an end.
    """

    plan: Plan
    seed: int
    stopped: set[Mode] = field(default_factory=set[Mode])

    def guessed(self, direction: Direction, by_names: bool) -> Iterator[Correspondence]:
        """Correspondences that agree on numbers: of equal names, or of sums in every order.

        Raises:
            OutOfSteps: too many were tried.
        """
        guesser = Guesser(
            direction.matcher, direction.signals, direction.told,
            seeded(self.seed, "guess"), Budget(STEPS["nearest"]),
        )  # fmt: skip
        if by_names:
            state = guesser.by_names()
            if state is not None:
                yield from guesser.agreeing(state)
            return
        for state in guesser.by_sums():
            yield from guesser.agreeing(state)

    def embedded(self, side: int, mode: Mode) -> Found | None:
        """The special cell inside the general one: one that can be any of those, or the first."""
        first: Found | None = None
        special, general = self.plan.cells[side], self.plan.cells[1 - side]
        try:
            for found in self._embeddings(side, mode):
                direction, embedding = found
                if not values_are_known(self.plan.forms, embedding.state.values):
                    continue
                if not self.lacking(*found):
                    return found
                first = first or found
                if len(general.atoms) > len(special.atoms) + len(direction.all_told):
                    break
        except OutOfSteps:
            self.stopped.add(mode)
        return first

    def nearest(self, side: int) -> Found | None:
        """The embedding with the fewest terms left over, of those that were looked at."""
        nearest: Found | None = None
        with suppress(OutOfSteps):
            for nearest in self._embeddings(side, "nearest"):  # noqa: B007
                pass
        return nearest

    def all_embedded(self, side: int, mode: Mode) -> Iterator[Found]:
        """The special cell inside the general one, in all ways that are found.

        Raises:
            OutOfSteps: there may be more.
        """
        for found in self._embeddings(side, mode):
            if values_are_known(self.plan.forms, found[1].state.values):
                yield found

    def _embeddings(self, side: int, mode: Mode) -> Iterator[Found]:
        budget, best = Budget(STEPS[mode]), float("inf")
        for direction in self.plan.directions(side, keeps_states=mode == "nearest"):
            owners = self.plan.owners(side)
            search = Search(direction.matcher, direction.signals, budget, mode, owners, best)
            for embedding in search.embeddings(direction.signals.state(direction.told)):
                yield direction, embedding
                best = embedding.cost if mode == "nearest" else best

    def lacking(self, direction: Direction, embedding: Embedding) -> bool:
        """Whether the special cell cannot be any of the general ones."""
        values = embedding.state.values
        return bool(
            direction.overridden or lacking_own(self.plan.forms, values, direction.all_told)
        )


def correspondence(
    direction: Direction, embedding: Embedding, free: Sequence[Leaf] = ()
) -> Correspondence:
    """What an embedding says of the parameters.

    Args:
        free: parameters that keep symbols of their own.
    """
    values = direction.values(embedding.state.values)
    return Correspondence(
        direction.matcher.special.cell, direction.matcher.general.cell, direction.signals,
        embedding.state.sizes, {k: v for k, v in values.items() if k not in free},
        direction.signals.results,
    )  # fmt: skip
