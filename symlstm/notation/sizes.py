r"""Sizes as LaTeX and as ASCII names: `\hat{D}` is D_hat, `d_{\mathrm{model}}` is d_model."""

from __future__ import annotations

import re

from symlstm.notation.alphabet import ACCENT_SPELLINGS, ACCENTS
from symlstm.notation.commands import FONTS, UPRIGHT

_FONT = re.compile(
    rf"\\(?:{'|'.join(sorted(FONTS.keys() | UPRIGHT))})\s*\{{\s*([A-Za-z0-9]+)\s*\}}"
)
_LETTER = "A-Za-zℓ"
_ACCENT = re.compile(
    rf"\\({'|'.join([*ACCENTS, *ACCENT_SPELLINGS])})"
    rf"(?:\s*\{{\s*([{_LETTER}])\s*\}}|\s*(ℓ)|\s+([A-Za-z]))"
)
_LABEL = re.compile(rf"\s*_\s*(?:\{{\s*([0-9{_LETTER}]+)\s*\}}|([0-9{_LETTER}]))")
_PRIME = re.compile(r"(?<![A-Za-z_])([A-Za-z])\s*(?:['′’]|\^\s*(?:\\prime|\{\s*\\prime\s*\}))")
_NAME = re.compile(r"[A-Za-z]\w*")
_SIDE_BY_SIDE = re.compile(rf"(?<![0-9_{_LETTER}])\d*([{_LETTER}])([{_LETTER}])")


def plain_sizes(text: str) -> str:
    r"""Sizes whose letters are ASCII names.

    >>> plain_sizes(r"4\hat{D} \times d_{\text{in}} \times \ell")
    '4D_hat \\times d_in \\times ell'
    """
    return _single_letters(text).replace("ℓ", "ell")


def two_letters(text: str) -> tuple[str, str] | None:
    r"""The first two letters side by side, which may be a product of sizes; \ell is one letter.

    >>> two_letters("4 H D"), two_letters(r"\ell + d_{in}")
    (('H', 'D'), None)
    """
    found = _SIDE_BY_SIDE.search(_single_letters(text).replace(" ", ""))
    return (found[1], found[2]) if found else None


def _single_letters(text: str) -> str:
    text = _PRIME.sub(r"\1_{prime}", text)
    text = re.sub(r"\\ell(?![A-Za-z])", "ℓ", _FONT.sub(r"\1", text))
    text = _ACCENT.sub(_accented, text)
    return _LABEL.sub(lambda match: f"_{match[1] or match[2]}", text)


def _accented(match: re.Match[str]) -> str:
    accent = ACCENT_SPELLINGS.get(match[1], match[1])
    return f"{match[2] or match[3] or match[4]}_{accent}"


def size_in_latex(text: str) -> str:
    r"""Sizes as they are printed in LaTeX.

    >>> size_in_latex("2D_hat+d_model+ell_1")
    '2\\hat{D}+d_{model}+\\ell_1'
    """
    return _NAME.sub(lambda match: _name(match[0]), text)


def _name(name: str) -> str:
    letter, *labels = (r"\ell" if part == "ell" else part for part in name.split("_"))
    if labels and labels[0] in ACCENTS:
        letter = rf"\{labels.pop(0)}{{{letter}}}"
    if labels and labels[0] == "prime":
        letter += "'"
        labels = labels[1:]
    below = "_".join(labels)
    return f"{letter}_{{{below}}}" if len(below) > 1 else letter + "_" * bool(below) + below
