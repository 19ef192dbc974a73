"""Infer a binding and prove it: the public functions behind `symlstm verify --infer`.

The verdict is that of the adapter, which is checked like anybody's file. Where no binding agrees on
numbers the nearest is a guess: it counts as `differs` only if its findings, put into the equations,
reproduce the code exactly, since then the departure is what is named and not the guess.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from symlstm.cell import Cell
from symlstm.interface import Kind
from symlstm.messages import Span, SymlstmError, UsageError
from symlstm.tracing.loading import Function
from symlstm.verification.check import check
from symlstm.verification.inference import forms
from symlstm.verification.inference.adapter import adapter
from symlstm.verification.inference.match import Call, Match
from symlstm.verification.inference.matching import Matcher
from symlstm.verification.inference.numbers import Foreign
from symlstm.verification.inference.views import Orientation, orientations
from symlstm.verification.options import Options
from symlstm.verification.report import Finding, Report, Verdict
from symlstm.verification.subject import FileSubject, file_subject, remedy_where_nothing_is

GUESSES = 3
"""How many of the nearest bindings are proved or refuted where none agrees on numbers."""
CERTIFICATE = "your code is exactly these equations"
KINDS: tuple[Kind, ...] = ("step", "sequence")


@dataclass(frozen=True)
class Inferred:
    """What was inferred of one foreign function.

    Args:
        report: on the adapter, or why there is none.
        function: the foreign function.
        adapter: its text; empty if there is none.
        is_exact: whether the binding agreed on all numbers; otherwise it is a guess.
        remarks: what a reader should know of the binding.
    """

    report: Report
    function: str = ""
    adapter: str = ""
    is_exact: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.report.verdict

    @property
    def exit_status(self) -> int:
        return self.report.exit_status

    def to_json(self) -> dict[str, Any]:
        return {
            **self.report.to_json(),
            "function": self.function,
            "adapter": self.adapter,
            "binding": ("found" if self.is_exact else "guessed") if self.adapter else "none",
            "remarks": list(self.remarks),
        }

    def to_text(self) -> str:
        return "\n\n".join([*self._introduction(), self.report.to_text()])

    def _introduction(self) -> Iterator[str]:
        if not self.adapter:
            return
        how = "found by its numbers" if self.is_exact else (
            "a guess, the nearest that was found: its findings hold if the guess does"
        )  # fmt: skip
        remarks = "".join(f"\n# note: {remark}" for remark in self.remarks)
        yield f"# the adapter, {how}{remarks}\n{self.adapter}".rstrip()


def infer_file(target: str, cell: Cell, options: Options) -> Inferred:
    """Bind `FILE.py` or `FILE.py:NAME` to a cell, whatever its arguments are called.

    Raises:
        SymlstmError: the file cannot be run, or has no such function.
    """
    path, name = split_target(target)
    subject = file_subject(path, options.timeout, options.memory)
    functions = candidates(subject, name)
    foreign = Foreign(path, options.timeout, options.memory)
    return infer(foreign, functions, cell, options)


def split_target(target: str) -> tuple[str, str]:
    path, colon, name = target.rpartition(":")
    return (path, name) if colon and path.endswith(".py") else (target, "")


def candidates(subject: FileSubject, name: str) -> list[Function]:
    """The functions that may be a step or a sequence: the one that is named, or all with at least
    an input, a state and a parameter."""
    functions = subject.functions()
    subject.close()
    chosen = [f for f in functions if f.name == name or (not name and len(f.arguments.names) > 1)]
    if not chosen:
        names = ", ".join(f.name for f in functions) or "none"
        raise UsageError(
            "S305", f"{subject.name} has no function {name}".rstrip() + (
                "" if name else " with two arguments or more"
            ),
            Span(subject.file, 0), notes=(f"its functions are {names}",),
            help=remedy_where_nothing_is(subject.file, "name a function: FILE.py:NAME"),
        )  # fmt: skip
    return chosen


def infer(
    foreign: Foreign, functions: Sequence[Function], cell: Cell, options: Options
) -> Inferred:
    """The best binding of any of the functions.

    The search widens only where a narrower one has found neither a binding nor an explained guess.
    """
    seen: list[str] = []
    for breadth in forms.BREADTHS:
        for match in matches(foreign, functions, cell, breadth, options):
            if match.is_exact:
                return proved(match, cell, foreign, options)
        found = list(matches(foreign, functions, cell, breadth, options, is_near=True))
        seen += [f"{m.call.function} as {m.call.kind}, {m.call.way.title}" for m in found]
        guess = explained([(match, cell) for match in found], foreign, options)
        if guess is not None:
            return guess
    return unbound(functions, tuple(dict.fromkeys(seen)), cell.name, foreign, options)


def matches(
    foreign: Foreign, functions: Sequence[Function], cell: Cell, breadth: forms.Breadth,
    options: Options, is_near: bool = False,
) -> Iterator[Match]:  # fmt: skip
    """The bindings that agree on a base, up to the first that agrees on all numbers.

    Args:
        is_near: the nearest binding of each way to call, instead, whether or not it agrees.
    """
    for function, kind in product(functions, KINDS):
        options.progress(f"{cell.name}: binding {function.name}")
        matcher = Matcher(cell, kind, foreign)
        for call in calls(foreign, function, cell, kind, breadth):
            for match in matcher.matches(call, is_near):
                yield match
                if match.is_exact:
                    return


def calls(
    foreign: Foreign, function: Function, cell: Cell, kind: Kind, breadth: forms.Breadth
) -> Iterator[Call]:
    """The ways to call a function, by orientation."""
    asked, sizes = searches(function, cell, kind, breadth), forms.sizes_for(cell)
    found = foreign.search(function.name, [search for _, search in asked])
    for (way, _), solutions in zip(asked, found, strict=True):
        for solution in solutions:
            chosen = solution["forms"]
            order = {name: n for n, name in enumerate(function.arguments.names)}
            slots = sorted(chosen, key=lambda slot: order[slot.partition("/")[0]])
            forms_of = {slot: chosen[slot] for slot in slots}
            if forms.is_plausible(forms_of, cell, sizes):
                yield Call(function.name, function.arguments.names, kind, way, forms_of)


def searches(
    function: Function, cell: Cell, kind: Kind, breadth: forms.Breadth
) -> list[tuple[Orientation, dict[str, Any]]]:
    """What is asked of the foreign code, for each orientation."""
    sizes = forms.sizes_for(cell)
    return [
        (way, search)
        for way in orientations(kind)
        if (search := forms.search_for(cell, kind, function.arguments, way, sizes, breadth))
    ]


def proved(match: Match, cell: Cell, foreign: Foreign, options: Options) -> Inferred:
    """The proof of a binding that agrees on all numbers."""
    text = adapter(match, cell, foreign.path)
    report = check_adapter(text, match, cell, foreign, options)
    return Inferred(report, match.call.function, text, True, match.remarks)


def explained(
    guesses: Sequence[tuple[Match, Cell]], foreign: Foreign, options: Options, most: int = GUESSES
) -> Inferred | None:
    """Of the nearest bindings, the one whose findings explain all of the difference; the one with
    the fewest of them, if several do.

    Args:
        guesses: of one cell or more; the nearest of each comes before the second of any.
        most: how many are tried.
    """
    found: list[Inferred] = []
    for match, cell in _in_turn(guesses)[:most]:
        text = adapter(match, cell, foreign.path)
        try:
            report = check_adapter(text, match, cell, foreign, options)
        except SymlstmError:
            continue
        is_explained = bool(report.findings) and all(
            any(CERTIFICATE in note and not note.startswith("but for") for note in f.notes)
            for f in report.findings
        )
        if report.verdict == "proved" or is_explained:
            found.append(Inferred(report, match.call.function, text, False, match.remarks))
            if len(report.findings) <= 1:
                break
    return min(found, key=lambda each: len(each.report.findings), default=None)


def _in_turn(guesses: Sequence[tuple[Match, Cell]]) -> list[tuple[Match, Cell]]:
    """The nearest first, each cell once before any comes again."""
    turns = Counter[str]()
    ordered: list[tuple[int, tuple[Match, Cell]]] = []
    for guess in sorted(guesses, key=lambda guess: -guess[0].score):
        ordered.append((turns[guess[1].name], guess))
        turns[guess[1].name] += 1
    return [guess for _, guess in sorted(ordered, key=lambda each: each[0])]


def unbound(
    functions: Sequence[Function], tried: Sequence[str], cell: str, foreign: Foreign,
    options: Options,
) -> Inferred:  # fmt: skip
    """What was searched, and in vain."""
    names = ", ".join(f.name for f in functions)
    finding = Finding(
        "S430", "undecided", f"no binding of {names} to {cell} was found",
        file=foreign.path, verdict="undecided",
        notes=(
            *(f"it can be called as {way}, and computes something else" for way in tried[:4]),
            "tried were gates packed in any order, [h, x] and [x, h], transposed weights, one or "
            "two biases, a constant added to a bias, 1 − z for z, examples in rows, in columns "
            "and one by one, time first and not",
        ),
        help="write an adapter of a few lines, with the names of the cell",
    )  # fmt: skip
    return Inferred(unbound_report(cell, finding, options))


def unbound_report(cell: str, finding: Finding, options: Options) -> Report:
    return Report(cell, finding.file, (), (), options.drawn_seed(), findings=(finding,),
                  file=finding.file)  # fmt: skip


def check_adapter(
    text: str, match: Match, cell: Cell, foreign: Foreign, options: Options
) -> Report:
    """Verify an adapter as if it stood beside the foreign file."""
    folder = str(Path(foreign.path).resolve().parent)
    with tempfile.TemporaryDirectory(prefix="symlstm-") as scratch:
        path = os.path.join(scratch, "symlstm_adapter.py")
        # In the first line, so that the others keep their numbers.
        found = text.replace("Path(__file__).with_name(", f"Path({folder!r}).joinpath(")
        Path(path).write_text(f"import sys; sys.path.insert(0, {folder!r}); {found}", "utf-8")
        report = check(FileSubject(path, options.timeout, options.memory), cell, options)
    own = os.path.abspath(path)
    findings = tuple(
        replace(f, file="adapter" if os.path.abspath(f.file) == own else f.file) if f.file else f
        for f in report.findings
    )
    subject = f"{foreign.path}:{match.call.function}"
    return replace(report, subject=subject, file=foreign.path, findings=findings)
