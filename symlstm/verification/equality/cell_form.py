"""The normal forms of one cell: what each result is of inputs, states before, and parameters.

Intermediate quantities are put in where they are read, so their names play no part. Where a
function is applied, and to which terms as they were written, is kept: messages speak in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, singledispatchmethod
from typing import Any

from sympy import (
    BlockMatrix,
    HadamardProduct,
    Integer,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.cell import Cell, Quantity, Role, operands
from symlstm.verification.equality.forms import (
    ONE,
    ZERO,
    Forms,
    Leaf,
    Monomial,
    Polynomial,
    as_size,
)


@dataclass(frozen=True)
class Unit:
    """An elementwise function that is applied somewhere in a cell, such as a gate.

    Args:
        factor: the factor ("call", name, argument) that it is.
        owner: the quantity in whose equation it first stands.
        argument: what it is applied to there, as it was written.
    """

    factor: int
    owner: str
    argument: Any


@dataclass(frozen=True)
class Addend:
    """One term of a sum as it was written, in the equation of `owner`."""

    owner: str
    expression: Any
    form: Polynomial


class CellForm:
    """The normal forms of a cell.

    Args:
        forms: the table, shared with the other cell.
        cell: the cell.
        side: 0 or 1, which of two cells it is.
        keeps_states: whether a state that is read at time t stays a name. What reads a state that
            differs then does not differ too; but two cells may name different things states.
    """

    def __init__(self, forms: Forms, cell: Cell, side: int, keeps_states: bool = False) -> None:
        self.forms = forms
        self.cell = cell
        self.side = side
        self._keeps_states = keeps_states
        self._known: dict[str, Polynomial] = {}
        self._sites: dict[int, Unit] = {}
        self._written: dict[Unit | str, tuple[Addend, ...]] = {}
        self._owner = ""
        for equation in cell.in_order:
            self._owner = cell.defined(equation).name
            self._known[self._owner] = self.of(equation.right)

    def result(self, name: str) -> Polynomial:
        """The form of a state or another result at time t."""
        return self._known[name]

    @cached_property
    def units(self) -> dict[int, Unit]:
        """The units below the results, by their factors, the inner before the outer."""
        results = [self.result(q.name) for q in self.cell.results]
        return {f: self._sites[f] for f in self.forms.factors(*results) if f in self._sites}

    @cached_property
    def atoms(self) -> tuple[Leaf, ...]:
        """The blocks of parameters that are used as one, each once."""
        results = [self.result(q.name) for q in self.cell.results]
        leaves = (leaf.upright for leaf in self.forms.leaves(*results) if leaf.is_parameter)
        return tuple(dict.fromkeys(leaves))

    @cached_property
    def sums(self) -> tuple[Polynomial, ...]:
        """The sums of terms with parameters, as they were written, each once."""
        found = (self.of(s) for e in self.cell.equations for s in self._sums_in(e.right))
        return tuple(dict.fromkeys(found))

    def _sums_in(self, expression: Any) -> Iterator[Any]:
        terms = operands(expression) if isinstance(expression, MatAdd) else (expression,)
        open_ = [term for term in terms if self._has_parameter(term)]
        if open_:
            yield MatAdd(*open_, evaluate=False) if len(open_) > 1 else open_[0]
        for argument in _arguments(expression):
            yield from self._sums_in(argument)

    def _has_parameter(self, expression: Any) -> bool:
        """Whether a parameter stands in an expression outside every function and power."""
        if isinstance(expression, OneMatrix | ElementwiseApplyFunction | HadamardPower):
            return False
        if isinstance(expression, MatrixSymbol):
            return self.cell.locate(expression)[0].role is Role.PARAMETER
        return any(self._has_parameter(a) for a in operands(expression))

    def whole(self, quantity: Quantity, shift: int | None = None) -> Leaf:
        """All of a quantity, as a leaf."""
        rows, columns = quantity.shape
        zero = Integer(0)
        return Leaf(self.side, quantity.name, shift, (zero, rows), (zero, columns))

    # Expressions.

    @singledispatchmethod
    def of(self, node: Any) -> Polynomial:
        """The form of an expression at time t."""
        inner = [a for a in operands(node) if getattr(a, "is_Matrix", False)]
        rest = [str(a) for a in operands(node) if not getattr(a, "is_Matrix", False)]
        what = f"{type(node).__name__} {' '.join(rest)}"
        return self.forms.single(("other", what, tuple(self.of(a) for a in inner)))

    @of.register
    def _(self, node: MatrixSymbol) -> Polynomial:
        quantity, shift = self.cell.locate(node)
        is_kept = self._keeps_states and quantity.role is Role.STATE
        if shift == 0 and quantity.name in self._known and not is_kept:
            return self._known[quantity.name]
        return self.forms.leaf(self.whole(quantity, shift if quantity.is_timed else None))

    @of.register
    def _(self, node: MatAdd) -> Polynomial:
        return self.forms.add(*(self.of(a) for a in node.args))

    @of.register
    def _(self, node: HadamardProduct) -> Polynomial:
        return self.forms.times(*(self.of(a) for a in node.args))

    @of.register
    def _(self, node: HadamardPower) -> Polynomial:
        base, exponent = operands(node)
        return self.forms.power(self.of(base), Fraction(int(exponent.p), int(exponent.q)))

    @of.register
    def _(self, node: MatMul) -> Polynomial:
        matrices = [a for a in operands(node) if a.is_Matrix]
        number: Any = Integer(1)
        for scalar in (a for a in operands(node) if not a.is_Matrix):
            number = number * scalar
        result, shape = self.of(matrices[-1]), matrices[-1].shape
        for matrix in reversed(matrices[:-1]):
            if matrix.shape == shape == (1, 1):
                result = self.forms.times(self.of(matrix), result)
                continue
            result = self.forms.matmul(self.of(matrix), result, (matrix.shape, shape))
            shape = (matrix.shape[0], shape[1])
        if number.is_Rational:
            return self.forms.scale(Fraction(int(number.p), int(number.q)), result)
        size = self.forms.single(("other", f"size {number}", ()))
        return self.forms.times(size, result)

    @of.register
    def _(self, node: ElementwiseApplyFunction) -> Polynomial:
        name = functions.of(node.function).name
        result = self.forms.call(name, self.of(node.expr))
        for monomial, _ in result:
            for factor, _ in monomial:
                if self.forms.nodes[factor][0] == "call":
                    self._sites.setdefault(factor, Unit(factor, self._owner, node.expr))
        return result

    @of.register
    def _(self, node: Transpose) -> Polynomial:
        return self.forms.transpose(self.of(node.arg))

    @of.register
    def _(self, node: BlockMatrix) -> Polynomial:
        blocks: Any = node.blocks
        parts = [blocks[n, 0] for n in range(blocks.shape[0])]
        return self.forms.stack([(self.of(part), part.shape[0]) for part in parts])

    @of.register
    def _(self, node: MatrixSlice) -> Polynomial:
        (top, bottom, _), (left, right, _) = node.rowslice, node.colslice
        rows, columns = node.parent.shape
        above = (as_size(top), as_size(bottom))
        across = (as_size(left), as_size(right))
        return self.forms.cut(
            self.of(node.parent),
            None if above == (0, rows) else above,
            None if across == (0, columns) else across,
        )

    @of.register
    def _(self, node: OneMatrix) -> Polynomial:
        return ONE

    @of.register
    def _(self, node: ZeroMatrix) -> Polynomial:
        return ZERO

    # As it was written.

    def addends(self, owner: str, expression: Any) -> Iterator[Addend]:
        """The terms of an expression; a name that stands for a sum is opened.

        Args:
            owner: the quantity in whose equation it stands.
        """
        if isinstance(expression, MatAdd):
            for term in operands(expression):
                yield from self.addends(owner, term)
            return
        if isinstance(expression, MatrixSymbol):
            quantity, shift = self.cell.locate(expression)
            if shift == 0 and quantity.role is Role.INTERMEDIATE:
                right = self.cell.equation(quantity.name).right
                if isinstance(right, MatAdd):
                    yield from self.addends(quantity.name, right)
                    return
        yield Addend(owner, expression, self.of(expression))

    def written(self, site: Unit | str, monomials: Iterable[Monomial]) -> list[Addend]:
        """The terms at a unit or in the equation of a result that hold one of some monomials."""
        wanted = set(monomials)
        return [a for a in self._terms(site) if wanted & {m for m, _ in a.form}]

    def _terms(self, site: Unit | str) -> tuple[Addend, ...]:
        if site not in self._written:
            owner, expression = (
                (site, self.cell.equation(site).right)
                if isinstance(site, str)
                else (site.owner, site.argument)
            )
            self._written[site] = tuple(self.addends(owner, expression))
        return self._written[site]


def _arguments(expression: Any) -> Iterator[Any]:
    """What the outermost functions and powers in an expression are applied to."""
    if isinstance(expression, ElementwiseApplyFunction):
        yield expression.expr
    elif isinstance(expression, HadamardPower):
        yield operands(expression)[0]
    elif not isinstance(expression, MatrixSymbol):
        for operand in operands(expression):
            yield from _arguments(operand)
