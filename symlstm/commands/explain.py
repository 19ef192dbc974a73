"""The commands that show what symlstm says: explain and demo."""

from __future__ import annotations

import sys

import click

from symlstm.commands.options import json_option, seed_option
from symlstm.terminal import ERROR, echo, echo_markdown, print_json


@click.command()
@click.argument("code", required=False, metavar="[CODE]")
@json_option
def explain(code: str | None, as_json: bool) -> None:
    """What the message with this CODE means, with an example, run here and now, and the remedy.

    Without CODE, all codes. A message may be pasted as it begins: 'error[S104]'.
    """
    from symlstm import explaining
    from symlstm.cli import main
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


@click.command()
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
