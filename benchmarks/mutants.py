"""Mutants: small slips planted in a correct implementation, and where each of them is.

A slip is one edit of the source text. What a good diagnosis says of it is known beforehand: the
line is that of the edit, the equation is the one that the edited statement computes, the term is
the addend in which the edit stands. These are read off the source alone; nothing here knows the
verifier.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from typing import Any

from symlstm.calculus.gradient import derive
from symlstm.cell import Cell, matrix_symbols

Shapes = Mapping[str, Mapping[str, tuple[int, ...]]]
"""The shape of each array that a function holds when it returns, by function and name."""

Meanings = Mapping[str, Mapping[str, str]]
"""The cell's name of what each variable of a function holds, where the variable has another."""


@dataclass(frozen=True)
class Edit:
    """A piece of text in the place of another.

    Args:
        start, end: offsets in the source.
        text: what is put there.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mutant:
    """A correct implementation with one slip.

    Args:
        operator: the name of the rule that made it.
        function: the function in which it stands.
        lines: the lines that may be blamed, that of the edit first.
        before, after: the edited line.
        equations: the equations of which any may be named: `c`, `dW_xi`, without a time.
        names: the cell's names in the addend that was edited, before and after.
    """

    cell: str
    operator: str
    function: str
    lines: tuple[int, ...]
    before: str
    after: str
    equations: frozenset[str]
    names: frozenset[str]
    source: str

    def __str__(self) -> str:
        where = f"{self.cell}.{self.function}:{self.lines[0]}"
        return f"{where} [{self.operator}] {self.before}  ->  {self.after}"


@dataclass(frozen=True)
class Site:
    """An expression or a statement that can be edited.

    Args:
        parents: what it stands in, the nearest last.
    """

    node: ast.AST
    statement: ast.stmt
    function: ast.FunctionDef
    parents: tuple[ast.AST, ...]


Rule = Callable[["Source", Site], Iterator[Sequence[Edit]]]


class Source:
    """The source of an implementation, its sites, and the equation that each of them serves."""

    def __init__(self, cell: Cell, text: str, shapes: Shapes, meanings: Meanings) -> None:
        self.cell = cell
        self.text = text
        self.shapes = shapes
        self.meanings = meanings
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line.encode()))
        self._bytes = text.encode()

    # Text.

    def span(self, node: Any) -> tuple[int, int]:
        """The offsets of a node, in bytes, as `ast` counts them."""
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def segment(self, node: Any) -> str:
        start, end = self.span(node)
        return self._bytes[start:end].decode()

    def replace(self, node: Any, text: str) -> Edit:
        return Edit(*self.span(node), text)

    def between(self, left: Any, right: Any, old: str, new: str) -> Edit:
        """The operator between two operands replaced."""
        start, end = self.span(left)[1], self.span(right)[0]
        middle = self._bytes[start:end].decode()
        return Edit(start, end, middle.replace(old, new, 1))

    def edited(self, edits: Sequence[Edit]) -> str:
        found = self._bytes
        for edit in sorted(edits, key=lambda e: -e.start):
            found = found[: edit.start] + edit.text.encode() + found[edit.end :]
        return found.decode()

    def line_of(self, offset: int) -> int:
        return self._bytes[:offset].count(b"\n") + 1

    # Sites.

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        return {f.name: f for f in self.tree.body if isinstance(f, ast.FunctionDef)}

    @cached_property
    def sites(self) -> list[Site]:
        return [
            site
            for function in self.functions.values()
            for statement in _simple_statements(function.body)
            for site in _sites(statement, statement, function, ())
        ]

    def shape(self, function: str, name: str) -> tuple[int, ...] | None:
        return self.shapes.get(function, {}).get(name)

    # Truth.

    def equations_of(self, site: Site, edits: Sequence[Edit]) -> frozenset[str]:
        """The equations that a statement serves: that of its target, or of what reads its target.

        In the arguments of a call of a function of the file, and in a tuple of parameters: those
        that read the quantity that is passed.
        """
        passed = self._parameters_passed(site, edits)
        if passed:
            return frozenset[str]().union(*map(self._readers_of, passed))
        call = next((p for p in site.parents if isinstance(p, ast.Call) and self._callee(p)), None)
        if call is not None:
            return self._readers_of_argument(call, site)
        return self._served(site.statement, site.function, frozenset())

    def _parameters_passed(self, site: Site, edits: Sequence[Edit]) -> set[str]:
        """The parameters whose places are edited, in a tuple of them or in a call."""
        value = getattr(site.statement, "value", None)
        is_call = isinstance(value, ast.Call) and self._callee(value) is not None
        if not is_call and not isinstance(value, ast.Tuple):
            return set()
        edited = {self._bytes[e.start : e.end].decode() for e in edits}
        parameters = {q.name for q in self.cell.parameters}
        return edited if edited <= parameters else set()

    def _callee(self, call: ast.Call) -> ast.FunctionDef | None:
        return self.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None

    def _readers_of_argument(self, call: ast.Call, site: Site) -> frozenset[str]:
        callee = self._callee(call)
        assert callee is not None
        inside = (*site.parents, site.node)
        place = next((n for n, a in enumerate(call.args) if a in inside), None)
        names = [a.arg for a in callee.args.args]
        if place is None or place >= len(names):
            return frozenset()
        passed = quantity_name(self.cell, names[place])
        if passed is None or callee.name not in ("step", "sequence", "gradients"):
            return self._served(site.statement, site.function, frozenset())
        return self._readers_of(passed)

    def _readers_of(self, name: str) -> frozenset[str]:
        """The equations that read a quantity."""
        return frozenset(
            e.left.name.removesuffix("_t")
            for e in self.cell.equations
            if any(self.cell.locate(s)[0].name == name for s in matrix_symbols(e.right))
        )

    def _served(
        self, statement: ast.stmt, function: ast.FunctionDef, seen: frozenset[str]
    ) -> frozenset[str]:
        found: set[str] = set()
        for target in _targets(statement):
            label = self._label(target, function)
            if label is not None:
                found |= {label} | self._merged(label, function)
                if function.name == "gradients" and not label.startswith("d"):
                    found |= self._adjoints_reading(target, function)
            elif target == "return":
                found |= self._served_by_return(statement, function, seen)
            elif target not in seen:
                for other in _simple_statements(function.body):
                    if target in _names_read(other):
                        found |= self._served(other, function, seen | {target})
        return frozenset(found)

    def _adjoints_reading(self, target: str, function: ast.FunctionDef) -> set[str]:
        """The adjoints that are computed from a signal, which a backward pass computes again, or
        from another signal that is computed from it."""
        found: set[str] = set()
        seen, unseen = {target}, [target]
        while unseen:
            name = unseen.pop()
            for statement in _simple_statements(function.body):
                if name not in _names_read(statement):
                    continue
                for other in _targets(statement):
                    label = self._label(other, function)
                    if label and label.startswith("d"):
                        found.add(label)
                    elif other not in seen:
                        seen.add(other)
                        unseen.append(other)
        return found

    def _label(self, target: str, function: ast.FunctionDef) -> str | None:
        """The equation that a variable is the left side of, by what it holds or by its name."""
        meaning = self.meanings.get(function.name, {}).get(target, "")
        return equation_name(self.cell, meaning) or equation_name(self.cell, target)

    def _merged(self, label: str, function: ast.FunctionDef) -> set[str]:
        """dg with dg_bar, where a function computes dg_bar in one line without a dg."""
        plain = label.removesuffix("_bar")
        targets = {t for s in _simple_statements(function.body) for t in _targets(s)}
        labels = {self._label(target, function) for target in targets}
        return {plain} if label.startswith("d") and plain not in labels else set()

    def _served_by_return(
        self, statement: ast.stmt, function: ast.FunctionDef, seen: frozenset[str]
    ) -> frozenset[str]:
        if function.name in ("step", "sequence", "gradients"):
            return frozenset(_returned_labels(self.cell, statement))
        if function.name in seen:
            return frozenset()
        found: set[str] = set()
        for other in self.functions.values():
            for reader in _simple_statements(other.body):
                if function.name in _names_read(reader):
                    found |= self._served(reader, other, seen | {function.name})
        return frozenset(found)

    def lines_with(self, site: Site) -> list[int]:
        """The lines where a target stands without a statement: a statement that is not there has
        none of its own."""
        names = set(_targets(site.statement))
        return sorted({
            n.lineno for n in ast.walk(site.function) if isinstance(n, ast.Name) and n.id in names
        })  # fmt: skip

    def names_near(self, site: Site) -> frozenset[str]:
        """The cell's names in the smallest addend around a site that has any."""
        found = self._names_in(site.node, site.function)
        for parent in reversed(site.parents):
            if found and (isinstance(parent, ast.stmt) or _is_sum(parent)):
                break
            found = self._names_in(parent, site.function)
        return found

    def _names_in(
        self, node: ast.AST, function: ast.FunctionDef, seen: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """The cell's names of what is read; of a local helper, those from which it is made."""
        found: set[str] = set()
        for name in _names_read(node) - seen:
            meaning = self.meanings.get(function.name, {}).get(name, "")
            known = quantity_name(self.cell, meaning) or quantity_name(self.cell, name)
            if known:
                found.add(known)
                continue
            for statement in _simple_statements(function.body):
                if name in _targets(statement):
                    found |= self._names_in(statement, function, seen | {name})
        return frozenset(found)


def quantity_name(cell: Cell, name: str) -> str | None:
    """The cell's name of what a variable holds: `c_prev`, `c_t` and `c_0` are `c`."""
    plain = re.sub(r"(_prev|_next|_carried|_t|_0)$", "", name)
    for known in (frozenset(q.name for q in cell.quantities), _names(cell)):
        for candidate in (name, plain, plain.removesuffix("_bar")):
            if candidate in known or (candidate[:1] == "d" and candidate[1:] in known):
                return candidate
    return None


@cache
def _names(cell: Cell) -> frozenset[str]:
    """The names of a cell's quantities, and those that its gradient system adds."""
    return frozenset(q.name for q in (*cell.quantities, *derive(cell).quantities))


def equation_name(cell: Cell, target: str) -> str | None:
    """The name of the equation that a variable is the left side of; None for a local helper."""
    name = quantity_name(cell, target)
    defined = {e.left.name.removesuffix("_t") for e in cell.equations}
    if name is None or (name in {q.name for q in cell.quantities} and name not in defined):
        return None
    is_adjoint = name not in defined
    return f"{name}_bar" if is_adjoint and re.search(r"_bar(_t)?$", target) else name


def mutants_of(source: Source, rules: Mapping[str, Rule] | None = None) -> Iterator[Mutant]:
    """Every mutant of a source, in the order of the rules; some of them crash or change nothing."""
    for operator, rule in (rules or RULES).items():
        for site in source.sites:
            for edits in rule(source, site):
                yield _mutant(source, operator, site, edits)


def _mutant(source: Source, operator: str, site: Site, edits: Sequence[Edit]) -> Mutant:
    text = source.edited(edits)
    lines = [source.line_of(e.start) for e in edits]
    first, last = site.statement.lineno, site.statement.end_lineno or site.statement.lineno
    number = lines[0]
    if operator == "dropped statement":
        lines += source.lines_with(site)
    return Mutant(
        source.cell.name, operator, site.function.name,
        tuple(dict.fromkeys([*lines, *range(first, last + 1)])),
        source.text.splitlines()[number - 1].strip(), text.splitlines()[number - 1].strip(),
        source.equations_of(site, edits), source.names_near(site) | _new_names(source, edits), text,
    )  # fmt: skip


def _new_names(source: Source, edits: Sequence[Edit]) -> frozenset[str]:
    words = {w for e in edits for w in re.findall(r"[A-Za-z_]\w*", e.text)}
    return frozenset(filter(None, (quantity_name(source.cell, w) for w in words)))


# The tree.


def _simple_statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        inner = getattr(statement, "body", None)
        if isinstance(inner, list):
            yield from _simple_statements(inner)
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            yield statement


def _sites(
    node: ast.AST, statement: ast.stmt, function: ast.FunctionDef, parents: tuple[ast.AST, ...]
) -> Iterator[Site]:
    yield Site(node, statement, function, parents)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.expr, ast.stmt, ast.keyword)):
            yield from _sites(child, statement, function, (*parents, node))


def _names_read(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _targets(statement: ast.stmt) -> list[str]:
    """The names that a statement gives a value to; `return` for what it returns."""
    match statement:
        case ast.Assign(targets=targets):
            found: list[ast.expr] = list(targets)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            found = [target]
        case ast.Return():
            return ["return"]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return [name]
        case _:
            return []
    names: list[str] = []
    for target in found:
        for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
            while isinstance(part, (ast.Subscript, ast.Starred)):
                part = part.value
            if isinstance(part, ast.Name):
                names.append(part.id)
    return names


def _returned_labels(cell: Cell, statement: ast.stmt) -> Iterator[str]:
    value = statement.value if isinstance(statement, ast.Return) else None
    if isinstance(value, ast.Dict):
        for key in value.keys:
            if isinstance(key, ast.Constant):
                yield re.sub(r"_0$", "", str(key.value))
    else:
        yield from (q.name for q in cell.results)


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))


# The rules. Each yields sets of edits for a site.


def _operator(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """+ for −, − for +, + for a product of arrays, a product for +."""
    node = site.node
    if not isinstance(node, ast.BinOp):
        return
    others = {ast.Add: ("+", "-", "*"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+")}
    old, *new = others.get(type(node.op), ("",))
    for other in new:
        yield [source.between(node.left, node.right, old, other)]


def _alternatives(source: Source, site: Site) -> list[str]:
    """Names of the same shape, parameters for a parameter and signals for a signal."""
    node = site.node
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return []
    shape = source.shape(site.function.name, node.id)
    parameters = {q.name for q in source.cell.parameters}
    if shape is None or any(isinstance(p, ast.Return) for p in (site.statement, *site.parents)):
        return []
    return sorted(
        other
        for other, its in source.shapes[site.function.name].items()
        if its == shape and other != node.id and (other in parameters) == (node.id in parameters)
        and other.startswith("d") == node.id.startswith("d")
    )  # fmt: skip


def _operand(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """Another array of the same shape in the place of one."""
    others = _alternatives(source, site)
    chosen = random.Random(f"{source.cell.name} {source.span(site.node)}" if others else 0)
    for other in chosen.sample(others, min(2, len(others))):
        yield [source.replace(site.node, other)]


def _index(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """A slice, an element or an axis taken for its neighbour."""
    node = site.node
    if (
        isinstance(node, ast.keyword)
        and node.arg == "axis"
        and source.segment(node.value).isdigit()
    ):
        yield [source.replace(node.value, str(1 - int(source.segment(node.value))))]
    if not isinstance(node, ast.Subscript):
        return
    index = node.slice
    if isinstance(index, ast.Slice) and index.lower is None and index.upper is not None:
        yield [source.replace(index, source.segment(index.upper) + ":")]
    elif isinstance(index, ast.Slice) and index.lower is not None and index.upper is None:
        yield [source.replace(index, ":" + source.segment(index.lower))]
    elif source.segment(index) == "-1":
        yield [source.replace(index, "0")]


def _time(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """The old state for the new one, the new for the old, another step."""
    node = site.node
    if isinstance(node, ast.Subscript) and source.segment(node.slice) == "t":
        if isinstance(node.ctx, ast.Load):
            yield [source.replace(node.slice, "t - 1")]
        return
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    plain = re.sub(r"(_prev|_t)$", "", node.id)
    mine = source.shape(site.function.name, node.id)
    for other in (plain, f"{plain}_prev", f"{plain}_t"):
        if other != node.id and mine is not None and mine == source.shape(
            site.function.name, other
        ):  # fmt: skip
            yield [source.replace(node, other)]


def _transpose(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """A transpose left out, or one too many."""
    node, parent = site.node, site.parents[-1] if site.parents else None
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield [source.replace(node, source.segment(node.value))]
    elif (
        isinstance(node, ast.Name)
        and isinstance(parent, ast.BinOp)
        and isinstance(parent.op, ast.MatMult)
    ):
        yield [source.replace(node, f"{node.id}.T")]


def _constant(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """A number one too large."""
    node, parent = site.node, site.parents[-1] if site.parents else None
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(parent, (ast.Subscript, ast.Slice, ast.keyword, ast.UnaryOp, ast.Call))
    ):
        yield [source.replace(node, str(node.value + 1))]


def _dropped(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """A statement left out, whose target has a value already."""
    node = site.node
    if node is not site.statement:
        return
    earlier = [
        s for s in _simple_statements(site.function.body) if s.lineno < site.statement.lineno
    ]
    has_value = {name for s in earlier for name in _targets(s)}
    if isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Assign) and set(_targets(site.statement)) <= has_value
    ):
        yield [source.replace(node, "pass")]


def _assigned(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """= for +=."""
    node = site.node
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        yield [source.between(node.target, node.value, "+=", "=")]


def _swapped(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """Two names of a statement, or two names that are unpacked, exchanged."""
    node = site.node
    if node is site.statement:
        names = [
            n for n in ast.walk(node)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            and source.shape(site.function.name, n.id) is not None
        ]  # fmt: skip
        pairs = [
            (a, b) for a, b in combinations(names, 2)
            if a.id != b.id
            and source.shape(site.function.name, a.id) == source.shape(site.function.name, b.id)
        ]  # fmt: skip
        chosen = random.Random(f"{source.cell.name} {source.span(node)}")
        for a, b in chosen.sample(pairs, min(2, len(pairs))):
            yield [source.replace(a, b.id), source.replace(b, a.id)]
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store):
        for a, b in zip(node.elts, node.elts[1:], strict=False):
            yield [source.replace(a, source.segment(b)), source.replace(b, source.segment(a))]


_FUNCTIONS = ("sigmoid", "np.tanh", "np.exp", "np.log", "np.sqrt", "relu", "softplus", "silu")


def _activation(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """An activation left out, or σ and tanh exchanged."""
    node = site.node
    if not isinstance(node, ast.Call) or source.segment(node.func) not in _FUNCTIONS:
        return
    yield [source.replace(node, f"({source.segment(node.args[0])})")]
    other = {"sigmoid": "np.tanh", "np.tanh": "sigmoid"}.get(source.segment(node.func))
    if other:
        yield [source.replace(node.func, other)]


def _derivative(source: Source, site: Site) -> Iterator[Sequence[Edit]]:
    """A factor left out of a product."""
    node = site.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = (source.span(n) for n in (node.left, node.right))
        start, end = source.span(node)
        keep_left = source.text.encode()[start : left[1]].decode()
        # With the brackets that stand between an operand and the next.
        keep_right = source.text.encode()[right[0] : end].decode()
        closing = source.text.encode()[left[1] : right[0]].decode().split("*")
        yield [Edit(start, end, keep_left + closing[0].rstrip())]
        yield [Edit(start, end, closing[-1].lstrip() + keep_right)]


RULES: Mapping[str, Rule] = {
    "operator": _operator,
    "operand": _operand,
    "index": _index,
    "time": _time,
    "transpose": _transpose,
    "constant": _constant,
    "dropped statement": _dropped,
    "= for +=": _assigned,
    "swapped names": _swapped,
    "activation": _activation,
    "factor": _derivative,
}
