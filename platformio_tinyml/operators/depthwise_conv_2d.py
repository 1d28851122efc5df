"""DEPTHWISE_CONV_2D."""

from __future__ import annotations

import math

from ..model import DepthwiseConv2DOptions
from ..program import KernelCall, Kind, Params, Sweep
from . import interval_rules, spatial, weighted
from .common import computed_input, int8_activations, operands, quantized_activations, supported_activation
from .conv_2d import lower_windows
from .lowering import InPlace, Lowered, Support
from .rules import CONVERT_AGAIN, Instance, rule
from .window import LARGEST_WALK, min_distance, min_distance_of_pairs

_CHANNEL_DIMENSION = 3
"""Of the filter."""
_AT_A_TIME = 4
"""Channels."""
_LARGEST_COLUMN = 96
"""Values: of more, products with weights of 0 take longer than a column for each channel."""
_FEW_BYTES = 16
_TAP_BYTES = 12
"""Of scratch (runtime/src/tinyml_depthwise.h)."""


@rule(CONVERT_AGAIN)
def matching_depths(instance: Instance) -> str | None:
    """The filter is [1, height, width, N]; N is the output's depth, and depth_multiplier times the input's."""
    depth, channels = instance.required(0).shape[3], instance.output.shape[3]
    shape = instance.required(1).shape
    multiplier = instance.options(DepthwiseConv2DOptions).depth_multiplier
    if shape[0] == 1 and shape[3] == channels == depth * multiplier:
        return None
    return f"filter {list(shape)}, depth_multiplier {multiplier}, input depth {depth}, output depth {channels}"


def lower(instance: Instance) -> Lowered:
    """One call: of CONV_2D where channels are fewer than the kernel takes at a time, with a group for each, or one that
    has weights of 0 for the others; but two or three of int8 are given channels of zeros."""
    source, output = instance.required(0), instance.output
    height, width = spatial.axes(instance)
    batches, depth, channels = source.shape[0], source.shape[3], output.shape[3]
    is_few = 1 < depth == channels < _AT_A_TIME and instance.required(1).type.name == "INT8"
    if depth < _AT_A_TIME and not is_few:
        is_one = depth * height.taps * width.taps <= _LARGEST_COLUMN and instance.required(1).type.name != "UINT8"
        groups, among = (1, depth) if is_one else (depth, 1)
        return lower_windows(instance, (height, width), depth, groups, _CHANNEL_DIMENSION, among)
    weights = weighted.lower_arranged(
        instance, depth, block=0, channel_dimension=_CHANNEL_DIMENSION, lanes=_AT_A_TIME if is_few else 0
    )
    unpacked = -(-instance.required(1).elements // 8) * 8 if weights.suffix == "_s4" else 0
    fields = (
        ("batches", batches),
        ("input_height", height.size),
        ("input_width", width.size),
        ("input_depth", depth),
        ("output_height", height.output_size),
        ("output_width", width.output_size),
        ("depth_multiplier", channels // depth),
        *spatial.window_fields(height, width, dilations=True),
        *weights.fields,
    )
    kernel = "few" if is_few else "conv_2d" if channels == depth else "multiplied"
    lanes = _FEW_BYTES if is_few else (2 if channels == depth else 3) * depth
    call = KernelCall(
        function=f"tinyml_depthwise_{kernel}{weights.suffix}",
        params=Params("tinyml_depthwise_conv_2d_params", fields),
        inputs=weights.operands,
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.WINDOW, padding=-dict(fields)["input_offset"], by_pairs=channels == depth),
        scratch_size=_TAP_BYTES * height.taps * width.taps + lanes + unpacked,
    )

    def early(elements: int) -> int | None:
        """Of a multiplier above 1 all but the last byte are written before all is read again; else the first element's,
        four channels at a time, of which the last may begin among those before."""
        if channels > depth:
            return elements * channels - 1
        return -depth % _AT_A_TIME if depth > _AT_A_TIME else None

    if channels == depth and height.output_size * width.output_size > LARGEST_WALK:  # as one by one, which is no less
        distance = min_distance(batches, height, width, depth, depth, range(depth)) + _AT_A_TIME - 1
    else:
        distance = min_distance_of_pairs(batches, height, width, depth, channels, early)
    return Lowered(call, weights.constants, in_place=(InPlace(source.index, distance, spatial.IN_PLACE_REASON),))


def macs(instance: Instance) -> int:
    """One per tap and output element; taps on padding count too."""
    return instance.output.elements * math.prod(instance.required(1).shape[1:3])


SUPPORT = Support(
    opcode="DEPTHWISE_CONV_2D",
    summary="Any padding, stride, dilation and depth multiplier.",
    kernels=(
        *weighted.kernels("tinyml_depthwise_conv_2d", "tinyml_depthwise_multiplied", "tinyml_conv_2d"),
        "tinyml_depthwise_few_s8",
    ),
    rules=(
        (operands(2, 1, DepthwiseConv2DOptions),),
        (int8_activations,),
        (weighted.constant_filter, weighted.constant_int32_bias),
        (quantized_activations, computed_input, spatial.four_dimensions),
        (spatial.small_window, matching_depths, weighted.filter_quantization(_CHANNEL_DIMENSION), supported_activation),
        (weighted.one_bias_per_channel, spatial.matching_output_size, weighted.representable_multipliers),
        (weighted.sums_fit_32_bits(_CHANNEL_DIMENSION),),
    ),
    lower=lower,
    macs=macs,
    interval=interval_rules.convolved_apart,
)
