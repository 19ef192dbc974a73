"""Values of parameters, written as correspondences: `W_i = [W_hi, W_xi]`, `b_f = b_f + 1`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from symlstm import functions
from symlstm.cell import Cell
from symlstm.verification.equality.cell_form import CellForm
from symlstm.verification.equality.forms import EMPTY, Forms, Leaf, Monomial, Polynomial, Range
from symlstm.verification.equality.report import Composition
from symlstm.verification.equality.told import plain_size

Values = Mapping[Leaf, Polynomial]


@dataclass(frozen=True)
class Composer:
    """Writes values of the general cell's parameters in the names of the special one's."""

    forms: Forms
    special: CellForm
    general: CellForm

    def compositions(self, values: Values, is_packed: bool = True) -> tuple[Composition, ...]:
        """A correspondence for each parameter, in the order of the cells' parameters.

        A parameter of the special cell that is cut into whole parameters of the general one is
        written as what it consists of, unless `is_packed` is False; everything else the other way
        round.
        """
        packed = dict(self._packed(values)) if is_packed else {}
        done = {leaf for _, leaves in packed.values() for leaf in leaves}
        found = [composition for composition, _ in packed.values()]
        for quantity in self.general.cell.parameters:
            leaves = [leaf for leaf in values if leaf.name == quantity.name and leaf not in done]
            if leaves:
                found += self._compositions(quantity.name, leaves, values)
        return tuple(found)

    def _compositions(self, name: str, leaves: list[Leaf], values: Values) -> Iterator[Composition]:
        """A parameter as its blocks; one at a time if they are no rows of blocks."""
        ordered, width = in_rows(leaves)
        side = self.general.side
        if _fill_rows(ordered, width):
            yield Composition(name, tuple(self.text(values[f]) for f in ordered), side, width)
            return
        for leaf in ordered:
            text = self._name(leaf, self.general.cell)
            yield Composition(text, (self.text(values[leaf]),), side)

    def _packed(self, values: Values) -> Iterator[tuple[str, tuple[Composition, list[Leaf]]]]:
        taken = {q.name for q in self.general.cell.parameters}
        for quantity in self.special.cell.parameters:
            blocks = self._blocks_of(quantity.name, values)
            if len(blocks) < 2 or quantity.name in taken:
                continue
            ordered, width = in_rows(list(blocks))
            if not _fill_rows(ordered, width):
                continue
            parts = tuple(self._inverse(blocks[leaf], values[blocks[leaf]]) for leaf in ordered)
            composition = Composition(quantity.name, parts, self.special.side, width)
            yield quantity.name, (composition, [blocks[leaf] for leaf in ordered])

    def _blocks_of(self, name: str, values: Values) -> dict[Leaf, Leaf]:
        """The blocks of a special parameter, each with the general parameter that it is; or none.

        All of its uses are blocks, and each is exactly one whole parameter, up to its sign.
        """
        found: dict[Leaf, Leaf] = {}
        for leaf, value in values.items():
            for used in self.forms.leaves(value):
                if used.name != name:
                    continue
                whole = self.general.whole(self.general.cell.quantity(leaf.name))
                if leaf != whole or len(value) != 1 or used.upright in found or not value[0][1]:
                    return {}
                if abs(value[0][1]) != 1:
                    return {}
                found[used.upright] = leaf
        whole = self.special.whole(self.special.cell.quantity(name))
        return {} if whole in found else found

    def _inverse(self, leaf: Leaf, value: Polynomial) -> str:
        """p = ±q or ±qᵀ, as what q is."""
        ((monomial, coefficient),) = value
        used: Leaf = self.forms.nodes[monomial[0][0]][1]
        turned = replace(leaf, is_transposed=used.is_transposed)
        return _coefficient(coefficient, True) + self._name(turned, self.general.cell)

    def text(self, value: Polynomial) -> str:
        """A value, such as `-W_z`, `b_x + b_h`, `b_f + 1`, `W_i[:, 0:H]`, `0`."""
        text = ""
        for monomial, coefficient in sorted(value, key=lambda term: term[0] == EMPTY):
            name = self._monomial(monomial)
            number = _coefficient(abs(coefficient), bool(name)) + name
            if text:
                text += (" - " if coefficient < 0 else " + ") + number
            else:
                text = ("-" if coefficient < 0 else "") + number
        return text or "0"

    def _monomial(self, monomial: Monomial) -> str:
        if monomial == EMPTY:
            return ""
        return " ∘ ".join(
            self._power(self._factor(factor), exponent) for factor, exponent in monomial
        )

    def _power(self, base: str, exponent: Fraction) -> str:
        if exponent.denominator == 1 and 1 <= exponent <= 5:
            return " ∘ ".join([base] * int(exponent))
        return f"{base}^{exponent}" if exponent.denominator == 1 else f"{base}^({exponent})"

    def _factor(self, factor: int) -> str:
        node = self.forms.nodes[factor]
        match node[0]:
            case "leaf":
                return self._name(node[1], self.special.cell)
            case "identity":
                return "I"
            case "diagonal":
                return f"diag({self.text(node[1])})"
            case "ones":
                return "1"
            case "call":
                return f"{functions.by_name(node[1]).unicode}({self.text(node[2])})"
            case "product":
                first, *others = node[1]
                texts = [self._operand(monomial) for monomial in others]
                is_broadcast = self._operand(first) == "1" and len(others) == 1
                return " ".join(texts if is_broadcast else [self._operand(first), *texts])
            case "sum":
                return f"({self.text(node[1])})"
            case _:
                return "…"

    def _operand(self, monomial: Monomial) -> str:
        text = self._monomial(monomial)
        return f"({text})" if len(monomial) > 1 else text

    def _name(self, leaf: Leaf, cell: Cell) -> str:
        rows, columns = cell.quantity(leaf.name).shape
        across = ":" if leaf.columns == (0, columns) else _ends(leaf.columns)
        block = ""
        if across != ":":
            block = f"[{':' if leaf.rows == (0, rows) else _ends(leaf.rows)}, {across}]"
        elif leaf.rows != (0, rows):
            block = f"[{_ends(leaf.rows)}]"
        return leaf.name + block + ("^T" if leaf.is_transposed else "")


def _ends(along: tuple[Any, Any]) -> str:
    first = "" if along[0] == 0 else plain_size(along[0])
    return f"{first}:{plain_size(along[1])}"


def _coefficient(number: Fraction, has_name: bool) -> str:
    if not has_name:
        return str(number)
    return {1: "", -1: "-"}.get(number, f"{number} ")  # type: ignore[call-overload]


def in_rows(leaves: Sequence[Leaf]) -> tuple[list[Leaf], int]:
    """Blocks row by row, each from left to right, and how many there are side by side."""
    rows = _in_order({leaf.rows for leaf in leaves})
    columns = _in_order({leaf.columns for leaf in leaves})
    ordered = sorted(leaves, key=lambda f: (rows.index(f.rows), columns.index(f.columns)))
    return ordered, len(columns)


def _fill_rows(ordered: Sequence[Leaf], width: int) -> bool:
    """Whether blocks are rows of as many blocks each, below each other."""
    columns = [leaf.columns for leaf in ordered[:width]]
    return len(ordered) % width == 0 and all(
        leaf.rows == ordered[n - n % width].rows and leaf.columns == columns[n % width]
        for n, leaf in enumerate(ordered)
    )


def _in_order(ranges: Set[Range]) -> list[Range]:
    """Ranges in the order in which they follow each other; H comes before H+D."""

    def place(along: Range) -> tuple[int, str]:
        count, start = 0, along[0]
        while start != 0 and count <= len(ranges):
            before = next((r for r in ranges if r[1] == start), None)
            count, start = count + 1, 0 if before is None else before[0]
        return count, str(along)

    return sorted(ranges, key=place)


def lacking_own(forms: Forms, values: Values, told: set[Leaf]) -> list[Leaf]:
    """The parameters that the special cell cannot set freely, apart from those that were told.

    One that has a parameter of the special cell to itself can take any value, unless it is
    U + Uᵀ or U − Uᵀ; if all have one, the cells are equal, each a case of the other. As few as
    possible are named: of two that share a parameter, the one that is it under its own name and
    sign stays.
    """
    kept = [leaf for leaf in values if leaf not in told]
    lacking: list[Leaf] = []
    while True:
        used: dict[Leaf, list[Leaf]] = {}
        for leaf in kept:
            for other in {f.upright for f in forms.leaves(values[leaf])}:
                used.setdefault(other, []).append(leaf)
        own = {
            leaves[0] for other, leaves in used.items()
            if len(leaves) == 1 and not _is_symmetric(forms, values[leaves[0]], other)
        }  # fmt: skip
        without = [leaf for leaf in kept if leaf not in own]
        if not without:
            return [leaf for leaf in values if leaf in lacking]
        worst = max(without, key=lambda leaf: _oddness(forms, leaf, values[leaf]))
        kept.remove(worst)
        lacking.append(worst)


def _is_symmetric(forms: Forms, value: Polynomial, own: Leaf) -> bool:
    """Whether a value has c U and ±c Uᵀ: with U, it is symmetric or antisymmetric."""
    shares = {
        forms.nodes[m[0][0]][1].is_transposed: c
        for m, c in value
        if len(m) == 1 and m[0][1] == 1 and forms.nodes[m[0][0]][0] == "leaf"
        and forms.nodes[m[0][0]][1].upright == own
    }  # fmt: skip
    return len(shares) == 2 and abs(shares[True]) == abs(shares[False])


def _oddness(forms: Forms, leaf: Leaf, value: Polynomial) -> tuple[bool, bool, bool]:
    """How far a value is from a parameter of the same name."""
    names = {f.name for f in forms.leaves(value)}
    is_signed = any(c != 1 for _, c in value)
    return not names, is_signed or len(value) > 1, names != {leaf.name}
