"""LaTeX text is read as a person reads it: names, roles, shapes and the order of what was written.

The messages about what cannot be read are in test_notation_messages.py.
"""

import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import MatAdd, MatMul, Symbol, Trace

from symlstm.calculus.gradient import derive
from symlstm.cell import Equation, Role
from symlstm.messages import NotationError, SymlstmError, UnknownNode, UsageError
from symlstm.notation.printing import LATEX, UNICODE, MathPrinter, unicode_equation
from symlstm.notation.reading import builtin_names, load_cell, read_file, read_text

# The built-in cells, typed from the papers: a name and its shape; `x:D` is a column of D rows.

PARAMETERS = {
    "lstm": "W_xi:HD W_hi:HH b_i:H W_xf:HD W_hf:HH b_f:H "
    "W_xo:HD W_ho:HH b_o:H W_xc:HD W_hc:HH b_c:H",
    "lstm-peephole": "W_xi:HD W_hi:HH w_ci:H b_i:H W_xf:HD W_hf:HH w_cf:H b_f:H "
    "W_xc:HD W_hc:HH b_c:H W_xo:HD W_ho:HH w_co:H b_o:H",
    "lstm-concat": "W_i:HK b_i:H W_f:HK b_f:H W_o:HK b_o:H W_c:HK b_c:H",
}
GATES = {"lstm": "ifog", "lstm-peephole": "ifgo", "lstm-concat": "ifog"}
D, H = (Symbol(name, integer=True, positive=True) for name in "DH")
SIZES = {"D": D, "H": H, "K": D + H}

every_cell = pytest.mark.parametrize("name", PARAMETERS)


def names(quantities) -> list[str]:
    return [quantity.name for quantity in quantities]


def shapes_typed(text: str) -> dict:
    parts = (entry.split(":") for entry in text.split())
    return {
        name: tuple(SIZES[letter] for letter in letters) + (1,) * (2 - len(letters))
        for name, letters in parts
    }


def test_the_cells_that_are_promised_first_are_built_in():
    assert {"lstm", "lstm-concat", "lstm-peephole"} <= set(builtin_names())


@every_cell
def test_a_built_in_cell_has_the_roles_of_its_paper(name):
    cell = load_cell(name)
    assert names(cell.inputs) == ["x"]
    assert names(cell.states) == ["h", "c"]
    assert names(cell.results) == ["h", "c"]
    assert names(cell.with_role(Role.INTERMEDIATE)) == list(GATES[name])
    assert names(cell.parameters) == list(shapes_typed(PARAMETERS[name]))


@every_cell
def test_a_built_in_cell_has_the_shapes_of_its_paper(name):
    expected = shapes_typed("x:D h:H c:H i:H f:H o:H g:H " + PARAMETERS[name])
    cell = load_cell(name)
    assert {q.name: q.shape for q in cell.quantities} == expected
    assert cell.dimensions == (D, H)


@every_cell
def test_signals_carry_time_and_batch_and_parameters_neither(name):
    for quantity in load_cell(name).quantities:
        is_signal = quantity.role is not Role.PARAMETER
        assert (quantity.is_timed, quantity.is_batched) == (is_signal, is_signal)


EQUATIONS = {
    "lstm": [
        "i_t = σ(W_xi x_t + W_hi h_{t-1} + b_i)",
        "f_t = σ(W_xf x_t + W_hf h_{t-1} + b_f)",
        "o_t = σ(W_xo x_t + W_ho h_{t-1} + b_o)",
        "g_t = tanh(W_xc x_t + W_hc h_{t-1} + b_c)",
        "c_t = f_t ∘ c_{t-1} + i_t ∘ g_t",
        "h_t = o_t ∘ tanh(c_t)",
    ],
    "lstm-peephole": [
        "i_t = σ(W_xi x_t + W_hi h_{t-1} + w_ci ∘ c_{t-1} + b_i)",
        "f_t = σ(W_xf x_t + W_hf h_{t-1} + w_cf ∘ c_{t-1} + b_f)",
        "g_t = tanh(W_xc x_t + W_hc h_{t-1} + b_c)",
        "c_t = f_t ∘ c_{t-1} + i_t ∘ g_t",
        "o_t = σ(W_xo x_t + W_ho h_{t-1} + w_co ∘ c_t + b_o)",
        "h_t = o_t ∘ tanh(c_t)",
    ],
    "lstm-concat": [
        "i_t = σ(W_i [h_{t-1}, x_t] + b_i)",
        "f_t = σ(W_f [h_{t-1}, x_t] + b_f)",
        "o_t = σ(W_o [h_{t-1}, x_t] + b_o)",
        "g_t = tanh(W_c [h_{t-1}, x_t] + b_c)",
        "c_t = f_t ∘ c_{t-1} + i_t ∘ g_t",
        "h_t = o_t ∘ tanh(c_t)",
    ],
}


@every_cell
def test_a_built_in_cell_is_printed_as_its_paper_writes_it(name):
    """In the order in which it was written: SymPy would sort U h + W x."""
    cell = load_cell(name)
    assert [unicode_equation(cell, e) for e in cell.equations] == EQUATIONS[name]


@every_cell
def test_latex_that_is_printed_is_read_as_the_same_equations(name):
    """read(print(cell)) = cell"""
    cell = load_cell(name)
    printer = MathPrinter(cell, LATEX)
    text = r" \\ ".join(printer.equation(e, align="&") for e in cell.equations)
    declared = r"x_t \in \mathbb{R}^{D} \\ h_t, c_t \in \mathbb{R}^{H} \\"
    again = read_text(declared + text)
    assert [unicode_equation(again, e) for e in again.equations] == EQUATIONS[name]
    assert {(q.name, q.role, q.shape) for q in again.quantities} == {
        (q.name, q.role, q.shape) for q in cell.quantities
    }


def test_one_text_is_read_as_one_cell():
    """read(text) = read(text): a frozen value"""
    text = r"h_t = \tanh(W x_t + U h_{t-1})"
    assert read_text(text) == read_text(text)


def test_metadata_is_read_from_comments():
    cell = load_cell("lstm-peephole")
    assert cell.title == "LSTM with peephole connections"
    assert cell.source.startswith("Graves (2013), Generating sequences with recurrent")


# Names.


def parameter(latex: str):
    """The quantity that a name stands for as a parameter."""
    cell = read_text(rf"h_t = {latex} \odot h_{{t-1}} + x_t")
    return cell.parameters[0]


@pytest.mark.parametrize(
    ("latex", "ascii_name", "unicode"),
    [
        ("W_{xi}", "W_xi", "W_xi"),
        ("W_x", "W_x", "W_x"),
        ("W_{x, i}", "W_xi", "W_xi"),
        (r"\tilde{b}", "b_tilde", "b̃"),
        (r"\tilde b_z", "b_tilde_z", "b̃_z"),
        (r"\hat{\beta}_1", "beta_hat_1", "β̂_1"),
        (r"\bar{b}", "b_bar", "b̄"),
        (r"\dot b", "b_dot", "ḃ"),
        (r"\mathbf{W}_{xi}", "W_xi", "W_xi"),
        (r"\boldsymbol{\theta}", "theta", "θ"),
        (r"\Lambda", "Lambda", "Λ"),
        (r"\lambda", "lambda_", "λ"),
        (r"\lambda_x", "lambda_x", "λ_x"),
    ],
)
def test_ascii_names_are_a_stated_rule(latex, ascii_name, unicode):
    quantity = parameter(latex)
    assert quantity.name == ascii_name
    assert quantity.in_unicode() == unicode


def test_no_ascii_name_is_a_keyword():
    """λ_t as a state: lambda_, lambda__prev, lambda__0"""
    cell = read_text(r"\lambda_t = x_t + \lambda_{t-1}")
    assert names(cell.states) == ["lambda_"]
    assert cell.states[0].at(-1).name == "lambda__prev"


def test_times_are_suffixes_of_symbols():
    """h_{t-1} → h_prev,  h_t → h_t,  \\tilde c_t → c_tilde_t"""
    cell = read_text(r"\tilde c_t = x_t + h_{t-1} \\ h_t = \tilde c_t")
    first, second = cell.equations
    assert [s.name for s in first.right.args] == ["x_t", "h_prev"]
    assert first.left.name == "c_tilde_t"
    assert (second.left.name, second.right.name) == ("h_t", "c_tilde_t")
    assert cell.quantity("c_tilde").in_unicode() == "c̃_t"


@pytest.mark.parametrize("time", ["t-1", " t - 1 ", "t -1"])
def test_times_may_be_spaced(time):
    cell = read_text(f"h_t = x_t + h_{{{time}}}")
    assert names(cell.states) == ["h"]


def test_a_label_and_a_time_may_stand_in_one_subscript():
    cell = read_text(r"h_{a,t} = x_{t} + h_{a,t-1} \\ h_{t} = h_{a,t}")
    assert names(cell.states) == ["h_a"]
    assert unicode_equation(cell, cell.equations[0]) == "h_a_t = x_t + h_a_{t-1}"


# The language.


PLAIN = read_text(r"h_t = \tanh(W x_t + U h_{t-1} + b)")


@pytest.mark.parametrize(
    "text",
    [
        r"h_t &= \tanh(W x_t + U h_{t-1} + b)",
        r"h_t = \tanh\left( W x_t + U h_{t-1} + b \right)",
        r"h_t = \tanh(W\,x_t + U \cdot h_{t-1} + b). \\",
        r"h_t = \operatorname{tanh}(W x_t + U h_{t-1} + b) \nonumber",
        r"\begin{align*} h_t &= \tanh(W x_t + U h_{t-1} + b) \label{eq:h}, \end{align*}",
        "\\begin{equation}\n\\begin{aligned}\nh_t = \\tanh(W x_t\r\n + U h_{t-1} + b)\n"
        "\\end{aligned}\n\\end{equation}\n",
        "% title: x\r\nh_t = % W_{z} z_t +\r\n  \\tanh(W x_t + U h_{t-1} + b)\r\n",
        r"h_t = \bigl(\tanh((W x_t) + (U h_{t-1}) + b)\bigr)",
        r"\\[2pt] h_t = \tanh(W x_t + U h_{t-1} + b) \\ \\",
        "\n\n\th_{t}=\\tanh( W x_{t}+U h_{t-1}+b )\n\n",
    ],
)
def test_spellings_of_one_equation_are_read_alike(text):
    """Nested sums in brackets aside, the tree is the same."""
    cell = read_text(text)
    assert unicode_equation(cell, cell.equations[0]) == "h_t = tanh(W x_t + U h_{t-1} + b)"
    assert {q.name: q.role for q in cell.quantities} == {q.name: q.role for q in PLAIN.quantities}


@pytest.mark.parametrize("ending", [".", ".\n", r", \label{eq:h} \\", r".\quad\\", ". % (1)"])
def test_punctuation_after_an_equation_is_no_mathematics(ending):
    assert names(read_text("h_t = x_t + h_{t-1}" + ending).states) == ["h"]


@pytest.mark.parametrize("product", [r"\odot", r"\circ"])
def test_the_hadamard_product_has_two_signs(product):
    cell = read_text(rf"h_t = x_t {product} h_{{t-1}}")
    assert unicode_equation(cell, cell.equations[0]) == "h_t = x_t ∘ h_{t-1}"


def test_a_product_binds_tighter_than_a_hadamard_product_than_a_sum():
    """a ∘ W b + c = (a ∘ (W b)) + c"""
    cell = read_text(r"h_t = a \odot W x_t + h_{t-1}")
    right = cell.equations[0].right
    assert isinstance(right, MatAdd)
    first, product = right.args[0].args
    assert first.name == "a"
    assert isinstance(product, MatMul)


@pytest.mark.parametrize("top", [r"^\top", r"^{\top}", "^T", "^{T}"])
def test_a_transpose_has_four_spellings(top):
    cell = read_text(
        r"x_t \in \mathbb{R}^{D} \\ W \in \mathbb{R}^{D \times H} \\"
        rf"h_t = W{top} x_t + (U{top}) h_{{t-1}}"
    )
    assert unicode_equation(cell, cell.equations[0]) == "h_t = Wᵀ x_t + Uᵀ h_{t-1}"
    assert cell.quantity("h").shape == (H, 1)


def test_a_stack_is_separated_by_commas_or_semicolons():
    cells = [read_text(rf"h_t = W [h_{{t-1}}{s} x_t]") for s in (",", ";", " , ")]
    assert len({str(cell.equations) for cell in cells}) == 1
    assert unicode_equation(cells[0], cells[0].equations[0]) == "h_t = W [h_{t-1}, x_t]"


@pytest.mark.parametrize(
    ("latex", "unicode"),
    [
        (r"1 - x_t", "1 − x_t"),
        (r"(1 - x_t) \odot h_{t-1}", "(1 − x_t) ∘ h_{t-1}"),
        (r"-x_t", "−x_t"),
        (r"-(x_t + h_{t-1}) - b", "−(x_t + h_{t-1}) − b"),
        (r"x_t - (h_{t-1} - b)", "x_t − (h_{t-1} − b)"),
        (r"0.5 x_t", "1/2 x_t"),
        (r"2 x_t", "2 x_t"),
        (r"0.1 \odot x_t", "1/10 x_t"),
        (r"W (x_t \odot b)", "W (x_t ∘ b)"),
        (r"(W x_t) \odot b", "W x_t ∘ b"),
        (r"(x_t + b) \odot (h_{t-1} + b)", "(x_t + b) ∘ (h_{t-1} + b)"),
        (r"W (U x_t)", "W U x_t"),
        (r"\sigma(\tanh(\exp(x_t)))", "σ(tanh(exp(x_t)))"),
    ],
)
def test_expressions_are_printed_in_the_order_and_brackets_that_they_need(latex, unicode):
    cell = read_text(rf"h_t = {latex} + W h_{{t-1}}")
    assert unicode_equation(cell, cell.equations[0]) == f"h_t = {unicode} + W h_{{t-1}}"


def test_decimal_numbers_are_exact():
    """0.1 is 1/10"""
    cell = read_text(r"h_t = 0.1 x_t + h_{t-1}")
    factor = cell.equations[0].right.args[0].args[0]
    assert (factor.p, factor.q) == (1, 10)


def test_latex_keeps_the_spelling_of_names():
    cell = read_text(r"\mathbf{h}_t = \tilde{W}_{xi} x_t + \lambda \odot \mathbf{h}_{t-1}")
    assert MathPrinter(cell, LATEX).equation(cell.equations[0], align="&") == (
        r"\mathbf{h}_{t} &= \tilde{W}_{xi}\, x_{t} + \lambda \odot \mathbf{h}_{t-1}"
    )


def test_gradients_are_printed_in_latex():
    system = derive(load_cell("lstm"))
    printer = MathPrinter(system, LATEX)
    assert printer.equation(system.equation("dc")) == (
        r"\mathrm{d}c_{t} = \mathrm{d}c^{\mathrm{out}}_{t} + \mathrm{d}h_{t} \odot o_{t} \odot "
        r"\left(1 - \tanh^{2}\left(c_{t}\right)\right) + \mathrm{d}c_{t+1} \odot f_{t+1}"
    )
    assert printer.equation(system.equation("dW_xi")) == (
        r"\mathrm{d}W_{xi} = \sum_{t=1}^{T} \sum_{b=1}^{B} \mathrm{d}\bar{i}_{t}\, x_{t}^{\top}"
    )


def test_slices_are_printed_from_one():
    system = derive(load_cell("lstm-concat"))
    assert "[W_cᵀ dḡ_t]_{H+1:D+H}" in unicode_equation(system, system.equation("dx"))


@pytest.mark.parametrize("dialect", [LATEX, UNICODE], ids=["latex", "unicode"])
def test_the_printer_refuses_an_unknown_node(dialect):
    cell = load_cell("lstm")
    node = Trace(cell.quantity("W_hi").at())
    with pytest.raises(UnknownNode, match=r"S401\]: no way to print a Trace is known"):
        MathPrinter(cell, dialect).equation(Equation(cell.quantity("h").at(), node))


# Roles.


def test_roles_follow_from_the_equations():
    cell = read_text(r"g_t = \sigma(V x_t) \\ y_t = U h_t \\ h_t = g_t \odot h_{t-1} + b")
    roles = {q.name: q.role.value for q in cell.quantities}
    assert roles == {
        "g": "intermediate",
        "V": "parameter",
        "x": "input",
        "y": "intermediate",
        "U": "parameter",
        "h": "state",
        "b": "parameter",
    }
    assert names(cell.results) == ["h", "y"]


def test_equations_may_stand_in_any_order():
    """y_t = U h_t reads what the next line defines."""
    cell = read_text(r"y_t = U h_t \\ h_t = W x_t + h_{t-1}")
    assert [e.left.name for e in cell.in_order] == ["h_t", "y_t"]
    assert [e.left.name for e in cell.equations] == ["y_t", "h_t"]


# Files.


def test_a_file_is_read_by_its_path_and_called_as_it_is(tmp_path):
    path = tmp_path / "elman.tex"
    path.write_bytes("% title: Elmán\r\nh_t = \\tanh(W x_t + U h_{t-1})\r\n".encode())
    cell = load_cell(path)
    assert (cell.name, cell.title) == ("elman", "Elmán")


def test_a_file_called_equations_is_called_as_its_folder(tmp_path):
    path = tmp_path / "my-cell" / "equations.tex"
    path.parent.mkdir()
    path.write_text("h_t = x_t + h_{t-1}", encoding="utf-8")
    assert read_file(path).name == "my-cell"


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "cell.tex"
    path.write_bytes(b"\xef\xbb\xbfh_t = x_t + h_{t-1}")
    assert names(read_file(path).states) == ["h"]


def test_a_byte_order_mark_inside_a_text_gets_a_message():
    with pytest.raises(
        NotationError, match=r"S203\]: the control character U\+FEFF is not allowed"
    ):
        read_text("h_t = x_t \ufeff + h_{t-1}")


def test_an_unknown_cell_gets_a_suggestion():
    with pytest.raises(UsageError, match="S001") as caught:
        load_cell("lstm-peepole")
    assert str(caught.value) == (
        "error[S001]: there is no cell and no equations file called lstm-peepole\n"
        "  symlstm list prints the built-in cells\n"
        "  help: did you mean lstm-peephole?"
    )


def test_a_missing_file_gets_a_message(tmp_path):
    path = tmp_path / "none.tex"
    with pytest.raises(UsageError, match="S002") as caught:
        load_cell(path)
    assert str(caught.value) == (
        f"error[S002]: {path}: no such file or directory\n  help: check the path"
    )


def test_a_folder_is_no_equations_file(tmp_path):
    folder = tmp_path / "cell.tex"
    folder.mkdir()
    with pytest.raises(UsageError, match=r"S002\]: .*: is a directory"):
        load_cell(folder)


# Whatever is written, only a message comes back.

PIECES = [
    *(f"{name}_t" for name in "hcx"),
    "h_{t-1}", "W", "b", "=", "+", "-", r"\odot", r"\\", "(", ")", "[", "]", ",", "{", "}", "_",
    "^", r"^\top", r"\tanh", r"\sigma", r"\exp", r"\tilde", r"\mathbf",
    r"\in", r"\mathbb{R}^{D}",
    r"\mathbb{R}^{H \times D}", "&", "%", "\n", " ", "2", "0.5", "1", r"\begin{align}",
    r"\end{align}", "*", "t", "λ", "٣", "\x00", "$",
]  # fmt: skip


def read_or_message(text: str) -> None:
    try:
        read_text(text)
    except NotationError as problem:
        assert str(problem).startswith(("error[S2", "error[S30", "error[S31"))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_pieces_in_any_order_give_a_cell_or_a_message(pieces):
    read_or_message(" ".join(pieces))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from(string.printable + "λσ∘\ufeff\u200b"), max_size=60))
def test_any_text_gives_a_cell_or_a_message(text):
    read_or_message(text)
    read_or_message(f"h_t = {text} + h_{{t-1}}")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_a_built_in_cell_with_one_character_changed_gives_a_cell_or_a_message(data):
    text = (Path(__file__).parents[1] / "symlstm/cells/lstm-concat.tex").read_text("utf-8")
    place = data.draw(st.integers(0, len(text) - 1))
    read_or_message(text[:place] + data.draw(st.sampled_from(string.printable)) + text[place + 1 :])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.binary(max_size=80))
def test_any_bytes_in_a_file_give_a_cell_or_a_message(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.tex"
    path.write_bytes(content)
    try:
        read_file(path)
    except SymlstmError as problem:
        assert isinstance(problem, NotationError)


def test_a_hundred_nested_brackets_are_read():
    """Ninety-nine round ones, and that of {t-1}."""
    cell = read_text("h_t = " + "(" * 99 + "x_t + h_{t-1}" + ")" * 99)
    assert unicode_equation(cell, cell.equations[0]) == "h_t = x_t + h_{t-1}"


BEYOND = {
    "three thousand accents": "h_t = " + r"\tilde " * 3000 + "x_t + h_{t-1}",
    "a number of 5000 digits": "h_t = x_t + h_{t-1} + " + "1" * 5000,
    "a size of 5000 digits": r"x_t \in \mathbb{R}^{" + "1" * 5000 + r"} \\ h_t = x_t + h_{t-1}",
    "a time of 5000 digits": "h_t = x_t + h_{t-" + "1" * 5000 + "}",
    "thirty free sizes": r" \\ ".join(
        f"{c}_t = A_{c} {c}_{{t-1}} + B_{c} x_{{{c},t}} + C_{c} y_{{{c},t}}" for c in "abcdefghij"
    ),
}


@pytest.mark.parametrize("what", BEYOND)
def test_what_is_beyond_the_limits_gets_a_message(what):
    read_or_message(BEYOND[what])


def test_free_sizes_are_numbered_after_the_letters():
    names = {d.name for d in read_text(BEYOND["thirty free sizes"]).dimensions}
    assert {"D", "H", "Z", "N1", "N15"} <= names
    assert len(names) == 30


@pytest.mark.parametrize("accents", [1, 2, 50])
def test_accents_apply_from_the_inside(accents):
    assert (
        parameter(r"\hat " + r"\tilde " * accents + "b").name == "b" + "_tilde" * accents + "_hat"
    )


def test_a_stack_goes_on_after_a_comment():
    r"""A comma before a comment is the full stop of a sentence only if an equation ends there."""
    cell = read_text("h_t = W [x_t, % first\n h_{t-1}], % last\n")
    assert unicode_equation(cell, cell.equations[0]) == "h_t = W [x_t, h_{t-1}]"


RESERVED_SIZES = ["B", "T"]


@pytest.mark.parametrize("size", RESERVED_SIZES)
def test_the_axes_are_no_sizes_of_a_cell(size):
    with pytest.raises(NotationError, match=f"{size} is"):
        read_text(rf"x_t \in \mathbb{{R}}^{{{size}}} \\ h_t = x_t + h_{{t-1}}")
