"""How to verify: the sizes, the seed, what is asked for, and what explains a difference."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from symlstm.cell import Cell
from symlstm.interface import Sizes
from symlstm.messages import UsageError
from symlstm.tracing.parent import MEMORY, TIMEOUT
from symlstm.verification.case import Case
from symlstm.verification.diagnosis import diagnose
from symlstm.verification.report import Finding
from symlstm.verification.workload import check_workload

Progress = Callable[[str], None]

Diagnosis = Callable[[Case], list[Finding]]
"""What explains a difference: from an implementation that differs, its findings; never none."""


def quiet(text: str) -> None:
    """Progress that is shown to nobody."""


@dataclass(frozen=True)
class Options:
    """How to verify.

    Args:
        sizes: the sets of sizes; empty: `default_sizes`.
        seed: makes a run repeatable; None: drawn.
        wrt: the names whose gradients are compared; empty: all.
        strict: a proof that rests on conditions counts as undecided.
        numerics: whether to say how the implementation does in floating point.
        diagnosis: explains what differs; it has no part in the verdict.
    """

    sizes: tuple[Sizes, ...] = ()
    seed: int | None = None
    wrt: tuple[str, ...] = ()
    strict: bool = False
    timeout: float = TIMEOUT
    memory: int = MEMORY
    progress: Progress = quiet
    diagnosis: Diagnosis = diagnose
    numerics: bool = False

    def sizes_of(self, cell: Cell) -> tuple[Sizes, ...]:
        """The sets of sizes, each of them fit for the cell.

        Raises:
            UsageError: one lacks a size, names an unknown one, is not positive or too large.
        """
        sizes = self.sizes or default_sizes(cell)
        for each in sizes:
            check_sizes(cell, each)
        return sizes

    def drawn_seed(self) -> int:
        """The seed, drawn if none is given."""
        return secrets.randbelow(2**32) if self.seed is None else self.seed


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


def check_sizes(cell: Cell, sizes: Sizes) -> None:
    """Refuse a set of sizes that lacks one, names an unknown one, is not positive or too large."""
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
    unfit = next((n for n, size in sizes.items() if not _is_whole(size)), None)
    if unfit is not None:
        raise UsageError(
            "S005", f"the size {unfit} is {sizes[unfit]!r}, no whole number",
            help=f"give {unfit} as an int, such as 3",
        )  # fmt: skip
    small = [n for n, size in sizes.items() if size < 1]
    if small:
        raise UsageError(
            "S005", f"the size {small[0]}={sizes[small[0]]} is not positive",
            help="sizes of at least 2, T of at least 3, hide the fewest mistakes",
        )  # fmt: skip
    check_workload(cell, sizes)


def _is_whole(size: Any) -> bool:
    return isinstance(size, Integral) and size is not True and size is not False
