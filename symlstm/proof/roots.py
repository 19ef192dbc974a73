"""Square roots whose signs depend on each other.

In a field, √u is one of two roots, and which one is a matter of choice. As long as no product of
radicands is a square, that does not matter: the choices are conjugate, and what holds for one holds
for all. But √(x²) is x for one choice and −x for the other, and √x √y = √(x y) for half of the
choices, so that an equality in a field says nothing there.

Whether a product of radicands is a square is told by their quadratic characters: a product that is
a square has character 1 at every point, and a product that is none has so at half of them. The
characters of n radicands at n and some more random points are n vectors over F₂; if they are
independent, no product is a square, nor a number times a square. A relation cannot be overlooked,
only suspected without need. The roots of prime numbers are independent of each other and, then, of
the others.

Source: the quadratic characters of Adleman (1991), Factoring numbers using singular integers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from symlstm.proof.tower import Tower

SPARE = 20
"""How many points more than radicands are tried before a relation is believed: 2⁻²⁰."""
MAXIMUM = 300
"""How many roots of one field are followed."""

_FIRST = 3
"""How many points more are tried at first."""


class TooManyRoots(ArithmeticError):
    """More roots occur than are followed."""


def related(
    prepare: Callable[[random.Random], Tower], first: Tower, rng: random.Random
) -> set[int]:
    """The terms √u of a tower some product of whose radicands, with −1 perhaps, is a square.

    Args:
        prepare: draws a tower of the same kind.
        first: a tower in which the roots have been evaluated.
    Raises:
        ArithmeticError: it cannot be found out.
    """
    count = len({root.term for root in first.roots})
    if count > MAXIMUM:
        raise TooManyRoots(f"{count} square roots occur, more than the {MAXIMUM} that are followed")
    draws = _points(prepare, first, rng)
    points = [next(draws)]
    for spare in (_FIRST, SPARE):
        while len(points) < len(points[0]) + spare:
            points.append(next(draws))
        found = _dependent(points)
        if not found:
            break
    return found


_Point = list[tuple[int, bool]]
"""For each root in the highest field, its term and whether it is one without i."""


def _points(
    prepare: Callable[[random.Random], Tower], first: Tower, rng: random.Random
) -> Iterator[_Point]:
    """The characters at random points, of the same roots in the same order."""
    terms = list(dict.fromkeys(root.term for root in first.roots))
    draws = _redrawn if first.has_lasting_roots() else _drawn
    places: list[int] | None = None
    for tower in draws(prepare, terms, rng):
        point = [
            (root.term, root.is_residue)
            for root in tower.roots
            if root.level == tower.levels and not root.is_constant
        ]
        place = [term for term, _ in point]
        places = place if places is None else places
        if place != places:
            raise TooManyRoots("the roots of two draws are not the same ones")
        yield point


def _redrawn(
    prepare: Callable[[random.Random], Tower], terms: Sequence[int], rng: random.Random
) -> Iterator[Tower]:
    """One tower, its highest field drawn again and again."""
    tower = prepare(random.Random(rng.getrandbits(128)))
    for term in terms:
        tower.take_root(term)
    while True:
        tower.redraw()
        for term in terms:
            tower.take_root(term)
        yield tower


def _drawn(
    prepare: Callable[[random.Random], Tower], terms: Sequence[int], rng: random.Random
) -> Iterator[Tower]:
    """Towers drawn as the first one was, with every root that was taken on the way."""
    while True:
        tower = prepare(random.Random(rng.getrandbits(128)))
        for term in terms:
            tower.take_root(term)
        yield tower


def _dependent(points: Sequence[_Point]) -> set[int]:
    """The terms in linear relations of the vectors over F₂, with that of −1, a square nowhere."""
    vectors = [((1 << len(points)) - 1, 0)]
    for n in range(len(points[0])):
        bits = (int(not point[n][1]) << at for at, point in enumerate(points))
        vectors.append((sum(bits), 1 << n))
    return {
        term
        for combination in _relations(vectors)
        for n, (term, _) in enumerate(points[0])
        if combination >> n & 1
    }


def _relations(vectors: Sequence[tuple[int, int]]) -> list[int]:
    """Gauss elimination of (a vector, what it is made of): what the vanishing ones are made of."""
    pivots: dict[int, tuple[int, int]] = {}
    vanished: list[int] = []
    for vector, made_of in vectors:
        while vector and vector.bit_length() in pivots:
            other, also = pivots[vector.bit_length()]
            vector, made_of = vector ^ other, made_of ^ also
        if vector:
            pivots[vector.bit_length()] = vector, made_of
        else:
            vanished.append(made_of)
    return vanished
