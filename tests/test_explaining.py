"""Each message that can be printed is explained, and each explanation is true.

The codes are those in the source, both ways. Every example is run and yields its code and no other;
its mended version is run and yields nothing.
"""

import ast
import json
import re
from functools import cache

import pytest
from command_line import ROOT, assert_one_message, run

from symlstm import explaining
from symlstm.cli import main
from symlstm.examples import play
from symlstm.explaining import Example, Explanation, Play, codes, explanation
from symlstm.messages import UsageError

NOT_RUN = {
    "S012": "no input is known that gets so far: the reader's limits are reached before",
    "S015": "a fault of symlstm itself is mended where it is known",
    "S421": "the search that is stopped takes 15 seconds",
    "S610": "whether there is a TeX program is the machine's",
    "S611": "it takes a TeX program that fails",
    "S612": "it takes a terminal",
    "S504": "it takes a file that attacks the process that runs it",
}
"""The codes whose examples are only looked at, and why."""


def codes_in(source: str) -> set[str]:
    """The codes in the strings of a source text; in docstrings they are only talked about."""
    tree = ast.parse(source)
    talk = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return {
        code
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in talk
        for code in re.findall(r"(?<!\w)S\d{3}(?!\w)", node.value)
    }


@cache
def raised() -> frozenset[str]:
    """The codes in the source of symlstm."""
    files = (ROOT / "symlstm").rglob("*.py")
    return frozenset().union(*(codes_in(file.read_text(encoding="utf-8")) for file in files))


def said(plays: list[Play]) -> set[str]:
    """The codes of the messages that were printed, as text or as JSON."""
    printed = "".join(each.printed for each in plays)
    found = re.findall(r'\[(S\d{3})\]|"code": "(S\d{3})"', printed)
    return {text or value for text, value in found}


@cache
def played(files: tuple[tuple[str, str], ...], commands: tuple[str, ...]) -> list[Play]:
    """Implementations are mended to the same one again and again: it is run once."""
    return play(Example(given=files, commands=commands), main)


def outcome(example: Example) -> list[Play]:
    return played(tuple(example.files.items()), example.commands)


def test_every_code_in_the_source_is_explained():
    assert raised() - set(codes()) == set()


def test_every_code_that_is_explained_is_in_the_source():
    assert set(codes()) - raised() == set()


@pytest.mark.parametrize("code", [code for code in codes() if code not in NOT_RUN])
def test_the_example_yields_the_code_and_the_remedy_nothing(code: str):
    known = explanation(code)
    example, remedy = outcome(known.example), outcome(known.remedy)
    assert said(example) == {code}, "".join(each.printed for each in example)
    printed = "".join(each.printed for each in remedy)
    assert not said(remedy), printed
    assert [each.status for each in remedy] == [0] * len(remedy) != [], printed


@pytest.mark.parametrize("code", codes())
def test_a_page_is_complete(code: str):
    known = explanation(code)
    assert re.fullmatch(r"\S.{5,79}", known.title) and not known.title.endswith(".")
    assert known.text.endswith(".") and known.remedy.text.endswith(".")
    assert bool(known.example.shown) == (code in NOT_RUN) == (not known.example.commands)
    assert known.remedy.given or known.remedy.commands != known.example.commands or code in NOT_RUN


def test_what_is_not_run_exists():
    assert set(NOT_RUN) <= set(codes())


def test_titles_tell_the_codes_apart():
    titles = [explanation(code).title for code in codes()]
    assert len(set(titles)) == len(titles)


def test_every_code_is_in_a_group():
    assert {code[:2] for code in codes()} == set(explaining.GROUPS)


# The checks themselves.


def test_a_code_in_a_docstring_is_not_raised():
    assert codes_in('"""S999"""\ndef f():\n    "S998"\n    g("S997", f"error[S996]: {x}")') == {
        "S997",
        "S996",
    }


def test_an_example_that_yields_nothing_is_noticed():
    example = Example(given=(("a.tex", "h_t = x_t + h_{t-1}"),), commands=("symlstm show a.tex",))
    assert said(outcome(example)) == set()
    wrong = Example(given=(("a.tex", "h_t = x_t + h_t"),), commands=("symlstm show a.tex",))
    (done,) = outcome(wrong)
    assert (said([done]), done.status) == ({"S221"}, 2)
    assert "--> a.tex:1:13" in done.printed


def test_a_command_of_another_program_is_not_run():
    with pytest.raises(ValueError, match="commands of symlstm and python, not rm a"):
        play(Example(commands=("rm a",)), main)


PAGE = """# a title

What it means.

## Example

Two files.

```latex a.tex
A
```

```python b.py
B
```

```console
$ symlstm one
```

## Remedy

Mend it.

```python b.py
C
```
"""


def test_a_page_is_read():
    example = Example("Two files.", (("a.tex", "A\n"), ("b.py", "B\n")), (), ("symlstm one",))
    mended = Example("Mend it.", (("b.py", "C\n"),), example.given, ("symlstm one",))
    assert explaining.parse("S000", PAGE) == Explanation(
        "S000", "a title", "What it means.", example, mended
    )
    assert mended.files == {"a.tex": "A\n", "b.py": "C\n"}


def test_an_equations_file_without_a_command_is_shown():
    page = re.sub(r"```(python|console)[^`]*```", "", PAGE)
    assert explaining.parse("S000", page).example.commands == ("symlstm show a.tex",)


@pytest.mark.parametrize("lacking", ["# a title\n", "## Example\n", "## Remedy\n"])
def test_a_page_that_lacks_a_part_is_refused(lacking: str):
    with pytest.raises(ValueError, match="S000: a file is a title"):
        explaining.parse("S000", PAGE.replace(lacking, ""))


# The command.


@pytest.mark.parametrize("asked", ["S221", "s221", "error[S221]", "error[S221]: h_t is defined …"])
def test_a_code_is_explained(asked: str):
    ending = run("explain", asked)
    assert (ending.status, ending.err) == (0, "")
    assert ending.out.startswith("# S221: quantities need each other at the same time\n")
    assert "$ symlstm show cell.tex\nerror[S221]: at time t each of" in ending.out
    assert "\n## Remedy\n" in ending.out


def test_an_explanation_as_json():
    value = run("explain", "S221", "--json").value
    assert list(value) == ["code", "title", "text", "example", "remedy"]
    assert value["example"]["prints"].startswith("error[S221]")
    assert value["remedy"]["commands"] == ["symlstm show cell.tex"]
    assert list(value["remedy"]["files"]) == ["cell.tex"]


def test_all_codes_are_listed():
    listed = run("explain").out
    assert re.findall(r"^  (S\d{3})  \S", listed, re.MULTILINE) == list(codes())
    value = run("explain", "--json").value
    assert [each["code"] for each in value] == list(codes())


def test_an_unknown_code_names_the_nearest():
    ending = run("explain", "S109")
    assert_one_message(ending, 2, "error[S021]: there is no message S109", "the nearest are S1")
    assert "S100 to S121: differences" in ending.err


@pytest.mark.parametrize("asked", ["", "tanh", "S1", "S1040", "XS104", "104"])
def test_what_is_no_code_is_an_error(asked: str):
    with pytest.raises(UsageError, match=r"S021.*is no code of a message"):
        explaining.code_in(asked)


def test_an_unknown_code_is_an_error_in_json():
    value = json.loads(run("explain", "S999", "--json").out)
    assert "S021" in json.dumps(value)


def test_on_a_terminal_the_page_is_set(monkeypatch: pytest.MonkeyPatch, capsys):
    from symlstm import terminal

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    terminal.echo_markdown("# One\n\n`two`\n\n```latex\nh_t\n```")
    out = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    assert "One" in out and "h_t" in out and "```" not in out and "# One" not in out
