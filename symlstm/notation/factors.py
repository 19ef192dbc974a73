"""What is doubtful of factors side by side, as far as their shapes are known.

Whether a b is a product of matrices, with a scalar or entry by entry is told by what a and b are;
a paper that leaves signs out is not guessed at.
"""

from __future__ import annotations

from symlstm.messages import NotationError
from symlstm.notation import misfits, syntax
from symlstm.notation.sizing import Sized, Sizing, is_parameter, is_signal
from symlstm.shapes import ONE


class Factors:
    """Questions about the factors of products, by the sizes that are known."""

    def __init__(self, sizing: Sizing) -> None:
        self._sizing = sizing

    def may_be_columns(self, others: list[Sized]) -> bool:
        return len(others) > 1 and all(
            self._sizing.size(s.extent[1]) == ONE or self.is_open_signal(s) for s in others
        )

    def is_open_signal(self, sized: Sized) -> bool:
        """A signal that may be a scalar, a column or a matrix."""
        return is_signal(sized.node) and self._sizing.is_open(sized.extent[1])

    def is_open_signal_turned(self, node: syntax.Node) -> bool:
        """q_tᵀ, where nothing tells yet how wide q_t is."""
        if not isinstance(node, syntax.Transposed) or not isinstance(node.argument, syntax.Name):
            return False
        return self.is_open_signal(Sized(node.argument, self._sizing.of_name[node.argument.ascii]))

    def doubt(self, node: syntax.Product, a: Sized, b: Sized) -> NotationError | None:
        """What is to be said of two factors side by side that have several readings.

        A b is a product of matrices if A may be one. A column before a matrix of unknown rows is a
        row in the papers that print rows, or an undeclared scalar: no matrix of one row. A column
        before a transposed small letter is the outer product u vᵀ.
        """
        if self.is_open_signal(a) and is_signal(b.node):
            return None if node.is_elementwise_between_vectors else misfits.side_by_side(node)
        factor = b.node.argument if isinstance(b.node, syntax.Transposed) else b.node
        if not isinstance(factor, syntax.Name) or not is_parameter(factor):
            return None
        is_column = self._sizing.size(a.extent[1]) == ONE
        is_outer = is_column and factor is not b.node and factor.is_small
        is_doubtful = self.is_open_signal(a) or (
            is_column and not is_outer and self._sizing.is_open(b.extent[0])
        )
        if not is_doubtful:
            return None
        return misfits.before_a_matrix(self._sizing, self._sizing.resolved(a), b, factor)

    def is_before_column(self, a: Sized, b: Sized) -> bool:
        """Whether the product of matrices would make a number of one of two columns.

        It does if a column stands before what has an unknown height, and is no transpose.
        """
        if isinstance(b.node, syntax.Transposed) or self._sizing.size(a.extent[1]) != ONE:
            return False
        (above, _), (below, width) = self._sizing.shape(a.extent), self._sizing.shape(b.extent)
        if below.is_unknown:
            return True
        return above.is_unknown and not a.is_parameter and width == ONE != below
