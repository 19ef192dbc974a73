r"""Tables of the lexer: which command, word or character is which token.

Names of commands stand without their backslash. What a file may declare otherwise (`*`, `\\oplus`)
and what names a function stands in `vocabulary`; letters and accents in `alphabet`.
"""

from __future__ import annotations

DISPLAYS = {
    "align", "aligned", "alignat", "alignedat", "gather", "gathered", "equation", "split",
    "eqnarray", "multline", "multlined", "subequations", "flalign", "displaymath", "math",
}  # fmt: skip
MATRICES = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix"}
CASES = {"cases", "dcases", "rcases"}

FONTS = {
    "mathbf": "mathbf", "mathrm": "mathrm", "boldsymbol": "boldsymbol", "bm": "bm",
    "mathcal": "mathcal", "mathsf": "mathsf", "mathit": "mathit", "mathscr": "mathscr",
    "mathfrak": "mathfrak", "pmb": "pmb", "vec": "vec", "mathtt": "mathtt", "textbf": "mathbf",
    "textit": "mathit",
    "symbf": "symbf", "underline": "underline", "text": "mathrm", "textrm": "mathrm",
    "mathbb": "mathbb",
}  # fmt: skip
SWITCHES = {"bf": "mathbf", "rm": "mathrm", "it": "mathit", "cal": "mathcal", "sf": "mathsf"}
UPRIGHT = {
    "operatorname", "mathrm", "text", "textrm", "textnormal", "mathsf", "mathit", "mbox", "hbox",
    "textit", "textsf", "mathop", "textbf", "texttt", "mathtt", "mathbf", "textup", "intertext",
    "textsc", "textsl", "emph",
}  # fmt: skip
PROSE = {"text", "textrm", "textnormal", "textit", "textsf", "textbf", "texttt", "textup", "textsc",
         "textsl", "emph", "mbox", "hbox", "intertext"}  # fmt: skip
"""Commands whose argument may be a remark in words."""
SKIPPED = {
    "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr",
    "biggl", "biggr", "Biggl", "Biggr", "bigm", "Bigm", "nonumber", "notag", "limits", "nolimits",
    "displaystyle", "textstyle", "scriptstyle", "allowbreak", "hfill", "noindent", "centering",
    "thinspace", "medspace", "thickspace", "enspace", "space", "null", "par", "strut",
}  # fmt: skip
BRACES = {"underbrace", "overbrace", "underbracket", "overbracket"}
"""Commands that draw a brace below or above what they span."""
MARKED = {"overset", "underset", "stackrel"}
"""Commands that put their first argument above or below a sign."""
SKIPPED_WITH_ARGUMENT = {"label", "tag", "textcolor", "hspace", "vspace", "color", "phantom",
                          "hphantom", "vphantom", "eqref", "ref", "cite", "citep",
                          "citet"}  # fmt: skip
SIGNS = {
    "coloneqq": "DEFINE", "coloneq": "DEFINE", "triangleq": "DEFINE", "leftarrow": "DEFINE",
    "gets": "DEFINE", "equiv": "DEFINE", "doteq": "DEFINE", "in": "IN", "sum": "SUM",
    "forall": "FORALL",
    "dots": "DOTS", "ldots": "DOTS", "cdots": "DOTS", "dotsc": "DOTS",
    "frac": "FRACTION", "tfrac": "FRACTION", "dfrac": "FRACTION", "cfrac": "FRACTION",
    "lvert": "LBAR", "rvert": "RBAR", "lVert": "LNORM", "rVert": "RNORM", "vert": "BAR",
    "lbrace": "LSET", "rbrace": "RSET", "lbrack": "LBRACK", "rbrack": "RBRACK",
    "lparen": "LPAR", "rparen": "RPAR",
    "quad": "QUAD", "qquad": "QUAD", "newline": "ROW", "cr": "ROW",
    "le": "RELATION", "leq": "RELATION", "leqslant": "RELATION", "lt": "RELATION",
    "ge": "RELATION", "geq": "RELATION", "geqslant": "RELATION", "gt": "RELATION",
}  # fmt: skip
CHARACTERS = {
    "(": "LPAR", ")": "RPAR", "[": "LBRACK", "]": "RBRACK", "{": "LBRACE", "}": "RBRACE",
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "/": "SLASH", "∕": "SLASH", ",": "COMMA",
    ".": "PERIOD", "&": "AMP", "=": "DEFINE", ":=": "DEFINE", "≔": "DEFINE", "←": "DEFINE",
    "≜": "DEFINE", "∈": "IN", "|": "BAR", "<": "RELATION", ">": "RELATION", "≤": "RELATION",
    "≥": "RELATION", "'": "PRIME", "′": "PRIME", "’": "PRIME", "∑": "SUM", "…": "DOTS",
    "$": "SEPARATOR", "$$": "SEPARATOR",
}  # fmt: skip
RELATIONS = {"le": "≤", "leq": "≤", "leqslant": "≤", "lt": "<",
              "ge": "≥", "geq": "≥", "geqslant": "≥", "gt": ">"}  # fmt: skip
JOINING_WORDS = {"where", "with", "and", "for", "let", "here", "then", "in which", "such that",
                  "so that", "s.t.", "while", "also"}  # fmt: skip
CONDITION_WORDS = {"if": "IF", "when": "IF", "for": "IF", "where": "IF", "otherwise": "OTHERWISE",
                    "else": "OTHERWISE"}  # fmt: skip
