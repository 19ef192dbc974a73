"""What a step costs: multiplications, values of functions and memory, in the cell's dimensions.

Counted for one example, as the equations stand: A x with A of n × m takes n m multiplications,
a ∘ b of n entries n, and a quotient as many as a product. Sums are free, and a subexpression that
stands in two equations is counted in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, cast

import sympy
from sympy import (
    BlockMatrix,
    Expr,
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

from symlstm.calculus.gradient import GradientSystem
from symlstm.calculus.nodes import SumOver
from symlstm.cell import Equation, Quantity, Role, operands
from symlstm.messages import UnknownNode
from symlstm.notation.sizes import size_in_latex

_expand: Any = cast(Any, sympy).expand


@dataclass(frozen=True)
class Cost:
    """Multiplications, and values of elementwise functions, for one example."""

    products: Any = 0
    functions: Any = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            _expand(self.products + other.products), _expand(self.functions + other.functions)
        )


def cost_of(equations: Iterable[Equation]) -> Cost:
    """What the right sides of equations cost, for one example."""
    return sum((_cost(equation.right) for equation in equations), Cost())


def kept(system: GradientSystem) -> list[Quantity]:
    """The forward quantities of a step that the backward equations read, inputs left out."""
    read = {q.name for e in system.equations for q, _ in system.reads(e)}
    roles = (Role.STATE, Role.INTERMEDIATE)
    return [q for q in system.cell.quantities if q.name in read and q.role in roles]


def memory_of(quantities: Iterable[Quantity]) -> Any:
    """How many numbers the values of quantities are, for one example and one step."""
    return _expand(sum(entries(q.shape) for q in quantities))


def entries(shape: Any) -> Expr:
    rows, columns = shape
    return rows * columns


@singledispatch
def _cost(node: Any) -> Cost:
    raise UnknownNode("S401", f"the cost of a {type(node).__name__} is not known")


@_cost.register
def _(node: MatrixSymbol | OneMatrix | ZeroMatrix) -> Cost:
    """A value at hand costs nothing."""
    return Cost()


@_cost.register
def _(node: MatAdd | Transpose | MatrixSlice | SumOver) -> Cost:
    """Adding and moving cost no multiplication."""
    return sum((_cost(o) for o in operands(node) if getattr(o, "is_Matrix", False)), Cost())


@_cost.register
def _(node: BlockMatrix) -> Cost:
    """Nor does stacking."""
    return sum(map(_cost, cast(Any, node).blocks), Cost())


@_cost.register
def _(node: MatMul) -> Cost:
    """k A X: as many as A has entries, for every column of X; vectors first."""
    factors: list[Any] = list(operands(node))
    matrices = [f for f in factors if f.is_Matrix]
    found = sum(map(_cost, matrices), Cost())
    while len(matrices) > 1:
        # From the right while a vector stands there, as a person multiplies.
        place = len(matrices) - 2 if matrices[-1].shape[1] == 1 else 0
        left, right = matrices[place], matrices[place + 1]
        result: Any = ZeroMatrix(left.shape[0], right.shape[1])
        if not isinstance(left, OneMatrix) and not isinstance(right, OneMatrix):
            found += Cost(entries(left.shape) * right.shape[1])
        matrices[place : place + 2] = [result]
    number = factors[0]
    if not number.is_Matrix and number not in (1, -1):
        found += Cost(entries(node.shape))
    return found


@_cost.register
def _(node: HadamardProduct) -> Cost:
    factors = operands(node)
    return sum(map(_cost, factors), Cost((len(factors) - 1) * entries(node.shape)))


@_cost.register
def _(node: HadamardPower) -> Cost:
    """aⁿ as n − 1 products; a root as a function."""
    base, exponent = operands(node)
    if not exponent.is_Integer:
        return _cost(base) + Cost(functions=entries(node.shape))
    return _cost(base) + Cost(max(abs(int(exponent)) - 1, 0) * entries(node.shape))


@_cost.register
def _(node: ElementwiseApplyFunction) -> Cost:
    return _cost(node.expr) + Cost(functions=entries(node.shape))


def counted(polynomial: Any) -> str:
    """A polynomial in the dimensions, the highest powers first."""
    whole = _expand(polynomial)
    names: list[Any] = sorted(cast(Any, sympy.sympify(whole)).free_symbols, key=str)
    if not names:
        return str(whole)
    terms: list[Any] = cast(Any, sympy).Poly(whole, *names).terms(order="grlex")
    texts = [_monomial(c, names, powers) for powers, c in terms]
    return " + ".join(texts)


def _monomial(number: Any, names: Sequence[Any], powers: Sequence[int]) -> str:
    factors = [
        size_in_latex(str(name)) + (f"^{{{power}}}" if power > 1 else "")
        for name, power in zip(names, powers, strict=True) if power
    ]  # fmt: skip
    is_one = number == 1 and bool(factors)
    return r"\,".join(([] if is_one else [cast(str, sympy.latex(number))]) + factors)
