r"""One name: its head, its labels below and above, its time, and what else its superscript says.

The ASCII name is `head`, then `_below`, then `_above`: `W_{xi}` is W_xi, `W_{x}^{(i)}` is W_x_i,
`\tilde c_t` is c_tilde, `h'` is h_prime. Labels below that are separated by commas are joined:
`W_{x,i}` is W_xi. A Python keyword gets a trailing underscore, and so does what generated code
calls: `np`, `range`, `reversed`.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from symlstm.cell import Glyph
from symlstm.messages import NotationError, Span
from symlstm.notation import raw, syntax
from symlstm.notation.advising import naming, remedy_of
from symlstm.notation.alphabet import Letter, letter_of
from symlstm.notation.labels import MAXIMUM_LABEL, label_of

MAXIMUM_DIGITS = 100

_CALLED = ("np", "range", "reversed")

_TRANSPOSE = re.compile(
    r"T|⊤|\\top|\\intercal|\\(?:mathsf|mathrm|mathbf|boldsymbol|text|textsf|textrm|mathtt|mathit)"
    r"(?:\s*\{\s*(?:T|\\top)\s*\}|\s+T)"
)
_CASE = re.compile(r"(\\?[A-Za-z]+)\s*=")
_STYLED = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|mathrm|mathsf|mathit|mathcal|text|textbf|textit)\s*\{(.*)\}",
    re.DOTALL,
)
_OUTER = re.compile(r"\((.*)\)|\[(.*)\]|\\langle(.*)\\rangle|<(.*)>", re.DOTALL)
_ENDING = re.compile(r"(.*?\S)\s*(\\top|⊤|\\intercal)\s*", re.DOTALL)


@dataclass(frozen=True)
class Written:
    """A name as written, before it is known whether a digit above it is a label or a power.

    Args:
        head: the letter.
        below: the labels below.
        above: the labels above, with the brackets they are printed in.
        shift: the time relative to t; None: no time.
        raised: a superscript that is a number or an expression.
        is_transposed: whether it ends with ⊤.
    """

    head: Letter
    below: tuple[Letter, ...]
    above: tuple[tuple[Letter, bool], ...]
    shift: int | None
    raised: raw.Script | None
    is_transposed: bool
    span: Span

    @cached_property
    def key(self) -> str:
        """The ASCII name, keywords included."""
        below = "".join(label.ascii for label in self.below)
        above = "".join(label.ascii for label, _ in self.above)
        return "_".join(part for part in (self.head.ascii, below, above) if part)

    @cached_property
    def ascii(self) -> str:
        return self.key + "_" * (keyword.iskeyword(self.key) or self.key in _CALLED)

    def with_label_above(self, digits: str) -> Written:
        """The name with the number above it as a label."""
        label = (Letter(digits, digits, digits), False)
        return replace(self, above=(*self.above, label), raised=None)

    def without_label_below(self, label: str) -> Written:
        return replace(self, below=tuple(b for b in self.below if b.ascii != label))

    @property
    def glyph(self) -> Glyph:
        """How it is printed; labels that are no plain letters stand in braces with the head."""
        latex, unicode = self.head.latex, self.head.unicode
        if self.above:
            texts = [(f"({a.latex})", f"({a.unicode})") if b else (a.latex, a.unicode)
                     for a, b in self.above]  # fmt: skip
            latex = f"{{{latex}^{{{','.join(t for t, _ in texts)}}}}}"
            above = ",".join(t for _, t in texts)
            is_plain = above.isalnum() or (len(texts) == 1 and above.startswith("("))
            unicode += "^" + (above if is_plain else f"{{{above}}}")
        label = "".join(b.unicode for b in self.below)
        if all(b.latex == b.ascii == b.unicode for b in self.below):
            return Glyph(latex, unicode, label)
        below = ",".join(b.latex for b in self.below)
        return Glyph(f"{{{latex}_{{{below}}}}}", f"{unicode}_{label}")

    def named(self) -> syntax.Name:
        return syntax.Name(self.ascii, self.glyph, self.shift, self.span)


class Namer:
    """Reads names, given the letter of time.

    Args:
        time: the letter that is the time index.
        names: an ASCII name and its time → the name that is meant.
    """

    def __init__(
        self, time: str, names: Mapping[tuple[str, int | None], Written] = MappingProxyType({})
    ) -> None:
        letter = re.escape(time)
        self._time = re.compile(rf"{letter}\s*(?:([+\-−])\s*(\d+))?")
        self._names = names
        self.ahead: frozenset[str] = frozenset()
        """Names that the file writes at t+1, where the step is called t+1."""

    def written(self, node: raw.Node) -> Written | None:
        """The name that a node spells, as the file declares it; None: the node is no name.

        Raises:
            NotationError: a script is no label and no time, or there are two times.
        """
        written = self._spelled(node)
        if written is None:
            return None
        meant = self._names.get((written.ascii, written.shift))
        if meant is not None:
            written = self._meant(written, meant)
        if written.ascii in self.ahead and written.shift is not None:
            return replace(written, shift=written.shift - 1)
        return written

    def _meant(self, written: Written, meant: Written) -> Written:
        """z is z_t, in its own font; c' is c_t."""
        if meant.ascii == written.ascii:
            return replace(written, shift=meant.shift)
        return replace(
            meant, raised=written.raised, is_transposed=written.is_transposed, span=written.span
        )

    def _spelled(self, node: raw.Node) -> Written | None:
        match node:
            case raw.Bracket("{", (inner,)) if isinstance(inner, raw.Symbol | raw.Scripted):
                written = self._spelled(inner)
                return written and replace(written, span=node.span)
            case raw.Symbol(letter, span):
                return Written(letter, (), (), None, None, False, span)
            case raw.Scripted(raw.Symbol(letter), scripts, span):
                written = Written(letter, (), (), None, None, False, span)
                for script in scripts:
                    written = self._scripted(written, script)
                return written
            case _:
                return None

    def _scripted(self, written: Written, script: raw.Script) -> Written:
        if script.body is None and sum(map(str.isdigit, script.text)) > MAXIMUM_DIGITS:
            raise NotationError(
                "S213", f"a number has at most {MAXIMUM_DIGITS} digits", script.span
            )
        if script.body is None and len(script.text) > MAXIMUM_LABEL:
            raise NotationError(
                "S208", "this label is too long", script.span,
                help=f"a label has at most {MAXIMUM_LABEL} characters",
            )  # fmt: skip
        if not script.is_above:
            for part in re.split(r"(?<!\\),", script.text):
                written = self._below(written, part.strip(), script)
            return written
        if script.text == "'":
            return replace(written, head=written.head.primed())
        if script.body is not None:
            return self._raised(written, script)
        for part in re.split(r"(?<!\\),", script.text):
            written = self._above(written, part.strip(), script)
        return written

    def _raised(self, written: Written, script: raw.Script) -> Written:
        if written.raised is not None:
            raise _two_superscripts(script)
        return replace(written, raised=script)

    def _below(self, written: Written, text: str, script: raw.Script) -> Written:
        if (shift := self.shift_in(text)) is not None:
            return self._timed(written, shift, script)
        label = self._label(text)
        if label is None and (case := _CASE.search(text)):
            raise every(case[1], script.span)
        if label is None:
            raise NotationError(
                "S208",
                f"{text or 'nothing'} is no label of a name",
                script.span,
                notes=naming(text),
                help=remedy_of(text) or "a label is letters and digits; the time index is t or t-1",
            )
        return replace(written, below=(*written.below, label))

    def _timed(self, written: Written, shift: int, script: raw.Script) -> Written:
        if written.shift is not None:
            raise NotationError(
                "S243", "a name with two times", script.span,
                help="a label is a letter other than that of the time",
            )  # fmt: skip
        return replace(written, shift=shift)

    def _above(self, written: Written, text: str, script: raw.Script) -> Written:
        if is_transpose(text):
            return replace(written, is_transposed=True)
        if ending := _ENDING.fullmatch(text):
            written = self._above(written, ending[1].strip(), script)
            return replace(written, is_transposed=True)
        if set(text.replace(" ", "").replace(r"\prime", "'")) == {"'"}:
            return replace(written, head=written.head.primed())
        outer = _OUTER.fullmatch(text)
        inner = next((g for g in outer.groups() if g is not None), "").strip() if outer else text
        if (shift := self.shift_in(inner)) is not None:
            return self._timed(written, shift, script)
        if text.isdigit() or re.fullmatch(r"\d+\.\d+|-\d+", text):
            return self._raised(written, script)
        label = self._label(inner)
        if label is None:
            raise odd_superscript(script)
        if written.raised is not None:
            raise _two_superscripts(script)
        return replace(written, above=(*written.above, (label, bool(outer))))

    def shift_in(self, text: str) -> int | None:
        """0 of t, −1 of t-1, in any font; None of a text that is no time."""
        for pattern in (_OUTER, _STYLED):
            if inner := pattern.fullmatch(text):
                text = next(g for g in inner.groups() if g is not None).strip()
        match = self._time.fullmatch(text)
        if not match:
            return None
        return int(match[2] or "0") * (-1 if match[1] in ("-", "−") else 1)

    def _label(self, text: str) -> Letter | None:
        return label_of(text, lambda part: self.shift_in(part) is not None) or letter_of(text)


def every(index: str, span: Span, text: str = "") -> NotationError:
    """What holds for all values of an index, or for one of them.

    Args:
        text: the file; where it writes n-1 at a name, and no t, n is its time.
    """
    has_time = re.search(r"(?<![A-Za-z\\])t(?![A-Za-z])", text) is not None
    if not has_time and re.search(
        rf"[_^]\s*\{{[^{{}}]*(?<![A-Za-z]){re.escape(index)}\s*[-−]\s*1\s*[,}}]", text
    ):
        return NotationError(
            "S311", f"an equation for every {index} is not read", span,
            notes=(f"the file writes {index}-1, as if {index} were the time",),
            help=f"say that {index} is the time: % notation: time = {index}",
        )  # fmt: skip
    return NotationError(
        "S311", f"an equation for every {index} is not read", span,
        notes=("an equation holds at every time, for a whole vector",),
        help="write one equation for each, as in h^{1}_t and h^{2}_t; entries need no index",
    )  # fmt: skip


def _two_superscripts(script: raw.Script) -> NotationError:
    return NotationError("S209", "two superscripts on one name", script.span)


def is_transpose(text: str) -> bool:
    return _TRANSPOSE.fullmatch(text) is not None


_TIME_BELOW = r"write the time as a subscript, h_{t-1}; a transpose is ^\top"


def odd_superscript(script: raw.Script, help: str = _TIME_BELOW) -> NotationError:
    return NotationError(
        "S209",
        f"the superscript ^{written_script(script)} has more than one reading",
        script.span,
        notes=("it may be a power, a label or a time",),
        help=help,
    )


def written_script(script: raw.Script) -> str:
    """A script as it stands in the text."""
    span = script.span
    return span.text[span.column : span.column - 1 + span.length].removeprefix("^")
