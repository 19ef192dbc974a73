"""The part of every saved counterexample that runs: it needs NumPy, and nothing of symlstm.

`symlstm.verification.counterexample` copies this file as it stands into the file that it writes,
behind a point and before the code of the equations.
"""

import inspect
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]

KEPT = 2.0**12
"""So many units in the last place may rounding take, where an array is of a narrow type."""


def run_point(
    default: str,
    name: str,
    equations: Callable[..., Any],
    point: Arrays,
    results: Sequence[str],
    compared: Sequence[str],
    tolerance: float,
) -> int:
    """Compare a function of a file with the equations at a point; the exit status.

    Args:
        default: the file, seen from the folder of this one, unless another is named.
        name: what the function is called.
        equations: the same function by the equations.
        point: all arguments of the cell; one that the function does not take is zero.
        results: the names of the results, in the order of a tuple.
        compared: those that are compared, the one that was found wrong first.
        tolerance: what float rounding may make, relative to the largest number of a result, or 1.
    """
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / default
    if not file.is_file():
        print(f"there is no file {file}; name it: python {Path(sys.argv[0]).name} FILE.py")
        return 2
    print(f"{name} of {file.name} at the point of this file")
    try:
        function = getattr(loaded(file), name)
        given = {key: point[key].copy() for key in accepted(function, point)}
        found = by_name(function(**given), results)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        print(f"raised    {type(error).__name__}: {error}")
        return 1
    zeroed = {k: v.copy() if k in given else np.zeros_like(v) for k, v in point.items()}
    with np.errstate(all="ignore"):
        expected = by_name(equations(**zeroed), results)
    wanted = [key for key in compared if key.removeprefix("d") in given or key not in absent(point)]
    differs = [key for key in wanted if is_different(found, expected, key, tolerance)]
    for key in differs[:1]:
        show(key, expected[key], found.get(key))
    if differs[1:]:
        print(f"differing too: {', '.join(differs[1:])}")
    changed = [key for key in given if not np.array_equal(given[key], point[key], equal_nan=True)]
    if changed:
        print(f"changed   its argument {', '.join(changed)}")
    try:
        again = by_name(function(**{key: point[key].copy() for key in given}), results)
        unsteady = [k for k in wanted if k in found and is_different(again, found, k, tolerance)]
    except Exception as error:
        print(f"raised    in the second call {type(error).__name__}: {error}")
        return 1
    if unsteady:
        print(f"unsteady  two calls return different {', '.join(unsteady)}")
    if differs or changed or unsteady:
        return 1
    print(f"agrees    with the equations, to {tolerance:g} of the larger of 1 and each result")
    return 0


def loaded(file: Path) -> types.ModuleType:
    """The module of a file, compiled from its text as it is now."""
    sys.path.insert(0, str(file.resolve().parent))
    module = types.ModuleType(file.stem if file.stem not in sys.modules else "implementation_")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module
    exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
    return module


def accepted(function: Callable[..., Any], point: Arrays) -> list[str]:
    """The arguments of the point that a function takes."""
    parameters = inspect.signature(function).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return [key for key in point if takes_all or key in parameters]


def absent(point: Arrays) -> set[str]:
    """The gradients of arguments, which are asked for only where the argument is there."""
    return {"d" + key for key in point if key.endswith("_0")}


def by_name(returned: Any, results: Sequence[str]) -> dict[str, Any]:
    """What was returned, by the names of the results."""
    if isinstance(returned, dict):
        return dict(returned)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    parts: list[Any] = [*returned] if isinstance(returned, tuple) else [returned]
    if returned is None or len(parts) != len(results):
        raise TypeError(f"it returns {len(parts)} of the results {', '.join(results)}")
    return dict(zip(results, parts, strict=True))


def is_different(found: Arrays, expected: Arrays, key: str, tolerance: float) -> bool:
    """Whether a result is absent, has another shape, or is different beyond rounding."""
    if key not in found or np.shape(found[key]) != np.shape(expected[key]):
        return True
    return bool(np.any(distances(found[key], expected[key]) > allowed(found[key], tolerance)))


def allowed(found: Any, tolerance: float) -> float:
    """The rounding of float64, or of the narrower type in which something was returned."""
    kind = np.asarray(found).dtype
    return max(tolerance, KEPT * float(np.finfo(kind).eps)) if kind.kind == "f" else tolerance


def distances(found: Any, expected: Any) -> Any:
    """How far each element is off, relative to the largest of its result, or 1.

    Where the equations give no number there is nothing to compare; where only the function does
    not, it is off by infinity.
    """
    wanted = np.asarray(expected, dtype=np.float64)
    number = np.asarray(found, dtype=np.float64)
    known = np.isfinite(wanted)
    scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0, where=known)))
    with np.errstate(all="ignore"):
        off = np.abs(number - wanted) / scale
    return np.where(known, np.where(np.isfinite(number), off, np.inf), 0.0)


def show(key: str, expected: Any, found: Any) -> None:
    """The element that is furthest off, as the equations have it and as it was found."""
    if found is None:
        print(
            f"result    {key}\nexpected  an array of shape {np.shape(expected)}\nfound     nothing"
        )
        return
    if np.shape(found) != np.shape(expected):
        print(f"result    {key}\nexpected  the shape {np.shape(expected)}")
        print(f"found     the shape {np.shape(found)}")
        return
    off = distances(found, expected)
    at = np.unravel_index(int(np.argmax(off)), off.shape)
    print(f"result    {key}{[int(n) for n in at] if at else ''}")
    print(f"expected  {float(np.asarray(expected)[at])!r}")
    print(f"found     {float(np.asarray(found)[at])!r}")
