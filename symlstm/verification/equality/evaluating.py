"""The value of a parameter, computed entry by entry from those of another cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symlstm.interface import Sizes, evaluate_dimension
from symlstm.proof.terms import Terms
from symlstm.verification.equality.forms import EMPTY, Forms, Leaf, Monomial, Polynomial
from symlstm.verification.equality.translation import shape_of

Elements = list[list[int]]
"""Rows of terms."""


@dataclass(frozen=True)
class Evaluation:
    """Forms made of parameters, as matrices of terms.

    Args:
        sizes: those of the cell whose parameters they are.
        matrix: its parameters, by their names.
    """

    forms: Forms
    terms: Terms
    sizes: Sizes
    matrix: Callable[[str], Elements]

    def value(self, value: Polynomial, rows: int, columns: int) -> Elements:
        """Σ coefficient · block + constant, an entry at a time."""
        parts = [(c, self._block(m, rows, columns)) for m, c in value]
        return [
            [
                self.terms.sum(
                    [self.terms.product((self.terms.number(c), b[n][k])) for c, b in parts]
                )
                for k in range(columns)
            ]
            for n in range(rows)
        ]

    def _block(self, monomial: Monomial, rows: int, columns: int) -> Elements:
        result = [[self.terms.one] * columns for _ in range(rows)]
        for factor, exponent in monomial:
            block = self._factor(factor, rows, columns)
            for n, line in enumerate(block):
                for k, entry in enumerate(line):
                    power = entry if exponent == 1 else self.terms.power(entry, int(exponent))
                    is_first = result[n][k] == self.terms.one
                    result[n][k] = power if is_first else self.terms.product((result[n][k], power))
        return result

    def _factor(self, factor: int, rows: int, columns: int) -> Elements:
        node = self.forms.nodes[factor]
        one, zero = self.terms.one, self.terms.zero
        match node[0]:
            case "leaf":
                return self._leaf(node[1])
            case "identity":
                return [[one if n == k else zero for k in range(columns)] for n in range(rows)]
            case "diagonal":
                column = self.value(node[1], rows, 1)
                return [[column[n][0] if n == k else zero for k in range(columns)]
                        for n in range(rows)]  # fmt: skip
            case "ones":
                return [[one] * columns for _ in range(rows)]
            case "call":
                inner = self.value(node[2], rows, columns)
                return [[self.terms.call(node[1], entry) for entry in line] for line in inner]
            case "sum":
                return self.value(node[1], rows, columns)
            case _:
                return self._product(node[1])

    def _product(self, operands: tuple[Monomial, ...]) -> Elements:
        *before, last = operands
        result = self._operand(last)
        for operand in reversed(before):
            left = self._operand(operand)
            columns = list(zip(*result, strict=True))
            result = [[self.terms.dot(zip(line, column, strict=True)) for column in columns]
                      for line in left]  # fmt: skip
        return result

    def _operand(self, monomial: Monomial) -> Elements:
        rows, columns = (evaluate_dimension(d, self.sizes) for d in shape_of(self.forms, monomial))
        return self._block(monomial, rows, columns)

    def _leaf(self, leaf: Leaf) -> Elements:
        whole = self.matrix(leaf.name)
        top, bottom = evaluated(leaf.rows, self.sizes)
        left, right = evaluated(leaf.columns, self.sizes)
        block = [row[left:right] for row in whole[top:bottom]]
        return [list(row) for row in zip(*block, strict=True)] if leaf.is_transposed else block


def evaluated(along: tuple[Any, Any], sizes: Sizes) -> tuple[int, int]:
    return evaluate_dimension(along[0], sizes), evaluate_dimension(along[1], sizes)


def values_are_known(forms: Forms, values: Mapping[Leaf, Polynomial]) -> bool:
    """Whether every value is a sum of blocks and constants, so that it can be told."""
    return all(
        monomial == EMPTY
        or (len(monomial) == 1 and monomial[0][1] == Fraction(1)
            and forms.nodes[monomial[0][0]][0] in ("leaf", "identity"))
        for value in values.values()
        for monomial, _ in value
    )  # fmt: skip


def values_are_functions(forms: Forms, values: Mapping[Leaf, Polynomial]) -> bool:
    """Whether every value can be computed from parameters."""
    factors = forms.factors(*values.values())
    kinds = {forms.nodes[f][0] for f in factors}
    powers = [e for p in [*values.values(), *(q for f in factors for q in forms.inside(f))]
              for m, _ in p for _, e in m]  # fmt: skip
    return (
        kinds <= {"leaf", "identity", "diagonal", "ones", "call", "sum", "product"}
        and all(e.denominator == 1 for e in powers)
        and all(leaf.is_parameter for leaf in forms.leaves(*values.values()))
    )
