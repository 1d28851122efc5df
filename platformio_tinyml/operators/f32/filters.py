"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on float32, with weights of float32 or, in hybrid models, of int8.

A weight of int8 is multiplied by its scale when it is read, and everything else is float: no activation is quantized.
"""

from __future__ import annotations

import math
import sys
from array import array

from ...model import Conv2DOptions, DepthwiseConv2DOptions, FullyConnectedOptions, Tensor
from ...program import Constant, KernelCall, Kind, Omitted, Operand, Params, Sweep, TensorRef
from .. import conv_2d, depthwise_conv_2d, fully_connected, spatial, weighted
from ..common import computed_input, operands
from ..lowering import Lowered, Support, float32_constant, refs, tensor_constant
from ..rules import QUANTIZE, Instance, Rule, quoted, rule
from .common import bound_fields, known_activation


@rule(QUANTIZE)
def float_activations(instance: Instance) -> str | None:
    """Input, bias and output are float32, the filter float32 or int8."""
    types = [tensor.type.name for tensor in (*instance.inputs, instance.output)]
    known = types[1] in ("FLOAT32", "INT8") and {types[0], *types[2:]} == {"FLOAT32"}
    return None if known else " and ".join(sorted(set(types)))


@rule(QUANTIZE)
def constant_filter_and_bias(instance: Instance) -> str | None:
    """Filter and bias are constants."""
    computed = [tensor for tensor in instance.inputs[1:] if not tensor.is_constant]
    return f"{quoted(computed[0])} is computed" if computed else None


def scaled_int8_filter(channel_dimension: int) -> Rule:
    """What `weighted.filter_quantization` says, of a filter of int8."""
    scales = weighted.filter_quantization(channel_dimension)
    return Rule(
        scales.text.replace("The filter", "A filter of int8"),
        scales.next_step,
        lambda instance: scales.check(instance) if is_hybrid(instance) else None,
    )


def is_hybrid(instance: Instance) -> bool:
    """Whether the weights are int8."""
    return instance.required(1).type.name == "INT8"


def filter_call(instance: Instance, function: str, params: Params, sweep: Sweep | None = None) -> Lowered:
    """One call with filter and bias, inputs 1 and 2, as tables; with a third one of scales where the filter is int8."""
    filter_, bias = instance.required(1), instance.input(2)
    tables: tuple[Constant, ...] = (tensor_constant(instance, "filter", filter_),)
    if bias is not None:
        tables += (tensor_constant(instance, "bias", bias),)
    inputs: tuple[Operand, ...] = (TensorRef(instance.required(0).index), *refs(tables))
    if bias is None:
        inputs += (Omitted(),)
    if is_hybrid(instance):
        scale = float32_constant(instance, "scale", _scales(filter_, instance.output.shape[-1]))
        function, tables, inputs = function.replace("_f32", "_hybrid_f32"), (*tables, scale), (*inputs, *refs([scale]))
    call = KernelCall(
        function=function,
        params=params,
        inputs=inputs,
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=sweep,
    )
    return Lowered(call, tables)


def sweep_of(instance: Instance, kind: Kind) -> Sweep:
    """Sums begin at 0: where all weights are finite, elements of 0 change none."""
    filter_ = instance.required(1)
    weights = array("f", filter_.data or b"") if filter_.type.name == "FLOAT32" else array("f")
    if sys.byteorder == "big":
        weights.byteswap()
    return Sweep(kind, padding=0 if all(map(math.isfinite, weights)) else None)


def _scales(filter_: Tensor, channels: int) -> tuple[float, ...]:
    """One per output channel."""
    scale = filter_.quantization.scale if filter_.quantization else ()
    return scale if len(scale) > 1 else scale * channels


def _window(instance: Instance, filter_depth: int) -> Params:
    source, output = instance.required(0), instance.output
    height, width = spatial.axes(instance)
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
        *bound_fields(instance),
    )
    return Params("tinyml_conv_2d_f32_params", fields)


def lower_conv(instance: Instance) -> Lowered:
    """One call."""
    window = _window(instance, instance.required(1).shape[3])
    return filter_call(instance, "tinyml_conv_2d_f32", window, sweep_of(instance, Kind.WINDOW))


def lower_depthwise(instance: Instance) -> Lowered:
    """One call."""
    return filter_call(instance, "tinyml_depthwise_conv_2d_f32", _window(instance, 1), sweep_of(instance, Kind.WINDOW))


def lower_dense(instance: Instance) -> Lowered:
    """One call."""
    channels, depth = instance.required(1).shape
    fields = (
        ("batches", instance.output.elements // channels),
        ("input_depth", depth),
        ("output_depth", channels),
        *bound_fields(instance),
    )
    return filter_call(
        instance,
        "tinyml_fully_connected_f32",
        Params("tinyml_fully_connected_f32_params", fields),
        Sweep(Kind.FLAT, count="batches"),
    )


SUPPORTS = (
    Support(
        opcode="CONV_2D",
        summary="Any padding, stride and dilation; grouped too; weights of float32 or int8.",
        kernels=("tinyml_conv_2d_f32", "tinyml_conv_2d_hybrid_f32"),
        rules=(
            (operands(2, 1, Conv2DOptions),),
            (float_activations, constant_filter_and_bias),
            (computed_input, spatial.four_dimensions),
            (spatial.small_window, conv_2d.matching_depths, known_activation),
            (weighted.one_bias_per_channel, scaled_int8_filter(0), spatial.matching_output_size),
        ),
        lower=lower_conv,
        macs=conv_2d.macs,
        types=("FLOAT32",),
    ),
    Support(
        opcode="DEPTHWISE_CONV_2D",
        summary="Any padding, stride, dilation and depth multiplier; weights of float32 or int8.",
        kernels=("tinyml_depthwise_conv_2d_f32", "tinyml_depthwise_conv_2d_hybrid_f32"),
        rules=(
            (operands(2, 1, DepthwiseConv2DOptions),),
            (float_activations, constant_filter_and_bias),
            (computed_input, spatial.four_dimensions),
            (spatial.small_window, depthwise_conv_2d.matching_depths, known_activation),
            (weighted.one_bias_per_channel, scaled_int8_filter(3), spatial.matching_output_size),
        ),
        lower=lower_depthwise,
        macs=depthwise_conv_2d.macs,
        types=("FLOAT32",),
    ),
    Support(
        opcode="FULLY_CONNECTED",
        summary="Input of any rank, with or without keep_num_dims; weights of float32 or int8.",
        kernels=("tinyml_fully_connected_f32", "tinyml_fully_connected_hybrid_f32"),
        rules=(
            (operands(2, 1, FullyConnectedOptions),),
            (float_activations, constant_filter_and_bias),
            (computed_input, fully_connected.default_weights_format, fully_connected.matching_shapes),
            (weighted.one_bias_per_channel, scaled_int8_filter(0), known_activation),
        ),
        lower=lower_dense,
        macs=fully_connected.macs,
        types=("FLOAT32",),
    ),
)
