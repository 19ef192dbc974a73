r"""Blocks side by side: [A B] [x; y] = A x + B y.

The widths of A and B add up to the height of what stands behind them; where nothing tells how, each
block is as wide as the part that it meets is high, as in every product of blocks.
"""

from __future__ import annotations

from symlstm.notation import syntax
from symlstm.notation.sizing import Sizing
from symlstm.shapes import Dimension, Extent


def widths(node: syntax.Node, extent_of: dict[int, Extent | None]) -> list[Dimension]:
    """The columns of each block of a row of blocks, or of the first of several such rows.

    Args:
        extent_of: the extents of nodes by their identity.
    """
    if isinstance(node, syntax.Stack):
        return widths(node.parts[0], extent_of)
    turned = node.argument if isinstance(node, syntax.Transposed) else None
    return heights(turned, extent_of) if turned is not None else []


def heights(node: syntax.Node, extent_of: dict[int, Extent | None]) -> list[Dimension]:
    """The rows of each part of a stack, or of a function of one."""
    match node:
        case syntax.Stack(parts):
            extents = [extent_of.get(id(part)) for part in parts]
            return [extent[0] for extent in extents if extent is not None]
        case syntax.Apply(_, argument):
            return heights(argument, extent_of)
        case _:
            return []


def may_meet(sizing: Sizing, first: list[Dimension], second: list[Dimension], now: bool) -> bool:
    """Whether blocks that are as many can be of equal sizes one by one, if some are not known.

    Args:
        now: whether they are made equal; otherwise something may still tell their sizes.
    """
    if len(first) < 2 or len(first) != len(second) or not any(map(sizing.is_open, first)):
        return False
    return not now or all(map(sizing.equal, first, second))
