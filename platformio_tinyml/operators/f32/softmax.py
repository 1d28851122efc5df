"""SOFTMAX on float32."""

from __future__ import annotations

import math

from ...model import SoftmaxOptions
from ...program import KernelCall, Kind, Params, Sweep, TensorRef
from ...program.fixed_point import float32_bits
from ..common import computed_input, operands
from ..elementwise import in_place, same_shape
from ..lowering import Lowered, Support
from ..rules import CONVERT_AGAIN, Instance, rule
from .common import all_float


@rule(CONVERT_AGAIN)
def finite_beta(instance: Instance) -> str | None:
    """Input and output have at least one dimension, and beta is a finite number."""
    beta, shape = instance.options(SoftmaxOptions).beta, instance.required(0).shape
    return None if shape and math.isfinite(beta) else f"beta {beta}, shape {list(shape)}"


def lower(instance: Instance) -> Lowered:
    """One call."""
    source, output = instance.required(0), instance.output
    depth = source.shape[-1]
    fields = (
        ("rows", source.elements // depth),
        ("depth", depth),
        ("beta_bits", float32_bits(instance.options(SoftmaxOptions).beta)),
    )
    call = KernelCall(
        function="tinyml_softmax_f32",
        params=Params("tinyml_softmax_f32_params", fields),
        inputs=(TensorRef(source.index),),
        outputs=(output.index,),
        source=instance.operator,
        sweep=Sweep(Kind.FLAT, count="rows"),
    )
    return Lowered(call, in_place=(in_place(source, output),))


SUPPORT = Support(
    opcode="SOFTMAX",
    summary="Over the last dimension; exponentials within 2 units in the last place.",
    kernels=("tinyml_softmax_f32",),
    rules=((operands(1, 0, SoftmaxOptions),), (all_float, computed_input, same_shape), (finite_beta,)),
    lower=lower,
    types=("FLOAT32",),
)
