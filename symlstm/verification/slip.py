"""A slip: one small change of an equation that people make by mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Slip:
    """One change of an equation.

    Args:
        kind: the kind of finding that it is.
        message: what it does, after the name of the equation: "lacks the term b_i".
        term: the term concerned, in ASCII.
        parts: the equation so changed, as a sum.
        carry: how often what comes from t+1 is added: 1, if nothing is wrong with that.
        gate: a term by which what comes from t+1 is multiplied; None: by none.
        times: the time steps that a sum over time still has.
        examples: the examples that a sum over the examples still has.
        held: a quantity, and the time at which it is read at every step; −1 is T.
        accumulated: what the chart calls what is carried, if it is added to that of the step after.
        wraps: a quantity, and the time before its first at which its last value is read: Python's
            negative index.
        help: the remedy.
        equal_but_for: what was added to an otherwise right value.
        wrong: what is read in the place of `right`, where one operand is taken for another.
    """

    kind: str
    message: str
    term: str
    parts: tuple[Any, ...]
    carry: int = 1
    gate: Any | None = None
    times: tuple[int | None, int | None] = (None, None)
    examples: tuple[int | None, int | None] = (None, None)
    held: tuple[str, int] | None = None
    accumulated: str = ""
    wraps: tuple[str, int] | None = None
    help: str = ""
    equal_but_for: str = ""
    wrong: Any | None = None
    right: Any | None = None
