"""Matrix expressions as NumPy code, rows per example.

The equations speak of one example: a vector is a column. Code holds a batch of them as rows, so a
column vector per example, (n, 1), is an array (B, n), and a matrix per example an array (B, n, m).
A parameter is the same for every example and lacks the first axis. Every product follows from
that one reading: `W x` with x per example is `x @ W.T`, and the sum over the batch of `u vᵀ` is
`u.T @ v`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, cast

from sympy import (
    BlockMatrix,
    HadamardProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Symbol,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.calculus.nodes import SumOver, inverse, is_inverse
from symlstm.calculus.rules import elementwise_power, transposed
from symlstm.cell import B_AXIS, System, axes_of, operands
from symlstm.codegen.elementwise import NUMPY_FUNCTIONS
from symlstm.messages import UnknownNode

# How tightly a piece of Python holds together.
ADD, MULTIPLY, NEGATE, POWER, ATOM = range(5)


class Layout(Enum):
    """How an array holds a matrix, beside the axis of the examples."""

    NUMBER = "no axis, for 1×1"
    COLUMN = "one axis, (n,), for n×1"
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
        thin: the dimensions of the matrix, 0 or 1, along which the array has one entry that stands
            for all: NumPy broadcasts it.
    """

    text: str
    level: int
    layout: Layout
    is_batched: bool
    thin: frozenset[int] = frozenset()

    def inside(self, level: int) -> str:
        """The text, bracketed if it is looser than its surroundings."""
        return f"({self.text})" if self.level < level else self.text

    def stored(self) -> Code:
        """The same with the axes that a quantity of its shape has: a row is a matrix."""
        if self.layout is not Layout.ROW:
            return self
        text = f"{self.inside(ATOM)}[..., np.newaxis, :]"
        return Code(text, ATOM, Layout.MATRIX, self.is_batched, self.thin)

    def widened(self, axes: int) -> str:
        """The text of a number, with as many axes as it needs beside a vector or a matrix."""
        if not self.is_batched:
            return self.inside(ATOM)
        return f"{self.inside(ATOM)}[{', '.join(['...', *['np.newaxis'] * axes])}]"


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

    def filled(self, expression: Any, dtype: str) -> list[str]:
        """As `addends`, for an array that has all its entries, and one set for each example."""
        pieces = self.addends(expression)
        code = self.code(expression)
        if code.is_batched and not code.thin:
            return pieces
        text = " ".join(pieces)
        return [f"np.full({self._batch_shape(expression)}, {text}, {dtype})"]

    def _batch_shape(self, matrix: Any) -> str:
        return self._shape_text(matrix, is_batched=True)

    def _shape_text(self, matrix: Any, is_batched: bool) -> str:
        sizes = ((_EXAMPLES,) if is_batched else ()) + axes_of(matrix.shape)
        inside = ", ".join(map(self._size, sizes))
        return f"({inside},)" if len(sizes) == 1 else f"({inside})"

    def _full(self, code: Code, matrix: Any) -> Code:
        """The code of a matrix with all its entries, where broadcasting would not do."""
        code = code.stored()
        if not code.thin:
            return code
        shape = self._shape_text(matrix, code.is_batched)
        text = f"np.broadcast_to({code.text}, {shape})"
        return Code(text, ATOM, code.layout, code.is_batched)

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
        parts = [self.code(term) for term in node.args]
        is_batched = any(part.is_batched for part in parts)
        text = " ".join(self.addends(node))
        return Code(text, ADD, _layout(node), is_batched, _thin(parts))

    def _MatMul(self, node: MatMul) -> Code:
        scalars = [f for f in node.args if not f.is_Matrix and f != 1]
        result = self._product([f for f in node.args if f.is_Matrix])
        for scalar in reversed(scalars):
            result = self._scaled(scalar, result)
        return result

    def _product(self, matrices: Sequence[Any]) -> Code:
        """A B …, multiplied so that matrices meet vectors rather than each other.

        Products with ones are sums and repetitions. Any other is cut after a column; what ends
        with one is multiplied from right to left.
        """
        kept = [m for m in matrices if not (isinstance(m, OneMatrix) and m.shape == (1, 1))]
        matrices = kept or matrices[:1]
        if len(matrices) == 1:
            return self.code(matrices[0])
        ones = next((n for n, m in enumerate(matrices) if isinstance(m, OneMatrix)), None)
        if ones is not None:
            return self._with_ones(matrices, ones)
        return self._number(self._matrix_product(matrices), matrices)

    def _matrix_product(self, matrices: Sequence[Any]) -> Code:
        cut = _cut(matrices)
        if cut:
            left, right = self._product(matrices[:cut]), self._product(matrices[cut:])
            return self._times(left, matrices[:cut], right, matrices[cut:])
        if _is_column(matrices[-1]):
            left, right = matrices[:1], matrices[1:]
        else:
            left, right = matrices[:-1], matrices[-1:]
        return self._times(self._product(left), left, self._product(right), right)

    def _number(self, code: Code, matrices: Sequence[Any]) -> Code:
        """A product of shape 1×1 has no axis."""
        is_number = matrices[0].shape[0] == 1 and matrices[-1].shape[1] == 1
        if not is_number or code.layout is Layout.NUMBER:
            return code
        return Code(f"{code.inside(ATOM)}[..., 0]", ATOM, Layout.NUMBER, code.is_batched)

    def _with_ones(self, matrices: Sequence[Any], position: int) -> Code:
        """1 s: repeated rows; 1ᵀ A: the sum of the rows; A 1 and a 1ᵀ alike."""
        rows, columns = matrices[position].shape
        before, after = matrices[:position], matrices[position + 1 :]
        if rows != 1 and columns != 1:
            pair = [OneMatrix(rows, 1), OneMatrix(1, columns)]
            return self._product([*before, *pair, *after])
        if not before:
            if rows == 1 and len(after) > 1 and isinstance(after[-1], OneMatrix):
                return self._sum_of_entries(after[:-1])
            rest = self._product(after)
            if rows == 1:
                return self._sum_of_rows(rest, _shaped(after))
            return self._repeated_rows(rest)
        if not after:
            rest = self._product(before)
            if columns == 1:
                return self._sum_of_columns(rest, _shaped(before))
            return self._repeated_columns(rest)
        if rows == 1:
            left, right = before, matrices[position:]
        else:
            left, right = matrices[: position + 1], after
        return self._times(self._product(left), left, self._product(right), right)

    def _sum_of_rows(self, code: Code, matrix: Any) -> Code:
        if code.layout in (Layout.NUMBER, Layout.ROW):
            return code
        full = self._full(code, matrix)
        column = full.layout is Layout.COLUMN
        layout = Layout.NUMBER if column else Layout.ROW
        text = f"np.sum({full.text}, axis={-1 if column else -2})"
        return Code(text, ATOM, layout, code.is_batched)

    def _sum_of_entries(self, matrices: Sequence[Any]) -> Code:
        """1ᵀ A 1."""
        code = self._product(matrices)
        if code.layout is Layout.MATRIX:
            text = f"np.sum({self._full(code, _shaped(matrices)).text}, axis=(-2, -1))"
            return Code(text, ATOM, Layout.NUMBER, code.is_batched)
        ones = OneMatrix(matrices[-1].shape[1], 1)
        rows = self._sum_of_rows(code, _shaped(matrices))
        return rows if rows.layout is Layout.NUMBER else self._sum_of_columns(rows, ones)

    def _sum_of_columns(self, code: Code, matrix: Any) -> Code:
        if code.layout in (Layout.NUMBER, Layout.COLUMN):
            return code
        if code.layout is Layout.ROW:
            text = f"np.sum({code.text}, axis=-1)"
            return Code(text, ATOM, Layout.NUMBER, code.is_batched)
        text = f"np.sum({self._full(code, matrix).text}, axis=-1)"
        summed = Code(text, ATOM, Layout.COLUMN, code.is_batched)
        return self._number(summed, [matrix, OneMatrix(matrix.shape[1], 1)])

    def _repeated_rows(self, code: Code) -> Code:
        """A number as a column of itself; a row as a matrix of it."""
        if code.layout is Layout.ROW and code.thin:
            text = code.text.removesuffix("[..., np.newaxis]")
            if code.is_batched and text != code.text:
                text += "[..., np.newaxis, np.newaxis]"
            return Code(text, code.level, Layout.MATRIX, code.is_batched, frozenset({0, 1}))
        if code.layout is Layout.NUMBER:
            level = ATOM if code.is_batched else code.level
            text = code.widened(1) if code.is_batched else code.text
            return Code(text, level, Layout.COLUMN, code.is_batched, frozenset({0}))
        stored = code.stored()
        return replace(stored, layout=Layout.MATRIX, thin=stored.thin | {0})

    def _repeated_columns(self, code: Code) -> Code:
        """A number as a row of itself; a column as a matrix of it."""
        if code.layout is Layout.NUMBER:
            repeated = self._repeated_rows(code)
            return replace(repeated, layout=Layout.ROW, thin=frozenset({1}))
        text = f"{code.inside(ATOM)}[..., np.newaxis]"
        return Code(text, ATOM, Layout.MATRIX, code.is_batched, code.thin | {1})

    def _times(self, left: Code, a: Sequence[Any], right: Code, b: Sequence[Any]) -> Code:
        """left · right, by the layouts of both; no other pair of them can be multiplied.

        Args:
            a, b: the matrices whose products they are.
        """
        batched = left.is_batched or right.is_batched
        match left.layout, right.layout:
            case Layout.NUMBER, _:
                return self._number_times(left, right)
            case _, Layout.NUMBER:
                return self._number_times(right, left, is_first=False)
            case Layout.COLUMN, Layout.ROW:
                return self._outer(self._full(left, _shaped(a)), right, _shaped(b))
            case Layout.COLUMN, _:
                # n×1 · 1×m, where the row is stored as a matrix.
                text = f"{left.inside(ATOM)}[..., np.newaxis] * {right.inside(NEGATE)}"
                return Code(text, MULTIPLY, Layout.MATRIX, batched, left.thin | right.thin)
            case Layout.ROW, Layout.COLUMN:
                return self._inner(left, right)
            case _:
                return self._matrix_times(
                    self._kept_row(left, a), a[0] if len(a) == 1 else None, self._full_of(right, b)
                )

    def _kept_row(self, code: Code, of: Sequence[Any]) -> Code:
        return code if code.layout is Layout.ROW else self._full(code, _shaped(of))

    def _full_of(self, code: Code, of: Sequence[Any]) -> Code:
        return self._full(code, _shaped(of))

    def _number_times(self, number: Code, other: Code, is_first: bool = True) -> Code:
        """s A, entry by entry."""
        axes = {Layout.NUMBER: 0, Layout.COLUMN: 1, Layout.ROW: 1, Layout.MATRIX: 2}
        wide = axes[other.layout]
        factor = number.widened(wide) if wide else number.inside(MULTIPLY if is_first else NEGATE)
        first, second = (factor, other.inside(NEGATE)) if is_first else (
            other.inside(MULTIPLY), factor)  # fmt: skip
        batched = number.is_batched or other.is_batched
        return Code(f"{first} * {second}", MULTIPLY, other.layout, batched, other.thin)

    def _inner(self, row: Code, column: Code) -> Code:
        text = f"{row.inside(MULTIPLY)} * {column.inside(NEGATE)}"
        batched = row.is_batched or column.is_batched
        return Code(f"np.sum({text}, axis=-1)", ATOM, Layout.NUMBER, batched)

    def _matrix_times(self, left: Code, factor: Any, right: Code) -> Code:
        """left · right where one of them is held with two axes.

        Args:
            factor: the matrix of the left code, if it is no product.
        """
        batched = left.is_batched or right.is_batched
        match left.layout, right.layout:
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

    def _outer(self, left: Code, right: Code, row: Any) -> Code:
        if not left.is_batched and not right.is_batched and not right.thin:
            return Code(f"np.outer({left.text}, {right.text})", ATOM, Layout.MATRIX, False)
        column = f"{left.inside(ATOM)}[..., :, np.newaxis]"
        text = f"{column} * {right.stored().inside(NEGATE)}"
        return Code(text, MULTIPLY, Layout.MATRIX, True, right.thin)

    def _HadamardProduct(self, node: HadamardProduct) -> Code:
        """A ∘ B ∘ …, the powers with negative exponents as denominators."""
        above = [f for f in node.args if not is_inverse(f)]
        parts = [self.code(factor).stored() for factor in above]
        text = " * ".join(p.inside(MULTIPLY if n == 0 else NEGATE) for n, p in enumerate(parts))
        for factor in node.args:
            if is_inverse(factor):
                below = self.code(inverse(factor)).stored()
                parts.append(below)
                text = f"{text or '1'} / {below.inside(NEGATE)}"
        batched = any(p.is_batched for p in parts)
        return Code(text, MULTIPLY, _layout(node), batched, _thin(parts))

    def _HadamardPower(self, node: HadamardPower) -> Code:
        base, exponent = operands(node)
        if exponent < 0:
            below = self.code(elementwise_power(base, -exponent)).stored()
            return replace(below, text=f"1 / {below.inside(NEGATE)}", level=MULTIPLY)
        inner = self.code(base)
        if exponent == Rational(1, 2):
            return replace(inner, text=f"np.sqrt({inner.text})", level=ATOM)
        return replace(inner, text=f"{inner.inside(ATOM)} ** {_exponent(exponent)}", level=POWER)

    def _ElementwiseApplyFunction(self, node: ElementwiseApplyFunction) -> Code:
        """f(A); of a number, of an array of it: a trace sees exp(−2) there, and else its value."""
        call = NUMPY_FUNCTIONS[functions.of(node.function).name].call
        inner = self.code(node.expr)
        is_number = not node.expr.atoms(MatrixSymbol, ElementwiseApplyFunction)
        argument = f"np.array({inner.text}, float)" if is_number else inner.text
        return replace(inner, text=call.format(argument), level=ATOM)

    def _Transpose(self, node: Transpose) -> Code:
        inner = self.code(node.arg)
        inner = replace(inner, thin=frozenset(1 - axis for axis in inner.thin))
        match inner.layout:
            case Layout.NUMBER:
                return inner
            case Layout.ROW:
                return replace(inner, layout=Layout.COLUMN)
            case Layout.COLUMN:
                return replace(inner, layout=Layout.COLUMN if _is_column(node) else Layout.ROW)
            case _ if _is_column(node):
                text = inner.inside(ATOM) + "[..., 0, :]"
                return Code(text, ATOM, Layout.COLUMN, inner.is_batched, inner.thin)
            case _:
                turn = ".swapaxes(-1, -2)" if inner.is_batched else ".T"
                return replace(inner, text=inner.inside(ATOM) + turn, level=ATOM)

    def _BlockMatrix(self, node: BlockMatrix) -> Code:
        blocks: Any = node.blocks
        parts = [self.code(block).stored() for block in blocks]
        is_batched = any(p.is_batched for p in parts)
        texts = [self._piece(p, block, is_batched) for p, block in zip(parts, blocks, strict=True)]
        axis = -1 if _is_column(node) else -2
        text = f"np.concatenate([{', '.join(texts)}], axis={axis})"
        return Code(text, ATOM, _layout(node), is_batched)

    def _piece(self, code: Code, block: Any, is_batched: bool) -> str:
        """One of the arrays that are put end to end, with all its axes and entries."""
        is_number = code.layout is Layout.NUMBER
        if not code.thin and code.is_batched == is_batched:
            return f"{code.inside(ATOM)}[..., np.newaxis]" if is_number else code.text
        text = code.widened(1) if is_number else code.text
        if axes_of(block.shape):
            return f"np.broadcast_to({text}, {self._shape_text(block, is_batched)})"
        return f"np.broadcast_to({text}, ({self._size(_EXAMPLES)}, 1))"

    def _MatrixSlice(self, node: MatrixSlice) -> Code:
        code = self._sliced(node)
        return self._number(code, [node])

    def _sliced(self, node: MatrixSlice) -> Code:
        inner = self._full(self.code(node.parent), node.parent)
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
        return Code("1", ATOM, _layout(node), False, frozenset({0, 1}))

    def _ZeroMatrix(self, node: ZeroMatrix) -> Code:
        return Code("0", ATOM, _layout(node), False, frozenset({0, 1}))

    def _SumOver(self, node: SumOver) -> Code:
        """Σ_b: of outer products one matrix product, of anything else a sum over the first axis.

        Σ_t is a loop, and so not printed here.
        """
        summand = node.summand
        if isinstance(summand, MatAdd):
            return Code(" ".join(self.addends(node)), ADD, _layout(node), False)
        if isinstance(summand, MatMul) and (cut := _cut(summand.args)):
            parts = summand.args[:cut], summand.args[cut:]
            left, right = (self._product(part) for part in parts)
            layouts = (left.layout, right.layout)
            if layouts == (Layout.COLUMN, Layout.ROW) and left.is_batched and right.is_batched:
                left = self._full(left, _shaped(parts[0]))
                right = Code(right.text, right.level, Layout.COLUMN, True, right.thin)
                right = self._full(right, transposed(_shaped(parts[1])))
                text = f"{left.inside(ATOM)}.T @ {right.inside(NEGATE)}"
                return Code(text, MULTIPLY, Layout.MATRIX, False)
        inner = self.code(summand).stored()
        return Code(f"np.sum({inner.text}, axis=0)", ATOM, inner.layout, False, inner.thin)

    def _scaled(self, scalar: Any, code: Code) -> Code:
        """k A for a rational number k, or a number with a size above or below its line: 1/H."""
        if scalar == -1:
            return replace(code, text=f"-{code.inside(NEGATE)}", level=NEGATE)
        top, bottom = cast(tuple[Any, Any], scalar.as_numer_denom())
        if not scalar.is_Rational and bottom == 1 and code.text == "1":
            return replace(code, text=self._size(top), level=ATOM if top.is_Symbol else MULTIPLY)
        if not scalar.is_Rational:
            text = code.inside(MULTIPLY) if top == 1 else f"{top} * {code.inside(NEGATE)}"
            size = self._size(bottom)
            size = size if size.isidentifier() else f"({size})"
            return replace(code, text=f"{text} / {size}", level=MULTIPLY)
        number = str(top) if bottom == 1 else f"{top} / {bottom}"
        if code.text == "1":
            level = ATOM if bottom == 1 and scalar > 0 else MULTIPLY
            return replace(code, text=number, level=level)
        return replace(code, text=f"{number} * {code.inside(NEGATE)}", level=MULTIPLY)


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
    return (Layout.NUMBER, Layout.COLUMN, Layout.MATRIX)[len(axes_of(matrix.shape))]


def _shaped(factors: Sequence[Any]) -> Any:
    """A matrix of the shape of a product."""
    return OneMatrix(factors[0].shape[0], factors[-1].shape[1])


def _thin(parts: Iterable[Code]) -> frozenset[int]:
    """The dimensions along which every operand of an elementwise operation is thin."""
    return frozenset[int].intersection(*(part.thin for part in parts))


def _exponent(exponent: Any) -> str:
    return str(exponent) if exponent.is_Integer else f"({exponent})"
