"""Dimensions inferred by unification.

A dimension is a linear combination of unknown and named sizes with integer coefficients, plus a
constant: `H`, `1`, `H+D`. Two dimensions that must be equal are unified by solving for an unknown;
when nothing is left to solve, they either agree or contradict each other, and a contradiction is
reported with *both* places that the two sizes come from.

The tree of the equations is annotated with dimensions before any SymPy matrix exists, since SymPy
accepts H×1 + D×1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from sympy import Add, Expr, Integer, Symbol

from symlstm.messages import NotationError, Span


@dataclass(frozen=True, eq=False)
class Dimension:
    """Σ coefficient · size + constant, over the names of sizes. Unknown sizes start with `?`.

    The order of the sizes is kept, as [h, x] has H+D rows, but D+H is the same dimension.
    """

    sizes: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dimension):
            return NotImplemented
        return self._unordered == other._unordered

    def __hash__(self) -> int:
        return hash(self._unordered)

    @property
    def _unordered(self) -> tuple[frozenset[tuple[str, int]], int]:
        return frozenset(self.sizes), self.constant

    def plus(self, other: Dimension, factor: int = 1) -> Dimension:
        total = dict(self.sizes)
        for name, coefficient in other.sizes:
            total[name] = total.get(name, 0) + factor * coefficient
        kept = tuple((n, c) for n, c in total.items() if c)
        return Dimension(kept, self.constant + factor * other.constant)

    @property
    def is_open(self) -> bool:
        """Whether an unknown size is in it."""
        return any(_is_unknown(name) for name, _ in self.sizes)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing but unknown sizes is in it."""
        return bool(self.sizes) and all(_is_unknown(name) for name, _ in self.sizes)

    @property
    def may_be_one(self) -> bool:
        return self == ONE or (self.is_unknown and self == named(self.sizes[0][0]))

    @property
    def is_sum(self) -> bool:
        """Whether nothing is subtracted in it."""
        return min([*(c for _, c in self.sizes), self.constant]) >= 0

    @property
    def least(self) -> float:
        """The least that it is, every size being at least 1."""
        coefficients = [c for _, c in self.sizes]
        return -math.inf if min(coefficients, default=0) < 0 else sum(coefficients) + self.constant

    @property
    def greatest(self) -> float:
        """The greatest that it is, every size being at least 1."""
        return -Dimension().plus(self, -1).least

    def divided(self, parts: int) -> Dimension | None:
        """One of equal parts, H of 4H; None if there are no such parts."""
        if any(n % parts for n in (*(c for _, c in self.sizes), self.constant)):
            return None
        sizes = tuple((name, c // parts) for name, c in self.sizes)
        return Dimension(sizes, self.constant // parts)

    def __str__(self) -> str:
        """As it is written; what holds an unknown size is `?`."""
        if self.is_open:
            return "?"
        parts = [name if c == 1 else f"{c}{name}" for name, c in self.sizes]
        if self.constant or not parts:
            parts.append(str(self.constant))
        return "+".join(parts)


ONE = Dimension(constant=1)
Extent = tuple[Dimension, Dimension]
"""The (rows, columns) of a node of the tree."""


def named(name: str) -> Dimension:
    return Dimension(((name, 1),))


def _is_unknown(size: str) -> bool:
    return size.startswith("?")


def describe(extent: Extent) -> str:
    """H×D, H×? if something has told the one size only."""
    if all(dimension.is_open for dimension in extent):
        return "of a size not yet known"
    return f"{extent[0]}×{extent[1]}"


@dataclass
class Unifier:
    """The equations between dimensions found so far, solved."""

    _solved: dict[str, Dimension] = field(default_factory=dict[str, Dimension])
    _count: int = 0

    @property
    def learned(self) -> int:
        """How many unknowns have been solved."""
        return len(self._solved)

    def unknown(self) -> Dimension:
        """A fresh unknown size."""
        self._count += 1
        return named(f"?{self._count}")

    def resolve(self, dimension: Dimension) -> Dimension:
        """The dimension with every solved size put in; one size alone is the most frequent."""
        if len(dimension.sizes) == 1:
            ((name, coefficient),) = dimension.sizes
            found = self._solved.get(name)
            if found is None:
                return dimension
            if coefficient == 1 and not dimension.constant and not self._is_solved_in(found):
                return found
        if not self._is_solved_in(dimension):
            return dimension
        size = self._put_in(dimension)
        if not self._is_solved_in(size):
            return size
        self._follow(dimension)
        return self._put_in(dimension)

    def _is_solved_in(self, dimension: Dimension) -> bool:
        for name, _ in dimension.sizes:  # noqa: SIM110, any() takes twice as long, and most time
            if name in self._solved:
                return True
        return False

    def _put_in(self, dimension: Dimension) -> Dimension:
        if len(dimension.sizes) == 1 and not dimension.constant and dimension.sizes[0][1] == 1:
            return self._solved[dimension.sizes[0][0]]
        total = Dimension(constant=dimension.constant)
        for name, coefficient in dimension.sizes:
            total = total.plus(self._solved.get(name) or named(name), coefficient)
        return total

    def _follow(self, dimension: Dimension) -> None:
        """Put the solved sizes into the solutions that lead to them: a chain is followed once."""
        pending = [name for name, _ in dimension.sizes if name in self._solved]
        while pending:
            solution = self._solved[pending[-1]]
            if not self._is_solved_in(solution):
                pending.pop()
                continue
            further = [
                name
                for name, _ in solution.sizes
                if name in self._solved and self._is_solved_in(self._solved[name])
            ]
            pending += further
            if not further:
                self._solved[pending.pop()] = self._put_in(solution)

    def unify(self, a: Dimension, b: Dimension) -> bool:
        """Require a = b; whether that is possible."""
        a, b = self.resolve(a), self.resolve(b)
        if a.sizes == b.sizes and a.constant == b.constant:
            return True
        difference = a.plus(b, -1)
        if not difference.sizes:
            return difference.constant == 0
        for name, coefficient in sorted(difference.sizes, key=lambda item: -_age(item[0])):
            if _is_unknown(name) and abs(coefficient) == 1:
                rest = difference.plus(named(name), -coefficient)
                solution = Dimension().plus(rest, -coefficient)
                if _is_possible_size(solution):
                    self._solved[name] = solution
                    return True
        return False


def _age(name: str) -> int:
    """Later unknowns are solved first, so that declared and early sizes keep their names."""
    return int(name[1:]) if _is_unknown(name) else -1


def _is_possible_size(solution: Dimension) -> bool:
    """A size is at least 1: no constant below 1, no negative multiple."""
    if not solution.sizes:
        return solution.constant >= 1
    return all(coefficient > 0 for _, coefficient in solution.sizes) and solution.constant >= 0


def symbolic(dimension: Dimension, symbols: Mapping[str, Symbol]) -> Expr:
    """The dimension as a SymPy expression over its named sizes."""
    terms = [coefficient * symbols[name] for name, coefficient in dimension.sizes]
    return Add(Integer(dimension.constant), *terms)


def contradiction(
    text: str, here: Span, there: Span | None, notes: tuple[str, ...], help: str = ""
) -> NotationError:
    """A shape error that shows both places."""
    if "?" in text:
        notes = (*notes, "? is a size that nothing has told yet")
    spans = (here,) if there is None or there == here else (here, there)
    return NotationError("S210", text, *spans, notes=notes, help=help)
