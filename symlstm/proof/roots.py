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

Roots within roots are told layer by layer: those of the first layer have radicands without roots,
those of the next have radicands in which only roots of the layers before occur. With K the field
that these generate, the choices of signs in a layer are conjugate over K if no product of its
radicands is a square in K (Kummer), and then those of all layers together are. At a point, K is
mapped to the field in which all the roots of the layers before lie, and the character is that of
this field; what is a square in K is one there. A radicand without roots at every point is of the
first layer: had it some, they would all lie in F_p at every point, which is a relation, or an
accident of 2⁻⁴⁰.

Source: the quadratic characters of Adleman (1991), Factoring numbers using singular integers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from symlstm.proof import fields
from symlstm.proof.terms import TRUTHS, Terms, operands, reachable
from symlstm.proof.tower import Root, Tower

SPARE = 20
"""How many points more than radicands are tried before a relation is believed: 2⁻²⁰."""
MAXIMUM = 300
"""How many roots of one field are followed."""

_FIRST = 3
"""How many points more are tried at first."""
_NESTED = 40
"""How many points are tried at least where a root is within another."""


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
        number = sum(not place.is_constant for place in points[0]) + spare
        points.extend(next(draws) for _ in range(number - len(points)))
        if any(place.within > 1 for point in points for place in point):
            if first.halved:
                raise TooManyRoots("a root within a root, and half a logarithm in an exponent")
            number = max(_NESTED, 2 * number)
            points.extend(next(draws) for _ in range(number - len(points)))
        found = _dependent(points, _layers(first, points))
        if not found:
            break
    return found


class _Place(NamedTuple):
    """What is known of one root at one point.

    Args:
        term: the term √u.
        within: how many coordinates u has.
        degree: how many coordinates the root has.
        is_constant: whether u is a prime number.
    """

    term: int
    within: int
    degree: int
    is_constant: bool


_Point = list[_Place]


def _points(
    prepare: Callable[[random.Random], Tower], first: Tower, rng: random.Random
) -> Iterator[_Point]:
    """What is known at random points of the roots in the highest field, in the same order."""
    terms = list(dict.fromkeys(root.term for root in first.roots))
    draws = _redrawn if first.has_lasting_roots() else _drawn
    places: list[int] | None = None
    for tower in draws(prepare, terms, rng):
        point = [_place(root) for root in tower.roots if root.level == tower.levels]
        place = [known.term for known in point if not known.is_constant]
        places = place if places is None else places
        if place != places:
            raise TooManyRoots("the roots of two draws are not the same ones")
        yield point


def _place(root: Root) -> _Place:
    return _Place(root.term, root.within, fields.degree(root.value), root.is_constant)


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


# The layers.


def _layers(first: Tower, points: Sequence[_Point]) -> dict[int, int]:
    """The layer of each root, by its term: one more than that of the roots in its radicand."""
    nested = {place.term for point in points for place in point if place.within > 1}
    owners: dict[int, set[int]] = {}
    for root in first.roots:
        for use in root.uses:
            owners.setdefault(use, set()).add(root.term)
    layers: dict[int, int] = {}
    depths = _Depths(first.terms)
    for index in reachable(first.terms, owners):
        depth = depths.of(index)
        if index in owners:
            found = 1 + depths.known[first.terms.nodes[index][2]]
            depth = found if owners[index] & nested else 1
            for owner in owners[index]:
                layer = found if owner in nested else 1
                layers[owner] = min(layer, layers.get(owner, layer))
        depths.keep(index, depth)
    return layers


class _Depths:
    """How deep roots are nested in each term, at most.

    exp v lies in F_p without roots, unless v holds logarithms, which it undoes; log exp v is v.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.known: dict[int, int] = {}
        self._below: dict[int, int] = {}
        """The greatest depth of a term and all below it."""
        self._has_log: dict[int, bool] = {}

    def of(self, index: int) -> int:
        """The depth of a term, those of its operands being known."""
        node = self._terms.nodes[index]
        if node[0] in TRUTHS:
            return 0
        below = [a for a in operands(node) if self._terms.nodes[a][0] not in TRUTHS]
        if node[0] == "call":
            (argument,) = below
            if node[1] == "sqrt":
                return 1 + self.known[argument]
            is_free = node[1] != "log" and not self._has_log[argument]
            return 0 if is_free else self._below[argument]
        return max((self.known[a] for a in below), default=0)

    def keep(self, index: int, depth: int) -> None:
        node = self._terms.nodes[index]
        read = operands(node)
        self.known[index] = depth
        self._below[index] = max(depth, *(self._below[a] for a in read), 0)
        self._has_log[index] = node[:2] == ("call", "log") or any(self._has_log[a] for a in read)


def _dependent(points: Sequence[_Point], layers: Mapping[int, int]) -> set[int]:
    """The terms in linear relations of the vectors over F₂, layer by layer."""
    found: set[int] = set()
    for layer in set(layers.values()):
        members = {term for term, at in layers.items() if at == layer}
        found |= _dependent_in(points, members, [_width(p, layers, layer) for p in points])
    return found


def _width(point: _Point, layers: Mapping[int, int], layer: int) -> int:
    """How many coordinates the field has in which the radicands of a layer lie at a point."""
    if layer == 1:
        return 1
    before = [p.degree for p in point if p.is_constant or layers[p.term] < layer]
    return max(before, default=1)


def _dependent_in(points: Sequence[_Point], members: Set[int], widths: Sequence[int]) -> set[int]:
    """The relations among some of the roots, with −1, which is a square in all fields but F_p."""
    rows = [[p for p in point if not p.is_constant and p.term in members] for point in points]
    minus_one = sum((width == 1) << at for at, width in enumerate(widths))
    vectors = [(minus_one, 0)]
    for n in range(len(rows[0])):
        bits = (
            int(row[n].degree > width) << at
            for at, (row, width) in enumerate(zip(rows, widths, strict=True))
        )
        vectors.append((sum(bits), 1 << n))
    return {
        place.term
        for combination in _relations(vectors)
        for n, place in enumerate(rows[0])
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
