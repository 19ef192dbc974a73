"""Values by cases: one value where a condition holds and another where it does not.

A case is a decision diagram whose inner nodes are conditions in ascending order and whose leaves
are numbers. Operations act on the leaves, and branches that agree merge, so a function that
branches without need leaves no trace. A sum or product of more cases than a diagram can show is a
polynomial in the conditions (see `multilinear`).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from symlstm.proof import fields, multilinear
from symlstm.proof.fields import Number, Path
from symlstm.proof.multilinear import Multilinear, TooManyCases

MAXIMUM_CASES = 64


@dataclass(frozen=True)
class Case:
    """`high` where condition number `condition` holds, `low` where it does not."""

    condition: int
    high: Value
    low: Value


Value = Number | Case | Multilinear


def is_number(value: Value) -> TypeGuard[Number]:
    """Whether a value is the same in all cases."""
    return not isinstance(value, Case | Multilinear)


def _followed(value: Value) -> Number | Case:
    """The value, refused if its cases are too many to be followed one by one."""
    if isinstance(value, Multilinear):
        raise TooManyCases(f"more than {MAXIMUM_CASES} cases meet in one value")
    return value


def leaves(value: Value) -> list[Number]:
    """The value in each case."""
    value = _followed(value)
    return [*leaves(value.high), *leaves(value.low)] if isinstance(value, Case) else [value]


def on_leaves(function: Callable[[Number], Value], value: Value) -> Value:
    """f(v), case by case."""
    value = _followed(value)
    if not isinstance(value, Case):
        return function(value)
    high, low = on_leaves(function, value.high), on_leaves(function, value.low)
    return case(value.condition, high, low)


def on_paths(function: Callable[[Number, Path], Value], value: Value, path: Path = ()) -> Value:
    """f(v, the case that v stands for), case by case."""
    value = _followed(value)
    if not isinstance(value, Case):
        return function(value, path)
    high = on_paths(function, value.high, (*path, (value.condition, True)))
    low = on_paths(function, value.low, (*path, (value.condition, False)))
    return case(value.condition, high, low)


def case(condition: int, high: Value, low: Value) -> Value:
    """A case in normal form: conditions in order, branches that agree merged."""
    if high == low:
        return high
    first = min([condition] + [b.condition for b in (high, low) if isinstance(b, Case)])
    if first == condition:
        high, low = restrict(high, condition, True), restrict(low, condition, False)
        result = high if high == low else Case(condition, high, low)
    else:
        result = case(
            first,
            case(condition, restrict(high, first, True), restrict(low, first, True)),
            case(condition, restrict(high, first, False), restrict(low, first, False)),
        )
    if size(result) > MAXIMUM_CASES:
        raise TooManyCases(f"more than {MAXIMUM_CASES} cases meet in one value")
    return result


def restrict(value: Value, condition: int, holds: bool) -> Value:
    """The value where its first condition holds or not; a value by other conditions as it is."""
    if isinstance(value, Case) and value.condition == condition:
        return value.high if holds else value.low
    return value


def along(value: Value, path: Path) -> Value:
    """The value in one case; a condition that the path does not know stays one."""
    known = dict(path)
    if not known or not isinstance(value, Case):
        return value
    if value.condition in known:
        return along(value.high if known[value.condition] else value.low, path)
    return case(value.condition, along(value.high, path), along(value.low, path))


def size(value: Value) -> int:
    return size(value.high) + size(value.low) if isinstance(value, Case) else 1


def combine(join: Callable[[Number, Number], Number], a: Value, b: Value) -> Value:
    """Shannon expansion: join two values case by case."""
    a, b = _followed(a), _followed(b)
    if not isinstance(a, Case) and not isinstance(b, Case):
        return join(a, b)
    condition = min(v.condition for v in (a, b) if isinstance(v, Case))
    return case(
        condition,
        combine(join, restrict(a, condition, True), restrict(b, condition, True)),
        combine(join, restrict(a, condition, False), restrict(b, condition, False)),
    )


def choose(truth: Value, a: Value, b: Value) -> Value:
    """a where `truth` is 1, b where it is 0."""
    if a == b:
        return a
    if is_number(truth):
        return a if truth else b
    truth, a, b = _followed(truth), _followed(a), _followed(b)
    assert isinstance(truth, Case)
    condition = truth.condition
    return case(
        condition,
        choose(truth.high, restrict(a, condition, True), restrict(b, condition, True)),
        choose(truth.low, restrict(a, condition, False), restrict(b, condition, False)),
    )


def as_polynomial(value: Value, p: int) -> Multilinear:
    """A value as a polynomial in its conditions."""
    if isinstance(value, Multilinear):
        return value
    if not isinstance(value, Case):
        return multilinear.constant(value)
    high, low = as_polynomial(value.high, p), as_polynomial(value.low, p)
    return multilinear.choice(value.condition, high, low, p)


def are_equal(a: Value, b: Value, p: int) -> bool:
    """Whether two values are equal in all cases."""
    if isinstance(a, Multilinear) or isinstance(b, Multilinear):
        return as_polynomial(a, p) == as_polynomial(b, p)
    return a == b


def _joined(
    join: Callable[[Number, Number], Number],
    polynomial: Callable[[Multilinear, Multilinear, int], Multilinear],
    a: Value,
    b: Value,
    p: int,
) -> Value:
    """Two values joined case by case, as polynomials where the cases are too many."""
    try:
        return combine(join, a, b)
    except TooManyCases:
        return polynomial(as_polynomial(a, p), as_polynomial(b, p), p)


_INTEGERS = frozenset({int})


def _are_integers(values: Sequence[Value]) -> TypeGuard[Sequence[int]]:
    return _INTEGERS.issuperset(map(type, values))


def total(values: Sequence[Value], p: int) -> Value:
    """a + b + … mod p."""
    if _are_integers(values):
        return sum(values) % p
    result = values[0]
    for value in values[1:]:
        if type(result) is int and type(value) is int:
            result = (result + value) % p
        else:
            result = _joined(lambda a, b: fields.add(a, b, p), multilinear.add, result, value, p)
    return result


def product(values: Sequence[Value], p: int) -> Value:
    """a · b · … mod p."""
    if _are_integers(values):
        return math.prod(values) % p
    result = values[0]
    for value in values[1:]:
        if type(result) is int and type(value) is int:
            result = result * value % p
        else:
            result = _joined(
                lambda a, b: fields.multiply(a, b, p), multilinear.multiply, result, value, p
            )
    return result


def dot(values: Sequence[Value], p: int) -> Value:
    """a·b + c·d + … mod p."""
    if _are_integers(values):
        return sum(map(operator.mul, values[::2], values[1::2])) % p
    pairs = zip(values[::2], values[1::2], strict=True)
    return total([product(pair, p) for pair in pairs], p)
