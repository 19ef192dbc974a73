"""Why a term has no exact value."""

from __future__ import annotations


class Undefined(ArithmeticError):
    """A term divides by what is 0 in this field, and so most probably everywhere."""

    def __init__(self, term: int) -> None:
        self.term = term
        super().__init__(f"term {term} divides by zero")


class NoLaw(ArithmeticError):
    """A term applies a function without a law for exact evaluation."""

    def __init__(self, term: int, function: str) -> None:
        self.term = term
        self.function = function
        super().__init__(f"no exact law is known for {function}")


class TooShallow(ArithmeticError):
    """A term nests more exponentials than the tower has levels."""
