"""Which input, state and result of one cell is which of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations
from math import factorial
from typing import Any

from symlstm.cell import Cell, Quantity
from symlstm.verification.equality.forms import Leaf, Polynomial
from symlstm.verification.equality.matching import State
from symlstm.verification.equality.sizes import unify_shapes

MAXIMUM_SIGNALS = 120
"""Ways to pair inputs and results that are tried."""


@dataclass(frozen=True)
class Signals:
    """How the signals of two cells are paired.

    Args:
        pairs: inputs, states and other results of the general cell, as those of the special one.
        results: the results that are compared, (general, special).
        sizes: what that says of the named sizes.
    """

    pairs: Mapping[str, str]
    results: tuple[tuple[str, str], ...]
    sizes: Mapping[Any, Any]

    def state(self, values: Mapping[Leaf, Polynomial] | None = None) -> State:
        return State(self.pairs, self.sizes, values or {})


def outputs(cell: Cell) -> tuple[Quantity, ...]:
    """The results that no equation reads at the time at which they are computed."""
    read = {q.name for e in cell.equations for q, shift in cell.reads(e) if shift == 0}
    return tuple(q for q in cell.results if q.name not in read)


def pairings(
    special: Cell, general: Cell, told: Mapping[str, str] | None = None
) -> Iterator[Signals]:
    """The ways to pair inputs and results, likely ones first: by name, then in order.

    Args:
        told: signals of the general cell, as those of the special one.
    """
    told = told or {}
    if len(special.inputs) != len(general.inputs):
        return
    for inputs in _injections(general.inputs, special.inputs, told):
        for results in _injections(general.results, special.results, told):
            signals = _paired(inputs, results)
            if signals is not None and _has_outputs(special, general, signals):
                yield signals


def are_too_many(special: Cell, general: Cell) -> bool:
    """Whether not all ways to pair the inputs and one result can be tried."""
    return factorial(len(special.inputs)) * len(general.results) > MAXIMUM_SIGNALS


def sizes_of_pairs(special: Cell, general: Cell, result: Quantity) -> Iterator[dict[Any, Any]]:
    """What is said of the general cell's sizes by each way to pair the inputs and one result.

    Args:
        result: that of the special cell; any of the general one may be it.
    """
    if len(special.inputs) != len(general.inputs):
        return
    for inputs in permutations(special.inputs):
        for other in general.results:
            sizes: dict[Any, Any] = {}
            pairs = [*zip(general.inputs, inputs, strict=True), (other, result)]
            if all(unify_shapes(sizes, g.shape, s.shape) for g, s in pairs):
                yield sizes


def unplaced(special: Cell, general: Cell) -> Quantity | None:
    """An output of the special cell that no result of the general one can be, by the shapes."""
    if len(special.inputs) != len(general.inputs) or are_too_many(special, general):
        return None
    for result in outputs(special):
        if next(sizes_of_pairs(special, general, result), None) is None:
            return result
    return None


def _injections(
    general: Sequence[Quantity], special: Sequence[Quantity], told: Mapping[str, str]
) -> list[list[tuple[Quantity, Quantity]]]:
    """The pairs of as many quantities as both have, those of one name and role first."""
    few, many = (general, special) if len(general) <= len(special) else (special, general)
    found: list[list[tuple[Quantity, Quantity]]] = []
    for chosen in islice(permutations(many, len(few)), 5000):
        pairs = list(zip(few, chosen, strict=True))
        if few is special:
            pairs = [(b, a) for a, b in pairs]
        if all(told.get(g.name, s.name) == s.name for g, s in pairs):
            found.append(pairs)
    found.sort(
        key=lambda pairs: -sum(2 * (g.name == s.name) + (g.role is s.role) for g, s in pairs)
    )
    return found[:MAXIMUM_SIGNALS]


def _paired(
    inputs: Sequence[tuple[Quantity, Quantity]], results: Sequence[tuple[Quantity, Quantity]]
) -> Signals | None:
    sizes: dict[Any, Any] = {}
    for g, s in (*inputs, *results):
        if not unify_shapes(sizes, g.shape, s.shape):
            return None
    pairs = {g.name: s.name for g, s in (*inputs, *results)}
    return Signals(pairs, tuple((g.name, s.name) for g, s in results), sizes)


def _has_outputs(special: Cell, general: Cell, signals: Signals) -> bool:
    """Whether every output of either cell is paired."""
    pairs = signals.pairs
    return all(q.name in pairs for q in outputs(general)) and all(
        q.name in pairs.values() for q in outputs(special)
    )
