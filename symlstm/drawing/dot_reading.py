"""DOT text → nodes and edges with their attributes, and the lines on which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from symlstm.messages import NotationError, Span, UsageError
from symlstm.notation.source import Source

MAXIMUM_BYTES = 256 * 1024
MAXIMUM_STATEMENTS = 2000
MAXIMUM_DEPTH = 8
"""A diagram of a cell has some hundred lines, and clusters within clusters at most."""

_BREAK = re.compile(r"\\[nlr]")


@dataclass
class DotNode:
    """A node, and where it is first told what it is."""

    key: str
    attributes: dict[str, str]
    span: Span


@dataclass(frozen=True)
class DotEdge:
    tail: str
    head: str
    attributes: Mapping[str, str]
    span: Span


@dataclass
class Dot:
    """A graph: its nodes in the order in which they occur, and its edges."""

    file: str
    nodes: dict[str, DotNode] = field(default_factory=dict[str, DotNode])
    edges: list[DotEdge] = field(default_factory=list[DotEdge])


def read_dot(path: Path) -> Dot:
    """Read a file.

    Raises:
        UsageError: it cannot be opened, or is too large.
        NotationError: it is not DOT, or has what a diagram of a cell has not.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MAXIMUM_BYTES + 1)
    except OSError as problem:
        reason = (problem.strerror or "cannot be opened").lower()
        raise UsageError("S002", f"{path}: {reason}", help="check the path") from None
    if len(content) > MAXIMUM_BYTES:
        raise UsageError(
            "S701", f"{path} has more than {MAXIMUM_BYTES} bytes",
            help="give the diagram of one cell; its drawing in DOT has a few thousand",
        )  # fmt: skip
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise NotationError(
            "S200", "the file is not UTF-8 text", Span(str(path), line), help="save it as UTF-8"
        ) from None
    return dot_of(text.replace("\r\n", "\n"), str(path))


@cache
def _grammar() -> Lark:
    text = (files("symlstm") / "drawing" / "dot.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", propagate_positions=True)


def dot_of(text: str, file: str) -> Dot:
    """Read a text.

    Raises:
        NotationError: as `read_dot`.
    """
    source = Source(text, file)
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as problem:
        raise _not_dot(problem, source, text) from None
    return _Reader(source, Dot(file)).read(tree)


def _not_dot(problem: UnexpectedInput, source: Source, text: str) -> NotationError:
    place = problem.pos_in_stream
    place = len(text.rstrip()) if place is None or place >= len(text) or place < 0 else place
    place = max(0, min(place, len(text) - 1))
    if text[place : place + 1] == "<":
        return NotationError(
            "S702", "a label in HTML is not read", source.span(place, place + 1),
            help='write it as a string, such as label="c_t"',
        )  # fmt: skip
    shown = text[place : place + 12].split("\n")[0].strip()
    return NotationError(
        "S700", f"this is not DOT: {shown!r} does not go on the graph" if shown
        else "this is not DOT: the graph is not closed", source.span(place, place + 1),
        notes=("a graph reads like  digraph { x -> n [label=\"x_t\"]; n [label=\"+\"]; }",),
        help="symlstm diagram CELL --format dot prints one",
    )  # fmt: skip


class _Reader:
    def __init__(self, source: Source, dot: Dot) -> None:
        self._source = source
        self._dot = dot
        self._statements = 0

    def read(self, tree: Any) -> Dot:
        kinds = [c for c in tree.children if isinstance(c, Token)]
        if any(token.type == "GRAPH" for token in kinds):
            raise NotationError(
                "S703", "the edges of this graph have no direction", self._span(kinds[0]),
                help="write digraph, and -> from where a quantity leaves to where it is read",
            )  # fmt: skip
        self._all(tree.children, {}, {}, 0)
        if not self._dot.edges:
            raise NotationError(
                "S703", "there is no edge in this graph", self._span(kinds[-1]),
                help="a diagram of a cell has an edge for every quantity that is read",
            )  # fmt: skip
        return self._dot

    def _all(
        self, statements: Any, nodes: Mapping[str, str], edges: Mapping[str, str], depth: int
    ) -> list[str]:
        """Read statements; the nodes that they name.

        Args:
            nodes, edges: the attributes that all later nodes and edges have.
        """
        if depth > MAXIMUM_DEPTH:
            raise NotationError(
                "S701", f"more than {MAXIMUM_DEPTH} groups within each other",
                self._span(statements[0]), help="leave out the groups: nothing is read of them",
            )  # fmt: skip
        nodes, edges = dict(nodes), dict(edges)
        named: list[str] = []
        for statement in statements:
            if not isinstance(statement, Tree) or statement.data != "statement":
                continue
            self._statements += 1
            if self._statements > MAXIMUM_STATEMENTS:
                raise NotationError(
                    "S701", f"more than {MAXIMUM_STATEMENTS} statements", self._span(statement),
                    help="give the diagram of one cell",
                )  # fmt: skip
            inner = cast(Any, statement.children[0])
            if inner.data == "defaults":
                which = {"NODE": nodes, "EDGE": edges}.get(inner.children[0].type)
                if which is not None:
                    which.update(_attributes(inner.children[1:]))
            elif inner.data == "chain":
                named += self._chain(inner, nodes, edges, depth)
        return named

    def _chain(
        self, chain: Any, nodes: Mapping[str, str], edges: Mapping[str, str], depth: int
    ) -> list[str]:
        ends: list[Any] = [
            c for c in chain.children if isinstance(c, Tree) and c.data in ("place", "group")
        ]
        arrows = [c for c in chain.children if isinstance(c, Token)]
        given = _attributes([c for c in chain.children if c not in ends and c not in arrows])
        for arrow in arrows:
            if arrow == "--":
                raise NotationError(
                    "S703", "an edge of a digraph is written ->", self._span(arrow),
                    help="write -> from where a quantity leaves to where it is read",
                )  # fmt: skip
        named = [
            self._place(end, nodes, {} if arrows else given) if end.data == "place"
            else self._all(end.children, nodes, edges, depth + 1)
            for end in ends
        ]  # fmt: skip
        for k, (tails, heads) in enumerate(pairwise(named)):
            for tail in tails:
                for head in heads:
                    span = self._between(ends[k], ends[k + 1])
                    self._dot.edges.append(DotEdge(tail, head, {**edges, **given}, span))
        return [key for keys in named for key in keys]

    def _place(self, end: Any, nodes: Mapping[str, str], given: Mapping[str, str]) -> list[str]:
        key = _text(end.children[0])
        known = self._dot.nodes.get(key)
        if known is None:
            self._dot.nodes[key] = DotNode(key, {**nodes, **given}, self._span(end))
        elif given:
            known.attributes.update(given)
            known.span = self._span(end)
        return [key]

    def _span(self, at: Any) -> Span:
        if isinstance(at, Tree):
            start, end = at.meta.start_pos, at.meta.end_pos
        else:
            start, end = at.start_pos, at.end_pos
        return self._source.span(start, end)

    def _between(self, tail: Any, head: Any) -> Span:
        """From one end of an edge to the other, if they stand on one line."""
        same = tail.meta.line == head.meta.end_line
        end = head.meta.end_pos if same else tail.meta.end_pos
        return self._source.span(tail.meta.start_pos, end)


def _attributes(lists: Any) -> dict[str, str]:
    return dict(_each(lists))


def _each(lists: Any) -> Iterator[tuple[str, str]]:
    for one in lists:
        for attribute in one.children:
            parts = [_text(child) for child in attribute.children if isinstance(child, Tree)]
            yield parts[0].lower(), parts[1] if len(parts) > 1 else "true"


def _text(name: Any) -> str:
    """What an identifier says: the text of a string, its escapes read."""
    found = ""
    for token in name.children:
        text = str(token)
        if token.type == "STRING":
            text = _BREAK.sub("\n", text[1:-1].replace("\\\n", "").replace("\\\\", "\0"))
            text = text.replace('\\"', '"').replace("\0", "\\")
        found += text
    return found
