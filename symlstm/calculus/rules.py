"""The matrix rules: how an adjoint passes backwards through one SymPy node.

`pull(node, adjoint)` yields a contribution for each operand of the node: the operand and its share
of ∂L/∂operand. There is one rule per node type, by single dispatch, and its docstring is the law.
The derivative of an elementwise function comes from SymPy's scalar `diff`, or from the textbook
form in its record. A node without a rule is refused.

Source of the product, transpose and Hadamard rules: Giles (2008), Collected matrix derivative
results for forward and reverse mode algorithmic differentiation, section 2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import Any, cast

from sympy import (
    Add,
    BlockMatrix,
    Expr,
    HadamardProduct,
    Integer,
    Lambda,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Number,
    OneMatrix,
    Pow,
    Symbol,
    Transpose,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.cell import operands
from symlstm.messages import UnknownNode

Contribution = tuple[Any, Any]
"""(operand, its share of the adjoint), two matrix expressions of one shape."""


@singledispatch
def pull(node: Any, adjoint: Any) -> Iterator[Contribution]:
    """The contributions of `node` to the adjoints of its operands.

    Args:
        node: a matrix expression.
        adjoint: ∂L/∂node, of the same shape.
    Raises:
        UnknownNode: the type of the node has no rule.
    """
    raise UnknownNode(
        "S401",
        f"no rule of differentiation is known for {type(node).__name__}",
        help="add one to symlstm/calculus/rules.py",
    )


@pull.register
def _(node: MatrixSymbol, adjoint: Any) -> Iterator[Contribution]:
    """A symbol has no operands."""
    return iter(())


@pull.register
def _(node: OneMatrix, adjoint: Any) -> Iterator[Contribution]:
    """A constant has no operands."""
    return iter(())


@pull.register
def pull_sum(node: MatAdd, adjoint: Any) -> Iterator[Contribution]:
    """Y = A + B  ⇒  dA = dY,  dB = dY."""
    return ((term, adjoint) for term in node.args)


@pull.register
def pull_product(node: MatMul, adjoint: Any) -> Iterator[Contribution]:
    """Y = k A X  ⇒  dA = k dY Xᵀ,  dX = k Aᵀ dY."""
    scalars = [f for f in node.args if not _is_matrix(f)]
    matrices = [f for f in node.args if _is_matrix(f)]
    for position, factor in enumerate(matrices):
        left = [transposed(m) for m in reversed(matrices[:position])]
        right = [transposed(m) for m in reversed(matrices[position + 1 :])]
        yield factor, product(*scalars, *left, adjoint, *right)


@pull.register
def pull_hadamard(node: HadamardProduct, adjoint: Any) -> Iterator[Contribution]:
    """Y = A ∘ B  ⇒  dA = dY ∘ B,  dB = dY ∘ A."""
    factors = list(node.args)
    for position, factor in enumerate(factors):
        yield factor, hadamard(adjoint, *factors[:position], *factors[position + 1 :])


@pull.register
def pull_power(node: HadamardPower, adjoint: Any) -> Iterator[Contribution]:
    """Y = A∘ⁿ  ⇒  dA = n dY ∘ A∘⁽ⁿ⁻¹⁾."""
    base, exponent = operands(node)
    yield base, product(exponent, hadamard(adjoint, elementwise_power(base, exponent - 1)))


@pull.register
def pull_transpose(node: Transpose, adjoint: Any) -> Iterator[Contribution]:
    """Y = Aᵀ  ⇒  dA = dYᵀ."""
    yield node.arg, transposed(adjoint)


@pull.register
def pull_stack(node: BlockMatrix, adjoint: Any) -> Iterator[Contribution]:
    """Y = [A; B], A of n rows  ⇒  dA = the first n rows of dY,  dB = the rest."""
    blocks: Any = node.blocks
    if blocks.shape[1] != 1:
        raise UnknownNode("S401", "blocks side by side have no rule of differentiation")
    first: Expr = Integer(0)
    for block in blocks:
        last = first + block.shape[0]
        yield block, MatrixSlice(adjoint, (first, last), (0, block.shape[1]))
        first = last


@pull.register
def pull_elementwise(node: ElementwiseApplyFunction, adjoint: Any) -> Iterator[Contribution]:
    """Y = f(A) entry by entry  ⇒  dA = dY ∘ f′(A)."""
    yield node.expr, hadamard(adjoint, slope(node, value=node))


def slope(node: ElementwiseApplyFunction, value: Any) -> Any:
    """f′(A) for the node f(A): the textbook form in terms of `value`, otherwise SymPy's `diff`.

    Args:
        value: an expression that equals the node, such as the name that it is assigned to.
    """
    record = functions.of(node.function)
    if record.slope_by_value is not None:
        return lift(record.slope_by_value, value)
    return lift(functions.derivative_by_argument(record), node.expr)


def lift(law: Lambda, matrix: Any) -> Any:
    """The scalar law z ↦ f(z), applied to each entry of a matrix, as a matrix expression."""
    variable = cast(Symbol, law.variables[0])

    def lifted(scalar: Any) -> Any:
        if scalar == variable:
            return matrix
        if isinstance(scalar, Number):
            return product(scalar, OneMatrix(*matrix.shape))
        if isinstance(scalar, Add):
            return total(*(lifted(a) for a in _in_order(scalar)))
        if isinstance(scalar, Mul):
            factors = _in_order(scalar)
            matrices = [lifted(f) for f in factors if not isinstance(f, Number)]
            return product(*(f for f in factors if isinstance(f, Number)), hadamard(*matrices))
        if isinstance(scalar, Pow) and isinstance(scalar.exp, Number):
            return elementwise_power(lifted(scalar.base), scalar.exp)
        if scalar.is_Function:
            return functions.apply(functions.of(scalar.func), lifted(scalar.args[0]))
        raise UnknownNode("S401", f"{scalar} is no elementwise expression of {variable}")

    return lifted(law.expr)


def _in_order(scalar: Any) -> list[Any]:
    """The operands in SymPy's canonical order; those of an `Add` or `Mul` come in any."""
    return sorted(operands(scalar), key=lambda operand: operand.sort_key())


def _is_matrix(factor: Any) -> bool:
    return bool(getattr(factor, "is_Matrix", False))


def total(*terms: Any) -> Any:
    """A + B + … in this order."""
    if len(terms) == 1:
        return terms[0]
    return cast(MatrixExpr, MatAdd(*terms, evaluate=False))


def product(*factors: Any) -> Any:
    """k A B … in this order, with nested products opened and a factor 1 left out."""
    opened: list[Any] = []
    for factor in factors:
        opened.extend(factor.args if isinstance(factor, MatMul) else (factor,))
    scalar: Any = Mul(*(f for f in opened if not _is_matrix(f)))
    kept = ([] if scalar == 1 else [scalar]) + [f for f in opened if _is_matrix(f)]
    return kept[0] if len(kept) == 1 else MatMul(*kept, evaluate=False)


def hadamard(*factors: Any) -> Any:
    """A ∘ B ∘ … in this order, with nested products opened and matrices of ones left out."""
    opened: list[Any] = []
    for factor in factors:
        opened.extend(factor.args if isinstance(factor, HadamardProduct) else (factor,))
    kept = [f for f in opened if not isinstance(f, OneMatrix)] or opened[:1]
    if len(kept) == 1:
        return kept[0]
    return cast(MatrixExpr, HadamardProduct(*kept, evaluate=False))


def elementwise_power(base: Any, exponent: Any) -> Any:
    """A∘ⁿ; the first power is A itself, the zeroth a matrix of ones."""
    if exponent == 0:
        return OneMatrix(*base.shape)
    return base if exponent == 1 else HadamardPower(base, exponent)


def transposed(matrix: Any) -> Any:
    """Aᵀ; the transpose of a transpose is A, and (A B)ᵀ = Bᵀ Aᵀ."""
    if isinstance(matrix, Transpose):
        return matrix.arg
    if isinstance(matrix, MatMul):
        return product(*(transposed(f) if _is_matrix(f) else f for f in reversed(matrix.args)))
    return Transpose(matrix)
