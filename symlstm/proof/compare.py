"""Pairs of terms, compared exactly and confirmed at real points.

| tower     | reals  | verdict of the pair                                              |
|-----------|--------|------------------------------------------------------------------|
| equal     | agree  | proved                                                           |
| different | differ | differs, with the point as counterexample                        |
| equal     | differ | undecided: a domain, or a fault of the prover                    |
| different | agree  | undecided: an identity that the tower does not know              |
| no value  | differ | differs: a counterexample needs no tower                         |
| no value  | agree  | undecided, with the reason                                       |

Long sequences are proved by induction over time. Once the carried quantities of a step (states
going forward, adjoints going back) have been evaluated on the side of the equations, they get fresh
residues, and so does every term of the other side that has the same values. A cut generalises, so
it can only prove; what fails after a cut, though it is equal at real points, is tried again with
fewer cuts, and then without.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Literal

from symlstm.proof import reals
from symlstm.proof.signs import unsure_denominators
from symlstm.proof.terms import Terms, operands, reachable
from symlstm.proof.tower import (
    FIRST_BITS,
    NoLaw,
    TooManyCases,
    TooShallow,
    Tower,
    Undefined,
    Value,
    exponential_depths,
)

ROUNDS = 2
UNCUT_LEVELS = 24
MAXIMUM_LEVELS = 64
CUT_LEVELS = 2

Status = Literal["proved", "differs", "undecided"]
Pair = tuple[int, int]
"""(the term of the equations, the term of the implementation)"""


@dataclass(frozen=True)
class PairVerdict:
    """What is known of one pair."""

    status: Status
    reason: str = ""
    counterexample: reals.Counterexample | None = None


@dataclass
class Comparison:
    """What is known of all pairs.

    Args:
        verdicts: one a pair, in order.
        bound_bits: a false `proved` of the rational part has a probability below 2^−bound_bits.
        denominators: terms that are divided by and are not positive by construction.
        boundaries: terms whose sign decides a case, where the case of 0 was not compared.
        cuts: how many terms were cut; 0 without induction.
    """

    verdicts: list[PairVerdict] = field(default_factory=list[PairVerdict])
    bound_bits: int = 0
    denominators: list[int] = field(default_factory=list[int])
    boundaries: list[int] = field(default_factory=list[int])
    cuts: int = 0

    @property
    def is_proved(self) -> bool:
        return bool(self.verdicts) and all(v.status == "proved" for v in self.verdicts)


_NO_VALUE = "no value"
_Exact = dict[int, bool | str]
"""For each position of a pair: equal or not, or why that is not known."""


def compare(
    terms: Terms,
    pairs: Sequence[Pair],
    rng: random.Random,
    carried: Sequence[Sequence[int]] = (),
    zeroed: Sequence[Sequence[str]] = (),
) -> Comparison:
    """Decide each pair.

    Args:
        terms: the table of both sides.
        pairs: what should be equal.
        rng: the source of primes, residues and points.
        carried: the terms of the equations that are carried from step to step, a list a step.
        zeroed: for each further real point, the arguments that are zero there.
    """
    roots = [a for pair in pairs for a in pair]
    points, values = _real_values(terms, roots, rng, zeroed)
    verdicts: list[PairVerdict] = []
    cut: set[int] = set()
    for exact, replaced in _attempts(terms, pairs, rng, carried):
        cut = replaced
        verdicts = [_pair_verdict(p, exact[n], points, values) for n, p in enumerate(pairs)]
        if all(v.status != "undecided" for v in verdicts):
            break
    return Comparison(
        verdicts=verdicts,
        bound_bits=error_bound_bits(terms, pairs, cut),
        denominators=unsure_denominators(terms, roots),
        boundaries=_boundaries(terms, roots, values[-1]),
        cuts=len(cut),
    )


def _attempts(
    terms: Terms, pairs: Sequence[Pair], rng: random.Random, carried: Sequence[Sequence[int]]
) -> Iterator[tuple[_Exact, set[int]]]:
    """What the towers say, and the terms that were cut: first with every cut, then with fewer."""
    if not pairs:
        return
    depth = _depth(terms, pairs)
    strides = [] if not carried else [1] if depth <= UNCUT_LEVELS else [1, 2, 3, 4]
    for stride in strides:
        kept = [step for n, step in enumerate(carried) if n % stride == 0]
        cut: set[int] = set()
        yield _rounds(lambda r, k=kept, c=cut: _compare_cut(terms, pairs, r, k, c), rng), cut
    yield _compare_uncut(terms, pairs, rng), set()


def _depth(terms: Terms, pairs: Sequence[Pair]) -> int:
    depths = exponential_depths(terms)
    return max((depths[a] for pair in pairs for a in pair), default=0)


def _rounds(one_round: Callable[[random.Random], _Exact], rng: random.Random) -> _Exact:
    """Independent rounds; a pair is equal if it is in all of them."""
    exact: _Exact = {}
    for _ in range(ROUNDS):
        for position, result in one_round(random.Random(rng.getrandbits(128))).items():
            before = exact.get(position, True)
            exact[position] = result if before is True else before
    return exact


def _compare_uncut(terms: Terms, pairs: Sequence[Pair], rng: random.Random) -> _Exact:
    depth = _depth(terms, pairs)
    if depth > MAXIMUM_LEVELS:
        reason = (
            f"{depth} exponentials are nested, more than the {MAXIMUM_LEVELS} that are followed"
        )
        return dict.fromkeys(range(len(pairs)), reason)

    def one_round(rng: random.Random) -> _Exact:
        tower = Tower(terms, depth, rng)
        return {n: _equal_in(tower, pair) for n, pair in enumerate(pairs)}

    return _rounds(one_round, rng)


def _equal_in(tower: Tower, pair: Pair) -> bool | str:
    if pair[0] == pair[1]:
        return True
    try:
        return tower.value(pair[0]) == tower.value(pair[1])
    except Undefined:
        return "it divides by what is zero everywhere"
    except NoLaw as problem:
        return str(problem)
    except (TooManyCases, TooShallow) as problem:
        return str(problem)


def _compare_cut(
    terms: Terms,
    pairs: Sequence[Pair],
    rng: random.Random,
    carried: Sequence[Sequence[int]],
    cut: set[int],
) -> _Exact:
    """One round in which the carried terms, and what equals them, get fresh residues.

    The terms that were cut are added to `cut`.
    """
    levels = CUT_LEVELS
    while levels <= MAXIMUM_LEVELS:
        tower = Tower(terms, levels, random.Random(rng.getrandbits(128)))
        try:
            cut |= _cut(tower, pairs, carried)
            return {n: _equal_in(tower, pair) for n, pair in enumerate(pairs)}
        except TooShallow:
            levels *= 2
        except (Undefined, NoLaw, TooManyCases) as problem:
            return {n: str(problem) for n in range(len(pairs))}
    return dict.fromkeys(range(len(pairs)), "too many exponentials are nested between two cuts")


def _cut(tower: Tower, pairs: Sequence[Pair], carried: Sequence[Sequence[int]]) -> set[int]:
    terms = tower.terms
    cut: set[int] = set()
    fresh: dict[Value, int] = {}
    for step in carried:
        for term in sorted(step):
            if terms.number_at(term) is not None or terms.nodes[term][0] == "symbol":
                continue
            value = tower.value(term)
            if value not in fresh:
                fresh[value] = terms.symbol(f"cut[{len(fresh)}]")
            tower.merge(term, fresh[value])
            cut.add(term)
    expected = set(reachable(terms, (a for a, _ in pairs)))
    for term in reachable(terms, (b for _, b in pairs)):
        if term not in expected and terms.nodes[term][0] not in ("compare", "not", "and"):
            value = tower.value(term)
            if value in fresh:
                tower.merge(term, fresh[value])
                cut.add(term)
    return cut


def _real_values(
    terms: Terms, roots: Sequence[int], rng: random.Random, zeroed: Sequence[Sequence[str]]
) -> tuple[list[reals.Point], list[dict[int, Any]]]:
    """Real points and the values of the roots there, readable points before the generic one."""
    names = reals.symbols_of(terms, reachable(terms, roots))
    points = [reals.random_point(names, rng, zero=zero) for zero in zeroed]
    points.append(reals.generic_point(names, rng))
    return points, [reals.evaluate(terms, roots, point) for point in points]


def _pair_verdict(
    pair: Pair,
    exact: bool | str,
    points: Sequence[reals.Point],
    values: Sequence[dict[int, Any]],
) -> PairVerdict:
    agreements = [reals.agree(v[pair[0]], v[pair[1]]) for v in values]
    apart = next((n for n, agreed in enumerate(agreements) if agreed is False), None)
    if apart is not None:
        example = reals.Counterexample(
            dict(points[apart]),
            reals.shown(values[apart][pair[0]]),
            reals.shown(values[apart][pair[1]]),
        )
        if exact is True:
            return PairVerdict(
                "undecided", "equal in every field, yet different at a real point: the two sides "
                "have different domains", example,
            )  # fmt: skip
        return PairVerdict("differs", "", example)
    if True not in agreements and pair[0] != pair[1]:
        return PairVerdict("undecided", "it has no value at any real point that was tried")
    if exact is True:
        return PairVerdict("proved")
    if exact is False:
        return PairVerdict(
            "undecided",
            "equal at every real point that was tried, but not by an identity that the prover "
            "knows",
        )
    return PairVerdict("undecided", str(exact))


_MIRRORED = {">": "<", ">=": "<=", "==": "=="}
_CONSISTENT = ({">"}, {">="}, {"<"}, {"<="}, {">", "<="}, {">=", "<"})
"""Sets of relations that cut the line at 0 in one way: 0 belongs to one piece in all of them."""


def _boundaries(terms: Terms, roots: Iterable[int], values: Mapping[int, Any]) -> list[int]:
    """Operands that are compared with 0 in ways that part at 0 itself, such as > and >=.

    u and −u are one operand, and so are two of one value, in whatever form.

    Args:
        values: the value of every term below the roots at a generic point, to 50 digits.
    """
    relations: dict[object, set[str]] = {}
    first: dict[object, int] = {}
    for index in reachable(terms, roots):
        node = terms.nodes[index]
        if node[0] == "compare":
            relation, operand = node[1], node[2]
            key, is_negative = reals.magnitude(values[operand])
            key = ("term", operand) if key is None else key
            relations.setdefault(key, set()).add(_MIRRORED[relation] if is_negative else relation)
            first.setdefault(key, operand)
    return sorted(first[key] for key, seen in relations.items() if seen not in _CONSISTENT)


def error_bound_bits(terms: Terms, pairs: Sequence[Pair], cut: Set[int] = frozenset()) -> int:
    """−log₂ of a bound on the probability that the rational part of a false equality passes.

    Schwartz–Zippel: two different rational functions of degree at most d agree at a random point of
    a field of p elements with probability at most d/p. It is applied to every pair of compared
    terms and to every pair of arguments of exponentials (which must not collide by accident), in
    independent rounds; the exponentials themselves count as independent variables, which is the
    assumption that the verdict names. A term that was cut is a variable too, and each cut is one
    comparison with every other term.
    """
    live = reachable(terms, (a for pair in pairs for a in pair))
    degrees: dict[int, tuple[int, int]] = {}
    for index in live:
        degrees[index] = (1, 0) if index in cut else _degree(terms, index, degrees)
    degree = max((sum(d) for d in degrees.values()), default=1)
    arguments = sum(terms.nodes[index][0] == "call" for index in live)
    comparisons = len(pairs) + arguments * (arguments - 1) // 2 + len(cut) * len(live)
    return max(0, ROUNDS * int(FIRST_BITS - math.log2(max(1, 2 * degree * comparisons))))


def _degree(terms: Terms, index: int, degrees: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """(degree of the numerator, degree of the denominator), each exponential a variable.

    σ and tanh are quotients of degree 2 in the exponential of half their argument.
    """
    node = terms.nodes[index]
    match node[0]:
        case "symbol":
            return 1, 0
        case "call":
            return 2, 2
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


def _degree_of_sum(parts: list[tuple[int, int]]) -> tuple[int, int]:
    bottom = sum(p[1] for p in parts)
    return max(p[0] + bottom - p[1] for p in parts), bottom
