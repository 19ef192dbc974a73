r"""Sums over the entries of a vector: Σ_{i=1}^{H} a_i, and the mean, \frac{1}{H} Σ_{i=1}^{H} a_i.

The index of the sum is a label of the names that are summed; what is summed are numbers, so that
their products are elementwise products of the vectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symlstm.messages import NotationError, Span
from symlstm.notation import raw, syntax
from symlstm.notation.sizes import plain_sizes

_TERM = r"\(*\s*(?:\d+|(?:\d+\s*)?[A-Za-z]\w*)\s*\)*"
_SIZES = re.compile(rf"\s*{_TERM}(?:\s*\+\s*{_TERM})*\s*", re.ASCII)
"""Sums of multiples of sizes, as in declarations."""


def spelled_at(span: Span) -> str:
    """What stands at a place, a tab as the space that it is."""
    return span.text[span.column - 1 : span.column - 1 + span.length].replace("\t", " ")


def unbraced(node: raw.Node) -> raw.Node:
    while isinstance(node, raw.Bracket) and node.opening == "{":
        node = node.parts[0]
    return node


def text_of(node: raw.Node) -> str:
    """The letters of a name, as they stand above a sum."""
    if not isinstance(node, raw.Symbol | raw.Scripted):
        return ""
    return spelled_at(node.span).strip("{} ")


def sum_bounds(node: raw.Node) -> tuple[str, str] | None:
    """(index, upper bound) of a sum sign; None: the node is none."""
    if isinstance(node, raw.SumSign):
        return "", ""
    if not (isinstance(node, raw.Scripted) and isinstance(node.base, raw.SumSign)):
        return None
    below = next((s.text for s in node.scripts if not s.is_above), "")
    above = next((s.text for s in node.scripts if s.is_above), "")
    return below.split("=")[0].strip(), above.strip("{} ")


def last_of(sign: raw.Node) -> str:
    """The size above a sum sign, as declarations write it; "": nothing stands there.

    Raises:
        NotationError: the sum does not go from the first entry to a size (S314).
    """
    scripts = sign.scripts if isinstance(sign, raw.Scripted) else ()
    for script in scripts:
        _, is_told, first = script.text.partition("=")
        if script.is_above and not _SIZES.fullmatch(plain_sizes(script.text)):
            raise _not_all(script, f"to {script.text or 'nothing'}")
        if not script.is_above and is_told and first.strip("{} ") != "1":
            raise _not_all(script, f"from {first.strip() or 'nothing'}")
    return next((plain_sizes(s.text).strip() for s in scripts if s.is_above), "")


def _not_all(script: raw.Script, bound: str) -> NotationError:
    return NotationError(
        "S314", f"a sum {bound} is not read", script.span,
        notes=("a sum is over all entries of a vector, from 1 to its size",),
        help=r"sum rows: \operatorname{sum}([a]_{2:H}) begins with the second entry of a",
    )  # fmt: skip


def is_sum_over(node: raw.Node, size: raw.Node) -> bool:
    """Whether a node is a sum sign whose upper bound is spelled like a size."""
    bounds = sum_bounds(node)
    return bounds is not None and bounds[1] != "" and text_of(size) == bounds[1]


def divided_sum(node: raw.Product, position: int) -> tuple[int, raw.Node] | None:
    """(the position of the sum sign, H) where \\frac{1}{H} or 1 / H stands before a sum."""
    factors, signs = node.factors, node.signs
    factor = factors[position]
    behind = position + 1
    bottom: raw.Node | None = None
    if isinstance(factor, raw.Fraction):
        top, bottom = unbraced(factor.top), unbraced(factor.bottom)
    else:
        top = factor
        if signs[position + 1 : position + 2] == ("/",):
            bottom, behind = factors[position + 1], position + 2
    if bottom is None or behind >= len(factors) or signs[behind] == "/":
        return None
    is_one = isinstance(top, raw.Number) and top.text == "1"
    is_before_sum = is_one and sum_bounds(factors[behind]) is not None
    return (behind, bottom) if is_before_sum else None


def other_number(sign: raw.Node, bottom: raw.Node) -> NotationError:
    """1/D before a sum to H."""
    bounds = sum_bounds(sign)
    upper = bounds[1] if bounds else ""
    name = text_of(bottom)
    return NotationError(
        "S286", f"1/{name} before a sum to {upper or 'no number'} has two readings", bottom.span,
        notes=("it may be a mean, whose numbers should agree", f"{name} may be a quantity"),
        help=rf"write \frac{{1}}{{H}} \sum_{{i=1}}^{{H}}, or declare {name} \in \mathbb{{R}}",
    )  # fmt: skip


def summed(node: raw.Product, sign: int) -> tuple[str, raw.Product]:
    """The index of a sum sign, and the product behind it.

    Raises:
        NotationError: there is no index, or nothing behind the sign.
    """
    bounds = sum_bounds(node.factors[sign])
    assert bounds is not None
    place = node.factors[sign].span
    if sign + 1 >= len(node.factors):
        raise NotationError("S250", "a sum of nothing", place)
    if not bounds[0]:
        raise NotationError(
            "S266", "this sum has no index", place,
            help=r"write \sum_{i=1}^{H} a_{i}; \operatorname{sum}(a) is the sum of all entries",
        )  # fmt: skip
    signs = ("", *node.signs[sign + 2 :])
    return bounds[0], raw.Product(node.factors[sign + 1 :], signs, node.span)


def without_index(index: str, sign: raw.Node, summand: raw.Product) -> NotationError:
    """The index stands above a name, is no letter, or stands nowhere."""
    above = next((s for s in _scripts_of(summand) if s.is_above and s.text == index), None)
    if above is not None:
        return NotationError(
            "S266", f"the index {index} of this sum stands above a name", above.span, sign.span,
            notes=("above a name stands a label, which tells quantities apart",),
            help=f"write the index of an entry below, as in a_{{t,{index}}}",
        )  # fmt: skip
    letter = _LETTER.match(index)
    if letter is not None and letter[0] != index:
        return NotationError(
            "S266", f"a sum over {index} is not read", sign.span,
            notes=("a sum is over all entries of a vector, from 1 to its size",),
            help="write the terms out, as in h_{1,t} + h_{2,t}, or make the sum an input",
        )  # fmt: skip
    return NotationError(
        "S266", f"nothing in this sum carries its index {index}", sign.span,
        help=rf"write a_{{{index}}} for the entries; \operatorname{{sum}}(a) adds up all of a",
    )  # fmt: skip


_LETTER = re.compile(r"\\?[A-Za-z]+")


def _scripts_of(node: raw.Node) -> Iterator[raw.Script]:
    if isinstance(node, raw.Scripted):
        yield from node.scripts
    for child in raw.children(node):
        yield from _scripts_of(child)


def outside_sums(names: list[syntax.Name], node: syntax.Node) -> tuple[syntax.Node, ...]:
    """Those of the names that stand in an expression outside of the sums in it: no Σ_j, ‖a‖."""
    found: set[tuple[str, int | None]] = set()
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, syntax.Name):
            found.add((part.ascii, part.shift))
        if not isinstance(part, syntax.Total):
            pending += syntax.children(part)
    return tuple(name for name in names if (name.ascii, name.shift) in found)


def check_ends(factors: tuple[raw.Node, ...]) -> None:
    """Σ a ∘ b: where the sum ends is not told by signs.

    Raises:
        NotationError: a sum stands before the last sign.
    """
    for factor in factors[:-1]:
        inner = factor.factors if isinstance(factor, raw.Product) else (factor,)
        for part in inner:
            if sum_bounds(part) is not None:
                raise NotationError(
                    "S262", "where this sum ends has two readings", part.span,
                    notes=("it may end before the elementwise product, or behind it",),
                    help="put what it sums in brackets",
                )  # fmt: skip
