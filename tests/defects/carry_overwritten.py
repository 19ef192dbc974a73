"""The adjoint of the memory is set at every step, not accumulated (apache/mxnet #4057)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gradients(
    x, h_0, c_0, dh, dc, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c
):
    (T, B, _), H = x.shape, h_0.shape[1]
    Wx = np.concatenate([W_xi, W_xf, W_xc, W_xo])
    Wh = np.concatenate([W_hi, W_hf, W_hc, W_ho])
    b = np.concatenate([b_i, b_f, b_c, b_o])
    hs, cs = np.zeros((T + 1, B, H)), np.zeros((T + 1, B, H))
    gates = np.zeros((T, 4, B, H))
    hs[0], cs[0] = h_0, c_0
    for t in range(T):
        z = x[t] @ Wx.T + hs[t] @ Wh.T + b
        for n, act in enumerate((sigmoid, sigmoid, np.tanh, sigmoid)):
            gates[t, n] = act(z[:, n * H : (n + 1) * H])
        i, f, g, o = gates[t]
        cs[t + 1] = f * cs[t] + i * g
        hs[t + 1] = o * np.tanh(cs[t + 1])

    dhs = np.concatenate([np.zeros((1, B, H)), dh])
    dcs = np.concatenate([np.zeros((1, B, H)), dc])
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    for t in reversed(range(T)):
        i, f, g, o = gates[t]
        tc = np.tanh(cs[t + 1])
        dcs[t + 1] = dc[t] + dhs[t + 1] * o * (1 - tc * tc)  # wrong
        do = dhs[t + 1] * tc
        di, df, dg = dcs[t + 1] * g, dcs[t + 1] * cs[t], dcs[t + 1] * i
        dz = np.hstack([di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o)])
        dWx += dz.T @ x[t]
        dWh += dz.T @ hs[t]
        db += dz.sum(0)
        dx[t] = dz @ Wx
        dhs[t] += dz @ Wh
        dcs[t] += dcs[t + 1] * f
    out = {"dx": dx, "dh_0": dhs[0], "dc_0": dcs[0]}
    for name, packed in (("dW_x", dWx), ("dW_h", dWh), ("db_", db)):
        for gate, part in zip("ifco", np.split(packed, 4)):
            out[name + gate] = part
    return out
