"""Findings: what is said of the causes, in the words of the equations and lines of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from symlstm.calculus.rules import hadamard, product, total
from symlstm.interface import Argument, sizes_text
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.tracing.trace import Place
from symlstm.verification.binding import label
from symlstm.verification.case import BoundRun, Case
from symlstm.verification.cause import Cause
from symlstm.verification.chart import Node
from symlstm.verification.lines import Lines
from symlstm.verification.report import Finding
from symlstm.verification.slip import Slip

CODES = {
    "wrong-term": "S101",
    "wrong-sign": "S102",
    "wrong-time": "S103",
    "missing-term": "S104",
    "extra-term": "S105",
    "wrong-function": "S106",
    "wrong-order": "S107",
}

UNEXPLAINED = "S100"


def unexplained(case: Case) -> Finding:
    """The first result that differs, in the order of the results."""
    asked = next(r for r in case.binding.asked if r.name in case.wrong)
    name = label(asked, case.binding.kind)
    return Finding(
        UNEXPLAINED, "wrong-term", f"{in_prose(case, name)} differs from its equation",
        case.binding.kind, name,
        **case.texts.place(_first_line(case, asked)),
        notes=tuple(n for n in (equation_note(case, name),) if n)
        + case.counterexample_note(asked.name),
        help=f"compute {in_prose(case, name)} as its equation says",
        counterexample=case.counterexample(asked.name),
    )  # fmt: skip


def _first_line(case: Case, asked: Argument) -> Place | None:
    """The first line that computes an element that differs.

    Where the equations have that value too, under another name, the computation is right: what
    lacks a step is the line that returns it.
    """
    wanted = {
        element
        for element, verdict in zip(
            case.results[asked.name], case.verdicts[asked.name], strict=True
        )
        if verdict.status == "differs"
    }
    known = {e for matrix in case.found.values.values() for row in matrix for e in row}
    returned = next(iter(case.trace.places), None)
    if wanted <= known:
        return returned
    for event in case.events:
        if event.kind == "compute" and event.places and wanted & set(event.outputs):
            return event.places[0]
    return returned


def findings_of(
    case: Case, causes: Sequence[Cause], lines: Lines, is_complete: bool
) -> list[Finding]:
    """One finding a cause, in their order; what shows at several times is said once.

    Args:
        is_complete: whether all results agree once the causes are repaired.
    """
    groups: dict[tuple[str, int | None, str], list[_Wording]] = {}
    wordings = [_Wording(case, cause, lines) for cause in causes]
    for wording in wordings:
        # What is wrong in a carry shows at every t, and in the initial state's adjoint.
        concerned = "" if wording.is_one_move else wording.concerned.replace("_0", "_t")
        groups.setdefault((concerned, wording.line, wording.file), []).append(wording)
    # What explains one step and not the others is not what was done.
    told = [
        next((w for w in group if not w.is_explained), None) or _in_other_order(case, group)
        for group in groups.values()
    ]
    certificate = _certificate(case, wordings) if is_complete else ""
    return [
        _with_others(case, first, others, certificate) for first, others in list(_by_line(told))
    ]


def _by_line(told: Sequence[_Wording]) -> Iterator[tuple[_Wording, list[_Wording]]]:
    """Each that is told, with those that need not be: what one line does, unexplained as well."""
    lines: dict[tuple[str, int], list[_Wording]] = {}
    for wording in told:
        if wording.line is None or wording.is_explained:
            yield wording, []
        elif (wording.file, wording.line) not in lines:
            others = lines[wording.file, wording.line] = []
            yield wording, others
        else:
            lines[wording.file, wording.line].append(wording)


def _with_others(
    case: Case, first: _Wording, others: Sequence[_Wording], certificate: str
) -> Finding:
    finding = first.finding(certificate)
    owners = dict.fromkeys(other.owner for other in others if other.owner != first.owner)
    names = ", ".join(in_prose(case, owner) for owner in owners)
    so_do = "so does" if len(owners) == 1 else "so do"
    return replace(finding, message=f"{finding.message}; {so_do} {names}") if names else finding


def _in_other_order(case: Case, group: Sequence[_Wording]) -> _Wording:
    """What is told of a group: of one quantity that is returned at other steps than its own, that.

    The first and the last of three steps exchanged are no shift by two steps.
    """
    first, *others = group
    moves = {w.cause.node: w.cause.slip.wrong for w in group if w.cause.is_moved and w.cause.slip}
    names = {name for pair in moves.items() for name, _ in filter(None, pair)}
    shifts = {(to[1] or 0) - (node[1] or 0) for node, to in moves.items() if to}
    if not others or len(moves) < len(group) or len(names) != 1 or len(shifts) == 1:
        return first
    sums = {(node[1] or 0) + (to[1] or 0) for node, to in moves.items() if to}
    is_reversed = sums == {case.steps + 1}
    how = "in the reverse order of time" if is_reversed else "in another order of time"
    slip = first.cause.slip
    assert slip is not None
    first.cause.slip = replace(slip, message=f"is returned {how}", help="return t = 1 first")
    return first


def _certificate(case: Case, wordings: Sequence[_Wording]) -> str:
    """What is proved once all results agree under the repairs.

    A finding that only names its equation says nothing of it: the equation is then excepted, and
    where it is the only one, nothing remains to be certified.
    """
    where = f"for all real values at {sizes_text(case.sizes)}"
    excepted = dict.fromkeys(w.owner for w in wordings if not w.is_explained)
    if not excepted:
        put_in = "with the findings of this report put in"
        return f"{put_in}, your code is exactly these equations, {where}"
    equations = case.cell.equations
    others = case.system.equations if case.binding.kind == "gradients" else ()
    if {case.system.defined(e).label for e in (*equations, *others)} <= set(excepted):
        return ""
    names = ", ".join(in_prose(case, owner) for owner in excepted)
    rest = "these equations"
    if any(wording.is_explained for wording in wordings):
        rest += ", with the other findings put in"
    return f"but for {names}, your code is exactly {rest}, {where}"


def equation_note(run: BoundRun, owner: str) -> str:
    """An equation by its left-hand side, with its number in the cell and its gradient system."""
    printer = MathPrinter(run.system, UNICODE)
    for number, equation in enumerate([*run.cell.equations, *run.system.equations], 1):
        if run.system.defined(equation).label == owner:
            return f"equation ({number}) of {run.cell.name}:  {printer.equation(equation)}"
    return ""


def in_prose(run: BoundRun, owner: str) -> str:
    """A left-hand side as the equations print it: `h̃_t` for `h_tilde_t`."""
    known = (q.in_unicode() for q in run.system.quantities if q.label == owner)
    return next(known, owner)


class _Wording:
    """What is said of one cause."""

    def __init__(self, case: Case, cause: Cause, lines: Lines) -> None:
        self._case = case
        self._cause = cause
        self._chart = case.chart
        self._where = case.texts.place(lines.blamed_for(cause.event))
        self._owner = self._blamed_equation()

    @property
    def cause(self) -> Cause:
        return self._cause

    @property
    def concerned(self) -> str:
        """The equation at fault, or the wrong quantity inside of it, by which others are wrong."""
        inner = self._cause.inner
        return self._owner if inner is None else self._chart.named[inner[0]].owner

    @property
    def line(self) -> int | None:
        return self._where.get("line")

    @property
    def file(self) -> str:
        return self._where.get("file", "")

    @property
    def is_one_move(self) -> bool:
        """Whether parts were put in another order on one line, for whatever reads them."""
        slip = self._cause.slip
        return slip is not None and slip.kind == "wrong-order" and self.line is not None

    @property
    def owner(self) -> str:
        """The equation at fault, as a finding names it."""
        return self._owner

    @property
    def is_explained(self) -> bool:
        """Whether it is known what was done to the equation."""
        return self._cause.slip is not None

    def finding(self, certificate: str) -> Finding:
        """The finding.

        Args:
            certificate: what is proved once all causes are repaired; empty: nothing.
        """
        notes = self._notes(certificate)
        if self._cause.carry is not None:
            return self._of_carry(notes)
        case, slip = self._case, self._cause.slip
        result = next((n for n in case.results if n in case.wrong), "")
        return Finding(
            CODES.get(slip.kind, UNEXPLAINED) if slip else UNEXPLAINED,
            slip.kind if slip else "wrong-term",
            f"{in_prose(case, self._owner)} {self._message()}",
            case.binding.kind,
            self._owner,
            slip.term if slip else "",
            **self._where,
            notes=(*notes, *case.counterexample_note(result)),
            help=slip.help
            if slip
            else f"compute {in_prose(case, self._owner)} as its equation says",
            equal_but_for=slip.equal_but_for if slip else "",
            counterexample=case.counterexample(result),
        )

    def _of_carry(self, notes: Sequence[str]) -> Finding:
        slip = self._cause.slip
        assert slip is not None
        owner = self._chart.named[self._cause.node[0]].owner
        return Finding(
            CODES["wrong-time"], "wrong-time",
            f"{in_prose(self._case, owner)}: {slip.message}",
            self._case.binding.kind, owner, slip.term, **self._where,
            notes=tuple(notes), help=slip.help,
        )  # fmt: skip

    def _blamed_equation(self) -> str:
        """The equation at fault; what is computed again for an adjoint is the adjoint's."""
        (name, _), inner = self._cause.node, self._cause.inner
        adjoints = self._case.adjoints
        if inner is None or (name in adjoints) != (inner[0] in adjoints):
            return self._chart.named[name].owner
        return self._chart.named[inner[0]].owner

    def _message(self) -> str:
        slip, inner = self._cause.slip, self._cause.inner
        message = slip.message if slip else "differs from its equation"
        if inner is None or self._owner == self._chart.named[inner[0]].owner:
            return message
        name = self._chart.words.text(self._chart.named[inner[0]].quantity.at(0))
        return f"is computed from a wrong {name}, which {message}"

    def _notes(self, certificate: str) -> list[str]:
        cause = self._cause
        notes = [equation_note(self._case, self._owner)]
        if cause.slip is not None and cause.slip.parts and not cause.slip.accumulated:
            text = self._sum_text(cause.inner or cause.node, cause.slip)
            notes.append(f"your code computes:  {text}")
        if certificate:
            notes.append(certificate)
        return notes

    def _sum_text(self, node: Node, slip: Slip) -> str:
        """A node's equation as a slip has it."""
        named = self._chart.named[node[0]]
        parts: list[Any] = list(slip.parts)
        if node[0] not in self._case.system.names and not node[0].endswith("_carried"):
            # A part of an equation that only the chart names: the equation with it put in.
            whole = self._chart.named[named.owner.removesuffix("_t")]
            inside = {named.quantity.at(0): total(*parts)}
            named, parts = whole, [part.xreplace(inside) for part in whole.parts]
        if node[0].endswith("_carried"):
            parts = [*self._chart.named[node[0].removesuffix("_carried")].parts, *parts]
        has_later = self._cause.is_all or node[1] != self._case.steps
        if slip.carry and named.carried and has_later:
            carried = self._chart.named[named.carried].parts
            carried = [product(slip.carry, part) for part in carried]
            if slip.gate is not None:
                carried = [hadamard(slip.gate, total(*carried))]
            parts += carried
        text = " + ".join(self._text(part, slip) for part in parts).replace("+ −", "− ")
        if text and not named.quantity.axes:
            text = f"{_sums(slip)}{f'({text})' if len(parts) > 1 else text}"
        return f"{named.quantity.in_unicode()} = {text or '0'}"

    def _text(self, part: Any, slip: Slip) -> str:
        """A term, in which what is read at one time alone has that time."""
        text = self._chart.words.text(part)
        if slip.held is None:
            return text
        name, time = slip.held
        quantity = self._chart.system.quantity(name)
        held = quantity.glyph.in_unicode("T" if time < 0 else str(time))
        for shift in (-1, 0):
            text = text.replace(quantity.in_unicode(shift), held)
        return text


def _sums(slip: Slip) -> str:
    """Over what a slip sums."""
    every = (None, None)
    return ("Σ_t " if slip.times == every else "") + ("Σ_b " if slip.examples == every else "")
