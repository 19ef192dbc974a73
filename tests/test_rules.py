"""Each matrix rule gives the share of the adjoint that entry-by-entry differentiation gives.

The oracle is SymPy's scalar `diff` on small explicit matrices: for L = Σ dY ∘ Y, each entry of dA
is ∂L/∂(that entry of A). It uses no matrix calculus.
"""

import pytest
from sympy import (
    BlockMatrix,
    Determinant,
    HadamardProduct,
    Identity,
    Integer,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    Matrix,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Symbol,
    Transpose,
    ZeroMatrix,
    cos,
    diff,
    exp,
    simplify,
    tanh,
    zeros,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from symlstm import functions
from symlstm.calculus import rules
from symlstm.calculus.nodes import SumOver
from symlstm.calculus.rules import pull
from symlstm.functions import sigmoid
from symlstm.messages import UnknownNode

A = MatrixSymbol("A", 2, 3)
B = MatrixSymbol("B", 2, 3)
X = MatrixSymbol("X", 3, 2)
Y = MatrixSymbol("Y", 2, 2)
u = MatrixSymbol("u", 2, 1)
v = MatrixSymbol("v", 3, 1)


def explicit(node) -> Matrix:
    """A matrix expression entry by entry, by the definition of each operation."""
    if isinstance(node, ElementwiseApplyFunction):
        function = functions.of(node.function)
        return explicit(node.expr).applyfunc(lambda z: function.by_exp(z))
    if isinstance(node, HadamardProduct):
        first, *rest = (explicit(a) for a in node.args)
        for other in rest:
            first = first.multiply_elementwise(other)
        return first
    if isinstance(node, HadamardPower):
        return explicit(node.base).applyfunc(lambda z: z**node.exp)
    if isinstance(node, MatMul):
        scalars = [a for a in node.args if not a.is_Matrix]
        result = Matrix([[1]]) if not scalars else Matrix([[scalars[0]]])
        scalar, product = result[0, 0], None
        for factor in (explicit(a) for a in node.args if a.is_Matrix):
            product = factor if product is None else product * factor
        return scalar * product
    if isinstance(node, MatAdd):
        return sum((explicit(a) for a in node.args), zeros(*node.shape))
    if isinstance(node, Transpose):
        return explicit(node.arg).T
    if isinstance(node, BlockMatrix):
        return Matrix([row for block in node.blocks for row in explicit(block).tolist()])
    if isinstance(node, MatrixSlice):
        (top, bottom, _), (left, right, _) = node.rowslice, node.colslice
        return explicit(node.parent)[top:bottom, left:right]
    return Matrix(node.as_explicit())


def entries_by_diff(node, operand, adjoint) -> Matrix:
    """∂ Σ dY ∘ Y / ∂(each entry of the operand)"""
    loss = sum(explicit(adjoint).multiply_elementwise(explicit(node)))
    symbols = explicit(operand)
    return Matrix(*operand.shape, lambda i, j: diff(loss, symbols[i, j]))


def assert_rule(node) -> None:
    """The shares of a node, summed for each symbol, are those of entry-by-entry differentiation."""
    adjoint = MatrixSymbol("dY", *node.shape)
    shares = list(pull(node, adjoint))
    assert shares, "nothing to compare"
    found: dict = {}
    for operand, share in shares:
        assert tuple(share.shape) == tuple(operand.shape)
        found[operand] = found.get(operand, zeros(*operand.shape)) + explicit(share)
    for operand, total in found.items():
        difference = total - entries_by_diff(node, operand, adjoint)
        assert difference.applyfunc(simplify) == zeros(*operand.shape)


def add(*terms):
    return MatAdd(*terms, evaluate=False)


def mul(*factors):
    return MatMul(*factors, evaluate=False)


def times(*factors):
    return HadamardProduct(*factors, evaluate=False)


NODES = {
    "A + B": add(A, B),
    "A + A": add(A, A),
    "A X": mul(A, X),
    "A X A": mul(A, X, A),
    "−3/2 A X": mul(Rational(-3, 2), A, X),
    "2 A": mul(2, A),
    "A v": mul(A, v),
    "A ∘ B": times(A, B),
    "A ∘ B ∘ A": times(A, B, A),
    "A ∘ A": times(A, A),
    "A∘³": HadamardPower(A, 3),
    "A∘²": HadamardPower(A, 2),
    "A∘⁻¹": HadamardPower(A, -1),
    "Aᵀ": Transpose(A),
    "[A; B]": BlockMatrix([[A], [B]]),
    "[u; v; u]": BlockMatrix([[u], [v], [u]]),
    "the first rows": MatrixSlice(A, (0, 1), (0, 3)),
    "the last row": MatrixSlice(A, (1, 2), (0, 3)),
    "a row in the middle": MatrixSlice(BlockMatrix([[A], [B]]), (1, 3), (0, 3)),
    "1ᵀ A": mul(OneMatrix(1, 2), A),
    "1ᵀ A 1": mul(OneMatrix(1, 2), A, OneMatrix(3, 1)),
    "A 1 1ᵀ": mul(A, OneMatrix(3, 1), OneMatrix(1, 2)),
    "√A": HadamardPower(A, Rational(1, 2)),
    "A∘^(−3/2)": HadamardPower(A, Rational(-3, 2)),
    "σ(A)": ElementwiseApplyFunction(sigmoid, A),
    "tanh(u)": ElementwiseApplyFunction(tanh, u),
    "exp(A)": ElementwiseApplyFunction(exp, A),
}


@pytest.mark.parametrize("node", NODES)
def test_each_rule_agrees_with_entry_by_entry_differentiation(node):
    assert_rule(NODES[node])


def test_every_rule_that_is_registered_is_tested():
    tested = {type(node) for node in NODES.values()}
    without_operands = {object, MatrixSymbol, OneMatrix}
    assert set(pull.registry) - without_operands == tested


@pytest.mark.parametrize("node", [A, OneMatrix(2, 3)], ids=["a symbol", "ones"])
def test_what_has_no_operands_has_no_shares(node):
    assert list(pull(node, A)) == []


def test_the_product_rule_by_hand():
    """Y = A v  ⇒  dA = dY vᵀ,  dv = Aᵀ dY"""
    dy = MatrixSymbol("dY", 2, 1)
    (a, da), (x, dx) = pull(mul(A, v), dy)
    assert (a, da) == (A, mul(dy, Transpose(v)))
    assert (x, dx) == (v, mul(Transpose(A), dy))


def test_the_hadamard_rule_by_hand():
    """Y = A ∘ B  ⇒  dA = dY ∘ B,  dB = dY ∘ A"""
    dy = MatrixSymbol("dY", 2, 3)
    assert list(pull(times(A, B), dy)) == [(A, times(dy, B)), (B, times(dy, A))]


def test_the_stacking_rule_by_hand():
    """Y = [u; v]  ⇒  du = the rows 1 to 2 of dY,  dv = the rows 3 to 5"""
    dy = MatrixSymbol("dY", 5, 1)
    (_, du), (_, dv) = pull(BlockMatrix([[u], [v]]), dy)
    assert du == MatrixSlice(dy, (0, 2), (0, 1))
    assert dv == MatrixSlice(dy, (2, 5), (0, 1))


def test_stacking_of_symbolic_sizes():
    """The second block starts where the first ends: at H"""
    H, D = (Symbol(s, integer=True, positive=True) for s in "HD")
    h, x = MatrixSymbol("h", H, 1), MatrixSymbol("x", D, 1)
    shares = list(pull(BlockMatrix([[h], [x]]), MatrixSymbol("dY", H + D, 1)))
    assert [share.rowslice[:2] for _, share in shares] == [(0, H), (H, D + H)]


def test_slopes_are_told_by_the_value():
    """y = tanh(u)  ⇒  du = dY ∘ (1 − y²)"""
    node, y = ElementwiseApplyFunction(tanh, u), MatrixSymbol("y", 2, 1)
    expected = Matrix([[1 - y[0, 0] ** 2], [1 - y[1, 0] ** 2]])
    assert explicit(rules.slope(node, value=y)) == expected


UNKNOWN = {
    "a power of a matrix": MatPow(Y, 2),
    "an identity": Identity(2),
    "zeros": ZeroMatrix(2, 2),
    "a sum over t": SumOver(A, Symbol("t")),
    "a determinant": Determinant(Y),
    "a number": Integer(3),
}


@pytest.mark.parametrize("node", UNKNOWN)
def test_a_node_without_a_rule_is_refused(node):
    kind = type(UNKNOWN[node]).__name__
    with pytest.raises(
        UnknownNode, match=rf"S401\]: no rule of differentiation is known for {kind}"
    ):
        pull(UNKNOWN[node], A)


def test_blocks_side_by_side_are_refused():
    with pytest.raises(UnknownNode, match=r"S401\]: blocks side by side have no rule"):
        list(pull(BlockMatrix([[A, B]]), MatrixSymbol("dY", 2, 6)))


def test_a_function_without_a_record_is_refused():
    with pytest.raises(UnknownNode, match="no law is known for the elementwise function"):
        list(pull(ElementwiseApplyFunction(cos, A), A))


def test_a_scalar_law_without_a_matrix_form_is_refused():
    """zʷ for a symbol w"""
    z, w = Symbol("z"), Symbol("w")
    with pytest.raises(UnknownNode, match=r"S401\]: .* is no elementwise expression of z"):
        rules.lift(Lambda(z, z**w), A)


def test_lifting_a_law_applies_it_to_each_entry():
    """2 z² exp(−z) + 3 − 1/z"""
    z = Symbol("z")
    law = Lambda(z, 2 * z**2 * exp(-z) + 3 - 1 / z)
    expected = Matrix(2, 3, lambda i, j: law(A[i, j]))
    assert (explicit(rules.lift(law, A)) - expected).applyfunc(simplify) == zeros(2, 3)


# Builders.


def test_products_are_opened_and_ones_left_out():
    assert rules.product(2, mul(3, A), X) == mul(6, A, X)
    assert rules.product(1, A) == A
    assert rules.hadamard(A, times(B, A)) == times(A, B, A)
    assert rules.hadamard(A, OneMatrix(2, 3)) == A
    assert rules.hadamard(OneMatrix(2, 3), OneMatrix(2, 3)) == OneMatrix(2, 3)


def test_transposes_are_pushed_inside():
    """Aᵀᵀ = A,  (k A X)ᵀ = k Xᵀ Aᵀ"""
    assert rules.transposed(Transpose(A)) == A
    assert rules.transposed(mul(2, A, X)) == mul(2, Transpose(X), Transpose(A))


def test_elementwise_powers_of_small_exponents():
    """A∘¹ = A,  A∘⁰ = 1"""
    assert rules.elementwise_power(A, 1) == A
    assert rules.elementwise_power(A, 0) == OneMatrix(2, 3)


# The check can fail.


def corrupted(rule, change):
    return lambda node, adjoint: ((o, change(o, s)) for o, s in rule(node, adjoint))


CHANGES = {
    "a wrong sign": lambda operand, share: rules.product(-1, share),
    "a wrong factor": lambda operand, share: rules.product(2, share),
    "a missing factor": lambda operand, share: OneMatrix(*operand.shape),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["A + B", "A X", "A ∘ B", "A∘³", "Aᵀ", "[A; B]", "σ(A)"])
def test_a_corrupted_rule_is_noticed(name, change):
    node = NODES[name]
    right = pull.dispatch(type(node))
    pull.register(type(node), corrupted(right, CHANGES[change]))
    try:
        with pytest.raises(AssertionError, match=r"Matrix"):
            assert_rule(node)
    finally:
        pull.register(type(node), right)


def test_a_forgotten_operand_is_noticed():
    """Every operand of a node has its share."""
    for node in NODES.values():
        operands = [operand for operand, _ in pull(node, MatrixSymbol("dY", *node.shape))]
        matrices = [a for a in node.args if getattr(a, "is_Matrix", False)]
        symbols = [a for a in matrices if not isinstance(a, OneMatrix)]
        if isinstance(node, BlockMatrix):
            symbols = list(node.blocks)
        if isinstance(node, ElementwiseApplyFunction):
            symbols = [node.expr]
        assert operands == symbols
