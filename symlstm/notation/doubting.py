r"""Names without time that a reader takes for something else: σ, a size, a word, Δt, BN(…).

Each of them is a name if the file declares or defines it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from symlstm.messages import NotationError
from symlstm.notation import raw
from symlstm.notation.knowing import MAXIMUM_WORD, joined_span
from symlstm.notation.localising import check_local
from symlstm.notation.naming import Written
from symlstm.notation.slips import is_slip
from symlstm.notation.summing import spelled_at
from symlstm.notation.vocabulary import function_called
from symlstm.notation.wording import is_text_word

if TYPE_CHECKING:
    from symlstm.notation.resolving import Resolver

_STEP = re.compile(r"(\\?[A-Za-z]+)\s*[+\-−]\s*\d+")
"""A time whose letter is another."""
_FENCES = re.compile(r"\\(?:math[a-z]+|text[a-z]*|boldsymbol|[lr]angle)|[(){}<>\[\]\s]")
"""Brackets and fonts, which are no part of a time."""


def check_plain(written: Written, resolver: Resolver) -> None:
    """Names that a reader takes for something else are declared.

    Raises:
        NotationError: this one is not.
    """
    if not resolver.is_known(written.ascii):
        _check_word(written, resolver)
    if written.shift is not None or resolver.is_timeless(written.ascii):
        return
    check_local(written, resolver.knowledge)
    _check_time(written, resolver)
    if written.key == "sigma":
        raise NotationError(
            "S252", "σ without an argument has more than one reading", written.span,
            notes=("it may be the function, or a quantity such as a standard deviation",),
            help=r"write its argument in brackets; a quantity is declared, \sigma \in "
                 r"\mathbb{R}",
        )  # fmt: skip
    if written.key == resolver.knowledge.notation.time:
        raise NotationError(
            "S310", f"{written.key} is the time, and stands here as a quantity", written.span,
            notes=("a step does not know how many were before it",),
            help=f"an input may tell the time, as in \\tau_{written.key}",
        )  # fmt: skip
    if written.key in resolver.knowledge.declared_sizes:
        raise NotationError(
            "S253", f"{written.key} has two readings", written.span,
            notes=("it is a size, which may be meant as a number", "it may be a parameter"),
            help=rf"write ({written.key}) for the number, or declare the parameter: {written.key} "
                 r"\in \mathbb{R}^{…}",
        )  # fmt: skip
    if written.key in resolver.knowledge.sizes:
        raise NotationError(
            "S253", f"{written.key} is a size, and stands here as a number", written.span,
            notes=("it stands above a sum, and no declaration has it",),
            help=f"declare what has {written.key} entries, give the number, or declare "
                 rf"{written.key} \in \mathbb{{R}} for a parameter",
        )  # fmt: skip


def _check_time(written: Written, resolver: Resolver) -> None:
    """h_{n-1} beside h_t is h at another time, or a parameter with a label."""
    labels = (*written.below, *(label for label, _ in written.above))
    for label in labels:
        step = _STEP.fullmatch(_FENCES.sub("", label.latex))
        below = tuple(b for b in written.below if b is not label)
        above = tuple(a for a in written.above if a[0] is not label)
        plain = replace(written, below=below, above=above)
        if step is None or plain.ascii not in resolver.knowledge.timed:
            continue
        spelled, time = spelled_at(written.span), resolver.knowledge.notation.time
        raise NotationError(
            "S317", f"{spelled} has two readings", written.span,
            notes=(f"it may be {plain.key} at another time, though the time of this file is {time}",
                   "it may be a parameter with a label"),
            help=f"write {time}, or % notation: time = {step[1]}; declare a parameter: "
                 rf"{spelled} \in \mathbb{{R}}^{{H}}",
        )  # fmt: skip


def _check_word(written: Written, resolver: Resolver) -> None:
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
        known = sorted(resolver.knowledge.defined | resolver.knowledge.declared)
        slip = next((name for name in known if is_slip(written.ascii, name)), None)
        raise NotationError(
            "S282", f"{word} has two readings", written.span,
            notes=("it may be one name", f"it may be the product {' '.join(word)}"),
            help=f"put spaces between the factors, or declare the name: {spelled} ∈ ℝ^H"
                 if slip is None else f"did you mean {slip}?",
        )  # fmt: skip


def check_side_by_side(node: raw.Product, resolver: Resolver) -> None:
    r"""\Delta t is one name, or Δ times t; BN(a) is a function's value, or B times N times a.

    Raises:
        NotationError: the file does not tell which.
    """
    for position, factor in enumerate(node.factors[1:], 1):
        if node.signs[position] != "":
            continue
        _check_difference(node.factors[position - 1], factor, resolver)
        if isinstance(factor, raw.Bracket) and factor.opening == "(":
            _check_called(
                node.factors[max(0, position - MAXIMUM_WORD) : position], factor, resolver
            )


def _check_difference(first: raw.Node, second: raw.Node, resolver: Resolver) -> None:
    base = second.base if isinstance(second, raw.Scripted) else second
    if not (isinstance(first, raw.Symbol) and isinstance(base, raw.Symbol)):
        return
    is_small = base.letter.ascii[:1].islower() and base.letter.latex[:1] != "\\"
    if first.letter.ascii != "Delta" or not is_small or resolver.is_known("Delta"):
        return
    spelled = f"{spelled_at(first.span)} {spelled_at(base.span)}"
    free = next(
        letter for letter in (r"\tau", "q", r"\epsilon", "q'")
        if not resolver.knowledge.is_quantity(letter.strip("\\"))
    )  # fmt: skip
    is_time = base.letter.ascii == resolver.knowledge.notation.time
    declared = rf"; or declare {spelled_at(first.span)} \in \mathbb{{R}}" * (not is_time)
    raise NotationError(
        "S309", f"{spelled} has two readings", joined_span(first.span, base.span),
        notes=("it may be one name, such as the length of a step",
               rf"it may be the product of {spelled_at(first.span)} and {spelled_at(base.span)}"),
        help=f"say that it is a name: % notation: {spelled} = {free}{declared}",
    )  # fmt: skip


def _check_called(before: tuple[raw.Node, ...], bracket: raw.Bracket, resolver: Resolver) -> None:
    """Letters without a space between them, directly before a bracket."""
    letters: list[raw.Symbol] = []
    following: raw.Node = bracket
    for node in reversed(before):
        if not isinstance(node, raw.Symbol) or not node.letter.latex.isalpha():
            break
        if not _touches(node, following):
            break
        letters.insert(0, node)
        following = node
    word = "".join(symbol.letter.ascii for symbol in letters)
    knowledge = resolver.knowledge
    told = knowledge.notation.functions.keys() | knowledge.functions.keys()
    is_known = any(
        resolver.is_known(name) or name in told for name in (s.letter.ascii for s in letters)
    )
    if len(letters) < 2 or (is_known and not function_called(word)):
        return
    command = rf"\operatorname{{{word}}}"
    raise NotationError(
        "S270", f"{word}(…) has two readings", joined_span(letters[0].span, letters[-1].span),
        notes=(f"it may be a value of the function {word}",
               f"it may be the product {' '.join(word)} with what is in brackets"),
        help=f"write {command}" if function_called(word)
             else f"define {word}(x) = …; put spaces between the factors of a product",
    )  # fmt: skip


def _touches(first: raw.Node, second: raw.Node) -> bool:
    a, b = first.span, second.span
    return a.line == b.line and a.column + a.length == b.column
