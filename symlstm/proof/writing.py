"""Terms as formulas, for conditions and messages: short, in the names of the cell where known."""

from __future__ import annotations

from collections.abc import Mapping

from symlstm.proof.terms import Terms


def formula(terms: Terms, index: int, names: Mapping[int, str], depth: int = 4) -> str:
    """A term as a formula; what lies deeper than `depth` is `…`.

    Args:
        names: for terms that have a name, the name.
    """
    if index in names:
        return names[index]
    node = terms.nodes[index]
    if node[0] == "symbol":
        return str(node[1]).split("[", 1)[0]
    if node[0] == "number":
        return str(node[1])
    if depth == 0:
        return "…"

    def inner(operand: int) -> str:
        return formula(terms, operand, names, depth - 1)

    match node[0]:
        case "sum":
            return f"({' + '.join(inner(a) for a in node[1:])})"
        case "product":
            return " · ".join(inner(a) for a in node[1:])
        case "dot":
            return f"({inner(node[1])} · {inner(node[2])} + …)"
        case "power":
            return f"{inner(node[1])}^{node[2]}"
        case "call":
            return f"{node[1]}({inner(node[2])})"
        case "where":
            return f"({inner(node[2])} or {inner(node[3])})"
        case _:
            return "…"
