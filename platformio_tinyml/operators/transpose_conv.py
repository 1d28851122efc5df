"""TRANSPOSE_CONV: inputs are the output's shape, the filter, the input and perhaps a bias."""

from __future__ import annotations

from dataclasses import replace

from ..model import TransposeConvOptions
from ..program import KernelCall, Kind, Params, Sweep
from . import conv_2d, spatial, weighted
from .common import computed_input, int8_activations, operands, quantized_activations, supported_activation
from .copying import constant_integers, integers
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, Rule, rule
from .window import Axis


def as_convolution(instance: Instance) -> Instance:
    """The same operator with input, filter and bias in the order of CONV_2D, for what is shared with that."""
    _, filter_, source, *bias = instance.operator.inputs
    return Instance(instance.model, replace(instance.operator, inputs=(source, filter_, *bias)))


def of_convolution(shared: Rule) -> Rule:
    """A rule of CONV_2D's inputs."""
    return Rule(shared.text, shared.next_step, lambda instance: shared.check(as_convolution(instance)))


@rule(CONVERT_AGAIN)
def named_shape(instance: Instance) -> str | None:
    """The first input is the output's shape, with the batches of the input."""
    shape, output = integers(instance.required(0)), instance.output.shape
    same = shape == output and output[0] == instance.required(2).shape[0]
    return None if same else f"{list(shape)} for {list(output)} of {list(instance.required(2).shape)}"


@rule(CONVERT_AGAIN)
def matching_depths(instance: Instance) -> str | None:
    """The filter is [N, height, width, D]: N is the output's depth, D the input's."""
    shape, depths = instance.required(1).shape, (instance.output.shape[3], instance.required(2).shape[3])
    return None if (shape[0], shape[3]) == depths else f"filter {list(shape)}, depths {depths[1]} to {depths[0]}"


@rule(CONVERT_AGAIN)
def small_window(instance: Instance) -> str | None:
    """Strides are 1 to 32,767, a filter has at most as many rows and columns, and the output is no smaller."""
    for axis in axes(instance):
        if not (1 <= axis.stride <= spatial.LARGEST_SPAN and axis.taps <= spatial.LARGEST_SPAN):
            return f"stride {axis.stride}, {axis.taps} taps"
        if axis.output_size < 1:
            return f"{axis.taps} taps for {axis.size}"
    return None


def axes(instance: Instance) -> tuple[Axis, Axis]:
    """Height and width of the output: TFLM takes its paddings from the convolution that leads back."""
    options, (_, taps_h, taps_w, _) = instance.options(TransposeConvOptions), instance.required(1).shape
    return (
        Axis(instance.output.shape[1], taps_h, options.stride_h, 1, options.padding),
        Axis(instance.output.shape[2], taps_w, options.stride_w, 1, options.padding),
    )


def window_fields(instance: Instance) -> tuple[tuple[str, int], ...]:
    """Fields of the params struct from batches to pad_width."""
    source, output, (height, width) = instance.required(2).shape, instance.output.shape, axes(instance)
    return (
        *zip(("batches", "input_height", "input_width", "input_depth"), source, strict=True),
        *zip(("output_height", "output_width", "output_depth"), output[1:], strict=True),
        *spatial.window_fields(height, width, dilations=False),
    )


def phases(axis: Axis) -> list[list[int]]:
    """The taps that outputs see, the last one first: of each phase every stride-th tap."""
    return [list(range(first, axis.taps, axis.stride))[::-1] for first in range(min(axis.stride, axis.taps))]


def lower(instance: Instance) -> Lowered:
    """One call: a CONV_2D for each phase. Where a column of the input makes some of the output that are its own alone,
    these are channels of one element, as which they lie."""
    same, (height, width) = as_convolution(instance), axes(instance)
    fields, depth = dict(window_fields(instance)), same.required(0).shape[3]
    columns = [[each] for each in phases(width)]
    if width.taps == width.stride and fields["output_width"] == fields["input_width"] * width.stride:
        columns = [phases(width)]
        ones = {"output_width": fields["input_width"], "filter_width": 1, "stride_width": 1}
        fields |= {**ones, "output_depth": fields["output_depth"] * width.taps}
    taps = [
        [[row * width.taps + column for row in rows for column in each] for each in phase]
        for rows in phases(height)
        for phase in columns
    ]
    weights = weighted.lower_arranged(same, 1, weighted.PAIR, phases=taps)
    call = KernelCall(
        function="tinyml_transpose_conv_s8",
        params=Params("tinyml_transpose_conv_params", (*fields.items(), *weights.fields)),
        inputs=weights.operands,
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.SPREAD, padding=-dict(weights.fields)["input_offset"]),
        scratch_size=conv_2d.scratch_of(max(len(each) for phase in taps for each in phase) * depth, depth),
    )
    return Lowered(call, weights.constants)


def macs(instance: Instance) -> int:
    """Every weight of a channel for every element of the input; those that fall outside count too."""
    source, filter_ = instance.required(2), instance.required(1)
    return source.elements // max(filter_.shape[-1], 1) * filter_.elements if filter_.shape else 0


SHAPE_RULES = (
    (operands(3, 1, TransposeConvOptions),),
    (constant_integers(0, "output shape"), of_convolution(computed_input)),
    (of_convolution(spatial.four_dimensions),),
    (named_shape, matching_depths),
    (small_window, of_convolution(weighted.one_bias_per_channel)),
)
"""Whatever the type."""

SUPPORT = Support(
    opcode="TRANSPOSE_CONV",
    summary="Any padding and stride.",
    kernels=("tinyml_transpose_conv_s8",),
    rules=(
        *SHAPE_RULES[:1],
        (of_convolution(int8_activations),),
        (of_convolution(weighted.constant_int8_filter), of_convolution(weighted.constant_int32_bias)),
        (of_convolution(quantized_activations),),
        *SHAPE_RULES[1:],
        (of_convolution(weighted.filter_quantization(0)), supported_activation),
        (of_convolution(weighted.representable_multipliers),),
        (of_convolution(weighted.sums_fit_32_bits(0)),),
    ),
    lower=lower,
    macs=macs,
)
