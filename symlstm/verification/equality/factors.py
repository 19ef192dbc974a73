"""Factors made of sizes, such as the 1/√d before the keys of an attention, as part of a parameter.

`1/√d W x` is `W' x` with W' = 1/√d W: for given sizes, the factor is a positive number. Where a
parameter has the same factor wherever it is read, the cell is compared without it, and the
correspondence is told with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sympy import (
    HadamardProduct,
    Integer,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Symbol,
    Transpose,
    sympify,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower

from symlstm.cell import Cell, Role, operands
from symlstm.verification.equality.report import Composition, EqualityReport
from symlstm.verification.equality.signals import pairings
from symlstm.verification.equality.sizes import in_sizes

_ZERO: Any = Integer(0)
_ONE: Any = Integer(1)
_HALF: Any = Rational(1, 2)
_TERM = re.compile(r"(-?)((?:\d+(?:/\d+)? )?)(?:([A-Za-z]\w*)((?:\[[^\]]*\])?(?:\^T)?))?")


@dataclass
class Factors:
    """The factors of a cell's parameters, and the cell without them.

    Attributes:
        of: the factors that each parameter is read with.
    """

    cell: Cell
    of: dict[str, set[Any]] = field(default_factory=dict[str, set[Any]])

    def __post_init__(self) -> None:
        self._equations = tuple(
            replace(e, right=self._without(e.right, _ONE)) for e in self.cell.equations
        )

    @property
    def numbers(self) -> dict[str, Any]:
        """The factor of each parameter that has one; none if one is read with several."""
        if any(len(found) > 1 for found in self.of.values()):
            return {}
        return {name: n for name, (n,) in self.of.items() if n != 1}

    @property
    def without(self) -> Cell:
        return replace(self.cell, equations=self._equations) if self.numbers else self.cell

    def _without(self, node: Any, factor: Any) -> Any:
        """An expression with a factor before it, which its parameters take up.

        Only what can carry a factor (`_carries`) is handed one that is not 1.
        """
        if isinstance(node, MatrixSymbol):
            if self._is_parameter(node):
                self.of.setdefault(self.cell.locate(node)[0].name, set()).add(factor)
            return node
        if isinstance(node, OneMatrix):
            return node
        if isinstance(node, ElementwiseApplyFunction):
            return ElementwiseApplyFunction(node.function, self._without(node.expr, _ONE))
        if isinstance(node, HadamardPower):
            base, exponent = operands(node)
            return HadamardPower(self._without(base, _ONE), exponent)
        if isinstance(node, MatAdd):
            terms = [self._without(a, factor) for a in operands(node)]
            return cast(Any, MatAdd(*terms))
        if isinstance(node, Transpose):
            return Transpose(self._without(node.arg, factor))
        if isinstance(node, HadamardProduct | MatMul):
            return self._product(node, factor)
        if all(isinstance(a, MatrixSymbol) for a in operands(node) if hasattr(a, "shape")):
            for a in operands(node):
                if hasattr(a, "shape"):
                    self._without(a, _ONE)
            return node
        raise NotImplementedError(type(node).__name__)

    def _product(self, node: Any, factor: Any) -> Any:
        arguments = list(operands(node))
        numbers = [number_in(a) for a in arguments]
        carrier = next(
            (k for k, a in enumerate(arguments) if numbers[k] is None and self._carries(a)), None
        )
        kept: list[int] = []
        for k, number in enumerate(numbers):
            if carrier is not None and number is not None and _is_factor(number):
                factor = factor * number
            else:
                kept.append(k)
        new = [
            arguments[k] if numbers[k] is not None
            else self._without(arguments[k], factor if k == carrier else _ONE)
            for k in kept
        ]  # fmt: skip
        return new[0] if len(new) == 1 else type(node)(*new)

    def _carries(self, node: Any) -> bool:
        """Whether a factor before an expression can be taken up by its parameters."""
        if isinstance(node, MatrixSymbol):
            return self._is_parameter(node)
        if isinstance(node, MatAdd):
            return all(self._carries(a) for a in operands(node))
        if isinstance(node, HadamardProduct | MatMul | Transpose):
            return any(self._carries(a) for a in operands(node))
        return False

    def _is_parameter(self, symbol: Any) -> bool:
        return self.cell.locate(symbol)[0].role is Role.PARAMETER


def _is_factor(number: Any) -> bool:
    """Whether a number hangs on sizes, or is a root, and is positive whatever they are."""
    sizes = {size: Symbol(str(size), positive=True) for size in number.free_symbols}
    return not number.is_Rational and bool(number.xreplace(sizes).is_positive)


def number_in(node: Any) -> Any:
    """The number that every entry of an expression without names is; None if there is none."""
    if not hasattr(node, "shape"):
        return cast(Any, sympify(node))
    if isinstance(node, OneMatrix):
        return _ONE
    if isinstance(node, HadamardPower):
        base, exponent = operands(node)
        number = number_in(base)
        return None if number is None else number**exponent
    if isinstance(node, HadamardProduct | MatMul | MatAdd):
        numbers = [number_in(a) for a in operands(node)]
        inner = [a.shape for a in operands(node) if hasattr(a, "shape")]
        if any(n is None for n in numbers):
            return None
        if isinstance(node, MatMul) and any(shape[1] != 1 for shape in inner[:-1]):
            return None
        total: Any = _ZERO if isinstance(node, MatAdd) else _ONE
        for number in numbers:
            total = total + number if isinstance(node, MatAdd) else total * number
        return total
    return None


def factors_of(cell: Cell) -> Factors | None:
    """The factors of a cell; None if it has none, or an operation that hides them."""
    try:
        found = Factors(cell)
    except NotImplementedError:
        return None
    return found if found.numbers else None


def with_factors(
    report: EqualityReport, cells: tuple[Cell, Cell], factors: Sequence[Factors | None]
) -> EqualityReport:
    """The report of cells without their factors, told of the cells with them."""
    signals = next(pairings(*cells), None)
    sizes: Mapping[Any, Any] = {} if signals is None else signals.sizes
    numbers = [
        {} if each is None else {k: n if side == 0 else in_sizes(sizes, n)
                                 for k, n in each.numbers.items()}
        for side, each in enumerate(factors)
    ]  # fmt: skip
    told = [_scaled(c, numbers[c.side], numbers[1 - c.side]) for c in report.correspondence]
    return replace(report, correspondence=tuple(told), shares_names=report.shares_names or any(
        c.name in {q.name for q in cells[1 - c.side].parameters} for c in told if not c.is_own_name
    ))  # fmt: skip


def _scaled(told: Composition, left: Mapping[str, Any], right: Mapping[str, Any]) -> Composition:
    """P' = Σ c Q', with P' = m P and Q' = n Q, is P = Σ c n/m Q."""
    by = left.get(re.split(r"\W", told.name)[0], _ONE)

    def term(match: re.Match[str]) -> str:
        sign, number, name, rest = match[1], match[2], match[3], match[4]
        factor = right.get(name or "", _ONE) / by
        if not match[0] or factor == 1:
            return match[0]
        return f"{sign}{number}{_text(factor)} {name or ''}{rest or ''}".rstrip()

    def part(text: str) -> str:
        terms = re.split(r"( [-+] )", text)
        return "".join(each if n % 2 else _TERM.sub(term, each, count=1)
                       for n, each in enumerate(terms))  # fmt: skip

    return replace(told, parts=tuple(map(part, told.parts)))


def _text(number: Any) -> str:
    """√d, 1/√d"""
    square = number**2
    inverse = 1 / square
    if square.is_Symbol and number == square**_HALF:
        return f"√{square}"
    if inverse.is_Symbol and number == 1 / inverse**_HALF:
        return f"1/√{inverse}"
    return str(number).replace("sqrt", "√")
