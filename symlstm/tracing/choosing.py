"""Array functions that choose, compare or convert elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symlstm.tracing.array import (
    TracedMask,
    read,
)
from symlstm.tracing.functions import implements
from symlstm.tracing.making import filled
from symlstm.tracing.moving import move
from symlstm.tracing.reductions import total
from symlstm.tracing.session import Session, active
from symlstm.tracing.ufuncs import (
    choose,
    elementwise,
)


@implements("clip")
def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    **options: Any,
) -> Any:
    """min(max(a, low), high); an absent bound is infinite."""
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    low, high = (-np.inf if low is None else low), (np.inf if high is None else high)
    return elementwise(active(), "clip", (a, low, high), out, options.get("where", True))


@implements("where")
def where(condition: Any, *branches: Any) -> Any:
    session = active()
    if len(branches) != 2:
        session.fail("np.where with one argument, a traced condition", "use np.where(c, a, b)")
    return choose(session, condition, *branches)


@implements("select")
def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = choose(active(), condition, choice, result)
    return result


@implements("isclose")
def _isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, **options: Any) -> Any:
    """|a - b| ≤ atol + rtol·|b|."""
    return np.abs(np.subtract(a, b)) <= atol + rtol * np.abs(b)


@implements("allclose", "array_equal", "array_equiv")
def _compare_whole(a: Any, b: Any, *arguments: Any, **options: Any) -> bool:
    """True when every element is the very same term; otherwise it depends on the values."""
    session = active()
    first, second = read(session, a), read(session, b)
    if first.shape == second.shape and bool((first == second).all()):
        return True
    return session.fail(
        "np.allclose or np.array_equal of traced values depends on the values",
        "leave checks of values out of the traced function",
    )


@implements("count_nonzero")
def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return total(np.where(np.not_equal(a, 0), 1.0, 0.0), axis, keepdims=keepdims)


@implements("imag")
def _imag(a: Any) -> Any:
    return filled(0, "zeros")(np.shape(a), float)


@implements("isreal", "iscomplex")
def _isreal(a: Any) -> Any:
    active().fail("np.isreal of traced values", "they are real")


@implements("astype")
def _astype(x: Any, dtype: Any, /, **options: Any) -> Any:
    return cast(active(), x, dtype)


def cast(session: Session, array: Any, dtype: Any) -> Any:
    """The array in another type: a float type changes nothing, a mask becomes 1 and 0."""
    kind = np.dtype(dtype).kind
    if isinstance(array, TracedMask) or (np.ndim(array) == 0 and array.dtype == bool):
        return array if kind == "b" else choose(session, array, 1, 0, operation="astype")
    if kind == "f":
        if np.dtype(dtype).itemsize < 8:
            session.note(f"rounding to {np.dtype(dtype)} is ignored: values are exact")
        return move(np.copy, [array], {})
    if kind == "O":
        return array
    indices = read(session, array)
    values = [session.terms.number_at(i) for i in indices.ravel().tolist()]
    if None in values:
        session.fail(f"a traced value converted to {np.dtype(dtype)}", "use a float dtype")
    return (
        np.array([float(v) for v in values if v is not None]).reshape(indices.shape).astype(dtype)
    )
