"""ADD."""

from __future__ import annotations

from ..model import AddOptions
from ..program import KernelCall, Kind, Params, Sweep
from ..program.fixed_point import Multiplier, quantize_multiplier, rescale
from .broadcast import broadcast_shapes, few_dimensions, is_whole, loop_fields, one_computed_input, operand
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
from .lowering import Lowered, Support
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
    """One call. The kernel's first input is the one of the larger scale."""
    scales = [scale_of(tensor) for tensor in instance.inputs]
    first, second = order = (0, 1) if scales[0] >= scales[1] else (1, 0)
    *factors, out = multipliers(instance)
    low, high = output_range(instance)
    fields = (
        *loop_fields(instance, swapped=first == 1),
        ("input2_multiplier", factors[second].multiplier),
        ("output_multiplier", out.multiplier),
        *((f"input{n}_offset", -zero_point_of(instance.required(position))) for n, position in enumerate(order, 1)),
        ("output_offset", zero_point_of(instance.output)),
        ("input2_shift", factors[second].shift),
        ("output_shift", out.shift),
        ("activation_min", low),
        ("activation_max", high),
        *((f"input{n}_in_flash", int(instance.required(position).is_constant)) for n, position in enumerate(order, 1)),
    )
    (one, constants), (two, more) = (operand(instance, position) for position in order)
    call = KernelCall(
        function="tinyml_add_s8",
        params=Params("tinyml_add_params", fields),
        inputs=(one, two),
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.LOOPS),
    )
    whole = {each.index: each for each in instance.inputs if is_whole(each, instance.output)}
    return Lowered(
        call, (*constants, *more), in_place=tuple(in_place(each, instance.output) for each in whole.values())
    )


def multipliers(instance: Instance, headroom: int = HEADROOM) -> tuple[Multiplier, Multiplier, Multiplier]:
    """Of the inputs, to twice the larger of their scales, and from there to the output's."""
    scales = [scale_of(tensor) for tensor in instance.inputs]
    common = 2 * max(scales)
    return (
        quantize_multiplier(scales[0] / common),
        quantize_multiplier(scales[1] / common),
        quantize_multiplier(common / ((1 << headroom) * scale_of(instance.output))),
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
