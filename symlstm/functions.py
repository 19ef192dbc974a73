"""Elementwise functions: one record each, and nothing about them anywhere else.

A record holds the SymPy function, its law in terms of `exp` (from which its derivative, its exact
evaluation and its evaluation to 50 digits follow), the textbook form of its derivative in terms of
its own value when there is one (a test proves it against `sympy.diff`), and its spellings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sympy import Dummy, Expr, Function, Lambda, Symbol, exp, log, tanh
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm.messages import UnknownNode


class sigmoid(Function):
    """The logistic function σ(z) = 1 / (1 + exp(−z))."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return cast(Expr, derivative_by_argument(SIGMOID)(self.args[0]))

    def _eval_rewrite_as_exp(self, arg: Expr, **_: Any) -> Expr:
        return cast(Expr, SIGMOID.by_exp(arg))


@dataclass(frozen=True)
class ElementwiseFunction:
    """One scalar function that cells apply to every entry of a vector or matrix.

    Args:
        name: its word in terms, code and messages.
        function: the SymPy function.
        by_exp: z ↦ f(z) written with exp and arithmetic; for a primitive, f(z) itself.
        slope_by_value: y ↦ f′(z) where y = f(z), the textbook form; None: f′ by SymPy's `diff`.
        latex: how it is printed in LaTeX.
        unicode: how it is printed in messages.
        commands: the LaTeX commands that equations files may use for it.
    """

    name: str
    function: Any
    by_exp: Lambda
    slope_by_value: Lambda | None
    latex: str
    unicode: str
    commands: tuple[str, ...]


_z = Symbol("z", real=True)
_y = Symbol("y", real=True)

SIGMOID = ElementwiseFunction(
    name="sigmoid",
    function=sigmoid,
    by_exp=Lambda(_z, 1 / (1 + exp(-_z))),
    slope_by_value=Lambda(_y, _y * (1 - _y)),
    latex=r"\sigma",
    unicode="σ",
    commands=(r"\sigma", r"\operatorname{sigmoid}", r"\mathrm{sigmoid}", r"\operatorname{sigm}"),
)
TANH = ElementwiseFunction(
    name="tanh",
    function=tanh,
    by_exp=Lambda(_z, 1 - 2 / (1 + exp(2 * _z))),
    slope_by_value=Lambda(_y, 1 - _y**2),
    latex=r"\tanh",
    unicode="tanh",
    commands=(r"\tanh", r"\operatorname{tanh}", r"\mathrm{tanh}"),
)
EXP = ElementwiseFunction(
    name="exp",
    function=exp,
    by_exp=Lambda(_z, exp(_z)),
    slope_by_value=Lambda(_y, _y),
    latex=r"\exp",
    unicode="exp",
    commands=(r"\exp", r"\operatorname{exp}", r"\mathrm{exp}"),
)

FUNCTIONS: tuple[ElementwiseFunction, ...] = (SIGMOID, TANH, EXP)
"""Every function that equations files may use."""

TRACED_ONLY = {
    "expm1": Lambda(_z, exp(_z) - 1),
    "log1p": Lambda(_z, log(1 + _z)),
}
"""Functions that NumPy code calls and no equation names, by the same kind of law."""


@cache
def by_name(name: str) -> ElementwiseFunction:
    """The record called `name`.

    Raises:
        UnknownNode: no record has this name.
    """
    for record in FUNCTIONS:
        if record.name == name:
            return record
    known = ", ".join(record.name for record in FUNCTIONS)
    raise UnknownNode(
        "S401", f"no elementwise function is called {name}", help=f"the functions are {known}"
    )


@cache
def of(function: Any) -> ElementwiseFunction:
    """The record of a SymPy function, or of `Lambda(d, f(d))`, which SymPy makes of it.

    Raises:
        UnknownNode: there is none.
    """
    if isinstance(function, Lambda):
        law = cast(Any, function)
        if getattr(law.expr, "args", None) == tuple(law.variables):
            function = law.expr.func
    for record in FUNCTIONS:
        if record.function == function:
            return record
    raise UnknownNode(
        "S401",
        f"no law is known for the elementwise function {function}",
        help="add a record of it to symlstm/functions.py",
    )


@cache
def _on_entries(record: ElementwiseFunction) -> Lambda:
    """z ↦ f(z), the same object for the same record."""
    return Lambda(_z, record.function(_z))


def apply(record: ElementwiseFunction, matrix: Any) -> Any:
    """f(A), entry by entry.

    Equal for equal A: SymPy itself wraps a function in a `Lambda` over a new variable each time.
    """
    return ElementwiseApplyFunction(_on_entries(record), matrix)


@cache
def derivative_by_argument(record: ElementwiseFunction) -> Lambda:
    """z ↦ f′(z), by SymPy's scalar `diff` of the law in exp."""
    z = Dummy("z", real=True)
    value = cast(Any, record.by_exp(z))
    return Lambda(z, value.diff(z))
