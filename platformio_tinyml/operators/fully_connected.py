"""FULLY_CONNECTED."""

from __future__ import annotations

import math

from ..model import FullyConnectedOptions, Padding
from ..program import KernelCall, Kind, Params, Sweep
from . import interval_rules, weighted
from .common import computed_input, int8_activations, operands, quantized_activations, supported_activation
from .conv_2d import lower_windows
from .lowering import InPlace, Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, rule
from .window import Axis, min_distance

BLOCK = 4
"""Channels that the kernel computes together."""
LARGEST_FILTER, LONGEST_ROW = 8192, 128
"""Of what is left to the kernel of CONV_2D where that is there anyway: more would cost time or scratch."""


@rule(REPLACE)
def default_weights_format(instance: Instance) -> str | None:
    """The filter has the default layout."""
    weights_format = instance.options(FullyConnectedOptions).weights_format
    return f"weights_format {weights_format}" if weights_format != 0 else None


@rule(CONVERT_AGAIN)
def matching_shapes(instance: Instance) -> str | None:
    """The filter is [N, K], the input has a multiple of K elements, and the output has N for each K of them, N last."""
    source, filter_, output = instance.required(0), instance.required(1), instance.output
    found = f"input {source.shape}, filter {filter_.shape}, output {output.shape}"
    if len(filter_.shape) != 2 or not output.shape or output.shape[-1] != filter_.shape[0]:
        return found
    channels, depth = filter_.shape
    return found if output.elements * depth != source.elements * channels or source.elements % depth else None


@rule(CONVERT_AGAIN)
def bias_scale(instance: Instance) -> str | None:
    """With one scale for the filter, the bias's scale is input scale * filter scale to within 0.02 output scales."""
    filter_, bias = instance.required(1).quantization, instance.input(2)
    source, output = instance.required(0).quantization, instance.output.quantization
    if bias is None or not (filter_ and source and output) or len(filter_.scale) > 1:
        return None
    scale = bias.quantization.scale[0] if bias.quantization and bias.quantization.scale else 0.0
    product = source.scale[0] * filter_.scale[0]
    return None if abs(product - scale) / output.scale[0] <= 0.02 else f"{scale} against {product}"


def lower(instance: Instance) -> Lowered:
    """One call."""
    channels, depth = instance.required(1).shape
    batches = instance.output.elements // channels
    height, width = (Axis(size, 1, 1, 1, Padding.VALID) for size in (1, batches))
    if _is_convolution(instance):
        return lower_windows(instance, (height, width), depth, groups=1)
    weights = weighted.lower_arranged(instance, groups=1, block=BLOCK, one_scale=True)
    fields = (("batches", batches), ("input_depth", depth), ("output_depth", channels), *weights.fields)
    call = KernelCall(
        function=f"tinyml_fully_connected{weights.suffix}",
        params=Params("tinyml_fully_connected_params", fields),
        inputs=weights.operands,
        outputs=(instance.output.index,),
        source=instance.operator,
        scratch_size=weighted.UNPACKED if weights.suffix == "_s4" else 0,
        sweep=Sweep(Kind.FLAT, count="batches"),
    )
    # A row is read again for each four channels, but for what follows its last whole group of 4 values.
    again = (channels - 1) // BLOCK * BLOCK + 1 if depth >= BLOCK else 0
    distance = min_distance(1, height, width, depth, channels, (0,) * again)
    in_place = InPlace(instance.required(0).index, distance, "a row of the input dies with its last output")
    return Lowered(call, weights.constants, in_place=(in_place,))


def _is_convolution(instance: Instance) -> bool:
    """Whether to spare the model a kernel: it has the one of CONV_2D, and all its FULLY_CONNECTED are small."""
    operators = instance.model.operators
    filters = (instance.model.tensors[each.input(1)] for each in operators if each.opcode == "FULLY_CONNECTED")
    return any(each.opcode == "CONV_2D" for each in operators) and all(
        each.elements <= LARGEST_FILTER and each.shape[-1] <= LONGEST_ROW for each in filters
    )


def macs(instance: Instance) -> int:
    """One per weight and batch."""
    return instance.output.elements * math.prod(instance.required(1).shape[1:])


SUPPORT = Support(
    opcode="FULLY_CONNECTED",
    summary="Input of any rank, with or without keep_num_dims.",
    kernels=weighted.kernels("tinyml_fully_connected", "tinyml_conv_2d"),
    rules=(
        (operands(2, 1, FullyConnectedOptions),),
        (int8_activations,),
        (weighted.constant_filter, weighted.constant_int32_bias),
        (quantized_activations, computed_input, default_weights_format, matching_shapes),
        (weighted.one_bias_per_channel, weighted.filter_quantization(0), supported_activation),
        (weighted.representable_multipliers, weighted.sums_fit_32_bits(0), bias_scale),
    ),
    lower=lower,
    macs=macs,
    interval=interval_rules.convolved,
)
