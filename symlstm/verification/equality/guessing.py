"""Correspondences that are guessed and tried on numbers, where the forms of two cells do not meet.

A stabilised cell computes the same h in another way: its states have no term of the other's. What
both still have are the sums with parameters, `W x_t + R h_{t-1} + b`. These are set equal in every
order, and kept if the results agree at a real point; initial states of what is not compared may
have to be zero. Cells that write all parameters alike are tried by names first.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product

from symlstm.cell import Cell
from symlstm.interface import Sizes
from symlstm.verification.equality.embedding import Budget
from symlstm.verification.equality.evaluating import values_are_known
from symlstm.verification.equality.forms import Forms, Leaf, Polynomial
from symlstm.verification.equality.matching import Matcher, State
from symlstm.verification.equality.proving import Correspondence, Trial
from symlstm.verification.equality.signals import Signals, outputs
from symlstm.verification.equality.sizes import unify_shapes

SMALL = (2, 3, 2, 3, 2, 3, 2)
"""Sizes at which guesses are tried."""

MAXIMUM_SUMS = 7
"""How many sums with parameters are tried in every order."""

TRIAL = 80
"""What a trial on numbers costs, in the factors of a budget."""

Zero = frozenset[tuple[bool, str]]


@dataclass(frozen=True)
class Guesser:
    """Guesses for one way to pair the signals.

    Args:
        told: values that are settled.
    """

    matcher: Matcher
    signals: Signals
    told: Mapping[Leaf, Polynomial]
    rng: random.Random
    budget: Budget

    @property
    def forms(self) -> Forms:
        return self.matcher.forms

    def by_names(self) -> State | None:
        """Every parameter as the one of its name; None if the names or shapes are not the same."""
        special, general = self.matcher.special, self.matcher.general
        known = {leaf.name for leaf in self.told}
        names = {q.name: q for q in special.cell.parameters}
        sizes = dict(self.signals.sizes)
        values = dict(self.told)
        if not known and names.keys() != {q.name for q in general.cell.parameters}:
            return None
        for quantity in general.cell.parameters:
            if quantity.name in known:
                continue
            other = names.get(quantity.name)
            if other is None or not unify_shapes(sizes, quantity.shape, other.shape):
                return None
            values[general.whole(quantity)] = self.forms.leaf(special.whole(other))
        return State(self.signals.pairs, sizes, values)

    def by_sums(self) -> Iterator[State]:
        """The sums with parameters of one cell as those of the other, in every order."""
        mine, other = self.matcher.general.sums, self.matcher.special.sums
        if len(mine) != len(other) or len(mine) > MAXIMUM_SUMS:
            return
        start = State(self.signals.pairs, self.signals.sizes, self.told)
        for signs in product((1, -1), repeat=len(mine)):
            for order in permutations(other):
                self.budget.spend(4 * len(mine))
                state = self._matched(start, mine, order, signs)
                if state is not None:
                    yield state

    def _matched(
        self, state: State, general: Sequence[Polynomial], special: Sequence[Polynomial],
        signs: tuple[int, ...],
    ) -> State | None:  # fmt: skip
        for mine, other, sign in zip(general, special, signs, strict=True):
            match = self.matcher.match(state, mine, self.forms.scale(sign, other))
            if match is None or not match.is_exact or match.zeroed:
                return None
            state = match.state
        return state

    # On numbers.

    def agreeing(self, state: State) -> Iterator[Correspondence]:
        """Correspondences in which the outputs agree on numbers, those that assume less first.

        Initial states that are not paired, then those of results that do not agree, may be zero.
        """
        if not values_are_known(self.forms, state.values):
            return
        results = self.signals.results
        unpaired = _unpaired(self.matcher.special.cell, self.matcher.general.cell, self.signals)
        zero: Zero = frozenset()
        for wider in (zero, unpaired, None):
            if wider is None:
                wider = zero | self._differing(state, zero)
            if wider == zero and wider:
                continue
            zero = wider
            agreed = self._agreed(state, results, zero)
            kept = tuple(r for r in results if agreed[r] and not _is_zero(r, zero))
            if self._has_outputs(kept):
                yield self._correspondence(state, kept, zero)
                if kept == results:
                    return

    def _differing(self, state: State, zero: Zero) -> Zero:
        """The states that do not agree, of both cells."""
        states = {q.name for q in self.matcher.general.cell.states}
        others = {q.name for q in self.matcher.special.cell.states}
        agreed = self._agreed(state, self.signals.results, zero)
        apart = [pair for pair, is_equal in agreed.items() if not is_equal]
        return frozenset(
            [(True, mine) for mine, _ in apart if mine in states]
            + [(False, other) for _, other in apart if other in others]
        )

    def _agreed(
        self, state: State, results: tuple[tuple[str, str], ...], zero: Zero
    ) -> dict[tuple[str, str], bool]:
        self.budget.spend(TRIAL)
        of = self._correspondence(state, results, zero)
        return Trial(self.forms, of, small_sizes(of.special), small_sizes(of.general)).agrees(
            self.rng
        )

    def _correspondence(
        self, state: State, results: tuple[tuple[str, str], ...], zero: Zero
    ) -> Correspondence:
        special, general = self.matcher.special.cell, self.matcher.general.cell
        return Correspondence(
            special, general, self.signals, state.sizes, state.values, results, zero
        )

    def _has_outputs(self, results: tuple[tuple[str, str], ...]) -> bool:
        special, general = self.matcher.special.cell, self.matcher.general.cell
        mine, other = {g for g, _ in results}, {s for _, s in results}
        return {q.name for q in outputs(general)} <= mine and {
            q.name for q in outputs(special)
        } <= other


def _is_zero(result: tuple[str, str], zero: Zero) -> bool:
    """Whether a result starts from an assumed zero: h_t = a_t ∘ h_{t-1} would be 0 for any a."""
    mine, other = result
    return (True, mine) in zero or (False, other) in zero


def _unpaired(special: Cell, general: Cell, signals: Signals) -> Zero:
    """The states of either cell that have no counterpart."""
    return frozenset(
        [(True, q.name) for q in general.states if q.name not in signals.pairs]
        + [(False, q.name) for q in special.states if q.name not in signals.pairs.values()]
    )


def small_sizes(cell: Cell) -> Sizes:
    """Sizes at which a cell is cheap to run."""
    names = [d.name for d in cell.dimensions]
    return {"B": 1, "T": 2} | {name: SMALL[n % len(SMALL)] for n, name in enumerate(names)}
