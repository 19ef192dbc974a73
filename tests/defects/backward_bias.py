"""The backward pass computes two gates again, with another gate's bias (ddbourgin/numpy-ml #42)."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gradients(x, h_0, c_0, dh, dc, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c):
    T, _, H = dh.shape
    Wf, Wu, Wc, Wo = W_f.T, W_i.T, W_c.T, W_o.T
    bf, bu, bc, bo = (b.reshape(1, -1) for b in (b_f, b_i, b_c, b_o))
    states, cells, stacked = [h_0], [c_0], []
    for t in range(T):
        stacked.append(np.hstack([states[-1], x[t]]))
        Gf, Gu = sigmoid(stacked[t] @ Wf + bf), sigmoid(stacked[t] @ Wu + bu)
        Cc, Go = np.tanh(stacked[t] @ Wc + bc), sigmoid(stacked[t] @ Wo + bo)
        cells.append(Gf * cells[-1] + Gu * Cc)
        states.append(Go * np.tanh(cells[-1]))

    grads = {f"d{kind}_{gate}": 0 for kind in "Wb" for gate in "ifoc"}
    dx = np.zeros_like(x)
    dAprev, dCprev = np.zeros_like(h_0), np.zeros_like(c_0)
    for t in reversed(range(T)):
        Zt = stacked[t]
        Go = sigmoid(Zt @ Wo + bo)
        Gf = sigmoid(Zt @ Wf + bo)  # wrong
        Gu = sigmoid(Zt @ Wu + bo)  # wrong
        Cc = np.tanh(Zt @ Wc + bc)
        tc = np.tanh(cells[t + 1])
        dA = dh[t] + dAprev
        dC = dc[t] + dCprev + dA * Go * (1 - tc**2)
        dGo = dA * tc * Go * (1 - Go)
        dCc = dC * Gu * (1 - Cc**2)
        dGu = dC * Cc * Gu * (1 - Gu)
        dGf = dC * cells[t] * Gf * (1 - Gf)
        dZ = dGf @ Wf.T + dGu @ Wu.T + dCc @ Wc.T + dGo @ Wo.T
        dAprev, dx[t] = dZ[:, :H], dZ[:, H:]
        dCprev = Gf * dC
        for gate, dG in zip("fico", (dGf, dGu, dCc, dGo)):
            grads[f"dW_{gate}"] += dG.T @ Zt
            grads[f"db_{gate}"] += dG.sum(axis=0)
    return {"dx": dx, "dh_0": dAprev, "dc_0": dCprev, **grads}
