"""Letters, accents and raised or lowered characters: LaTeX ⇄ Unicode ⇄ ASCII.

A letter has one ASCII word (`alpha`, `W`), one LaTeX spelling and one Unicode spelling, whichever
of the two it was typed in, so that a formula and its plain text define the same names.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_GREEK = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    "Gamma", "Delta", "Theta", "Lambda", "Xi", "Upsilon", "Phi", "Psi", "Omega",
]  # fmt: skip


def _character(word: str) -> str:
    case = "CAPITAL" if word[0].isupper() else "SMALL"
    spelled = {"lambda": "lamda"}.get(word.lower(), word)
    return unicodedata.lookup(f"GREEK {case} LETTER {spelled.upper()}")


# ε and φ are \epsilon and \phi, whatever the font draws; the variants get the other characters.
LETTERS = {word: _character(word) for word in _GREEK} | {
    "varepsilon": "ϵ",
    "vartheta": "ϑ",
    "varphi": "ϕ",
    "varrho": "ϱ",
    "ell": "ℓ",
}
"""LaTeX command, without its backslash → Unicode letter. π is a number to most readers, no name."""

_COMMANDS = {character: word for word, character in LETTERS.items()}

ACCENTS = {
    "tilde": "\u0303",
    "hat": "\u0302",
    "bar": "\u0304",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "overrightarrow": "\u20d7",
    "overleftarrow": "\u20d6",
}
"""Accent command → combining character; the command is also the word in the ASCII name."""

ADJOINT, GIVEN = "adjoint", "given"
PRIVATE_ACCENTS = {ADJOINT: "\u20dd", GIVEN: "\u20de"}
"""What marks an adjoint, and what the loss itself gives to one, whatever the text writes for it."""

ACCENT_SPELLINGS = {"widetilde": "tilde", "widehat": "hat", "overline": "bar", "widecheck": "check"}
_MARKS = {mark: word for word, mark in ACCENTS.items()} | {"\u0305": "bar"}

RAISED = dict(
    zip(
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
        "0123456789+-()ABDEGHIJKLMNOPRTUVWabcdefghijklmnoprstuvwxyz",
        strict=True,
    )
)
LOWERED = dict(
    zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-()aehijklmnoprstuvx", strict=True)
)
"""Characters that are scripts by themselves → what they say."""

LETTER_PATTERN = (
    "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u1e00-\u1eff\u2113"
    "\U0001d400-\U0001d7ff]"
)
MARK_PATTERN = "[\u0300-\u036f\u20d6\u20d7]"
"""One letter, and one combining mark, as parts of regular expressions."""

MAXIMUM_LETTERS = 50
"""Characters of one word, accents included."""


@dataclass(frozen=True)
class Letter:
    """A head or label: its ASCII word, its LaTeX and its Unicode spelling."""

    ascii: str
    latex: str
    unicode: str

    def accented(self, accent: str) -> Letter:
        """This letter under an accent.

        >>> Letter("c", "c", "c").accented("tilde")
        Letter(ascii='c_tilde', latex='\\\\tilde{c}', unicode='c̃')
        """
        mark = (ACCENTS | PRIVATE_ACCENTS)[accent]
        unicode = unicodedata.normalize("NFC", self.unicode + mark)
        return Letter(f"{self.ascii}_{accent}", rf"\{accent}{{{self.latex}}}", unicode)

    def styled(self, font: str) -> Letter:
        """This letter in another font, which is no part of its ASCII name."""
        return Letter(self.ascii, rf"\{font}{{{self.latex}}}", self.unicode)

    def primed(self) -> Letter:
        return Letter(self.ascii + "_prime", self.latex + "'", self.unicode + "′")


def letter_of(text: str) -> Letter | None:
    r"""The letter or word that a text spells, accents included; None: it spells none.

    >>> letter_of("ĥ").ascii, letter_of(r"\alpha").unicode, letter_of("net").latex
    ('h_hat', 'α', '\\mathrm{net}')
    """
    if text.startswith("\\"):
        character = LETTERS.get(text[1:])
        return Letter(text[1:], text, character) if character else None
    plain = unicodedata.normalize("NFD", text)
    if len(plain) > MAXIMUM_LETTERS:
        return None
    base = plain.rstrip("".join(_MARKS))
    letter = _unaccented(base)
    for mark in plain[len(base) :]:
        letter = letter and letter.accented(_MARKS[mark])
    return letter


def _unaccented(base: str) -> Letter | None:
    if base in _COMMANDS:
        return Letter(_COMMANDS[base], "\\" + _COMMANDS[base], base)
    if all("\U0001d400" <= c <= "\U0001d7ff" for c in base):  # mathematical bold, italic, …
        return _unaccented(unicodedata.normalize("NFKC", base)) if base else None
    if not (base.isascii() and base.isalpha()):
        return None
    return Letter(base, base if len(base) == 1 else rf"\mathrm{{{base}}}", base)
