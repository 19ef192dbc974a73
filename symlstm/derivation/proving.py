"""What a derivation rests on: its gradients are proved to be the derivative of its own equations.

The gradient system is held against an independent route. The forward equations are interpreted on
symbols, and differentiated term by term, by scalar rules that know nothing of matrices; the
gradient system is interpreted as well. Both are compared exactly, as `symlstm verify` does.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

from symlstm.calculus.gradient import derive
from symlstm.cell import Cell
from symlstm.interface import Sizes, signature
from symlstm.proof.compare import Comparison, compare
from symlstm.proof.differentiation import gradients
from symlstm.proof.interpret import carried, interpret, symbol_names
from symlstm.proof.terms import Terms

SEED = 20260204
"""A document is the same bytes wherever it is made: what is drawn is drawn alike."""


@dataclass(frozen=True)
class Pairs:
    """(by differentiation, by the gradient system) for each entry, and what steps carry."""

    terms: Terms
    pairs: list[tuple[int, int]]
    carried: list[list[int]]

    def compared(self, seed: int = SEED) -> Comparison:
        return compare(self.terms, self.pairs, random.Random(seed), self.carried)


@dataclass(frozen=True)
class Proved:
    """What is known of the gradients of a cell.

    Args:
        sizes: the sets of sizes at which they were compared.
        is_proved: whether every entry was proved, at all of them.
        is_conditional: whether that rests on denominators or arguments of roots and logarithms.
        comparisons: how many entries were compared.
        bound_bits: a false `proved` of the rational part has a probability below 2^−bound_bits.
    """

    sizes: tuple[Sizes, ...]
    is_proved: bool
    is_conditional: bool
    comparisons: int
    bound_bits: int


@cache
def proved(cell: Cell) -> Proved:
    """Whether the gradient system of a cell is the exact derivative of its forward equations.

    Raises:
        UnknownNode: an equation holds a function without a law.
    """
    sizes = _sizes(cell)
    found = [gradient_pairs(cell, each).compared() for each in sizes]
    return Proved(
        sizes,
        all(comparison.is_proved for comparison in found),
        any(c.denominators or c.domains or c.boundaries for c in found),
        sum(len(c.verdicts) for c in found),
        min(c.bound_bits for c in found),
    )


def _sizes(cell: Cell) -> tuple[Sizes, ...]:
    """Small sizes, distinct: the laws of the gradient system know no size."""
    primes = (3, 2, 5, 7, 11, 13, 17)
    names = [d.name for d in cell.dimensions]
    return ({"B": 2, "T": 3} | dict(zip(names, primes, strict=False)),)


def gradient_pairs(cell: Cell, sizes: Sizes) -> Pairs:
    """The gradients of a cell by its gradient system and by differentiation of its forward."""
    terms = Terms()
    found, results = interpret(cell, derive(cell), "gradients", terms, sizes)
    bound = signature(cell, "gradients")
    arguments = {a.name: a for a in bound.arguments}
    weights: dict[int, int] = {}
    for result in cell.results:
        names = symbol_names(arguments["d" + result.name], sizes)
        outside = [terms.symbol(name) for name in names]
        values = [
            element
            for t in range(1, sizes["T"] + 1)
            for b in range(sizes["B"])
            for row in found.values[result.name, t, b]
            for element in row
        ]
        for value, weight in zip(values, outside, strict=True):
            weights[value] = terms.sum([weight, weights.get(value, terms.zero)])
    wrt = {r.name: arguments[r.name.removeprefix("d")] for r in bound.results}
    symbols = [terms.symbol(n) for a in wrt.values() for n in symbol_names(a, sizes)]
    expected = gradients(terms, weights, symbols)
    computed = [element for name in wrt for element in results[name]]
    return Pairs(terms, list(zip(expected, computed, strict=True)), carried(cell, found))
