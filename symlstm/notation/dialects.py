"""How LaTeX and Unicode text write the same mathematics: signs, brackets, names, sums.

What is printed in them, and in which order, is the printer's (`printing`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Symbol

from symlstm import functions
from symlstm.cell import Quantity


@dataclass(frozen=True)
class Dialect:
    """What differs between LaTeX and Unicode text."""

    hadamard: str
    times: str
    minus: str
    left: str
    right: str
    transpose: str
    name: Callable[[Quantity, str], str]
    function: Callable[[functions.ElementwiseFunction], str]
    power: Callable[[str, str], str]
    rational: Callable[[Any], str]
    sum_over: Callable[[tuple[Symbol, ...]], str]
    rows: Callable[[str, str, str], str]
    ones: str
    word: Callable[[str], str]
    function_name: Callable[[str], str]
    fraction: Callable[[str, str], str]
    root: Callable[[str], str]


LATEX = Dialect(
    hadamard=r" \odot ",
    times=r"\, ",
    minus="-",
    left=r"\left(",
    right=r"\right)",
    transpose=r"^{\top}",
    name=lambda quantity, time: quantity.glyph.in_latex(time),
    function=lambda record: record.latex,
    power=lambda base, exponent: f"{base}^{{{exponent}}}",
    rational=lambda q: str(q) if q.q == 1 else rf"\tfrac{{{q.p}}}{{{q.q}}}",
    sum_over=lambda axes: "".join(
        r"\sum_{t=1}^{T} " if a.name == "t" else rf"\sum_{{{a.name}=1}}^{{{a.name.upper()}}} "
        for a in axes
    ),
    rows=lambda inner, first, last: rf"\left[{inner}\right]_{{{first}:{last}}}",
    ones=r"\mathbf{1}",
    word=lambda name: rf"\operatorname{{{name}}}",
    function_name=lambda name: rf"\{name}",
    fraction=lambda top, bottom: rf"\frac{{{top}}}{{{bottom}}}",
    root=lambda inner: rf"\sqrt{{{inner}}}",
)

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

UNICODE = Dialect(
    hadamard=" ∘ ",
    times=" ",
    minus="−",
    left="(",
    right=")",
    transpose="ᵀ",
    name=lambda quantity, time: quantity.glyph.in_unicode(time),
    function=lambda record: record.unicode,
    power=lambda base, exponent: base + exponent.translate(_SUPERSCRIPTS),
    rational=str,
    sum_over=lambda axes: "".join(f"Σ_{a.name} " for a in axes),
    rows=lambda inner, first, last: f"[{inner}]_{{{first}:{last}}}",
    ones="𝟏",
    word=lambda name: name,
    function_name=lambda name: name,
    fraction=lambda top, bottom: f"{top} / {bottom}",
    root=lambda inner: f"√({inner})",
)
