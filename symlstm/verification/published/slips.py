"""What a wrong published equation says, and what it should read, in the words of its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from typing import Any, cast
from unicodedata import normalize

from sympy import HadamardProduct, MatrixSymbol
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from symlstm import functions
from symlstm.calculus.gradient import GradientSystem, moved_in_time
from symlstm.calculus.nodes import SumOver
from symlstm.calculus.rules import hadamard, product, slope, total
from symlstm.cell import Glyph, Quantity, Role, matrix_symbols, operands
from symlstm.interface import Sizes
from symlstm.notation.published.reading import BAR, AdjointEquation, Published
from symlstm.verification.floats import CLOSE, at_a_point
from symlstm.verification.published.values import Numbering, Values, given_by_loss
from symlstm.verification.slip import Slip
from symlstm.verification.slips import slips
from symlstm.verification.wording import Wording, opened

MAXIMUM_INLINED = 12
"""Adjoints that a file leaves out and that are put in one after the other."""


class RightEquations:
    """The equations that follow from a cell, as a file would have them.

    Args:
        published: the derivation.
    """

    def __init__(self, published: Published) -> None:
        self._published = published
        self.system = _in_signs_of(published)
        self.words = Wording(self.system, {})
        self._named = {e.quantity.name for e in published.equations}
        self._given = given_by_loss(published)

    def parts(self, equation: AdjointEquation) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The equation for an adjoint as sums: what is of its own step, and what comes from t+1.

        Adjoints that the file does not name are put in.
        """
        quantity, read = equation.quantity, _names(self.system, equation.right)
        if not quantity.axes:
            right = self.system.equation(quantity.name).right
            summand = right.summand if isinstance(right, SumOver) else right
            return (self._opened(summand, read),), ()
        adjoint = self.system.adjoints[quantity.name]
        local, carried = self._local(quantity), adjoint.from_step(1)
        return (
            tuple(self._opened(part, read) for part in local),
            tuple(self._opened(part, read) for part in carried),
        )

    def text(self, equation: AdjointEquation) -> str:
        """How the equation should read."""
        local, carried = self.parts(equation)
        right = self.words.text(total(*local, *carried)) if local or carried else "0"
        if not equation.quantity.axes:
            right = (
                f"Σ_t {right}" if len(local) == 1 and not _is_sum(local[0]) else f"Σ_t ({right})"
            )
        left = self.system.quantity(equation.quantity.name).in_unicode()
        return f"{left} = {right}"

    def named(self, equation: AdjointEquation) -> str:
        return self.system.quantity(equation.quantity.name).in_unicode()

    def _local(self, quantity: Quantity) -> tuple[Any, ...]:
        adjoint = self.system.adjoints[quantity.name]
        local = adjoint.from_step(0)
        outside = adjoint.outside
        is_given = self._given.get(adjoint.of.name) == "t"
        return (outside, *local) if is_given else local

    def _opened(self, expression: Any, read: Set[str]) -> Any:
        """An expression with the adjoints put in that the file has no name for."""
        for _ in range(MAXIMUM_INLINED):
            symbols = dict.fromkeys(matrix_symbols(expression))
            put_in = {s: self._meaning(s) for s in symbols if self._is_left_out(s, read)}
            if not put_in:
                break
            expression = opened(expression.xreplace(put_in))
        return expression

    def _is_left_out(self, symbol: Any, read: Set[str]) -> bool:
        quantity, shift = self.system.locate(symbol)
        if quantity.role is not Role.ADJOINT or not quantity.is_timed:
            return False
        reads_on = bool(self.system.adjoints[quantity.name].from_step(1))
        return quantity.name not in {*self._named, *read} and shift + reads_on <= 1

    def _meaning(self, symbol: Any) -> Any:
        quantity, shift = self.system.locate(symbol)
        adjoint = self.system.adjoints[quantity.name]
        whole = total(*self._local(quantity), *adjoint.from_step(1))
        return moved_in_time(self.system, whole, shift)


def _is_sum(expression: Any) -> bool:
    return bool(getattr(expression, "is_MatAdd", False))


def _names(system: GradientSystem, expression: Any) -> set[str]:
    return {system.locate(symbol)[0].name for symbol in matrix_symbols(expression)}


def _in_signs_of(published: Published) -> GradientSystem:
    """The gradient system, its adjoints printed as the file writes them."""
    head, loss = published.sign, published.loss
    quantities = tuple(_signed(q, head, loss) for q in published.system.quantities)
    return replace(published.system, quantities=quantities)


def _signed(quantity: Quantity, head: str, loss: Mapping[str, Glyph]) -> Quantity:
    glyph = quantity.glyph
    if quantity.name in loss:
        return replace(quantity, glyph=loss[quantity.name])
    if quantity.role is not Role.ADJOINT or head == "d" or not glyph.unicode.startswith("d"):
        return quantity
    plain = glyph.unicode[1:]
    signed = normalize("NFC", plain + BAR) if head == BAR else head + plain
    return replace(quantity, glyph=replace(glyph, unicode=signed))


def slopes_of_values(right: RightEquations, parts: Sequence[Any]) -> Iterator[Slip]:
    """σ′(i_t) for σ′(ī_t): the derivative taken of what the function gave."""
    for equation in right.system.cell.equations:
        value, applied = equation.left, cast(Any, equation.right)
        if not isinstance(applied, ElementwiseApplyFunction):
            continue
        twice = cast(Any, ElementwiseApplyFunction(applied.function, value))
        wrong, good = slope(twice, twice), slope(cast(Any, applied), value)
        changed = tuple(_with_slope(part, good, wrong) for part in parts)
        if changed != tuple(parts):
            record = functions.of(applied.function)
            text, inner = right.words.text(value), right.words.text(applied.expr)
            yield Slip(
                "wrong-function", f"has {record.unicode}′({text}) where {record.unicode}′({inner}) "
                "stands: the derivative is taken of the activated value", right.words.names(value),
                changed, help=f"take {record.unicode}′ of the pre-activation",
            )  # fmt: skip


def lost_bars(right: RightEquations, parts: Sequence[Any]) -> Iterator[Slip]:
    """The adjoints of z, i, … where those of z̄, ī, … stand, in all terms at once."""
    system = right.system
    values = {
        system.locate(applied.expr)[0].name: equation.left
        for equation in system.cell.equations
        if isinstance(applied := cast(Any, equation.right), ElementwiseApplyFunction)
        and isinstance(applied.expr, MatrixSymbol)
    }
    found: dict[Any, Any] = {}
    for symbol in dict.fromkeys(s for part in parts for s in matrix_symbols(part)):
        quantity, shift = system.locate(symbol)
        value = values.get(quantity.name.removeprefix("d"))
        if quantity.role is Role.ADJOINT and value is not None:
            found[symbol] = system.quantity(f"d{system.locate(value)[0].name}").at(shift)
    later = {symbol: value for symbol, value in found.items() if system.locate(symbol)[1] > 0}
    now = {symbol: value for symbol, value in found.items() if symbol not in later}
    for exchanged in (found, later, now):
        if len(exchanged) > 1:
            wrong = ", ".join(map(right.words.text, exchanged.values()))
            good = ", ".join(map(right.words.text, exchanged))
            yield Slip(
                "wrong-term", f"has {wrong} where {good} stand: the bars are lost", "",
                tuple(part.xreplace(exchanged) for part in parts),
                help="take the adjoints of the pre-activations",
            )  # fmt: skip


def _with_slope(part: Any, good: Any, wrong: Any) -> Any:
    """A term with another slope for the right one, whose factors may stand among others."""
    factors = list(operands(part)) if isinstance(part, HadamardProduct) else [part]
    rest = list(factors)
    for factor in operands(good) if isinstance(good, HadamardProduct) else (good,):
        if factor not in rest:
            return part
        rest.remove(factor)
    return hadamard(*rest, wrong) if rest else wrong


class Slips:
    """The search for the slip that a wrong equation has, in floating point.

    Args:
        sizes: those at which values are compared.
        numbering: how the file counts steps.
    """

    def __init__(self, published: Published, sizes: Sizes, numbering: Numbering, seed: int) -> None:
        self._right = RightEquations(published)
        self._sizes = sizes
        self._numbering = numbering
        evaluate = partial(Values, published, sizes=sizes, is_at_rest=numbering.is_at_rest)
        self._point = at_a_point(evaluate, seed)

    def candidates(self, equation: AdjointEquation) -> Iterator[tuple[Slip, list[Any]]]:
        """The slips that give what the equation gives, and the expressions whose sum that is."""
        if self._point is None:
            return
        try:
            wanted = self._numbers(self._values.said(equation, self._numbering))
        except (ArithmeticError, ValueError):  # no value at this point
            return
        for slip, parts in self._all(equation):
            if self._fits(equation, parts, wanted):
                yield slip, parts

    @property
    def _values(self) -> Values:
        assert self._point is not None
        return self._point[1]

    def _all(self, equation: AdjointEquation) -> Iterator[tuple[Slip, list[Any]]]:
        """The slips of the right equation: what comes from t+1 is first a term like the others."""
        right, sizes = self._right, self._sizes
        local, carried = right.parts(equation)
        is_summed = not equation.quantity.axes
        for slip in (
            *slopes_of_values(right, (*local, *carried)), *lost_bars(right, (*local, *carried)),
        ):  # fmt: skip
            yield slip, list(slip.parts)
        for parts, rest in dict.fromkeys((((*local, *carried), ()), (local, carried))):
            for slip in slips(right.system, right.words, parts, rest, sizes, is_summed):
                changed = parts_of(slip, rest)
                if changed is not None:
                    yield slip, changed

    def _fits(
        self, equation: AdjointEquation, parts: Sequence[Any], wanted: Sequence[float]
    ) -> bool:
        quantity = equation.quantity
        try:
            if quantity.axes:
                values = self._values.each(quantity, parts)
            else:
                steps = range(1, self._sizes["T"] + 1)
                values = self._values.summed(quantity, parts, steps)
        except (KeyError, ValueError, IndexError, ArithmeticError):
            return False
        mine = self._numbers(values)
        return all(
            abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b))
            for a, b in zip(mine, wanted, strict=True)
        )

    def _numbers(self, elements: Sequence[int]) -> list[float]:
        assert self._point is not None
        return [self._point[0].values[e] for e in elements]


def parts_of(slip: Slip, carried: Sequence[Any]) -> list[Any] | None:
    """What a slip makes of an equation, as a sum; None: it is no slip of an equation."""
    is_plain = (
        slip.times == (None, None) and slip.examples == (None, None) and slip.held is None
        and not slip.accumulated and slip.wraps is None
    )  # fmt: skip
    if not is_plain:
        return None
    extra = [product(slip.carry, part) for part in carried] if slip.carry else []
    if slip.gate is not None:
        extra = [hadamard(part, slip.gate) for part in extra]
    return [*slip.parts, *extra]
