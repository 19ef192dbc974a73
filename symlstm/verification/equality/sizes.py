"""Named sizes of one cell as those of the other: H = N, 4H = 4N, H+D = N+M."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Integer, Symbol

from symlstm.cell import sizes_in
from symlstm.verification.equality.forms import as_size


def in_sizes(sizes: Mapping[Symbol, Any], size: Any) -> Any:
    """A size of the general cell, by those of the special one."""
    return as_size(size).xreplace(dict(sizes))


def unify_sizes(sizes: dict[Symbol, Any], general: Any, special: Any) -> bool:
    """Require two sizes to be equal; one that is still free is settled."""
    general = as_size(general)
    free = [s for s in sizes_in(general) if s not in sizes]
    if len(free) == 1:
        rest = (general - free[0]).xreplace(sizes)
        if free[0] in sizes_in(rest):
            return _multiple(sizes, general, free[0], special)
        difference = special - rest
        if _is_size(difference):
            sizes[free[0]] = difference
            return True
        return False
    return not free and (in_sizes(sizes, general) - special) == 0


def _multiple(sizes: dict[Symbol, Any], general: Any, free: Symbol, special: Any) -> bool:
    """4H = 4N is H = N."""
    ratio = special / (general / free)
    if general / free == Integer(int(general / free)) and _is_size(ratio):
        sizes[free] = ratio
        return True
    return False


def _is_size(size: Any) -> bool:
    """Whether a size can be one: no negative part, no fraction."""
    parts = as_size(size).as_coefficients_dict().values()
    return bool(parts) and all(p.is_Integer and p > 0 for p in parts)


def unify_shapes(sizes: dict[Symbol, Any], general: Iterable[Any], special: Iterable[Any]) -> bool:
    return all(unify_sizes(sizes, a, b) for a, b in zip(general, special, strict=True))
