"""Packings: how the parameters of a cell lie in the arrays of foreign code.

An *atom* is the smallest part of a parameter that packing keeps together: W_xi, the columns of W_i
that meet h. A packed array is a grid of atoms: the gates along one of its axes, and along the other
what they are multiplied with, x, h or 1 (a bias in a row of its own).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from sympy import Integer

from symlstm.cell import Cell, Quantity, Role, axes_of, ordered_terms
from symlstm.interface import Sizes, evaluate_dimension

Shape = tuple[int, ...]
Stretch = tuple[int, int]
"""From a start to an end, which is not included."""


@dataclass(frozen=True)
class Extent:
    """A stretch of an axis: [start, start + size), and its bounds as code has them."""

    start: int
    size: int
    code: str

    @property
    def slice(self) -> slice:
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True)
class CellAtom:
    """A part of a parameter of the cell.

    Args:
        parameter: its name.
        extents: for each axis, the stretch of it.
        is_whole: whether it is the whole parameter.
    """

    parameter: str
    extents: tuple[Extent, ...]
    is_whole: bool

    @property
    def shape(self) -> Shape:
        return tuple(extent.size for extent in self.extents)

    @property
    def text(self) -> str:
        """The expression for it: `W_xi`, `W_i[:, :H]`."""
        if self.is_whole:
            return self.parameter
        return f"{self.parameter}[{', '.join(extent.code for extent in self.extents)}]"


def cell_atoms(cell: Cell, sizes: Sizes) -> list[CellAtom]:
    """The atoms of every parameter."""
    return [atom for q in cell.with_role(Role.PARAMETER) for atom in _atoms_of(q, sizes)]


def _atoms_of(quantity: Quantity, sizes: Sizes) -> Iterator[CellAtom]:
    axes = [
        list(_extents(size, order, sizes))
        for size, order in zip(axes_of(quantity.shape), quantity.order, strict=False)
    ]
    is_whole = all(len(axis) == 1 for axis in axes)
    grid: list[tuple[Extent, ...]] = [()]
    for axis in axes:
        grid = [(*before, extent) for before in grid for extent in axis]
    for extents in grid:
        yield CellAtom(quantity.name, extents, is_whole)


def _extents(size: Any, order: Sequence[str], sizes: Sizes) -> Iterator[Extent]:
    """H + D as two stretches, 4 H as four."""
    pieces: list[Any] = []
    for term in ordered_terms(size, tuple(order)):
        number, rest = term.as_coeff_Mul()
        pieces += [rest] * int(number) if rest.is_Symbol and number.is_Integer else [term]
    start: Any = Integer(0)
    for n, piece in enumerate(pieces):
        low = "" if n == 0 else str(start)
        high = "" if n == len(pieces) - 1 else str(start + piece)
        at = evaluate_dimension(start, sizes)
        yield Extent(at, evaluate_dimension(piece, sizes), f"{low}:{high}")
        start = start + piece


@dataclass(frozen=True)
class Place:
    """Where an atom lies in a packed array.

    Args:
        rows, columns: the stretch, its start and end; columns is None in an array with one axis,
            rows in one with none.
        is_turned: whether the atom lies there transposed.
        shape: of the atom.
    """

    rows: Stretch | None
    columns: Stretch | None
    is_turned: bool
    shape: Shape

    @property
    def index(self) -> tuple[slice, ...]:
        """What selects it in the packed array."""
        return tuple(slice(*each) for each in (self.rows, self.columns) if each is not None)

    def put(self, array: Any, atom: Any) -> None:
        """Write an atom at its place."""
        if self.columns is not None and len(self.shape) == 1:
            atom = atom[:, None]
        array[self.index] = atom.T if self.is_turned else atom


@dataclass(frozen=True)
class Grid:
    """A packed array as a grid of atoms: grid[gate][segment].

    Args:
        places: by gate, then by what the gate is multiplied with.
        is_turned: whether the gates lie along the columns.
        has_one_axis: whether the array is a vector.
    """

    places: tuple[tuple[Place, ...], ...]
    is_turned: bool
    has_one_axis: bool = False

    @property
    def flat(self) -> list[Place]:
        return [place for gate in self.places for place in gate]


@dataclass(frozen=True)
class Packings:
    """The packings that are tried for a cell.

    Args:
        atoms: the shapes of its atoms, each once, with how many there are.
    """

    atoms: dict[Shape, int]

    @classmethod
    def of(cls, cell: Cell, sizes: Sizes) -> Packings:
        counted: dict[Shape, int] = {}
        for atom in cell_atoms(cell, sizes):
            counted[atom.shape] = counted.get(atom.shape, 0) + 1
        return cls(counted)

    def _outs(self) -> dict[int, dict[Shape, int]]:
        """The atoms by their first axis."""
        found: dict[int, dict[Shape, int]] = {}
        for shape, number in self.atoms.items():
            if shape:
                found.setdefault(shape[0], {})[shape] = number
        return found

    def _segments(self, shapes: dict[Shape, int]) -> list[tuple[int, ...]]:
        """What gates may be multiplied with, in every order; 1 is a bias."""
        widths = sorted({shape[1] for shape in shapes if len(shape) == 2}, reverse=True)
        vectors = [1] if any(len(shape) == 1 for shape in shapes) else []
        found: list[tuple[int, ...]] = [(w,) for w in widths]
        for pair in permutations(widths, 2):
            found.append(pair)
        for pair in list(found):
            found += [(*pair, *vectors), (*vectors, *pair)] if vectors else []
        return [*found, *([(1, 1)] if vectors else [])]

    def matrices(self, is_wide: bool) -> list[Shape]:
        """The shapes of packed matrices, without repetition; unless it is wide, with all gates or
        one of them."""
        found: list[Shape] = []
        for out, shapes in self._outs().items():
            most = max((n for shape, n in shapes.items() if len(shape) == 2), default=1)
            for gates in (most, *range(1, most)) if is_wide else dict.fromkeys((most, 1)):
                for segments in self._segments(shapes):
                    shape = (gates * out, sum(segments))
                    found += [shape, shape[::-1]]
        return list(dict.fromkeys(found))

    def vectors(self, is_wide: bool) -> list[Shape]:
        """The shapes of packed vectors, also as a column and as a row."""
        found: list[Shape] = []
        for out, shapes in self._outs().items():
            most = shapes.get((out,), 0)
            gates = max((n for shape, n in shapes.items() if len(shape) == 2), default=1)
            usual = dict.fromkeys((gates, 1, most))
            for number in (most, *range(1, most)) if is_wide else usual:
                size = number * out
                found += [(size,), (1, size), (size, 1)] if most and number else []
        return [*dict.fromkeys(found), *([()] if () in self.atoms else [])]

    def grids(self, shape: Shape) -> list[Grid]:
        """The ways to cut an array of this shape into atoms."""
        found: list[Grid] = []
        if not shape:
            return [Grid(((Place(None, None, False, ()),),), False, True)]
        for out, shapes in self._outs().items():
            if len(shape) == 1:
                if shape[0] % out == 0:
                    gates = range(shape[0] // out)
                    found.append(Grid(tuple((_at(g * out, out),) for g in gates), False, True))
                continue
            for turned in (False, True):
                length, width = shape[::-1] if turned else shape
                if length % out or length // out > max(shapes.values()):
                    continue
                for segments in [*self._segments(shapes), (1,)]:
                    if sum(segments) == width:
                        found.append(_grid(length // out, out, segments, turned))
        return found


def _at(start: int, size: int) -> Place:
    return Place((start, start + size), None, False, (size,))


def _grid(gates: int, out: int, segments: Sequence[int], turned: bool) -> Grid:
    places: list[tuple[Place, ...]] = []
    for g in range(gates):
        along, start = (g * out, (g + 1) * out), 0
        gate: list[Place] = []
        for width in segments:
            across = (start, start + width)
            rows, columns = (across, along) if turned else (along, across)
            gate.append(Place(rows, columns, turned, (out,) if width == 1 else (out, width)))
            start += width
        places.append(tuple(gate))
    return Grid(tuple(places), turned)
