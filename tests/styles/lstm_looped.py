"""An LSTM whose gates are looped over in the backward pass, each contribution accumulated."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def sequence(x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    h, c, hs, cs = h_0, c_0, [], []
    for t in range(len(x)):
        i = sigmoid(x[t] @ W_xi.T + h @ W_hi.T + b_i)
        f = sigmoid(x[t] @ W_xf.T + h @ W_hf.T + b_f)
        o = sigmoid(x[t] @ W_xo.T + h @ W_ho.T + b_o)
        g = np.tanh(x[t] @ W_xc.T + h @ W_hc.T + b_c)
        c = f * c + i * g
        h = o * np.tanh(c)
        hs.append(h)
        cs.append(c)
    return np.stack(hs), np.stack(cs)


def gradients(
    x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c, dh, dc
):
    T = len(x)
    W_x, W_h = [W_xi, W_xf, W_xo, W_xc], [W_hi, W_hf, W_ho, W_hc]
    b = [b_i, b_f, b_o, b_c]
    hs, cs = sequence(
        x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c
    )
    dW_x = [np.zeros_like(w) for w in W_x]
    dW_h = [np.zeros_like(w) for w in W_h]
    db = [np.zeros_like(w) for w in b]
    dx = np.zeros_like(x)
    dh_next, dc_next = np.zeros_like(h_0), np.zeros_like(c_0)
    for t in reversed(range(T)):
        h_prev = hs[t - 1] if t > 0 else h_0
        c_prev = cs[t - 1] if t > 0 else c_0
        pre = [x[t] @ W_x[k].T + h_prev @ W_h[k].T + b[k] for k in range(4)]
        i, f, o = [sigmoid(a) for a in pre[:3]]
        g = np.tanh(pre[3])
        tc = np.tanh(cs[t])
        dh_t = dh[t] + dh_next
        dc_t = dc[t] + dc_next + dh_t * o * (1 - tc**2)
        do = dh_t * tc
        di = dc_t * g
        df = dc_t * c_prev
        dg = dc_t * i
        da = [di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)]
        dh_next = np.zeros_like(h_0)
        for k in range(4):
            dW_x[k] += da[k].T @ x[t]
            dW_h[k] += da[k].T @ h_prev
            db[k] += da[k].sum(axis=0)
            dx[t] += da[k] @ W_x[k]
            dh_next += da[k] @ W_h[k]
        dc_next = dc_t * f
    out = {"dx": dx, "dh_0": dh_next, "dc_0": dc_next}
    for k, name in enumerate("ifoc"):
        out["dW_x" + name] = dW_x[k]
        out["dW_h" + name] = dW_h[k]
        out["db_" + name] = db[k]
    return out
