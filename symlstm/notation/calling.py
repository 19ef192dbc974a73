"""Functions and their arguments: which factor is a function, and how far its argument goes.

With brackets the argument is told; without, it is the one factor behind the function, and two
factors have two readings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, cast

from sympy import Rational

from symlstm.functions import ElementwiseFunction
from symlstm.messages import NotationError, Span
from symlstm.notation import raw, syntax
from symlstm.notation.arguments import (
    CLOSING,
    between,
    is_bracket,
    is_like_a_call,
    is_scripted_bracket,
    is_stack,
    opening_of,
    wrong_count,
)
from symlstm.notation.knowing import FileFunction, joined_span
from symlstm.notation.mapping import affine
from symlstm.notation.naming import Written, written_script
from symlstm.notation.summing import spelled_at
from symlstm.notation.vocabulary import (
    function_called,
    function_meant,
    function_of_command,
)

if TYPE_CHECKING:
    from symlstm.notation.resolving import Resolver

MAXIMUM_OPEN = 30
"""Functions of the file whose bodies are read in each other's."""


@dataclass(frozen=True)
class Callee:
    """What is called, and the power that stands between its name and its argument."""

    name: str
    function: ElementwiseFunction | FileFunction | str
    power: raw.Script | None
    span: Span


class Caller:
    """Reads the calls in the expressions of one resolver."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._knowledge = resolver.knowledge
        self._make = resolver.make
        self._open = 0

    # What is called.

    def callee(self, factor: raw.Node, following: raw.Node | None) -> Callee | None:
        """The function that a factor names; None: it is a quantity.

        Raises:
            NotationError: it may be either.
        """
        match factor:
            case raw.Function(word, span):
                return self._by_word(word, None, span)
            case raw.Scripted(raw.Function(word), scripts, span):
                return self._by_word(word, self._power(word, scripts), span)
            case raw.Symbol() | raw.Scripted(raw.Symbol()):
                written = self._knowledge.namer.written(factor)
                if written is None or written.shift is not None or written.is_transposed:
                    return None
                return self._by_letter(written, following)
            case _:
                return None

    def _by_word(self, word: str, power: raw.Script | None, span: Span) -> Callee:
        own = self._knowledge.functions.get(word.lower())
        told = self._knowledge.notation.functions.get(word)
        function = own or told or function_called(word)
        assert function is not None
        return Callee(word, function, power, span)

    def _power(self, word: str, scripts: tuple[raw.Script, ...]) -> raw.Script | None:
        power = next(iter(scripts))
        if len(scripts) > 1 or not power.is_above:
            is_over_index = word in ("max", "min") and not power.is_above
            raise NotationError(
                "S268", f"what stands below or above {word} is not read", power.span,
                help=f"write the arguments in brackets behind it; {word} over an index is not read"
                if is_over_index else "write the power behind the argument",
            )  # fmt: skip
        return self._checked_power(word, power)

    def _checked_power(self, name: str, script: raw.Script) -> raw.Script:
        if script.text.startswith(("-", "−")):
            raise NotationError(
                "S256", f"{name}^{written_script(script)} has two readings", script.span,
                notes=("it may be the inverse function", "it may be one over the value"),
                help=r"write \frac{1}{…} for one over the value",
            )  # fmt: skip
        return script

    def _by_letter(self, written: Written, following: raw.Node | None) -> Callee | None:
        key = written.key
        if self._resolver.is_timeless(written.ascii):
            return None
        own = self._knowledge.functions.get(key) or self._knowledge.notation.functions.get(key)
        if own is not None:
            return Callee(key, own, self._power_of(written), written.span)
        if key == "e":
            return None
        record = function_of_command(written.head.latex)
        if record is not None and following is not None:
            if not written.below and not written.above:
                return Callee(key, record, self._power_of(written), written.span)
            if is_bracket(following):
                raise self._labelled(written, record)
        if following is not None and (opening := opening_of(following)):
            self._check_letter(written, following, opening)
        return None

    def _power_of(self, written: Written) -> raw.Script | None:
        """The power above the letter of a function."""
        name = spelled_at(written.span).split("^")[0]
        return self._checked_power(name, written.raised) if written.raised else None

    def _labelled(self, written: Written, record: ElementwiseFunction) -> NotationError:
        spelled = spelled_at(written.span)
        return NotationError(
            "S269", f"{spelled} has more than one reading", written.span,
            notes=(f"it may be {record.name}", "papers also call another function by it"),
            help=rf"say which: % notation: {spelled} = \tanh",
        )  # fmt: skip

    def _check_letter(self, written: Written, following: raw.Node, opening: str) -> None:
        """g(x), g[x], g[x, y] are a value of g, or g times what follows; W(x) is a product."""
        first = written.head.unicode[:1]
        if len(written.head.unicode) > 1 and written.head.ascii.isalpha():
            raise NotationError(
                "S283", f"no function is called {written.head.ascii}", written.span,
notes=(r"a file may define one, as in \operatorname{f}(x) = 2 \tanh(x)",),
                help=function_meant(written.head.ascii),
            )  # fmt: skip
        if written.raised is not None or (
            first.isupper() and not is_like_a_call(written, following)
        ):
            return
        spelled = spelled_at(written.span)
        declare = rf"{spelled} \in \mathbb{{R}}^H"
        if is_stack(following) or first.isupper():
            declare = f"the matrix {spelled}"
        raise NotationError(
            "S270", f"{spelled}{opening}…{CLOSING[opening]} has two readings", written.span,
            notes=(f"it may be a value of the function {spelled}",
                   f"it may be the product of {spelled} with what is in brackets"),
            help=rf"define {spelled}(x) = …, or write % notation: {spelled} = \tanh, "
                 f"or declare {declare}",
        )  # fmt: skip

    # Arguments.

    def call(self, callee: Callee, node: raw.Product, position: int) -> tuple[syntax.Node, int]:
        """The value of a function, and the position behind its argument."""
        behind = position + 1
        if behind >= len(node.factors) or node.signs[behind] != "":
            raise NotationError(
                "S267", f"the function {callee.name} has no argument", callee.span,
                help=f"write its argument in brackets behind it, as in {callee.name}(x_t)",
            )  # fmt: skip
        argument = node.factors[behind]
        scripts: tuple[raw.Script, ...] = ()
        if is_scripted_bracket(argument):
            argument, scripts = argument.base, argument.scripts
        span = joined_span(callee.span, argument.span)
        if is_bracket(argument):
            self._check_root(callee, argument, node, behind)
            value = self._value(callee, argument, span)
            end = behind + 1
        else:
            inner, end = self._resolver.operand(node, behind)
            self._check_end(callee, node, end)
            value = self.applied(callee, (inner,), span)
        if callee.power is not None:
            value = self._resolver.scripted(value, (callee.power,), span)
        return self._resolver.scripted(value, scripts, span), end

    def _check_root(
        self, callee: Callee, argument: raw.Node, node: raw.Product, behind: int
    ) -> None:
        """\\sqrt[3]{x}"""
        following = node.factors[behind + 1] if behind + 1 < len(node.factors) else None
        if callee.function == "sqrt" and isinstance(argument, raw.Bracket):
            is_braced = isinstance(following, raw.Bracket) and following.opening == "{"
            if argument.opening == "[" and is_braced:
                raise NotationError(
                    "S271", "a root other than the square root is not read", argument.span,
                    help=r"only \sqrt{…} is read",
                )  # fmt: skip

    def _check_end(self, callee: Callee, node: raw.Product, end: int) -> None:
        """tanh a b: a value times b, or the value at a b."""
        is_root = callee.function == "sqrt" and spelled_at(callee.span).startswith("\\")
        if end >= len(node.factors) or is_root:
            return
        name, rest = spelled_at(callee.span), spelled_at(node.factors[end].span)
        first = between(callee.span, node.factors[end].span)
        raise NotationError(
            "S272", f"the argument of {name} has two readings",
            joined_span(callee.span, node.factors[end].span),
            notes=(f"it may be {name}({first}) {rest}", f"it may be {name}({first} {rest})"),
            help="put the argument in brackets",
        )  # fmt: skip

    def _value(self, callee: Callee, argument: raw.Node, span: Span) -> syntax.Node:
        """The value at what stands in brackets: [a, b] is one argument, (a, b) are two."""
        is_list = isinstance(argument, raw.Bracket) and argument.opening != "["
        takes_many = callee.function in ("max", "min", "concat")
        if (
            isinstance(argument, raw.Bracket)
            and len(argument.parts) > 1
            and (is_list or takes_many)
        ):
            return self.applied(callee, self._resolver.each(argument.parts), span)
        if isinstance(argument, raw.Bracket) and len(argument.parts) == 1:
            return self.applied(callee, (self._resolver.resolve(argument.parts[0]),), span)
        return self.applied(callee, (self._resolver.resolve(argument),), span)

    def applied(
        self, callee: Callee, arguments: tuple[syntax.Node, ...], span: Span
    ) -> syntax.Node:
        function = callee.function
        if isinstance(function, FileFunction):
            return self._expanded(function, arguments, span)
        if isinstance(function, str) and function in _SEVERAL:
            return _SEVERAL[function](self, arguments, span)
        if len(arguments) != 1:
            raise wrong_count(callee.name, 1, len(arguments), span)
        if isinstance(function, str):
            return _ONE[function](self, arguments[0], span)
        return self._make.made(syntax.Apply(function, arguments[0], span))

    # Functions that the file defines.

    def _expanded(
        self, function: FileFunction, arguments: tuple[syntax.Node, ...], span: Span
    ) -> syntax.Node:
        """g(a) is the body of g with a in the place of x."""
        if len(arguments) != len(function.parameters):
            raise wrong_count(function.name, len(function.parameters), len(arguments), span)
        values = dict(zip(function.parameters, arguments, strict=True))
        return self._make.moved(self._make.substituted(self.body(function, span), values), span)

    def body(self, function: FileFunction, span: Span) -> syntax.Node:
        if function.body is None:
            if function.is_open:
                raise NotationError(
                    "S273", f"the function {function.name} is defined by itself",
                    span, function.span, help="a step computes no recursion",
                )  # fmt: skip
            if self._open >= MAXIMUM_OPEN:
                raise NotationError(
                    "S202", "functions call each other too deep", span, function.span,
                    help=f"at most {MAXIMUM_OPEN} functions stand in each other",
                )  # fmt: skip
            function.is_open = True
            self._open += 1
            function.body = self._body(function)
            self._open -= 1
        return function.body

    def _body(self, function: FileFunction) -> syntax.Node:
        """What the function stands for; the constants of its parameters are put in."""
        names = (*function.parameters, *function.local)
        read = {name: self._resolver.within(names, right)
                for name, right in function.local.items()}  # fmt: skip
        values: dict[str, syntax.Node] = {}
        for name, value in read.items():  # each after those that it reads
            values[name] = self._make.substituted(value, values)
        return self._make.substituted(self._resolver.within(names, function.right), values)

    # Constructions.

    def root(self, argument: syntax.Node, span: Span) -> syntax.Node:
        return self._make.power(argument, cast(Rational, Rational(1, 2)), span)

    def total(self, argument: syntax.Node, span: Span) -> syntax.Node:
        return self._make.made(syntax.Total(argument, False, span))

    def mean(self, argument: syntax.Node, span: Span) -> syntax.Node:
        return self._make.made(syntax.Total(argument, True, span))

    def diagonal(self, argument: syntax.Node, span: Span) -> syntax.Node:
        return self._make.made(syntax.Diagonal(argument, span))

    def identity(self, argument: syntax.Node, span: Span) -> syntax.Node:
        return self._make.moved(argument, span)

    def maximum(self, arguments: tuple[syntax.Node, ...], span: Span) -> syntax.Node:
        _check_several("max", arguments, span)
        return reduce(lambda a, b: self._make.maximum(a, b, span), arguments)

    def minimum(self, arguments: tuple[syntax.Node, ...], span: Span) -> syntax.Node:
        _check_several("min", arguments, span)
        return reduce(lambda a, b: self._make.minimum(a, b, span), arguments)

    def affine(self, argument: syntax.Node, span: Span) -> syntax.Node:
        return affine(self._resolver, argument, span)

    def stack(self, arguments: tuple[syntax.Node, ...], span: Span) -> syntax.Node:
        _check_several("concat", arguments, span)
        return self._make.made(syntax.Stack(arguments, span))


_ONE: dict[str, Callable[[Caller, syntax.Node, Span], syntax.Node]] = {
    "sqrt": Caller.root,
    "sum": Caller.total,
    "mean": Caller.mean,
    "diag": Caller.diagonal,
    "identity": Caller.identity,
    "affine": Caller.affine,
}
_SEVERAL: dict[str, Callable[[Caller, tuple[syntax.Node, ...], Span], syntax.Node]] = {
    "max": Caller.maximum,
    "min": Caller.minimum,
    "concat": Caller.stack,
}


def _check_several(name: str, arguments: tuple[syntax.Node, ...], span: Span) -> None:
    if len(arguments) < 2:
        raise wrong_count(name, 2, len(arguments), span)
