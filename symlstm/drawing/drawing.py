"""The drawing of a cell, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

from symlstm.cell import Cell
from symlstm.drawing.composing import Detail, compose
from symlstm.drawing.diagram import Diagram
from symlstm.drawing.dot import in_dot
from symlstm.drawing.picture import Picture
from symlstm.drawing.routing import picture_of
from symlstm.drawing.svg import in_svg
from symlstm.drawing.tikz import in_tikz
from symlstm.drawing.unrolling import unrolled
from symlstm.notation.reading import as_cell

Format = Literal["svg", "tikz", "png", "dot"]
FORMATS: tuple[Format, ...] = ("svg", "tikz", "png", "dot")

ZOOM = 2
"""Pixels of a PNG to one of the picture."""


@dataclass(frozen=True)
class Drawing:
    """A diagram that is derived from the equations of a cell.

    Args:
        cell: what it shows.
        diagram: its nodes and wires.
        gradient: whether what flows back is drawn along every wire.

    `str(drawing)` is the SVG; notebooks show it.
    """

    cell: Cell
    diagram: Diagram
    gradient: bool = False

    @cached_property
    def picture(self) -> Picture:
        """Where everything stands."""
        return picture_of(self.diagram, self.cell, self.gradient)

    def svg(self) -> str:
        """One SVG file, in the reader's choice of light or dark."""
        return in_svg(self.picture)

    def tikz(self) -> str:
        """A LaTeX document that draws it with TikZ."""
        return in_tikz(self.picture)

    def png(self) -> bytes:
        """A PNG, light, two pixels to one of the SVG."""
        from resvg_py import svg_to_bytes

        found = cast(Any, svg_to_bytes)(svg_string=in_svg(self.picture, False), zoom=ZOOM)
        return bytes(found)

    def dot(self) -> str:
        """Its nodes and edges in DOT, as `symlstm check-diagram` reads them."""
        return in_dot(self.diagram, self.cell.name)

    def printed(self, form: Format) -> str | bytes:
        """In a format by its name."""
        return {"svg": self.svg, "tikz": self.tikz, "png": self.png, "dot": self.dot}[form]()

    def __str__(self) -> str:
        return self.svg()

    def _repr_svg_(self) -> str:
        return self.svg()


def diagram(
    cell: Cell | str, detail: Detail = "gates", unroll: int = 1, gradient: bool = False
) -> Drawing:
    """The diagram of a cell, derived from its equations.

    Args:
        cell: a cell, the name of a built-in one, or the path of an equations file.
        detail: `gates`: one box a gate; `operators`: every sum and product is a node.
        unroll: how many time steps are drawn side by side.
        gradient: whether what flows back, the adjoint of every quantity, is drawn along its wire.
    Raises:
        SymlstmError: the cell cannot be read.
    """
    known = as_cell(cell)
    return Drawing(known, unrolled(compose(known, detail), unroll), gradient)
