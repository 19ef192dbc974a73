"""Identify: which cell of the library an unknown implementation computes.

Every cell is tried as in `infer`, by numbers first; each that agrees on them is proved. Several may
agree: cells that are equal under a packing, such as the sum form and the concatenation. All are
named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from symlstm.cell import Cell
from symlstm.library import cells
from symlstm.tracing.loading import Function
from symlstm.verification.inference import forms
from symlstm.verification.inference.infer import (
    KINDS,
    Inferred,
    candidates,
    explained,
    matches,
    proved,
    searches,
    split_target,
    unbound,
)
from symlstm.verification.inference.match import Match
from symlstm.verification.inference.numbers import Foreign
from symlstm.verification.options import Options
from symlstm.verification.report import Verdict
from symlstm.verification.subject import file_subject

GUESSES = 6
"""How many of the nearest cells are proved or refuted where none agrees on numbers."""

AT_ONCE = 40
"""How many searches share a process, and its limit of time."""


@dataclass(frozen=True)
class Identified:
    """What an implementation computes.

    Args:
        found: the cells that it was proved to compute, the plainest binding first; otherwise the
            nearest one alone.
    """

    found: tuple[Inferred, ...]

    @property
    def verdict(self) -> Verdict:
        return self.found[0].verdict

    @property
    def exit_status(self) -> int:
        return self.found[0].exit_status

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "cells": [each.report.cell for each in self.found if each.adapter],
            "bindings": [each.to_json() for each in self.found],
        }

    def to_text(self) -> str:
        first, *others = self.found
        lines = [first.to_text()]
        if others:
            names = ", ".join(each.report.cell for each in others)
            lines.append(f"  also proved, with other adapters (--json prints them): {names}")
        elif first.adapter and not first.is_exact:
            lines.append(f"  {first.report.cell} is the nearest cell of the library")
        return "\n".join(lines)


def identify_file(
    target: str, options: Options, library: Iterable[Cell] | None = None
) -> Identified:
    """Identify `FILE.py` or `FILE.py:NAME` among the cells of the library.

    Raises:
        SymlstmError: the file cannot be run, or has no such function.
    """
    path, name = split_target(target)
    functions = candidates(file_subject(path, options.timeout, options.memory), name)
    foreign = Foreign(path, options.timeout, options.memory)
    known = list(cells.values() if library is None else library)
    for breadth in (forms.GLANCE, forms.BREADTHS[0], forms.BREADTHS[-1]):
        near: list[tuple[Match, Cell]] = []
        for function in functions:
            _look_ahead(foreign, function, known, breadth, options)
            exact = _matching(foreign, function, known, breadth, options)
            if exact:
                return Identified(_proved(exact, foreign, options))
            near += _matching(foreign, function, known, breadth, options, is_near=True)
        options.progress(f"proving which of the nearest cells explains {path}")
        guess = explained(near, foreign, options, GUESSES)
        if guess is not None:
            return Identified((guess,))
    return Identified((unbound(functions, (), "a cell of the library", foreign, options),))


def _look_ahead(
    foreign: Foreign, function: Function, known: Sequence[Cell], breadth: forms.Breadth,
    options: Options,
) -> None:  # fmt: skip
    """Search for the forms of many cells in one process: `foreign` remembers them."""
    wanted = [
        search
        for cell in known
        for kind in KINDS
        for _, search in searches(function, cell, kind, breadth)
    ]
    for start in range(0, len(wanted), AT_ONCE):
        share = 100 * start // len(wanted)
        options.progress(f"calling {function.name} with arrays of likely shapes: {share} %")
        foreign.search(function.name, wanted[start : start + AT_ONCE])


def _matching(
    foreign: Foreign, function: Function, known: Sequence[Cell], breadth: forms.Breadth,
    options: Options, is_near: bool = False,
) -> list[tuple[Match, Cell]]:  # fmt: skip
    """The cells that a function agrees with on all numbers, or is near to."""
    return [
        (match, cell)
        for cell in known
        for match in matches(foreign, [function], cell, breadth, options, is_near)
        if is_near or match.is_exact
    ]


def _proved(
    exact: Sequence[tuple[Match, Cell]], foreign: Foreign, options: Options
) -> tuple[Inferred, ...]:
    """The proofs of the cells that agree on numbers; where some succeed, those alone."""
    plainest = sorted(exact, key=lambda each: each[0].plainness)
    several = [proved(match, cell, foreign, options) for match, cell in plainest]
    succeeded = [each for each in several if each.verdict == "proved"]
    return tuple(succeeded or several[:1])
