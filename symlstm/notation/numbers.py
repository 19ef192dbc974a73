r"""Where a declared size is read as a number: \frac{1}{\sqrt{d}} W x_t, where x_t has d entries.

A size that stands side by side with other quantities may as well be a parameter of that name. It
can only be a number below a line, in a quotient of sizes, under a root, and alone in brackets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symlstm.notation import raw
from symlstm.notation.naming import Written
from symlstm.notation.summing import unbraced

if TYPE_CHECKING:
    from symlstm.notation.resolving import Resolver


class Numbers:
    """The places of one file where numbers are expected, and whether what is read is one."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._expected: dict[int, raw.Node] = {}
        self.is_inside = False
        """Whether what is read is part of a number."""

    def is_size(self, written: Written) -> bool:
        """Whether a name is a declared size, and no quantity."""
        is_declared = written.key in self._resolver.knowledge.declared_sizes
        is_quantity = written.shift is not None or self._resolver.is_timeless(written.ascii)
        return is_declared and not is_quantity

    def enter(self, node: raw.Node) -> None:
        """What is read next stands in this expression."""
        is_expected = not self.is_inside and id(node) in self._expected
        self.is_inside |= is_expected and self._is_number(node)

    def expect(self, node: raw.Node) -> None:
        """Note the places in an expression where a size can be no parameter."""
        match node:
            case raw.Fraction(_, bottom):
                self._expect(node, bottom)
            case raw.Sum() | raw.Hadamard():
                self._expect(*(part for part in raw.children(node) if _is_round(part)))
            case raw.Product(factors, signs):
                if "/" in signs:
                    self._expect(node)
                for before, sign, factor in zip((None, *factors), signs, factors, strict=False):
                    if sign == "/" or self._is_alone(before, factor):
                        self._expect(factor)
            case _:
                pass

    def _expect(self, *nodes: raw.Node) -> None:
        self._expected.update({id(inner): inner for n in nodes for inner in (n, unbraced(n))})

    def _is_alone(self, before: raw.Node | None, factor: raw.Node) -> bool:
        """Whether a factor is a root's argument, or in brackets that are no function's."""
        if isinstance(before, raw.Function):
            return before.word == "sqrt"
        is_number = _is_round(factor) and self._is_number(factor)
        return is_number and (before is None or self._resolver.callee_of(before, factor) is None)

    def _is_number(self, node: raw.Node) -> bool:
        """Whether an expression is made of numbers and declared sizes only."""
        match node:
            case raw.Number() | raw.Function("sqrt"):
                return True
            case raw.Symbol() | raw.Scripted(raw.Symbol()):
                written = self._resolver.knowledge.namer.written(node)
                return written is not None and self.is_size(written)
            case raw.Bracket("(" | "{", (inner,)):
                return self._is_number(inner)
            case raw.Fraction() | raw.Sum() | raw.Product():
                return all(map(self._is_number, raw.children(node)))
            case _:
                return False


def _is_round(node: raw.Node) -> bool:
    return isinstance(node, raw.Bracket) and node.opening == "(" and len(node.parts) == 1
