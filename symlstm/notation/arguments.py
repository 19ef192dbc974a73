r"""What stands behind a name: an argument in brackets, a stack, a factor."""

from __future__ import annotations

import re
from typing import TypeGuard

from symlstm.messages import NotationError, Span
from symlstm.notation import raw
from symlstm.notation.naming import Written
from symlstm.notation.summing import spelled_at

_CALLIGRAPHIC = re.compile(r"\\(?:mathcal|mathscr|cal)(?![A-Za-z])")
CLOSING = {"(": ")", "[": "]", r"\{": r"\}"}
"""The brackets of an argument, and what closes each."""


def is_bracket(node: raw.Node) -> bool:
    if isinstance(node, raw.Bracket):
        return node.opening not in ("|", "‖")
    return isinstance(node, raw.Matrix | raw.Cases)


def is_scripted_bracket(node: raw.Node) -> TypeGuard[raw.Scripted]:
    """(a)^2, whose bracket is the argument; the rows [a]_{1:H} are one argument as a whole."""
    return (
        isinstance(node, raw.Scripted)
        and is_bracket(node.base)
        and not any(":" in script.text for script in node.scripts)
    )


def opening_of(node: raw.Node) -> str:
    """The bracket around what may be an argument; "" of anything else."""
    base = node.base if isinstance(node, raw.Scripted) else node
    if isinstance(base, raw.Matrix) and base.rows:
        return "(" if base.environment == "pmatrix" else "["
    if not isinstance(base, raw.Bracket) or base.opening not in CLOSING:
        return ""
    return base.opening


def is_like_a_call(written: Written, following: raw.Node) -> bool:
    r"""Whether a capital letter before a bracket is a function to many readers.

    \mathcal{H}(a), \Phi(a) and H(x_t) are, unlike the matrix W of W(a + b): no reader puts one
    vector in brackets to multiply it.
    """
    head = spelled_at(written.span)
    if _CALLIGRAPHIC.match(head) or (written.head.latex[0] == "\\" and head[:5] != r"\math"):
        return True
    parts = following.parts if isinstance(following, raw.Bracket) else ()
    return len(parts) == 1 and isinstance(parts[0], raw.Symbol | raw.Scripted)


def is_stack(node: raw.Node) -> bool:
    r"""[a, b], and \begin{bmatrix} a \\ b \end{bmatrix}"""
    return isinstance(node, raw.Matrix) or (isinstance(node, raw.Bracket) and len(node.parts) > 1)


def between(first: Span, last: Span) -> str:
    """What stands between two places of one line."""
    return first.text[first.column - 1 + first.length : last.column - 1].strip()


def wrong_count(name: str, expected: int, found: int, span: Span) -> NotationError:
    plural = "s" * (expected != 1)
    form = (
        f"a concatenation is written in square brackets, {name}([a, b])"
        if expected == 1
        else f"as in {name}(a, b)"
    )
    decimal = _decimal_comma(span) if found > expected else ""
    return NotationError(
        "S275", f"{name} takes {expected} argument{plural}, and has {found} here", span,
        help=decimal or form,
    )  # fmt: skip


_DECIMAL_COMMA = re.compile(
    r"(?<![\w.,{])(\d+),(\d+)(?![\w.,}])|(?<=[(+\-−=])\s*(\d+),[ ](\d+)(?=\s*[\\A-Za-z(])"
)
"""0,5, but not the two indices of W_{1,2}; and 0, 5 W, where an operand stands behind."""


def _decimal_comma(span: Span) -> str:
    """How a number of this place that is written with a comma is written; "": there is none."""
    start = span.column - 1
    found = _DECIMAL_COMMA.search(span.text, start, start + span.length)
    if found is None:
        return ""
    whole, part = found[1] or found[3], found[2] or found[4]
    return f"a decimal number is written with a point, {whole}.{part}"
