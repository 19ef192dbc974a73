"""Where the cases of two sides meet, and one side may give the boundary to another case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symlstm.proof import reals
from symlstm.proof.rewriting import Rewriting
from symlstm.proof.terms import Node, Terms

_MIRRORED = {">": "<", ">=": "<=", "==": "=="}
_CONSISTENT = ({">"}, {">="}, {"<"}, {"<="}, {">", "<="}, {">=", "<"})
"""Sets of relations that cut the line at 0 in one way: 0 belongs to one piece in all of them."""


def boundaries(
    terms: Terms, roots: Iterable[int], point: reals.Point, rewriting: Rewriting
) -> list[int]:
    """Operands that are compared with 0 in ways that part at 0 itself, such as > and >=.

    u and −u are one operand, and so are two of one value, in whatever form; relu u > 0 is u > 0,
    and 1 + u² > 0 is no question. A choice whose branches meet at u = 0, as those of |u| and
    max(u, 0) do, is the same whatever it asks.

    Args:
        point: a generic point, at which the values of operands are told apart.
    """
    asked = _discontinuous(terms, terms.below(roots))
    compared = dict.fromkeys(found for each in asked for found in rewriting.comparisons(each))
    values = reals.evaluate(terms, [terms.nodes[index][2] for index in compared], point)
    relations: dict[object, set[str]] = {}
    first: dict[object, int] = {}
    for index in compared:
        _, relation, operand = terms.nodes[index]
        key, is_negative = reals.magnitude(values[operand])
        key = ("term", operand) if key is None else key
        relations.setdefault(key, set()).add(_MIRRORED[relation] if is_negative else relation)
        first.setdefault(key, operand)
    return sorted(first[key] for key, seen in relations.items() if seen not in _CONSISTENT)


def zeros(terms: Terms, roots: Iterable[int], rewriting: Rewriting) -> list[int]:
    """Operands that are not negative by construction, or not positive, and asked whether they are
    0: the cases that are left out where only open pieces count."""
    asked = _discontinuous(terms, terms.below(roots))
    compared = {found for each in asked for found in rewriting.comparisons(each)}
    return sorted({terms.nodes[i][2] for i in compared if rewriting.sign_of(terms.nodes[i][2])})


def _discontinuous(terms: Terms, live: Sequence[int]) -> list[int]:
    """The comparisons with another use than to choose between branches that meet."""
    found: set[int] = set()
    nodes = terms.nodes
    for index in live:
        node = nodes[index]
        if node[0] not in ("where", "not", "and") or (node[0] == "where" and _meets(terms, node)):
            continue
        asked = node[1:2] if node[0] == "where" else node[1:]
        found.update(a for a in asked if terms.nodes[a][0] == "compare")
    return sorted(found)


def _meets(terms: Terms, node: Node) -> bool:
    """Whether a − b = q u by form, for where(u > 0, a, b) and a number q."""
    condition: int = node[1]
    a, b = node[2:]
    question: Node = terms.nodes[condition]
    if question[0] != "compare" or question[1] == "==":
        return False
    u: int = question[2]
    if u in (terms.difference(a, b), terms.difference(b, a)):
        return True
    return _is_multiple(terms, a, u) and _is_multiple(terms, b, u)


def _is_multiple(terms: Terms, a: int, u: int) -> bool:
    """Whether a = q u by form."""
    node = terms.nodes[a]
    if a in (u, terms.zero):
        return True
    numbers = [q for q in map(terms.number_at, node[1:]) if q] if node[0] == "product" else []
    return len(numbers) == 1 and a == terms.product((u, terms.number(numbers[0])))
