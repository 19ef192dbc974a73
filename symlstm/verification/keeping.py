"""Keeping: the statement by which a function keeps a state for the next step.

`c.append(h_t)` computes nothing and moves no element, so that no event stands there. It is found in
the source: among the lists and arrays that are read where the wrong state is used, the one that is
named after the state, and the only statement that puts something in it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

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
        puts = [put for put in _puts(function) if put.into in read]
        found = [put for put in puts if _is_named_after(put.into, state)] or puts
        if len(found) == 1:
            line = _given(function, found[0], state).lineno
            return replace(event, places=(replace(place, line=line, columns=None),))
    return event


def enclosing_loop(case: Case, event: Event) -> Event:
    """An event moved to the innermost loop around it; as it is, if there is none."""
    for place in event.places:
        function = case.texts.function_at(place)
        loops = [
            node for node in ast.walk(function or ast.Module([], []))
            if isinstance(node, (ast.For, ast.While))
            and node.lineno <= place.line <= (node.end_lineno or node.lineno)
        ]  # fmt: skip
        if loops:
            line = loops[0].lineno
            return replace(event, places=(replace(place, line=line, columns=None),))
    return event


def taking(case: Case, event: Event, signals: Sequence[str]) -> Event:
    """An event moved to where its function, or a caller, takes signals from a forward pass: of the
    assignments to names that are named after them, the one to most of them."""
    for place in event.places:
        function = case.texts.function_at(place)
        given = [
            (_named_after(names, signals), len(names), -node.lineno)
            for node in ast.walk(function or ast.Module([], [])) if isinstance(node, ast.Assign)
            for names in [set[str]().union(*map(_names_given, node.targets))]
        ]  # fmt: skip
        most, _, line = max(given, default=(0, 0, 0))
        if most:
            return replace(event, places=(replace(place, line=-line, columns=None),))
    return event


def handing_over(case: Case, event: Event, states: Sequence[str]) -> Event:
    """An event moved to the outermost call on its way whose arguments are named after states."""
    for place in reversed(event.places):
        function = case.texts.function_at(place)
        read = names_read_on(function, place.line) if function else set[str]()
        if _named_after(read, states) == len(states):
            return replace(event, places=(replace(place, columns=None),))
    return event


def _named_after(names: Iterable[str], signals: Sequence[str]) -> int:
    """How many signals have a variable that bears their name."""
    return sum(any(_is_named_after(name, signal) for name in names) for signal in signals)


def _given(function: ast.FunctionDef, put: _Put, state: str) -> ast.stmt:
    """Where what is put was given the state's name: `c_t, h_t = step(…)`, before `c.append(c_t)`.

    The statement itself, if what it puts has another name, or has it from several.
    """
    names = {
        n.id
        for n in ast.walk(put.value)
        if isinstance(n, ast.Name) and _is_named_after(n.id, state)
    }
    given = [
        node for node in ast.walk(function) if isinstance(node, ast.Assign)
        for target in node.targets if names & _names_given(target)
    ]  # fmt: skip
    return given[0] if len(given) == 1 else put.statement


def _names_given(target: ast.expr) -> set[str]:
    """The names that a target gives a value to."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return {name for part in target.elts for name in _names_given(part)}
    return {target.id} if isinstance(target, ast.Name) else set()


def names_read_on(function: ast.FunctionDef, line: int) -> set[str]:
    """The names that the statement on a line of a function reads."""
    around = [
        node for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]  # fmt: skip
    statement = min(around, key=lambda node: (node.end_lineno or node.lineno) - node.lineno)
    reads = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
    return {node.id for node in reads if isinstance(node.ctx, ast.Load)}


class _Put(NamedTuple):
    """A statement that puts a value in a list or an array."""

    into: str
    value: ast.expr
    statement: ast.stmt


def _puts(function: ast.FunctionDef) -> Iterator[_Put]:
    for node in ast.walk(function):
        match node:
            case ast.Expr(
                ast.Call(ast.Attribute(ast.Name(name), "append" | "insert"), [*_, value])
            ):
                yield _Put(name, value, node)
            case ast.Assign([ast.Subscript(ast.Name(name))], value):
                yield _Put(name, value, node)
            case _:
                pass


def _is_named_after(name: str, state: str) -> bool:
    """Whether a variable bears the name of a state: `c`, `cs`, `c_list`, `all_c`."""
    return state.lower() in {part.lower() for part in (*name.split("_"), name.removesuffix("s"))}
