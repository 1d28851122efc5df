"""Weights of float16: float32 before the first invoke."""

from __future__ import annotations

from ..model import Model
from ..operators.halves import is_widening, widened
from .graph import listed


def widen_halves(model: Model, steps: list[str]) -> Model:
    """Constants of float16 become float32, as lowering would make them."""
    gone = [operator for operator in model.operators if is_widening(model, operator)]
    if gone:
        steps.append(f"float16 to float32 before the first invoke: {listed(gone)}")
    return widened(model)
