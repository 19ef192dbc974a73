"""`Cell` and `Equation` are frozen values; a symbol is told back to its quantity and its time."""

from dataclasses import FrozenInstanceError, replace

import pytest
from sympy import MatAdd, MatrixSymbol, Symbol, Trace

from symlstm.cell import (
    B_AXIS,
    T_AXIS,
    Cell,
    Cycle,
    Equation,
    Glyph,
    Quantity,
    Role,
    System,
    in_computing_order,
    matrix_symbols,
    time_index,
    time_suffix,
)
from symlstm.interface import evaluate_dimension, signature, sizes_text
from symlstm.messages import Message, Span, SymlstmError, render
from symlstm.notation.reading import load_cell, read_text

BOTH = frozenset({T_AXIS, B_AXIS})
H = Symbol("H", integer=True, positive=True)


def signal(name: str, role: Role = Role.INTERMEDIATE) -> Quantity:
    return Quantity(name, Glyph(name, name), (H, 1), BOTH, role)


def system_of(**rights: tuple[str, ...]) -> System:
    """A system whose equations each sum the named quantities at t; `h-` is h at t−1."""
    quantities = {name: signal(name) for name in rights}
    for reads in rights.values():
        for name in reads:
            quantities.setdefault(name.rstrip("-"), signal(name.rstrip("-"), Role.INPUT))
    equations = tuple(
        Equation(
            quantities[left].at(),
            MatAdd(*(quantities[r.rstrip("-")].at(-r.count("-")) for r in reads), evaluate=False),
        )
        for left, reads in rights.items()
    )
    return System(equations, tuple(quantities.values()))


# Names.


@pytest.mark.parametrize(
    ("shift", "suffix", "index"),
    [(0, "_t", "t"), (-1, "_prev", "t-1"), (1, "_next", "t+1"), (-2, "_prev2", "t-2")],
)
def test_times_have_a_suffix_and_an_index(shift, suffix, index):
    assert time_suffix(shift) == suffix
    assert time_index(shift) == index


def test_a_signal_has_a_symbol_for_each_time_and_a_parameter_one():
    c, w = signal("c"), Quantity("W", Glyph("W", "W"), (H, H), frozenset(), Role.PARAMETER)
    assert [c.at(shift).name for shift in (-1, 0, 1)] == ["c_prev", "c_t", "c_next"]
    assert [w.at(shift) for shift in (-1, 0, 1)] == [MatrixSymbol("W", H, H)] * 3
    assert (c.label, w.label) == ("c_t", "W")
    assert c.at().shape == (H, 1)


def test_a_glyph_prints_label_mark_and_time():
    glyph = Glyph(r"\mathrm{d}c", "dc", label="i", mark="out")
    assert glyph.in_latex("t") == r"\mathrm{d}c^{\mathrm{out}}_{i,t}"
    assert glyph.in_unicode("t") == "dc_i^out_t"
    assert glyph.in_unicode("t-1") == "dc_i^out_{t-1}"
    assert Glyph("h", "h").in_latex() == "h"


def test_a_decorated_glyph_keeps_its_label():
    glyph = Glyph("b", "b", label="i").decorated(r"\bar{{}}", "{}\u0304")
    assert glyph == Glyph(r"\bar{b}", "b̄", "i")


# Systems.


@pytest.mark.parametrize("shift", [-3, -2, -1, 0, 1])
def test_a_symbol_is_told_back_to_its_quantity_and_time(shift):
    """locate(quantity.at(shift)) = (quantity, shift)"""
    cell = load_cell("lstm")
    assert cell.locate(cell.quantity("c").at(shift)) == (cell.quantity("c"), shift)
    assert cell.locate(cell.quantity("b_i").at(shift)) == (cell.quantity("b_i"), 0)


def test_an_unknown_symbol_is_refused():
    with pytest.raises(SymlstmError, match=r"S402\]: the symbol q_t is no quantity of this system"):
        load_cell("lstm").locate(MatrixSymbol("q_t", H, 1))


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError, match="q"):
        load_cell("lstm").quantity("q")
    with pytest.raises(KeyError, match="x"):
        load_cell("lstm").equation("x")


def test_an_equation_reads_each_quantity_once_from_left_to_right():
    """c_t = f_t ∘ c_{t-1} + i_t ∘ g_t,  and h_t = x_t + x_t reads x once"""
    cell = load_cell("lstm")
    reads = [(q.name, shift) for q, shift in cell.reads(cell.equation("c"))]
    assert reads == [("f", 0), ("c", -1), ("i", 0), ("g", 0)]
    twice = read_text("h_t = x_t + x_t + h_{t-1}")
    assert [q.name for q, _ in twice.reads(twice.equations[0])] == ["x", "h"]


def test_matrix_symbols_are_found_with_repetitions_and_within_any_node():
    a = MatrixSymbol("a", 2, 2)
    assert [s.name for s in matrix_symbols(Trace(a * a.T))] == ["a", "a"]
    assert list(matrix_symbols(Symbol("x"))) == []


# Order.


def test_equations_are_computed_after_what_they_read_and_else_as_written():
    system = system_of(y=("h",), a=("x",), h=("c", "o"), o=("c",), c=("h-", "a"))
    ordered = [e.left.name for e in in_computing_order(system, system.equations)]
    assert ordered == ["a_t", "c_t", "o_t", "h_t", "y_t"]


def test_the_step_before_is_no_reason_to_wait():
    system = system_of(h=("h-", "c-"), c=("h",))
    assert [e.left.name for e in in_computing_order(system, system.equations)] == ["h_t", "c_t"]


@pytest.mark.parametrize(
    ("rights", "names"),
    [
        ({"h": ("h", "x")}, ("h_t",)),
        ({"a": ("b",), "b": ("a",)}, ("a_t", "b_t")),
        ({"y": ("a",), "a": ("b",), "b": ("c",), "c": ("a", "x")}, ("a_t", "b_t", "c_t")),
    ],
)
def test_a_cycle_is_refused_and_named(rights, names):
    system = system_of(**rights)
    with pytest.raises(Cycle, match="S221") as caught:
        in_computing_order(system, system.equations)
    assert caught.value.names == names


# Cells are values.


def test_a_cell_is_frozen():
    cell = load_cell("lstm")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        cell.name = "other"
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'left'"):
        cell.equations[0].left = None


def test_a_cell_is_hashable_and_equal_to_its_copy():
    cell = load_cell("lstm")
    assert {replace(cell): 1}[cell] == 1
    assert replace(cell, name="other") != cell


def test_the_place_of_an_equation_is_no_part_of_its_value():
    equation = load_cell("lstm").equations[0]
    assert equation.span.line == 6
    assert replace(equation, span=None) == equation


def test_equations_hold_ordinary_matrices_of_sympy():
    cell = load_cell("lstm")
    f, c = cell.quantity("f").at(), cell.quantity("c").at(-1)
    assert isinstance(cell.equation("c").right, MatAdd)
    assert cell.equation("c").right.args[0].args == (f, c)


def test_results_are_the_states_and_then_what_nobody_reads():
    cell = read_text(r"y_t = h_t \\ h_t = c_t + x_t \\ z_t = x_t \\ c_t = h_{t-1} + c_{t-1}")
    assert [q.name for q in cell.results] == ["h", "c", "y", "z"]


def test_a_cell_without_equations_has_no_results():
    assert Cell((), ()).results == ()


# How it is bound (interface.py).


def bound(kind: str) -> dict[str, tuple[str, ...]]:
    return {
        a.name: tuple(map(str, a.symbolic_shape()))
        for a in signature(load_cell("lstm-concat"), kind).arguments
    }


WEIGHTS = {
    "W_i": ("H", "D + H"), "b_i": ("H",), "W_f": ("H", "D + H"), "b_f": ("H",),
    "W_o": ("H", "D + H"), "b_o": ("H",), "W_c": ("H", "D + H"), "b_c": ("H",),
}  # fmt: skip


def test_the_arguments_of_a_step():
    states = {"h_prev": ("B", "H"), "c_prev": ("B", "H")}
    assert bound("step") == {"x": ("B", "D"), **states, **WEIGHTS}
    assert [r.name for r in signature(load_cell("lstm-concat"), "step").results] == ["h", "c"]


def test_the_arguments_of_a_sequence():
    states = {"h_0": ("B", "H"), "c_0": ("B", "H")}
    assert bound("sequence") == {"x": ("T", "B", "D"), **states, **WEIGHTS}


def test_the_arguments_and_results_of_gradients():
    outside = {"dh": ("T", "B", "H"), "dc": ("T", "B", "H")}
    assert bound("gradients") == {**bound("sequence"), **outside}
    results = signature(load_cell("lstm-concat"), "gradients").results
    assert [r.name for r in results] == ["d" + name for name in bound("sequence")]


def test_only_initial_states_and_outside_adjoints_may_be_absent():
    arguments = signature(load_cell("lstm"), "gradients").arguments
    assert [a.name for a in arguments if a.may_be_absent] == ["h_0", "c_0", "dh", "dc"]
    assert not any(a.may_be_absent for a in signature(load_cell("lstm"), "step").arguments)


def test_shapes_at_sizes():
    sizes = {"B": 2, "D": 3, "H": 5, "T": 7}
    bound = signature(load_cell("lstm-concat"), "gradients")
    assert bound.argument("W_i").shape(sizes) == (5, 8)
    assert bound.argument("x").shape(sizes) == (7, 2, 3)
    assert bound.result("dc_0").shape(sizes) == (2, 5)
    assert bound.argument("nothing") is None
    assert evaluate_dimension(2 * H + 1, sizes) == 11
    assert sizes_text(sizes) == "B=2 D=3 H=5 T=7"


# Messages (messages.py).


def test_a_message_shows_what_where_why_and_how_to_mend_it():
    message = Message(
        "S104",
        "c_t lacks the term i_t ∘ g_t",
        (
            Span("my_lstm.py", 31, text="    c = f * c_prev"),
            Span("cell.tex", 5, 3, 4, "  c_t = x", label="here"),
        ),
        ("equation (5) of lstm",),
        "add i * g",
    )
    assert render(message) == (
        "error[S104]: c_t lacks the term i_t ∘ g_t\n"
        "  --> my_lstm.py:31   c = f * c_prev\n"
        "  ::: cell.tex:5:3\n"
        "    5 |   c_t = x\n"
        "      |   ^^^^ here\n"
        "  equation (5) of lstm\n"
        "  help: add i * g"
    )


def test_an_error_keeps_its_kind_when_its_place_becomes_known():
    error = SymlstmError("S402", "text", notes=("why",), help="help")
    placed = error.at(Span("a.py", 2))
    assert type(placed) is SymlstmError
    assert str(placed) == "error[S402]: text\n  --> a.py:2\n  why\n  help: help"
