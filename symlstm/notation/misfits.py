"""Shapes that do not fit: what each message says, and the remedy that it names."""

from __future__ import annotations

import re

from symlstm.messages import NotationError, Span, shortened
from symlstm.notation import syntax
from symlstm.notation.sizing import Sized, Sizing, parse_size
from symlstm.notation.summing import spelled_at
from symlstm.shapes import ONE, Dimension, Extent, contradiction, describe

ELEMENTWISE_LAW = "∘ multiplies equal shapes"
_RAISED = re.compile(r"\s*(\^\s*(\{.*\}|\\[a-z]+|.)|ᵀ)$")
"""The sign of a transpose, which the span of a name takes in."""

PRODUCT_LAW = "a matrix product needs as many columns on the left as rows on the right"


def quoted(node: syntax.Node) -> str:
    """An expression as it stands in the file."""
    span = node.span
    text = span.text[span.column - 1 : span.column - 1 + span.length]
    return shortened(re.sub(r"\s*&|\\(left|right)(?![A-Za-z])", "", text).strip())


def _shaped(sized: Sized) -> str:
    """An expression and its shape, if anything of that is known."""
    is_known = not all(dimension.is_open for dimension in sized.extent)
    return f"{quoted(sized.node)} ({describe(sized.extent)})" if is_known else quoted(sized.node)


def joined(a: Span, b: Span) -> Span:
    """The stretch from the one to the other, if they stand on one line."""
    if a.line != b.line or b.column < a.column:
        return a
    return Span(a.file, a.line, a.column, b.column + b.length - a.column, a.text)


# Contradictions: both places are shown.


def declared_twice(
    sizing: Sizing, name: syntax.Name, before: Extent, extent: Extent
) -> NotationError:
    return contradiction(
        f"{name.ascii} is declared with two shapes, {describe(before)} and {describe(extent)}",
        name.span, sizing.told_by(name.ascii), (), "delete one declaration",
    )  # fmt: skip


def unlike(sizing: Sizing, a: Sized, b: Sized, law: str) -> NotationError:
    """Two shapes that should be one; the extents are those before the law was tried."""
    is_turned = a.extent == (b.extent[1], b.extent[0])
    text = f"{quoted(a.node)} is {describe(a.extent)}, but {quoted(b.node)} is {describe(b.extent)}"
    if describe(a.extent) == describe(b.extent):
        text = f"{quoted(a.node)} and {quoted(b.node)} cannot have one shape"
    problem = contradiction(
        text,
        b.node.span, sizing.origin(a.node, b.node), (law,),
        _matrix_product(a, b, law) or _one_below_the_other(b.node) or
        (r"one of them needs a transpose, ^\top" if is_turned else
         "check the declarations, or multiply by a weight matrix of the right shape"),
    )  # fmt: skip
    axis = 0 if a.extent[0] != b.extent[0] else 1
    undeclared = [side for side in (a, b) if side.name not in sizing.declared]
    told = [span for s in undeclared for span in sizing.sources(s.node, s.extent[axis])[:1]]
    message = problem.message
    spans = dict.fromkeys((*message.spans, *told))
    return NotationError(message.code, message.text, *spans, notes=message.notes, help=message.help)


def _one_below_the_other(node: syntax.Node) -> str:
    r"""[a^\top, b^\top]^\top is written for [a; b]: rows side by side, and the column of them."""
    pending = [node]
    while pending:
        part = pending.pop()
        pending += syntax.children(part)
        if not (isinstance(part, syntax.Transposed) and isinstance(part.argument, syntax.Stack)):
            continue
        rows = part.argument.parts
        if all(isinstance(row, syntax.Transposed) for row in rows):
            columns = "; ".join(_RAISED.sub("", quoted(row)) for row in rows)
            return f"write [{columns}]: vectors are columns, and [a; b] is one below the other"
    return ""


def _matrix_product(a: Sized, b: Sized, law: str) -> str:
    """What is multiplied entry by entry, and fits as matrices."""
    (_, columns), (rows, width) = a.extent, b.extent
    if law != ELEMENTWISE_LAW or ONE in (columns, rows) or columns != rows or width != ONE:
        return ""
    return f"write {quoted(a.node)} {quoted(b.node)} for the product of matrices"


def no_product(sizing: Sizing, a: Sized, b: Sized) -> NotationError:
    is_undeclared = a.is_parameter and a.name not in sizing.declared
    if is_undeclared and a.extent != b.extent and not b.extent[0].is_open:
        return _two_shapes(sizing, a, b)
    first = sizing.first_use(a.name, 1)
    is_other_use = first is not None and first != joined(a.node.span, b.node.span)
    if first is not None and is_undeclared and is_other_use and a.extent[1] != ONE:
        return _two_uses(a, b, first)
    return contradiction(
        f"cannot multiply {_shaped(a)} and {_shaped(b)}",
        b.node.span, sizing.origin(a.node, b.node, axes=(1, 0)),
        (PRODUCT_LAW,), _product_remedy(sizing, a, b),
    )  # fmt: skip


def _two_shapes(sizing: Sizing, a: Sized, b: Sized) -> NotationError:
    """W x and W h, where x and h have different sizes."""
    place, origin = joined(a.node.span, b.node.span), sizing.origin(a.node, b.node, axes=(1, 0))
    note = f"{a.name} is one parameter, wherever it stands"
    return NotationError(
        "S210",
        f"{a.name} cannot be both {_of_columns(a.extent[1])} and {_of_columns(b.extent[0])}",
        *dict.fromkeys((place, origin, *_declared(sizing, place, origin, a, b))),
        notes=(note,), help="give one of the two another name",
    )  # fmt: skip


def _declared(sizing: Sizing, place: Span, origin: Span, a: Sized, b: Sized) -> tuple[Span, ...]:
    """Where the two sizes are declared, if both are told in the body of one function."""
    if place != origin:
        return ()
    places = (sizing.declaration_of(size) for size in (a.extent[1], b.extent[0]))
    return tuple(span for span in places if span is not None)


def _two_uses(a: Sized, b: Sized, first: Span) -> NotationError:
    """V [x, h] and V x, where no size is known."""
    place = joined(a.node.span, b.node.span)
    return contradiction(
        f"{spelled_at(first)} and {spelled_at(place)} need different numbers of columns "
        f"of {quoted(a.node)}",
        place, first, (f"{a.name} is one parameter, wherever it stands", PRODUCT_LAW),
        "give one of the two another name",
    )  # fmt: skip


def _of_columns(columns: Dimension) -> str:
    return "a vector" if columns == ONE else f"a matrix of {columns} columns"


def _product_remedy(sizing: Sizing, a: Sized, b: Sized) -> str:
    left, right = a.extent, b.extent
    if left == right and left[1] == ONE and a.is_parameter:
        inner = rf"{quoted(a.node)}^\top {quoted(b.node)}"
        return rf"write {inner} for the inner product, or \odot for the elementwise product"
    if left == right:
        return (
            r"write \odot for the elementwise product, or say it: % notation: juxtaposition = \odot"
        )
    is_declared = a.name in sizing.declared
    if left[1] == ONE and isinstance(a.node, syntax.Name) and not is_declared:
        declare = rf"declare {at_t(a.node)} \in \mathbb{{R}} if it is a scalar"
        is_vector = right[1] == ONE
        return rf"write \odot for the elementwise product, or {declare}" if is_vector else declare
    if left[0] == right[0] and left[1] != ONE:
        return _turned(a)
    if left[1] == right[1] != ONE:
        return _turned(b)
    return "check the shapes of both, or transpose one with ^\\top"


def _turned(sized: Sized) -> str:
    """The transpose, of which the transpose is what was transposed."""
    node = sized.node
    is_turned = isinstance(node, syntax.Transposed)
    fits = _RAISED.sub("", quoted(node.argument)) if is_turned else rf"{quoted(node)}^\top"
    return f"{fits} fits: it is {describe((sized.extent[1], sized.extent[0]))}"


def no_stack(a: Sized, b: Sized) -> NotationError:
    return contradiction(
        f"cannot stack {_shaped(a)} and {_shaped(b)}",
        b.node.span, a.node.span, ("what is stacked has one number of columns",),
    )  # fmt: skip


def no_vector(sizing: Sizing, node: Sized, law: str) -> NotationError:
    return contradiction(
        f"{quoted(node.node)} is {describe(node.extent)}, no vector",
        node.node.span, sizing.origin(node.node), (law,),
    )  # fmt: skip


def sum_to_another_size(sizing: Sizing, node: syntax.Total, summed: Sized) -> NotationError:
    rows = summed.extent[0]
    is_declared = sizing.declared_size(node.last) is not None
    return NotationError(
        "S214", f"this sum goes to {node.last}, but what is summed has {rows} entries",
        node.span, sizing.origin(node.argument),
        notes=()
        if node.last.isdigit()
        else (f"{node.last} is {'a' if is_declared else 'no'} size that the file declares",),
        help=f"sum to {rows}"
        if node.last.isdigit()
        else f"sum to {rows}, or give one of the two sizes another letter",
    )  # fmt: skip


# What has several readings, or none.


def vector_or_matrix(node: syntax.Node, name: syntax.Name, rows: Dimension) -> NotationError:
    height = "H" if rows.is_open else str(rows)
    width = "K" if "K" not in height else "M"
    return NotationError(
        "S295", f"{quoted(node)}: {name.ascii} may be a vector or a matrix", node.span,
        notes=("nothing tells how many columns it has",),
        help=rf"declare it: {name.glyph.in_latex()} \in \mathbb{{R}}^{{{height}}}, or "
        rf"\mathbb{{R}}^{{{height} \times {width}}}",
    )  # fmt: skip


def side_by_side(node: syntax.Product) -> NotationError:
    """f_t c_{t-1}, where nothing tells the shapes."""
    return NotationError(
        "S292", f"{quoted(node)} has more than one reading", node.span,
        notes=("it may be an elementwise product", "it may be a product with a scalar",
               "it may be a product with a matrix"),
        help=r"write \odot, or % notation: juxtaposition = \odot, or declare the shapes",
    )  # fmt: skip


def two_columns(node: syntax.Product, first: syntax.Node) -> NotationError:
    """f_t c_{t-1}, where f_t is one column of a height that nothing tells."""
    scalar = "declare scalars"
    if isinstance(first, syntax.Name):
        scalar = rf"{at_t(first)} \in \mathbb{{R}} for a scalar"
    return NotationError(
        "S292", f"{quoted(node)} has two readings", node.span,
        notes=("it may be an elementwise product", "it may be a product with a scalar"),
        help=rf"write \odot (% notation: juxtaposition = \odot), or {scalar}",
    )  # fmt: skip


def before_a_matrix(sizing: Sizing, a: Sized, b: Sized, matrix: syntax.Name) -> NotationError:
    """x W: rows in some papers. Here vectors are columns, and nothing says that x is none."""
    signal = quoted(a.node)
    is_column = a.extent[1] == ONE
    readings = (
        "a row, as in code, or a scalar"
        if is_column
        else ("a row, as in code, a scalar, or a matrix")
    )
    declare = ""
    if a.name and a.name not in sizing.declared:
        shape = r"\in \mathbb{R} if it is a scalar" if is_column else "with its shape"
        declare = f", or declare {at_t(a.node)} {shape}"
    return NotationError(
        "S297", f"{signal} {quoted(b.node)} has more than one reading",
        joined(a.node.span, b.node.span),
        notes=(f"{signal} may be {readings}", "vectors are columns in equations"),
        help=f"write {matrix.glyph.in_latex()} {signal}" + declare,
    )  # fmt: skip


def at_t(node: syntax.Node) -> str:
    """A name as it is declared: at time t, if it carries one."""
    assert isinstance(node, syntax.Name)
    if node.shift is None:
        return node.glyph.in_latex()
    below = node.glyph.in_latex("t")
    return below.replace("_{t}", "_t")


def divisor_of_any_shape(node: syntax.Quotient, name: syntax.Name) -> NotationError:
    return NotationError(
        "S235", f"{quoted(node)} has more than one reading", node.span,
        notes=(f"{quoted(name)} may be a scalar, or divide entry by entry",),
        help=rf"declare it: {name.glyph.in_latex()} \in \mathbb{{R}}, or \mathbb{{R}}^{{H}}",
    )  # fmt: skip


def number_in_a_stack(number: syntax.Node) -> NotationError:
    """[h, x, 1]: the bias as a column of the weights."""
    return NotationError(
        "S212", "a plain number has no shape in a stack", number.span,
        notes=("a 1 under a vector is how a bias is written as a column of the weights",),
        help="leave it out, and add the bias by its own name: W [h_{t-1}, x_t] + b",
    )  # fmt: skip


def number_without_shape(node: syntax.Node) -> NotationError:
    return NotationError(
        "S212", "a plain number has no shape here", node.span, help="name it as a parameter"
    )


def power_of_a_matrix(node: syntax.Power, extent: Extent) -> NotationError:
    return NotationError(
        "S294", f"{quoted(node)}: the power of a matrix has two readings", node.span,
        notes=(f"{quoted(node.base)} is {describe(extent)}",
               "it may be a product of the matrix with itself, or taken entry by entry"),
        help=r"write the product out, as in W W or W \odot W",
    )  # fmt: skip


def total_of_a_scalar(node: syntax.Node) -> NotationError:
    return NotationError(
        "S298", f"{quoted(node)} is a scalar: there is nothing to sum", node.span,
        help="declare what is summed with its size, as in x_t \\in \\mathbb{R}^{D}",
    )  # fmt: skip


def unknown_rows(node: syntax.Slice) -> NotationError:
    return NotationError(
        "S299", f"nothing tells how many rows {quoted(node.argument)} has", node.span,
        help=r"declare its matrix, as in W \in \mathbb{R}^{4H \times D}",
    )  # fmt: skip


_COUNTED = "rows are counted from 1, and both ends are included"


def row_zero(node: syntax.Slice) -> NotationError:
    some = "" if parse_size(node.last) == Dimension() else f", as in 1:{node.last}"
    return contradiction(f"{quoted(node)}: there is no row 0", node.span, None, (), _COUNTED + some)


def no_rows_between(node: syntax.Slice, length: Dimension) -> NotationError:
    """Rows of which there are none, or may be none, or a number that is no sum of sizes."""
    if length.greatest < 1:
        backwards = f"{quoted(node)}: the rows run backwards, from {node.first} to {node.last}"
        return contradiction(backwards, node.span, None, (), _COUNTED)
    return contradiction(
        f"{quoted(node)}: nothing tells how many rows {node.first} to {node.last} are", node.span,
        None, ("their number is no sum of sizes",),
        "write the last row as a sum from the first on, as in [a]_{H+1:H+D}",
    )  # fmt: skip


def no_such_rows(
    sizing: Sizing, node: syntax.Slice, rows: Dimension, first: Dimension, last: Dimension
) -> NotationError:
    if rows.plus(first, -1).greatest < 0 and first != last:
        reason = f"no rows {node.first} to {node.last}"
    elif rows.plus(last, -1).greatest < 0:
        reason = f"no row {node.last}"
    else:
        reason = f"and may have no row {node.last}"
    return contradiction(
        f"{quoted(node.argument)} has {rows} rows, {reason}",
        node.span, sizing.origin(node.argument), (), _COUNTED,
    )  # fmt: skip
