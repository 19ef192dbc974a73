"""What a verdict rests on, in the names of the cell: `n_t ≠ 0`, `1 − a_t² > 0`.

A term is told by its value at a generic point: what an implementation divides by gets the name of
the equations' quantity that it equals, in whatever form it was computed, and one condition stands
for all entries, examples and time steps.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from symlstm.calculus.gradient import GradientSystem
from symlstm.cell import Cell
from symlstm.interface import label_times
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.proof import reals
from symlstm.proof.interpret import Interpretation
from symlstm.proof.terms import Terms
from symlstm.proof.writing import formula

Named = tuple[Cell | GradientSystem, Interpretation]
"""A system, and the values of its quantities."""


def conditions(
    terms: Terms,
    named: Sequence[Named],
    nonzero: Iterable[int],
    domains: Iterable[tuple[int, str]],
    rng: random.Random,
) -> list[str]:
    """Conditions on terms, as texts, each once.

    Args:
        terms: the table of all terms.
        named: where names come from; the first that fits is taken.
        nonzero: terms that must not be 0.
        domains: terms and the relation to 0 that they need, `>` or `≥`.
    """
    asked = [*((_base(terms, index), "≠") for index in nonzero), *domains]
    if not asked:
        return []
    names = _Names(terms, named, [index for index, _ in asked], rng)
    relations: dict[str, set[str]] = {}
    for index, relation in asked:
        relations.setdefault(names.of(index), set()).add(relation)
    return [f"{text} {_joined(found)} 0" for text, found in relations.items()]


def merged(texts: Iterable[str]) -> tuple[str, ...]:
    """Conditions of several comparisons, each once; `u > 0` stands for `u ≥ 0` and `u ≠ 0` too."""
    found = dict.fromkeys(texts)
    strict = {text.removesuffix(" > 0") for text in found if text.endswith(" > 0")}
    return tuple(t for t in found if t.endswith(" > 0") or t[: -len(" ≥ 0")] not in strict)


def _base(terms: Terms, index: int) -> int:
    """u, for what is not 0 exactly where u is not: uⁿ, √u."""
    node = terms.nodes[index]
    if node[0] == "power":
        return _base(terms, node[1])
    return _base(terms, node[2]) if node[:2] == ("call", "sqrt") else index


def _joined(relations: set[str]) -> str:
    """≥ and ≠ together are >."""
    return ">" if ">" in relations or len(relations) > 1 else next(iter(relations))


class _Names:
    """Names of terms by their values, up to the sign, at a generic point."""

    def __init__(
        self, terms: Terms, named: Sequence[Named], asked: list[int], rng: random.Random
    ) -> None:
        self._terms = terms
        self._texts: dict[int, str] = {}
        labelled = [(element, text) for each in named for element, text in _labels(*each)]
        roots = [*asked, *(element for element, _ in labelled)]
        symbols = [str(node[1]) for node in terms.nodes if node[0] == "symbol"]
        # Small numbers: beside a large exponential, what is added to it would not show.
        point = {name: value / 16 for name, value in reals.generic_point(symbols, rng).items()}
        self._values: reals.Values = reals.evaluate(terms, roots, point)
        self._by_value: dict[str, str] = {}
        for element, text in labelled:
            self._texts.setdefault(element, text)
            key = reals.magnitude(self._values[element])[0]
            if key is not None:
                self._by_value.setdefault(key, text)

    def of(self, index: int) -> str:
        key = reals.magnitude(self._values[index])[0]
        if index in self._texts:
            return self._texts[index]
        if key is not None and key in self._by_value:
            return self._by_value[key]
        return formula(self._terms, index, self._texts)


def _labels(system: Cell | GradientSystem, found: Interpretation) -> Iterable[tuple[int, str]]:
    """The entries of forward quantities, each with its name, or what it is short for."""
    own = system.original if isinstance(system, GradientSystem) else system
    known = {q.name: q.in_unicode() for q in own.quantities}
    first = {q.name: label_times(q, 0) for q in own.states}
    if isinstance(system, GradientSystem):
        printer = MathPrinter(system, UNICODE)
        for equation in system.cell.equations:
            known.setdefault(system.defined(equation).name, printer.text(equation.right))
    for (name, t, _), matrix in found.values.items():
        if name in known:
            text = first[name] if t == 0 else known[name]
            yield from ((element, text) for row in matrix for element in row)
