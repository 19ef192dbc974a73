"""How many numbers a cell is: n·k·m of a product, and one message where they are too many."""

import time

import pytest
from command_line import assert_one_message, run

from symlstm import Cell, cells, verify
from symlstm.messages import UsageError
from symlstm.verification.options import default_sizes
from symlstm.verification.workload import MAXIMUM_NUMBERS, numbers

LINEAR = Cell.from_latex(r"x_t \in \mathbb{R}^{D} \\ h_t = W x_t + h_{t-1}")


def vast(entries):
    return rf"x_t \in \mathbb{{R}}^{{{entries}}} \\ h_t = x_t + h_{{t-1}}"


def test_entries_and_products_are_counted():
    # W 6, at each step of each example x 2, h 3; the sum 3, its parts 3, 6, 2, 3, the product 3·2.
    assert numbers(LINEAR, {"B": 1, "T": 1, "D": 2, "H": 3}) == 6 + 5 + 17 + 6
    assert numbers(LINEAR, {"B": 2, "T": 5, "D": 2, "H": 3}) == 6 + 10 * (5 + 17 + 6)


def test_an_outer_product_that_is_never_named_is_counted():
    outer = Cell.from_latex(r"x_t \in \mathbb{R}^{D} \\ h_t = x_t x_t^\top h_{t-1}")
    assert numbers(outer, {"B": 1, "T": 1, "D": 1000}) > 1000 * 1000


def test_an_lstm_of_a_thousand_steps_is_followed():
    assert numbers(cells["lstm"], {"B": 2, "T": 1000, "D": 3, "H": 5}) < MAXIMUM_NUMBERS


def test_the_cells_of_the_library_are_far_below_the_limit():
    counts = [numbers(cell, sizes) for cell in cells.values() for sizes in default_sizes(cell)]
    assert 100 < max(counts) < MAXIMUM_NUMBERS / 20


@pytest.mark.parametrize("entries", ["99999999", "9" * 30])
@pytest.mark.parametrize("command", [("verify", "--cell"), ("equal", "lstm"), ("equal",)])
def test_a_size_that_the_file_fixes_is_told_before_anything_is_made(tmp_path, entries, command):
    path = tmp_path / "vast.tex"
    path.write_text(vast(entries), encoding="utf-8")
    start = time.monotonic()
    ending = run(*command, path, *([path] if command == ("equal",) else []))
    assert time.monotonic() - start < 30
    assert_one_message(ending, 2, "error[S005]", "numbers", "declare the sizes as letters")


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        ("B=999999999,T=3,D=3,H=5", "1,619,999,998,560 numbers"),
        ("B=99,T=99,D=99,H=99", "1,581,666,174 numbers"),
        ("B=2,T=3,D=3,H=" + "9" * 80, "some 10^161 numbers"),
    ],
)
def test_sizes_that_are_too_many_numbers_are_told_with_how_many(sizes, count):
    ending = run("verify", "--cell", "lstm", "--sizes", sizes)
    assert_one_message(ending, 2, "error[S005]", count, "1,500,000", "give small sizes")
    ending = run("equal", "lstm", "lstm-concat", "--sizes", sizes)
    assert_one_message(ending, 2, "error[S005]", count)


@pytest.mark.parametrize("size", ["²", "9" * 5000, "1_0", "0x10", "-1"])
def test_what_is_no_number_is_no_size(size):
    assert_one_message(run("verify", "--cell", "lstm", "--sizes", f"B={size}"), 2, "no size")


@pytest.mark.parametrize("size", ["3", 3.0, None, True])
def test_a_size_in_python_is_an_int(size):
    with pytest.raises(UsageError, match="no whole number"):
        verify(cell="lstm", sizes={"B": size, "T": 3, "D": 3, "H": 5})


def test_a_size_of_very_many_digits_is_told_by_its_magnitude():
    with pytest.raises(UsageError, match=r"B=some 10\^5000 "):
        verify(cell="lstm", sizes={"B": 10**5000, "T": 3, "D": 3, "H": 5})
