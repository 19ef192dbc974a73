"""Slips of sums: of terms, over time steps, over examples.

Who accumulates in a loop may do to every term what is wrong for one, keep only the last term, not
begin with zeros again, or take the mean for the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from sympy import Rational, Symbol

from symlstm.calculus.rules import product
from symlstm.cell import System, matrix_symbols, sizes_in
from symlstm.interface import Sizes, sizes_text
from symlstm.verification.slip import Slip
from symlstm.verification.wording import Wording

Variants = Callable[[Any], Iterator[Slip]]
"""The slips at one place of a term, each with the whole term changed."""

_FACTORS = (
    (1 / Symbol("B"), "B, the number of examples"),
    (1 / Symbol("T"), "T, the number of time steps"),
    (1 / (Symbol("B") * Symbol("T")), "B T, the number of examples times that of time steps"),
    (Rational(1, 2), "2"),
    (Rational(2), ""),
)
"""What a gradient is multiplied by that is not its own, and the divisor in words."""


def scaled(words: Wording, addends: Sequence[Any], sizes: Sizes) -> Iterator[Slip]:
    """A factor too many, over all terms: the mean of the examples or steps, the 2 of a square.

    Args:
        sizes: those at which numbers are compared, where B may be 2.
    """
    for factor, divisor in _FACTORS:
        number = _at_sizes(factor, sizes)
        others = [d for f, d in _FACTORS if _at_sizes(f, sizes) == number and d != divisor]
        also = "".join(
            f", or by {other}: they are equal at {sizes_text(sizes)}" for other in others
        )
        is_mean = bool(factor.free_symbols)
        yield Slip(
            "extra-term", f"is divided by {divisor}{also}" if divisor else "is multiplied by 2",
            str(factor), tuple(product(factor, addend) for addend in addends),
            help="take the sum; where the loss is a mean, it is dh that has the factor"
            if is_mean else "leave the factor out",
        )  # fmt: skip


def _at_sizes(factor: Any, sizes: Sizes) -> Any:
    return factor.subs({size: sizes[size.name] for size in sizes_in(factor)})


def scaled_terms(words: Wording, addends: Sequence[Any]) -> Iterator[Slip]:
    """A factor too many before one term."""
    for position, addend in enumerate(addends):
        text = words.text(addend)
        for factor, _ in _FACTORS:
            wrong = product(factor, addend)
            yield Slip(
                "wrong-term", f"has {words.text(wrong)} where {text} stands", words.names(addend),
                (*addends[:position], wrong, *addends[position + 1 :]), help=f"use {text}",
            )  # fmt: skip


def only_terms(words: Wording, addends: Sequence[Any]) -> Iterator[Slip]:
    """One of three or more terms, where each was assigned and not added."""
    for addend in addends[::-1] if len(addends) > 2 else ():
        yield Slip(
            "missing-term", f"has only the term {words.text(addend)}, one of {len(addends)}",
            words.names(addend), (addend,), help="accumulate the terms: += and not =",
        )  # fmt: skip


def in_each_term(addends: Sequence[Any], variants: Variants) -> Iterator[Slip]:
    """The same slip in all terms, which are alike: W for Wᵀ in a sum over the gates."""
    if len(addends) < 2:
        return
    for alike in zip_longest(*map(variants, addends)):
        if None in alike:
            return
        kinds = {(slip.kind, slip.message.split()[0]) for slip in alike}
        if len(kinds) == 1:
            first = alike[0]
            yield replace(
                first, message=f"{first.message}; the same in its other terms",
                parts=tuple(slip.parts[0] for slip in alike),
            )  # fmt: skip


def of_some_examples(words: Wording, addends: Sequence[Any]) -> Iterator[Slip]:
    """The first or the last example alone, where there is a sum over the examples."""
    for only, examples in (("last", (-1, None)), ("first", (0, 1))):
        yield Slip(
            "missing-term", f"has only the term of the {only} example",
            words.names(addends[0]) if addends else "", tuple(addends), examples=examples,
            help="sum over the examples: .sum(axis=0), or += in the loop over them",
        )  # fmt: skip


def of_one_time(system: System, words: Wording, addends: Sequence[Any]) -> Iterator[Slip]:
    """A forward quantity that is read at one step by all of them: what a loop left behind."""
    adjoints = {f"d{q.name}" for q in system.quantities}
    for symbol in dict.fromkeys(s for addend in addends for s in matrix_symbols(addend)):
        quantity, shift = system.locate(symbol)
        if not quantity.is_timed or quantity.name in adjoints or not quantity.axes:
            continue
        right = quantity.in_unicode(shift)
        for time, label in ((-1, "T"), (1, "1"), *([(0, "0")] if shift < 0 else [])):
            wrong = quantity.glyph.in_unicode(label)
            yield Slip(
                "wrong-time", f"reads {wrong} at every step where {right} stands",
                words.names(symbol), tuple(addends), held=(quantity.name, time),
                help=f"use {right}",
            )  # fmt: skip


def gated_carries(words: Wording, addends: Sequence[Any], carried: str) -> Iterator[Slip]:
    """∘ for the + between a term and what is carried from t+1."""
    for position, addend in enumerate(addends):
        right = f"{words.text(addend)} + {carried}"
        yield Slip(
            "wrong-term", f"has ∘ where + stands in {right}", words.names(addend),
            (*addends[:position], *addends[position + 1 :]), gate=addend, help=f"use {right}",
        )  # fmt: skip


def not_begun_again(name: str, words: Wording, parts: Sequence[Any]) -> Slip:
    """What is carried to a step, accumulated over all later ones.

    Args:
        name: what the chart calls what is carried.
    """
    text = " + ".join(words.text(part) for part in parts)
    return Slip(
        "extra-term", f"adds {text} to what was carried before: it is not reset at each step",
        words.names(parts[0]), tuple(parts), accumulated=name,
        help="assign zeros at each step, before the terms are added",
    )  # fmt: skip
