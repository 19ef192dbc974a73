"""Long expressive memory (LEM), and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    δ_t = Δ σ̂(W_1 y_{t-1} + V_1 u_t + b_1)
    δ̄_t = Δ σ̂(W_2 y_{t-1} + V_2 u_t + b_2)
    z_t = (1 − δ_t) ∘ z_{t-1} + δ_t ∘ tanh(W_z y_{t-1} + V_z u_t + b_z)
    y_t = (1 − δ̄_t) ∘ y_{t-1} + δ̄_t ∘ tanh(W_y z_t + V_y u_t + b_y)

σ̂(v) = (1 + tanh(v/2)) / 2 is the logistic function σ. The code calls δ_t / Δ and δ̄_t / Δ p and q.

Shapes: u_t (D,), z_t and y_t (H,), Δ a scalar, (), W_· (H, H), V_· (H, D), b_· (H,). The code keeps
the weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays have one
dtype, and every result has it too.

Sources: Rusch, Mishra, Erichson & Mahoney (2022), Long expressive memory for sequence modeling, eq.
3, where δ_t, δ̄_t and Δ are Δt_n, its barred twin and Δt. Greff et al. (2017), LSTM: a search space
odyssey, for the way the backward pass is written, where a bar marks what enters a nonlinearity: p =
σ(p_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    u: Array, z_prev: Array, y_prev: Array,
    Delta: Array,
    W_1: Array, V_1: Array, b_1: Array,
    W_2: Array, V_2: Array, b_2: Array,
    W_z: Array, V_z: Array, b_z: Array,
    W_y: Array, V_y: Array, b_y: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """z_t and y_t from u_t, z_{t-1} and y_{t-1}.

    Args:
        u: u_t, shape (B, D).
        z_prev, y_prev: z_{t-1} and y_{t-1}, shape (B, H).
        Delta, …, b_y: the parameters, shapes as in the module's docstring.
    Returns:
        (z_t, y_t), shape (B, H) each.
    """
    p = sigmoid(y_prev @ W_1.T + u @ V_1.T + b_1)
    q = sigmoid(y_prev @ W_2.T + u @ V_2.T + b_2)
    z_tilde = np.tanh(y_prev @ W_z.T + u @ V_z.T + b_z)
    z = (1 - Delta * p) * z_prev + Delta * p * z_tilde
    y_tilde = np.tanh(z @ W_y.T + u @ V_y.T + b_y)
    y = (1 - Delta * q) * y_prev + Delta * q * y_tilde
    return z, y


def sequence(
    u: Array, z_0: Array, y_0: Array,
    Delta: Array,
    W_1: Array, V_1: Array, b_1: Array,
    W_2: Array, V_2: Array, b_2: Array,
    W_z: Array, V_z: Array, b_z: Array,
    W_y: Array, V_y: Array, b_y: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """z_t and y_t for t = 1, …, T, from the initial states.

    Args:
        u: u_1, …, u_T, shape (T, B, D).
        z_0, y_0: the initial states, shape (B, H).
        Delta, …, b_y: the parameters, shapes as in the module's docstring.
    Returns:
        (z, y), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    parameters = (Delta, W_1, V_1, b_1, W_2, V_2, b_2, W_z, V_z, b_z, W_y, V_y, b_y)
    z = [z_0]
    y = [y_0]
    for t in range(len(u)):
        z_t, y_t = step(u[t], z[-1], y[-1], *parameters)
        z.append(z_t)
        y.append(y_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(z)[1:], np.stack(y)[1:]


def gradients(
    u: Array, z_0: Array, y_0: Array,
    Delta: Array,
    W_1: Array, V_1: Array, b_1: Array,
    W_2: Array, V_2: Array, b_2: Array,
    W_z: Array, V_z: Array, b_z: Array,
    W_y: Array, V_y: Array, b_y: Array,
    dz: Array, dy: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂u, ∂L/∂z_0, ∂L/∂y_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        u, z_0, y_0, Delta, …, b_y: as for `sequence`.
        dz, dy: what the loss itself gives to each z_t and y_t, shape (T, B, H).
    Returns:
        "du", "dz_0", "dy_0", "dDelta", …, "db_y", each with the shape of what it is the adjoint of.
    """
    parameters = (Delta, W_1, V_1, b_1, W_2, V_2, b_2, W_z, V_z, b_z, W_y, V_y, b_y)
    z, y = sequence(u, z_0, y_0, *parameters)
    z_prev = np.concatenate([z_0[np.newaxis], z])[:-1]
    y_prev = np.concatenate([y_0[np.newaxis], y])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    p = sigmoid(y_prev @ W_1.T + u @ V_1.T + b_1)
    q = sigmoid(y_prev @ W_2.T + u @ V_2.T + b_2)
    z_tilde = np.tanh(y_prev @ W_z.T + u @ V_z.T + b_z)
    y_tilde = np.tanh(z @ W_y.T + u @ V_y.T + b_y)

    du = np.zeros_like(u)
    dDelta = np.zeros_like(Delta)
    dW_1, dV_1, db_1 = map(np.zeros_like, (W_1, V_1, b_1))
    dW_2, dV_2, db_2 = map(np.zeros_like, (W_2, V_2, b_2))
    dW_z, dV_z, db_z = map(np.zeros_like, (W_z, V_z, b_z))
    dW_y, dV_y, db_y = map(np.zeros_like, (W_y, V_y, b_y))

    # What step t + 1 sends back to z_t and y_t; nothing follows the last step.
    dz_next = np.zeros_like(z_0)
    dy_next = np.zeros_like(y_0)
    for t in reversed(range(len(u))):
        dy_t = dy[t] + dy_next
        ddelta_bar = dy_t * (y_tilde[t] - y_prev[t])
        dy_tilde_bar = dy_t * Delta * q[t] * (1 - y_tilde[t] ** 2)
        # y_t reads z_t, so its adjoint comes before that of z_t.
        dz_t = dz[t] + dy_tilde_bar @ W_y + dz_next
        ddelta = dz_t * (z_tilde[t] - z_prev[t])
        dz_tilde_bar = dz_t * Delta * p[t] * (1 - z_tilde[t] ** 2)

        dp_bar = ddelta * Delta * p[t] * (1 - p[t])
        dq_bar = ddelta_bar * Delta * q[t] * (1 - q[t])
        dDelta += (ddelta * p[t] + ddelta_bar * q[t]).sum()

        dW_1 += dp_bar.T @ y_prev[t]
        dW_2 += dq_bar.T @ y_prev[t]
        dW_z += dz_tilde_bar.T @ y_prev[t]
        dW_y += dy_tilde_bar.T @ z[t]

        dV_1 += dp_bar.T @ u[t]
        dV_2 += dq_bar.T @ u[t]
        dV_z += dz_tilde_bar.T @ u[t]
        dV_y += dy_tilde_bar.T @ u[t]

        db_1 += dp_bar.sum(axis=0)
        db_2 += dq_bar.sum(axis=0)
        db_z += dz_tilde_bar.sum(axis=0)
        db_y += dy_tilde_bar.sum(axis=0)

        du[t] = dp_bar @ V_1 + dq_bar @ V_2 + dz_tilde_bar @ V_z + dy_tilde_bar @ V_y
        dz_next = dz_t * (1 - Delta * p[t])
        dy_next = dy_t * (1 - Delta * q[t]) + dp_bar @ W_1 + dq_bar @ W_2 + dz_tilde_bar @ W_z

    return {
        "du": du, "dz_0": dz_next, "dy_0": dy_next,
        "dDelta": dDelta,
        "dW_1": dW_1, "dV_1": dV_1, "db_1": db_1,
        "dW_2": dW_2, "dV_2": dV_2, "db_2": db_2,
        "dW_z": dW_z, "dV_z": dV_z, "db_z": db_z,
        "dW_y": dW_y, "dV_y": dV_y, "db_y": db_y,
    }  # fmt: skip
