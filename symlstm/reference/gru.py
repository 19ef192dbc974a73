"""The gated recurrent unit, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    r_t = σ(W_xr x_t + W_hr h_{t-1} + b_r)
    z_t = σ(W_xz x_t + W_hz h_{t-1} + b_z)
    h̃_t = tanh(W_xh x_t + W_hh (r_t ∘ h_{t-1}) + b_h)
    h_t = z_t ∘ h_{t-1} + (1 − z_t) ∘ h̃_t

The reset gate acts on h_{t-1} before the matrix product, and z_t is the share of the old state that
is kept.

Shapes: x_t (D,), h_t (H,), W_x· (H, D), W_h· (H, H), b_· (H,). The code keeps the weights as they
are and stores one example a row, so W x becomes x @ W.T. All arrays have one dtype, and every
result has it too.

Sources: Cho et al. (2014), Learning phrase representations using RNN encoder-decoder for
statistical machine translation, eqs. 5–8, which print no biases. Greff et al. (2017), LSTM: a
search space odyssey, for the way the backward pass is written, where a bar marks what enters a
nonlinearity: z = σ(z_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array,
    W_xr: Array, W_hr: Array, b_r: Array,
    W_xz: Array, W_hz: Array, b_z: Array,
    W_xh: Array, W_hh: Array, b_h: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t from x_t and h_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev: h_{t-1}, shape (B, H).
        W_xr, …, b_h: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t,), shape (B, H).
    """
    r = sigmoid(x @ W_xr.T + h_prev @ W_hr.T + b_r)
    z = sigmoid(x @ W_xz.T + h_prev @ W_hz.T + b_z)
    h_tilde = np.tanh(x @ W_xh.T + (r * h_prev) @ W_hh.T + b_h)
    h = z * h_prev + (1 - z) * h_tilde
    return (h,)


def sequence(
    x: Array, h_0: Array,
    W_xr: Array, W_hr: Array, b_r: Array,
    W_xz: Array, W_hz: Array, b_z: Array,
    W_xh: Array, W_hh: Array, b_h: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0: the initial state, shape (B, H).
        W_xr, …, b_h: the parameters, shapes as in the module's docstring.
    Returns:
        (h,), shape (T, B, H); T = 0 gives an empty array.
    """
    parameters = (W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, W_hh, b_h)
    h = [h_0]
    for t in range(len(x)):
        (h_t,) = step(x[t], h[-1], *parameters)
        h.append(h_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(h)[1:],)


def gradients(
    x: Array, h_0: Array,
    W_xr: Array, W_hr: Array, b_r: Array,
    W_xz: Array, W_hz: Array, b_z: Array,
    W_xh: Array, W_hh: Array, b_h: Array,
    dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, W_xr, …, b_h: as for `sequence`.
        dh: what the loss itself gives to each h_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dW_xr", …, "db_h", each with the shape of what it is the adjoint of.
    """
    parameters = (W_xr, W_hr, b_r, W_xz, W_hz, b_z, W_xh, W_hh, b_h)
    (h,) = sequence(x, h_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    r = sigmoid(x @ W_xr.T + h_prev @ W_hr.T + b_r)
    z = sigmoid(x @ W_xz.T + h_prev @ W_hz.T + b_z)
    h_tilde = np.tanh(x @ W_xh.T + (r * h_prev) @ W_hh.T + b_h)

    dx = np.zeros_like(x)
    dW_xr, dW_hr, db_r = map(np.zeros_like, (W_xr, W_hr, b_r))
    dW_xz, dW_hz, db_z = map(np.zeros_like, (W_xz, W_hz, b_z))
    dW_xh, dW_hh, db_h = map(np.zeros_like, (W_xh, W_hh, b_h))

    # What step t + 1 sends back to h_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        dz = dh_t * (h_prev[t] - h_tilde[t])
        dh_tilde = dh_t * (1 - z[t])

        dz_bar = dz * z[t] * (1 - z[t])
        dh_tilde_bar = dh_tilde * (1 - h_tilde[t] ** 2)
        # r_t acts on h_{t-1} before W_hh does, so dr comes after the adjoint of the candidate.
        drh = dh_tilde_bar @ W_hh
        dr = drh * h_prev[t]
        dr_bar = dr * r[t] * (1 - r[t])

        dW_xr += dr_bar.T @ x[t]
        dW_xz += dz_bar.T @ x[t]
        dW_xh += dh_tilde_bar.T @ x[t]

        dW_hr += dr_bar.T @ h_prev[t]
        dW_hz += dz_bar.T @ h_prev[t]
        dW_hh += dh_tilde_bar.T @ (r[t] * h_prev[t])

        db_r += dr_bar.sum(axis=0)
        db_z += dz_bar.sum(axis=0)
        db_h += dh_tilde_bar.sum(axis=0)

        dx[t] = dr_bar @ W_xr + dz_bar @ W_xz + dh_tilde_bar @ W_xh
        dh_next = dh_t * z[t] + drh * r[t] + dr_bar @ W_hr + dz_bar @ W_hz

    return {
        "dx": dx, "dh_0": dh_next,
        "dW_xr": dW_xr, "dW_hr": dW_hr, "db_r": db_r,
        "dW_xz": dW_xz, "dW_hz": dW_hz, "db_z": db_z,
        "dW_xh": dW_xh, "dW_hh": dW_hh, "db_h": db_h,
    }  # fmt: skip
