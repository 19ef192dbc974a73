"""The shape of every name and of every part of an expression, by unification on the tree.

Columns in notation: a vector is n×1, a scalar 1×1. The definitions are gone through, each by the
laws of its operations, until nothing new is learned; what is free then gets a letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import Any, cast

from sympy import Symbol

from symlstm.cell import Role
from symlstm.notation import misfits, syntax
from symlstm.notation.laws import Laws
from symlstm.notation.names import Names
from symlstm.notation.sizing import Sizing, is_parameter, parse_size
from symlstm.notation.standing import Standing
from symlstm.ordering import computing_order
from symlstm.shapes import ONE, Dimension, Extent, named, symbolic

MAXIMUM_PASSES = 10
"""Times that the definitions are gone through; two are enough unless scalars are told late."""

_LETTERS = "DHKMNPQRSUVWXYZ"
"""Names of free sizes, in the order in which they are given."""


class Extents:
    """The (rows, columns) of every name and node; None for a plain number, which fits any shape."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._sizing = Sizing(names.uses)
        self._laws = Laws(self._sizing)
        self.symbols: dict[str, Symbol] = {}
        self._expressions: dict[Any, Any] = {}

    def infer(self, tree: syntax.EquationsFile) -> None:
        """Unify everything.

        Raises:
            NotationError: two shapes contradict each other.
        """
        for declaration in tree.declarations:
            self._declare(declaration)
        definitions = _in_computing_order(tree.definitions)
        self._laws.definitions = tree.definitions
        self._go_on(definitions)
        for definition in definitions:
            self._settle_inner_products(definition.right)
        self._laws.is_settled = True
        self._go_on(definitions)
        for definition in definitions:
            self._check_transposed(definition.right)
        self._laws.is_last = True
        self._go_through(definitions)
        self._check_widths(definitions)
        self._name_what_is_free()
        self._laws.forget()
        for definition in definitions:
            self._laws.of(definition.right)

    def _go_on(self, definitions: tuple[syntax.Definition, ...]) -> None:
        """Go through the definitions until nothing new is learned."""
        for _ in range(MAXIMUM_PASSES):
            learned = self._sizing.learned
            self._go_through(definitions)
            if learned == self._sizing.learned:
                break

    def _go_through(self, definitions: tuple[syntax.Definition, ...]) -> None:
        for definition in definitions:
            self._laws.forget()
            self._laws.define(definition)

    def _check_widths(self, definitions: tuple[syntax.Definition, ...]) -> None:
        """A signal as wide as another is high is declared, or an outer product makes it so.

        A parameter that is a vector here and a matrix there does not.
        """
        of_name = self._sizing.of_name
        signals = {name for name in of_name if self._names.is_timed(name)}
        heights = set(self._sizes_of(rows for rows, _ in of_name.values()))
        declared = (of_name[name][1] for name in signals & self._sizing.declared)
        wide = heights.intersection(
            self._sizes_of(of_name[name][1] for name in signals - self._sizing.declared)
        )
        wide -= set(self._sizes_of(declared))
        if not wide:
            return
        for definition in definitions:
            wide -= self._sizes_by_outer_products(definition.right, heights)
        standing = Standing(self._laws.definitions, self._sizing)
        standing.check(n for n in of_name if wide.intersection(self._sizes_of([of_name[n][1]])))

    def _sizes_by_outer_products(self, node: syntax.Node, heights: set[str]) -> set[str]:
        """The heights of vectors k in u kᵀ."""
        sizes: set[str] = set()
        for child in syntax.children(node):
            sizes |= self._sizes_by_outer_products(child, heights)
        for factor in node.factors[1:] if isinstance(node, syntax.Product) else ():
            extent = self._laws.of(factor) if isinstance(factor, syntax.Transposed) else None
            if extent is not None and not heights.intersection(self._sizes_of([extent[0]])):
                sizes.update(self._sizes_of([extent[1]]))
        return sizes

    def _check_transposed(self, node: syntax.Node) -> None:
        """A small letter that is transposed is a vector to most readers, and a matrix to some.

        That the rest of an equation would fit a matrix does not tell: a scalar fits all.
        """
        for child in syntax.children(node):
            self._check_transposed(child)
        if not isinstance(node, syntax.Transposed) or not is_parameter(node.argument):
            return
        name = cast(syntax.Name, node.argument)
        rows, columns = self._sizing.shape(self._sizing.of_name[name.ascii])
        is_told = columns == ONE or name.ascii in self._sizing.declared
        if name.is_small and not is_told:
            raise misfits.vector_or_matrix(node, name, rows)

    def _settle_inner_products(self, node: syntax.Node) -> None:
        """The signals in q_tᵀ k_t are vectors, unless as wide as another is high."""
        for child in syntax.children(node):
            self._settle_inner_products(child)
        factors = node.factors if isinstance(node, syntax.Product) else ()
        if not any(map(self._laws.factors.is_open_signal_turned, factors[:-1])):
            return
        of_name = self._sizing.of_name
        heights = set(self._sizes_of(rows for rows, _ in of_name.values()))
        for factor in factors:
            name = factor.argument if isinstance(factor, syntax.Transposed) else factor
            if isinstance(name, syntax.Name) and name.shift is not None:
                _, columns = of_name[name.ascii]
                if not heights.intersection(self._sizes_of([columns])):
                    self._sizing.equal(columns, ONE)

    def _declare(self, declaration: syntax.Declaration) -> None:
        sizes = [parse_size(s) for s in declaration.sizes]
        extent = (sizes[0], sizes[1] if len(sizes) == 2 else ONE)
        for name in declaration.names:
            before = self._sizing.shape(self._sizing.of_name[name.ascii])
            if not self._sizing.declare(name, extent, declaration.span):
                raise misfits.declared_twice(self._sizing, name, before, extent)

    # Free sizes.

    def _name_what_is_free(self) -> None:
        """A signal of unknown width is a vector, unless as wide as another is high: k of u kᵀ.

        Every other free size gets a letter, those of inputs first, then those of states.
        """
        of_name = self._sizing.of_name
        heights = set(self._sizes_of(rows for rows, _ in of_name.values()))
        for name, (_, columns) in of_name.items():
            sizes = set(self._sizes_of([columns]))
            if self._names.is_timed(name) and sizes and not sizes & heights:
                self._sizing.equal(columns, ONE)
        taken = set(self._sizes_of(chain.from_iterable(of_name.values())))
        letters = chain(_LETTERS, (f"N{number}" for number in count(1)))
        free = (letter for letter in letters if letter not in taken)
        rank = {Role.INPUT: 0, Role.STATE: 1}
        ranked = sorted(of_name, key=lambda name: rank.get(self._names.role(name), 2))
        for dimension in (d for name in ranked for d in of_name[name]):
            for size in self._sizes_of([dimension]):
                if named(size).is_open:
                    self._sizing.equal(named(size), named(next(free)))
        for size in self._sizes_of(chain.from_iterable(of_name.values())):
            self.symbols.setdefault(size, Symbol(size, integer=True, positive=True))

    def _sizes_of(self, dimensions: Iterable[Dimension]) -> Iterator[str]:
        """The names of the sizes in dimensions."""
        return (name for d in dimensions for name, _ in self._sizing.size(d).sizes)

    # What is known.

    def shape_of(self, name: str) -> tuple[Any, Any]:
        """The shape of a name, over its named sizes."""
        return self._symbolic(self._sizing.of_name[name])

    def order_of(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The named sizes in the rows and columns of a name, as its stacks have them."""
        rows, columns = (tuple(self._sizes_of([d])) for d in self._sizing.of_name[name])
        return rows, columns

    def shape(self, node: syntax.Node) -> tuple[Any, Any] | None:
        """The shape of a node, over its named sizes; None for a plain number."""
        extent = self._laws.of(node)
        return None if extent is None else self._symbolic(extent)

    def _symbolic(self, extent: Extent) -> tuple[Any, Any]:
        rows, columns = self._sizing.shape(extent)
        return self._expression(rows), self._expression(columns)

    def _expression(self, dimension: Dimension) -> Any:
        """A size over the named sizes; a file has few different ones, and many places of each."""
        key = dimension.sizes, dimension.constant
        if key not in self._expressions:
            self._expressions[key] = symbolic(dimension, self.symbols)
        return self._expressions[key]

    def dimension(self, text: str) -> Any:
        """A size that stands in an expression, over the named sizes."""
        return symbolic(self._sizing.size(parse_size(text)), self.symbols)


def _in_computing_order(
    definitions: tuple[syntax.Definition, ...],
) -> tuple[syntax.Definition, ...]:
    """The definitions, each after those that it reads at time t where that is possible."""
    by_name = {definition.left.ascii: definition for definition in definitions}
    needs = {name: _reads_now(definition) for name, definition in by_name.items()}
    ordered, rest = computing_order(needs)
    return tuple(by_name[name] for name in (*ordered, *rest))


def _reads_now(definition: syntax.Definition) -> list[str]:
    operands = syntax.operands(definition.right)
    return [n.ascii for n in operands if isinstance(n, syntax.Name) and n.shift == 0]
