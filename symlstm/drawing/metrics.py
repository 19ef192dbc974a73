"""How large a piece of mathematics is on the page, and its outlines: the work of ziamath."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

TEXT = 15.0
"""The size of names on wires, in pixels."""
SIGN = 16.0
"""That of signs in nodes."""
DOT = 30.0
"""That of the dot of a product."""
SMALL = 13.0
"""That of parameters."""


@dataclass(frozen=True)
class Extent:
    """The box around a piece of mathematics, from its baseline; a dot may lie above it."""

    width: float
    above: float
    below: float

    @property
    def height(self) -> float:
        return self.above + self.below


@lru_cache(maxsize=4096)
def formula(latex: str, size: float) -> Any:
    """A piece of mathematics as ziamath sets it."""
    with warnings.catch_warnings():  # on Python 3.11 it reads its font by a function of old
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziamath.zmath import Latex  # 0.3 s
    return cast(Any, Latex)(latex, size=size)


@lru_cache(maxsize=4096)
def extent(latex: str, size: float) -> Extent:
    """The box around a piece of mathematics.

    >>> extent("p", 15.0).below > extent("x", 15.0).below > 0 > extent(r"\\cdot", 15.0).below
    True
    """
    set_formula = formula(latex, size)
    width, height = set_formula.getsize()
    below = -float(set_formula.getyofst())
    return Extent(round(float(width), 1), round(float(height) - below, 1), round(below, 1))
