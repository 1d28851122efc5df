"""ADD."""

from __future__ import annotations

from ..model import AddOptions
from ..program import Constant, ConstantRef, KernelCall, Operand, Params, TensorRef
from ..program.fixed_point import Multiplier, quantize_multiplier, rescale
from .broadcast import broadcast_shapes, few_dimensions, is_whole, loop_fields, one_computed_input
from .common import (
    int8_activations,
    operands,
    output_range,
    per_tensor_problem,
    scale_of,
    supported_activation,
    zero_point_of,
)
from .elementwise import in_place
from .interval import Interval, Known, channels_of
from .lowering import Lowered, Support, tensor_constant
from .rules import CONVERT_AGAIN, QUANTIZE, Instance, quoted, rule

HEADROOM = 20
"""Bits that the inputs gain before they are brought to a common scale."""


@rule(QUANTIZE)
def int8_constants(instance: Instance) -> str | None:
    """A constant among the inputs is int8."""
    wrong = [tensor for tensor in instance.inputs if tensor.type.name != "INT8"]
    return f"{quoted(wrong[0])} is {wrong[0].type.name}" if wrong else None


@rule(QUANTIZE)
def quantized_operands(instance: Instance) -> str | None:
    """All tensors have one scale, a positive finite number, and one zero point from -128 to 127."""
    problems = (per_tensor_problem(tensor) for tensor in (*instance.inputs, instance.output))
    return next(filter(None, problems), None)


@rule(CONVERT_AGAIN)
def output_scale(instance: Instance) -> str | None:
    """The larger of the input scales is less than 2**19 output scales."""
    try:
        factors = multipliers(instance)
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    ratio = max(map(scale_of, instance.inputs)) / scale_of(instance.output)
    return None if factors[2].shift <= 0 and ratio < 1 << (HEADROOM - 1) else str(ratio)


def lower(instance: Instance) -> Lowered:
    """One call. A constant is the second input, and read from flash."""
    first, second = instance.required(0), instance.required(1)
    one, two, out = multipliers(instance)
    swapped = first.is_constant
    if swapped:
        first, second, one, two = second, first, two, one
    low, high = output_range(instance)
    fields = (
        *loop_fields(instance, swapped=swapped),
        ("input1_multiplier", one.multiplier),
        ("input2_multiplier", two.multiplier),
        ("output_multiplier", out.multiplier),
        ("input1_offset", -zero_point_of(first)),
        ("input2_offset", -zero_point_of(second)),
        ("output_offset", zero_point_of(instance.output)),
        ("input1_shift", one.shift),
        ("input2_shift", two.shift),
        ("output_shift", out.shift),
        ("activation_min", low),
        ("activation_max", high),
        ("input2_in_flash", int(second.is_constant)),
    )
    constants: tuple[Constant, ...] = ()
    operand: Operand = TensorRef(second.index)
    if second.is_constant:
        constants = (tensor_constant(instance, "input2", second),)
        operand = ConstantRef(constants[0].name)
    call = KernelCall(
        function="tinyml_add_s8",
        params=Params("tinyml_add_params", fields),
        inputs=(TensorRef(first.index), operand),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    whole = {tensor.index: tensor for tensor in (first, second) if is_whole(tensor, instance.output)}
    return Lowered(call, constants, in_place=tuple(in_place(tensor, instance.output) for tensor in whole.values()))


def multipliers(instance: Instance) -> tuple[Multiplier, Multiplier, Multiplier]:
    """Of the inputs, to twice the larger of their scales, and from there to the output's."""
    scales = [scale_of(tensor) for tensor in instance.inputs]
    common = 2 * max(scales)
    return (
        quantize_multiplier(scales[0] / common),
        quantize_multiplier(scales[1] / common),
        quantize_multiplier(common / ((1 << HEADROOM) * scale_of(instance.output))),
    )


def interval(instance: Instance, known: Known) -> Interval:
    """Both inputs at one end: all steps are monotone, and stay within 32 bits."""
    *scales, out = multipliers(instance)
    channels, (least, most) = channels_of(instance.output), output_range(instance)
    inputs = [known(tensor).broadcast(channels) for tensor in instance.inputs]
    offsets = [zero_point_of(tensor) for tensor in instance.inputs]

    def total(values: tuple[int, ...]) -> int:
        terms = (rescale((v - o) << HEADROOM, s) for v, o, s in zip(values, offsets, scales, strict=True))
        return min(max(rescale(sum(terms), out) + zero_point_of(instance.output), least), most)

    return Interval(
        tuple(map(total, zip(*(each.low for each in inputs), strict=True))),
        tuple(map(total, zip(*(each.high for each in inputs), strict=True))),
    )


SUPPORT = Support(
    opcode="ADD",
    summary="With broadcasting; one input may be a constant.",
    kernels=("tinyml_add_s8",),
    rules=(
        (operands(2, 0, AddOptions),),
        (int8_activations,),
        (int8_constants, one_computed_input),
        (quantized_operands, broadcast_shapes),
        (few_dimensions, output_scale, supported_activation),
    ),
    lower=lower,
    interval=interval,
)
