r"""What commands and words mean, and what a file declares about its own signs.

Elementwise functions are known by their records; a new record is known here at once. The signs
that papers use in several ways (`*`, `\times`, `\oplus`, …) mean nothing until a comment of the
file says so: `% notation: * = \odot`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from symlstm.functions import FUNCTIONS, ElementwiseFunction
from symlstm.messages import NotationError, Span, shortened
from symlstm.notation.alphabet import letter_of
from symlstm.notation.slips import is_slip

CONSTRUCTIONS = {
    "sqrt": "sqrt",
    "max": "max",
    "min": "min",
    "mean": "mean",
    "avg": "mean",
    "sum": "sum",
    "diag": "diag",
    "concat": "concat",
    "cat": "concat",
    "identity": "identity",
}
"""Functions that are no records: word → which."""

_SPELLINGS = {
    "sigm": "sigmoid",
    "logistic": "sigmoid",
    "ln": "log",
    "swish": "silu",
    "sgn": "sign",
    "heaviside": "step",
}

OPERATORS = {
    r"\odot": "HADAMARD",
    r"\circ": "HADAMARD",
    "∘": "HADAMARD",
    "⊙": "HADAMARD",
    r"\cdot": "CDOT",
    "·": "CDOT",
    "⋅": "CDOT",
    "*": "OPERATOR",
    r"\ast": "OPERATOR",
    "∗": "OPERATOR",
    r"\times": "OPERATOR",
    "×": "OPERATOR",
    r"\otimes": "OPERATOR",
    "⊗": "OPERATOR",
    r"\star": "OPERATOR",
    "⋆": "OPERATOR",
    r"\bullet": "OPERATOR",
    "•": "OPERATOR",
    r"\oplus": "OPERATOR",
    "⊕": "OPERATOR",
    r"\|": "NORM",
    r"\Vert": "NORM",
    r"\parallel": "OPERATOR",
    "‖": "NORM",
    ";": "SEMICOLON",
}
"""Signs between two expressions → the kind of token; OPERATOR: none before it is declared."""

_CANONICAL = {
    "∘": r"\circ",
    "⊙": r"\odot",
    "·": r"\cdot",
    "⋅": r"\cdot",
    r"\ast": "*",
    "∗": "*",
    "×": r"\times",
    "⊗": r"\otimes",
    "⋆": r"\star",
    "•": r"\bullet",
    "⊕": r"\oplus",
    r"\Vert": r"\|",
    r"\parallel": r"\|",
    "‖": r"\|",
}
_MEANINGS = {
    r"\odot": "HADAMARD",
    r"\circ": "HADAMARD",
    "elementwise": "HADAMARD",
    r"\cdot": "CDOT",
    "product": "CDOT",
    "concatenation": "CONCAT",
}

MAXIMUM_RENAMINGS = 100

_NOTATION = {
    sign: re.compile(
        rf"^(?:\\.|[^\n\\{sign}])*[{sign}]+[^\S\n]*notation[^\S\n]*:([^\n]*)$",
        re.MULTILINE | re.IGNORECASE,
    )
    for sign in ("%", "%#")
}
"""The comments that declare, wherever on a line they begin, by the signs that begin a comment."""
_WORD = re.compile(
    r"\\(?:operatorname\*?|mathrm|text|mathsf)\s*\{\s*([A-Za-z]+)\s*\}|\\?([A-Za-z]+)"
)
_KEY = re.compile(r"(\\?[^\W\d_]+[\u0300-\u036f]*)(?:_\{?([A-Za-z0-9]+)\}?)?")


@cache
def function_called(word: str) -> ElementwiseFunction | str | None:
    """The record or construction that a word names; None: it names none.

    >>> function_called("ReLU").name, function_called("sqrt"), function_called("LSTM")
    ('relu', 'sqrt', None)
    """
    lower = word.lower()
    if lower == "ln" != word:  # layer normalisation
        return None
    if lower in CONSTRUCTIONS:
        return CONSTRUCTIONS[lower]
    name = _SPELLINGS.get(lower, lower)
    return next((record for record in FUNCTIONS if record.name == name), None)


@cache
def function_of_command(command: str) -> ElementwiseFunction | None:
    r"""The record that a symbol such as `\sigma` stands for."""
    return next((record for record in FUNCTIONS if command in record.commands), None)


@cache
def function_meant(word: str) -> str:
    """What to write for a word that is no function: the one that is meant, or one of all.

    >>> function_meant("sigmiod")
    'did you mean sigmoid?'
    """
    names = [*(record.name for record in FUNCTIONS), "sqrt", "max", "min"]
    close = next((name for name in names if is_slip(word.lower(), name)), None)
    return f"did you mean {close}?" if close else f"known are {', '.join(names)}"


Sign = tuple[str, str]
"""The kind and the value of a token."""


@dataclass(frozen=True)
class Renaming:
    """A comment `% notation: left = right` whose sides are names, not read yet.

    Args:
        function: what the right side is if it is no name.
        problem: the message if the sides are no names.
    """

    left: str
    right: str
    function: Any
    problem: NotationError


@dataclass
class Notation:
    """What a file declares: signs, functions called by letters, the letter of time.

    Args:
        signs: sign → the kind of token that it is.
        functions: ASCII name → the function that is called so.
        time: the letter of time.
        is_elementwise: whether two columns side by side are multiplied entry by entry.
        has_inverses: whether a^{-1} is one over every entry.
        adds_to_entries: whether a number that is added to a matrix is added to every entry, in a
            product of matrices too, where it may stand for a multiple of the identity.
        step: the letter of time if the step is called t+1, so that h_{t+1} is what it computes;
            with it, the message if that is no letter of time.
        renamings: the declarations about names, which `declaring` reads.
        names: an ASCII name and its time, relative to t or none → what it is called instead.
        phrases: several signs that are one name → the signs that are read in their place.
    """

    signs: dict[str, str] = field(default_factory=dict[str, str])
    functions: dict[str, Any] = field(default_factory=dict[str, Any])
    time: str = "t"
    is_elementwise: bool = False
    has_inverses: bool = False
    adds_to_entries: bool = False
    step: tuple[str, NotationError] | None = None
    renamings: list[Renaming] = field(default_factory=list[Renaming])
    names: dict[tuple[str, int | None], Any] = field(
        default_factory=dict[tuple[str, "int | None"], Any]
    )
    phrases: dict[tuple[Sign, ...], tuple[Sign, ...]] = field(
        default_factory=dict[tuple[Sign, ...], tuple[Sign, ...]]
    )

    def token_of(self, sign: str) -> str:
        """The kind of token that a sign is in this file."""
        return self.signs.get(_CANONICAL.get(sign, sign)) or OPERATORS[sign]


def read_notation(text: str, file: str, comments: str = "%") -> Notation:
    r"""The comments `% notation: left = right` of a file.

    Args:
        comments: the signs that begin a comment: `%`, and `#` in plain text.
    Raises:
        NotationError: one of them declares nothing that is known (S240).
    """
    notation = Notation()
    for match in _NOTATION[comments].finditer(text):
        start = text.rfind("\n", 0, match.start(1)) + 1
        content = text[start:].split("\n", 1)[0]
        position = match.start(1)
        for part in _at_commas(match[1]):
            told = part.strip()
            column = position + len(part) - len(part.lstrip()) - start + 1
            line = text.count("\n", 0, position) + 1
            problem = _no_notation(told, Span(file, line, column, max(1, len(told)), content))
            if not _declare(notation, told, problem):
                raise problem
            if len(notation.renamings) > MAXIMUM_RENAMINGS:
                raise NotationError(
                    "S285", f"a file renames at most {MAXIMUM_RENAMINGS} names",
                    *problem.message.spans,
                    help="call them in the equations as they are called here",
                )  # fmt: skip
            position += len(part) + 1
    if notation.step is not None and notation.step[0] != notation.time:
        raise notation.step[1]
    return notation


def _at_commas(text: str) -> list[str]:
    """The parts of a text between its commas, those in braces aside."""
    parts: list[str] = []
    depth = start = 0
    for position, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _no_notation(told: str, span: Span) -> NotationError:
    return NotationError(
        "S240", f"{shortened(told) or 'nothing'} declares no notation", span,
        notes=(
            r"a sign is \odot, \cdot or concatenation, as in % notation: * = \odot",
            r"a letter is a function, as in % notation: \phi = \tanh",
            r"a name is another name, as in % notation: z = z_t",
            "the time is a letter, as in % notation: time = n",
            "the step is its time, or one step ahead, as in % notation: step = t+1",
        ),
    )  # fmt: skip


def _declare(notation: Notation, text: str, problem: NotationError) -> bool:
    left, equals, right = (part.strip() for part in text.partition("="))
    if left == "time":
        notation.time = right
        return re.fullmatch(r"[A-Za-z]|\\tau|τ", right) is not None
    if left == "step":
        step = re.fullmatch(r"([A-Za-z]|\\tau|τ)\s*\+\s*1", right)
        notation.step = (step[1], problem) if step else None
        return notation.step is not None
    if left == "^{-1}":
        notation.has_inverses = _meaning(right) == "HADAMARD"
        return notation.has_inverses
    if left == "+":
        notation.adds_to_entries = _meaning(right) == "HADAMARD"
        return notation.adds_to_entries
    if left == "juxtaposition":
        notation.is_elementwise = _meaning(right) == "HADAMARD"
        return notation.is_elementwise
    if left in OPERATORS:
        notation.signs[_CANONICAL.get(left, left)] = meaning = _meaning(right)
        return bool(meaning)
    function = _function_told(right)
    key = _KEY.fullmatch(left)
    letter = letter_of(key[1]) if key else None
    if function and key and letter:
        notation.functions[letter.ascii + (f"_{key[2]}" if key[2] else "")] = function
        return True
    notation.renamings.append(Renaming(left, right, function, problem))
    return bool(left and equals and right)


def _meaning(right: str) -> str:
    """The kind of token that the right side of a declaration names; "": none."""
    return _MEANINGS.get(_CANONICAL.get(right, right), "")


def _function_told(right: str) -> ElementwiseFunction | str | None:
    """The function that the right side of a declaration names."""
    if right in ("σ", r"\sigma"):
        return function_called("sigmoid")
    if right == "affine":
        return right
    word = _WORD.fullmatch(right)
    return function_of_command(right) or (
        function_called(word[1] or word[2]) if word is not None else None
    )
