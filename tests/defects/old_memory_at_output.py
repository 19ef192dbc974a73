"""The output reads the memory before its update (borelien/entailment-neural-attention-lstm-tf #3)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    H = np.concatenate([x, h_prev], axis=1)
    W = {
        g: np.concatenate([wx, wh], axis=1)
        for g, wx, wh in (
            ("i", W_xi, W_hi),
            ("f", W_xf, W_hf),
            ("o", W_xo, W_ho),
            ("c", W_xc, W_hc),
        )
    }
    i = sigmoid(H @ W["i"].T + b_i)
    f = sigmoid(H @ W["f"].T + b_f)
    o = sigmoid(H @ W["o"].T + b_o)
    c = f * c_prev + i * np.tanh(H @ W["c"].T + b_c)
    h = o * np.tanh(c_prev)  # wrong
    return h, c
