"""What is said of an implementation's floating point besides remarks: the largest errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Accuracy:
    """The real results of one call, against 50 digits.

    Args:
        magnitude: of the inputs.
        is_offset: whether all inputs are near the magnitude.
        error: the largest |found − exact| / max(1, |exact|) of the finite results.
        result: where it is.
        nan, infinite: results that are, though their exact values are within the precision.
        beyond: results whose exact values are too large for the precision.
        underflow: results that are 0 or subnormal and inaccurate, though exact values are not 0.
        raised: what the call raised; then there are no results.
    """

    function: str
    precision: str
    magnitude: int
    is_offset: bool
    error: float = 0.0
    ulps: float = 0.0
    result: str = ""
    nan: int = 0
    infinite: int = 0
    beyond: int = 0
    underflow: int = 0
    raised: str = ""


@dataclass(frozen=True)
class Numerics:
    """How an implementation does in floating point.

    Args:
        seed: of the points.
        accuracies: of every function, precision and magnitude.
        notes: what was not done, and why; which precision a function really computes in.
    """

    seed: int
    accuracies: tuple[Accuracy, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        rows = [asdict(accuracy) for accuracy in self.accuracies]
        return {"seed": self.seed, "accuracies": rows, "notes": list(self.notes)}

    def to_lines(self) -> list[str]:
        """A line for each function and precision, at its worst."""
        lines = ["floating point, against 50 digits, inputs up to 10000:"]
        for key in dict.fromkeys((a.function, a.precision) for a in self.accuracies):
            several = [a for a in self.accuracies if (a.function, a.precision) == key]
            lines.append(f"  {key[0]}, {key[1]}: {_worst(several)}")
        return [*lines, *(f"  note: {note}" for note in self.notes)]


def _worst(several: Sequence[Accuracy]) -> str:
    worst = max(several, key=lambda a: a.error)
    at = f"{'near ' if worst.is_offset else ''}{worst.magnitude}"
    texts = ["no error"]
    if worst.result:
        texts = [
            f"largest error {worst.error:.1e} ({worst.ulps:.3g} ulp) in {worst.result} at {at}"
        ]
    for name, text in (
        ("nan", "nan"), ("infinite", "infinite"), ("beyond", "beyond its range"),
        ("underflow", "underflow"),
    ):  # fmt: skip
        count = sum(getattr(a, name) for a in several)
        if count:
            first = min(a.magnitude for a in several if getattr(a, name))
            texts.append(f"{count} {text} from {first}")
    texts += dict.fromkeys(f"raises {a.raised} at {a.magnitude}" for a in several if a.raised)
    return "; ".join(texts)
