"""What each message means: one Markdown file a code, in `symlstm/explanations/`.

The first line of a file is the title, `# a term is missing`; then what it means, and two sections,
`## Example` and `## Remedy`. In both, a fenced block with a name is a file (` ```latex cell.tex `),
and the lines of ` ```console ` that begin with `$ ` are commands, `symlstm …` or `python FILE`.
Without commands an equations file is shown: `symlstm show cell.tex`. The remedy has the files and
the commands of the example, but for those that it gives again. A ` ```text ` block is only looked
at: it stands for what cannot be run.

What a message says is in no file: `symlstm.examples` runs the example, and so do the tests, which
therefore hold every example to its code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath

from symlstm.messages import UsageError

GROUPS: Mapping[str, str] = {
    "S0": "usage",
    "S1": "differences between code and equations, or between two cells",
    "S2": "equations files",
    "S3": "binding an implementation to a cell, and equations files again",
    "S4": "what has no law, or could not be decided",
    "S5": "runs of foreign code",
    "S6": "floating point",
    "S7": "diagrams",
}
_NEAREST = 3
"""So many codes are told for one that does not exist."""
_FENCE = re.compile(r"^```(\w+)(?:[ \t]+(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """Files, and the commands that are given beside them.

    Args:
        text: what is said of it, Markdown without the blocks.
        given: the files that the section gives, with their names.
        inherited: those of the section before, which stand beside them.
        commands: the command lines, in their order.
        shown: what is only looked at.
    """

    text: str = ""
    given: tuple[tuple[str, str], ...] = ()
    inherited: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    shown: str = ""

    @property
    def files(self) -> dict[str, str]:
        """All files by name."""
        return dict((*self.inherited, *self.given))


@dataclass(frozen=True)
class Play:
    """A command of an example, all that it printed, and its exit status."""

    command: str
    printed: str
    status: int


@dataclass(frozen=True)
class Explanation:
    """What a code means, an example that produces it, and the same example mended."""

    code: str
    title: str
    text: str
    example: Example
    remedy: Example


@cache
def codes() -> tuple[str, ...]:
    """The codes that are explained, in their order."""
    folder = files("symlstm") / "explanations"
    return tuple(sorted(f.name[:-3] for f in folder.iterdir() if f.name.endswith(".md")))


def explanation(code: str) -> Explanation:
    """The explanation of one of `codes`."""
    path = files("symlstm") / "explanations" / f"{code}.md"
    return parse(code, path.read_text(encoding="utf-8"))


def parse(code: str, page: str) -> Explanation:
    """An explanation from its file.

    Raises:
        ValueError: a part is missing.
    """
    parts = re.fullmatch(r"# (.+)\n\n(.+)\n\n## Example\n(.+)\n## Remedy\n(.+)", page, re.DOTALL)
    if parts is None or "\n" in parts[1]:
        raise ValueError(f"{code}: a file is a title, a meaning, an Example and a Remedy")
    example = _example(parts[3], Example())
    return Explanation(code, parts[1], parts[2], example, _example(parts[4], example))


def _example(section: str, before: Example) -> Example:
    """A section; what it does not give again is as in the one before."""
    blocks = [(m[1], m[2], m[3]) for m in _FENCE.finditer(section)]
    given = tuple((name, text) for _, name, text in blocks if name)
    console = "".join(text for language, _, text in blocks if language == "console")
    commands = tuple(line[2:] for line in console.splitlines() if line.startswith("$ "))
    if not commands and not before.commands:
        commands = tuple(f"symlstm show {name}" for name, _ in given if name.endswith(".tex"))
    return Example(
        text=re.sub(r"\n{3,}", "\n\n", _FENCE.sub("", section)).strip(),
        given=given,
        inherited=tuple(before.files.items()),
        commands=commands or before.commands,
        shown="".join(text for language, _, text in blocks if language == "text"),
    )


def code_in(text: str) -> str:
    """The code that is asked for: `S104`, `s104`, or the beginning of a message, `error[S104]`.

    Raises:
        UsageError: there is no such code.
    """
    found = re.search(r"(?<![0-9A-Za-z])[sS](\d{3})(?![0-9A-Za-z])", text, re.ASCII)
    if found is None:
        raise UsageError(
            "S021", f"{text!r} is no code of a message", notes=_groups(),
            help="give it as a message shows it, such as S104; symlstm explain lists all",
        )  # fmt: skip
    code = "S" + found[1]
    if code not in codes():
        near = sorted(codes(), key=lambda known: abs(int(known[1:]) - int(found[1])))[:_NEAREST]
        raise UsageError(
            "S021", f"there is no message {code}", notes=_groups(),
            help=f"the nearest are {', '.join(sorted(near))}; symlstm explain lists all",
        )  # fmt: skip
    return code


def _groups() -> tuple[str, ...]:
    """What the hundreds are about, as far as there are messages."""
    return tuple(
        f"{known[0]} to {known[-1]}: {what}"
        for group, what in GROUPS.items()
        if (known := [code for code in codes() if code.startswith(group)])
    )


def listing() -> str:
    """All codes with their titles, in groups."""
    lines: list[str] = []
    for group, what in GROUPS.items():
        known = [code for code in codes() if code.startswith(group)]
        lines += ["", f"{group}xx: {what}"] if known else []
        lines += [f"  {code}  {explanation(code).title}" for code in known]
    return "\n".join(lines[1:])


def to_markdown(known: Explanation, plays: Sequence[Play]) -> str:
    """The page of a code.

    Args:
        known: the explanation.
        plays: its example, as it was run.
    """
    said = "".join(f"$ {each.command}\n{each.printed}" for each in plays).rstrip()
    return "\n\n".join(
        [
            f"# {known.code}: {known.title}",
            known.text,
            "## Example",
            *_shown(known.example, said),
            "## Remedy",
            *_shown(known.remedy, _commands(known)),
        ]
    )


def _commands(known: Explanation) -> str:
    """The commands of the remedy, where they are not those of the example."""
    if known.remedy.commands == known.example.commands:
        return ""
    return "\n".join(f"$ {command}" for command in known.remedy.commands)


def _shown(example: Example, console: str) -> list[str]:
    """The text of a section, and its blocks."""
    blocks = [f"`{name}`:\n\n{_fenced(_language(name), text)}" for name, text in example.given]
    blocks += [_fenced("text", example.shown)] if example.shown else []
    blocks += [_fenced("console", console)] if console else []
    return [part for part in (example.text, *blocks) if part]


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def _language(name: str) -> str:
    return {".tex": "latex", ".py": "python"}.get(PurePath(name).suffix, "text")


def to_json(known: Explanation, plays: Sequence[Play]) -> dict[str, object]:
    """An explanation as one JSON value."""
    example, remedy = known.example, known.remedy
    return {
        "code": known.code,
        "title": known.title,
        "text": known.text,
        "example": {
            "text": example.text,
            "files": dict(example.files),
            "commands": list(example.commands),
            "prints": "".join(each.printed for each in plays) or example.shown,
        },
        "remedy": {
            "text": remedy.text,
            "files": dict(remedy.files),
            "commands": list(remedy.commands),
        },
    }
