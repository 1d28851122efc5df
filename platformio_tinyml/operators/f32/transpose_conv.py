"""TRANSPOSE_CONV on float32."""

from __future__ import annotations

from ...program import Kind, Params
from .. import transpose_conv
from ..lowering import Lowered, Support
from ..rules import Instance
from ..transpose_conv import of_convolution
from .common import all_float, bound_fields, known_activation
from .filters import constant_filter_and_bias, filter_call, sweep_of


def lower(instance: Instance) -> Lowered:
    """One call."""
    fields = (*transpose_conv.window_fields(instance), *bound_fields(instance))
    params = Params("tinyml_transpose_conv_f32_params", fields)
    same = transpose_conv.as_convolution(instance)
    return filter_call(same, "tinyml_transpose_conv_f32", params, sweep_of(same, Kind.SPREAD))


SUPPORT = Support(
    opcode="TRANSPOSE_CONV",
    summary="Any padding and stride.",
    kernels=("tinyml_transpose_conv_f32",),
    rules=(
        *transpose_conv.SHAPE_RULES[:1],
        (of_convolution(all_float), of_convolution(constant_filter_and_bias)),
        *transpose_conv.SHAPE_RULES[1:],
        (known_activation,),
    ),
    lower=lower,
    macs=transpose_conv.macs,
    types=("FLOAT32",),
)
