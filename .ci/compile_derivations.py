"""Compile every derivation to PDF; fail on an error or an overfull line."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def compile_document(source: Path) -> str:
    """An empty string, or what is wrong with the document."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(source, folder)
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", source.name]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
        if done.returncode:
            return done.stdout[-1500:]
        return "\n".join(line for line in done.stdout.splitlines() if "Overfull" in line)


def main() -> None:
    if shutil.which("pdflatex") is None:
        sys.exit("pdflatex is missing: install texlive-latex-base and texlive-latex-recommended")
    sources = sorted(Path("derivations").glob("*/derivation.tex"))
    if not sources:
        sys.exit("there is no derivation to compile")
    for source in sources:
        problem = compile_document(source)
        print(f"{source}: {problem or 'ok'}")
        if problem:
            sys.exit(1)


if __name__ == "__main__":
    main()
