"""Brackets, bars and matrices: groups, stacks, blocks, norms and the rows of a stack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from symlstm.messages import NotationError, Span
from symlstm.notation import raw, syntax
from symlstm.notation.knowing import joined_span
from symlstm.notation.sizes import plain_sizes

if TYPE_CHECKING:
    from symlstm.notation.resolving import Resolver


class Grouper:
    """Reads the groups in the expressions of one resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._make = resolver.make

    def norm(
        self, bracket: raw.Bracket, scripts: tuple[raw.Script, ...], span: Span
    ) -> syntax.Node:
        below = [s for s in scripts if not s.is_above]
        if any(s.text not in ("2", "1") for s in below) or len(below) > 1:
            raise NotationError(
                "S258", f"the norm {below[0].text} is not read", below[0].span,
                notes=(r"\|v\| and \|v\|_2 are the root of the sum of squares",
                       r"\|v\|_1 is the sum of absolute values"),
            )  # fmt: skip
        vector = self._resolver.resolve(bracket.parts[0])
        if below and below[0].text == "1":
            absolute = self._make.apply("abs", vector, bracket.span)
            norm: syntax.Node = self._make.made(syntax.Total(absolute, False, bracket.span))
        else:
            norm = self._make.norm(vector, bracket.span)
        rest = tuple(s for s in scripts if s.is_above)
        if len(rest) == 1 and rest[0].text == "2" and isinstance(norm, syntax.Power):
            return self._make.moved(norm.base, span)
        return self._resolver.scripted(norm, rest, span)

    def bracket(self, node: raw.Bracket) -> syntax.Node:
        if node.opening == "|":
            return self._make.apply("abs", self._resolver.resolve(node.parts[0]), node.span)
        if node.opening == "‖":
            return self.norm(node, (), node.span)
        declared = self._resolver.knowledge.notation.signs
        if len(node.parts) == 1 and node.opening != "[":
            return self._make.moved(self._resolver.resolve(node.parts[0]), node.span)
        if len(set(node.signs)) > 1:
            raise NotationError(
                "S259", "a stack with two separators", node.span,
                help=r"write blocks of rows and columns as \begin{bmatrix} A & B \\ C & D "
                     r"\end{bmatrix}",
            )  # fmt: skip
        if node.opening != "[" and not all(sign in declared for sign in node.signs):
            raise NotationError(
                "S260", "several values in brackets have more than one reading", node.span,
                notes=("they may be the arguments of a function", "they may be a concatenation"),
                help="write a concatenation in square brackets, [a, b]",
            )  # fmt: skip
        parts = self._resolver.each(node.parts)
        if len(parts) == 1:
            return self._make.moved(parts[0], node.span)
        return self._make.made(syntax.Stack(parts, node.span))

    def matrix(self, node: raw.Matrix) -> syntax.Node:
        """Rows below each other; blocks side by side are the transpose of their transposes."""
        if node.environment.lower() == "vmatrix":
            raise NotationError(
                "S261", "a matrix between bars has more than one reading", node.span,
                notes=("it may be a determinant", "it may be a norm"),
                help=r"write a stack as \begin{bmatrix} … \end{bmatrix}",
            )  # fmt: skip
        rows = [self._row(row) for row in node.rows]
        return rows[0] if len(rows) == 1 else self._make.made(syntax.Stack(tuple(rows), node.span))

    def _row(self, cells: tuple[raw.Node, ...]) -> syntax.Node:
        span = joined_span(cells[0].span, cells[-1].span)
        parts = self._resolver.each(cells)
        if len(parts) == 1:
            return parts[0]
        turned = tuple(self._make.made(syntax.Transposed(part, part.span)) for part in parts)
        return self._make.made(syntax.Transposed(syntax.Stack(turned, span), span))

    def rows(self, base: syntax.Node, script: raw.Script, span: Span) -> syntax.Node:
        """[a]_{1:H}"""
        first, colon, last = (
            plain_sizes(script.text).replace("*", "").replace(" ", "").partition(":")
        )
        if not (colon and _is_size(first) and _is_size(last)):
            raise NotationError(
                "S257", f"{script.text or 'nothing'} below a group is no slice", script.span,
                help="rows are written from the first to the last, as in [a]_{1:H}",
            )  # fmt: skip
        return self._make.made(syntax.Slice(base, first, last, span))


_SIZE = re.compile(r"(?:\d{0,6}[A-Za-z][A-Za-z0-9_]{0,20}|\d{1,6})")


def _is_size(text: str) -> bool:
    """Whether a text is a sum of sizes, as H+1 and 2H are."""
    return all(_SIZE.fullmatch(part) for part in text.split("+"))
