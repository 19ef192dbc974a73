"""Cells with exponential gates, which code stabilises by the logarithm of the greatest gate so far,
and cells with layer normalisation: the stabilised code computes the equations."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from identities import Number, exp, log, maximum, relu, softplus, sqrt, tanh, where, σ

from symlstm import verify
from symlstm.proof.compare import Comparison, compare
from symlstm.proof.terms import Terms
from symlstm.reference import slstm_stabilised
from symlstm.verification import fingerprints

SEED = 20261122
STEPS = range(1, 4)
H = range(2)


@pytest.fixture
def terms() -> Terms:
    return Terms()


def symbol(terms: Terms, name: str) -> Number:
    return Number(terms, terms.symbol(name))


def vector(terms: Terms, name: str, size: int = 2) -> list[Number]:
    return [symbol(terms, f"{name}[{n}]") for n in range(size)]


def zeros(terms: Terms, size: int = 2) -> list[Number]:
    return [Number(terms, terms.zero)] * size


def dot(a: list[Number], b: list[Number]) -> Number:
    terms = a[0].terms
    return Number(terms, terms.dot((x.index, y.index) for x, y in zip(a, b, strict=True)))


def affine(
    terms: Terms, gate: str, x: list[Number], h: list[Number], size: int = 2
) -> list[Number]:
    """W x + R h + b."""
    return [
        dot(vector(terms, f"W_{gate}{n}", len(x)), x)
        + dot(vector(terms, f"R_{gate}{n}", len(h)), h)
        + symbol(terms, f"b_{gate}[{n}]")
        for n in range(size)
    ]


def compared(terms: Terms, expected: list[Number], found: list[Number]) -> Comparison:
    print(f"seed {SEED}")
    pairs = [(a.index, b.index) for a, b in zip(expected, found, strict=True)]
    assert pairs and all(a != b for a, b in pairs), "nothing to compare"
    return compare(terms, pairs, random.Random(SEED))


def statuses(comparison: Comparison) -> set[str]:
    return {verdict.status for verdict in comparison.verdicts}


# The sLSTM of Beck et al. (2024), xLSTM: Extended long short-term memory.


def slstm(terms: Terms, forget: str, is_stable: bool, wrong: str = "") -> list[Number]:
    """h_t over all steps: c = f c + i z, n = f n + i, h = o c/n, with i = exp(ĩ)."""
    h, c, n, m = (zeros(terms) for _ in range(4))
    states: list[Number] = []
    for t in STEPS:
        x = vector(terms, f"x{t}")
        z, o, i, f = (affine(terms, gate, x, h) for gate in "zoif")
        f = [σ(u) if forget == "sigmoid" else exp(u) for u in f]
        if is_stable:
            ahead = [log(a) + b for a, b in zip(f, m, strict=True)]
            m = [maximum(a, b) for a, b in zip(ahead, i, strict=True)]
            forgotten = m if wrong == "forget" and t > 1 else ahead
            f = [exp(a - b) for a, b in zip(forgotten, m, strict=True)]
            i = [exp(a - b) for a, b in zip(i, m, strict=True)]
        else:
            i = [exp(a) for a in i]
        c = [f[k] * c[k] + i[k] * tanh(z[k]) for k in H]
        n = [f[k] * n[k] + i[k] for k in H]
        h = [σ(o[k]) * c[k] / n[k] for k in H]
        states += h
    return states


@pytest.mark.parametrize("forget", ["sigmoid", "exp"])
def test_the_stabilised_slstm_computes_the_slstm(terms, forget):
    """m = max(log f + m, ĩ), i′ = exp(ĩ − m), f′ = exp(log f + m₋ − m): the same h"""
    sides = [slstm(terms, forget, is_stable) for is_stable in (False, True)]
    comparison = compared(terms, *sides)
    assert statuses(comparison) == {"proved"}
    assert comparison.denominators == []
    assert comparison.domains == []


@pytest.mark.parametrize("forget", ["sigmoid", "exp"])
def test_a_stabilised_slstm_that_forgets_wrongly_is_refuted(terms, forget):
    """f′ = exp(m − m) = 1"""
    comparison = compared(
        terms, slstm(terms, forget, False), slstm(terms, forget, True, wrong="forget")
    )
    assert [v.status for v in comparison.verdicts] == ["proved"] * 2 + ["differs"] * 4


def test_log_sigma_may_be_written_by_softplus(terms):
    """log f = −softplus(−f̃)"""
    z, m = symbol(terms, "z"), symbol(terms, "m")
    a = exp(log(σ(z)) + m - maximum(log(σ(z)) + m, z))
    b = exp(m - softplus(-z) - maximum(m - softplus(-z), z))
    assert statuses(compared(terms, [a], [b])) == {"proved"}


# The mLSTM of the same paper.


def mlstm(terms: Terms, is_stable: bool, wrong: bool = False) -> list[Number]:
    """C = f C + i v kᵀ, n = f n + i k, h = C q / max(|n·q|, 1)."""
    memory, n = [zeros(terms) for _ in H], zeros(terms)
    m = Number(terms, terms.zero)
    states: list[Number] = []
    for t in STEPS:
        v, k, q = (vector(terms, f"{name}{t}") for name in "vkq")
        i, f = symbol(terms, f"i{t}"), σ(symbol(terms, f"f{t}"))
        if is_stable:
            ahead = log(f) + m
            m = maximum(ahead, i)
            f, i = exp(ahead - m), exp(i - m)
        else:
            i = exp(i)
        memory = [[f * memory[a][b] + i * v[a] * k[b] for b in H] for a in H]
        n = [f * n[a] + i * k[a] for a in H]
        least = exp(-m) if is_stable and not wrong else Number(terms, terms.one)
        size = maximum(abs(dot(n, q)), least)
        states += [dot(memory[a], q) / size for a in H]
    return states


def test_the_stabilised_mlstm_computes_the_mlstm(terms):
    """h = C′q / max(|n′·q|, exp(−m))"""
    comparison = compared(terms, mlstm(terms, False), mlstm(terms, True))
    assert statuses(comparison) == {"proved"}


def test_a_stabilised_mlstm_with_an_unscaled_bound_is_not_proved(terms):
    """max(|n′·q|, 1) is no multiple of max(|n·q|, 1)"""
    comparison = compared(terms, mlstm(terms, False), mlstm(terms, True, wrong=True))
    assert statuses(comparison) == {"differs"}


# Layer normalisation, Ba et al. (2016).


def normalised(u: list[Number], form: str) -> list[Number]:
    """(u − mean u)/√(var u + ε)."""
    mean = sum(u, Number(u[0].terms, u[0].terms.zero)) * Fraction(1, len(u))
    zero = u[0] - u[0]
    epsilon = Fraction(1, 100_000)
    if form == "squares":
        variance = sum((a * a for a in u), zero) * Fraction(1, len(u)) - mean * mean
        scale = (variance + epsilon) ** Fraction(-1, 2)
        return [(a - mean) * scale for a in u]
    variance = sum(((a - mean) ** 2 for a in u), zero) * Fraction(1, len(u))
    return [(a - mean) / sqrt(variance + epsilon) for a in u]


def normalised_lstm(terms: Terms, form: str, wrong: bool = False) -> list[Number]:
    size = 3
    h, c = (vector(terms, name, size) for name in ("h_0", "c_0"))
    states: list[Number] = []
    for t in STEPS:
        x = vector(terms, f"x{t}")
        i, f, o, g = (normalised(affine(terms, gate, x, h, size), form) for gate in "ifog")
        c = [σ(f[k]) * c[k] + σ(i[k]) * tanh(g[k]) for k in range(size)]
        h = [σ(o[k]) * tanh(a) for k, a in enumerate(c if wrong else normalised(c, form))]
        states += h
    return states


def test_two_forms_of_layer_normalisation_are_equal(terms):
    """var u = mean (u − mean u)² = mean u² − (mean u)²"""
    comparison = compared(
        terms, normalised_lstm(terms, "deviations"), normalised_lstm(terms, "squares")
    )
    assert statuses(comparison) == {"proved"}
    assert comparison.bound_bits > 150


def test_a_missing_normalisation_is_refuted(terms):
    comparison = compared(
        terms, normalised_lstm(terms, "deviations"), normalised_lstm(terms, "squares", wrong=True)
    )
    assert statuses(comparison) == {"differs"}


# Rectified units.


def rectified(terms: Terms, form: str) -> list[Number]:
    """h = relu(W x + R h + b), five units."""
    h = vector(terms, "h_0", 5)
    states: list[Number] = []
    for t in STEPS:
        z = affine(terms, "z", vector(terms, f"x{t}"), h, 5)
        forms = {
            "max": relu,
            "where": lambda u: where(u, u, 0),
            "mean": lambda u: (u + abs(u)) / 2,
            "leaky": lambda u: where(u, u, u * Fraction(1, 100)),
        }
        h = [forms[form](u) for u in z]
        states += h
    return states


@pytest.mark.parametrize("form", ["where", "mean"])
def test_rectified_units_need_no_cases(terms, form):
    """max(u, 0) = (u + |u|)/2, where 5·3 units would have more cases than can be followed"""
    comparison = compared(terms, rectified(terms, "max"), rectified(terms, form))
    assert statuses(comparison) == {"proved"}
    assert comparison.boundaries == []


def test_other_units_are_refuted(terms):
    comparison = compared(terms, rectified(terms, "max"), rectified(terms, "leaky"))
    assert "proved" not in statuses(comparison)


def test_a_search_in_which_too_many_cases_meet_is_given_up_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every max doubles the cases of what is computed from it; the verdict stands without it."""
    monkeypatch.setattr(fingerprints, "MAXIMUM_CASES", 2000)
    source = Path(str(slstm_stabilised.__file__)).read_text(encoding="utf-8")
    start = source.index("def gradients")
    right, wrong = "h_prev @ R_f.T + b_f", "h_prev @ R_f + b_f"
    path = tmp_path / "mine.py"
    path.write_text(source[:start] + source[start:].replace(right, wrong, 1), encoding="utf-8")
    report = verify(str(path), "slstm-stabilised", sizes={"B": 2, "D": 3, "H": 2, "T": 3}, seed=1)
    assert report.verdict == "differs"
    (found,) = report.findings
    assert any("the search for the cause was given up" in note for note in found.notes)
