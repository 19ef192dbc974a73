"""The cell `lstm` with one packed weight for all gates, σ by tanh, and sums in another order."""

import numpy as np


def pack(W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    """W (4H, D + H) on [x, h] and b (4H,), the gates in the order f, i, g, o."""
    on_x = np.concatenate([W_xf, W_xi, W_xc, W_xo], axis=0)
    on_h = np.vstack((W_hf, W_hi, W_hc, W_ho))
    return np.hstack([on_x, on_h]), np.concatenate([b_f, b_i, b_c, b_o])


def sigma(z):
    return (1.0 + np.tanh(z / 2.0)) / 2.0


def gates(x, h_prev, W, b):
    z = b + np.einsum("bk,nk->bn", np.concatenate((x, h_prev), axis=1), W)
    f, i, g, o = np.split(z, 4, axis=1)
    return sigma(f), sigma(i), np.tanh(g), sigma(o)


def step(
    x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c
):  # fmt: skip
    W, b = pack(W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c)
    f, i, g, o = gates(x, h_prev, W, b)
    c = g * i + c_prev * f
    return np.tanh(c) * o, c


def sequence(x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    W, b = pack(W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c)
    h, c = h_0, c_0
    all_h, all_c = [], []
    for x_t in x:
        f, i, g, o = gates(x_t, h, W, b)
        c = i * g + f * c
        h = o * np.tanh(c)
        all_h.append(h)
        all_c.append(c)
    return np.array(all_h), np.array(all_c)


def gradients(
    x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c, dh, dc
):  # fmt: skip
    W, b = pack(W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c)
    D = x.shape[2]
    H = b_i.size
    h, c = h_0, c_0
    tape = []
    for x_t in x:
        f, i, g, o = gates(x_t, h, W, b)
        xh, c_prev = np.concatenate((x_t, h), axis=1), c
        c = i * g + f * c
        h = o * np.tanh(c)
        tape.append((xh, c_prev, c, f, i, g, o))

    dW, db = np.zeros_like(W), np.zeros_like(b)
    dx = []
    dh_next, dc_next = np.zeros_like(h_0), np.zeros_like(c_0)
    for (xh, c_prev, c, f, i, g, o), dh_t, dc_t in zip(tape[::-1], dh[::-1], dc[::-1], strict=True):
        dh_t, tanh_c = dh_next + dh_t, np.tanh(c)
        dc_t = dc_next + dc_t + o * dh_t * (1 + tanh_c) * (1 - tanh_c)
        dz = np.concatenate(
            [
                dc_t * c_prev * (f - f * f),
                dc_t * g * (i - i**2),
                dc_t * i * (1 - np.square(g)),
                dh_t * tanh_c * o * (1 - o),
            ],
            axis=1,
        )
        dW = dW + dz.T @ xh
        db = db + dz.sum(0)
        dxh = dz @ W
        dx.insert(0, dxh[:, :D])
        dh_next, dc_next = dxh[:, D:], dc_t * f

    (dW_xf, dW_xi, dW_xc, dW_xo) = np.split(dW[:, :D], 4)
    (dW_hf, dW_hi, dW_hc, dW_ho) = dW[:, D:].reshape(4, H, H)
    db_f, db_i, db_c, db_o = db.reshape(4, -1)
    return {
        "dx": np.stack(dx), "dh_0": dh_next, "dc_0": dc_next,
        "dW_xi": dW_xi, "dW_hi": dW_hi, "db_i": db_i,
        "dW_xf": dW_xf, "dW_hf": dW_hf, "db_f": db_f,
        "dW_xo": dW_xo, "dW_ho": dW_ho, "db_o": db_o,
        "dW_xc": dW_xc, "dW_hc": dW_hc, "db_c": db_c,
    }  # fmt: skip
