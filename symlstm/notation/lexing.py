r"""Text → tokens, for LaTeX and for plain Unicode text alike.

A file is LaTeX if a backslash stands outside of its comments; otherwise it is plain text, where a
word is one name, what follows `_` is the whole label, and a new line begins a new equation. What
separates equations is found afterwards, by `layout`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from symlstm.messages import NotationError
from symlstm.notation.advising import difference, odd_command
from symlstm.notation.alphabet import (
    ACCENT_SPELLINGS,
    ACCENTS,
    LETTER_PATTERN,
    LETTERS,
    LOWERED,
    MARK_PATTERN,
    RAISED,
    letter_of,
)
from symlstm.notation.commands import (
    BRACES,
    CASES,
    CHARACTERS,
    DISPLAYS,
    FONTS,
    JOINING_WORDS,
    MARKED,
    MATRICES,
    RELATIONS,
    SIGNS,
    SKIPPED,
    SKIPPED_WITH_ARGUMENT,
    SWITCHES,
    UPRIGHT,
)
from symlstm.notation.scripts import ScriptReader
from symlstm.notation.source import Source
from symlstm.notation.tokens import Lexeme
from symlstm.notation.vocabulary import (
    OPERATORS,
    Notation,
    function_called,
    function_of_command,
)
from symlstm.notation.wording import CHOICES, offered_choice, worded

MAXIMUM_TOKENS = 8000
"""So many are read in a second, whatever they are; a cell has a few hundred."""
MAXIMUM_WORD = 60
"""Letters that are looked at together: a run of them is gone through letter by letter in LaTeX."""


_LETTER, _MARK = LETTER_PATTERN, MARK_PATTERN
_RAISED = "".join(map(re.escape, RAISED))
_LOWERED = "".join(map(re.escape, LOWERED))
_PATTERN = re.compile(
    rf"""
    (?P<comment>%[^\n]*) | (?P<newline>\n) | (?P<space>[^\S\n]+|~)
  | (?P<row>\\\\\*?(?:[^\S\n]*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in|mu)\s*\])?)
  | (?P<environment>\\(?:begin|end)\s*\{{[A-Za-z]+\*?\}})
  | (?P<command>\\[A-Za-z]+) | (?P<escaped>\\.)
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<below>_) | (?P<above>\^) | (?P<raised>[{_RAISED}]+) | (?P<lowered>[{_LOWERED}]+)
  | (?P<word>(?:{_LETTER}{_MARK}*){{1,{MAXIMUM_WORD}}})
  | (?P<sign>:=|\$\$|.)
    """,
    re.VERBOSE,
)
_ONE_LETTER = re.compile(f"{_LETTER}{_MARK}*")


def is_latex(text: str) -> bool:
    r"""Whether a backslash stands outside of the comments.

    >>> is_latex(r"h_t = \tanh(c_t)"), is_latex("h_t = tanh(c_t) % not \\tanh")
    (True, False)
    """
    return "\\" in re.sub(r"(?<!\\)[%#][^\n]*", "", text)


def lex(source: Source, notation: Notation, as_latex: bool | None = None) -> list[Lexeme]:
    """All tokens of a text but spacing; new lines are tokens of plain text only.

    Args:
        as_latex: whether the text is LaTeX; None: the text tells.
    """
    return _Lexer(source, notation, is_latex(source.text) if as_latex is None else as_latex).run()


class _Lexer(ScriptReader):
    def __init__(self, source: Source, notation: Notation, as_latex: bool) -> None:
        super().__init__(source, notation, as_latex)
        self._cases = 0
        self._arrays: list[str] = []

    def run(self) -> list[Lexeme]:
        while self._position < len(self._text):
            if self._position in self._remarks:
                self._position = self._remarks.pop(self._position)
                continue
            if self._text[self._position] == "#" and not self._is_latex:
                end = self._text.find("\n", self._position)
                self._position = end if end >= 0 else len(self._text)
                continue
            match = _PATTERN.match(self._text, self._position)
            assert match is not None
            assert match.lastgroup is not None
            start, self._position = self._position, match.end()
            handle: Callable[[str, int], None] = getattr(self, "_on_" + match.lastgroup)
            handle(match[0], start)
            if self._previous == "UNKNOWN":
                break
            if len(self._out) > MAXIMUM_TOKENS:
                raise NotationError(
                    "S285", f"an equations file has at most {MAXIMUM_TOKENS} names and signs",
                    self._source.span(start, self._position),
                    help="a cell is a handful of equations; keep other text out of the file",
                )  # fmt: skip
        return self._out

    # Layout.

    def _on_comment(self, _text: str, _start: int) -> None:
        """Nothing."""

    _on_space = _on_comment

    def _on_newline(self, text: str, start: int) -> None:
        if not self._is_latex and self._previous != "NEWLINE":
            self._add("NEWLINE", text, start)

    def _on_row(self, text: str, start: int) -> None:
        self._add("ROW", text, start)

    def _on_environment(self, text: str, start: int) -> None:
        name = text[text.index("{") + 1 : -1].rstrip("*")
        begins = text.startswith(r"\begin")
        if name == "array":
            name = self._array(begins)
        if begins and name in DISPLAYS | MATRICES:
            self._skip_columns(name)
        if name in DISPLAYS:
            if begins and self._previous == "LSET":  # a brace before a system of equations
                self._out.pop()
            self._add("SEPARATOR", text, start)
        elif name in MATRICES or name in CASES:
            kind = "MATRIX" if name in MATRICES else "CASES"
            self._cases += (kind == "CASES") * (1 if begins else -1)
            self._add(f"{kind}_{'BEGIN' if begins else 'END'}", name, start)
        else:
            self._odd(start)

    def _array(self, begins: bool) -> str:
        """What an array is: a matrix in brackets, cases behind \\{, and otherwise a display."""
        if not begins:
            return self._arrays.pop() if self._arrays else "aligned"
        self._arrays.append({"LPAR": "matrix", "LBRACK": "matrix", "LSET": "cases"}.get(
            self._previous, "aligned"
        ))  # fmt: skip
        if self._arrays[-1] == "cases":
            self._out.pop()
        self._skip_position()
        self._skip_argument()
        return self._arrays[-1]

    def _skip_columns(self, name: str) -> None:
        if name in ("alignat", "alignedat"):
            self._skip_argument()
        self._skip_position()

    def _skip_position(self) -> None:
        """[t]"""
        if match := re.compile(r"\[[tbc]\]").match(self._text, self._position):
            self._position = match.end()

    # Commands.

    def _on_command(self, text: str, start: int) -> None:
        command = text[1:]
        if command in SKIPPED:
            if command in ("left", "right"):
                self._skip_empty_fence()
        elif command in SKIPPED_WITH_ARGUMENT:
            self._skip_argument()
        elif (
            command in ("mathbb", "mathbf", "R", "RR", "reals", "Reals")
            and self._reals(command, start)
        ) or (command in UPRIGHT and self._word(command, start)):
            return
        elif command in BRACES:
            self._brace(text, start)
        elif command in MARKED:
            self._marked(text, start)
        elif text in OPERATORS:
            self._operator(text, start)
        elif command in SIGNS:
            self._add(SIGNS[command], RELATIONS.get(command, text), start)
        elif command in LETTERS:
            self._letter(text, start)
        elif command in ACCENTS or command in ACCENT_SPELLINGS:
            self._add("ACCENT", ACCENT_SPELLINGS.get(command, command), start)
        elif command in FONTS:
            self._add("FONT", FONTS[command], start)
        elif command in SWITCHES:
            self._add("SWITCH", SWITCHES[command], start)
        elif function_of_command(text) or function_called(command):
            self._function(command, start)
        else:
            self._unknown(start, odd_command(text, self._source.span(start, self._position)))

    def _function(self, word: str, start: int) -> None:
        self._add("FUNCTION", word, start)

    def _marked(self, text: str, start: int) -> None:
        r"""\overset{\text{def}}{=} defines like = alone."""
        self._skip_argument()
        match = re.compile(r"\s*(?:\{\s*=\s*\}|=)").match(self._text, self._position)
        if match is None:
            self._position = start + len(text)
            self._unknown(start, odd_command(text, self._source.span(start, self._position)))
            return
        self._position = match.end()
        self._add("DEFINE", "=", start)

    def _skip_empty_fence(self) -> None:
        if match := re.compile(r"\s*\.").match(self._text, self._position):
            self._position = match.end()

    def _skip_argument(self) -> None:
        if match := re.compile(r"\*?\s*(?=\{)").match(self._text, self._position):
            end = self._source.closing(match.end())
            self._position = end if end > 0 else len(self._text)

    def _on_escaped(self, text: str, start: int) -> None:
        if text == r"\|":
            self._operator(text, start)
        elif text in (r"\{", r"\}"):
            self._add("LSET" if text == r"\{" else "RSET", text, start)
        elif text in (r"\[", r"\]", r"\(", r"\)"):
            self._add("SEPARATOR", text, start)
        elif text not in (r"\,", r"\;", r"\:", r"\!", r"\ ", r"\/", "\\\n", r"\>", r"\-"):
            self._unknown(start)

    def _word(self, command: str, start: int) -> bool:
        r"""\text{…} and its like: a function, a word between equations, or a name of letters."""
        match = re.compile(r"\*?\s*(?=\{)").match(self._text, self._position)
        end = self._source.closing(match.end()) if match else -1
        if match is None or end < 0:
            return False
        word = worded(command, self._text[match.end() + 1 : end - 1], self._cases > 0)
        if word is None:
            return False
        self._position = end
        if word.text.lower() in CHOICES:
            self._unknown(start, offered_choice(self._source.span(start, end)))
            return True
        self._out.append(Lexeme(word.kind, word.text, start, end, None, word.is_text))
        return True

    # Names and numbers.

    def _letter(self, text: str, start: int) -> None:
        if letter_of(text) is None:
            if text[0] == "Δ" and not self._is_latex:
                self._unknown(start, difference(text, self._source.span(start, self._position)))
            else:
                self._odd(start)
            return
        self._add("LETTER", text, start)
        self._time_in_brackets()

    def _on_word(self, text: str, start: int) -> None:
        first = _ONE_LETTER.match(text)
        assert first is not None
        if self._is_latex or first.end() == len(text):
            self._position = start + first.end()
            self._letter(first[0], start)
        elif text.lower() in JOINING_WORDS:
            self._add("SEPARATOR", text, start)
        elif text.lower() in CHOICES:
            self._unknown(start, offered_choice(self._source.span(start, self._position)))
        elif function_called(text):
            self._function(text, start)
        else:
            self._letter(text, start)

    def _on_number(self, text: str, start: int) -> None:
        """A fraction without braces takes one digit a part: \\frac12."""
        before = [lexeme.kind for lexeme in self._out[-2:]]
        if "FRACTION" in before[-1:] or (before == ["FRACTION", "NUMBER"] and len(text) == 1):
            self._position = start + 1
            text = text[0]
        self._add("NUMBER", text, start)

    # Spaces and signs.

    def _is_heading(self) -> bool:
        r"""\text{input gate}: before an equation."""
        *before, last = self._out or [Lexeme("", "", 0, 0)]
        is_first = not before or before[-1].kind in ("ROW", "SEPARATOR", "AMP", "QUAD")
        return last.kind == "SEPARATOR" or (last.is_text and is_first)

    def _operator(self, text: str, start: int) -> None:
        self._add(self._notation.token_of(text), text, start)

    def _on_sign(self, text: str, start: int) -> None:
        if text == "ℝ":
            self._space(start)
        elif text in OPERATORS:
            self._operator(text, start)
        elif text == "√":
            self._function("sqrt", start)
        elif text in CHARACTERS:
            self._add(CHARACTERS[text], text, start)
            if text == "}" or text in "'′’":
                self._time_in_brackets()
        elif text == ":" and self._is_heading():
            self._out[-1].kind = "SEPARATOR"
        else:
            self._odd(start)
