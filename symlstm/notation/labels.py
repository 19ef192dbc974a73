r"""Which superscripts are labels, times and transposes: `(l)`, `t-1`, `\top`.

What is none of them is an expression, and is read as one.
"""

from __future__ import annotations

import re
from functools import cache

from symlstm.notation.alphabet import (
    ACCENT_SPELLINGS,
    ACCENTS,
    LETTER_PATTERN,
    LETTERS,
    MARK_PATTERN,
)

MAXIMUM_LABEL = 200


def is_label(content: str, time: str) -> bool:
    """Whether a superscript is a label, a time, a transpose or a number, and no expression."""
    pattern = _label_pattern(time)
    return len(content) <= MAXIMUM_LABEL and all(
        pattern.fullmatch(part.strip()) for part in content.split(",")
    )


_ACCENTED = "|".join([*ACCENTS, *ACCENT_SPELLINGS])
_LETTERED = "|".join([*LETTERS, "top", "intercal", "prime", "star", "ast", "dagger"])
_PART = (
    r"(?:\\(?:text|mathrm|mathsf|mathbf|textrm|mathit|operatorname)\s*\{[A-Za-z0-9 ]*\}"
    rf"|\\(?:{_ACCENTED})(?:\s*\{{[A-Za-z]\}}|\s+[A-Za-z](?![A-Za-z]))"
    rf"|\\(?:{_LETTERED})(?![A-Za-z])|[A-Za-z0-9]+|{LETTER_PATTERN}{MARK_PATTERN}*|[⊤*'′+])"
)


@cache
def _label_pattern(time: str) -> re.Pattern[str]:
    shifted = rf"(?:{_PART}|[a-z]\s*[+\-−]\s*\d+|{re.escape(time)}\s*[+\-−]\s*\d+)"
    bracketed = rf"(?:\(\s*{shifted}\s*\)|\\langle\s*{shifted}\s*\\rangle|<\s*{shifted}\s*>)"
    return re.compile(rf"(?:{shifted}|{bracketed})(?:\s*(?:\\top|⊤|\\prime))*")
