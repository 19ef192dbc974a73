"""Cell → diagram.

The equations are taken as they are printed. What depends on time becomes wires and nodes; what does
not, the parameters, is written on the wire on which it acts, or comes in as a bias. What is written
twice is drawn once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from symlstm import functions
from symlstm.cell import Cell
from symlstm.drawing import operators
from symlstm.drawing.diagram import Constant, Diagram, Factor, Node, Wire
from symlstm.drawing.operators import Operator, applying, without_place
from symlstm.messages import Span
from symlstm.notation import syntax
from symlstm.notation.parsing import parse
from symlstm.notation.summing import spelled_at

Detail = Literal["gates", "operators"]
DETAILS: tuple[Detail, ...] = ("gates", "operators")


def compose(cell: Cell, detail: Detail = "gates") -> Diagram:
    """The diagram of a cell.

    Args:
        detail: `gates`: a function and the sum that it is applied to are one node, as a gate is
            drawn; `operators`: every sum is a node.
    """
    return _Composer(cell, detail).diagram()


class _Composer:
    def __init__(self, cell: Cell, detail: Detail) -> None:
        self._cell = cell
        self._detail = detail
        self._definitions = parse(cell.to_latex(), cell.name).definitions
        self._rights = {d.left.ascii: d for d in self._definitions}
        self._nodes: dict[str, Node] = {}
        self._known: dict[syntax.Node, Wire] = {}
        self._named: dict[str, Wire] = {}

    def diagram(self) -> Diagram:
        for equation in self._cell.in_order:
            self._defined(self._cell.defined(equation).name)
        self._sinks()
        ports = [n for n in self._nodes.values() if n.is_source]
        return Diagram((*ports, *(n for n in self._nodes.values() if not n.is_source)))

    def _defined(self, name: str) -> Wire:
        """What carries a quantity that an equation defines."""
        if name not in self._named:
            definition = self._rights[name]
            wire = self._visit(definition.right)
            if not _is_plain(wire):
                wire = self._added(operators.ADD, (wire,), definition.right)
            node = self._nodes[wire.source]
            if node.is_source or node.names:
                wire = self._added(operators.PASS, (wire,), definition.right, definition.left)
            else:
                latex = _latex(definition.left.span)
                self._nodes[node.key] = Node(
                    node.key, node.operator, node.inputs, (definition.left,), latex
                )
            self._named[name] = wire
        return self._named[name]

    def _sinks(self) -> None:
        results = {q.name for q in (*self._cell.states, *self._cell.results)}
        for definition in self._definitions:
            name = definition.left.ascii
            if name in results:
                wire, left = self._named[name], definition.left
                self._nodes[f"{name}_out"] = Node(
                    f"{name}_out", None, (wire,), (left,), _latex(left.span)
                )

    # What comes into a node.

    def _visit(self, node: syntax.Node) -> Wire:
        """What carries the value of an expression."""
        if isinstance(node, syntax.Transposed) and isinstance(node.argument, syntax.Transposed):
            return self._visit(node.argument.argument)  # as a row of a matrix is read
        if _is_constant(node):
            return Wire("", _constant(node))
        key = without_place(node)
        if key not in self._known:
            self._known[key] = self._made(node)
        return self._known[key]

    def _made(self, node: syntax.Node) -> Wire:
        match node:
            case syntax.Name():
                return self._read(node)
            case syntax.Sum(terms):
                return self._sum(node, terms)
            case syntax.Hadamard(parts):
                return self._product(node, parts, operators.MULTIPLY, "elementwise")
            case syntax.Product(parts):
                is_elementwise = node.is_elementwise_between_vectors
                return self._product(
                    node, parts, operators.MULTIPLY if is_elementwise else operators.PRODUCT,
                    "product",
                )  # fmt: skip
            case syntax.Quotient(top, bottom):
                if _is_constant(bottom):
                    return self._through(Factor(_constant(bottom), "divisor"), self._visit(top))
                return self._added(operators.DIVIDE, self._all((top, bottom)), node)
            case syntax.Apply(function, argument):
                return self._applied(applying(function), argument, node)
            case syntax.Stack(parts):
                return self._added(operators.STACK, self._all(parts), node)
            case _:
                return self._added(_of_one(node), self._all(syntax.children(node)), node)

    def _read(self, name: syntax.Name) -> Wire:
        if name.shift == 0 and name.ascii in self._rights:
            return self._defined(name.ascii)
        key = f"{name.ascii}_in" if name.shift == 0 else f"{name.ascii}_in{-(name.shift or 0)}"
        self._nodes.setdefault(key, Node(key, None, (), (name,), _latex(name.span)))
        return Wire(key)

    def _sum(self, node: syntax.Sum, terms: Sequence[tuple[int, syntax.Node]]) -> Wire:
        larger = _larger_of(node)
        if larger is not None:
            return self._added(operators.LARGER, self._all(larger), node)
        if len(terms) == 2 and terms[0][0] == 1 and terms[1][0] == -1 and _is_one(terms[0][1]):
            return self._added(operators.FROM_ONE, self._all((terms[1][1],)), node)
        return self._added(operators.ADD, self._terms(terms), node)

    def _terms(self, terms: Sequence[tuple[int, syntax.Node]]) -> tuple[Wire, ...]:
        return tuple(
            _negated(self._visit(term)) if sign == -1 else self._visit(term)
            for sign, term in terms
        )  # fmt: skip

    def _product(
        self, node: syntax.Node, parts: Sequence[syntax.Node], operator: Operator, kind: str
    ) -> Wire:
        """Parameters in front act on the wire; what depends on time meets in a node."""
        timed = [part for part in parts if not _is_constant(part)]
        is_free = kind == "elementwise" or (len(timed) == 1 and parts[-1] is timed[0])
        if not is_free:
            leading = next(k for k, part in enumerate(parts) if not _is_constant(part))
            if any(_is_constant(part) for part in parts[leading:]):
                return self._added(operator, self._all(parts), node)
        if len(timed) == 1:
            wire = self._visit(timed[0])
        else:
            if len(timed) == 2 and operator is operators.PRODUCT and self._has_scalar(timed):
                operator = operators.SCALE
            wire = self._added(operator, self._all(timed), node)
        for part in reversed([part for part in parts if _is_constant(part)]):
            wire = self._through(Factor(_constant(part), kind), wire)
        return wire

    def _has_scalar(self, parts: Sequence[syntax.Node]) -> bool:
        names = (part.ascii for part in parts if isinstance(part, syntax.Name))
        return any(self._cell.quantity(name).shape == (1, 1) for name in names)

    def _applied(self, operator: Operator, argument: syntax.Node, node: syntax.Node) -> Wire:
        """A function; its node takes in the terms of a sum, if gates are asked for."""
        if (
            self._detail == "gates" and isinstance(argument, syntax.Sum)
            and _larger_of(argument) is None
        ):  # fmt: skip
            return self._added(operator, self._terms(argument.terms), node)
        return self._added(operator, self._all((argument,)), node)

    def _all(self, nodes: Sequence[syntax.Node]) -> tuple[Wire, ...]:
        return tuple(map(self._visit, nodes))

    def _through(self, factor: Factor, wire: Wire) -> Wire:
        if wire.is_negative or wire.constant:
            raise AssertionError("a factor acts on what a node gives")
        return Wire(wire.source, None, (factor, *wire.factors))

    def _added(
        self, operator: Operator, inputs: tuple[Wire, ...], node: syntax.Node,
        name: syntax.Name | None = None,
    ) -> Wire:  # fmt: skip
        key = f"n{sum(not n.is_source for n in self._nodes.values()) + 1}"
        names = (name,) if name is not None else ()
        latex = _latex(name.span if name is not None else node.span)
        self._nodes[key] = Node(key, operator, inputs, names, latex)
        return Wire(key)


def _latex(span: Span) -> str:
    """What stands at a place, as mathematics of one line, without brackets around all of it."""
    text = spelled_at(span).replace(r"\left", "").replace(r"\right", "")
    if "&" in text and r"\begin" not in text:  # what stands in a matrix, without its brackets
        text = f"[{text.replace('&', ',')}]"
    return text[1:-1] if text.startswith("(") and _closes(text) == len(text) - 1 else text


def _closes(text: str) -> int:
    """Where the bracket with which a text begins is closed."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place
    return -1


def _is_plain(wire: Wire) -> bool:
    return bool(wire.source) and not wire.factors and not wire.is_negative


def _negated(wire: Wire) -> Wire:
    return Wire(wire.source, wire.constant, wire.factors, True)


def _constant(node: syntax.Node) -> Constant:
    return Constant(node, _latex(node.span))


def _is_constant(node: syntax.Node) -> bool:
    """Whether nothing in an expression depends on time."""
    return all(
        not isinstance(operand, syntax.Name) or operand.shift is None
        for operand in syntax.operands(node)
    )


def _is_one(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Number) and str(node.value) == "1"


def _larger_of(node: syntax.Node) -> tuple[syntax.Node, syntax.Node] | None:
    """(a, b) of b + relu(a − b), which is max(a, b)."""
    if not isinstance(node, syntax.Sum) or len(node.terms) != 2:
        return None
    (first, other), (second, applied) = node.terms
    if (first, second) != (1, 1) or not isinstance(applied, syntax.Apply):
        return None
    inner = applied.argument
    if applied.function is not functions.RELU or not isinstance(inner, syntax.Sum):
        return None
    match inner.terms:
        case ((1, larger), (-1, again)) if without_place(again) == without_place(other):
            return larger, other
        case _:
            return None


def _of_one(node: syntax.Node) -> Operator:
    """What is done to one operand."""
    match node:
        case syntax.Transposed():
            return operators.TRANSPOSE
        case syntax.Diagonal():
            return operators.DIAGONAL
        case syntax.Power(_, exponent):
            return operators.power(exponent)
        case syntax.Slice(_, first, last):
            return operators.rows(first, last)
        case syntax.Total(is_mean=is_mean):
            return operators.MEAN if is_mean else operators.TOTAL
        case _:
            raise AssertionError(f"{type(node).__name__} is not printed")
