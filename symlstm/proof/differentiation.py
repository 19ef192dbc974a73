"""The exact derivative of terms: reverse mode over the scalar graph.

It knows nothing of matrices, equations or time, and takes the derivative of an elementwise function
from SymPy's `diff` of its law in exp: a route to gradients that shares no rule with
`symlstm.calculus`, and the derivative of whatever an implementation's own forward computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from sympy import Add, Dummy, Lambda, Mul, Number, Pow, Rational, exp, log

from symlstm import functions
from symlstm.cell import operands
from symlstm.messages import UnknownNode
from symlstm.proof.terms import TRUTHS, Terms, reachable

Share = tuple[int, int]
"""(operand, its share of the adjoint)"""


def gradients(terms: Terms, weights: Mapping[int, int], wrt: Sequence[int]) -> list[int]:
    """∂/∂w of Σ weight · term, for each w.

    Args:
        weights: for each term of the loss, what it is multiplied by, a term too.
        wrt: the terms, symbols mostly, with respect to which.
    Returns:
        the gradients, as terms of the same table.
    Raises:
        UnknownNode: a function without a law.
    """
    shares: dict[int, list[int]] = {root: [weight] for root, weight in weights.items()}
    for index in reversed(reachable(terms, weights)):
        if index not in shares or terms.nodes[index][0] in TRUTHS:
            continue
        adjoint = terms.sum(shares[index])
        for operand, share in _pull(terms, index, adjoint):
            shares.setdefault(operand, []).append(share)
    return [terms.sum(shares.get(w, [])) for w in wrt]


def _pull(terms: Terms, index: int, adjoint: int) -> Iterator[Share]:
    """The shares of the operands of a node in its adjoint."""
    node = terms.nodes[index]
    match node[0]:
        case "symbol" | "number":
            return
        case "sum":
            yield from ((operand, adjoint) for operand in node[1:])
        case "product":
            factors = node[1:]
            for n, factor in enumerate(factors):
                yield factor, terms.product((adjoint, *factors[:n], *factors[n + 1 :]))
        case "dot":
            for a, b in zip(node[1::2], node[2::2], strict=True):
                yield a, terms.product((adjoint, b))
                yield b, terms.product((adjoint, a))
        case "power":
            base, n = node[1:]
            yield base, terms.product((adjoint, terms.number(n), terms.power(base, n - 1)))
        case "call":
            yield node[2], terms.product((adjoint, _slope(terms, node[1], node[2])))
        case "where":
            _, truth, a, b = node
            yield a, terms.where(truth, adjoint, terms.zero)
            yield b, terms.where(truth, terms.zero, adjoint)
        case _:
            raise UnknownNode("S401", f"no derivative is known for the term {node[0]}")


@cache
def _derivative(name: str) -> Lambda:
    """z ↦ f′(z), by SymPy's `diff`."""
    z = Dummy("z", real=True)
    if name == "sqrt":
        return Lambda(z, (z ** Rational(1, 2)).diff(z))
    law: Any = functions.by_name(name).by_exp
    return Lambda(z, law(z).diff(z))


def _slope(terms: Terms, name: str, argument: int) -> int:
    law = _derivative(name)
    return _lowered(terms, law.expr, law.variables[0], argument)


def _lowered(terms: Terms, expression: Any, variable: Any, value: int) -> int:
    """A scalar SymPy expression of one variable, as a term."""

    def lower(node: Any) -> int:
        if node == variable:
            return value
        if node.is_Rational:
            return terms.number(Fraction(int(node.p), int(node.q)))
        if isinstance(node, Add):
            return terms.sum([lower(a) for a in node.args])
        if isinstance(node, Mul):
            return terms.product([lower(a) for a in node.args])
        if isinstance(node, exp | log):
            return terms.call(type(node).__name__, lower(operands(node)[0]))
        if isinstance(node, Pow) and isinstance(node.exp, Number):
            base, twice = lower(node.base), int(2 * node.exp)
            whole = base if twice % 2 == 0 else terms.call("sqrt", base)
            return terms.power(whole, twice // 2 if twice % 2 == 0 else twice)
        raise UnknownNode("S401", f"no derivative is known that holds {node}")

    return lower(expression)
