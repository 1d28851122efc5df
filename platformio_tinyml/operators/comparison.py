"""Comparisons and LOGICAL_AND, LOGICAL_OR: one kernel for int8 at its scales, one for numbers as they are."""

from __future__ import annotations

from ..model.refused_types import ONE_TYPE
from ..program import KernelCall, Params
from ..program.fixed_point import quantize_multiplier
from .broadcast import broadcast_shapes, few_dimensions, loop_fields, one_computed_input
from .cast import TYPES
from .common import operands, per_tensor_problem, scale_of, zero_point_of
from .copying import data_operand
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, QUANTIZE, REPLACE, Instance, Rule, rule

KINDS = (
    *("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"),
    *("LOGICAL_AND", "LOGICAL_OR"),
)
"""In the order of the kernels' enum."""


@rule(CONVERT_AGAIN)
def bool_output(instance: Instance) -> str | None:
    """The output is bool."""
    return instance.output.type.name if instance.output.type.name != "BOOL" else None


def _several_types(instance: Instance) -> str | None:
    types = {tensor.type.name for tensor in instance.inputs}
    return " and ".join(sorted(types)) if len(types) > 1 else None


one_input_type = Rule(ONE_TYPE.rule, ONE_TYPE.next_step, _several_types)


@rule(QUANTIZE)
def quantized_inputs(instance: Instance) -> str | None:
    """Inputs have one scale, a positive finite number, and one zero point from -128 to 127."""
    return next(filter(None, map(per_tensor_problem, instance.inputs)), None)


@rule(REPLACE)
def scales_below_one(instance: Instance) -> str | None:
    """Scales of what is compared are below 1."""
    worst = max(quantize_multiplier(scale_of(tensor)).shift for tensor in instance.inputs)
    return f"{max(map(scale_of, instance.inputs))}" if worst > 0 else None


def supports(opcode: str, *plain_types: str) -> tuple[Support, ...]:
    """The entries of one: of int8 where it compares, and of these types."""
    kind = KINDS.index(opcode)
    summary = "With broadcasting; one input may be a constant."
    shapes: tuple[tuple[Rule, ...], ...] = (
        (one_input_type, one_computed_input),
        (broadcast_shapes,),
        (few_dimensions,),
    )

    def lower(instance: Instance, kernel: str, fields: tuple[tuple[str, int], ...]) -> Lowered:
        (one, constants), (two, more) = data_operand(instance, 0), data_operand(instance, 1)
        flash = ("input1_in_flash", int(bool(constants))), ("input2_in_flash", int(bool(more)))
        call = KernelCall(
            function=kernel,
            params=Params(f"{kernel}_params", (*loop_fields(instance), *fields, *flash)),
            inputs=(one, two),
            outputs=(instance.output.index,),
            source=instance.operator,
        )
        return Lowered(call, (*constants, *more))

    def lower_plain(instance: Instance) -> Lowered:
        kind_of_elements = TYPES.index(instance.required(0).type.name)
        return lower(instance, "tinyml_compare", (("kind", kind), ("type", kind_of_elements)))

    def lower_scaled(instance: Instance) -> Lowered:
        scales = [quantize_multiplier(scale_of(tensor)) for tensor in instance.inputs]
        fields = (
            *((f"input{n}_multiplier", scale.multiplier) for n, scale in enumerate(scales, 1)),
            *((f"input{n}_offset", -zero_point_of(tensor)) for n, tensor in enumerate(instance.inputs, 1)),
            *((f"input{n}_shift", scale.shift) for n, scale in enumerate(scales, 1)),
            ("kind", kind),
        )
        return lower(instance, "tinyml_compare_s8", fields)

    plain = Support(
        opcode=opcode,
        summary=summary,
        kernels=("tinyml_compare",),
        rules=((operands(2),), (bool_output,), *shapes),
        lower=lower_plain,
        types=plain_types,
    )
    if opcode.startswith("LOGICAL"):
        return (plain,)
    scaled = Support(
        opcode=opcode,
        summary=summary,
        kernels=("tinyml_compare_s8",),
        rules=((operands(2),), (bool_output,), *shapes, (quantized_inputs,), (scales_below_one,)),
        lower=lower_scaled,
    )
    return scaled, plain
