"""Random well-shaped cells as LaTeX: several states, nested functions, products, stacks."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

VECTORS = ("D", "H", "K")
SCALAR, MATRIX = "", r"H \times K"
FUNCTIONS = (r"\tanh", r"\sigma", r"\operatorname{relu}", r"\operatorname{softplus}")
STATES = (("h", "H"), ("c", "H"), ("n", "K"), ("s", SCALAR), ("C", MATRIX))


@dataclass
class Scope:
    """What can be read where an expression is drawn."""

    signals: dict[str, list[str]]
    has_root: bool = False
    """A cell gets one root, which the steps nest in each other."""
    parameters: dict[str, str] = field(default_factory=dict[str, str])

    def may_take_root(self) -> bool:
        may, self.has_root = not self.has_root, True
        return may

    def parameter(self, size: str) -> str:
        name = f"P_{{{len(self.parameters)}}}"
        self.parameters[name] = size
        return name


def declared(name: str, size: str) -> str:
    return rf"{name} \in \mathbb{{R}}" + (rf"^{{{size}}}" if size else "")


def _matrix(rows: str, columns: str) -> str:
    return rf"{rows} \times {columns}"


@st.composite
def expressions(draw, scope: Scope, size: str, depth: int) -> str:
    """An expression of this size, in brackets where it needs them."""
    if depth == 0:
        return draw(leaves(scope, size))

    def inner(of: str = size) -> str:
        return draw(expressions(scope, of, depth - 1))

    kinds = ["sum", "difference", "hadamard", "function", "complement", "scaled", "quotient"]
    kinds += ["square", "number"]
    if size == SCALAR:
        kinds += ["inner", "mean", "norm"]
    elif size == MATRIX:
        kinds += ["outer", "weights"]
    else:
        kinds += ["product", "product", "stack", "transposed", "diag", "max", "cases", "rows"]
        kinds += ["state"] if size == "H" else []
    match draw(st.sampled_from(kinds)):
        case "sum":
            return rf"\left({inner()} + {inner()}\right)"
        case "difference":
            return rf"\left({inner()} - {inner()}\right)"
        case "hadamard":
            return rf"\left({inner()} \odot {inner()}\right)"
        case "function":
            function = draw(st.sampled_from(FUNCTIONS))
            return rf"{function}\left({inner()}\right)"
        case "complement":
            return rf"\left(1 - {inner()}\right)"
        case "number":
            return rf"\left({draw(st.sampled_from(('2', '0.5', '3')))} {inner()} + 1\right)"
        case "scaled":
            return rf"\left({inner(SCALAR)} {inner()}\right)"
        case "quotient":
            bottom = draw(st.sampled_from((SCALAR, size)))
            root = draw(st.booleans()) and scope.may_take_root()
            below = inner(bottom)
            if bottom == MATRIX:
                return rf"\left({inner()} \odot {below}\right)"
            below = rf"1 + \left({below}\right)^2"
            below = rf"\sqrt{{{below}}}" if root else below
            return rf"\frac{{{inner()}}}{{{below}}}"
        case "square":
            return rf"\left({inner()}\right)^2" if size != MATRIX else inner()
        case "inner":
            of = draw(st.sampled_from(VECTORS))
            return rf"\left(\left({inner(of)}\right)^\top \left({inner(of)}\right)\right)"
        case "mean":
            word = draw(st.sampled_from(("mean", "sum")))
            of = draw(st.sampled_from(VECTORS))
            return rf"\operatorname{{{word}}}\left({inner(of)}\right)"
        case "norm":
            root = r"\sqrt" if scope.may_take_root() else r"\sigma"
            of = draw(st.sampled_from(VECTORS))
            return rf"{root}{{2 + \operatorname{{sum}}\left(\left({inner(of)}\right)^2\right)}}"
        case "outer":
            return rf"\left(\left({inner('H')}\right) \left({inner('K')}\right)^\top\right)"
        case "weights":
            return rf"\left({scope.parameter(_matrix('H', 'H'))} {inner()}\right)"
        case "product":
            of = draw(st.sampled_from(VECTORS))
            return rf"\left({scope.parameter(_matrix(size, of))} {inner(of)}\right)"
        case "transposed":
            of = draw(st.sampled_from(VECTORS))
            return rf"\left({scope.parameter(_matrix(of, size))}^\top {inner(of)}\right)"
        case "stack":
            a, b = (draw(st.sampled_from(VECTORS)) for _ in range(2))
            weights = scope.parameter(_matrix(size, f"({a}+{b})" if a != b else f"2{a}"))
            return rf"\left({weights} [{inner(a)}, {inner(b)}]\right)"
        case "diag":
            return rf"\left(\operatorname{{diag}}({scope.parameter(size)}) {inner()}\right)"
        case "max":
            return rf"\max\left({inner()}, {inner()}\right)"
        case "rows":
            of = draw(st.sampled_from(VECTORS))
            return (
                rf"\left[{scope.parameter(_matrix('2' + size, of))} {inner(of)}\right]_{{1:{size}}}"
            )
        case "cases":
            condition, a, b = inner(), inner(), inner()
            return (
                rf"\begin{{cases}} {a} & {condition} > 0 \\ {b} & \text{{otherwise}} \end{{cases}}"
            )
        case _:
            return rf"\left(\left({inner(MATRIX)}\right) {inner('K')}\right)"


@st.composite
def leaves(draw, scope: Scope, size: str) -> str:
    known = scope.signals.get(size, [])
    if known and draw(st.booleans()):
        return draw(st.sampled_from(known))
    return scope.parameter(size)


@st.composite
def random_cells(draw, depth: int = 3) -> str:
    """The text of an equations file."""
    states = draw(st.lists(st.sampled_from(STATES), min_size=1, max_size=3, unique=True))
    scope = Scope({"D": ["x_t"]})
    for name, size in states:
        scope.signals.setdefault(size, []).append(f"{name}_{{t-1}}")
    equations: list[str] = []
    for name in draw(st.lists(st.sampled_from("afgz"), max_size=2, unique=True)):
        size = draw(st.sampled_from((*VECTORS, SCALAR)))
        right = draw(expressions(scope, size, draw(st.integers(1, depth))))
        equations.append(f"{name}_t = {right}")
        states.append((name, size))
        scope.signals.setdefault(size, []).append(f"{name}_t")
    for name, size in states[: len(states) - len(equations)]:
        right = draw(expressions(scope, size, draw(st.integers(1, depth))))
        recurrent = draw(expressions(scope, size, 1))
        equations.append(rf"{name}_t = {right} + {recurrent} + {name}_{{t-1}}")
        scope.signals.setdefault(size, []).append(f"{name}_t")
    first = rf"y_t = {scope.parameter(_matrix('K', 'D'))} x_t"
    lines = [declared("x_t", "D")]
    lines += [declared(f"{name}_t", size) for name, size in states]
    lines += [declared(name, size) for name, size in scope.parameters.items()]
    return "\\begin{align}\n" + " \\\\\n".join([*lines, first, *equations]) + "\n\\end{align}\n"
