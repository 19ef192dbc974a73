"""Matching: which part of which foreign array is which parameter, from a few calls on numbers.

Let all weights of both sides be one constant and all biases 0. Then no order of gates or of
[h, x] shows, and both sides give the same numbers however they pack: the *base*. Now fill one atom
of a foreign array, and the results answer as they do when one parameter of the cell is filled, and
no other: so many calls as there are atoms tell every gate, instead of one call for each
permutation. What shows in the base itself, a constant added to a bias or a gate that is 1 − z,
is tried there. A match of numbers is a guess; the proof of the adapter is for others.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations, product
from typing import Any, cast

import numpy as np
from sympy import preorder_traversal
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm import functions
from symlstm.cell import Cell, Role
from symlstm.interface import Argument, Kind, signature
from symlstm.verification.floats import CLOSE
from symlstm.verification.inference import forms
from symlstm.verification.inference.match import Assigned, Call, Match
from symlstm.verification.inference.numbers import Equations, Foreign, Returned
from symlstm.verification.inference.packing import CellAtom, Grid, Packings, Place, cell_atoms
from symlstm.verification.inference.views import Orientation

WEIGHT = 0.21
"""The constant that all weights are in the base."""
VECTORS = (0.0, 0.37)
"""What vectors are in the base, in this order: two biases that are added show only at 0, a factor
only elsewhere."""
BASES = 3
"""At how many bases that agree the atoms are told."""
OFFSETS = (0.0, -1.0, 1.0)
"""Constants that foreign code may add to one bias, taken off."""


@dataclass(frozen=True)
class _Base:
    """A base at which both sides can be compared."""

    carriers: Mapping[tuple[str, int], Argument]
    offset: tuple[str, Place, float] | None
    flipped: frozenset[str]
    vectors: float
    results: Mapping[str, tuple[tuple[Any, ...], str]]
    distance: float
    ours: Mapping[str, Any]
    theirs: Sequence[Returned]


@dataclass
class Matcher:
    """Matches one cell with ways to call a function.

    Args:
        cell: the cell.
        kind: of the function.
        foreign: runs the code.
    """

    cell: Cell
    kind: Kind
    foreign: Foreign
    _ours: dict[Any, Any] = field(default_factory=dict[Any, Any])

    def __post_init__(self) -> None:
        self.sizes = forms.sizes_for(self.cell)
        self.equations = Equations(self.cell, self.kind, self.sizes)
        self.packings = Packings.of(self.cell, self.sizes)
        self.atoms = cell_atoms(self.cell, self.sizes)
        self.given = {
            a.name: _drawn(a.name, a.shape(self.sizes))
            for a in forms.carriers(self.cell, self.kind)
        }

    def matches(self, call: Call, is_near: bool) -> Iterator[Match]:
        """The bindings of one way to call that agree on the base, or the one that is nearest."""
        bases = [(cut, base) for cut in self._cuts(call) for base in self._bases(cut)]
        exact = [each for each in bases if each[1].distance <= CLOSE]
        nearest = sorted(bases, key=lambda each: each[1].distance)[:1]
        for cut, base in nearest if is_near else exact[:BASES]:
            yield self._assigned(cut, base)

    def _cuts(self, call: Call) -> Iterator[Call]:
        """The same with every choice of where the vectors of each array lie.

        A base has other numbers in vectors than in matrices, so that it shows where they are.
        """
        choices = [
            [(slot, vectors) for vectors in dict.fromkeys(map(_vectors, self._grids(call, slot)))]
            for slot in call.parameters
        ]
        for chosen in product(*choices):
            yield replace(call, biases=dict(chosen))

    def _grids(self, call: Call, slot: str) -> list[Grid]:
        """The ways to cut an array whose vectors lie as was chosen."""
        grids = self.packings.grids(tuple(call.forms[slot]["shapes"][0]))
        if slot not in call.biases:
            return grids
        return [grid for grid in grids if _vectors(grid) == call.biases[slot]]

    def _bases(self, call: Call) -> list[_Base]:
        tried: list[tuple[Any, ...]] = []
        places = [
            (slot, place)
            for slot in call.parameters
            for grid in self._grids(call, slot)
            for place in grid.flat
            if len(place.shape) == 1
        ]
        changes = [None, *((slot, place, o) for slot, place in _distinct(places)
                           for o in OFFSETS if o)]  # fmt: skip
        for vectors, carriers, change in product(VECTORS, self._carriers(call), changes):
            tried.append((vectors, carriers, change))
        calls = [self._values(call, c, v, change) for v, c, change in tried]
        found: list[_Base] = []
        for (vectors, carriers, change), theirs in zip(
            tried, self.foreign.calls(call.function, calls), strict=True
        ):
            if theirs is None:
                continue
            for flipped in (
                (frozenset[str](), *_gates(self.cell)) if change is None else (frozenset[str](),)
            ):
                ours = self._equations(flipped, vectors)
                if ours is not None:
                    results, distance = _results(self.kind, ours, theirs, call.way)
                    if results:
                        found.append(_Base(carriers, change, flipped, vectors, results, distance,
                                           ours, theirs))  # fmt: skip
        return found

    def _carriers(self, call: Call) -> list[dict[tuple[str, int], Argument]]:
        """Every assignment of inputs and states to the slots of their shapes."""
        by_label: dict[str, list[tuple[str, int]]] = {}
        for slot, place, label in call.holders():
            by_label.setdefault(label, []).append((slot, place))
        wanted: dict[str, list[Argument]] = {}
        for argument in forms.carriers(self.cell, self.kind):
            shape = forms.shape_of(argument, self.cell, call.way, self.sizes)
            wanted.setdefault(forms.label_of(argument, self.cell, shape), []).append(argument)
        choices = [
            [dict(zip(by_label[label], order, strict=True)) for order in permutations(arguments)]
            for label, arguments in wanted.items()
        ]
        return [{k: v for part in chosen for k, v in part.items()} for chosen in product(*choices)]

    def _values(
        self,
        call: Call,
        carriers: Mapping[tuple[str, int], Argument],
        vectors: float,
        offset: tuple[str, Place, float] | None,
        filled: tuple[str, Grid, Place, Any] | None = None,
    ) -> dict[str, tuple[Any, list[Any]]]:
        """The arrays of a call at a base, with one atom of a slot filled."""
        found: dict[str, tuple[Any, list[Any]]] = {}
        for slot, form in call.forms.items():
            arrays: list[Any] = []
            for place in range(len(form.get("shapes", ()))):
                if (slot, place) in carriers:
                    argument = carriers[slot, place]
                    arrays.append(forms.entering(argument, self.cell, call.way,
                                                 self.given[argument.name]))  # fmt: skip
                else:
                    arrays.append(self._packed(call, slot, vectors, offset, filled))
            found[slot] = (form, arrays)
        return found

    def _packed(
        self,
        call: Call,
        slot: str,
        vectors: float,
        offset: tuple[str, Place, float] | None,
        filled: tuple[str, Grid, Place, Any] | None,
    ) -> Any:
        """A packed array at a base."""
        grid = self._grids(call, slot)[0]
        array = np.full(call.forms[slot]["shapes"][0], WEIGHT)
        for place in grid.flat:
            if len(place.shape) < 2:
                place.put(array, np.full(place.shape, vectors))
        if filled is not None and filled[0] == slot:
            filled[2].put(array, filled[3])
        if offset is not None and offset[0] == slot:
            array[offset[1].index] += offset[2]
        return array

    def _equations(
        self, flipped: frozenset[str], vectors: float, filled: CellAtom | None = None
    ) -> dict[str, Any] | None:
        """The equations at a base, with one atom filled."""
        key = (flipped, vectors, filled)
        if key not in self._ours:
            given = dict(self.given)
            for quantity in self.cell.with_role(Role.PARAMETER):
                shape = next(a for a in signature(self.cell, self.kind).arguments
                             if a.name == quantity.name).shape(self.sizes)  # fmt: skip
                value = np.full(shape, WEIGHT if len(shape) == 2 else vectors)
                if filled is not None and filled.parameter == quantity.name:
                    value[tuple(e.slice for e in filled.extents)] = _filling(filled.shape)
                given[quantity.name] = -value if quantity.name in flipped else value
            self._ours[key] = self.equations(given)
        return self._ours[key]

    def _assigned(self, call: Call, base: _Base) -> Match:
        """Tell the atoms of every slot at a base."""
        tried = [
            (slot, grid, place)
            for slot in call.parameters
            for grid in self._grids(call, slot)
            for place in grid.flat
        ]
        answers = self.foreign.calls(call.function, [
            self._values(call, base.carriers, base.vectors, base.offset,
                         (slot, grid, place, _filling(place.shape)))
            for slot, grid, place in tried
        ])  # fmt: skip
        likeness: dict[tuple[str, int], dict[Place, dict[CellAtom, float]]] = {}
        for (slot, grid, place), answer in zip(tried, answers, strict=True):
            likeness.setdefault((slot, self._grids(call, slot).index(grid)), {})[place] = (
                self._likeness(call, base, place, answer)
            )
        return self._best(call, base, likeness)

    def _likeness(
        self, call: Call, base: _Base, place: Place, answer: Sequence[Returned] | None
    ) -> dict[CellAtom, float]:
        """How alike the answer to a filled atom is to that of each atom of the cell; 1 is equal.

        An atom that nothing reads answers with the base, and is like none.
        """
        if answer is None:
            return {}
        before = self._flat(call, base, base.theirs)
        after = self._flat(call, base, answer)
        if before is None or after is None or np.abs(after - before).max() <= CLOSE:
            return {}
        found: dict[CellAtom, float] = {}
        for atom in self.atoms:
            if atom.shape != place.shape:
                continue
            ours = self._equations(base.flipped, base.vectors, atom)
            if ours is None:
                continue
            expected = np.concatenate([ours[name].ravel() for name in base.results])
            usual = np.concatenate([base.ours[name].ravel() for name in base.results])
            if (
                base.distance <= CLOSE
                and _apart(after, self._seen(call, expected, ours, base)) <= CLOSE
            ):
                found[atom] = 1.0
            else:
                change = self._seen(call, expected - usual, ours, base)
                found[atom] = 0.99 * _cosine(after - before, change)
        return found

    def _flat(self, call: Call, base: _Base, returned: Sequence[Returned]) -> Any:
        arrays = {r.path: r.array for r in returned}
        parts: list[Any] = []
        for path, part in base.results.values():
            if path not in arrays:
                return None
            parts.append(_leaving(call.way, arrays[path], part).ravel())
        return np.concatenate(parts)

    def _seen(self, call: Call, flat: Any, ours: Mapping[str, Any], base: _Base) -> Any:
        """Of the cell's results those that foreign code gives: one example only, or all."""
        if not call.way.by_example:
            return flat
        parts: list[Any] = []
        start = 0
        for name in base.results:
            array = flat[start : start + ours[name].size].reshape(ours[name].shape)
            start += ours[name].size
            parts.append(_first_example(array, self.kind).ravel())
        return np.concatenate(parts)

    def _best(self, call: Call, base: _Base, likeness: Any) -> Match:
        """Of each slot the grid whose atoms are told best."""
        chosen: dict[str, tuple[Grid, list[list[Assigned]]]] = {}
        remarks: list[str] = []
        scores: list[float] = []
        used: dict[CellAtom, list[tuple[str, int, int]]] = {}
        for slot in call.parameters:
            grids = self._grids(call, slot)
            rated = [
                (sum(max(likeness[slot, n][p].values(), default=0.0) for p in grid.flat)
                 / len(grid.flat), -n)
                for n, grid in enumerate(grids)
            ]  # fmt: skip
            score, n = max(rated)
            scores.append(score)
            grid, rows = grids[-n], list[list[Assigned]]()
            for g, gate in enumerate(grid.places):
                row: list[Assigned] = []
                for s, place in enumerate(gate):
                    like = likeness[slot, -n][place]
                    atom = max(like, key=lambda a: like[a]) if like else None
                    equal = [a.text for a in like if like[a] == 1.0]
                    if len(equal) > 1:
                        remarks.append(f"{' and '.join(equal)} cannot be told apart in {slot}")
                    if atom is not None and like[atom] < 0.3:
                        atom = None
                    row.append(self._entry(atom, base, slot, place))
                    if atom is not None:
                        used.setdefault(atom, []).append((slot, g, s))
                rows.append(row)
            chosen[slot] = (grid, rows)
        shared = _share(chosen, used)
        if shared:
            remarks.append(
                f"{' and '.join(shared)} are added: they get {SHARES[0]} b and {SHARES[1]} b, "
                "and what is proved is proved for them"
            )
        given = {slot.partition("/")[0] for slot in call.forms}
        left = [name for name in call.names if name not in given]
        remarks += [f"{', '.join(left)}: left at the default, or not read"] * bool(left)
        missing = [atom.text for atom in self.atoms if atom not in used]
        remarks += [f"{', '.join(missing)}: no part of an array was found for it"] * bool(missing)
        is_exact = base.distance <= CLOSE and not missing and all(s == 1.0 for s in scores)
        return Match(
            call, base.carriers,
            {slot: (grid, tuple(map(tuple, rows))) for slot, (grid, rows) in chosen.items()},
            base.results, is_exact,
            (sum(scores) / len(scores) if scores else 0.0) - min(1.0, base.distance) / 10,
            tuple(remarks),
        )  # fmt: skip

    def _entry(self, atom: CellAtom | None, base: _Base, slot: str, place: Place) -> Assigned:
        offset = 0.0
        if base.offset is not None and base.offset[:2] == (slot, place):
            offset = base.offset[2]
        return Assigned(atom, -1 if atom and atom.parameter in base.flipped else 1, offset)


SHARES = (3, -2)
"""Two biases of which only the sum matters get 3 b and −2 b: each of them counts in the proof."""


def _share(chosen: Any, used: Mapping[CellAtom, Sequence[tuple[str, int, int]]]) -> list[str]:
    """Share out an atom that is added twice among its places; the slots of these."""
    slots: list[str] = []
    for places in used.values():
        if len(places) != len(SHARES):
            continue
        for factor, (slot, g, s) in zip(SHARES, places, strict=True):
            row = chosen[slot][1][g]
            row[s] = Assigned(row[s].atom, row[s].factor * factor, row[s].offset)
            slots.append(slot)
    return list(dict.fromkeys(slots))


def _vectors(grid: Grid) -> frozenset[Place]:
    """Where the vectors of a packed array lie."""
    return frozenset(place for place in grid.flat if len(place.shape) == 1)


def _distinct(places: Sequence[tuple[str, Place]]) -> list[tuple[str, Place]]:
    found: list[tuple[str, Place]] = []
    for each in places:
        if each not in found:
            found.append(each)
    return found


def _drawn(name: str, shape: Sequence[int]) -> Any:
    return np.random.default_rng(zlib.crc32(name.encode())).uniform(-1.2, 1.2, shape)


def _filling(shape: Sequence[int]) -> Any:
    """What an atom is filled with, the same on both sides."""
    return _drawn(f"atom {tuple(shape)}", shape)


def _apart(a: Any, b: Any) -> float:
    if np.shape(a) != np.shape(b) or not np.isfinite(a).all():
        return float("inf")
    return float((np.abs(a - b) / np.maximum(1, np.abs(b))).max(initial=0.0))


def _cosine(a: Any, b: Any) -> float:
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.dot(a, b)) / norm if norm > CLOSE and np.isfinite(norm) else 0.0


def _gates(cell: Cell) -> list[frozenset[str]]:
    """The parameters of each σ: with all of them negated, z is 1 − z."""
    parameters = {q.name for q in cell.with_role(Role.PARAMETER)}
    found: list[frozenset[str]] = []
    for equation in cell.equations:
        for node in cast(Iterable[Any], preorder_traversal(equation.right)):
            if node.func is ElementwiseApplyFunction:
                symbol = node.function.variables[0]
                inside = {str(s) for s in node.expr.free_symbols} & parameters
                is_sigmoid = node.function.expr == functions.sigmoid(symbol)
                if is_sigmoid and inside:
                    found.append(frozenset(inside))
    return found


def _first_example(array: Any, kind: Kind) -> Any:
    return array[0] if kind == "step" else array[:, 0]


def _leaving(way: Orientation, array: Any, part: str) -> Any:
    array = way.leaving.apply(array)
    return array[1:] if part else array


def _results(
    kind: Kind, ours: Mapping[str, Any], theirs: Sequence[Returned], way: Orientation
) -> tuple[dict[str, tuple[tuple[Any, ...], str]], float]:
    """For each result of the cell the returned array that is nearest to it, and how near."""
    found: dict[str, tuple[tuple[Any, ...], str]] = {}
    worst = 0.0
    for name, expected in ours.items():
        if way.by_example:
            expected = _first_example(expected, kind)
        rated: list[tuple[float, int, tuple[Any, ...], str]] = []
        for n, each in enumerate(theirs):
            for part in ("", "[1:]") if kind != "step" else ("",):
                try:
                    seen = _leaving(way, each.array, part)
                except (IndexError, ValueError, np.exceptions.AxisError):
                    continue
                if seen.shape == expected.shape:
                    rated.append((_apart(seen, expected), n, each.path, part))
        free = [r for r in rated if (r[2], r[3]) not in found.values()]
        if not free:
            return {}, float("inf")
        distance, _, path, part = min(free)
        found[name] = (path, part)
        worst = max(worst, distance)
    return found, worst
