"""How probable a false equality is: Schwartz–Zippel, with the degrees of both sides."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set

from symlstm.proof.terms import Terms, operands, reachable

_KEYED = ("call", "compare")
"""Operations whose value depends on their operand by its value, which must not collide."""

Degree = tuple[int, int]
"""(of the numerator, of the denominator)"""


_OF_EXPONENTIAL: Degree = (2, 2)
"""Of an exponential, σ and tanh, unless there are logarithms in the exponent."""


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
    live = reachable(terms, (a for pair in pairs for a in pair))
    degrees: dict[int, Degree] = {}
    exponent = 0
    has_logs = any(terms.nodes[index][:2] == ("call", "log") for index in live)
    for index in live:
        node = terms.nodes[index]
        if index in cut:
            degrees[index] = (1, 0)
        elif node[0] == "call" and node[1] not in ("log", "sqrt") and not has_logs:
            degrees[index] = _OF_EXPONENTIAL
        else:
            degrees[index] = _degree(terms, index, degrees, exponent)
        if node[0] == "call" and node[1] not in ("log", "sqrt"):
            exponent = max(exponent, sum(degrees[node[2]]))
    degree = max((sum(d) for d in degrees.values()), default=1)
    keyed = sum(terms.nodes[index][0] in _KEYED for index in live)
    comparisons = len(pairs) + keyed * (keyed - 1) // 2 + len(cut) * len(live)
    return max(0, rounds * int(bits - math.log2(max(1, 2 * degree * comparisons))))


def _degree(terms: Terms, index: int, degrees: dict[int, Degree], exponent: int) -> Degree:
    """The degree of a term, each exponential and each logarithm a variable.

    Args:
        exponent: the greatest degree of an exponent so far, which is what a logarithm may be.
    """
    node = terms.nodes[index]
    match node[0]:
        case "symbol":
            return 1, 0
        case "call":
            return _degree_of_call(terms, index, degrees, exponent)
        case "power":
            top, bottom = degrees[node[1]]
            n = node[2]
            return (n * top, n * bottom) if n > 0 else (-n * bottom, -n * top)
        case "product":
            parts = [degrees[a] for a in node[1:]]
            return sum(p[0] for p in parts), sum(p[1] for p in parts)
        case "dot":
            known = [degrees[a] for a in node[1:]]
            pairs = zip(known[::2], known[1::2], strict=True)
            return _degree_of_sum([(a[0] + b[0], a[1] + b[1]) for a, b in pairs])
        case "sum" | "where":
            return _degree_of_sum([degrees[a] for a in operands(node)])
        case _:
            return 0, 0


def _degree_of_call(terms: Terms, index: int, degrees: dict[int, Degree], exponent: int) -> Degree:
    """σ and tanh are quotients of degree 2 in an exponential; √u is at most of the degree of u.

    The exponential of logarithms is the product of their arguments' powers.
    """
    _, name, argument = terms.nodes[index]
    if name == "sqrt":
        return degrees[argument]
    if name == "log":
        return max(1, exponent), 0
    powers, scale = _logarithms_in(terms, argument)
    grown = 1 + scale * sum(sum(degrees.get(a, (1, 1))) for a in powers)
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


def _degree_of_sum(parts: list[Degree]) -> Degree:
    bottom = sum(p[1] for p in parts)
    return max(p[0] + bottom - p[1] for p in parts), bottom
