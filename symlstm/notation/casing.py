r"""Cases: values and the conditions under which they hold, as steps.

Below, `step` is 1 above 0 and 0 elsewhere, so that u ≥ 0 is 1 − step(−u). Each row holds where none
before it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symlstm.messages import NotationError, Span
from symlstm.notation import raw, syntax
from symlstm.notation.summing import spelled_at

if TYPE_CHECKING:
    from symlstm.notation.resolving import Resolver

_OPPOSITES = {"<": "≥", "≥": "<", ">": "≤", "≤": ">"}


def cases_of(node: raw.Cases, resolver: Resolver) -> syntax.Node:
    r"""\begin{cases} a & u > 0 \\ b & otherwise \end{cases}"""
    *rows, (last, condition) = node.rows
    if not rows:
        raise NotationError(
            "S274", "cases with one row say nothing about the rest", node.span,
            help=r"add a row b & \text{otherwise}",
        )  # fmt: skip
    if condition is not None:
        _check_opposite(rows, condition)
    value = resolver.resolve(last)
    for yes, test in reversed(rows):
        if test is None:
            raise NotationError(
                "S274", "what stands behind otherwise never holds", node.span,
                help="move it to the last row",
            )  # fmt: skip
        value = _either(resolver, test, resolver.resolve(yes), value, node.span)
    return value


def _either(
    resolver: Resolver, test: raw.Condition, yes: syntax.Node, no: syntax.Node, span: Span
) -> syntax.Node:
    """step is 1 above 0 only: u > 0 is step(u), and u ≥ 0 is 1 − step(−u)."""
    left, right = resolver.resolve(test.left), resolver.resolve(test.right)
    if test.relation in (">", "≤"):
        above = resolver.make.difference(left, right, test.span)
    else:
        above = resolver.make.difference(right, left, test.span)
    step = resolver.make.apply("step", above, test.span)
    if test.relation in ("≥", "≤"):
        return resolver.make.either(step, no, yes, span)
    return resolver.make.either(step, yes, no, span)


def _check_opposite(rows: list[tuple[raw.Node, raw.Condition | None]], last: raw.Condition) -> None:
    """Two conditions say the same of every number only if one is the other's opposite."""
    first = rows[0][1] if len(rows) == 1 else None
    sides = (
        [spelled_at(c.span) for c in (first.left, first.right, last.left, last.right)]
        if first
        else []
    )
    if not first or sides[:2] != sides[2:] or _OPPOSITES[first.relation] != last.relation:
        raise NotationError(
            "S274", "these cases may leave a value open, or give it twice", last.span,
            help=r"write \text{otherwise} in the last row",
        )  # fmt: skip
