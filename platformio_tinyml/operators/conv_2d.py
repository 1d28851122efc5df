"""CONV_2D."""

from __future__ import annotations

import math

from ..model import Conv2DOptions, Padding
from ..program import KernelCall, Kind, Params, Sweep
from . import interval_rules, spatial, weighted
from .common import computed_input, int8_activations, operands, quantized_activations, supported_activation
from .lowering import InPlace, Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule
from .window import Axis, min_distance_of_pairs

_FEW_CHANNELS = 3
"""At most: of so few a window of 1 x 1 is read where it lies, as a copy would take longer than products."""


@rule(CONVERT_AGAIN)
def matching_depths(instance: Instance) -> str | None:
    """The filter is [N, height, width, D]: N is the output's depth, and D the input's, or a whole part of it for N that
    is a multiple of as many groups."""
    depth, channels = instance.required(0).shape[3], instance.output.shape[3]
    outputs, _, _, group_depth = instance.required(1).shape
    if outputs == channels and depth % group_depth == 0 and channels % (depth // group_depth) == 0:
        return None
    return f"filter {list(instance.required(1).shape)} for input depth {depth} and output depth {channels}"


def lower(instance: Instance) -> Lowered:
    """One call."""
    depth = instance.required(0).shape[3]
    if _is_few(instance):
        return _lower_few(instance)
    return lower_windows(instance, spatial.axes(instance), depth, depth // instance.required(1).shape[3])


def _is_few(instance: Instance) -> bool:
    """Whether each element of the input makes one of the output, of few channels."""
    filter_, (height, width) = instance.required(1), spatial.axes(instance)
    channels, *taps, group_depth = filter_.shape
    is_whole = taps == [1, 1] and height.stride == width.stride == 1 and group_depth == instance.required(0).shape[3]
    return is_whole and channels <= _FEW_CHANNELS and filter_.type.name == "INT8" and weighted.is_quick(instance)


def _lower_few(instance: Instance) -> Lowered:
    source, (channels, _, _, depth) = instance.required(0), instance.required(1).shape
    batches = source.elements // depth
    weights = weighted.lower_arranged(instance, groups=1, block=0, one_scale=True)
    call = KernelCall(
        function="tinyml_conv_2d_few_s8",
        params=Params(
            "tinyml_fully_connected_params",
            (("batches", batches), ("input_depth", depth), ("output_depth", channels), *weights.fields),
        ),
        inputs=weights.operands,
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT, count="batches"),
    )
    height, width = (Axis(size, 1, 1, 1, Padding.VALID) for size in (1, batches))
    distance = min_distance_of_pairs(1, height, width, depth, channels, lambda elements: None)
    return Lowered(call, weights.constants, in_place=(InPlace(source.index, distance, spatial.IN_PLACE_REASON),))


def lower_windows(
    instance: Instance, axes: tuple[Axis, Axis], depth: int, groups: int, channel_dimension: int = 0, among: int = 1
) -> Lowered:
    """One call, of windows over height and width of an input of `depth` channels, in so many groups; also for what is a
    CONV_2D by another name. `channel_dimension` is that of the filter's output channels, `among` as for
    lower_arranged."""
    source, channels = instance.required(0), instance.output.shape[-1]
    (height, width), group_depth = axes, depth // groups
    batches = source.elements // (height.size * width.size * depth)
    weights = weighted.lower_arranged(instance, groups, block=2, channel_dimension=channel_dimension, among=among)
    fields = (
        ("batches", batches),
        ("input_height", height.size),
        ("input_width", width.size),
        ("input_depth", depth),
        ("output_height", height.output_size),
        ("output_width", width.output_size),
        ("output_depth", channels),
        ("filter_depth", group_depth),
        *spatial.window_fields(height, width, dilations=True),
        *weights.fields,
    )
    call = KernelCall(
        function=f"tinyml_conv_2d{weights.suffix}",
        params=Params("tinyml_conv_2d_params", fields),
        inputs=weights.operands,
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.WINDOW, padding=-dict(fields)["input_offset"], by_pairs=True),
        scratch_size=scratch_of(height.taps * width.taps * group_depth, group_depth)
        + (weighted.UNPACKED if weights.suffix == "_s4" else 0),
    )
    growth = channels // groups - group_depth

    def early(elements: int) -> int | None:
        """Of each group both windows are read whole before its channels are written."""
        return (elements - 1) * channels + max(growth, (groups - 1) * growth) if groups > 1 else None

    distance = min_distance_of_pairs(batches, height, width, depth, channels, early)
    return Lowered(call, weights.constants, in_place=(InPlace(source.index, distance, spatial.IN_PLACE_REASON),))


def scratch_of(column: int, group_depth: int) -> int:
    """Bytes for two widened columns of so many values, and for one as it comes where its pieces are no whole words."""
    words = -(-column // 4)
    return 16 * words + (4 * words if group_depth % 4 else 0)


def macs(instance: Instance) -> int:
    """One per tap, input channel and output element; taps on padding count too."""
    return instance.output.elements * math.prod(instance.required(1).shape[1:])


SUPPORT = Support(
    opcode="CONV_2D",
    summary="Any padding, stride and dilation; grouped too.",
    kernels=(*weighted.kernels("tinyml_conv_2d"), "tinyml_conv_2d_few_s8"),
    rules=(
        (operands(2, 1, Conv2DOptions),),
        (int8_activations,),
        (weighted.constant_filter, weighted.constant_int32_bias),
        (quantized_activations, computed_input, spatial.four_dimensions),
        (spatial.small_window, matching_depths, weighted.filter_quantization(0), supported_activation),
        (weighted.one_bias_per_channel, spatial.matching_output_size, weighted.representable_multipliers),
        (weighted.sums_fit_32_bits(0),),
    ),
    lower=lower,
    macs=macs,
    interval=interval_rules.convolved,
)
