r"""Declared shapes: the sizes of `\mathbb{R}^{4H \times (H+D)}`, or why they are none.

A size is a letter with a label, a number, or a sum of their multiples; a shape has at most two.
"""

from __future__ import annotations

import re

from symlstm.messages import NotationError, Span, shortened
from symlstm.notation import raw
from symlstm.notation.naming import MAXIMUM_DIGITS
from symlstm.notation.sizes import plain_sizes, two_letters

_AXES = {"B": "examples", "T": "time steps"}
_TERM = re.compile(r"(\d*)\*?(?:([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)|\(([^()]*)\))|(\d+)")


def read_sizes(space: raw.Space) -> tuple[str, ...]:
    r"""The sizes of ℝ^{4H \times (H+D)}: 4H and H+D.

    Raises:
        NotationError: one of them is no sum of sizes (S207), or a number is too long (S213).
    """
    text = re.sub(r"\\[,;:! ]|\\(?:cdot|left|right)(?![A-Za-z])|\s|·", " ", space.sizes)
    parts = tuple(part.strip() for part in re.split(r"\\times|×", text))
    sizes = tuple(_size(part, space.span) for part in parts)
    if len(sizes) > 2:
        raise NotationError(
            "S207", "a shape has one or two sizes", space.span,
            notes=("a quantity is a scalar, a vector or a matrix",),
            help="give each matrix of it a name of its own",
        )  # fmt: skip
    return sizes


def _size(part: str, span: Span) -> str:
    if sum(map(str.isdigit, part)) > MAXIMUM_DIGITS:
        raise NotationError("S213", f"a number has at most {MAXIMUM_DIGITS} digits", span)
    plain = plain_sizes(part).replace(" ", "")
    several = two_letters(part)
    if several is not None:
        first, second = several
        raise NotationError(
            "S215",
            f"{' '.join(part.split())}: a size of several letters has more than one reading",
            span,
            notes=(f"it may be the product of {first} and {second}, or one size of that name",
                   "there are no products of two sizes"),
            help=f"give it one letter, or a label, as in {first}_{{{second}}}",
        )  # fmt: skip
    inner = plain[1:-1] if plain.startswith("(") and plain.endswith(")") else plain
    terms = [_terms(term) for term in _split(inner)]
    is_product = re.search(r"[A-Za-z]\w*\s+[A-Za-z(]", plain_sizes(part))
    if is_product or not all(terms) or any(t.lstrip("0") == "" for ts in terms for t in ts):
        raise NotationError(
            "S207", f"{shortened(part) or 'nothing'} is no size", span,
            help=r"a size is a letter or a number, as in \mathbb{R}^{H \times D}",
        )  # fmt: skip
    for letter, what in _AXES.items():
        if any(re.fullmatch(rf"\d*{letter}", term) for ts in terms for term in ts):
            raise NotationError(
                "S207", f"{letter} is the number of {what}, no size of a quantity", span,
                notes=("the equations speak of one example at one time",),
                help="leave it out, or give the size another letter",
            )  # fmt: skip
    return "+".join(term for ts in terms for term in ts)


def _split(text: str) -> list[str]:
    """A sum at its outer + signs."""
    return re.findall(r"(?:[^+()]|\([^()]*\))+", text) if re.fullmatch(
        r"(?:[^+()]|\([^()]*\))+(?:\+(?:[^+()]|\([^()]*\))+)*", text
    ) else [""]  # fmt: skip


def _terms(text: str) -> list[str]:
    """2H is itself, 4(H+D) is 4H and 4D; nothing of what is no size."""
    match = _TERM.fullmatch(text)
    if match is None:
        return []
    factor, letter, group, number = match.groups()
    if group is None:
        return [number or factor + letter]
    inner = [_terms(part) for part in group.split("+")]
    if not all(len(part) == 1 and part[0][0].isalpha() for part in inner):
        return []
    return [factor + part[0] for part in inner]
