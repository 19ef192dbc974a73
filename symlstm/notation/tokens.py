"""Tokens, and where in a text a lexer stands that has found some of them."""

from __future__ import annotations

from dataclasses import dataclass

from symlstm.messages import NotationError
from symlstm.notation.advising import odd_sign
from symlstm.notation.source import Source
from symlstm.notation.vocabulary import Notation


@dataclass
class Lexeme:
    """A token and where it stands: text[start:end].

    Args:
        value: what the grammar needs of it.
        problem: the message if it cannot stand there.
        is_text: whether it is a word of \\text{…}, which may be a remark.
    """

    kind: str
    value: str
    start: int
    end: int
    problem: NotationError | None = None
    is_text: bool = False


class Scanner:
    """A text that is gone through once, and the tokens so far.

    Args:
        source: the text.
        notation: what it declares.
        as_latex: whether it is LaTeX, where a letter is a name.
    """

    def __init__(self, source: Source, notation: Notation, as_latex: bool) -> None:
        self._source = source
        self._text = source.text
        self._notation = notation
        self._is_latex = as_latex
        self._position = 0
        self._out: list[Lexeme] = []
        self._remarks: dict[int, int] = {}
        """Where remarks that are passed over begin, and their ends."""

    def _add(self, kind: str, value: str, start: int) -> None:
        self._out.append(Lexeme(kind, value, start, self._position))

    def _unknown(self, start: int, problem: NotationError | None = None) -> None:
        self._out.append(Lexeme("UNKNOWN", "", start, self._position, problem))

    def _odd(self, start: int) -> None:
        """A character that is none of the language, with what to write in its place."""
        text = self._text[start : self._position]
        self._unknown(start, odd_sign(text, self._source.span(start, self._position)))

    @property
    def _previous(self) -> str:
        return self._out[-1].kind if self._out else ""
