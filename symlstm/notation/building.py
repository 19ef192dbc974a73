"""Tree → SymPy, unevaluated: what was written, in the order in which it was written.

Scalars are 1×1. One that meets a vector or matrix is spread over its entries by products with
matrices of ones, `1 s` and `1 s 1ᵀ`, and the sum of a vector is `1ᵀ v`; so broadcasting and
summing are ordinary matrix products, each the other's adjoint.
"""

from __future__ import annotations

from typing import Any, cast

from sympy import (
    BlockMatrix,
    HadamardProduct,
    Integer,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    OneMatrix,
)
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.calculus.nodes import inverse, is_inverse, is_spread, kept_factors
from symlstm.calculus.rules import elementwise_power, hadamard, product, transposed
from symlstm.cell import Equation, Quantity, Shape, operands
from symlstm.messages import NotationError
from symlstm.notation import syntax
from symlstm.notation.extents import Extents
from symlstm.notation.naming import MAXIMUM_DIGITS

SCALAR: Shape = (Integer(1), Integer(1))

MAXIMUM_ASKED_TWICE = 6
"""So often may the shape of a part be asked twice to know that of the whole; see `Nesting`."""


class Builder:
    """Builds the expressions of one file.

    Args:
        extents: the shapes of all nodes.
        quantities: the quantities by their ASCII names.
    """

    def __init__(self, extents: Extents, quantities: dict[str, Quantity]) -> None:
        self._extents = extents
        self._quantities = quantities
        self._nesting = Nesting()

    def equation(self, definition: syntax.Definition) -> Equation:
        left = self._quantities[definition.left.ascii]
        right = self.build(definition.right, left.shape)
        return Equation(left.at(0), right, definition.span)

    def build(self, node: syntax.Node, shape: Shape) -> Any:
        """The SymPy expression of a node, of this shape: numbers and scalars are spread over it."""
        value = syntax.constant(node)
        if value is not None:
            return _checked(product(value, OneMatrix(*shape)), node)
        if isinstance(node, syntax.Size):
            return product(self._extents.dimension(node.ascii), OneMatrix(*shape))
        own = self._extents.shape(node) or SCALAR
        built = _checked(self._build(node, own), node)
        self._nesting.check(built, node)
        return spread(built, shape)

    def _own(self, node: syntax.Node) -> Any:
        """The expression of a node in its own shape; one of a plain number stands alone: 1×1."""
        return self.build(node, self._extents.shape(node) or SCALAR)

    def _build(self, node: syntax.Node, shape: Shape) -> Any:
        match node:
            case syntax.Name():
                return self._quantities[node.ascii].at(node.shift or 0)
            case syntax.Sum(terms):
                built = [product(Integer(sign), self.build(term, shape)) for sign, term in terms]
                if len(built) == 1:
                    return built[0]
                return cast(MatrixExpr, MatAdd(*built, evaluate=False))
            case syntax.Hadamard(factors):
                scalar, rest = _split(factors)
                return product(scalar, _entrywise(*(self.build(f, shape) for f in rest)))
            case syntax.Product(factors):
                if node.is_elementwise_between_vectors and self._are_columns(factors):
                    return self._build(syntax.Hadamard(factors, node.span), shape)
                return self._product(factors, shape)
            case syntax.Quotient(top, bottom):
                return self._quotient(top, bottom, shape)
            case syntax.Power(base, exponent):
                return elementwise_power(self._own(base), exponent)
            case syntax.Apply(function, argument):
                return functions.apply(function, self._own(argument))
            case syntax.Stack(parts):
                return _stacked([self._own(part) for part in parts])
            case syntax.Transposed(argument):
                return transposed(self._own(argument))
            case syntax.Total(argument, is_mean):
                return _total(self._own(argument), is_mean)
            case syntax.Slice(argument, first, last):
                top = self._extents.dimension(first) - 1
                return _rows(self._own(argument), top, self._extents.dimension(last))
            case syntax.Part(argument, names, index):
                heights = [self._quantities[name.ascii].shape[0] for name in names]
                top = sum(heights[:index], Integer(0))
                return _rows(self._own(argument), top, top + heights[index])
            case syntax.Size():
                return self.build(node, shape)
            case syntax.Diagonal() | syntax.Number():
                raise NotationError(
                    "S293", "a diagonal matrix stands alone here", node.span,
                    help="multiply it by a vector or a matrix, as in \\operatorname{diag}(w) h",
                )  # fmt: skip

    def _quotient(self, top: syntax.Node, bottom: syntax.Node, shape: Shape) -> Any:
        below = syntax.constant(bottom)
        if below is not None:
            return product(cast(Any, 1) / below, self.build(top, shape))
        divisor = spread(elementwise_power(self._own(bottom), Integer(-1)), shape)
        above = syntax.constant(top)
        if above is not None:
            return product(above, divisor)
        return _entrywise(self.build(top, shape), divisor)

    def _product(self, factors: tuple[syntax.Node, ...], shape: Shape) -> Any:
        """Numbers, then scalars spread over the rest, then a product of matrices."""
        number, rest = _split(factors)
        scalars = [f for f in rest if self._extents.shape(f) in (None, SCALAR)]
        matrices = [f for f in rest if f not in scalars]
        if not matrices:
            built = [self._own(f) for f in scalars]
            return product(number, _entrywise(*built))
        chain = self._chain(matrices)
        return product(number, _entrywise(*(spread(self._own(s), shape) for s in scalars), chain))

    def _are_columns(self, factors: tuple[syntax.Node, ...]) -> bool:
        shapes = [s for f in factors if (s := self._extents.shape(f)) is not None]
        others = [shape for shape in shapes if shape != (1, 1)]
        return len(others) > 1 and all(columns == 1 for _, columns in others)

    def _chain(self, factors: list[syntax.Node]) -> Any:
        """A B …; diag(w) A is w ∘ A for a column A, and scales the rows of a matrix."""
        result: Any = None
        for factor in reversed(factors):
            if not isinstance(factor, syntax.Diagonal):
                matrix = self._own(factor)
                result = matrix if result is None else product(matrix, result)
            elif result is None:
                return self._build(factor, SCALAR)
            else:
                vector = self._own(factor.argument)
                columns = result.shape[1]
                wide = vector if columns == 1 else product(vector, OneMatrix(1, columns))
                result = _entrywise(wide, result)
        return result


class Nesting:
    """How deep the matrices are nested whose shape SymPy asks of one part twice.

    The rows and the columns of k A are both those of A, and those of a stack the rows and the
    columns of its first block. No node remembers its shape, so a level doubles the time of every
    question after it, in the reader and behind it.
    """

    def __init__(self) -> None:
        self._depths: dict[Any, int] = {}

    def check(self, matrix: Any, node: syntax.Node) -> None:
        """
        Raises:
            NotationError: it is too deep (S202).
        """
        if self._depth(matrix) > MAXIMUM_ASKED_TWICE:
            raise NotationError(
                "S202",
                f"stacks and multiples are nested more than {MAXIMUM_ASKED_TWICE} deep",
                node.span, help="give inner parts names of their own",
            )  # fmt: skip

    def _depth(self, matrix: Any) -> int:
        if isinstance(matrix, MatrixSymbol | OneMatrix):
            return 0
        if matrix not in self._depths:
            self._depths[matrix] = self._asked(matrix)
        return self._depths[matrix]

    def _asked(self, matrix: Any) -> int:
        match matrix:
            case BlockMatrix():
                first, *others = list(cast(Any, matrix.blocks))
                return max(1 + self._depth(first), *map(self._depth, others), 0)
            case MatMul():
                first, *others = [f for f in operands(matrix) if f.is_Matrix]
                if others:
                    return max(self._depth(first), self._depth(others[-1]))
                return 1 + self._depth(first)
            case MatrixSlice():
                return 0
            case _:
                first = next((f for f in operands(matrix) if f.is_Matrix), None)
                return 0 if first is None else self._depth(first)


def _checked(matrix: Any, node: syntax.Node) -> Any:
    """The matrix; numbers that are multiplied grow no longer than a number that is written.

    Raises:
        NotationError: the number in front of it is too long (S213).
    """
    number: Any = operands(matrix)[0] if isinstance(matrix, MatMul) else Integer(1)
    if not number.is_Matrix:
        rational = number.as_coeff_Mul()[0]
        if max(abs(rational.p), rational.q) >= 10**MAXIMUM_DIGITS:
            raise NotationError(
                "S213", f"these numbers make one of more than {MAXIMUM_DIGITS} digits", node.span,
                help="shorten them, or give one a name and declare it as a parameter",
            )  # fmt: skip
    return matrix


def _stacked(blocks: list[Any]) -> Any:
    """[A; B; …]; a stack in it is opened: [[a; b]; c] = [a; b; c]."""
    opened: list[Any] = []
    for block in blocks:
        opened += list(cast(Any, block.blocks)) if isinstance(block, BlockMatrix) else [block]
    return BlockMatrix([[block] for block in opened])


def _split(factors: tuple[syntax.Node, ...]) -> tuple[Any, list[syntax.Node]]:
    """The product of the plain numbers among the factors, and the others."""
    numbers = [v for f in factors if (v := syntax.constant(f)) is not None]
    return Mul(*numbers), [f for f in factors if syntax.constant(f) is None]


def spread(matrix: Any, shape: Shape) -> Any:
    """A scalar, over all entries of a shape; anything else as it is."""
    if matrix.shape != (1, 1) or tuple(shape) == (1, 1):
        return matrix
    rows, columns = shape
    ones = [OneMatrix(rows, 1)] + ([] if columns == 1 else [OneMatrix(1, columns)])
    return MatMul(ones[0], matrix, *ones[1:], evaluate=False)


def _entrywise(*factors: Any) -> Any:
    """k A ∘ B ∘ …, with one denominator: (a/b) ∘ (c/d) is (a ∘ c)/(b ∘ d)."""
    result = hadamard(*factors)
    parts: list[Any] = list(operands(result)) if isinstance(result, MatMul) else [result]
    if not isinstance(parts[-1], HadamardProduct):
        return result
    inverses = [f for f in operands(parts[-1]) if is_inverse(f)]
    if len(inverses) < 2:
        return result
    above = [f for f in operands(parts[-1]) if not is_inverse(f)]
    if all(is_spread(f) for f in inverses):
        scalars = hadamard(*(kept_factors(inverse(f))[0] for f in inverses))
        below = spread(
            elementwise_power(scalars, Integer(-1)), cast(Shape, cast(Any, result).shape)
        )
    else:
        below = elementwise_power(hadamard(*map(inverse, inverses)), Integer(-1))
    return product(*parts[:-1], hadamard(*above, below))


def _total(matrix: Any, is_mean: bool) -> Any:
    """1ᵀ A 1, the sum of all entries, or their mean."""
    rows, columns = matrix.shape
    result = product(OneMatrix(1, rows), matrix)
    if columns != 1:
        result = product(result, OneMatrix(columns, 1))
    return product(cast(Any, Integer(1)) / (rows * columns), result) if is_mean else result


def _rows(matrix: Any, first: Any, last: Any) -> Any:
    return MatrixSlice(matrix, (first, last), (0, matrix.shape[1]))
