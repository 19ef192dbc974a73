"""What makes the difference, in the terms of the equations as they were written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import MatrixSymbol, OneMatrix

from symlstm import functions
from symlstm.cell import Cell, Quantity, Role, matrix_symbols, operands
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.verification.equality.cell_form import Addend, CellForm, Unit
from symlstm.verification.equality.composing import Composer
from symlstm.verification.equality.embedding import Difference, Embedding
from symlstm.verification.equality.forms import Forms, Leaf, Polynomial
from symlstm.verification.equality.matching import Matcher
from symlstm.verification.equality.report import in_unicode
from symlstm.verification.report import Finding, Verdict
from symlstm.verification.wording import ascii_names


@dataclass(frozen=True)
class Explainer:
    """Words for how two cells differ.

    Args:
        cells: the forms of the first and the second cell.
        verdict: what each finding makes of the whole.
    """

    forms: Forms
    cells: tuple[CellForm, CellForm]
    verdict: Verdict

    def findings(self, embedding: Embedding) -> list[Finding]:
        """A finding for each place where the two do not agree, each said once."""
        found: dict[str, Finding] = {}
        for difference in embedding.differences:
            for finding in self._of(embedding, difference):
                found.setdefault(finding.message, finding)
        order = {
            cell.cell.defined(e).label: n
            for cell in reversed(self.cells)
            for n, e in enumerate(cell.cell.equations)
        }
        return sorted(found.values(), key=lambda f: order.get(f.equation, 0))

    def _of(self, embedding: Embedding, difference: Difference) -> Iterator[Finding]:
        special, match = embedding.side, difference.match
        sites = (difference.special, difference.general)
        monomials = (match.special, (*match.general, *match.zeroed))
        written: list[list[Addend]] = [[], []]
        for site, wanted, side in zip(sites, monomials, (special, 1 - special), strict=True):
            if site is not None:
                written[side] = self.cells[side].written(site, wanted)
        if difference.functions is not None and isinstance(difference.general, Unit):
            yield self._function(special, difference)
        if written[0] and written[1]:
            opened = self._opened(embedding, written[0], written[1])
            yield from opened or [self._instead(written[0], written[1])]
            return
        for side in (0, 1):
            for addend in written[side]:
                yield self._alone(side, addend)

    def _function(self, special: int, difference: Difference) -> Finding:
        general, functions_ = difference.general, difference.functions
        assert isinstance(general, Unit) and functions_ is not None
        names = [functions.by_name(name).unicode for name in functions_]
        if special == 0:
            names.reverse()
        site = difference.special if special == 0 else general
        assert isinstance(site, Unit)
        label = self._label(0, site.owner)
        return Finding(
            "S106", "wrong-function",
            f"{self._symbol(0, site.owner)}: {self._name(0)} has {names[0]} where "
            f"{self._name(1)} has {names[1]}",
            equation=label, term=names[0], verdict=self.verdict,
        )  # fmt: skip

    def _instead(self, first: Sequence[Addend], second: Sequence[Addend]) -> Finding:
        texts = [self._text(0, first), self._text(1, second)]
        owners = [a[0].owner for a in (first, second)]
        symbols = [self._symbol(n, owner) for n, owner in enumerate(owners)]
        place = f", in {symbols[1]}," if symbols[0] != symbols[1] else ""
        message = f"{self._name(0)} has {texts[0]} where {self._name(1)}{place} has {texts[1]}"
        if texts[0] == texts[1]:
            message = f"{texts[0]} of {self._name(0)} is not that of {self._name(1)}"
        return Finding(
            "S101", self._kind(first, second),
            f"{symbols[0]}: {message}",
            equation=self._label(0, owners[0]),
            term=" ".join(ascii_names(a.expression) for a in first),
            verdict=self.verdict,
        )  # fmt: skip

    def _opened(
        self, embedding: Embedding, first: Sequence[Addend], second: Sequence[Addend]
    ) -> list[Finding]:
        """Where the terms are built alike, the one intermediate quantity in which they differ."""
        if _shapes(first) != _shapes(second):
            return []
        apart = self._apart(embedding, self._read(0, first), self._read(1, second))
        if any(len(side) != 1 or side[0].role is not Role.INTERMEDIATE for side in apart):
            return []
        whole = [
            Addend(q.name, cell.cell.equation(q.name).right, cell.result(q.name))
            for (q,), cell in zip(apart, self.cells, strict=True)
        ]
        return [self._instead(whole[:1], whole[1:])]

    def _read(self, side: int, addends: Sequence[Addend]) -> dict[Quantity, Polynomial]:
        """What some terms read, with the form of each."""
        cell = self.cells[side]
        symbols = [s for a in addends for s in matrix_symbols(a.expression)]
        return {cell.cell.locate(s)[0]: cell.of(s) for s in symbols if not isinstance(s, OneMatrix)}

    def _apart(
        self, embedding: Embedding, *read: dict[Quantity, Polynomial]
    ) -> tuple[list[Quantity], list[Quantity]]:
        """What either side reads and the other does not, under the correspondence."""
        special, general = self.cells[embedding.side], self.cells[1 - embedding.side]
        translation = Matcher(self.forms, special, general).translation(embedding.state)
        forms = [
            {q: p if n == embedding.side else translation.polynomial(p) for q, p in side.items()}
            for n, side in enumerate(read)
        ]
        return (
            [q for q, p in forms[0].items() if p not in forms[1].values()],
            [q for q, p in forms[1].items() if p not in forms[0].values()],
        )

    def _kind(self, first: Sequence[Addend], second: Sequence[Addend]) -> str:
        """`wrong-time` where the same quantities are read at other times."""
        read = [
            [self.cells[n].cell.locate(s) for a in addends for s in matrix_symbols(a.expression)]
            for n, addends in enumerate((first, second))
        ]
        names = [sorted(q.name for q, _ in side if q.is_timed) for side in read]
        times = [sorted((q.name, shift) for q, shift in side if q.is_timed) for side in read]
        return "wrong-time" if names[0] == names[1] and times[0] != times[1] else "wrong-term"

    def _alone(self, side: int, addend: Addend) -> Finding:
        label = self._label(side, addend.owner)
        return Finding(
            "S104" if side else "S105", "missing-term" if side else "extra-term",
            f"{self._symbol(side, addend.owner)}: {self._name(side)} has the term "
            f"{self._text(side, [addend])}, {self._name(1 - side)} has not",
            equation=label, term=ascii_names(addend.expression), verdict=self.verdict,
        )  # fmt: skip

    # A cell that is a case of the other.

    def ties(self, embedding: Embedding, lacking: Sequence[Leaf]) -> list[Finding]:
        """What the general cell has of its own, and the special one computes from other things.

        Args:
            lacking: the parameters that the special cell cannot set freely.
        """
        general, values = self.cells[1 - embedding.side], embedding.state.values
        open_ = {leaf for leaf in lacking if values[leaf]}
        found: list[Finding] = []
        for unit in general.units.values():
            argument = self.forms.nodes[unit.factor][2]
            own = {f.upright for f in self.forms.leaves(argument) if f.is_parameter}
            if own and own <= open_:
                form = embedding.state.units.get(unit.factor)
                if form is not None and self._is_taken(embedding, unit, form):
                    found.append(self._tied_unit(embedding.side, unit, own, form))
                    open_ -= own
        composer = Composer(self.forms, self.cells[embedding.side], general)
        return found + [self._tied_parameter(embedding, leaf, composer)
                        for leaf in sorted(open_, key=lambda f: f.name)]  # fmt: skip

    def _is_taken(self, embedding: Embedding, unit: Unit, form: Polynomial) -> bool:
        """Whether the special cell has the unit only as that of another name, or as a constant."""
        owner = self._owner(embedding.side, form)
        return owner is None or owner.owner != unit.owner

    def _owner(self, side: int, form: Polynomial) -> Unit | None:
        factors = [f for m, _ in form for f, _ in m if f in self.cells[side].units]
        return self.cells[side].units[factors[0]] if factors else None

    def _tied_unit(self, special: int, unit: Unit, own: set[Leaf], form: Polynomial) -> Finding:
        side = 1 - special
        label = self._label(side, unit.owner)
        names = ", ".join(q.name for q in self.cells[side].cell.parameters
                          if q.name in {leaf.name for leaf in own})  # fmt: skip
        other = self._owner(special, form)
        instead = "a constant"
        if other is not None:
            text = self._symbol(special, other.owner)
            has_one = any(m == () for m, _ in form)
            instead = f"1 − {text}" if has_one else f"−{text}" if form[0][1] < 0 else text
        mine = self._symbol(side, unit.owner)
        return Finding(
            "S104" if side else "S105", "missing-term" if side else "extra-term",
            f"{mine}: {self._name(side)} has {mine} with parameters of its own ({names}), "
            f"{self._name(special)} has {instead} in its place",
            equation=label, term=label, verdict=self.verdict,
        )  # fmt: skip

    def _tied_parameter(self, embedding: Embedding, leaf: Leaf, composer: Composer) -> Finding:
        side = 1 - embedding.side
        values = embedding.state.values
        value = in_unicode(composer.text(values[leaf]))
        own = {f.upright for f in self.forms.leaves(values[leaf])}
        others = {f.upright for k, v in values.items() if k != leaf for f in self.forms.leaves(v)}
        what = f"{value}, used twice" if own & others else value
        return Finding(
            "S104" if side else "S105", "missing-term" if side else "extra-term",
            f"{self._name(side)} has the parameter {leaf.name}, "
            f"{self._name(embedding.side)} has {what} in its place",
            term=leaf.name, verdict=self.verdict,
        )  # fmt: skip

    # Words.

    def _name(self, side: int) -> str:
        return self.cells[side].cell.name

    def _symbol(self, side: int, name: str) -> str:
        """A quantity at time t as equations print it: `h̃_t`."""
        return self.cells[side].cell.quantity(name).in_unicode()

    def _label(self, side: int, name: str) -> str:
        """The same in ASCII, as JSON has it: `h_tilde_t`."""
        return self.cells[side].cell.quantity(name).label

    def _text(self, side: int, addends: Sequence[Addend]) -> str:
        return terms_text(self.cells[side].cell, addends)


def terms_text(cell: Cell, addends: Sequence[Addend]) -> str:
    """Some terms of a cell as their sum."""
    printer = MathPrinter(cell, UNICODE)
    text = ""
    for addend in addends:
        term = printer.text(addend.expression)
        if not text:
            text = term
        else:
            text += f" − {term[1:]}" if term.startswith("−") else f" + {term}"
    return text


def _shapes(addends: Sequence[Addend]) -> list[list[str]]:
    """The operations that some terms are made of, whatever they are applied to."""
    return sorted(sorted(_operations(a.expression)) for a in addends)


def _operations(expression: Any) -> Iterator[str]:
    yield type(expression).__name__
    if not isinstance(expression, MatrixSymbol):
        for operand in operands(expression):
            yield from _operations(operand)
