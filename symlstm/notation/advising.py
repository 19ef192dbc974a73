r"""What to write instead of a character or a command that the language does not have.

A letter of another alphabet looks like one of ours, and is another name; a command may be a slip of
the pen, or belong to a whole LaTeX document, of which an equations file holds the equations only.
"""

from __future__ import annotations

import unicodedata

from symlstm.functions import FUNCTIONS
from symlstm.messages import NotationError, Span, shortened
from symlstm.notation.alphabet import ACCENT_SPELLINGS, ACCENTS, LETTERS
from symlstm.notation.commands import FONTS, SIGNS, UPRIGHT
from symlstm.notation.slips import is_slip
from symlstm.notation.vocabulary import CONSTRUCTIONS, OPERATORS, function_meant

_LOOK_ALIKE = dict(
    zip(
        "аеорсхуіјѕһԁԛԝАВЕКМНОРСТХУІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΧοı",
        "aeopcxyijshdqwABEKMHOPCTXYIJSABEZHIKMNOPTXoi",
        strict=True,
    )
)
"""Letters of other alphabets that are drawn like Latin ones."""

_MINUS = "‐‑‒–—―－﹣˗➖"
_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8", "⅒": "1/10"}
_PRODUCT = r"write W x for a product of matrices, and \odot for the elementwise product"
_REMEDIES = {
    **dict.fromkeys(_MINUS, "write - or − for a minus"),
    **{sign: f"write {ratio}" for sign, ratio in _FRACTIONS.items()},
    "@": _PRODUCT,
    **dict.fromkeys("✕✖⨯", _PRODUCT),
    "÷": "write / for a quotient",
    "≈": "an equation is written with =",
    "≠": "conditions of cases are written with <, ≤, > and ≥",
    **dict.fromkeys("⟨〈", "write ( and )"),
    **dict.fromkeys("⟩〉", "write ( and )"),
    **dict.fromkeys("⎡⎢⎣⎤⎥⎦", "write a stack as [a; b]"),
}
"""Characters → the help."""

_CONVOLUTIONS = {"⊛", r"\circledast"}
_MACROS = {"newcommand", "renewcommand", "providecommand", "def", "let", "edef", "gdef",
           "DeclareMathOperator", "newenvironment", "DeclarePairedDelimiter"}  # fmt: skip
_OF_DOCUMENTS = {
    "documentclass", "usepackage", "maketitle", "title", "author", "date", "section", "subsection",
    "subsubsection", "paragraph", "chapter", "caption", "item", "includegraphics", "footnote",
    "bibliography", "bibliographystyle", "tableofcontents", "newpage", "appendix", "newtheorem",
    "geometry", "pagestyle", "RequirePackage", "hypersetup", "setlength",
}  # fmt: skip
_FILES = {"input", "include", "import", "subfile", "InputIfFileExists"}
_DERIVATIVES = {"partial", "nabla", "∂", "∇"}

ONLY_EQUATIONS = "an equations file is the equations only: leave the rest of the document out"


def looks_like(character: str) -> str:
    """The character of the language that another one is drawn like; "": there is none.

    >>> looks_like("с"), looks_like("，"), looks_like("∪")
    ('c', ',', '')
    """
    plain = unicodedata.normalize("NFKC", character)
    is_other = plain != character and len(plain) == 1 and "!" <= plain <= "~"
    return _LOOK_ALIKE.get(character) or (plain if is_other else "")


def naming(text: str) -> tuple[str, ...]:
    """A note that names each character which looks like another, or is no character of keyboards.

    >>> naming("W_с")
    ('с is CYRILLIC SMALL LETTER ES, U+0441, which looks like c',)
    """
    odd = dict.fromkeys(c for c in text if looks_like(c) or c in _MINUS)
    return tuple(
        f"{c} is {unicodedata.name(c, 'a character without a name')}, U+{ord(c):04X}, which looks "
        f"like {looks_like(c) or 'a minus'}"
        for c in list(odd)[:3]
    )


def remedy_of(text: str) -> str:
    """What to write instead of the characters that look like others; "": there are none."""
    for character in text:
        if character in _MINUS:
            return _REMEDIES[character]
        if like := looks_like(character):
            letter = "the Latin letter " if like.isalpha() else ""
            return f"write {letter}{like}"
    return ""


def odd_sign(text: str, span: Span) -> NotationError | None:
    """The message about a character that stands for one of the language; None: it does not."""
    if text in _CONVOLUTIONS:
        return _convolution(text, span)
    if text in _DERIVATIVES:
        return _cannot_stand(text, span, (), _DERIVED)
    help = _REMEDIES.get(text) or remedy_of(text)
    return _cannot_stand(text, span, naming(text), help) if help else None


def difference(text: str, span: Span) -> NotationError:
    """Δt in plain text, where a word is one name if it is of Latin letters."""
    spelled = f"{text[0]} {text[1:]}"
    return NotationError(
        "S309", f"{text} has two readings", span,
        notes=("it may be one name, such as the length of a step",
               f"it may be the product of {text[0]} and {text[1:]}"),
        help=f"write {spelled}, and say that it is a name: % notation: {spelled} = q",
    )  # fmt: skip


def named_brace(brace: str, content: str, span: Span) -> NotationError:
    r"""\underbrace{…}_{m_t}, which may define m_t."""
    said = shortened(" ".join(content.split()))
    return NotationError(
        "S341", f"what {brace} says of an expression has two readings", span,
        notes=(f"{said} may be the name of what the brace spans", f"{said} may be a remark"),
        help=r"give it an equation of its own, or write a remark as \text{…}",
    )  # fmt: skip


def braced_factor(brace: str, span: Span) -> NotationError:
    r"""\underbrace{a + b}_{…} c"""
    return NotationError(
        "S341", f"how far {brace} reaches has two readings", span,
        notes=("what it spans may stand as if in brackets",
               "the brace may say nothing, so that a sign beside it binds tighter"),
        help="put what it spans in brackets, or leave the brace out",
    )  # fmt: skip


def odd_command(text: str, span: Span) -> NotationError:
    r"""The message about a command that the language does not have: `\simga`, `\newcommand`."""
    if text in _CONVOLUTIONS:
        return _convolution(text, span)
    command = text[1:]
    notes: tuple[str, ...] = ()
    if command in _MACROS:
        notes = ("macros are not expanded",)
        help = "write out in the equations what it stands for, and leave its definition out"
    elif command in _OF_DOCUMENTS:
        help = ONLY_EQUATIONS
    elif command in _FILES:
        notes = ("no other file is read",)
        help = "put the equations of that file here"
    elif command in _DERIVATIVES:
        help = _DERIVED
    elif command == "pi":
        notes = ("it is a number without a finite decimal, or a policy or probability",)
        help = r"give the number a name of your own and declare it, as in p \in \mathbb{R}"
    else:
        help = _meant(command)
    return _cannot_stand(text, span, notes, help)


_DERIVED = "write the forward equations only: gradients are derived from them"


def _cannot_stand(text: str, span: Span, notes: tuple[str, ...], help: str) -> NotationError:
    return NotationError(
        "S206", f"{shortened(text)} cannot stand here", span, notes=notes, help=help
    )


def _convolution(text: str, span: Span) -> NotationError:
    return NotationError(
        "S281", "a convolution is not read", span,
        notes=(f"{text} is a circular convolution or correlation to most readers",),
        help=_PRODUCT,
    )  # fmt: skip


def _meant(command: str) -> str:
    """The command that is one slip apart, or the functions that there are."""
    function = function_meant(command)
    if function.startswith("did you mean"):
        return function
    known = _known_commands()
    close = next((name for name in known if len(name) > 2 and is_slip(command, name)), None)
    return rf"did you mean \{close}?" if close else function


def _known_commands() -> list[str]:
    words = [
        *LETTERS, *ACCENTS, *ACCENT_SPELLINGS, *CONSTRUCTIONS, *FONTS, *UPRIGHT, *SIGNS,
        *(command[1:] for record in FUNCTIONS for command in record.commands),
        *(sign[1:] for sign in OPERATORS if sign[1:].isalpha() and sign[0] == "\\"),
        "begin", "end", "left", "right", "top", "nonumber", "label",
    ]  # fmt: skip
    return list(dict.fromkeys(words))


def raised_exponent(content: str, text: str, span: Span) -> NotationError:
    """eᵛ in plain text: in LaTeX e^v is exp(v), and a raised letter is elsewhere a label."""
    return NotationError(
        "S342", f"e{text} has two readings", span,
        notes=(f"it may be exp({content})", f"it may be a name e with the label {content}"),
        help=f"write exp({content}); or give the name another letter",
    )  # fmt: skip
