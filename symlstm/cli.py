"""The command line.

Nothing is imported here but click: SymPy, NumPy and rich are loaded by the command that needs
them, so that `symlstm --help` answers at once. Reports go to standard output; progress and errors
of usage to standard error. The exit status is the verdict's.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from symlstm.terminal import (
    CELL,
    ERROR,
    FORMATS,
    TARGET,
    Commands,
    echo,
    echo_markdown,
    print_json,
    print_reports,
    progress_bar,
    remember_format,
    remembered,
)
from symlstm.version import VERSION

if TYPE_CHECKING:
    from symlstm.verification.options import Options
    from symlstm.verification.report import Report


def _write(text: str, output: str | None) -> None:
    from symlstm.files import write_whole

    if output is None or output == "-":
        echo(text, nl=False)
    else:
        write_whole(Path(output), text)


output_option = click.option(
    "-o", "--output", metavar="FILE", help="Write to FILE instead of standard output."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, is_eager=True, callback=remember_format,
    help="Print one JSON value.",
)  # fmt: skip
seed_option = click.option(
    "--seed", type=click.IntRange(0), help="Repeat the run that printed this seed."
)


memory_option = click.option(
    "--memory", type=click.FloatRange(256), default=4096.0, show_default=True, metavar="MIB",
    help="MiB of address space that the file may use.",
)  # fmt: skip


def _read_names(_context: click.Context, _option: click.Parameter, text: str | None) -> Any:
    return _names(text)


wrt_option = click.option(
    "--wrt", metavar="NAMES", callback=_read_names,
    help="Only these gradients, as W_xi,b_i.",
)  # fmt: skip
sizes_option = click.option(
    "--sizes", metavar="B=2,D=3,H=5,T=3", help="One set of sizes instead of the two usual ones."
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="symlstm")
def main() -> None:
    """Equations of recurrent cells: their gradients, code and derivation, and proofs that an
    implementation computes them.

    CELL is the name of a built-in cell (see `symlstm list`) or the path of an equations file.
    """


@main.command("list")
@json_option
def list_cells(as_json: bool) -> None:
    """The built-in cells: name, source, states, shapes."""
    from symlstm.library import cells
    from symlstm.notation.showing import cell_to_json, shape_text

    if as_json:
        print_json([cell_to_json(cell) for cell in cells.values()])
        return
    for name, cell in cells.items():
        states = ", ".join(f"{q.in_unicode()} ∈ {shape_text(q)}" for q in cell.states)
        inputs = ", ".join(f"{q.in_unicode()} ∈ {shape_text(q)}" for q in cell.inputs)
        echo(f"{name}\n    {cell.title}\n    states {states}; input {inputs}")
        echo(f"    {cell.source}")


@main.command()
@click.argument("cell", metavar="CELL")
@click.option(
    "--format", "form", type=click.Choice(["unicode", "latex", "json"]), default="unicode",
    show_default=True, is_eager=True, callback=remember_format,
    help="How to print the equations.",
)  # fmt: skip
def show(cell: str, form: str) -> None:
    """The equations of a cell with their shapes."""
    from symlstm.notation.reading import load_cell
    from symlstm.notation.showing import cell_to_json, cell_to_latex, cell_to_unicode

    known = load_cell(cell)
    if form == "json":
        print_json(cell_to_json(known))
    else:
        echo((cell_to_latex if form == "latex" else cell_to_unicode)(known), nl=False)


@main.command()
@click.argument("cell", metavar="CELL")
@click.option(
    "--format", "form", type=click.Choice(["latex"]), default="latex", show_default=True,
    help="The format of the document.",
)  # fmt: skip
@wrt_option
@output_option
def derive(cell: str, form: str, wrt: tuple[str, ...], output: str | None) -> None:
    """The derivation of a cell's gradients as a document."""
    from symlstm.derivation.latex import latex_document
    from symlstm.files import sealed
    from symlstm.notation.reading import load_cell

    _write(sealed(latex_document(load_cell(cell), wrt), "%"), output)


@main.command()
@click.argument("cell", metavar="CELL")
@click.option(
    "--target", type=click.Choice(["numpy"]), default="numpy", show_default=True,
    help="The language and library of the code.",
)  # fmt: skip
@click.option(
    "--style", type=click.Choice(["readable"]), default="readable", show_default=True,
    help="One line an equation.",
)  # fmt: skip
@output_option
def generate(cell: str, target: str, style: str, output: str | None) -> None:
    """Code that computes a cell and its gradients."""
    from symlstm.codegen.numpy_code import generate as numpy_code
    from symlstm.files import sealed
    from symlstm.notation.reading import load_cell

    _write(sealed(numpy_code(load_cell(cell)), "#"), output)


@main.command()
@click.argument("first", metavar="CELL")
@click.argument("second", metavar="CELL")
@click.option(
    "--where", multiple=True, metavar="'W_i = [W_hi, W_xi]'",
    help="A correspondence of parameters; may be repeated. The rest is searched for.",
)  # fmt: skip
@sizes_option
@seed_option
@json_option
def equal(
    first: str, second: str, where: tuple[str, ...], sizes: str | None, seed: int | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Whether two cells compute the same, under which correspondence of their parameters."""
    from symlstm.notation.reading import load_cell
    from symlstm.verification.equality import equal as compare_cells

    several = () if sizes is None else (_sizes(sizes),)
    report = compare_cells(load_cell(first), load_cell(second), where, several, seed)
    if as_json:
        print_json(report.to_json())
    else:
        echo(report.to_text())
    sys.exit(report.exit_status)


@main.command()
@click.argument("target", required=False, metavar="[FILE.py[:NAME]]", callback=remembered(TARGET))
@click.option(
    "--cell", metavar="CELL", callback=remembered(CELL),
    help="What FILE.py claims to compute: a built-in name or an equations file.",
)  # fmt: skip
@wrt_option
@sizes_option
@seed_option
@click.option("--strict", is_flag=True, help="A proof that rests on conditions is undecided.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=60.0,
              show_default=True, help="Seconds that the file may run.")  # fmt: skip
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
    target: str | None, cell: str | None, wrt: tuple[str, ...], sizes: str | None, seed: int | None,
    strict: bool, timeout: float, memory: float, numerics: bool, save_counterexample: str | None,
    infer: bool, as_json: bool, form: str,
) -> None:  # fmt: skip
    """Prove or refute that an implementation computes a cell.

    Without FILE.py, the main job: for every built-in cell, or the one given by --cell, derive the
    gradients, generate the code, and prove generated code = equations = hand-written reference. A
    cell of your own (--cell my_cell.tex) has no reference: generated code = equations.

    The exit status is 0 for proved, 1 for differs, 2 for an error, 3 for undecided.
    """
    from symlstm.messages import UsageError
    from symlstm.verification.options import Options

    form = "json" if as_json and form == "text" else form
    several = () if sizes is None else (_sizes(sizes),)
    options = Options(several, seed, wrt, strict, timeout, int(memory * 2**20), numerics=numerics)
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
        _check_infer(wrt, save_counterexample, numerics)
        _infer(target, cell, options, form)
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
    from dataclasses import replace

    from symlstm.notation.reading import load_cell
    from symlstm.verification.verify import verify_file

    with progress_bar() as progress:
        return verify_file(target, load_cell(cell), replace(options, progress=progress))


def _check_infer(wrt: tuple[str, ...], save_counterexample: str | None, numerics: bool) -> None:
    """What --infer does not do is refused, not left undone without a word."""
    from symlstm.messages import UsageError

    unused = {
        "--wrt": bool(wrt),
        "--save-counterexample": save_counterexample is not None,
        "--numerics": numerics,
    }
    for option in (name for name, is_given in unused.items() if is_given):
        raise UsageError(
            "S024", f"{option} has no meaning beside --infer",
            help=f"save the adapter that --infer prints, and verify that with {option}",
        )  # fmt: skip


def _infer(target: str, cell: str, options: Options, form: str) -> NoReturn:
    """Bind a foreign signature, print the adapter and the report on it, and exit."""
    from dataclasses import replace

    from symlstm.notation.reading import load_cell
    from symlstm.verification.inference.infer import infer_file

    with progress_bar() as progress:
        found = infer_file(target, load_cell(cell), replace(options, progress=progress))
    if form == "text":
        echo(found.to_text())
    else:
        print_reports([found.report], found.to_json(), form, found.exit_status)
    sys.exit(found.exit_status)


@main.command()
@click.argument("target", metavar="FILE.py[:NAME]", callback=remembered(TARGET))
@sizes_option
@seed_option
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=60.0,
              show_default=True, help="Seconds that the file may run.")  # fmt: skip
@memory_option
@json_option
def identify(
    target: str, sizes: str | None, seed: int | None, timeout: float, memory: float, as_json: bool
) -> None:
    """Say which built-in cell an unknown implementation computes, and how it packs it.

    The exit status is 0 for proved, 1 for differs (the nearest cell is named), 2 for an error, 3
    for undecided.
    """
    from dataclasses import replace

    from symlstm.verification.inference.identify import identify_file
    from symlstm.verification.options import Options

    several = () if sizes is None else (_sizes(sizes),)
    options = Options(several, seed, timeout=timeout, memory=int(memory * 2**20))
    with progress_bar() as progress:
        found = identify_file(target, replace(options, progress=progress))
    if as_json:
        print_json(found.to_json())
    else:
        echo(found.to_text())
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


@main.command()
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


@main.command()
@click.argument("code", required=False, metavar="[CODE]")
@json_option
def explain(code: str | None, as_json: bool) -> None:
    """What the message with this CODE means, with an example, run here and now, and the remedy.

    Without CODE, all codes. A message may be pasted as it begins: 'error[S104]'.
    """
    from symlstm import explaining
    from symlstm.examples import play

    if code is None:
        if as_json:
            titles = [explaining.explanation(known) for known in explaining.codes()]
            print_json([{"code": each.code, "title": each.title} for each in titles])
        else:
            echo(explaining.listing())
        return
    known = explaining.explanation(explaining.code_in(code))
    plays = play(known.example, main)
    if as_json:
        print_json(explaining.to_json(known, plays))
    else:
        echo_markdown(explaining.to_markdown(known, plays))


@main.command()
@click.option("--slip", metavar="NAME", help="time, gate, derivative, carry or weight.")
@seed_option
def demo(slip: str | None, seed: int | None) -> None:
    """Plant a slip in a temporary copy of a correct LSTM, and find it.

    Without --slip the most telling one; with --seed, one drawn by it. The exit status is 0 if the
    slip was found where it was planted, and the unchanged file proved.
    """
    from symlstm.demo import SLIPS, chosen, demonstrate

    if slip is not None and slip not in SLIPS:
        raise click.BadParameter(f"{slip!r} is none of {', '.join(SLIPS)}", param_hint="--slip")
    if not demonstrate(chosen(slip, seed), seed, echo):
        echo("the demonstration failed: the slip was not found where it was planted", err=True)
        sys.exit(ERROR)


def _names(text: str | None) -> tuple[str, ...]:
    """`W_xi,b_i` as names; None, an option that is not given, as none."""
    names = tuple(name.strip() for name in (text or "").split(",") if name.strip())
    if text is not None and not names:
        raise click.BadParameter("give names separated by commas, such as W_xi,b_i")
    return names


def _sizes(text: str) -> dict[str, int]:
    """`B=2,D=3` as a mapping."""
    from symlstm.messages import UsageError

    sizes: dict[str, int] = {}
    for part in _names(text):
        name, equals, value = part.partition("=")
        is_number = re.fullmatch(r"\s*[0-9]{1,100}\s*", value)
        if not equals or not is_number or name.strip() in sizes:
            raise UsageError(
                "S005", f"{part!r} is no size", help="write --sizes B=2,D=3,H=5,T=3"
            )  # fmt: skip
        sizes[name.strip()] = int(value)
    return sizes


if __name__ == "__main__":
    main()
