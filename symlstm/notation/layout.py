r"""Where one equation ends and the next begins.

Papers break lines in the middle of equations, put several on one line, and end them like sentences.
A break (`\\`, or a new line of plain text) separates two equations unless an operator stands on one
of its sides; a comma does unless it stands in a bracket or in a list of declared names; `&` and
`\quad` do only where two equations would otherwise run into each other.
"""

from __future__ import annotations

from itertools import zip_longest

from symlstm.notation.tokens import Lexeme

_OPENING = {"LPAR", "LBRACK", "LSET", "LBRACE", "LBAR", "LNORM", "MATRIX_BEGIN", "CASES_BEGIN"}
_CLOSING = {"RPAR", "RBRACK", "RSET", "RBRACE", "RBAR", "RNORM", "MATRIX_END", "CASES_END"}
_INFIX = {"PLUS", "MINUS", "HADAMARD", "CDOT", "SLASH", "CONCAT", "OPERATOR", "RELATION"}
_BEFORE_REST = _INFIX | {"LPAR", "LBRACK", "LSET", "LBRACE"}
"""Behind these an equation goes on after a break."""
_BEGINS_REST = _INFIX | _CLOSING | {"DEFINE", "IN"}
"""With these no equation begins."""
_RELATING = {"DEFINE", "IN"}
_OPERANDS = {"LETTER", "FUNCTION", "NUMBER", "ACCENT", "FONT", "FRACTION", "SUM"} | _OPENING
_ENDS_OPERAND = {"LETTER", "NUMBER", "SUBSCRIPT", "SUPERSCRIPT", "PRIME", "REALS"} | _CLOSING
_FENCES = {"BAR": ("LBAR", "RBAR"), "NORM": ("LNORM", "RNORM")}
_BREAKS = {"ROW", "NEWLINE"}
_STARTS = {"BREAK", "SEPARATOR", "WEAK", "LISTED"}


def arrange(lexemes: list[Lexeme], time: str) -> list[Lexeme]:
    """The tokens of the grammar: every separator is decided, every fence opens or closes."""
    settled = _without_numbering(_without_remarks(_settle_nested(_opened(_pair_fences(lexemes)))))
    return _settle_weak(_settle_breaks(_without_ranges(settled, time)))


def _pair_fences(lexemes: list[Lexeme]) -> list[Lexeme]:
    """|x| and ‖x‖: a fence closes what it opened last, if an operand stands before it."""
    opened: list[str] = []
    previous = ""
    for lexeme in lexemes:
        if lexeme.kind in _FENCES:
            opening, closing = _FENCES[lexeme.kind]
            closes = bool(opened) and opened[-1] == opening and previous in _ENDS_OPERAND
            lexeme.kind = closing if closes else opening
        if lexeme.kind in _OPENING:
            opened.append(lexeme.kind)
        elif lexeme.kind in _CLOSING and opened:
            opened.pop()
        previous = lexeme.kind
    return lexemes


def _opened(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Cases where an equation begins are a system of equations, with a brace before it."""
    begins: list[int] = []
    for place, lexeme in enumerate(lexemes):
        if lexeme.kind == "CASES_BEGIN":
            begins.append(place)
        elif lexeme.kind == "CASES_END" and begins:
            first = begins.pop()
            is_first = first == 0 or lexemes[first - 1].kind in ("SEPARATOR", "ROW", "NEWLINE")
            if is_first and any(inner.kind == "DEFINE" for inner in lexemes[first:place]):
                lexeme.kind = lexemes[first].kind = "SEPARATOR"
    return lexemes


def _settle_nested(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Inside brackets, breaks and columns belong to a matrix or mean nothing.

    What stands outside of all brackets becomes BREAK, WEAK, LISTED (a comma) or SEPARATOR.
    """
    opened: list[str] = []
    settled: list[Lexeme] = []
    for lexeme in lexemes:
        kind = lexeme.kind
        if kind in _OPENING:
            opened.append(kind)
        elif kind in _CLOSING and opened:
            opened.pop()
        inside = opened[-1] if opened else ""
        if inside in ("MATRIX_BEGIN", "CASES_BEGIN"):
            if kind in ("NEWLINE", "QUAD") or (inside == "CASES_BEGIN" and kind in _PUNCTUATION):
                continue
        elif kind in _BREAKS:
            lexeme.kind = "BREAK"
            if kind == "NEWLINE" and inside:
                continue
        elif kind in ("QUAD", "AMP"):
            if inside:
                continue
            lexeme.kind = "WEAK"
        elif not inside:
            lexeme.kind = {"COMMA": "LISTED", "SEMICOLON": "SEPARATOR"}.get(kind, kind)
        settled.append(lexeme)
    return _settle_periods(settled)


_PUNCTUATION = {"COMMA", "PERIOD", "SEMICOLON"}


def _settle_periods(lexemes: list[Lexeme]) -> list[Lexeme]:
    """A full stop ends an equation if nothing of one stands directly behind it."""
    for lexeme, following in zip_longest(lexemes, lexemes[1:]):
        if lexeme.kind == "PERIOD":
            ends = following is None or (
                following.start > lexeme.end or following.kind in ("BREAK", "SEPARATOR", "WEAK")
            )
            lexeme.kind = "SEPARATOR" if ends else "UNKNOWN"
    return lexemes


def _without_remarks(lexemes: list[Lexeme]) -> list[Lexeme]:
    r"""A word of \\text{…} alone in the column behind or before an equation is about it."""
    kept: list[Lexeme] = []
    for lexeme, following in zip_longest(lexemes, lexemes[1:]):
        is_last = following is None or following.kind in _ROW_ENDS
        if (
            lexeme.is_text
            and is_last
            and (_is_behind_equation(kept) or _is_before(kept, following))
        ):
            continue
        kept.append(lexeme)
    return kept


def _is_before(kept: list[Lexeme], following: Lexeme | None) -> bool:
    """Whether nothing of an equation stands before a column."""
    before = next((lexeme for lexeme in reversed(kept) if lexeme.kind != "WEAK"), None)
    is_first = before is None or before.kind in ("BREAK", "SEPARATOR")
    return is_first and following is not None and following.kind == "WEAK"


_ROW_ENDS = {"BREAK", "SEPARATOR", "WEAK", "LISTED"}


def _is_behind_equation(before: list[Lexeme]) -> bool:
    """Whether an equation that is complete stands before an &."""
    is_column = False
    for lexeme in reversed(before):
        if lexeme.kind != "WEAK":
            return is_column and (lexeme.kind in _ENDS_OPERAND or lexeme.value in (",", ".", ";"))
        is_column = is_column or lexeme.value == "&"
    return False


def _without_numbering(lexemes: list[Lexeme]) -> list[Lexeme]:
    """The number (1) before an equation on a line of plain text is no part of it."""
    kept: list[Lexeme] = []
    position = 0
    while position < len(lexemes):
        at_start = not kept or kept[-1].value == "\n"
        following = [lexeme.kind for lexeme in lexemes[position : position + 4]]
        if at_start and following == ["LPAR", "NUMBER", "RPAR", "LETTER"]:
            position += 3
        kept.append(lexemes[position])
        position += 1
    return kept


def _without_ranges(lexemes: list[Lexeme], time: str) -> list[Lexeme]:
    """`for t = 1, …, T` and `(t > 0)` say when equations hold; a cell is read at all times."""
    kept: list[Lexeme] = []
    skipping = False
    for position, lexeme in enumerate(lexemes):
        if skipping and lexeme.kind == "LISTED" and _is_equation(lexemes, position + 1):
            lexeme.kind = "SEPARATOR"
        if lexeme.kind in ("BREAK", "SEPARATOR", "UNKNOWN"):
            skipping = False
        if lexeme.kind in _STARTS and not skipping:
            skipping = _is_range(lexemes[position + 1 : position + 5], time)
            kept.append(lexeme)
        elif not skipping:
            kept.append(lexeme)
    return kept


def _is_range(lexemes: list[Lexeme], time: str) -> bool:
    r"""t = 1, t alone, (t > 0), \forall t"""
    while lexemes and lexemes[0].kind in ("FORALL", "LPAR"):
        lexemes = lexemes[1:]
    if not lexemes or (lexemes[0].kind, lexemes[0].value) != ("LETTER", time):
        return False
    return len(lexemes) < 2 or lexemes[1].kind in _RELATING | _ROW_ENDS | {"RELATION"}


def _is_equation(lexemes: list[Lexeme], position: int) -> bool:
    """Whether a sign of an equation stands before the next comma or break."""
    while position < len(lexemes) and lexemes[position].kind not in _ROW_ENDS:
        if lexemes[position].kind in _RELATING:
            return True
        position += 1
    return False


def _settle_breaks(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Breaks and commas between equations become SEPARATOR; those within one vanish."""
    settled: list[Lexeme] = []
    has_relation = False
    listed = 0  # names before the sign of an equation, whose values stand behind it
    for position, lexeme in enumerate(lexemes):
        if lexeme.kind == "BREAK":
            if _goes_on(settled, lexemes, position):
                continue
            lexeme.kind = "SEPARATOR"
        elif lexeme.kind == "LISTED":
            following = _after_spacing(lexemes, position + 1)
            ends = following is None or following.kind in ("BREAK", "SEPARATOR")
            is_separator = ends or (has_relation and listed == 0)
            lexeme.kind = "SEPARATOR" if is_separator else "COMMA"
            listed += -1 if has_relation else 1
        if lexeme.kind == "SEPARATOR":
            has_relation = False
            listed = 0
        if lexeme.kind == "IN":
            listed = 0
        has_relation = has_relation or lexeme.kind in _RELATING
        settled.append(lexeme)
    return settled


def _goes_on(before: list[Lexeme], lexemes: list[Lexeme], position: int) -> bool:
    """Whether the equation before a break goes on behind it."""
    last = next((lexeme for lexeme in reversed(before) if lexeme.kind != "WEAK"), None)
    following = _after_spacing(lexemes, position + 1)
    if last is None or last.kind == "SEPARATOR":
        return False
    if following is None:
        return last.kind in _INFIX
    if lexemes[position].value == "\n" and last.kind == "DEFINE":
        return True
    return last.kind in _BEFORE_REST or last.kind == "COMMA" or following.kind in _BEGINS_REST


def _after_spacing(lexemes: list[Lexeme], position: int) -> Lexeme | None:
    while position < len(lexemes) and lexemes[position].kind == "WEAK":
        position += 1
    return lexemes[position] if position < len(lexemes) else None


def _settle_weak(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Spacing separates two equations only if one stretch between separators holds two."""
    settled: list[Lexeme] = []
    stretch: list[Lexeme] = []
    for lexeme in lexemes:
        if lexeme.kind == "SEPARATOR":
            settled += [*_settle_stretch(stretch), lexeme]
            stretch = []
        else:
            stretch.append(lexeme)
    return settled + _settle_stretch(stretch)


def _settle_stretch(stretch: list[Lexeme]) -> list[Lexeme]:
    has_several = sum(lexeme.kind in _RELATING for lexeme in stretch) > 1
    kept: list[Lexeme] = []
    for lexeme, following in zip_longest(stretch, stretch[1:]):
        if lexeme.kind != "WEAK":
            kept.append(lexeme)
            continue
        ends = has_several and bool(kept) and kept[-1].kind in _ENDS_OPERAND
        if ends and following is not None and following.kind in _OPERANDS:
            lexeme.kind = "SEPARATOR"
            kept.append(lexeme)
    return kept
