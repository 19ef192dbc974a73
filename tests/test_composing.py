"""What a derivation says: its paths, numbers, costs and the proof that it rests on."""

import shutil
import subprocess

import pytest
import sympy

from symlstm import cells
from symlstm.calculus.gradient import derive
from symlstm.derivation import composing, proving
from symlstm.derivation.composing import compose
from symlstm.derivation.costs import cost_of, counted, kept, memory_of
from symlstm.derivation.document import (
    Display,
    Formula,
    Heading,
    Listing,
    Paragraph,
    Reference,
    Table,
)
from symlstm.derivation.latex import in_latex
from symlstm.derivation.markdown import in_markdown

D, H = cells["lstm"].dimensions


def plain(text):
    """A text with its formulas in LaTeX."""
    parts = {Formula: lambda f: f.latex, Reference: lambda r: f"({r.number})", str: str}
    return "".join(parts[type(item)](item) for item in text)


def paragraphs(document):
    return [plain(block.text) for block in document.blocks if isinstance(block, Paragraph)]


def section(document, title):
    """The blocks below a heading."""
    titles = [n for n, block in enumerate(document.blocks) if isinstance(block, Heading)]
    start = next(n for n in titles if document.blocks[n].text == title)
    return document.blocks[start + 1 : next((n for n in titles if n > start), None)]


# Paths of influence.


def test_the_paths_of_the_lstms_memory_are_counted():
    assert (
        "c_{t} is read by the loss itself, by h_{t} (6), and at the next step by c_{t+1} (5): "
        "three paths." in paragraphs(compose(cells["lstm"]))
    )


def test_peepholes_add_paths():
    """o_t reads c_t, and i and f of the next step read it too"""
    found = next(p for p in paragraphs(compose(cells["lstm-peephole"])) if p.startswith("c_{t}"))
    assert found.count("(") == 5 and found.endswith(": six paths.")


def test_a_preactivation_follows_its_gate():
    found = paragraphs(compose(cells["lstm"]))
    assert r"o_{t} is read by h_{t} (6) alone. \bar{o}_{t} is read by o_{t} (3) alone." in found


@pytest.mark.parametrize("name", list(cells))
def test_every_path_is_told_and_every_number_is_an_equation(name):
    """as many paths as contributions by (reader, delay), and one for the loss"""
    cell, document = cells[name], compose(cells[name])
    system = derive(cell)
    lines = [
        line for block in document.blocks if isinstance(block, Display) for line in block.lines
    ]
    numbers = [line.number for line in lines if line.number is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    told = "\n".join(paragraphs(document))
    for equation in system.of_step():
        adjoint = system.adjoints[system.defined(equation).name]
        paths = {(c.reader, c.delay) for c in adjoint.contributions}
        count = len(paths) + (adjoint.outside is not None)
        assert rf"{adjoint.of.in_latex()} is read" in told
        if count > 1 and count <= 10:
            number = composing._WORDS[count]
            assert f": {number} paths." in told
    inner = [e for e in system.cell.equations if system.defined(e) not in cell.quantities]
    printed = sum(len(line.equations) for line in lines if line.number is not None)
    assert printed == len(cell.equations) + len(inner) + len(system.equations)


@pytest.mark.parametrize("name", list(cells))
def test_every_contribution_names_its_laws(name):
    """an adjoint that only passes on has none: y = a"""
    for adjoint in derive(cells[name]).adjoints.values():
        for each in adjoint.contributions:
            equation = derive(cells[name]).cell.equation(each.reader)
            assert each.laws or equation.right.is_symbol


# Costs, counted by hand.


def test_what_an_lstm_step_costs():
    """forward: four products with x and four with h, f ∘ c, i ∘ g, o ∘ tanh c; σ three times"""
    system = derive(cells["lstm"])
    forward = cost_of(system.cell.equations)
    assert sympy.expand(forward.products - (4 * D * H + 4 * H**2 + 3 * H)) == 0
    assert forward.functions == 5 * H
    assert cost_of(system.of_parameters()).products.expand() == 4 * D * H + 4 * H**2
    assert [q.name for q in kept(system)] == ["h", "c", "i", "f", "o", "g"]
    assert memory_of(kept(system)) == 6 * H


def test_a_count_is_printed_with_its_highest_powers_first():
    assert counted(3 * H + 4 * H**2 + 4 * D * H) == r"4\,D\,H + 4\,H^{2} + 3\,H"
    assert counted(0) == "0"


# What is proved.


def test_a_derivation_says_what_is_proved_and_at_what_sizes():
    (said,) = section(compose(cells["lstm"]), "What is proved")
    assert plain(said.text).startswith("These gradients equal the exact derivative of the forward")
    assert r"B = 2,\ D = 3,\ H = 2,\ T = 3" in plain(said.text)


def test_a_wrong_gradient_system_is_not_said_to_be_proved(monkeypatch):
    """dh passed on to x with its sign changed"""
    from symlstm.calculus import rules as matrix_rules

    right = matrix_rules.transposed
    monkeypatch.setattr(matrix_rules, "transposed", lambda m: matrix_rules.product(-1, right(m)))
    derive.cache_clear()
    proving.proved.cache_clear()
    try:
        (said,) = section(compose(cells["elman"]), "What is proved")
    finally:
        derive.cache_clear()
        proving.proved.cache_clear()
    assert "could not be decided" in plain(said.text) and "with care" in plain(said.text)


@pytest.mark.parametrize("name", list(cells))
def test_the_gradients_of_every_cell_are_proved(name):
    assert proving.proved(cells[name]).is_proved


# The document.


def test_a_subset_of_gradients_leaves_out_the_rest():
    document = compose(cells["lstm"], ["W_xo"])
    lines = [line for b in document.blocks if isinstance(b, Display) for line in b.lines]
    left = [left for line in lines for left, _ in line.equations]
    assert r"\mathrm{d}W_{xo}" in left and r"\mathrm{d}W_{xi}" not in left


def test_the_algorithm_refers_to_the_equations_by_number():
    (listing,) = section(compose(cells["lstm"]), "Algorithm")
    assert isinstance(listing, Listing)
    assert [plain(text) for _, text in listing.lines][-2:] == [
        "add the terms of this t in (24)\N{EN DASH}(27)", "compute (22)\N{EN DASH}(23)",
    ]  # fmt: skip


def test_shapes_stand_in_a_table():
    table = next(b for b in compose(cells["lstm"]).blocks if isinstance(b, Table))
    assert [plain(shape) for _, _, shape in table.rows] == [
        r"D \times 1", r"H \times 1", r"H \times 1", r"H \times D", r"H \times H", r"H \times 1",
    ]  # fmt: skip


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex is missing: install texlive-latex-base"
)
def test_the_lstm_fits_on_three_pages(tmp_path):
    (tmp_path / "lstm.tex").write_text(in_latex(compose(cells["lstm"])), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "lstm.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0
    assert "(3 pages," in done.stdout and "Overfull" not in done.stdout


def test_markdown_says_the_same():
    text = in_markdown(compose(cells["lstm"]))
    assert text.startswith("# LSTM with a forget gate: the equations and their gradients\n")
    assert "| parameter | $`b_{i}`$, $`b_{f}`$, $`b_{o}`$, $`b_{c}`$ | $`H \\times 1`$ |" in text
    assert "$`o_{t}`$ is read by $`h_{t}`$ (6) alone." in text
    assert text.count("```math") == text.count("\n```\n")
    assert r"c_{t} &= f_{t} \odot c_{t-1} + i_{t} \odot g_{t} & & \text{(5)}" in text
    assert "  - compute (11)\N{EN DASH}(21) in this order" in text


def test_markdown_shows_a_title_as_it_is_typed():
    from symlstm.derivation.document import Document

    text = in_markdown(Document("a_b *c* <d> | $e$", "x", ()))
    assert text.startswith(r"# a\_b \*c\* \<d\> \| \$e\$")


def test_a_size_that_is_a_sum_is_one_factor_of_a_shape():
    table = next(b for b in compose(cells["lstm-concat"]).blocks if isinstance(b, Table))
    assert r"H \times (H+D)" in {plain(shape) for _, _, shape in table.rows}
