"""What a drawing says of each quantity, beside what the equations say.

Each node is evaluated with the right values of all that its wires are said to bring, so that what
is drawn wrong is wrong by itself, and nothing is wrong as the consequence of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symlstm.calculus.gradient import GradientSystem, derive
from symlstm.cell import Cell, Quantity
from symlstm.drawing.drawn import Drawn, Mark, Stroke
from symlstm.drawing.operators import Operand, Operator, added
from symlstm.interface import Sizes, evaluate_dimension, signature
from symlstm.messages import NotationError, SymlstmError
from symlstm.notation import syntax
from symlstm.notation.reading import right_side
from symlstm.proof.interpret import Evaluator, Interpretation, Matrix, Moment, Run
from symlstm.proof.terms import Terms
from symlstm.verification.floats import CLOSE, at_a_point

Place = tuple[str, int]
"""A node, and which of its wires."""


@dataclass(frozen=True)
class Change:
    """What is taken to be drawn otherwise.

    Args:
        operators: what nodes do.
        brought: what wires bring, as an expression; None: the wire is not there.
        more: what else comes into nodes.
        around: functions of what leaves nodes.
    """

    operators: Mapping[str, Operator] = field(default_factory=dict[str, Operator])
    brought: Mapping[Place, Operand | None] = field(default_factory=dict[Place, "Operand | None"])
    more: Mapping[str, Operand] = field(default_factory=dict[str, Operand])
    around: Mapping[str, Operator] = field(default_factory=dict[str, Operator])


class NotDrawn(Exception):
    """A value that a drawing does not tell: of a node without an operator, or of a circle of
    wires."""

    def __init__(self, mark: Mark) -> None:
        super().__init__(mark.key)
        self.mark = mark


class Expressions:
    """The expressions of a drawing, with a change or none."""

    def __init__(self, drawn: Drawn, change: Change) -> None:
        self._drawn = drawn
        self._change = change
        self._open: list[str] = []

    def computed(self, mark: Mark) -> syntax.Node:
        """What a node computes of what comes in.

        Raises:
            NotDrawn: the drawing does not tell.
        """
        if mark.key in self._open:
            raise NotDrawn(mark)
        self._open.append(mark.key)
        try:
            value = self._done(mark)
        finally:
            self._open.pop()
        around = self._change.around.get(mark.key)
        return value if around is None else around([(1, value)], mark.span)

    def _done(self, mark: Mark) -> syntax.Node:
        operands = list(self._operands(mark))
        operator = self._change.operators.get(mark.key, mark.operator)
        if operator is not None:
            if not operands or (len(operands) < operator.least and not operator.adds):
                raise NotDrawn(mark)
            return operator(operands, mark.span)
        if len(operands) != 1:
            raise NotDrawn(mark)
        return added(operands, mark.span)

    def _operands(self, mark: Mark) -> Iterator[Operand]:
        for place, stroke in enumerate(mark.inputs):
            if (mark.key, place) in self._change.brought:
                brought = self._change.brought[mark.key, place]
                if brought is not None:
                    yield brought
            else:
                yield 1, self.brought(stroke)
        if mark.key in self._change.more:
            yield self._change.more[mark.key]

    def brought(self, stroke: Stroke) -> syntax.Node:
        """What a wire brings: what it is said to, or what leaves its tail."""
        label = stroke.label
        if label is None:
            return self.carried(stroke)
        timed = [
            n for n in syntax.operands(label) if isinstance(n, syntax.Name) and n.shift is not None
        ]
        if not timed:
            return syntax.Product((label, self.carried(stroke)), stroke.span)
        if any(name.ascii == self._drawn.arrives for name in timed):
            return _put_in(label, self._drawn.arrives, self.carried(stroke))
        return label

    def carried(self, stroke: Stroke) -> syntax.Node:
        """What leaves the tail of a wire, a step ago if the wire is delayed."""
        tail = stroke.tail
        if tail.constant is not None and tail.is_source:
            return tail.constant
        if tail.name is not None:
            shift = (tail.name.shift or 0) - stroke.is_delayed
            return syntax.Name(tail.name.ascii, tail.name.glyph, shift, stroke.span)
        if stroke.is_delayed or tail.is_source:
            raise NotDrawn(tail)
        return self.computed(tail)


def passes(drawn: Drawn, mark: Mark) -> bool:
    """Whether a node is nothing but a place that its own quantity reaches."""
    if mark.operator is not None or len(mark.inputs) != 1 or mark.name is None:
        return False
    try:
        value = Expressions(drawn, Change()).computed(mark)
    except NotDrawn:
        return False
    return isinstance(value, syntax.Name) and (
        (value.ascii, value.shift) == (mark.name.ascii, mark.name.shift)
    )


def _put_in(node: syntax.Node, name: str, value: syntax.Node) -> syntax.Node:
    """A label with what arrives in the place of the name that stands for it."""
    match node:
        case syntax.Name():
            return value if node.ascii == name and node.shift is not None else node
        case syntax.Sum(terms):
            return replace(node, terms=tuple((s, _put_in(n, name, value)) for s, n in terms))
        case syntax.Hadamard(parts) | syntax.Product(parts):
            return replace(node, factors=tuple(_put_in(n, name, value) for n in parts))
        case syntax.Stack(parts):
            return replace(node, parts=tuple(_put_in(n, name, value) for n in parts))
        case syntax.Quotient(top, bottom):
            return replace(node, top=_put_in(top, name, value), bottom=_put_in(bottom, name, value))
        case syntax.Power(inner):
            return replace(node, base=_put_in(inner, name, value))
        case syntax.Apply(_, inner) | syntax.Transposed(inner):
            return replace(node, argument=_put_in(inner, name, value))
        case _:
            return node


# Values.


class _Anywhere(dict[Moment, Matrix]):
    """Values of one step; what has none, as a gate of the step before, is unknown."""

    def __init__(self, step: Step, known: Mapping[Moment, Matrix]) -> None:
        super().__init__(known)
        self._step = step

    def __missing__(self, moment: Moment) -> Matrix:
        self[moment] = self._step.unknown(*moment)
        return self[moment]


class Step:
    """One step of a cell, in terms or in floats, and the values of expressions in it."""

    def __init__(self, system: GradientSystem, terms: Terms, sizes: Sizes) -> None:
        self.system = system
        self.terms = terms
        self._sizes = sizes
        found = Interpretation(terms, sizes)
        run = Run(system, found, 1)
        run.read_arguments(signature(system.cell, "step"))
        run.forward()
        self.named = Interpretation(terms, sizes, dict(found.values), list(found.order))
        found.values = _Anywhere(self, found.values)
        self._evaluator = Evaluator(system, found)

    def unknown(self, name: str, t: int | None, b: int | None) -> Matrix:
        quantity = self.system.quantity(name)
        rows, columns = (evaluate_dimension(size, self._sizes) for size in quantity.shape)
        return tuple(
            tuple(self.terms.symbol(f"{name} at {t}[{b},{r},{c}]") for c in range(columns))
            for r in range(rows)
        )

    def values(self, expression: Any) -> list[int]:
        """The elements of an expression, of all examples."""
        return [
            element
            for b in range(self._sizes["B"])
            for row in self._evaluator.evaluate(expression, 1, b)
            for element in row
        ]


class NoValues(Exception):
    """No numbers were found at which a cell has a value."""


class Meanings:
    """Expressions of a drawing as SymPy expressions, and whether two are the same on numbers."""

    def __init__(self, cell: Cell, sizes: Sizes, seed: int) -> None:
        self.system = derive(cell)
        self._cell = cell
        found = at_a_point(lambda floats: Step(self.system, floats, sizes), seed)
        if found is None:
            raise NoValues
        self._floats, self._step = found

    def built(self, quantity: Quantity, right: syntax.Node) -> Any:
        """An expression over the quantities of the cell, of the shape of one of them.

        Raises:
            NotationError: its shapes do not fit each other.
        """
        name = syntax.Name(quantity.name, quantity.glyph, 0, right.span)
        known = {
            operand.ascii: self._cell.quantity(operand.ascii)
            for operand in (*syntax.operands(right), name) if isinstance(operand, syntax.Name)
        }  # fmt: skip
        return right_side(syntax.Definition(name, right, right.span), known)

    def is_value_of(self, quantity: Quantity, right: syntax.Node) -> bool:
        """Whether an expression has the value of a quantity, on numbers."""
        try:
            mine = self._step.values(self.built(quantity, right))
        except (SymlstmError, KeyError, ValueError, IndexError, ArithmeticError):
            return False
        return self._agree(mine, self._step.values(quantity.at(0)))

    def are_same(self, one: syntax.Node, other: syntax.Node) -> bool:
        """Whether two expressions have the same value, on numbers."""
        try:
            return self._agree(*map(self._step.values, self.both(one, other)))
        except (SymlstmError, KeyError, ValueError, IndexError, ArithmeticError):
            return False

    def both(self, one: syntax.Node, other: syntax.Node) -> tuple[Any, Any]:
        """Two expressions over the quantities of the cell, of whichever shape they have.

        Raises:
            NotationError: they fit none.
        """
        problem: NotationError | None = None
        for quantity in self._cell.quantities:
            try:
                return self.built(quantity, one), self.built(quantity, other)
            except NotationError as found:
                problem = found
        assert problem is not None
        raise problem

    def _agree(self, mine: list[int], wanted: list[int]) -> bool:
        numbers = self._floats.values
        return len(mine) == len(wanted) and all(
            abs(numbers[a] - numbers[b]) <= CLOSE * max(1.0, abs(numbers[a]), abs(numbers[b]))
            for a, b in zip(mine, wanted, strict=True)
        )
