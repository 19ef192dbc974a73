"""Handing on: which argument of a call, or part of a packed argument, a function got wrongly.

A line that reads `b_i` by its right name is right, whatever was handed to its function. The fault
is where a caller names another array for it: in the call, or in the tuple or dict that the call
unpacks (`step(x, h, *parameters)`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from sympy import MatrixSymbol

from symlstm.cell import Role
from symlstm.tracing.trace import Event, Place
from symlstm.verification.case import Case
from symlstm.verification.keeping import names_read_on
from symlstm.verification.slip import Slip


class Handing:
    """The calls of a run, as their source has them."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._texts = case.texts

    def blamed(self, event: Event, slip: Slip | None) -> Event:
        """An event, moved to where another argument was handed on than its line names."""
        if slip is None or not isinstance(slip.right, MatrixSymbol):
            return event
        quantity, _ = self._case.chart.system.locate(slip.right)
        is_argument = quantity.role in (Role.INPUT, Role.PARAMETER)
        return self.blamed_for(event, quantity.name) if is_argument else event

    def blamed_for(self, event: Event, name: str) -> Event:
        """An event, moved to where another array was handed on for an argument of the cell."""
        innermost = self._texts.function_at(event.places[0]) if event.places else None
        if innermost is None or name not in names_read_on(innermost, event.places[0].line):
            return event
        for place, caller in pairwise(event.places):
            function = self._texts.function_at(place)
            argument = self._argument(function, caller, name) if function else None
            if argument is None:
                return self.of_caller(event)
            if not (isinstance(argument, ast.Name) and argument.id == name):
                return _at(event, caller, argument)
        return event

    def of_caller(self, event: Event) -> Event:
        """An event on the line that handed its function what it reads."""
        places = list(event.places)
        while len(places) > 1 and self._texts.reads_a_parameter(places[0]):
            del places[0]
        return replace(event, places=tuple(places[:1]))

    def _argument(self, callee: ast.FunctionDef, caller: Place, name: str) -> ast.expr | None:
        """What the call of a function on a line hands on for a name; None if that is not plain."""
        outer = self._texts.function_at(caller)
        calls = [
            node for node in (ast.walk(outer) if outer else ())
            if isinstance(node, ast.Call) and _name_of(node.func) == callee.name
            and node.lineno <= caller.line <= (node.end_lineno or node.lineno)
        ]  # fmt: skip
        if outer is None or len(calls) != 1:
            return None
        given = _Given(outer, calls[0])
        names = [a.arg for a in (*callee.args.posonlyargs, *callee.args.args)]
        if names[:1] in (["self"], ["cls"]) and isinstance(calls[0].func, ast.Attribute):
            del names[0]
        return given.argument(names, name)


class _Given:
    """The arguments of a call, with the literals that it unpacks.

    Args:
        outer: the function in which the call stands.
    """

    def __init__(self, outer: ast.FunctionDef, call: ast.Call) -> None:
        self._outer = outer
        self._call = call

    def argument(self, names: Sequence[str], name: str) -> ast.expr | None:
        by_keyword = self._keywords()
        if name in by_keyword:
            return by_keyword[name]
        positional = self._positional()
        if positional is None or name not in names or names.index(name) >= len(positional):
            return None
        return positional[names.index(name)]

    def _positional(self) -> list[ast.expr] | None:
        found: list[ast.expr] = []
        for given in self._call.args:
            if not isinstance(given, ast.Starred):
                found.append(given)
                continue
            literal = self._literal(given.value)
            if not isinstance(literal, (ast.Tuple, ast.List)) or _has_star(literal.elts):
                return None
            found += literal.elts
        return found

    def _keywords(self) -> Mapping[str, ast.expr]:
        found: dict[str, ast.expr] = {}
        for given in self._call.keywords:
            literal = given.value if given.arg else self._literal(given.value)
            if given.arg:
                found[given.arg] = given.value
            elif isinstance(literal, ast.Dict):
                found.update(
                    (key.value, value)
                    for key, value in zip(literal.keys, literal.values, strict=True)
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                )
            elif isinstance(literal, ast.Call) and _name_of(literal.func) == "dict":
                found.update((each.arg, each.value) for each in literal.keywords if each.arg)
        return found

    def _literal(self, node: ast.expr) -> ast.expr | None:
        """A literal, or the one that a name is assigned once in the function."""
        if not isinstance(node, ast.Name):
            return node
        values = [
            statement.value for statement in ast.walk(self._outer)
            if isinstance(statement, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == node.id for t in statement.targets)
        ]  # fmt: skip
        return values[0] if len(values) == 1 else None


def _has_star(nodes: Iterable[ast.expr]) -> bool:
    return any(isinstance(node, ast.Starred) for node in nodes)


def _name_of(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _at(event: Event, caller: Place, argument: ast.expr) -> Event:
    """An event at an argument in the text of a caller."""
    is_whole = argument.lineno == argument.end_lineno and argument.end_col_offset is not None
    columns = (argument.col_offset, argument.end_col_offset or 0) if is_whole else None
    return replace(event, places=(replace(caller, line=argument.lineno, columns=columns),))
