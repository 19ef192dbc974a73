"""Load an implementation from a Python file, and ask its functions for their arguments."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from symlstm.messages import Span, SymlstmError
from symlstm.tracing.places import places_of_error

KINDS = ("step", "sequence", "gradients")
"""The names under which any callable of a module counts."""


class LoadError(SymlstmError):
    """A file of an implementation that cannot be loaded (S501)."""

    @property
    def file(self) -> str:
        return self.message.spans[0].file

    @property
    def line(self) -> int:
        """1-based; 0 where no line is to blame."""
        return self.message.spans[0].line


@dataclass(frozen=True)
class Arguments:
    """What a function can be called with.

    Args:
        names: of its arguments, in order, without *args and **kwargs.
        optional: those of them that have a default.
        any_positional: whether it takes *args.
        any_keyword: whether it takes **kwargs.
    """

    names: tuple[str, ...]
    optional: tuple[str, ...] = ()
    any_positional: bool = False
    any_keyword: bool = False


@dataclass(frozen=True)
class Function:
    """A function of a file: its name, its arguments, its first line."""

    name: str
    arguments: Arguments
    line: int


class _FreshLoader(SourceFileLoader):
    """Compiles the source each time: cached bytecode misses a change within the same second."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


@contextmanager
def folder_first(path: str) -> Generator[None]:
    """Look for modules in the folder of the file first, as `python path` does."""
    folder = os.path.dirname(os.path.abspath(path))
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def load_module(path: str) -> ModuleType:
    """Run a Python file as a module.

    Raises:
        LoadError: there is no such file, or it raises an exception.
    """
    path = os.path.abspath(path)
    if not os.path.isfile(path):
        raise LoadError("S501", "there is no such file", Span(path, 0))
    name = _free_name(path)
    spec = importlib.util.spec_from_file_location(name, path, loader=_FreshLoader(name, path))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with folder_first(path):
            spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        del sys.modules[name]
        raise _load_error(path, error) from error
    return module


def _free_name(path: str) -> str:
    name = os.path.splitext(os.path.basename(path))[0].replace(".", "_")
    while name in sys.modules:
        name = "_" + name
    return name


def _load_error(path: str, error: BaseException) -> LoadError:
    if isinstance(error, SyntaxError):
        span = Span(error.filename or path, error.lineno or 0, text=error.text or "")
        return LoadError("S501", f"the file is not valid Python: {error.msg}", span)
    lines = [place.line for place in places_of_error(error) if place.file == path]
    span = Span(path, lines[0] if lines else 0)
    if isinstance(error, SystemExit):
        return LoadError(
            "S501",
            "sys.exit is called while the file is imported",
            span,
            help='put what runs the program under `if __name__ == "__main__":`',
        )
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    return LoadError("S501", f"the file cannot be imported: {text}", span)


def arguments_of(function: Callable[..., Any]) -> Arguments:
    """What `function` can be called with."""
    parameters = inspect.signature(function).parameters.values()
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return Arguments(
        names=tuple(p.name for p in named),
        optional=tuple(p.name for p in named if p.default is not p.empty),
        any_positional=any(p.kind is p.VAR_POSITIONAL for p in parameters),
        any_keyword=any(p.kind is p.VAR_KEYWORD for p in parameters),
    )


def public_functions(module: ModuleType) -> list[Function]:
    """The functions that the file of `module` itself defines, in the order of their lines."""
    found: list[Function] = []
    for name, value in vars(module).items():
        if not callable(value) or inspect.isclass(value) or name.startswith("_"):
            continue
        code = getattr(inspect.unwrap(value), "__code__", None)
        is_own = code is not None and code.co_filename == module.__file__
        line = code.co_firstlineno if code is not None and is_own else 0
        # Under these names a bound method, a partial or a callable object counts as well.
        if (inspect.isfunction(value) and is_own) or name in KINDS:
            found.append(Function(name, arguments_of(value), line))
    return sorted(found, key=lambda function: function.line)
