"""A run of an implementation: outcomes, events and their lines, what it changed, what it left."""

import functools
import math
import sys
import textwrap
import warnings
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pytest
from numpy import zeros as zeros_by_name

from symlstm.proof.terms import Terms
from symlstm.tracing.constants import simplest_rational, square_of_root
from symlstm.tracing.loading import LoadError, arguments_of, load_module, public_functions
from symlstm.tracing.run import same_trace, trace_call

X = {"x": ("x", (2, 3))}


def trace(function, terms=None, **specs):
    return trace_call(function, Terms() if terms is None else terms, specs or X)


def written(tmp_path, source, name="implementation.py"):
    """A module of this source, whose first line is line 1."""
    path = tmp_path / name
    path.write_text(textwrap.dedent(source).lstrip("\n"), encoding="utf-8")
    return load_module(str(path))


# Constants


@pytest.mark.parametrize(
    ("value", "reading"),
    [
        (0.1, "1/10"),
        (-0.1, "-1/10"),
        (1 / 3, "1/3"),
        (0.5, "1/2"),
        (0.0, "0"),
        (-2.0, "-2"),
        (1e-7, "1/10000000"),
        (1e-300, f"1/{10**300}"),
        (3e22, "30000000000000000000000"),
        (2.5, "5/2"),
        (np.float32(0.1), "1/10"),
        (np.float32(1) / np.float32(3), "1/3"),
        (np.float16(0.1), "1/10"),
        (np.finfo(float).eps, f"1/{2**52}"),
        (1e-16, "1/10000000000000000"),
    ],
)
def test_float_is_the_simplest_rational_that_rounds_to_it(value, reading):
    assert simplest_rational(value) == Fraction(reading)


def test_every_reading_rounds_back_to_its_float():
    rng = np.random.default_rng(7)
    values = rng.standard_normal(300) * 10.0 ** rng.integers(-12, 12, 300)
    for value in [*values.tolist(), sys.float_info.max, sys.float_info.min, 5e-324]:
        assert float(simplest_rational(value)) == value
    for value in values.astype(np.float32):
        assert np.float32(float(simplest_rational(value))) == value


def test_readings_list_what_is_not_dyadic():
    result = trace(lambda x: x * 0.1 + 0.5 + 3)
    assert result.readings == {"0.1": "1/10"}


def test_powers_of_e_are_exponentials():
    """e^-x with the float e is exp(-x), not a power of the rational nearest to e."""
    terms = Terms()
    result = trace(lambda x: (math.e**-x, np.exp(-x)), terms)
    assert result.results["0"] == result.results["1"]
    assert result.readings == {"2.718281828459045": "e"}


# Arguments and results


def test_argument_elements_are_symbols_with_their_position():
    terms = Terms()
    result = trace(lambda x, b: (x, b), terms, x=("x", (2, 2)), b=("bias", ()))
    names = [[terms.nodes[e] for e in r.elements] for r in result.results.values()]
    assert names[0] == [("symbol", f"x[{i},{j}]") for i in (0, 1) for j in (0, 1)]
    assert names[1] == [("symbol", "bias")]
    assert result.results["1"].shape == ()


def test_same_computation_is_the_same_term():
    """(x + y)·2 in two ways of writing is one node: terms are hash-consed."""
    terms = Terms()
    result = trace(lambda x: (2 * (x + 1), np.multiply(1 + x, 2)), terms)
    assert result.results["0"] == result.results["1"]


def test_inner_product_is_one_node_and_sum_is_one_node():
    terms = Terms()
    result = trace(lambda x: (x @ x.T, x.sum(axis=1), np.einsum("ij,kj->ik", x, x)), terms)
    assert {terms.nodes[e][0] for e in result.results["0"].elements} == {"dot"}
    assert [len(terms.nodes[e]) for e in result.results["1"].elements] == [1 + 3, 1 + 3]
    assert result.results["0"] == result.results["2"]


Pair = namedtuple("Pair", "h c")


@pytest.mark.parametrize(
    ("returned", "keys", "is_dict"),
    [
        (lambda x: (x, x), ["0", "1"], False),
        (lambda x: {"dx": x, "h": x}, ["dx", "h"], True),
        (lambda x: Pair(x, x), ["0", "1"], False),
        (lambda x: x, ["0"], False),
        (lambda x: x[0, 0], ["0"], False),
        (lambda x: (np.ones(2), 3, 0.5, np.float64(2)), ["0", "1", "2", "3"], False),
    ],
)
def test_tuples_dicts_and_single_arrays_are_results(returned, keys, is_dict):
    result = trace(returned)
    assert result.outcome == "returned"
    assert (list(result.results), result.is_dict) == (keys, is_dict)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda x: None, "returned nothing, not a tuple or a dict of arrays"),
        (lambda x: [x], "returned a list, not a tuple or a dict of arrays"),
        (lambda x: "h", "returned a str, not a tuple or a dict of arrays"),
        (lambda x: (row for row in x), "returned a generator, not a tuple or a dict of arrays"),
        (lambda x: (x, None), "the result '1' is None, not an array"),
        (lambda x: {"h": "h"}, "the result 'h' is a str, not an array"),
        (
            lambda x: {"h": [x, x]},
            "the result 'h' is a list, not an array: return one array (np.stack)",
        ),
        (lambda x: {1: x}, "the returned dict has the key 1, which is no name"),
        (lambda x: (np.array(["a"]),), "the result '0' is an array of <U1, not of numbers"),
    ],
)
def test_other_returned_values_are_misshapen(returned, message):
    result = trace(returned)
    assert (result.outcome, result.message) == ("structure", message)
    assert result.places[0].file == __file__


def raises_type_error(x):
    return x + None


def recurses(x):
    return recurses(x)


def exits(x):
    sys.exit(3)


def misaligned(x):
    return x @ x


def warns(x):
    warnings.warn("a warning of somebody's", stacklevel=1)
    return x * np.float64(1) / np.float64(3)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (raises_type_error, "TypeError: unsupported operand of type 'NoneType'"),
        (recurses, "RecursionError: maximum recursion depth exceeded"),
        (exits, "SystemExit: 3"),
        (misaligned, "ValueError: matmul: shapes (2, 3) and (2, 3) not aligned: 3 is not 2"),
        (lambda x: x.reshape(4), "ValueError: cannot reshape array of size 6 into shape (4,)"),
        (lambda x: x[5], "IndexError: index 5 is out of bounds for axis 0 with size 2"),
        (lambda y: y, "TypeError: "),
        (
            lambda x: np.concatenate([x, x[0]]),
            "ValueError: all the input arrays must have same number of dimensions",
        ),
        (lambda x: x & x, "TypeError: ufunc 'bitwise_and' not supported"),
        (lambda x: x + np.ones(2), "ValueError: shape mismatch"),
    ],
)
def test_exception_of_the_implementation_is_its_outcome(function, message):
    result = trace(function)
    assert result.outcome == "raised"
    assert result.message.startswith(message)
    assert all(place.file == __file__ for place in result.places)


def test_exception_is_placed_innermost_first(tmp_path):
    module = written(
        tmp_path,
        """
        def gate(z):
            raise ValueError("no gate")

        def step(x):
            return gate(x)
        """,
    )
    result = trace(module.step)
    assert (result.outcome, result.message) == ("raised", "ValueError: no gate")
    assert [(p.line, p.function) for p in result.places] == [(2, "gate"), (5, "step")]


def test_keyboard_interrupt_passes_through():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        trace(interrupted)
    assert np.zeros(2).dtype == float


def test_warnings_of_the_implementation_are_neither_errors_nor_printed(capsys):
    assert trace(warns).outcome == "returned"
    assert capsys.readouterr() == ("", "")


def test_swallowed_refusal_is_still_untraceable():
    def swallows(x):
        try:
            positive = bool(x[0, 0] > 0)
        except:  # noqa: E722 - as somebody might write
            positive = True
        return x if positive else -x

    assert trace(swallows).outcome == "untraceable"


def test_refusal_is_not_an_exception_that_code_catches():
    def catches(x):
        try:
            return x if x[0, 0] > 0 else -x
        except Exception:
            return x

    assert trace(catches).outcome == "untraceable"


# Events


SMALL = """
import numpy as np

def gate(z):
    return np.tanh(z)

def step(x, W):
    a = x @ W.T
    h = np.zeros((2, 4))
    h[:, :2] = a[:, 2:]
    i, o = np.split(a, 2, axis=1)
    first = x[0, 1]
    h += gate(a) * first
    return {
        "h": h,
        "i": i,
    }
"""


@pytest.fixture
def small(tmp_path):
    terms = Terms()
    module = written(tmp_path, SMALL)
    return terms, trace_call(module.step, terms, {"x": ("x", (2, 3)), "W": ("W", (4, 3))})


def test_events_carry_the_lines_of_the_users_file(small):
    _, result = small
    found = [(e.kind, e.operation, e.shape, [p.line for p in e.places]) for e in result.events]
    assert found == [
        ("input", "x", (2, 3), []),
        ("input", "W", (4, 3), []),
        ("layout", "T", (3, 4), [7]),
        ("compute", "matmul", (2, 4), [7]),
        ("fill", "zeros", (2, 4), [8]),
        ("layout", "getitem", (2, 2), [9]),
        ("layout", "setitem", (2, 2), [9]),
        ("layout", "split", (2, 2), [10]),
        ("layout", "split", (2, 2), [10]),
        ("layout", "getitem", (), [11]),
        ("compute", "tanh", (2, 4), [4, 12]),
        ("compute", "multiply", (2, 4), [12]),
        ("compute", "add", (2, 4), [12]),
        ("layout", "return", (2, 4), [13]),
        ("layout", "return", (2, 2), [13]),
    ]
    assert [p.function for p in result.events[10].places] == ["gate", "step"]
    assert [p.line for p in result.places] == [13]


def test_elements_of_events_are_those_of_the_arrays(small):
    terms, result = small
    x, W = result.events[0], result.events[1]
    assert [terms.nodes[e] for e in x.outputs][:2] == [("symbol", "x[0,0]"), ("symbol", "x[0,1]")]
    transposed, product = result.events[2], result.events[3]
    assert transposed.inputs == (W.outputs,)
    assert transposed.outputs == tuple(W.outputs[3 * j + i] for i in range(3) for j in range(4))
    assert product.inputs == (x.outputs, transposed.outputs)
    slice_read, stored = result.events[5], result.events[6]
    assert slice_read.outputs == tuple(product.outputs[4 * b + j] for b in (0, 1) for j in (2, 3))
    assert stored.outputs == slice_read.outputs and stored.inputs == (slice_read.outputs,)
    assert result.events[-2].outputs == result.results["h"].elements


def test_zero_that_folds_away_is_kept_among_the_inputs_of_its_event():
    terms = Terms()
    result = trace(lambda x: np.zeros((2, 3)) + x, terms)
    added = next(e for e in result.events if e.operation == "add")
    assert added.outputs == added.inputs[1] and set(added.inputs[0]) == {terms.zero}


def test_operands_of_elementwise_events_are_broadcast_to_the_output():
    result = trace(lambda x: x * x[0])
    event = next(e for e in result.events if e.operation == "multiply")
    assert [len(operand) for operand in event.inputs] == [6, 6] and event.inputs[1][:3] * 2


@pytest.mark.parametrize("which", [0, 1])
def test_return_line_is_that_of_the_statement_that_ran(tmp_path, which):
    module = written(
        tmp_path,
        """
        import functools

        def logged(function):
            @functools.wraps(function)
            def wrapper(*a, **k):
                result = function(*a, **k)
                return result
            return wrapper

        @logged
        def step(x, which=0):
            y = x * 2
            if which:
                return y
            return (
                y,
                x,
            )
        """,
    )
    result = trace(functools.partial(module.step, which=which))
    assert (result.places[0].line, len(result.results)) == [(15, 2), (14, 1)][which]


# Changes


def changes_twice(x, h):
    x[0] = 1
    view = h.reshape(-1)
    view[2:] *= 2
    h.T[1] += 1
    return x * 1


def test_changed_arguments_are_listed_with_the_line_of_the_last_write():
    first = changes_twice.__code__.co_firstlineno
    result = trace(changes_twice, x=("x", (2, 3)), h=("h", (2, 2)))
    assert {k: [p.line for p in v] for k, v in result.mutated.items()} == {
        "x": [first + 1],
        "h": [first + 4],
    }


def test_write_of_the_same_elements_changes_nothing():
    def writes_back(x):
        x[:] = x.copy()
        return x

    assert trace(writes_back).mutated == {}


def test_results_are_as_they_were_at_the_return():
    kept = []

    def returns_a_buffer(x):
        kept.append(np.zeros((2, 3)))
        kept[-1][:] = x
        return kept[-1][:, :2]

    terms = Terms()
    result = trace(returns_a_buffer, terms)
    assert terms.nodes[result.results["0"].elements[0]] == ("symbol", "x[0,0]")
    assert result.results["0"].shape == (2, 2)


def test_state_between_calls_is_not_deterministic():
    total = []

    def accumulates(x):
        total.append(x)
        return {"h": x, "sum": sum(total)}

    terms = Terms()
    first, second = trace(accumulates, terms), trace(accumulates, terms)
    assert (first.outcome, second.outcome) == ("returned", "returned")
    assert same_trace(first, second) == "sum"
    assert same_trace(first, first) is None


def test_noise_is_not_deterministic():
    rng = np.random.default_rng()
    terms = Terms()
    first, second = (trace(lambda x: (x, x * rng.random()), terms) for _ in range(2))
    assert same_trace(first, second) == "1"


def test_run_that_fails_the_second_time_is_not_deterministic():
    calls = []

    def fails_later(x):
        calls.append(1)
        return x / (2 - len(calls))

    terms = Terms()
    assert same_trace(trace(fails_later, terms), trace(fails_later, terms)) == ""


def test_array_kept_from_a_call_at_other_sizes_is_refused():
    kept = []

    def remembers(x):
        kept.append(x)
        return x + kept[0][0, 0]

    assert trace(remembers).outcome == "returned"
    result = trace(remembers)
    assert result.outcome == "untraceable"
    assert "kept from an earlier call" in result.message


def test_unwritten_element_of_empty_shows_in_the_result():
    def forgets(x):
        a = np.empty((2, 3))
        a[0] = x[0]
        return a

    terms = Terms()
    (result,) = trace(forgets, terms).results.values()
    assert [terms.nodes[e][1] for e in result.elements[2:4]] == ["x[0,2]", "uninitialised[3]"]


def test_rounding_to_float32_is_noted():
    result = trace(lambda x: x.astype(np.float32))
    assert result.notes == ["rounding to float32 is ignored: values are exact"]


# The namespace


def test_numpy_is_never_changed_and_the_users_names_are_restored():
    originals = (np.zeros, np.array, np.sum, math.exp, zeros_by_name)
    namespace = dict(globals())
    seen = {}

    def looks(x):
        import numpy

        seen.update(inside=np, by_import=numpy, real=sys.modules["numpy"])
        assert np.zeros is not originals[0] and zeros_by_name is not originals[0]
        raise ValueError

    assert trace(looks).message == "ValueError"
    assert seen["inside"] is not np and seen["by_import"] is seen["inside"]
    assert seen["real"] is np
    assert (np.zeros, np.array, np.sum, math.exp, zeros_by_name) == originals
    assert dict(globals()) == namespace


def test_random_numbers_and_compiled_code_keep_working_during_a_run():
    def samples(x):
        noise = np.random.default_rng(3).standard_normal((2, 3))
        return x + noise + np.random.RandomState(0).rand(2, 3), noise

    terms = Terms()
    expected = np.random.default_rng(3).standard_normal((2, 3))
    result = trace(samples, terms)
    assert result.outcome == "returned"
    numbers = [float(terms.nodes[e][1]) for e in result.results["1"].elements]
    assert numbers == expected.ravel().tolist()


def test_code_without_a_module_sees_the_stand_ins():
    namespace = {"np": np}
    exec("def step(x):\n    a = np.zeros((2, 3))\n    a[:] = x\n    return a", namespace)
    assert trace(namespace["step"]).outcome == "returned"
    assert namespace["np"] is np


def test_traced_arrays_pass_for_float_arrays():
    def asks(x):
        assert isinstance(x, np.ndarray) and x.dtype == np.float64 and x.dtype.kind == "f"
        assert np.issubdtype(x.dtype, np.floating) and np.finfo(x.dtype).bits == 64
        assert x.ndim == np.ndim(x) == 2 and np.shape(x) == (2, 3) and np.size(x) == 6
        assert np.isscalar(x[0, 0]) and np.result_type(x, 1) == np.float64
        assert not np.isnan(x).any() and (x > 0).dtype == bool
        assert not (x == "h").any() and not (x == None).any()  # noqa: E711 - as somebody might write
        assert f"{x} {x[0, 0]:.3f} {x > 0}" and np.array2string(x)
        return x

    assert trace(asks).outcome == "returned"


def test_real_arrays_stay_real():
    def makes(x):
        kinds = [np.arange(3.0), np.linspace(0, 1, 3), np.zeros(3, int), np.zeros(3, bool)]
        assert [type(a) for a in kinds] == [type(MADE_HERE)] * 4
        return x[np.arange(2)]

    assert trace(makes).outcome == "returned"


MADE_HERE = np.zeros(1)


# Loading


def test_arguments_of_a_function():
    def function(x, W, /, b=1, *rest, h=None, **more):
        pass

    arguments = arguments_of(function)
    assert arguments.names == ("x", "W", "b", "h")
    assert arguments.optional == ("b", "h")
    assert (arguments.any_positional, arguments.any_keyword) == (True, True)


def test_public_functions_are_those_that_the_file_defines(tmp_path):
    module = written(
        tmp_path,
        """
        from os.path import join
        import numpy as np

        def step(x): ...
        def _private(x): ...
        class Cell: ...
        gate = lambda z: z

        @(lambda f: f)
        def sequence(x, h_0): ...
        """,
    )
    found = [(f.name, f.arguments.names, f.line) for f in public_functions(module)]
    assert found == [
        ("step", ("x",), 4),
        ("gate", ("z",), 7),
        ("sequence", ("x", "h_0"), 9),
    ]


def test_neighbouring_modules_are_found(tmp_path):
    (tmp_path / "my_gates.py").write_text("LIMIT = 3\n", encoding="utf-8")
    before = list(sys.path)
    assert written(tmp_path, "from my_gates import LIMIT").LIMIT == 3
    assert sys.path == before


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("x = 1\ndef step(:\n", 2, "the file is not valid Python: invalid syntax"),
        ("import no_such_module_at_all", 1, "ModuleNotFoundError: No module named"),
        ("\n\n1 / 0", 1, "the file cannot be imported: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(0)", 2, "sys.exit is called while the file is imported"),
    ],
)
def test_file_that_cannot_be_loaded_is_a_load_error(tmp_path, source, line, message):
    with pytest.raises(LoadError, match=message) as caught:
        written(tmp_path, source)
    assert caught.value.line == line
    assert caught.value.file == str(tmp_path / "implementation.py")


def test_missing_file_is_a_load_error(tmp_path):
    with pytest.raises(LoadError, match="there is no such file"):
        load_module(str(tmp_path / "absent.py"))


def test_change_within_the_same_second_is_seen(tmp_path):
    """Cached bytecode is keyed by second and size, so it must not be used."""
    assert written(tmp_path, "LIMIT = 3").LIMIT == 3
    assert written(tmp_path, "LIMIT = 4").LIMIT == 4


@pytest.mark.parametrize(
    ("value", "square"),
    [
        (math.sqrt(5), "5"),
        (1 / math.sqrt(3), "1/3"),
        (5**-0.5, "1/5"),
        (-math.sqrt(0.5), "1/2"),
        (math.sqrt(2 / 7) / 3, "2/63"),
    ],
)
def test_float_is_the_root_of_a_simple_rational(value, square):
    """√q in floating point is read as √q, not as the fraction nearest to it"""
    assert square_of_root(value, simplest_rational(value)) == Fraction(square)


@pytest.mark.parametrize(
    "value", [0.0, 0.5, 1 / 3, 0.7071, 0.70710678, math.pi, math.e, 1e-30, 1e300, 2.0**0.25]
)
def test_other_floats_are_no_roots(value):
    assert square_of_root(value, simplest_rational(value)) is None


def test_hardly_a_float_is_a_root_by_chance():
    numbers = np.random.default_rng(1).uniform(0.1, 10, 2000)
    assert all(square_of_root(float(x), simplest_rational(float(x))) is None for x in numbers)
