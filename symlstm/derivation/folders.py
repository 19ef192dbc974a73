"""`symlstm regenerate`: folders in which everything is derived from one `equations.tex`.

A folder holds `equations.tex`, the generated NumPy code (`<cell>.py`), the derivation
(`derivation.tex` and `derivation.html`), the diagram (`diagram.svg`, and `diagram.dot`, which
`symlstm check-diagram` reads), and `proof.json`, which says what was proved of them. An
`index.html` beside the folders of the built-in cells links them all. They are the same bytes
wherever and whenever they are made.
"""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from symlstm.cell import Cell
from symlstm.codegen.numpy_code import generate
from symlstm.derivation.composing import compose
from symlstm.derivation.html import in_html, index_page
from symlstm.derivation.latex import in_latex
from symlstm.derivation.record import proof_record
from symlstm.drawing.drawing import diagram
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


def expected_files(cell: Cell, equations: bytes) -> dict[str, str]:
    """The derived files of a cell by name, as its equations give them.

    Args:
        equations: the file that they were read from.
    """
    document, code, drawing = compose(cell), sealed(generate(cell), "#"), diagram(cell)
    return {
        code_name(cell.name): code,
        "derivation.tex": sealed(in_latex(document), "%"),
        "derivation.html": sealed(in_html(document), "<!--"),
        "diagram.svg": sealed(drawing.svg(), "<!--"),
        "diagram.dot": sealed(drawing.dot(), "#"),
        "proof.json": proof_record(cell, equations, code),
    }


def code_name(cell: str) -> str:
    """The file of a cell's generated code."""
    return f"{cell.replace('-', '_')}.py"


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
class _Derived(ABC):
    """A folder with derived files."""

    path: Path

    @abstractmethod
    def wanted(self) -> dict[Path, str]:
        """Each derived file and its text.

        Raises:
            SymlstmError: the equations cannot be read, or have no code or derivation.
        """

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


@dataclass(frozen=True)
class _Folder(_Derived):
    """A folder of one cell.

    Args:
        builtin: the name of the cell of the library of which it is a copy, its equations too.
    """

    builtin: str = ""

    def cell(self) -> Cell:
        return load_cell(self.builtin) if self.builtin else read_file(self.path / EQUATIONS)

    def wanted(self) -> dict[Path, str]:
        builtin = files("symlstm") / "cells" / f"{self.builtin}.tex"
        cell = self.cell()
        equations = (builtin if self.builtin else self.path / EQUATIONS).read_bytes()
        derived = expected_files(cell, equations)
        if self.builtin:
            derived = {EQUATIONS: equations.decode(), **derived}
        return {self.path / file: text for file, text in derived.items()}


@dataclass(frozen=True)
class _Index(_Derived):
    """The page that links the folders below a root, those that can be read."""

    folders: tuple[_Folder, ...] = ()

    def wanted(self) -> dict[Path, str]:
        entries: list[tuple[str, str, str]] = []
        for folder in self.folders:
            with suppress(SymlstmError):
                cell = folder.cell()
                at = folder.path.relative_to(self.path).as_posix()
                entries.append((at, cell.title or cell.name, code_name(cell.name)))
        return {self.path / "index.html": sealed(index_page(sorted(entries)), "<!--")}


def _folders(root: Path, with_builtin: bool) -> list[_Derived]:
    """The folders of the built-in cells with their index, and those below `root` that hold
    equations."""
    if not with_builtin:
        return [_Folder(path) for path in folders_below(root)]
    found = [_Folder(root / name, name) for name in builtin_names()]
    if root.is_dir():
        known = {folder.path for folder in found}
        found += [_Folder(path) for path in folders_below(root) if path not in known]
    return [*found, _Index(root, tuple(found))]


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
