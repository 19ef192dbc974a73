"""The commands about diagrams: diagram, check-diagram."""

from __future__ import annotations

import sys

import click

from symlstm.commands.options import (
    Sizes,
    json_option,
    output_option,
    seed_option,
    sizes_option,
    write_output,
)
from symlstm.terminal import echo, print_json

MAXIMUM_STEPS = 12


@click.command()
@click.argument("cell", metavar="CELL")
@click.option(
    "--format", "form", type=click.Choice(["svg", "tikz", "png", "dot"]), default="svg",
    show_default=True, help="The format of the picture.",
)  # fmt: skip
@click.option(
    "--detail", type=click.Choice(["gates", "operators"]), default="gates", show_default=True,
    help="One box a gate, or every sum and product.",
)  # fmt: skip
@click.option(
    "--unroll", type=click.IntRange(1, MAXIMUM_STEPS), default=1, show_default=True,
    help="So many time steps side by side.",
)  # fmt: skip
@click.option(
    "--gradient", is_flag=True,
    help="What flows back as well: the adjoint of each quantity along its wire.",
)  # fmt: skip
@output_option
def diagram(
    cell: str, form: str, detail: str, unroll: int, gradient: bool, output: str | None
) -> None:
    """The diagram of a cell, derived from its equations."""
    from symlstm.drawing.composing import DETAILS
    from symlstm.drawing.drawing import FORMATS
    from symlstm.drawing.drawing import diagram as draw

    if gradient and form == "dot":
        raise click.UsageError("--gradient is drawn as svg, tikz or png; DOT has no way back")
    drawing = draw(cell, DETAILS[DETAILS.index(detail)], unroll, gradient)
    write_output(drawing.printed(FORMATS[FORMATS.index(form)]), output)


@click.command("check-diagram")
@click.argument("file", metavar="FILE.dot")
@click.option("--cell", required=True, metavar="CELL", help="The cell that it is held against.")
@click.option("--strict", is_flag=True, help="A proof that rests on conditions is undecided.")
@sizes_option
@seed_option
@json_option
def check_diagram(
    file: str, cell: str, strict: bool, sizes: Sizes, seed: int | None, as_json: bool
) -> None:
    """Whether a diagram in DOT shows the equations of a cell, and where it does not."""
    from symlstm.drawing.checking import check_diagram as check
    from symlstm.notation.reading import load_cell

    report = check(file, load_cell(cell), sizes, seed, strict)
    if as_json:
        print_json(report.to_json())
    else:
        echo(report.to_text())
    sys.exit(report.exit_status)
