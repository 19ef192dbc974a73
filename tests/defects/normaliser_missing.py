"""The normaliser is kept, and the output is not divided by it (PyxLSTM #15)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, c_prev, n_prev, W_z, R_z, b_z, W_i, R_i, b_i, W_f, R_f, b_f, W_o, R_o, b_o):
    z = np.tanh(x @ W_z.T + h_prev @ R_z.T + b_z)
    i = np.exp(x @ W_i.T + h_prev @ R_i.T + b_i)
    f = sigmoid(x @ W_f.T + h_prev @ R_f.T + b_f)
    o = sigmoid(x @ W_o.T + h_prev @ R_o.T + b_o)
    c = f * c_prev + i * z
    n = f * n_prev + i
    h = o * c  # wrong
    return h, c, n
