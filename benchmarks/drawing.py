"""How fast diagrams are drawn, and how many of their wires cross.

    python benchmarks/drawing.py [ROUNDS]

Each diagram is read back from DOT and proved to be its cell before anything is timed. The cells
alternate. Printed are, of each cell and detail, the crossings, the size of the picture, the medians
in seconds of composing and laying it out with its SVG, and of reading and proving its DOT; at the
end all crossings, and the longest medians. What is imported is not timed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from symlstm import cells
from symlstm.drawing.checking import check_diagram
from symlstm.drawing.composing import DETAILS
from symlstm.drawing.drawing import Drawing, diagram


def drawn(name: str, detail: str) -> tuple[float, Drawing]:
    start = time.perf_counter()
    drawing = diagram(name, DETAILS[DETAILS.index(detail)])
    drawing.svg()
    return time.perf_counter() - start, drawing


def proved(name: str, drawing: Drawing, folder: Path) -> float:
    path = folder / f"{name}.dot"
    path.write_text(drawing.dot(), encoding="utf-8")
    start = time.perf_counter()
    report = check_diagram(str(path), cells[name], seed=1)
    duration = time.perf_counter() - start
    if report.verdict != "proved" or not report.comparisons:
        sys.exit(f"the diagram of {name} is not proved:\n{report.to_text()}")
    return duration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=3)
    rounds = parser.parse_args().rounds
    each = [(name, detail) for name in cells for detail in DETAILS]
    drawing_times: dict[tuple[str, str], list[float]] = {key: [] for key in each}
    proof_times: dict[tuple[str, str], list[float]] = {key: [] for key in each}
    drawings: dict[tuple[str, str], Drawing] = {}
    with tempfile.TemporaryDirectory() as folder:
        drawn("lstm", "gates")  # the glyphs are found for the first time
        for _ in range(rounds):
            for name, detail in each:
                proof_times[name, detail].append(
                    proved(name, diagram(name, DETAILS[DETAILS.index(detail)]), Path(folder))
                )
                duration, drawings[name, detail] = drawn(name, detail)
                drawing_times[name, detail].append(duration)
    print(f"{'cell':<18}{'detail':<11}{'crossings':>9}{'size':>12}{'drawn':>9}{'proved':>9}")
    for key in each:
        picture = drawings[key].picture
        size = f"{picture.width:.0f}×{picture.height:.0f}"
        times = [statistics.median(table[key]) for table in (drawing_times, proof_times)]
        print(f"{key[0]:<18}{key[1]:<11}{picture.crossings:>9}{size:>12}"
              f"{times[0]:>9.3f}{times[1]:>9.3f}")  # fmt: skip
    for detail in DETAILS:
        total = sum(drawings[name, detail].picture.crossings for name in cells)
        print(f"all cells, {detail}: {total} crossings")
    for word, table in (("drawn", drawing_times), ("proved", proof_times)):
        medians = {key: statistics.median(times) for key, times in table.items()}
        slowest = max(medians, key=lambda key: medians[key])
        print(f"longest {word}: {medians[slowest]:.3f} s ({' '.join(slowest)})")


if __name__ == "__main__":
    main()
