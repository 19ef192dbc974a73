"""What a search for correspondences does not reach: where it finds none, there may yet be one.

The search goes through all units and all sums, but it knows the laws of one function a family, it
does not bring quotients and roots to a common form, and it solves for one parameter at a time.
Where a cell has no such thing and the search came to its end, no correspondence of the kinds that
docs/equal.md lists exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from math import perm

from sympy import OneMatrix

from symlstm import functions
from symlstm.cell import Role, matrix_symbols
from symlstm.verification.equality.cell_form import CellForm
from symlstm.verification.equality.direction import Plan
from symlstm.verification.equality.forms import HOMOGENEOUS, Forms, Leaf, Monomial
from symlstm.verification.equality.scales import scales
from symlstm.verification.equality.signals import MAXIMUM_SIGNALS

FAMILIES = (
    frozenset({"sigmoid", "tanh", "silu", "exp", "log", "softplus"}),
    frozenset({"relu", "abs", "sign", "step"}),
)
"""Functions of which one can be written by another."""

WRITTEN_BY = {"tanh": "sigmoid", "silu": "sigmoid"}
"""What the reduced forms write by another function."""


def beyond(plan: Plan, shortcuts: Set[str], stopped: Set[str]) -> Iterator[str]:
    """What of two cells the search did not settle, in words; nothing if all was told.

    Args:
        plan: the two cells in reduced forms.
        shortcuts: parameters that were settled in one way of several.
        stopped: the searches that did not come to an end.
    """
    forms, cells = plan.forms, plan.cells
    if plan.tells_all:
        return
    if stopped:
        yield "what is behind the limit of the search"
    if any(
        perm(max(counts), min(counts)) > MAXIMUM_SIGNALS
        for counts in (
            [len(plan.first.inputs), len(plan.second.inputs)],
            [len(plan.first.results), len(plan.second.results)],
        )
    ):
        yield "further ways to pair the signals"
    names = {str(node[1]) for node in forms.nodes if node[0] == "call"}
    for family in FAMILIES:
        related = sorted({WRITTEN_BY.get(name, name) for name in names & family})
        if len(related) > 1:
            texts = [functions.by_name(name).unicode for name in related]
            yield f"identities between {' and '.join(texts)}"
    if len(scales(*cells)) > 1:
        scaled = " and ".join(
            functions.by_name(name).unicode for name in sorted(names & HOMOGENEOUS)
        )
        yield f"further scales of {scaled}"
    if any(node[0] == "sum" for node in forms.nodes):
        yield "other forms of a quotient, a root or a long product"
    if any(node[0] == "other" for node in forms.nodes):
        yield "operations without a normal form"
    if shortcuts or plan.shortcuts:
        names = ", ".join(sorted(shortcuts | plan.shortcuts))
        yield f"other ways to write products of parameters, as of {names}"
    for cell in cells:
        if _shares(forms, cell):
            yield f"other ways to share out a sum of parameters in {cell.cell.name}"


def _shares(forms: Forms, cell: CellForm) -> bool:
    """Whether a parameter stands twice in the equations, once beside another of the same place."""
    read = [
        cell.cell.locate(symbol)[0]
        for equation in cell.cell.equations
        for symbol in matrix_symbols(equation.right)
        if not isinstance(symbol, OneMatrix)
    ]
    uses = Counter(quantity.name for quantity in read if quantity.role is Role.PARAMETER)
    sums = [cell.result(q.name) for q in cell.cell.results]
    sums += [forms.nodes[factor][2] for factor in cell.units]
    for form in sums:
        places: dict[object, set[str]] = {}
        for monomial, _ in form:
            for leaf, place in _places(forms, cell.side, monomial):
                places.setdefault(place, set()).add(leaf.name)
        if any(len(names) > 1 and any(uses[n] > 1 for n in names) for names in places.values()):
            return True
    return False


def _places(forms: Forms, side: int, monomial: Monomial) -> Iterator[tuple[Leaf, object]]:
    """The parameters of a term, each with what is left of the term without it."""
    for n, (factor, _) in enumerate(monomial):
        node = forms.nodes[factor]
        rest = monomial[:n] + monomial[n + 1 :]
        if node[0] == "leaf" and node[1].is_parameter and node[1].cell == side:
            yield node[1], rest
        elif node[0] == "product":
            for k, inner in enumerate(node[1]):
                for leaf, place in _places(forms, side, inner):
                    yield leaf, (rest, node[1][:k], place, node[1][k + 1 :])
