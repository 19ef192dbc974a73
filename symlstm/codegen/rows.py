"""Matrix expressions as NumPy code, rows per example.

The equations speak of one example: a vector is a column. Code holds a batch of them as rows, so a
column vector per example, (n, 1), is an array (B, n), and a matrix per example an array (B, n, m).
Every product follows from that one reading: `W x` with x per example is `x @ W.T`, and the sum over
the batch of `u vᵀ` is `u.T @ v`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

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
from symlstm.calculus.nodes import SumOver
from symlstm.cell import System
from symlstm.messages import UnknownNode

# How tightly a piece of Python holds together.
ADD, MULTIPLY, NEGATE, POWER, ATOM = range(5)

NUMPY_NAMES = {"sigmoid": "sigmoid", "tanh": "np.tanh", "exp": "np.exp"}
"""What each elementwise function is called in generated code."""


@dataclass(frozen=True)
class Code:
    """A piece of code for a matrix expression.

    Args:
        text: Python.
        level: how tightly it holds together.
        rows, columns: whether it has more than one of them.
        is_batched: whether there is one for each example.
        is_row: whether it stands for the transpose of the column vector that its text computes.
    """

    text: str
    level: int
    is_vector: bool
    is_batched: bool
    is_row: bool = False

    def inside(self, level: int) -> str:
        """The text, bracketed if it is looser than its surroundings."""
        return f"({self.text})" if self.level < level else self.text


class RowsPrinter:
    """Prints expressions over the quantities of one system.

    Args:
        system: tells which quantity a symbol stands for.
        variable: the code that holds a symbol's value.
        size: the code that holds a dimension.
    """

    def __init__(
        self,
        system: System,
        variable: Callable[[MatrixSymbol], str],
        size: Callable[[Any], str],
    ) -> None:
        self._system = system
        self._variable = variable
        self._size = size

    def text(self, expression: Any) -> str:
        return self.code(expression).text

    def addends(self, expression: Any) -> list[str]:
        """The text of an expression, in pieces before which a line may be broken."""
        if isinstance(expression, MatAdd):
            pieces: list[str] = []
            for term in expression.args:
                sign, text = self._signed(term)
                pieces.append(f"{sign} {text}" if pieces else ("-" if sign == "-" else "") + text)
            return pieces
        return [self.text(expression)]

    def code(self, node: Any) -> Code:
        """The code of a node.

        Raises:
            UnknownNode: there is no NumPy code for a node of this type.
        """
        if isinstance(node, MatrixSymbol):
            return self._symbol(node)
        method = getattr(self, "_" + type(node).__name__, None)
        if method is None:
            raise UnknownNode("S401", f"no NumPy code is known for {type(node).__name__}")
        return method(node)

    def _symbol(self, node: MatrixSymbol) -> Code:
        quantity, _ = self._system.locate(node)
        return Code(self._variable(node), ATOM, _is_column(node), quantity.is_batched)

    def _signed(self, term: Any) -> tuple[str, str]:
        if isinstance(term, MatMul) and term.args[0].is_Number and term.args[0] < 0:
            positive = MatMul(-term.args[0], *term.args[1:], evaluate=False)
            return "-", self.code(positive).inside(MULTIPLY)
        return "+", self.code(term).inside(MULTIPLY)

    def _MatAdd(self, node: MatAdd) -> Code:
        text = " ".join(self.addends(node))
        parts = [self.code(term) for term in node.args]
        return Code(text, ADD, any(p.is_vector for p in parts), any(p.is_batched for p in parts))

    def _MatMul(self, node: MatMul) -> Code:
        scalars = [f for f in node.args if not f.is_Matrix and f != 1]
        matrices = [f for f in node.args if f.is_Matrix]
        result = self.code(matrices[-1])
        for factor in reversed(matrices[:-1]):
            result = self._times(self.code(factor), factor, result)
        for scalar in reversed(scalars):
            result = _scaled(scalar, result)
        return result

    def _times(self, left: Code, factor: Any, right: Code) -> Code:
        """left · right; a single column acts as one row per example."""
        if left.is_row:
            product = f"{left.inside(MULTIPLY)} * {right.inside(NEGATE)}"
            return Code(
                f"np.sum({product}, axis=-1, keepdims=True)", ATOM, True,
                left.is_batched or right.is_batched,
            )  # fmt: skip
        if left.is_vector and right.is_row:
            return self._outer(left, right)
        batched = left.is_batched or right.is_batched
        if not right.is_vector:
            return Code(
                f"{left.inside(MULTIPLY)} @ {right.inside(NEGATE)}", MULTIPLY, False, batched
            )
        if not left.is_batched:
            if not right.is_batched:
                return Code(
                    f"{left.inside(MULTIPLY)} @ {right.inside(NEGATE)}", MULTIPLY, True, False
                )
            turned = self._turned(left, factor)
            return Code(f"{right.inside(MULTIPLY)} @ {turned}", MULTIPLY, True, True)
        column = f"{right.inside(ATOM)}[..., np.newaxis]"
        return Code(f"({left.inside(MULTIPLY)} @ {column})[..., 0]", ATOM, True, True)

    def _turned(self, left: Code, factor: Any) -> str:
        """The transpose of a matrix; that of a transpose is the matrix itself."""
        if isinstance(factor, Transpose):
            return self.code(factor.arg).inside(NEGATE)
        return f"{left.inside(ATOM)}.T"

    def _outer(self, left: Code, right: Code) -> Code:
        if not left.is_batched and not right.is_batched:
            return Code(f"np.outer({left.text}, {right.text})", ATOM, False, False)
        column = f"{left.inside(ATOM)}[..., :, np.newaxis]"
        row = f"{right.inside(ATOM)}[..., np.newaxis, :]"
        return Code(f"{column} * {row}", MULTIPLY, False, True)

    def _HadamardProduct(self, node: HadamardProduct) -> Code:
        parts = [self.code(factor) for factor in node.args]
        text = " * ".join(p.inside(MULTIPLY if n == 0 else NEGATE) for n, p in enumerate(parts))
        return Code(text, MULTIPLY, parts[0].is_vector, any(p.is_batched for p in parts))

    def _HadamardPower(self, node: HadamardPower) -> Code:
        base, exponent = node.args
        inner = self.code(base)
        return replace(inner, text=f"{inner.inside(ATOM)} ** {exponent}", level=POWER)

    def _ElementwiseApplyFunction(self, node: ElementwiseApplyFunction) -> Code:
        name = NUMPY_NAMES[functions.of(node.function).name]
        inner = self.code(node.expr)
        return replace(inner, text=f"{name}({inner.text})", level=ATOM)

    def _Transpose(self, node: Transpose) -> Code:
        inner = self.code(node.arg)
        if inner.is_vector:
            return replace(inner, is_row=not inner.is_row)
        turn = ".swapaxes(-1, -2)" if inner.is_batched else ".T"
        return replace(inner, text=inner.inside(ATOM) + turn, level=ATOM)

    def _BlockMatrix(self, node: BlockMatrix) -> Code:
        blocks: Any = node.blocks
        parts = [self.code(block) for block in blocks]
        axis = -1 if parts[0].is_vector else -2
        text = f"np.concatenate([{', '.join(p.text for p in parts)}], axis={axis})"
        return Code(text, ATOM, parts[0].is_vector, any(p.is_batched for p in parts))

    def _MatrixSlice(self, node: MatrixSlice) -> Code:
        inner = self.code(node.parent)
        (first, last, _), (left, right, _) = node.rowslice, node.colslice
        rows = self._range(first, last, node.parent.shape[0])
        if inner.is_vector:
            return replace(inner, text=f"{inner.inside(ATOM)}[..., {rows}]", level=ATOM)
        columns = self._range(left, right, node.parent.shape[1])
        return replace(inner, text=f"{inner.inside(ATOM)}[..., {rows}, {columns}]", level=ATOM)

    def _range(self, first: Any, last: Any, whole: Any) -> str:
        start = "" if first == 0 else self._size(first)
        stop = "" if last == whole else self._size(last)
        return f"{start}:{stop}"

    def _OneMatrix(self, node: OneMatrix) -> Code:
        return Code("1", ATOM, _is_column(node), False)

    def _ZeroMatrix(self, node: ZeroMatrix) -> Code:
        return Code("0", ATOM, _is_column(node), False)

    def _SumOver(self, node: SumOver) -> Code:
        """Σ_b: of outer products one matrix product, of anything else a sum over the first axis.

        Σ_t is a loop, and so not printed here.
        """
        summand = node.summand
        if isinstance(summand, MatAdd):
            parts = [self._SumOver(SumOver(term, *node.axes)) for term in summand.args]
            text = " + ".join(p.inside(MULTIPLY) for p in parts)
            return Code(text, ADD, parts[0].is_vector, False)
        if isinstance(summand, MatMul) and len(summand.args) == 2:
            left, right = (self.code(f) for f in summand.args)
            if left.is_vector and right.is_row and left.is_batched and right.is_batched:
                return Code(
                    f"{left.inside(ATOM)}.T @ {right.inside(NEGATE)}", MULTIPLY, False, False
                )
        inner = self.code(summand)
        return Code(f"np.sum({inner.text}, axis=0)", ATOM, inner.is_vector, False)


def _is_column(matrix: Any) -> bool:
    return matrix.shape[1] == 1


def _scaled(scalar: Any, code: Code) -> Code:
    if scalar == -1:
        return replace(code, text=f"-{code.inside(NEGATE)}", level=NEGATE)
    number = str(scalar) if scalar.q == 1 else f"{scalar.p} / {scalar.q}"
    if code.text == "1":
        return replace(code, text=number, level=ATOM if scalar.q == 1 and scalar > 0 else MULTIPLY)
    return replace(code, text=f"{number} * {code.inside(NEGATE)}", level=MULTIPLY)
