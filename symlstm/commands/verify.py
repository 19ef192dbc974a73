"""`symlstm verify`: of an implementation, and, without one, the main job."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from symlstm.commands.options import (
    Sizes,
    json_option,
    memory_option,
    seed_option,
    sizes_option,
    timeout_option,
    wrt_option,
)
from symlstm.terminal import (
    CELL,
    ERROR,
    FORMATS,
    TARGET,
    echo,
    print_reports,
    progress_bar,
    remember_format,
    remembered,
)

if TYPE_CHECKING:
    from symlstm.verification.options import Options
    from symlstm.verification.report import Report


@click.command()
@click.argument(
    "target", required=False, metavar="[FILE.py[:NAME]|FILE.tex]", callback=remembered(TARGET)
)
@click.option(
    "--cell", metavar="CELL", callback=remembered(CELL),
    help="What FILE.py claims to compute: a built-in name or an equations file.",
)  # fmt: skip
@wrt_option
@sizes_option
@seed_option
@click.option("--strict", is_flag=True, help="A proof that rests on conditions is undecided.")
@timeout_option
@memory_option
@click.option("--numerics", is_flag=True, help="Say how FILE.py does in floating point, too.")
@click.option(
    "--save-counterexample",
    metavar="FILE",
    help="Write a Python file that shows the difference, by itself.",
)
@click.option("--infer", is_flag=True, help="Find out how a foreign signature packs the cell.")
@json_option
@click.option(
    "--format", "form", type=click.Choice(["text", *FORMATS]), default="text", is_eager=True,
    show_default=True, callback=remember_format, help="The form of the report.",
)  # fmt: skip
def verify(
    target: str | None, cell: str | None, wrt: tuple[str, ...], sizes: Sizes, seed: int | None,
    strict: bool, timeout: float, memory: float, numerics: bool, save_counterexample: str | None,
    infer: bool, as_json: bool, form: str,
) -> None:  # fmt: skip
    """Prove or refute that an implementation, or a derivation, is that of a cell.

    Without FILE.py, the main job: for every built-in cell, or the one given by --cell, derive the
    gradients, generate the code, and prove generated code = equations = hand-written reference. A
    cell of your own (--cell my_cell.tex) has no reference: generated code = equations.

    With FILE.tex, a published derivation: equations for gradients, in LaTeX or plain text, and
    those of the cell if the file has them. Each is proved, or told with what it should read.

    The exit status is 0 for proved, 1 for differs, 2 for an error, 3 for undecided.
    """
    from symlstm.messages import UsageError
    from symlstm.verification.options import Options

    form = "json" if as_json and form == "text" else form
    options = Options(sizes, seed, wrt, strict, timeout, int(memory * 2**20), numerics=numerics)
    if target is None and numerics:
        raise click.UsageError("--numerics is about an implementation: give FILE.py")
    if target is None:
        _main_job(cell, options, form)
    if cell is None:
        raise UsageError(
            "S017", f"{target} is verified against a cell, and none is given",
            help="give --cell CELL; symlstm list names the built-in cells",
        )  # fmt: skip
    if infer:
        _check_beside("--infer", wrt, save_counterexample, numerics)
        _infer(target, cell, options, form)
    if target.endswith(".tex"):
        _check_beside("a derivation", wrt, save_counterexample, numerics)
    report = _verify_file(target, cell, options)
    if form == "text":
        echo(report.to_text())
    else:
        print_reports([report], report.to_json(), form, report.exit_status)
    if save_counterexample is not None:
        _save_counterexample(report, target, cell, save_counterexample, wrt)
    sys.exit(report.exit_status)


def _save_counterexample(
    report: Report, target: str, cell: str, path: str, wrt: tuple[str, ...]
) -> None:
    """Save it behind the report, which stands whether or not there is anything to save."""
    from symlstm.messages import SymlstmError
    from symlstm.verification.counterexample import save

    try:
        save(report, target, cell, Path(path), wrt)
    except SymlstmError as error:
        echo(str(error), err=True)
        sys.exit(ERROR)


def _verify_file(target: str, cell: str, options: Options) -> Report:
    from symlstm.notation.reading import load_cell
    from symlstm.verification.verify import verify_file

    with progress_bar() as progress:
        return verify_file(target, load_cell(cell), replace(options, progress=progress))


def _check_beside(
    what: str, wrt: tuple[str, ...], save_counterexample: str | None, numerics: bool
) -> None:
    """What is not done beside --infer, or with a derivation, is refused, not left undone."""
    from symlstm.messages import UsageError

    unused = {
        "--wrt": bool(wrt),
        "--save-counterexample": save_counterexample is not None,
        "--numerics": numerics,
    }
    remedy = "save the adapter that --infer prints, and verify that with {option}"
    if what != "--infer":
        remedy = "leave {option} out: each equation of a derivation is compared by itself"
    for option in (name for name, is_given in unused.items() if is_given):
        raise UsageError(
            "S024", f"{option} has no meaning beside {what}", help=remedy.format(option=option)
        )


def _infer(target: str, cell: str, options: Options, form: str) -> NoReturn:
    """Bind a foreign signature, print the adapter and the report on it, and exit."""
    from symlstm.notation.reading import load_cell
    from symlstm.verification.inference.infer import infer_file

    with progress_bar() as progress:
        found = infer_file(target, load_cell(cell), replace(options, progress=progress))
    if form == "text":
        echo(found.to_text())
    else:
        print_reports([found.report], found.to_json(), form, found.exit_status)
    sys.exit(found.exit_status)


def _main_job(cell: str | None, options: Options, form: str) -> NoReturn:
    """Verify the built-in cells, print the table or what another program reads, and exit."""
    from symlstm.library import cells
    from symlstm.notation.reading import load_cell
    from symlstm.verification.main_job import verify_library
    from symlstm.verification.report import EXIT_STATUS, weightiest

    chosen = list(cells.values()) if cell is None else [load_cell(cell)]
    reports = verify_library(chosen, options, progress_bar)
    verdict = weightiest(report.verdict for report in reports)
    if form == "text":
        _print_table(reports)
    else:
        plain = {"verdict": verdict, "cells": [report.to_json() for report in reports]}
        print_reports(reports, plain, form, EXIT_STATUS[verdict])
    sys.exit(EXIT_STATUS[verdict])


def _print_table(reports: Iterable[Report]) -> None:
    from rich.console import Console
    from rich.table import Table

    from symlstm.interface import sizes_text
    from symlstm.verification.report import MEANING

    table = Table(box=None, pad_edge=False)
    for column in ("cell", "verdict", "what was compared", "comparisons", "rational bound"):
        table.add_column(column)
    known = list(reports)
    for report in known:
        for finding in report.findings:
            echo(finding.to_text() + "\n")
        table.add_row(
            report.cell, report.verdict, f"equations = {report.subject}", str(report.comparisons),
            f"2^-{report.bound_bits}",
        )  # fmt: skip
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    console.print(table)
    first = known[0]
    echo(f"functions: {', '.join(first.functions)}; seed {first.seed}")
    echo(f"sizes: {'; '.join(sizes_text(s) for s in first.sizes)}")
    for report in known:
        if report.conditions:
            echo(f"condition of {report.cell}: {', '.join(report.conditions)}")
    if any(report.verdict == "undecided" and not report.findings for report in known):
        echo("proved only under these conditions; --strict takes that for undecided")
    if all(report.verdict == "proved" for report in known):
        echo(MEANING + ("; where the conditions hold" if any(r.conditions for r in known) else ""))
