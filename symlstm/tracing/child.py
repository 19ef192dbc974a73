"""The process that runs foreign code: `python -m symlstm.tracing.child REQUEST RESPONSE`.

It traces and writes down terms; what they prove is for the parent to say. The request and the
response are JSON files:

{"file": path, "list": true}
    → {"list": [{"name", "line", "names", "optional", "any_positional", "any_keyword"}, …]}
{"file": path, "functions": {kind: {"name": …, "runs": [{"arguments": {name: [prefix, shape]}}]}}}
    → {"functions": {kind: {"runs": [{"terms": table, "traces": [first, second],
       "numbers": {result: [float, …]} or null}]}}}

{"file": path, "precise": [{"name", "precision", "arguments": {name: [entries, shape]}}]}
    → {"precise": [what `precisions.call_in_precision` returns, …]}

{"file": path, "points": {kind: {"name": …, "points": [{name: [shape, [float, …]]}]}}}
    → {"calls": {kind: [[first, second], …]}}: what came of two calls at each point

{"file": path, "probe": {"name": …, …}}
    → {"probe": what `symlstm.tracing.probing.answer` says}

An optional "memory" limits the address space in bytes. A file that cannot be loaded gives
{"error": {"code", "text", "file", "line", "source", "help"}}.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import ModuleType
from typing import Any

from symlstm.messages import Span
from symlstm.proof import terms as term_tables
from symlstm.tracing import numbers, probing, serial
from symlstm.tracing.loading import LoadError, folder_first, load_module, public_functions
from symlstm.tracing.precisions import call_in_precision
from symlstm.tracing.run import call_on_numbers, trace_call

_GARBAGE_THRESHOLD = 100_000
"""A trace is millions of small tuples and no garbage: look for cycles seldom."""


def main(request_path: str, response_path: str) -> None:
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    if "memory" in request:
        limit_memory(request["memory"])
    sys.dont_write_bytecode = True
    gc.set_threshold(_GARBAGE_THRESHOLD)
    try:
        with folder_first(request["file"]):
            response = answer(request)
    except LoadError as error:
        response = {"error": _plain_error(error)}
    write_whole(response_path, response)
    leave()


def limit_memory(limit: int) -> None:
    """Bound the address space, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The response to a request.

    Raises:
        LoadError: the file cannot be loaded, or lacks a function that is asked for.
    """
    module = load_module(request["file"])
    if request.get("list"):
        return {
            "list": [
                {"name": function.name, "line": function.line, **asdict(function.arguments)}
                for function in public_functions(module)
            ]
        }
    if "precise" in request:
        return {"precise": [in_precision(module, call) for call in request["precise"]]}
    if "points" in request:
        wanted = request["points"].items()
        return {
            "calls": {k: on_points(_function(module, w["name"]), w["points"]) for k, w in wanted}
        }
    if "probe" in request:
        return {"probe": probing.answer(module, request["probe"])}
    answers: dict[str, Any] = {}
    for kind, wanted in request["functions"].items():
        function = _function(module, wanted["name"])
        answers[kind] = {"runs": [trace_twice(function, run) for run in wanted["runs"]]}
    return {"functions": answers}


def _function(module: ModuleType, name: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if not callable(function):
        raise LoadError("S501", f"the file has no function {name}", Span(str(module.__file__), 0))
    return function


def on_points(function: Callable[..., Any], points: Sequence[Any]) -> list[Any]:
    """Two calls at each of the points that the parent has drawn."""
    given = [numbers.point_from_plain(point) for point in points]
    return [[numbers.to_plain(c) for c in two] for two in numbers.call_twice(function, given)]


def in_precision(module: ModuleType, call: Mapping[str, Any]) -> dict[str, Any]:
    """One call in float32 or float64."""
    function = _function(module, call["name"])
    return call_in_precision(function, call["arguments"], call["precision"])


def trace_twice(function: Callable[..., Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """Two calls on the same symbols, of the second only the results are kept; one on numbers."""
    terms = term_tables.Terms()
    arguments = {name: (prefix, tuple(shape)) for name, (prefix, shape) in run["arguments"].items()}
    first = trace_call(function, terms, arguments)
    second = trace_call(function, terms, arguments, with_events=False)
    return {
        "numbers": call_on_numbers(function, arguments),
        "terms": term_tables.to_plain(terms),
        "traces": [serial.to_plain(first), serial.to_plain(second)],
    }


def _plain_error(error: LoadError) -> dict[str, Any]:
    message, span = error.message, error.message.spans[0]
    return {
        "code": message.code,
        "text": message.text,
        "file": span.file,
        "line": span.line,
        "source": span.text,
        "help": message.help,
    }


def write_whole(path: str, value: Any) -> None:
    """Write JSON so that the file is either whole or absent."""
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(json.dumps(value, separators=(",", ":")))
    os.replace(path + ".part", path)


def leave() -> None:
    """End at once: threads and exit handlers of foreign code are not waited for."""
    for stream in (sys.stdout, sys.stderr):
        # Foreign code may have closed or replaced it.
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)  # pyright: ignore[reportPrivateUsage]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
