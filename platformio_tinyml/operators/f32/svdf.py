"""SVDF on float32."""

from __future__ import annotations

from ...model import SvdfOptions
from ...program import KernelCall, Params, TensorRef
from ..common import operands
from ..lowering import Lowered, Support, refs
from ..rules import Instance
from ..svdf import BIAS, FEATURE, INPUT, STATE, TIME, macs, matching_shapes, size_fields, tables_of, whole_units
from ..variable_tensors import constants, variables
from .common import all_float, bound_fields, known_activation


def lower(instance: Instance) -> Lowered:
    """One call. Source: EvalFloatSvdfReference of tflite-micro, svdf_common.cc."""
    tables = tables_of(instance)
    call = KernelCall(
        function="tinyml_svdf_f32",
        params=Params("tinyml_svdf_f32_params", (*size_fields(instance), *bound_fields(instance))),
        inputs=(
            TensorRef(instance.required(INPUT).index),
            *refs(tables),
            TensorRef(instance.required(STATE).index),
        ),
        outputs=(instance.output.index,),
        source=instance.operator,
    )
    return Lowered(call, tables)


_FLOAT = ("FLOAT32",)

SUPPORT = Support(
    opcode="SVDF",
    summary="Any rank and fused activation.",
    kernels=("tinyml_svdf_f32",),
    rules=(
        (operands(5, 0, SvdfOptions),),
        (all_float,),
        (constants(dict.fromkeys((FEATURE, TIME, BIAS), _FLOAT)), variables({STATE: _FLOAT}), whole_units),
        (matching_shapes, known_activation),
    ),
    lower=lower,
    macs=macs,
    types=_FLOAT,
)
