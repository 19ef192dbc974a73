"""The mutation campaign: slips planted in the references of all cells, and what is said of them.

    python benchmarks/mutation.py [--count N] [--seed S] [--cells A,B] [--operators X,Y] [--dask]
        [--save FILE] [--misses N]

Every mutant is first run on numbers: one that computes what the original computes must be proved,
any other must be refuted. The first finding is scored for its equation, its line and its term, and
for the certificate, the sentence that with the findings put in the code is exactly the equations.
The cells and the operators that were held back while the diagnosis was made are scored apart.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, cast

import numpy as np
from mutants import RULES, Mutant, Source, equation_name, mutants_of, quantity_name
from rich.progress import Progress, TimeElapsedColumn

from symlstm import cells, generate
from symlstm.interface import KINDS, signature
from symlstm.messages import SymlstmError
from symlstm.verification.check import check
from symlstm.verification.options import Options
from symlstm.verification.report import Finding, Report
from symlstm.verification.subject import LocalSubject

HELD_BACK_CELLS = {
    *("fastgrnn", "gru-reset-after", "janet", "jordan", "lem", "lstm-cifg", "lstm-fgr"),
    *("lstm-projection", "mgu", "minlstm", "mut2", "rglru", "slstm", "ugrnn"),
}
HELD_BACK_OPERATORS = {"constant", "swapped names", "time"}
"""Drawn once, before any rule was made for a mutant."""

LIMIT = 120
"""Seconds for one mutant."""


@dataclass(frozen=True)
class Score:
    """What was said of one mutant.

    Args:
        outcome: `refuted`, `proved`, `undecided`, `error`, `crash` or `too slow`.
        is_equivalent: whether it computes what the original computes, on numbers.
        spurious: findings beyond the first that blame another line.
    """

    mutant: Mutant
    outcome: str
    is_equivalent: bool
    equation: bool = False
    line: bool = False
    term: bool = False
    certificate: bool = False
    spurious: int = 0
    said: str = ""
    seconds: float = 0.0

    @property
    def is_held_back(self) -> bool:
        return self.mutant.cell in HELD_BACK_CELLS or self.mutant.operator in HELD_BACK_OPERATORS

    @property
    def is_right(self) -> bool:
        return self.outcome == ("proved" if self.is_equivalent else "refuted")


# The originals.


def path_of(name: str) -> Path:
    module = import_module("symlstm.reference." + name.replace("-", "_"))
    return Path(str(module.__file__))


@cache
def source_of(name: str) -> Source:
    text = path_of(name).read_text(encoding="utf-8")
    shapes = {
        function: {k: v.shape for k, v in held.items()}
        for function, held in arrays_of(name, text).items()
    }
    return Source(cells[name], text, shapes, meanings_of(name, text))


def sizes_of(name: str) -> dict[str, int]:
    """As small as distinct sizes can be."""
    return {"B": 2, "T": 3} | {d.name: 4 + n for n, d in enumerate(cells[name].dimensions)}


def load(name: str, text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "mutant"}
    exec(compile(text, str(path_of(name)), "exec"), namespace)
    return namespace


SEEDS = (20260204, 1, 2)
"""Of the points at which a mutant is run: a sign that decides a case may be right at one."""


def arguments_of(name: str, kind: Any, seed: int = SEEDS[0]) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        a.name: np.asarray(0.7 * random.standard_normal(a.shape(sizes_of(name))))
        for a in signature(cells[name], kind).arguments
    }


def arrays_of(name: str, text: str) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    """The arrays that each function of a file holds when it returns; of a list, all in one."""
    found: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    file = str(path_of(name))

    def watch(frame: Any, event: str, _: Any) -> None:
        if event == "return" and frame.f_code.co_filename == file:
            held = {k: v.copy() for k, v in frame.f_locals.items() if isinstance(v, np.ndarray)}
            found[frame.f_code.co_name] = held

    namespace = load(name, text)
    sys.setprofile(watch)
    try:
        for kind in KINDS:
            namespace[kind](**arguments_of(name, kind))
    finally:
        sys.setprofile(None)
    return found


def meanings_of(name: str, text: str) -> dict[str, dict[str, str]]:
    """What each variable holds, in the names of the equations: those of the generated code.

    A variable holds what another of the same value holds, and of several the one of its own name
    (where h_t is c_t, both do); nothing is known of what only the reference has.
    """
    mine, theirs = arrays_of(name, text), arrays_of(name, generate(cells[name]))

    def meanings(function: str, value: np.ndarray[Any, Any]) -> list[str]:
        return [
            other for other, its in theirs.get(function, {}).items()
            if its.shape == value.shape and np.allclose(its, value, rtol=1e-9, atol=1e-12)
        ]  # fmt: skip

    return {
        function: {
            variable: variable if variable in found else found[-1]
            for variable, value in held.items()
            if (found := meanings(function, value))
        }
        for function, held in mine.items()
    }


def results_on_numbers(name: str, text: str) -> list[Any] | None:
    """What the three functions return on random numbers; None if one of them crashes."""
    found: list[Any] = []
    try:
        namespace = load(name, text)
        with np.errstate(all="ignore"):
            for seed, kind in product(SEEDS, KINDS):
                returned = namespace[kind](**arguments_of(name, kind, seed))
                parts = returned.values() if isinstance(returned, dict) else returned
                found += [np.array(part) for part in parts]
    except Exception:
        return None
    return found


def are_equal(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return len(a) == len(b) and all(
        x.shape == y.shape and np.allclose(x, y, rtol=1e-9, atol=1e-11)
        for x, y in zip(a, b, strict=True)
    )


# One mutant.


def score(mutant: Mutant) -> Score | None:
    """What is said of a mutant; None if it crashes on numbers."""
    original = results_on_numbers(mutant.cell, source_of(mutant.cell).text)
    found = results_on_numbers(mutant.cell, mutant.source)
    if found is None:
        return None
    assert original is not None
    is_equivalent = are_equal(original, found)
    start = time.perf_counter()
    try:
        with limited():
            report = report_on(mutant)
    except TimeoutError:
        return Score(mutant, "too slow", is_equivalent, seconds=LIMIT)
    except SymlstmError as error:
        return Score(mutant, "error", is_equivalent, said=error.message.text)
    except Exception as fault:
        return Score(mutant, "crash", is_equivalent, said=f"{type(fault).__name__}: {fault}")
    seconds = time.perf_counter() - start
    outcome = "refuted" if report.verdict == "differs" else report.verdict
    if outcome != "refuted":
        said = report.findings[0].message if report.findings else ""
        return Score(mutant, outcome, is_equivalent, said=said, seconds=seconds)
    return judged(mutant, is_equivalent, report, seconds)


def judged(mutant: Mutant, is_equivalent: bool, report: Report, seconds: float) -> Score:
    cell, (first, *others) = cells[mutant.cell], report.findings
    named = quantity_names(cell, first.term)
    return Score(
        mutant, "refuted", is_equivalent,
        equation=plain_equation(cell, first) in mutant.equations,
        line=first.line in mutant.lines,
        term=bool(named) and named <= mutant.names | mutant.equations,
        certificate=any("exactly these equations" in note for note in first.notes),
        spurious=sum(f.line not in mutant.lines for f in others),
        said=f"{first.line}: {first.message}  [{first.equation}; {first.term}]",
        seconds=seconds,
    )  # fmt: skip


def plain_equation(cell: Any, finding: Finding) -> str | None:
    return equation_name(cell, finding.equation)


def quantity_names(cell: Any, term: str) -> frozenset[str]:
    return frozenset(filter(None, (quantity_name(cell, word) for word in term.split())))


def report_on(mutant: Mutant) -> Report:
    namespace = load(mutant.cell, mutant.source)
    callables = {kind: namespace[kind] for kind in KINDS}
    subject = LocalSubject("mutant", str(path_of(mutant.cell)), callables, mutant.source)
    sizes = (sizes_of(mutant.cell),)
    return check(subject, cells[mutant.cell], Options(sizes, seed=1))


@contextmanager
def limited() -> Iterator[None]:
    """Raise TimeoutError after `LIMIT` seconds, in whatever thread: Dask's are not the main one."""
    thread = ctypes.c_ulong(threading.get_ident())
    raise_there = ctypes.pythonapi.PyThreadState_SetAsyncExc
    timer = threading.Timer(LIMIT, raise_there, (thread, ctypes.py_object(TimeoutError)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


# The campaign.


def drawn(count: int, seed: int, names: Sequence[str], operators: Sequence[str]) -> list[Mutant]:
    """Mutants at random, by turns of each operator and each cell."""
    random = Random(seed)
    groups: list[list[Mutant]] = []
    for operator in operators:
        for name in names:
            found = list(mutants_of(source_of(name), {operator: RULES[operator]}))
            random.shuffle(found)
            groups.append(found)
    random.shuffle(groups)
    chosen: list[Mutant] = []
    while len(chosen) < count and any(groups):
        chosen += [group.pop() for group in groups if group]
    return chosen[:count]


class Saved:
    """Scores kept in a file, a line of JSON each: a campaign that was broken off goes on there.

    Args:
        path: None: nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, dict[str, Any] | None] = {}
        for line in path.read_text().splitlines() if path and path.exists() else ():
            entry = json.loads(line)
            self._known[entry["mutant"]] = entry["score"]

    def has(self, mutant: Mutant) -> bool:
        return _digest(mutant) in self._known

    def score(self, mutant: Mutant) -> Score | None:
        found = self._known[_digest(mutant)]
        return None if found is None else Score(mutant, **found)

    def add(self, mutant: Mutant, score: Score | None) -> None:
        found = score and {k: v for k, v in vars(score).items() if k != "mutant"}
        self._known[_digest(mutant)] = found
        if self._path:
            with self._path.open("a") as file:
                print(json.dumps({"mutant": _digest(mutant), "score": found}), file=file)


def _digest(mutant: Mutant) -> str:
    return sha256(f"{mutant.cell} {mutant.source}".encode()).hexdigest()[:16]


def run(
    mutants: Sequence[Mutant], executor: Executor, judge: Callable[[Mutant], Score | None],
    advance: Callable[[], None], path: Path | None = None,
) -> list[Score]:  # fmt: skip
    """The scores of mutants, without those that crash; those kept in a file are not made again."""
    saved = Saved(path)
    futures = {executor.submit(judge, m): m for m in mutants if not saved.has(m)}
    for _ in range(len(mutants) - len(futures)):
        advance()
    for future in as_completed(futures):
        saved.add(futures[future], future.result())
        advance()
    return [s for s in map(saved.score, mutants) if s is not None]


def table(scores: Sequence[Score]) -> str:
    groups: Mapping[str, Sequence[Score]] = {
        "seen": [s for s in scores if not s.is_held_back],
        "held back": [s for s in scores if s.is_held_back],
        "all": scores,
    }
    lines = [f"{'':<10} {'differ':>7} {'refuted':>8} {'equation':>9} {'line':>7} {'term':>7} "
             f"{'certificate':>12} {'spurious':>9}"]  # fmt: skip
    for name, group in groups.items():
        different = [s for s in group if not s.is_equivalent]
        if different:
            lines.append(f"{name:<10} {len(different):>7} {_shares(different)}")
    return "\n".join(lines)


def _shares(scores: Sequence[Score]) -> str:
    def share(kept: Callable[[Score], bool]) -> str:
        return f"{100 * sum(map(kept, scores)) / len(scores):.1f}%"

    return (
        f"{share(lambda s: s.outcome == 'refuted'):>8} {share(lambda s: s.equation):>9} "
        f"{share(lambda s: s.line):>7} {share(lambda s: s.term):>7} "
        f"{share(lambda s: s.certificate):>12} {sum(s.spurious for s in scores):>9}"
    )


def main() -> int:
    os.environ["SYMLSTM_DEBUG"] = (
        "1"  # a fault of the diagnosis is a miss, and not a shorter report
    )
    parser = parser_of(str(__doc__), 3000)
    parser.add_argument("--operators", default="")
    parser.add_argument("--save", type=Path, help="a file that keeps the scores, to go on from")
    parser.add_argument("--misses", type=int, default=0, help="how many imperfect ones to print")
    arguments = parser.parse_args()
    names = arguments.cells.split(",") if arguments.cells else list(cells)
    operators = arguments.operators.split(",") if arguments.operators else list(RULES)
    mutants = drawn(arguments.count, arguments.seed, names, operators)
    print(f"seed {arguments.seed}: {len(mutants)} mutants of {len(names)} cells", flush=True)
    with (
        opened(arguments) as executor,
        Progress(*Progress.get_default_columns(), TimeElapsedColumn()) as progress,
    ):
        task = progress.add_task("mutants", total=len(mutants))
        scores = run(mutants, executor, score, lambda: progress.advance(task), arguments.save)
    print(f"{len(mutants) - len(scores)} crash on numbers and are not counted")
    print(table(scores))
    for operator in operators:
        group = [s for s in scores if s.mutant.operator == operator and not s.is_equivalent]
        if group:
            print(f"  {operator:<18} {len(group):>6} {_shares(group)}")
    return tell(scores, arguments.misses)


def tell(scores: Sequence[Score], misses: int) -> int:
    """Print what is wrong, and return how many verdicts are."""
    equivalent = [s for s in scores if s.is_equivalent]
    print(f"{len(equivalent)} compute what the original does: "
          f"{dict(Counter(s.outcome for s in equivalent))}")  # fmt: skip
    wrong = [s for s in scores if not s.is_right]
    for s in wrong:
        print(f"WRONG VERDICT {s.outcome}: {s.mutant}  {s.said}")
    shown = [
        s for s in scores
        if s.outcome == "refuted"
        and not (s.equation and s.line and s.term and s.certificate and not s.spurious)
    ]  # fmt: skip
    for s in shown[:misses]:
        lacking = [n for n in ("equation", "line", "term", "certificate") if not getattr(s, n)]
        more = f" {s.spurious} spurious" if s.spurious else ""
        print(f"lacks {', '.join(lacking)}{more}: {s.mutant}\n    said {s.said}")
    return len(wrong)


@contextmanager
def opened(arguments: Any) -> Iterator[Executor]:
    """The executor: processes of this machine, or Dask's local cluster."""
    if not arguments.dask:
        with ProcessPoolExecutor(arguments.workers) as pool:
            yield pool
        return
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=arguments.workers or 2, threads_per_worker=1) as cluster,
        Client(cluster) as client,
    ):
        yield cast(Executor, client.get_executor())


def parser_of(doc: str, count: int) -> argparse.ArgumentParser:
    """The options that the campaigns have in common."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", default="")
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--dask", action="store_true", help="on Dask's local cluster")
    return parser


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
