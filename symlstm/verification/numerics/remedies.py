"""What an operation that goes wrong in floating point was part of, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symlstm.proof.terms import Terms, operands


@dataclass(frozen=True)
class Remedy:
    """The name of a form that is known to fail, as a message has it, and the form that does not."""

    form: str
    help: str


SIGMOID = Remedy(
    "σ(z) as 1/(1 + exp(−z))",
    "use scipy.special.expit(z), or branch on the sign: e = np.exp(-np.abs(z)); "
    "np.where(z >= 0, 1, e) / (1 + e)",
)
HALF = Remedy(
    "1 + tanh(z), of which nothing is left where z is negative",
    "use scipy.special.expit(z) for σ(z) = (1 + tanh(z/2))/2: it keeps a gate that is nearly shut",
)
SOFTPLUS = Remedy("log(1 + exp(z))", "use np.logaddexp(0, z)")
TANH = Remedy("tanh by exponentials", "use np.tanh(z)")
SOFTMAX = Remedy(
    "a quotient by a sum of exponentials",
    "subtract the maximum before np.exp: z = z - np.max(z, axis=-1, keepdims=True); in a "
    "recurrence carry it along, as the stabiliser of slstm-stabilised does",
)
EXPONENT = Remedy(
    "exp of an argument that may be large and positive",
    "keep the exponent at or below 0: subtract the largest one, and carry it along as the "
    "stabiliser of slstm-stabilised does",
)
SQUARE = Remedy("a root of squares", "use np.abs(x) for sqrt(x²), np.hypot for sqrt(x² + y²)")
CANCELLATION = Remedy(
    "a small difference of large numbers",
    "subtract before squaring: np.mean((x - np.mean(x)) ** 2), which np.var does, for a variance "
    "as E[x²] − E[x]²; np.expm1 or np.log1p where 1 is subtracted or added",
)
RANGE = Remedy("", "scale the operands before this operation, or compute in float64")
UNDERFLOW = Remedy(
    "",
    "join it with the function that reads it, in one that stays in range: log σ(z) is "
    "-np.logaddexp(0, -z), log(exp(a) + exp(b)) is np.logaddexp(a, b)",
)
REWRITE = Remedy("", "rewrite the formula so that nothing turns on the last digits")


def remedy_of(terms: Terms, cause: int, live: Iterable[int], kind: str) -> Remedy:
    """What a term was meant for, by the terms that read it.

    Args:
        kind: `overflow`, `underflow` or `loss`.
    """
    node = terms.nodes[cause]
    if kind == "underflow":
        return UNDERFLOW
    if kind == "loss":
        if node[0] == "sum" and terms.one in node[1:] and _has_tanh(terms, node[1:]):
            return HALF
        return CANCELLATION if node[0] in ("sum", "dot") else REWRITE
    if node[:2] == ("call", "exp"):
        return _of_exponential(terms, cause, list(live))
    readers = (terms.nodes[i] for i in live if cause in operands(terms.nodes[i]))
    return SQUARE if any(reader[:2] == ("call", "sqrt") for reader in readers) else RANGE


def _has_tanh(terms: Terms, addends: Iterable[int]) -> bool:
    return any(terms.nodes[a][:2] == ("call", "tanh") for a in addends)


def _of_exponential(terms: Terms, cause: int, live: list[int]) -> Remedy:
    nodes = terms.nodes
    sums = [i for i in live if nodes[i][0] == "sum" and _reads_plainly(terms, i, cause)]
    for each in sums:
        readers = [nodes[i] for i in live if each in operands(nodes[i])]
        addends = nodes[each][1:]
        if any(node[:2] == ("call", "log") for node in readers):
            return SOFTPLUS
        exponents: set[int] = {nodes[a][2] for a in addends if nodes[a][:2] == ("call", "exp")}
        if len(addends) == 2 and any(terms.negative(a) in exponents for a in exponents):
            return TANH
        if any(node[0] == "power" and node[2] < 0 for node in readers):
            return SIGMOID if terms.one in addends else SOFTMAX
    return EXPONENT


def _reads_plainly(terms: Terms, total: int, cause: int) -> bool:
    """Whether a sum has the term as an addend, itself or with the sign changed."""
    addends = terms.nodes[total][1:]
    return cause in addends or terms.negative(cause) in addends
