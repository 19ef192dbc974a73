"""What the derivation says of one step's Jacobians, and of how far a gradient reaches.

The argument is read off the Jacobians: a path without a nonlinearity and without a matrix of
parameters passes a state on entry by entry, by a factor that the cell computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from sympy import HadamardProduct, OneMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm import functions
from symlstm.calculus.jacobian import Jacobian, Jacobians, Path, jacobians
from symlstm.calculus.rules import product
from symlstm.cell import Cell, Role, matrix_symbols, operands
from symlstm.derivation.document import (
    Block,
    Display,
    Formula,
    Heading,
    Line,
    Paragraph,
    Reference,
    Text,
)
from symlstm.derivation.widths import addends
from symlstm.notation.printing import LATEX, MathPrinter

MAXIMUM_SHOWN = 9
"""Jacobians that are all shown, those of three states; of more, those of each state by itself."""

_SLOPES = {"sigmoid": r"\tfrac14", "tanh": "1"}
"""The largest value of the derivative of a function."""

Numbered = Callable[[str], int]
"""Gives a name the next number of an equation."""


class MemorySection:
    """The blocks about step Jacobians.

    Args:
        cell: the cell.
        numbered: gives a name the next number of an equation.
    """

    def __init__(self, cell: Cell, numbered: Numbered) -> None:
        self._system: Jacobians = jacobians(cell)
        self._printer = MathPrinter(self._system, LATEX)
        self._numbered = numbered
        self._numbers: dict[str, int] = {}
        self.products: list[tuple[Jacobian, int]] = []
        """The Jacobians whose direct path is followed over time, and the equation that says so."""

    @property
    def numbers(self) -> list[int]:
        """Those of the step Jacobians."""
        return list(self._numbers.values())

    def blocks(self) -> Iterator[Block]:
        shown = list(shown_of(self._system))
        if not shown:
            return
        yield Heading("Step Jacobians")
        yield Paragraph((
            "One step passes a small change of one of its states on, while the others at ",
            Formula("t-1"), " are held. ", Formula(r"\operatorname{diag}(v)"),
            " is the matrix with the entries of ", Formula("v"), " on its diagonal.",
        ))  # fmt: skip
        yield Display(tuple(self._line(each) for each in shown))
        omitted = self._omitted(shown)
        if omitted:
            yield Paragraph(omitted)
        yield from self._argument(shown)

    def _line(self, jacobian: Jacobian) -> Line:
        number = self._numbered(jacobian.symbol.name)
        self._numbers[jacobian.symbol.name] = number
        left = self._printer.text(jacobian.symbol.at(0))
        return Line(((left, self._terms(jacobian)),), number)

    def _terms(self, jacobian: Jacobian) -> tuple[str, ...]:
        """The direct term first, then as they came."""
        direct, columns = self._system.direct(jacobian), jacobian.by.shape[0]
        paths = sorted(jacobian.paths, key=lambda path: path != direct)
        terms: list[str] = []
        for path in paths:
            for text in addends(self._printer.text(path.expression(columns))):
                is_signed = text.startswith(("-", "+"))
                if not terms:
                    terms.append(text)
                else:
                    terms.append(f"- {text[1:].lstrip()}" if is_signed else f"+ {text}")
        return tuple(text if text.endswith(" ") else f"{text} " for text in terms) or ("0",)

    def _omitted(self, shown: Sequence[Jacobian]) -> Text:
        rest = [j for j in self._system.all if j not in shown and j.paths and _is_of_states(j)]
        if not rest:
            return ()
        return ("The Jacobians between different states are left out.",)

    # How far a gradient reaches.

    def _argument(self, shown: Sequence[Jacobian]) -> Iterator[Block]:
        own = [j for j in shown if j.of == j.by]
        kept = [j for j in own if self._system.direct(j) is not None]
        mixed = [] if kept else [j for j in own if self._system.others_are_nonlinear(j)]
        if kept or mixed:
            yield Heading("How far a gradient reaches")
        for jacobian in kept:
            yield from self._kept(jacobian)
        for jacobian in mixed:
            yield Paragraph(self._mixed(jacobian))

    def _kept(self, jacobian: Jacobian) -> Iterator[Block]:
        """A state that is passed on entry by entry."""
        direct = self._system.direct(jacobian)
        assert direct is not None
        state, number = jacobian.of, Reference(self._numbers[jacobian.symbol.name])
        term = self._printer.text(direct.expression(jacobian.by.shape[0]))
        over_time = self._over_time(direct)
        yield Paragraph((
            "In ", number, ", ", Formula(term), " passes ", Formula(state.in_latex(-1)),
            " on entry by entry: no matrix of parameters and no derivative of a nonlinearity is "
            "on this path. Along it alone, with the values of nonlinearities and the other states "
            "held, from step ", Formula("t"), " to step ", Formula("T"), ":",
        ))  # fmt: skip
        left = rf"\frac{{\partial {_at(state.in_latex(), 'T')}}}{{\partial {state.in_latex()}}}"
        number_of_product = self._numbered(f"{jacobian.symbol.name} over time")
        self.products.append((jacobian, number_of_product))
        yield Display((Line(((left, (over_time,)),), number_of_product),))
        yield Paragraph(self._judged(jacobian))

    def _over_time(self, direct: Path) -> str:
        if not direct.factors:
            number = self._printer.text(product(direct.number, OneMatrix(1, 1)))
            return "I" if direct.number == 1 else rf"\left({number}\right)^{{T-t}} I"
        column = product(direct.number, direct.factors[0].matrix)
        text = self._printer.text(column)
        inside = rf"({text})" if _is_sum(column) or direct.number != 1 else text
        first, last = _at(inside, "t+1"), _at(inside, "T")
        return rf"\operatorname{{diag}}\left({first} \odot \dots \odot {last}\right)"

    def _judged(self, jacobian: Jacobian) -> Text:
        direct = self._system.direct(jacobian)
        assert direct is not None
        state = Formula(jacobian.of.in_latex())
        if not direct.factors and direct.number != 1:
            return ("This factor is the same at every step, whatever the cell computes.",)
        if not direct.factors:
            return (
                "This factor is 1 at every step: by this path the gradient neither vanishes nor "
                "explodes, however long the sequence is. It is the constant error carousel of ",
                state, ".",
            )  # fmt: skip
        has_others = len(jacobian.paths) > 1 and self._system.others_are_nonlinear(jacobian)
        rest: Text = (
            " Every other path of ", Reference(self._numbers[jacobian.symbol.name]),
            " has the derivative of a nonlinearity on it.",
        ) if has_others else ()  # fmt: skip
        factor = Formula(self._printer.text(direct.factors[0].matrix))
        bounded: Text = (", which lies between 0 and 1,",) if self._is_gate(direct) else ()
        return (
            "What reaches far back is decided by the cell at every step, through ", factor,
            *bounded, " and not by the powers of a matrix: where the factor is near 1 at all "
            "steps between, the gradient does not vanish on this path; where it is near 0 at one "
            "of them, ", state, " is forgotten, and the gradient with it.", *rest,
        )  # fmt: skip

    def _is_gate(self, path: Path) -> bool:
        """Whether the factor is a value of σ, or 1 − that, or a product of such."""
        columns = (factor.matrix for factor in path.factors)
        if path.number != 1:
            return False
        return all(self._is_of_sigmoid(part) for column in columns for part in _parts(column))

    def _is_of_sigmoid(self, node: Any) -> bool:
        if isinstance(node, ElementwiseApplyFunction):
            return functions.of(node.function).name == "sigmoid"
        symbols = list(matrix_symbols(node))
        is_complement = _is_sum(node) and len(symbols) == 1 and _is_one_minus(node)
        if not (node in symbols or is_complement) or len(symbols) != 1:
            return False
        for equation in self._system.cell.equations:
            if equation.left == symbols[0]:
                right: Any = equation.right
                return isinstance(right, ElementwiseApplyFunction) and self._is_of_sigmoid(right)
        return False

    def _mixed(self, jacobian: Jacobian) -> Text:
        """A state of which every path has a matrix or a nonlinearity on it."""
        number = Reference(self._numbers[jacobian.symbol.name])
        slopes = dict.fromkeys(
            record for equation in self._system.cell.equations
            for record in _functions_in(equation.right) if record.name in _SLOPES
        )  # fmt: skip
        bounds: list[Formula | str] = []
        for record in slopes:
            bound = Formula(rf"{record.latex}' \le {_SLOPES[record.name]}")
            bounds += [" and ", bound] if bounds else [bound]
        known: Text = ("; ", *bounds) if bounds else ()
        return (
            "Every term of ", number, " has the derivative of a nonlinearity as a factor", *known,
            ". Over ", Formula("T-t"), " steps the gradient is multiplied by as many such "
            "matrices: where their norms stay below 1 it vanishes, and where they stay above, it "
            "may explode (Pascanu, Mikolov and Bengio, 2013).",
        )  # fmt: skip


def shown_of(system: Jacobians) -> Iterator[Jacobian]:
    """The Jacobians that are printed, and what they read of others."""
    columns = [j for j in system.all if j.paths and not _is_normalised(j)]
    of_states = [j for j in columns if _is_of_states(j)]
    chosen = of_states
    if len(of_states) > MAXIMUM_SHOWN:
        chosen = [j for j in of_states if j.of == j.by]
    wanted = {j.symbol.name for j in chosen}
    for jacobian in reversed(system.all):
        if jacobian.symbol.name in wanted:
            wanted |= {
                name for path in jacobian.paths for factor in path.factors
                for symbol in matrix_symbols(factor.matrix)
                if (name := cast(str, symbol.name)).startswith("J_")
            }  # fmt: skip
    yield from (j for j in columns if j.symbol.name in wanted)


def _is_of_states(jacobian: Jacobian) -> bool:
    return jacobian.of.role is Role.STATE


def _is_normalised(jacobian: Jacobian) -> bool:
    """Whether it holds means over the entries, which no reader takes in."""
    matrices = (f.matrix for path in jacobian.paths for f in path.factors if not f.is_diagonal)
    ones = (n for matrix in matrices for n in _nodes(matrix) if isinstance(n, OneMatrix))
    return any(1 in cast(Any, node.shape) for node in ones)


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for operand in operands(node):
        yield from _nodes(operand)


def _functions_in(node: Any) -> Iterator[Any]:
    for each in _nodes(node):
        if isinstance(each, ElementwiseApplyFunction):
            yield functions.of(each.function)


def _parts(factor: Any) -> Sequence[Any]:
    return operands(factor) if isinstance(factor, HadamardProduct) else (factor,)


def _is_sum(node: Any) -> bool:
    return bool(getattr(node, "is_MatAdd", False))


def _is_one_minus(node: Any) -> bool:
    terms = operands(node)
    return len(terms) == 2 and any(isinstance(term, OneMatrix) for term in terms)


def _at(latex: str, time: str) -> str:
    """A formula at another time step."""
    return latex.replace("_{t}", f"_{{{time}}}").replace(",t}", f",{time}}}")
