"""NumPy's array functions on traced arrays: a table from function to what it does here.

`moving`, `making`, `reductions` and `choosing` fill it. Whatever is not in the table ends the run
as untraceable: nothing falls through.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from symlstm.tracing.scalar import Hooks
from symlstm.tracing.session import active

Handler = Callable[..., Any]
HANDLERS: dict[Any, Handler] = {}


def dispatch(function: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """NumPy's `__array_function__` protocol for every traced value."""
    handler = HANDLERS.get(function)
    if handler is None:
        active().fail(
            f"{_name(function)} of traced values",
            "it is not among the functions that can be traced: write it with arithmetic, "
            "np.where, matrix products and sums",
        )
    return handler(*arguments, **options)


def _name(function: Any) -> str:
    module = function.__module__.replace("numpy", "np", 1)
    return f"{module}.{function.__name__}"


def implements(*names: str) -> Callable[[Handler], Handler]:
    """Enter a handler for functions of NumPy's, by name; a version that lacks one skips it."""

    def register(handler: Handler) -> Handler:
        for name in names:
            try:
                HANDLERS[attrgetter(name)(np)] = handler
            except AttributeError:
                continue
        return handler

    return register


Hooks.function = dispatch
