"""`symlstm regenerate`: what is derived from equations, written or held against its files."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from symlstm.terminal import ERROR, echo, progress_bar


@click.command()
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is not up to date.")
@click.option("--force", is_flag=True, help="Overwrite files that were edited by hand.")
def regenerate(folder: str | None, check: bool, force: bool) -> None:
    """Rewrite all that is derived from equations, in every folder below DIR that holds an
    equations.tex; without DIR, derivations/ with the built-in cells.

    The cell is named after its folder: DIR/gated/equations.tex gives gated/gated.py, and
    gated/derivation.tex.
    """
    from symlstm.derivation import folders

    root = Path(folder or "derivations")
    if check:
        found = list(folders.stale(root, with_builtin=folder is None))
        differing = [each for each in found if isinstance(each, folders.Stale)]
        for each in differing:
            echo(f"{each.path} is not what its equations give\n{each.diff}\n")
        status = _report_stale(len(differing), folder)
    else:
        with progress_bar() as progress:
            found = list(folders.regenerate(root, folder is None, force, progress))
        for each in found:
            if isinstance(each, Path):
                echo(f"wrote {each}")
        status = 0
    refused = [each for each in found if isinstance(each, folders.Refused)]
    if not found:
        echo("everything is up to date")
    for each in refused:
        echo(str(each.error), err=True)
    sys.exit(ERROR if refused else status)


def _report_stale(number: int, folder: str | None) -> int:
    """Say that derived files are stale; the exit status."""
    if not number:
        return 0
    again = "symlstm regenerate" + (f" {shlex.quote(folder)}" if folder else "")
    echo(
        f"error[S013]: {number} derived file{'s are' if number > 1 else ' is'} stale\n"
        f"  help: run {again}, and commit what it writes", err=True,
    )  # fmt: skip
    return 1
