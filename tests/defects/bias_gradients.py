"""The gradients of two biases take another gate's delta (hanbt/learn_dl #53)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gradients(
    x, h_0, c_0, dh, dc, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c
):
    T = len(x)
    Ux, Uh = (W_xf, W_xi, W_xo, W_xc), (W_hf, W_hi, W_ho, W_hc)
    biases = (b_f, b_i, b_o, b_c)
    h_list, c_list, gate_list = [h_0], [c_0], []
    for t in range(T):
        nets = [x[t] @ U.T + h_list[-1] @ V.T + b for U, V, b in zip(Ux, Uh, biases)]
        f, i, o = (sigmoid(net) for net in nets[:3])
        ct = np.tanh(nets[3])
        gate_list.append((f, i, o, ct))
        c_list.append(f * c_list[-1] + i * ct)
        h_list.append(o * np.tanh(c_list[-1]))
    grads = {k: 0 for k in ("df", "di", "do", "dc")}
    Wh_grad, Wx_grad, b_grad = dict(grads), dict(grads), dict(grads)
    dx, delta_h, delta_c = [None] * T, 0 * h_0, 0 * c_0
    for t in range(T - 1, -1, -1):
        f, i, o, ct = gate_list[t]
        tanh_c = np.tanh(c_list[t + 1])
        delta_h = delta_h + dh[t]
        delta_c = delta_c + dc[t] + delta_h * o * (1 - tanh_c * tanh_c)
        delta_o = delta_h * tanh_c * o * (1 - o)
        delta_f = delta_c * c_list[t] * f * (1 - f)
        delta_i = delta_c * ct * i * (1 - i)
        delta_ct = delta_c * i * (1 - ct * ct)
        deltas = {"df": delta_f, "di": delta_i, "do": delta_o, "dc": delta_ct}
        for name, delta in deltas.items():
            Wh_grad[name] = Wh_grad[name] + delta.T @ h_list[t]
            Wx_grad[name] = Wx_grad[name] + delta.T @ x[t]
        b_grad["df"] = b_grad["df"] + delta_f.sum(axis=0)
        b_grad["di"] = b_grad["di"] + delta_f.sum(axis=0)  # wrong
        b_grad["do"] = b_grad["do"] + delta_f.sum(axis=0)  # wrong
        b_grad["dc"] = b_grad["dc"] + delta_ct.sum(axis=0)
        dx[t] = sum(d @ U for d, U in zip(deltas.values(), Ux))
        delta_h = sum(d @ V for d, V in zip(deltas.values(), Uh))
        delta_c = delta_c * f
    out = {"dx": np.array(dx), "dh_0": delta_h, "dc_0": delta_c}
    for gate in "fioc":
        out[f"dW_x{gate}"], out[f"dW_h{gate}"] = Wx_grad["d" + gate], Wh_grad["d" + gate]
        out[f"db_{gate}"] = b_grad["d" + gate]
    return out
