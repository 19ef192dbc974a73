"""Tree → `Cell`: roles, shapes, SymPy expressions.

The order matters. Roles follow from where names are defined and read; dimensions are unified on the
tree; only then are SymPy matrices built, unevaluated, so that every sum keeps the order in which
it was written.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import chain, count, pairwise
from pathlib import Path
from typing import Any, cast

from sympy import (
    BlockMatrix,
    HadamardProduct,
    Integer,
    MatAdd,
    MatMul,
    MatrixExpr,
    Mul,
    OneMatrix,
    Symbol,
    Transpose,
)

from symlstm import functions
from symlstm.cell import (
    B_AXIS,
    T_AXIS,
    Cell,
    Cycle,
    Equation,
    Glyph,
    Quantity,
    Role,
    sizes_in,
    time_suffix,
)
from symlstm.messages import NotationError, Span, UsageError
from symlstm.notation import syntax
from symlstm.notation.parsing import MAXIMUM_LENGTH, parse
from symlstm.shapes import ONE, Dimension, Extent, Unifier, contradiction, describe, named, symbolic

MAXIMUM_READS = 1000
"""Places where one name is read: its adjoint is a sum of as many terms, which Python compiles."""


def builtin_names() -> tuple[str, ...]:
    """The built-in cells: the base names of the files in `symlstm/cells`."""
    folder = files("symlstm") / "cells"
    return tuple(sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".tex")))


def load_cell(name_or_path: str | Path) -> Cell:
    """A built-in cell by its name, or the cell of an equations file by its path.

    Raises:
        UsageError: there is no such cell and no such file.
        NotationError: the file cannot be read as equations.
    """
    text = str(name_or_path)
    if text in builtin_names():
        return _builtin(text)
    path = Path(text)
    if path.suffix != ".tex" and not path.is_file():
        raise _no_such_cell(text)
    return read_file(path)


@cache
def _builtin(name: str) -> Cell:
    path = files("symlstm") / "cells" / f"{name}.tex"
    text = path.read_text(encoding="utf-8")
    return read_text(text, f"symlstm/cells/{name}.tex", name)


def _no_such_cell(name: str) -> UsageError:
    close = difflib.get_close_matches(name, builtin_names(), 1)
    known = ", ".join(builtin_names())
    return UsageError(
        "S001",
        f"there is no cell and no equations file called {name}",
        notes=(f"the built-in cells are {known}",),
        help=f"did you mean {close[0]}?" if close else "give the path of an equations file (.tex)",
    )


def read_file(path: Path) -> Cell:
    """The cell of an equations file; it is called as the file is, or its folder if `equations`.

    Raises:
        UsageError: the file cannot be opened.
        NotationError: it is not UTF-8, or not equations.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAXIMUM_LENGTH + 1)
        text = raw.decode("utf-8-sig")
    except OSError as problem:
        reason = (problem.strerror or "cannot be opened").lower()
        raise UsageError("S002", f"{path}: {reason}", help="check the path") from None
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise NotationError(
            "S200", "the file is not UTF-8 text", Span(str(path), line), help="save it as UTF-8"
        ) from None
    name = path.parent.resolve().name if path.stem == "equations" else path.stem
    return read_text(text, str(path), name)


def read_text(text: str, file: str = "<text>", name: str = "cell") -> Cell:
    """The cell that a text defines.

    Args:
        text: the content of an equations file.
        file: what messages call it.
        name: what the cell is called.
    Raises:
        NotationError: the text is not in the language, a name has no definition, is defined twice
            or used in two ways, or the shapes contradict each other.
    """
    tree = parse(text.replace("\r\n", "\n"), file)
    if not tree.definitions:
        raise NotationError(
            "S220", "there is no equation in this file", Span(file, 0),
            help=r"an equation reads like h_t = \tanh(W x_t + U h_{t-1} + b)",
        )  # fmt: skip
    names = _Names.of(tree)
    extents = _Extents(names)
    extents.infer(tree)
    quantities = names.quantities(extents)
    builder = _Builder(extents, {quantity.name: quantity for quantity in quantities})
    equations = tuple(builder.equation(definition) for definition in tree.definitions)
    cell = Cell(
        equations=equations,
        quantities=quantities,
        name=name,
        title=tree.metadata.get("title", ""),
        source=tree.metadata.get("source", ""),
        dimensions=tuple(extents.symbols.values()),
    )
    _check_order(cell, tree)
    _check_arguments(cell, tree)
    return cell


def _check_order(cell: Cell, tree: syntax.EquationsFile) -> None:
    try:
        _ = cell.in_order
    except Cycle as cycle:
        spans = [
            d.span
            for d in tree.definitions
            if cell.quantity(d.left.ascii).in_unicode() in cycle.names
        ]
        raise NotationError.of(cycle.message).at(*spans) from None


def _check_arguments(cell: Cell, tree: syntax.EquationsFile) -> None:
    """Some argument carries T, and some argument carries each size."""
    if not cell.inputs:
        raise NotationError(
            "S232", "the cell has no input, so that a sequence of it has no length",
            tree.definitions[0].span,
            notes=("an input is read at time t, and no equation defines it",),
            help="read one, as in h_t = W x_t + U h_{t-1}",
        )  # fmt: skip
    arguments = (*cell.inputs, *cell.states, *cell.parameters)
    carried = {size for q in arguments for size in q.shape if size.is_Symbol}
    for definition in tree.definitions:
        name = definition.left.ascii
        for size in cell.quantity(name).shape:
            if not sizes_in(size) <= carried:
                raise NotationError(
                    "S234", f"{name}_t has the size {size}, which no argument has",
                    definition.span,
                    help="declare it with the size of an input, state or parameter, or a number",
                )  # fmt: skip


@dataclass
class _Uses:
    """All places where one name stands."""

    first: syntax.Name
    declared: list[tuple[syntax.Name, tuple[str, ...]]] = field(
        default_factory=list[tuple[syntax.Name, tuple[str, ...]]]
    )
    defined: list[syntax.Name] = field(default_factory=list[syntax.Name])
    read: list[syntax.Name] = field(default_factory=list[syntax.Name])

    @property
    def all(self) -> list[syntax.Name]:
        return [n for n, _ in self.declared] + self.defined + self.read


_FUTURE = (
    "the future",
    "move every time index back, so that the latest is t, as in h_t = W x_t + U h_{t-1}",
)
_LONG_PAST = (
    "more than one step back",
    "carry the older value in a state of its own, as in p_t = h_{t-1}",
)
"""What a step cannot read, and the remedy."""


class _Names:
    """The names of a file in the order of their declaration or first use, and their roles."""

    def __init__(self) -> None:
        self.uses: dict[str, _Uses] = {}

    @classmethod
    def of(cls, tree: syntax.EquationsFile) -> _Names:
        names = cls()
        for declaration in tree.declarations:
            for name in declaration.names:
                names._at(name).declared.append((name, declaration.sizes))
        for definition in tree.definitions:
            names._at(definition.left).defined.append(definition.left)
            for name in syntax.operands(definition.right):
                if isinstance(name, syntax.Name):
                    names._at(name).read.append(name)
        names._check()
        return names

    def _at(self, name: syntax.Name) -> _Uses:
        return self.uses.setdefault(name.ascii, _Uses(name))

    def _check(self) -> None:
        has_declarations = any(uses.declared for uses in self.uses.values())
        for name, uses in self.uses.items():
            self._check_glyph(uses)
            self._check_time(uses)
            self._check_definitions(uses)
            self._check_reads(uses)
            if not uses.defined and uses.first.shift is not None:
                self._check_input(name, uses, has_declarations)
        self._check_ascii()

    def _check_glyph(self, uses: _Uses) -> None:
        for name in uses.all:
            if (
                name.glyph.latex != uses.first.glyph.latex
                or name.glyph.label != uses.first.glyph.label
            ):
                raise NotationError(
                    "S222", f"two spellings share the ASCII name {name.ascii}",
                    name.span, uses.first.span, help="rename one of them",
                )  # fmt: skip

    def _check_time(self, uses: _Uses) -> None:
        for name in uses.all:
            if (name.shift is None) != (uses.first.shift is None):
                timed, untimed = (
                    (name, uses.first) if uses.first.shift is None else (uses.first, name)
                )
                raise NotationError(
                    "S223",
                    f"{name.ascii} stands with a time index and without one",
                    untimed.span, timed.span,
                    notes=("without a time index it is a parameter, with one a signal",),
                    help=f"write {untimed.ascii}_t, or rename one of them",
                )  # fmt: skip
            if name.shift is not None and (name.shift > 0 or name.shift < -1):
                when, remedy = _FUTURE if name.shift > 0 else _LONG_PAST
                raise NotationError("S224", f"a step cannot read {when}", name.span, help=remedy)

    def _check_definitions(self, uses: _Uses) -> None:
        for name in uses.defined:
            if name.shift is None:
                raise NotationError(
                    "S225", f"{name.ascii} is defined, but has no time index", name.span,
                    help=f"what a step computes carries its time: write {name.ascii}_t",
                )  # fmt: skip
            if name.shift != 0:
                raise NotationError(
                    "S226", "an equation defines a quantity at time t", name.span,
                    help=f"write {name.ascii}_t on the left",
                )  # fmt: skip
        if len(uses.defined) > 1:
            raise NotationError(
                "S227", f"{uses.first.ascii}_t is defined twice",
                uses.defined[1].span, uses.defined[0].span,
                help="each name is assigned once; give the second value a name of its own",
            )  # fmt: skip
        if uses.declared and not uses.defined and not uses.read:
            raise NotationError(
                "S228", f"{uses.first.ascii} is declared and never used", uses.first.span,
                help=self._suggestion(uses.first) or "delete the declaration",
            )  # fmt: skip

    def _check_reads(self, uses: _Uses) -> None:
        if len(uses.read) > MAXIMUM_READS:
            raise NotationError(
                "S233", f"{uses.first.ascii} is read more than {MAXIMUM_READS} times",
                uses.read[MAXIMUM_READS].span,
                help="a cell is a handful of equations over vectors and matrices",
            )  # fmt: skip

    def _check_input(self, name: str, uses: _Uses, has_declarations: bool) -> None:
        late = next((n for n in uses.read if n.shift != 0), None)
        if late is not None:
            raise NotationError(
                "S229", f"{name} is read at t-1, but no equation defines {name}_t", late.span,
                help=self._suggestion(late) or f"add an equation {name}_t = …",
            )  # fmt: skip
        if has_declarations and not uses.declared:
            raise NotationError(
                "S230", f"{name}_t is never defined", uses.read[0].span,
                help=self._suggestion(uses.read[0])
                or rf"if it is an input, declare it: {name}_t \in \mathbb{{R}}^{{D}}",
            )  # fmt: skip

    def _suggestion(self, name: syntax.Name) -> str:
        others = [n for n, uses in self.uses.items() if uses.defined and n != name.ascii]
        close = difflib.get_close_matches(name.ascii, others, 1, cutoff=0.5)
        return f"did you mean {close[0]}_t?" if close and len(name.ascii) > 1 else ""

    def _check_ascii(self) -> None:
        """The names at t, t−1 and t+1, of initial states and of adjoints are all different."""
        taken: dict[str, syntax.Name] = {}
        for name, uses in self.uses.items():
            variants = [name, "d" + name]
            if uses.first.shift is not None:
                variants += [name + time_suffix(shift) for shift in (-1, 1)] + [name + "_0"]
            for variant in variants:
                if variant in taken and taken[variant] is not uses.first:
                    raise NotationError(
                        "S231", f"{name} and {taken[variant].ascii} both need the name {variant}",
                        uses.first.span, taken[variant].span, help="rename one of them",
                    )  # fmt: skip
                taken[variant] = uses.first

    def role(self, name: str) -> Role:
        uses = self.uses[name]
        if uses.first.shift is None:
            return Role.PARAMETER
        if not uses.defined:
            return Role.INPUT
        is_recurrent = any(n.shift is not None and n.shift < 0 for n in uses.read)
        return Role.STATE if is_recurrent else Role.INTERMEDIATE

    def quantities(self, extents: _Extents) -> tuple[Quantity, ...]:
        return tuple(
            Quantity(
                name=name,
                glyph=Glyph(
                    uses.first.glyph.latex, uses.first.glyph.unicode, uses.first.glyph.label
                ),
                shape=extents.shape_of(name),
                axes=frozenset() if uses.first.shift is None else frozenset({T_AXIS, B_AXIS}),
                role=self.role(name),
            )
            for name, uses in self.uses.items()
        )


class _Extents:
    """The (rows, columns) of every name and node; None for a plain number, which fits any shape."""

    def __init__(self, names: _Names) -> None:
        self._names = names
        self._unifier = Unifier()
        self._of_name: dict[str, Extent] = {
            name: (self._unifier.unknown(), self._unifier.unknown()) for name in names.uses
        }
        self._sized_by: dict[str, Span] = {}
        self.symbols: dict[str, Symbol] = {}

    def infer(self, tree: syntax.EquationsFile) -> None:
        for declaration in tree.declarations:
            self._declare(declaration)
        for definition in tree.definitions:
            extent = self.of(definition.right)
            if extent is not None:
                self._same(
                    definition.left, self.of(definition.left), definition.right, extent,
                    definition.span, "the two sides of an equation have one shape",
                )  # fmt: skip
        self._name_what_is_free()

    def _declare(self, declaration: syntax.Declaration) -> None:
        sizes = [ONE if s == "1" else _declared_size(s) for s in declaration.sizes]
        extent = (sizes[0], sizes[1] if len(sizes) == 2 else ONE)
        for name in declaration.names:
            mine = self._of_name[name.ascii]
            if not all(
                self._unifier.unify(a, b, name.span) for a, b in zip(mine, extent, strict=True)
            ):
                raise contradiction(
                    f"{name.ascii} is declared with two shapes, {self._say(mine)} and "
                    f"{describe(extent)}",
                    name.span, self._sized_by.get(name.ascii), (), "delete one declaration",
                )  # fmt: skip
            self._sized_by[name.ascii] = declaration.span

    def _name_what_is_free(self) -> None:
        """A signal of unknown width is a vector; every other free size gets a letter."""
        for name, (_, columns) in self._of_name.items():
            if self._names.uses[name].first.shift is not None and self._resolve(columns).sizes:
                self._unifier.unify(columns, ONE, self._names.uses[name].first.span)
        taken = {n for e in self._of_name.values() for d in e for n, _ in self._resolve(d).sizes}
        names = chain("DHKMNPQRSUVWXYZ", (f"N{number}" for number in count(1)))
        free = (name for name in names if name not in taken)
        for extent in self._of_name.values():
            for dimension in extent:
                for name, _ in self._resolve(dimension).sizes:
                    if name.startswith("?"):
                        self._unifier.unify(named(name), named(next(free)), Span("", 0))
        for extent in self._of_name.values():
            for dimension in extent:
                for name, _ in self._resolve(dimension).sizes:
                    self.symbols.setdefault(name, Symbol(name, integer=True, positive=True))

    def _resolve(self, dimension: Dimension) -> Dimension:
        return self._unifier.resolve(dimension)

    def shape_of(self, name: str) -> tuple[Any, Any]:
        rows, columns = self._unifier.resolve_extent(self._of_name[name])
        return symbolic(rows, self.symbols), symbolic(columns, self.symbols)

    def symbolic(self, extent: Extent) -> tuple[Any, Any]:
        rows, columns = self._unifier.resolve_extent(extent)
        return symbolic(rows, self.symbols), symbolic(columns, self.symbols)

    def _say(self, extent: Extent) -> str:
        rows, columns = self._unifier.resolve_extent(extent)
        shown = ["?" if "?" in str(d) else str(d) for d in (rows, columns)]
        return "×".join(shown)

    def of(self, node: syntax.Node) -> Extent | None:
        """The extent of a node, requiring what its operation requires."""
        match node:
            case syntax.Name():
                return self._of_name[node.ascii]
            case syntax.Number():
                return None
            case syntax.Sum(terms):
                return self._alike([t for _, t in terms], node.span, "+ adds equal shapes")
            case syntax.Hadamard(factors):
                return self._alike(list(factors), node.span, "∘ multiplies equal shapes")
            case syntax.Product(factors):
                return self._product(factors)
            case syntax.Apply(_, argument, _):
                return self._argument(node, argument)
            case syntax.Stack(parts):
                return self._stack(parts)
            case syntax.Transposed(argument, _):
                extent = self._needs_extent(argument)
                return extent[1], extent[0]

    def _argument(self, node: syntax.Apply, argument: syntax.Node) -> Extent:
        extent = self.of(argument)
        if extent is None:
            raise NotationError(
                "S211", f"{node.function.unicode} of a plain number", node.span,
                help="write its value instead",
            )  # fmt: skip
        return extent

    def _needs_extent(self, node: syntax.Node) -> Extent:
        extent = self.of(node)
        if extent is None:
            raise NotationError(
                "S212", "a plain number has no shape here", node.span,
                help="name it as a parameter",
            )  # fmt: skip
        return extent

    def _alike(self, nodes: list[syntax.Node], span: Span, law: str) -> Extent | None:
        first: tuple[syntax.Node, Extent] | None = None
        for node in nodes:
            extent = self.of(node)
            if extent is None:
                continue
            if first is None:
                first = (node, extent)
            else:
                self._same(first[0], first[1], node, extent, span, law)
        return first[1] if first else None

    def _same(
        self,
        a: syntax.Node,
        a_extent: Extent | None,
        b: syntax.Node,
        b_extent: Extent,
        span: Span,
        law: str,
    ) -> None:
        assert a_extent is not None
        before = self._say(a_extent), self._say(b_extent)
        for x, y in zip(a_extent, b_extent, strict=True):
            if not self._unifier.unify(x, y, b.span):
                raise contradiction(
                    f"{_quote(a)} is {before[0]}, but {_quote(b)} is {before[1]}",
                    b.span, self._origin(a, b), (law,), self._shape_remedy(a_extent, b_extent),
                )  # fmt: skip

    def _origin(self, a: syntax.Node, b: syntax.Node) -> Span | None:
        """The place that the other size comes from: a declaration, or the other operand."""
        for node in (a, b):
            if isinstance(node, syntax.Name) and node.ascii in self._sized_by:
                span = self._sized_by[node.ascii]
                if span != b.span:
                    return span
        return a.span

    def _shape_remedy(self, a: Extent, b: Extent) -> str:
        mine, other = self._unifier.resolve_extent(a), self._unifier.resolve_extent(b)
        if mine == (other[1], other[0]):
            return r"one of them needs a transpose, ^\top"
        return "check the declarations, or multiply by a weight matrix of the right shape"

    def _product(self, factors: tuple[syntax.Node, ...]) -> Extent | None:
        sized = [(f, e) for f in factors if (e := self.of(f)) is not None]
        for (a, left), (b, right) in pairwise(sized):
            before = self._say(left), self._say(right)
            if not self._unifier.unify(left[1], right[0], b.span):
                raise contradiction(
                    f"cannot multiply {_quote(a)} ({before[0]}) and {_quote(b)} ({before[1]})",
                    b.span, self._origin(a, b),
                    ("a matrix product needs as many columns on the left as rows on the right",),
                    r"write \odot for the elementwise product"
                    if self._unifier.resolve_extent(left) == self._unifier.resolve_extent(right)
                    else "check the shapes of both, or transpose one with ^\\top",
                )  # fmt: skip
        return (sized[0][1][0], sized[-1][1][1]) if sized else None

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


def _declared_size(text: str) -> Dimension:
    return Dimension(constant=int(text)) if text.isdigit() else named(text)


def _quote(node: syntax.Node) -> str:
    span = node.span
    text = span.text[span.column - 1 : span.column - 1 + span.length]
    return re.sub(r"&|\\(left|right)(?![A-Za-z])", "", text).strip()


class _Builder:
    """Tree → SymPy, unevaluated."""

    def __init__(self, extents: _Extents, quantities: dict[str, Quantity]) -> None:
        self._extents = extents
        self._quantities = quantities

    def equation(self, definition: syntax.Definition) -> Equation:
        left = self._quantities[definition.left.ascii]
        right = self.build(definition.right, left.shape)
        return Equation(left.at(0), right, definition.span)

    def build(self, node: syntax.Node, shape: tuple[Any, Any]) -> Any:
        """The SymPy expression of a node; `shape` is what a plain number takes here."""
        if (value := syntax.constant(node)) is not None:
            node = syntax.Number(value, node.span)
        match node:
            case syntax.Name():
                return self._quantities[node.ascii].at(node.shift or 0)
            case syntax.Number(value, _):
                return _scaled(value, OneMatrix(*shape))
            case syntax.Sum(terms):
                shape = self._shape(node, shape)
                built = [_scaled(Integer(sign), self.build(term, shape)) for sign, term in terms]
                if len(built) == 1:
                    return built[0]
                return cast(MatrixExpr, MatAdd(*built, evaluate=False))
            case syntax.Hadamard(factors):
                scalar, rest = _split(factors)
                shape = self._shape(node, shape)
                matrices = [self.build(f, shape) for f in rest]
                product = matrices[0]
                if len(matrices) > 1:
                    product = cast(MatrixExpr, HadamardProduct(*matrices, evaluate=False))
                return _scaled(scalar, product)
            case syntax.Product(factors):
                scalar, rest = _split(factors)
                matrices = [self.build(f, shape) for f in rest]
                product = MatMul(*matrices, evaluate=False) if len(matrices) > 1 else matrices[0]
                return _scaled(scalar, product)
            case syntax.Apply(function, argument, _):
                inner = self.build(argument, self._shape(argument, shape))
                return functions.apply(function, inner)
            case syntax.Stack(parts):
                return BlockMatrix([[self.build(part, shape)] for part in parts])
            case syntax.Transposed(argument, _):
                return Transpose(self.build(argument, shape))

    def _shape(self, node: syntax.Node, otherwise: tuple[Any, Any]) -> tuple[Any, Any]:
        extent = self._extents.of(node)
        return otherwise if extent is None else self._extents.symbolic(extent)


def _split(factors: tuple[syntax.Node, ...]) -> tuple[Any, list[syntax.Node]]:
    """The product of the plain numbers among the factors, and the others."""
    numbers = [v for f in factors if (v := syntax.constant(f)) is not None]
    return Mul(*numbers), [f for f in factors if syntax.constant(f) is None]


def _scaled(factor: Any, matrix: Any) -> Any:
    if factor == 1:
        return matrix
    arguments = matrix.args if isinstance(matrix, MatMul) else (matrix,)
    return MatMul(factor, *arguments, evaluate=False)
