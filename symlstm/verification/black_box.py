"""The black box: a function that cannot be followed on symbols is compared on numbers.

It runs in its process on float64 arrays, at points that are drawn here, and what it returned is
compared here with the equations at 50 digits. That is evidence and no proof: agreement is `tested`.
A difference is a counterexample as good as any, if it is far beyond what rounding makes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from symlstm.interface import Argument, Sizes
from symlstm.proof import reals
from symlstm.proof.interpret import interpret, symbol_names
from symlstm.proof.terms import Terms
from symlstm.tracing.numbers import NumberCall, Numbers
from symlstm.tracing.run import named
from symlstm.tracing.trace import Result, Trace
from symlstm.verification.binding import Returned, label, match_results
from symlstm.verification.case import BoundRun
from symlstm.verification.findings import equation_note, in_prose
from symlstm.verification.report import Finding
from symlstm.verification.subject import Subject, generated_subject

ROUNDING = 1e-9
"""Float64 has 16 digits, of which a sum of a million terms loses seven at worst: an error below
this, relative to the larger of 1 and the number itself, is rounding."""
WRONG = 1e-3
"""Single precision has 7 digits, of which the same loses four: an error above this is none of
rounding, whatever type the code computes in. What lies between is undecided."""
AMPLIFIED = 1000
"""Nor is an error called wrong that is less than so many times what the equations themselves lose
at that point, computed in float64 by the generated code."""
MOST = 1e-6
"""What is lost in that way is taken for rounding only up to here."""

_UNIT = 1 << 20
_PLANS: tuple[tuple[float, bool], ...] = ((1, False), (1, True), (2, False), (1 / 8, False))
"""For each point the largest magnitude of its numbers, and whether the initial states are zero."""


@dataclass(frozen=True)
class _Point:
    """A point: sizes, the largest magnitude, and the exact value of each symbol."""

    sizes: Sizes
    magnitude: float
    at: Mapping[str, Fraction]

    def array(self, argument: Argument) -> Numbers:
        values = (float(self.at.get(n, 0)) for n in symbol_names(argument, self.sizes))
        return Numbers(argument.shape(self.sizes), tuple(values))


@dataclass(frozen=True)
class _Error:
    """How far an element of a result is off.

    Args:
        relative: to the larger of 1 and the number itself.
        lost: the same of the generated code, in float64.
    """

    result: str
    element: str
    absolute: float
    relative: float
    lost: float
    expected: Any
    found: float
    point: _Point

    @property
    def is_rounding(self) -> bool:
        return self.relative <= max(ROUNDING, min(MOST, AMPLIFIED * self.lost))

    @property
    def is_wrong(self) -> bool:
        """Whether no rounding explains it; a number that is none may have overflowed at a large
        point, not where all numbers are below 1."""
        if math.isinf(self.relative):
            return self.point.magnitude <= 1
        return self.relative > max(WRONG, AMPLIFIED * self.lost)


def black_box(
    subject: Subject, run: BoundRun, sizes: Sequence[Sizes], seed: int, opened: Finding
) -> list[Finding]:
    """What is to be said of a function by its numbers.

    Args:
        run: one that could not be followed on symbols.
        sizes: the sets of sizes at which points are drawn.
        seed: of the whole run, to be told.
        opened: why it could not be followed, and where.
    Raises:
        SymlstmError: its process did not answer, or what it returns has the wrong structure.
    """
    box = _Box(run, seed, opened)
    points = [box.drawn(each, *plan) for each in sizes for plan in _PLANS]
    given = [box.arrays(point) for point in points]
    done = subject.call({run.binding.kind: (run.binding.name, given)})[run.binding.kind]
    for point, arrays, (first, second) in zip(points, given, done, strict=True):
        conduct = box.conduct(point, arrays, first, second)
        if conduct:
            return conduct
    return box.said()


class _Box:
    """The comparison of one function, point by point."""

    def __init__(self, run: BoundRun, seed: int, opened: Finding) -> None:
        self._run = run
        self._binding = run.binding
        self._seed = seed
        self._opened = opened
        self._equations = generated_subject(run.cell).callables[run.binding.kind]
        self._errors: list[_Error] = []
        self._points = 0
        self._entries = 0
        # The line of the definition: which of its lines is wrong, numbers do not tell.
        self._where = run.texts.place_of(())

    def drawn(self, sizes: Sizes, magnitude: float, is_at_rest: bool) -> _Point:
        """A point; no number of it is 0, but the initial states if it is at rest."""
        most = int(magnitude * _UNIT)
        rng = random.Random(self._run.rng.getrandbits(64))
        at: dict[str, Fraction] = {}
        for argument in self._binding.signature.arguments:
            if argument.name not in self._binding.absent:
                for name in symbol_names(argument, sizes):
                    sign = 0 if is_at_rest and argument.name in self._binding.initial else 1
                    value = Fraction(rng.randint(1, most), _UNIT)
                    at[name] = sign * value * rng.choice((1, -1))
        return _Point(sizes, magnitude, at)

    def arrays(self, point: _Point) -> dict[str, Numbers]:
        """The arguments that the function takes."""
        arguments = self._binding.signature.arguments
        return {a.name: point.array(a) for a in arguments if a.name not in self._binding.absent}

    def conduct(
        self, point: _Point, given: Mapping[str, Numbers], first: NumberCall, second: NumberCall
    ) -> list[Finding]:
        """What is wrong before any value is compared; the values are measured where nothing is."""
        failed = next((call for call in (first, second) if call.outcome != "returned"), None)
        if failed is not None:
            return [self._failed(failed)]
        where = self._where = self._run.texts.place_of(first.places)
        name, kind = self._binding.name, self._binding.kind
        changed = [k for k in given if first.arguments.get(k) != given[k]]
        findings = [
            Finding("S121", "mutated-argument", f"{name} changes its argument {argument}", kind,
                    term=argument, **where, help=f"write into a copy: {argument}.copy()")
            for argument in changed
        ]  # fmt: skip
        unsteady = self._unsteady(first, second)
        if unsteady:
            findings.append(
                Finding("S120", "not-deterministic",
                        f"two calls of {name} with the same arguments return different {unsteady}",
                        kind, **where,
                        help="state is kept between calls, or random numbers are drawn")
            )  # fmt: skip
        returned = self._matched(first, point.sizes)
        findings += returned.findings
        if not findings:
            self._measure(point, first, returned.results)
        return findings

    def _failed(self, call: NumberCall) -> Finding:
        where = self._run.texts.place_of(call.places)
        name, kind = self._binding.name, self._binding.kind
        if call.outcome == "raised":
            return Finding(
                "S501", "crashed", f"{name} raised {call.message}", kind, **where,
                notes=("it was called with arrays of float64 between -2 and 2",),
                help="mend it, or check its arguments with an error that says what they should be",
                verdict="error",
            )  # fmt: skip
        return Finding(
            "S304", "wrong-structure", f"{name} {call.message}", kind, **where,
            help="return a tuple in the cell's order, or a dict by name", verdict="error",
        )  # fmt: skip

    def _unsteady(self, first: NumberCall, second: NumberCall) -> str:
        """The first result that two calls do not agree on, beyond rounding."""
        for key in (*first.results, *second.results):
            a, b = first.results.get(key), second.results.get(key)
            if a is None or b is None or a.shape != b.shape or not _are_close(a.values, b.values):
                return self._binding.result_name(key)
        return ""

    def _matched(self, call: NumberCall, sizes: Sizes) -> Returned:
        """The results by name; an element is its place in the array of the key it came under."""
        results = {k: Result(a.shape, tuple(range(len(a.values)))) for k, a in call.results.items()}
        trace = Trace(places=call.places, results=results, is_dict=call.is_dict)
        return match_results(self._binding, trace, sizes, self._run.texts)

    def _measure(
        self, point: _Point, call: NumberCall, results: Mapping[str, Sequence[int]]
    ) -> None:
        """How far each element of each result is off at a point."""
        terms = Terms()
        _, expected = interpret(
            self._run.cell, self._run.system, self._binding.kind, terms, point.sizes,
            self._binding.absent,
        )  # fmt: skip
        values = reals.evaluate(terms, [e for name in results for e in expected[name]], point.at)
        in_floats = self._in_floats(point)
        found = {self._binding.result_name(k): a.values for k, a in call.results.items()}
        self._points += 1
        for name in results:
            wanted = [values[element] for element in expected[name]]
            exact = [math.nan if value is None else float(value) for value in wanted]
            known = [n for n, value in enumerate(exact) if math.isfinite(value)]
            lost = max(map(_off, exact, in_floats[name]), default=0.0)
            offs = list(map(_off, exact, found[name]))
            if known and math.isfinite(lost):
                self._entries += len(known)
                n = max(known, key=offs.__getitem__)
                argument = next(r for r in self._binding.asked if r.name == name)
                element = list(symbol_names(argument, point.sizes))[n]
                self._errors.append(
                    _Error(name, element, abs(found[name][n] - exact[n]), offs[n], lost,
                           wanted[n], found[name][n], point)
                )  # fmt: skip

    def _in_floats(self, point: _Point) -> dict[str, Sequence[float]]:
        """The results by the generated code, in float64."""
        given: dict[str, Any] = {}
        for argument in self._binding.signature.arguments:
            array = point.array(argument)
            given[argument.name] = np.array(array.values, dtype=np.float64).reshape(array.shape)
        names = [r.name for r in self._binding.signature.results]
        with np.errstate(all="ignore"):
            returned = self._equations(**given)
        by_name: dict[str, Any] = named(returned)
        if not isinstance(returned, dict):
            by_name = dict(zip(names, by_name.values(), strict=True))
        return {name: np.asarray(by_name[name]).ravel().tolist() for name in names}

    def said(self) -> list[Finding]:
        """The verdict on all points together."""
        wrong = [error for error in self._errors if error.is_wrong]
        if wrong:
            return [self._refuted(wrong)]
        compared = {error.result for error in self._errors}
        untold = [asked.name for asked in self._binding.asked if asked.name not in compared]
        if untold or not compared:
            names = ", ".join(untold) or "anything"
            note = f"as a black box it has no numbers to be compared with for {names}"
            return [replace(self._opened, notes=(*self._opened.notes, note))]
        worst = max(self._errors, key=lambda error: error.relative)
        measured = {
            "result": worst.result,
            "absolute": _or_none(worst.absolute), "relative": _or_none(worst.relative),
            "points": self._points, "entries": self._entries, "seed": self._seed,
        }  # fmt: skip
        extent = (
            f"largest error {worst.absolute:.2g}, relative {worst.relative:.2g}, in "
            f"{worst.element}: {self._entries} numbers at {self._points} points, initial states "
            f"of zero among them; seed {self._seed}"
        )
        if all(error.is_rounding for error in self._errors):
            return [
                replace(
                    self._opened, code="S413", kind="tested", verdict="tested",
                    message=f"{self._opened.message}; on numbers it agrees with the equations",
                    notes=(*self._opened.notes, extent), measured=measured,
                )
            ]  # fmt: skip
        between = (
            f"as a black box it is off by more than float64 rounds ({ROUNDING:g}), and by less "
            f"than what is surely wrong ({WRONG:g})"
        )
        return [
            replace(
                self._opened, notes=(*self._opened.notes, between, extent), measured=measured
            )
        ]  # fmt: skip

    def _refuted(self, wrong: Sequence[_Error]) -> Finding:
        """The first wrong result, by the element that is furthest off."""
        order = [r.name for r in self._binding.asked]
        names = sorted({error.result for error in wrong}, key=order.index)
        of_first = [error for error in wrong if error.result == names[0]]
        worst = max(of_first, key=lambda error: error.relative)
        asked = next(r for r in self._binding.asked if r.name == names[0])
        name = label(asked, self._binding.kind)
        expected, found = reals.shown(worst.expected), f"{worst.found:.15g}"
        notes = [
            equation_note(self._run, name),
            f"for example {worst.element}: {found}, the equations give {expected}",
            f"differing too: {', '.join(names[1:])}" if names[1:] else "",
            f"compared as a black box: {self._opened.message}" + self._line(),
            f"off by {worst.relative:.2g} of the larger of 1 and the number itself; no rounding "
            f"makes more than {WRONG:g}; seed {self._seed}",
        ]
        return Finding(
            "S112", "wrong-value",
            f"{in_prose(self._run, name)} differs from its equation, on numbers",
            self._binding.kind, name, **self._where,
            notes=tuple(note for note in notes if note),
            help=f"compute {in_prose(self._run, name)} as its equation says",
            counterexample={
                "result": names[0], "expected": expected, "found": found,
                "sizes": dict(worst.point.sizes),
                "at": {symbol: str(value) for symbol, value in worst.point.at.items()},
            },
        )  # fmt: skip

    def _line(self) -> str:
        return f" (line {self._opened.line})" if self._opened.line else ""


def _or_none(value: float) -> float | None:
    """JSON has no infinity."""
    return value if math.isfinite(value) else None


def _off(exact: float, found: float) -> float:
    """How far a number is off, relative to the larger of 1 and itself; infinity for what is none.

    Where the equations have no number there is nothing to be off.
    """
    if not math.isfinite(exact):
        return 0.0
    return abs(found - exact) / max(1.0, abs(exact)) if math.isfinite(found) else math.inf


def _are_close(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two calls agree but for rounding; NaN agrees with NaN, an infinity with its like."""
    return all(
        x == y
        or (x != x and y != y)
        or abs(x - y) <= ROUNDING * max(1.0, abs(x), abs(y)) < math.inf
        for x, y in zip(a, b, strict=True)
    )
