"""The cell `lstm` in buffers: np.empty, out=, +=, slices, and a σ that branches on the sign."""

import numpy as np


def sigma(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def affine(x, W_x, h, W_h, b):
    z = np.dot(x, W_x.T)
    z += np.matmul(h, W_h.T)
    z += b
    return z


def step(
    x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c
):  # fmt: skip
    c = sigma(affine(x, W_xf, h_prev, W_hf, b_f))
    c *= c_prev
    g = affine(x, W_xc, h_prev, W_hc, b_c)
    np.tanh(g, out=g)
    g *= sigma(affine(x, W_xi, h_prev, W_hi, b_i))
    np.add(c, g, out=c)
    h = sigma(affine(x, W_xo, h_prev, W_ho, b_o))
    h *= np.tanh(c)
    return {"c": c, "h": h}


def sequence(x, h_0, c_0, **p):
    T, B, _ = x.shape
    states = {name: np.empty((T + 1, B, h_0.shape[1])) for name in ("h", "c")}
    states["h"][0], states["c"][0] = h_0, c_0
    for t in range(T):
        found = step(x[t], states["h"][t], states["c"][t], **p)
        for name, state in states.items():
            state[t + 1] = found[name]
    return {name: state[1:] for name, state in states.items()}


def gradients(x, h_0, c_0, dh, dc, **p):
    T = len(x)
    states = sequence(x, h_0, c_0, **p)
    h = np.concatenate([h_0[None], states["h"]])
    c = np.concatenate([c_0[None], states["c"]])
    d = {"dx": np.zeros(x.shape), "dh_0": np.array(dh[-1]), "dc_0": np.array(dc[-1])}
    d.update({f"d{name}": np.zeros_like(value) for name, value in p.items()})
    for t in range(T, 0, -1):
        z = {k: affine(x[t - 1], p["W_x" + k], h[t - 1], p["W_h" + k], p["b_" + k]) for k in "ifoc"}
        i, f, o, g = sigma(z["i"]), sigma(z["f"]), sigma(z["o"]), np.tanh(z["c"])
        y = np.tanh(c[t])
        d["dc_0"] += d["dh_0"] * o * (1 - y * y)
        slope = {
            "i": d["dc_0"] * g * i * (1 - i),
            "f": d["dc_0"] * c[t - 1] * f * (1 - f),
            "o": d["dh_0"] * y * o * (1 - o),
            "c": d["dc_0"] * i * (1 - g * g),
        }
        d["dh_0"][:] = dh[t - 2] if t > 1 else 0
        d["dc_0"] *= f
        if t > 1:
            d["dc_0"] += dc[t - 2]
        for k, dz in slope.items():
            for b in range(x.shape[1]):
                d["dW_x" + k] += np.outer(dz[b], x[t - 1, b])
                d["dW_h" + k] += np.outer(dz[b], h[t - 1, b])
                d["db_" + k] += dz[b]
            d["dx"][t - 1] += dz @ p["W_x" + k]
            d["dh_0"] += dz @ p["W_h" + k]
    return d
