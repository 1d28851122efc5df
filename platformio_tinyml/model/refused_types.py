"""Types of tensors that neither runtime computes in: what both say of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that both have, and the way out; a sentence each."""

    rule: str
    next_step: str

    def of(self, found: str) -> str:
        """With what was found."""
        return f"{self.rule} Found: {found}."


UINT8 = Refusal(
    "uint8, as TensorFlow 1 quantized, is computed where that is exact by the runtime compiled, by TensorFlow Lite "
    "Micro not at all.",
    "convert the float model to int8 (custom_tinyml_data, or pio-tinyml quantize)",
)
ONE_TYPE = Refusal("Both inputs are of one type.", "write CAST before it, so that both are of one type")
_TRUTHS = "write CAST to bool before it, or compare with NOT_EQUAL"
_NUMBERS = "write CAST before it, to a type that docs/operators.md has for it"
CASTS = {
    **dict.fromkeys(("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT"), _TRUTHS),
    **dict.fromkeys(("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"), _NUMBERS),
}
"""By opcode: the way out of operators that are of numbers as they are, or of truth values."""


def of_types(opcode: str, kinds: Iterable[str]) -> str:
    """The rule that an operator is of these types."""
    return f"Activations of {opcode} are {' or '.join(sorted((kind.lower() for kind in kinds), reverse=True))}."
