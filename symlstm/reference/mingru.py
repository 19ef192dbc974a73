"""The minimal GRU (minGRU), and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    z_t = σ(W_z x_t + b_z)
    h̃_t = W_h x_t + b_h
    h_t = (1 − z_t) ∘ h_{t-1} + z_t ∘ h̃_t

Nothing but the average itself reads the old state, and the candidate has no tanh.

Shapes: x_t (D,), h_t (H,), W_· (H, D), b_· (H,). The code keeps the weights as they are and stores
one example a row, so W x becomes x @ W.T. All arrays have one dtype, and every result has it too.

Sources: Feng et al. (2024), Were RNNs all we needed?, where W x_t + b is Linear(x_t). Greff et al.
(2017), LSTM: a search space odyssey, for the way the backward pass is written, where a bar marks
what enters a nonlinearity: z = σ(z_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array,
    W_z: Array, b_z: Array,
    W_h: Array, b_h: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t from x_t and h_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev: h_{t-1}, shape (B, H).
        W_z, …, b_h: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t,), shape (B, H).
    """
    z = sigmoid(x @ W_z.T + b_z)
    h_tilde = x @ W_h.T + b_h
    h = (1 - z) * h_prev + z * h_tilde
    return (h,)


def sequence(
    x: Array, h_0: Array,
    W_z: Array, b_z: Array,
    W_h: Array, b_h: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0: the initial state, shape (B, H).
        W_z, …, b_h: the parameters, shapes as in the module's docstring.
    Returns:
        (h,), shape (T, B, H); T = 0 gives an empty array.
    """
    parameters = (W_z, b_z, W_h, b_h)
    h = [h_0]
    for t in range(len(x)):
        (h_t,) = step(x[t], h[-1], *parameters)
        h.append(h_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(h)[1:],)


def gradients(
    x: Array, h_0: Array,
    W_z: Array, b_z: Array,
    W_h: Array, b_h: Array,
    dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, W_z, …, b_h: as for `sequence`.
        dh: what the loss itself gives to each h_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dW_z", …, "db_h", each with the shape of what it is the adjoint of.
    """
    parameters = (W_z, b_z, W_h, b_h)
    (h,) = sequence(x, h_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    z = sigmoid(x @ W_z.T + b_z)
    h_tilde = x @ W_h.T + b_h

    dx = np.zeros_like(x)
    dW_z, db_z = map(np.zeros_like, (W_z, b_z))
    dW_h, db_h = map(np.zeros_like, (W_h, b_h))

    # What step t + 1 sends back to h_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        dz = dh_t * (h_tilde[t] - h_prev[t])
        dz_bar = dz * z[t] * (1 - z[t])
        dh_tilde = dh_t * z[t]

        dW_z += dz_bar.T @ x[t]
        dW_h += dh_tilde.T @ x[t]

        db_z += dz_bar.sum(axis=0)
        db_h += dh_tilde.sum(axis=0)

        dx[t] = dz_bar @ W_z + dh_tilde @ W_h
        dh_next = dh_t * (1 - z[t])

    return {
        "dx": dx, "dh_0": dh_next,
        "dW_z": dW_z, "db_z": db_z,
        "dW_h": dW_h, "db_h": db_h,
    }  # fmt: skip
