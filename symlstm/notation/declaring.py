r"""What the comments of a file say about its names: `% notation: z = z_t`.

A name may be called something else, and be given a time (`z = z_t`, `c' = c_t`); several signs may
be one name (`\Delta t = \tau`); a name may be a function (`\mathrm{Linear} = affine`). The comments
are read by the grammar of equations; the tokens of the file are changed before it is.
"""

from __future__ import annotations

from symlstm.messages import NotationError
from symlstm.notation import raw
from symlstm.notation.growing import statements_of
from symlstm.notation.layout import arrange
from symlstm.notation.lexing import lex
from symlstm.notation.naming import Namer, Written
from symlstm.notation.source import Source
from symlstm.notation.tokens import Lexeme
from symlstm.notation.vocabulary import Notation, Renaming, Sign

_OF_NAMES = {"LETTER", "FONT", "ACCENT", "PRIME", "LBRACE", "RBRACE", "SUBSCRIPT", "SUPERSCRIPT"}
MAXIMUM_PHRASE = 20
"""Signs that are one name together."""


def read_renamings(notation: Notation, is_latex: bool) -> None:
    """Read the declarations about names.

    Raises:
        NotationError: a side of one is no name (S240).
    """
    for renaming in notation.renamings:
        try:
            _read(renaming, notation, is_latex)
        except NotationError:
            raise renaming.problem from None


def _read(renaming: Renaming, notation: Notation, is_latex: bool) -> None:
    left = _name(renaming.left, notation, is_latex)
    if renaming.function is not None:
        if left is None or left.shift is not None:
            raise renaming.problem
        notation.functions[left.key] = renaming.function
        return
    right = _name(renaming.right, notation, is_latex)
    if right is None:
        raise renaming.problem
    if left is None or _is_letter_in_font(left, right, renaming, notation, is_latex):
        notation.phrases[_phrase(renaming, notation, is_latex)] = tuple(
            (sign.kind, sign.value) for sign in _signs(renaming.right, notation, is_latex)
        )
    elif left.shift is not None and right.shift is None:
        raise renaming.problem
    else:
        notation.names[left.ascii, left.shift] = right


def _is_letter_in_font(
    left: Written, right: Written, renaming: Renaming, notation: Notation, is_latex: bool
) -> bool:
    r"""\mathcal{W} = V: fonts are no part of names, so that it is the signs that are replaced."""
    kinds = [sign.kind for sign in _signs(renaming.left, notation, is_latex)]
    is_letter = kinds in (["FONT", "LBRACE", "LETTER", "RBRACE"], ["FONT", "LETTER"])
    return is_letter and right.shift is None and right.ascii != left.ascii


def _signs(text: str, notation: Notation, is_latex: bool) -> list[Lexeme]:
    return lex(Source(text, ""), notation, is_latex)


def _name(text: str, notation: Notation, is_latex: bool) -> Written | None:
    """The name that a text spells; None: several signs that the grammar takes for no name."""
    source = Source(f"{text} = 1", "")
    lexemes = arrange(lex(source, notation, is_latex), notation.time)
    try:
        statements = statements_of(source, lexemes)
    except NotationError:
        return None
    match statements:
        case (raw.Definition(left),):
            written = Namer(notation.time).written(left)
        case _:
            return None
    return written if written and not written.is_transposed and not written.raised else None


def _phrase(renaming: Renaming, notation: Notation, is_latex: bool) -> tuple[Sign, ...]:
    signs = _signs(renaming.left, notation, is_latex)
    kinds = [sign.kind for sign in signs]
    is_balanced = kinds.count("LBRACE") == kinds.count("RBRACE")
    if not set(kinds) <= _OF_NAMES or not is_balanced or len(kinds) > MAXIMUM_PHRASE:
        raise renaming.problem
    return tuple((sign.kind, sign.value) for sign in signs)


def renamed(lexemes: list[Lexeme], notation: Notation) -> list[Lexeme]:
    """The tokens with each phrase that is a name replaced by it; of two phrases, the longer."""
    lengths = sorted({len(phrase) for phrase in notation.phrases}, reverse=True)
    signs = [(lexeme.kind, lexeme.value) for lexeme in lexemes]
    changed: list[Lexeme] = []
    position = 0
    while position < len(lexemes):
        stretches = (tuple(signs[position : position + length]) for length in lengths)
        found = next((stretch for stretch in stretches if stretch in notation.phrases), None)
        if found is None:
            changed.append(lexemes[position])
            position += 1
            continue
        end = position + len(found)
        start, stop = lexemes[position].start, lexemes[end - 1].end
        changed += [Lexeme(kind, value, start, stop) for kind, value in notation.phrases[found]]
        position = end
    return changed
