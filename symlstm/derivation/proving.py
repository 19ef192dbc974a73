"""What a derivation rests on: its gradients are proved to be the derivative of its own equations.

The gradient system is held against an independent route. The forward equations are interpreted on
symbols, and differentiated term by term, by scalar rules that know nothing of matrices; the
gradient system is interpreted as well. Both are compared exactly, as `symlstm verify` does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sympy import MatrixSymbol
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm.calculus.batches import Rows
from symlstm.calculus.gradient import derive
from symlstm.calculus.jacobian import Jacobian, Jacobians, jacobians
from symlstm.calculus.nodes import SumOver
from symlstm.cell import Cell, Quantity, Role, matrix_symbols, operands
from symlstm.interface import Sizes, evaluate_dimension, signature
from symlstm.proof.compare import Comparison, compare
from symlstm.proof.differentiation import gradients
from symlstm.proof.interpret import (
    Evaluator,
    Interpretation,
    Matrix,
    Run,
    carried,
    interpret,
    symbol_names,
)
from symlstm.proof.terms import Terms

SEED = 20260204
"""A document is the same bytes wherever it is made: what is drawn is drawn alike."""


@dataclass(frozen=True)
class Pairs:
    """(by differentiation, by the gradient system) for each entry, and what steps carry."""

    terms: Terms
    pairs: list[tuple[int, int]]
    carried: list[list[int]]

    def compared(self, seed: int = SEED) -> Comparison:
        return compare(self.terms, self.pairs, random.Random(seed), self.carried)


@dataclass(frozen=True)
class Proved:
    """What is known of the gradients of a cell.

    Args:
        sizes: the sets of sizes at which they were compared.
        is_proved: whether every entry was proved, at all of them.
        is_conditional: whether that rests on denominators or arguments of roots and logarithms.
        comparisons: how many entries were compared.
        bound_bits: a false `proved` of the rational part has a probability below 2^−bound_bits.
    """

    sizes: tuple[Sizes, ...]
    is_proved: bool
    is_conditional: bool
    comparisons: int
    bound_bits: int


@cache
def proved(cell: Cell) -> Proved:
    """Whether the gradient system of a cell is the exact derivative of its forward equations.

    Raises:
        UnknownNode: an equation holds a function without a law.
    """
    sizes = _sizes(cell)
    found = [gradient_pairs(cell, each).compared() for each in sizes]
    return Proved(
        sizes,
        all(comparison.is_proved for comparison in found),
        any(c.denominators or c.domains or c.boundaries for c in found),
        sum(len(c.verdicts) for c in found),
        min(c.bound_bits for c in found),
    )


@cache
def jacobians_proved(cell: Cell) -> Proved:
    """Whether the step Jacobians of a cell are exact derivatives of its forward equations, and
    their direct paths those of three steps.

    Raises:
        UnknownNode: an equation holds a function without a law.
    """
    system, sizes = jacobians(cell), {**_sizes(cell)[0], "B": 1}
    terms = Terms()
    pairs = [*_step_pairs(system, terms, sizes)]
    for each in system.all:
        if system.direct(each) is not None:
            pairs += _path_pairs(system, each, terms, sizes)
    found = compare(terms, pairs, random.Random(SEED))
    return Proved(
        (sizes,), found.is_proved,
        bool(found.denominators or found.domains or found.boundaries),
        len(found.verdicts), found.bound_bits,
    )  # fmt: skip


def _step_pairs(system: Jacobians, terms: Terms, sizes: Sizes) -> Iterator[tuple[int, int]]:
    """(by differentiation, by the closed form) for each entry of each step Jacobian."""
    bound = signature(system.cell, "step")
    run = Run(derive(system.cell), Interpretation(terms, sizes), 1)
    run.read_arguments(bound)
    run.forward()
    values = run.found.values
    evaluator = Evaluator(system, run.found)
    for each in system.all:
        matrix = evaluator.evaluate(each.expression, 1, 0)
        values[each.symbol.name, None, None] = matrix
        before = [row[0] for row in values[each.by.name, 0, 0]]
        for (root,), row in zip(values[each.of.name, 1, 0], matrix, strict=True):
            yield from zip(gradients(terms, {root: terms.one}, before), row, strict=True)


def _path_pairs(
    system: Jacobians, jacobian: Jacobian, terms: Terms, sizes: Sizes
) -> Iterator[tuple[int, int]]:
    """The same of three steps, where all values of nonlinearities and other states are held."""
    cell, state, steps = system.cell, jacobian.of, 3
    found = Interpretation(terms, sizes)
    evaluator = Evaluator(system, found)
    direct = system.direct(jacobian)
    assert direct is not None
    path = direct.expression(state.shape[0])

    def held(quantity: Quantity, t: int) -> Matrix:
        rows, columns = (evaluate_dimension(size, sizes) for size in quantity.shape)
        return tuple(
            tuple(
                terms.symbol(f"{quantity.name} at {t} by {state.name}[{i},{j}]")
                for j in range(columns)
            )
            for i in range(rows)
        )

    arguments = {symbol for equation in cell.equations for symbol in _arguments(equation.right)}
    for quantity in cell.quantities:
        times = range(steps + 1) if quantity.is_timed else (None,)
        for t in times if not quantity.is_timed or quantity != state else (0,):
            found.values[quantity.name, t, 0 if quantity.is_batched else None] = held(
                quantity, t or 0
            )
    product: Matrix | None = None
    for t in range(1, steps + 1):
        for equation in cell.in_order:
            quantity = cell.defined(equation)
            is_held = quantity.role is Role.STATE or quantity.at(0) in arguments
            is_value = isinstance(equation.right, ElementwiseApplyFunction)
            if quantity == state or not (is_held or is_value):
                found.values[quantity.name, t, 0] = evaluator.evaluate(equation.right, t, 0)
        factor = evaluator.evaluate(path, t, 0)
        product = factor if product is None else _product(terms, factor, product)
    assert product is not None
    before = [row[0] for row in found.values[state.name, 0, 0]]
    for (root,), row in zip(found.values[state.name, steps, 0], product, strict=True):
        yield from zip(gradients(terms, {root: terms.one}, before), row, strict=True)


def _arguments(node: Any) -> Iterator[MatrixSymbol]:
    """What stands inside of nonlinearities."""
    if isinstance(node, ElementwiseApplyFunction):
        yield from matrix_symbols(node.expr)
        return
    for operand in operands(node):
        yield from _arguments(operand)


@cache
def rows_proved(cell: Cell) -> Proved:
    """Whether the equations with an example in each row are those of the columns.

    Raises:
        UsageError: they cannot be written so.
        UnknownNode: an equation holds a function without a law.
    """
    system, terms, (sizes,) = derive(cell), Terms(), _sizes(cell)
    found, _ = interpret(cell, system, "gradients", terms, sizes)
    stacked = Interpretation(terms, sizes)
    for (name, t, b), value in found.values.items():
        if b is None:
            stacked.values[name, t, None] = value
        elif b == 0:
            stacked.values[name, t, None] = tuple(
                tuple(row[0] for row in found.values[name, t, example])
                for example in range(sizes["B"])
            )
    rows, evaluator = Rows(system), Evaluator(system, stacked)
    pairs: list[tuple[int, int]] = []
    for equation in (*cell.equations, *system.cell.equations, *system.equations):
        quantity, in_rows = system.defined(equation), rows.equation(equation)
        if quantity.is_timed:
            times: Sequence[int | None] = range(1, sizes["T"])
        else:
            times = (0,) if quantity.axes else (None,)
        for t in times:
            right: Any = in_rows.right
            if isinstance(right, SumOver):
                moments = range(1, sizes["T"] + 1)
                value = evaluator.add([evaluator.evaluate(right.summand, n, None) for n in moments])
            else:
                value = evaluator.evaluate(right, t, None)
            known = stacked.values[quantity.name, t, None]
            for mine, its in zip(value, known, strict=True):
                pairs += zip(mine, its, strict=True)
    compared = compare(terms, pairs, random.Random(SEED))
    return Proved(
        (sizes,), compared.is_proved,
        bool(compared.denominators or compared.domains or compared.boundaries),
        len(pairs), compared.bound_bits,
    )  # fmt: skip


def _product(terms: Terms, left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return tuple(
        tuple(terms.dot(zip(row, column, strict=True)) for column in columns) for row in left
    )


def _sizes(cell: Cell) -> tuple[Sizes, ...]:
    """Small sizes, distinct: the laws of the gradient system know no size."""
    primes = (3, 2, 5, 7, 11, 13, 17)
    names = [d.name for d in cell.dimensions]
    return ({"B": 2, "T": 3} | dict(zip(names, primes, strict=False)),)


def gradient_pairs(cell: Cell, sizes: Sizes) -> Pairs:
    """The gradients of a cell by its gradient system and by differentiation of its forward."""
    terms = Terms()
    found, results = interpret(cell, derive(cell), "gradients", terms, sizes)
    bound = signature(cell, "gradients")
    arguments = {a.name: a for a in bound.arguments}
    weights: dict[int, int] = {}
    for result in cell.results:
        names = symbol_names(arguments["d" + result.name], sizes)
        outside = [terms.symbol(name) for name in names]
        values = [
            element
            for t in range(1, sizes["T"] + 1)
            for b in range(sizes["B"])
            for row in found.values[result.name, t, b]
            for element in row
        ]
        for value, weight in zip(values, outside, strict=True):
            weights[value] = terms.sum([weight, weights.get(value, terms.zero)])
    wrt = {r.name: arguments[r.name.removeprefix("d")] for r in bound.results}
    symbols = [terms.symbol(n) for a in wrt.values() for n in symbol_names(a, sizes)]
    expected = gradients(terms, weights, symbols)
    computed = [element for name in wrt for element in results[name]]
    return Pairs(terms, list(zip(expected, computed, strict=True)), carried(cell, found))
