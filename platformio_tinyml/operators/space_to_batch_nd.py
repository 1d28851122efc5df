"""SPACE_TO_BATCH_ND."""

from __future__ import annotations

import math
from itertools import product

from . import copying
from .common import operands
from .interval import Interval, Known
from .interval_rules import same_channels
from .lowering import Lowered, Support
from .padding import has_zero, with_padding, zero_of
from .rules import CONVERT_AGAIN, Instance, rule

Shape = tuple[int, ...]


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


@rule(CONVERT_AGAIN)
def known_zero(instance: Instance) -> str | None:
    """What is padded of int8 or uint8 has a zero point."""
    padded = any(copying.integers(instance.required(2)))
    return None if not padded or has_zero(instance.output) else "no zero point"


def lower(instance: Instance) -> Lowered:
    """A copy in the order of the output; where it pads, one of each place in a block, into what stands for 0.

    TFLM pads with a number that it never sets: with TensorFlow Lite's, the output's zero point, it is a convolution's.
    """
    shape, output = instance.required(0).shape, instance.output.shape
    block, paddings = copying.integers(instance.required(1)), copying.integers(instance.required(2))
    if any(paddings):
        fill = copying.fill_call(instance, zero_of(instance.output))
        return copying.lower_moves(instance, _moves(shape, output, block, paddings[::2]), fill)
    sources, targets = copying.strides(shape), copying.strides(output)
    dimensions = []
    for d, times in enumerate(block):  # a place in a block is the slowest part of the index in the batch
        places = math.prod(block[d + 1 :]) * shape[0]
        dimensions.append(copying.Dimension(times, sources[d + 1], places * targets[0]))
    for d, (size, step, target) in enumerate(zip(output, sources, targets, strict=True)):
        middle = 0 < d < len(output) - 1
        dimensions.append(copying.Dimension(size if d else shape[0], step * (block[d - 1] if middle else 1), target))
    return copying.lower_moves(instance, [copying.Move(0, tuple(dimensions))])


def _moves(shape: Shape, output: Shape, block: Shape, before: Shape) -> list[copying.Move]:
    """For each place in a block the elements of the input that fall on it."""
    sources, targets, moves = copying.strides(shape), copying.strides(output), list[copying.Move]()
    for number, places in enumerate(product(*map(range, block))):
        dimensions = [copying.Dimension(shape[0], sources[0], targets[0])]
        start, target_start = 0, number * shape[0] * targets[0]
        for d, (place, times, pad) in enumerate(zip(places, block, before, strict=True), 1):
            first = max(0, -((place - pad) // times))  # the first of the output that is no padding, and the last
            last = min(output[d], -((place - pad - shape[d]) // times))
            start += (first * times + place - pad) * sources[d]
            target_start += first * targets[d]
            dimensions.append(copying.Dimension(last - first, times * sources[d], targets[d]))
        dimensions.append(copying.Dimension(shape[-1], 1, 1))
        if all(each.size > 0 for each in dimensions):
            moves.append(copying.Move(0, tuple(dimensions), start, target_start))
    return moves


def interval(instance: Instance, known: Known) -> Interval:
    """Of the input, and of what is padded."""
    padded = any(copying.integers(instance.required(2)))
    return with_padding(instance, known, None) if padded else same_channels(instance, known)


SUPPORT = Support(
    opcode="SPACE_TO_BATCH_ND",
    summary="Block and paddings are constants; what is padded stands for 0.",
    kernels=("tinyml_copy", "tinyml_fill"),
    rules=(
        (operands(3),),
        (copying.one_type(0), copying.constant_integers(1, "block"), copying.constant_integers(2, "paddings")),
        (split_blocks,),
        (known_zero,),
    ),
    lower=lower,
    interval=interval,
    types=(),
)
