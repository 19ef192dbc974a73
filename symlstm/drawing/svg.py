"""A picture as SVG: one file that needs no other, in the reader's choice of light or dark."""

from __future__ import annotations

from html import escape
from xml.etree import ElementTree

from symlstm.drawing.metrics import formula
from symlstm.drawing.picture import Line, Picture, Point, Text
from symlstm.notation.plainly import plainly

CORNER = 5.0

STYLE = """
.wire, .memory { fill: none; stroke: #3d4450; stroke-width: 1.3; stroke-linejoin: round; }
.memory { stroke: #0072b2; stroke-width: 2.8; }
.adjoint { fill: none; stroke: #d55e00; stroke-width: 1; stroke-linejoin: round; }
.arrow { fill: #3d4450; stroke: none; } .arrow.of-memory { fill: #0072b2; }
.arrow.of-adjoint { fill: #d55e00; }
.hit { fill: none; pointer-events: all; }
.dot { fill: #3d4450; }
.gate { fill: #fdf1c7; stroke: #b58900; stroke-width: 1.2; }
.function { fill: #e3eef9; stroke: #4a7fb0; stroke-width: 1.2; }
.operator { fill: #ffffff; stroke: #3d4450; stroke-width: 1.3; }
.parameter { fill: #ffffff; stroke: #b9a566; stroke-width: 1; }
.ink { fill: #16181b; } .ink-value { fill: #6b7280; } .ink-parameter { fill: #6d5600; }
.ink-adjoint { fill: #b34700; }
.paper { fill: #ffffff; }
"""
DARK = """
@media (prefers-color-scheme: dark) {
.wire { stroke: #c3c8d0; } .memory { stroke: #56b4e9; }
.adjoint { stroke: #f0955a; }
.arrow, .dot { fill: #c3c8d0; } .arrow.of-memory { fill: #56b4e9; }
.arrow.of-adjoint { fill: #f0955a; }
.gate { fill: #4a3f17; stroke: #d9b544; } .function { fill: #1e3448; stroke: #7fb2dd; }
.operator { fill: #16181b; stroke: #c3c8d0; } .parameter { fill: #16181b; stroke: #8d7c3f; }
.ink { fill: #eceef1; } .ink-value { fill: #9aa3ae; } .ink-parameter { fill: #e8cf86; }
.ink-adjoint { fill: #f0955a; }
.paper { fill: #16181b; }
}
"""


def in_svg(picture: Picture, has_dark: bool = True) -> str:
    """The picture as one SVG file.

    Args:
        has_dark: whether the file follows the reader's choice of light or dark.
    """
    return _Svg(picture).text(STYLE + (DARK if has_dark else ""))


class _Svg:
    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def text(self, style: str) -> str:
        picture = self._picture
        size = f'width="{_n(picture.width)}" height="{_n(picture.height)}"'
        glyphs, texts = self._texts()
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(picture.width)} '
            f'{_n(picture.height)}" {size} role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(picture.title)}</title>',
            f'<desc id="desc">{escape(picture.about)}</desc>',
            f"<style>{style}{self._picked()}</style>",
            "<defs>", *glyphs, "</defs>",
            f'<rect class="paper" {size}/>',
            *self._lines(), *self._boxes(), *texts,
            "</svg>",
        ]  # fmt: skip
        return "\n".join(parts) + "\n"

    def _picked(self) -> str:
        """Rules by which what depends on a quantity stands out while one points at it."""
        origins = sorted({name for line in self._picture.lines for name in line.origins})
        return "".join(
            f'svg:has([data-quantity="{name}"]:hover) .via-{name} '
            "{ stroke: #cc79a7; stroke-width: 3.2; }\n"
            for name in origins
        )

    def _lines(self) -> list[str]:
        found: list[str] = []
        for line in self._picture.lines:
            kinds = " ".join([line.kind, *(f"via-{name}" for name in line.origins)])
            found.append(f'<path class="{kinds}"{_of(line.quantity)} d="{_path(line)}"/>')
        for line in self._picture.lines:
            if line.has_arrow:
                found.append(f'<path class="arrow of-{line.kind}" d="{_arrow(line)}"/>')
        found += [
            f'<circle class="dot" cx="{_n(dot.x)}" cy="{_n(dot.y)}" r="2.8"/>'
            for dot in self._picture.dots
        ]
        return found

    def _boxes(self) -> list[str]:
        found: list[str] = []
        for box in self._picture.boxes:
            if box.kind == "operator" and box.width == box.height:
                shape = (
                    f'<circle class="{box.kind}" cx="{_n(box.x)}" cy="{_n(box.y)}" '
                    f'r="{_n(box.width / 2)}"/>'
                )
            else:
                radius = {"function": 13.0, "parameter": 9.0}.get(box.kind, 4.0)
                shape = (
                    f'<rect class="{box.kind}"{_of(box.quantity)} x="{_n(box.left)}" '
                    f'y="{_n(box.top)}" width="{_n(box.width)}" height="{_n(box.height)}" '
                    f'rx="{_n(radius)}"/>'
                )
            found.append(shape)
        return found

    def _texts(self) -> tuple[list[str], list[str]]:
        """The glyphs, each once, and where they stand."""
        found: list[str] = []
        glyphs: dict[str, str] = {}
        for text in self._picture.texts:
            holder = ElementTree.Element("svg")
            formula(text.latex, text.size).drawon(holder, text.x, text.y)
            for parent in list(holder.iter()):
                parent.attrib.pop("fill", None)  # the style of the group gives it
                for symbol in parent.findall("symbol"):
                    glyphs[symbol.attrib["id"]] = ElementTree.tostring(symbol, encoding="unicode")
                    parent.remove(symbol)
            inner = "".join(ElementTree.tostring(part, encoding="unicode") for part in holder)
            hit = _hit(text) if text.kind == "port" else ""
            found.append(
                f'<g class="ink ink-{text.kind}"{_of(text.quantity)}>'
                f"<title>{escape(plainly(text.latex))}</title>{hit}{inner}</g>"
            )
        return [glyphs[key] for key in sorted(glyphs)], found


def _hit(text: Text) -> str:
    """What one can point at, around a name."""
    return (
        f'<rect class="hit" x="{_n(text.x - 4)}" y="{_n(text.y - text.above - 4)}" '
        f'width="{_n(text.width + 8)}" height="{_n(text.above + text.below + 8)}"/>'
    )


def _of(quantity: str) -> str:
    return f' data-quantity="{escape(quantity)}"' if quantity else ""


def _n(value: float) -> str:
    """A number without what is not needed."""
    return f"{value:.1f}".removesuffix(".0")


def _path(line: Line) -> str:
    """The way of a wire, its corners round; it ends before the point of its arrow."""
    points = line.points
    parts = [f"M{_at(points[0])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, _distance(before, here) / 2, _distance(here, after) / 2)
        parts.append(f"L{_at(_towards(here, before, radius))}")
        parts.append(f"Q{_at(here)} {_at(_towards(here, after, radius))}")
    last = _towards(points[-1], points[-2], 4.0) if line.has_arrow else points[-1]
    return " ".join([*parts, f"L{_at(last)}"])


def _arrow(line: Line) -> str:
    """The point at the end of a wire."""
    end, before = line.points[-1], line.points[-2]
    back = _towards(end, before, 7.0)
    dx, dy = (end[0] - back[0]) * 0.46, (end[1] - back[1]) * 0.46
    one, other = (back[0] - dy, back[1] + dx), (back[0] + dy, back[1] - dx)
    return f"M{_at(end)} L{_at(one)} L{_at(other)} Z"


def _at(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, end: Point, by: float) -> Point:
    length = _distance(start, end) or 1.0
    return (
        start[0] + (end[0] - start[0]) * by / length, start[1] + (end[1] - start[1]) * by / length
    )  # fmt: skip
