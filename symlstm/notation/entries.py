r"""Equations for one entry of a vector: `r_j = \sigma([W x]_j)`, `h_i = \sum_j W_{ij} x_j`.

A cell is made of whole vectors and matrices. What is written for an entry is refused, with the
equation as it is written for the vector: without the index, and with products for sums.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symlstm.messages import NotationError, Span
from symlstm.notation import raw
from symlstm.notation.knowing import walk
from symlstm.notation.summing import spelled_at, sum_bounds

_SCRIPT = re.compile(r"([_^])\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([A-Za-z0-9]))")
_SUM = re.compile(r"\\sum\s*(?:\\limits\s*)?(?:[_^]\s*(?:\{[^{}]*\}|[A-Za-z0-9])\s*)*")
_NUMBER = re.compile(r"\(?\d+\)?")
_NESTED = re.compile(r"\s*_\s*(?:\{\s*([a-z])\s*\}|([a-z]))$")


def check_entries(statements: tuple[raw.Statement, ...], time: str) -> None:
    """No equation is for one entry, and none sums over the steps.

    Raises:
        NotationError: one is (S306), or does (S313).
    """
    reader = _Labels(time)
    for statement in statements:
        if isinstance(statement, raw.Definition):
            indices = reader.indices(statement.left)
            for right in statement.rights:
                _check(right, statement, indices, reader)


class _Labels:
    """Reads the labels of names, times aside.

    Args:
        time: the letter of time.
    """

    def __init__(self, time: str) -> None:
        self._time = re.compile(rf"[(\[<]?\s*{re.escape(time)}\s*([+\-−]\s*\d+)?\s*[)\]>]?")

    def is_time(self, text: str) -> bool:
        return self._time.fullmatch(text) is not None

    def of(self, node: raw.Node) -> list[str]:
        texts = (part for text in _scripts(node) for part in parts_of(text))
        return [part for part in texts if not self.is_time(part)]

    def indices(self, node: raw.Node) -> set[str]:
        """The single small letters among the labels of a name, and below its labels."""
        found: set[str] = set()
        for part in self.of(node):
            if re.fullmatch("[a-z]", part):
                found.add(part)
            elif nested := _NESTED.search(part):
                found.add(nested[1] or nested[2])
        return found


def _scripts(node: raw.Node) -> Iterator[str]:
    """The texts of the scripts, powers aside: a number above is no index."""
    if isinstance(node, raw.Scripted) and isinstance(node.base, raw.Symbol):
        for script in node.scripts:
            is_power = script.body is not None or _NUMBER.fullmatch(script.text) is not None
            if not (script.is_above and is_power):
                yield script.text
    if isinstance(node, raw.Product):
        for factor in node.factors:
            yield from _scripts(factor)


def parts_of(text: str) -> list[str]:
    r"""ij, i,j and out_j u as their parts; a label of several letters is one part.

    >>> parts_of("ij"), parts_of("i, j"), parts_of("out_j u"), parts_of("t-1")
    (['i', 'j'], ['i', 'j'], ['out_j', 'u'], ['t-1'])
    """
    parts = [part for part in re.split(r"[,\s]+", text.strip()) if part]
    return list(parts[0]) if len(parts) == 1 and re.fullmatch("[a-z]{2}", parts[0]) else parts


_Place = tuple[Span, set[str]]
"""Where an index stands, and the indices of the equation."""


def _check(right: raw.Node, definition: raw.Definition, indices: set[str], labels: _Labels) -> None:
    found: list[_Place] = []
    over_time: list[Span] = []
    for node in walk(right):
        if (bounds := sum_bounds(node)) is not None and labels.is_time(bounds[1]):
            over_time.append(node.span)
        if isinstance(node, raw.Scripted) and isinstance(node.base, raw.Bracket):
            found += [(s.span, {s.text}) for s in node.scripts if s.text in indices]
        if isinstance(node, raw.Product):
            found += _in_sums(node, indices, labels)
    if over_time:
        raise _over_time(min(over_time, key=_order))
    if found:
        span, told = min(found, key=lambda place: _order(place[0]))
        raise _for_one_entry(definition, told, span)


def _order(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _over_time(span: Span) -> NotationError:
    return NotationError(
        "S313", "a sum over the steps is not read", span,
        notes=("a step does not see the steps before it, but the states they left",),
        help="carry it in a state, as in s_t = s_{t-1} + v_t",
    )  # fmt: skip


def _in_sums(product: raw.Product, indices: set[str], labels: _Labels) -> Iterator[_Place]:
    """Σ_j W_{ij} x_j: one factor carries the index beside another, and one carries it alone."""
    sign = next((n for n, factor in enumerate(product.factors) if sum_bounds(factor)), None)
    if sign is None or not (bounds := sum_bounds(product.factors[sign])):
        return
    index = bounds[0]
    carrying = [f for f in product.factors[sign + 1 :] if index in labels.of(f)]
    matrices = [factor for factor in carrying if len(labels.of(factor)) > 1]
    if index and matrices and len(carrying) > 1:
        yield matrices[0].span, (labels.indices(matrices[0]) & indices) | {index}


def _for_one_entry(definition: raw.Definition, indices: set[str], span: Span) -> NotationError:
    several = len(indices) > 1
    named = ("the indices " if several else "the index ") + " and ".join(sorted(indices))
    text, matrix = spelled_at(definition.span), spelled_at(span)
    if _SUM.search(text):
        text = text.replace(matrix, matrix[:1].upper() + matrix[1:])
    whole = _whole(text, indices)
    return NotationError(
        "S306", f"{named} make{'s' * (not several)} this an equation for one entry", span,
        notes=("the equations of a file are about whole vectors and matrices",),
        help=f"write the whole vector, without {named}: {whole}",
    )  # fmt: skip


def _whole(text: str, indices: set[str]) -> str:
    """An equation without its sums and indices."""

    def kept(match: re.Match[str]) -> str:
        content = match[2] if match[2] is not None else match[3]
        parts = [_NESTED.sub(lambda m: "" if (m[1] or m[2]) in indices else m[0], part)
                 for part in parts_of(content) if part not in indices]  # fmt: skip
        if parts == parts_of(content):
            return match[0]
        return f"{match[1]}{{{','.join(parts)}}}" if parts else ""

    without = _SCRIPT.sub(kept, _SUM.sub("", text))
    return " ".join(without.replace("&", " ").split())
