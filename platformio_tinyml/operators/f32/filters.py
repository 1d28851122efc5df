"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on float32."""

from __future__ import annotations

from ...model import Conv2DOptions, DepthwiseConv2DOptions, FullyConnectedOptions
from ...program import Constant, KernelCall, Omitted, Operand, Params, TensorRef
from .. import conv_2d, depthwise_conv_2d, fully_connected, spatial, weighted
from ..common import computed_input, operands
from ..lowering import Lowered, Support, refs, tensor_constant
from ..rules import QUANTIZE, Instance, quoted, rule
from .common import all_float, bound_fields, known_activation


@rule(QUANTIZE)
def constant_filter_and_bias(instance: Instance) -> str | None:
    """Filter and bias are constants."""
    computed = [tensor for tensor in instance.inputs[1:] if not tensor.is_constant]
    return f"{quoted(computed[0])} is computed" if computed else None


def filter_call(instance: Instance, function: str, params: Params) -> Lowered:
    """One call with filter and bias, inputs 1 and 2, as tables."""
    bias = instance.input(2)
    tables: tuple[Constant, ...] = (tensor_constant(instance, "filter", instance.required(1)),)
    if bias is not None:
        tables += (tensor_constant(instance, "bias", bias),)
    inputs: tuple[Operand, ...] = (TensorRef(instance.required(0).index), *refs(tables))
    call = KernelCall(
        function=function,
        params=params,
        inputs=inputs if bias is not None else (*inputs, Omitted()),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    return Lowered(call, tables)


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
    return filter_call(instance, "tinyml_conv_2d_f32", _window(instance, instance.required(1).shape[3]))


def lower_depthwise(instance: Instance) -> Lowered:
    """One call."""
    return filter_call(instance, "tinyml_depthwise_conv_2d_f32", _window(instance, 1))


def lower_dense(instance: Instance) -> Lowered:
    """One call."""
    channels, depth = instance.required(1).shape
    fields = (
        ("batches", instance.output.elements // channels),
        ("input_depth", depth),
        ("output_depth", channels),
        *bound_fields(instance),
    )
    return filter_call(instance, "tinyml_fully_connected_f32", Params("tinyml_fully_connected_f32_params", fields))


SUPPORTS = (
    Support(
        opcode="CONV_2D",
        summary="Any padding, stride and dilation; grouped too.",
        kernels=("tinyml_conv_2d_f32",),
        rules=(
            (operands(2, 1, Conv2DOptions),),
            (all_float, constant_filter_and_bias),
            (computed_input, spatial.four_dimensions),
            (spatial.small_window, conv_2d.matching_depths, known_activation),
            (weighted.one_bias_per_channel, spatial.matching_output_size),
        ),
        lower=lower_conv,
        macs=conv_2d.macs,
        types=("FLOAT32",),
    ),
    Support(
        opcode="DEPTHWISE_CONV_2D",
        summary="Any padding, stride, dilation and depth multiplier.",
        kernels=("tinyml_depthwise_conv_2d_f32",),
        rules=(
            (operands(2, 1, DepthwiseConv2DOptions),),
            (all_float, constant_filter_and_bias),
            (computed_input, spatial.four_dimensions),
            (spatial.small_window, depthwise_conv_2d.matching_depths, known_activation),
            (weighted.one_bias_per_channel, spatial.matching_output_size),
        ),
        lower=lower_depthwise,
        macs=depthwise_conv_2d.macs,
        types=("FLOAT32",),
    ),
    Support(
        opcode="FULLY_CONNECTED",
        summary="Input of any rank, with or without keep_num_dims.",
        kernels=("tinyml_fully_connected_f32",),
        rules=(
            (operands(2, 1, FullyConnectedOptions),),
            (all_float, constant_filter_and_bias),
            (computed_input, fully_connected.default_weights_format, fully_connected.matching_shapes),
            (weighted.one_bias_per_channel, known_activation),
        ),
        lower=lower_dense,
        macs=fully_connected.macs,
        types=("FLOAT32",),
    ),
)
