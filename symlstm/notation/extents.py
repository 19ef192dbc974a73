"""The shape of every name and of every part of an expression, by unification on the tree.

Columns in notation: a vector is n×1, a scalar 1×1. A scalar meets a vector or matrix entry by
entry, so whether an operand is a scalar must be known before shapes are made equal: the definitions
are gone through until nothing new is learned, and what is then still open is taken to be no scalar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count, pairwise
from typing import Any, cast

from sympy import Symbol

from symlstm.cell import Role
from symlstm.messages import NotationError, Span
from symlstm.notation import syntax
from symlstm.notation.names import Names
from symlstm.shapes import ONE, Dimension, Extent, Unifier, contradiction, describe, named, symbolic

SCALAR: Extent = (ONE, ONE)
MAXIMUM_PASSES = 10
"""Times that the definitions are gone through; two are enough unless scalars are told late."""

_SIZE = re.compile(r"(?:(\d+)\s*)?([A-Za-z][A-Za-z0-9]*)|(\d+)")


def parse_size(text: str) -> Dimension:
    """A size as it is declared: `H`, `4`, `4H`, `H+D`."""
    total = Dimension()
    for part in text.strip("()").split("+"):
        match = _SIZE.fullmatch(part.strip().strip("()"))
        if match is None:
            raise ValueError(text)
        if match[3]:
            total = total.plus(Dimension(constant=int(match[3])))
        else:
            total = total.plus(named(match[2]), int(match[1] or 1))
    return total


@dataclass(frozen=True)
class _Sized:
    """A node and its shape."""

    node: syntax.Node
    extent: Extent

    @property
    def name(self) -> str:
        return self.node.ascii if isinstance(self.node, syntax.Name) else ""


class Extents:
    """The (rows, columns) of every name and node; None for a plain number, which fits any shape."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._unifier = Unifier()
        self._of_name: dict[str, Extent] = {
            name: (self._unifier.unknown(), self._unifier.unknown()) for name in names.uses
        }
        self._sized_by: dict[tuple[str, int], Span] = {}
        self._declared: set[str] = set()
        self._is_last = False
        self._open_products: dict[int, Extent] = {}
        self._known: dict[int, Extent | None] = {}
        self.symbols: dict[str, Symbol] = {}

    def infer(self, tree: syntax.EquationsFile) -> None:
        """Unify everything.

        Raises:
            NotationError: two shapes contradict each other.
        """
        for declaration in tree.declarations:
            self._declare(declaration)
        definitions = _in_order(tree.definitions)
        for _ in range(MAXIMUM_PASSES):
            learned = self._unifier.learned
            for definition in definitions:
                self._define(definition)
            if learned == self._unifier.learned:
                break
        for definition in definitions:
            self._check_transposed(definition.right)
        self._is_last = True
        for definition in definitions:
            self._define(definition)
        self._name_what_is_free()
        self._known.clear()
        for definition in tree.definitions:
            self.of(definition.right)

    def _define(self, definition: syntax.Definition) -> None:
        self._known.clear()
        right = self.of(definition.right)
        left = self._of_name[definition.left.ascii]
        if right is not None:
            self._same(
                _Sized(definition.left, left), _Sized(definition.right, right),
                definition.span, "the two sides of an equation have one shape",
            )  # fmt: skip

    def _check_transposed(self, node: syntax.Node) -> None:
        """A small letter that is transposed is a vector to most readers, and a matrix to some."""
        for child in syntax.children(node):
            self._check_transposed(child)
        if not isinstance(node, syntax.Transposed) or not self._is_parameter(node.argument):
            return
        name = cast(syntax.Name, node.argument)
        is_small = name.glyph.latex[-1:].islower() and name.glyph.latex[0] != "\\"
        if is_small and self._is_open(self._of_name[name.ascii][1]):
            raise NotationError(
                "S295", f"{_quote(node)}: {name.ascii} may be a vector or a matrix", node.span,
                notes=("nothing tells how many columns it has",),
                help=rf"declare it: {name.glyph.in_latex()} \in \mathbb{{R}}^{{H}}, or "
                r"\mathbb{R}^{H \times K}",
            )  # fmt: skip

    def _is_open(self, dimension: Dimension) -> bool:
        return any(name.startswith("?") for name, _ in self._resolve(dimension).sizes)

    def _declare(self, declaration: syntax.Declaration) -> None:
        sizes = [parse_size(s) for s in declaration.sizes]
        extent = (sizes[0], sizes[1] if len(sizes) == 2 else ONE)
        for name in declaration.names:
            mine = self._of_name[name.ascii]
            if not all(
                self._unifier.unify(a, b, name.span) for a, b in zip(mine, extent, strict=True)
            ):
                raise contradiction(
                    f"{name.ascii} is declared with two shapes, {self._say(mine)} and "
                    f"{describe(extent)}",
                    name.span, self._sized_by.get((name.ascii, 0)), (), "delete one declaration",
                )  # fmt: skip
            self._sized_by[name.ascii, 0] = self._sized_by[name.ascii, 1] = declaration.span
            self._declared.add(name.ascii)

    def _name_what_is_free(self) -> None:
        """A signal of unknown width is a vector, unless as wide as another is high: k of u kᵀ.

        Every other free size gets a letter, those of inputs first.
        """
        heights = {n for e in self._of_name.values() for n, _ in self._resolve(e[0]).sizes}
        for name, (_, columns) in self._of_name.items():
            sizes = {size for size, _ in self._resolve(columns).sizes}
            if self._names.uses[name].first.shift is not None and sizes and not sizes & heights:
                self._unifier.unify(columns, ONE, self._names.uses[name].first.span)
        taken = {n for e in self._of_name.values() for d in e for n, _ in self._resolve(d).sizes}
        names = chain("DHKMNPQRSUVWXYZ", (f"N{number}" for number in count(1)))
        free = (name for name in names if name not in taken)
        roles = {name: self._names.role(name) for name in self._of_name}
        inputs_first = sorted(self._of_name, key=lambda name: roles[name] is not Role.INPUT)
        for extent in (self._of_name[name] for name in inputs_first):
            for dimension in extent:
                for name, _ in self._resolve(dimension).sizes:
                    if name.startswith("?"):
                        self._unifier.unify(named(name), named(next(free)), Span("", 0))
        for extent in self._of_name.values():
            for dimension in extent:
                for name, _ in self._resolve(dimension).sizes:
                    self.symbols.setdefault(name, Symbol(name, integer=True, positive=True))

    # What is known.

    def _resolve(self, dimension: Dimension) -> Dimension:
        return self._unifier.resolve(dimension)

    def shape_of(self, name: str) -> tuple[Any, Any]:
        """The shape of a name, over its named sizes."""
        return self.symbolic(self._of_name[name])

    def shape(self, node: syntax.Node) -> tuple[Any, Any] | None:
        """The shape of a node, over its named sizes; None for a plain number."""
        extent = self.of(node)
        return None if extent is None else self.symbolic(extent)

    def symbolic(self, extent: Extent) -> tuple[Any, Any]:
        rows, columns = self._unifier.resolve_extent(extent)
        return symbolic(rows, self.symbols), symbolic(columns, self.symbols)

    def dimension(self, text: str) -> Any:
        """A size that stands in an expression, over the named sizes."""
        return symbolic(self._resolve(parse_size(text)), self.symbols)

    def _say(self, extent: Extent) -> str:
        rows, columns = self._unifier.resolve_extent(extent)
        shown = ["?" if "?" in str(d) else str(d) for d in (rows, columns)]
        return "×".join(shown)

    def _is_scalar(self, extent: Extent) -> bool:
        return self._unifier.resolve_extent(extent) == SCALAR

    def _is_known(self, extent: Extent) -> bool:
        """Whether the shape has no unknown size."""
        return not any(n.startswith("?") for d in extent for n, _ in self._resolve(d).sizes)

    # The shape of a node.

    def of(self, node: syntax.Node) -> Extent | None:
        """The extent of a node, requiring what its operation requires."""
        if id(node) not in self._known:
            self._known[id(node)] = self._of(node)
        return self._known[id(node)]

    def _of(self, node: syntax.Node) -> Extent | None:
        match node:
            case syntax.Name():
                return self._of_name[node.ascii]
            case syntax.Number():
                return None
            case syntax.Sum(terms):
                return self._alike(
                    [t for _, t in terms], node.span, "+ adds equal shapes", is_sum=True
                )
            case syntax.Hadamard(factors):
                return self._alike(factors, node.span, "∘ multiplies equal shapes")
            case syntax.Quotient(top, bottom):
                law = "/ divides by a scalar, or equal shapes entry by entry"
                return self._alike((top, bottom), node.span, law)
            case syntax.Product(factors):
                if node.is_elementwise_between_vectors and self._may_be_columns(factors):
                    return self._side_by_side(node)
                if not node.is_elementwise_between_vectors and self._has_open_pair(factors):
                    return self._side_by_side(node)
                return self._product(factors)
            case syntax.Apply(_, argument):
                return self._argument(node, argument)
            case syntax.Power(argument):
                return self._base(node, argument)
            case syntax.Stack(parts):
                return self._stack(parts)
            case syntax.Transposed(argument):
                extent = self._needs_extent(argument)
                return extent[1], extent[0]
            case syntax.Total(argument):
                return self._total(argument)
            case syntax.Diagonal(argument):
                rows, columns = self._needs_extent(argument)
                self._vector(argument, columns, "diag takes a vector")
                return rows, rows
            case syntax.Slice():
                return self._slice(node)
            case syntax.Part():
                return self._part(node)

    def _argument(self, node: syntax.Apply, argument: syntax.Node) -> Extent:
        extent = self.of(argument)
        if extent is None:
            raise NotationError(
                "S211", f"{node.function.unicode} of a plain number", node.span,
                help="write its value instead",
            )  # fmt: skip
        return extent

    def _base(self, node: syntax.Power, argument: syntax.Node) -> Extent:
        """The power of a vector or scalar; that of a matrix has two readings."""
        extent = self._needs_extent(argument)
        if node.exponent == 0:
            raise NotationError(
                "S296", f"{_quote(node)}: the zeroth power is 1", node.span, help="write 1"
            )
        columns = self._resolve(extent[1])
        if columns == ONE or not self._is_last:
            return extent
        if columns.sizes and all(n.startswith("?") for n, _ in columns.sizes):
            self._vector(argument, columns, "a power is taken entry by entry")
            return extent
        raise NotationError(
            "S294", f"{_quote(node)}: the power of a matrix has two readings", node.span,
            notes=(f"{_quote(argument)} is {self._say(extent)}",
                   "it may be a product of the matrix with itself, or taken entry by entry"),
            help=r"write the product out, as in W W or W \odot W",
        )  # fmt: skip

    def _total(self, argument: syntax.Node) -> Extent:
        _, columns = self._needs_extent(argument)
        if self._is_last and self._is_open(columns):
            self._vector(argument, columns, "the sum of a vector")
        if self._is_last and self._is_scalar(self._needs_extent(argument)):
            raise NotationError(
                "S298", f"{_quote(argument)} is a scalar: there is nothing to sum", argument.span,
                help="declare what is summed with its size, as in x_t \\in \\mathbb{R}^{D}",
            )  # fmt: skip
        return SCALAR

    def _vector(self, node: syntax.Node, columns: Dimension, law: str) -> None:
        if not self._unifier.unify(columns, ONE, node.span):
            raise contradiction(
                f"{_quote(node)} is {self._say(self._needs_extent(node))}, no vector",
                node.span, self._origin(node), (law,),
            )  # fmt: skip

    def _slice(self, node: syntax.Slice) -> Extent:
        rows, columns = self._needs_extent(node.argument)
        count_ = parse_size(node.last).plus(parse_size(node.first), -1).plus(ONE)
        if self._is_last and self._is_open(rows):
            raise NotationError(
                "S299", f"nothing tells how many rows {_quote(node.argument)} has", node.span,
                help=r"declare its matrix, as in W \in \mathbb{R}^{4H \times D}",
            )  # fmt: skip
        if self._is_last:
            left = self._resolve(rows).plus(parse_size(node.last), -1)
            sizes = (*(c for _, c in left.sizes), left.constant)
            if any(size < 0 for size in sizes) or not _is_size(self._resolve(count_)):
                raise contradiction(
                    f"{_quote(node.argument)} has {self._resolve(rows)} rows, no rows "
                    f"{node.first} to {node.last}",
                    node.span, self._origin(node.argument), (),
                    "rows are counted from 1, and both ends are included",
                )  # fmt: skip
        return count_, columns

    def _part(self, node: syntax.Part) -> Extent:
        """One of several names on top of each other that are equal to the argument."""
        rows, columns = self._needs_extent(node.argument)
        extents = [self._of_name[name.ascii] for name in node.names]
        total = Dimension()
        for name, extent in zip(node.names, extents, strict=True):
            total = total.plus(extent[0])
            self._same_dimension(name, extent[1], node.argument, columns, "they stand in one stack")
        if len({str(self._resolve(e[0])) for e in extents}) > 1 and self._is_last:
            for extent in extents[1:]:
                if not self._is_known(extent):
                    self._unifier.unify(extent[0], extents[0][0], node.span)
        is_settled = all(self._is_known((e[0], ONE)) for e in extents)
        rows_are_open = any(n.startswith("?") for n, _ in self._resolve(rows).sizes)
        if is_settled or rows_are_open or self._is_last:
            self._split(node, rows, total, extents)
        return extents[node.index][0], columns

    def _split(
        self, node: syntax.Part, rows: Dimension, total: Dimension, extents: list[Extent]
    ) -> None:
        if self._unifier.unify(rows, total, node.span):
            return
        share = _divided(self._resolve(rows), len(extents))
        if share is not None and all(self._unifier.unify(e[0], share, node.span) for e in extents):
            return
        stacked = " + ".join(str(self._resolve(e[0])) for e in extents)
        raise contradiction(
            f"the right side has {self._resolve(rows)} rows, what stands on the left {stacked}",
            node.span, self._origin(node.argument), ("both sides of an equation have one shape",),
        )  # fmt: skip

    def _needs_extent(self, node: syntax.Node) -> Extent:
        extent = self.of(node)
        if extent is None:
            raise NotationError(
                "S212", "a plain number has no shape here", node.span,
                help="name it as a parameter",
            )  # fmt: skip
        return extent

    # Operations on equal shapes, scalars aside.

    def _alike(
        self, nodes: Iterable[syntax.Node], span: Span, law: str, is_sum: bool = False
    ) -> Extent | None:
        """The one shape of all operands that are no scalars."""
        sized = [_Sized(node, e) for node in nodes if (e := self.of(node)) is not None]
        others = [s for s in sized if not self._is_scalar(s.extent)]
        if not others:
            return sized[0].extent if sized else None
        for other in others[1:]:
            self._same(others[0], other, span, law)
        if len(others) < len(sized) and self._are_scalars(others, is_sum):
            scalar = next(s for s in sized if self._is_scalar(s.extent))
            self._same(scalar, others[0], span, law)
        return others[0].extent

    def _are_scalars(self, others: list[_Sized], is_sum: bool) -> bool:
        """Whether operands of unknown shape beside a scalar are scalars too.

        Parameters that are added to one are; signals, and the factors of a product, once nothing
        else tells their shape.
        """
        rows, columns = (self._resolve(d) for d in others[0].extent)
        if any(not n.startswith("?") for d in (rows, columns) for n, _ in d.sizes):
            return False
        if self._is_known(others[0].extent):
            return False
        return self._is_last or (is_sum and all(self._is_parameter(s.node) for s in others))

    def _is_parameter(self, node: syntax.Node) -> bool:
        return isinstance(node, syntax.Name) and node.shift is None

    def _same(self, a: _Sized, b: _Sized, span: Span, law: str) -> None:
        before = self._say(a.extent), self._say(b.extent)
        were_open = [self._open_axes(s.extent) for s in (a, b)]
        for x, y in zip(a.extent, b.extent, strict=True):
            if not self._unifier.unify(x, y, b.node.span):
                raise contradiction(
                    f"{_quote(a.node)} is {before[0]}, but {_quote(b.node)} is {before[1]}",
                    b.node.span, self._origin(a.node, b.node), (law,),
                    self._shape_remedy(a.extent, b.extent),
                )  # fmt: skip
        for sized, axes in zip((a, b), were_open, strict=True):
            self._settle(sized, axes, span)

    def _same_dimension(
        self, a: syntax.Node, x: Dimension, b: syntax.Node, y: Dimension, law: str
    ) -> None:
        if not self._unifier.unify(x, y, b.span):
            raise contradiction(
                f"{_quote(a)} and {_quote(b)} have {self._resolve(x)} and {self._resolve(y)} "
                "columns",
                a.span, b.span, (law,),
            )  # fmt: skip

    def _open_axes(self, extent: Extent) -> tuple[bool, bool]:
        return self._is_open(extent[0]), self._is_open(extent[1])

    def _settle(self, sized: _Sized, were_open: tuple[bool, bool], span: Span) -> None:
        """Remember the place that told a size of a name."""
        for axis, was_open in enumerate(were_open):
            if sized.name and was_open and not self._is_open(sized.extent[axis]):
                self._sized_by.setdefault((sized.name, axis), span)

    def _origin(self, *nodes: syntax.Node, axes: tuple[int, ...] = (0, 1)) -> Span | None:
        """The place that the other size comes from: a declaration, a use, or the other operand.

        Args:
            axes: for each node, the axis whose size does not fit; the first serves all others.
        """
        last = nodes[-1]
        for node, axis in zip(nodes, axes, strict=False):
            if isinstance(node, syntax.Name):
                span = self._sized_by.get((node.ascii, axis)) or self._sized_by.get(
                    (node.ascii, 1 - axis)
                )
                if span is not None and span != last.span:
                    return span
        return nodes[0].span

    def _shape_remedy(self, a: Extent, b: Extent) -> str:
        mine, other = self._unifier.resolve_extent(a), self._unifier.resolve_extent(b)
        if mine == (other[1], other[0]):
            return r"one of them needs a transpose, ^\top"
        return "check the declarations, or multiply by a weight matrix of the right shape"

    # Products and stacks.

    def _product(self, factors: tuple[syntax.Node, ...]) -> Extent | None:
        """Scalars stand aside; the others are multiplied as matrices."""
        sized = [_Sized(f, e) for f in factors if (e := self.of(f)) is not None]
        matrices = [s for s in sized if not self._is_scalar(s.extent)]
        for a, b in pairwise(matrices):
            self._multiply(a, b)
        if not matrices:
            return SCALAR if sized else None
        return matrices[0].extent[0], matrices[-1].extent[1]

    def _may_be_columns(self, factors: tuple[syntax.Node, ...]) -> bool:
        """Whether all factors that are no scalars are columns, or signals of unknown shape."""
        extents = [(f, e) for f in factors if (e := self.of(f)) is not None]
        others = [(f, self._resolve(e[1])) for f, e in extents if not self._is_scalar(e)]
        return len(others) > 1 and all(
            columns == ONE or ("?" in str(columns) and _is_signal(f)) for f, columns in others
        )

    def _has_open_pair(self, factors: tuple[syntax.Node, ...]) -> bool:
        """Whether two signals stand side by side, and nothing tells the columns of the first."""
        extents = [(f, e) for f in factors if (e := self.of(f)) is not None]
        others = [(f, self._resolve(e[1])) for f, e in extents if not self._is_scalar(e)]
        return any(
            "?" in str(columns) and _is_signal(a) and _is_signal(b)
            for (a, columns), (b, _) in pairwise(others)
        )

    def _side_by_side(self, node: syntax.Product) -> Extent | None:
        """Columns are multiplied entry by entry, once nothing more is learned of their shapes."""
        if self._is_last and not node.is_elementwise_between_vectors:
            raise NotationError(
                "S292", f"{_quote(node)} has more than one reading", node.span,
                notes=("it may be an elementwise product", "it may be a product with a scalar",
                       "it may be a product with a matrix"),
                help=r"write \odot, or % notation: juxtaposition = \odot, or declare the shapes",
            )  # fmt: skip
        if self._is_last:
            return self._alike(node.factors, node.span, "∘ multiplies equal shapes")
        if id(node) not in self._open_products:
            self._open_products[id(node)] = self._unifier.unknown(), self._unifier.unknown()
        return self._open_products[id(node)]

    def _check_columns(self, a: _Sized, b: _Sized) -> None:
        """x W: rows in some papers. Here vectors are columns, and nothing says that x is none."""
        if not _is_signal(a.node) or not self._is_open(a.extent[1]):
            return
        factor = b.node.argument if isinstance(b.node, syntax.Transposed) else b.node
        if self._is_parameter(factor):
            raise NotationError(
                "S297", f"{_quote(a.node)} {_quote(b.node)} has more than one reading",
                _joined(a.node.span, b.node.span),
                notes=(f"{a.name} may be a row, as in code, a scalar, or a matrix",
                       "vectors are columns in equations: W x"),
                help=f"write the matrix first, or declare {a.name} with its shape",
            )  # fmt: skip

    def _multiply(self, a: _Sized, b: _Sized) -> None:
        self._check_columns(a, b)
        before = self._say(a.extent), self._say(b.extent)
        were_open = [self._open_axes(s.extent) for s in (a, b)]
        if not self._unifier.unify(a.extent[1], b.extent[0], b.node.span):
            raise contradiction(
                f"cannot multiply {_quote(a.node)} ({before[0]}) and {_quote(b.node)} "
                f"({before[1]})",
                b.node.span, self._origin(a.node, b.node, axes=(1, 0)),
                ("a matrix product needs as many columns on the left as rows on the right",),
                self._product_remedy(a, b),
            )  # fmt: skip
        span = _joined(a.node.span, b.node.span)
        for sized, axes in zip((a, b), were_open, strict=True):
            self._settle(sized, axes, span)

    def _product_remedy(self, a: _Sized, b: _Sized) -> str:
        left, right = (self._unifier.resolve_extent(s.extent) for s in (a, b))
        if left == right:
            return (
                r"write \odot for the elementwise product, or say it: "
                r"% notation: juxtaposition = \odot"
            )
        if self._is_parameter(a.node) and a.name not in self._declared:
            kind = "a vector" if left[1] == ONE else f"a matrix of {left[1]} columns"
            return f"{a.name} is {kind} elsewhere; give one of the two another name"
        if left[1] == ONE and isinstance(a.node, syntax.Name) and a.name not in self._declared:
            name = a.node.glyph.in_latex("t")
            declare = rf"declare a scalar: {name} \in \mathbb{{R}}"
            is_vector = right[1] == ONE
            return (
                rf"write \odot for the elementwise product, or {declare}" if is_vector else declare
            )
        if left[0] == right[0] and left[1] != ONE:
            return rf"{_quote(a.node)}^\top fits: it is {left[1]}×{left[0]}"
        if left[1] == right[1] != ONE:
            return rf"{_quote(b.node)}^\top fits: it is {right[1]}×{right[0]}"
        return "check the shapes of both, or transpose one with ^\\top"

    def _stack(self, parts: tuple[syntax.Node, ...]) -> Extent:
        extents = [self._needs_extent(part) for part in parts]
        rows, columns = extents[0]
        for part, extent in zip(parts[1:], extents[1:], strict=True):
            if not self._unifier.unify(columns, extent[1], part.span):
                raise contradiction(
                    f"cannot stack {_quote(parts[0])} ({self._say(extents[0])}) and "
                    f"{_quote(part)} ({self._say(extent)})",
                    part.span, parts[0].span, ("what is stacked has one number of columns",),
                )  # fmt: skip
            rows = rows.plus(extent[0])
        return rows, columns


def _in_order(definitions: tuple[syntax.Definition, ...]) -> list[syntax.Definition]:
    """The definitions, each after those that it reads at time t where that is possible."""
    by_name = {d.left.ascii: d for d in definitions}
    ordered: dict[str, syntax.Definition] = {}
    entered: set[str] = set()
    stack = list(reversed(by_name))
    while stack:
        name = stack[-1]
        pending = [] if name in entered else [n for n in _reads_now(by_name[name]) if n in by_name]
        entered.add(name)
        pending = [n for n in pending if n not in entered]
        if pending:
            stack.extend(pending)
        else:
            ordered.setdefault(stack.pop(), by_name[name])
    return list(ordered.values())


def _reads_now(definition: syntax.Definition) -> list[str]:
    operands = syntax.operands(definition.right)
    return [n.ascii for n in operands if isinstance(n, syntax.Name) and n.shift == 0]


def _divided(dimension: Dimension, parts: int) -> Dimension | None:
    """One of `parts` equal parts of a size: H of 4H."""
    numbers = (*(c for _, c in dimension.sizes), dimension.constant)
    if any(n % parts for n in numbers):
        return None
    sizes = tuple((name, c // parts) for name, c in dimension.sizes)
    return Dimension(sizes, dimension.constant // parts)


def _is_size(dimension: Dimension) -> bool:
    positive = all(c > 0 for _, c in dimension.sizes)
    return positive and dimension.constant >= (0 if dimension.sizes else 1)


def _is_signal(node: syntax.Node) -> bool:
    """Whether an expression is a signal, or functions and sums of signals, and so no matrix."""
    match node:
        case syntax.Name(_, _, shift):
            return shift is not None
        case syntax.Product(factors):
            return _is_signal(factors[-1])
        case syntax.Transposed() | syntax.Diagonal() | syntax.Number():
            return False
        case _:
            return any(_is_signal(child) for child in syntax.children(node))


def _joined(a: Span, b: Span) -> Span:
    """The stretch from the one to the other, if they stand on one line."""
    if a.line != b.line or b.column < a.column:
        return a
    return Span(a.file, a.line, a.column, b.column + b.length - a.column, a.text)


def _quote(node: syntax.Node) -> str:
    span = node.span
    text = span.text[span.column - 1 : span.column - 1 + span.length]
    return re.sub(r"&|\\(left|right)(?![A-Za-z])", "", text).strip()
