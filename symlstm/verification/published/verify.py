"""Is a published derivation right? Each of its equations is proved, or named with what it should
read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from symlstm.cell import Cell, matrix_symbols
from symlstm.interface import Sizes, sizes_text
from symlstm.notation.published.reading import AdjointEquation, Published, read_published
from symlstm.notation.reading import text_of
from symlstm.ordering import computing_order, cycle_among
from symlstm.proof.compare import compare
from symlstm.proof.terms import Terms
from symlstm.verification.conditions import conditions, merged
from symlstm.verification.equality.deciding import equal
from symlstm.verification.findings import CODES, UNEXPLAINED
from symlstm.verification.floats import CLOSE, Floats, at_a_point
from symlstm.verification.options import Options
from symlstm.verification.published.slips import RightEquations, Slips
from symlstm.verification.published.values import (
    NUMBERINGS,
    Numbering,
    Values,
    bounds_are_read,
    given_by_loss,
)
from symlstm.verification.report import Finding, Report

SAID = "gradients"
UNBOUNDED = 10**6
"""Bits of an error bound where nothing was compared."""

NOWHERE = "it, or what it reads of t+1, is compared at no step of T = {T}"
NOT_READ = (
    "whatever it is computed from or multiplied by: the loss is taken to read nothing that depends "
    "on it"
)


def verify_published(path: str, cell: Cell, options: Options) -> Report:
    """Hold a published derivation against a cell and its gradients.

    Args:
        path: an equations file with equations for adjoints, and for the cell or not.
        cell: the cell that it is about.
    Raises:
        NotationError: it cannot be read.
        UsageError: it says nothing of any adjoint, or the sizes do not fit.
    """
    published = read_published(text_of(Path(path)), path, cell)
    seed = options.drawn_seed()
    sizes = options.sizes_of(published.cell)
    functions = ("forward", SAID) if published.is_own else (SAID,)
    report = Report(cell.name, path, functions, sizes, seed, strict=options.strict, file=path)
    same = _same_cell(published, cell, seed) if published.is_own else None
    if same is not None and same.findings:
        return replace(
            report, findings=same.findings, comparisons=same.comparisons, assumed=same.assumed
        )
    options.progress("adjoints")
    circular = _circular(published, path)
    if circular:
        return replace(report, findings=tuple(circular))
    unread = [_unread_bounds(e, path) for e in published.equations if not bounds_are_read(e)]
    if unread:
        return replace(report, findings=tuple(unread))
    held = _Held(published, sizes, seed)
    found = held.findings()
    return replace(
        report,
        findings=tuple(found),
        comparisons=held.comparisons + (same.comparisons if same else 0),
        bound_bits=min(held.bound_bits, same.bound_bits if same else held.bound_bits),
        conditions=merged((*(same.conditions if same else ()), *held.conditions)),
        assumed=(*(same.assumed if same else ()), *held.assumed),
    )


def _same_cell(published: Published, cell: Cell, seed: int) -> Report:
    """Whether the cell that a file defines is the one that it is about."""
    report = equal(published.cell, cell, seed=seed)
    findings = tuple(
        replace(found, function="forward", file=found.file or published.equations[0].span.file)
        for found in report.findings
    )
    renamed = [str(c) for c in report.correspondence if not c.is_own_name]
    renamed += [f"{a} = {b}" for a, b in report.signals if a != b]
    taken = (f"its names and those of {cell.name}: {', '.join(renamed)}",) if renamed else ()
    if report.not_compared:
        taken += (f"of the two cells, {', '.join(report.not_compared)} was not compared",)
    if report.verdict != "proved" and not findings:
        unknown = f"whether its cell is {cell.name} is not known"
        findings = (Finding("S410", "undecided", unknown, "forward", verdict="undecided"),)
    return Report(
        cell.name, "", (), report.sizes, seed, comparisons=report.comparisons,
        bound_bits=report.bound_bits, conditions=report.conditions,
        assumed=(*report.assumed, *taken), findings=findings,
    )  # fmt: skip


def _circular(published: Published, path: str) -> list[Finding]:
    """Equations of one step that need each other: true, and they say nothing."""
    system = published.system
    by_name = {e.quantity.name: e for e in published.equations if e.quantity.axes}
    needs = {
        name: [
            quantity.name for symbol in matrix_symbols(equation.right)
            for quantity, shift in [system.locate(symbol)]
            if shift == 0 and quantity.name in by_name
        ]
        for name, equation in by_name.items()
    }  # fmt: skip
    _, rest = computing_order(needs)
    if not rest:
        return []
    names = cycle_among({name: needs[name] for name in rest})
    right = RightEquations(published)
    return [
        Finding(
            "S346", "error", f"{right.named(by_name[name])} is defined by itself"
            + (f", by way of {', '.join(right.named(by_name[n]) for n in names if n != name)}"
               if len(names) > 1 else ""),
            SAID, by_name[name].quantity.label, **_place(by_name[name], path),
            help=f"it should read {right.text(by_name[name])}", verdict="error",
        )
        for name in names[:1]
    ]  # fmt: skip


def _unread_bounds(equation: AdjointEquation, path: str) -> Finding:
    return Finding(
        "S345", "error", f"the bounds of this sum are not read: t = {equation.first} to "
        f"{equation.last}", SAID, equation.quantity.label, **_place(equation, path),
        help="write them as a number, and T, T-1 or T+1", verdict="error",
    )  # fmt: skip


def _place(equation: AdjointEquation, path: str) -> dict[str, Any]:
    span = equation.span
    return {
        "file": path, "line": span.line, "source": span.text,
        "column": span.column, "end_column": span.column + span.length,
    }  # fmt: skip


class _Held:
    """The equations of a derivation, held against the gradient system at all sizes."""

    def __init__(self, published: Published, sizes: Sequence[Sizes], seed: int) -> None:
        self._published = published
        self._sizes = sizes
        self._seed = seed
        self._right = RightEquations(published)
        self.numbering = _numbering(published, sizes[0], seed)
        self.comparisons = 0
        self.bound_bits = UNBOUNDED
        self.conditions: list[str] = []
        if self.numbering.is_at_rest:
            states = (q.glyph.in_unicode("0") for q in published.cell.states)
            self.conditions.append(f"{' = '.join(states)} = 0")
        self._wrong: dict[int, str] = {}
        """Of equations that are not proved, by their place, whether they differ, or why not."""
        for place, equation in enumerate(published.equations):
            if equation.problem is not None:
                self._wrong[place] = "shapes"
        if len(self._wrong) < len(published.equations):
            for each in sizes:
                self._compare(each)

    def _compare(self, sizes: Sizes) -> None:
        terms = Terms()
        values = Values(self._published, terms, sizes, self.numbering.is_at_rest)
        pairs: list[tuple[int, int]] = []
        owners: list[int] = []
        for place, equation in enumerate(self._published.equations):
            if equation.problem is not None:
                continue
            right = values.right(equation.quantity)
            said = values.said(equation, self.numbering)
            unseen = self._unseen(equation, values, sizes) if right else NOWHERE
            if unseen:
                self._wrong[place] = unseen.format(T=sizes["T"])
            pairs += zip(right, said, strict=True)
            owners += [place] * len(right)
        rng = random.Random(self._seed)
        found = compare(terms, pairs, rng, values.carried)
        self.comparisons += len(pairs)
        self.bound_bits = min(self.bound_bits, found.bound_bits)
        named = [(self._published.system, values.named)]
        self.conditions += conditions(terms, named, found.denominators, found.domains, rng)
        for place, verdict in zip(owners, found.verdicts, strict=True):
            if verdict.status == "differs":
                self._wrong[place] = "differs"
            elif verdict.status != "proved":
                self._wrong.setdefault(place, verdict.reason or "no proof was found")

    def _unseen(self, equation: AdjointEquation, values: Values, sizes: Sizes) -> str:
        """Why a part of an equation is not compared, though it is true; empty: all of it is."""
        system = self._right.system
        read = [system.locate(symbol) for symbol in matrix_symbols(equation.right)]
        if sizes["T"] == 1 and any(shift > 0 for _, shift in read):
            return NOWHERE
        zero = [q.in_unicode() for q, _ in [(equation.quantity, 0), *read] if values.is_zero(q)]
        return f"{zero[0]} is zero here, {NOT_READ}" if zero else ""

    @property
    def assumed(self) -> tuple[str, ...]:
        """What a verdict on a derivation takes to be so."""
        published, system = self._published, self._right.system
        given = given_by_loss(published)
        found: list[str] = []
        at_end = [system.quantity(n).in_unicode() for n, at in given.items() if at == "T"]
        if at_end:
            found.append(
                f"the loss reads {', '.join(at_end)} at t = T alone: the file has no term for what "
                "it gives at other steps"
            )
        else:
            read = ", ".join(
                f"{system.quantity(name).in_unicode()} ({system.quantity(of).in_unicode()})"
                for name, of in ((n, f"d{n}_out") for n in given)
            )
            found.append(f"the loss reads {read} at every step, and nothing else")
        sums = [e for e in published.equations if not e.quantity.axes]
        if any(e.first for e in sums):
            found.append(str(self.numbering))
        if any(e.first is None for e in sums):
            names = ", ".join(self._right.named(e) for e in sums if e.first is None)
            found.append(f"{names}: what each step adds, summed over t")
        missing = self._missing()
        if missing:
            found.append(f"nothing is said of {', '.join(missing)}")
        return tuple(found)

    def _missing(self) -> list[str]:
        """The gradients of parameters and inputs that the file has no equation for."""
        named = {e.quantity.name for e in self._published.equations}
        cell, system = self._published.cell, self._right.system
        wanted = (f"d{q.name}" for q in (*cell.parameters, *cell.inputs))
        return [system.quantity(name).in_unicode() for name in wanted if name not in named]

    def findings(self) -> list[Finding]:
        """What is wrong or unproved, in the order of the file."""
        slips = Slips(self._published, self._sizes[0], self.numbering, self._seed)
        return [
            self._finding(self._published.equations[place], why, slips)
            for place, why in sorted(self._wrong.items())
        ]

    def _finding(self, equation: AdjointEquation, why: str, slips: Slips) -> Finding:
        name, right = self._right.named(equation), self._right.text(equation)
        place = _place(equation, self._published.equations[0].span.file)
        if equation.problem is not None:
            message = equation.problem.message
            return Finding(
                message.code, "wrong-shape", f"{name}: {message.text}", SAID,
                equation.quantity.label, **place, help=f"it should read {right}",
            )  # fmt: skip
        if why != "differs":
            return Finding(
                "S410", "undecided", f"{name}: {why}", SAID, equation.quantity.label, **place,
                help=f"the equations give {right}", verdict="undecided",
            )  # fmt: skip
        slip = next(
            (s for s, parts in slips.candidates(equation) if self._is(equation, parts)), None
        )
        if slip is None:
            return Finding(
                UNEXPLAINED, "wrong-term", f"{name} is not the derivative of the forward equations",
                SAID, equation.quantity.label, **place, help=f"it should read {right}",
            )  # fmt: skip
        return Finding(
            CODES.get(slip.kind, UNEXPLAINED), slip.kind, f"{name} {slip.message}", SAID,
            equation.quantity.label, slip.term, **place, notes=(_certificate(name, self._sizes),),
            help=f"it should read {right}",
        )  # fmt: skip

    def _is(self, equation: AdjointEquation, parts: Sequence[Any]) -> bool:
        """Whether an equation says exactly this sum, at all sizes."""
        for sizes in self._sizes:
            terms = Terms()
            values = Values(self._published, terms, sizes, self.numbering.is_at_rest)
            said = values.said(equation, self.numbering)
            if equation.quantity.axes:
                other = values.each(equation.quantity, parts)
            else:
                other = values.summed(equation.quantity, parts, range(1, sizes["T"] + 1))
            pairs = list(zip(other, said, strict=True))
            if not compare(terms, pairs, random.Random(self._seed), values.carried).is_proved:
                return False
        return True


def _certificate(name: str, sizes: Sequence[Sizes]) -> str:
    at = "; ".join(sizes_text(each) for each in sizes)
    return f"with that changed in the right equation for {name}, it is exactly this one, at {at}"


def _numbering(published: Published, sizes: Sizes, seed: int) -> Numbering:
    """How a file counts its steps: the way by which most of its sums are right."""
    sums = [e for e in published.equations if not e.quantity.axes and e.first]
    if not sums:
        return NUMBERINGS[0]
    known: dict[bool, tuple[Floats, Values]] = {}
    for is_at_rest in (False, True):
        found = at_a_point(partial(Values, published, sizes=sizes, is_at_rest=is_at_rest), seed)
        if found is None:
            return NUMBERINGS[0]
        known[is_at_rest] = found

    def right(numbering: Numbering) -> int:
        floats, values = known[numbering.is_at_rest]
        return sum(_agree(floats, values, equation, numbering) for equation in sums)

    return max(NUMBERINGS, key=right)


def _agree(floats: Floats, values: Values, equation: AdjointEquation, numbering: Numbering) -> bool:
    steps = numbering.steps(equation, values.found.sizes["T"])
    if steps.start < 0 or steps.stop > values.found.sizes["T"] + 2:
        return False
    try:
        said = values.said(equation, numbering)
    except (ArithmeticError, ValueError):  # no value at this point
        return False
    pairs = zip(values.right(equation.quantity), said, strict=True)
    numbers = [(floats.values[a], floats.values[b]) for a, b in pairs]
    return all(abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b)) for a, b in numbers)
