"""Identities of real numbers, true and false, as pairs of terms.

Each is a line of mathematics and the two sides of it, built from `Algebra`, so that it reads like
the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from symlstm.proof import lowering
from symlstm.proof.terms import Terms


@dataclass(frozen=True, eq=False)
class Number:
    """A term with Python's operators."""

    terms: Terms
    index: int

    def _of(self, other: Number | int | Fraction) -> int:
        return other.index if isinstance(other, Number) else self.terms.number(Fraction(other))

    def _new(self, index: int) -> Number:
        return Number(self.terms, index)

    def __add__(self, other):
        return self._new(self.terms.sum((self.index, self._of(other))))

    def __sub__(self, other):
        return self._new(self.terms.difference(self.index, self._of(other)))

    def __mul__(self, other):
        return self._new(self.terms.product((self.index, self._of(other))))

    def __truediv__(self, other):
        return self._new(self.terms.quotient(self.index, self._of(other)))

    def __neg__(self):
        return self._new(self.terms.negative(self.index))

    def __pow__(self, exponent):
        return self._new(lowering.power(self.terms, self.index, Fraction(exponent)))

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self._new(self.terms.quotient(self._of(other), self.index))

    def __abs__(self):
        return self._new(self.terms.absolute(self.index))


def function(name: str) -> Callable[[Number], Number]:
    return lambda a: Number(a.terms, lowering.apply(a.terms, name, a.index))


exp, log, sqrt, σ, tanh = map(function, ("exp", "log", "sqrt", "sigmoid", "tanh"))
softplus, silu, relu, sign, step = map(function, ("softplus", "silu", "relu", "sign", "step"))
expm1, log1p = map(function, ("expm1", "log1p"))


def maximum(a: Number, b: Number | int) -> Number:
    b = b if isinstance(b, Number) else a._new(a._of(b))
    return a._new(a.terms.maximum(a.index, b.index))


def minimum(a: Number, b: Number | int) -> Number:
    b = b if isinstance(b, Number) else a._new(a._of(b))
    return a._new(a.terms.minimum(a.index, b.index))


def where(u: Number, a: Number | int, b: Number | int) -> Number:
    """a where u > 0, otherwise b."""
    truth = u.terms.compare(">", u.index, u.terms.zero)
    return u._new(u.terms.where(truth, u._of(a), u._of(b)))


def equals(u: Number, a: Number, b: Number) -> Number:
    """a where u = 0, otherwise b."""
    truth = u.terms.compare("==", u.index, u.terms.zero)
    return u._new(u.terms.where(truth, a.index, b.index))


def logaddexp(a: Number, b: Number) -> Number:
    return log(exp(a) + exp(b))


def constant(x: Number, value: int) -> Number:
    return Number(x.terms, x.terms.number(value))


HALF = Fraction(1, 2)
THIRD = Fraction(1, 3)

Sides = Callable[[Number, Number, Number], tuple[Number, Number]]

TRUE: dict[str, Sides] = {
    # logarithms
    "exp(log x + y) = x exp y": lambda x, y, z: (exp(log(x) + y), x * exp(y)),
    "exp(3 log x − log y) = x³/y": lambda x, y, z: (exp(3 * log(x) - log(y)), x**3 / y),
    "exp(½ log x) = √x": lambda x, y, z: (exp(log(x) * HALF), sqrt(x)),
    "exp(−½ log x) = 1/√x": lambda x, y, z: (exp(log(x) * -HALF), 1 / sqrt(x)),
    "exp(2 (log x + log y)/2) = x y": lambda x, y, z: (exp((2 * (log(x) + log(y))) / 2), x * y),
    "log exp x = x": lambda x, y, z: (log(exp(x)), x),
    "log(exp x exp y) = x + y": lambda x, y, z: (log(exp(x) * exp(y)), x + y),
    "log(exp x / exp y) = x − y": lambda x, y, z: (log(exp(x) / exp(y)), x - y),
    "log(x exp y) = log x + y": lambda x, y, z: (log(x * exp(y)), log(x) + y),
    "log(1/x) = −log x": lambda x, y, z: (log(1 / x), -log(x)),
    "log(1/(x + y)) = −log(y + x)": lambda x, y, z: (log(1 / (x + y)), -log(y + x)),
    "log x³ = 3 log x": lambda x, y, z: (log(x**3), 3 * log(x)),
    "log √x = ½ log x": lambda x, y, z: (log(sqrt(x)), log(x) * HALF),
    "log(σx σy) = log σx + log σy": lambda x, y, z: (log(σ(x) * σ(y)), log(σ(x)) + log(σ(y))),
    "log 6 = log 2 + log 3": lambda x, y, z: (
        x + log(constant(x, 6)),
        x + log(constant(x, 2)) + log(constant(x, 3)),
    ),
    "log 8 = 3 log 2": lambda x, y, z: (x + log(constant(x, 8)), x + 3 * log(constant(x, 2))),
    "log σ(x) = −softplus(−x)": lambda x, y, z: (log(σ(x)), -softplus(-x)),
    "log σ(x) = x − softplus(x)": lambda x, y, z: (log(σ(x)), x - softplus(x)),
    "log(1 − σ(x)) = −softplus(x)": lambda x, y, z: (log(1 - σ(x)), -softplus(x)),
    "softplus(x) = x + softplus(−x)": lambda x, y, z: (softplus(x), x + softplus(-x)),
    "softplus(x) = max(x, 0) + log1p(exp(−|x|))": lambda x, y, z: (
        softplus(x),
        maximum(x, 0) + log1p(exp(-abs(x))),
    ),
    "exp softplus(x) = 1 + exp x": lambda x, y, z: (exp(softplus(x)), 1 + exp(x)),
    "log σ by cases": lambda x, y, z: (
        log(σ(x)),
        where(x, -log1p(exp(-x)), x - log1p(exp(x))),
    ),
    "logaddexp, stable": lambda x, y, z: (
        logaddexp(x, y),
        maximum(x, y) + log1p(exp(-abs(x - y))),
    ),
    "logaddexp(x, y) = x + softplus(y − x)": lambda x, y, z: (
        logaddexp(x, y),
        x + softplus(y - x),
    ),
    "log Σ exp, shifted by the greatest": lambda x, y, z: (
        log(exp(x) + exp(y) + exp(z)),
        maximum(maximum(x, y), z)
        + log(
            exp(x - maximum(maximum(x, y), z))
            + exp(y - maximum(maximum(x, y), z))
            + exp(z - maximum(maximum(x, y), z))
        ),
    ),
    "softmax, shifted by the greatest": lambda x, y, z: (
        exp(x) / (exp(x) + exp(y)),
        exp(x - maximum(x, y)) / (exp(x - maximum(x, y)) + exp(y - maximum(x, y))),
    ),
    "softmax by its logarithm": lambda x, y, z: (
        exp(x) / (exp(x) + exp(y)),
        exp(x - logaddexp(x, y)),
    ),
    "σ(log x) = x/(1 + x)": lambda x, y, z: (σ(log(x)), x / (1 + x)),
    "tanh(log x) = (x² − 1)/(x² + 1)": lambda x, y, z: (tanh(log(x)), (x**2 - 1) / (x**2 + 1)),
    "log((1 + tanh x)/(1 − tanh x)) = 2x": lambda x, y, z: (
        log((1 + tanh(x)) / (1 - tanh(x))),
        2 * x,
    ),
    "expm1(log1p x) = x": lambda x, y, z: (expm1(log1p(x)), x),
    "exp(softplus(x) + log σ(−x)) = 1": lambda x, y, z: (
        exp(softplus(x) + log(σ(-x))),
        constant(x, 1),
    ),
    "σ(x + log y) with y inside": lambda x, y, z: (σ(x + log(y)), y * exp(x) / (1 + y * exp(x))),
    # roots
    "√x² = x where x has a root": lambda x, y, z: (sqrt(x) ** 2, x),
    "1/√x = √x/x": lambda x, y, z: (1 / sqrt(x), sqrt(x) / x),
    "x^(3/2) = x √x": lambda x, y, z: (x ** Fraction(3, 2), x * sqrt(x)),
    "(√x + y)² = x + 2y√x + y²": lambda x, y, z: ((sqrt(x) + y) ** 2, x + 2 * y * sqrt(x) + y**2),
    "1/(√x − √y) = (√x + √y)/(x − y)": lambda x, y, z: (
        1 / (sqrt(x) - sqrt(y)),
        (sqrt(x) + sqrt(y)) / (x - y),
    ),
    "√(x²) = |x|": lambda x, y, z: (sqrt(x**2), abs(x)),
    "√(x x) = |x|": lambda x, y, z: (sqrt(x * x), abs(x)),
    "√exp x = exp(x/2)": lambda x, y, z: (sqrt(exp(x)), exp(x / 2)),
    "√(exp x exp y) = √exp x √exp y": lambda x, y, z: (
        sqrt(exp(x) * exp(y)),
        sqrt(exp(x)) * sqrt(exp(y)),
    ),
    "√(4 (x² + y²)) = 2 √(x² + y²)": lambda x, y, z: (
        sqrt(4 * (x**2 + y**2)),
        2 * sqrt(x**2 + y**2),
    ),
    "√((x² + y²)/2) = √(x² + y²)/√2": lambda x, y, z: (
        sqrt((x**2 + y**2) / 2),
        sqrt(x**2 + y**2) / sqrt(constant(x, 2)),
    ),
    "√6 = √2 √3": lambda x, y, z: (
        sqrt(constant(x, 6)) * x,
        x * sqrt(constant(x, 2)) * sqrt(constant(x, 3)),
    ),
    "√(σx σy) = √σx √σy": lambda x, y, z: (sqrt(σ(x) * σ(y)), sqrt(σ(x)) * sqrt(σ(y))),
    "exp(√x + y) = exp √x exp y": lambda x, y, z: (exp(sqrt(x) + y), exp(sqrt(x)) * exp(y)),
    "the standard deviation in two forms": lambda x, y, z: (
        sqrt(((x - (x + y + z) * THIRD) ** 2 + (y - (x + y + z) * THIRD) ** 2
              + (z - (x + y + z) * THIRD) ** 2) * THIRD),
        sqrt((x**2 + y**2 + z**2) * THIRD - ((x + y + z) * THIRD) ** 2),
    ),
    # roots within roots
    "√(√x) √(√x) = √x": lambda x, y, z: (sqrt(sqrt(x)) ** 2, sqrt(x)),
    "√(x + √y) (x − √y) = (x² − y)/√(x + √y)": lambda x, y, z: (
        sqrt(x + sqrt(y)) * (x - sqrt(y)),
        (x**2 - y) / sqrt(x + sqrt(y)),
    ),
    "1/√(1 + √u) = √(1 + √u) (√u − 1)/x², u = 1 + x²": lambda x, y, z: (
        1 / sqrt(1 + sqrt(1 + x**2)),
        sqrt(1 + sqrt(1 + x**2)) * (sqrt(1 + x**2) - 1) / x**2,
    ),
    "√(8 + 4 √(1 + x²)) = 2 √(2 + √(1 + x²))": lambda x, y, z: (
        sqrt(8 + 4 * sqrt(1 + x**2)),
        2 * sqrt(2 + sqrt(1 + x**2)),
    ),
    "1/(√(y + √x) − √z) of three roots": lambda x, y, z: (
        1 / (sqrt(y + sqrt(x)) - sqrt(z)),
        (sqrt(y + sqrt(x)) + sqrt(z)) / (y + sqrt(x) - z),
    ),
    "exp √(1 + √x + y) = exp √(y + √x + 1)": lambda x, y, z: (
        exp(sqrt(1 + sqrt(x) + y) + z),
        exp(sqrt(y + (1 + sqrt(x)))) * exp(z),
    ),
    "√(1 + √(1 + √(1 + x²)))² opened twice": lambda x, y, z: (
        ((sqrt(1 + sqrt(1 + sqrt(1 + x**2))) ** 2 - 1) ** 2 - 1) ** 2,
        1 + x**2,
    ),
    # choices
    "relu x − relu(−x) = x": lambda x, y, z: (relu(x) - relu(-x), x),
    "relu x + relu(−x) = |x|": lambda x, y, z: (relu(x) + relu(-x), abs(x)),
    "|x|² = x²": lambda x, y, z: (abs(x) ** 2, x**2),
    "|x| = x sign x": lambda x, y, z: (abs(x), x * sign(x)),
    "max(x, y) = (x + y + |x − y|)/2": lambda x, y, z: (maximum(x, y), (x + y + abs(x - y)) / 2),
    "max(x, y) + min(x, y) = x + y": lambda x, y, z: (maximum(x, y) + minimum(x, y), x + y),
    "max(x, y) = max(y, x)": lambda x, y, z: (maximum(x, y), maximum(y, x)),
    "max(x + z, y + z) = max(x, y) + z": lambda x, y, z: (
        maximum(x + z, y + z),
        maximum(x, y) + z,
    ),
    "max(2x, 2y) = 2 max(x, y)": lambda x, y, z: (maximum(2 * x, 2 * y), 2 * maximum(x, y)),
    "max(z x, z y) = z max(x, y) for z = exp y": lambda x, y, z: (
        maximum(exp(z) * x, exp(z) * y),
        exp(z) * maximum(x, y),
    ),
    "exp max(x, y) = max(exp x, exp y)": lambda x, y, z: (
        exp(maximum(x, y)),
        maximum(exp(x), exp(y)),
    ),
    "|σ(x)| = σ(x)": lambda x, y, z: (abs(σ(x)), σ(x)),
    "|exp x y| = exp x |y|": lambda x, y, z: (abs(exp(x) * y), exp(x) * abs(y)),
    "relu(exp x) = exp x": lambda x, y, z: (relu(exp(x)), exp(x)),
    "relu(x²) = x²": lambda x, y, z: (relu(x**2), x**2),
    "step(relu x) = step x": lambda x, y, z: (step(relu(x)), step(x)),
    "step(2 relu(exp y x)) = step x": lambda x, y, z: (step(2 * relu(exp(y) * x)), step(x)),
    "step(step x) = step x": lambda x, y, z: (step(step(x)), step(x)),
    "relu(relu x y) of which each is asked": lambda x, y, z: (
        relu(x) * step(relu(x)) * step(relu(y)) + relu(relu(z)),
        relu(x) * step(y) + relu(z),
    ),
    "step(where(x > 0, x, exp x − 1)) = step x": lambda x, y, z: (
        step(where(x, x, exp(x) - 1)),
        step(x),
    ),
    "step(min(x, 0)) = 0": lambda x, y, z: (step(minimum(x, 0)), constant(x, 0)),
    "log |1 + x²| = log(1 + x²)": lambda x, y, z: (log(abs(1 + x**2)), log(1 + x**2)),
    "step(x² + y²) = 1 where it is not 0": lambda x, y, z: (step(x**2 + y**2), constant(x, 1)),
    "step((relu x)²) = step x": lambda x, y, z: (step(relu(x) ** 2), step(x)),
    "step(|x| y²) = 1 where it is not 0": lambda x, y, z: (step(abs(x) * y**2), constant(x, 1)),
    "step(√(x² + y²)) = 1 where it is not 0": lambda x, y, z: (
        step(sqrt(x**2 + y**2)),
        constant(x, 1),
    ),
    "silu x = x − x σ(−x)": lambda x, y, z: (silu(x), x - x * σ(-x)),
    "step x + step(−x) = 1": lambda x, y, z: (step(x) + step(-x), constant(x, 1)),
    "clip twice": lambda x, y, z: (
        minimum(maximum(x, -1), 1),
        minimum(maximum(minimum(maximum(x, -1), 1), -1), 1),
    ),
}  # fmt: skip

FALSE: dict[str, Sides] = {
    "√(x²) = x": lambda x, y, z: (sqrt(x**2), x),
    "√(x²) = −x": lambda x, y, z: (sqrt(x**2), -x),
    "√((x + y)²) opened = x + y": lambda x, y, z: (sqrt(x**2 + 2 * x * y + y**2), x + y),
    "√(x y z²) = z √(x y)": lambda x, y, z: (sqrt(x * y * z**2), z * sqrt(x * y)),
    "√(x + y) = √x + √y": lambda x, y, z: (sqrt(x + y), sqrt(x) + sqrt(y)),
    "√(x² + y²) = x + y": lambda x, y, z: (sqrt(x**2 + y**2), x + y),
    "√x = x": lambda x, y, z: (sqrt(x), x),
    "√x = −√x": lambda x, y, z: (sqrt(x), -sqrt(x)),
    "x^(3/2) = x²": lambda x, y, z: (x ** Fraction(3, 2), x**2),
    "(√(x²) − x)(√(y²) − y) = 0, opened": lambda x, y, z: (
        (sqrt(x**2 + 0 * y + 2 * x + 1) - x - 1) * (sqrt(y**2 + 2 * y + 1) - y - 1),
        constant(x, 0),
    ),
    "four factors of which each is 0 for one sign": lambda x, y, z: (
        (sqrt(x**2 + 2 * x + 1) - x - 1) * (sqrt(y**2 + 2 * y + 1) - y - 1)
        * (sqrt(z**2 + 2 * z + 1) - z - 1) * (sqrt(x**2 + 2 * x * y + y**2) - x - y),
        constant(x, 0),
    ),
    "exp(½ log(x² + 2x + 1)) = x + 1": lambda x, y, z: (
        exp(log(x**2 + 2 * x + 1) * HALF),
        x + 1,
    ),
    "where(√(x² + 2x + 1) > x, …)": lambda x, y, z: (
        where(sqrt(x**2 + 2 * x + 1), y, z),
        where(x + 1, y, z),
    ),
    "√(x² + 2x + 1) + √(y² + 2y + 1) = x + y + 2": lambda x, y, z: (
        sqrt(x**2 + 2 * x + 1) + sqrt(y**2 + 2 * y + 1),
        x + y + 2,
    ),
    "√(√x) = √x": lambda x, y, z: (sqrt(sqrt(x)), sqrt(x)),
    "√(x + √y) = √x + √(√y)": lambda x, y, z: (sqrt(x + sqrt(y)), sqrt(x) + sqrt(sqrt(y))),
    "√(1 + √(1 + x²)) = 1 − √(1 + x²)": lambda x, y, z: (
        sqrt(1 + sqrt(1 + x**2)),
        1 - sqrt(1 + x**2),
    ),
    "√(2 + √(1 + x²)) = √(2 − √(1 + x²))": lambda x, y, z: (
        sqrt(2 + sqrt(1 + x**2)),
        sqrt(2 - sqrt(1 + x**2)),
    ),
    "√(2 + √(1 + x²)) = −√(2 + √(1 + x²))": lambda x, y, z: (
        sqrt(2 + sqrt(1 + x**2)),
        -sqrt(2 + sqrt(1 + x**2)),
    ),
    "√(u² + 2 y u + y²) = u + y, u = √(1 + x²)": lambda x, y, z: (
        sqrt(1 + x**2 + 2 * y * sqrt(1 + x**2) + y**2),
        sqrt(1 + x**2) + y,
    ),
    "√(u² + 2 y u + y²) = u + y, u = √(1 + √(1 + x²))": lambda x, y, z: (
        sqrt(1 + sqrt(1 + x**2) + 2 * y * sqrt(1 + sqrt(1 + x**2)) + y**2),
        sqrt(1 + sqrt(1 + x**2)) + y,
    ),
    "√(u + √v) √(u − √v) = −√(u² − v)": lambda x, y, z: (
        sqrt(3 + x**2 + sqrt(1 + y**2)) * sqrt(3 + x**2 - sqrt(1 + y**2)) + z,
        z - sqrt((3 + x**2) ** 2 - 1 - y**2),
    ),
    "√x − √y = √(x + y − 2√x√y)": lambda x, y, z: (
        sqrt(x) - sqrt(y),
        sqrt(x + y - 2 * sqrt(x) * sqrt(y)),
    ),
    "where(√(u² + 2 y u + y²) > 1/2, …), u = √(1 + x²)": lambda x, y, z: (
        where(sqrt(1 + x**2 + 2 * y * sqrt(1 + x**2) + y**2) - HALF, x, z),
        where(sqrt(1 + x**2) + y - HALF, x, z),
    ),
    "√(exp x y²) = exp(x/2) y": lambda x, y, z: (sqrt(exp(x) * y**2), exp(x / 2) * y),
    "exp √(x²) = exp x": lambda x, y, z: (exp(sqrt(x**2)), exp(x)),
    "exp √(x² + 2x + 1) = exp(x + 1)": lambda x, y, z: (exp(sqrt(x**2 + 2 * x + 1)), exp(x + 1)),
    "log x² = 2 log x + 1": lambda x, y, z: (log(x**2), 2 * log(x) + 1),
    "log(x + y) = log x + log y": lambda x, y, z: (log(x + y), log(x) + log(y)),
    "log(x y) = log x log y": lambda x, y, z: (log(x * y), log(x) * log(y)),
    "log x = x − 1": lambda x, y, z: (log(x), x - 1),
    "exp(2 log x) = 2x": lambda x, y, z: (exp(2 * log(x)), 2 * x),
    "exp(log x log y) = x y": lambda x, y, z: (exp(log(x) * log(y)), x * y),
    "exp(y log x) = x": lambda x, y, z: (exp(y * log(x)), x),
    "log 2 = log 3 − log 1": lambda x, y, z: (x + log(constant(x, 2)), x + log(constant(x, 3))),
    "softplus x = softplus(−x)": lambda x, y, z: (softplus(x), softplus(-x)),
    "softplus x = relu x": lambda x, y, z: (softplus(x), relu(x)),
    "softplus x = x": lambda x, y, z: (softplus(x), x),
    "log σ(x) = softplus(x)": lambda x, y, z: (log(σ(x)), softplus(x)),
    "log σ(x) = −softplus(x)": lambda x, y, z: (log(σ(x)), -softplus(x)),
    "σ(log x) = x": lambda x, y, z: (σ(log(x)), x),
    "logaddexp(x, y) = max(x, y)": lambda x, y, z: (logaddexp(x, y), maximum(x, y)),
    "logaddexp, of the wrong sign": lambda x, y, z: (
        logaddexp(x, y),
        maximum(x, y) + log1p(exp(abs(x - y))),
    ),
    "softmax, shifted once only": lambda x, y, z: (
        exp(x) / (exp(x) + exp(y)),
        exp(x - maximum(x, y)) / (exp(x) + exp(y - maximum(x, y))),
    ),
    "|x + y| = |x| + |y|": lambda x, y, z: (abs(x + y), abs(x) + abs(y)),
    "|x| = x": lambda x, y, z: (abs(x), x),
    "|x y z| = x |y z|": lambda x, y, z: (abs(x * y * z), x * abs(y * z)),
    "max(x, y) = x": lambda x, y, z: (maximum(x, y), x),
    "max(x, y) = min(x, y)": lambda x, y, z: (maximum(x, y), minimum(x, y)),
    "max(z x, z y) = z max(x, y)": lambda x, y, z: (maximum(z * x, z * y), z * maximum(x, y)),
    "max(exp x, exp y) = exp min(x, y)": lambda x, y, z: (
        maximum(exp(x), exp(y)),
        exp(minimum(x, y)),
    ),
    "relu(x y) = relu x relu y": lambda x, y, z: (relu(x * y), relu(x) * relu(y)),
    "relu(x + y) = relu x + relu y": lambda x, y, z: (relu(x + y), relu(x) + relu(y)),
    "relu(−x) = −relu x": lambda x, y, z: (relu(-x), -relu(x)),
    "step x = step(−x)": lambda x, y, z: (step(x), step(-x)),
    "step x = step(x + y)": lambda x, y, z: (step(x), step(x + y)),
    "sign x = 1": lambda x, y, z: (sign(x), constant(x, 1)),
    "sign(x − y) = sign x − sign y": lambda x, y, z: (sign(x - y), sign(x) - sign(y)),
    "step(relu x) = 1": lambda x, y, z: (step(relu(x)), constant(x, 1)),
    "step(relu x y) = step x": lambda x, y, z: (step(relu(x) * y), step(x)),
    "step(relu(x + 1)) = step x": lambda x, y, z: (step(relu(x + 1)), step(x)),
    "step((relu x)² + (relu y)²) = 1": lambda x, y, z: (
        step(relu(x) ** 2 + relu(y) ** 2),
        constant(x, 1),
    ),
    "step((relu x)²) = 1": lambda x, y, z: (step(relu(x) ** 2), constant(x, 1)),
    "step(|x| − x) = 1": lambda x, y, z: (step(abs(x) - x), constant(x, 1)),
    "step(x²) = 0": lambda x, y, z: (step(x**2), constant(x, 0)),
    "step(x² − 1) = 1": lambda x, y, z: (step(x**2 - 1), constant(x, 1)),
    "step(max(x, y)) = step x": lambda x, y, z: (step(maximum(x, y)), step(x)),
    "step(where(x > 0, −x, exp x)) = step x": lambda x, y, z: (
        step(where(x, -x, exp(x))),
        step(x),
    ),
    "step(where(y > 0, x, 2)) = step x": lambda x, y, z: (
        step(where(y, x, constant(x, 2))),
        step(x),
    ),
    "where(sign x = 0, …) is y": lambda x, y, z: (equals(sign(x), z, y), z),
    "where(relu x = 0, y, z) = z": lambda x, y, z: (equals(relu(x), y, z), z),
    "silu x = silu(−x)": lambda x, y, z: (silu(x), silu(-x)),
    "silu x = relu x": lambda x, y, z: (silu(x), relu(x)),
    "clip x = x": lambda x, y, z: (minimum(maximum(x, -1), 1), x),
}  # fmt: skip

UNCLAIMED: dict[str, Sides] = {
    "log(x y) = log x + log y": lambda x, y, z: (log(x * y), log(x) + log(y)),
    "log x² = 2 log x": lambda x, y, z: (log(x**2), 2 * log(x)),
    "log(x/y) = log x − log y": lambda x, y, z: (log(x / y), log(x) - log(y)),
    "√(x y) = √x √y": lambda x, y, z: (sqrt(x * y), sqrt(x) * sqrt(y)),
    "√(x z) √(y z) = √(x y z²)": lambda x, y, z: (sqrt(x * z) * sqrt(y * z), sqrt(x * y * z * z)),
    "√(x + √y) √(x − √y) = √(x² − y)": lambda x, y, z: (
        sqrt(x + sqrt(y)) * sqrt(x - sqrt(y)),
        sqrt(x**2 - y),
    ),
    "√x + √y = √(x + y + 2√x√y)": lambda x, y, z: (
        sqrt(x) + sqrt(y),
        sqrt(x + y + 2 * sqrt(x) * sqrt(y)),
    ),
    "a quotient normed twice": lambda x, y, z: (
        (x / sqrt(1 + y**2)) / sqrt(1 + (x / sqrt(1 + y**2)) ** 2),
        x / sqrt(1 + y**2 + x**2),
    ),
    "√(3 + 2√2) = 1 + √2": lambda x, y, z: (
        x * sqrt(3 + 2 * sqrt(constant(x, 2))),
        x + x * sqrt(constant(x, 2)),
    ),
    "|x| √x = x √x": lambda x, y, z: (abs(x) * sqrt(x), x * sqrt(x)),
    "|x| + log x = x + log x": lambda x, y, z: (abs(x) + log(x), x + log(x)),
}
"""True wherever both sides have a value: there x and y are positive, or what decides is a sign that
the prover does not know."""
