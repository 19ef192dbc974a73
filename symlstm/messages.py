"""Messages: what, where, why, and how to mend it.

Every complaint of symlstm is a `Message`; every exception that a user can meet is a `SymlstmError`
that carries one. The form follows rustc: lowercase, no final stop, the smallest span of source
that shows the fault, and the remedy only under `help`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Span:
    """A stretch of one line of a source text; line and column count from 1, column 0: all of it."""

    file: str
    line: int
    column: int = 0
    length: int = 1
    text: str = ""
    label: str = ""

    def underline(self) -> str:
        return " " * (self.column - 1) + "^" * max(1, self.length)


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
            gutter = f"{span.line:>5} | "
            lines.append(gutter + span.text)
            lines.append(" " * 5 + " | " + span.underline() + (" " + span.label).rstrip())
        elif span.label:
            lines.append(f"      {span.label}")
    lines.extend(f"  {note}" for note in message.notes)
    if message.help:
        lines.append(f"  help: {message.help}")
    return "\n".join(lines)


def _excerpt(span: Span) -> str:
    return f"   {span.text.strip()}" if span.text.strip() else ""


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
