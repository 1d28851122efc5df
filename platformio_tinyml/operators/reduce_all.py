"""REDUCE_ALL: of bytes that are 0 or 1 the smallest."""

from __future__ import annotations

from ..model import ReducerOptions
from . import reduction
from .common import computed_input, operands
from .copying import constant_integers, one_type
from .lowering import Support

SUPPORT = Support(
    opcode="REDUCE_ALL",
    summary="Along constant axes.",
    kernels=("tinyml_reduce_s8",),
    rules=(
        (operands(2, 0, ReducerOptions),),
        (one_type(0), constant_integers(1, "axes")),
        (computed_input, reduction.axes_of_the_input),
        (reduction.few_dimensions,),
    ),
    lower=lambda instance: reduction.lower_nest(instance, reduction.SMALLEST),
    types=("BOOL",),
)
