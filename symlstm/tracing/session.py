"""One run of an implementation on symbols: what it has recorded so far.

There is at most one session at a time, found by `active`: NumPy calls the tracer from the middle
of somebody's code, with nothing but arrays to go by.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from fractions import Fraction
from types import CodeType
from typing import Any, NoReturn, TypeAlias, TypeGuard

import numpy as np

from symlstm.proof import lowering
from symlstm.proof.terms import Terms
from symlstm.tracing.constants import simplest_rational, square_of_root
from symlstm.tracing.places import Stack
from symlstm.tracing.trace import Event, EventKind, Place

Array: TypeAlias = "np.ndarray[Any, Any]"

_WHOLE: tuple[type[Any], ...] = (bool, int, np.bool_, np.integer)
_FLOATING: tuple[type[Any], ...] = (float, np.floating)


Known: TypeAlias = dict[tuple[Any, ...], list[int]]
"""By an operation and all that it reads, the terms that it gives."""


class TraceError(BaseException):
    """The implementation did something with a traced value that has no symbolic meaning.

    Not an `Exception`, so that `except Exception` in somebody's code does not hide it.

    Args:
        what: what was done, lowercase, no final stop.
        remedy: what to write instead.
        places: the user's lines, innermost first.
    """

    def __init__(self, what: str, remedy: str, places: tuple[Place, ...] = ()) -> None:
        where = f" ({places[0].file}:{places[0].line})" if places else ""
        super().__init__(f"{what}{where}; help: {remedy}")
        self.what = what
        self.remedy = remedy
        self.places = places


class Session:
    """The terms, events and remarks of one run.

    Args:
        terms: the table that the run adds to.
        bottom: the code object that calls the implementation; the stack below it is ours.
        wanted: the implementation's own code object, if it is a Python function.
        keeps_events: whether what is recorded is kept; otherwise only results are asked for.
        known: what operations on arrays of terms have given; shared by the calls on one table.
    """

    def __init__(
        self,
        terms: Terms,
        bottom: CodeType,
        wanted: CodeType | None = None,
        keeps_events: bool = True,
        known: Known | None = None,
    ) -> None:
        self.terms = terms
        self._known: Known = {} if known is None else known
        self.stack = Stack(bottom, wanted)
        self.events: list[Event] = []
        self.keeps_events = keeps_events
        self.readings: dict[str, str] = {}
        self.notes: list[str] = []
        self.failure: TraceError | None = None
        self.argument_of: dict[int, str] = {}
        self.last_write: dict[str, tuple[Place, ...]] = {}
        self.scalars: list[Any] = []
        self._constants: dict[tuple[type, Any], int] = {}
        self._uninitialised = 0

    def places(self) -> tuple[Place, ...]:
        return self.stack.places(sys._getframe(1))  # pyright: ignore[reportPrivateUsage]

    def record(
        self,
        kind: EventKind,
        operation: str,
        outputs: Iterable[int],
        shape: tuple[int, ...],
        inputs: Iterable[Iterable[int]],
    ) -> None:
        if not self.keeps_events:
            return
        self.events.append(
            Event(
                kind,
                operation,
                tuple(outputs),
                shape,
                tuple([tuple(operand) for operand in inputs]),
                self.places(),
            )
        )

    def once(self, key: tuple[Any, ...], make: Callable[[], list[int]]) -> list[int]:
        """The terms that an operation gives, found in the table of an earlier call if they are.

        Terms are stored once, so the same operation on the same terms gives the same terms: a
        second call of somebody's code repeats what it does to arrays, and need not build it again.

        Args:
            key: the operation and all that it reads.
        """
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
        return found

    def fail(self, what: str, remedy: str) -> NoReturn:
        """End the run as untraceable; the first failure counts, even if somebody swallows it."""
        error = TraceError(what, remedy, self.places())
        self.failure = self.failure or error
        raise error

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def constant(self, value: Any) -> int:
        """The term of a real number of Python's or NumPy's; a float is read exactly."""
        key = (value.__class__, value)
        index = self._constants.get(key)
        if index is None:
            index = self._constants[key] = self._read(value)
        return index

    def _read(self, value: Any) -> int:
        if value.__class__ is float and value == math.e:
            self.readings[str(value)] = "e"
            return self.terms.exp(self.terms.one)
        exact = self._exact(value)
        squared = square_of_root(value, exact) if isinstance(value, float) else None
        if squared is None:
            return self.terms.number(exact)
        self.readings[str(value)] = f"{'-' if value < 0 else ''}√({squared})"
        root = lowering.root(self.terms, self.terms.number(squared))
        return root if value > 0 else self.terms.negative(root)

    def _exact(self, value: Any) -> Fraction:
        if isinstance(value, _WHOLE):
            return Fraction(int(value))
        if isinstance(value, Fraction):
            return value
        if not isinstance(value, _FLOATING):
            self.fail(f"a value of type {type(value).__name__}", "use real numbers")
        if not np.isfinite(value):
            self.fail(f"the constant {value} in arithmetic", "use it as a bound of np.clip only")
        if np.dtype(value.__class__).itemsize > np.dtype(float).itemsize:
            value = float(value)
        reading = simplest_rational(value)
        if reading != Fraction(float(value)):
            self.readings[str(value)] = str(reading)
        return reading

    def uninitialised(self) -> int:
        """A fresh symbol, for an element that np.empty leaves unwritten."""
        index = self.terms.symbol(f"uninitialised[{self._uninitialised}]")
        self._uninitialised += 1
        return index

    def wrote(self, array: Any) -> None:
        """Note a write to `array`, which may be a view of an argument."""
        if self.argument_of:
            name = self.argument_of.get(id(owner_of(array)))
            if name is not None:
                self.last_write[name] = self.places()


def owner_of(array: Any) -> Any:
    """The array that owns the memory of `array`."""
    return owner_of(array.base) if is_array(array.base) else array


def is_array(value: Any) -> TypeGuard[Array]:
    return isinstance(value, np.ndarray)


_active: list[Session] = []


def active() -> Session:
    """The session of the run that is going on.

    Raises:
        RuntimeError: a traced value is used after its run has ended.
    """
    if not _active:
        raise RuntimeError("a traced value is used outside the run that made it")
    return _active[-1]


@contextmanager
def opened(session: Session) -> Generator[Session]:
    _active.append(session)
    try:
        yield session
    finally:
        _active.pop()
