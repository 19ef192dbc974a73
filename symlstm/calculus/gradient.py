"""The reverse sweep: Cell → `GradientSystem`.

Each named quantity v of a step gets one equation for its adjoint dv = ∂L/∂v: the sum, over the
equations that read v, of what `rules.pull` gives. Every intermediate stays a symbol, so the system
is linear in the number of equations and knows neither T nor B nor the value of any dimension.

Time: what is read at t−1 in the equations of step t+1 is v_t, so a contribution found there is
moved by one step, every symbol of it. At T nothing comes from t+1; at 0 nothing else does.

Batch and time again: a parameter used in a step is broadcast over t and b, and the adjoint of
broadcasting is summing.

The argument of an elementwise function is named before the sweep, since its adjoint is read by all
that the argument reads: the pre-activation of i is `i_bar`, after the bar of Greff et al. (2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

from sympy import MatrixSymbol, ZeroMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower

from symlstm.calculus.nodes import SumOver
from symlstm.calculus.rules import LAWS, Law, hadamard, pull, slope, total
from symlstm.cell import (
    B_AXIS,
    T_AXIS,
    Cell,
    Equation,
    Glyph,
    Quantity,
    Role,
    System,
    in_computing_order,
    matrix_symbols,
    operands,
)

Laws: TypeAlias = tuple[Law, ...]


@dataclass(frozen=True)
class Contribution:
    """One path by which a quantity influences the loss.

    Args:
        reader: the name of the quantity whose equation reads this one.
        expression: the share of the adjoint that comes through that equation.
        delay: 0 from the same time step, 1 from the step after it.
        laws: the rules by which it passed from the reader's adjoint to this quantity, in order.
    """

    reader: str
    expression: Any
    delay: int
    laws: tuple[Law, ...]


@dataclass(frozen=True)
class Adjoint:
    """How one adjoint arises: from outside, and through the equations that read its quantity."""

    of: Quantity
    outside: MatrixSymbol | None
    contributions: tuple[Contribution, ...]

    def from_step(self, delay: int) -> tuple[Any, ...]:
        return tuple(c.expression for c in self.contributions if c.delay == delay)


@dataclass(frozen=True)
class GradientSystem(System):
    """The equations that compute all adjoints, in computing order from T down to 1.

    `equations` are those of the step t (adjoints of timed quantities), then those of the initial
    states, then those of the parameters. `quantities` also holds the cell's own.

    Args:
        cell: the cell, with its pre-activations named.
        original: the cell as it was given.
        adjoints: for each equation, by the name on its left, how it arose.
    """

    cell: Cell
    original: Cell
    adjoints: dict[str, Adjoint]

    def of_step(self) -> tuple[Equation, ...]:
        """The equations that are computed at every time step."""
        return tuple(e for e in self.equations if self.defined(e).is_timed)

    def of_start(self) -> tuple[Equation, ...]:
        """The equations of the initial states' adjoints."""
        return tuple(e for e in self.equations if self.defined(e).axes == frozenset({B_AXIS}))

    def of_parameters(self) -> tuple[Equation, ...]:
        return tuple(e for e in self.equations if not self.defined(e).axes)


def adjoint_name(name: str) -> str:
    """The ASCII name of ∂L/∂name."""
    return "d" + name


@cache
def derive(cell: Cell) -> GradientSystem:
    """The gradient system of a cell.

    Raises:
        UnknownNode: an equation holds a node without a rule.
    """
    named = name_preactivations(cell)
    quantities = (*named.quantities, *_adjoint_quantities(named))
    system = System((), quantities)
    adjoints = {adjoint_name(a.of.name): a for a in _sweep(named, system)}
    step = [
        Equation(system.quantity(name).at(0), _sum_of(adjoint, (0, 1), with_outside=True))
        for name, adjoint in reversed(adjoints.items())
        if adjoint.of.is_timed
    ]
    start = [
        Equation(
            system.quantity(adjoint_name(initial_name(state.name))).at(0),
            _sum_of(adjoints[adjoint_name(state.name)], (1,), with_outside=False),
        )
        for state in named.states
    ]
    parameters = [
        Equation(
            system.quantity(adjoint_name(q.name)).at(0),
            SumOver(
                _sum_of(adjoints[adjoint_name(q.name)], (0,), with_outside=False), T_AXIS, B_AXIS
            ),
        )
        for q in named.parameters
    ]
    return GradientSystem(
        equations=(*in_computing_order(system, step), *start, *parameters),
        quantities=quantities,
        cell=named,
        original=cell,
        adjoints=adjoints,
    )


def _sum_of(adjoint: Adjoint, delays: tuple[int, ...], with_outside: bool) -> Any:
    terms = [e for delay in delays for e in adjoint.from_step(delay)]
    if with_outside and adjoint.outside is not None:
        terms.insert(0, adjoint.outside)
    return total(*terms) if terms else ZeroMatrix(*adjoint.of.shape)


def initial_name(state: str) -> str:
    """The ASCII name of a state before the first step."""
    return state + "_0"


def outside_name(result: str) -> str:
    """The ASCII name of what the loss itself contributes to a result's adjoint."""
    return adjoint_name(result) + "_out"


def _adjoint_quantities(cell: Cell) -> Iterator[Quantity]:
    """The quantities that the gradient system adds to the cell's own."""
    batch = frozenset({B_AXIS})
    for q in cell.quantities:
        glyph = q.glyph.decorated(r"\mathrm{d}{}", "d{}")
        yield Quantity(adjoint_name(q.name), glyph, q.shape, q.axes, Role.ADJOINT, q.order)
    for q in cell.results:
        glyph = q.glyph.decorated(r"\mathrm{d}{}", "d{}", mark="out")
        yield Quantity(outside_name(q.name), glyph, q.shape, q.axes, Role.OUTSIDE, q.order)
    for q in cell.states:
        name = initial_name(q.name)
        initial = Glyph(
            q.glyph.latex, q.glyph.unicode, ",".join(filter(None, (q.glyph.label, "0")))
        )
        yield Quantity(name, initial, q.shape, batch, Role.INITIAL, q.order)
        glyph = initial.decorated(r"\mathrm{d}{}", "d{}")
        yield Quantity(adjoint_name(name), glyph, q.shape, batch, Role.ADJOINT, q.order)


def _sweep(cell: Cell, system: System) -> Iterator[Adjoint]:
    """All contributions, found in one pass over the equations, filed under what they belong to."""
    found: dict[str, list[Contribution]] = {q.name: [] for q in cell.quantities}
    for equation in reversed(cell.in_order):
        reader = cell.defined(equation)
        adjoint = system.quantity(adjoint_name(reader.name)).at(0)
        for symbol, expression, laws in _leaves(equation, adjoint):
            quantity, shift = cell.locate(symbol)
            moved = moved_in_time(system, expression, -shift)
            found[quantity.name].append(Contribution(reader.name, moved, -shift, laws))
    for quantity in cell.quantities:
        outside = None
        if quantity in cell.results:
            outside = system.quantity(outside_name(quantity.name)).at(0)
        yield Adjoint(quantity, outside, tuple(found[quantity.name]))


def moved_in_time(system: System, expression: Any, steps: int) -> Any:
    """The expression with every timed symbol read `steps` steps later."""
    if steps == 0:
        return expression
    later: dict[Any, Any] = {}
    for symbol in matrix_symbols(expression):
        quantity, shift = system.locate(symbol)
        later[symbol] = quantity.at(shift + steps)
    return expression.xreplace(later)


def _leaves(equation: Equation, adjoint: Any) -> Iterator[tuple[MatrixSymbol, Any, Laws]]:
    """The contributions of an equation to the symbols on its right, and the laws that gave them."""
    whole = equation.right
    pending: list[tuple[Any, Any, Laws]] = [(whole, adjoint, ())]
    if isinstance(whole, ElementwiseApplyFunction):
        # y = f(A): the slope is told by the name y, as in i ∘ (1 − i).
        share = hadamard(adjoint, slope(whole, value=equation.left))
        pending = [(whole.expr, share, (LAWS[ElementwiseApplyFunction],))]
    while pending:
        node, share, laws = pending.pop(0)
        if isinstance(share, ZeroMatrix):
            continue
        if isinstance(node, MatrixSymbol):
            yield node, share, laws
        used = (*laws, LAWS[type(node)]) if type(node) in LAWS else laws
        pending = [*((operand, each, used) for operand, each in pull(node, share)), *pending]


def name_preactivations(cell: Cell) -> Cell:
    """The same cell, every compound argument of a function or power named by an equation."""
    quantities = list(cell.quantities)
    equations: list[Equation] = []
    for equation in cell.equations:
        owner = cell.defined(equation)
        renamed: dict[Any, Any] = {}
        for node in _compound_arguments(equation.right):
            quantity = _preactivation(owner, node, {q.name for q in quantities})
            quantities.append(quantity)
            equations.append(Equation(quantity.at(0), node.xreplace(renamed), equation.span))
            renamed[node] = quantity.at(0)
        equations.append(replace(equation, right=equation.right.xreplace(renamed)))
    return replace(cell, equations=tuple(equations), quantities=tuple(quantities))


def _compound_arguments(expression: Any) -> list[Any]:
    """The arguments of elementwise functions and powers that are no names, innermost first.

    What reads no name has no adjoint, and is not named either: √d of a size d.
    """
    found: list[Any] = []
    for operand in operands(expression):
        found += [node for node in _compound_arguments(operand) if node not in found]
    inner: Any = None
    if isinstance(expression, ElementwiseApplyFunction):
        inner = expression.expr
    elif isinstance(expression, HadamardPower):
        inner = operands(expression)[0]
    is_named = inner is None or isinstance(inner, MatrixSymbol) or inner in found
    if not is_named and next(matrix_symbols(inner), None) is not None:
        found.append(inner)
    return found


def _preactivation(owner: Quantity, node: Any, taken: set[str]) -> Quantity:
    name = f"{owner.name}_bar"
    number = 1
    while name in taken:
        number += 1
        name = f"{owner.name}_bar{number}"
    glyph = owner.glyph.decorated(r"\bar{{}}", "{}\u0304")
    if number > 1:
        glyph = replace(glyph, label=",".join(filter(None, (glyph.label, str(number)))))
    return Quantity(name, glyph, node.shape, owner.axes, Role.INTERMEDIATE)
