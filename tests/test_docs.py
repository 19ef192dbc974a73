"""The pages of docs/: every command, every Python line and every file in them is run.

A page holds, in fenced blocks: files (` ```latex my_cell.tex `), commands with what they print
(` ```console `, `$ symlstm …`; a line `...` stands for any lines), and Python with what it prints
(` ```python `, `>>>`). A command ends with the status 0, unless ` # exits with 1` stands behind it.
Of ` ```sh ` blocks the lines with `symlstm` are run, and what they print is not looked at.
"""

import doctest
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import ROOT, run

from symlstm import Cell, cells

PAGES = sorted((ROOT / "docs").glob("*.md"))
_FENCE = re.compile(r"^```(\w+)(?:[ \t]+(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    file: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    return [
        Block(m[1], m[2] or "", m[3], page.count("\n", 0, m.start()) + 1)
        for m in _FENCE.finditer(page)
    ]


@dataclass(frozen=True)
class Command:
    """A command, what it should print (None: anything), and its exit status."""

    words: list[str]
    shown: str | None
    status: int = 0


def commands(block: Block) -> list[Command]:
    """The commands of a console or sh block."""
    if block.language == "sh":
        lines = [line for line in block.text.splitlines() if line.startswith("symlstm ")]
        return [command(line, None) for line in lines]
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    return [command(line, shown) for line, _, shown in (part.partition("\n") for part in parts)]


def command(line: str, shown: str | None) -> Command:
    status = re.search(r"# exits with (\d+)$", line)
    return Command(shlex.split(line, comments=True), shown, int(status[1]) if status else 0)


def matches(shown: str, printed: str) -> bool:
    """Whether what a page shows is what was printed; `...` alone on a line is anything."""
    lines = [line.rstrip() for line in shown.rstrip("\n").split("\n")]
    pattern = "\n".join("(?s:.*)" if line == "..." else re.escape(line) for line in lines)
    text = "\n".join(line.rstrip() for line in printed.rstrip("\n").split("\n"))
    return re.fullmatch(pattern, text) is not None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which a page's Python can import the files that the page writes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_what_a_page_shows_is_what_happens(page: Path):
    found = blocks(page.read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    for block in found:
        where = f"{page.name}:{block.line}"
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language in ("console", "sh"):
            assert commands(block) or block.language == "sh", f"{where}: no command"
            for each in commands(block):
                check_command(each, where)
        elif block.language == "python":
            check_python(block, names, where)
    assert any(b.language == "python" or commands(b) for b in found if not b.file), "no example"


def check_command(known: Command, where: str) -> None:
    assert known.words[0] == "symlstm", f"{where}: {known.words[0]} is not run"
    ending = run(*known.words[1:])
    printed = ending.out + ending.err
    said = f"{where}: $ {shlex.join(known.words)} printed\n{printed}"
    assert known.shown is None or matches(known.shown, printed), said
    assert ending.status == known.status, f"{said}\nand ended with {ending.status}"


def check_python(block: Block, names: dict[str, object], where: str) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, names, where, where, block.line)
    assert test.examples, f"{where}: no example; a file needs a name"
    output: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=output.append, clear_globs=False)
    names.update(test.globs)
    assert not runner.failures, "".join(output)


def test_the_readme_shows_the_demonstration_first():
    first = next(b for b in blocks((ROOT / "README.md").read_text(encoding="utf-8")))
    (shown,) = commands(first)
    assert (first.language, shown.words) == ("console", ["symlstm", "demo"])
    assert "error[S103]" in (shown.shown or "") and "..." not in (shown.shown or "").splitlines()
    check_command(shown, f"README.md:{first.line}")


# The check itself.


def test_what_is_not_printed_is_noticed():
    assert matches("a\n...\nd\n", "a\nb\nc\nd\n")
    assert matches("a (b)\n", "a (b)")
    assert not matches("a\nd\n", "a\nb\nd\n")
    assert not matches("", "something")


def test_files_commands_and_python_are_told_apart():
    page = "```latex a.tex\nx\n```\ntext\n```console\n$ symlstm list  # all\nlstm\n```\n"
    assert [(b.language, b.file) for b in blocks(page)] == [("latex", "a.tex"), ("console", "")]
    assert commands(blocks(page)[1]) == [Command(["symlstm", "list"], "lstm\n")]


def test_the_status_of_a_command_is_read():
    block = Block("console", "", "$ symlstm show a.tex  # exits with 2\nerror\n", 1)
    assert commands(block) == [Command(["symlstm", "show", "a.tex"], "error\n", 2)]
    sh = Block("sh", "", "pip install .\nsymlstm show 'a b'\n", 1)
    assert commands(sh) == [Command(["symlstm", "show", "a b"], None)]


def test_a_wrong_status_or_output_fails():
    with pytest.raises(AssertionError, match="and ended with 2"):
        check_command(Command(["symlstm", "show", "nothing"], None), "page")
    with pytest.raises(AssertionError, match="there is no cell"):
        check_command(Command(["symlstm", "show", "nothing"], "something\n", 2), "page")


def test_a_wrong_line_of_python_fails(tmp_path):
    block = Block("python", "", ">>> 1 + 1\n3\n", 1)
    with pytest.raises(AssertionError, match="Expected"):
        check_python(block, {}, "page")


# What pages say of what there is.


def test_the_index_links_every_page():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\((\w[\w-]*\.md)\)", index))
    assert linked == {page.name for page in PAGES} - {"index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_lead_somewhere(page: Path):
    assert not dead_links(page)


def test_a_dead_link_is_noticed(tmp_path: Path):
    page = tmp_path / "a.md"
    page.write_text("# One two\n[a](#one-two) [b](b.md) [c](a.md#three) `[d](d.md)`\n")
    assert dead_links(page) == ["b.md", "a.md#three"]


def dead_links(page: Path) -> list[str]:
    dead: list[str] = []
    for link in re.findall(r"\]\((?!https?:)([^)]*)\)", prose(page)):
        target, _, anchor = link.partition("#")
        other = page.parent / target if target else page
        if not other.is_file() or (anchor and anchor not in anchors(other)):
            dead.append(link)
    return dead


def prose(page: Path) -> str:
    """A page without its fenced blocks and its code."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_library_page_lists_the_cells():
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    table = [line for line in page.splitlines() if line.startswith("| `")]
    expected = [library_row(cells[name]) for name in cells]
    assert "\n".join(table) == "\n".join(expected)


def library_row(cell: Cell) -> str:
    return f"| `{cell.name}` | {cell.title} | {short_source(cell.source)} |"


@pytest.mark.parametrize("name", list(cells))
def test_the_source_of_a_cell_says_where_in_the_paper(name):
    """Equation numbers, the section where there are none, or that nobody has checked them."""
    assert re.search(r"\b(equations? |section |figure )", cells[name].source)


def short_source(source: str) -> str:
    """The authors, of more than two the first, and the year."""
    known = re.match(r"(.+?) \((\d{4})\)", source)
    assert known is not None, f"no author and year in {source!r}"
    first, *others = re.split(r", | and ", known[1])
    if len(others) == 1:
        first = f"{first} and {others[0]}"
    elif others:
        first += " et al."
    return f"{first} ({known[2]})"


def test_a_source_is_shortened():
    assert short_source("Elman (1990), Finding structure") == "Elman (1990)"
    assert short_source("A and B (2000), C; D (2001)") == "A and B (2000)"
    assert short_source("De, Smith, Botev et al. (2024), Griffin") == "De et al. (2024)"
