"""Orientations: how the inputs and states of a cell lie in the arrays of foreign code.

A view is an expression and what it does, so that what is tried on numbers is what is then written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symlstm.interface import Kind


@dataclass(frozen=True)
class View:
    """An expression in one array; `{}` stands for the array."""

    text: str
    apply: Callable[[Any], Any]

    def of(self, name: str) -> str:
        """The expression for an array of this name."""
        return self.text.format(name)


SAME = View("{}", lambda a: a)
TRANSPOSED = View("{}.T", lambda a: a.T)
COLUMN = View("{}[:, None]", lambda a: a[:, None])
OF_COLUMN = View("{}[:, 0]", lambda a: a[:, 0])
ROW = View("{}[None]", lambda a: a[None])
OF_ROW = View("{}[0]", lambda a: a[0])
OTHER_LEADING = View("{}.swapaxes(0, 1)", lambda a: a.swapaxes(0, 1))
OTHER_TRAILING = View("{}.swapaxes(1, 2)", lambda a: a.swapaxes(1, 2))
COLUMNS = View("{}[:, :, None]", lambda a: a[:, :, None])
OF_COLUMNS = View("{}[:, :, 0]", lambda a: a[:, :, 0])


@dataclass(frozen=True)
class Orientation:
    """How inputs, states and results lie.

    Args:
        title: in words.
        by_example: whether the code takes one example at a time; the views are then of one.
        entering: from an input of the cell to that of the code.
        state: the same for a state.
        leaving: from a result of the code to that of the cell.
    """

    title: str
    by_example: bool
    entering: View
    state: View
    leaving: View


_STEP = (
    Orientation("examples in rows", False, SAME, SAME, SAME),
    Orientation("examples in columns", False, TRANSPOSED, TRANSPOSED, TRANSPOSED),
    Orientation("one example, vectors", True, SAME, SAME, SAME),
    Orientation("one example, columns", True, COLUMN, COLUMN, OF_COLUMN),
    Orientation("one example, rows", True, ROW, ROW, OF_ROW),
)
_SEQUENCE = (
    Orientation("time first", False, SAME, SAME, SAME),
    Orientation("examples first", False, OTHER_LEADING, SAME, OTHER_LEADING),
    Orientation("time first, examples in columns", False, OTHER_TRAILING, TRANSPOSED,
                OTHER_TRAILING),
    Orientation("one example, time in rows", True, SAME, SAME, SAME),
    Orientation("one example, time in columns", True, TRANSPOSED, SAME, TRANSPOSED),
    Orientation("one example, a column each step", True, COLUMNS, COLUMN, OF_COLUMNS),
)  # fmt: skip


def orientations(kind: Kind) -> tuple[Orientation, ...]:
    """The orientations that are tried, the commonest first."""
    return _STEP if kind == "step" else _SEQUENCE
