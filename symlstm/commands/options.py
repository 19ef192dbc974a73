"""The options that several commands have, and how their values are read."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from symlstm.terminal import echo, remember_format

Sizes = tuple[dict[str, int], ...]
"""One set of sizes, or none: the usual ones."""

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


timeout_option = click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
    help="Seconds that the file may run.",
)  # fmt: skip


def _read_names(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> tuple[str, ...]:
    """`W_xi,b_i` as names; an option that is not given as none."""
    if text is None:
        return ()
    names = _names(text)
    if not names:
        raise click.BadParameter("give names separated by commas, such as W_xi,b_i")
    return names


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _read_sizes(_context: click.Context, _option: click.Parameter, text: str | None) -> Sizes:
    """`B=2,D=3` as one set of sizes; an option that is not given as none."""
    from symlstm.messages import UsageError

    if text is None:
        return ()
    if not _names(text):
        raise click.BadParameter("give names separated by commas, such as B=2,D=3")
    sizes: dict[str, int] = {}
    for part in _names(text):
        name, equals, value = part.partition("=")
        is_number = re.fullmatch(r"\s*[0-9]{1,100}\s*", value)
        if not equals or not is_number or name.strip() in sizes:
            raise UsageError(
                "S005", f"{part!r} is no size", help="write --sizes B=2,D=3,H=5,T=3"
            )  # fmt: skip
        sizes[name.strip()] = int(value)
    return (sizes,)


wrt_option = click.option(
    "--wrt", metavar="NAMES", callback=_read_names,
    help="Only these gradients, as W_xi,b_i.",
)  # fmt: skip
sizes_option = click.option(
    "--sizes", metavar="B=2,D=3,H=5,T=3", callback=_read_sizes,
    help="One set of sizes instead of the two usual ones.",
)  # fmt: skip


def is_terminal() -> bool:
    """Whether standard output goes to a terminal."""
    return sys.stdout.isatty()


def write_output(content: str | bytes, output: str | None) -> None:
    """Write what a command makes to a file, or to standard output."""
    from symlstm.files import write_whole
    from symlstm.messages import UsageError

    if output is not None and output != "-":
        write_whole(Path(output), content)
    elif isinstance(content, str):
        echo(content, nl=False)
    elif is_terminal():
        kind = "a PDF" if content.startswith(b"%PDF") else "a picture"
        raise UsageError(
            "S612", f"{kind} is not printed to a terminal", help="name a file: -o FILE"
        )
    else:
        sys.stdout.buffer.write(content)
