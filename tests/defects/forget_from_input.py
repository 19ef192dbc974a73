"""The forget gate is computed from the input gate's preactivation (farizrahman4u/seq2seq #225)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    units = h_prev.shape[1]
    z = x @ np.concatenate([W_xi, W_xf, W_xc, W_xo]).T
    z = z + h_prev @ np.concatenate([W_hi, W_hf, W_hc, W_ho]).T
    z = z + np.concatenate([b_i, b_f, b_c, b_o])
    z0 = z[:, :units]
    z1 = z[:, units : 2 * units]
    z2 = z[:, 2 * units : 3 * units]
    z3 = z[:, 3 * units :]
    i = sigmoid(z0)
    f = sigmoid(z0)  # wrong
    c = f * c_prev + i * np.tanh(z2)
    o = sigmoid(z3)
    return o * np.tanh(c), c
