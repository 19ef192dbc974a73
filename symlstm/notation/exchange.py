"""SymPy equations → `Cell`, by the one way that there is: they are printed and read.

So an equation typed in Python is checked like one in a file, and gets the same messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

from sympy import (
    Eq,
    HadamardPower,
    MatMul,
    MatPow,
    MatrixSymbol,
    Rational,
    Symbol,
    SympifyError,
    Tuple,
    sympify,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm import functions
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
    operands,
    sizes_in,
)
from symlstm.messages import NotationError, UnknownNode, UsageError
from symlstm.notation.alphabet import ACCENTS, LETTERS
from symlstm.notation.exactness import written_out
from symlstm.notation.naming import MAXIMUM_DIGITS
from symlstm.notation.reading import read_text
from symlstm.notation.showing import equations_file

_TIMED = re.compile(r"(\w+?)_(t|prev)")
_NAMES = "signals are MatrixSymbols called c_t and c_prev, parameters have no time: W_xi"
_EQUATIONS = (
    "give Eq(h_t, right) or pairs (h_t, right) of SymPy matrix expressions; "
    "equations as text are read by Cell.from_latex"
)
_NAME = re.compile(rf"([A-Za-z]+?)(?:_({'|'.join(ACCENTS)}))?(?:_([A-Za-z0-9]+))?_?")


def cell_of_equations(equations: Iterable[Any], name: str = "cell") -> Cell:
    """The cell of SymPy equations; see `Cell.from_equations`."""
    if not isinstance(cast(Any, equations), Iterable) or isinstance(equations, str | bytes):
        raise _usage(f"equations are a list of them, and {_given(equations)} is given", _EQUATIONS)
    pairs = [(left, written_out(right)) for left, right in map(_pair, equations)]
    _check_numbers(right for _, right in pairs)
    quantities: dict[str, Quantity] = {}
    for left, right in pairs:
        for symbol in (left, *matrix_symbols(right)):
            quantity = _quantity(symbol)
            known = quantities.setdefault(quantity.name, quantity)
            if known != quantity:
                raise _usage(
                    f"{symbol.name} stands with the shapes {known.shape} and {quantity.shape}, "
                    "or with time and without", "give one of the two another name",
                )  # fmt: skip
    _check_scalars(pairs, quantities.values())
    system = System(tuple(Equation(a, b) for a, b in pairs), tuple(quantities.values()))
    return _read(_written(system), name)


def _written(system: System) -> str:
    try:
        return equations_file(system, system.quantities)
    except UnknownNode as problem:
        raise UnknownNode(
            problem.message.code, problem.message.text,
            notes=("an equation is made of sums, products, transposes, stacks, slices, and "
                   "functions applied entry by entry",),
            help=f"use these functions: {_known_functions()}",
        ) from None  # fmt: skip


def _known_functions() -> str:
    """Every function, by the name under which it is imported, and from where."""
    records = functions.FUNCTIONS
    ours = [r for r in records if r.function.__module__ == functions.__name__]
    of_sympy = [r.function.__name__ for r in records if r not in ours]
    named = [
        f"{r.function.__name__} (σ)" if r is functions.SIGMOID else r.function.__name__
        for r in ours
    ]
    return f"{', '.join(named)} of symlstm.functions, {', '.join(of_sympy)} of SymPy"


def _read(text: str, name: str) -> Cell:
    """The cell of the printed equations; a message quotes them, but names no place in the text."""
    try:
        return read_text(text, f"the equations of {name}", name)
    except NotationError as problem:
        quoted = dict.fromkeys(span.text.strip(" &\\") for span in problem.message.spans)
        notes = tuple(f"in {line.replace('&', '')}" for line in quoted if line)
        raise NotationError.of(
            replace(problem.message, spans=(), notes=(*notes, *problem.message.notes))
        ) from None


def _check_numbers(expressions: Iterable[Any]) -> None:
    """A number is printed before it is read, and Python prints none of thousands of digits."""
    for expression in expressions:
        for number in expression.atoms(Rational):
            if max(abs(int(number.p)), int(number.q)) >= 10**MAXIMUM_DIGITS:
                raise NotationError(
                    "S213", f"a number has at most {MAXIMUM_DIGITS} digits",
                    help="give the number a name, as a parameter",
                )  # fmt: skip


def _check_scalars(pairs: list[tuple[MatrixSymbol, Any]], quantities: Iterable[Quantity]) -> None:
    """A factor that is a plain Symbol has no shape, and would be read as a matrix."""
    sizes = {size for quantity in quantities for d in quantity.shape for size in sizes_in(d)}
    for _, right in pairs:
        for symbol in _scalar_symbols(right):
            if symbol not in sizes:
                raise _usage(
                    f"{symbol} is a Symbol without a shape",
                    f'a scalar is MatrixSymbol("{symbol}", 1, 1), and OneMatrix(H, 1) * {symbol} '
                    "is H times that",
                )  # fmt: skip


def _scalar_symbols(node: Any) -> Iterator[Any]:
    """The symbols of the numbers that multiply matrices, or are their exponents."""
    if isinstance(node, ElementwiseApplyFunction):
        yield from _scalar_symbols(node.expr)
        return
    for operand in operands(node):
        if isinstance(node, MatMul | HadamardPower | MatPow) and not operand.is_Matrix:
            yield from (s for s in sorted(operand.free_symbols, key=str) if isinstance(s, Symbol))
        yield from _scalar_symbols(operand)


def _pair(equation: Any) -> tuple[MatrixSymbol, Any]:
    left, right = _sides(equation)
    if not isinstance(left, MatrixSymbol):
        raise _usage(f"the left side {left} is no MatrixSymbol", _NAMES)
    if left.name.endswith("_prev"):
        raise _usage(f"the left side {left} is a quantity of the step before", _NAMES)
    if getattr(right, "shape", None) != left.shape:
        shape = getattr(right, "shape", "no shape")
        raise _usage(
            f"{left} has the shape {left.shape}, its right side {shape}",
            "the two sides of an equation have one shape",
        )
    return left, right


def _sides(equation: Any) -> tuple[Any, Any]:
    """The two sides of `Eq(left, right)` or (left, right), as SymPy's."""
    sides: Any = (equation.lhs, equation.rhs) if isinstance(equation, Eq) else equation
    if not isinstance(sides, tuple | list | Tuple) or len(cast(Any, sides)) != 2:
        raise _usage(f"{_given(equation)} is no equation", _EQUATIONS)
    try:
        left, right = (cast(Any, sympify(side, strict=True)) for side in cast(Any, sides))
    except SympifyError:
        raise _usage(f"{_given(equation)} has a side that is not SymPy's", _EQUATIONS) from None
    return left, right


def _given(value: Any) -> str:
    """What was given, as a message quotes it."""
    try:
        text = repr(value)
    except ValueError:  # a number of thousands of digits
        text = "with a number of very many digits"
    return f"the {type(value).__name__} {text if len(text) <= 60 else text[:57] + '…'}"


def _quantity(symbol: MatrixSymbol) -> Quantity:
    text = cast(str, symbol.name)
    timed = _TIMED.fullmatch(text)
    name = timed[1] if timed else text
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise _usage(
            f"{text} has no form in equations: a name is a letter and a label, as W_xi", _NAMES
        )
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


def _usage(text: str, help: str) -> UsageError:
    return UsageError("S022", text, help=help)
