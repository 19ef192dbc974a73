"""Find out which arrays a function of unknown signature takes, and what it returns for numbers.

A wrong shape raises: the sizes are distinct, so that exceptions tell the forms of the arguments.
The forms are searched by backtracking in the order in which the function first touches its
arguments, since an array that was not touched before the exception has no part in it: the cost
grows with the number of arguments rather than with a power of it.

It runs in the process of foreign code; what the numbers mean is for the parent to say.
"""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

Form = Mapping[str, Any]
"""What an argument is: {"kind": "array", "shapes": [shape]}, a tuple of arrays, a dict whose keys
are to be found out, or absent; and how many "carriers", inputs and states, it uses up."""

SECONDS = 1.0
"""For one search."""


class _MissingKey(BaseException):
    """A dict was asked for a key that it does not have yet."""

    def __init__(self, key: str) -> None:
        self.key = key


class _Touched:
    """The slots that a call has read, in the order of their first reading."""

    def __init__(self) -> None:
        self.slots: list[str] = []

    def add(self, slot: str) -> None:
        if slot not in self.slots:
            self.slots.append(slot)


class _Watched(np.ndarray[Any, Any]):
    """An argument that says when it is read; what is computed from it is an ordinary array."""

    def __getattribute__(self, name: str) -> Any:
        if name not in ("_tell", "__class__", "__dict__", "__array_finalize__"):
            _tell(self)
            if not name.startswith("_"):
                found = getattr(_plain(self), name)
                return _telling(found) if callable(found) else found
        return object.__getattribute__(self, name)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        for value in inputs:
            _tell(value)
        return getattr(ufunc, method)(*map(_plain, inputs), **_plain(options))

    def __array_function__(self, function: Any, _types: Any, args: Any, kwargs: Any) -> Any:
        for value in _leaves(args):
            _tell(value)
        return function(*_plain(args), **_plain(kwargs))

    def __getitem__(self, key: Any) -> Any:
        _tell(self)
        return _plain(self)[_plain(key)]

    def __iter__(self) -> Iterator[Any]:
        _tell(self)
        return iter(_plain(self))

    def __len__(self) -> int:
        _tell(self)
        return len(_plain(self))


def _tell(value: Any) -> None:
    if isinstance(value, _Watched):
        touched, slot = object.__getattribute__(value, "_tell")
        touched.add(slot)


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of an array that reads its arguments, too."""

    def told(*args: Any, **kwargs: Any) -> Any:
        for value in _leaves([*args, *kwargs.values()]):
            _tell(value)
        return method(*_plain(list(args)), **_plain(kwargs))

    return told


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for each in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _leaves(each)
    else:
        yield value


def _plain(value: Any) -> Any:
    """The same with ordinary arrays in the place of watched ones."""
    if isinstance(value, _Watched):
        return np.ndarray.view(value, np.ndarray)
    if type(value) in (tuple, list):
        return type(value)(map(_plain, value))
    if type(value) is dict:
        return {key: _plain(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def watched(values: Any, touched: _Touched, slot: str) -> Any:
    array = np.array(values, dtype=np.float64).view(_Watched)
    object.__setattr__(array, "_tell", (touched, slot))
    return array


class _Entries(dict[str, Any]):
    """A dict of parameters that asks for the keys that it lacks."""

    def __missing__(self, key: str) -> Any:
        raise _MissingKey(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key]

    def __contains__(self, key: object) -> bool:
        return True


@dataclass
class Search:
    """The search for the forms of one function's arguments.

    Args:
        function: the foreign function.
        forms: for each slot, an argument or `argument/key`, the forms to be tried.
        entries: the forms of the entries of a dict.
        carriers: how many of each input and state there are.
        results: the shapes of which each has to be among the results.
        limit: how many solutions are looked for.
        budget: how many calls there may be.
    """

    function: Callable[..., Any]
    forms: dict[str, Sequence[Form]]
    entries: Sequence[Form]
    carriers: Mapping[str, int]
    results: Sequence[Sequence[int]]
    limit: int
    budget: int
    solutions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    runs: int = 0

    def run(self) -> None:
        trail: list[tuple[str, int]] = []
        end = time.monotonic() + SECONDS
        while (
            self.runs < self.budget and time.monotonic() < end and len(self.solutions) < self.limit
        ):
            chosen = self._completed(trail)
            if chosen is None:
                if not self._advance(trail):
                    return
                continue
            touched = _Touched()
            self.runs += 1
            try:
                returned = call(self.function, self._values(chosen), touched)
            except _MissingKey as missing:
                slot = next(s for s, i in chosen.items() if self.forms[s][i]["kind"] == "dict")
                self.forms.setdefault(f"{slot}/{missing.key}", self.entries)
                if (slot, chosen[slot]) not in trail:
                    trail.append((slot, chosen[slot]))
                continue
            except KeyboardInterrupt:
                raise
            except BaseException:
                returned = None
            if self._extend(trail, chosen, touched):
                continue
            if returned is not None:
                self._keep(chosen, touched, returned)
            if not self._advance(trail):
                return

    def _values(self, chosen: Mapping[str, int]) -> dict[str, Any]:
        rng = np.random.default_rng(0)
        return {
            slot: (form, [rng.uniform(-1, 1, shape) for shape in form.get("shapes", ())])
            for slot, i in chosen.items()
            for form in [self.forms[slot][i]]
        }

    def _completed(self, trail: Sequence[tuple[str, int]]) -> dict[str, int] | None:
        """The forms of the trail, and for the slots beyond it the first that are admissible."""
        chosen: dict[str, int] = {}
        for slot, i in trail:
            chosen[slot] = i
        dicts = {s for s, i in chosen.items() if self.forms[s][i]["kind"] == "dict"}
        for slot in list(self.forms):
            owner, slash, _ = slot.partition("/")
            if slot in chosen or (slash and owner not in dicts):
                continue
            i = self._first(slot, 0, chosen)
            if i is None:
                return None
            chosen[slot] = i
        return chosen

    def _first(self, slot: str, start: int, chosen: Mapping[str, int]) -> int | None:
        """The first form from `start` on for which carriers are left."""
        left = dict(self.carriers)
        for other, i in chosen.items():
            for name in self.forms[other][i].get("carriers", ()):
                left[name] -= 1
        for i, form in enumerate(self.forms[slot]):
            names = form.get("carriers", ())
            if i >= start and all(left[n] >= list(names).count(n) for n in names):
                return i
        return None

    def _extend(
        self, trail: list[tuple[str, int]], chosen: Mapping[str, int], touched: _Touched
    ) -> bool:
        """Put newly touched slots on the trail; whether one has to be run with another form."""
        known = {slot for slot, _ in trail}
        for slot in touched.slots:
            if slot in known:
                continue
            first = self._first(slot, 0, dict(trail))
            if first is None:
                return False
            trail.append((slot, first))
            if first != chosen[slot]:
                return True
        return False

    def _advance(self, trail: list[tuple[str, int]]) -> bool:
        """The next form of the last slot that has one; whether there is any."""
        while trail:
            slot, i = trail.pop()
            following = self._first(slot, i + 1, dict(trail))
            if following is not None:
                trail.append((slot, following))
                return True
        return False

    def _keep(self, chosen: Mapping[str, int], touched: _Touched, returned: Any) -> None:
        """Note a call that returned, if it used every input and state and gives the results."""
        used = [
            name
            for slot in touched.slots
            for name in self.forms[slot][chosen[slot]].get("carriers", ())
        ]
        if sorted(used) != sorted(n for n, count in self.carriers.items() for _ in range(count)):
            return
        found = [(path, list(np.shape(value))) for path, value in leaves(returned)]
        shapes = [shape for _, shape in found]
        if not all(list(wanted) in shapes for wanted in self.results):
            return
        dicts = {slot.partition("/")[0] for slot in touched.slots if "/" in slot}
        kept = {s: self.forms[s][i] for s, i in chosen.items() if s in {*touched.slots, *dicts}}
        self.solutions.append({"forms": kept, "results": found})


def call(
    function: Callable[..., Any], values: Mapping[str, tuple[Form, Any]], touched: _Touched
) -> Any:
    """Call a function with arrays in the forms that were chosen."""
    given: dict[str, Any] = {}
    for slot, (form, arrays) in values.items():
        owner, slash, key = slot.partition("/")
        if form["kind"] == "dict":
            given.setdefault(owner, _Entries())
        elif form["kind"] in ("array", "tuple"):
            made = [watched(array, touched, slot) for array in arrays]
            value = made[0] if form["kind"] == "array" else tuple(made)
            if slash:
                given.setdefault(owner, _Entries())[key] = value
            else:
                given[owner] = value
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return _by_place(function, given)


def _by_place(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """Call it with its arguments by name where they have one that may be used."""
    places: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.POSITIONAL_ONLY and parameter.name in given:
            places.append(given[parameter.name])
    named = dict(list(given.items())[len(places) :]) if places else given
    return function(*places, **named)


def leaves(returned: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[list[Any], Any]]:
    """The arrays in what was returned, each with the keys and places that lead to it."""
    if isinstance(returned, dict):
        for key, value in dict[Any, Any].items(returned):  # pyright: ignore[reportUnknownArgumentType]
            if isinstance(key, str) and len(path) < 4:
                yield from leaves(value, (*path, key))
    elif isinstance(returned, (tuple, list)) and len(path) < 4:
        items: list[Any] = list(returned)  # pyright: ignore[reportUnknownArgumentType]
        for place, value in enumerate(items[:64]):
            yield from leaves(value, (*path, place))
    elif isinstance(returned, np.ndarray) and _plain(returned).dtype.kind in "fiub":
        yield list(path), _plain(returned)


def answer(module: ModuleType, request: Mapping[str, Any]) -> dict[str, Any]:
    """Search for forms, `{"name", "searches": [...]}`, or evaluate, `{"name", "calls": [...]}`."""
    function = getattr(module, request["name"])
    if "searches" in request:
        return {"searches": [_searched(function, each) for each in request["searches"]]}
    return {"calls": [_evaluated(function, each) for each in request["calls"]]}


def _searched(function: Callable[..., Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    search = Search(
        function, dict(asked["forms"]), asked["entries"], asked["carriers"], asked["results"],
        asked["limit"], asked["runs"],
    )  # fmt: skip
    search.run()
    return {"solutions": search.solutions, "runs": search.runs}


def _evaluated(function: Callable[..., Any], asked: Mapping[str, Any]) -> Any:
    """The numbers that a call returns, by their paths; None if it raises."""
    values = {slot: (form, arrays) for slot, (form, arrays) in asked.items()}
    try:
        returned = call(function, values, _Touched())
        return [
            [path, list(np.shape(value)), np.asarray(value, dtype=np.float64).ravel().tolist()]
            for path, value in leaves(returned)
        ]
    except KeyboardInterrupt:
        raise
    except BaseException:
        return None
