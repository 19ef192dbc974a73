"""The same equations with an example in each row, as code has them.

The equations of a cell speak of one example, a column. With B examples below one another, x_t is a
matrix of B rows, and A x becomes x Aᵀ; a parameter that is a column is the same row for every
example; the sum over the batch of u vᵀ becomes uᵀ v.
"""

from __future__ import annotations

from typing import Any, cast

from sympy import (
    BlockMatrix,
    HadamardProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Symbol,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm.calculus.nodes import SumOver
from symlstm.calculus.rules import elementwise_power, hadamard, product, total, transposed
from symlstm.cell import B_AXIS, Equation, System, matrix_symbols, operands
from symlstm.messages import UsageError

EXAMPLES: Any = Symbol("B", integer=True, positive=True)
"""How many examples there are."""


class Rows:
    """Equations over columns → the same over rows.

    Args:
        system: tells which symbols differ from example to example.
    """

    def __init__(self, system: System) -> None:
        self._system = system

    def equation(self, equation: Equation) -> Equation:
        """
        Raises:
            UsageError: a quantity of one example is a matrix, so that those of a batch are none.
        """
        quantity = self._system.defined(equation)
        right: Any = equation.right
        if quantity.is_batched:
            return Equation(self._symbol(equation.left), self.of(right), equation.span)
        summand = right.summand if isinstance(right, SumOver) else right
        axes = tuple(axis for axis in right.axes if axis != B_AXIS)
        summed = total(*(self._summed(term) for term in _terms(summand)))
        return Equation(equation.left, SumOver(summed, *axes) if axes else summed, equation.span)

    def of(self, node: Any) -> Any:
        """The rows of a column, (n, 1) as (B, n).

        Raises:
            UsageError: as `equation`.
        """
        if not self._depends(node):
            return self._repeated(node)
        match node:
            case MatrixSymbol():
                return self._symbol(node)
            case MatAdd():
                return total(*map(self.of, operands(node)))
            case HadamardProduct():
                return hadamard(*map(self.of, operands(node)))
            case HadamardPower():
                base, exponent = operands(node)
                return elementwise_power(self.of(base), exponent)
            case ElementwiseApplyFunction():
                return ElementwiseApplyFunction(node.function, self.of(node.expr))
            case BlockMatrix():
                blocks = list(cast(Any, node.blocks))
                return BlockMatrix([[self.of(block) for block in blocks]])
            case MatrixSlice():
                return MatrixSlice(self.of(node.parent), (0, EXAMPLES), node.rowslice[:2])
            case MatMul():
                return self._product(node)
            case _:
                raise _no_rows()

    def _product(self, node: MatMul) -> Any:
        """k A B x as k x Bᵀ Aᵀ."""
        numbers = [f for f in operands(node) if not f.is_Matrix]
        *before, last = [f for f in operands(node) if f.is_Matrix]
        if last.shape == (1, 1) and before and before[-1].shape[1] == 1:
            column = product(*before)  # times a number that each example has
            spread = product(self.of(last), OneMatrix(1, column.shape[0]))
            return product(*numbers, hadamard(self.of(column), spread))
        if any(map(self._depends, before)) or last.shape[1] != 1:
            raise _no_rows()
        return product(*numbers, self.of(last), *map(transposed, reversed(before)))

    def _repeated(self, node: Any) -> Any:
        """What is the same for every example."""
        if node.shape[1] != 1:
            raise _no_rows()
        if isinstance(node, ZeroMatrix):
            return ZeroMatrix(EXAMPLES, node.shape[0])
        if isinstance(node, OneMatrix):
            return OneMatrix(EXAMPLES, node.shape[0])
        if isinstance(node, MatMul) and not operands(node)[0].is_Matrix:
            number, *rest = operands(node)
            return product(number, self._repeated(product(*rest)))
        return product(OneMatrix(EXAMPLES, 1), transposed(node))

    def _summed(self, term: Any) -> Any:
        """Σ_b of u vᵀ, where a column meets a row, or of a column u."""
        numbers = [f for f in operands(term) if not f.is_Matrix] if _is_product(term) else []
        matrices = [f for f in operands(term) if f.is_Matrix] if _is_product(term) else [term]
        for k in range(len(matrices) - 1, 0, -1):
            if matrices[k - 1].shape[1] == 1 == matrices[k].shape[0]:
                left = self.of(product(*matrices[:k]))
                right = self.of(transposed(product(*matrices[k:])))
                return product(*numbers, transposed(left), right)
        if term.shape[1] != 1:
            raise _no_rows()
        return product(transposed(self.of(term)), OneMatrix(EXAMPLES, 1))

    def _symbol(self, symbol: Any) -> MatrixSymbol:
        rows, columns = symbol.shape
        if columns != 1:
            raise _no_rows()
        return MatrixSymbol(symbol.name, EXAMPLES, rows)

    def _depends(self, node: Any) -> bool:
        """Whether a node differs from example to example."""
        return any(self._system.locate(s)[0].is_batched for s in matrix_symbols(node))


def _terms(summand: Any) -> tuple[Any, ...]:
    return operands(summand) if isinstance(summand, MatAdd) else (summand,)


def _is_product(node: Any) -> bool:
    return isinstance(node, MatMul)


def _no_rows() -> UsageError:
    return UsageError(
        "S613", "these equations cannot be printed with an example in each row",
        notes=("for one example, a part of them is a matrix, and no row",),
        help="print them as columns: leave out --layout rows",
    )  # fmt: skip
