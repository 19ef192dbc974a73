"""How much a cell carries from step to step: a count that no correspondence can exceed.

What a cell computes after step k is a function of the states of step k and of later inputs. If they
hold n numbers, its results after step k are, for fixed later inputs, the image of a piecewise
smooth map from ℝⁿ. Where a result y of another cell has, at a point,

    rank ∂(y_{k+1}, …, y_T) / ∂(x_1, …, x_k) > n,

that result takes values in more than n dimensions, so the first cell does not compute it: whatever
its parameters and initial states, and however its states correspond to those of the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import Any, cast

import mpmath

from symlstm.calculus.gradient import derive, initial_name
from symlstm.cell import Cell, Quantity
from symlstm.interface import Sizes, evaluate_dimension, signature
from symlstm.messages import UnknownNode
from symlstm.proof import reals
from symlstm.proof.differentiation import gradients
from symlstm.proof.interpret import Interpretation, Run
from symlstm.proof.terms import Terms
from symlstm.verification.equality.signals import are_too_many, outputs, sizes_of_pairs
from symlstm.verification.equality.sizes import in_sizes

_mpmath = cast(Any, mpmath)
"""mpmath comes without types."""

POINTS = 3
RANK_DIGITS = 20
"""Singular values count as 0 below 10^−20 of the largest: far above what 50 digits round off."""

MAXIMUM_CARRIED = 12
"""Numbers carried by the cell that carries less, up to which the other's rank is computed."""


@dataclass(frozen=True)
class Excess:
    """A result that hangs on more of the past than another cell carries.

    Args:
        rich, poor: the cell with this result, and the one that carries too little.
        result: the name of the result.
        rank: the rank of its derivative by the inputs up to step `past`.
        carried: how many numbers the poor cell carries.
        sizes: those of the rich cell.
        point: where the derivative has that rank; initial states without a value there are zero.
    """

    rich: Cell
    poor: Cell
    result: str
    rank: int
    carried: int
    past: int
    sizes: Sizes
    point: reals.Point

    @property
    def derivative(self) -> str:
        """∂(h_3, h_4)/∂(x_1, x_2)"""
        later = _steps([self.rich.quantity(self.result)], self.past + 1, self.sizes["T"])
        return f"∂({later})/∂({_steps(self.rich.inputs, 1, self.past)})"


def excess(rich: Cell, poor: Cell, rng: random.Random) -> Excess | None:
    """The proof that one cell cannot compute a result of the other; None if it is not found.

    All ways to pair the inputs, and the result with one of the other cell, are taken together.
    """
    if len(rich.inputs) != len(poor.inputs) or are_too_many(rich, poor):
        return None
    for result in outputs(rich):
        for sizes in _small_sizes(rich):
            carried = _most_carried(rich, poor, result, sizes)
            if carried is None or carried > MAXIMUM_CARRIED or _carried(rich, sizes) <= carried:
                continue
            past = _Past(rich, result, carried, sizes)
            rank, point = past.ranked(rng)
            if rank > carried:
                return Excess(rich, poor, result.name, rank, carried, past.steps, past.sizes, point)
    return None


def _small_sizes(cell: Cell) -> Iterator[dict[str, int]]:
    """Every named size 1 or 2; of many sizes, all 1 or all 2."""
    names = [size.name for size in cell.dimensions]
    if len(names) > 3:
        yield from (dict.fromkeys(names, n) for n in (1, 2))
        return
    for numbers in product((1, 2), repeat=len(names)):
        yield dict(zip(names, numbers, strict=True))


def _most_carried(rich: Cell, poor: Cell, result: Quantity, sizes: Sizes) -> int | None:
    """The most that the poor cell can carry, however inputs and the result are paired.

    None where there is no way to pair them, or where that leaves a size of the poor cell open.
    """
    counts: list[int] = []
    for known in sizes_of_pairs(rich, poor, result):
        if any(size not in known for size in poor.dimensions):
            return None
        own = {
            size.name: evaluate_dimension(in_sizes(known, size), sizes) for size in poor.dimensions
        }
        counts.append(_carried(poor, own))
    return max(counts, default=None)


def _carried(cell: Cell, sizes: Sizes) -> int:
    """How many numbers of the steps before are read in a step."""
    delays: dict[str, int] = {}
    for equation in cell.equations:
        for quantity, shift in cell.reads(equation):
            delays[quantity.name] = max(delays.get(quantity.name, 0), -shift)
    return sum(delays[q.name] * _entries(q, sizes) for q in cell.quantities if q.name in delays)


def _entries(quantity: Quantity, sizes: Sizes) -> int:
    rows, columns = (evaluate_dimension(d, sizes) for d in quantity.shape)
    return rows * columns


class _Past:
    """A cell run so long that its inputs can show in a result that it carries more than `carried`.

    States other than the result start from zero: a correspondence may assume that of them.
    """

    def __init__(self, cell: Cell, result: Quantity, carried: int, sizes: Sizes) -> None:
        self._cell, self._result = cell, result
        wide = sum(_entries(q, sizes) for q in cell.inputs)
        self.steps = ceil((carried + 1) / wide) + 1
        later = ceil((carried + 1) / _entries(result, sizes)) + 1
        self.sizes = {**sizes, "B": 1, "T": self.steps + later}

    def ranked(self, rng: random.Random) -> tuple[int, reals.Point]:
        """The rank of the derivative at a generic point; 0 where it has no value."""
        terms = Terms()
        try:
            rows = self._derivative(terms)
        except (UnknownNode, ArithmeticError):
            return 0, {}
        roots = [entry for row in rows for entry in row]
        names = [str(node[1]) for node in terms.nodes if node[0] == "symbol"]
        for attempt in range(POINTS):
            point = reals.generic_point(names, rng, is_positive=attempt == POINTS - 1)
            values = reals.evaluate(terms, roots, point)
            if all(values[entry] is not None for entry in roots):
                return _rank([[values[entry] for entry in row] for row in rows]), point
        return 0, {}

    def _derivative(self, terms: Terms) -> list[list[int]]:
        """∂ of every later entry of the result, a row each, by every past entry of the inputs."""
        run = Run(derive(self._cell), Interpretation(terms, self.sizes), self.sizes["T"])
        bound = signature(self._cell, "sequence")
        others = [q for q in self._cell.states if q != self._result]
        run.read_arguments(bound, absent=frozenset(initial_name(q.name) for q in others))
        run.forward()
        values, last = run.found.values, self.sizes["T"]
        past = [
            entry
            for q in self._cell.inputs
            for t in range(1, self.steps + 1)
            for row in values[q.name, t, 0]
            for entry in row
        ]
        return [
            gradients(terms, {entry: terms.one}, past)
            for t in range(self.steps + 1, last + 1)
            for row in values[self._result.name, t, 0]
            for entry in row
        ]


def _rank(rows: list[list[Any]]) -> int:
    """The number of singular values that are certainly not 0."""
    with _mpmath.workdps(reals.DIGITS):
        matrix = _mpmath.matrix([[reals.to_mpf(entry) for entry in row] for row in rows])
        if matrix.rows < matrix.cols:
            matrix = matrix.T
        singular = list(_mpmath.svd_r(matrix, compute_uv=False))
        least = max(_mpmath.mpf(1), *singular) * _mpmath.mpf(10) ** -RANK_DIGITS
        return sum(1 for value in singular if value > least)


def _steps(quantities: tuple[Quantity, ...] | list[Quantity], first: int, last: int) -> str:
    """x_1, x_2; of more than two steps x_1, …, x_4."""
    return ", ".join(
        (", " if last - first < 2 else ", …, ").join(
            q.glyph.in_unicode(str(t)) for t in dict.fromkeys((first, last))
        )
        for q in quantities
    )
