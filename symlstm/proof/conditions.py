"""Conditions u > 0, told apart by the values of u."""

from __future__ import annotations

from dataclasses import dataclass, field

from symlstm.proof import fields
from symlstm.proof.fields import Number


@dataclass
class Conditions:
    """The conditions that were met in one field, u and −u being one.

    Args:
        p: the prime of the field.
        is_scaled: whether u > 0 and w u > 0 are one condition for an exponential or a positive
            number w.
    """

    p: int
    is_scaled: bool
    boundaries: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    """For each condition, the relations in which its operand was compared."""
    _numbers: dict[Number, tuple[int, bool]] = field(default_factory=dict[Number, tuple[int, bool]])
    _positive: set[Number] = field(default_factory=set[Number])

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def number(self, value: Number, relation: str) -> tuple[int, bool]:
        """The number of the condition u > 0, and whether it holds where its first form does."""
        if value not in self._numbers:
            number, is_same = self._scaled(value) or (len(self._numbers), True)
            self._numbers[value] = number, is_same
            self._numbers[fields.negative(value, self.p)] = number, not is_same
        number, is_same = self._numbers[value]
        mirrored = {">": "<", ">=": "<="}
        seen = relation if is_same else mirrored.get(relation, relation)
        self.boundaries.setdefault(number, set()).add(seen)
        return number, is_same

    def _scaled(self, value: Number) -> tuple[int, bool] | None:
        """The condition of v, for u = ±v/w and a w that is known to be positive."""
        if not self.is_scaled:
            return None
        reciprocal = fields.inverse(value, self.p)
        for other, known in self._numbers.items():
            ratio = fields.multiply(other, reciprocal, self.p)
            factor = fields.constant(ratio, self.p)
            if (factor is not None and factor > 0) or ratio in self._positive:
                return known
        return None

    def note_positive(self, value: Number) -> None:
        """Note that a value, that of an exponential, is positive."""
        if self.is_scaled:
            self._positive.update((value, fields.inverse(value, self.p)))
