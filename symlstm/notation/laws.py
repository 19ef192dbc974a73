"""The law of shapes of every operation: what its operands must be, and what it is.

A scalar meets a vector or matrix entry by entry, so whether an operand is a scalar must be known
before shapes are made equal. An operation that cannot know it yet requires nothing; it is asked
again when more is known, and the last time what is still open is taken to be no scalar.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

from symlstm.messages import NotationError, Span
from symlstm.notation import blocks, misfits, syntax
from symlstm.notation.factors import Factors
from symlstm.notation.misfits import joined, quoted
from symlstm.notation.sizing import SCALAR, Sized, Sizing, parse_size
from symlstm.notation.standing import Standing
from symlstm.shapes import ONE, Dimension, Extent, contradiction, named


class Laws:
    """The (rows, columns) of every node; None for a plain number, which fits any shape."""

    def __init__(self, sizing: Sizing) -> None:
        self._sizing = sizing
        self.factors = Factors(sizing)
        self._open_nodes: dict[int, Extent] = {}
        self._known: dict[int, Extent | None] = {}
        self._ever: dict[int, Extent | None] = {}
        """What was last found of every node."""
        self.definitions: tuple[syntax.Definition, ...] = ()
        self._blocks: set[tuple[syntax.Name, ...]] = set()
        """Names in a column that are as high as the blocks beside them."""
        self._of_scalars: set[str] = set()
        """Defined names that are made of scalars."""
        self._of_unknown: set[str] = set()
        """Defined names that are not, as far as was known when so many sizes were found:"""
        self._unknown_at = 0
        self.is_last = False
        """Whether nothing more is learned by going on."""
        self.is_settled = False
        """Whether signals that are transposed are vectors, unless told to be matrices."""

    def forget(self) -> None:
        """Ask every operation again: more is known now."""
        self._known.clear()

    def of(self, node: syntax.Node) -> Extent | None:
        """The extent of a node, requiring what its operation requires."""
        if id(node) not in self._known:
            self._known[id(node)] = self._ever[id(node)] = self._of(node)
        return self._known[id(node)]

    def define(self, definition: syntax.Definition) -> None:
        """left = right: the two sides have one shape."""
        right = self.of(definition.right)
        if right is not None:
            left = Sized(definition.left, self._sizing.of_name[definition.left.ascii])
            law = "the two sides of an equation have one shape"
            self._same(left, Sized(definition.right, right), definition.span, law)

    def _of(self, node: syntax.Node) -> Extent | None:
        match node:
            case syntax.Name():
                return self._sizing.of_name[node.ascii]
            case syntax.Number():
                return None
            case syntax.Size():
                return SCALAR
            case syntax.Sum(terms):
                law = "+ adds equal shapes"
                return self._alike([t for _, t in terms], node.span, law, is_sum=True)
            case syntax.Hadamard(factors):
                return self._alike(factors, node.span, misfits.ELEMENTWISE_LAW)
            case syntax.Quotient():
                return self._quotient(node)
            case syntax.Product():
                return self._product(node)
            case syntax.Apply():
                return self._argument(node)
            case syntax.Power():
                return self._base(node)
            case syntax.Stack(parts):
                return self._stack(parts)
            case syntax.Transposed(argument):
                rows, columns = self._needed(argument).extent
                return columns, rows
            case syntax.Total():
                return self._total(node)
            case syntax.Diagonal(argument):
                rows = self._vector(argument, "diag takes a vector")
                return rows, rows
            case syntax.Slice():
                return self._slice(node)
            case syntax.Part():
                return self._part(node)

    def _sized(self, nodes: Iterable[syntax.Node]) -> list[Sized]:
        """The operands that are no plain numbers."""
        return [Sized(node, extent) for node in nodes if (extent := self.of(node)) is not None]

    def _needed(self, node: syntax.Node) -> Sized:
        extent = self.of(node)
        if extent is None:
            raise misfits.number_without_shape(node)
        return Sized(node, extent)

    # One argument.

    def _argument(self, node: syntax.Apply) -> Extent | None:
        """A function of a plain number is a number, if it has a value there."""
        extent = self.of(node.argument)
        number = syntax.constant(node.argument) if extent is None else None
        value = None if number is None else cast(Any, node.function.by_exp)(number)
        if value is not None and (value.is_real is False or value.is_finite is False):
            raise NotationError(
                "S211", f"{quoted(node)} is no real number", node.span,
                help="is an operand missing?",
            )  # fmt: skip
        return extent

    def _base(self, node: syntax.Power) -> Extent | None:
        """The power of a vector or scalar; that of a matrix has two readings."""
        extent = self.of(node.base)
        if extent is None:
            return None
        columns = self._sizing.size(extent[1])
        if self.is_last and columns != ONE:
            if not columns.is_unknown:
                raise misfits.power_of_a_matrix(node, self._sizing.shape(extent))
            self._vector(node.base, "a power is taken entry by entry")
        return extent

    def _total(self, node: syntax.Total) -> Extent:
        """Σ_{i=1}^{H} a_i: a has H entries, where H is a size of the file, and is no scalar.

        A letter that no declaration has is the number of entries where that is not declared, or of
        the argument of a function, whatever that is.
        """
        sized = self._needed(node.argument)
        rows, columns = sized.extent
        self._sizing.is_no_scalar(rows)
        last = self._sizing.declared_size(node.last)
        is_told = self.is_last or not self._sizing.is_open(rows)
        is_other = last is not None and is_told and not self._sizing.equal(rows, last)
        if is_other or (last is None and self._goes_elsewhere(node, rows)):
            raise misfits.sum_to_another_size(self._sizing, node, self._sizing.resolved(sized))
        if self.is_last and self._sizing.is_open(columns):
            self._vector(node.argument, "the sum of a vector")
        if self.is_last and self._sizing.is_scalar(sized.extent):
            raise misfits.total_of_a_scalar(node.argument)
        return SCALAR

    def _goes_elsewhere(self, node: syntax.Total, rows: Dimension) -> bool:
        """Whether a sum goes to a letter that is not declared, though its size is."""
        is_free = not node.last or node.is_of_function
        return self.is_last and not is_free and self._sizing.is_told(rows)

    def _vector(self, node: syntax.Node, law: str) -> Dimension:
        """The rows of what must be a vector."""
        sized = self._needed(node)
        if not self._sizing.equal(sized.extent[1], ONE):
            raise misfits.no_vector(self._sizing, self._sizing.resolved(sized), law)
        return sized.extent[0]

    # Rows of an argument.

    def _slice(self, node: syntax.Slice) -> Extent:
        """[a]_{p:q} is q − p + 1 rows, 1 ≤ p ≤ q ≤ n of the n rows of a, whatever the sizes are."""
        rows, columns = self._needed(node.argument).extent
        first, last = parse_size(node.first), parse_size(node.last)
        length = last.plus(first, -1).plus(ONE)
        if first.least < 1:
            raise misfits.row_zero(node)
        if not length.is_sum or length.least < 1:
            raise misfits.no_rows_between(node, length)
        if self.is_last:
            if self._sizing.is_open(rows):
                raise misfits.unknown_rows(node)
            rows = self._sizing.size(rows)
            if rows.plus(last, -1).least < 0:
                raise misfits.no_such_rows(self._sizing, node, rows, first, last)
        return length, columns

    def _part(self, node: syntax.Part) -> Extent:
        """One of several names on top of each other that are equal to the argument."""
        rows, columns = self._needed(node.argument).extent
        extents = [self._sizing.of_name[name.ascii] for name in node.names]
        total = Dimension()
        for name, extent in zip(node.names, extents, strict=True):
            total = total.plus(extent[0])
            if not self._sizing.equal(extent[1], columns):
                raise self._other_columns(name, extent[1], node.argument, columns)
        self._match_blocks(node, rows, extents)
        if self.is_last and node.names not in self._blocks:
            for extent in extents[1:]:
                if self._sizing.is_open(extent[0]):
                    self._sizing.equal(extent[0], extents[0][0])
        is_settled = not any(self._sizing.is_open(extent[0]) for extent in extents)
        if is_settled or self._sizing.is_open(rows) or self.is_last:
            self._split(node, rows, total, extents)
        return extents[node.index][0], columns

    def _match_blocks(self, node: syntax.Part, rows: Dimension, extents: list[Extent]) -> None:
        """Of as many blocks as names, each is as high as the name that stands beside it."""
        blocks = self._sizing.size(rows)
        are_unknown = all(named(name).is_open and times == 1 for name, times in blocks.sizes)
        if blocks.constant or not are_unknown or len(blocks.sizes) != len(extents):
            return
        heights = [self._sizing.size(height).sizes for height, _ in extents]
        if [(block,) for block in blocks.sizes] == heights:  # the names themselves told it
            return
        self._blocks.add(node.names)
        for (block, _), (height, _) in zip(blocks.sizes, extents, strict=True):
            self._sizing.equal(named(block), height)

    def _other_columns(
        self, a: syntax.Node, x: Dimension, b: syntax.Node, y: Dimension
    ) -> NotationError:
        sizes = f"{self._sizing.size(x)} and {self._sizing.size(y)}"
        return contradiction(
            f"{quoted(a)} and {quoted(b)} have {sizes} columns", a.span, b.span,
            ("they stand in one stack",),
        )  # fmt: skip

    def _split(
        self, node: syntax.Part, rows: Dimension, total: Dimension, extents: list[Extent]
    ) -> None:
        """The rows of the argument are those of all parts; H each, if they are 4H."""
        if self._sizing.equal(rows, total):
            return
        share = self._sizing.size(rows).divided(len(extents))
        if share and all(self._sizing.equal(e[0], share) for e in extents):
            return
        stacked = " + ".join(str(self._sizing.size(e[0])) for e in extents)
        raise contradiction(
            f"the right side has {self._sizing.size(rows)} rows, what stands on the left {stacked}",
            node.span, self._sizing.origin(node.argument),
            ("both sides of an equation have one shape",),
        )  # fmt: skip

    # Operations on equal shapes, scalars aside.

    def _alike(
        self, nodes: Iterable[syntax.Node], span: Span, law: str, is_sum: bool = False
    ) -> Extent | None:
        """The one shape of all operands that are no scalars."""
        sized = self._sized(nodes)
        others = [s for s in sized if not self._sizing.is_scalar(s.extent)]
        if not others:
            return sized[0].extent if sized else None
        for other in others[1:]:
            self._same(others[0], other, span, law)
        if len(others) < len(sized) and self._are_scalars(others, is_sum):
            scalar = next(s for s in sized if self._sizing.is_scalar(s.extent))
            self._same(scalar, others[0], span, law)
        return others[0].extent

    def _quotient(self, node: syntax.Quotient) -> Extent | None:
        """By a scalar or entry by entry: what a parameter of unknown shape does is not guessed."""
        law = "/ divides by a scalar, or equal shapes entry by entry"
        top = self.of(node.top)
        name = self._open_divisor(node.bottom)
        if name is None or (top is not None and self._sizing.is_scalar(top)):
            return self._alike((node.top, node.bottom), node.span, law)
        if self.is_last:
            raise misfits.divisor_of_any_shape(node, name)
        return top or self._open(node)

    def _open_divisor(self, bottom: syntax.Node) -> syntax.Name | None:
        """The parameter of unknown shape that a divisor is, or the power of which it is."""
        name = bottom.base if isinstance(bottom, syntax.Power) else bottom
        if not isinstance(name, syntax.Name) or name.shift is not None:
            return None
        rows, _ = self._sizing.of_name[name.ascii]
        return name if self._sizing.size(rows).is_unknown else None

    def _are_scalars(self, others: list[Sized], is_sum: bool) -> bool:
        """Whether operands of unknown shape beside a scalar are scalars too.

        Parameters that are added to one are; signals, and the factors of a product, once nothing
        else tells their shape.
        """
        if not self._sizing.may_be_scalar(others[0].extent):
            return False
        if self.is_last:
            return all(map(self._is_defined, others))
        return is_sum and all(other.is_parameter for other in others)

    def _is_defined(self, sized: Sized) -> bool:
        """Whether it is made of scalars and of what they define: m_t = f_t + m_{t-1}.

        An input or parameter of which nothing is known is a vector or matrix, and what reads one.
        What was found to be made of scalars stays so; what was not may be, once more is known.
        """
        if self._unknown_at != self._sizing.learned:
            self._unknown_at = self._sizing.learned
            self._of_unknown.clear()
        readers: dict[str, str] = {}
        pending: list[tuple[syntax.Node, str]] = [(sized.node, "")]
        while pending:
            node, reader = pending.pop()
            extent = self._ever.get(id(node))
            if extent is not None and self._sizing.is_scalar(extent):
                continue
            if not isinstance(node, syntax.Name):
                pending += [(child, reader) for child in syntax.children(node)]
                continue
            right = self._rights.get(node.ascii)
            if right is None or node.ascii in self._of_unknown:
                while reader:
                    self._of_unknown.add(reader)
                    reader = readers[reader]
                return False
            if node.ascii not in readers and node.ascii not in self._of_scalars:
                readers[node.ascii] = reader
                pending.append((right, node.ascii))
        self._of_scalars.update(readers)
        return True

    @cached_property
    def _rights(self) -> dict[str, syntax.Node]:
        return {definition.left.ascii: definition.right for definition in self.definitions}

    def _same(self, a: Sized, b: Sized, span: Span, law: str) -> None:
        before = self._sizing.resolved(a), self._sizing.resolved(b)
        self._check_square(*before)
        self._check_square(*reversed(before))
        if not all(self._sizing.agree(a, b, (axis, axis), span) for axis in (0, 1)):
            raise misfits.unlike(self._sizing, *before, law)

    def _check_square(self, a: Sized, b: Sized) -> None:
        """What is as wide as it is high, and a column too, is no number for that alone."""
        rows, columns = a.extent
        if rows == columns and columns.is_open and b.extent[0].is_open and b.extent[1] == ONE:
            of_name = self._sizing.of_name.items()
            square = [name for name, extent in of_name if self._sizing.size(extent[1]) == columns]
            Standing(self.definitions, self._sizing).check(square)

    # Products and stacks.

    def _product(self, node: syntax.Product) -> Extent | None:
        """Scalars stand aside; the others are multiplied as matrices."""
        sized = self._sized(node.factors)
        others = [s for s in sized if not self._sizing.is_scalar(s.extent)]
        if not others:
            return SCALAR if sized else None
        if node.is_elementwise_between_vectors and self.factors.may_be_columns(others):
            if not self.is_last:
                return self._open(node)
            return self._alike(node.factors, node.span, misfits.ELEMENTWISE_LAW)
        is_inner = any(self.factors.is_open_signal_turned(s.node) for s in others[:-1])
        if is_inner and not self.is_settled:
            return self._open(node)
        problems = (self.factors.doubt(node, a, b) for a, b in pairwise(others))
        doubt = next((problem for problem in problems if problem is not None), None)
        if doubt is not None:
            if self.is_last:
                raise doubt
            return self._open(node)
        column = next((a for a, b in pairwise(others) if self.factors.is_before_column(a, b)), None)
        if column is not None:
            if self.is_last:
                raise misfits.two_columns(node, column.node)
            return self._open(node)
        for a, b in pairwise(others):
            before = self._sizing.resolved(a), self._sizing.resolved(b)
            self._check_column(*before)
            place = joined(a.node.span, b.node.span)
            if not self._sizing.agree(a, b, (1, 0), place) and not self._meet(a.node, b.node):
                raise misfits.no_product(self._sizing, *before)
        return others[0].extent[0], others[-1].extent[1]

    def _meet(self, a: syntax.Node, b: syntax.Node) -> bool:
        """Whether [A B] and [x; y], of which not all sizes are told, are multiplied blockwise."""
        sides = blocks.widths(a, self._known), blocks.heights(b, self._known)
        return blocks.may_meet(self._sizing, *sides, now=self.is_last)

    def _check_column(self, a: Sized, b: Sized) -> None:
        """A column that stands before a vector of unknown size does not make a number of it."""
        is_undeclared = a.is_parameter and a.name not in self._sizing.declared
        if is_undeclared and a.extent[1] == ONE and b.extent[0].is_open:
            Standing(self.definitions, self._sizing).check([a.name])

    def _open(self, node: syntax.Node) -> Extent:
        """The shape of a node of which nothing is known yet."""
        return self._open_nodes.setdefault(id(node), self._sizing.unknown())

    def _stack(self, parts: tuple[syntax.Node, ...]) -> Extent:
        numbers = [part for part in parts if syntax.constant(part) is not None]
        if numbers and len(numbers) < len(parts):
            raise misfits.number_in_a_stack(numbers[0])
        first, *others = (self._needed(part) for part in parts)
        rows, columns = first.extent
        for other in others:
            is_equal = self._sizing.equal(columns, other.extent[1])
            sides = (blocks.widths(s.node, self._known) for s in (first, other))
            if not is_equal and not blocks.may_meet(self._sizing, *sides, now=self.is_last):
                raise misfits.no_stack(self._sizing.resolved(first), self._sizing.resolved(other))
            rows = rows.plus(other.extent[0])
        return rows, columns
