"""Step Jacobians: how one step passes on a small change of its states, in closed form.

∂s_t/∂r_{t−1} is a sum of products of matrices. Each operation on the way from r_{t−1} to s_t gives
one factor: A x gives A, a ∘ x gives diag(a), f(x) gives diag(f′(x)). What passes through another
state of the same step is told by the Jacobian of that state.

Source: the chain rule; Pascanu, Mikolov and Bengio (2013), On the difficulty of training recurrent
neural networks, ICML, for what follows from the products of these matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from sympy import (
    BlockMatrix,
    HadamardProduct,
    Identity,
    Integer,
    MatMul,
    MatrixSymbol,
    Mul,
    OneMatrix,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm.calculus.gradient import derive
from symlstm.calculus.rules import elementwise_power, hadamard, product, slope, total, transposed
from symlstm.cell import Cell, Glyph, Quantity, Role, System, matrix_symbols, operands

ONE = Integer(1)


@dataclass(frozen=True)
class Factor:
    """A matrix, or a column that stands for the diagonal matrix of it."""

    matrix: Any
    is_diagonal: bool = False


@dataclass(frozen=True)
class Path:
    """One product of matrices.

    Args:
        factors: from left to right.
        is_linear: whether no nonlinearity is on the way.
        number: what the product is multiplied by.
    """

    factors: tuple[Factor, ...] = ()
    is_linear: bool = True
    number: Any = ONE

    @property
    def is_diagonal(self) -> bool:
        """Whether it multiplies entry by entry, with no matrix of parameters."""
        return all(factor.is_diagonal for factor in self.factors)

    def scaled(self, column: Any, is_linear: bool = True) -> Path:
        """diag(column) times the product."""
        rest = self.factors
        if rest and rest[0].is_diagonal:
            column, rest = hadamard(column, rest[0].matrix), rest[1:]
        is_still_linear = self.is_linear and is_linear
        return Path((Factor(column, True), *rest), is_still_linear, self.number)

    def multiplied(self, matrix: Any) -> Path:
        return replace(self, factors=(Factor(matrix), *self.factors))

    def expression(self, columns: Any) -> Any:
        """The product as an expression of `columns` columns."""
        found: Any = None
        for factor in reversed(self.factors):
            if not factor.is_diagonal:
                found = factor.matrix if found is None else product(factor.matrix, found)
                continue
            width = columns if found is None else found.shape[1]
            scaling = product(factor.matrix, OneMatrix(1, width))
            found = hadamard(scaling, Identity(columns) if found is None else found)
        return product(self.number, Identity(columns) if found is None else found)


@dataclass(frozen=True)
class Jacobian:
    """∂of_t/∂by_{t−1}.

    Args:
        of, by: states that are columns.
        symbol: what stands for it in others.
        paths: the terms of its sum.
    """

    of: Quantity
    by: Quantity
    symbol: Quantity
    paths: tuple[Path, ...]

    @property
    def expression(self) -> Any:
        columns = self.by.shape[0]
        if not self.paths:
            return ZeroMatrix(self.of.shape[0], columns)
        return total(*(path.expression(columns) for path in self.paths))


@dataclass(frozen=True)
class Jacobians(System):
    """The step Jacobians of a cell, as a system that knows their symbols."""

    cell: Cell
    all: tuple[Jacobian, ...]

    def of(self, state: str, by: str) -> Jacobian:
        """
        Raises:
            KeyError: one of them is no state that is a column.
        """
        for each in self.all:
            if (each.of.name, each.by.name) == (state, by):
                return each
        raise KeyError(f"∂{state}/∂{by}")

    def expanded(self, jacobian: Jacobian) -> Iterator[Path]:
        """The paths of a Jacobian, with those of the Jacobians that they read put in."""
        known = {each.symbol.name: each for each in self.all}
        for path in jacobian.paths:
            last = path.factors[-1].matrix if path.factors else None
            inner = known.get(str(getattr(last, "name", "")))
            if inner is None:
                yield path
                continue
            for rest in self.expanded(inner):
                is_linear, number = rest.is_linear and path.is_linear, rest.number * path.number
                whole = replace(rest, is_linear=is_linear, number=number)
                for factor in reversed(path.factors[:-1]):
                    made = whole.scaled if factor.is_diagonal else whole.multiplied
                    whole = made(factor.matrix)
                yield whole

    def direct(self, jacobian: Jacobian) -> Path | None:
        """The path that no nonlinearity and no parameter is on; None: there is none, or several,
        or the Jacobian is one between different states."""
        found = [p for p in self.expanded(jacobian) if p.is_linear and p.is_diagonal]
        return found[0] if jacobian.of == jacobian.by and len(found) == 1 else None

    def others_are_nonlinear(self, jacobian: Jacobian) -> bool:
        """Whether every path but the direct one has the derivative of a nonlinearity on it."""
        direct = self.direct(jacobian)
        return not any(p.is_linear for p in self.expanded(jacobian) if p != direct)


class Unsupported(Exception):
    """A state depends on the last one by more than products of matrices."""


def jacobians(cell: Cell) -> Jacobians:
    """The step Jacobians between all states that are columns, in the order of computing.

    An intermediate quantity that many paths meet in, and many leave, has a Jacobian of its own. A
    pair is left out whose dependence passes through a matrix that is computed in the step.
    """
    named = derive(cell).cell
    defined = [named.defined(equation) for equation in named.in_order]
    columns = [q for q in defined if q.shape[1] == 1]
    found: list[Jacobian] = []
    for by in (q for q in columns if q.role is Role.STATE):
        search = _Search(named, by)
        for of in columns:
            try:
                paths = tuple(search.paths_to(of))
            except Unsupported:
                search.unsupported.add(of.name)
                continue
            is_junction = len(paths) > 1 and _readers(named, of) > 1
            if of.role is Role.STATE or is_junction:
                made = Jacobian(of, by, _symbol(of, by), paths)
                search.known[of.name] = made
                found.append(made)
    symbols = tuple(each.symbol for each in found)
    return Jacobians(named.equations, (*named.quantities, *symbols), named, tuple(found))


def _readers(cell: Cell, quantity: Quantity) -> int:
    """How many equations read a quantity at its own time."""
    now = quantity.at(0)
    return sum(now in set(matrix_symbols(equation.right)) for equation in cell.equations)


def _symbol(of: Quantity, by: Quantity) -> Quantity:
    latex = rf"\frac{{\partial {of.in_latex()}}}{{\partial {by.in_latex(-1)}}}"
    text = f"∂{of.in_unicode()}/∂{by.in_unicode(-1)}"
    shape = (of.shape[0], by.shape[0])
    return Quantity(f"J_{of.name}_{by.name}", Glyph(latex, text), shape, frozenset(), of.role)


class _Search:
    """The paths from one state at t−1."""

    def __init__(self, cell: Cell, by: Quantity) -> None:
        self._cell = cell
        self._by = by
        self.known: dict[str, Jacobian] = {}
        self.unsupported: set[str] = set()
        self._inner: dict[str, list[Path]] = {}

    @cached_property
    def _equations(self) -> dict[str, Any]:
        return {self._cell.defined(e).name: e for e in self._cell.equations}

    def paths_to(self, quantity: Quantity) -> list[Path]:
        """The paths to a quantity of the same step, by its equation."""
        equation = self._equations[quantity.name]
        right = equation.right
        if isinstance(right, ElementwiseApplyFunction):
            # y = f(A): the slope is told by the name y, as in i ∘ (1 − i).
            by_name = slope(right, equation.left)
            return [p.scaled(by_name, is_linear=False) for p in self._paths(right.expr)]
        return list(self._paths(right))

    def _of(self, symbol: MatrixSymbol) -> list[Path]:
        quantity, shift = self._cell.locate(symbol)
        if shift < 0:
            return [Path()] if quantity == self._by else []
        if quantity.name in self.known:
            known = self.known[quantity.name]
            return [Path((Factor(known.symbol.at(0)),))] if known.paths else []
        if quantity.name in self.unsupported:
            raise Unsupported
        if quantity.name not in self._equations:
            return []
        if quantity.name not in self._inner:
            self._inner[quantity.name] = self.paths_to(quantity)
        return self._inner[quantity.name]

    def _paths(self, node: Any) -> Iterator[Path]:
        match node:
            case MatrixSymbol():
                yield from self._of(node)
            case HadamardProduct():
                factors = operands(node)
                for n, factor in enumerate(factors):
                    others = hadamard(*factors[:n], *factors[n + 1 :])
                    yield from (self._column(p, node).scaled(others) for p in self._paths(factor))
            case HadamardPower():
                base, exponent = operands(node)
                by_base = product(exponent, elementwise_power(base, exponent - 1))
                yield from (
                    self._column(p, node).scaled(by_base, is_linear=False)
                    for p in self._paths(base)
                )
            case ElementwiseApplyFunction():
                by_value = slope(node, node)
                yield from (
                    self._column(p, node).scaled(by_value, is_linear=False)
                    for p in self._paths(node.expr)
                )
            case MatMul():
                yield from self._of_product(node)
            case MatrixSlice():
                if list(self._paths(node.parent)):
                    raise Unsupported
            case BlockMatrix():
                if any(list(self._paths(part)) for part in list(cast(Any, node.blocks))):
                    raise Unsupported
            case _:
                for operand in operands(node):
                    if getattr(operand, "is_Matrix", False):
                        yield from self._paths(operand)

    def _column(self, path: Path, node: Any) -> Path:
        if node.shape[1] != 1:
            raise Unsupported
        return path

    def _of_product(self, node: MatMul) -> Iterator[Path]:
        """k A B x: what is before x, if nothing but x depends on the state."""
        *before, last = [f for f in operands(node) if f.is_Matrix]
        numbers = [f for f in operands(node) if not f.is_Matrix]
        if any(list(self._paths(factor)) for factor in before) or node.shape[1] != 1:
            if list(self._any(node)):
                raise Unsupported
            return
        for path in self._of_last(before, last):
            whole = path
            for factor in reversed(before[:-1] if isinstance(last, BlockMatrix) else before):
                whole = whole.multiplied(factor)
            yield replace(whole, number=whole.number * Mul(*numbers))

    def _of_last(self, before: list[Any], last: Any) -> Iterator[Path]:
        """The paths into x; of W [a; b] those into a, behind the columns of W that a meets."""
        if not isinstance(last, BlockMatrix):
            yield from self._paths(last)
            return
        if not before:
            raise Unsupported
        top: Any = 0
        for part in list(cast(Any, last.blocks)):
            height: Any = part.shape[0]
            rows = transposed(before[-1])
            columns = transposed(MatrixSlice(rows, (top, top + height), (0, rows.shape[1])))
            yield from (path.multiplied(columns) for path in self._paths(part))
            top = top + height

    def _any(self, node: Any) -> Iterator[Path]:
        for operand in operands(node):
            if getattr(operand, "is_Matrix", False):
                yield from self._paths(operand)
