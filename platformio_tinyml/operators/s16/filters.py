"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on int16, with weights of int8."""

from __future__ import annotations

from collections.abc import Sequence

from ...model import Conv2DOptions, DepthwiseConv2DOptions, FullyConnectedOptions, Padding
from ...program import KernelCall, Kind, Params, Sweep
from .. import conv_2d, depthwise_conv_2d, fully_connected, spatial, weighted
from ..common import computed_input, operands, supported_activation
from ..lowering import InPlace, Lowered, Support
from ..rules import Instance
from ..window import Axis, min_distance
from .common import int16_activations, symmetric
from .weights import (
    BLOCK,
    constant_bias,
    lower_rows,
    lower_taps,
    products_fit_32_bits,
    representable_multipliers,
    sums_fit,
)

_BYTES = 2
"""Of an element."""


def lower_conv(instance: Instance) -> Lowered:
    """One call: of 1x1 that of FULLY_CONNECTED, for which each element of the image is a row."""
    source, filter_, output = instance.required(0), instance.required(1), instance.output
    height, width = spatial.axes(instance)
    if filter_.shape[1:] == (1, 1, source.shape[3]) and height.stride == width.stride == 1:
        return _lower_matrix(instance)
    depth, group_depth, channels = source.shape[3], filter_.shape[3], output.shape[3]
    groups = depth // group_depth
    weights = lower_rows(instance, groups)
    share = channels // groups
    # All that a group sees is copied before the first of its channels is written, and nothing is read for the others.
    nothing = depth + channels
    firsts = [channel // share * group_depth if channel % share == 0 else nothing for channel in range(channels)]
    return _spatial_call(
        instance,
        "tinyml_conv_2d_s16",
        weights,
        (height, width, group_depth),
        firsts if groups > 1 else (),
        scratch_size=_BYTES * height.taps * width.taps * group_depth,
    )


def lower_depthwise(instance: Instance) -> Lowered:
    """One call."""
    depth, channels = instance.required(0).shape[3], instance.output.shape[3]
    weights = lower_taps(instance)
    # Four channels are read before the first of them is written: of exactly four nothing is read later.
    firsts = None if channels > depth else () if depth == BLOCK else range(depth)
    return _spatial_call(
        instance, "tinyml_depthwise_conv_2d_s16", weights, (*spatial.axes(instance), 1), firsts, scratch_size=0
    )


def lower_dense(instance: Instance) -> Lowered:
    """One call."""
    return _lower_matrix(instance)


def _lower_matrix(instance: Instance) -> Lowered:
    source, output = instance.required(0), instance.output
    channels, depth = output.shape[-1], instance.required(1).shape[-1]
    rows = output.elements // channels
    weights = lower_rows(instance, groups=1)
    fields = (("batches", rows), ("input_depth", depth), ("output_depth", channels), *weights.fields)
    call = KernelCall(
        function="tinyml_fully_connected_s16",
        params=Params("tinyml_fully_connected_s16_params", fields),
        inputs=weights.operands,
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT, count="batches"),
    )
    # A row is read again for each four channels, but for what follows its last whole group of 4 values.
    again = (channels - 1) // BLOCK * BLOCK + 1 if depth >= 4 else 0
    height, width = (Axis(size, 1, 1, 1, Padding.VALID) for size in (1, rows))
    distance = _BYTES * min_distance(1, height, width, depth, channels, (0,) * again)
    in_place = InPlace(source.index, distance, "a row of the input dies with its last output")
    return Lowered(call, weights.constants, in_place=(in_place,))


def _spatial_call(
    instance: Instance,
    function: str,
    weights: weighted.Weights,
    window: tuple[Axis, Axis, int],
    first_channels: Sequence[int] | None,
    *,
    scratch_size: int,
) -> Lowered:
    """`window` is height, width and filter_depth; `first_channels` as `min_distance` takes them, None for no claim."""
    source, output = instance.required(0), instance.output
    height, width, filter_depth = window
    fields = (
        ("batches", source.shape[0]),
        ("input_height", height.size),
        ("input_width", width.size),
        ("input_depth", source.shape[3]),
        ("output_height", height.output_size),
        ("output_width", width.output_size),
        ("output_depth", output.shape[3]),
        ("filter_depth", filter_depth),
        *spatial.window_fields(height, width, dilations=True),
        *weights.fields,
    )
    call = KernelCall(
        function=function,
        params=Params("tinyml_conv_2d_s16_params", fields),
        inputs=weights.operands,
        outputs=(output.index,),
        source=instance.operator,
        scratch_size=scratch_size,
        sweep=Sweep(Kind.WINDOW, padding=0),
    )
    if first_channels is None:
        return Lowered(call, weights.constants)
    distance = min_distance(source.shape[0], height, width, source.shape[3], output.shape[3], first_channels)
    in_place = InPlace(source.index, _BYTES * distance, spatial.IN_PLACE_REASON)
    return Lowered(call, weights.constants, in_place=(in_place,))


SUPPORTS = (
    Support(
        opcode="CONV_2D",
        summary="Any padding, stride and dilation; grouped too; biases of int64 or int32.",
        kernels=("tinyml_conv_2d_s16", "tinyml_fully_connected_s16"),
        rules=(
            (operands(2, 1, Conv2DOptions),),
            (int16_activations,),
            (weighted.constant_int8_filter, constant_bias("INT64", "INT32")),
            (symmetric, computed_input, spatial.four_dimensions),
            (
                *(spatial.small_window, conv_2d.matching_depths),
                *(weighted.filter_quantization(0), supported_activation),
            ),
            (weighted.one_bias_per_channel, spatial.matching_output_size, representable_multipliers),
            (sums_fit(0),),
        ),
        lower=lower_conv,
        macs=conv_2d.macs,
        types=("INT16",),
    ),
    Support(
        opcode="DEPTHWISE_CONV_2D",
        summary="Any padding, stride, dilation and depth multiplier; biases of int64.",
        kernels=("tinyml_depthwise_conv_2d_s16",),
        rules=(
            (operands(2, 1, DepthwiseConv2DOptions),),
            (int16_activations,),
            (weighted.constant_int8_filter, constant_bias("INT64")),
            (symmetric, computed_input, spatial.four_dimensions),
            (
                *(spatial.small_window, depthwise_conv_2d.matching_depths),
                *(weighted.filter_quantization(3), supported_activation),
            ),
            (weighted.one_bias_per_channel, spatial.matching_output_size, representable_multipliers),
            (sums_fit(3), products_fit_32_bits),
        ),
        lower=lower_depthwise,
        macs=depthwise_conv_2d.macs,
        types=("INT16",),
    ),
    Support(
        opcode="FULLY_CONNECTED",
        summary="Input of any rank, with or without keep_num_dims; biases of int64 or int32.",
        kernels=("tinyml_fully_connected_s16",),
        rules=(
            (operands(2, 1, FullyConnectedOptions),),
            (int16_activations,),
            (weighted.constant_int8_filter, constant_bias("INT64", "INT32")),
            (symmetric, computed_input, fully_connected.default_weights_format, fully_connected.matching_shapes),
            (weighted.one_bias_per_channel, weighted.filter_quantization(0), supported_activation),
            (representable_multipliers, sums_fit(0), fully_connected.bias_scale),
        ),
        lower=lower_dense,
        macs=fully_connected.macs,
        types=("INT16",),
    ),
)
