"""Exact evaluation of terms in a tower of prime fields.

Primes p₀, p₁, …, p_D with p_k ≡ 1 (mod p_{k−1}), and g_k of order p_{k−1} in the units of Z/p_k.
A term has one value in each field: a symbol an independent random residue, arithmetic is done
mod p_k, and

    exp(u) in field k  =  g_k ^ (u in field k−1)  mod p_k,

so that exp(u + v) = exp(u) · exp(v) holds exactly, at any nesting depth. An identity that follows
from arithmetic and from this law holds in every field; anything else fails with high probability,
since primes, generators and residues are drawn afresh for each tower. 1 + exp(u) is never 0,
because −1 has even order and g_k an odd one.

log u is an atom, a random residue for each value u (see `logarithms`), which exp undoes:
exp(n log u + v) = uⁿ exp v for whole and half n. √u is a root in F_p[i], for which every p_k is
3 mod 4, or in a wider field where u contains roots itself (see `quadratic`), its sign drawn for
each value u; what follows from a choice of signs alone is for `roots` to find out. Laws that need
to know a sign, as log(a b) = log a + log b does, are found by form (see `rewriting`).

A choice `where(p, a, b)` whose branches have one value is that value, whatever p is. Otherwise its
value is a *case* (see `cases`), so a σ that branches on the sign of its argument leaves no trace.
Conditions are told apart by the sign-normalised value of what they compare with 0; the boundary
itself is not a case of its own (see `Tower.boundaries`). A tower without cases takes a condition
for a free variable θ instead, and a choice for b + θ (a − b): what holds for every θ holds for 0
and for 1, and the number of conditions does not matter.

Sources: Schwartz (1980) and Zippel (1979) for the rational part; Mirage (OSDI 2025) for one level
of exponentials in small fields; Li and Wu (ITCS 2026) for the conjecture under which it is sound.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from operator import mul
from typing import TypeAlias, cast

from symlstm.proof import fields, laws
from symlstm.proof.cases import (
    Case,
    TooManyCases,
    Value,
    along,
    choose,
    dot,
    is_number,
    leaves,
    on_leaves,
    product,
    total,
)
from symlstm.proof.conditions import Conditions
from symlstm.proof.elementary import (
    Exponentials,
    NaturalLogarithms,
    Root,
    SquareRoots,
    power,
)
from symlstm.proof.fields import Extended, Number, Path
from symlstm.proof.logarithms import Logarithms
from symlstm.proof.primes import FIRST_BITS, draw_primes
from symlstm.proof.rewriting import Rewriting
from symlstm.proof.terms import TRUTHS, Terms, operands, reachable
from symlstm.proof.valueless import NoLaw, TooShallow, Undefined

__all__ = [
    "FIRST_BITS", "Case", "NoLaw", "Root", "TooManyCases", "TooShallow", "Tower", "Undefined",
    "Value", "draw_primes", "exponential_depths",
]  # fmt: skip

_CIRCLES = 4096
"""A term that asks more often for further values asks in a circle."""


_ARITHMETIC: Mapping[str, Callable[[Sequence[Value], int], Value]] = {
    "sum": total,
    "product": product,
    "dot": dot,
}


Column: TypeAlias = list[Value | None]
"""The values of terms in one field, by their indices; None for those that are not known yet."""


def _integers(values: Column) -> Callable[[int], int]:
    """The value of a term, taken for an integer: Python's arithmetic raises for any other."""
    return cast("Callable[[int], int]", values.__getitem__)


class _Missing(Exception):
    """A value that has to be found first."""

    def __init__(self, need: tuple[int, int]) -> None:
        self.need = need
        super().__init__(need)


@dataclass
class Tower:
    """One draw of primes, generators and residues, and the values of terms under it.

    Args:
        terms: the table whose terms are evaluated. Terms that equal others by form are added to it.
        levels: how many exponentials may be nested.
        rng: the source of everything that is drawn.
        has_cases: whether a choice is a case; otherwise it is linear in a free variable.
        is_scaled: whether u > 0 and w u > 0 are one condition for a known exponential or positive
            number w.
        rewriting: what terms of the table equal by form, to be shared by its towers.
        is_open: whether what is never negative by construction, and not 0 in a case, is positive.
    """

    terms: Terms
    levels: int
    rng: random.Random
    has_cases: bool = True
    is_scaled: bool = False
    rewriting: Rewriting | None = None
    is_open: bool = False
    primes: list[int] = field(init=False)
    generators: list[int] = field(init=False)
    imaginary: list[int] = field(init=False)
    logarithms: list[Logarithms] = field(init=False)
    conditions: Conditions = field(init=False)
    halved: set[int] = field(default_factory=set[int])
    _values: list[Column] = field(init=False)
    _merged: dict[int, int] = field(default_factory=dict[int, int])
    _free: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    _asked: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])

    def __post_init__(self) -> None:
        self.primes, self.generators = draw_primes(self.levels, self.rng)
        self.imaginary = [self.rng.randrange(1, p) for p in self.primes]
        self.logarithms = [Logarithms(p) for p in self.primes]
        self.conditions = Conditions(self.primes[-1], self.is_scaled)
        self._values = [[] for _ in self.primes]
        self._rewriting = self.rewriting or Rewriting(self.terms)
        self._exponentials = Exponentials(self)
        self._natural = NaturalLogarithms(self)
        self._square_roots = SquareRoots(self)

    @property
    def roots(self) -> list[Root]:
        """The roots that were drawn, in that order."""
        return list(self._square_roots.drawn.values())

    def release(self) -> None:
        """Let go of all that was found; nothing can be asked any more.

        A tower and its functions know each other, and would wait for the garbage collector.
        """
        self._values.clear()
        del self._exponentials, self._natural, self._square_roots

    def has_lasting_roots(self) -> bool:
        """Whether each root is still that of its term's argument, which a cut may have changed."""
        return all(
            u in leaves(self.value(self.terms.nodes[root.term][2], level))
            for (level, u), root in list(self._square_roots.drawn.items())
        )

    def take_root(self, term: int) -> None:
        """Draw the roots that √u has in the highest field, even where √u itself is cut."""
        found = self.value(self.terms.nodes[term][2])
        while True:
            try:
                on_leaves(lambda u: self._root(term, u, self.levels, is_number(found)), found)
                return
            except _Missing as further:
                self.value(*further.need)

    def _root(self, index: int, u: Number, level: int, is_whole: bool) -> Number:
        return self._square_roots.value(index, u, level, is_whole)

    @property
    def boundaries(self) -> dict[int, set[str]]:
        """For each condition that made a case, the relations in which its operand was compared."""
        return self.conditions.boundaries

    def value(self, term: int, level: int | None = None) -> Value:
        """The value of a term in the field of a level, by default the highest.

        Raises:
            Undefined, NoLaw, TooManyCases, TooShallow: it has none.
        """
        top = self.levels if level is None else level
        result = self._known(term, top)
        if result is not None:
            return result
        stack = [(term, top)]
        nodes = self.terms.nodes
        current, values, prime = top, self._values[top], self.primes[top]
        integer_of = _integers(values)
        while stack:
            index, at = stack[-1]
            if at != current:
                current, values, prime = at, self._values[at], self.primes[at]
                integer_of = _integers(values)
            if index >= len(values):
                self._grow(values)
            if values[index] is not None:
                stack.pop()
                continue
            node = nodes[index]
            operation = node[0]
            if operation in _ARITHMETIC:
                # Most terms are of this kind, and nearly all values are integers. Those that are
                # not have no arithmetic of Python's.
                try:
                    if operation == "product":
                        values[index] = prod(map(integer_of, node[1:])) % prime
                    elif operation == "sum":
                        values[index] = sum(map(integer_of, node[1:])) % prime
                    else:
                        left, right = map(integer_of, node[1::2]), map(integer_of, node[2::2])
                        values[index] = sum(map(mul, left, right)) % prime
                except TypeError:
                    unknown = [(a, at) for a in node[1:] if values[a] is None]
                    if unknown:
                        stack.extend(unknown)
                        continue
                    read = [self._found(a, at) for a in node[1:]]
                    self._keep(index, at, _ARITHMETIC[operation](read, prime))
                stack.pop()
                continue
            missing = [need for need in self._needs(index, at) if self._known(*need) is None]
            if missing:
                stack.extend(missing)
                continue
            try:
                self._keep(index, at, self._evaluate(index, at))
                stack.pop()
            except _Missing as further:
                self._count(index, at)
                stack.append(further.need)
        return self._found(term, top)

    def _grow(self, values: Column) -> None:
        """Make room for all terms, and for some that are to come."""
        size = len(self.terms)
        values.extend([None] * (size + size // 16 - len(values) + 1))

    def _known(self, term: int, level: int) -> Value | None:
        """A value, if it was found already."""
        values = self._values[level]
        return values[term] if term < len(values) else None

    def _found(self, term: int, level: int) -> Value:
        """A value that was found already."""
        return cast("Value", self._values[level][term])

    def each(self, order: Iterable[int]) -> Iterator[tuple[int, Value]]:
        """Terms with their values in the highest field, one after the other.

        Args:
            order: terms, each after those that it reads. What is merged meanwhile counts for those
                that follow.
        Raises:
            Undefined, NoLaw, TooManyCases, TooShallow: one has none.
        """
        values, prime, nodes = self._values[-1], self.primes[-1], self.terms.nodes
        integer_of = _integers(values)
        for index in order:
            if index >= len(values):
                self._grow(values)
            found = values[index]
            if found is None:
                node = nodes[index]
                operation = node[0]
                try:
                    if operation == "product":
                        if len(node) == 3:
                            found = integer_of(node[1]) * integer_of(node[2]) % prime
                        else:
                            found = prod(map(integer_of, node[1:])) % prime
                    elif operation == "sum":
                        found = sum(map(integer_of, node[1:])) % prime
                    elif operation == "dot":
                        left, right = map(integer_of, node[1::2]), map(integer_of, node[2::2])
                        found = sum(map(mul, left, right)) % prime
                    elif operation == "call":
                        found = self._called(index, node[1], node[2])
                    else:
                        found = self.value(index)
                except (TypeError, _Missing):
                    found = self.value(index)
                values[index] = found
            yield index, found

    def _called(self, index: int, name: str, argument: int) -> Value:
        """The value of a function in the highest field."""
        if laws.law(name) is None or not self.levels:
            return self.value(index)
        self.value(argument, self.levels - 1)
        found = self._call(index, name, argument, self.levels)
        self._keep(index, self.levels, found)
        return found

    def _put(self, index: int, level: int, value: Value) -> None:
        values = self._values[level]
        if index >= len(values):
            self._grow(values)
        values[index] = value

    def _keep(self, index: int, level: int, value: Value) -> None:
        self._put(index, level, value)
        if isinstance(value, Extended) and value.logs:
            plain = fields.number(*value.coordinates)
            self.logarithms[level].formal.setdefault(plain, value)

    def _count(self, index: int, level: int) -> None:
        self._asked[index, level] += 1
        if self._asked[index, level] > _CIRCLES:
            raise NoLaw(index, "a logarithm that is read in a circle")

    def at(self, term: int, level: int) -> Value:
        """A value that an evaluation turns out to need."""
        found = self._known(term, level)
        if found is None:
            raise _Missing((term, level))
        return found

    def merge(self, term: int, symbol: int) -> None:
        """Let `term` have the values of the fresh symbol `symbol` from now on (a cut).

        Only terms that are evaluated later see it, so a term is merged before those that read it
        are evaluated.
        """
        self._merged[term] = symbol
        for level in range(len(self._values)):
            self._put(term, level, self.value(symbol, level))

    def redraw(self) -> None:
        """Draw the highest field's generator and residues again; those below stay as they are.

        Conditions are told apart in the highest field, so those that are known stay as well.
        """
        top, prime = self.levels, self.primes[-1]
        if top:
            factor = self.rng.randrange(1, self.primes[-2])
            self.generators[top] = pow(self.generators[top], factor, prime)
        nodes = self.terms.nodes
        self._values[top] = [
            value if value is not None and nodes[index][0] in TRUTHS else None
            for index, value in enumerate(self._values[top])
        ]
        self.logarithms[top] = Logarithms(prime)
        self._square_roots.forget(top)
        for term, symbol in self._merged.items():
            self._put(term, top, self.value(symbol))

    def _rewritten(self, index: int) -> int | bool | None:
        """What a term equals by form, unless that would look into a cut."""
        node = self.terms.nodes[index]
        return None if node[-1] in self._merged else self._rewriting.of(index)

    def _needs(self, index: int, level: int) -> list[tuple[int, int]]:
        node = self.terms.nodes[index]
        match node[0]:
            case "symbol" | "number":
                return []
            case "power":
                return [(node[1], level)]
            case "call":
                return self._needs_of_call(index, node[1], node[2], level)
            case "compare":
                other = self._rewritten(index)
                if other is not None:
                    return [] if isinstance(other, bool) else [(other, level)]
                return [(node[2], self.levels)]
            case _:
                return [(operand, level) for operand in node[1:]]

    def _needs_of_call(
        self, index: int, name: str, argument: int, level: int
    ) -> list[tuple[int, int]]:
        if laws.law(name) is None:
            other = None if name == "log" else self._rewritten(index)
            return [(argument if other is None else int(other), level)]
        if level == 0:
            raise TooShallow(f"term {index} nests too many exponentials")
        return [(argument, level - 1)]

    def _evaluate(self, index: int, level: int) -> Value:
        node = self.terms.nodes[index]
        prime = self.primes[level]

        def value(operand: int) -> Value:
            return self._found(operand, level)

        match node[0]:
            case "symbol":
                return self.rng.randrange(1, prime)
            case "number":
                return fields.residue(node[1], prime)
            case "power":
                exponent: int = node[2]
                return on_leaves(lambda v: power(index, v, exponent, prime), value(node[1]))
            case "call":
                return self._call(index, node[1], node[2], level)
            case "compare":
                return self._compare(index, level)
            case "not":
                return total([1, product([prime - 1, value(node[1])], prime)], prime)
            case "and":
                return self._both(value(node[1]), value(node[2]), prime)
            case "where":
                truth, a, b = map(value, node[1:])
                return self._choose(truth, a, b, prime)
            case _:
                raise NoLaw(index, str(node[0]))

    def _both(self, a: Value, b: Value, prime: int) -> Value:
        """p and q; where both are one condition, p."""
        return a if a == b else product([a, b], prime)

    def _choose(self, truth: Value, a: Value, b: Value, prime: int) -> Value:
        """a or b by cases, or b + θ (a − b), which is a polynomial where the cases are too many."""
        if self.has_cases or truth in (0, 1) or a == b:
            try:
                return choose(truth, a, b)
            except TooManyCases:
                pass
        difference = total([a, product([prime - 1, b], prime)], prime)
        return total([b, product([truth, difference], prime)], prime)

    def _call(self, index: int, name: str, argument: int, level: int) -> Value:
        law = laws.law(name)
        if law is not None:
            return self._exponentials.value(index, law, argument, level)
        other = self._rewritten(index)
        if name == "log":
            return self._natural.value(
                index, argument, level, None if other is None else int(other)
            )
        if other is not None:
            return self._found(int(other), level)
        if name == "sqrt":
            found = self._found(argument, level)
            return on_leaves(lambda u: self._root(index, u, level, is_number(found)), found)
        raise NoLaw(index, name)

    def parts(self, term: int, level: int, path: Path) -> list[Number]:
        """The addends of a sum or the factors of a product, as far as they have one value."""
        node = self.terms.nodes[term]
        if node[0] not in ("sum", "product") or term in self._merged:
            return []
        known = (self._known(a, level) for a in node[1:])
        found = [along(value, path) for value in known if value is not None]
        return [value for value in found if is_number(value)]

    def _compare(self, index: int, level: int) -> Value:
        other = self._rewritten(index)
        if isinstance(other, bool):
            return int(other)
        if other is not None:
            return self._found(other, level)
        _, relation, operand = self.terms.nodes[index]
        found = self._found(operand, self.levels)
        if self.is_open and self.has_cases and self._rewriting.sign_of(operand):
            # Of what is never negative, > asks whether it is not 0, and all else whether it is.
            return on_leaves(lambda v: int((v != 0) == (relation == ">")), found)
        if relation == "==" and not self.has_cases and self._has_choice(operand):
            return self._free_truth(index, level)
        return on_leaves(lambda v: self._truth(relation, v, level), found)

    def _has_choice(self, term: int) -> bool:
        """Whether a term may be 0 on an open piece though it is not 0 for a free condition."""
        return any(self.terms.nodes[i][0] == "where" for i in reachable(self.terms, [term]))

    def _free_truth(self, condition: int, level: int) -> int:
        """A condition as a free variable; those that are told apart by term have names below 0."""
        return self._free.setdefault((~condition, level), self.rng.randrange(2, self.primes[level]))

    def _truth(self, relation: str, value: Number, level: int) -> Value:
        """1 or 0 as a case on the condition `u > 0`, u and −u being one condition.

        Only open pieces are cases: `>` and `>=` are alike, and `==` never holds on them. Which
        relations were met is kept, for the boundary is then a condition of the verdict.
        """
        if value == 0:
            return int(relation != ">")
        condition, is_same = self.conditions.number(value, relation)
        if relation == "==":
            return 0
        if self.has_cases:
            return Case(condition, 1, 0) if is_same else Case(condition, 0, 1)
        prime = self.primes[level]
        free = self._free.setdefault((condition, level), self.rng.randrange(2, prime))
        return free if is_same else (1 - free) % prime


def exponential_depths(terms: Terms, cut: Mapping[int, int] | None = None) -> list[int]:
    """For each term, how many exponentials are nested in it; those in `cut` count as symbols.

    A logarithm and a root are found in the field of their argument.
    """
    depths: list[int] = []
    depth_of = depths.__getitem__
    for index, node in enumerate(terms.nodes):
        operation = node[0]
        if operation in ("symbol", "number") or (cut and index in cut):
            depths.append(0)
        elif operation == "call":
            argument: int = node[2]
            depths.append(depth_of(argument) + (node[1] not in ("log", "sqrt")))
        else:
            deepest: int = max(map(depth_of, operands(node)))
            depths.append(deepest)
    return depths
