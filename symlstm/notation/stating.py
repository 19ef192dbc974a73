r"""Raw statements → the file's declarations and definitions.

What is no equation of a step is put in where it is read: a number (`c = 8`), an expression of
parameters (`a = \sigma(\Lambda)`), a function (`g(x) = …`). A column of names on the left is one
packed quantity and a part of it for each name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from symlstm.messages import NotationError
from symlstm.notation import raw, syntax
from symlstm.notation.calling import Callee
from symlstm.notation.derivatives import timeless_derivative
from symlstm.notation.entries import check_entries
from symlstm.notation.knowing import (
    Knowledge,
    called,
    column,
    gather,
    label_name,
    left_name,
    packed_letter,
    packed_name,
    several_signs,
)
from symlstm.notation.localising import localise
from symlstm.notation.making import Maker
from symlstm.notation.resolving import Resolver
from symlstm.notation.spaces import read_sizes
from symlstm.notation.summing import spelled_at
from symlstm.notation.vocabulary import Notation

MAXIMUM_OPERANDS = 100
"""Names and numbers on the right of one equation; Python compiles no deeper than 200 brackets."""


def states(
    statements: tuple[raw.Statement, ...], notation: Notation
) -> tuple[tuple[syntax.Declaration, ...], tuple[syntax.Definition, ...]]:
    """The declarations and definitions of a file.

    Raises:
        NotationError: a statement has no reading, or several.
    """
    check_entries(statements, notation.time)
    knowledge = gather(statements, notation)
    localise(knowledge)
    maker = Maker()
    reader = _Reader(knowledge, maker)
    for statement in statements:
        reader.read(statement)
    reader.read_functions()
    definitions, constants = _Constants(reader.definitions, maker, notation.time).put_in()
    for definition in definitions:
        _check_length(definition)
    declarations = tuple(_without(d, constants) for d in reader.declarations)
    return tuple(d for d in declarations if d.names), definitions


def definitions_of_adjoints(
    statements: tuple[raw.Statement, ...],
    beside: tuple[raw.Statement, ...],
    notation: Notation,
    known: Iterable[str],
) -> list[syntax.Definition]:
    """The definitions of adjoints, which may read any time.

    Args:
        beside: the statements of the cell.
        known: the names of its quantities, those that have none in its equations included.
    Raises:
        NotationError: a statement has no reading, or several.
    """
    knowledge = gather((*beside, *statements), notation)
    knowledge.has_adjoints = True
    knowledge.declared.update(known)
    localise(knowledge)
    reader = _Reader(knowledge, Maker())
    for statement in statements:
        reader.read(statement)
    for definition in reader.definitions:
        _check_length(definition)
    return reader.definitions


def _without(declaration: syntax.Declaration, names: set[str]) -> syntax.Declaration:
    kept = tuple(name for name in declaration.names if name.ascii not in names)
    return syntax.Declaration(kept, declaration.sizes, declaration.span)


def _check_length(definition: syntax.Definition) -> None:
    if sum(1 for _ in syntax.operands(definition.right)) > MAXIMUM_OPERANDS:
        raise NotationError(
            "S233",
            f"an equation has at most {MAXIMUM_OPERANDS} names and numbers on its right",
            definition.span,
            help="give parts of it names of their own",
        )


class _Reader:
    """Statements one by one."""

    def __init__(self, knowledge: Knowledge, maker: Maker) -> None:
        self._knowledge = knowledge
        self._make = maker
        self._resolver = Resolver(knowledge, maker)
        self.declarations: list[syntax.Declaration] = []
        self.definitions: list[syntax.Definition] = []

    def read(self, statement: raw.Statement) -> None:
        if isinstance(statement, raw.Declaration):
            self._declare(statement)
            return
        if called(statement.left, self._knowledge.namer) is not None:
            return
        right, *others = statement.rights
        if others:
            raise several_signs(others[0].span)
        parts = column(statement.left)
        if parts:
            self._packed(statement, right, parts)
            return
        written = left_name(statement.left, self._knowledge)
        if written.shift is None and written.ascii in self._knowledge.local:
            return
        left = written.named()
        self._resolver.enter(written)
        value = self._resolver.resolve(right)
        self.definitions.append(syntax.Definition(left, value, statement.span))
        if statement.space is not None:
            sizes = read_sizes(statement.space)
            self.declarations.append(syntax.Declaration((left,), sizes, statement.space.span))

    def read_functions(self) -> None:
        """The bodies of functions that no equation calls are read for their mistakes."""
        for function in self._knowledge.functions.values():
            self._resolver.body(function)

    def _declare(self, statement: raw.Declaration) -> None:
        names = tuple(
            label_name(node, self._knowledge, "only names are declared").named()
            for node in statement.names
        )
        sizes = read_sizes(statement.space)
        self.declarations.append(syntax.Declaration(names, sizes, statement.span))

    # Packed left sides.

    def _packed(
        self, statement: raw.Definition, right: raw.Node, parts: tuple[raw.Node, ...]
    ) -> None:
        """(i; f; o; g) = u:  ū = u,  i = part of ū, …; a column of functions applies to parts."""
        written = tuple(left_name(part, self._knowledge) for part in parts)
        name = packed_name(written, self._knowledge, statement.left.span)
        self._knowledge.defined.add(name.ascii)
        functions = self._functions(right, len(parts))
        if functions and isinstance(right, raw.Product):
            signs = ("", *right.signs[2:])
            right = right.factors[1] if len(right.factors) == 2 else raw.Product(
                right.factors[1:], signs, right.span
            )  # fmt: skip
        self._resolver.enter(packed_letter(written))
        value = self._resolver.resolve(right)
        self.definitions.append(syntax.Definition(name, value, statement.span))
        names = tuple(part.named() for part in written)
        for index, part in enumerate(names):
            rows: syntax.Node = self._make.made(syntax.Part(name, names, index, part.span))
            if functions:
                rows = self._resolver.value_of(functions[index], rows, part.span)
            self.definitions.append(syntax.Definition(part, rows, part.span))

    def _functions(self, right: raw.Node, count: int) -> list[Callee]:
        """The column of functions that stands first on the right; none stands there."""
        if isinstance(right, raw.Sum):
            first = raw.children(right)[0]
            if self._functions(first, count):
                raise NotationError(
                    "S277", "what these functions are applied to has more than one reading",
                    first.span,
                    notes=("it may end before the sum, or behind it",),
                    help="put their argument in brackets",
                )  # fmt: skip
        if not (isinstance(right, raw.Product) and len(right.factors) > 1):
            return []
        matrix = right.factors[0]
        if isinstance(matrix, raw.Bracket) and matrix.opening in "([" and len(matrix.parts) == 1:
            matrix = matrix.parts[0]  # an array in brackets
        if not (isinstance(matrix, raw.Matrix) and right.signs[1] == ""):
            return []
        cells = [cell for row in matrix.rows for cell in row]
        found = [callee for cell in cells if (callee := self._resolver.callee(cell)) is not None]
        if not found:
            return []
        if len(found) < len(cells) or len(cells) != count:
            raise NotationError(
                "S278", f"{len(found)} functions for {count} names", matrix.span,
                help="write one function for each name on the left",
            )  # fmt: skip
        return found


class _Constants:
    """Puts in what is defined without time by numbers and parameters only."""

    def __init__(self, definitions: list[syntax.Definition], maker: Maker, time: str) -> None:
        self._definitions = definitions
        self._make = maker
        self._timeless: dict[str, syntax.Definition] = {}
        for definition in definitions:
            name = definition.left
            if name.shift is None and _reads_signals(definition.right):
                raise _without_time(name, time)
            if name.shift is None:
                if name.ascii in self._timeless:
                    raise NotationError(
                        "S227", f"{name.ascii} is defined twice",
                        name.span, self._timeless[name.ascii].left.span,
                        help="each name is assigned once; give the second value a name of its own",
                    )  # fmt: skip
                self._timeless[name.ascii] = definition
        self._values: dict[str, syntax.Node] = {}
        self._open: list[str] = []
        self._read: set[str] = set()

    def put_in(self) -> tuple[tuple[syntax.Definition, ...], set[str]]:
        """The definitions that remain, and the names that are put in."""
        kept = [d for d in self._definitions if self._timeless.get(d.left.ascii) is not d]
        changed = [syntax.Definition(d.left, self._replaced(d.right), d.span) for d in kept]
        for name, definition in self._timeless.items():
            if name not in self._read:
                raise timeless_derivative(definition) or NotationError(
                    "S279", f"{name} is defined and never read", definition.left.span,
                    help=_unread_help(definition),
                )  # fmt: skip
        return tuple(changed), set(self._timeless)

    def _replaced(self, node: syntax.Node) -> syntax.Node:
        read = {n.ascii for n in _timeless_names(node)} & self._timeless.keys()
        self._read |= read
        if not read:
            return node
        return self._make.substituted(node, {name: self._value(name) for name in sorted(read)})

    def _value(self, name: str) -> syntax.Node:
        if name not in self._values:
            definition = self._timeless[name]
            if name in self._open:
                raise NotationError(
                    "S273", f"{name} is defined by itself", definition.span,
                    help="what is computed from the step before carries a time, as in h_{t-1}",
                )  # fmt: skip
            if len(self._open) > MAXIMUM_OPERANDS:
                raise NotationError(
                    "S202", "constants are defined by each other too deep", definition.span
                )
            self._open.append(name)
            self._values[name] = self._replaced(definition.right)
            self._open.pop()
        return self._values[name]


def _timeless_names(node: syntax.Node) -> Iterator[syntax.Name]:
    return (n for n in syntax.operands(node) if isinstance(n, syntax.Name) and n.shift is None)


def _reads_signals(node: syntax.Node) -> bool:
    return any(isinstance(n, syntax.Name) and n.shift is not None for n in syntax.operands(node))


def _without_time(name: syntax.Name, time: str) -> NotationError:
    spelled = spelled_at(name.span)
    label = name.glyph.label
    timed = f"{spelled}_{time}"
    if "_" in spelled or "^" in spelled:
        timed = name.glyph.in_latex(time)
    help = f"write {timed}, or say it for the whole file: % notation: {spelled} = {timed}"
    if len(label) == 1 and _earlier(label).search(name.span.text):
        help = f"say that {label} is the time: % notation: time = {label}"
    return NotationError(
        "S225", f"{name.ascii} is defined, but has no time index", name.span,
        notes=("what reads a signal changes from step to step",), help=help,
    )  # fmt: skip


def _earlier(letter: str) -> re.Pattern[str]:
    """_{k-1} below or above a name."""
    return re.compile(rf"[_^]\s*\{{\s*[({{]?{re.escape(letter)}\s*[-−]\s*1\b")


def _unread_help(definition: syntax.Definition) -> str:
    """An equation for h_k that reads h_{k-1} calls its time k."""
    name = definition.left.ascii
    letter = name.rpartition("_")[2]
    if name.endswith("_0"):
        return "an initial state is an argument of the code; delete the line"
    if len(letter) == 1 and _earlier(letter).search(spelled_at(definition.span)):
        return f"say that {letter} is the time: % notation: time = {letter}"
    if name.endswith("_prime") and (told := _told_times(definition)):
        return f"say which time is meant: % notation: {told}"
    if ahead := re.search(r"[_^({]\s*([A-Za-z])\s*\+\s*1\s*[})]", spelled_at(definition.left.span)):
        letter = ahead[1]
        return f"say that {letter} is the time: % notation: time = {letter}, step = {letter}+1"
    return "delete the line"


def _told_times(definition: syntax.Definition) -> str:
    """h' = h_t, h = h_{t-1}, x = x_t, where h' is computed from h; "": it is not."""
    left = definition.left
    before = left.glyph.in_latex().replace("'", "", 1)
    names = {n.glyph.in_latex(): n for n in _timeless_names(definition.right)}
    if before not in names:
        return ""
    inputs = [spelled for spelled, name in names.items()
              if spelled != before and name.ascii in _multiplied(definition.right)]  # fmt: skip

    def at(spelled: str, time: str) -> str:
        return f"{spelled} = {spelled.replace(chr(39), '')}_{time}"

    return ", ".join(
        [at(left.glyph.in_latex(), "t"), at(before, "{t-1}"), *(at(x, "t") for x in inputs)]
    )


def _multiplied(node: syntax.Node) -> Iterator[str]:
    """The names that stand last in a product, as the vectors behind matrices do."""
    if isinstance(node, syntax.Product):
        for part in (node.factors[-1], *syntax.children(node.factors[-1])):
            if isinstance(part, syntax.Name):
                yield part.ascii
    for child in syntax.children(node):
        yield from _multiplied(child)
