"""The cell `lstm` with a gate axis: weights (4, H, D), einsum everywhere, the tape in arrays."""

import numpy as np

GATES = "ifoc"


def sigma(z):
    return 1 / (1 + np.exp(-z))


def stacked(p):
    return (
        np.stack([p["W_x" + k] for k in GATES]),
        np.stack([p["W_h" + k] for k in GATES]),
        np.stack([p["b_" + k] for k in GATES]),
    )


def forward(x, h_0, c_0, p):
    W_x, W_h, b = stacked(p)
    T, B, _ = x.shape
    gates = np.empty((T, 4, B, b.shape[1]))
    h, c = np.empty((T + 1, B, b.shape[1])), np.empty((T + 1, B, b.shape[1]))
    h[0], c[0] = h_0, c_0
    for t in range(T):
        z = np.einsum("khd,bd->kbh", W_x, x[t]) + np.einsum("khj,bj->kbh", W_h, h[t])
        z = z + b[:, None]
        gates[t, :3], gates[t, 3] = sigma(z[:3]), np.tanh(z[3])
        i, f, o, g = gates[t]
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])
    return h, c, gates


def sequence(x, h_0, c_0, **p):
    h, c, _ = forward(x, h_0, c_0, p)
    return h[1:], c[1:]


def gradients(x, h_0, c_0, dh, dc, **p):
    W_x, W_h, _ = stacked(p)
    h, c, gates = forward(x, h_0, c_0, p)
    dz = np.zeros(gates.shape)
    dx, dh_t, dc_t = np.zeros(x.shape), np.zeros(h_0.shape), np.zeros(c_0.shape)
    for t in reversed(range(len(x))):
        i, f, o, g = gates[t]
        y = np.tanh(c[t + 1])
        dh_t = dh_t + dh[t]
        dc_t = dc_t + dc[t] + dh_t * o * (1 - y**2)
        dz[t, 0] = dc_t * g * i * (1 - i)
        dz[t, 1] = dc_t * c[t] * f * (1 - f)
        dz[t, 2] = dh_t * y * o * (1 - o)
        dz[t, 3] = dc_t * i * (1 - g**2)
        dx[t] = np.einsum("kbh,khd->bd", dz[t], W_x)
        dh_t = np.einsum("kbh,khj->bj", dz[t], W_h)
        dc_t = dc_t * f
    dW_x = np.einsum("tkbh,tbd->khd", dz, x)
    dW_h = np.einsum("tkbh,tbj->khj", dz, h[:-1])
    db = np.einsum("tkbh->kh", dz)
    found = {"dx": dx, "dh_0": dh_t, "dc_0": dc_t}
    for n, k in enumerate(GATES):
        found.update({"dW_x" + k: dW_x[n], "dW_h" + k: dW_h[n], "db_" + k: db[n]})
    return found
