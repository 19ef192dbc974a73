"""The defect of ddbourgin/numpy-ml #42, rebuilt on a plain LSTM: `lstm-concat` with h_0 = c_0 = 0.

The forward pass is right. The backward pass computes the pre-activations of the four gates anew,
and those of f and i with the bias b_o, so that σ' is taken at the wrong place in df and di.
Where b_f = b_i = b_o, as at a start from zero biases, nothing shows.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_slope(z):
    return 1 - np.tanh(z) ** 2


def run_forward(x, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c):
    """What each step reads and computes: a list of ([h_prev, x], c_prev, i, f, o, g, c, h)."""
    h = c = np.zeros((x.shape[1], b_i.shape[0]))
    steps = []
    for x_t in x:
        hx = np.concatenate([h, x_t], axis=1)
        c_prev = c
        i = sigmoid(hx @ W_i.T + b_i)
        f = sigmoid(hx @ W_f.T + b_f)
        o = sigmoid(hx @ W_o.T + b_o)
        g = np.tanh(hx @ W_c.T + b_c)
        c = f * c_prev + i * g
        h = o * np.tanh(c)
        steps.append((hx, c_prev, i, f, o, g, c, h))
    return steps


def sequence(x, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c):
    steps = run_forward(x, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c)
    return np.stack([h for *_, h in steps]), np.stack([c for *_, c, _ in steps])


def gradients(x, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c, dh):
    steps = run_forward(x, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c)
    H = b_i.shape[0]
    dx = np.zeros(x.shape)
    dW_i, dW_f, dW_o, dW_c = (np.zeros(W_i.shape) for _ in range(4))
    db_i, db_f, db_o, db_c = (np.zeros(b_i.shape) for _ in range(4))
    dh_carried = dc_carried = np.zeros(dh.shape[1:])

    for t in reversed(range(len(steps))):
        hx, c_prev, i, f, o, g, c, _ = steps[t]
        z_i = hx @ W_i.T + b_o  # defect
        z_f = hx @ W_f.T + b_o  # defect
        z_o = hx @ W_o.T + b_o
        z_c = hx @ W_c.T + b_c

        dh_t = dh[t] + dh_carried
        dc_t = dh_t * o * tanh_slope(c) + dc_carried
        dz_i = dc_t * g * sigmoid_slope(z_i)
        dz_f = dc_t * c_prev * sigmoid_slope(z_f)
        dz_o = dh_t * np.tanh(c) * sigmoid_slope(z_o)
        dz_c = dc_t * i * tanh_slope(z_c)

        dW_i += dz_i.T @ hx
        dW_f += dz_f.T @ hx
        dW_o += dz_o.T @ hx
        dW_c += dz_c.T @ hx
        db_i += dz_i.sum(axis=0)
        db_f += dz_f.sum(axis=0)
        db_o += dz_o.sum(axis=0)
        db_c += dz_c.sum(axis=0)

        dhx = dz_i @ W_i + dz_f @ W_f + dz_o @ W_o + dz_c @ W_c
        dh_carried = dhx[:, :H]
        dx[t] = dhx[:, H:]
        dc_carried = dc_t * f

    return {
        "dx": dx,
        "dW_i": dW_i,
        "db_i": db_i,
        "dW_f": dW_f,
        "db_f": db_f,
        "dW_o": dW_o,
        "db_o": db_o,
        "dW_c": dW_c,
        "db_c": db_c,
    }
