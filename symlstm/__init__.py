"""symlstm: a symbolic equation-to-code verifier for recurrent cells.

>>> from symlstm import cells, verify
>>> [state.name for state in cells["lstm"].states]
['h', 'c']

What a user needs:

- `cells["lstm"]`: the built-in cells, by name; `Cell`, their type.
- `derive(cell)`: the gradient system, derived from the equations.
- `generate(cell)`: the source of a NumPy module with `step`, `sequence` and `gradients`.
- `diagram(cell)`: the diagram of its equations, as SVG, TikZ, PNG or DOT.
- `verify(target, cell)`: a report: proved, or what differs and where.
- `equal(cell, cell)`: whether two cells are one, under which correspondence of parameters.
- `SymlstmError`: whatever the user can mend.

Importing this package imports nothing else; each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symlstm.version import VERSION as __version__

if TYPE_CHECKING:
    from symlstm.calculus.gradient import derive
    from symlstm.cell import Cell
    from symlstm.codegen.numpy_code import generate
    from symlstm.drawing.drawing import diagram
    from symlstm.library import cells
    from symlstm.messages import SymlstmError
    from symlstm.verification.equality import equal
    from symlstm.verification.verify import verify

_HOME = {
    "Cell": "symlstm.cell",
    "SymlstmError": "symlstm.messages",
    "cells": "symlstm.library",
    "derive": "symlstm.calculus.gradient",
    "diagram": "symlstm.drawing.drawing",
    "equal": "symlstm.verification.equality",
    "generate": "symlstm.codegen.numpy_code",
    "verify": "symlstm.verification.verify",
}

__all__ = [
    "Cell",
    "SymlstmError",
    "__version__",
    "cells",
    "derive",
    "diagram",
    "equal",
    "generate",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'symlstm' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
