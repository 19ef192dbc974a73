"""Equations as papers print them are read as they stand, each to the cell of the library.

The files in tests/papers are typed after the papers, in their letters and with their own signs for
the time, for products and for stacks. What a paper says in words stands before its equations:
sizes, what `*` means, which function φ is. Nothing is changed so that it can be read. A file shows
which notation is read, and is no evidence of what is in print: where a letter of it is doubtful,
its source line says so.
"""

from pathlib import Path

import pytest

from symlstm import cells, equal, verify
from symlstm.cell import Cell
from symlstm.messages import NotationError
from symlstm.notation.reading import read_text

FOLDER = Path(__file__).parent / "papers"
LIBRARY = Path(__file__).parent.parent / "symlstm" / "cells"
SEED = 20260204
OF_ONE = ", of one memory cell"

# paper: the cell of the library. Nothing is told of the correspondence: `equal` finds it.
SAME = {
    "ba-2016": "lstm-layernorm",
    "beck-2024-lstm": "lstm" + OF_ONE,
    "beck-2024-slstm": "slstm" + OF_ONE,
    "beck-2024-slstm-vectors": "slstm",
    "bradbury-2017": "qrnn",
    "collins-2017": "ugrnn",
    "cudnn-gru": "gru-reset-after",
    "cudnn-lstm": "lstm",
    "de-2024": "rglru",
    "feng-2024-gru": "gru-chung",
    "feng-2024-lstm": "lstm-concat",
    "feng-2024-mingru": "mingru",
    "feng-2024-minlstm": "minlstm",
    "graves-2013": "lstm-peephole",
    "greff-2017-cifg": "lstm-cifg",
    "greff-2017-fgr": "lstm-fgr",
    "greff-2017-nfg": "lstm-nfg",
    "greff-2017-niaf": "lstm-niaf",
    "greff-2017-nig": "lstm-nig",
    "greff-2017-noaf": "lstm-noaf",
    "greff-2017-nog": "lstm-nog",
    "greff-2017-np": "lstm-np",
    "greff-2017-vanilla": "lstm-vanilla",
    "jozefowicz-2015-gru": "gru",
    "jozefowicz-2015-mut1": "mut1",
    "jozefowicz-2015-mut2": "mut2",
    "jozefowicz-2015-mut3": "mut3",
    "kusupati-2018": "fastgrnn",
    "lei-2018": "sru",
    "lipton-2015": "lstm",
    "li-2018": "indrnn",
    "olah-2015-coupled": "lstm-coupled",
    "olah-2015-lstm": "lstm-concat",
    "pytorch-gru": "gru-reset-after",
    "pytorch-lstm": "lstm",
    "pytorch-lstmcell": "lstm",
    "ravanelli-2018": "gru",
    "rusch-2022": "lem",
    "sak-2014-lstm": "lstm-peephole",
    "sak-2014-projection": "lstm-projection",
    "shi-2015": "lstm-peephole",
    "tai-2015": "lstm",
    "westhuizen-2018-janet": "janet",
    "westhuizen-2018-lstm": "lstm",
    "wikipedia-elman": "elman",
    "wikipedia-gru": "gru-chung",
    "wikipedia-jordan": "jordan",
    "wikipedia-lstm": "lstm",
    "zaremba-2014": "lstm",
    "zhou-2016-gru": "gru-chung",
    "zhou-2016-lstm": "lstm-concat",
    "zhou-2016-mgu": "mgu",
}

# paper: the cell of the library, and what is told: the paper leaves something out.
CASES = {
    "olah-2015-gru": ("gru-chung", ("b_r = 0", "b_z = 0", "b_h = 0")),
}

# paper: the cell that it is meant to be, and the finding: what is printed is another one.
OTHERS = {
    "jozefowicz-2015-lstm": (
        "lstm",
        "o_t: jozefowicz-2015-lstm has tanh where lstm has σ",
    ),
}

# papers of cells that are not in the library: the generated code is proved to be the equations.
ALONE = (
    "balduzzi-2016",
    "beck-2024-mlstm",
    "chen-2017",
    "erichson-2021",
    "goodfellow-2016-rnn",
    "kalchbrenner-2016",
    "karpathy-2015",
    "krause-2017",
    "laurent-2017",
    "lee-2017",
    "martin-2018",
    "mikolov-2015",
    "peng-2023-rwkv-recurrent",
    "qin-2023",
    "ravanelli-2018-ligru",
    "rusch-2021-cornn",
    "rusch-2021-unicornn",
    "turkoglu-2021",
    "vecoven-2021-brc",
    "vecoven-2021-nbrc",
    "voelker-2019",
    "zhang-2018",
)

# paper: the message, and its place.
REFUSED = {
    "beck-2024-stabiliser": ("S276", "two equality signs in one equation", 5, 64),
    "bradbury-2017-convolution": ("S281", "a convolution is not read", 5, 34),
    "cho-2014": ("S306", "the index j makes this an equation for one entry", 5, 58),
    "chung-2014": ("S306", "the index j makes this an equation for one entry", 5, 71),
    "campos-2018": (
        "S247",
        r"\Delta \tilde{u} is several signs, and the left side of an equation is a name",
        6,
        1,
    ),
    "chang-2019": ("S307", r"\epsilon may be a scalar, a vector or a matrix", 4, 35),
    "goodfellow-2016-lstm": (
        "S306",
        "the indices i and j make this an equation for one entry",
        4,
        43,
    ),
    "gu-2024-mamba": ("S256", "^{-1} has two readings", 8, 63),
    "melis-2020": ("S311", "an equation for every i is not read", 4, 125),
    "neil-2016": ("S206", r"\bmod cannot stand here", 4, 24),
    "peng-2023-rwkv": ("S313", "a sum over the steps is not read", 8, 17),
    "shen-2019": ("S283", "no function is called cumax", 4, 16),
    "gers-2000": ("S306", "the indices j and m make this an equation for one entry", 4, 91),
    "hochreiter-1997": ("S306", "the indices j and u make this an equation for one entry", 5, 46),
    "olah-2015-undeclared": ("S280", "* has more than one reading", 6, 13),
    "shi-2015-convolution": ("S281", "a convolution is not read", 5, 22),
    "wikipedia-undeclared": ("S269", r"\sigma_g has more than one reading", 5, 8),
    "zilly-2017": ("S311", r"an equation for every \ell is not read", 5, 72),
}

# paper: a piece of it, what stands there instead, and the finding.
CORRUPTED = {
    "a dropped bias": (
        "tai-2015", " + b^{(f)}", "",
        "f_t: lstm has the term b_f, tai-2015 has not",
    ),
    "a dropped product": (
        "greff-2017-np", r" + \mathbf{R}_f \mathbf{y}^{t-1}", "",
        "lstm-np has the term R_f y_{t-1}",
    ),
    "another time": (
        "sak-2014-projection", "W_{oc} c_t", "W_{oc} c_{t-1}",
        "o_t: sak-2014-projection has w_oc ∘ c_{t-1} where lstm-projection has w_oc ∘ c_t",
    ),
    "another sign": (
        "zhou-2016-mgu", r"(1 - \mathbf{f}_t)", r"(1 + \mathbf{f}_t)",
        "h_t: zhou-2016-mgu has (1 + f_t) ∘ h_{t-1} where mgu has (1 − f_t) ∘ h_{t-1}",
    ),
    "another state": (
        "lei-2018", r"\mathbf{v}_f \odot \mathbf{c}_{t-1}", r"\mathbf{v}_f \odot \mathbf{h}_{t-1}",
        "f_t: lei-2018 has v_f ∘ h_{t-1} where sru has v_f ∘ c_{t-1}",
    ),
    "another function": (
        "wikipedia-gru", r"\phi = \tanh", r"\phi = \operatorname{ReLU}",
        "ĥ_t: wikipedia-gru has relu where gru-chung has tanh",
    ),
}  # fmt: skip


def printed(paper: str) -> str:
    return (FOLDER / f"{paper}.tex").read_text(encoding="utf-8")


def read(paper: str, text: str = "") -> Cell:
    return read_text(text or printed(paper), f"{paper}.tex", paper)


def library(name: str) -> Cell:
    """A cell of the library; of one memory cell, where H is 1."""
    plain = name.removesuffix(OF_ONE)
    if plain == name:
        return cells[name]
    text = (LIBRARY / f"{plain}.tex").read_text(encoding="utf-8")
    one = text.replace(r"\mathbb{R}^{H}", r"\mathbb{R}^{1}")
    assert one != text and "{H}" not in one
    return read_text(one, f"{plain}.tex", plain)


@pytest.mark.parametrize("paper", SAME)
def test_what_is_printed_is_the_cell_of_the_library(paper):
    report = equal(read(paper), library(SAME[paper]), seed=SEED)
    assert report.verdict == "proved", report.to_text()
    assert report.specialisation is None and report.comparisons > 0
    assert set(report.compared) == {q.name for q in read(paper).results}


@pytest.mark.parametrize("paper", CASES)
def test_what_is_printed_is_the_cell_with_what_the_paper_leaves_out(paper):
    name, told = CASES[paper]
    report = equal(read(paper), cells[name], told, seed=SEED)
    assert report.verdict == "proved", report.to_text()
    assert report.specialisation is not None
    assert [c.where for c in report.specialisation.where] == list(told)


def test_the_sign_in_an_appendix_is_a_convention_of_its_parameter():
    """log σ(Λ) = −softplus(−Λ), where De et al. print −softplus(Λ)"""
    report = equal(read("de-2024-appendix"), cells["rglru"], seed=SEED)
    assert report.verdict == "proved", report.to_text()
    changed = {c.name: c.parts for c in report.correspondence if not c.is_own_name}
    assert changed == {"Lambda": ("-Lambda",)}


@pytest.mark.parametrize("paper", OTHERS)
def test_what_is_printed_is_another_cell(paper):
    name, finding = OTHERS[paper]
    report = equal(read(paper), cells[name], seed=SEED)
    assert report.verdict == "differs"
    assert [f.message for f in report.findings] == [finding]


@pytest.mark.parametrize("paper", ALONE)
def test_what_is_printed_goes_through_the_whole_chain(paper):
    """The gradient system is derived, and its code proved to be the equations."""
    cell = read(paper)
    sizes = {str(size): 2 + n for n, size in enumerate(cell.dimensions)}
    report = verify(cell=cell, sizes={"B": 2, "T": 2, **sizes}, seed=SEED)
    assert report.verdict == "proved", report.to_text()
    assert report.comparisons > 0


def test_a_candidate_in_the_place_of_the_memory_is_found():
    """c_t = i_t ∘ c̃_t + f_t ∘ c̃_{t-1}; the equations of AWD-LSTM have no biases."""
    told = ("b_i = 0", "b_f = 0", "b_o = 0", "b_c = 0")
    report = equal(read("merity-2018"), cells["lstm"], told, seed=SEED)
    assert report.verdict == "differs"
    assert report.findings[0].message == (
        "c_t: lstm has the term f_t ∘ c_{t-1}, merity-2018 has not"
    )


@pytest.mark.parametrize("paper", REFUSED)
def test_what_has_no_one_reading_gets_its_message(paper):
    code, title, line, column = REFUSED[paper]
    with pytest.raises(NotationError, match=rf"^error\[{code}\]: ") as caught:
        read(paper)
    shown = str(caught.value).splitlines()
    assert shown[:2] == [f"error[{code}]: {title}", f"  --> {paper}.tex:{line}:{column}"]


@pytest.mark.parametrize("corruption", CORRUPTED)
def test_a_changed_formula_is_no_longer_the_cell(corruption):
    paper, old, new, finding = CORRUPTED[corruption]
    text = printed(paper)
    assert text.count(old) == 1
    report = equal(read(paper, text.replace(old, new)), library(SAME[paper]), seed=SEED)
    assert report.verdict == "differs"
    assert any(finding in f.message for f in report.findings), report.to_text()


def test_twenty_formulas_and_each_file_is_tested():
    assert len(SAME) >= 20 and len({paper.split("-")[0] for paper in SAME}) >= 20
    assert {name.removesuffix(OF_ONE) for name in SAME.values()} <= set(cells)
    named = {*SAME, *CASES, *OTHERS, *ALONE, *REFUSED, "de-2024-appendix", "merity-2018"}
    assert {path.stem for path in FOLDER.iterdir()} == named


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_each_file_names_its_source(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("% title: ") and lines[1].startswith("% source: ")
