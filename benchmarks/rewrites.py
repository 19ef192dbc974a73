"""Rewrites: changes of a correct implementation that leave what it computes as it is.

A rewrite is one of the things that people do to code: reorder, rename, split, pack, write a
function by another, compute in place. A verifier that refutes one of them gives a false alarm.
Nothing here knows the verifier. A rule need not be safe by itself: a rewrite that changes the
numbers, or breaks the code, is thrown away by who draws it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any

Rule = Callable[[ast.Module, Random], bool]
"""Changes a tree in place at one place, drawn at random; whether there was one."""


def rewritten(text: str, rules: Sequence[str], random: Random) -> str | None:
    """A text after some rules, one after the other; None if one of them found no place."""
    tree = ast.parse(text)
    for name in rules:
        if not RULES[name](tree, random):
            return None
        tree = ast.parse(ast.unparse(ast.fix_missing_locations(tree)))
    return ast.unparse(tree)


# Places.


def _code(source: str, **parts: ast.AST) -> Any:
    """An expression, with other expressions in the place of its names."""
    return _Named(parts).visit(ast.parse(source, mode="eval").body)


class _Named(ast.NodeTransformer):
    def __init__(self, parts: Mapping[str, ast.AST]) -> None:
        self._parts = parts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        found = self._parts.get(node.id, node)
        return ast.parse(ast.unparse(found), mode="eval").body if found is not node else node


class _Replaced(ast.NodeTransformer):
    """One node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else self.generic_visit(node)


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements of all functions."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module) and isinstance(
            body := getattr(node, "body", None), list
        ):
            yield body


def _statements(tree: ast.Module) -> list[tuple[list[ast.stmt], ast.stmt]]:
    """The assignments, each with the block that it stands in."""
    return [
        (block, statement) for block in _blocks(tree) for statement in block
        if isinstance(statement, (ast.Assign, ast.AugAssign))
    ]  # fmt: skip


def _expressions(tree: ast.Module, *kinds: type[ast.expr]) -> list[Any]:
    """The expressions of some kinds on the right of assignments, outside of subscripts."""
    return [
        node for _, statement in _statements(tree) for node in _arithmetic(statement.value)
        if isinstance(node, kinds)
    ]  # fmt: skip


def _arithmetic(node: ast.expr) -> Iterator[ast.expr]:
    yield node
    for child in ast.iter_child_nodes(node):
        inside = (ast.Subscript, ast.ListComp, ast.GeneratorExp, ast.Lambda, ast.keyword)
        if isinstance(child, ast.expr) and not isinstance(node, inside):
            yield from _arithmetic(child)


def _products(tree: ast.Module, *operators: type[ast.operator]) -> list[ast.BinOp]:
    return [n for n in _expressions(tree, ast.BinOp) if isinstance(n.op, operators)]


def _put(tree: ast.Module, old: ast.AST, new: ast.AST) -> bool:
    _Replaced(old, new).visit(tree)
    return True


def _names(node: ast.AST, context: type[ast.expr_context] = ast.Load) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _written(statement: ast.stmt) -> set[str]:
    """The names whose values a statement may change, through methods as well."""
    mutated = {
        n.value.id for n in ast.walk(statement)
        if isinstance(n, (ast.Attribute, ast.Subscript)) and isinstance(n.value, ast.Name)
        and (isinstance(n.ctx, ast.Store) or isinstance(statement, ast.Expr))
    }  # fmt: skip
    return _names(statement, ast.Store) | mutated


def _fresh(tree: ast.AST, stem: str) -> str:
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return next(name for n in range(1000) if (name := f"{stem}{n}") not in used)


def _one_of(random: Random, places: Sequence[Any]) -> Any:
    return random.choice(places) if places else None


# Arithmetic.


def _commute(tree: ast.Module, random: Random) -> bool:
    """a + b as b + a, a ∘ b as b ∘ a."""
    node = _one_of(random, _products(tree, ast.Add, ast.Mult))
    if node is not None:
        node.left, node.right = node.right, node.left
    return node is not None


def _associate(tree: ast.Module, random: Random) -> bool:
    """(a + b) + c as a + (b + c), and so for products."""
    places = [
        n for n in _products(tree, ast.Add, ast.Mult, ast.MatMult)
        if isinstance(n.left, ast.BinOp) and type(n.left.op) is type(n.op)
    ]  # fmt: skip
    if not (node := _one_of(random, places)):
        return False
    inner = node.left
    node.left, node.right = inner.left, ast.BinOp(inner.right, node.op, node.right)
    return True


def _distribute(tree: ast.Module, random: Random) -> bool:
    """a ∘ (b ± c) as a ∘ b ± a ∘ c."""
    places = [
        n for n in _products(tree, ast.Mult)
        if isinstance(n.right, ast.BinOp) and isinstance(n.right.op, (ast.Add, ast.Sub))
    ]  # fmt: skip
    if not (node := _one_of(random, places)):
        return False
    sign = "+" if isinstance(node.right.op, ast.Add) else "-"
    new = _code(f"a * b {sign} a * c", a=node.left, b=node.right.left, c=node.right.right)
    return _put(tree, node, new)


def _negate(tree: ast.Module, random: Random) -> bool:
    """a − b as a + (−b)."""
    node = _one_of(random, _products(tree, ast.Sub))
    return bool(node) and _put(tree, node, _code("a + -b", a=node.left, b=node.right))


def _square(tree: ast.Module, random: Random) -> bool:
    """a² as a product or by NumPy, 1 − a² as (1 − a)(1 + a)."""
    places = [n for n in _products(tree, ast.Pow) if ast.unparse(n.right) == "2"]
    if not (node := _one_of(random, places)):
        return False
    around = [n for n in _products(tree, ast.Sub) if n.right is node and ast.unparse(n.left) == "1"]
    if around and random.random() < 0.5:
        return _put(tree, around[0], _code("(1 - a) * (1 + a)", a=node.left))
    return _put(tree, node, _code(random.choice(["a * a", "np.square(a)"]), a=node.left))


def _copy(tree: ast.Module, random: Random) -> bool:
    """An operand through something that returns its value."""
    node = _one_of(random, _products(tree, ast.Add, ast.Sub, ast.Mult))
    form = random.choice(["a + 0", "1.0 * a", "np.array(a)", "np.asarray(a)", "np.copy(a)"])
    return bool(node) and _put(tree, node, _code(form, a=node))


# Functions.


_FORMS: Mapping[str, Sequence[str]] = {
    "sigmoid": (
        "0.5 * (1 + np.tanh(0.5 * a))", "1 / (1 + np.exp(-a))", "1 - sigmoid(-a)",
        "np.exp(a) / (np.exp(a) + 1)", "np.where(a > 0, sigmoid(a), 1 - sigmoid(-a))",
    ),
    "np.tanh": (
        "2 / (1 + np.exp(-2 * a)) - 1", "(np.exp(2 * a) - 1) / (np.exp(2 * a) + 1)",
        "-np.tanh(-a)", "np.sinh(a) / np.cosh(a)",
    ),
    "relu": ("np.maximum(a, 0)", "np.where(a > 0, a, 0.0)", "a * (a > 0)", "0.5 * (a + np.abs(a))"),
    "softplus": ("np.log1p(np.exp(a))", "np.log(1 + np.exp(a))", "np.logaddexp(0, a)"),
    "np.exp": ("np.exp(a / 2) ** 2", "1 / np.exp(-a)"),
    "np.sqrt": ("np.power(a, 0.5)",),
}  # fmt: skip
"""A function written by others."""


def _function(tree: ast.Module, random: Random) -> bool:
    places = [n for n in _expressions(tree, ast.Call) if ast.unparse(n.func) in _FORMS]
    if not (node := _one_of(random, places)):
        return False
    form = random.choice(_FORMS[ast.unparse(node.func)])
    return _put(tree, node, _code(form, a=node.args[0]))


def _matrix_product(tree: ast.Module, random: Random) -> bool:
    """a @ b by another function, or by the transposes."""
    node = _one_of(random, _products(tree, ast.MatMult))
    form = random.choice([
        "np.dot(a, b)", "a.dot(b)", "np.matmul(a, b)", "(b.T @ a.T).T", "np.tensordot(a, b, 1)",
        "np.einsum('ij,jk->ik', a, b)", "np.einsum('ik,jk', a, np.transpose(b))",
        "(a[:, None, :] * b.T[None]).sum(-1)",
        "sum(np.outer(a[:, n], b[n]) for n in range(len(b)))",
    ])  # fmt: skip
    return bool(node) and _put(tree, node, _code(form, a=node.left, b=node.right))


# Statements.


def _rename(tree: ast.Module, random: Random) -> bool:
    """Another name for a local variable."""
    places = [
        (function, name) for function in _functions(tree)
        for name in sorted(_names(function, ast.Store))
    ]  # fmt: skip
    function, name = _one_of(random, places) or (None, None)
    new = random.choice(["tmp", "value", "a_", "h_new", "state", "delta", "q"])
    new = _fresh(tree, new)
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Name) and node.id == name:
            node.id = new
    return function is not None


def _split(tree: ast.Module, random: Random) -> bool:
    """An operand computed on a line of its own."""
    places = [
        (block, statement, node)
        for block, statement in _statements(tree) for node in _arithmetic(statement.value)
        if isinstance(node, (ast.BinOp, ast.Call)) and node is not statement.value
    ]  # fmt: skip
    if not places:
        return False
    block, statement, node = random.choice(places)
    name = _fresh(tree, "part")
    first = ast.parse(f"{name} = {ast.unparse(node)}").body
    _Replaced(node, ast.Name(name, ast.Load())).visit(statement)
    at = block.index(statement)
    block[at:at] = first
    return True


def _reorder(tree: ast.Module, random: Random) -> bool:
    """Two statements of which neither reads or writes what the other writes, exchanged."""
    places = [
        (block, n) for block in _blocks(tree) for n in range(len(block) - 1)
        if all(isinstance(s, (ast.Assign, ast.AugAssign, ast.Expr)) for s in block[n : n + 2])
        and _are_independent(block[n], block[n + 1])
    ]  # fmt: skip
    block, n = _one_of(random, places) or (None, 0)
    if block is not None:
        block[n], block[n + 1] = block[n + 1], block[n]
    return block is not None


def _are_independent(a: ast.stmt, b: ast.stmt) -> bool:
    return not (_written(a) & (_names(b) | _written(b)) or _written(b) & _names(a))


def _in_place(tree: ast.Module, random: Random) -> bool:
    """What is assigned, written into an array that is there already."""
    places = [
        (block, s) for block, s in _statements(tree)
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
        and isinstance(s.value, ast.BinOp) and isinstance(s.value.op, (ast.Add, ast.Mult, ast.Sub))
    ]  # fmt: skip
    if not places:
        return False
    block, statement = random.choice(places)
    name, value = ast.unparse(statement.targets[0]), statement.value
    left, right = ast.unparse(value.left), ast.unparse(value.right)
    ufunc = {ast.Add: "add", ast.Mult: "multiply", ast.Sub: "subtract"}[type(value.op)]
    buffer = _fresh(tree, "buffer")
    forms = [
        f"{buffer} = np.empty(np.broadcast({left}, {right}).shape)\n"
        f"np.{ufunc}({left}, {right}, out={buffer})\n{name} = {buffer}",
        f"{buffer} = np.zeros_like({left})\n{buffer}[...] = {left}\n"
        f"np.{ufunc}({buffer}, {right}, {buffer})\n{name} = {buffer}",
    ]
    at = block.index(statement)
    block[at : at + 1] = ast.parse(random.choice(forms)).body
    return True


def _accumulate(tree: ast.Module, random: Random) -> bool:
    """a += b as a = a + b, or by a ufunc into a."""
    places = [(block, s) for block, s in _statements(tree) if isinstance(s, ast.AugAssign)]
    places = [(block, s) for block, s in places if isinstance(s.op, ast.Add)]
    if not places:
        return False
    block, statement = random.choice(places)
    target, value = ast.unparse(statement.target), ast.unparse(statement.value)
    forms = [f"{target} = {target} + ({value})", f"np.add({target}, {value}, out={target})"]
    block[block.index(statement)] = ast.parse(random.choice(forms)).body[0]
    return True


def _helper(tree: ast.Module, random: Random) -> bool:
    """What a statement computes, by a function of its own."""
    places = [
        (n, s) for n, outer in enumerate(tree.body) if isinstance(outer, ast.FunctionDef)
        for s in ast.walk(outer)
        if isinstance(s, ast.Assign) and isinstance(s.value, ast.BinOp)
    ]  # fmt: skip
    if not places:
        return False
    at, statement = random.choice(places)
    known = {"np", "len", "range", "reversed"} | {f.name for f in _functions(tree)}
    known |= {
        a.asname or a.name for i in tree.body if isinstance(i, ast.ImportFrom) for a in i.names
    }
    bound = {n.id for c in ast.walk(statement.value) if isinstance(c, ast.comprehension)
             for n in ast.walk(c.target) if isinstance(n, ast.Name)}  # fmt: skip
    names = ", ".join(sorted(_names(statement.value) - known - bound))
    name = _fresh(tree, "helper")
    helper = f"def {name}({names}):\n    return {ast.unparse(statement.value)}"
    statement.value = ast.parse(f"{name}({names})", mode="eval").body
    tree.body[at:at] = ast.parse(helper).body
    return True


def _pack(tree: ast.Module, random: Random) -> bool:
    """Two products of one operand as one product with the packed matrices, taken apart again."""
    places: list[tuple[list[ast.stmt], int, ast.BinOp, ast.BinOp]] = []
    for block in _blocks(tree):
        for n, (first, second) in enumerate(pairwise(block)):
            if isinstance(first, ast.Assign) and isinstance(second, ast.Assign):
                places += [
                    (block, n, a, b)
                    for a in _arithmetic(first.value) for b in _arithmetic(second.value)
                    if isinstance(a, ast.BinOp) and isinstance(a.op, ast.MatMult)
                    and isinstance(b, ast.BinOp) and isinstance(b.op, ast.MatMult)
                    and ast.unparse(a.left) == ast.unparse(b.left)
                    and not _names(first, ast.Store) & (_names(a.left) | _names(b.right))
                ]  # fmt: skip
    if not places:
        return False
    block, n, a, b = random.choice(places)
    name = _fresh(tree, "packed")
    left, one, two = ast.unparse(a.left), ast.unparse(a.right), ast.unparse(b.right)
    join = random.choice(["np.concatenate(({}, {}), axis=1)", "np.hstack(({}, {}))"])
    first = ast.parse(f"{name} = ({left}) @ {join.format(one, two)}").body
    taken = [f"{name}[:, :({one}).shape[1]]", f"{name}[:, ({one}).shape[1]:]"]
    if random.random() < 0.5:
        taken = [f"np.split({name}, [({one}).shape[1]], axis=1)[{k}]" for k in range(2)]
    for node, text in zip((a, b), taken, strict=True):
        _put(tree, node, ast.parse(text, mode="eval").body)
    block[n:n] = first
    return True


def _loop(tree: ast.Module, random: Random) -> bool:
    """`for` over a range as `while`, a range reversed by its step."""
    places = [
        (block, s) for block in _blocks(tree) for s in block
        if isinstance(s, ast.For) and isinstance(s.target, ast.Name)
        and isinstance(s.iter, ast.Call)
        and ast.unparse(s.iter.func) in ("range", "reversed")
    ]  # fmt: skip
    if not places:
        return False
    block, loop = random.choice(places)
    name, at = loop.target.id, block.index(loop)
    if ast.unparse(loop.iter.func) == "reversed":
        bound = ast.unparse(loop.iter.args[0].args[0])
        loop.iter = ast.parse(f"range({bound} - 1, -1, -1)", mode="eval").body
        return True
    if len(loop.iter.args) != 1:
        return False
    start, last = ast.parse(f"{name} = 0\n{name} += 1").body
    test = ast.parse(f"{name} < {ast.unparse(loop.iter.args[0])}", mode="eval").body
    block[at : at + 1] = [start, ast.While(test, [*loop.body, last], [])]
    return True


RULES: Mapping[str, Rule] = {
    "commute": _commute,
    "associate": _associate,
    "distribute": _distribute,
    "negate": _negate,
    "square": _square,
    "copy": _copy,
    "function": _function,
    "matrix product": _matrix_product,
    "rename": _rename,
    "split": _split,
    "reorder": _reorder,
    "in place": _in_place,
    "accumulate": _accumulate,
    "helper": _helper,
    "pack": _pack,
    "loop": _loop,
}
