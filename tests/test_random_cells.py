"""Random cells through the whole chain: every proof is of a cell that nobody chose.

`SYMLSTM_RANDOM_CELLS=3000 pytest tests/test_random_cells.py` draws as many; the seed is printed at
its start (`-s` shows it), and `SYMLSTM_SEED` sets it.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from random_cells import random_cells
from test_differentiation import gradient_pairs

from symlstm.notation.reading import read_text
from symlstm.verification import verify as verification
from symlstm.verification.subject import generated_subject

COUNT = int(os.environ.get("SYMLSTM_RANDOM_CELLS", "25"))
SEED = int(os.environ.get("SYMLSTM_SEED", "20260204"))
LIMITS = (
    "cases meet in one value",
    "square roots are related",
)
"""Where the prover says that it does not know; anything else that is not proved is a failure."""

SIZES = {"B": 2, "T": 2, "D": 3, "H": 2, "K": 4}


def is_known_limit(reason: str) -> bool:
    return any(limit in reason for limit in LIMITS)


@pytest.fixture(autouse=True)
def printed_seed() -> None:
    """What a run drew can be drawn again, whether it passed or failed."""
    print(f"seed {SEED}, {COUNT} cells")


@seed(SEED)
@settings(
    max_examples=COUNT,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(random_cells())
def test_gradients_and_code_of_a_random_cell_are_proved(text):
    note(f"seed {SEED}\n{text}")
    cell = read_text(text)
    sizes = {name: SIZES[name] for name in ("B", "T", *(d.name for d in cell.dimensions))}

    for verdict in gradient_pairs(cell, sizes).compared().verdicts:
        assert verdict.status == "proved" or is_known_limit(verdict.reason), verdict

    options = verification.Options((sizes,), SEED)
    report = verification.check(generated_subject(cell), cell, options)
    for finding in report.findings:
        assert finding.verdict == "undecided" and is_known_limit(finding.message), report.to_text()
    assert report.comparisons > 10
