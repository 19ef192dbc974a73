r"""Text → tree, in three steps: tokens, what is written, what it means.

The language is a lark LALR(1) grammar (`equations.lark`) over tokens that `lexing` and `scripts`
find and `layout` separates; `growing` makes the raw tree and `stating` the core tree of it. Nothing
in a file is ever evaluated. What this module adds is the limits, and the messages about what is
beyond them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from symlstm.messages import INVISIBLE, NotationError, Span, shortened
from symlstm.notation import raw, syntax
from symlstm.notation.declaring import read_renamings, renamed
from symlstm.notation.growing import statements_of
from symlstm.notation.layout import arrange
from symlstm.notation.lexing import is_latex, lex
from symlstm.notation.source import Source
from symlstm.notation.stating import states
from symlstm.notation.tokens import Lexeme
from symlstm.notation.vocabulary import Notation, read_notation

MAXIMUM_LENGTH = 64 * 1024
MAXIMUM_DEPTH = 100
MAXIMUM_EQUATIONS = 400
"""So many of the length of h_t = W x_t + U h_{t-1} are read in a second; papers have dozens."""

_METADATA = {
    sign: re.compile(rf"^[^\S\n]*[{sign}][^\S\n]*([a-z]+):([^\n]*)$", re.MULTILINE)
    for sign in ("%", "%#")
}


def parse(text: str, file: str) -> syntax.EquationsFile:
    """Read the text of an equations file.

    Args:
        text: LaTeX or plain Unicode text; comments of the form `% key: value` are its metadata.
        file: what messages call it.
    Raises:
        NotationError: the text is not in the language, or beyond its limits.
    """
    source, lexemes, notation = tokens_of(text, file)
    return tree_of(source, statements_of(source, lexemes), notation)


def tokens_of(text: str, file: str) -> tuple[Source, list[Lexeme], Notation]:
    """The tokens of a text, arranged, and what it says of its signs.

    Raises:
        NotationError: the text is beyond the limits, or its comments cannot be read.
    """
    _check_limits(text, file)
    _check_environments(text, file)
    notation = read_notation(text, file, _comments(text))
    source = Source(text, file)
    read_renamings(notation, is_latex(text))
    return source, arrange(renamed(lex(source, notation), notation), notation.time), notation


def tree_of(
    source: Source, statements: tuple[raw.Statement, ...], notation: Notation
) -> syntax.EquationsFile:
    """The core tree of raw statements.

    Raises:
        NotationError: a statement has no reading, or several; there are too many.
    """
    check_number([s for s in statements if isinstance(s, raw.Definition)])
    declarations, definitions = states(statements, notation)
    metadata = _METADATA[_comments(source.text)].findall(source.text)
    return syntax.EquationsFile(
        metadata={key: value.strip() for key, value in metadata},
        declarations=declarations,
        definitions=definitions,
        adds_to_entries=notation.adds_to_entries,
    )


def _comments(text: str) -> str:
    """The signs that begin a comment."""
    return "%" if is_latex(text) else "%#"


def check_number(equations: Sequence[raw.Definition | syntax.Definition]) -> None:
    """
    Raises:
        NotationError: there are too many (S219).
    """
    if len(equations) > MAXIMUM_EQUATIONS:
        raise NotationError(
            "S219", f"a file has at most {MAXIMUM_EQUATIONS} equations",
            equations[MAXIMUM_EQUATIONS].span,
            help="a cell is a handful of equations; split the file",
        )  # fmt: skip


def too_long(file: str, size: str) -> NotationError:
    """
    Args:
        size: how many bytes the file has.
    """
    return NotationError(
        "S201",
        f"an equations file is at most {MAXIMUM_LENGTH // 1024} KiB long",
        Span(file, 0),
        notes=(f"this one has {size} bytes, and {MAXIMUM_LENGTH} are the limit",),
        help="a cell is a handful of equations; keep other text out of the file",
    )


def _check_limits(text: str, file: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAXIMUM_LENGTH:
        raise too_long(file, str(size))
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > MAXIMUM_DEPTH:
            raise NotationError(
                "S202", f"brackets are nested more than {MAXIMUM_DEPTH} deep",
                Source(text, file).span(position, position + 1),
                help="give inner parts names of their own, and close each bracket",
            )  # fmt: skip
        if unicodedata.category(character) in INVISIBLE and character not in "\n\t":
            raise NotationError(
                "S203",
                f"the control character U+{ord(character):04X} is not allowed",
                Source(text, file).span(position, position + 1),
                help="delete it; it is invisible in most editors",
            )


_DELIMITER = re.compile(
    r"\\(?P<sign>begin|end)\s*\{(?P<name>[^{}]*)\}|\\(?P<fence>left|right)(?![A-Za-z])"
    r"|\\(?P<display>[\[\]()])|\\.|(?P<dollars>\$\$?)",
    re.DOTALL,
)
_CLOSED_BY = {r"\[": r"\]", r"\(": r"\)", r"\left": r"\right", "$": "$", "$$": "$$"}


def _check_environments(text: str, file: str) -> None:
    r"""Every \begin has its \end, every \left its \right, and every display its end."""
    source = Source(text, file)
    comment = r"(?<!\\)%[^\n]*" if is_latex(text) else r"(?<!\\)[%#][^\n]*"
    without_comments = re.sub(comment, lambda found: " " * len(found[0]), text)
    opened: list[tuple[str, str, Span]] = []  # a sign, what closes it, and where it is
    too_deep: list[Span] = []
    position = 0
    while match := _DELIMITER.search(without_comments, position):
        is_in_dollars = bool(opened) and opened[-1][0] == "$"
        sign, closing = _delimiter(match, is_in_dollars)
        position = match.start() + len(sign) if sign == "$" else match.end()
        if not sign:
            continue
        span = source.span(match.start(), position)
        if opened and sign == opened[-1][1]:
            opened.pop()
        elif closing:
            opened.append((sign, closing, span))
            if len(opened) > MAXIMUM_DEPTH:
                too_deep.append(span)
        else:
            raise _unopened(sign, span, *opened[-1:])
    if opened:
        sign, closing, span = opened[-1]
        raise NotationError(
            "S204", f"{shortened(sign)} is never closed", span, help=_end_with(closing)
        )
    if too_deep:
        raise NotationError(
            "S202", f"displays are nested more than {MAXIMUM_DEPTH} deep", too_deep[0]
        )


def _delimiter(match: re.Match[str], is_in_dollars: bool) -> tuple[str, str]:
    """A sign and what closes it; "": it opens nothing, or is none.

    Args:
        is_in_dollars: whether one dollar is open, which one dollar closes: $a$$b$ is two formulas.
    """
    if match["dollars"] and is_in_dollars:
        return "$", "$"
    if match["sign"]:
        closing = rf"\end{{{match['name']}}}" if match["sign"] == "begin" else ""
        return rf"\{match['sign']}{{{match['name']}}}", closing
    if match["fence"] or match["display"] or match["dollars"]:
        return match[0], _CLOSED_BY.get(match[0], "")
    return "", ""


def _unopened(sign: str, span: Span, *opened: tuple[str, str, Span]) -> NotationError:
    """A sign that closes what is not open.

    Args:
        opened: what is open instead: its sign, what closes it, and where it is.
    """
    pairs = {closing: opening for opening, closing in _CLOSED_BY.items()}
    opening = pairs.get(sign) or sign.replace("end", "begin", 1)
    helps = [_end_with(closing) for _, closing, _ in opened]
    return NotationError(
        "S204", f"{shortened(sign)} has no {shortened(opening)}", span, *(s for *_, s in opened),
        help=(*helps, f"delete it, or write {shortened(opening)} before it")[0],
    )  # fmt: skip


def _end_with(closing: str) -> str:
    what = "end the display" if closing.startswith(r"\end") else "close it"
    return f"{what} with {shortened(closing)}"
