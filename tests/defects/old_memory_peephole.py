"""The output is the tanh of the old memory (RecurrentLayers.jl PR 155)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(
    x, h_prev, c_prev,
    W_xi, W_hi, w_ci, b_i, W_xf, W_hf, w_cf, b_f, W_xc, W_hc, b_c, W_xo, W_ho, w_co, b_o,
):  # fmt: skip
    def gate(W, U, b, p=None, memory=None):
        out = W @ x.T + U @ h_prev.T + b[:, None]
        return out if p is None else out + p[:, None] * memory

    state = c_prev.T
    input_gate = sigmoid(gate(W_xi, W_hi, b_i, w_ci, state))
    forget_gate = sigmoid(gate(W_xf, W_hf, b_f, w_cf, state))
    candidate = np.tanh(gate(W_xc, W_hc, b_c))
    new_state = forget_gate * state + input_gate * candidate
    output_gate = sigmoid(gate(W_xo, W_ho, b_o, w_co, new_state))
    hidden = output_gate * np.tanh(state)  # wrong
    return hidden.T, new_state.T
