"""What RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR share, and where rows and columns of the former lie."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..model import ResizeOptions
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from ..program.fixed_point import float32, float32_bits
from .copying import integers, strides
from .lowering import Lowered, int32_constant, refs
from .rules import CONVERT_AGAIN, REPLACE, Instance, Rule, rule

Place = tuple[int, int, int]
"""The two elements along an axis that an element of the output is made of, and the share of the second as a word."""
Placing = Callable[[int, int, ResizeOptions], list[Place]]
"""Of all elements of the output along an axis: of the input's size, the output's, and options."""


@rule(CONVERT_AGAIN)
def resized_shape(instance: Instance) -> str | None:
    """Input and output are [batches, height, width, depth] and alike but for the size, height and width."""
    shape, output, size = instance.required(0).shape, instance.output.shape, integers(instance.required(1))
    fits = len(shape) == 4 and len(size) == 2 and output == (shape[0], *size, shape[3])
    return None if fits else f"{list(shape)}, size {list(size)} to {list(output)}"


@rule(CONVERT_AGAIN)
def one_convention(instance: Instance) -> str | None:
    """align_corners and half_pixel_centers are not both set."""
    options = instance.options(ResizeOptions)
    return "both" if options.align_corners and options.half_pixel_centers else None


def inside(placing: Placing) -> Rule:
    """Of one way to place them."""

    def check(instance: Instance) -> str | None:
        shape, output = instance.required(0).shape, instance.output.shape
        for size, new in zip(shape[1:3], output[1:3], strict=True):
            places = placing(size, new, instance.options(ResizeOptions))
            outside = [place[:2] for place in places if not 0 <= min(place[:2]) <= max(place[:2]) < size]
            if outside:
                return f"row or column {max(outside[0])} of {size}"
        return None

    return Rule("No element of the output is made of elements beyond the input.", REPLACE, check)


def in_1024ths(size: int, new: int, options: ResizeOptions) -> list[Place]:
    """Source: ComputeInterpolationValuesInteger of TFLite's reference/resize_bilinear.h; divisions towards 0."""
    step = (1024 * size + new // 2) // new
    if options.align_corners and new > 1:
        step = (1024 * (size - 1) + (new - 1) // 2) // (new - 1)
    places = []
    for index in range(new):
        place = index * step + (step // 2 - 512 if options.half_pixel_centers else 0)
        low = max(int(place / 1024), 0)
        places.append((low, min(int((place + 1023) / 1024), size - 1), place - 1024 * low))
    return places


def in_floats(size: int, new: int, options: ResizeOptions) -> list[Place]:
    """Source: ComputeInterpolationValues of the same."""
    step = float32(size / new)
    if options.align_corners and new > 1:
        step = float32((size - 1) / (new - 1))
    places = []
    for index in range(new):
        place = float32((index + 0.5 if options.half_pixel_centers else index) * step)
        place = float32(place - 0.5) if options.half_pixel_centers else place
        low = max(math.floor(place), 0)
        places.append((low, min(math.ceil(place), size - 1), float32_bits(float32(place - low))))
    return places


def lower_resize(instance: Instance, kernel: str, placing: Placing) -> Lowered:
    """One call."""
    source, output, options = instance.required(0), instance.output, instance.options(ResizeOptions)
    steps = strides(source.shape)
    words: list[int] = []
    for axis in (1, 2):
        for low, high, share in placing(source.shape[axis], output.shape[axis], options):
            words += [low * steps[axis], high * steps[axis], share]
    table = int32_constant(instance, "places", words)
    fields = (
        ("batches", source.shape[0]),
        ("input_size", source.elements // source.shape[0]),
        ("output_height", output.shape[1]),
        ("output_width", output.shape[2]),
        ("depth", source.shape[3]),
    )
    call = KernelCall(
        function=kernel,
        params=Params("tinyml_resize_bilinear_params", fields),
        inputs=(TensorRef(source.index), *refs((table,))),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.RESIZE),
    )
    return Lowered(call, (table,))
