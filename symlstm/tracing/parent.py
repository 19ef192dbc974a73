"""What the parent asks of the process that runs foreign code, and how it reads the answers."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from symlstm.proof.terms import Terms, adopt
from symlstm.tracing import numbers, serial
from symlstm.tracing.conversation import ChildError, Conversation, damaged
from symlstm.tracing.frames import unpacked
from symlstm.tracing.loading import Arguments, Function, LoadError
from symlstm.tracing.numbers import NumberCall, Numbers
from symlstm.tracing.trace import Trace

__all__ = [
    "MEMORY",
    "TIMEOUT",
    "ChildError",
    "LoadError",
    "Point",
    "Symbols",
    "TracedRun",
    "ask",
    "call_file",
    "list_functions",
    "listed_functions",
    "trace_file",
    "traced_runs",
]  # fmt: skip

TIMEOUT = 60.0
"""Seconds."""

MEMORY = 4 << 30
"""Bytes of address space."""

Symbols: TypeAlias = Mapping[str, tuple[str, tuple[int, ...]]]
"""For each argument the prefix of its symbols and its shape."""


Point: TypeAlias = Mapping[str, Numbers]
"""For each argument its array."""


@dataclass(frozen=True)
class TracedRun:
    """Two calls of one function on the same symbols.

    Args:
        terms: the table that both traces refer to.
        first: the trace.
        second: the results of the second call, without events; `run.same_trace` compares.
        numbers: what a call on `run.sample` returned, by result; None when it did not return.
    """

    terms: Terms
    first: Trace
    second: Trace
    numbers: Mapping[str, Sequence[float]] | None = None


def list_functions(path: str, timeout: float = TIMEOUT, memory: int = MEMORY) -> list[Function]:
    """The public functions that a file defines.

    Raises:
        LoadError: the file cannot be loaded.
        ChildError: its process did not answer.
    """
    with Conversation(path, memory) as conversation:
        return listed_functions(conversation, timeout)


def listed_functions(conversation: Conversation, timeout: float) -> list[Function]:
    """The same of a process that may be asked further things."""
    (response,) = conversation.ask({"list": True}, timeout)
    with _reading():
        return [_function(**entry) for entry in response["list"]]


def trace_file(
    path: str,
    functions: Mapping[str, tuple[str, Sequence[Symbols]]],
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
) -> dict[str, list[TracedRun]]:
    """Trace functions of a file in a process of its own.

    Args:
        path: a Python file.
        functions: for each kind the name of the function, and its arguments for each run.
        timeout: seconds for all of it.
        memory: bytes of address space.
    Raises:
        LoadError: the file cannot be loaded, or lacks a function.
        ChildError: its process did not answer.
    """
    with Conversation(path, memory) as conversation:
        runs = traced_runs(conversation, functions, timeout)
        return {kind: [next(runs) for _ in each] for kind, (_, each) in functions.items()}


def traced_runs(
    conversation: Conversation,
    functions: Mapping[str, tuple[str, Sequence[Symbols]]],
    timeout: float,
) -> Generator[TracedRun]:
    """The runs of all functions in their order, each as soon as it is there."""
    request = {
        kind: {"name": name, "runs": [{"arguments": arguments} for arguments in runs]}
        for kind, (name, runs) in functions.items()
    }
    count = sum(len(runs) for _, runs in functions.values())
    for response in conversation.ask({"functions": request}, timeout, count):
        with _reading():
            run = _run(response.pop("run"))
        yield run
        # Its terms are not to stay while the next ones are read.
        del run


def call_file(
    path: str,
    functions: Mapping[str, tuple[str, Sequence[Point]]],
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
) -> dict[str, list[tuple[NumberCall, NumberCall]]]:
    """Call functions of a file on float64 arrays, twice at each point, in a process of its own.

    Args:
        functions: for each kind the name of the function, and the points.
    Raises:
        LoadError, ChildError: as `trace_file`.
    """
    request = {
        kind: {"name": name, "points": [numbers.point_to_plain(point) for point in points]}
        for kind, (name, points) in functions.items()
    }
    response = ask(path, {"points": request}, timeout, memory)
    with _reading():
        return {
            kind: [
                (numbers.from_plain(first), numbers.from_plain(second))
                for (first, second), _ in zip(response["calls"][kind], points, strict=True)
            ]
            for kind, (_, points) in functions.items()
        }


def ask(path: str, request: Mapping[str, Any], timeout: float, memory: int) -> Any:
    """The one answer to a request, of a process of its own."""
    with Conversation(path, memory) as conversation:
        (answer,) = conversation.ask(request, timeout)
        return answer


@contextmanager
def _reading() -> Generator[None]:
    """Reads what another process wrote: what cannot be read is damaged."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise damaged(error) from error


def _function(
    name: str, line: int, names: Any, optional: Any, any_positional: bool, any_keyword: bool
) -> Function:
    arguments = Arguments(tuple(names), tuple(optional), any_positional, any_keyword)
    return Function(name, arguments, line)


def _run(plain: Mapping[str, Any]) -> TracedRun:
    """A run whose every term has been checked."""
    terms = Terms()
    new = adopt(terms, unpacked(plain["terms"]))
    first, second = (serial.from_plain(trace, new) for trace in plain["traces"])
    return TracedRun(terms, first, second, _numbers(plain["numbers"]))


def _numbers(plain: Any) -> dict[str, list[float]] | None:
    if plain is None:
        return None
    return {str(key): [float(value) for value in values] for key, values in plain.items()}
