"""Forms rewritten: leaves and factors replaced, everything that is made of them computed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symlstm.verification.equality.forms import EMPTY, Forms, Leaf, Monomial, Polynomial


@dataclass
class Translation:
    """A form with its leaves and some of its factors replaced, everything else computed anew.

    Args:
        leaf: what is put for a leaf; None leaves it.
        replaced: what is put for a factor.
        size: what is put for a symbolic size.
    """

    forms: Forms
    leaf: Callable[[Leaf], Polynomial | None]
    replaced: Mapping[int, Polynomial]
    size: Callable[[Any], Any]
    _known: dict[int, Polynomial] = field(default_factory=dict[int, Polynomial])

    def polynomial(self, p: Polynomial) -> Polynomial:
        forms = self.forms
        return forms.add(*(forms.scale(c, self.monomial(m)) for m, c in p))

    def monomial(self, monomial: Monomial) -> Polynomial:
        forms = self.forms
        return forms.times(*(forms.power(self.factor(f), e) for f, e in monomial))

    def factor(self, factor: int) -> Polynomial:
        found = self._known.get(factor)
        if found is None:
            put = self.replaced.get(factor)
            found = self._known[factor] = self._changed(factor) if put is None else put
        return found

    def _changed(self, factor: int) -> Polynomial:
        forms, node = self.forms, self.forms.nodes[factor]
        match node[0]:
            case "leaf":
                put = self.leaf(node[1])
                return forms.leaf(node[1]) if put is None else put
            case "call":
                return forms.call(node[1], self.polynomial(node[2]))
            case "sum":
                inner = self.polynomial(node[1])
                return inner if len(inner) <= 1 else forms.single(("sum", inner))
            case "product":
                return self._product(node[1])
            case "diagonal":
                return forms.diagonal(self.polynomial(node[1]), self.size(node[2]))
            case "ones":
                return forms.single(("ones", self.size(node[1]), self.size(node[2])))
            case "stack":
                return forms.stack([(self.polynomial(p), self.size(h)) for p, h in node[1]])
            case "other":
                return forms.single(("other", node[1], tuple(map(self.polynomial, node[2]))))
            case _:
                return forms.single(node)

    def _product(self, factors: Iterable[Monomial]) -> Polynomial:
        *before, last = factors
        result, shape = self.monomial(last), self._shape(last)
        for monomial in reversed(before):
            own = self._shape(monomial)
            result = self.forms.matmul(self.monomial(monomial), result, (own, shape))
            shape = (own[0], shape[1])
        return result

    def _shape(self, monomial: Monomial) -> tuple[Any, Any]:
        rows, columns = shape_of(self.forms, monomial)
        return self.size(rows), self.size(columns)


def shape_of(forms: Forms, monomial: Monomial) -> tuple[Any, Any]:
    """The rows and columns of a monomial, read off a factor; (0, 0) if none tells."""
    for factor, _ in monomial:
        shape = _shape_of_factor(forms, factor)
        if shape != (0, 0):
            return shape
    return (0, 0)


def _shape_of_factor(forms: Forms, factor: int) -> tuple[Any, Any]:
    node = forms.nodes[factor]
    match node[0]:
        case "leaf":
            return node[1].shape
        case "ones":
            return node[1], node[2]
        case "identity":
            return node[1], node[1]
        case "diagonal":
            return node[2], node[2]
        case "product":
            return shape_of(forms, node[1][0])[0], shape_of(forms, node[1][-1])[1]
        case "stack":
            return sum(h for _, h in node[1]), 1
        case _:
            inner = next((m for p in forms.inside(factor) for m, _ in p if m != EMPTY), EMPTY)
            return shape_of(forms, inner)
