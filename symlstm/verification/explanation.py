"""Explanation: what was done to an equation, in its words, from the value that came out.

A slip of the catalogue explains a value if it gives exactly that value, in every example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any

from symlstm.cell import time_index
from symlstm.proof.tower import Value
from symlstm.verification import sums
from symlstm.verification.alignment import Alignment
from symlstm.verification.chart import Node
from symlstm.verification.fingerprints import entries
from symlstm.verification.slip import Slip
from symlstm.verification.slips import slips

TRIED_SLIPS = 60


class Explanations:
    """Slips and their values, under the repairs so far."""

    def __init__(self, alignment: Alignment) -> None:
        self._alignment = alignment
        self._case = alignment.case
        self._chart = alignment.case.chart
        self._prints = alignment.prints
        self._known_names = {q.name for q in alignment.case.system.quantities}

    def of(self, node: Node, elements: Sequence[int]) -> Slip | None:
        """The slip of a node's equation that gives exactly these elements."""
        return self._slip(node, elements) or self._added(node, elements)

    def likely(self, node: Node) -> Iterator[tuple[Slip, tuple[int, ...]]]:
        """The first slips of a node that the gradient system knows too, and their values.

        A slip that changes nothing there, such as b ∘ a for a ∘ b, is none.
        """
        if node[0] not in self._known_names:
            return
        found = self._slips_of(self._readable_parts(node), self._carried_parts(node))
        right = self._prints.prints_of(self._alignment.values_of(node))
        for slip in islice(found, TRIED_SLIPS):
            try:
                values = self._alignment.evaluation.of_slip(node, slip)
            except (KeyError, ValueError, IndexError, ArithmeticError):
                continue  # the slip reads what does not exist at this time
            elements = tuple(entries(values.values()))
            if self._prints.prints_of(elements) != right:
                yield slip, elements

    def parts_at(self, name: str) -> tuple[Any, ...]:
        """The equation of a node as a sum, in the cell's words."""
        return self._readable_parts((name, None))

    def slips_at(self, name: str) -> Sequence[Slip]:
        """All slips of the equation of a node, the likely ones first."""
        known = self._case.slips
        if name not in known:
            is_summed = not self._chart.named[name].quantity.axes
            carried = self._carried_parts((name, None))
            found = list(self._all_slips((name, None), carried, is_summed))
            if name.endswith("_carried"):
                # What is carried is no equation: where it is zero, a term is missing from one.
                lacking = next(iter(self._slips_of((), self._chart.named[name].parts)))
                parts = self._readable_parts((name, None))
                unbegun = sums.not_begun_again(name, self._chart.words, parts)
                found = [lacking, unbegun, *(slip for slip in found if slip.parts)]
            known[name] = found
        return known[name]

    def moved(self, node: Node, elements: Sequence[int]) -> Slip:
        """What was returned in the place of a value that is computed, but not returned."""
        system = self._chart.system
        mine = self._chart.named[node[0]].quantity
        wanted = self._prints.prints_of(elements)
        for name, t in self._alignment.quantities():
            values = self._prints.prints_of(self._alignment.values_of((name, t)))
            if values == wanted and name in system.names:
                other = system.quantity(name)
                time = time_index(t - (node[1] or t)) if t else "0" if other.is_timed else ""
                kind = "wrong-time" if other == mine else "wrong-order"
                return Slip(
                    kind, f"is returned as {other.glyph.in_unicode(time)}", other.name, (),
                    help=f"return {mine.in_unicode()}", wrong=(name, t),
                )  # fmt: skip
        return Slip(
            "wrong-order", "is computed, but something else is returned", "", (),
            help=f"return {mine.in_unicode()}",
        )  # fmt: skip

    def _slip(self, node: Node, elements: Sequence[int]) -> Slip | None:
        named = self._chart.named[node[0]]
        if set(elements) == {self._case.terms.zero} and node[0].endswith("_carried"):
            return next(iter(self._slips_of((), named.parts)))
        carried = () if node[1] == self._case.steps else self._carried_parts(node)
        wanted = {
            b: self._prints.prints_of(entries([matrix]))
            for b, matrix in self._alignment.by_example(node, elements)
        }
        for slip in self._all_slips(node, carried, not named.quantity.axes):
            if self._reproduces(slip, node, wanted):
                return slip
        return None

    def _all_slips(self, node: Node, carried: Sequence[Any], is_summed: bool) -> Iterator[Slip]:
        """The slips of an equation as the chart has it, and as the cell has it on one line."""
        parts = self._readable_parts(node)
        yield from self._slips_of(parts, carried, is_summed)
        whole = tuple(self._chart.words.in_words(part) for part in parts)
        if whole != parts:
            yield from self._slips_of(whole, carried, is_summed)

    def _slips_of(
        self, parts: Sequence[Any], carried: Sequence[Any], is_summed: bool = False
    ) -> Iterator[Slip]:
        chart, sizes = self._chart, self._case.sizes
        return slips(chart.system, chart.words, parts, carried, sizes, is_summed)

    def _reproduces(
        self, slip: Slip, node: Node, wanted: Mapping[int | None, list[Value | None]]
    ) -> bool:
        """Whether a slip gives the wanted fingerprints; the first element decides most cases."""
        prints = self._prints
        try:
            first = self._alignment.evaluation.of_slip(node, slip, [0])
            for b, matrix in first.items():
                if (
                    prints.print_of(matrix[0][0]) != wanted[b][0]
                    or prints.prints_of(entries([matrix])) != wanted[b]
                ):
                    return False
            if None in first:
                return True
            values = self._alignment.evaluation.of_slip(node, slip)
        except (KeyError, ValueError, IndexError, ArithmeticError):
            return False  # the slip reads what does not exist at this time
        return all(prints.prints_of(entries([m])) == wanted[b] for b, m in values.items())

    def _readable_parts(self, node: Node) -> tuple[Any, ...]:
        """The equation with the functions of names that the chart had named put back."""
        inner = {
            e.left: e.right
            for e in self._chart.system.cell.equations
            if e.left.name.removesuffix("_t") not in self._known_names
        }
        return tuple(part.xreplace(inner) for part in self._chart.named[node[0]].parts)

    def _carried_parts(self, node: Node) -> tuple[Any, ...]:
        """What is added to a node from t+1."""
        carried = self._chart.named[node[0]].carried
        return self._chart.named[carried].parts if carried else ()

    def _added(self, node: Node, elements: Sequence[int]) -> Slip | None:
        """A constant that is added to an otherwise right value."""
        terms, right = self._case.terms, self._alignment.values_of(node)
        added = {self._constant_part(e) for e in elements}
        constant = next(iter(added))
        if len(added) != 1 or not constant:
            return None
        for wrong, good in zip(elements, right, strict=True):
            rest = terms.difference(wrong, terms.number(constant))
            if self._prints.print_of(rest) != self._prints.print_of(good):
                return None
        text = f"{float(constant):g}"
        return Slip(
            "extra-term", f"has {text} added to it", text, (), help=f"leave out {text}",
            equal_but_for=f"{text} added",
        )  # fmt: skip

    def _constant_part(self, element: int) -> Fraction:
        terms = self._case.terms
        node = terms.nodes[element]
        numbers = [terms.number_at(a) for a in node[1:]] if node[0] == "sum" else []
        return next((n for n in numbers if n is not None), Fraction(0))
