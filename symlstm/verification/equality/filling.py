"""The parameters that fill the slots of a cell as they are wanted: A + B = W, A − B = U.

The wanted values are forms of another cell's parameters. Equations that are linear in some
parameter are solved for it, exactly, one after another; what is left over at the end holds for all
values, or does not. A product of parameters is filled by one of them, the others 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symlstm.verification.equality.forms import ONE, ZERO, Forms, Leaf, Monomial, Polynomial
from symlstm.verification.equality.reaching import is_bounded, reaches_all
from symlstm.verification.equality.translation import Translation

CHOICES = 20
"""How many products of parameters are reduced to one of them."""


@dataclass(frozen=True)
class Filling:
    """What came of filling slots.

    Args:
        values: the parameters, where they were found.
        is_impossible: whether no values of the parameters fill the slots so, for almost all values
            of the other cell's; if there are no values and this is False, none were found.
        is_bounded: whether none fill them so for some values of the other cell's, because what
            they are filled with is bounded, as b ∘ b is.
    """

    values: Mapping[Leaf, Polynomial] | None
    is_impossible: bool = False
    is_bounded: bool = False


@dataclass
class Filler:
    """Solves slots = wanted for the parameters of the cell `side`."""

    forms: Forms
    side: int
    _solved: dict[Leaf, Polynomial] = field(default_factory=dict[Leaf, Polynomial])
    _has_chosen: bool = False

    def fill(self, slots: Mapping[Leaf, Polynomial], wanted: Mapping[Leaf, Polynomial]) -> Filling:
        """The parameters with which each slot is what is wanted of it.

        Args:
            slots: what fills each slot, by the parameters of this cell.
            wanted: what is to fill it, by the parameters of the other.
        """
        rests = [self.forms.subtract(slots[slot], value) for slot, value in wanted.items()]
        atoms = {f.upright for p in rests for f in self._own(p)}
        while True:
            rests = [rest for rest in map(self._put, rests) if rest]
            refuted = next((rest for rest in rests if not self._own(rest)), None)
            if refuted is not None:
                return Filling(None, not self._has_chosen and self._is_polynomial(refuted))
            if not self._has_chosen and any(map(self._is_impossible, rests)):
                return Filling(None, True)
            if not rests:
                break
            if not (self._solve_one(rests) or self._choose(rests)):
                is_bounded = not self._has_chosen and any(map(self._is_bounded, rests))
                return Filling(None, is_bounded=is_bounded)
        values = {leaf: self._solved.get(leaf, ZERO) for leaf in atoms}
        return Filling({leaf: self._without_free(value) for leaf, value in values.items()})

    def _own(self, p: Polynomial) -> list[Leaf]:
        return [f for f in self.forms.leaves(p) if f.cell == self.side]

    def _put(self, p: Polynomial) -> Polynomial:
        return self._translated(p, self._solved)

    def _translated(self, p: Polynomial, values: Mapping[Leaf, Polynomial]) -> Polynomial:
        def put(leaf: Leaf) -> Polynomial | None:
            value = values.get(leaf.upright)
            if value is None or not leaf.is_transposed:
                return value
            return self.forms.transpose(value)

        return Translation(self.forms, put, {}, lambda size: size).polynomial(p)

    def _without_free(self, value: Polynomial) -> Polynomial:
        """A value with the parameters that may be anything set to zero."""
        return self._translated(value, dict.fromkeys((f.upright for f in self._own(value)), ZERO))

    # Equations.

    def _solve_one(self, rests: Sequence[Polynomial]) -> bool:
        """Solve an equation for a parameter that it is linear in, one of few others first."""
        for rest in sorted(rests, key=lambda p: len(set(self._own(p)))):
            for monomial, coefficient in rest:
                leaf = self._leaf(monomial)
                others = tuple((m, c) for m, c in rest if m != monomial)
                if leaf is None or leaf.upright in {f.upright for f in self._own(others)}:
                    continue
                self._set(leaf, self.forms.scale(-1 / coefficient, others))
                return True
            if self._solve_with_transpose(rest) or self._solve_broadcast(rest):
                return True
        return False

    def _solve_with_transpose(self, rest: Polynomial) -> bool:
        """c U + d Uᵀ = V is U = (c V − d Vᵀ)/(c² − d²), unless c² = d²."""
        own = self._own(rest)
        if {leaf.is_transposed for leaf in own} != {False, True} or len(own) != 2:
            return False
        shares = {leaf: c for m, c in rest if (leaf := self._leaf(m)) is not None}
        others = tuple((m, c) for m, c in rest if self._leaf(m) is None)
        if len(shares) != 2 or own[0].upright != own[1].upright or self._own(others):
            return False
        shares_by = {leaf.is_transposed: c for leaf, c in shares.items()}
        c, d = shares_by[False], shares_by[True]
        if abs(c) == abs(d):
            return False
        turned = self.forms.scale(d, self.forms.transpose(others))
        value = self.forms.subtract(turned, self.forms.scale(c, others))
        self._set(own[0].upright, self.forms.scale(1 / (c * c - d * d), value))
        return True

    def _is_impossible(self, rest: Polynomial) -> bool:
        """c (U ± Uᵀ) = V with a V that is not as symmetric; 1 β = b with entries of their own."""
        known = tuple((m, c) for m, c in rest if not self._own(((m, c),)))
        own = self.forms.subtract(rest, known)
        if not own or not self._is_polynomial(rest):
            return False
        if all(self._broadcast(m) is not None for m, _ in own):
            return any(m and self._broadcast(m) is None for m, _ in known)
        return any(
            self.forms.scale(sign, self.forms.transpose(own)) == own
            and self.forms.scale(sign, self.forms.transpose(known)) != known
            for sign in (1, -1)
        )

    def _is_bounded(self, rest: Polynomial) -> bool:
        """b ∘ b = v with a v that takes all values."""
        own = tuple((m, c) for m, c in rest if self._own(((m, c),)))
        known = self.forms.subtract(rest, own)
        is_own = all(leaf.cell == self.side for leaf in self.forms.leaves(own))
        free = next(self.forms.leaves(known), None)
        return (
            is_own and free is not None and is_bounded(self.forms, own)
            and reaches_all(self.forms, {free: known})
        )  # fmt: skip

    def _leaf(self, monomial: Monomial) -> Leaf | None:
        """The parameter of this cell that a term is."""
        if len(monomial) == 1 and monomial[0][1] == 1:
            node = self.forms.nodes[monomial[0][0]]
            if node[0] == "leaf" and node[1].cell == self.side:
                return node[1]
        return None

    def _set(self, leaf: Leaf, value: Polynomial) -> None:
        """Settle a parameter, also where it stands in those that were settled before."""
        own = {leaf.upright: self.forms.transpose(value) if leaf.is_transposed else value}
        for other, known in self._solved.items():
            self._solved[other] = self._translated(known, own)
        self._solved |= own

    def _solve_broadcast(self, rest: Polynomial) -> bool:
        """1 β = 1 γ + 2 is β = γ + 2: a number that stands in every row."""
        stripped: list[Polynomial] = []
        for monomial, coefficient in rest:
            inner = ONE if monomial == () else self._broadcast(monomial)
            if inner is None:
                return False
            stripped.append(self.forms.scale(coefficient, inner))
        return self._solve_one([self.forms.add(*stripped)])

    def _broadcast(self, monomial: Monomial) -> Polynomial | None:
        """What stands in every row, if a term is a column of ones times it."""
        if len(monomial) != 1 or monomial[0][1] != 1:
            return None
        node = self.forms.nodes[monomial[0][0]]
        if node[0] != "product" or len(node[1]) != 2 or len(node[1][0]) != 1:
            return None
        first = list(self.forms.factors(((node[1][0], Fraction(1)),)))
        is_ones = [self.forms.nodes[factor][0] for factor in first] == ["ones"]
        return ((node[1][1], Fraction(1)),) if is_ones else None

    # Choices.

    def _choose(self, rests: Sequence[Polynomial]) -> bool:
        """One factor of a product of parameters set to 1, a divisor first."""
        for rest in rests:
            for monomial, _ in rest:
                leaves = sorted(self._multipliers(monomial), key=lambda pair: pair[1] > 0)
                if len(self._solved) < CHOICES and leaves:
                    self._set(leaves[0][0] if leaves[0][1] < 0 else leaves[-1][0], ONE)
                    self._has_chosen = True
                    return True
        return False

    def _multipliers(self, monomial: Monomial) -> list[tuple[Leaf, Fraction]]:
        """The parameters that stand beside others, a ∘ b or diag(a) W, with their exponents."""
        found = [
            (leaf, exponent) for factor, exponent in monomial
            if (leaf := self._leaf(((factor, Fraction(1)),))) is not None
            and exponent.denominator == 1
        ]  # fmt: skip
        found = found if len(found) > 1 else []
        for factor, _ in monomial:
            node = self.forms.nodes[factor]
            if node[0] == "product":
                for operand in node[1]:
                    for inner, _ in operand:
                        if self.forms.nodes[inner][0] == "diagonal":
                            found += self._on_diagonal(inner)
        return found

    def _on_diagonal(self, factor: int) -> list[tuple[Leaf, Fraction]]:
        (monomial, _), *more = self.forms.nodes[factor][1]
        leaf = self._leaf(monomial) or next(iter(self._own(((monomial, Fraction(1)),))), None)
        return [] if leaf is None or more else [(leaf, Fraction(1))]

    def _is_polynomial(self, p: Polynomial) -> bool:
        """Whether a form is zero only if all its coefficients are: sums and products of leaves."""
        return all(
            self.forms.nodes[factor][0] in ("leaf", "product", "ones", "identity", "diagonal")
            for factor in self.forms.factors(p)
        )
