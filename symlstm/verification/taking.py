"""Taking: what passes between the forward and the backward pass, one thing in another's place.

A forward pass is handed arguments, and hands on signals. `h, c = sequence(x, c_0, h_0)` in a
function of gradients, or `c, h = sequence(x, h_0, c_0)`, makes all that is computed after it wrong,
though every line of it is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product

from symlstm.cell import Quantity
from symlstm.verification.case import Case
from symlstm.verification.change import Change
from symlstm.verification.chart import Chart
from symlstm.verification.slip import Slip


def handed(case: Case, chart: Chart) -> Iterator[Change]:
    """Arguments that only the forward pass was handed, one for another or two exchanged."""
    arguments = (*case.cell.parameters, *case.cell.states)
    for right, wrong in _pairs(arguments):
        is_state = right in case.cell.states
        if is_state != (wrong in case.cell.states):
            continue
        time = "0" if is_state else ""
        mine, other = (q.glyph.in_unicode(time) for q in (right, wrong))
        slip = Slip(
            "wrong-term", f"has {other} where {mine} stands", right.name, (),
            help=f"hand on {mine} to the forward pass",
        )  # fmt: skip
        reader = right.name if is_state else _reader_of(chart, right.name)
        yield Change(reader, slip, renamed={right.name: wrong.name}, is_handed=True)
        if arguments.index(right) < arguments.index(wrong):
            slip = Slip(
                "wrong-term", f"has {other} where {mine} stands, and the reverse", right.name, (),
                help=f"hand on {mine} and {other} to the forward pass in their places",
            )  # fmt: skip
            both = {right.name: wrong.name, wrong.name: right.name}
            yield Change(reader, slip, renamed=both, is_handed=True)


def taken(case: Case, chart: Chart) -> Iterator[Change]:
    """Signals that the backward pass takes for each other, one for another or two exchanged."""
    signals = [chart.system.defined(equation) for equation in case.cell.equations]
    adjoints = [chart.named[name] for name in case.adjoints if name in chart.named]
    read = {name for adjoint in adjoints for name in chart.names_read(adjoint)}
    for right, wrong in _pairs(signals):
        if right.name not in read:
            continue
        mine, other = right.in_unicode(), wrong.in_unicode()
        alone, both = {right.name: wrong.name}, {right.name: wrong.name, wrong.name: right.name}
        one = Slip(
            "wrong-term", f"is taken from the forward pass as {other}", wrong.name, (),
            help=f"take {mine} where the forward pass has it",
        )  # fmt: skip
        yield from _ways(case, right, one, alone)
        if signals.index(right) < signals.index(wrong):
            two = Slip(
                "wrong-order", f"is taken from the forward pass as {other}, and the reverse",
                wrong.name, (), help=f"take {mine} and {other} in the order of the forward pass",
            )  # fmt: skip
            yield from _ways(case, right, two, both)


def _ways(case: Case, right: Quantity, slip: Slip, names: Mapping[str, str]) -> Iterator[Change]:
    """What else is wrong then: initial values, and what is computed again from what was taken."""
    states = {state.name for state in case.cell.states}
    is_of_states = not states.isdisjoint((*names, *names.values()))
    for again, at_first in product((True, False) if is_of_states else (False,), repeat=2):
        yield Change(
            right.name, slip, taken=names, is_computed_again=again, is_taken_at_first=at_first
        )


def _pairs(quantities: Sequence[Quantity]) -> Iterator[tuple[Quantity, Quantity]]:
    """The ordered pairs of one shape."""
    return ((a, b) for a, b in permutations(quantities, 2) if a.shape == b.shape)


def _reader_of(chart: Chart, parameter: str) -> str:
    """The first node that reads a parameter."""
    return next(n for n, named in chart.named.items() if parameter in chart.names_read(named))
