"""Floats: the equations at one real point, to screen many guesses before one is proved.

A guess that gives other numbers than the implementation is wrong; one that gives the same numbers
is worth an exact proof. Nothing that is only screened is ever said.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from symlstm.proof.float64 import FUNCTIONS
from symlstm.proof.terms import Terms, transplant

CLOSE = 1e-9
"""Numbers that differ by less, relative to the larger of 1 and their magnitude, may be equal."""
LARGEST = 1.5
"""Of the values of symbols."""
TRIED = 8

_T = TypeVar("_T")


class Floats(Terms):
    """A table in which every term is a number: the operations of `Terms`, done at once.

    Args:
        rng: draws the value of each symbol, by its name.
        least: the least of these values.
    """

    def __init__(self, rng: random.Random, least: float = -LARGEST) -> None:
        self.values: list[float] = []
        self._rng = rng
        self._least = least
        self._symbols: dict[str, int] = {}
        super().__init__()

    def put(self, value: float) -> int:
        """The index of a number."""
        self.values.append(value)
        self.nodes.append(("value",))
        return len(self.values) - 1

    def _add(self, node: tuple[Any, ...]) -> int:
        """Only the constants of a new table come through here."""
        assert node[0] == "number"
        self.values.append(float(node[1]))
        self.nodes.append(node)
        return len(self.values) - 1

    def symbol(self, name: str) -> int:
        if name not in self._symbols:
            self._symbols[name] = self.put(self._rng.uniform(self._least, LARGEST))
        return self._symbols[name]

    def number(self, value: Fraction | int) -> int:
        return self._add(("number", Fraction(value)))

    def sum(self, operands: Iterable[int]) -> int:
        return self.put(math.fsum(self.values[a] for a in operands))

    def product(self, operands: Iterable[int]) -> int:
        return self.put(math.prod(self.values[a] for a in operands))

    def dot(self, pairs: Iterable[tuple[int, int]]) -> int:
        values = self.values
        return self.put(sum(values[a] * values[b] for a, b in pairs))

    def power(self, a: int, exponent: int) -> int:
        return self.put(self.values[a] ** exponent)

    def call(self, name: str, a: int) -> int:
        return self.put(FUNCTIONS[name](self.values[a]))

    def compare(self, relation: str, a: int, b: int) -> bool:
        left, right = self.values[a], self.values[b]
        match relation:
            case ">":
                return left > right
            case ">=":
                return left >= right
            case "<":
                return left < right
            case "<=":
                return left <= right
            case "==":
                return left == right
            case _:
                return left != right

    def of_terms(self, terms: Terms, roots: Sequence[int]) -> dict[int, int]:
        """The numbers of terms at this point, as indices; without those that have no value.

        They have none in 1/0, the logarithm of a negative number, an unknown function.
        """
        return transplant(terms, roots, self, (KeyError, ArithmeticError, ValueError))


def at_a_point(evaluate: Callable[[Floats], _T], seed: int) -> tuple[Floats, _T] | None:
    """What is evaluated at a point at which it has a value; None: none was found.

    The logarithm of a sum has none where the sum is negative: other points are drawn, the last of
    them positive.
    """
    for attempt in range(TRIED):
        least = -LARGEST if attempt < TRIED // 2 else 0.05
        floats = Floats(random.Random(seed + attempt), least)
        try:
            return floats, evaluate(floats)
        except (ArithmeticError, ValueError):
            continue
    return None
