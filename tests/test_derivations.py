"""What is derived and committed: up to date, sealed, the same bytes anywhere, and printable."""

import hashlib
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from command_line import ROOT, assert_one_message, run, run_python
from pypdf import PdfReader

from symlstm import cells
from symlstm.files import is_untouched, sealed, write_whole
from symlstm.messages import UsageError

DERIVATIONS = ROOT / "derivations"
CELLS = ROOT / "symlstm" / "cells"
DERIVED = (
    "derivation.tex", "derivation.html", "diagram.svg", "diagram.dot", "proof.json",
)  # fmt: skip
"""Beside the code."""
GRU_LIKE = r"""\begin{align}
  x_t &\in \mathbb{R}^{D} \\
  h_t &\in \mathbb{R}^{H} \\
  z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) \\
  h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot \tanh(W x_t + b)
\end{align}
"""


@pytest.fixture
def copied(tmp_path):
    """A copy of the committed derivations of one cell."""
    shutil.copytree(DERIVATIONS / "lstm", tmp_path / "cells" / "lstm")
    return tmp_path / "cells"


@pytest.fixture
def own(tmp_path):
    """A folder of a user's own, with equations and nothing else."""
    (tmp_path / "mine" / "gated").mkdir(parents=True)
    (tmp_path / "mine" / "gated" / "equations.tex").write_text(GRU_LIKE, encoding="utf-8")
    return tmp_path / "mine"


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# What is committed.


def test_committed_derivations_are_up_to_date(monkeypatch):
    monkeypatch.chdir(ROOT)
    ending = run("regenerate", "--check")
    assert (ending.status, ending.out) == (0, "everything is up to date\n")


def test_committed_equations_are_those_of_the_package():
    """derivations/NAME/equations.tex = symlstm/cells/NAME.tex"""
    names = sorted(path.stem for path in CELLS.glob("*.tex"))
    folders = sorted(path.name for path in DERIVATIONS.iterdir() if path.is_dir())
    assert names == folders == sorted(cells)
    for name in names:
        committed = DERIVATIONS / name / "equations.tex"
        assert committed.read_bytes() == (CELLS / f"{name}.tex").read_bytes()


def test_every_folder_holds_equations_code_and_derivation():
    for name in cells:
        found = {path.name for path in (DERIVATIONS / name).iterdir()}
        code = f"{name.replace('-', '_')}.py"
        assert found == {"equations.tex", code, *DERIVED}


# regenerate


def test_copy_is_clean_and_nothing_is_written(copied):
    before = contents(copied)
    assert run("regenerate", "--check", copied).status == 0
    ending = run("regenerate", copied)
    assert (ending.status, ending.out) == (0, "everything is up to date\n")
    assert contents(copied) == before


@pytest.mark.parametrize("name", ["lstm.py", "derivation.tex", "derivation.html", "proof.json"])
def test_stale_file_fails_the_check_with_a_diff(copied, name):
    path = copied / "lstm" / name
    text = path.read_text(encoding="utf-8")
    for right, wrong in (("b_i", "b_j"), ("b_{i}", "b_{j}"), ("bias", "b_j"), ("proved", "b_j")):
        text = text.replace(right, wrong)
    path.write_text(text, encoding="utf-8")
    before = contents(copied)
    ending = run("regenerate", "--check", copied)
    assert ending.status == 1
    lines = ending.out.splitlines()
    assert lines[0] == f"{path} is not what its equations give"
    assert f"--- {path}" in lines
    assert any(line.startswith("-") and "b_j" in line.replace("{", "").replace("}", "")
               for line in lines)  # fmt: skip
    assert ending.err == (
        "error[S013]: 1 derived file is stale\n"
        f"  help: run symlstm regenerate {copied}, and commit what it writes\n"
    )
    assert contents(copied) == before, "a check writes nothing"


def test_missing_file_is_stale_and_is_written(copied):
    whole = contents(copied)
    (copied / "lstm" / "lstm.py").unlink()
    assert run("regenerate", "--check", copied).status == 1
    ending = run("regenerate", copied)
    assert (ending.status, ending.out) == (0, f"wrote {copied / 'lstm' / 'lstm.py'}\n")
    assert contents(copied) == whole


@pytest.mark.parametrize("name", ["lstm.py", "derivation.html", "proof.json"])
def test_edited_file_is_not_overwritten_without_force(copied, name):
    """and neither is any other: all or nothing"""
    whole = contents(copied)
    path = copied / "lstm" / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("t", "mine", 1), encoding="utf-8")
    (copied / "lstm" / "derivation.tex").unlink()
    edited = contents(copied)
    ending = run("regenerate", copied)
    assert_one_message(ending, 2, "was edited by hand", "--force", where=str(path))
    assert contents(copied) == edited
    assert run("regenerate", "--force", copied).status == 0
    assert contents(copied) == whole


def test_generated_file_of_older_equations_is_replaced(own):
    """the seal fits, so nobody's work is lost"""
    equations = own / "gated" / "equations.tex"
    assert run("regenerate", own).status == 0
    before = contents(own)
    equations.write_text(GRU_LIKE.replace("(1 - z_t)", "z_t"), encoding="utf-8")
    assert run("regenerate", "--check", own).status == 1
    assert run("regenerate", own).status == 0
    after = contents(own)
    assert all(after[path] != before[path] for path in after)


def test_folder_of_a_users_own(own):
    ending = run("regenerate", own)
    assert ending.status == 0
    folder = own / "gated"
    code = list(folder.glob("*.py"))
    assert len(code) == 1 and (folder / "derivation.tex").is_file()
    written = [str(code[0]), *(str(folder / name) for name in DERIVED)]
    assert ending.out.splitlines() == [f"wrote {path}" for path in written]
    record = json.loads((folder / "proof.json").read_text(encoding="utf-8"))
    assert record["gradients"]["verdict"] == record["code"]["verdict"] == "proved"
    assert record["sha256"] == {
        "equations": hashlib.sha256((folder / "equations.tex").read_bytes()).hexdigest(),
        "code": hashlib.sha256(code[0].read_bytes()).hexdigest(),
    }
    assert (folder / "equations.tex").read_text(encoding="utf-8") == GRU_LIKE
    assert run("verify", code[0], "--cell", folder / "equations.tex", "--seed", 1).status == 0


def test_broken_equations_leave_their_folder_only(own):
    (own / "wrong").mkdir()
    (own / "wrong" / "equations.tex").write_text("\\begin{align} h_t &= \\end{align}")
    ending = run("regenerate", own)
    assert_one_message(ending, 2, "equations.tex")
    assert len(list((own / "wrong").iterdir())) == 1
    assert sorted(path.name for path in (own / "gated").iterdir()) == [
        "derivation.html", "derivation.tex", "diagram.dot", "diagram.svg", "equations.tex",
        "gated.py", "proof.json",
    ]  # fmt: skip


@pytest.fixture
def five(tmp_path):
    """A folder of five cells, the second and the fourth of which cannot be read."""
    for name in "abcde":
        (tmp_path / "five" / name).mkdir(parents=True)
        (tmp_path / "five" / name / "equations.tex").write_text(GRU_LIKE, encoding="utf-8")
    (tmp_path / "five" / "b" / "equations.tex").write_text(GRU_LIKE.replace("W x_t", "W * x_t"))
    (tmp_path / "five" / "d" / "equations.tex").write_bytes(b"\xff")
    return tmp_path / "five"


def assert_both_are_told(ending, five):
    messages = [line for line in ending.err.splitlines() if line.startswith("error[S")]
    assert [m[:12] for m in messages] == ["error[S281]:", "error[S200]:"]
    assert f"  --> {five / 'b' / 'equations.tex'}:5:" in ending.err
    assert f"  --> {five / 'd' / 'equations.tex'}:1:1" in ending.err


def test_every_good_folder_is_done_and_every_bad_one_is_told(five):
    ending = run("regenerate", five)
    assert ending.status == 2
    assert ending.out.split() == [
        word for name in "ace" for file in (f"{name}.py", *DERIVED)
        for word in ("wrote", str(five / name / file))
    ]  # fmt: skip
    assert_both_are_told(ending, five)
    whole = contents(five)
    again = run("regenerate", five)
    assert (again.status, again.out) == (2, "")
    assert_both_are_told(again, five)
    assert contents(five) == whole


def test_check_tells_stale_files_and_bad_folders_together(five):
    """error wins over stale: 2, not 1"""
    assert run("regenerate", five).status == 2
    ending = run("regenerate", "--check", five)
    assert (ending.status, ending.out) == (2, "")
    assert_both_are_told(ending, five)
    (five / "e" / "e.py").unlink()
    ending = run("regenerate", "--check", five)
    assert ending.status == 2
    assert ending.out.startswith(f"{five / 'e' / 'e.py'} is not what its equations give\n")
    assert "error[S013]: 1 derived file is stale\n" in ending.err
    for name in "bd":
        shutil.rmtree(five / name)
    assert run("regenerate", "--check", five).status == 1
    assert run("regenerate", five).status == 0


@pytest.mark.parametrize("check", [(), ("--check",)])
def test_what_stands_in_the_way_of_a_derived_file_is_told(own, check):
    """a folder, or bytes that are no text: nothing is lost, no traceback"""
    (own / "gated" / "gated.py").mkdir()
    ending = run("regenerate", *check, own)
    assert_one_message(ending, 2, f"{own / 'gated' / 'gated.py'}: is a directory")
    (own / "gated" / "gated.py").rmdir()
    (own / "gated" / "gated.py").write_bytes(b"\xff")
    ending = run("regenerate", *check, own)
    assert ending.status == (1 if check else 2)
    assert (own / "gated" / "gated.py").read_bytes() == b"\xff"


@pytest.mark.parametrize("check", [(), ("--check",)])
def test_folder_without_equations_is_one_message(tmp_path, check):
    assert_one_message(run("regenerate", *check, tmp_path), 2, "equations.tex", str(tmp_path))
    absent = tmp_path / "absent"
    assert_one_message(run("regenerate", *check, absent), 2, "there is no folder", str(absent))
    assert not absent.exists()


def test_bytes_do_not_depend_on_the_order_of_sets(tmp_path):
    """PYTHONHASHSEED = 1, 2, each for half of the cells; 0 wrote what is committed"""
    script = (
        "import sys\nfrom pathlib import Path\nfrom symlstm import cells\n"
        "from symlstm.derivation.folders import expected_files\n"
        "for name in sys.argv[1:]:\n"
        f"    equations = Path({str(CELLS)!r}, name + '.tex').read_bytes()\n"
        "    for file, text in expected_files(cells[name], equations).items():\n"
        "        sys.stdout.write(f'{file}\\n{text}')"
    )
    names = list(cells)
    for seed, some in (("1", names[::2]), ("2", names[1::2])):
        done = run_python("-c", script, *some, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        for name in some:
            for path in (DERIVATIONS / name).iterdir():
                if path.name != "equations.tex":
                    assert path.read_text(encoding="utf-8") in done.stdout


def test_no_path_or_date_is_in_what_is_derived():
    for path in DERIVATIONS.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert str(ROOT) not in text and "\r" not in text and text.endswith("\n")


# The seal.


def test_seal_fits_what_it_was_made_for_only():
    text = sealed("a = 1\n", "#")
    assert text.startswith("a = 1\n# unedited while this fits: ")
    assert is_untouched(text)
    assert not is_untouched(text.replace("a = 1", "a = 2"))
    assert not is_untouched(text + "\n")
    assert not is_untouched("a = 1\n")
    assert not is_untouched("")


def test_seal_by_hand():
    """the first 16 hexadecimal digits of SHA-256, here of the empty text"""
    assert is_untouched("% unedited while this fits: e3b0c44298fc1c14\n")


def test_committed_files_are_sealed():
    derived = [p for p in DERIVATIONS.rglob("*") if p.is_file() and p.name != "equations.tex"]
    assert len(derived) == 6 * len(cells) + 1
    assert all(is_untouched(path.read_text(encoding="utf-8")) for path in derived)


# Whole files only.


def test_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "out.txt"
    write_whole(path, "new\n")
    assert path.read_bytes() == b"new\n" and os.listdir(tmp_path) == ["out.txt"]
    with pytest.raises(UsageError, match="no such file or directory"):
        write_whole(tmp_path / "absent" / "out.txt", "new\n")
    with pytest.raises(UsageError, match="is a directory"):
        write_whole(tmp_path, "new\n")
    assert os.listdir(tmp_path) == ["out.txt"]


def test_failing_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "out.txt"
    path.write_text("old\n")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("symlstm.files.os.replace", full)
    with pytest.raises(UsageError, match="no space left on device"):
        write_whole(path, "new\n")
    assert path.read_text() == "old\n" and os.listdir(tmp_path) == ["out.txt"]


# The document.


def compiled(path, folder):
    shutil.copy(path, folder / "document.tex")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"],
        cwd=folder, capture_output=True, text=True, errors="replace", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-1500:]
    assert (folder / "document.pdf").stat().st_size > 1000
    return [line for line in done.stdout.splitlines() if "Overfull" in line]


@pytest.fixture
def pdflatex():
    if shutil.which("pdflatex") is None:
        reason = "pdflatex is missing: install the package texlive-latex-recommended"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.mark.parametrize("name", list(cells))
def test_derivation_compiles_without_an_overfull_line(pdflatex, tmp_path, name):
    assert compiled(DERIVATIONS / name / "derivation.tex", tmp_path) == []


def test_overfull_line_is_noticed(pdflatex, tmp_path):
    text = (DERIVATIONS / "lstm" / "derivation.tex").read_text(encoding="utf-8")
    wide = tmp_path / "wide.tex"
    wide.write_text(text.replace(r"\end{document}", "$" + "a" * 200 + r"$ \end{document}"))
    assert compiled(wide, tmp_path)


def test_derivation_of_a_users_cell_compiles(pdflatex, own, tmp_path):
    target = tmp_path / "derivation.tex"
    assert run("derive", own / "gated" / "equations.tex", "-o", target).status == 0
    assert compiled(target, tmp_path) == []


def test_wrt_prints_only_what_is_needed(pdflatex, tmp_path):
    """d of the other parameters, and dx, are left out; the recurrence is needed for any"""
    target = tmp_path / "wrt.tex"
    assert run("derive", "lstm", "--wrt", "W_xi", "-o", target).status == 0
    text = target.read_text(encoding="utf-8")
    whole = (DERIVATIONS / "lstm" / "derivation.tex").read_text(encoding="utf-8")
    for absent in (r"\mathrm{d}W_{xf} &=", r"\mathrm{d}b_{i} &=", r"\mathrm{d}x_{t} &="):
        assert absent in whole and absent not in text
    for present in (r"\mathrm{d}W_{xi} &=", r"\mathrm{d}c_{t} &=", r"\mathrm{d}h_{t} &="):
        assert present in text
    assert compiled(target, tmp_path) == []


def test_wrt_of_an_unknown_name_is_one_message(tmp_path):
    target = tmp_path / "wrt.tex"
    ending = run("derive", "lstm", "--wrt", "W_zz", "-o", target)
    assert_one_message(ending, 2, "W_zz")
    assert not target.exists()


def test_compiling_is_also_what_ci_does():
    assert "compile_derivations.py" in (Path(ROOT) / ".ci" / "run").read_text(encoding="utf-8")


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path):
    """`-o /dev/null` must not put a file in the place of the device"""
    real, link, pipe = tmp_path / "real.txt", tmp_path / "link.txt", tmp_path / "pipe"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    write_whole(link, "new")
    assert link.is_symlink() and real.read_text(encoding="utf-8") == "new"
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: pipe.read_text(encoding="utf-8"))
    reader.start()
    write_whole(pipe, "said")
    reader.join(10)
    assert pipe.is_fifo() and not reader.is_alive()


# PDF


def test_pdf_is_the_compiled_document(pdflatex, tmp_path):
    target = tmp_path / "lstm.pdf"
    assert run("derive", "lstm", "--format", "pdf", "-o", target).status == 0
    pages = PdfReader(target).pages
    assert len(pages) == 3
    assert "LSTM with a forget gate" in pages[0].extract_text()


def test_without_a_tex_program_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    target = tmp_path / "lstm.pdf"
    ending = run("derive", "lstm", "--format", "pdf", "-o", target)
    assert_one_message(ending, 2, "error[S610]", "texlive-latex-recommended", "--format html")
    assert not target.exists()


def test_a_tex_program_that_fails_is_quoted(tmp_path, monkeypatch):
    program = tmp_path / "pdflatex"
    program.write_text("#!/bin/sh\necho 'LaTeX Error: amsmath.sty not found'\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    target = tmp_path / "lstm.pdf"
    ending = run("derive", "lstm", "--format", "pdf", "-o", target)
    assert_one_message(ending, 2, "error[S611]", "amsmath.sty not found")
    assert not target.exists()


def test_a_pdf_is_not_printed_to_a_terminal(pdflatex, monkeypatch):
    monkeypatch.setattr("symlstm.commands.options.is_terminal", lambda: True)
    assert_one_message(run("derive", "lstm", "--format", "pdf"), 2, "error[S612]", "-o FILE")
