"""How long it takes to derive a gradient system, beside SymPy's own differentiation.

    python benchmarks/deriving.py [ROUNDS]

Before anything is timed, the gradient system of the LSTM is proved to be the exact derivative of
its equations, and what SymPy differentiates is held against it at one point. The candidates
alternate; each is a process of its own, in which imports and the reading of equations are not
timed. Printed are medians in seconds, the least and the greatest, and the ratio to the first.

- `derive`: the gradient system of the LSTM, which holds for every H and every T.
- `derive, D = 3, H = 5`: the same, with numbers for the sizes.
- `SymPy, entries, T = …`: the loss of T steps at D = 3, H = 5 written out in entries, and
  differentiated by `diff` with respect to every entry of every parameter. SymPy has no rule by
  which a loss over matrices that holds a matrix product inside of tanh could be differentiated as
  a whole, so this is what one gets without rules of one's own.
- `tensorgrad, T = …`, if it is installed (`pip install torch tensorgrad`): the gradients of the
  same loss with respect to all twelve parameters, for any H, each with `full_simplify`. They are
  timed unchecked: its evaluator needs the named tensors that PyTorch no longer has.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

LIMIT = 120
"""Seconds, for one measurement."""
SIZES = {"D": 3, "H": 5}
GATES = "ifoc"


def deriving(has_numbers: bool) -> Callable[[], Any]:
    from symlstm.calculus.gradient import derive
    from symlstm.cell import Cell
    from symlstm.library import cells
    from symlstm.notation.showing import cell_to_latex

    cell = cells["lstm"]
    if has_numbers:
        text = cell_to_latex(cell)
        for name, size in SIZES.items():
            text = text.replace(rf"\mathbb{{R}}^{{{name}}}", rf"\mathbb{{R}}^{{{size}}}")
        cell = Cell.from_latex(text, name="lstm")
        assert str(SIZES["H"]) in map(str, cell.states[0].sizes)
    return lambda: derive.__wrapped__(cell)


def entries(steps: int) -> tuple[Any, dict[str, Any]]:
    """The loss of some steps in entries, and the symbols by their names."""
    import sympy

    symbols: dict[str, Any] = {}

    def symbol(name: str) -> Any:
        return symbols.setdefault(name, sympy.Symbol(name))

    width, inputs = range(SIZES["H"]), range(SIZES["D"])
    h, c = ([symbol(f"{name}_0[{j}]") for j in width] for name in "hc")
    loss: Any = 0
    for t in range(1, steps + 1):

        def gate(name: str, j: int, t: int = t, h: list[Any] = h) -> Any:
            return (
                sum(symbol(f"W_x{name}[{j},{k}]") * symbol(f"x[{t},{k}]") for k in inputs)
                + sum(symbol(f"W_h{name}[{j},{k}]") * h[k] for k in width)
                + symbol(f"b_{name}[{j}]")
            )

        def sigmoid(z: Any) -> Any:
            return 1 / (1 + sympy.exp(-z))

        i, f, o = ([sigmoid(gate(name, j)) for j in width] for name in "ifo")
        g = [sympy.tanh(gate("c", j)) for j in width]
        c = [f[j] * c[j] + i[j] * g[j] for j in width]
        h = [o[j] * sympy.tanh(c[j]) for j in width]
        loss += sum(symbol(f"dh[{t},{j}]") * h[j] + symbol(f"dc[{t},{j}]") * c[j] for j in width)
    return loss, symbols


def by_entries(steps: int) -> Callable[[], Any]:
    loss, symbols = entries(steps)
    parameters = [s for name, s in symbols.items() if name.startswith(("W_", "b_"))]
    return lambda: [loss.diff(parameter) for parameter in parameters]


def by_tensorgrad(steps: int) -> Callable[[], Any]:
    from sympy import symbols
    from tensorgrad import Variable  # pyright: ignore
    from tensorgrad import functions as of  # pyright: ignore

    inputs, width = symbols("D H")
    parameters: dict[str, Any] = {}
    for gate in GATES:
        parameters[f"W_x{gate}"] = Variable(f"W_x{gate}", h=width, d=inputs)
        parameters[f"W_h{gate}"] = Variable(f"W_h{gate}", h=width, k=width)
        parameters[f"b_{gate}"] = Variable(f"b_{gate}", h=width)
    h: Any = Variable("h_0", h=width)
    c: Any = Variable("c_0", h=width)
    terms: list[Any] = []
    for t in range(1, steps + 1):
        x = Variable(f"x_{t}", d=inputs)
        z = {
            g: parameters[f"W_x{g}"] @ x + parameters[f"W_h{g}"] @ h.rename(h="k")
            + parameters[f"b_{g}"] for g in GATES
        }  # fmt: skip
        c = of.sigmoid(z["f"]) * c + of.sigmoid(z["i"]) * of.tanh(z["c"])
        h = of.sigmoid(z["o"]) * of.tanh(c)
        terms.append(h @ Variable(f"dh_{t}", h=width) + c @ Variable(f"dc_{t}", h=width))
    loss = sum(terms[1:], terms[0])
    return lambda: [loss.grad(each).full_simplify() for each in parameters.values()]


CANDIDATES: dict[str, Callable[[], Callable[[], Any]]] = {
    "derive": lambda: deriving(False),
    "derive, D = 3, H = 5": lambda: deriving(True),
    "SymPy, entries, T = 1": lambda: by_entries(1),
    "SymPy, entries, T = 2": lambda: by_entries(2),
}
if importlib.util.find_spec("tensorgrad"):
    CANDIDATES["tensorgrad, T = 1"] = lambda: by_tensorgrad(1)
    CANDIDATES["tensorgrad, T = 2"] = lambda: by_tensorgrad(2)


def check() -> None:
    """The gradient system is the derivative, and SymPy's entries are its numbers at one point."""
    import numpy as np

    from symlstm.derivation.proving import proved
    from symlstm.library import cells
    from symlstm.reference import lstm

    assert proved(cells["lstm"]).is_proved
    rng = random.Random(1)
    loss, symbols = entries(1)
    point = {name: rng.uniform(-1, 1) for name in symbols}
    arrays: dict[str, Any] = {}
    for name, value in point.items():
        base, _, index = name.partition("[")
        arrays.setdefault(base, {})[tuple(map(int, index[:-1].split(",")))] = value
    shaped = {
        base: np.array([v for _, v in sorted(each.items())]).reshape(
            [len({key[n] for key in each}) for n in range(len(next(iter(each))))]
        )
        for base, each in arrays.items()
    }
    for name in ("x", "dh", "dc"):
        shaped[name] = shaped[name][:, None, :]
    for name in ("h_0", "c_0"):
        shaped[name] = shaped[name][None]
    found = lstm.gradients(**shaped)
    at = {symbols[name]: value for name, value in point.items()}
    for name, index in (("W_xf", (2, 1)), ("W_ho", (4, 3)), ("b_c", (0,)), ("b_i", (3,))):
        entry = symbols[f"{name}[{','.join(map(str, index))}]"]
        expected = float(loss.diff(entry).subs(at))
        assert abs(expected - found["d" + name][index]) < 1e-12, name


def once(candidate: str) -> None:
    run = CANDIDATES[candidate]()
    start = time.perf_counter()
    run()
    print(time.perf_counter() - start)


def measured(candidate: str) -> float | None:
    """Seconds; None where the limit was reached."""
    command = [sys.executable, __file__, "--once", candidate]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return None
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    parser.add_argument("--once", metavar="CANDIDATE", choices=CANDIDATES)
    options = parser.parse_args()
    if options.once:
        once(options.once)
        return
    check()
    times: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    beyond: set[str] = set()
    for _ in range(options.rounds):
        for name in CANDIDATES:
            seconds = None if name in beyond else measured(name)
            if seconds is None:
                beyond.add(name)
            else:
                times[name].append(seconds)
    first = statistics.median(times["derive"])
    print(f"{'':24} {'median':>9} {'least':>9} {'greatest':>9} {'ratio':>8}")
    for name, some in times.items():
        if not some:
            print(f"{name:24} over {LIMIT} s")
            continue
        median = statistics.median(some)
        print(f"{name:24} {median:9.4f} {min(some):9.4f} {max(some):9.4f} {median / first:8.0f}")


if __name__ == "__main__":
    main()
