"""Garbage collection while a table of terms grows."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

_THRESHOLD = 100_000


@contextmanager
def seldom_collected() -> Generator[None]:
    """Look for cycles seldom: terms are millions of small tuples, and none of them is garbage.

    A threshold that somebody has set higher stays, and so does a collector that is switched off.
    """
    before = gc.get_threshold()
    if 0 < before[0] < _THRESHOLD:
        gc.set_threshold(_THRESHOLD, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
