"""Where in the user's files a value was made.

The user's files are all but NumPy's, SciPy's, the standard library's and the tracer's own: an
installed package that is under test counts as the user's.
"""

from __future__ import annotations

import os
import sysconfig
from functools import cache
from itertools import islice
from types import CodeType, FrameType, TracebackType

import numpy

from symlstm.tracing.trace import Place

_SITE = os.path.dirname(os.path.dirname(os.path.abspath(numpy.__file__)))
_TRACER = os.path.dirname(os.path.abspath(__file__))
_FOREIGN = tuple(path + os.sep for path in (f"{_SITE}/numpy", f"{_SITE}/scipy", _TRACER))
_STDLIB = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})
_CODE_UNIT = 2
"""Bytes of an instruction; `co_positions` has an entry for each."""
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


@cache
def is_user_file(file: str) -> bool:
    """Whether a difference may be blamed on a line of `file`.

    >>> is_user_file("/home/ada/my_lstm.py"), is_user_file(numpy.__file__)
    (True, False)
    """
    if file.startswith(("<frozen ", "<__array_function__")):
        return False
    path = os.path.abspath(file) if not file.startswith("<") else file
    if path.startswith(_FOREIGN):
        return False
    in_stdlib = path.startswith(_STDLIB)
    return not in_stdlib or any(folder in path for folder in _PACKAGES)


class Stack:
    """Reads the user's lines from the Python stack, each instruction's only once.

    Args:
        bottom: the code object below which nothing is the user's.
        wanted: the code object whose frame is kept, since a finished frame still knows the line
            of the return statement that it left by.
    """

    def __init__(self, bottom: CodeType, wanted: CodeType | None) -> None:
        self._bottom = bottom
        self.wanted = wanted
        self.wanted_frame: FrameType | None = None
        # Code objects are keyed by id (hashing one hashes its bytecode) and kept alive by `_codes`.
        self._codes: dict[int, CodeType] = {}
        self._places: dict[int, dict[int, Place] | None] = {}

    def places(self, frame: FrameType | None) -> tuple[Place, ...]:
        """The lines of the user's files from `frame` outwards, innermost first."""
        found: list[Place] = []
        while frame is not None:
            code = frame.f_code
            if code is self._bottom:
                break
            known = self._places_in(code)
            if known is not None:
                place = known.get(frame.f_lasti)
                if place is None:
                    place = known[frame.f_lasti] = place_of(code, frame.f_lineno, frame.f_lasti)
                found.append(place)
                if code is self.wanted:
                    self.wanted_frame = frame
            frame = frame.f_back
        return tuple(found)

    def _places_in(self, code: CodeType) -> dict[int, Place] | None:
        key = id(code)
        if key not in self._codes:
            self._codes[key] = code
            self._places[key] = {} if is_user_file(code.co_filename) else None
        return self._places[key]


def place_of(code: CodeType, line: int | None, instruction: int = -1) -> Place:
    """The place of an instruction, given by its offset in the code; -1: somewhere on the line."""
    known = line or code.co_firstlineno
    return Place(code.co_filename, known, code.co_name, _columns(code, known, instruction))


def _columns(code: CodeType, line: int, instruction: int) -> tuple[int, int] | None:
    """What an instruction covers of its line; of an expression over several lines, its first."""
    if instruction < 0:
        return None
    units = islice(code.co_positions(), instruction // _CODE_UNIT, None)
    first, last, start, end = next(units, (None,) * 4)
    if first != line or last is None or start is None or end is None:
        return None
    if last > line:
        return start, -1
    return (start, end) if end > start else None


def places_of_error(error: BaseException) -> tuple[Place, ...]:
    """The lines of the user's files that an exception passed through, innermost first."""
    found: list[Place] = []
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_user_file(code.co_filename):
            found.append(place_of(code, traceback.tb_lineno, traceback.tb_lasti))
        traceback = traceback.tb_next
    return tuple(reversed(found))
