"""The real-gated linear recurrent unit (RG-LRU) of Griffin, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    r_t = σ(W_a x_t + b_a)
    i_t = σ(W_x x_t + b_x)
    a_t = σ(Λ)^(8 r_t)
    h_t = a_t ∘ h_{t-1} + √(1 − a_t²) ∘ (i_t ∘ x_t)

√(1 − a_t²) keeps the size of the state, whatever a_t is: the squares of the two shares add up to 1.

Shapes: x_t, h_t, b_· and Λ (H,), W_· (H, H). The code keeps the weights as they are and stores one
example a row, so W x becomes x @ W.T. All arrays have one dtype, and every result has it too.

Sources: De et al. (2024), Griffin: mixing gated linear recurrences with local attention for
efficient language models, eqs. 1–4, with the paper's a = σ(Λ) and c = 8. Greff et al. (2017), LSTM:
a search space odyssey, for the way the backward pass is written, where a bar marks what enters a
nonlinearity: r = σ(r_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid, softplus


def step(
    x: Array, h_prev: Array,
    W_a: Array, b_a: Array,
    W_x: Array, b_x: Array,
    Lambda: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t from x_t and h_{t-1}.

    Args:
        x: x_t, shape (B, H).
        h_prev: h_{t-1}, shape (B, H).
        W_a, …, Lambda: the parameters, shapes as in the module's docstring.
    Returns:
        (h_t,), shape (B, H).
    """
    r = sigmoid(x @ W_a.T + b_a)
    i = sigmoid(x @ W_x.T + b_x)
    # σ(Λ)^(8 r) by its logarithm: log σ(Λ) = −softplus(−Λ).
    a = np.exp(-8 * r * softplus(-Lambda))
    h = a * h_prev + np.sqrt(1 - a**2) * (i * x)
    return (h,)


def sequence(
    x: Array, h_0: Array,
    W_a: Array, b_a: Array,
    W_x: Array, b_x: Array,
    Lambda: Array,
) -> tuple[Array]:  # fmt: skip
    """h_t for t = 1, …, T, from the initial state.

    Args:
        x: x_1, …, x_T, shape (T, B, H).
        h_0: the initial state, shape (B, H).
        W_a, …, Lambda: the parameters, shapes as in the module's docstring.
    Returns:
        (h,), shape (T, B, H); T = 0 gives an empty array.
    """
    parameters = (W_a, b_a, W_x, b_x, Lambda)
    h = [h_0]
    for t in range(len(x)):
        (h_t,) = step(x[t], h[-1], *parameters)
        h.append(h_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return (np.stack(h)[1:],)


def gradients(
    x: Array, h_0: Array,
    W_a: Array, b_a: Array,
    W_x: Array, b_x: Array,
    Lambda: Array,
    dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂h_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, h_0, W_a, …, Lambda: as for `sequence`.
        dh: what the loss itself gives to each h_t, shape (T, B, H).
    Returns:
        "dx", "dh_0", "dW_a", …, "dLambda", each with the shape of what it is the adjoint of.
    """
    parameters = (W_a, b_a, W_x, b_x, Lambda)
    (h,) = sequence(x, h_0, *parameters)
    h_prev = np.concatenate([h_0[np.newaxis], h])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    r = sigmoid(x @ W_a.T + b_a)
    i = sigmoid(x @ W_x.T + b_x)
    # σ(Λ)^(8 r) by its logarithm: log σ(Λ) = −softplus(−Λ).
    a = np.exp(-8 * r * softplus(-Lambda))

    dx = np.zeros_like(x)
    dW_a, db_a = map(np.zeros_like, (W_a, b_a))
    dW_x, db_x = map(np.zeros_like, (W_x, b_x))
    dLambda = np.zeros_like(Lambda)

    # What step t + 1 sends back to h_t; nothing follows the last step.
    dh_next = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        dh_t = dh[t] + dh_next
        da = dh_t * (h_prev[t] - i[t] * x[t] * a[t] / np.sqrt(1 - a[t] ** 2))
        dix = dh_t * np.sqrt(1 - a[t] ** 2)

        dlog_a = da * a[t]
        dr = -8 * dlog_a * softplus(-Lambda)
        dr_bar = dr * r[t] * (1 - r[t])
        di = dix * x[t]
        di_bar = di * i[t] * (1 - i[t])

        dW_a += dr_bar.T @ x[t]
        dW_x += di_bar.T @ x[t]

        db_a += dr_bar.sum(axis=0)
        db_x += di_bar.sum(axis=0)
        dLambda += (8 * dlog_a * r[t] * sigmoid(-Lambda)).sum(axis=0)

        dx[t] = dr_bar @ W_a + di_bar @ W_x + dix * i[t]
        dh_next = dh_t * a[t]

    return {
        "dx": dx, "dh_0": dh_next,
        "dW_a": dW_a, "db_a": db_a,
        "dW_x": dW_x, "db_x": db_x,
        "dLambda": dLambda,
    }  # fmt: skip
