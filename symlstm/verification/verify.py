"""The verdict: bind, trace, interpret, compare, explain.

`check` does this for one subject; `verify` is the public function; `verify_builtin` is the main
job, which proves for a cell that generated code = equations = hand-written reference.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import random
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symlstm.calculus.gradient import GradientSystem, derive
from symlstm.cell import Cell
from symlstm.interface import KINDS, Sizes
from symlstm.messages import BindingError, Span, SymlstmError, UsageError
from symlstm.notation.reading import load_cell
from symlstm.proof import reals
from symlstm.proof.compare import Comparison, compare
from symlstm.proof.interpret import Interpretation, carried, interpret, symbol_names
from symlstm.proof.signs import unsure_denominators, unsure_domains
from symlstm.proof.terms import Terms
from symlstm.tracing.parent import MEMORY, TIMEOUT, TracedRun
from symlstm.tracing.run import same_trace, sample
from symlstm.tracing.trace import Trace
from symlstm.verification.binding import (
    Binding,
    SourceTexts,
    bind,
    infer_kind,
    label,
    match_results,
)
from symlstm.verification.conditions import conditions, merged
from symlstm.verification.diagnosis import Case, diagnose
from symlstm.verification.report import Finding, Report
from symlstm.verification.subject import (
    LocalSubject,
    Subject,
    file_subject,
    generated_subject,
    reference_subject,
)

Progress = Callable[[str], None]


def quiet(text: str) -> None:
    """Progress that is shown to nobody."""


def default_sizes(cell: Cell) -> tuple[dict[str, int], ...]:
    """Two sets of sizes: distinct, at least 2, T at least 3, the dimensions in both orders.

    Sizes that are alike, a single example and a single step each hide real mistakes.
    """
    names = [d.name for d in cell.dimensions]
    primes = (2, 3, 5, 7, 11, 13, 17, 19)
    if len(names) > len(primes) - 1:
        raise UsageError("S004", f"{cell.name} has more than {len(primes) - 1} dimensions")
    rising = primes[1 : len(names) + 1]
    falling = [p for p in primes if p != 3][len(names) - 1 :: -1] if names else []
    return (
        {"B": 2, "T": 3} | dict(zip(names, rising, strict=True)),
        {"B": 3, "T": 4} | dict(zip(names, falling, strict=True)),
    )


@dataclass(frozen=True)
class Options:
    """How to verify.

    Args:
        sizes: the sets of sizes; empty: `default_sizes`.
        seed: makes a run repeatable; None: drawn.
        wrt: the names whose gradients are compared; empty: all.
        strict: a proof that rests on conditions counts as undecided.
    """

    sizes: tuple[Sizes, ...] = ()
    seed: int | None = None
    wrt: tuple[str, ...] = ()
    strict: bool = False
    timeout: float = TIMEOUT
    memory: int = MEMORY
    progress: Progress = quiet


def verify(
    target: str | Callable[..., Any] | Mapping[str, Callable[..., Any]] | None = None,
    cell: str | Cell = "lstm",
    *,
    sizes: Sizes | Sequence[Sizes] = (),
    seed: int | None = None,
    wrt: Sequence[str] = (),
    strict: bool = False,
    timeout: float = TIMEOUT,
) -> Report:
    """Prove or refute that an implementation computes the equations of a cell.

    Args:
        target: `FILE.py`, `FILE.py:NAME`, a function, or functions by kind (`step`, `sequence`,
            `gradients`); None: the cell's generated code and its reference.
        cell: a cell, the name of a built-in one, or the path of an equations file.
        sizes: one set of sizes or several, such as {"B": 2, "T": 3, "D": 3, "H": 5}.
        seed: makes the run repeatable.
        wrt: the names whose gradients are compared; empty: all.
        strict: a proof that rests on conditions counts as undecided.
        timeout: seconds that a file may run.
    Raises:
        SymlstmError: the cell, the file, its functions or the sizes do not fit.
    """
    known = cell if isinstance(cell, Cell) else load_cell(cell)
    several = (sizes,) if isinstance(sizes, Mapping) else tuple(sizes)
    options = Options(several, seed, tuple(wrt), strict, timeout)
    if target is None:
        return verify_builtin(known, options)
    if isinstance(target, str):
        return verify_file(target, known, options)
    callables = {target.__name__: target} if callable(target) else dict(target)
    file = next((f.__code__.co_filename for f in callables.values() if hasattr(f, "__code__")), "")
    subject = LocalSubject(", ".join(callables), file, callables)
    return check(subject, known, options, only=next(iter(callables)) if callable(target) else None)


def verify_file(target: str, cell: Cell, options: Options) -> Report:
    """Verify `FILE.py` or `FILE.py:NAME`."""
    path, colon, name = target.rpartition(":")
    if not colon or not path.endswith(".py"):
        path, name = target, ""
    subject = file_subject(path, options.timeout, options.memory)
    return check(subject, cell, options, only=name or None)


def verify_builtin(cell: Cell, options: Options) -> Report:
    """Generated code = equations = reference, forward and backward."""
    options.progress(f"{cell.name}: generated code")
    reports = [check(generated_subject(cell), cell, options)]
    reference = reference_subject(cell)
    if reference is not None:
        options.progress(f"{cell.name}: reference")
        reports.append(check(reference, cell, replace(options, seed=reports[0].seed)))
    return merge(reports)


def verify_library(
    cells: Sequence[Cell],
    options: Options,
    showing: Callable[[int], AbstractContextManager[Progress]] = lambda _: nullcontext(quiet),
) -> list[Report]:
    """The main job for several cells, spread over the processors; reports in the cells' order.

    Args:
        showing: opens a progress bar for so many cells; the workers are started before it.
    """
    workers = min(len(cells), os.cpu_count() or 1)
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    alone = replace(options, seed=seed, progress=quiet)
    method = "fork" if sys.platform == "linux" else "spawn"
    with ProcessPoolExecutor(workers, multiprocessing.get_context(method)) as pool:
        futures = {pool.submit(verify_builtin, cell, alone): cell.name for cell in cells}
        with showing(len(cells)) as progress:
            for future in as_completed(futures):
                progress(f"{futures[future]}: {future.result().verdict}")
    return [future.result() for future in futures]


def merge(reports: Sequence[Report]) -> Report:
    """Reports on several subjects of one cell as one."""
    first = reports[0]
    return replace(
        first,
        subject=" = ".join(report.subject for report in reports),
        comparisons=sum(report.comparisons for report in reports),
        bound_bits=min(report.bound_bits for report in reports),
        conditions=merged(c for report in reports for c in report.conditions),
        assumed=_unique(a for report in reports for a in report.assumed),
        findings=tuple(f for report in reports for f in report.findings),
    )


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def check(subject: Subject, cell: Cell, options: Options, only: str | None = None) -> Report:
    """Verify one subject.

    Args:
        only: the name of the one function to check, under any name; None: those that are called
            `step`, `sequence` and `gradients`.
    Raises:
        SymlstmError: what cannot be bound, loaded or run at all.
    """
    sizes = options.sizes or default_sizes(cell)
    for each in sizes:
        check_sizes(cell, each)
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    bindings = _bindings(subject, cell, options, only)
    options.progress(f"{cell.name}: tracing {subject.name}")
    traced = subject.trace(
        {b.kind: (b.name, [b.symbols(each) for each in sizes]) for b in bindings}
    )
    texts = SourceTexts()
    if isinstance(subject, LocalSubject) and subject.source is not None:
        texts.add(subject.file, subject.source)
    gathered = _Gathered()
    system = derive(cell)
    for binding in bindings:
        for n, each in enumerate(sizes):
            options.progress(f"{cell.name}: proving {binding.name} of {subject.name}")
            rng = random.Random(f"{seed} {binding.kind} {n}")
            run = _Check(cell, system, binding, each, traced[binding.kind][n], texts, rng)
            if run.into(gathered):
                break
    return Report(
        cell=cell.name,
        subject=subject.name,
        functions=tuple(b.kind for b in bindings),
        sizes=tuple(sizes),
        seed=seed,
        comparisons=gathered.comparisons,
        bound_bits=gathered.bound_bits,
        conditions=merged(gathered.conditions),
        assumed=_unique(gathered.assumed),
        findings=_one_a_cause(gathered.findings),
        strict=options.strict,
    )


def check_sizes(cell: Cell, sizes: Sizes) -> None:
    """Refuse a set of sizes that lacks one, names an unknown one or is not positive."""
    wanted = {"B", "T", *(d.name for d in cell.dimensions)}
    missing = wanted - set(sizes)
    unknown = set(sizes) - wanted
    if missing or unknown:
        what = (
            f"lacks {', '.join(sorted(missing))}"
            if missing
            else (f"has {', '.join(sorted(unknown))}, which {cell.name} does not have")
        )
        raise UsageError(
            "S005", f"the set of sizes {what}",
            help=f"give --sizes {','.join(f'{n}=…' for n in sorted(wanted))}",
        )  # fmt: skip
    small = [n for n, size in sizes.items() if size < 1]
    if small:
        raise UsageError(
            "S005", f"the size {small[0]}={sizes[small[0]]} is not positive",
            help="sizes of at least 2, T of at least 3, hide the fewest mistakes",
        )  # fmt: skip


def _bindings(subject: Subject, cell: Cell, options: Options, only: str | None) -> list[Binding]:
    functions = subject.functions()
    chosen = [f for f in functions if (f.name == only if only else f.name in KINDS)]
    if not chosen:
        names = ", ".join(f.name for f in functions) or "none"
        what = f"no function {only}" if only else "no function step, sequence or gradients"
        raise BindingError(
            "S305", f"{subject.name} has {what}", Span(subject.file, 0),
            notes=(f"its functions are {names}",),
            help="define one of them, or name a function: FILE.py:NAME",
        )  # fmt: skip
    bindings: list[Binding] = []
    for function in chosen:
        kind = infer_kind(cell, function.name, function.arguments)
        where = Span(subject.file, function.line)
        bindings.append(bind(cell, kind, function.name, function.arguments, where, options.wrt))
    return sorted(bindings, key=lambda b: KINDS.index(b.kind))


@dataclass
class _Gathered:
    """What the runs of one subject have shown so far.

    Args:
        wrong: (file, function) of the user's functions in which a fault was found.
    """

    comparisons: int = 0
    bound_bits: int = 2**31
    conditions: list[str] = field(default_factory=list[str])
    assumed: list[str] = field(default_factory=list[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    wrong: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


@dataclass(frozen=True)
class _Check:
    """One function at one set of sizes."""

    cell: Cell
    system: GradientSystem
    binding: Binding
    sizes: Sizes
    run: TracedRun
    texts: SourceTexts
    rng: random.Random

    def into(self, gathered: _Gathered) -> bool:
        """Add what is found; whether anything was."""
        trace = self.run.first
        gathered.assumed += self._assumptions(trace)
        findings = self._outcome(trace)
        if not findings:
            returned = match_results(self.binding, trace, self.sizes, self.texts)
            findings += self._on_numbers(trace)
            gathered.assumed += returned.notes
            findings += [*returned.findings, *self._repeatability(), *self._mutations(trace)]
            findings += self._compare(returned.results, gathered)
        gathered.findings += self._not_shown_before(findings, gathered)
        return bool(findings)

    def _not_shown_before(
        self, findings: Sequence[Finding], gathered: _Gathered
    ) -> Sequence[Finding]:
        """The findings, unless this function calls one that was found wrong on its own.

        What is computed from a wrong value is wrong too, and says nothing of its own.
        """
        if not findings or not all(f.verdict == "differs" for f in findings):
            return findings
        places = [p for event in self.run.first.events for p in event.places]
        shared = sorted({p.function for p in places if (p.file, p.function) in gathered.wrong})
        if shared:
            gathered.assumed.append(
                f"{self.binding.name} differs too; it calls {', '.join(shared)}, and is explained "
                "when that is mended"
            )
            return ()
        at = {(f.file, f.line) for f in findings}
        gathered.wrong |= {
            (p.file, p.function)
            for p in (*places, *self.run.first.places)
            if (p.file, p.line) in at and p.function
        }
        return findings

    def _assumptions(self, trace: Trace) -> list[str]:
        zero = [a.name for a in self.binding.signature.arguments if a.name in self.binding.absent]
        texts = [f"{name} = 0: {self.binding.name} has no such argument" for name in zero]
        asked = {r.name for r in self.binding.asked}
        gone = {"d" + name for name in zero}
        left = [r.name for r in self.binding.signature.results if r.name not in asked | gone]
        if left:
            texts.append(f"{', '.join(left)} of {self.binding.name} not asked for")
        texts += [f"{text} is read as {value}" for text, value in trace.readings.items()]
        return [*texts, *trace.notes]

    def _outcome(self, trace: Trace) -> list[Finding]:
        """What is to be said of a run that did not return."""
        where = self.texts.place(trace.places[0] if trace.places else None)
        name, kind = self.binding.name, self.binding.kind
        match trace.outcome:
            case "returned":
                return []
            case "raised":
                return [
                    Finding(
                        "S501", "crashed", f"{name} raised {trace.message}", kind, **where,
                        help="call it with arrays of the shapes "
                        + ", ".join(f"{n} {shape}" for n, (_, shape) in self._shapes()[:3]) + ", …",
                        verdict="error",
                    )
                ]  # fmt: skip
            case "structure":
                message = f"{name} {trace.message}"
                return [
                    Finding("S304", "wrong-structure", message, kind, **where,
                            help="return a tuple in the cell's order, or a dict by name",
                            verdict="error")
                ]  # fmt: skip
            case _:
                message = f"{name} cannot be followed on symbols: {trace.message}"
                return [
                    Finding("S410", "undecided", message, kind, **where, help=trace.help,
                            verdict="undecided")
                ]  # fmt: skip

    def _shapes(self) -> list[tuple[str, tuple[str, tuple[int, ...]]]]:
        return list(self.binding.symbols(self.sizes).items())

    def _on_numbers(self, trace: Trace) -> list[Finding]:
        """Whether the code computes on float64 arrays what it computed on symbols.

        The trace is only as good as the tracer, and code may tell symbols from numbers.
        """
        if self.run.numbers is None:
            return [self._unlike_numbers("it raises when it is called with float64 arrays")]
        point = {
            name: Fraction(value, 16)
            for argument, values in sample(self.binding.symbols(self.sizes)).items()
            for name, value in zip(self._symbol_names(argument), values, strict=True)
        }
        roots = [e for r in trace.results.values() for e in r.elements]
        values = reals.evaluate(self.run.terms, roots, point)
        for key, result in trace.results.items():
            numbers = self.run.numbers.get(key, ())
            if len(numbers) != len(result.elements):
                return [self._unlike_numbers(f"{self._result_name(key)} has another size")]
            for number, element in zip(numbers, result.elements, strict=True):
                if not _is_close(number, values[element]):
                    expected = reals.shown(values[element])
                    return [
                        self._unlike_numbers(
                            f"an element of {self._result_name(key)} is {number:.9g} on numbers "
                            f"and {expected} as it was followed"
                        )
                    ]
        return []

    def _symbol_names(self, argument: str) -> Iterator[str]:
        known = self.binding.signature.argument(argument)
        assert known is not None
        return symbol_names(known, self.sizes)

    def _unlike_numbers(self, what: str) -> Finding:
        places = self.run.first.places
        return Finding(
            "S412", "undecided",
            f"{self.binding.name} does not compute on numbers what it computes on symbols: {what}",
            self.binding.kind, **self.texts.place(places[0] if places else None),
            help="does it look at types, convert to integers, or divide by what is zero?",
            verdict="undecided",
        )  # fmt: skip

    def _repeatability(self) -> list[Finding]:
        key = same_trace(self.run.first, self.run.second)
        if key is None or self._are_equal(self.run.first, self.run.second):
            return []
        name = self._result_name(key)
        places = self.run.first.places
        return [
            Finding(
                "S120", "not-deterministic",
                f"two calls of {self.binding.name} with the same arguments return different "
                f"{name or 'results'}",
                self.binding.kind, **self.texts.place(places[0] if places else None),
                help="state is kept between calls, or random numbers are drawn",
            )
        ]  # fmt: skip

    def _are_equal(self, first: Trace, second: Trace) -> bool:
        """Whether two runs computed the same in another form, as with a cache."""
        shapes = [{key: r.shape for key, r in t.results.items()} for t in (first, second)]
        if not first.results or shapes[0] != shapes[1]:
            return False
        pairs = [
            pair
            for key, result in first.results.items()
            for pair in zip(result.elements, second.results[key].elements, strict=True)
        ]
        return compare(self.run.terms, pairs, self.rng).is_proved

    def _result_name(self, key: str) -> str:
        names = [r.name for r in self.binding.signature.results]
        return names[int(key)] if key.isdigit() and int(key) < len(names) else key

    def _mutations(self, trace: Trace) -> list[Finding]:
        return [
            Finding(
                "S121", "mutated-argument", f"{self.binding.name} changes its argument {name}",
                self.binding.kind, term=name,
                **self.texts.place(places[0] if places else None),
                help=f"write into a copy: {name}.copy()",
            )
            for name, places in trace.mutated.items()
        ]  # fmt: skip

    def _compare(
        self, results: Mapping[str, tuple[int, ...]], gathered: _Gathered
    ) -> list[Finding]:
        terms = self.run.terms
        traced = len(terms)
        found, expected = interpret(
            self.cell, self.system, self.binding.kind, terms, self.sizes, self.binding.absent
        )
        pairs = [
            (a, b)
            for name, elements in results.items()
            for a, b in zip(expected[name], elements, strict=True)
        ]
        if not pairs:
            return []
        comparison = compare(terms, pairs, self.rng, carried(self.cell, found), self._zeroed())
        gathered.comparisons += len(pairs)
        gathered.bound_bits = min(gathered.bound_bits, comparison.bound_bits)
        gathered.conditions += self._conditions(terms, found, comparison, traced)
        if comparison.is_proved:
            return []
        return self._explain(results, expected, found, comparison)

    def _zeroed(self) -> list[list[str]]:
        """Further real points: initial states zero; all signals zero; everything zero."""
        arguments = self.binding.signature.arguments
        signals = [a.name for a in arguments if a.axes]
        return [list(self.binding.initial), signals, [a.name for a in arguments]]

    def _conditions(
        self, terms: Terms, found: Interpretation, comparison: Comparison, traced: int
    ) -> list[str]:
        return conditions(
            terms, [(self.system, found)],
            dict.fromkeys([*self._denominators(traced), *comparison.boundaries]),
            [*comparison.domains, *unsure_domains(self.run.terms, range(traced))],
            random.Random(self.rng.getrandbits(64)),
        )  # fmt: skip

    def _denominators(self, traced: int) -> list[int]:
        """What the implementation divides by and may be 0, also where the quotient is not used.

        A quotient times 0 is folded to 0, but is NaN where its denominator is 0.

        Args:
            traced: how many terms the implementation made.
        """
        return unsure_denominators(self.run.terms, range(traced))

    def _explain(
        self,
        results: Mapping[str, tuple[int, ...]],
        expected: Mapping[str, list[int]],
        found: Interpretation,
        comparison: Comparison,
    ) -> list[Finding]:
        verdicts = iter(comparison.verdicts)
        of_result = {name: [next(verdicts) for _ in elements] for name, elements in results.items()}
        findings: list[Finding] = []
        wrong = {n for n, all_ in of_result.items() if any(v.status == "differs" for v in all_)}
        if wrong:
            case = Case(
                self.cell, self.system, self.binding, self.sizes, self.run, found, results,
                expected, frozenset(wrong), of_result, self.texts, self.rng,
            )  # fmt: skip
            findings += diagnose(case)
        else:
            findings += [
                self._undecided(name, v.reason)
                for name, all_ in of_result.items()
                for v in all_
                if v.status == "undecided"
            ][:1]
        return findings

    def _undecided(self, name: str, reason: str) -> Finding:
        asked = next(r for r in self.binding.asked if r.name == name)
        return Finding(
            "S411", "undecided", f"{name} could be neither proved nor refuted: {reason}",
            self.binding.kind, label(asked, self.binding.kind),
            help="write it with operations that the prover knows, or test it numerically",
            verdict="undecided",
        )  # fmt: skip


def _is_close(number: float, value: Any) -> bool:
    """Whether a float is what 50 digits say, to within rounding; where they say nothing, yes."""
    if value is None:
        return True
    exact = float(value)
    return math.isfinite(number) and abs(number - exact) <= 1e-6 * max(1.0, abs(exact))


def _one_a_cause(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """One finding a cause: what one function shows at a line is not repeated for another."""
    kept: list[Finding] = []
    for finding in findings:
        shown = any(
            (earlier.file, earlier.line, earlier.verdict) == (finding.file, finding.line, "differs")
            and (
                earlier.function != finding.function
                or (earlier.equation, earlier.kind) == (finding.equation, finding.kind)
            )
            for earlier in kept
            if finding.line and finding.verdict == "differs"
        )
        if not shown and finding not in kept:
            kept.append(finding)
    return tuple(kept)


def error_report(error: SymlstmError, cell: str, subject: str) -> Report:
    """An error as a report, so that `--json` prints one object whatever happens."""
    message = error.message
    span = message.spans[0] if message.spans else Span("", 0)
    kind = "crashed" if message.code.startswith("S50") else "error"
    finding = Finding(
        code=message.code, kind=kind, message=message.text, file=span.file,
        line=span.line or None, source=span.text, notes=message.notes, help=message.help,
        verdict="error",
    )  # fmt: skip
    return Report(cell, subject, (), (), 0, findings=(finding,))
