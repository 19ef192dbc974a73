"""How probable a false equality is: Schwartz–Zippel, with the degrees of both sides."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from symlstm.proof.terms import Node, Terms, operands

_KEYED = ("call", "compare")
"""Operations whose value depends on their operand by its value, which must not collide."""

_OF_EXPONENTIAL = (2, 2)
"""The degrees of numerator and denominator of an exponential, σ and tanh, unless there are
logarithms in the exponent."""


def error_bound_bits(
    terms: Terms,
    pairs: Sequence[tuple[int, int]],
    bits: int,
    rounds: int,
    cut: Set[int] = frozenset(),
) -> int:
    """−log₂ of a bound on the probability that the rational part of a false equality passes.

    Schwartz–Zippel: two different rational functions of degree at most d agree at a random point of
    a field of p elements with probability at most d/p. It is applied to every pair of compared
    terms and to every pair of arguments of functions and comparisons (which must not collide by
    accident), in independent rounds; exponentials and logarithms count as independent variables,
    which is the assumption that the verdict names. Roots that are independent (see `roots`) keep
    it: over all choices of their signs, a polynomial in them has at most d zeros a line on average.
    A term that was cut is a variable too, and each cut is one comparison with every other term.

    Args:
        bits: those of the least prime.
        rounds: how many independent rounds were made.
    """
    live = terms.below(a for pair in pairs for a in pair)
    nodes = terms.nodes
    degrees = _Degrees(terms)
    has_logs = any(nodes[index][:2] == ("call", "log") for index in live)
    for index in live:
        node = nodes[index]
        is_exponential = node[0] == "call" and node[1] not in ("log", "sqrt")
        if index in cut:
            degrees.keep(index, 1, 0)
        elif is_exponential and not has_logs:
            degrees.keep(index, *_OF_EXPONENTIAL)
        else:
            degrees.find(index, node)
        if is_exponential:
            degrees.exponent = max(degrees.exponent, degrees.total(node[2]))
    degree = max(map(degrees.total, live), default=1)
    keyed = sum(nodes[index][0] in _KEYED for index in live)
    comparisons = len(pairs) + keyed * (keyed - 1) // 2 + len(cut) * len(live)
    return max(0, rounds * int(bits - math.log2(max(1, 2 * degree * comparisons))))


@dataclass
class _Degrees:
    """The degrees of terms, each exponential and each logarithm a variable.

    A sum of fractions a/b + c/d + … has the denominator b d …, and of the numerators the one with
    the greatest excess over its own denominator. So the excess of the numerator's degree over the
    denominator's is kept in the place of the numerator's: of a sum it is the greatest of the
    excesses, of a product their sum.

    Args:
        exponent: the greatest degree of an exponent so far, which is what a logarithm may be.
    """

    terms: Terms
    excesses: list[int] = field(init=False)
    bottoms: list[int] = field(init=False)
    """−1 for a term that was not asked for."""
    exponent: int = 0

    def __post_init__(self) -> None:
        self.excesses = [0] * len(self.terms)
        self.bottoms = [-1] * len(self.terms)
        self._excess_of, self._bottom_of = self.excesses.__getitem__, self.bottoms.__getitem__

    def keep(self, index: int, top: int, bottom: int) -> None:
        """Note the degrees of the numerator and of the denominator."""
        self.excesses[index] = top - bottom
        self.bottoms[index] = bottom

    def total(self, index: int) -> int:
        """The degree of the numerator plus that of the denominator."""
        return self.excesses[index] + 2 * self.bottoms[index]

    def find(self, index: int, node: Node) -> None:
        """The degrees of a term whose operands' are known."""
        excess_of, bottom_of = self._excess_of, self._bottom_of
        match node[0]:
            case "product":
                self.excesses[index] = sum(map(excess_of, node[1:]))
                self.bottoms[index] = sum(map(bottom_of, node[1:]))
            case "dot":
                left, right = map(excess_of, node[1::2]), map(excess_of, node[2::2])
                self.excesses[index] = max(map(operator.add, left, right))
                self.bottoms[index] = sum(map(bottom_of, node[1:]))
            case "sum" | "where":
                read = operands(node)
                self.excesses[index] = max(map(excess_of, read))
                self.bottoms[index] = sum(map(bottom_of, read))
            case "symbol":
                self.keep(index, 1, 0)
            case "power":
                base: int = node[1]
                n: int = node[2]
                excess, bottom = excess_of(base), bottom_of(base)
                self.excesses[index] = n * excess
                self.bottoms[index] = n * bottom if n > 0 else -n * (excess + bottom)
            case "call":
                self.keep(index, *self._of_call(node))
            case _:
                self.keep(index, 0, 0)

    def _of_call(self, node: Node) -> tuple[int, int]:
        """σ and tanh are quotients of degree 2 in an exponential; √u is at most of the degree of u.

        The exponential of logarithms is the product of their arguments' powers.
        """
        name: str = node[1]
        argument: int = node[2]
        if name == "sqrt":
            bottom = self.bottoms[argument]
            return self.excesses[argument] + bottom, bottom
        if name == "log":
            return max(1, self.exponent), 0
        powers, scale = _logarithms_in(self.terms, argument)
        of_powers = sum(self.total(a) if self.bottoms[a] >= 0 else 2 for a in powers)
        grown = 1 + scale * of_powers
        return 2 * grown, 2 * grown


def _logarithms_in(terms: Terms, root: int) -> tuple[list[int], int]:
    """The arguments of the logarithms in an exponent, and the greatest number beside them."""
    found: list[int] = []
    scale = 1
    seen: set[int] = set()
    stack = [root]
    while stack:
        index = stack.pop()
        node = terms.nodes[index]
        if index in seen or node[0] in ("symbol", "power", "compare"):
            continue
        seen.add(index)
        if node[:2] == ("call", "log"):
            found.append(node[2])
        elif node[0] == "number":
            scale = max(scale, math.ceil(abs(node[1])))
        elif node[0] != "call":
            stack.extend(operands(node))
    return found, scale if found else 1
