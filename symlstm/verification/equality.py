"""`symlstm equal`: whether two cells are one cell, under which correspondence of parameters.

The correspondence is read off the equations of the same name. A pre-activation is a sum of
parameters applied to operands; `W [h, x]` is `W₁ h + W₂ x` with the blocks W = [W₁ W₂]. Terms of
the two cells with one operand belong together, and so do the blocks of parameters in them. What it
suggests is then proved, or refuted by a counterexample; terms without a partner are named.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sympy import BlockMatrix, HadamardProduct, MatAdd, MatMul, MatrixSymbol, OneMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm.calculus.gradient import derive
from symlstm.cell import Cell, Equation, Quantity, Role, operands
from symlstm.interface import Sizes, evaluate_dimension, signature, sizes_text
from symlstm.messages import UsageError
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.proof.compare import Comparison, compare
from symlstm.proof.interpret import Interpretation, Run, symbol_names
from symlstm.proof.terms import Terms
from symlstm.verification.report import EXIT_STATUS, Finding, Verdict, weightiest
from symlstm.verification.slips import ascii_names
from symlstm.verification.verify import check_sizes, default_sizes


@dataclass(frozen=True)
class Block:
    """Some columns of a parameter: from `first` up to `last`; all of them when it is whole."""

    name: str
    first: Any
    last: Any
    is_whole: bool


@dataclass(frozen=True)
class Addend:
    """One term of an equation: what a block of a parameter is applied to, or a term without one."""

    operand: str
    text: str
    ascii: str
    block: Block | None


@dataclass(frozen=True)
class Correspondence:
    """Each parameter of the second cell, as blocks of the first's, or the other way round.

    Args:
        packed: for a parameter of one cell, the parameters of the other that it consists of.
        side: 0 if the packed parameters are the first cell's, 1 if they are the second's.
        by_rows: whether the blocks stand on top of each other.
    """

    name: str
    parts: tuple[str, ...]
    side: int
    by_rows: bool = False

    def __str__(self) -> str:
        if len(self.parts) == 1:
            return f"{self.name} = {self.parts[0]}"
        return f"{self.name} = [{('; ' if self.by_rows else '  ').join(self.parts)}]"


@dataclass(frozen=True)
class EqualityReport:
    """What is said of two cells."""

    cells: tuple[str, str]
    sizes: tuple[Sizes, ...]
    seed: int
    correspondence: tuple[Correspondence, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    comparisons: int = 0
    bound_bits: int = 0

    @property
    def verdict(self) -> Verdict:
        if self.findings:
            return weightiest(f.verdict for f in self.findings)
        return "proved" if self.comparisons else "error"

    @property
    def exit_status(self) -> int:
        return EXIT_STATUS[self.verdict]

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "equal": self.verdict == "proved",
            "cells": list(self.cells),
            "correspondence": {c.name: list(c.parts) for c in self.correspondence},
            "sizes": [dict(s) for s in self.sizes],
            "seed": self.seed,
            "comparisons": self.comparisons,
            "error_bound": f"2^-{self.bound_bits}",
            "notes": list(self.notes),
            "findings": [f.to_json() for f in self.findings],
        }

    def to_text(self) -> str:
        first, second = self.cells
        word = {"proved": "equal", "differs": "differs"}.get(self.verdict, self.verdict)
        lines = [f"{word}: {first} and {second}"]
        renamed = [c for c in self.correspondence if c.parts != (c.name,)]
        if renamed:
            lines.append("  with " + "\n       ".join(str(c) for c in renamed))
        for finding in self.findings:
            lines.append(f"  {finding.message}")
            lines += [f"  help: {finding.help}"] if finding.help else []
        lines += [f"  {note}" for note in self.notes]
        at = "; ".join(sizes_text(s) for s in self.sizes)
        if self.verdict == "proved":
            lines.append(
                f"  proved for all real values, at {at}\n"
                f"  randomised, {self.comparisons} comparisons; rational bound "
                f"2^-{self.bound_bits}; exponentials under the assumption of Li & Wu"
            )
        return "\n".join([*lines, f"  seed: {self.seed}"])


def equal(
    first: Cell,
    second: Cell,
    where: Sequence[str] = (),
    sizes: Sequence[Sizes] = (),
    seed: int | None = None,
) -> EqualityReport:
    """Prove that two cells compute the same, or say in which terms they differ.

    Args:
        where: correspondences of parameters, such as "W_i = [W_hi, W_xi]"; what they leave open is
            searched for.
    Raises:
        UsageError: a correspondence names what does not exist, or shapes that do not fit.
    """
    seed = secrets.randbelow(2**32) if seed is None else seed
    for each in sizes:
        check_sizes(first, each)
    return _Pair(first, second, where, tuple(sizes) or default_sizes(first), seed).report()


@dataclass
class _Pair:
    first: Cell
    second: Cell
    where: Sequence[str]
    sizes: tuple[Sizes, ...]
    seed: int
    findings: list[Finding] = field(default_factory=list[Finding])

    def report(self) -> EqualityReport:
        if not self._have_same_signals():
            return self._result((), ())
        told = tuple(self._told(text) for text in self.where)
        found, extra = self._search(told)
        open_ = self._undetermined(found, extra)
        if open_:
            self.findings.append(
                Finding(
                    "S421", "undecided", "no correspondence was found for the parameters "
                    + ", ".join(open_), verdict="undecided",
                    help="give it with --where 'NAME = [A, B]'",
                )
            )  # fmt: skip
            return self._result(found, ())
        return self._decide(found, extra)

    def _result(
        self,
        correspondence: tuple[Correspondence, ...],
        notes: tuple[str, ...],
        comparisons: Sequence[Comparison] = (),
    ) -> EqualityReport:
        return EqualityReport(
            (self.first.name, self.second.name), self.sizes, self.seed, correspondence, notes,
            tuple(self.findings), sum(len(c.verdicts) for c in comparisons),
            min((c.bound_bits for c in comparisons), default=0),
        )  # fmt: skip

    def _have_same_signals(self) -> bool:
        """Inputs and results are told by their names, and must be the same."""
        for what, mine, other in (
            ("inputs", self.first.inputs, self.second.inputs),
            ("results", self.first.results, self.second.results),
        ):
            a, b = ({q.name: q.shape for q in side} for side in (mine, other))
            if a != b:
                texts = [
                    ", ".join(q.in_unicode() for q in side) or "none" for side in (mine, other)
                ]
                self.findings.append(
                    Finding("S422", "wrong-term",
                            f"the {what} of {self.first.name} are {texts[0]}, "
                            f"those of {self.second.name} are {texts[1]}")
                )  # fmt: skip
        return not self.findings

    # The correspondence.

    def _told(self, text: str) -> Correspondence:
        match = re.fullmatch(r"\s*(\w+)\s*=\s*(?:(\w+)|\[([\w\s,;]*)\])\s*", text)
        if match is None:
            raise UsageError(
                "S006", f"{text!r} is no correspondence",
                help="write it as 'W_i = [W_hi, W_xi]' or 'U = W_hi'; ; stacks rows",
            )  # fmt: skip
        name = match[1]
        inside = match[2] or match[3]
        parts = tuple(p for p in re.split(r"[\s,;]+", inside.strip()) if p)
        cells = (self.first, self.second)
        side = next((n for n in (1, 0) if self._is_told(cells, n, name, parts)), None)
        if side is None:
            raise UsageError(
                "S007", f"in {text!r} the left name is no parameter of one cell, or the right ones "
                "are none of the other",
                notes=tuple(
                    f"{c.name} has {', '.join(q.name for q in c.parameters)}" for c in cells
                ),
                help="use the names that symlstm show prints",
            )  # fmt: skip
        told = Correspondence(name, parts, side, ";" in inside)
        self._check_shapes(told, text)
        return told

    def _is_told(
        self, cells: tuple[Cell, Cell], side: int, name: str, parts: tuple[str, ...]
    ) -> bool:
        names = [{q.name for q in cell.parameters} for cell in cells]
        return name in names[side] and bool(parts) and set(parts) <= names[1 - side]

    def _check_shapes(self, told: Correspondence, text: str) -> None:
        cells = (self.first, self.second)
        whole = cells[told.side].quantity(told.name).shape
        shapes = [cells[1 - told.side].quantity(p).shape for p in told.parts]
        along, across = (0, 1) if told.by_rows else (1, 0)
        total = sum((s[along] for s in shapes[1:]), shapes[0][along])
        if total != whole[along] or any(s[across] != whole[across] for s in shapes):
            raise UsageError(
                "S008", f"the shapes in {text!r} do not fit: {told.name} is {_times(whole)}, "
                + ", ".join(f"{p} is {_times(s)}" for p, s in zip(told.parts, shapes, strict=True)),
                help="blocks side by side have as many rows, and their columns add up",
            )  # fmt: skip

    def _search(
        self, told: tuple[Correspondence, ...]
    ) -> tuple[tuple[Correspondence, ...], list[tuple[int, str, Addend]]]:
        """The correspondences, and the terms (side, equation, term) that have no partner."""
        partners: list[tuple[Block, Block]] = []
        extra: list[tuple[int, str, Addend]] = []
        names = [q.name for q in self.first.quantities if q.role is not Role.PARAMETER]
        for name in names:
            a_equation, b_equation = (_equation(c, name) for c in (self.first, self.second))
            if a_equation is None or b_equation is None:
                continue
            pair = (a_equation, b_equation)
            mine, other = (
                {a.operand: a for a in addends(cell, e)}
                for cell, e in zip((self.first, self.second), pair, strict=True)
            )
            for operand in dict.fromkeys([*mine, *other]):
                a, b = mine.get(operand), other.get(operand)
                if a is None or b is None:
                    alone = a or b
                    assert alone is not None
                    extra.append((0 if b is None else 1, name, alone))
                elif a.block is not None and b.block is not None:
                    partners.append((a.block, b.block))
        known = {c.name for c in told} | {p for c in told for p in c.parts}
        found = [c for c in _packings(partners) if not {c.name, *c.parts} & known]
        known |= {c.name for c in found} | {p for c in found for p in c.parts}
        # What is left over, and is called alike and of one shape in both, is taken to be one.
        shapes = {q.name: q.shape for q in self.second.parameters}
        alike = [q.name for q in self.first.parameters if shapes.get(q.name) == q.shape]
        found += [Correspondence(n, (n,), 1) for n in alike if n not in known]
        return (*told, *found), extra

    def _undetermined(
        self, found: Sequence[Correspondence], extra: Sequence[tuple[int, str, Addend]]
    ) -> list[str]:
        """Parameters of either cell without a counterpart, which no extra term explains."""
        told = {c.name for c in found} | {p for c in found for p in c.parts}
        alone = {a.block.name for _, _, a in extra if a.block is not None}
        names = [q.name for cell in (self.first, self.second) for q in cell.parameters]
        return [n for n in dict.fromkeys(names) if n not in told | alone]

    # The proof.

    def _decide(
        self, found: tuple[Correspondence, ...], extra: list[tuple[int, str, Addend]]
    ) -> EqualityReport:
        comparisons = [self._compare(found, sizes, n) for n, sizes in enumerate(self.sizes)]
        if all(c.is_proved for c in comparisons):
            notes = tuple(dict.fromkeys((*_size_notes(self.first), *_size_notes(self.second))))
            return self._result(found, notes, comparisons)
        notes = self._explain(found, extra, comparisons)
        return self._result(found, notes, comparisons)

    def _explain(
        self,
        found: tuple[Correspondence, ...],
        extra: list[tuple[int, str, Addend]],
        comparisons: Sequence[Comparison],
    ) -> tuple[str, ...]:
        differs = any(v.status == "differs" for c in comparisons for v in c.verdicts)
        verdict: Verdict = "differs" if differs else "undecided"
        cells = (self.first.name, self.second.name)
        for side, name, addend in extra:
            self.findings.append(
                Finding(
                    "S104" if side else "S105", "missing-term" if side else "extra-term",
                    f"{name}_t: {cells[side]} has the term {addend.text}, "
                    f"{cells[1 - side]} has not",
                    equation=f"{name}_t", term=addend.ascii, verdict=verdict,
                )
            )  # fmt: skip
        if not extra:
            names = [r.name for r in self.first.results]
            self.findings.append(
                Finding("S100" if differs else "S411",
                        "wrong-term" if differs else "undecided",
                        f"{' or '.join(names)} differs under this correspondence of parameters"
                        if differs else "neither proved nor refuted under this correspondence",
                        verdict=verdict)
            )  # fmt: skip
        return self._without(found, extra)

    def _without(
        self, found: tuple[Correspondence, ...], extra: list[tuple[int, str, Addend]]
    ) -> tuple[str, ...]:
        """Whether the cells are equal once the parameters of the extra terms are zero."""
        zero = [a.block.name for _, _, a in extra if a.block is not None and a.block.is_whole]
        if not zero or len(zero) != len(extra):
            return ()
        proved = all(
            self._compare(found, sizes, n, frozenset(zero)).is_proved
            for n, sizes in enumerate(self.sizes)
        )
        names = ", ".join(f"{n} = 0" for n in zero)
        return (f"with {names} the two are equal (proved)",) if proved else ()

    def _compare(
        self,
        found: Sequence[Correspondence],
        sizes: Sizes,
        number: int,
        zero: frozenset[str] = frozenset(),
    ) -> Comparison:
        """The results of both over T steps, parameters put together as they correspond."""
        terms = Terms()
        given = [dict[str, list[int]](), dict[str, list[int]]()]
        cells = (self.first, self.second)
        for c in found:
            parts = [_symbols(terms, cells[1 - c.side], p, sizes) for p in c.parts]
            given[c.side][c.name] = _packed(parts, c.by_rows)
        for side, cell in enumerate(cells):
            for name in zero & {q.name for q in cell.parameters}:
                count = sum(map(len, _symbols(terms, cell, name, sizes)))
                given[side][name] = [terms.zero] * count
        runs = [self._run(cell, terms, sizes, g) for cell, g in zip(cells, given, strict=True)]
        pairs: list[tuple[int, int]] = []
        for result in signature(self.first, "sequence").results:
            mine, other = (run.result(result) for run in runs)
            pairs += zip(mine, other, strict=True)
        rng = random.Random(f"{self.seed} equal {number}")
        return compare(terms, pairs, rng, self._carried(runs[0].found, sizes))

    def _run(self, cell: Cell, terms: Terms, sizes: Sizes, given: Mapping[str, list[int]]) -> Run:
        run = Run(derive(cell), Interpretation(terms, sizes), sizes["T"])
        run.read_arguments(signature(cell, "sequence"), given=given)
        run.forward()
        return run

    def _carried(self, found: Interpretation, sizes: Sizes) -> list[list[int]]:
        return [
            [
                e
                for q in self.first.states
                for b in range(sizes["B"])
                for row in found.values[q.name, t, b]
                for e in row
            ]
            for t in range(1, sizes["T"] + 1)
        ]


def _equation(cell: Cell, name: str) -> Equation | None:
    try:
        return cell.equation(name)
    except KeyError:
        return None


def addends(cell: Cell, equation: Equation) -> Iterator[Addend]:
    """The terms of an equation, a product with stacked operands opened into its blocks."""
    printer = MathPrinter(cell, UNICODE)
    expression: Any = equation.right
    shell = ""
    while isinstance(expression, ElementwiseApplyFunction):
        shell += str(expression.function)
        expression = expression.expr
    for term in operands(expression) if isinstance(expression, MatAdd) else (expression,):
        for operand, text, block in _opened(cell, printer, term):
            yield Addend(f"{shell} {operand}", text, ascii_names(term), block)


def _opened(cell: Cell, printer: MathPrinter, term: Any) -> Iterator[tuple[str, str, Block | None]]:
    text = printer.text(term)
    factors = operands(term)
    if _is_parameter(cell, term):
        yield "", text, _whole(cell.locate(term)[0])
    elif isinstance(term, MatMul) and len(factors) == 2 and _is_parameter(cell, factors[0]):
        parameter = cell.locate(factors[0])[0]
        operand = factors[1]
        if not isinstance(operand, BlockMatrix):
            yield f"@ {printer.text(operand)}", text, _whole(parameter)
            return
        first: Any = 0
        blocks: Any = operand.blocks
        for part in blocks:
            last = first + part.shape[0]
            yield f"@ {printer.text(part)}", text, Block(parameter.name, first, last, False)
            first = last
    elif isinstance(term, HadamardProduct) and sum(_is_parameter(cell, f) for f in factors) == 1:
        parameter = next(f for f in factors if _is_parameter(cell, f))
        others = sorted(printer.text(f) for f in factors if f != parameter)
        yield f"∘ {' ∘ '.join(others)}", text, _whole(cell.locate(parameter)[0])
    else:
        yield f"= {_canonical(printer, term)}", text, None


def _canonical(printer: MathPrinter, term: Any) -> str:
    """The text of a term, the factors of an elementwise product in alphabetical order."""
    if isinstance(term, HadamardProduct):
        return " ∘ ".join(sorted(_canonical(printer, f) for f in term.args))
    return printer.text(term)


def _is_parameter(cell: Cell, node: Any) -> bool:
    return (
        isinstance(node, MatrixSymbol)
        and not isinstance(node, OneMatrix)
        and cell.locate(node)[0].role is Role.PARAMETER
    )


def _whole(parameter: Quantity) -> Block:
    return Block(parameter.name, 0, parameter.shape[1], True)


def _packings(partners: Sequence[tuple[Block, Block]]) -> Iterator[Correspondence]:
    """Blocks of one parameter that are whole parameters of the other cell, in order."""
    for side in (1, 0):
        by_name: dict[str, list[tuple[Block, Block]]] = {}
        for pair in partners:
            mine, other = pair[side], pair[1 - side]
            if other.is_whole and (side == 1 or not mine.is_whole):
                by_name.setdefault(mine.name, []).append((mine, other))
        for name, blocks in by_name.items():
            unique = list(dict.fromkeys(blocks))
            unique.sort(key=lambda pair: _position(pair[0], [b for b, _ in unique]))
            yield Correspondence(name, tuple(other.name for _, other in unique), side)


def _position(block: Block, blocks: Sequence[Block]) -> int:
    """How many blocks end where this one begins or before: they follow each other."""
    count, start = 0, block.first
    while start != 0:
        before = next((b for b in blocks if b.last == start), None)
        if before is None:
            return count + 1
        count, start = count + 1, before.first
    return count


def _symbols(terms: Terms, cell: Cell, name: str, sizes: Sizes) -> list[list[int]]:
    """A parameter as rows of symbols."""
    argument = next(a for a in signature(cell, "sequence").arguments if a.name == name)
    elements = [terms.symbol(n) for n in symbol_names(argument, sizes)]
    columns = evaluate_dimension(argument.quantity.shape[1], sizes)
    return [elements[n : n + columns] for n in range(0, len(elements), columns)]


def _packed(parts: Sequence[list[list[int]]], by_rows: bool) -> list[int]:
    if by_rows:
        return [e for part in parts for row in part for e in row]
    return [e for rows in zip(*parts, strict=True) for row in rows for e in row]


def _size_notes(cell: Cell) -> Iterator[str]:
    """Why a stacked operand does not change the size of the result."""
    printer = MathPrinter(cell, UNICODE)
    for equation in cell.equations:
        for node in _products_of_stacks(equation.right):
            weight, stack = node.args
            entries, rows = _plain(stack.shape[0]), _plain(weight.shape[0])
            state = cell.states[0].name
            yield (
                f"{printer.text(stack)} has {entries} entries and a weight such as {weight.name}, "
                f"{rows}×({entries}), maps them back to {rows}, so {state} keeps its size {rows}"
            )
            return


def _products_of_stacks(expression: Any) -> Iterator[Any]:
    if isinstance(expression, MatMul) and isinstance(expression.args[-1], BlockMatrix):
        yield expression
    for argument in getattr(expression, "args", ()):
        yield from _products_of_stacks(argument)


def _plain(dimension: Any) -> str:
    """A size as a person writes it: H+D, not D + H."""
    return "+".join(sorted((str(a) for a in dimension.as_ordered_terms()), reverse=True))


def _times(shape: tuple[Any, Any]) -> str:
    sizes = [_plain(d) for d in shape]
    return "×".join(f"({size})" if "+" in size else size for size in sizes)
