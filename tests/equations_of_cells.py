"""Cells of the tests of `equal`, written from a few lines of equations."""

from symlstm import equal
from symlstm.notation.reading import read_text

SEED = 20260204
SIZES = ({"B": 2, "T": 3, "D": 3, "H": 2},)
H_ONLY = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ "
H_AND_C = r"x_t \in \mathbb{R}^{D} \\ h_t, c_t \in \mathbb{R}^{H} \\ "

PLAIN = r"h_t = \tanh(W x_t + U h_{t-1} + b)"
GATED = r"""z_t = \sigma(W x_t + U h_{t-1} + b) \\
    g_t = \tanh(V x_t + R h_{t-1} + a) \\
    h_t = z_t \odot h_{t-1} + (1 - z_t) \odot g_t"""
LSTM = r"""i_t = \sigma(W_{xi} x_t + W_{hi} h_{t-1} + b_i) \\
    f_t = \sigma(W_{xf} x_t + W_{hf} h_{t-1} + b_f) \\
    o_t = \sigma(W_{xo} x_t + W_{ho} h_{t-1} + b_o) \\
    g_t = \tanh(W_{xc} x_t + W_{hc} h_{t-1} + b_c) \\
    c_t = f_t \odot c_{t-1} + i_t \odot g_t \\
    h_t = o_t \odot \tanh(c_t)"""


def cell(equations, name="other", declared=H_ONLY):
    """A cell from its equations; its signals are those of a cell with one state, or two."""
    return read_text(r"\begin{align} " + declared + equations + r" \end{align}", name=name)


def compared(first, second, *where):
    return equal(first, second, where, sizes=SIZES, seed=SEED)


def correspondence(report):
    return {c.name: list(c.parts) for c in report.correspondence}


def swapped(text, **names):
    """The text with each name replaced by another, all at once."""
    marked = {old: f"<{n}>" for n, old in enumerate(names)}
    for old, mark in marked.items():
        text = text.replace(old, mark)
    for old, mark in marked.items():
        text = text.replace(mark, names[old])
    return text
