"""Why a stacked operand does not change the size of the result, for those who wonder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import BlockMatrix, MatMul, MatrixSymbol

from symlstm.cell import Cell, operands
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.verification.equality.told import plain_size


def size_notes(cell: Cell) -> Iterator[str]:
    """One sentence for the first product of a parameter with a stack that a cell has."""
    printer = MathPrinter(cell, UNICODE)
    for equation in cell.equations:
        for weight, stack in _products_of_stacks(equation.right):
            entries, rows = plain_size(stack.shape[0]), plain_size(weight.shape[0])
            state = cell.states[0].name if cell.states else cell.results[0].name
            yield (
                f"{printer.text(stack)} has {entries} entries and a weight such as {weight.name}, "
                f"{rows}×({entries}), maps them back to {rows}, so {state} keeps its size {rows}"
            )
            return


def _products_of_stacks(expression: Any) -> Iterator[tuple[Any, Any]]:
    """Products W [a; b]."""
    arguments = operands(expression)
    if isinstance(expression, MatMul) and len(arguments) == 2:
        weight, stack = arguments
        if isinstance(weight, MatrixSymbol) and isinstance(stack, BlockMatrix):
            yield weight, stack
    for argument in arguments:
        yield from _products_of_stacks(argument)
