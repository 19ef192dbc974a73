"""SymPy equations → `Cell`, by the one way that there is: they are printed and read.

So an equation typed in Python is checked like one in a file, and gets the same messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from sympy import Eq, MatrixSymbol, sympify

from symlstm.cell import (
    B_AXIS,
    T_AXIS,
    Cell,
    Equation,
    Glyph,
    Quantity,
    Role,
    Shape,
    System,
    matrix_symbols,
)
from symlstm.messages import UsageError
from symlstm.notation.alphabet import ACCENTS, LETTERS
from symlstm.notation.reading import read_text
from symlstm.notation.showing import equations_file

_TIMED = re.compile(r"(\w+?)_(t|prev)")
_NAME = re.compile(rf"([A-Za-z]+?)(?:_({'|'.join(ACCENTS)}))?(?:_([A-Za-z0-9]+))?_?")


def cell_of_equations(equations: Iterable[Any], name: str = "cell") -> Cell:
    """The cell of SymPy equations; see `Cell.from_equations`."""
    pairs = [_pair(equation) for equation in equations]
    quantities: dict[str, Quantity] = {}
    for left, right in pairs:
        for symbol in (left, *matrix_symbols(right)):
            quantity = _quantity(symbol)
            known = quantities.setdefault(quantity.name, quantity)
            if known != quantity:
                raise _usage(f"{symbol.name} stands with the shapes {known.shape} and "
                             f"{quantity.shape}, or with time and without")  # fmt: skip
    system = System(tuple(Equation(a, b) for a, b in pairs), tuple(quantities.values()))
    return read_text(equations_file(system, system.quantities), f"the equations of {name}", name)


def _pair(equation: Any) -> tuple[MatrixSymbol, Any]:
    sides: Any = (equation.lhs, equation.rhs) if isinstance(equation, Eq) else equation
    left, right = (cast(Any, sympify(side)) for side in sides)
    if not isinstance(left, MatrixSymbol):
        raise _usage(f"the left side {left} is no MatrixSymbol")
    if left.name.endswith("_prev"):
        raise _usage(f"the left side {left} is a quantity of the step before")
    if getattr(right, "shape", None) != left.shape:
        shape = getattr(right, "shape", "no shape")
        raise _usage(f"{left} has the shape {left.shape}, its right side {shape}")
    return left, right


def _quantity(symbol: MatrixSymbol) -> Quantity:
    text = cast(str, symbol.name)
    timed = _TIMED.fullmatch(text)
    name = timed[1] if timed else text
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise _usage(f"{text} has no form in equations: a name is a letter and a label, as W_xi")
    head, accent, label = parts[1], parts[2], parts[3] or ""
    latex = "\\" + head if head in LETTERS else head
    latex = rf"\mathrm{{{head}}}" if latex == head and len(head) > 1 else latex
    glyph = Glyph(latex, LETTERS.get(head, head), label)
    if label == "prime":
        glyph = Glyph(latex + "'", LETTERS.get(head, head) + "′")
    if accent:
        glyph = glyph.decorated(rf"\{accent}{{{{}}}}", "{}" + ACCENTS[accent])
    axes = frozenset({T_AXIS, B_AXIS}) if timed else frozenset[Any]()
    role = Role.INTERMEDIATE if timed else Role.PARAMETER
    return Quantity(name, glyph, cast(Shape, symbol.shape), axes, role)


def _usage(text: str) -> UsageError:
    return UsageError(
        "S009", text,
        help="signals are MatrixSymbols called c_t and c_prev, parameters have no time: W_xi",
    )  # fmt: skip
