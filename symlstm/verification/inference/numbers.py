"""Both sides on the same numbers: the equations in floating point, the foreign code in its process.

Foreign code is only ever run by `symlstm.tracing`; what was asked once is not asked again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symlstm.calculus.gradient import derive
from symlstm.cell import Cell
from symlstm.interface import Kind, Sizes, signature
from symlstm.proof.interpret import interpret
from symlstm.tracing.parent import ask
from symlstm.verification.floats import Floats

Array = Any
"""An array of float64."""


class _Given(Floats):
    """Numbers whose symbols have values that are given."""

    def __init__(self, given: Mapping[str, Array]) -> None:
        super().__init__(random.Random(0))
        self._given = given

    def symbol(self, name: str) -> int:
        if name not in self._symbols:
            argument, bracket, index = name.partition("[")
            value = self._given[argument]
            place = tuple(map(int, index[:-1].split(","))) if bracket else ()
            self._symbols[name] = self.put(float(value[place]))
        return self._symbols[name]


@dataclass(frozen=True)
class Equations:
    """A bound function of a cell on numbers."""

    cell: Cell
    kind: Kind
    sizes: Sizes

    def __call__(self, given: Mapping[str, Array]) -> dict[str, Array] | None:
        """The results; None where they have no value."""
        terms = _Given(given)
        try:
            _, found = interpret(self.cell, derive(self.cell), self.kind, terms, self.sizes)
        except (ArithmeticError, ValueError, KeyError):
            return None
        shapes = {r.name: r.shape(self.sizes) for r in signature(self.cell, self.kind).results}
        return {
            name: np.array([terms.values[i] for i in elements]).reshape(shapes[name])
            for name, elements in found.items()
        }


@dataclass(frozen=True)
class Returned:
    """One array among what foreign code returned, and the keys and places that lead to it."""

    path: tuple[Any, ...]
    array: Array


@dataclass
class Foreign:
    """The functions of a foreign file.

    Args:
        path: the file.
        timeout, memory: the limits of each of its processes.
    """

    path: str
    timeout: float
    memory: int
    _answers: dict[str, Any] = field(default_factory=dict[str, Any])

    def _ask(self, name: str, what: str, several: Sequence[Any]) -> list[Any]:
        """The answers, in one process all that are not known yet."""
        keys = [json.dumps([name, what, each], sort_keys=True) for each in several]
        new = {k: each for k, each in zip(keys, several, strict=True) if k not in self._answers}
        if new:
            probe = {"name": name, what: list(new.values())}
            response = ask(self.path, {"probe": probe}, self.timeout, self.memory)
            self._answers |= zip(new, response["probe"][what], strict=True)
        return [self._answers[key] for key in keys]

    def search(self, name: str, searches: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The forms that a function takes, for each search its solutions."""
        return [each["solutions"] for each in self._ask(name, "searches", searches)]

    def calls(
        self, name: str, several: Sequence[Mapping[str, tuple[Any, Sequence[Array]]]]
    ) -> list[list[Returned] | None]:
        """What calls with these arrays return; None for one that raises."""
        plain = [
            {slot: [form, [a.tolist() for a in arrays]] for slot, (form, arrays) in each.items()}
            for each in several
        ]
        return [_returned(each) for each in self._ask(name, "calls", plain)]


def _returned(plain: Any) -> list[Returned] | None:
    if plain is None:
        return None
    return [
        Returned(tuple(path), np.array(values, dtype=np.float64).reshape(shape))
        for path, shape, values in plain
    ]
