"""Composing: what the derivation of a cell says, block by block.

Everything is read off the gradient system: the paths by which a quantity influences the loss, the
laws by which an adjoint passed each operation, what is carried, what is summed. Nothing is written
for one cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from sympy import Function, Symbol, latex
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm import functions
from symlstm.calculus.batches import Rows
from symlstm.calculus.gradient import GradientSystem, derive
from symlstm.calculus.nodes import SumOver
from symlstm.calculus.rules import LAWS, total
from symlstm.cell import Cell, Equation, Quantity, Role, operands, time_suffix
from symlstm.derivation.costs import Cost, cost_of, counted, kept, memory_of
from symlstm.derivation.document import (
    Block,
    Display,
    Document,
    Formula,
    Heading,
    Line,
    Listing,
    Paragraph,
    Reference,
    Table,
    Text,
)
from symlstm.derivation.memory import MemorySection
from symlstm.derivation.proving import Proved, jacobians_proved, proved, rows_proved
from symlstm.derivation.selecting import needed
from symlstm.derivation.widths import LONGEST_LINE, addends, terms_of, width
from symlstm.messages import UnknownNode
from symlstm.notation.printing import LATEX, MathPrinter
from symlstm.notation.sizes import size_in_latex

SIDE_BY_SIDE = 3
"""Short equations that stand on one line."""

_BASIS = (
    "The proof is exact arithmetic in prime fields on random residues; exponentials rest on the "
    "assumption of Li and Wu (2026).",
)

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def compose(cell: Cell, wrt: Sequence[str] = (), in_rows: bool = False) -> Document:
    """The derivation of a cell.

    Args:
        wrt: ASCII names of quantities; only the gradients with respect to them are derived, and the
            adjoints that these need. Empty: all.
        in_rows: whether the examples of a batch are rows below one another, as in code, and not one
            of them a column, as in papers.
    Raises:
        UsageError: a quantity of one example is a matrix, so that it is no row.
    """
    system = derive(cell)
    return _Composer(cell, system, needed(system, wrt), in_rows).document()


def compose_jacobians(cell: Cell) -> Document:
    """The step Jacobians of a cell in closed form, and how far a gradient reaches by them."""
    return _Composer(cell, derive(cell), None).document_of_jacobians()


class _Composer:
    def __init__(
        self, cell: Cell, system: GradientSystem, needed: frozenset[str] | None,
        in_rows: bool = False,
    ) -> None:  # fmt: skip
        self._rows = Rows(system) if in_rows else None
        self._cell = cell
        self._system = system
        self._needed = needed
        self._printer = MathPrinter(system, LATEX)
        self._numbers: dict[str, int] = {}
        self._jacobians: MemorySection | None = None

    def document(self) -> Document:
        title = f"{self._cell.title or self._cell.name}: the equations and their gradients"
        blocks = [
            *self._source(), *self._notation(), *self._forward(), *self._laws(),
            *self._backward(), *self._start(), *self._parameters(), *self._algorithm(),
            *self._cost(), *self._proof(),
        ]  # fmt: skip
        options = () if self._rows is None else ("--layout rows",)
        return Document(title, self._cell.name, tuple(blocks), options, self._symbols())

    def document_of_jacobians(self) -> Document:
        title = f"{self._cell.title or self._cell.name}: the Jacobians of a step"
        blocks = [*self._source(), *self._table(), *self._forward(), *self._memory()]
        blocks += [Heading("What is proved"), *self._proof_of_jacobians()]
        return Document(title, self._cell.name, tuple(blocks), ("--jacobians",), self._symbols())

    def _symbols(self) -> dict[str, str]:
        return {
            quantity.in_latex(shift): quantity.name
            + (time_suffix(shift) if quantity.is_timed else "")
            for quantity in self._system.quantities
            for shift in ((-1, 0, 1) if quantity.is_timed else (0,))
        }

    # What is given.

    def _source(self) -> Iterator[Block]:
        if self._cell.source:
            yield Paragraph((f"Source: {self._cell.source}.",))

    def _notation(self) -> Iterator[Block]:
        yield Heading("Notation")
        layout: Text = ("Vectors are columns; ",)
        if self._rows is not None:
            signals = _listed([(Formula(q.in_latex()),) for q in self._cell.inputs])
            layout = (
                "The ", Formula("B"), " examples of a batch stand below one another, each a row "
                "of ", *signals, " and of all that is computed from it; ", Formula(r"\mathbf{1}"),
                " is the column of ", Formula("B"), " ones; ",
            )  # fmt: skip
        yield Paragraph((
            *layout, Formula(r"\odot"), " is the elementwise product. ",
            Formula(r"\mathrm{d}v = \partial L / \partial v"), " is the adjoint of ", Formula("v"),
            ": the gradient of the loss ", Formula("L"), " with respect to ", Formula("v"),
            ", of the shape of ", Formula("v"), ". A bar marks what enters a nonlinearity, ",
            Formula(r"\mathrm{out}"), " what the loss itself gives to an adjoint.",
        ))  # fmt: skip
        yield from self._table()

    def _table(self) -> Iterator[Block]:
        """The quantities and their shapes."""
        rows: list[tuple[Text, ...]] = []
        for role in (Role.INPUT, Role.STATE, Role.INTERMEDIATE, Role.PARAMETER):
            members = [q for q in self._cell.quantities if q.role is role]
            for shape, some in _by_shape(members, self._rows is not None):
                names = _listed([(Formula(q.in_latex()),) for q in some], last=", ")
                rows.append(((str(role),), names, (Formula(shape),)))
        yield Table(("role", "quantities", "shape"), tuple(rows))

    def _forward(self) -> Iterator[Block]:
        yield Heading("Forward pass")
        yield Paragraph(("For ", Formula(r"t = 1, \dots, T"), ":"))
        yield self._display(self._cell.equations)
        inner = [
            e for e in self._system.cell.equations
            if self._system.defined(e) not in self._cell.quantities
        ]  # fmt: skip
        if inner:
            yield Paragraph(("What enters a nonlinearity has a name of its own:",))
            yield self._display(inner)

    def _laws(self) -> Iterator[Block]:
        """The laws that occur, and the local derivatives in the form in which they are used."""
        used = {law for a in self._system.adjoints.values() for c in a.contributions
                for law in c.laws}  # fmt: skip
        laws = [law for law in LAWS.values() if law in used]
        if not laws:
            return
        yield Heading("The laws of the backward pass")
        yield Paragraph((
            "An adjoint passes backwards through one operation at a time. What several equations "
            "read gets the sum of what comes through each of them.",
        ))  # fmt: skip
        written = [
            (law.name, *((law.given, law.adjoints) if self._rows is None or law.in_rows is None
                         else law.in_rows))
            for law in laws
        ]  # fmt: skip
        rows = [((name,), (Formula(given),), (Formula(then),)) for name, given, then in written]
        yield Table(("operation", "forward", "backward"), tuple(rows))
        found = [
            functions.of(node.function)
            for equation in self._system.cell.equations
            for node in _applications(equation.right)
        ]
        slopes = [_derivative(record) for record in dict.fromkeys(found)]
        if slopes:
            yield Paragraph(("The derivatives of the nonlinearities:",))
            yield Display(tuple(Line(((left, (right,)),)) for left, right in slopes))

    # What is derived.

    def _backward(self) -> Iterator[Block]:
        equations = self._shown(self._system.of_step())
        if not equations:
            return
        yield Heading("Backward pass")
        yield Paragraph((
            "For ", Formula(r"t = T, \dots, 1"), ". What carries the index ", Formula("t+1"),
            " comes from the step computed before, and is zero at ", Formula("t = T"), ".",
        ))  # fmt: skip
        for group in self._groups(equations):
            yield Paragraph((*self._paths(group[0]), *self._through(group[1:])))
            yield self._display(group)

    def _groups(self, equations: Sequence[Equation]) -> list[list[Equation]]:
        """Each adjoint, with that of its pre-activation where this follows from it alone."""
        groups: list[list[Equation]] = []
        for equation in equations:
            of = self._system.adjoints[self._system.defined(equation).name]
            readers = [c.reader for c in of.contributions]
            last = self._system.defined(groups[-1][-1]).name.removeprefix("d") if groups else ""
            if readers == [last] and of.of not in self._cell.quantities:
                groups[-1].append(equation)
            else:
                groups.append([equation])
        return groups

    def _paths(self, equation: Equation) -> Text:
        """Who reads a quantity, in words: its paths of influence on the loss."""
        adjoint = self._system.adjoints[self._system.defined(equation).name]
        name = Formula(adjoint.of.in_latex())
        here, later = (
            list(dict.fromkeys(c.reader for c in adjoint.contributions if c.delay == delay))
            for delay in (0, 1)
        )
        parts: list[Text] = []
        if adjoint.outside is not None:
            parts.append(("by the loss itself",))
        if here:
            parts.append(("by ", *_listed([self._reference(reader, 0) for reader in here])))
        if later:
            readers = _listed([self._reference(reader, 1) for reader in later])
            parts.append(("at the next step by ", *readers))
        count = len(here) + len(later) + (adjoint.outside is not None)
        if not count:
            return (name, " is read by nothing.")
        is_short = count == 1 and not adjoint.outside
        ending = (" alone.",) if is_short else (f": {_number(count)} path{'s' * (count > 1)}.",)
        return (name, " is read ", *_joined(parts), *ending)

    def _through(self, equations: Sequence[Equation]) -> Text:
        """The pre-activations that are read by the quantity before them alone."""
        words: list[str | Formula | Reference] = []
        for equation in equations:
            adjoint = self._system.adjoints[self._system.defined(equation).name]
            reader = self._reference(adjoint.contributions[0].reader, 0)
            words += [" ", Formula(adjoint.of.in_latex()), " is read by ", *reader, " alone."]
        return tuple(words)

    def _reference(self, name: str, shift: int) -> Text:
        quantity = self._system.quantity(name)
        return (Formula(quantity.in_latex(shift)), " ", Reference(self._numbers[name]))

    def _start(self) -> Iterator[Block]:
        equations = self._shown(self._system.of_start())
        if equations:
            yield Heading("Initial states")
            yield Paragraph(("Before the first step there is only what is carried back:",))
            yield self._display(equations)

    def _parameters(self) -> Iterator[Block]:
        equations = self._shown(self._system.of_parameters())
        if equations:
            yield Heading("Parameters")
            yield Paragraph((
                "A parameter is used at every step ", Formula("t"), " and for every example ",
                Formula(r"b = 1, \dots, B"), ". The adjoint of this broadcasting is the sum over "
                "both", *self._over_examples(), ".",
            ))  # fmt: skip
            yield self._display(equations, side_by_side=SIDE_BY_SIDE)

    def _over_examples(self) -> Text:
        if self._rows is None:
            return ()
        return (", and that over the examples is a product with a transpose, or with ",
                Formula(r"\mathbf{1}"))  # fmt: skip

    def _shown(self, equations: Iterable[Equation]) -> list[Equation]:
        return [
            e for e in equations
            if self._needed is None or self._system.defined(e).name in self._needed
        ]  # fmt: skip

    # What follows.

    def _memory(self) -> Iterator[Block]:
        section = self._jacobians = MemorySection(self._cell, self._numbered)
        blocks = list(section.blocks())
        yield from blocks
        if not blocks:
            yield Heading("Step Jacobians")
            yield Paragraph(("No state of this cell is a column: its Jacobians are no matrices.",))

    def _numbered(self, name: str) -> int:
        """The next number, for an equation that is told of by this name."""
        self._numbers[name] = max(self._numbers.values(), default=0) + 1
        return self._numbers[name]

    def _algorithm(self) -> Iterator[Block]:
        system = self._system
        step, start, parameters = (
            self._shown(some)
            for some in (system.of_step(), system.of_start(), system.of_parameters())
        )
        if not step:
            return
        names = _listed([(Formula(q.in_latex()),) for q in kept(system)])
        lines: list[tuple[int, Text]] = [
            (0, ("for ", Formula(r"t = 1, \dots, T"), ":")),
            (1, ("compute ", *self._range(self._cell.equations), "; keep ", *names)),
            (0, ("set all that is carried from ", Formula("T+1"), ", and the gradients of the "
                 "parameters, to zero")),
            (0, ("for ", Formula(r"t = T, \dots, 1"), ":")),
            (1, ("compute ", *self._range(step), " in this order")),
        ]  # fmt: skip
        if parameters:
            lines.append((1, ("add the terms of this ", Formula("t"), " in ",
                              *self._range(parameters))))  # fmt: skip
        if start:
            lines.append((0, ("compute ", *self._range(start))))
        yield Heading("Algorithm")
        yield Listing(tuple(lines))

    def _range(self, equations: Sequence[Equation]) -> Text:
        numbers = [self._numbers[self._system.defined(e).name] for e in equations]
        first, last = min(numbers), max(numbers)
        one = (Reference(first),)
        return one if first == last else (*one, "\N{EN DASH}", Reference(last))

    def _cost(self) -> Iterator[Block]:
        system = self._system
        costs = [
            ("forward", cost_of(system.cell.equations)),
            ("adjoints", cost_of(self._shown(system.of_step()))),
            ("parameters", cost_of(self._shown(system.of_parameters()))),
        ]
        costs.append(("together", sum((cost for _, cost in costs), Cost())))
        yield Heading("Cost")
        yield Paragraph((
            "For one example and one step, as the equations stand; multiply by ", Formula("B T"),
            ". A quotient counts as a product.",
        ))  # fmt: skip
        rows = [
            ((name,), (Formula(counted(cost.products)),), (Formula(counted(cost.functions)),))
            for name, cost in costs
        ]
        yield Table(("", "multiplications", "values of functions"), tuple(rows))
        held = kept(system)
        if held:
            yield Paragraph((
                "The backward pass reads ", *_listed([(Formula(q.in_latex()),) for q in held]),
                " of every step: ", Formula(counted(memory_of(held))),
                " numbers for one example and one step.",
            ))  # fmt: skip

    def _proof(self) -> Iterator[Block]:
        yield Heading("What is proved")
        try:
            found = proved(self._cell)
        except UnknownNode as error:
            yield Paragraph((f"Nothing was proved: {error.message.text}.",))
            return
        yield Paragraph((*self._statement(found), *self._statement_of_rows()))

    def _statement_of_rows(self) -> Text:
        if self._rows is None:
            return ()
        found = rows_proved(self._cell)
        if not found.is_proved:
            return (" It could not be decided whether the rows are those of the columns for which "
                    "this was found.",)  # fmt: skip
        return (" By the same means, every row of the equations above is the column of one example "
                "for which this was proved, and so are the sums over the examples.",)  # fmt: skip

    def _proof_of_jacobians(self) -> Iterator[Block]:
        section = self._jacobians
        if section is None or not section.numbers:
            yield Paragraph(("Nothing is said, and nothing was proved.",))
            return
        try:
            found = jacobians_proved(self._cell)
        except UnknownNode as error:
            yield Paragraph((f"Nothing was proved: {error.message.text}.",))
            return
        numbers = section.numbers
        first, last = Reference(numbers[0]), Reference(numbers[-1])
        of_step: Text = (first,) if len(numbers) == 1 else (first, "\N{EN DASH}", last)
        products = _listed([(Reference(number),) for _, number in section.products])
        of_time: Text = (", and ", *products, " that of three steps,") if products else (",",)
        what: Text = (
            *of_step, " and the exact derivative of one step of the equations ",
            *self._range(self._cell.equations), *of_time,
        )  # fmt: skip
        yield Paragraph(self._equal(what, found))

    def _equal(self, what: Text, found: Proved) -> Text:
        """Whether two things are equal, and on what that rests."""
        sizes = self._sizes(found)
        if not found.is_proved:
            return ("It could not be decided whether there is no difference between ", *what,
                    *sizes, ". Take them with care.")  # fmt: skip
        return (
            "There is no difference between ", *what, " taken number by number with scalar rules "
            "that know nothing of matrices: for all real values,", *sizes, ". ", *_BASIS,
            *self._condition(found),
        )  # fmt: skip

    def _statement(self, found: Proved) -> Text:
        sizes = self._sizes(found)
        route = (
            "the exact derivative of the forward equations ", *self._range(self._cell.equations),
            ", taken number by number with scalar rules that know nothing of matrices",
        )  # fmt: skip
        if not found.is_proved:
            return ("It could not be decided whether these gradients equal ", *route, ",", *sizes,
                    ". Take them with care.")  # fmt: skip
        return (
            "These gradients equal ", *route, ": for all real values,", *sizes, ". ", *_BASIS,
            *self._condition(found),
        )  # fmt: skip

    def _sizes(self, found: Proved) -> Text:
        sizes: list[str | Formula | Reference] = []
        for each in found.sizes:
            text = r",\ ".join(f"{name} = {size}" for name, size in sorted(each.items()))
            sizes += [" and at " if sizes else " at ", Formula(text)]
        return tuple(sizes)

    def _condition(self, found: Proved) -> Text:
        if not found.is_conditional:
            return ()
        return (" Every denominator is taken not to be zero, and every root and logarithm to "
                "exist.",)  # fmt: skip

    # Equations.

    def _display(self, equations: Sequence[Equation], side_by_side: int = 1) -> Display:
        """Equations under the next numbers, as many side by side as fit."""
        if self._rows is not None:
            equations = [self._rows.equation(equation) for equation in equations]
        rows: list[Sequence[Equation]] = []
        for columns in range(side_by_side, 0, -1):
            rows = [equations[n : n + columns] for n in range(0, len(equations), columns)]
            widths = [max(map(self._width, equations[n::columns])) for n in range(len(rows[0]))]
            if sum(widths) < LONGEST_LINE:
                break
        return Display(tuple(self._line(row) for row in rows))

    def _line(self, equations: Sequence[Equation]) -> Line:
        number = max(self._numbers.values(), default=0) + 1
        for equation in equations:
            self._numbers[self._system.defined(equation).name] = number
        return Line(tuple(map(self._sides, equations)), number)

    def _sides(self, equation: Equation) -> tuple[str, tuple[str, ...]]:
        left, _, right = self._printer.equation(equation, align="&").partition(" &= ")
        whole: Any = equation.right
        if width(left) + width(right) > LONGEST_LINE and isinstance(whole, SumOver):
            # Σ (A + B) = Σ A + Σ B, which may be broken.
            sums = total(*(SumOver(term, *whole.axes) for term in terms_of(whole.summand)))
            right = self._printer.text(sums)
        return left, tuple(addends(right))

    def _width(self, equation: Equation) -> int:
        return width(self._printer.equation(equation)) + 4


def _listed(items: Sequence[Text], last: str = " and ") -> Text:
    """a, b and c."""
    found: list[str | Formula | Reference] = []
    for n, item in enumerate(items):
        if n:
            found.append(last if n == len(items) - 1 else ", ")
        found += item
    return tuple(found)


def _joined(parts: Sequence[Text]) -> Text:
    return _listed(parts, last=", and " if len(parts) > 1 else "")


def _number(count: int) -> str:
    return _WORDS[count] if count < len(_WORDS) else str(count)


def _by_shape(quantities: Sequence[Quantity], in_rows: bool) -> list[tuple[str, list[Quantity]]]:
    found: dict[str, list[Quantity]] = {}
    for q in quantities:
        rows, columns = (_factor(size_in_latex(size)) for size in q.sizes)
        if in_rows and q.is_batched:
            rows, columns = "B", rows
        found.setdefault(rf"{rows} \times {columns}", []).append(q)
    return list(found.items())


def _factor(size: str) -> str:
    """A size as one factor of a shape: H × (H + D)."""
    return f"({size})" if "+" in size or "-" in size else size


def _derivative(record: functions.ElementwiseFunction) -> tuple[str, str]:
    """f′ in its textbook form, or as SymPy's `diff` gives it."""
    name = record.latex
    if record.slope_by_value is None:
        z = Symbol("z", real=True)
        return f"{name}'(z)", cast(str, latex(functions.derivative_by_argument(record)(z)))
    value = Function(name)(Symbol("z"))
    slope = cast(str, latex(record.slope_by_value(value))).replace(r"{\left(z \right)}", "(z)")
    return f"{name}'(z)", slope


def _applications(expression: Any) -> Iterable[Any]:
    if isinstance(expression, ElementwiseApplyFunction):
        yield expression
    for operand in operands(expression):
        yield from _applications(operand)
