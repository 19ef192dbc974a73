"""A derivation as Markdown, its formulas between dollar signs, as GitHub shows them."""

from __future__ import annotations

from symlstm.derivation.document import Display, Document, Line, Listing, Table
from symlstm.derivation.printing import Printer

_ESCAPES = {c: "\\" + c for c in "\\`*_{}[]<>#|$"}


def in_markdown(document: Document) -> str:
    printer = _Markdown()
    title = f"# {printer.words(document.title)}"
    note = f"<!-- Regenerate it with: {document.command} --format markdown -->"
    return "\n\n".join([title, note, *map(printer.block, document.blocks)]) + "\n"


class _Markdown(Printer):
    def words(self, text: str) -> str:
        return "".join(_ESCAPES.get(c, c) for c in text)

    def formula(self, latex: str) -> str:
        return f"$`{latex}`$"

    def heading(self, text: str) -> str:
        return f"## {self.words(text)}"

    def table(self, table: Table) -> str:
        rows = [[self.words(title) for title in table.head], ["---"] * len(table.head)]
        rows += [[self.text(cell) for cell in row] for row in table.rows]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def listing(self, listing: Listing) -> str:
        return "\n".join(f"{'  ' * depth}- {self.text(text)}" for depth, text in listing.lines)

    def display(self, display: Display) -> str:
        """A fenced block of mathematics: Markdown changes nothing in it."""
        body = " \\\\\n".join(_line(line) for line in display.lines)
        return f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"


def _line(line: Line) -> str:
    number = "" if line.number is None else rf" & & \text{{({line.number})}}"
    sides = [f"{left} &= {''.join(right)}" for left, right in line.equations]
    return " & ".join(sides) + number
