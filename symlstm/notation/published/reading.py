"""A published derivation → the cell that it defines, and what it says of each adjoint.

The equations of the cell are read as those of any file. Each equation for an adjoint is read by the
same grammar and laws of shapes, with the quantities of the cell and of its gradient system as what
is known; it may read any time step.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any

from sympy import ZeroMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm.calculus.gradient import (
    GradientSystem,
    adjoint_name,
    derive,
    moved_in_time,
    outside_name,
)
from symlstm.calculus.rules import slope
from symlstm.cell import Cell, Glyph, Quantity, Role, Shape
from symlstm.messages import NotationError, Span, UsageError
from symlstm.notation import syntax
from symlstm.notation.alphabet import ADJOINT, GIVEN, PRIVATE_ACCENTS
from symlstm.notation.building import Builder
from symlstm.notation.extents import Extents
from symlstm.notation.growing import statements_of
from symlstm.notation.lexing import is_latex
from symlstm.notation.parsing import tokens_of, tree_of
from symlstm.notation.published.signs import (
    Gathered,
    Signs,
    gathered,
    signs_of,
    statements_in,
    with_accents,
)
from symlstm.notation.reading import cell_of, right_side
from symlstm.notation.slips import meant
from symlstm.notation.source import Source
from symlstm.notation.stating import definitions_of_adjoints
from symlstm.notation.summing import spelled_at
from symlstm.notation.tokens import Lexeme
from symlstm.notation.vocabulary import Notation

BAR = "\u0304"
"""What stands over a name, and not before it."""

TIMES = range(-3, 2)
"""The steps that an equation may read, relative to its own."""

SHAPES = frozenset({"S210", "S211", "S212", "S214", "S215"})
"""The codes of messages about shapes that do not fit each other."""


@dataclass(frozen=True)
class AdjointEquation:
    """One published equation.

    Args:
        quantity: the adjoint that it is for.
        right: what it says that is, over the gradient system; of a parameter, at each time step.
        span: where it stands.
        written: its left side as written.
        first, last: the bounds of the sum over time, as written; None: there is no sum sign.
        problem: why its shapes fit no quantities of the cell; `right` is then nothing.
    """

    quantity: Quantity
    right: Any
    span: Span
    written: str
    first: str | None
    last: str | None
    problem: NotationError | None = None


@dataclass(frozen=True)
class Published:
    """A published derivation.

    Args:
        cell: the cell whose names it uses: its own, if it defines one.
        system: the gradient system of that cell.
        is_own: whether the file defines the cell.
        equations: what it says of each adjoint.
        loss: how the file writes what the loss itself gives, by its name in the gradient system.
    """

    cell: Cell
    system: GradientSystem
    is_own: bool
    equations: tuple[AdjointEquation, ...]
    loss: Mapping[str, Glyph]

    @property
    def sign(self) -> str:
        """What the file writes before a name for its adjoint, as plain text."""
        written = self.equations[0].written
        starts = (
            (r"\delta", "δ"), ("δ", "δ"), (r"\frac", "∂L/∂"), (r"\partial", "∂L/∂"), ("∂", "∂L/∂"),
            (r"\nabla", "∇"), (r"\bar", BAR),
        )  # fmt: skip
        return next((sign for start, sign in starts if written.startswith(start)), "d")


def read_published(text: str, file: str, given: Cell) -> Published:
    """Read a published derivation.

    Args:
        text: LaTeX or plain Unicode text.
        file: what messages call it.
        given: the cell whose names it uses where it defines none.
    Raises:
        NotationError: it cannot be read.
        UsageError: it says nothing of any adjoint.
    """
    text = text.replace("\r\n", "\n")
    signs = signs_of(text, is_latex(text))
    _, lexemes, notation = tokens_of(signs.text, file)
    source = Source(text, file)  # every message shows what was written
    of_cell: list[Lexeme] = []
    of_adjoints: list[list[Lexeme]] = []
    for statement in statements_in(lexemes):
        accented = with_accents(statement, signs, notation.time)
        if accented[0].kind == "ACCENT" and accented[0].value == ADJOINT:
            of_adjoints.append(accented)
        else:
            of_cell += [*statement, Lexeme("SEPARATOR", "", statement[-1].end, statement[-1].end)]
    if not of_adjoints:
        raise UsageError(
            "S025", f"{file} has no equation for a gradient",
            help=r"write them as \delta c_t = …, dc_t = … or \frac{\partial L}{\partial c_t} = …",
        )  # fmt: skip
    beside = statements_of(source, of_cell) if of_cell else ()
    tree = tree_of(source, beside, notation) if beside else None
    is_own = tree is not None and bool(tree.definitions)
    cell = cell_of(tree, file, Path(file).stem) if tree is not None and is_own else given
    if not is_own:
        known_source, known, known_notation = tokens_of(given.to_latex(), given.name)
        beside = (*statements_of(known_source, known), *beside)
        notation = _beside(notation, known_notation)
    reader = _Reader(cell, source, notation, signs)
    for statement in of_adjoints:
        reader.read(statement, beside)
    return Published(cell, reader.system, is_own, tuple(reader.equations), reader.loss)


def _beside(notation: Notation, known: Notation) -> Notation:
    """What a file says of its signs, beside equations that say something too."""
    return replace(notation, names={**known.names, **notation.names})


class _Reader:
    """The equations for adjoints, one by one."""

    def __init__(self, cell: Cell, source: Source, notation: Notation, signs: Signs) -> None:
        self.system = derive(cell)
        self.equations: list[AdjointEquation] = []
        self.loss: dict[str, Glyph] = {}
        self._cell = cell
        self._source = source
        self._notation = notation
        self._signs = signs
        self._by_glyph = {_glyph(q.glyph): q for q in self.system.quantities}
        self._spelled = {text for q in self.system.cell.quantities for text in _in_text(q)}

    def read(self, lexemes: list[Lexeme], beside: Any) -> None:
        time = self._notation.time
        inner = gathered(self._source, lexemes, time, self._signs)
        statements = statements_of(self._source, inner.lexemes)
        for definition in definitions_of_adjoints(
            statements, beside, self._notation, self._spelled
        ):
            self.equations.append(self._equation(definition, inner))

    def _equation(self, definition: syntax.Definition, inner: Gathered) -> AdjointEquation:
        left = definition.left
        quantity = self._known(left)
        if quantity is None or quantity.role is not Role.ADJOINT:
            raise self._unknown(left)
        quantities = {left.ascii: quantity}
        self._check_times(definition)
        for name in syntax.operands(definition.right):
            if isinstance(name, syntax.Name) and name.ascii not in quantities:
                is_term = name in _terms(definition.right)
                quantities[name.ascii] = self._read_for(name, quantity, is_term)
        made = AdjointEquation(
            quantity, ZeroMatrix(*quantity.shape), definition.span, _spelled(left),
            inner.first, inner.last,
        )  # fmt: skip
        try:
            right = self._built(definition, quantities, inner)
        except NotationError as problem:
            if problem.message.code not in SHAPES:
                raise
            return replace(made, problem=problem)
        return replace(made, right=moved_in_time(self.system, right, -(left.shift or 0)))

    def _check_times(self, definition: syntax.Definition) -> None:
        now, time = definition.left.shift or 0, self._notation.time
        for name in _names(definition):
            if name.shift is not None and name.shift - now not in TIMES:
                raise NotationError(
                    "S347", f"{_spelled(name)} is too far from the step that is defined", name.span,
                    notes=(f"an equation for an adjoint at {time} reads {time}-3 to {time}+1",),
                    help="write it by the steps between, as the chain rule does",
                )  # fmt: skip

    # Names.

    def _known(self, name: syntax.Name) -> Quantity | None:
        """The quantity that a name stands for; None: it is none of the cell or its gradients."""
        plain, accent = _plain(name.ascii)
        if accent == GIVEN:
            plain = f"{adjoint_name(plain)}_out"
        elif accent == ADJOINT and plain.endswith("_out"):
            plain = outside_name(plain.removesuffix("_out"))
        elif accent == ADJOINT:
            plain = adjoint_name(plain)
        if plain in self.system.names:
            found = self.system.quantity(plain)
        else:  # the cell's own name for a pre-activation may be another: a_bar2 of ā_2
            found = self._by_glyph.get(_glyph(name.glyph, accent))
        return found if found and found.is_timed == (name.shift is not None) else None

    def _read_for(self, name: syntax.Name, adjoint: Quantity, is_term: bool) -> Quantity:
        """The quantity that an equation reads; what is unknown is what the loss gives, if it is a
        term by itself in the equation for the adjoint of a result."""
        known = self._known(name)
        if known is not None:
            return known
        outside = f"{adjoint.name}_out"
        if not is_term or name.shift != 0 or outside not in self.system.names:
            raise self._unknown(name)
        if any(other != outside and glyph == name.glyph for other, glyph in self.loss.items()):
            raise self._unknown(name)
        self.loss[outside] = name.glyph
        return self.system.quantity(outside)

    def _unknown(self, name: syntax.Name) -> NotationError:
        plain, accent = _plain(name.ascii)
        time = "with" if name.shift is not None else "without"
        close = meant(plain, list(self.system.cell.names))
        help = f"did you mean {close}?" if close else (
            "write the names of the cell, or give its equations in the file"
        )  # fmt: skip
        if plain in self.system.cell.names:
            help = f"{plain} {'has' if self.system.quantity(plain).is_timed else 'has no'} time"
        what = "the gradient of " if accent == ADJOINT else ""
        return NotationError(
            "S344", f"{_spelled(name)} is {what}no quantity of {self._cell.name}, {time} a time",
            name.span, notes=(f"its signals: {', '.join(_signals(self._cell))}",), help=help,
        )  # fmt: skip

    # Expressions.

    def _built(
        self, definition: syntax.Definition, quantities: dict[str, Quantity], inner: Gathered
    ) -> Any:
        """The right side over the quantities, whose shapes are known."""
        primed = {self._source.place(start) for start in inner.primed}
        for place in primed:
            self._check_prime(definition.right, place)
        return right_side(
            definition, quantities, lambda extents, known: _SlopeBuilder(extents, known, primed)
        )

    def _check_prime(self, right: syntax.Node, place: tuple[int, int]) -> None:
        """f′(a) is read where f is one function of the language, under whatever name."""
        here = [n for n in _nodes(right) if (n.span.line, n.span.column) == place]
        applied = [n for n in here if isinstance(n, syntax.Apply)]
        if len(applied) == 1 and not any(
            n.span == applied[0].span for n in here if n != applied[0]
        ):
            return
        raise NotationError(
            "S348", f"the derivative in {spelled_at(here[-1].span)} is not read", here[-1].span,
            notes=(r"a prime is read behind one function, such as \sigma or a name for \tanh",),
            help="write the derivative out",
        )  # fmt: skip


class _SlopeBuilder(Builder):
    """Builds f′(a) where the text has a prime behind a function.

    Args:
        primed: the lines and columns where such a function stands.
    """

    def __init__(
        self, extents: Extents, quantities: dict[str, Quantity], primed: set[tuple[int, int]]
    ) -> None:
        super().__init__(extents, quantities)
        self._primed = primed

    def _build(self, node: syntax.Node, shape: Shape) -> Any:
        built = super()._build(node, shape)
        is_primed = isinstance(node, syntax.Apply) and (node.span.line, node.span.column) in (
            self._primed
        )
        return (
            slope(built, built)
            if is_primed and isinstance(built, ElementwiseApplyFunction)
            else built
        )


def _nodes(node: syntax.Node) -> Iterator[syntax.Node]:
    yield node
    for child in syntax.children(node):
        yield from _nodes(child)


def _terms(node: syntax.Node) -> tuple[syntax.Node, ...]:
    """What is added in a sum."""
    if not isinstance(node, syntax.Sum):
        return (node,)
    return tuple(term for sign, term in node.terms if sign > 0)


def _glyph(glyph: Glyph, accent: str = "") -> tuple[str, str, str, str]:
    """How a name looks, an adjoint as the gradient system prints it; marks in any order."""
    mark = "out" if accent == GIVEN else glyph.mark
    letters = unicodedata.normalize("NFD", glyph.unicode)
    if accent:
        letters = "d" + letters.replace(PRIVATE_ACCENTS[accent], "")
    marks = sorted(c for c in letters if unicodedata.combining(c) or c == "′")
    return "".join(c for c in letters if c not in marks), "".join(marks), glyph.label, mark


def _in_text(quantity: Quantity) -> Iterator[str]:
    """The ASCII names that a quantity has where it is written: a_bar_2 of ā_2, f_bar_prime."""
    label = quantity.glyph.label
    head, *marks = quantity.name.split("_")
    yield quantity.name
    for order in permutations(marks[:3]):
        yield "_".join((head, *order))
    if label and quantity.name.endswith(label):
        yield f"{quantity.name.removesuffix(label).rstrip('_')}_{label}"


def _plain(name: str) -> tuple[str, str]:
    """c of c_adjoint, and what the accent was."""
    parts = name.split("_")
    for accent in (ADJOINT, GIVEN):
        if accent in parts[1:]:
            parts.remove(accent)
            return "_".join(parts), accent
    return name, ""


def _names(definition: syntax.Definition) -> Iterator[syntax.Name]:
    for operand in syntax.operands(definition.right):
        if isinstance(operand, syntax.Name):
            yield operand
    yield definition.left


def _spelled(name: syntax.Name) -> str:
    return spelled_at(name.span).strip()


def _signals(cell: Cell) -> list[str]:
    return [q.in_unicode() for q in cell.quantities if q.is_timed]
