"""Messages: what, where, why, and how to mend it.

Every complaint of symlstm is a `Message`; every exception that a user can meet is a `SymlstmError`
that carries one. The form follows rustc: lowercase, no final stop, the smallest span of source
that shows the fault, and the remedy only under `help`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

EXCERPT = 100
"""Characters of a source line that a message shows."""
_CONTEXT = 20
"""Characters of them before a caret that is longer than that."""
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories of characters that change how a line looks, or nothing at all."""


@dataclass(frozen=True)
class Span:
    """A stretch of one line of a source text; line and column count from 1, column 0: all of it."""

    file: str
    line: int
    column: int = 0
    length: int = 1
    text: str = ""
    label: str = ""

    def excerpt(self) -> tuple[str, str]:
        """The line around the span, every character of it visible, and what underlines the span."""
        before = self.column - 1
        length = max(1, self.length)
        start, end = _window(len(self.text), before, length)
        shown = [_shown(character) for character in self.text[start:end]]
        left, right = "… " * (start > 0), " …" * (end < len(self.text))
        marked = "".join(shown[before - start : before - start + length])
        margin = left + "".join(shown[: before - start])
        underline = " " * _width(margin) + "^" * max(1, _width(marked))
        return left + "".join(shown) + right, underline


def _window(size: int, before: int, length: int) -> tuple[int, int]:
    """The part of a line of this size that is shown: the span in its middle, or its beginning."""
    if size <= EXCERPT:
        return 0, size
    start = before - max(_CONTEXT, (EXCERPT - length) // 2)
    start = max(0, min(start, size - EXCERPT))
    return start, start + EXCERPT


def _shown(character: str) -> str:
    r"""A character as it can be seen: a tab as a space, a control character as \u202e."""
    if character == "\t":
        return " "
    if unicodedata.category(character) not in INVISIBLE:
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _width(text: str) -> int:
    """Columns of a terminal: accents that stand over a letter take none, wide characters two."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def shortened(text: str) -> str:
    """A line or word of a source as a message quotes it, cut at its end if it is long."""
    return Span("", 0, 1, 1, text).excerpt()[0]


@dataclass(frozen=True)
class Message:
    """One complaint.

    Args:
        code: stable, `S` and three digits: S0xx usage, S1xx differences, S2xx equations files,
            S3xx binding, S4xx what could not be decided, S5xx runs of foreign code.
        text: what is wrong, lowercase, without a final stop.
        spans: where; the first is the cause, others are what it contradicts.
        notes: why, a line each.
        help: how to mend it; empty when there is nothing to say.
    """

    code: str
    text: str
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""

    def __str__(self) -> str:
        return render(self)


def render(message: Message) -> str:
    """The message as plain text, with the source lines that it points to."""
    lines = [f"error[{message.code}]: {message.text}"]
    for position, span in enumerate(message.spans):
        arrow = "-->" if position == 0 else ":::"
        where = span.file + (f":{span.line}" if span.line else "")
        where += f":{span.column}" if span.column else ""
        lines.append(f"  {arrow} {where}" + ("" if span.column else _excerpt(span)))
        if span.column and span.text:
            excerpt, underline = span.excerpt()
            lines.append(f"{span.line:>5} | {excerpt}")
            lines.append(" " * 5 + " | " + underline + (" " + span.label).rstrip())
        elif span.label:
            lines.append(f"      {span.label}")
    lines.extend(f"  {note}" for note in message.notes)
    if message.help:
        lines.append(f"  help: {message.help}")
    return "\n".join(lines)


def _excerpt(span: Span) -> str:
    return f"   {shortened(span.text.strip())}" if span.text.strip() else ""


class SymlstmError(Exception):
    """Something that the user can mend. Its text is a whole message."""

    def __init__(
        self,
        code: str,
        text: str,
        *spans: Span,
        notes: tuple[str, ...] = (),
        help: str = "",
    ) -> None:
        self.message = Message(code, text, spans, notes, help)
        super().__init__(str(self.message))

    def at(self, *spans: Span) -> SymlstmError:
        """The same error, now that its place is known."""
        return type(self).of(replace(self.message, spans=spans))

    def __reduce__(self) -> tuple[Callable[[Message], SymlstmError], tuple[Message]]:
        """An error crosses processes as its message."""
        return SymlstmError.of, (self.message,)

    @classmethod
    def of(cls, message: Message) -> SymlstmError:
        return cls(
            message.code, message.text, *message.spans, notes=message.notes, help=message.help
        )


class NotationError(SymlstmError):
    """An equations file that cannot be read (S2xx)."""


class UnknownNode(SymlstmError):
    """A SymPy node for which a rule, a printer or an interpreter has no law (S401)."""


class BindingError(SymlstmError):
    """An implementation whose arguments or results do not fit the cell (S3xx)."""


class UsageError(SymlstmError):
    """A command or call that asks for something that does not exist (S0xx)."""
