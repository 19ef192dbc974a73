"""The main job: generated code = equations = hand-written reference, for one cell or many."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from symlstm.cell import Cell
from symlstm.verification.check import check
from symlstm.verification.conditions import merged
from symlstm.verification.options import Options, Progress, quiet
from symlstm.verification.report import Report
from symlstm.verification.subject import generated_subject, reference_subject


def verify_builtin(cell: Cell, options: Options) -> Report:
    """Generated code = equations = reference, forward and backward."""
    options.progress(f"{cell.name}: generated code")
    reports = [check(generated_subject(cell), cell, options)]
    reference = reference_subject(cell)
    if reference is not None:
        options.progress(f"{cell.name}: reference")
        reports.append(check(reference, cell, replace(options, seed=reports[0].seed)))
    return merge(reports)


def verify_library(
    cells: Sequence[Cell],
    options: Options,
    showing: Callable[[int], AbstractContextManager[Progress]] = lambda _: nullcontext(quiet),
) -> list[Report]:
    """The main job for several cells, spread over the processors; reports in the cells' order.

    Args:
        showing: opens a progress bar for so many cells; the workers are started before it.
    """
    workers = min(len(cells), os.cpu_count() or 1)
    alone = replace(options, seed=options.drawn_seed(), progress=quiet)
    method = "fork" if sys.platform == "linux" else "spawn"
    with ProcessPoolExecutor(workers, multiprocessing.get_context(method)) as pool:
        futures = {pool.submit(verify_builtin, cell, alone): cell.name for cell in cells}
        with showing(len(cells)) as progress:
            for future in as_completed(futures):
                progress(f"{futures[future]}: {future.result().verdict}")
    return [future.result() for future in futures]


def merge(reports: Sequence[Report]) -> Report:
    """Reports on several subjects of one cell as one."""
    return replace(
        reports[0],
        subject=" = ".join(report.subject for report in reports),
        comparisons=sum(report.comparisons for report in reports),
        bound_bits=min(report.bound_bits for report in reports),
        conditions=merged(c for report in reports for c in report.conditions),
        assumed=tuple(dict.fromkeys(a for report in reports for a in report.assumed)),
        findings=tuple(f for report in reports for f in report.findings),
    )
