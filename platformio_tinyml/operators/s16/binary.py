"""Elementwise functions of two int16, with broadcasting; of PRELU alpha is int8."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...model import AddOptions, ArithmeticOptions, Options
from ...program import KernelCall, Kind, Params, Sweep
from .. import arithmetic, mul, prelu, squared_difference
from ..add import multipliers
from ..broadcast import broadcast_shapes, few_dimensions, is_whole, loop_fields, one_computed_input, operand
from ..common import operands, output_range, per_tensor_problem, scale_of, supported_activation
from ..elementwise import in_place
from ..lowering import Lowered, Support
from ..rules import CONVERT_AGAIN, QUANTIZE, Instance, Rule, rule
from .common import INT16, all_int16, symmetric

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


@rule(QUANTIZE)
def int8_alpha(instance: Instance) -> str | None:
    """Alpha is int8, of one scale, a positive finite number, and one zero point from -128 to 127."""
    alpha = instance.required(1)
    return alpha.type.name if alpha.type.name != "INT8" else per_tensor_problem(alpha)


def _at_most(what: str, most: int, shift: Callable[[Instance], int]) -> Rule:
    """`what` is below 2**`most`, as the shift of its multiplier says."""

    def check(instance: Instance) -> str | None:
        try:
            found = shift(instance)
        except (ValueError, ZeroDivisionError, OverflowError):
            return "a ratio that is not finite"
        return f"2**{found - 1} or more" if found > most else None

    return Rule(f"{what} is below {1 << most}.", CONVERT_AGAIN, check)


_product_scale = _at_most("input1 scale * input2 scale / output scale", 0, lambda instance: mul.factor(instance).shift)
_square_scale = _at_most(
    "The square of twice the larger input scale / output scale",
    30,
    lambda instance: squared_difference.multipliers(instance, 0)[2].shift,
)
_slope = _at_most("input scale / output scale", 14, lambda instance: prelu.multipliers(instance)[0].shift)
_alpha_slope = _at_most(
    "input scale * alpha scale / output scale", 6, lambda instance: prelu.multipliers(instance)[1].shift
)

_ALL_INT16 = replace(INT16, constants=(all_int16,))
_INT16_BY_INT8 = replace(INT16, constants=(int8_alpha,))
_SAME = "With broadcasting; scales are taken to be equal, as TFLM does."

SUPPORTS = (
    _support("ADD", AddOptions),
    _support("SUB", ArithmeticOptions),
    arithmetic.support(
        "MUL",
        "With broadcasting; one input may be a constant.",
        mul.fields,
        ArithmeticOptions,
        (supported_activation, _product_scale),
        _ALL_INT16,
    ),
    arithmetic.support("MAXIMUM", _SAME, lambda _: (), elements=_ALL_INT16),
    arithmetic.support("MINIMUM", _SAME, lambda _: (), elements=_ALL_INT16),
    arithmetic.support(
        "SQUARED_DIFFERENCE",
        "With broadcasting; one input may be a constant.",
        lambda instance: squared_difference.fields(instance, 0),
        rules=(_square_scale,),
        elements=_ALL_INT16,
    ),
    arithmetic.support(
        "PRELU",
        "Alpha, of int8, broadcasts, and may be a constant or computed.",
        prelu.fields,
        rules=(_slope, _alpha_slope),
        elements=_INT16_BY_INT8,
    ),
)
