"""Where a parameter stands as a vector, and where as a matrix.

What is added, or multiplied entry by entry, to a vector is a vector; what stands before a vector is
a matrix. A parameter that is both makes matrices of the vectors around it, or numbers, if nothing
else tells their shape: that is a slip of the pen, no inference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symlstm.messages import NotationError
from symlstm.notation import syntax
from symlstm.notation.sizing import Sizing


class Standing:
    """The first places of every parameter as a vector and as a matrix, in equations of vectors."""

    def __init__(self, definitions: Iterable[syntax.Definition], sizing: Sizing) -> None:
        self._sizing = sizing
        self._places: dict[tuple[str, bool], syntax.Name] = {}
        for definition in definitions:
            self._place(definition.right, is_matrix=False)

    def check(self, names: Iterable[str]) -> None:
        """None of the names is used both ways.

        Raises:
            NotationError: one is (S330).
        """
        for name in names:
            vector, matrix = self._places.get((name, False)), self._places.get((name, True))
            if vector is not None and matrix is not None:
                raise _used_both_ways(vector, matrix)

    def _place(self, node: syntax.Node, is_matrix: bool) -> None:
        match node:
            case syntax.Name(_, _, None):
                self._places.setdefault((node.ascii, is_matrix), node)
            case syntax.Product(factors):
                *before, last = [f for f in factors if not self._is_scalar(f)] or [factors[0]]
                for factor in before:
                    self._place(factor, is_matrix=True)
                self._place(last, is_matrix)
            case syntax.Total(argument) | syntax.Diagonal(argument):
                self._place(argument, is_matrix=False)
            case syntax.Transposed():
                pass
            case _:
                for child in syntax.children(node):
                    self._place(child, is_matrix)

    def _is_scalar(self, node: syntax.Node) -> bool:
        match node:
            case syntax.Name():
                return self._sizing.is_scalar(self._sizing.of_name[node.ascii])
            case syntax.Number() | syntax.Total():
                return True
            case syntax.Transposed() | syntax.Diagonal():
                return False
            case _:
                return all(map(self._is_scalar, syntax.children(node)))


def _used_both_ways(vector: syntax.Name, matrix: syntax.Name) -> NotationError:
    letter = vector.glyph.in_latex()
    places = [replace(vector.span, label="a vector"), replace(matrix.span, label="a matrix")]
    return NotationError(
        "S330", f"{vector.ascii} is used as a vector and as a matrix",
        *sorted(places, key=lambda span: (span.line, span.column), reverse=True),
        notes=("what is added to a vector, or multiplied with it entry by entry, is a vector",
               "what stands before a vector is a matrix"),
        help=rf"give one of the two another name, or declare a scalar: {letter} \in \mathbb{{R}}",
    )  # fmt: skip
