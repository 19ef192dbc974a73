"""The assessment: what really happens in float32 and float64, and which line is to blame.

Every function is called for real at every point, in both precisions, and its results are compared
with what its own formulas give exactly. The line is found on the trace, evaluated beside the exact
values (`rounding`). A remark is made only of what the real call shows as well: a warning of
NumPy's, or an exception, on that line, or a result that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isinf, isnan
from typing import Any, cast

import mpmath
import numpy as np

from symlstm.interface import Sizes
from symlstm.messages import SymlstmError
from symlstm.tracing.parent import TracedRun
from symlstm.tracing.precisions import PRECISIONS
from symlstm.tracing.trace import Event
from symlstm.verification.binding import Binding
from symlstm.verification.numerics.points import NumericPoint, points
from symlstm.verification.numerics.remedies import CANCELLATION, HALF, Remedy, remedy_of
from symlstm.verification.numerics.rounding import Exact, Rounded, as_float
from symlstm.verification.numerics.summary import Accuracy, Numerics
from symlstm.verification.report import Finding
from symlstm.verification.sources import SourceTexts
from symlstm.verification.subject import NumericCall, Subject

CODES = {"overflow": "S601", "underflow": "S602", "loss": "S603"}
LARGEST = 100_000
"""So many terms of one function are evaluated to 50 digits at every point, and not more."""


@dataclass
class Trouble:
    """One operation that goes wrong: from which magnitude in each precision, and what comes."""

    kind: str
    event: Event
    function: str
    remedy: Remedy
    begins: dict[str, int] = field(default_factory=dict[str, int])
    worst: tuple[float, str, str] = (0.0, "", "")

    def begin(self, precision: str, magnitude: int) -> None:
        self.begins[precision] = min(self.begins.get(precision, magnitude), magnitude)

    def weigh(self, loss: float, equation: str, text: str) -> None:
        if not self.worst[1] or loss > self.worst[0]:
            self.worst = (loss, equation, text)


def assess(
    subject: Subject,
    bindings: Sequence[Binding],
    traced: Mapping[str, TracedRun],
    sizes: Sizes,
    texts: SourceTexts,
    seed: int,
) -> tuple[Numerics, list[Finding]]:
    """The largest errors, and a remark for every operation that is to blame."""
    accuracies: list[Accuracy] = []
    notes: list[str] = []
    troubles: dict[Any, Trouble] = {}
    for binding in bindings:
        run = traced[binding.kind]
        if run.first.outcome != "returned":
            notes.append(f"{binding.name} could not be traced: its numbers were not compared")
            continue
        if len(run.terms) > LARGEST:
            notes.append(
                f"{binding.name} has {len(run.terms):,} terms, more than {LARGEST:,}: its numbers "
                "were not compared; give smaller sizes"
            )
            continue
        drawn = list(points(binding, sizes, seed))
        answers = _answers(subject, binding, drawn)
        if answers is None:
            notes.append(f"{binding.name} did not answer on numbers: they were not compared")
            continue
        for n, point in enumerate(drawn):
            exact = Exact(run.terms, run.first, point.of_symbols(), f"{seed} {binding.kind} {n}")
            for k, precision in enumerate(PRECISIONS):
                answer = answers[n * len(PRECISIONS) + k]
                trial = _Trial(binding, run, point, precision, exact, answer)
                accuracies.append(trial.accuracy())
                trial.find(troubles)
                notes += trial.notes()
    findings = [_finding(trouble, texts) for trouble in troubles.values()]
    return Numerics(seed, tuple(accuracies), tuple(dict.fromkeys(notes))), findings


def _answers(
    subject: Subject, binding: Binding, drawn: Sequence[NumericPoint]
) -> list[dict[str, Any]] | None:
    """What the function returns at every point in every precision; None: nothing to be had."""
    calls = [_call(binding, point, each) for point in drawn for each in PRECISIONS]
    try:
        answers = [_checked(answer) for answer in subject.call_in_precision(calls)]
    except (SymlstmError, KeyError, TypeError, ValueError, AttributeError):
        return None  # a remark changes no verdict, and neither does the lack of one
    return answers if len(answers) == len(calls) else None


def _checked(plain: Any) -> dict[str, Any]:
    """What `call_in_precision` returned, from another process.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is something else.
    """
    results: dict[Any, Any] = plain["results"] or {}
    raised = plain["raised"]
    return {
        "results": {str(k): [float(v) for v in values] for k, values in results.items()},
        "dtypes": {str(key): str(name) for key, name in plain["dtypes"].items()},
        "warnings": [(str(file), int(line), str(text)) for file, line, text in plain["warnings"]],
        "raised": (str(raised[0]), int(raised[1]), str(raised[2])) if raised else None,
    }


def _call(binding: Binding, point: NumericPoint, precision: str) -> NumericCall:
    given = {
        name: ([float(value) for value in entries], shape)
        for name, (entries, shape) in point.values.items()
    }
    return NumericCall(binding.name, precision, given)


class _Trial:
    """One function at one point in one precision."""

    def __init__(
        self,
        binding: Binding,
        run: TracedRun,
        point: NumericPoint,
        precision: str,
        exact: Exact,
        answer: Mapping[str, Any],
    ) -> None:
        self._binding, self._run, self._point = binding, run, point
        self._precision, self._exact, self._answer = precision, exact, answer
        self._rounded = Rounded(exact, run.first, precision)

    def _results(self) -> list[tuple[str, int, float]]:
        """Every number returned: the name of its result, its term, and its value."""
        found: Mapping[str, Sequence[float]] = self._answer["results"]
        return [
            (self._binding.result_name(key), term, float(value))
            for key, result in self._run.first.results.items()
            if len(found.get(key, ())) == len(result.elements)
            for term, value in zip(result.elements, found[key], strict=True)
        ]

    def notes(self) -> list[str]:
        others = {d for d in self._answer["dtypes"].values() if d != self._precision}
        kind = f"{self._binding.name} returns {', '.join(sorted(others))} for {self._precision}"
        return [kind] if others else []

    def accuracy(self) -> Accuracy:
        """The largest error of what was really returned."""
        limits = self._rounded.limits
        count = dict.fromkeys(("nan", "infinite", "beyond", "underflow"), 0)
        worst, name = 0.0, ""
        for result, term, value in self._results():
            exact = self._exact.values[term]
            if exact is None:
                continue
            if self._rounded.is_beyond(term):
                count["beyond"] += 1
            elif isnan(value):
                count["nan"] += 1
            elif isinf(value):
                count["infinite"] += 1
            else:
                error = as_float(abs(exact - value) / max(1, abs(exact)))
                worst, name = max((worst, name), (error, result), key=lambda pair: pair[0])
                is_small = exact and abs(value) < float(limits.tiny)
                if is_small and self._rounded.loss_of(term, value) > 4 * float(limits.eps):
                    count["underflow"] += 1
        raised = self._answer["raised"]
        return Accuracy(
            self._binding.kind, self._precision, self._point.magnitude, self._point.is_offset,
            worst, worst / float(limits.eps), name, **count, raised=raised[2] if raised else "",
        )  # fmt: skip

    def find(self, troubles: dict[Any, Trouble]) -> None:
        """Add the operations that go wrong here to those that are known."""
        rounded = self._rounded
        complaints = {(file, line) for file, line, _ in self._answer["warnings"]}
        if self._answer["raised"]:
            complaints.add(tuple(self._answer["raised"][:2]))
        for event, term in rounded.overflowed:
            if any((p.file, p.line) in complaints for p in event.places):
                self._trouble(troubles, term).weigh(*self._of_value(term))
        for name, term, value in self._results():
            if not rounded.is_lost(term, value):
                continue
            if not rounded.is_lost(term, float(rounded.value(term))):
                continue  # lost in another way than the trace shows
            trouble = self._trouble(troubles, rounded.cause(term))
            exact = _short(self._exact.values[term])
            loss = inf if not np.isfinite(value) else rounded.loss_of(term, value)
            extent = 1e300 if loss == inf else loss
            text = f"{name} is {value:.6g} where {exact} is exact"
            if extent < 1:
                text = f"{name} has a relative error of {extent:.1e}"
            trouble.weigh(1.0 + extent, name, text + f", in {self._where()}")

    def _of_value(self, term: int) -> tuple[float, str, str]:
        """What an overflow comes to where no result is wrong."""
        exact = _short(self._exact.values[term])
        beyond = [n for n, t, _ in self._results() if self._rounded.is_beyond(t)]
        text = f"its value is inf where {exact} is exact, in {self._where()}"
        if self._answer["raised"]:
            return 2.0, "", f"{text}: {self._answer['raised'][2]}"
        if beyond:
            return 0.5, beyond[0], f"{text}; {beyond[0]} itself is beyond {self._precision}"
        return 0.0, "", text + "; the results stay right"

    def _where(self) -> str:
        near = "near " if self._point.is_offset else "up to "
        return f"{self._precision} with inputs {near}{self._point.magnitude}"

    def _trouble(self, troubles: dict[Any, Trouble], cause: int) -> Trouble:
        rounded = self._rounded
        event = rounded.makers.get(cause) or self._run.first.events[-1]
        kind = self._kind(cause)
        place = event.places[0] if event.places else None
        remedy = remedy_of(self._run.terms, cause, self._exact.live, kind)
        key = (place, kind, remedy)
        if key not in troubles:
            troubles[key] = Trouble(kind, event, self._binding.kind, remedy)
        troubles[key].begin(self._precision, self._point.magnitude)
        return troubles[key]

    def _kind(self, cause: int) -> str:
        found, rounded = float(self._rounded.value(cause)), self._rounded
        node = self._run.terms.nodes[cause]
        adds = node[0] in ("sum", "dot")
        if not np.isfinite(found):
            return "overflow" if rounded.is_beyond(cause) or adds else "loss"
        return "underflow" if abs(found) < float(rounded.limits.tiny) and not adds else "loss"


def _short(value: Any) -> str:
    return str(cast(Any, mpmath).nstr(value, 6)) if value is not None else "nothing"


def _what(trouble: Trouble) -> str:
    """What an operation does wrong, in a few words."""
    operation = trouble.event.operation.split(".")[0]
    if trouble.kind != "loss":
        return f"{operation} {trouble.kind}s"
    if trouble.remedy in (CANCELLATION, HALF):
        return f"{operation} loses accuracy to cancellation"
    return f"{operation} is wrong by rounding, though what it reads is not"


def _finding(trouble: Trouble, texts: SourceTexts) -> Finding:
    begins = ", ".join(
        f"in {precision} from inputs of {magnitude} on"
        for precision, magnitude in sorted(trouble.begins.items())
    )
    _, equation, text = trouble.worst
    form = (f"this is {trouble.remedy.form}",) if trouble.remedy.form else ()
    return Finding(
        CODES[trouble.kind], "numerics", f"{_what(trouble)}, {begins}",
        trouble.function, equation, notes=(*form, text), help=trouble.remedy.help,
        **texts.place_of(trouble.event.places),
    )  # fmt: skip
