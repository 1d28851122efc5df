"""What was done to a model, for its manifest."""

from __future__ import annotations

from collections.abc import Sequence

from ..manifest import CutTensor, ResizedTensor, Simplification, ranges
from ..model import Operator, Tensor
from .dilations import pads, pads_before
from .simplify import Simplified, constant_bytes, total_macs

_PADS = "SPACE_TO_BATCH_ND, which it pads with a number that it never sets"


def summary(simplified: Simplified) -> Simplification:
    """The figures of both models, and where channels went."""
    original, model, channels = simplified.original, simplified.model, simplified.channels
    kept = simplified.kept
    return Simplification(
        channels=channels.all,
        constant=channels.constant,
        removed=channels.removed,
        constants=(constant_bytes(original), constant_bytes(model)),
        macs=(total_macs(original), total_macs(model)),
        cut=tuple(
            _cut(original.tensors[index], operator, kept[index])
            for operator in original.operators
            for index in operator.outputs
            if index in kept
        ),
        steps=simplified.steps,
        resized=tuple(ResizedTensor(index, shape) for index, shape in simplified.resized.items()),
        unlike_tflm=_PADS if pads_before(original) or pads(model) else "",
    )


def _cut(tensor: Tensor, operator: Operator, kept: Sequence[int]) -> CutTensor:
    element = tensor.type.bits // 8
    return CutTensor(tensor.index, operator.index, tensor.name, tensor.shape[-1], element, ranges(kept))
