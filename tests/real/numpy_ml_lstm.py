"""numpy-ml's LSTMCell, bound to the names of the cell `lstm-concat`.

numpy-ml computes one step a call, keeps weights as (H+D, H) on [h, x] and biases as (1, H), and
calls the input gate u (update). It starts at h_0 = c_0 = 0 and takes no outside adjoint of c, so
these arguments are left out.
"""

import collections
import collections.abc
import warnings
from unittest import mock

import numpy as np

# The package needs `collections.Hashable`, gone since Python 3.10, and warns of each optional
# dependency that it does not find.
with (
    mock.patch.object(collections, "Hashable", collections.abc.Hashable, create=True),
    warnings.catch_warnings(),
):
    warnings.simplefilter("ignore")
    from numpy_ml.neural_nets.layers.layers import LSTMCell

THEIR_GATE = {"i": "u", "f": "f", "o": "o", "c": "c"}


def new_cell(input_size, **gates):
    """A cell before its first step; each gate is (W, b)."""
    _, b_i = gates["i"]
    cell = LSTMCell(len(b_i))
    cell.n_in = input_size
    cell._init_params()
    for ours, theirs in THEIR_GATE.items():
        W, b = gates[ours]
        cell.parameters |= {f"W{theirs}": W.T, f"b{theirs}": b[np.newaxis]}
    # The accumulators that the cell has made are shaped and typed like its random weights, not
    # like these. Its flush_gradients would renew them, but turns the carries of dh and dc into [].
    cell.gradients = {name: np.zeros_like(value) for name, value in cell.parameters.items()}
    return cell


def sequence(x, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c):
    cell = new_cell(x.shape[2], i=(W_i, b_i), f=(W_f, b_f), o=(W_o, b_o), c=(W_c, b_c))
    steps = [cell.forward(x_t) for x_t in x]
    return np.stack([h_t for h_t, _ in steps]), np.stack([c_t for _, c_t in steps])


def gradients(x, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c, dh):
    cell = new_cell(x.shape[2], i=(W_i, b_i), f=(W_f, b_f), o=(W_o, b_o), c=(W_c, b_c))
    for x_t in x:
        cell.forward(x_t)
    dx_backwards = [cell.backward(dh_t) for dh_t in dh[::-1]]
    adjoints = {"dx": np.stack(dx_backwards[::-1])}
    for ours, theirs in THEIR_GATE.items():
        adjoints[f"dW_{ours}"] = cell.gradients[f"W{theirs}"].T
        adjoints[f"db_{ours}"] = cell.gradients[f"b{theirs}"][0]
    return adjoints
