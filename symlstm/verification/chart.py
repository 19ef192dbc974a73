"""The chart of a function: its named quantities over time, and which of them an implementation has.

Every term has a fingerprint, its exact value in the tower. A named quantity that the implementation
computes somewhere, under whatever name and in whatever order, has its fingerprints among the live
terms (those that the results depend on). So the terms of the implementation are aligned with the
equations without any names of its own.

The chart has finer names than the cell: the argument of an elementwise function (`i_bar`), the
function of a name inside an equation (`tanh c_t` in h_t), what is carried from t+1 to an adjoint.
Each has an owner, the equation that a person would point at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sympy import MatrixSymbol
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm import functions
from symlstm.calculus.gradient import (
    GradientSystem,
    adjoint_name,
    derive,
    name_preactivations,
)
from symlstm.calculus.nodes import SumOver
from symlstm.calculus.rules import total
from symlstm.cell import Cell, Equation, Glyph, Quantity, Role, System
from symlstm.interface import Kind, Signature, Sizes
from symlstm.proof.interpret import Interpretation, Matrix, Moment, Run, carried_name
from symlstm.proof.terms import Terms
from symlstm.verification.wording import Wording

Node = tuple[str, int | None]
"""A quantity at a time, for all examples."""


@dataclass(frozen=True)
class Named:
    """One quantity of the chart.

    Args:
        owner: the equation that it belongs to, as a finding names it: `c_t`, `dW_xi`.
        parts: its equation as a sum of expressions, read at its own time.
        carried: the name of what is added to it from t+1; empty when there is nothing.
    """

    quantity: Quantity
    owner: str
    parts: tuple[Any, ...]
    carried: str = ""


@dataclass(frozen=True)
class Chart:
    """The finer gradient system, and the owner and the equation of each of its quantities.

    Args:
        words: says an expression in the names of the cell.
    """

    system: GradientSystem
    named: Mapping[str, Named]
    words: Wording

    def reads(self, node: Node, steps: int) -> Iterator[Node]:
        """The nodes that a node is computed from."""
        name, t = node
        named = self.named.get(name)
        if named is None:
            return
        if named.carried and t is not None and t < steps:
            yield named.carried, t
        times = (t,) if t is not None else tuple(range(1, steps + 1))
        for part in named.parts:
            for quantity, shift in self.system.reads(Equation(ANY, part)):
                for time in times:
                    timed = time + shift if quantity.is_timed else None
                    if quantity.is_timed or not quantity.axes:
                        yield quantity.name, timed

    def names_read(self, named: Named) -> Iterator[str]:
        """The names that a quantity is computed from, at whatever time."""
        if named.carried:
            yield named.carried
        for part in named.parts:
            for quantity, _ in self.system.reads(Equation(ANY, part)):
                yield quantity.name


ANY = MatrixSymbol("any", 1, 1)
"""The left-hand side of an expression of which only the right is asked for."""


@cache
def chart_of(cell: Cell) -> Chart:
    """The chart of a cell."""
    inner = _name_applications(name_preactivations(cell))
    system = derive(inner)
    original = derive(cell)
    named: dict[str, Named] = {}
    for equation in system.cell.equations:
        quantity = system.defined(equation)
        owner = _forward_owner(cell, quantity.name)
        named[quantity.name] = Named(quantity, owner, (equation.right,))
    for equation in system.equations:
        _add_adjoint(named, system, original, equation)
    return Chart(system, named, Wording(system, _definitions(named, original)))


def _definitions(named: Mapping[str, Named], original: GradientSystem) -> dict[Any, Any]:
    """What stands for each symbol that only the chart has."""
    return {
        entry.quantity.at(0): total(*entry.parts)
        for name, entry in named.items()
        if name not in original.names and entry.quantity.is_timed and not entry.carried
        and not name.endswith("_carried")
    }  # fmt: skip


def _add_adjoint(
    named: dict[str, Named], system: GradientSystem, original: GradientSystem, equation: Equation
) -> None:
    quantity = system.defined(equation)
    owner = _backward_owner(system, original, quantity)
    if not quantity.is_timed:
        right = equation.right
        parts = (right.summand,) if isinstance(right, SumOver) else _addends(right)
        named[quantity.name] = Named(quantity, owner, parts)
        return
    adjoint = system.adjoints[quantity.name]
    local = adjoint.from_step(0)
    if adjoint.outside is not None:
        local = (adjoint.outside, *local)
    carried = ""
    if adjoint.from_step(1):
        carried = carried_name(quantity.name)
        named[carried] = Named(replace(quantity, name=carried), owner, adjoint.from_step(1))
    named[quantity.name] = Named(quantity, owner, local, carried)


def _addends(expression: Any) -> tuple[Any, ...]:
    return tuple(expression.args) if getattr(expression, "is_MatAdd", False) else (expression,)


def _forward_owner(cell: Cell, name: str) -> str:
    """`i_bar` and `h_tanh` belong to the equations of i and h."""
    own = {q.name for q in cell.quantities}
    while name not in own:
        name = name.rpartition("_")[0]
    return f"{name}_t"


def _backward_owner(system: GradientSystem, original: GradientSystem, quantity: Quantity) -> str:
    """An adjoint that only the chart names is a share of the adjoint of its argument."""
    if any(q.name == quantity.name for q in original.quantities):
        return quantity.label
    inner = quantity.name.removeprefix("d")
    argument = next(q for q, _ in system.reads(system.cell.equation(inner)))
    return _backward_owner(system, original, system.quantity(adjoint_name(argument.name)))


def _name_applications(cell: Cell) -> Cell:
    """The same cell with every function of a name inside a larger expression named too.

    A function of a number is a number, and not named: exp(−2).
    """
    quantities = list(cell.quantities)
    equations: list[Equation] = []
    for equation in cell.equations:
        renamed: dict[Any, Any] = {}
        if not isinstance(equation.right, ElementwiseApplyFunction):
            for node in _applications(equation.right):
                quantity = _application_name(cell, quantities, equation, node)
                quantities.append(quantity)
                equations.append(Equation(quantity.at(0), node, equation.span))
                renamed[node] = quantity.at(0)
        equations.append(replace(equation, right=equation.right.xreplace(renamed)))
    return replace(cell, equations=tuple(equations), quantities=tuple(quantities))


def _applications(expression: Any) -> list[Any]:
    found: list[Any] = []
    for argument in getattr(expression, "args", ()):
        if isinstance(argument, ElementwiseApplyFunction):
            found += [argument] if isinstance(argument.expr, MatrixSymbol) else []
        else:
            found += _applications(argument)
    return list(dict.fromkeys(found))


def _application_name(
    cell: Cell, quantities: Sequence[Quantity], equation: Equation, node: Any
) -> Quantity:
    owner = cell.defined(equation)
    record = functions.of(node.function)
    name = f"{owner.name}_{record.name}"
    while any(q.name == name for q in quantities):
        name += "_"
    argument = cell.locate(node.expr)[0].glyph
    glyph = Glyph(
        f"{record.latex}({argument.latex})", f"{record.unicode}({argument.unicode})", argument.label
    )
    return Quantity(name, glyph, node.shape, owner.axes, Role.INTERMEDIATE)


class Repaired(Interpretation):
    """An interpretation in which some moments have the values of an implementation."""

    def __init__(
        self,
        terms: Terms,
        sizes: Sizes,
        given: Mapping[Moment, Matrix],
        reread: Mapping[Moment, Matrix],
        copies: Mapping[Moment, Matrix],
    ) -> None:
        super().__init__(terms, sizes, reread=dict(reread), copies=dict(copies))
        self._given = given

    def set(self, moment: Moment, value: Matrix) -> None:
        super().set(moment, self._given.get(moment, value))


def fill(
    chart: Chart,
    kind: Kind,
    signature: Signature,
    terms: Terms,
    sizes: Sizes,
    absent: frozenset[str],
    given: Mapping[Moment, Matrix],
    reread: Mapping[Moment, Matrix],
    copies: Mapping[Moment, Matrix],
) -> Interpretation:
    """The values of the chart, with the repairs in `given`, `reread` and `copies`."""
    found = Repaired(terms, sizes, given, reread, copies)
    run = Run(chart.system, found, 1 if kind == "step" else sizes["T"])
    run.read_arguments(signature, absent)
    run.forward()
    if kind == "gradients":
        run.backward()
    return found


def nodes_in_order(found: Interpretation, chart: Chart) -> list[Node]:
    """The computed nodes in the order of computation, each once; initial states are given."""
    states = {q.name for q in chart.system.cell.states}
    return list(
        dict.fromkeys(
            (name, t) for name, t, _ in found.order
            if name in chart.named and not (t == 0 and name in states)
        )
    )  # fmt: skip


__all__ = ["Chart", "Named", "Node", "System", "chart_of", "fill", "nodes_in_order"]
