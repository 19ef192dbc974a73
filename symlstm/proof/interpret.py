"""Equations evaluated on symbols: the route to terms that does not pass through any code.

The interpreter knows one law per SymPy node and evaluates the equations of each time step for each
example, exactly as they are written. It keeps the value of every named quantity, so that the terms
of an implementation can be told by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import singledispatchmethod
from itertools import product as index_product
from typing import Any

from sympy import (
    BlockMatrix,
    HadamardProduct,
    Identity,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Transpose,
    ZeroMatrix,
    sympify,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.calculus.gradient import GradientSystem, adjoint_name, initial_name, outside_name
from symlstm.calculus.nodes import SumOver
from symlstm.cell import Cell, Equation, Quantity, System, operands, sizes_in
from symlstm.interface import Argument, Kind, Signature, Sizes, evaluate_dimension, signature
from symlstm.messages import UnknownNode
from symlstm.proof import lowering
from symlstm.proof.terms import Terms

Matrix = tuple[tuple[int, ...], ...]
"""Rows of terms."""

Moment = tuple[str, int | None, int | None]
"""A quantity at a time (1 … T, 0 for initial states, None without time) and an example."""


@dataclass
class Interpretation:
    """The values of the equations on symbols.

    Args:
        terms: the table that the values live in.
        sizes: B, T and the dimensions.
        values: each named quantity at each time and example.
        order: the moments in the order in which they were computed.
        reread: what the forward equations of step t read for a quantity at t−1, where that is to
            be something else than its value.
        copies: what the adjoints read for forward quantities, where that was computed again and is
            something else than its value.
    """

    terms: Terms
    sizes: Sizes
    values: dict[Moment, Matrix] = field(default_factory=dict[Moment, Matrix])
    order: list[Moment] = field(default_factory=list[Moment])
    reread: dict[Moment, Matrix] = field(default_factory=dict[Moment, Matrix])
    copies: dict[Moment, Matrix] = field(default_factory=dict[Moment, Matrix])

    def set(self, moment: Moment, value: Matrix) -> None:
        self.values[moment] = value
        self.order.append(moment)

    def array(self, result: Argument, of: str, times: tuple[int | None, ...]) -> list[int]:
        """The elements of a result in row-major order.

        Args:
            result: its axes and shape.
            of: the quantity that it holds.
            times: the times of its first axis; (None,) or one time when it has none.
        """
        examples = range(self.sizes["B"]) if any(a.name == "b" for a in result.axes) else (None,)
        return [
            element
            for t in times
            for b in examples
            for row in self.values[of, t, b]
            for element in row
        ]


def interpret(
    cell: Cell,
    system: GradientSystem,
    kind: Kind,
    terms: Terms,
    sizes: Sizes,
    absent: frozenset[str] = frozenset(),
) -> tuple[Interpretation, dict[str, list[int]]]:
    """Evaluate a bound function of a cell by its equations.

    Args:
        cell: the cell.
        system: its gradient system, whose pre-activations are named too.
        kind: `step`, `sequence` or `gradients`.
        absent: arguments that are left out, and so zero.
    Returns:
        every named value, and the elements of each result by its name.
    """
    bound = signature(cell, kind)
    steps = 1 if kind == "step" else sizes["T"]
    run = Run(system, Interpretation(terms, sizes), steps)
    run.read_arguments(bound, absent)
    run.forward()
    if kind == "gradients":
        run.backward()
    asked = [r for r in bound.results if r.name.removeprefix("d") not in absent]
    return run.found, {r.name: run.result(r) for r in asked}


def symbol_names(argument: Argument, sizes: Sizes) -> Iterator[str]:
    """The names of the symbols that an argument is filled with, in row-major order."""
    for index in index_product(*(range(n) for n in argument.shape(sizes))):
        yield argument.name + (f"[{','.join(map(str, index))}]" if index else "")


def carried(cell: Cell, found: Interpretation) -> list[list[int]]:
    """The states going forward, their adjoints going back, a list a step."""
    steps = range(1, found.sizes["T"] + 1)
    names = [q.name for q in cell.states]
    moments = [[(name, t) for name in names] for t in steps]
    moments += [[(adjoint_name(name), t) for name in names] for t in reversed(steps)]
    return [
        [
            element
            for name, t in step
            for b in range(found.sizes["B"])
            for row in found.values.get((name, t, b), ())
            for element in row
        ]
        for step in moments
    ]


def carried_name(adjoint: str) -> str:
    """What is carried from t+1 to an adjoint at t, by its own name."""
    return adjoint + "_carried"


class Run:
    """One evaluation of the equations, forward and then backward."""

    def __init__(self, system: GradientSystem, found: Interpretation, steps: int) -> None:
        self.system = system
        self.found = found
        self.steps = steps
        self._evaluator = Evaluator(system, found)

    def read_arguments(
        self,
        bound: Signature,
        absent: frozenset[str] = frozenset(),
        given: Mapping[str, list[int]] | None = None,
    ) -> None:
        """Fill the arguments with symbols, with zeros where absent, or with what is given."""
        terms, sizes = self.found.terms, self.found.sizes
        for argument in bound.arguments:
            if given is not None and argument.name in given:
                elements = given[argument.name]
            elif argument.name in absent:
                count = len(list(symbol_names(argument, sizes)))
                elements = [terms.zero] * count
            else:
                elements = [terms.symbol(name) for name in symbol_names(argument, sizes)]
            self._spread(bound, argument, elements)

    def _spread(self, bound: Signature, argument: Argument, elements: list[int]) -> None:
        quantity, sizes = argument.quantity, self.found.sizes
        name, first = quantity.name, 1
        if argument.name in (initial_name(name), name + "_prev") and name != argument.name:
            first = 0
        elif argument.name == adjoint_name(name) and bound.kind == "gradients":
            name = outside_name(name)
        axes = [a.name for a in argument.axes]
        times = range(1, self.steps + 1) if "t" in axes else ((first,) if axes else (None,))
        examples = range(sizes["B"]) if "b" in axes else (None,)
        rows, columns = (evaluate_dimension(d, sizes) for d in quantity.shape)
        stream = iter(elements)
        for t in times:
            for b in examples:
                value = tuple(tuple(next(stream) for _ in range(columns)) for _ in range(rows))
                self.found.set((name, t, b), value)

    def forward(self) -> None:
        self._evaluator.rereads = True
        for t in range(1, self.steps + 1):
            for equation in self.system.cell.in_order:
                name = self.system.defined(equation).name
                for b in range(self.found.sizes["B"]):
                    self.found.set((name, t, b), self._evaluator.evaluate(equation.right, t, b))

    def backward(self) -> None:
        self._evaluator.rereads = False
        for t in range(self.steps, 0, -1):
            for equation in self.system.of_step():
                self._adjoint(equation, t, delays=(0, 1) if t < self.steps else (0,))
        for equation in self.system.of_start():
            self._start(equation)
        for equation in self.system.of_parameters():
            self._parameter(equation)

    def _adjoint(self, equation: Equation, t: int, delays: tuple[int, ...]) -> None:
        """dv at t: from outside, from the same step, and what is carried from t+1."""
        name = self.system.defined(equation).name
        adjoint = self.system.adjoints[name]
        local = list(adjoint.from_step(0))
        if adjoint.outside is not None:
            local.insert(0, adjoint.outside)
        for b in range(self.found.sizes["B"]):
            parts = [self._evaluator.evaluate(part, t, b) for part in local]
            if adjoint.from_step(1) and 1 in delays:
                carried = self._total(adjoint.of, adjoint.from_step(1), t, b)
                self.found.set((carried_name(name), t, b), carried)
                parts.append(self.found.values[carried_name(name), t, b])
            total = self._evaluator.add(parts) if parts else self._evaluator.zeros(adjoint.of)
            self.found.set((name, t, b), total)

    def _start(self, equation: Equation) -> None:
        """∂L/∂(initial state): what is carried from the first step."""
        initial = self.system.defined(equation)
        state = initial.name.removesuffix("_0")
        adjoint = self.system.adjoints[state]
        parts = adjoint.from_step(1) if self.steps else ()
        for b in range(self.found.sizes["B"]):
            self.found.set((initial.name, 0, b), self._total(adjoint.of, parts, 0, b))

    def _parameter(self, equation: Equation) -> None:
        """Σ over t and b, each entry one n-ary sum, or one inner product over t and b."""
        defined = self.system.defined(equation)
        assert isinstance(equation.right, SumOver)
        summand = equation.right.summand
        moments = [(t, b) for t in range(1, self.steps + 1) for b in range(self.found.sizes["B"])]
        if is_outer_product(summand):
            total = self._evaluator.total_of_outer_products(summand, moments)
        else:
            addends = [self._evaluator.evaluate(summand, t, b) for t, b in moments]
            total = self._evaluator.add([self._evaluator.zeros(defined), *addends])
        self.found.set((defined.name, None, None), total)

    def _total(self, of: Quantity, parts: Sequence[Any], t: int, b: int) -> Matrix:
        values = [self._evaluator.evaluate(part, t, b) for part in parts]
        return self._evaluator.add(values) if values else self._evaluator.zeros(of)

    def result(self, result: Argument) -> list[int]:
        axes = [a.name for a in result.axes]
        steps = tuple(range(1, self.steps + 1))
        times = steps if "t" in axes or self._is_of_one_step(axes, result) else (0,)
        return self.found.array(result, result.name, times if axes else (None,))

    def _is_of_one_step(self, axes: list[str], result: Argument) -> bool:
        """Whether a batched result without a time axis is that of a single step."""
        return bool(axes) and (result.name, 1, 0) in self.found.values


def is_outer_product(expression: Any) -> bool:
    """Whether an expression is u vᵀ for a column u and a column v."""
    if not isinstance(expression, MatMul) or len(operands(expression)) != 2:
        return False
    left, right = operands(expression)
    return bool(left.is_Matrix and right.is_Matrix and left.shape[1] == 1 == right.shape[0])


class Evaluator:
    """Evaluates matrix expressions at one time and example.

    Args:
        system: tells which quantity a symbol stands for.
        found: the values known so far.
        rereads: whether what is read at t−1 may be replaced (`Interpretation.reread`).
    """

    def __init__(self, system: System, found: Interpretation, rereads: bool = False) -> None:
        self.rereads = rereads
        self._system = system
        self._found = found
        self._terms = found.terms
        self._sizes = found.sizes

    def evaluate(self, expression: Any, t: int | None, b: int | None) -> Matrix:
        """The value of an expression.

        Raises:
            UnknownNode: it holds a node without a law.
        """
        return self._at(expression, t, b)

    def zeros(self, quantity: Quantity) -> Matrix:
        rows, columns = self._extent(quantity)
        return ((self._terms.zero,) * columns,) * rows

    def add(self, values: list[Matrix]) -> Matrix:
        """A + B + …, one n-ary sum an entry."""
        return tuple(
            tuple(self._terms.sum(entries) for entries in zip(*rows, strict=True))
            for rows in zip(*values, strict=True)
        )

    def total_of_outer_products(
        self, expression: Any, moments: Sequence[tuple[int, int]]
    ) -> Matrix:
        """Σ u vᵀ over times and examples: the entry at (i, j) is the inner product Σ uᵢ vⱼ."""
        left, right = operands(expression)
        columns = [self._at(left, t, b) for t, b in moments]
        rows = [self._at(right, t, b)[0] for t, b in moments]
        height, width = self._extent(expression)
        return tuple(
            tuple(
                self._terms.dot((u[i][0], v[j]) for u, v in zip(columns, rows, strict=True))
                for j in range(width)
            )
            for i in range(height)
        )

    def multiple(self, number: int, value: Matrix) -> Matrix:
        """k A"""
        if number == 1:
            return value
        factor = self._terms.number(number)
        return self._map(lambda index: self._terms.product((factor, index)), value)

    def _extent(self, matrix: Any) -> tuple[int, int]:
        rows, columns = matrix.shape
        return evaluate_dimension(rows, self._sizes), evaluate_dimension(columns, self._sizes)

    @singledispatchmethod
    def _at(self, node: Any, t: int | None, b: int | None) -> Matrix:
        raise UnknownNode("S401", f"the interpreter knows no law for {type(node).__name__}")

    @_at.register
    def _(self, node: MatrixSymbol, t: int | None, b: int | None) -> Matrix:
        quantity, shift = self._system.locate(node)
        time = t + shift if quantity.is_timed and t is not None else None
        if quantity.axes and not quantity.is_timed:
            time = 0
        if shift < 0 and self.rereads and (quantity.name, t, b) in self._found.reread:
            return self._found.reread[quantity.name, t, b]
        moment = (quantity.name, time, b if quantity.is_batched else None)
        if not self.rereads and moment in self._found.copies:
            return self._found.copies[moment]
        return self._found.values[moment]

    @_at.register
    def _(self, node: MatAdd, t: int | None, b: int | None) -> Matrix:
        return self.add([self._at(term, t, b) for term in node.args])

    @_at.register
    def _(self, node: MatMul, t: int | None, b: int | None) -> Matrix:
        scalars = [f for f in operands(node) if not f.is_Matrix]
        matrices = [self._at(f, t, b) for f in node.args if f.is_Matrix]
        result = matrices[-1]
        for left in reversed(matrices[:-1]):
            result = self._multiply(left, result)
        for scalar in scalars:
            factor = self._terms.number(self._number(scalar))
            result = self._map(lambda a, k=factor: self._terms.product((k, a)), result)
        return result

    def _number(self, scalar: Any) -> Fraction:
        """A factor that is no matrix: a rational number, or one over a size."""
        value = scalar.subs({size: self._sizes[size.name] for size in sizes_in(scalar)})
        return Fraction(int(value.p), int(value.q))

    def _multiply(self, left: Matrix, right: Matrix) -> Matrix:
        columns = list(zip(*right, strict=True))
        return tuple(
            tuple(self._terms.dot(zip(row, column, strict=True)) for column in columns)
            for row in left
        )

    def _map(self, function: Callable[[int], int], matrix: Matrix) -> Matrix:
        return tuple(tuple(function(a) for a in row) for row in matrix)

    def gated(self, *values: Matrix) -> Matrix:
        """A ∘ B ∘ …"""
        return tuple(
            tuple(self._terms.product(entries) for entries in zip(*rows, strict=True))
            for rows in zip(*values, strict=True)
        )

    @_at.register
    def _(self, node: HadamardProduct, t: int | None, b: int | None) -> Matrix:
        return self.gated(*(self._at(factor, t, b) for factor in node.args))

    @_at.register
    def _(self, node: HadamardPower, t: int | None, b: int | None) -> Matrix:
        base, exponent = operands(node)
        q = Fraction(int(exponent.p), int(exponent.q))
        return self._map(lambda a: lowering.power(self._terms, a, q), self._at(base, t, b))

    @_at.register
    def _(self, node: ElementwiseApplyFunction, t: int | None, b: int | None) -> Matrix:
        name = functions.of(node.function).name
        return self._map(lambda a: lowering.apply(self._terms, name, a), self._at(node.expr, t, b))

    @_at.register
    def _(self, node: Transpose, t: int | None, b: int | None) -> Matrix:
        return tuple(zip(*self._at(node.arg, t, b), strict=True))

    @_at.register
    def _(self, node: BlockMatrix, t: int | None, b: int | None) -> Matrix:
        blocks: Any = node.blocks
        values = [self._at(block, t, b) for block in blocks]
        if blocks.shape[0] == 1:  # side by side
            return tuple(
                tuple(a for part in row for a in part) for row in zip(*values, strict=True)
            )
        return tuple(row for value in values for row in value)

    @_at.register
    def _(self, node: MatrixSlice, t: int | None, b: int | None) -> Matrix:
        parent = self._at(node.parent, t, b)
        (top, bottom, _), (left, right, _) = node.rowslice, node.colslice
        first, last = (evaluate_dimension(sympify(d), self._sizes) for d in (top, bottom))
        start, stop = (evaluate_dimension(sympify(d), self._sizes) for d in (left, right))
        return tuple(row[start:stop] for row in parent[first:last])

    @_at.register
    def _(self, node: OneMatrix, t: int | None, b: int | None) -> Matrix:
        rows, columns = self._extent(node)
        return ((self._terms.one,) * columns,) * rows

    @_at.register
    def _(self, node: Identity, t: int | None, b: int | None) -> Matrix:
        rows, columns = self._extent(node)
        zero, one = self._terms.zero, self._terms.one
        return tuple(tuple(one if i == j else zero for j in range(columns)) for i in range(rows))

    @_at.register
    def _(self, node: ZeroMatrix, t: int | None, b: int | None) -> Matrix:
        rows, columns = self._extent(node)
        return ((self._terms.zero,) * columns,) * rows
