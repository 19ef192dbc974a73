"""The derivative of an implementation's own forward pass.

A forward pass may be wrong and its backward pass right for it: an LSTM without the output tanh,
say, whose gradients are those of an LSTM without the output tanh. So where the forward pass of a
file differs from the equations, its gradients are compared with the exact derivative of what it
computes itself, too. That derivative is taken of the terms of its trace, by a route that knows no
equations (`symlstm.proof.differentiation`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symlstm.interface import Argument
from symlstm.messages import UnknownNode
from symlstm.proof.compare import compare
from symlstm.proof.differentiation import gradients
from symlstm.proof.interpret import symbol_names
from symlstm.proof.terms import Terms, reachable, substitute, transplant
from symlstm.verification.case import BoundRun


def is_own_derivative(
    run: BoundRun, results: Mapping[str, Sequence[int]], forward: BoundRun
) -> bool | None:
    """Whether gradients are those of the loss through a file's own forward pass.

    The loss is Σ dh · h over steps, examples and entries, for every result h of the forward pass.

    Args:
        run: of `gradients`.
        results: what it returned, by name.
        forward: of `sequence`, or of `step`, which is then unrolled.
    Returns:
        None where that is not known: a function without a derivative, arguments that the forward
        pass does not have, or no proof either way.
    """
    if dict(run.sizes) != dict(forward.sizes) or run.binding.absent != forward.binding.absent:
        return None
    terms = Terms()
    mine = transplant(run.terms, [e for each in results.values() for e in each], terms)
    computed = _results(forward, terms)
    if computed is not None and forward.binding.kind == "step":
        computed = _unrolled(terms, run, forward, computed)
    if computed is None:
        return None
    asked = [r.name for r in run.binding.asked if r.name in results]
    wanted = [_symbols(terms, run, name.removeprefix("d")) for name in asked]
    try:
        exact = gradients(terms, _weights(terms, run, computed), [e for w in wanted for e in w])
    except UnknownNode:
        return None
    returned = [mine[e] for name in asked for e in results[name]]
    if not returned or len(returned) != len(exact):
        return None
    comparison = compare(terms, list(zip(exact, returned, strict=True)), run.rng)
    if comparison.is_proved:
        return True
    return False if any(v.status == "differs" for v in comparison.verdicts) else None


def _symbols(terms: Terms, run: BoundRun, name: str) -> list[int]:
    """The symbols of an argument; none of one that is left out."""
    argument = run.binding.signature.argument(name)
    if argument is None or name in run.binding.absent:
        return []
    return [terms.symbol(symbol) for symbol in symbol_names(argument, run.sizes)]


def _weights(terms: Terms, run: BoundRun, computed: Mapping[str, Sequence[int]]) -> dict[int, int]:
    """What each element of the forward results is multiplied by in the loss."""
    weights: dict[int, list[int]] = {}
    for name, elements in computed.items():
        outside = _symbols(terms, run, f"d{name}") or [terms.zero] * len(elements)
        for element, weight in zip(elements, outside, strict=True):
            weights.setdefault(element, []).append(weight)
    return {element: terms.sum(each) for element, each in weights.items()}


def _results(forward: BoundRun, terms: Terms) -> dict[str, list[int]] | None:
    """The results of a forward run by name, in another table; None if one is missing."""
    returned = [e for result in forward.trace.results.values() for e in result.elements]
    index = transplant(forward.terms, returned, terms)
    found = {
        forward.binding.result_name(key): [index[e] for e in result.elements]
        for key, result in forward.trace.results.items()
    }
    names = [r.name for r in forward.binding.signature.results]
    return {name: found[name] for name in names} if set(names) <= set(found) else None


def _unrolled(
    terms: Terms, run: BoundRun, forward: BoundRun, once: Mapping[str, Sequence[int]]
) -> dict[str, list[int]] | None:
    """The results of `step`, applied at every step to what it gave at the step before."""
    if any(state.name not in once for state in run.cell.states):
        return None
    everything = reachable(terms, [e for elements in once.values() for e in elements])
    every: dict[str, list[int]] = {name: [] for name in once}
    for t in range(run.sizes["T"]):
        given: dict[int, int] = {}
        for argument in forward.binding.signature.arguments:
            now = _at_step(terms, run, argument, t, every, once)
            names = symbol_names(argument, run.sizes)
            given.update(zip((terms.symbol(n) for n in names), now, strict=True) if now else ())
        for name, elements in once.items():
            every[name] += [substitute(terms, e, given, everything) for e in elements]
    return every


def _at_step(
    terms: Terms,
    run: BoundRun,
    argument: Argument,
    t: int,
    every: Mapping[str, Sequence[int]],
    once: Mapping[str, Sequence[int]],
) -> list[int]:
    """What stands for an argument of `step` at a step; nothing for a parameter, which stays."""
    if not argument.axes:
        return []
    state = argument.name.removesuffix("_prev")
    if state in once and state != argument.name:
        count = len(once[state])
        if t:
            return list(every[state][(t - 1) * count : t * count])
        return _symbols(terms, run, f"{state}_0") or [terms.zero] * count
    symbols = _symbols(terms, run, argument.name)
    each = len(symbols) // run.sizes["T"]
    return symbols[t * each : (t + 1) * each]
