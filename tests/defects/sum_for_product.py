"""The candidate is added to the input gate, not multiplied by it (torchrecurrent #22)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    w_ih = np.stack([W_xi, W_xf, W_xc, W_xo])
    w_hh = np.stack([W_hi, W_hf, W_hc, W_ho])
    bias = np.stack([b_i, b_f, b_c, b_o])
    gates = np.einsum("bd,khd->kbh", x, w_ih) + np.einsum("bj,khj->kbh", h_prev, w_hh)
    i, f, g, o = gates + bias[:, None]
    c = sigmoid(f) * c_prev + sigmoid(i) + np.tanh(g)  # wrong
    return sigmoid(o) * np.tanh(c), c
