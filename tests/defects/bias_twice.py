"""The bias of a gate is added twice (lisa-lab/DeepLearningTutorials #81)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    U = np.concatenate([W_hi, W_hf, W_ho, W_hc]).T
    b = np.concatenate([b_i, b_f, b_o, b_c])
    n = h_prev.shape[1]
    state_below = x @ np.concatenate([W_xi, W_xf, W_xo, W_xc]).T + b
    preact = h_prev @ U + state_below + b  # wrong
    i, f, o = (sigmoid(preact[:, k * n : (k + 1) * n]) for k in range(3))
    c = f * c_prev + i * np.tanh(preact[:, 3 * n :])
    return o * np.tanh(c), c
