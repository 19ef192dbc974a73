"""The matrix rules: how an adjoint passes backwards through one SymPy node.

`pull(node, adjoint)` yields a contribution for each operand of the node: the operand and its share
of ∂L/∂operand. There is one rule per node type, by single dispatch, and its docstring is the law.
The derivative of an elementwise function comes from SymPy's scalar `diff`, or from the textbook
form in its record. A node without a rule is refused.

Source of the product, transpose and Hadamard rules: Giles (2008), Collected matrix derivative
results for forward and reverse mode algorithmic differentiation, section 2.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    ZeroMatrix,
    sympify,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.calculus.nodes import is_inverse, is_spread
from symlstm.cell import operands
from symlstm.messages import UnknownNode

Contribution = tuple[Any, Any]
"""(operand, its share of the adjoint), two matrix expressions of one shape."""


@dataclass(frozen=True)
class Law:
    """A rule as a derivation quotes it, in LaTeX: what is given, and the adjoints that follow.

    Args:
        in_rows: the same where each example is a row, if that is something else.
    """

    name: str
    given: str
    adjoints: str
    in_rows: tuple[str, str] | None = None


LAWS: Mapping[type, Law] = {
    MatAdd: Law("sum", "y = a + b", r"\mathrm{d}a = \mathrm{d}y, \ \mathrm{d}b = \mathrm{d}y"),
    MatMul: Law(
        "product", "y = A x",
        r"\mathrm{d}A = \mathrm{d}y\, x^{\top}, \ \mathrm{d}x = A^{\top} \mathrm{d}y",
        (r"y = x A^{\top}", r"\mathrm{d}A = \mathrm{d}y^{\top} x, \ \mathrm{d}x = \mathrm{d}y\, A"),
    ),
    HadamardProduct: Law(
        "elementwise product", r"y = a \odot b",
        r"\mathrm{d}a = \mathrm{d}y \odot b, \ \mathrm{d}b = \mathrm{d}y \odot a",
    ),
    ElementwiseApplyFunction: Law(
        "elementwise function", "y = f(a)", r"\mathrm{d}a = \mathrm{d}y \odot f'(a)"
    ),
    HadamardPower: Law(
        "elementwise power", "y = a^{n}", r"\mathrm{d}a = n\, \mathrm{d}y \odot a^{n-1}"
    ),
    Transpose: Law("transpose", r"Y = A^{\top}", r"\mathrm{d}A = \mathrm{d}Y^{\top}"),
    BlockMatrix: Law(
        "stack", "y = [a, b]", r"[\mathrm{d}a, \mathrm{d}b] = \mathrm{d}y"
    ),
    MatrixSlice: Law(
        "rows", "y = a_{m:n}", r"\mathrm{d}a = [0, \mathrm{d}y, 0]"
    ),
}  # fmt: skip
"""The law of each node that has a rule below, where its adjoint depends on the node."""


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
        if isinstance(factor, OneMatrix):
            continue
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
def pull_rows(node: MatrixSlice, adjoint: Any) -> Iterator[Contribution]:
    """Y = some rows of A  ⇒  dA = dY in those rows, and 0 in all others."""
    parent: Any = node.parent
    rows, columns = parent.shape
    first, last = cast(tuple[Any, Any], tuple(map(sympify, node.rowslice[:2])))
    above, below = ZeroMatrix(first, columns), ZeroMatrix(rows - last, columns)
    yield parent, stacked(*(b for b in (above, adjoint, below) if b.shape[0] != 0))


@pull.register
def pull_elementwise(node: ElementwiseApplyFunction, adjoint: Any) -> Iterator[Contribution]:
    """Y = f(A) entry by entry  ⇒  dA = dY ∘ f′(A)."""
    yield node.expr, hadamard(adjoint, slope(node, value=node))


def slope(node: ElementwiseApplyFunction, value: Any) -> Any:
    """f′(A) for the node f(A): the textbook form in terms of `value` or of A, or SymPy's `diff`.

    Args:
        value: an expression that equals the node, such as the name that it is assigned to.
    """
    record = functions.of(node.function)
    if record.slope_by_value is not None:
        return lift(record.slope_by_value, value)
    by_argument = record.slope_by_argument or functions.derivative_by_argument(record)
    return lift(by_argument, node.expr)


def lift(law: Lambda, matrix: Any) -> Any:
    """The scalar law z ↦ f(z), applied to each entry of a matrix, as a matrix expression."""
    variable = cast(Symbol, law.variables[0])

    def lifted(scalar: Any) -> Any:
        if scalar == variable:
            return matrix
        if scalar == 0:
            return ZeroMatrix(*matrix.shape)
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
    """A + B + … in this order; [A; 0] + [0; B] = [A; B]."""
    terms = _tiled(terms)
    if len(terms) == 1:
        return terms[0]
    return cast(MatrixExpr, MatAdd(*terms, evaluate=False))


def _tiled(terms: tuple[Any, ...]) -> tuple[Any, ...]:
    """The terms, those that are 0 but in some rows put in one stack if they fill all rows."""
    padded = [(term, rows) for term in terms if (rows := _padding(term)) is not None]
    at: Expr = Integer(0)
    blocks: list[Any] = []
    while (piece := next((p for _, p in padded if p[0] == at), None)) is not None:
        blocks.append(piece[1])
        at = at + piece[1].shape[0]
    is_whole = len(blocks) > 1 and len(blocks) == len(padded) and at == terms[0].shape[0]
    if not is_whole:
        return terms
    inside = [term for term, _ in padded]
    first = next(n for n, term in enumerate(terms) if term is inside[0])
    kept = [term for term in terms if all(term is not other for other in inside)]
    return (*kept[:first], stacked(*blocks), *kept[first:])


def _padding(term: Any) -> tuple[Any, Any] | None:
    """(the first row, the block) of a stack that is 0 elsewhere."""
    if not isinstance(term, BlockMatrix):
        return None
    blocks: list[Any] = list(cast(Any, term).blocks)
    filled = [n for n, block in enumerate(blocks) if not isinstance(block, ZeroMatrix)]
    if len(filled) != 1 or len(blocks) == 1:
        return None
    above: Expr = sum((block.shape[0] for block in blocks[: filled[0]]), Integer(0))
    return above, blocks[filled[0]]


def product(*factors: Any) -> Any:
    """k A B … in this order, with nested products opened and a factor 1 left out."""
    opened: list[Any] = []
    for factor in factors:
        opened.extend(factor.args if isinstance(factor, MatMul) else (factor,))
    scalar: Any = Mul(*(f for f in opened if not _is_matrix(f)))
    kept = ([] if scalar == 1 else [scalar]) + [f for f in opened if _is_matrix(f)]
    return kept[0] if len(kept) == 1 else MatMul(*kept, evaluate=False)


def hadamard(*factors: Any) -> Any:
    """k A ∘ B ∘ … in this order, scalars over all entries first and inverses last.

    Nested products are opened, matrices of ones left out, and zeros absorb.
    """
    number: Any = Integer(1)
    opened: list[Any] = []
    for factor in factors:
        first, rest = _numbered(factor)
        number = number * first
        opened.extend(rest.args if isinstance(rest, HadamardProduct) else (rest,))
    for factor in opened:
        if isinstance(factor, ZeroMatrix):
            return factor
    kept = [f for f in opened if not isinstance(f, OneMatrix)] or opened[:1]
    kept.sort(key=_place)
    if len(kept) == 1:
        return product(number, kept[0])
    return product(number, cast(MatrixExpr, HadamardProduct(*kept, evaluate=False)))


def _place(factor: Any) -> int:
    return 2 if is_inverse(factor) else 0 if is_spread(factor) else 1


def _numbered(factor: Any) -> tuple[Any, Any]:
    """k A as (k, A); a mean stays whole."""
    if not isinstance(factor, MatMul) or _is_matrix(factor.args[0]):
        return Integer(1), factor
    number: Any = Mul(*(f for f in factor.args if not _is_matrix(f)))
    if not number.is_Rational:
        return Integer(1), factor
    return number, product(*(f for f in factor.args if _is_matrix(f)))


def stacked(*blocks: Any) -> Any:
    """[A; B; …], one on top of the other."""
    return blocks[0] if len(blocks) == 1 else BlockMatrix([[block] for block in blocks])


def elementwise_power(base: Any, exponent: Any) -> Any:
    """A∘ⁿ; the first power is A itself, the zeroth a matrix of ones."""
    if exponent == 0:
        return OneMatrix(*base.shape)
    return base if exponent == 1 else HadamardPower(base, exponent)


def transposed(matrix: Any) -> Any:
    """Aᵀ; the transpose of a transpose is A, and (A B)ᵀ = Bᵀ Aᵀ; a scalar is its own."""
    if isinstance(matrix, Transpose):
        return matrix.arg
    if matrix.shape == (1, 1):
        return matrix
    if isinstance(matrix, OneMatrix | ZeroMatrix):
        rows, columns = cast(tuple[Any, Any], matrix.shape)
        return type(matrix)(columns, rows)
    if isinstance(matrix, MatMul):
        return product(*(transposed(f) if _is_matrix(f) else f for f in reversed(matrix.args)))
    return Transpose(matrix)
