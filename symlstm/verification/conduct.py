"""The conduct of a run: what is to be said of it before any value is compared.

A function returns or fails, computes on numbers what it computes on symbols, gives the same twice,
and leaves its arguments alone.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from symlstm.proof import reals
from symlstm.proof.compare import compare
from symlstm.proof.interpret import symbol_names
from symlstm.tracing.run import same_trace, sample
from symlstm.tracing.trace import Trace
from symlstm.verification.case import BoundRun
from symlstm.verification.report import Finding

CLOSE = 1e-6
"""Relative to the larger of 1 and the magnitude."""

ROUNDINGS = 100
"""How much farther off than the trace in float64 the code may be, which computes in other order."""


def outcome(run: BoundRun) -> list[Finding]:
    """What is to be said of a run that did not return."""
    where = run.texts.place_of(run.trace.places)
    name, kind = run.binding.name, run.binding.kind
    match run.trace.outcome:
        case "returned":
            return []
        case "raised" if run.traced.numbers is not None:
            message = f"{name} cannot be followed on symbols, where it raises {run.trace.message}"
            return [
                Finding("S410", "undecided", message, kind, **where,
                        help="use NumPy's functions and the methods of its arrays",
                        verdict="undecided")
            ]  # fmt: skip
        case "raised":
            message = f"{name} raised {run.trace.message}"
            shapes = list(run.binding.symbols(run.sizes).items())[:3]
            shown = ", ".join(f"{argument} {shape}" for argument, (_, shape) in shapes)
            return [
                Finding("S501", "crashed", message, kind, **where,
                        help=f"call it with arrays of the shapes {shown}, …",
                        verdict="error")
            ]  # fmt: skip
        case "structure":
            message = f"{name} {run.trace.message}"
            return [
                Finding("S304", "wrong-structure", message, kind, **where,
                        help="return a tuple in the cell's order, or a dict by name",
                        verdict="error")
            ]  # fmt: skip
        case _:
            message = f"{name} cannot be followed on symbols: {run.trace.message}"
            return [
                Finding("S410", "undecided", message, kind, **where, help=run.trace.help,
                        verdict="undecided")
            ]  # fmt: skip


def on_numbers(run: BoundRun) -> list[Finding]:
    """Whether the code computes on float64 arrays what it computed on symbols.

    The trace is only as good as the tracer, and code may tell symbols from numbers.
    """
    what = _unlike_on_numbers(run)
    if not what:
        return []
    name = run.binding.name
    return [
        Finding(
            "S412", "undecided",
            f"{name} does not compute on numbers what it computes on symbols: {what}",
            run.binding.kind, **run.texts.place_of(run.trace.places),
            help="does it look at types, convert to integers, or divide by what is zero?",
            verdict="undecided",
        )
    ]  # fmt: skip


def _unlike_on_numbers(run: BoundRun) -> str:
    """What is different on numbers; empty when nothing is."""
    if run.traced.numbers is None:
        return "it raises when it is called with float64 arrays"
    numbers = sample(run.binding.symbols(run.sizes))
    point = {
        name: Fraction(value, 16)
        for argument in run.binding.signature.arguments
        if argument.name in numbers
        for name, value in zip(
            symbol_names(argument, run.sizes), numbers[argument.name], strict=True
        )
    }
    roots = [e for r in run.trace.results.values() for e in r.elements]
    # Nearly always float64 agrees with itself, and is fast.
    rounded = reals.evaluate_in_float64(run.terms, roots, point)
    values: reals.Values = ()
    for key, result in run.trace.results.items():
        found, name = run.traced.numbers.get(key, ()), run.binding.result_name(key)
        if len(found) != len(result.elements):
            return f"{name} has another size"
        for number, element in zip(found, result.elements, strict=True):
            if _is_close(number, rounded[element]):
                continue
            values = values or reals.evaluate(run.terms, roots, point)
            if not _is_rounded(number, values[element], rounded[element]):
                expected = reals.shown(values[element])
                return (
                    f"an element of {name} is {number:.9g} on numbers "
                    f"and {expected} as it was followed"
                )
    return ""


def repeatability(run: BoundRun) -> list[Finding]:
    """Whether two calls with the same arguments return the same."""
    key = same_trace(run.trace, run.traced.second)
    if key is None or _are_equal(run, run.trace, run.traced.second):
        return []
    name = run.binding.result_name(key) or "results"
    return [
        Finding(
            "S120", "not-deterministic",
            f"two calls of {run.binding.name} with the same arguments return different {name}",
            run.binding.kind, **run.texts.place_of(run.trace.places),
            help="state is kept between calls, or random numbers are drawn",
        )
    ]  # fmt: skip


def _are_equal(run: BoundRun, first: Trace, second: Trace) -> bool:
    """Whether two runs computed the same in another form, as with a cache."""
    shapes = [{key: r.shape for key, r in t.results.items()} for t in (first, second)]
    if not first.results or shapes[0] != shapes[1]:
        return False
    pairs = [
        pair
        for key, result in first.results.items()
        for pair in zip(result.elements, second.results[key].elements, strict=True)
    ]
    return compare(run.terms, pairs, run.rng).is_proved


def mutations(run: BoundRun) -> list[Finding]:
    """The arguments that it changes."""
    return [
        Finding(
            "S121", "mutated-argument", f"{run.binding.name} changes its argument {name}",
            run.binding.kind, term=name, **run.texts.place_of(places),
            help=f"write into a copy: {name}.copy()",
        )
        for name, places in run.trace.mutated.items()
    ]  # fmt: skip


def assumptions(run: BoundRun) -> list[str]:
    """What is taken to be so: absent arguments, what is not asked for, readings of numbers."""
    return [
        *run.binding.assumptions(),
        *(f"{text} is read as {value}" for text, value in run.trace.readings.items()),
        *run.trace.notes,
    ]


def _is_close(number: float, value: float | None) -> bool:
    """Whether two floats are equal to within rounding."""
    return value is not None and abs(number - value) <= CLOSE * max(1.0, abs(value))


def _is_rounded(number: float, value: Any, rounded: float | None) -> bool:
    """Whether a float is what 50 digits say, to within rounding; where they say nothing, yes.

    Args:
        rounded: the value in float64: where much is lost there, the code may lose as much.
    """
    if value is None:
        return True
    exact = float(value)
    rounding = CLOSE * max(1.0, abs(exact))
    if rounded is not None and math.isfinite(rounded):
        rounding = max(rounding, ROUNDINGS * abs(rounded - exact))
    return math.isfinite(number) and abs(number - exact) <= rounding
