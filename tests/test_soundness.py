"""`proved` is only said of code that is right, and is said of right code in any style.

The wrong snippets stand just before the return of an otherwise correct LSTM step. Each is
easily taken for right, because it differs only at special points, hides behind types, or is undone
by what NumPy does and mathematics does not.
"""

from __future__ import annotations

import textwrap

import pytest

from symlstm.library import cells
from symlstm.verification.check import check
from symlstm.verification.options import Options
from symlstm.verification.subject import LocalSubject

SIZES = {"B": 2, "D": 3, "H": 5, "T": 3}

STEP = """
import math
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

CACHE = {}

class Lying(dict):
    def items(self):
        return self.shown.items()

def step(x, h_prev, c_prev, W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c):
    i = sigmoid(x @ W_xi.T + h_prev @ W_hi.T + b_i)
    f = sigmoid(x @ W_xf.T + h_prev @ W_hf.T + b_f)
    o = sigmoid(x @ W_xo.T + h_prev @ W_ho.T + b_o)
    g = np.tanh(x @ W_xc.T + h_prev @ W_hc.T + b_c)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
SNIPPET
    return h, c
"""


def report_on(snippet: str):
    source = STEP.replace("SNIPPET", textwrap.indent(snippet, "    "))
    namespace: dict = {"__name__": "implementation"}
    exec(compile(source, "implementation.py", "exec"), namespace)
    subject = LocalSubject("implementation", "implementation.py", {"step": namespace["step"]})
    return check(subject, cells["lstm"], Options((SIZES,), seed=20261122))


WRONG = [
    "h = h * np.sign(x[:, :1]) ** 2",
    "k = x[0, 0]; q = x[0, 1]; h = np.where(k > q, h, np.where(k < q, h, 5.0))",
    "h = np.where(h_prev > 1, h, np.where(h_prev < 1, h, 5.0))",
    "t = np.where(c > 0, 1, 0); t[...] = h; h = t",
    "t = (c > 0).astype(int); t[...] = h; h = t",
    "h = h + (-(c > 0) - -(c > 0))",
    "h = np.sum(np.stack([h, 0 * h]), axis=0, dtype=int)",
    "h = np.where(np.isnan(np.sqrt(c)), 7.0, h)",
    "h = h + 0 * np.log(c)",
    "d = Lying(h=0 * h, c=c); d.shown = dict(h=h, c=c); return d",
    "h = 0 * h if type(c) is np.ndarray else h",
    "h = 0 * h if '[' in str(h) else h",
    "h = h + 1e-9",
    "CACHE['n'] = CACHE.get('n', 0) + 1; h = h * CACHE['n']",
    "t = h.T * 1; flat = t.reshape(-1); flat *= 2; h = t.T / 2",
    "c_prev += 1",
    "h = h[:1] + 0 * h",
    "h = np.maximum(h, -0.5)",
    "h = np.clip(h, -0.25, 0.25)",
    "h = h.astype(int)",
    "return h",
    "return [h, c]",
    "h = np.sqrt(h**2)",
    "h = np.exp(np.log(np.abs(h)))",
    "h = h + np.log(c**2) - 2 * np.log(np.abs(c) + 1e-9)",
    "h = np.maximum(h, 0)",
    "h = h + np.sqrt(c**2 + 2 * c + 1) - np.abs(c) - 1",
    "h = np.logaddexp(h, -50)",
    "h = np.log1p(np.expm1(np.abs(h)))",
]


@pytest.mark.parametrize("snippet", WRONG)
def test_wrong_code_is_never_proved(snippet):
    """code ≠ equations  ⇒  not `proved`"""
    verdict = _verdict(snippet)
    assert verdict in ("differs", "undecided", "error")


def _verdict(snippet: str) -> str:
    from symlstm.messages import BindingError

    try:
        report = report_on(snippet)
    except BindingError:
        return "error"
    assert report.verdict != "proved" or report.comparisons
    return "undecided" if report.verdict == "proved" and report.conditions else report.verdict


CONDITIONAL = [
    ("h = h + 0 / c_prev", "c_0 ≠ 0"),
    ("h = h * c_prev / c_prev", "c_0 ≠ 0"),
    ("h = np.where(np.isinf(1 / c_prev), 7.0, h)", "c_0 ≠ 0"),
    ("h = h + np.log(c_prev) - np.log(c_prev)", "c_0 > 0"),
    ("h = h + 0 * np.log(c_prev)", "c_0 > 0"),
    ("h = h + np.sqrt(c_prev) ** 2 - c_prev", "c_0 ≥ 0"),
    ("h = np.where((x == 0).any(axis=1)[:, None], 5.0, h)", "x_t ≠ 0"),
]


@pytest.mark.parametrize(("snippet", "condition"), CONDITIONAL)
def test_what_fails_at_a_point_is_proved_only_under_a_condition(snippet, condition):
    """a·0/b = 0 unless b = 0"""
    report = report_on(snippet)
    assert report.verdict in ("proved", "undecided")
    assert condition in report.conditions


RIGHT = [
    "",
    "h = np.tanh(c) * o",
    "h = np.empty_like(c); np.tanh(c, out=h); h *= o",
    "s = (1 + np.tanh(c)) / 2; h = o * (2 * s - 1)",
    "e = np.exp(2 * c); h = o * (e - 1) / (e + 1)",
    "h = np.einsum('bh,bh->bh', o, np.tanh(c))",
    "h = np.stack([o[b] * np.tanh(c[b]) for b in range(len(c))])",
    "h = np.array([[p * np.tanh(q) for p, q in zip(*pair)] for pair in zip(o, c)])",
    "Q = np.eye(c.shape[1]); h = h @ Q",
    "h = h.T.copy().T",
    "h = np.concatenate([h[:, :2], h[:, 2:]], axis=1)",
    "h = np.where(h > 0, h, h)",
    "h = np.maximum(h, 0) + np.minimum(h, 0)",
    "h = np.abs(h) * np.where(h >= 0, 1.0, -1.0)",
    "h = h.astype(np.float32).astype(np.float64) if False else h",
    "return {'c': c, 'h': h}",
    "h = np.exp(np.log(o)) * np.tanh(c)",
    "h = np.exp(np.log(o) + np.log(1 + np.exp(c))) * np.tanh(c) / (1 + np.exp(c))",
    "h = np.exp(-np.logaddexp(0, -np.log(o / (1 - o)))) * np.tanh(c)",
    "h = o * np.expm1(2 * c) / (np.expm1(2 * c) + 2)",
    "h = np.exp(np.log1p(np.exp(c)) + np.log(o)) * np.tanh(c) / (np.exp(c) + 1)",
    "h = np.sign(h) * np.sqrt(np.square(h))",
    "h = np.sign(h) * np.abs(h)",
    "h = h * np.sqrt(1 + c**2) * (1 + c**2) ** -0.5",
    "n = np.linalg.norm(c, axis=1, keepdims=True); h = h + n * n - np.sum(c * c, axis=1)[:, None]",
    "s = np.std(c, axis=1, keepdims=True); h = h + s**2 - np.var(c, axis=1, keepdims=True)",
    "h = np.clip(h, -np.inf, np.inf)",
    "h = np.maximum(h, c) + np.minimum(h, c) - c",
    "h = np.log(np.exp(h))",
    "m = np.maximum(h, c); h = m + np.log(np.exp(h - m))",
    "h = h * np.heaviside(h, 0.5) + h * np.heaviside(-h, 0.5)",
]


@pytest.mark.parametrize("snippet", RIGHT)
def test_right_code_is_proved_in_any_style(snippet):
    """code = equations  ⇒  `proved`, under no condition"""
    report = report_on(snippet)
    assert report.verdict == "proved", report.to_text()
    assert report.comparisons > 0


def test_a_cache_that_computes_the_same_in_another_form_is_no_difference():
    """a + b = b + a in the second call"""
    report = report_on(
        "h = (o + 0) * np.tanh(c) if CACHE else np.tanh(c) * 2 * o / 2; CACHE['seen'] = 1"
    )
    assert report.verdict == "proved", report.to_text()
