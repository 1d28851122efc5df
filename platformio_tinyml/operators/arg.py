"""ARG_MAX and ARG_MIN: where along an axis the best value is."""

from __future__ import annotations

import math

from ..model.refused_types import INDEX
from ..program import KernelCall, Kind, Params, Sweep, TensorRef
from .common import computed_input, operands
from .copying import constant_integers, integers
from .lowering import Lowered, Support
from .rules import CONVERT_AGAIN, Instance, Rule, rule

KERNELS = {"INT8": "tinyml_arg_s8", "FLOAT32": "tinyml_arg_f32"}
"""By the type of the data."""


def _found(instance: Instance) -> str | None:
    return instance.output.type.name if instance.output.type.name != "INT32" else None


int32_output = Rule(INDEX.rule, INDEX.next_step, _found)


@rule(CONVERT_AGAIN)
def one_axis(instance: Instance) -> str | None:
    """There is one axis, a dimension of the input, and the output has the others."""
    shape, axes = instance.required(0).shape, integers(instance.required(1))
    found = f"{list(shape)} along {list(axes)} to {list(instance.output.shape)}"
    if len(axes) != 1 or not -len(shape) <= axes[0] < len(shape):
        return found
    axis = axes[0] % len(shape)
    return None if instance.output.shape == (*shape[:axis], *shape[axis + 1 :]) else found


def supports(opcode: str, *, is_max: bool) -> tuple[Support, ...]:
    """The entries of one of the two, by the type of the data."""

    def lower(instance: Instance) -> Lowered:
        source = instance.required(0)
        axis = integers(instance.required(1))[0] % len(source.shape)
        inner = math.prod(source.shape[axis + 1 :])
        fields = (
            ("outer", math.prod(source.shape[:axis])),
            ("size", source.shape[axis]),
            ("inner", inner),
            ("is_max", int(is_max)),
        )
        call = KernelCall(
            function=KERNELS[source.type.name],
            params=Params("tinyml_arg_params", fields),
            inputs=(TensorRef(source.index),),
            outputs=(instance.output.index,),
            source=instance.operator,
            sweep=Sweep(Kind.FLAT, count="outer") if inner == 1 else None,
        )
        return Lowered(call)

    return tuple(
        Support(
            opcode=opcode,
            summary="Along a constant axis; the first of equals.",
            kernels=(kernel,),
            rules=((operands(2),), (computed_input, constant_integers(1, "axis"), int32_output), (one_axis,)),
            lower=lower,
            types=(kind,),
        )
        for kind, kernel in KERNELS.items()
    )
