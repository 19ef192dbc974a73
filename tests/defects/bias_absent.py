"""The second bias of the candidate does not exist (google/flax #5594)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, b_xh, W_hh, b_hh):
    x_transformed = x @ np.concatenate([W_xr, W_xz, W_xh]).T + np.concatenate([b_r, b_z, b_xh])
    h_transformed = h_prev @ np.concatenate([W_hr, W_hz, W_hh]).T
    xi_r, xi_z, xi_n = np.split(x_transformed, 3, axis=-1)
    hh_r, hh_z, hh_n = np.split(h_transformed, 3, axis=-1)
    r = sigmoid(xi_r + hh_r)
    z = sigmoid(xi_z + hh_z)
    n = np.tanh(xi_n + r * hh_n)  # wrong
    return {"h": (1 - z) * n + z * h_prev}
