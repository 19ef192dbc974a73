r"""Labels of names: `xi`, `d_h`, `x\tilde{h}`, `\mathbf{h}x`, `l-1`, `x \to h`.

A label is letters and digits in any font, with accents, primes, brackets and labels of their own,
and signs between them. Fonts, brackets and spacing are no part of its ASCII name. A label that a
time is a part of is none: the time would be lost.

Above a name stand labels, times, transposes and expressions; `is_label` tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from symlstm.notation.alphabet import (
    ACCENT_SPELLINGS,
    ACCENTS,
    LETTER_PATTERN,
    LETTERS,
    MARK_PATTERN,
    Letter,
    letter_of,
)
from symlstm.notation.commands import FONTS, SWITCHES, UPRIGHT

MAXIMUM_LABEL = 200


def is_label(content: str, time: str) -> bool:
    """Whether a superscript is a label, a time, a transpose or a number, and no expression."""
    pattern = _label_pattern(time)
    return len(content) <= MAXIMUM_LABEL and all(
        pattern.fullmatch(part.strip()) for part in content.split(",")
    )


_ACCENTED = "|".join([*ACCENTS, *ACCENT_SPELLINGS])
_FONTS = "|".join(sorted(FONTS.keys() | UPRIGHT))
_LETTERED = "|".join([*LETTERS, "top", "intercal", "prime", "star", "ast", "dagger"])
_PART = (
    rf"(?:\\(?:{_FONTS})(?:\s*\{{[A-Za-z0-9 ]*\}}|\s+[A-Za-z0-9](?![A-Za-z0-9]))"
    rf"|\\(?:{_ACCENTED})(?:\s*\{{[A-Za-z]\}}|\s+[A-Za-z](?![A-Za-z]))"
    rf"|\\(?:{_LETTERED})(?![A-Za-z])|[A-Za-z0-9]+|{LETTER_PATTERN}{MARK_PATTERN}*|[⊤*'′+])"
)
_TO = r"(?:\\(?:to|rightarrow)(?![A-Za-z])|→)"


@cache
def _label_pattern(time: str) -> re.Pattern[str]:
    earlier = rf"{re.escape(time)}\s*[+\-−]\s*\d+"
    shifted = (
        rf"(?:{_PART}(?:\s*{_TO}\s*{_PART})?|[a-z]\s*[+\-−]\s*\d+"
        rf"|{earlier}|\\(?:{_FONTS})\s*\{{\s*{earlier}\s*\}})"
    )
    pairs = (r"\(", r"\)"), (r"\[", r"\]"), (r"\\langle", r"\\rangle"), ("<", ">")
    bracketed = "|".join(rf"{left}\s*{shifted}\s*{right}" for left, right in pairs)
    return re.compile(rf"(?:{shifted}|{bracketed})(?:\s*(?:\\top|⊤|\\prime))*")


def label_of(text: str, is_time: Callable[[str], bool]) -> Letter | None:
    r"""The label that a text spells; None: it spells none, or a time is a part of it.

    >>> label_of(r"x\tilde{h}", "t".__eq__)
    Letter(ascii='xh_tilde', latex='x\\tilde{h}', unicode='xh̃')
    >>> label_of(r"d_{\mathrm{in}}", "t".__eq__).ascii, label_of("d_t", "t".__eq__)
    ('din', None)
    """
    if text.isascii() and text.isalnum():
        return Letter(text, text, text)
    return _Reader(text, is_time).label()


_TOKEN = re.compile(
    rf"""
    (?P<space>\s+|~|\\[,;:!\ ])
  | \\(?:{"|".join(UPRIGHT)})\*?\s*\{{\s*(?P<words>[A-Za-z0-9]+(?:[ -]+[A-Za-z0-9]+)*)\s*\}}
  | (?P<run>(?:[A-Za-z0-9](?!{MARK_PATTERN}))+)
  | (?P<letter>{LETTER_PATTERN}{MARK_PATTERN}*)
  | (?P<prime>['′’]|\\prime(?![A-Za-z]))
  | (?P<sign>[+\-−]|{_TO})
  | (?P<command>\\[A-Za-z]+)
  | (?P<mark>[_{{}}()<>])
    """,
    re.VERBOSE,
)
_CLOSING = {"{": "}", "(": ")", "<": ">", r"\langle": r"\rangle"}
_SIGNS = {"+": Letter("p", "+", "+"), "-": Letter("m", "-", "-"), "−": Letter("m", "-", "-")}
_ARROW = Letter("to", r"\to ", "→")


class _Reader:
    """Reads one label from left to right.

    Args:
        text: what stands below or above a name, between two commas.
        is_time: whether a text is a time.
    """

    def __init__(self, text: str, is_time: Callable[[str], bool]) -> None:
        self._is_time = is_time
        self._tokens: list[tuple[str, str]] = []
        self._next = 0
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                self._tokens.append(("unknown", ""))
                break
            position = match.end()
            kind = match.lastgroup or ""
            if kind != "space":
                self._tokens.append((kind, match[kind]))

    def label(self) -> Letter | None:
        """The whole; none if it is a time in a font or in brackets."""
        parts = self._parts("")
        if parts is None or self._next != len(self._tokens) or self._is_time(parts.latex):
            return None
        return parts

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")
        self._next += 1
        return token

    def _parts(self, closing: str) -> Letter | None:
        """A label up to its closing bracket, or to the end."""
        whole: Letter | None = None
        while self._next < len(self._tokens) and self._tokens[self._next][1] != closing:
            part = self._part(whole)
            if part is None:
                return None
            whole = part
        if closing:
            self._next += 1
        return whole

    def _part(self, before: Letter | None) -> Letter | None:
        """What stands before and the next part of the label."""
        kind, text = self._take()
        if kind == "prime":
            return before and before.primed()
        if kind == "sign":
            following = self._part(None)
            sign = _SIGNS.get(text, _ARROW)
            if before is None or following is None:
                return None
            if sign is not _ARROW and self._is_time(before.ascii[-1:]):
                return None
            return _joined(_joined(before, sign), following)
        if text == "_":
            below = self._one()
            if before is None or below is None or self._is_time(below.ascii):
                return None
            nested = Letter(below.ascii, f"_{{{below.latex}}}", f"_{below.unicode}")
            return _joined(before, nested)
        self._next -= 1
        one = Letter(text, text, text) if kind == "run" else self._one()
        self._next += kind == "run"
        return one if before is None or one is None else _joined(before, one)

    def _one(self) -> Letter | None:
        """The argument of a command: one character, one command, or a group."""
        kind, text = self._take()
        if kind == "run":
            if text[1:]:
                self._next -= 1
                self._tokens[self._next] = ("run", text[1:])
            return Letter(text[0], text[0], text[0])
        if kind == "words":
            return self._words(text)
        if kind == "letter" or (kind == "command" and text[1:] in LETTERS):
            return letter_of(text)
        if kind == "command" and text[1:] in SWITCHES:
            return self._one()
        if kind == "command" and text[1:] in FONTS.keys() | UPRIGHT:
            return self._one()
        accent = ACCENT_SPELLINGS.get(text[1:], text[1:])
        if kind == "command" and accent in ACCENTS:
            inner = self._one()
            return inner and inner.accented(accent)
        if text in _CLOSING:
            return self._bracketed(text)
        return None

    def _words(self, text: str) -> Letter | None:
        """rec-in and cell state, in upright letters."""
        if self._is_time(text):
            return None
        plain = text.replace(" ", "")
        if "-" not in plain:
            return Letter(plain, plain, plain)
        return Letter(plain.replace("-", "_"), rf"\text{{{plain}}}", plain)

    def _bracketed(self, opening: str) -> Letter | None:
        inner = self._parts(_CLOSING[opening])
        if inner is None or opening == "{":
            return inner
        if self._is_time(inner.latex):
            return None
        return Letter(inner.ascii, f"({inner.latex})", f"({inner.unicode})")


def _joined(first: Letter, second: Letter) -> Letter:
    """Two parts of one label; what stands behind an accent is told apart in its ASCII name."""
    is_marked = "_" in first.ascii and second.ascii not in ("p", "m", "to")
    between = " " if re.search(r"\\[A-Za-z]+$", first.latex) and second.latex[0].isalpha() else ""
    return Letter(
        f"{first.ascii}{'_' * is_marked}{second.ascii}",
        f"{first.latex}{between}{second.latex}",
        f"{first.unicode}{second.unicode}",
    )
