"""`symlstm regenerate`: folders in which everything is derived from one `equations.tex`.

A folder holds `equations.tex`, the generated NumPy code (`<cell>.py`) and the derivation
(`derivation.tex`). They are the same bytes wherever and whenever they are made.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from symlstm.cell import Cell
from symlstm.codegen.numpy_code import generate
from symlstm.derivation.latex import latex_document
from symlstm.files import is_untouched, sealed, write_whole
from symlstm.messages import Span, UsageError
from symlstm.notation.reading import builtin_names, load_cell, read_file

EQUATIONS = "equations.tex"


@dataclass(frozen=True)
class Stale:
    """A derived file that is not what its equations give, and how it differs."""

    path: Path
    diff: str


def expected_files(cell: Cell) -> dict[str, str]:
    """The derived files of a cell by name, as its equations give them."""
    return {
        f"{cell.name.replace('-', '_')}.py": sealed(generate(cell), "#"),
        "derivation.tex": sealed(latex_document(cell), "%"),
    }


def folders_below(root: Path) -> list[Path]:
    """The folders that hold equations, in order of their paths.

    Raises:
        UsageError: there is none.
    """
    if not root.is_dir():
        raise UsageError(
            "S010", f"there is no folder {root}",
            help="give the folder that holds the folders of your cells",
        )  # fmt: skip
    found = sorted(path.parent for path in root.rglob(EQUATIONS))
    if not found:
        raise UsageError(
            "S010", f"no folder below {root} holds an {EQUATIONS}",
            help=f"put the equations of a cell into {root}/NAME/{EQUATIONS}",
        )  # fmt: skip
    return found


def stale(root: Path, with_builtin: bool) -> Iterator[Stale]:
    """The derived files below `root` that are missing or differ."""
    for path, text in _all_expected(root, with_builtin):
        present = path.read_text(encoding="utf-8") if path.is_file() else ""
        if present != text:
            yield Stale(path, _diff(path, present, text))


def regenerate(
    root: Path, with_builtin: bool, force: bool, progress: Callable[[str], None]
) -> list[Path]:
    """Write every derived file that is missing or differs; the paths that were written.

    Everything is computed, and checked for edits, before anything is written.

    Raises:
        UsageError: a file was edited and `force` is not given.
    """
    changes: list[tuple[Path, str]] = []
    for path, text in _all_expected(root, with_builtin):
        progress(str(path))
        present = path.read_text(encoding="utf-8") if path.is_file() else None
        if present == text:
            continue
        if present is not None and path.name != EQUATIONS and not force:
            _refuse_if_edited(path, present)
        changes.append((path, text))
    for path, text in changes:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    return [path for path, _ in changes]


def _all_expected(root: Path, with_builtin: bool) -> Iterator[tuple[Path, str]]:
    """Each derived file below `root` and its text.

    With the built-in cells, their equations are derived files too: copies of `symlstm/cells`.
    """
    builtin = builtin_names() if with_builtin else ()
    for name in builtin:
        path = files("symlstm") / "cells" / f"{name}.tex"
        yield root / name / EQUATIONS, path.read_text(encoding="utf-8")
        for file, text in expected_files(load_cell(name)).items():
            yield root / name / file, text
    if builtin and not root.is_dir():
        return
    for folder in folders_below(root):
        if folder not in {root / name for name in builtin}:
            for file, text in expected_files(read_file(folder / EQUATIONS)).items():
                yield folder / file, text


def _refuse_if_edited(path: Path, present: str) -> None:
    if not is_untouched(present):
        raise UsageError(
            "S011", f"{path} was edited by hand and is not overwritten", Span(str(path), 0),
            help="save your changes elsewhere, or give --force",
        )  # fmt: skip


def _diff(path: Path, present: str, expected: str) -> str:
    lines = difflib.unified_diff(
        present.splitlines(), expected.splitlines(), str(path), f"{path} (derived)", lineterm=""
    )
    return "\n".join(lines)
