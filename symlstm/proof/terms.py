"""Terms: scalar computations, each stored once.

A term is a node of a directed acyclic graph and is named by its index in a `Terms` table. Equal
nodes get equal indices (hash-consing), so a table is at once the computation, its common
subexpressions and a topological order: the arguments of a node stand before it.

Only what is true of all real numbers is folded (adding 0, multiplying by 1 or by 0, arithmetic of
exact numbers, the order of a sum or a product). Everything else keeps the form in which it was
computed; whether two forms are equal is for `tower` to decide.

This module imports neither SymPy nor NumPy: a child process that only traces starts quickly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from typing import Any, TypeAlias

Node: TypeAlias = tuple[Any, ...]
"""An operation and its operands, one of

("symbol", name)          an input, a free real number
("number", Fraction)      an exact constant
("sum", a, b, …)          a + b + …
("product", a, b, …)      a · b · …
("dot", a, b, c, d, …)    a·b + c·d + …
("power", a, n)           aⁿ, n a non-zero integer (negative: division)
("call", name, a)         an elementwise function of `symlstm.functions`, by name
("compare", relation, a)  a > 0, a ≥ 0 or a = 0, for relation ">", ">=", "=="
("not", p), ("and", p, q)  of truth values
("where", p, a, b)        a if p holds, otherwise b
"""

RELATIONS = (">", ">=", "==")
_ARITHMETIC = frozenset({"sum", "product", "dot"})
"""Most terms are of these; all that stands after the name is an operand."""

TRUTHS = ("compare", "not", "and")
"""The operations whose result is a truth value; that of every other is a number."""

RESERVED = "cut["
"""How the symbols begin that the prover puts in the place of what it has proved."""

_ZERO, _ONE = Fraction(0), Fraction(1)

_ANSWERS = 3
"""How many answers of `Terms.below` are kept."""

_INTEGERS = {int}

_NUMBER = re.compile(r"-?[0-9]{1,4300}(/[1-9][0-9]{0,4299})?")
"""What `str` makes of a fraction, as far as Python reads it back."""


class Terms:
    """A growing table of terms. Every method that builds one returns its index."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._indices: dict[Node, int] = {}
        self._numbers: dict[int, Fraction] = {}
        self._of_numbers: dict[tuple[int, int], int] = {}
        self._reachable: dict[tuple[int, ...], Sequence[int]] = {}
        self.zero = self.number(0)
        self.one = self.number(1)
        self._minus_one = self.number(-1)

    def __len__(self) -> int:
        return len(self.nodes)

    def _add(self, node: Node) -> int:
        index = self._indices.get(node)
        if index is None:
            index = self._indices[node] = len(self.nodes)
            self.nodes.append(node)
        return index

    def below(self, roots: Iterable[int]) -> Sequence[int]:
        """The terms that some roots depend on, as `reachable` finds them.

        A proof asks this of the same roots again and again, and what is below a term never changes:
        the last few answers are kept.
        """
        wanted = tuple(roots)
        found = self._reachable.get(wanted)
        if found is None:
            found = reachable(self, wanted)
            if len(self._reachable) == _ANSWERS:
                del self._reachable[next(iter(self._reachable))]
            self._reachable[wanted] = found
        return found

    def number_at(self, index: int) -> Fraction | None:
        """The constant at `index`, or None when the term is not a constant."""
        return self._numbers.get(index)

    def _hold_number(self, operands: Iterable[int]) -> bool:
        """Whether there is a constant among the operands; mostly there is none."""
        return not self._numbers.keys().isdisjoint(operands)

    def symbol(self, name: str) -> int:
        return self._add(("symbol", name))

    def number(self, value: Fraction | int) -> int:
        # By its integers: the hash of a fraction is slow.
        key = value.numerator, value.denominator
        index = self._of_numbers.get(key)
        if index is None:
            exact = Fraction(value)
            index = self._of_numbers[key] = self._add(("number", exact))
            self._numbers[index] = exact
        return index

    def sum(self, operands: Iterable[int]) -> int:
        """a + b + …; constants are gathered into one, 0 is left out."""
        rest = sorted(operands)
        if len(rest) > 1 and not self._hold_number(rest):
            return self._add(("sum", *rest))
        constant, rest = self._gather(rest, lambda a, b: a + b, _ZERO)
        if constant:
            rest.append(self.number(constant))
        if not rest:
            return self.zero
        return rest[0] if len(rest) == 1 else self._add(("sum", *sorted(rest)))

    def product(self, operands: Iterable[int]) -> int:
        """a · b · …; constants are gathered into one, 1 is left out, 0 absorbs."""
        rest = sorted(operands)
        if len(rest) > 1 and not self._hold_number(rest):
            return self._add(("product", *rest))
        constant, rest = self._gather(rest, lambda a, b: a * b, _ONE)
        if not constant:
            return self.zero
        if constant != 1:
            rest.append(self.number(constant))
        if not rest:
            return self.one
        return rest[0] if len(rest) == 1 else self._add(("product", *sorted(rest)))

    def _gather(
        self,
        operands: Iterable[int],
        join: Callable[[Fraction, Fraction], Fraction],
        unit: Fraction,
    ) -> tuple[Fraction, list[int]]:
        rest: list[int] = []
        for operand in operands:
            value = self.number_at(operand)
            if value is None:
                rest.append(operand)
            else:
                unit = join(unit, value)
        return unit, rest

    def unfolded(self, operation: str, operands: list[int]) -> int | None:
        """A sum, product or inner product in which there is nothing to fold; None if there is."""
        if self._hold_number(operands):
            return None
        if operation != "dot":
            return self._add((operation, *sorted(operands)))
        if len(operands) % 2 or len(operands) < 4:
            return None
        pairs = zip(operands[::2], operands[1::2], strict=True)
        kept = sorted([(a, b) if a <= b else (b, a) for a, b in pairs])
        return self._add(("dot", *chain.from_iterable(kept)))

    def negative(self, a: int) -> int:
        return self.product((self._minus_one, a))

    def difference(self, a: int, b: int) -> int:
        return self.zero if a == b else self.sum((a, self.negative(b)))

    def dot(self, pairs: Iterable[tuple[int, int]]) -> int:
        """a·b + c·d + …, one node for a whole inner product."""
        kept = sorted([(a, b) if a <= b else (b, a) for a, b in pairs])
        node = ("dot", *chain.from_iterable(kept))
        if len(kept) > 1 and not self._hold_number(node[1:]):
            return self._add(node)
        kept = [(a, b) for a, b in kept if a != self.zero and b != self.zero]
        if len(kept) <= 1 or all(self.number_at(a) and self.number_at(b) for a, b in kept):
            return self.sum([self.product(pair) for pair in kept])
        return self._add(("dot", *chain.from_iterable(kept)))

    def power(self, a: int, exponent: int) -> int:
        """aⁿ for an integer n.

        Raises:
            ZeroDivisionError: a is the constant 0 and n is negative.
        """
        if exponent == 0:
            return self.one
        if exponent == 1:
            return a
        value = self.number_at(a)
        if value is not None:
            return self.number(value**exponent)
        return self._add(("power", a, exponent))

    def quotient(self, a: int, b: int) -> int:
        return self.product((a, self.power(b, -1)))

    def call(self, name: str, a: int) -> int:
        """An elementwise function by its name in `symlstm.functions`."""
        return self._add(("call", name, a))

    def exp(self, a: int) -> int:
        return self.one if a == self.zero else self.call("exp", a)

    def compare(self, relation: str, a: int, b: int) -> int | bool:
        """Whether a `relation` b, one of > >= < <= == !=; decided at once for constants."""
        if relation in ("<", "<="):
            return self.compare(">" + relation[1:], b, a)
        if relation == "!=":
            return self.negation(self.compare("==", a, b))
        difference = self.difference(a, b)
        value = self.number_at(difference)
        if value is not None:
            return value > 0 if relation == ">" else value >= 0 if relation == ">=" else value == 0
        return self._add(("compare", relation, difference))

    def negation(self, p: int | bool) -> int | bool:
        if isinstance(p, bool):
            return not p
        node = self.nodes[p]
        return node[1] if node[0] == "not" else self._add(("not", p))

    def conjunction(self, p: int | bool, q: int | bool) -> int | bool:
        if isinstance(p, bool):
            return q if p else False
        if isinstance(q, bool):
            return p if q else False
        return p if p == q else self._add(("and", *sorted((p, q))))

    def disjunction(self, p: int | bool, q: int | bool) -> int | bool:
        return self.negation(self.conjunction(self.negation(p), self.negation(q)))

    def where(self, p: int | bool, a: int, b: int) -> int:
        """a if p holds, otherwise b."""
        if isinstance(p, bool):
            return a if p else b
        return a if a == b else self._add(("where", p, a, b))

    def absolute(self, a: int) -> int:
        return self.where(self.compare(">=", a, self.zero), a, self.negative(a))

    def maximum(self, a: int, b: int) -> int:
        return self.where(self.compare(">=", a, b), a, b)

    def minimum(self, a: int, b: int) -> int:
        return self.where(self.compare(">=", a, b), b, a)


def operands(node: Node) -> Sequence[int]:
    """The indices of the terms that a node reads directly."""
    return node[_FIRST[node[0]] : _LAST.get(node[0])]


_FIRST = {
    "symbol": 2, "number": 2, "sum": 1, "product": 1, "dot": 1, "power": 1,
    "call": 2, "compare": 2, "not": 1, "and": 1, "where": 1,
}  # fmt: skip
_LAST = {"power": 2}
"""Where the operands stand in a node."""


def reachable(
    terms: Terms,
    roots: Iterable[int],
    known: Container[int] = (),
    unread: Container[str] = (),
) -> list[int]:
    """The terms that the roots depend on, the roots included, in topological order.

    Args:
        known: terms that are left out, with what only they depend on.
        unread: operations that are not looked into.
    """
    nodes = terms.nodes
    is_seen = bytearray(len(nodes))
    for index in roots:
        is_seen[index] = 1
    found: list[int] = []
    for index in range(is_seen.rfind(1), -1, -1):
        if is_seen[index] and index not in known:
            found.append(index)
            node = nodes[index]
            operation = node[0]
            if operation in _ARITHMETIC:
                for operand in node[1:]:
                    is_seen[operand] = 1
            elif operation not in unread:
                for operand in operands(node):
                    is_seen[operand] = 1
    found.reverse()
    return found


def substitute(terms: Terms, root: int, replaced: Mapping[int, int], within: Sequence[int]) -> int:
    """The term `root` with some of the terms below it replaced by others.

    Args:
        within: the terms to be rebuilt, in topological order, `root` among them; all others stay.
    """
    new: dict[int, int | bool] = dict(replaced)
    for index in within:
        if index not in new:
            node = terms.nodes[index]
            if any(new.get(a, a) != a for a in operands(node)):
                new[index] = _rebuilt(terms, node, new)
    return new.get(root, root)


def transplant(
    source: Terms,
    roots: Iterable[int],
    into: Terms,
    without_value: tuple[type[Exception], ...] = (),
) -> dict[int, int | bool]:
    """Copy the terms that some roots need to another table.

    Args:
        without_value: what the other table raises for a term that has no value in it; such terms,
            and those that need them, are left out.
    Returns:
        the new index of each; of a truth value that is decided in the other table, that.
    """
    new: dict[int, int | bool] = {}
    for index in reachable(source, roots):
        node = source.nodes[index]
        if any(a not in new for a in operands(node)):
            continue
        try:
            new[index] = _transplanted(node, into, new)
        except without_value:
            continue
    return new


def _transplanted(node: Node, into: Terms, new: Mapping[int, int | bool]) -> int | bool:
    match node[0]:
        case "symbol":
            return into.symbol(node[1])
        case "number":
            return into.number(node[1])
        case _:
            return _rebuilt(into, node, new)


def _rebuilt(terms: Terms, node: Node, new: Mapping[int, int | bool]) -> int | bool:
    """The node with its operands replaced; a truth value may be decided by that."""
    operand = [new.get(a, a) for a in operands(node)]
    match node[0]:
        case "power":
            return terms.power(operand[0], node[2])
        case "call":
            return terms.call(node[1], operand[0])
        case "dot":
            return terms.dot(zip(operand[::2], operand[1::2], strict=True))
        case "sum":
            return terms.sum(operand)
        case "product":
            return terms.product(operand)
        case "where":
            return terms.where(*operand)
        case "compare":
            return terms.compare(node[1], operand[0], terms.zero)
        case "not":
            return terms.negation(operand[0])
        case _:
            return terms.conjunction(*operand)


def plain_nodes(terms: Terms) -> Iterator[Node]:
    """The nodes of a table as tuples of strings and integers, ready for JSON."""
    for node in terms.nodes:
        yield ("number", str(node[1])) if node[0] == "number" else node


def to_plain(terms: Terms) -> list[list[Any]]:
    """The table as plain lists, strings and integers, ready for JSON."""
    return [list(node) for node in plain_nodes(terms)]


def adopt(terms: Terms, plain: Iterable[Sequence[Any]]) -> list[int]:
    """Add a plain table to `terms`; the new index of each of its nodes.

    The nodes come from another process, so each is checked: an operation that is known, operands
    of the kind that it takes and that stand before it, nothing left to be folded.

    Raises:
        ValueError: a node is not one that `to_plain` writes.
    """
    adopted = _Adopted(terms, [])
    for node in plain:
        if not isinstance(node, list | tuple):
            raise ValueError(f"no such node: {node!r}")
        adopted.add(node)
    return adopted.indices


@dataclass(frozen=True)
class _Adopted:
    """The nodes of a plain table that were added so far, by their new indices.

    Args:
        truths: those of the plain table that are truth values.
    """

    terms: Terms
    indices: list[int]
    truths: set[int] = field(default_factory=set[int])

    def add(self, plain: Sequence[Any]) -> None:
        index = self._usual(plain)
        if index is not None:
            self.indices.append(index)
            return
        node = list(plain)
        index = self._index(node)
        if node[0] != "number" and self.terms.number_at(index) is not None:
            raise ValueError(f"{node!r} should have been folded when it was traced")
        if self.terms.nodes[index][0] in TRUTHS:
            self.truths.add(len(self.indices))
        self.indices.append(index)

    def _operands(self, operands: list[Any]) -> list[int]:
        """Numbers that stand before their node, all looked at in one go; none of no operands."""
        if not operands:
            return []
        if {*map(type, operands)} == {int}:
            is_before = min(operands) >= 0 and max(operands) < len(self.indices)
            if is_before and self.truths.isdisjoint(operands):
                return [self.indices[a] for a in operands]
        return [self._number(a) for a in operands]

    def _at(self, operand: object) -> int:
        if type(operand) is not int or not 0 <= operand < len(self.indices):
            raise ValueError(f"operand {operand!r} does not stand before its node")
        return self.indices[operand]

    def _number(self, operand: object) -> int:
        index = self._at(operand)
        if self.terms.nodes[index][0] in TRUTHS:
            raise ValueError(f"operand {operand!r} is a truth value where a number belongs")
        return index

    def _truth(self, operand: object) -> int:
        index = self._at(operand)
        if self.terms.nodes[index][0] not in TRUTHS:
            raise ValueError(f"operand {operand!r} is a number where a truth value belongs")
        return index

    def _usual(self, node: Sequence[Any]) -> int | None:
        """The index of a sum, product or inner product of two or more terms; None for all others.

        Nearly all nodes are so. What is asked of their operands is asked of all in one go, and they
        are no truth values; with a constant among them a node may be folded, and is looked at
        again.
        """
        if len(node) < 3 or type(node[0]) is not str or node[0] not in _ARITHMETIC:
            return None
        read = node[1:]
        if set(map(type, read)) != _INTEGERS or min(read) < 0 or not self.truths.isdisjoint(read):
            return None
        try:
            new = list(map(self.indices.__getitem__, read))
        except IndexError:
            return None
        return self.terms.unfolded(node[0], new)

    def _index(self, node: list[Any]) -> int:
        """The index of a node; nearly all are arithmetic, and are not asked what else they are."""
        match node[:1]:
            case ["sum"]:
                return self.terms.sum(self._operands(node[1:]))
            case ["product"]:
                return self.terms.product(self._operands(node[1:]))
            case ["dot"] if len(node) % 2:
                operand = self._operands(node[1:])
                return self.terms.dot(zip(operand[::2], operand[1::2], strict=True))
            case _:
                return self._other(node)

    def _other(self, node: list[Any]) -> int:
        """The index of a node that is not arithmetic of any number of operands."""
        terms, number, truth = self.terms, self._number, self._truth
        match node:
            case ["symbol", str(name)] if not name.startswith(RESERVED):
                return terms.symbol(name)
            case ["number", str(text)] if _NUMBER.fullmatch(text):
                return terms.number(Fraction(text))
            case ["power", a, exponent] if type(exponent) is int:
                return self._power(number(a), exponent)
            case ["call", str(name), a]:
                return terms.call(name, number(a))
            case ["compare", str(relation), a] if relation in RELATIONS:
                return _undecided(terms.compare(relation, number(a), terms.zero))
            case ["not", p]:
                return _undecided(terms.negation(truth(p)))
            case ["and", p, q]:
                return _undecided(terms.conjunction(truth(p), truth(q)))
            case ["where", p, a, b]:
                return terms.where(truth(p), number(a), number(b))
            case _:
                raise ValueError(f"no such node: {node!r}")

    def _power(self, a: int, exponent: int) -> int:
        """A power of a constant is refused unread: 0 to the −1 has no value, 9 to the 9⁹ no end."""
        if self.terms.number_at(a) is not None:
            raise ValueError("a power of a constant should have been folded when it was traced")
        return self.terms.power(a, exponent)


def _undecided(truth: int | bool) -> int:
    if isinstance(truth, bool):
        raise ValueError("a comparison of constants should have been decided when it was traced")
    return truth
