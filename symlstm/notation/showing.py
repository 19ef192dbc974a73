"""A cell as a person or a program reads it: `symlstm show`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symlstm.cell import Cell, Quantity, Role, System
from symlstm.messages import NotationError, UsageError
from symlstm.notation.printing import LATEX, UNICODE, MathPrinter
from symlstm.notation.reading import read_text
from symlstm.notation.sizes import size_in_latex

_SUPERSCRIPTS = {"D": "ᴰ", "H": "ᴴ", "N": "ᴺ", "K": "ᴷ", "M": "ᴹ"}


def shape_text(quantity: Quantity) -> str:
    """The space that a quantity lives in: ℝᴴ, ℝ^(H×D)."""
    rows, columns = quantity.sizes
    if quantity.shape == (1, 1):
        return "ℝ"
    if columns == "1":
        return "ℝ" + _SUPERSCRIPTS.get(rows, f"^{rows}" if len(rows) == 1 else f"^({rows})")
    first, second = (size if len(size) == 1 else f"({size})" for size in (rows, columns))
    return f"ℝ^({first}×{second})"


def cell_to_unicode(cell: Cell) -> str:
    """The equations, numbered, with the shape of what each defines."""
    printer = MathPrinter(cell, UNICODE)
    lines = [f"{cell.name}: {cell.title}" if cell.title else cell.name]
    if cell.source:
        lines.append(f"source: {cell.source}")
    lines.append("")
    texts = [printer.equation(e) for e in cell.equations]
    width = max(map(len, texts))
    for number, (equation, text) in enumerate(zip(cell.equations, texts, strict=True), 1):
        shape = shape_text(cell.defined(equation))
        lines.append(f"  ({number})  {text:<{width}}   ∈ {shape}")
    lines.append("")
    for role in (Role.INPUT, Role.STATE, Role.PARAMETER):
        by_shape: dict[str, list[str]] = {}
        for q in cell.with_role(role):
            by_shape.setdefault(shape_text(q), []).append(q.in_unicode())
        for shape, names in by_shape.items():
            lines.append(f"  {role.value:<9} {', '.join(names)} ∈ {shape}")
    lines.append(f"  results   {', '.join(q.in_unicode() for q in cell.results)}")
    return "\n".join(lines) + "\n"


def cell_to_latex(cell: Cell) -> str:
    """An equations file that reads to the same cell.

    Inputs and states are declared; everything, if those do not tell all shapes.

    Raises:
        UsageError: what is printed is beyond the limits of a file, or reads to another cell (S019).
    """
    head = "".join(
        f"% {key}: {text}\n"
        for key, text in (("title", cell.title), ("source", cell.source))
        if text
    )
    needed = [q for q in cell.quantities if q.role in (Role.INPUT, Role.STATE)]
    if list(cell.quantities[: len(needed)]) == needed:  # what is declared comes first
        try:
            text, read = _read_again(head, cell, needed)
            if read == cell:
                return text
        except NotationError:
            pass
    try:
        text, again = _read_again(head, cell, cell.quantities)
    except NotationError as problem:
        raise _not_printed(
            cell, "are no file that is read", problem.message.text,
            "a cell is a handful of equations; split it",
        ) from problem  # fmt: skip
    if not _are_same(cell, again):
        raise _not_printed(
            cell, "are read as another cell", _first_difference(cell, again),
            "keep the file or the equations that this cell was made of",
        )  # fmt: skip
    return text


def _read_again(head: str, cell: Cell, declared: Iterable[Quantity]) -> tuple[str, Cell]:
    """A file of the cell, and the cell that it is read as.

    A number that is added to every entry of a square matrix is said to be (S336).
    """
    body = equations_file(cell, declared)
    try:
        return head + body, read_text(head + body, name=cell.name)
    except NotationError as problem:
        if problem.message.code != "S336":
            raise
    text = head + "% notation: + = elementwise\n" + body
    return text, read_text(text, name=cell.name)


def _not_printed(cell: Cell, what: str, why: str, help: str) -> UsageError:
    return UsageError(
        "S019", f"the equations of {cell.name}, printed with all shapes, {what}",
        notes=(why,), help=help,
    )  # fmt: skip


def _are_same(cell: Cell, again: Cell) -> bool:
    """Whether two cells have the same equations, and the same quantities under the same names."""

    def known(one: Cell) -> set[tuple[object, ...]]:
        return {(q.name, q.role, q.shape, q.axes) for q in one.quantities}

    return cell.equations == again.equations and known(cell) == known(again)


def _first_difference(cell: Cell, again: Cell) -> str:
    """The first equation that is read as another one, as both are printed."""
    pairs = zip(cell.equations, again.equations, strict=False)
    written, read = next(((a, b) for a, b in pairs if a != b), (cell.equations[0],) * 2)
    texts = MathPrinter(cell, UNICODE).equation(written), MathPrinter(again, UNICODE).equation(read)
    return "{} is read as {}".format(*texts) if texts[0] != texts[1] else f"in {texts[0]}"


def equations_file(system: System, declared: Iterable[Quantity]) -> str:
    """Declarations and equations as LaTeX."""
    printer = MathPrinter(system, LATEX, is_read=True)
    rows = [rf"{q.in_latex()} &\in \mathbb{{R}}{_latex_size(q)}" for q in declared]
    rows += [printer.equation(e, align="&") for e in system.equations]
    body = " \\\\\n".join(f"  {row}" for row in rows)
    return "\n".join([r"\begin{align}", body, r"\end{align}"]) + "\n"


def _latex_size(quantity: Quantity) -> str:
    if quantity.shape == (1, 1):
        return ""
    sizes = [size_in_latex(size) for size in quantity.sizes]
    if sizes[1] == "1":
        return f"^{{{sizes[0]}}}"
    first, second = (f"({size})" if "+" in size else size for size in sizes)
    return rf"^{{{first} \times {second}}}"


def cell_to_json(cell: Cell) -> dict[str, Any]:
    """The cell as plain data."""
    unicode, latex = MathPrinter(cell, UNICODE), MathPrinter(cell, LATEX)
    return {
        "name": cell.name,
        "title": cell.title,
        "source": cell.source,
        "dimensions": [d.name for d in cell.dimensions],
        "inputs": [q.name for q in cell.inputs],
        "states": [q.name for q in cell.states],
        "parameters": [q.name for q in cell.parameters],
        "results": [q.name for q in cell.results],
        "quantities": [
            {
                "name": q.name,
                "role": q.role.value,
                "shape": list(q.sizes),
                "axes": sorted(a.name for a in q.axes),
                "latex": q.in_latex(),
            }
            for q in cell.quantities
        ],
        "equations": [
            {
                "left": cell.defined(e).label,
                "unicode": unicode.equation(e),
                "latex": latex.equation(e),
                "shape": list(cell.defined(e).sizes),
            }
            for e in cell.equations
        ],
    }
