"""Which terms are positive by construction, so that dividing by them needs no condition."""

from __future__ import annotations

from collections.abc import Iterable

from symlstm.proof.terms import Node, Terms, reachable

POSITIVE, NON_NEGATIVE, ANY = 2, 1, 0


def signs(terms: Terms, roots: Iterable[int]) -> dict[int, int]:
    """POSITIVE, NON_NEGATIVE or ANY for every term below the roots."""
    found: dict[int, int] = {}
    for index in reachable(terms, roots):
        found[index] = _sign(terms.nodes[index], found)
    return found


def _sign(node: Node, found: dict[int, int]) -> int:
    match node[0]:
        case "number":
            return POSITIVE if node[1] > 0 else NON_NEGATIVE if node[1] == 0 else ANY
        case "call":
            return POSITIVE if node[1] in ("exp", "sigmoid") else ANY
        case "sum":
            parts = [found[a] for a in node[1:]]
            return ANY if ANY in parts else max(parts)
        case "product":
            return _product([found[a] for a in node[1:]], node[1:])
        case "dot":
            pairs = list(zip(node[1::2], node[2::2], strict=True))
            return min(_product([found[a], found[b]], (a, b)) for a, b in pairs)
        case "power":
            if node[2] % 2 == 0:
                return max(found[node[1]], NON_NEGATIVE)
            return found[node[1]]
        case "where":
            return min(found[node[2]], found[node[3]])
        case _:
            return ANY


def _product(parts: list[int], operands: tuple[int, ...]) -> int:
    if len(operands) == 2 and operands[0] == operands[1]:
        return max(parts[0], NON_NEGATIVE)
    return min(parts)


def unsure_denominators(terms: Terms, roots: Iterable[int]) -> list[int]:
    """The terms below the roots that are divided by and may be 0."""
    found = signs(terms, roots)
    bases = {
        terms.nodes[index][1]
        for index in found
        if terms.nodes[index][0] == "power" and terms.nodes[index][2] < 0
    }
    return sorted(base for base in bases if found[base] != POSITIVE)
