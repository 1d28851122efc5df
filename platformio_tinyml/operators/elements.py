"""What differs between operators on int8 and on int16 that are otherwise the same."""

from __future__ import annotations

from dataclasses import dataclass

from .common import int8_activations, quantized_activations
from .rules import Rule


@dataclass(frozen=True, slots=True)
class Elements:
    """Of one type: how kernels' names end, bytes of an element, and rules: of types, of constants' types, of scales."""

    type: str
    suffix: str
    size: int
    typed: Rule
    quantized: Rule
    constants: tuple[Rule, ...] = ()


INT8 = Elements("INT8", "s8", 1, int8_activations, quantized_activations)
