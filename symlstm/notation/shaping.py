r"""Parameters whose shape a reader doubts, once all shapes are inferred.

A parameter side by side with a column is a matrix if nothing else is told. Of a capital letter
that is what papers mean; a small one, `\epsilon \tanh(…)`, is a scalar to most readers; and I is
the identity matrix. The exponential of a matrix is a series to some, and entry by entry to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sympy import Integer

from symlstm.messages import NotationError
from symlstm.notation import syntax
from symlstm.notation.alphabet import LETTERS
from symlstm.notation.extents import Extents
from symlstm.notation.sizing import is_signal
from symlstm.notation.summing import spelled_at

_SMALL = {"\\" + word for word in LETTERS if word[0].islower()}
_BARS = re.compile(r"(?:\\(?:left|[bB]igg?l?)(?![A-Za-z])|[({\[\s])*(?:\||\\l?vert)")
"""The beginning of an absolute value that is written by bars, brackets around it included."""


def check_shapes(tree: syntax.EquationsFile, extents: Extents) -> None:
    """What is a matrix by its place alone is spelled like one.

    Raises:
        NotationError: it is spelled otherwise, and not declared (S307, S308, S312, S316); what
            carries no index in a sum is no scalar (S315).
    """
    declared = {name.ascii for declaration in tree.declarations for name in declaration.names}
    told = declared.union(*(_told(definition.right) for definition in tree.definitions))
    for definition in tree.definitions:
        pending: list[syntax.Node] = [definition.right]
        while pending:
            node = pending.pop()
            pending += reversed(syntax.children(node))
            if isinstance(node, syntax.Apply) and node.function.name in ("exp", "log"):
                _check_series(node, extents)
            if isinstance(node, syntax.Apply) and node.function.name == "abs":
                _check_bars(node, extents)
            if isinstance(node, syntax.Total):
                _check_entries(node, extents)
            if isinstance(node, syntax.Product):
                _check_factors(node, told, tree.adds_to_entries, extents, definition.left)
            if isinstance(node, syntax.Name) and node.ascii not in declared:
                _check_letter(node, extents)


def _check_factors(
    node: syntax.Product,
    told: set[str],
    adds_to_entries: bool,
    extents: Extents,
    left: syntax.Name,
) -> None:
    for factor in node.factors:
        _check_small(factor, told, extents, left)
        if not adds_to_entries:
            _check_added(factor, node, extents)


def _told(node: syntax.Node) -> Iterator[str]:
    """The names whose shape is that of signals that they are added to, or multiply by entries."""
    children = syntax.children(node)
    if isinstance(node, syntax.Sum | syntax.Hadamard) and is_signal(node):
        yield from (child.ascii for child in children if isinstance(child, syntax.Name))
    for child in children:
        yield from _told(child)


def _check_small(factor: syntax.Node, told: set[str], extents: Extents, left: syntax.Name) -> None:
    r"""A factor of small letters, as in a h_{t-1}, (1 - \alpha) h_{t-1}, \sigma(\alpha) h_{t-1}.

    A Latin letter that maps between two sizes can be no scalar.
    """
    is_turned = isinstance(factor, syntax.Transposed | syntax.Diagonal)
    shape = extents.shape(factor)
    if is_turned or shape is None or not _is_matrix(factor, extents):
        return
    names = [n for n in syntax.operands(factor) if not isinstance(n, syntax.Number)]
    for name in names:
        if not isinstance(name, syntax.Name) or name.shift is not None or name.ascii in told:
            return
        if name.glyph.latex not in _SMALL and not (name.is_small and shape[0] == shape[1]):
            return
    raise _of_unknown_shape(names[0], left)


def _of_unknown_shape(name: syntax.Node, left: syntax.Name) -> NotationError:
    r"""A small letter before a column; u_n, where h_{n,t} is defined, may be one entry of u."""
    spelled = spelled_at(name.span)
    notes = ["it multiplies what stands behind it, and nothing tells its shape"]
    help = rf"declare {spelled} \in \mathbb{{R}} or \mathbb{{R}}^{{H \times H}}, "
    help += r"or write \odot behind a vector"
    index = left.glyph.label
    if isinstance(name, syntax.Name) and name.glyph.label == index and len(index) == 1:
        notes.append(f"{index} may count entries, so that the equation is about one of them")
        help = f"write whole vectors, without the index {index}, and " + (
            rf"{name.glyph.latex} \odot for the entries of one"
        )
    return NotationError(
        "S307", f"{spelled} may be a scalar, a vector or a matrix", name.span,
        notes=tuple(notes), help=help,
    )  # fmt: skip


def _check_added(factor: syntax.Node, product: syntax.Product, extents: Extents) -> None:
    r"""1 - \beta k k^\top before or behind a matrix: a number, which may stand for so many I."""
    shape = extents.shape(factor)
    if not isinstance(factor, syntax.Sum) or shape is None or not _is_matrix(factor, extents):
        return
    if shape[0] != shape[1]:
        return
    if all(other is factor or _is_scalar(other, extents) for other in product.factors):
        return
    for _, term in factor.terms:
        if _is_scalar(term, extents):
            number = spelled_at(term.span)
            raise NotationError(
                "S336", f"{number} is added to a matrix, in a product of matrices", term.span,
                notes=(f"it may stand for {number} on the diagonal, as in I - A",
                       "it may be added to every entry"),
                help="write h - A h for (I - A) h; % notation: + = elementwise is for every entry",
            )  # fmt: skip


def _is_scalar(node: syntax.Node, extents: Extents) -> bool:
    """Whether it is a scalar, or a plain number."""
    shape = extents.shape(node)
    return shape is None or all(size == Integer(1) for size in shape)


def _check_letter(factor: syntax.Name, extents: Extents) -> None:
    if factor.shift is not None:
        return
    spelled = spelled_at(factor.span)
    is_matrix = _is_matrix(factor, extents)
    if factor.ascii == "I":
        one = (
            "leave it out of I h_t, and write h_t - A h_t for (I - A) h_t"
            if is_matrix
            else "write 1 - z_t for one minus a gate"
        )
        space = r"\mathbb{R}^{H \times H}" if is_matrix else r"\mathbb{R}^{H}"
        raise NotationError(
            "S308", f"{spelled} may be the identity matrix or a parameter", factor.span,
            notes=(rf"a parameter is declared, as in {spelled} \in {space}",),
            help=one,
        )  # fmt: skip


def _check_entries(node: syntax.Total, extents: Extents) -> None:
    """What carries no index in a sum is the same number for every index; what does, an entry."""
    for name in node.families:
        if not name.is_small:
            raise _one_of_several(name, node)
    for part in node.whole:
        shape = extents.shape(part)
        if shape is not None and any(size != Integer(1) for size in shape):
            raise _no_scalar(part, node)
    for name in node.families:
        raise _one_of_several(name, node)


def _one_of_several(name: syntax.Name, node: syntax.Total) -> NotationError:
    spelled, letter = spelled_at(name.span), name.glyph.in_latex()
    first, second = (replace(name.glyph, label=name.glyph.label + n).in_latex() for n in "12")
    return NotationError(
        "S332", f"{spelled} has two readings", name.span, node.span,
        notes=(f"it may be an entry of a vector {letter}",
               f"it may be one of several parameters, {first}, {second} and so on"),
        help=rf"declare the vector, {letter} \in \mathbb{{R}}^{{{node.last or 'H'}}}, or write the "
             f"terms out, as in {first} + {second}",
    )  # fmt: skip


def _no_scalar(part: syntax.Node, node: syntax.Total) -> NotationError:
    spelled = spelled_at(part.span)
    return NotationError(
        "S315", f"{spelled} does not carry the index of this sum, and is no scalar",
        part.span, node.span,
        notes=("its entries may be meant, or all of it for every index",),
        help=rf"give it the index, or put it outside of the sum; declare a scalar: "
             rf"{spelled} \in \mathbb{{R}}",
    )  # fmt: skip


def _check_series(node: syntax.Apply, extents: Extents) -> None:
    if _is_matrix(node.argument, extents):
        raise NotationError(
            "S312", f"{node.function.name} of a matrix has two readings", node.span,
            notes=("it may be the exponential series of the matrix, which is not read"
                   if node.function.name == "exp" else "it may be the inverse of that series",
                   "it may be taken entry by entry"),
            help=r"declare a vector in it, or a diagonal matrix: "
                 rf"\operatorname{{diag}}(\{node.function.name}(a))",
        )  # fmt: skip


def _check_bars(node: syntax.Apply, extents: Extents) -> None:
    if _BARS.match(spelled_at(node.span)) and _is_matrix(node.argument, extents):
        inner = spelled_at(node.argument.span)
        raise NotationError(
            "S316", f"|{inner}| of a matrix has more than one reading", node.span,
            notes=("it may be a determinant, or a norm", "it may be taken entry by entry"),
            help=rf"write \operatorname{{abs}}({inner}) for the absolute value of every entry",
        )  # fmt: skip


def _is_matrix(node: syntax.Node, extents: Extents) -> bool:
    shape = extents.shape(node)
    return shape is not None and all(size != Integer(1) for size in shape)
