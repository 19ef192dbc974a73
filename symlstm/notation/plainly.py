r"""Messages about a file of plain Unicode text, in its own notation.

A backslash makes a file LaTeX, in which a new line means nothing: whoever follows a help that says
`\odot` in a file of plain text gets another message. So what messages say in LaTeX is said to such
a file in Unicode; what has no such spelling, as a matrix of blocks, stays in LaTeX.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from symlstm.messages import Message
from symlstm.notation.alphabet import ACCENTS, LETTERS

_SIGNS = {
    "in": "∈", "odot": "∘", "circ": "∘", "cdot": "·", "times": "×", "otimes": "⊗", "oplus": "⊕",
    "star": "⋆", "bullet": "•", "top": "⊤", "le": "≤", "ge": "≥", "coloneqq": "≔", "sum": "∑",
    "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "parallel": "‖", "dots": "…",
    "forall": "∀",
}  # fmt: skip
_WORDS = {"tanh", "exp", "log", "ln", "max", "min", "softplus"}
_ACCENTS = "|".join(sorted(ACCENTS, key=len, reverse=True))
_LETTER = re.compile(r"\w|…")


def in_plain_text(message: Message) -> Message:
    """The same message with what it says in LaTeX in Unicode; its excerpts stay as they are."""
    return replace(
        message,
        text=plainly(message.text),
        notes=tuple(map(plainly, message.notes)),
        help=plainly(message.help),
    )


def plainly(text: str) -> str:
    r"""A text whose LaTeX is written in Unicode, or as it is, if some of it cannot be.

    >>> plainly(r"declare \alpha \in \mathbb{R}, or \mathbb{R}^{H \times H}")
    'declare α ∈ ℝ, or ℝ^(H×H)'
    >>> plainly(r"W^\top fits; write \frac{1}{\sqrt{d}}"), plainly(r"\begin{bmatrix}")
    ('Wᵀ fits; write 1 / (√(d))', '\\begin{bmatrix}')
    """
    if "\\" not in text:
        return text
    changed = text
    for pattern, replacement in _RULES:
        changed = re.sub(pattern, replacement, changed)
    return text if "\\" in changed else unicodedata.normalize("NFC", changed)


def _space(match: re.Match[str]) -> str:
    sizes = re.sub(r"\s*\\times\s*", "×", match[1] or "")
    if not sizes:
        return "ℝ"
    return f"ℝ^{sizes}" if _LETTER.fullmatch(sizes) else f"ℝ^({sizes})"


def _quotient(match: re.Match[str]) -> str:
    top, bottom = (part if part.isalnum() else f"({part})" for part in match.groups())
    return f"{top} / {bottom}"


def _accented(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match[2] + ACCENTS[match[1]])


def _command(match: re.Match[str]) -> str:
    word = match[1]
    return LETTERS.get(word) or _SIGNS.get(word) or (word if word in _WORDS else match[0])


_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\\mathbb\s*\{R\}(?:\^\{([^{}]*)\})?", _space),
    (r"\\(?:operatorname|mathrm|mathbf|boldsymbol|text)\s*\{([^{}]*)\}", r"\1"),
    (rf"\\({_ACCENTS})\s*\{{?([^\W\d_])\}}?", _accented),
    (r"\\tag\{1\}", "(1) before it"),
    (r"\^\{?\\top\}?(?![A-Za-z])", "ᵀ"),
    (r"\\sqrt\{([^{}]*)\}", r"√(\1)"),
    (r"\\frac\{([^{}]*)\}\{([^{}]*)\}", _quotient),
    (r"\\\\", "a new line"),
    (r"\\([|{}])", r"\1"),
    (r"\\([A-Za-z]+)", _command),
)  # fmt: skip
"""In their order: what holds other LaTeX comes behind it."""
