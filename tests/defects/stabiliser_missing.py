"""The stabiliser is computed, and not subtracted in the exponential gate (PyxLSTM #27)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(
    x, h_prev, c_prev, n_prev, m_prev,
    W_z, R_z, b_z, W_i, R_i, b_i, W_f, R_f, b_f, W_o, R_o, b_o,
):  # fmt: skip
    z = np.tanh(x @ W_z.T + h_prev @ R_z.T + b_z)
    i_tilde = x @ W_i.T + h_prev @ R_i.T + b_i
    log_f = np.log(sigmoid(x @ W_f.T + h_prev @ R_f.T + b_f))
    o = sigmoid(x @ W_o.T + h_prev @ R_o.T + b_o)
    m = np.maximum(log_f + m_prev, i_tilde)
    i = np.exp(i_tilde)  # wrong
    f = np.exp(log_f + m_prev - m)
    c = f * c_prev + i * z
    n = f * n_prev + i
    return o * c / n, c, n, m
