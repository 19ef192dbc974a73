"""What each elementwise NumPy function means in terms: one rule a function.

A rule takes the `Terms` table and the indices of its operands. Truth values are indices too, or
plain booleans when they are decided; an unbounded operand, which only an order can use, is one of
the two marks below.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

from symlstm.proof import lowering
from symlstm.proof.terms import Terms

Truth: TypeAlias = int | bool
Rule: TypeAlias = Callable[..., int]
TruthRule: TypeAlias = Callable[..., Truth]

INFINITY = -1
MINUS_INFINITY = -2


class Undefined(ArithmeticError):
    """The operation has no real value for the constant that it is given."""


def _function(name: str) -> Rule:
    def rule(terms: Terms, a: int) -> int:
        return terms.call(name, a)

    return rule


def _add(terms: Terms, a: int, b: int) -> int:
    return terms.sum((a, b))


def _multiply(terms: Terms, a: int, b: int) -> int:
    return terms.product((a, b))


def _identity(terms: Terms, a: int) -> int:
    return a


def _square(terms: Terms, a: int) -> int:
    return terms.power(a, 2)


def _reciprocal(terms: Terms, a: int) -> int:
    return _divide(terms, terms.one, a)


def _log(terms: Terms, a: int) -> int:
    value = terms.number_at(a)
    if value is not None and value <= 0:
        raise Undefined(f"the logarithm of {value}")
    return lowering.log(terms, a)


def _log1p(terms: Terms, a: int) -> int:
    return _log(terms, terms.sum((terms.one, a)))


def _sqrt(terms: Terms, a: int) -> int:
    value = terms.number_at(a)
    if value is not None and value < 0:
        raise Undefined(f"the square root of {value}")
    return lowering.root(terms, a)


def _divide(terms: Terms, a: int, b: int) -> int:
    if b == terms.zero:
        raise Undefined("a division by the constant 0")
    return terms.quotient(a, b)


def _power(terms: Terms, a: int, b: int) -> int:
    """aᵇ: repeated products for an integer b, roots for a half-integer, otherwise exp(b log a)."""
    if terms.nodes[a] == ("call", "exp", terms.one):
        return terms.exp(b)
    exponent = terms.number_at(b)
    if exponent is None:
        return terms.exp(terms.product((b, _log(terms, a))))
    base = terms.number_at(a)
    if base is not None and base < 0 and exponent.denominator > 1:
        raise Undefined(f"a root of {base}")
    if base == 0 and exponent < 0:
        raise Undefined("a negative power of the constant 0")
    if base == 0 and exponent > 0:
        return terms.zero
    return lowering.power(terms, a, exponent)


def _sinh(terms: Terms, a: int) -> int:
    """sinh a = (exp a - exp -a)/2."""
    return _half(terms, terms.difference(terms.exp(a), terms.exp(terms.negative(a))))


def _cosh(terms: Terms, a: int) -> int:
    """cosh a = (exp a + exp -a)/2."""
    return _half(terms, terms.sum((terms.exp(a), terms.exp(terms.negative(a)))))


def _half(terms: Terms, a: int) -> int:
    return terms.product((terms.number(Fraction(1, 2)), a))


def _logaddexp(terms: Terms, a: int, b: int) -> int:
    """log(exp a + exp b)."""
    return _log(terms, terms.sum((terms.exp(a), terms.exp(b))))


def _logarithm_to(base: int) -> Rule:
    def rule(terms: Terms, a: int) -> int:
        return terms.quotient(_log(terms, a), _log(terms, terms.number(base)))

    return rule


def _exp2(terms: Terms, a: int) -> int:
    return _power(terms, terms.number(2), a)


def _hypot(terms: Terms, a: int, b: int) -> int:
    return _sqrt(terms, terms.dot(((a, a), (b, b))))


def _logaddexp2(terms: Terms, a: int, b: int) -> int:
    """log₂(2ᵃ + 2ᵇ)."""
    return _logarithm_to(2)(terms, terms.sum((_exp2(terms, a), _exp2(terms, b))))


def _log_sigmoid(terms: Terms, a: int) -> int:
    return _log(terms, terms.call("sigmoid", a))


def _logit(terms: Terms, a: int) -> int:
    """log(a / (1 - a))."""
    return _log(terms, _divide(terms, a, terms.difference(terms.one, a)))


def _heaviside(terms: Terms, a: int, at_zero: int) -> int:
    """1 where a > 0, 0 where a < 0."""
    if at_zero == terms.zero:
        return lowering.step(terms, a)
    if at_zero == terms.one:
        return terms.where(terms.compare(">=", a, terms.zero), terms.one, terms.zero)
    return terms.where(terms.compare("==", a, terms.zero), at_zero, lowering.step(terms, a))


def _maximum(terms: Terms, a: int, b: int) -> int:
    """max(a, -∞) = a; max(a, ∞) has no real value."""
    if MINUS_INFINITY in (a, b):
        return _finite(b if a == MINUS_INFINITY else a)
    return terms.maximum(_finite(a), _finite(b))


def _minimum(terms: Terms, a: int, b: int) -> int:
    """min(a, ∞) = a; min(a, -∞) has no real value."""
    if INFINITY in (a, b):
        return _finite(b if a == INFINITY else a)
    return terms.minimum(_finite(a), _finite(b))


def _finite(a: int) -> int:
    if a < 0:
        raise Undefined("an infinite value")
    return a


def _clip(terms: Terms, a: int, low: int, high: int) -> int:
    return _minimum(terms, _maximum(terms, a, low), high)


ARITHMETIC: dict[str, Rule] = {
    "add": _add,
    "subtract": Terms.difference,
    "multiply": _multiply,
    "divide": _divide,
    "negative": Terms.negative,
    "positive": _identity,
    "conjugate": _identity,
    "power": _power,
    "float_power": _power,
    "square": _square,
    "reciprocal": _reciprocal,
    "sqrt": _sqrt,
    "exp": Terms.exp,
    "exp2": _exp2,
    "expm1": lowering.expm1,
    "log": _log,
    "log1p": _log1p,
    "log2": _logarithm_to(2),
    "log10": _logarithm_to(10),
    "logaddexp": _logaddexp,
    "logaddexp2": _logaddexp2,
    "tanh": _function("tanh"),
    "sinh": _sinh,
    "cosh": _cosh,
    "absolute": Terms.absolute,
    "fabs": Terms.absolute,
    "sign": lowering.sign,
    "heaviside": _heaviside,
    "hypot": _hypot,
    "maximum": _maximum,
    "minimum": _minimum,
    "fmax": _maximum,
    "fmin": _minimum,
    "clip": _clip,
    # scipy.special, whose ufuncs are known by name so that SciPy need not be installed
    "expit": _function("sigmoid"),
    "log_expit": _log_sigmoid,
    "logit": _logit,
}
"""Functions of real numbers that give a real number, by the name of NumPy's ufunc."""

UNBOUNDED_OPERANDS = {"maximum", "minimum", "fmax", "fmin", "clip"}
"""Functions and all comparisons: an operand may be ±∞."""


def _compare(relation: str) -> TruthRule:
    def rule(terms: Terms, a: int, b: int) -> Truth:
        if a >= 0 and b >= 0:
            return terms.compare(relation, a, b)
        left, right = (_extent(a), _extent(b))
        outcomes: dict[str, bool] = {
            ">": left > right,
            ">=": left >= right,
            "<": left < right,
            "<=": left <= right,
            "==": left == right,
            "!=": left != right,
        }
        return outcomes[relation]

    return rule


def _extent(a: int) -> int:
    """-1, 0 or 1 for -∞, any real number, ∞."""
    return {INFINITY: 1, MINUS_INFINITY: -1}.get(a, 0)


COMPARISONS: dict[str, TruthRule] = {
    "greater": _compare(">"),
    "greater_equal": _compare(">="),
    "less": _compare("<"),
    "less_equal": _compare("<="),
    "equal": _compare("=="),
    "not_equal": _compare("!="),
}


def _exclusive_or(terms: Terms, p: Truth, q: Truth) -> Truth:
    either = terms.disjunction(p, q)
    return terms.conjunction(either, terms.negation(terms.conjunction(p, q)))


LOGIC: dict[str, TruthRule] = {
    "logical_and": Terms.conjunction,
    "logical_or": Terms.disjunction,
    "logical_xor": _exclusive_or,
    "logical_not": Terms.negation,
    "bitwise_and": Terms.conjunction,
    "bitwise_or": Terms.disjunction,
    "bitwise_xor": _exclusive_or,
    "invert": Terms.negation,
}
"""Functions of truth values."""

DECIDED: dict[str, bool] = {"isnan": False, "isinf": False, "isfinite": True, "isnat": False}
"""Questions whose answer is the same for every real number."""


def evaluate(rule: Callable[..., Any], terms: Terms, columns: list[list[Any]]) -> list[Any]:
    """The rule on each row of operands, one column an operand."""
    if len(columns) == 1:
        return [rule(terms, a) for a in columns[0]]
    if len(columns) == 2:
        return [rule(terms, a, b) for a, b in zip(*columns, strict=True)]
    return [rule(terms, *row) for row in zip(*columns, strict=True)]
