"""What is written in a drawing → expressions in the names of a cell."""

from __future__ import annotations

import re
from typing import cast

from symlstm.cell import Cell, Quantity, time_suffix
from symlstm.drawing.dot import ARRIVES
from symlstm.drawing.operators import moved
from symlstm.messages import NotationError, Span
from symlstm.notation import syntax
from symlstm.notation.growing import statements_of
from symlstm.notation.parsing import tokens_of, tree_of

LETTERS = "qwzyuvprsklmnjabdegABCDEFGKLMNPQRSUVWXYZ"
TIMES = (-2, -1, 0, 1)
_EDGE = re.compile(rf"^([\s(−-]*){ARRIVES}|{ARRIVES}(?=[\s)]*$)")
_BEFORE = re.compile(r"_t\s*[-−]\s*(\d)$")
_NO_SPACE = re.compile(r"\s+|\\,|\\left|\\right")


class Labels:
    """Reads labels.

    Args:
        cell: the cell whose names are known.
    """

    def __init__(self, cell: Cell) -> None:
        source, lexemes, self._notation = tokens_of(cell.to_latex(), cell.name)
        self._beside = statements_of(source, lexemes)
        heads = {q.glyph.unicode for q in cell.quantities}
        self._letter = next(letter for letter in LETTERS if letter not in heads)
        self._names = {
            spelled: (quantity, shift)
            for quantity in cell.quantities
            for shift in (TIMES if quantity.is_timed else (0,))
            for spelled in _spellings(quantity, shift)
        }
        self._known: dict[str, syntax.Node | None] = {}

    @property
    def arrives(self) -> str:
        """The name that stands for what arrives on a wire."""
        return self._letter

    def read(self, text: str, span: Span) -> syntax.Node | None:
        """The expression that a label is, all of it at one place; None: it is none."""
        text = _BEFORE.sub(r"_{t-\1}", text.strip())
        if text not in self._known:
            self._known[text] = self._read(text)
        found = self._known[text]
        return None if found is None else cast(syntax.Node, moved(found, span))

    def _read(self, text: str) -> syntax.Node | None:
        named = self._names.get(_NO_SPACE.sub("", text))
        if named is not None:
            quantity, shift = named
            at = shift if quantity.is_timed else None
            return syntax.Name(quantity.name, quantity.glyph, at, Span("", 0))
        written = _EDGE.sub(lambda m: (m[1] or "") + f"{self._letter}_t", text)
        line = f"{self._letter}_t = {written}"
        try:
            source, lexemes, _ = tokens_of(line, "label")
            statements = (*statements_of(source, lexemes), *self._beside)
            definitions = tree_of(source, statements, self._notation).definitions
        except NotationError:
            return None
        return definitions[0].right


def _spellings(quantity: Quantity, shift: int) -> tuple[str, ...]:
    """How a quantity at a time is written: as in equations, and as in code."""
    ascii_name = quantity.name + (time_suffix(shift) if quantity.is_timed else "")
    return (
        ascii_name, quantity.in_unicode(shift).replace(" ", ""),
        _NO_SPACE.sub("", quantity.in_latex(shift)),
    )  # fmt: skip
