"""Generated code is a product: it is readable, checked by ruff and pyright, needs only NumPy, keeps
types and empty batches, and its σ neither overflows nor warns at any finite input.

That it computes the right thing is tested in test_gradient.py and test_interpret.py.
"""

import ast
import importlib.util
import os
import subprocess
import sys
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numerics import (
    assert_agree,
    cell_called,
    complex_step_gradients,
    generated,
    random_arguments,
    run_module,
    sequence_by_hand,
)
from sample_cells import BUILT_IN, SIZES, all_cells, sigma
from sympy import Symbol, Trace

from symlstm.cell import Cell, Role
from symlstm.codegen.numpy_code import generate
from symlstm.codegen.rows import RowsPrinter
from symlstm.interface import signature
from symlstm.messages import UnknownNode
from symlstm.notation.printing import unicode_equation
from symlstm.notation.reading import load_cell, read_text

built_in = pytest.mark.parametrize("name", BUILT_IN)
every_cell = pytest.mark.parametrize("name", all_cells())

ONE_RESULT = [name for name in all_cells() if len(cell_called(name).results) == 1]
several_results = pytest.mark.parametrize("name", [n for n in all_cells() if n not in ONE_RESULT])
one_result = pytest.mark.parametrize("name", ONE_RESULT)


# Tools.


def run_tool(package: str, *arguments: str) -> str:
    """The complaints of a development tool; without it the test is skipped, but not in CI.

    CI runs this file a second time, in the environment of the lint step, with SYMLSTM_LINT set.
    """
    if importlib.util.find_spec(package) is None:
        if os.environ.get("SYMLSTM_LINT"):
            pytest.fail(f"{package} is not installed, and the lint step needs it")
        pytest.skip(f"{package} is not installed: pip install '.[lint]'")
    done = subprocess.run(
        [sys.executable, "-m", package, *arguments], capture_output=True, text=True, timeout=120
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """Every generated module as a file of a folder; one run of a tool checks them all."""
    folder = tmp_path_factory.mktemp("generated")
    for name in BUILT_IN:
        text = generate(load_cell(name))
        (folder / f"{name.replace('-', '_')}.py").write_text(text, encoding="utf-8")
    return folder


def test_ruff_has_no_complaint(modules):
    assert run_tool("ruff", "check", "--isolated", str(modules)) == ""


def test_ruff_would_not_format_it_otherwise(modules):
    assert run_tool("ruff", "format", "--isolated", "--check", str(modules)) == ""


def test_pyright_has_no_complaint(modules):
    python = ("--pythonpath", sys.executable)
    assert run_tool("pyright", *python, *map(str, modules.iterdir())) == ""


@pytest.fixture(scope="module")
def one_result_modules(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one_result")
    for number, name in enumerate(ONE_RESULT):
        text = generate(cell_called(name))
        (folder / f"cell_{number}.py").write_text(text, encoding="utf-8")
    return folder


def test_ruff_would_not_format_a_cell_of_one_result_otherwise(one_result_modules):
    assert run_tool("ruff", "format", "--isolated", "--check", str(one_result_modules)) == ""


def test_pyright_has_no_complaint_about_a_cell_of_one_result(one_result_modules):
    """`transposed weights` computes nothing beside its one result."""
    module = one_result_modules / f"cell_{ONE_RESULT.index('transposed weights')}.py"
    assert run_tool("pyright", "--pythonpath", sys.executable, str(module)) == ""


def test_the_tools_do_complain(tmp_path):
    """The checks above can fail."""
    (tmp_path / "bad.py").write_text("import os\nx : int = 'a'\n", encoding="utf-8")
    assert "F401" in run_tool("ruff", "check", "--isolated", str(tmp_path))
    assert "1 file would be reformatted" in run_tool(
        "ruff", "format", "--isolated", "--check", str(tmp_path)
    )
    assert "reportAssignmentType" in run_tool("pyright", str(tmp_path / "bad.py"))


# Form.


@every_cell
def test_only_numpy_is_imported(name):
    tree = ast.parse(generate(cell_called(name)))
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert imported == {"numpy", "numpy.typing"}


@built_in
def test_the_header_says_how_to_regenerate_it(name):
    head = ast.get_docstring(ast.parse(generate(load_cell(name))))
    assert f"symlstm generate {name} --target numpy" in head
    assert load_cell(name).source.split(";")[0].split(",")[0] in head


def numbered_comments(source: str) -> list[str]:
    """The equations in comments, unwrapped: (1) i_t = …    (B, H)"""
    joined = source.replace("\n        #     ", " ").replace("\n    #     ", " ")
    lines = (line.strip() for line in joined.splitlines())
    return [" ".join(line[2:].split()) for line in lines if line.startswith("# (")]


@built_in
def test_each_line_stands_under_its_equation_and_shape(name):
    cell = load_cell(name)
    comments = numbered_comments(generate(cell))
    assert [int(c[1 : c.index(")")]) for c in comments] == list(range(1, len(comments) + 1))
    forward = comments[: len(cell.equations)]
    expected = [unicode_equation(cell, e) for e in cell.in_order]
    assert forward == [f"({n}) {e} (B, H)" for n, e in enumerate(expected, 1)]


def test_lines_of_the_lstm_typed_by_hand():
    source = generate(load_cell("lstm"))
    for lines in (
        "    # (1) i_t = σ(W_xi x_t + W_hi h_{t-1} + b_i)    (B, H)\n"
        "    i = sigmoid(x @ W_xi.T + h_prev @ W_hi.T + b_i)\n",
        "    # (5) c_t = f_t ∘ c_{t-1} + i_t ∘ g_t    (B, H)\n    c = f * c_prev + i * g\n",
        "        # (8) do_t = dh_t ∘ tanh(c_t)    (B, H)\n        do_t = dh_t * np.tanh(c[t])\n",
        "        # (18) dW_xi = Σ_t Σ_b dī_t x_tᵀ    (H, D)\n        dW_xi += di_bar_t.T @ x[t]\n",
    ):
        assert lines in source


@every_cell
def test_functions_have_the_arguments_that_are_promised(name):
    cell = cell_called(name)
    tree = ast.parse(generate(cell))
    found = {f.name: [a.arg for a in f.args.args] for f in tree.body if hasattr(f, "args")}
    for kind in ("step", "sequence", "gradients"):
        assert found[kind] == [a.name for a in signature(cell, kind).arguments]


@every_cell
def test_generation_is_deterministic(name):
    assert generate(cell_called(name)) == generate(cell_called(name))


def test_the_bytes_do_not_depend_on_the_hash_seed():
    """PYTHONHASHSEED 0, 1 and 31337, each in a process of its own"""
    code = (
        "import sys; from symlstm.notation.reading import load_cell;"
        "from symlstm.codegen.numpy_code import generate;"
        "sys.stdout.buffer.write(generate(load_cell('lstm-peephole')).encode())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("0", "1", "31337")
    }
    assert outputs == {generate(load_cell("lstm-peephole")).encode()}


# Values, types and empty arrays.


@built_in
def test_a_step_is_the_first_of_a_sequence(name):
    cell = load_cell(name)
    module = generated(cell)
    arguments = random_arguments(cell, "sequence", SIZES[0])
    step_arguments = {
        k.replace("_0", "_prev"): v[0] if k == "x" else v for k, v in arguments.items()
    }
    for one, all_ in zip(
        module["step"](**step_arguments), module["sequence"](**arguments), strict=True
    ):
        np.testing.assert_array_equal(one, all_[0])


def test_a_step_of_the_lstm_by_hand():
    """With zero weights and biases every gate is 1/2 and g is 0: c = c_prev/2, h = tanh(c)/2"""
    cell = load_cell("lstm")
    arguments = {a.name: np.zeros(a.shape(SIZES[0])) for a in signature(cell, "step").arguments}
    arguments["c_prev"] += 1.0
    h, c = generated(cell)["step"](**arguments)
    np.testing.assert_array_equal(c, np.full((2, 5), 0.5))
    np.testing.assert_allclose(h, np.full((2, 5), 0.23105857863000487), rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@several_results
def test_every_result_has_the_type_of_the_arguments(name, dtype):
    cell = cell_called(name)
    module = generated(cell)
    for kind in ("step", "sequence", "gradients"):
        arguments = random_arguments(cell, kind, SIZES[0])
        found = module[kind](**{k: v.astype(dtype) for k, v in arguments.items()})
        arrays = list(found.values() if kind == "gradients" else found)
        assert arrays, "nothing to check"
        assert {a.dtype for a in arrays} == {np.dtype(dtype)}


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.int8, bool])
@several_results
def test_integers_give_what_the_same_floats_give(name, dtype):
    """x of ones and zeros is no reason for states of ones and zeros"""
    cell = cell_called(name)
    module = generated(cell)
    rng = np.random.default_rng(1)
    for kind in ("step", "sequence", "gradients"):
        whole = {
            a.name: (rng.integers(0, 2, a.shape(SIZES[0])).astype(dtype)
                     if a.quantity.role is not Role.PARAMETER
                     else rng.uniform(0.25, 0.75, a.shape(SIZES[0])))
            for a in signature(cell, kind).arguments
        }  # fmt: skip
        floats = {k: v.astype(float) for k, v in whole.items()}
        found, wanted = module[kind](**whole), module[kind](**floats)
        keys = list(wanted) if kind == "gradients" else range(len(wanted))
        assert keys, "nothing to check"
        for key in keys:
            assert found[key].dtype == np.float64
            np.testing.assert_array_equal(found[key], wanted[key])


def test_integer_parameters_have_real_gradients():
    """dW = Σ dz̄ xᵀ is no integer because W is"""
    cell = load_cell("gru")
    module = generated(cell)
    rng = np.random.default_rng(2)
    whole = {
        a.name: rng.integers(-1, 2, a.shape(SIZES[0]))
        for a in signature(cell, "gradients").arguments
    }
    found = module["gradients"](**whole)
    wanted = module["gradients"](**{k: v.astype(float) for k, v in whole.items()})
    assert found["dW_xh"].any() and not (found["dW_xh"] % 1 == 0).all()
    for key, value in wanted.items():
        assert found[key].dtype == np.float64
        np.testing.assert_array_equal(found[key], value)


def test_an_integer_input_by_hand():
    """h_1 = tanh(1/2), h_2 = tanh(h_1/2 + 1/2) where all weights are 1/2 and x is 1"""
    module = generated(Cell.from_latex(
        r"x_t \in \mathbb{R} \\ h_t \in \mathbb{R} \\ h_t = \tanh(w x_t + w h_{t-1})"
    ))  # fmt: skip
    (h,) = module["sequence"](np.ones((2, 1), int), np.zeros(1, int), np.array(0.5))
    np.testing.assert_allclose(h[:, 0], [0.46211715726, 0.62371254982], rtol=1e-7)


def test_one_wider_argument_makes_all_wider():
    """float32 and float64 are computed in float64, at every step"""
    cell = load_cell("gru")
    module = generated(cell)
    arguments = random_arguments(cell, "sequence", SIZES[0])
    narrow = {**arguments, "x": arguments["x"].astype(np.float32)}
    (h,) = module["sequence"](**narrow)
    (expected,) = module["sequence"](**{**arguments, "x": narrow["x"].astype(float)})
    assert h.dtype == np.float64
    np.testing.assert_array_equal(h, expected)


@pytest.mark.parametrize("empty", ["T", "B"])
@several_results
def test_no_steps_and_no_examples_give_empty_results(name, empty):
    cell = cell_called(name)
    module, sizes = generated(cell), {**SIZES[0], empty: 0}
    for kind in ("sequence", "gradients"):
        found = module[kind](**random_arguments(cell, kind, sizes))
        results = signature(cell, kind).results
        arrays = list(found.values() if kind == "gradients" else found)
        assert [a.shape for a in arrays] == [r.shape(sizes) for r in results]


@built_in
def test_without_steps_every_gradient_is_zero(name):
    cell = load_cell(name)
    found = generated(cell)["gradients"](
        **random_arguments(cell, "gradients", {**SIZES[0], "T": 0})
    )
    assert found
    assert not any(value.any() for value in found.values())


@several_results
def test_arguments_are_left_as_they_were(name):
    cell = cell_called(name)
    module = generated(cell)
    for kind in ("step", "sequence", "gradients"):
        arguments = random_arguments(cell, kind, SIZES[0])
        copies = {k: v.copy() for k, v in arguments.items()}
        found = module[kind](**arguments)
        for key, value in arguments.items():
            np.testing.assert_array_equal(value, copies[key])
        arrays = found.values() if kind == "gradients" else found
        assert not any(np.shares_memory(r, a) for r in arrays for a in arguments.values())


# Names.

COLLIDING = (
    r"x_t \in \mathbb{R}^{D} \\ t_t \in \mathbb{R}^{H} \\ H, D \in \mathbb{R}^{H} \\"
    r"e_t = \sigma(T x_t + B t_{t-1} + H \odot D) \\ n_t = \exp(-e_t) \\"
    r"t_t = \tanh(n_t + z \odot e_t)"
)


def colliding_by_hand(p, x, s):
    e = sigma(p.T @ x.x + p.B @ s.t + p.H * p.D)
    n = np.exp(-e)
    return {"t": np.tanh(n + p.z * e)}


def test_parameters_may_be_called_as_the_sizes_and_the_loop_are():
    """T, B, H, D and t are names of the module's own until a cell takes them."""
    cell = read_text(COLLIDING)
    arguments = random_arguments(cell, "gradients", SIZES[0])
    expected = complex_step_gradients(cell, colliding_by_hand, arguments)
    assert_agree(generated(cell)["gradients"](**arguments), expected)


SIZE_NAMES = [
    "np",
    "x",
    "h",
    "dh",
    "sigmoid",
    "step",
    "t",
    "W",
    "range",
    "for",
    "reversed",
    "Array",
    "forward",
    "dict",
    "tuple",
    "lambda",
]


def with_size_called(cell: Cell, name: str) -> Cell:
    """The cell, its size H called by a name that no equations file has."""
    renamed = {
        s: Symbol(name, integer=True, positive=True) for s in cell.dimensions if s.name == "H"
    }
    equations = tuple(
        replace(e, left=e.left.xreplace(renamed), right=e.right.xreplace(renamed))
        for e in cell.equations
    )
    quantities = tuple(
        replace(q, shape=tuple(size.xreplace(renamed) for size in q.shape)) for q in cell.quantities
    )
    dimensions = tuple(renamed.get(size, size) for size in cell.dimensions)
    return replace(cell, equations=equations, quantities=quantities, dimensions=dimensions)


@pytest.mark.parametrize("size", SIZE_NAMES)
def test_a_size_may_have_any_name(size):
    """A size is a local variable of sequence and gradients."""
    read = read_text(
        r"x_t \in \mathbb{R}^{D} \\ h_t, y_t \in \mathbb{R}^{H} \\"
        r"W \in \mathbb{R}^{H \times D} \\"
        r"h_t = \tanh(W x_t + U h_{t-1}) \\ y_t = \sigma(h_t)"
    )
    cell = with_size_called(read, size)
    sizes = {**SIZES[0], size: 4}
    arguments = random_arguments(cell, "gradients", sizes)

    def by_hand(p, x, s):
        h = np.tanh(p.W @ x.x + p.U @ s.h)
        return {"h": h, "y": sigma(h)}

    expected = complex_step_gradients(cell, by_hand, arguments)
    assert_agree(generated(cell)["gradients"](**arguments), expected)


# Parameters among what each example has, rows, numbers per example.


def assert_step_agrees(cell, by_hand) -> None:
    arguments = random_arguments(cell, "sequence", {**SIZES[0], "T": 1})
    expected = sequence_by_hand(cell, by_hand, arguments)
    step_arguments = {
        k.replace("_0", "_prev"): v[0] if k == "x" else v for k, v in arguments.items()
    }
    found = generated(cell)["step"](**step_arguments)
    names = [q.name for q in cell.results]
    assert_agree(dict(zip(names, found, strict=True)), {k: v[0] for k, v in expected.items()})


def test_a_result_of_parameters_only_has_a_row_for_each_example():
    """y_t = σ(b)"""
    cell = read_text(r"y_t = \sigma(b) \\ h_t = h_{t-1} + W x_t")
    assert_step_agrees(cell, lambda p, x, s: {"h": s.h + p.W @ x.x, "y": sigma(p.b)})


def test_a_parameter_may_be_stacked_on_an_input():
    """h_t = W [b, x_t]"""
    cell = read_text(r"h_t = \tanh(W [b, x_t] + U h_{t-1}) \\ y_t = h_t")

    def by_hand(p, x, s):
        h = np.tanh(p.W @ np.concatenate([p.b, x.x]) + p.U @ s.h)
        return {"h": h, "y": h}

    assert_step_agrees(cell, by_hand)


def column(vector):
    """A vector as a matrix: products of rows and columns are then those of linear algebra."""
    return vector[:, np.newaxis]


def number_per_example(p, x, s):
    return {"h": np.tanh(s.h + p.v * (x.x @ x.u))}


def row_of_parameters(p, x, s):
    return {"h": s.h + p.v * (p.w @ x.x), "y": x.x + p.w[0] * (p.w @ x.x) + p.w[0]}


def row_states(p, x, s):
    C = s.C + (x.x @ x.u) * x.x + p.w + x.u
    return {"C": C, "h": s.h + p.W @ C[0]}


def row_times_matrix(p, x, s):
    return {"y": (x.x @ p.A)[np.newaxis], "h": s.h + p.G @ (x.x @ p.A)}


def row_times_state(p, x, s):
    C = s.C + np.outer(x.x, p.E @ x.x)
    return {"C": C, "h": s.h + p.G @ (x.x @ C + p.b @ C)}


def stacked_rows(p, x, s):
    return {"h": np.tanh(p.W @ (np.array([p.b, x.x, x.u]) @ x.u) + s.h)}


def one_entry(p, x, s):
    h = np.tanh(p.W * x.x + p.U @ s.h)
    return {"h": h, "y": p.W @ h}


def products_of_columns(p, x, s):
    h, v, w, one = column(s.h), column(p.v), column(p.w), column(x.x)
    return {"h": np.tanh(v @ w.T @ one + h @ h.T @ v + p.U @ p.U.T @ h)[:, 0]}


def parameters_only(p, x, s):
    return {"h": 2 * s.h + p.W @ x.x + p.A @ p.c + sigma(p.b)}


def numbers_only(p, x, s):
    return {"h": 4 * s.h + 6 + 5 * (p.W @ x.x)}


X_U_H = r"x_t, u_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ "
X_H = r"x_t \in \mathbb{R}^{D} \\ h_t \in \mathbb{R}^{H} \\ "
LAYOUTS = {
    "a number per example": (
        X_U_H + r"s_t = x_t^\top u_t \\ h_t = \tanh(h_{t-1} + v s_t)",
        number_per_example,
    ),
    "a row of parameters": (
        X_H + r"w \in \mathbb{R}^{1 \times D} \\ s_t = w x_t \\"
        r"y_t = x_t + w^\top s_t + w^\top \\ h_t = h_{t-1} + v s_t",
        row_of_parameters,
    ),
    "a row as state": (
        X_U_H + r"C_t \in \mathbb{R}^{1 \times D} \\ s_t = x_t^\top u_t \\"
        r"C_t = C_{t-1} + s_t x_t^\top + w^\top + u_t^\top \\ h_t = h_{t-1} + W C_t^\top",
        row_states,
    ),
    "a row times a matrix": (
        X_H + r"A \in \mathbb{R}^{D \times K} \\ h_t = h_{t-1} + G A^\top x_t \\"
        r"y_t \in \mathbb{R}^{1 \times K} \\ y_t = x_t^\top A",
        row_times_matrix,
    ),
    "a row times a matrix per example": (
        X_H + r"C_t \in \mathbb{R}^{D \times K} \\ C_t = C_{t-1} + x_t (E x_t)^\top \\"
        r"h_t = h_{t-1} + G (x_t^\top C_t + b^\top C_t)^\top",
        row_times_state,
    ),
    "rows on each other": (
        X_U_H + r"b \in \mathbb{R}^{D} \\ C_t = [b^\top, x_t^\top, u_t^\top] \\"
        r"h_t = \tanh(W C_t u_t + h_{t-1})",
        stacked_rows,
    ),
    "an input of one entry": (
        r"x_t \in \mathbb{R}^{1} \\ h_t \in \mathbb{R}^{H} \\"
        r"h_t = \tanh(W x_t + U h_{t-1}) \\ y_t = W^\top h_t",
        one_entry,
    ),
    "products of several columns": (
        X_H + r"h_t = \tanh(v w^\top x_t + h_{t-1} h_{t-1}^\top v + U U^\top h_{t-1})",
        products_of_columns,
    ),
    "quantities of parameters only": (
        X_H + r"A \in \mathbb{R}^{H \times K} \\ n_t \in \mathbb{R}^{H} \\"
        r"y_t = \sigma(b) \\ z_t = A \\ n_t = 2 \\"
        r"h_t = n_t \odot h_{t-1} + W x_t + z_t c + y_t",
        parameters_only,
    ),
    "numbers among themselves": (
        X_H + r"h_t = (1 + 1) h_{t-1} + 2 \odot 3 + W (2 \odot 3 - 1) x_t"
        r"- (1 - 2) \odot 2 \odot h_{t-1}",
        numbers_only,
    ),
}


@pytest.mark.parametrize("sizes", SIZES, ids=["D<H", "D>H"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_rows_columns_and_parameters_are_held_as_the_interface_says(name, sizes):
    text, by_hand = LAYOUTS[name]
    cell = read_text(text)
    arguments = random_arguments(cell, "gradients", sizes)
    expected = complex_step_gradients(cell, by_hand, arguments)
    assert_agree(generated(cell)["gradients"](**arguments), expected)
    arguments = random_arguments(cell, "sequence", sizes)
    expected = sequence_by_hand(cell, by_hand, arguments)
    found = generated(cell)["sequence"](**arguments)
    assert_agree(dict(zip(expected, found, strict=True)), expected)


def test_a_result_of_parameters_only_is_an_array_of_its_own_of_the_right_type():
    cell = read_text(r"y_t = b \\ h_t = h_{t-1} + W x_t")
    arguments = random_arguments(cell, "step", SIZES[0])
    arguments = {k: v.astype(np.float32) for k, v in arguments.items()}
    _, y = generated(cell)["step"](**arguments)
    assert y.dtype == np.float32
    y += 1  # neither read-only nor the parameter itself
    assert not np.shares_memory(y, arguments["b"])


WIDEST = {
    "a sum": "h_t = x_t + h_{t-1}" + " + b" * 98,
    "a product": "h_t = x_t + " + "U " * 98 + "h_{t-1}",
    "a product of parameters": "h_t = x_t + h_{t-1} + " + "U " * 97 + "b",
    "functions of each other": "h_t = x_t + " + r"\tanh(U " * 98 + "h_{t-1}" + ")" * 98,
    "brackets in each other": "h_t = x_t + " + "(b + " * 98 + "h_{t-1}" + ")" * 98,
    "one name": " \\\\".join(f"y_{{{n},t}} = x_t" for n in range(400)),
}


@pytest.mark.parametrize("what", WIDEST)
def test_what_is_just_within_the_limits_compiles(what):
    assert generated(read_text(WIDEST[what]))["gradients"]


def test_the_generator_refuses_an_unknown_node():
    cell = load_cell("lstm")
    printer = RowsPrinter(cell, lambda symbol: symbol.name, str)
    with pytest.raises(UnknownNode, match=r"S401\]: no NumPy code is known for Trace"):
        printer.text(Trace(cell.quantity("W_hi").at()))


def test_a_corrupted_generator_is_noticed(monkeypatch):
    """Without the transpose of W x, the code no longer runs, or computes something else."""
    cell = load_cell("lstm")
    arguments = random_arguments(cell, "gradients", SIZES[0])
    expected = complex_step_gradients(cell, BUILT_IN["lstm"], arguments)
    assert_agree(generated(cell)["gradients"](**arguments), expected)
    source = generate(cell).replace("di_bar_t.T @ x[t]", "df_bar_t.T @ x[t]")
    with pytest.raises(AssertionError, match="dW_xi"):
        assert_agree(run_module(source)["gradients"](**arguments), expected)


# σ.

SIGMOID = generated(load_cell("lstm"))["sigmoid"]
EXTREMES = {
    np.float32: [0.0, -0.0, 1e-45, -1e-45, 1.1754944e-38, 88.72284, -88.72284, -103.98, -104.0,
                 3.4028235e38, -3.4028235e38, -87.33655, 16.6, -16.6],
    np.float64: [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 709.782712893384,
                 -709.782712893384, -745.14, -745.13, 1.7976931348623157e308,
                 -1.7976931348623157e308, -708.4, 36.7, -36.7],
}  # fmt: skip
FINITE = {
    np.float32: st.floats(width=32, allow_nan=False, allow_infinity=False),
    np.float64: st.floats(width=64, allow_nan=False, allow_infinity=False),
}
REALISTIC = {np.float32: st.floats(-110, 110, width=32), np.float64: st.floats(-760, 760, width=64)}
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def exact_sigma(z: float):
    with mpmath.workdps(400):
        return 1 / (1 + mpmath.exp(-mpmath.mpf(z)))


def error_in_ulp(found, z) -> float:
    """|σ found − σ exact| in units of the last place of what is found, in its own type."""
    exact = exact_sigma(float(z)) if abs(float(z)) < 1e4 else mpmath.mpf(float(z) > 0)
    with mpmath.workdps(400):
        return float(abs(mpmath.mpf(float(found)) - exact) / mpmath.mpf(float(np.spacing(found))))


def assert_sigma_is_right(dtype, z: float) -> None:
    argument = np.array([z], dtype=dtype)
    with np.errstate(all="raise"):
        (found,) = SIGMOID(argument)
    assert found.dtype == dtype
    assert 0 <= found <= 1
    assert error_in_ulp(found, argument[0]) <= 4


@every_dtype
def test_sigma_at_the_extremes(dtype):
    for z in EXTREMES[dtype]:
        assert_sigma_is_right(dtype, z)


@every_dtype
@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_sigma_at_any_finite_input_neither_overflows_nor_warns(dtype, data):
    assert_sigma_is_right(dtype, data.draw(FINITE[dtype]))


@every_dtype
@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_sigma_where_it_changes(dtype, data):
    assert_sigma_is_right(dtype, data.draw(REALISTIC[dtype]))


@given(st.lists(FINITE[np.float64], min_size=1, max_size=20))
@settings(max_examples=50, deadline=None, derandomize=True)
@example([-1e308, 1e308, 0.0])
def test_sigma_of_many_is_sigma_of_each(values):
    whole = SIGMOID(np.array(values))
    np.testing.assert_array_max_ulp(whole, np.concatenate([SIGMOID(np.array([v])) for v in values]))


def test_sigma_by_hand():
    """σ(0) = 1/2,  σ(∞) = 1,  σ(−∞) = 0,  σ(z) + σ(−z) = 1"""
    z = np.array([0.0, 800.0, -800.0, 1e308, -1e308])
    np.testing.assert_array_equal(SIGMOID(z), [0.5, 1.0, 0.0, 1.0, 0.0])
    np.testing.assert_allclose(SIGMOID(np.array([2.0, -2.0])).sum(), 1.0, rtol=1e-15)
    np.testing.assert_allclose(SIGMOID(np.array([1.0])), [0.7310585786300049], rtol=3e-16)


def test_the_check_of_sigma_can_fail(monkeypatch):
    """1 / (1 + exp(−z)) overflows in float64 below −709"""
    monkeypatch.setitem(globals(), "SIGMOID", lambda z: 1 / (1 + np.exp(-z)))
    with pytest.raises(FloatingPointError, match="overflow"):
        assert_sigma_is_right(np.float64, -800.0)
    monkeypatch.setitem(globals(), "SIGMOID", lambda z: 0.5 * (1 + np.tanh(0.5 * z)))
    with pytest.raises(AssertionError, match=r"<= 4"):
        assert_sigma_is_right(np.float64, -30.0)


def test_gates_far_from_zero_do_not_warn():
    """An LSTM whose gates are saturated, under np.errstate(all="raise")"""
    cell = load_cell("lstm")
    arguments = random_arguments(cell, "gradients", SIZES[0])
    arguments["b_i"] = np.array([1e300, -1e300, 800.0, -800.0, 0.0])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = generated(cell)["gradients"](**arguments)
    assert all(np.isfinite(value).all() for value in found.values())


@one_result
def test_a_cell_of_one_result_has_a_sequence(name):
    cell = cell_called(name)
    arguments = random_arguments(cell, "sequence", SIZES[0])
    assert len(generated(cell)["sequence"](**arguments)) == 1


# Somebody's words: a title, a source and a name are data.

HOSTILE = [
    'x""" + str(open("touched", "w")) + """y',
    r"the \xi cell",
    r"\N{BULLET} \u12 \U0",
    'ends with "',
    "ends with \\",
    '"""',
    "a\u2028b\u0085c",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_title_source_and_name_are_words_in_a_docstring(text):
    cell = replace(cell_called("lstm"), title=text, source=text, name=text)
    module = ast.parse(generate(cell))
    kinds = {type(node) for node in module.body[1:]}
    assert kinds == {ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef}
    shown = ast.get_docstring(module, clean=False)
    assert " ".join(text.split()) in " ".join(shown.split())


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_any_title_leaves_the_code_as_it_is(text):
    plain, titled = (
        ast.parse(generate(replace(cell_called("elman"), title=t, source=t))) for t in ("", text)
    )
    assert [ast.dump(n) for n in plain.body[1:]] == [ast.dump(n) for n in titled.body[1:]]


@pytest.mark.parametrize("name", ["np", "range", "reversed", "lambda"])
@pytest.mark.parametrize(
    "text",
    [
        r"h_t = \tanh(\mathrm{%s} x_t + U h_{t-1})",
        r"h_t = \tanh(W x_t + U h_{t-1}) \odot \mathrm{%s}_t",
        r"\mathrm{%s}_t = \tanh(W x_t + U \mathrm{%s}_{t-1})",
    ],
    ids=["parameter", "input", "state"],
)
def test_name_that_the_code_calls_gets_an_underscore(text, name):
    cell = read_text(text.replace("%s", name), name="shadow")
    assert f"{name}_" in {q.name for q in cell.quantities}
    arguments = random_arguments(cell, "gradients", {"B": 2, "T": 3, "D": 4, "H": 5})
    assert generated(cell)["gradients"](**arguments)


def test_size_that_stands_in_sums_and_multiples_only_is_computed():
    """Of W ∈ ℝ^{2H×D} and b ∈ ℝ^{H+K}: H = rows of W / 2, K = entries of b − H"""
    text = r"""x_t \in \mathbb{R}^D, s_t \in \mathbb{R}, W \in \mathbb{R}^{2H \times D},
    b \in \mathbb{R}^{H+K} \\ s_t = \operatorname{sum}([W x_t]_{1:H})
    + \operatorname{sum}([b]_{H+1:H+K}) + s_{t-1}"""
    cell = read_text(text, name="partial")
    sizes = {"B": 2, "T": 3, "D": 4, "H": 5, "K": 3}
    arguments = random_arguments(cell, "step", sizes)
    (found,) = generated(cell)["step"](**arguments)
    rows = (arguments["x"] @ arguments["W"].T)[:, :5]
    expected = rows.sum(axis=-1) + arguments["b"][5:].sum() + arguments["s_prev"]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
