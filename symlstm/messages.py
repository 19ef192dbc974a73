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
    """A stretch of one line of a source text; line and column count from 1, column 0: all of it.

    Args:
        text: the whole line.
        label: what is said of the stretch.
        is_inline: whether the line is shown behind its place, without its indentation, rather
            than in a row of its own.
    """

    file: str
    line: int
    column: int = 0
    length: int = 1
    text: str = ""
    label: str = ""
    is_inline: bool = False

    def excerpt(self) -> tuple[str, str]:
        """The line around the span, every character of it visible, and what underlines the span."""
        before, marked, after = self.parts()
        return before + marked + after, " " * _width(before) + "^" * max(1, _width(marked))

    def parts(self) -> tuple[str, str, str]:
        """The line before, in and behind the span, every character visible; cut if it is long."""
        before = self.column - 1
        length = max(1, self.length)
        start, end = _window(len(self.text), before, length)
        shown = [_shown(character) for character in self.text[start:end]]
        first, last = before - start, before - start + length
        left, right = "… " * (start > 0), " …" * (end < len(self.text))
        marked = "".join(shown[first:last])
        return left + "".join(shown[:first]), marked, "".join(shown[last:]) + right

    def without_indentation(self) -> Span:
        """The same stretch in the line as it stands between its spaces."""
        indentation = len(self.text) - len(self.text.lstrip())
        column = max(1, self.column - indentation) if self.column else 0
        text = self.text.strip()
        length = min(self.length, max(1, len(text) - column + 1))
        return replace(self, text=text, column=column, length=length)


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


def visible(text: str) -> str:
    """A text whose every character can be seen; it may have several lines."""
    return "\n".join("".join(map(_shown, line)) for line in text.split("\n"))


def shortened(text: str) -> str:
    """A line or word of a source as a message quotes it, cut at its end if it is long."""
    return Span("", 0, 1, 1, text).excerpt()[0]


@dataclass(frozen=True)
class Message:
    """One complaint.

    Args:
        code: stable, `S` and three digits, explained in `symlstm/explanations/`: S0xx usage,
            S1xx differences, S2xx and S306 on equations files, S301 to S305 binding, S4xx what
            could not be decided, S5xx runs of foreign code, S6xx floating point, S7xx diagrams.
        text: what is wrong, lowercase, without a final stop.
        spans: where; the first is the cause, others are what it contradicts.
        notes: why, a line each.
        help: how to mend it; empty when there is nothing to say.
        level: `error`, or `warning` for a remark that changes no verdict.
    """

    code: str
    text: str
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    level: str = "error"

    def __str__(self) -> str:
        return render(self)


def render(message: Message) -> str:
    """The message as plain text, with the source lines that it points to."""
    lines = [f"{message.level}[{message.code}]: {visible(message.text)}"]
    for position, span in enumerate(message.spans):
        lines += _pointing("-->" if position == 0 else ":::", span)
    lines.extend(f"  {visible(note)}" for note in message.notes)
    if message.help:
        lines.append(f"  help: {visible(message.help)}")
    return "\n".join(lines)


def _pointing(arrow: str, span: Span) -> list[str]:
    """The lines that show a span: behind its place, or below it."""
    where = f"  {arrow} {visible(span.file)}" + (f":{span.line}" if span.line else "")
    label = f" {span.label}".rstrip()
    if not span.column or span.is_inline:
        return _behind(where, span, label)
    lines = [f"{where}:{span.column}"]
    if span.text:
        excerpt, underline = span.excerpt()
        lines.append(f"{span.line:>5} | {excerpt}")
        lines.append(" " * 5 + " | " + underline + label)
    return lines


def _behind(where: str, span: Span, label: str) -> list[str]:
    """`  --> my_lstm.py:31   c = f * c_prev`, and below it what marks the span."""
    if not span.text.strip():
        return [where, *([f"     {label}"] if label else [])]
    shown = f"{where}   "
    if not span.column:
        return [shown + shortened(span.text.strip()), *([f"     {label}"] if label else [])]
    excerpt, underline = span.without_indentation().excerpt()
    return [shown + excerpt, " " * _width(shown) + underline + label]


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
