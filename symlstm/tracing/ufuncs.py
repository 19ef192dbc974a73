"""NumPy's universal functions on traced arrays: elementwise, reductions, `at`, `outer`.

The meaning of each is its rule in `rules`; here are broadcasting, axes, `out=` and `where=`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from symlstm.tracing.array import (
    Traced,
    TracedArray,
    TracedMask,
    array_of,
    constant_array,
    event_elements,
    is_traced,
    mask_of,
    objects_of,
    plain,
    read,
    rewrap,
)
from symlstm.tracing.contraction import matmul, matrix_vector, vector_dot, vector_matrix
from symlstm.tracing.rules import ARITHMETIC, COMPARISONS, DECIDED, LOGIC
from symlstm.tracing.scalar import (
    Hooks,
    Truth,
    compute,
    index_of,
    indices_for_event,
    reader,
    term,
    truth,
    truth_of,
)
from symlstm.tracing.selection import Selection
from symlstm.tracing.session import Array, Session, active, is_array

_CONTRACTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "matmul": matmul,
    "vecdot": vector_dot,
    "matvec": matrix_vector,
    "vecmat": vector_matrix,
}
_KNOWN_OPTIONS = {"out", "where", "axis", "keepdims", "initial"}
_USUAL_AXES = ([(-2, -1), (-2, -1), (-2, -1)],)
"""What `a @= b` passes."""
_IGNORED_OPTIONS = {"dtype", "casting", "order", "subok", "signature"}


def dispatch(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """NumPy's `__array_ufunc__` protocol for every traced value."""
    session = active()
    if any(isinstance(value, Selection) for value in inputs):
        return NotImplemented
    options = {name: value for name, value in options.items() if name not in _IGNORED_OPTIONS}
    if options.get("axes") in _USUAL_AXES:
        del options["axes"]
    unknown = options.keys() - _KNOWN_OPTIONS
    if unknown:
        session.fail(f"np.{ufunc.__name__} with {unknown.pop()}=", "call it without this option")
    match method:
        case "__call__":
            return _call(session, ufunc, inputs, **options)
        case "reduce":
            return reduce(session, ufunc.__name__, *inputs, **options)
        case "accumulate":
            return accumulate(session, ufunc.__name__, *inputs, **options)
        case "outer":
            a, b = (objects_of(value) for value in inputs)
            first = a.reshape(a.shape + (1,) * b.ndim)
            return _call(session, ufunc, (rewrap(session, first), rewrap(session, b)), **options)
        case "at":
            return _at(session, ufunc, *inputs)
        case _:
            what = f"np.{ufunc.__name__}.{method} of traced values"
            return session.fail(what, "write it out")


def _call(
    session: Session, ufunc: Any, inputs: tuple[Any, ...], out: Any = None, where: Any = True
) -> Any:
    name: str = ufunc.__name__
    target = out[0] if out is not None else None
    if name in _CONTRACTIONS:
        result = _CONTRACTIONS[name](*inputs)
    elif name in DECIDED:
        result = np.full(np.shape(objects_of(inputs[0])), DECIDED[name])[()]
    elif set(ufunc.types) == {"O" * ufunc.nin + "->" + "O" * ufunc.nout}:
        # np.frompyfunc, np.vectorize: somebody's own function, called on each element
        return rewrap(session, ufunc(*(objects_of(value) for value in inputs)))
    elif name in ARITHMETIC or name in COMPARISONS or name in LOGIC:
        if name in ("equal", "not_equal") and any(not _is_number(value) for value in inputs):
            return np.full(np.broadcast_shapes(*map(np.shape, inputs)), name == "not_equal")
        return elementwise(session, name, inputs, target, where)
    else:
        session.fail(
            f"np.{name} of traced values",
            "it has no exact symbolic meaning: use arithmetic, exp, tanh, log, sqrt, max or where",
        )
    return result if target is None else store(session, target, result, where)


def _is_number(value: Any) -> bool:
    return value is not None and not isinstance(value, (str, bytes))


def elementwise(
    session: Session,
    name: str,
    inputs: Sequence[Any],
    target: Any = None,
    where: Any = True,
) -> Any:
    """f(a, b, …) element by element, operands broadcast against each other."""
    if name in _BITWISE and not all(map(_is_truth_like, inputs)):
        raise TypeError(f"ufunc {name!r} not supported for the input types")
    if name == "multiply" and any(_is_truth(value) for value in inputs):
        return _masked(session, *inputs, target=target, where=where)
    name = _LOGIC_OF_MASKS.get(name, name) if all(map(_is_truth_like, inputs)) else name
    operands = [read(session, value, reader(name)) for value in inputs]
    if len(operands) > 1 and any(a.shape != operands[0].shape for a in operands):
        operands = list(np.broadcast_arrays(*operands))
    shape = operands[0].shape
    columns: list[list[Any]] = [operand.ravel().tolist() for operand in operands]
    values = compute(session, name, columns)
    numeric = name in ARITHMETIC
    session.record(
        "compute",
        name,
        values if numeric else indices_for_event(session, values),
        shape,
        (indices_for_event(session, column) for column in columns),
    )
    if target is not None or where is not True:
        result = array_of(session, values, shape) if numeric else mask_of(session, values, shape)
        return store(session, target, result, where)
    if not shape:
        return term(session, values[0]) if numeric else truth(session, values[0])
    return array_of(session, values, shape) if numeric else mask_of(session, values, shape)


_BITWISE = {"bitwise_and", "bitwise_or", "bitwise_xor", "invert"}
_LOGIC_OF_MASKS = {
    "not_equal": "logical_xor",
    "add": "logical_or",
    "maximum": "logical_or",
    "minimum": "logical_and",
}
"""What these mean when every operand is a truth value, as in NumPy."""


def _is_truth(value: Any) -> bool:
    return isinstance(value, (Truth, TracedMask))


def _is_truth_like(value: Any) -> bool:
    return isinstance(value, bool) or getattr(value, "dtype", None) == np.dtype(bool)


def _masked(session: Session, a: Any, b: Any, target: Any, where: Any) -> Any:
    """mask · a is a where the mask holds, otherwise 0."""
    if _is_truth_like(a) and _is_truth_like(b):
        return elementwise(session, "logical_and", (a, b), target, where)
    mask, value = (a, b) if _is_truth(a) else (b, a)
    result = choose(session, mask, value, 0, operation="multiply")
    return result if target is None and where is True else store(session, target, result, where)


def choose(session: Session, mask: Any, a: Any, b: Any, operation: str = "where") -> Any:
    """a where the mask holds, otherwise b, all broadcast against each other."""
    truths = read(session, mask, truth_of)
    operands = np.broadcast_arrays(truths, read(session, a), read(session, b))
    columns: list[list[Any]] = [operand.ravel().tolist() for operand in operands]
    where = session.terms.where
    values = [where(p, x, y) for p, x, y in zip(*columns, strict=True)]
    shape = operands[0].shape
    inputs = (indices_for_event(session, column) for column in columns)
    known = all(value is True or value is False for value in columns[0])
    session.record("layout" if known else "compute", operation, values, shape, inputs)
    return array_of(session, values, shape) if shape else term(session, values[0])


def store(session: Session, target: Any, result: Any, where: Any = True) -> Any:
    """Write a result to the array given as `out=`, where `where=` holds."""
    shape = result.shape
    if where is not True:
        shape = np.broadcast_shapes(shape, np.shape(objects_of(where)))
    if target is None:
        unwritten = [session.uninitialised() for _ in range(prod(shape))]
        target = array_of(session, unwritten, shape)
    if where is not True:
        result = choose(session, where, result, target)
    write(session, target, Ellipsis, result)
    return target


def write(session: Session, target: Any, key: Any, value: Any) -> list[int] | None:
    """target[key] = value for an ordinary key; the elements written, if the target is traced."""
    if not isinstance(target, Traced):
        _write_real(session, target, key, value)
        return None
    memory = plain(target)
    if isinstance(value, Traced) and type(value) is type(target):
        source = plain(value)
    elif isinstance(target, TracedMask):
        truths = read(session, value, truth_of)
        source = plain(objects_of(mask_of(session, truths.ravel().tolist(), truths.shape)))
    else:
        indices = read(session, value)
        source = plain(array_of(session, indices.ravel().tolist(), indices.shape))
    # An array without axes would itself become the element of an object array.
    memory[key] = source if source.ndim else source[()]
    session.wrote(target)
    written: Any = memory[key]
    if is_array(written):
        written = written.view(type(target))
    return event_elements(session, written)


def _write_real(session: Session, target: Array, key: Any, value: Any) -> None:
    """Constants may be written to an ordinary array; a traced value may not."""
    source = objects_of(value)
    if source.dtype == object and target.dtype != object:
        constants = constants_of(session, read(session, value))
        if constants is None or target.dtype.kind not in "fc":
            session.fail(
                f"a traced value is stored in an array of type {target.dtype} that was made "
                "outside the traced function, or with that type",
                "create it inside the function, with np.zeros or np.empty and a float dtype",
            )
        source = constants
    target[key] = source


def constants_of(session: Session, indices: Array) -> Array | None:
    """The values of terms as floats, if all of them are constants."""
    values = [session.terms.number_at(index) for index in indices.ravel().tolist()]
    floats = [float(value) for value in values if value is not None]
    return np.array(floats).reshape(indices.shape) if len(floats) == len(values) else None


_FOLDS: dict[str, str] = {
    "logical_and": "logical_and",
    "logical_or": "logical_or",
    "maximum": "maximum",
    "minimum": "minimum",
    "fmax": "maximum",
    "fmin": "minimum",
    "logaddexp": "logaddexp",
}


def rows_along(
    array: Array, axis: Any, keepdims: bool = False
) -> tuple[list[list[Any]], tuple[int, ...]]:
    """The entries along the given axes, one list for each entry of the rest; the rest's shape."""
    gone = set(axes_of(axis, array.ndim))
    kept = [a for a in range(array.ndim) if a not in gone]
    shape = tuple(array.shape[a] for a in kept)
    moved = np.transpose(array, (*kept, *sorted(gone)))
    rows: list[list[Any]] = moved.reshape(prod(shape), -1).tolist()
    if keepdims:
        shape = tuple(1 if a in gone else n for a, n in enumerate(array.shape))
    return rows, shape


def axes_of(axis: Any, ndim: int) -> list[int]:
    """The axes that an `axis=` argument means: None for all, one, or several."""
    axes: list[int] = list(range(ndim)) if axis is None else list(np.atleast_1d(axis).tolist())
    for each in axes:
        if not -ndim <= each < ndim:
            raise np.exceptions.AxisError(each, ndim)
    return [each % ndim for each in axes]


def reduce(
    session: Session,
    name: str,
    array: Any,
    axis: Any = 0,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """Σ, Π, max, min, any or all along axes: one n-ary node for each sum or product."""
    if where is not True:
        array = _only_where(session, name, array, where)
    read_operand = truth_of if name in LOGIC else index_of
    operand = read(session, array, read_operand)
    rows, shape = rows_along(operand, axis, keepdims)
    if initial is not None:
        rows = [[*row, read_operand(session, initial)] for row in rows]
    values = [_fold(session, name, row) for row in rows]
    inputs = [indices_for_event(session, operand.ravel().tolist())]
    outputs = indices_for_event(session, values)
    session.record("compute", f"{name}.reduce", outputs, shape, inputs)
    numeric = name not in LOGIC
    result = array_of(session, values, shape) if numeric else mask_of(session, values, shape)
    if out is not None:
        return store(session, out[0] if isinstance(out, tuple) else out, result)
    if shape:
        return result
    return term(session, values[0]) if numeric else truth(session, values[0])


def _only_where(session: Session, name: str, array: Any, where: Any) -> Any:
    unit = {"add": 0, "multiply": 1}.get(name)
    if unit is None:
        session.fail(f"np.{name}.reduce with where=", "use np.where before it")
    return choose(session, where, array, unit)


def _fold(session: Session, name: str, row: list[Any]) -> Any:
    if name == "add":
        return session.terms.sum(row)
    if name == "multiply":
        return session.terms.product(row)
    if name not in _FOLDS:
        session.fail(f"np.{name}.reduce of traced values", "write it out")
    if not row:
        if name in LOGIC:
            return name == "logical_and"
        raise ValueError(f"zero-size array to reduction operation {name} which has no identity")
    value = row[0]
    for entry in row[1:]:
        (value,) = compute(session, _FOLDS[name], [[value], [entry]])
    return value


def accumulate(session: Session, name: str, array: Any, axis: int = 0, out: Any = None) -> Any:
    """The running result along one axis: a, a + b, (a + b) + c, …"""
    if name not in ARITHMETIC:
        session.fail(f"np.{name}.accumulate of traced values", "write it out")
    operand = read(session, array)
    rows, rest = rows_along(operand, axis)
    length = operand.shape[axis]
    for row in rows:
        for k in range(1, length):
            (row[k],) = compute(session, name, [[row[k - 1]], [row[k]]])
    values = np.array(rows, dtype=np.int64).reshape(*rest, length)
    moved = np.moveaxis(values, -1, axis)
    outputs = moved.ravel().tolist()
    session.record(
        "compute", f"{name}.accumulate", outputs, moved.shape, [operand.ravel().tolist()]
    )
    result = array_of(session, outputs, moved.shape)
    return result if out is None else store(session, out[0], result)


def _at(session: Session, ufunc: Any, target: Any, key: Any, value: Any = None) -> None:
    """np.add.at(a, key, v): unbuffered a[key] += v, so a repeated index counts each time."""
    if is_traced(key):
        session.fail("a traced value used as an index", "index by integers")
    if not isinstance(target, TracedArray):
        session.fail(
            f"np.{ufunc.__name__}.at stores traced values in an array made outside the function",
            "create it inside the function with np.zeros",
        )
    name: str = ufunc.__name__
    positions = constant_array(np.arange(target.size).reshape(target.shape)[key])
    memory = plain(target)
    flat = read(session, memory).ravel()
    operands = [] if value is None else [np.broadcast_to(read(session, value), positions.shape)]
    places: list[int] = positions.ravel().tolist()
    for k, place in enumerate(places):
        row = [[int(flat[place])]] + [[int(operand.ravel()[k])] for operand in operands]
        (flat[place],) = compute(session, name, row)
    outputs = flat.tolist()
    inputs = [event_elements(session, target), *(operand.ravel().tolist() for operand in operands)]
    session.record("compute", f"{name}.at", outputs, target.shape, inputs)
    memory[...] = plain(array_of(session, outputs, memory.shape))
    session.wrote(target)


Hooks.ufunc = dispatch
