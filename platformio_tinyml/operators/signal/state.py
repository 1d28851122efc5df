"""State that the signal operators keep to themselves in TFLM, as variable tensors: so it is memory like all other."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from ...model import Model, Tensor, TensorType
from ..rules import Instance
from .buffers import frames, window
from .common import number, rows

Content = tuple[TensorType, bytes]
"""Type and first value."""


def _samples(*values: int, more: int = 0) -> Content:
    return TensorType.INT16, struct.pack(f"<{len(values)}h", *values) + bytes(2 * more)


def _framer(instance: Instance) -> Content:
    step = number(instance, "frame_step")
    kept = window(instance) - step
    return _samples(0 if number(instance, "prefill") else kept // step, more=rows(instance) * kept)


_STATES: dict[str, Callable[[Instance], Content]] = {
    "SignalDelay": lambda instance: _samples(more=rows(instance) * number(instance, "delay_length")),
    "SignalFilterBankSpectralSubtraction": lambda instance: (
        TensorType.UINT32,
        bytes(4 * number(instance, "num_channels")),
    ),
    "SignalFramer": _framer,
    "SignalOverlapAdd": lambda instance: _samples(more=rows(instance, 2) * instance.required(0).shape[-1]),
    "SignalStacker": lambda instance: _samples(0, more=frames(instance) * number(instance, "num_channels")),
}


def with_kept_samples(model: Model) -> tuple[Model, dict[int, bytes]]:
    """The model, which breaks no rule, with a variable as last input of each such operator; first values by tensor."""
    tensors, operators, first = list(model.tensors), [], {}
    for operator in model.operators:
        content = _STATES.get(operator.kind)
        if content is None:
            operators.append(operator)
            continue
        index, (kind, data) = len(tensors), content(Instance(model, operator))
        size = len(data) * 8 // kind.bits
        tensors.append(Tensor(index, f"state of {operator.kind}", (size,), kind, is_variable=True))
        operators.append(replace(operator, inputs=(*operator.inputs, index)))
        first[index] = data
    return replace(model, tensors=tuple(tensors), operators=tuple(operators)), first
