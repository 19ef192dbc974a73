"""The functions that stand in terms, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a)) if a > 0 else math.exp(a) / (1 + math.exp(a))


FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "exp": math.exp,
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "log": math.log,
    "sqrt": math.sqrt,
}
"""By name; terms hold no others (see `lowering`) but those that nobody knows."""


def function(name: str) -> Callable[[float], float]:
    """A function by its name.

    Raises:
        ValueError: nobody knows it.
    """
    if name not in FUNCTIONS:
        raise ValueError(f"nobody knows the function {name}")
    return FUNCTIONS[name]
