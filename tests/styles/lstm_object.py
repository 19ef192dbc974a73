"""The cell `lstm` as a layer with state of its own, σ = e/(e + 1), features in columns."""

import numpy as np


class Layer:
    def __init__(self, weights):
        self.weights = weights
        self.memory = []

    @staticmethod
    def sigma(z):
        return np.exp(z) / (np.exp(z) + 1)

    def activation(self, gate, x, h):
        W_x, W_h, b = self.weights[gate]
        z = W_x @ x + W_h @ h + b[:, np.newaxis]
        return np.tanh(z) if gate == "c" else self.sigma(z)

    def forward(self, x, h, c):
        """One step; all arrays are (features, examples)."""
        a = {gate: self.activation(gate, x, h) for gate in self.weights}
        c_new = a["f"] * c + a["i"] * a["c"]
        self.memory.append((x, h, c, c_new, a))
        return a["o"] * np.tanh(c_new), c_new

    def backward(self, dh, dc, sums):
        x, h, c, c_new, a = self.memory.pop()
        dc = dc + dh * a["o"] / np.cosh(c_new) ** 2
        into = {
            "i": dc * a["c"] * a["i"] * (1 - a["i"]),
            "f": dc * c * a["f"] * (1 - a["f"]),
            "o": dh * np.tanh(c_new) * a["o"] * (1 - a["o"]),
            "c": dc * a["i"] * (1 - a["c"] ** 2),
        }
        for gate, dz in into.items():
            sums[gate][0] += dz @ x.T
            sums[gate][1] += dz @ h.T
            sums[gate][2] += dz.sum(axis=1)
        dx, dh = (sum(self.weights[g][n].T @ into[g] for g in into) for n in (0, 1))
        return dx, dh, dc * a["f"]


def layer(W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    return Layer(
        {"i": (W_xi, W_hi, b_i), "f": (W_xf, W_hf, b_f), "o": (W_xo, W_ho, b_o),
         "c": (W_xc, W_hc, b_c)}
    )  # fmt: skip


def sequence(
    x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c
):  # fmt: skip
    known = layer(W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c)
    states = [(h_0.T, c_0.T)]
    for x_t in x:
        states.append(known.forward(x_t.T, *states[-1]))
    h, c = (np.stack([s.T for s in side]) for side in zip(*states[1:], strict=True))
    return h, c


def gradients(
    x, h_0, c_0, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c, dh, dc
):  # fmt: skip
    known = layer(W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c)
    h, c = h_0.T, c_0.T
    for x_t in x:
        h, c = known.forward(x_t.T, h, c)
    sums = {gate: [np.zeros(w.shape) for w in known.weights[gate]] for gate in "ifoc"}
    dx = np.empty(x.shape)
    carried_h, carried_c = np.zeros(h.shape), np.zeros(c.shape)
    for t in range(len(x) - 1, -1, -1):
        dx_t, carried_h, carried_c = known.backward(dh[t].T + carried_h, dc[t].T + carried_c, sums)
        dx[t] = dx_t.T
    named = {
        f"d{name}_{kind}{gate}" if name == "W" else f"db_{gate}": sums[gate][n]
        for gate in "ifoc"
        for n, (name, kind) in enumerate((("W", "x"), ("W", "h"), ("b", "")))
    }
    return {"dx": dx, "dh_0": carried_h.T, "dc_0": carried_c.T, **named}
