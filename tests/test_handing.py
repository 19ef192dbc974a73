"""Arguments that are handed on wrongly are blamed where they are named, in a call or a tuple."""

from pathlib import Path

import pytest

import symlstm.reference
from symlstm import verify

LSTM = (Path(symlstm.reference.__path__[0]) / "lstm.py").read_text(encoding="utf-8")
PACKED = "    parameters = (W_xi, W_hi, b_i, W_xf, W_hf, b_f, W_xo, W_ho, b_o, W_xc, W_hc, b_c)\n"
BY_NAME = """    parameters = dict(
        W_xi=W_xi, W_hi=W_hi, b_i=b_i, W_xf=W_xf, W_hf=W_hf, b_f=b_f,
        W_xo=W_xo, W_ho=W_ho, b_o=b_o,
        W_xc=W_xc, W_hc=W_hc, b_c=b_c,
    )
"""
CALLS = {
    "a tuple": (PACKED, "*parameters"),
    "a dict": (BY_NAME, "**parameters"),
    "a literal": ("", f"*{PACKED.split(' = ')[1].strip()}"),
}
SIZES = {"B": 2, "D": 3, "H": 2, "T": 3}


def written(path, call, function, right, wrong):
    """The reference, with a call by `call` in one function, and an edit of its arguments."""
    packed, starred = CALLS[call]
    start = LSTM.index(f"def {function}(")
    head, body = LSTM[:start], LSTM[start:].replace(PACKED, packed, 1)
    body = body.replace("*parameters", starred, 1)
    at = body.index(right)
    path.write_text(head + body[:at] + wrong + body[at + len(right) :], encoding="utf-8")
    return (head + body[:at]).count("\n") + 1


@pytest.mark.parametrize("function", ["sequence", "gradients"])
@pytest.mark.parametrize(("call", "right", "wrong", "mine", "other"), [
    ("a dict", "b_o=b_o", "b_o=b_i", "b_o", "b_i"),
    ("a literal", "b_o, W_xc", "b_i, W_xc", "b_o", "b_i"),
    ("a tuple", "b_o, W_xc", "b_i, W_xc", "b_o", "b_i"),
])  # fmt: skip
def test_a_wrong_argument_is_blamed_where_it_is_named(
    function, call, right, wrong, mine, other, tmp_path
):
    path = tmp_path / "mine.py"
    line = written(path, call, function, right, wrong)
    report = verify(str(path), "lstm", sizes=SIZES, seed=1)
    assert report.verdict == "differs"
    (found,) = report.findings
    assert (found.function, found.line, found.term) == (function, line, mine), report.to_text()
    assert found.message == f"o_t has {other} where {mine} stands"
    assert found.source[found.column - 1 : found.end_column - 1] == other


def test_two_arguments_exchanged_for_the_forward_pass_are_one_finding(tmp_path):
    path = tmp_path / "mine.py"
    line = written(path, "a tuple", "gradients", "b_i, W_xf, W_hf, b_f", "b_f, W_xf, W_hf, b_i")
    (found,) = verify(str(path), "lstm", sizes=SIZES, seed=1).findings
    assert (found.kind, found.equation, found.line) == ("wrong-term", "i_t", line)
    assert found.message == "i_t has b_f where b_i stands, and the reverse"
    assert any("exactly these equations" in note for note in found.notes)


@pytest.mark.parametrize(("function", "right", "wrong", "kind", "said"), [
    ("gradients", "h, c = sequence(x", "c, h = sequence(x", "wrong-order",
     "c_t is taken from the forward pass as h_t, and the reverse"),
    ("gradients", "h, c = sequence(x", "h, _ = c, _ = sequence(x", "wrong-term",
     "c_t is taken from the forward pass as h_t"),
    ("gradients", "h, c = sequence(x, h_0, c_0", "h, c = sequence(x, c_0, h_0", "wrong-term",
     "h_t has c_0 where h_0 stands, and the reverse"),
    ("sequence", "step(x[t], h[-1], c[-1]", "step(x[t], c[-1], h[-1]", "wrong-order",
     "i_t reads c_{t-1} where h_{t-1} stands, and the reverse"),
])  # fmt: skip
def test_states_taken_for_each_other_in_a_call_are_one_finding(
    function, right, wrong, kind, said, tmp_path
):
    path = tmp_path / "mine.py"
    line = written(path, "a tuple", function, right, wrong)
    (found,) = verify(str(path), "lstm", sizes=SIZES, seed=1).findings
    assert (found.kind, found.line, found.message) == (kind, line, said)
