r"""Words in equations: `\text{where}`, `\mathrm{tanh}`, `\text{if}`, `\text{cell state}`.

A word is a function, a word between equations, a condition of cases, or a name; several words are
prose. Words that offer a choice (`or`) are refused: a cell is one of the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symlstm.messages import NotationError, Span
from symlstm.notation.commands import CONDITION_WORDS, JOINING_WORDS, PROSE
from symlstm.notation.vocabulary import function_called

CHOICES = {"or", "either", "or else", "respectively", "resp", "and/or"}
_INNER = re.compile(rf"\\(?:{'|'.join(sorted(PROSE))})\s*\{{([^{{}}]*)\}}")
_FONTS_OF_NAMES = {"mathbf", "mathit"}


@dataclass(frozen=True)
class Word:
    r"""A word as a token: its kind, its text, and whether \text{…} or its like holds it."""

    kind: str
    text: str
    is_text: bool


def worded(command: str, content: str, in_cases: bool) -> Word | None:
    """What the argument of a command of upright text is; None: a name in a font."""
    plain = " ".join(_unnested(content).replace("~", " ").split())
    word = plain.strip(" ,.:;").lower()
    is_prose = command in PROSE
    if command in _FONTS_OF_NAMES and not function_called(plain) and word not in CHOICES:
        return None
    if command in ("textbf", "textit", "emph") and len(plain) == 1:
        return None
    if word in CHOICES:
        return Word("UNKNOWN", word, False)
    if in_cases and word in CONDITION_WORDS:
        return Word(CONDITION_WORDS[word], plain, False)
    if word in JOINING_WORDS or command == "intertext" or not word:
        return Word("SEPARATOR", plain, False)
    if function_called(plain) and len(plain) > 1:
        return Word("FUNCTION", plain, is_prose)
    if re.fullmatch(r"[A-Za-z]{2,}", plain):
        return Word("LETTER", plain, is_prose)
    if re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+|[A-Za-z]+[0-9]+", plain):
        return None
    if is_prose:
        return Word("SEPARATOR", plain, False)
    return Word("UNKNOWN", plain, False) if "{" not in content else None


def _unnested(content: str) -> str:
    r"""\textit{gate} in \text{…} is gate."""
    inner = _INNER.fullmatch(content.strip())
    while inner:
        content = inner[1]
        inner = _INNER.fullmatch(content.strip())
    return content


def offered_choice(span: Span) -> NotationError:
    return NotationError(
        "S287", "a choice between two expressions has more than one reading", span,
        notes=("it may be the one before the word, or the one behind it",),
        help="keep one of them; the other is another cell",
    )  # fmt: skip


def is_text_word(spelled: str) -> bool:
    r"""Whether a name is spelled by \text{…} or its like, and nothing but it: no label, no time."""
    match = re.fullmatch(r"\\([a-z]+)\s*\{\s*[A-Za-z]{2,}\s*\}", spelled)
    return match is not None and match[1] in PROSE
