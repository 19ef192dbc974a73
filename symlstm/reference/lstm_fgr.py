"""The vanilla LSTM with full gate recurrence, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    z_t = tanh(W_z x_t + R_z y_{t-1} + b_z)
    i_t = σ(W_i x_t + R_i y_{t-1} + p_i ∘ c_{t-1} + b_i
            + R_ii i_{t-1} + R_fi f_{t-1} + R_oi o_{t-1})
    f_t = σ(W_f x_t + R_f y_{t-1} + p_f ∘ c_{t-1} + b_f
            + R_if i_{t-1} + R_ff f_{t-1} + R_of o_{t-1})
    c_t = z_t ∘ i_t + c_{t-1} ∘ f_t
    o_t = σ(W_o x_t + R_o y_{t-1} + p_o ∘ c_t + b_o
            + R_io i_{t-1} + R_fo f_{t-1} + R_oo o_{t-1})
    y_t = tanh(c_t) ∘ o_t

Every gate reads the three gates of the step before: nine more recurrent weights, of which R_fi
leads from the forget gate to the input gate. So the gates are states, and what the next step sends
back to each of them is carried. The block input reads no gate.

Shapes: x_t (D,), y_t, c_t, i_t, f_t and o_t (H,), W_· (H, D), R_· and R_·· (H, H), p_· and b_·
(H,). The code keeps the weights as they are and stores one example a row, so W x becomes x @ W.T.
All arrays have one dtype, and every result has it too.

Source: Greff, Srivastava, Koutník, Steunebrink & Schmidhuber (2017), LSTM: a search space odyssey,
variant FGR, and its section II for the backward pass, where a bar marks what enters a
nonlinearity: i = σ(i_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, y_prev: Array, c_prev: Array, i_prev: Array, f_prev: Array, o_prev: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, p_i: Array, b_i: Array,
    R_ii: Array, R_fi: Array, R_oi: Array,
    W_f: Array, R_f: Array, p_f: Array, b_f: Array,
    R_if: Array, R_ff: Array, R_of: Array,
    W_o: Array, R_o: Array, p_o: Array, b_o: Array,
    R_io: Array, R_fo: Array, R_oo: Array,
) -> tuple[Array, Array, Array, Array, Array]:  # fmt: skip
    """y_t, c_t, i_t, f_t and o_t from x_t, y_{t-1}, c_{t-1}, i_{t-1}, f_{t-1} and o_{t-1}.

    Args:
        x: x_t, shape (B, D).
        y_prev, c_prev, i_prev, f_prev, o_prev: y_{t-1}, c_{t-1}, i_{t-1}, f_{t-1} and o_{t-1},
            shape (B, H).
        W_z, …, R_oo: the parameters, shapes as in the module's docstring.
    Returns:
        (y_t, c_t, i_t, f_t, o_t), shape (B, H) each.
    """
    z = np.tanh(x @ W_z.T + y_prev @ R_z.T + b_z)
    i = sigmoid(
        x @ W_i.T + y_prev @ R_i.T + p_i * c_prev + b_i
        + i_prev @ R_ii.T + f_prev @ R_fi.T + o_prev @ R_oi.T
    )  # fmt: skip
    f = sigmoid(
        x @ W_f.T + y_prev @ R_f.T + p_f * c_prev + b_f
        + i_prev @ R_if.T + f_prev @ R_ff.T + o_prev @ R_of.T
    )  # fmt: skip
    c = z * i + c_prev * f
    o = sigmoid(
        x @ W_o.T + y_prev @ R_o.T + p_o * c + b_o
        + i_prev @ R_io.T + f_prev @ R_fo.T + o_prev @ R_oo.T
    )  # fmt: skip
    y = np.tanh(c) * o
    return y, c, i, f, o


def sequence(
    x: Array, y_0: Array, c_0: Array, i_0: Array, f_0: Array, o_0: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, p_i: Array, b_i: Array,
    R_ii: Array, R_fi: Array, R_oi: Array,
    W_f: Array, R_f: Array, p_f: Array, b_f: Array,
    R_if: Array, R_ff: Array, R_of: Array,
    W_o: Array, R_o: Array, p_o: Array, b_o: Array,
    R_io: Array, R_fo: Array, R_oo: Array,
) -> tuple[Array, Array, Array, Array, Array]:  # fmt: skip
    """y_t, c_t, i_t, f_t and o_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        y_0, c_0, i_0, f_0, o_0: the initial states, shape (B, H).
        W_z, …, R_oo: the parameters, shapes as in the module's docstring.
    Returns:
        (y, c, i, f, o), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    y = [y_0]
    c = [c_0]
    i = [i_0]
    f = [f_0]
    o = [o_0]
    for t in range(len(x)):
        y_t, c_t, i_t, f_t, o_t = step(
            x[t], y[-1], c[-1], i[-1], f[-1], o[-1],
            W_z, R_z, b_z,
            W_i, R_i, p_i, b_i,
            R_ii, R_fi, R_oi,
            W_f, R_f, p_f, b_f,
            R_if, R_ff, R_of,
            W_o, R_o, p_o, b_o,
            R_io, R_fo, R_oo,
        )  # fmt: skip
        y.append(y_t)
        c.append(c_t)
        i.append(i_t)
        f.append(f_t)
        o.append(o_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(y)[1:], np.stack(c)[1:], np.stack(i)[1:], np.stack(f)[1:], np.stack(o)[1:]


def gradients(
    x: Array, y_0: Array, c_0: Array, i_0: Array, f_0: Array, o_0: Array,
    W_z: Array, R_z: Array, b_z: Array,
    W_i: Array, R_i: Array, p_i: Array, b_i: Array,
    R_ii: Array, R_fi: Array, R_oi: Array,
    W_f: Array, R_f: Array, p_f: Array, b_f: Array,
    R_if: Array, R_ff: Array, R_of: Array,
    W_o: Array, R_o: Array, p_o: Array, b_o: Array,
    R_io: Array, R_fo: Array, R_oo: Array,
    dy: Array, dc: Array, di: Array, df: Array, do: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂ the input, the initial states and each parameter, by backpropagation through time.

    Args:
        x, y_0, c_0, i_0, f_0, o_0, W_z, …, R_oo: as for `sequence`.
        dy, dc, di, df, do: what the loss itself gives to each y_t, c_t, i_t, f_t and o_t, shape (T,
            B, H).
    Returns:
        "dx", "dy_0", "dc_0", "di_0", "df_0", "do_0", "dW_z", …, "dR_oo", each with the shape of
        what it is the adjoint of.
    """
    y, c, i, f, o = sequence(
        x, y_0, c_0, i_0, f_0, o_0,
        W_z, R_z, b_z,
        W_i, R_i, p_i, b_i,
        R_ii, R_fi, R_oi,
        W_f, R_f, p_f, b_f,
        R_if, R_ff, R_of,
        W_o, R_o, p_o, b_o,
        R_io, R_fo, R_oo,
    )  # fmt: skip
    y_prev = np.concatenate([y_0[np.newaxis], y])[:-1]
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]
    i_prev = np.concatenate([i_0[np.newaxis], i])[:-1]
    f_prev = np.concatenate([f_0[np.newaxis], f])[:-1]
    o_prev = np.concatenate([o_0[np.newaxis], o])[:-1]

    # With every state at hand, the block input is one expression for all time steps.
    z = np.tanh(x @ W_z.T + y_prev @ R_z.T + b_z)

    dx = np.zeros_like(x)
    dW_z, dR_z, db_z = map(np.zeros_like, (W_z, R_z, b_z))
    dW_i, dR_i, dp_i, db_i = map(np.zeros_like, (W_i, R_i, p_i, b_i))
    dR_ii, dR_fi, dR_oi = map(np.zeros_like, (R_ii, R_fi, R_oi))
    dW_f, dR_f, dp_f, db_f = map(np.zeros_like, (W_f, R_f, p_f, b_f))
    dR_if, dR_ff, dR_of = map(np.zeros_like, (R_if, R_ff, R_of))
    dW_o, dR_o, dp_o, db_o = map(np.zeros_like, (W_o, R_o, p_o, b_o))
    dR_io, dR_fo, dR_oo = map(np.zeros_like, (R_io, R_fo, R_oo))

    # What step t + 1 sends back to y_t, c_t, i_t, f_t and o_t; nothing follows the last step.
    dy_next = np.zeros_like(y_0)
    dc_next = np.zeros_like(c_0)
    di_next = np.zeros_like(i_0)
    df_next = np.zeros_like(f_0)
    do_next = np.zeros_like(o_0)
    for t in reversed(range(len(x))):
        dy_t = dy[t] + dy_next
        # o_t reads c_t, so its adjoint comes before that of c_t.
        do_t = do[t] + dy_t * np.tanh(c[t]) + do_next
        do_bar = do_t * o[t] * (1 - o[t])
        dc_t = dc[t] + dy_t * o[t] * (1 - np.tanh(c[t]) ** 2) + do_bar * p_o + dc_next
        df_t = df[t] + dc_t * c_prev[t] + df_next
        di_t = di[t] + dc_t * z[t] + di_next
        dz = dc_t * i[t]

        df_bar = df_t * f[t] * (1 - f[t])
        di_bar = di_t * i[t] * (1 - i[t])
        dz_bar = dz * (1 - z[t] ** 2)

        dW_z += dz_bar.T @ x[t]
        dW_i += di_bar.T @ x[t]
        dW_f += df_bar.T @ x[t]
        dW_o += do_bar.T @ x[t]

        dR_z += dz_bar.T @ y_prev[t]
        dR_i += di_bar.T @ y_prev[t]
        dR_f += df_bar.T @ y_prev[t]
        dR_o += do_bar.T @ y_prev[t]

        dR_ii += di_bar.T @ i_prev[t]
        dR_fi += di_bar.T @ f_prev[t]
        dR_oi += di_bar.T @ o_prev[t]
        dR_if += df_bar.T @ i_prev[t]
        dR_ff += df_bar.T @ f_prev[t]
        dR_of += df_bar.T @ o_prev[t]
        dR_io += do_bar.T @ i_prev[t]
        dR_fo += do_bar.T @ f_prev[t]
        dR_oo += do_bar.T @ o_prev[t]

        dp_i += (di_bar * c_prev[t]).sum(axis=0)
        dp_f += (df_bar * c_prev[t]).sum(axis=0)
        dp_o += (do_bar * c[t]).sum(axis=0)

        db_z += dz_bar.sum(axis=0)
        db_i += di_bar.sum(axis=0)
        db_f += df_bar.sum(axis=0)
        db_o += do_bar.sum(axis=0)

        dx[t] = dz_bar @ W_z + di_bar @ W_i + df_bar @ W_f + do_bar @ W_o
        dy_next = dz_bar @ R_z + di_bar @ R_i + df_bar @ R_f + do_bar @ R_o
        dc_next = dc_t * f[t] + di_bar * p_i + df_bar * p_f
        di_next = di_bar @ R_ii + df_bar @ R_if + do_bar @ R_io
        df_next = di_bar @ R_fi + df_bar @ R_ff + do_bar @ R_fo
        do_next = di_bar @ R_oi + df_bar @ R_of + do_bar @ R_oo

    return {
        "dx": dx, "dy_0": dy_next, "dc_0": dc_next,
        "di_0": di_next, "df_0": df_next, "do_0": do_next,
        "dW_z": dW_z, "dR_z": dR_z, "db_z": db_z,
        "dW_i": dW_i, "dR_i": dR_i, "dp_i": dp_i, "db_i": db_i,
        "dR_ii": dR_ii, "dR_fi": dR_fi, "dR_oi": dR_oi,
        "dW_f": dW_f, "dR_f": dR_f, "dp_f": dp_f, "db_f": db_f,
        "dR_if": dR_if, "dR_ff": dR_ff, "dR_of": dR_of,
        "dW_o": dW_o, "dR_o": dR_o, "dp_o": dp_o, "db_o": db_o,
        "dR_io": dR_io, "dR_fo": dR_fo, "dR_oo": dR_oo,
    }  # fmt: skip
