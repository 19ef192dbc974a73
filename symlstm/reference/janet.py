"""JANET, the LSTM with nothing but a forget gate, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    s_t = U_f h_{t-1} + W_f x_t + b_f
    c̃_t = tanh(U_c h_{t-1} + W_c x_t + b_c)
    c_t = σ(s_t) ∘ c_{t-1} + (1 − σ(s_t − 1)) ∘ c̃_t
    h_t = c_t

The 1 in σ(s_t − 1) is the paper's β. With h_t = c_t the two states differ only before the first
step.

Shapes: x_t (D,), h_t and c_t (H,), W_· (H, D), U_· (H, H), b_· (H,). The code keeps the weights as
they are and stores one example a row, so W x becomes x @ W.T. All arrays have one dtype, and every
result has it too.

Sources: van der Westhuizen & Lasenby (2018), The unreasonable effectiveness of the forget gate.
Greff et al. (2017), LSTM: a search space odyssey, for the way the backward pass is written, where a
bar marks what enters a nonlinearity: c̃ = tanh(c̃_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array, c_prev: Array,
    U_f: Array, W_f: Array, b_f: Array,
    U_c: Array, W_c: Array, b_c: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and c_t from x_t, h_{t-1} and c_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev, c_prev: h_{t-1} and c_{t-1}, shape (B, H).
        U_f, …, b_c: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t, c_t), shape (B, H) each.
    """
    s = h_prev @ U_f.T + x @ W_f.T + b_f
    c_tilde = np.tanh(h_prev @ U_c.T + x @ W_c.T + b_c)
    c = sigmoid(s) * c_prev + (1 - sigmoid(s - 1)) * c_tilde
    h = c.copy()
    return h, c


def sequence(
    x: Array, h_0: Array, c_0: Array,
    U_f: Array, W_f: Array, b_f: Array,
    U_c: Array, W_c: Array, b_c: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and c_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0, c_0: the initial states, shape (B, H).
        U_f, …, b_c: the parameters, shapes as in the module's docstring.
    Returns:
        (h, c), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    parameters = (U_f, W_f, b_f, U_c, W_c, b_c)
    h = [h_0]
    c = [c_0]
    for t in range(len(x)):
        h_t, c_t = step(x[t], h[-1], c[-1], *parameters)
        h.append(h_t)
        c.append(c_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(h)[1:], np.stack(c)[1:]


def gradients(
    x: Array, h_0: Array, c_0: Array,
    U_f: Array, W_f: Array, b_f: Array,
    U_c: Array, W_c: Array, b_c: Array,
    dh: Array, dc: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0, ∂L/∂c_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, c_0, U_f, …, b_c: as for `sequence`.
        dh, dc: what the loss itself gives to each h_t and c_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dc_0", "dU_f", …, "db_c", each with the shape of what it is the adjoint of.
    """
    parameters = (U_f, W_f, b_f, U_c, W_c, b_c)
    h, c = sequence(x, h_0, c_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    s = h_prev @ U_f.T + x @ W_f.T + b_f
    f = sigmoid(s)
    g = sigmoid(s - 1)
    c_tilde = np.tanh(h_prev @ U_c.T + x @ W_c.T + b_c)

    dx = np.zeros_like(x)
    dU_f, dW_f, db_f = map(np.zeros_like, (U_f, W_f, b_f))
    dU_c, dW_c, db_c = map(np.zeros_like, (U_c, W_c, b_c))

    # What step t + 1 sends back to h_t and c_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    dc_next = np.zeros_like(c_0)
    for t in reversed(range(len(x))):
        dc_t = dh[t] + dh_next + dc[t] + dc_next
        # s_t sets both shares, that of the old state and that of the candidate.
        df = dc_t * c_prev[t]
        dg = -dc_t * c_tilde[t]
        ds = df * f[t] * (1 - f[t]) + dg * g[t] * (1 - g[t])
        dc_tilde = dc_t * (1 - g[t])
        dc_tilde_bar = dc_tilde * (1 - c_tilde[t] ** 2)

        dU_f += ds.T @ h_prev[t]
        dU_c += dc_tilde_bar.T @ h_prev[t]

        dW_f += ds.T @ x[t]
        dW_c += dc_tilde_bar.T @ x[t]

        db_f += ds.sum(axis=0)
        db_c += dc_tilde_bar.sum(axis=0)

        dx[t] = ds @ W_f + dc_tilde_bar @ W_c
        dh_next = ds @ U_f + dc_tilde_bar @ U_c
        dc_next = dc_t * f[t]

    return {
        "dx": dx, "dh_0": dh_next, "dc_0": dc_next,
        "dU_f": dU_f, "dW_f": dW_f, "db_f": db_f,
        "dU_c": dU_c, "dW_c": dW_c, "db_c": db_c,
    }  # fmt: skip
