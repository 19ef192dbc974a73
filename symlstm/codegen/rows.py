"""Matrix expressions as NumPy code, rows per example.

The equations speak of one example: a vector is a column. Code holds a batch of them as rows, so a
column vector per example, (n, 1), is an array (B, n), and a matrix per example an array (B, n, m).
A parameter is the same for every example and lacks the first axis. Every product follows from
that one reading: `W x` with x per example is `x @ W.T`, and the sum over the batch of `u vᵀ` is
`u.T @ v`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sympy import (
    BlockMatrix,
    HadamardProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Symbol,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.calculus.nodes import SumOver
from symlstm.cell import B_AXIS, System
from symlstm.messages import UnknownNode

# How tightly a piece of Python holds together.
ADD, MULTIPLY, NEGATE, POWER, ATOM = range(5)

NUMPY_NAMES = {"sigmoid": "sigmoid", "tanh": "np.tanh", "exp": "np.exp"}
"""What each elementwise function is called in generated code."""


class Layout(Enum):
    """How an array holds a matrix, beside the axis of the examples."""

    COLUMN = "one axis, (n,), for n×1; a number per example, 1×1, is such a column too"
    ROW = "the same for 1×n, the transpose of a column; only inside of an expression"
    MATRIX = "two axes"


@dataclass(frozen=True)
class Code:
    """A piece of code for a matrix expression.

    Args:
        text: Python.
        level: how tightly it holds together.
        layout: how the array that it computes holds the matrix.
        is_batched: whether there is one for each example.
    """

    text: str
    level: int
    layout: Layout
    is_batched: bool

    def inside(self, level: int) -> str:
        """The text, bracketed if it is looser than its surroundings."""
        return f"({self.text})" if self.level < level else self.text

    def stored(self) -> Code:
        """The same with the axes that a quantity of its shape has: a row is a matrix."""
        if self.layout is not Layout.ROW:
            return self
        return Code(
            f"{self.inside(ATOM)}[..., np.newaxis, :]", ATOM, Layout.MATRIX, self.is_batched
        )


class RowsPrinter:
    """Prints expressions over the quantities of one system.

    Args:
        system: tells which quantity a symbol stands for.
        variable: the code that holds a symbol's value.
        size: the code that holds a dimension.

    Attributes:
        sizes: the dimensions whose code has been asked for.
    """

    def __init__(
        self,
        system: System,
        variable: Callable[[MatrixSymbol], str],
        size: Callable[[Any], str],
    ) -> None:
        self._system = system
        self._variable = variable
        self._size_code = size
        self.sizes: set[Any] = set()
        self._codes: dict[Any, Code] = {}

    def _size(self, dimension: Any) -> str:
        self.sizes.add(dimension)
        return self._size_code(dimension)

    def text(self, expression: Any) -> str:
        return self.code(expression).stored().text

    def addends(self, expression: Any) -> list[str]:
        """The text of an expression, in pieces before which a line may be broken."""
        if isinstance(expression, MatAdd):
            pieces: list[str] = []
            for term in expression.args:
                sign, text = self._signed(term)
                pieces.append(f"{sign} {text}" if pieces else ("-" if sign == "-" else "") + text)
            return pieces
        if isinstance(expression, SumOver) and isinstance(expression.summand, MatAdd):
            sums = [SumOver(term, *expression.axes) for term in expression.summand.args]
            first, *others = (self.code(term).inside(MULTIPLY) for term in sums)
            return [first, *(f"+ {text}" for text in others)]
        return [self.text(expression)]

    def batch_shape(self, matrix: Any) -> str:
        """The shape of an array that holds such a matrix for each example."""
        entries = matrix.shape[:1] if _is_column(matrix) else matrix.shape
        return f"({', '.join(map(self._size, (_EXAMPLES, *entries)))})"

    def code(self, node: Any) -> Code:
        """The code of a node.

        Raises:
            UnknownNode: there is no NumPy code for a node of this type.
        """
        # Kept, since an operation asks more than once what its operands are like.
        if node not in self._codes:
            self._codes[node] = self._code_of(node)
        return self._codes[node]

    def _code_of(self, node: Any) -> Code:
        if isinstance(node, MatrixSymbol):
            return self._symbol(node)
        method = getattr(self, "_" + type(node).__name__, None)
        if method is None:
            raise UnknownNode("S401", f"no NumPy code is known for {type(node).__name__}")
        return method(node)

    def _symbol(self, node: MatrixSymbol) -> Code:
        quantity, _ = self._system.locate(node)
        return Code(self._variable(node), ATOM, _layout(node), quantity.is_batched)

    def _signed(self, term: Any) -> tuple[str, str]:
        if isinstance(term, MatMul) and term.args[0].is_Number and term.args[0] < 0:
            positive = MatMul(-term.args[0], *term.args[1:], evaluate=False)
            return "-", self.code(positive).stored().inside(MULTIPLY)
        return "+", self.code(term).stored().inside(MULTIPLY)

    def _MatAdd(self, node: MatAdd) -> Code:
        is_batched = any(self.code(term).is_batched for term in node.args)
        return Code(" ".join(self.addends(node)), ADD, _layout(node), is_batched)

    def _MatMul(self, node: MatMul) -> Code:
        scalars = [f for f in node.args if not f.is_Matrix and f != 1]
        result = self._product([f for f in node.args if f.is_Matrix])
        for scalar in reversed(scalars):
            result = _scaled(scalar, result)
        return result

    def _product(self, matrices: Sequence[Any]) -> Code:
        """A B …, multiplied so that matrices meet vectors rather than each other.

        A product is cut after a column; what ends with one is multiplied from right to left.
        """
        cut = _cut(matrices)
        if cut:
            left, right = self._product(matrices[:cut]), self._product(matrices[cut:])
            return self._times(left, None, right)
        if _is_column(matrices[-1]):
            result = self.code(matrices[-1])
            for factor in reversed(matrices[:-1]):
                result = self._times(self.code(factor), factor, result)
            return result
        result = self.code(matrices[0])
        for factor in matrices[1:]:
            result = self._times(result, None, self.code(factor))
        return result

    def _times(self, left: Code, factor: Any, right: Code) -> Code:
        """left · right, by the layouts of both; no other pair of them can be multiplied."""
        batched = left.is_batched or right.is_batched
        match left.layout, right.layout:
            case Layout.COLUMN, Layout.COLUMN:
                # n×1 · 1×1: a number per example multiplies every entry.
                text = f"{left.inside(MULTIPLY)} * {right.inside(NEGATE)}"
                return Code(text, MULTIPLY, Layout.COLUMN, batched)
            case Layout.COLUMN, Layout.ROW:
                return self._outer(left, right)
            case Layout.COLUMN, _:
                # n×1 · 1×m, where the row is stored as a matrix.
                text = f"{left.inside(ATOM)}[..., np.newaxis] * {right.inside(NEGATE)}"
                return Code(text, MULTIPLY, Layout.MATRIX, batched)
            case Layout.ROW, Layout.COLUMN:
                text = f"{left.inside(MULTIPLY)} * {right.inside(NEGATE)}"
                text = f"np.sum({text}, axis=-1, keepdims=True)"
                return Code(text, ATOM, Layout.COLUMN, batched)
            case Layout.ROW, _ if right.is_batched:
                row = left.stored().text
                text = f"({row} @ {right.inside(NEGATE)})[..., 0, :]"
                return Code(text, ATOM, Layout.ROW, True)
            case _, Layout.COLUMN if left.is_batched:
                column = f"{right.inside(ATOM)}[..., np.newaxis]"
                text = f"({left.inside(MULTIPLY)} @ {column})[..., 0]"
                return Code(text, ATOM, Layout.COLUMN, True)
            case _, Layout.COLUMN if right.is_batched:
                text = f"{right.inside(MULTIPLY)} @ {self._turned(left, factor)}"
                return Code(text, MULTIPLY, Layout.COLUMN, True)
            case _:
                text = f"{left.inside(MULTIPLY)} @ {right.inside(NEGATE)}"
                layout = left.layout if left.layout is Layout.ROW else right.layout
                return Code(text, MULTIPLY, layout, batched)

    def _turned(self, left: Code, factor: Any) -> str:
        """The transpose of a matrix; that of a transpose is the matrix itself."""
        if isinstance(factor, Transpose):
            return self.code(factor.arg).inside(NEGATE)
        return f"{left.inside(ATOM)}.T"

    def _outer(self, left: Code, right: Code) -> Code:
        if not left.is_batched and not right.is_batched:
            return Code(f"np.outer({left.text}, {right.text})", ATOM, Layout.MATRIX, False)
        column = f"{left.inside(ATOM)}[..., :, np.newaxis]"
        return Code(f"{column} * {right.stored().text}", MULTIPLY, Layout.MATRIX, True)

    def _HadamardProduct(self, node: HadamardProduct) -> Code:
        parts = [self.code(factor).stored() for factor in node.args]
        text = " * ".join(p.inside(MULTIPLY if n == 0 else NEGATE) for n, p in enumerate(parts))
        return Code(text, MULTIPLY, _layout(node), any(p.is_batched for p in parts))

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
        match inner.layout:
            case Layout.ROW:
                return replace(inner, layout=Layout.COLUMN)
            case Layout.COLUMN:
                return replace(inner, layout=Layout.COLUMN if _is_column(node) else Layout.ROW)
            case _ if _is_column(node):
                text = inner.inside(ATOM) + "[..., 0, :]"
                return Code(text, ATOM, Layout.COLUMN, inner.is_batched)
            case _:
                turn = ".swapaxes(-1, -2)" if inner.is_batched else ".T"
                return replace(inner, text=inner.inside(ATOM) + turn, level=ATOM)

    def _BlockMatrix(self, node: BlockMatrix) -> Code:
        blocks: Any = node.blocks
        parts = [self.code(block).stored() for block in blocks]
        is_batched = any(p.is_batched for p in parts)
        texts = [
            p.text
            if p.is_batched or not is_batched
            else f"np.broadcast_to({p.text}, {self.batch_shape(block)})"
            for p, block in zip(parts, blocks, strict=True)
        ]
        axis = -1 if _is_column(node) else -2
        text = f"np.concatenate([{', '.join(texts)}], axis={axis})"
        return Code(text, ATOM, _layout(node), is_batched)

    def _MatrixSlice(self, node: MatrixSlice) -> Code:
        inner = self.code(node.parent).stored()
        (first, last, _), (left, right, _) = node.rowslice, node.colslice
        rows = self._range(first, last, node.parent.shape[0])
        if inner.layout is Layout.COLUMN:
            return replace(inner, text=f"{inner.inside(ATOM)}[..., {rows}]", level=ATOM)
        columns = self._range(left, right, node.parent.shape[1])
        return replace(inner, text=f"{inner.inside(ATOM)}[..., {rows}, {columns}]", level=ATOM)

    def _range(self, first: Any, last: Any, whole: Any) -> str:
        start = "" if first == 0 else self._size(first)
        stop = "" if last == whole else self._size(last)
        return f"{start}:{stop}"

    def _OneMatrix(self, node: OneMatrix) -> Code:
        return Code("1", ATOM, _layout(node), False)

    def _ZeroMatrix(self, node: ZeroMatrix) -> Code:
        return Code("0", ATOM, _layout(node), False)

    def _SumOver(self, node: SumOver) -> Code:
        """Σ_b: of outer products one matrix product, of anything else a sum over the first axis.

        Σ_t is a loop, and so not printed here.
        """
        summand = node.summand
        if isinstance(summand, MatAdd):
            return Code(" ".join(self.addends(node)), ADD, _layout(node), False)
        if isinstance(summand, MatMul) and (cut := _cut(summand.args)):
            left, right = self._product(summand.args[:cut]), self._product(summand.args[cut:])
            layouts = (left.layout, right.layout)
            if layouts == (Layout.COLUMN, Layout.ROW) and left.is_batched and right.is_batched:
                text = f"{left.inside(ATOM)}.T @ {right.inside(NEGATE)}"
                return Code(text, MULTIPLY, Layout.MATRIX, False)
        inner = self.code(summand).stored()
        return Code(f"np.sum({inner.text}, axis=0)", ATOM, inner.layout, False)


def _cut(factors: Sequence[Any]) -> int:
    """The place after the first column of a product of matrices, 0 if there is none."""
    if not all(f.is_Matrix for f in factors):
        return 0
    return next((n for n, f in enumerate(factors[:-1], 1) if _is_column(f)), 0)


_EXAMPLES = Symbol(B_AXIS.name.upper())


def _is_column(matrix: Any) -> bool:
    return matrix.shape[1] == 1


def _layout(matrix: Any) -> Layout:
    """How a quantity of this shape is held."""
    return Layout.COLUMN if _is_column(matrix) else Layout.MATRIX


def _scaled(scalar: Any, code: Code) -> Code:
    if scalar == -1:
        return replace(code, text=f"-{code.inside(NEGATE)}", level=NEGATE)
    number = str(scalar) if scalar.q == 1 else f"{scalar.p} / {scalar.q}"
    if code.text == "1":
        return replace(code, text=number, level=ATOM if scalar.q == 1 and scalar > 0 else MULTIPLY)
    return replace(code, text=f"{number} * {code.inside(NEGATE)}", level=MULTIPLY)
