"""The constant of the forget gate is added after its sigmoid (apache/tvm PR 3410)."""

import numpy as np


FORGET_BIAS = 1.0


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    ixh = np.concatenate([x, h_prev], axis=1)
    weights = [
        np.concatenate(w, axis=1) for w in ((W_xi, W_hi), (W_xc, W_hc), (W_xf, W_hf), (W_xo, W_ho))
    ]
    gates = ixh @ np.concatenate(weights).T + np.concatenate([b_i, b_c, b_f, b_o])
    gate_i, gate_c, gate_f, gate_o = np.split(gates, 4, axis=1)
    in_gate = sigmoid(gate_i)
    in_transform = np.tanh(gate_c)
    forget_gate = sigmoid(gate_f)
    forget_gate = forget_gate + FORGET_BIAS  # wrong
    out_gate = sigmoid(gate_o)
    next_c = forget_gate * c_prev + in_gate * in_transform
    return out_gate * np.tanh(next_c), next_c
