"""Weights of float16, and constants of int8 that an operator dequantizes: float32 before the first invoke."""

from __future__ import annotations

from ..model import Model
from ..operators.widening import is_widening, widened
from .graph import listed


def widen_constants(model: Model, steps: list[str]) -> Model:
    """Such constants become float32, as lowering would make them."""
    gone = [operator for operator in model.operators if is_widening(model, operator)]
    if gone:
        steps.append(f"float32 before the first invoke: {listed(gone)}")
    return widened(model)
