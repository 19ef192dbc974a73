"""The points at which floating point is tried: numbers that are exact in float32."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from symlstm.cell import Role
from symlstm.interface import Sizes
from symlstm.verification.binding import Binding

MAGNITUDES = (1, 10, 100, 1_000, 10_000)
OFFSETS = (100, 10_000)
"""Magnitudes at which all inputs lie near one large number, too."""
_STEPS = 16
_FINE = 1 << 14


@dataclass(frozen=True)
class NumericPoint:
    """A value for each symbol.

    Args:
        magnitude: the largest absolute value of inputs and states before the first step, about.
        is_offset: whether they are near `magnitude`, all of them, and the weights near 1: then the
            entries of a preactivation are large and differ by little.
        values: for each argument its entries in row-major order, and its shape.
    """

    magnitude: int
    is_offset: bool
    values: dict[str, tuple[tuple[Fraction, ...], tuple[int, ...]]]

    def of_symbols(self) -> dict[str, Fraction]:
        """The value of each symbol of the trace, `x[0,1,2]`, by name."""
        found: dict[str, Fraction] = {}
        for name, (entries, shape) in self.values.items():
            for position, value in enumerate(entries):
                found[f"{name}[{','.join(map(str, _index(position, shape)))}]"] = value
                if not shape:
                    found[name] = value
        return found


def _index(position: int, shape: tuple[int, ...]) -> list[int]:
    index: list[int] = []
    for size in reversed(shape):
        position, last = divmod(position, size)
        index.insert(0, last)
    return index


def points(binding: Binding, sizes: Sizes, seed: int) -> Iterator[NumericPoint]:
    """Every magnitude once, and the offsets; the same for the same seed."""
    for magnitude, is_offset in (
        *((m, False) for m in MAGNITUDES),
        *((m, True) for m in OFFSETS),
    ):
        rng = random.Random(f"{seed} numerics {binding.kind} {magnitude} {is_offset}")
        values: dict[str, tuple[tuple[Fraction, ...], tuple[int, ...]]] = {}
        for argument in binding.signature.arguments:
            if argument.name in binding.absent:
                continue
            shape = argument.shape(sizes)
            is_parameter = argument.quantity.role is Role.PARAMETER
            is_adjoint = argument.name.startswith("d") and argument.name[1:] in _results(binding)
            draw = _entry if not is_offset else _near
            scale = 1 if is_parameter or is_adjoint else magnitude
            entries = tuple(draw(rng, scale) for _ in range(prod(shape)))
            values[argument.name] = entries, shape
        yield NumericPoint(magnitude, is_offset, values)


def _results(binding: Binding) -> set[str]:
    """The names whose outside adjoints are arguments."""
    arguments = binding.signature.arguments
    return {a.name[1:] for a in arguments if a.name == "d" + a.quantity.name}


def _entry(rng: random.Random, scale: int) -> Fraction:
    numerator = rng.choice([k for k in range(-_STEPS, _STEPS + 1) if k])
    return Fraction(numerator * scale, _STEPS)


def _near(rng: random.Random, scale: int) -> Fraction:
    if scale == 1:
        return 1 + Fraction(rng.randrange(-_STEPS, _STEPS + 1), _FINE)
    return scale + _entry(rng, 1)
