"""What tracing an implementation yields: plain, serialisable data.

A `Trace` is written by the process that runs the implementation and read by the one that proves:
terms as indices into one table, results by name, and the events that made the terms, each with the
source lines that caused it. Nothing in it can carry a verdict.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

EventKind = Literal["compute", "layout", "fill", "input"]

Outcome = Literal["returned", "raised", "untraceable", "structure"]
"""`returned`: ran to its end. `raised`: the implementation raised. `untraceable`: it did something
with a traced value that has no symbolic meaning. `structure`: it returned neither tuple nor dict,
or something that is not an array."""


@dataclass(frozen=True)
class Place:
    """A line of a user's file, 1-based, and the function that it stands in.

    Args:
        columns: the stretch of the line that the instruction covers, as the interpreter counts it:
            bytes of UTF-8 from 0, the end not included; None when it is not known, -1 for the end
            of the line. It says where to look, and is no part of what a place is: two instructions
            of one line are at one place.
    """

    file: str
    line: int
    function: str = ""
    columns: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Event:
    """One array operation of the implementation.

    Args:
        kind: `compute` makes new values, `layout` moves values (slice, concatenate, transpose,
            assignment, return), `fill` makes constants (np.zeros), `input` is an argument.
        operation: what was called: "multiply", "matmul", "getitem", "setitem", …
        outputs: the elements made or moved, in row-major order.
        shape: their shape; () for a scalar.
        inputs: the elements of each operand, in row-major order; of an elementwise function
            broadcast to `shape`, of a "getitem" only those that were read.
        places: the lines of the user's files on the stack, innermost first.
    """

    kind: EventKind
    operation: str
    outputs: tuple[int, ...]
    shape: tuple[int, ...]
    inputs: tuple[tuple[int, ...], ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Result:
    """One returned array: its shape and its elements in row-major order."""

    shape: tuple[int, ...]
    elements: tuple[int, ...]


@dataclass
class Trace:
    """One call of an implementation on symbols.

    Args:
        outcome: how the call ended.
        message: for an outcome other than `returned`, what happened, in a few words.
        places: for such an outcome, where, innermost first; else the line of the return statement.
        results: the arrays of a returned tuple (keys "0", "1", …) or dict (its own keys).
        is_dict: whether a dict was returned.
        events: in the order of execution.
        readings: float literals that are not dyadic, and the rational that each was read as.
        mutated: arguments whose elements differ after the call, each with its last write's places.
        notes: remarks for the report.
        help: for the outcome `untraceable`, what to write instead.
    """

    outcome: Outcome = "returned"
    message: str = ""
    places: tuple[Place, ...] = ()
    results: dict[str, Result] = field(default_factory=dict[str, Result])
    is_dict: bool = False
    events: list[Event] = field(default_factory=list[Event])
    readings: dict[str, str] = field(default_factory=dict[str, str])
    mutated: dict[str, tuple[Place, ...]] = field(default_factory=dict[str, tuple[Place, ...]])
    notes: list[str] = field(default_factory=list[str])
    help: str = ""

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)
