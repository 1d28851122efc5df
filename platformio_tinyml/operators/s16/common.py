"""What operators on int16 share."""

from __future__ import annotations

from ..common import positive
from ..elements import Elements
from ..rules import CONVERT_AGAIN, QUANTIZE, Instance, quoted, rule


@rule(QUANTIZE)
def all_int16(instance: Instance) -> str | None:
    """Inputs and output are int16."""
    types = {tensor.type.name for tensor in (*instance.inputs, instance.output)}
    return " and ".join(sorted(types)) if types != {"INT16"} else None


@rule(QUANTIZE)
def int16_activations(instance: Instance) -> str | None:
    """Input and output are int16."""
    types = {instance.required(0).type.name, instance.output.type.name}
    return " and ".join(sorted(types)) if types != {"INT16"} else None


@rule(CONVERT_AGAIN)
def symmetric(instance: Instance) -> str | None:
    """Tensors of int16 have one scale, a positive finite number, and the zero point 0."""
    for tensor in (*instance.inputs, instance.output):
        if tensor.type.name != "INT16":
            continue
        given = tensor.quantization
        if given is None or len(given.scale) != 1 or not positive(given.scale[0]):
            return f"{quoted(tensor)} has {len(given.scale) if given else 0} scales"
        if given.zero_point != (0,):
            return f"{quoted(tensor)} has the zero point {', '.join(map(str, given.zero_point))}"
    return None


INT16 = Elements("INT16", "s16", 2, int16_activations, symmetric)
