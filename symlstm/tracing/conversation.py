"""A conversation with the process that runs foreign code, bounded in time and in memory.

A start of Python and NumPy costs more than a small proof, so one process answers all requests about
a file. Requests go through its standard input and answers come through its standard output, each a
line with the number of bytes and then that many bytes of JSON; before it loads the file, the child
puts both away and gives the file an empty input, and the standard error stream for its output.

Answers are read by a thread as they come: the child goes on while the parent proves what it has
got, and the time that the proof takes is not the child's.
"""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import weakref
from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import IO, Any

import symlstm
from symlstm.messages import Span, SymlstmError
from symlstm.tracing.frames import framed, read_frame
from symlstm.tracing.loading import LoadError

_KEPT_OUTPUT = 1 << 14
_SECRET = ("TOKEN", "SECRET", "KEY", "PASS", "CREDENTIAL", "AUTH", "COOKIE")
_WITH_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@")
"""As in postgres://ada:secret@host/, whatever the variable is called."""

_GLANCE = 0.05
"""Seconds after which it is looked whether a process that says nothing is still there."""

_GRACE = 1.0
"""Seconds for a process that ends to have ended, and for what it wrote last to be read."""


class ChildError(SymlstmError):
    """The process that runs the implementation did not answer (S502 to S504)."""


def damaged(error: object) -> ChildError:
    """The error of an answer that no child of ours writes."""
    return ChildError(
        "S504",
        "the process that runs the implementation wrote a damaged answer",
        notes=(str(error),),
        help="does the implementation write to files that are not its own?",
    )


class Conversation:
    """A child process that has one file, and answers requests about it.

    Args:
        path: a Python file.
        memory: bytes of address space.
    """

    def __init__(self, path: str, memory: int) -> None:
        self.path = os.path.abspath(path)
        self._memory = memory
        command = [sys.executable, "-X", "utf8", "-P", "-m", "symlstm.tracing.child"]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
        assert process.stdin is not None and process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._input = process.stdin
        self._answers = _Answers(process.stdout)
        self._output = _Tail(process.stderr)
        self._close = weakref.finalize(self, _end, process)
        self._say({"file": self.path, "memory": memory})

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, and what it has started."""
        self._close()

    def ask(self, request: Mapping[str, Any], timeout: float, count: int = 1) -> Generator[Any]:
        """The answers to a request, as they come.

        Args:
            timeout: seconds for all of them, counted from now.
            count: how many there are.
        Raises:
            LoadError: the file cannot be loaded, or lacks a function.
            ChildError: the process did not answer.
        """
        self._say(request)
        end = time.monotonic() + timeout
        for _ in range(count):
            answer = self._decoded(self._next(end, timeout))
            if "error" in answer:
                raise _load_error(answer["error"])
            yield answer

    def _say(self, request: Mapping[str, Any]) -> None:
        # A child that has ended is noticed when it does not answer.
        with suppress(BrokenPipeError):
            self._input.write(framed(request))
            self._input.flush()

    def _next(self, end: float, timeout: float) -> bytes:
        """The next answer; an error once there is none and will be none."""
        while True:
            left = end - time.monotonic()
            with suppress(queue.Empty):
                return self._whole(self._answers.queue.get(timeout=max(0, min(left, _GLANCE))))
            if left > 0 and self._process.poll() is None:
                continue
            # What was written before the end may still be in the pipe.
            self._answers.join(_GRACE if left > 0 else 0)
            with suppress(queue.Empty):
                return self._whole(self._answers.queue.get_nowait())
            raise self._no_answer(self._process.poll(), timeout)

    def _whole(self, frame: bytes | None) -> bytes:
        """An answer; an error at the end of all answers."""
        if frame is not None:
            return frame
        try:
            raise self._no_answer(self._process.wait(_GRACE))
        except subprocess.TimeoutExpired:
            self.close()
            raise damaged("it has no end, or there is something else in the way") from None

    @staticmethod
    def _decoded(frame: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(frame)
        except ValueError as error:
            raise damaged(error) from error
        if not isinstance(answer, dict):
            raise damaged("an answer is an object")
        return answer  # pyright: ignore[reportUnknownVariableType]

    def _no_answer(self, status: int | None, timeout: float = 0) -> ChildError:
        """What is to be said of a process without an answer.

        Args:
            status: its exit status; None: it is out of time.
        """
        self.close()
        last = tuple(self._output.text().strip().splitlines()[-3:])
        span = Span(self.path, 0)
        if status is None:
            return ChildError(
                "S503",
                f"the implementation did not end within {timeout:g} s",
                span,
                notes=last,
                help="does it loop for ever, or train when it is imported?",
            )
        if status < 0:
            name = signal.Signals(-status).name
            text = f"the process of the implementation was ended by {name}"
            cause = f"endless recursion, or more than {self._memory / 2**30:g} GiB of memory?"
            return ChildError("S502", text, span, notes=last, help=cause)
        text = f"the process of the implementation ended with status {status} before it returned"
        return ChildError("S502", text, span, notes=last, help="does it call os._exit?")


class _Answers(threading.Thread):
    """Reads answers as they come; None follows the last."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        with self._stream as stream:
            while (frame := read_frame(stream)) is not None:
                self.queue.put(frame)
            self.queue.put(None)


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
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


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


def _load_error(plain: Any) -> SymlstmError:
    try:
        span = Span(str(plain["file"]), int(plain["line"]), text=str(plain["source"]))
        return LoadError(str(plain["code"]), str(plain["text"]), span, help=str(plain["help"]))
    except (KeyError, TypeError, ValueError) as error:
        return damaged(error)
