"""Gates: equations of one form, each with its own parameters, and how one is read as another.

The gates of an LSTM are one equation written four times. A fault that concerns all of them (a bias
added twice to the packed pre-activation, a wrong σ that they share, another order of packing) is
one fault; to say so, what was done to one gate is translated to the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sympy import MatAdd, MatrixSymbol

from symlstm.calculus.gradient import adjoint_name
from symlstm.cell import Role, matrix_symbols
from symlstm.verification.chart import Chart
from symlstm.verification.slip import Slip

BAR = "_bar"


def addends(parts: Sequence[Any]) -> list[Any]:
    """The terms of a sum that is given in parts."""
    return [t for p in parts for t in (p.args if isinstance(p, MatAdd) else (p,))]


@dataclass(frozen=True)
class Translation:
    """From one gate to another.

    Args:
        names: what each name of the one is called in the other: `W_xi` → `W_xf`, `di` → `df`.
        symbols: the same for symbols, at every time.
    """

    names: Mapping[str, str]
    symbols: Mapping[Any, Any]

    def slip(self, slip: Slip, here: Sequence[Any], there: Sequence[Any]) -> Slip | None:
        """What a slip does to the equation of the other gate; None if that has no such terms.

        Args:
            here: the equation of the one, in parts.
            there: that of the other.
        """
        before, after = Counter(addends(here)), Counter(addends(slip.parts))
        removed, added = before - after, after - before
        kept, new = list(addends(there)), []
        for term in removed.elements():
            other = term.xreplace(self.symbols)
            if other not in kept:
                return None
            kept.remove(other)
        for term in added.elements():
            other = term.xreplace(self.symbols)
            if not removed and other not in kept:
                return None
            new.append(other)
        return replace(slip, parts=(*kept, *new))


class Gates:
    """The gates of a chart."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart

    @cached_property
    def names(self) -> list[str]:
        """Pre-activations that are sums with parameters, in the order of computation."""
        cell = self._chart.system.cell
        found = [cell.defined(e).name for e in cell.in_order]
        return [
            name for name in found
            if name.endswith(BAR) and name.removesuffix(BAR) in found and self._own(name)
        ]  # fmt: skip

    def _own(self, name: str) -> list[Any]:
        return [s for s in matrix_symbols(self._chart.named[name].parts[0]) if self._is_own(s)]

    def _is_own(self, symbol: MatrixSymbol) -> bool:
        return self._chart.system.locate(symbol)[0].role is Role.PARAMETER

    @cached_property
    def columns(self) -> list[dict[str, str]]:
        """Parameters of one use: for each the one of every gate that has it, `{"i_bar": "b_i"}`."""
        found: dict[Any, dict[str, str]] = {}
        for name in self.names:
            for term in addends(self._chart.named[name].parts):
                own = [s for s in matrix_symbols(term) if self._is_own(s)]
                if len(own) == 1:
                    found.setdefault(self._form(term, own[0]), {})[name] = own[0].name
        return [column for column in found.values() if len(column) > 1]

    def _form(self, term: Any, own: MatrixSymbol) -> Any:
        """A term without its parameter and its times: what a packed array has a column for."""
        form = {own: MatrixSymbol("own", *own.shape)}
        for symbol in matrix_symbols(term):
            if symbol != own:
                form[symbol] = self._chart.system.locate(symbol)[0].at(0)
        return term.xreplace(form)

    def translations(self, name: str) -> Iterator[tuple[str, Translation]]:
        """For a node of a gate, each other gate's node of the same sort, and the translation."""
        gate = next((g for g in self.names if name in self._members(g)), None)
        if gate is None:
            return
        for other in self.names:
            if other != gate:
                translation = self._translation(gate, other)
                node = translation.names.get(name, "")
                if node in self._chart.named:
                    yield node, translation

    def _members(self, gate: str) -> list[str]:
        """The names that belong to a gate alone, parameters last."""
        own = [gate, gate.removesuffix(BAR)]
        parameters = [column[gate] for column in self.columns if gate in column]
        return [*own, *map(adjoint_name, own), *parameters, *map(adjoint_name, parameters)]

    def _translation(self, gate: str, other: str) -> Translation:
        names = dict(zip(self._fixed(gate), self._fixed(other), strict=True))
        for column in self.columns:
            if gate in column and other in column:
                names[column[gate]] = column[other]
                names[adjoint_name(column[gate])] = adjoint_name(column[other])
        known = self._chart.system.names
        pairs = [
            (self._chart.system.quantity(a), self._chart.system.quantity(b))
            for a, b in names.items() if a in known and b in known
        ]  # fmt: skip
        return Translation(
            names, {a.at(shift): b.at(shift) for a, b in pairs for shift in (-1, 0, 1)}
        )

    def _fixed(self, gate: str) -> list[str]:
        own = [gate, gate.removesuffix(BAR)]
        return [*own, *map(adjoint_name, own)]
