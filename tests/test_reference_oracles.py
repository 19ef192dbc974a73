"""Three of the hand-written cells against two independent oracles, and numbers typed by hand.

What is promised of every cell stands in test_references.py.

Complex steps: ∂L/∂v = Im L(v + iε)/ε, exact to rounding for analytic L, on a forward written for
one example at a time, in the papers' columns. HIPS autograd: reverse mode on a forward written in
rows. Neither calls the code under test. The loss is L = Σ_t Σ_b (dh ∘ h + dc ∘ c), so that dh and
dc are the outside adjoints.
"""

import math
from collections.abc import Callable

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from symlstm.reference import activations, lstm, lstm_concat, lstm_peephole

Arrays = dict[str, np.ndarray]

CELLS = {"lstm": lstm, "lstm-peephole": lstm_peephole, "lstm-concat": lstm_concat}

# In the order in which the equations first mention them; a letter a dimension, K = H + D.
PARAMETERS = {
    "lstm": "W_xi:HD W_hi:HH b_i:H W_xf:HD W_hf:HH b_f:H "
    "W_xo:HD W_ho:HH b_o:H W_xc:HD W_hc:HH b_c:H",
    "lstm-peephole": "W_xi:HD W_hi:HH w_ci:H b_i:H W_xf:HD W_hf:HH w_cf:H b_f:H "
    "W_xc:HD W_hc:HH b_c:H W_xo:HD W_ho:HH w_co:H b_o:H",
    "lstm-concat": "W_i:HK b_i:H W_f:HK b_f:H W_o:HK b_o:H W_c:HK b_c:H",
}

SIZES = [{"B": 2, "D": 3, "H": 5, "T": 4}, {"B": 3, "D": 5, "H": 2, "T": 3}]

every_cell = pytest.mark.parametrize("cell", CELLS)
every_size = pytest.mark.parametrize(
    "sizes", SIZES, ids=lambda s: "B{B}-D{D}-H{H}-T{T}".format(**s)
)


def parameter_shapes(cell: str) -> dict[str, str]:
    return dict(entry.split(":") for entry in PARAMETERS[cell].split())


def random_arguments(cell: str, B: int, D: int, H: int, T: int, seed: int = 20130804) -> Arrays:
    """Arguments of `gradients`, in order, all of them random and none zero."""
    print(f"seed {seed}, B={B} D={D} H={H} T={T}")
    size = {"T": T, "B": B, "D": D, "H": H, "K": H + D}
    shapes = {
        "x": "TBD",
        "h_0": "BH",
        "c_0": "BH",
        **parameter_shapes(cell),
        "dh": "TBH",
        "dc": "TBH",
    }
    random = np.random.default_rng(seed)
    return {
        name: random.standard_normal([size[axis] for axis in axes]) for name, axes in shapes.items()
    }


def without_adjoints(arguments: Arrays) -> Arrays:
    return {name: value for name, value in arguments.items() if name not in ("dh", "dc")}


# The oracles' equations: `a` holds the arguments by name.


def sigma(z):
    return 1 / (1 + np.exp(-z))


def lstm_in_columns(a, x, h, c):
    i = sigma(a["W_xi"] @ x + a["W_hi"] @ h + a["b_i"])
    f = sigma(a["W_xf"] @ x + a["W_hf"] @ h + a["b_f"])
    o = sigma(a["W_xo"] @ x + a["W_ho"] @ h + a["b_o"])
    c = f * c + i * np.tanh(a["W_xc"] @ x + a["W_hc"] @ h + a["b_c"])
    return o * np.tanh(c), c


def lstm_peephole_in_columns(a, x, h, c):
    i = sigma(a["W_xi"] @ x + a["W_hi"] @ h + np.diag(a["w_ci"]) @ c + a["b_i"])
    f = sigma(a["W_xf"] @ x + a["W_hf"] @ h + np.diag(a["w_cf"]) @ c + a["b_f"])
    c = f * c + i * np.tanh(a["W_xc"] @ x + a["W_hc"] @ h + a["b_c"])
    o = sigma(a["W_xo"] @ x + a["W_ho"] @ h + np.diag(a["w_co"]) @ c + a["b_o"])
    return o * np.tanh(c), c


def lstm_concat_in_columns(a, x, h, c):
    hx = np.hstack([h, x])
    i = sigma(a["W_i"] @ hx + a["b_i"])
    f = sigma(a["W_f"] @ hx + a["b_f"])
    o = sigma(a["W_o"] @ hx + a["b_o"])
    c = f * c + i * np.tanh(a["W_c"] @ hx + a["b_c"])
    return o * np.tanh(c), c


def logistic(z):
    return anp.exp(z) / (anp.exp(z) + 1)


def lstm_in_rows(a, x, h, c):
    i = logistic(anp.dot(x, a["W_xi"].T) + anp.dot(h, a["W_hi"].T) + a["b_i"])
    f = logistic(anp.dot(x, a["W_xf"].T) + anp.dot(h, a["W_hf"].T) + a["b_f"])
    o = logistic(anp.dot(x, a["W_xo"].T) + anp.dot(h, a["W_ho"].T) + a["b_o"])
    g = anp.tanh(anp.dot(x, a["W_xc"].T) + anp.dot(h, a["W_hc"].T) + a["b_c"])
    c_t = i * g + f * c
    return anp.tanh(c_t) * o, c_t


def lstm_peephole_in_rows(a, x, h, c):
    i = logistic(anp.dot(x, a["W_xi"].T) + anp.dot(h, a["W_hi"].T) + c * a["w_ci"] + a["b_i"])
    f = logistic(anp.dot(x, a["W_xf"].T) + anp.dot(h, a["W_hf"].T) + c * a["w_cf"] + a["b_f"])
    g = anp.tanh(anp.dot(x, a["W_xc"].T) + anp.dot(h, a["W_hc"].T) + a["b_c"])
    c_t = i * g + f * c
    o = logistic(anp.dot(x, a["W_xo"].T) + anp.dot(h, a["W_ho"].T) + c_t * a["w_co"] + a["b_o"])
    return anp.tanh(c_t) * o, c_t


def lstm_concat_in_rows(a, x, h, c):
    H = h.shape[1]
    gates = {}
    for gate in "ifoc":
        W_h, W_x = a[f"W_{gate}"][:, :H], a[f"W_{gate}"][:, H:]
        gates[gate] = anp.dot(h, W_h.T) + anp.dot(x, W_x.T) + a[f"b_{gate}"]
    c_t = logistic(gates["i"]) * anp.tanh(gates["c"]) + logistic(gates["f"]) * c
    return anp.tanh(c_t) * logistic(gates["o"]), c_t


IN_COLUMNS = {
    "lstm": lstm_in_columns,
    "lstm-peephole": lstm_peephole_in_columns,
    "lstm-concat": lstm_concat_in_columns,
}
IN_ROWS = {
    "lstm": lstm_in_rows,
    "lstm-peephole": lstm_peephole_in_rows,
    "lstm-concat": lstm_concat_in_rows,
}


def forward_in_columns(cell: str, a: Arrays) -> tuple[np.ndarray, np.ndarray]:
    T, B, _ = a["x"].shape
    results = np.zeros((2, T, B, a["h_0"].shape[1]), dtype=complex)
    for b in range(B):
        h, c = a["h_0"][b], a["c_0"][b]
        for t in range(T):
            h, c = IN_COLUMNS[cell](a, a["x"][t, b], h, c)
            results[:, t, b] = h, c
    return results[0], results[1]


def complex_step_gradients(cell: str, arguments: Arrays) -> Arrays:
    """∂L/∂v = Im L(v + iε)/ε, one entry of one argument at a time."""
    epsilon = 1e-100
    expected = {}
    for name, value in without_adjoints(arguments).items():
        adjoint = np.zeros_like(value)
        for place in np.ndindex(value.shape):
            moved = value.astype(complex)
            moved[place] += 1j * epsilon
            h, c = forward_in_columns(cell, {**arguments, name: moved})
            adjoint[place] = np.sum(arguments["dh"] * h + arguments["dc"] * c).imag / epsilon
        expected[f"d{name}"] = adjoint
    return expected


def forward_in_rows(cell: str, a: Arrays) -> tuple[np.ndarray, np.ndarray]:
    h, c = [a["h_0"]], [a["c_0"]]
    for x in a["x"]:
        h_t, c_t = IN_ROWS[cell](a, x, h[-1], c[-1])
        h.append(h_t)
        c.append(c_t)
    return anp.array(h[1:]), anp.array(c[1:])


def autograd_gradients(cell: str, arguments: Arrays) -> Arrays:
    """Reverse mode, by somebody else's rules."""

    def loss(a):
        h, c = forward_in_rows(cell, a)
        return anp.sum(arguments["dh"] * h) + anp.sum(arguments["dc"] * c)

    adjoints = autograd.grad(loss)(without_adjoints(arguments))
    return {f"d{name}": adjoint for name, adjoint in adjoints.items()}


ORACLES: dict[str, Callable[[str, Arrays], Arrays]] = {
    "complex-step": complex_step_gradients,
    "autograd": autograd_gradients,
}
every_oracle = pytest.mark.parametrize("oracle", ORACLES)


def assert_agree(actual: Arrays, expected: Arrays, tolerance: float = 1e-12) -> None:
    """max|actual − expected| ≤ tolerance · max|expected|, for every name."""
    assert expected, "nothing to compare"
    assert actual.keys() == expected.keys(), f"names differ: {actual.keys() ^ expected.keys()}"
    for name in expected:
        assert actual[name].shape == expected[name].shape, f"{name} has another shape"
        scale = np.max(np.abs(expected[name]))
        assert scale > 0, f"{name} is zero everywhere: nothing to compare"
        error = np.max(np.abs(actual[name] - expected[name])) / scale
        assert error <= tolerance, f"{name} is off by {error:.1e}, relative to its largest entry"


# The oracles.


@every_cell
@every_size
def test_forward_is_what_both_oracles_compute(cell: str, sizes: dict[str, int]) -> None:
    arguments = without_adjoints(random_arguments(cell, **sizes))
    h, c = CELLS[cell].sequence(**arguments)
    for forward in (forward_in_columns, forward_in_rows):
        h_expected, c_expected = forward(cell, arguments)
        assert_agree({"h": h, "c": c}, {"h": np.real(h_expected), "c": np.real(c_expected)})


@every_cell
@every_size
@every_oracle
def test_gradients_agree_with_oracle(cell: str, sizes: dict[str, int], oracle: str) -> None:
    arguments = random_arguments(cell, **sizes)
    assert_agree(CELLS[cell].gradients(**arguments), ORACLES[oracle](cell, arguments))


@every_cell
@every_oracle
def test_oracle_notices_every_corrupted_gradient(cell: str, oracle: str) -> None:
    arguments = random_arguments(cell, **SIZES[0])
    expected = ORACLES[oracle](cell, arguments)
    for name in expected:
        corrupted = CELLS[cell].gradients(**arguments)
        corrupted[name].flat[-1] += 1e-9 * np.max(np.abs(corrupted[name]))
        with pytest.raises(AssertionError, match=f"^{name} is off by"):
            assert_agree(corrupted, expected)


def test_comparison_refuses_what_it_cannot_compare() -> None:
    ones = np.ones((2, 3))
    with pytest.raises(AssertionError, match="nothing to compare"):
        assert_agree({}, {})
    with pytest.raises(AssertionError, match="dx is zero everywhere"):
        assert_agree({"dx": 0 * ones}, {"dx": 0 * ones})
    with pytest.raises(AssertionError, match=r"names differ: \{'db'\}"):
        assert_agree({"dx": ones}, {"dx": ones, "db": ones})
    with pytest.raises(AssertionError, match="dx has another shape"):
        assert_agree({"dx": ones[:1]}, {"dx": ones})
    with pytest.raises(AssertionError, match="dx is off by nan"):
        assert_agree({"dx": np.nan * ones}, {"dx": ones})


# Numbers typed by hand, B = D = H = 1. All weights of a gate are equal and x_t + h_{t-1} = 1 at
# every step, so that i = σ(ln 3) = 3/4, f = σ(−ln 3) = 1/4, o = σ(0) = 1/2, g = tanh(ln 2) = 3/5.
# With c_0 = 4 ln 2 − 9/5, c_1 = f c_0 + i g = ln 2 and h_1 = 3/10.

LN2, LN3 = math.log(2), math.log(3)


def scalars(**values: float) -> Arrays:
    """Weights as (1, 1), biases and peepholes as (1,)."""
    return {
        name: np.full((1, 1) if name.startswith("W") else 1, value)
        for name, value in values.items()
    }


def assert_equals_typed(actual: Arrays, typed: dict[str, object]) -> None:
    assert actual.keys() == typed.keys()
    for name, value in typed.items():
        np.testing.assert_allclose(np.squeeze(actual[name]), value, rtol=1e-13, err_msg=name)


STATES_TYPED = {
    "h": [0.3, 0.276706169739073],
    "c": [0.693147180559945, 0.623286795139986],
}
ADJOINTS_TYPED = {
    "dx": [1.185208283356079, 1.048741274088747],
    "dh_0": 1.185208283356079,
    "dc_0": 0.3513993019270998,
    "db_i": 0.2706296858671949,
    "db_f": 0.3862903448979116,
    "db_o": 0.3073111911133125,
    "db_c": 1.154686659700032,
}
TWO_STEPS = {
    "x": np.array([2, 0.7]).reshape(2, 1, 1),
    "h_0": np.array([[-1.0]]),
    "c_0": np.array([[4 * LN2 - 1.8]]),
}
# No dh at the second step: only the cell state carries back from there.
TWO_ADJOINTS = {
    "dh": np.array([1.0, 0.0]).reshape(2, 1, 1),
    "dc": np.array([0.5, 1.0]).reshape(2, 1, 1),
}
TWO_STEP_BIASES = {"b_i": LN3 - 0.5, "b_f": -LN3 - 0.25, "b_o": 1.0, "b_c": LN2 - 2}


def test_lstm_by_hand() -> None:
    arguments = TWO_STEPS | scalars(
        W_xi=0.5, W_hi=0.5, W_xf=0.25, W_hf=0.25, W_xo=-1.0, W_ho=-1.0, W_xc=2.0, W_hc=2.0,
        **TWO_STEP_BIASES,
    )  # fmt: skip
    h, c = lstm.sequence(**arguments)
    assert_equals_typed({"h": h, "c": c}, STATES_TYPED)
    typed = ADJOINTS_TYPED | {
        "dW_xi": 0.3950093717343898, "dW_hi": -0.1243796858671949,
        "dW_xf": 0.6036260645343365, "dW_hf": -0.2173357196364249,
        "dW_xo": 0.6146223822266249, "dW_ho": -0.3073111911133125,
        "dW_xc": 1.685373319400063, "dW_hc": -0.5306866597000316,
    }  # fmt: skip
    assert_equals_typed(lstm.gradients(**arguments, **TWO_ADJOINTS), typed)


def test_lstm_concat_by_hand() -> None:
    """As `lstm`, with W_i = [W_hi  W_xi]: the columns of h come first."""
    arguments = TWO_STEPS | scalars(**TWO_STEP_BIASES)
    for gate, weight in {"i": 0.5, "f": 0.25, "o": -1.0, "c": 2.0}.items():
        arguments[f"W_{gate}"] = np.array([[weight, weight]])
    h, c = lstm_concat.sequence(**arguments)
    assert_equals_typed({"h": h, "c": c}, STATES_TYPED)
    typed = ADJOINTS_TYPED | {
        "dW_i": [-0.1243796858671949, 0.3950093717343898],
        "dW_f": [-0.2173357196364249, 0.6036260645343365],
        "dW_o": [-0.3073111911133125, 0.6146223822266249],
        "dW_c": [-0.5306866597000316, 1.685373319400063],
    }
    assert_equals_typed(lstm_concat.gradients(**arguments, **TWO_ADJOINTS), typed)


def test_lstm_peephole_by_hand() -> None:
    """One step with w_ci = 2, w_cf = −1, w_co = 1/2, the biases chosen for the same gates.

    do_bar = 3/5 · 1/4 = 0.15, so dc_1 = 0.5 + 1/2 · 16/25 + 0.15 / 2 = 0.895, di_bar = 0.1006875,
    df_bar = 0.1678125 c_0, dg_bar = 0.4296.
    """
    c_0 = 4 * LN2 - 1.8
    arguments = {
        "x": np.full((1, 1, 1), 2.0),
        "h_0": np.array([[-1.0]]),
        "c_0": np.array([[c_0]]),
        **scalars(W_xi=0.5, W_hi=0.5, w_ci=2.0, b_i=LN3 - 0.5 - 2 * c_0),
        **scalars(W_xf=0.25, W_hf=0.25, w_cf=-1.0, b_f=-LN3 - 0.25 + c_0),
        **scalars(W_xc=2.0, W_hc=2.0, b_c=LN2 - 2),
        **scalars(W_xo=-1.0, W_ho=-1.0, w_co=0.5, b_o=1 - 0.5 * LN2),
    }
    h, c = lstm_peephole.sequence(**arguments)
    assert_equals_typed({"h": h, "c": c}, {"h": 0.3, "c": 0.693147180559945})
    typed = {
        "dx": 0.8003468862377158, "dh_0": 0.8003468862377158, "dc_0": 0.2619124550491367,
        "dW_xi": 0.201375, "dW_hi": -0.1006875, "dw_ci": 0.09792752697051797, "db_i": 0.1006875,
        "dW_xf": 0.3264250899017266, "dW_hf": -0.1632125449508633,
        "dw_cf": 0.1587386805472630, "db_f": 0.1632125449508633,
        "dW_xc": 0.8592, "dW_hc": -0.4296, "db_c": 0.4296,
        "dW_xo": 0.3, "dW_ho": -0.15, "dw_co": 0.1039720770839918, "db_o": 0.15,
    }  # fmt: skip
    adjoints = {"dh": np.full((1, 1, 1), 1.0), "dc": np.full((1, 1, 1), 0.5)}
    assert_equals_typed(lstm_peephole.gradients(**arguments, **adjoints), typed)


# σ


def test_sigmoid_by_hand() -> None:
    """σ(±ln 3) = 3/4, 1/4 and σ(ln 4) = 4/5."""
    z = np.array([-1.0986122886681098, 0.0, 1.0986122886681098, 1.3862943611198906])
    np.testing.assert_allclose(activations.sigmoid(z), [0.25, 0.5, 0.75, 0.8], rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_saturates_in_silence(dtype: type) -> None:
    largest = np.finfo(dtype).max
    z = np.array([-np.inf, -largest, -1000, 1000, largest, np.inf], dtype=dtype)
    with np.errstate(all="raise"):
        saturated = activations.sigmoid(z)
    assert saturated.dtype == dtype
    np.testing.assert_array_equal(saturated, [0, 0, 0, 1, 1, 1])
