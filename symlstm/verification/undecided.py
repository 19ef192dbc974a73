"""What is undecided: which results, by which equation and line, and what helps.

Two things stop the prover: an identity that it does not know, and more cases than it follows.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from symlstm.interface import Argument
from symlstm.proof.compare import PairVerdict
from symlstm.proof.interpret import Interpretation
from symlstm.proof.terms import reachable
from symlstm.tracing.trace import Place
from symlstm.verification.binding import label, last_made
from symlstm.verification.case import BoundRun
from symlstm.verification.conditions import conditions
from symlstm.verification.findings import equation_note, in_prose
from symlstm.verification.report import Finding

SHOWN = 3


def undecided(
    run: BoundRun,
    found: Interpretation,
    results: Mapping[str, Sequence[int]],
    verdicts: Mapping[str, Sequence[PairVerdict]],
) -> list[Finding]:
    """One finding a reason, with all the results that it keeps open.

    Args:
        found: every value of the equations.
        results: the elements of each result of the implementation.
        verdicts: of each of these elements.
    """
    opened: dict[str, list[Argument]] = {}
    roots: dict[str, list[int]] = {}
    for asked in run.binding.asked:
        elements = zip(results.get(asked.name, ()), verdicts.get(asked.name, ()), strict=True)
        for element, verdict in elements:
            if verdict.status == "undecided":
                known = opened.setdefault(verdict.reason, [])
                known += [asked] if asked not in known else []
                roots.setdefault(verdict.reason, []).append(element)
    return [_finding(run, found, why, opened[why], roots[why]) for why in opened]


def _finding(
    run: BoundRun, found: Interpretation, why: str, results: Sequence[Argument], roots: list[int]
) -> Finding:
    kind, first = run.binding.kind, results[0]
    names = [label(r, kind) for r in results]
    shown = ", ".join(in_prose(run, name) for name in names)
    places = last_made(run.trace, first, run.binding)
    notes = [equation_note(run, names[0])]
    if "cases" in why:
        cases = _Cases(run, found, roots)
        places = next(iter(cases.stacks), places)
        notes += cases.notes()
        help = _fewer_cases(run)
    else:
        help = "write it in the form of its equation"
    return Finding(
        "S411", "undecided", f"{shown} could be neither proved nor refuted: {why}",
        kind, names[0], **run.texts.place_of(places or run.trace.places),
        notes=tuple(note for note in notes if note), help=help, verdict="undecided",
    )  # fmt: skip


def _fewer_cases(run: BoundRun) -> str:
    """The remedy for too many cases: every entry, example and step has its own."""
    small = {name: {"B": 1}.get(name, 2) for name in run.sizes}
    if all(run.sizes[name] <= size for name, size in small.items()):
        return "choose by the comparisons that the equations make, each once"
    sizes = ",".join(f"{name}={min(size, run.sizes[name])}" for name, size in small.items())
    return f"smaller sizes have fewer cases: --sizes {sizes}"


class _Cases:
    """The comparisons that split some terms of the implementation into cases.

    Args:
        roots: the terms.
        stacks: the stack of lines of each operation that makes a case of them.
    """

    def __init__(self, run: BoundRun, found: Interpretation, roots: list[int]) -> None:
        self._run = run
        self._found = found
        nodes = run.terms.nodes
        live = reachable(run.terms, roots)
        self._operands = [nodes[i][2] for i in live if nodes[i][0] == "compare"]
        made = {i for i in live if nodes[i][0] in ("where", "compare")}
        self.stacks: list[tuple[Place, ...]] = []
        for event in run.events:
            if event.kind == "compute" and event.places and not made.isdisjoint(event.outputs):
                self.stacks.append(event.places)
                made.difference_update(event.outputs)

    def notes(self) -> list[str]:
        """What is compared with 0, and where."""
        if not self._operands:
            return []
        named = conditions(
            self._run.terms, [(self._run.system, self._found)], self._operands, (),
            random.Random(self._run.rng.getrandbits(64)),
        )  # fmt: skip
        asked = [text.removesuffix("≠ 0") + "> 0" for text in named]
        shown = asked[:SHOWN] + ["…"][: len(asked) > SHOWN]
        lines = [str(place.line) for place in dict.fromkeys(stack[0] for stack in self.stacks)]
        at = f"at line{'s' if len(lines) > 1 else ''} {', '.join(lines[:SHOWN])}: " if lines else ""
        count = len(set(self._operands))
        return [f"the cases are {', '.join(shown)}, {at}{count} comparisons in all"]
