"""The peephole of the output gate is added after its sigmoid (Lasagne #448)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(
    x, h_prev, c_prev,
    W_xi, W_hi, w_ci, b_i, W_xf, W_hf, w_cf, b_f, W_xc, W_hc, b_c, W_xo, W_ho, w_co, b_o,
):  # fmt: skip
    W_in = np.concatenate([W_xi, W_xf, W_xc, W_xo]).T
    W_hid = np.concatenate([W_hi, W_hf, W_hc, W_ho]).T
    gates = x @ W_in + h_prev @ W_hid + np.concatenate([b_i, b_f, b_c, b_o])
    ingate, forgetgate, cell_input, outgate = np.split(gates, 4, axis=1)
    ingate = sigmoid(ingate + c_prev * w_ci)
    forgetgate = sigmoid(forgetgate + c_prev * w_cf)
    cell = forgetgate * c_prev + ingate * np.tanh(cell_input)
    outgate = sigmoid(outgate) + cell * w_co  # wrong
    return outgate * np.tanh(cell), cell
