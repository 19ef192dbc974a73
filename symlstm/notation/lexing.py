r"""Text → tokens, for LaTeX and for plain Unicode text alike.

A file is LaTeX if a backslash stands outside of its comments; otherwise it is plain text, where a
word is one name, what follows `_` is the whole label, and a new line begins a new equation. What
separates equations is found afterwards, by `layout`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from symlstm.messages import NotationError, shortened
from symlstm.notation.advising import odd_command, odd_sign
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
    CASES,
    CHARACTERS,
    DISPLAYS,
    FONTS,
    JOINING_WORDS,
    MATRICES,
    RELATIONS,
    SIGNS,
    SKIPPED,
    SKIPPED_WITH_ARGUMENT,
    SWITCHES,
    UPRIGHT,
)
from symlstm.notation.labels import is_label
from symlstm.notation.source import Source
from symlstm.notation.vocabulary import (
    OPERATORS,
    Notation,
    function_called,
    function_of_command,
)
from symlstm.notation.wording import CHOICES, offered_choice, worded

MAXIMUM_TOKENS = 10_000
MAXIMUM_WORD = 60
"""Letters that are looked at together: a run of them is gone through letter by letter in LaTeX."""


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

_REALS = re.compile(r"\s*(?:\{\s*R\s*\}|R(?![A-Za-z]))")
_SIZE_LABEL = re.compile(r"_[A-Za-z0-9]+")
_NAME_ENDS = {"LETTER", "SUBSCRIPT", "SUPERSCRIPT", "PRIME", "RBRACE"}


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


class _Lexer:
    def __init__(self, source: Source, notation: Notation, as_latex: bool) -> None:
        self._source = source
        self._text = source.text
        self._notation = notation
        self._is_latex = as_latex
        self._time = rf"{re.escape(notation.time)}\s*(?:[+\-−]\s*\d+)?"
        self._cases = 0
        self._arrays: list[str] = []
        self._position = 0
        self._out: list[Lexeme] = []

    def run(self) -> list[Lexeme]:
        while self._position < len(self._text):
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

    def _time_in_brackets(self) -> None:
        """x(t), h(t-1): the time of Elman and of Hochreiter and Schmidhuber; x[t] in programs."""
        pattern = rf"\s*(?:\(\s*({self._time})\s*\)|\[\s*({self._time})\s*\])"
        if self._previous in _NAME_ENDS and (
            match := re.compile(pattern).match(self._text, self._position)
        ):
            start, self._position = match.start(), match.end()
            self._add("SUBSCRIPT", match[1] or match[2], start)

    def _on_number(self, text: str, start: int) -> None:
        """A fraction without braces takes one digit a part: \\frac12."""
        before = [lexeme.kind for lexeme in self._out[-2:]]
        if "FRACTION" in before[-1:] or (before == ["FRACTION", "NUMBER"] and len(text) == 1):
            self._position = start + 1
            text = text[0]
        self._add("NUMBER", text, start)

    # Scripts.

    def _on_below(self, _text: str, start: int) -> None:
        behind = self._position
        content = self._script_content()
        if content is None:
            self._unknown(start, self._unclosed_script(behind))
            return
        if self._has_subscript():
            self._unknown(start, self._second_subscript(start, content))
            return
        self._add("SUBSCRIPT", content, start)
        if not self._is_latex:
            self._ambiguous_time(start)
        self._time_in_brackets()

    def _has_subscript(self) -> bool:
        """Whether one stands before; plain text may put a label before the time, W_x_t."""
        if self._previous != "SUBSCRIPT" or self._text[self._out[-1].start] != "_":
            return False
        return self._is_latex or self._is_time(self._out[-1].value)

    def _is_time(self, content: str) -> bool:
        return re.fullmatch(self._time, content) is not None

    def _second_subscript(self, start: int, content: str) -> NotationError:
        before = self._out[-1].value
        both = (content, before) if self._is_time(before) else (before, content)
        return NotationError(
            "S209", "two subscripts on one name", self._source.span(start, self._position),
            help=f"write one with a comma, as in _{{{shortened(','.join(both))}}}",
        )  # fmt: skip

    def _unclosed_script(self, position: int) -> NotationError | None:
        """The bracket behind _ or ^ has no end, or an odd letter stands there; None: neither."""
        bracket = re.compile(r"\s*([{(])").match(self._text, position)
        if bracket is None:
            end = min(position + 1, len(self._text))
            return odd_sign(self._text[position:end], self._source.span(position, end))
        return self._source.unclosed(*bracket.span(1), "}" if bracket[1] == "{" else ")")

    def _ambiguous_time(self, start: int) -> None:
        """h_t-1 in plain text: h_{t-1}, or h_t − 1."""
        name = self._out[-1].value
        pattern = re.compile(r"[-−]\d+(?![\w.])")
        if name == self._notation.time and (match := pattern.match(self._text, self._position)):
            self._position = match.end()
            time = f"{name}{match[0]}"
            start = self._out[-2].start if len(self._out) > 1 else start
            self._out[-1] = Lexeme("UNKNOWN", "", start, self._position, NotationError(
                "S241", f"{self._text[start : self._position]} has two readings",
                self._source.span(start, self._position),
                notes=("it may be the value at another time",
                       "it may be a difference from the value at this time"),
                help=f"write _{{{time}}} for the time; put a space before a minus",
            ))  # fmt: skip

    def _script_content(self) -> str | None:
        """What stands behind _ or ^: one character, one command, a word of plain text, {…}, (…)."""
        text, position = self._text, self._position
        while position < len(text) and text[position] in " \t\n":
            position += 1
        rest = text[position : position + 1]
        if rest in ("{", "("):
            end = self._source.closing(position)
            content = text[position + 1 : end - 1] if rest == "{" else text[position:end]
        else:
            letters = f"(?:{_LETTER}|[0-9]){_MARK}*"
            one = letters if self._is_latex else f"(?:{letters})+"
            single = re.compile(rf"\\[A-Za-z]+(?:\s*\{{[^{{}}]*\}})?|{one}|[*⊤]")
            match = single.match(text, position)
            end = match.end() if match else -1
            content = match[0] if match else ""
        if end < 0:
            return None
        self._position = end
        return content.strip()

    def _on_above(self, _text: str, start: int) -> None:
        """A label, a time, a transpose or a number is one token; an expression is many."""
        behind = self._position
        content = self._script_content()
        if content is None:
            self._unknown(start, self._unclosed_script(behind))
            return
        before = [lexeme.value for lexeme in self._out[-2:]]
        is_exponential = before[-1:] == ["e"] or before == ["e", "}"]
        if not is_exponential and is_label(content, self._notation.time):
            self._add("SUPERSCRIPT", content, start)
            self._time_in_brackets()
            return
        self._position = behind
        self._add("SUP", content, start)

    def _on_raised(self, text: str, start: int) -> None:
        self._add("SUPERSCRIPT", "".join(RAISED[c] for c in text), start)
        self._time_in_brackets()

    def _on_lowered(self, text: str, start: int) -> None:
        self._add("SUBSCRIPT", "".join(LOWERED[c] for c in text), start)

    # Spaces and signs.

    def _reals(self, command: str, start: int) -> bool:
        if command in ("mathbb", "mathbf"):
            match = _REALS.match(self._text, self._position)
            if not match or (command == "mathbf" and self._previous != "IN"):
                return False
            self._position = match.end()
        self._space(start)
        return True

    def _space(self, start: int) -> None:
        """ℝ and its exponent."""
        sizes = "1"
        raised = re.compile(f"[{_RAISED}]+").match(self._text, self._position)
        if raised:
            self._position = raised.end()
            sizes = "".join(RAISED[c] for c in raised[0]).replace("x", "×")
        elif match := re.compile(r"\s*\^").match(self._text, self._position):
            self._position = match.end()
            content = self._script_content()
            sizes = "" if content is None else content
            if not self._is_latex and (label := _SIZE_LABEL.match(self._text, self._position)):
                self._position = label.end()
                sizes += label[0]
            if sizes.startswith("(") and Source(sizes, "").closing(0) == len(sizes):
                sizes = sizes[1:-1]
        self._add("REALS", sizes, start)

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
