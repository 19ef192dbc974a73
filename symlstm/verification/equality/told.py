"""Correspondences as a person tells them: `W_i = [W_hi, W_xi]`, `W_z = -W_z`, `b_f = b_f + 1`.

On the left stands a parameter of one cell, on the right blocks made of parameters of the other:
sums of them with numbers, `^T` for a transpose, `I` for the identity, `,` between columns and `;`
between rows, as in `[A, B; C, D]`. `h = y` pairs two signals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from sympy import Integer, Symbol

from symlstm.cell import Cell, Quantity, Role
from symlstm.messages import UsageError
from symlstm.verification.equality.cell_form import CellForm
from symlstm.verification.equality.forms import Forms, Leaf, Polynomial, Range, as_size
from symlstm.verification.equality.sizes import in_sizes, unify_sizes

_SIZE = r"[\w+]+"
_NUMBER = r"[0-9]{1,100}"
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER}(?:\.{_NUMBER})?(?:/{_NUMBER})?)\s*\*?|"
    rf"(?P<name>[A-Za-z]\w*)(?P<block>\[\s*(?:{_SIZE})?:(?:{_SIZE})?\s*"
    rf"(?:,\s*(?:{_SIZE})?:(?:{_SIZE})?\s*)?\])?(?P<transposed>\^T|\^\\top|ᵀ)?|"
    r"(?P<sign>[-+−])|(?P<comma>[,;]))\s*"
)


@dataclass(frozen=True)
class Piece:
    """coefficient · name, some rows and columns of it, transposed or not; a number without a name.

    Args:
        block: from and up to which row and column, as they were written; empty for all.
    """

    coefficient: Fraction
    name: str = ""
    block: tuple[tuple[str, str], ...] = ()
    is_transposed: bool = False


@dataclass(frozen=True)
class Told:
    """One correspondence: a parameter of the cell `side`, as blocks of the other's.

    Args:
        parts: the blocks, row by row.
        width: how many stand side by side.
    """

    text: str
    name: str
    parts: tuple[tuple[Piece, ...], ...]
    width: int
    side: int


def read_told(text: str, cells: tuple[Cell, Cell]) -> Told | tuple[str, str]:
    """A correspondence of parameters; for signals their names, the first cell's first.

    Raises:
        UsageError: it is none, or its names are not those of the cells.
    """
    match = re.fullmatch(r"\s*([A-Za-z]\w*)\s*=(?!=)\s*(\[)?(.*?)\s*", text, re.DOTALL)
    if match is None:
        raise _malformed(text)
    name, bracket, rest = match[1], match[2], match[3]
    if bracket:
        if not rest.endswith("]"):
            raise _malformed(text)
        rest = rest[:-1]
    parts, width = _parts(text, rest)
    if len(parts) > 1 and not bracket:
        raise _malformed(text)
    signals = _signals(name, parts, cells)
    if signals is not None:
        return signals
    return Told(text, name, parts, width, _side(text, name, parts, cells))


def _malformed(text: str) -> UsageError:
    return UsageError(
        "S006", f"{text!r} is no correspondence",
        help="write it as 'W_i = [W_hi, W_xi]' or 'U = W_hi'; ; stacks rows; "
        "'W_z = -W_z', 'W = V^T', 'b_f = b_f + 1' and 'w_ci = 0' are understood",
    )  # fmt: skip


def _parts(text: str, rest: str) -> tuple[tuple[tuple[Piece, ...], ...], int]:
    """The blocks, and how many stand side by side."""
    parts: list[list[Piece]] = [[]]
    ends: list[int] = []
    sign, number, is_joined = 1, None, True
    position = 0
    while position < len(rest):
        token = _TOKEN.match(rest, position)
        if token is None or token.end() == position:
            raise _malformed(text)
        position = token.end()
        if token["comma"]:
            if not is_joined and number is None and parts[-1]:
                parts.append([])
            elif number is not None:
                parts[-1].append(Piece(sign * number))
                parts.append([])
            else:
                raise _malformed(text)
            sign, number, is_joined = 1, None, True
            if token["comma"] == ";":
                ends.append(len(parts) - 1)
        elif token["sign"]:
            if number is not None:
                parts[-1].append(Piece(sign * number))
            sign, number, is_joined = (1 if token["sign"] == "+" else -1), None, True
        elif token["number"]:
            if number is not None:
                raise _malformed(text)
            number = _number(text, token["number"])
        else:
            if not is_joined and number is None:
                parts.append([])
            coefficient = sign * (Fraction(1) if number is None else number)
            parts[-1].append(_piece(token, coefficient))
            sign, number, is_joined = 1, None, False
    if number is not None:
        parts[-1].append(Piece(sign * number))
    elif is_joined:
        raise _malformed(text)
    widths = {b - a for a, b in pairwise([0, *ends, len(parts)])}
    if len(widths) > 1:
        raise _malformed(text)
    return tuple(tuple(p) for p in parts), widths.pop()


def _number(text: str, written: str) -> Fraction:
    try:
        return Fraction(written)
    except ZeroDivisionError:
        raise UsageError(
            "S006", f"{text!r} divides by zero: {written}", help="write a number, as in 'W = 1/2 W'"
        ) from None


def _piece(token: re.Match[str], coefficient: Fraction) -> Piece:
    block = tuple(
        (ends[0].strip(), ends[1].strip())
        for along in (token["block"] or "").strip("[]").split(",")
        if len(ends := along.split(":")) == 2
    )
    return Piece(coefficient, token["name"], block, bool(token["transposed"]))


def _names(parts: Sequence[Sequence[Piece]]) -> set[str]:
    return {piece.name for part in parts for piece in part} - {"", "I"}


def _signals(
    name: str, parts: Sequence[Sequence[Piece]], cells: tuple[Cell, Cell]
) -> tuple[str, str] | None:
    """Two names of signals, the first cell's first."""
    if len(parts) != 1 or len(parts[0]) != 1 or parts[0][0] != Piece(Fraction(1), parts[0][0].name):
        return None
    signals = [{q.name for q in c.quantities if q.role is not Role.PARAMETER} for c in cells]
    other = parts[0][0].name
    ways = [
        pair for pair in ((other, name), (name, other))
        if pair[0] in signals[0] and pair[1] in signals[1]
    ]  # fmt: skip
    alike = [
        pair for pair in ways if len({_kind(c, n) for c, n in zip(cells, pair, strict=True)}) == 1
    ]
    if ways and not alike:
        raise _of_two_kinds(ways[0], cells)
    return next(iter(alike), None)


def _kind(cell: Cell, name: str) -> str:
    """input, result or intermediate: what a signal can be paired with."""
    quantity = cell.quantity(name)
    return "result" if quantity in cell.results else quantity.role.value


def _of_two_kinds(pair: tuple[str, str], cells: tuple[Cell, Cell]) -> UsageError:
    kinds = [_kind(cell, name) for cell, name in zip(cells, pair, strict=True)]
    wanted = next(n for n in (1, 0) if kinds[n] != "result")
    is_result = "result" in kinds
    listed = cells[wanted].results if is_result else cells[wanted].inputs
    what = "results" if is_result else "inputs"
    names = ", ".join(q.name for q in listed)
    return UsageError(
        "S431", f"{pair[0]} is an {kinds[0]} of {cells[0].name}, "
        f"and {pair[1]} is an {kinds[1]} of {cells[1].name}: they cannot be paired".replace(
            "an result", "a result"),
        notes=(f"the {what} of {cells[wanted].name} are {names}",),
        help="pair an input with an input, a result with a result",
    )  # fmt: skip


def _side(text: str, name: str, parts: Sequence[Sequence[Piece]], cells: tuple[Cell, Cell]) -> int:
    names = [{q.name for q in cell.parameters} for cell in cells]
    wanted = _names(parts)
    side = next((n for n in (1, 0) if name in names[n] and wanted <= names[1 - n]), None)
    if side is None:
        raise UsageError(
            "S007", f"in {text!r} the left name is no parameter of one cell, or the right ones "
            "are none of the other",
            notes=tuple(f"{c.name} has {', '.join(q.name for q in c.parameters)}" for c in cells),
            help="use the names that symlstm show prints",
        )  # fmt: skip
    return side


@dataclass(frozen=True)
class Reader:
    """Turns what was told into values, for one of the two cells as the general one.

    Args:
        sizes: the named sizes of the general cell, by those of the special one.
    """

    forms: Forms
    special: CellForm
    general: CellForm
    sizes: Mapping[Symbol, Any]

    def values(self, told: Told) -> dict[Leaf, Polynomial] | None:
        """The values that a correspondence gives; None if it says nothing of the general cell.

        Raises:
            UsageError: the shapes do not fit.
        """
        if told.side == self.general.side:
            return self._direct(told)
        return self._inverse(told)

    def _direct(self, told: Told) -> dict[Leaf, Polynomial]:
        quantity = self.general.cell.quantity(told.name)
        whole = self.general.whole(quantity)
        shapes = [self._shape(told, part) for part in told.parts]
        self._check(told, quantity, shapes)
        values = [self._value(part) for part in told.parts]
        if len(values) == 1:
            return {whole: values[0]}
        back = {s: size for size, s in self.sizes.items() if s.is_Symbol}
        known = [(as_size(s[0]).xreplace(back), as_size(s[1]).xreplace(back))
                 for s in shapes if s is not None]  # fmt: skip
        return dict(zip(_blocks(whole, known, told.width), values, strict=True))

    def _inverse(self, told: Told) -> dict[Leaf, Polynomial] | None:
        """q = s·p + c is p = (q − c)/s, where each block is one parameter of the general cell.

        For s = 0 it says nothing of p.
        """
        quantity = self.special.cell.quantity(told.name)
        whole = self.special.whole(quantity)
        pieces: list[tuple[Piece, Fraction, Leaf]] = []
        for part in told.parts:
            named = [p for p in part if p.name]
            if len(named) != 1 or named[0].name == "I" or named[0].block:
                return None
            if not named[0].coefficient:
                return None
            constant = sum((p.coefficient for p in part if not p.name), Fraction(0))
            other = self.general.whole(self.general.cell.quantity(named[0].name))
            pieces.append((named[0], constant, other))
        turned = [replace(other, is_transposed=p.is_transposed).shape for p, _, other in pieces]
        shapes = [(in_sizes(self.sizes, s[0]), in_sizes(self.sizes, s[1])) for s in turned]
        found: dict[Leaf, Polynomial] = {}
        blocks = _blocks(whole, shapes, told.width)
        for (piece, constant, other), leaf in zip(pieces, blocks, strict=True):
            value = self.forms.subtract(self.forms.leaf(leaf), self.forms.constant(constant))
            value = self.forms.scale(1 / piece.coefficient, value)
            found[other] = self.forms.transpose(value) if piece.is_transposed else value
        return found

    def _leaf(self, piece: Piece) -> Leaf:
        leaf = self.special.whole(self.special.cell.quantity(piece.name))
        if piece.block:
            names = {s.name: s for s in self.special.cell.dimensions}
            ranges = [
                _range(ends, end, names)
                for ends, end in zip(piece.block, (leaf.rows[1], leaf.columns[1]), strict=False)
            ]
            leaf = leaf.cut(*ranges, *[None] * (2 - len(ranges)))
        return replace(leaf, is_transposed=piece.is_transposed)

    def _shape(self, told: Told, part: Sequence[Piece]) -> tuple[Any, Any] | None:
        """The shape of a block, in sizes of the special cell; None for a mere number."""
        named = [p for p in part if p.name not in ("", "I")]
        if named:
            return self._leaf(named[0]).shape
        if len(told.parts) > 1:
            raise _malformed(told.text)
        return None

    def _value(self, part: Sequence[Piece]) -> Polynomial:
        pieces: list[Polynomial] = []
        for piece in part:
            if piece.name == "I":
                rows = self.special.cell.states[0].shape[0]
                form = self.forms.identity(rows)
            elif piece.name:
                form = self.forms.leaf(self._leaf(piece))
            else:
                form = self.forms.constant(1)
            pieces.append(self.forms.scale(piece.coefficient, form))
        return self.forms.add(*pieces)

    def _check(self, told: Told, whole: Quantity, shapes: Sequence[tuple[Any, Any] | None]) -> None:
        known = [s for s in shapes if s is not None]
        if not known:
            return
        sizes = dict(self.sizes)
        if not _fit(sizes, whole.shape, known, min(told.width, len(known))):
            named = [p for part in told.parts for p in part if p.name not in ("", "I")]
            raise UsageError(
                "S008", f"the shapes in {told.text!r} do not fit: "
                f"{told.name} is {times_text(whole.shape)}, "
                + ", ".join(f"{p.name} is {times_text(self._leaf(p).shape)}" for p in named),
                help="blocks side by side have as many rows, and their columns add up",
            )  # fmt: skip


def _blocks(whole: Leaf, shapes: Sequence[tuple[Any, Any]], width: int) -> list[Leaf]:
    """Rows of blocks of a parameter, `width` side by side; what is not cut is left whole."""
    if len(shapes) == 1:
        return [whole]
    rows = [whole.rows] if len(shapes) == width else _cuts([s[0] for s in shapes[::width]])
    columns = [whole.columns] if width == 1 else _cuts([s[1] for s in shapes[:width]])
    return [replace(whole, rows=across, columns=along) for across in rows for along in columns]


def _cuts(sizes: Sequence[Any]) -> list[Range]:
    """0 … a, a … a + b, and so on."""
    return list(pairwise(accumulate(sizes, initial=Integer(0))))


def _fit(
    sizes: dict[Symbol, Any], whole: tuple[Any, Any], shapes: Sequence[tuple[Any, Any]], width: int
) -> bool:
    """Whether rows of blocks are as high and as wide as the whole."""
    rows = [shapes[n : n + width] for n in range(0, len(shapes), width)]
    heights = [row[0][0] for row in rows]
    widths = [sum((s[1] for s in row[1:]), row[0][1]) for row in rows]
    return (
        all((s[0] - row[0][0]) == 0 for row in rows for s in row)
        and unify_sizes(sizes, whole[0], sum(heights[1:], heights[0]))
        and all(unify_sizes(sizes, whole[1], width) for width in widths)
    )


def _range(ends: tuple[str, str], whole: Any, names: Mapping[str, Symbol]) -> Range:
    first = _size(ends[0], names) if ends[0] else Integer(0)
    return first, _size(ends[1], names) if ends[1] else whole


def _size(text: str, names: Mapping[str, Symbol]) -> Any:
    """A size such as H+D, 2H or 3."""
    total: Any = Integer(0)
    for term in text.split("+"):
        match = re.fullmatch(r"\s*([0-9]{0,100})\s*([A-Za-z]\w*)?\s*", term)
        if match is None or (match[2] and match[2] not in names) or not (match[1] or match[2]):
            raise UsageError("S006", f"{text!r} is no size", help="write it as H, 2H or H+D")
        total += Integer(match[1] or 1) * (names[match[2]] if match[2] else 1)
    return total


def plain_size(dimension: Any) -> str:
    """A size as a person writes it: H+D, not D + H; 4H, not 4*H."""
    terms = (str(a).replace("*", "") for a in as_size(dimension).as_ordered_terms())
    return "+".join(sorted(terms, reverse=True))


def times_text(shape: tuple[Any, Any]) -> str:
    """A shape as H×(H+D)."""
    sizes = [plain_size(d) for d in shape]
    return "×".join(f"({size})" if "+" in size else size for size in sizes)
