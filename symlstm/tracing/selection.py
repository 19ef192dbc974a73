"""x[mask] for a mask that is not decided: which elements it selects, nobody knows yet.

Code such as `z[x >= 0] = np.exp(-x[x >= 0])` has a meaning all the same, since every element that
is selected on the right is written to its own place. A `Selection` keeps all elements and the
mask; elementwise functions act on all of them, and only an assignment through the same mask,
or a sum, makes an array of it again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from symlstm.tracing.session import active

_REMEDY = "use np.where(mask, …, …) on whole arrays"


class Selection(NDArrayOperatorsMixin):
    """The elements of `values` at which `mask` holds.

    Args:
        values: a traced array.
        mask: a traced mask of the same shape.
        key: the terms of the mask's elements, which tell whether two selections match.
    """

    __array_priority__ = 2000.0
    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __init__(self, values: Any, mask: Any, key: tuple[Any, ...]) -> None:
        self.values = values
        self.mask = mask
        self.key = key

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        in_place = options.pop("out", (self,)) == (self,)
        if method != "__call__" or options or not in_place:
            self._refuse(f"np.{ufunc.__name__}.{method}")
        operands: list[Any] = []
        for value in inputs:
            if isinstance(value, Selection):
                if value.key != self.key:
                    self._refuse("a mixture of different masks")
                value = value.values
            elif np.ndim(value):
                self._refuse("a mixture with whole arrays")
            operands.append(value)
        return Selection(ufunc(*operands), self.mask, self.key)

    def sum(self, axis: Any = None) -> Any:
        """Σ over the selected elements = Σ over all, 0 where the mask fails."""
        return np.where(self.mask, self.values, 0).sum()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse(f"its .{name}")

    def __len__(self) -> int:
        return self._refuse("its length")

    def __getitem__(self, key: Any) -> Any:
        self._refuse("its elements")

    def _refuse(self, use: str) -> Any:
        active().fail(f"a selection by a traced condition, and then {use}", _REMEDY)
