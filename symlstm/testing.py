"""For anyone's tests: an assertion that functions compute the equations of a cell.

    def test_my_lstm():
        assert_implements("lstm", step=my_step, gradients=my_backward)

What fails is told as `symlstm verify` tells it: the equation, the term, the line and the mend.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symlstm.cell import Cell
from symlstm.interface import Sizes
from symlstm.messages import NotationError, SymlstmError, UsageError
from symlstm.verification.report import Report, error_report
from symlstm.verification.verify import verify

__all__ = ["assert_implements"]


def assert_implements(
    cell: str | Cell,
    *,
    step: Callable[..., Any] | None = None,
    sequence: Callable[..., Any] | None = None,
    gradients: Callable[..., Any] | None = None,
    sizes: Sizes | Sequence[Sizes] = (),
    seed: int | None = None,
    wrt: Sequence[str] = (),
    strict: bool = False,
) -> Report:
    """Prove that functions compute the equations of a cell, for all real values.

    The functions may be any callables: of a module, bound methods, closures, partials. They are
    followed on symbols in this process, and called several times, on arrays of symbols and of
    float64: an object whose method keeps what it computed keeps symbols. There is no limit of time
    or memory, other than pytest's own; for that, verify a file.

    Args:
        cell: a cell, the name of a built-in one, or the path of an equations file.
        step, sequence, gradients: what is checked, its arguments named as those of the cell; its
            own name does not matter.
        sizes: one set of sizes or several, such as {"B": 2, "T": 3, "D": 3, "H": 5}.
        seed: makes the run repeatable.
        wrt: the names whose gradients are compared; empty: all.
        strict: a proof that rests on conditions fails too.
    Returns:
        the report, which is `proved`; its `conditions` and `assumed` say what the proof rests on.
    Raises:
        AssertionError: any verdict but `proved`; its text is the report.
        UsageError: there is no such cell, no function is given, or the sizes do not fit: then
            nothing was checked, which is no failure of the functions.
        NotationError: the equations file cannot be read.
    """
    __tracebackhide__ = True
    given = {"step": step, "sequence": sequence, "gradients": gradients}
    functions = {kind: function for kind, function in given.items() if function is not None}
    _check_functions(functions)
    try:
        report = verify(functions, cell, sizes=sizes, seed=seed, wrt=wrt, strict=strict)
    except (UsageError, NotationError):
        raise
    except SymlstmError as error:
        name = cell.name if isinstance(cell, Cell) else cell
        report = error_report(error, name, ", ".join(functions))
    if report.verdict != "proved":
        raise AssertionError(f"{report.verdict}\n\n{report.to_text()}") from None
    return report


def _check_functions(functions: dict[str, Any]) -> None:
    """Refuse what leaves nothing to be checked."""
    __tracebackhide__ = True
    help = "give step=, sequence= or gradients= a function"
    if not functions:
        raise UsageError("S023", "there is no function to check", help=help)
    for kind, function in functions.items():
        if not callable(function):
            what = f"{kind} is a {type(function).__name__}, which cannot be called"
            raise UsageError("S023", what, help=help)
