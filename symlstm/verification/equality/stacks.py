"""Why a stacked operand does not change the size of the result, for those who wonder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import BlockMatrix, MatMul, MatrixSymbol, preorder_traversal
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm.cell import Cell, Role, matrix_symbols, operands
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.verification.equality.forms import as_size
from symlstm.verification.equality.told import plain_size


def size_notes(cell: Cell) -> Iterator[str]:
    """One sentence for the first product of a parameter with a stack that a cell has."""
    printer = MathPrinter(cell, UNICODE)
    for equation in cell.equations:
        for weight, stack in _products_of_stacks(equation.right):
            entries, rows = plain_size(stack.shape[0]), plain_size(weight.shape[0])
            ending = _of_states(cell, stack, weight.shape[0])
            if ending:
                yield (
                    f"{printer.text(stack)} has {entries} entries and a weight such as "
                    f"{weight.name}, {rows}×({entries}), {ending}"
                )
            return


def _of_states(cell: Cell, stack: Any, rows: Any) -> str:
    """What the product's size has to do with that of the state in the stack; empty if nothing."""
    read = [cell.locate(symbol)[0] for symbol in matrix_symbols(stack)]
    state = next((q for q in read if q.role is Role.STATE), None)
    if state is None:
        return ""
    size = state.shape[0]
    own, all_rows = plain_size(size), plain_size(rows)
    if rows == size:
        return f"maps them back to {own}, so {state.name} keeps its size {own}"
    parts = as_size(rows) / as_size(size)
    if parts.is_Integer and _is_cut(cell, size):
        return (
            f"maps them to {all_rows}, cut into {parts} parts of {own}, "
            f"so {state.name} keeps its size {own}"
        )
    return ""


def _is_cut(cell: Cell, size: Any) -> bool:
    """Whether some of the equations read parts of this many rows."""
    return any(
        isinstance(node, MatrixSlice) and node.shape[0] == size
        for equation in cell.equations
        for node in preorder_traversal(equation.right)
    )


def _products_of_stacks(expression: Any) -> Iterator[tuple[Any, Any]]:
    """Products W [a; b]."""
    arguments = operands(expression)
    if isinstance(expression, MatMul) and len(arguments) == 2:
        weight, stack = arguments
        if isinstance(weight, MatrixSymbol) and isinstance(stack, BlockMatrix):
            yield weight, stack
    for argument in arguments:
        yield from _products_of_stacks(argument)
