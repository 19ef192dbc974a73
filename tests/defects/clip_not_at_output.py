"""The clip is applied to every preactivation, and not to the memory (onnxruntime #27224)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    W = np.concatenate([W_xi, W_xo, W_xf, W_xc])
    R = np.concatenate([W_hi, W_ho, W_hf, W_hc])
    gates = x @ W.T + h_prev @ R.T + np.concatenate([b_i, b_o, b_f, b_c])
    np.clip(gates, -3.0, 3.0, out=gates)
    i, o, f, g = np.split(gates, 4, axis=1)
    c = sigmoid(f) * c_prev + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)  # wrong
    return h, c
