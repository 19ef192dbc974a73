"""What has no symbolic meaning ends the run as `untraceable`, with the line and a remedy."""

import math
import pickle
import re

import numpy as np
import pytest

from symlstm.proof.terms import Terms
from symlstm.tracing.run import trace_call

MADE_OUTSIDE = np.zeros(3)
INTEGERS_OUTSIDE = np.zeros(3, dtype=int)


def trace(function, **shapes):
    shapes = shapes or {"x": (3,)}
    return trace_call(function, Terms(), {name: (name, shape) for name, shape in shapes.items()})


def branches_on_a_value(x):
    if x[0] > 0:
        return x
    return -x


def branches_on_an_array(x):
    while x.any():
        x = x - 1
    return x


def stores_into_an_array_made_outside(x):
    MADE_OUTSIDE[:] = x
    return x


def adds_to_an_array_made_outside(x):
    outside = MADE_OUTSIDE
    outside += x
    return outside


def stores_into_integers(x):
    a = np.zeros(3, dtype=int)
    a[0] = x[0]
    return a


def adds_to_integers_at(x):
    np.add.at(INTEGERS_OUTSIDE, [0], x[0])
    return x


def sums_into_a_real_array(x):
    return np.sum(x, out=np.random.rand(1)[0:1].reshape(()))


def keeps_only_positive(x):
    return x[x > 0]


def measures_a_selection(x):
    return np.ones(3) * len(x[x > 0])


def assigns_through_another_mask(x):
    a = np.zeros(3)
    a[x > 1] = x[x > 0]
    return a


def mixes_masks(x):
    return x[x > 1] + x[x > 0]


def divides_by_zero(x):
    return x / np.zeros(3)


REFUSED = {
    branches_on_a_value: ("decides what the code does", "np.where"),
    branches_on_an_array: ("decides what the code does", "np.where"),
    stores_into_an_array_made_outside: ("converted to a float", "inside the function"),
    adds_to_an_array_made_outside: ("stored in an array of type float64", "inside the function"),
    stores_into_integers: ("converted to an integer", "float dtype"),
    adds_to_integers_at: ("made outside the function", "inside the function"),
    sums_into_a_real_array: ("stored in an array of type float64", "inside the function"),
    keeps_only_positive: ("a selection by a traced condition", "np.where"),
    measures_a_selection: ("a selection by a traced condition, and then its length", "np.where"),
    assigns_through_another_mask: ("through another mask", "np.where"),
    mixes_masks: ("a mixture of different masks", "np.where"),
    divides_by_zero: ("a division by the constant 0", "operand missing"),
    (lambda x: x / 0): ("a division by the constant 0", "operand missing"),
    (lambda x: np.zeros(3) ** -1): ("a negative power of the constant 0", "operand missing"),
    (lambda x: x * np.log(np.zeros(3))): ("the logarithm of 0", "operand missing"),
    (lambda x: x * np.sqrt(np.full(3, -1.0))): ("the square root of -1", "operand missing"),
    (lambda x: x * np.nan): ("the constant nan", "np.clip"),
    (lambda x: x + np.inf): ("the constant inf", "np.clip"),
    (lambda x: np.maximum(x, np.inf)): ("an infinite value", "operand missing"),
    (lambda x: x * 1j): ("a value of type complex", "real numbers"),
    (lambda x: x if float(x[0]) else -x): ("converted to a float", "NumPy's functions"),
    (lambda x: math.sin(x[0])): ("converted to a float", "NumPy's functions"),
    (lambda x: np.sin(x)): (r"np\.sin of traced values", "arithmetic"),
    (lambda x: np.floor(x)): (r"np\.floor of traced values", "arithmetic"),
    (lambda x: x // 2): (r"np\.floor_divide of traced values", "arithmetic"),
    (lambda x: x[0] % 2): ("mod of traced values", "rounding"),
    (lambda x: round(x[0])): ("round of traced values", "rounding"),
    (lambda x: np.sort(x)): (r"np\.sort of traced values", "np.where"),
    (lambda x: np.linalg.inv(x), (2, 2)): (r"np\.linalg\.inv of traced values", "np.where"),
    (lambda x: x.argmax()): (r"the method \.argmax\(\)", "np.where"),
    (lambda x: np.argmax(x)): (r"np\.argmax of traced values", "np.where"),
    (lambda x: x.flat[0]): (r"the method \.flat\(\)", "np.where"),
    (lambda x: x.view(np.int64)): ("viewed as another type", "as it is"),
    (lambda x: x.astype(int)): ("converted to int64", "float dtype"),
    (lambda x: np.arange(3)[x[0]]): ("used as an index", "integers"),
    (lambda x: [1, 2][x[0]]): ("used as an index", "integers"),
    (lambda x: {x[0]: 1}): ("dictionary key", "strings"),
    (lambda x: pickle.dumps(x)): ("pickled", "storage"),
    (lambda x: pickle.dumps(x[0])): ("pickled", "storage"),
    (lambda x: max(x[0], x[1])): ("decides what the code does", "np.maximum"),
    (lambda x: sorted(x)): ("decides what the code does", "np.minimum"),
    (lambda x: x[0] in [0.5]): ("decides what the code does", "np.where"),
    (lambda x: np.allclose(x, 0)): ("depends on the values", "leave checks"),
    (lambda x: np.array_equal(x, x + 1)): ("depends on the values", "leave checks"),
    (lambda x: np.where(x > 0)): ("np.where with one argument", "c, a, b"),
    (lambda x: np.add.reduceat(x, [0, 1])): (r"np\.add\.reduceat", "write it out"),
    (lambda x: np.put(x, 0, 1)): ("np.put", "assign"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_operation_without_meaning_is_untraceable(case):
    function, shape = case if isinstance(case, tuple) else (case, (3,))
    what, remedy = REFUSED[case]
    result = trace(function, x=shape)
    assert result.outcome == "untraceable"
    assert re.search(what, result.message), result.message
    assert remedy in result.help, result.help
    assert result.places[0].file == __file__
    assert result.places[0].function == function.__name__
    assert not result.results
