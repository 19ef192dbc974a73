"""A derivation as a PDF, by whatever TeX program there is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from symlstm.derivation.document import Document
from symlstm.derivation.latex import in_latex
from symlstm.messages import UsageError

PROGRAMS = ("pdflatex", "lualatex", "tectonic")
"""In the order in which they are looked for."""

SECONDS = 120
_SHOWN = 8
"""Lines of a log that are shown."""


def in_pdf(document: Document) -> bytes:
    """The document, compiled.

    Raises:
        UsageError: there is no TeX program (S610), or it fails (S611).
    """
    program = next((each for each in PROGRAMS if shutil.which(each)), None)
    if program is None:
        raise UsageError(
            "S610", f"a PDF takes a TeX program, and none of {', '.join(PROGRAMS)} is there",
            help="install one, for example texlive-latex-recommended (Debian, Ubuntu), MacTeX or "
            "tectonic; or take --format html, which takes none",
        )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="symlstm-") as folder:
        source = Path(folder) / "derivation.tex"
        source.write_text(in_latex(document), encoding="utf-8")
        log = _compiled(program, source)
        try:
            return source.with_suffix(".pdf").read_bytes()
        except FileNotFoundError:
            raise UsageError(
                "S611", f"{program} made no PDF of the derivation of {document.name}",
                notes=tuple(line for line in log.splitlines()[-_SHOWN:] if line.strip()),
                help="compile what --format latex prints to see why",
            ) from None  # fmt: skip


def _compiled(program: str, source: Path) -> str:
    """What a TeX program prints."""
    flags = [] if program == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    # The same bytes whenever it is made.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
    try:
        done = subprocess.run(
            [program, *flags, source.name], cwd=source.parent, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, OSError) as problem:
        return str(problem)
    return done.stdout.decode("utf-8", "replace")
