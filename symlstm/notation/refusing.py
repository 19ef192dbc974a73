r"""Messages about what cannot stand where it stands.

The parser knows only that a token is unexpected; what a reader meant by it follows from what stands
around it: a sign that papers use in several ways, a convolution, a bracket that is still open.
"""

from __future__ import annotations

import re
from itertools import pairwise

from symlstm.messages import NotationError, Span, shortened
from symlstm.notation.advising import ONLY_EQUATIONS
from symlstm.notation.naming import every
from symlstm.notation.source import Source
from symlstm.notation.tokens import Lexeme

_READINGS = {
    "*": ("the elementwise product", "a matrix product", "a convolution"),
    r"\times": ("the elementwise product", "a matrix product", "the cross product"),
    r"\otimes": ("the elementwise product", "the outer product", "the Kronecker product"),
    r"\star": ("the elementwise product", "a convolution"),
    r"\bullet": ("the elementwise product", "the inner product"),
    r"\oplus": ("a sum", "a concatenation"),
    r"\parallel": ("a concatenation", "a norm"),
}
_SPELLINGS = {"∗": "*", r"\ast": "*", "×": r"\times", "⊗": r"\otimes", "⋆": r"\star",
              "•": r"\bullet", "⊕": r"\oplus"}  # fmt: skip


_CLOSED_BY = {"LPAR": ")", "LBRACK": "]", "LSET": r"\}", "LBRACE": "}", "LBAR": "|"}
_CLOSES = {"RPAR", "RBRACK", "RSET", "RBRACE", "RBAR"}
_ENDS = {"SEPARATOR", "DEFINE", "IN"}
"""What stands in no bracket."""


def unexpected_end(source: Source, lexemes: list[Lexeme]) -> NotationError:
    if (problem := _unfinished(source, lexemes)) is not None:
        return problem
    lines = source.text.split("\n")
    last = max((n for n, line in enumerate(lines, 1) if line.strip()), default=1)
    span = Span(source.file, last, max(1, len(lines[last - 1])), 1, lines[last - 1])
    return NotationError(
        "S205", "the file ends in the middle of an equation", span, help="finish the equation"
    )


def unexpected(source: Source, lexemes: list[Lexeme], place: int) -> NotationError:
    """The message about a token that no rule of the grammar takes."""
    lexeme = lexemes[place]
    if lexeme.problem is not None:
        return lexeme.problem
    what = shortened(source.text[lexeme.start : lexeme.end].strip("\n")) or "the end of the line"
    span = source.span(lexeme.start, lexeme.end)
    if lexeme.kind == "OPERATOR":
        return _operator(_SPELLINGS.get(what, what), lexemes[:place], lexemes[place + 1 :], span)
    if (norm := _open_norm(lexemes[:place])) is not None:
        return _unclosed_norm(source, norm)
    is_set = lexeme.kind in ("LBRACK", "LSET") and any(
        following.kind == "DOTS" for following in lexemes[place : place + 5]
    )
    if place and lexemes[place - 1].kind == "IN" and not is_set:
        return NotationError(
            "S284", "only spaces of real vectors and matrices are read", span,
            help=r"write x_t \in \mathbb{R}^{D}",
        )  # fmt: skip
    if (problem := _without_condition(source, lexemes, place)) is not None:
        return problem
    if lexeme.kind in _ENDS and (problem := _unfinished(source, lexemes[:place])) is not None:
        return problem
    before = source.text[: lexeme.start]
    if (index := _index_of_range(lexemes[max(0, place - 4) : place + 3], lexeme)) is not None:
        return every(index, span, source.text)
    if lexeme.kind in _CLOSES and (opened := _open_bracket(lexemes[:place])) is not None:
        return NotationError(
            "S206", f"{what} cannot stand here", span, source.span(opened.start, opened.end),
            help=f"{source.text[opened.start : opened.end]} is open, and {_CLOSED_BY[opened.kind]} "
            "closes it; or something is missing before",
        )  # fmt: skip
    kinds = [earlier.kind for earlier in lexemes[:place]]
    is_case = kinds.count("CASES_BEGIN") > kinds.count("CASES_END")
    return NotationError(
        "S206", f"{what} cannot stand here", span,
        help=(is_case and _CONDITIONS.get(lexeme.kind, "")) or _remedy(lexeme, what, before),
    )  # fmt: skip


_CONDITIONS = {
    "DEFINE": "a condition of cases is written with <, ≤, > or ≥",
    "RELATION": "a condition of cases has one comparison; each row holds where none before it does",
}
"""Help about a sign in a condition."""


def _without_condition(source: Source, lexemes: list[Lexeme], place: int) -> NotationError | None:
    """A row of cases that ends without saying when it holds; None: the token ends no such row."""
    if lexemes[place].kind not in ("CASES_END", "ROW"):
        return None
    start = place
    while start and lexemes[start - 1].kind not in ("CASES_BEGIN", "ROW"):
        start -= 1
    row = lexemes[start:place]
    kinds = {lexeme.kind for lexeme in row}
    inside = [lexeme.kind for lexeme in lexemes[:place]]
    is_case = inside.count("CASES_BEGIN") > inside.count("CASES_END")
    if not is_case or not row or row[0].kind == "AMP" or kinds & {"RELATION", "IF", "OTHERWISE"}:
        return None
    return NotationError(
        "S338", "this row of cases has no condition", source.span(row[0].start, row[-1].end),
        notes=("a row is a value and when it holds",),
        help=r"write & \text{otherwise} behind the value, or its condition, as in & x_t > 0",
    )  # fmt: skip


def _unfinished(source: Source, before: list[Lexeme]) -> NotationError | None:
    """Why an equation cannot end here: a bracket is open, or a comma stands in a number."""
    if (opened := _open_bracket(before)) is not None:
        return source.unclosed(opened.start, opened.end, _CLOSED_BY[opened.kind])
    separators = [n for n, lexeme in enumerate(before) if lexeme.kind == "SEPARATOR"]
    around = before[separators[-1] - 1 : separators[-1] + 2] if separators else []
    if (
        [lexeme.value if lexeme.kind == "SEPARATOR" else lexeme.kind for lexeme in around]
        == [
            "NUMBER",
            ",",
            "NUMBER",
        ]
        and around[0].end == around[1].start
        and around[1].end == around[2].start
    ):
        first, _, last = around
        return NotationError(
            "S205",
            f"{first.value},{last.value} is no number",
            source.span(first.start, last.end),
            notes=("a comma separates two equations",),
            help=f"write {first.value}.{last.value}",
        )
    return None


def _open_bracket(before: list[Lexeme]) -> Lexeme | None:
    """The innermost bracket that is still open."""
    opened: list[Lexeme] = []
    for lexeme in before:
        if lexeme.kind in _CLOSED_BY:
            opened.append(lexeme)
        elif lexeme.kind in _CLOSES and opened:
            opened.pop()
    return opened[-1] if opened else None


def _index_of_range(around: list[Lexeme], lexeme: Lexeme) -> str | None:
    r"""i of i = 1, …, n and of \\forall i; None: the token is no part of a range."""
    if lexeme.kind not in ("DOTS", "FORALL", "LBRACK", "LSET"):
        return None
    for letter, sign in pairwise(around):
        if letter.kind == "LETTER" and (sign.kind in ("DEFINE", "IN")):
            return letter.value
        if letter.kind == "FORALL" and sign.kind == "LETTER":
            return sign.value
    return None


def _operator(sign: str, before: list[Lexeme], behind: list[Lexeme], span: Span) -> NotationError:
    if sign == "*" and (_is_matrix(before) or _is_tensor(behind)):
        return NotationError(
            "S281", "a convolution is not read", span,
            notes=("what * stands behind is written like a matrix or a tensor",),
            help=r"write a matrix product without a sign, or say it: % notation: * = \cdot",
        )  # fmt: skip
    meaning = "concatenation" if sign in (r"\oplus", r"\parallel") else r"\odot"
    return NotationError(
        "S280", f"{sign} has more than one reading", span,
        notes=tuple(f"it may be {reading}" for reading in _READINGS[sign]),
        help=rf"write \odot for the elementwise product, or say it: % notation: {sign} = {meaning}"
        if meaning == r"\odot"
        else f"write [a, b] for a concatenation, or say it: % notation: {sign} = {meaning}",
    )  # fmt: skip


def _open_norm(before: list[Lexeme]) -> Lexeme | None:
    r"""The \| that opened a norm which is still open."""
    opened: list[Lexeme] = []
    for lexeme in before:
        if lexeme.kind == "LNORM":
            opened.append(lexeme)
        elif lexeme.kind == "RNORM" and opened:
            opened.pop()
    return opened[-1] if opened else None


def _unclosed_norm(source: Source, norm: Lexeme) -> NotationError:
    sign = source.text[norm.start : norm.end]
    return NotationError(
        "S280", f"{sign} has more than one reading", source.span(norm.start, norm.end),
        notes=("it may begin a norm, which is never closed", "it may be a concatenation"),
        help=r"write [a, b] for a concatenation, or say it: % notation: \| = concatenation",
    )  # fmt: skip


def _is_matrix(before: list[Lexeme]) -> bool:
    """Whether the name that ends here is a capital letter, without time."""
    for lexeme in reversed(before):
        if lexeme.kind in ("SUBSCRIPT", "SUPERSCRIPT", "RBRACE"):
            continue
        return lexeme.kind == "LETTER" and lexeme.value[:1].isupper()
    return False


def _is_tensor(behind: list[Lexeme]) -> bool:
    """\\mathcal{X}"""
    return bool(behind) and (behind[0].kind, behind[0].value) == ("FONT", "mathcal")


def _remedy(lexeme: Lexeme, what: str, before: str) -> str:
    if re.match(r"\\(begin|end)\s*\{\s*document", what):
        return ONLY_EQUATIONS
    if what.startswith("\\begin"):
        return "use align, aligned, gather or equation"
    if lexeme.kind == "DEFINE":
        return r"separate two equations by \\"
    if lexeme.kind in ("RPAR", "RBRACK", "RBRACE", "RSET"):
        return f"there is no bracket that {what} closes, or something is missing before it"
    if re.search(r"=\s*$", before):
        return "an equation has a name on its left and an expression on its right"
    return r"an equation reads like c_t = f_t \odot c_{t-1} + i_t \odot g_t"
