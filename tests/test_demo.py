"""The demonstration: every slip is found where it was planted, and nothing is left behind."""

import tempfile

import pytest
from command_line import run

from symlstm import demo


@pytest.mark.parametrize("name", demo.SLIPS)
def test_every_slip_is_found_and_the_unchanged_file_is_proved(name, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ending = run("demo", "--slip", name, "--seed", "1")
    slip = demo.SLIPS[name]
    assert (ending.status, ending.err) == (0, "")
    assert f"`{slip.old}` → `{slip.new}`" in ending.out.splitlines()[0]
    assert ending.out.count("error[S") == 1 and "\nproved: " in ending.out
    assert not list(tmp_path.iterdir())


def test_a_slip_found_elsewhere_is_a_failure(monkeypatch):
    slip = demo.SLIPS["time"]
    monkeypatch.setitem(demo.SLIPS, "time", demo.Slip(slip.old, slip.new, "di_t"))
    ending = run("demo", "--seed", "1", "--slip", "time")
    assert ending.status == 2 and "not found where it was planted" in ending.err


def test_without_a_seed_it_is_the_same_each_time():
    assert run("demo") == run("demo")


def test_an_unknown_slip_is_one_message():
    ending = run("demo", "--slip", "none")
    assert ending.status == 2 and "time, gate, derivative, carry, weight" in ending.err


def test_the_seed_chooses():
    assert demo.chosen(None, None) == "time"
    assert demo.chosen("gate", 3) == "gate"
    assert {demo.chosen(None, seed) for seed in range(50)} == set(demo.SLIPS)
