"""How an implementation is bound: the names, order and shapes of its arguments and results.

Rows per example: a scalar per example is (B,), a vector (B, n), a matrix (B, n, m), and a sequence
of them has T in front. Parameters have the shapes of the equations, a vector being (n,), a scalar
having no axis, ().

| function    | arguments                            | returns                                    |
|-------------|--------------------------------------|--------------------------------------------|
| `step`      | inputs, states at t−1, parameters    | the results of one step                    |
| `sequence`  | inputs, initial states, parameters   | every result at every step                 |
| `gradients` | as `sequence`, and outside adjoints  | the adjoint of every argument but those    |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from sympy import Symbol

from symlstm.cell import B_AXIS, T_AXIS, Cell, Quantity, Role, axes_of, sizes_in

Kind = Literal["step", "sequence", "gradients"]
KINDS: tuple[Kind, ...] = ("step", "sequence", "gradients")

Sizes = Mapping[str, int]
"""B, T and each dimension of the cell, as numbers."""


@dataclass(frozen=True)
class Argument:
    """One argument or result of a bound function.

    Args:
        name: as it is called in code.
        quantity: the quantity of the cell that it holds, or whose adjoint it is.
        axes: the leading axes of the array, in this order.
        may_be_absent: whether a function may leave it out; it is then zero.
    """

    name: str
    quantity: Quantity
    axes: tuple[Symbol, ...]
    may_be_absent: bool = False

    def symbolic_shape(self) -> tuple[Any, ...]:
        """Its shape over T, B and the cell's dimensions."""
        leading = tuple(Symbol(axis.name.upper()) for axis in self.axes)
        return (*leading, *axes_of(self.quantity.shape))

    def shape(self, sizes: Sizes) -> tuple[int, ...]:
        return tuple(evaluate_dimension(d, sizes) for d in self.symbolic_shape())


@dataclass(frozen=True)
class Signature:
    """The arguments of a bound function, and its results in the order of a tuple."""

    kind: Kind
    arguments: tuple[Argument, ...]
    results: tuple[Argument, ...]

    def argument(self, name: str) -> Argument | None:
        return next((a for a in self.arguments if a.name == name), None)

    def result(self, name: str) -> Argument | None:
        return next((r for r in self.results if r.name == name), None)


def evaluate_dimension(dimension: Any, sizes: Sizes) -> int:
    """A symbolic dimension at given sizes."""
    return _evaluated(dimension, tuple(sizes.items()))


@lru_cache(maxsize=4096)
def _evaluated(dimension: Any, sizes: tuple[tuple[str, int], ...]) -> int:
    """The same; it is asked for with every matrix that is evaluated."""
    known = dict(sizes)
    return int(dimension.subs({size: known[size.name] for size in sizes_in(dimension)}))


@cache
def signature(cell: Cell, kind: Kind) -> Signature:
    """The signature that a function of this kind has for this cell."""
    if kind == "step":
        return Signature(
            kind,
            (
                *(Argument(q.name, q, (B_AXIS,)) for q in cell.inputs),
                *(Argument(q.name + "_prev", q, (B_AXIS,)) for q in cell.states),
                *_parameters(cell),
            ),
            tuple(Argument(q.name, q, (B_AXIS,)) for q in cell.results),
        )
    sequence = (
        *(Argument(q.name, q, (T_AXIS, B_AXIS)) for q in cell.inputs),
        *(Argument(q.name + "_0", q, (B_AXIS,), may_be_absent=True) for q in cell.states),
        *_parameters(cell),
    )
    results = tuple(Argument(q.name, q, (T_AXIS, B_AXIS)) for q in cell.results)
    if kind == "sequence":
        return Signature(kind, sequence, results)
    outside = tuple(Argument("d" + r.name, r.quantity, r.axes, may_be_absent=True) for r in results)
    gradients = tuple(Argument("d" + a.name, a.quantity, a.axes, a.may_be_absent) for a in sequence)
    return Signature(kind, (*sequence, *outside), gradients)


def _parameters(cell: Cell) -> Iterator[Argument]:
    return (Argument(q.name, q, ()) for q in cell.with_role(Role.PARAMETER))


def sizes_text(sizes: Sizes) -> str:
    """`B=2 D=3 H=5 T=3`"""
    return " ".join(f"{name}={size}" for name, size in sorted(sizes.items()))


def label_times(quantity: Quantity, t: int | None) -> str:
    """A quantity at some step, as messages write it: `c_t`, `c_0` before the first, `W_xi`."""
    return quantity.glyph.in_unicode("" if t is None else "t" if t else "0")
