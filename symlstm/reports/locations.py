"""Paths as other programs want them: relative to the root of the repository."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def repository_root(files: Iterable[str]) -> Path:
    """The nearest folder with a .git above the first file, or the working directory."""
    first = next((Path(file).absolute() for file in files if is_on_disk(file)), None)
    for folder in first.parents if first is not None else ():
        if (folder / ".git").exists():
            return folder
    return Path.cwd()


def is_on_disk(file: str) -> bool:
    """Whether a name is that of a file, rather than of code that was generated or typed."""
    return bool(file) and not file.startswith("<")


def within(root: Path, file: str) -> str | None:
    """The path from the root, with slashes; None for a file elsewhere."""
    path = Path(file).absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None
