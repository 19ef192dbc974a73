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
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from symlstm.tracing.watching import Touched, plain, telling_conversions, watched

Form = Mapping[str, Any]
"""What an argument is: {"kind": "array", "shapes": [shape]}, a tuple of arrays, a dict whose keys
are to be found out, or absent; and which "carriers", inputs and states, and which "parts" of the
parameters it uses up."""

SECONDS = 1.0
"""Of the processor, for one search: what else the machine does has no part in what is found."""


class _MissingKey(BaseException):
    """A dict was asked for a key that it does not have yet."""

    def __init__(self, key: str) -> None:
        self.key = key


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
        parts: how many of each part of the parameters there may be.
        results: the shapes of which each has to be among the results.
        limit: how many solutions are looked for.
        budget: how many calls there may be.
    """

    function: Callable[..., Any]
    forms: dict[str, Sequence[Form]]
    entries: Sequence[Form]
    carriers: Mapping[str, int]
    parts: Mapping[str, int]
    results: Sequence[Sequence[int]]
    limit: int
    budget: int
    solutions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    runs: int = 0

    def run(self) -> None:
        trail: list[tuple[str, int]] = []
        end = time.process_time() + SECONDS
        while (
            self.runs < self.budget
            and time.process_time() < end
            and len(self.solutions) < self.limit
        ):
            chosen = self._completed(trail)
            if chosen is None:
                if not self._advance(trail):
                    return
                continue
            touched = Touched()
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
            i = self._first(slot, 0, chosen, read={name for name, _ in trail})
            if i is None:
                return None
            chosen[slot] = i
        return chosen

    def _first(
        self, slot: str, start: int, chosen: Mapping[str, int], read: Container[str] | None = None
    ) -> int | None:
        """The first form from `start` on for which carriers and parts are left.

        Without the parts a wrong array that is read early, such as W_z with the columns of three
        gates, fails late, and everything between is tried with it. A slot that was not read, unless
        all were, stands in for a form that is not known, and uses up no part.
        """
        used = Counter[str]()
        for other, i in chosen.items():
            form = self.forms[other][i]
            is_read = read is None or other in read
            used.update(_used(form) if is_read else form.get("carriers", ()))
        there = {**self.carriers, **self.parts}
        for i in range(start, len(self.forms[slot])):
            wanted = Counter(_used(self.forms[slot][i]))
            if all(used[name] + count <= there[name] for name, count in wanted.items()):
                return i
        return None

    def _extend(
        self, trail: list[tuple[str, int]], chosen: Mapping[str, int], touched: Touched
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

    def _keep(self, chosen: Mapping[str, int], touched: Touched, returned: Any) -> None:
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


def _used(form: Form) -> list[str]:
    """What a form uses up, each as often as it does."""
    return [*form.get("carriers", ()), *form.get("parts", ())]


def call(
    function: Callable[..., Any], values: Mapping[str, tuple[Form, Any]], touched: Touched
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
    with warnings.catch_warnings(), np.errstate(all="ignore"), telling_conversions():
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
    elif isinstance(returned, np.ndarray) and plain(returned).dtype.kind in "fiub":
        yield list(path), plain(returned)


def answer(module: ModuleType, request: Mapping[str, Any]) -> dict[str, Any]:
    """Search for forms, `{"name", "searches": [...]}`, or evaluate, `{"name", "calls": [...]}`."""
    function = getattr(module, request["name"])
    if "searches" in request:
        return {"searches": [_searched(function, each) for each in request["searches"]]}
    return {"calls": [_evaluated(function, each) for each in request["calls"]]}


def _searched(function: Callable[..., Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    search = Search(
        function, dict(asked["forms"]), asked["entries"], asked["carriers"], asked["parts"],
        asked["results"], asked["limit"], asked["runs"],
    )  # fmt: skip
    search.run()
    return {"solutions": search.solutions, "runs": search.runs}


def _evaluated(function: Callable[..., Any], asked: Mapping[str, Any]) -> Any:
    """The numbers that a call returns, by their paths; None if it raises."""
    values = {slot: (form, arrays) for slot, (form, arrays) in asked.items()}
    try:
        returned = call(function, values, Touched())
        return [
            [path, list(np.shape(value)), np.asarray(value, dtype=np.float64).ravel().tolist()]
            for path, value in leaves(returned)
        ]
    except KeyboardInterrupt:
        raise
    except BaseException:
        return None
