"""Which terms are positive by construction, so that dividing by them needs no condition, nor taking
their logarithm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from symlstm.proof import intervals
from symlstm.proof.intervals import ANY, Interval
from symlstm.proof.terms import TRUTHS, Node, Terms, operands

_FUNCTIONS: dict[str, Callable[[Interval], Interval]] = {
    "exp": intervals.exp,
    "log": intervals.log,
    "sqrt": intervals.sqrt,
    "sigmoid": lambda a: intervals.BELOW_ONE,
    "tanh": lambda a: intervals.AROUND_ZERO,
}


class Signs:
    """The interval that each term lies in where it has a value, found when asked for."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._found: dict[int, Interval] = {}

    def of(self, index: int) -> Interval:
        stack = [index]
        while stack:
            node = self._terms.nodes[stack[-1]]
            missing = [a for a in self._read(node) if a not in self._found]
            if missing and stack[-1] not in self._found:
                stack.extend(missing)
            else:
                last = stack.pop()
                if last not in self._found:
                    self._found[last] = _interval(self._terms, node, self._found)
        return self._found[index]

    def _read(self, node: Node) -> Sequence[int]:
        """The terms whose intervals tell that of a node, or may well do so.

        Most exponents are long sums of any sign, and not worth the time.
        """
        if node[0] in TRUTHS or (node[0] == "call" and self._tells_nothing(node[1], node[2])):
            return ()
        if node[0] == "where" and self._terms.nodes[node[1]][0] == "compare":
            return self._read_by_choice(*node[1:])
        return operands(node)

    def _read_by_choice(self, condition: int, a: int, b: int) -> Sequence[int]:
        """The branches, and what is compared with 0."""
        question: Node = self._terms.nodes[condition]
        asked: int = question[2]
        return a, b, asked

    def _tells_nothing(self, name: str, argument: int) -> bool:
        if name == "exp":
            return self._terms.nodes[argument][0] in ("sum", "dot", "symbol")
        return name not in ("log", "sqrt")


def _interval(terms: Terms, node: Node, found: dict[int, Interval]) -> Interval:
    match node[0]:
        case "number":
            return intervals.point(node[1])
        case "call":
            return _of_call(node, found)
        case "sum":
            return _total(found[a] for a in node[1:])
        case "product":
            return _product(node[1:], found)
        case "dot":
            pairs = zip(node[1::2], node[2::2], strict=True)
            return _total(_product(pair, found) for pair in pairs)
        case "power":
            return intervals.power(found[node[1]], node[2])
        case "where":
            return _of_choice(terms, node, found)
        case _:
            return ANY


def _of_call(node: Node, found: dict[int, Interval]) -> Interval:
    """f(u) for u in its interval, or anywhere if that was not asked for."""
    known = _FUNCTIONS.get(node[1])
    return ANY if known is None else known(found.get(node[2], ANY))


def _of_choice(terms: Terms, node: Node, found: dict[int, Interval]) -> Interval:
    """a or b, where |u| is not negative, min(u, 0) not positive, and max(a, b) not below what
    either is sure to reach."""
    condition: int = node[1]
    a, b = node[2:]
    high, low = found[a], found[b]
    question: Node = terms.nodes[condition]
    if question[0] == "compare" and question[1] != "==":
        asked: int = question[2]
        is_strict: bool = question[1] == ">"
        at = found[asked]
        if at.is_positive or (at.is_non_negative and not is_strict):
            return high
        if at.is_negative or (at.is_non_positive and is_strict):
            return low
        if a == asked:
            high = intervals.above(high, (intervals.ZERO, not is_strict))
        if b == terms.negative(asked):
            low = intervals.above(low, (intervals.ZERO, is_strict))
        if b == asked:
            low = intervals.below(low, (intervals.ZERO, is_strict))
        if a == terms.negative(asked):
            high = intervals.below(high, (intervals.ZERO, not is_strict))
        if asked == terms.difference(a, b):
            high, low = intervals.above(high, low.low), intervals.above(low, high.low)
    return intervals.hull(high, low)


def _total(parts: Iterable[Interval]) -> Interval:
    result: Interval | None = None
    for part in parts:
        result = part if result is None else intervals.total(result, part)
        if result is ANY:
            break
    return ANY if result is None else result


def _product(operands: Sequence[int], found: dict[int, Interval]) -> Interval:
    """Π aᵢ, equal factors as a power."""
    result: Interval | None = None
    for operand in dict.fromkeys(operands):
        part = intervals.power(found[operand], operands.count(operand))
        result = part if result is None else intervals.product(result, part)
    return ANY if result is None else result


def unsure_denominators(terms: Terms, roots: Iterable[int]) -> list[int]:
    """The terms below the roots that are divided by and may be 0."""
    signs = Signs(terms)
    nodes = [terms.nodes[index] for index in terms.below(roots)]
    bases = {node[1]: signs.of(node[1]) for node in nodes if node[0] == "power" and node[2] < 0}
    return sorted(b for b, at in bases.items() if not (at.is_positive or at.is_negative))


def unsure_domains(terms: Terms, roots: Iterable[int]) -> list[tuple[int, str]]:
    """The terms below the roots whose logarithm or root is taken, and the relation that is needed.

    Returns:
        (u, ">") for log u and (u, "≥") for √u, where u may be otherwise.
    """
    signs = Signs(terms)
    unsure: dict[int, str] = {}
    for index in terms.below(roots):
        node = terms.nodes[index]
        if node[:2] == ("call", "log") and not signs.of(node[2]).is_positive:
            unsure[node[2]] = ">"
        elif node[:2] == ("call", "sqrt") and not signs.of(node[2]).is_non_negative:
            unsure.setdefault(node[2], "≥")
    return sorted(unsure.items())
