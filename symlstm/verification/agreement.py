"""The agreement of a function with the equations, value by value, at one set of sizes.

What is equal is proved, and may rest on conditions; what differs is for the diagnosis to explain;
what is neither is undecided, and it is said why.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from symlstm.proof.compare import Comparison, PairVerdict, compare
from symlstm.proof.interpret import Interpretation, carried, interpret
from symlstm.proof.signs import unsure_denominators, unsure_domains
from symlstm.verification.case import BoundRun, Case
from symlstm.verification.conditions import conditions
from symlstm.verification.options import Diagnosis
from symlstm.verification.report import Finding
from symlstm.verification.undecided import undecided


@dataclass(frozen=True)
class Agreement:
    """What a comparison has shown.

    Args:
        comparisons: how many pairs of terms were compared.
        bound_bits: the error bound of the rational part is 2^−bound_bits.
        conditions: what equality rests on.
        findings: what is not proved; empty when all is.
    """

    comparisons: int
    bound_bits: int
    conditions: tuple[str, ...]
    findings: tuple[Finding, ...]


def agreement(
    run: BoundRun, results: Mapping[str, tuple[int, ...]], diagnosis: Diagnosis
) -> Agreement | None:
    """Compare what a function returned with what the equations give; None if it is nothing.

    Args:
        results: the elements of each result that is there and has its shape.
    """
    terms, binding = run.terms, run.binding
    traced = range(len(terms))
    found, expected = interpret(
        run.cell, run.system, binding.kind, terms, run.sizes, binding.absent
    )
    pairs = [
        pair
        for name, elements in results.items()
        for pair in zip(expected[name], elements, strict=True)
    ]
    if not pairs:
        return None
    comparison = compare(terms, pairs, run.rng, carried(run.cell, found), _zeroed(run))
    rests_on = _conditions(run, found, comparison, traced)
    findings: list[Finding] = []
    if not comparison.is_proved:
        verdicts = _by_result(results, comparison)
        case = Case(
            run.cell, run.system, binding, run.sizes, run.traced, run.texts, run.rng,
            found, results, expected, verdicts,
        )  # fmt: skip
        findings = diagnosis(case) if case.wrong else undecided(run, found, results, verdicts)
    return Agreement(len(pairs), comparison.bound_bits, tuple(rests_on), tuple(findings))


def _zeroed(run: BoundRun) -> list[list[str]]:
    """Further real points: initial states zero; all signals zero; everything zero."""
    arguments = run.binding.signature.arguments
    signals = [a.name for a in arguments if a.axes]
    return [list(run.binding.initial), signals, [a.name for a in arguments]]


def _conditions(
    run: BoundRun, found: Interpretation, comparison: Comparison, traced: range
) -> list[str]:
    """The conditions of a comparison, and of all that the implementation computes.

    What it divides by counts also where the quotient is not used: a quotient times 0 is folded to
    0, but is NaN where its denominator is 0.

    Args:
        traced: the terms that the implementation made.
    """
    return conditions(
        run.terms, [(run.system, found)],
        dict.fromkeys([*unsure_denominators(run.terms, traced), *comparison.boundaries]),
        [*comparison.domains, *unsure_domains(run.terms, traced)],
        random.Random(run.rng.getrandbits(64)),
    )  # fmt: skip


def _by_result(
    results: Mapping[str, tuple[int, ...]], comparison: Comparison
) -> dict[str, list[PairVerdict]]:
    verdicts = iter(comparison.verdicts)
    return {name: [next(verdicts) for _ in elements] for name, elements in results.items()}
