"""Elman's simple recurrent network, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    h_t = σ(W_h x_t + U_h h_{t-1} + b_h)
    y_t = σ(W_y h_t + b_y)

Shapes: x_t (D,), h_t (H,), y_t (K,), W_h (H, D), U_h (H, H), W_y (K, H), b_h (H,), b_y (K,). The
code keeps the weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays
have one dtype, and every result has it too.

Sources: Elman (1990), Finding structure in time, Cognitive Science 14(2), which describes the
network in words and figures; the equations are those of textbooks. Greff et al. (2017), LSTM: a
search space odyssey, for the way the backward pass is written, where a bar marks what enters a
nonlinearity: h = σ(h_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array,
    W_h: Array, U_h: Array, b_h: Array,
    W_y: Array, b_y: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and y_t from x_t and h_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev: h_{t-1}, shape (B, H).
        W_h, …, b_y: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t, y_t), shapes (B, H) and (B, K).
    """
    h = sigmoid(x @ W_h.T + h_prev @ U_h.T + b_h)
    y = sigmoid(h @ W_y.T + b_y)
    return h, y


def sequence(
    x: Array, h_0: Array,
    W_h: Array, U_h: Array, b_h: Array,
    W_y: Array, b_y: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and y_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0: the initial state, shape (B, H).
        W_h, …, b_y: the parameters, shapes as in the module's docstring.
    Returns:
        (h, y), shapes (T, B, H) and (T, B, K); T = 0 gives empty arrays.
    """
    parameters = (W_h, U_h, b_h, W_y, b_y)
    h = [h_0]
    y = np.zeros((*x.shape[:2], len(b_y)), x.dtype)
    for t in range(len(x)):
        h_t, y[t] = step(x[t], h[-1], *parameters)
        h.append(h_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(h)[1:], y


def gradients(
    x: Array, h_0: Array,
    W_h: Array, U_h: Array, b_h: Array,
    W_y: Array, b_y: Array,
    dh: Array, dy: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, W_h, …, b_y: as for `sequence`.
        dh, dy: what the loss itself gives to each h_t and y_t,
            shapes (T, B, H) and (T, B, K).
    Returns:
        "dx", "dh_0", "dW_h", …, "db_y", each with the shape of what it is the adjoint of.
    """
    parameters = (W_h, U_h, b_h, W_y, b_y)
    h, y = sequence(x, h_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]

    dx = np.zeros_like(x)
    dW_h, dU_h, db_h = map(np.zeros_like, (W_h, U_h, b_h))
    dW_y, db_y = map(np.zeros_like, (W_y, b_y))

    # What step t + 1 sends back to h_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        dy_bar = dy[t] * y[t] * (1 - y[t])
        dh_t = dh[t] + dy_bar @ W_y + dh_next
        dh_bar = dh_t * h[t] * (1 - h[t])

        dW_h += dh_bar.T @ x[t]
        dU_h += dh_bar.T @ h_prev[t]
        dW_y += dy_bar.T @ h[t]

        db_h += dh_bar.sum(axis=0)
        db_y += dy_bar.sum(axis=0)

        dx[t] = dh_bar @ W_h
        dh_next = dh_bar @ U_h

    return {
        "dx": dx, "dh_0": dh_next,
        "dW_h": dW_h, "dU_h": dU_h, "db_h": db_h,
        "dW_y": dW_y, "db_y": db_y,
    }  # fmt: skip
