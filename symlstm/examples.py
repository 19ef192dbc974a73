"""The examples of explanations, run: what symlstm really says is what is shown."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import symlstm
from symlstm.explaining import Example, Play
from symlstm.terminal import INTERRUPTED

_TIMEOUT = 60.0
"""Seconds that a program of an example may take; none takes one."""


def play(example: Example, symlstm_main: Callable[[Sequence[str]], object]) -> list[Play]:
    """Run the commands of an example in an empty folder that holds its files.

    Args:
        example: files and commands, `symlstm …` or `python FILE`.
        symlstm_main: the command line; it ends with SystemExit.
    """
    with tempfile.TemporaryDirectory(prefix="symlstm-") as made:
        folder = Path(made).resolve()
        for name, text in example.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        with contextlib.chdir(folder):
            plays = [_play(command, symlstm_main) for command in example.commands]
        return [_without(folder, each) for each in plays]


def _without(folder: Path, done: Play) -> Play:
    """What was printed, without the temporary folder."""
    return Play(done.command, done.printed.replace(f"{folder}{os.sep}", ""), done.status)


def _play(command: str, symlstm_main: Callable[[Sequence[str]], object]) -> Play:
    program, *arguments = shlex.split(command)
    if program == "python":
        return _play_python(command, arguments)
    if program != "symlstm":
        raise ValueError(f"an example gives commands of symlstm and python, not {command}")
    status = 0
    with _captured(arguments) as stream:
        try:
            symlstm_main(arguments)
        except SystemExit as ending:
            status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    return Play(command, stream.getvalue(), status)


def _play_python(command: str, arguments: Sequence[str]) -> Play:
    root = str(Path(symlstm.__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        encoding="utf-8", errors="replace", timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    return Play(command, done.stdout, done.returncode)


@contextlib.contextmanager
def _captured(arguments: Sequence[str]) -> Generator[io.StringIO]:
    """Both streams of what runs inside, with the command line that it would have."""
    stream, known = io.StringIO(), sys.argv
    sys.argv = ["symlstm", *arguments]
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield stream
    finally:
        sys.argv = known
