"""MEAN, SUM, REDUCE_MAX and REDUCE_MIN on float32."""

from __future__ import annotations

from ...model import ReducerOptions
from ...program import KernelCall, Kind, Params, Sweep, TensorRef
from ..common import computed_input, operands
from ..copying import constant_integers
from ..lowering import Lowered, Support
from ..reduction import ADDING, LARGEST, SMALLEST, axes_of_the_input, few_dimensions, nest_fields, nest_of
from ..rules import QUANTIZE, Instance, rule

KINDS = {"MEAN": ADDING, "SUM": ADDING, "REDUCE_MAX": LARGEST, "REDUCE_MIN": SMALLEST}


@rule(QUANTIZE)
def float_data(instance: Instance) -> str | None:
    """Data and output are float32."""
    types = {instance.required(0).type.name, instance.output.type.name}
    return None if types == {"FLOAT32"} else " and ".join(sorted(types))


def _support(opcode: str) -> Support:
    def lower(instance: Instance) -> Lowered:
        nest = nest_of(instance)
        fields = (
            *nest_fields(nest),
            ("count", nest.count if opcode == "MEAN" else 1),
            ("kind", KINDS[opcode]),
        )
        call = KernelCall(
            function="tinyml_reduce_f32",
            params=Params("tinyml_reduce_f32_params", fields),
            inputs=(TensorRef(instance.required(0).index),),
            outputs=(instance.output.index,),
            source=instance.operator,
            sweep=Sweep(Kind.REDUCTION),
        )
        return Lowered(call)

    return Support(
        opcode=opcode,
        summary="Along constant axes.",
        kernels=("tinyml_reduce_f32",),
        rules=(
            (operands(2, 0, ReducerOptions),),
            (float_data, constant_integers(1, "axes")),
            (computed_input, axes_of_the_input),
            (few_dimensions,),
        ),
        lower=lower,
        types=("FLOAT32",),
    )


SUPPORTS = tuple(map(_support, KINDS))
