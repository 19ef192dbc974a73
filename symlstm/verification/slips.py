"""The catalogue of slips: small changes of an equation that people make by mistake.

Each is tried on the equation under suspicion; the one that gives exactly the implementation's value
says what was done, in the words of the equation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, permutations
from typing import Any, cast

from sympy import (
    Basic,
    BlockMatrix,
    HadamardProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Transpose,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower

from symlstm import functions
from symlstm.calculus.rules import elementwise_power, hadamard, product, stacked, total, transposed
from symlstm.cell import Quantity, Role, System, matrix_symbols, operands
from symlstm.codegen.rows import RowsPrinter
from symlstm.interface import Sizes
from symlstm.messages import UnknownNode
from symlstm.verification import sums
from symlstm.verification.slip import Slip
from symlstm.verification.wording import Wording

MAXIMUM_BLOCKS = 4
"""Parts of a stack whose orders are all tried: 24."""


def slips(
    system: System,
    words: Wording,
    parts: Sequence[Any],
    carried: Sequence[Any],
    sizes: Sizes,
    is_summed: bool = False,
) -> Iterator[Slip]:
    """The slips of an equation, the likely ones first.

    Args:
        words: says what is changed.
        parts: the equation as a sum, at one time.
        carried: the terms that come from t+1.
        sizes: those at which values are compared.
        is_summed: whether it is summed over time.
    """
    addends = _opened(parts)
    for only, times in (("first", (0, 1)), ("last", (-1, None))) if is_summed else ():
        yield Slip(
            "missing-term", f"has only the term of the {only} time step",
            words.names(addends[0]), tuple(addends), times=times,
            help="accumulate over time: += and not =",
        )  # fmt: skip
    if is_summed:
        yield from sums.of_some_examples(words, addends)
        names = words.names(total(*addends)) if addends else ""
        yield Slip(
            "missing-term", "is never accumulated: it stays 0", names, (),
            help="accumulate it at every time step",
        )  # fmt: skip
    if carried:
        text = " + ".join(words.text(term) for term in carried)
        yield Slip(
            "missing-term", f"lacks the term {text}, carried from t+1",
            words.names(carried[0]), tuple(addends), carry=0,
            help=f"add {text} (accumulate it: += and not =)",
        )  # fmt: skip
        yield Slip(
            "wrong-sign", f"has the term {text}, carried from t+1, with the wrong sign",
            words.names(carried[0]), tuple(addends), carry=-1, help=f"turn the sign of {text}",
        )  # fmt: skip
        yield Slip(
            "extra-term", f"has the term {text}, carried from t+1, twice",
            words.names(carried[0]), tuple(addends), carry=2, help=f"add {text} once",
        )  # fmt: skip
        yield from sums.gated_carries(words, addends, text)
    yield from _changed_addends(words, addends, is_all=not carried)
    yield from _complements(system, words, addends)
    yield from _exchanges(system, words, addends)
    for changed in _gated_whole(total(*addends)) if len(addends) > 1 else ():
        yield replace(_instead(words, total(*addends), changed, "wrong-term"), parts=(changed,))
    for position, addend in enumerate(addends):
        for slip in _changed_inside(system, words, addend):
            changed = (*addends[:position], slip.parts[0], *addends[position + 1 :])
            yield replace(slip, parts=changed)
    factored = _factored(addends)
    if factored is not None:
        yield from _changed_inside(system, words, factored)
    yield from _changed_everywhere(system, words, addends)
    yield from _changed_in_each_term(system, words, addends)
    yield from sums.only_terms(words, addends)
    if is_summed:
        yield from sums.of_one_time(system, words, addends)
    if is_summed or not carried:
        yield from sums.scaled(words, addends, sizes)
    if carried or len(addends) > 1:
        yield from sums.scaled_terms(words, addends)
    if addends and not carried and not is_summed:
        yield Slip(
            "missing-term", "is not computed: it stays 0", words.names(total(*addends)), (),
            help="assign what its equation says",
        )  # fmt: skip


def _factored(addends: Sequence[Any]) -> Any | None:
    """a ∘ b − a ∘ c as a ∘ (b − c), as code has it; None where no factor is common to all."""
    terms = [_factors(addend) for addend in addends]
    common = [f for f in terms[0][1] if all(f in factors for _, factors in terms)]
    if len(addends) < 2 or not common:
        return None
    rests: list[Any] = []
    for number, factors in terms:
        left = list(factors)
        for factor in common:
            left.remove(factor)
        rests.append(product(number, hadamard(*(left or [OneMatrix(*common[0].shape)]))))
    return hadamard(*common, total(*rests))


def _factors(addend: Any) -> tuple[Any, list[Any]]:
    """k a ∘ b as k and its factors."""
    number, rest = 1, addend
    if isinstance(addend, MatMul) and addend.args[0].is_Rational:
        number, rest = addend.args[0], product(*addend.args[1:])
    return number, list(operands(rest)) if isinstance(rest, HadamardProduct) else [rest]


def _opened(parts: Sequence[Any]) -> list[Any]:
    opened: list[Any] = []
    for part in parts:
        opened.extend(part.args if getattr(part, "is_MatAdd", False) else (part,))
    return opened


def _changed_addends(words: Wording, addends: list[Any], is_all: bool) -> Iterator[Slip]:
    """A term left out, with the wrong sign, twice; the sum taken as a product.

    Args:
        is_all: whether nothing is added to them from t+1.
    """
    for position, addend in enumerate(addends):
        text = words.text(addend)
        names = words.names(addend) or words.names(total(*addends))
        before, after = addends[:position], addends[position + 1 :]
        if len(addends) > 1 or not is_all:
            yield Slip(
                "missing-term", f"lacks the term {text}", names,
                (*before, *after), help=f"add {text}",
            )  # fmt: skip
        yield Slip(
            "wrong-sign", f"has the term {text} with the wrong sign", names,
            (*before, product(-1, addend), *after), help=f"turn the sign of {text}",
        )  # fmt: skip
        if _is_number(addend):
            for wrong in _other_numbers(addends, position):
                yield _instead(words, total(*addends), wrong, "wrong-term")
        else:
            yield Slip(
                "extra-term", f"has the term {text} twice", names,
                (*addends, addend), help=f"add {text} once",
            )  # fmt: skip
        for n, other in enumerate(after):
            pair = total(addend, other)
            for wrong in _multiplied(addend, other):
                yield Slip(
                    "wrong-term", f"has ∘ where + stands in {words.text(pair)}", words.names(pair),
                    (*before, wrong, *after[:n], *after[n + 1 :]), help=f"use {words.text(pair)}",
                )  # fmt: skip


def _multiplied(one: Any, other: Any) -> Iterator[Any]:
    """a ∘ b for a + b; B (a ∘ y) for a + B y, since `*` and `@` are taken from left to right."""
    if one.shape == other.shape:
        yield hadamard(one, other)
    for a, b in ((one, other), (other, one)):
        if isinstance(b, MatMul):
            *left, last = cast("tuple[Any, ...]", b.args)
            if last.shape == a.shape:
                yield product(*left, hadamard(a, last))


def _is_number(term: Any) -> bool:
    """Whether a term is a number: 1 in 1 − z."""
    return not any(True for _ in matrix_symbols(term))


def _other_numbers(terms: Sequence[Any], position: int) -> Iterator[Any]:
    """The sum with the next number in the place of one of its terms: 2 − z for 1 − z."""
    number, _ = _factors(terms[position])
    for other in (number + 1, number - 1):
        if other:
            ones = OneMatrix(*terms[position].shape)
            yield _with(terms, position, product(other, ones))


def _complements(system: System, words: Wording, addends: list[Any]) -> Iterator[Slip]:
    """A gate and its complement exchanged: z and 1 − z, wherever they stand in the equation."""
    whole = total(*addends)
    for symbol in dict.fromkeys(matrix_symbols(whole)):
        complement = total(OneMatrix(*symbol.shape), product(-1, symbol))
        if not any(node == complement for node in _all_nodes(whole)):
            continue
        mark = MatrixSymbol(f"{symbol.name} held", *symbol.shape)
        changed = tuple(
            a.xreplace({complement: mark}).xreplace({symbol: complement}).xreplace({mark: symbol})
            for a in addends
        )
        gate, other = words.text(symbol), words.text(complement)
        yield Slip(
            "wrong-term", f"has {gate} and {other} exchanged", words.names(symbol), changed,
            help=f"exchange {gate} and {other}",
        )  # fmt: skip


def _exchanges(system: System, words: Wording, addends: list[Any]) -> Iterator[Slip]:
    """Two quantities of one shape, each in the place of the other."""
    symbols = dict.fromkeys(s for a in addends for s in matrix_symbols(a))
    for one, other in combinations(symbols, 2):
        if one.shape == other.shape and _alike(*(system.locate(s)[0] for s in (one, other))):
            both = {one: other, other: one}
            texts = f"{words.text(one)} and {words.text(other)}"
            yield Slip(
                "wrong-term", f"has {texts} exchanged", words.names(total(one, other)),
                tuple(a.xreplace(both) for a in addends), help=f"exchange {texts}",
            )  # fmt: skip


def _changed_inside(system: System, words: Wording, addend: Any) -> Iterator[Slip]:
    """One node inside a term changed, at one of the places where it stands."""
    for variants in (
        _wrong_times, _wrong_functions, _wrong_powers, _wrong_products, _wrong_numbers,
        _wrong_sums, _wrong_stacks,
        _wrong_transposes, _wrong_orders, _wrong_operands,
    ):  # fmt: skip
        yield from _changed_by(variants, system, words, addend)


def _changed_by(
    variants: Callable[[System, Wording, Any], Iterator[Slip]],
    system: System,
    words: Wording,
    addend: Any,
) -> Iterator[Slip]:
    """The changes of one sort, at each place inside a term."""
    for node in dict.fromkeys(_all_nodes(addend)):
        for slip in variants(system, words, node):
            for changed in _put(addend, node, slip.parts[0]):
                yield replace(slip, parts=(changed,))


def _changed_everywhere(system: System, words: Wording, addends: Sequence[Any]) -> Iterator[Slip]:
    """What stands several times in an equation changed in all of its places."""
    found = [node for addend in addends for node in _all_nodes(addend)]
    for node in dict.fromkeys(node for node in found if found.count(node) > 1):
        for variants in (_wrong_times, _wrong_functions, _wrong_operands):
            for slip in variants(system, words, node):
                changed = tuple(a.xreplace({node: slip.parts[0]}) for a in addends)
                yield replace(slip, parts=changed)


def _changed_in_each_term(system: System, words: Wording, addends: Sequence[Any]) -> Iterator[Slip]:
    """The same change in all terms of a sum, which are alike."""
    for variants in (_wrong_times, _wrong_functions, _wrong_transposes, _wrong_orders):
        yield from sums.in_each_term(addends, partial(_changed_by, variants, system, words))


def _wrong_times(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    """A quantity read at another time step: c_t for c_{t-1}."""
    if isinstance(node, MatrixSymbol):
        quantity, shift = system.locate(node)
        yield from moved_reads(words, quantity, shift) if quantity.is_timed else ()


def moved_reads(words: Wording, quantity: Quantity, shift: int) -> Iterator[Slip]:
    """What is read at t + shift, read at another time step."""
    right = quantity.at(shift)
    for other in dict.fromkeys((-1, 0, 1, shift - 1)):
        if other != shift:
            mine, its = quantity.in_unicode(other), quantity.in_unicode(shift)
            slip = Slip(
                "wrong-time", f"reads {mine} where {its} stands", words.names(right),
                (quantity.at(other),), help=f"use {its}", wrong=quantity.at(other), right=right,
            )  # fmt: skip
            yield slip
            if other == shift - 1 < 0:
                last = quantity.glyph.in_unicode("T" if shift == 0 else f"T{shift}")
                yield replace(
                    slip, wraps=(quantity.name, shift),
                    message=f"{slip.message}, and {last} (a negative index) at the first step",
                )  # fmt: skip


def _wrong_functions(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    """An elementwise function left out, or another in its place."""
    if not isinstance(node, ElementwiseApplyFunction):
        return
    record = functions.of(node.function)
    text = words.text(node)
    yield Slip(
        "wrong-function", f"lacks {record.unicode} of {words.text(node.expr)}", words.names(node),
        (node.expr,), help=f"use {text}",
    )  # fmt: skip
    for other in functions.FUNCTIONS:
        if other is not record:
            yield Slip(
                "wrong-function", f"has {other.unicode} where {text} stands", words.names(node),
                (functions.apply(other, node.expr),), help=f"use {text}",
            )  # fmt: skip


def _wrong_powers(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    """A power taken for its base, or for the next one."""
    if not isinstance(node, HadamardPower):
        return
    base, exponent = operands(node)
    for other in (1, exponent + 1, exponent - 1):
        if other not in (0, exponent):
            wrong = elementwise_power(base, other)
            yield _instead(words, node, wrong, "wrong-term")


def _wrong_products(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    """A factor left out of an elementwise product; + for one of its ∘."""
    if not isinstance(node, HadamardProduct):
        return
    factors = operands(node)
    whole = words.text(node)
    for factor, rest in _splits(node):
        text = words.text(factor)
        yield Slip(
            "missing-term", f"lacks the factor {text}", words.names(factor), (rest,),
            help=f"multiply by {text}", wrong=rest, right=node,
        )  # fmt: skip
    for some in (s for size in range(2, len(factors)) for s in combinations(factors, size)):
        text = words.text(hadamard(*some))
        yield Slip(
            "missing-term", f"lacks the factors {text}", words.names(hadamard(*some)),
            (hadamard(*(f for f in factors if f not in some)),), help=f"multiply by {text}",
        )  # fmt: skip
    for size in range(1, len(factors) // 2 + 1):
        for some in combinations(factors, size):
            others = [factor for factor in factors if factor not in some]
            if others:
                yield Slip(
                    "wrong-term", f"has + where ∘ stands in {whole}", words.names(node),
                    (total(hadamard(*some), hadamard(*others)),), help=f"use {whole}",
                )  # fmt: skip
    for one, other in combinations(factors, 2) if len(factors) > 2 else ():
        pair, rest = words.text(hadamard(one, other)), [f for f in factors if f not in (one, other)]
        yield Slip(
            "wrong-term", f"has + where ∘ stands in {pair}", words.names(hadamard(one, other)),
            (hadamard(total(one, other), *rest),), help=f"use {pair}",
        )  # fmt: skip


def _wrong_numbers(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    """A number before a product left out, or the next one; left out with other factors.

    The derivative of 4 σ(a) is 4 σ(a) ∘ (1 − σ(a)): who forgets it forgets all of that.
    """
    if not isinstance(node, MatMul) or not node.args[0].is_Rational or _is_number(node):
        return
    number, factors = _factors(node)
    rest = product(*node.args[1:])
    for other in (1, number + 1, number - 1):
        if other not in (0, number):
            yield _instead(words, node, product(other, rest), "wrong-term")
    for some in (s for size in range(1, len(factors)) for s in combinations(factors, size)):
        left = product(number, hadamard(*some))
        yield Slip(
            "missing-term", f"lacks the factor {words.text(left)}", words.names(left),
            (hadamard(*(f for f in factors if f not in some)),),
            help=f"multiply by {words.text(left)}",
        )  # fmt: skip


def _wrong_sums(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    """A term of an inner sum with the wrong sign, left out, or another number: 2 − z for 1 − z.

    Of two terms, ∘ for the + between them.
    """
    if not isinstance(node, MatAdd):
        return
    terms = list(node.args)
    for position, term in enumerate(terms):
        others = (*terms[:position], *terms[position + 1 :])
        yield _instead(words, node, _with(terms, position, product(-1, term)), "wrong-sign", term)
        text = words.text(term)
        yield Slip(
            "missing-term", f"lacks the term {text} in {words.text(node)}",
            words.names(term) or words.names(node), (total(*others),), help=f"add {text}",
        )  # fmt: skip
        if _is_number(term):
            for wrong in _other_numbers(terms, position):
                yield _instead(words, node, wrong, "wrong-term")
    if len(terms) == 2:
        for wrong in _multiplied(*terms):
            yield _instead(words, node, wrong, "wrong-term")


def _with(terms: Sequence[Any], position: int, other: Any) -> Any:
    """A sum with one of its terms replaced."""
    return total(*terms[:position], other, *terms[position + 1 :])


def _instead(words: Wording, right: Any, wrong: Any, kind: str, about: Any | None = None) -> Slip:
    """One expression where another stands.

    Args:
        about: the term concerned; None: all that stands there.
    """
    names = words.names(right if about is None else about) or words.names(right)
    return Slip(
        kind, f"has {words.text(wrong)} where {words.text(right)} stands", names, (wrong,),
        help=f"use {words.text(right)}",
    )  # fmt: skip


def _wrong_stacks(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    if isinstance(node, BlockMatrix):
        yield from stack_slips(words, node)


def stack_slips(words: Wording, stack: Any) -> Iterator[Slip]:
    """The parts of a stack in another order: [x_t, h_{t-1}] for [h_{t-1}, x_t]."""
    if stack.blocks.shape[1] != 1 or len(stack.blocks) > MAXIMUM_BLOCKS:
        return
    for order in permutations(stack.blocks):
        wrong = stacked(*order)
        if wrong != stack:
            yield replace(_instead(words, stack, wrong, "wrong-order"), wrong=wrong, right=stack)


def _wrong_transposes(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    if not isinstance(node, MatMul):
        return
    for position, factor in enumerate(node.args):
        inner = factor.arg if isinstance(factor, Transpose) else factor
        if isinstance(inner, MatrixSymbol) and inner.shape[0] == inner.shape[1]:
            turned = list(node.args)
            turned[position] = transposed(factor)
            wrong, right = words.text(turned[position]), words.text(factor)
            yield Slip(
                "wrong-term", f"has {wrong} where {right} stands", words.names(inner),
                (product(*turned),), help=_in_rows(system, node, right),
            )  # fmt: skip


def _in_rows(system: System, node: Any, right: str) -> str:
    """The remedy for a product, as NumPy has it: a column `U h` is a row `h @ U.T`."""

    def variable(symbol: MatrixSymbol) -> str:
        quantity, shift = system.locate(symbol)
        return quantity.name + {-1: "_prev", 1: "_next"}.get(shift, "")

    try:
        return f"use {right}: in rows, {RowsPrinter(system, variable, str).text(node)}"
    except UnknownNode:
        return f"use {right}"


def _wrong_orders(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    """A gate applied after a product instead of before, A (r ∘ h) and r ∘ (A h), or the reverse."""
    for changed in (*_gated_after(node), *_gated_before(node), *_gated_whole(node)):
        right = words.text(node)
        yield Slip(
            "wrong-term", f"has {words.text(changed)} where {right} stands", words.names(node),
            (changed,), help=f"use {right}",
        )  # fmt: skip


def _gated_after(node: Any) -> Iterator[Any]:
    """r ∘ (A h) for A (r ∘ h)."""
    if isinstance(node, MatMul) and isinstance(node.args[-1], HadamardProduct):
        *left, gated = node.args
        for gate, rest in _splits(gated):
            result = product(*left, rest)
            if gate.shape == result.shape:
                yield hadamard(gate, result)


def _gated_before(node: Any) -> Iterator[Any]:
    """A (r ∘ h) + b for r ∘ (A h + b)."""
    if not isinstance(node, HadamardProduct):
        return
    for gate, rest in _splits(node):
        terms: list[Any] = list(rest.args) if isinstance(rest, MatAdd) else [rest]
        moved = [_with_gate(term, gate) for term in terms]
        if moved != terms:
            yield total(*moved)


def _gated_whole(node: Any) -> Iterator[Any]:
    """r ∘ (a + A h) for a + A (r ∘ h) or a + r ∘ (A h)."""
    if not isinstance(node, MatAdd):
        return
    for position, term in enumerate(node.args):
        for gate, rest in (*_gates_of(term), *_gates_of_product(term)):
            if gate.shape == node.shape:
                yield hadamard(gate, _with(list(node.args), position, rest))


def _gates_of(term: Any) -> Iterator[tuple[Any, Any]]:
    """r and A h, of r ∘ (A h)."""
    if isinstance(term, HadamardProduct):
        yield from _splits(term)


def _gates_of_product(term: Any) -> Iterator[tuple[Any, Any]]:
    """r and A h, of A (r ∘ h)."""
    if isinstance(term, MatMul) and isinstance(term.args[-1], HadamardProduct):
        *left, gated = term.args
        for gate, rest in _splits(gated):
            yield gate, product(*left, rest)


def _with_gate(term: Any, gate: Any) -> Any:
    """A (r ∘ h) for A h, if the gate r has the shape of h; any other term as it is."""
    if not isinstance(term, MatMul):
        return term
    *left, last = cast("tuple[Any, ...]", term.args)
    return product(*left, hadamard(gate, last)) if last.shape == gate.shape else term


def _splits(node: Any) -> Iterator[tuple[Any, Any]]:
    """Each factor of an elementwise product, and the product of the others."""
    factors = operands(node)
    for position, factor in enumerate(factors):
        yield factor, hadamard(*factors[:position], *factors[position + 1 :])


def _wrong_operands(system: System, words: Wording, node: Any) -> Iterator[Slip]:
    """Another quantity of the same shape in the place of one."""
    if not isinstance(node, MatrixSymbol):
        return
    quantity, shift = system.locate(node)
    for other in system.quantities:
        if other.shape == quantity.shape and other != quantity and _alike(other, quantity):
            for at in dict.fromkeys((shift, 0, -1)) if other.is_timed else (0,):
                right, wrong = quantity.in_unicode(shift), other.in_unicode(at)
                yield Slip(
                    "wrong-term", f"has {wrong} where {right} stands", words.names(node),
                    (other.at(at),), help=f"use {right}", wrong=other.at(at), right=node,
                )  # fmt: skip
                if other.role is not Role.PARAMETER:
                    complement = total(OneMatrix(*node.shape), product(-1, other.at(at)))
                    yield _instead(words, node, complement, "wrong-term")


def _alike(a: Quantity, b: Quantity) -> bool:
    """Whether two quantities could be taken for each other: both parameters, or neither."""
    return (a.role is Role.PARAMETER) == (b.role is Role.PARAMETER)


def _all_nodes(expression: Any) -> Iterator[Any]:
    """The matrix expressions inside an expression, itself first."""
    if getattr(expression, "is_Matrix", False) or isinstance(expression, Basic):
        if getattr(expression, "is_Matrix", False):
            yield expression
        if not isinstance(expression, (MatrixSymbol, OneMatrix)):
            for argument in expression.args:
                yield from _all_nodes(argument)


def _put(expression: Any, node: Any, other: Any) -> Iterator[Any]:
    """The expression with one occurrence of `node` replaced, for each occurrence."""
    if expression == node:
        yield other
        return
    if isinstance(expression, (MatrixSymbol, OneMatrix)) or not expression.args:
        return
    arguments = list(expression.args)
    for position, argument in enumerate(arguments):
        for changed in _put(argument, node, other):
            yield expression.func(*arguments[:position], changed, *arguments[position + 1 :])
