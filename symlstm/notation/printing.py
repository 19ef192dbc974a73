"""Equations as mathematics, in LaTeX or in Unicode.

One printer serves the equations of a cell and those of its gradient system. It prints the arguments
of a node in their own order, since SymPy's printers reorder sums, and refuses a node that it does
not know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from symlstm.cell import Equation, Quantity, System, time_index
from symlstm.messages import UnknownNode

# How tightly an expression holds together: a sum, an elementwise product, a product, a unit.
SUM, HADAMARD, PRODUCT, UNIT = range(4)


@dataclass(frozen=True)
class Dialect:
    """What differs between LaTeX and Unicode text."""

    hadamard: str
    times: str
    minus: str
    left: str
    right: str
    transpose: str
    name: Callable[[Quantity, str], str]
    function: Callable[[functions.ElementwiseFunction], str]
    power: Callable[[str, str], str]
    rational: Callable[[Any], str]
    sum_over: Callable[[tuple[Symbol, ...]], str]
    rows: Callable[[str, str, str], str]


LATEX = Dialect(
    hadamard=r" \odot ",
    times=r"\, ",
    minus="-",
    left=r"\left(",
    right=r"\right)",
    transpose=r"^{\top}",
    name=lambda quantity, time: quantity.glyph.in_latex(time),
    function=lambda record: record.latex,
    power=lambda base, exponent: f"{base}^{{{exponent}}}",
    rational=lambda q: str(q) if q.q == 1 else rf"\tfrac{{{q.p}}}{{{q.q}}}",
    sum_over=lambda axes: "".join(
        r"\sum_{t=1}^{T} " if a.name == "t" else rf"\sum_{{{a.name}=1}}^{{{a.name.upper()}}} "
        for a in axes
    ),
    rows=lambda inner, first, last: rf"\left[{inner}\right]_{{{first}:{last}}}",
)

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

UNICODE = Dialect(
    hadamard=" ∘ ",
    times=" ",
    minus="−",
    left="(",
    right=")",
    transpose="ᵀ",
    name=lambda quantity, time: quantity.glyph.in_unicode(time),
    function=lambda record: record.unicode,
    power=lambda base, exponent: base + exponent.translate(_SUPERSCRIPTS),
    rational=str,
    sum_over=lambda axes: "".join(f"Σ_{a.name} " for a in axes),
    rows=lambda inner, first, last: f"[{inner}]_{{{first}:{last}}}",
)


class MathPrinter:
    """Prints expressions over the quantities of one system.

    Args:
        system: tells which quantity a symbol stands for.
        dialect: LATEX or UNICODE.
        now: what is printed for the time t.
    """

    def __init__(self, system: System, dialect: Dialect, now: str = "t") -> None:
        self._system = system
        self._dialect = dialect
        self._now = now

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
        return f"{self._dialect.left}{text}{self._dialect.right}" if own < level else text

    def _print_MatrixSymbol(self, node: MatrixSymbol) -> tuple[str, int]:
        quantity, shift = self._system.locate(node)
        time = time_index(shift) if self._now == "t" else str(int(self._now) + shift)
        return self._dialect.name(quantity, time if quantity.is_timed else ""), UNIT

    def _print_MatAdd(self, node: MatAdd) -> tuple[str, int]:
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
        scalars = [f for f in node.args if not f.is_Matrix]
        matrices = [f for f in node.args if f.is_Matrix and not isinstance(f, OneMatrix)]
        parts = [self._dialect.rational(f) for f in scalars]
        parts += [self._inside(f, PRODUCT) for f in matrices]
        return self._dialect.times.join(parts) or "1", PRODUCT

    def _print_HadamardProduct(self, node: HadamardProduct) -> tuple[str, int]:
        return self._dialect.hadamard.join(self._inside(f, PRODUCT) for f in node.args), HADAMARD

    def _print_HadamardPower(self, node: HadamardPower) -> tuple[str, int]:
        base, exponent = node.args
        if isinstance(base, ElementwiseApplyFunction):
            name = self._dialect.function(functions.of(base.function))
            power = self._dialect.power(name, str(exponent))
            return power + self._bracketed(base.expr), UNIT
        return self._dialect.power(self._inside(base, UNIT), str(exponent)), UNIT

    def _print_ElementwiseApplyFunction(self, node: ElementwiseApplyFunction) -> tuple[str, int]:
        name = self._dialect.function(functions.of(node.function))
        return name + self._bracketed(node.expr), UNIT

    def _bracketed(self, node: Any) -> str:
        return f"{self._dialect.left}{self.text(node)}{self._dialect.right}"

    def _print_Transpose(self, node: Transpose) -> tuple[str, int]:
        return self._inside(node.arg, UNIT) + self._dialect.transpose, UNIT

    def _print_BlockMatrix(self, node: BlockMatrix) -> tuple[str, int]:
        blocks: Any = node.blocks
        return "[" + ", ".join(self.text(block) for block in blocks) + "]", UNIT

    def _print_MatrixSlice(self, node: MatrixSlice) -> tuple[str, int]:
        first, last, _ = node.rowslice
        return self._dialect.rows(self.text(node.parent), _size(first + 1), _size(last)), UNIT

    def _print_OneMatrix(self, node: OneMatrix) -> tuple[str, int]:
        return "1", UNIT

    def _print_ZeroMatrix(self, node: ZeroMatrix) -> tuple[str, int]:
        return "0", UNIT

    def _print_SumOver(self, node: SumOver) -> tuple[str, int]:
        return self._dialect.sum_over(node.axes) + self._inside(node.summand, HADAMARD), PRODUCT


def _size(size: Any) -> str:
    """A dimension as it is printed: H+D, sizes before numbers."""
    return str(size).replace(" ", "")


def _sign(term: Any) -> tuple[int, Any]:
    """A term as (+1 or −1, the rest)."""
    if isinstance(term, MatMul) and term.args[0].is_Number and term.args[0] < 0:
        first, *rest = term.args
        factors = ([] if first == -1 else [-first]) + rest
        return -1, factors[0] if len(factors) == 1 else MatMul(*factors, evaluate=False)
    return 1, term


def unicode_equation(system: System, equation: Equation) -> str:
    """An equation as messages show it: `c_t = f_t ∘ c_{t-1} + i_t ∘ g_t`."""
    return MathPrinter(system, UNICODE).equation(equation)
