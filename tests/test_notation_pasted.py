"""Text as it is pasted from papers and notes: read as it stands, or told how to be mended."""

import contextlib
import time

import pytest

from symlstm.messages import NotationError
from symlstm.notation.reading import read_text


def equations(text):
    return read_text(text, "cell.tex").equations


def message(text):
    with pytest.raises(NotationError, match=r"S\d") as caught:
        read_text(text, "cell.tex")
    return str(caught.value)


# Comments that declare: a declaration that is passed over would be a misreading without a word.


@pytest.mark.parametrize(
    "told",
    [
        "# notation: σ = tanh\nh_t = σ(W x_t + U h_{t-1})",
        "h_t = σ(W x_t + U h_{t-1})  # notation: σ = tanh",
        "h_t = \\sigma(W x_t + U h_{t-1}) % notation: \\sigma = \\tanh",
        "%% Notation : \\sigma = \\tanh\nh_t = \\sigma(W x_t + U h_{t-1})",
    ],
)
def test_a_comment_declares_wherever_it_begins(told):
    assert equations(told) == equations(r"h_t = \tanh(W x_t + U h_{t-1})")


def test_signs_of_unicode_are_declared_and_declare():
    told = "# notation: * = ∘\n# notation: juxtaposition = ⊙\nh_t = tanh(W x_t) * h_{t-1}"
    assert equations(told) == equations("h_t = tanh(W x_t) ∘ h_{t-1}")


def test_a_comment_that_is_a_comment_declares_nothing():
    commented = "% % notation: \\sigma = \\tanh\nh_t = \\sigma(W x_t + U h_{t-1})"
    assert equations(commented) == equations(r"h_t = \sigma(W x_t + U h_{t-1})")


def test_metadata_of_plain_text_may_stand_behind_its_own_sign():
    assert read_text("# title: Elman\nh_t = tanh(W x_t + U h_{t-1})").title == "Elman"


# Differential equations.


def test_the_whole_message_of_a_dotted_signal():
    text = r"\dot{h}(t) = -h(t) + \tanh(W h(t) + U x(t))"
    assert (
        message(text)
        == r"""
error[S340]: \dot{h}(t) has two readings
  --> cell.tex:1:1
    1 | \dot{h}(t) = -h(t) + \tanh(W h(t) + U x(t))
      | ^^^^^^^^^^
  ::: cell.tex:1:15
    1 | \dot{h}(t) = -h(t) + \tanh(W h(t) + U x(t))
      |               ^^^^
  it may be the derivative of h(t) with respect to time
  it may be a signal of its own beside the input h(t)
  help: write a step: h_t = h_{t-1} + \epsilon (…), \epsilon \in \mathbb{R}; or rename the signal
""".strip("\n")
    )


@pytest.mark.parametrize(
    "text",
    [
        r"\dot{h} = A h + \tanh(W h + U x)",
        r"\tau \frac{dh}{dt} = -h + \tanh(W h + U x)",
        r"\frac{\mathrm{d} \mathbf{h}(t)}{\mathrm{d}t} = -h(t) + x(t)",
        r"\frac{d}{dt} h(t) = -h(t) + x(t)",
        "h'(t) = -h(t) + x(t)",
        "h_t \\in \\mathbb{R}^{H} \\\\ x_t \\in \\mathbb{R}^{H} \\\\ \\dot h_t = W h_t + x_t",
    ],
)
def test_a_differential_equation_is_no_step(text):
    assert message(text).startswith("error[S340]")


@pytest.mark.parametrize(
    "text",
    [
        r"h_t = h_{t-1} + \dot h_t \\ \dot h_t = \tanh(W h_{t-1} + U x_t)",
        r"x'_t = E x_t \\ h_t = \tanh(W x'_t + U h_{t-1})",
        r"h_t, x_t \in \mathbb{R}^H \\ h'_t = \tanh(W x_t + U h_t)",
    ],
)
def test_a_mark_above_a_name_is_no_derivative_of_what_is_defined_or_declared(text):
    assert equations(text)


# Plain Unicode text is told what to write in its own notation: a backslash would make it LaTeX.


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("h_t = tanh(W x_t) * h_{t-1}",
         "write ∘ for the elementwise product, or say it: % notation: * = ∘"),
        ("h_t = (1 − α) h_{t−1} + α tanh(W x_t)",
         "declare α ∈ ℝ or ℝ^(H×H), or write ∘ behind a vector"),
        ("h_t = φ(W x_t + U h_{t−1})",
         "define φ(x) = …, or write % notation: φ = tanh, or declare φ ∈ ℝ^H"),
        ("x_t ∈ ℝ^D\nW ∈ ℝ^{D×H}\nh_t ∈ ℝ^H\nh_t = tanh(W x_t + U h_{t−1})", "Wᵀ fits: it is H×D"),
        ("x_t ∈ ℝ^D\nh_t = tanh(W x_t + U h_{t−1}) + u_t",
         "if it is an input, declare it: u_t ∈ ℝ^D"),
        ("h_t = a = tanh(W x_t + U h_{t-1})",
         "write one equation for each, and a new line between two equations"),
        ("h_t = h_{t-1} + h_{t-1}^{-1} x_t",
         "write 1 / (…) for one over every entry, or say it: % notation: ^{-1} = elementwise"),
    ],
)  # fmt: skip
def test_a_help_for_plain_text_has_no_backslash(text, help):
    assert message(text).endswith(f"help: {help}")


def test_following_the_help_for_plain_text_leads_to_a_cell():
    text = "α ∈ ℝ\n% notation: * = ∘\nh_t = (1 − α) h_{t−1} + α tanh(W x_t) * z_t"
    latex = r"\alpha \in \mathbb{R} \\ h_t = (1 - \alpha) h_{t-1} + \alpha \tanh(W x_t) \odot z_t"
    assert equations("z_t ∈ ℝ^H\nx_t ∈ ℝ^D\n" + text) == equations(
        r"z_t \in \mathbb{R}^H \\ x_t \in \mathbb{R}^D \\" + latex
    )


def test_one_neuron_of_many_is_told_to_be_a_whole_vector():
    text = r"h_{n,t} = \sigma(\mathbf{w}_n \mathbf{x}_t + u_n h_{n,t-1} + b_n)"
    assert (
        message(text)
        == r"""
error[S307]: u_n may be a scalar, a vector or a matrix
  --> cell.tex:1:46
    1 | h_{n,t} = \sigma(\mathbf{w}_n \mathbf{x}_t + u_n h_{n,t-1} + b_n)
      |                                              ^^^
  it multiplies what stands behind it, and nothing tells its shape
  n may count entries, so that the equation is about one of them
  help: write whole vectors, without the index n, and u \odot for the entries of one
""".strip("\n")
    )
    followed = r"h_t = \sigma(W \mathbf{x}_t + u \odot h_{t-1} + b)"
    assert len(equations(followed)) == 1


# A help that is followed leads to a cell: nothing in it is a name of the file, or no LaTeX.


@pytest.mark.parametrize(
    ("text", "help", "followed"),
    [
        (r"h_t = h_{t-1} + \frac{\Delta t}{\tau} \odot \tanh(W h_{t-1} + U x_t + \tau)",
         r"say that it is a name: % notation: \Delta t = q",
         "% notation: \\Delta t = q\nq, \\tau \\in \\mathbb{R}^H \\\\"
         r"h_t = h_{t-1} + \frac{\Delta t}{\tau} \odot \tanh(W h_{t-1} + U x_t + \tau)"),
        ("h_t = h_{t-1} + Δt tanh(W h_{t-1} + U x_t)",
         "write Δ t, and say that it is a name: % notation: Δ t = q",
         "% notation: Δ t = q\nq ∈ ℝ\nh_t = h_{t-1} + Δ t tanh(W h_{t-1} + U x_t)"),
        (r"c_{k+1} = A c_k + B f_k",
         "say that k is the time: % notation: time = k, step = k+1",
         "% notation: time = k, step = k+1\nc_{k+1} = A c_k + B f_k"),
        (r"h_n = A h_{n-1} + B x_n, \quad y_n = C h_n, \quad n = 1, \dots, N",
         "say that n is the time: % notation: time = n",
         "% notation: time = n\n"
         r"h_n = A h_{n-1} + B x_n, \quad y_n = C h_n, \quad n = 1, \dots, N"),
        (r"\mathbf{i}_j^{c} = \sigma(W x_t) \\ h_t = \mathbf{i}_j^{c} \odot h_{t-1}",
         r"write {\mathbf{i}^{c}}_{j,t}, or say it for the whole file: "
         r"% notation: \mathbf{i}_j^{c} = {\mathbf{i}^{c}}_{j,t}",
         "% notation: \\mathbf{i}_j^{c} = {\\mathbf{i}^{c}}_{j,t}\n"
         r"\mathbf{i}_j^{c} = \sigma(W x_t) \\ h_t = \mathbf{i}_j^{c} \odot h_{t-1}"),
        (r"i_j = \sigma(W h_{j-1} + U x_t) \\ h_j = i_j \odot h_{j-1}",
         "say that j is the time: % notation: time = j",
         "% notation: time = j\n" r"i_j = \sigma(W h_{j-1} + U x_j) \\ h_j = i_j \odot h_{j-1}"),
    ],
)  # fmt: skip
def test_a_help_that_is_followed_leads_to_a_cell(text, help, followed):
    assert message(text).endswith(f"help: {help}")
    assert equations(followed)


# Braces: before a system of equations, and below or above an expression.


@pytest.mark.parametrize(
    "text",
    [
        r"\left\{ \begin{array}{rcl} h_t &=& x_t + h_{t-1}, \\ y_t &=& V h_t. \end{array} \right.",
        r"\begin{cases} h_t = x_t + h_{t-1} \\ y_t = V h_t \end{cases}",
        r"\[\left\{ \begin{aligned} h_t &= x_t + h_{t-1} \\ y_t &= V h_t \end{aligned} \right. \]",
    ],
)
def test_a_brace_before_a_system_of_equations_is_decoration(text):
    assert equations(text) == equations(r"h_t = x_t + h_{t-1} \\ y_t = V h_t")


def test_cases_in_a_system_of_equations_are_cases():
    inner = r"\begin{cases} x_t & x_t > 0 \\ h_{t-1} & \text{otherwise} \end{cases}"
    assert equations(rf"\begin{{cases}} h_t = {inner} \\ y_t = V h_t \end{{cases}}") == equations(
        rf"h_t = {inner} \\ y_t = V h_t"
    )


def test_what_a_condition_of_cases_is_written_with():
    cases = r"h_t = \begin{cases} x_t & %s \\ h_{t-1} & \text{otherwise} \end{cases}"
    assert message(cases % "x_t = 0").endswith(
        "help: a condition of cases is written with <, ≤, > or ≥"
    )
    assert message(cases % "0 < x_t < 1").endswith(
        "help: a condition of cases has one comparison; each row holds where none before it does"
    )


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        (r"h_t = \underbrace{\tanh(W x_t)}_{\text{input}} + \overbrace{U h_{t-1}}^\text{memory}",
         r"h_t = \tanh(W x_t) + U h_{t-1}"),
        (r"h_t = \underbrace{f_t \odot h_{t-1}}_{\text{old}} - \underbrace{W x_t}_{\textrm{new}} \\"
         r" f_t = \sigma(\underbrace{U h_{t-1} + b}_{\text{a sum}})",
         r"h_t = f_t \odot h_{t-1} - W x_t \\ f_t = \sigma(U h_{t-1} + b)"),
        (r"h_t = \underbrace{(W x_t + b)}_{\text{one factor}} \odot h_{t-1}",
         r"h_t = (W x_t + b) \odot h_{t-1}"),
    ],
)  # fmt: skip
def test_words_below_a_brace_are_passed_over(printed, plain):
    assert equations(printed) == equations(plain)


@pytest.mark.parametrize(
    "right",
    [
        r"\underbrace{W x_t + b}_{\text{sum}} \odot h_{t-1}",
        r"h_{t-1} - \underbrace{W x_t + b}_{\text{sum}}",
        r"h_{t-1} + \tanh \underbrace{W x_t}_{\text{product}}",
        r"h_{t-1} + \underbrace{x_t}_{\text{input}}^2",
    ],
)
def test_a_brace_is_no_bracket(right):
    assert message(f"h_t = {right}").startswith("error[S341]: how far \\underbrace reaches has two")


def test_the_whole_message_of_a_name_below_a_brace():
    text = r"h_t = \underbrace{\sigma(W x_t)}_{i_t} \odot h_{t-1}"
    assert (
        message(text)
        == r"""
error[S341]: what \underbrace says of an expression has two readings
  --> cell.tex:1:33
    1 | h_t = \underbrace{\sigma(W x_t)}_{i_t} \odot h_{t-1}
      |                                 ^^^^^^
  i_t may be the name of what the brace spans
  i_t may be a remark
  help: give it an equation of its own, or write a remark as \text{…}
""".strip("\n")
    )


# Bold vectors and their italic entries; blocks beside names.


def test_the_entries_of_a_bold_vector_are_italic():
    bold = r"""
\mathbf{a}^t = W_{hh} \mathbf{h}^{t-1} + W_{xh} \mathbf{x}^t \\
\mu^t = \frac{1}{H} \sum_{i=1}^{H} a_i^t \qquad
\sigma^t = \sqrt{\frac{1}{H} \sum_{i=1}^{H} (a_i^t - \mu^t)^2} \\
\mathbf{h}^t = \tanh(\frac{\mathbf{g}}{\sigma^t} \odot (\mathbf{a}^t - \mu^t) + \mathbf{b})"""
    cell = read_text(bold)
    assert cell == read_text(bold.replace("a_i^t", r"\mathbf{a}_i^t"))
    assert [q.name for q in cell.inputs] == ["x"]
    assert equations(r"\mathbf{h}_t = \mathbf{h}_{t-1} + W \mathbf{x}_t \\ y_t = \sum_i x_{i,t}")


def test_the_entries_of_a_vector_are_in_no_other_font():
    text = r"\mathbf{h}_t = \mathbf{h}_{t-1} + W x_t \\ y_t = \sum_{i=1}^{H} \mathcal{h}_{i,t}"
    assert message(text).startswith("error[S222]")


def test_a_block_is_as_high_as_the_name_beside_it():
    blocks = r"""
\begin{bmatrix} a_t \\ b_t \end{bmatrix} = \begin{bmatrix} W & U \\ V & R \end{bmatrix}
\begin{bmatrix} x_t \\ h_{t-1} \end{bmatrix} \\ h_t = \sigma(a_t) \odot h_{t-1} \\ y_t = b_t"""
    cell = read_text(blocks)
    shapes = {q.name: tuple(map(str, q.shape)) for q in cell.parameters}
    assert shapes == {"W": ("H", "D"), "U": ("H", "H"), "V": ("K", "D"), "R": ("K", "H")}
    assert read_text(cell.to_latex()).equations == cell.equations


def test_a_stack_of_matrices_is_printed_as_it_is_read():
    cell = read_text(r"h_t = \begin{bmatrix} W \\ U \end{bmatrix} x_t + h_{t-1}")
    assert read_text(cell.to_latex()).equations == cell.equations


def test_names_beside_one_matrix_are_as_high_as_each_other():
    text = r"\begin{bmatrix} a_t \\ b_t \end{bmatrix} = W [x_t; h_{t-1}] \\ h_t = a_t \\ y_t = b_t"
    assert str(read_text(text).quantity("b").shape) == "(H, 1)"


# Reading takes time in proportion to the length.

SLOW = {
    "equations": " \\\\\n".join(
        rf"h^{{{k}}}_t = \sigma(W_{{{k}}} x_t + U_{{{k}}} h^{{{k}}}_{{t-1}} + b_{{{k}}})"
        for k in range(1, 375)
    ),
    "scalars beside parameters": r"x_t \in \mathbb{R} \\ "
    + " \\\\\n".join(
        rf"h^{{{k}}}_t = \sigma(w_{{{k}}} x_t + u_{{{k}}} h^{{{k}}}_{{t-1}}) \odot x_t"
        for k in range(1, 320)
    ),
    "a chain of scalars": r"x_t \in \mathbb{R} \\ h^{320}_t = x_t \\ "
    + " \\\\\n".join(
        rf"h^{{{k}}}_t = \sigma(x_t + h^{{{k}}}_{{t-1}} + h^{{{k + 1}}}_{{t-1}}) \odot x_t"
        for k in range(1, 320)
    ),
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_a_file_at_the_limit_takes_little_more_per_equation_than_a_short_one(text):
    def seconds(equations):
        started = time.process_time()
        with contextlib.suppress(NotationError):
            read_text(equations)
        return time.process_time() - started

    short = "\n".join(text.split("\n")[:40]).removesuffix("\\\\")
    seconds(short)
    least = min(seconds(short) for _ in range(3))
    assert min(seconds(text) for _ in range(2)) < 25 * least


def test_a_raised_letter_behind_e_in_plain_text_is_asked_about():
    """LaTeX's e^v is exp(v); in plain text the raised letter was taken for a label"""
    assert message("h_t = eᵛ ∘ h_{t-1} + W x_t") == (
        """error[S342]: eᵛ has two readings
  --> cell.tex:1:8
    1 | h_t = eᵛ ∘ h_{t-1} + W x_t
      |        ^
  it may be exp(v)
  it may be a name e with the label v
  help: write exp(v); or give the name another letter"""
    )
    assert "S254" in message("h_t = eᵀ h_{t-1} + W x_t")  # ᵀ is the transpose of something
