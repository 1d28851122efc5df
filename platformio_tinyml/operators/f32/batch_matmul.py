"""BATCH_MATMUL on float32."""

from __future__ import annotations

from ...model import BatchMatMulOptions
from ...program.fixed_point import Multiplier
from .. import batch_matmul
from ..broadcast import one_computed_input
from ..common import operands
from ..lowering import Lowered, Support
from ..rules import Instance
from .common import all_float


def lower(instance: Instance) -> Lowered:
    """One call."""
    return batch_matmul.lower_matrices(instance, "tinyml_batch_matmul_f32", Multiplier(0, 0), (0, 0, 0))


SUPPORT = Support(
    opcode="BATCH_MATMUL",
    summary="With broadcasting and adj_x, adj_y; one input may be a constant.",
    kernels=("tinyml_batch_matmul_f32",),
    rules=(
        (operands(2, 0, BatchMatMulOptions),),
        (all_float, one_computed_input),
        (batch_matmul.matching_matrices,),
        (batch_matmul.few_dimensions,),
    ),
    lower=lower,
    macs=batch_matmul.macs,
    types=("FLOAT32",),
)
