"""A text and the places in it: lines, columns, and where each bracket is closed."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from symlstm.messages import NotationError, Span


@dataclass
class Source:
    """A text, and the places in it."""

    text: str
    file: str
    _starts: list[int] = field(default_factory=list[int])
    _lines: list[str] = field(default_factory=list[str])
    _closings: dict[int, int] = field(default_factory=dict[int, int])

    def __post_init__(self) -> None:
        self._starts = [0, *(m.end() for m in re.finditer("\n", self.text))]
        self._lines = self.text.split("\n")
        self._closings = _closings(self.text)

    def closing(self, start: int) -> int:
        """The position behind the bracket that closes the one at `start`; −1: none does."""
        return self._closings.get(start, -1)

    def unclosed(self, start: int, end: int, closing: str) -> NotationError:
        """The bracket text[start:end] has no end."""
        bracket = self.text[start:end]
        return NotationError(
            "S205", f"{bracket} is never closed", self.span(start, end),
            help=f"close it with {closing} where its content ends",
        )  # fmt: skip

    def line(self, number: int) -> str:
        return self._lines[number - 1]

    def place(self, position: int) -> tuple[int, int]:
        """(line, column) of a position, both from 1."""
        line = bisect_right(self._starts, position)
        return line, position - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """text[start:end], as far as it stands on one line."""
        line, column = self.place(start)
        content = self.line(line)
        length = min(end - start, len(content) - column + 1)
        return Span(self.file, line, column, max(1, length), content)


def _closings(text: str) -> dict[int, int]:
    """Where each ( and { is closed, in one pass: a search for each would take the square of it."""
    closings: dict[int, int] = {}
    opened: dict[str, list[int]] = {"{": [], "(": []}
    for match in re.finditer(r"\\.|%[^\n]*|[(){}]", text):
        if match[0] in opened:
            opened[match[0]].append(match.start())
        elif match[0] in (")", "}"):
            waiting = opened["(" if match[0] == ")" else "{"]
            if waiting:
                closings[waiting.pop()] = match.end()
    return closings
