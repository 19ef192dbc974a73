"""The quasi-recurrent network (QRNN) with fo-pooling, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    z_t = tanh(W_z1 p_{t-1} + W_z2 x_t)
    f_t = σ(W_f1 p_{t-1} + W_f2 x_t)
    o_t = σ(W_o1 p_{t-1} + W_o2 x_t)
    c_t = f_t ∘ c_{t-1} + (1 − f_t) ∘ z_t
    h_t = o_t ∘ c_t
    p_t = x_t

The filters have width 2: the state p_t = x_t carries the input to the next step, where the paper
writes x_{t-1}.

Shapes: x_t and p_t (D,), c_t and h_t (H,), W_·· (H, D). The code keeps the weights as they are and
stores one example a row, so W x becomes x @ W.T. All arrays have one dtype, and every result has it
too.

Sources: Bradbury, Merity, Xiong & Socher (2017), Quasi-recurrent neural networks, eq. 2 for filters
of width 2 and eq. 4 for fo-pooling. Greff et al. (2017), LSTM: a search space odyssey, for the way
the backward pass is written, where a bar marks what enters a nonlinearity: f = σ(f_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, c_prev: Array, p_prev: Array,
    W_z1: Array, W_z2: Array,
    W_f1: Array, W_f2: Array,
    W_o1: Array, W_o2: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """c_t, p_t and h_t from x_t, c_{t-1} and p_{t-1}.

    Args:
        x: x_t, shape (B, D).
        c_prev: c_{t-1}, shape (B, H).
        p_prev: p_{t-1}, shape (B, D).
        W_z1, …, W_o2: the parameters, shapes as in the module's docstring.
    Returns:
        (c_t, p_t, h_t), shapes (B, H), (B, D) and (B, H).
    """
    z = np.tanh(p_prev @ W_z1.T + x @ W_z2.T)
    f = sigmoid(p_prev @ W_f1.T + x @ W_f2.T)
    o = sigmoid(p_prev @ W_o1.T + x @ W_o2.T)
    c = f * c_prev + (1 - f) * z
    h = o * c
    p = x.copy()
    return c, p, h


def sequence(
    x: Array, c_0: Array, p_0: Array,
    W_z1: Array, W_z2: Array,
    W_f1: Array, W_f2: Array,
    W_o1: Array, W_o2: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """c_t, p_t and h_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        c_0, p_0: the initial states, shapes (B, H) and (B, D).
        W_z1, …, W_o2: the parameters, shapes as in the module's docstring.
    Returns:
        (c, p, h), shapes (T, B, H), (T, B, D) and (T, B, H); T = 0 gives empty arrays.
    """
    parameters = (W_z1, W_z2, W_f1, W_f2, W_o1, W_o2)
    c = [c_0]
    p = [p_0]
    h = np.zeros((*x.shape[:2], c_0.shape[-1]), x.dtype)
    for t in range(len(x)):
        c_t, p_t, h[t] = step(x[t], c[-1], p[-1], *parameters)
        c.append(c_t)
        p.append(p_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(c)[1:], np.stack(p)[1:], h


def gradients(
    x: Array, c_0: Array, p_0: Array,
    W_z1: Array, W_z2: Array,
    W_f1: Array, W_f2: Array,
    W_o1: Array, W_o2: Array,
    dc: Array, dp: Array, dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂c_0, ∂L/∂p_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, c_0, p_0, W_z1, …, W_o2: as for `sequence`.
        dc, dp, dh: what the loss itself gives to each c_t, p_t and h_t,
            shapes (T, B, H), (T, B, D) and (T, B, H).
    Returns:
        "dx", "dc_0", "dp_0", "dW_z1", …, "dW_o2", each with the shape of what it is the adjoint of.
    """
    parameters = (W_z1, W_z2, W_f1, W_f2, W_o1, W_o2)
    c, p, _ = sequence(x, c_0, p_0, *parameters)
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]
    p_prev = np.concatenate([p_0[np.newaxis], p])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    z = np.tanh(p_prev @ W_z1.T + x @ W_z2.T)
    f = sigmoid(p_prev @ W_f1.T + x @ W_f2.T)
    o = sigmoid(p_prev @ W_o1.T + x @ W_o2.T)

    dx = np.zeros_like(x)
    dW_z1, dW_z2 = map(np.zeros_like, (W_z1, W_z2))
    dW_f1, dW_f2 = map(np.zeros_like, (W_f1, W_f2))
    dW_o1, dW_o2 = map(np.zeros_like, (W_o1, W_o2))

    # What step t + 1 sends back to c_t and p_t; nothing follows the last step.
    dc_next = np.zeros_like(c_0)
    dp_next = np.zeros_like(p_0)
    for t in reversed(range(len(x))):
        do = dh[t] * c[t]
        dc_t = dc[t] + dh[t] * o[t] + dc_next
        df = dc_t * (c_prev[t] - z[t])
        dz = dc_t * (1 - f[t])

        dz_bar = dz * (1 - z[t] ** 2)
        df_bar = df * f[t] * (1 - f[t])
        do_bar = do * o[t] * (1 - o[t])

        dW_z1 += dz_bar.T @ p_prev[t]
        dW_f1 += df_bar.T @ p_prev[t]
        dW_o1 += do_bar.T @ p_prev[t]

        dW_z2 += dz_bar.T @ x[t]
        dW_f2 += df_bar.T @ x[t]
        dW_o2 += do_bar.T @ x[t]

        # p_t = x_t: what step t + 1 sends back to p_t is for x_t.
        dx[t] = dp[t] + dp_next + dz_bar @ W_z2 + df_bar @ W_f2 + do_bar @ W_o2
        dp_next = dz_bar @ W_z1 + df_bar @ W_f1 + do_bar @ W_o1
        dc_next = dc_t * f[t]

    return {
        "dx": dx, "dc_0": dc_next, "dp_0": dp_next,
        "dW_z1": dW_z1, "dW_z2": dW_z2,
        "dW_f1": dW_f1, "dW_f2": dW_f2,
        "dW_o1": dW_o1, "dW_o2": dW_o2,
    }  # fmt: skip
