"""Which names there are, and what each is to the cell: its role follows from where it stands.

Defined and read at t−1: a state. Never defined: an input. Without a time index: a parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from symlstm.cell import B_AXIS, T_AXIS, Glyph, Quantity, Role, Shape, time_suffix
from symlstm.messages import NotationError
from symlstm.notation import syntax
from symlstm.notation.slips import is_indexed, is_slip, meant
from symlstm.notation.summing import spelled_at

MAXIMUM_READS = 1000
"""Places where one name is read: its adjoint is a sum of as many terms, which Python compiles."""


@dataclass
class Uses:
    """All places where one name stands."""

    first: syntax.Name
    declared: list[tuple[syntax.Name, tuple[str, ...]]] = field(
        default_factory=list[tuple[syntax.Name, tuple[str, ...]]]
    )
    defined: list[syntax.Name] = field(default_factory=list[syntax.Name])
    read: list[syntax.Name] = field(default_factory=list[syntax.Name])

    @property
    def all(self) -> list[syntax.Name]:
        return [n for n, _ in self.declared] + self.defined + self.read


_FUTURE = (
    "the future",
    "move every time index back, so that the latest is t, as in h_t = W x_t + U h_{t-1}",
)
_LONG_PAST = (
    "more than one step back",
    "carry it in a state: write p_t = h_{t-1}, and say % notation: h_{t-2} = p_{t-1}",
)
"""What a step cannot read, and the remedy."""


class Names:
    """The names of a file in the order of their declaration or first use, and their roles."""

    def __init__(self) -> None:
        self.uses: dict[str, Uses] = {}

    @classmethod
    def of(cls, tree: syntax.EquationsFile) -> Names:
        """The names of the equations of a step.

        Raises:
            NotationError: a name is used in two ways, or in one that a step has not.
        """
        names = cls.declared(tree)
        names._check()
        return names

    @classmethod
    def declared(cls, tree: syntax.EquationsFile) -> Names:
        """The names of equations whose names are all declared, at whatever times."""
        names = cls()
        for declaration in tree.declarations:
            for name in declaration.names:
                names._at(name).declared.append((name, declaration.sizes))
        for definition in tree.definitions:
            names._at(definition.left).defined.append(definition.left)
            for name in syntax.operands(definition.right):
                if isinstance(name, syntax.Name):
                    names._at(name).read.append(name)
        return names

    def _at(self, name: syntax.Name) -> Uses:
        return self.uses.setdefault(name.ascii, Uses(name))

    def _check(self) -> None:
        has_declarations = any(
            uses.declared and not uses.defined and uses.first.shift is not None
            for uses in self.uses.values()
        )
        for name, uses in self.uses.items():
            self._check_glyph(uses)
            self._check_time(uses)
            self._check_definitions(uses)
            self._check_reads(uses)
            if not uses.defined and uses.first.shift is not None:
                self._check_input(name, uses, has_declarations)
        self._check_unread()
        self._check_ascii()

    def _check_glyph(self, uses: Uses) -> None:
        for name in uses.all:
            if (
                name.glyph.latex != uses.first.glyph.latex
                or name.glyph.label != uses.first.glyph.label
            ):
                raise _two_spellings(name, uses.first)

    def _check_time(self, uses: Uses) -> None:
        for name in uses.all:
            if (name.shift is None) != (uses.first.shift is None):
                timed, untimed = (
                    (name, uses.first) if uses.first.shift is None else (uses.first, name)
                )
                raise NotationError(
                    "S223",
                    f"{name.ascii} stands with a time index and without one",
                    untimed.span, timed.span,
                    notes=("without a time index it is a parameter, with one a signal",),
                    help=f"write {untimed.ascii}_t, or rename one of them",
                )  # fmt: skip
            if name.shift is not None and (name.shift > 0 or name.shift < -1):
                when, remedy = _FUTURE if name.shift > 0 else _LONG_PAST
                raise NotationError("S224", f"a step cannot read {when}", name.span, help=remedy)

    def _check_definitions(self, uses: Uses) -> None:
        for name in uses.defined:
            if name.shift != 0:
                raise NotationError(
                    "S226", "an equation defines a quantity at time t", name.span,
                    help=f"write {name.ascii}_t on the left",
                )  # fmt: skip
        if len(uses.defined) > 1:
            raise NotationError(
                "S227", f"{uses.first.ascii}_t is defined twice",
                uses.defined[1].span, uses.defined[0].span,
                help="each name is assigned once; give the second value a name of its own",
            )  # fmt: skip
        if uses.declared and not uses.defined and not uses.read:
            raise self._unused(uses)

    def _unused(self, uses: Uses) -> NotationError:
        """A declared name that stands nowhere: an undeclared one like it may be meant for it."""
        name = uses.first
        others = [
            other for other, its in self.uses.items()
            if not its.declared and self.is_timed(other) == (name.shift is not None)
        ]  # fmt: skip
        close = meant(name.ascii, others)
        text = f"{name.ascii} is declared and never used"
        if close is None:
            help = self._suggestion(name) or "delete the declaration"
            return NotationError("S228", text, name.span, help=help)
        found = self.uses[close].first
        return NotationError(
            "S228", text, name.span, found.span,
            help=f"did you mean {spelled_at(name.span)}, where {spelled_at(found.span)} stands? "
                 "delete the declaration otherwise",
        )  # fmt: skip

    def _check_reads(self, uses: Uses) -> None:
        if len(uses.read) > MAXIMUM_READS:
            raise NotationError(
                "S233", f"{uses.first.ascii} is read more than {MAXIMUM_READS} times",
                uses.read[MAXIMUM_READS].span,
                help="a cell is a handful of equations over vectors and matrices",
            )  # fmt: skip

    def _check_input(self, name: str, uses: Uses, has_declarations: bool) -> None:
        """Where one input is declared, all are: another one is a slip of the pen."""
        self._check_entry(name, uses)
        late = next((n for n in uses.read if n.shift != 0), None)
        if late is not None:
            raise NotationError(
                "S229", f"{name} is read at t-1, but no equation defines {name}_t", late.span,
                notes=self._late(name, uses),
                help=self._suggestion(late) or f"add an equation {name}_t = …",
            )  # fmt: skip
        if has_declarations and not uses.declared:
            raise NotationError(
                "S230", f"{name}_t is never defined", uses.read[0].span,
                help=self._suggestion(uses.read[0])
                or rf"if it is an input, declare it: {name}_t \in \mathbb{{R}}^{{D}}",
            )  # fmt: skip

    def _check_entry(self, name: str, uses: Uses) -> None:
        """o_{t,i} beside o_t, or i_t beside i^k_t: one small letter more or less is an index."""
        others = [n for n, its in self.uses.items() if its.defined and n != name]
        whole = next((n for n in others if is_indexed(name, n)), None)
        entry = next((n for n in others if is_indexed(n, name) and not self.uses[n].read), None)
        other = whole or entry
        if other is None or uses.declared:
            return
        read, defined = uses.read[0], self.uses[other].defined[0]
        index = (name if whole else other).rpartition("_")[2]
        spelled, others_sign = spelled_at(read.span), spelled_at(defined.span)
        raise NotationError(
            "S337", f"{spelled} has two readings, beside {others_sign}", read.span, defined.span,
            notes=(f"{index} may be an index: the one is then an entry of the other",
                   f"{spelled} may be an input"),
            help="write whole vectors, without an index; declare an input: "
                 rf"{spelled} \in \mathbb{{R}}^{{D}}",
        )  # fmt: skip

    def _late(self, name: str, uses: Uses) -> tuple[str, ...]:
        """What an input that is read late needs."""
        if all(n.shift != 0 for n in uses.read):
            return ()
        free = next(other for other in ("p", "q", f"{name}_late") if other not in self.uses)
        return (
            f"a state carries a late input: write {free}_t = {name}_t, and say "
            f"% notation: {name}_{{t-1}} = {free}_{{t-1}}",
        )

    def _suggestion(self, name: syntax.Name) -> str:
        others = [n for n, uses in self.uses.items() if uses.defined and n != name.ascii]
        close = meant(name.ascii, others)
        return f"did you mean {close}_t?" if close else ""

    def _check_unread(self) -> None:
        """An undeclared input that is a slip apart from what an equation defines.

        What is defined is not read, or it is, and the file has another input, as a cell has.
        """
        signals = {n: uses for n, uses in self.uses.items() if uses.first.shift is not None}
        inputs = [n for n, uses in signals.items() if not uses.defined and not uses.declared]
        for name, uses in signals.items():
            slip = next((other for other in inputs if is_slip(other, name)), None)
            if slip is None or not uses.defined or (uses.read and not _others(inputs, slip)):
                continue
            read = self.uses[slip].read[0]
            spelled = spelled_at(uses.defined[0].span)
            raise NotationError(
                "S331",
                f"{slip}_t is never defined, and looks like {name}_t"
                if uses.read
                else f"{slip}_t is never defined, and {name}_t is never read",
                read.span, uses.defined[0].span,
                help=rf"did you mean {spelled}? an input is declared: {spelled_at(read.span)} \in "
                     r"\mathbb{R}^{D}",
            )  # fmt: skip

    def _check_ascii(self) -> None:
        """The names at t, t−1 and t+1, of initial states and of adjoints are all different."""
        taken: dict[str, syntax.Name] = {}
        for name, uses in self.uses.items():
            variants = [name, "d" + name]
            if uses.first.shift is not None:
                variants += [name + time_suffix(shift) for shift in (-1, 1)] + [name + "_0"]
            for variant in variants:
                if variant in taken and taken[variant] is not uses.first:
                    raise NotationError(
                        "S231", f"{name} and {taken[variant].ascii} both need the name {variant}",
                        uses.first.span, taken[variant].span, help="rename one of them",
                    )  # fmt: skip
                taken[variant] = uses.first

    def is_timed(self, name: str) -> bool:
        return self.uses[name].first.shift is not None

    def role(self, name: str) -> Role:
        uses = self.uses[name]
        if not self.is_timed(name):
            return Role.PARAMETER
        if not uses.defined:
            return Role.INPUT
        is_recurrent = any(n.shift is not None and n.shift < 0 for n in uses.read)
        return Role.STATE if is_recurrent else Role.INTERMEDIATE

    def quantities(
        self,
        shape_of: Callable[[str], Shape],
        order_of: Callable[[str], tuple[tuple[str, ...], tuple[str, ...]]],
    ) -> tuple[Quantity, ...]:
        """The quantities, given the shape of each name and the order of the sizes in it."""
        return tuple(
            Quantity(
                name=name,
                glyph=Glyph(
                    uses.first.glyph.latex, uses.first.glyph.unicode, uses.first.glyph.label
                ),
                shape=shape_of(name),
                axes=frozenset() if uses.first.shift is None else frozenset({T_AXIS, B_AXIS}),
                role=self.role(name),
                order=order_of(name),
            )
            for name, uses in self.uses.items()
        )


def _others(inputs: list[str], slip: str) -> list[str]:
    """The inputs that look like no other."""
    return [name for name in inputs if name != slip]


def _two_spellings(name: syntax.Name, first: syntax.Name) -> NotationError:
    """One letter with two accents, labels or fonts of one ASCII name."""
    is_font = name.glyph.unicode == first.glyph.unicode and name.glyph.label == first.glyph.label
    help = "rename one of them"
    if is_font:
        help = "write one font if they are one quantity; otherwise rename one, or give it a label"
    return NotationError(
        "S222", f"two spellings share the ASCII name {name.ascii}", name.span, first.span,
        notes=("a font is no part of a name",) if is_font else (), help=help,
    )  # fmt: skip
