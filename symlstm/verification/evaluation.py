"""Evaluation: what an equation of the chart gives once something that it reads is changed.

Nothing is computed again but the equation that is asked for: the changed moments lie in a layer
over the values that are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from symlstm.cell import Equation
from symlstm.proof.interpret import Evaluator, Interpretation, Matrix, Moment
from symlstm.verification.case import Case
from symlstm.verification.chart import ANY, Node
from symlstm.verification.slip import Slip

Values = dict[int | None, Matrix]
"""The value of one node for each example; under None, what holds for all of them."""

Changes = Mapping[Moment, Matrix]

NOTHING: Changes = MappingProxyType({})


class Evaluation:
    """The equations of a chart at its values.

    Args:
        found: the values, and what is read elsewhere in their place.
    """

    def __init__(self, case: Case, found: Interpretation) -> None:
        self._case = case
        self._chart = case.chart
        self._found = found
        self._reread = found.reread

    def recomputed(self, node: Node, changed: Changes) -> Values:
        """The value of a node where some of what it reads is changed."""
        return self.under(node, None, changed)

    def rereading(self, node: Node, reread: Changes) -> Values:
        """The value of a node where forward equations read something else for a state at t−1."""
        return self.under(node, None, NOTHING, reread)

    def of_slip(self, node: Node, slip: Slip, examples: Sequence[int] | None = None) -> Values:
        """The value that a slip in its equation would give a node.

        Raises:
            KeyError, ValueError, IndexError, ArithmeticError: the slip reads what does not exist
                at this time.
        """
        return self.under(node, slip, NOTHING, NOTHING, examples)

    def under(
        self,
        node: Node,
        slip: Slip | None,
        changed: Changes,
        reread: Changes = NOTHING,
        examples: Sequence[int] | None = None,
    ) -> Values:
        """The value of a node under all of these."""
        named = self._chart.named[node[0]]
        wrapped = self._wrapped(slip.wraps) if slip else NOTHING
        held = self._held(*slip.held, changed) if slip and slip.held else NOTHING
        layered = self._layered({**wrapped, **changed, **held}, {**self._reread, **reread})
        parts = slip.parts if slip else named.parts
        return self._values(node, parts, slip, layered, examples)

    def copied(self, name: str, slip: Slip) -> dict[Moment, Matrix]:
        """A forward equation with a slip, computed again at every step for the adjoints.

        Raises:
            KeyError, ValueError, IndexError, ArithmeticError: the slip reads what does not exist
                at one of them.
        """
        owner = self._chart.named[name].owner
        found: dict[Moment, Matrix] = {}
        for t in range(1, self._case.steps + 1):
            for other, named in self._chart.named.items():
                if named.owner == owner and other not in self._case.adjoints:
                    values = self.under((other, t), slip if other == name else None, found)
                    found.update({(other, t, b): matrix for b, matrix in values.items()})
        return found

    def of_expression(
        self, node: Node, expression: Any, wraps: tuple[str, int] | None = None
    ) -> list[Matrix]:
        """The value of an expression at the time of a node, for each example.

        Args:
            wraps: as of a slip.
        Raises:
            KeyError, ValueError, IndexError, ArithmeticError: it reads what does not exist then.
        """
        rereads = node[0] not in self._case.adjoints
        layered = self._layered(self._wrapped(wraps), self._reread)
        evaluator = Evaluator(self._chart.system, layered, rereads=rereads)
        time = node[1] or self._case.steps
        return [evaluator.evaluate(expression, time, b) for b in self._case.batch]

    def _wrapped(self, wraps: tuple[str, int] | None) -> Changes:
        """The last value of a quantity that is read as an array, before its first."""
        if wraps is None:
            return {}
        name, before = wraps
        return {
            (name, before, b): value
            for (other, t, b), value in self._found.values.items()
            if other == name and t == self._case.steps + before
        }

    def _held(self, name: str, time: int, changed: Changes) -> Changes:
        """A quantity that has, at all times, its value at one of them; −1 is T."""
        steps = self._case.steps
        at = steps if time < 0 else time
        known = Layered(changed, self._found.values)
        return {
            (name, t, b): known[name, at, b] for t in range(steps + 1) for b in self._case.batch
        }

    def shares(self, node: Node, consumer: Node, changed: Changes) -> Iterator[list[Matrix]]:
        """The terms that a node has in its consumer's sum, each for all examples.

        Of a sum over time, the terms at the node's time, summed over the examples.
        """
        name, t = consumer
        system = self._chart.system
        evaluator = Evaluator(system, self._layered(changed, {}))
        for part in self._chart.named[name].parts:
            for quantity, shift in system.reads(Equation(ANY, part)):
                time = (node[1] or 0) - shift
                if quantity.name == node[0] and time in self._times_of(t):
                    values = [evaluator.evaluate(part, time, b) for b in self._case.batch]
                    yield [evaluator.add(values)] if t is None else values

    def _times_of(self, t: int | None) -> Sequence[int]:
        """The times at which the equation of a node is read: its own, or all of them."""
        return range(1, self._case.steps + 1) if t is None else (t,)

    def _layered(self, changed: Changes, reread: Changes) -> Interpretation:
        values = Layered(changed, self._found.values)
        return Interpretation(
            self._found.terms, self._case.sizes, values,
            reread=dict(reread), copies=self._found.copies,
        )  # fmt: skip

    def _values(
        self,
        node: Node,
        parts: Sequence[Any],
        slip: Slip | None,
        layered: Interpretation,
        examples: Sequence[int] | None = None,
    ) -> Values:
        """A sum of parts at a node: for each example, or over all times and examples."""
        name, t = node
        named = self._chart.named[name]
        rereads = name not in self._case.adjoints
        evaluator = Evaluator(self._chart.system, layered, rereads=rereads)
        zero = evaluator.zeros(named.quantity)
        if not named.quantity.axes:
            return {None: self._over_time(evaluator, parts, slip) if parts else zero}
        carried = {(named.carried, t): slip.carry if slip else 1}
        if slip and slip.accumulated:
            carried[slip.accumulated, (t or 0) + 1] = 1
        values: Values = {}
        for b in self._case.batch if examples is None else examples:
            addends = [evaluator.evaluate(part, t, b) for part in parts]
            for (other, time), number in carried.items():
                if number and (other, time, b) in layered.values:
                    given = evaluator.multiple(number, layered.values[other, time, b])
                    if slip and slip.gate is not None:
                        given = evaluator.gated(given, evaluator.evaluate(slip.gate, t, b))
                    addends.append(given)
            values[b] = evaluator.add(addends) if addends else zero
        return values

    def _over_time(self, evaluator: Evaluator, parts: Sequence[Any], slip: Slip | None) -> Matrix:
        times = slice(*slip.times) if slip else slice(None)
        examples = slice(*slip.examples) if slip else slice(None)
        return evaluator.add(
            [
                evaluator.evaluate(part, time, b)
                for time in range(1, self._case.steps + 1)[times]
                for b in self._case.batch[examples]
                for part in parts
            ]
        )


class Layered(dict[Moment, Matrix]):
    """Values with some changed, without copying."""

    def __init__(self, changed: Changes, below: Changes) -> None:
        super().__init__(changed)
        self._below = below

    def __missing__(self, key: Moment) -> Matrix:
        return self._below[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._below
