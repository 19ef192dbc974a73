"""A counterexample as a Python file that runs by itself and shows the difference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from symlstm.cell import Cell
from symlstm.codegen.quoting import in_docstring
from symlstm.files import write_whole
from symlstm.interface import KINDS, Kind, Sizes, signature
from symlstm.messages import UsageError
from symlstm.notation.reading import load_cell
from symlstm.verification.report import Report


def save(report: Report, target: str, cell: str, path: Path) -> None:
    """Write the first counterexample of a report.

    Raises:
        UsageError: the report has none, or the file cannot be written.
    """
    finding = next((f for f in report.findings if f.counterexample is not None), None)
    if finding is None or finding.counterexample is None:
        raise UsageError(
            "S014", f"there is no counterexample to save: the verdict is {report.verdict}",
            help="leave out --save-counterexample",
        )  # fmt: skip
    kinds: dict[str, Kind] = {k: k for k in KINDS}
    kind = kinds[finding.function]
    file, _, name = target.rpartition(":") if ".py:" in target else (target, "", "")
    text = _script(
        load_cell(cell), kind, name or kind, Path(file).resolve(),
        finding.counterexample,
    )  # fmt: skip
    write_whole(path, text)


def _script(cell: Cell, kind: Kind, function: str, file: Path, example: Mapping[str, Any]) -> str:
    arrays = _arrays(cell, kind, example["at"])
    what = in_docstring(f"{function} of {file.name} is not {cell.name}")
    lines = [
        f'"""A point at which {what}; run it with Python."""',
        "", "import importlib.util", "", "import numpy as np", "",
        f"spec = importlib.util.spec_from_file_location('implementation', {str(file)!r})",
        "module = importlib.util.module_from_spec(spec)", "spec.loader.exec_module(module)", "",
        "arguments = {",
        *(f"    {name!r}: np.array({values})," for name, values in arrays.items()),
        "}",
        f"found = getattr(module, {function!r})(**arguments)",
        f"result = {_pick(cell, kind, example['result'])}",
        f"print('{example['result']} as found:', result)",
        f"print('one of its elements is about {example['found']}')",
        f"print('the equations give            {example['expected']}')",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _pick(cell: Cell, kind: Kind, result: str) -> str:
    if kind == "gradients":
        return f"found[{result!r}]"
    position = [r.name for r in cell.results].index(result)
    return f"found[{result!r}] if isinstance(found, dict) else found[{position}]"


def _arrays(cell: Cell, kind: Kind, point: Mapping[str, str]) -> dict[str, Any]:
    """The arguments as nested lists; what the comparison did not read is 1/16."""
    sizes = _sizes(cell, kind, point)
    bound = signature(cell, kind)
    present = {name.split("[", 1)[0] for name in point}
    return {
        a.name: _nested(a.name, a.shape(sizes), point)
        for a in bound.arguments
        if a.name in present or not a.may_be_absent
    }


def _nested(prefix: str, shape: tuple[int, ...], point: Mapping[str, str], at: str = "") -> Any:
    if not shape:
        return float(Fraction(point.get(f"{prefix}[{at}]", "1/16")))
    return [
        _nested(prefix, shape[1:], point, f"{at},{n}" if at else str(n)) for n in range(shape[0])
    ]


def _sizes(cell: Cell, kind: Kind, point: Mapping[str, str]) -> Sizes:
    """The sizes, read off the largest index of each argument."""
    sizes: dict[str, int] = {}
    bound = signature(cell, kind)
    for name in point:
        match = re.fullmatch(r"(\w+)\[([\d,]+)\]", name)
        argument = bound.argument(match[1]) if match else None
        if match and argument is not None:
            for dimension, index in zip(
                argument.symbolic_shape(), match[2].split(","), strict=True
            ):
                size = str(dimension)
                sizes[size] = max(sizes.get(size, 1), int(index) + 1)
    return sizes
