"""With no initial state the bias inside the reset product is dropped (ml-explore/mlx #3249)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def sequence(x, W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, b_xh, W_hh, b_hh):
    Wx = np.concatenate([W_xr, W_xz, W_xh])
    Wh = np.concatenate([W_hr, W_hz, W_hh])
    b, bhn, H = np.concatenate([b_r, b_z, b_xh]), b_hh, len(b_r)
    x = x @ Wx.T + b
    x_rz, x_n = x[..., : 2 * H], x[..., 2 * H :]
    hidden, all_hidden = None, []
    for idx in range(len(x)):
        rz = x_rz[idx]
        if hidden is not None:
            h_proj = hidden @ Wh.T
            rz = rz + h_proj[:, : 2 * H]
            h_proj_n = h_proj[:, 2 * H :] + bhn
        rz = sigmoid(rz)
        r, z = np.split(rz, 2, axis=-1)
        n = x_n[idx]  # wrong
        if hidden is not None:
            n = n + r * h_proj_n
        n = np.tanh(n)
        hidden = (1 - z) * n + z * hidden if hidden is not None else (1 - z) * n
        all_hidden.append(hidden)
    return {"h": np.stack(all_hidden)}
