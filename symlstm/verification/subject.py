"""What is verified: functions in a file, or functions at hand.

Both give the same thing, traces. A file is run by a child process; functions at hand are run here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module, util
from pathlib import Path
from typing import Any, Protocol

from symlstm.cell import Cell
from symlstm.codegen.numpy_code import generate
from symlstm.messages import UsageError
from symlstm.proof.terms import Terms
from symlstm.tracing.conversation import Conversation
from symlstm.tracing.loading import Function, arguments_of
from symlstm.tracing.numbers import NumberCall, call_twice
from symlstm.tracing.parent import (
    MEMORY,
    TIMEOUT,
    Point,
    TracedRun,
    ask,
    call_file,
    listed_functions,
    trace_file,
    traced_runs,
)
from symlstm.tracing.precisions import call_in_precision
from symlstm.tracing.run import call_on_numbers, code_of, trace_twice

Symbols = Mapping[str, tuple[str, tuple[int, ...]]]


@dataclass(frozen=True)
class NumericCall:
    """A function called on numbers: for each argument its entries in row-major order, its shape."""

    name: str
    precision: str
    arguments: Mapping[str, tuple[Sequence[float], tuple[int, ...]]]


class Subject(Protocol):
    """Something whose functions can be listed, traced, and called on numbers."""

    @property
    def name(self) -> str: ...

    @property
    def file(self) -> str: ...

    def functions(self) -> list[Function]: ...

    def trace(
        self, functions: Mapping[str, tuple[str, Sequence[Symbols]]]
    ) -> dict[str, list[TracedRun]]: ...

    def runs(self, functions: Mapping[str, tuple[str, Sequence[Symbols]]]) -> Generator[TracedRun]:
        """The same runs in their order, each as soon as it is there."""
        ...

    def call(
        self, functions: Mapping[str, tuple[str, Sequence[Point]]]
    ) -> dict[str, list[tuple[NumberCall, NumberCall]]]: ...

    def call_in_precision(self, calls: Sequence[NumericCall]) -> list[dict[str, Any]]:
        """What `tracing.precisions.call_in_precision` says of each call."""
        ...


@dataclass(frozen=True)
class FileSubject:
    """The functions of a Python file, run in a process of their own."""

    path: str
    timeout: float = TIMEOUT
    memory: int = MEMORY
    _opened: list[Conversation] = field(
        default_factory=list[Conversation], compare=False, repr=False
    )
    """The process that has listed the functions, until it is asked to trace them."""

    @property
    def name(self) -> str:
        return self.path

    @property
    def file(self) -> str:
        return self.path

    def functions(self) -> list[Function]:
        conversation = Conversation(self.path, self.memory)
        try:
            functions = listed_functions(conversation, self.timeout)
        except BaseException:
            conversation.close()
            raise
        self._opened.append(conversation)
        return functions

    def close(self) -> None:
        """End the process that waits to be asked for a trace, if there is one."""
        while self._opened:
            self._opened.pop().close()

    def runs(self, functions: Mapping[str, tuple[str, Sequence[Symbols]]]) -> Generator[TracedRun]:
        with self._opened.pop() if self._opened else Conversation(self.path, self.memory) as child:
            yield from traced_runs(child, functions, self.timeout)

    def trace(
        self, functions: Mapping[str, tuple[str, Sequence[Symbols]]]
    ) -> dict[str, list[TracedRun]]:
        return trace_file(self.path, functions, self.timeout, self.memory)

    def call(
        self, functions: Mapping[str, tuple[str, Sequence[Point]]]
    ) -> dict[str, list[tuple[NumberCall, NumberCall]]]:
        return call_file(self.path, functions, self.timeout, self.memory)

    def call_in_precision(self, calls: Sequence[NumericCall]) -> list[dict[str, Any]]:
        request = {"precise": [asdict(call) for call in calls]}
        return list(ask(self.path, request, self.timeout, self.memory)["precise"])


@dataclass(frozen=True)
class LocalSubject:
    """Functions at hand, by name, run in this process.

    Args:
        name: what reports call it.
        file: the file that messages name.
        callables: the functions.
        source: the text of the file, when it is not on disk.
    """

    name: str
    file: str
    callables: Mapping[str, Callable[..., Any]]
    source: str | None = None

    def functions(self) -> list[Function]:
        return [
            Function(name, arguments_of(function), _line(function))
            for name, function in self.callables.items()
        ]

    def trace(
        self, functions: Mapping[str, tuple[str, Sequence[Symbols]]]
    ) -> dict[str, list[TracedRun]]:
        each = self.runs(functions)
        return {kind: [next(each) for _ in runs] for kind, (_, runs) in functions.items()}

    def runs(self, functions: Mapping[str, tuple[str, Sequence[Symbols]]]) -> Generator[TracedRun]:
        for name, runs in functions.values():
            for symbols in runs:
                yield _trace_twice(self.callables[name], symbols)

    def call(
        self, functions: Mapping[str, tuple[str, Sequence[Point]]]
    ) -> dict[str, list[tuple[NumberCall, NumberCall]]]:
        return {
            kind: call_twice(self.callables[name], points)
            for kind, (name, points) in functions.items()
        }

    def call_in_precision(self, calls: Sequence[NumericCall]) -> list[dict[str, Any]]:
        return [
            call_in_precision(self.callables[call.name], call.arguments, call.precision)
            for call in calls
        ]


def _trace_twice(function: Callable[..., Any], symbols: Symbols) -> TracedRun:
    terms = Terms()
    first, second = trace_twice(function, terms, symbols)
    return TracedRun(terms, first, second, call_on_numbers(function, symbols))


def _line(function: Callable[..., Any]) -> int:
    code = code_of(function)
    return code.co_firstlineno if code is not None else 0


def local_subject(callables: Mapping[str, Callable[..., Any]]) -> LocalSubject:
    """Functions at hand, by the names under which they are checked."""
    files = [code.co_filename for f in callables.values() if (code := code_of(f)) is not None]
    return LocalSubject(", ".join(callables), next(iter(files), ""), dict(callables))


def generated_subject(cell: Cell) -> LocalSubject:
    """The code that is generated for a cell."""
    file = f"<generated {cell.name}.py>"
    source = generate(cell)
    namespace: dict[str, Any] = {"__name__": f"generated_{cell.name}"}
    exec(compile(source, file, "exec"), namespace)
    return LocalSubject("generated code", file, _bound(namespace), source)


def reference_subject(cell: Cell) -> LocalSubject | None:
    """The hand-written reference of a built-in cell, if there is one."""
    name = f"symlstm.reference.{cell.name.replace('-', '_')}"
    if util.find_spec(name) is None:
        return None
    module = import_module(name)
    return LocalSubject("reference", str(module.__file__), _bound(vars(module)))


def _bound(namespace: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    return {n: namespace[n] for n in ("step", "sequence", "gradients") if n in namespace}


def file_subject(target: str, timeout: float = TIMEOUT, memory: int = MEMORY) -> FileSubject:
    """The subject of a path.

    Raises:
        UsageError: there is no such file.
    """
    path = Path(target)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UsageError("S003", f"{target} {what}", help="give the path of a Python file")
    if path.suffix == ".tex":
        raise UsageError(
            "S003", f"{target} is an equations file, not an implementation",
            help=f"compare it with a cell by symlstm equal {target} CELL",
        )  # fmt: skip
    return FileSubject(target, timeout, memory)


def remedy_where_nothing_is(file: str, otherwise: str) -> str:
    """What helps where a file has no function to check: a class is bound by a function."""
    try:
        module = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return otherwise
    names = [node.name for node in module.body if isinstance(node, ast.ClassDef)]
    if not names:
        return otherwise
    return (
        f"bind the class by a function, def step(x, h_prev, …), that makes a {names[0]} from the "
        "parameters, calls it, and returns the new states"
    )
