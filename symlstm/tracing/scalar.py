"""Scalars of a run: a real number (`Term`) and a truth value (`Truth`), each an index of a term.

They take the place of NumPy's scalars in somebody's code. Whatever would need their value (an
`if`, float(), a dictionary key) ends the run as untraceable, unless the term is a constant.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import numpy as np

from symlstm.proof.terms import Terms
from symlstm.tracing.rules import (
    ARITHMETIC,
    COMPARISONS,
    INFINITY,
    LOGIC,
    MINUS_INFINITY,
    UNBOUNDED_OPERANDS,
    Undefined,
    evaluate,
)
from symlstm.tracing.session import Session, active

_FLOATING: tuple[type[Any], ...] = (float, np.floating)
_TRUTHS: tuple[type[Any], ...] = (bool, np.bool_)


_FEW = 4
"""To look up fewer terms than this takes as long as to build them."""


class Hooks:
    """Where NumPy's two protocols and the array methods lead; filled in by the modules above."""

    ufunc: Callable[[Any, str, tuple[Any, ...], dict[str, Any]], Any]
    function: Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
    as_array: Callable[[Any], Any]
    array_attributes: frozenset[str] = frozenset()


class Scalar:
    """What `Term` and `Truth` share: operators, NumPy's protocols, refusals."""

    __slots__ = ("index", "terms")
    __array_priority__ = 1000.0

    shape: tuple[int, ...] = ()
    ndim = 0
    size = 1

    def __init__(self, index: int, terms: Terms) -> None:
        self.index = index
        self.terms = terms

    @property
    def T(self) -> Scalar:
        return self

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return Hooks.ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return Hooks.function(function, args, options)

    def __getattr__(self, name: str) -> Any:
        if name in Hooks.array_attributes:
            return getattr(Hooks.as_array(self), name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def copy(self) -> Scalar:
        return self

    def item(self) -> Scalar:
        return self

    def tolist(self) -> Scalar:
        return self

    def __copy__(self) -> Scalar:
        return self

    def __deepcopy__(self, memo: Any) -> Scalar:
        return self

    def __format__(self, specification: str) -> str:
        return repr(self)

    def __hash__(self) -> int:
        active().fail(
            "a traced value as a dictionary key or an element of a set",
            "use integers or strings as keys",
        )

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        active().fail("a traced value is pickled", "leave storage out of the traced function")


class Term(Scalar):
    """A traced real number."""

    __slots__ = ()

    @property
    def dtype(self) -> np.dtype[np.float64]:
        return np.dtype(np.float64)

    @property
    def real(self) -> Term:
        return self

    def __repr__(self) -> str:
        value = self.terms.number_at(self.index)
        return f"term {self.index}" if value is None else str(value)

    def known(self, use: str, remedy: str) -> Any:
        """The value as a float, if it is a constant; otherwise the run ends."""
        value = self.terms.number_at(self.index)
        if value is None:
            active().fail(use, remedy)
        return value

    def __bool__(self) -> bool:
        return bool(self.known("a traced value used as a condition", "use np.where"))

    def __float__(self) -> float:
        return float(
            self.known(
                "a traced value converted to a float: stored in a real array, or given to float() "
                "or to a function of real numbers",
                "create arrays inside the function with np.zeros or np.empty, "
                "and use NumPy's functions",
            )
        )

    def __complex__(self) -> complex:
        return complex(float(self))

    def __int__(self) -> int:
        return int(
            self.known(
                "a traced value converted to an integer",
                "use a float dtype, and no rounding",
            )
        )

    __trunc__ = __int__

    def __index__(self) -> int:
        active().fail("a traced value used as an index or a size", "index by integers")


class Truth(Scalar):
    """A traced truth value that is not decided, such as z > 0."""

    __slots__ = ()

    @property
    def dtype(self) -> np.dtype[np.bool_]:
        return np.dtype(np.bool_)

    def __repr__(self) -> str:
        return f"truth {self.index}"

    def __bool__(self) -> bool:
        active().fail(
            "a comparison of traced values decides what the code does (if, while, and, or, max, "
            "min, sorted)",
            "use np.where, np.maximum or np.minimum",
        )

    __int__ = __float__ = __index__ = __bool__


numbers.Real.register(Term)


def term(session: Session, index: int) -> Term:
    """The scalar object of a term, one object an index and a run."""
    known = session.scalars
    for missing in range(len(known), index + 1):
        known.append(Term(missing, session.terms))
    return known[index]


def truth(session: Session, value: int | bool) -> Truth | np.bool_:
    if isinstance(value, bool):
        return np.bool_(value)
    return Truth(value, session.terms)


def index_of(session: Session, value: Any) -> int:
    """The term of a scalar: traced, a truth value (1 or 0), or a real number of Python's."""
    if isinstance(value, Scalar):
        if value.terms is not session.terms:
            session.fail(
                "a value kept from an earlier call with other sizes",
                "keep no arrays between calls, or reset them",
            )
        if isinstance(value, Truth):
            return session.terms.where(value.index, session.terms.one, session.terms.zero)
        return value.index
    if isinstance(value, (str, bytes)) or value is None:
        raise TypeError(f"unsupported operand of type {type(value).__name__!r}")
    return session.constant(value)


def bound_of(session: Session, value: Any) -> int:
    """As `index_of`, but ±∞ is allowed."""
    if isinstance(value, _FLOATING) and np.isinf(value):
        return INFINITY if value > 0 else MINUS_INFINITY
    return index_of(session, value)


def truth_of(session: Session, value: Any) -> int | bool:
    """The truth of a scalar; a number is true unless it is 0."""
    if isinstance(value, _TRUTHS):
        return bool(value)
    index = index_of(session, value)
    if isinstance(value, Truth):
        return value.index
    return session.terms.compare("!=", index, session.terms.zero)


def reader(name: str) -> Callable[[Session, Any], Any]:
    """How the operands of an elementwise function are read."""
    if name in LOGIC:
        return truth_of
    return bound_of if name in COMPARISONS or name in UNBOUNDED_OPERANDS else index_of


def compute(session: Session, name: str, columns: list[list[Any]]) -> list[Any]:
    """An elementwise function on columns of operands; ends the run where it is undefined."""
    rule = ARITHMETIC.get(name) or COMPARISONS.get(name) or LOGIC[name]
    try:
        if len(columns[0]) < _FEW or name not in ARITHMETIC:
            return evaluate(rule, session.terms, columns)
        key = name, *map(tuple, columns)
        return session.once(key, lambda: evaluate(rule, session.terms, columns))
    except Undefined as error:
        session.fail(str(error), "there is no such real number; is an operand missing?")


def indices_for_event(session: Session, values: Iterable[Any]) -> list[int]:
    """Operands as an event keeps them: decided truths and bounds as numbers."""
    terms = session.terms
    return [
        (terms.one if value else terms.zero)
        if value is True or value is False
        else value
        if value >= 0
        else terms.number(1 if value == INFINITY else -1)
        for value in values
    ]


def operate(name: str, *operands: Any) -> Any:
    """An elementwise function of scalars."""
    session = active()
    read = reader(name)
    row = [read(session, operand) for operand in operands]
    (value,) = compute(session, name, [[entry] for entry in row])
    inputs = [indices_for_event(session, [entry]) for entry in row]
    session.record("compute", name, indices_for_event(session, [value]), (), inputs)
    return term(session, value) if name in ARITHMETIC else truth(session, value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (Scalar, bool, int, float, np.generic))


def _binary(name: str, swapped: bool = False) -> Callable[[Any, Any], Any]:
    def operator(a: Any, b: Any) -> Any:
        if not _is_scalar(b):
            return NotImplemented
        return operate(name, b, a) if swapped else operate(name, a, b)

    return operator


def _unary(name: str) -> Callable[[Any], Any]:
    return lambda a: operate(name, a)


_OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "pow": "power",
}
_RELATIONS = {
    "gt": "greater",
    "ge": "greater_equal",
    "lt": "less",
    "le": "less_equal",
    "eq": "equal",
    "ne": "not_equal",
}
_METHODS = (
    *("exp", "exp2", "expm1", "log", "log1p", "log2", "log10"),
    *("sqrt", "square", "tanh", "sinh", "cosh", "conjugate", "sign"),
)


def _refused(name: str) -> Callable[..., Any]:
    def operator(*operands: Any) -> NoReturn:
        active().fail(f"{name} of traced values", "leave rounding out of the traced function")

    return operator


def _install() -> None:
    """Give scalars their operators, and the methods that NumPy calls on object arrays' elements."""
    for suffix, name in _OPERATORS.items():
        setattr(Scalar, f"__{suffix}__", _binary(name))
        setattr(Scalar, f"__r{suffix}__", _binary(name, swapped=True))
    for suffix, name in _RELATIONS.items():
        setattr(Scalar, f"__{suffix}__", _binary(name))
    for suffix, name in {"and": "logical_and", "or": "logical_or", "xor": "logical_xor"}.items():
        setattr(Truth, f"__{suffix}__", _binary(name))
        setattr(Truth, f"__r{suffix}__", _binary(name, swapped=True))
    Truth.__invert__ = _unary("logical_not")  # pyright: ignore[reportAttributeAccessIssue]
    for suffix, name in {"neg": "negative", "pos": "positive", "abs": "absolute"}.items():
        setattr(Scalar, f"__{suffix}__", _unary(name))
    for name in _METHODS:
        setattr(Term, name, _unary(name))
    for name in ("floordiv", "rfloordiv", "mod", "rmod", "divmod", "round", "floor", "ceil"):
        setattr(Scalar, f"__{name}__", _refused(name))


_install()
