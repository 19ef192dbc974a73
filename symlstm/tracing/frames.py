"""Values as they go through a pipe: the number of bytes, a line feed, and then JSON."""

from __future__ import annotations

import json
from typing import IO, Any


def framed(value: Any) -> bytes:
    """A value as bytes."""
    text = json.dumps(value, separators=(",", ":")).encode()
    return b"%d\n%s" % (len(text), text)


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The JSON of the next value; None at the end, or where there is no whole one."""
    head = stream.readline(32).strip()
    if not head.isdigit():
        return None
    text = stream.read(int(head))
    return text if len(text) == int(head) else None
