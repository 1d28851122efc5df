"""ADD and SUB on int16, with broadcasting."""

from __future__ import annotations

from ...model import AddOptions, ArithmeticOptions, Options
from ...program import KernelCall, Kind, Params, Sweep
from ..add import multipliers
from ..broadcast import broadcast_shapes, few_dimensions, is_whole, loop_fields, one_computed_input, operand
from ..common import operands, output_range, scale_of, supported_activation
from ..elementwise import in_place
from ..lowering import Lowered, Support
from ..rules import CONVERT_AGAIN, Instance, rule
from .common import all_int16, symmetric

HEADROOM = 15
"""Bits that the inputs gain before they are brought to a common scale."""


@rule(CONVERT_AGAIN)
def output_scale(instance: Instance) -> str | None:
    """The larger of the input scales is less than 2**14 output scales."""
    try:
        factors = multipliers(instance, HEADROOM)
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    ratio = max(map(scale_of, instance.inputs)) / scale_of(instance.output)
    return None if factors[2].shift <= 0 and ratio < 1 << (HEADROOM - 1) else str(ratio)


def lower(instance: Instance) -> Lowered:
    """One call. Source: CalculateOpDataAdd of tflite-micro; SUB divided scales in float32 until the end of 2026."""
    one, two, out = multipliers(instance, HEADROOM)
    low, high = output_range(instance)
    fields = (
        *loop_fields(instance),
        ("input1_multiplier", one.multiplier),
        ("input2_multiplier", two.multiplier),
        ("output_multiplier", out.multiplier),
        ("activation_min", low),
        ("activation_max", high),
        ("input1_shift", one.shift),
        ("input2_shift", two.shift),
        ("output_shift", out.shift),
        ("sign", -1 if instance.operator.opcode == "SUB" else 1),
        *((f"input{n + 1}_in_flash", int(instance.required(n).is_constant)) for n in (0, 1)),
    )
    (first, constants), (second, more) = operand(instance, 0), operand(instance, 1)
    call = KernelCall(
        function="tinyml_add_s16",
        params=Params("tinyml_add_s16_params", fields),
        inputs=(first, second),
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.LOOPS),
    )
    whole = {each.index: each for each in instance.inputs if is_whole(each, instance.output)}
    reuse = tuple(in_place(each, instance.output) for each in whole.values())
    return Lowered(call, (*constants, *more), in_place=reuse)


def _support(opcode: str, options: type[Options]) -> Support:
    return Support(
        opcode=opcode,
        summary="With broadcasting; one input may be a constant.",
        kernels=("tinyml_add_s16",),
        rules=(
            (operands(2, 0, options),),
            (all_int16, one_computed_input),
            (symmetric, broadcast_shapes),
            (few_dimensions, output_scale, supported_activation),
        ),
        lower=lower,
        types=("INT16",),
    )


SUPPORTS = (_support("ADD", AddOptions), _support("SUB", ArithmeticOptions))
