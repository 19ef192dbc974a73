"""What is said of two cells, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symlstm.interface import Sizes, sizes_text
from symlstm.verification.report import EXIT_STATUS, Finding, Verdict, weightiest


@dataclass(frozen=True)
class Composition:
    """A parameter of one cell, as what it consists of in the other.

    Args:
        name: the parameter.
        parts: its blocks, each a sum such as `W_hi`, `-W_z`, `b_f + 1`, `V^T` or `0`.
        side: whose parameter it is, 0 the first cell's, 1 the second's.
        width: how many blocks stand side by side, before the next row of blocks; 1 for a stack.
    """

    name: str
    parts: tuple[str, ...]
    side: int
    width: int = 1

    @property
    def is_own_name(self) -> bool:
        return self.parts == (self.name,)

    def __str__(self) -> str:
        texts = [in_unicode(part) for part in self.parts]
        return self._written(texts, "  ")

    @property
    def where(self) -> str:
        """The same as `--where` takes it."""
        return self._written(self.parts, ", ")

    def _written(self, texts: Sequence[str], between: str) -> str:
        if len(texts) == 1:
            return f"{self.name} = {texts[0]}"
        starts = range(0, len(texts), self.width)
        rows = [between.join(texts[n : n + self.width]) for n in starts]
        return f"{self.name} = [{'; '.join(rows)}]"


def in_unicode(text: str) -> str:
    """What a correspondence has in ASCII, as equations print it: −Uᵀ."""
    return text.replace("-", "−").replace("^T", "ᵀ")


@dataclass(frozen=True)
class Specialisation:
    """One cell as a case of the other: its parameters set so, and not the reverse.

    Args:
        special: the cell that is the case.
        general: the cell whose parameters are set.
        where: how they are set.
    """

    special: str
    general: str
    where: tuple[Composition, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "special": self.special,
            "general": self.general,
            "where": {c.name: list(c.parts) for c in self.where},
        }


@dataclass(frozen=True)
class EqualityReport:
    """What is said of two cells.

    Args:
        sizes: the sets of sizes of the first cell at which they were compared.
        correspondence: the parameters of one cell, by those of the other.
        signals: inputs and results of the second cell, as those of the first.
        compared: the results that were compared, by the first cell's names.
        not_compared: results of either cell that were not, as `m of slstm-stabilised`.
        assumed: what was assumed, as `m_0 = 0`.
        conditions: what the verdict rests on, as `n_t ≠ 0`.
        specialisation: if one cell is a case of the other and not the reverse.
        unsearched: where there may be a correspondence that was not looked for, if none was found.
        shares_names: whether a name of the correspondence is a parameter of both cells.
        strict: whether a proof that rests on conditions is undecided.
    """

    cells: tuple[str, str]
    sizes: tuple[Sizes, ...]
    seed: int
    correspondence: tuple[Composition, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    comparisons: int = 0
    bound_bits: int = 0
    signals: tuple[tuple[str, str], ...] = ()
    compared: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    specialisation: Specialisation | None = None
    unsearched: tuple[str, ...] = ()
    shares_names: bool = False
    strict: bool = False

    @property
    def verdict(self) -> Verdict:
        if self.findings:
            return weightiest(f.verdict for f in self.findings)
        if not self.comparisons:
            return "error"
        return "undecided" if self.strict and self.conditions else "proved"

    @property
    def exit_status(self) -> int:
        return EXIT_STATUS[self.verdict]

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "equal": self.verdict == "proved",
            "cells": list(self.cells),
            "correspondence": {c.name: list(c.parts) for c in self.correspondence},
            "where": [c.where for c in self.correspondence],
            "signals": dict(self.signals),
            "specialisation": None if self.specialisation is None else
            self.specialisation.to_json(),
            "compared": list(self.compared),
            "not_compared": list(self.not_compared),
            "assumed": list(self.assumed),
            "conditions": list(self.conditions),
            "unsearched": list(self.unsearched),
            "sizes": [dict(s) for s in self.sizes],
            "seed": self.seed,
            "comparisons": self.comparisons,
            "error_bound": f"2^-{self.bound_bits}",
            "notes": list(self.notes),
            "findings": [f.to_json() for f in self.findings],
        }  # fmt: skip

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self) -> str:
        first, second = self.cells
        word = {"proved": "equal", "differs": "differs"}.get(self.verdict, self.verdict)
        title = f"{word}: {first} and {second}"
        if self.unsearched:
            title = f"{word}: no correspondence of {first} and {second} was found"
        lines = [title, *self._correspondence()]
        for finding in self.findings:
            lines.append(f"  error[{finding.code}]: {finding.message}")
            lines += [f"    {note}" for note in finding.notes]
            lines += [f"  help: {finding.help}"] if finding.help else []
        lines += [f"  {note}" for note in self.notes]
        lines += [f"  not searched: {what}" for what in self.unsearched]
        lines += self._basis()
        return "\n".join([*lines, f"  seed: {self.seed}"])

    def _correspondence(self) -> list[str]:
        renamed = [str(c) for c in self.correspondence if not c.is_own_name]
        renamed += [f"{a} = {b}" for a, b in self.signals if a != b]
        lines = ["  with " + "\n       ".join(renamed)] if renamed else []
        sides = sorted({c.side for c in self.correspondence if not c.is_own_name})
        if self.shares_names and len(sides) == 1:
            lines.append(
                f"  on the left of each = a parameter of {self.cells[sides[0]]}, "
                f"on the right those of {self.cells[1 - sides[0]]}"
            )
        return lines

    def _basis(self) -> list[str]:
        lines: list[str] = []
        if self.not_compared and self.compared:
            lines.append(f"  compared: {', '.join(self.compared)} over time")
            lines.append(f"  not compared: {', '.join(self.not_compared)}")
        lines += [f"  assumed: {assumption}" for assumption in self.assumed]
        lines += [f"  condition: {condition}" for condition in self.conditions]
        if not self.findings and self.comparisons:
            at = "; ".join(sizes_text(s) for s in self.sizes)
            lines.append(
                f"  proved for all real values{self._where_so}, at {at}\n"
                f"  randomised, {self.comparisons} comparisons; rational bound "
                f"2^-{self.bound_bits}; exponentials under the assumption of Li & Wu"
            )
            if self.strict and self.conditions:
                lines.append("  --strict takes a proof that rests on conditions for undecided")
        return lines

    @property
    def _where_so(self) -> str:
        """Which real values a proof speaks of: those for which the conditions hold."""
        return f" with {', '.join(self.conditions)}" if self.conditions else ""
