"""FastGRNN, whose gate shares its weights with its candidate, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    z_t = σ(W x_t + U h_{t-1} + b_z)
    h̃_t = tanh(W x_t + U h_{t-1} + b_h)
    h_t = (ζ (1 − z_t) + ν) ∘ h̃_t + z_t ∘ h_{t-1}

ζ and ν are what enters the equation; the paper keeps them between 0 and 1 by a σ outside of it. The
code calls the sum that both nonlinearities read a.

Shapes: x_t (D,), h_t (H,), W (H, D), U (H, H), b_· (H,), ζ and ν scalars, (). The code keeps the
weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays have one dtype,
and every result has it too.

Sources: Kusupati et al. (2018), FastGRNN: a fast, accurate, stable and tiny kilobyte sized gated
recurrent neural network. Greff et al. (2017), LSTM: a search space odyssey, for the way the
backward pass is written, where a bar marks what enters a nonlinearity: z = σ(z_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array,
    zeta: Array, nu: Array,
    W: Array, U: Array, b_z: Array, b_h: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t from x_t and h_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev: h_{t-1}, shape (B, H).
        zeta, …, b_h: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t,), shape (B, H).
    """
    a = x @ W.T + h_prev @ U.T
    z = sigmoid(a + b_z)
    h_tilde = np.tanh(a + b_h)
    h = (zeta * (1 - z) + nu) * h_tilde + z * h_prev
    return (h,)


def sequence(
    x: Array, h_0: Array,
    zeta: Array, nu: Array,
    W: Array, U: Array, b_z: Array, b_h: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0: the initial state, shape (B, H).
        zeta, …, b_h: the parameters, shapes as in the module's docstring.
    Returns:
        (h,), shape (T, B, H); T = 0 gives an empty array.
    """
    parameters = (zeta, nu, W, U, b_z, b_h)
    h = [h_0]
    for t in range(len(x)):
        (h_t,) = step(x[t], h[-1], *parameters)
        h.append(h_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(h)[1:],)


def gradients(
    x: Array, h_0: Array,
    zeta: Array, nu: Array,
    W: Array, U: Array, b_z: Array, b_h: Array,
    dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, zeta, …, b_h: as for `sequence`.
        dh: what the loss itself gives to each h_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dzeta", …, "db_h", each with the shape of what it is the adjoint of.
    """
    parameters = (zeta, nu, W, U, b_z, b_h)
    (h,) = sequence(x, h_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    a = x @ W.T + h_prev @ U.T
    z = sigmoid(a + b_z)
    h_tilde = np.tanh(a + b_h)

    dx = np.zeros_like(x)
    dzeta, dnu = map(np.zeros_like, (zeta, nu))
    dW, dU, db_z, db_h = map(np.zeros_like, (W, U, b_z, b_h))

    # What step t + 1 sends back to h_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        dz = dh_t * (h_prev[t] - zeta * h_tilde[t])
        dh_tilde = dh_t * (zeta * (1 - z[t]) + nu)

        dz_bar = dz * z[t] * (1 - z[t])
        dh_tilde_bar = dh_tilde * (1 - h_tilde[t] ** 2)
        da = dz_bar + dh_tilde_bar

        dzeta += (dh_t * (1 - z[t]) * h_tilde[t]).sum()
        dnu += (dh_t * h_tilde[t]).sum()

        dW += da.T @ x[t]
        dU += da.T @ h_prev[t]

        db_z += dz_bar.sum(axis=0)
        db_h += dh_tilde_bar.sum(axis=0)

        dx[t] = da @ W
        dh_next = dh_t * z[t] + da @ U

    return {
        "dx": dx, "dh_0": dh_next,
        "dzeta": dzeta, "dnu": dnu,
        "dW": dW, "dU": dU, "db_z": db_z, "db_h": db_h,
    }  # fmt: skip
