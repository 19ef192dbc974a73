"""A report as HTML, for notebooks: it needs nothing but itself, and fits light and dark pages.

Whatever comes from a file, its name and its lines too, is shown as text and never as markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from symlstm.messages import shortened, visible

if TYPE_CHECKING:
    from symlstm.verification.report import Finding, Report

_STYLE = """
.symlstm { max-width: 60em; font: 14px/1.45 system-ui, sans-serif; color: inherit;
  --good: #1f883d; --bad: #dc4046; --open: #ad7600; --shade: rgba(128, 128, 128, 0.14); }
.symlstm-verdict { margin: 0.4em 0; }
.symlstm-verdict, .symlstm section { border-left: 3px solid var(--kind); padding-left: 0.6em; }
.symlstm-verdict b, .symlstm h4 { color: var(--kind); }
.symlstm-proved { --kind: var(--good); }
.symlstm-differs, .symlstm-error { --kind: var(--bad); }
.symlstm-undecided, .symlstm-tested { --kind: var(--open); }
.symlstm section { margin: 0.9em 0; }
.symlstm h4 { margin: 0; font-size: 1em; }
.symlstm p { margin: 0.2em 0; }
.symlstm pre { margin: 0.3em 0; padding: 0.5em 0.7em; background: var(--shade); color: inherit;
  border-radius: 4px; white-space: pre-wrap; font: 13px/1.45 ui-monospace, monospace; }
.symlstm mark { background: none; color: var(--kind); font-weight: bold;
  text-decoration: underline; text-underline-offset: 3px; }
.symlstm-where, .symlstm-basis { opacity: 0.75; }
.symlstm-basis { font-size: 0.92em; padding-left: 1.2em; margin: 0.4em 0; }
"""
"""The colours of the text and the page are the notebook's own, whatever its theme is: a media query
would ask the system, which may be light where the notebook is dark."""


def report_to_html(report: Report) -> str:
    """The whole report: the verdict, what differs and where, and what the verdict rests on."""
    sections = [_section(finding) for finding in report.findings]
    basis = "".join(f"<li>{_text(line)}</li>" for line in report.basis())
    return (
        f'<div class="symlstm"><style>{_STYLE}</style>'
        f'<p class="symlstm-verdict symlstm-{report.verdict}">'
        f"<b>{_text(report.verdict)}</b> {_text(report.summary())}</p>"
        f'{"".join(sections)}<ul class="symlstm-basis">{basis}</ul></div>'
    )


def _section(finding: Finding) -> str:
    title = f"{_text(finding.code)}: {_text(finding.message)}"
    help = f"<p><b>help</b>: {_text(finding.help)}</p>" if finding.help else ""
    kind = "undecided" if finding.is_remark else finding.verdict
    return (
        f'<section class="symlstm-{kind}"><h4>{title}</h4>'
        f"{_where(finding)}{_notes(finding.notes)}{help}</section>"
    )


def _where(finding: Finding) -> str:
    """The file and the line, and the line itself with the stretch that is meant."""
    message = finding.to_message()
    if not message.spans:
        return ""
    span = message.spans[0]
    place = span.file + (f", line {span.line}" if span.line else "")
    shown = f'<p class="symlstm-where">{_text(place)}</p>'
    if not span.text.strip():
        return shown
    if not span.column:
        return f"{shown}<pre>{_text(shortened(span.text.strip()))}</pre>"
    before, marked, after = span.without_indentation().parts()
    return f"{shown}<pre>{escape(before)}<mark>{escape(marked)}</mark>{escape(after)}</pre>"


def _notes(notes: Iterable[str]) -> str:
    lines = "\n".join(_text(note) for note in notes)
    return f"<pre>{lines}</pre>" if lines else ""


def _text(text: str) -> str:
    return escape(visible(text))
