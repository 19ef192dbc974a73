"""Whatever a text holds, reading it gives a cell or a message: a short run of the fuzz target.

`SYMLSTM_FUZZ=200000 pytest tests/test_fuzz_reader.py` reads as many; the seed is printed.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tracemalloc
from functools import cache
from itertools import pairwise
from pathlib import Path

import fuzz_reader
import pytest
from fuzz_reader import (
    FILE,
    ODD,
    fails_by,
    good_texts,
    latex_tokens,
    minimised,
    outcome_of,
    plain_tokens,
    run,
    seconds_of,
    text_number,
)
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark

from symlstm.messages import NotationError, Span, UsageError
from symlstm.notation import parsing
from symlstm.notation.parsing import MAXIMUM_EQUATIONS
from symlstm.notation.reading import read_file, read_text

COUNT = int(os.environ.get("SYMLSTM_FUZZ", "300"))
SEED = int(os.environ.get("SYMLSTM_SEED", "20260204"))
GENEROUS = 10.0
"""Seconds: the promise is one, on a machine of one's own."""

SHORT = settings(
    max_examples=max(30, COUNT // 10),
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)

# Spellings of the tokens of the grammar; commands are followed by a space.
# fmt: off
SPELLINGS = {
    "SEPARATOR": ("\\\\\n", "\\\\\n", r"\text{where} ", ", \\quad "), "COMMA": (", ",),
    "SEMICOLON": ("; ",), "AMP": (" & ",), "ROW": (r" \\ ",), "IN": (r" \in ",),
    "REALS": (r"\mathbb{R}^{H} ", r"\mathbb{R}^{H \times D} ", r"\mathbb{R} "),
    "DEFINE": (" = ", " = ", r" \coloneqq "), "CONCAT": (r" \oplus ",), "PLUS": (" + ",),
    "MINUS": (" - ",), "HADAMARD": (r" \odot ", r" \circ "), "CDOT": (r" \cdot ",),
    "SLASH": (" / ",), "LETTER": ("h", "c", "x", "W", "U", "b", "g", "e", r"\alpha ", r"\sigma "),
    "FUNCTION": (r"\tanh ", r"\operatorname{sigmoid} ", r"\sqrt ", r"\max ", r"\mathrm{mean} "),
    "NUMBER": ("1", "2", "0", "0.5", "9" * 99), "SUM": (r"\sum_{i=1}^{H} ", r"\sum "),
    "ACCENT": (r"\tilde ", r"\hat "), "FONT": (r"\mathbf ", r"\mathcal "), "SWITCH": (r"\bf ",),
    "FRACTION": (r"\frac ",), "SUBSCRIPT": ("_t", "_t", "_{t-1}", "_{t-1}", "_i", "_{1:H}"),
    "SUPERSCRIPT": ("^{(t-1)}", "^2", r"^\top ", "^{(l)}", "^{i}"), "SUP": ("^",),
    "PRIME": ("'",), "LPAR": ("(", r"\left("), "RPAR": (")", r"\right)"), "LBRACK": ("[",),
    "RBRACK": ("]",), "LSET": (r"\{",), "RSET": (r"\}",), "LBRACE": ("{",), "RBRACE": ("}",),
    "LBAR": (r"\lvert ",), "RBAR": (r"\rvert ",), "LNORM": (r"\lVert ",), "RNORM": (r"\rVert ",),
    "RELATION": (" > ", r" \le "), "MATRIX_BEGIN": (r"\begin{bmatrix} ",),
    "MATRIX_END": (r"\end{bmatrix} ",), "CASES_BEGIN": (r"\begin{cases} ",),
    "CASES_END": (r"\end{cases} ",), "IF": (r" \text{if} ",), "OTHERWISE": (r" \text{otherwise} ",),
}
# fmt: on


@cache
def derived(rule: str) -> st.SearchStrategy[str]:
    """What the grammar of the notation derives from a rule, whatever it means."""
    text = Path(parsing.__file__).with_name("equations.lark").read_text(encoding="utf-8")
    grammar = Lark(text, parser="lalr", lexer="basic", start=rule)
    symbols = {symbol.name for r in grammar.rules for symbol in r.expansion}
    spellings = {kind: st.sampled_from(SPELLINGS[kind]) for kind in SPELLINGS.keys() & symbols}
    return from_lark(grammar, explicit=spellings, alphabet=st.characters(max_codepoint=127))


@st.composite
def grammatical_texts(draw) -> str:
    """Equations of which each right side holds something that the grammar derives."""
    lines = ["% notation: \\oplus = concatenation"]
    for name in draw(st.sampled_from([("h",), ("h", "c")])):
        more = draw(st.sampled_from(["", f" + U_{name} {name}_{{t-1}} + W_{name} x_t"]))
        lines.append(f"{name}_t = {draw(derived('right'))}{more} \\\\")
    if draw(st.booleans()):
        lines.append(draw(derived("statement")))
    return "\n".join(lines)


@st.composite
def mistaken_texts(draw) -> str:
    """Good texts in which stretches are replaced by tokens, odd characters, or any characters."""
    text = draw(st.sampled_from(good_texts()))
    tokens = st.sampled_from((*latex_tokens(), *plain_tokens(), *ODD))
    inserted = st.one_of(st.just(""), tokens, st.text(max_size=4), st.lists(tokens).map("".join))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.one_of(st.just(start), st.integers(start, min(len(text), start + 30))))
        text = text[:start] + draw(inserted) + text[end:]
    return text


def check(text: str) -> None:
    note(f"seed {SEED}\n{text!a}")
    outcome = outcome_of(text)
    assert not outcome.broken, f"{outcome.broken}\n{outcome.detail}"


def test_random_texts_give_a_cell_or_a_message_soon():
    report = run(SEED, range(COUNT), slow=GENEROUS)
    print(f"seed {SEED}")
    assert not report.failures, report.to_text()
    assert report.count == COUNT
    assert report.outcomes["cell"] > COUNT // 20
    assert len(report.outcomes) > min(20, COUNT // 10)


@seed(SEED)
@SHORT
@given(grammatical_texts())
def test_what_the_grammar_derives_gives_a_cell_or_a_message(text):
    check(text)


@seed(SEED)
@SHORT
@given(mistaken_texts())
def test_a_good_text_with_mistakes_gives_a_cell_or_a_message(text):
    check(text)


# The bad inputs that are promised a message.


def code_of(text: str) -> str:
    outcome = outcome_of(text)
    assert not outcome.broken, f"{outcome.broken}\n{outcome.detail}"
    return outcome.kind


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"), ("[", "]"), ("{", "}"), (r"\left(", r"\right)"), (r"\frac{", "}{2}"),
        (r"\tanh(", ")"), ("x^{", "}"), ("x_{", "}"), (r"{\bf ", "}"), (r"\hat{", "}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_closed", [True, False])
def test_brackets_nested_10_000_deep_are_refused(opening, closing, is_closed):
    count = min(10_000, 60_000 // len(opening + closing))
    text = "h_t = " + opening * count + "h_{t-1}" + closing * count * is_closed
    assert code_of(text) == "S202"


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        (r"\hat ", ""), (r"\mathbf ", ""), (r"\tanh ", ""), ("-", ""), ("|", "|"), (r"\|", r"\|"),
        (r"\{", r"\}"), (r"\begin{bmatrix}", r"\end{bmatrix}"), (r"\lvert ", r"\rvert "),
        (r"\begin{align}", r"\end{align}"), ("x^", ""), (r"\sqrt", ""), ("'", ""), (r"\sum ", ""),
        (r"\lbrace ", r"\rbrace "), (r"\lparen ", r"\rparen "), (r"\frac ", ""), ("e^", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("count", [100, 250, 1000, 9000])
def test_what_is_nested_without_brackets_ends_in_a_message(opening, closing, count):
    count = min(count, 60_000 // len(opening + closing))
    text = "h_t = x_t + " + opening * count + "h_{t-1}" + closing * count
    outcome = outcome_of(text)
    assert not outcome.broken, f"{outcome.broken}\n{outcome.detail}"


@pytest.mark.parametrize(("opening", "closing"), fuzz_reader.NESTED, ids="".join)
@pytest.mark.parametrize("head", ["h_t = W ", "h_t = h_{t-1} + x_t + "])
def test_time_does_not_double_with_every_level(opening, closing, head):
    """One construct in itself: what doubles never ends at 40."""
    g = r"g(x) = 4 \sigma(x) - 2 \\ "
    for depth in (6, 40):
        for middle in ("x_t", "x_t, x_t"):
            text = g + head + opening * depth + middle + closing * depth
            assert seconds_of(text, slow=GENEROUS) < GENEROUS
            outcome = outcome_of(text)
            assert not outcome.broken, f"{outcome.broken}\n{outcome.detail}"


@pytest.mark.parametrize("middle", ["1", "k", "x_t"])
@pytest.mark.parametrize("function", [r"\tanh", r"\sigma", r"\exp", r"\operatorname{relu}"])
def test_functions_of_scalars_are_not_evaluated(function, middle):
    """f(f(…f(k)…)) takes the time of its length, be k a number, a scalar or a vector."""
    declared = r"k \in \mathbb{R} \\ x_t, h_t \in \mathbb{R}^D \\ "
    text = declared + r"h_t = k h_{t-1} + x_t \odot "
    nested = rf"{function}(" * 40 + middle + ")" * 40
    assert seconds_of(text + nested, slow=GENEROUS) < GENEROUS
    assert code_of(text + nested) in ("cell", "S211", "S212")


def test_stacks_in_stacks_are_one_stack():
    """[[a; b]; c] = [a; b; c], however deep it is written."""
    nested = read_text("h_t = W " + "[" * 40 + "x_t, x_t" + ", x_t]" * 40)
    assert nested == read_text("h_t = W [" + ", ".join(["x_t"] * 42) + "]")
    assert read_text(nested.to_latex()) == nested


def test_stacks_and_multiples_that_double_the_time_have_a_limit():
    opening, closing = r"2 \tanh(", ")"
    assert code_of("h_t = h_{t-1} + " + opening * 6 + "x_t" + closing * 6) == "cell"
    with pytest.raises(NotationError) as raised:
        read_text("h_t = h_{t-1} + " + opening * 7 + "x_t" + closing * 7)
    assert str(raised.value) == (
        "error[S202]: stacks and multiples are nested more than 6 deep\n"
        "  --> <text>:1:17\n"
        "    1 | h_t = h_{t-1} + " + r"2 \tanh(" * 7 + "x_t" + ")" * 7 + "\n"
        "      |                 " + "^" * 66 + "\n"
        "  help: give inner parts names of their own"
    )


def test_functions_that_call_each_other_in_a_long_chain_end_in_a_message():
    for count in (20, 50, 100, 500):
        chain = [rf"g_{{{n}}}(x) = g_{{{n + 1}}}(x)" for n in range(count)]
        text = r"\\".join([*chain, rf"g_{{{count}}}(x) = x", "h_t = g_{0}(h_{t-1}) + x_t"])
        outcome = outcome_of(text)
        assert not outcome.broken, f"{outcome.broken}\n{outcome.detail}"


def test_a_file_of_10_mb_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / FILE
    path.write_bytes(b"h_t = h_{t-1} + x_t \\\\\n" * 450_000)
    assert path.stat().st_size > 10**7
    tracemalloc.start()
    with pytest.raises(NotationError, match=r"error\[S201\]: an equations file is at most 64 KiB"):
        read_file(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20
    assert code_of("h_t = h_{t-1} + x_t \\\\\n" * 450_000) == "S201"


SIGNALS = [f"a_{{{n},t}}" for n in range(MAXIMUM_EQUATIONS)]
STATE = "a_{0,t} = x_t + a_{0,t-1}"


def _stacks(names: list[str]) -> list[str]:
    """Each name is the two before it on top of each other: sizes of a Fibonacci sequence."""
    triples = zip(names, names[1:], names[2:], strict=False)
    return [f"{c} = [{a}, {b}]" for a, b, c in triples]


@pytest.mark.parametrize(
    "text",
    [
        "% title: a" + " " * 60_000 + "x\nh_t = h_{t-1} + x_t",
        "% notation: a" + " " * 60_000 + "x\nh_t = h_{t-1} + x_t",
        r"\\".join([*(f"{a}={b}" for a, b in pairwise(SIGNALS)), f"{SIGNALS[-1]} = x_t"]),
        r"\\".join([STATE, *(f"{b}={a}" for a, b in pairwise(SIGNALS))]),
        r"\\".join([*_stacks(SIGNALS[:300])[::-1], STATE, "a_{1,t}=x_t"]),
        r"\\".join(f"h_{{{n},t}} = W_{{{n}}} h_{{{n},t-1}} + x_t"
              for n in range(MAXIMUM_EQUATIONS)),
    ],
    ids=["title", "notation", "last first", "first first", "stacks", "states"],
)  # fmt: skip
def test_what_repeats_up_to_the_limits_is_read_or_refused_soon(text):
    assert seconds_of(text, slow=GENEROUS) < GENEROUS
    outcome = outcome_of(text)
    assert not outcome.broken, f"{outcome.broken}\n{outcome.detail}"


@pytest.mark.parametrize(
    "text",
    [
        "h_t = h_{t-1}^{999999999999} + x_t",
        "h_t = h_{t-1}^{9^{9^{9^{9}}}} + x_t",
        "h_t = 9^{9^{9^{9}}} h_{t-1} + x_t",
        "h_t = 64^{64} x_t + ((((h_{t-1}^{64})^{64})^{64})^{64})^{65}",
        "h_t = h_{t-1}^{" + "9" * 50_000 + "} + x_t",
        "h_t = " + "9" * 50_000 + " h_{t-1} + x_t",
        "h_t = 0." + "0" * 50_000 + "1 h_{t-1} + x_t",
        r"h_t = \frac{1}{" + "9" * 50_000 + "} h_{t-1} + x_t",
        r"h_t = e^{" + "9" * 50_000 + "} h_{t-1} + x_t",
        r"x_t \in \mathbb{R}^{" + "9" * 50_000 + r"} \\ h_t = h_{t-1} + x_t",
        r"h_t = [h_{t-1}]_{1:" + "9" * 50_000 + "} + x_t",
        "h_t = h_{t-" + "9" * 50_000 + "} + x_t",
    ],
)
def test_huge_numbers_and_exponents_are_refused(text):
    assert code_of(text).startswith("S2")


@pytest.mark.parametrize(
    "character",
    [*map(chr, range(9)), "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\xad", "\u200b", "\u200e",
     "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068",
     "\u2069", "\ufeff", "\U000e0041"],
    ids=lambda c: f"U+{ord(c):04X}",
)  # fmt: skip
def test_control_and_bidirectional_characters_are_refused_wherever_they_stand(character):
    for text in ("h_t = {}x_t + h_{t-1}", "% {}\nh_t = x_t + h_{t-1}", "h_t = \\tanh(x_t{}"):
        found = outcome_of(text.replace("{}", character, 1))
        assert (found.kind, found.broken) == ("S203", "")


@pytest.mark.parametrize("environment", ["align", "bmatrix", "cases", "tabular", "x" * 10_000, ""])
def test_unclosed_environments_are_refused(environment):
    begin, end = rf"\begin{{{environment}}}", rf"\end{{{environment}}}"
    equation = " h_t = x_t + h_{t-1} "
    for text in (begin + equation, equation + end, end + equation + begin, begin * 3000 + equation):
        assert code_of(text[:60_000]) == "S204"


@pytest.mark.parametrize(
    "content",
    [b"\xff", "é".encode("latin-1"), "h_t = x_t".encode("utf-16"), b"\xc0\x80", b"\xed\xa0\x80",
     b"h_t\n= \xf4\x90\x80\x80", bytes(range(256))],
)  # fmt: skip
def test_bytes_that_are_not_utf_8_are_refused(content, tmp_path):
    found = outcome_of(content, tmp_path)
    assert (found.kind, found.broken) == ("S200", "")


AUDITED: list[str] = []
_is_auditing = False


def _audit(event: str, _arguments: object) -> None:
    if _is_auditing and event.startswith(("exec", "compile", "open", "os.", "subprocess", "socket",
                                          "ctypes", "shutil", "import")):  # fmt: skip
        AUDITED.append(event)


def _read(text: str) -> None:
    with contextlib.suppress(Exception):
        read_text(text)


def test_reading_runs_opens_and_imports_nothing():
    """The interpreter's own audit events: none of them between a text and its cell or message."""
    global _is_auditing
    texts = [t for n in range(100) if isinstance(t := text_number(SEED, n), str)]
    texts += [
        "h_t = __import__('os').system('true')", r"h_t = \input{/etc/passwd}", "import os",
        r"\write18{true} h_t = x_t", r"h_t = \operatorname{eval}(x_t)", "% notation: f = exec",
        r"h_t = W_{__class__} h_{t-1} + x_t", "lambda_t = x_t + lambda_{t-1}",
    ]  # fmt: skip
    for text in texts:
        _read(text)  # what is imported late is imported here
    sys.addaudithook(_audit)
    _is_auditing = True
    try:
        for text in texts:
            _read(text)
        assert AUDITED == []
        compile("1", "", "eval")
    finally:
        _is_auditing = False
    assert AUDITED == ["compile"]


# The target itself is seen to fail.


def _reader_that_raises(problem: Exception):
    def read(text: str, file: str = "") -> object:
        if "9" in text:
            raise problem
        return read_text(text, file)

    return read


@pytest.mark.parametrize(
    ("problem", "cause"),
    [
        (KeyError("x"), "KeyError in ?"),
        (RecursionError(), "RecursionError in ?"),
        (NotationError("S206", "no place"), "message: it has no place"),
        (NotationError("S206", "x", Span(FILE, 0)), "message: a place is on no line"),
        (NotationError("S206", "x", Span(FILE, 99)), "message: a place is on no line"),
        (NotationError("S206", "x", Span("other", 1)), "message: a place is in no file"),
        (NotationError("S206", "x", Span(FILE, 1, 2, 1, "?")), "message: a place shows another "
                                                               "line"),
        (NotationError("S206", "\x1b", Span(FILE, 1)), "message: it prints a control character"),
        (NotationError("S206", "\ud800", Span(FILE, 1)), "message: it cannot be printed"),
        (UsageError("S001", "x", Span(FILE, 1)), "message: its code is none of the notation"),
    ],
)  # fmt: skip
def test_a_reader_that_breaks_the_promise_is_found_and_the_text_made_small(
    monkeypatch, problem, cause
):
    monkeypatch.setattr(fuzz_reader, "read_text", _reader_that_raises(problem))
    text = "h_t = x_t + 999 h_{t-1} \\\\\n y_t = h_t"
    assert outcome_of(text).broken == cause
    assert minimised(text, fails_by(cause)) == "9"


def test_a_slow_reader_is_found(monkeypatch):
    ticks = iter(range(10**6))
    monkeypatch.setattr(fuzz_reader.time, "process_time", lambda: next(ticks) * 2.0)
    report = run(SEED, range(3))
    assert len(report.failures["slow"]) == 3


def test_a_printer_that_loses_something_is_found(monkeypatch):
    cell = read_text("h_t = x_t + W h_{t-1}")
    assert fuzz_reader.round_trip_of(cell).broken == ""
    monkeypatch.setattr(type(cell), "to_latex", lambda _: "h_t = x_t + U h_{t-1}")
    assert fuzz_reader.round_trip_of(cell).broken == "round trip: equations differ"


def test_an_input_is_known_by_its_seed_and_number():
    random.seed(0)
    first = [text_number(7, n) for n in range(50)]
    random.seed(1)
    assert [text_number(7, n) for n in range(50)] == first
    assert len(set(first)) > 40
