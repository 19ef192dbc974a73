"""Scales between two cells, by the law relu(c a) = c relu(a) for c > 0, and that of |a|.

`2 relu(W x)` is `relu(W' x)` with W' = 2 W. Where one cell has a relu, the other may have it times
a number, which its parameters absorb inside and what reads it makes good outside. The numbers that
may be wanted are the ratios of the coefficients that stand around and inside such functions. If all
are 1, no other scale is wanted: what holds with scales then holds without them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symlstm.verification.equality.cell_form import CellForm
from symlstm.verification.equality.forms import HOMOGENEOUS, Forms, Monomial, Polynomial


def scales(special: CellForm, general: CellForm) -> tuple[Fraction, ...]:
    """What a function of the general cell may be times one of the special cell: 1 first."""
    ratios = {a / b for a in _coefficients(special) for b in _coefficients(general)}
    return (Fraction(1), *sorted(ratios - {Fraction(1)}))


def _coefficients(cell: CellForm) -> set[Fraction]:
    """The absolute values of the coefficients around and inside the homogeneous functions."""
    forms = cell.forms
    homogeneous = [u.factor for u in cell.units.values() if forms.nodes[u.factor][1] in HOMOGENEOUS]
    sums = [cell.result(q.name) for q in cell.cell.results]
    sums += [forms.nodes[factor][2] for factor in cell.units]
    found = {abs(c) for p in sums for m, c in p if _holds(forms, m, homogeneous)}
    found |= {abs(c) for factor in homogeneous for _, c in _argument(forms, factor)}
    return found


def _argument(forms: Forms, factor: int) -> Polynomial:
    return forms.nodes[factor][2]


def _holds(forms: Forms, monomial: Monomial, wanted: list[int]) -> bool:
    """Whether one of some factors stands in a monomial, outside every other function."""
    return any(factor in wanted for factor in _linear(forms, monomial))


def _linear(forms: Forms, monomial: Monomial) -> Iterator[int]:
    """The factors of a monomial, and those of the matrix products in it."""
    for factor, _ in monomial:
        yield factor
        if forms.nodes[factor][0] == "product":
            for inner in forms.nodes[factor][1]:
                yield from _linear(forms, inner)
