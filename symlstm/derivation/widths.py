"""How wide a formula is, roughly, and where it may be broken."""

from __future__ import annotations

import re
from typing import Any

from sympy import MatAdd

from symlstm.cell import operands

LONGEST_LINE = 76
"""Characters of a formula, commands counted as one, that fit on a line of the page."""


def terms_of(summand: Any) -> tuple[Any, ...]:
    """The terms of a sum; anything else is one."""
    return operands(summand) if isinstance(summand, MatAdd) else (summand,)


def addends(text: str) -> list[str]:
    """The text cut before each + or − that stands outside every bracket.

    >>> addends("a + (b - c) - d")
    ['a ', '+ (b - c) ', '- d']
    """
    pieces, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character in "+-" and position and text[position - 1] == " ":
            pieces.append(text[start:position])
            start = position
    return [*pieces, text[start:]]


def width(text: str) -> int:
    r"""Roughly how many characters wide a formula is printed.

    >>> width(r"\sigma(W_{xi}\, x_t)")
    10
    """
    found, skipping = 0, False
    for character in re.sub(r"\\sum_\{[^}]*\}\^\{[^}]*\}", r"\\sum", text):
        if character == "\\":
            skipping = True
            found += 1
        elif skipping and character.isalpha():
            continue
        else:
            skipping = False
            found += character not in "{}_^ "
    return found
