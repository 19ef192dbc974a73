"""The reset gate is computed and never applied in the candidate (zhiyongc/GRU-D #2)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, W_hh, b_h):
    combined = np.concatenate((x, h_prev), 1)
    zl = np.concatenate((W_xz, W_hz), 1)
    rl = np.concatenate((W_xr, W_hr), 1)
    hl = np.concatenate((W_xh, W_hh), 1)
    z = sigmoid(combined @ zl.T + b_z)
    r = sigmoid(combined @ rl.T + b_r)
    combined_r = np.concatenate((x, h_prev), 1)  # wrong
    h_tilde = np.tanh(combined_r @ hl.T + b_h)
    return {"h": z * h_prev + (1 - z) * h_tilde}
