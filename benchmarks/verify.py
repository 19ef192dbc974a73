"""Times of the prover: each candidate is checked before it is timed, and they alternate.

    python benchmarks/verify.py [ROUNDS]

Prints medians and the ratio to the first row. Machines are noisy; take single figures as ±50%.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from symlstm.calculus.gradient import derive
from symlstm.library import cells
from symlstm.notation.reading import load_cell
from symlstm.verification.check import check
from symlstm.verification.equality import equal
from symlstm.verification.main_job import verify_library
from symlstm.verification.options import Options
from symlstm.verification.subject import generated_subject, reference_subject

SMALL = {"B": 2, "D": 3, "H": 5, "T": 3}


def one_lstm() -> None:
    """Generated code of one LSTM, forward and backward, at one set of sizes."""
    report = check(generated_subject(cells["lstm"]), cells["lstm"], Options((SMALL,), seed=1))
    assert report.verdict == "proved" and report.comparisons > 0, report.to_text()


def reference_lstm() -> None:
    """The hand-written reference of the LSTM, likewise."""
    subject = reference_subject(cells["lstm"])
    assert subject is not None
    report = check(subject, cells["lstm"], Options((SMALL,), seed=1))
    assert report.verdict == "proved" and report.comparisons > 0, report.to_text()


def main_job() -> None:
    """The main job: three cells, generated code = equations = reference, two sets of sizes."""
    reports = verify_library(list(cells.values()), Options(seed=1))
    assert [r.verdict for r in reports] == ["proved"] * len(cells)


def equality() -> None:
    """symlstm equal lstm lstm-concat."""
    assert equal(cells["lstm"], cells["lstm-concat"], seed=1).verdict == "proved"


def long_sequence() -> None:
    """Generated LSTM code over T = 64, forward and backward, by induction."""
    sizes = {**SMALL, "T": 64}
    report = check(generated_subject(cells["lstm"]), cells["lstm"], Options((sizes,), seed=1))
    assert report.verdict == "proved" and report.comparisons > 0, report.to_text()


def wide() -> None:
    """Generated LSTM code at H = 32, T = 4, forward and backward."""
    sizes = {"B": 2, "D": 8, "H": 32, "T": 4}
    report = check(generated_subject(cells["lstm"]), cells["lstm"], Options((sizes,), seed=1))
    assert report.verdict == "proved" and report.comparisons > 0, report.to_text()


def derivation() -> None:
    """Deriving the gradient system of the LSTM."""
    derive.cache_clear()
    assert len(derive(load_cell("lstm")).equations) == 25


def help_text() -> None:
    """symlstm --help, the whole process."""
    done = subprocess.run(
        [sys.executable, "-m", "symlstm.cli", "--help"], capture_output=True, check=True
    )
    assert b"Usage" in done.stdout


CANDIDATES: Mapping[str, Callable[[], None]] = {
    "one LSTM, generated, B=2 D=3 H=5 T=3": one_lstm,
    "one LSTM, reference, B=2 D=3 H=5 T=3": reference_lstm,
    "the main job, three cells": main_job,
    "equal lstm lstm-concat": equality,
    "one LSTM, generated, T=64": long_sequence,
    "one LSTM, generated, H=32 T=4": wide,
    "deriving the LSTM's gradients": derivation,
    "symlstm --help": help_text,
}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for candidate in CANDIDATES.values():
        candidate()
    times: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    for _ in range(rounds):
        for name, candidate in CANDIDATES.items():
            start = time.perf_counter()
            candidate()
            times[name].append(time.perf_counter() - start)
    first = statistics.median(next(iter(times.values())))
    print(f"{'what':<40} {'median s':>9} {'ratio':>7}   over {rounds} rounds")
    for name, measured in times.items():
        median = statistics.median(measured)
        print(f"{name:<40} {median:9.3f} {median / first:7.2f}")


if __name__ == "__main__":
    main()
