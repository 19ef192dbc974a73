"""Weights packed as i, o, f, c are read as i, f, g, o (CrispStrobe/CrispASR PR 106)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def lstm(x, h, c, W, R, b):
    H = h.shape[1]
    out_h, out_c = [], []
    for x_t in x:
        z = x_t @ W.T + h @ R.T + b
        i, f, g, o = (z[:, k * H : (k + 1) * H] for k in range(4))  # wrong
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        out_h.append(h)
        out_c.append(c)
    return np.array(out_h), np.array(out_c)


def sequence(x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    W = np.concatenate([W_xi, W_xo, W_xf, W_xc])
    R = np.concatenate([W_hi, W_ho, W_hf, W_hc])
    return lstm(x, h_0, c_0, W, R, np.concatenate([b_i, b_o, b_f, b_c]))
