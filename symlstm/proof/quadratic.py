"""Square roots of square roots: the fields F_p ⊂ F_p² ⊂ F_p⁴ ⊂ …, each a root wider than the last.

F_p² = F_p[i] with i² = −1, for a prime p ≡ 3 (mod 4); F_p⁴ = F_p²[g] with g² = c + i for the least
c that makes it no square in F_p²; and each further field adjoins the root of the g before it, which
is no square either, since its norm −g² is none. An element is the tuple of its coordinates, the
first half and then the half that is multiplied by the g of its field. Of two elements the shorter
one is meant in the field of the longer.

Every element of one field has a root in the next, so √(a + √b) is a number wherever it is needed.

Source: the complex method, Scott (2008), Efficient arithmetic in quadratic extensions.
"""

from __future__ import annotations

from functools import lru_cache

Coordinates = tuple[int, ...]
"""1, 2, 4, … residues mod p."""


def reduced(a: Coordinates) -> Coordinates:
    """An element in the least field that it lies in."""
    while len(a) > 1 and not any(a[len(a) // 2 :]):
        a = a[: len(a) // 2]
    return a


def add(a: Coordinates, b: Coordinates, p: int) -> Coordinates:
    """a + b."""
    if len(a) < len(b):
        a, b = b, a
    if len(a) == 2:
        return (a[0] + b[0]) % p, (a[1] + b[1]) % p if len(b) == 2 else a[1]
    return (*((x + y) % p for x, y in zip(a, b, strict=False)), *a[len(b) :])


def scaled(a: Coordinates, q: int, p: int) -> Coordinates:
    """q a for a number q of F_p."""
    return tuple(x * q % p for x in a)


def multiply(a: Coordinates, b: Coordinates, p: int) -> Coordinates:
    """(a + b g)(c + d g) = a c + b d g² + ((a + b)(c + d) − a c − b d) g."""
    if len(a) < len(b):
        a, b = b, a
    if len(b) == 1:
        return scaled(a, b[0], p)
    if len(a) == 2:
        (x, y), (u, v) = a, b
        return (x * u - y * v) % p, (x * v + y * u) % p
    low, high = _halves(a)
    if len(b) < len(a):
        return multiply(low, b, p) + multiply(high, b, p)
    other, also = _halves(b)
    first, last = multiply(low, other, p), multiply(high, also, p)
    mixed = multiply(add(low, high, p), add(other, also, p), p)
    outer = add(first, last, p)
    return add(first, _times_square(last, p), p) + add(mixed, scaled(outer, -1, p), p)


def inverse(a: Coordinates, p: int) -> Coordinates:
    """1/(a + b g) = (a − b g)/(a² − b² g²).

    Raises:
        ZeroDivisionError: the element is 0.
    """
    if len(a) == 1:
        if not a[0]:
            raise ZeroDivisionError("0 has no inverse")
        return (pow(a[0], -1, p),)
    low, high = _halves(a)
    scale = inverse(_norm(low, high, p), p)
    return multiply(low, scale, p) + scaled(multiply(high, scale, p), -1, p)


def square_root(a: Coordinates, p: int) -> Coordinates:
    """A root in the least field that has one: that of a reduced element, or the next."""
    root = _root_within(a, p)
    if root is not None:
        return root
    inner = _root_within(multiply(a, inverse(_square(len(a), p), p), p), p)
    assert inner is not None, "of a and a/g² one is a square"
    return (*(0 for _ in a), *inner)


def _root_within(a: Coordinates, p: int) -> Coordinates | None:
    """A root in the field of as many coordinates, if there is one.

    x + y g is a root of a + b g for x² = (a ± √(a² − b² g²))/2, of which one is a square, and
    y = b/(2x). Without b, a or a/g² is a square.
    """
    if len(a) == 1:
        root = pow(a[0], (p + 1) // 4, p)
        return (root,) if root * root % p == a[0] % p else None
    low, high = _halves(a)
    if not any(high):
        found = square_root(low, p)
        return found if len(found) == len(a) else (*found, *(0 for _ in low))
    root = _root_within(_norm(low, high, p), p)
    if root is None:
        return None
    half = pow(2, -1, p)
    for sign in (1, -1):
        x = _root_within(scaled(add(low, scaled(root, sign, p), p), half, p), p)
        if x is not None:
            return x + scaled(multiply(high, inverse(x, p), p), half, p)
    raise AssertionError("of (a + √n)/2 and (a − √n)/2 one is a square")


def _norm(low: Coordinates, high: Coordinates, p: int) -> Coordinates:
    """(a + b g)(a − b g) = a² − b² g²."""
    last = _times_square(multiply(high, high, p), p)
    return add(multiply(low, low, p), scaled(last, -1, p), p)


def _halves(a: Coordinates) -> tuple[Coordinates, Coordinates]:
    middle = len(a) // 2
    return a[:middle], a[middle:]


def _times_square(a: Coordinates, p: int) -> Coordinates:
    """a g², for the g that is adjoined to the field of a."""
    if len(a) == 1:
        return (-a[0] % p,)
    if len(a) == 2:
        c = _least(p)
        return (c * a[0] - a[1]) % p, (a[0] + c * a[1]) % p
    low, high = _halves(a)
    return _times_square(high, p) + low


def _square(length: int, p: int) -> Coordinates:
    """g² for the g that is adjoined to the field of so many coordinates."""
    return _times_square((1, *(0 for _ in range(length - 1))), p)


@lru_cache(maxsize=1024)
def _least(p: int) -> int:
    """The least c for which c + i is no square in F_p[i]: its norm c² + 1 is none in F_p."""
    c = 1
    while pow(c * c + 1, (p - 1) // 2, p) == 1:
        c += 1
    return c
