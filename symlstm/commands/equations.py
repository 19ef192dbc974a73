"""The commands about equations: list, show, derive, generate, equal."""

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
    wrt_option,
)
from symlstm.terminal import echo, print_json, remember_format


@click.command("list")
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


@click.command()
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


@click.command()
@click.argument("cell", metavar="CELL")
@click.option(
    "--format", "form", type=click.Choice(["latex", "html", "markdown", "pdf"]), default="latex",
    show_default=True, help="The format of the document.",
)  # fmt: skip
@click.option(
    "--jacobians", "of_steps", is_flag=True,
    help="The Jacobians of one step instead, and how far a gradient reaches by them.",
)  # fmt: skip
@click.option(
    "--layout", type=click.Choice(["columns", "rows"]), default="columns", show_default=True,
    help="One example as a column, as in papers, or a batch of rows, as in code.",
)  # fmt: skip
@wrt_option
@output_option
def derive(
    cell: str, form: str, of_steps: bool, layout: str, wrt: tuple[str, ...], output: str | None
) -> None:
    """The derivation of a cell's gradients as a document."""
    from symlstm.derivation.composing import compose, compose_jacobians
    from symlstm.derivation.formats import printed
    from symlstm.notation.reading import load_cell

    if of_steps and wrt:
        raise click.UsageError("--wrt chooses gradients, and --jacobians prints none")
    if of_steps and layout == "rows":
        raise click.UsageError("--layout rows is about gradients: a Jacobian is of one example")
    known = load_cell(cell)
    document = compose_jacobians(known) if of_steps else compose(known, wrt, layout == "rows")
    write_output(printed(document, form), output)


@click.command()
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

    write_output(sealed(numpy_code(load_cell(cell)), "#"), output)


@click.command()
@click.argument("first", metavar="CELL")
@click.argument("second", metavar="CELL")
@click.option(
    "--where", multiple=True, metavar="'W_i = [W_hi, W_xi]'",
    help="A correspondence of parameters; may be repeated. The rest is searched for.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="A proof that rests on conditions is undecided.")
@sizes_option
@seed_option
@json_option
def equal(
    first: str, second: str, where: tuple[str, ...], strict: bool, sizes: Sizes,
    seed: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Whether two cells compute the same, under which correspondence of their parameters."""
    from symlstm.notation.reading import load_cell
    from symlstm.verification.equality import equal as compare_cells

    report = compare_cells(load_cell(first), load_cell(second), where, sizes, seed, strict)
    if as_json:
        print_json(report.to_json())
    else:
        echo(report.to_text())
    sys.exit(report.exit_status)
