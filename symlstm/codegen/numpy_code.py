"""Cell → a NumPy module with `step`, `sequence` and `gradients`.

One line an equation, each under its equation as a comment, with its shape. The backward loop
computes the adjoints of a step from what the step after it left in the carries: the share that an
adjoint gets from t+1 is computed at the end of the iteration of t+1, by the same expressions moved
by one step. Everything is printed from the equations; nothing is written per cell.
"""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from sympy import MatrixSymbol, Symbol, sympify
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm import functions
from symlstm.calculus.gradient import (
    GradientSystem,
    adjoint_name,
    derive,
    initial_name,
    moved_in_time,
)
from symlstm.calculus.nodes import SumOver
from symlstm.calculus.rules import total
from symlstm.cell import (
    B_AXIS,
    Cell,
    Equation,
    Quantity,
    Role,
    matrix_symbols,
    operands,
    sizes_in,
)
from symlstm.codegen.elementwise import NUMPY_FUNCTIONS, definitions
from symlstm.codegen.quoting import in_docstring
from symlstm.codegen.rows import RowsPrinter
from symlstm.interface import Argument, signature
from symlstm.notation.printing import UNICODE, MathPrinter
from symlstm.version import VERSION

WIDTH = 88

FLOATS = '''
def {floats}(data: list[Array], *parameters: Array) -> list[Array]:
    """The data in the floating type of all arguments, float64 if they are integers."""
    dtype = np.result_type(*data, *parameters)
    if dtype.kind in "biu":
        dtype = np.dtype(np.float64)
    return [np.asarray(array, dtype) for array in data]
'''
"""What makes one floating type of all that a function is given: integers lose nothing."""


def generate(cell: Cell) -> str:
    """The source of a NumPy module that computes the cell.

    Raises:
        UnknownNode: an equation holds a node for which there is no code.
    """
    return _Module(cell, derive(cell)).source()


class _Module:
    def __init__(self, cell: Cell, system: GradientSystem) -> None:
        self.cell = cell
        self.system = system
        self.math = MathPrinter(system, UNICODE)

    def source(self) -> str:
        parts = [self._header(), self._forward_step(), self._step(), self._sequence()]
        return "\n\n".join([*parts, self._gradients()]).rstrip() + "\n"

    # Names that the module needs beside those of the cell.

    @cached_property
    def _taken(self) -> set[str]:
        names = {"np", "Array", "step", "sequence", "gradients", *NUMPY_FUNCTIONS}
        names |= {"dict", "range", "reversed", "tuple", *keyword.kwlist}
        for q in self.system.quantities:
            names |= {q.name, q.label, q.name + "_prev"}
        return names

    def _own(self, name: str, besides: Container[str] = ()) -> str:
        """A name of the module's own, told apart from the cell's by underscores."""
        while name in self._taken or name in besides:
            name += "_"
        return name

    def _size_name(self, name: str) -> str:
        """The variable of a size, which a cell may call as the module calls something else."""
        return self._own(name, besides=(self._own("forward"), self._own("t")))

    def _size(self, dimension: Any) -> str:
        renamed = {s: Symbol(self._size_name(s.name)) for s in sizes_in(dimension)}
        return str(cast(Any, sympify(dimension)).subs(renamed))

    def _sizes_line(self, wanted: set[str], arguments: Sequence[Argument]) -> list[str]:
        """Lines that read the sizes in `wanted` off the arguments."""
        axes = [(a.name, n, d) for a in arguments for n, d in enumerate(a.symbolic_shape())]
        lines: dict[str, str] = {}
        for name in sorted(wanted, key=lambda n: ("TB".find(n) % 3, n)):
            lines |= self._size_lines(name, axes)
        return list(lines.values())

    def _size_lines(self, name: str, axes: Sequence[tuple[str, int, Any]]) -> dict[str, str]:
        """The line that reads a size off an axis, after those for the sizes that it needs.

        An axis of 2H + D has H, if D is known.
        """
        holding = [(a, n, d) for a, n, d in axes if name in {s.name for s in sizes_in(d)}]
        array, axis, dimension = min(holding, key=lambda held: len(sizes_in(held[2])))
        size = next(s for s in sizes_in(dimension) if s.name == name)
        factor = dimension.coeff(size)
        rest = dimension - factor * size
        lines = {
            other: line
            for s in sorted(sizes_in(rest), key=str)
            for other, line in self._size_lines(s.name, axes).items()
        }
        value = f"{array}.shape[{axis}]"
        if rest != 0:
            value = f"({value} - ({self._size(rest)}))"
        if factor != 1:
            value += f" // {factor}"
        return {**lines, name: f"{self._size_name(name)} = {value}"}

    # The head of the module.

    def _header(self) -> str:
        cell, name = self.cell, in_docstring(self.cell.name)
        lines = [
            f'"""{in_docstring(cell.title) or name}: `step`, `sequence` and `gradients` in NumPy.',
            "",
            f"Generated by symlstm {VERSION} from the equations of `{name}`; do not edit.",
            f"Regenerate it with: symlstm generate {name} --target numpy",
            "",
            *textwrap.wrap(
                "Arrays are rows per example. T: time steps, B: examples; the other sizes are "
                "those of the equations. Weights have the shapes of the equations, vectors one "
                "axis. `d` before a name is the gradient of the loss with respect to it.",
                WIDTH,
            ),
        ]
        if cell.source:
            source = f"Source: {in_docstring(cell.source)}."
            lines += ["", *textwrap.wrap(source, WIDTH, break_long_words=False)]
        lines += ['"""', "", "import numpy as np", "from numpy.typing import NDArray", ""]
        lines += ["Array = NDArray[np.floating]"]
        head = "\n".join(lines)
        own = [FLOATS.format(floats=self._own("floats")), *definitions(self._called())]
        return "\n\n".join([head, *(d.rstrip() for d in own)])

    def _called(self) -> set[str]:
        """The names of the elementwise functions in all equations."""
        equations = (*self.system.cell.equations, *self.system.equations)
        return {
            functions.of(node.function).name for e in equations for node in _applications(e.right)
        }

    # Forward.

    @cached_property
    def _kept(self) -> tuple[Equation, ...]:
        """The equations of a step; a pre-activation has one of its own if a gradient reads it."""
        inner = self.system.cell
        own = {q.name for q in self.cell.quantities}
        needed = {q.name for e in self.system.equations for q, _ in self.system.reads(e)}
        inlined = {
            e.left: e.right for e in inner.equations if inner.defined(e).name not in own | needed
        }
        kept = [e for e in inner.in_order if e.left not in inlined]
        return tuple(replace(e, right=_put_in(e.right, inlined)) for e in kept)

    @cached_property
    def _computed(self) -> tuple[Quantity, ...]:
        return tuple(self.system.defined(e) for e in self._kept)

    def _forward_step(self) -> str:
        arguments = signature(self.cell, "step").arguments
        printer = self._printer(self._name_in_step)
        body: list[str] = []
        for number, equation in enumerate(self._kept, 1):
            quantity = self.system.defined(equation)
            body += self._comment(f"({number})", self.math.equation(equation), ("B",), quantity)
            pieces = printer.filled(equation.right, f"{arguments[0].name}.dtype")
            body += _assign(f"{quantity.name} =", pieces, indent=4)
        doc = "Every quantity of one time step, in the order in which they are computed."
        return self._function(
            self._own("forward"), arguments, _tuple_type(len(self._computed)), [doc],
            [*self._sizes_used(printer, arguments), *body,
             f"return {_tuple(q.name for q in self._computed)}"],
        )  # fmt: skip

    def _sizes_used(self, printer: RowsPrinter, arguments: Sequence[Argument]) -> list[str]:
        """The lines for the sizes that stand in what was printed."""
        wanted = {size.name for dimension in printer.sizes for size in sizes_in(dimension)}
        return self._sizes_line(wanted, arguments)

    def _step(self) -> str:
        bound = signature(self.cell, "step")
        results = {r.name for r in bound.results}
        targets = _tuple(q.name if q.name in results else "_" for q in self._computed)
        call = _call(f"{targets} = {self._own('forward')}", [a.name for a in bound.arguments], 4)
        doc = ["One time step.", "", *self._argument_lines(bound.arguments), "",
               *self._return_lines(bound.results)]  # fmt: skip
        return self._function(
            "step", bound.arguments, _tuple_type(len(bound.results)), doc,
            [*self._one_type(bound.arguments), *call,
             f"return {_tuple(r.name for r in bound.results)}"],
        )  # fmt: skip

    def _sequence(self) -> str:
        bound = signature(self.cell, "sequence")
        results = [r.quantity for r in bound.results]
        step, t = "step", self._own("t")
        arguments = self._step_arguments(t)
        body = self._one_type(bound.arguments)
        body += self._allocations(results, bound.arguments)
        body += self._start_states()
        body += [f"for {t} in range({self._size_name('T')}):"]
        targets = _tuple(f"{q.name}[{t}]" for q in results)
        body += _indent(_call(f"{targets} = {step}", arguments))
        body += _indent(self._carry_states(t))
        doc = ["All time steps.", "", *self._argument_lines(bound.arguments), "",
               *self._return_lines(bound.results)]  # fmt: skip
        return self._function(
            "sequence", bound.arguments, _tuple_type(len(results)), doc,
            [*body, f"return {_tuple(q.name for q in results)}"],
        )  # fmt: skip

    def _one_type(self, arguments: Sequence[Argument]) -> list[str]:
        """Inputs, states and outside adjoints in the floating type of all arguments.

        What is computed from a parameter and one of them is then in this type too.
        """
        is_parameter = [a.quantity.role is Role.PARAMETER for a in arguments]
        data = [a.name for a, other in zip(arguments, is_parameter, strict=True) if not other]
        others = [a.name for a, other in zip(arguments, is_parameter, strict=True) if other]
        head = f"{_tuple(data)} = {self._own('floats')}"
        return _call(head, [f"[{', '.join(data)}]", *others], 4)

    def _step_arguments(self, t: str) -> list[str]:
        return [
            f"{a.name}[{t}]" if a.quantity.role is Role.INPUT else a.name
            for a in signature(self.cell, "step").arguments
        ]

    def _start_states(self) -> list[str]:
        return [f"{q.name}_prev = {initial_name(q.name)}" for q in self.cell.states]

    def _carry_states(self, t: str) -> list[str]:
        return [f"{q.name}_prev = {q.name}[{t}]" for q in self.cell.states]

    def _allocations(
        self, quantities: Sequence[Quantity], arguments: Sequence[Argument]
    ) -> list[str]:
        """Lines that make an array for each quantity at all steps."""
        held = [Argument(q.name, q, arguments[0].axes) for q in quantities]
        wanted = {s.name for h in held for d in h.symbolic_shape() for s in sizes_in(d)}
        lines = self._sizes_line(wanted | {"T"}, arguments)
        for h in held:
            shape = ", ".join(self._size(d) for d in h.symbolic_shape())
            lines.append(f"{h.name} = np.empty(({shape}), {arguments[0].name}.dtype)")
        return lines

    # Backward.

    def _gradients(self) -> str:
        bound = signature(self.cell, "gradients")
        t = self._own("t")
        printer = self._printer(lambda symbol: self._name_in_backward(symbol, t))
        backward = self._backward_step(t, printer)
        body = self._one_type(bound.arguments)
        body += self._allocations(self._computed, bound.arguments)
        extra = self._sizes_used(printer, bound.arguments)
        body += [line for line in extra if line not in body]
        body += self._start_states()
        body += [f"for {t} in range({self._size_name('T')}):"]
        targets = _tuple(f"{q.name}[{t}]" for q in self._computed)
        body += _indent(_call(f"{targets} = {self._own('forward')}", self._step_arguments(t)))
        body += _indent(self._carry_states(t))
        body += ["", *self._gradient_buffers(f"{bound.arguments[0].name}.dtype")]
        body += [f"for {t} in reversed(range({self._size_name('T')})):"]
        body += _indent(backward)
        body += ["return {"]
        body += [f'    "{r.name}": {self._gradient_variable(r)},' for r in bound.results]
        doc = [
            "The gradients of a loss, given its adjoints of the results at every step.", "",
            *self._argument_lines(bound.arguments), "",
            "Returns:",
            "    the gradient of every argument but the outside adjoints, by name; each has the",
            "    shape of its argument.",
        ]  # fmt: skip
        return self._function("gradients", bound.arguments, "dict[str, Array]", doc, [*body, "}"])

    def _gradient_variable(self, result: Argument) -> str:
        if result.name == adjoint_name(initial_name(result.quantity.name)):
            return self._carry(result.quantity)
        return result.name

    def _carry(self, state: Quantity) -> str:
        return self._own(adjoint_name(state.name) + "_carried")

    def _gradient_buffers(self, dtype: str) -> list[str]:
        lines = [f"{adjoint_name(q.name)} = np.empty_like({q.name})" for q in self.cell.inputs]
        for q in self.cell.parameters:
            lines.append(f"{adjoint_name(q.name)} = np.zeros_like({q.name}, {dtype})")
        for q in self.cell.states:
            lines.append(f"{self._carry(q)} = np.zeros_like({initial_name(q.name)})")
        return lines

    def _backward_step(self, t: str, printer: RowsPrinter) -> list[str]:
        lines: list[str] = []
        for state in self.cell.states:
            initial = initial_name(state.name)
            lines.append(f"{state.name}_prev = {state.name}[{t} - 1] if {t} > 0 else {initial}")
        number = len(self._kept)
        for equation in self.system.of_step():
            number += 1
            lines += self._adjoint_line(equation, number, t, printer)
        lines += self._carried_lines(printer)
        for equation in self.system.of_parameters():
            number += 1
            defined = self.system.defined(equation)
            lines += self._comment(f"({number})", self.math.equation(equation), (), defined)
            over_all = cast(SumOver, equation.right)
            over_examples = SumOver(over_all.summand, B_AXIS)
            lines += _accumulate(defined.name, printer.addends(over_examples))
        return lines

    def _adjoint_line(
        self, equation: Equation, number: int, t: str, printer: RowsPrinter
    ) -> list[str]:
        defined = self.system.defined(equation)
        adjoint = self.system.adjoints[defined.name]
        parts = list(adjoint.from_step(0))
        if adjoint.outside is not None:
            parts.insert(0, adjoint.outside)
        has_carry = bool(adjoint.from_step(1))
        pieces: list[str] = []
        if parts and has_carry:
            pieces = printer.addends(total(*parts))
        elif parts:
            pieces = printer.filled(total(*parts), f"{adjoint.of.name}.dtype")
        if has_carry:
            carry = self._carry(adjoint.of)
            pieces.append(f"+ {carry}" if pieces else carry)
        lines = self._comment(f"({number})", self.math.equation(equation), ("B",), defined)
        target = f"{defined.name}[{t}]" if adjoint.of.role is Role.INPUT else defined.label
        return lines + _assign(f"{target} =", pieces or [f"np.zeros_like({adjoint.of.name}[{t}])"])

    def _carried_lines(self, printer: RowsPrinter) -> list[str]:
        """What each adjoint of t−1 gets from this step; after the last, the initial states'."""
        lines: list[str] = []
        for state in self.cell.states:
            adjoint = self.system.adjoints[adjoint_name(state.name)]
            here = total(*(moved_in_time(self.system, e, -1) for e in adjoint.from_step(1)))
            before = state.glyph.in_unicode("t-1")
            lines += _wrapped_comment(f"from this step to d{before}: {self.math.text(here)}")
            lines += _assign(f"{self._carry(state)} =", printer.addends(here))
        return lines

    # Names of symbols in code.

    def _printer(self, variable: Callable[[MatrixSymbol], str]) -> RowsPrinter:
        return RowsPrinter(self.system, variable, self._size)

    def _name_in_step(self, symbol: MatrixSymbol) -> str:
        quantity, shift = self.system.locate(symbol)
        return quantity.name + "_prev" if shift else quantity.name

    def _name_in_backward(self, symbol: MatrixSymbol, t: str) -> str:
        quantity, shift = self.system.locate(symbol)
        match quantity.role:
            case Role.PARAMETER:
                return quantity.name
            case Role.OUTSIDE:
                return f"{quantity.name.removesuffix('_out')}[{t}]"
            case Role.ADJOINT:
                return quantity.label
            case _:
                return f"{quantity.name}_prev" if shift else f"{quantity.name}[{t}]"

    # Pieces of text.

    def _comment(
        self, number: str, equation: str, axes: tuple[str, ...], quantity: Quantity
    ) -> list[str]:
        sizes = [*axes, *quantity.array_sizes]
        inside = ", ".join(sizes)
        shape = f"({inside},)" if len(sizes) == 1 else f"({inside})"
        return _wrapped_comment(f"{number} {equation}    {shape}")

    def _argument_lines(self, arguments: Sequence[Argument]) -> list[str]:
        lines = ["Args:"]
        for argument in arguments:
            what = argument.quantity.glyph.in_unicode("") if argument.axes else ""
            if argument.name == adjoint_name(argument.quantity.name):
                what = f"∂L/∂{what} as the loss gives it"
            elif argument.name.endswith("_prev"):
                what += " at t-1"
            elif argument.name == initial_name(argument.quantity.name):
                what += " before the first step"
            shape = _shape_text(argument)
            lines.append(f"    {argument.name}: {shape}{', ' + what if what else ''}.")
        return lines

    def _return_lines(self, results: Sequence[Argument]) -> list[str]:
        named = ", ".join(f"{r.name} {_shape_text(r)}" for r in results)
        return ["Returns:", f"    {named}."]

    def _function(
        self,
        name: str,
        arguments: Sequence[Argument],
        returns: str,
        doc: list[str],
        body: list[str],
    ) -> str:
        lines = ["", f"def {name}("]
        lines += [f"    {a.name}: Array," for a in arguments]
        lines += [f") -> {returns}:"]
        first, *rest = doc
        closing = '"""'
        text = [f'"""{first}{closing}'] if not rest else [f'"""{first}', *rest, closing]
        return "\n".join([*lines, *_indent(text), *_indent(body)])


def _applications(expression: Any) -> Iterable[Any]:
    if isinstance(expression, ElementwiseApplyFunction):
        yield expression
    for operand in operands(expression):
        yield from _applications(operand)


def _put_in(expression: Any, definitions: dict[Any, Any]) -> Any:
    """The expression with definitions put in, theirs too."""
    while any(symbol in definitions for symbol in matrix_symbols(expression)):
        expression = expression.xreplace(definitions)
    return expression


def _shape_text(argument: Argument) -> str:
    parts = [axis.name.upper() for axis in argument.axes] + [*argument.quantity.array_sizes]
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _tuple_type(count: int) -> str:
    return f"tuple[{', '.join(['Array'] * count)}]"


def _tuple(parts: Iterable[str]) -> str:
    """A tuple, to be returned or assigned to."""
    first, *others = parts
    return ", ".join([first, *others]) if others else f"({first},)"


def _indent(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def _wrapped_comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH - 8, initial_indent="# ", subsequent_indent="#     ", break_long_words=False
    )


def _assign(target: str, pieces: list[str], indent: int = 8) -> list[str]:
    """An assignment on one line, or in brackets, if need be with a line for each addend."""
    whole = " ".join(pieces)
    if len(f"{target} {whole}") <= WIDTH - indent:
        return [f"{target} {whole}"]
    if len(whole) <= WIDTH - indent - 4:
        return [f"{target} (", f"    {whole}", ")"]
    return [f"{target} (", *(f"    {piece}" for piece in pieces), ")"]


def _accumulate(target: str, pieces: list[str]) -> list[str]:
    """Lines that add pieces to a variable: all at once, or each in a line if they are long."""
    lines = _assign(f"{target} +=", pieces)
    if len(lines) == 1:
        return lines
    return [line for p in pieces for line in _assign(f"{target} +=", [p.removeprefix("+ ")])]


def _call(head: str, arguments: list[str], indent: int = 8) -> list[str]:
    inside = ", ".join(arguments)
    if len(f"{head}({inside})") <= WIDTH - indent:
        return [f"{head}({inside})"]
    if len(inside) <= WIDTH - indent - 4:
        return [f"{head}(", f"    {inside}", ")"]
    return [f"{head}(", *(f"    {a}," for a in arguments), ")"]
