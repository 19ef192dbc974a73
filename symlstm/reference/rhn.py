"""The recurrent highway network of depth 2, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    h_1,t = tanh(W_H x_t + R_H1 s_2,t-1 + b_H1)
    t_1,t = σ(W_T x_t + R_T1 s_2,t-1 + b_T1)
    c_1,t = σ(W_C x_t + R_C1 s_2,t-1 + b_C1)
    s_1,t = h_1,t ∘ t_1,t + s_2,t-1 ∘ c_1,t
    h_2,t = tanh(R_H2 s_1,t + b_H2)
    t_2,t = σ(R_T2 s_1,t + b_T2)
    c_2,t = σ(R_C2 s_1,t + b_C2)
    s_2,t = h_2,t ∘ t_2,t + s_1,t ∘ c_2,t

Only the first layer reads the input; the state of step t is what the last layer gave, s_2,t. The
carry gates c are gates of their own, not 1 − t.

Shapes: x_t (D,), h_l,t, t_l,t, c_l,t and s_l,t (H,), W_· (H, D), R_·l (H, H), b_·l (H,). The code
keeps the weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays have
one dtype, and every result has it too.

Sources: Zilly, Srivastava, Koutník & Schmidhuber (2017), Recurrent highway networks, eqs. 6–9,
where time is a superscript in brackets. Greff et al. (2017), LSTM: a search space odyssey, for the
way the backward pass is written, where a bar marks what enters a nonlinearity: t_1 = σ(t_1_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, s_2_prev: Array,
    W_H: Array, R_H1: Array, b_H1: Array,
    W_T: Array, R_T1: Array, b_T1: Array,
    W_C: Array, R_C1: Array, b_C1: Array,
    R_H2: Array, b_H2: Array,
    R_T2: Array, b_T2: Array,
    R_C2: Array, b_C2: Array,
) -> tuple[Array]:  # fmt: skip
    """s_2,t from x_t and s_2,t-1.

    Args:
        x: x_t, shape (B, D).
        s_2_prev: s_2,t-1, shape (B, H).
        W_H, …, b_C2: the parameters, shapes as in the module's docstring.
    Returns:
        a tuple of s_2,t alone, shape (B, H).
    """
    h_1 = np.tanh(x @ W_H.T + s_2_prev @ R_H1.T + b_H1)
    t_1 = sigmoid(x @ W_T.T + s_2_prev @ R_T1.T + b_T1)
    c_1 = sigmoid(x @ W_C.T + s_2_prev @ R_C1.T + b_C1)
    s_1 = h_1 * t_1 + s_2_prev * c_1
    h_2 = np.tanh(s_1 @ R_H2.T + b_H2)
    t_2 = sigmoid(s_1 @ R_T2.T + b_T2)
    c_2 = sigmoid(s_1 @ R_C2.T + b_C2)
    s_2 = h_2 * t_2 + s_1 * c_2
    return (s_2,)


def sequence(
    x: Array, s_2_0: Array,
    W_H: Array, R_H1: Array, b_H1: Array,
    W_T: Array, R_T1: Array, b_T1: Array,
    W_C: Array, R_C1: Array, b_C1: Array,
    R_H2: Array, b_H2: Array,
    R_T2: Array, b_T2: Array,
    R_C2: Array, b_C2: Array,
) -> tuple[Array]:  # fmt: skip
    """s_2,t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        s_2_0: the initial state, shape (B, H).
        W_H, …, b_C2: the parameters, shapes as in the module's docstring.
    Returns:
        (s_2,), shape (T, B, H); T = 0 gives an empty array.
    """
    parameters = (
        W_H, R_H1, b_H1,
        W_T, R_T1, b_T1,
        W_C, R_C1, b_C1,
        R_H2, b_H2,
        R_T2, b_T2,
        R_C2, b_C2,
    )  # fmt: skip
    s_2 = [s_2_0]
    for t in range(len(x)):
        (s_2_t,) = step(x[t], s_2[-1], *parameters)
        s_2.append(s_2_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(s_2)[1:],)


def gradients(
    x: Array, s_2_0: Array,
    W_H: Array, R_H1: Array, b_H1: Array,
    W_T: Array, R_T1: Array, b_T1: Array,
    W_C: Array, R_C1: Array, b_C1: Array,
    R_H2: Array, b_H2: Array,
    R_T2: Array, b_T2: Array,
    R_C2: Array, b_C2: Array,
    ds_2: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂s_2_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, s_2_0, W_H, …, b_C2: as for `sequence`.
        ds_2: what the loss itself gives to each s_2,t, shape (T, B, H).
    Returns:
        "dx", "ds_2_0", "dW_H", …, "db_C2", each with the shape of what it is the adjoint of.
    """
    parameters = (
        W_H, R_H1, b_H1,
        W_T, R_T1, b_T1,
        W_C, R_C1, b_C1,
        R_H2, b_H2,
        R_T2, b_T2,
        R_C2, b_C2,
    )  # fmt: skip
    (s_2,) = sequence(x, s_2_0, *parameters)
    s_2_prev = np.concatenate([s_2_0[np.newaxis], s_2])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    h_1 = np.tanh(x @ W_H.T + s_2_prev @ R_H1.T + b_H1)
    t_1 = sigmoid(x @ W_T.T + s_2_prev @ R_T1.T + b_T1)
    c_1 = sigmoid(x @ W_C.T + s_2_prev @ R_C1.T + b_C1)
    s_1 = h_1 * t_1 + s_2_prev * c_1
    h_2 = np.tanh(s_1 @ R_H2.T + b_H2)
    t_2 = sigmoid(s_1 @ R_T2.T + b_T2)
    c_2 = sigmoid(s_1 @ R_C2.T + b_C2)

    dx = np.zeros_like(x)
    dW_H, dR_H1, db_H1 = map(np.zeros_like, (W_H, R_H1, b_H1))
    dW_T, dR_T1, db_T1 = map(np.zeros_like, (W_T, R_T1, b_T1))
    dW_C, dR_C1, db_C1 = map(np.zeros_like, (W_C, R_C1, b_C1))
    dR_H2, db_H2 = map(np.zeros_like, (R_H2, b_H2))
    dR_T2, db_T2 = map(np.zeros_like, (R_T2, b_T2))
    dR_C2, db_C2 = map(np.zeros_like, (R_C2, b_C2))

    # What step t + 1 sends back to s_2,t; nothing follows the last step.
    ds_2_next = np.zeros_like(s_2_0)
    for t in reversed(range(len(x))):
        ds_2_t = ds_2[t] + ds_2_next
        dh_2 = ds_2_t * t_2[t]
        dt_2 = ds_2_t * h_2[t]
        dc_2 = ds_2_t * s_1[t]

        dh_2_bar = dh_2 * (1 - h_2[t] ** 2)
        dt_2_bar = dt_2 * t_2[t] * (1 - t_2[t])
        dc_2_bar = dc_2 * c_2[t] * (1 - c_2[t])

        ds_1 = ds_2_t * c_2[t] + dh_2_bar @ R_H2 + dt_2_bar @ R_T2 + dc_2_bar @ R_C2
        dh_1 = ds_1 * t_1[t]
        dt_1 = ds_1 * h_1[t]
        dc_1 = ds_1 * s_2_prev[t]

        dh_1_bar = dh_1 * (1 - h_1[t] ** 2)
        dt_1_bar = dt_1 * t_1[t] * (1 - t_1[t])
        dc_1_bar = dc_1 * c_1[t] * (1 - c_1[t])

        dW_H += dh_1_bar.T @ x[t]
        dW_T += dt_1_bar.T @ x[t]
        dW_C += dc_1_bar.T @ x[t]

        dR_H1 += dh_1_bar.T @ s_2_prev[t]
        dR_T1 += dt_1_bar.T @ s_2_prev[t]
        dR_C1 += dc_1_bar.T @ s_2_prev[t]

        dR_H2 += dh_2_bar.T @ s_1[t]
        dR_T2 += dt_2_bar.T @ s_1[t]
        dR_C2 += dc_2_bar.T @ s_1[t]

        db_H1 += dh_1_bar.sum(axis=0)
        db_T1 += dt_1_bar.sum(axis=0)
        db_C1 += dc_1_bar.sum(axis=0)

        db_H2 += dh_2_bar.sum(axis=0)
        db_T2 += dt_2_bar.sum(axis=0)
        db_C2 += dc_2_bar.sum(axis=0)

        dx[t] = dh_1_bar @ W_H + dt_1_bar @ W_T + dc_1_bar @ W_C
        ds_2_next = ds_1 * c_1[t] + dh_1_bar @ R_H1 + dt_1_bar @ R_T1 + dc_1_bar @ R_C1

    return {
        "dx": dx, "ds_2_0": ds_2_next,
        "dW_H": dW_H, "dR_H1": dR_H1, "db_H1": db_H1,
        "dW_T": dW_T, "dR_T1": dR_T1, "db_T1": db_T1,
        "dW_C": dW_C, "dR_C1": dR_C1, "db_C1": db_C1,
        "dR_H2": dR_H2, "db_H2": db_H2,
        "dR_T2": dR_T2, "db_T2": db_T2,
        "dR_C2": dR_C2, "db_C2": db_C2,
    }  # fmt: skip
