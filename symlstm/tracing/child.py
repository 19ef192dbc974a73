"""The process that runs foreign code: `python -m symlstm.tracing.child`.

It traces and writes down terms; what they prove is for the parent to say. The first message of the
parent names the file, {"file": path, "memory": bytes of address space}; each further one is a
request, and all answers are objects:

{"list": true}
    → {"list": [{"name", "line", "names", "optional", "any_positional", "any_keyword"}, …]}
{"functions": {kind: {"name": …, "runs": [{"arguments": {name: [prefix, shape]}}]}}}
    → for each run of each function, in order, an answer of its own:
      {"run": {"terms": packed table, "traces": [first, second],
       "numbers": {result: [float, …]} or null}}

{"precise": [{"name", "precision", "arguments": {name: [entries, shape]}}]}
    → {"precise": [what `precisions.call_in_precision` returns, …]}

{"points": {kind: {"name": …, "points": [{name: [shape, [float, …]]}]}}}
    → {"calls": {kind: [[first, second], …]}}: what came of two calls at each point

{"probe": {"name": …, …}}
    → {"probe": what `symlstm.tracing.probing.answer` says}

A file that cannot be loaded gives {"error": {"code", "text", "file", "line", "source", "help"}}.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from types import ModuleType
from typing import IO, Any

from symlstm.messages import Span
from symlstm.proof import terms as term_tables
from symlstm.proof.garbage import seldom_collected
from symlstm.tracing import numbers, probing, serial
from symlstm.tracing.frames import framed, packed, read_frame
from symlstm.tracing.loading import LoadError, folder_first, load_module, public_functions
from symlstm.tracing.precisions import call_in_precision
from symlstm.tracing.run import call_on_numbers, trace_twice


def main() -> None:
    requests, answers = _put_away()
    setting = _message(requests)
    if "memory" in setting:
        limit_memory(setting["memory"])
    sys.dont_write_bytecode = True
    module: ModuleType | None = None
    with folder_first(setting["file"]), seldom_collected():
        while request := _message(requests):
            try:
                module = module or load_module(setting["file"])
                for response in responses(module, request):
                    _write(answers, response)
            except LoadError as error:
                _write(answers, {"error": _plain_error(error)})
    leave()


def _put_away() -> tuple[IO[bytes], int]:
    """The two pipes of the conversation, where foreign code does not come across them.

    It has an empty input instead, and all of its output goes the way of its errors.
    """
    requests, answers = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return open(requests, "rb"), answers


def _message(requests: IO[bytes]) -> dict[str, Any]:
    """The next message of the parent; empty when there is none any more."""
    frame = read_frame(requests)
    return {} if frame is None else json.loads(frame)


def _write(answers: int, value: Any) -> None:
    """Write a whole answer."""
    left = memoryview(framed(value))
    while left:
        left = left[os.write(answers, left) :]


def limit_memory(limit: int) -> None:
    """Bound the address space, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def responses(module: ModuleType, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The responses to a request, one after the other.

    Raises:
        LoadError: the file lacks a function that is asked for.
    """
    if request.get("list"):
        yield {
            "list": [
                {"name": function.name, "line": function.line, **asdict(function.arguments)}
                for function in public_functions(module)
            ]
        }
    elif "precise" in request:
        yield {"precise": [in_precision(module, call) for call in request["precise"]]}
    elif "points" in request:
        wanted = request["points"].items()
        yield {
            "calls": {k: on_points(_function(module, w["name"]), w["points"]) for k, w in wanted}
        }
    elif "probe" in request:
        yield {"probe": probing.answer(module, request["probe"])}
    else:
        functions = [(_function(module, w["name"]), w) for w in request["functions"].values()]
        for function, wanted in functions:
            for run in wanted["runs"]:
                yield {"run": traced(function, run)}


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


def traced(function: Callable[..., Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """Two calls on the same symbols, of the second only the results are kept; one on numbers."""
    terms = term_tables.Terms()
    arguments = {name: (prefix, tuple(shape)) for name, (prefix, shape) in run["arguments"].items()}
    first, second = trace_twice(function, terms, arguments)
    return {
        "numbers": call_on_numbers(function, arguments),
        "terms": packed(term_tables.plain_nodes(terms)),
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


def leave() -> None:
    """End at once: threads and exit handlers of foreign code are not waited for."""
    for stream in (sys.stdout, sys.stderr):
        # Foreign code may have closed or replaced it.
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)  # pyright: ignore[reportPrivateUsage]


if __name__ == "__main__":
    main()
