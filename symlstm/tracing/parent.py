"""Start the process that runs foreign code, bound it in time and memory, and read what it wrote."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

import symlstm
from symlstm.messages import Span, SymlstmError
from symlstm.proof.terms import Terms, adopt
from symlstm.tracing import numbers, serial
from symlstm.tracing.loading import Arguments, Function, LoadError
from symlstm.tracing.numbers import NumberCall, Numbers
from symlstm.tracing.trace import Trace

TIMEOUT = 60.0
"""Seconds."""

MEMORY = 4 << 30
"""Bytes of address space."""

_KEPT_OUTPUT = 1 << 14
_SECRET = ("TOKEN", "SECRET", "KEY", "PASS", "CREDENTIAL", "AUTH", "COOKIE")
_WITH_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@")
"""As in postgres://ada:secret@host/, whatever the variable is called."""

Symbols: TypeAlias = Mapping[str, tuple[str, tuple[int, ...]]]
"""For each argument the prefix of its symbols and its shape."""


Point: TypeAlias = Mapping[str, Numbers]
"""For each argument its array."""


class ChildError(SymlstmError):
    """The process that runs the implementation did not answer (S502 to S504)."""


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
    response = ask(path, {"list": True}, timeout, memory)
    try:
        return [_function(**entry) for entry in response["list"]]
    except (KeyError, TypeError) as error:
        raise _damaged(error) from error


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
    request = {
        kind: {"name": name, "runs": [{"arguments": arguments} for arguments in runs]}
        for kind, (name, runs) in functions.items()
    }
    response = ask(path, {"functions": request}, timeout, memory)
    try:
        return {
            kind: [_run(run) for run in response["functions"][kind]["runs"]] for kind in functions
        }
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(error) from error


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
    try:
        return {
            kind: [
                (numbers.from_plain(first), numbers.from_plain(second))
                for (first, second), _ in zip(response["calls"][kind], points, strict=True)
            ]
            for kind, (_, points) in functions.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(error) from error


def _function(
    name: str, line: int, names: Any, optional: Any, any_positional: bool, any_keyword: bool
) -> Function:
    arguments = Arguments(tuple(names), tuple(optional), any_positional, any_keyword)
    return Function(name, arguments, line)


def _run(plain: Mapping[str, Any]) -> TracedRun:
    """A run whose every term has been checked."""
    terms = Terms()
    new = adopt(terms, plain["terms"])
    first, second = (serial.from_plain(trace, new) for trace in plain["traces"])
    return TracedRun(terms, first, second, _numbers(plain["numbers"]))


def _numbers(plain: Any) -> dict[str, list[float]] | None:
    if plain is None:
        return None
    return {str(key): [float(value) for value in values] for key, values in plain.items()}


def _damaged(error: Exception) -> ChildError:
    return ChildError(
        "S504",
        "the process that runs the implementation wrote a damaged answer",
        notes=(str(error),),
        help="does the implementation write to files that are not its own?",
    )


def ask(path: str, request: Mapping[str, Any], timeout: float, memory: int) -> Any:
    """Start the child, wait for it, and read its response."""
    with tempfile.TemporaryDirectory(prefix="symlstm-") as folder:
        asked, answered = (os.path.join(folder, f"{name}.json") for name in ("request", "response"))
        with open(asked, "w", encoding="utf-8") as file:
            json.dump({**request, "file": os.path.abspath(path), "memory": memory}, file)
        ending = _run_process([asked, answered], timeout)
        response = _read_response(answered)
    if response is None:
        raise _no_answer(path, ending, timeout, memory)
    if "error" in response:
        raise _load_error(response["error"])
    return response


@dataclass(frozen=True)
class _Ending:
    """How a process ended: its exit status (None: it was out of time), and its last output."""

    status: int | None
    output: str


def _run_process(arguments: Sequence[str], timeout: float) -> _Ending:
    command = [sys.executable, "-X", "utf8", "-P", "-m", "symlstm.tracing.child", *arguments]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(),
        start_new_session=True,
    )
    assert process.stdout is not None
    output = _Tail(process.stdout)
    status: int | None = None
    try:
        status = _wait(process, timeout)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _end(process)
    return _Ending(status, output.text())


def _wait(process: subprocess.Popen[bytes], timeout: float) -> int:
    """The exit status, at once when there is one: `Popen.wait` looks only every 50 ms.

    Raises:
        subprocess.TimeoutExpired: it did not end in time.
    """
    if not hasattr(os, "pidfd_open"):
        return process.wait(timeout)
    start = time.monotonic()
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return process.wait(timeout)
    try:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        waiting.poll(timeout * 1000)
    finally:
        os.close(descriptor)
    return process.wait(max(0, timeout - (time.monotonic() - start)))


class _Tail(threading.Thread):
    """Reads a stream to its end and keeps only the last of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._kept = b""
        self.start()

    def run(self) -> None:
        with self._stream as stream:
            while block := os.read(stream.fileno(), 1 << 20):
                self._kept = (self._kept + block)[-_KEPT_OUTPUT:]

    def text(self) -> str:
        self.join(timeout=5)
        return self._kept.decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process, and what it has started: its process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError, PermissionError):
        process.kill()
    process.wait()


def _environment() -> dict[str, str]:
    """The environment without what looks secret, and with symlstm importable."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not any(word in name.upper() for word in _SECRET) and not _WITH_PASSWORD.search(value)
    }
    # Threads of a BLAS that is never used would take most of the address space.
    kept.setdefault("OPENBLAS_NUM_THREADS", "1")
    root = os.path.dirname(os.path.dirname(os.path.abspath(symlstm.__file__)))
    if root != sysconfig.get_path("purelib"):
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, [root, kept.get("PYTHONPATH")]))
    return kept


def _read_response(path: str) -> Any:
    """The response, or None if there is none that can be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def _no_answer(path: str, ending: _Ending, timeout: float, memory: int) -> ChildError:
    last = tuple(ending.output.strip().splitlines()[-3:])
    span = Span(os.path.abspath(path), 0)
    if ending.status is None:
        return ChildError(
            "S503",
            f"the implementation did not end within {timeout:g} s",
            span,
            notes=last,
            help="does it loop for ever, or train when it is imported?",
        )
    if ending.status < 0:
        name = signal.Signals(-ending.status).name
        text = f"the process of the implementation was ended by {name}"
        cause = f"endless recursion, or more than {memory / 2**30:g} GiB of memory?"
        return ChildError("S502", text, span, notes=last, help=cause)
    text = f"the process of the implementation ended with status {ending.status} before it returned"
    return ChildError("S502", text, span, notes=last, help="does it call os._exit?")


def _load_error(plain: Any) -> SymlstmError:
    try:
        span = Span(str(plain["file"]), int(plain["line"]), text=str(plain["source"]))
        return LoadError(str(plain["code"]), str(plain["text"]), span, help=str(plain["help"]))
    except (KeyError, TypeError, ValueError) as error:
        return _damaged(error)
