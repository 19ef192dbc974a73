"""The demonstration: a slip is planted in a copy of a correct LSTM, and found.

It is a self-test as well: it succeeds only if the slip is found in the line and the equation where
it was planted, and the untouched file is proved.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from symlstm.library import cells
from symlstm.verification.options import Options
from symlstm.verification.report import Report
from symlstm.verification.verify import verify_file

CELL = "lstm"
FILE = "lstm.py"
SEED = 1
"""A demonstration is the same each time, unless another seed is given."""


@dataclass(frozen=True)
class Slip:
    """One mistake in the backward pass.

    Args:
        old: what stands once in the file.
        new: what is written instead.
        equation: the equation that is then wrong, in ASCII.
    """

    old: str
    new: str
    equation: str

    def planted(self, text: str) -> tuple[str, int]:
        """The text with the slip, and its line."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.old!r} does not stand once in the file")
        before, after = text.split(self.old)
        return before + self.new + after, before.count("\n") + 1


SLIPS = {
    "time": Slip("df = dc_t * c_prev[t]", "df = dc_t * c[t]", "df_t"),
    "gate": Slip("di = dc_t * g[t]", "di = dc_t * i[t]", "di_t"),
    "derivative": Slip("dg * (1 - g[t] ** 2)", "dg * (1 - g[t])", "dg_bar_t"),
    "carry": Slip("dc_next = dc_t * f[t]", "dc_next = dc_t * i[t]", "dc_t"),
    "weight": Slip("dW_hf += df_bar.T @ h_prev[t]", "dW_hf += df_bar.T @ h[t]", "dW_hf"),
}
"""By name, the one that is planted if none is chosen first."""


def chosen(name: str | None, seed: int | None) -> str:
    """The name of the slip to plant."""
    if name is not None:
        return name
    names = list(SLIPS)
    return names[0] if seed is None else random.Random(seed).choice(names)


def demonstrate(name: str, seed: int | None, say: Callable[[str], None]) -> bool:
    """Plant a slip, tell what is found; whether it was found, and the untouched file proved."""
    slip = SLIPS[name]
    right = (files("symlstm.reference") / FILE).read_text(encoding="utf-8")
    wrong, line = slip.planted(right)
    # From inside of the folder, so that reports name the file as a person there would.
    with tempfile.TemporaryDirectory(prefix="symlstm-demo-") as folder, contextlib.chdir(folder):
        path = Path(FILE)
        say(
            f"copied the hand-written LSTM to a temporary folder, changed line {line}: "
            f"`{slip.old}` → `{slip.new}`\n"
        )
        options = Options((), SEED if seed is None else seed)
        path.write_text(wrong, encoding="utf-8")
        refuted = verify_file(FILE, cells[CELL], options)
        say(refuted.to_text() + "\n")
        path.write_text(right, encoding="utf-8")
        proved = verify_file(FILE, cells[CELL], options)
        say("the unchanged file:\n" + proved.to_text())
    return is_found(refuted, slip, line) and proved.verdict == "proved"


def is_found(report: Report, slip: Slip, line: int) -> bool:
    """Whether the slip, and nothing else, is what the report finds."""
    places = [(finding.line, finding.equation) for finding in report.findings]
    return report.verdict == "differs" and places == [(line, slip.equation)]
