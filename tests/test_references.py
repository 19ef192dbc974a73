"""What is promised of every hand-written cell, whichever it is.

Its forward is checked against the equations elsewhere, by proof. Here its backward is checked
against central differences of its own forward, and every line of its backward loop is seen to
matter: doubled, it is noticed.
"""

import inspect
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numerics import random_arguments
from sample_cells import Arrays

from symlstm import cells
from symlstm.interface import KINDS, signature

every_cell = pytest.mark.parametrize("name", list(cells))


def reference(name: str) -> ModuleType:
    return import_module("symlstm.reference." + name.replace("-", "_"))


def sizes_of(name: str, T: int = 3) -> dict[str, int]:
    """As small as distinct sizes can be."""
    return {"B": 2, "T": T} | {d.name: 3 + n for n, d in enumerate(cells[name].dimensions)}


def arguments_of(name: str, kind: str, T: int = 3) -> Arrays:
    return random_arguments(cells[name], kind, sizes_of(name, T))


def as_dict(name: str, results: object) -> Arrays:
    return dict(zip((q.name for q in cells[name].results), results, strict=True))


@cache
def differences(name: str) -> Arrays:
    """∂L/∂v ≈ (L(v + ε) − L(v − ε)) / 2ε, of the reference's own forward."""
    cell, arguments = cells[name], arguments_of(name, "gradients")
    outside = {q.name: arguments.pop("d" + q.name) for q in cell.results}
    epsilon = 1e-5

    def loss(moved: Arrays) -> float:
        results = as_dict(name, reference(name).sequence(**moved))
        return float(sum(np.sum(outside[n] * results[n]) for n in outside))

    expected: Arrays = {}
    for key, value in arguments.items():
        adjoint = np.zeros_like(value)
        for place in np.ndindex(value.shape):
            both = [np.array(value), np.array(value)]
            both[0][place] += epsilon
            both[1][place] -= epsilon
            up, down = (loss({**arguments, key: v}) for v in both)
            adjoint[place] = (up - down) / (2 * epsilon)
        expected["d" + key] = adjoint
    return expected


def assert_close(found: Arrays, expected: Arrays, tolerance: float = 1e-7) -> None:
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert np.shape(found[key]) == value.shape, key
        scale = max(1.0, float(np.max(np.abs(value))))
        assert float(np.max(np.abs(found[key] - value))) <= tolerance * scale, f"{key} is off"


def test_every_cell_has_a_reference_and_the_other_way_round():
    folder = reference("lstm").__file__
    assert folder is not None
    files = {p.stem for p in Path(folder).parent.glob("*.py")}
    assert files - {"__init__", "activations"} == {name.replace("-", "_") for name in cells}


@every_cell
def test_arguments_have_the_promised_names_and_order(name):
    for kind in KINDS:
        promised = [a.name for a in signature(cells[name], kind).arguments]
        function = getattr(reference(name), kind)
        assert list(inspect.signature(function).parameters) == promised, kind


@every_cell
def test_gradients_are_those_of_its_own_forward(name):
    assert_close(reference(name).gradients(**arguments_of(name, "gradients")), differences(name))


def doubled_lines(module: ModuleType) -> list[tuple[str, Callable[..., Arrays]]]:
    """`gradients` of the module with one line of its loop doubled, once for each such line."""
    lines = inspect.getsource(module.gradients).splitlines()
    variants = []
    for number, line in enumerate(lines):
        assignment = re.fullmatch(r"( {8}\w+(?:\[t\])? \+?= )([^()]*(?:\(.*\))?[^()]*)", line)
        if assignment:
            left, right = assignment.groups()
            source = [*lines[:number], f"{left}2 * ({right})", *lines[number + 1 :]]
            namespace = dict(vars(module))
            exec("\n".join(source), namespace)
            variants.append((line.strip(), namespace["gradients"]))
    return variants


@every_cell
def test_every_line_of_the_backward_loop_matters(name):
    variants = doubled_lines(reference(name))
    assignments = re.findall(
        r"^ {8}[^#\s].* \+?= ", inspect.getsource(reference(name).gradients), re.M
    )
    assert len(variants) == len(assignments) >= 5
    for line, gradients in variants:
        print(line)
        with pytest.raises(AssertionError, match="is off"):
            assert_close(gradients(**arguments_of(name, "gradients")), differences(name))


@every_cell
def test_a_sequence_is_its_step_repeated(name):
    arguments = arguments_of(name, "sequence")
    found = as_dict(name, reference(name).sequence(**arguments))
    cell = cells[name]
    states = {q.name: arguments[q.name + "_0"] for q in cell.states}
    for t in range(3):
        given = {q.name: arguments[q.name][t] for q in cell.inputs}
        given |= {n + "_prev": value for n, value in states.items()}
        given |= {q.name: arguments[q.name] for q in cell.parameters}
        results = as_dict(name, reference(name).step(**given))
        states = {q.name: results[q.name] for q in cell.states}
        for key, value in results.items():
            np.testing.assert_array_equal(found[key][t], value, err_msg=key)


@every_cell
def test_no_steps_give_empty_results_and_no_gradient(name):
    arguments = arguments_of(name, "gradients", T=0)
    shapes = {
        r.name: r.shape(sizes_of(name, 0)) for r in signature(cells[name], "sequence").results
    }
    forward = {a.name: arguments[a.name] for a in signature(cells[name], "sequence").arguments}
    found = as_dict(name, reference(name).sequence(**forward))
    assert {key: value.shape for key, value in found.items()} == shapes
    for key, value in reference(name).gradients(**arguments).items():
        np.testing.assert_array_equal(value, np.zeros(arguments[key[1:]].shape), err_msg=key)


@every_cell
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept_and_the_arguments_too(name, dtype):
    arguments = {k: v.astype(dtype) for k, v in arguments_of(name, "gradients").items()}
    copies = {key: value.copy() for key, value in arguments.items()}
    forward = {a.name: arguments[a.name] for a in signature(cells[name], "sequence").arguments}
    results = [
        *reference(name).sequence(**forward), *reference(name).gradients(**arguments).values(),
    ]  # fmt: skip
    assert {np.asarray(value).dtype for value in results} == {np.dtype(dtype)}
    exact = reference(name).gradients(**arguments_of(name, "gradients"))
    assert_close(reference(name).gradients(**arguments), exact, float(np.sqrt(np.finfo(dtype).eps)))
    for key, value in arguments.items():
        np.testing.assert_array_equal(value, copies[key], err_msg=key)
        assert not any(np.shares_memory(value, result) for result in results), key
