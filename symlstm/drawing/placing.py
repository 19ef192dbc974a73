"""Where every node stands, and how large it is.

Rows take the height at which most of what they are connected to lies, as near as the rows above and
below allow: each is moved in turn to the weighted median, the measure by which straight wires are
really straight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from symlstm.drawing.diagram import Node
from symlstm.drawing.layering import Layers, is_branch, is_circle
from symlstm.drawing.metrics import SIGN, SMALL, TEXT, Extent, extent

PITCH = 25.0
"""Between two wires that come into a node from the left."""
RADIUS = 13.0
GAP = 8.0
"""Between what lies in two rows."""
WIRE = 7.0
"""What a wire takes above and below itself."""
LABEL = 6.0
"""Between a wire and what is written above it."""
PADDING = 10.0
CHIP = 20.0
"""The height of a parameter on a wire."""
BELOW_PORT = 18.0
"""Below what comes in or goes out, for its adjoint."""
ASIDE_BY = 5.0
"""Between a wire and what flows back along it."""
VALUE = 96.0
"""The widest value without a name that is written on its wire."""

STRAIGHT, PORT, ASIDE = 3.0, 1.0, 0.2
"""How much a wire wants to be straight."""
SWEEPS = 40


@dataclass(frozen=True)
class Body:
    """A node as it stands in its row.

    Args:
        kind: `gate`, `function`, `operator` or `port`.
        width: of its box.
        above, below: how far it reaches from the height of its row.
        ports: of each wire that comes in, how far below that it comes in.
        asides: which of them come in from above or below.
        label: what is written on the wire that leaves it.
        label_size: the size of that.
    """

    kind: str
    width: float
    above: float
    below: float
    ports: tuple[float, ...]
    asides: frozenset[int]
    label: str
    label_size: float


class Places:
    """The heights of rows, and the bodies of nodes.

    Args:
        adjoints: what is written below the wires that leave nodes, by their keys, as mathematics.
    """

    def __init__(self, layers: Layers, adjoints: Mapping[str, str]) -> None:
        self.layers = layers
        self.adjoints = adjoints
        self.bodies = {node.key: self._body(node) for node in layers.diagram.nodes}
        self._align_gates()
        self._columns = [list(self._rows_in(column)) for column in range(layers.last + 1)]
        self.height = self._packed()
        self._settle()

    def y(self, key: str) -> float:
        """The height of a node's row."""
        return self.height[self.layers.row_of[key]]

    def port(self, node: Node, place: int) -> float:
        """The height at which a wire comes into a node."""
        return self.y(node.key) + self.bodies[node.key].ports[place]

    @property
    def bottom(self) -> float:
        """How far down nodes and wires reach."""
        return max(
            self.y(key) + (WIRE if self.layers.is_input(key) else body.below)
            for key, body in self.bodies.items()
        )

    # Nodes.

    def _align_gates(self) -> None:
        """The gates of a column are as wide as each other."""
        columns = self.layers.column
        widest: dict[int, float] = {}
        gates = [key for key, body in self.bodies.items() if body.kind == "gate"]
        for key in gates:
            width = self.bodies[key].width
            widest[columns[key]] = max(width, widest.get(columns[key], 0.0))
        for key in gates:
            self.bodies[key] = replace(self.bodies[key], width=widest[columns[key]])

    def _body(self, node: Node) -> Body:
        layers = self.layers
        label, size = self._label(node)
        if is_branch(node):
            return Body("", 0.0, 0.0, 0.0, (0.0,), frozenset(), "", size)
        if node.operator is None:
            drawn = extent(node.latex, TEXT)
            below = 8 + BELOW_PORT * (node.key in self.adjoints)
            return Body("port", drawn.width + 4, 8, below, (0.0,) * len(node.inputs), frozenset(),
                        "", size)  # fmt: skip
        asides = frozenset(k for k in range(len(node.inputs)) if layers.enters_aside(node, k))
        sign = extent(node.operator.latex, SIGN) if node.operator.latex else Extent(0, 0, 0)
        if layers.straight(node) is not None:
            ports = (0.0,) * len(node.inputs)
            if is_circle(node):
                return Body("operator", 2 * RADIUS, RADIUS, RADIUS, ports, asides, label, size)
            width = max(sign.width + 2 * PADDING, 2 * RADIUS)
            return Body("function", width, RADIUS, RADIUS, ports, asides, label, size)
        ports = self._ports(node)
        kind = "gate" if node.is_learned else "function" if node.operator.function else "operator"
        return Body(
            kind, max(sign.width + 2 * PADDING, 34.0), PITCH / 2 - min(ports),
            PITCH / 2 + max(ports), ports, asides, label, size,
        )  # fmt: skip

    def _label(self, node: Node) -> tuple[str, float]:
        """What is written on the wire that leaves a node, and how large: its name, or its value,
        if that is short; nothing, if it goes out at once."""
        if node.operator is None or is_branch(node) or self.layers.only_goes_out(node.key):
            return "", TEXT
        if node.names:
            return node.latex, TEXT
        is_short = node.latex and extent(node.latex, SMALL).width <= VALUE
        return (node.latex if is_short else "", SMALL)

    def _ports(self, node: Node) -> tuple[float, ...]:
        """Wires come in as their rows lie; parameters below them; as told, if the order matters."""
        layers = self.layers
        places = list(range(len(node.inputs)))
        memory = [
            k for k in places
            if node.inputs[k].source
            and layers.rows[layers.row_of[node.key]].is_state
            and layers.row_of[node.inputs[k].source] == layers.row_of[node.key]
        ]  # fmt: skip
        if not (node.operator and node.operator.is_ordered):
            places.sort(key=lambda k: (
                k not in memory, not node.inputs[k].source,
                layers.row_of.get(node.inputs[k].source, 0), k,
            ))  # fmt: skip
        offsets = [PITCH * position for position in range(len(places))]
        middle = PITCH * places.index(memory[0]) if memory else offsets[-1] / 2
        return tuple(offsets[places.index(k)] - middle for k in range(len(places)))

    # Rows.

    def _rows_in(self, column: int) -> Iterator[int]:
        for k, row in enumerate(self.layers.rows):
            if row.first <= column <= row.last:
                yield k

    def _reach(self, row: int, column: int) -> tuple[float, float]:
        """How far a row reaches above and below its height in a column."""
        layers = self.layers
        above, below = WIRE, WIRE
        for key in layers.rows[row].nodes:
            body = self.bodies[key]
            at = layers.column[key]
            if at == column:
                above, below = max(above, body.above), max(below, body.below)
            if at in (column, column - 1) and body.label:
                drawn = extent(body.label, body.label_size)
                above = max(above, drawn.height + LABEL)
            if at in (column, column - 1) and key in self.adjoints:
                drawn = extent(self.adjoints[key], SMALL)
                below = max(below, drawn.height + LABEL + ASIDE_BY)
        return above, below

    def _packed(self) -> list[float]:
        """The rows as high as they can be, in their order."""
        heights: list[float] = []
        for row in range(len(self.layers.rows)):
            heights.append(max([0.0, *self._floors(row, heights)]))
        return heights

    def _distance(self, upper: int, lower: int, column: int) -> float:
        return self._reach(upper, column)[1] + GAP + self._reach(lower, column)[0]

    def _floors(self, row: int, heights: list[float]) -> Iterator[float]:
        for column, rows in enumerate(self._columns):
            if row in rows and rows.index(row):
                upper = rows[rows.index(row) - 1]
                yield heights[upper] + self._distance(upper, row, column)

    def _settle(self) -> None:
        """Rows move to the median of what they are connected to."""
        above, below = self._neighbours()
        wishes = self._wishes()
        first = sum(row.is_state for row in self.layers.rows)
        order = list(range(1 if first else 0, len(self.height)))
        for sweep in range(SWEEPS):
            moved = False
            for row in order if sweep % 2 else order[::-1]:
                low = max((self.height[u] + d for u, d in above[row]), default=0.0)
                high = min((self.height[v] - d for v, d in below[row]), default=float("inf"))
                wish = _median([(self.height[other] + by, w) for other, by, w in wishes[row]])
                if wish is None:
                    wish = self.height[row]
                new = min(max(wish, low), high)
                moved |= abs(new - self.height[row]) > 1e-9
                self.height[row] = new
            if not moved:
                break

    def _neighbours(self) -> tuple[list[list[tuple[int, float]]], list[list[tuple[int, float]]]]:
        count = len(self.layers.rows)
        above: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        below: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        for column, rows in enumerate(self._columns):
            for upper, lower in pairwise(rows):
                distance = self._distance(upper, lower, column)
                above[lower].append((upper, distance))
                below[upper].append((lower, distance))
        return above, below

    def _wishes(self) -> list[list[tuple[int, float, float]]]:
        """Of each row, the rows that it is connected to, and how far below them it would lie."""
        found: list[list[tuple[int, float, float]]] = [[] for _ in self.layers.rows]
        for run in self.layers.runs():
            other = self.layers.row_of[run.node.key]
            if other == run.row:
                continue
            body = self.bodies[run.node.key]
            by = body.ports[run.place]
            is_straight = self.layers.straight(run.node) == run.place
            weight = ASIDE if run.place in body.asides else STRAIGHT if is_straight else PORT
            found[run.row].append((other, by, weight))
            found[other].append((run.row, -by, weight))
        return found


def _median(values: list[tuple[float, float]]) -> float | None:
    """The weighted median: of all that lies nearest, the value itself."""
    if not values:
        return None
    values.sort()
    half = sum(weight for _, weight in values) / 2
    passed = 0.0
    for value, weight in values:
        passed += weight
        if passed >= half:
            return value
    return values[-1][0]
