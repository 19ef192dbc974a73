"""Fuzz target of the reader: whatever a text holds, reading it gives a cell or a message, soon.

`python tests/fuzz_reader.py --count 200000 --seed 1` reads as many random texts and prints what
came of them; the exit status is 1 if one of them broke the promise. `--only n` reads input
n of a seed alone, and prints it; it is the same everywhere, as long as the library and the
vocabulary are. `fuzz_atheris` drives the same check by coverage.

Half of the texts are mistakes in good files; the others are made of the vocabulary of the notation:
sentences, most of them cells, token soup, and constructs repeated up to the limits of a file.
"""

from __future__ import annotations

import argparse
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from symlstm import functions
from symlstm.cell import Cell
from symlstm.messages import NotationError, Span, SymlstmError, UsageError
from symlstm.notation import alphabet, commands, vocabulary
from symlstm.notation.reading import read_file, read_text

ROOT = Path(__file__).resolve().parent.parent
FILE = "fuzzed.tex"
SLOW = 1.0
"""Seconds of processor time that no text takes."""
HANGING = 30
"""Seconds of processor time after which a text is given up."""
LIMITS = {"S201", "S202", "S219", "S233", "S244", "S285"}
"""Codes of messages about what is too long or too deep."""
WHOLE_FILE = {"S201", "S220"}
"""Codes of messages about a file as a whole, which name no line."""


# The promise.


@dataclass(frozen=True)
class Outcome:
    """What came of one text: a cell or a code, and what broke the promise (nothing: "")."""

    kind: str
    broken: str = ""
    detail: str = ""
    cell: Cell | None = None


class Hanging(BaseException):
    """A text took more than HANGING seconds; no handler of the reader catches it."""


def outcome_of(content: str | bytes, folder: Path | None = None) -> Outcome:
    """Read a text, or the bytes of a file in `folder`, and judge what comes of it."""
    file = FILE
    try:
        if isinstance(content, bytes):
            assert folder is not None
            path = folder / FILE
            path.write_bytes(content)
            file = str(path)
            return Outcome("cell", cell=read_file(path))
        return Outcome("cell", cell=read_text(content, file))
    except (NotationError, UsageError) as error:
        return Outcome(error.message.code, *_faults_of(error, content, file))
    except Exception as error:
        return Outcome(type(error).__name__, *_cause_of(error))


def _faults_of(error: SymlstmError, content: str | bytes, file: str) -> tuple[str, str]:
    """What is wrong with a message: its code, its places, or how it is printed."""
    message = error.message
    lines = content.replace("\r\n", "\n").split("\n") if isinstance(content, str) else None
    faults: list[str] = []
    if not re.fullmatch(r"S(2\d\d|30[6-9]|3[134]\d)", message.code):
        faults.append("its code is none of the notation")
    if not message.spans:
        faults.append("it has no place")
    for span in message.spans:
        faults += _faults_of_place(span, lines, file, message.code)
    said = "\n".join((message.text, *message.notes, message.help))
    try:
        said.encode()
    except UnicodeEncodeError:
        faults.append("it cannot be printed")
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", said):
        faults.append("it prints a control character")
    text = str(error)
    if not text.startswith(f"error[{message.code}]: {message.text}") or file not in text:
        faults.append("it does not render with code and file")
    return (f"message: {faults[0]}", repr(message)) if faults else ("", "")


def _faults_of_place(span: Span, lines: list[str] | None, file: str, code: str) -> list[str]:
    if span.file != file:
        return ["a place is in no file"]
    if span.line == 0 and code in WHOLE_FILE:
        return []
    if span.line < 1 or (lines is not None and span.line > len(lines)):
        return ["a place is on no line"]
    if span.column and lines is not None:
        line = lines[span.line - 1]
        if span.text != line:
            return ["a place shows another line"]
        if span.column - 1 + max(1, span.length) > len(line) + 1:
            return ["a place is behind the end of its line"]
    return []


def _cause_of(error: Exception) -> tuple[str, str]:
    """The exception and the innermost of our functions; of a recursion, the commonest three."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "symlstm" in f.filename]
    where = [f"{Path(f.filename).stem}.{f.name}" for f in frames]
    if isinstance(error, RecursionError):
        where = sorted(name for name, _ in Counter(where).most_common(3))
    last = "".join(traceback.format_exception(error)[-4:])
    return f"{type(error).__name__} in {', '.join(where[-1:]) or '?'}", last


def round_trip_of(cell: Cell) -> Outcome:
    """Print a cell as LaTeX and read that: the same cell, or a message that it is too long."""
    try:
        text = cell.to_latex()
        again = read_text(text, name=cell.name)
    except SymlstmError as error:
        cause = error.__cause__
        if isinstance(cause, NotationError) and cause.message.code in LIMITS:
            return Outcome("too long")
        code = (cause if isinstance(cause, SymlstmError) else error).message.code
        broken = f"round trip: {type(error).__name__} {code}"
        return Outcome("round trip", broken, str(error))
    except Exception as error:
        cause, detail = _cause_of(error)
        return Outcome("round trip", f"round trip: {cause}", detail)
    if again == cell:
        return Outcome("round trip")
    return Outcome("round trip", f"round trip: {_difference(cell, again)} differ", text)


def _difference(cell: Cell, again: Cell) -> str:
    names = ("equations", "quantities", "name", "title", "source", "dimensions")
    return next(name for name in names if getattr(cell, name) != getattr(again, name))


def seconds_of(content: str | bytes, folder: Path | None = None, slow: float = SLOW) -> float:
    """The least processor time of three readings, or of the first that is not slow.

    Others share the machine, and none of them speeds it up.
    """
    least = float("inf")
    for _ in range(3):
        before = time.process_time()
        outcome_of(content, folder)
        least = min(least, time.process_time() - before)
        if least < slow:
            break
    return least


# The vocabulary.


@cache
def good_texts() -> tuple[str, ...]:
    """The library's cells, and the examples of the page about the notation."""
    texts = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "symlstm/cells").glob("*.tex"))]
    page = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
    texts += re.findall(r"^```(?:latex|text)[^\n]*\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for phrase in dict.fromkeys(re.findall(r"`([^`\n]+)`", page)):
        texts.append(phrase if "=" in phrase else f"h_t = {phrase} + U h_{{t-1}} + W x_t")
    return tuple(texts)


@cache
def latex_tokens() -> tuple[str, ...]:
    """Every command and sign that the lexer knows, and some that it does not."""
    words = [
        *commands.FONTS, *commands.SWITCHES, *commands.SIGNS, *commands.SKIPPED,
        *commands.SKIPPED_WITH_ARGUMENT, *commands.UPRIGHT, *alphabet.LETTERS, *alphabet.ACCENTS,
        *alphabet.ACCENT_SPELLINGS, "tanh", "exp", "log", "sqrt", "max", "min", "top", "prime",
        "langle", "rangle", "sin", "foo", "pi", "infty", "input", "write", "def",
    ]  # fmt: skip
    environments = [*commands.DISPLAYS, *commands.MATRICES, *commands.CASES, "align*", "tabular"]
    tokens = ["\\" + word for word in words]
    tokens += [rf"\{end}{{{name}}}" for name in environments for end in ("begin", "end")]
    tokens += [
        rf"\{font}{{{word}}}"
        for font in ("text", "operatorname", "mathrm", "mathbf")
        for word in ("where", "otherwise", "if", "ReLU", "sigmoid", "in", "net", "T", "mean", "")
    ]
    tokens += [command for record in functions.FUNCTIONS for command in record.commands]
    return (*tokens, r"\\", r"\\[2pt]", r"\,", r"\;", r"\!", r"\{", r"\}", r"\|", r"\[")


@cache
def plain_tokens() -> tuple[str, ...]:
    """Signs, names, numbers and scripts, of LaTeX and of plain text."""
    tokens = [*commands.CHARACTERS, *vocabulary.OPERATORS, *alphabet.RAISED, *alphabet.LOWERED]
    tokens += [*alphabet.LETTERS.values(), *"abcdefhinortuvwxzABCDEHKLNRSTUW0129", " ", " ", "\n"]
    tokens += ["h_t", "h_{t-1}", "x_t", "W_{xi}", "c_t", "_t", "_{t-1}", "^{(t-1)}", "^\\top", "ᵀ"]
    tokens += ["_{t+1}", "^2", "^{-1}", "^{1/2}", "_{1:H}", "_i", "^{(l)}", "^{*}", "_{i=1}^{H}"]
    tokens += ["ℝ", "∈ ℝᴰ", r"\in \mathbb{R}^{H}", r"\in \mathbb{R}^{H \times (H+D)}", "ĥ", "√"]
    tokens += ["% notation: * = \\odot\n", "% notation: time = n\n", "% title: a\n", "%", "#", "~"]
    tokens += ["tanh", "exp", "sqrt", "sigmoid", "where", "and", "e^{", "(t-1)", "1/2", "0.5"]
    return tuple(t for t in tokens if not t.startswith("\\") or len(t) > 1)


ODD = (
    "\0", "\x07", "\x1b[31m", "\r", "\r\n", "\t", "\x0b", "\x0c", "\x85", "\xa0", "\xad", "\u200b",
    "\u200d", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\ufffe", "\ud800", "\udc80",
    "\U000e0041", "\U0010ffff", "́", "̃", "͏", "ﬁ", "é", "Ａ", "ｔ", "١", "²", "①", "½", "∞", "𝐖",
    "𝟙", "中", "🙂", "Ω", "ß", "İ", "ſ", "ℎ", "′′", "\\", "\\\n", "{", "}", "(", ")", "[", "]", "$",
    "&", "#", "%", "^", "_", "~", '"', "`", "@", "!", "?", "__import__('os')",
    "\\input{/etc/passwd}",
)  # fmt: skip


NESTED = (
    ("(", ")"), ("[", "]"), ("{", "}"), (r"\{", r"\}"), (r"\left(", r"\right)"), ("|", "|"),
    (r"\tanh(", ")"), (r"\frac{", "}{2}"), (r"\sqrt{", "}"), (r"\hat{", "}"), ("x^{", "}"),
    (r"{\bf ", "}"), (r"\begin{bmatrix}", r"\end{bmatrix}"), ("[x_t, ", "]"), ("-(", ")"),
    (r"\begin{cases} x_t & x_t > 0 \\", r"& \text{otherwise} \end{cases}"), ("g(", ")"),
    (r"\max(x_t, ", ")"), ("e^{", "}"), (r"\|", r"\|"), ("(", ")^2"), ("(", r")^\top"),
    (r"\tanh ", ""), (r"\mathbf ", ""), ("-", ""), (r"\lvert ", r"\rvert "), ("1/(", ")"),
    (r"\sum_{i=1}^{H} (", ")"), (r"\begin{align}", r"\end{align}"), ("x_{", "}"),
    ("(x_t+", ")"), ("[", ", x_t]"), (r"\begin{bmatrix}", r"\\ x_t \end{bmatrix}"),
    (r"\begin{bmatrix}", r"& x_t \end{bmatrix}"), (r"2 \tanh(", ")"), (r"\frac{", "+ x_t}{2}"),
    (r"[\tanh(", "), x_t]"), (r"(\tanh(2", ") + x_t)"), ("2(", ")^2"), ("(", "+ x_t)"),
    ("(", r"\odot x_t)"), (r"x_t \odot (", ")"), (r"\frac{x_t}{", "}"), (r"\frac{", "}{x_t}"),
    (r"\begin{cases}", r"& x_t > 0 \\ x_t & \text{otherwise} \end{cases}"),
    (r"\begin{cases} x_t &", r"> 0 \\ x_t & \text{otherwise} \end{cases}"), ("(U ", ")"),
    (r"\max(", ", x_t)"), (r"\operatorname{diag}(", ") x_t"), (r"x_t \operatorname{mean}(", ")"),
    (r"\frac{k}{1 + ", "}"), ("[", "]_{1:D}"), ("[[", ", x_t]]_{1:D}"), ("(", "x_t^\\top) x_t"),
    (r"\operatorname{silu}(", ")"), ("(x_t^\\top ", ")"), ("(1 + ", ")^{-1}"), ("(", ")^{1/2}"),
)  # fmt: skip
"""What stands around an expression, and may stand around that again."""


# The texts.


class Texts:
    """Random texts.

    Args:
        random: where all chance comes from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._parameters = 0

    def draw(self) -> str | bytes:
        kinds: list[tuple[float, Callable[[], str | bytes]]] = [
            (0.35, self.mutated), (0.30, self.sentences), (0.10, self.spoiled), (0.18, self.soup),
            (0.03, self.extreme), (0.04, self.raw),
        ]  # fmt: skip
        weights, drawers = zip(*kinds, strict=True)
        return self._random.choices(drawers, weights)[0]()

    def _one(self, *choices: str) -> str:
        return self._random.choice(choices)

    def token(self) -> str:
        chance = self._random.random()
        if chance < 0.05:
            return self._random.choice(ODD)
        return self._random.choice(latex_tokens() if chance < 0.5 else plain_tokens())

    def soup(self) -> str:
        """Tokens of the notation in any order, often behind the beginning of an equation."""
        count = int(self._random.expovariate(1 / 12)) + 1
        if self._random.random() < 0.01:
            count *= 100
        pool = [self.token() for _ in range(self._random.randint(2, 12))]
        pick = self.token if self._random.random() < 0.5 else lambda: self._random.choice(pool)
        joint = self._one("", "", " ")
        return self._one("", "h_t = ", "h_t = x_t + h_{t-1} ") + joint.join(
            pick() for _ in range(count)
        )

    def mutated(self) -> str:
        text = self._random.choice(good_texts())
        return self.with_mistakes(text)

    def spoiled(self) -> str:
        return self.with_mistakes(self.sentences())

    def with_mistakes(self, text: str) -> str:
        """Tokens deleted, doubled, swapped, replaced and inserted; or one change of the whole."""
        if self._random.random() < 0.05:
            return self._changed_as_a_whole(text)
        tokens = re.findall(r"\\[A-Za-z]+|\\.|\w|\s+|.", text, re.DOTALL)
        for _ in range(self._random.choice((1, 1, 1, 2, 3, 6))):
            at = self._random.randrange(len(tokens) + 1)
            end = min(len(tokens), at + self._random.choice((1, 1, 1, 2, 5, 20)))
            match self._random.randrange(8):
                case 0:
                    del tokens[at:end]
                case 1:
                    tokens[at:at] = tokens[at:end] * self._random.choice((1, 1, 2, 30))
                case 2 if at + 1 < len(tokens):
                    tokens[at], tokens[at + 1] = tokens[at + 1], tokens[at]
                case 3:
                    tokens[at:end] = [self.token()]
                case 4:
                    tokens.insert(at, self._random.choice(ODD))
                case 5 if tokens:
                    other = self._random.randrange(len(tokens))
                    tokens[at:end] = tokens[other : other + end - at]
                case 6:
                    opening, closing = self._random.choice(("()", "[]", "{}", ("\\{", "\\}"), "||"))
                    tokens[end:end], tokens[at:at] = [closing], [opening]
                case _:
                    tokens.insert(at, self.token())
        return "".join(tokens)

    def _changed_as_a_whole(self, text: str) -> str:
        other = self._random.choice(good_texts())
        cut = self._random.randrange(len(text) + 1)
        return self._one(
            text.replace("\n", "\r\n"), text.replace("\n", "\r"), text.replace("\n", " "),
            text[:cut], text[cut:], text + other, text[:cut] + other, text.replace("\\", ""),
            text.replace("{", ""), text.replace("}", ""), text.replace("_", "^"), text.upper(),
            text.replace("t-1", "t"), text.replace(" ", ""), text.replace(r"\\", ""), text[::-1],
            text.replace("=", r"\in"), "\ufeff" + text, text.replace("H", "1"), text * 2,
        )  # fmt: skip

    # Sentences: most of them are cells.

    def sentences(self) -> str:
        """Equations of some states, with or without declarations."""
        states = self._random.sample(("h", "c", "s", r"\tilde{m}", "n^{(l)}"), self._random.choice(
            (1, 1, 2, 3)))  # fmt: skip
        self._parameters = 0
        equations = [f"{s}_t = {self._update(s, states)}" for s in states]
        if self._random.random() < 0.4:
            size = self._one("H", "H", "3", "2H", r"H \times K", "H+D")
            declared = [rf"{s}_t \in \mathbb{{R}}^{{{size}}}" for s in states]
            equations = [*declared, r"x_t \in \mathbb{R}^{D}", *equations]
        if self._random.random() < 0.2:
            equations.insert(0, self._one(
                r"g(x) = 2 \tanh(x) - x", "g(x) = x + x", r"k = \frac{1}{3}",
                r"k = \sigma(\Lambda)", r"\operatorname{LN}(z; a) = \frac{z}{\|z\|} \odot a",
            ))  # fmt: skip
        return (self._one(r" \\", r",\quad", "\n\\\\[2pt]") + "\n").join(equations)

    def _update(self, state: str, states: list[str]) -> str:
        """An expression, with the state at t−1 and the input added, so that most are read."""
        expression = self.expression(states, self._random.choice((1, 2, 2, 3, 4)))
        extra = [rf"{self._weights()} {state}_{{t-1}}", rf"{self._weights()} x_t"]
        if self._random.random() < 0.7:
            expression = " + ".join((expression, *extra))
        return expression

    def _weights(self) -> str:
        self._parameters += 1
        return f"{self._one('W', 'U', 'R', chr(92) + 'mathbf{V}')}_{{{self._parameters}}}"

    def expression(self, states: list[str], depth: int) -> str:
        if depth == 0:
            return self._leaf(states)

        def inner() -> str:
            return self.expression(
                states, depth - self._random.choice((1, 1, 2)) if depth > 1 else 0
            )

        common: tuple[Callable[[], str], ...] = (
            lambda: f"{inner()} + {inner()}",
            lambda: f"{inner()} - {inner()}",
            lambda: rf"{self._unit(inner())} \odot {self._unit(inner())}",
            lambda: rf"\left( {inner()} \right) \circ ({inner()})",
            lambda: rf"{self._function()}({inner()})",
            lambda: rf"{self._weights()} \tanh({inner()})",
            lambda: rf"{self._weights()} ({inner()} + b)",
            lambda: rf"\frac{{{inner()}}}{{{inner()}}}",
            lambda: rf"({inner()})^{{{self._one('2', '3', '1/2', '0', '64')}}}",
            lambda: rf"{self._weights()} [{inner()}, {inner()}]",
            lambda: rf"{self._weights()} \begin{{bmatrix}} {inner()} \\ {inner()} \end{{bmatrix}}",
            lambda: rf"\begin{{cases}} {inner()} & {inner()} {self._one('>', '<', '≥')} 0"
            rf" \\ {inner()} & \text{{otherwise}} \end{{cases}}",
            lambda: rf"\frac{{1}}{{N}} \sum_{{i=1}}^{{N}} x_{{t,i}} ({inner()})",
            lambda: rf"\operatorname{{{self._one('mean', 'sum', 'abs')}}}({inner()})",
            lambda: rf"\operatorname{{diag}}(b) ({inner()})",
            lambda: rf"\{self._one('max', 'min')}({inner()}, {inner()})",
            lambda: f"{self._number()} ({inner()})",
            lambda: rf"e^{{{inner()}}}",
            lambda: f"({inner()})",
        )  # fmt: skip
        rare: tuple[Callable[[], str], ...] = (
            lambda: rf"{self._function()} {inner()}",
            lambda: rf"{self._weights()} {inner()}",
            lambda: rf"({inner()})^{{{self._one('-1', 'T', '2.5', inner())}}}",
            lambda: f"[{inner()}]_{{{self._one('1:H', '1:3', 'H+1:2H', '2:2', '1:0', 'i')}}}",
            lambda: rf"\sum_{{i=1}}^{{H}} {self._leaf(states)}",
            lambda: rf"\|{inner()}\|_{self._one('1', '2', '3')}",
            lambda: rf"|{inner()}|",
            lambda: rf"({inner()})^\top ({inner()})",
            lambda: rf"{self._number()} \cdot ({inner()}) / {self._number()}",
            lambda: rf"a^{{k {inner()}}}",
            lambda: f"g({inner()})",
            lambda: rf"\operatorname{{LN}}({inner()}; b)",
            lambda: rf"\operatorname{{concat}}({inner()}, {inner()})",
        )
        return self._random.choice(common if self._random.random() < 0.85 else rare)()

    def _unit(self, text: str) -> str:
        return text if text.isalnum() else f"({text})"

    def _leaf(self, states: list[str]) -> str:
        state = self._random.choice(states)
        if self._random.random() < 0.1:
            return self._one(
                "1", "k", "2", self._number(), f"{state}_t", r"v^\top x_t", r"W^\top", "x_{t-1}",
                r"\alpha", r"\mathbf{1}", "x_{t,i}", self.token(),
            )  # fmt: skip
        return self._one(
            f"{state}_{{t-1}}", f"{state}_{{t-1}}", "b", f"b_{{{self._random.randrange(9)}}}",
            rf"{self._weights()} x_t", rf"{self._weights()} {state}_{{t-1}}",
        )  # fmt: skip

    def _function(self) -> str:
        words = [rf"\operatorname{{{record.name}}}" for record in functions.FUNCTIONS]
        return self._one(r"\sigma", r"\tanh", r"\sqrt", r"\exp", r"\log", r"\tanh^2", *words)

    def _number(self) -> str:
        digits = self._random.choice((1, 1, 1, 1, 1, 2, 2, 20, 99, 101, 5000))
        number = "".join(self._random.choices("0123456789", k=digits))
        return self._one(number, number, "0", "1", f"{number[:9]}.{number[:9]}", r"\tfrac13")

    # Extremes.

    def extreme(self) -> str:
        """A construct nested or repeated, up to the limits of a file and beyond."""
        count = int(10 ** self._random.uniform(0.5, self._random.choice((2, 3, 4, 4.8))))
        k = self._random.randrange(6)
        match self._random.randrange(6):
            case 0:
                text = self._nested(count)
            case 1:
                text = "h_t = x_t + h_{t-1} " + self.token() + self._one(
                    "+ x_t", r"\odot x_t", "-", "'", "{}", " ", "x", "9", "_{a}", "^2",
                    r"\hat", "\\\\", "[", "|", r"\|", "1/", "&", "\t", ", x", "\u0301", r"\bf",
                    "W ", r"\tanh ", "(t)", "∘ h_{t-1}", "^{a", "_{", "\\begin{cases}",
                    "\\text{", "=", "\r\n", "\\ ", "*", self.token(), self.token() + self.token(),
                ) * count  # fmt: skip
            case 2:
                text = self._chained(min(count, 2000))
            case 3:
                padding = self._one(" ", "\t", "\n", "x", "%", "a ", "\\", "=") * count
                start = self._one("% title: a", "% notation: ", "%", "", "h_t = x_t", r"\label{")
                text = start + padding + self._one("x", "", "}") + "\nh_t = h_{t-1} + x_t"
            case 4:
                digits = "9" * count
                forms = (
                    f"h_t = x_t^{{{digits}}} + h_{{t-1}}", f"h_t = {digits} x_t + h_{{t-1}}",
                    f"h_t = x_t^{{2^{{2^{{{digits}}}}}}} + h_{{t-1}}", f"h_{digits} = x_t",
                    rf"x_t \in \mathbb{{R}}^{{{digits}}} \\ h_t = x_t + h_{{t-1}}",
                    f"h_t = [x_t]_{{1:{digits}}} + h_{{t-1}}", f"h_t = h_{{t-{digits}}} + x_t",
                    f"h_t = x_t / 0.{digits} + h_{{t-1}}", f"h_t = {digits}^{{64}} x_t + h_{{t-1}}",
                    rf"h_t = \sqrt{{{digits}}} h_{{t-1}} + x_t",
                    f"h_t = x_t^{{({digits})}} + h_{{t-1}}",
                    "h_t = x_t + " + r" \cdot ".join([digits[:100]] * 60) + " h_{t-1}",
                )  # fmt: skip
                text = forms[self._random.randrange(len(forms))]
            case _:
                text = "\n".join([self._random.choice(good_texts())] * (count // 100 + k))
        return text

    def _nested(self, count: int) -> str:
        """One construct in itself, or any constructs in each other, at either side of theirs."""
        depth = self._random.randint(8, 99) if self._random.random() < 0.5 else count
        kinds = self._random.choices(NESTED, k=self._random.choice((1, 1, 1, 2, 4)))
        levels = [self._random.choice(kinds) for _ in range(depth)]
        closed = depth if self._random.random() < 0.7 else self._random.randrange(depth + 1)
        closings = [closing for _, closing in reversed(levels)][:closed]
        middle = self._one("h_{t-1}", "h_{t-1} + x_t", "h", "1", "", "x_t", "x_t, x_t")
        head = self._one(
            "h_t = ", "h_t = W ", "h_t = h_{t-1} + ", "", r"g(x) = x + x \\ h_t = W ",
            r"g(x) = 4 \sigma(x) - 2 \\ h_t = W ",
        )  # fmt: skip
        return head + "".join(opening for opening, _ in levels) + middle + "".join(closings)

    def _chained(self, count: int) -> str:
        """Equations that stand on each other, in any order."""
        names = [f"a_{{{n},t}}" for n in range(count + 1)]
        k = [f"k_{{{n}}}" for n in range(count + 1)]
        g = [f"g_{{{n}}}" for n in range(count + 1)]
        step: tuple[Callable[[int], str], ...] = (
            lambda n: f"{names[n]} = {names[n + 1]}",
            lambda n: f"{names[n + 1]} = [{names[n]}, {names[n]}]",
            lambda n: f"{names[n + 1]} = [{names[n]}, {names[max(0, n - 1)]}]",
            lambda n: f"{names[n + 1]} = {names[n]} + {names[max(0, n - 1)]}",
            lambda n: f"{names[n + 1]} = W_{{{n}}} {names[n]}",
            lambda n: rf"{names[n + 1]} = {names[n]}^\top {names[n]}",
            lambda n: f"{k[n]} = {k[n + 1]} {k[n + 1]}",
            lambda n: f"{k[n]} = {k[n + 1]}",
            lambda n: f"{g[n]}(x) = {g[n + 1]}(x)",
            lambda n: f"{g[n]}(x) = {g[n + 1]}({g[n + 1]}(x))",
            lambda n: rf"x_{{{n},t}} \in \mathbb{{R}}^{{N{n}}}",
            lambda n: f"h_{{{n},t}} = h_{{{n},t-1}} + W_{{{n}}} x_t",
        )
        one = self._random.choice(step)
        equations = [one(n) for n in range(count)]
        order = self._random.randrange(3)
        if order == 1:
            equations.reverse()
        elif order == 2:
            self._random.shuffle(equations)
        ends = [
            f"h_t = k_{{0}} h_{{t-1}} + x_t + g_{{0}}(x_t) + {names[0]}",
            f"{k[count]} = 2",
            f"{g[count]}(x) = x",
            f"{names[self._random.choice((0, count))]} = x_t",
        ]
        return " \\\\\n".join([*equations, *self._random.sample(ends, self._random.randint(0, 4))])

    def raw(self) -> bytes:
        """The bytes of a file: another encoding, or bytes that are no text."""
        text = self._random.choice((self.mutated, self.sentences))()
        encoding = self._one("utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-32", "utf-7", "cp037")
        content = bytearray(text.encode(encoding, "replace"))
        for _ in range(self._random.choice((0, 0, 1, 3))):
            at = self._random.randrange(len(content) + 1)
            content[at:at] = self._random.randbytes(self._random.choice((1, 1, 4, 100)))
        return bytes(content)


def text_number(seed: int, number: int) -> str | bytes:
    """Input `number` of a seed."""
    return Texts(Random(f"{seed}/{number}")).draw()


# The run.


@dataclass
class Report:
    """What came of a run."""

    seed: int
    count: int = 0
    outcomes: Counter[str] = field(default_factory=Counter[str])
    failures: dict[str, list[tuple[str | bytes, str]]] = field(
        default_factory=dict[str, list[tuple[str | bytes, str]]]
    )
    slowest: tuple[float, int] = (0.0, 0)
    seconds: float = 0.0
    round_trips: int = 0

    def failed(self, cause: str, content: str | bytes, detail: str) -> None:
        self.failures.setdefault(cause, []).append((content, detail))

    def to_text(self) -> str:
        """The figures, and the shortest input of each cause of failure."""
        cells = self.outcomes["cell"]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        lines = [
            f"seed {self.seed}, {self.count} inputs",
            f"{self.seconds:.0f} s of processor time; the process took at most {memory} MiB",
            f"slowest input: {self.slowest[0]:.2f} s, number {self.slowest[1]}",
            f"{cells} cells, {self.round_trips} of them printed and read again",
            ", ".join(f"{kind} {n}" for kind, n in sorted(self.outcomes.items())),
            f"{sum(map(len, self.failures.values()))} failures of {len(self.failures)} causes",
        ]
        for cause, found in sorted(self.failures.items()):
            shortest = min((content for content, _ in found), key=len)
            lines.append(f"  {cause}: {len(found)} inputs, the shortest is {ascii(shortest)[:200]}")
        return "\n".join(lines)


def run(
    seed: int,
    numbers: range,
    report: Report | None = None,
    every: int = 10,
    slow: float = SLOW,
) -> Report:
    """Read the inputs of a seed; of every tenth, what its cell is printed as.

    Args:
        seed: of the inputs.
        numbers: which of them.
        report: where the outcomes are added; a new one if there is none.
        every: of how many inputs one goes round.
        slow: seconds of processor time that no input may take.
    """
    report = report or Report(seed)
    before = signal.signal(signal.SIGVTALRM, _give_up)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in numbers:
            content = text_number(seed, number)
            try:
                _read_one(report, number, content, folder, slow)
                if number % every == 0:
                    _go_round(report, number, content, folder)
            except Hanging:
                report.failed("hanging", content, f"number {number}")
            report.count += 1
    signal.signal(signal.SIGVTALRM, before)
    return report


def _read_one(report: Report, number: int, content: str | bytes, folder: Path, slow: float) -> None:
    _watch(HANGING)
    before = time.process_time()
    outcome = outcome_of(content, folder)
    seconds = time.process_time() - before
    _watch(0)
    report.seconds += seconds
    report.outcomes[outcome.kind] += 1
    if outcome.broken:
        report.failed(outcome.broken, content, f"number {number}\n{outcome.detail}")
    if seconds > slow:
        _watch(3 * HANGING)
        seconds = min(seconds, seconds_of(content, folder, slow))
        _watch(0)
        if seconds > slow:
            report.failed("slow", content, f"number {number}: {seconds:.2f} s")
    report.slowest = max(report.slowest, (seconds, number))


def _go_round(report: Report, number: int, content: str | bytes, folder: Path) -> None:
    cell = outcome_of(content, folder).cell
    if cell is None:
        return
    _watch(3 * HANGING)
    outcome = round_trip_of(cell)
    _watch(0)
    report.round_trips += 1
    if outcome.broken:
        report.failed(outcome.broken, content, f"number {number}\n{outcome.detail}")


def _watch(seconds: int) -> None:
    """Give up after as much processor time; 0: do not."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


def _give_up(_number: int, _frame: object) -> None:
    raise Hanging


# Failing inputs, made small.


def minimised(content: str, is_failing: Callable[[str], bool], seconds: float = 20.0) -> str:
    """A text that fails in the same way, of which no token can be left out (within the time)."""
    end = time.process_time() + seconds
    for pattern in (r"[^\n]*\n?", r"\\[A-Za-z]+|\w+|\s+|.", "."):
        tokens = re.findall(pattern, content, re.DOTALL)
        size = max(1, len(tokens) // 2)
        while size and time.process_time() < end:
            at, has_shrunk = 0, False
            while at < len(tokens) and time.process_time() < end:
                shorter = tokens[:at] + tokens[at + size :]
                if is_failing("".join(shorter)):
                    tokens, has_shrunk = shorter, True
                else:
                    at += size
            size = size if has_shrunk and size == 1 else size // 2
        content = "".join(tokens)
    return content


def fails_by(cause: str) -> Callable[[str], bool]:
    def is_failing(text: str) -> bool:
        if cause == "slow":
            return seconds_of(text) > SLOW
        outcome = outcome_of(text)
        if cause.startswith("round trip") and outcome.cell is not None:
            outcome = round_trip_of(outcome.cell)
        return outcome.broken == cause

    return is_failing


def _show(cause: str, found: list[tuple[str | bytes, str]]) -> None:
    content, detail = min(found, key=lambda item: len(item[0]))
    numbers = ", ".join(d.split("\n")[0].removeprefix("number ") for _, d in found[:30])
    print(f"\n== {cause}: {len(found)} inputs: {numbers}")
    if isinstance(content, str) and cause not in ("slow", "hanging"):
        content = minimised(content, fails_by(cause))
    print(f"{len(content)} long: {ascii(content)[:2000]}")
    print(ascii(detail).replace("\\n", "\n")[:2000])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6))
    parser.add_argument("--only", type=int, help="read this input alone, and print it")
    options = parser.parse_args()
    if options.only is not None:
        print(ascii(text_number(options.seed, options.only)))
        report = run(options.seed, range(options.only, options.only + 1), every=1)
    else:
        report = Report(options.seed)
        for start in range(0, options.count, 5000):
            run(options.seed, range(start, min(start + 5000, options.count)), report)
            print(f"… {report.count}: {len(report.failures)} causes", file=sys.stderr, flush=True)
    print(report.to_text())
    for cause, found in sorted(report.failures.items()):
        _show(cause, found)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
