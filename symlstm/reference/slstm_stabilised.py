"""The sLSTM of xLSTM, one head, with its stabiliser, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    z_t = tanh(W_z x_t + R_z h_{t-1} + b_z)
    ĩ_t = W_i x_t + R_i h_{t-1} + b_i
    f_t = σ(W_f x_t + R_f h_{t-1} + b_f)
    o_t = σ(W_o x_t + R_o h_{t-1} + b_o)
    m_t = max(log f_t + m_{t-1}, ĩ_t)
    i'_t = exp(ĩ_t − m_t)
    f'_t = exp(log f_t + m_{t-1} − m_t)
    c_t = f'_t ∘ c_{t-1} + i'_t ∘ z_t
    n_t = f'_t ∘ n_{t-1} + i'_t
    h_t = o_t ∘ c_t / n_t

Subtracting m_t in every exponent scales c_t and n_t by the same factor, exp(−m_t), and leaves h_t
as it is, while no exponent is positive. The code calls i'_t and f'_t i and f; f_tilde is what σ is
taken of in f_t.

Shapes: x_t (D,), all else with an index t (H,), W_· (H, D), R_· (H, H), b_· (H,). The code keeps
the weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays have one
dtype, and every result has it too.

Sources: Beck et al. (2024), xLSTM: extended long short-term memory, eqs. 8–14 for one cell and eqs.
15–17 for the stabiliser; f_t = σ(·) is one of the two forms that the paper allows. Greff et al.
(2017), LSTM: a search space odyssey, for the way the backward pass is written, where a bar marks
what enters a nonlinearity: z = tanh(z_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid, softplus


def step(
    x: Array, h_prev: Array, c_prev: Array, n_prev: Array, m_prev: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, b_i: Array,
    W_f: Array, R_f: Array, b_f: Array,
    W_o: Array, R_o: Array, b_o: Array,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """h_t, c_t, n_t and m_t from x_t, h_{t-1}, c_{t-1}, n_{t-1} and m_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev, c_prev, n_prev, m_prev: h_{t-1}, c_{t-1}, n_{t-1} and m_{t-1}, shape (B, H).
        W_z, …, b_o: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t, c_t, n_t, m_t), shape (B, H) each.
    """
    z = np.tanh(x @ W_z.T + h_prev @ R_z.T + b_z)
    i_tilde = x @ W_i.T + h_prev @ R_i.T + b_i
    f_tilde = x @ W_f.T + h_prev @ R_f.T + b_f
    o = sigmoid(x @ W_o.T + h_prev @ R_o.T + b_o)
    # log σ(v) = −softplus(−v), which stays finite where σ(v) rounds to 0.
    log_f = -softplus(-f_tilde)
    m = np.maximum(log_f + m_prev, i_tilde)
    i = np.exp(i_tilde - m)
    f = np.exp(log_f + m_prev - m)
    c = f * c_prev + i * z
    n = f * n_prev + i
    h = o * c / n
    return h, c, n, m


def sequence(
    x: Array, h_0: Array, c_0: Array, n_0: Array, m_0: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, b_i: Array,
    W_f: Array, R_f: Array, b_f: Array,
    W_o: Array, R_o: Array, b_o: Array,
) -> tuple[Array, Array, Array, Array]:  # fmt: skip
    """h_t, c_t, n_t and m_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0, c_0, n_0, m_0: the initial states, shape (B, H).
        W_z, …, b_o: the parameters, shapes as in the module's docstring.
    Returns:
        (h, c, n, m), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    parameters = (W_z, R_z, b_z, W_i, R_i, b_i, W_f, R_f, b_f, W_o, R_o, b_o)
    h = [h_0]
    c = [c_0]
    n = [n_0]
    m = [m_0]
    for t in range(len(x)):
        h_t, c_t, n_t, m_t = step(x[t], h[-1], c[-1], n[-1], m[-1], *parameters)
        h.append(h_t)
        c.append(c_t)
        n.append(n_t)
        m.append(m_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(h)[1:], np.stack(c)[1:], np.stack(n)[1:], np.stack(m)[1:]


def gradients(
    x: Array, h_0: Array, c_0: Array, n_0: Array, m_0: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, b_i: Array,
    W_f: Array, R_f: Array, b_f: Array,
    W_o: Array, R_o: Array, b_o: Array,
    dh: Array, dc: Array, dn: Array, dm: Array,
) -> dict[str, Array]:  # fmt: skip
    """The adjoint of every argument of `sequence`, by backpropagation through time.

    Args:
        x, h_0, c_0, n_0, m_0, W_z, …, b_o: as for `sequence`.
        dh, dc, dn, dm: what the loss itself gives to each h_t, c_t, n_t and m_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dc_0", "dn_0", "dm_0", "dW_z", …, "db_o", each with the shape of what it is
        the adjoint of.
    """
    parameters = (W_z, R_z, b_z, W_i, R_i, b_i, W_f, R_f, b_f, W_o, R_o, b_o)
    h, c, n, m = sequence(x, h_0, c_0, n_0, m_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]
    n_prev = np.concatenate([n_0[np.newaxis], n])[:-1]
    m_prev = np.concatenate([m_0[np.newaxis], m])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    z = np.tanh(x @ W_z.T + h_prev @ R_z.T + b_z)
    i_tilde = x @ W_i.T + h_prev @ R_i.T + b_i
    f_tilde = x @ W_f.T + h_prev @ R_f.T + b_f
    o = sigmoid(x @ W_o.T + h_prev @ R_o.T + b_o)
    log_f = -softplus(-f_tilde)
    i = np.exp(i_tilde - m)
    f = np.exp(log_f + m_prev - m)

    dx = np.zeros_like(x)
    dW_z, dR_z, db_z = map(np.zeros_like, (W_z, R_z, b_z))
    dW_i, dR_i, db_i = map(np.zeros_like, (W_i, R_i, b_i))
    dW_f, dR_f, db_f = map(np.zeros_like, (W_f, R_f, b_f))
    dW_o, dR_o, db_o = map(np.zeros_like, (W_o, R_o, b_o))

    # What step t + 1 sends back to h_t, c_t, n_t and m_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    dc_next = np.zeros_like(c_0)
    dn_next = np.zeros_like(n_0)
    dm_next = np.zeros_like(m_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        do = dh_t * c[t] / n[t]
        dc_t = dc[t] + dh_t * o[t] / n[t] + dc_next
        dn_t = dn[t] - dh_t * o[t] * c[t] / n[t] ** 2 + dn_next
        dz = dc_t * i[t]
        di = dc_t * z[t] + dn_t
        df = dc_t * c_prev[t] + dn_t * n_prev[t]

        # Both exponents subtract m_t, which is the larger of what it is compared with.
        dm_t = dm[t] - di * i[t] - df * f[t] + dm_next
        dm_old = np.where(log_f[t] + m_prev[t] > i_tilde[t], dm_t, 0)
        dlog_f = df * f[t] + dm_old

        dz_bar = dz * (1 - z[t] ** 2)
        di_bar = di * i[t] + dm_t - dm_old
        df_bar = dlog_f * sigmoid(-f_tilde[t])
        do_bar = do * o[t] * (1 - o[t])

        dW_z += dz_bar.T @ x[t]
        dW_i += di_bar.T @ x[t]
        dW_f += df_bar.T @ x[t]
        dW_o += do_bar.T @ x[t]

        dR_z += dz_bar.T @ h_prev[t]
        dR_i += di_bar.T @ h_prev[t]
        dR_f += df_bar.T @ h_prev[t]
        dR_o += do_bar.T @ h_prev[t]

        db_z += dz_bar.sum(axis=0)
        db_i += di_bar.sum(axis=0)
        db_f += df_bar.sum(axis=0)
        db_o += do_bar.sum(axis=0)

        dx[t] = dz_bar @ W_z + di_bar @ W_i + df_bar @ W_f + do_bar @ W_o
        dh_next = dz_bar @ R_z + di_bar @ R_i + df_bar @ R_f + do_bar @ R_o
        dc_next = dc_t * f[t]
        dn_next = dn_t * f[t]
        dm_next = dlog_f

    return {
        "dx": dx, "dh_0": dh_next, "dc_0": dc_next, "dn_0": dn_next, "dm_0": dm_next,
        "dW_z": dW_z, "dR_z": dR_z, "db_z": db_z,
        "dW_i": dW_i, "dR_i": dR_i, "db_i": db_i,
        "dW_f": dW_f, "dR_f": dR_f, "db_f": db_f,
        "dW_o": dW_o, "dR_o": dR_o, "db_o": db_o,
    }  # fmt: skip
