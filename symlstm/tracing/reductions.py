"""Array functions that sum up or multiply: products, sums, means, norms."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from symlstm.tracing import contraction
from symlstm.tracing.array import (
    objects_of,
    rewrap,
)
from symlstm.tracing.functions import Handler, implements
from symlstm.tracing.session import active
from symlstm.tracing.ufuncs import (
    accumulate,
    axes_of,
    reduce,
    store,
)


def _product(contract: Handler) -> Handler:
    def handler(*arguments: Any, out: Any = None, **options: Any) -> Any:
        result = contract(*arguments, **options)
        return result if out is None else store(active(), out, result)

    return handler


implements("dot")(_product(contraction.dot))
implements("inner")(_product(contraction.inner))
implements("outer", "linalg.outer")(_product(contraction.outer))
implements("vdot")(_product(contraction.vdot))
implements("tensordot", "linalg.tensordot")(_product(contraction.tensordot))
implements("einsum")(_product(contraction.einsum))
implements("linalg.matmul")(_product(contraction.matmul))


@implements("linalg.multi_dot")
def _multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    product = arrays[0]
    for factor in arrays[1:]:
        product = contraction.dot(product, factor)
    return product if out is None else store(active(), out, product)


def _reduction(name: str) -> Handler:
    def handler(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        initial = None if initial is np._NoValue else initial  # pyright: ignore
        keepdims = keepdims is True
        return reduce(active(), name, a, axis, out, keepdims, initial, where)

    return handler


def _extremum(name: str) -> Handler:
    full_form = _reduction(name)

    def handler(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **o: Any) -> Any:
        return full_form(a, axis, None, out, keepdims, **o)

    return handler


total = _reduction("add")
implements("sum", "nansum")(total)
implements("prod")(_reduction("multiply"))
implements("max", "amax")(_extremum("maximum"))
implements("min", "amin")(_extremum("minimum"))
implements("any")(_extremum("logical_or"))
implements("all")(_extremum("logical_and"))


def _count(a: Any, axis: Any) -> int:
    shape = objects_of(a).shape
    return prod(shape[i] for i in axes_of(axis, len(shape)))


def _divided(a: Any, count: int) -> Any:
    return np.multiply(a, np.asarray(Fraction(1, count), dtype=object))


@implements("mean")
def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = False,
    where: Any = True,
) -> Any:
    """Σ/n."""
    if where is not True:
        active().fail("np.mean with where=", "use np.sum and divide")
    result = _divided(total(a, axis, keepdims=keepdims), _count(a, axis))
    return result if out is None else store(active(), out, result)


@implements("var")
def variance(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: Any = False,
    **options: Any,
) -> Any:
    """Σ(a - mean)²/(n - ddof)."""
    ddof = options.pop("correction", ddof)
    if options:
        active().fail(f"np.var with {', '.join(options)}", "write it out")
    deviation = rewrap(active(), objects_of(a)) - mean(a, axis, keepdims=True)
    squares = total(np.square(deviation), axis, keepdims=keepdims)
    result = _divided(squares, _count(a, axis) - ddof)
    return result if out is None else store(active(), out, result)


@implements("std")
def deviation(*arguments: Any, out: Any = None, **options: Any) -> Any:
    """√var."""
    result = np.sqrt(variance(*arguments, **options))
    return result if out is None else store(active(), out, result)


@implements("average")
def _average(a: Any, axis: Any = None, weights: Any = None, **options: Any) -> Any:
    if weights is not None or options:
        active().fail("np.average with weights", "use np.sum and divide")
    return mean(a, axis)


@implements("ptp")
def _ptp(a: Any, axis: Any = None) -> Any:
    return np.max(a, axis=axis) - np.min(a, axis=axis)


def _running(name: str) -> Handler:
    def handler(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        flat = np.ravel(a) if axis is None else a
        return accumulate(active(), name, flat, axis or 0, None if out is None else (out,))

    return handler


implements("cumsum")(_running("add"))
implements("cumprod")(_running("multiply"))


@implements("linalg.norm")
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """√Σx², the 1-norm of a vector, or the Frobenius norm of a matrix."""
    dimensions = np.ndim(x) if axis is None else 1 if isinstance(axis, int) else 2
    if ord is None or (ord == 2 and dimensions == 1) or ord == "fro":
        return np.sqrt(total(np.square(x), axis, keepdims=keepdims))
    if ord == 1 and dimensions == 1:
        return total(np.abs(x), axis, keepdims=keepdims)
    return active().fail(f"np.linalg.norm with ord={ord!r}", "write it out")
