"""A counterexample as a Python file that runs by itself and shows the difference.

The file holds the point, the code that is generated from the equations, and
`symlstm.verification.standalone`, which compares the two; it needs NumPy, and nothing of symlstm.
It is sealed (`symlstm.files`): what a person has edited or written is not overwritten.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from pprint import pformat
from typing import Any

from symlstm.cell import Cell
from symlstm.codegen.numpy_code import generate
from symlstm.codegen.quoting import in_docstring
from symlstm.files import is_untouched, sealed, write_whole
from symlstm.interface import KINDS, Kind, Sizes, signature
from symlstm.messages import UsageError
from symlstm.notation.reading import load_cell
from symlstm.proof.interpret import symbol_names
from symlstm.verification.report import Finding, Report

TOLERANCE = 1e-10
"""What the rounding of float64 may make of a result, relative to the larger of 1 and the result."""
_LEAST = 1e-14
"""Smaller differences are not told from rounding."""
_CRASHED = "crashed"
_MARK = "Saved by symlstm verify --save-counterexample."


def save(report: Report, target: str, cell: str, path: Path, wrt: Sequence[str] = ()) -> None:
    """Write the first counterexample of a report.

    Args:
        target: `FILE.py` or `FILE.py:NAME`.
        wrt: the names whose gradients are compared; empty: all.
    Raises:
        UsageError: the report has none, the file cannot be written, or is another's.
    """
    finding = _chosen(report)
    if finding is None:
        raise UsageError(
            "S014", f"there is no counterexample to save: the verdict is {report.verdict}",
            help="leave out --save-counterexample",
        )  # fmt: skip
    _check_free(path)
    file, _, name = target.rpartition(":") if ".py:" in target else (target, "", "")
    point = _Point(load_cell(cell), finding, report, wrt)
    write_whole(path, sealed(point.script(Path(file), name or finding.function, path), "#"))


def _chosen(report: Report) -> Finding | None:
    """The first finding that a run shows, with a point if its function has one."""
    shown = [
        f for f in report.findings
        if f.function in KINDS and (f.verdict == "differs" or f.kind == _CRASHED)
    ]  # fmt: skip
    with_point = [f for f in shown if f.counterexample and f.function == shown[0].function]
    return next(iter([*with_point, *shown]), None)


def _check_free(path: Path) -> None:
    """Refuse to write over anything but an older counterexample."""
    if not path.is_file():
        return
    try:
        text = path.read_text(encoding="utf-8")
        is_ours = _MARK in text and is_untouched(text)
    except (OSError, ValueError):
        is_ours = False
    if not is_ours:
        raise UsageError(
            "S009", f"{path}: is there already, and is no counterexample as it was saved",
            help="choose another name, or delete it",
        )  # fmt: skip


class _Point:
    """A point at which a function differs, and the file that shows it."""

    def __init__(self, cell: Cell, finding: Finding, report: Report, wrt: Sequence[str]) -> None:
        kinds: dict[str, Kind] = {k: k for k in KINDS}
        self._cell = cell
        self._kind = kinds[finding.function]
        self._signature = signature(cell, self._kind)
        self._finding = finding
        self._example: Mapping[str, Any] = finding.counterexample or {}
        self._sizes: Sizes = self._example.get("sizes", report.sizes[0])
        self._rng = random.Random(report.seed)
        self._wrt = {name.removeprefix("d") for name in wrt}

    def script(self, file: Path, function: str, path: Path) -> str:
        """The text of the file that is written to `path`."""
        folder = os.path.dirname(os.path.realpath(path))
        shown = in_docstring(f"{function} of {file.name} is not {self._cell.name}")
        script = in_docstring(path.name)
        names = tuple(result.name for result in self._signature.results)
        runner = files("symlstm.verification") / "standalone.py"
        return "\n".join(
            [
                f'"""A point at which {shown}.',
                "",
                f"    python {script} [FILE.py]",
                "",
                "runs the file there, and the code that symlstm generated from the equations, and",
                "exits with 1 while they differ, and with 0 when they agree. It needs NumPy only.",
                _MARK,
                '"""',
                "",
                f"import numpy as np\n\nFILE = {_relative(file, folder)!a}",
                f"FUNCTION = {function!a}",
                f"TOLERANCE = {self._tolerance()!r}",
                f"RESULTS = {names!a}",
                f"COMPARED = {self._compared(names)!a}",
                "POINT = {",
                *self._arrays(),
                "}",
                "\n\n# The equations.",
                generate(self._cell),
                "\n# The comparison.",
                runner.read_text(encoding="utf-8"),
                '\nif __name__ == "__main__":',
                f"    equations = {self._kind}",
                "    sys.exit(run_point("
                "FILE, FUNCTION, equations, POINT, RESULTS, COMPARED, TOLERANCE))\n",
            ]
        )

    def _compared(self, names: Sequence[str]) -> tuple[str, ...]:
        """The results that are compared, the one that was found wrong first."""
        asked = list(names)
        if self._wrt and self._kind == "gradients":
            asked = [name for name in names if name.removeprefix("d") in self._wrt]
        first = self._example.get("result") or self._finding.equation.removesuffix("_t")
        return tuple(sorted(asked, key=lambda name: name != first))

    def _tolerance(self) -> float:
        """Less than the difference that is to be seen, where that is small."""
        try:
            expected, found = (float(self._example[key]) for key in ("expected", "found"))
        except (KeyError, ValueError):
            return TOLERANCE
        seen = abs(expected - found) / max(1.0, abs(expected)) / 10
        return max(_LEAST, min(TOLERANCE, seen))

    def _arrays(self) -> list[str]:
        """The arguments as nested lists; what the comparison did not read is drawn."""
        at: Mapping[str, str] = self._example.get("at", {})
        choices = [Fraction(k, 16) for k in range(-24, 25) if k]
        lines: list[str] = []
        for argument in self._signature.arguments:
            names = symbol_names(argument, self._sizes)
            values = [float(Fraction(at.get(n, self._rng.choice(choices)))) for n in names]
            nested = pformat(_nested(values, argument.shape(self._sizes)), width=96, compact=True)
            lines.append(f"    {argument.name!a}: np.array(\n{nested}),")
        return lines


def _nested(values: Sequence[float], shape: Sequence[int]) -> Any:
    """Values in row-major order as nested lists."""
    if not shape:
        return values[0]
    size = len(values) // shape[0] if shape[0] else 0
    return [_nested(values[n * size :][:size], shape[1:]) for n in range(shape[0])]


def _relative(file: Path, folder: str) -> str:
    """The path of a file as seen from a folder; the whole of it where they share no root."""
    whole = os.path.realpath(file)
    try:
        return os.path.relpath(whole, folder)
    except ValueError:
        return whole
