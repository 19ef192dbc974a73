"""A diagram: nodes that do something, and wires that carry quantities between them.

It is what every format is printed from, and what a drawing is read to. Nothing in it says where
anything stands on a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from symlstm.drawing.operators import Operator
from symlstm.messages import Span
from symlstm.notation import syntax


@dataclass(frozen=True)
class Constant:
    """What does not depend on time: an expression of parameters and numbers.

    Args:
        value: the expression.
        latex: the same as mathematics.
    """

    value: syntax.Node
    latex: str

    @property
    def is_single(self) -> bool:
        """Whether it needs no brackets as a factor."""
        single = syntax.Name | syntax.Number | syntax.Size | syntax.Apply | syntax.Transposed
        return isinstance(self.value, single)


@dataclass(frozen=True)
class Factor:
    """What acts on a wire: a matrix from the left, a vector or number entry by entry, a divisor."""

    constant: Constant
    kind: str
    """`product`, `elementwise` or `divisor`."""

    @property
    def latex(self) -> str:
        latex = self.constant.latex
        if isinstance(self.constant.value, syntax.Sum):
            latex = f"({latex})"
        if self.kind == "elementwise":
            return latex + r"\,\odot"
        return "/" + latex if self.kind == "divisor" else latex

    def applied(self, value: syntax.Node, span: Span) -> syntax.Node:
        mine = self.constant.value
        if self.kind == "product":
            return syntax.Product((mine, value), span)
        if self.kind == "elementwise":
            return syntax.Hadamard((mine, value), span)
        return syntax.Quotient(value, mine, span)


@dataclass(frozen=True)
class Wire:
    """What comes into a node.

    Args:
        source: the node that it comes from; "": it is a constant.
        constant: that constant.
        factors: what acts on it, the last that acts first.
        is_negative: whether it is subtracted.
        span: where it is drawn, in a file.
    """

    source: str
    constant: Constant | None = None
    factors: tuple[Factor, ...] = ()
    is_negative: bool = False
    span: Span = field(default=Span("", 0), compare=False)

    @property
    def latex(self) -> str:
        """What is written on it: the factors."""
        return r"\,".join(factor.latex for factor in self.factors)

    def value(self, carried: syntax.Node) -> syntax.Node:
        """What arrives, of what leaves its source."""
        for factor in reversed(self.factors):
            carried = factor.applied(carried, self.span)
        return carried


@dataclass(frozen=True)
class Node:
    """A place where something is done, where a quantity comes in, or where one goes out.

    Args:
        key: its name in the diagram.
        operator: what it does; None: it is a quantity that comes in or goes out.
        inputs: the wires that come in, in their order.
        names: the quantities that leave it, or the one that goes out here.
        latex: what leaves it, as mathematics.
        span: where it is drawn, in a file.
    """

    key: str
    operator: Operator | None
    inputs: tuple[Wire, ...] = ()
    names: tuple[syntax.Name, ...] = ()
    latex: str = ""
    span: Span = field(default=Span("", 0), compare=False)

    @property
    def is_source(self) -> bool:
        return not self.inputs

    @property
    def is_sink(self) -> bool:
        return self.operator is None and bool(self.inputs)

    @property
    def is_learned(self) -> bool:
        """Whether parameters act in it: a layer of its own, as a gate is."""
        return self.operator is not None and any(
            isinstance(operand, syntax.Name)
            for wire in self.inputs
            for constant in (wire.constant, *(factor.constant for factor in wire.factors))
            if constant is not None
            for operand in syntax.operands(constant.value)
        )


@dataclass(frozen=True)
class Diagram:
    """A diagram, its nodes in an order in which they can be computed."""

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        self._by_key.update({node.key: node for node in self.nodes})

    _by_key: dict[str, Node] = field(default_factory=dict[str, Node], init=False, compare=False)

    def __getitem__(self, key: str) -> Node:
        return self._by_key[key]

    def wires(self) -> Iterator[tuple[Node, Wire]]:
        """Every wire with the node that it comes into."""
        for node in self.nodes:
            for wire in node.inputs:
                yield node, wire
