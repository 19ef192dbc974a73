"""The cell `lstm` for one example after the other, on column vectors (n, 1) in lists."""

import numpy as np


def sigma(z):
    return 1 / (1 + np.exp(-z))


def column(v):
    return np.reshape(v, (-1, 1))


def forward(xs, h, c, p):
    tape = []
    for x in xs:
        i = sigma(p["W_xi"] @ x + p["W_hi"] @ h + column(p["b_i"]))
        f = sigma(p["W_xf"] @ x + p["W_hf"] @ h + column(p["b_f"]))
        o = sigma(p["W_xo"] @ x + p["W_ho"] @ h + column(p["b_o"]))
        g = np.tanh(p["W_xc"] @ x + p["W_hc"] @ h + column(p["b_c"]))
        c_new = f * c + i * g
        h_new = o * np.tanh(c_new)
        tape.append((x, h, c, i, f, o, g, c_new, h_new))
        h, c = h_new, c_new
    return tape


def backward(tape, dhs, dcs, p, sums):
    dh_next, dc_next, dxs = 0, 0, []
    for (x, h_prev, c_prev, i, f, o, g, c, _), dh, dc in zip(
        reversed(tape), reversed(dhs), reversed(dcs), strict=True
    ):
        dh = dh + dh_next
        dc = dc + dc_next + dh * o * (1 - np.tanh(c) ** 2)
        di = dc * g * i * (1 - i)
        df = dc * c_prev * f * (1 - f)
        do = dh * np.tanh(c) * o * (1 - o)
        dg = dc * i * (1 - g**2)
        dx, dh_next = 0, 0
        for k, dz in (("i", di), ("f", df), ("o", do), ("c", dg)):
            sums["dW_x" + k] += dz @ x.T
            sums["dW_h" + k] += dz @ h_prev.T
            sums["db_" + k] += dz[:, 0]
            dx = dx + p["W_x" + k].T @ dz
            dh_next = dh_next + p["W_h" + k].T @ dz
        dc_next = dc * f
        dxs.insert(0, dx)
    return dxs, dh_next, dc_next


def sequence(x, h_0, c_0, **p):
    h, c = np.empty((*x.shape[:2], h_0.shape[1])), np.empty((*x.shape[:2], c_0.shape[1]))
    for b in range(x.shape[1]):
        tape = forward([column(v) for v in x[:, b]], column(h_0[b]), column(c_0[b]), p)
        for t, step in enumerate(tape):
            c[t, b], h[t, b] = step[-2][:, 0], step[-1][:, 0]
    return h, c


def gradients(x, h_0, c_0, dh, dc, **p):
    sums = {"d" + name: np.zeros(value.shape) for name, value in p.items()}
    found = {"dx": np.zeros(x.shape), "dh_0": np.zeros(h_0.shape), "dc_0": np.zeros(c_0.shape)}
    for b in range(x.shape[1]):
        tape = forward([column(v) for v in x[:, b]], column(h_0[b]), column(c_0[b]), p)
        dhs, dcs = ([column(v) for v in side[:, b]] for side in (dh, dc))
        dxs, dh_0, dc_0 = backward(tape, dhs, dcs, p, sums)
        for t, dx in enumerate(dxs):
            found["dx"][t, b] = dx[:, 0]
        found["dh_0"][b], found["dc_0"][b] = dh_0[:, 0], dc_0[:, 0]
    return {**found, **sums}
