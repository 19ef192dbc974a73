"""Tokens → raw tree, by lark: one method a rule of the grammar.

Each method is given the place of the whole rule, its brackets included, and what it consists of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from symlstm.messages import NotationError, Span
from symlstm.notation import raw
from symlstm.notation.advising import braced_factor
from symlstm.notation.alphabet import ACCENTS, PRIVATE_ACCENTS, Letter, letter_of
from symlstm.notation.refusing import unexpected, unexpected_end
from symlstm.notation.source import Source
from symlstm.notation.tokens import Lexeme

MAXIMUM_DEPTH = 220
"""Nodes above each other: a hundred brackets with a sum in each, and some for the rest."""

MAXIMUM_SCRIPTS = 20
MAXIMUM_SPELLING = 1000
"""Characters of one letter with its accents and fonts."""


def statements_of(source: Source, lexemes: list[Lexeme]) -> tuple[raw.Statement, ...]:
    """The raw statements that tokens are, by the grammar.

    Raises:
        NotationError: a token cannot stand where it stands.
    """
    try:
        tree = _grammar().parse(cast(Any, lexemes))
    except UnexpectedToken as problem:
        if problem.token.type == "$END":
            raise unexpected_end(source, lexemes) from None
        raise unexpected(source, lexemes, cast(int, problem.token.start_pos)) from None
    return cast("tuple[raw.Statement, ...]", _Grower(source, lexemes).grown(tree))


class _Given(Lexer):
    """lark's tokens of the lexemes that are given in the place of a text."""

    def __init__(self, _configuration: Any) -> None:
        """lark passes its configuration, of which nothing is needed."""

    def lex(self, data: Any) -> Iterator[Token]:  # pyright: ignore
        for place, lexeme in enumerate(cast(list[Lexeme], data)):
            yield Token(
                lexeme.kind, lexeme.value, start_pos=place, line=1, column=1, end_pos=place + 1
            )


@cache
def _grammar() -> Lark:
    grammar = files("symlstm.notation").joinpath("equations.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Given, propagate_positions=True)


class _Grower:
    """One method a rule; lark's own visitors look each up anew for each node, at half the time.

    Args:
        source: the text, for the places of messages.
        lexemes: what the tokens were made of; a token's `start_pos` counts them.
    """

    def __init__(self, source: Source, lexemes: list[Lexeme]) -> None:
        self._source = source
        self._lexemes = lexemes
        self._depths: dict[int, tuple[raw.Node, int]] = {}

    def grown(self, tree: Any) -> Any:
        """What lark's tree is, from its leaves up, by the methods that its rules are called by."""
        before: list[Any] = []  # each node before its children, the last of them first
        pending = [tree]
        while pending:
            node = pending.pop()
            before.append(node)
            if isinstance(node, Tree):
                pending += cast("Tree[Any]", node).children
        methods: dict[str, Callable[..., Any]] = {}
        made: list[Any] = []
        for node in reversed(before):
            if isinstance(node, Tree):
                rule = cast("Tree[Any]", node)
                first = len(made) - len(rule.children)
                name = str(rule.data)
                if name not in methods:
                    methods[name] = getattr(self, name)
                made[first:] = [methods[name](rule.meta, *made[first:])]
            else:
                made.append(node)
        return made[0]

    def _span(self, place: Any) -> Span:
        first = self._lexemes[cast(int, place.start_pos)]
        last = self._lexemes[cast(int, place.end_pos) - 1]
        return self._source.span(first.start, last.end)

    def _made(self, node: raw.Node) -> raw.Node:
        """The node, no deeper than the limit; it is kept, so that no other gets its identity."""
        depth = 1 + max((self._depths[id(c)][1] for c in raw.children(node)), default=0)
        if depth > MAXIMUM_DEPTH:
            raise NotationError("S202", "an expression is nested too deep", node.span)
        self._depths[id(node)] = (node, depth)
        return node

    # Statements.

    def start(self, _place: Any, *statements: Any) -> tuple[raw.Statement, ...]:
        found: list[raw.Statement] = []
        for statement in statements:
            if isinstance(statement, tuple):
                found += cast("tuple[raw.Statement, ...]", statement)
            elif not isinstance(statement, Token):
                found.append(statement)
        return tuple(found)

    def declaration(self, place: Any, *parts: Any) -> raw.Declaration:
        names = tuple(p for p in parts if not isinstance(p, Token))
        return raw.Declaration(names, self._space(parts[-1]), self._span(place))

    def definition(self, place: Any, *parts: Any) -> tuple[raw.Definition, ...]:
        """a = u, or one equation for each of a, b = u, v."""
        span = self._span(place)
        lefts = [p for p in parts if not isinstance(p, Token | tuple)]
        rights = [cast("tuple[raw.Node, ...]", p) for p in parts if isinstance(p, tuple)]
        is_sized = isinstance(parts[-1], Token)
        space = self._space(parts[-1]) if is_sized else None
        for values in rights:
            if len(values) != len(lefts):
                raise _unequal_lists(len(lefts), len(values), span)
        return tuple(
            raw.Definition(left, values, space, span)
            for left, values in zip(lefts, zip(*rights, strict=True), strict=True)
        )

    def values(self, _place: Any, *parts: Any) -> tuple[raw.Node, ...]:
        return _nodes(parts)

    def _space(self, reals: Token) -> raw.Space:
        return raw.Space(str(reals), self._span(reals))

    # Sums and products.

    def concatenation(self, place: Any, *parts: Any) -> raw.Node:
        return self._made(raw.Stack(_nodes(parts), self._span(place)))

    def sum(self, place: Any, *terms: Any) -> raw.Node:
        signed = tuple(cast("tuple[int, raw.Node]", t) if isinstance(t, tuple) else (1, t)
                       for t in terms)  # fmt: skip
        if len(signed) == 1 and signed[0][0] == 1:
            return signed[0][1]
        return self._made(raw.Sum(signed, self._span(place)))

    def plus(self, _place: Any, _sign: Token, term: raw.Node) -> tuple[int, raw.Node]:
        return (1, term)

    def minus(self, _place: Any, _sign: Token, term: raw.Node) -> tuple[int, raw.Node]:
        _check_braces((term,), raw.Sum)
        return (-1, term)

    def hadamard(self, place: Any, *parts: Any) -> raw.Node:
        _check_braces(_nodes(parts), raw.Sum)
        return self._made(raw.Hadamard(_nodes(parts), self._span(place)))

    def product(self, place: Any, *parts: Any) -> raw.Node:
        _check_braces(_nodes(parts), raw.Sum | raw.Hadamard | raw.Product)
        signs: list[str] = []
        sign = ""
        for part in parts:
            if isinstance(part, Token):
                sign = "/" if part.type == "SLASH" else "·"
            else:
                signs.append(sign)
                sign = ""
        return self._made(raw.Product(_nodes(parts), tuple(signs), self._span(place)))

    # Units.

    def symbol(self, place: Any, token: Token) -> raw.Node:
        letter = letter_of(str(token))
        if letter is None:
            raise NotationError(
                "S208", "a name has at most 50 letters", self._span(place), help="shorten it"
            )
        return self._made(raw.Symbol(letter, self._span(place)))

    def function(self, place: Any, token: Token) -> raw.Node:
        return self._made(raw.Function(str(token), self._span(place)))

    def number(self, place: Any, token: Token) -> raw.Node:
        return self._made(raw.Number(str(token), self._span(place)))

    def sum_sign(self, place: Any, _token: Token) -> raw.Node:
        return self._made(raw.SumSign(self._span(place)))

    def styled(self, place: Any, command: Token, inner: raw.Node) -> raw.Node:
        """An accent or font over a name; over a name with scripts, over its head."""
        span = self._span(place)
        word = str(command)
        if command.type == "FONT" and isinstance(number := _unbraced(inner), raw.Number):
            return self._made(raw.Number(number.text, span))

        def styled(letter: Letter) -> Letter:
            is_accent = word in ACCENTS | PRIVATE_ACCENTS and command.type == "ACCENT"
            if len(letter.latex) > MAXIMUM_SPELLING:
                raise NotationError("S202", "accents are nested too deep", span)
            return letter.accented(word) if is_accent else letter.styled(word)

        node = _on_head(inner, styled, span)
        if node is None:
            raise NotationError(
                "S242", rf"\{word} stands over more than a name", span,
                help="give what stands below it a name of its own",
            )  # fmt: skip
        return self._made_again(node)

    def switched(self, place: Any, *parts: Any) -> raw.Node:
        """{\\bf h}"""
        span = self._span(place)
        *_, inner, _ = parts
        fonts = [str(p) for p in parts if isinstance(p, Token) and p.type == "SWITCH"]

        def styled(letter: Letter) -> Letter:
            return letter.styled(fonts[-1])

        node = _on_head(inner, styled, span)
        if node is None:
            raise NotationError(
                "S242", "a font stands over more than a name", span,
                help=r"write \mathbf{h} for each name",
            )  # fmt: skip
        return self._made_again(node)

    def _made_again(self, node: raw.Node) -> raw.Node:
        """A name whose head was changed, parts included."""
        if isinstance(node, raw.Scripted):
            self._made(node.base)
        return self._made(node)

    def fraction(self, place: Any, _sign: Token, top: raw.Node, bottom: raw.Node) -> raw.Node:
        return self._made(raw.Fraction(top, bottom, self._span(place)))

    def items(self, _place: Any, *parts: Any) -> tuple[Any, ...]:
        return parts

    def fenced(self, place: Any, opening: Token, inner: Any, _closing: Token) -> raw.Node:
        kinds = {"LPAR": "(", "LBRACK": "[", "LSET": r"\{", "LBAR": "|", "LNORM": "‖"}
        parts = cast("tuple[Any, ...]", inner if isinstance(inner, tuple) else (inner,))
        signs = tuple(str(p) for p in parts if isinstance(p, Token))
        only = parts[0]
        if opening.type == "LBAR" and isinstance(only, raw.Bracket) and only.opening == "|":
            # ||v|| is typed for ‖v‖: the absolute value of an absolute value says nothing more
            return self._made(raw.Bracket("‖", only.parts, only.signs, self._span(place)))
        bracket = raw.Bracket(kinds[opening.type], _nodes(parts), signs, self._span(place))
        return self._made(bracket)

    def braced(self, place: Any, opening: Token, inner: raw.Node, _closing: Token) -> raw.Node:
        """{a}, and \\underbrace{a}, whose sign is the command."""
        signs = (str(opening),) if len(opening) > 1 else ()
        return self._made(raw.Bracket("{", (inner,), signs, self._span(place)))

    def matrix(self, place: Any, begin: Token, *parts: Any) -> raw.Node:
        rows = tuple(p for p in parts if not isinstance(p, Token))
        return self._made(raw.Matrix(str(begin), rows, self._span(place)))

    def row(self, _place: Any, *parts: Any) -> tuple[raw.Node, ...]:
        return _nodes(parts)

    def cases(self, place: Any, *parts: Any) -> raw.Node:
        rows = tuple(p for p in parts if not isinstance(p, Token))
        return self._made(raw.Cases(rows, self._span(place)))

    def case(self, _place: Any, *parts: Any) -> tuple[raw.Node, raw.Condition | None]:
        found = [p for p in parts if not isinstance(p, Token)]
        return (found[0], found[1] if len(found) == 2 else None)

    def condition(
        self, place: Any, left: raw.Node, relation: Token, right: raw.Node
    ) -> raw.Condition:
        return raw.Condition(left, str(relation), right, self._span(place))

    # Scripts.

    def script(self, place: Any, token: Token, body: raw.Node | None = None) -> raw.Script:
        is_above = token.type != "SUBSCRIPT"
        if token.type == "PRIME":
            return raw.Script(True, "'", None, self._span(place))
        return raw.Script(is_above, str(token), body, self._span(place))

    def scripted(self, place: Any, base: raw.Node, *scripts: raw.Script) -> raw.Node:
        """Braces around a name with scripts are transparent: {W^{(i)}}_x is W^{(i)}_x."""
        _check_braces((base,), raw.Node)
        if isinstance(base, raw.Bracket) and base.opening == "{":
            inner = base.parts[0]
            if isinstance(inner, raw.Symbol | raw.Scripted):
                base = inner
        if isinstance(base, raw.Scripted):
            scripts = base.scripts + scripts
            base = base.base
        if len(scripts) > MAXIMUM_SCRIPTS:
            raise NotationError(
                "S202", f"more than {MAXIMUM_SCRIPTS} scripts on one name", self._span(place)
            )
        return self._made(raw.Scripted(base, scripts, self._span(place)))


def _unequal_lists(names: int, values: int, span: Span) -> NotationError:
    return NotationError(
        "S288", f"{names} name{'s' * (names > 1)} and {values} value{'s' * (values > 1)}", span,
        notes=("a list of names is defined by as many values, in their order",),
        help=r"write one equation for each name, and \\ between two equations",
    )  # fmt: skip


def _nodes(parts: tuple[Any, ...]) -> tuple[raw.Node, ...]:
    return tuple(p for p in parts if not isinstance(p, Token))


def _check_braces(nodes: tuple[raw.Node, ...], kinds: Any) -> None:
    """Nothing of these kinds stands under a brace, where brackets would tell how far it goes."""
    for node in nodes:
        inner = node
        while isinstance(inner, raw.Bracket) and inner.opening == "{" and inner.signs:
            inner = inner.parts[0]
        if inner is not node and isinstance(inner, kinds):
            raise braced_factor(cast(raw.Bracket, node).signs[0], node.span)


def _unbraced(node: raw.Node) -> raw.Node:
    while isinstance(node, raw.Bracket) and node.opening == "{":
        node = node.parts[0]
    return node


def _on_head(node: raw.Node, change: Callable[[Letter], Letter], span: Span) -> raw.Node | None:
    """The name with its head changed; None: the node is no name."""
    match node:
        case raw.Bracket("{", (inner,)):
            return _on_head(inner, change, span)
        case raw.Symbol(letter):
            return raw.Symbol(change(letter), span)
        case raw.Function(word):
            return raw.Symbol(change(Letter(word, rf"\mathrm{{{word}}}", word)), span)
        case raw.Scripted(raw.Symbol(letter) as base, scripts):
            return raw.Scripted(replace(base, letter=change(letter)), scripts, span)
        case _:
            return None
