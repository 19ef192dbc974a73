"""The gradient system is what a person derives, knows no size, and gives the loss's gradients."""

import time
from dataclasses import replace

import pytest
from numerics import (
    assert_agree,
    cell_called,
    complex_step_gradients,
    forward_of,
    generated,
    random_arguments,
    sequence_by_hand,
)
from sample_cells import DOT_PRODUCT, SAMPLES, SIZES, all_cells
from sympy import MatrixSymbol, ZeroMatrix

from symlstm import functions
from symlstm.calculus import gradient as gradient_module
from symlstm.calculus import rules
from symlstm.calculus.gradient import derive, moved_in_time, name_preactivations
from symlstm.cell import Cycle, Role, matrix_symbols
from symlstm.notation.printing import unicode_equation
from symlstm.notation.reading import load_cell, read_text

every_cell = pytest.mark.parametrize("name", all_cells())
every_size = pytest.mark.parametrize(
    "sizes", SIZES, ids=lambda s: "B{B}-D{D}-H{H}-K{K}-T{T}".format(**s)
)

LSTM = """\
dh_t = dh^out_t + W_hcᵀ dḡ_{t+1} + W_hoᵀ dō_{t+1} + W_hfᵀ df̄_{t+1} + W_hiᵀ dī_{t+1}
do_t = dh_t ∘ tanh(c_t)
dō_t = do_t ∘ o_t ∘ (1 − o_t)
dc_t = dc^out_t + dh_t ∘ o_t ∘ (1 − tanh²(c_t)) + dc_{t+1} ∘ f_{t+1}
dg_t = dc_t ∘ i_t
dḡ_t = dg_t ∘ (1 − g_t²)
df_t = dc_t ∘ c_{t-1}
df̄_t = df_t ∘ f_t ∘ (1 − f_t)
di_t = dc_t ∘ g_t
dī_t = di_t ∘ i_t ∘ (1 − i_t)
dx_t = W_xcᵀ dḡ_t + W_xoᵀ dō_t + W_xfᵀ df̄_t + W_xiᵀ dī_t
dh_0 = W_hcᵀ dḡ_1 + W_hoᵀ dō_1 + W_hfᵀ df̄_1 + W_hiᵀ dī_1
dc_0 = dc_1 ∘ f_1
dW_xi = Σ_t Σ_b dī_t x_tᵀ
dW_hi = Σ_t Σ_b dī_t h_{t-1}ᵀ
db_i = Σ_t Σ_b dī_t
dW_xf = Σ_t Σ_b df̄_t x_tᵀ
dW_hf = Σ_t Σ_b df̄_t h_{t-1}ᵀ
db_f = Σ_t Σ_b df̄_t
dW_xo = Σ_t Σ_b dō_t x_tᵀ
dW_ho = Σ_t Σ_b dō_t h_{t-1}ᵀ
db_o = Σ_t Σ_b dō_t
dW_xc = Σ_t Σ_b dḡ_t x_tᵀ
dW_hc = Σ_t Σ_b dḡ_t h_{t-1}ᵀ
db_c = Σ_t Σ_b dḡ_t
"""

PEEPHOLE = {
    "dc": "dc_t = dc^out_t + dh_t ∘ o_t ∘ (1 − tanh²(c_t)) + dō_t ∘ w_co"
    " + dc_{t+1} ∘ f_{t+1} + df̄_{t+1} ∘ w_cf + dī_{t+1} ∘ w_ci",
    "dc_0": "dc_0 = dc_1 ∘ f_1 + df̄_1 ∘ w_cf + dī_1 ∘ w_ci",
    "dw_ci": "dw_ci = Σ_t Σ_b dī_t ∘ c_{t-1}",
    "dw_co": "dw_co = Σ_t Σ_b dō_t ∘ c_t",
}
CONCAT = {
    "dx": "dx_t = [W_cᵀ dḡ_t]_{H+1:D+H} + [W_oᵀ dō_t]_{H+1:D+H} + [W_fᵀ df̄_t]_{H+1:D+H}"
    " + [W_iᵀ dī_t]_{H+1:D+H}",
    "dh_0": "dh_0 = [W_cᵀ dḡ_1]_{1:H} + [W_oᵀ dō_1]_{1:H} + [W_fᵀ df̄_1]_{1:H} + [W_iᵀ dī_1]_{1:H}",
    "dW_i": "dW_i = Σ_t Σ_b dī_t [h_{t-1}, x_t]ᵀ",
}


def printed(system) -> list[str]:
    return [unicode_equation(system, e) for e in system.equations]


def test_the_whole_gradient_system_of_the_lstm():
    assert printed(derive(load_cell("lstm"))) == LSTM.splitlines()


@pytest.mark.parametrize(
    ("cell", "expected"), [("lstm-peephole", PEEPHOLE), ("lstm-concat", CONCAT)]
)
def test_what_is_particular_to_the_other_cells(cell, expected):
    system = derive(load_cell(cell))
    found = {name: unicode_equation(system, system.equation(name)) for name in expected}
    assert found == expected


@every_cell
def test_every_quantity_has_one_adjoint_of_its_shape(name):
    system = derive(cell_called(name))
    defined = [system.defined(e) for e in system.equations]
    assert len({q.name for q in defined}) == len(defined)
    expected = {"d" + q.name: q.shape for q in system.cell.quantities}
    expected |= {f"d{q.name}_0": q.shape for q in system.cell.states}
    assert {q.name: q.shape for q in defined} == expected
    for equation in system.equations:
        assert tuple(equation.right.shape) == tuple(equation.left.shape)


@every_cell
def test_adjoints_are_computed_before_they_are_read(name):
    """Within a step, an adjoint that is read at t stands above its readers."""
    system = derive(cell_called(name))
    done: set[str] = set()
    for equation in system.of_step():
        for quantity, shift in system.reads(equation):
            if quantity.role is Role.ADJOINT and shift == 0:
                assert quantity.name in done
        done.add(system.defined(equation).name)
    assert done


# Sizes.


def with_sizes(D: int, H: int) -> str:
    return (
        rf"x_t \in \mathbb{{R}}^{{{D}}} \\ h_t \in \mathbb{{R}}^{{{H}}} \\"
        r"h_t = \tanh(W x_t + U h_{t-1} + b)"
    )


def test_content_does_not_depend_on_any_size():
    systems = [derive(read_text(with_sizes(D, H))) for D, H in ((2, 3), (2000, 3000))]
    symbolic = derive(read_text(with_sizes(2, 3).replace("{2}", "{D}").replace("{3}", "{H}")))
    assert printed(systems[0]) == printed(systems[1]) == printed(symbolic)


def test_derivation_takes_no_longer_for_large_sizes():
    """A timing with a wide margin: what depended on H would take hours here."""
    started = time.perf_counter()
    derive(read_text(with_sizes(10**6, 10**7)))
    assert time.perf_counter() - started < 5


def test_the_number_of_equations_is_linear_in_those_of_the_cell():
    """An adjoint for each quantity, pre-activations included, and one for each initial state"""
    system = derive(load_cell("lstm"))
    assert (len(system.original.equations), len(system.cell.equations)) == (6, 10)
    assert len(system.equations) == 1 + 2 + 4 + 4 + 12 + 2


# Single laws.


def test_a_state_without_influence_has_zero_gradient():
    """h_t = tanh(W x_t + 0 h_{t-1})  ⇒  dh_0 = 0"""
    cell = cell_called("a state without influence")
    arguments = random_arguments(cell, "gradients", SIZES[0])
    found = generated(cell)["gradients"](**arguments)
    assert found["dh_0"].shape == (2, 5)
    assert not found["dh_0"].any()
    assert found["dW"].any()


def test_what_nobody_reads_gets_its_adjoint_from_outside_only():
    """du_t = du^{out}_t for a result u that no equation reads"""
    system = derive(cell_called("results that nobody reads"))
    assert unicode_equation(system, system.equation("du")) == "du_t = du^out_t"


def test_what_nothing_depends_on_has_the_adjoint_zero():
    cell = cell_called("a state without influence")
    no_results = replace(cell, equations=cell.equations, quantities=cell.quantities)
    adjoint = gradient_module.Adjoint(no_results.quantity("x"), None, ())
    assert gradient_module._sum_of(adjoint, (0, 1), with_outside=True) == ZeroMatrix(
        *cell.quantity("x").shape
    )


def test_a_parameter_in_two_equations_gets_both_shares():
    system = derive(cell_called("a parameter in two equations"))
    assert unicode_equation(system, system.equation("dW")) == "dW = Σ_t Σ_b (dh̄_t x_tᵀ + dḡ_t x_tᵀ)"
    assert unicode_equation(system, system.equation("db")) == "db = Σ_t Σ_b (dh̄_t + dḡ_t)"


def test_moving_in_time_moves_every_timed_symbol():
    """c_{t-1} ∘ W x_t one step later is c_t ∘ W x_{t+1}"""
    cell = read_text(r"c_t = c_{t-1} \odot W x_t")
    system = derive(cell)
    moved = moved_in_time(system, cell.equations[0].right, 1)
    assert [s.name for s in matrix_symbols(moved)] == ["c_t", "W", "x_next"]
    assert moved_in_time(system, moved, -1) == cell.equations[0].right


def test_preactivations_are_named_innermost_first():
    named = name_preactivations(cell_called("nested functions"))
    assert [unicode_equation(named, e) for e in named.equations] == [
        "h̄_t = −h_{t-1}",
        "h̄_t^2 = V x_t + exp(h̄_t)".replace("h̄_t^2", "h̄_2_t"),
        "h̄_3_t = W σ(h̄_2_t) − σ(h_{t-1})",
        "h_t = tanh(h̄_3_t)",
    ]


def test_an_argument_that_is_a_name_is_not_named_again():
    cell = read_text(r"c_t = x_t + c_{t-1} \\ h_t = \tanh(c_t)")
    assert name_preactivations(cell).equations == cell.equations


def test_the_name_of_a_preactivation_is_never_taken():
    r"""\bar{h}_t is a quantity of the cell, so the pre-activation of h is h_bar2"""
    cell = read_text(r"\bar{h}_t = W x_t \\ h_t = \tanh(\bar{h}_t + h_{t-1})")
    assert name_preactivations(cell).equations[1].left.name == "h_bar2_t"


# Oracles.


@every_size
@every_cell
def test_gradients_agree_with_complex_steps(name, sizes):
    """∂L/∂v = Im L(v + iε)/ε, on a forward that a person wrote"""
    cell = cell_called(name)
    arguments = random_arguments(cell, "gradients", sizes)
    expected = complex_step_gradients(cell, forward_of(name), arguments)
    assert_agree(generated(cell)["gradients"](**arguments), expected)


ONE_RESULT = [name for name in all_cells() if len(cell_called(name).results) == 1]


@pytest.mark.parametrize("name", [n for n in all_cells() if n not in ONE_RESULT])
def test_sequences_agree_with_a_forward_written_by_hand(name):
    assert_sequence_agrees(name)


@pytest.mark.parametrize("name", ONE_RESULT)
def test_sequences_of_one_result_agree_with_a_forward_written_by_hand(name):
    assert_sequence_agrees(name)


def assert_sequence_agrees(name: str) -> None:
    cell = cell_called(name)
    arguments = random_arguments(cell, "sequence", SIZES[0])
    expected = sequence_by_hand(cell, forward_of(name), arguments)
    found = dict(zip(expected, generated(cell)["sequence"](**arguments), strict=True))
    assert_agree(found, expected)


def test_a_row_times_a_column_is_a_number_per_example():
    """s_t = wᵀ x_t, h_t = tanh(h_{t-1} + v s_t)"""
    cell = read_text(DOT_PRODUCT.latex)
    arguments = random_arguments(cell, "gradients", SIZES[0])
    expected = complex_step_gradients(cell, DOT_PRODUCT.forward, arguments)
    assert_agree(generated(cell)["gradients"](**arguments), expected)


# The textbook slope and SymPy's.


@pytest.mark.parametrize("name", ["lstm", "exponential", "nested functions"])
def test_slopes_by_diff_give_the_same_gradients(name, monkeypatch):
    """σ′ by SymPy's diff = σ (1 − σ)"""
    cell = cell_called(name)
    arguments = random_arguments(cell, "gradients", SIZES[0])
    expected = generated(cell)["gradients"](**arguments)
    assert set(expected), "nothing to compare"
    without = tuple(replace(f, slope_by_value=None) for f in functions.FUNCTIONS)
    monkeypatch.setattr(functions, "FUNCTIONS", without)
    monkeypatch.setattr(functions, "SIGMOID", without[0])
    functions.of.cache_clear()
    derive.cache_clear()
    try:
        system = derive(cell)
        assert "exp(" in " ".join(printed(system)[:12])
        assert_agree(generated(cell)["gradients"](**arguments), expected)
    finally:
        functions.of.cache_clear()
        derive.cache_clear()


# The checks above can fail.


def broken(rule):
    """The rule with the share of its first operand left as the adjoint itself, doubled."""

    def shares(node, adjoint):
        (first, share), *rest = rule(node, adjoint)
        return iter([(first, rules.product(2, share)), *rest])

    return shares


@pytest.mark.parametrize("node", ["MatMul", "HadamardProduct"])
def test_a_wrong_rule_is_noticed_by_complex_steps(node, monkeypatch):
    cell = cell_called("gru, reset before")
    arguments = random_arguments(cell, "gradients", SIZES[0])
    expected = complex_step_gradients(cell, forward_of("gru, reset before"), arguments)
    kind = getattr(rules, node)
    right = rules.pull.dispatch(kind)
    derive.cache_clear()
    rules.pull.register(kind, broken(right))
    try:
        found = generated(cell)["gradients"](**arguments)
    finally:
        rules.pull.register(kind, right)
        derive.cache_clear()
    with pytest.raises(AssertionError, match="d"):
        assert_agree(found, expected)


def test_contributions_left_at_their_own_time_are_noticed(monkeypatch):
    """Unmoved, what comes from t+1 makes the adjoints of one step depend on each other."""
    derive.cache_clear()
    monkeypatch.setattr(gradient_module, "moved_in_time", lambda system, e, steps: e)
    with pytest.raises(Cycle, match=r"S221\]: at time t each of .* needs the other"):
        derive(cell_called("coupled gates"))


def test_samples_are_as_many_as_their_forwards():
    assert len({id(s.forward) for s in SAMPLES.values()}) == len(SAMPLES)
    assert isinstance(cell_called("elman").quantity("h").at(), MatrixSymbol)
