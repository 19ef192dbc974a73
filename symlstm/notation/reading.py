"""Tree → `Cell`: roles, shapes, SymPy expressions.

The order matters. Roles follow from where names are defined and read (`names`); dimensions are
unified on the tree (`extents`); only then are SymPy matrices built (`building`).
"""

from __future__ import annotations

import codecs
import difflib
import os
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from symlstm.cell import Cell, Cycle, Quantity, Shape, sizes_in
from symlstm.messages import NotationError, Span, UsageError
from symlstm.notation import syntax
from symlstm.notation.building import Builder
from symlstm.notation.derivatives import check_derivatives
from symlstm.notation.extents import Extents
from symlstm.notation.lexing import is_latex
from symlstm.notation.names import Names
from symlstm.notation.parsing import MAXIMUM_LENGTH, check_number, parse, too_long
from symlstm.notation.plainly import in_plain_text
from symlstm.notation.shaping import check_shapes
from symlstm.notation.source import Source


def builtin_names() -> tuple[str, ...]:
    """The built-in cells: the base names of the files in `symlstm/cells`."""
    folder = files("symlstm") / "cells"
    return tuple(sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".tex")))


def as_cell(cell: Cell | str) -> Cell:
    """A cell as it is, or by its name or the path of its file, as `load_cell`."""
    return cell if isinstance(cell, Cell) else load_cell(cell)


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
    return UsageError(
        "S001",
        f"there is no cell and no equations file called {name}",
        notes=("symlstm list prints the built-in cells",),
        help=f"did you mean {close[0]}?" if close else "give the path of an equations file (.tex)",
    )


def read_file(path: Path) -> Cell:
    """The cell of an equations file; it is called as the file is, or its folder if `equations`.

    Raises:
        UsageError: the file cannot be opened.
        NotationError: it is not UTF-8, or not equations.
    """
    name = path.parent.resolve().name if path.stem == "equations" else path.stem
    return read_text(text_of(path), str(path), name)


def text_of(path: Path) -> str:
    """The text of an equations file.

    Raises:
        UsageError: it cannot be opened.
        NotationError: it is not UTF-8, or too long.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAXIMUM_LENGTH + 4)
            size = os.fstat(stream.fileno()).st_size
    except OSError as problem:
        reason = (problem.strerror or "cannot be opened").lower()
        raise UsageError("S002", f"{path}: {reason}", help="check the path") from None
    return _decoded(content, str(path), size)


def _decoded(content: bytes, file: str, size: int) -> str:
    """
    Args:
        content: what was read of the file: all of it, or more than is allowed.
        size: bytes of the file, 0 of one that is endless.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    if len(content) > MAXIMUM_LENGTH:
        raise too_long(file, str(size) if size > MAXIMUM_LENGTH else f"more than {MAXIMUM_LENGTH}")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        position = len(content[: problem.start].decode("utf-8"))
        shown = Source(content.decode("utf-8", "replace"), file)
        raise NotationError(
            "S200", "the file is not UTF-8 text", shown.span(position, position + 1),
            notes=(f"the byte 0x{content[problem.start]:02x} is part of no UTF-8 character",),
            help="save it as UTF-8",
        ) from None  # fmt: skip


def read_text(text: str, file: str = "<text>", name: str = "cell") -> Cell:
    """The cell that a text defines.

    Args:
        text: the content of an equations file.
        file: what messages call it.
        name: what the cell is called.
    Raises:
        NotationError: the text is not in the language, a name has no definition, is defined twice
            or used in two ways, or the shapes contradict each other.
        UsageError: it is no text, or the name has a character that cannot be printed.
    """
    if not isinstance(cast(Any, text), str):
        raise UsageError(
            "S022", f"equations are a str of LaTeX or Unicode text, and a {type(text).__name__} "
            "is given", help=r'give it as in Cell.from_latex(r"h_t = \tanh(W x_t + U h_{t-1})")',
        )  # fmt: skip
    if not name.isprintable():
        raise UsageError(
            "S020", f"{name!r} cannot name a cell: it has a character that is not printed",
            help="rename the file, or its folder",
        )  # fmt: skip
    text = text.replace("\r\n", "\n")
    try:
        return _read(text, file, name)
    except NotationError as problem:
        if is_latex(text):
            raise
        raise NotationError.of(in_plain_text(problem.message)) from None


def _read(text: str, file: str, name: str) -> Cell:
    return cell_of(parse(text, file), file, name)


def cell_of(tree: syntax.EquationsFile, file: str, name: str) -> Cell:
    """The cell that a core tree is.

    Raises:
        NotationError: as `read_text`.
    """
    if not tree.definitions:
        raise NotationError(
            "S220", "there is no equation in this file", Span(file, 0),
            help=r"an equation reads like h_t = \tanh(W x_t + U h_{t-1} + b)",
        )  # fmt: skip
    check_number(tree.definitions)
    names = Names.of(tree)
    check_derivatives(names, tree)
    extents = Extents(names)
    extents.infer(tree)
    check_shapes(tree, extents)
    quantities = names.quantities(extents.shape_of, extents.order_of)
    builder = Builder(extents, {quantity.name: quantity for quantity in quantities})
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


def right_side(
    definition: syntax.Definition,
    quantities: Mapping[str, Quantity],
    builder: Callable[[Extents, dict[str, Quantity]], Builder] = Builder,
) -> Any:
    """The right side of an equation over quantities whose shapes are known.

    Args:
        quantities: by the ASCII names that the equation has for them.
        builder: makes what builds the expression.
    Raises:
        NotationError: the shapes contradict each other.
    """
    names = (n for n in syntax.operands(definition.right) if isinstance(n, syntax.Name))
    places = {name.ascii: name for name in (*names, definition.left)}
    declarations = tuple(
        syntax.Declaration((place,), _sizes(quantities[name].shape), definition.span)
        for name, place in places.items()
    )
    tree = syntax.EquationsFile({}, declarations, (definition,))
    extents = Extents(Names.declared(tree))
    extents.infer(tree)
    check_shapes(tree, extents)
    made = builder(extents, dict(quantities))
    return made.build(definition.right, quantities[definition.left.ascii].shape)


def _sizes(shape: Shape) -> tuple[str, ...]:
    """A shape as it is declared: one size of a vector, 1 of a scalar."""
    rows, columns = (str(size).replace("*", "").replace(" ", "") for size in shape)
    return (rows,) if columns == "1" else (rows, columns)


def _check_order(cell: Cell, tree: syntax.EquationsFile) -> None:
    try:
        _ = cell.in_order
    except Cycle as cycle:
        spans = _reads_around(cell, tree, cycle.names)
        raise NotationError.of(cycle.message).at(*spans) from None


def _reads_around(cell: Cell, tree: syntax.EquationsFile, names: tuple[str, ...]) -> list[Span]:
    """The places where each of the names reads the next at time t, in their order."""
    rights = {
        cell.quantity(definition.left.ascii).in_unicode(): definition.right
        for definition in tree.definitions
    }
    spans: list[Span] = []
    for name, following in zip(names, (*names[1:], names[0]), strict=True):
        read_now = (
            operand
            for operand in syntax.operands(rights[name])
            if isinstance(operand, syntax.Name) and operand.shift == 0
        )
        places = [n.span for n in read_now if cell.quantity(n.ascii).in_unicode() == following]
        spans += places[:1]
    return spans


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
