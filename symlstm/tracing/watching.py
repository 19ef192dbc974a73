"""Arrays that tell when they are read: which arguments a call used before it raised.

NumPy asks a subclass in most of its functions and operators, but not in the methods of ordinary
arrays or in `np.asarray`: what is computed is watched, too, and conversions are made to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

CONVERSIONS = ("array", "asarray", "asanyarray", "ascontiguousarray")


class Touched:
    """The slots that a call has read, in the order of their first reading."""

    def __init__(self) -> None:
        self.slots: list[str] = []

    def add(self, slot: str) -> None:
        if slot not in self.slots:
            self.slots.append(slot)


class _Watched(np.ndarray[Any, Any]):
    """An argument that says when it is read; so does what is computed from it."""

    def __getattribute__(self, name: str) -> Any:
        if name not in ("_tell", "__class__", "__dict__", "__array_finalize__"):
            _tell(self)
            if not name.startswith("_"):
                found = getattr(plain(self), name)
                return _telling(found) if callable(found) else _watching(found)
        return object.__getattribute__(self, name)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        for value in inputs:
            _tell(value)
        return _watching(getattr(ufunc, method)(*map(plain, inputs), **plain(options)))

    def __array_function__(self, function: Any, _types: Any, args: Any, kwargs: Any) -> Any:
        for value in _leaves(args):
            _tell(value)
        return _watching(function(*plain(args), **plain(kwargs)))

    def __getitem__(self, key: Any) -> Any:
        _tell(self)
        return _watching(plain(self)[plain(key)])

    def __iter__(self) -> Iterator[Any]:
        _tell(self)
        return map(_watching, plain(self))

    def __len__(self) -> int:
        _tell(self)
        return len(plain(self))


def _tell(value: Any) -> None:
    if isinstance(value, _Watched):
        told = object.__getattribute__(value, "__dict__").get("_tell")
        if told is not None:
            touched, slot = told
            touched.add(slot)


def _watching(value: Any) -> Any:
    """What was computed, so that it tells its factors: `z.dot(W)` of an ordinary z does not."""
    if type(value) is np.ndarray:
        return value.view(_Watched)
    if type(value) in (tuple, list):
        return type(value)(map(_watching, value))
    return value


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of an array, or a function, that reads its arguments."""

    def told(*args: Any, **kwargs: Any) -> Any:
        for value in _leaves([*args, *kwargs.values()]):
            _tell(value)
        return _watching(method(*plain(list(args)), **plain(kwargs)))

    return told


@contextmanager
def telling_conversions() -> Generator[None]:
    """Let `np.asarray` and its like tell what they read, which NumPy hands to no subclass."""
    before = {name: getattr(np, name) for name in CONVERSIONS}
    try:
        for name, conversion in before.items():
            setattr(np, name, _telling(conversion))
        yield
    finally:
        for name, conversion in before.items():
            setattr(np, name, conversion)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for each in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _leaves(each)
    else:
        yield value


def plain(value: Any) -> Any:
    """The same with ordinary arrays in the place of watched ones."""
    if isinstance(value, _Watched):
        return np.ndarray.view(value, np.ndarray)
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {key: plain(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def watched(values: Any, touched: Touched, slot: str) -> Any:
    array = np.array(values, dtype=np.float64).view(_Watched)
    object.__setattr__(array, "_tell", (touched, slot))
    return array
