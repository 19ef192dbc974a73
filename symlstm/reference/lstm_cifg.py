"""The vanilla LSTM with coupled input and forget gates, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    z_t = tanh(W_z x_t + R_z y_{t-1} + b_z)
    i_t = σ(W_i x_t + R_i y_{t-1} + p_i ∘ c_{t-1} + b_i)
    f_t = 1 − i_t
    c_t = z_t ∘ i_t + c_{t-1} ∘ f_t
    o_t = σ(W_o x_t + R_o y_{t-1} + p_o ∘ c_t + b_o)
    y_t = tanh(c_t) ∘ o_t

What is written is what is forgotten: the input gate decides both, so that its adjoint has a share
from f_t, with the opposite sign.

Shapes: x_t (D,), y_t and c_t (H,), W_· (H, D), R_· (H, H), p_· and b_· (H,). The code keeps the
weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays have one dtype,
and every result has it too.

Source: Greff, Srivastava, Koutník, Steunebrink & Schmidhuber (2017), LSTM: a search space odyssey,
variant CIFG, and its section II for the backward pass, where a bar marks what enters a
nonlinearity: i = σ(i_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, y_prev: Array, c_prev: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, p_i: Array, b_i: Array,
    W_o: Array, R_o: Array, p_o: Array, b_o: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """y_t and c_t from x_t, y_{t-1} and c_{t-1}.

    Args:
        x: x_t, shape (B, D).
        y_prev, c_prev: y_{t-1} and c_{t-1}, shape (B, H).
        W_z, …, b_o: the parameters, shapes as in the module's docstring.
    Returns:
        (y_t, c_t), shape (B, H) each.
    """
    z = np.tanh(x @ W_z.T + y_prev @ R_z.T + b_z)
    i = sigmoid(x @ W_i.T + y_prev @ R_i.T + p_i * c_prev + b_i)
    f = 1 - i
    c = z * i + c_prev * f
    o = sigmoid(x @ W_o.T + y_prev @ R_o.T + p_o * c + b_o)
    y = np.tanh(c) * o
    return y, c


def sequence(
    x: Array, y_0: Array, c_0: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, p_i: Array, b_i: Array,
    W_o: Array, R_o: Array, p_o: Array, b_o: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """y_t and c_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        y_0, c_0: the initial states, shape (B, H).
        W_z, …, b_o: the parameters, shapes as in the module's docstring.
    Returns:
        (y, c), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    parameters = (W_z, R_z, b_z, W_i, R_i, p_i, b_i, W_o, R_o, p_o, b_o)
    y = [y_0]
    c = [c_0]
    for t in range(len(x)):
        y_t, c_t = step(x[t], y[-1], c[-1], *parameters)
        y.append(y_t)
        c.append(c_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(y)[1:], np.stack(c)[1:]


def gradients(
    x: Array, y_0: Array, c_0: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, p_i: Array, b_i: Array,
    W_o: Array, R_o: Array, p_o: Array, b_o: Array,
    dy: Array, dc: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂y_0, ∂L/∂c_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, y_0, c_0, W_z, …, b_o: as for `sequence`.
        dy, dc: what the loss itself gives to each y_t and c_t, shape (T, B, H).
    Returns:
        "dx", "dy_0", "dc_0", "dW_z", …, "db_o", each with the shape of what it is the adjoint of.
    """
    parameters = (W_z, R_z, b_z, W_i, R_i, p_i, b_i, W_o, R_o, p_o, b_o)
    y, c = sequence(x, y_0, c_0, *parameters)
    y_prev = np.concatenate([y_0[np.newaxis], y])[:-1]
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]

    # With every state at hand, each gate is one expression for all time steps.
    z = np.tanh(x @ W_z.T + y_prev @ R_z.T + b_z)
    i = sigmoid(x @ W_i.T + y_prev @ R_i.T + p_i * c_prev + b_i)
    f = 1 - i
    o = sigmoid(x @ W_o.T + y_prev @ R_o.T + p_o * c + b_o)

    dx = np.zeros_like(x)
    dW_z, dR_z, db_z = map(np.zeros_like, (W_z, R_z, b_z))
    dW_i, dR_i, dp_i, db_i = map(np.zeros_like, (W_i, R_i, p_i, b_i))
    dW_o, dR_o, dp_o, db_o = map(np.zeros_like, (W_o, R_o, p_o, b_o))

    # What step t + 1 sends back to y_t and c_t; nothing follows the last step.
    dy_next = np.zeros_like(y_0)
    dc_next = np.zeros_like(c_0)
    for t in reversed(range(len(x))):
        dy_t = dy[t] + dy_next
        # o_t reads c_t, so its adjoint comes before that of c_t.
        do = dy_t * np.tanh(c[t])
        do_bar = do * o[t] * (1 - o[t])
        dc_t = dc[t] + dy_t * o[t] * (1 - np.tanh(c[t]) ** 2) + do_bar * p_o + dc_next
        df = dc_t * c_prev[t]
        di = dc_t * z[t] - df
        dz = dc_t * i[t]

        di_bar = di * i[t] * (1 - i[t])
        dz_bar = dz * (1 - z[t] ** 2)

        dW_z += dz_bar.T @ x[t]
        dW_i += di_bar.T @ x[t]
        dW_o += do_bar.T @ x[t]

        dR_z += dz_bar.T @ y_prev[t]
        dR_i += di_bar.T @ y_prev[t]
        dR_o += do_bar.T @ y_prev[t]

        dp_i += (di_bar * c_prev[t]).sum(axis=0)
        dp_o += (do_bar * c[t]).sum(axis=0)

        db_z += dz_bar.sum(axis=0)
        db_i += di_bar.sum(axis=0)
        db_o += do_bar.sum(axis=0)

        dx[t] = dz_bar @ W_z + di_bar @ W_i + do_bar @ W_o
        dy_next = dz_bar @ R_z + di_bar @ R_i + do_bar @ R_o
        dc_next = dc_t * f[t] + di_bar * p_i

    return {
        "dx": dx, "dy_0": dy_next, "dc_0": dc_next,
        "dW_z": dW_z, "dR_z": dR_z, "db_z": db_z,
        "dW_i": dW_i, "dR_i": dR_i, "dp_i": dp_i, "db_i": db_i,
        "dW_o": dW_o, "dR_o": dR_o, "dp_o": dp_o, "db_o": db_o,
    }  # fmt: skip
