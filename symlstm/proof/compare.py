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
fewer cuts, and then without. Where there are choices, three further towers are tried that can only
prove as well: one that takes conditions for free variables and so is not concerned about their
number, one that knows conditions up to positive factors, and one for which what is never negative
by construction, but not 0 everywhere, is positive; where it is 0 is a condition of the verdict.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from symlstm.proof import bounds, reals, roots
from symlstm.proof.boundaries import boundaries, zeros
from symlstm.proof.cases import are_equal
from symlstm.proof.rewriting import Rewriting
from symlstm.proof.signs import unsure_denominators, unsure_domains
from symlstm.proof.terms import TRUTHS, Terms, reachable
from symlstm.proof.tower import (
    FIRST_BITS,
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
_LARGE = 1 << 17
"""Of more terms than these, the values at a real point are not all kept."""
FURTHER_POINTS = 16

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
        domains: terms whose logarithm or root is taken and that are not known to have one, with
            the relation to 0 that is needed, ">" or "≥".
        boundaries: terms whose sign decides a case, where the case of 0 was not compared.
        cuts: how many terms were cut; 0 without induction.
    """

    verdicts: list[PairVerdict] = field(default_factory=list[PairVerdict])
    bound_bits: int = 0
    denominators: list[int] = field(default_factory=list[int])
    domains: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    boundaries: list[int] = field(default_factory=list[int])
    cuts: int = 0

    @property
    def is_proved(self) -> bool:
        return bool(self.verdicts) and all(v.status == "proved" for v in self.verdicts)


_Exact = bool | str
"""Whether a pair is equal in every tower, or why that is not known."""


@dataclass(frozen=True)
class _Attempt:
    """One way to evaluate both sides.

    Args:
        prepare: draws a tower.
        cut: the terms that are cut, once a tower has been drawn.
        only_proves: whether a failure says nothing.
        is_open: whether only open pieces count.
    """

    prepare: Callable[[random.Random], Tower]
    cut: set[int] = field(default_factory=set[int])
    only_proves: bool = False
    is_open: bool = False


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
        zeroed: for each further real point, the arguments that are zero there. Where everything has
            a value everywhere and nothing is chosen, both sides are analytic, and what is equal
            elsewhere is equal there: only the first of these points is looked at, as a check.
    """
    both = [a for pair in pairs for a in pair]
    denominators, domains = unsure_denominators(terms, both), unsure_domains(terms, both)
    if not (denominators or domains or _has_choices(terms, both)):
        zeroed = zeroed[:1]
    sample = _Sample(terms, pairs, rng, zeroed)
    verdicts: dict[int, PairVerdict] = {}
    cut: set[int] = set()
    rewriting = Rewriting(terms)
    left_out: set[int] = set()
    for attempt in _attempts(terms, pairs, carried, rewriting):
        pending = [n for n in range(len(pairs)) if n not in verdicts or _is_open(verdicts[n])]
        if not pending:
            break
        exact = _rounds(terms, attempt, [pairs[n] for n in pending], rng)
        for n, known in zip(pending, exact, strict=True):
            if known is True or not attempt.only_proves:
                verdicts[n] = _pair_verdict(pairs[n], known, sample)
            if known is True and attempt.is_open:
                left_out.update(zeros(terms, pairs[n], rewriting))
        cut = attempt.cut or cut
    _refute(terms, pairs, verdicts, rng)
    return Comparison(
        verdicts=[verdicts[n] for n in range(len(pairs))],
        bound_bits=error_bound_bits(terms, pairs, cut),
        denominators=denominators,
        domains=domains,
        boundaries=sorted({*boundaries(terms, both, sample.generic, rewriting), *left_out}),
        cuts=len(cut),
    )


def _has_choices(terms: Terms, roots: Sequence[int]) -> bool:
    return any(terms.nodes[index][0] in ("where", *TRUTHS) for index in terms.below(roots))


def _is_open(verdict: PairVerdict) -> bool:
    return verdict.status == "undecided"


def error_bound_bits(terms: Terms, pairs: Sequence[Pair], cut: Set[int] = frozenset()) -> int:
    """−log₂ of a bound on the probability that the rational part of a false equality passes."""
    return bounds.error_bound_bits(terms, pairs, FIRST_BITS, ROUNDS, cut)


# The tower.


def _attempts(
    terms: Terms,
    pairs: Sequence[Pair],
    carried: Sequence[Sequence[int]],
    rewriting: Rewriting,
) -> Iterator[_Attempt]:
    """The ways to evaluate both sides: every cut, fewer cuts, none, and those that only prove."""

    def cutting(stride: int) -> _Attempt:
        kept = [step for n, step in enumerate(carried) if n % stride == 0]
        cut: set[int] = set()
        return _Attempt(_cutting(rewriting, terms, pairs, kept, cut), cut)

    if carried:
        yield cutting(1)
    depth = _depth(terms, pairs)
    if carried and depth > UNCUT_LEVELS:
        yield from map(cutting, (2, 3, 4))
    yield _Attempt(_uncut(rewriting, terms, depth))
    live = terms.below(a for pair in pairs for a in pair)
    if depth <= UNCUT_LEVELS and any(terms.nodes[i][0] == "compare" for i in live):
        exponentials = [i for i in live if terms.nodes[i][:2] == ("call", "exp")]
        for has_cases, is_open in ((False, False), (True, False), (True, True)):
            prepare = _uncut(rewriting, terms, depth, exponentials, has_cases, True, is_open)
            yield _Attempt(prepare, only_proves=True, is_open=is_open)


def _depth(terms: Terms, pairs: Sequence[Pair]) -> int:
    depths = exponential_depths(terms)
    return max((depths[a] for pair in pairs for a in pair), default=0)


def _uncut(
    rewriting: Rewriting,
    terms: Terms,
    depth: int,
    first: Sequence[int] = (),
    has_cases: bool = True,
    is_scaled: bool = False,
    is_open: bool = False,
) -> Callable[[random.Random], Tower]:
    """Towers without cuts.

    Args:
        first: terms that are evaluated before all others, as far as they have a value.
    """

    def prepare(rng: random.Random) -> Tower:
        if depth > MAXIMUM_LEVELS:
            raise TooShallow(
                f"{depth} exponentials are nested, more than the {MAXIMUM_LEVELS} that are followed"
            )
        tower = Tower(terms, depth, rng, has_cases, is_scaled, rewriting, is_open)
        for term in first:
            _equal_in(tower, (term, terms.zero))
        return tower

    return prepare


def _cutting(
    rewriting: Rewriting,
    terms: Terms,
    pairs: Sequence[Pair],
    carried: Sequence[Sequence[int]],
    cut: set[int],
) -> Callable[[random.Random], Tower]:
    """Towers in which the carried terms, and what equals them, have fresh residues.

    The terms that were cut are added to `cut`.
    """

    def prepare(rng: random.Random) -> Tower:
        levels = CUT_LEVELS
        while levels <= MAXIMUM_LEVELS:
            tower = Tower(terms, levels, random.Random(rng.getrandbits(128)), rewriting=rewriting)
            try:
                cut.update(_cut(tower, pairs, carried))
                return tower
            except TooShallow:
                levels *= 2
        raise TooShallow("too many exponentials are nested between two cuts")

    return prepare


def _cut(tower: Tower, pairs: Sequence[Pair], carried: Sequence[Sequence[int]]) -> set[int]:
    terms = tower.terms
    cut: set[int] = set()
    fresh: dict[Value, int] = {}
    wanted = {
        term for step in carried for term in step
        if terms.number_at(term) is None and terms.nodes[term][0] != "symbol"
    }  # fmt: skip
    for term, value in tower.each(_read_together(terms, wanted)):
        if term in wanted:
            if value not in fresh:
                fresh[value] = terms.symbol(f"cut[{len(fresh)}]")
            tower.merge(term, fresh[value])
            cut.add(term)
    # What has no value is told of the pairs that need it.
    with suppress(ArithmeticError):
        for _ in tower.each(_read_together(terms, (a for a, _ in pairs))):
            pass
    expected = set(terms.below(a for a, _ in pairs))
    others = (
        i for i in terms.below(b for _, b in pairs)
        if i not in expected and terms.nodes[i][0] not in TRUTHS
    )  # fmt: skip
    for term, value in tower.each(others):
        if value in fresh:
            tower.merge(term, fresh[value])
            cut.add(term)
    return cut


def _read_together(terms: Terms, roots: Iterable[int]) -> list[int]:
    """The terms whose values in one field give those of the roots, in topological order.

    What only an exponent needs is asked for in the field below, and what only a comparison does, or
    a function that may be rewritten, when that is asked for.
    """
    return reachable(terms, roots, unread=("call", "compare"))


def _rounds(
    terms: Terms, attempt: _Attempt, pairs: Sequence[Pair], rng: random.Random
) -> list[_Exact]:
    """Independent rounds; equal is what is so in all of them, and by no choice of a root's sign."""
    exact: list[_Exact] = [True] * len(pairs)
    rooted: Tower | None = None
    for number in range(ROUNDS):
        try:
            tower = attempt.prepare(random.Random(rng.getrandbits(128)))
        except ArithmeticError as problem:
            return [str(problem)] * len(pairs)
        for n, pair in enumerate(pairs):
            result = _equal_in(tower, pair)
            exact[n] = result if exact[n] is True else exact[n]
        if not number and tower.roots:
            rooted = tower
        else:
            # The values of a long sequence take much memory.
            tower.release()
    equal = [pair for pair, known in zip(pairs, exact, strict=True) if known is True]
    if rooted is not None and any(a != b for a, b in equal):
        signed = _signed(terms, attempt, rooted, equal, rng)
        return [signed.get(p, e) if e is True else e for p, e in zip(pairs, exact, strict=True)]
    return exact


def _equal_in(tower: Tower, pair: Pair) -> _Exact:
    if pair[0] == pair[1]:
        return True
    try:
        return are_equal(tower.value(pair[0]), tower.value(pair[1]), tower.primes[-1])
    except Undefined:
        return "it divides by what is zero everywhere"
    except ArithmeticError as problem:
        return str(problem)


def _signed(
    terms: Terms, attempt: _Attempt, tower: Tower, pairs: Sequence[Pair], rng: random.Random
) -> dict[Pair, str]:
    """Pairs that are equal in every tower, but may be so by a choice of signs, and why."""
    different = [pair for pair in pairs if pair[0] != pair[1]]
    try:
        related = roots.related(attempt.prepare, tower, rng)
    except ArithmeticError as problem:
        return dict.fromkeys(different, str(problem))
    reason = "two of its square roots are related, as √(x²) and x are, and their signs decide"
    known = set(terms.below(a for pair in pairs for a in pair))
    hidden = bool(related - known)
    return {
        pair: reason
        for pair in (different if related else ())
        if hidden or not related.isdisjoint(reachable(terms, pair))
    }


# Real points.


class _Sample:
    """Values of both sides at real points, to 50 digits.

    Args:
        zeroed: for each point, the arguments that are zero there; a generic one follows.
    """

    def __init__(
        self,
        terms: Terms,
        pairs: Sequence[Pair],
        rng: random.Random,
        zeroed: Sequence[Sequence[str]],
    ) -> None:
        self._terms = terms
        self._both = [a for pair in pairs for a in pair]
        self._live = terms.below(self._both)
        is_large = len(self._live) > _LARGE
        self._until = reals.lifetimes(terms, self._live, self._both) if is_large else None
        self._names = reals.symbols_of(terms, self._live)
        self._rng = rng
        self._points: list[reals.Point] = []
        self._values: list[dict[int, Any]] = []
        self._precise: dict[int, dict[int, Any]] = {}
        for zero in zeroed:
            self._add(reals.random_point(self._names, rng, zero=zero))
        self.generic = reals.generic_point(self._names, rng)
        self._add(self.generic)
        for _ in range(FURTHER_POINTS):
            if all(a == b or self._has_value((a, b), len(zeroed)) for a, b in pairs):
                break
            self.add_generic()

    def _add(self, point: reals.Point) -> None:
        self._points.append(point)
        values = reals.evaluate_all(self._terms, self._live, point, self._until)
        self._values.append({a: values[a] for a in self._both})

    def add_generic(self) -> None:
        """A further point, every third of positive numbers: there most logarithms have a value."""
        is_positive = len(self._points) % 3 == 2
        self._add(reals.generic_point(self._names, self._rng, is_positive))

    def _has_value(self, pair: Pair, first: int) -> bool:
        return any(agreed is not None for agreed in self.agreements(pair, first))

    def agreements(self, pair: Pair, first: int = 0) -> list[bool | None]:
        """Whether both sides agree at each point; None where one has no value."""
        return [self._agreed(n, pair) for n in range(first, len(self._points))]

    def _agreed(self, n: int, pair: Pair) -> bool | None:
        """The same at one point; what may be lost to cancellation is computed again."""
        a, b = (self._values[n][side] for side in pair)
        agreed = reals.agree(a, b)
        if agreed is False and reals.is_near(a, b):
            if n not in self._precise:
                point = self._points[n]
                values = reals.evaluate_precisely(self._terms, self._live, point, self._until)
                self._precise[n] = {side: values[side] for side in self._both}
            agreed = reals.agree(*(self._precise[n][side] for side in pair))
        return agreed

    def counterexample(
        self, pair: Pair, agreements: Sequence[bool | None]
    ) -> reals.Counterexample | None:
        """The first point at which both sides have a value, and not the same."""
        for point, values, agreed in zip(self._points, self._values, agreements, strict=True):
            if agreed is False:
                expected, found = (reals.shown(values[side]) for side in pair)
                return reals.Counterexample(point, expected, found)
        return None


def _pair_verdict(pair: Pair, exact: _Exact, sample: _Sample) -> PairVerdict:
    agreements = sample.agreements(pair)
    example = sample.counterexample(pair, agreements)
    if example is not None and exact is True:
        return PairVerdict(
            "undecided", "equal in every field, yet different at a real point: the two sides "
            "have different domains", example,
        )  # fmt: skip
    if example is not None:
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
    return PairVerdict("undecided", exact)


def _refute(
    terms: Terms, pairs: Sequence[Pair], verdicts: dict[int, PairVerdict], rng: random.Random
) -> None:
    """Further real points for what is equal neither in a field nor different at a point so far."""
    opened = [n for n, v in verdicts.items() if _is_open(v) and v.counterexample is None]
    if not opened:
        return
    sample = _Sample(terms, [pairs[n] for n in opened], rng, ())
    for _ in range(FURTHER_POINTS):
        sample.add_generic()
    for n in opened:
        example = sample.counterexample(pairs[n], sample.agreements(pairs[n]))
        if example is not None:
            verdicts[n] = PairVerdict("differs", "", example)
