"""No tanh of the memory at the output; the backward pass is right for that (nicodjimenez/lstm #47)."""

import numpy as np


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


class Node:
    """One step, with what its backward pass needs."""

    def __init__(self, param):
        self.param = param

    def forward(self, x, h_prev, s_prev):
        p = self.param
        self.x, self.h_prev, self.s_prev = x, h_prev, s_prev
        self.i = sigmoid(x @ p["W_xi"].T + h_prev @ p["W_hi"].T + p["b_i"])
        self.f = sigmoid(x @ p["W_xf"].T + h_prev @ p["W_hf"].T + p["b_f"])
        self.o = sigmoid(x @ p["W_xo"].T + h_prev @ p["W_ho"].T + p["b_o"])
        self.g = np.tanh(x @ p["W_xc"].T + h_prev @ p["W_hc"].T + p["b_c"])
        self.s = self.g * self.i + s_prev * self.f
        self.h = self.s * self.o  # wrong
        return self.h, self.s

    def backward(self, dh, ds, grads):
        ds = self.o * dh + ds
        bars = {
            "i": self.g * ds * self.i * (1 - self.i),
            "f": self.s_prev * ds * self.f * (1 - self.f),
            "o": self.s * dh * self.o * (1 - self.o),
            "c": self.i * ds * (1 - self.g**2),
        }
        dx, dh_prev = np.zeros_like(self.x), np.zeros_like(self.h_prev)
        for gate, bar in bars.items():
            grads[f"dW_x{gate}"] += bar.T @ self.x
            grads[f"dW_h{gate}"] += bar.T @ self.h_prev
            grads[f"db_{gate}"] += bar.sum(0)
            dx += bar @ self.param[f"W_x{gate}"]
            dh_prev += bar @ self.param[f"W_h{gate}"]
        return dx, dh_prev, ds * self.f


def run(x, h, c, param):
    nodes = []
    for x_t in x:
        nodes.append(Node(param))
        h, c = nodes[-1].forward(x_t, h, c)
    return nodes


def sequence(x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    param = {k: v for k, v in locals().items() if k[0] in "Wb"}
    nodes = run(x, h_0, c_0, param)
    return np.stack([n.h for n in nodes]), np.stack([n.s for n in nodes])


def gradients(
    x, h_0, c_0, dh, dc, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c
):
    param = {k: v for k, v in locals().items() if k[0] in "Wb"}
    nodes = run(x, h_0, c_0, param)
    grads = {f"d{name}": np.zeros_like(value) for name, value in param.items()}
    dx, dh_next, dc_next = [], np.zeros_like(h_0), np.zeros_like(c_0)
    for t in reversed(range(len(x))):
        dx_t, dh_next, dc_next = nodes[t].backward(dh[t] + dh_next, dc[t] + dc_next, grads)
        dx.insert(0, dx_t)
    return {"dx": np.stack(dx), "dh_0": dh_next, "dc_0": dc_next, **grads}
