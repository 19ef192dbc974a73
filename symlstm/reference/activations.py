"""What the hand-written cells share: σ, softplus and the type of an array.

One idea: these are the formulas in which floating point needs care, so they are written once. tanh
and exp are NumPy's own.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]


def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + exp(−z)) = (1 + tanh(z/2)) / 2, elementwise.

    The form with exp overflows for z < −709 in float64. The one with tanh never does, and needs
    no choice by the sign of z, so one expression serves all real z. Its error is absolute, about
    one ulp of 1: below z ≈ −38 it gives 0, where σ(z) is about exp(z).

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return 0.5 * (1 + np.tanh(0.5 * z))


def softplus(z: Array) -> Array:
    """softplus(z) = log(1 + exp(z)), elementwise; log σ(z) = −softplus(−z).

    logaddexp takes the larger exponent out of the sum, so that nothing overflows for any real z.

    >>> softplus(np.array([-1000.0, 0.0, 1000.0]))
    array([0.00000000e+00, 6.93147181e-01, 1.00000000e+03])
    """
    return np.logaddexp(0, z)
