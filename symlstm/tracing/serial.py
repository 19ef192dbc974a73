"""A trace as plain JSON data, and back again in another process.

Events share most of their source lines, so stacks of places are listed once and referred to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, get_args

from symlstm.tracing.frames import packed, unpacked
from symlstm.tracing.trace import Event, EventKind, Outcome, Place, Result, Trace


def to_plain(trace: Trace) -> dict[str, Any]:
    """The trace as lists, strings and integers."""
    stacks: dict[tuple[int, ...], int] = {}
    listed: list[tuple[Place, ...]] = []

    def at(places: tuple[Place, ...]) -> int:
        # By identity: equal places may differ in their columns.
        key = tuple(map(id, places))
        if key not in stacks:
            stacks[key] = len(listed)
            listed.append(places)
        return stacks[key]

    plain: dict[str, Any] = {
        "outcome": trace.outcome,
        "message": trace.message,
        "help": trace.help,
        "places": at(trace.places),
        "results": {key: [r.shape, r.elements] for key, r in trace.results.items()},
        "is_dict": trace.is_dict,
        "events": packed(
            [e.kind, e.operation, e.outputs, e.shape, e.inputs, at(e.places)] for e in trace.events
        ),
        "readings": trace.readings,
        "mutated": {name: at(places) for name, places in trace.mutated.items()},
        "notes": trace.notes,
    }
    plain["stacks"] = [[[p.file, p.line, p.function, p.columns] for p in stack] for stack in listed]
    return plain


def from_plain(plain: Any, new: Sequence[int]) -> Trace:
    """The trace that `to_plain` wrote, its terms renamed to `new[old]`.

    Raises:
        ValueError: the data is not what `to_plain` writes; it comes from another process.
    """
    try:
        return _Reader(plain, new).trace()
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"not a trace: {error!r}") from error


class _Reader:
    def __init__(self, plain: Mapping[str, Any], new: Sequence[int]) -> None:
        self._plain = plain
        self._new = new
        self._stacks = [
            tuple(
                Place(_text(file), _natural(line), _text(name), _columns(columns))
                for file, line, name, columns in stack
            )
            for stack in plain["stacks"]
        ]

    def trace(self) -> Trace:
        plain = self._plain
        return Trace(
            outcome=_one_of(Outcome, plain["outcome"]),
            message=_text(plain["message"]),
            places=self._places(plain["places"]),
            results={_text(key): self._result(*pair) for key, pair in plain["results"].items()},
            is_dict=bool(plain["is_dict"]),
            events=[self._event(*entry) for entry in unpacked(plain["events"])],
            readings={_text(a): _text(b) for a, b in plain["readings"].items()},
            mutated={_text(name): self._places(at) for name, at in plain["mutated"].items()},
            notes=[_text(note) for note in plain["notes"]],
            help=_text(plain["help"]),
        )

    def _places(self, at: Any) -> tuple[Place, ...]:
        return self._stacks[_natural(at)]

    def _terms(self, indices: Sequence[Any]) -> tuple[int, ...]:
        if not indices:
            return ()
        # All are looked at in one go: there are many times as many as there are terms.
        _checked(indices, {*map(type, indices)} == {int} and min(indices) >= 0)
        return tuple(map(self._new.__getitem__, indices))

    def _result(self, shape: Sequence[Any], elements: Sequence[Any]) -> Result:
        result = Result(tuple(map(_natural, shape)), self._terms(elements))
        if prod(result.shape) != len(result.elements):
            raise ValueError(f"{len(result.elements)} elements in an array of shape {shape}")
        return result

    def _event(
        self, kind: Any, operation: Any, outputs: Any, shape: Any, inputs: Any, at: Any
    ) -> Event:
        return Event(
            _one_of(EventKind, kind),
            _text(operation),
            self._terms(outputs),
            tuple(map(_natural, shape)),
            tuple([self._terms(operand) for operand in inputs]),
            self._places(at),
        )


def _text(value: Any) -> str:
    return _checked(value, isinstance(value, str))


def _natural(value: Any) -> int:
    return _checked(value, type(value) is int and value >= 0)


def _columns(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    start, end = value
    return _natural(start), _checked(end, type(end) is int and (end == -1 or end > start))


def _one_of(literal: Any, value: Any) -> Any:
    return _checked(value, value in get_args(literal))


def _checked(value: Any, holds: bool) -> Any:
    if not holds:
        raise ValueError(f"not what a trace holds: {value!r}")
    return value
