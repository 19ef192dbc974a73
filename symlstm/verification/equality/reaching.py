"""Which values a parameter can take that is made of others: b ∘ b ∘ b takes all, b ∘ b does not."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symlstm.verification.equality.forms import Forms, Leaf, Monomial, Polynomial

Growth = tuple[Fraction, Fraction]
"""(k, n) of e^{k b} bⁿ."""


def reaches_all(forms: Forms, values: Mapping[Leaf, Polynomial]) -> bool:
    """Whether parameters made so can take all values together.

    They can if each in turn has a parameter that those after it have not, and takes every value
    with it, whatever the other parameters are; or if they are independent sums of parameters.
    """
    left = dict(values)
    if _are_independent_sums(forms, left):
        return True
    while left:
        done = next((leaf for leaf in left if _reaches_alone(forms, leaf, left)), None)
        if done is None:
            return False
        del left[done]
    return True


def _are_independent_sums(forms: Forms, values: Mapping[Leaf, Polynomial]) -> bool:
    """Whether values such as A + B, A − B are independent: each is solved for one parameter.

    A parameter and its transpose are not independent, so no transposes are allowed.
    """
    left = list(values.values())
    if any(not is_sum_of_leaves(forms, p) for p in left):
        return False
    while left:
        first, *left = left
        if not first:
            return False
        pivot, share = first[0]
        left = [forms.subtract(p, forms.scale(dict(p).get(pivot, 0) / share, first)) for p in left]
    return True


def is_sum_of_leaves(forms: Forms, p: Polynomial) -> bool:
    """Whether a value is a sum of multiples of parameters, none of them transposed."""
    nodes = [forms.nodes[m[0][0]] for m, _ in p if len(m) == 1 and m[0][1] == 1]
    return len(nodes) == len(p) and all(
        node[0] == "leaf" and not node[1].is_transposed for node in nodes
    )


def _reaches_alone(forms: Forms, leaf: Leaf, values: Mapping[Leaf, Polynomial]) -> bool:
    value = values[leaf]
    elsewhere = {f.upright for other, p in values.items() if other != leaf for f in forms.leaves(p)}
    own = {f.upright for f in forms.leaves(value)} - elsewhere
    return any(_is_onto(forms, value, parameter) for parameter in own) or _is_product(
        forms, value, own
    )


def _is_product(forms: Forms, value: Polynomial, own: set[Leaf]) -> bool:
    """a ∘ b with a and b its own: with b = 1 it is a."""
    if len(value) != 1:
        return False
    factors = [forms.nodes[factor] for factor, _ in value[0][0]]
    exponents = [e for _, e in value[0][0]]
    return (
        all(node[0] == "leaf" and node[1].upright in own for node in factors)
        and len({node[1].upright for node in factors}) == len(factors)
        and 1 in exponents
    )


def _is_onto(forms: Forms, value: Polynomial, parameter: Leaf) -> bool:
    """Whether Σ c bⁿ e^{k b}, an entry of b at a time, is unbounded both ways: then it is onto.

    A continuous function takes all values between two of its values.
    """
    growths: dict[Growth, Fraction] = {}
    for monomial, coefficient in value:
        if parameter not in {f.upright for f in forms.leaves(((monomial, coefficient),))}:
            continue
        growth = _growth(forms, monomial, parameter)
        if growth is None:
            return False
        growths[growth] = growths.get(growth, Fraction(0)) + coefficient
    if not growths:
        return False
    above = max(growths)
    below = max(growths, key=lambda g: (-g[0], g[1]))
    still = (Fraction(0), Fraction(0))
    if above <= still or (-below[0], below[1]) <= still:
        return False
    sign = -1 if below[1] % 2 else 1
    return growths[above] * growths[below] * sign < 0


def _growth(forms: Forms, monomial: Monomial, parameter: Leaf) -> Growth | None:
    """(k, n), if a term is e^{k b} bⁿ, all of b upright or all transposed."""
    rate, power = Fraction(0), Fraction(0)
    for factor, exponent in monomial:
        node = forms.nodes[factor]
        if node[0] == "leaf" and node[1].upright == parameter and not node[1].is_transposed:
            power += exponent
        elif node[:2] == ("call", "exp") and exponent == 1 and len(node[2]) == 1:
            ((inner, slope),) = node[2]
            below = _growth(forms, inner, parameter)
            if below != (0, 1):
                return None
            rate += slope
        else:
            return None
    return (rate, power) if power >= 0 and power.denominator == 1 else None


def is_bounded(forms: Forms, value: Polynomial) -> bool:
    """Whether a sum is bounded above or below, as each of its terms is."""
    return any(all(_is_bounded_term(forms, m, c * side) for m, c in value) for side in (1, -1))


def _is_bounded_term(forms: Forms, monomial: Monomial, coefficient: Fraction) -> bool:
    """Whether a term is bounded below: no factor is unbounded, or none negative nor it."""
    kinds = [_kind(forms, factor, exponent) for factor, exponent in monomial]
    if all(kind == "bounded" or kind == "fraction" for kind in kinds):
        return True
    return coefficient > 0 and all(kind in ("positive", "fraction") for kind in kinds)


def _kind(forms: Forms, factor: int, exponent: Fraction) -> str:
    """`fraction` for what lies between 0 and 1, `bounded` −1 and 1, `positive` from 0 on."""
    node = forms.nodes[factor]
    name = node[1] if node[0] == "call" else ""
    is_even = exponent.denominator == 1 and exponent % 2 == 0
    if exponent > 0 and name in ("sigmoid", "step"):
        return "fraction"
    if exponent > 0 and name in ("tanh", "sign"):
        return "fraction" if is_even else "bounded"
    if is_even or name in ("exp", "softplus", "relu", "abs", "sigmoid"):
        return "positive"
    return "unknown"
