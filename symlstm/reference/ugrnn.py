"""The update gate RNN (UGRNN), and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    c_t = tanh(W_ch h_{t-1} + W_cx x_t + b_c)
    g_t = σ(W_gh h_{t-1} + W_gx x_t + b_g)
    h_t = g_t ∘ h_{t-1} + (1 − g_t) ∘ c_t

Shapes: x_t (D,), h_t (H,), W_·x (H, D), W_·h (H, H), b_· (H,). The code keeps the weights as they
are and stores one example a row, so W x becomes x @ W.T. All arrays have one dtype, and every
result has it too.

Sources: Collins, Sohl-Dickstein & Sussillo (2017), Capacity and trainability in recurrent neural
networks, where the labels are superscripts and tanh is one choice of the nonlinearity s. Greff et
al. (2017), LSTM: a search space odyssey, for the way the backward pass is written, where a bar
marks what enters a nonlinearity: g = σ(g_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array,
    W_ch: Array, W_cx: Array, b_c: Array,
    W_gh: Array, W_gx: Array, b_g: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t from x_t and h_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev: h_{t-1}, shape (B, H).
        W_ch, …, b_g: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t,), shape (B, H).
    """
    c = np.tanh(h_prev @ W_ch.T + x @ W_cx.T + b_c)
    g = sigmoid(h_prev @ W_gh.T + x @ W_gx.T + b_g)
    h = g * h_prev + (1 - g) * c
    return (h,)


def sequence(
    x: Array, h_0: Array,
    W_ch: Array, W_cx: Array, b_c: Array,
    W_gh: Array, W_gx: Array, b_g: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0: the initial state, shape (B, H).
        W_ch, …, b_g: the parameters, shapes as in the module's docstring.
    Returns:
        (h,), shape (T, B, H); T = 0 gives an empty array.
    """
    parameters = (W_ch, W_cx, b_c, W_gh, W_gx, b_g)
    h = [h_0]
    for t in range(len(x)):
        (h_t,) = step(x[t], h[-1], *parameters)
        h.append(h_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(h)[1:],)


def gradients(
    x: Array, h_0: Array,
    W_ch: Array, W_cx: Array, b_c: Array,
    W_gh: Array, W_gx: Array, b_g: Array,
    dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, W_ch, …, b_g: as for `sequence`.
        dh: what the loss itself gives to each h_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dW_ch", …, "db_g", each with the shape of what it is the adjoint of.
    """
    parameters = (W_ch, W_cx, b_c, W_gh, W_gx, b_g)
    (h,) = sequence(x, h_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    c = np.tanh(h_prev @ W_ch.T + x @ W_cx.T + b_c)
    g = sigmoid(h_prev @ W_gh.T + x @ W_gx.T + b_g)

    dx = np.zeros_like(x)
    dW_ch, dW_cx, db_c = map(np.zeros_like, (W_ch, W_cx, b_c))
    dW_gh, dW_gx, db_g = map(np.zeros_like, (W_gh, W_gx, b_g))

    # What step t + 1 sends back to h_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        dg = dh_t * (h_prev[t] - c[t])
        dc = dh_t * (1 - g[t])

        dg_bar = dg * g[t] * (1 - g[t])
        dc_bar = dc * (1 - c[t] ** 2)

        dW_ch += dc_bar.T @ h_prev[t]
        dW_gh += dg_bar.T @ h_prev[t]

        dW_cx += dc_bar.T @ x[t]
        dW_gx += dg_bar.T @ x[t]

        db_c += dc_bar.sum(axis=0)
        db_g += dg_bar.sum(axis=0)

        dx[t] = dc_bar @ W_cx + dg_bar @ W_gx
        dh_next = dh_t * g[t] + dc_bar @ W_ch + dg_bar @ W_gh

    return {
        "dx": dx, "dh_0": dh_next,
        "dW_ch": dW_ch, "dW_cx": dW_cx, "db_c": db_c,
        "dW_gh": dW_gh, "dW_gx": dW_gx, "db_g": db_g,
    }  # fmt: skip
