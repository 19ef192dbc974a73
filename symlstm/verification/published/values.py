"""What a published derivation gives, beside what the gradient system gives, in terms or in floats.

Each published equation is evaluated with the right values of all that it reads, so that a wrong one
is wrong by itself, and none is wrong as the consequence of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from symlstm.calculus.gradient import GradientSystem, adjoint_name, initial_name, outside_name
from symlstm.cell import Cell, Quantity, Role, matrix_symbols
from symlstm.interface import Sizes, evaluate_dimension, signature
from symlstm.notation.published.reading import AdjointEquation, Published
from symlstm.proof.interpret import (
    Evaluator,
    Interpretation,
    Matrix,
    Moment,
    Run,
    carried,
    symbol_names,
)
from symlstm.proof.terms import Terms


@dataclass(frozen=True)
class Numbering:
    """How a paper counts the time steps in the bounds of its sums.

    Args:
        first: the number of the first step.
        last: that of the last, relative to T.
        is_at_rest: whether the initial states are zero, so that what reads them is left out.
    """

    first: int
    last: int
    is_at_rest: bool = False

    def steps(self, equation: AdjointEquation, count: int) -> range:
        """The steps, counted from 1, that the sum of an equation runs over."""
        if not equation.first:
            return range(1, count + 1)
        first = int(equation.first) - self.first + 1
        above = (equation.last or "T").removeprefix("T") or "0"
        return range(first, count + int(above) - self.last + 1)

    def __str__(self) -> str:
        end = "T" if not self.last else f"T−{-self.last}"
        return f"the steps are {self.first}, …, {end}"


NUMBERINGS = tuple(
    Numbering(first, last, is_at_rest)
    for is_at_rest, (first, last) in product((False, True), ((1, 0), (0, 0), (0, -1)))
)


def bounds_are_read(equation: AdjointEquation) -> bool:
    """Whether a sum over time begins at a first or second step, and ends near T."""
    if not equation.first:
        return True
    return equation.first in ("0", "1", "2") and equation.last in (
        "", None, "T", *(f"T{sign}{n}" for sign in "+-" for n in (1, 2)),
    )  # fmt: skip


class _Beyond(dict[Moment, Matrix]):
    """Values, and those at steps that the sequence has not."""

    def __init__(self, values: Values, known: Mapping[Moment, Matrix]) -> None:
        super().__init__(known)
        self._values = values

    def __missing__(self, moment: Moment) -> Matrix:
        name, t, b = moment
        if t is None or b is None:
            raise KeyError(moment)
        self[moment] = self._values.beyond(name, t, b)
        return self[moment]


class Values:
    """A cell and its gradients at some sizes, and what a derivation says of them.

    Args:
        terms: a table of terms, or of floats.
        is_at_rest: whether the initial states are zero.
    """

    named: Interpretation
    """What has a value by the equations alone."""

    def __init__(
        self, published: Published, terms: Terms, sizes: Sizes, is_at_rest: bool = False
    ) -> None:
        self._system = published.system
        self._terms = terms
        self._sizes = sizes
        self._steps = sizes["T"]
        self.found = Interpretation(terms, sizes)
        self.given = given_by_loss(published)
        self._run(published.cell, is_at_rest)
        self.named = replace(self.found, values=dict(self.found.values))
        self.found.values = _Beyond(self, self.found.values)
        self._evaluator = Evaluator(self._system, self.found)
        self.carried = carried(published.cell, self.found)

    def _run(self, cell: Cell, is_at_rest: bool) -> None:
        bound = signature(cell, "gradients")
        given: dict[str, list[int]] = {}
        absent: set[str] = set()
        for argument in bound.arguments:
            name = argument.quantity.name
            if is_at_rest and argument.name == initial_name(name):
                absent.add(argument.name)
            elif argument.name == adjoint_name(name):
                at = self.given.get(name)
                if at is None:
                    absent.add(argument.name)
                elif at == "T":
                    elements = [self._terms.symbol(n) for n in symbol_names(argument, self._sizes)]
                    before = len(elements) - len(elements) // self._steps
                    given[argument.name] = [self._terms.zero] * before + elements[before:]
        run = Run(self._system, self.found, self._steps)
        run.read_arguments(bound, frozenset(absent), given)
        run.forward()
        run.backward()

    def beyond(self, name: str, t: int, b: int) -> Matrix:
        """After T there is no loss: adjoints are zero there. What else has no value is unknown."""
        quantity = self._system.quantity(name)
        if quantity.role in (Role.ADJOINT, Role.OUTSIDE) and t > self._steps:
            return self._evaluator.zeros(quantity)
        return self._unknown(quantity, t, b)

    def _unknown(self, quantity: Quantity, t: int, b: int) -> Matrix:
        rows, columns = (evaluate_dimension(size, self._sizes) for size in quantity.shape)
        return tuple(
            tuple(
                self._terms.symbol(f"{quantity.name} at {t}[{b},{row},{column}]")
                for column in range(columns)
            )
            for row in range(rows)
        )

    # What is compared.

    def moments(self, quantity: Quantity) -> list[tuple[int | None, int | None]]:
        """The times and examples at which an adjoint is compared."""
        if not quantity.axes:
            return [(None, None)]
        last = self._steps - (self.given.get(quantity.name.removeprefix("d")) == "T")
        return list(product(range(1, last + 1), range(self._sizes["B"])))

    def right(self, quantity: Quantity) -> list[int]:
        """The gradient system's values of an adjoint."""
        return [
            element for t, b in self.moments(quantity)
            for row in self.found.values[quantity.name, t, b] for element in row
        ]  # fmt: skip

    def is_zero(self, quantity: Quantity) -> bool:
        """Whether an adjoint has no other value than zero, at all times and in all examples."""
        if quantity.role is not Role.ADJOINT:
            return False
        known = [m for (name, _, _), m in self.named.values.items() if name == quantity.name]
        return all(element == self._terms.zero for m in known for row in m for element in row)

    def said(self, equation: AdjointEquation, numbering: Numbering) -> list[int]:
        """What an equation gives for them."""
        if not equation.quantity.axes:
            steps = numbering.steps(equation, self._steps)
            return self.summed(equation.quantity, (equation.right,), steps)
        return self.each(equation.quantity, (equation.right,))

    def each(self, quantity: Quantity, parts: Sequence[Any]) -> list[int]:
        """The values of a sum of expressions at all times."""
        found: list[int] = []
        for t, b in self.moments(quantity):
            values = [self._evaluator.evaluate(part, t, b) for part in parts]
            total = self._evaluator.add(values) if values else self._evaluator.zeros(quantity)
            found += [element for row in total for element in row]
        return found

    def summed(self, quantity: Quantity, parts: Sequence[Any], steps: Sequence[int]) -> list[int]:
        """The sums of expressions over time steps and all examples."""
        values = [
            self._evaluator.evaluate(part, t, b)
            for t in steps for b in range(self._sizes["B"]) for part in parts
        ]  # fmt: skip
        total = self._evaluator.add([self._evaluator.zeros(quantity), *values])
        return [element for row in total for element in row]


def given_by_loss(published: Published) -> Mapping[str, str]:
    """The results of which the loss gives an adjoint something: at every step, or at T alone.

    A derivation that has a term for it says so; one that has none speaks of a loss of the last
    output.
    """
    system, cell = published.system, published.cell
    read = {
        quantity.name
        for equation in published.equations
        for quantity in _quantities(system, equation.right)
    }
    read.update(published.loss)
    named = [q.name for q in cell.results if outside_name(q.name) in read]
    if named:
        return dict.fromkeys(named, "t")
    last = [q.name for q in cell.results if not system.adjoints[adjoint_name(q.name)].from_step(0)]
    return dict.fromkeys(last or [q.name for q in cell.results], "T")


def _quantities(system: GradientSystem, expression: Any) -> list[Quantity]:
    return [system.locate(symbol)[0] for symbol in matrix_symbols(expression)]
