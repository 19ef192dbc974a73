"""The LSTM on the concatenation [h_{t-1}, x_t], and its backpropagation through time.

One idea: the equations as a person types them from the source, one line per quantity.

    i_t = σ(W_i [h_{t-1}, x_t] + b_i)
    f_t = σ(W_f [h_{t-1}, x_t] + b_f)
    o_t = σ(W_o [h_{t-1}, x_t] + b_o)
    g_t = tanh(W_c [h_{t-1}, x_t] + b_c)
    c_t = f_t ∘ c_{t-1} + i_t ∘ g_t
    h_t = o_t ∘ tanh(c_t)

Shapes: x_t (D,), h_t and c_t (H,), [h_{t-1}, x_t] (H+D,), W_· (H, H+D), b_· (H,). The code keeps
the weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays have one
dtype, and every result has it too.

Sources: Olah (2015), Understanding LSTM networks, where g_t is called C̃_t; Gers, Schmidhuber &
Cummins (2000), Learning to forget, for the forget gate; Greff et al. (2017), LSTM: a search space
odyssey, for the backward pass, where a bar marks what enters a nonlinearity: i = σ(i_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array, c_prev: Array,
    W_i: Array, b_i: Array,
    W_f: Array, b_f: Array,
    W_o: Array, b_o: Array,
    W_c: Array, b_c: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and c_t from x_t, h_{t-1} and c_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev, c_prev: h_{t-1} and c_{t-1}, shape (B, H).
        W_i, …, b_c: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t, c_t), shape (B, H) each.
    """
    hx = np.concatenate([h_prev, x], axis=-1)
    i = sigmoid(hx @ W_i.T + b_i)
    f = sigmoid(hx @ W_f.T + b_f)
    o = sigmoid(hx @ W_o.T + b_o)
    g = np.tanh(hx @ W_c.T + b_c)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def sequence(
    x: Array, h_0: Array, c_0: Array,
    W_i: Array, b_i: Array,
    W_f: Array, b_f: Array,
    W_o: Array, b_o: Array,
    W_c: Array, b_c: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and c_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0, c_0: the initial states, shape (B, H).
        W_i, …, b_c: the parameters, shapes as in the module's docstring.
    Returns:
        (h, c), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    h = [h_0]
    c = [c_0]
    for t in range(len(x)):
        h_t, c_t = step(x[t], h[-1], c[-1], W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c)
        h.append(h_t)
        c.append(c_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(h)[1:], np.stack(c)[1:]


def gradients(
    x: Array, h_0: Array, c_0: Array,
    W_i: Array, b_i: Array,
    W_f: Array, b_f: Array,
    W_o: Array, b_o: Array,
    W_c: Array, b_c: Array,
    dh: Array, dc: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0, ∂L/∂c_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, c_0, W_i, …, b_c: as for `sequence`.
        dh, dc: what the loss itself gives to each h_t and c_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dc_0", "dW_i", …, "db_c", each with the shape of what it is the adjoint of.
    """
    h, c = sequence(x, h_0, c_0, W_i, b_i, W_f, b_f, W_o, b_o, W_c, b_c)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]

    # With every state at hand, each gate is one expression for all time steps.
    hx = np.concatenate([h_prev, x], axis=-1)
    i = sigmoid(hx @ W_i.T + b_i)
    f = sigmoid(hx @ W_f.T + b_f)
    o = sigmoid(hx @ W_o.T + b_o)
    g = np.tanh(hx @ W_c.T + b_c)

    H = h_0.shape[-1]
    dx = np.zeros_like(x)
    dW_i, db_i = map(np.zeros_like, (W_i, b_i))
    dW_f, db_f = map(np.zeros_like, (W_f, b_f))
    dW_o, db_o = map(np.zeros_like, (W_o, b_o))
    dW_c, db_c = map(np.zeros_like, (W_c, b_c))

    # What step t + 1 sends back to h_t and c_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    dc_next = np.zeros_like(c_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        do = dh_t * np.tanh(c[t])
        dc_t = dc[t] + dh_t * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next
        di = dc_t * g[t]
        df = dc_t * c_prev[t]
        dg = dc_t * i[t]

        di_bar = di * i[t] * (1 - i[t])
        df_bar = df * f[t] * (1 - f[t])
        do_bar = do * o[t] * (1 - o[t])
        dg_bar = dg * (1 - g[t] ** 2)

        dW_i += di_bar.T @ hx[t]
        dW_f += df_bar.T @ hx[t]
        dW_o += do_bar.T @ hx[t]
        dW_c += dg_bar.T @ hx[t]

        db_i += di_bar.sum(axis=0)
        db_f += df_bar.sum(axis=0)
        db_o += do_bar.sum(axis=0)
        db_c += dg_bar.sum(axis=0)

        dhx = di_bar @ W_i + df_bar @ W_f + do_bar @ W_o + dg_bar @ W_c
        dh_next = dhx[:, :H]
        dx[t] = dhx[:, H:]
        dc_next = dc_t * f[t]

    return {
        "dx": dx, "dh_0": dh_next, "dc_0": dc_next,
        "dW_i": dW_i, "db_i": db_i,
        "dW_f": dW_f, "db_f": db_f,
        "dW_o": dW_o, "db_o": db_o,
        "dW_c": dW_c, "db_c": db_c,
    }  # fmt: skip
