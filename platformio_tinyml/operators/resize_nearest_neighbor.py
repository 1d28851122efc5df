"""RESIZE_NEAREST_NEIGHBOR."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..model import ResizeOptions
from ..program.fixed_point import float32
from . import copying, interval_rules, picking
from .common import operands
from .lowering import Lowered, Support
from .resizing import resized_shape
from .rules import Instance


def lower(instance: Instance) -> Lowered:
    """One call: by whole factors a copy, which needs no lists."""
    shape, output, options = instance.required(0).shape, instance.output.shape, instance.options(ResizeOptions)
    rows, columns = ([nearest(index, shape[d], output[d], options) for index in range(output[d])] for d in (1, 2))
    factors = (_repeats(rows, shape[1]), _repeats(columns, shape[2]))
    if all(factors):
        return copying.lower_moves(instance, [repeated(shape, factors)])
    indices = [range(shape[0]), rows, columns, range(shape[3])]
    return picking.lower_picks(instance, picking.offsets_of(shape, indices))


def _repeats(indices: Sequence[int], size: int) -> int:
    """How often each of `size` follows itself in order, 0 where the indices are others."""
    factor, rest = divmod(len(indices), size)
    return 0 if rest or any(index != place // factor for place, index in enumerate(indices)) else factor


def repeated(shape: Sequence[int], factors: tuple[int, int]) -> copying.Move:
    """All of an input [batches, height, width, depth], each row and column so many times."""
    batches, height, width, depth = shape
    rows, columns = factors
    line = width * columns * depth
    dimensions = (
        copying.Dimension(batches * height, width * depth, rows * line),
        copying.Dimension(rows, 0, line),
        copying.Dimension(width, depth, columns * depth),
        copying.Dimension(columns, 0, depth),
        copying.Dimension(depth, 1, 1),
    )
    return copying.Move(0, dimensions)


def nearest(index: int, size: int, output_size: int, options: ResizeOptions) -> int:
    """Source: GetNearestNeighbor of TFLite's reference/resize_nearest_neighbor.h, in float32."""
    corners = options.align_corners and output_size > 1
    scale = float32((size - 1) / (output_size - 1) if corners else size / output_size)
    place = float32(float32(index + (0.5 if options.half_pixel_centers else 0.0)) * scale)
    found = math.floor(place + 0.5) if options.align_corners else math.floor(place)
    return max(min(found, size - 1), 0)


SUPPORT = Support(
    opcode="RESIZE_NEAREST_NEIGHBOR",
    summary="The size is a constant; align_corners and half_pixel_centers too.",
    kernels=("tinyml_copy", "tinyml_pick"),
    rules=(
        (operands(2, 0, ResizeOptions),),
        (copying.one_type(0), copying.constant_integers(1, "size")),
        (resized_shape, picking.short_lists),
    ),
    lower=lower,
    interval=interval_rules.same_channels,
    types=(),
)
