"""`proof.json`: what was proved of a folder's derivation and of its code."""

from __future__ import annotations

import hashlib
from typing import Any

from symlstm.cell import Cell
from symlstm.derivation.proving import SEED, proved
from symlstm.files import sealed_json
from symlstm.messages import UnknownNode
from symlstm.verification.check import check
from symlstm.verification.options import Options
from symlstm.verification.subject import generated_subject

_OF_CODE = (
    "functions", "sizes", "seed", "comparisons", "error_bound", "conditions", "assumed",
)  # fmt: skip
"""What is kept of the report on generated code."""


def proof_record(cell: Cell, equations: bytes, code: str) -> str:
    """The record as sealed JSON, the same bytes wherever it is made.

    Args:
        equations, code: the files that it is about, of which it holds the SHA-256.
    """
    return sealed_json({
        "cell": cell.name,
        "sha256": {
            "equations": hashlib.sha256(equations).hexdigest(),
            "code": hashlib.sha256(code.encode()).hexdigest(),
        },
        "gradients": _of_gradients(cell),
        "code": _of_code(cell),
    })  # fmt: skip


def _of_gradients(cell: Cell) -> dict[str, Any]:
    claim = "the gradients equal the exact derivative of the forward equations"
    try:
        found = proved(cell)
    except UnknownNode as error:
        return {"claim": claim, "verdict": "undecided", "reason": error.message.text}
    return {
        "claim": claim,
        "verdict": "proved" if found.is_proved else "undecided",
        "sizes": [dict(each) for each in found.sizes],
        "seed": SEED,
        "comparisons": found.comparisons,
        "error_bound": f"2^-{found.bound_bits}",
        "is_conditional": found.is_conditional,
    }


def _of_code(cell: Cell) -> dict[str, Any]:
    report = check(generated_subject(cell), cell, Options(seed=SEED)).to_json()
    return {
        "claim": "the generated NumPy code computes the equations and these gradients",
        "verdict": report["verdict"],
        **{key: report[key] for key in _OF_CODE if key in report},
    }
