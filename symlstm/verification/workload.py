"""How many numbers a cell is at given sizes, counted before any of them is made.

Tracing and proving make a term for each number. A size that the equations fix, or that is asked
for, may be too large for that; counting the entries of shapes tells it without making one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, cast

from sympy import MatMul, preorder_traversal, sympify

from symlstm.cell import Cell, operands
from symlstm.interface import Sizes, evaluate_dimension
from symlstm.messages import UsageError

MAXIMUM_NUMBERS = 1_500_000
"""Terms of some kilobytes each, with those of the gradients: some gigabytes, and minutes."""


def check_workload(cell: Cell, sizes: Sizes) -> None:
    """Refuse sizes at which a cell is too many numbers.

    Raises:
        UsageError: it is more than `MAXIMUM_NUMBERS`.
    """
    if numbers(cell, sizes) <= MAXIMUM_NUMBERS:
        return
    at = " ".join(f"{name}={written(size)}" for name, size in sorted(sizes.items()))
    is_fixed = numbers(cell, dict.fromkeys(sizes, 2) | {"T": 3}) > MAXIMUM_NUMBERS
    raise UsageError(
        "S005",
        f"{cell.name} at {at} is {written(numbers(cell, sizes))} numbers, and at most "
        f"{written(MAXIMUM_NUMBERS)} are followed one by one",
        notes=("counted are the entries of every part of the equations, and the products within "
               "matrix products, at every step of every example",),
        help=r"declare the sizes as letters, as in x_t \in \mathbb{R}^{D}" if is_fixed else
        "give small sizes, as in --sizes B=2,D=3,H=5,T=3",
    )  # fmt: skip


def numbers(cell: Cell, sizes: Sizes) -> int:
    """Σ entries of each quantity, and Σ n·k·m of each product (n×k)(k×m), at every (t, b)."""
    steps = sizes["T"] * sizes["B"]
    values: dict[Any, int] = {1: 1}

    def valued(dimension: Any) -> int:
        if dimension not in values:
            values[dimension] = evaluate_dimension(sympify(dimension), sizes)
        return values[dimension]

    count = sum(
        valued(q.shape[0]) * valued(q.shape[1]) * (steps if q.is_timed else 1)
        for q in cell.quantities
    )
    return count + steps * sum(math.prod(map(valued, n)) for n in _factors(cell))


@cache
def _factors(cell: Cell) -> tuple[tuple[Any, Any, Any], ...]:
    """The sizes (n, k, m) of the matrix products of one step, and (n, m, 1) of all other parts."""
    return tuple(shape for equation in cell.equations for shape in _of(equation.right))


def _of(expression: Any) -> Iterator[tuple[Any, Any, Any]]:
    for node in cast(Iterator[Any], preorder_traversal(expression)):
        if not getattr(node, "is_Matrix", False):
            continue
        yield (*node.shape, 1)
        if isinstance(node, MatMul):
            matrices: list[Any] = [factor for factor in operands(node) if factor.is_Matrix]
            yield from ((matrices[0].shape[0], *b.shape) for _, b in pairwise(matrices))


def written(number: int) -> str:
    """A whole number as people read it; of very many digits, its magnitude."""
    return f"{number:,}" if number < 10**15 else f"some 10^{int(math.log10(number))}"
