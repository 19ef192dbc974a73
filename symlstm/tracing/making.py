"""Array functions that make arrays of constants: traced ones for float types."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from symlstm.tracing.array import (
    array_of,
    constant_array,
    holds_traced,
    is_traced,
    objects_of,
    record_layout,
    rewrap,
)
from symlstm.tracing.functions import Handler, implements
from symlstm.tracing.session import active, is_array


def _like(make: Callable[..., Any]) -> Handler:
    def handler(
        a: Any,
        dtype: Any = None,
        order: str = "K",
        subok: bool = True,
        shape: Any = None,
        **options: Any,
    ) -> Any:
        return make(np.shape(objects_of(a)) if shape is None else shape, _dtype_like(a, dtype))

    return handler


def _dtype_like(prototype: Any, dtype: Any) -> np.dtype[Any]:
    """The type that np.zeros_like(prototype, dtype) has."""
    if dtype is not None:
        return np.dtype(dtype)
    if is_array(prototype):
        return prototype.dtype
    return np.dtype(float) if holds_traced(prototype) else constant_array(prototype).dtype


def filled(value: Any, operation: str) -> Callable[[Any, Any], Any]:
    """A maker of arrays of one constant: traced for a float dtype, ordinary for others.

    The value None leaves the elements unwritten: fresh symbols, so that a use of one shows.
    """

    def make(shape: Any, dtype: Any) -> Any:
        if np.dtype(dtype).kind != "f":
            return np.full(shape, 0 if value is None else value, dtype)
        session = active()
        shape = (int(shape),) if np.ndim(shape) == 0 else tuple(int(n) for n in shape)
        count = prod(shape)
        if value is None:
            elements = [session.uninitialised() for _ in range(count)]
        else:
            elements = [session.constant(value)] * count
        session.record("fill", operation, elements, shape, ())
        return array_of(session, elements, shape)

    return make


implements("zeros_like")(_like(filled(0, "zeros")))
implements("ones_like")(_like(filled(1, "ones")))
implements("empty_like")(_like(filled(None, "empty")))


@implements("full_like")
def _full_like(a: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    return full(np.shape(objects_of(a)), fill_value, _dtype_like(a, dtype))


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """np.full; an array of ±∞ stays an ordinary one, since only an order can use it."""
    session = active()
    if not is_traced(fill_value):
        kind = np.asarray(fill_value).dtype if dtype is None else np.dtype(dtype)
        if kind.kind != "f" or not np.all(np.isfinite(fill_value)):
            return np.full(shape, fill_value, kind)
    values = rewrap(session, np.broadcast_to(objects_of(fill_value).astype(object), shape).copy())
    record_layout(session, "full", values, [fill_value])
    return values
