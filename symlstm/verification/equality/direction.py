"""The ways to set two cells against each other: which is the special one, which signal is which.

What was told of the correspondence is turned into values here, once for each way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symlstm.cell import Cell, Role
from symlstm.messages import UsageError
from symlstm.verification.equality.cell_form import CellForm
from symlstm.verification.equality.forms import Forms, Leaf, Polynomial
from symlstm.verification.equality.matching import Matcher
from symlstm.verification.equality.signals import Signals, pairings
from symlstm.verification.equality.slots import Relaxed
from symlstm.verification.equality.told import Reader, Told, read_told


@dataclass(frozen=True)
class Direction:
    """One of the two cells as the special one, the other as the general one.

    Args:
        overridden: told blocks that the equations do not use as such; put in after the search.
    """

    matcher: Matcher
    signals: Signals
    told: Mapping[Leaf, Polynomial]
    overridden: Mapping[Leaf, Polynomial]

    @property
    def side(self) -> int:
        return self.matcher.special.side

    @property
    def all_told(self) -> set[Leaf]:
        return {*self.told, *self.overridden}

    def values(self, found: Mapping[Leaf, Polynomial]) -> dict[Leaf, Polynomial]:
        names = {leaf.name for leaf in self.overridden}
        return {k: v for k, v in found.items() if k.name not in names} | dict(self.overridden)


class Plan:
    """Two cells in one table of forms, and what was told of them.

    Args:
        is_reduced: whether the forms are the reduced ones.
        is_relaxed: whether every slot of either cell is a parameter of its own.
    Raises:
        UsageError: what was told names what does not exist, or shapes that do not fit.
    """

    def __init__(
        self,
        first: Cell,
        second: Cell,
        where: tuple[str, ...],
        is_reduced: bool = False,
        is_relaxed: bool = False,
    ) -> None:
        self.first, self.second, self.where = first, second, where
        self.forms = Forms(is_reduced)
        self.shortcuts: set[str] = set()
        form = Relaxed if is_relaxed else CellForm
        self.cells = (form(self.forms, first, 0), form(self.forms, second, 1))
        self.with_states = (
            CellForm(self.forms, first, 0, keeps_states=True),
            CellForm(self.forms, second, 1, keeps_states=True),
        )
        read = [read_told(text, (first, second)) for text in where]
        self.told = [t for t in read if isinstance(t, Told)]
        self.paired = {a: b for t in read if isinstance(t, tuple) for a, b in (t,)}
        self.tells_units = any(first.quantity(a).role is Role.INTERMEDIATE for a in self.paired)
        self._check_shapes()

    @property
    def tells_all(self) -> bool:
        """Whether every parameter of one of the cells was told."""
        names = {told.name for told in self.told}
        return bool(names) and any(
            {q.name for q in cell.parameters} <= names for cell in (self.first, self.second)
        )

    def directions(self, side: int, keeps_states: bool = False) -> Iterator[Direction]:
        """The ways to pair the signals, with the cell `side` as the special one."""
        cells = self.with_states if keeps_states else self.cells
        special, general = cells[side], cells[1 - side]
        named = {b: a for a, b in self.paired.items()} if side == 0 else self.paired
        for signals in pairings(special.cell, general.cell, named):
            try:
                told = self._told_values(side, signals)
            except UsageError:  # what was told has the wrong shapes if the signals are paired so
                continue
            if told is None:
                continue
            known = {k: v for k, v in told.items() if self._is_used_so(general, k)}
            wrong = {leaf.name for leaf in told.keys() - known.keys()}
            known = {k: v for k, v in known.items() if k.name not in wrong}
            rest = {k: v for k, v in told.items() if k not in known}
            matcher = Matcher(self.forms, special, general, self.shortcuts)
            yield Direction(matcher, signals, known, rest)

    def likeliest(self) -> Direction | None:
        """The first way to pair the signals, the first cell as the special one if possible."""
        return next((d for side in (0, 1) for d in self.directions(side)), None)

    def _told_values(self, side: int, signals: Signals) -> dict[Leaf, Polynomial] | None:
        reader = Reader(self.forms, self.cells[side], self.cells[1 - side], signals.sizes)
        found: dict[Leaf, Polynomial] = {}
        for told in self.told:
            values = reader.values(told)
            if values is None:
                return None
            found |= values
        return found

    def _is_used_so(self, general: CellForm, leaf: Leaf) -> bool:
        """Whether the equations use a block as one; a whole parameter can be cut."""
        return leaf == general.whole(general.cell.quantity(leaf.name)) or leaf in general.atoms

    def owners(self, side: int) -> dict[str, str]:
        """Intermediate quantities of the general cell that were told to be those of the special."""
        return {(b if side == 0 else a): (a if side == 0 else b) for a, b in self.paired.items()}

    def _check_shapes(self) -> None:
        """Whether what was told has the right shapes in one way to pair the signals at least."""
        for told in self.told:
            special, general = self.cells[1 - told.side], self.cells[told.side]
            named = {b: a for a, b in self.paired.items()} if told.side else self.paired
            ways = [s.sizes for s in pairings(special.cell, general.cell, named)]
            failures: list[UsageError] = []
            for sizes in ways or [dict[Any, Any]()]:
                try:
                    Reader(self.forms, special, general, sizes).values(told)
                    break
                except UsageError as error:
                    failures.append(error)
            else:
                raise failures[0]
