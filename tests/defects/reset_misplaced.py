"""The reset gate multiplies the whole candidate, before its tanh (tracel-ai/burn #2701)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Gate:
    def __init__(self, input_weight, hidden_weight, bias):
        self.input_weight, self.hidden_weight, self.bias = input_weight, hidden_weight, bias

    def __call__(self, x, h):
        return x.dot(self.input_weight.T) + h.dot(self.hidden_weight.T) + self.bias


def step(x, h_prev, W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, W_hh, b_h):
    update, reset, new = Gate(W_xz, W_hz, b_z), Gate(W_xr, W_hr, b_r), Gate(W_xh, W_hh, b_h)
    z = sigmoid(update(x, h_prev))
    r = sigmoid(reset(x, h_prev))
    n = np.tanh(r * new(x, h_prev))  # wrong
    return {"h": (1 - z) * n + z * h_prev}
