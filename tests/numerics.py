"""Arguments at random, and two oracles of gradients: complex steps, and forwards run by hand.

Complex steps: ∂L/∂v = Im L(v + iε)/ε, exact to rounding for analytic L. The loss is
L = Σ_t Σ_b Σ_results (dr ∘ r), so that each dr is the outside adjoint of the result r.
"""

from __future__ import annotations

import numpy as np
from sample_cells import BUILT_IN, SAMPLES, Arrays, Forward, Named

from symlstm.cell import Cell
from symlstm.codegen.numpy_code import generate
from symlstm.interface import signature
from symlstm.notation.reading import load_cell, read_text

EPSILON = 1e-100


def cell_called(name: str) -> Cell:
    return load_cell(name) if name in BUILT_IN else read_text(SAMPLES[name].latex, name=name)


def forward_of(name: str) -> Forward:
    return BUILT_IN[name] if name in BUILT_IN else SAMPLES[name].forward


def run_module(source: str, name: str = "generated") -> dict:
    """The names that the source of a module defines."""
    namespace: dict = {"__name__": name}
    exec(compile(source, f"<{name}>", "exec"), namespace)
    return namespace


def generated(cell: Cell) -> dict:
    return run_module(generate(cell))


def random_arguments(cell: Cell, kind: str, sizes: dict, seed: int = 20260204) -> Arrays:
    """Arguments of a bound function, in order, none of them zero; the shapes are the cell's."""
    print(f"seed {seed}, {sizes}")
    random = np.random.default_rng(seed)
    return {
        a.name: np.asarray(0.7 * random.standard_normal(a.shape(sizes)))
        for a in signature(cell, kind).arguments
    }


def sequence_by_hand(cell: Cell, forward: Forward, arguments: Arrays) -> Arrays:
    """Every result at every step, by the forward step that a person wrote."""
    dtype = np.result_type(*arguments.values())
    T, B = arguments[cell.inputs[0].name].shape[:2]
    parameters = Named({q.name: arguments[q.name] for q in cell.parameters})
    found: dict[str, list] = {q.name: [] for q in cell.results}
    states = [Named({q.name: arguments[q.name + "_0"][b] for q in cell.states}) for b in range(B)]
    for t in range(T):
        steps = []
        for b in range(B):
            inputs = Named({q.name: arguments[q.name][t, b] for q in cell.inputs})
            step = forward(parameters, inputs, states[b])
            states[b] = Named({q.name: step[q.name] for q in cell.states})
            steps.append(step)
        for name, values in found.items():
            values.append([step[name] for step in steps])
    return {name: np.array(values, dtype) for name, values in found.items()}


def complex_step_gradients(cell: Cell, forward: Forward, arguments: Arrays) -> Arrays:
    """∂L/∂v = Im L(v + iε)/ε, one entry of one argument at a time."""
    outside = {q.name: arguments["d" + q.name] for q in cell.results}
    expected: Arrays = {}
    for result in signature(cell, "gradients").results:
        value = arguments[result.name[1:]]
        adjoint = np.zeros_like(value)
        for place in np.ndindex(value.shape):
            moved = value.astype(complex)
            moved[place] += 1j * EPSILON
            results = sequence_by_hand(cell, forward, {**arguments, result.name[1:]: moved})
            loss = sum(np.sum(outside[name] * results[name]) for name in outside)
            adjoint[place] = np.imag(loss) / EPSILON
        expected[result.name] = adjoint
    return expected


def assert_agree(found: Arrays, expected: Arrays, tolerance: float = 1e-12) -> None:
    """max|found − expected| ≤ tolerance · max(1, |expected|), for every name, of one shape."""
    assert expected, "nothing to compare"
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert found[name].shape == value.shape, name
        assert value.size, f"{name} is empty"
        scale = max(1.0, float(np.max(np.abs(value))))
        assert float(np.max(np.abs(found[name] - value))) <= tolerance * scale, name
