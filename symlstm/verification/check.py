"""The check of one subject: bind, trace, compare every function at every set of sizes, gather."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from symlstm.calculus.gradient import derive
from symlstm.cell import Cell
from symlstm.interface import KINDS
from symlstm.messages import BindingError, Span
from symlstm.proof.garbage import seldom_collected
from symlstm.tracing.parent import TracedRun
from symlstm.tracing.trace import Place
from symlstm.verification import conduct
from symlstm.verification.agreement import agreement
from symlstm.verification.binding import Binding, bind, infer_kind, match_results
from symlstm.verification.black_box import black_box
from symlstm.verification.case import BoundRun, Case
from symlstm.verification.conditions import merged
from symlstm.verification.findings import UNEXPLAINED, unexplained
from symlstm.verification.numerics.assessing import assess
from symlstm.verification.options import Diagnosis, Options
from symlstm.verification.own_forward import is_own_derivative
from symlstm.verification.report import Finding, Report
from symlstm.verification.shortening import shortened
from symlstm.verification.sources import SourceTexts
from symlstm.verification.subject import LocalSubject, Subject, remedy_where_nothing_is


def check(subject: Subject, cell: Cell, options: Options, only: str | None = None) -> Report:
    """Verify one subject.

    Args:
        only: the name of the one function to check, under any name; None: those that are called
            `step`, `sequence` and `gradients`.
    Raises:
        SymlstmError: what cannot be bound, loaded or run at all.
    """
    sizes, seed = options.sizes_of(cell), options.drawn_seed()
    bindings = _bindings(subject, cell, options, only)
    options.progress(f"{cell.name}: tracing {subject.name}")
    texts = SourceTexts()
    if isinstance(subject, LocalSubject) and subject.source is not None:
        texts.add(subject.file, subject.source)
    gathered = Gathered(lambda run, opened: black_box(subject, run, sizes, seed, opened))
    diagnosis = shortened(subject, options.diagnosis)
    system = derive(cell)
    first: dict[str, TracedRun] = {}
    asked = {b.kind: (b.name, [b.symbols(each) for each in sizes]) for b in bindings}
    # Each run is let go before the next one is read: the terms of a long sequence take much memory.
    with closing(subject.runs(asked)) as runs, seldom_collected():
        for binding in bindings:
            is_found = False
            for n, (each, run) in enumerate(zip(sizes, islice(runs, len(sizes)), strict=True)):
                if not n and options.numerics:
                    first[binding.kind] = run
                if is_found:
                    continue
                options.progress(f"{cell.name}: proving {binding.name} of {subject.name}")
                rng = random.Random(f"{seed} {binding.kind} {n}")
                bound = BoundRun(cell, system, binding, each, run, texts, rng)
                is_found = gathered.take(bound, diagnosis)
                del run, bound
    numerics, remarks = None, list[Finding]()
    if options.numerics:
        options.progress(f"{cell.name}: floating point of {subject.name}")
        numerics, remarks = assess(subject, bindings, first, sizes[0], texts, seed)
    return Report(
        cell=cell.name,
        subject=subject.name,
        functions=tuple(b.kind for b in bindings),
        sizes=sizes,
        seed=seed,
        comparisons=gathered.comparisons,
        bound_bits=gathered.bound_bits,
        conditions=merged(gathered.conditions),
        assumed=tuple(dict.fromkeys(gathered.assumed)),
        findings=(*_one_a_cause(gathered.findings), *remarks),
        strict=options.strict,
        file=subject.file,
        own_forward=gathered.own_forward,
        numerics=numerics,
    )


def _bindings(subject: Subject, cell: Cell, options: Options, only: str | None) -> list[Binding]:
    functions = subject.functions()
    chosen = [f for f in functions if (f.name == only if only else f.name in KINDS)]
    if not chosen:
        names = ", ".join(f.name for f in functions) or "none"
        what = f"no function {only}" if only else "no function step, sequence or gradients"
        raise BindingError(
            "S305", f"{subject.name} has {what}", Span(subject.file, 0),
            notes=(f"its functions are {names}",),
            help=remedy_where_nothing_is(
                subject.file, "define one of them, or name a function: FILE.py:NAME"
            ),
        )  # fmt: skip
    bindings: list[Binding] = []
    for function in chosen:
        kind = infer_kind(cell, function.name, function.arguments)
        where = Span(subject.file, function.line)
        bindings.append(bind(cell, kind, function.name, function.arguments, where, options.wrt))
    return sorted(bindings, key=lambda b: KINDS.index(b.kind))


@dataclass
class Gathered:
    """What the runs of one subject have shown so far.

    Args:
        boxed: what is to be said of a run that cannot be followed, given why.
        wrong: (file, function) of the user's functions in which a fault was found.
        forward: the forward run, the widest one, that differs from the equations.
        own_forward: `agrees` or `differs`: the gradients, compared with the exact derivative of
            the file's own forward pass; empty where there was no need to, or nothing is known.
    """

    boxed: Callable[[BoundRun, Finding], list[Finding]]
    comparisons: int = 0
    bound_bits: int = 2**31
    conditions: list[str] = field(default_factory=list[str])
    assumed: list[str] = field(default_factory=list[str])
    findings: list[Finding] = field(default_factory=list[Finding])
    wrong: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    forward: BoundRun | None = None
    own_forward: str = ""

    def take(self, run: BoundRun, diagnosis: Diagnosis) -> bool:
        """Add what one run shows; whether anything was found."""
        self.assumed += conduct.assumptions(run)
        if self._calls_what_is_wrong(run):
            diagnosis = _unexplained
        findings = self._of_outcome(run) or self._of_returned(run, diagnosis)
        is_forward = run.binding.kind != "gradients" and run.trace.outcome == "returned"
        if is_forward and any(f.verdict == "differs" for f in findings):
            self.forward = run
        self.findings += self._not_shown_before(findings, run)
        return bool(findings)

    def _of_outcome(self, run: BoundRun) -> list[Finding]:
        """The findings on a run that did not return; what cannot be followed is a black box."""
        findings = conduct.outcome(run)
        if findings and findings[0].verdict == "undecided":
            return self.boxed(run, findings[0])
        return findings

    def _of_returned(self, run: BoundRun, diagnosis: Diagnosis) -> list[Finding]:
        """The findings on a run that returned."""
        returned = match_results(run.binding, run.trace, run.sizes, run.texts)
        unsteady = conduct.repeatability(run)
        findings = unsteady or conduct.on_numbers(run)
        self.assumed += returned.notes
        findings += [*returned.findings, *conduct.mutations(run)]
        if self.forward is not None and run.binding.kind == "gradients":
            diagnosis = self._against_own_forward(run, returned.results, diagnosis)
        agreed = agreement(run, returned.results, diagnosis)
        if agreed is not None:
            self.comparisons += agreed.comparisons
            self.bound_bits = min(self.bound_bits, agreed.bound_bits)
            self.conditions += agreed.conditions
            findings += agreed.findings
        return findings

    def _not_shown_before(self, findings: Sequence[Finding], run: BoundRun) -> Sequence[Finding]:
        """The findings, unless this function calls one that was found wrong on its own.

        What is computed from a wrong value is wrong too, and says nothing of its own.
        """
        if not findings or not all(f.verdict == "differs" for f in findings):
            return findings
        if self.own_forward == "agrees":
            return [f for f in findings if f.code != UNEXPLAINED]
        shared = self._calls_what_is_wrong(run)
        if shared:
            self.assumed.append(
                f"{run.binding.name} differs too; it calls {', '.join(shared)}, and is explained "
                "when that is mended"
            )
            return ()
        places = [p for event in run.events for p in event.places]
        at = {(f.file, f.line) for f in findings}
        self.wrong |= {
            (p.file, p.function)
            for p in (*places, *run.trace.places)
            if (p.file, p.line) in at and p.function
        }
        # Where arguments are packed nothing is computed: no event stands on that line.
        around = (
            (file, run.texts.function_at(Place(file, line or 0))) for file, line in at if file
        )
        self.wrong |= {(file, function.name) for file, function in around if function}
        return findings

    def _against_own_forward(
        self, run: BoundRun, results: Mapping[str, Sequence[int]], diagnosis: Diagnosis
    ) -> Diagnosis:
        """How to explain gradients that may be right for a forward pass that is wrong."""
        assert self.forward is not None
        mine = is_own_derivative(run, results, self.forward)
        kind = self.forward.binding.name
        if mine is None:
            return diagnosis
        self.own_forward = "agrees" if mine else "differs"
        if mine:
            self.assumed.append(
                f"{run.binding.name} is the exact derivative of what {kind} of this file computes: "
                f"mend {kind}, and {run.binding.name} with it"
            )
            return _unexplained
        self.assumed.append(
            f"{run.binding.name} is not the derivative of what {kind} of this file computes either"
        )
        return diagnosis

    def _calls_what_is_wrong(self, run: BoundRun) -> list[str]:
        """The functions that a run passes through in which a fault was found before."""
        places = (p for event in run.events for p in event.places)
        return sorted({p.function for p in places if (p.file, p.function) in self.wrong})


def _unexplained(case: Case) -> list[Finding]:
    """No diagnosis: what is wrong has been explained before."""
    return [unexplained(case)]


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
