"""Keeping: the statement by which a function keeps a state for the next step.

`c.append(h_t)` computes nothing and moves no element, so that no event stands there. It is found in
the source: among the lists and arrays that are read where the wrong state is used, the one that is
named after the state, and the only statement that puts something in it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from symlstm.tracing.trace import Event
from symlstm.verification.case import Case


def keeping(case: Case, event: Event, state: str) -> Event:
    """An event that reads a wrong state, moved to where that was kept; as it is, if that is not
    plain."""
    for place in event.places:
        function = case.texts.function_at(place)
        if function is None:
            continue
        read = names_read_on(function, place.line)
        puts = [(into, node) for into, node in _puts(function) if into in read]
        mine = [node for into, node in puts if _is_named_after(into, state)]
        found = mine or [node for _, node in puts]
        if len(found) == 1:
            return replace(event, places=(replace(place, line=found[0].lineno, columns=None),))
    return event


def names_read_on(function: ast.FunctionDef, line: int) -> set[str]:
    """The names that the statement on a line of a function reads."""
    around = [
        node for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]  # fmt: skip
    statement = min(around, key=lambda node: (node.end_lineno or node.lineno) - node.lineno)
    reads = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
    return {node.id for node in reads if isinstance(node.ctx, ast.Load)}


def _puts(function: ast.FunctionDef) -> Iterator[tuple[str, ast.stmt]]:
    """The statements that put something in a list or an array, and its name."""
    for node in ast.walk(function):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(ast.Name(name), "append" | "insert"))):
                yield name, node
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(name))]):
                yield name, node
            case _:
                pass


def _is_named_after(name: str, state: str) -> bool:
    """Whether a variable bears the name of a state: `c`, `cs`, `c_list`, `all_c`."""
    return state.lower() in {part.lower() for part in (*name.split("_"), name.removesuffix("s"))}
