"""symlstm beside torch.autograd.gradcheck and tensorgrad, on one LSTM, forward and backward.

    python benchmarks/beside.py [ROUNDS] [--limit SECONDS]

Three programs are judged at B=2 D=3 H=2 T=4: the hand-written reference; a copy with c_t for
c_{t−1} in the adjoint of the forget gate; and a copy whose forward lacks the output tanh, with the
exact backward of that. A tool that is asked whether the code is an LSTM should accept the first
only. First the answers are shown, then the times: medians of processes of their own, the import not
timed, the tools in turn.

PyTorch and tensorgrad are optional (`pip install torch tensorgrad`); what is absent is said to be.
gradcheck compares the backward with finite differences of the same forward, at one point.
tensorgrad follows no NumPy: the case is written again in its expressions, its own gradient of the
loss by W_xi beside the hand-written one, both fully simplified and compared (one parameter of
twelve); it has no equations to compare a forward with, so the third is not its question. What it
says at T = 1 is shown too.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import scaling

SIZES = {"B": 2, "D": 3, "H": 2, "T": 4}
PROGRAMS = ("right", "a slip in the backward", "no output tanh, forward and backward")
WITHOUT_TANH = {
    "h = o * np.tanh(c)": "h = o * c",
    "do = dh_t * np.tanh(c[t])": "do = dh_t * c[t]",
    "dh_t * o[t] * (1 - np.tanh(c[t]) ** 2)": "dh_t * o[t]",
}


def text_of(program: str) -> str:
    """The source of a program."""
    if program != PROGRAMS[2]:
        return scaling.source(is_wrong=program == PROGRAMS[1])
    text = scaling.source(is_wrong=False)
    for right, wrong in WITHOUT_TANH.items():
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    return text


def symlstm(program: str, steps: int) -> Callable[[], bool]:
    """The verdict on the program as a user's file, T = 4 or whatever is asked."""
    from symlstm.library import cells
    from symlstm.verification.check import check
    from symlstm.verification.options import Options
    from symlstm.verification.subject import file_subject

    cell, text = cells["lstm"], text_of(program)

    def run() -> bool:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lstm.py"
            path.write_text(text, encoding="utf-8")
            options = Options(({**SIZES, "T": steps},), seed=1)
            report = check(file_subject(str(path)), cell, options)
        assert report.verdict in ("proved", "differs") and report.comparisons, report.to_text()
        return report.verdict == "proved"

    return run


def gradcheck(program: str, steps: int) -> Callable[[], bool]:
    """Whether gradcheck passes the program."""
    passes = scaling.gradcheck_of(text_of(program))
    return lambda: passes({**SIZES, "T": steps})


def tensorgrad(program: str, steps: int) -> Callable[[], bool]:
    """Whether tensorgrad finds its gradient by W_xi and the hand-written one to be the same."""
    import tensorgrad.functions as F
    from sympy import symbols
    from tensorgrad import Variable

    b, d, h = symbols("b d h")
    weights = {
        n: (Variable(f"W_x{n}", d, h), Variable(f"W_h{n}", k=h, h=h), Variable(f"b_{n}", h))
        for n in "ifoc"
    }
    x, dh, dc = (
        [Variable(f"{name}_{t}", *axes) for t in range(steps)]
        for name, axes in (("x", (b, d)), ("dh", (b, h)), ("dc", (b, h)))
    )
    states, cells, gates = [Variable("h_0", b, h)], [Variable("c_0", b, h)], []

    def entering(name, t):
        by_x, by_h, bias = weights[name]
        return x[t] @ by_x + states[t].rename(h="k") @ by_h + bias

    def run() -> bool:
        for t in range(steps):
            i, f, o = (F.sigmoid(entering(name, t)) for name in "ifo")
            g = F.tanh(entering("c", t))
            cells.append(f * cells[t] + i * g)
            states.append(o * F.tanh(cells[t + 1]))
            gates.append((i, f, o, g))
        loss = sum(
            (dh[t] @ states[t + 1] + dc[t] @ cells[t + 1] for t in range(1, steps)),
            dh[0] @ states[1] + dc[0] @ cells[1],
        )
        derived = loss.grad(weights["i"][0]).full_simplify()
        typed = _by_hand(F, steps, x, dh, dc, cells, gates, weights, program != PROGRAMS[0])
        return derived == typed.full_simplify()

    return run


def _by_hand(F, steps, x, dh, dc, cells, gates, weights, is_wrong):
    """dW_xi, as the reference computes it."""
    total = dh_next = dc_next = None
    for t in reversed(range(steps)):
        i, f, o, g = gates[t]
        squashed = F.tanh(cells[t + 1])
        dh_t = dh[t] if dh_next is None else dh[t] + dh_next
        dc_t = dc[t] + dh_t * o * (1 - squashed * squashed)
        dc_t = dc_t if dc_next is None else dc_t + dc_next
        bars = {
            "i": dc_t * g * i * (1 - i),
            "f": dc_t * cells[t + is_wrong] * f * (1 - f),
            "o": dh_t * squashed * o * (1 - o),
            "c": dc_t * i * (1 - g * g),
        }
        share = bars["i"] @ x[t]
        total = share if total is None else total + share
        back = [(bar @ weights[name][1]).rename(k="h") for name, bar in bars.items()]
        dh_next = back[0] + back[1] + back[2] + back[3]
        dc_next = dc_t * f
    return total


TOOLS = {"symlstm": symlstm, "gradcheck": gradcheck, "tensorgrad": tensorgrad}
NEEDS = {"gradcheck": "torch", "tensorgrad": "tensorgrad"}
"""The package of each that is not ours."""


def once(tool: str, program: str, steps: int) -> None:
    """One measurement, in this process: what it answers, seconds, megabytes."""
    run = TOOLS[tool](program, steps)
    start, used = time.perf_counter(), scaling._used()
    accepts = run()
    clock, processor = time.perf_counter() - start, scaling._used() - used
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    memory = max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024
    print(json.dumps([accepts, clock, processor, memory]))


def measured(tool: str, program: str, steps: int, limit: float) -> list[float] | None:
    """What `once` prints; None if it took too long."""
    command = [sys.executable, __file__, "--once", tool, program, str(steps)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        raise SystemExit(f"{tool} on {program}:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("--once", nargs=3, metavar=("TOOL", "PROGRAM", "STEPS"))
    options = parser.parse_args()
    if options.once:
        once(options.once[0], options.once[1], int(options.once[2]))
        return
    present = [t for t in TOOLS if t not in NEEDS or importlib.util.find_spec(NEEDS[t])]
    for tool in sorted(TOOLS.keys() - {*present}):
        print(f"{tool} is absent: pip install {NEEDS[tool]}")
    rows = [(tool, SIZES["T"]) for tool in present]
    rows += [("tensorgrad", 1)] * ("tensorgrad" in present)
    print(f"{'answers':<22}" + "".join(f"{program:>42}" for program in PROGRAMS))
    kept: list[tuple[str, int]] = []
    for tool, steps in rows:
        asked = PROGRAMS[:2] if tool == "tensorgrad" else PROGRAMS
        found = [measured(tool, program, steps, options.limit) for program in asked]
        yes, no = ("equal", "not shown equal") if tool == "tensorgrad" else ("accepts", "rejects")
        said = ["no answer" if f is None else yes if f[0] else no for f in found]
        said += ["not its question"] * (len(PROGRAMS) - len(asked))
        print(f"{tool + f', T={steps}':<22}" + "".join(f"{word:>42}" for word in said))
        if tool == "symlstm":
            assert said == ["accepts", "rejects", "rejects"], "symlstm is wrong: nothing is timed"
        kept += [(tool, steps)] * (found[0] is not None)
    times: dict[tuple[str, int], list[list[float]]] = {row: [] for row in kept}
    for _ in range(options.rounds):
        for row in kept:
            again = measured(row[0], PROGRAMS[0], row[1], options.limit)
            times[row] += [again] * (again is not None)
    print(f"\n{'times':<22} {'clock s':>8} {'CPU s':>8} {'MB':>6}   medians of {options.rounds}")
    for (tool, steps), found in times.items():
        clock, processor, memory = (
            statistics.median(column) for column in list(zip(*found, strict=True))[1:]
        )
        print(f"{tool + f', T={steps}':<22} {clock:8.2f} {processor:8.2f} {memory:6.0f}")
    for tool, steps in rows:
        if (tool, steps) not in kept:
            print(f"{tool + f', T={steps}':<22} no answer within {options.limit:g} s")


if __name__ == "__main__":
    main()
