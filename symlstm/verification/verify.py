"""The public function: is this implementation that cell?

What is verified is a `subject`; `check` binds and traces it and gathers what is found; `conduct`
says how a function behaved, `agreement` whether its values are those of the equations; `diagnosis`
explains what differs. `main_job` does this for the cells themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from symlstm.cell import Cell
from symlstm.interface import Sizes
from symlstm.messages import Span
from symlstm.notation.reading import as_cell
from symlstm.tracing.loading import LoadError
from symlstm.tracing.parent import TIMEOUT
from symlstm.verification.check import check
from symlstm.verification.main_job import verify_builtin
from symlstm.verification.options import Options
from symlstm.verification.published.verify import verify_published
from symlstm.verification.report import Report
from symlstm.verification.subject import file_subject, local_subject


def verify(
    target: str | Callable[..., Any] | Mapping[str, Callable[..., Any]] | None = None,
    cell: str | Cell = "lstm",
    *,
    sizes: Sizes | Sequence[Sizes] = (),
    seed: int | None = None,
    wrt: Sequence[str] = (),
    strict: bool = False,
    timeout: float = TIMEOUT,
    numerics: bool = False,
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
        numerics: whether to say how the target does in floating point; of a cell alone nothing is.
    Raises:
        SymlstmError: the cell, the file, its functions or the sizes do not fit.
    """
    known = as_cell(cell)
    several = (sizes,) if isinstance(sizes, Mapping) else tuple(sizes)
    options = Options(
        several, seed, tuple(wrt), strict, timeout, numerics=numerics and target is not None
    )
    if target is None:
        return verify_builtin(known, options)
    if isinstance(target, str):
        return verify_file(target, known, options)
    subject = local_subject({_name(target): target} if callable(target) else target)
    return check(subject, known, options, only=_name(target) if callable(target) else None)


def _name(function: Callable[..., Any]) -> str:
    """What a function is called; a partial or an object is called after its type."""
    return getattr(function, "__name__", type(function).__name__)


def verify_file(target: str, cell: Cell, options: Options) -> Report:
    """Verify `FILE.py`, `FILE.py:NAME` or the published derivation in `FILE.tex`.

    Raises:
        SymlstmError: as `verify`; or the file is another one than was read at first.
    """
    path, colon, name = target.rpartition(":")
    if not colon or not path.endswith(".py"):
        path, name = target, ""
    if path.endswith(".tex"):
        return verify_published(path, cell, options)
    subject = file_subject(path, options.timeout, options.memory)
    before = _content(path)
    report = check(subject, cell, options, only=name or None)
    if _content(path) != before:
        raise LoadError(
            "S501", "the file has changed while it was verified", Span(path, 0),
            help="does it write to itself, or delete itself?",
        )  # fmt: skip
    return report


def _content(path: str) -> bytes | None:
    """What stands in a file; None if there is none."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
