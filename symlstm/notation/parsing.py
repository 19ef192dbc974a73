"""LaTeX text → tree.

The language is a lark LALR(1) grammar (`equations.lark`); nothing in a file is ever evaluated. What
this module adds is the meaning of one name (head, label, time index) and the messages.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any, cast

from lark import Lark, Token, Transformer, visitors
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError
from sympy import Rational

from symlstm.cell import Glyph
from symlstm.functions import FUNCTIONS
from symlstm.messages import NotationError, Span
from symlstm.notation import syntax

MAXIMUM_LENGTH = 64 * 1024
MAXIMUM_DEPTH = 100

_METADATA = re.compile(r"^\s*%\s*([a-z]+):\s*(.*?)\s*$", re.MULTILINE)
_TIME = re.compile(r"t\s*([+-]\s*\d+)?")
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
    rest = text[column - 1 :]
    found = re.match(r"\\[A-Za-z]+(\{[^{}]*\})?|[A-Za-z0-9]+|.", rest)
    what = found[0] if found else "the end of the line"
    span = Span(file, line, column, len(what) if found else 1, text)
    return NotationError(
        "S206", f"{what} cannot stand here", span, help=_remedy(what, text, column)
    )


def _remedy(what: str, text: str, column: int) -> str:
    if what == "*":
        return r"write \odot for the elementwise product; * also means convolution in papers"
    if what.startswith("\\begin"):
        return "use align, aligned, gather or equation"
    if what.startswith("\\") and len(what) > 1:
        known = ", ".join(f.commands[0] for f in FUNCTIONS)
        return f"the functions that are known are {known}"
    if what == "=":
        return r"separate two equations by \\"
    if what in ")]":
        return f"there is no bracket that {what} closes, or something is missing before it"
    if re.search(r"=\s*$", text[: column - 1]):
        return "an equation has a name on its left and an expression on its right"
    return r"an equation reads like c_t = f_t \odot c_{t-1} + i_t \odot g_t"


@visitors.v_args(inline=True)
class _Builder(Transformer[Any, Any]):
    """lark's tree → `syntax`; one method a rule of the grammar."""

    def __init__(self, file: str, lines: list[str]) -> None:
        super().__init__()
        self._file = file
        self._lines = lines

    def _span(self, first: Any, last: Any | None = None) -> Span:
        line, column = _start(first)
        end_line, end_column = _end(last if last is not None else first)
        text = self._lines[line - 1]
        length = end_column - column if end_line == line else len(text) - column + 1
        return Span(self._file, line, column, max(1, length), text)

    def names(self, *names: syntax.Name) -> tuple[syntax.Name, ...]:
        return names

    def declaration(
        self, names: tuple[syntax.Name, ...], _in: Token, reals: Token
    ) -> syntax.Declaration:
        sizes = str(reals).split("^", 1)[1].strip().strip("{}")
        parts = tuple(part.strip() for part in re.split(r"\\times|×", sizes))
        span = self._span(names[0].span, reals)
        for part in parts:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*|[1-9]\d*", part):
                raise NotationError(
                    "S207",
                    f"{part or 'nothing'} is no size",
                    self._span(reals),
                    help=r"a size is a letter or a number, as in \mathbb{R}^{H \times D}",
                )
        if len(parts) > 2:
            raise NotationError("S207", "a shape has one or two sizes", self._span(reals))
        return syntax.Declaration(names, parts, span)

    def equation(self, left: syntax.Name, right: syntax.Node) -> syntax.Definition:
        return syntax.Definition(left, right, self._span(left.span, right.span))

    def sum(self, *terms: syntax.Node | tuple[int, syntax.Node]) -> syntax.Node:
        signed = tuple(t if isinstance(t, tuple) else (1, t) for t in terms)
        if len(signed) == 1 and signed[0][0] == 1:
            return signed[0][1]
        return syntax.Sum(signed, self._span(signed[0][1].span, signed[-1][1].span))

    def plus(self, term: syntax.Node) -> tuple[int, syntax.Node]:
        return (1, term)

    def minus(self, term: syntax.Node) -> tuple[int, syntax.Node]:
        return (-1, term)

    def hadamard(self, *parts: Any) -> syntax.Node:
        factors = tuple(p for p in parts if not isinstance(p, Token))
        if len(factors) == 1:
            return factors[0]
        return syntax.Hadamard(factors, self._span(factors[0].span, factors[-1].span))

    def product(self, *parts: Any) -> syntax.Node:
        factors = tuple(p for p in parts if not isinstance(p, Token))
        if len(factors) == 1:
            return factors[0]
        return syntax.Product(factors, self._span(factors[0].span, factors[-1].span))

    def application(self, function: Token, argument: syntax.Node) -> syntax.Apply:
        record = next(f for f in FUNCTIONS if str(function) in f.commands)
        return syntax.Apply(record, argument, self._span(function, argument.span))

    def number(self, token: Token) -> syntax.Number:
        return syntax.Number(cast(Rational, Rational(str(token))), self._span(token))

    def group(self, inner: syntax.Node, superscript: Token | None = None) -> syntax.Node:
        if superscript is None:
            return inner
        if _inside(superscript) not in ("T", r"\top"):
            raise self._odd_superscript(superscript)
        return syntax.Transposed(inner, self._span(inner.span, superscript))

    def stack(self, *parts: syntax.Node) -> syntax.Node:
        return syntax.Stack(parts, self._span(parts[0].span, parts[-1].span))

    def symbol(self, *tokens: Any) -> tuple[str, Glyph, Token]:
        """(ASCII head, glyph, first token)."""
        *decorations, last = tokens
        if isinstance(last, Token):
            head = str(last).lstrip("\\")
            unicode = unicodedata.normalize("NFC", _greek(head))
            ascii_head, glyph, first = head, Glyph(str(last), unicode), last
        else:
            ascii_head, glyph, first = last
        for token in decorations:
            first = token
            command = str(token)
            glyph = Glyph(f"{command}{{{glyph.latex}}}", glyph.unicode)
            if token.type == "ACCENT":
                ascii_head += "_" + command[1:]
                accented = glyph.unicode + _ACCENTS[command[1:]]
                glyph = Glyph(glyph.latex, unicodedata.normalize("NFC", accented))
        return ascii_head, glyph, first

    def name(self, symbol: tuple[str, Glyph, Token], *scripts: Token) -> syntax.Node:
        head, glyph, first = symbol
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
                    shift = int((time[1] or "0").replace(" ", ""))
                else:
                    labels.append(self._label(part.strip(), script))
        label = "".join(labels)
        ascii_name = head + ("_" + label if label else "")
        ascii_name += "_" if keyword.iskeyword(ascii_name) else ""
        span = self._span(first, scripts[-1] if scripts else first)
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


def _start(thing: Any) -> tuple[int, int]:
    return thing.line, thing.column


def _end(thing: Any) -> tuple[int, int]:
    if isinstance(thing, Span):
        return thing.line, thing.column + thing.length
    return thing.end_line, thing.end_column
