r"""Affine maps that a paper writes as a function: Linear(x) is W x + b, with W and b of its own.

The weights are called by what the equation defines: `z_t = \sigma(\mathrm{Linear}(x_t))` has W_z
and b_z, and the second map of one equation W_z2 and b_z2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symlstm.messages import NotationError, Span
from symlstm.notation import syntax
from symlstm.notation.alphabet import ACCENTS, Letter, letter_of
from symlstm.notation.naming import Written

if TYPE_CHECKING:
    from symlstm.notation.resolving import Resolver


def affine(resolver: Resolver, argument: syntax.Node, span: Span) -> syntax.Node:
    """W argument + b, with the next W and b that are free.

    Raises:
        NotationError: which equation the weights belong to is not told (S296).
    """
    if resolver.left is None or resolver.is_in_function:
        raise NotationError(
            "S296", "whose weights this affine map has is not told", span,
            notes=("each place where it stands in an equation for one name has its own",),
            help="write W x_t + b here",
        )  # fmt: skip
    weight, bias = _parameters(resolver, resolver.left, span)
    make = resolver.make
    product = make.made(syntax.Product((make.made(weight), argument), span))
    return make.sum(((1, product), (1, make.made(bias))), span)


def _parameters(resolver: Resolver, left: Written, span: Span) -> tuple[syntax.Name, syntax.Name]:
    plain = (*_plain(left.head), *left.below, *(label for label, _ in left.above))
    while True:
        count = resolver.maps[left.ascii] = resolver.maps.get(left.ascii, 0) + 1
        below = plain if count == 1 else (*plain, _digits(count))
        weight, bias = (
            Written(Letter(letter, letter, letter), below, (), None, None, False, span)
            for letter in "Wb"
        )
        names = {weight.ascii, bias.ascii}
        if names.isdisjoint(resolver.weights) and not any(
            resolver.knowledge.is_quantity(name) for name in names
        ):
            resolver.weights |= names
            return weight.named(), bias.named()


def _digits(number: int) -> Letter:
    return Letter(str(number), str(number), str(number))


def _plain(head: Letter) -> tuple[Letter, ...]:
    """The head without fonts, as a label; a prime is a label of its own."""
    word, *marks = head.ascii.split("_")
    letter = letter_of("\\" + word) or letter_of(word) or head
    labels: tuple[Letter, ...] = ()
    for mark in marks:
        if mark in ACCENTS:
            letter = letter.accented(mark)
        else:
            labels += (Letter(mark, mark, mark),)
    return (letter, *labels)
