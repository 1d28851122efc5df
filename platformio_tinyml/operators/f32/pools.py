"""AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D on float32."""

from __future__ import annotations

from ...model import Pool2DOptions
from ...program import KernelCall, Kind, Params, Sweep, TensorRef
from .. import pool_2d, spatial
from ..common import computed_input, operands
from ..lowering import Lowered, Support
from ..rules import Instance
from .common import all_float, bound_fields, known_activation

KINDS = ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")
"""In the order of the kernel's enum."""
_MAXIMUM = {"AVERAGE_POOL_2D": False, "MAX_POOL_2D": True}
"""Those that may go over all rows one by one."""


def _support(opcode: str) -> Support:
    def lower(instance: Instance) -> Lowered:
        source, output = instance.required(0), instance.output
        height, width = spatial.axes(instance)
        fields = (
            ("batches", source.shape[0]),
            ("input_height", height.size),
            ("input_width", width.size),
            ("output_height", height.output_size),
            ("output_width", width.output_size),
            ("depth", source.shape[3]),
            *spatial.window_fields(height, width, dilations=False),
            *bound_fields(instance),
            ("kind", KINDS.index(opcode)),
        )
        call = KernelCall(
            function="tinyml_pool_2d_f32",
            params=Params("tinyml_pool_2d_f32_params", fields),
            inputs=(TensorRef(source.index),),
            outputs=(output.index,),
            source=instance.operator,
            sweep=Sweep(Kind.WINDOW, maximum=_MAXIMUM.get(opcode)),
        )
        return Lowered(call)

    return Support(
        opcode=opcode,
        summary="Any window, padding and stride."
        + (" Within 4 units in the last place." if opcode == "L2_POOL_2D" else ""),
        kernels=("tinyml_pool_2d_f32",),
        rules=(
            (operands(1, 0, Pool2DOptions),),
            (all_float, spatial.four_dimensions),
            (spatial.small_window, pool_2d.same_depth, known_activation, computed_input),
            (spatial.matching_output_size,),
        ),
        lower=lower,
        types=("FLOAT32",),
    )


SUPPORTS = tuple(map(_support, KINDS))
