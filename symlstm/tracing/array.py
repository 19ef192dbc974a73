"""Arrays of a run: object arrays of `Term`s, or of truth values, that behave as NumPy's arrays.

A view of such an array is NumPy's own view, so aliasing is exactly NumPy's. Only computing, and
the recording of what was moved where, are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from symlstm.tracing.scalar import (
    Hooks,
    Scalar,
    Term,
    Truth,
    index_of,
    indices_for_event,
    term,
    truth,
    truth_of,
)
from symlstm.tracing.session import Array, Session, active, is_array


class Traced(np.ndarray[Any, Any]):
    """What `TracedArray` and `TracedMask` share."""

    __array_priority__ = 1000.0  # pyright: ignore[reportIncompatibleMethodOverride, reportAssignmentType]

    def __array_ufunc__(self, ufunc: Any, method: Any, *inputs: Any, **options: Any) -> Any:
        return Hooks.ufunc(ufunc, method, inputs, options)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return Hooks.function(func, args, kwargs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape})"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[row] for row in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self._only_element())

    def __float__(self) -> float:
        return float(self._only_element())

    def __int__(self) -> int:
        return int(self._only_element())

    def __index__(self) -> int:
        return self._only_element().__index__()

    def _only_element(self) -> Any:
        if self.size != 1:
            raise ValueError("the truth or value of an array with more than one element")
        return plain(self).reshape(-1)[0]

    def __reduce_ex__(self, protocol: Any) -> Any:
        active().fail("a traced array is pickled", "leave storage out of the traced function")


class TracedArray(Traced):
    """An array of traced real numbers; its dtype reads as float64."""

    @property
    def dtype(self) -> np.dtype[np.float64]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return np.dtype(np.float64)


class TracedMask(Traced):
    """An array of truth values, not all decided; its dtype reads as bool."""

    @property
    def dtype(self) -> np.dtype[np.bool_]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return np.dtype(np.bool_)


def plain(array: Array) -> Array:
    """The same memory as an ordinary object array, on which NumPy's own code works."""
    return np.ndarray.view(array, np.ndarray)


def is_traced(value: Any) -> bool:
    return isinstance(value, (Traced, Scalar))


def is_sequence(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (list, tuple))


def constant_array(value: Any) -> Array:
    """Numbers as an ordinary array of NumPy's."""
    return np.asarray(value)


def holds_traced(value: Any, depth: int = 4) -> bool:
    """Whether a value, or a nested list or tuple, is or holds a traced value."""
    if is_sequence(value) and depth:
        return any(holds_traced(entry, depth - 1) for entry in value)
    if is_array(value) and not isinstance(value, Traced):
        return value.dtype == object and any(isinstance(e, Scalar) for e in value.ravel().tolist())
    return is_traced(value)


def objects_of(value: Any) -> Array:
    """Any operand as an ordinary array, of objects if it holds traced values."""
    if isinstance(value, Traced):
        return plain(value)
    if is_array(value):
        return value
    if isinstance(value, Scalar):
        array = np.empty((), object)
        array[()] = value
        return array
    if is_sequence(value) and holds_traced(value):
        return plain(np.array(value, dtype=object))
    return constant_array(value)


Reader: TypeAlias = Callable[[Session, Any], Any]


def read(session: Session, value: Any, reader: Reader = index_of) -> Array:
    """Any operand as an array of term indices (of truth values, of bounds: as `reader` reads).

    Integers, unless a truth is decided: those are booleans in an object array.
    """
    if isinstance(value, TracedArray) and reader is not truth_of:
        flat = plain(value).ravel().tolist()
        terms = session.terms
        column = [
            entry.index if type(entry) is Term and entry.terms is terms else reader(session, entry)
            for entry in flat
        ]
        return np.array(column, dtype=np.int64).reshape(value.shape)
    source = objects_of(value)
    column = [reader(session, entry) for entry in _scalars(source)]
    kind = object if reader is truth_of else np.int64
    indices = np.fromiter(column, kind, len(column))
    return indices.reshape(source.shape)


def _scalars(source: Array) -> Iterable[Any]:
    """The elements as scalars that keep their dtype: a float32 is read as one."""
    flat = source.ravel()
    return flat.tolist() if source.dtype in (object, np.float64) else iter(flat)


def array_of(session: Session, indices: Iterable[int], shape: tuple[int, ...]) -> TracedArray:
    """A new array of the terms with these indices, in row-major order."""
    listed = list(indices)
    if listed:
        term(session, max(listed))
    flat = np.fromiter(map(session.scalars.__getitem__, listed), object, len(listed))
    return flat.reshape(shape).view(TracedArray)


def mask_of(session: Session, values: Iterable[int | bool], shape: tuple[int, ...]) -> Array:
    """A new array of truth values: an ordinary one if all of them are decided."""
    listed = list(values)
    if all(value is True or value is False for value in listed):
        return np.array(listed, dtype=bool).reshape(shape)
    flat = np.fromiter((truth(session, value) for value in listed), object, len(listed))
    return flat.reshape(shape).view(TracedMask)


def as_array(value: Scalar) -> Array:
    """A scalar as an array without axes."""
    kind = TracedMask if isinstance(value, Truth) else TracedArray
    return objects_of(value).view(kind)


def rewrap(session: Session, result: Any) -> Any:
    """Make NumPy's own result of moving elements about traced again; a view stays a view."""
    if is_sequence(result):
        pieces = [rewrap(session, piece) for piece in result]
        return tuple(pieces) if isinstance(result, tuple) else pieces
    if not is_array(result) or result.dtype != object:
        return result
    flat: list[Any] = result.ravel().tolist()
    if all(type(entry) is Term for entry in flat):
        return result.view(TracedArray)
    if all(isinstance(entry, (Truth, bool, np.bool_)) for entry in flat):
        return result.view(TracedMask)
    complete(session, result)
    return result.view(TracedArray)


def complete(session: Session, array: Any) -> None:
    """Turn the ordinary numbers among the elements of an object array into terms, in place."""
    indices = read(session, array).ravel().tolist()
    array[...] = plain(array_of(session, indices, array.shape))


def event_elements(session: Session, value: Any) -> list[int]:
    """The elements of an operand in row-major order, as an event keeps them."""
    if isinstance(value, (Truth, TracedMask)):
        return indices_for_event(session, read(session, value, truth_of).ravel().tolist())
    if isinstance(value, Term):
        return [index_of(session, value)]
    return read(session, value).ravel().tolist()


def record_layout(session: Session, operation: str, result: Any, sources: Iterable[Any]) -> None:
    """Record that the elements of `sources` were moved into `result` (one event an array)."""
    inputs = [event_elements(session, source) for source in sources]
    for piece in result if is_sequence(result) else [result]:
        if is_traced(piece):
            outputs = event_elements(session, piece)
            session.record("layout", operation, outputs, piece.shape, inputs)


Hooks.as_array = as_array
