"""Diagonal matrices in sums: diag(w) stands for a matrix only in a product with something else.

(A + diag(w)) B = A B + diag(w) B,  A (B + diag(w)) = A B + A diag(w),  A diag(w) = (diag(w) Aᵀ)ᵀ
"""

from __future__ import annotations

from typing import TypeGuard

from symlstm.messages import Span
from symlstm.notation import syntax
from symlstm.notation.making import Maker


def opened(factors: list[syntax.Node], make: Maker, span: Span) -> list[syntax.Node]:
    """The factors of a matrix product, sums with a diagonal matrix in them multiplied out.

    A number beside diag(w) is not multiplied out: it may be a multiple of the identity.
    """
    for position in reversed(range(len(factors))):
        factor, before, behind = factors[position], factors[:position], factors[position + 1 :]
        if _is_sum_with_diagonal(factor) and behind:
            rest = _product(behind, make, span)
            terms = ((sign, _product([term, rest], make, span)) for sign, term in factor.terms)
            factors = [*before, make.sum(tuple(terms), span)]
        elif _is_sum_with_diagonal(factor) and before:
            rest = _product(before, make, span)
            terms = ((sign, _product([rest, term], make, span)) for sign, term in factor.terms)
            return [make.sum(tuple(terms), span)]
        elif isinstance(factor, syntax.Diagonal) and before and not behind:
            return [_scaled_columns(_product(before, make, span), factor, make, span)]
    return factors


def _is_sum_with_diagonal(node: syntax.Node) -> TypeGuard[syntax.Sum]:
    if not isinstance(node, syntax.Sum):
        return False
    terms = [term for _, term in node.terms]
    has_number = any(syntax.constant(term) is not None for term in terms)
    return not has_number and any(isinstance(term, syntax.Diagonal) for term in terms)


def _scaled_columns(
    matrix: syntax.Node, diagonal: syntax.Diagonal, make: Maker, span: Span
) -> syntax.Node:
    """A diag(w) = (diag(w) Aᵀ)ᵀ"""
    turned = make.made(syntax.Transposed(matrix, matrix.span))
    scaled = make.made(syntax.Product((diagonal, turned), span))
    return make.made(syntax.Transposed(scaled, span))


def _product(factors: list[syntax.Node], make: Maker, span: Span) -> syntax.Node:
    if len(factors) == 1:
        return factors[0]
    if isinstance(factors[-1], syntax.Diagonal):
        return _scaled_columns(_product(factors[:-1], make, span), factors[-1], make, span)
    return make.made(syntax.Product(tuple(factors), span))
