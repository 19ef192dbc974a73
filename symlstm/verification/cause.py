"""A cause: one fault of an implementation, as the search finds it and a finding tells it."""

from __future__ import annotations

from dataclasses import dataclass

from symlstm.tracing.trace import Event
from symlstm.verification.chart import Node
from symlstm.verification.slip import Slip


@dataclass
class Cause:
    """One fault: a node, what the implementation has in its place, and where that was made.

    Args:
        slip: what was done to the equation of the node, or of `inner`.
        inner: the quantity inside the equation that is wrong, when that is known.
        is_moved: whether the right value is computed, and another one returned.
        carry: the state, and the step that reads a wrong value for it at t−1.
        is_all: whether it explains all that was wrong when it was found.
    """

    node: Node
    elements: tuple[int, ...]
    event: Event | None
    slip: Slip | None = None
    inner: Node | None = None
    is_moved: bool = False
    carry: tuple[str, int] | None = None
    is_all: bool = False
