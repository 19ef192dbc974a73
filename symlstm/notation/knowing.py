"""What a file says about its names as a whole, before any of its equations is read.

Whether `a^2` is a power and `g(x)` a function's value is told by the rest of the file: by what it
declares, defines and writes without an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from symlstm.messages import NotationError, Span
from symlstm.notation import raw, syntax
from symlstm.notation.alphabet import Letter
from symlstm.notation.derivatives import quotient_of_differentials
from symlstm.notation.naming import Namer, Written
from symlstm.notation.sizes import plain_sizes
from symlstm.notation.summing import spelled_at
from symlstm.notation.vocabulary import Notation

MAXIMUM_WORD = 20
"""Letters that are the name of a function together."""


@dataclass
class FileFunction:
    """A function that the file defines: g(x) = …; its body is read when it is first used."""

    name: str
    parameters: tuple[str, ...]
    right: raw.Node
    span: Span
    local: dict[str, raw.Node] = field(default_factory=dict[str, raw.Node])
    """The constants that are defined by its parameters: their right sides."""
    body: syntax.Node | None = None
    is_open: bool = False


@dataclass
class Packed:
    """The left side (i; f; o; g) of one equation for several names."""

    parts: tuple[Written, ...]
    name: syntax.Name
    definition: raw.Definition


@dataclass
class Knowledge:
    """The names that a file declares, defines, or writes somewhere without a number above.

    `timeless` are those that it declares or defines without a time: σ^t does not make σ a name.
    """

    notation: Notation
    namer: Namer
    declared: set[str] = field(default_factory=set[str])
    defined: set[str] = field(default_factory=set[str])
    timeless: set[str] = field(default_factory=set[str])
    occurring: set[str] = field(default_factory=set[str])
    timed: set[str] = field(default_factory=set[str])
    """What it writes with a time."""
    heads: dict[str, Letter] = field(default_factory=dict[str, Letter])
    """The letter of each name, in the font in which it is defined, declared or first written."""
    sizes: set[str] = field(default_factory=set[str])
    """What stands in a declaration, or above a sum."""
    declared_sizes: set[str] = field(default_factory=set[str])
    functions: dict[str, FileFunction] = field(default_factory=dict[str, FileFunction])
    constants: dict[str, raw.Definition] = field(default_factory=dict[str, raw.Definition])
    """What is defined without time."""
    has_adjoints: bool = False
    """Whether equations for adjoints are read, where u [a, b]ᵀ is an outer product."""
    local: dict[str, FileFunction] = field(default_factory=dict[str, FileFunction])
    """Constants that are defined by the parameters of a function, with the function."""

    def add(self, written: Written, names: set[str]) -> None:
        names.add(written.ascii)
        self.heads.setdefault(written.ascii, written.head)
        if written.shift is None:
            self.timeless.add(written.ascii)
        else:
            self.timed.add(written.ascii)

    def is_known(self, name: str) -> bool:
        return name in self.declared or name in self.defined

    def is_quantity(self, name: str) -> bool:
        return self.is_known(name) or name in self.occurring


def gather(statements: tuple[raw.Statement, ...], notation: Notation) -> Knowledge:
    """What the statements of a file say about its names.

    Raises:
        NotationError: a left side is no name, no function of letters and no column of names.
    """
    knowledge = Knowledge(notation, Namer(notation.time, notation.names))
    if notation.step is not None:
        knowledge.namer.ahead = _names_ahead(statements, knowledge.namer)
    for statement in statements:
        if isinstance(statement, raw.Declaration):
            _gather_declaration(statement, knowledge)
        else:
            _gather_definition(statement, knowledge)
    return knowledge


def _names_ahead(statements: tuple[raw.Statement, ...], namer: Namer) -> frozenset[str]:
    """The names that are written at t+1 somewhere."""
    nodes = (node for statement in statements for node in _nodes_of(statement))
    written = (namer.written(node) for node in nodes if isinstance(node, raw.Symbol | raw.Scripted))
    return frozenset(name.ascii for name in written if name is not None and name.shift == 1)


def _nodes_of(statement: raw.Statement) -> Iterator[raw.Node]:
    if isinstance(statement, raw.Declaration):
        tops = statement.names
    else:
        tops = (statement.left, *statement.rights)
    for top in tops:
        yield from walk(top)


def label_name(node: raw.Node, knowledge: Knowledge, what: str) -> Written:
    """The name that is defined or declared; a number above it is a label there."""
    written = knowledge.namer.written(node)
    if written is None or (written.raised is not None and written.raised.body is not None):
        if (derivative := quotient_of_differentials(node)) is not None:
            raise derivative
        if (several := _several_signs(node, knowledge)) is not None:
            raise several
        raise NotationError(
            "S247", what, node.span,
            help=r"an equation reads like c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        )  # fmt: skip
    if written.is_transposed:
        raise NotationError(
            "S247", what, node.span, help="define or declare the name itself, not its transpose"
        )
    return written.with_label_above(written.raised.text) if written.raised else written


def _several_signs(node: raw.Node, knowledge: Knowledge) -> NotationError | None:
    r"""wkv_t and \\Delta u_t are one name to their readers, and a product to the grammar."""
    if not isinstance(node, raw.Product) or set(node.signs) != {""}:
        return None
    *before, last = node.factors
    base = last.base if isinstance(last, raw.Scripted) else last
    if not all(isinstance(factor, raw.Symbol) for factor in (*before, base)):
        return None
    spelled = spelled_at(joined_span(node.span, base.span))
    if not spelled.isalpha() and not spelled.startswith((r"\Delta", "Δ")):
        return None
    name = next(n for n in ("q", "v", "w", "q'") if not knowledge.is_quantity(n))
    if spelled.isalpha():
        name = rf"\mathrm{{{spelled}}}"
    return NotationError(
        "S247", f"{spelled} is several signs, and the left side of an equation is a name",
        node.span,
        help=f"say that they are one name: % notation: {spelled} = {name}",
    )  # fmt: skip


def _gather_declaration(declaration: raw.Declaration, knowledge: Knowledge) -> None:
    for node in declaration.names:
        written = label_name(node, knowledge, "only names are declared")
        knowledge.add(written, knowledge.declared)
    _gather_sizes(declaration.space, knowledge)


def _gather_sizes(space: raw.Space, knowledge: Knowledge) -> None:
    plain = re.sub(r"\\[a-z]+", " ", plain_sizes(space.sizes))
    sizes = re.findall(r"[A-Za-z]\w*", plain)
    knowledge.sizes.update(sizes)
    knowledge.declared_sizes.update(sizes)


def _gather_definition(definition: raw.Definition, knowledge: Knowledge) -> None:
    if definition.space is not None:
        _gather_sizes(definition.space, knowledge)
    for right in definition.rights:
        _gather_occurring(right, knowledge)
    call = called(definition.left, knowledge.namer)
    if call is not None:
        _gather_function(call, definition, knowledge)
        return
    for part in column(definition.left) or (definition.left,):
        written = left_name(part, knowledge)
        knowledge.add(written, knowledge.defined)
        if written.shift is None and part is definition.left:
            knowledge.constants[written.ascii] = definition


def _gather_function(
    call: tuple[str, tuple[raw.Node, ...]], definition: raw.Definition, knowledge: Knowledge
) -> None:
    """g(x) = …, or g(x) = h(x) = …, which defines both."""
    name, nodes = call
    parameters = _parameters(nodes, knowledge)
    *others, right = definition.rights
    names = [name]
    for other in others:
        another = called(other, knowledge.namer)
        if another is None or _parameters(another[1], knowledge) != parameters:
            raise several_signs(other.span)
        names.append(another[0])
    for each in names:
        if each in knowledge.functions:
            raise NotationError(
                "S248", f"the function {each} is defined twice",
                definition.span, knowledge.functions[each].span, help="rename one of them",
            )  # fmt: skip
        knowledge.functions[each] = FileFunction(each, parameters, right, definition.span)


def several_signs(span: Span) -> NotationError:
    return NotationError(
        "S276", "two equality signs in one equation", span,
        notes=("which of the sides defines the name is not told",),
        help=r"write one equation for each, and \\ between two equations",
    )  # fmt: skip


def left_name(node: raw.Node, knowledge: Knowledge) -> Written:
    written = label_name(node, knowledge, "the left side of an equation is a name")
    if written.shift == 1:
        time = knowledge.notation.time
        raise NotationError(
            "S289", f"an equation for {time}+1 has two readings", node.span,
            notes=(f"the step may be called {time}+1: what carries +1 is moved one step back, and "
                   "all else keeps its time",
                   "all times of the file may be one step late"),
            help=f"say % notation: step = {time}+1 for the first; move all times for the second",
        )  # fmt: skip
    return written


def called(left: raw.Node, namer: Namer) -> tuple[str, tuple[raw.Node, ...]] | None:
    """(g, its parameters) of a left side g(x); None: the left side is none."""
    if not (isinstance(left, raw.Product) and set(left.signs) == {""}):
        return None
    *heads, bracket = left.factors
    if not (isinstance(bracket, raw.Bracket) and bracket.opening in ("(", "[")):
        return None
    if len(heads) > 1:
        return (word, bracket.parts) if (word := _word(heads)) else None
    head = heads[0]
    if isinstance(head, raw.Function):
        return head.word.lower(), bracket.parts
    written = namer.written(head)
    if written is None or written.shift is not None or written.raised is not None:
        return None
    return written.key, bracket.parts


def _word(heads: list[raw.Node]) -> str:
    """LN of the letters L N before a bracket; "" of anything else."""
    letters = [head.letter.ascii for head in heads if isinstance(head, raw.Symbol)]
    return "".join(letters) if len(letters) == len(heads) else ""


def joined(node: raw.Product, knowledge: Knowledge) -> raw.Product:
    """The product where letters that are a function of the file together are one name: LN(z)."""
    factors: list[raw.Node] = []
    signs: list[str] = []
    for factor, sign in zip(node.factors, node.signs, strict=True):
        if isinstance(factor, raw.Bracket) and sign == "":
            _join_last(factors, signs, knowledge)
        factors.append(factor)
        signs.append(sign)
    return raw.Product(tuple(factors), tuple(signs), node.span)


def _join_last(factors: list[raw.Node], signs: list[str], knowledge: Knowledge) -> None:
    first = len(factors)
    last = max(0, first - MAXIMUM_WORD)
    while first > last and isinstance(factors[first - 1], raw.Symbol):
        first -= 1
        if signs[first] != "":
            break
    for start in range(first, len(factors) - 1):
        word = _word(factors[start:])
        if word in knowledge.functions:
            span = joined_span(factors[start].span, factors[-1].span)
            factors[start:] = [raw.Symbol(Letter(word, rf"\mathrm{{{word}}}", word), span)]
            del signs[start + 1 :]
            return


def joined_span(first: Span, last: Span) -> Span:
    """From one place to another, as far as they stand on one line."""
    if first.line != last.line:
        return first
    length = last.column + last.length - first.column
    return Span(first.file, first.line, first.column, length, first.text)


def _parameters(nodes: tuple[raw.Node, ...], knowledge: Knowledge) -> tuple[str, ...]:
    names: list[str] = []
    for node in nodes:
        written = knowledge.namer.written(node)
        if written is None or written.shift is not None or written.ascii in names:
            raise NotationError(
                "S249", "an argument of a function that is defined here is a letter of its own",
                node.span, help=r"as in g(x) = 4 \sigma(x) - 2; it carries no time",
            )  # fmt: skip
        names.append(written.ascii)
    return tuple(names)


def column(left: raw.Node) -> tuple[raw.Node, ...]:
    """The parts of a packed left side; none: it is no column."""
    match left:
        case raw.Matrix(_, rows) if len(rows) > 1 and all(len(row) == 1 for row in rows):
            return tuple(row[0] for row in rows)
        case raw.Bracket("[" | "(", (raw.Matrix() as inner,)):
            return column(inner)
        case raw.Bracket("[" | "(", parts) if len(parts) > 1:
            return parts
        case _:
            return ()


def packed_letter(parts: tuple[Written, ...]) -> Written:
    """i, f, o, g → ifog"""
    word = "".join(part.head.ascii[0] for part in parts)
    return Written(Letter(word, rf"\mathrm{{{word}}}", word), (), (), 0, None, False, parts[0].span)


def packed_name(parts: tuple[Written, ...], knowledge: Knowledge, span: Span) -> syntax.Name:
    """i, f, o, g → ifog_bar: the first letters of the parts."""
    letter = packed_letter(parts).head.accented("bar")
    written = Written(letter, (), (), 0, None, False, span)
    while knowledge.is_known(written.ascii):
        letter = letter.accented("bar")
        written = Written(letter, (), (), 0, None, False, span)
    return written.named()


def _gather_occurring(node: raw.Node, knowledge: Knowledge) -> None:
    for part in walk(node):
        match part:
            case raw.Scripted(raw.SumSign(), scripts):
                knowledge.sizes.update(plain_sizes(s.text) for s in scripts if s.is_above)
            case raw.Symbol() | raw.Scripted(raw.Symbol()):
                written = knowledge.namer.written(part)
                if written is not None and written.raised is None:
                    knowledge.occurring.add(written.ascii)
                    knowledge.heads.setdefault(written.ascii, written.head)
                if written is not None and written.shift is not None:
                    knowledge.timed.add(written.ascii)
            case _:
                pass


def walk(node: raw.Node) -> Iterator[raw.Node]:
    """The nodes of a tree; the symbol under scripts counts with its scripts only."""
    pending = [node]
    while pending:
        part = pending.pop()
        yield part
        below = raw.children(part)
        pending.extend(below[1:] if isinstance(part, raw.Scripted) and isinstance(
            part.base, raw.Symbol | raw.SumSign) else below)  # fmt: skip
