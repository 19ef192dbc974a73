"""The built-in cells as a mapping from their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symlstm.cell import Cell
from symlstm.notation.reading import builtin_names, load_cell


class Library(Mapping[str, Cell]):
    """The built-in cells; each is read when it is first asked for.

    >>> cells["lstm"].title
    'LSTM with a forget gate'
    """

    def __getitem__(self, name: str) -> Cell:
        if name not in builtin_names():
            raise KeyError(name)
        return load_cell(name)

    def __iter__(self) -> Iterator[str]:
        return iter(builtin_names())

    def __len__(self) -> int:
        return len(builtin_names())

    def __repr__(self) -> str:
        return f"cells({', '.join(self)})"


cells = Library()
