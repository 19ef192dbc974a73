r"""Differential equations: `\dot h = …`, `h' = …`, `\frac{dh}{dt} = …` say how fast h changes.

A cell is a step in time. How a solver makes one of a differential equation (Euler, its size) is no
part of it, so that none is guessed.
"""

from __future__ import annotations

from symlstm.messages import NotationError, Span
from symlstm.notation import raw, syntax
from symlstm.notation.names import Names
from symlstm.notation.summing import spelled_at

_MARKS = {"dot": r"\dot", "ddot": r"\ddot", "prime": "'"}
"""What an ASCII name says of a name that is marked so → its LaTeX."""

_STEP = r"write a step: h_t = h_{t-1} + \epsilon (…), \epsilon \in \mathbb{R}"


def check_derivatives(names: Names, tree: syntax.EquationsFile) -> None:
    """What is defined is no derivative of what the same equation reads, and none defines.

    Raises:
        NotationError: it may be one (S340).
    """
    for definition in tree.definitions:
        for mark in _MARKS:
            plain = unmarked(definition.left, mark)
            uses = names.uses.get(plain or "")
            if plain is None or uses is None or uses.defined:
                continue
            if mark == "prime" and (uses.declared or names.uses[definition.left.ascii].read):
                continue  # x'_t = E x_t, an embedding
            read = (n for n in syntax.operands(definition.right) if isinstance(n, syntax.Name))
            place = next((n for n in read if n.ascii == plain and n.shift is not None), None)
            if place is not None:
                raise _derived(definition.left, place.span, mark)


def timeless_derivative(definition: syntax.Definition) -> NotationError | None:
    r"""\dot h = A h + …, without a time anywhere; None: it is none."""
    plain = unmarked(definition.left, "dot") or unmarked(definition.left, "ddot")
    read = (n for n in syntax.operands(definition.right) if isinstance(n, syntax.Name))
    place = next((n for n in read if n.ascii == plain), None)
    return place and differential_equation(definition.left.span)


def differential_equation(span: Span) -> NotationError:
    return NotationError(
        "S340", "a differential equation is no step in time", span,
        notes=("how a solver makes a step of it is not told",), help=_STEP,
    )  # fmt: skip


def unmarked(name: syntax.Name, mark: str) -> str | None:
    """h of h_dot; None: the name carries no such mark."""
    head, *labels = name.ascii.split("_")
    if mark not in labels or _MARKS[mark] not in name.glyph.latex:
        return None
    labels.remove(mark)
    return "_".join((head, *labels))


def _derived(left: syntax.Name, read: Span, mark: str) -> NotationError:
    spelled, plain = spelled_at(left.span), spelled_at(read)
    declared = rf", or declare {plain} \in \mathbb{{R}}^{{D}}" if mark == "prime" else ""
    return NotationError(
        "S340", f"{spelled} has two readings", left.span, read,
        notes=(f"it may be the derivative of {plain} with respect to time",
               f"it may be a signal of its own beside the input {plain}"),
        help=f"{_STEP}; or rename the signal{declared}",
    )  # fmt: skip


def quotient_of_differentials(left: raw.Node) -> NotationError | None:
    r"""\frac{dh}{dt} = … and \tau \frac{d}{dt} h = …; None: the left side is no such thing."""
    factors = left.factors if isinstance(left, raw.Product) else (left,)
    for factor in factors:
        if not isinstance(factor, raw.Fraction):
            continue
        if _begins_with_d(factor.top) and _begins_with_d(factor.bottom):
            return differential_equation(left.span)
    return None


def _begins_with_d(node: raw.Node) -> bool:
    while not isinstance(node, raw.Symbol):
        if not isinstance(node, raw.Bracket | raw.Product | raw.Scripted):
            return False
        node = raw.children(node)[0]
    return node.letter.ascii == "d"
