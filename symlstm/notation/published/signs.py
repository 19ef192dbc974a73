r"""How a published derivation writes an adjoint, and where it does.

Papers write the gradient of the loss with respect to c_t as `\delta c^t`, `\delta_c^t`, `dc_t`,
`\mathrm{d}c_t`, `\frac{\partial L}{\partial c_t}`, `\nabla_{c_t} L` or, if the file says so,
`\bar c_t`. Whatever it is, here it becomes one accent over the name, `adjoint`, and what the loss
of one step gives directly, `\frac{\partial L_t}{\partial h_t}`, the accent `given`.

A text is changed only by characters of the same number, so that every message points at what was
written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from symlstm.messages import NotationError
from symlstm.notation.alphabet import ADJOINT, GIVEN, letter_of
from symlstm.notation.source import Source
from symlstm.notation.tokens import Lexeme

_LOSS = r"(?:\\math(?:cal|scr|bb|rm)(?:\s*\{\s*[A-Z]\s*\}|\s+[A-Z])|\\ell(?![A-Za-z])|[A-Z]|ℓ)"
_STEP = r"(?P<step>\s*(?:_|\^)\s*(?:\{\s*\(?t\)?\s*\}|t))?"
_QUOTIENTS = (
    re.compile(
        rf"\\[dt]?frac\s*\{{\s*\\partial\s*(?:\{{\s*{_LOSS}\s*\}}|{_LOSS}){_STEP}\s*\}}"
        r"\s*(?P<open>\{)\s*\\partial(?![A-Za-z])\s*"
    ),
    re.compile(rf"\\partial\s*{_LOSS}{_STEP}\s*/\s*\\partial(?![A-Za-z])\s*"),
    re.compile(rf"\\nabla\s*_\s*(?P<open>\{{)(?=[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*\}}\s*{_LOSS})"),
)
_BEHIND_NABLA = re.compile(rf"\s*{_LOSS}(?![A-Za-z])")
_PLAIN_QUOTIENT = re.compile(rf"∂{_LOSS}(?P<step>_t)?/∂(?=\w)")
_PLAIN_DELTA = re.compile(r"(?<![^\W_])δ(?=[^\W\d_])")
_ACCENT_LENGTH = len(r"\bar")

_BEGINS_NAME = {"LETTER", "ACCENT", "FONT"}
_DECLARED = re.compile(r"^[^\S\n]*%[^\S\n]*adjoint:([^\n]*)$", re.MULTILINE)


@dataclass
class Signs:
    """A text in which every adjoint begins with a token of its own.

    Args:
        text: the text, of the length of what was written.
        marked: the places where such a token begins, and the accent that it is.
        turned: the places of brackets that were ⟨ and ⟩.
        is_bar: whether a bar marks an adjoint, as the file says.
    """

    text: str
    marked: dict[int, str] = field(default_factory=dict[int, str])
    turned: set[int] = field(default_factory=set[int])
    is_bar: bool = False


def signs_of(text: str, is_latex: bool) -> Signs:
    r"""What marks the adjoints in a text.

    >>> signs_of(r"\frac{\partial L}{\partial c_t} = 1", True).text
    '\\bar                       c_t  = 1'
    """
    found = Signs(text)
    declared = " ".join(_DECLARED.findall(text))
    found.is_bar = r"\bar" in declared or r"\overline" in declared
    if is_latex:
        for pattern in _QUOTIENTS:
            _replace_quotients(found, pattern)
        for angle, bracket in ((r"\langle", r"\left["), (r"\rangle", r"\right]")):
            for match in re.finditer(re.escape(angle) + "(?![A-Za-z])", found.text):
                found.turned.add(match.start() + len(bracket) - 1)
                found.text = _put(found.text, match.start(), bracket, len(angle))
        return found
    for match in _PLAIN_QUOTIENT.finditer(found.text):
        found.text = _put(found.text, match.start(), " " * (len(match[0]) - 1) + "d", len(match[0]))
        found.marked[match.end() - 1] = GIVEN if match["step"] else ADJOINT
    for match in _PLAIN_DELTA.finditer(found.text):
        found.text = _put(found.text, match.start(), "d", 1)
        found.marked[match.start()] = ADJOINT
    for angle, bracket in (("⟨", "["), ("⟩", "]")):
        for match in re.finditer(angle, found.text):
            found.turned.add(match.start())
            found.text = _put(found.text, match.start(), bracket, 1)
    return found


def _replace_quotients(found: Signs, pattern: re.Pattern[str]) -> None:
    while match := pattern.search(found.text):
        groups = match.groupdict()
        text = found.text
        if groups.get("open"):
            end = Source(text, "").closing(match.start("open"))
            if end < 0:
                return
            text = _put(text, end - 1, " ", 1)
            behind = _BEHIND_NABLA.match(text, end) if "step" not in groups else None
            if behind:
                text = _put(text, behind.start(), " " * len(behind[0]), len(behind[0]))
        found.marked[match.start()] = GIVEN if groups.get("step") else ADJOINT
        found.text = _put(text, match.start(), r"\bar".ljust(len(match[0])), len(match[0]))


def _put(text: str, start: int, new: str, length: int) -> str:
    return text[:start] + new.ljust(length) + text[start + length :]


def statements_in(lexemes: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """The tokens of each statement, without what separates them."""
    found: list[list[Lexeme]] = [[]]
    for lexeme in lexemes:
        if lexeme.kind == "SEPARATOR":
            found.append([])
        else:
            found[-1].append(lexeme)
    return [statement for statement in found if statement]


def with_accents(lexemes: Sequence[Lexeme], signs: Signs, time: str) -> list[Lexeme]:
    r"""The tokens with one accent for each adjoint: `\delta c^t`, `dc_t`, `\delta_c^t`."""
    found: list[Lexeme] = []
    place = 0
    while place < len(lexemes):
        taken, place = _accented(lexemes, place, signs, time)
        found += taken
    return found


def _accented(
    lexemes: Sequence[Lexeme], place: int, signs: Signs, time: str
) -> tuple[list[Lexeme], int]:
    lexeme = lexemes[place]
    following = lexemes[place + 1] if place + 1 < len(lexemes) else Lexeme("", "", 0, 0)
    accent = signs.marked.get(lexeme.start)
    if lexeme.kind == "ACCENT":
        is_adjoint = accent or (signs.is_bar and lexeme.value == "bar" and ADJOINT)
        return [replace(lexeme, value=is_adjoint) if is_adjoint else lexeme], place + 1
    if lexeme.kind == "FONT" and _spells_d(lexemes[place : place + 5]):
        return [replace(lexeme, kind="ACCENT", value=ADJOINT)], place + 4
    if lexeme.kind != "LETTER":
        return [lexeme], place + 1
    if lexeme.value in (r"\delta", "δ", "d"):
        if following.kind in _BEGINS_NAME:
            return [replace(lexeme, kind="ACCENT", value=accent or ADJOINT)], place + 1
        if lexeme.value != "d" and following.kind == "SUBSCRIPT":
            return _labelled(lexeme, following, time), place + 2
    if accent or _is_adjoint_word(lexeme.value):
        return [
            Lexeme("ACCENT", accent or ADJOINT, lexeme.start, lexeme.start + 1),
            replace(lexeme, value=lexeme.value[1:], start=lexeme.start + 1),
        ], place + 1
    return [lexeme], place + 1


def _is_adjoint_word(word: str) -> bool:
    """dc, dW, dh̃ of plain text, where a longer word is a name of its own: decay."""
    letters = [c for c in word[1:] if not unicodedata.combining(c)]
    return word[:1] == "d" and 0 < len(letters) <= 2 and letter_of(word[1:]) is not None


def _spells_d(lexemes: Sequence[Lexeme]) -> bool:
    r"""\mathrm{d} before a name."""
    kinds = [lexeme.kind for lexeme in lexemes]
    return (
        kinds[:4] == ["FONT", "LBRACE", "LETTER", "RBRACE"]
        and lexemes[2].value == "d"
        and len(kinds) == 5
        and kinds[4] in _BEGINS_NAME
    )


def _labelled(letter: Lexeme, label: Lexeme, time: str) -> list[Lexeme]:
    r"""\delta_c, \delta_{c,t}, \delta_{c_t}: the label is the name."""
    match = re.fullmatch(r"\s*(\\?[A-Za-z]+)\s*(?:[,_]\s*(.*?))?\s*", label.value, re.DOTALL)
    if match is None or match[1] == time or letter_of(match[1]) is None:
        return [letter, label]
    rest = match[2].strip("{}") if match[2] else ""
    return [
        replace(letter, kind="ACCENT", value=ADJOINT),
        replace(label, kind="LETTER", value=match[1]),
        *([replace(label, value=rest)] if rest else []),
    ]


@dataclass
class Gathered:
    """What stands around the terms of an equation for a gradient.

    Args:
        first, last: the bounds of the sum over time, as written; None: there is no sum.
        primed: where the functions begin whose derivative is meant.
    """

    lexemes: list[Lexeme]
    first: str | None = None
    last: str | None = None
    primed: set[int] = field(default_factory=set[int])


def gathered(source: Source, lexemes: Sequence[Lexeme], time: str, signs: Signs) -> Gathered:
    """An equation for a gradient without its sums over time and the batch, its ⟨a, b⟩ and primes.

    Raises:
        NotationError: two sums over time have different bounds (S343).
    """
    found = Gathered([])
    place = 0
    while place < len(lexemes):
        lexeme = lexemes[place]
        kind = lexemes[place + 1].kind if place + 1 < len(lexemes) else ""
        if lexeme.kind == "SUM" and kind == "SUBSCRIPT":
            behind = _behind_sum(source, lexemes, place, time, found)
            if behind > place:
                place = behind
                continue
        if kind == "PRIME" and lexeme.kind in ("LETTER", "FUNCTION") and _is_called(
            lexemes[place + 2 :]
        ):  # fmt: skip
            found.primed.add(lexeme.start)
            found.lexemes.append(lexeme)
            place += 2
            continue
        found.lexemes.append(lexeme)
        place += 1
    found.lexemes = _outer_products(found.lexemes, signs)
    return found


def _is_called(lexemes: Sequence[Lexeme]) -> bool:
    return bool(lexemes) and lexemes[0].kind == "LPAR"


def _behind_sum(
    source: Source, lexemes: Sequence[Lexeme], place: int, time: str, found: Gathered
) -> int:
    """The place behind a sum over time or the batch; the place itself of any other."""
    index, _, first = (part.strip() for part in lexemes[place + 1].value.partition("="))
    if index not in (time, "b", "n"):
        return place
    last, behind = _above_sum(lexemes, place + 2)
    if index == time:
        bounds = (first.replace(" ", ""), last)
        if found.first is not None and (found.first, found.last) != bounds:
            raise NotationError(
                "S343", "two sums over time in one equation have different bounds",
                source.span(lexemes[place].start, lexemes[place].end),
                help="write one sum over all terms",
            )  # fmt: skip
        found.first, found.last = bounds
    return behind


def _above_sum(lexemes: Sequence[Lexeme], place: int) -> tuple[str, int]:
    """What stands above a sum sign, if anything, and the place behind it."""
    kind = lexemes[place].kind if place < len(lexemes) else ""
    end = place
    if kind == "SUPERSCRIPT":
        end = place + 1
    elif kind == "SUP":
        end = place + 2
        while end < len(lexemes) and lexemes[end - 1].kind not in ("RBRACE", "RPAR"):
            end += 1
    inside = "".join(lexeme.value for lexeme in lexemes[place:end] if lexeme.kind != "SUP")
    return inside.strip("{} ()").replace(" ", "").replace("−", "-"), end


def _outer_products(lexemes: list[Lexeme], signs: Signs) -> list[Lexeme]:
    r"""⟨a, b⟩ as (a)(b)ᵀ, and a \otimes b as a (b)ᵀ."""
    found: list[Lexeme] = []
    opened: list[bool] = []
    for place, lexeme in enumerate(lexemes):
        if lexeme.kind == "LBRACK":
            opened.append(lexeme.start in signs.turned)
            found.append(replace(lexeme, kind="LPAR") if opened[-1] else lexeme)
        elif lexeme.kind == "RBRACK" and opened:
            found.append(lexeme)
            if opened.pop():
                found[-1] = replace(lexeme, kind="RPAR")
                found.append(Lexeme("SUPERSCRIPT", r"\top", lexeme.start, lexeme.end))
        elif lexeme.kind == "COMMA" and opened and opened[-1]:
            found += [replace(lexeme, kind="RPAR"), replace(lexeme, kind="LPAR")]
        elif lexeme.kind == "OPERATOR" and lexeme.value in (r"\otimes", "⊗"):
            found.append(replace(lexeme, kind="LPAR"))
            end = _end_of_factor(lexemes, place + 1)
            last = lexemes[end - 1]
            found += _outer_products(lexemes[place + 1 : end], signs)
            found.append(Lexeme("RPAR", ")", last.start, last.end))
            found.append(Lexeme("SUPERSCRIPT", r"\top", last.start, last.end))
            return found + _outer_products(lexemes[end:], signs)
        else:
            found.append(lexeme)
    return found


def _end_of_factor(lexemes: Sequence[Lexeme], start: int) -> int:
    depth = 0
    for place in range(start, len(lexemes)):
        kind = lexemes[place].kind
        if kind in ("LPAR", "LBRACK", "LBRACE"):
            depth += 1
        elif kind in ("RPAR", "RBRACK", "RBRACE"):
            depth -= 1
        if depth < 0 or (depth == 0 and kind in ("PLUS", "MINUS", "OPERATOR", "HADAMARD")):
            return place
    return len(lexemes)
