"""`symlstm identify`: which cell an unknown implementation computes."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from symlstm.commands.options import (
    Sizes,
    json_option,
    memory_option,
    seed_option,
    sizes_option,
    timeout_option,
)
from symlstm.terminal import TARGET, echo, print_json, progress_bar, remembered


@click.command()
@click.argument("target", metavar="FILE.py[:NAME]", callback=remembered(TARGET))
@sizes_option
@seed_option
@timeout_option
@memory_option
@json_option
def identify(
    target: str,
    sizes: Sizes,
    seed: int | None,
    timeout: float,
    memory: float,
    as_json: bool,
) -> None:
    """Say which built-in cell an unknown implementation computes, and how it packs it.

    The exit status is 0 for proved, 1 for differs (the nearest cell is named), 2 for an error, 3
    for undecided.
    """
    from symlstm.verification.inference.identify import identify_file
    from symlstm.verification.options import Options

    options = Options(sizes, seed, timeout=timeout, memory=int(memory * 2**20))
    with progress_bar() as progress:
        found = identify_file(target, replace(options, progress=progress))
    if as_json:
        print_json(found.to_json())
    else:
        echo(found.to_text())
    sys.exit(found.exit_status)
