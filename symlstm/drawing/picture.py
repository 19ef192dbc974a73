"""What is drawn, as numbers: boxes, lines, dots and pieces of mathematics, each at its place.

Lengths are in pixels, y grows downwards. The printers of SVG and TikZ take the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A node, or what is written on a wire.

    Args:
        kind: `gate`, `function`, `operator` (a circle), `port` or `parameter`.
        x, y: its centre.
        about: what it stands for, as it is read aloud.
        quantity: the ASCII name of what it gives, where it has one.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    about: str
    quantity: str = ""

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Line:
    """A wire between two places, its bends in right angles.

    Args:
        kind: `wire`, `memory` where a state is carried on, or `adjoint` of what flows back.
        points: its ends and bends.
        has_arrow: whether it ends in an arrow.
        quantity: the ASCII name of what it carries, with its time; "" where it has none.
        origins: the names of the inputs, states and parameters that it depends on, and its own.
    """

    kind: str
    points: tuple[Point, ...]
    has_arrow: bool
    quantity: str = ""
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dot:
    """A fork."""

    x: float
    y: float
    kind: str
    quantity: str = ""


@dataclass(frozen=True)
class Text:
    """A piece of mathematics.

    Args:
        kind: `quantity`, `value` (of what has no name), `adjoint`, `sign`, `parameter` or `port`.
        x, y: its left end, and its baseline.
        width, above, below: the box around it.
    """

    kind: str
    latex: str
    x: float
    y: float
    size: float
    width: float
    above: float
    below: float
    quantity: str = ""


@dataclass(frozen=True)
class Picture:
    """A diagram on a page.

    Args:
        title: the name of what it shows.
        about: what it shows, in words.
    """

    title: str
    about: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    dots: tuple[Dot, ...]
    texts: tuple[Text, ...]
    crossings: int
