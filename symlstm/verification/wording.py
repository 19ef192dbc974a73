"""Wording: expressions over the chart's quantities, in the words of the cell.

The chart has finer names than the cell, `tanh(c)_t` or `dtanh(c)_t`, which nobody wrote. Where they
are printed, what they stand for is put in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sympy import HadamardProduct, MatrixSymbol

from symlstm.calculus.rules import hadamard
from symlstm.cell import System, matrix_symbols, operands
from symlstm.notation.printing import UNICODE, MathPrinter

TIMES = (-1, 0, 1)
"""The time steps, relative to t, at which an equation reads."""


class Wording:
    """Texts and names of expressions.

    Args:
        system: the chart's system.
        definitions: what stands, at t, for each symbol that only the chart has.
    """

    def __init__(self, system: System, definitions: Mapping[Any, Any]) -> None:
        self._printer = MathPrinter(system, UNICODE)
        self._definitions = dict(_at_any_time(system, definitions))

    def text(self, expression: Any) -> str:
        return self._printer.text(self.in_words(expression))

    def names(self, expression: Any) -> str:
        """A term in ASCII names: the symbols that it is made of, each once."""
        return ascii_names(self.in_words(expression))

    def in_words(self, expression: Any) -> Any:
        """An expression with what only the chart names put in."""
        while any(symbol in self._definitions for symbol in matrix_symbols(expression)):
            expression = opened(expression.xreplace(self._definitions))
        return expression


def _at_any_time(system: System, definitions: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """The definitions at t−1, t and t+1: tanh(h_t) for the tanh(h_{t-1}) of the next step."""
    for symbol, meaning in definitions.items():
        quantity, _ = system.locate(symbol)
        read = {s: system.locate(s) for s in matrix_symbols(meaning)}
        timed = {s: (q, delay) for s, (q, delay) in read.items() if q.is_timed}
        for shift in TIMES:
            if all(delay + shift <= max(TIMES) for _, delay in timed.values()):
                moved = {s: q.at(delay + shift) for s, (q, delay) in timed.items()}
                yield quantity.at(shift), meaning.xreplace(moved)


def ascii_names(expression: Any) -> str:
    """The symbols that a term is made of, each once, in ASCII."""
    found = [cast(str, symbol.name) for symbol in matrix_symbols(expression)]
    return " ".join(dict.fromkeys(found))


def opened(expression: Any) -> Any:
    """Products inside of products opened: (a ∘ b) ∘ c is a ∘ b ∘ c."""
    if isinstance(expression, MatrixSymbol) or not getattr(expression, "is_Matrix", False):
        return expression
    if isinstance(expression, HadamardProduct):
        return hadamard(*map(opened, operands(expression)))
    inside = {node: opened(node) for node in operands(expression)}
    return expression.xreplace({a: b for a, b in inside.items() if a != b})
