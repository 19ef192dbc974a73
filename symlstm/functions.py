"""Elementwise functions: one record each, and nothing about them anywhere else.

A record holds the SymPy function, its law in terms of `exp` and `log` (from which its derivative
and its evaluation to 50 digits follow), the textbook form of its derivative in terms of its own
value or of its argument (a test proves it against `sympy.diff`), and its spellings. How a function
is evaluated exactly is for `proof` to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sympy import (
    Dummy,
    Expr,
    Function,
    Integer,
    Lambda,
    MatrixExpr,
    Piecewise,
    Symbol,
    exp,
    log,
    tanh,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm.messages import UnknownNode


class sigmoid(Function):
    """The logistic function σ(z) = 1 / (1 + exp(−z))."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return cast(Expr, derivative_by_argument(SIGMOID)(self.args[0]))

    def _eval_rewrite_as_exp(self, arg: Expr, **_: Any) -> Expr:
        return cast(Expr, SIGMOID.by_exp(arg))


class softplus(Function):
    """log(1 + exp z), a smooth max(z, 0)."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return cast(Expr, derivative_by_argument(SOFTPLUS)(self.args[0]))

    def _eval_rewrite_as_exp(self, arg: Expr, **_: Any) -> Expr:
        return cast(Expr, SOFTPLUS.by_exp(arg))


class silu(Function):
    """z σ(z), also called swish."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return cast(Expr, derivative_by_argument(SILU)(self.args[0]))

    def _eval_rewrite_as_exp(self, arg: Expr, **_: Any) -> Expr:
        return cast(Expr, SILU.by_exp(arg))


class relu(Function):
    """max(z, 0)."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return cast(Expr, step(self.args[0]))


class absolute(Function):
    """|z|; SymPy's own `Abs` evaluates itself on a 1×1 matrix expression."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return cast(Expr, signum(self.args[0]))


class signum(Function):
    """The sign of z, 0 at 0."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return Integer(0)


class step(Function):
    """1 where z > 0, elsewhere 0. SymPy's `Heaviside` is 1/2 at 0."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Expr:
        return Integer(0)


@dataclass(frozen=True)
class ElementwiseFunction:
    """One scalar function that cells apply to every entry of a vector or matrix.

    Args:
        name: its word in terms, code and messages.
        function: the SymPy function.
        by_exp: z ↦ f(z) written with exp, log, pieces and arithmetic; for a primitive, f(z) itself.
        slope_by_value: y ↦ f′(z) where y = f(z), the textbook form if it is one of y.
        latex: how it is printed in LaTeX.
        unicode: how it is printed in messages.
        commands: the LaTeX commands that equations files may use for it.
        slope_by_argument: z ↦ f′(z), the textbook form if it is one of z; where there is neither,
            f′ comes from SymPy's `diff` of the law.
    """

    name: str
    function: Any
    by_exp: Lambda
    slope_by_value: Lambda | None
    latex: str
    unicode: str
    commands: tuple[str, ...]
    slope_by_argument: Lambda | None = None


def _spelled(*words: str) -> tuple[str, ...]:
    r"""The commands `\operatorname{word}` and `\mathrm{word}` for each word."""
    return tuple(rf"\{style}{{{word}}}" for word in words for style in ("operatorname", "mathrm"))


_z = Symbol("z", real=True)
_y = Symbol("y", real=True)
_sigma = cast(Any, sigmoid(_z))

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

LOG = ElementwiseFunction(
    name="log",
    function=log,
    by_exp=Lambda(_z, log(_z)),
    slope_by_value=None,
    latex=r"\log",
    unicode="log",
    commands=(r"\log", r"\ln", *_spelled("log", "ln")),
    slope_by_argument=Lambda(_z, 1 / _z),
)
SOFTPLUS = ElementwiseFunction(
    name="softplus",
    function=softplus,
    by_exp=Lambda(_z, log(1 + exp(_z))),
    slope_by_value=None,
    latex=r"\operatorname{softplus}",
    unicode="softplus",
    commands=_spelled("softplus"),
    slope_by_argument=Lambda(_z, sigmoid(_z)),
)
SILU = ElementwiseFunction(
    name="silu",
    function=silu,
    by_exp=Lambda(_z, _z / (1 + exp(-_z))),
    slope_by_value=None,
    latex=r"\operatorname{silu}",
    unicode="silu",
    commands=_spelled("silu", "SiLU", "swish", "Swish"),
    slope_by_argument=Lambda(_z, _sigma * (1 + _z * (1 - _sigma))),
)
RELU = ElementwiseFunction(
    name="relu",
    function=relu,
    by_exp=Lambda(_z, Piecewise((_z, _z > 0), (0, True))),
    slope_by_value=None,
    latex=r"\operatorname{ReLU}",
    unicode="relu",
    commands=_spelled("ReLU", "relu"),
    slope_by_argument=Lambda(_z, step(_z)),
)
ABS = ElementwiseFunction(
    name="abs",
    function=absolute,
    by_exp=Lambda(_z, Piecewise((_z, _z > 0), (-_z, True))),
    slope_by_value=None,
    latex=r"\operatorname{abs}",
    unicode="abs",
    commands=_spelled("abs"),
    slope_by_argument=Lambda(_z, signum(_z)),
)
SIGN = ElementwiseFunction(
    name="sign",
    function=signum,
    by_exp=Lambda(_z, Piecewise((1, _z > 0), (-1, _z < 0), (0, True))),
    slope_by_value=None,
    latex=r"\operatorname{sign}",
    unicode="sign",
    commands=_spelled("sign", "sgn"),
    slope_by_argument=Lambda(_z, 0),
)
STEP = ElementwiseFunction(
    name="step",
    function=step,
    by_exp=Lambda(_z, Piecewise((1, _z > 0), (0, True))),
    slope_by_value=None,
    latex=r"\operatorname{step}",
    unicode="step",
    commands=_spelled("step"),
    slope_by_argument=Lambda(_z, 0),
)

FUNCTIONS: tuple[ElementwiseFunction, ...] = (
    *(SIGMOID, TANH, EXP, LOG, SOFTPLUS, SILU),
    *(RELU, ABS, SIGN, STEP),
)
"""Every function that equations files may use."""


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
    Its constructor applies the function to a matrix of one entry to see what comes, and so
    simplifies all that is nested in it, level by level; here nothing is evaluated.
    """
    return cast(Any, MatrixExpr.__new__(ElementwiseApplyFunction, _on_entries(record), matrix))


@cache
def derivative_by_argument(record: ElementwiseFunction) -> Lambda:
    """z ↦ f′(z), by SymPy's scalar `diff` of the law in exp."""
    z = Dummy("z", real=True)
    value = cast(Any, record.by_exp(z))
    return Lambda(z, value.diff(z))
