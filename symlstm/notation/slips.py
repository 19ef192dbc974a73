r"""Names that are one slip of the pen apart: `l_t`, `i_t`; `C_t`, `c_t`; `\hat c`, `\tilde c`.

Single letters are apart by a slip only if they look alike: x and y are two names.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from symlstm.notation.alphabet import ACCENTS

_ALIKE = (
    "i l iota", "a alpha", "k kappa", "v nu", "w omega", "p rho", "x chi", "u upsilon", "o O 0",
)  # fmt: skip
"""Letters that look alike; so do the two cases of a letter."""

_SHORTEST_WORD = 4
"""Words of so many letters are apart by a slip if they differ in one letter or two neighbours."""


def is_slip(name: str, other: str) -> bool:
    """Whether two ASCII names differ in one letter, accent or label, which looks like a slip.

    >>> is_slip("l", "i"), is_slip("c_hat", "c_tilde"), is_slip("gaet", "gate")
    (True, True, True)
    >>> is_slip("x", "y"), is_slip("y_hat", "y")
    (False, False)
    """
    parts, others = name.split("_"), other.split("_")
    if len(parts) != len(others):
        return False
    different = [pair for pair in zip(parts, others, strict=True) if pair[0] != pair[1]]
    return len(different) == 1 and _look_alike(*different[0])


def _look_alike(a: str, b: str) -> bool:
    if a in ACCENTS and b in ACCENTS:
        return True
    if a.lower() == b.lower() or any({a, b} <= set(group.split()) for group in _ALIKE):
        return True
    is_word = min(len(a), len(b)) >= _SHORTEST_WORD and a.isalpha() and b.isalpha()
    return is_word and _is_one_edit(a, b)


def _is_one_edit(a: str, b: str) -> bool:
    """One letter put in, left out or exchanged, or two neighbours the other way round."""
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    swapped = a[1:2] + a[:1] + a[2:]
    return b in (swapped, a[1:]) or b[1:] in (a, a[1:])


def is_indexed(name: str, whole: str) -> bool:
    """Whether a name is another one with a small letter more, as an index is written.

    >>> is_indexed("o_i", "o"), is_indexed("W_xi", "W"), is_indexed("c_hat", "c")
    (True, False, False)
    """
    before, _, index = name.rpartition("_")
    return before == whole and len(index) == 1 and index.islower()


def meant(name: str, others: Iterable[str]) -> str | None:
    """The other name that was meant: a slip apart, or much the same; None: there is none."""
    others = list(others)
    slip = next((other for other in others if is_slip(name, other)), None)
    if slip is not None or len(name) == 1:
        return slip
    return next(iter(difflib.get_close_matches(name, others, 1, cutoff=0.5)), None)
