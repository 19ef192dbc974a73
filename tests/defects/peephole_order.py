"""Peepholes packed as i, o, f are read as i, f, o (opencv PR 29931, webnn-baseline PR 81)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def onnx_lstm(x, h, c, W, R, B, P):
    i, o, f, g = np.split(x @ W.T + h @ R.T + B, 4, axis=-1)
    p_i, p_f, p_o = np.split(P, 3)  # wrong
    i = sigmoid(i + p_i * c)
    f = sigmoid(f + p_f * c)
    c = f * c + i * np.tanh(g)
    o = sigmoid(o + p_o * c)
    return o * np.tanh(c), c


def step(
    x, h_prev, c_prev,
    W_xi, W_hi, w_ci, b_i, W_xf, W_hf, w_cf, b_f, W_xc, W_hc, b_c, W_xo, W_ho, w_co, b_o,
):  # fmt: skip
    W = np.concatenate([W_xi, W_xo, W_xf, W_xc])
    R = np.concatenate([W_hi, W_ho, W_hf, W_hc])
    B = np.concatenate([b_i, b_o, b_f, b_c])
    return onnx_lstm(x, h_prev, c_prev, W, R, B, np.concatenate([w_ci, w_co, w_cf]))
