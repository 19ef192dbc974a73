"""Normal forms: what the equations of two cells compute, written so that equal things look equal.

A *polynomial* is a sum of monomials with rational coefficients, a *monomial* a product of powers of
*factors*, entry by entry. A factor is an entry of one table that both cells share:

("leaf", Leaf)             an input, a state at t−1, or a parameter; some rows and columns of it
("call", name, p)          an elementwise function of a polynomial
("product", (m, n, …))     the matrix product of monomials
("ones", rows, columns)    a matrix of ones inside a product
("identity", rows)         the identity matrix
("diagonal", p, rows)      the matrix with a vector on its diagonal: a ∘ (W x) = diag(a) W x
("stack", ((p, rows), …))  polynomials on top of each other
("sum", p)                 a polynomial that is raised to a power, or too long to be multiplied out
("hole",)                  the place of a parameter that is looked for
("other", what, (p, …))    anything else

Sums, products, transposes and slices are moved inwards, σ(−a) is 1 − σ(a), tanh(−a) is −tanh(a),
relu(2a) is 2 relu(a), and exp(a) exp(b) is exp(a + b). Nothing is claimed on the strength of these
forms: they only suggest what corresponds to what, and `proving` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any, cast

from sympy import Rational, sympify

from symlstm import functions
from symlstm.messages import UnknownNode

Monomial = tuple[tuple[int, Fraction], ...]
"""(factor, exponent), in the order of the table."""

Polynomial = tuple[tuple[Monomial, Fraction], ...]
"""(monomial, coefficient), in order, no coefficient 0."""

Range = tuple[Any, Any]
"""From a row or column up to another, as symbolic sizes."""

LONGEST = 400
"""Products of more monomials than this are not multiplied out."""

HOMOGENEOUS = frozenset({"relu", "abs"})
"""Functions with f(c a) = c f(a) for every c > 0."""

REFLECTED = frozenset({"relu", "softplus", "silu"})
"""Functions with f(−a) = f(a) − a."""

ZERO: Polynomial = ()
EMPTY: Monomial = ()
ONE: Polynomial = ((EMPTY, Fraction(1)),)


@dataclass(frozen=True)
class Leaf:
    """Some rows and columns of a quantity.

    Args:
        cell: 0 or 1, whose quantity it is.
        shift: its time; None for a parameter.
    """

    cell: int
    name: str
    shift: int | None
    rows: Range
    columns: Range
    is_transposed: bool = False

    @property
    def is_parameter(self) -> bool:
        return self.shift is None

    @property
    def upright(self) -> Leaf:
        return replace(self, is_transposed=False)

    @property
    def shape(self) -> tuple[Any, Any]:
        """Rows and columns as it stands, transposed or not."""
        rows, columns = self.rows[1] - self.rows[0], self.columns[1] - self.columns[0]
        return (columns, rows) if self.is_transposed else (rows, columns)

    def cut(self, rows: Range | None, columns: Range | None) -> Leaf:
        """Some rows and columns of what stands there."""
        if self.is_transposed:
            rows, columns = columns, rows
        return replace(self, rows=_within(self.rows, rows), columns=_within(self.columns, columns))


def _within(whole: Range, part: Range | None) -> Range:
    return whole if part is None else (whole[0] + part[0], whole[0] + part[1])


def as_size(size: Any) -> Any:
    """A size, which may be a plain number, as a SymPy expression."""
    return cast(Any, sympify(size))


@cache
def value_at_zero(name: str) -> Fraction | None:
    """f(0), if it is a rational number."""
    try:
        value = cast(Any, functions.by_name(name).by_exp(0))
    except UnknownNode:
        return None
    return Fraction(int(value.p), int(value.q)) if isinstance(value, Rational) else None


@dataclass
class Forms:
    """The table of factors, and the arithmetic of polynomials over it.

    Args:
        is_reduced: whether functions are written by σ where they can be: tanh(a) = 2σ(2a) − 1.
            Then a σ and a tanh meet, whatever the scale of their arguments.
    """

    is_reduced: bool = False
    nodes: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    _ids: dict[tuple[Any, ...], int] = field(default_factory=dict[tuple[Any, ...], int])

    def factor(self, node: tuple[Any, ...]) -> int:
        found = self._ids.get(node)
        if found is None:
            found = self._ids[node] = len(self.nodes)
            self.nodes.append(node)
        return found

    def single(self, node: tuple[Any, ...]) -> Polynomial:
        """The polynomial that is one factor."""
        return self.of_factor(self.factor(node))

    def of_factor(self, factor: int) -> Polynomial:
        return ((((factor, Fraction(1)),), Fraction(1)),)

    def leaf(self, leaf: Leaf) -> Polynomial:
        return self.single(("leaf", leaf))

    def identity(self, rows: Any) -> Polynomial:
        return self.single(("identity", rows))

    def diagonal(self, p: Polynomial, rows: Any) -> Polynomial:
        """diag(a + 2 b + 1) = diag(a) + 2 diag(b) + I"""
        return self.add(
            *(
                self.scale(c, self.single(("diagonal", ((m, Fraction(1)),), rows)) if m else
                           self.identity(rows))
                for m, c in p
            )
        )  # fmt: skip

    def constant(self, value: Fraction | int) -> Polynomial:
        return ((EMPTY, Fraction(value)),) if value else ZERO

    # Arithmetic.

    def add(self, *parts: Polynomial) -> Polynomial:
        total: dict[Monomial, Fraction] = {}
        for part in parts:
            for monomial, coefficient in part:
                total[monomial] = total.get(monomial, Fraction(0)) + coefficient
        return _gathered(total)

    def scale(self, factor: Fraction | int, p: Polynomial) -> Polynomial:
        return tuple((m, c * factor) for m, c in p) if factor else ZERO

    def subtract(self, p: Polynomial, q: Polynomial) -> Polynomial:
        return self.add(p, self.scale(-1, q))

    def times(self, *parts: Polynomial) -> Polynomial:
        """The product, entry by entry."""
        result = ONE
        for part in parts:
            if len(result) * len(part) > LONGEST:
                result, part = self._bundled(result), self._bundled(part)
            total: dict[Monomial, Fraction] = {}
            for m, c in result:
                for n, d in part:
                    joined = self._join(m, n)
                    total[joined] = total.get(joined, Fraction(0)) + c * d
            result = _gathered(total)
        return result

    def _bundled(self, p: Polynomial) -> Polynomial:
        return p if len(p) <= 1 else self.single(("sum", p))

    def _join(self, m: Monomial, n: Monomial) -> Monomial:
        exponents = dict(m)
        for factor, exponent in n:
            exponents[factor] = exponents.get(factor, Fraction(0)) + exponent
        powers = [f for f in exponents if self.nodes[f][:2] == ("call", "exp")]
        if len(powers) > 1 or any(exponents[f] != 1 for f in powers):
            argument = self.add(*(self.scale(exponents.pop(f), self.nodes[f][2]) for f in powers))
            if argument:
                exponents[self.factor(("call", "exp", argument))] = Fraction(1)
        return tuple(sorted((f, e) for f, e in exponents.items() if e))

    def power(self, p: Polynomial, exponent: Fraction) -> Polynomial:
        """Every entry to a rational power."""
        if exponent == 0:
            return ONE
        if exponent.denominator == 1 and 0 < exponent <= 4:
            return self.times(*[p] * int(exponent))
        if len(p) == 1 and exponent.denominator == 1:
            ((monomial, coefficient),) = p
            raised = tuple((f, e * exponent) for f, e in monomial)
            return ((self._join(raised, EMPTY), coefficient ** int(exponent)),)
        logistic = self._logistic(p) if exponent == -1 else None
        if logistic is not None:
            return logistic
        if exponent.denominator != 1 or not p:
            return ((((self._base(p), exponent),), Fraction(1)),)
        first = p[0][1]
        base = self.factor(("sum", self.scale(1 / first, p)))
        return ((((base, exponent),), first ** int(exponent)),)

    def _base(self, p: Polynomial) -> int:
        """What is raised to a power, as one factor."""
        if len(p) == 1 and p[0][1] == 1 and len(p[0][0]) == 1 and p[0][0][0][1] == 1:
            factor = p[0][0][0][0]
            if self.nodes[factor][0] == "sum":
                return factor
        return self.factor(("sum", p))

    def _logistic(self, p: Polynomial) -> Polynomial | None:
        """1/(1 + exp(a)) = σ(−a)"""
        if len(p) == 2 and p[0][0] == EMPTY and p[0][1] == p[1][1] and len(p[1][0]) == 1:
            node = self.nodes[p[1][0][0][0]]
            if node[:2] == ("call", "exp"):
                inverse = self.call("sigmoid", self.scale(-1, node[2]))
                return self.scale(1 / p[0][1], inverse)
        return None

    def call(self, name: str, p: Polynomial) -> Polynomial:
        """f(p) for an elementwise function; signs and scales go outwards by the laws for them."""
        at_zero = value_at_zero(name) if not p else None
        if at_zero is not None:
            return self.constant(at_zero)
        if self.is_reduced and name == "tanh":
            doubled = self.call("sigmoid", self.scale(2, p))
            return self.subtract(self.scale(2, doubled), ONE)
        if self.is_reduced and name == "silu":
            return self.times(p, self.call("sigmoid", p))
        if name in HOMOGENEOUS and p and abs(p[0][1]) != 1:
            scale = abs(p[0][1])
            return self.scale(scale, self.call(name, self.scale(1 / scale, p)))
        if p and p[0][1] < 0:
            positive = self.scale(-1, p)
            if name == "sigmoid":
                return self.subtract(ONE, self.single(("call", name, positive)))
            if name == "abs":
                return self.single(("call", name, positive))
            if name == "tanh":
                return self.scale(-1, self.single(("call", name, positive)))
        return self.single(("call", name, p))

    # Matrices.

    def matmul(
        self, left: Polynomial, right: Polynomial, shapes: tuple[tuple[Any, Any], tuple[Any, Any]]
    ) -> Polynomial:
        """A B, opened: (A + B) C = A C + B C, A [x; y] = A₁ x + A₂ y.

        Args:
            shapes: those of A and B.
        """
        if len(left) * len(right) > LONGEST:
            left, right = self._bundled(left), self._bundled(right)
        parts: list[Polynomial] = []
        for n, d in right:
            stacked = self._stack_in(n)
            for m, c in left:
                if self._is_identity(m) or self._is_identity(n):
                    parts.append(((n if self._is_identity(m) else m, c * d),))
                elif n == EMPTY and shapes[0][1] == 1 and self._is_ones(m):
                    parts.append(((EMPTY, c * d),))
                elif stacked is None:
                    factors = (*self.operands(m, shapes[0]), *self.operands(n, shapes[1]))
                    parts.append(self.scale(c * d, self.single(("product", factors))))
                else:
                    whole = self._over_stack(m, n, stacked, shapes)
                    parts.append(self.scale(c * d, whole))
        return self.add(*parts)

    def operands(self, monomial: Monomial, shape: tuple[Any, Any]) -> tuple[Monomial, ...]:
        """The factors of a matrix product, products inside it opened."""
        if monomial == EMPTY:
            return (((self.factor(("ones", *shape)), Fraction(1)),),)
        if len(monomial) == 1 and monomial[0][1] == 1:
            node = self.nodes[monomial[0][0]]
            if node[0] == "product":
                return cast(tuple[Monomial, ...], node[1])
        return (monomial,)

    def _is_identity(self, monomial: Monomial) -> bool:
        return len(monomial) == 1 and self.nodes[monomial[0][0]][0] == "identity"

    def _is_ones(self, monomial: Monomial) -> bool:
        return monomial == EMPTY or self.nodes[monomial[0][0]][0] == "ones"

    def _stack_in(self, monomial: Monomial) -> int | None:
        return next((f for f, _ in monomial if self.nodes[f][0] == "stack"), None)

    def _over_stack(
        self, left: Monomial, right: Monomial, stacked: int,
        shapes: tuple[tuple[Any, Any], tuple[Any, Any]],
    ) -> Polynomial:  # fmt: skip
        parts: list[Polynomial] = []
        first: Any = 0
        for _, height in self.nodes[stacked][1]:
            block = (first, first + height)
            a = self.cut(((left, Fraction(1)),), None, block)
            b = self.cut(((right, Fraction(1)),), block, None)
            parts.append(self.matmul(a, b, ((shapes[0][0], height), (height, shapes[1][1]))))
            first = block[1]
        return self.add(*parts)

    def transpose(self, p: Polynomial) -> Polynomial:
        """Aᵀ, moved inwards: (A B)ᵀ = Bᵀ Aᵀ."""
        return self._map(p, self._transposed)

    def _transposed(self, factor: int) -> Polynomial:
        node = self.nodes[factor]
        match node[0]:
            case "leaf":
                leaf: Leaf = node[1]
                return self.leaf(replace(leaf, is_transposed=not leaf.is_transposed))
            case "product":
                turned = tuple(self.only(self.transpose(((m, Fraction(1)),)))
                               for m in reversed(node[1]))  # fmt: skip
                return self.single(("product", turned))
            case "call":
                return self.single(("call", node[1], self.transpose(node[2])))
            case "sum":
                return self.single(("sum", self.transpose(node[1])))
            case "ones":
                return self.single(("ones", node[2], node[1]))
            case "identity" | "diagonal":
                return self.single(node)
            case _:
                return self.single(("other", "transpose", (self.of_factor(factor),)))

    def cut(self, p: Polynomial, rows: Range | None, columns: Range | None) -> Polynomial:
        """Some rows and columns; all of them for None."""
        return self._map(p, lambda factor: self._cut(factor, rows, columns))

    def _cut(self, factor: int, rows: Range | None, columns: Range | None) -> Polynomial:
        node = self.nodes[factor]
        match node[0]:
            case "leaf":
                return self.leaf(node[1].cut(rows, columns))
            case "product":
                first, *middle, last = node[1]
                top = self.only(self.cut(((first, Fraction(1)),), rows, None))
                end = self.only(self.cut(((last, Fraction(1)),), None, columns))
                return self.single(("product", (top, *middle, end)))
            case "call":
                return self.call(node[1], self.cut(node[2], rows, columns))
            case "sum":
                return self.single(("sum", self.cut(node[1], rows, columns)))
            case "ones":
                height = node[1] if rows is None else rows[1] - rows[0]
                width = node[2] if columns is None else columns[1] - columns[0]
                return self.single(("ones", height, width))
            case "stack" if rows is not None:
                return self._cut_stack(factor, rows, columns)
            case _:
                return self.single(("other", f"cut {rows} {columns}", (self.of_factor(factor),)))

    def _cut_stack(self, factor: int, rows: Range, columns: Range | None) -> Polynomial:
        """The part that these rows are, where they are one part."""
        first: Any = 0
        for part, height in self.nodes[factor][1]:
            if (first, first + height) == rows:
                return part if columns is None else self.cut(part, None, columns)
            first = first + height
        return self.single(("other", f"cut {rows} {columns}", (self.of_factor(factor),)))

    def stack(self, parts: Sequence[tuple[Polynomial, Any]]) -> Polynomial:
        return self.single(("stack", tuple(parts)))

    def only(self, p: Polynomial) -> Monomial:
        """A polynomial as one monomial, to stand in a matrix product."""
        if len(p) == 1 and p[0][1] == 1:
            return p[0][0]
        return ((self.factor(("sum", p)), Fraction(1)),)

    def _map(self, p: Polynomial, change: Callable[[int], Polynomial]) -> Polynomial:
        return self.add(
            *(self.scale(c, self.times(*(self.power(change(f), e) for f, e in m))) for m, c in p)
        )

    # What is in a form.

    def inside(self, factor: int) -> Iterator[Polynomial]:
        """The polynomials that a factor is made of."""
        node = self.nodes[factor]
        match node[0]:
            case "call":
                yield node[2]
            case "sum" | "diagonal":
                yield node[1]
            case "product":
                for monomial in node[1]:
                    yield ((monomial, Fraction(1)),)
            case "stack":
                for part, _ in node[1]:
                    yield part
            case "other":
                yield from node[2]
            case _:
                return

    def factors(self, *polynomials: Polynomial) -> list[int]:
        """All factors below some polynomials, each once, the inner before the outer."""
        seen: dict[int, None] = {}
        entered: set[int] = set()
        stack = [(f, False) for p in reversed(polynomials) for m, _ in reversed(p)
                 for f, _ in reversed(m)]  # fmt: skip
        while stack:
            factor, is_done = stack.pop()
            if is_done:
                seen[factor] = None
            elif factor not in entered:
                entered.add(factor)
                stack.append((factor, True))
                stack += [(f, False) for p in self.inside(factor) for m, _ in p for f, _ in m]
        return list(seen)

    def leaves(self, *polynomials: Polynomial) -> Iterator[Leaf]:
        """The leaves below some polynomials, each once."""
        for factor in self.factors(*polynomials):
            if self.nodes[factor][0] == "leaf":
                yield self.nodes[factor][1]


def _gathered(total: Mapping[Monomial, Fraction]) -> Polynomial:
    return tuple(sorted((m, c) for m, c in total.items() if c))
