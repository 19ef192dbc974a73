"""What a cell's parameters are to its results: the slots that they fill.

In `tanh((A + B) x_t + (A − B) h_{t-1})` neither A nor B is anything by itself: the cell has two
slots, `□ x_t` and `□ h_{t-1}`, filled with A + B and A − B. Which functions a cell can compute
hangs on what its slots can be filled with, however its parameters are named and mixed. With every
slot a parameter of its own the cell computes all that it did, and perhaps more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from sympy import Integer

from symlstm.cell import Cell
from symlstm.verification.equality.cell_form import CellForm, Unit
from symlstm.verification.equality.forms import (
    EMPTY,
    ONE,
    Forms,
    Leaf,
    Monomial,
    Polynomial,
)
from symlstm.verification.equality.translation import Translation, shape_of

Place = tuple[Monomial, tuple[Monomial, ...] | None, tuple[Monomial, ...]]
"""Where a slot stands: beside which factors; in a product, after which and before which."""


class Relaxed(CellForm):
    """The forms of a cell in which every slot is a parameter of its own.

    Attributes:
        slots: what fills each slot, by the parameters of the cell.
        has_products: whether a term has several slots, which are then left as they are.
    """

    def __init__(self, forms: Forms, cell: Cell, side: int) -> None:
        super().__init__(forms, cell, side)
        self.slots: dict[Leaf, Polynomial] = {}
        self.has_products = False
        self._named: dict[Polynomial, Leaf] = {}
        self._units_as_written, self._sites = self._sites, {}
        self._known = {q.name: self._relaxed(self.result(q.name)) for q in cell.results}

    @cached_property
    def units(self) -> dict[int, Unit]:
        """All functions of signals below the results, by their factors."""
        results = [self.result(q.name) for q in self.cell.results]
        return {
            f: self._sites.get(f, Unit(f, "", None))
            for f in self.forms.factors(*results)
            if self.forms.nodes[f][0] == "call" and not self._is_of_parameters(f)
        }

    @property
    def is_plain(self) -> bool:
        """Whether every slot is filled with one parameter, or one block of one."""
        return not self.has_products and all(
            value == self.forms.leaf(leaf) for leaf, value in self.slots.items()
        )

    # Forms with slots.

    def _relaxed(self, p: Polynomial) -> Polynomial:
        filled: dict[Place, list[Polynomial]] = {}
        parts: list[Polynomial] = []
        for monomial, coefficient in p:
            place, filling = self._placed(monomial)
            if place is None:
                parts.append(self.forms.scale(coefficient, self._without_slot(monomial)))
            else:
                filling = self.forms.scale(coefficient, filling)
                filled.setdefault(place, []).append(filling)
        for place, fillings in filled.items():
            parts.append(self._fill(place, self._slot(self.forms.add(*fillings))))
        return self.forms.add(*parts)

    def _placed(self, monomial: Monomial) -> tuple[Place | None, Polynomial]:
        """A term as a slot and what fills it; no slot where it has none, or several."""
        own = tuple((f, e) for f, e in monomial if self._is_of_parameters(f))
        rest = tuple((f, e) for f, e in monomial if not self._is_of_parameters(f))
        inside = [(f, e) for f, e in rest if self._has_parameters(f)]
        if not inside:
            return ((rest, None, ()), ((own, Fraction(1)),)) if own else (None, ())
        factor, exponent = inside[0]
        matrices = self._operands(factor, own)
        runs = self._runs(matrices)
        if len(inside) > 1 or exponent != 1 or len(runs) != 1:
            self.has_products = True
            return None, ()
        start, stop = runs[0]
        beside = tuple((f, e) for f, e in rest if f != factor)
        run = matrices[start:stop]
        filling = run[0] if len(run) == 1 else ((self.forms.factor(("product", run)), Fraction(1)),)
        return (beside, matrices[:start], matrices[stop:]), ((filling, Fraction(1)),)

    def _has_parameters(self, factor: int) -> bool:
        """Whether parameters stand in a matrix product, outside every function."""
        node = self.forms.nodes[factor]
        return node[0] == "product" and any(
            self._is_of_parameters(f) or self._has_parameters(f) for m in node[1] for f, _ in m
        )

    def _operands(self, factor: int, own: Monomial) -> tuple[Monomial, ...]:
        """The factors of a matrix product: a ∘ (W (b ∘ x)) is diag(a) W diag(b) x."""
        found: list[Monomial] = []
        if own:
            found.append(self._diagonal(own, shape_of(self.forms, ((factor, Fraction(1)),))))
        for monomial in self.forms.nodes[factor][1]:
            inner = tuple((f, e) for f, e in monomial if self._is_of_parameters(f))
            if inner and inner != monomial:
                found.append(self._diagonal(inner, shape_of(self.forms, monomial)))
                monomial = tuple((f, e) for f, e in monomial if (f, e) not in inner)
            found.append(monomial)
        return tuple(found)

    def _diagonal(self, vector: Monomial, shape: tuple[Any, Any]) -> Monomial:
        """A column as a diagonal matrix; what is no column stays, as no parameter to be found."""
        if shape[1] != 1:
            whole = self.forms.factor(("other", "entry by entry", (((vector, Fraction(1)),),)))
            return ((whole, Fraction(1)),)
        return self.forms.only(self.forms.diagonal(((vector, Fraction(1)),), shape[0]))

    def _runs(self, operands: tuple[Monomial, ...]) -> list[tuple[int, int]]:
        """Where there are parameters in a row; two where there are others inside an operand."""
        found: list[tuple[int, int]] = []
        for n, monomial in enumerate(operands):
            if monomial and all(self._is_of_parameters(f) for f, _ in monomial):
                if found and found[-1][1] == n:
                    found[-1] = (found[-1][0], n + 1)
                else:
                    found.append((n, n + 1))
            elif any(self._has_parameters(f) for f, _ in monomial):
                found += [(n, n), (n, n)]
        return found

    def _is_of_parameters(self, factor: int) -> bool:
        """Whether a factor is made of parameters only, at least of one."""
        leaves = list(self.forms.leaves(self.forms.of_factor(factor)))
        return bool(leaves) and all(leaf.is_parameter for leaf in leaves)

    def _fill(self, place: Place, slot: Polynomial) -> Polynomial:
        beside, before, after = place
        rest = self._without_slot(beside)
        if before is None:
            return self.forms.times(rest, slot)
        ends = [tuple(self._operand(m) for m in side) for side in (before, after)]
        parts: list[Polynomial] = []
        for monomial, coefficient in slot:
            product = self.forms.single(("product", (*ends[0], monomial, *ends[1])))
            parts.append(self.forms.scale(coefficient, product))
        return self.forms.times(rest, self.forms.add(*parts))

    def _operand(self, monomial: Monomial) -> Monomial:
        return self.forms.only(self._without_slot(monomial))

    def _without_slot(self, monomial: Monomial) -> Polynomial:
        """A term that is no slot, with the slots inside its functions."""
        powers = (self.forms.power(self._factor(f), e) for f, e in monomial)
        return self.forms.times(ONE, *powers)

    def _factor(self, factor: int) -> Polynomial:
        node = self.forms.nodes[factor]
        if self._is_of_parameters(factor):
            for leaf in self.forms.leaves(self.forms.of_factor(factor)):
                self.slots.setdefault(leaf.upright, self.forms.leaf(leaf.upright))
            return self.forms.of_factor(factor)
        match node[0]:
            case "call":
                return self._call(factor)
            case "sum":
                inner = self._relaxed(node[1])
                return inner if len(inner) <= 1 else self.forms.single(("sum", inner))
            case "product":
                return self.forms.single(("product", tuple(self._operand(m) for m in node[1])))
            case "stack":
                return self.forms.stack([(self._relaxed(p), height) for p, height in node[1]])
            case "other":
                return self.forms.single(("other", node[1], tuple(map(self._relaxed, node[2]))))
            case _:
                return self.forms.of_factor(factor)

    def _call(self, factor: int) -> Polynomial:
        _, name, argument = self.forms.nodes[factor]
        form = self.forms.call(name, self._relaxed(argument))
        written = self._units_as_written.get(factor)
        if written is not None:
            for used in self._calls(form):
                self._sites.setdefault(used, Unit(used, written.owner, written.argument))
        return form

    def _calls(self, form: Polynomial) -> Iterable[int]:
        return [f for m, _ in form for f, _ in m if self.forms.nodes[f][0] == "call"]

    # Slots.

    def _slot(self, value: Polynomial) -> Polynomial:
        """A parameter that stands for what fills a slot; one parameter stands for itself."""
        if not value:
            return value
        first = value[0][1]
        value = self.forms.scale(1 / first, value)
        if len(value) == 1 and len(value[0][0]) == 1 and value[0][0][0][1] == 1:
            node = self.forms.nodes[value[0][0][0][0]]
            if node[0] == "leaf":
                self.slots.setdefault(node[1].upright, self.forms.leaf(node[1].upright))
                return self.forms.scale(first, value)
        return self.forms.scale(first, self._of_its_own(value))

    def _of_its_own(self, value: Polynomial) -> Polynomial:
        known = self._named.get(value)
        if known is not None:
            return self.forms.leaf(known)
        turned = self.forms.transpose(value)
        scale = turned[0][1]
        known = self._named.get(self.forms.scale(1 / scale, turned))
        if known is not None:
            return self.forms.scale(scale, self.forms.leaf(replace(known, is_transposed=True)))
        rows, columns = shape_of(self.forms, next(m for m, _ in value if m != EMPTY))
        zero = Integer(0)
        leaf = Leaf(self.side, f"slot {len(self._named)}", None, (zero, rows), (zero, columns))
        self._named[value] = leaf
        self.slots[leaf] = value
        return self.forms.leaf(leaf)

    def filled(self, p: Polynomial) -> Polynomial:
        """A form with slots, by the parameters that fill them."""

        def put(leaf: Leaf) -> Polynomial | None:
            value = self.slots.get(leaf.upright)
            if value is None or not leaf.is_transposed:
                return value
            return self.forms.transpose(value)

        return Translation(self.forms, put, {}, lambda size: size).polynomial(p)
