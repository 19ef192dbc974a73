"""Hypotheses: one fault that explains all that is wrong at once.

Most wrong programs have one fault. So each likely change of the equations is tried as a whole: if
all results are then those of the implementation, nothing remains to be explained. A change is
screened in floating point and, if it survives, tested exactly; only that is ever said.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import Any

from sympy import BlockMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm import functions
from symlstm.calculus.gradient import initial_name
from symlstm.calculus.rules import total
from symlstm.proof.interpret import Matrix, Moment
from symlstm.verification import sums
from symlstm.verification.alignment import Alignment
from symlstm.verification.change import Change, Engine, Rerun, Source, V
from symlstm.verification.chart import Node, fill
from symlstm.verification.engines import Array, Exact, Examples, Screened
from symlstm.verification.explanation import Explanations
from symlstm.verification.fingerprints import entries
from symlstm.verification.floats import Floats
from symlstm.verification.gates import Gates, Translation, addends
from symlstm.verification.slip import Slip
from symlstm.verification.slips import moved_reads, stack_slips
from symlstm.verification.taking import handed, taken

UNLIKELY, POSSIBLE, CERTAIN = range(3)

MAXIMUM_GATES = 6
"""Gates whose orders are all tried: 720."""


@dataclass(frozen=True)
class Explained:
    """A change that explains all results, the values that it changes, and what speaks for it."""

    change: Change
    changed: dict[Node, Examples]
    evidence: int


class Hypotheses:
    """The changes that may explain all that is wrong under the repairs so far.

    Args:
        work: how many nodes may be computed again to screen them.
    """

    def __init__(self, alignment: Alignment, explanations: Explanations, work: int) -> None:
        self.left = work
        self._alignment = alignment
        self._case = alignment.case
        self._chart = alignment.case.chart
        self._explanations = explanations
        self._gates = Gates(self._chart)
        self._names = tuple(dict.fromkeys(name for name, _ in alignment.nodes))

    def explaining_all(self, is_first: bool) -> Explained | None:
        """The change by which all results are those of the implementation.

        Args:
            is_first: whether nothing is repaired yet; what is left after a repair is searched less
                widely.
        """
        alignment = self._alignment
        returned = {
            node: elements for node, elements in alignment.returned.items()
            if node not in alignment.repairs.only_returned
        }  # fmt: skip
        screen = self._screen(returned)
        if screen is None:
            return None
        exact = self._rerun(Exact(alignment, returned), returned)
        best: Explained | None = None
        work = self.left
        for change in self._changes(screen, is_first) if work else ():
            could_be = screen.explains(change) is not None
            self.left = max(0, work - screen.computed)
            if not self.left:
                break
            if not could_be:
                continue
            changed = exact.explains(change)
            if changed is None:
                continue
            found = Explained(change, changed, self._evidence(change, changed))
            if found.evidence == CERTAIN:
                return found
            if best is None or found.evidence > best.evidence:
                best = found
        return best

    def _rerun(self, engine: Engine[V], returned: Iterable[Node]) -> Rerun[V]:
        return Rerun(self._case, self._alignment.nodes, returned, engine)

    def _evidence(self, change: Change, changed: Mapping[Node, Examples]) -> int:
        """Whether the implementation has the changed values, and lacks those of the equations.

        Several changes may give the same results: −i for i, or − for + before i ∘ g. What is
        computed rightly is not what was changed.
        """
        if not change.slips:
            return CERTAIN
        prints = self._alignment.prints
        nodes = [node for node in changed if node[0] == change.node]
        wrong = [e for node in nodes for e in entries(changed[node].values())]
        right = [e for node in nodes for e in self._alignment.values_of(node)]
        if not change.is_backward and prints.are_made(right):
            return UNLIKELY
        return CERTAIN if prints.are_present(wrong) else POSSIBLE

    def _screen(self, returned: dict[Node, tuple[int, ...]]) -> Rerun[Array] | None:
        """The same comparison at one point, in floating point; None where there are no values."""
        case, repairs = self._case, self._alignment.repairs
        floats = Floats(random.Random(case.rng.random()))
        given = [
            e
            for m in (*repairs.given.values(), *repairs.reread.values(), *repairs.copies.values())
            for r in m
            for e in r
        ]
        asked = [e for elements in returned.values() for e in elements]
        known = floats.of_terms(case.terms, [*given, *asked])

        def at_point(values: dict[Moment, Matrix]) -> dict[Moment, Matrix]:
            return {
                moment: tuple(tuple(known[e] for e in row) for row in matrix)
                for moment, matrix in values.items()
            }

        try:
            found = fill(
                self._chart, case.binding.kind, case.binding.signature, floats, case.sizes,
                case.binding.absent, at_point(repairs.given), at_point(repairs.reread),
                at_point(repairs.copies),
            )  # fmt: skip
            wanted = {node: tuple(known[e] for e in each) for node, each in returned.items()}
        except (KeyError, ArithmeticError, ValueError):
            return None
        return self._rerun(Screened(case, found, wanted, floats), wanted)

    def _changes(self, screen: Rerun[Any], is_first: bool) -> Iterator[Change]:
        """The likely changes first."""
        suspects = list(dict.fromkeys(name for name, _ in self._alignment.suspects()))
        readers = [name for name in self._readers(suspects) if name not in suspects]
        if not is_first:
            yield from self._of_nodes(suspects, screen)
            yield from self._recomputed((*suspects, *readers), screen)
            return
        yield from self._of_nodes(suspects, screen)
        yield from self._of_nodes(readers, screen)
        yield from self._of_shared_gates((*suspects, *readers), screen)
        yield from self._recomputed((*suspects, *readers), screen)
        yield from self._of_stacks()
        yield from self._of_states()
        if self._case.binding.kind == "sequence":
            yield from self._of_kept()
        yield from self._of_inputs()
        yield from self._of_orders()
        if self._case.binding.kind == "gradients":
            yield from handed(self._case, self._chart)
            yield from taken(self._case, self._chart)
            yield from self._of_all_gradients()
            yield from self._of_omitted_steps()
        present = {n for n in self._names if n in self._case.adjoints and self._is_present(n)}
        tried = {*suspects, *readers, *present}
        yield from self._of_nodes([n for n in self._chart.named if n not in tried], screen)

    def _is_present(self, name: str) -> bool:
        """Whether the implementation has a quantity at every step."""
        values = (self._alignment.values_of(node) for node in self._alignment.nodes
                  if node[0] == name)  # fmt: skip
        return all(self._alignment.prints.are_present(elements) for elements in values)

    def _readers(self, names: Sequence[str]) -> list[str]:
        """What reads these names, and the rest of their own equations."""
        owners = {self._chart.named[name].owner for name in names}
        reading = set(self._reading(names))
        # What only the chart names stands inside of an equation, which is the reader.
        hidden = [name for name in reading if name not in self._case.system.names]
        reading.update(self._reading(hidden))
        return [n for n in self._names if n in reading or self._chart.named[n].owner in owners]

    def _reading(self, names: Iterable[str]) -> list[str]:
        wanted = set(names)
        named = self._chart.named
        return [name for name in self._names if wanted & set(self._chart.names_read(named[name]))]

    def _of_nodes(self, names: Sequence[str], screen: Rerun[Any]) -> Iterator[Change]:
        """One slip in one equation."""
        for name in names:
            twins = self._twins(name)
            if screen.reaches_all_that_is_wrong(twins):
                for slip in self._slips(name):
                    yield Change(name, slip, dict.fromkeys(twins, slip))
            elif len(twins) > 1 and screen.reaches_all_that_is_wrong((name,)):
                for slip in self._slips(name):
                    yield Change(name, slip, {name: slip})

    def _twins(self, name: str) -> tuple[str, ...]:
        """What is carried to t is also, before the first step, the adjoint of an initial state."""
        initial = initial_name(name.removesuffix("_carried"))
        is_carried = name.endswith("_carried") and initial in self._chart.named
        return (name, initial) if is_carried else (name,)

    def _slips(self, name: str) -> Iterator[Slip]:
        yield from self._explanations.slips_at(name)
        yield from self._outside_of_function(name)

    def _outside_of_function(self, name: str) -> Iterator[Slip]:
        """A term added after the elementwise function instead of inside of it."""
        named = self._chart.named[name]
        part = named.parts[0] if len(named.parts) == 1 else None
        inner = self._chart.named.get(f"{name}_bar")
        if inner is None or not isinstance(part, ElementwiseApplyFunction):
            return
        terms = addends(inner.parts)
        words, record = self._chart.words, functions.of(part.function)
        for position, term in enumerate(terms if len(terms) > 1 else ()):
            rest = total(*terms[:position], *terms[position + 1 :])
            text = words.text(term)
            yield Slip(
                "wrong-term", f"adds {text} after {record.unicode}, not inside of it",
                words.names(term) or text, (functions.apply(record, rest), term),
                help=f"add {text} before {record.unicode} is taken",
            )  # fmt: skip

    def _of_shared_gates(self, names: Sequence[str], screen: Rerun[Any]) -> Iterator[Change]:
        """The same slip in every gate that has such terms."""
        for name in names:
            others = list(self._gates.translations(name))
            reached = (name, *(node for node, _ in others))
            if not others or not screen.reaches_all_that_is_wrong(reached):
                continue
            for slip in self._slips(name):
                shared = self._shared(name, slip, others)
                if len(shared) > 1:
                    yield Change(name, self._told_of_all(slip, list(shared)), shared)

    def _shared(
        self, name: str, slip: Slip, others: Sequence[tuple[str, Translation]]
    ) -> dict[str, Slip]:
        """A slip of one gate, and the same in others."""
        shared = {name: slip}
        here = self._explanations.parts_at(name)
        for node, translation in others:
            other = translation.slip(slip, here, self._explanations.parts_at(node))
            if other is not None:
                shared[node] = other
        return shared

    def _told_of_all(self, slip: Slip, names: Sequence[str]) -> Slip:
        owners = dict.fromkeys(self._chart.named[name].owner for name in names)
        others = [self._chart.system.quantity(o.removesuffix("_t")) for o in list(owners)[1:]]
        if not others:
            return slip
        same = ", ".join(q.in_unicode() for q in others)
        return replace(slip, message=f"{slip.message}; the same in {same}")

    def _recomputed(self, names: Sequence[str], screen: Rerun[Any]) -> Iterator[Change]:
        """A slip where a forward quantity is computed again for the backward pass."""
        adjoints = self._case.adjoints
        read = dict.fromkeys(
            other for name in names if name in adjoints
            for other in self._chart.names_read(self._chart.named[name])
            if other in self._chart.named and other not in adjoints
        )  # fmt: skip
        owners = {self._chart.named[name].owner for name in read}
        forward = [name for name in self._chart.named if name not in adjoints]
        for name in forward:
            if self._chart.named[name].owner in owners:
                others = list(self._gates.translations(name))
                for slip in self._slips(name):
                    yield Change(name, slip, {name: slip}, is_backward=True)
                    shared = self._shared(name, slip, others)
                    if len(shared) > 1:
                        told = self._told_of_all(slip, list(shared))
                        yield Change(name, told, shared, is_backward=True)
        states = {state.name for state in self._case.cell.states}
        for name in forward:
            readers = {self._chart.named[r].owner for r in self._reading((name,)) if r in forward}
            others = readers - {self._chart.named[name].owner, *(f"{s}_t" for s in states)}
            for slip in self._slips(name) if others else ():
                yield Change(name, slip, {name: slip}, is_backward=True, is_read_on=True)

    def _of_states(self) -> Iterator[Change]:
        """A state that is read elsewhere than at t−1, by every equation."""
        states = self._case.cell.states
        for state in states:
            others = [s for s in states if s != state and s.shape == state.shape]
            sources = [
                (f"{state.name}_0", Source(state.name, None)),
                (state.in_unicode(-2), Source(state.name, -2)),
                *((other.in_unicode(-1), Source(other.name, -1)) for other in others),
            ]
            reader = self._first_reader(state.name)
            for text, source in sources:
                right = state.in_unicode(-1)
                slip = Slip(
                    "wrong-time", f"reads {text} where {right} stands", f"{state.name}_prev", (),
                    help=f"carry {right} from step to step",
                )  # fmt: skip
                yield Change(reader, slip, reread={state.name: source})
        for one, two in combinations(states, 2):
            if one.shape == two.shape:
                mine, other = one.in_unicode(-1), two.in_unicode(-1)
                slip = Slip(
                    "wrong-order", f"reads {other} where {mine} stands, and the reverse",
                    f"{one.name}_prev", (), help=f"carry {mine} and {other} in their places",
                )  # fmt: skip
                both = {one.name: Source(two.name, -1), two.name: Source(one.name, -1)}
                yield Change(self._first_reader(one.name), slip, reread=both)

    def _of_kept(self) -> Iterator[Change]:
        """A state in whose place something else is kept for the next step, and returned."""
        system, states = self._chart.system, self._case.cell.states
        signals = [system.defined(equation) for equation in self._case.cell.equations]
        for state in states:
            for other in signals:
                if other == state or other.shape != state.shape:
                    continue
                kept = f"is kept as {other.in_unicode()}"
                slip = Slip(
                    "wrong-term", f"{kept}: the next step reads it, and it is returned",
                    other.name, (), help=f"keep {state.in_unicode()}",
                )  # fmt: skip
                yield _kept(slip, {state.name: other.name})
                if other in states and states.index(state) < states.index(other):
                    slip = replace(
                        slip, kind="wrong-order", message=f"{kept}, and the reverse",
                        help=f"keep {state.in_unicode()} and {other.in_unicode()} in their places",
                    )  # fmt: skip
                    yield _kept(slip, {state.name: other.name, other.name: state.name})

    def _of_inputs(self) -> Iterator[Change]:
        """An input that all equations read at another time step."""
        for quantity in self._case.cell.inputs:
            right = quantity.at(0)
            readers = [
                name for name in self._reading((quantity.name,))
                if name not in self._case.adjoints
                and any(right in part.free_symbols for part in self._chart.named[name].parts)
            ]  # fmt: skip
            for slip in moved_reads(self._chart.words, quantity, 0) if len(readers) > 1 else ():
                moved = {right: slip.parts[0]}
                slips = {
                    name: replace(slip, parts=tuple(
                        part.xreplace(moved) for part in self._explanations.parts_at(name)
                    )) for name in readers
                }  # fmt: skip
                yield Change(readers[0], self._told_of_all(slips[readers[0]], readers), slips)

    def _first_reader(self, state: str) -> str:
        """The first forward node that reads a state at t−1."""
        cell = self._chart.system.cell
        for equation in cell.in_order:
            for quantity, shift in self._chart.system.reads(equation):
                if quantity.name == state and shift < 0:
                    return cell.defined(equation).name
        return state

    def _of_orders(self) -> Iterator[Change]:
        """Packed parameters that are unpacked in another order."""
        columns = self._gates.columns
        whole = [column for column in columns if len(column) == len(self._gates.names)]
        for group in ([whole] if len(whole) > 1 else []) + [[column] for column in columns]:
            gates = [gate for gate in self._gates.names if gate in group[0]]
            if len(gates) <= MAXIMUM_GATES:
                for order in permutations(gates):
                    if order != tuple(gates):
                        change = self._reordered(group, gates, order)
                        yield change
                        if self._case.binding.kind == "gradients":
                            yield replace(change, is_named_rightly=True)

    def _of_stacks(self) -> Iterator[Change]:
        """A stack [h_{t-1}, x_t] that is computed once, in another order, for all that read it."""
        named, words = self._chart.named, self._chart.words
        reading: dict[Any, list[str]] = {}
        for name in self._names:
            for part in named[name].parts:
                for stack in part.atoms(BlockMatrix):
                    reading.setdefault(stack, []).append(name)
        for stack, names in reading.items():
            for slip in stack_slips(words, stack):
                slips = {
                    name: replace(slip, parts=tuple(
                        part.xreplace({stack: slip.parts[0]}) for part in named[name].parts
                    )) for name in names
                }  # fmt: skip
                forward = [name for name in names if name not in self._case.adjoints]
                told = replace(self._told_of_all(slip, forward), parts=slips[names[0]].parts)
                yield Change(names[0], told, slips)
                if len(forward) < len(names):
                    yield Change(names[0], told, slips, is_backward=True)

    def _of_all_gradients(self) -> Iterator[Change]:
        """A factor too many in the gradients of all parameters, or in all gradients."""
        returned = dict.fromkeys(name for name, _ in self._alignment.returned)
        parameters = [name for name in returned if not self._chart.named[name].quantity.axes]
        for names, others in (
            (parameters, "the gradients of all other parameters"),
            (list(returned), "all other gradients"),
        ):
            each = [
                list(sums.scaled(self._chart.words, addends(parts), self._case.sizes))
                for parts in map(self._explanations.parts_at, names)
            ]
            for slips in zip(*each, strict=True):
                shared = dict(zip(names, slips, strict=True))
                told = replace(slips[0], message=f"{slips[0].message}; the same in {others}")
                yield Change(names[0], told, shared)

    def _of_omitted_steps(self) -> Iterator[Change]:
        """A backward loop that does not reach the first step, or does not begin at the last."""
        steps = self._case.steps
        returned = dict.fromkeys(name for name, t in self._alignment.returned if t)
        node = next((name for name in returned if name in self._case.adjoints), "")
        for step, label in ((1, "1"), (steps, "T")) if node else ():
            slip = Slip(
                "missing-term", f"is left out at t = {label}, with all that this step adds to the "
                "other gradients", "", (), help=f"let the loop reach t = {label}",
            )  # fmt: skip
            yield Change(node, slip, omitted=step)

    def _reordered(
        self, group: Sequence[dict[str, str]], gates: Sequence[str], order: Sequence[str]
    ) -> Change:
        renamed = {
            column[gate]: column[other]
            for column in group for gate, other in zip(gates, order, strict=True)
            if gate != other
        }  # fmt: skip
        first = next(gate for gate, other in zip(gates, order, strict=True) if gate != other)
        mine = [column[first] for column in group]
        texts = {
            name: self._chart.system.quantity(name).in_unicode()
            for pair in renamed.items() for name in pair
        }  # fmt: skip
        said = ", ".join(f"{texts[renamed[name]]} where {texts[name]} stands" for name in mine)
        others = dict.fromkeys(
            self._chart.named[g].owner for g, o in zip(gates, order, strict=True) if g != o
        )
        names = [self._chart.system.quantity(o.removesuffix("_t")).in_unicode() for o in others]
        what = f"reads {said}: {', '.join(names)} are unpacked in another order than packed"
        slip = Slip(
            "wrong-order", what, " ".join(mine), (),
            help="unpack in the order in which the parameters were packed",
        )  # fmt: skip
        return Change(first, slip, renamed=renamed)


def _kept(slip: Slip, stored: Mapping[str, str]) -> Change:
    """States in whose place something else is kept, which the next step reads."""
    reread = {state: Source(other, -1, initial=state) for state, other in stored.items()}
    return Change(next(iter(stored)), slip, reread=reread, stored=stored)
