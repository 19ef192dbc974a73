"""A printer of documents: which block and which part of a text is printed how."""

from __future__ import annotations

from abc import ABC, abstractmethod

from symlstm.derivation.document import (
    Block,
    Display,
    Formula,
    Heading,
    Listing,
    Paragraph,
    Reference,
    Table,
    Text,
)


class Printer(ABC):
    """What a format has for each kind of block, and for what stands in a text."""

    def block(self, block: Block) -> str:
        match block:
            case Heading(text):
                return self.heading(text)
            case Paragraph(text):
                return self.paragraph(text)
            case Display():
                return self.display(block)
            case Table():
                return self.table(block)
            case Listing():
                return self.listing(block)

    def text(self, text: Text) -> str:
        return "".join(map(self._part, text))

    def _part(self, part: str | Formula | Reference) -> str:
        match part:
            case Formula(latex):
                return self.formula(latex)
            case Reference(number):
                return self.reference(number)
            case _:
                return self.words(part)

    def paragraph(self, text: Text) -> str:
        return self.text(text)

    def reference(self, number: int) -> str:
        return self.words(f"({number})")

    @abstractmethod
    def words(self, text: str) -> str:
        """Words, whatever is in them."""

    @abstractmethod
    def formula(self, latex: str) -> str:
        """A formula inside a text."""

    @abstractmethod
    def heading(self, text: str) -> str: ...

    @abstractmethod
    def display(self, display: Display) -> str: ...

    @abstractmethod
    def table(self, table: Table) -> str: ...

    @abstractmethod
    def listing(self, listing: Listing) -> str: ...
