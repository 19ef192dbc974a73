"""The minimal gated unit, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    f_t = σ(W_f [h_{t-1}, x_t] + b_f)
    h̃_t = tanh(W_h [f_t ∘ h_{t-1}, x_t] + b_h)
    h_t = (1 − f_t) ∘ h_{t-1} + f_t ∘ h̃_t

One gate does the work of two: it resets the state that the candidate reads, and weighs the
candidate against the old state.

Shapes: x_t (D,), h_t (H,), W_· (H, H+D), b_· (H,). The code keeps the weights as they are and
stores one example a row, so W x becomes x @ W.T. All arrays have one dtype, and every result has it
too.

Sources: Zhou, Wu, Zhang & Zhou (2016), Minimal gated unit for recurrent neural networks. Greff et
al. (2017), LSTM: a search space odyssey, for the way the backward pass is written, where a bar
marks what enters a nonlinearity: f = σ(f_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array,
    W_f: Array, b_f: Array,
    W_h: Array, b_h: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t from x_t and h_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev: h_{t-1}, shape (B, H).
        W_f, …, b_h: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t,), shape (B, H).
    """
    f = sigmoid(np.concatenate([h_prev, x], axis=-1) @ W_f.T + b_f)
    h_tilde = np.tanh(np.concatenate([f * h_prev, x], axis=-1) @ W_h.T + b_h)
    h = (1 - f) * h_prev + f * h_tilde
    return (h,)


def sequence(
    x: Array, h_0: Array,
    W_f: Array, b_f: Array,
    W_h: Array, b_h: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0: the initial state, shape (B, H).
        W_f, …, b_h: the parameters, shapes as in the module's docstring.
    Returns:
        (h,), shape (T, B, H); T = 0 gives an empty array.
    """
    parameters = (W_f, b_f, W_h, b_h)
    h = [h_0]
    for t in range(len(x)):
        (h_t,) = step(x[t], h[-1], *parameters)
        h.append(h_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(h)[1:],)


def gradients(
    x: Array, h_0: Array,
    W_f: Array, b_f: Array,
    W_h: Array, b_h: Array,
    dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, W_f, …, b_h: as for `sequence`.
        dh: what the loss itself gives to each h_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dW_f", …, "db_h", each with the shape of what it is the adjoint of.
    """
    parameters = (W_f, b_f, W_h, b_h)
    (h,) = sequence(x, h_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    hx = np.concatenate([h_prev, x], axis=-1)
    f = sigmoid(hx @ W_f.T + b_f)
    fhx = np.concatenate([f * h_prev, x], axis=-1)
    h_tilde = np.tanh(fhx @ W_h.T + b_h)

    H = h_0.shape[-1]

    dx = np.zeros_like(x)
    dW_f, db_f = map(np.zeros_like, (W_f, b_f))
    dW_h, db_h = map(np.zeros_like, (W_h, b_h))

    # What step t + 1 sends back to h_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        dh_tilde_bar = dh_t * f[t] * (1 - h_tilde[t] ** 2)
        dfhx = dh_tilde_bar @ W_h
        # f_t has two readers: the average, and the candidate through f_t ∘ h_{t-1}.
        df = dh_t * (h_tilde[t] - h_prev[t]) + dfhx[:, :H] * h_prev[t]
        df_bar = df * f[t] * (1 - f[t])
        dhx = df_bar @ W_f

        dW_f += df_bar.T @ hx[t]
        dW_h += dh_tilde_bar.T @ fhx[t]

        db_f += df_bar.sum(axis=0)
        db_h += dh_tilde_bar.sum(axis=0)

        dx[t] = dhx[:, H:] + dfhx[:, H:]
        dh_next = dh_t * (1 - f[t]) + dhx[:, :H] + dfhx[:, :H] * f[t]

    return {
        "dx": dx, "dh_0": dh_next,
        "dW_f": dW_f, "db_f": db_f,
        "dW_h": dW_h, "db_h": db_h,
    }  # fmt: skip
