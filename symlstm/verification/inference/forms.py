"""Forms: which arrays each argument of foreign code may be.

Names only order what is tried; whatever an argument is called, every form is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symlstm.cell import Cell
from symlstm.interface import Argument, Kind, Sizes, signature
from symlstm.tracing.loading import Arguments
from symlstm.verification.inference.packing import Grid, Packings, Shape, cell_atoms
from symlstm.verification.inference.views import Orientation

Form = Mapping[str, Any]

BIASES = 2
"""How many vectors there may be for each vector of the cell: some code adds two biases."""
FEW = 6
"""With more arguments than these, or with named entries, arrays of one gate are tried first."""
LIMIT = 8
"""How many ways to call a function are looked at, for each orientation."""
_HINTS = (
    (re.compile(r"^(p|params?|parameters?|weights?|theta|model)$", re.I), ("group", "matrix")),
    (re.compile(r"^(x|inp|u_?t$|seq|embed)", re.I), ("input",)),
    (re.compile(r"^(b|bias|peep|gamma|beta|p_)", re.I), ("vector", "matrix")),
    (re.compile(r"^(w|u|v|r|k|weight|kernel|mat|rec)", re.I), ("matrix", "vector")),
    (re.compile(r"(^|_)(h|c|s|state|hidden|cell|carry|hx|cx|prev|h0|c0|hprev|cprev)(_|t|$)"
                r"|prev|old|tm1|last|_0$|^h|^c|^s", re.I), ("state", "input")),
)  # fmt: skip
"""What a name suggests; one that suggests nothing may be anything."""


@dataclass(frozen=True)
class Breadth:
    """How much is searched.

    Args:
        heeds_names: whether an argument whose name says what it is is taken for nothing else.
        is_wide: whether arrays with some of the gates are among the packings.
        runs: calls of the foreign code for one orientation.
    """

    heeds_names: bool
    is_wide: bool
    runs: int


GLANCE = Breadth(True, False, 200)
"""What is searched of every cell first, where it is not known which: the right one is found soon,
and only the wrong ones take all the calls that they may."""

BREADTHS = (Breadth(True, False, 3_000), Breadth(True, True, 6_000), Breadth(False, False, 4_000))
"""What is searched first, and what only if that gave nothing."""


def sizes_for(cell: Cell) -> dict[str, int]:
    """Sizes at which shapes tell what they are: no sum or multiple of one is another."""
    names = [d.name for d in cell.dimensions]
    known = {"D": 7, "H": 5}
    others = iter((11, 13, 17, 19, 23, 29, 31))
    return {"B": 3, "T": 4} | {name: known.get(name) or next(others) for name in names}


def carriers(cell: Cell, kind: Kind) -> list[Argument]:
    """The arguments that are no parameters: inputs, and states at t−1 or at the beginning."""
    return [a for a in signature(cell, kind).arguments if a.axes]


def is_input(argument: Argument, cell: Cell) -> bool:
    return argument.quantity in cell.inputs


def entering(argument: Argument, cell: Cell, way: Orientation, array: Any) -> Any:
    """The array that foreign code gets for an argument, of the first example where it takes one."""
    is_timed = len(argument.axes) == 2
    if way.by_example:
        array = array[:, 0] if is_timed else array[0]
    return (way.entering if is_input(argument, cell) else way.state).apply(array)


def shape_of(argument: Argument, cell: Cell, way: Orientation, sizes: Sizes) -> list[int]:
    return list(np.shape(entering(argument, cell, way, np.zeros(argument.shape(sizes)))))


def label_of(argument: Argument, cell: Cell, shape: Sequence[int]) -> str:
    """What an argument counts as: inputs or states of one shape are told apart by numbers only."""
    return f"{'input' if is_input(argument, cell) else 'state'}{tuple(shape)}"


def search_for(
    cell: Cell, kind: Kind, arguments: Arguments, way: Orientation, sizes: Sizes, breadth: Breadth
) -> dict[str, Any] | None:
    """What is asked of `symlstm.tracing.probing`; None where a view does not fit the cell."""
    try:
        shapes = [(a, shape_of(a, cell, way, sizes)) for a in carriers(cell, kind)]
    except (ValueError, IndexError, np.exceptions.AxisError):
        return None
    counted: dict[str, int] = {}
    single: list[Form] = []
    for argument, shape in shapes:
        label = label_of(argument, cell, shape)
        if label not in counted:
            single.append({"kind": "array", "shapes": [shape], "carriers": [label]})
        counted[label] = counted.get(label, 0) + 1
    states = [(label_of(a, cell, s), s) for a, s in shapes if not is_input(a, cell)]
    if len(states) > 1:
        labels, of_states = [label for label, _ in states], [s for _, s in states]
        single.append({"kind": "tuple", "shapes": of_states, "carriers": labels})
    packings = Packings.of(cell, sizes)
    matrices = _arrays(packings, packings.matrices(breadth.is_wide))
    vectors = _arrays(packings, packings.vectors(breadth.is_wide))
    free = [n for n in arguments.names if n not in arguments.optional]
    separate = [
        sorted(arrays, key=lambda form: len(form["parts"])) for arrays in (matrices, vectors)
    ]
    if len(free) > FEW:
        matrices, vectors = separate
    forms = {name: _ordered(name, single, matrices, vectors) for name in free}
    results = [s for a, s in shapes if not is_input(a, cell)] if kind == "step" else []
    return {
        "forms": {
            name: [*suggested, *([] if breadth.heeds_names else others)]
            for name, (suggested, others) in forms.items()
        },
        "entries": [form for arrays in separate for form in arrays],
        "carriers": counted,
        "parts": {
            f"part{shape}": count * (BIASES if len(shape) == 1 else 1)
            for shape, count in packings.atoms.items()
        },
        "results": results,
        "limit": LIMIT,
        "runs": breadth.runs,
    }


def _arrays(packings: Packings, shapes: Sequence[Shape]) -> list[Form]:
    return [
        {"kind": "array", "shapes": [list(shape)], "parts": _parts(packings.grids(shape))}
        for shape in shapes
    ]


def _parts(grids: Sequence[Grid]) -> list[str]:
    """The parts of parameters that an array holds, however it is cut."""
    held = [Counter(f"part{place.shape}" for place in grid.flat) for grid in grids]
    if not held:
        return []
    shared = held[0]
    for each in held[1:]:
        shared &= each
    return sorted(shared.elements())


def _ordered(
    name: str, single: Sequence[Form], matrices: Sequence[Form], vectors: Sequence[Form]
) -> tuple[list[Form], list[Form]]:
    """The forms of one argument: those that its name suggests, and the others."""
    group: list[Form] = [{"kind": "dict"}]
    states = [f for f in single if f["carriers"][0].startswith("state")]
    inputs = [f for f in single if f["carriers"][0].startswith("input")]
    every = {"group": group, "input": inputs, "state": states, "matrix": matrices,
             "vector": vectors}  # fmt: skip
    suggested = next((words for pattern, words in _HINTS if pattern.search(name)), (*every,))
    first = [form for word in suggested for form in every[word]]
    return first, [form for word in every if word not in suggested for form in every[word]]


def is_plausible(forms: Mapping[str, Form], cell: Cell, sizes: Sizes) -> bool:
    """Whether the arrays hold about as many numbers as the cell has parameters.

    A few less are biases that are left out; a few more are a second bias.
    """
    held = sum(
        math.prod(form["shapes"][0])
        for form in forms.values()
        if form["kind"] == "array" and not form.get("carriers")
    )
    wanted = sum(math.prod(atom.shape) for atom in cell_atoms(cell, sizes))
    return 0.7 * wanted <= held <= 1.5 * wanted
