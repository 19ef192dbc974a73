r"""What a comment settles for a whole file, and what papers print that reads by itself.

Each construct is read to the core tree that is typed here; without its declaration it is an error
that shows the readings and names the declaration.
"""

import re

import pytest
from sympy import Symbol
from test_notation_language import definitions

from symlstm.messages import NotationError
from symlstm.notation.reading import read_text

# The equations, and their trees.
# fmt: off
READ = {
    "a word behind &": (
        r"""h_t &= a_t & \text{cell} \\ c_t &= b_t, && \text{\textit{gate}} \\
        g_t &= a_t & \mbox{out}""",
        ["h@0 = a@0", "c@0 = b@0", "g@0 = a@0"],
    ),
    "words behind &": (
        r"h_t &= a_t & \textit{recurrence gate} \\ c_t &= b_t & \text{sigmoid}",
        ["h@0 = a@0", "c@0 = b@0"],
    ),
    "a word that is declared": (
        r"\text{net} \in \mathbb{R}, h_t = \text{net} x_t", ["h@0 = (net x@0)"],
    ),
    "a word with a time": (r"h_t = \text{net}_t \odot x_t", ["h@0 = (net@0 ∘ x@0)"]),
    "an array as a display": (
        r"\begin{array}{ll} \\ h_t = a_t \\ c_t = b_t \\ \end{array}", ["h@0 = a@0", "c@0 = b@0"],
    ),
    "an array as a stack": (
        r"h_t = W \left[ \begin{array}{c} x_t \\ y_t \end{array} \right]",
        ["h@0 = (W [x@0; y@0])"],
    ),
    "an array on the left": (
        r"\left( \begin{array}{c} i_t \\ f_t \end{array} \right) = W x_t",
        ["if_bar@0 = (W x@0)", "i@0 = if_bar@0.i", "f@0 = if_bar@0.f"],
    ),
    "an array as cases": (
        r"""h_t = \left\{
        \begin{array}{ll} a_t & x_t > 0 \\ 0 & \text{otherwise} \end{array} \right.""",
        ["h@0 = (step(x@0) ∘ a@0)"],
    ),
    "two names from two values": (
        r"f'_t, i'_t \leftarrow \frac{f_t}{i_t}, \frac{i_t}{f_t} \\ h_t = f'_t",
        ["f_prime@0 = (f@0 / i@0)", "i_prime@0 = (i@0 / f@0)", "h@0 = f_prime@0"],
    ),
    "for all times": (
        r"h_t = x_t \quad \text{for } t > 0, c_t = h_t, \text{for } t = 1, \dots, T, g_t = c_t",
        ["h@0 = x@0", "c@0 = h@0", "g@0 = c@0"],
    ),
    "fonts and labels in labels": (
        r"h_t = W_{\boldsymbol{\mathrm{o}}} x_t + U_{d_h} h_{t-1} + b_{d_{out}}",
        ["h@0 = (+(W_o x@0) +(U_dh h@-1) +b_dout)"],
    ),
    "labels of several parts": (
        r"""h_t = W_{\mathbf{x}\mathbf{h}} x_t + U_{h\tilde{\mathbf c}} h_{t-1} + V_{x \to h} x_t
        + b_{\mathrm{x}h'} + T_{D+m,\,n} x_t + d_{\text{rec-in}} + l^{\ell}_{\alpha\beta}
        + f_{\ell-1} + g_{d_{\mathrm h}} + k_{(1)}""",
        ["h@0 = (+(W_xh x@0) +(U_hc_tilde h@-1) +(V_xtoh x@0) +b_xh_prime +(T_Dpmn x@0) "
         "+d_rec_in +l_alphabeta_ell +f_ellm1 +g_dh +k_1)"],
    ),
    "a number above that is declared": (
        r"W^1, W_z^2 \in \mathbb{R}^{H \times H}, h_t = W^1 x_t + W_z^2 h_{t-1}",
        ["h@0 = (+(W_1 x@0) +(W_z_2 h@-1))"],
    ),
    "two functions at once": (
        r"g(x) = h(x) = \tanh(x) \\ y_t = g(x_t) + h(u_t)", ["y@0 = (+tanh(x@0) +tanh(u@0))"],
    ),
    "a function of two letters": (
        r"LN(z; a) = a \odot z \\ h_t = \beta LN(x_t; \alpha) + LN(h_{t-1}; \gamma)",
        ["h@0 = (+(beta (alpha ∘ x@0)) +(gamma ∘ h@-1))"],
    ),
    "constants of an argument": (
        r"""\operatorname{LN}(z) = \frac{z - \mu}{\sigma}, \mu = \frac{1}{D} \sum_{i=1}^{D} z_i,
        \sigma = \sqrt{\frac{1}{D} \sum_{i=1}^{D} (z_i - \mu)^2} \\
        h_t = \sigma(\operatorname{LN}(x_t))""",
        ["h@0 = sigmoid(((+x@0 −mean(x@0)) / mean((+x@0 −mean(x@0))^2)^1/2))"],
    ),
    "a constant that no argument defines": (
        r"g(z) = z - \mu \\ \mu = 3 \\ h_t = g(x_t)", ["h@0 = (+x@0 −3)"],
    ),
    "gates without a time": (
        r"""% notation: z = z_t, \tilde{h} = \tilde{h}_t
        z = W x_t \\ \tilde{\mathbf{h}} = z \odot x_t \\ h_t = z^{2} + \tilde{\mathbf{h}}""",
        ["z@0 = (W x@0)", "h_tilde@0 = (z@0 ∘ x@0)", "h@0 = (+z@0^2 +h_tilde@0)"],
    ),
    "a prime for the new value": (
        r"""% notation: c' = c_t, h' = h_t, c = c_{t-1}, h = h_{t-1}, x = x_t
        c' = c \odot x + W h \\ h' = \tanh(c')""",
        ["c@0 = (+(c@-1 ∘ x@0) +(W h@-1))", "h@0 = tanh(c@0)"],
    ),
    "the step is called t+1": (
        r"""% notation: step = t+1
        z_t = W x_t + U h_t \\ h_{t+1} = z_t \odot h_t""",
        ["z@0 = (+(W x@0) +(U h@-1))", "h@0 = (z@0 ∘ h@-1)"],
    ),
    "the step is called n+1": (
        r"""% notation: step = n+1
        % notation: time = n
        h_{n+1} = x_{n+1} + h_n""",
        ["h@0 = (+x@0 +h@-1)"],
    ),
    "two letters that are one name": (
        r"""% notation: time = n
        % notation: \Delta t = \delta, \mathbf{\Delta t}_n = \tau_n
        % notation: \overline{\mathbf{\Delta t}} = \rho
        h_n = \mathbf{\Delta t}_n + \Delta t x_n + \overline{\mathbf{\Delta t}}_n""",
        ["h@0 = (+tau@0 +(delta x@0) +rho@0)"],
    ),
    "an input of the step before": (
        r"""% notation: x_{t-1} = p_{t-1}
        p_t = x_t \\ h_t = V x_{t-1} + W x_t""",
        ["p@0 = x@0", "h@0 = (+(V p@-1) +(W x@0))"],
    ),
    "affine maps": (
        r"""% notation: \mathrm{Linear}_{d_h} = affine
        \mathbf{z}_t = \sigma(\mathrm{Linear}_{d_h}(x_t)) + \mathrm{Linear}_{d_h}(y_t) \\
        \tilde{h}_t = \mathrm{Linear}_{d_h}(x_t)""",
        ["z@0 = (+sigmoid((+(W_z x@0) +b_z)) +(+(W_z2 y@0) +b_z2))",
         "h_tilde@0 = (+(W_h_tilde x@0) +b_h_tilde)"],
    ),
    "an affine map whose names are taken": (
        r"""% notation: A = affine
        y_t = W_z x_t \\ z_t = A y_t \\ z_{2,t} = A y_t \\ h_t = A(z_t) + A(z_{2,t})""",
        ["y@0 = (W_z x@0)", "z@0 = (+(W_z2 y@0) +b_z2)", "z_2@0 = (+(W_z22 y@0) +b_z22)",
         "h@0 = (+(+(W_h z@0) +b_h) +(+(W_h2 z_2@0) +b_h2))"],
    ),
    "an affine map of packed gates": (
        r"""% notation: T_{2n,4n} = affine
        \begin{pmatrix} i_t \\ f_t \end{pmatrix} = T_{2n,4n} (x_t)""",
        ["if_bar@0 = (+(W_if x@0) +b_if)", "i@0 = if_bar@0.i", "f@0 = if_bar@0.f"],
    ),
    "one over every entry": (
        "% notation: ^{-1} = elementwise\nh_t = c_t \\odot n_t^{-1} + c_t^{-2}",
        ["h@0 = (+(c@0 ∘ (1 / n@0)) +(1 / c@0^2))"],
    ),
}

MISTAKES = {
    "or": (
        r"f_t = \sigma(a_t) \ \text{OR} \ \exp(a_t)",
        r"""
error[S287]: a choice between two expressions has more than one reading
  --> cell.tex:1:21
    1 | f_t = \sigma(a_t) \ \text{OR} \ \exp(a_t)
      |                     ^^^^^^^^^
  it may be the one before the word, or the one behind it
  help: keep one of them; the other is another cell
""",
    ),
    "or in plain text": (
        "f_t = σ(a_t) or exp(a_t)",
        r"""
error[S287]: a choice between two expressions has more than one reading
  --> cell.tex:1:14
    1 | f_t = σ(a_t) or exp(a_t)
      |              ^^
  it may be the one before the word, or the one behind it
  help: keep one of them; the other is another cell
""",
    ),
    "more names than values": (
        r"f_t, i_t = a_t",
        r"""
error[S288]: 2 names and 1 value
  --> cell.tex:1:1
    1 | f_t, i_t = a_t
      | ^^^^^^^^^^^^^^
  a list of names is defined by as many values, in their order
  help: write one equation for each name, and a new line between two equations
""",
    ),
    "a step ahead": (
        r"h_{t+1} = h_t + x_t",
        r"""
error[S289]: an equation for t+1 has two readings
  --> cell.tex:1:1
    1 | h_{t+1} = h_t + x_t
      | ^^^^^^^
  the step may be called t+1: what carries +1 is moved one step back, and all else keeps its time
  all times of the file may be one step late
  help: say % notation: step = t+1 for the first; move all times for the second
""",
    ),
    "an argument that is a name": (
        r"g(z) = z - m, m = \operatorname{mean}(z), z \in \mathbb{R}, h_t = g(x_t)",
        r"""
error[S290]: z has two readings
  --> cell.tex:1:39
    1 | g(z) = z - m, m = \operatorname{mean}(z), z \in \mathbb{R}, h_t = g(x_t)
      |                                       ^
  ::: cell.tex:1:1
    1 | g(z) = z - m, m = \operatorname{mean}(z), z \in \mathbb{R}, h_t = g(x_t)
      | ^^^^^^^^^^^^
  it may be the argument of g
  it may be the name that the file has outside of it
  help: give one of them another letter
""",
    ),
    "a constant of an argument outside": (
        r"g(z) = z - m, m = \operatorname{mean}(z), h_t = g(x_t) + m",
        r"""
error[S290]: m is defined by the argument of g, and read outside of it
  --> cell.tex:1:58
    1 | g(z) = z - m, m = \operatorname{mean}(z), h_t = g(x_t) + m
      |                                                          ^
  ::: cell.tex:1:1
    1 | g(z) = z - m, m = \operatorname{mean}(z), h_t = g(x_t) + m
      | ^^^^^^^^^^^^
  help: give what stands here a name of its own, or call g
""",
    ),
    "a word that is no remark": (
        r"h_t = a_t \quad \text{cell} \\ c_t = h_t",
        r"""
error[S291]: \text{cell} has two readings
  --> cell.tex:1:17
    1 | h_t = a_t \quad \text{cell} \\ c_t = h_t
      |                 ^^^^^^^^^^^
  it may be a remark, or a quantity
  help: put & before a remark; write \mathrm{cell} for a quantity
""",
    ),
    "an affine map in a function": (
        "% notation: A = affine\ng(x) = A(x) \\\\ h_t = g(x_t)",
        r"""
error[S296]: whose weights this affine map has is not told
  --> cell.tex:2:8
    2 | g(x) = A(x) \\ h_t = g(x_t)
      |        ^^^^
  each place where it stands in an equation for one name has its own
  help: write W x_t + b here
""",
    ),
    "two columns side by side": (
        r"f_t, x_t, h_t \in \mathbb{R}^{H}, f_t = W h_{t-1} + x_t, h_t = f_t h_{t-1}",
        r"""
error[S210]: cannot multiply f_t (H×1) and h_{t-1} (H×1)
  --> cell.tex:1:68
    1 | f_t, x_t, h_t \in \mathbb{R}^{H}, f_t = W h_{t-1} + x_t, h_t = f_t h_{t-1}
      |                                                                    ^^^^^^^
  ::: cell.tex:1:1
    1 | f_t, x_t, h_t \in \mathbb{R}^{H}, f_t = W h_{t-1} + x_t, h_t = f_t h_{t-1}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  a matrix product needs as many columns on the left as rows on the right
  help: write \odot for the elementwise product, or say it: % notation: juxtaposition = \odot
""",
    ),
    "two signals side by side": (
        r"f_t = W h_{t-1} + V x_t \\ h_t = f_t h_{t-1}",
        r"""
error[S292]: f_t h_{t-1} has more than one reading
  --> cell.tex:1:34
    1 | f_t = W h_{t-1} + V x_t \\ h_t = f_t h_{t-1}
      |                                  ^^^^^^^^^^^
  it may be an elementwise product
  it may be a product with a scalar
  it may be a product with a matrix
  help: write \odot, or % notation: juxtaposition = \odot, or declare the shapes
""",
    ),
    "an undefined layer normalisation": (
        r"h_t = \operatorname{LN}(x_t)",
        r"""
error[S283]: no function is called LN
  --> cell.tex:1:7
    1 | h_t = \operatorname{LN}(x_t)
      |       ^^^^^^^^^^^^^^^^^
  a file may define one, as in \operatorname{f}(x) = 2 \tanh(x)
  help: known are sigmoid, tanh, exp, log, softplus, silu, relu, abs, sign, step, sqrt, max, min
""",
    ),
    "a step of another time": (
        "% notation: time = n\n% notation: step = t+1\nh_{n+1} = h_n + x_n",
        r"""
error[S240]: step = t+1 declares no notation
  --> cell.tex:2:13
    2 | % notation: step = t+1
      |             ^^^^^^^^^^
  a sign is ∘, · or concatenation, as in % notation: * = ∘
  a letter is a function, as in % notation: φ = tanh
  a name is another name, as in % notation: z = z_t
  the time is a letter, as in % notation: time = n
  the step is its time, or one step ahead, as in % notation: step = t+1
""",
    ),
    "the power 0": (
        r"h_t = (b + 1)^0 x_t + h_{t-1}",
        r"""
error[S246]: every quantity to the power 0 is 1
  --> cell.tex:1:7
    1 | h_t = (b + 1)^0 x_t + h_{t-1}
      |       ^^^^^^^^^
  help: write 1, or delete it
""",
    ),
}
# fmt: on


@pytest.mark.parametrize("what", READ)
def test_the_tree_of_what_is_printed_or_declared(what):
    text, expected = READ[what]
    assert definitions(text) == expected


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_whole_message(mistake):
    text, expected = MISTAKES[mistake]
    with pytest.raises(NotationError, match=r"^error") as caught:
        read_text(text, "cell.tex")
    assert str(caught.value) == expected.strip("\n")


@pytest.mark.parametrize("names", ["z_t = q", "z = 3 q", "z = q r", "= z", "z =", "z + q = r_t"])
def test_what_is_no_name_renames_nothing(names):
    text = f"% notation: {names}\nh_t = x_t + h_{{t-1}}"
    with pytest.raises(NotationError, match=rf"S240.*{re.escape(names)} declares no notation"):
        read_text(text)


def test_columns_side_by_side_are_the_elementwise_product_where_the_file_says_so():
    """c_t = f_t c_{t-1} is f_t ∘ c_{t-1}; a matrix and a vector are still multiplied."""
    plain = r"""
    f_t = \sigma(W x_t + U h_{t-1}) \\ c_t = f_t %s c_{t-1} + (1 - f_t) %s \tanh(V x_t) \\
    h_t = 2 \, f_t %s \tanh(c_t)"""
    said = read_text("% notation: juxtaposition = \\odot" + plain % ("", "", ""))
    typed = read_text(plain % (r"\odot", r"\odot", r"\odot"))
    assert said.equations == typed.equations
    assert said.quantities == typed.quantities


def test_a_vector_parameter_side_by_side_with_a_column_is_declared():
    """w c_{t-1} is no matrix times a column for want of a declaration."""
    said = "% notation: juxtaposition = \\odot\n"
    sizes = r"w \in \mathbb{R}^{K}, x_t \in \mathbb{R}^{D}, "
    equation = "h_t = w h_{t-1} + W x_t"
    vector = Symbol("K", integer=True, positive=True)
    assert read_text(said + sizes + equation).quantity("w").shape == (vector, 1)
    with pytest.raises(NotationError, match="w may be a scalar, a vector or a matrix"):
        read_text(said + equation)


def test_a_chain_of_matrix_and_columns_is_refused():
    """(W x) h and W (x ∘ h) are two readings of W x h."""
    text = r"""% notation: juxtaposition = \odot
    x_t, h_t \in \mathbb{R}^{D}, W \in \mathbb{R}^{D \times D}, h_t = W x_t h_{t-1}"""
    with pytest.raises(NotationError, match=r"S210.*cannot multiply x_t"):
        read_text(text)


def test_a_size_of_the_same_letter_hides_no_declared_matrix():
    cell = read_text(
        r"K \in \mathbb{R}^{K \times D}, x_t \in \mathbb{R}^{D}, h_t = K x_t + h_{t-1}"
    )
    assert [str(size) for size in cell.quantity("K").shape] == ["K", "D"]
    with pytest.raises(NotationError, match=r"S253.*K has two readings"):
        read_text(r"x_t \in \mathbb{R}^{K} \\ h_t = K x_t + h_{t-1}")


def test_more_renamings_than_a_file_needs_get_a_message():
    text = "% notation: " + ", ".join(f"a_{{{n}}} = b_{{{n}}}" for n in range(101))
    with pytest.raises(NotationError, match=r"S285.*renames at most 100 names"):
        read_text(text + "\nh_t = x_t")
