"""Elementwise functions of two float32, with broadcasting."""

from __future__ import annotations

import struct

from ...model import AddOptions, ArithmeticOptions, Options
from ...program import KernelCall, Kind, Params, Sweep
from ..broadcast import broadcast_shapes, few_dimensions, is_whole, loop_fields, one_computed_input, operand
from ..common import operands
from ..elementwise import in_place
from ..lowering import Lowered, Support
from ..rules import REPLACE, Instance, quoted, rule
from .common import NO_BOUNDS, all_float, bound_fields, known_activation

KINDS: dict[str, type[Options] | None] = {
    "ADD": AddOptions,
    "SUB": ArithmeticOptions,
    "MUL": ArithmeticOptions,
    "DIV": ArithmeticOptions,
    "MAXIMUM": None,
    "MINIMUM": None,
    "SQUARED_DIFFERENCE": None,
    "PRELU": None,
    "FLOOR_DIV": None,
    "FLOOR_MOD": None,
}
"""In the order of the kernel's enum; the options of those with a fused activation."""


_FLOORS = ("FLOOR_DIV", "FLOOR_MOD")
"""What has a kernel of its own."""


@rule(REPLACE)
def divisor_without_zero(instance: Instance) -> str | None:
    """A divisor that is a constant has no 0."""
    divisor = instance.required(1)
    zeros = divisor.data is not None and 0 in struct.unpack(f"<{divisor.elements}f", divisor.data)
    return f"a 0 in {quoted(divisor)}" if zeros else None


def lower_binary(
    instance: Instance, kernel: str, params: str, bounds: tuple[tuple[str, int], ...] = (), sweep: Sweep | None = None
) -> Lowered:
    """One call of a kernel that takes the function's number (KINDS), written over an input of the output's shape."""
    (one, constants), (two, more) = operand(instance, 0), operand(instance, 1)
    fields = (
        *loop_fields(instance),
        *bounds,
        ("kind", list(KINDS).index(instance.operator.opcode)),
        ("input1_in_flash", int(instance.required(0).is_constant)),
        ("input2_in_flash", int(instance.required(1).is_constant)),
    )
    call = KernelCall(
        function=kernel,
        params=Params(params, fields),
        inputs=(one, two),
        outputs=(instance.output.index,),
        source=instance.operator,
        sweep=sweep,
    )
    whole = {each.index: each for each in instance.inputs if is_whole(each, instance.output)}
    reuse = tuple(in_place(each, instance.output) for each in whole.values())
    return Lowered(call, (*constants, *more), in_place=reuse)


def _support(opcode: str) -> Support:
    options = KINDS[opcode]
    kernel = "tinyml_floored_f32" if opcode in _FLOORS else "tinyml_binary_f32"

    def lower(instance: Instance) -> Lowered:
        bounds = bound_fields(instance) if options else NO_BOUNDS
        return lower_binary(instance, kernel, "tinyml_binary_f32_params", bounds, Sweep(Kind.LOOPS))

    return Support(
        opcode=opcode,
        summary="With broadcasting; one input may be a constant.",
        kernels=(kernel,),
        rules=(
            (operands(2, 0, options),),
            (all_float, one_computed_input),
            (broadcast_shapes, *((known_activation,) if options else ())),
            (few_dimensions, *((divisor_without_zero,) if opcode == "FLOOR_DIV" else ())),
        ),
        lower=lower,
        types=("FLOAT32",),
    )


SUPPORTS = tuple(map(_support, KINDS))
