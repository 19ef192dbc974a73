"""The methods of traced arrays: indexing and assignment, and those that NumPy's arrays have.

A method is the function of the same name; what has no meaning for traced values is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symlstm.tracing import choosing
from symlstm.tracing.array import (
    Traced,
    TracedMask,
    event_elements,
    is_sequence,
    is_traced,
    plain,
    read,
    record_layout,
)
from symlstm.tracing.functions import HANDLERS
from symlstm.tracing.scalar import Hooks, Truth, truth_of
from symlstm.tracing.selection import Selection
from symlstm.tracing.session import Session, active
from symlstm.tracing.ufuncs import choose, write


def _getitem(array: Any, key: Any) -> Any:
    """array[key]: a view, a copy for fancy indices, or a scalar, as in NumPy."""
    session = active()
    mask = _traced_mask(session, key)
    if mask is not None:
        return Selection(array, mask, _mask_key(session, array, mask))
    result = np.ndarray.__getitem__(array, key)
    if is_traced(result):
        elements = event_elements(session, result)
        session.record("layout", "getitem", elements, result.shape, [elements])
    return result


def _setitem(array: Any, key: Any, value: Any) -> None:
    session = active()
    mask = _traced_mask(session, key)
    if mask is not None:
        _set_where(session, array, mask, value)
        return
    if isinstance(value, Selection):
        session.fail("a selection by a traced condition is stored", "assign it through its mask")
    written = write(session, array, key, value)
    if written is not None:
        shape = plain(array)[key].shape if np.ndim(plain(array)[key]) else ()
        session.record("layout", "setitem", written, shape, [event_elements(session, value)])


def _set_where(session: Session, array: Any, mask: Any, value: Any) -> None:
    """array[mask] = value: each element becomes where(mask, value, itself)."""
    if isinstance(value, Selection):
        if value.key != _mask_key(session, array, mask):
            session.fail("a selection assigned through another mask", "use np.where")
        value = value.values
    elif np.ndim(value):
        session.fail("a whole array assigned through a traced mask", "use np.where")
    write(session, array, Ellipsis, choose(session, mask, value, array, operation="setitem"))


def _traced_mask(session: Session, key: Any) -> Any:
    """The mask of array[mask], if its truth values are not decided."""
    if isinstance(key, (TracedMask, Truth)):
        return key
    if is_sequence(key) and any(isinstance(part, (TracedMask, Truth)) for part in key):
        session.fail("an index that combines a traced condition with others", "use np.where")
    return None


def _mask_key(session: Session, array: Any, mask: Any) -> tuple[Any, ...]:
    if mask.shape != array.shape:
        session.fail(
            f"an array of shape {array.shape} indexed by a traced condition of shape {mask.shape}",
            "use np.where on whole arrays",
        )
    return tuple(read(session, mask, truth_of).ravel().tolist())


def _astype(
    array: Any,
    dtype: Any,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
) -> Any:
    if not copy and np.dtype(dtype) == array.dtype:
        return array
    return choosing.cast(active(), array, dtype)


def _item(array: Any, *position: Any) -> Any:
    if len(position) > 1:
        return plain(array)[position]
    if not position and array.size != 1:
        raise ValueError("can only convert an array of size 1 to a Python scalar")
    return plain(array).reshape(-1)[position[0] if position else 0]


def _fill(array: Any, value: Any) -> None:
    array[...] = value


def _view(array: Any, *arguments: Any, **options: Any) -> Any:
    if arguments or options:
        active().fail("a traced array viewed as another type", "use it as it is")
    return _same_memory("view")(array)


def _copy(array: Any, memo: Any = None) -> Any:
    return array.copy()


def _itself(array: Any, *arguments: Any, **options: Any) -> Any:
    return array


def _same_memory(name: str) -> Callable[..., Any]:
    """A method of NumPy's that only moves elements, run on the ordinary array."""

    def method(array: Any, *arguments: Any, **options: Any) -> Any:
        result = getattr(plain(array), name)(*arguments, **options)
        result = result.view(type(array))
        record_layout(active(), name, result, [array])
        return result

    return method


def _attribute(name: str) -> property:
    """An attribute that is a view of the array, such as T."""

    def get(array: Any) -> Any:
        result = getattr(plain(array), name).view(type(array))
        record_layout(active(), name, result, [array])
        return result

    return property(get)


def _function(function: Any) -> Callable[..., Any]:
    """A method that is the function of the same name with the array as first argument."""
    return HANDLERS[function]


def _refusal(name: str) -> Callable[..., Any]:
    def method(array: Any, *arguments: Any, **options: Any) -> Any:
        active().fail(
            f"the method .{name}() of a traced array",
            "write it with arithmetic, np.where, matrix products and sums",
        )

    return method


_MOVING = ("reshape", "ravel", "flatten", "transpose", "swapaxes", "squeeze", "diagonal", "copy")
_FUNCTIONS: dict[str, Any] = {
    "sum": np.sum,
    "prod": np.prod,
    "mean": np.mean,
    "var": np.var,
    "std": np.std,
    "max": np.max,
    "min": np.min,
    "any": np.any,
    "all": np.all,
    "clip": np.clip,
    "dot": np.dot,
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "take": np.take,
    "repeat": np.repeat,
    "trace": np.trace,
}
_OWN: dict[str, Any] = {
    "__getitem__": _getitem,
    "__setitem__": _setitem,
    "astype": _astype,
    "item": _item,
    "fill": _fill,
    "view": _view,
    "conj": _itself,
    "conjugate": _itself,
    "real": property(_itself),
    "imag": property(lambda array: np.zeros(array.shape)),
    "T": _attribute("T"),
    "mT": _attribute("mT"),
    "flat": property(lambda array: _refusal("flat")(array)),
    "__copy__": _copy,
    "__deepcopy__": _copy,
}
_AS_IN_NUMPY = {
    *("base", "ctypes", "data", "device", "dtype", "flags", "itemsize", "nbytes", "ndim"),
    *("setflags", "shape", "size", "strides", "tolist"),
}


def _install() -> None:
    """Give the array classes their methods; whatever NumPy adds later is refused."""
    own = dict(_OWN)
    own.update({name: _same_memory(name) for name in _MOVING})
    own.update({name: _function(function) for name, function in _FUNCTIONS.items()})
    public = {name for name in dir(np.ndarray) if not name.startswith("_")}
    own.update({name: _refusal(name) for name in public - set(own) - _AS_IN_NUMPY})
    for name, method in own.items():
        setattr(Traced, name, method)
    Hooks.array_attributes = frozenset(public)


_install()
