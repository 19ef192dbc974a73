"""Binding by names: which function is which, and what each argument and result is.

An implementation has the cell's ASCII names. What it may leave out is zero on both sides and
is said in the report; anything else that is missing or unknown is an error.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symlstm.cell import Cell
from symlstm.interface import KINDS, Argument, Kind, Signature, Sizes, signature
from symlstm.messages import BindingError, Span, UsageError
from symlstm.tracing.loading import Arguments
from symlstm.tracing.trace import Place, Trace
from symlstm.verification.report import Finding
from symlstm.verification.sources import SourceTexts


@dataclass(frozen=True)
class Binding:
    """A function, and how its arguments and results are those of a cell.

    Args:
        kind: `step`, `sequence` or `gradients`.
        name: what the function is called.
        signature: the arguments and results of the cell.
        absent: arguments that it leaves out, zero on both sides.
        asked: the results that are compared.
    """

    kind: Kind
    name: str
    signature: Signature
    absent: frozenset[str]
    asked: tuple[Argument, ...]

    def symbols(self, sizes: Sizes) -> dict[str, tuple[str, tuple[int, ...]]]:
        """For each argument that is passed the prefix of its symbols, and its shape."""
        return {
            a.name: (a.name, a.shape(sizes))
            for a in self.signature.arguments
            if a.name not in self.absent
        }

    @property
    def initial(self) -> tuple[str, ...]:
        """The arguments that hold states before the first step."""
        return tuple(
            a.name
            for a in self.signature.arguments
            if a.name.endswith(("_0", "_prev")) and a.name != a.quantity.name
        )

    def result_name(self, key: str) -> str:
        """The name of a result from its key in a trace, its place in a tuple or its own name."""
        names = [r.name for r in self.signature.results]
        return names[int(key)] if key.isdigit() and int(key) < len(names) else key

    def assumptions(self) -> list[str]:
        """What is taken to be zero, and what is not asked for."""
        zero = [a.name for a in self.signature.arguments if a.name in self.absent]
        texts = [f"{name} = 0: {self.name} has no such argument" for name in zero]
        shown = {r.name for r in self.asked} | {"d" + name for name in zero}
        left = [r.name for r in self.signature.results if r.name not in shown]
        return [*texts, f"{', '.join(left)} of {self.name} not asked for"] if left else texts


def infer_kind(cell: Cell, name: str, arguments: Arguments) -> Kind:
    """The kind of a function under any name, from its arguments."""
    if name in KINDS:
        return name
    names = set(arguments.names)
    if any(q.name + "_prev" in names for q in cell.states):
        return "step"
    return "gradients" if any("d" + q.name in names for q in cell.results) else "sequence"


def bind(
    cell: Cell,
    kind: Kind,
    name: str,
    arguments: Arguments,
    where: Span,
    wrt: Sequence[str] = (),
) -> Binding:
    """Bind the arguments of a function by their names.

    Args:
        where: the line of the function's definition.
        wrt: the names whose gradients are asked for; empty: all.
    Raises:
        BindingError: an argument is missing, or the cell has none of that name.
        UsageError: the cell has no gradient that is asked for, whatever the function computes.
    """
    bound = signature(cell, kind)
    known = {a.name: a for a in bound.arguments}
    unknown = [n for n in arguments.names if n not in known]
    if unknown:
        free = [n for n in known if n not in arguments.names]
        close = difflib.get_close_matches(unknown[0], free, 1)
        raise BindingError(
            "S301",
            f"{name} has an argument {unknown[0]}, which is no name of {cell.name}",
            where,
            notes=(f"as {kind} of {cell.name} it takes {', '.join(known)}",),
            help=(f"did you mean {close[0]}? " if close else "rename it; ")
            + "--infer binds a function whatever its arguments are called",
        )
    absent = set[str]() if arguments.any_keyword else set(known) - set(arguments.names)
    required = [n for n in known if n in absent and not known[n].may_be_absent]
    if required:
        raise BindingError(
            "S302",
            f"{name} lacks the argument{'s' if len(required) > 1 else ''} {', '.join(required)}",
            where,
            notes=(f"as {kind} of {cell.name} it takes {', '.join(known)}",),
            help="add it; only initial states and outside adjoints may be left out",
        )
    asked = [r for r in bound.results if not _is_of_absent(r, absent)]
    if kind == "gradients" and wrt:
        asked = _only(asked, wrt, cell)
    elif wrt:
        _only(signature(cell, "gradients").results, wrt, cell)
    return Binding(kind, name, bound, frozenset(absent), tuple(asked))


def _is_of_absent(result: Argument, absent: Iterable[str]) -> bool:
    return result.may_be_absent and result.name.removeprefix("d") in absent


def _only(results: Sequence[Argument], wrt: Sequence[str], cell: Cell) -> list[Argument]:
    wanted = {n if any(r.name == n for r in results) else f"d{n}" for n in wrt}
    unknown = wanted - {r.name for r in results}
    if unknown:
        names = ", ".join(r.name.removeprefix("d") for r in results)
        raise UsageError(
            "S016",
            f"there is no gradient with respect to {sorted(unknown)[0].removeprefix('d')}",
            notes=(f"{cell.name} has gradients with respect to {names}",),
            help="give --wrt names of these, separated by commas",
        )
    return [r for r in results if r.name in wanted]


@dataclass(frozen=True)
class Returned:
    """What of a trace can be compared, and what is wrong with the rest.

    Args:
        results: for each result that is there and has its shape, its elements.
        findings: for each that is missing or has another shape.
        notes: what was returned beside what was asked for.
    """

    results: dict[str, tuple[int, ...]]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def match_results(binding: Binding, trace: Trace, sizes: Sizes, texts: SourceTexts) -> Returned:
    """Match what was returned with what was promised.

    Raises:
        BindingError: the structure is wrong: a tuple of another length, no dict of gradients.
    """
    named = _by_name(binding, trace, texts)
    findings: list[Finding] = []
    results: dict[str, tuple[int, ...]] = {}
    for asked in binding.asked:
        found = named.get(asked.name)
        if found is None:
            findings.append(_missing(binding, asked, trace, texts))
            continue
        shape, elements = found
        if shape != asked.shape(sizes):
            findings.append(_misshapen(binding, asked, shape, sizes, trace, texts))
            continue
        results[asked.name] = elements
    promised = {r.name for r in binding.signature.results}
    extra = [n for n in named if n not in promised]
    notes = (f"{binding.name} also returns {', '.join(extra)}, not compared",) if extra else ()
    return Returned(results, tuple(findings), notes)


def _by_name(
    binding: Binding, trace: Trace, texts: SourceTexts
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    found = {key: (r.shape, r.elements) for key, r in trace.results.items()}
    names = [r.name for r in binding.signature.results]
    if trace.is_dict:
        missing = [n for n in names if n not in found]
        if binding.kind != "gradients" and missing:
            raise _structure(binding, f"a dict without {', '.join(missing)}", names, trace, texts)
        return found
    if binding.kind == "gradients":
        raise _structure(binding, "a tuple", names, trace, texts)
    if len(found) != len(names):
        returned = "a single array" if len(found) == 1 else f"a tuple of {len(found)}"
        raise _structure(binding, returned, names, trace, texts)
    return dict(zip(names, found.values(), strict=True))


def _structure(
    binding: Binding, returned: str, names: list[str], trace: Trace, texts: SourceTexts
) -> BindingError:
    expected = (
        f"a dict with the keys {', '.join(names)}"
        if binding.kind == "gradients"
        else f"the tuple ({', '.join(names)}{',' if len(names) == 1 else ''}), or a dict of these"
    )
    return BindingError(
        "S304",
        f"{binding.name} returns {returned}",
        *texts.spans(trace.places),
        notes=(f"as {binding.kind} it returns {expected}",),
        help="return exactly these, in this order",
    )


def _missing(binding: Binding, asked: Argument, trace: Trace, texts: SourceTexts) -> Finding:
    return Finding(
        code="S110",
        kind="missing-gradient",
        message=f"{binding.name} does not return {asked.name}",
        function=binding.kind,
        equation=label(asked, binding.kind),
        help=f'add the key "{asked.name}", or leave it out of what is asked for with --wrt',
        **texts.place_of(trace.places),
    )


def _misshapen(
    binding: Binding,
    asked: Argument,
    shape: tuple[int, ...],
    sizes: Sizes,
    trace: Trace,
    texts: SourceTexts,
) -> Finding:
    expected = asked.shape(sizes)
    symbols = ", ".join(str(d) for d in asked.symbolic_shape())
    symbols += "," if len(expected) == 1 else ""
    return Finding(
        code="S111",
        kind="wrong-shape",
        message=f"{asked.name} has shape {shape}, expected {expected} = ({symbols})",
        function=binding.kind,
        equation=label(asked, binding.kind),
        help="return it transposed"
        if tuple(reversed(shape)) == expected
        else f"return {asked.name} with the shape ({symbols})",
        **texts.place_of(last_made(trace, asked, binding) or trace.places),
    )


def last_made(trace: Trace, asked: Argument, binding: Binding) -> tuple[Place, ...]:
    """The lines of the last computation of a returned array, innermost first."""
    wanted = {
        element
        for key, result in trace.results.items()
        if binding.result_name(key) == asked.name
        for element in result.elements
    }
    for event in reversed(trace.events):
        if event.kind == "compute" and event.places and wanted & set(event.outputs):
            return event.places
    return ()


def label(argument: Argument, kind: Kind) -> str:
    """The left-hand side that a result stands for: `c_t`, `dx_t`, `dh_0`, `dW_xi`."""
    axes = [a.name for a in argument.axes]
    is_timed = "t" in axes or (kind == "step" and axes == ["b"])
    return argument.name + ("_t" if is_timed else "")
