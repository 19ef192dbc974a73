"""LaTeX text → tree.

The language is a lark LALR(1) grammar (`equations.lark`); nothing in a file is ever evaluated. What
this module adds is the meaning of one name (head, label, time index) and the messages.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, cast

from lark import Lark, Token, visitors
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError
from sympy import Rational

from symlstm.cell import Glyph
from symlstm.functions import FUNCTIONS
from symlstm.messages import NotationError, Span
from symlstm.notation import syntax

MAXIMUM_LENGTH = 64 * 1024
MAXIMUM_DEPTH = 100
MAXIMUM_DIGITS = 100
MAXIMUM_OPERANDS = 100
"""Names and numbers on the right of one equation; Python compiles no deeper than 200 brackets."""

_METADATA = re.compile(r"^\s*%\s*([a-z]+):\s*(.*?)\s*$", re.MULTILINE)
_TIME = re.compile(r"t\s*([+-]\s*\d+)?")
_AXES = {"B": "examples", "T": "time steps"}
_ACCENTS = {"tilde": "\u0303", "hat": "\u0302", "bar": "\u0304", "dot": "\u0307"}


def parse(text: str, file: str) -> syntax.EquationsFile:
    """Read the text of an equations file.

    Args:
        text: LaTeX; comments of the form `% key: value` are its metadata.
        file: what messages call it.
    Raises:
        NotationError: the text is not in the language, or beyond its limits.
    """
    _check_limits(text, file)
    _check_environments(text, file)
    lines = text.split("\n")
    try:
        tree = _grammar().parse(text)
        statements = cast(list[Any], _Builder(file, lines).transform(tree).children)
    except UnexpectedEOF as problem:
        raise _unexpected_end(file, lines) from problem
    except (UnexpectedToken, UnexpectedCharacters) as problem:
        raise _unexpected(problem, file, lines) from problem
    except VisitError as problem:
        raise problem.orig_exc from None
    return syntax.EquationsFile(
        metadata=dict(_METADATA.findall(text)),
        declarations=tuple(s for s in statements if isinstance(s, syntax.Declaration)),
        definitions=tuple(s for s in statements if isinstance(s, syntax.Definition)),
    )


@cache
def _grammar() -> Lark:
    grammar = files("symlstm.notation").joinpath("equations.lark").read_text(encoding="utf-8")
    commands = sorted((c for f in FUNCTIONS for c in f.commands), key=len, reverse=True)
    pattern = "|".join(re.escape(command).replace("/", r"\/") for command in commands)
    grammar += f"\nFUNCTION.2: /(?:{pattern})(?![A-Za-z_])/\n"
    return Lark(grammar, parser="lalr", propagate_positions=True)


def _check_limits(text: str, file: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > MAXIMUM_LENGTH:
        raise NotationError(
            "S201",
            f"an equations file is at most {MAXIMUM_LENGTH // 1024} KiB long",
            Span(file, 0),
            help="a cell is a handful of equations; keep other text out of the file",
        )
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth > MAXIMUM_DEPTH:
            line = text.count("\n", 0, position) + 1
            raise NotationError(
                "S202", f"brackets are nested more than {MAXIMUM_DEPTH} deep", Span(file, line)
            )
        if unicodedata.category(character) in ("Cc", "Cf") and character not in "\n\r\t":
            line = text.count("\n", 0, position) + 1
            raise NotationError(
                "S203",
                f"the control character U+{ord(character):04X} is not allowed",
                Span(file, line),
                help="delete it; it is invisible in most editors",
            )


def _check_environments(text: str, file: str) -> None:
    """Every \\begin has its \\end."""
    without_comments = re.sub(r"(?<!\\)%[^\n]*", "", text)
    stack: list[tuple[str, int]] = []
    for match in re.finditer(r"\\(begin|end)\{([^{}]*)\}", without_comments):
        line = without_comments.count("\n", 0, match.start()) + 1
        if match[1] == "begin":
            stack.append((match[2], line))
        elif not stack or stack.pop()[0] != match[2]:
            raise NotationError(
                "S204", rf"\end{{{match[2]}}} has no \begin{{{match[2]}}}", Span(file, line)
            )
    if stack:
        name, line = stack[-1]
        raise NotationError(
            "S204",
            rf"\begin{{{name}}} is never closed",
            Span(file, line),
            help=rf"end the display with \end{{{name}}}",
        )


def _unexpected_end(file: str, lines: list[str]) -> NotationError:
    last = max((n for n, line in enumerate(lines, 1) if line.strip()), default=1)
    span = Span(file, last, max(1, len(lines[last - 1])), 1, lines[last - 1])
    return NotationError(
        "S205", "the file ends in the middle of an equation", span, help="finish the equation"
    )


def _unexpected(
    problem: UnexpectedToken | UnexpectedCharacters, file: str, lines: list[str]
) -> NotationError:
    if isinstance(problem, UnexpectedToken) and problem.token.type == "$END":
        return _unexpected_end(file, lines)
    line, column = problem.line, problem.column
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    tokens = re.finditer(r"\\[A-Za-z]+(\{[^{}]*\})?|\\.|[A-Za-z0-9]+|.", text)
    # The whole command or word: the lexer may stop in the middle of it.
    found = next((t for t in tokens if t.start() < column <= t.end()), None)
    what = found[0] if found else "the end of the line"
    column = found.start() + 1 if found else column
    span = Span(file, line, column, len(what) if found else 1, text)
    return NotationError(
        "S206", f"{what} cannot stand here", span, help=_remedy(what, text, column)
    )


def _remedy(what: str, text: str, column: int) -> str:
    if what == "*":
        return r"write \odot for the elementwise product; * also means convolution in papers"
    if what.startswith("\\begin"):
        return "use align, aligned, gather or equation"
    if what.startswith("\\") and what[1:2].isalpha():
        known = ", ".join(f.commands[0] for f in FUNCTIONS)
        return f"the functions that are known are {known}"
    if what == "=":
        return r"separate two equations by \\"
    if what in ")]":
        return f"there is no bracket that {what} closes, or something is missing before it"
    if re.search(r"=\s*$", text[: column - 1]):
        return "an equation has a name on its left and an expression on its right"
    return r"an equation reads like c_t = f_t \odot c_{t-1} + i_t \odot g_t"


@visitors.v_args(meta=True, inline=True)
class _Builder(visitors.Transformer_NonRecursive[Any, Any]):
    """lark's tree → `syntax`; one method a rule of the grammar.

    Each is given the place of the whole rule, its brackets included, and then what it consists of.
    """

    def __init__(self, file: str, lines: list[str]) -> None:
        super().__init__()
        self._file = file
        self._lines = lines

    def _span(self, place: Any) -> Span:
        """The place of a rule or token, as far as it stands on one line."""
        line, column = cast(tuple[int, int], (place.line, place.column))
        text = self._lines[line - 1]
        end = cast(int, place.end_column) if place.end_line == line else len(text) + 1
        return Span(self._file, line, column, max(1, end - column), text)

    def names(self, _place: Any, *names: syntax.Name) -> tuple[syntax.Name, ...]:
        return names

    def declaration(
        self, place: Any, names: tuple[syntax.Name, ...], _in: Token, reals: Token
    ) -> syntax.Declaration:
        sizes = str(reals).split("^", 1)[1].strip().strip("{}")
        parts = tuple(part.strip() for part in re.split(r"\\times|×", sizes))
        for part in parts:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*|[1-9]\d*", part):
                raise NotationError(
                    "S207",
                    f"{part or 'nothing'} is no size",
                    self._span(reals),
                    help=r"a size is a letter or a number, as in \mathbb{R}^{H \times D}",
                )
            self._check_digits(part, reals)
            if part in _AXES:
                raise NotationError(
                    "S207",
                    f"{part} is the number of {_AXES[part]}, no size of a quantity",
                    self._span(reals),
                    notes=("the equations speak of one example at one time",),
                    help="leave it out, or give the size another letter",
                )
        if len(parts) > 2:
            raise NotationError("S207", "a shape has one or two sizes", self._span(reals))
        return syntax.Declaration(names, parts, self._span(place))

    def equation(self, place: Any, left: syntax.Name, right: syntax.Node) -> syntax.Definition:
        span = self._span(place)
        if sum(1 for _ in syntax.operands(right)) > MAXIMUM_OPERANDS:
            raise NotationError(
                "S233",
                f"an equation has at most {MAXIMUM_OPERANDS} names and numbers on its right",
                span,
                help="give parts of it names of their own",
            )
        return syntax.Definition(left, right, span)

    def sum(self, place: Any, *terms: syntax.Node | tuple[int, syntax.Node]) -> syntax.Node:
        signed = tuple(t if isinstance(t, tuple) else (1, t) for t in terms)
        if len(signed) == 1 and signed[0][0] == 1:
            return signed[0][1]
        return syntax.Sum(signed, self._span(place))

    def plus(self, _place: Any, term: syntax.Node) -> tuple[int, syntax.Node]:
        return (1, term)

    def minus(self, _place: Any, term: syntax.Node) -> tuple[int, syntax.Node]:
        return (-1, term)

    def hadamard(self, place: Any, *parts: Any) -> syntax.Node:
        factors = tuple(p for p in parts if not isinstance(p, Token))
        return factors[0] if len(factors) == 1 else syntax.Hadamard(factors, self._span(place))

    def product(self, place: Any, *parts: Any) -> syntax.Node:
        factors = tuple(p for p in parts if not isinstance(p, Token))
        return factors[0] if len(factors) == 1 else syntax.Product(factors, self._span(place))

    def application(self, place: Any, function: Token, argument: syntax.Node) -> syntax.Apply:
        record = next(f for f in FUNCTIONS if str(function) in f.commands)
        return syntax.Apply(record, argument, self._span(place))

    def number(self, place: Any, token: Token) -> syntax.Number:
        self._check_digits(str(token), token)
        return syntax.Number(cast(Rational, Rational(str(token))), self._span(place))

    def group(
        self, place: Any, inner: syntax.Node, superscript: Token | None = None
    ) -> syntax.Node:
        if superscript is None:
            return replace(inner, span=self._span(place))
        if _inside(superscript) not in ("T", r"\top"):
            raise self._odd_superscript(superscript)
        return syntax.Transposed(inner, self._span(place))

    def stack(self, place: Any, *parts: syntax.Node) -> syntax.Node:
        return syntax.Stack(parts, self._span(place))

    def symbol(self, place: Any, *tokens: Any) -> tuple[str, Glyph]:
        """(ASCII head, glyph)."""
        *decorations, last = tokens
        if len(decorations) > MAXIMUM_DEPTH:
            raise NotationError(
                "S202", f"accents are nested more than {MAXIMUM_DEPTH} deep", self._span(place)
            )
        if isinstance(last, Token):
            ascii_head = str(last).lstrip("\\")
            unicode = unicodedata.normalize("NFC", _greek(ascii_head))
            glyph = Glyph(str(last), unicode)
        else:
            ascii_head, glyph = last
        for token in reversed(decorations):
            command = str(token)
            glyph = Glyph(f"{command}{{{glyph.latex}}}", glyph.unicode)
            if token.type == "ACCENT":
                ascii_head += "_" + command[1:]
                accented = glyph.unicode + _ACCENTS[command[1:]]
                glyph = Glyph(glyph.latex, unicodedata.normalize("NFC", accented))
        return ascii_head, glyph

    def name(self, place: Any, symbol: tuple[str, Glyph], *scripts: Token) -> syntax.Node:
        head, glyph = symbol
        labels: list[str] = []
        shift: int | None = None
        transposed: Token | None = None
        for script in scripts:
            if script.type == "SUPERSCRIPT":
                if _inside(script) not in ("T", r"\top"):
                    raise self._odd_superscript(script)
                transposed = script
                continue
            for part in _inside(script).split(","):
                time = _TIME.fullmatch(part.strip())
                if time and shift is None:
                    self._check_digits(part, script)
                    shift = int((time[1] or "0").replace(" ", ""))
                else:
                    labels.append(self._label(part.strip(), script))
        label = "".join(labels)
        ascii_name = head + ("_" + label if label else "")
        ascii_name += "_" if keyword.iskeyword(ascii_name) else ""
        span = self._span(place)
        name = syntax.Name(ascii_name, Glyph(glyph.latex, glyph.unicode, label), shift, span)
        return name if transposed is None else syntax.Transposed(name, span)

    def _label(self, text: str, script: Token) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]+", text):
            raise NotationError(
                "S208",
                f"{text or 'nothing'} is no label of a name",
                self._span(script),
                help="a label is letters and digits; the time index is t or t-1",
            )
        return text

    def _check_digits(self, text: str, token: Token) -> None:
        if sum(map(str.isdigit, text)) > MAXIMUM_DIGITS:
            raise NotationError(
                "S213", f"a number has at most {MAXIMUM_DIGITS} digits", self._span(token)
            )

    def _odd_superscript(self, script: Token) -> NotationError:
        return NotationError(
            "S209",
            f"the superscript {script} has more than one reading",
            self._span(script),
            notes=("it may be a power, a label or a time",),
            help=r"write the time as a subscript, h_{t-1}; a transpose is ^\top",
        )


def _greek(head: str) -> str:
    """The letter that a Greek command stands for, or the letter itself."""
    if len(head) == 1:
        return head
    case = "CAPITAL" if head[0].isupper() else "SMALL"
    spelled = {"lambda": "lamda", "Lambda": "lamda"}.get(head, head)
    return unicodedata.lookup(f"GREEK {case} LETTER {spelled.upper()}")


def _inside(script: Token) -> str:
    return str(script)[1:].strip().removeprefix("{").removesuffix("}").strip()
