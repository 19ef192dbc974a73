"""Inner products: dot, matmul, tensordot, einsum and their kin, one term an output element.

All are einsum: letters name the axes, and the letters that the output lacks are summed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from string import ascii_letters
from typing import Any

import numpy as np

from symlstm.tracing.array import array_of, objects_of, read
from symlstm.tracing.scalar import term
from symlstm.tracing.session import Array, active


def contract(operation: str, inputs: Sequence[str], output: str, operands: Sequence[Any]) -> Any:
    """out[output] = Σ over the other letters of Π operand[its letters].

    Args:
        operation: the name that the event gets.
        inputs: the axes of each operand, a letter each; a repeated letter is a diagonal.
        output: the axes of the result.
    Returns:
        a traced array, or a scalar without axes.
    Raises:
        ValueError: axes of one letter differ in length, as in NumPy.
    """
    session = active()
    arrays = [read(session, operand) for operand in operands]
    sizes = _sizes(operation, inputs, arrays)
    summed = "".join(letter for letter in sizes if letter not in output)
    letters = output + summed
    shape = tuple(sizes[letter] for letter in output)
    full = (int(np.prod(shape)), int(np.prod([sizes[letter] for letter in summed], dtype=int)))

    def values_of() -> list[int]:
        return _sums_of_products(
            [
                _aligned(array, own, letters, sizes).reshape(full).tolist()
                for array, own in zip(arrays, inputs, strict=True)
            ]
        )

    read_by = *inputs, output, *(part for a in arrays for part in (a.shape, a.tobytes()))
    values = session.once(("contract", *read_by), values_of)
    session.record(
        "compute", operation, values, shape, (array.ravel().tolist() for array in arrays)
    )
    return array_of(session, values, shape) if shape else term(session, values[0])


def _sums_of_products(rows: list[list[list[int]]]) -> list[int]:
    """Σ_k Π_operands for each output element, from the aligned rows of each operand."""
    terms = active().terms
    if len(rows) == 1:
        return [terms.sum(row) for row in rows[0]]
    if len(rows) == 2:
        return [terms.dot(zip(a, b, strict=True)) for a, b in zip(*rows, strict=True)]
    return [
        terms.sum([terms.product(factors) for factors in zip(*columns, strict=True)])
        for columns in zip(*rows, strict=True)
    ]


def _sizes(operation: str, inputs: Sequence[str], arrays: Sequence[Array]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for own, array in zip(inputs, arrays, strict=True):
        for letter, size in zip(own, array.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if known == 1:
                sizes[letter] = size
            elif size not in (1, known):
                shapes = ", ".join(str(other.shape) for other in arrays)
                raise ValueError(f"{operation}: shapes {shapes} do not fit: {known} is not {size}")
    return sizes


def _aligned(array: Array, own: str, letters: str, sizes: dict[str, int]) -> Array:
    """The operand with one axis a letter, broadcast over the letters that it lacks."""
    unique = "".join(dict.fromkeys(own))
    if unique != own:
        array = np.einsum(array, [own.index(a) for a in own], [own.index(a) for a in unique])
    order = [unique.index(letter) for letter in letters if letter in unique]
    shape = [array.shape[unique.index(a)] if a in unique else 1 for a in letters]
    moved = np.transpose(array, order).reshape(shape)
    return np.broadcast_to(moved, [sizes[letter] for letter in letters])


def _letters(n: int, after: str = "") -> str:
    return "".join(letter for letter in ascii_letters if letter not in after)[:n]


def _shapes(*operands: Any) -> list[tuple[int, ...]]:
    return [objects_of(operand).shape for operand in operands]


def _require_same(operation: str, a: int, b: int, shapes: Sequence[tuple[int, ...]]) -> None:
    """Unlike einsum, these products do not stretch a summed axis of length 1."""
    if a != b:
        first, second = shapes
        raise ValueError(f"{operation}: shapes {first} and {second} not aligned: {a} is not {b}")


def matmul(a: Any, b: Any) -> Any:
    """a @ b; the axes before the last two are broadcast."""
    shapes = _shapes(a, b)
    (first, second) = shapes
    if not first or not second:
        raise ValueError("matmul: an operand has no axes")
    _require_same("matmul", first[-1], second[-min(2, len(second))], shapes)
    batch = _letters(max(len(first), len(second), 2) - 2, after="xyz")
    own_a = "z" if len(first) == 1 else batch[len(batch) + 2 - len(first) :] + "xz"
    own_b = "z" if len(second) == 1 else batch[len(batch) + 2 - len(second) :] + "zy"
    output = batch + ("x" if len(first) > 1 else "") + ("y" if len(second) > 1 else "")
    return contract("matmul", [own_a, own_b], output, [a, b])


def vector_dot(a: Any, b: Any) -> Any:
    """Σ_z a[…, z] b[…, z]."""
    return _broadcast_product("vecdot", "z", "z", "", a, b)


def matrix_vector(a: Any, b: Any) -> Any:
    return _broadcast_product("matvec", "xz", "z", "x", a, b)


def vector_matrix(a: Any, b: Any) -> Any:
    return _broadcast_product("vecmat", "z", "zy", "y", a, b)


def _broadcast_product(operation: str, core_a: str, core_b: str, core: str, a: Any, b: Any) -> Any:
    first, second = _shapes(a, b)
    extra_a, extra_b = len(first) - len(core_a), len(second) - len(core_b)
    batch = _letters(max(extra_a, extra_b), after="xyz")
    own = [batch[len(batch) - extra_a :] + core_a, batch[len(batch) - extra_b :] + core_b]
    return contract(operation, own, batch + core, [a, b])


def dot(a: Any, b: Any) -> Any:
    """np.dot: the last axis of a against the last but one of b; a scalar multiplies."""
    shapes = _shapes(a, b)
    (first, second) = shapes
    if not first or not second:
        return np.multiply(a, b)
    _require_same("dot", first[-1], second[-min(2, len(second))], shapes)
    own_a = _letters(len(first) - 1) + "Z"
    own_b = _letters(len(second) - 1, after=own_a)
    own_b = own_b[:-1] + "Z" + own_b[-1:] if len(second) > 1 else "Z"
    output = own_a[:-1] + own_b.replace("Z", "")
    return contract("dot", [own_a, own_b], output, [a, b])


def inner(a: Any, b: Any) -> Any:
    """Σ over the last axis of both."""
    shapes = _shapes(a, b)
    (first, second) = shapes
    if not first or not second:
        return np.multiply(a, b)
    _require_same("inner", first[-1], second[-1], shapes)
    own_a = _letters(len(first) - 1)
    own_b = _letters(len(second) - 1, after=own_a + "Z")
    return contract("inner", [own_a + "Z", own_b + "Z"], own_a + own_b, [a, b])


def vdot(a: Any, b: Any) -> Any:
    return inner(np.ravel(a), np.ravel(b))


def outer(a: Any, b: Any) -> Any:
    """a[i] b[j] of the flattened operands."""
    return contract("outer", ["i", "j"], "ij", [np.ravel(a), np.ravel(b)])


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Σ over pairs of axes; a number n means the last n of a and the first n of b."""
    shapes = _shapes(a, b)
    (first, second) = shapes
    if isinstance(axes, int):
        axes_a, axes_b = list(range(len(first) - axes, len(first))), list(range(axes))
    else:
        axes_a, axes_b = ([each] if isinstance(each, int) else list(each) for each in axes)
    own_a = list(_letters(len(first)))
    own_b = list(_letters(len(second), after="".join(own_a)))
    for i, j in zip(axes_a, axes_b, strict=True):
        _require_same("tensordot", first[i], second[j], shapes)
        own_b[j] = own_a[i]
    gone = {own_a[i] for i in axes_a}
    output = "".join(letter for letter in own_a + own_b if letter not in gone)
    return contract("tensordot", ["".join(own_a), "".join(own_b)], output, [a, b])


def einsum(*arguments: Any, **_options: Any) -> Any:
    """np.einsum, with subscripts as a string (ellipses too) or as lists of integers."""
    if isinstance(arguments[0], str):
        subscripts, operands = arguments[0], arguments[1:]
    else:
        subscripts, operands = _from_lists(arguments)
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    own = _expand_ellipses(inputs.split(","), [len(shape) for shape in _shapes(*operands)])
    if len(own) != len(operands):
        raise ValueError(f"einsum: {len(own)} subscripts for {len(operands)} operands")
    stretched = max((letters for letters, _ in own), key=len)
    names = [rest.replace("*", letters) for letters, rest in own]
    if not arrow:
        everything = "".join(rest for _, rest in own).replace("*", "")
        once = sorted(a for a in set(everything) if everything.count(a) == 1)
        output = stretched + "".join(once)
    return contract("einsum", names, output.replace("...", stretched), list(operands))


def _expand_ellipses(inputs: list[str], dimensions: list[int]) -> list[tuple[str, str]]:
    """For each operand the letters that its ellipsis stands for, and its subscripts with "*"."""
    used = "".join(inputs)
    longest = _letters(max(dimensions, default=0), after=used)
    counts = [n - len(own.replace("...", "")) for own, n in zip(inputs, dimensions, strict=True)]
    widest = max([0, *(n for own, n in zip(inputs, counts, strict=True) if "..." in own)])
    free = longest[:widest]
    return [
        (free[widest - n :] if "..." in own else "", own.replace("...", "*"))
        for own, n in zip(inputs, counts, strict=True)
    ]


def _from_lists(arguments: Sequence[Any]) -> tuple[str, list[Any]]:
    """einsum(a, [0, 1], b, [1, 2], [0, 2]) as a string and operands."""
    names: dict[Any, str] = {}
    fresh = count()

    def text(axes: Any) -> str:
        return "".join(
            "..." if axis is Ellipsis else names.setdefault(axis, ascii_letters[next(fresh)])
            for axis in axes
        )

    pairs = len(arguments) // 2
    operands = [arguments[2 * k] for k in range(pairs)]
    # In list form NumPy orders an implicit output by the integers, so name them in that order.
    integers = sorted({a for k in range(pairs) for a in arguments[2 * k + 1] if a is not Ellipsis})
    for axis in integers:
        text([axis])
    subscripts = ",".join(text(arguments[2 * k + 1]) for k in range(pairs))
    if len(arguments) % 2:
        subscripts += "->" + text(arguments[-1])
    return subscripts, operands
