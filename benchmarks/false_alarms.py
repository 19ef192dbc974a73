"""False alarms: correct implementations rewritten as people rewrite them, and what is said of them.

    python benchmarks/false_alarms.py [--count N] [--seed S] [--cells A,B] [--rules X,Y] [--dask]

Each is the reference of a cell after one to four rewrites (rewrites.py) that leave the numbers as
they are. None of them may be refuted: the exit status is 1 if one is. What is not proved either
is listed.
"""

from __future__ import annotations

import sys
from ast import parse, unparse
from collections import Counter
from collections.abc import Sequence
from difflib import unified_diff
from random import Random

from mutants import Mutant
from mutation import Score, are_equal, opened, parser_of, results_on_numbers, run, score, source_of
from rewrites import RULES, rewritten
from rich.progress import Progress, TimeElapsedColumn

from symlstm import cells


def drawn(count: int, seed: int, names: Sequence[str], rules: Sequence[str]) -> list[Mutant]:
    """Rewritten references that give the same numbers, the cells by turns."""
    random = Random(seed)
    chosen: list[Mutant] = []
    while len(chosen) < count:
        for name in names[: count - len(chosen)]:
            chosen.append(one(name, random, rules))
    return chosen


def one(name: str, random: Random, rules: Sequence[str]) -> Mutant:
    text = source_of(name).text
    original = results_on_numbers(name, text)
    assert original is not None
    while True:
        applied = random.choices(rules, k=random.randint(1, 4))
        new = rewritten(text, applied, random)
        found = None if new is None else results_on_numbers(name, new)
        if new is not None and found is not None and are_equal(original, found):
            nothing = frozenset[str]()
            return Mutant(name, ", ".join(applied), "", (0,), "", "", nothing, nothing, new)


def main() -> int:
    parser = parser_of(str(__doc__), 1000)
    parser.add_argument("--rules", default="")
    arguments = parser.parse_args()
    names = arguments.cells.split(",") if arguments.cells else list(cells)
    rules = arguments.rules.split(",") if arguments.rules else list(RULES)
    rewrites = drawn(arguments.count, arguments.seed, names, rules)
    print(f"seed {arguments.seed}: {len(rewrites)} rewrites of {len(names)} cells", flush=True)
    with (
        opened(arguments) as executor,
        Progress(*Progress.get_default_columns(), TimeElapsedColumn()) as progress,
    ):
        task = progress.add_task("rewrites", total=len(rewrites))
        scores = run(rewrites, executor, score, lambda: progress.advance(task))
    return tell(scores)


def tell(scores: Sequence[Score]) -> int:
    """Print what came of each rule, and all that was not proved; how many were refuted."""
    by_rule: dict[str, Counter[str]] = {}
    for s in scores:
        for rule in set(s.mutant.operator.split(", ")):
            by_rule.setdefault(rule, Counter())[s.outcome] += 1
    for rule, outcomes in sorted(by_rule.items()):
        print(f"  {rule:<16} {dict(outcomes)}")
    print(f"all: {dict(Counter(s.outcome for s in scores))}")
    for s in scores:
        if s.outcome != "proved":
            print(f"{s.outcome}: {s.mutant.cell} [{s.mutant.operator}] {s.said}")
            print(changed_lines(s.mutant))
    return sum(s.outcome == "refuted" for s in scores)


def changed_lines(rewrite: Mutant) -> str:
    before = unparse(parse(source_of(rewrite.cell).text)).splitlines()
    _, _, *lines = unified_diff(before, rewrite.source.splitlines(), n=0, lineterm="")
    return "\n".join(f"    {line}" for line in lines if not line.startswith("@@"))


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
