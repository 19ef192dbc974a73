"""f traced, then evaluated at random numbers = f called on these numbers.

Every function that the tracer supports stands here once at least; the evaluator below is written
from the definition of a term alone.
"""

import copy
import math

import numpy as np
import pytest

from symlstm.proof.terms import Terms
from symlstm.tracing.run import trace_call

SEED = 20130805

CALLS = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "log1p": math.log1p,
    "expm1": math.expm1,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
}
RELATIONS = {
    ">": lambda a: a > 0,
    ">=": lambda a: a >= 0,
    "==": lambda a: a == 0,
}


def evaluate(terms, symbols):
    """The float value of every term; NaN where it has none, as in a branch that is not taken."""
    values = []
    for operation, *operands in terms.nodes:
        try:
            values.append(value_of(operation, operands, values, symbols))
        except (ValueError, ZeroDivisionError, OverflowError):
            values.append(math.nan)
    return values


def value_of(operation, operands, values, symbols):
    match operation:
        case "symbol":
            return symbols.get(operands[0], math.nan)
        case "number":
            return float(operands[0])
        case "sum":
            return math.fsum(values[a] for a in operands)
        case "product":
            return math.prod(values[a] for a in operands)
        case "dot":
            return math.fsum(
                values[a] * values[b] for a, b in zip(operands[::2], operands[1::2], strict=True)
            )
        case "power":
            return values[operands[0]] ** operands[1]
        case "call":
            return CALLS[operands[0]](values[operands[1]])
        case "compare":
            return RELATIONS[operands[0]](values[operands[1]])
        case "not":
            return not values[operands[0]]
        case "and":
            return values[operands[0]] and values[operands[1]]
        case "where":
            return values[operands[1]] if values[operands[0]] else values[operands[2]]
        case _:
            raise AssertionError(operation)


def traced_results(function, numbers):
    """What `function` computes on symbols, evaluated at these numbers."""
    terms = Terms()
    trace = trace_call(function, terms, {name: (name, a.shape) for name, a in numbers.items()})
    assert trace.outcome == "returned", (trace.message, trace.help, trace.places)
    symbols = {
        f"{name}[{','.join(map(str, i))}]" if i else name: float(a[i])
        for name, a in numbers.items()
        for i in np.ndindex(a.shape)
    }
    values = evaluate(terms, symbols)
    return {
        key: np.array([float(values[e]) for e in result.elements]).reshape(result.shape)
        for key, result in trace.results.items()
    }


def real_results(function, numbers):
    returned = function(**copy.deepcopy(numbers))
    if isinstance(returned, dict):
        return returned
    returned = returned if isinstance(returned, tuple) else (returned,)
    return {str(k): value for k, value in enumerate(returned)}


def assert_traces_as_numpy(function, **shapes):
    """Both routes give arrays of the same shapes and the same numbers."""
    print(f"seed {SEED}")
    rng = np.random.default_rng(SEED)
    numbers = {name: rng.uniform(0.2, 1.8, shape) for name, shape in shapes.items()}
    expected = real_results(function, numbers)
    actual = traced_results(function, numbers)
    assert actual.keys() == expected.keys()
    assert expected
    for key, value in expected.items():
        assert actual[key].shape == np.shape(value)
        np.testing.assert_allclose(actual[key], np.asarray(value, float), rtol=1e-9, atol=1e-12)


M = (2, 3)
EVERY_FUNCTION = {
    # arithmetic, with values of both signs from x - 1
    "add": (lambda x, y: x + y, M, M),
    "add scalar": (lambda x: 1 + x + 0.1, M),
    "subtract": (lambda x, y: (x - y, 1 - x), M, M),
    "multiply": (lambda x, y: x * y * 3, M, M),
    "divide": (lambda x, y: (x / y, 1 / x, x / 3), M, M),
    "broadcast": (lambda x, y: x * y + y, M, (3,)),
    "broadcast both": (lambda x, y: x[:, None] + y, (2,), (1, 3)),
    "negative": (lambda x: (-x, +x), M),
    "power 2": (lambda x: (x - 1) ** 2, M),
    "power -1": (lambda x: x**-1, M),
    "power 0": (lambda x: x**0, M),
    "power float": (lambda x: x**2.0, M),
    "power half": (lambda x: (x**0.5, x**1.5, x**-0.5), M),
    "power third": (lambda x: x ** (1 / 3), M),
    "power of constant": (lambda x: 2.0**x, M),
    "power of e": (lambda x: 1 / (1 + math.e**-x), M),
    "power both": (lambda x, y: np.power(x, y), M, M),
    "float_power": (lambda x: np.float_power(x, 3), M),
    "square": (lambda x: np.square(x), M),
    "reciprocal": (lambda x: np.reciprocal(x), M),
    "sqrt": (lambda x: np.sqrt(x), M),
    "exp": (lambda x: np.exp(-x), M),
    "exp2": (lambda x: np.exp2(x), M),
    "expm1": (lambda x: np.expm1(x), M),
    "log": (lambda x: np.log(x), M),
    "log2": (lambda x: (np.log2(x), np.log10(x)), M),
    "log1p": (lambda x: np.log1p(x), M),
    "logaddexp": (lambda x, y: np.logaddexp(x, y), M, M),
    "tanh": (lambda x: np.tanh(x - 1), M),
    "sinh": (lambda x: (np.sinh(x), np.cosh(x)), M),
    "absolute": (lambda x: (np.abs(x - 1), abs(x - 1), np.fabs(x - 1)), M),
    "sign": (lambda x: np.sign(x - 1), M),
    "heaviside": (lambda x: np.heaviside(x - 1, 0.5), M),
    "hypot": (lambda x, y: np.hypot(x, y), M, M),
    "conjugate": (lambda x: (np.conjugate(x), x.conj(), x.real, x.imag), M),
    "maximum": (lambda x, y: (np.maximum(x, y), np.minimum(x, 1), np.fmax(x, y)), M, M),
    "maximum of lists": (lambda x: np.maximum(x, [[0.5], [1.0]]), M),
    "relu": (lambda x: np.maximum(0, x - 1), M),
    "clip": (lambda x: np.clip(x, 0.5, 1.0), M),
    "clip with inf": (lambda x: np.clip(x - 1, 0, np.inf), M),
    "clip one-sided": (lambda x: (x.clip(1), x.clip(max=1), np.clip(x, None, 1)), M),
    "maximum with inf": (lambda x: np.maximum(np.full((2, 3), -np.inf), x), M),
    "nan_to_num": (lambda x: np.nan_to_num(x), M),
    "float32 constant": (lambda x: x * np.float32(0.5), M),
    "real array": (lambda x: x * np.linspace(0, 1, 3) + np.arange(3), M),
    # comparisons and masks
    "where": (lambda x, y: np.where(x > y, x, y), M, M),
    "where with numbers": (lambda x: np.where(x >= 1, 1, 0.1), M),
    "where real": (lambda x: np.where(np.eye(2, 3) > 0, x, 0), M),
    "relations": (
        lambda x: tuple(np.where(c, 1, 0) for c in (x < 1, x <= 1, x == 1, x != 1, x < 1)),
        M,
    ),
    "mask product": (lambda x: ((x > 1) * x, x * (x > 1), 2 * (x > 1)), M),
    "mask sum": (lambda x: (x > 1).sum(axis=0) + 0, M),
    "mask logic": (
        lambda x: tuple(
            np.where(c, x, 0)
            for c in (
                (x > 1) & (x < 1.5),
                (x > 1) | (x < 0.5),
                ~(x > 1),
                (x > 1) ^ (x < 1.5),
                np.logical_and(x > 1, x < 1.5),
                np.logical_or(x > 1, np.zeros((2, 3), bool)),
                np.logical_not(x > 1),
                np.logical_xor(x > 1, x < 1.5),
                (x > 1) & np.array([True, False, True]),
            )
        ),
        M,
    ),
    "mask astype": (lambda x: ((x > 1).astype(int), (x > 1).astype(float), 1.0 * (x > 1)), M),
    "greater astype": (lambda x: np.greater(x, 1).astype(int) * x, M),
    "mask copied": (
        lambda x: np.where(np.array(x > 1), x, 0) + np.where(np.asarray(x > 1), x, 0),
        M,
    ),
    "mask any": (
        lambda x: (np.where((x > 1).any(), 1, 0), np.where(np.all(x > 0, axis=0), 1, 0)),
        M,
    ),
    "isnan": (lambda x: (np.isnan(x) * 1, np.isfinite(x).all() * 1, np.isinf(x).any() * 1), M),
    "isclose": (lambda x: np.where(np.isclose(x, x), x, 0), M),
    "count_nonzero": (lambda x: np.count_nonzero(x > 1), M),
    "select": (lambda x: np.select([x > 1.5, x > 1], [x, -x], 0), M),
    "known mask read": (lambda x: x[np.array([True, False])], M),
    "where= known": (lambda x: np.exp(x, where=np.eye(2, 3) > 0, out=np.zeros((2, 3))), M),
    "where= traced": (lambda x: np.exp(x, where=x > 1, out=np.zeros((2, 3))), M),
    "where= unwritten": (lambda x: np.where(x > 1, np.exp(x, where=x > 1, out=None), 0), M),
    # products
    "dot": (lambda x, y: (np.dot(x, y), x.dot(y)), M, (3, 4)),
    "dot vector": (lambda x, y: (np.dot(x, y), np.dot(y, y), np.dot(2, y)), M, (3,)),
    "dot 3d": (lambda x, y: np.dot(x, y), (2, 4, 3), (2, 3, 5)),
    "matmul": (lambda x, y: x @ y, M, (3, 4)),
    "matmul vector": (lambda x, y: (x @ y, y @ x.T, y @ y), M, (3,)),
    "matmul batch": (lambda x, y: x @ y, (4, 2, 3), (3, 5)),
    "matmul batches": (lambda x, y: x @ y, (4, 1, 2, 3), (6, 3, 5)),
    "matmul real": (lambda x: (np.ones((4, 2)) @ x, x @ np.arange(3)), M),
    "matmul out": (lambda x, y: np.matmul(x, y, out=np.zeros((2, 4))), M, (3, 4)),
    "matmul unit": (lambda x, y: x @ y, (2, 1), (1, 3)),
    "vecdot": (lambda x, y: np.vecdot(x, y), M, M),
    "inner": (lambda x, y: np.inner(x, y), M, (4, 3)),
    "outer": (lambda x, y: (np.outer(x, y), np.multiply.outer(x, y)), (2,), (3,)),
    "vdot": (lambda x, y: np.vdot(x, y), M, M),
    "tensordot": (lambda x, y: np.tensordot(x, y), (2, 3, 4), (3, 4, 5)),
    "tensordot axes": (lambda x, y: np.tensordot(x, y, axes=([0, 1], [1, 0])), M, (3, 2, 4)),
    "tensordot one axis": (lambda x, y: np.tensordot(x, y, axes=(1, 0)), M, (3, 4)),
    "tensordot 0": (lambda x, y: np.tensordot(x, y, axes=0), (2,), (3,)),
    "multi_dot": (lambda x, y, z: np.linalg.multi_dot([x, y, z]), M, (3, 4), (4, 2)),
    "kron": (lambda x, y: np.kron(x, y), M, (2, 2)),
    "trace": (lambda x: (np.trace(x), x.trace()), (3, 3)),
    "norm": (lambda x: (np.linalg.norm(x), np.linalg.norm(x, axis=1, keepdims=True)), M),
    "norm 1": (lambda x: np.linalg.norm(x, 1), (3,)),
    # reductions
    "sum": (lambda x: (np.sum(x), x.sum(axis=0), np.sum(x, axis=1, keepdims=True)), M),
    "sum axes": (lambda x: (x.sum(axis=(0, 2)), x.sum(-1), x.sum(axis=1)), (2, 3, 4)),
    "sum out": (lambda x: np.sum(x, axis=0, out=np.zeros(3)), M),
    "sum where": (lambda x: (np.sum(x, where=x > 1), np.sum(x, initial=2)), M),
    "sum of list": (lambda x, y: np.sum([x, y], axis=0), M, M),
    "sum builtin": (lambda x: sum(x), M),
    "sum over time": (lambda x: sum([x[t] for t in range(2)]), M),
    "add.reduce": (lambda x: (np.add.reduce(x), np.multiply.reduce(x, axis=1)), M),
    "mean": (lambda x: (np.mean(x), x.mean(axis=0), x.mean(axis=1, keepdims=True)), M),
    "prod": (lambda x: (np.prod(x), x.prod(axis=0)), M),
    "var": (lambda x: (np.var(x), x.var(axis=0), np.var(x, axis=1, ddof=1)), M),
    "std": (lambda x: (np.std(x), x.std(axis=1, keepdims=True)), M),
    "average": (lambda x: np.average(x, axis=0), M),
    "max": (lambda x: (np.max(x), x.max(axis=0), x.min(axis=1, keepdims=True), np.amin(x)), M),
    "maximum.reduce": (lambda x: np.maximum.reduce(x), M),
    "ptp": (lambda x: np.ptp(x, axis=1), M),
    "cumsum": (lambda x: (np.cumsum(x), x.cumsum(axis=1), np.cumprod(x, axis=0)), M),
    "accumulate": (lambda x: (np.add.accumulate(x), np.maximum.accumulate(x, axis=1)), M),
    "diff": (lambda x: np.diff(x, axis=1), M),
    "cross": (lambda x, y: np.cross(x, y), M, M),
    "softmax": (lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(), M),
    # layout
    "concatenate": (lambda x, y: np.concatenate([x, y], axis=1), M, (2, 4)),
    "concatenate real": (lambda x: np.concatenate((np.ones((2, 1)), x), 1), M),
    "hstack": (lambda x, y: (np.hstack([x, y]), np.vstack((x, y)), np.stack([x, y], 1)), M, M),
    "dstack": (lambda x, y: (np.dstack([x, y]), np.column_stack([x, y])), M, M),
    "stack of scalars": (lambda x: np.stack([x[0], x[1] * 2]), (2,)),
    "append": (lambda x, y: (np.append(x, y), np.append(x, y, axis=0)), M, M),
    "block": (lambda x, y: np.block([[x, y], [y, x]]), M, M),
    "split": (lambda x: tuple(np.split(x, 3, axis=1)), M),
    "split at": (lambda x: tuple(np.split(x, [1], axis=1)), M),
    "array_split": (lambda x: tuple(np.array_split(x, 2, axis=1)), M),
    "hsplit": (lambda x: (*np.hsplit(x, 3), *np.vsplit(x, 2)), M),
    "dsplit": (lambda x: tuple(np.dsplit(x, 2)), (2, 3, 4)),
    "transpose": (lambda x: (x.T, np.transpose(x), x.transpose(1, 0)), M),
    "transpose 3d": (lambda x: (np.transpose(x, (2, 0, 1)), x.transpose(1, 2, 0)), (2, 3, 4)),
    "swapaxes": (lambda x: (x.swapaxes(0, 2), np.swapaxes(x, 0, 1)), (2, 3, 4)),
    "moveaxis": (lambda x: (np.moveaxis(x, 0, -1), np.rollaxis(x, 2)), (2, 3, 4)),
    "matrix_transpose": (lambda x: (np.matrix_transpose(x), x.mT), (2, 3, 4)),
    "reshape": (lambda x: (x.reshape(3, 2), x.reshape((6,)), np.reshape(x, (-1, 1))), M),
    "ravel": (lambda x: (x.ravel(), np.ravel(x), x.flatten()), M),
    "squeeze": (lambda x: (x.squeeze(), np.squeeze(x, axis=0), x[0, 0]), (1, 3, 1)),
    "expand_dims": (lambda x: (np.expand_dims(x, 1), x[:, None], x[..., np.newaxis]), M),
    "atleast": (lambda x: (np.atleast_2d(x), np.atleast_1d(x), np.atleast_3d(x)), (3,)),
    "broadcast_to": (lambda x: np.broadcast_to(x, (4, 3)), (3,)),
    "broadcast_arrays": (lambda x, y: tuple(np.broadcast_arrays(x, y)), M, (3,)),
    "tile": (lambda x: (np.tile(x, (2, 1)), np.repeat(x, 2, axis=0), x.repeat(2)), M),
    "roll": (lambda x: (np.roll(x, 1), np.roll(x, 1, axis=0)), M),
    "flip": (lambda x: (np.flip(x), np.flipud(x), np.fliplr(x), np.rot90(x), x[::-1]), M),
    "pad": (lambda x: (np.pad(x, 1), np.pad(x, ((0, 0), (1, 0)), mode="edge")), M),
    "pad constant": (lambda x: np.pad(x, 1, constant_values=0.5), M),
    "take": (lambda x: (np.take(x, [2, 0], axis=1), x.take([0, 5])), M),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.array([[0], [2]]), 1), M),
    "diag": (lambda x: (np.diag(x), np.diag(x[0]), x.diagonal(), np.diagflat(x)), (3, 3)),
    "triu": (lambda x: (np.triu(x), np.tril(x)), (3, 3)),
    "insert": (lambda x: (np.insert(x, 1, 5.0, axis=1), np.delete(x, 1, axis=1)), M),
    "copy": (lambda x: (np.copy(x), x.copy(), copy.copy(x), copy.deepcopy(x)), M),
    "astype": (lambda x: (x.astype(float), x.astype("float64"), x.astype(np.float64)), M),
    "meshgrid": (lambda x, y: tuple(np.meshgrid(x, y)), (2,), (3,)),
    "compress": (lambda x: np.compress([True, False, True], x, axis=1), M),
    "view": (lambda x: x.view(), M),
    "fancy": (lambda x: (x[[1, 0, 1]], x[:, [0, 2]], x[np.array([0, 1]), [2, 0]]), M),
    "scalars": (lambda x: (x[0, 1], x[1][2], x.item(4), x[0, 0].item()), M),
    "iteration": (lambda x: tuple(row * 2 for row in x), M),
    "unpacking": (lambda x: dict(zip("ab", x, strict=True)), M),
    "reversed": (lambda x: np.array(list(reversed(x))), M),
    "tolist": (lambda x: np.array(x.tolist()), M),
    # constructors
    "zeros": (lambda x: np.zeros(3) + x, (3,)),
    "zeros with dtype": (lambda x: np.zeros((3,), dtype=np.float32) + x, (3,)),
    "ones": (lambda x: np.ones((2, 3)) * x + np.ones_like(x), M),
    "full": (lambda x: (np.full((2, 3), 0.1) * x, np.full(2, x[0, 0]), np.full_like(x, 2)), M),
    "like a list": (lambda x: (np.zeros_like([x[0], x[1]]) + x, np.ones_like([1, 2]) * x[0, 0]), M),
    "eye": (lambda x: (np.eye(2) @ x, x @ np.identity(3), np.eye(3, 2)), M),
    "array": (lambda x: (np.array(x), np.array([x, x]), np.array([[x[0, 0], 1.0]])), M),
    "asarray": (lambda x: (np.asarray(x), np.asanyarray(x), np.ascontiguousarray(x)), M),
    "array ndmin": (lambda x: np.array(x, ndmin=2), (3,)),
    "array of constants": (lambda x: np.array([0.1, 0.2, 1 / 3]) * x, M),
    "empty": (lambda x: np.stack([x, x], out=np.empty((2, 3))), (3,)),
    "full of ints": (lambda x: np.full(3, 2) * x, M),
    "constants to int": (lambda x: x[np.ones(2).astype(int)], M),
    "float of constant": (lambda x: x * float(np.ones(1)[0]) ** int(np.full(1, 2.0)[0]), M),
    # scalars
    "scalar arithmetic": (
        lambda x, y: (x + y, x - y, x * y, x / y, -x, x**2, 2 - x, 2 / x, 2 * x, abs(x)),
        (),
        (),
    ),
    "scalar functions": (
        lambda x: (np.exp(x), np.tanh(x), math.exp(x), math.sqrt(x), math.log(x, 2), math.tanh(x)),
        (),
    ),
    "scalar and array": (lambda x, y: (x * y, y * x, y - x, x - y), (), (3,)),
    "scalar loops": (
        lambda x, y: np.array([[sum(x[i, k] * y[k] for k in range(3))] for i in range(2)]),
        M,
        (3,),
    ),
    "scalar attributes": (lambda x: (x[0].sum(), x[0].reshape(1), x[0].mean()), (3,)),
    "numpy scalars": (
        lambda x: (np.float64(2) * x[0], np.float32(0.5) + x[0], np.int64(3) * x),
        (3,),
    ),
}


@pytest.mark.parametrize("name", EVERY_FUNCTION)
def test_traced_function_is_numpys(name):
    if name in ("vecdot", "matrix_transpose") and not hasattr(np, name):
        pytest.skip(f"this NumPy has no {name}")
    function, *shapes = EVERY_FUNCTION[name]
    assert_traces_as_numpy(function, **dict(zip("xyz", shapes, strict=False)))


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ij,kj->ik", [(2, 3), (4, 3)]),
        ("bi,bj->ij", [(2, 3), (2, 4)]),
        ("bi,bj->bij", [(2, 3), (2, 4)]),
        ("tbi, ij -> tbj", [(2, 4, 3), (3, 5)]),
        ("ij->ji", [(2, 3)]),
        ("ij->", [(2, 3)]),
        ("ij->j", [(2, 3)]),
        ("ii->i", [(3, 3)]),
        ("ii", [(3, 3)]),
        ("i,i,i->", [(3,), (3,), (3,)]),
        ("i,ij,j", [(2,), (2, 3), (3,)]),
        ("ij,ij->ij", [(2, 3), (2, 3)]),
        ("...ij,...jk->...ik", [(4, 2, 3), (3, 5)]),
        ("...j,jk", [(4, 2, 3), (3, 5)]),
        ("ba", [(2, 3)]),
        ("i...->...", [(2, 3, 4)]),
        ("i,->i", [(3,), ()]),
    ],
)
def test_einsum_is_numpys(subscripts, shapes):
    names = dict(zip("xyz", shapes, strict=False))
    assert_traces_as_numpy(lambda **arrays: np.einsum(subscripts, *arrays.values()), **names)


def test_einsum_with_lists_of_axes():
    assert_traces_as_numpy(
        lambda x, y: (np.einsum(x, [0, 1], y, [1, 2], [2, 0]), np.einsum(x, [1, 0])),
        x=(2, 3),
        y=(3, 4),
    )


def test_scipy_expit_is_the_logistic_function():
    special = pytest.importorskip("scipy.special")
    assert_traces_as_numpy(lambda x: (special.expit(x), special.logit(x / 2)), x=(2, 3))


def slices_written(x):
    a = np.zeros((3, 3))
    a[0] = x[0]
    a[1:, :2] = x[:, 1:]
    a[-1, -1] = 7
    a[2] += x[1]
    return a


def view_shares_memory(x):
    a = np.zeros((2, 3))
    row = a[1]
    transposed = a.T
    a[1] = x[0]
    row += 1
    transposed[0] *= 3
    a.reshape(-1)[4] = 5
    return a, row, transposed


def chained_assignment(x):
    cache = {"h": np.zeros((2, 3))}
    h = cache["h"][:, 0] = x[:, 0] * 2
    h += 1
    return cache["h"], h


def in_place_operators(x, y):
    a = x.copy()
    a += y
    a -= 1
    a *= x
    a /= y
    a **= 2
    b = a
    b[:, 1:] += x[:, 1:]
    return a


def overlapping_copy(x):
    a = x.copy()
    a[1:] = a[:-1]
    return a


def carries_by_name(x):
    total = np.zeros(3)
    for row in x[::-1]:
        total = total + row
    return total


def outputs_given(x, y):
    a, b = np.empty((2, 3)), np.zeros((2, 3))
    np.add(x, y, out=a)
    np.multiply(a, 2, a)
    np.clip(a, 1.5, 2.5, out=b)
    np.dot(x, y.T, out=(c := np.zeros((2, 2))))
    np.concatenate([x, y], out=(d := np.zeros((4, 3))))
    return a, b, c, d


def unbuffered_additions(x):
    a = np.zeros((4, 3))
    np.add.at(a, [0, 2, 0], x)
    np.subtract.at(a, (1, slice(None)), x[0])
    np.multiply.at(a[3:], 0, 2)
    return a


def masked_assignment(x):
    a = np.ones_like(x)
    a[np.array([True, False]), 1:] = x[0, 1:]
    b = x.copy()
    b[x > 1] = 0
    b[b < 0.5] *= 3
    c = x.copy()
    c[c > 1] += 1
    return a, b, c


def logistic_by_cases(x):
    z = x - 1
    positive = z >= 0
    e = np.zeros_like(z)
    e[positive] = np.exp(-z[positive])
    e[~positive] = np.exp(z[~positive])
    top = np.ones_like(z)
    top[~positive] = e[~positive]
    return top / (1 + e)


def copies_and_originals(x):
    a, b, c, d = x.copy(), x.copy(), x.copy(), x.copy()
    for same in (np.asarray(a), np.asarray(a, dtype=float), a.astype(float, copy=False), a.view()):
        same += 1
    np.ascontiguousarray(b)[0] += 1
    for copied in (np.ascontiguousarray(b.T), np.array(b), b.astype(float), b.flatten(), +b):
        copied += 1
    np.asfortranarray(c)[...] += 1
    np.ravel(d)[1:] *= 2
    return a, b, c, d


def objects_with_state(x):
    class Layer:
        def __init__(self, W):
            self.W, self.dW, self.caches = W, np.zeros_like(W), []

        def step(self, row):
            self.caches.append((row, self.W @ row))
            self.dW += np.outer(self.caches[-1][1], row)

    layer = Layer(x)
    for row in x:
        layer.step(row)
    return layer.dW, np.asarray([out for _, out in layer.caches])


def copies_where(x):
    a = np.zeros((2, 3))
    np.copyto(a, x, where=np.array([[True], [False]]))
    b = np.zeros((2, 3))
    np.copyto(b, x[0])
    b.fill(2)
    b[...] = b * x
    return a, b


def object_loops(x):
    a = np.empty((2,), dtype=object)
    a[0], a[1] = x[0, 0], x[0, 1]
    return np.exp(a) + np.tanh(a) * 2


@pytest.mark.parametrize(
    "function",
    [
        slices_written,
        view_shares_memory,
        chained_assignment,
        overlapping_copy,
        carries_by_name,
        unbuffered_additions,
        masked_assignment,
        logistic_by_cases,
        objects_with_state,
        copies_and_originals,
        copies_where,
    ],
)
def test_memory_behaves_as_numpys(function):
    assert_traces_as_numpy(function, x={unbuffered_additions: (3, 3)}.get(function, (2, 3)))


@pytest.mark.parametrize("function", [in_place_operators, outputs_given])
def test_writing_into_arrays_behaves_as_numpys(function):
    assert_traces_as_numpy(function, x=(2, 3), y=(2, 3))


def test_object_arrays_of_terms_compute():
    """exp a + 2 tanh a, elementwise in an array that the code itself made of objects."""
    numbers = {"x": np.array([[0.25, 0.5]])}
    expected = np.exp([0.25, 0.5]) + 2 * np.tanh([0.25, 0.5])
    np.testing.assert_allclose(traced_results(object_loops, numbers)["0"], expected)


def test_numbers_typed_by_hand():
    """(1·3 + 2·4, 1 + 2, 3²) = (11, 3, 9)."""
    numbers = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0])}
    results = traced_results(lambda x, y: (x @ y, x.sum(), y[0] ** 2), numbers)
    assert [float(value) for value in results.values()] == [11, 3, 9]


def test_evaluator_tells_a_sum_from_a_difference():
    numbers = {"x": np.array([1.0]), "y": np.array([2.0])}
    assert traced_results(lambda x, y: x + y, numbers)["0"].tolist() != [-1.0]
