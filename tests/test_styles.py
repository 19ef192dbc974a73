"""The same slip is told alike in whatever style the code is written: packed, per gate, einsum, a
class with a tape, column vectors in lists."""

from pathlib import Path

import pytest

import symlstm.reference
from symlstm import verify

HERE = Path(__file__).parent
SEED = 20261122
STYLES = {
    "packed": HERE / "styles" / "lstm_packed.py",
    "gates": Path(symlstm.reference.__path__[0]) / "lstm.py",
    "einsum": HERE / "styles" / "lstm_einsum.py",
    "object": HERE / "styles" / "lstm_object.py",
    "columns": HERE / "styles" / "lstm_columns.py",
}

# slip: (kind, equation, term), and what stands in the gradients of each style, right and wrong.
SLIPS = {
    "the new cell state for the old one": (
        ("wrong-time", "df_t", "c_prev"),
        {
            "packed": ("dc_t * c_prev * (f", "dc_t * c * (f"),
            "gates": ("df = dc_t * c_prev[t]", "df = dc_t * c[t]"),
            "einsum": ("dc_t * c[t] * f", "dc_t * c[t + 1] * f"),
            "object": ("dc * c * a", "dc * c_new * a"),
            "columns": ("dc * c_prev * f", "dc * c * f"),
        },
    ),
    "no derivative of the candidate": (
        ("missing-term", "dg_bar_t", None),
        {
            "packed": ("dc_t * i * (1 - np.square(g))", "dc_t * i"),
            "gates": ("dg_bar = dg * (1 - g[t] ** 2)", "dg_bar = dg * 1"),
            "einsum": ("dc_t * i * (1 - g**2)", "dc_t * i"),
            "object": ('dc * a["i"] * (1 - a["c"] ** 2)', 'dc * a["i"]'),
            "columns": ("dc * i * (1 - g**2)", "dc * i"),
        },
    ),
    "a factor of another gate": (
        ("wrong-term", "di_t", "g_t"),
        {
            "packed": ("dc_t * g * (i - i**2)", "dc_t * o * (i - i**2)"),
            "gates": ("di = dc_t * g[t]", "di = dc_t * o[t]"),
            "einsum": ("dc_t * g * i * (1 - i)", "dc_t * o * i * (1 - i)"),
            "object": ('dc * a["c"] * a["i"]', 'dc * a["o"] * a["i"]'),
            "columns": ("dc * g * i * (1 - i)", "dc * o * i * (1 - i)"),
        },
    ),
    "a sign": (
        ("wrong-sign", "dc_t", None),
        {
            "packed": (
                "dc_next + dc_t + o * dh_t * (1 + tanh_c) * (1 - tanh_c)",
                "dc_next + dc_t - o * dh_t * (1 + tanh_c) * (1 - tanh_c)",
            ),
            "gates": ("dc[t] + dh_t * o[t]", "dc[t] - dh_t * o[t]"),
            "einsum": ("dc_t + dc[t] + dh_t", "dc_t + dc[t] - dh_t"),
            "object": ("dc + dh * a", "dc - dh * a"),
            "columns": ("dc + dc_next + dh * o", "dc + dc_next - dh * o"),
        },
    ),
    "the carry of the cell state by another gate": (
        ("wrong-term", "dc_t", "f_next"),
        {
            "packed": ("dxh[:, D:], dc_t * f", "dxh[:, D:], dc_t * i"),
            "gates": ("dc_next = dc_t * f[t]", "dc_next = dc_t * i[t]"),
            "einsum": ("dc_t = dc_t * f", "dc_t = dc_t * i"),
            "object": ('return dx, dh, dc * a["f"]', 'return dx, dh, dc * a["i"]'),
            "columns": ("dc_next = dc * f", "dc_next = dc * i"),
        },
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("style", STYLES)
def test_a_slip_is_told_alike_in_every_style(slip, style, tmp_path):
    (kind, equation, term), edits = SLIPS[slip]
    right, wrong = edits[style]
    text = STYLES[style].read_text(encoding="utf-8")
    start = text.rindex(right)
    path = tmp_path / "mine.py"
    path.write_text(text[:start] + wrong + text[start + len(right) :], encoding="utf-8")
    report = verify(str(path), "lstm", sizes={"B": 2, "D": 3, "H": 2, "T": 3}, seed=SEED)
    assert report.verdict == "differs" and len(report.findings) == 1, report.to_text()
    found = report.findings[0]
    assert (found.function, found.kind, found.equation) == ("gradients", kind, equation)
    assert term is None or found.term == term
    assert found.line == text[:start].count("\n") + 1, report.to_text()
