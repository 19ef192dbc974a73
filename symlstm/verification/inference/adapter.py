"""The adapter: a match as NumPy code that has the cell's names and calls the foreign function."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from symlstm.cell import Cell
from symlstm.interface import Argument, signature
from symlstm.verification.inference import forms
from symlstm.verification.inference.match import Assigned, Match
from symlstm.verification.inference.packing import Grid

WIDTH = 96


def adapter(match: Match, cell: Cell, path: str) -> str:
    """The text of a module that stands beside the file of the foreign code."""
    return _Writer(match, cell, path).text()


class _Writer:
    def __init__(self, match: Match, cell: Cell, path: str) -> None:
        self.match, self.cell, self.path = match, cell, Path(path)
        self.call = match.call
        self.signature = signature(cell, self.call.kind)
        self.example = self.call.way.by_example
        taken = {a.name for a in self.signature.arguments}
        taken |= {r.name for r in self.signature.results}
        name = self.call.function
        while name in taken or name == self.call.kind:
            name = "foreign_" + name
        self.function = name
        self.taken = taken | {name, "np"} | ({"b"} if self.example else set())

    def text(self) -> str:
        kind = self.call.kind
        names = ", ".join(a.name for a in self.signature.arguments)
        body = [*self._sizes(), *self._packed()]
        body += self._by_example() if self.example else self._at_once()
        return "\n".join([
            f'"""{kind.capitalize()} of {self.cell.name} by {self.call.function} of '
            f'{self.path.name}."""',
            "", *self._import(), "", "",
            *_wrapped(f"def {kind}(", names, "):", ""),
            *(f"    {line}" for line in body),
        ]) + "\n"  # fmt: skip

    def _import(self) -> list[str]:
        module, name = self.path.stem, self.call.function
        renamed = f" as {self.function}" if self.function != name else ""
        plain = module.isidentifier() and not keyword.iskeyword(module)
        if plain and module not in sys.stdlib_module_names and module not in ("numpy", "symlstm"):
            return ["import numpy as np", f"from {module} import {name}{renamed}"]
        return [
            "import importlib.util", "from pathlib import Path", "", "import numpy as np", "",
            f"path = Path(__file__).with_name({self.path.name!r})",
            'spec = importlib.util.spec_from_file_location("foreign", path)',
            "module = importlib.util.module_from_spec(spec)", "spec.loader.exec_module(module)",
            f"{self.function} = module.{name}",
        ]  # fmt: skip

    def _sizes(self) -> list[str]:
        """Dimensions that the slices of parameters are written with."""
        used = {
            extent.code
            for _, rows in self.match.grids.values()
            for row in rows
            for entry in row
            if entry.atom is not None and not entry.atom.is_whole
            for extent in entry.atom.extents
        }
        words = {word for code in used for word in _words(code)}
        found: list[str] = []
        for argument in forms.carriers(self.cell, self.call.kind):
            for size in argument.quantity.array_sizes:
                if size in words:
                    found.append(f"{size} = {argument.name}.shape[-1]")
                    words.discard(size)
        return found

    def _packed(self) -> list[str]:
        """A line for each packed array."""
        lines: list[str] = []
        self.names: dict[str, str] = {}
        for slot, (grid, rows) in self.match.grids.items():
            expression = self._expression(slot, grid, rows)
            if expression.isidentifier():
                self.names[slot] = expression
                continue
            name = slot.rpartition("/")[2]
            name = name if name.isidentifier() and not keyword.iskeyword(name) else "packed"
            while name in self.taken:
                name += "_"
            self.taken.add(name)
            self.names[slot] = name
            lines += _broken(f"{name} = {expression}")
        return lines

    def _expression(self, slot: str, grid: Grid, rows: Sequence[Sequence[Assigned]]) -> str:
        blocks = [
            [self._entry(entry, place.shape) for entry, place in zip(row, places, strict=True)]
            for row, places in zip(rows, grid.places, strict=True)
        ]
        shape = self.call.forms[slot]["shapes"][0]
        is_vector = all(len(place.shape) < 2 for place in grid.flat)
        if grid.has_one_axis or (is_vector and len(grid.places[0]) == 1):
            whole = _joined("concatenate", [row[0] for row in blocks])
            if grid.has_one_axis:
                return whole
            return f"{_operand(whole)}[{'None' if shape[0] == 1 else ':, None'}]"
        if is_vector:
            columns = [_joined("concatenate", [row[s] for row in blocks])
                       for s in range(len(blocks[0]))]  # fmt: skip
            return f"np.stack([{', '.join(columns)}]{'' if grid.is_turned else ', axis=1'})"
        if len(blocks[0]) == 1:
            whole = _joined("concatenate", [row[0] for row in blocks])
            return f"{_operand(whole)}.T" if grid.is_turned else whole
        for row, places in zip(blocks, grid.places, strict=True):
            for s, place in enumerate(places):
                is_bias = len(place.shape) == 1
                if grid.is_turned:
                    row[s] = _operand(row[s]) + ("[None]" if is_bias else ".T")
                elif is_bias:
                    row[s] = _operand(row[s]) + "[:, None]"
        if grid.is_turned:
            blocks = [list(column) for column in zip(*blocks, strict=True)]
        if len(blocks) == 1:
            return f"np.hstack([{', '.join(blocks[0])}])"
        return "np.block([" + ", ".join(f"[{', '.join(row)}]" for row in blocks) + "])"

    def _entry(self, entry: Assigned, shape: Sequence[int]) -> str:
        if entry.atom is None:
            like = next((a for a in self.signature.arguments if not a.axes
                         and len(a.quantity.array_sizes) == len(shape)), None)  # fmt: skip
            text = f"np.zeros_like({like.name})" if like else "0"
        else:
            text = entry.atom.text
            text = {1: text, -1: f"-{text}"}.get(entry.factor, f"{entry.factor} * {text}")
        if entry.offset:
            text += f" {'-' if entry.offset < 0 else '+'} {abs(entry.offset):g}"
        return text

    def _arguments(self, of: dict[str, str]) -> str:
        """The arguments of the call; `of` says how each input and state is called."""
        given: dict[str, Any] = {}
        for slot, form in self.call.forms.items():
            owner, slash, key = slot.partition("/")
            if form["kind"] == "dict":
                given.setdefault(owner, {})
                continue
            values = [
                self._carrier(self.match.carriers[slot, n], of)
                if (slot, n) in self.match.carriers
                else self.names[slot]
                for n in range(len(form["shapes"]))
            ]
            value = values[0] if form["kind"] == "array" else f"({', '.join(values)})"
            if slash:
                given.setdefault(owner, {})[key] = value
            else:
                given[owner] = value
        # By place as long as no argument was left out before.
        is_leading = self.call.names[: len(given)] == tuple(given)
        texts = {name: _dict(value) for name, value in given.items()}
        if is_leading:
            return ", ".join(texts.values())
        return ", ".join(f"{name}={text}" for name, text in texts.items())

    def _carrier(self, argument: Argument, of: dict[str, str]) -> str:
        way = self.call.way
        view = way.entering if forms.is_input(argument, self.cell) else way.state
        return view.of(of[argument.name])

    def _leaving(self, name: str, result: str) -> str:
        path, part = self.match.results[name]
        if path and path[-1] is None:
            picked = f"np.stack({result}{_path(path[:-1])})"
        else:
            picked = result + _path(path)
        return self.call.way.leaving.of(picked) + part

    def _at_once(self) -> list[str]:
        of = {a.name: a.name for a in forms.carriers(self.cell, self.call.kind)}
        called = f"{self.function}({self._arguments(of)})"
        results = [r.name for r in self.signature.results]
        lines = _broken(f"results = {called}")
        leaving = ", ".join(self._leaving(name, "results") for name in results)
        return [*lines, f"return {_tuple(leaving, len(results))}"]

    def _by_example(self) -> list[str]:
        step = self.call.kind == "step"
        carriers = forms.carriers(self.cell, self.call.kind)
        of = {a.name: f"{a.name}[{':, b' if len(a.axes) == 2 else 'b'}]" for a in carriers}
        called = f"{self.function}({self._arguments(of)})"
        count = f"{carriers[0].name}.shape[{0 if step else 1}]"
        results = [r.name for r in self.signature.results]
        axis = "" if step else ", axis=1"
        stacked = [
            f"np.stack([{self._leaving(name, 'each')} for each in results]{axis})"
            for name in results
        ]
        return [
            "results = [", f"    {called}", f"    for b in range({count})", "]",
            f"return {_tuple(', '.join(stacked), len(results))}",
        ]  # fmt: skip


def _tuple(inside: str, length: int) -> str:
    return f"({inside},)" if length == 1 else inside


def _path(path: Sequence[Any]) -> str:
    return "".join(f"[{key!r}]" for key in path)


def _dict(value: Any) -> str:
    if isinstance(value, dict):
        items = cast(dict[str, str], value)
        return "{" + ", ".join(f"{key!r}: {text}" for key, text in items.items()) + "}"
    return str(value)


def _words(code: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in code).split()


def _operand(text: str) -> str:
    """The text as something that a suffix may follow."""
    is_simple = text.replace("_", "").isalnum() or (
        text.endswith((")", "]")) and text[0] not in "-3"
    )
    return text if is_simple else f"({text})"


def _joined(function: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"np.{function}([{', '.join(parts)}])"


def _broken(line: str) -> list[str]:
    """A line, or a bracket broken into lines of a fitting width."""
    if len(line) <= WIDTH:
        return [line]
    opening = line.index("(")
    closing = line.rindex(")")
    inside = line[opening + 1 : closing]
    rows = _items(inside[1:-1]) if inside.startswith("[") and inside.endswith("]") else None
    if rows is not None:
        return [line[: opening + 1] + "[", *_filled(rows, "    "), "]" + line[closing:]]
    return [line[: opening + 1], *_filled(_items(inside), "    "), line[closing:]]


def _items(text: str) -> list[str]:
    """The parts between the commas that stand in no bracket."""
    found, depth, start = list[str](), 0, 0
    for n, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            found.append(text[start:n].strip())
            start = n + 1
    return [*found, text[start:].strip()]


def _filled(items: Sequence[str], indent: str) -> list[str]:
    lines, current = list[str](), indent
    for item in items:
        if len(current) + len(item) + 2 > WIDTH and current.strip():
            lines.append(current.rstrip())
            current = indent
        current += f"{item}, "
    return [*lines, current.rstrip()]


def _wrapped(before: str, inside: str, after: str, indent: str) -> list[str]:
    whole = indent + before + inside + after
    if len(whole) <= WIDTH:
        return [whole]
    return [indent + before, *_filled(_items(inside), indent + "    "), indent + after]
