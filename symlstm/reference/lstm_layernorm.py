"""The LSTM with layer normalisation, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    (f_t, i_t, o_t, g_t) = LN(W_h h_{t-1}; α_1, β_1) + LN(W_x x_t; α_2, β_2) + b
    c_t = σ(f_t) ∘ c_{t-1} + σ(i_t) ∘ tanh(g_t)
    h_t = σ(o_t) ∘ tanh(LN(c_t; α_3, β_3))

    LN(z; α, β) = (z − mean(z)) / sqrt(mean((z − mean(z))²)) ∘ α + β

The four gates are stacked, so that one mean and one deviation are taken over all 4 H entries, not
over those of each gate. f_t, i_t, o_t and g_t are what enters a nonlinearity. c_t goes on to the
next step as it is; only what h_t shows of it is normalised. No ε keeps the deviation from zero: z
must have two different entries.

Shapes: x_t (D,), h_t and c_t (H,), W_h (4H, H), W_x (4H, D), b, α_1, β_1, α_2 and β_2 (4H,), α_3
and β_3 (H,), rows in the order f, i, o, g. The code keeps the weights as they are and stores one
example a row, so W x becomes x @ W.T. All arrays have one dtype, and every result has it too.

Sources: Ba, Kiros & Hinton (2016), Layer normalization, supplementary material, eqs. 15, 16 and 20
to 22; Greff et al. (2017), LSTM: a search space odyssey, for the rest of the backward pass.
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def standardise(z: Array) -> tuple[Array, Array]:
    """(z − μ) / s and s, with the mean μ and the deviation s of the last axis.

    Args:
        z: shape (…, K).
    Returns:
        shapes (…, K) and (…, 1).
    """
    centred = z - z.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True))
    return centred / deviation, deviation


def pull_standardise(dn: Array, n: Array, deviation: Array) -> Array:
    """n = (z − μ) / s  ⇒  dz = (dn − mean(dn) − n ∘ mean(dn ∘ n)) / s.

    Adding a constant to z, or scaling it, leaves n as it is: dz is dn without its shares along the
    vector of ones and along n, which are orthogonal and of length √K each.

    Args:
        dn, n: shape (…, K).
        deviation: s, shape (…, 1).
    Returns:
        dz, shape (…, K).
    """
    along_constant = dn.mean(axis=-1, keepdims=True)
    along_n = (dn * n).mean(axis=-1, keepdims=True)
    return (dn - along_constant - n * along_n) / deviation


def step(
    x: Array, h_prev: Array, c_prev: Array,
    W_h: Array, alpha_1: Array, beta_1: Array,
    W_x: Array, alpha_2: Array, beta_2: Array,
    b: Array,
    alpha_3: Array, beta_3: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and c_t from x_t, h_{t-1} and c_{t-1}.

    Args:
        x: x_t, shape (B, D).
        h_prev, c_prev: h_{t-1} and c_{t-1}, shape (B, H).
        W_h, …, beta_3: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t, c_t), shape (B, H) each.
    """
    from_h, _ = standardise(h_prev @ W_h.T)
    from_x, _ = standardise(x @ W_x.T)
    gates = from_h * alpha_1 + beta_1 + from_x * alpha_2 + beta_2 + b
    f, i, o, g = np.split(gates, 4, axis=-1)
    c = sigmoid(f) * c_prev + sigmoid(i) * np.tanh(g)
    from_c, _ = standardise(c)
    h = sigmoid(o) * np.tanh(from_c * alpha_3 + beta_3)
    return h, c


def sequence(
    x: Array, h_0: Array, c_0: Array,
    W_h: Array, alpha_1: Array, beta_1: Array,
    W_x: Array, alpha_2: Array, beta_2: Array,
    b: Array,
    alpha_3: Array, beta_3: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """h_t and c_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        h_0, c_0: the initial states, shape (B, H).
        W_h, …, beta_3: the parameters, shapes as in the module's docstring.
    Returns:
        (h, c), shape (T, B, H) each; T = 0 gives empty arrays.
    """
    parameters = (W_h, alpha_1, beta_1, W_x, alpha_2, beta_2, b, alpha_3, beta_3)
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
    W_h: Array, alpha_1: Array, beta_1: Array,
    W_x: Array, alpha_2: Array, beta_2: Array,
    b: Array,
    alpha_3: Array, beta_3: Array,
    dh: Array, dc: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0, ∂L/∂c_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, c_0, W_h, …, beta_3: as for `sequence`.
        dh, dc: what the loss itself gives to each h_t and c_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dc_0", "dW_h", …, "dbeta_3", each with the shape of what it is the adjoint
        of.
    """
    parameters = (W_h, alpha_1, beta_1, W_x, alpha_2, beta_2, b, alpha_3, beta_3)
    h, c = sequence(x, h_0, c_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]
    c_prev = np.concatenate([c_0[np.newaxis], c])[:-1]

    # With every state at hand, each quantity is one expression for all time steps.
    from_h, deviation_h = standardise(h_prev @ W_h.T)
    from_x, deviation_x = standardise(x @ W_x.T)
    from_c, deviation_c = standardise(c)
    gates = from_h * alpha_1 + beta_1 + from_x * alpha_2 + beta_2 + b
    f, i, o, g = np.split(gates, 4, axis=-1)
    shown = np.tanh(from_c * alpha_3 + beta_3)

    dx = np.zeros_like(x)
    dW_h, dalpha_1, dbeta_1 = map(np.zeros_like, (W_h, alpha_1, beta_1))
    dW_x, dalpha_2, dbeta_2 = map(np.zeros_like, (W_x, alpha_2, beta_2))
    db = np.zeros_like(b)
    dalpha_3, dbeta_3 = map(np.zeros_like, (alpha_3, beta_3))

    # What step t + 1 sends back to h_t and c_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    dc_next = np.zeros_like(c_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        do = dh_t * shown[t] * sigmoid(o[t]) * (1 - sigmoid(o[t]))
        # c_tilde = LN(c_t; α_3, β_3)
        dc_tilde = dh_t * sigmoid(o[t]) * (1 - shown[t] ** 2)
        dc_t = dc[t] + pull_standardise(dc_tilde * alpha_3, from_c[t], deviation_c[t]) + dc_next
        df = dc_t * c_prev[t] * sigmoid(f[t]) * (1 - sigmoid(f[t]))
        di = dc_t * np.tanh(g[t]) * sigmoid(i[t]) * (1 - sigmoid(i[t]))
        dg = dc_t * sigmoid(i[t]) * (1 - np.tanh(g[t]) ** 2)

        # A bar marks what enters LN: h_bar = W_h h_{t-1} and x_bar = W_x x_t.
        dgates = np.concatenate([df, di, do, dg], axis=-1)
        dh_bar = pull_standardise(dgates * alpha_1, from_h[t], deviation_h[t])
        dx_bar = pull_standardise(dgates * alpha_2, from_x[t], deviation_x[t])

        dW_h += dh_bar.T @ h_prev[t]
        dW_x += dx_bar.T @ x[t]

        dalpha_1 += (dgates * from_h[t]).sum(axis=0)
        dalpha_2 += (dgates * from_x[t]).sum(axis=0)
        dalpha_3 += (dc_tilde * from_c[t]).sum(axis=0)

        dbeta_1 += dgates.sum(axis=0)
        dbeta_2 += dgates.sum(axis=0)
        dbeta_3 += dc_tilde.sum(axis=0)
        db += dgates.sum(axis=0)

        dx[t] = dx_bar @ W_x
        dh_next = dh_bar @ W_h
        dc_next = dc_t * sigmoid(f[t])

    return {
        "dx": dx, "dh_0": dh_next, "dc_0": dc_next,
        "dW_h": dW_h, "dalpha_1": dalpha_1, "dbeta_1": dbeta_1,
        "dW_x": dW_x, "dalpha_2": dalpha_2, "dbeta_2": dbeta_2,
        "db": db,
        "dalpha_3": dalpha_3, "dbeta_3": dbeta_3,
    }  # fmt: skip
