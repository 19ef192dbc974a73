"""The search for an embedding: the general cell's parameters so set that it is the special cell.

A cell's results are polynomials in units (functions applied to sums with parameters, such as
gates). If one cell is a case of another, each unit of the general one is a unit of the special one,
up to the signs that σ(−a) = 1 − σ(a), tanh(−a) = −tanh(a) and relu(−a) = relu(a) − a leave open
and the scale that relu(c a) = c relu(a) does, or a constant. So the
search goes through what each unit may be, in the order of the results, and drops a choice as soon
as a sum or a result cannot come out. Names only decide what is tried first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

from symlstm.verification.equality.cell_form import CellForm, Unit
from symlstm.verification.equality.forms import (
    HOMOGENEOUS,
    ONE,
    REFLECTED,
    ZERO,
    Forms,
    Polynomial,
    value_at_zero,
)
from symlstm.verification.equality.matching import Match, Matcher, State
from symlstm.verification.equality.scales import scales
from symlstm.verification.equality.signals import Signals

ZEROED, ALONE, TWICE = 0.9, 3.0, 0.5
"""What it costs, in terms without a counterpart, if a term is zero, if a unit has no counterpart,
if one unit is the counterpart of two."""


Mode = Literal["renaming", "case", "nearest"]
"""Whether units are exchanged one for one, may be tied or zero, or terms may be left over."""

SIGNED = frozenset({"sigmoid", "tanh", "abs"}) | REFLECTED
"""Functions with a law for f(−a)."""

STEPS: Mapping[Mode, int] = {"renaming": 8_000, "case": 10_000, "nearest": 8_000}
"""How much each search may do, in factors looked at: a few seconds, the same on any machine."""


class OutOfSteps(Exception):
    """The search has reached its limit."""


@dataclass
class Budget:
    """How many factors may still be looked at."""

    left: int

    def spend(self, factors: int) -> None:
        self.left -= 1 + factors
        if self.left < 0:
            raise OutOfSteps


@dataclass(frozen=True)
class Difference:
    """Where a general and a special form do not agree.

    Args:
        general: the unit or result of the general cell; None where it has none.
        special: that of the special cell it was set against.
        match: what was left over, and which parameters are zero.
        functions: the two functions, where they are different.
    """

    general: Unit | str | None
    special: Unit | str | None
    match: Match
    functions: tuple[str, str] | None = None


@dataclass(frozen=True)
class Embedding:
    """The general cell as the special one, exactly or as nearly as it was found.

    Args:
        side: which of the two cells is the special one.
        signals: how the signals are paired.
        state: what the parameters and units of the general cell are.
        differences: where the two do not agree, or a parameter is zero.
        cost: 0 if they agree everywhere.
    """

    side: int
    signals: Signals
    state: State
    differences: tuple[Difference, ...] = ()
    cost: float = 0.0


@dataclass
class Search:
    """The search for embeddings of one cell into another.

    Args:
        budget: when to give up.
        mode: what is allowed; in `nearest`, each embedding is nearer than those before.
        owners: intermediate quantities of the general cell that are told to be others.
    """

    matcher: Matcher
    signals: Signals
    budget: Budget
    mode: Mode
    owners: Mapping[str, str] = field(default_factory=dict[str, str])
    _best: float = float("inf")
    _sizes: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def forms(self) -> Forms:
        return self.matcher.forms

    @property
    def is_lenient(self) -> bool:
        return self.mode == "nearest"

    @property
    def special(self) -> CellForm:
        return self.matcher.special

    @property
    def general(self) -> CellForm:
        return self.matcher.general

    def embeddings(self, state: State) -> Iterator[Embedding]:
        """Embeddings from what is settled on.

        Raises:
            OutOfSteps: the budget is spent.
        """
        goals = sorted(self.signals.results, key=lambda pair: self._weight(pair[0]))
        start = Embedding(self.special.side, self.signals, state)
        yield from self._over_goals(start, goals)

    def _size(self, factor: int) -> int:
        """How many factors there are below one, itself included."""
        if factor not in self._sizes:
            self._sizes[factor] = len(self.forms.factors(self.forms.of_factor(factor)))
        return self._sizes[factor]

    def _weight(self, name: str) -> int:
        return sum(f in self.general.units for f in self.forms.factors(self.general.result(name)))

    def _over_goals(
        self, so_far: Embedding, goals: Sequence[tuple[str, str]]
    ) -> Iterator[Embedding]:
        if not goals:
            if so_far.cost < self._best:
                if self.is_lenient:
                    self._best = so_far.cost
                yield so_far
            return
        (mine, other), *rest = goals
        form = self.general.result(mine)
        wanted = self.special.result(other)
        for settled in self._over_units(so_far, form, wanted):
            match = self.matcher.match(settled.state, form, wanted)
            following = self._after(settled, match, mine, other)
            if following is not None:
                yield from self._over_goals(following, rest)

    def _over_units(
        self, so_far: Embedding, form: Polynomial, wanted: Polynomial
    ) -> Iterator[Embedding]:
        """Every choice for the units in a form that is to be `wanted`, as far as they are open."""
        self.budget.spend(len(form))
        factor = next(
            (f for f in self.forms.factors(form)
             if f in self.general.units and f not in so_far.state.units), None,
        )  # fmt: skip
        if factor is None:
            yield so_far
            return
        for chosen in self._choices(so_far, self.general.units[factor]):
            if chosen.cost < self._best and self._is_possible(chosen, factor, form, wanted):
                yield from self._over_units(chosen, form, wanted)

    def _is_possible(
        self, so_far: Embedding, factor: int, form: Polynomial, wanted: Polynomial
    ) -> bool:
        """Whether the longest products with a unit occur, where units are exchanged one for one.

        No other product cancels the leading term of one whose units are part of no other. That
        does not hold where relu(−a) = relu(a) − a, whose a may be a product of units as well.
        """
        if self.mode != "renaming" or self._has_reflected:
            return True
        coefficients, settled = dict(wanted), so_far.state.units
        products = [(m, c, {f for f, _ in m if f in self.general.units}) for m, c in form]
        translation = self.matcher.translation(so_far.state)
        for monomial, coefficient, units in products:
            if factor not in units or not units <= settled.keys():
                continue
            others = [u for m, _, u in products if m != monomial]
            if any(units <= other for other in others):
                continue
            translated = translation.monomial(monomial)
            if translated and not self.matcher.open_leaves(translated):
                leading, factor_of_it = max(translated, key=lambda term: sum(e for _, e in term[0]))
                if coefficients.get(leading) != coefficient * factor_of_it:
                    return False
        return True

    @cached_property
    def _has_reflected(self) -> bool:
        return any(self.forms.nodes[f][1] in REFLECTED for f in self.general.units)

    def _choices(self, so_far: Embedding, unit: Unit) -> Iterator[Embedding]:
        _, name, argument = self.forms.nodes[unit.factor]
        translated = self.matcher.translation(so_far.state).polynomial(argument)
        if not self.matcher.open_leaves(translated):
            yield self._with_unit(so_far, unit, self.forms.call(name, translated))
            return
        for factor in self._factors(name):
            for other in self._candidates(unit):
                chosen = self._chosen(so_far, unit, other, factor)
                if chosen is not None:
                    yield chosen
        yield from self._constant(so_far, unit)
        if self.is_lenient:
            alone = self.forms.of_factor(unit.factor)
            yield replace(self._with_unit(so_far, unit, alone), cost=so_far.cost + ALONE)

    def _factors(self, name: str) -> tuple[Fraction, ...]:
        """What the argument of a unit may be times that of another, by the laws of its function."""
        one = (Fraction(1),)
        factors = self._scales if name in HOMOGENEOUS and not self.is_lenient else one
        return factors + tuple(-f for f in factors if name in SIGNED)

    @cached_property
    def _scales(self) -> tuple[Fraction, ...]:
        return scales(self.special, self.general)

    def _chosen(
        self, so_far: Embedding, unit: Unit, other: Unit, times: Fraction
    ) -> Embedding | None:
        """The unit as another one whose argument is multiplied by a number."""
        _, name, argument = self.forms.nodes[unit.factor]
        _, function, wanted = self.forms.nodes[other.factor]
        if function != name and not (self.is_lenient and times > 0):
            return None
        form = self._multiplied(other, times)
        if self.mode == "renaming" and self._is_used(so_far, other):
            return None
        self.budget.spend(self._size(unit.factor))
        match = self.matcher.match(so_far.state, argument, self.forms.scale(times, wanted))
        functions = (name, function) if function != name else None
        following = self._after(so_far, match, unit, other, functions)
        if following is None:
            return None
        return self._with_unit(self._counted(following, form), unit, form)

    def _is_used(self, so_far: Embedding, other: Unit) -> bool:
        return any(f == other.factor for form in so_far.state.units.values()
                   for m, _ in form for f, _ in m)  # fmt: skip

    def _candidates(self, unit: Unit) -> list[Unit]:
        """The units of the special cell, those of the same function and owner first."""
        name = self.forms.nodes[unit.factor][1]
        wanted = self.owners.get(unit.owner)
        found = [u for u in self.special.units.values() if wanted in (None, u.owner)]
        found.sort(key=lambda u: (self.forms.nodes[u.factor][1] != name, u.owner != unit.owner))
        return found

    def _counted(self, so_far: Embedding, form: Polynomial) -> Embedding:
        """The cost of a unit that is already the counterpart of another."""
        if not self.is_lenient or form not in so_far.state.units.values():
            return so_far
        return replace(so_far, cost=so_far.cost + TWICE)

    def _constant(self, so_far: Embedding, unit: Unit) -> Iterator[Embedding]:
        """The unit with all its parameters zero."""
        _, name, argument = self.forms.nodes[unit.factor]
        value = value_at_zero(name)
        if value is None or self.mode != "case":
            return
        match = self.matcher.match(so_far.state, argument, ZERO)
        following = self._after(so_far, match, unit, None)
        if following is not None:
            yield self._with_unit(following, unit, self.forms.constant(value))

    def _cost(self, match: Match, general: Unit | str, special: Unit | str | None) -> float:
        """How many terms, as they were written, have no counterpart."""
        if not (match.special or match.general or match.zeroed):
            return 0
        alone = self.general.written(general, match.general)
        zero = [a for a in self.general.written(general, match.zeroed) if a not in alone]
        other = [] if special is None else self.special.written(special, match.special)
        return max(1, len(alone) + len(other)) + ZEROED * len(zero)

    def _multiplied(self, unit: Unit, times: Fraction) -> Polynomial:
        """σ(−a) = 1 − σ(a), tanh(−a) = −tanh(a), relu(−a) = relu(a) − a, relu(c a) = c relu(a)

        And |c a| = |c| |a|.
        """
        form = self.forms.of_factor(unit.factor)
        _, name, argument = self.forms.nodes[unit.factor]
        if times > 0 or name == "abs":
            return self.forms.scale(abs(times), form)
        if name == "sigmoid":
            return self.forms.subtract(ONE, form)
        if name in REFLECTED:
            return self.forms.scale(abs(times), self.forms.subtract(form, argument))
        return self.forms.scale(-1, form)

    def _with_unit(self, so_far: Embedding, unit: Unit, form: Polynomial) -> Embedding:
        units = {**so_far.state.units, unit.factor: form}
        return replace(so_far, state=replace(so_far.state, units=units))

    def _after(
        self, so_far: Embedding, match: Match | None,
        general: Unit | str, special: Unit | str | None,
        functions: tuple[str, str] | None = None,
    ) -> Embedding | None:  # fmt: skip
        """What is settled after a match; None if it cannot be part of an embedding."""
        if match is None or not (match.is_exact or self.is_lenient):
            return None
        if self.mode == "renaming" and match.zeroed:
            return None
        added = self._cost(match, general, special) + (1.5 if functions else 0)
        differences = so_far.differences
        if added:
            differences = (*differences, Difference(general, special, match, functions))
        cost = so_far.cost + (added if self.is_lenient else 0)
        if cost >= self._best:
            return None
        return replace(so_far, state=match.state, differences=differences, cost=cost)
