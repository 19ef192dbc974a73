"""The hand-written cells against PyTorch: `torch.nn.LSTM` itself, and autograd on the equations.

torch.nn.LSTM packs the gates i, f, g, o and has two biases, of which only the sum counts. It
returns c of the last step only, so it is run one step at a time where c of every step is wanted.
"""

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
import torch
from torch.nn.functional import linear

from symlstm.reference import lstm, lstm_concat, lstm_peephole

pytestmark = pytest.mark.torch

Arrays = dict[str, np.ndarray]
Tensors = dict[str, torch.Tensor]

SIZES = [{"B": 2, "D": 3, "H": 5, "T": 4}, {"B": 3, "D": 5, "H": 2, "T": 3}]
every_size = pytest.mark.parametrize(
    "sizes", SIZES, ids=lambda s: "B{B}-D{D}-H{H}-T{T}".format(**s)
)

# A letter a dimension, K = H + D.
SUM_FORM = {f"W_x{g}": "HD" for g in "ifoc"} | {f"W_h{g}": "HH" for g in "ifoc"}
PEEPHOLES = {"w_ci": "H", "w_cf": "H", "w_co": "H"}
CONCATENATED = {f"W_{g}": "HK" for g in "ifoc"}
BIASES = {f"b_{g}": "H" for g in "ifoc"}


def random_arguments(
    parameters: dict[str, str], B: int, D: int, H: int, T: int, seed: int = 20170708
) -> Arrays:
    """Arguments of `gradients` by name, all of them random and none zero."""
    print(f"seed {seed}, B={B} D={D} H={H} T={T}")
    size = {"T": T, "B": B, "D": D, "H": H, "K": H + D}
    shapes = {"x": "TBD", "h_0": "BH", "c_0": "BH", **parameters, "dh": "TBH", "dc": "TBH"}
    random = np.random.default_rng(seed)
    return {
        name: random.standard_normal([size[axis] for axis in axes]) for name, axes in shapes.items()
    }


def without_adjoints(arguments: Arrays) -> Arrays:
    return {name: value for name, value in arguments.items() if name not in ("dh", "dc")}


def as_leaves(arguments: Arrays) -> Tensors:
    return {
        name: torch.tensor(value, requires_grad=True)
        for name, value in without_adjoints(arguments).items()
    }


def unroll(
    step: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]],
    a: Tensors,
) -> tuple[torch.Tensor, torch.Tensor]:
    h, c = [a["h_0"]], [a["c_0"]]
    for x in a["x"]:
        h_t, c_t = step(x, h[-1], c[-1])
        h.append(h_t)
        c.append(c_t)
    return torch.stack(h[1:]), torch.stack(c[1:])


def backpropagate(h: torch.Tensor, c: torch.Tensor, arguments: Arrays) -> None:
    """L = Σ (dh ∘ h + dc ∘ c): dh and dc are the outside adjoints."""
    torch.autograd.backward(
        [h, c], [torch.from_numpy(arguments["dh"]), torch.from_numpy(arguments["dc"])]
    )


def assert_agree(actual: Arrays, expected: Tensors, tolerance: float = 1e-12) -> None:
    """max|actual − expected| ≤ tolerance · max|expected|, for every name."""
    assert expected, "nothing to compare"
    assert actual.keys() == expected.keys(), f"names differ: {actual.keys() ^ expected.keys()}"
    for name in expected:
        value = expected[name].detach().numpy()
        assert actual[name].shape == value.shape, f"{name} has another shape"
        scale = np.max(np.abs(value))
        assert scale > 0, f"{name} is zero everywhere: nothing to compare"
        error = np.max(np.abs(actual[name] - value)) / scale
        assert error <= tolerance, f"{name} is off by {error:.1e}, relative to its largest entry"


def assert_notices_every_corruption(actual: Arrays, expected: Tensors) -> None:
    for name, value in actual.items():
        corrupted = value.copy()
        corrupted.flat[-1] += 1e-9 * np.max(np.abs(value))
        with pytest.raises(AssertionError, match=f"^{name} is off by"):
            assert_agree({**actual, name: corrupted}, expected)


# torch.nn.LSTM


def packed(arguments: Arrays) -> torch.nn.LSTM:
    H, D = arguments["W_xi"].shape
    module = torch.nn.LSTM(D, H, dtype=torch.float64)
    b_hh = np.random.default_rng(1997).standard_normal(4 * H)
    with torch.no_grad():
        for parameter, prefix in [(module.weight_ih_l0, "W_x"), (module.weight_hh_l0, "W_h")]:
            rows = np.concatenate([arguments[f"{prefix}{gate}"] for gate in "ifco"])
            parameter.copy_(torch.from_numpy(rows))
        b = np.concatenate([arguments[f"b_{gate}"] for gate in "ifco"])
        module.bias_ih_l0.copy_(torch.from_numpy(b - b_hh))
        module.bias_hh_l0.copy_(torch.from_numpy(b_hh))
    return module


@every_size
def test_lstm_sequence_is_torch_nn_lstm(sizes: dict[str, int]) -> None:
    arguments = random_arguments(SUM_FORM | BIASES, **sizes)
    a = as_leaves(arguments)
    h_torch, (h_last, c_last) = packed(arguments)(a["x"], (a["h_0"][None], a["c_0"][None]))
    h, c = lstm.sequence(**without_adjoints(arguments))
    assert_agree({"h": h}, {"h": h_torch})
    assert_agree({"h_T": h[-1], "c_T": c[-1]}, {"h_T": h_last[0], "c_T": c_last[0]})


@every_size
def test_lstm_gradients_are_those_of_torch_nn_lstm(sizes: dict[str, int]) -> None:
    arguments = random_arguments(SUM_FORM | BIASES, **sizes)
    a = as_leaves(arguments)
    module = packed(arguments)

    def step(
        x: torch.Tensor, h: torch.Tensor, c: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        _, (h_t, c_t) = module(x[None], (h[None], c[None]))
        return h_t[0], c_t[0]

    h_torch, c_torch = unroll(step, a)
    backpropagate(h_torch, c_torch, arguments)
    expected = {"dx": a["x"].grad, "dh_0": a["h_0"].grad, "dc_0": a["c_0"].grad}
    for prefix, parameter in [
        ("dW_x", module.weight_ih_l0),
        ("dW_h", module.weight_hh_l0),
        ("db_", module.bias_ih_l0),
    ]:
        for gate, rows in zip("ifco", parameter.grad.chunk(4), strict=True):
            expected[f"{prefix}{gate}"] = rows
    h, c = lstm.sequence(**without_adjoints(arguments))
    assert_agree({"h": h, "c": c}, {"h": h_torch, "c": c_torch})
    assert_agree(lstm.gradients(**arguments), expected)
    assert_notices_every_corruption(lstm.gradients(**arguments), expected)
    assert torch.equal(module.bias_ih_l0.grad, module.bias_hh_l0.grad)


# torch's autograd on the equations


def peephole_equations(a: Tensors) -> tuple[torch.Tensor, torch.Tensor]:
    def step(
        x: torch.Tensor, h: torch.Tensor, c: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        i = torch.sigmoid(linear(x, a["W_xi"]) + linear(h, a["W_hi"], a["b_i"]) + a["w_ci"] * c)
        f = torch.sigmoid(linear(x, a["W_xf"]) + linear(h, a["W_hf"], a["b_f"]) + a["w_cf"] * c)
        g = torch.tanh(linear(x, a["W_xc"]) + linear(h, a["W_hc"], a["b_c"]))
        c = f * c + i * g
        o = torch.sigmoid(linear(x, a["W_xo"]) + linear(h, a["W_ho"], a["b_o"]) + a["w_co"] * c)
        return o * torch.tanh(c), c

    return unroll(step, a)


def concat_equations(a: Tensors) -> tuple[torch.Tensor, torch.Tensor]:
    def step(
        x: torch.Tensor, h: torch.Tensor, c: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        hx = torch.cat([h, x], dim=1)
        i = torch.sigmoid(linear(hx, a["W_i"], a["b_i"]))
        f = torch.sigmoid(linear(hx, a["W_f"], a["b_f"]))
        o = torch.sigmoid(linear(hx, a["W_o"], a["b_o"]))
        c = f * c + i * torch.tanh(linear(hx, a["W_c"], a["b_c"]))
        return o * torch.tanh(c), c

    return unroll(step, a)


every_written_cell = pytest.mark.parametrize(
    ("module", "parameters", "equations"),
    [
        pytest.param(
            lstm_peephole, SUM_FORM | PEEPHOLES | BIASES, peephole_equations, id="lstm-peephole"
        ),
        pytest.param(lstm_concat, CONCATENATED | BIASES, concat_equations, id="lstm-concat"),
    ],
)


@every_written_cell
@every_size
def test_reference_is_torch_autograd_of_the_equations(
    module: ModuleType,
    parameters: dict[str, str],
    equations: Callable[[Tensors], tuple[torch.Tensor, torch.Tensor]],
    sizes: dict[str, int],
) -> None:
    arguments = random_arguments(parameters, **sizes)
    a = as_leaves(arguments)
    h_torch, c_torch = equations(a)
    backpropagate(h_torch, c_torch, arguments)
    h, c = module.sequence(**without_adjoints(arguments))
    assert_agree({"h": h, "c": c}, {"h": h_torch, "c": c_torch})
    expected = {f"d{name}": leaf.grad for name, leaf in a.items()}
    assert_agree(module.gradients(**arguments), expected)
    assert_notices_every_corruption(module.gradients(**arguments), expected)
