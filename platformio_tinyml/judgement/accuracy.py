"""What int8 lost -> Checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..measured.quantization import Quantization
from .check import Check


def judge_accuracy(quantizations: Sequence[Quantization]) -> Iterator[Check]:
    """`accuracy:<model>` for each model that has a limit."""
    for each in quantizations:
        if each.max_drop is not None:
            ok = each.drop <= each.max_drop
            worst = f", most in {each.worst}" if each.worst else ""
            message = f"int8 loses {each.drop:.2%}, and {each.max_drop:.2%} are allowed: {each.summary}{worst}"
            advice = "more samples that are like those of the device; quantization-aware training; a larger drop"
            yield Check(f"accuracy:{each.model}", ok, None, None, *(() if ok else (message, (advice,))))
