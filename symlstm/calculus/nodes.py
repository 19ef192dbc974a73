"""The one node that SymPy lacks: the sum over time steps or examples."""

from __future__ import annotations

from typing import Any, cast

from sympy import Basic, MatrixExpr, Symbol


class SumOver(MatrixExpr):
    """Σ over the given axes of a matrix expression; the adjoint of broadcasting.

    Args:
        summand: a matrix expression whose symbols carry the axes.
        axes: one or more of the axes `t`, `b`.
    """

    def __new__(cls, summand: Any, *axes: Symbol) -> SumOver:
        return cast(SumOver, Basic.__new__(cls, summand, *axes))

    @property
    def summand(self) -> Any:
        return self.args[0]

    @property
    def axes(self) -> tuple[Symbol, ...]:
        return cast(tuple[Symbol, ...], self.args[1:])

    @property
    def shape(self) -> Any:
        return self.summand.shape
