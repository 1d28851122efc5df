"""SUB, MUL, MAXIMUM, MINIMUM and others: rules and calls of elementwise operators of two inputs, int8 or int16."""

from __future__ import annotations

from collections.abc import Callable

from ..model import Options
from ..program import KernelCall, Kind, Params, Sweep
from ..program.fixed_point import Multiplier
from .add import int8_constants, quantized_operands
from .broadcast import broadcast_shapes, few_dimensions, is_whole, loop_fields, one_computed_input, operand
from .common import int8_activations, operands, output_range, zero_point_of
from .elements import Elements
from .elementwise import in_place
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, Rule

Fields = tuple[tuple[str, int], ...]
Factor = Callable[[Instance], Multiplier]
"""Of one operator instance what its results are multiplied by; may raise what a ratio of scales does."""


def factor_fields(factor: Factor, instance: Instance) -> Fields:
    """Of a kernel with one multiplier, between the zero points of inputs and output."""
    multiplier = factor(instance)
    low, high = output_range(instance)
    return (
        ("multiplier", multiplier.multiplier),
        ("input1_offset", -zero_point_of(instance.required(0))),
        ("input2_offset", -zero_point_of(instance.required(1))),
        ("output_offset", zero_point_of(instance.output)),
        ("activation_min", low),
        ("activation_max", high),
        ("shift", multiplier.shift),
    )


def factor_below(factor: Factor, bits: int, what: str) -> Rule:
    """It is less than 2**bits; `what` it is the ratio of to the output scale."""

    def check(instance: Instance) -> str | None:
        try:
            shift = factor(instance).shift
        except (ValueError, ZeroDivisionError, OverflowError):
            return "a ratio that is not finite"
        return f"2**{shift - 1} or more" if shift > bits else None

    return Rule(f"The {what} of the input scales is less than 2**{bits} output scales.", CONVERT_AGAIN, check)


INT8 = Elements("INT8", "s8", 1, int8_activations, quantized_operands, (int8_constants,))


def support(
    opcode: str,
    summary: str,
    fields: Callable[[Instance], Fields],
    options: type[Options] | None = None,
    rules: tuple[Rule, ...] = (),
    elements: Elements = INT8,
) -> Support:
    """The entry of one, whose kernel is called after it; `fields` follow the loops in its params."""
    name = f"tinyml_{opcode.lower()}"
    kernel = f"{name}_{elements.suffix}"

    def lower(instance: Instance) -> Lowered:
        (one, constants), (two, more) = operand(instance, 0), operand(instance, 1)
        flash = [int(instance.required(position).is_constant) for position in (0, 1)]
        call = KernelCall(
            function=kernel,
            params=Params(
                f"{name}_params",
                (
                    *loop_fields(instance),
                    *fields(instance),
                    ("input1_in_flash", flash[0]),
                    ("input2_in_flash", flash[1]),
                ),
            ),
            inputs=(one, two),
            outputs=(instance.output.index,),
            source=instance.operator,
            sweep=Sweep(Kind.LOOPS),
        )
        whole = {each.index: each for each in instance.inputs if is_whole(each, instance.output)}
        return Lowered(
            call, (*constants, *more), in_place=tuple(in_place(each, instance.output) for each in whole.values())
        )

    return Support(
        opcode=opcode,
        summary=summary,
        kernels=(kernel,),
        rules=(
            (operands(2, 0, options),),
            (elements.typed,),
            (*elements.constants, one_computed_input),
            (elements.quantized, broadcast_shapes),
            (few_dimensions, *rules),
        ),
        lower=lower,
        types=(elements.type,),
    )
