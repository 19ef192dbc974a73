"""Which parameters make one form the other: the step that a search for a correspondence repeats.

The *special* cell keeps its parameters, those of the *general* one are expressed by them. A
monomial of the general cell with one parameter in it is a skeleton with a hole, `□ x_t` or
`□ ∘ c_{t-1}`; whatever of the special cell has the same skeleton says what the parameter is.
Σ p = Σ q + constant is solved in order of names, what is left over on the right is added to the
last, what is left over on the left is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, cast

from sympy import Symbol

from symlstm.verification.equality.cell_form import CellForm
from symlstm.verification.equality.forms import (
    ONE,
    ZERO,
    Forms,
    Leaf,
    Monomial,
    Polynomial,
)
from symlstm.verification.equality.sizes import in_sizes, unify_shapes
from symlstm.verification.equality.translation import Translation, shape_of

Values = Mapping[Leaf, Polynomial]
"""What parameters of the general cell are, by those of the special one."""


@dataclass(frozen=True)
class State:
    """What is settled of a correspondence.

    Args:
        signals: the inputs and states of the general cell, as those of the special one.
        sizes: the named sizes of the general cell, as sizes of the special one.
        values: the parameters settled so far.
        units: the units settled so far, as forms of the special cell.
    """

    signals: Mapping[str, str]
    sizes: Mapping[Symbol, Any] = field(default_factory=dict[Symbol, Any])
    values: Values = field(default_factory=dict[Leaf, Polynomial])
    units: Mapping[int, Polynomial] = field(default_factory=dict[int, Polynomial])


@dataclass(frozen=True)
class Match:
    """What comes of setting a form of the general cell equal to one of the special cell.

    Args:
        state: what is settled now.
        special: monomials of the special form that nothing of the general one makes.
        general: monomials of the general form, as it was, that have no counterpart.
        zeroed: monomials of the general form whose parameter is zero.
    """

    state: State
    special: tuple[Monomial, ...] = ()
    general: tuple[Monomial, ...] = ()
    zeroed: tuple[Monomial, ...] = ()

    @property
    def is_exact(self) -> bool:
        return not self.special and not self.general


@dataclass(frozen=True)
class _Unknown:
    """coefficient · leaf, in the monomial `origin` of the general form."""

    coefficient: Fraction
    leaf: Leaf
    origin: Monomial


@dataclass(frozen=True)
class _Target:
    """coefficient · leaf of the special cell; a constant where the leaf is None.

    Args:
        identity: the rows of an identity matrix, where it is one.
    """

    coefficient: Fraction
    leaf: Leaf | None
    identity: Any = None


@dataclass(frozen=True)
class Matcher:
    """Matches forms of a general cell with those of a special one.

    Args:
        shortcuts: filled with the names of parameters that were settled in one way of several, as
            both of a product of two.
    """

    forms: Forms
    special: CellForm
    general: CellForm
    shortcuts: set[str] = field(default_factory=set[str], compare=False)

    def translation(self, state: State) -> Translation:
        """Forms of the general cell in the names of the special one, as far as they are settled."""
        return Translation(
            self.forms, lambda leaf: self._put(state, leaf), state.units,
            lambda size: in_sizes(state.sizes, size),
        )  # fmt: skip

    def _put(self, state: State, leaf: Leaf) -> Polynomial | None:
        if leaf.cell != self.general.side:
            return None
        if leaf.is_parameter:
            value = self._value(state.values, leaf.upright, state.sizes)
            if value is None:
                return None
            return self.forms.transpose(value) if leaf.is_transposed else value
        name = state.signals.get(leaf.name)
        if name is None:
            return None
        rows, columns = (
            (in_sizes(state.sizes, a), in_sizes(state.sizes, b))
            for a, b in (leaf.rows, leaf.columns)
        )
        return self.forms.leaf(
            replace(leaf, cell=self.special.side, name=name, rows=rows, columns=columns)
        )

    def _value(self, values: Values, leaf: Leaf, sizes: Mapping[Symbol, Any]) -> Polynomial | None:
        """The value of a block: its own, or its part in that of a whole parameter."""
        if leaf in values:
            return values[leaf]
        for known, value in values.items():
            if known.name == leaf.name and known.rows[0] == 0 and known.columns[0] == 0:
                whole = self.general.whole(self.general.cell.quantity(leaf.name))
                if known == whole:
                    rows, columns = (
                        (in_sizes(sizes, a), in_sizes(sizes, b))
                        for a, b in (leaf.rows, leaf.columns)
                    )
                    return self.forms.cut(value, rows, columns)
        return None

    def open_leaves(self, p: Polynomial) -> list[Leaf]:
        """The parameters of the general cell that stand in a form."""
        side = self.general.side
        return [f for f in self.forms.leaves(p) if f.cell == side and f.is_parameter]

    def match(self, state: State, general: Polynomial, special: Polynomial) -> Match | None:
        """Settle parameters so that the two forms are equal, as far as that is possible.

        None when what would be equal has different shapes.
        """
        zeroed: list[Monomial] = []
        for _ in range(2 + len(self.open_leaves(general))):
            attempt = _Attempt(self, state, general, special)
            solved = attempt.solve()
            if solved is None:
                return Match(state, *attempt.left_over(), tuple(zeroed))
            bound = self._settled(state, solved)
            if bound is None:
                return None
            zeroed += [u.origin for u, value in solved if value == ZERO]
            state = bound
        return None

    def _settled(self, state: State, solved: Sequence[tuple[_Unknown, Polynomial]]) -> State | None:
        values, sizes = dict(state.values), dict(state.sizes)
        for unknown, value in solved:
            leaf = unknown.leaf
            for shape in self._shapes_in(value):
                if not unify_shapes(sizes, leaf.shape, shape):
                    return None
            if leaf.is_transposed:
                value = self.forms.transpose(value)
            if values.setdefault(leaf.upright, value) != value:
                return None
        return replace(state, values=values, sizes=sizes)

    def _shapes_in(self, value: Polynomial) -> Iterator[tuple[Any, Any]]:
        """The shapes of the blocks and identities in a value."""
        for factor in self.forms.factors(value):
            node = self.forms.nodes[factor]
            if node[0] == "leaf":
                yield node[1].shape
            elif node[0] == "identity":
                yield node[1], node[1]


@dataclass
class _Attempt:
    """One look at general = special, with what is settled so far."""

    matcher: Matcher
    state: State
    general: Polynomial
    special: Polynomial

    def __post_init__(self) -> None:
        self.forms = self.matcher.forms
        self._hole = self.forms.factor(("hole",))
        self.known: dict[Monomial, Fraction] = {}
        self.origins: dict[Monomial, list[Monomial]] = {}
        self.unknown: dict[Monomial, list[_Unknown]] = {}
        self.several: list[tuple[Monomial, Fraction, Monomial, tuple[Leaf, ...]]] = []
        translation = self.matcher.translation(self.state)
        for origin, coefficient in self.general:
            for monomial, factor in translation.monomial(origin):
                self._file(monomial, factor * coefficient, origin)
        known = tuple(self.known.items())
        self.rest = self.forms.subtract(self.special, known)

    def _file(self, monomial: Monomial, coefficient: Fraction, origin: Monomial) -> None:
        holes = self._holes(monomial, self.matcher.general.side)
        if holes is None or not holes:
            self.known[monomial] = self.known.get(monomial, Fraction(0)) + coefficient
            self.origins.setdefault(monomial, []).append(origin)
        elif len(holes) == 1:
            skeleton = self._without(monomial, holes[0])
            self.unknown.setdefault(skeleton, []).append(_Unknown(coefficient, holes[0], origin))
        else:
            self.several.append((monomial, coefficient, origin, holes))

    def _holes(self, monomial: Monomial, side: int) -> tuple[Leaf, ...] | None:
        """The parameters of a cell that a monomial is linear in; None if one is out of reach."""
        found: list[Leaf] = []
        for factor, exponent in monomial:
            node = self.forms.nodes[factor]
            if node[0] == "leaf":
                if node[1].cell == side and node[1].is_parameter:
                    if exponent != 1:
                        return None
                    found.append(node[1])
            elif node[0] == "product" and exponent == 1:
                for inner in node[1]:
                    below = self._holes(inner, side)
                    if below is None:
                        return None
                    found += below
            elif side == self.matcher.general.side and self._is_out_of_reach(factor):
                return None
        return tuple(found) if len(set(found)) == len(found) else None

    def _is_out_of_reach(self, factor: int) -> bool:
        """Whether an open parameter stands inside a function or a power."""
        return any(self.matcher.open_leaves(p) for p in self.forms.inside(factor))

    def _without(self, monomial: Monomial, *leaves: Leaf) -> Monomial:
        """The monomial with holes in the places of some leaves."""
        taken = {self.forms.factor(("leaf", leaf)) for leaf in leaves}
        changed: dict[int, Fraction] = {}
        for factor, exponent in monomial:
            node = self.forms.nodes[factor]
            if factor in taken:
                factor = self._hole
            elif node[0] == "product":
                inner = tuple(self._without(m, *leaves) for m in node[1])
                factor = self.forms.factor(("product", inner))
            changed[factor] = changed.get(factor, Fraction(0)) + exponent
        return tuple(sorted(changed.items()))

    # Solving.

    def solve(self) -> list[tuple[_Unknown, Polynomial]] | None:
        """Values for some unknown parameters; None when there is nothing more to solve."""
        targets = self._targets()
        solved: list[tuple[_Unknown, Polynomial]] = []
        taken: set[Leaf] = set()
        for skeleton, unknowns in self.unknown.items():
            leaves = {u.leaf.upright for u in unknowns}
            if len(leaves) == len(unknowns) and not leaves & taken:
                solved += self._paired(unknowns, targets.get(skeleton, []))
                taken |= leaves
        if solved:
            return solved
        for monomial, coefficient, origin, holes in self.several:
            self.matcher.shortcuts.update(leaf.name for leaf in holes)
            return self._aligned(monomial, coefficient, origin, holes)
        return None

    def _targets(self) -> dict[Monomial, list[_Target]]:
        """What stands in the hole of each skeleton that is looked for."""
        found: dict[Monomial, list[_Target]] = {}
        for monomial, coefficient in self.rest:
            for skeleton, target in self._skeletons(monomial, coefficient):
                if skeleton in self.unknown:
                    found.setdefault(skeleton, []).append(target)
                    break
        return found

    def _skeletons(
        self, monomial: Monomial, coefficient: Fraction
    ) -> Iterator[tuple[Monomial, _Target]]:
        """A monomial as q ∘ m or Q m with a parameter q or Q; as 1 ∘ m; as I m."""
        for leaf in self._holes(monomial, self.matcher.special.side) or ():
            yield self._without(monomial, leaf), _Target(coefficient, leaf)
        changed = dict(monomial)
        changed[self._hole] = Fraction(1)
        yield tuple(sorted(changed.items())), _Target(coefficient, None)
        if monomial:
            shape = shape_of(self.forms, monomial)
            hole: Monomial = ((self._hole, Fraction(1)),)
            product = self.forms.factor(("product", (hole, *self.forms.operands(monomial, shape))))
            yield ((product, Fraction(1)),), _Target(coefficient, None, identity=shape[0])

    def _paired(
        self, unknowns: Sequence[_Unknown], targets: Sequence[_Target]
    ) -> Iterator[tuple[_Unknown, Polynomial]]:
        """Σ k p = Σ m q + n: the p and q of one name first, then in order."""
        leaves = [t for t in targets if t.leaf is not None]
        constant = [self._constant(t) for t in targets if t.leaf is None]
        names = {t.leaf.name for t in leaves if t.leaf is not None}
        ordered = sorted(unknowns, key=lambda u: (u.leaf.name not in names, u.leaf.name))
        mine = {u.leaf.name for u in unknowns}
        leaves.sort(key=lambda t: (_name(t) not in mine, _name(t)))
        last = min(len(ordered), max(1, len(leaves))) - 1
        for n, unknown in enumerate(ordered):
            chosen = leaves[n : n + 1] if n < last else leaves[n:] if n == last else []
            parts = [self.forms.scale(t.coefficient, self.forms.leaf(cast(Leaf, t.leaf)))
                     for t in chosen]  # fmt: skip
            parts += constant if n == 0 else []
            value = self.forms.scale(1 / unknown.coefficient, self.forms.add(*parts))
            yield unknown, value

    def _constant(self, target: _Target) -> Polynomial:
        value = ONE if target.identity is None else self.forms.identity(target.identity)
        return self.forms.scale(target.coefficient, value)

    def _aligned(
        self, monomial: Monomial, coefficient: Fraction, origin: Monomial, holes: tuple[Leaf, ...]
    ) -> list[tuple[_Unknown, Polynomial]]:
        """A monomial with several unknown parameters, and one of the special cell made alike."""
        skeleton = self._without(monomial, *holes)
        unknowns = [_Unknown(coefficient, leaf, origin) for leaf in holes]
        for other, factor in self.rest:
            found = self._holes(other, self.matcher.special.side) or ()
            if len(found) == len(holes) and self._without(other, *found) == skeleton:
                ratios = [Fraction(1)] * (len(holes) - 1) + [factor / coefficient]
                pairs = zip(unknowns, ratios, found, strict=True)
                return [(u, self.forms.scale(k, self.forms.leaf(q))) for u, k, q in pairs]
        whole = {self.forms.factor(("leaf", leaf)) for leaf in holes} & {f for f, _ in monomial}
        for unknown in unknowns if len(whole) < len(holes) else unknowns[:-1]:
            if self.forms.factor(("leaf", unknown.leaf)) in whole:
                return [(unknown, ONE)]
        return [(unknowns[0], ZERO)]

    def left_over(self) -> tuple[tuple[Monomial, ...], tuple[Monomial, ...]]:
        """The monomials of either form that have no counterpart."""
        mine = dict(self.special)
        special: list[Monomial] = []
        general: list[Monomial] = []
        for monomial, _ in self.rest:
            if monomial in mine:
                special.append(monomial)
            general += self.origins.get(monomial, [])
        return tuple(special), tuple(dict.fromkeys(general))


def _name(target: _Target) -> str:
    return "" if target.leaf is None else target.leaf.name
