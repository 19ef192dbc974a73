"""Engines: the equations under a change, exactly in terms, and quickly in floating point.

A change is screened by arrays of floats at one real point, and proved by fingerprints of terms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, singledispatch
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import numpy as np
import sympy
from sympy import (
    BlockMatrix,
    HadamardProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.cell import matrix_symbols, operands, sizes_in
from symlstm.interface import evaluate_dimension
from symlstm.proof.interpret import Interpretation, Matrix, Moment
from symlstm.verification.alignment import Alignment
from symlstm.verification.case import Case
from symlstm.verification.chart import Node
from symlstm.verification.fingerprints import entries
from symlstm.verification.floats import CLOSE, Floats
from symlstm.verification.slip import Slip

Array: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"

Examples: TypeAlias = Mapping[int | None, Matrix]
"""A value in terms: a matrix for each example, or one under None."""


class Exact:
    """The equations in terms."""

    def __init__(self, alignment: Alignment, returned: Mapping[Node, Sequence[int]]) -> None:
        self._alignment = alignment
        self._returned = returned

    def value(self, node: Node) -> Examples:
        values = self._alignment.found.values
        moments = [(node[0], node[1], b) for b in (*self._alignment.case.batch, None)]
        return {m[2]: values[m] for m in moments if m in values}

    def recomputed(
        self,
        node: Node,
        changed: Mapping[Node, Examples],
        reread: Mapping[Node, Examples],
        slip: Slip | None,
    ) -> Examples:
        return self._alignment.evaluation.under(node, slip, _moments(changed), _moments(reread))

    def is_returned(self, node: Node, value: Examples) -> bool:
        print_of = self._alignment.prints.print_of
        return all(
            a == b or print_of(a) == print_of(b)
            for a, b in zip(entries(value.values()), self._returned[node], strict=True)
        )


def _moments(values: Mapping[Node, Examples]) -> dict[Moment, Matrix]:
    return {(name, t, b): m for (name, t), each in values.items() for b, m in each.items()}


NOTHING: Mapping[Node, Array] = MappingProxyType({})


class Screened:
    """The equations at one point in floating point, all examples of a node in one array.

    Args:
        found: their values under the repairs so far, in `floats`.
        returned: what the implementation returned, in `floats`.
    """

    def __init__(
        self,
        case: Case,
        found: Interpretation,
        returned: Mapping[Node, Sequence[int]],
        floats: Floats,
    ) -> None:
        self._case = case
        self._system = case.chart.system
        numbers = floats.values
        self._values = self._arrays(found.values, numbers)
        self._reread = self._arrays(found.reread, numbers)
        self._copies = self._arrays(found.copies, numbers)
        self._returned = {n: np.array([numbers[e] for e in each]) for n, each in returned.items()}
        self._located: dict[Any, tuple[str, int, bool, bool]] = {}
        self._own = {part for named in case.chart.named.values() for part in named.parts}
        self._read: dict[Any, tuple[tuple[str, int], ...]] = {}
        self._kept: dict[tuple[Any, int | None, bool], Any] = {}
        self._scalars: dict[Any, float] = {}
        self._changed: Mapping[Node, Array] = NOTHING
        self._rereading: Mapping[Node, Array] = NOTHING
        self._is_forward = True

    def _arrays(
        self, values: Mapping[Moment, Matrix], numbers: Sequence[float]
    ) -> dict[Node, Array]:
        """One array for each node, its examples along the first axis."""
        grouped: dict[Node, list[Any]] = {}
        for (name, t, _), matrix in values.items():
            grouped.setdefault((name, t), []).append([[numbers[e] for e in row] for row in matrix])
        return {node: np.array(each) for node, each in grouped.items()}

    def value(self, node: Node) -> Array:
        return self._values[node]

    def is_returned(self, node: Node, value: Array) -> bool:
        wanted = self._returned[node]
        mine = value.reshape(-1)
        scale = np.maximum(1.0, np.maximum(abs(wanted), abs(mine)))
        return bool(np.all(abs(mine - wanted) <= CLOSE * scale))

    def recomputed(
        self,
        node: Node,
        changed: Mapping[Node, Array],
        reread: Mapping[Node, Array],
        slip: Slip | None,
    ) -> Array:
        name = node[0]
        named = self._case.chart.named[name]
        self._changed, self._rereading = changed, {**self._reread, **reread}
        self._is_forward = name not in self._case.adjoints
        if slip is not None and slip.wraps is not None:
            read, before = slip.wraps
            last = self._values[read, self._case.steps + before]
            self._changed = {(read, before): last, **changed}
        if slip is not None and slip.held is not None:
            self._changed = {**changed, **self._held(*slip.held, changed)}
        parts = named.parts if slip is None else slip.parts
        with np.errstate(all="ignore"):
            if named.quantity.axes:
                return self._sum(node, parts, slip)
            return self._over_time(node, parts, slip)

    def _held(self, name: str, time: int, changed: Mapping[Node, Array]) -> dict[Node, Array]:
        """A quantity that has, at all times, its value at one of them; −1 is T."""
        steps = self._case.steps
        at = (name, steps if time < 0 else time)
        value = changed.get(at, self._values[at])
        return {(name, t): value for t in range(steps + 1)}

    def _sum(self, node: Node, parts: Sequence[Any], slip: Slip | None) -> Array:
        """A timed quantity: its parts, and what is carried to it."""
        name, t = node
        carry = 1 if slip is None else slip.carry
        carried = (self._case.chart.named[name].carried, t)
        total = np.zeros_like(self._values[node])
        for part in parts:
            total = total + self.at(part, t)
        if carry and carried in self._values:
            given = carry * self._changed.get(carried, self._values[carried])
            gate = None if slip is None else slip.gate
            total = total + (given if gate is None else given * self.at(gate, t))
        if slip is not None and slip.accumulated:
            later = (slip.accumulated, (t or 0) + 1)
            if later in self._values:
                total = total + self._changed.get(later, self._values[later])
        return total

    def _over_time(self, node: Node, parts: Sequence[Any], slip: Slip | None) -> Array:
        """The gradient of a parameter: its parts, summed over time and examples."""
        times = range(1, self._case.steps + 1)[slice(*slip.times) if slip else slice(None)]
        examples = slice(*slip.examples) if slip else slice(None)
        total = np.zeros_like(self._values[node])
        for t in times:
            for part in parts:
                value = self.at(part, t)
                shape = (self._case.sizes["B"], *total.shape[1:])
                total = total + np.broadcast_to(value, shape)[examples].sum(axis=0, keepdims=True)
        return total

    def at(self, node: Any, t: int | None) -> Any:
        """The value of an expression at one time; kept, for a part of an equation that reads
        nothing that is changed."""
        if node not in self._own or any(self._is_changed(*read, t) for read in self._reads(node)):
            return _value(node, self, t)
        key = (node, t, self._is_forward)
        if key not in self._kept:
            self._kept[key] = _value(node, self, t)
        return self._kept[key]

    def _reads(self, node: Any) -> tuple[tuple[str, int], ...]:
        if node not in self._read:
            self._read[node] = tuple(self._locate(s)[:2] for s in matrix_symbols(node))
        return self._read[node]

    def _is_changed(self, name: str, shift: int, t: int | None) -> bool:
        return (name, t) in self._rereading or not self._changed.keys().isdisjoint(
            {(name, None), (name, 0), (name, None if t is None else t + shift)}
        )

    def _locate(self, symbol: MatrixSymbol) -> tuple[str, int, bool, bool]:
        if symbol not in self._located:
            quantity, shift = self._system.locate(symbol)
            self._located[symbol] = (quantity.name, shift, quantity.is_timed, bool(quantity.axes))
        return self._located[symbol]

    def of_symbol(self, symbol: MatrixSymbol, t: int | None) -> Array:
        """The value of a quantity as the equation under test reads it."""
        name, shift, is_timed, has_axes = self._locate(symbol)
        if shift < 0 and self._is_forward and (name, t) in self._rereading:
            return self._rereading[name, t]
        key = (name, t + shift if is_timed and t is not None else 0 if has_axes else None)
        if key in self._changed:
            return self._changed[key]
        if not self._is_forward and key in self._copies:
            return self._copies[key]
        return self._values[key]

    def scalar(self, number: Any) -> float:
        """A number or a quotient of dimensions."""
        if number not in self._scalars:
            sizes = {size: self._case.sizes[size.name] for size in sizes_in(number)}
            self._scalars[number] = float(number.subs(sizes))
        return self._scalars[number]

    def size(self, dimension: Any) -> int:
        return evaluate_dimension(sympy.sympify(dimension), self._case.sizes)


@singledispatch
def _value(node: Any, engine: Screened, t: int | None) -> Any:
    """The value of an expression at one time, by the law of its node."""
    raise ValueError(f"no law for {type(node).__name__}")


@_value.register
def _(node: MatrixSymbol, engine: Screened, t: int | None) -> Any:
    return engine.of_symbol(node, t)


@_value.register
def _(node: MatAdd, engine: Screened, t: int | None) -> Any:
    return sum(_value(term, engine, t) for term in node.args)


@_value.register
def _(node: MatMul, engine: Screened, t: int | None) -> Any:
    result: Any = None
    factor = 1.0
    for each in reversed(operands(node)):
        if not each.is_Matrix:
            factor *= engine.scalar(each)
        else:
            value = _value(each, engine, t)
            result = value if result is None else value @ result
    return factor * result


@_value.register
def _(node: HadamardProduct, engine: Screened, t: int | None) -> Any:
    result: Any = 1.0
    for factor in node.args:
        result = result * _value(factor, engine, t)
    return result


@_value.register
def _(node: HadamardPower, engine: Screened, t: int | None) -> Any:
    base, exponent = operands(node)
    power = int(exponent) if exponent.is_Integer else float(exponent)
    return np.power(_value(base, engine, t), float(power) if power < 0 else power)


@_value.register
def _(node: ElementwiseApplyFunction, engine: Screened, t: int | None) -> Any:
    return _function(functions.of(node.function).name)(_value(node.expr, engine, t))


@_value.register
def _(node: Transpose, engine: Screened, t: int | None) -> Any:
    return np.swapaxes(_value(node.arg, engine, t), -1, -2)


@_value.register
def _(node: BlockMatrix, engine: Screened, t: int | None) -> Any:
    blocks: Any = node.blocks
    values = [_value(block, engine, t) for block in blocks]
    count = max(len(value) for value in values)
    return np.concatenate([np.broadcast_to(v, (count, *v.shape[1:])) for v in values], axis=-2)


@_value.register
def _(node: MatrixSlice, engine: Screened, t: int | None) -> Any:
    (top, bottom, _), (left, right, _) = node.rowslice, node.colslice
    rows, columns = (
        slice(engine.size(top), engine.size(bottom)),
        slice(engine.size(left), engine.size(right)),
    )
    return _value(node.parent, engine, t)[:, rows, columns]


@_value.register
def _(node: OneMatrix, engine: Screened, t: int | None) -> Any:
    return np.ones((1, *map(engine.size, node.shape)))


@_value.register
def _(node: ZeroMatrix, engine: Screened, t: int | None) -> Any:
    return np.zeros((1, *map(engine.size, node.shape)))


@cache
def _function(name: str) -> Callable[[Any], Any]:
    """An elementwise function of arrays, by its law in exponentials."""
    if name in ("exp", "tanh", "log", "sqrt", "abs", "sign"):
        return getattr(np, name)
    law = functions.by_name(name).by_exp
    return cast(Callable[[Any], Any], sympy.lambdify(law.variables, law.expr, "numpy"))
