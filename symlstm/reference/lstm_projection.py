"""The LSTM with peepholes and a recurrent projection, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    i_t = σ(W_ix x_t + W_ir r_{t-1} + w_ic ∘ c_{t-1} + b_i)
    f_t = σ(W_fx x_t + W_fr r_{t-1} + w_fc ∘ c_{t-1} + b_f)
    g_t = tanh(W_cx x_t + W_cr r_{t-1} + b_c)
    c_t = f_t ∘ c_{t-1} + i_t ∘ g_t
    o_t = σ(W_ox x_t + W_or r_{t-1} + w_oc ∘ c_t + b_o)
    m_t = o_t ∘ tanh(c_t)
    r_t = W_rm m_t

H cells, but only the P entries of their projection r_t are read at the next step, so that the
recurrent weights have H P entries in the place of H². The second letter of a weight is what it
reads. Sak et al. write diagonal matrices for w_·c and have g(…) for g_t inside c_t; their
projection p_t that no step reads is left out.

Shapes: x_t (D,), r_t (P,), c_t and m_t (H,), W_·x (H, D), W_·r (H, P), w_·c and b_· (H,),
W_rm (P, H). The code keeps the weights as they are and stores one example a row, so W x becomes
x @ W.T. All arrays have one dtype, and every result has it too.

Sources: Sak, Senior & Beaufays (2014), Long short-term memory based recurrent neural network
architectures for large vocabulary speech recognition, section 2; Greff et al. (2017), LSTM: a
search space odyssey, for the backward pass, where a bar marks what enters a nonlinearity:
i = σ(i_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, r_prev: Array, c_prev: Array,
    W_ix: Array, W_ir: Array, w_ic: Array, b_i: Array,
    W_fx: Array, W_fr: Array, w_fc: Array, b_f: Array,
    W_cx: Array, W_cr: Array, b_c: Array,
    W_ox: Array, W_or: Array, w_oc: Array, b_o: Array,
    W_rm: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """r_t and c_t from x_t, r_{t-1} and c_{t-1}.

    Args:
        x: x_t, shape (B, D).
        r_prev, c_prev: r_{t-1} and c_{t-1}, shapes (B, P) and (B, H).
        W_ix, …, W_rm: the parameters, shapes as in the module's docstring.
    Returns:
        (r_t, c_t), shapes (B, P) and (B, H).
    """
    i = sigmoid(x @ W_ix.T + r_prev @ W_ir.T + w_ic * c_prev + b_i)
    f = sigmoid(x @ W_fx.T + r_prev @ W_fr.T + w_fc * c_prev + b_f)
    g = np.tanh(x @ W_cx.T + r_prev @ W_cr.T + b_c)
    c = f * c_prev + i * g
    o = sigmoid(x @ W_ox.T + r_prev @ W_or.T + w_oc * c + b_o)
    m = o * np.tanh(c)
    r = m @ W_rm.T
    return r, c


def sequence(
    x: Array, r_0: Array, c_0: Array,
    W_ix: Array, W_ir: Array, w_ic: Array, b_i: Array,
    W_fx: Array, W_fr: Array, w_fc: Array, b_f: Array,
    W_cx: Array, W_cr: Array, b_c: Array,
    W_ox: Array, W_or: Array, w_oc: Array, b_o: Array,
    W_rm: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """r_t and c_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        r_0, c_0: the initial states, shapes (B, P) and (B, H).
        W_ix, …, W_rm: the parameters, shapes as in the module's docstring.
    Returns:
        (r, c), shapes (T, B, P) and (T, B, H); T = 0 gives empty arrays.
    """
    r = [r_0]
    c = [c_0]
    for t in range(len(x)):
        r_t, c_t = step(
            x[t], r[-1], c[-1],
            W_ix, W_ir, w_ic, b_i,
            W_fx, W_fr, w_fc, b_f,
            W_cx, W_cr, b_c,
            W_ox, W_or, w_oc, b_o,
            W_rm,
        )  # fmt: skip
        r.append(r_t)
        c.append(c_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(r)[1:], np.stack(c)[1:]


def gradients(
    x: Array, r_0: Array, c_0: Array,
    W_ix: Array, W_ir: Array, w_ic: Array, b_i: Array,
    W_fx: Array, W_fr: Array, w_fc: Array, b_f: Array,
    W_cx: Array, W_cr: Array, b_c: Array,
    W_ox: Array, W_or: Array, w_oc: Array, b_o: Array,
    W_rm: Array,
    dr: Array, dc: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂r_0, ∂L/∂c_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, r_0, c_0, W_ix, …, W_rm: as for `sequence`.
        dr, dc: what the loss itself gives to each r_t and c_t, shapes (T, B, P) and (T, B, H).
    Returns:
        "dx", "dr_0", "dc_0", "dW_ix", …, "dW_rm", each with the shape of what it is the adjoint of.
    """
    r, c = sequence(
        x, r_0, c_0,
        W_ix, W_ir, w_ic, b_i,
        W_fx, W_fr, w_fc, b_f,
        W_cx, W_cr, b_c,
        W_ox, W_or, w_oc, b_o,
        W_rm,
    )  # fmt: skip
    r_prev = np.concatenate([r_0[np.newaxis], r])[:-1]
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]

    # With every state at hand, each gate is one expression for all time steps.
    i = sigmoid(x @ W_ix.T + r_prev @ W_ir.T + w_ic * c_prev + b_i)
    f = sigmoid(x @ W_fx.T + r_prev @ W_fr.T + w_fc * c_prev + b_f)
    g = np.tanh(x @ W_cx.T + r_prev @ W_cr.T + b_c)
    o = sigmoid(x @ W_ox.T + r_prev @ W_or.T + w_oc * c + b_o)
    m = o * np.tanh(c)

    dx = np.zeros_like(x)
    dW_ix, dW_ir, dw_ic, db_i = map(np.zeros_like, (W_ix, W_ir, w_ic, b_i))
    dW_fx, dW_fr, dw_fc, db_f = map(np.zeros_like, (W_fx, W_fr, w_fc, b_f))
    dW_cx, dW_cr, db_c = map(np.zeros_like, (W_cx, W_cr, b_c))
    dW_ox, dW_or, dw_oc, db_o = map(np.zeros_like, (W_ox, W_or, w_oc, b_o))
    dW_rm = np.zeros_like(W_rm)

    # What step t + 1 sends back to r_t and c_t; nothing follows the last step.
    dr_next = np.zeros_like(r_0)
    dc_next = np.zeros_like(c_0)
    for t in reversed(range(len(x))):
        dr_t = dr[t] + dr_next
        dm = dr_t @ W_rm
        # o_t reads c_t, so its adjoint comes before that of c_t.
        do = dm * np.tanh(c[t])
        do_bar = do * o[t] * (1 - o[t])
        dc_t = dc[t] + dm * o[t] * (1 - np.tanh(c[t]) ** 2) + do_bar * w_oc + dc_next
        di = dc_t * g[t]
        df = dc_t * c_prev[t]
        dg = dc_t * i[t]

        di_bar = di * i[t] * (1 - i[t])
        df_bar = df * f[t] * (1 - f[t])
        dg_bar = dg * (1 - g[t] ** 2)

        dW_ix += di_bar.T @ x[t]
        dW_fx += df_bar.T @ x[t]
        dW_cx += dg_bar.T @ x[t]
        dW_ox += do_bar.T @ x[t]

        dW_ir += di_bar.T @ r_prev[t]
        dW_fr += df_bar.T @ r_prev[t]
        dW_cr += dg_bar.T @ r_prev[t]
        dW_or += do_bar.T @ r_prev[t]
        dW_rm += dr_t.T @ m[t]

        dw_ic += (di_bar * c_prev[t]).sum(axis=0)
        dw_fc += (df_bar * c_prev[t]).sum(axis=0)
        dw_oc += (do_bar * c[t]).sum(axis=0)

        db_i += di_bar.sum(axis=0)
        db_f += df_bar.sum(axis=0)
        db_c += dg_bar.sum(axis=0)
        db_o += do_bar.sum(axis=0)

        dx[t] = di_bar @ W_ix + df_bar @ W_fx + dg_bar @ W_cx + do_bar @ W_ox
        dr_next = di_bar @ W_ir + df_bar @ W_fr + dg_bar @ W_cr + do_bar @ W_or
        dc_next = dc_t * f[t] + di_bar * w_ic + df_bar * w_fc

    return {
        "dx": dx, "dr_0": dr_next, "dc_0": dc_next,
        "dW_ix": dW_ix, "dW_ir": dW_ir, "dw_ic": dw_ic, "db_i": db_i,
        "dW_fx": dW_fx, "dW_fr": dW_fr, "dw_fc": dw_fc, "db_f": db_f,
        "dW_cx": dW_cx, "dW_cr": dW_cr, "db_c": db_c,
        "dW_ox": dW_ox, "dW_or": dW_or, "dw_oc": dw_oc, "db_o": db_o,
        "dW_rm": dW_rm,
    }  # fmt: skip
