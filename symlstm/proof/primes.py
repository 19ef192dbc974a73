"""The primes and generators of a tower of fields."""

from __future__ import annotations

import random

from sympy import ntheory

FIRST_BITS = 127
"""The least prime is greater than 2¹²⁷."""


def draw_primes(levels: int, rng: random.Random) -> tuple[list[int], list[int]]:
    """Primes p₀ … p_levels, and g_k of order p_{k−1} mod p_k (g₀ = 0).

    p_k ≡ 3 (mod 4) and p_k = m p_{k−1} + 1: m is even, but no multiple of 4.
    """
    primes = [_random_prime(rng)]
    generators = [0]
    for _ in range(levels):
        below = primes[-1]
        multiple = 4 * rng.randrange(0, 32) + 2
        while not ntheory.isprime(multiple * below + 1):
            multiple += 4
        above = multiple * below + 1
        generator = 1
        while generator == 1:
            generator = pow(rng.randrange(2, above), multiple, above)
        primes.append(above)
        generators.append(generator)
    return primes, generators


def _random_prime(rng: random.Random) -> int:
    while True:
        candidate = rng.getrandbits(FIRST_BITS) | (1 << FIRST_BITS) | 3
        if ntheory.isprime(candidate):
            return candidate
