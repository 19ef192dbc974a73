"""The LSTM with coupled input and forget gates, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    i_t = σ(W_xi x_t + W_hi h_{t-1} + b_i)
    o_t = σ(W_xo x_t + W_ho h_{t-1} + b_o)
    g_t = tanh(W_xc x_t + W_hc h_{t-1} + b_c)
    c_t = (1 − i_t) ∘ c_{t-1} + i_t ∘ g_t
    h_t = o_t ∘ tanh(c_t)

One gate decides both what is forgotten and what is written: c_t is a weighted mean of c_{t-1} and
g_t, entry by entry, and i_t moves it by g_t − c_{t-1}.

Shapes: x_t (D,), h_t and c_t (H,), W_x· (H, D), W_h· (H, H), b_· (H,). The code keeps the weights
as they are and stores one example a row, so W x becomes x @ W.T. All arrays have one dtype, and
every result has it too.

Sources: Greff et al. (2017), LSTM: a search space odyssey, variant CIFG, here without peepholes,
and for the backward pass, where a bar marks what enters a nonlinearity: i = σ(i_bar); Graves
(2013), Generating sequences with recurrent neural networks, for the notation.
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, h_prev: Array, c_prev: Array,
    W_xi: Array, W_hi: Array, b_i: Array,
    W_xo: Array, W_ho: Array, b_o: Array,
    W_xc: Array, W_hc: Array, b_c: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and c_t from x_t, h_{t-1} and c_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev, c_prev: h_{t-1} and c_{t-1}, shape (B, H).
        W_xi, …, b_c: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t, c_t), shape (B, H) each.
    """
    i = sigmoid(x @ W_xi.T + h_prev @ W_hi.T + b_i)
    o = sigmoid(x @ W_xo.T + h_prev @ W_ho.T + b_o)
    g = np.tanh(x @ W_xc.T + h_prev @ W_hc.T + b_c)
    c = (1 - i) * c_prev + i * g
    h = o * np.tanh(c)
    return h, c


def sequence(
    x: Array, h_0: Array, c_0: Array,
    W_xi: Array, W_hi: Array, b_i: Array,
    W_xo: Array, W_ho: Array, b_o: Array,
    W_xc: Array, W_hc: Array, b_c: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and c_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0, c_0: the initial states, shape (B, H).
        W_xi, …, b_c: the parameters, shapes as in the module's docstring.
    Returns:
        (h, c), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    parameters = (W_xi, W_hi, b_i, W_xo, W_ho, b_o, W_xc, W_hc, b_c)
    h = [h_0]
    c = [c_0]
    for t in range(len(x)):
        h_t, c_t = step(x[t], h[-1], c[-1], *parameters)
        h.append(h_t)
        c.append(c_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(h)[1:], np.stack(c)[1:]


def gradients(
    x: Array, h_0: Array, c_0: Array,
    W_xi: Array, W_hi: Array, b_i: Array,
    W_xo: Array, W_ho: Array, b_o: Array,
    W_xc: Array, W_hc: Array, b_c: Array,
    dh: Array, dc: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0, ∂L/∂c_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, c_0, W_xi, …, b_c: as for `sequence`.
        dh, dc: what the loss itself gives to each h_t and c_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dc_0", "dW_xi", …, "db_c", each with the shape of what it is the adjoint of.
    """
    parameters = (W_xi, W_hi, b_i, W_xo, W_ho, b_o, W_xc, W_hc, b_c)
    h, c = sequence(x, h_0, c_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]

    # With every state at hand, each gate is one expression for all time steps.
    i = sigmoid(x @ W_xi.T + h_prev @ W_hi.T + b_i)
    o = sigmoid(x @ W_xo.T + h_prev @ W_ho.T + b_o)
    g = np.tanh(x @ W_xc.T + h_prev @ W_hc.T + b_c)

    dx = np.zeros_like(x)
    dW_xi, dW_hi, db_i = map(np.zeros_like, (W_xi, W_hi, b_i))
    dW_xo, dW_ho, db_o = map(np.zeros_like, (W_xo, W_ho, b_o))
    dW_xc, dW_hc, db_c = map(np.zeros_like, (W_xc, W_hc, b_c))

    # What step t + 1 sends back to h_t and c_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    dc_next = np.zeros_like(c_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        do = dh_t * np.tanh(c[t])
        dc_t = dc[t] + dh_t * o[t] * (1 - np.tanh(c[t]) ** 2) + dc_next
        di = dc_t * (g[t] - c_prev[t])
        dg = dc_t * i[t]

        di_bar = di * i[t] * (1 - i[t])
        do_bar = do * o[t] * (1 - o[t])
        dg_bar = dg * (1 - g[t] ** 2)

        dW_xi += di_bar.T @ x[t]
        dW_xo += do_bar.T @ x[t]
        dW_xc += dg_bar.T @ x[t]

        dW_hi += di_bar.T @ h_prev[t]
        dW_ho += do_bar.T @ h_prev[t]
        dW_hc += dg_bar.T @ h_prev[t]

        db_i += di_bar.sum(axis=0)
        db_o += do_bar.sum(axis=0)
        db_c += dg_bar.sum(axis=0)

        dx[t] = di_bar @ W_xi + do_bar @ W_xo + dg_bar @ W_xc
        dh_next = di_bar @ W_hi + do_bar @ W_ho + dg_bar @ W_hc
        dc_next = dc_t * (1 - i[t])

    return {
        "dx": dx, "dh_0": dh_next, "dc_0": dc_next,
        "dW_xi": dW_xi, "dW_hi": dW_hi, "db_i": db_i,
        "dW_xo": dW_xo, "dW_ho": dW_ho, "db_o": db_o,
        "dW_xc": dW_xc, "dW_hc": dW_hc, "db_c": db_c,
    }  # fmt: skip
