"""Refinement: the one array inside a wrong value that should be a quantity of the chart.

If the value is right once that array is replaced by the quantity, the fault is where the array was
made, and a slip of the quantity's equation may say what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from symlstm.proof.terms import operands, substitute
from symlstm.tracing.trace import Event
from symlstm.verification.alignment import Alignment
from symlstm.verification.cause import Cause
from symlstm.verification.chart import Node
from symlstm.verification.events import fittings
from symlstm.verification.explanation import Explanations


class Refinement:
    """The search inside a wrong value, under the repairs so far."""

    def __init__(self, alignment: Alignment, explanations: Explanations) -> None:
        self._alignment = alignment
        self._case = alignment.case
        self._prints = alignment.prints
        self._explanations = explanations

    def refine(self, cause: Cause) -> None:
        """Say which quantity inside a cause is wrong, where it was made and by what slip."""
        right = self._alignment.values_of(cause.node)
        cone = self._wrong_part(cause.elements[0])
        for event, node, elements in self._inner_arrays(cause, set(cone)):
            replaced = dict(zip(elements, self._alignment.values_of(node), strict=True))
            if self._is_mended(cause.elements[0], right[0], replaced, cone) and all(
                self._is_mended(wrong, good, replaced, self._wrong_part(wrong))
                for wrong, good in zip(cause.elements, right, strict=True)
            ):
                cause.event, cause.inner = event, node
                cause.slip = self._explanations.of(node, elements)
                return

    def _inner_arrays(
        self, cause: Cause, inside: set[int]
    ) -> Iterator[tuple[Event, Node, tuple[int, ...]]]:
        """The arrays that are made inside a wrong value, and the nodes that each could be."""
        nodes = self._alignment.sources_of(cause.node)
        for event in self._case.events:
            if event.kind != "compute" or inside.isdisjoint(event.outputs):
                continue
            for node in nodes:
                shape = self._alignment.array_shape(node)
                for elements in fittings(event, shape, self._case.steps):
                    if elements != cause.elements and not inside.isdisjoint(elements):
                        yield event, node, elements

    def _wrong_part(self, element: int) -> list[int]:
        """The terms that an element is made of, down to those that the equations name."""
        found: set[int] = set()
        stack = [element]
        while stack:
            index = stack.pop()
            if index not in found and (index == element or not self._alignment.are_named([index])):
                found.add(index)
                stack.extend(operands(self._case.terms.nodes[index]))
        return sorted(found)

    def _is_mended(
        self, wrong: int, right: int, replaced: Mapping[int, int], within: Sequence[int]
    ) -> bool:
        """Whether a wrong element is right once some terms in it are replaced."""
        try:
            mended = substitute(self._case.terms, wrong, replaced, within)
        except ZeroDivisionError:
            return False
        return mended != wrong and self._prints.print_of(mended) == self._prints.print_of(right)
