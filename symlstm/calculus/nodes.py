"""The one node that SymPy lacks, the sum over time steps or examples, and forms of others.

Quotients, scalars over all entries and the larger of two are written with SymPy's own nodes; the
printers tell them by these predicates.
"""

from __future__ import annotations

from typing import Any, cast

from sympy import Basic, MatAdd, MatMul, MatrixExpr, OneMatrix, Symbol
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower

from symlstm import functions
from symlstm.cell import operands


class SumOver(MatrixExpr):
    """Σ over the given axes of a matrix expression; the adjoint of broadcasting.

    Args:
        summand: a matrix expression whose symbols carry the axes.
        axes: one or more of the axes `t`, `b`.
    """

    def __new__(cls, summand: Any, *axes: Symbol) -> SumOver:
        return cast(SumOver, Basic.__new__(cls, summand, *axes))

    @property
    def summand(self) -> Any:
        return self.args[0]

    @property
    def axes(self) -> tuple[Symbol, ...]:
        return cast(tuple[Symbol, ...], self.args[1:])

    @property
    def shape(self) -> Any:
        return self.summand.shape


def kept_factors(product: Any) -> list[Any]:
    """The factors of a product that are no matrices of ones."""
    return [f for f in operands(product) if not isinstance(f, OneMatrix)]


def is_inverse(factor: Any) -> bool:
    """Whether a factor is 1/A, be it spread over more entries."""
    if isinstance(factor, MatMul):
        kept = kept_factors(factor)
        is_scalar = len(kept) == 1 and kept[0].is_Matrix and kept[0].shape == (1, 1)
        return is_scalar and is_inverse(kept[0])
    return isinstance(factor, HadamardPower) and bool(operands(factor)[1] < 0)


def inverse(factor: Any) -> Any:
    """A of 1/A."""
    if isinstance(factor, MatMul):
        return MatMul(
            *(f if isinstance(f, OneMatrix) else inverse(f) for f in operands(factor)),
            evaluate=False,
        )
    base, exponent = operands(factor)
    return base if exponent == -1 else HadamardPower(base, -exponent)


def is_spread(factor: Any) -> bool:
    """Whether a factor is a scalar over all entries: 1 s or 1 s 1ᵀ."""
    if not isinstance(factor, MatMul):
        return False
    kept = kept_factors(factor)
    return len(kept) < len(factor.args) and all(not f.is_Matrix or f.shape == (1, 1) for f in kept)


def is_row_scaling(factor: Any) -> bool:
    """Whether a factor is a column over all columns, w 1ᵀ: diag(w) A is w 1ᵀ ∘ A."""
    if not isinstance(factor, MatMul) or is_spread(factor):
        return False
    last = operands(factor)[-1]
    rows, columns = cast(tuple[Any, Any], last.shape)
    return isinstance(last, OneMatrix) and rows == 1 and columns != 1


def scaling_of(factor: Any) -> Any:
    """w of w 1ᵀ."""
    rest = operands(factor)[:-1]
    return rest[0] if len(rest) == 1 else MatMul(*rest, evaluate=False)


def larger_of(node: Any) -> tuple[Any, Any] | None:
    """(a, b) if the node is b + relu(a − b), which is max(a, b)."""
    terms = operands(node)
    if not isinstance(node, MatAdd) or len(terms) != 2:
        return None
    other, applied = terms
    if not isinstance(applied, ElementwiseApplyFunction):
        return None
    difference: Any = applied.expr
    if functions.of(applied.function) is not functions.RELU or not isinstance(difference, MatAdd):
        return None
    *first, last = operands(difference)
    if last != negative(other):
        return None
    larger = first[0] if len(first) == 1 else cast(Any, MatAdd(*first, evaluate=False))
    return larger, other


def negative(matrix: Any) -> Any:
    """−A, a number in front of a product taken in."""
    factors: list[Any] = list(matrix.args) if isinstance(matrix, MatMul) else [matrix]
    if factors[0].is_Matrix:
        return MatMul(-1, *factors, evaluate=False)
    if factors[0] == -1:
        return factors[1] if len(factors) == 2 else MatMul(*factors[1:], evaluate=False)
    return MatMul(-factors[0], *factors[1:], evaluate=False)
