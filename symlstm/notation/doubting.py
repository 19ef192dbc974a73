r"""Names without time that a reader takes for something else: σ, a size, a word.

Each of them is a name if the file declares or defines it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symlstm.messages import NotationError
from symlstm.notation.localising import check_local
from symlstm.notation.naming import Written
from symlstm.notation.summing import spelled_at
from symlstm.notation.wording import is_text_word

if TYPE_CHECKING:
    from symlstm.notation.resolving import Resolver


def check_plain(written: Written, resolver: Resolver) -> None:
    """Names that a reader takes for something else are declared.

    Raises:
        NotationError: this one is not.
    """
    if not resolver.is_known(written.ascii):
        _check_word(written)
    if written.shift is not None or resolver.is_timeless(written.ascii):
        return
    check_local(written, resolver.knowledge)
    if written.key == "sigma":
        raise NotationError(
            "S252", "σ without an argument has more than one reading", written.span,
            notes=("it may be the function, or a quantity such as a standard deviation",),
            help=r"write its argument in brackets; a quantity is declared, \sigma \in "
                 r"\mathbb{R}",
        )  # fmt: skip
    if written.key in resolver.knowledge.sizes:
        raise NotationError(
            "S253", f"{written.key} is a size, and stands here as a number", written.span,
            notes=("sizes are read in declarations, slices, and the mean "
                   r"\frac{1}{H} \sum_{i=1}^{H}",),
            help=f"give the number, or declare {written.key} as a quantity",
        )  # fmt: skip


def _check_word(written: Written) -> None:
    r"""Wx in plain text is one name, or W times x; \text{cell} is a remark, or a name."""
    spelled = spelled_at(written.span)
    word = written.head.ascii
    if is_text_word(spelled):
        raise NotationError(
            "S291", f"{spelled} has two readings", written.span,
            notes=("it may be a remark, or a quantity",),
            help=rf"put & before a remark; write \mathrm{{{word}}} for a quantity",
        )  # fmt: skip
    if len(written.head.unicode) > 1 and "\\" not in spelled and word.isalpha():
        raise NotationError(
            "S282", f"{word} has two readings", written.span,
            notes=("it may be one name", f"it may be the product {' '.join(word)}"),
            help=f"put spaces between the factors, or declare the name: {spelled} ∈ ℝ^H",
        )  # fmt: skip
