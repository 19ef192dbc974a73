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
from symlstm.messages import Span, SymlstmError, UsageError
from symlstm.notation.reading import builtin_names, load_cell, read_file

EQUATIONS = "equations.tex"


@dataclass(frozen=True)
class Stale:
    """A derived file that is not what its equations give, and how it differs."""

    path: Path
    diff: str


@dataclass(frozen=True)
class Refused:
    """A folder of which nothing is derived, and why."""

    folder: Path
    error: SymlstmError


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


def stale(root: Path, with_builtin: bool) -> Iterator[Stale | Refused]:
    """The derived files below `root` that are missing or differ, and the folders that have none."""
    for folder in _folders(root, with_builtin):
        try:
            for path, text in folder.wanted().items():
                present = _present(path)
                if present != text.encode():
                    yield Stale(path, _diff(path, present or b"", text))
        except SymlstmError as error:
            yield Refused(folder.path, error)


def regenerate(
    root: Path, with_builtin: bool, force: bool, progress: Callable[[str], None]
) -> Iterator[Path | Refused]:
    """Write every derived file that is missing or differs; each is told when it is written.

    All of a folder is computed, and checked for edits, before anything in it is written. A folder
    that is refused is left as it is, and the others are done.
    """
    for folder in _folders(root, with_builtin):
        progress(str(folder.path))
        try:
            for path, text in folder.changes(force).items():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, text)
                yield path
        except SymlstmError as error:
            yield Refused(folder.path, error)


@dataclass(frozen=True)
class _Folder:
    """A folder of one cell.

    Args:
        builtin: the name of the cell of the library of which it is a copy, its equations too.
    """

    path: Path
    builtin: str = ""

    def wanted(self) -> dict[Path, str]:
        """Each derived file and its text.

        Raises:
            SymlstmError: the equations cannot be read, or have no code or derivation.
        """
        if not self.builtin:
            derived = expected_files(read_file(self.path / EQUATIONS))
        else:
            equations = files("symlstm") / "cells" / f"{self.builtin}.tex"
            derived = {EQUATIONS: equations.read_text(encoding="utf-8")}
            derived |= expected_files(load_cell(self.builtin))
        return {self.path / file: text for file, text in derived.items()}

    def changes(self, force: bool) -> dict[Path, str]:
        """The derived files that are missing or differ.

        Raises:
            SymlstmError: as `wanted`, or a file was edited and `force` is not given.
        """
        changes: dict[Path, str] = {}
        for path, text in self.wanted().items():
            present = _present(path)
            if present == text.encode():
                continue
            if present is not None and path.name != EQUATIONS and not force:
                _refuse_if_edited(path, present)
            changes[path] = text
        return changes


def _folders(root: Path, with_builtin: bool) -> list[_Folder]:
    """The folders of the built-in cells, and those below `root` that hold equations."""
    builtin = [_Folder(root / name, name) for name in builtin_names()] if with_builtin else []
    if builtin and not root.is_dir():
        return builtin
    known = {folder.path for folder in builtin}
    return builtin + [_Folder(path) for path in folders_below(root) if path not in known]


def _present(path: Path) -> bytes | None:
    """What a file holds; None where there is none.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as problem:
        reason = (problem.strerror or "cannot be read").lower()
        raise UsageError(
            "S002", f"{path}: {reason}", help="symlstm writes a file there: make way for it"
        ) from None


def _refuse_if_edited(path: Path, present: bytes) -> None:
    if not is_untouched(present.decode("utf-8", "replace")):
        raise UsageError(
            "S011", f"{path} was edited by hand and is not overwritten", Span(str(path), 0),
            help="save your changes elsewhere, or give --force",
        )  # fmt: skip


def _diff(path: Path, present: bytes, expected: str) -> str:
    lines = difflib.unified_diff(
        present.decode("utf-8", "backslashreplace").splitlines(), expected.splitlines(),
        str(path), f"{path} (derived)", lineterm="",
    )  # fmt: skip
    return "\n".join(lines)
