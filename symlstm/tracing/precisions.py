"""Run an implementation on numbers of a given precision, and say what NumPy had to say of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import numpy as np

from symlstm.tracing.places import is_user_file, places_of_error

PRECISIONS = ("float32", "float64")


def call_in_precision(
    function: Callable[..., Any], arguments: Mapping[str, tuple[Any, Any]], precision: str
) -> dict[str, Any]:
    """The results of one call, flattened, as plain data.

    Args:
        arguments: for each name the entries in row-major order, and the shape.
        precision: the dtype of every argument.
    Returns:
        `results` by key (None when it raised, or returned what is no tuple or dict of arrays),
        `dtypes` of the results, `warnings` of NumPy as [file, line, text], and `raised`.
    """
    given = {
        name: np.array(values, dtype=np.float64).reshape(tuple(shape)).astype(precision)
        for name, (values, shape) in arguments.items()
    }
    answer: dict[str, Any] = {"results": None, "dtypes": {}, "warnings": [], "raised": None}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            returned = function(**given)
            arrays = {key: np.asarray(value) for key, value in _named(returned)}
            answer["results"] = {
                key: [float(entry) for entry in array.ravel()] for key, array in arrays.items()
            }
            answer["dtypes"] = {key: str(array.dtype) for key, array in arrays.items()}
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            place = next(iter(places_of_error(error)), None)
            where = [place.file, place.line] if place else ["", 0]
            answer["raised"] = [*where, f"{type(error).__name__}: {error}".removesuffix(": ")]
    answer["warnings"] = [
        [w.filename, w.lineno, str(w.message)]
        for w in caught
        if issubclass(w.category, RuntimeWarning) and is_user_file(w.filename)
    ]
    return answer


def _named(returned: Any) -> Iterator[tuple[str, Any]]:
    """The results by name, or by their place in the tuple."""
    if isinstance(returned, dict):
        yield from ((str(key), value) for key, value in cast("dict[Any, Any]", returned).items())
        return
    several = cast("tuple[Any, ...]", returned) if isinstance(returned, tuple) else (returned,)
    for position, value in enumerate(several):
        yield str(position), value
