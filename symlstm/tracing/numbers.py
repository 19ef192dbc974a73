"""Run an implementation on plain float64 arrays, and say what came of it: what it returned, what it
left of its arguments, or how it failed.

Nothing is compared here: what the numbers should be is known to the parent only, so that nothing
that an implementation does to the process it runs in makes a wrong number right. NumPy's functions
are taken hold of when this module is imported, before any foreign code is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal, get_args

import numpy as np

from symlstm.tracing.places import place_of, places_of_error
from symlstm.tracing.run import Misshapen, call, code_of, named
from symlstm.tracing.trace import Place

_asarray, _float64, _array_type, _scalar_type = np.asarray, np.float64, np.ndarray, np.generic
_to_list = np.ndarray.tolist

NumberOutcome = Literal["returned", "raised", "structure"]
"""`returned`, `raised` and `structure` as in `trace.Outcome`."""


@dataclass(frozen=True)
class Numbers:
    """An array: its shape and its elements in row-major order."""

    shape: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class NumberCall:
    """One call of an implementation on float64 arrays.

    Args:
        outcome: how the call ended.
        message: for an outcome other than `returned`, what happened, in a few words.
        places: where it raised, innermost first; else the line where the function is defined.
        results: the arrays of a returned tuple (keys "0", "1", …) or dict (its own keys).
        is_dict: whether a dict was returned.
        arguments: the elements of each argument after the call.
    """

    outcome: NumberOutcome = "returned"
    message: str = ""
    places: tuple[Place, ...] = ()
    results: Mapping[str, Numbers] = field(default_factory=dict[str, Numbers])
    is_dict: bool = False
    arguments: Mapping[str, Numbers] = field(default_factory=dict[str, Numbers])


def call_twice(
    function: Callable[..., Any], points: Sequence[Mapping[str, Numbers]]
) -> list[tuple[NumberCall, NumberCall]]:
    """Two calls at each point, each on arrays of its own.

    Raises:
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    return [(_called(function, point), _called(function, point)) for point in points]


def _called(function: Callable[..., Any], point: Mapping[str, Numbers]) -> NumberCall:
    code = code_of(function)
    places = () if code is None else (place_of(code, code.co_firstlineno),)
    given = {name: _asarray(a.values, _float64).reshape(a.shape) for name, a in point.items()}
    try:
        returned = call(function, dict(given))
        results = {key: _result(key, value) for key, value in named(returned).items()}
        left = {name: _numbers(array) for name, array in given.items()}
    except KeyboardInterrupt:
        raise
    except Misshapen as error:
        return NumberCall("structure", str(error), places)
    except BaseException as error:
        what = f"{type(error).__name__}: {error}".removesuffix(": ")
        return NumberCall("raised", what, places_of_error(error) or places)
    return NumberCall("returned", "", places, results, isinstance(returned, dict), left)


def _result(key: str, value: Any) -> Numbers:
    if not isinstance(value, (_array_type, _scalar_type, int, float)):
        described = "None" if value is None else f"a {type(value).__name__}"
        raise Misshapen(f"the result {key!r} is {described}, not an array")
    array: Any = _asarray(value)
    if array.dtype.kind not in "fiub":
        raise Misshapen(f"the result {key!r} is an array of {array.dtype}, not of numbers")
    return _numbers(array)


def _numbers(array: Any) -> Numbers:
    flat: Any = _asarray(array, _float64).reshape(-1)
    return Numbers(tuple(array.shape), tuple(_to_list(flat)))


def point_to_plain(point: Mapping[str, Numbers]) -> dict[str, Any]:
    return {name: [array.shape, array.values] for name, array in point.items()}


def point_from_plain(plain: Mapping[str, Any]) -> dict[str, Numbers]:
    """The arrays that `point_to_plain` wrote.

    Raises:
        ValueError, TypeError, AttributeError: the data is of another form.
    """
    arrays = {
        str(name): Numbers(tuple(map(int, shape)), tuple(map(float, values)))
        for name, (shape, values) in plain.items()
    }
    if any(min(a.shape, default=0) < 0 or prod(a.shape) != len(a.values) for a in arrays.values()):
        raise ValueError("the elements do not fill their shape")
    return arrays


def to_plain(done: NumberCall) -> dict[str, Any]:
    """A call as lists, strings and numbers."""
    return {
        "outcome": done.outcome,
        "message": done.message,
        "places": [[p.file, p.line, p.function, p.columns] for p in done.places],
        "results": point_to_plain(done.results),
        "is_dict": done.is_dict,
        "arguments": point_to_plain(done.arguments),
    }


def from_plain(plain: Mapping[str, Any]) -> NumberCall:
    """The call that `to_plain` wrote.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: the data comes from another process, and
            is of another form.
    """
    if plain["outcome"] not in get_args(NumberOutcome):
        raise ValueError(f"not an outcome: {plain['outcome']!r}")
    places = [
        Place(
            str(file), int(line), str(name), None if columns is None else (columns[0], columns[1])
        )
        for file, line, name, columns in plain["places"]
    ]
    return NumberCall(
        plain["outcome"], str(plain["message"]), tuple(places), point_from_plain(plain["results"]),
        bool(plain["is_dict"]), point_from_plain(plain["arguments"]),
    )  # fmt: skip
