"""SymPy expressions in the terms of the notation: decimals exact, powers of matrices as products.

Python turns 0.1 into a `Float` and SymPy turns U U into `MatPow`; in equations the first is 1/10,
as it is where it is typed, and the second is the product that it stands for.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any, cast

from sympy import (
    BlockMatrix,
    Float,
    HadamardPower,
    HadamardProduct,
    Inverse,
    MatAdd,
    MatMul,
    MatPow,
    Mul,
    Rational,
    Transpose,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm.calculus.rules import product
from symlstm.cell import operands
from symlstm.messages import UsageError

MAXIMUM_POWER = 64
"""Factors of a power of a matrix."""


def written_out(node: Any) -> Any:
    """The expression without floats and without powers of matrices; all else as it is.

    Raises:
        UsageError: a matrix stands to a power that is no product of it (S022).
    """
    return _written_out(node) if node.has(Float, MatPow) else node


@singledispatch
def _written_out(node: Any) -> Any:
    """A number: each float is the simplest decimal that is the same float, 0.1 is 1/10."""
    if node.is_Matrix:
        return node
    return node.xreplace({value: _decimal(value) for value in node.atoms(Float)})


def _decimal(value: Float) -> Rational:
    double = float(value)
    is_double = bool(cast(Any, Float(double)) == value)
    return cast(Rational, Rational(repr(double) if is_double else str(value)))


@_written_out.register
def _(node: MatAdd) -> Any:
    return cast(Any, MatAdd(*map(written_out, node.args), evaluate=False))


@_written_out.register
def _(node: MatMul) -> Any:
    """Powers among the factors are opened, their numbers put in front."""
    factors: list[Any] = []
    for factor in node.args:
        plain = written_out(factor)
        is_opened = isinstance(factor, MatPow) and isinstance(plain, MatMul)
        factors += plain.args if is_opened else (plain,)
    numbers = [f for f in factors if not f.is_Matrix]
    matrices = [f for f in factors if f.is_Matrix]
    return MatMul(*([Mul(*numbers)] if numbers else []), *matrices, evaluate=False)


@_written_out.register
def _(node: MatPow) -> Any:
    """Aⁿ = A ⋯ A, n times."""
    base, exponent = map(written_out, operands(node))
    if not (exponent.is_Integer and 1 <= exponent <= MAXIMUM_POWER):
        raise UsageError(
            "S022", f"{node} is no product of matrices",
            help=f"the exponent of a matrix is a whole number from 1 to {MAXIMUM_POWER}; "
            "HadamardPower takes powers entry by entry",
        )  # fmt: skip
    return product(*[base] * int(exponent))


@_written_out.register
def _(node: Inverse) -> Any:
    """No product; the printer says so."""
    return node


@_written_out.register
def _(node: HadamardProduct) -> Any:
    return cast(Any, HadamardProduct(*map(written_out, node.args), evaluate=False))


@_written_out.register
def _(node: HadamardPower) -> Any:
    return HadamardPower(*map(written_out, operands(node)))


@_written_out.register
def _(node: Transpose) -> Any:
    return Transpose(written_out(node.arg))


@_written_out.register
def _(node: ElementwiseApplyFunction) -> Any:
    return ElementwiseApplyFunction(node.function, written_out(node.expr))


@_written_out.register
def _(node: BlockMatrix) -> Any:
    blocks: Any = node.blocks
    rows, columns = blocks.shape
    return BlockMatrix(
        [[written_out(blocks[row, column]) for column in range(columns)] for row in range(rows)]
    )


@_written_out.register
def _(node: MatrixSlice) -> Any:
    whole: Any = node
    return MatrixSlice(written_out(whole.parent), whole.rowslice, whole.colslice)
