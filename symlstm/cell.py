"""The type in the middle: `Equation`, `Quantity`, `System`, `Cell`.

A cell is the equations of one time step. Everything else in symlstm (gradients, code, derivations,
verdicts) is a function of this frozen value. The gradient system is made of the same equations
and quantities, so one printer, one generator, one interpreter and one prover serve both.

Expressions are ordinary SymPy matrix expressions over `MatrixSymbol`s. Which quantity a symbol
stands for, and at which time, is told by `System.locate`: `c_t`, `c_prev` and `c_next` are the
quantity `c` at t, t−1 and t+1; a parameter has one symbol, its name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, cast

from sympy import Add, Expr, MatrixExpr, MatrixSymbol, Symbol, sympify

from symlstm.messages import Span, SymlstmError
from symlstm.ordering import computing_order, cycle_among

T_AXIS = Symbol("t")
B_AXIS = Symbol("b")
"""The two axes. A quantity that carries one has a value for each time step, or for each example."""

Shape = tuple[Expr, Expr]
Names = tuple[str, ...]


class Role(StrEnum):
    """What a quantity is to its cell; it follows from the equations."""

    INPUT = "input"
    STATE = "state"
    PARAMETER = "parameter"
    INTERMEDIATE = "intermediate"
    INITIAL = "initial state"
    OUTSIDE = "outside adjoint"
    ADJOINT = "adjoint"


@dataclass(frozen=True)
class Glyph:
    """How a quantity is written: `head_{label}^{mark}`, in LaTeX and in Unicode."""

    latex: str
    unicode: str
    label: str = ""
    mark: str = ""

    def in_latex(self, time: str = "") -> str:
        below = ",".join(part for part in (self.label, time) if part)
        above = rf"^{{\mathrm{{{self.mark}}}}}" if self.mark else ""
        return self.latex + above + (f"_{{{below}}}" if below else "")

    def in_unicode(self, time: str = "") -> str:
        above = f"^{self.mark}" if self.mark else ""
        label = f"_{self.label}" if self.label else ""
        below = (f"_{{{time}}}" if len(time) > 1 else f"_{time}") if time else ""
        return self.unicode + label + above + below

    def decorated(self, latex: str, unicode: str, mark: str = "") -> Glyph:
        """This glyph under a prefix or accent; `{}` stands for the head."""
        text = unicodedata.normalize("NFC", unicode.replace("{}", self.unicode))
        return Glyph(latex.replace("{}", self.latex), text, self.label, mark)


def time_suffix(shift: int) -> str:
    """The suffix of an ASCII name at t + shift: `_t`, `_prev`, `_next`, `_prev2`, …"""
    if shift == 0:
        return "_t"
    steps = "" if abs(shift) == 1 else str(abs(shift))
    return ("_prev" if shift < 0 else "_next") + steps


def time_index(shift: int) -> str:
    """The time index at t + shift as it is printed: `t`, `t-1`, `t+1`."""
    return "t" if shift == 0 else f"t{shift:+d}"


@dataclass(frozen=True)
class Quantity:
    """A named value of a system.

    Args:
        name: ASCII, unique in its system, without time: `c`, `W_xi`, `dc`.
        glyph: how it is printed.
        shape: (rows, columns); a vector is a column, (n, 1).
        axes: the subset of {t, b} that it carries.
        role: what it is to its cell.
        order: the named sizes in its rows and columns as its stacks have them: a matrix before
            [h, x] has H+D columns, where SymPy sorts sums. It tells how they are printed, no more.
    """

    name: str
    glyph: Glyph
    shape: Shape
    axes: frozenset[Symbol]
    role: Role
    order: tuple[Names, Names] = field(default=((), ()), compare=False, repr=False)

    @property
    def sizes(self) -> tuple[str, str]:
        """Its shape as it is printed: 4H, H+D."""
        rows, columns = (text.replace(" ", "").replace("*", "") for text in self._texts)
        return rows, columns

    @property
    def array_sizes(self) -> tuple[str, ...]:
        """The sizes of the axes of an array that holds one value, as code has them: 4*H, H + D."""
        return self._texts[: len(axes_of(self.shape))]

    @property
    def _texts(self) -> tuple[str, str]:
        rows, columns = (
            " + ".join(map(str, ordered_terms(size, order)))
            for size, order in zip(self.shape, self.order, strict=True)
        )
        return rows, columns

    @property
    def is_timed(self) -> bool:
        return T_AXIS in self.axes

    @property
    def is_batched(self) -> bool:
        return B_AXIS in self.axes

    @property
    def label(self) -> str:
        """Its name as the left-hand side of an equation, in ASCII: `c_t`, `W_xi`."""
        return self.name + time_suffix(0) if self.is_timed else self.name

    def at(self, shift: int = 0) -> MatrixSymbol:
        """The SymPy symbol of this quantity at time t + shift."""
        name = self.name + time_suffix(shift) if self.is_timed else self.name
        return MatrixSymbol(name, *self.shape)

    def in_unicode(self, shift: int = 0) -> str:
        return self.glyph.in_unicode(time_index(shift) if self.is_timed else "")

    def in_latex(self, shift: int = 0) -> str:
        return self.glyph.in_latex(time_index(shift) if self.is_timed else "")


@dataclass(frozen=True)
class Equation:
    """One assignment, `left = right`; each name is assigned once."""

    left: MatrixSymbol
    right: MatrixExpr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class System:
    """Equations over named quantities, in an order in which they can be computed."""

    equations: tuple[Equation, ...]
    quantities: tuple[Quantity, ...]

    @cached_property
    def _by_symbol(self) -> dict[str, tuple[Quantity, int]]:
        table: dict[str, tuple[Quantity, int]] = {}
        for quantity in self.quantities:
            for shift in range(-3, 2) if quantity.is_timed else (0,):
                table[quantity.at(shift).name] = (quantity, shift)
        return table

    @cached_property
    def _by_name(self) -> dict[str, Quantity]:
        return {quantity.name: quantity for quantity in self.quantities}

    def locate(self, symbol: MatrixSymbol) -> tuple[Quantity, int]:
        """The quantity that a symbol stands for, and its time relative to t.

        Raises:
            SymlstmError: the symbol is none of this system's.
        """
        try:
            return self._by_symbol[symbol.name]
        except KeyError:
            raise SymlstmError(
                "S402", f"the symbol {symbol.name} is no quantity of this system"
            ) from None

    @property
    def names(self) -> Set[str]:
        """The ASCII names of the quantities."""
        return self._by_name.keys()

    def quantity(self, name: str) -> Quantity:
        """The quantity with this ASCII name (KeyError when there is none)."""
        return self._by_name[name]

    def with_role(self, *roles: Role) -> tuple[Quantity, ...]:
        return tuple(q for q in self.quantities if q.role in roles)

    def reads(self, equation: Equation) -> Iterator[tuple[Quantity, int]]:
        """The quantities on the right of an equation, with their times, each once."""
        seen: set[str] = set()
        for symbol in matrix_symbols(equation.right):
            name = cast(str, symbol.name)
            if name not in seen:
                seen.add(name)
                yield self.locate(symbol)

    def defined(self, equation: Equation) -> Quantity:
        """The quantity on the left of an equation."""
        return self.locate(equation.left)[0]

    def equation(self, name: str) -> Equation:
        """The equation that defines the quantity called `name` (KeyError when none does)."""
        for equation in self.equations:
            if self.defined(equation).name == name:
                return equation
        raise KeyError(name)


@dataclass(frozen=True)
class Cell(System):
    """The equations of one time step of a recurrent cell.

    Args:
        name: what it is called on the command line.
        title: a line about it.
        source: where its equations are published.
        dimensions: the free sizes of its shapes, beside B and T.
    """

    name: str = ""
    title: str = ""
    source: str = ""
    dimensions: tuple[Symbol, ...] = ()

    @classmethod
    def from_latex(cls, text: str, name: str = "cell") -> Cell:
        """The cell that equations define, as an equations file holds them.

        Args:
            text: LaTeX, or the same content as Unicode text.
            name: what the cell is called.
        Raises:
            NotationError: see `symlstm.notation.reading.read_text`.
        """
        from symlstm.notation.reading import read_text

        return read_text(text, name=name)

    @classmethod
    def from_equations(cls, equations: Iterable[Any], name: str = "cell") -> Cell:
        """The cell that SymPy equations define.

        Args:
            equations: `Eq(left, right)` or pairs (left, right), each left a `MatrixSymbol`. Names
                are the ASCII names of equations files: `c_t` and `c_prev` are a signal at t and
                t−1, a name without time is a parameter; shapes are those of the symbols.
            name: what the cell is called.
        Raises:
            NotationError: as for the same equations in a file.
            UnknownNode: an equation holds a node for which there is no law.
        """
        from symlstm.notation.exchange import cell_of_equations

        return cell_of_equations(equations, name)

    def to_latex(self) -> str:
        """An equations file that reads to this cell.

        Raises:
            UsageError: it would be beyond the limits of a file.
        """
        from symlstm.notation.showing import cell_to_latex

        return cell_to_latex(self)

    @property
    def inputs(self) -> tuple[Quantity, ...]:
        return self.with_role(Role.INPUT)

    @property
    def states(self) -> tuple[Quantity, ...]:
        return self.with_role(Role.STATE)

    @property
    def parameters(self) -> tuple[Quantity, ...]:
        return self.with_role(Role.PARAMETER)

    @cached_property
    def results(self) -> tuple[Quantity, ...]:
        """The states, then the names that no equation reads."""
        read = {quantity.name for e in self.equations for quantity, _ in self.reads(e)}
        unread = (q for q in self.with_role(Role.INTERMEDIATE) if q.name not in read)
        return (*self.states, *unread)

    @cached_property
    def in_order(self) -> tuple[Equation, ...]:
        """The equations, each after those that it reads at time t; otherwise as written."""
        return in_computing_order(self, self.equations)


def operands(node: Any) -> tuple[Any, ...]:
    """The arguments of a SymPy node, none of anything else; SymPy's `args` are only `Basic`."""
    return getattr(node, "args", ())


def sizes_in(dimension: Any) -> set[Symbol]:
    """The named sizes of a dimension: H and D of H + D, none of a number."""
    return cast(set[Symbol], sympify(dimension).free_symbols)


def ordered_terms(dimension: Any, order: Names) -> list[Any]:
    """The terms of a dimension in the order of their sizes; a number is last."""
    places = {name: place for place, name in enumerate(order)}

    def place(term: Any) -> int:
        sizes = [places.get(size.name, len(places)) for size in sizes_in(term)]
        return min(sizes, default=len(places) + 1)

    terms = Add.make_args(cast(Expr, sympify(dimension)))
    return sorted(terms, key=place) if order else [dimension]


def axes_of(shape: tuple[Any, Any]) -> tuple[Any, ...]:
    """The sizes of the axes that hold one value in an array: none for 1×1, one for a column."""
    rows, columns = shape
    if columns != 1:
        return (rows, columns)
    return () if rows == 1 else (rows,)


def matrix_symbols(expression: Any) -> Iterator[MatrixSymbol]:
    """The matrix symbols of an expression from left to right, with repetitions."""
    if isinstance(expression, MatrixSymbol):
        yield expression
        return
    for operand in operands(expression):
        yield from matrix_symbols(operand)


class Cycle(SymlstmError):
    """Quantities of one time step that are defined by each other (S221).

    Args:
        names: at time t, each needs the next, and the last the first.
        states: those of them that are read at t−1 elsewhere, the likeliest to be meant there first.
    """

    def __init__(self, names: tuple[str, ...], states: tuple[str, ...] = ()) -> None:
        self.names = names
        first = names[0]
        chain = " → ".join((*names, first))
        super().__init__(
            "S221",
            f"at time t each of {', '.join(names)} needs the other: {chain}"
            if len(names) > 1
            else f"{first} is defined by itself at time t",
            help=_remedy_of_cycle(names, states),
        )


def _remedy_of_cycle(names: tuple[str, ...], states: tuple[str, ...]) -> str:
    before = {name: f"{name.removesuffix('_t')}_{{t-1}}" for name in names}
    if states:
        remedies = ", or ".join(f"{before[name]} for {name}" for name in states)
        return f"write {remedies}: what is read at t-1 elsewhere is a state"
    return f"what is read of the step before is written with t-1: {' or '.join(before.values())}"


def in_computing_order(system: System, equations: Iterable[Equation]) -> tuple[Equation, ...]:
    """The equations, each after those whose left-hand side it reads at the same time.

    Raises:
        Cycle: there is no such order.
    """
    by_name = {system.defined(equation).name: equation for equation in equations}
    needs = {
        name: [q.name for q, shift in system.reads(equation) if shift == 0 and q.name in by_name]
        for name, equation in by_name.items()
    }
    ordered, rest = computing_order(needs)
    if rest:
        raise _cycle(system, tuple(by_name.values()), {name: needs[name] for name in rest})
    return tuple(by_name[name] for name in ordered)


def _cycle(system: System, equations: tuple[Equation, ...], needs: dict[str, list[str]]) -> Cycle:
    """A cycle, told from the reading at time t that is most likely to be meant at t−1.

    That is one of a state, before the equation that defines it: papers order by computing.
    """
    names = cycle_among(needs)
    late = {q.name for e in equations for q, shift in system.reads(e) if shift == -1}
    position = {system.defined(equation).name: n for n, equation in enumerate(equations)}
    reader = dict(zip((*names[1:], names[0]), names, strict=True))

    def doubt(name: str) -> tuple[bool, bool]:
        return name not in late, position[name] < position[reader[name]]

    ranked = sorted(names, key=doubt)
    start = names.index(reader[ranked[0]])
    return Cycle(
        tuple(system.quantity(name).in_unicode() for name in names[start:] + names[:start]),
        tuple(system.quantity(name).in_unicode() for name in ranked if name in late),
    )
