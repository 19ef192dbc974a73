"""NumPy and math as the implementation sees them during a run.

`np.zeros` must give an array that can hold traced values, yet NumPy itself must stay as it is:
compiled code (numpy.random, SciPy) calls `np.empty` too and writes raw doubles into what it gets.
So for the length of a run the user's modules get stand-ins for the modules `numpy` and `math`, and
for the functions that they imported from them; everybody else keeps the originals.
"""

from __future__ import annotations

import builtins
import functools
import math
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Literal

import numpy as np
import numpy.random

from symlstm.tracing.array import (
    Traced,
    array_of,
    holds_traced,
    is_sequence,
    is_traced,
    objects_of,
    read,
    record_layout,
    rewrap,
)
from symlstm.tracing.functions import HANDLERS, dispatch
from symlstm.tracing.making import filled, full
from symlstm.tracing.places import is_user_file
from symlstm.tracing.session import active, is_array

assert numpy.random  # imported before any run, so that it is bound to NumPy itself


def _zeros(shape: Any, dtype: Any = float, order: str = "C", **options: Any) -> Any:
    return filled(0, "zeros")(shape, dtype or float)


def _ones(shape: Any, dtype: Any = float, order: str = "C", **options: Any) -> Any:
    return filled(1, "ones")(shape, dtype or float)


def _empty(shape: Any, dtype: Any = float, order: str = "C", **options: Any) -> Any:
    return filled(None, "empty")(shape, dtype or float)


def _full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", **options: Any) -> Any:
    return full(shape, fill_value, dtype)


def _making(original: Callable[..., Any]) -> Callable[..., Any]:
    """np.eye and its kin: NumPy's result, traced if it is of a float type."""

    @functools.wraps(original)
    def make(*arguments: Any, **options: Any) -> Any:
        return _constants(original(*arguments, **options), original.__name__)

    return make


def _constants(array: Any, operation: str) -> Any:
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        return array
    session = active()
    elements = read(session, array).ravel().tolist()
    session.record("fill", operation, elements, array.shape, ())
    return array_of(session, elements, array.shape)


def _array(object: Any, dtype: Any = None, *, copy: Any = True, ndmin: int = 0, **o: Any) -> Any:
    """np.array: traced if it holds a traced value, or if it is a new array of floats."""
    if dtype is not None and np.dtype(dtype).kind not in "f" and not holds_traced(object):
        return np.array(object, dtype, copy=copy, ndmin=ndmin, **o)
    if not (is_traced(object) or holds_traced(object)):
        result = np.array(object, dtype, copy=copy, ndmin=ndmin, **o)
        return result if result is object else _constants(result, "array")
    result = _traced(object, dtype, keep=copy is None or copy is False)
    if result.ndim < ndmin:
        result = result.reshape((1,) * (ndmin - result.ndim) + result.shape)
    return result


def _traced(value: Any, dtype: Any, keep: bool) -> Any:
    """A traced array of a value that is traced or holds traced values."""
    if keep and is_array(value) and is_traced(value) and dtype in (None, value.dtype):
        return value
    result = value.copy() if isinstance(value, Traced) else _gathered(value)
    return result if dtype is None else result.astype(dtype)


def _gathered(value: Any) -> Any:
    """A traced array of a scalar, or of nested lists of traced values and numbers."""
    session = active()
    indices = read(session, objects_of(value))
    result = array_of(session, indices.ravel().tolist(), indices.shape)
    parts = value if is_sequence(value) else [value]
    is_nested = any(map(is_sequence, parts))
    record_layout(session, "array", result, [result] if is_nested else parts)
    return result


def _asarray(a: Any, dtype: Any = None, order: Any = None, **options: Any) -> Any:
    """np.asarray: the same array where NumPy gives the same array."""
    if is_array(a) and not is_traced(a) and a.dtype != object:
        return np.asarray(a, dtype, order)
    return _array(a, dtype, copy=None)


def _contiguous(order: Literal["C", "F"]) -> Callable[..., Any]:
    """np.ascontiguousarray and its Fortran kin: a copy where the memory lies otherwise."""

    def contiguous(a: Any, dtype: Any = None, **options: Any) -> Any:
        array = _asarray(a, dtype)
        return array if array.flags[f"{order}_CONTIGUOUS"] else array.copy(order)

    return contiguous


class _Joining:
    """np.r_[a, b] and np.c_[a, b] of traced arrays."""

    def __init__(self, original: Any, axis: int, axes: int) -> None:
        self._original = original
        self._axis = axis
        self._axes = axes

    def __getitem__(self, key: Any) -> Any:
        if not (is_traced(key) or holds_traced(key)):
            return self._original[key]
        parts = [objects_of(part) for part in (key if is_sequence(key) else [key])]
        columns = [a.reshape(a.shape + (1,) * (self._axes - a.ndim)) for a in parts]
        if any(part.dtype.kind not in "fiubO" for part in parts):
            active().fail("np.r_ or np.c_ of traced values and slices", "use np.concatenate")
        return dispatch(np.concatenate, ([rewrap(active(), a) for a in columns], self._axis), {})


def _for_lists(original: Callable[..., Any]) -> Callable[..., Any]:
    """np.sum([a, b]): NumPy's protocol looks for traced values in arrays, not in lists of them."""

    @functools.wraps(original)
    def function(*arguments: Any, **options: Any) -> Any:
        if any(is_sequence(a) and holds_traced(a) for a in arguments):
            return dispatch(original, arguments, options)
        return original(*arguments, **options)

    return function


def _for_scalars(original: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """math.exp and its kin on a traced scalar."""

    @functools.wraps(original)
    def either(*arguments: Any) -> Any:
        return (function if any(map(is_traced, arguments)) else original)(*arguments)

    return either


def _log_to_base(a: Any, base: Any = None) -> Any:
    return np.log(a) if base is None else np.log(a) / np.log(base)


_SAME_IN_MATH = "exp expm1 log1p log2 log10 sqrt tanh sinh cosh fabs isnan isinf isfinite hypot"


def _math_functions() -> dict[str, Callable[..., Any]]:
    functions = {
        name: _for_scalars(getattr(math, name), getattr(np, name)) for name in _SAME_IN_MATH.split()
    }
    functions["log"] = _for_scalars(math.log, _log_to_base)
    functions["pow"] = _for_scalars(math.pow, np.power)
    return functions


def _numpy_functions() -> dict[str, Any]:
    functions: dict[str, Any] = {
        "zeros": _zeros,
        "ones": _ones,
        "empty": _empty,
        "full": _full,
        "eye": _making(np.eye),
        "identity": _making(np.identity),
        "array": _array,
        "asarray": _asarray,
        "asanyarray": _asarray,
        "ascontiguousarray": _contiguous("C"),
        "asfortranarray": _contiguous("F"),
        "asarray_chkfinite": _asarray,
        "require": _asarray,
        "r_": _Joining(np.r_, axis=0, axes=1),
        "c_": _Joining(np.c_, axis=-1, axes=2),
    }
    for name in ("zeros_like", "ones_like", "empty_like", "full_like"):
        functions[name] = HANDLERS[getattr(np, name)]
    for function in HANDLERS:
        name = function.__name__
        if name not in functions and getattr(np, name, None) is function:
            functions[name] = _for_lists(function)
    return functions


def _stand_in(module: ModuleType, functions: Mapping[str, Any]) -> ModuleType:
    copy = ModuleType(module.__name__, module.__doc__)
    vars(copy).update(vars(module))
    vars(copy).update(functions)
    return copy


@contextmanager
def replaced(*namespaces: dict[str, Any]) -> Generator[None]:
    """Put the stand-ins into the user's modules and the given namespaces; afterwards take them out.

    Args:
        namespaces: globals of functions that belong to no module in `sys.modules`.
    """
    stand_ins: dict[int, Any] = {}
    originals: dict[int, Any] = {}
    for module, functions in ((np, _numpy_functions()), (math, _math_functions())):
        pairs = [(module, _stand_in(module, functions))]
        pairs += [(getattr(module, name), new) for name, new in functions.items()]
        stand_ins.update({id(old): new for old, new in pairs})
        originals.update({id(new): old for old, new in pairs})
    importing = builtins.__import__
    _exchange(stand_ins, namespaces)
    builtins.__import__ = _importing(importing, stand_ins)
    try:
        yield
    finally:
        builtins.__import__ = importing
        _exchange(originals, namespaces)


def _exchange(new: Mapping[int, Any], namespaces: tuple[dict[str, Any], ...]) -> None:
    """Replace, in every module of the user's, the objects that `new` knows by their id."""
    every = [vars(module) for module in list(sys.modules.values()) if _is_users(module)]
    for namespace in (*every, *namespaces):
        if not new.keys().isdisjoint(map(id, namespace.values())):
            for name, value in list(namespace.items()):
                if id(value) in new:
                    namespace[name] = new[id(value)]


_OUR_LIBRARIES = frozenset({"click", "lark", "markdown_it", "mpmath", "pygments", "rich", "sympy"})
"""What symlstm itself has loaded; passing over its modules saves most of the time of a run."""


def _is_users(module: Any) -> bool:
    if getattr(module, "__name__", "").partition(".")[0] in _OUR_LIBRARIES:
        return False
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.endswith(".py") and is_user_file(file)


def _importing(original: Callable[..., Any], stand_ins: Mapping[int, Any]) -> Callable[..., Any]:
    """`import numpy` inside a function of the user's finds the stand-in as well."""

    def importing(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        module = original(name, globals, locals, fromlist, level)
        file = globals.get("__file__") if globals else None
        if id(module) in stand_ins and isinstance(file, str) and is_user_file(file):
            return stand_ins[id(module)]
        return module

    return importing
