"""The equations, evaluated on symbols, are the terms of what the equations say: put floats for the
symbols, and the hand-written references and the generated code give the same numbers."""

import math

import numpy as np
import pytest
from numerics import (
    assert_agree,
    cell_called,
    complex_step_gradients,
    forward_of,
    generated,
    random_arguments,
)
from sample_cells import DOT_PRODUCT, SIZES, all_cells
from sympy import MatrixSymbol, Trace

from symlstm.calculus.gradient import Adjoint, derive
from symlstm.interface import signature
from symlstm.messages import UnknownNode
from symlstm.notation.reading import load_cell, read_text
from symlstm.proof.interpret import Evaluator, Interpretation, interpret, symbol_names
from symlstm.proof.terms import Terms, reachable
from symlstm.reference import lstm, lstm_concat, lstm_peephole

REFERENCES = {"lstm": lstm, "lstm-peephole": lstm_peephole, "lstm-concat": lstm_concat}
KINDS = ["step", "sequence", "gradients"]

every_kind = pytest.mark.parametrize("kind", KINDS)
every_size = pytest.mark.parametrize(
    "sizes", SIZES, ids=lambda s: "B{B}-D{D}-H{H}-K{K}-T{T}".format(**s)
)


def in_floats(terms: Terms, roots: list[int], point: dict[str, float]) -> dict[int, float]:
    """The value of each term in Python's floats: an evaluation of its own."""
    functions = {
        "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
        "tanh": math.tanh,
        "exp": math.exp,
    }
    values: dict[int, float] = {}
    for index in reachable(terms, roots):
        operation, *rest = terms.nodes[index]
        if operation == "symbol":
            values[index] = point[rest[0]]
        elif operation == "number":
            values[index] = float(rest[0])
        elif operation == "sum":
            values[index] = math.fsum(values[a] for a in rest)
        elif operation == "product":
            values[index] = math.prod(values[a] for a in rest)
        elif operation == "dot":
            pairs = zip(rest[::2], rest[1::2], strict=True)
            values[index] = math.fsum(values[a] * values[b] for a, b in pairs)
        elif operation == "power":
            values[index] = values[rest[0]] ** rest[1]
        else:
            assert operation == "call", operation
            values[index] = functions[rest[0]](values[rest[1]])
    return values


def run(cell, kind, sizes, absent=frozenset()):
    terms = Terms()
    found, results = interpret(cell, derive(cell), kind, terms, sizes, absent)
    return terms, found, results


def interpreted(cell, kind, sizes, arguments, absent=frozenset()) -> dict[str, np.ndarray]:
    """The results of a bound function at a float point, through the interpreter's terms."""
    terms, _, results = run(cell, kind, sizes, absent)
    point = {
        name: float(value)
        for a in signature(cell, kind).arguments
        if a.name not in absent
        for name, value in zip(symbol_names(a, sizes), arguments[a.name].ravel(), strict=True)
    }
    values = in_floats(terms, [t for roots in results.values() for t in roots], point)
    shapes = {r.name: r.shape(sizes) for r in signature(cell, kind).results}
    return {
        name: np.array([values[t] for t in roots]).reshape(shapes[name])
        for name, roots in results.items()
    }


def by_name(cell, kind, returned) -> dict[str, np.ndarray]:
    """What a bound function returned, by name."""
    if isinstance(returned, dict):
        return returned
    names = [r.name for r in signature(cell, kind).results]
    return dict(zip(names, returned, strict=True))


@every_size
@every_kind
@pytest.mark.parametrize("name", REFERENCES)
def test_terms_have_the_values_of_the_hand_written_reference(name, kind, sizes):
    cell = load_cell(name)
    arguments = random_arguments(cell, kind, sizes)
    expected = by_name(cell, kind, getattr(REFERENCES[name], kind)(**arguments))
    assert_agree(interpreted(cell, kind, sizes, arguments), expected)


@pytest.mark.parametrize("name", all_cells())
def test_terms_have_the_values_of_the_generated_code(name):
    cell, sizes = cell_called(name), SIZES[0]
    arguments = random_arguments(cell, "gradients", sizes)
    expected = generated(cell)["gradients"](**arguments)
    assert_agree(interpreted(cell, "gradients", sizes, arguments), expected)


@every_kind
def test_a_row_times_a_column_is_a_number_per_example(kind):
    """s_t = wᵀ x_t, h_t = tanh(h_{t-1} + v s_t): the interpreter, against complex steps"""
    cell, sizes = read_text(DOT_PRODUCT.latex), SIZES[1]
    arguments = random_arguments(cell, "gradients", sizes)
    expected = complex_step_gradients(cell, DOT_PRODUCT.forward, arguments)
    assert_agree(interpreted(cell, "gradients", sizes, arguments), expected)


# Terms by hand.


def test_one_entry_of_a_step_by_hand():
    """B = H = D = 1: c = σ(W_xf x + W_hf h + b_f) · c + σ(…) · tanh(…), term by term"""
    terms, found, results = run(load_cell("lstm"), "step", {"B": 1, "D": 1, "H": 1})

    def gate(name: str, letter: str) -> int:
        x, h = terms.symbol("x[0,0]"), terms.symbol("h_prev[0,0]")
        parts = (
            terms.product((terms.symbol(f"W_x{letter}[0,0]"), x)),
            terms.product((terms.symbol(f"W_h{letter}[0,0]"), h)),
            terms.symbol(f"b_{letter}[0]"),
        )
        return terms.call(name, terms.sum(parts))

    f_c = terms.product((gate("sigmoid", "f"), terms.symbol("c_prev[0,0]")))
    i_g = terms.product((gate("sigmoid", "i"), gate("tanh", "c")))
    c = terms.sum((f_c, i_g))
    h = terms.product((gate("sigmoid", "o"), terms.call("tanh", c)))
    assert results == {"h": [h], "c": [c]}
    assert found.values["c", 1, 0] == ((c,),)


def test_arguments_are_symbols_named_by_their_place():
    """W_hi[1,0] stands in row 1, column 0"""
    terms, found, _ = run(load_cell("lstm"), "gradients", {"B": 2, "D": 1, "H": 2, "T": 3})
    assert found.values["W_hi", None, None] == tuple(
        tuple(terms.symbol(f"W_hi[{i},{j}]") for j in range(2)) for i in range(2)
    )
    assert found.values["x", 3, 1] == ((terms.symbol("x[2,1,0]"),),)
    assert found.values["h", 0, 1] == (
        (terms.symbol("h_0[1,0]"),),
        (terms.symbol("h_0[1,1]"),),
    )
    assert found.values["dc_out", 2, 0] == (
        (terms.symbol("dc[1,0,0]"),),
        (terms.symbol("dc[1,0,1]"),),
    )


def test_results_are_in_row_major_order():
    terms, found, results = run(load_cell("lstm"), "sequence", {"B": 2, "D": 1, "H": 3, "T": 2})
    expected = [
        found.values["h", t, b][row][0] for t in (1, 2) for b in range(2) for row in range(3)
    ]
    assert results["h"] == expected
    assert len(set(expected)) == 12
    assert terms.zero not in expected


def test_every_named_quantity_is_kept_in_the_order_of_computing():
    cell = load_cell("lstm")
    _, found, _ = run(cell, "gradients", {"B": 1, "D": 2, "H": 2, "T": 2})
    assert len(set(found.order)) == len(found.order) == len(found.values)
    position = {moment: n for n, moment in enumerate(found.order)}
    assert position["c", 1, 0] < position["h", 1, 0] < position["i", 2, 0]
    assert position["h", 2, 0] < position["dh", 2, 0] < position["dc", 2, 0] < position["dc", 1, 0]
    assert position["dc", 1, 0] < position["dc_0", 0, 0] < position["dW_xi", None, None]


def test_a_step_reads_one_time_only():
    _, found, _ = run(load_cell("lstm"), "step", {"B": 1, "D": 1, "H": 1, "T": 7})
    assert {t for _, t, _ in found.values} == {None, 0, 1}


def test_examples_do_not_mix():
    """The results of example 0 read no symbol of example 1."""
    terms, _, results = run(load_cell("lstm"), "sequence", {"B": 2, "D": 2, "H": 2, "T": 2})
    first = [r for n, r in enumerate(results["h"]) if n // 2 % 2 == 0]
    names = {terms.nodes[i][1] for i in reachable(terms, first) if terms.nodes[i][0] == "symbol"}
    assert "x[1,0,1]" in names
    assert not any(name.startswith(("x[0,1", "x[1,1", "h_0[1", "c_0[1")) for name in names)


def test_later_inputs_have_no_influence_on_earlier_results():
    terms, _, results = run(load_cell("lstm"), "sequence", {"B": 1, "D": 1, "H": 1, "T": 3})
    names = {
        terms.nodes[i][1]
        for i in reachable(terms, results["h"][:2])
        if terms.nodes[i][0] == "symbol"
    }
    assert {"x[0,0,0]", "x[1,0,0]"} <= names
    assert "x[2,0,0]" not in names


# Absent arguments.


@pytest.mark.parametrize("absent", [{"h_0"}, {"h_0", "c_0"}, {"dc"}, {"dh"}, {"c_0", "dc"}])
def test_an_absent_argument_is_zero_and_its_gradient_is_not_asked_for(absent):
    cell, sizes = load_cell("lstm-peephole"), SIZES[0]
    arguments = random_arguments(cell, "gradients", sizes)
    for name in absent:
        arguments[name] = np.zeros_like(arguments[name])
    expected = lstm_peephole.gradients(**arguments)
    expected = {k: v for k, v in expected.items() if k[1:] not in absent}
    assert_agree(interpreted(cell, "gradients", sizes, arguments, frozenset(absent)), expected)


def test_an_absent_state_leaves_no_symbol():
    terms, _, _ = run(load_cell("lstm"), "sequence", SIZES[0], frozenset({"h_0", "c_0"}))
    names = {str(node[1]) for node in terms.nodes if node[0] == "symbol"}
    assert "x[0,0,0]" in names
    assert not any(name.startswith(("h_0", "c_0")) for name in names)


@pytest.mark.parametrize("kind", ["sequence", "gradients"])
def test_no_steps_give_no_results_and_zero_gradients(kind):
    sizes = {**SIZES[0], "T": 0}
    terms, _, results = run(load_cell("lstm"), kind, sizes)
    sized = {name: len(elements) for name, elements in results.items()}
    if kind == "sequence":
        assert sized == {"h": 0, "c": 0}
    else:
        assert sized["dW_xi"] == 15
        assert {t for elements in results.values() for t in elements} == {terms.zero}


# Refusals, and checks that can fail.


def test_the_interpreter_refuses_an_unknown_node():
    cell = load_cell("lstm")
    evaluator = Evaluator(derive(cell), Interpretation(Terms(), SIZES[0]))
    with pytest.raises(UnknownNode, match=r"S401\]: the interpreter knows no law for Trace"):
        evaluator.evaluate(Trace(MatrixSymbol("W_hi", 2, 2)), 1, 0)


def test_an_interpreter_without_carries_is_noticed(monkeypatch):
    """dc_t without dc_{t+1} ∘ f_{t+1}"""
    cell, sizes = load_cell("lstm"), SIZES[0]
    arguments = random_arguments(cell, "gradients", sizes)
    expected = lstm.gradients(**arguments)
    assert_agree(interpreted(cell, "gradients", sizes, arguments), expected)
    from_step = Adjoint.from_step
    monkeypatch.setattr(
        Adjoint, "from_step", lambda self, delay: () if delay else from_step(self, delay)
    )
    with pytest.raises(AssertionError, match="dx"):
        assert_agree(interpreted(cell, "gradients", sizes, arguments), expected)


def test_a_wrong_forward_is_noticed():
    cell, sizes = cell_called("elman"), SIZES[0]
    arguments = random_arguments(cell, "gradients", sizes)
    right = complex_step_gradients(cell, forward_of("elman"), arguments)
    found = interpreted(cell, "gradients", sizes, arguments)
    assert_agree(found, right)

    def without_bias(p, x, s):
        h = np.tanh(p.W @ x.x + p.U @ s.h)
        return {"h": h, "y": p.V @ h + p.a}

    with pytest.raises(AssertionError, match="dx"):
        assert_agree(found, complex_step_gradients(cell, without_bias, arguments))
