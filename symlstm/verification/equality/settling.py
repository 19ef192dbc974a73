"""Cells whose sizes are not those of each other by another name: 1 against H, H twice against D, H.

Names of sizes say nothing: a cell over D and H is one over M and N. But a cell of one unit is a
vector of cells only at H = 1, and one whose input is as wide as its state is another at D = H.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from symlstm.cell import Cell
from symlstm.interface import Sizes
from symlstm.verification.equality.report import EqualityReport
from symlstm.verification.equality.signals import pairings, unplaced
from symlstm.verification.equality.told import plain_size
from symlstm.verification.report import Finding


@dataclass(frozen=True)
class Restriction:
    """One cell has only some of the sizes of the other.

    Args:
        special, general: the cell of fewer sizes, and the other.
        sizes: what the sizes of the general cell are then.
    """

    special: Cell
    general: Cell
    sizes: Mapping[Any, Any]

    @property
    def equations(self) -> str:
        """What is so of the general cell's sizes: `H = 1`, `D = H`."""
        names: dict[str, list[str]] = {}
        for size, value in self.sizes.items():
            names.setdefault(plain_size(value), []).append(str(size))
        return ", ".join(
            " = ".join(equal if value.isidentifier() else [*equal, value])
            for value, equal in names.items()
            if len(equal) > 1 or not value.isidentifier()
        )

    @property
    def numbers(self) -> dict[Any, Any]:
        return {size: value for size, value in self.sizes.items() if value.is_number}

    def settled(self, cell: Cell) -> Cell:
        """The general cell at the sizes that are numbers; the special one as it is."""
        return cell if cell is self.special else _at_sizes(cell, self.numbers)

    def kept(self, first: Cell, sizes: Sizes) -> Sizes:
        """Sizes of the first cell, without those that are settled."""
        settled = {str(size) for size in self.numbers} if first is self.general else set[str]()
        return {name: n for name, n in sizes.items() if name not in settled}

    def told(self, report: EqualityReport, is_difference: bool) -> EqualityReport:
        """The report with a word on the sizes.

        Args:
            is_difference: whether cells that are equal at these sizes only differ.
        """
        special, general, at = self.special.name, self.general.name, self.equations
        text = f"the sizes of {special} are those of {general} with {at} only"
        if not is_difference or report.verdict == "differs":
            return replace(report, notes=(*report.notes, text))
        notes = (f"at {at} the two are equal (proved)",) if report.verdict == "proved" else ()
        finding = Finding(
            "S108", "wrong-shape", text, notes=notes, verdict="differs",
            help=f"declare {special} with the sizes of {general}, if it is meant for all of them",
        )  # fmt: skip
        return replace(report, findings=(finding, *report.findings), unsearched=())


def restriction(first: Cell, second: Cell) -> Restriction | None:
    """How one of two cells has fewer sizes than the other; None if neither has."""
    for special, general in ((first, second), (second, first)):
        signals = next(pairings(special, general), None)
        if signals is not None and unplaced(general, special) is not None:
            found = Restriction(special, general, signals.sizes)
            return found if found.equations else None
    return None


def _at_sizes(cell: Cell, sizes: Mapping[Any, Any]) -> Cell:
    """A cell with some of its named sizes settled."""
    known = dict(sizes)
    return replace(
        cell,
        equations=tuple(
            replace(e, left=e.left.xreplace(known), right=e.right.xreplace(known))
            for e in cell.equations
        ),
        quantities=tuple(
            replace(q, shape=(q.shape[0].xreplace(known), q.shape[1].xreplace(known)))
            for q in cell.quantities
        ),
        dimensions=tuple(size for size in cell.dimensions if size not in known),
    )
