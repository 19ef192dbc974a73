"""Running the command line in tests: in this process where cheap, in its own where that matters."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner

from symlstm.cli import main

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Ending:
    """What a command left: its exit status, standard output and standard error."""

    status: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        """Standard output as one JSON value and nothing else."""
        return json.loads(self.out)


def run(*arguments: object) -> Ending:
    """`symlstm ARGUMENTS` in this process; an exception that gets out is a failure of the test."""
    words = [str(a) for a in arguments]
    with mock.patch.object(sys, "argv", ["symlstm", *words]):
        result = CliRunner().invoke(main, words, prog_name="symlstm")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ending(result.exit_code, result.stdout, result.stderr)


def run_process(*arguments: object, folder: Path | None = None, **environment: str) -> Ending:
    """`python -m symlstm.cli ARGUMENTS` in a process of its own."""
    done = run_python("-m", "symlstm.cli", *arguments, folder=folder, **environment)
    return Ending(done.returncode, done.stdout, done.stderr)


def run_python(
    *arguments: object, folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Python with symlstm importable, whether or not it is installed."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def assert_one_message(ending: Ending, status: int, *words: str, where: str = "") -> None:
    """One message in the style of design.md, on standard error or in the report: what, where, help.

    Args:
        words: what it says.
        where: the file, or the file and the line, that it points to.
    """
    text = ending.out + ending.err
    assert ending.status == status, text
    assert "Traceback" not in text
    assert text.count("error[S") == 1, text
    assert "\n  help: " in text, text
    for word in words:
        assert word in text, text
    if where:
        assert f"  --> {where}" in text or f"{where}" in text.split("  --> ", 1)[-1], text
