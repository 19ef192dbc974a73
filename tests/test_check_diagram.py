"""Somebody's diagram against the equations: proved, or what is drawn wrong, and where."""

import json
import random

import pytest
from command_line import ROOT, run

from symlstm import Cell, cells, diagram
from symlstm.drawing.checking import check_diagram
from symlstm.drawing.dot_reading import dot_of
from symlstm.messages import NotationError

FIGURES = ROOT / "tests" / "diagrams"


def checked(text, tmp_path, cell="lstm"):
    path = tmp_path / "figure.dot"
    path.write_text(text, encoding="utf-8")
    return check_diagram(str(path), cells[cell] if isinstance(cell, str) else cell, seed=3)


def lstm(*changes, detail="gates"):
    """The diagram of the LSTM, with words of it replaced; each has to be there."""
    text = diagram("lstm", detail).dot()
    for old, new in changes:
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    return text


# The four figures of the text that the project began with.


def test_the_first_figure_has_every_fault_that_the_text_names():
    """one finding each: f for two things, no plus, black dots, the memory inside the block, a dash
    too many, a dash too few, a fifth arrow without a label"""
    found = run("check-diagram", FIGURES / "seed-1.dot", "--cell", "lstm-peephole", "--json")
    report = found.value
    kinds = [(f["kind"], f["line"]) for f in report["findings"]]
    assert kinds == [
        ("ambiguous-symbol", 8), ("missing-term", 13), ("unlabelled", 14), ("hidden-state", 13),
        ("wrong-time", 32), ("wrong-time", 34), ("unlabelled", 35),
    ]  # fmt: skip
    assert found.status == 1 and report["verdict"] == "differs"
    messages = [f["message"] for f in report["findings"]]
    assert messages[1] == "the + of c_t is not drawn"
    assert messages[2].startswith("3 nodes have no sign")
    assert messages[4].endswith("is labelled c_t: the equation reads c_{t-1}")
    assert [f["help"] for f in report["findings"]][4:6] == ["label it c_{t-1}", "draw it dashed"]


@pytest.mark.parametrize(("figure", "cell"), [
    ("seed-2.dot", "lstm-peephole"), ("seed-3.dot", "lstm-concat"), ("seed-4.dot", "lstm"),
    ("seed-3.dot", "lstm"), ("seed-4.dot", "lstm-concat"),
])  # fmt: skip
def test_the_other_figures_are_proved(figure, cell):
    """summed or stacked, the gates read the same"""
    report = check_diagram(str(FIGURES / figure), cells[cell], seed=3)
    assert report.verdict == "proved", report.to_text()
    assert report.comparisons == 96 and "no parameter is drawn" in report.assumed[0]


def test_the_peepholes_of_the_second_are_none_of_the_lstm():
    report = check_diagram(str(FIGURES / "seed-2.dot"), cells["lstm"], seed=3)
    assert [(f.kind, f.equation) for f in report.findings] == [
        ("extra-term", "i_t"), ("extra-term", "f_t"), ("extra-term", "o_t"),
    ]  # fmt: skip


# One slip in a diagram of the LSTM.


@pytest.mark.parametrize(("change", "kind", "equation", "said"), [
    (('c_in1 -> n5 [label="c_{t-1}"]', 'c_in1 -> n5 [label="c_t"]'), "wrong-time", "c_t", "carri"),
    (('n5 [label="⊙"', 'n5 [label="+"'), "wrong-operator", "c_t", "has ⊙ where this node is +"),
    (('n7 [label="+"', 'n7 [label="⊙"'), "wrong-operator", "c_t", "has + where this node is ⊙"),
    (('n8 [label="tanh"', 'n8 [label="σ"'), "wrong-operator", "h_t", "has tanh where"),
    (('n2 [label="σ"', 'n2 [label="tanh"'), "wrong-operator", "f_t", "has σ where"),
    (("  n6 -> n7;\n", ""), "missing-term", "c_t", "lacks i_t ∘ g_t"),
    (('  x_in -> n2 [label="W_xf x_t"];\n', ""), "missing-input", "f_t", "lacks W_xf x_t"),
    (("  p2 -> n2;\n", ""), "missing-term", "f_t", "lacks b_f"),
    (('"W_hf h_{t-1}"', '"W_hi h_{t-1}"'), "wrong-term", "f_t", "reads W_hf"),
    (('"W_hf h_{t-1}"', '"−(W_hf h_{t-1})"'), "wrong-sign", "f_t", "with the other sign"),
    (('n2 -> n5 [label="f_t"]', 'n1 -> n5 [label="i_t"]'), "wrong-term", "c_t", "brings i_t"),
    (('n2 -> n5 [label="f_t"]', 'n2 -> n5 [label="i_t"]'), "wrong-term", "f_t", "node is f_t"),
    (("  n8 -> n9;\n", "  n7 -> n9;\n"), "wrong-operator", "h_t", "tanh"),
])  # fmt: skip
def test_one_slip_is_one_finding(change, kind, equation, said, tmp_path):
    report = checked(lstm(change), tmp_path)
    assert report.verdict == "differs"
    kinds = [f.kind for f in report.findings if f.kind != "dangling"]
    assert kinds == [kind], report.to_text()
    found = next(f for f in report.findings if f.kind == kind)
    assert found.equation == equation and said in found.message
    if change[1]:
        assert change[1].strip().split("\n")[0] in found.source


def test_two_slips_are_two_findings(tmp_path):
    text = lstm(('n5 [label="⊙"', 'n5 [label="+"'), ('n8 [label="tanh"', 'n8 [label="σ"'))
    report = checked(text, tmp_path)
    assert [(f.kind, f.equation) for f in report.findings] == [
        ("wrong-operator", "c_t"), ("wrong-operator", "h_t"),
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["lstm-peephole", "gru", "slstm", "rhn", "mlstm", "lem"])
def test_no_swapped_sign_is_proved(cell, tmp_path):
    """every node in turn with another sign"""
    text = diagram(cell, "operators").dot()
    others = {"⊙": "+", "+": "⊙", "σ": "tanh", "tanh": "σ", "1−": "exp", "·": "+", "exp": "σ"}
    tried = 0
    for sign, other in others.items():
        parts = text.split(f'[label="{sign}", shape')
        for k in range(1, len(parts)):
            same = f'[label="{sign}", shape'
            changed = same.join(parts[:k]) + f'[label="{other}", shape' + same.join(parts[k:])
            report = checked(changed, tmp_path, cell)
            assert report.verdict in ("differs", "undecided"), (sign, k)
            tried += 1
    assert tried > 5


@pytest.mark.parametrize("cell", ["lstm", "gru", "slstm"])
def test_no_wire_can_be_left_out(cell, tmp_path):
    lines = diagram(cell).dot().split("\n")
    for k, line in enumerate(lines):
        if "->" in line:
            report = checked("\n".join(lines[:k] + lines[k + 1 :]), tmp_path, cell)
            assert report.verdict == "differs", line


def test_every_order_of_the_file_is_the_same_drawing(tmp_path):
    head, *lines, tail, _ = diagram("gru").dot().split("\n")
    random.Random(4).shuffle(lines)
    assert checked("\n".join([head, *lines, tail]), tmp_path, "gru").verdict == "proved"


# What a label says is held against what the wire carries.


@pytest.mark.parametrize("change", [
    ("  n5 -> n7;", '  n5 -> n7 [label="c_{t-1} ∘ i_t"];'),
    ("  n5 -> n7;", '  x_in -> n7 [label="f_t ∘ c_{t-1}"];'),
    ("  n9 -> h_out", '  bad [label="tanh"]; n7 -> bad -> too; too [label="h_t"]; n9 -> h_out'),
    ('c_in1 -> n5 [label="c_{t-1}"]', 'n4 -> n5 [label="c_{t-1}"]'),
    ("  n8 -> n9;", '  n8 -> fork; fork [shape=point]; x_in -> fork2; fork2 [shape=point];'
     ' fork2 -> n9 [label="tanh(c_t)"];'),
    ('n3 -> n9 [label="o_t"]', 'n3 -> n9 [label="o_t", style=dashed]'),
])  # fmt: skip
def test_no_label_is_believed(change, tmp_path):
    """a label cannot put right what is drawn wrong"""
    report = checked(lstm(change), tmp_path)
    assert report.verdict != "proved", report.to_text()


def test_a_right_label_of_a_value_is_proved(tmp_path):
    report = checked(lstm(("  n5 -> n7;", '  n5 -> n7 [label="c_{t-1} ∘ f_t"];')), tmp_path)
    assert report.verdict == "proved" and report.comparisons > 96


def test_a_source_is_no_computation(tmp_path):
    """c_t from c_t says nothing"""
    report = checked('digraph { a [label="c_t"]; b [label="c_t"]; a -> b; }', tmp_path)
    assert report.verdict == "differs"
    assert any("computes h_t" in f.message for f in report.findings)


def test_a_gate_without_its_function_is_noticed(tmp_path):
    text = (FIGURES / "seed-4.dot").read_text("utf-8").replace("f_t: σ", "f_t")
    report = checked(text, tmp_path)
    assert [(f.kind, f.equation) for f in report.findings] == [("wrong-operator", "f_t")]


# Letters of its own.


def test_a_drawing_in_its_own_letters_is_proved(tmp_path):
    text = lstm().replace("W_", "A_").replace("f_t", "φ_t").replace("c_", "m_")
    report = checked(text, tmp_path)
    assert report.verdict == "proved"
    assert "c = m" in report.assumed[-1] and "W_xi = A_xi" in report.assumed[-1]


@pytest.mark.parametrize("change", [
    ("  n9 -> h_out", '  bad [label="tanh"]; n7 -> bad -> too; too [label="h_t"]; n9 -> h_out'),
    ('m_in1 -> n5 [label="m_{t-1}"]', 'n4 -> early; early [label="m_{t-1}"]; early -> n5'),
    ("  n5 -> n7;", '  x_in -> n7 [label="φ_t ∘ m_{t-1}"];'),
])  # fmt: skip
def test_no_label_is_believed_in_other_letters_either(change, tmp_path):
    text = lstm().replace("c_", "m_").replace("f_t", "φ_t")
    assert text.count(change[0]) == 1
    try:
        verdict = checked(text.replace(*change), tmp_path).verdict
    except NotationError as problem:
        verdict = problem.message.code
    assert verdict in ("differs", "S705"), verdict


def test_words_are_told_and_mathematics_is_not_passed_over(tmp_path):
    report = checked(lstm(("  n5 -> n7;", '  n5 -> n7 [label="what is kept"];')), tmp_path)
    assert report.verdict == "proved" and "what is kept" in report.assumed[0]
    report = checked(lstm(("  n5 -> n7;", '  n5 -> n7 [label="c_{t–1}"];')), tmp_path)
    assert [f.kind for f in report.findings] == ["unlabelled"]


def test_its_faults_are_found_too(tmp_path):
    text = lstm(('n5 [label="⊙"', 'n5 [label="+"')).replace("c_", "m_").replace("f_t", "φ_t")
    assert checked(text, tmp_path).verdict == "differs"


# Bad input.


@pytest.mark.parametrize(("text", "code", "line"), [
    ("digraph {\n a -> b [label=<b>x</b>>];\n}", "S702", 2),
    ("digraph {\n a -> b", "S700", 2),
    ("nothing", "S700", 1),
    ("", "S700", 1),
    ("graph {\n a -- b;\n}", "S703", 1),
    ("digraph { a; b; }", "S703", 1),
    ("digraph {\n a -- b;\n}", "S703", 2),
    ('digraph {\n x -> a -> b -> a;\n x [label="x_t"]; a [label="+"];\n}', "S704", 2),
    ("digraph {\n a -> b;\n}", "S703", 2),
    ("digraph {" + "{" * 20 + "a -> b" + "}" * 20 + "}", "S701", 1),
    ("digraph {\n" + "a -> b;\n" * 2001 + "}", "S701", 2002),
])  # fmt: skip
def test_what_is_no_diagram_of_a_cell(text, code, line, tmp_path):
    path = tmp_path / "figure.dot"
    path.write_text(text, encoding="utf-8")
    found = run("check-diagram", path, "--cell", "lstm")
    assert found.status == 2 and not found.out
    assert f"error[{code}]" in found.err and f"figure.dot:{line}" in found.err
    told = run("check-diagram", path, "--cell", "lstm", "--json")
    assert told.status == 2 and json.loads(told.out)["verdict"] == "error"


def test_ten_megabytes_are_refused_at_once(tmp_path):
    path = tmp_path / "big.dot"
    path.write_text("digraph {\n" + "a -> b;\n" * 1_250_000 + "}")
    found = run("check-diagram", path, "--cell", "lstm")
    assert found.status == 2 and "error[S701]" in found.err


def test_a_file_that_is_not_there():
    found = run("check-diagram", "nowhere.dot", "--cell", "lstm")
    assert found.status == 2 and "error[S002]" in found.err


def test_strings_and_groups_of_dot():
    """escapes, joined strings, defaults of groups, a chain"""
    dot = dot_of(
        'strict digraph "a\\"b" { edge [style=dashed]; subgraph c { node [shape=box] x }\n'
        'x -> {y z} [label="c" + "_t"] // end\n /* more */ y -> z -> w [style=solid] }', "f",
    )  # fmt: skip
    assert [(e.tail, e.head) for e in dot.edges] == [("x", "y"), ("x", "z"), ("y", "z"), ("z", "w")]
    assert dot.edges[0].attributes == {"style": "dashed", "label": "c_t"}
    assert dot.edges[3].attributes["style"] == "solid" and dot.edges[3].span.line == 3
    assert dot.nodes["x"].attributes == {"shape": "box"}


def test_names_as_code_has_them(tmp_path):
    """c_prev, W_xf and sigmoid are read as c_{t-1}, W_xf and σ"""
    text = (
        lstm().replace("c_{t-1}", "c_prev").replace('"σ"', '"sigmoid"').replace("h_{t-1}", "h_t-1")
    )
    assert checked(text, tmp_path).verdict == "proved"


def test_a_condition_is_told(tmp_path):
    cell = Cell.from_latex(r"h_t = \frac{x_t}{h_{t-1}}", "quotient")
    report = checked(diagram(cell).dot(), tmp_path, cell)
    assert report.verdict == "proved" and report.conditions == ("h_0 ≠ 0",)


def test_circles_are_reported_as_errors():
    with pytest.raises(NotationError, match="circle"):
        from symlstm.drawing.drawn import drawn_of
        from symlstm.drawing.labels import Labels
        from symlstm.drawing.sights import sights

        cell = cells["elman"]
        dot = dot_of('digraph { a [label="σ"]; a -> a; }', "f")
        sights(drawn_of(dot, Labels(cell)), cell)


# As people draw.

FIGURE = r"""digraph {
  x [label="x_t"]; hb [label="h_{t-1}"]; cb [label="c_{t-1}"]; h [label="h_t"]; c [label="c_t"];
  f [label="σ"]; i [label="σ"]; g [label="tanh"]; o [label="σ"];
  keep [label="⊙"]; write [label="⊙"]; plus [label="+"]; sq [label="tanh"]; read [label="⊙"];
  {x hb} -> f; {x hb} -> i; {x hb} -> g; {x hb} -> o;
  cb -> keep; f -> keep [label="f_t"]; i -> write [label="i_t"]; g -> write [label="g_t"];
  keep -> plus; write -> plus; plus -> c [label="c_t"]; plus -> sq -> read; o -> read [label="o_t"];
  read -> h [label="h_t"];
}
"""
GRU = r"""digraph { x [label="x_t"]; hb [label="h_{t-1}"]; h [label="h_t"];
 r [label="r_t: σ"]; z [label="z_t: σ"]; m [label="⊙"]; n [label="h̃_t: tanh"];
 om [label="1-"]; a [label="⊙"]; b [label="⊙"]; s [label="+"];
 {x hb} -> r; {x hb} -> z; r -> m; hb -> m; m -> n; x -> n; z -> om;
 z -> a; hb -> a; om -> b; n -> b; a -> s; b -> s; s -> h;
}
"""
ELMAN = r"""digraph {
  x [label="x_t"]; hb [label="h_{t-1}"]; h [label="h_t"]; y [label="y_t"];
  s [label="σ"]; o [label="σ"];
  x -> s; hb -> s; s -> h [label="h_t"]; s -> o; o -> y [label="y_t"];
}
"""


def with_change(text, *changes):
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


GATE = "{x hb} -> f;"


@pytest.mark.parametrize("changes", [
    (),
    [('f [label="σ"]', 'f [label="σ", xlabel="f_t"]'), ('f -> keep [label="f_t"]', "f -> keep")],
    [('f [label="σ"]', 'f [label="f_t\\nσ"]'), ('f -> keep [label="f_t"]', "f -> keep")],
    [('f -> keep [label="f_t"]', 'f -> fn -> keep; fn [label="f_t"]')],
    [(GATE, "x -> j; j [shape=point]; {j hb} -> f;")],
    [('plus -> c [label="c_t"]; plus -> sq', 'plus -> p; p [shape=point]; p -> c [label="c_t"];'
      " p -> sq")],
    [("read -> h [", "h -> hb [style=dashed]; c -> cb [style=dashed]; read -> h [")],
    [(GATE, '{x hb} -> sf; sf [label="+"]; sf -> f;')],
    [('f [label="σ"];', 'subgraph cluster_f { label="forget gate"; f [label="σ"]; }')],
    [("read -> h [", 'read -> up; up [label="h_t"]; read -> h [')],
    [(GATE, '{x2 hb} -> f; x2 [label="x_t"];')],
])  # fmt: skip
def test_a_right_figure_is_proved_however_it_is_drawn(changes, tmp_path):
    report = checked(with_change(FIGURE, *changes), tmp_path)
    assert report.verdict == "proved", report.to_text()


@pytest.mark.parametrize("change", [
    ("read -> h [", "h -> cb [style=dashed]; read -> h ["),
    (GATE, '{x hb} -> f; b -> f; b [label="b_f"];'),
    (GATE, "x -> f;"),
    (GATE, "{x hb cb} -> f;"),
    (GATE, '{x hb} -> f0; f0 [label="σ"]; f0 -> f;'),
    (GATE, 'x -> t0; t0 [label="tanh"]; t0 -> f; hb -> f;'),
    (GATE, '{x hb} -> t0; t0 [label="⊙"]; t0 -> f;'),
    (GATE, 'x -> t0; t0 [label="1-"]; t0 -> f; hb -> f;'),
    (GATE, "x -> f [style=dashed]; hb -> f;"),
    (GATE, 'x -> f [label="-x_t"]; hb -> f;'),
    (GATE, '{x hb} -> st; st [label="[·,·]"]; st -> f; x -> f;'),
    ("sq -> read", 'sq -> again -> read; again [label="tanh"]'),
    ('plus -> c [label="c_t"];', "keep -> c;"),
    ('read -> h [label="h_t"];', "plus -> h; read -> h;"),
])  # fmt: skip
def test_a_wrong_figure_is_not(change, tmp_path):
    assert checked(with_change(FIGURE, change), tmp_path).verdict == "differs"


@pytest.mark.parametrize(("changes", "verdict"), [
    ((), "proved"),
    ([("r -> m; hb -> m;", "hb -> m; r -> m;")], "proved"),
    ([("z -> a; hb -> a; om -> b; n -> b;", "om -> a; hb -> a; z -> b; n -> b;")], "differs"),
    ([("h̃_t: tanh", "h̃_t: σ")], "differs"),
    ([('m [label="⊙"]', 'm [label="+"]')], "differs"),
    ([("m -> n;", "hb -> n;"), ("r -> m; hb -> m;", ""), ('m [label="⊙"];', "")], "differs"),
])  # fmt: skip
def test_a_figure_of_the_gru(changes, verdict, tmp_path):
    assert checked(with_change(GRU, *changes), tmp_path, "gru").verdict == verdict


@pytest.mark.parametrize(("changes", "verdict"), [
    ((), "proved"),
    ([("hb -> s;", 's -> s [label="h_{t-1}", style=dashed];'), ('hb [label="h_{t-1}"];', "")],
     "differs"),
])  # fmt: skip
def test_a_figure_of_elmans_network(changes, verdict, tmp_path):
    report = checked(with_change(ELMAN, *changes), tmp_path, "elman")
    assert report.verdict == verdict
    kinds = [f.kind for f in report.findings]
    assert kinds == (["hidden-state", "unlabelled"] if changes else [])


@pytest.mark.parametrize("function", ["log", "sqrt", "softplus", "relu", "exp", "abs"])
def test_functions_that_have_no_value_everywhere(function, tmp_path):
    cell = Cell.from_latex(rf"h_t = \operatorname{{{function}}}(W x_t + U h_{{t-1}} + b)", "one")
    assert checked(diagram(cell).dot(), tmp_path, cell).verdict == "proved"
    wrong = diagram(cell).dot().replace("U h_{t-1}", "−(U h_{t-1})")
    assert checked(wrong, tmp_path, cell).verdict == "differs"


def test_a_cell_without_a_value_is_undecided(tmp_path):
    cell = Cell.from_latex(r"h_t = \log(-1 - \exp(W x_t + U h_{t-1}))", "none")
    report = checked(diagram(cell).dot(), tmp_path, cell)
    assert report.verdict == "undecided" and "no numbers were found" in report.findings[0].message
