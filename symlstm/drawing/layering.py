"""Which column each node of a diagram stands in, which of them share a row, and in which order the
rows lie.

This is the layered drawing of Sugiyama, Tagawa and Toda (1981) with one order of rows for all
columns: a node and the wire that leaves it lie in one row, up to the last column that reads it. A
state that is carried on by sums and products alone is one straight row, from where it comes in to
where it goes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from symlstm.cell import Cell
from symlstm.drawing import operators
from symlstm.drawing.diagram import Diagram, Node, Wire

CARRYING = (
    operators.ADD, operators.MULTIPLY, operators.PRODUCT, operators.SCALE, operators.LARGER,
)  # fmt: skip
"""What a memory may pass through: it is kept, scaled and added to."""

CIRCLED = ("+", "⊙", "·", "ᵀ")
"""Signs that stand in a small circle."""
SWEEPS = 6
OVER_NODE = 6.0
"""What a wire over a node costs, in crossings."""
LENGTH = 0.12
"""What the length of a row costs."""


@dataclass
class Row:
    """A node and the wire that leaves it, or several of them in a straight line.

    Args:
        nodes: their keys, from left to right.
        last: the last column that the wire reaches.
        is_state: whether it is the way of a state through the step, at the top of the page.
        is_kept: whether the state is kept on it by sums and products alone: a memory.
    """

    nodes: list[str]
    first: int
    last: int
    is_state: bool = False
    is_kept: bool = False


@dataclass(frozen=True)
class Run:
    """A wire from a row to a node of another, or of its own."""

    row: int
    node: Node
    place: int


class Layers:
    """Columns and rows.

    Attributes:
        column: the column of each node.
        rows: from the top of the page to its bottom.
        row_of: the row of each node.
    """

    def __init__(self, diagram: Diagram, cell: Cell) -> None:
        self._cell = cell
        self._inputs = {quantity.name for quantity in cell.inputs}
        self._later: list[tuple[str, str]] = []
        """Nodes that stand in a later column than others, so that no wire runs over one."""
        self.diagram = diagram
        self._has_memory = False
        self.memories = self._memories()
        self._kept = {key for way in self.memories for key in way}
        self.diagram = _with_branches(diagram, self.memories)
        self._readers = _readers(self.diagram)
        self._arrange()
        for _ in range(len(self.diagram.nodes)):
            pair = self._in_the_way()
            if pair is None:
                break
            self._later.append(pair)
            self._arrange()

    def _arrange(self) -> None:
        self.column = _columns(self.diagram, self._later)
        self.last = max(self.column.values())
        self.rows, self.row_of = self._rows()
        self._sort()

    def _in_the_way(self) -> tuple[str, str] | None:
        """Two nodes of one column, where the upright wire of one runs over the other, or over the
        upright wire of the other."""
        asides = [run for run in self.runs() if self.enters_aside(run.node, run.place)]
        for run in asides:
            column = self.column[run.node.key]
            low, high = sorted((run.row, self.row_of[run.node.key]))
            for node in self.diagram.nodes:
                if self.column[node.key] == column and low < self.row_of[node.key] < high:
                    return self._in_order(run.node.key, node.key)
            for other in asides:
                if other.node is run.node or self.column[other.node.key] != column:
                    continue
                one, two = sorted((other.row, self.row_of[other.node.key]))
                if other.row != run.row and one <= high and low <= two:
                    return self._in_order(run.node.key, other.node.key)
        return None

    def _in_order(self, one: str, other: str) -> tuple[str, str]:
        keys = [node.key for node in self.diagram.nodes]
        return (one, other) if keys.index(one) < keys.index(other) else (other, one)

    # Rows.

    def _memories(self) -> list[list[str]]:
        """Of each state that is a memory, the nodes that it passes through, its ends included.

        Where there is none, the way of the first state that passes the fewest other nodes.
        """
        found: list[tuple[int, list[str]]] = []
        taken: set[str] = set()
        for state in self._cell.states:
            way = self._way(state.name, taken)
            if way is not None:
                found.append(way)
                if way[0] == 0:
                    taken.update(way[1])
        kept = [nodes for cost, nodes in found if cost == 0]
        self._has_memory = bool(kept)
        return kept or [nodes for _, nodes in sorted(found, key=lambda way: way[0])[:1]]

    def _way(self, name: str, taken: set[str]) -> tuple[int, list[str]] | None:
        """The way of a state through a step with the fewest nodes that change it otherwise."""
        start, end = f"{name}_in1", f"{name}_out"
        best: dict[str, tuple[int, int, list[str]]] = {start: (0, 0, [start])}
        for node in self.diagram.nodes:
            options = [
                (cost + _changes(node, wire), length + 1, [*way, node.key])
                for wire in node.inputs if wire.source in best and node.key not in taken
                for cost, length, way in [best[wire.source]]
            ]  # fmt: skip
            if options:
                best[node.key] = min(options)
        return (best[end][0], best[end][2]) if end in best else None

    def _rows(self) -> tuple[list[Row], dict[str, int]]:
        rows: list[Row] = []
        row_of: dict[str, int] = {}
        for way in self.memories:
            rows.append(Row(way, 0, self.last, True, self._has_memory))
            row_of.update(dict.fromkeys(way, len(rows) - 1))
        for node in self.diagram.nodes:
            key = node.key
            if key in row_of:
                continue
            before = self._straight_before(node)
            if before is not None and row_of[before] >= len(self.memories):
                row = rows[row_of[before]]
                if row.nodes[-1] == before and row.last < self.column[key]:
                    row.nodes.append(key)
                    row.last = max(self.column[key], self._reach(key))
                    row_of[key] = row_of[before]
                    continue
            row_of[key] = len(rows)
            first, last = self.column[key], self._reach(key)
            if self.is_input(key):
                first = self.first_reader(key)
            else:
                last = max(first, last)
            rows.append(Row([key], first, last))
        return rows, row_of

    def first_reader(self, key: str) -> int:
        """The first column in which a quantity is read."""
        return min(self.column[node.key] for node, _ in self._readers[key])

    def straight(self, node: Node) -> int | None:
        """The place of the wire that comes into a node straight from the left; None: there is
        none, each has a place of its own on the left side."""
        if not is_plain(node):
            return None
        sources = [wire.source for wire in node.inputs]
        if node.key in self._kept:
            return next((k for k, s in enumerate(sources) if s in self._kept), 0)
        return min(range(len(sources)), key=lambda k: self.column[sources[k]])

    def enters_aside(self, node: Node, place: int) -> bool:
        """Whether a wire comes into a node from above or below."""
        return is_plain(node) and place != self.straight(node)

    def _straight_before(self, node: Node) -> str | None:
        place = self.straight(node)
        return None if place is None else node.inputs[place].source

    def is_input(self, key: str) -> bool:
        """Whether a node is where an input comes in, from below."""
        node = self.diagram[key]
        return node.is_source and node.names[0].ascii in self._inputs

    def _reach(self, key: str) -> int:
        """The last column in which the wire of a node is a row of its own."""
        return max(
            (
                self.column[node.key] - (not self.enters_aside(node, place))
                for node, place in self._readers[key]
            ),
            default=0,
        )

    def only_goes_out(self, key: str) -> bool:
        """Whether nothing reads a quantity but the edge of the page, where its name stands."""
        readers = self._readers[key]
        return len(readers) == 1 and readers[0][0].is_sink

    # Their order.

    def _sort(self) -> None:
        """Rows are moved while that saves crossings, or length."""
        cost = _Cost(self)
        order = self._first_order()
        first = len(self.memories)
        last = len(order) - sum(self.is_input(row.nodes[0]) for row in self.rows)
        best = cost(order)
        for _ in range(SWEEPS):
            before = best
            for item in sorted(order[first:last]):
                without = [row for row in order if row != item]
                options = [
                    [*without[:k], item, *without[k:]] for k in range(first, last)
                ]  # fmt: skip
                costs = [cost(option) for option in options]
                k = int(np.argmin(costs))
                if costs[k] < best - 1e-9:
                    best, order = costs[k], options[k]
            if best > before - 1e-9:
                break
        place = {row: k for k, row in enumerate(order)}
        self.rows = [self.rows[row] for row in order]
        self.row_of = {key: place[row] for key, row in self.row_of.items()}

    def _first_order(self) -> list[int]:
        """From the memories back to what they read; inputs come last."""
        found: list[int] = []

        def visit(key: str) -> None:
            row = self.row_of[key]
            if row not in found:
                found.append(row)
            for wire in self.diagram[key].inputs:
                if wire.source and self.row_of[wire.source] not in found:
                    visit(wire.source)

        found += range(len(self.memories))
        for row in self.rows[: len(self.memories)]:
            for key in row.nodes:
                visit(key)
        for node in self.diagram.nodes:
            visit(node.key)
        inputs = [k for k in found if self.is_input(self.rows[k].nodes[0])]
        return [k for k in found if k not in inputs] + inputs

    def runs(self) -> Iterator[Run]:
        """Every wire that comes from a node."""
        for node, wire, place in _wires(self.diagram):
            yield Run(self.row_of[wire.source], node, place)


class _Cost:
    """Crossings and lengths of an order of rows, for all wires at once."""

    def __init__(self, layers: Layers) -> None:
        rows = layers.rows
        self._first = np.array([row.first for row in rows])
        self._last = np.array([row.last for row in rows])
        runs = {
            (run.row, layers.row_of[run.node.key], layers.column[run.node.key],
             layers.enters_aside(run.node, run.place))
            for run in layers.runs()
        }  # fmt: skip
        self._table = np.array(sorted(r for r in runs if r[0] != r[1])).reshape(-1, 4)
        columns = self._table[:, 2][:, None]
        aside = self._table[:, 3][:, None].astype(bool)
        through = (self._first[None] <= columns - 1) & (self._last[None] >= columns)
        beside = (self._first[None] <= columns) & (self._last[None] >= columns)
        over = np.zeros_like(through)
        for key, row in layers.row_of.items():
            over[:, row] |= self._table[:, 2] == layers.column[key]
        self._weight = np.where(aside, beside + (OVER_NODE - 1) * (beside & over), through)

    def __call__(self, order: Sequence[int]) -> float:
        place = np.empty(len(order), dtype=int)
        place[list(order)] = np.arange(len(order))
        one, other = place[self._table[:, 0]], place[self._table[:, 1]]
        low, high = np.minimum(one, other)[:, None], np.maximum(one, other)[:, None]
        between = (place[None] > low) & (place[None] < high)
        crossings = float((self._weight * between).sum())
        return crossings + LENGTH * float((high - low).sum())


def is_plain(node: Node) -> bool:
    """Whether a node has its wires straight from the left, and one from above or below: a sign in
    a circle, a function of one quantity, or what goes out."""
    wires = node.inputs
    if any(w.constant or w.factors or w.is_negative for w in wires):
        return False
    if len(wires) == 1:
        return True
    return is_circle(node) and len(wires) == 2 and wires[0].source != wires[1].source


def is_circle(node: Node) -> bool:
    """Whether a node is drawn as a sign in a circle."""
    operator = node.operator
    return (
        operator is not None and operator.function is None and not operator.is_ordered
        and operator.sign in CIRCLED
    )  # fmt: skip


def _changes(node: Node, wire: Wire) -> int:
    """0 where a memory passes a node as it is: kept, scaled, or added to."""
    if node.operator is None or node.operator is operators.PASS:
        return 0
    return int(node.operator not in CARRYING or bool(wire.factors))


def _with_branches(diagram: Diagram, memories: Sequence[Sequence[str]]) -> Diagram:
    """The diagram, with a node that does nothing wherever what is on a memory's row is read beyond
    the next node of that row: there its wire has a row of its own."""
    column = _columns(diagram, ())
    moved: dict[tuple[str, int], str] = {}
    branches: dict[str, Node] = {}
    for way in memories:
        for key, following in pairwise(way):
            for node, wire, place in _wires(diagram):
                if wire.source != key or node.key == following:
                    continue
                if column[node.key] >= column[following]:
                    source = diagram[key]
                    branches[key] = Node(
                        f"{key}_branch", operators.PASS, (Wire(key),), source.names, source.latex
                    )
                    moved[node.key, place] = branches[key].key
    nodes: list[Node] = []
    for node in diagram.nodes:
        inputs = tuple(
            replace(w, source=moved.get((node.key, k), w.source)) for k, w in enumerate(node.inputs)
        )
        nodes.append(replace(node, inputs=inputs))
        if node.key in branches:
            nodes.append(branches[node.key])
    return Diagram(tuple(nodes))


def is_branch(node: Node) -> bool:
    """Whether a node is nothing but the beginning of a row."""
    return node.operator is operators.PASS


def _columns(diagram: Diagram, later: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest way to each node; what goes out is in the last column.

    Args:
        later: pairs of which the second stands in a later column than the first.
    """
    before: dict[str, list[str]] = {node.key: [] for node in diagram.nodes}
    for node, wire, _ in _wires(diagram):
        before[node.key].append(wire.source)
    for one, other in later:
        before[other].append(one)
    column: dict[str, int] = {}

    def place(key: str) -> int:
        if key not in column:
            first = 1 if diagram[key].inputs else 0
            column[key] = max((1 + place(k) for k in before[key]), default=first)
        return column[key]

    for node in diagram.nodes:
        place(node.key)
    last = max(column.values())
    for node in diagram.nodes:
        if node.is_sink:
            column[node.key] = last
    return column


def _readers(diagram: Diagram) -> Mapping[str, list[tuple[Node, int]]]:
    found: dict[str, list[tuple[Node, int]]] = {node.key: [] for node in diagram.nodes}
    for node, wire, place in _wires(diagram):
        found[wire.source].append((node, place))
    return found


def _wires(diagram: Diagram) -> Iterator[tuple[Node, Wire, int]]:
    for node in diagram.nodes:
        for place, wire in enumerate(node.inputs):
            if wire.source:
                yield node, wire, place
