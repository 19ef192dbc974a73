"""Sources: the lines of the files that messages show, and the stretch of a line that is meant."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Sequence
from typing import TypedDict

from symlstm.messages import Span
from symlstm.tracing.trace import Place


class Where(TypedDict, total=False):
    """The fields of a finding that say where."""

    file: str
    line: int
    source: str
    column: int | None
    end_column: int | None


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


class SourceTexts:
    """Lines of source files, for messages."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._trees: dict[str, ast.Module] = {}

    def add(self, file: str, text: str) -> None:
        """The text of a file that is not on disk."""
        self._lines[file] = text.split("\n")
        self._trees.pop(file, None)

    def lines(self, file: str) -> list[str]:
        if file not in self._lines:
            try:
                with open(file, encoding="utf-8", errors="replace") as stream:
                    # Not splitlines: to Python a form feed ends no line.
                    self._lines[file] = stream.read().split("\n")
            except (OSError, ValueError):
                # The cells of a notebook and the examples of a doctest are on no disk.
                self._lines[file] = [line.rstrip("\n") for line in linecache.getlines(file)]
        return self._lines[file]

    def line(self, file: str, number: int | None) -> str:
        lines = self.lines(file)
        return lines[number - 1] if number and 0 < number <= len(lines) else ""

    def function_at(self, place: Place) -> ast.FunctionDef | None:
        """The innermost function around a line; None outside of all, or where none can be read."""
        tree = self._tree(place.file)
        functions = [
            node for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and node.lineno <= place.line <= (node.end_lineno or node.lineno)
        ]  # fmt: skip
        return max(functions, key=lambda node: node.lineno, default=None)

    def _tree(self, file: str) -> ast.Module:
        if file not in self._trees:
            try:
                self._trees[file] = ast.parse("\n".join(self.lines(file)))
            except (SyntaxError, ValueError, RecursionError):
                self._trees[file] = ast.Module([], [])
        return self._trees[file]

    def reads_a_parameter(self, place: Place) -> bool:
        """Whether a line reads nothing but parameters of its function: what it was handed."""
        inner = self.function_at(place)
        if inner is None:
            return False
        given = {a.arg for a in (*inner.args.posonlyargs, *inner.args.args, *inner.args.kwonlyargs)}
        read = [
            node for node in ast.walk(inner)
            if isinstance(node, ast.expr) and getattr(node, "lineno", 0) == place.line
        ]  # fmt: skip
        if any(isinstance(n, ast.Attribute) and _is_self(n.value) for n in read):
            return False
        return any(isinstance(n, ast.Name) and n.id in given for n in read)

    def place(self, place: Place | None) -> Where:
        """The fields of a finding that say where."""
        if place is None:
            return {}
        source = self.line(place.file, place.line)
        column, end = columns_in(source, place)
        return {
            "file": place.file, "line": place.line, "source": source,
            "column": column, "end_column": end,
        }  # fmt: skip

    def place_of(self, places: Sequence[Place]) -> Where:
        """The fields that say where, of a stack of lines: the innermost."""
        return self.place(next(iter(places), None))

    def spans(self, places: Sequence[Place]) -> tuple[Span, ...]:
        return tuple(self._span(place) for place in places[:1])

    def _span(self, place: Place) -> Span:
        text = self.line(place.file, place.line)
        column, end = columns_in(text, place)
        if column is None or end is None:
            return Span(place.file, place.line, text=text)
        return Span(place.file, place.line, column, end - column, text, is_inline=True)


def columns_in(source: str, place: Place) -> tuple[int | None, int | None]:
    """The stretch of a place in characters from 1, the end not included; None: not known.

    >>> columns_in("σ = f(z)", Place("a.py", 1, columns=(5, 9)))
    (5, 9)
    """
    if place.columns is None:
        return None, None
    encoded = source.encode("utf-8", "surrogatepass")
    start, end = place.columns
    code_end = len(source.rstrip().encode("utf-8", "surrogatepass"))
    end = code_end if end < 0 else end
    if not start < end <= len(encoded):  # the file has changed since it was run
        return None, None
    before, marked = (
        encoded[a:b].decode("utf-8", "replace") for a, b in ((0, start), (start, end))
    )
    return len(before) + 1, len(before) + len(marked) + 1
