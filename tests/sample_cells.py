"""Cells that are not built in, as LaTeX, each beside its forward step written by hand.

A forward reads one example in columns, in whatever NumPy type it is given: complex numbers pass
through it, so complex steps can differentiate it. Nothing here calls symlstm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
Forward = Callable[[Any, Any, Any], dict[str, Any]]
"""(parameters, inputs, states before) ↦ results by name"""


@dataclass(frozen=True)
class Sample:
    """A cell as LaTeX, and its forward step for one example."""

    latex: str
    forward: Forward


class Named(dict[str, Any]):
    """Values by name, read as attributes: p.W_x is p["W_x"]."""

    __getattr__ = dict.__getitem__


def sigma(z):
    return 1 / (1 + np.exp(-z))


X_AND_H = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ "
X_H_AND_C = r"x_t \in \mathbb{R}^{D} \\ h_t, c_t \in \mathbb{R}^{H} \\ "


def lstm(p, x, s):
    i = sigma(p.W_xi @ x.x + p.W_hi @ s.h + p.b_i)
    f = sigma(p.W_xf @ x.x + p.W_hf @ s.h + p.b_f)
    o = sigma(p.W_xo @ x.x + p.W_ho @ s.h + p.b_o)
    c = f * s.c + i * np.tanh(p.W_xc @ x.x + p.W_hc @ s.h + p.b_c)
    return {"h": o * np.tanh(c), "c": c}


def lstm_peephole(p, x, s):
    i = sigma(p.W_xi @ x.x + p.W_hi @ s.h + p.w_ci * s.c + p.b_i)
    f = sigma(p.W_xf @ x.x + p.W_hf @ s.h + p.w_cf * s.c + p.b_f)
    c = f * s.c + i * np.tanh(p.W_xc @ x.x + p.W_hc @ s.h + p.b_c)
    o = sigma(p.W_xo @ x.x + p.W_ho @ s.h + p.w_co * c + p.b_o)
    return {"h": o * np.tanh(c), "c": c}


def lstm_concat(p, x, s):
    hx = np.concatenate([s.h, x.x])
    c = sigma(p.W_f @ hx + p.b_f) * s.c + sigma(p.W_i @ hx + p.b_i) * np.tanh(p.W_c @ hx + p.b_c)
    return {"h": sigma(p.W_o @ hx + p.b_o) * np.tanh(c), "c": c}


BUILT_IN: dict[str, Forward] = {
    "lstm": lstm,
    "lstm-peephole": lstm_peephole,
    "lstm-concat": lstm_concat,
}


def elman(p, x, s):
    h = np.tanh(p.W @ x.x + p.U @ s.h + p.b)
    return {"h": h, "y": p.V @ h + p.a}


def gru_reset_before(p, x, s):
    z = sigma(p.W_z @ x.x + p.U_z @ s.h + p.b_z)
    r = sigma(p.W_r @ x.x + p.U_r @ s.h + p.b_r)
    n = np.tanh(p.W_n @ x.x + p.U_n @ (r * s.h) + p.b_n)
    return {"h": (1 - z) * n + z * s.h}


def gru_reset_after(p, x, s):
    z = sigma(p.W_z @ x.x + p.U_z @ s.h + p.b_z)
    r = sigma(p.W_r @ x.x + p.U_r @ s.h + p.b_r)
    n = np.tanh(p.W_n @ x.x + r * (p.U_n @ s.h + p.a_n) + p.b_n)
    return {"h": (1 - z) * n + z * s.h}


def mgu(p, x, s):
    f = sigma(p.W_f @ np.concatenate([s.h, x.x]) + p.b_f)
    h_tilde = np.tanh(p.W_h @ np.concatenate([f * s.h, x.x]) + p.b_h)
    return {"h": (1 - f) * s.h + f * h_tilde}


def exponential(p, x, s):
    e = np.exp(p.W @ x.x - 0.5 * s.h)
    return {"h": 0.1 * (e * s.h) - np.exp(-e) * p.b}


def unread(p, x, s):
    h = np.tanh(p.W @ x.x + s.h)
    return {"h": h, "y": sigma(p.V @ h), "u": np.exp(p.U @ x.x)}


def transposed(p, x, s):
    return {"h": np.tanh(p.W.T @ x.x + p.U.T @ p.U @ s.h)}


def two_inputs(p, x, s):
    return {"h": sigma(p.A @ x.x * (p.B @ x.u)) + p.A @ x.x - 2 * s.h}


def coupled(p, x, s):
    f = sigma(p.W_f @ x.x + p.U_f @ s.h + p.b_f)
    c = f * s.c + (1 - f) * np.tanh(p.W_c @ x.x + p.U_c @ s.h)
    return {"h": np.tanh(c), "c": c}


def shared_parameter(p, x, s):
    g = np.tanh(p.W @ x.x + p.U @ s.h + p.b)
    return {"h": sigma(p.W @ x.x + p.U @ g + p.b) * g}


def tied_in_one_equation(p, x, s):
    return {"h": np.tanh(p.U @ (p.b * (p.U @ s.h + p.b)) + p.W @ x.x)}


def matrix_memory(p, x, s):
    v, k, q = p.V @ x.x, p.F @ x.x, p.Q @ x.x
    C = s.C + np.outer(v, k)
    return {"C": C, "h": np.tanh(C @ q)}


def projection(p, x, s):
    m = np.tanh(p.W @ x.x + p.U @ s.h)
    return {"h": p.P @ m}


def nested(p, x, s):
    return {"h": np.tanh(p.W @ sigma(p.V @ x.x + np.exp(-s.h)) - sigma(s.h))}


def dot_product(p, x, s):
    score = p.w @ x.x
    return {"h": np.tanh(s.h + p.v * score)}


def swapped_states(p, x, s):
    return {"h": s.c + p.W @ x.x, "c": s.h * s.h}


def unused_state(p, x, s):
    return {"h": np.tanh(p.W @ x.x)}


SAMPLES: dict[str, Sample] = {
    "elman": Sample(
        X_AND_H + r"h_t = \tanh(W x_t + U h_{t-1} + b) \\ y_t = V h_t + a",
        elman,
    ),
    "gru, reset before": Sample(
        X_AND_H + r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z) \\"
        r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r) \\"
        r"n_t = \tanh(W_n x_t + U_n (r_t \odot h_{t-1}) + b_n) \\"
        r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
        gru_reset_before,
    ),
    "gru, reset after": Sample(
        X_AND_H + r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z) \\"
        r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r) \\"
        r"n_t = \tanh(W_n x_t + r_t \odot (U_n h_{t-1} + a_n) + b_n) \\"
        r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
        gru_reset_after,
    ),
    "minimal gated unit": Sample(
        X_AND_H + r"f_t = \sigma(W_f [h_{t-1}, x_t] + b_f) \\"
        r"\tilde{h}_t = \tanh(W_h [f_t \odot h_{t-1}, x_t] + b_h) \\"
        r"h_t = (1 - f_t) \odot h_{t-1} + f_t \odot \tilde{h}_t",
        mgu,
    ),
    "exponential": Sample(
        X_AND_H + r"e_t = \exp(W x_t - 0.5 h_{t-1}) \\"
        r"h_t = 0.1 (e_t \odot h_{t-1}) - \exp(-e_t) \odot b",
        exponential,
    ),
    "results that nobody reads": Sample(
        X_AND_H + r"y_t = \sigma(V h_t) \\ u_t = \exp(U x_t) \\ h_t = \tanh(W x_t + h_{t-1})",
        unread,
    ),
    "transposed weights": Sample(
        X_AND_H + r"h_t = \tanh(W^\top x_t + U^\top U h_{t-1})",
        transposed,
    ),
    "two inputs": Sample(
        r"x_t \in \mathbb{R}^{D} \\ u_t \in \mathbb{R}^{K} \\ h_t \in \mathbb{R}^{H} \\"
        r"h_t = \sigma(A x_t \odot B u_t) + A x_t - 2 h_{t-1}",
        two_inputs,
    ),
    "coupled gates": Sample(
        X_H_AND_C + r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f) \\"
        r"c_t = f_t \odot c_{t-1} + (1 - f_t) \odot \tanh(W_c x_t + U_c h_{t-1}) \\"
        r"h_t = \tanh(c_t)",
        coupled,
    ),
    "a parameter in two equations": Sample(
        X_AND_H + r"g_t = \tanh(W x_t + U h_{t-1} + b) \\"
        r"h_t = \sigma(W x_t + U g_t + b) \odot g_t",
        shared_parameter,
    ),
    "a parameter twice in one equation": Sample(
        X_AND_H + r"h_t = \tanh(U (b \odot (U h_{t-1} + b)) + W x_t)",
        tied_in_one_equation,
    ),
    "matrix memory": Sample(
        r"x_t \in \mathbb{R}^{D} \\ C_t \in \mathbb{R}^{H \times K} \\"
        r"v_t = V x_t \\ k_t = F x_t \\ q_t = Q x_t \\"
        r"C_t = C_{t-1} + v_t k_t^\top \\ h_t = \tanh(C_t q_t)",
        matrix_memory,
    ),
    "projection": Sample(
        r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ m_t \in \mathbb{R}^{K} \\"
        r"m_t = \tanh(W x_t + U h_{t-1}) \\ h_t = P m_t",
        projection,
    ),
    "nested functions": Sample(
        X_AND_H + r"h_t = \tanh(W \sigma(V x_t + \exp(-h_{t-1})) - \sigma(h_{t-1}))",
        nested,
    ),
    "states that exchange their values": Sample(
        X_H_AND_C + r"h_t = c_{t-1} + W x_t \\ c_t = h_{t-1} \odot h_{t-1}",
        swapped_states,
    ),
    "a state without influence": Sample(
        X_AND_H + r"h_t = \tanh(W x_t + 0 h_{t-1})",
        unused_state,
    ),
}

DOT_PRODUCT = Sample(
    X_AND_H + r"w \in \mathbb{R}^{D} \\ s_t \in \mathbb{R}^{1} \\"
    r"s_t = w^\top x_t \\ h_t = \tanh(h_{t-1} + v s_t)",
    dot_product,
)
"""A row times a column, and a column times a number per example."""


def all_cells() -> list[str]:
    return [*BUILT_IN, *SAMPLES]


SIZES = [
    {"B": 2, "D": 3, "H": 5, "K": 4, "M": 6, "T": 3},
    {"B": 3, "D": 5, "H": 2, "K": 3, "M": 6, "T": 4},
]
