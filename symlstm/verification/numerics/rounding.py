"""A trace evaluated as IEEE arithmetic does it, beside the values that are exact.

NumPy's own functions are called on what the trace says each of them was given. What NumPy has no
elementwise function for (a matrix product, a sum along an axis) is evaluated term by term.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import inf
from typing import Any, cast

import mpmath
import numpy as np

from symlstm.proof import reals
from symlstm.proof.terms import Terms, operands, reachable
from symlstm.tracing.trace import Event, Trace

_mpf = cast(Any, mpmath).mpf
_NOISE = 2.0**-40
"""The relative change of the inputs by which the condition of every value is estimated."""
_SLACK = 256
"""A value is lost when its error is so many times what rounding and condition explain."""


class Exact:
    """The terms of a trace at one point, to 240 digits, and what is unavoidable in each.

    Args:
        values: the value of each term; None where it has none.
    """

    def __init__(self, terms: Terms, trace: Trace, point: Mapping[str, Fraction], seed: str):
        computed = [event for event in trace.events if event.kind == "compute"]
        roots = [term for e in computed for column in (e.outputs, *e.inputs) for term in column]
        roots += [term for result in trace.results.values() for term in result.elements]
        self.terms = terms
        self.live = reachable(terms, roots)
        used = {str(terms.nodes[i][1]) for i in self.live if terms.nodes[i][0] == "symbol"}
        known = {name: value for name, value in point.items() if name in used}
        rng = random.Random(seed)
        moved = {
            name: value * (1 + rng.choice((-1, 1)) * Fraction(_NOISE))
            for name, value in sorted(known.items())
        }
        self.values = reals.evaluate_precisely(terms, self.live, known)
        self._moved = reals.evaluate_precisely(terms, self.live, moved)

    @cached_property
    def sizes(self) -> dict[int, float]:
        """Σ|addends| and Π|factors|, so that what a cancellation must lose counts as rounding."""
        found: dict[int, float] = {}
        with np.errstate(all="ignore"):
            for index in self.live:
                found[index] = self._size(index, found)
        return found

    def _size(self, index: int, found: Mapping[int, float]) -> float:
        node, value = self.terms.nodes[index], self.values[index]
        if value is None or isinstance(value, bool):
            return 1.0
        own = as_float(abs(value))
        below = [found[a] for a in operands(node)]
        match node[0]:
            case "sum":
                return _total(below)
            case "product":
                return float(np.prod(below))
            case "dot":
                return _total([a * b for a, b in zip(below[::2], below[1::2], strict=True)])
            case "power" if node[2] > 0:
                return float(np.power(below[0], float(node[2])))
            case "call" if node[1] == "exp":
                return own * max(1.0, below[0])
            case "call" if node[1] in ("tanh", "sigmoid", "log"):
                return max(1.0, own)
            case _:
                return own

    def allowed(self, index: int, unit: float) -> float:
        """The error that arithmetic with this unit of rounding may well make."""
        if self._moved[index] is None:
            return inf
        condition = as_float(abs(self._moved[index] - self.values[index])) / _NOISE
        return _SLACK * unit * (condition + self.sizes[index])


def _total(values: Sequence[float]) -> float:
    return float(np.sum(values))


def as_float(value: Any) -> float:
    """A value of mpmath's as a float; inf beyond all floats."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


class Rounded:
    """The terms of a trace at one point as one precision computes them.

    Args:
        values: what each term comes to.
        sources: the terms that each was computed from.
        makers: the event that each was computed by.
        overflowed: the events, and the outputs of them, that are infinite though nothing that
            they read is.
    """

    def __init__(self, exact: Exact, trace: Trace, precision: str) -> None:
        self.exact = exact
        self.values: dict[int, Any] = {}
        self.sources: dict[int, tuple[int, ...]] = {}
        self.makers: dict[int, Event] = {}
        self.overflowed: list[tuple[Event, int]] = []
        self.kind = np.dtype(precision).type
        self.limits = np.finfo(precision)
        self.unit = float(self.limits.eps) / 2
        with np.errstate(all="ignore"):
            for index in exact.live:
                node = exact.terms.nodes[index]
                if node[0] in ("symbol", "number"):
                    self.values[index] = self.kind(as_float(exact.values[index]))
            for event in trace.events:
                if event.kind == "compute":
                    self._compute(event)

    def _compute(self, event: Event) -> None:
        call = _elementwise(event)
        results = None if call is None else self._called(event, call)
        for position, output in enumerate(event.outputs):
            if self.exact.terms.nodes[output][0] in ("symbol", "number"):
                continue
            if any(output in column[position : position + 1] for column in event.inputs):
                continue  # a + 0: nothing is computed
            if results is not None:
                self.values[output] = results[position]
                self.sources[output] = tuple(column[position] for column in event.inputs)
            elif output not in self.values:
                self.sources[output] = self._from_terms(output)
            self.makers[output] = event
            if self._is_born_infinite(output):
                self.overflowed.append((event, output))

    def _called(self, event: Event, call: Callable[..., Any]) -> Any:
        columns = [[self.value(term) for term in column] for column in event.inputs]
        return call(*(np.array(column) for column in columns)).ravel()

    def value(self, term: int) -> Any:
        """What a term comes to, computed from its own terms where no event did."""
        if term not in self.values:
            self._from_terms(term)
        return self.values[term]

    def _from_terms(self, term: int) -> tuple[int, ...]:
        """Evaluate a term from those that are known; which these were."""
        nodes = self.exact.terms.nodes
        new = reachable(self.exact.terms, [term], self.values)
        read = dict.fromkeys(a for index in new for a in operands(nodes[index]) if a in self.values)
        for index in new:
            given = [self.values[a] for a in operands(nodes[index])]
            self.values[index] = self._node(nodes[index], given)
            self.sources.setdefault(index, tuple(operands(nodes[index])))
        return tuple(read)

    def _node(self, node: Any, given: list[Any]) -> Any:
        match node[0]:
            case "sum":
                return sum(given[1:], given[0])
            case "product":
                return np.prod(np.array(given, dtype=self.kind))
            case "dot":
                return np.dot(np.array(given[::2]), np.array(given[1::2]))
            case "power":
                return np.power(given[0], self.kind(node[2]))
            case "call":
                known = _FUNCTIONS.get(node[1])
                return self.kind(known(given[0]) if known is not None else np.nan)
            case "compare":
                return {">": given[0] > 0, ">=": given[0] >= 0, "==": given[0] == 0}[node[1]]
            case "not":
                return not given[0]
            case "and":
                return given[0] and given[1]
            case _:
                return given[1] if given[0] else given[2]

    def _is_born_infinite(self, term: int) -> bool:
        """Too large for the precision, though all that it was computed from is finite."""
        if not np.isinf(self.values[term]):
            return False
        value = self.exact.values[term]
        is_beyond = value is not None and abs(value) > float(self.limits.max)
        return bool(is_beyond and all(np.isfinite(self.value(a)) for a in self.sources[term]))

    def loss(self, term: int) -> float:
        """The relative error of a term; infinite for nan and for what should not be infinite."""
        return self.loss_of(term, float(self.value(term)))

    def loss_of(self, term: int, found: float) -> float:
        exact = self.exact.values[term]
        if exact is None or isinstance(exact, bool):
            return 0.0
        if not np.isfinite(found):
            return inf
        error = abs(_mpf(found) - exact)
        return 0.0 if not error else as_float(error / abs(exact)) if exact else inf

    def is_lost(self, term: int, found: float) -> bool:
        """Whether a result has an error that neither rounding nor the condition explains."""
        exact = self.exact.values[term]
        if exact is None or isinstance(exact, bool) or self.is_beyond(term):
            return False
        if not np.isfinite(found):
            return True
        error = as_float(abs(_mpf(found) - exact))
        # Below the least normal number nothing can be told apart.
        return error > max(float(self.limits.tiny), self.exact.allowed(term, self.unit))

    def is_beyond(self, term: int) -> bool:
        """Whether the exact value is too large for the precision."""
        exact = self.exact.values[term]
        return exact is not None and as_float(abs(exact)) > float(self.limits.max)

    def cause(self, term: int) -> int:
        """The first term on the way to this one at which its accuracy is lost."""
        seen: set[int] = set()
        while term not in seen:
            seen.add(term)
            loss = min(self.loss(term), 1.0)
            worse = [a for a in self.sources.get(term, ()) if self._hands_on(a, term, loss)]
            term = max(worse, key=self.loss, default=term)
        return term

    def _hands_on(self, source: int, term: int, loss: float) -> bool:
        """Whether what is wrong with a term was wrong with one that it was computed from."""
        own = self.loss(source)
        if own == inf:
            return True
        if own < loss / 16 or own <= 4 * self.unit or source not in self.sources:
            return False
        if self.exact.terms.nodes[term][0] != "sum" or self.loss(term) == inf:
            return True
        errors = [abs(_mpf(float(self.value(a))) - self.exact.values[a]) for a in (source, term)]
        return bool(errors[0] * 16 > errors[1])


def _elementwise(event: Event) -> Callable[..., Any] | None:
    """NumPy's function that an event called on each element, if it is one."""
    if any(len(column) != len(event.outputs) for column in event.inputs):
        return None
    if event.operation == "clip":  # a bound of ∞ is no term
        return None
    if event.operation == "where":
        return np.where if len(event.inputs) == 3 else None
    function = getattr(np, event.operation, None)
    if isinstance(function, np.ufunc) and function.signature is None:
        return function if function.nin == len(event.inputs) and function.nout == 1 else None
    return None


def _sigmoid(a: Any) -> Any:
    small = np.exp(-abs(a))
    return 1 / (1 + small) if a >= 0 else small / (1 + small)


_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "exp": np.exp, "sigmoid": _sigmoid, "tanh": np.tanh, "log": np.log, "sqrt": np.sqrt,
}  # fmt: skip
