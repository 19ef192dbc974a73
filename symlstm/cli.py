"""The command line.

Nothing is imported here but click: SymPy, NumPy and rich are loaded by the command that needs
them, so that `symlstm --help` answers at once. Reports go to standard output; progress and errors
of usage to standard error. The exit status is the verdict's.
"""

from __future__ import annotations

import click

from symlstm.commands.diagram import check_diagram, diagram
from symlstm.commands.equations import derive, equal, generate, list_cells, show
from symlstm.commands.explain import demo, explain
from symlstm.commands.identify import identify
from symlstm.commands.regenerate import regenerate
from symlstm.commands.verify import verify
from symlstm.terminal import Commands
from symlstm.version import VERSION


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="symlstm")
def main() -> None:
    """Equations of recurrent cells: their gradients, code and derivation, and proofs that an
    implementation computes them.

    CELL is the name of a built-in cell (see `symlstm list`) or the path of an equations file.
    """


for command in (
    list_cells, show, derive, generate, diagram, check_diagram, equal, verify, identify, regenerate,
    explain, demo,
):  # fmt: skip
    main.add_command(command)


if __name__ == "__main__":
    main()
