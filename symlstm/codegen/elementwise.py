"""Elementwise functions in NumPy: how each is called, and what a module has to define for it."""

from __future__ import annotations

from dataclasses import dataclass

SIGMOID = '''
def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + exp(-z)), computed from exp(-|z|), which never overflows."""
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(z))
        return np.where(z >= 0, np.ones_like(e), e) / (1 + e)
'''

SILU = '''
def silu(z: Array) -> Array:
    """z σ(z)."""
    return z * sigmoid(z)
'''


@dataclass(frozen=True)
class NumpyFunction:
    """One elementwise function in generated code.

    Args:
        call: the call, `{}` being its argument.
        definition: the source of the function, if NumPy has none.
        needs: names of functions that the definition calls.
    """

    call: str
    definition: str = ""
    needs: tuple[str, ...] = ()


NUMPY_FUNCTIONS = {
    "sigmoid": NumpyFunction("sigmoid({})", SIGMOID),
    "tanh": NumpyFunction("np.tanh({})"),
    "exp": NumpyFunction("np.exp({})"),
    "log": NumpyFunction("np.log({})"),
    "softplus": NumpyFunction("np.logaddexp(0, {})"),
    "silu": NumpyFunction("silu({})", SILU, ("sigmoid",)),
    "relu": NumpyFunction("np.maximum({}, 0)"),
    "abs": NumpyFunction("np.abs({})"),
    "sign": NumpyFunction("np.sign({})"),
    "step": NumpyFunction("np.heaviside({}, 0)"),
}
"""By the name of the record in `symlstm.functions`."""


def definitions(names: set[str]) -> list[str]:
    """The sources of the functions that are called, in the order of the table."""
    wanted = names | {need for name in names for need in NUMPY_FUNCTIONS[name].needs}
    return [f.definition for name, f in NUMPY_FUNCTIONS.items() if name in wanted and f.definition]
