"""A picture as TikZ: a document of its own, or a figure to be read into one."""

from __future__ import annotations

import math
from collections.abc import Iterator

from symlstm.drawing.picture import Box, Line, Picture

UNIT = 0.75
"""Points of a pixel."""

_HEAD = r"""\documentclass{article}
\usepackage[paperwidth=%sbp, paperheight=%sbp, margin=0pt]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{tikz}
\pagestyle{empty}
\parindent=0pt \topskip=0pt \parskip=0pt
\begin{document}
"""
_STYLES = r"""\begin{tikzpicture}[x=0.75bp, y=-0.75bp, line cap=round, line join=round,
  wire/.style={draw=black!75, line width=0.8pt, rounded corners=3pt},
  memory/.style={draw={rgb,255:red,0;green,114;blue,178}, line width=1.8pt, rounded corners=3pt},
  adjoint/.style={draw={rgb,255:red,213;green,94;blue,0}, line width=0.6pt, rounded corners=3pt},
  arrow/.style={-{latex}},
  gate/.style={draw={rgb,255:red,181;green,137;blue,0}, fill={rgb,255:red,253;green,241;blue,199}, rounded corners=2pt},
  function/.style={draw={rgb,255:red,74;green,127;blue,176}, fill={rgb,255:red,227;green,238;blue,249}, rounded corners=7pt},
  operator/.style={draw=black!75, fill=white},
  parameter/.style={draw={rgb,255:red,185;green,165;blue,102}, fill=white, rounded corners=5pt}]
"""  # noqa: E501


def in_tikz(picture: Picture) -> str:
    """The picture as a LaTeX document."""
    size = (_rounded_up(picture.width), _rounded_up(picture.height))
    frame = rf"\useasboundingbox (0,0) rectangle ({picture.width:.1f},{picture.height:.1f});"
    body = "\n".join([frame, *_lines(picture), *_boxes(picture), *_texts(picture)])
    return f"{_HEAD % size}{_STYLES}{body}\n\\end{{tikzpicture}}\n\\end{{document}}\n"


def _rounded_up(pixels: float) -> int:
    """A length of the page, in points."""
    return math.ceil(pixels * UNIT) + 1


def _lines(picture: Picture) -> Iterator[str]:
    for line in picture.lines:
        yield rf"\draw[{_style(line)}] " + " -- ".join(map(_at, line.points)) + ";"
    for dot in picture.dots:
        yield rf"\fill[black!75] {_at((dot.x, dot.y))} circle[radius=2.1bp];"


def _style(line: Line) -> str:
    return f"{line.kind}, arrow" if line.has_arrow else line.kind


def _boxes(picture: Picture) -> Iterator[str]:
    for box in picture.boxes:
        yield rf"\path[{box.kind}] {_shape(box)};"


def _shape(box: Box) -> str:
    if box.kind == "operator" and box.width == box.height:
        return f"{_at((box.x, box.y))} circle[radius={box.width / 2 * UNIT:.2f}bp]"
    return f"{_at((box.left, box.top))} rectangle {_at((box.right, box.bottom))}"


def _texts(picture: Picture) -> Iterator[str]:
    for text in picture.texts:
        size = text.size * UNIT
        font = rf"\fontsize{{{size:.2f}}}{{{size:.2f}}}\selectfont"
        middle = (text.x + text.width / 2, text.y)
        colour = "text={rgb,255:red,179;green,71;blue,0}, " if text.kind == "adjoint" else ""
        place = f"{colour}anchor=base, inner sep=0pt"
        yield rf"\node[{place}] at {_at(middle)} {{{font}${text.latex}$}};"


def _at(point: tuple[float, float]) -> str:
    return f"({point[0]:.1f},{point[1]:.1f})"
