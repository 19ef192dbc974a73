r"""Constants that belong to a function: μ and σ of LN(z) = (z − μ) / σ, where μ is the mean of z.

Papers define a function of z in several equations. What it reads and what is defined by its
argument is no quantity of the cell: it is put in with the argument, wherever the function is
called.
"""

from __future__ import annotations

from symlstm.messages import NotationError, Span
from symlstm.notation import raw
from symlstm.notation.knowing import FileFunction, Knowledge, walk
from symlstm.notation.naming import Written
from symlstm.notation.summing import spelled_at, sum_bounds

MAXIMUM_LOCAL = 100
"""Constants that functions read, those of their constants included."""

_Reads = dict[str, Span]
"""The names that an expression reads without time, and where."""


def localise(knowledge: Knowledge) -> None:
    """Give each function the constants of its parameters; they are no names of the file then.

    Raises:
        NotationError: a parameter is a name of the file as well (S290).
    """
    reads = {name: _reads(c.rights[0], knowledge) for name, c in knowledge.constants.items()}
    local = 0
    for function in knowledge.functions.values():
        search = _Search(function, reads)
        search.enter(_reads(function.right, knowledge))
        local += len(search.local)
        if local > MAXIMUM_LOCAL:
            raise _too_many(function.span)
        for name in search.local:
            _check_parameters(reads[name], function, knowledge)
            function.local[name] = knowledge.constants[name].rights[0]
            knowledge.local[name] = function
    knowledge.defined -= knowledge.local.keys()
    knowledge.timeless -= knowledge.local.keys()


class _Search:
    """Finds the constants that a function reads and that its parameters define.

    Args:
        function: the function.
        reads: what each constant of the file reads.
    """

    def __init__(self, function: FileFunction, reads: dict[str, _Reads]) -> None:
        self._function = function
        self._reads = reads
        self._entered: set[str] = set()
        self._open: list[str] = []
        self.local: list[str] = []
        """What is found, each behind what it reads."""

    def enter(self, names: _Reads) -> bool:
        """Whether one of the names is a parameter of the function, or defined by one."""
        for name, span in names.items():
            if name in self._reads and name not in self._function.parameters:
                self._enter_constant(name, span)
        return any(name in self._function.parameters or name in self.local for name in names)

    def _enter_constant(self, name: str, span: Span) -> None:
        if name in self._open:
            raise NotationError(
                "S273", f"{name} is defined by itself", span,
                help="what is computed from the step before carries a time, as in h_{t-1}",
            )  # fmt: skip
        if name in self._entered:
            return
        if len(self._entered) >= MAXIMUM_LOCAL:
            raise _too_many(span)
        self._entered.add(name)
        self._open.append(name)
        if self.enter(self._reads[name]):
            self.local.append(name)
        self._open.pop()


def _too_many(span: Span) -> NotationError:
    return NotationError(
        "S202", f"functions read more than {MAXIMUM_LOCAL} constants", span,
        help="write each function in one equation",
    )  # fmt: skip


def _reads(node: raw.Node, knowledge: Knowledge) -> _Reads:
    """The names without time; z_i in a sum over i reads z."""
    found: _Reads = {}
    indices = {bounds[0] for part in walk(node) if (bounds := sum_bounds(part)) is not None}
    for part in walk(node):
        if not isinstance(part, raw.Symbol | raw.Scripted):
            continue
        written = knowledge.namer.written(part)
        if written is not None and written.shift is None:
            for index in indices:
                written = written.without_label_below(index)
            found.setdefault(written.ascii, written.span)
    return found


def _check_parameters(names: _Reads, function: FileFunction, knowledge: Knowledge) -> None:
    for name, span in names.items():
        if name in function.parameters and knowledge.is_known(name):
            raise NotationError(
                "S290", f"{name} has two readings", span, function.span,
                notes=(f"it may be the argument of {function.name}",
                       "it may be the name that the file has outside of it"),
                help="give one of them another letter",
            )  # fmt: skip


def check_local(written: Written, knowledge: Knowledge) -> None:
    """A constant of a function's argument has no value outside of the function."""
    function = knowledge.local.get(written.ascii)
    if function is not None and written.shift is None:
        spelled = spelled_at(written.span)
        raise NotationError(
            "S290", f"{spelled} is defined by the argument of {function.name}, and read outside "
            "of it", written.span, function.span,
            help=rf"give what stands here a name of its own, or call {function.name}",
        )  # fmt: skip
