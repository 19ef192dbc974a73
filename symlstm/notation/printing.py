"""Equations as mathematics, in LaTeX or in Unicode.

One printer serves the equations of a cell and those of its gradient system. It prints the arguments
of a node in their own order, since SymPy's printers reorder sums, and refuses a node that it does
not know.
"""

from __future__ import annotations

from typing import Any, cast

from sympy import (
    Add,
    BlockMatrix,
    HadamardProduct,
    Identity,
    MatAdd,
    MatMul,
    MatrixSymbol,
    Mul,
    OneMatrix,
    Pow,
    Rational,
    Symbol,
    Transpose,
    ZeroMatrix,
    preorder_traversal,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.calculus.nodes import (
    SumOver,
    inverse,
    is_inverse,
    is_row_scaling,
    is_spread,
    larger_of,
    scaling_of,
)
from symlstm.calculus.rules import elementwise_power, transposed
from symlstm.cell import Equation, System, operands, time_index
from symlstm.messages import UnknownNode
from symlstm.notation.dialects import LATEX, UNICODE, Dialect
from symlstm.notation.sizes import size_in_latex

# How tightly an expression holds together: a sum, an elementwise product, a product, a unit.
# A size that stands alone may be taken for a parameter, unless it is in brackets or below a line.
SIZE, SUM, HADAMARD, PRODUCT, UNIT = range(5)


class MathPrinter:
    """Prints expressions over the quantities of one system.

    Args:
        system: tells which quantity a symbol stands for.
        dialect: LATEX or UNICODE.
        now: what is printed for the time t.
        is_read: whether it is read again, so that the power b³ must not be the name b_3.
    """

    def __init__(
        self, system: System, dialect: Dialect, now: str = "t", is_read: bool = False
    ) -> None:
        self._system = system
        self._dialect = dialect
        self._now = now
        self._is_read = is_read

    def equation(self, equation: Equation, align: str = "") -> str:
        """left = right; the equation of an initial state's adjoint is printed at t = 0."""
        left, right = self._system.defined(equation), equation.right
        printer = self if left.is_timed or not left.axes else self._at_start()
        return f"{printer.text(equation.left)} {align}= {printer.text(right)}"

    def _at_start(self) -> MathPrinter:
        return MathPrinter(self._system, self._dialect, now="0")

    def text(self, expression: Any) -> str:
        return self._print(expression)[0]

    def _print(self, node: Any) -> tuple[str, int]:
        """The text of a node, and how tightly it holds together.

        Raises:
            UnknownNode: there is no way to print a node of this type.
        """
        method = getattr(self, "_print_" + type(node).__name__, None)
        if method is None and isinstance(node, MatrixSymbol):
            method = self._print_MatrixSymbol
        if method is None:
            raise UnknownNode("S401", f"no way to print a {type(node).__name__} is known")
        return method(node)

    def _inside(self, node: Any, level: int) -> str:
        """The text of an operand, bracketed if it is looser than its operation."""
        text, own = self._print(node)
        return self._in_brackets(text) if own < level else text

    def _print_MatrixSymbol(self, node: MatrixSymbol) -> tuple[str, int]:
        quantity, shift = self._system.locate(node)
        time = time_index(shift) if self._now == "t" else str(int(self._now) + shift)
        return self._dialect.name(quantity, time if quantity.is_timed else ""), UNIT

    def _print_MatAdd(self, node: MatAdd) -> tuple[str, int]:
        larger = larger_of(node)
        if larger is not None:
            inside = ", ".join(self.text(operand) for operand in larger)
            left, right = self._dialect.left, self._dialect.right
            return self._dialect.function_name("max") + left + inside + right, UNIT
        text = ""
        for term in node.args:
            sign, positive = _sign(term)
            inner = self._inside(positive, HADAMARD)
            if text:
                text += f" {self._dialect.minus if sign < 0 else '+'} {inner}"
            else:
                text = (self._dialect.minus if sign < 0 else "") + inner
        return text, SUM

    def _print_MatMul(self, node: MatMul) -> tuple[str, int]:
        sign, positive = _sign(node)
        if sign < 0:
            return self._dialect.minus + self._inside(positive, PRODUCT), SUM
        number, matrices = _sum_of_entries(node)
        if number is None:
            return self._product([f for f in node.args if not f.is_Matrix], matrices)
        mean = number[0] * number[1]
        is_mean = mean.is_Rational and (not number[0].is_Rational or (mean == 1 != number[0]))
        text = self._dialect.word("mean" if is_mean else "sum") + self._bracketed(matrices[0])
        factor = mean if is_mean else number[0]
        return (text, UNIT) if factor == 1 else self._scaled(factor, text)

    def _product(self, scalars: list[Any], matrices: list[Any]) -> tuple[str, int]:
        """k A B …; of a scalar that is spread over all entries, the scalar."""
        factors = self._without_spreading(matrices)
        number = Mul(*scalars)
        if len(factors) == 1 and number.is_Integer and is_inverse(factors[0]):
            return self._fraction((str(number), UNIT), self._print(inverse(factors[0])))
        if number == 1 and len(factors) == 1 and not isinstance(factors[0], OneMatrix):
            return self._print(factors[0])
        text = self._dialect.times.join(self._texts(factors))
        return self._scaled(number, text) if number != 1 else (text or "1", PRODUCT)

    def _without_spreading(self, matrices: list[Any]) -> list[Any]:
        """The factors, those left out that only spread a scalar: 1 s, 1 s 1ᵀ; ones of size 1."""
        factors = [f for f in matrices if not (isinstance(f, OneMatrix) and f.shape == (1, 1))]
        inner = factors[1:] if factors and isinstance(factors[0], OneMatrix) else []
        if inner and isinstance(inner[-1], OneMatrix):
            inner = inner[:-1]
        spreads = bool(inner) and not isinstance(inner[0], OneMatrix)
        if spreads and (inner[0].shape[0], inner[-1].shape[1]) == (1, 1):
            return inner
        return [] if len(factors) == 1 and isinstance(factors[0], OneMatrix) else factors

    def _texts(self, factors: list[Any]) -> list[str]:
        """Each factor, and 1ᵀ A … v, up to a vector, as a sum."""
        texts: list[str] = []
        rest = factors
        while rest:
            first, rest = rest[0], rest[1:]
            if not isinstance(first, OneMatrix):
                texts.append(self._inside(first, PRODUCT))
                continue
            end = next((n for n, f in enumerate(rest, 1) if f.shape[1] == 1), 0)
            if first.shape[0] == 1 and end:
                summed = rest[0] if end == 1 else MatMul(*rest[:end], evaluate=False)
                texts.append(self._dialect.word("sum") + self._bracketed(summed))
                rest = rest[end:]
            else:
                ones = self._dialect.ones
                texts.append(ones + self._dialect.transpose if first.shape[0] == 1 else ones)
        return texts

    def _scaled(self, number: Any, text: str) -> tuple[str, int]:
        """k A; in text, a size that divides stands behind."""
        self._number(number)
        if not text and not number.is_Rational and number.as_numer_denom()[1] == 1:
            return self._size(number), SIZE
        if self._dialect is LATEX or number.as_numer_denom()[1] == 1 or number.is_Rational:
            parts = [self._number(number)] + ([text] if text else [])
            return self._dialect.times.join(parts), PRODUCT
        top, bottom = number.as_numer_denom()
        above = (
            text if top == 1 and text else self._dialect.times.join(filter(None, (str(top), text)))
        )
        below = size_text(bottom)
        return f"{above} / {below if len(below) == 1 else f'({below})'}", PRODUCT

    def _size(self, size: Any) -> str:
        return size_in_latex(size_text(size)) if self._dialect is LATEX else size_text(size)

    def _number(self, number: Any) -> str:
        """A rational number, one over a size, or a size."""
        if number.is_Rational:
            return self._dialect.rational(number)
        for node in preorder_traversal(number):
            if not isinstance(node, Add | Mul | Pow | Symbol | Rational):
                kind = type(node).__name__
                raise UnknownNode("S401", f"no way to print a {kind} among numbers is known")
        top, bottom = number.as_numer_denom()
        above = self._size(top)
        return above if bottom == 1 else self._dialect.fraction(above, self._size(bottom))

    def _print_HadamardProduct(self, node: HadamardProduct) -> tuple[str, int]:
        """Scalars stand before a product, inverses below a line."""
        above = [f for f in node.args if not is_inverse(f)]
        below = [inverse(f) for f in node.args if is_inverse(f)]
        if below:
            top, bottom = (self._factors(side) for side in (above, below))
            return self._fraction(top, bottom)
        return self._factors(above)

    def _factors(self, factors: list[Any]) -> tuple[str, int]:
        if len(factors) < 2:
            return self._print(factors[0]) if factors else ("1", UNIT)
        scalars = [f for f in factors if is_spread(f)]
        others = [f for f in factors if not is_spread(f)]
        is_scalar = factors[0].shape == (1, 1)
        scalars, others = (factors, []) if is_scalar else (scalars, others)
        text, level = self._entrywise(others) if others else ("", UNIT)
        if not scalars:
            is_product = not self._is_read and is_row_scaling(others[0])
            return text, level if is_product else HADAMARD
        if level < PRODUCT:
            text = self._in_brackets(text)
        parts = [self._inside(f, UNIT) for f in scalars] + ([text] if text else [])
        return self._dialect.times.join(parts), HADAMARD

    def _entrywise(self, factors: list[Any]) -> tuple[str, int]:
        """A ∘ B ∘ …; w 1ᵀ ∘ A, which scales the rows of A, is diag(w) A."""
        first, *rest = factors
        if not rest:
            return self._inside(first, PRODUCT), PRODUCT
        right, level = self._entrywise(rest)
        if not is_row_scaling(first):
            is_scaling = len(rest) > 1 and is_row_scaling(rest[0])
            right = self._in_brackets(right) if is_scaling else right
            return self._inside(first, PRODUCT) + self._dialect.hadamard + right, HADAMARD
        right = right if level >= PRODUCT else self._in_brackets(right)
        diagonal = self._dialect.word("diag") + self._bracketed(scaling_of(first))
        if len(rest) == 1 and isinstance(rest[0], Identity):
            return diagonal, UNIT
        return diagonal + self._dialect.times + right, PRODUCT

    def _fraction(self, top: tuple[str, int], bottom: tuple[str, int]) -> tuple[str, int]:
        if self._dialect is LATEX:
            return self._dialect.fraction(top[0], bottom[0]), UNIT
        texts = [
            text if level >= least else f"({text})"
            for (text, level), least in ((top, PRODUCT), (bottom, UNIT))
        ]
        return self._dialect.fraction(*texts), PRODUCT

    def _print_HadamardPower(self, node: HadamardPower) -> tuple[str, int]:
        base, exponent = operands(node)
        if exponent < 0:
            return self._fraction(("1", UNIT), self._print(elementwise_power(base, -exponent)))
        if exponent == Rational(1, 2):
            return self._dialect.root(self.text(base)), UNIT
        if isinstance(base, ElementwiseApplyFunction):
            name = self._dialect.function(functions.of(base.function))
            power = self._dialect.power(name, str(exponent))
            return power + self._bracketed(base.expr), UNIT
        is_raised = isinstance(base, HadamardPower | Transpose) or self._is_label(base, exponent)
        inner = self._bracketed(base) if is_raised else self._inside(base, UNIT)
        return self._dialect.power(inner, str(exponent)), UNIT

    def _is_label(self, base: Any, exponent: Any) -> bool:
        """Whether b³ would be read as the quantity b_3."""
        if not self._is_read or not isinstance(base, MatrixSymbol):
            return False
        name = self._system.locate(base)[0].name.rstrip("_")
        return bool({f"{name}_{exponent}", f"{name}{exponent}"} & self._system.names)

    def _print_ElementwiseApplyFunction(self, node: ElementwiseApplyFunction) -> tuple[str, int]:
        name = self._dialect.function(functions.of(node.function))
        return name + self._bracketed(node.expr), UNIT

    def _bracketed(self, node: Any) -> str:
        return self._in_brackets(self.text(node))

    def _in_brackets(self, text: str) -> str:
        return f"{self._dialect.left}{text}{self._dialect.right}"

    def _print_Transpose(self, node: Transpose) -> tuple[str, int]:
        inner: Any = node.arg
        if self._is_read and isinstance(inner, BlockMatrix):  # [a, b]^\top has two readings
            blocks: Any = inner.blocks
            columns = " & ".join(self.text(transposed(block)) for block in blocks)
            return rf"\begin{{bmatrix}} {columns} \end{{bmatrix}}", UNIT
        is_raised = isinstance(inner, HadamardPower)
        text = self._bracketed(inner) if is_raised else self._inside(inner, UNIT)
        return text + self._dialect.transpose, UNIT

    def _print_BlockMatrix(self, node: BlockMatrix) -> tuple[str, int]:
        blocks: Any = node.blocks
        if self._is_read and any(block.shape[1] != 1 for block in blocks):
            rows = r" \\ ".join(self.text(block) for block in blocks)  # [U, W] has two readings
            return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}", UNIT
        return "[" + ", ".join(self.text(block) for block in blocks) + "]", UNIT

    def _print_MatrixSlice(self, node: MatrixSlice) -> tuple[str, int]:
        rows, columns = node.rowslice, node.colslice
        is_of_columns = columns[:2] != (0, node.parent.shape[1])
        first, last, _ = columns if is_of_columns else rows
        begin = (":, " if is_of_columns else "") + self._size(first + 1)
        return self._dialect.rows(self.text(node.parent), begin, self._size(last)), UNIT

    def _print_OneMatrix(self, node: OneMatrix) -> tuple[str, int]:
        return "1", UNIT

    def _print_Identity(self, node: Any) -> tuple[str, int]:
        return "I", UNIT

    def _print_ZeroMatrix(self, node: ZeroMatrix) -> tuple[str, int]:
        return "0", UNIT

    def _print_SumOver(self, node: SumOver) -> tuple[str, int]:
        return self._dialect.sum_over(node.axes) + self._inside(node.summand, HADAMARD), PRODUCT


def _sum_of_entries(node: MatMul) -> tuple[tuple[Any, Any] | None, list[Any]]:
    """For k 1ᵀ A 1: (k, how many entries A has) and [A]; otherwise None and the matrices."""
    matrices: list[Any] = [f for f in operands(node) if f.is_Matrix]
    first, last = matrices[0], matrices[-1]
    if len(matrices) < 2 or not isinstance(first, OneMatrix) or first.shape[0] != 1:
        return None, matrices
    rest = matrices[1:]
    if last.shape[1] != 1:
        return None, matrices
    if isinstance(last, OneMatrix) and len(rest) > 1:
        rest = rest[:-1]
    number: Any = Mul(*(f for f in operands(node) if not f.is_Matrix))
    summed = rest[0] if len(rest) == 1 else MatMul(*rest, evaluate=False)
    return (number, rest[0].shape[0] * rest[-1].shape[1]), [summed]


def size_text(size: Any) -> str:
    """A dimension as it is printed: H+D, 4H."""
    return str(size).replace(" ", "").replace("*", "")


def _sign(term: Any) -> tuple[int, Any]:
    """A term as (+1 or −1, the rest)."""
    if isinstance(term, MatMul):
        first, *rest = cast(tuple[Any, ...], term.args)
        if not first.is_Matrix and first.could_extract_minus_sign():
            factors = ([] if first == -1 else [-first]) + rest
            return -1, factors[0] if len(factors) == 1 else MatMul(*factors, evaluate=False)
    return 1, term


def unicode_equation(system: System, equation: Equation) -> str:
    """An equation as messages show it: `c_t = f_t ∘ c_{t-1} + i_t ∘ g_t`."""
    return MathPrinter(system, UNICODE).equation(equation)
