r"""What stands below, above or in brackets behind a name: labels, times, powers; and ℝ^{…}.

A label, a time, a transpose or a number is one token, whatever it is made of; an expression above a
name is many.
"""

from __future__ import annotations

import re

from symlstm.messages import NotationError, shortened
from symlstm.notation.advising import named_brace, odd_sign, raised_exponent
from symlstm.notation.alphabet import LETTER_PATTERN, LOWERED, MARK_PATTERN, RAISED
from symlstm.notation.commands import PROSE
from symlstm.notation.labels import is_label
from symlstm.notation.naming import is_transpose
from symlstm.notation.source import Source
from symlstm.notation.tokens import Lexeme, Scanner
from symlstm.notation.vocabulary import Notation

_LETTER, _MARK = LETTER_PATTERN, MARK_PATTERN
_RAISED = "".join(map(re.escape, RAISED))
_LOWERED = "".join(map(re.escape, LOWERED))
_REALS = re.compile(r"\s*(?:\{\s*R\s*\}|R(?![A-Za-z]))")
_SIZE_LABEL = re.compile(r"_[A-Za-z0-9]+")
_EULER = {"mathrm", "mathit"}
"""Fonts in which e is printed where it is Euler's number."""
_REMARK = re.compile(
    rf"\s*(?:\\(?:{'|'.join(sorted(PROSE))})\s*\{{[^{{}}]*\}}(?:\s|~|\\[,;: \\])*)+"
)
"""Words in prose, in one line or more."""
_WORD_AT_BRACE = re.compile(rf"\s*[_^]\s*\\(?:{'|'.join(sorted(PROSE))})\s*\{{[^{{}}]*\}}")
_NAME_ENDS = {"LETTER", "SUBSCRIPT", "SUPERSCRIPT", "PRIME", "RBRACE"}


class ScriptReader(Scanner):
    """Reads scripts, wherever the lexer finds one."""

    def __init__(self, source: Source, notation: Notation, as_latex: bool) -> None:
        super().__init__(source, notation, as_latex)
        self._time = rf"{re.escape(notation.time)}\s*(?:[+\-−]\s*\d+)?"

    def _time_in_brackets(self) -> None:
        """x(t), h(t-1): the time of Elman and of Hochreiter and Schmidhuber; x[t] in programs."""
        pattern = rf"\s*(?:\(\s*({self._time})\s*\)|\[\s*({self._time})\s*\])"
        if self._previous in _NAME_ENDS and (
            match := re.compile(pattern).match(self._text, self._position)
        ):
            start, self._position = match.start(), match.end()
            self._add("SUBSCRIPT", match[1] or match[2], start)

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
        if is_label(content, self._notation.time) and not self._is_exponent(content):
            self._add("SUPERSCRIPT", content, start)
            self._time_in_brackets()
            return
        self._position = behind
        self._add("SUP", content, start)

    def _brace(self, text: str, start: int) -> None:
        r"""\underbrace{a}_{\text{…}} is a; what is no word below the brace may be its name."""
        opening = re.compile(r"\s*(?=\{)").match(self._text, self._position)
        end = self._source.closing(opening.end()) if opening else -1
        if opening is None or end < 0:
            self._unknown(start, self._unclosed_script(self._position))
            return
        if (word := _WORD_AT_BRACE.match(self._text, end)) is not None:
            self._remarks[end] = word.end()
        elif (remark := re.compile(r"\s*[_^]\s*(?=\{)").match(self._text, end)) is not None:
            closing = self._source.closing(remark.end())
            content = self._text[remark.end() + 1 : closing - 1]
            if closing < 0 or _REMARK.fullmatch(content) is None:
                place = self._source.span(end, max(closing, end + 1))
                self._unknown(start, named_brace(text, content, place))
                return
            self._remarks[end] = closing
        self._position = opening.end() + 1
        self._add("LBRACE", text, start)

    def _is_exponent(self, content: str) -> bool:
        """Whether what could be a label stands above Euler's number: e^{x}, {\\rm e}^{x}.

        An e in bold or with an accent is a name, and so is one with a subscript, a time or ⊤.
        """
        before = [(lexeme.kind, lexeme.value) for lexeme in self._out[-4:]]
        while before and before[-1][0] == "RBRACE":
            before.pop()
        if before[-1:] != [("LETTER", "e")]:
            return False
        is_braced = self._previous == "RBRACE"
        style = before[-3:-1] if is_braced else before[-2:-1]
        if any(k == "ACCENT" or (k in ("FONT", "SWITCH") and v not in _EULER) for k, v in style):
            return False
        if is_transpose(content) and content != "T":
            return False
        closing = r"\s*\}?" if not is_braced and style[-1:] == [("LBRACE", "{")] else r"\s*"
        if re.compile(rf"{closing}\s*[_{_LOWERED}]").match(self._text, self._position):
            return False
        brackets = r"\(|\)|\[|\]|\\[lr]angle|<|>|\s"
        return not self._is_time(re.sub(brackets, "", content))

    def _on_raised(self, text: str, start: int) -> None:
        content = "".join(RAISED[c] for c in text)
        is_word = any(map(str.isalpha, content)) and content != "T"
        if is_word and self._is_exponent(content):
            span = self._source.span(start, self._position)
            self._unknown(start, raised_exponent(content, text, span))
            return
        self._add("SUPERSCRIPT", content, start)
        self._time_in_brackets()

    def _on_lowered(self, text: str, start: int) -> None:
        self._add("SUBSCRIPT", "".join(LOWERED[c] for c in text), start)

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
