"""How every command talks and ends: echo, JSON, progress, and one message for whatever goes wrong.

Nothing is imported here but click, so that `symlstm --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from symlstm.messages import SymlstmError
    from symlstm.verification.report import Report

ERROR = 2
INTERRUPTED = 130
FORMATS = ("json", "sarif", "github")
"""The forms of a report for other programs."""
FORMAT, CELL, TARGET = "symlstm.format", "symlstm.cell", "symlstm.target"
"""What an error has to know of the command line, kept in click's own place for such things."""


class Commands(click.Group):
    """A group whose commands end with a message and a status, never with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from symlstm.messages import SymlstmError

        try:
            return super().invoke(ctx)
        except SymlstmError as error:
            _report_error(ctx, error)
        except click.UsageError as error:
            # Where an option is unknown, the parser ends before it has seen the others.
            form = ctx.meta.get(FORMAT) or _asked_format(sys.argv[1:])
            if form:
                _print_error(ctx, SymlstmError("S018", error.format_message()), form)
            raise
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except RecursionError:
            _report_error(ctx, SymlstmError("S012", "the input is nested too deeply"))
        except Exception as fault:
            if os.environ.get("SYMLSTM_DEBUG"):
                raise
            what = f"a fault of symlstm itself: {type(fault).__name__}: {fault}"
            remedy = "please report it, with the output under SYMLSTM_DEBUG=1"
            _report_error(ctx, SymlstmError("S015", what, help=remedy))
        sys.exit(ERROR)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except (KeyboardInterrupt, click.Abort):
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(ERROR)


def echo(text: str, err: bool = False, nl: bool = True) -> None:
    """Print text, whatever is in it: lone surrogates are shown as escapes."""
    click.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"), err=err, nl=nl)


def echo_markdown(text: str) -> None:
    """Print Markdown: set on a terminal, as it is written elsewhere."""
    if not sys.stdout.isatty():
        echo(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text, code_theme="ansi_dark"))


def _report_error(ctx: click.Context, error: SymlstmError) -> None:
    """The message on standard error, and a report of it in the form that is asked for."""
    form = ctx.meta.get(FORMAT)
    if form:
        _print_error(ctx, error, form)
    echo(str(error), err=True)


def _print_error(ctx: click.Context, error: SymlstmError, form: str) -> None:
    from symlstm.verification.report import error_report

    report = error_report(error, ctx.meta.get(CELL) or "", ctx.meta.get(TARGET) or "")
    print_reports([report], report.to_json(), form, ERROR)


def print_reports(reports: Sequence[Report], plain: Any, form: str, status: int) -> None:
    """Reports for another program.

    Args:
        plain: what they are in JSON.
        status: the exit status of the command.
    """
    from symlstm.reports.github import to_github
    from symlstm.reports.sarif import to_sarif

    if form == "github":
        echo(to_github(reports))
    else:
        print_json(to_sarif(reports, status) if form == "sarif" else plain)


def _asked_format(words: Sequence[str]) -> str:
    """The form that a command line asks for that click could not read; empty: text."""
    text = f" {' '.join(words)} ".replace("--format=", "--format ")
    asked = [form for form in FORMATS if f" --format {form} " in text]
    return next(iter(asked), "json" if " --json " in text else "")


def remembered(key: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback of an option that keeps its value for the case of an error."""

    def remember(context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        context.meta[key] = value
        return value

    return remember


def remember_format(context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    """--json is --format json, for errors too."""
    form = {True: "json", False: ""}.get(value, value)
    if form in FORMATS:
        context.meta[FORMAT] = form
    return value


def print_json(value: Any) -> None:
    import json

    echo(json.dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def progress_bar(total: int | None = None) -> Generator[Callable[[str], None]]:
    """A progress bar on a terminal's standard error; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda text: bar.update(task, description=text, advance=1)
