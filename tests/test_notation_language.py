"""Each construct of the notation means one thing: the core tree is compared with one typed here.

A tree is written in one line: `h@0` is h_t, `h@-1` is h_{t-1}, `W` a parameter, `a'` a transpose.
"""

import dataclasses

import pytest

from symlstm.messages import NotationError, Span
from symlstm.notation import syntax
from symlstm.notation.lexing import is_latex
from symlstm.notation.parsing import parse
from symlstm.notation.printing import LATEX, MathPrinter, unicode_equation
from symlstm.notation.reading import builtin_names, load_cell, read_text


def tree(node: syntax.Node) -> str:
    match node:
        case syntax.Name(name, _, shift):
            return name + ("" if shift is None else f"@{shift}")
        case syntax.Number(value):
            return str(value)
        case syntax.Sum(terms):
            return "(" + " ".join("−+"[sign > 0] + tree(term) for sign, term in terms) + ")"
        case syntax.Hadamard(factors):
            return "(" + " ∘ ".join(map(tree, factors)) + ")"
        case syntax.Product(factors):
            return "(" + " ".join(map(tree, factors)) + ")"
        case syntax.Quotient(top, bottom):
            return f"({tree(top)} / {tree(bottom)})"
        case syntax.Power(base, exponent):
            return f"{tree(base)}^{exponent}"
        case syntax.Apply(function, argument):
            return f"{function.name}({tree(argument)})"
        case syntax.Stack(parts):
            return "[" + "; ".join(map(tree, parts)) + "]"
        case syntax.Transposed(argument):
            return tree(argument) + "'"
        case syntax.Total(argument, is_mean):
            return ("mean" if is_mean else "sum") + f"({tree(argument)})"
        case syntax.Diagonal(argument):
            return f"diag({tree(argument)})"
        case syntax.Slice(argument, first, last):
            return f"{tree(argument)}[{first}:{last}]"
        case syntax.Part(argument, names, index):
            return f"{tree(argument)}.{names[index].ascii}"


def definitions(text: str) -> list[str]:
    return [f"{tree(d.left)} = {tree(d.right)}" for d in parse(text, "cell").definitions]


def right(text: str) -> str:
    """The right side of h_t = …"""
    return definitions(f"h_t = {text}")[0].removeprefix("h@0 = ")


# Expressions: what is written on the right of h_t = …, and its tree.

EXPRESSIONS = {
    r"\frac{a_t}{b + 1} \odot x_t": "((a@0 / (+b +1)) ∘ x@0)",
    r"x_t / (1 + y_t)": "(x@0 / (+1 +y@0))",
    r"a b / c \cdot d": "(((a b) / c) d)",
    r"\frac12 x_t": "(1/2 x@0)",
    r"\tfrac{3}{4} x_t": "(3/4 x@0)",
    r"1/2 x_t": "(1/2 x@0)",
    r"\sqrt{1 - a_t} b": "((+1 −a@0)^1/2 b)",
    r"\sqrt x b": "(x^1/2 b)",
    r"\sqrt{4} x_t": "(2 x@0)",
    r"(x_t + y_t)^2": "(+x@0 +y@0)^2",
    r"(x_t)^{1/2}": "x@0^1/2",
    r"x_t^2 + x_t": "(+x@0^2 +x@0)",
    r"\tanh^2(x_t)": "tanh(x@0)^2",
    r"\tanh(x_t)^2": "tanh(x@0)^2",
    r"\max(a_t, b_t)": "(+b@0 +relu((+a@0 −b@0)))",
    r"\max\{a_t, 0\}": "relu(a@0)",
    r"\max\left(1, a_t\right)": "(+1 +relu((+a@0 −1)))",
    r"\min(a_t, b_t)": "(+b@0 −relu((+b@0 −a@0)))",
    r"|x_t|": "abs(x@0)",
    r"\left|n_t^\top q_t\right|": "abs((n@0' q@0))",
    r"\|x_t\|": "sum(x@0^2)^1/2",
    r"\lVert x_t \rVert_2": "sum(x@0^2)^1/2",
    r"\|x_t\|^2": "sum(x@0^2)",
    r"\|x_t\|_1": "sum(abs(x@0))",
    r"e^{-x_t}": "exp((−x@0))",
    r"\mathrm{e}^x": "exp(x)",
    r"\ln x_t": "log(x@0)",
    r"\sigma x_t": "sigmoid(x@0)",
    r"\tanh c_t \odot o_t": "(tanh(c@0) ∘ o@0)",
    r"\sigma [x_t; y_t]": "sigmoid([x@0; y@0])",
    r"\sigma \bigl( W x_t \bigr)": "sigmoid((W x@0))",
    r"\operatorname{sigmoid}(x_t)": "sigmoid(x@0)",
    r"\text{sigmoid}(x_t)": "sigmoid(x@0)",
    r"\mathsf{tanh} \left[ x_t \right]": "tanh(x@0)",
    r"\operatorname*{ReLU} \{ x_t \}": "relu(x@0)",
    r"\operatorname{softplus}(x_t)": "softplus(x@0)",
    r"\operatorname{SiLU}(x_t)": "silu(x@0)",
    r"\operatorname{diag}(w) x_t": "(diag(w) x@0)",
    r"\operatorname{mean}(x_t)": "mean(x@0)",
    r"\operatorname{sum}(x_t)": "sum(x@0)",
    r"\operatorname{concat}(x_t, y_t)": "[x@0; y@0]",
    r"\begin{bmatrix} x_t \\ y_t \end{bmatrix}": "[x@0; y@0]",
    r"\begin{pmatrix} W_1 & W_2 \end{pmatrix} x_t": "([W_1'; W_2']' x@0)",
    r"\begin{bmatrix} A & B \\ C & D \end{bmatrix} x_t": "([[A'; B']'; [C'; D']'] x@0)",
    r"\left[a_t\right]_{1:H}": "a@0[1:H]",
    r"[W x_t]_{H+1:2*H}": "(W x@0)[H+1:2H]",
    r"\mathbf{1} - z_t": "(+1 −z@0)",
    r"W(x_t + y_t)": "(W (+x@0 +y@0))",
    r"a_t^{b_t}": "exp((b@0 ∘ log(a@0)))",
    r"\sum_{i=1}^{H} a_{i,t} b_i": "sum((a@0 ∘ b))",
    r"\frac{1}{H} \sum_{i=1}^{H} a^t_i": "mean(a@0)",
    r"1/H \sum_{i=1}^H (a_i^t - \mu_t)^2": "mean((+a@0 −mu@0)^2)",
    r"\frac{\sum_{i=1}^H a_{i,t}}{H}": "mean(a@0)",
    r"W^\top x_t + (A x_t)^{\mathsf T}": "(+(W' x@0) +(A x@0)')",
    r"W_1^{T} x_t": "(W_1' x@0)",
    r"h(t-1) + x(t)": "(+h@-1 +x@0)",
    r"\begin{cases} a_t & \text{if } x_t > 0 \\ b_t & \text{otherwise} \end{cases}": (
        "(+(step(x@0) ∘ a@0) +((+1 −step(x@0)) ∘ b@0))"
    ),
    r"\begin{cases} a_t, & x_t \ge 1, \\ 0, & x_t < 1. \end{cases}": (
        "((+1 −step((+1 −x@0))) ∘ a@0)"
    ),
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_has_one_reading(text):
    assert right(text) == EXPRESSIONS[text]


# Names.

NAMES = {
    r"W_{xi}": "W_xi",
    r"W_{x,i}": "W_xi",
    r"W^{(i)}": "W_i",
    r"W^{i}": "W_i",
    r"W_{x}^{(i)}": "W_x_i",
    r"W^{(i)}_{x}": "W_x_i",
    r"{W^{(i)}}_{x}": "W_x_i",
    r"\mathbf{W}_i": "W_i",
    r"\bm W": "W",
    r"\mathcal{W}": "W",
    r"{\bf W}": "W",
    r"\vec b": "b",
    r"\widetilde{b}": "b_tilde",
    r"\overline{b}": "b_bar",
    r"\tilde{b_z}": "b_tilde_z",
    r"b_{\tilde c}": "b_c_tilde",
    r"W_{\text{in}}": "W_in",
    r"W_{\mathrm{rec}}": "W_rec",
    r"b^\lambda": "b_lambda",
    r"b'": "b_prime",
    r"W^{l-1}": "W_lm1",
    r"\lambda": "lambda_",
    r"\Lambda": "Lambda",
    r"\mathrm{net}": "net",
}


@pytest.mark.parametrize("text", NAMES)
def test_the_ascii_name_is_a_stated_rule(text):
    assert right(rf"{text} \odot x_t") == f"({NAMES[text]} ∘ x@0)"


TIMES = [
    r"h_{t-1}", r"h^{t-1}", r"h^{(t-1)}", r"h^{\langle t-1\rangle}", r"h(t-1)", r"h_{t - 1}",
    "hₜ₋₁", "h_{t−1}", r"h_{\mathrm{t-1}}", r"h^{(\mathrm{t - 1})}", r"h_\text{t-1}",
]  # fmt: skip


@pytest.mark.parametrize("text", TIMES)
def test_the_time_stands_below_above_or_in_brackets_in_any_font(text):
    assert right(text) == "h@-1"


@pytest.mark.parametrize("text", [r"h_{t-1}^{(2)}", r"h^{(2)}_{t-1}", r"h_{t-1,2}", r"h_{2}^{t-1}"])
def test_a_name_has_a_label_and_a_time_in_any_order(text):
    assert right(text) == "h_2@-1"


def test_a_number_above_a_name_is_the_label_that_the_file_defines():
    assert definitions(r"a_t^2 = x_t \\ h_t = a_t^2") == ["a_2@0 = x@0", "h@0 = a_2@0"]


def test_a_number_above_a_name_is_a_power_of_a_name_that_the_file_has():
    assert definitions(r"a_t = x_t \\ h_t = a_t^2") == ["a@0 = x@0", "h@0 = a@0^2"]


# Files.

PLAIN = ["h@0 = (o@0 ∘ z@0)", "z@0 = tanh(c@0)"]
LAYOUTS = [
    r"h_t = o_t \odot z_t, \quad \text{where } z_t = \tanh(c_t)",
    r"h_t = o_t \odot z_t, \qquad z_t = \tanh(c_t).",
    r"h_t = o_t \odot z_t \qquad z_t = \tanh(c_t)",
    r"\begin{align} h_t &= o_t \odot z_t & z_t &= \tanh(c_t) \end{align}",
    r"\begin{align} h_t &= o_t \\ &\quad \odot z_t, \nonumber \\ z_t &= \tanh(c_t) \end{align}",
    r"\begin{eqnarray} h_t &=& o_t \odot z_t \label{h} \\[2pt] z_t &=& \tanh(c_t) \end{eqnarray}",
    r"$$h_t = o_t \odot z_t$$ $$z_t = \tanh(c_t)$$",
    r"\[ h_t := o_t \odot z_t \] \[ z_t \gets \tanh(c_t) \]",
    r"\begin{subequations}\begin{gather*} h_t = o_t \odot z_t; \\ z_t = \tanh(c_t), \end{gather*}"
    r"\end{subequations}",
    r"\begin{multline} h_t = o_t \odot \\ z_t \end{multline} \intertext{with} z_t = \tanh(c_t)",
    r"h_t = o_t \odot z_t \quad \text{and} \quad z_t = \tanh(c_t) \text{ for } t = 1, \dots, T",
    r"h_t \triangleq o_t \odot z_t \\ z_t \coloneqq \tanh{c_t} % the end",
    "h_t = o_t ∘ z_t\nz_t = tanh(c_t)",
    "h_t = o_t ⊙ z_t # output\n\nz_t = tanh c_t",
    "h_t = o_t ∘ z_t; z_t = tanh(c_t)",
    "h_t = o_t ∘ z_t, where z_t = tanh(c_t).",
    "hₜ = oₜ\n   ∘ zₜ\nzₜ =\n   tanh(cₜ)",
    "(1)  h_t = o_t ∘ z_t\n(2)  z_t = tanh(c_t)",
]


@pytest.mark.parametrize("text", LAYOUTS)
def test_equations_are_separated_as_papers_separate_them(text):
    assert definitions(text) == PLAIN


def test_plain_text_is_read_like_latex():
    latex = (
        r"i_t = \sigma(W_{xi} x_t + W_{hi} h_{t-1} + b_i) \\"
        r"\hat{c}_t = \lVert x_t \rVert^2 \sqrt{x_t}"
    )
    plain = "i_t = σ(W_xi x_t + W_hi hₜ₋₁ + b_i)\nĉ_t = ‖x_t‖² √(x_t)"
    assert not is_latex(plain)
    assert without_places(parse(plain, "a").definitions) == without_places(
        parse(latex, "b").definitions
    )


def without_places(value):
    """A tree whose places are all the same."""
    if isinstance(value, Span):
        return Span("", 0)
    if isinstance(value, tuple):
        return tuple(without_places(v) for v in value)
    if not dataclasses.is_dataclass(value) or not isinstance(
        value, syntax.Node | syntax.Definition | syntax.Declaration
    ):
        return value
    fields = {f.name: without_places(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return type(value)(**fields)


SIZES = {
    r"x_t \in \mathbb{R}^{D}": ("D",),
    r"x_t \in \mathbb{R}": ("1",),
    r"W \in \mathbb{R}^{H \times D}": ("H", "D"),
    r"W \in \R^{4H \times (H+D)}": ("4H", "H+D"),
    r"W \in \mathbb{R}^{2(H+D) \times 3}": ("2H+2D", "3"),
    r"x_t \in \mathbb{R}^{d_h}": ("d_h",),
    r"x_t \in \mathbb{R}^{\hat D}": ("D_hat",),
    r"W \in \mathbb{R}^{2\tilde{d}_h \times d_{\mathrm{model}}}": ("2d_tilde_h", "d_model"),
    r"W \in \mathbb{R}^{2d' \times d^{\prime}}": ("2d_prime", "d_prime"),
    r"W \in \mathbb{R}^{2\ell+1 \times \hat\ell_x}": ("2ell+1", "ell_hat_x"),
    r"x_t \in \mathbb{R}^{d_\ell}": ("d_ell",),
    "W ∈ ℝ^(ℓ×2d_in)": ("ell", "2d_in"),
    "x_t ∈ ℝ^d_model": ("d_model",),
    r"W \in \mathbb{R}^{(H+K) \times (H+K)}": ("H+K", "H+K"),
    "W ∈ ℝ^((H+K)×D)": ("H+K", "D"),
    "x_t ∈ ℝᴰ": ("D",),
    "W ∈ ℝ^(H×D)": ("H", "D"),
    "W ∈ ℝ^{H×D}": ("H", "D"),
    "W ∈ ℝᴴˣᴰ": ("H", "D"),
    r"W \in \mathbb{R}^{(H+K) \times (H+D)}": ("H+K", "H+D"),
    "W ∈ ℝ^((H+K)×(H+D))": ("H+K", "H+D"),
}


@pytest.mark.parametrize("sizes", [r"d_h \cdot d_x", "H (D+1)", r"\hat D_t'", "H/2"])
def test_a_product_of_sizes_is_no_size(sizes):
    with pytest.raises(NotationError, match=r"^error\[S207\]: .* is no size\n"):
        parse(rf"x_t \in \mathbb{{R}}^{{{sizes}}}", "cell")


@pytest.mark.parametrize("letter", ["d_h", r"\hat{D}", r"d_{model}", r"\tilde{d}_{in}", "d'"])
def test_sizes_with_accents_and_labels_are_printed_as_they_are_read(letter):
    """LN(z) has the number of entries in it, and the slice has sizes as bounds."""
    text = rf"""x_t \in \mathbb{{R}}^{{D}}, h_t \in \mathbb{{R}}^{{{letter}}},
    W \in \mathbb{{R}}^{{2{letter} \times D}}, U \in \mathbb{{R}}^{{{letter} \times {letter}}} \\
    a_t = W x_t, h_t = [a_t]_{{1:{letter}}} + U [a_t]_{{{letter}+1:2{letter}}}
    + \frac{{1}}{{{letter}}} \sum_{{i=1}}^{{{letter}}} h_{{t-1,i}}"""
    cell = read_text(text)
    assert rf"\mathbb{{R}}^{{{letter}}}" in cell.to_latex().replace("d_h", "d_h")
    assert read_text(cell.to_latex(), name=cell.name) == cell


@pytest.mark.parametrize("text", SIZES)
def test_sizes_are_sums_of_multiples(text):
    (declaration,) = parse(text, "cell").declarations
    assert declaration.sizes == SIZES[text]


def test_an_equation_may_declare_what_it_defines():
    (declaration,) = parse(r"h_t = x_t \in \mathbb{R}^{H}", "cell").declarations
    assert ([n.ascii for n in declaration.names], declaration.sizes) == (["h"], ("H",))


def test_constants_are_put_in_where_they_are_read():
    text = r"c = 8 \\ b = \sigma(\Lambda) \\ h_t = b^{c r_t} \odot x_t"
    assert definitions(text) == ["h@0 = (exp(((8 r@0) ∘ log(sigmoid(Lambda)))) ∘ x@0)"]


def test_functions_of_the_file_are_put_in_where_they_are_called():
    """g(x) = 4σ(x) − 2, as Hochreiter and Schmidhuber define it."""
    text = r"h_t = g(W x_t) \\ g(x) = 4\sigma(x) - 2"
    assert definitions(text) == ["h@0 = (+(4 sigmoid((W x@0))) −2)"]


def test_a_function_may_have_several_arguments():
    text = r"\operatorname{LN}(z; \alpha) = \alpha \odot z \\ h_t = \operatorname{LN}(W x_t; b)"
    assert definitions(text) == ["h@0 = (b ∘ (W x@0))"]


def test_layer_normalisation_is_read_as_it_is_printed():
    """Ba, Kiros and Hinton (2016), equation 4: σ^t is a name there, σ(·) a function."""
    text = (
        r"\mu^t = \frac{1}{H} \sum_{i=1}^{H} a^t_i \qquad "
        r"\sigma^t = \sqrt{\frac{1}{H} \sum_{i=1}^{H} (a^t_i - \mu^t)^2} \\"
        r"h^t = \sigma\left(\frac{g}{\sigma^t} \odot (a^t - \mu^t) + b\right)"
    )
    assert definitions(text) == [
        "mu@0 = mean(a@0)",
        "sigma@0 = mean((+a@0 −mu@0)^2)^1/2",
        "h@0 = sigmoid((+((g / sigma@0) ∘ (+a@0 −mu@0)) +b))",
    ]


def test_a_packed_left_side_is_a_quantity_and_its_parts():
    text = r"\begin{pmatrix} i_t \\ f_t \end{pmatrix} = W x_t + b"
    assert definitions(text) == [
        "if_bar@0 = (+(W x@0) +b)",
        "i@0 = if_bar@0.i",
        "f@0 = if_bar@0.f",
    ]


def test_a_column_of_functions_applies_to_the_parts():
    """Zaremba, Sutskever and Vinyals (2014)"""
    text = (
        r"\begin{pmatrix} i_t\\f_t\\o_t\\g_t \end{pmatrix} = \begin{pmatrix} \mathrm{sigm}\\"
        r"\mathrm{sigm}\\\sigma\\\tanh \end{pmatrix} W \begin{pmatrix} h_{t-1}\\x_t \end{pmatrix}"
    )
    assert definitions(text) == [
        "ifog_bar@0 = (W [h@-1; x@0])",
        "i@0 = sigmoid(ifog_bar@0.i)",
        "f@0 = sigmoid(ifog_bar@0.f)",
        "o@0 = sigmoid(ifog_bar@0.o)",
        "g@0 = tanh(ifog_bar@0.g)",
    ]


NOTATIONS = {
    r"% notation: * = \odot": (r"x_t * y_t", "(x@0 ∘ y@0)"),
    r"% notation: \times = \cdot": (r"W \times x_t", "(W x@0)"),
    r"% notation: \oplus = concatenation": (r"W (x_t \oplus y_t)", "(W [x@0; y@0])"),
    r"% notation: \| = concatenation": (r"W [x_t \| y_t]", "(W [x@0; y@0])"),
    r"% notation: ; = concatenation": (r"W (x_t; y_t)", "(W [x@0; y@0])"),
    r"% notation: \sigma_h = \tanh": (r"\sigma_h(x_t)", "tanh(x@0)"),
    r"% notation: \phi = \operatorname{ReLU}": (r"\phi(x_t)", "relu(x@0)"),
    r"% notation: f = identity": (r"f(x_t)", "x@0"),
}


@pytest.mark.parametrize("comment", NOTATIONS)
def test_a_comment_settles_what_is_ambiguous(comment):
    text, expected = NOTATIONS[comment]
    assert definitions(f"{comment}\nh_t = {text}") == [f"h@0 = {expected}"]


def test_a_comment_names_the_letter_of_time():
    assert definitions("% notation: time = n\nh_n = h_{n-1} + x(n)") == ["h@0 = (+h@-1 +x@0)"]


@pytest.mark.parametrize("name", builtin_names())
def test_what_is_printed_is_read_again(name):
    """read(print(equations)) is one tree, printed in LaTeX or in Unicode."""
    cell = load_cell(name)
    declared = [
        (q.glyph.in_unicode(), q.glyph.in_latex()) for q in cell.parameters if q.shape == (1, 1)
    ]
    printer = MathPrinter(cell, LATEX)
    unicode = "\n".join(
        [*(f"{u} ∈ ℝ" for u, _ in declared), *(unicode_equation(cell, e) for e in cell.equations)]
    )
    latex = " \\\\\n".join(
        [
            *(rf"{x} \in \mathbb{{R}}" for _, x in declared),
            *(printer.equation(e, align="&") for e in cell.equations),
        ]
    )
    a, b = parse(unicode, "a"), parse(latex, "b")
    assert len(a.definitions) == len(cell.equations)
    assert without_places(a.definitions) == without_places(b.definitions)


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        (r"h^t = \tanh(W^{(x)} x^t + U h^{t-1})", r"h_t = \tanh(W_x x_t + U h_{t-1})"),
        (r"h(t) = \tanh \left[ W_x x(t) + U h(t-1) \right]", r"h_t = \tanh(W_x x_t + U h_{t-1})"),
        ("hₜ = tanh(Wₓ xₜ + U hₜ₋₁)", r"h_t = \tanh(W_x x_t + U h_{t-1})"),
    ],
)
def test_two_spellings_are_one_cell(printed, plain):
    one, other = read_text(printed), read_text(plain)
    assert one.equations == other.equations
    assert [(q.name, q.role, q.shape) for q in one.quantities] == [
        (q.name, q.role, q.shape) for q in other.quantities
    ]


# What a hostile file may do.

HOSTILE = {
    "a thousand roots": "h_t = " + r"\sqrt " * 1000 + "x_t",
    "a thousand functions": "h_t = " + r"\tanh " * 1000 + "x_t",
    "unclosed labels": "h_t = x" + r"_{\}" * 10000,
    "unclosed powers": "h_t = x" + r"^{\}" * 9000 + "}" * 9000,
    "labels without end": "h^{" + "a," * 20000 + "} = x",
    "primes": "h_t = x" + "'" * 30000,
    "accents": "h_t = c" + "\u0303" * 30000,
    "powers of powers": "h_t = " + "(" * 60 + "2" + "^{64})" * 60,
    "a tower": r"h_t = 9^{9^{9^{9}}} x_t",
    "a chain of functions": r" \\ ".join(f"g_{{{n}}}(x) = g_{{{n + 1}}}(x)" for n in range(900)),
    "a chain of constants": r" \\ ".join(
        [*(f"a_{{{n}}} = a_{{{n + 1}}}" for n in range(900)), "h_t = a_{0} x_t"]
    ),
    "doubled constants": r" \\ ".join(
        [*(f"a_{{{n}}} = a_{{{n + 1}}} + a_{{{n + 1}}}" for n in range(40)), "h_t = a_{0} x_t"]
    ),
    "nested maxima": "h_t = " + r"\max(" * 90 + "c" + ", a_t + b)" * 90,
    "bars": "h_t = " + "|x" * 20000,
    "matrices": "h_t = " + r"\begin{pmatrix} a \\ " * 2000 + r"\end{pmatrix}" * 2000,
    "bidirectional text": "h_t = \u202ex_t",
    "one long product": "h_t = " + "x_t " * 16000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text_gets_a_message_and_no_other_exception(what):
    with pytest.raises(NotationError, match=r"^error\[S2"):
        parse(HOSTILE[what][:65536], "cell.tex")
