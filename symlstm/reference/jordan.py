"""Jordan's recurrent network, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    h_t = σ(W_h x_t + U_h y_{t-1} + b_h)
    y_t = σ(W_y h_t + b_y)

Unlike in Elman's network the hidden layer reads the output, so that y is the state and h is not.

Shapes: x_t (D,), h_t (H,), y_t (K,), W_h (H, D), U_h (H, K), W_y (K, H), b_h (H,), b_y (K,). The
code keeps the weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays
have one dtype, and every result has it too.

Sources: Jordan (1986), Serial order: a parallel distributed processing approach, ICS Report 8604;
the equations are those of textbooks, without the decaying self-connections of Jordan's state units.
Greff et al. (2017), LSTM: a search space odyssey, for the way the backward pass is written, where a
bar marks what enters a nonlinearity: h = σ(h_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, y_prev: Array,
    W_h: Array, U_h: Array, b_h: Array,
    W_y: Array, b_y: Array,
) -> tuple[Array]:  # fmt: skip
    """y_t from x_t and y_{t-1}.

    Args:
        x: x_t, shape (B, D).
        y_prev: y_{t-1}, shape (B, K).
        W_h, …, b_y: the parameters, shapes as in the module's docstring.
    Returns:
        (y_t,), shape (B, K).
    """
    h = sigmoid(x @ W_h.T + y_prev @ U_h.T + b_h)
    y = sigmoid(h @ W_y.T + b_y)
    return (y,)


def sequence(
    x: Array, y_0: Array,
    W_h: Array, U_h: Array, b_h: Array,
    W_y: Array, b_y: Array,
) -> tuple[Array]:  # fmt: skip
    """y_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        y_0: the initial state, shape (B, K).
        W_h, …, b_y: the parameters, shapes as in the module's docstring.
    Returns:
        (y,), shape (T, B, K); T = 0 gives an empty array.
    """
    parameters = (W_h, U_h, b_h, W_y, b_y)
    y = [y_0]
    for t in range(len(x)):
        (y_t,) = step(x[t], y[-1], *parameters)
        y.append(y_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(y)[1:],)


def gradients(
    x: Array, y_0: Array,
    W_h: Array, U_h: Array, b_h: Array,
    W_y: Array, b_y: Array,
    dy: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂y_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, y_0, W_h, …, b_y: as for `sequence`.
        dy: what the loss itself gives to each y_t, shape (T, B, K).
    Returns:
        "dx", "dy_0", "dW_h", …, "db_y", each with the shape of what it is the adjoint of.
    """
    parameters = (W_h, U_h, b_h, W_y, b_y)
    (y,) = sequence(x, y_0, *parameters)
    y_prev = np.concatenate([y_0[np.newaxis], y])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    h = sigmoid(x @ W_h.T + y_prev @ U_h.T + b_h)

    dx = np.zeros_like(x)
    dW_h, dU_h, db_h = map(np.zeros_like, (W_h, U_h, b_h))
    dW_y, db_y = map(np.zeros_like, (W_y, b_y))

    # What step t + 1 sends back to y_t; nothing follows the last step.
    dy_next = np.zeros_like(y_0)
    for t in reversed(range(len(x))):
        dy_t = dy[t] + dy_next
        dy_bar = dy_t * y[t] * (1 - y[t])
        dh_t = dy_bar @ W_y
        dh_bar = dh_t * h[t] * (1 - h[t])

        dW_h += dh_bar.T @ x[t]
        dU_h += dh_bar.T @ y_prev[t]
        dW_y += dy_bar.T @ h[t]

        db_h += dh_bar.sum(axis=0)
        db_y += dy_bar.sum(axis=0)

        dx[t] = dh_bar @ W_h
        dy_next = dh_bar @ U_h

    return {
        "dx": dx, "dy_0": dy_next,
        "dW_h": dW_h, "dU_h": dU_h, "db_h": db_h,
        "dW_y": dW_y, "db_y": db_y,
    }  # fmt: skip
