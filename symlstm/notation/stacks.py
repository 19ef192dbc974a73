r"""Stacks of vectors that a reader takes for rows: `[h, x]^\top`, `[h^\top \; x^\top]`, `[U, W]`.

Vectors are columns, and `[a, b]` is one below the other. Papers that think in rows print a
transpose behind it, put two things side by side with a space between them, or write blocks of
matrices with a comma. Each would be read as something else, without a word.
"""

from __future__ import annotations

import re

from symlstm.messages import NotationError, Span
from symlstm.notation import raw, syntax
from symlstm.notation.naming import Namer
from symlstm.notation.sizing import is_signal
from symlstm.notation.summing import spelled_at

_SPACE = re.compile(r"\\[;: ]|\\(?:quad|qquad|enspace)(?![A-Za-z])|~")
"""A space that is typed, wider than the thin one that sets factors apart."""


def check_transposed(argument: syntax.Node, span: Span) -> None:
    """A stack of column vectors has nothing to be transposed before it is multiplied.

    Raises:
        NotationError: the argument is one.
    """
    parts = _side_by_side(argument) or _stacked(argument)
    if not parts or any(isinstance(p, syntax.Transposed) or not is_signal(p) for p in parts):
        return
    listed = ", ".join(spelled_at(part.span) for part in parts)
    raise NotationError(
        "S333", f"{spelled_at(span)} has two readings", span,
        notes=("vectors are columns, and [a, b] is one below the other already",
               "the transpose would be a row, as wide as all of them together"),
        help=f"write [{listed}] for the column; name the matrices if these are none",
    )  # fmt: skip


def _stacked(node: syntax.Node) -> tuple[syntax.Node, ...]:
    return node.parts if isinstance(node, syntax.Stack) else ()


def _side_by_side(node: syntax.Node) -> tuple[syntax.Node, ...]:
    r"""a and b of \begin{bmatrix} a & b \end{bmatrix}, read as the transpose of [a; b] turned."""
    if not (isinstance(node, syntax.Transposed) and isinstance(node.argument, syntax.Stack)):
        return ()
    parts = node.argument.parts
    return tuple(part.argument for part in parts if isinstance(part, syntax.Transposed))


def check_bracket(node: raw.Bracket) -> None:
    r"""[U \; W]: what a space sets apart in square brackets stands side by side, or is a product.

    Raises:
        NotationError: it is not told which.
    """
    product = node.parts[0]
    if node.opening != "[" or len(node.parts) > 1 or not isinstance(product, raw.Product):
        return
    for first, second, sign in zip(
        product.factors, product.factors[1:], product.signs[1:], strict=False
    ):
        if sign == "" and _SPACE.search(_between(first.span, second.span)):
            raise NotationError(
                "S334", f"{spelled_at(node.span)} has two readings", node.span,
                notes=("what stands side by side may be blocks, or a stack",
                       "it may be a product"),
                help=r"write blocks as \begin{bmatrix} U & W \end{bmatrix}, a stack as [a, b]",
            )  # fmt: skip


def _between(first: Span, second: Span) -> str:
    """What stands between two places, if they are on one line."""
    if first.line != second.line:
        return ""
    return first.text[first.column - 1 + first.length : second.column - 1]


def check_blocks(node: raw.Product, namer: Namer) -> None:
    """[U, W] [h; x]: two parameters below each other, or side by side, as the product needs.

    Raises:
        NotationError: a stack of parameters with a comma stands before another factor.
    """
    for factor in node.factors[:-1]:
        if not isinstance(factor, raw.Bracket) or factor.opening != "[" or len(factor.parts) < 2:
            continue
        if set(factor.signs) != {","} or not all(_is_parameter(p, namer) for p in factor.parts):
            continue
        names = [spelled_at(part.span) for part in factor.parts]
        beside, below = " & ".join(names), r" \\ ".join(names)
        raise NotationError(
            "S335", f"{spelled_at(factor.span)} has two readings", factor.span,
            notes=("[a, b] is one below the other",
                   "before a stack of columns, blocks side by side are meant"),
            help=rf"write \begin{{bmatrix}} {beside} \end{{bmatrix}}, or "
                 rf"\begin{{bmatrix}} {below} \end{{bmatrix}}",
        )  # fmt: skip


def _is_parameter(node: raw.Node, namer: Namer) -> bool:
    written = namer.written(node)
    return written is not None and written.shift is None and not written.is_transposed
