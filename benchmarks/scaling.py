"""How the time and the memory of a verdict grow with T and H, beside what else checks gradients.

    python benchmarks/scaling.py [ROUNDS] [--limit SECONDS] [--against FOLDER]

The case is the hand-written reference of the LSTM as a user's file: step, sequence and gradients,
from source to verdict. Before anything is timed, the file must be proved, and a copy with c_t for
c_{t−1} in the adjoint of the forget gate must be refuted with its line. Each measurement is a
process of its own, in which the import is not timed; candidates alternate. Printed are medians: the
seconds on the clock, the seconds of all processes on a processor (which other people's work on the
machine disturbs less), the peak memory of the largest process, and the ratio to the first row.

With PyTorch (`pip install torch`) the same case is given to `torch.autograd.gradcheck`: the same
forward and backward pass as an `autograd.Function`, compared with finite differences at one point.
What takes longer than the limit is shown as such, and not tried at larger sizes.

With `--against FOLDER`, another checkout, that one is measured in turn with this one, so that both
meet the same noise; it is checked like this one before anything is timed.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Sizes = dict[str, int]

BY_T = [{"B": 2, "D": 3, "H": 5, "T": steps} for steps in (4, 16, 64, 250, 1000)]
BY_H = [{"B": 2, "D": 20, "H": width, "T": 3} for width in (5, 16, 32)]
RIGHT = "df = dc_t * c_prev[t]"
WRONG = "df = dc_t * c[t]"


def source(is_wrong: bool) -> str:
    """The reference with what it imports, as one file."""
    from symlstm.reference import activations, lstm

    text = inspect.getsource(lstm).replace(
        "from symlstm.reference.activations import Array, sigmoid\n", ""
    )
    text = inspect.getsource(activations) + text.replace('"""', "'''")
    assert text.count(RIGHT) == 1
    return text.replace(RIGHT, WRONG) if is_wrong else text


def symlstm_on(is_wrong: bool) -> Callable[[Sizes], None]:
    """The verdict on the reference, or on the copy with the slip."""
    from symlstm.library import cells
    from symlstm.verification.check import check
    from symlstm.verification.options import Options
    from symlstm.verification.subject import file_subject

    cell = cells["lstm"]

    def run(sizes: Sizes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "lstm.py"
            path.write_text(source(is_wrong), encoding="utf-8")
            report = check(file_subject(str(path), timeout=600), cell, Options((sizes,), seed=1))
            if is_wrong:
                assert report.verdict == "differs", report.to_text()
                lines = path.read_text(encoding="utf-8").splitlines()
                shown = [lines[f.line - 1] for f in report.findings if f.line]
                assert len(shown) == 1 and WRONG in shown[0], report.to_text()
            else:
                assert report.verdict == "proved" and report.comparisons > 0, report.to_text()

    return run


def gradcheck_of(text: str) -> Callable[[Sizes], bool]:
    """Whether torch.autograd.gradcheck passes the two functions of a source text."""
    import numpy as np
    import torch

    namespace: dict[str, object] = {"__name__": "lstm"}
    exec(compile(text, "lstm.py", "exec"), namespace)
    sequence, gradients = namespace["sequence"], namespace["gradients"]
    names = list(inspect.signature(sequence).parameters)

    class Lstm(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *arguments):
            ctx.save_for_backward(*arguments)
            return tuple(map(torch.from_numpy, sequence(*(a.detach().numpy() for a in arguments))))

        @staticmethod
        def backward(ctx, dh, dc):
            given = [a.detach().numpy() for a in (*ctx.saved_tensors, dh, dc)]
            found = gradients(*given)
            return tuple(torch.from_numpy(found["d" + name]) for name in names)

    def run(sizes: Sizes) -> bool:
        steps, batch, inputs, width = (sizes[name] for name in "TBDH")
        shapes = {"x": (steps, batch, inputs), "h_0": (batch, width), "c_0": (batch, width)}
        for name in names[3:]:
            columns = {"W_x": (width, inputs), "W_h": (width, width)}
            shapes[name] = columns.get(name[:3], (width,))
        rng = np.random.default_rng(1)
        tensors = [
            torch.tensor(rng.normal(size=shapes[name]), requires_grad=True) for name in names
        ]
        return torch.autograd.gradcheck(Lstm.apply, tensors, raise_exception=False)

    return run


def gradcheck_on(is_wrong: bool) -> Callable[[Sizes], None]:
    """torch.autograd.gradcheck of the same two functions."""
    passes = gradcheck_of(source(is_wrong))

    def run(sizes: Sizes) -> None:
        assert passes(sizes) is not is_wrong

    return run


CANDIDATES = {"symlstm": symlstm_on, "gradcheck": gradcheck_on}


def once(candidate: str, is_wrong: bool, sizes: Sizes) -> None:
    """One measurement, in this process."""
    run = CANDIDATES[candidate](is_wrong)
    start, used = time.perf_counter(), _used()
    run(sizes)
    clock, processor = time.perf_counter() - start, _used() - used
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    memory = max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024
    print(json.dumps([clock, processor, memory]))


def _used() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    found = [resource.getrusage(kind) for kind in kinds]
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


def measured(candidate: str, is_wrong: bool, sizes: Sizes, limit: float) -> list[float] | None:
    """Seconds on the clock, seconds on a processor, megabytes; None if it took too long."""
    name, _, folder = candidate.partition(" in ")
    command = [sys.executable, __file__, "--once", name, json.dumps([is_wrong, sizes])]
    where = folder or str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": where}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, env=environment
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        raise SystemExit(f"{candidate} at {sizes}:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300)
    parser.add_argument("--against", metavar="FOLDER")
    parser.add_argument("--once", nargs=2, metavar=("CANDIDATE", "CASE"))
    options = parser.parse_args()
    if options.once:
        once(options.once[0], *json.loads(options.once[1]))
        return
    names = ["symlstm"] + ["gradcheck"] * (importlib.util.find_spec("torch") is not None)
    if options.against:
        names.insert(1, f"symlstm in {Path(options.against).resolve()}")
    rows = [(name, False, sizes) for sizes in BY_T + BY_H for name in names]
    rows += [("symlstm", True, sizes) for sizes in (BY_T[0], BY_T[2], BY_H[2])]
    for name in names:
        for is_wrong in (False, True):
            assert measured(name, is_wrong, BY_T[0], options.limit), f"{name} is too slow at T = 4"
    times: dict[int, list[list[float]]] = {n: [] for n in range(len(rows))}
    slow: set[tuple[str, int]] = set()
    for _ in range(options.rounds):
        for n, (name, is_wrong, sizes) in enumerate(rows):
            if (name, sizes["D"]) in slow and not times[n]:
                continue
            found = measured(name, is_wrong, sizes, options.limit)
            if found is None:
                slow.add((name, sizes["D"]))
            else:
                times[n].append(found)
    first = statistics.median(row[1] for row in times[0])
    print(f"{'what':<40} {'clock s':>8} {'CPU s':>8} {'MB':>6} {'ratio':>7}   medians")
    for n, (name, is_wrong, sizes) in enumerate(rows):
        at = " ".join(f"{k}={v}" for k, v in sizes.items())
        what = f"{name}{', with a slip' if is_wrong else ''}, {at}"
        if not times[n]:
            print(f"{what:<40} {f'over {options.limit:g} s, or not tried':>32}")
            continue
        clock, processor, memory = (statistics.median(c) for c in zip(*times[n], strict=True))
        print(f"{what:<40} {clock:8.2f} {processor:8.2f} {memory:6.0f} {processor / first:7.1f}")


if __name__ == "__main__":
    main()
