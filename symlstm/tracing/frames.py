"""Values as they go through a pipe: the number of bytes, a line feed, and then JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any

_TOGETHER = 1 << 12
"""How many values are written, and read, in one go."""


def framed(value: Any) -> bytes:
    """A value as bytes."""
    text = json.dumps(value, separators=(",", ":")).encode()
    return b"%d\n%s" % (len(text), text)


def packed(values: Iterable[Any]) -> list[str]:
    """Many values as texts of JSON, each a list of some of them.

    As lists and integers they would take eight times the memory, all at once.
    """
    several = iter(values)
    texts: list[str] = []
    while some := list(islice(several, _TOGETHER)):
        texts.append(json.dumps(some, separators=(",", ":")))
    return texts


def unpacked(texts: list[str]) -> Iterator[Any]:
    """The values that were packed, each text let go once it has been read.

    Raises:
        ValueError, TypeError: it is not what `packed` makes.
    """
    texts.reverse()
    while texts:
        yield from json.loads(texts.pop())


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The JSON of the next value; None at the end, or where there is no whole one."""
    head = stream.readline(32).strip()
    if not head.isdigit():
        return None
    text = stream.read(int(head))
    return text if len(text) == int(head) else None
