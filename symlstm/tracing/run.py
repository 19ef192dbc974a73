"""Run an implementation on symbols and say what came of it."""

from __future__ import annotations

import functools
import inspect
import math
import random
import warnings
from collections.abc import Callable, Mapping
from itertools import product
from types import CodeType
from typing import Any

import numpy as np

from symlstm.proof.terms import Terms
from symlstm.tracing import methods
from symlstm.tracing.array import TracedArray, array_of, holds_traced, is_traced, objects_of, read
from symlstm.tracing.namespace import replaced
from symlstm.tracing.places import place_of, places_of_error
from symlstm.tracing.selection import Selection
from symlstm.tracing.session import Known, Session, TraceError, opened, owner_of
from symlstm.tracing.trace import Event, Place, Result, Trace

assert methods  # gives the arrays their methods


class Misshapen(Exception):
    """What was returned is neither a tuple nor a dict of arrays."""


def trace_call(
    function: Callable[..., Any],
    terms: Terms,
    arguments: Mapping[str, tuple[str, tuple[int, ...]]],
    with_events: bool = True,
    known: Known | None = None,
) -> Trace:
    """Call `function` with arrays of symbols and record what it computes.

    Args:
        function: the implementation.
        terms: the table that its terms are added to.
        arguments: for each argument's name the prefix of its symbols and its shape: the element
            at (0, 2) is the symbol "prefix[0,2]", a scalar is the symbol "prefix".
        with_events: whether the events are kept; a second call is there for its results only.
        known: what operations gave in another call on the same table.
    Returns:
        the trace; whatever the implementation does wrong is its outcome, not an exception.
    Raises:
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    code = code_of(function)
    session = Session(terms, trace_call.__code__, code, with_events, known)
    trace = Trace(events=session.events, readings=session.readings, notes=session.notes)
    with opened(session), replaced(*_namespaces(function)):
        given = {name: symbols(session, *spec) for name, spec in arguments.items()}
        session.argument_of = {id(owner_of(array)): name for name, array in given.items()}
        before = {name: read(session, array) for name, array in given.items()}
        _run(session, trace, function, given)
        for name, array in given.items():
            if not np.array_equal(read(session, array), before[name]):
                trace.mutated[name] = session.last_write.get(name, ())
    if not with_events:
        trace.events.clear()
    return trace


def trace_twice(
    function: Callable[..., Any],
    terms: Terms,
    arguments: Mapping[str, tuple[str, tuple[int, ...]]],
) -> tuple[Trace, Trace]:
    """Two calls on the same symbols; of the second only the results are kept."""
    known: Known = {}
    first = trace_call(function, terms, arguments, known=known)
    return first, trace_call(function, terms, arguments, with_events=False, known=known)


def symbols(session: Session, prefix: str, shape: tuple[int, ...]) -> TracedArray:
    """An argument: an array of the symbols prefix[0,0], prefix[0,1], …"""
    names = [
        f"{prefix}[{','.join(map(str, position))}]" if position else prefix
        for position in product(*map(range, shape))
    ]
    elements = [session.terms.symbol(name) for name in names]
    array = array_of(session, elements, shape)
    session.events.append(Event("input", prefix, tuple(elements), shape, (), ()))
    return array


def _run(session: Session, trace: Trace, function: Callable[..., Any], given: Any) -> None:
    """Call the implementation and fill in the trace's outcome."""
    try:
        _collect(session, trace, call(function, given))
    except KeyboardInterrupt:
        raise
    except TraceError as error:
        session.failure = session.failure or error
    except Misshapen as error:
        trace.outcome, trace.message = "structure", str(error)
        trace.places = _return_places(session)
    except BaseException as error:
        trace.outcome = "raised"
        trace.message = f"{type(error).__name__}: {error}".removesuffix(": ")
        trace.places = places_of_error(error)
    if session.failure is not None:
        trace.outcome, trace.message = "untraceable", session.failure.what
        trace.help = session.failure.remedy
        trace.places = session.failure.places or _return_places(session)
        trace.results = {}


def call(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """Call the implementation, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(**given)


def code_of(function: Any) -> CodeType | None:
    """The code object of a function, through decorators, methods and partials."""
    function = inspect.unwrap(function)
    while isinstance(function, functools.partial):
        function = inspect.unwrap(function.func)
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004
    return code


def _namespaces(function: Any) -> list[dict[str, Any]]:
    """The globals of a function, which exec'ed code has to itself."""
    found: list[dict[str, Any]] = []
    for candidate in (function, inspect.unwrap(function), getattr(function, "func", None)):
        namespace = getattr(candidate, "__globals__", None)
        if namespace is not None:
            found.append(namespace)
    return found


def _return_places(session: Session) -> tuple[Place, ...]:
    """The line of the return statement that the implementation left by.

    Without a single event in it the frame is unknown: then its last line.
    """
    frame, code = session.stack.wanted_frame, session.stack.wanted
    if frame is not None:
        return (place_of(frame.f_code, frame.f_lineno, frame.f_lasti),)
    if code is None:
        return ()
    lines = [line for *_, line in code.co_lines() if line is not None]
    return (place_of(code, lines[-1]),)


def _collect(session: Session, trace: Trace, returned: Any) -> None:
    """Copy the returned arrays into the trace, as they are at this moment."""
    trace.places = _return_places(session)
    trace.is_dict = isinstance(returned, dict)
    for key, value in named(returned).items():
        indices = _result(session, key, value)
        elements: tuple[int, ...] = tuple(indices.ravel().tolist())
        trace.results[key] = Result(indices.shape, elements)
        session.events.append(
            Event("layout", "return", elements, indices.shape, (elements,), trace.places)
        )
    session.stack.wanted_frame = None


def named(returned: Any) -> dict[str, Any]:
    """What was returned by name: a dict's own keys, the places in a tuple."""
    if isinstance(returned, dict):
        # By dict's own method: a subclass may give other items to whoever iterates over it.
        mapping = dict(dict[Any, Any].items(returned))  # pyright: ignore[reportUnknownArgumentType]
        odd = [key for key in mapping if not isinstance(key, str)]
        if odd:
            raise Misshapen(f"the returned dict has the key {odd[0]!r}, which is no name")
        return mapping
    if isinstance(returned, tuple):
        items = tuple(tuple[Any, ...].__iter__(returned))  # pyright: ignore[reportUnknownArgumentType]
        return {str(position): value for position, value in enumerate(items)}
    if is_traced(returned) or isinstance(returned, (np.ndarray, np.generic, Selection)):
        return {"0": returned}
    described = "nothing" if returned is None else f"a {type(returned).__name__}"
    raise Misshapen(f"returned {described}, not a tuple or a dict of arrays")


def _result(session: Session, key: str, value: Any) -> Any:
    """The elements of one returned array; numbers are arrays without axes."""
    if isinstance(value, Selection):
        session.fail("a selection by a traced condition is returned", "use np.where")
    if not (is_traced(value) or isinstance(value, (np.ndarray, np.generic, int, float))):
        described = "None" if value is None else f"a {type(value).__name__}"
        remedy = ": return one array (np.stack)" if holds_traced(value) else ""
        raise Misshapen(f"the result {key!r} is {described}, not an array{remedy}")
    source = objects_of(value)
    if source.dtype.kind not in "fiubO":
        raise Misshapen(f"the result {key!r} is an array of {source.dtype}, not of numbers")
    return read(session, value)


def sample(arguments: Mapping[str, tuple[str, tuple[int, ...]]]) -> dict[str, list[int]]:
    """Numbers for the arguments, in 16ths, the same wherever they are drawn."""
    rng = random.Random("numbers")
    choices = [k for k in range(-24, 25) if k]
    return {
        name: [rng.choice(choices) for _ in range(math.prod(shape))]
        for name, (_, shape) in arguments.items()
    }


def call_on_numbers(
    function: Callable[..., Any],
    arguments: Mapping[str, tuple[str, tuple[int, ...]]],
) -> dict[str, list[float]] | None:
    """What the function returns for `sample` as plain float64 arrays, flattened, by result.

    None when it raises or returns what is no tuple or dict of arrays: then there is nothing to
    compare with the trace.
    """
    given = {
        name: np.array(values, dtype=np.float64).reshape(arguments[name][1]) / 16
        for name, values in sample(arguments).items()
    }
    try:
        returned = named(call(function, given))
        return {
            key: np.asarray(value, dtype=np.float64).ravel().tolist()
            for key, value in returned.items()
        }
    except KeyboardInterrupt:
        raise
    except BaseException:
        return None


def same_trace(a: Trace, b: Trace) -> str | None:
    """The first result that two runs on the same symbols do not agree on, or None.

    An outcome other than `returned` in one run only counts as a difference of the result "".
    """
    if a.outcome != b.outcome:
        return ""
    for key in (*a.results, *b.results):
        if a.results.get(key) != b.results.get(key):
            return key
    return None
