"""ADD_N."""

from __future__ import annotations

from collections.abc import Callable

from ..program import KernelCall, Params
from ..program.fixed_point import Multiplier, quantize_multiplier
from .add import HEADROOM, int8_constants, quantized_operands
from .broadcast import is_whole, operand
from .common import int8_activations, operands, scale_of, zero_point_of
from .elementwise import in_place
from .f32.common import all_float
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, REPLACE, Instance, Rule, rule

_MOST = 15
"""Inputs of the kernels. Of more in int8 TFLM's sum, shifted up by 19, may leave 32 bits."""


@rule("fold the operator into a constant when converting")
def something_computed(instance: Instance) -> str | None:
    """At least one input is computed."""
    return "constants only" if all(tensor.is_constant for tensor in instance.inputs) else None


@rule(CONVERT_AGAIN)
def same_shapes(instance: Instance) -> str | None:
    """Inputs and output have the same shape."""
    shapes = {tensor.shape for tensor in (*instance.inputs, instance.output)}
    return " and ".join(str(list(shape)) for shape in sorted(shapes)) if len(shapes) > 1 else None


@rule(CONVERT_AGAIN)
def none_omitted(instance: Instance) -> str | None:
    """No input is omitted."""
    return "one is" if min(instance.operator.inputs) < 0 else None


@rule(REPLACE)
def one_quantization(instance: Instance) -> str | None:
    """All inputs have one scale and one zero point."""
    pairs = {(scale_of(tensor), zero_point_of(tensor)) for tensor in instance.inputs}
    return f"{len(pairs)} different ones" if len(pairs) > 1 else None


@rule(CONVERT_AGAIN)
def output_scale(instance: Instance) -> str | None:
    """The input scale is less than 2**19 output scales."""
    try:
        shift = multiplier(instance).shift
    except (ValueError, ZeroDivisionError, OverflowError):
        return "a ratio that is not finite"
    ratio = scale_of(instance.required(0)) / scale_of(instance.output)
    return None if shift <= 0 and ratio < 1 << (HEADROOM - 1) else str(ratio)


def multiplier(instance: Instance) -> Multiplier:
    """From twice the inputs' scale to the output's. Source: CalculateOpData of tflite-micro, add_n.cc."""
    common = 2 * scale_of(instance.required(0))
    return quantize_multiplier(common / ((1 << HEADROOM) * scale_of(instance.output)))


def int8_fields(instance: Instance) -> tuple[tuple[str, int], ...]:
    """TFLM's sum begins with what a zero point gives, not with 0."""
    scale, count = multiplier(instance), len(instance.inputs)
    return (
        ("multiplier", scale.multiplier),
        ("sum_offset", -(count + 1) * zero_point_of(instance.required(0))),
        ("output_offset", zero_point_of(instance.output)),
        ("shift", scale.shift),
    )


def no_fields(_: Instance) -> tuple[tuple[str, int], ...]:
    """Of float32."""
    return (("multiplier", 0), ("sum_offset", 0), ("output_offset", 0), ("shift", 0))


def _support(
    kind: str, suffix: str, rules: tuple[tuple[Rule, ...], ...], own: Callable[[Instance], tuple[tuple[str, int], ...]]
) -> Support:
    kernel = f"tinyml_add_n_{suffix}"

    def lower(instance: Instance) -> Lowered:
        taken = [operand(instance, position) for position in range(len(instance.inputs))]
        given = dict(own(instance))
        flash = sum(tensor.is_constant << n for n, tensor in enumerate(instance.inputs))
        fields = {"size": instance.output.elements, **given, "in_flash": flash, "count": len(taken)}
        order = ("size", "multiplier", "sum_offset", "output_offset", "in_flash", "count", "shift")
        call = KernelCall(
            function=kernel,
            params=Params("tinyml_add_n_params", tuple((name, fields[name]) for name in order)),
            inputs=tuple(each for each, _ in taken) + (taken[0][0],) * (_MOST - len(taken)),
            outputs=(instance.output.index,),
            source=instance.operator,
        )
        whole = {each.index: each for each in instance.inputs if is_whole(each, instance.output)}
        return Lowered(
            call,
            tuple(table for _, tables in taken for table in tables),
            in_place=tuple(in_place(each, instance.output) for each in whole.values()),
        )

    return Support(
        opcode="ADD_N",
        summary="2 to 15 inputs of one shape; all but one may be constants.",
        kernels=(kernel,),
        rules=((operands(2, _MOST - 2),), (none_omitted,), *rules, (same_shapes,)),
        lower=lower,
        types=(kind,),
    )


SUPPORTS = (
    _support(
        "INT8",
        "s8",
        (
            (int8_activations,),
            (int8_constants, something_computed),
            (quantized_operands,),
            (one_quantization,),
            (output_scale,),
        ),
        int8_fields,
    ),
    _support("FLOAT32", "f32", ((all_float, something_computed),), no_fields),
)
