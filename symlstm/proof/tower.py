"""Exact evaluation of terms in a tower of prime fields.

Primes p₀, p₁, …, p_D with p_k ≡ 1 (mod p_{k−1}), and g_k of order p_{k−1} in the units of Z/p_k.
A term has one value in each field: a symbol an independent random residue, arithmetic is done
mod p_k, and

    exp(u) in field k  =  g_k ^ (u in field k−1)  mod p_k,

so that exp(u + v) = exp(u) · exp(v) holds exactly, at any nesting depth. An identity that follows
from arithmetic and from this law holds in every field; anything else fails with high probability,
since primes, generators and residues are drawn afresh for each tower. 1 + exp(u) is never 0,
because −1 has even order and g_k an odd one.

A choice `where(p, a, b)` whose branches have one value is that value, whatever p is. Otherwise its
value is a *case*: one value where p holds and another where it does not. Operations act on the
branches, and branches that agree merge again, so that a σ that branches on the sign of its
argument leaves no trace. Conditions are told apart by the sign-normalised value of what they
compare with 0; the boundary itself is not a case of its own (see `Tower.boundaries`).

Sources: Schwartz (1980) and Zippel (1979) for the rational part; Mirage (OSDI 2025) for one level
of exponentials in small fields; Li and Wu (ITCS 2026) for the conjecture under which it is sound.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, cast

from sympy import Add, Expr, Mul, Number, Pow, Rational, exp, ntheory

from symlstm import functions
from symlstm.proof.terms import Terms, operands

FIRST_BITS = 127
MAXIMUM_CASES = 64


@dataclass(frozen=True)
class Case:
    """`high` where condition number `condition` holds, `low` where it does not."""

    condition: int
    high: Value
    low: Value


Value = int | Case


class Undefined(ArithmeticError):
    """A term divides by what is 0 in this field, and so most probably everywhere."""

    def __init__(self, term: int) -> None:
        self.term = term
        super().__init__(f"term {term} divides by zero")


class NoLaw(ArithmeticError):
    """A term applies a function without a law for exact evaluation."""

    def __init__(self, term: int, function: str) -> None:
        self.term = term
        self.function = function
        super().__init__(f"no exact law is known for {function}")


class TooManyCases(ArithmeticError):
    """More conditions meet in one value than can be followed."""


class TooShallow(ArithmeticError):
    """A term nests more exponentials than the tower has levels."""


def draw_primes(levels: int, rng: random.Random) -> tuple[list[int], list[int]]:
    """Primes p₀ … p_levels, p_k ≡ 1 (mod p_{k−1}), and g_k of order p_{k−1} mod p_k (g₀ = 0)."""
    primes = [_random_prime(rng)]
    generators = [0]
    for _ in range(levels):
        below = primes[-1]
        start = rng.randrange(1, 64)
        multiple = 2 * start
        while not ntheory.isprime(multiple * below + 1):
            multiple += 2
        above = multiple * below + 1
        generator = 1
        while generator == 1:
            generator = pow(rng.randrange(2, above), multiple, above)
        primes.append(above)
        generators.append(generator)
    return primes, generators


def _random_prime(rng: random.Random) -> int:
    while True:
        candidate = rng.getrandbits(FIRST_BITS) | (1 << FIRST_BITS) | 1
        if ntheory.isprime(candidate):
            return candidate


@dataclass
class Tower:
    """One draw of primes, generators and residues, and the values of terms under it.

    Args:
        terms: the table whose terms are evaluated.
        levels: how many exponentials may be nested.
        rng: the source of everything that is drawn.
    """

    terms: Terms
    levels: int
    rng: random.Random
    primes: list[int] = field(init=False)
    _generators: list[int] = field(init=False)
    _values: list[dict[int, Value]] = field(init=False)
    _merged: dict[int, int] = field(default_factory=dict[int, int])
    _conditions: dict[int, int] = field(default_factory=dict[int, int])
    boundaries: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    """For each condition that made a case, the relations in which its operand was compared."""

    def __post_init__(self) -> None:
        self.primes, self._generators = draw_primes(self.levels, self.rng)
        self._values = [{} for _ in self.primes]
        self._salt = self.rng.getrandbits(64)

    def value(self, term: int, level: int | None = None) -> Value:
        """The value of a term in the field of a level, by default the highest.

        Raises:
            Undefined, NoLaw, TooManyCases, TooShallow: it has none.
        """
        top = self.levels if level is None else level
        known = self._values[top]
        if term in known:
            return known[term]
        stack = [(term, top)]
        while stack:
            index, at = stack[-1]
            if index in self._values[at]:
                stack.pop()
                continue
            missing = [
                need for need in self._needs(index, at) if need[0] not in self._values[need[1]]
            ]
            if missing:
                stack.extend(missing)
            else:
                self._values[at][index] = self._evaluate(index, at)
                stack.pop()
        return known[term]

    def merge(self, term: int, symbol: int) -> None:
        """Let `term` have the values of the fresh symbol `symbol` from now on (a cut).

        Only terms that are evaluated later see it, so a term is merged before those that read it
        are evaluated.
        """
        for level, values in enumerate(self._values):
            values[term] = self.value(symbol, level)

    def _needs(self, index: int, level: int) -> list[tuple[int, int]]:
        node = self.terms.nodes[index]
        match node[0]:
            case "symbol" | "number":
                return []
            case "power":
                return [(node[1], level)]
            case "call":
                if level == 0:
                    raise TooShallow(f"term {index} nests too many exponentials")
                below = [(node[2], level - 1)]
                return [*below, (node[2], level)] if _keeps_argument(node[1]) else below
            case "compare":
                return [(node[2], self.levels)]
            case _:
                return [(operand, level) for operand in node[1:]]

    def _evaluate(self, index: int, level: int) -> Value:
        node = self.terms.nodes[index]
        prime = self.primes[level]
        values = self._values[level]
        match node[0]:
            case "symbol":
                return self.rng.randrange(1, prime)
            case "number":
                return _residue(node[1], prime)
            case "sum":
                return self._fold(operator.add, [values[a] for a in node[1:]], prime)
            case "product":
                return self._fold(operator.mul, [values[a] for a in node[1:]], prime)
            case "dot":
                return self._dot([values[a] for a in node[1:]], prime)
            case "power":
                exponent: int = node[2]
                return _apply(lambda v: self._power(index, v, exponent, prime), values[node[1]])
            case "call":
                return self._call(index, node[1], node[2], level)
            case "compare":
                return self._compare(index, node[1], self._values[self.levels][node[2]])
            case "not":
                return _apply(lambda v: 1 - v, values[node[1]])
            case "and":
                return _combine(operator.mul, values[node[1]], values[node[2]])
            case "where":
                return _choose(*(values[a] for a in node[1:]))
            case _:
                raise NoLaw(index, str(node[0]))

    def _fold(self, join: Callable[[int, int], int], values: list[Value], prime: int) -> Value:
        total = values[0]
        for value in values[1:]:
            if type(total) is int and type(value) is int:
                total = join(total, value) % prime
            else:
                total = _combine(lambda a, b: join(a, b) % prime, total, value)
        return total

    def _dot(self, values: list[Value], prime: int) -> Value:
        numbers = [v for v in values if type(v) is int]
        if len(numbers) == len(values):
            return sum(map(operator.mul, numbers[::2], numbers[1::2])) % prime
        pairs = zip(values[::2], values[1::2], strict=True)
        return self._fold(
            operator.add, [self._fold(operator.mul, list(pair), prime) for pair in pairs], prime
        )

    def _power(self, index: int, value: int, exponent: int, prime: int) -> int:
        if exponent < 0 and value == 0:
            raise Undefined(index)
        return pow(value, exponent, prime)

    def _call(self, index: int, name: str, argument: int, level: int) -> Value:
        """f(u) by the law of f in exp: u is known in the field below, and in this one if needed."""
        law = _law(name)
        if law is None:
            raise NoLaw(index, name)
        below = self._values[level - 1][argument]
        prime, generator = self.primes[level], self._generators[level]
        order = self.primes[level - 1]

        def exponential(scaled: int) -> int:
            return pow(generator, scaled % order, prime)

        if not _keeps_argument(name):
            return _apply(lambda u: law(u, 0, exponential, order, prime), below)
        here = self._values[level][argument]
        return _combine(lambda u, v: law(u, v, exponential, order, prime), below, here)

    def _compare(self, index: int, relation: str, value: Value) -> Value:
        """1 or 0 as a case on the condition `u > 0`, u and −u being one condition.

        Only open pieces are cases: `>` and `>=` are alike, and `==` never holds on them. Which
        relations were met is kept, for the boundary is then a condition of the verdict.
        """
        if not isinstance(value, int):
            return _apply_case(lambda v: self._compare(index, relation, v), value)
        prime = self.primes[self.levels]
        mirrored = value > prime - value
        key = min(value, prime - value)
        condition = self._conditions.setdefault(key, len(self._conditions))
        seen = {">": "<", ">=": "<="}.get(relation, relation) if mirrored else relation
        self.boundaries.setdefault(condition, set()).add(seen)
        if relation == "==":
            return 1 if value == 0 else 0
        if value == 0:
            return 1 if relation == ">=" else 0
        return Case(condition, 0, 1) if mirrored else Case(condition, 1, 0)


def _residue(number: Fraction, prime: int) -> int:
    return number.numerator * pow(number.denominator, -1, prime) % prime


def _apply(function: Callable[[int], int], value: Value) -> Value:
    if type(value) is int:
        return function(value)
    return _apply_case(function, value)


def _apply_case(function: Callable[[int], Value], value: Value) -> Value:
    if isinstance(value, int):
        return function(value)
    return _case(
        value.condition, _apply_case(function, value.high), _apply_case(function, value.low)
    )


def _case(condition: int, high: Value, low: Value) -> Value:
    """A case in normal form: conditions in order, branches that agree merged."""
    if high == low:
        return high
    first = min(
        [condition] + [branch.condition for branch in (high, low) if isinstance(branch, Case)]
    )
    if first == condition:
        if isinstance(high, Case) and high.condition == condition:
            high = high.high
        if isinstance(low, Case) and low.condition == condition:
            low = low.low
        result = high if high == low else Case(condition, high, low)
    else:
        result = _case(
            first,
            _case(condition, _restrict(high, first, True), _restrict(low, first, True)),
            _case(condition, _restrict(high, first, False), _restrict(low, first, False)),
        )
    if _size(result) > MAXIMUM_CASES:
        raise TooManyCases(f"more than {MAXIMUM_CASES} cases meet in one value")
    return result


def _restrict(value: Value, condition: int, holds: bool) -> Value:
    if isinstance(value, Case) and value.condition == condition:
        return value.high if holds else value.low
    return value


def _size(value: Value) -> int:
    return 1 if isinstance(value, int) else _size(value.high) + _size(value.low)


def _combine(join: Callable[[int, int], int], a: Value, b: Value) -> Value:
    """Shannon expansion: join two values case by case."""
    if isinstance(a, int) and isinstance(b, int):
        return join(a, b)
    condition = min(v.condition for v in (a, b) if isinstance(v, Case))
    return _case(
        condition,
        _combine(join, _restrict(a, condition, True), _restrict(b, condition, True)),
        _combine(join, _restrict(a, condition, False), _restrict(b, condition, False)),
    )


def _choose(truth: Value, a: Value, b: Value) -> Value:
    """a where `truth` is 1, b where it is 0."""
    if a == b:
        return a
    if isinstance(truth, int):
        return a if truth else b
    condition = truth.condition
    return _case(
        condition,
        _choose(truth.high, _restrict(a, condition, True), _restrict(b, condition, True)),
        _choose(truth.low, _restrict(a, condition, False), _restrict(b, condition, False)),
    )


# The law of a function, from its record: z ↦ a rational expression of exp(m z) and of z itself.
Law = Callable[[int, int, Callable[[int], int], int, int], int]
"""(z below, z here, exp, prime below, prime here) ↦ f(z) here"""


def _expression(name: str) -> tuple[Any, Expr] | None:
    law: Any = functions.TRACED_ONLY.get(name)
    if law is None:
        try:
            law = functions.by_name(name).by_exp
        except functions.UnknownNode:
            return None
    expression = law.expr
    allowed = (Add, Mul, Pow, Number, exp)
    for node in _nodes(expression):
        if node != law.variables[0] and not isinstance(node, allowed):
            return None
    return law.variables[0], expression


def _nodes(expression: Any) -> Iterable[Any]:
    yield expression
    for argument in expression.args:
        yield from _nodes(argument)


@cache
def _keeps_argument(name: str) -> bool:
    """Whether z occurs outside every exp in the law, as in z·σ(z)."""
    found = _expression(name)
    if found is None:
        return False
    variable, expression = found
    return _occurs_bare(variable, expression)


def _occurs_bare(variable: Any, node: Any) -> bool:
    if node == variable:
        return True
    return not isinstance(node, exp) and any(_occurs_bare(variable, a) for a in node.args)


@cache
def _law(name: str) -> Law | None:
    """The law of a function, compiled from its SymPy expression."""
    found = _expression(name)
    if found is None:
        return None
    return _compile(*found)


def _compile(variable: Any, node: Any) -> Law:
    if node == variable:
        return lambda below, here, power, q, p: here
    if isinstance(node, Number):
        number = cast(Rational, node)
        fraction = Fraction(int(number.p), int(number.q))
        return lambda below, here, power, q, p: _residue(fraction, p)
    if isinstance(node, exp):
        multiple = node.args[0] / variable
        if not multiple.is_Rational:
            raise NotImplementedError(f"exp of {node.args[0]}: not a multiple of {variable}")
        scale = Fraction(int(multiple.p), int(multiple.q))
        return lambda below, here, power, q, p: power(below * _residue(scale, q))
    parts = [_compile(variable, a) for a in node.args]
    if isinstance(node, Add):
        return lambda b, h, e, q, p: sum(part(b, h, e, q, p) for part in parts) % p
    if isinstance(node, Mul):
        return lambda b, h, e, q, p: _product((part(b, h, e, q, p) for part in parts), p)
    exponent = int(node.exp)
    return lambda b, h, e, q, p: _invertible_power(parts[0](b, h, e, q, p), exponent, p)


def _invertible_power(value: int, exponent: int, prime: int) -> int:
    if exponent < 0 and value == 0:
        raise ZeroDivisionError("a function is evaluated at its pole")
    return pow(value, exponent, prime)


def _product(factors: Iterable[int], prime: int) -> int:
    result = 1
    for factor in factors:
        result = result * factor % prime
    return result


def exponential_depths(terms: Terms, cut: Mapping[int, int] | None = None) -> list[int]:
    """For each term, how many exponentials are nested in it; those in `cut` count as symbols."""
    depths: list[int] = []
    for index, node in enumerate(terms.nodes):
        if (cut and index in cut) or node[0] in ("symbol", "number"):
            depths.append(0)
        else:
            below = max(depths[a] for a in operands(node))
            depths.append(below + (node[0] == "call"))
    return depths
