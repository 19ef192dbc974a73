"""EpyNN's LSTM layer, bound to the names of the cell `lstm`.

EpyNN keeps arrays as (batch, step, feature) and weights as (D, H), and calls the candidate g.
It starts at h_0 = c_0 = 0 and takes no outside adjoint of c, so these arguments are left out.
"""

import numpy as np
from epynn.lstm.models import LSTM

THEIR_GATE = {"i": "i", "f": "f", "o": "o", "c": "g"}


def run_forward(x, **gates):
    """The layer after a forward pass; each gate is (W_x, W_h, b)."""
    _, _, b_i = gates["i"]
    layer = LSTM(unit_cells=len(b_i), sequences=True)
    for ours, theirs in THEIR_GATE.items():
        W_x, W_h, b = gates[ours]
        layer.p |= {f"U{theirs}": W_x.T, f"V{theirs}": W_h.T, f"b{theirs}": b[np.newaxis]}
    layer.forward(x.swapaxes(0, 1))
    return layer


def sequence(x, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    layer = run_forward(
        x, i=(W_xi, W_hi, b_i), f=(W_xf, W_hf, b_f), o=(W_xo, W_ho, b_o), c=(W_xc, W_hc, b_c)
    )
    return layer.fc["h"].swapaxes(0, 1), layer.fc["C_"].swapaxes(0, 1)


def gradients(x, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c, dh):
    layer = run_forward(
        x, i=(W_xi, W_hi, b_i), f=(W_xf, W_hf, b_f), o=(W_xo, W_ho, b_o), c=(W_xc, W_hc, b_c)
    )
    adjoints = {"dx": layer.backward(dh.swapaxes(0, 1)).swapaxes(0, 1)}
    layer.compute_gradients()
    for ours, theirs in THEIR_GATE.items():
        adjoints[f"dW_x{ours}"] = layer.g[f"dU{theirs}"].T
        adjoints[f"dW_h{ours}"] = layer.g[f"dV{theirs}"].T
        adjoints[f"db_{ours}"] = layer.g[f"db{theirs}"][0]
    return adjoints
