"""CUMSUM on float32."""

from __future__ import annotations

from ...model import CumsumOptions
from ...program.fixed_point import Multiplier
from .. import cumsum
from ..common import computed_input, operands
from ..copying import constant_integers
from ..elementwise import same_shape
from ..lowering import Support
from .reductions import float_data

SUPPORT = Support(
    opcode="CUMSUM",
    summary="Along a constant axis; exclusive and reverse too.",
    kernels=("tinyml_cumsum_f32",),
    rules=(
        (operands(2, 0, CumsumOptions),),
        (float_data, constant_integers(1, "axis"), computed_input, same_shape),
        (cumsum.one_axis,),
    ),
    lower=lambda instance: cumsum.lower_sums(instance, "tinyml_cumsum_f32", Multiplier(0, 0), (0, 0)),
    types=("FLOAT32",),
)
