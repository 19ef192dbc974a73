"""What is known of the size of every name, and the place that told it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from symlstm.messages import Span
from symlstm.notation import syntax
from symlstm.shapes import ONE, Dimension, Extent, Unifier, named

SCALAR: Extent = (ONE, ONE)

_SIZE = re.compile(r"(?:(\d+)\s*)?([A-Za-z][A-Za-z0-9_]*)|(\d+)")


def parse_size(text: str) -> Dimension:
    """A size as it is declared: `H`, `4`, `4H`, `H+D`, `d_h`."""
    total = Dimension()
    for part in text.strip("()").split("+"):
        match = _SIZE.fullmatch(part.strip().strip("()"))
        if match is None:
            raise ValueError(text)
        if match[3]:
            total = total.plus(Dimension(constant=int(match[3])))
        else:
            total = total.plus(named(match[2]), int(match[1] or 1))
    return total


@dataclass(frozen=True)
class Sized:
    """A node and its shape."""

    node: syntax.Node
    extent: Extent

    @property
    def name(self) -> str:
        return self.node.ascii if isinstance(self.node, syntax.Name) else ""

    @property
    def is_parameter(self) -> bool:
        return is_parameter(self.node)


class Sizing:
    """The sizes of the names of one file.

    Args:
        names: the ASCII names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._unifier = Unifier()
        self.of_name: dict[str, Extent] = {name: self.unknown() for name in names}
        self._told_by: dict[tuple[str, int], Span] = {}
        self._first_use: dict[tuple[str, int], Span] = {}
        self.declared: set[str] = set()
        self._sizes: set[str] = set()
        self._above_one: set[Dimension] = set()

    @property
    def learned(self) -> int:
        """How many sizes have been found."""
        return self._unifier.learned

    def unknown(self) -> Extent:
        """A shape of which nothing is known."""
        return self._unifier.unknown(), self._unifier.unknown()

    def size(self, dimension: Dimension) -> Dimension:
        """A dimension, as far as it is known."""
        return self._unifier.resolve(dimension)

    def shape(self, extent: Extent) -> Extent:
        """A shape, as far as it is known."""
        return self.size(extent[0]), self.size(extent[1])

    def resolved(self, sized: Sized) -> Sized:
        """A node and its shape, as far as it is known."""
        return Sized(sized.node, self.shape(sized.extent))

    def is_open(self, dimension: Dimension) -> bool:
        """Whether a dimension is not known, or only in part."""
        return self.size(dimension).is_open

    def is_scalar(self, extent: Extent) -> bool:
        return self.shape(extent) == SCALAR

    def may_be_scalar(self, extent: Extent) -> bool:
        rows, columns = self.shape(extent)
        is_above_one = rows.is_open and rows in map(self.size, self._above_one)
        return rows.may_be_one and columns.may_be_one and not is_above_one

    def is_no_scalar(self, rows: Dimension) -> None:
        """Remember that what has these rows is summed over, and so is no scalar."""
        self._above_one.add(rows)

    def declared_size(self, text: str) -> Dimension | None:
        """A size that is written in an expression; None: declarations have no such size."""
        if not text:
            return None
        try:
            size = parse_size(text)
        except ValueError:
            return None
        return size if self.is_told(size) else None

    def is_told(self, dimension: Dimension) -> bool:
        """Whether a dimension is a number, or of sizes that declarations have."""
        size = self.size(dimension)
        return not size.is_open and all(name in self._sizes for name, _ in size.sizes)

    def equal(self, a: Dimension, b: Dimension) -> bool:
        """Require a = b; whether that is possible."""
        return self._unifier.unify(a, b)

    def agree(self, a: Sized, b: Sized, axes: tuple[int, int], place: Span) -> bool:
        """Require that an axis of the one is as long as an axis of the other.

        Where that tells a size of a name, the place is remembered.
        """
        were_open = [
            (sized, axis)
            for sized, axis in zip((a, b), axes, strict=True)
            if sized.name and self.is_open(sized.extent[axis])
        ]
        if not self.equal(a.extent[axes[0]], b.extent[axes[1]]):
            return False
        for sized, axis in were_open:
            self._first_use.setdefault((sized.name, axis), place)
            if not self.is_open(sized.extent[axis]):
                self._told_by.setdefault((sized.name, axis), place)
        return True

    def declare(self, name: syntax.Name, extent: Extent, place: Span) -> bool:
        """Whether a name can have this shape, which is declared."""
        mine = self.of_name[name.ascii]
        if not all(self.equal(a, b) for a, b in zip(mine, extent, strict=True)):
            return False
        self._told_by[name.ascii, 0] = self._told_by[name.ascii, 1] = place
        self.declared.add(name.ascii)
        self._sizes.update(size for dimension in extent for size, _ in dimension.sizes)
        return True

    def told_by(self, name: str, axis: int = 0) -> Span | None:
        """The place that told a size of a name."""
        return self._told_by.get((name, axis))

    def declaration_of(self, size: Dimension) -> Span | None:
        """The first declaration of a name that has so many rows or columns."""
        return next(
            (
                self._told_by[name, axis]
                for name in self.of_name
                for axis in (0, 1)
                if name in self.declared and self.size(self.of_name[name][axis]) == size
            ),
            None,
        )

    def first_use(self, name: str, axis: int) -> Span | None:
        """The first place that required something of a size of a name that was not known."""
        return self._first_use.get((name, axis))

    def sources(self, node: syntax.Node, size: Dimension) -> tuple[Span, ...]:
        """The places that told a size of the names in an expression."""
        names = [n.ascii for n in syntax.operands(node) if isinstance(n, syntax.Name)]
        found = (
            self.told_by(name, axis)
            for name in names
            for axis in (0, 1)
            if self.size(self.of_name[name][axis]) == size
        )
        return tuple(span for span in found if span is not None)

    def origin(self, *nodes: syntax.Node, axes: tuple[int, ...] = (0, 1)) -> Span:
        """The place that the other size comes from: a declaration, a use, or the other operand.

        Args:
            axes: for each node, the axis whose size does not fit; the first serves all others.
        """
        last = nodes[-1]
        for node, axis in zip(nodes, axes, strict=False):
            if isinstance(node, syntax.Name):
                span = self.told_by(node.ascii, axis) or self.told_by(node.ascii, 1 - axis)
                if span is not None and span != last.span:
                    return span
        return nodes[0].span


def is_parameter(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Name) and node.shift is None


def is_signal(node: syntax.Node) -> bool:
    """Whether an expression is a signal, or functions and sums of signals, and so no matrix."""
    match node:
        case syntax.Name(_, _, shift):
            return shift is not None
        case syntax.Product(factors):
            return is_signal(factors[-1])
        case syntax.Transposed() | syntax.Diagonal() | syntax.Number():
            return False
        case _:
            return any(is_signal(child) for child in syntax.children(node))
