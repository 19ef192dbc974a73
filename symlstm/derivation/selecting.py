"""Which adjoints a derivation shows, where only some gradients are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from symlstm.calculus.gradient import GradientSystem
from symlstm.messages import UsageError


def needed(system: GradientSystem, wrt: Sequence[str]) -> frozenset[str] | None:
    """The names of the adjoints that are derived; None: all."""
    if not wrt:
        return None
    unknown = [n for n in wrt if not _has(system, n) and not _has(system, f"d{n}")]
    if unknown:
        names = ", ".join(system.defined(e).name.removeprefix("d") for e in system.equations)
        raise UsageError(
            "S016", f"there is no gradient with respect to {unknown[0]}",
            notes=(f"{system.original.name} has gradients with respect to {names}",),
            help="give --wrt names of these, separated by commas",
        )  # fmt: skip
    pending = [n if n.startswith("d") and _has(system, n) else f"d{n}" for n in wrt]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found and _has(system, name):
            found.add(name)
            pending += [q.name for q, _ in system.reads(system.equation(name))]
    return frozenset(found)


def _has(system: GradientSystem, name: str) -> bool:
    return any(system.defined(e).name == name for e in system.equations)
