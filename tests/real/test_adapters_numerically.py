"""The adapters in this folder agree with the equations in floating point.

Here the equations stand a second time, as plain float64 code whose gradients come from complex
steps: what symlstm proves or refutes about these files must not be the only word on them.
Errors are max|Δ| / max|reference|.
"""

import inspect

import epynn_lstm
import numpy as np
import numpy_ml_issue_42
import numpy_ml_lstm
import pytest

pytestmark = pytest.mark.real

SEED = 42
T, B, D, H = 4, 3, 3, 5
TOLERANCE = 1e-12
DEFECT_SHOWS = 1e-3

LSTM_SHAPES = {
    "x": (T, B, D),
    **{f"W_x{gate}": (H, D) for gate in "ifoc"},
    **{f"W_h{gate}": (H, H) for gate in "ifoc"},
    **{f"b_{gate}": (H,) for gate in "ifoc"},
}
LSTM_CONCAT_SHAPES = {
    "x": (T, B, D),
    **{f"W_{gate}": (H, H + D) for gate in "ifoc"},
    **{f"b_{gate}": (H,) for gate in "ifoc"},
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm(x, **p):
    """h_t, c_t of the cell `lstm` from h_0 = c_0 = 0, real or complex."""
    h = c = np.zeros((x.shape[1], p["b_i"].size))
    states = []
    for x_t in x:
        z = {k: x_t @ p[f"W_x{k}"].T + h @ p[f"W_h{k}"].T + p[f"b_{k}"] for k in "ifoc"}
        c = sigmoid(z["f"]) * c + sigmoid(z["i"]) * np.tanh(z["c"])
        h = sigmoid(z["o"]) * np.tanh(c)
        states.append((h, c))
    return np.array([h for h, _ in states]), np.array([c for _, c in states])


def lstm_concat(x, **p):
    """W [h, x] = W_h h + W_x x, where W = [W_h, W_x]: `lstm` after cutting each W at column H."""
    biases = {f"b_{k}": p[f"b_{k}"] for k in "ifoc"}
    of_x = {f"W_x{k}": p[f"W_{k}"][:, p["b_i"].size :] for k in "ifoc"}
    of_h = {f"W_h{k}": p[f"W_{k}"][:, : p["b_i"].size] for k in "ifoc"}
    return lstm(x, **of_x, **of_h, **biases)


def complex_step_gradients(equations, arguments, dh):
    """∂L/∂v = Im L(v + iε) / ε with L = Σ dh ∘ h, exact to rounding since nothing is subtracted."""
    epsilon = 1e-30
    adjoints = {}
    for name, value in arguments.items():
        adjoint = np.zeros(value.shape)
        for index in np.ndindex(value.shape):
            stepped = value.astype(complex)
            stepped[index] += epsilon * 1j
            h, _ = equations(**arguments | {name: stepped})
            adjoint[index] = np.sum(dh * h).imag / epsilon
        adjoints[f"d{name}"] = adjoint
    return adjoints


def random_arguments(shapes):
    print(f"seed {SEED}")
    random = np.random.default_rng(SEED)
    arguments = {name: random.normal(size=shape) for name, shape in shapes.items()}
    return arguments, random.normal(size=(T, B, H))


def relative_error(value, reference):
    assert value.shape == reference.shape
    assert value.dtype == np.float64
    return np.max(np.abs(value - reference)) / np.max(np.abs(reference))


def relative_errors(adjoints, references):
    assert adjoints.keys() == references.keys()
    errors = {name: relative_error(adjoints[name], references[name]) for name in references}
    print({name: f"{error:.1e}" for name, error in errors.items()})
    return errors


def wrong_adjoints(adjoints, references):
    """The names whose error is a defect's; an error between rounding and defect is neither."""
    errors = relative_errors(adjoints, references)
    wrong = {name for name, error in errors.items() if error > DEFECT_SHOWS}
    assert all(errors[name] < TOLERANCE for name in errors.keys() - wrong)
    return wrong


IMPLEMENTATIONS = pytest.mark.parametrize(
    ("implementation", "equations", "shapes"),
    [
        (epynn_lstm, lstm, LSTM_SHAPES),
        (numpy_ml_lstm, lstm_concat, LSTM_CONCAT_SHAPES),
        (numpy_ml_issue_42, lstm_concat, LSTM_CONCAT_SHAPES),
    ],
    ids=["epynn_lstm", "numpy_ml_lstm", "numpy_ml_issue_42"],
)


@IMPLEMENTATIONS
def test_arguments_have_the_names_of_the_cell(implementation, equations, shapes):
    assert set(inspect.signature(implementation.sequence).parameters) == {*shapes}
    assert set(inspect.signature(implementation.gradients).parameters) == {*shapes, "dh"}


@IMPLEMENTATIONS
def test_sequence_agrees_with_the_equations(implementation, equations, shapes):
    arguments, _ = random_arguments(shapes)
    results = dict(zip(("h", "c"), implementation.sequence(**arguments), strict=True))
    references = dict(zip(("h", "c"), equations(**arguments), strict=True))
    assert max(relative_errors(results, references).values()) < TOLERANCE


@IMPLEMENTATIONS
def test_gradients_are_complex_steps_unless_the_defect_shows(implementation, equations, shapes):
    """Where h feeds all gates of the next step, the defect in df, di spreads to all adjoints."""
    arguments, dh = random_arguments(shapes)
    references = complex_step_gradients(equations, arguments, dh)
    wrong = wrong_adjoints(implementation.gradients(**arguments, dh=dh), references)
    assert wrong == (references.keys() if implementation is numpy_ml_issue_42 else set())


@IMPLEMENTATIONS
def test_arguments_are_not_modified(implementation, equations, shapes):
    arguments, dh = random_arguments(shapes)
    copies = {name: value.copy() for name, value in arguments.items()}
    dh_copy = dh.copy()
    implementation.sequence(**arguments)
    implementation.gradients(**arguments, dh=dh)
    assert all(np.array_equal(arguments[name], copies[name]) for name in copies)
    assert np.array_equal(dh, dh_copy)


def without_recurrent_weights(arguments):
    """Zero W_hi, W_hf, W_ho, W_hc: no adjoint of h is carried to an earlier step."""
    return {
        name: np.hstack([np.zeros((H, H)), value[:, H:]]) if name.startswith("W") else value
        for name, value in arguments.items()
    }


def test_issue_42_is_wrong_only_in_the_adjoints_of_f_and_i():
    """With h carried nowhere: what f, i are made of (W, b and x), and nothing of o and c."""
    arguments, dh = random_arguments(LSTM_CONCAT_SHAPES)
    arguments = without_recurrent_weights(arguments)
    adjoints = numpy_ml_issue_42.gradients(**arguments, dh=dh)
    references = complex_step_gradients(lstm_concat, arguments, dh)
    assert wrong_adjoints(adjoints, references) == {"dW_f", "db_f", "dW_i", "db_i", "dx"}


def test_issue_42_is_hidden_by_zero_biases():
    arguments, dh = random_arguments(LSTM_CONCAT_SHAPES)
    arguments |= {f"b_{gate}": np.zeros(H) for gate in "ifoc"}
    adjoints = numpy_ml_issue_42.gradients(**arguments, dh=dh)
    assert not wrong_adjoints(adjoints, complex_step_gradients(lstm_concat, arguments, dh))
    assert not wrong_adjoints(adjoints, numpy_ml_lstm.gradients(**arguments, dh=dh))


def test_issue_42_marks_the_two_lines_that_are_wrong():
    lines = inspect.getsource(numpy_ml_issue_42).splitlines()
    marked = [line.split() for line in lines if line.endswith("# defect")]
    assert [(name, code) for name, _, *code, _, _ in marked] == [
        ("z_i", ["hx", "@", "W_i.T", "+", "b_o"]),
        ("z_f", ["hx", "@", "W_f.T", "+", "b_o"]),
    ]


@IMPLEMENTATIONS
def test_constant_gates_worked_by_hand(implementation, equations, shapes):
    """W = 0, b = 0 but tanh(b_c) = 1/2: i = f = o = g = 1/2, c_t = (c_{t-1} + 1/2) / 2."""
    arguments = {name: np.zeros(shape) for name, shape in shapes.items()}
    arguments["b_c"] = np.full(H, np.log(3) / 2)
    for h, c in (implementation.sequence(**arguments), equations(**arguments)):
        assert c[:, 0, 0] == pytest.approx([0.25, 0.375, 0.4375, 0.46875], abs=1e-15)
        assert h[0, 0, 0] == pytest.approx(0.12245933120185457, abs=1e-15)  # tanh(1/4) / 2

    # L = Σ h_1, so db_c = B o (1 - tanh²(1/4)) i (1 - g²) = 3 · 3/16 · (1 - tanh²(1/4)).
    dh = np.zeros((T, B, H))
    dh[0] = 1
    db_c = implementation.gradients(**arguments, dh=dh)["db_c"]
    assert db_c == pytest.approx(np.full(H, 0.5287583524535876), abs=1e-15)
