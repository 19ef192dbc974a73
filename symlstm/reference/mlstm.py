"""The mLSTM of xLSTM, one head, without its stabiliser, and its backpropagation through time.

One idea: the equations as a person types them from the paper, one line per quantity.

    q_t = W_q x_t + b_q
    k_t = W_k x_t + b_k
    v_t = W_v x_t + b_v
    i_t = exp(w_iᵀ x_t + b_i)
    f_t = σ(w_fᵀ x_t + b_f)
    o_t = σ(W_o x_t + b_o)
    C_t = f_t C_{t-1} + i_t v_t k_tᵀ
    n_t = f_t n_{t-1} + i_t k_t
    h_t = o_t ∘ (C_t q_t) / max(|n_tᵀ q_t|, 1)

The paper's factor 1/√H on W_k is part of W_k here. The code calls the matrix product in h_t Cq and
its divisor size.

Shapes: x_t (D,), C_t (H, H), q_t, k_t, v_t, o_t, n_t and h_t (H,), i_t and f_t scalars, (), one
each an example; W_· (H, D), w_· (D,), b_q, b_k, b_v and b_o (H,), b_i and b_f scalars, (). The code
keeps the weights as they are and stores one example a row, so W x becomes x @ W.T. All arrays have
one dtype, and every result has it too.

Sources: Beck et al. (2024), xLSTM: extended long short-term memory, eqs. 19–27; f_t = σ(·) is one
of the two forms that the paper allows. Greff et al. (2017), LSTM: a search space odyssey, for the
way the backward pass is written, where a bar marks what enters a nonlinearity: o = σ(o_bar).
"""

import numpy as np

from symlstm.reference.activations import Array, sigmoid


def step(
    x: Array, C_prev: Array, n_prev: Array,
    W_q: Array, b_q: Array,
    W_k: Array, b_k: Array,
    W_v: Array, b_v: Array,
    w_i: Array, b_i: Array,
    w_f: Array, b_f: Array,
    W_o: Array, b_o: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """C_t, n_t and h_t from x_t, C_{t-1} and n_{t-1}.

    Args:
        x: x_t, shape (B, D).
        C_prev: C_{t-1}, shape (B, H, H).
        n_prev: n_{t-1}, shape (B, H).
        W_q, …, b_o: the parameters, shapes as in the module's docstring.
    Returns:
        (C_t, n_t, h_t), shapes (B, H, H), (B, H) and (B, H).
    """
    q = x @ W_q.T + b_q
    k = x @ W_k.T + b_k
    v = x @ W_v.T + b_v
    i = np.exp(x @ w_i + b_i)
    f = sigmoid(x @ w_f + b_f)
    o = sigmoid(x @ W_o.T + b_o)
    C = np.einsum("b,bij->bij", f, C_prev) + np.einsum("b,bi,bj->bij", i, v, k)
    n = f[:, np.newaxis] * n_prev + i[:, np.newaxis] * k
    Cq = np.einsum("bij,bj->bi", C, q)
    size = np.maximum(np.abs((n * q).sum(axis=-1)), 1)
    h = o * Cq / size[:, np.newaxis]
    return C, n, h


def sequence(
    x: Array, C_0: Array, n_0: Array,
    W_q: Array, b_q: Array,
    W_k: Array, b_k: Array,
    W_v: Array, b_v: Array,
    w_i: Array, b_i: Array,
    w_f: Array, b_f: Array,
    W_o: Array, b_o: Array,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """C_t, n_t and h_t for t = 1, …, T, from the initial states.

    Args:
        x: x_1, …, x_T, shape (T, B, D).
        C_0, n_0: the initial states, shapes (B, H, H) and (B, H).
        W_q, …, b_o: the parameters, shapes as in the module's docstring.
    Returns:
        (C, n, h), shapes (T, B, H, H), (T, B, H) and (T, B, H); T = 0 gives empty arrays.
    """
    parameters = (W_q, b_q, W_k, b_k, W_v, b_v, w_i, b_i, w_f, b_f, W_o, b_o)
    C = [C_0]
    n = [n_0]
    h = np.zeros((*x.shape[:2], n_0.shape[-1]), x.dtype)
    for t in range(len(x)):
        C_t, n_t, h[t] = step(x[t], C[-1], n[-1], *parameters)
        C.append(C_t)
        n.append(n_t)
    # Stacked with the initial state, then without it: np.stack refuses an empty list, as T = 0.
    return np.stack(C)[1:], np.stack(n)[1:], h


def gradients(
    x: Array, C_0: Array, n_0: Array,
    W_q: Array, b_q: Array,
    W_k: Array, b_k: Array,
    W_v: Array, b_v: Array,
    w_i: Array, b_i: Array,
    w_f: Array, b_f: Array,
    W_o: Array, b_o: Array,
    dC: Array, dn: Array, dh: Array,
) -> dict[str, Array]:  # fmt: skip
    """∂L/∂x, ∂L/∂C_0, ∂L/∂n_0 and ∂L/∂ each parameter, by backpropagation through time.

    Args:
        x, C_0, n_0, W_q, …, b_o: as for `sequence`.
        dC, dn, dh: what the loss itself gives to each C_t, n_t and h_t,
            shapes (T, B, H, H), (T, B, H) and (T, B, H).
    Returns:
        "dx", "dC_0", "dn_0", "dW_q", …, "db_o", each with the shape of what it is the adjoint of.
    """
    parameters = (W_q, b_q, W_k, b_k, W_v, b_v, w_i, b_i, w_f, b_f, W_o, b_o)
    C, n, _ = sequence(x, C_0, n_0, *parameters)
    C_prev = np.concatenate([C_0[np.newaxis], C])[:-1]
    n_prev = np.concatenate([n_0[np.newaxis], n])[:-1]

    # With every state at hand, each of these is one expression for all time steps.
    q = x @ W_q.T + b_q
    k = x @ W_k.T + b_k
    v = x @ W_v.T + b_v
    i = np.exp(x @ w_i + b_i)
    f = sigmoid(x @ w_f + b_f)
    o = sigmoid(x @ W_o.T + b_o)
    Cq = np.einsum("tbij,tbj->tbi", C, q)
    nq = (n * q).sum(axis=-1)
    size = np.maximum(np.abs(nq), 1)

    dx = np.zeros_like(x)
    dW_q, db_q = map(np.zeros_like, (W_q, b_q))
    dW_k, db_k = map(np.zeros_like, (W_k, b_k))
    dW_v, db_v = map(np.zeros_like, (W_v, b_v))
    dw_i, db_i = map(np.zeros_like, (w_i, b_i))
    dw_f, db_f = map(np.zeros_like, (w_f, b_f))
    dW_o, db_o = map(np.zeros_like, (W_o, b_o))

    # What step t + 1 sends back to C_t and n_t; nothing follows the last step.
    dC_next = np.zeros_like(C_0)
    dn_next = np.zeros_like(n_0)
    for t in reversed(range(len(x))):
        do = dh[t] * Cq[t] / size[t, :, np.newaxis]
        dCq = dh[t] * o[t] / size[t, :, np.newaxis]
        dsize = -(dh[t] * o[t] * Cq[t]).sum(axis=-1) / size[t] ** 2
        # The size is |n·q| where that exceeds 1, and the constant 1 elsewhere.
        dnq = np.where(np.abs(nq[t]) > 1, dsize * np.sign(nq[t]), 0)

        dC_t = dC[t] + np.einsum("bi,bj->bij", dCq, q[t]) + dC_next
        dn_t = dn[t] + dnq[:, np.newaxis] * q[t] + dn_next
        dq = np.einsum("bij,bi->bj", C[t], dCq) + dnq[:, np.newaxis] * n[t]
        dk = i[t, :, np.newaxis] * (np.einsum("bij,bi->bj", dC_t, v[t]) + dn_t)
        dv = i[t, :, np.newaxis] * np.einsum("bij,bj->bi", dC_t, k[t])
        di = np.einsum("bij,bi,bj->b", dC_t, v[t], k[t]) + (dn_t * k[t]).sum(axis=-1)
        df = (dC_t * C_prev[t]).sum(axis=(-2, -1)) + (dn_t * n_prev[t]).sum(axis=-1)

        di_bar = di * i[t]
        df_bar = df * f[t] * (1 - f[t])
        do_bar = do * o[t] * (1 - o[t])

        dW_q += dq.T @ x[t]
        dW_k += dk.T @ x[t]
        dW_v += dv.T @ x[t]
        dw_i += di_bar @ x[t]
        dw_f += df_bar @ x[t]
        dW_o += do_bar.T @ x[t]

        db_q += dq.sum(axis=0)
        db_k += dk.sum(axis=0)
        db_v += dv.sum(axis=0)
        db_i += di_bar.sum()
        db_f += df_bar.sum()
        db_o += do_bar.sum(axis=0)

        dx[t] = dq @ W_q + dk @ W_k + dv @ W_v + do_bar @ W_o
        dx[t] += np.outer(di_bar, w_i) + np.outer(df_bar, w_f)
        dC_next = np.einsum("b,bij->bij", f[t], dC_t)
        dn_next = f[t, :, np.newaxis] * dn_t

    return {
        "dx": dx, "dC_0": dC_next, "dn_0": dn_next,
        "dW_q": dW_q, "db_q": db_q,
        "dW_k": dW_k, "db_k": db_k,
        "dW_v": dW_v, "db_v": db_v,
        "dw_i": dw_i, "db_i": db_i,
        "dw_f": dw_f, "db_f": db_f,
        "dW_o": dW_o, "db_o": db_o,
    }  # fmt: skip
