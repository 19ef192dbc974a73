"""The formats of a derivation."""

from __future__ import annotations

from symlstm.derivation.document import Document
from symlstm.derivation.html import in_html
from symlstm.derivation.latex import in_latex
from symlstm.derivation.markdown import in_markdown
from symlstm.derivation.pdf import in_pdf
from symlstm.files import sealed


def printed(document: Document, form: str) -> str | bytes:
    """The document in a format: `latex`, `html`, `markdown` or `pdf`.

    LaTeX and HTML are sealed, so that `symlstm regenerate` knows them again.

    Raises:
        UsageError: a PDF cannot be made here.
    """
    match form:
        case "latex":
            return sealed(in_latex(document), "%")
        case "html":
            return sealed(in_html(document), "<!--")
        case "markdown":
            return in_markdown(document)
        case _:
            return in_pdf(document)
