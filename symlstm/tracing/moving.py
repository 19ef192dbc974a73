"""Array functions that only move elements: NumPy's own code on ordinary views.

A view stays a view of the same memory, so aliasing is exactly NumPy's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symlstm.tracing.array import (
    Traced,
    complete,
    is_sequence,
    is_traced,
    objects_of,
    plain,
    record_layout,
    rewrap,
)
from symlstm.tracing.functions import Handler, implements
from symlstm.tracing.scalar import Scalar
from symlstm.tracing.selection import Selection
from symlstm.tracing.session import active, is_array
from symlstm.tracing.ufuncs import (
    choose,
    write,
)


def _ordinary(value: Any) -> Any:
    """An argument with every traced value in it as an ordinary object array."""
    if isinstance(value, (Traced, Scalar)):
        return objects_of(value)
    if isinstance(value, Selection):
        active().fail("a selection by a traced condition is moved", "use np.where")
    if is_sequence(value):
        entries = [_ordinary(entry) for entry in value]
        return tuple(entries) if isinstance(value, tuple) else entries
    return value


def _sources(value: Any) -> list[Any]:
    """The operands whose elements may be moved: traced values and arrays of floats."""
    if is_traced(value) or (is_array(value) and value.dtype.kind == "f"):
        return [value]
    if is_sequence(value):
        return [source for entry in value for source in _sources(entry)]
    return []


def move(function: Any, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
    """Run NumPy's own code for a function that moves elements; views stay views."""
    session = active()
    result = function(
        *(_ordinary(argument) for argument in arguments),
        **{name: _ordinary(option) for name, option in options.items()},
    )
    target = options.get("out")
    if target is not None:
        complete(session, plain(target))
        session.wrote(target)
        result = target
    else:
        result = rewrap(session, result)
    record_layout(session, function.__name__, result, _sources(list(arguments)))
    return result


def _moving(function: Any) -> Handler:
    return lambda *arguments, **options: move(function, arguments, options)


def _asking(function: Any) -> Handler:
    """A function that asks for the layout of its arguments only."""
    return lambda *arguments: function(*map(_ordinary, arguments))


_MOVING = """
    concatenate hstack vstack stack dstack column_stack append block
    split array_split hsplit vsplit dsplit unstack
    transpose swapaxes moveaxis rollaxis matrix_transpose reshape ravel squeeze expand_dims
    atleast_1d atleast_2d atleast_3d broadcast_to broadcast_arrays
    tile repeat resize roll flip flipud fliplr rot90 pad insert delete
    take take_along_axis compress extract diag diagonal diagflat triu tril
    copy meshgrid real nan_to_num
"""
_ELEMENT_BY_ELEMENT = "kron trace diff cross"
_METADATA = """
    shape ndim size iscomplexobj isrealobj may_share_memory shares_memory
"""


def _register_by_name() -> None:
    for name in (_MOVING + _ELEMENT_BY_ELEMENT).split():
        if hasattr(np, name):
            implements(name)(_moving(getattr(np, name)))
    for name in _METADATA.split():
        implements(name)(_asking(getattr(np, name)))


_register_by_name()


@implements("put", "place", "putmask", "fill_diagonal", "put_along_axis")
def _refuse_in_place(target: Any, *arguments: Any, **options: Any) -> None:
    active().fail("np.put and its kin on traced values", "assign to target[index]")


@implements("copyto")
def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    session = active()
    if where is not True:
        src = choose(session, where, src, dst)
    write(session, dst, Ellipsis, src)
    record_layout(session, "copyto", dst, [src])


@implements("result_type", "min_scalar_type")
def _result_type(*operands: Any) -> np.dtype[Any]:
    return np.result_type(*(np.float64 if is_traced(operand) else operand for operand in operands))


@implements("array2string", "array_repr", "array_str")
def _text(array: Any, *arguments: Any, **options: Any) -> str:
    return repr(array)
