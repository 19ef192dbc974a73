"""What is true of all real numbers is proved, what is not is never, and what is true only where
both sides have a value is not claimed unless a rule says so."""

import random

import pytest
from identities import FALSE, TRUE, UNCLAIMED, Number

from symlstm.proof.compare import Comparison, compare
from symlstm.proof.terms import Terms

SEEDS = (1, 20261122)


def compared(sides, seed: int) -> Comparison:
    print(f"seed {seed}")
    terms = Terms()
    a, b = sides(*(Number(terms, terms.symbol(name)) for name in "xyz"))
    assert a.index != b.index, "one term, nothing to compare"
    return compare(terms, [(a.index, b.index)], random.Random(seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("claim", TRUE)
def test_a_true_identity_is_proved(claim, seed):
    assert [v.status for v in compared(TRUE[claim], seed).verdicts] == ["proved"]


@pytest.mark.parametrize("claim", FALSE)
def test_a_false_identity_is_never_proved_and_mostly_refuted(claim):
    statuses = [compared(FALSE[claim], seed).verdicts[0].status for seed in (*SEEDS, 3, 4, 5, 6)]
    assert set(statuses) <= {"differs", "undecided"}
    assert "differs" in statuses


@pytest.mark.parametrize("seed", (*SEEDS, 3, 4, 5, 6))
@pytest.mark.parametrize("claim", UNCLAIMED)
def test_what_holds_for_positive_numbers_only_is_undecided(claim, seed):
    (verdict,) = compared(UNCLAIMED[claim], seed).verdicts
    assert (verdict.status, verdict.counterexample) == ("undecided", None)


def test_there_are_enough_of_each():
    assert len(TRUE) > 60 and len(FALSE) > 45 and len(UNCLAIMED) > 5
