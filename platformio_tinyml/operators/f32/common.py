"""What operators on float32 share."""

from __future__ import annotations

from ...model import Activation
from ...program.fixed_point import float32_bits
from ..common import activation_of
from ..rules import CONVERT_AGAIN, QUANTIZE, Finding, Instance, rule

_LARGEST = 3.4028234663852886e38
_BOUNDS = {
    Activation.NONE: (-_LARGEST, _LARGEST),
    Activation.RELU: (0.0, _LARGEST),
    Activation.RELU_N1_TO_1: (-1.0, 1.0),
    Activation.RELU6: (0.0, 6.0),
}


@rule(QUANTIZE)
def all_float(instance: Instance) -> str | Finding | None:
    """Inputs and output are float32."""
    types = {tensor.type.name for tensor in (*instance.inputs, instance.output)}
    if types == {"FLOAT32"}:
        return None
    if "INT8" in {tensor.type.name for tensor in instance.inputs if tensor.is_constant}:
        return Finding(
            "FLOAT32 activations with INT8 constants: a hybrid model",
            f"the converter had no representative dataset, so it quantized the constants only; {QUANTIZE}",
        )
    return " and ".join(sorted(types))


@rule(CONVERT_AGAIN)
def known_activation(instance: Instance) -> str | None:
    """The fused activation is NONE, RELU, RELU_N1_TO_1 or RELU6."""
    activation = activation_of(instance)
    return activation.name if activation not in _BOUNDS else None


def bound_fields(instance: Instance) -> tuple[tuple[str, int], ...]:
    """Fields of the fused activation's bounds."""
    low, high = _BOUNDS[activation_of(instance)]
    return (("min_bits", float32_bits(low)), ("max_bits", float32_bits(high)))


NO_BOUNDS = (("min_bits", float32_bits(-_LARGEST)), ("max_bits", float32_bits(_LARGEST)))
"""Of operators without a fused activation."""
