"""The alignment: the chart under the repairs so far, held against the implementation.

A node is in order if the implementation has its value, or if it is merely inlined, so that all that
reads it is in order. A suspect is a node that is not, though all that it reads is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from symlstm.cell import axes_of
from symlstm.proof.interpret import Interpretation, Matrix, Moment
from symlstm.proof.tower import Value
from symlstm.verification.case import Case
from symlstm.verification.chart import Node, fill, nodes_in_order
from symlstm.verification.evaluation import Evaluation
from symlstm.verification.fingerprints import Fingerprints, entries

USED = 1 / 3
"""The share of its readers that use a value which is there on purpose."""


@dataclass
class Repairs:
    """What the equations were given from the implementation, to go on after a fault.

    Args:
        given: values in the place of those of the equations.
        reread: what forward equations read in the place of a state at t−1.
        copies: what the adjoints read for forward quantities that were computed again.
        only_returned: results that are computed rightly, and returned wrongly.
        passed_over: suspects of which no cause was found.
    """

    given: dict[Moment, Matrix] = field(default_factory=dict[Moment, Matrix])
    reread: dict[Moment, Matrix] = field(default_factory=dict[Moment, Matrix])
    copies: dict[Moment, Matrix] = field(default_factory=dict[Moment, Matrix])
    only_returned: set[Node] = field(default_factory=set[Node])
    passed_over: set[Node] = field(default_factory=set[Node])

    def has_given(self, node: Node) -> bool:
        return any((node[0], node[1], b) in self.given for b in (0, None))


class Alignment:
    """The values of the chart, who reads what, and what of it the implementation has.

    Args:
        found: the values.
        nodes: in the order of computation.
        reads: the nodes that a node is computed from.
        consumers: the nodes that are computed from it.
        returned: the elements that the implementation returned for a node.
    """

    def __init__(self, case: Case, prints: Fingerprints, repairs: Repairs) -> None:
        self.case = case
        self.prints = prints
        self.repairs = repairs
        self.found = _filled(case, repairs)
        self.evaluation = Evaluation(case, self.found)
        self.nodes = nodes_in_order(self.found, case.chart)
        self.reads = {n: list(case.chart.reads(n, case.steps)) for n in self.nodes}
        self.consumers: dict[Node, list[Node]] = {}
        for node, read in self.reads.items():
            for other in dict.fromkeys(read):
                self.consumers.setdefault(other, []).append(node)
        self.returned = dict(_returned(case))
        self._is_right = {n: n in repairs.only_returned or self._agrees(n) for n in self.returned}

    @property
    def all_results_agree(self) -> bool:
        return all(self._is_right.values())

    # Values, and arrays in their place.

    def values_of(self, node: Node) -> list[int]:
        """The elements of a node for all examples, in row-major order."""
        return self._elements[node]

    @cached_property
    def _elements(self) -> dict[Node, list[int]]:
        found: dict[Node, list[int]] = {}
        for (name, t, _), matrix in self.found.values.items():
            found.setdefault((name, t), []).extend(entries([matrix]))
        return found

    def quantities(self) -> list[Node]:
        """All that has a value, arguments too."""
        return list(self._elements)

    def is_alone(self, node: Node) -> bool:
        """Whether no other quantity has the value of a node."""
        return self._holders[self._prints_at(node)] == 1

    @cached_property
    def _holders(self) -> Counter[tuple[Value | None, ...]]:
        """How many quantities have a value, by its fingerprints."""
        return Counter(self._prints_at(node) for node in self.quantities())

    def _prints_at(self, node: Node) -> tuple[Value | None, ...]:
        return tuple(self.prints.prints_of(self.values_of(node)))

    def array_shape(self, node: Node) -> tuple[int, ...]:
        """The shape of an array that holds a node for all examples."""
        found = next(m for (name, t, _), m in self.found.values.items() if (name, t) == node)
        entry = axes_of((len(found), len(found[0])))
        named = self.case.chart.named[node[0]]
        return (self.case.sizes["B"], *entry) if named.quantity.is_batched else entry

    def by_example(
        self, node: Node, elements: Sequence[int]
    ) -> Iterator[tuple[int | None, Matrix]]:
        """Elements in row-major order as one matrix an example."""
        quantity = self.case.chart.named[node[0]].quantity
        examples = self.case.batch if quantity.is_batched else (None,)
        model = self.found.values[node[0], node[1], next(iter(examples))]
        stream = iter(elements)
        for b in examples:
            yield b, tuple(tuple(next(stream) for _ in row) for row in model)

    def moments(self, node: Node, elements: Sequence[int]) -> dict[Moment, Matrix]:
        """The changes that put elements in the place of a node."""
        return {(node[0], node[1], b): m for b, m in self.by_example(node, elements)}

    def rereads(self, before: Node, elements: Sequence[int]) -> dict[Moment, Matrix]:
        """The changes that have the step after a state read elements in its place."""
        name, time = before
        after = None if time is None else time + 1
        return {(name, after, b): matrix for b, matrix in self.by_example(before, elements)}

    @cached_property
    def named_prints(self) -> set[Value | None]:
        """The fingerprints of everything that the equations name."""
        return set(self.prints.prints_of(entries(self.found.values.values())))

    def are_named(self, elements: Sequence[int]) -> bool:
        """Whether all these elements are values that the equations name."""
        return all(self.prints.print_of(e) in self.named_prints for e in elements)

    def holding(self, elements: Sequence[int]) -> list[Node]:
        """The nodes that have one of these values."""
        prints = set(self.prints.prints_of(elements))
        return [node for node in self.nodes if not prints.isdisjoint(self._prints_at(node))]

    # Who reads what.

    def timed_consumers(self, node: Node) -> list[Node]:
        """The readers at one time step; a sum over all of them says little about one."""
        consumers = self.consumers.get(node, [])
        return [c for c in consumers if c[1] is not None] or consumers

    def sources_of(self, node: Node, depth: int = 4) -> list[Node]:
        """What a node is computed from, at its own time, directly and indirectly; nearest last."""
        found: dict[Node, None] = {}
        level = [node]
        for _ in range(depth):
            read = [r for n in level for r in self.reads.get(n, ()) if r[1] == node[1]]
            level = [r for r in dict.fromkeys(read) if r in self.reads and r not in found]
            found.update(dict.fromkeys(level))
        return list(reversed(found))

    # What is in order.

    def suspects(self) -> list[Node]:
        """Nodes that are not in order though all that they read is, in the order of computation."""
        in_order = self._in_order()
        passed = self.repairs.passed_over
        return [
            node
            for node in self.nodes
            if not in_order[node]
            and node not in passed
            and all(in_order.get(r, True) or r in passed for r in self.reads[node])
        ]

    def disorder(self) -> int:
        """How many nodes are not in order."""
        return sum(not is_in_order for is_in_order in self._in_order().values())

    def _in_order(self) -> dict[Node, bool]:
        """Whether each node is there, or merely inlined: all that reads it is in order."""
        status: dict[Node, bool] = {}
        for node in reversed(self.nodes):
            if node in self.returned:
                status[node] = self._is_right[node]
            elif self.prints.are_present(self.values_of(node)):
                status[node] = self._is_used(node, status)
            else:
                readers = self.consumers.get(node, [])
                status[node] = all(status.get(r, True) for r in readers)
        return status

    def _is_used(self, node: Node, status: Mapping[Node, bool]) -> bool:
        """Whether a value that is there is used as the node is, and not there by accident.

        Readers are in order, or have at least the terms that the node has in their sums. One of
        many may have them by accident too: df_bar and df_bar ∘ c differ by a factor that another
        reader multiplies by.
        """
        readers = self.consumers.get(node, [])
        used = sum(status.get(r, True) or self.has_shares(node, r, {}) for r in readers)
        return used >= USED * len(readers)

    def has_shares(self, node: Node, reader: Node, changed: Mapping[Moment, Matrix]) -> bool:
        """Whether the terms that a node has in its reader's sum are in the implementation."""
        if node[1] is None:
            return False
        shares = list(self.evaluation.shares(node, reader, changed))
        return bool(shares) and all(self.prints.are_live(entries(s)) for s in shares)

    def _agrees(self, node: Node) -> bool:
        print_of = self.prints.print_of
        mine = self.returned[node]
        return all(
            a == b or print_of(a) == print_of(b)
            for a, b in zip(self.values_of(node), mine, strict=True)
        )


def _filled(case: Case, repairs: Repairs) -> Interpretation:
    binding = case.binding
    return fill(
        case.chart, binding.kind, binding.signature, case.terms, case.sizes, binding.absent,
        repairs.given, repairs.reread, repairs.copies,
    )  # fmt: skip


def _returned(case: Case) -> Iterator[tuple[Node, tuple[int, ...]]]:
    """The elements that were returned for each node that is a result."""
    for asked in case.binding.asked:
        elements = case.results.get(asked.name)
        if elements is None:
            continue
        axes = [a.name for a in asked.axes]
        if "t" in axes:
            each = len(elements) // case.sizes["T"]
            for t in range(1, case.sizes["T"] + 1):
                yield (asked.name, t), tuple(elements[(t - 1) * each : t * each])
        else:
            time = None if not axes else (1 if case.binding.kind == "step" else 0)
            yield (asked.name, time), tuple(elements)
