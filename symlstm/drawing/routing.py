"""The picture of a diagram: columns get their widths, wires their bends.

Between two columns lie, from left to right, what is written on the wires that leave the first, the
bends, and what is written on the wires that come into the second. Each wire has a bend of its own,
and those are ordered so that few wires cross.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, permutations

from symlstm.calculus.gradient import adjoint_name, derive
from symlstm.cell import Cell, time_index, time_suffix
from symlstm.drawing import operators
from symlstm.drawing.diagram import Diagram, Node, Wire
from symlstm.drawing.layering import Layers, is_branch
from symlstm.drawing.metrics import DOT, SIGN, SMALL, TEXT, extent
from symlstm.drawing.picture import Box, Dot, Line, Picture, Point, Text
from symlstm.drawing.placing import ASIDE_BY, CHIP, LABEL, Places
from symlstm.notation import syntax
from symlstm.notation.printing import UNICODE, MathPrinter

TRACK = 11.0
"""Between two bends."""
ARROW = 15.0
"""The least length of a wire before the node that it comes into."""
MARGIN = 18.0
BELOW = 30.0
"""From the lowest wire to an input that comes from below."""
TRIED = 6
"""So many bends are tried in all orders."""


@dataclass
class Bend:
    """The upright part of a wire between two columns.

    Args:
        source: the node that the wire leaves.
        start: the height at which it comes.
        ends: the heights at which it goes on.
        is_from_below: whether it comes from the lower edge of the page.
    """

    source: str
    start: float
    ends: list[float] = field(default_factory=list[float])
    is_from_below: bool = False
    x: float = 0.0

    @property
    def low(self) -> float:
        return min(self.start, *self.ends)

    @property
    def high(self) -> float:
        return max(self.start, *self.ends)

    @property
    def is_upright(self) -> bool:
        return self.high - self.low > 1e-6


def picture_of(diagram: Diagram, cell: Cell, has_gradient: bool = False) -> Picture:
    """Lay out a diagram.

    Args:
        has_gradient: whether what flows back is drawn along every wire.
    """
    adjoints = adjoints_of(diagram, cell) if has_gradient else {}
    return _Router(Places(Layers(diagram, cell), adjoints), cell).picture()


def adjoints_of(diagram: Diagram, cell: Cell) -> dict[str, str]:
    """The adjoint of what leaves each node that has a name, as mathematics."""
    system = derive(cell)
    return {
        node.key: system.quantity(adjoint_name(name.ascii)).glyph.in_latex(
            time_index(name.shift or 0)
        )
        for node in diagram.nodes for name in node.names[:1]
    }  # fmt: skip


class _Router:
    def __init__(self, places: Places, cell: Cell) -> None:
        self._places = places
        self._layers = places.layers
        self._diagram = places.layers.diagram
        self._cell = cell
        self._bottom = places.bottom + BELOW
        self._origins = _origins(self._diagram)
        self._bends = [self._bends_before(k) for k in range(self._layers.last + 1)]
        self._x: list[float] = []
        self._boxes: list[Box] = []
        self._lines: list[Line] = []
        self._dots: list[Dot] = []
        self._texts: list[Text] = []

    def picture(self) -> Picture:
        self._spread()
        for node in self._diagram.nodes:
            self._draw(node)
        for key in dict.fromkeys(run.node.inputs[run.place].source for run in self._layers.runs()):
            self._draw_wire(self._diagram[key])
        return self._framed()

    # Columns.

    def _bends_before(self, column: int) -> list[Bend]:
        """The upright parts between a column and the one before."""
        found: dict[str, Bend] = {}
        for run in self._layers.runs():
            node = run.node
            if self._layers.column[node.key] != column or self._is_aside(node, run.place):
                continue
            key = node.inputs[run.place].source
            if key not in found:
                found[key] = self._bend(key, column)
            found[key].ends.append(self._places.port(node, run.place))
        bends = [bend for bend in found.values() if bend.is_upright]
        return _ordered(bends)

    def _bend(self, key: str, column: int) -> Bend:
        layers = self._layers
        if not layers.is_input(key) or layers.first_reader(key) != column:
            return Bend(key, self._places.y(key))
        bend = Bend(key, self._bottom, is_from_below=True)
        row = layers.rows[layers.row_of[key]]
        if row.last >= row.first:
            bend.ends.append(self._places.y(key))
        return bend

    def _is_aside(self, node: Node, place: int) -> bool:
        return place in self._places.bodies[node.key].asides

    def _spread(self) -> None:
        """Give every column its place, and every bend."""
        at = 0.0
        for column in range(self._layers.last + 1):
            nodes = [n for n in self._diagram.nodes if self._layers.column[n.key] == column]
            width = max((self._places.bodies[n.key].width for n in nodes), default=0.0)
            if column:
                at += self._widest_label(column - 1)
                at = self._bend_after(at, column)
                at += max((self._written_before(n) for n in nodes), default=ARROW)
            self._x.append(at + width / 2)
            at += width
        self._width = at

    def _bend_after(self, at: float, column: int) -> float:
        """Give the bends before a column their places, and inputs room for their names; where the
        last of them is passed."""
        bends = self._bends[column]
        tracks = _tracks(bends)
        inputs: list[tuple[float, float]] = []
        for track in range(1 + max(tracks.values(), default=-1)):
            mine = [bends[k] for k, its in tracks.items() if its == track]
            at += TRACK
            for bend in mine:
                if bend.is_from_below:
                    width = self._width_below(bend.source)
                    at = max([at, *(x + (w + width) / 2 + 8.0 for x, w in inputs)])
                    inputs.append((at, width))
            for bend in mine:
                bend.x = at
        return at + TRACK if tracks else at

    def _width_below(self, key: str) -> float:
        """Of the names that stand where an input comes in."""
        adjoint = self._places.adjoints.get(key)
        widths = [extent(self._diagram[key].latex, TEXT).width]
        return max([*widths, *([extent(adjoint, SMALL).width] if adjoint else [])])

    def _widest_label(self, column: int) -> float:
        """Room for what is written on the wires that leave a column."""
        widths = [0.0]
        for node in self._diagram.nodes:
            if self._layers.column[node.key] == column and not node.is_sink:
                body = self._places.bodies[node.key]
                if body.label:
                    widths.append(extent(body.label, body.label_size).width + 8.0)
                if node.key in self._places.adjoints:
                    latex = self._places.adjoints[node.key]
                    widths.append(extent(latex, SMALL).width + 8.0)
        return max(widths)

    def _written_before(self, node: Node) -> float:
        """Room for what is written on the wires that come into a node."""
        widths = [ARROW]
        for wire in node.inputs:
            latex = _written(wire)
            if latex:
                widths.append(extent(latex, SMALL).width + 10.0 + ARROW + 6.0)
            elif wire.is_negative:
                widths.append(2 * ARROW)
        return max(widths)

    # Nodes.

    def _center(self, node: Node) -> Point:
        """The middle of a node's box."""
        body = self._places.bodies[node.key]
        y = self._places.y(node.key)
        if node.operator is None:
            return self._x[self._layers.column[node.key]], y
        return self._x[self._layers.column[node.key]], y + (body.below - body.above) / 2

    def _draw(self, node: Node) -> None:
        body = self._places.bodies[node.key]
        x, y = self._center(node)
        quantity = _quantity(node)
        if node.operator is None:
            self._draw_port(node, x, y)
            return
        if is_branch(node):
            return
        kind = body.kind
        self._boxes.append(
            Box(kind, x, y, body.width, body.above + body.below, node.latex, quantity)
        )
        size = DOT if node.operator.sign == operators.PRODUCT.sign else SIGN
        self._write("sign", node.operator.latex, size, (x, y), quantity)
        if body.label:
            kind = "quantity" if node.names else "value"
            self._write_above(
                kind, body.label, body.label_size, x + body.width / 2 + 4, self._places.y(node.key),
                quantity,
            )  # fmt: skip
        goes_out = self._layers.only_goes_out(node.key)
        if node.key in self._places.adjoints and not goes_out:
            self._write_adjoint(node, x + body.width / 2 + 4, self._places.y(node.key))
        for place, wire in enumerate(node.inputs):
            self._draw_input(node, place, wire)

    def _draw_port(self, node: Node, x: float, y: float) -> None:
        """A quantity that comes in or goes out, at the edge of the page."""
        quantity = _quantity(node)
        if self._layers.is_input(node.key):
            x, y = self._below(node), self._bottom + extent(node.latex, TEXT).height / 2 + 4
        self._write("port", node.latex, TEXT, (x, y), quantity)
        if node.key in self._places.adjoints:
            drawn = extent(self._places.adjoints[node.key], SMALL)
            self._write_adjoint(node, x - drawn.width / 2, y + 3)

    def _draw_input(self, node: Node, place: int, wire: Wire) -> None:
        """What is written on a wire before a node, and a parameter that comes in there."""
        body = self._places.bodies[node.key]
        left = self._x[self._layers.column[node.key]] - body.width / 2
        y = self._places.port(node, place)
        latex = _written(wire)
        if wire.is_negative:
            self._write("sign", "-", SMALL, (left - 7, y - 8), "")
        if not latex:
            return
        width = extent(latex, SMALL).width + 10.0
        x = left - ARROW - width / 2
        names = _parameters(wire)
        quantity = names[0] if len(names) == 1 else ""
        self._boxes.append(Box("parameter", x, y, width, CHIP, latex, quantity))
        self._write("parameter", latex, SMALL, (x, y), quantity)
        if not wire.source:
            self._add_line("wire", ((x + width / 2, y), (left, y)), True, quantity, names)

    # Wires.

    def _draw_wire(self, node: Node) -> None:
        """The wire that leaves a node, to everything that it comes into."""
        quantity = _quantity(node)
        row = self._layers.rows[self._layers.row_of[node.key]]
        kind = "memory" if row.is_kept else "wire"
        start = self._start(node)
        ways = [
            (self._way(node, target, place, start), target, place)
            for target, place in _targets(self._diagram, node)
        ]
        for points, target, _ in ways:
            same = self._layers.row_of[target.key] == self._layers.row_of[node.key]
            self._add_line(
                kind if same else "wire", points, not is_branch(target), quantity,
                self._origins[node.key], node,
            )  # fmt: skip
        for x, y in _forks([points for points, _, _ in ways]):
            self._dots.append(Dot(x, y, "wire", quantity))

    def _add_line(
        self, kind: str, points: tuple[Point, ...], has_arrow: bool, quantity: str,
        origins: tuple[str, ...], node: Node | None = None,
    ) -> None:  # fmt: skip
        """A wire, and what flows back along it."""
        self._lines.append(Line(kind, points, has_arrow, quantity, origins))
        if self._places.adjoints:
            back = beside(points, ASIDE_BY)[::-1]
            name = f"d{quantity}" if quantity else ""
            is_end = not (node is not None and is_branch(node))
            self._lines.append(Line("adjoint", back, is_end, name, origins))

    def _start(self, node: Node) -> tuple[Point, ...]:
        """Where a wire begins: at the right of a node, or below the page's other wires."""
        body = self._places.bodies[node.key]
        x, y = self._x[self._layers.column[node.key]], self._places.y(node.key)
        if self._layers.is_input(node.key):
            return (self._below(node), self._bottom), (self._below(node), y)
        return ((x + body.width / 2, y),)

    def _below(self, node: Node) -> float:
        """Where an input comes in, from left to right."""
        column = self._layers.first_reader(node.key)
        bend = next((b for b in self._bends[column] if b.source == node.key), None)
        return self._x[column] if bend is None else bend.x

    def _way(
        self, node: Node, target: Node, place: int, start: tuple[Point, ...]
    ) -> tuple[Point, ...]:
        body = self._places.bodies[target.key]
        column = self._layers.column[target.key]
        x, y = self._x[column], self._places.y(node.key)
        if self._is_aside(target, place):
            edge = self._places.y(target.key)
            edge += body.below if y > edge else -body.above
            return _straightened((*start, (x, y), (x, edge)))
        end = (x - body.width / 2, self._places.port(target, place))
        bend = next((b for b in self._bends[column] if b.source == node.key), None)
        if bend is None or abs(end[1] - y) < 1e-6:
            return _straightened((*start, end))
        if bend.is_from_below:
            return _straightened((start[0], (bend.x, end[1]), end))
        return _straightened((*start, (bend.x, y), (bend.x, end[1]), end))

    # Mathematics.

    def _write(self, kind: str, latex: str, size: float, middle: Point, quantity: str) -> None:
        if not latex:
            return
        drawn = extent(latex, size)
        x, y = middle[0] - drawn.width / 2, middle[1] + (drawn.above - drawn.below) / 2
        self._texts.append(
            Text(kind, latex, x, y, size, drawn.width, drawn.above, drawn.below, quantity)
        )

    def _write_adjoint(self, node: Node, left: float, wire: float) -> None:
        """The adjoint of what leaves a node, below its wire."""
        latex = self._places.adjoints[node.key]
        drawn = extent(latex, SMALL)
        self._texts.append(
            Text("adjoint", latex, left, wire + ASIDE_BY + LABEL - 1 + drawn.above, SMALL,
                 drawn.width, drawn.above, drawn.below, f"d{_quantity(node)}")
        )  # fmt: skip

    def _write_above(
        self, kind: str, latex: str, size: float, left: float, wire: float, quantity: str
    ) -> None:  # fmt: skip
        drawn = extent(latex, size)
        self._texts.append(
            Text(kind, latex, left, wire - LABEL + 1 - drawn.below, size, drawn.width,
                 drawn.above, drawn.below, quantity)
        )  # fmt: skip

    def _framed(self) -> Picture:
        """The picture, moved so that its upper left corner is (0, 0)."""
        xs = [v for b in self._boxes for v in (b.left, b.right)]
        ys = [v for b in self._boxes for v in (b.top, b.bottom)]
        xs += [v for t in self._texts for v in (t.x, t.x + t.width)]
        ys += [v for t in self._texts for v in (t.y - t.above, t.y + t.below)]
        dx, dy = MARGIN - min(xs), MARGIN - min(ys)
        width, height = max(xs) + dx + MARGIN, max(ys) + dy + MARGIN
        boxes = tuple(
            Box(b.kind, b.x + dx, b.y + dy, b.width, b.height, b.about, b.quantity)
            for b in self._boxes
        )
        lines = tuple(
            replace(w, points=tuple((x + dx, y + dy) for x, y in w.points)) for w in self._lines
        )
        dots = tuple(Dot(d.x + dx, d.y + dy, d.kind, d.quantity) for d in self._dots)
        texts = tuple(
            Text(t.kind, t.latex, t.x + dx, t.y + dy, t.size, t.width, t.above, t.below, t.quantity)
            for t in self._texts
        )
        title = self._cell.title or self._cell.name
        printer = MathPrinter(self._cell, UNICODE)
        about = "; ".join(printer.equation(equation) for equation in self._cell.equations)
        return Picture(
            title, about, round(width), round(height), boxes, lines, dots, texts, crossings(lines)
        )


def _parameters(wire: Wire) -> tuple[str, ...]:
    """The names of what acts on a wire, or comes in on it."""
    constants = [factor.constant for factor in wire.factors]
    if wire.constant is not None:
        constants.append(wire.constant)
    return tuple(dict.fromkeys(
        operand.ascii for constant in constants for operand in syntax.operands(constant.value)
        if isinstance(operand, syntax.Name)
    ))  # fmt: skip


def _origins(diagram: Diagram) -> dict[str, tuple[str, ...]]:
    """Of each node, the names of the inputs, states and parameters that it depends on, and its
    own."""
    found: dict[str, tuple[str, ...]] = {}
    for node in diagram.nodes:
        names = [
            name for wire in node.inputs
            for name in (*(found[wire.source] if wire.source else ()), *_parameters(wire))
        ]  # fmt: skip
        if _quantity(node):
            names.append(_quantity(node))
        found[node.key] = tuple(dict.fromkeys(names))
    return found


def beside(points: Sequence[Point], by: float) -> tuple[Point, ...]:
    """The way beside another: below what is level, to the right of what is upright."""
    found: list[Point] = []
    for k, (x, y) in enumerate(points):
        parts = [(points[j], points[j + 1]) for j in (k - 1, k) if 0 <= j < len(points) - 1]
        is_level = any(abs(a[1] - b[1]) < 1e-6 for a, b in parts)
        is_upright = any(abs(a[0] - b[0]) < 1e-6 for a, b in parts)
        found.append((x + by * is_upright, y + by * is_level))
    return tuple(found)


def _written(wire: Wire) -> str:
    return wire.constant.latex if wire.constant else wire.latex


def _quantity(node: Node) -> str:
    """The name of what leaves a node, with its time: `c_t`, `c_prev`."""
    if not node.names:
        return ""
    name = node.names[0]
    return name.ascii + time_suffix(name.shift or 0)


def _targets(diagram: Diagram, node: Node) -> Iterator[tuple[Node, int]]:
    for target in diagram.nodes:
        for place, wire in enumerate(target.inputs):
            if wire.source == node.key:
                yield target, place


def _straightened(points: Sequence[Point]) -> tuple[Point, ...]:
    """The same way without bends that are none."""
    found: list[Point] = []
    for point in points:
        if found and _same(found[-1], point):
            continue
        if len(found) > 1 and _are_in_line(found[-2], found[-1], point):
            found[-1] = point
        else:
            found.append(point)
    return tuple(found)


def _same(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < 1e-6 and abs(a[1] - b[1]) < 1e-6


def _are_in_line(a: Point, b: Point, c: Point) -> bool:
    return (abs(a[0] - b[0]) < 1e-6 and abs(b[0] - c[0]) < 1e-6) or (
        abs(a[1] - b[1]) < 1e-6 and abs(b[1] - c[1]) < 1e-6
    )


def _forks(ways: Sequence[tuple[Point, ...]]) -> list[Point]:
    """Where the ways of one wire part: three or more go out of a place."""
    found: list[Point] = []
    places = sorted({point for way in ways for point in way[1:-1]})
    segments = [pair for way in ways for pair in pairwise(way)]
    for place in places:
        directions = {d for segment in segments for d in _directions(segment, place)}
        if len(directions) > 2:
            found.append(place)
    return found


def _directions(segment: tuple[Point, Point], place: Point) -> Iterator[str]:
    """The directions in which a segment leaves a place on it."""
    (ax, ay), (bx, by) = segment
    x, y = place
    if abs(ay - by) < 1e-6 and abs(ay - y) < 1e-6 and min(ax, bx) - 1e-6 <= x <= max(ax, bx) + 1e-6:
        if min(ax, bx) < x - 1e-6:
            yield "left"
        if max(ax, bx) > x + 1e-6:
            yield "right"
    if abs(ax - bx) < 1e-6 and abs(ax - x) < 1e-6 and min(ay, by) - 1e-6 <= y <= max(ay, by) + 1e-6:
        if min(ay, by) < y - 1e-6:
            yield "up"
        if max(ay, by) > y + 1e-6:
            yield "down"


# Bends.


def _ordered(bends: list[Bend]) -> list[Bend]:
    """From left to right, so that few wires cross between two columns."""
    if len(bends) <= TRIED:
        return list(min(permutations(bends), key=_cost, default=()))
    found: list[Bend] = []
    for bend in sorted(bends, key=lambda b: b.high - b.low):
        options = [[*found[:k], bend, *found[k:]] for k in range(len(found) + 1)]
        found = min(options, key=_cost)
    return found


def _cost(bends: Sequence[Bend]) -> float:
    return sum(_crossed(left, right) for k, left in enumerate(bends) for right in bends[k + 1 :])


def _crossed(left: Bend, right: Bend) -> float:
    """How often two bends cross; wires that would lie on each other cost most."""
    crossed = sum(right.low < y < right.high for y in set(left.ends))
    on_each_other = False
    if not right.is_from_below:
        crossed += left.low < right.start < left.high
        on_each_other = any(abs(right.start - y) < CHIP / 2 for y in left.ends)
    on_each_other |= any(abs(a - b) < 1 for a in left.ends for b in right.ends)
    return crossed + 100.0 * on_each_other


def _tracks(bends: Sequence[Bend]) -> dict[int, int]:
    """The track of each bend: bends that do not meet share one, if the order allows."""
    found: dict[int, int] = {}
    for k, bend in enumerate(bends):
        before = [found[j] for j in range(k) if _meet(bends[j], bend)]
        found[k] = 1 + max(before, default=-1)
    return found


def _meet(a: Bend, b: Bend) -> bool:
    return a.low < b.high + TRACK and b.low < a.high + TRACK


def crossings(lines: Sequence[Line]) -> int:
    """How many places there are at which wires of two quantities cross."""
    flat: set[tuple[str, float, float, float]] = set()
    upright: set[tuple[str, float, float, float]] = set()
    for k, line in enumerate(lines):
        if line.kind == "adjoint":
            continue
        owner = line.quantity or str(k)
        for (ax, ay), (bx, by) in pairwise(line.points):
            if abs(ay - by) < 1e-6:
                flat.add((owner, ay, min(ax, bx), max(ax, bx)))
            else:
                upright.add((owner, ax, min(ay, by), max(ay, by)))
    return len({
        (round(x, 3), round(y, 3))
        for one, y, left, right in flat for other, x, low, high in upright
        if one != other and left + 1e-6 < x < right - 1e-6 and low + 1e-6 < y < high - 1e-6
    })  # fmt: skip
