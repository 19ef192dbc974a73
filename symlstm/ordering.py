"""Names in an order in which they can be computed: each after those that it needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from heapq import heappop, heappush


def computing_order(needs: Mapping[str, Collection[str]]) -> tuple[list[str], list[str]]:
    """The names, each after those that it needs, otherwise as given; and those for which there is
    no such order, since they need each other.

    A need that is no name of the mapping is met from the start.

    >>> computing_order({"h": ["c"], "c": ["i", "x"], "i": []})
    (['i', 'c', 'h'], [])
    >>> computing_order({"h": ["c"], "c": ["h"], "i": []})
    (['i'], ['h', 'c'])
    """
    names = list(needs)
    readers: dict[str, list[int]] = {name: [] for name in names}
    missing: list[int] = []
    for position, name in enumerate(names):
        open_needs = readers.keys() & set(needs[name])
        missing.append(len(open_needs))
        for needed in open_needs:
            readers[needed].append(position)
    ready = [position for position, number in enumerate(missing) if not number]
    ordered: list[str] = []
    while ready:
        name = names[heappop(ready)]
        ordered.append(name)
        for reader in readers[name]:
            missing[reader] -= 1
            if not missing[reader]:
                heappush(ready, reader)
    return ordered, [name for name, number in zip(names, missing, strict=True) if number]


def cycle_among(needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Follow what needs what until a name comes back; every name needs another.

    >>> cycle_among({"y": ["h"], "h": ["c"], "c": ["h"]})
    ('h', 'c')
    """
    positions: dict[str, int] = {}
    name = next(iter(needs))
    while name not in positions:
        positions[name] = len(positions)
        name = next(needed for needed in needs[name] if needed in needs)
    return tuple(positions)[positions[name] :]
