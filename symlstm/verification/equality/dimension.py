"""How many parameters of a cell make a difference: a count that a case of it cannot exceed.

The results of a cell at some inputs and initial states are a smooth function of its parameters.
The rank of its derivative by them, at a generic point, is the dimension of the set of results that
the cell can have there. If that is larger for one cell than for another, some parameters of the
first make it compute what no parameters of the other do.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, cast

import mpmath

from symlstm.calculus.gradient import derive
from symlstm.cell import Cell
from symlstm.interface import Sizes, evaluate_dimension, signature
from symlstm.messages import UnknownNode
from symlstm.proof import reals
from symlstm.proof.differentiation import gradients
from symlstm.proof.interpret import Interpretation, Run, symbol_names
from symlstm.proof.terms import Terms
from symlstm.verification.equality.proving import Correspondence, general_sizes

_mpmath = cast(Any, mpmath)
"""mpmath comes without types."""

POINTS = 3
RANK_DIGITS = 20
"""Pivots count as 0 below 10^−20 of the largest entry: far above what 50 digits round off."""

MAXIMUM_PARAMETERS = 60
"""Entries of parameters up to which a rank is computed."""

PIECEWISE = frozenset({"relu", "abs", "sign", "step"})
"""Functions of which one point does not tell the rank at others."""


def exceeds(of: Correspondence, rng: random.Random) -> bool:
    """Whether the general cell computes more than the special one, by the number of dimensions.

    Nothing is said where the signals leave a size of the general cell open: at some it may be
    no more.
    """
    if any(size not in of.signals.sizes for size in of.general.dimensions):
        return False
    names = ([g for g, _ in of.results], [s for _, s in of.results])
    for width in (1, 2):
        sizes = {size.name: width for size in of.special.dimensions} | {"B": 1, "T": 1}
        spare = {size.name: width for size in of.general.dimensions}
        general = general_sizes(of, sizes, spare)
        counts = [_count(of.general, general), _count(of.special, sizes)]
        if max(counts) > MAXIMUM_PARAMETERS:
            return False
        least = counts[1]
        if not _is_piecewise(of.special):
            upper = _rank(of.special, names[1], sizes, rng)
            least = least if upper is None else upper
        found = _rank(of.general, names[0], general, rng)
        if found is not None and found > least:
            return True
    return False


def _count(cell: Cell, sizes: Sizes) -> int:
    """How many numbers the parameters are."""
    shapes = [[evaluate_dimension(d, sizes) for d in q.shape] for q in cell.parameters]
    return sum(rows * columns for rows, columns in shapes)


def _is_piecewise(cell: Cell) -> bool:
    return any(name in str(e.right) for e in cell.equations for name in (*PIECEWISE, "max"))


def _rank(cell: Cell, results: Sequence[str], sizes: Sizes, rng: random.Random) -> int | None:
    """The rank at a generic point; None where there is none."""
    terms, count = Terms(), _count(cell, sizes)
    try:
        rows = _derivative(terms, cell, results, {**sizes, "B": count + 2, "T": 1})
    except (UnknownNode, ArithmeticError):
        return None
    roots = [entry for row in rows for entry in row]
    names = [str(node[1]) for node in terms.nodes if node[0] == "symbol"]
    for attempt in range(POINTS):
        point = reals.generic_point(names, rng, is_positive=attempt == POINTS - 1)
        values = reals.evaluate(terms, roots, point)
        if all(values[entry] is not None for entry in roots):
            return _eliminated([[values[entry] for entry in row] for row in rows])
    return None


def _derivative(terms: Terms, cell: Cell, results: Sequence[str], sizes: Sizes) -> list[list[int]]:
    """∂ of the results of one step from many points, a row an entry, by every parameter."""
    run = Run(derive(cell), Interpretation(terms, sizes), 1)
    bound = signature(cell, "sequence")
    run.read_arguments(bound)
    run.forward()
    own = [
        terms.symbol(name)
        for argument in bound.arguments
        if not argument.axes
        for name in symbol_names(argument, sizes)
    ]
    return [
        gradients(terms, {entry: terms.one}, own)
        for name in results
        for b in range(sizes["B"])
        for row in run.found.values[name, 1, b]
        for entry in row
    ]


def _eliminated(rows: list[list[Any]]) -> int:
    """The number of pivots that are certainly not 0, by elimination with full pivoting."""
    with _mpmath.workdps(reals.DIGITS):
        left = [[reals.to_mpf(entry) for entry in row] for row in rows]
        least = max((abs(e) for row in left for e in row), default=_mpmath.mpf(0))
        least *= _mpmath.mpf(10) ** -RANK_DIGITS
        rank = 0
        while left and left[0]:
            size, n, k = max((abs(e), n, k) for n, row in enumerate(left)
                             for k, e in enumerate(row))  # fmt: skip
            if size <= least:
                break
            rank, pivot = rank + 1, left.pop(n)
            left = [
                [e - row[k] / pivot[k] * p for j, (e, p) in enumerate(zip(row, pivot, strict=True))
                 if j != k]
                for row in left
            ]  # fmt: skip
        return rank
