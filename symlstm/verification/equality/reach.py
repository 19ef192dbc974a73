"""What a search for correspondences does not reach: where it finds none, there may yet be one.

The search goes through all units and all sums, but it knows the laws of one function a family, it
does not bring quotients and roots to a common form, and it solves for one parameter at a time.
Where a cell has no such thing and the search came to its end, no correspondence of the kinds that
docs/equal.md lists exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from fractions import Fraction
from math import perm

from sympy import OneMatrix

from symlstm import functions
from symlstm.cell import Role, matrix_symbols
from symlstm.verification.equality.cell_form import CellForm
from symlstm.verification.equality.direction import Plan
from symlstm.verification.equality.forms import (
    EMPTY,
    HOMOGENEOUS,
    REFLECTED,
    Forms,
    Leaf,
    Monomial,
    Polynomial,
)
from symlstm.verification.equality.scales import scales
from symlstm.verification.equality.signals import MAXIMUM_SIGNALS
from symlstm.verification.equality.translation import shape_of

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
    names = {str(forms.nodes[factor][1]) for cell in cells for factor in cell.units}
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
    yield from _scaled(forms, cells)
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


SCALED = frozenset({"relu", "abs", "sign", "step"})
"""Functions with f(c a) = c f(a) or f(c a) = f(a) for every c > 0."""


def _scaled(forms: Forms, cells: Sequence[CellForm]) -> Iterator[str]:
    """Identities in which a factor, a sign or a summand goes out of a function, in words.

    relu(c a) = c relu(a) for any c > 0, a parameter too; relu(a) − relu(−a) = a; and
    exp(a + b) = exp(a) exp(b). A matrix product with a function of a stack is a sum of two.
    """
    arguments = [_arguments(forms, cell) for cell in cells]
    for name in sorted(SCALED & {name for side in arguments for name, _ in side}):
        text = functions.by_name(name).unicode
        scaled = [
            all(_has_parameter(forms, m) for m, _ in p)
            for side in arguments for of, p in side if of == name
        ]  # fmt: skip
        if len(set(scaled)) > 1 or name in ("sign", "step"):
            yield f"scales of {text} that are parameters"
    for side in arguments:
        known = set(side)
        for name, p in side:
            if name in REFLECTED and (name, forms.scale(-1, p)) in known:
                yield f"{functions.by_name(name).unicode}(a) − {name}(−a) = a"
    biased = [
        any(_is_bias(forms, m) for name, p in side if name == "exp" for m, _ in p)
        for side in arguments
    ]
    constants = [
        sorted(dict(p).get(EMPTY, Fraction(0)) for name, p in side if name == "exp")
        for side in arguments
    ]
    if biased[0] != biased[1] or constants[0] != constants[1]:
        yield "factors exp(b) where b stands inside exp"
    yield from _piecewise(forms, cells)
    if _are_cut(forms, cells, arguments):
        yield "functions of parts of a vector"


def _piecewise(forms: Forms, cells: Sequence[CellForm]) -> Iterator[str]:
    """Identities of relu, |·|, sign and step with what they are applied to or multiplied by.

    relu(1 − relu(1 − a)) is 1 − relu(1 − relu(a)); σ(b) relu(a) is relu(σ(b) a); relu(a)² is
    a relu(a). None of that is searched, so a function beside one of these, or a product of one
    with itself or with what it is applied to, leaves open what a search finds.
    """
    for cell in cells:
        pieces = {f: forms.nodes[f] for f in cell.units if forms.nodes[f][1] in SCALED}
        nested = {
            name for _, name, p in pieces.values() for m, _ in p for f, _ in m
            if forms.nodes[f][0] == "call"
        }  # fmt: skip
        sums = [cell.result(q.name) for q in cell.cell.results]
        sums += [forms.nodes[factor][2] for factor in cell.units]
        multiplied = {
            pieces[f][1] for p in sums for m, _ in p for f, exponent in m
            if f in pieces and (exponent != 1 or _meets(forms, m, f))
        }  # fmt: skip
        for name in sorted(nested):
            yield f"other forms of {functions.by_name(name).unicode} of a function"
        for name in sorted(multiplied - nested):
            yield f"other forms of a product with {functions.by_name(name).unicode}"


def _meets(forms: Forms, monomial: Monomial, piece: int) -> bool:
    """Whether a function is multiplied by something that stands inside it, or like it inside."""
    inside = {f for m, _ in forms.nodes[piece][2] for f, _ in m}
    others = {f for f, _ in monomial if f != piece}
    within = {g for f in others if forms.nodes[f][0] == "call"
              for m, _ in forms.nodes[f][2] for g, _ in m}  # fmt: skip
    return bool(inside & (others | within))


def _are_cut(
    forms: Forms, cells: Sequence[CellForm], arguments: Sequence[Sequence[tuple[str, Polynomial]]]
) -> bool:
    """Whether a function of one cell may be two of the other, each of a part of its vector."""
    rows = [Counter((name, _rows(forms, p)) for name, p in side) for side in arguments]
    whole = [{q.shape[0] for q in cell.cell.results} for cell in cells]
    if all({size for _, size in side} <= own for side, own in zip(rows, whole, strict=True)):
        return any(
            forms.nodes[factor][0] == "stack"
            for cell in cells
            for factor in forms.factors(*(cell.result(q.name) for q in cell.cell.results))
        )
    counts = [sorted((name, n) for (name, _), n in side.items()) for side in rows]
    return counts[0] != counts[1]


def _arguments(forms: Forms, cell: CellForm) -> list[tuple[str, Polynomial]]:
    """The functions that a cell applies to signals, and to what."""
    return [(forms.nodes[f][1], forms.nodes[f][2]) for f in cell.units]


def _has_parameter(forms: Forms, monomial: Monomial) -> bool:
    return any(leaf.is_parameter for leaf in forms.leaves(((monomial, Fraction(1)),)))


def _is_bias(forms: Forms, monomial: Monomial) -> bool:
    """Whether a term is made of parameters only."""
    return _has_parameter(forms, monomial) and all(
        leaf.is_parameter for leaf in forms.leaves(((monomial, Fraction(1)),))
    )


def _rows(forms: Forms, p: Polynomial) -> object:
    return next((shape_of(forms, m)[0] for m, _ in p if m != EMPTY), 1)


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
