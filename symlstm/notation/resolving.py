r"""Raw tree → core tree: what was written → what it means.

The one idea: a construct with one reading is read, a construct with several is an error that shows
them. What a name stands for is settled by `Knowledge`, never by its place alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard, cast

from sympy import Rational

from symlstm.messages import NotationError, Span
from symlstm.notation import raw, stacks, syntax
from symlstm.notation.alphabet import Letter, letter_of
from symlstm.notation.calling import Callee, Caller
from symlstm.notation.casing import cases_of
from symlstm.notation.diagonals import opened
from symlstm.notation.doubting import check_plain, check_side_by_side
from symlstm.notation.grouping import Grouper
from symlstm.notation.knowing import FileFunction, Knowledge, joined
from symlstm.notation.making import Maker
from symlstm.notation.naming import (
    MAXIMUM_DIGITS,
    Written,
    is_transpose,
    odd_superscript,
    written_script,
)
from symlstm.notation.numbers import Numbers
from symlstm.notation.summing import (
    check_ends,
    divided_sum,
    is_sum_over,
    last_of,
    other_number,
    outside_sums,
    spelled_at,
    sum_bounds,
    summed,
    unbraced,
    without_index,
)

MAXIMUM_DEPTH = 130
"""Operations above each other, those of functions that the file defines included."""


MAXIMUM_FACTORS = 100


class Resolver:
    """Reads expressions of one file.

    Args:
        knowledge: what the file says about its names.
        maker: makes and counts core nodes.
    """

    def __init__(self, knowledge: Knowledge, maker: Maker) -> None:
        self.knowledge = knowledge
        self.make = maker
        self._caller = Caller(self)
        self._grouper = Grouper(self)
        self._depth = 0
        self._index: str | None = None
        self._carrying: list[Written] = []
        self._whole: list[syntax.Name] = []
        self._parameters: frozenset[str] = frozenset()
        self._numbers = Numbers(self)
        self.left: Written | None = None
        """The name that the equation defines which is read; None: it is none, or several."""
        self.is_in_function = False
        self.maps: dict[str, int] = {}
        """How many affine maps stand in the equation for each name."""
        self.weights: set[str] = set()
        """Their parameters."""

    def resolve(self, node: raw.Node) -> syntax.Node:
        """The core tree of an expression.

        Raises:
            NotationError: it has no reading, or several.
        """
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise too_deep(node.span)
        before = self._numbers.is_inside
        self._numbers.enter(node)
        resolved = self._resolved(node)
        self._numbers.is_inside = before
        self._depth -= 1
        return resolved

    def _resolved(self, node: raw.Node) -> syntax.Node:
        span = node.span
        while _is_group(node):
            stacks.check_bracket(node)
            node = node.parts[0]
        if node.span != span:
            return self.make.moved(self._resolved(node), span)
        self._numbers.expect(node)
        self._numbers.enter(node)
        match node:
            case raw.Number():
                return self._number(node)
            case raw.Sum(terms, span):
                return self.make.sum(tuple((s, self.resolve(t)) for s, t in terms), span)
            case raw.Hadamard(factors, span):
                check_ends(factors)
                return self.make.made(syntax.Hadamard(self.each(factors), span))
            case raw.Product():
                return self._product(node)
            case raw.Fraction(top, bottom, span):
                return self._fraction(top, bottom, span)
            case raw.Stack(parts, span):
                return self.make.made(syntax.Stack(self.each(parts), span))
            case raw.Bracket():
                return self._grouper.bracket(node)
            case raw.Matrix():
                return self._grouper.matrix(node)
            case raw.Cases():
                return cases_of(node, self)
            case raw.Function(word, span) | raw.Scripted(raw.Function(word), _, span):
                raise no_argument(word, span)
            case raw.SumSign(span) | raw.Scripted(raw.SumSign(), _, span):
                raise NotationError("S250", "a sum of nothing", span)
            case raw.Symbol() | raw.Scripted():
                written = self.knowledge.namer.written(node)
                if written is not None:
                    return self._name(written)
                assert isinstance(node, raw.Scripted)
                return self._scripted(node)

    def each(self, nodes: tuple[raw.Node, ...]) -> tuple[syntax.Node, ...]:
        return tuple(self.resolve(node) for node in nodes)

    def within(self, parameters: tuple[str, ...], body: raw.Node) -> syntax.Node:
        """The body of a function, where its parameters are names of their own."""
        before = self._parameters, self.is_in_function, self._index
        self._parameters, self.is_in_function, self._index = frozenset(parameters), True, None
        resolved = self.resolve(body)
        self._parameters, self.is_in_function, self._index = before
        return resolved

    def enter(self, left: Written | None) -> None:
        """What is read next is the right side of an equation for a name."""
        self.left = left

    def is_known(self, name: str) -> bool:
        return self.knowledge.is_known(name) or name in self._parameters

    def is_timeless(self, name: str) -> bool:
        return name in self.knowledge.timeless or name in self._parameters

    def _number(self, node: raw.Number) -> syntax.Node:
        if sum(map(str.isdigit, node.text)) > MAXIMUM_DIGITS:
            raise NotationError("S213", f"a number has at most {MAXIMUM_DIGITS} digits", node.span)
        return self.make.number(cast(Rational, Rational(node.text)), node.span)

    # Names.

    def _name(self, written: Written) -> syntax.Node:
        """A name, and what its superscript says of it."""
        span = written.span
        if written.key == "e" and written.shift is None and not self.is_known("e"):
            return self._exponential(written)
        script = written.raised
        if script is not None and script.body is None and self._is_label(written, script):
            written, script = written.with_label_above(script.text), None
        plain = self._without_index(written)
        name: syntax.Node
        if self._numbers.is_inside and self._numbers.is_size(plain):
            name = self.make.made(syntax.Size(plain.key, span))
        else:
            check_plain(plain, self)
            name = self._named(written)
        if script is not None:
            base = self.make.moved(name, span)
            name = self._raised(base, script, span)
        if written.is_transposed:
            name = self.make.made(syntax.Transposed(name, span))
        return name

    def _named(self, written: Written) -> syntax.Name:
        """The name; in a sum, that without the index, and it is kept if it carries none."""
        plain = self._without_index(written)
        name = plain.named()
        self.make.made(name)
        if self._index is not None and plain is written:
            self._whole.append(name)
        return name

    def _is_label(self, written: Written, script: raw.Script) -> bool:
        """Whether the number above a name is its label; otherwise it is a power.

        Raises:
            NotationError: the file gives no reading, or both (S209, S251).
        """
        labelled = written.with_label_above(script.text).ascii
        plain = self._without_index(replace(written, raised=None)).ascii
        is_label = self.is_known(labelled)
        is_power = self.knowledge.is_quantity(plain) or plain in self._parameters
        if is_label and is_power:
            raise NotationError(
                "S251", f"the superscript ^{written_script(script)} has two readings", script.span,
                notes=(f"the file has the name {labelled}",
                       f"it also has {plain}, whose power this may be"),
                help=rf"write the label in brackets, ^{{({script.text})}}, or the power behind "
                     "brackets",
            )  # fmt: skip
        if not is_label and not is_power and script.text.isdigit():
            spelled = spelled_at(written.span)
            raise odd_superscript(
                script, rf"declare {spelled} \in \mathbb{{R}}^{{…}} for a label; put what is "
                "raised in brackets for a power",
            )  # fmt: skip
        return is_label

    def _exponential(self, written: Written) -> syntax.Node:
        """e^{…}, where e is no name of the file."""
        script = written.raised
        if script is None:
            raise NotationError(
                "S254", "e has more than one reading", written.span,
                notes=("it may be Euler's number, or a quantity",),
                help=r"write \exp(…), or declare it: e \in \mathbb{R}",
            )  # fmt: skip
        if script.body is None:
            argument: syntax.Node = self.make.number(int(script.text), script.span)
        else:
            argument = self.resolve(script.body)
        return self.make.apply("exp", argument, written.span)

    def _without_index(self, written: Written) -> Written:
        """a_i in Σ_i is the vector a; outside of sums a name is what is written."""
        if self._index is None:
            return written
        labels = [label.ascii for label in written.below]
        if self._index not in labels:
            if any(self._index in label for label in labels) and not self.is_known(written.ascii):
                raise NotationError(
                    "S255", f"the sum over {self._index} runs over one of several indices",
                    written.span,
                    help="write a sum over the entries of a matrix as a product with a vector",
                )  # fmt: skip
            return written
        if self.is_known(written.ascii):
            raise NotationError(
                "S251", f"{written.ascii} has two readings", written.span,
                notes=(f"the file has a name {written.ascii}",
                       f"it may be the entry {self._index} of the sum"),
                help="rename the index of the sum",
            )  # fmt: skip
        whole = written.without_label_below(self._index)
        head = self.knowledge.heads.get(whole.ascii, whole.head)
        if _is_unstyled(whole.head):  # the entries of a bold vector are italic
            whole = replace(whole, head=head)
        self._carrying.append(whole)
        return whole

    # Superscripts.

    def _raised(self, base: syntax.Node, script: raw.Script, span: Span) -> syntax.Node:
        """A power of a base, or exp(u ∘ log a) of a^u; a number has no inverse but one over it."""
        exponent = self._exponent(script)
        value = syntax.constant(exponent)
        is_number = syntax.constant(base) is not None
        if value is not None and value < 0 and (is_number or self.knowledge.notation.has_inverses):
            below = self.make.power(base, cast(Rational, -value), span)
            return self.make.quotient(self.make.number(1, span), below, span)
        if value is not None and value < 0:
            raise NotationError(
                "S256", f"^{written_script(script)} has two readings", script.span,
                notes=("it may be an inverse matrix or function", "it may be one over every entry"),
                help=r"write \frac{1}{…} for one over every entry, or say it: "
                     r"% notation: ^{-1} = elementwise",
            )  # fmt: skip
        if value is not None:
            return self.make.power(base, value, span)
        has_signal = any(
            isinstance(n, syntax.Name) and n.shift is not None for n in syntax.operands(exponent)
        )
        if is_number or not has_signal:
            raise odd_superscript(script)
        return self.make.exponential(base, exponent, span)

    def _exponent(self, script: raw.Script) -> syntax.Node:
        if script.body is not None:
            return self.resolve(script.body)
        try:
            return self.make.number(cast(Rational, Rational(script.text)), script.span)
        except (TypeError, ValueError):
            raise odd_superscript(script) from None

    def scripted(self, base: syntax.Node, scripts: tuple[raw.Script, ...], span: Span,
                 ) -> syntax.Node:  # fmt: skip
        """A group or a function's value with what stands above and below it."""
        for script in scripts:
            if not script.is_above:
                base = self._grouper.rows(base, script, span)
            elif is_transpose(script.text):
                if not self.knowledge.has_adjoints:
                    stacks.check_transposed(base, span)
                base = self.make.made(syntax.Transposed(base, span))
            else:
                base = self._raised(base, script, span)
        return base

    def _scripted(self, node: raw.Scripted) -> syntax.Node:
        base, scripts = node.base, node.scripts
        if isinstance(base, raw.Bracket) and base.opening == "‖":
            return self._grouper.norm(base, scripts, node.span)
        if isinstance(base, raw.Bracket) and base.opening != "|" and len(base.parts) == 1:
            stacks.check_bracket(base)
            return self.scripted(self.resolve(base.parts[0]), scripts, node.span)
        return self.scripted(self.resolve(base), scripts, node.span)

    # Products.

    def _product(self, node: raw.Product) -> syntax.Node:
        node = joined(node, self.knowledge)
        check_side_by_side(node, self)
        stacks.check_blocks(node, self.knowledge.namer)
        operands: list[tuple[str, syntax.Node]] = []
        position = 0
        while position < len(node.factors):
            sign = node.signs[position]
            operand, position = self.operand(node, position)
            operands.append((sign, operand))
        return self._combined(operands, node.span)

    def operand(self, node: raw.Product, position: int) -> tuple[syntax.Node, int]:
        """One operand of a product, and the position behind it."""
        factor = node.factors[position]
        if position > MAXIMUM_FACTORS:
            most = f"a product has at most {MAXIMUM_FACTORS} factors"
            if isinstance(factor, raw.Function):
                most = f"at most {MAXIMUM_FACTORS} functions are applied to each other"
            raise NotationError(
                "S233", most, node.span, help="give parts of it names of their own"
            )  # fmt: skip
        if sum_bounds(factor) is not None:
            return self._total(node, position, False), len(node.factors)
        if (behind := self._mean(node, position)) is not None:
            return self._total(node, behind, True), len(node.factors)
        following = None
        if position + 1 < len(node.factors) and node.signs[position + 1] == "":
            following = node.factors[position + 1]
        callee = self._caller.callee(factor, following)
        if callee is not None:
            return self._caller.call(callee, node, position)
        self._check_number(node, position)
        return self.resolve(factor), position + 1

    def _mean(self, node: raw.Product, position: int) -> int | None:
        """The position of the sum sign of \\frac{1}{H} \\sum_{i=1}^{H}; None: this is no mean."""
        found = divided_sum(node, position)
        if found is None or is_sum_over(node.factors[found[0]], found[1]):
            return found and found[0]
        written = self.knowledge.namer.written(found[1])
        if written is not None and written.shift is None and not self.is_timeless(written.ascii):
            raise other_number(node.factors[found[0]], found[1])
        return None

    def callee(self, node: raw.Node) -> Callee | None:
        """What a function without an argument calls, as in a column of functions."""
        return self.callee_of(node, raw.Matrix("", (), node.span))

    def callee_of(self, node: raw.Node, argument: raw.Node) -> Callee | None:
        """What a function calls that stands before an argument; None: it is no function."""
        return self._caller.callee(node, argument)

    def body(self, function: FileFunction) -> syntax.Node:
        """The body of a function that the file defines."""
        return self._caller.body(function, function.span)

    def value_of(self, callee: Callee, argument: syntax.Node, span: Span) -> syntax.Node:
        """A function of a value that is already read."""
        return self._caller.applied(callee, (argument,), span)

    def _check_number(self, node: raw.Product, position: int) -> None:
        factor = node.factors[position]
        bare = factor.parts[0] if _is_group(factor) else factor
        if position and node.signs[position] == "" and isinstance(bare, raw.Number):
            raise NotationError(
                "S263", f"the number {bare.text} behind a factor has more than one reading",
                factor.span,
                notes=("it may multiply, or be a label or the number of the equation",),
                help=r"put a number first; a label is written W_{1}, an equation's number \tag{1}",
            )  # fmt: skip

    def _combined(self, operands: list[tuple[str, syntax.Node]], span: Span) -> syntax.Node:
        """a b / c · d, from left to right."""
        before: list[syntax.Node] = []
        divided = False
        for position, (sign, operand) in enumerate(operands):
            if sign == "/":
                top = self._multiplied(before, span)
                before = [self.make.quotient(top, operand, span)]
                divided = not isinstance(before[0], syntax.Number)
                continue
            if divided and sign == "":
                raise NotationError(
                    "S264", "where this quotient ends has more than one reading", span,
                    notes=("what stands behind it may be above or below the line",),
                    help=r"write \frac{…}{…}, or put the denominator in brackets and a \cdot "
                         "behind it",
                )  # fmt: skip
            before.append(operand)
            divided = divided and position == 0
        is_plain = self.knowledge.notation.is_elementwise and all(s == "" for s, _ in operands)
        return self._multiplied(before, span, is_plain)

    def _multiplied(
        self, factors: list[syntax.Node], span: Span, is_elementwise: bool = False
    ) -> syntax.Node:
        if len(factors) == 1:
            return self.make.moved(factors[0], span)
        if self._index is not None:  # entries of vectors are numbers
            return self.make.made(syntax.Hadamard(tuple(factors), span))
        if not is_elementwise:
            factors = opened(factors, self.make, span)
        if len(factors) == 1:
            return factors[0]
        return self.make.made(syntax.Product(tuple(factors), span, is_elementwise))

    def _fraction(self, top: raw.Node, bottom: raw.Node, span: Span) -> syntax.Node:
        """top / bottom; the sum over all entries by their number is their mean."""
        top = unbraced(top)
        if isinstance(top, raw.Product) and is_sum_over(top.factors[0], unbraced(bottom)):
            return self.make.moved(self._total(top, 0, True), span)
        return self.make.quotient(self.resolve(top), self.resolve(bottom), span)

    def _total(self, node: raw.Product, sign: int, is_mean: bool) -> syntax.Node:
        """Σ_i a_i is the total of a; with 1/H before it and H above it, the mean.

        Args:
            sign: the position of the sum sign; the factors behind it are what is summed.
        """
        index, summand = summed(node, sign)
        if self._index is not None:
            raise NotationError(
                "S265", "a sum in a sum", node.factors[sign].span,
                help="write a sum over the entries of a matrix as a product with a vector",
            )  # fmt: skip
        before = self._whole
        self._index, self._carrying, self._whole = index, [], []
        total = self._product(summand)
        whole, self._index, self._whole = self._whole, None, before
        if not self._carrying:
            raise without_index(index, node.factors[sign], summand)
        last = last_of(node.factors[sign])
        others, families = outside_sums(whole, total), self._families(last)
        return self.make.made(
            syntax.Total(total, is_mean, node.span, last, self.is_in_function, others, families)
        )

    def _families(self, last: str) -> tuple[syntax.Name, ...]:
        """What carries the index of a sum, and may be one of several quantities: W_k.

        A capital letter is a matrix or a vector with a label to most readers. A small one is an
        entry, unless the sum goes to a number, or nowhere, and nothing else tells its length.
        """
        unknown = [w for w in self._carrying if not self._is_whole(w)]
        is_told = len(unknown) < len(self._carrying) or not (last == "" or last.isdigit())
        return tuple(w.named() for w in unknown if w.ascii[:1].isupper() or not is_told)

    def _is_whole(self, written: Written) -> bool:
        """Whether what is written with an index is a vector that the file has without it."""
        return (
            written.shift is not None
            or written.ascii in self._parameters
            or self.knowledge.is_quantity(written.ascii)
        )


def too_deep(span: Span) -> NotationError:
    return NotationError(
        "S202", "an expression is nested too deep", span,
        help="give parts of it names of their own",
    )  # fmt: skip


def _is_unstyled(letter: Letter) -> bool:
    """Whether a letter is in no font of its own, accents aside."""
    return letter_of(letter.unicode) == letter


def _is_group(node: raw.Node) -> TypeGuard[raw.Bracket]:
    """Brackets around one expression, which only hold it together."""
    return isinstance(node, raw.Bracket) and node.opening not in ("|", "‖") and len(node.parts) == 1


def no_argument(word: str, span: Span) -> NotationError:
    return NotationError(
        "S267", f"the function {word} has no argument", span,
        help=rf"write its argument in brackets behind it, as in {word}(x_t)",
    )  # fmt: skip
