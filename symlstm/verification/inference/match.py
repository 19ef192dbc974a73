"""A binding of foreign code: how it is called, and what each part of its arrays is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symlstm.interface import Argument, Kind
from symlstm.verification.inference.packing import CellAtom, Grid, Place
from symlstm.verification.inference.views import Orientation


@dataclass(frozen=True)
class Call:
    """A way to call a foreign function: the forms of its slots, and how its arrays lie.

    Args:
        function: its name.
        names: its arguments, in their order.
        biases: for each slot where its vectors lie, once that is chosen.
    """

    function: str
    names: tuple[str, ...]
    kind: Kind
    way: Orientation
    forms: Mapping[str, Any]
    biases: Mapping[str, frozenset[Place]] = field(default_factory=dict[str, frozenset[Place]])

    @property
    def parameters(self) -> list[str]:
        """The slots of packed parameters."""
        return [
            slot for slot, form in self.forms.items()
            if form["kind"] == "array" and not form.get("carriers")
        ]  # fmt: skip

    def holders(self) -> list[tuple[str, int, str]]:
        """(slot, place within it, label) of each input and state."""
        return [
            (slot, place, label)
            for slot, form in self.forms.items()
            for place, label in enumerate(form.get("carriers", ()))
        ]


@dataclass(frozen=True)
class Assigned:
    """What an atom of a foreign array is given: a part of a parameter, times a factor, plus a
    constant; no part: 0."""

    atom: CellAtom | None
    factor: int = 1
    offset: float = 0.0


@dataclass(frozen=True)
class Match:
    """A binding of foreign code.

    Args:
        carriers: by slot and place, the argument of the cell that it is given.
        grids: by slot, how the array is cut, and what each of its atoms is given, gate by gate.
        results: by the cell's result, the path of it among what is returned, and what part.
        is_exact: whether all numbers agreed.
        score: the share of what answered rightly.
        remarks: what was found by the way.
    """

    call: Call
    carriers: Mapping[tuple[str, int], Argument]
    grids: Mapping[str, tuple[Grid, tuple[tuple[Assigned, ...], ...]]]
    results: Mapping[str, tuple[tuple[Any, ...], str]]
    is_exact: bool
    score: float
    remarks: tuple[str, ...] = ()

    @property
    def plainness(self) -> int:
        """How many atoms are given as something else than a whole parameter, fewest first."""
        entries = [e for _, rows in self.grids.values() for row in rows for e in row]
        return sum(
            e.factor != 1 or e.offset != 0 or e.atom is None or not e.atom.is_whole for e in entries
        )
