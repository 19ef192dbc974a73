"""The independently recurrent network (IndRNN), and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    h_t = relu(W x_t + u ∘ h_{t-1} + b)

Each entry of the state reads itself only.

Shapes: x_t (D,), h_t, u and b (H,), W (H, D). The code keeps the weights as they are and stores one
example a row, so W x becomes x @ W.T. All arrays have one dtype, and every result has it too.

Sources: Li, Li, Cook, Zhu & Gao (2018), Independently recurrent neural network (IndRNN): building a
longer and deeper RNN, where relu is one choice of the activation σ. Greff et al. (2017), LSTM: a
search space odyssey, for the way the backward pass is written, where a bar marks what enters a
nonlinearity: h = relu(h_bar).
"""

import numpy as np

from symlstm.reference.activations import Array


def step(
    x: Array, h_prev: Array,
    W: Array, u: Array, b: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t from x_t and h_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev: h_{t-1}, shape (B, H).
        W, …, b: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t,), shape (B, H).
    """
    h = np.maximum(x @ W.T + u * h_prev + b, 0)
    return (h,)


def sequence(
    x: Array, h_0: Array,
    W: Array, u: Array, b: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0: the initial state, shape (B, H).
        W, …, b: the parameters, shapes as in the module's docstring.
    Returns:
        (h,), shape (T, B, H); T = 0 gives an empty array.
    """
    parameters = (W, u, b)
    h = [h_0]
    for t in range(len(x)):
        (h_t,) = step(x[t], h[-1], *parameters)
        h.append(h_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(h)[1:],)


def gradients(
    x: Array, h_0: Array,
    W: Array, u: Array, b: Array,
    dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, W, …, b: as for `sequence`.
        dh: what the loss itself gives to each h_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dW", …, "db", each with the shape of what it is the adjoint of.
    """
    parameters = (W, u, b)
    (h,) = sequence(x, h_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    h_bar = x @ W.T + u * h_prev + b

    dx = np.zeros_like(x)
    dW, du, db = map(np.zeros_like, (W, u, b))

    # What step t + 1 sends back to h_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        # The slope of relu is 1 above 0 and 0 below; at 0, where it has none, 0 is taken.
        dh_bar = np.where(h_bar[t] > 0, dh_t, 0)

        dW += dh_bar.T @ x[t]
        du += (dh_bar * h_prev[t]).sum(axis=0)
        db += dh_bar.sum(axis=0)

        dx[t] = dh_bar @ W
        dh_next = dh_bar * u

    return {
        "dx": dx, "dh_0": dh_next,
        "dW": dW, "du": du, "db": db,
    }  # fmt: skip
