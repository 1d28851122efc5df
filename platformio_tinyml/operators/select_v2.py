"""SELECT_V2."""

from __future__ import annotations

from ..program import KernelCall, Params
from .broadcast import DIMENSIONS, broadcast_shapes, few_dimensions, loops
from .common import operands
from .copying import data_operand, one_type
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, Rule, quoted, rule

ROLES = ("condition", "input1", "input2")


@rule(CONVERT_AGAIN)
def bool_condition(instance: Instance) -> str | None:
    """The condition is bool."""
    tensor = instance.required(0)
    return f"{quoted(tensor)} is {tensor.type.name}" if tensor.type.name != "BOOL" else None


def lower(instance: Instance) -> Lowered:
    """One call."""
    nest = loops(instance)
    nest = ((1, 0, 0, 0),) * (DIMENSIONS - len(nest)) + nest
    given = [data_operand(instance, position) for position in range(len(ROLES))]
    fields = (
        *((f"size_{d}", row[0]) for d, row in enumerate(nest)),
        *((f"{role}_step_{d}", row[n]) for n, role in enumerate(ROLES, 1) for d, row in enumerate(nest)),
        ("width", instance.output.type.bits // 8),
        *((f"{role}_in_flash", int(bool(tables))) for role, (_, tables) in zip(ROLES, given, strict=True)),
    )
    call = KernelCall(
        function="tinyml_select",
        params=Params("tinyml_select_params", fields),
        inputs=tuple(operand for operand, _ in given),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    return Lowered(call, tuple(table for _, tables in given for table in tables))


def support(opcode: str, *rules: Rule) -> Support:
    """The entry of one, with rules of its own."""
    return Support(
        opcode=opcode,
        summary="With broadcasting; any input may be a constant.",
        kernels=("tinyml_select",),
        rules=((operands(3),), (bool_condition, one_type(1, 2)), (broadcast_shapes, *rules), (few_dimensions,)),
        lower=lower,
        types=(),
    )


SUPPORT = support("SELECT_V2")
