"""SPACE_TO_BATCH_ND."""

from __future__ import annotations

import math

from . import copying
from .common import operands
from .interval_rules import same_channels
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule


@rule(CONVERT_AGAIN)
def split_blocks(instance: Instance) -> str | None:
    """There are 3 or 4 dimensions; block and paddings are of those between the first and the last, which the block
    divides into the output's.
    """
    shape, output = instance.required(0).shape, instance.output.shape
    block, paddings = (copying.integers(instance.required(position)) for position in (1, 2))
    found = f"{list(shape)}, block {list(block)}, paddings {list(paddings)} to {list(output)}"
    fits = len(shape) == len(output) in (3, 4) and len(block) == len(shape) - 2 and len(paddings) == 2 * len(block)
    if not fits or min(block) < 1 or min(paddings) < 0 or output[0] != shape[0] * math.prod(block):
        return found
    befores, afters = paddings[::2], paddings[1::2]
    padded = (size + sum(pair) for size, *pair in zip(shape[1:-1], befores, afters, strict=True))
    divided = all(size == new * times for size, new, times in zip(padded, output[1:-1], block, strict=True))
    return None if divided and shape[-1] == output[-1] else found


@rule("convert so that the dilated convolution is one operator, or pad by an operator of its own")
def no_padding(instance: Instance) -> str | None:
    """It pads nothing: TFLM pads with a number that it never sets."""
    paddings = copying.integers(instance.required(2))
    return f"paddings {list(paddings)}" if any(paddings) else None


def lower(instance: Instance) -> Lowered:
    """One copy, in the order of the output."""
    shape, output = instance.required(0).shape, instance.output.shape
    block = copying.integers(instance.required(1))
    sources, targets = copying.strides(shape), copying.strides(output)
    dimensions = []
    for d, times in enumerate(block):  # a place in a block is the slowest part of the index in the batch
        places = math.prod(block[d + 1 :]) * shape[0]
        dimensions.append(copying.Dimension(times, sources[d + 1], places * targets[0]))
    for d, (size, step, target) in enumerate(zip(output, sources, targets, strict=True)):
        middle = 0 < d < len(output) - 1
        dimensions.append(copying.Dimension(size if d else shape[0], step * (block[d - 1] if middle else 1), target))
    return copying.lower_moves(instance, [copying.Move(0, tuple(dimensions))])


SUPPORT = Support(
    opcode="SPACE_TO_BATCH_ND",
    summary="The block is a constant; without paddings, which TFLM leaves undefined.",
    kernels=("tinyml_copy",),
    rules=(
        (operands(3),),
        (copying.one_type(0), copying.constant_integers(1, "block"), copying.constant_integers(2, "paddings")),
        (split_blocks,),
        (no_padding,),
    ),
    lower=lower,
    interval=same_channels,
    types=(),
)
