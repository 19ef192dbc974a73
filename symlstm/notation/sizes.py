r"""Sizes as LaTeX and as ASCII names: `\hat{D}` is D_hat, `d_{\mathrm{model}}` is d_model."""

from __future__ import annotations

import re

from symlstm.notation.alphabet import ACCENT_SPELLINGS, ACCENTS
from symlstm.notation.commands import FONTS, UPRIGHT

_FONT = re.compile(
    rf"\\(?:{'|'.join(sorted(FONTS.keys() | UPRIGHT))})\s*\{{\s*([A-Za-z0-9]+)\s*\}}"
)
_ACCENT = re.compile(
    rf"\\({'|'.join([*ACCENTS, *ACCENT_SPELLINGS])})(?:\s*\{{\s*([A-Za-z])\s*\}}|\s+([A-Za-z]))"
)
_LABEL = re.compile(r"\s*_\s*(?:\{\s*([A-Za-z0-9]+)\s*\}|([A-Za-z0-9]))")
_NAME = re.compile(r"[A-Za-z]\w*")


def plain_sizes(text: str) -> str:
    r"""Sizes whose letters are ASCII names.

    >>> plain_sizes(r"4\hat{D} \times d_{\text{in}}")
    '4D_hat \\times d_in'
    """
    text = _FONT.sub(r"\1", text).replace(r"\ell", "ell")
    text = _ACCENT.sub(_accented, text)
    return _LABEL.sub(lambda match: f"_{match[1] or match[2]}", text)


def _accented(match: re.Match[str]) -> str:
    accent = ACCENT_SPELLINGS.get(match[1], match[1])
    return f"{match[2] or match[3]}_{accent}"


def size_in_latex(text: str) -> str:
    r"""Sizes as they are printed in LaTeX.

    >>> size_in_latex("2D_hat+d_model")
    '2\\hat{D}+d_{model}'
    """
    return _NAME.sub(lambda match: _name(match[0]), text)


def _name(name: str) -> str:
    letter, *labels = name.split("_")
    if labels and labels[0] in ACCENTS:
        letter = rf"\{labels.pop(0)}{{{letter}}}"
    below = "_".join(labels)
    return f"{letter}_{{{below}}}" if len(below) > 1 else letter + "_" * bool(below) + below
