"""The simple recurrent unit (SRU), and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    f_t = σ(W_f x_t + v_f ∘ c_{t-1} + b_f)
    c_t = f_t ∘ c_{t-1} + (1 − f_t) ∘ (W x_t)
    r_t = σ(W_r x_t + v_r ∘ c_{t-1} + b_r)
    h_t = r_t ∘ c_t + (1 − r_t) ∘ x_t

The gates read the old c_{t-1} entry by entry, so that no matrix product waits for the step before.
The code calls the adjoint of W x_t du.

Shapes: x_t, c_t and h_t (H,), W, W_f and W_r (H, H), v_· and b_· (H,). The code keeps the weights
as they are and stores one example a row, so W x becomes x @ W.T. All arrays have one dtype, and
every result has it too.

Sources: Lei, Zhang, Wang, Dai & Artzi (2018), Simple recurrent units for highly parallelizable
recurrence, eqs. 1–4, without the constant that scales x_t in the last. Greff et al. (2017), LSTM: a
search space odyssey, for the way the backward pass is written, where a bar marks what enters a
nonlinearity: f = σ(f_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, c_prev: Array,
    W_f: Array, v_f: Array, b_f: Array,
    W: Array,
    W_r: Array, v_r: Array, b_r: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """c_t and h_t from x_t and c_{t-1}.

    Args:
        x: x_t, shape (B, H).
        c_prev: c_{t-1}, shape (B, H).
        W_f, …, b_r: the parameters, shapes as in the module's docstring.
    Returns:
        (c_t, h_t), shape (B, H) each.
    """
    f = sigmoid(x @ W_f.T + v_f * c_prev + b_f)
    c = f * c_prev + (1 - f) * (x @ W.T)
    r = sigmoid(x @ W_r.T + v_r * c_prev + b_r)
    h = r * c + (1 - r) * x
    return c, h


def sequence(
    x: Array, c_0: Array,
    W_f: Array, v_f: Array, b_f: Array,
    W: Array,
    W_r: Array, v_r: Array, b_r: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """c_t and h_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, H).
        c_0: the initial state, shape (B, H).
        W_f, …, b_r: the parameters, shapes as in the module's docstring.
    Returns:
        (c, h), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    parameters = (W_f, v_f, b_f, W, W_r, v_r, b_r)
    c = [c_0]
    h = np.zeros(x.shape, x.dtype)
    for t in range(len(x)):
        c_t, h[t] = step(x[t], c[-1], *parameters)
        c.append(c_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(c)[1:], h


def gradients(
    x: Array, c_0: Array,
    W_f: Array, v_f: Array, b_f: Array,
    W: Array,
    W_r: Array, v_r: Array, b_r: Array,
    dc: Array, dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂c_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, c_0, W_f, …, b_r: as for `sequence`.
        dc, dh: what the loss itself gives to each c_t and h_t, shape (T, B, H).
    Returns:
        "dx", "dc_0", "dW_f", …, "db_r", each with the shape of what it is the adjoint of.
    """
    parameters = (W_f, v_f, b_f, W, W_r, v_r, b_r)
    c, _ = sequence(x, c_0, *parameters)
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    f = sigmoid(x @ W_f.T + v_f * c_prev + b_f)
    r = sigmoid(x @ W_r.T + v_r * c_prev + b_r)

    dx = np.zeros_like(x)
    dW_f, dv_f, db_f = map(np.zeros_like, (W_f, v_f, b_f))
    dW = np.zeros_like(W)
    dW_r, dv_r, db_r = map(np.zeros_like, (W_r, v_r, b_r))

    # What step t + 1 sends back to c_t; nothing follows the last step.
    dc_next = np.zeros_like(c_0)
    for t in reversed(range(len(x))):
        dr = dh[t] * (c[t] - x[t])
        dc_t = dc[t] + dh[t] * r[t] + dc_next
        df = dc_t * (c_prev[t] - x[t] @ W.T)
        du = dc_t * (1 - f[t])

        df_bar = df * f[t] * (1 - f[t])
        dr_bar = dr * r[t] * (1 - r[t])

        dW_f += df_bar.T @ x[t]
        dW += du.T @ x[t]
        dW_r += dr_bar.T @ x[t]

        dv_f += (df_bar * c_prev[t]).sum(axis=0)
        dv_r += (dr_bar * c_prev[t]).sum(axis=0)

        db_f += df_bar.sum(axis=0)
        db_r += dr_bar.sum(axis=0)

        dx[t] = dh[t] * (1 - r[t]) + df_bar @ W_f + du @ W + dr_bar @ W_r
        dc_next = dc_t * f[t] + df_bar * v_f + dr_bar * v_r

    return {
        "dx": dx, "dc_0": dc_next,
        "dW_f": dW_f, "dv_f": dv_f, "db_f": db_f,
        "dW": dW,
        "dW_r": dW_r, "dv_r": dv_r, "db_r": db_r,
    }  # fmt: skip
